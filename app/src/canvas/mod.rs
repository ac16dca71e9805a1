//! The canvas: a pipeline as a picture that can be taken hold of.

use indexmap::IndexSet;
use pipewright_engine::pipeline::{Layout, Pipeline};

use crate::action::{Action, Input, Point, Wiring};
use crate::checker::Checked;
use crate::results::Results;
use crate::runs::Runs;

/// The size of a node on the canvas, in its own units.
pub const NODE: (i32, i32) = (208, 148);
/// From one node to the next one of a chain, and from one to the one below it.
pub const STEP: (i32, i32) = (288, 188);

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    pub nodes: IndexSet<String>,
    pub notes: IndexSet<usize>,
    pub wire: Option<Input>,
}

/// A kind of node, by its name in files, on its way from the palette to the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dragged(pub &'static str);

/// What the canvas shows. It draws this and changes none of it.
pub struct Scene<'a> {
    pub pipeline: &'a Pipeline,
    pub checked: &'a Checked,
    pub results: &'a Results,
    pub runs: &'a Runs,
}

/// How the canvas is looked at, and what is under way on it.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The canvas point in the middle of the panel.
    pub center: egui::Vec2,
    /// Points on the screen for a unit of the canvas.
    pub zoom: f32,
    pub selection: Selection,
}

/// The nodes' places, as far as the file has them, the others laid out beside them.
pub fn places(_pipeline: &Pipeline) -> Layout {
    Layout::default()
}

pub fn show(_ui: &mut egui::Ui, _scene: &Scene, _view: &mut View, _actions: &mut Vec<Action>) {}

impl View {
    /// The nodes that are in view, in reading order.
    pub fn visible(&self) -> &[String] {
        &[]
    }

    /// Moves the view so that the node is in it, if it is not.
    pub fn bring_into_view(&mut self, _pipeline: &Pipeline, _node: &str) {}
}

/// Where a new node goes that is wired so.
pub fn place_for(_pipeline: &Pipeline, _view: &View, _wiring: &Wiring) -> Point {
    (0, 0)
}

/// Where a node goes that is put into the wire that ends at this input.
pub fn place_between(_pipeline: &Pipeline, _node: &str, _port: usize) -> Point {
    (0, 0)
}
