//! The canvas: a pipeline as a picture that can be taken hold of.
//!
//! It is painted here, without widgets: text is laid out at the size it is seen at, what is out of sight costs next to nothing, and
//! the further away a node is, the less of it is drawn. What depends on the pipeline alone is kept in a `graph::Graph` until it
//! changes.

mod access;
mod arrange;
mod camera;
mod frame;
mod gestures;
mod graph;
mod hits;
mod keys;
mod menu;
mod notes;
mod paint;
mod ports;
mod search;
mod sheet;
mod status;
mod texts;
mod view;
mod wires;

use std::sync::Arc;

use egui::{Sense, WidgetInfo};
use indexmap::IndexSet;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::Pipeline;

use crate::action::{Action, Input};
use crate::checker::Checked;
use crate::results::Results;
use crate::runs::Runs;

pub use arrange::{align_left, align_top, arrange, place_below, place_between, place_for, places, settle};
pub use search::{open_search, ranked};
pub use view::View;

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

impl Selection {
    pub fn node(name: impl Into<String>) -> Self {
        Self { nodes: IndexSet::from([name.into()]), ..Self::default() }
    }

    pub fn wire(wire: Input) -> Self {
        Self { wire: Some(wire), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.notes.is_empty() && self.wire.is_none()
    }
}

/// What the canvas shows. It draws this and changes none of it.
pub struct Scene<'a> {
    pub pipeline: &'a Arc<Pipeline>,
    pub checked: &'a Checked,
    pub results: &'a Results,
    pub runs: &'a Runs,
}

/// A kind of node that is dragged from the palette, by its name in the catalogue: the payload of the drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dragged(pub &'static str);

/// What a step does, in one sentence made from its settings.
pub fn description(step: &Step) -> String {
    step.sentence()
}

/// The name that the canvas itself has for screen readers and tests.
pub const LABEL: &str = "canvas";

/// Files that were dropped onto the window in this frame.
pub fn dropped_files(ctx: &egui::Context) -> Vec<std::path::PathBuf> {
    ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect())
}

pub fn show(ui: &mut egui::Ui, scene: &Scene, view: &mut View, actions: &mut Vec<Action>) {
    let (panel, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::ScrollView, true, LABEL));
    if panel.width() < 1.0 || panel.height() < 1.0 {
        return;
    }
    view.begin(ui, scene, panel);
    keys::handle(ui, &response, scene, view, actions);
    gestures::handle(ui, &response, scene.pipeline, view, actions);
    let frame = frame::Frame::new(ui, scene, view);
    paint::ground(&frame, view);
    notes::show(ui, &frame, view, actions);
    paint::everything(&frame, view);
    access::register(ui, &frame, view, actions);
    view.note_visible(&frame);
    menu::show(&response, view, actions);
    search::show(ui, view, actions);
}
