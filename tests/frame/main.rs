//! What surrounds the running of a pipeline, and the running itself, in one binary: each that links the engine costs minutes.

#![allow(clippy::unwrap_used)]

mod cli;
mod commit;
mod fake;
mod files;
mod formats;
mod formula;
mod host;
mod samples;
mod shell;
mod text;
mod text_in_polars;
