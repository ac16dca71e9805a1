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
const KINDS: usize = 21;
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

    /// An input with a wire, if there is one.
    fn wired(&mut self, pipeline: &Pipeline) -> Input {
        let ports = pipeline.nodes.iter().flat_map(|(node, own)| {
            let wired = own.from.iter().enumerate().filter(|(_, link)| link.is_some());
            wired.map(|(port, _)| Input { node: node.clone(), port })
        });
        let ports: Vec<Input> = ports.collect();
        self.one(&ports).unwrap_or_else(|| self.input(pipeline))
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
                let wiring = match self.below(5) {
                    0 => Wiring::Free,
                    3 => Wiring::Before(self.input(pipeline)),
                    1 => Wiring::After(self.link(pipeline)),
                    2 => Wiring::Into(self.input(pipeline)),
                    _ => Wiring::Selection,
                };
                Action::Add { step: Box::new(self.step()), at: Some(self.point()), wiring }
            }
            1 => Action::Connect { from: self.link(pipeline), to: self.input(pipeline) },
            2 => Action::Disconnect(self.wired(pipeline)),
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
            19 => Action::Command([Command::AlignLeft, Command::AlignTop, Command::Arrange][number % 3]),
            _ => Action::Command(Command::AddNote),
        }
    }
}

/// Which of the kinds above stands for an action, so that a new one can't be forgotten: none for what leaves the pipeline alone by
/// itself, and for files, which are looked at first and have a test of their own.
fn kind_of(action: &Action) -> Option<usize> {
    Some(match action {
        Action::Add { .. } => 0,
        Action::Connect { .. } => 1,
        Action::Disconnect(_) => 2,
        Action::Place(_) => 3,
        Action::Edit { .. } => 4,
        Action::Rename { .. } => 5,
        Action::About { .. } => 6,
        Action::SetMuted { .. } => 7,
        Action::Parameters(_) => 8,
        Action::PipelineAbout(_) => 9,
        Action::AddNote { .. } => 10,
        Action::EditNote { .. } => 11,
        Action::PlaceNote { .. } => 12,
        Action::Fix { .. } => 13,
        Action::Paste(_) => 14,
        Action::Command(_) => 15,
        Action::Drop { .. } | Action::ChooseFile { .. } => return None,
        Action::Select(_) | Action::Reveal { .. } | Action::Open(_) | Action::Show(_) | Action::Look(_) => return None,
        Action::OpenFile(_) | Action::OpenSample(_) | Action::Restore(_) | Action::DiscardJournal(_) => return None,
    })
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
    let mut states = Vec::new();
    let mut saved = None;
    for number in 0..ACTIONS {
        let pipeline = stage.app().document.pipeline.clone();
        stage.app_mut().view.selection = dice.selection(&pipeline);
        let kind = if pipeline.nodes.len() > MANY { 15 } else { dice.below(KINDS) };
        let action = dice.action(kind, &pipeline);
        assert_eq!(kind_of(&action), Some(kind.min(15)));
        act(&mut stage, action);
        if *pipeline != *stage.app().document.pipeline {
            effective[kind] += 1;
            states.push(pipeline);
        }
        if number == ACTIONS / 2 {
            stage.command(Command::Save);
            stage.until("it is saved", |app| !app.document.is_changed());
            saved = Some(stage.pipeline().clone());
        }
    }
    assert!(effective.iter().all(|count| *count > 0), "some kind of action changed nothing: {effective:?}");
    let last = stage.pipeline().clone();

    let undone = states.len();
    for state in states.iter().rev() {
        act(&mut stage, Action::Command(Command::Undo));
        assert_eq!(stage.pipeline(), &**state, "one step for each change");
    }
    assert!(!stage.app().can(Command::Undo));
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

/// A file that is dropped, and one that is chosen in a form.
#[test]
fn files_that_are_brought_in_are_taken_back() {
    let mut stage = Stage::of("(version: 1, nodes: {\"read\": (step: ReadCsv())})");
    let first = stage.pipeline().clone();
    let numbers = stage.write("numbers.csv", "n;m\n1;2\n");
    stage.drop_file(&numbers, None);
    stage.until("a node for it", |app| app.document.pipeline.nodes.len() == 2);
    stage.settle();
    let dropped = stage.pipeline().clone();
    stage.will_choose([Some(numbers)]);
    stage.act(Action::ChooseFile { node: "read".into(), parameter: "path".into(), save: false });
    assert_eq!(stage.rows("read"), "n,m\n1,2");
    let last = stage.pipeline().clone();
    assert_ne!(last, dropped);

    let steps = until_it_cannot(&mut stage, Command::Undo);
    assert_same(&stage, &first);
    assert_eq!(until_it_cannot(&mut stage, Command::Redo), steps);
    assert_same(&stage, &last);
    while stage.pipeline().nodes["read"] != first.nodes["read"] {
        act(&mut stage, Action::Command(Command::Undo));
    }
    assert_same(&stage, &dropped);
}

/// Saving elsewhere is no change of what the pipeline does, and what is gone back to reads the same files.
#[test]
fn what_is_taken_back_after_saving_elsewhere_finds_its_files() {
    let text = r#"(version: 1, nodes: {"read": (step: ReadCsv(path: "numbers.csv"))})"#;
    let mut stage = Stage::of(text);
    stage.write("numbers.csv", "n\n1\n");
    let before = stage.pipeline().clone();
    stage.act(Action::About { node: "read".into(), text: "one".into() });
    stage.act(Action::About { node: "read".into(), text: "two".into() });
    act(&mut stage, Action::Command(Command::Undo));
    let to = stage.path("below/other.pipe.ron");
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    stage.will_choose([Some(to.clone())]);
    stage.command(Command::SaveAs);
    let saved = to.clone();
    stage.until("it is saved", move |app| app.document.path.as_ref() == Some(&saved) && !app.document.is_changed());
    let moved = text.replace("numbers.csv", "../numbers.csv");
    let step = file::read(&moved).unwrap().0.nodes["read"].step.clone();
    for (command, about) in [(Command::Undo, ""), (Command::Redo, "one"), (Command::Redo, "two")] {
        act(&mut stage, Action::Command(command));
        let node = &stage.pipeline().nodes["read"];
        assert_eq!((node.about.as_str(), &node.step), (about, &step), "{command:?}");
    }
    assert_eq!(stage.rows("read"), "n\n1");
    assert!(!stage.app().can(Command::Redo));

    // A place where nothing can be saved changes nothing, and takes nothing from the history.
    let (two, path) = (stage.pipeline().clone(), stage.app().document.path.clone());
    stage.write("no folder", "");
    stage.will_choose([Some(stage.path("no folder/other.pipe.ron"))]);
    stage.command(Command::SaveAs);
    stage.until("a message", |app| app.notice.is_some());
    assert_eq!((stage.pipeline(), &stage.app().document.path), (&two, &path));
    assert_eq!(until_it_cannot(&mut stage, Command::Undo), 2);
    assert_eq!(stage.pipeline().nodes["read"].step, step);
    assert_eq!(stage.pipeline().nodes["read"].about, before.nodes["read"].about);
}
