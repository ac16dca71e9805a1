//! Runs pipelines on an embedded Polars engine. The only crate that knows Polars.

pub mod cli;
pub mod commit;
pub mod convert;
pub mod disk;
pub mod engine;
pub mod files;
pub mod host;
pub mod job;
pub mod lower;
mod mark;
mod ops;
pub mod secrets;
mod session;
pub mod show;
pub mod sink;
pub mod source;
pub mod stage;
pub mod supervise;
pub mod text;
mod verdict;
mod watch;
pub mod world;

/// The engine allocates from many threads at once: reading, grouping and sorting took 0.94 of the time that they take with the
/// system's allocator.
#[global_allocator]
static ALLOCATOR: polars_ooc::Allocator = polars_ooc::Allocator;
