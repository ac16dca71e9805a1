//! Opening sources: from the parameters of a node that reads to frames with known columns, and to what became of each record.

mod text;

use std::path::Path;

use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use polars::prelude::*;

use crate::files::{self, FilePattern, Located, Spool};
use crate::job::{Event, SourceReport};
use crate::lower;

/// How much of a source is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The first rows: for checks and samples. Nothing large is read or unpacked.
    Head {
        rows: usize,
    },
    Whole,
}

/// What opening a source needs to know.
pub struct Opening<'a> {
    /// The folder that paths are relative to.
    pub base: &'a Path,
    pub spool: &'a Spool,
    pub extent: Extent,
    /// True as soon as opening should be given up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    pub tell: &'a dyn Fn(Event),
}

/// A source that is ready to be scanned.
pub struct Opened {
    pub schema: Schema,
    pub rejects: Schema,
    pub frame: LazyFrame,
    pub rejected: LazyFrame,
    /// How many rows `frame` has, where that is known without reading it.
    pub rows: Option<u64>,
    pub rejects_count: u64,
    /// Whether `frame` has all rows, not only the first.
    pub whole: bool,
    pub reports: Vec<SourceReport>,
    /// The files that it reads: none of them may be written by the same run.
    pub files: Vec<Located>,
    pub pattern: Option<FilePattern>,
}

/// How much of a packed file is unpacked to look at its head.
const HEAD_BYTES: u64 = 4 << 20;

impl Opening<'_> {
    pub fn open(&self, node: &str, source: &Source) -> Result<Opened, Problem> {
        let path = source.path();
        let located = match self.extent {
            Extent::Whole => files::locate(path, self.base, self.spool, self.stop),
            Extent::Head { .. } => files::head(path, self.base, self.spool, HEAD_BYTES, self.stop),
        };
        let located = located.map_err(|problem| problem.at("path"))?;
        let mut opened = match source {
            Source::Csv(csv) => text::open_csv(self, node, csv, &located),
            _ => Err(Problem::new("not yet")),
        }?;
        opened.pattern = files::pattern(path, self.base);
        opened.files = located;
        Ok(opened)
    }

    pub(self) fn checking(&self, node: &str, file: &Located) {
        (self.tell)(Event::Checking { node: node.to_owned(), file: file.shown.clone() });
    }
}

/// A path for Polars, which takes it as it is: no patterns.
fn polars_path(path: &Path) -> PlRefPath {
    PlRefPath::new(path.to_string_lossy())
}

fn failed(error: &PolarsError) -> Problem {
    lower::problem("", error)
}
