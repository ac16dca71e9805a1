//! What surrounds the running of a pipeline, and the running itself, in one binary: each that links the engine costs minutes.

#![allow(clippy::unwrap_used)]

#[path = "../oracle/mod.rs"]
mod oracle;

mod cli;
mod commit;
mod fake;
mod files;
mod host;
mod laboratory;
mod nodes;
mod text;
mod text_in_polars;
