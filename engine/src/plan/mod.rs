//! What a pipeline means: a flat graph of few operations, each with the columns that come out of it.
//!
//! Nodes plan into it, the runner lowers it to Polars, a plain evaluator in the tests gives it meaning row by row. A shared part
//! stands in it once. It knows nothing of files on disk: what it must know of them it asks of [`Facts`].

mod columns;
mod draft;
mod estimate;
mod fate;
mod loose;
mod op;
mod pushdown;
mod unique;

use serde::{Deserialize, Serialize};

pub use draft::{Draft, Facts, Halt, Planned, Question, reject_schema};
pub(crate) use estimate::{Estimate, share};
pub use fate::Fate;
pub use op::*;

use crate::params::FilePath;
use crate::types::Schema;

/// The rows that come out of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rows(pub usize);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub entries: Vec<Entry>,
    /// What ends here: files to write.
    pub sinks: Vec<Sunk>,
    /// Rows that are counted because nobody takes them.
    pub tallies: Vec<Tally>,
    /// Tables that must be kept for a later stage.
    pub spools: Vec<Kept>,
    /// Rows that are kept for later runs.
    pub checkpoints: Vec<Checkpoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub op: Op,
    pub inputs: Vec<Rows>,
    pub schema: Schema,
    /// The node it belongs to, by name.
    pub node: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sunk {
    pub node: String,
    pub sink: Sink,
    pub rows: Rows,
}

/// Rows that nothing is wired to but that must not vanish unsaid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub node: String,
    pub rows: Rows,
    pub effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// The run fails at its end, uncommitted, with the count and the first cases: the node has an output for such rows, and nothing
    /// takes them.
    Fail,
    /// It fails so for rows that have no output to go to.
    Refuse,
    /// The values became null, and how many is reported.
    Null,
    /// The rows were left out, and how many is reported.
    Skip,
    /// Only their number is reported: a part of the pipeline that is not run takes them.
    Taken,
    /// The run fails with this sentence if there is any such row: a promise about the data was broken.
    Broken(String),
    /// Each row tells of something expected of the data that is not so. Unlike a promise it says nothing of a sample of them.
    Unmet(Unmet),
}

/// What becomes of a run in which expectations are not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unmet {
    /// It says so.
    Warns,
    /// It fails at its end, uncommitted.
    Fails,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub node: String,
    pub output: usize,
    pub rows: Rows,
}

/// The rows of a node's first output, which a run takes from a folder where an earlier one has kept them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub node: String,
    pub rows: Rows,
    pub folder: FilePath,
    /// They are used for no longer than this.
    pub hours: Option<u64>,
}

impl Plan {
    pub fn entry(&self, rows: Rows) -> &Entry {
        &self.entries[rows.0]
    }

    pub fn schema(&self, rows: Rows) -> &Schema {
        &self.entries[rows.0].schema
    }

    /// The entries that these rows are made from, themselves among them.
    pub fn above(&self, rows: Rows) -> Vec<Rows> {
        let uses = self.uses([rows]);
        (0..uses.len()).filter(|at| uses[*at] > 0).map(Rows).collect()
    }

    /// How often each entry is read on the way to these ends, the ends themselves included. Zero: not needed.
    pub fn uses(&self, ends: impl IntoIterator<Item = Rows>) -> Vec<usize> {
        let mut uses = vec![0; self.entries.len()];
        for end in ends {
            uses[end.0] += 1;
        }
        // Inputs stand before what reads them, so one walk backwards sees every reader before what it reads.
        for at in (0..self.entries.len()).rev() {
            if uses[at] > 0 {
                for input in &self.entries[at].inputs {
                    uses[input.0] += 1;
                }
            }
        }
        uses
    }
}
