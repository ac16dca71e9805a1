//! What the engine has told of the rows at each node: the last good news of each, and whether it still holds.

use std::sync::Arc;

use indexmap::IndexMap;
use pipewright_engine::pipeline::{Link, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_runner::show::{Noticed, Output};

/// By node.
#[derive(Clone, Debug, Default)]
pub struct Results {
    pub nodes: IndexMap<String, NodeResult>,
    /// The engine is computing rows for what is shown.
    pub computing: bool,
    /// Rows that nodes reject and nothing takes: what comes of the document as it is and of the rows that are held.
    pub rejected: Vec<Problem>,
    /// Why there are no rows at all: the engine can't be started, has crashed ….
    pub trouble: Option<Problem>,
}

#[derive(Clone, Debug, Default)]
pub struct NodeResult {
    /// By place on the node's card; none where nothing is known yet.
    pub outputs: Vec<Option<Arc<Output>>>,
    /// What was found out about the source that the node is.
    pub noticed: Vec<Noticed>,
    /// The last computation failed so, or this is wrong with the rows it gave.
    pub problems: Vec<Problem>,
    /// An edit above has not been followed yet: what is shown is from before it, and drawn dimmed.
    pub stale: bool,
}

impl Results {
    /// The last known rows of an output.
    pub fn output(&self, pipeline: &Pipeline, link: &Link) -> Option<&Arc<Output>> {
        let at = pipeline.nodes.get(&link.node)?.step.output(link).ok()?;
        self.nodes.get(&link.node)?.outputs.get(at)?.as_ref()
    }

    /// What is wrong with the rows of a node.
    pub fn problems_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Problem> {
        let rejected = self.rejected.iter().filter(move |problem| problem.node.as_deref() == Some(node));
        self.nodes.get(node).into_iter().flat_map(|node| &node.problems).chain(rejected)
    }

    /// A node has another name from now on.
    pub fn rename(&mut self, old: &str, new: &str) {
        if let Some(result) = self.nodes.shift_remove(old) {
            self.nodes.insert(new.to_owned(), result);
        }
    }

    pub fn is_stale(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|node| node.stale)
    }
}

impl NodeResult {
    /// What to show where rows can't be.
    pub fn instead_of_rows(&self) -> Option<&Problem> {
        let has_rows = !self.stale && self.outputs.iter().any(Option::is_some);
        self.problems.iter().find(|problem| problem.is_error()).filter(|_| !has_rows)
    }
}
