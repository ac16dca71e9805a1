//! What planning and lowering are told about the world: sources opened when first asked for, and what earlier stages kept.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use pipewright_engine::plan::{Facts, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use polars::prelude::*;

use crate::lower::{Filled, SourceOutput, Tables};
use crate::secrets::Secrets;
use crate::source::{Opened, Opening, Total};

pub struct World<'a> {
    opening: Opening<'a>,
    secrets: &'a Secrets,
    opened: RefCell<IndexMap<String, Result<Opened, Problem>>>,
    kept: HashMap<(String, usize), Kept>,
    answers: HashMap<String, Vec<Value>>,
    done: HashSet<String>,
    cuts: HashSet<(String, usize)>,
}

struct Kept {
    path: PathBuf,
    rows: u64,
    schema: Schema,
}

impl<'a> World<'a> {
    pub fn new(opening: Opening<'a>, secrets: &'a Secrets) -> Self {
        Self {
            opening,
            secrets,
            opened: RefCell::default(),
            kept: HashMap::new(),
            answers: HashMap::new(),
            done: HashSet::new(),
            cuts: HashSet::new(),
        }
    }

    pub fn keep(&mut self, node: &str, output: usize, path: PathBuf, rows: u64, schema: Schema) {
        self.kept.insert((node.to_owned(), output), Kept { path, rows, schema });
    }

    /// The file of kept rows, and how many there are.
    pub fn file_of(&self, node: &str, output: usize) -> Option<(&Path, u64)> {
        self.kept.get(&(node.to_owned(), output)).map(|kept| (kept.path.as_path(), kept.rows))
    }

    pub fn answer_with(&mut self, node: &str, values: Vec<Value>) {
        self.answers.insert(node.to_owned(), values);
    }

    pub fn finish(&mut self, nodes: impl Iterator<Item = String>) {
        self.done.extend(nodes);
    }

    /// Whether an earlier stage has done all of this node.
    pub fn is_done(&self, node: &str) -> bool {
        self.done.contains(node)
    }

    /// From now on this output must be kept before anything reads it. False: it was so before.
    pub fn cut_at(&mut self, node: &str, output: usize) -> bool {
        self.cuts.insert((node.to_owned(), output))
    }

    /// Whether the files that were scanned are those that were looked at before.
    pub fn unchanged(&self) -> Result<(), Problem> {
        self.with_opened(|opened| {
            let mut stamps =
                opened.iter().flat_map(|(node, opened)| opened.stamps.iter().map(move |stamp| (node, stamp)));
            stamps.try_for_each(|(node, stamp)| stamp.check().map_err(|problem| problem.node(*node)))
        })
    }

    /// The sources opened so far, by node.
    pub fn with_opened<T>(&self, look: impl FnOnce(&[(&str, &Opened)]) -> T) -> T {
        let opened = self.opened.borrow();
        let opened: Vec<_> =
            opened.iter().filter_map(|(node, opened)| Some((node.as_str(), opened.as_ref().ok()?))).collect();
        look(&opened)
    }
}

impl Facts for World<'_> {
    fn source(&self, node: &str, source: &Source) -> Result<Option<(Schema, Schema)>, Problem> {
        let mut opened = self.opened.borrow_mut();
        let opened = opened.entry(node.to_owned()).or_insert_with(|| self.opening.open(node, source));
        opened.as_ref().map(|opened| Some((opened.schema.clone(), opened.rejects.clone()))).map_err(Clone::clone)
    }

    fn rows(&self, node: &str) -> Option<u64> {
        let opened = self.opened.borrow();
        let opened = opened.get(node)?.as_ref().ok()?;
        match opened.total {
            Total::Unknown => opened.rows,
            Total::About(rows) | Total::Exactly(rows) => Some(rows),
        }
    }

    fn answer(&self, node: &str) -> Option<&[Value]> {
        self.answers.get(node).map(Vec::as_slice)
    }

    fn kept(&self, node: &str, output: usize) -> Option<&Schema> {
        self.kept.get(&(node.to_owned(), output)).map(|kept| &kept.schema)
    }

    fn done(&self, node: &str) -> bool {
        self.done.contains(node)
    }

    fn cut(&self, node: &str, output: usize) -> bool {
        self.cuts.contains(&(node.to_owned(), output))
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name)
    }
}

impl Tables for World<'_> {
    fn filled(&self, node: &str) -> Filled {
        let opened = self.opened.borrow();
        opened.get(node).and_then(|opened| opened.as_ref().ok()).map(|opened| opened.filled.clone()).unwrap_or_default()
    }

    fn source(&self, node: &str, output: SourceOutput) -> Result<LazyFrame, Problem> {
        let opened = self.opened.borrow();
        let Some(Ok(opened)) = opened.get(node) else {
            return Err(Problem::new("The source was not opened.").node(node));
        };
        match output {
            SourceOutput::Rows => Ok(opened.frame.clone()),
            SourceOutput::Rejects => Ok(opened.rejected.clone()),
            SourceOutput::Drift => opened.drift().map_err(|error| crate::lower::problem(node, &error)),
        }
    }

    fn kept(&self, node: &str, output: usize) -> Result<LazyFrame, Problem> {
        let Some(kept) = self.kept.get(&(node.to_owned(), output)) else {
            return Err(Problem::new("An earlier stage did not keep these rows.").node(node));
        };
        let path = PlRefPath::new(kept.path.to_string_lossy());
        LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..Default::default() })
            .map_err(|error| crate::lower::problem(node, &error))
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name)
    }
}
