//! Runs: the one under way, its news, and the report of the last one.

use std::time::Instant;

use pipewright_engine::problem::Problem;
use pipewright_runner::job::{Event, Report};

/// What is known of runs of this pipeline.
#[derive(Default)]
pub struct Runs {
    pub current: Option<Run>,
    /// The report of the last run that ended, and when it did.
    pub last: Option<Report>,
    /// What happened, line by line.
    pub log: Vec<Line>,
}

/// A run under way.
pub struct Run {
    pub started: Instant,
    /// Only as far as this node.
    pub until: Option<String>,
    /// Nodes of the stage that runs, those done before it, rows read so far and of how many.
    pub active: Vec<String>,
    pub done: Vec<String>,
    pub rows: u64,
    pub of: Option<u64>,
    pub cancelling: bool,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Time of day, as it is shown.
    pub at: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Said(String),
    Event(Event),
    Problem(Problem),
}
