//! What surrounds the running of a pipeline, and the running itself, in one binary: each that links the engine costs time
//! and hundreds of megabytes.

#![allow(clippy::unwrap_used)]

mod account;
mod answers;
mod bad_input;
mod calls;
#[path = "../chance.rs"]
mod chance;
mod checkpoints;
mod cli;
mod commit;
mod dice;
mod dirty;
mod duckdb;
mod fake;
mod files;
mod filled;
mod finds;
mod formats;
mod formula;
mod golden;
mod host;
mod hostile;
mod laboratory;
mod narrow;
mod nodes;
mod numbers;
#[path = "../oracle/mod.rs"]
mod oracle;
mod queries;
mod random;
mod readers;
mod recursion;
mod samples;
mod secrets;
mod session;
mod shell;
mod sorting;
mod stages;
mod stops;
mod subqueries;
mod text;
mod text_in_polars;
#[path = "../tools.rs"]
mod tools;
mod traps;
mod troubles;
mod verdicts;
