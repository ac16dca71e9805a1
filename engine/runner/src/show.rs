//! What the designer asks of the host that it keeps, and what it is told. Plain data.
//!
//! A designer shows a pipeline with [`Ask::Show`] after every edit. The host answers with news as it has them: the columns of
//! sources, then the outputs of node after node, the most wanted first. What an edit left as it was is not computed again. The newest
//! `Show` or `Exact` ends the one before it; pages and profiles of tables that were shown are served meanwhile.

use std::ops::Range;

use pipewright_engine::nodes::Step;
use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;
use serde::{Deserialize, Serialize};

use crate::job::Job;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Show these nodes, the most wanted first, from a sample of the sources. What stands above them is computed as needed.
    Show(Job, Vec<String>),
    /// Compute the outputs of one node from all rows of all sources.
    Exact(Job, String),
    /// Some rows and columns of a table that was shown.
    Page(Page),
    /// What a column of a table that was shown holds.
    Profile { table: TableId, column: usize },
    /// One value whole, where a page has it cut short. `row` counts as the table lies, without sort and filter of a view.
    Cell { table: TableId, row: u64, column: usize },
    /// Which node reads this file best, with what was found out by looking at it.
    Sniff { job: Job, path: String },
    /// Ends what is being computed.
    Stop,
}

/// A table that the host holds: it changes with everything that its rows depend on.
pub type TableId = String;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub table: TableId,
    pub rows: Range<u64>,
    pub columns: Range<usize>,
    pub view: View,
}

/// How a table is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// A column, and whether its largest values come first.
    pub sort: Option<(usize, bool)>,
    /// Keeps rows in which some shown value holds this text, whatever its case.
    pub filter: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// What was found out about a source.
    Source {
        node: String,
        source: Source,
        found: Result<Found, Problem>,
    },
    /// The different values on which the columns of a node depend, in the sample: a pivot's.
    Values {
        node: String,
        values: Vec<Value>,
    },
    /// An output of a node, computed or still known.
    Output(Output),
    /// What is wrong with a node that could not be computed, or with the rows that were told of it before.
    Trouble {
        node: String,
        problems: Vec<Problem>,
    },
    /// All of it is done. `computed` are the nodes that had to be computed, in that order.
    Shown {
        computed: Vec<String>,
    },
    /// How far an exact answer is.
    Progress {
        rows: u64,
        of: Option<u64>,
    },
    Page(PageRows),
    Profile(Profile),
    Cell(Value),
    Sniffed(Step),
    /// It could not be done: the file is not there, the table is not held any more …
    Failed(Vec<Problem>),
    /// A newer wish came first, or `Stop`.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub schema: Schema,
    pub rejects: Schema,
    pub bytes: u64,
    /// Records in all, where that is known or can be told from the size.
    pub records: Option<u64>,
    /// Whether `records` is an estimate.
    pub estimated: bool,
    /// Whether the sample has all of it.
    pub whole: bool,
    /// How it was read: `semicolons, windows-1252, header`.
    pub read_as: String,
    /// What was found out, that the node could say otherwise.
    pub noticed: Vec<Noticed>,
}

/// Something that was found out about a source, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noticed {
    /// The parameter of the node that it is about.
    pub parameter: String,
    pub words: String,
    pub instead: Vec<Instead>,
}

/// What can be stated where something was found out wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instead {
    pub words: String,
    pub value: Stated,
}

/// A value for a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stated {
    Switch(bool),
    Count(u64),
    Text(String),
    /// Types of columns, beside those that are stated already.
    Kinds(Vec<(String, Type)>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub node: String,
    /// Its place on the node's card.
    pub output: usize,
    pub table: TableId,
    pub schema: Schema,
    /// Rows that the table has.
    pub rows: u64,
    pub basis: Basis,
    /// The first rows of the first columns, long text cut short: what is drawn on the node.
    pub head: Table,
    /// Of rejected rows, if there are any.
    #[serde(default)]
    pub rejects: Option<Rejects>,
    /// What it took to compute, where it was computed for this answer.
    pub seconds: Option<f64>,
}

/// Rows that would make a run fail if nothing takes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejects {
    /// The first of them, in words.
    pub cases: String,
    /// Whether they are rejected whatever else is in the sources: what has no partner in a sample may have one.
    pub certain: bool,
}

/// What rows were computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Basis {
    Everything,
    /// The first `records` of each source that is larger, `of` so many in all sources, if that can be told.
    Sample {
        records: u64,
        of: Option<u64>,
        estimated: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageRows {
    pub page: Page,
    /// Values of the columns asked for, long text cut short.
    pub table: Table,
    /// Where each row lies in the table without sort and filter.
    pub places: Vec<u64>,
    /// Rows that the view has in all.
    pub total: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub table: TableId,
    pub column: usize,
    pub rows: u64,
    pub nulls: u64,
    /// Empty text: valid, and worth knowing of.
    pub empty: u64,
    pub distinct: u64,
    pub smallest: Option<Value>,
    pub largest: Option<Value>,
    pub mean: Option<f64>,
    pub shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// How many values fall into each of equally wide parts between the smallest and the largest.
    Histogram(Vec<u64>),
    /// The most frequent values.
    Top(Vec<(Value, u64)>),
}

impl Default for Shape {
    fn default() -> Self {
        Self::Top(Vec::new())
    }
}
