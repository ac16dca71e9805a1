//! Pipelines as plain data: types, values, formulas, nodes, plans and the file format. No engine, no window.

pub mod chart;
mod check;
pub mod docs;
pub mod edit;
pub mod file;
pub mod formula;
mod nested;
pub mod node;
pub mod nodes;
pub mod number;
pub mod params;
pub mod pipeline;
pub mod plan;
pub mod problem;
pub mod secret;
mod sql;
pub mod table;
pub mod types;
pub mod value;
pub mod zones;
