//! What is known of a pipeline without running it: the columns at every node, and what is wrong.

use std::sync::Arc;

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema, Type};

/// The answer for one state of the pipeline.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The columns of each output of each node, as far as they are known.
    pub outputs: IndexMap<String, Vec<Arc<Schema>>>,
    /// Every problem; those of a node carry its name.
    pub problems: Vec<Problem>,
    /// Nodes whose columns are known of the sample only, since they depend on the data.
    pub sampled: indexmap::IndexSet<String>,
}

impl Checked {
    pub fn problems_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Problem> {
        self.problems.iter().filter(move |problem| problem.node.as_deref() == Some(node))
    }
}

/// A repair that a problem offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Fix {
    /// Writes the nearest name instead of a wrong one.
    Replace { parameter: String, place: Option<pipewright_engine::problem::Place>, with: String },
    /// Takes a column that is gone out of a parameter.
    Remove { parameter: String },
    /// Puts a node before this one that makes a column another type.
    Convert { port: usize, column: String, to: Type },
}
