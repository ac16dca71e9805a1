//! Follows the document: asks the engine for rows after every change, and keeps what it answers.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::{Cause, Problem};
use pipewright_runner::show::{Ask, Basis, News, Output};

use crate::action::Point;
use crate::checker::{Known, same_meaning};
use crate::data::{Look, Tables};
use crate::engine::{Engine, Said, Wish, Work};
use crate::results::Results;

/// Sources of so many bytes in all are computed whole by themselves.
const SMALL: u64 = 64 << 20;

pub struct Follow {
    engine: Engine,
    shown: Option<Work>,
    /// The number of the newest `Show`, while it is under way.
    show: Option<u64>,
    exact: Option<Exact>,
    /// Nodes of which all rows could not be computed: the same would happen until something is changed.
    not_exact: HashSet<String>,
    looks: HashMap<u64, Look>,
    sniffs: HashMap<u64, Dropped>,
    /// Bytes of each source, as the engine found them.
    bytes: IndexMap<String, u64>,
    /// A crash is followed by one more try, not by a circle of them.
    tried_again: bool,
}

/// All rows of a node, being computed.
pub struct Exact {
    id: u64,
    pub node: String,
    pub rows: u64,
    pub of: Option<u64>,
}

/// A file that is looked at because it was dropped.
#[derive(Clone, Debug)]
pub struct Dropped {
    pub file: String,
    pub at: Option<Point>,
    /// The node that is to read it, where it was chosen for one.
    pub into: Option<String>,
}

/// What the answers ask the window to do.
pub enum Arrived {
    /// A dropped file is read by this.
    Sniffed(Dropped, Step),
    NotSniffed(Dropped, Problem),
    /// All rows of a node could not be computed.
    NotExact(Problem),
}

impl Follow {
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            shown: None,
            show: None,
            exact: None,
            not_exact: HashSet::new(),
            looks: HashMap::new(),
            sniffs: HashMap::new(),
            bytes: IndexMap::new(),
            tried_again: false,
        }
    }

    /// Told once a frame. `wanted` lists all nodes, those first whose rows are looked at.
    pub fn follow(&mut self, work: &Work, wanted: impl FnOnce() -> Vec<String>, results: &mut Results) {
        if let Some(shown) = &mut self.shown {
            if shown.file == work.file && Arc::ptr_eq(&shown.pipeline, &work.pipeline) {
                return;
            }
            if shown.file == work.file && same_meaning(&shown.pipeline, &work.pipeline) {
                shown.pipeline = Arc::clone(&work.pipeline);
                return;
            }
        }
        let before = self.shown.replace(work.clone());
        let same_file = before.as_ref().is_some_and(|before| before.file == work.file);
        let before = before.filter(|_| same_file).map(|before| before.pipeline);
        self.bytes.retain(|node, _| work.pipeline.nodes.contains_key(node));
        results.nodes.retain(|node, _| work.pipeline.nodes.contains_key(node));
        for node in changed(before.as_deref(), &work.pipeline) {
            if let Some(result) = results.nodes.get_mut(&node) {
                result.stale = true;
                result.problems.clear();
            }
        }
        self.tried_again = false;
        self.not_exact.clear();
        self.send(work, wanted(), results);
    }

    /// Looks at all sources again, whatever is known of them.
    pub fn refresh(&mut self) {
        self.shown = None;
    }

    fn send(&mut self, work: &Work, wanted: Vec<String>, results: &mut Results) {
        results.computing = true;
        results.trouble = None;
        // Whether something takes what is rejected may be another now.
        let is_of_rejects = |problem: &Problem| matches!(problem.cause.as_deref(), Some(Cause::Rejects));
        results.nodes.values_mut().for_each(|result| result.problems.retain(|problem| !is_of_rejects(problem)));
        self.exact = None;
        self.show = Some(self.engine.wish(Wish::Show(work.clone(), wanted)));
    }

    pub fn look(&mut self, look: Look) {
        let ask = match look.clone() {
            Look::Page(page) => Ask::Page(page),
            Look::Profile { table, column } => Ask::Profile { table, column },
            Look::Cell { table, row, column } => Ask::Cell { table, row, column },
            Look::Exact { node } => return self.exact(node),
            Look::StopExact => {
                // Nor does it begin again by itself.
                self.not_exact.extend(self.exact.take().map(|exact| exact.node));
                Ask::Stop
            }
        };
        let id = self.engine.wish(Wish::Ask(ask));
        self.looks.insert(id, look);
    }

    fn exact(&mut self, node: String) {
        let Some(work) = self.shown.clone() else { return };
        let id = self.engine.wish(Wish::Exact(work, node.clone()));
        self.exact = Some(Exact { id, node, rows: 0, of: None });
    }

    pub fn sniff(&mut self, work: Work, dropped: Dropped) {
        let id = self.engine.wish(Wish::Sniff(work, dropped.file.clone()));
        self.sniffs.insert(id, dropped);
    }

    /// How far all rows of a node are.
    pub fn exact_of(&self, node: &str) -> Option<&Exact> {
        self.exact.as_ref().filter(|exact| exact.node == node)
    }

    /// Computes all rows of the node by itself where that is a matter of a moment.
    pub fn make_exact(&mut self, node: &str, results: &Results) {
        let idle = self.show.is_none() && self.exact.is_none() && results.trouble.is_none();
        if !idle || self.not_exact.contains(node) {
            return;
        }
        let sampled = results.nodes.get(node).is_some_and(|result| {
            let mut outputs = result.outputs.iter().flatten();
            let wrong = result.problems.iter().any(Problem::is_error);
            !result.stale && !wrong && outputs.any(|output| output.basis != Basis::Everything)
        });
        if sampled && self.bytes.values().sum::<u64>() <= SMALL {
            self.exact(node.to_owned());
        }
    }

    /// Takes what has arrived.
    pub fn take(
        &mut self,
        results: &mut Results,
        known: &mut Arc<Known>,
        tables: &mut Tables,
        wanted: impl FnOnce() -> Vec<String>,
    ) -> Vec<Arrived> {
        let mut arrived = Vec::new();
        let mut lost = None;
        let said: Vec<Said> = self.engine.said().collect();
        for what in said {
            match what {
                Said::News(id, news) => arrived.extend(self.news(id, *news, results, known, tables)),
                Said::Lost(problem) => lost = Some(problem),
            }
        }
        if let Some(problem) = lost {
            arrived.extend(self.lost(problem, results, tables, wanted));
        }
        arrived
    }

    fn lost(
        &mut self,
        problem: Problem,
        results: &mut Results,
        tables: &mut Tables,
        wanted: impl FnOnce() -> Vec<String>,
    ) -> Vec<Arrived> {
        // Rows are asked for once more below; of the rest somebody must be told that nothing comes.
        let mut arrived: Vec<Arrived> =
            self.sniffs.drain().map(|(_, dropped)| Arrived::NotSniffed(dropped, problem.clone())).collect();
        if let Some(exact) = self.exact.take() {
            self.not_exact.insert(exact.node);
            arrived.push(Arrived::NotExact(problem.clone()));
        }
        tables.forget(None);
        self.looks.clear();
        self.show = None;
        results.computing = false;
        for result in results.nodes.values_mut() {
            result.stale = true;
        }
        match self.shown.clone() {
            Some(work) if !self.tried_again => {
                self.tried_again = true;
                self.send(&work, wanted(), results);
            }
            _ => results.trouble = Some(problem),
        }
        arrived
    }

    fn news(
        &mut self,
        id: u64,
        news: News,
        results: &mut Results,
        known: &mut Arc<Known>,
        tables: &mut Tables,
    ) -> Option<Arrived> {
        if let Some(look) = self.looks.remove(&id) {
            answer(look, news, tables);
            return None;
        }
        if let Some(dropped) = self.sniffs.remove(&id) {
            return match news {
                News::Sniffed(step) => Some(Arrived::Sniffed(dropped, step)),
                News::Failed(problems) => {
                    problems.into_iter().next().map(|problem| Arrived::NotSniffed(dropped, problem))
                }
                _ => None,
            };
        }
        if self.exact.as_ref().is_some_and(|exact| exact.id == id) {
            return self.exact_news(news, results);
        }
        if self.show != Some(id) {
            return None;
        }
        match news {
            News::Source { node, source, found } => {
                let result = results.nodes.entry(node.clone()).or_default();
                result.noticed.clear();
                let found = found.map(|found| {
                    result.noticed = found.noticed;
                    self.bytes.insert(node, found.bytes);
                    (found.schema, found.rejects)
                });
                Arc::make_mut(known).source(&source, found);
            }
            News::Values { node, values } => Arc::make_mut(known).values(&node, values),
            News::Output(output) => enter(results, output),
            News::Trouble { node, problems } => {
                let result = results.nodes.entry(node).or_default();
                // What was said of all rows is not replaced by what is said of a sample.
                let whole = |output: &Arc<Output>| output.basis == Basis::Everything;
                if result.stale || result.problems.is_empty() || !result.outputs.iter().flatten().any(whole) {
                    result.problems = problems;
                }
            }
            News::Shown { .. } => {
                self.show = None;
                results.computing = false;
            }
            News::Failed(problems) => {
                self.show = None;
                results.computing = false;
                results.trouble = problems.into_iter().next();
            }
            _ => {}
        }
        None
    }

    fn exact_news(&mut self, news: News, results: &mut Results) -> Option<Arrived> {
        match news {
            News::Output(output) => enter(results, output),
            News::Progress { rows, of } => {
                let exact = self.exact.as_mut()?;
                (exact.rows, exact.of) = (rows, of);
            }
            News::Trouble { node, problems } => results.nodes.entry(node).or_default().problems = problems,
            News::Failed(problems) => {
                // Each at its node, too; what is shown of the sample stays.
                for problem in problems.iter().filter(|problem| problem.is_error()) {
                    let result = problem.node.as_ref().and_then(|node| results.nodes.get_mut(node));
                    if let Some(result) = result.filter(|result| !result.problems.contains(problem)) {
                        result.problems.push(problem.clone());
                    }
                }
                self.not_exact.extend(self.exact.take().map(|exact| exact.node));
                return problems.into_iter().next().map(Arrived::NotExact);
            }
            News::Shown { .. } | News::Stopped => self.exact = None,
            _ => {}
        }
        None
    }
}

/// All rows, once computed, are not replaced by a sample as long as nothing above them changed.
fn enter(results: &mut Results, output: Output) {
    let result = results.nodes.entry(output.node.clone()).or_default();
    if result.outputs.len() <= output.output {
        result.outputs.resize(output.output + 1, None);
    }
    let place = &mut result.outputs[output.output];
    let whole = |output: &Output| output.basis == Basis::Everything;
    if !result.stale && place.as_ref().is_some_and(|held| whole(held)) && !whole(&output) {
        return;
    }
    *place = Some(Arc::new(output));
    result.stale = false;
    result.problems.clear();
}

fn answer(look: Look, news: News, tables: &mut Tables) {
    match (look, news) {
        (_, News::Page(page)) => tables.page(page),
        (_, News::Profile(profile)) => tables.profile(profile),
        (Look::Cell { table, row, column }, News::Cell(value)) => tables.cell(&table, row, column, value),
        (Look::Page(page), _) => tables.forget(Some(&page.table)),
        (Look::Profile { table, .. } | Look::Cell { table, .. }, _) => tables.forget(Some(&table)),
        _ => {}
    }
}

/// The nodes whose rows may differ: those that changed, and all below them.
fn changed(before: Option<&Pipeline>, now: &Pipeline) -> IndexSet<String> {
    let all = || now.nodes.keys().cloned().collect();
    let Some(before) = before.filter(|before| before.parameters == now.parameters) else { return all() };
    let Ok(order) = now.in_order() else { return all() };
    let mut changed: IndexSet<String> = IndexSet::new();
    for name in order {
        let node = &now.nodes[name];
        let above = node.from.iter().flatten().any(|link| changed.contains(&link.node));
        if above || before.nodes.get(name) != Some(node) {
            changed.insert(name.to_owned());
        }
    }
    changed
}

const UNTITLED: &str = "Untitled.pipe.ron";

/// Where the paths of a pipeline without a file start from: the folder that the program was started in.
pub fn file_or_here(path: Option<&Path>) -> std::path::PathBuf {
    match path {
        Some(path) => path.to_owned(),
        None => std::path::absolute(UNTITLED).unwrap_or_else(|_| UNTITLED.into()),
    }
}
