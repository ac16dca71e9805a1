//! Everything can be taken back, and done again, whatever was done in whatever order.

use std::sync::Arc;

use indexmap::IndexMap;
use pipewright_app::action::{Action, Input, Wiring};
use pipewright_app::app::Panels;
use pipewright_app::canvas::Selection;
use pipewright_app::checker::Fix;
use pipewright_app::command::Command;
use pipewright_app::document::Document;
use pipewright_engine::file;
use pipewright_engine::nodes::{CATALOG, Step};
use pipewright_engine::pipeline::{Link, Parameter, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

use crate::stage::Stage;

const ACTIONS: usize = 1_000;
/// Kinds of actions below.
const KINDS: usize = 20;
/// More nodes than this are not needed to have every kind of action do something.
const MANY: usize = 24;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.below(of.len())].clone()) }
    }

    fn point(&mut self) -> (i32, i32) {
        (self.below(2_000) as i32, self.below(2_000) as i32)
    }

    /// A step of any kind, as its examples have it.
    fn step(&mut self) -> Step {
        let kind = &CATALOG[self.below(CATALOG.len())];
        let examples: Vec<Step> = (kind.examples)().into_iter().map(|example| example.node).collect();
        self.one(&examples).unwrap_or_else(kind.step)
    }

    fn node(&mut self, pipeline: &Pipeline) -> String {
        self.one(&pipeline.nodes.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    }

    fn link(&mut self, pipeline: &Pipeline) -> Link {
        let node = self.node(pipeline);
        let outputs = pipeline.nodes.get(&node).and_then(|node| node.step.card().ok()).map(|card| card.outputs);
        let output = self.one(outputs.unwrap_or_default()).filter(|output| !output.is_empty());
        Link { node, output: output.map(str::to_owned) }
    }

    fn input(&mut self, pipeline: &Pipeline) -> Input {
        Input { node: self.node(pipeline), port: self.below(2) }
    }

    fn selection(&mut self, pipeline: &Pipeline) -> Selection {
        let nodes = (0..1 + self.below(3)).map(|_| self.node(pipeline)).filter(|node| !node.is_empty()).collect();
        let notes = (0..pipeline.layout.notes.len()).filter(|_| self.below(3) == 0).collect();
        Selection { nodes, notes, wire: None }
    }

    fn fix(&mut self) -> Fix {
        match self.below(3) {
            0 => Fix::Remove { parameter: "by[0]".into() },
            1 => Fix::Replace { parameter: "condition".into(), place: None, with: "n > 1".into() },
            _ => Fix::Convert { port: 0, column: "n".into(), to: Type::Text },
        }
    }

    fn action(&mut self, kind: usize, pipeline: &Pipeline) -> Action {
        let node = self.node(pipeline);
        let number = self.below(1_000);
        match kind {
            0 => {
                let wiring = match self.below(4) {
                    0 => Wiring::Free,
                    1 => Wiring::After(self.link(pipeline)),
                    2 => Wiring::Into(self.input(pipeline)),
                    _ => Wiring::Selection,
                };
                Action::Add { step: Box::new(self.step()), at: Some(self.point()), wiring }
            }
            1 => Action::Connect { from: self.link(pipeline), to: self.input(pipeline) },
            2 => Action::Disconnect(self.input(pipeline)),
            3 => Action::Place(vec![(node, self.point())]),
            4 => Action::Edit { node, step: Box::new(self.step()) },
            5 => Action::Rename { node, to: format!("node {number}") },
            6 => Action::About { node, text: format!("about {number}") },
            7 => Action::SetMuted { nodes: vec![node], muted: number.is_multiple_of(2) },
            8 => {
                let parameter =
                    Parameter { kind: Type::Integer, default: Some(number.to_string()), ..Parameter::default() };
                Action::Parameters(IndexMap::from([("n".to_owned(), parameter)]))
            }
            9 => Action::PipelineAbout(format!("about {number}")),
            10 => Action::AddNote { at: self.point() },
            11 => Action::EditNote { note: self.below(4), text: format!("note {number}") },
            12 => Action::PlaceNote { note: self.below(4), at: self.point(), size: (200, 100) },
            13 => Action::Fix { node, fix: self.fix() },
            14 => {
                let Selection { nodes, notes, .. } = self.selection(pipeline);
                Action::Paste(file::write(&pipeline.part(&nodes, &notes)))
            }
            15 => Action::Command(Command::Delete),
            16 => Action::Command(Command::Cut),
            17 => Action::Command(if pipeline.nodes.len() < MANY { Command::Duplicate } else { Command::Delete }),
            18 => Action::Command(Command::Mute),
            _ => Action::Command(Command::Arrange),
        }
    }
}

fn stage() -> Stage {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    // Undo needs no rows.
    let mut stage = Stage::with(folder, Box::new(|| Err(Problem::new("There is no engine."))));
    let text = include_str!("../../samples/orders/orders.pipe.ron");
    stage.take(file::read(text).unwrap().0);
    stage
}

fn act(stage: &mut Stage, action: Action) {
    let ctx = stage.harness.ctx.clone();
    stage.app_mut().act(&ctx, action);
    stage.app_mut().notice = None;
    stage.harness.step();
}

/// Pipelines that are equal, down to the order in which their file is written.
fn assert_same(stage: &Stage, wanted: &Pipeline) {
    assert_eq!(file::write(stage.pipeline()), file::write(wanted));
    assert_eq!(stage.pipeline(), wanted);
}

fn until_it_cannot(stage: &mut Stage, command: Command) -> usize {
    let mut times = 0;
    while stage.app().can(command) {
        act(stage, Action::Command(command));
        times += 1;
        assert!(times <= ACTIONS, "{command:?} has no end");
    }
    times
}

#[test]
fn a_thousand_actions_are_taken_back_and_done_again() {
    let mut stage = stage();
    // Less to draw.
    stage.harness.set_size(egui::vec2(800.0, 500.0));
    stage.app_mut().panels = Panels { palette: false, inspector: false, below: None };
    let first = stage.pipeline().clone();
    let mut dice = Dice(11);
    let mut effective = [0; KINDS];
    let mut saved = None;
    for number in 0..ACTIONS {
        let pipeline = stage.app().document.pipeline.clone();
        stage.app_mut().view.selection = dice.selection(&pipeline);
        let kind = if pipeline.nodes.len() > MANY { 15 } else { dice.below(KINDS) };
        let action = dice.action(kind, &pipeline);
        act(&mut stage, action);
        effective[kind] += usize::from(*pipeline != *stage.app().document.pipeline);
        if number == ACTIONS / 2 {
            stage.command(Command::Save);
            stage.until("it is saved", |app| !app.document.is_changed());
            saved = Some(stage.pipeline().clone());
        }
    }
    assert!(effective.iter().all(|count| *count > 0), "some kind of action changed nothing: {effective:?}");
    let last = stage.pipeline().clone();

    let undone = until_it_cannot(&mut stage, Command::Undo);
    assert_eq!(undone, effective.iter().sum::<usize>(), "one step for each change");
    assert_same(&stage, &first);
    assert!(stage.app().document.is_changed(), "the file holds what came later");
    assert_eq!(until_it_cannot(&mut stage, Command::Redo), undone);
    assert_same(&stage, &last);

    // What was saved lies between the two, and is known when it is met.
    while stage.app().document.is_changed() {
        assert!(stage.app().can(Command::Undo), "what was saved was never met");
        act(&mut stage, Action::Command(Command::Undo));
    }
    assert_same(&stage, &saved.unwrap());
}

#[test]
fn as_many_changes_as_are_kept_are_all_taken_back() {
    let mut document = Document::default();
    for number in 1..=ACTIONS {
        document.edit().about = number.to_string();
        let pipeline = Arc::clone(&document.pipeline);
        assert!(document.history.watch(&pipeline, false));
    }
    for number in (0..ACTIONS).rev() {
        document.pipeline = document.history.undo(&document.pipeline).unwrap();
        let wanted = if number == 0 { String::new() } else { number.to_string() };
        assert_eq!(document.pipeline.about, wanted);
    }
    assert!(document.history.undo(&document.pipeline).is_none());
}

/// Letters that are typed without a pause are one step, and so is a drag.
#[test]
fn a_burst_of_typing_and_a_drag_are_one_step_each() {
    let mut stage = stage();
    let first = stage.pipeline().clone();
    let node = first.nodes.keys().next().unwrap().clone();
    stage.select(&[&node]);
    stage.harness.set_size(egui::vec2(1800.0, 1600.0));
    stage.settle();
    stage.drag_by(&format!("node {node}"), egui::vec2(80.0, 40.0));
    assert_ne!(stage.pipeline().layout, first.layout);
    stage.click("What this node is for");
    for letter in ["a", "b", "c"] {
        stage.harness.event(egui::Event::Text(letter.into()));
        stage.harness.step();
    }
    assert_eq!(stage.pipeline().nodes[&node].about, format!("{}abc", first.nodes[&node].about));
    stage.harness.run_steps(6);
    act(&mut stage, Action::Command(Command::Undo));
    assert_eq!(stage.pipeline().nodes[&node].about, first.nodes[&node].about);
    assert_ne!(stage.pipeline().layout, first.layout);
    act(&mut stage, Action::Command(Command::Undo));
    assert_same(&stage, &first);
    assert!(!stage.app().can(Command::Undo));
}
