//! The inspector: what a node does, as a form, and the node's help.

use std::sync::Arc;

use pipewright_engine::pipeline::{Node, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;

use crate::action::Action;

/// What the inspector shows of the selected node.
pub struct Subject<'a> {
    pub name: &'a str,
    pub node: &'a Node,
    pub pipeline: &'a Pipeline,
    /// The columns that come in, by port; none where they are not known.
    pub inputs: Vec<Option<Arc<Schema>>>,
    /// The first rows that come in, by port, as far as they are known: formulas show their result on these.
    pub rows: Vec<Option<&'a Table>>,
    pub problems: Vec<&'a Problem>,
    /// The pipeline's folder: paths are shown relative to it.
    pub folder: Option<&'a std::path::Path>,
    pub recent_files: &'a [std::path::PathBuf],
    /// Go to this parameter and give it the keyboard.
    pub focus: Option<&'a str>,
}

/// What is open, half typed, unfolded.
#[derive(Default)]
pub struct State {}

pub fn show(_ui: &mut egui::Ui, _subject: &Subject, _state: &mut State, _actions: &mut Vec<Action>) {}
