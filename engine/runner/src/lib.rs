//! Runs pipelines on an embedded Polars engine. The only crate that knows Polars.

pub mod job;
