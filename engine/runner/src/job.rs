//! What the engine is asked and what it answers: plain data, since it crosses the pipe between two processes.

use std::path::PathBuf;

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use serde::{Deserialize, Serialize};

use crate::secrets::Secrets;
use crate::show::{Ask, News};

/// A pipeline to work on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Job {
    /// Where the file is: paths in it are relative to its folder, and messages name it.
    pub file: PathBuf,
    pub text: String,
    /// Values of parameters given on the command line.
    pub set: IndexMap<String, String>,
    /// Values of secrets that are given beside those of the environment.
    #[serde(default)]
    pub secrets: Secrets,
    /// Check all rows of all sources, as a run would, and write nothing.
    #[serde(default)]
    pub exact: bool,
    /// Run only what this node needs, and the node: it writes if it is one that does, and nothing else is written.
    #[serde(default)]
    pub until: Option<String>,
    /// Bytes of memory that a run may use; none for what is usual.
    #[serde(default)]
    pub memory: Option<u64>,
}

/// What to show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wanted {
    pub node: String,
    pub output: Option<String>,
    pub rows: u64,
    /// From all rows of all sources, not from a sample.
    pub exact: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    Check(Job),
    Preview(Job, Wanted),
    Run(Job),
    /// A wish of the designer, with a number that its news carry.
    Designer(u64, Ask),
    /// Stop what is being done. The answer to it is that of the request it stops.
    Cancel,
}

/// Few are there at a time.
#[expect(clippy::large_enum_variant)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing is new, but the host is there: it says so every few seconds.
    Alive,
    /// News while a run is under way.
    Event(Event),
    Checked(Vec<Problem>),
    Preview(Preview),
    /// What became of a wish of the designer.
    Designer(u64, News),
    /// A run that came to an end, good or bad.
    Done(Report),
    /// The pipeline or the call is wrong; nothing was run.
    Refused(Vec<Problem>),
    /// A check or preview could not be made, through no fault of the pipeline.
    Failed(Vec<Problem>),
}

/// News of a run, and the lines of `--log json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Files are looked at before anything runs.
    Checking { node: String, file: String },
    /// A stage begins. `holding` are nodes that must hold all their rows in memory.
    Stage { number: usize, nodes: Vec<String>, holding: Vec<String> },
    /// Rows that have come out of the sources, of how many, where that is known.
    Progress { rows: u64, of: Option<u64> },
}

/// The first rows of an output of a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Preview {
    pub table: Table,
    /// What the rows are of: `first 10,000 rows of each source`, `everything`.
    pub basis: String,
    /// How many rows there are in all; none where they could not be computed.
    pub total: Option<u64>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    #[default]
    Done,
    Failed,
    Cancelled,
}

/// What a run did, in full.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub file: PathBuf,
    /// The node that was run to, if not all of the pipeline was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub outcome: Outcome,
    /// Errors that made it fail, and warnings.
    pub problems: Vec<Problem>,
    pub parameters: IndexMap<String, String>,
    /// The one instant of the run that `now()` gives.
    pub now: String,
    pub seconds: f64,
    pub sources: Vec<SourceReport>,
    pub nodes: Vec<NodeReport>,
    pub stages: Vec<StageReport>,
    pub written: Vec<Written>,
}

/// A file that was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceReport {
    pub node: String,
    pub file: String,
    pub bytes: u64,
    pub records: u64,
    pub rejected: u64,
    /// How it was read and what was found out by looking: `semicolons, windows-1252, header; clean`.
    pub read_as: String,
}

impl SourceReport {
    /// Of an empty file that was read together with others.
    pub fn of_nothing(node: &str, file: &str) -> Self {
        Self { node: node.to_owned(), file: file.to_owned(), read_as: "empty".to_owned(), ..Self::default() }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeReport {
    pub node: String,
    pub kind: String,
    pub rows_in: Count,
    /// Rows by output; the main one first, under the empty name.
    pub rows_out: IndexMap<String, Count>,
    pub rejected: u64,
    /// What became of rejected rows, if nothing is wired to them: `failed`, `null`, `skipped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects_became: Option<String>,
    pub stage: usize,
}

/// A number of rows, and whether it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Count {
    #[default]
    Unknown,
    Exact(u64),
    /// A limit ended the reading early.
    AtLeast {
        at_least: u64,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StageReport {
    pub nodes: Vec<String>,
    pub scans: usize,
    pub seconds: f64,
    /// Nodes that held all their rows in memory.
    pub holding: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Written {
    pub node: String,
    pub path: PathBuf,
    pub rows: u64,
    pub bytes: u64,
    /// More than one for a partitioned output.
    pub files: usize,
}

impl Job {
    /// The folder that paths in the pipeline are relative to.
    pub fn folder(&self) -> &std::path::Path {
        self.file.parent().unwrap_or(std::path::Path::new(""))
    }
}
