//! What pipelines mean, in plain Rust over plain values: what the engine is held to.

pub mod aggregate;
pub mod formula;
mod pairs;
pub mod plan;
