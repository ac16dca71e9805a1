//! Runs pipelines on an embedded Polars engine. The only crate that knows Polars.

pub mod commit;
pub mod convert;
pub mod disk;
pub mod files;
pub mod job;
pub mod lower;
pub mod sink;
pub mod stage;
pub mod text;
pub mod watch;
