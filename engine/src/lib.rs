//! Pipelines as plain data: types, values, formulas, nodes, plans and the file format. No engine, no window.

pub mod formula;
pub mod problem;
pub mod types;
pub mod value;
