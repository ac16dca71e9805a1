//! The inspector: what a node does, as a form, and the node's help.

mod cells;
mod columns;
mod completion;
mod fixes;
mod form;
mod formula;
mod grid;
mod head;
mod help;
mod kinds;
mod lines;
mod paint;
mod pick;
mod scopes;
pub mod syntax;
mod values;

use std::sync::Arc;

use pipewright_engine::nodes::Step;
use pipewright_engine::params::Params as _;
use pipewright_engine::pipeline::{Node, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;

use crate::action::Action;
use crate::theme::gap;
use pipewright_runner::show::Noticed;

pub use fixes::fixes;

/// What the inspector shows of the selected node.
pub struct Subject<'a> {
    pub name: &'a str,
    pub node: &'a Node,
    pub pipeline: &'a Pipeline,
    /// The columns that come in, by port; none where they are not known.
    pub inputs: Vec<Option<Arc<Schema>>>,
    /// The first rows that come in, by port, as far as they are known: fixes guess types from these.
    pub rows: Vec<Option<&'a Table>>,
    /// The first rows of the main output, as far as they are known: formulas show their result on these.
    pub output: Option<&'a Table>,
    /// `output` is from before an edit, and shown dimmed.
    pub stale: bool,
    pub problems: Vec<&'a Problem>,
    /// What was found out about the source that the node is.
    pub noticed: &'a [Noticed],
    /// The pipeline's folder: paths are shown relative to it.
    pub folder: Option<&'a std::path::Path>,
    pub recent_files: &'a [std::path::PathBuf],
    /// Go to this parameter and give it the keyboard; empty for the first one.
    pub focus: Option<&'a str>,
}

/// What is open, half typed, unfolded.
#[derive(Default)]
pub struct State {
    /// The node that the rest is about.
    node: String,
    /// A new name for the node while it is typed.
    name: Option<String>,
    /// The name gets the keyboard as soon as it is drawn.
    naming: bool,
    /// The parameter that gets the keyboard as soon as it is drawn.
    focus: Option<String>,
    /// The one that was asked for last: it gets the keyboard once.
    asked: Option<String>,
    scopes: scopes::Scopes,
    help: help::Pages,
}

impl State {
    /// Goes to the node's name, to give it another one.
    pub fn rename(&mut self) {
        self.naming = true;
    }

    fn turn_to(&mut self, subject: &Subject) {
        if self.node != subject.name {
            let help = std::mem::take(&mut self.help);
            *self = Self { node: subject.name.to_owned(), help, naming: self.naming, ..Self::default() };
        }
        if self.asked.as_deref() != subject.focus {
            self.asked = subject.focus.map(str::to_owned);
            self.focus.clone_from(&self.asked);
        }
        self.scopes.update(subject);
    }
}

/// What everything in the form needs.
struct Scene<'a> {
    subject: &'a Subject<'a>,
    state: &'a mut State,
    actions: &'a mut Vec<Action>,
}

pub fn show(ui: &mut egui::Ui, subject: &Subject, state: &mut State, actions: &mut Vec<Action>) {
    state.turn_to(subject);
    let scene = &mut Scene { subject, state, actions };
    // What needs more room than there is must not push the panel wider: it would stay so for every other node.
    let room = ui.available_rect_before_wrap();
    let mut within = ui.new_child(egui::UiBuilder::new().max_rect(room));
    ui.advance_cursor_after_rect(room);
    egui::ScrollArea::vertical().auto_shrink(false).id_salt(("inspector", subject.name)).show(&mut within, |ui| {
        egui::Frame::new().inner_margin(gap::M as i8).show(ui, |ui| {
            ui.push_id(subject.name, |ui| {
                head::show(ui, scene);
                ui.add_space(gap::M);
                edit(ui, scene);
                ui.add_space(gap::L);
                help::show(ui, scene);
            });
        });
    });
}

/// Lets the form edit a copy of the step, and asks for the edit if it did.
fn edit(ui: &mut egui::Ui, scene: &mut Scene) {
    let node = scene.subject.node;
    if let Step::Broken(broken) = &node.step {
        ui.label(egui::RichText::new(&broken.text).monospace());
    }
    let mut step = node.step.clone();
    form::unplaced_problems(ui, scene, &mut step);
    step.params(&mut form::Stacked { ui, scene });
    if step != node.step {
        scene.actions.push(Action::Edit { node: scene.subject.name.to_owned(), step: Box::new(step) });
    }
}
