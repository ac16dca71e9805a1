//! Runs pipelines on an embedded Polars engine. The only crate that knows Polars.

pub mod cli;
pub mod engine;
pub mod host;
pub mod job;
