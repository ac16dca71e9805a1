//! A pipeline is built without a mouse, and keys are taken by one at a time.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::command::Command;
use pipewright_app::files::browser::Browser;
use pipewright_app::files::dialogs::{Ask, Dialogs, Kind, Want};
use pipewright_engine::nodes::Step;

use crate::stage::Stage;

fn type_text(stage: &mut Stage, text: &str) {
    stage.event(Event::Text(text.into()));
}

/// Adds what is found by a word.
fn add(stage: &mut Stage, word: &str) {
    stage.press(Key::Tab);
    assert!(stage.sees("search nodes"));
    type_text(stage, word);
    stage.press(Key::Enter);
}

#[test]
fn a_pipeline_is_built_by_keys_alone() {
    let mut stage = Stage::new();
    let file = stage.write("numbers.csv", "n\n1\n2\n3\n");
    stage.press_with(Modifiers::COMMAND, Key::N);
    add(&mut stage, "read csv");
    stage.press(Key::Enter);
    assert!(stage.harness.get_by_label("Path").is_focused(), "Enter opens the form at its first field");
    type_text(&mut stage, file.to_str().unwrap());
    stage.press(Key::Escape);
    assert_eq!(stage.selected(), ["read csv"], "the first Esc leaves the field");
    assert_eq!(stage.rows("read csv"), "n\n1\n2\n3");

    add(&mut stage, "filter");
    stage.press(Key::Enter);
    type_text(&mut stage, "n > 1");
    stage.press(Key::Escape);
    assert_eq!(stage.rows("filter"), "n\n2\n3");
    stage.press(Key::ArrowLeft);
    assert_eq!(stage.selected(), ["read csv"]);
    stage.press(Key::ArrowRight);
    assert_eq!(stage.selected(), ["filter"]);
    stage.press(Key::Escape);
    assert_eq!(stage.selected(), [""; 0]);
}

/// A form of more fields than those in which one types.
const SORTED: &str = r#"(
    version: 1,
    nodes: {"read": (step: ReadCsv(path: "numbers.csv")), "limit": (step: Limit(count: 2), from: ["read"])},
)"#;

#[test]
fn tab_goes_through_the_form_and_adds_no_node() {
    let mut stage = Stage::of(SORTED);
    stage.select(&["read"]);
    stage.press(Key::Enter);
    let mut visited = Vec::new();
    for _ in 0..12 {
        stage.press(Key::Tab);
        assert!(!stage.sees("search nodes"), "after {visited:?}");
        let focused = stage.harness.ctx.memory(|memory| memory.focused());
        visited.extend(focused.filter(|focused| !visited.contains(focused)));
    }
    assert!(visited.len() > 6, "Tab stays where it is: {visited:?}");
}

#[test]
fn enter_in_a_field_leaves_it_and_opens_nothing() {
    let mut stage = Stage::of(SORTED);
    stage.select(&["read"]);
    stage.type_into("Path", "");
    stage.press(Key::Enter);
    assert!(!stage.harness.get_by_label("Path").is_focused());
    assert_eq!(stage.selected(), ["read"]);
}

#[test]
fn esc_leaves_first_the_field_and_then_the_node() {
    let mut stage = Stage::of(SORTED);
    stage.select(&["limit"]);
    stage.type_into("What this node is for", "few");
    stage.press(Key::Escape);
    assert_eq!(stage.selected(), ["limit"]);
    stage.press(Key::Escape);
    assert_eq!(stage.selected(), [""; 0]);
    assert!(matches!(stage.pipeline().nodes["limit"].step, Step::Limit(_)));
}

/// What lies below a question hears nothing until it is answered.
#[test]
fn keys_pressed_at_a_question_do_nothing_behind_it() {
    let mut stage = Stage::of(SORTED);
    stage.select(&["limit"]);
    stage.act(Action::PipelineAbout("edited".into()));
    stage.command(Command::New);
    assert!(stage.sees("Don't save"));
    stage.press(Key::Delete);
    stage.press(Key::M);
    stage.press_with(Modifiers::COMMAND, Key::D);
    stage.press(Key::Tab);
    assert_eq!(stage.names(), ["read", "limit"]);
    assert!(!stage.pipeline().nodes["limit"].muted && !stage.sees("search nodes"));
    stage.press(Key::Escape);
    assert!(!stage.sees("Don't save"), "Esc answers the question");
    assert_eq!((stage.selected(), stage.names()), (vec!["limit"], vec!["read", "limit"]));
}

/// Our own dialog, whatever the system has.
#[derive(Default)]
struct Ours(Option<Browser>);

impl Dialogs for Ours {
    fn ask(&mut self, ask: Ask) {
        self.0 = Some(Browser::new(ask, Arc::new(|| ())));
    }

    fn show(&mut self, ctx: &egui::Context) -> Option<Option<PathBuf>> {
        let answer = self.0.as_mut()?.show(ctx)?;
        self.0 = None;
        Some(answer)
    }

    fn is_open(&self) -> bool {
        self.0.is_some()
    }
}

#[test]
fn keys_pressed_at_a_file_dialog_do_nothing_behind_it() {
    let mut stage = Stage::of(SORTED);
    stage.select(&["limit"]);
    let mut dialogs = Ours::default();
    let folder = Some(stage.path(""));
    dialogs.ask(Ask { want: Want::Folder, kind: Kind::Pipeline, title: "Where to".into(), folder });
    stage.app_mut().desk.dialogs = Box::new(dialogs);
    stage.settle();
    assert!(stage.sees("Where to"));
    stage.press(Key::Delete);
    stage.press_with(Modifiers::COMMAND, Key::D);
    stage.press_with(Modifiers::COMMAND, Key::Enter);
    assert_eq!(stage.names(), ["read", "limit"]);
    assert!(stage.app().runs.current.is_none());
    stage.press(Key::Escape);
    assert!(!stage.sees("Where to") && stage.selected() == ["limit"]);
}
