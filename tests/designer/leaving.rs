//! What was worked on is not lost by going on to something else, nor by what others do to its file.

use std::fs;

use egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use pipewright_app::action::Action;
use pipewright_app::app::App;
use pipewright_app::command::Command;
use pipewright_engine::file;

use crate::stage::Stage;

const PIPELINE: &str = r#"(version: 1, nodes: {"limit": (step: Limit(count: 2))})"#;

/// Opened from its file, and edited.
fn edited() -> Stage {
    let mut stage = opened();
    stage.act(Action::PipelineAbout("edited".into()));
    assert!(stage.app().document.is_changed());
    stage
}

fn opened() -> Stage {
    let mut stage = Stage::new();
    let path = stage.write("open.pipe.ron", file::write(&file::read(PIPELINE).unwrap().0));
    stage.act(Action::OpenFile(path.clone()));
    stage.until("it is open", |app| app.document.path.as_ref() == Some(&path));
    stage
}

fn about_on_disk(stage: &Stage, name: &str) -> String {
    file::read(&fs::read_to_string(stage.path(name)).unwrap()).unwrap().0.about
}

fn is_new(app: &App) -> bool {
    app.document.path.is_none() && app.document.pipeline.nodes.is_empty()
}

#[test]
fn changes_are_saved_first_where_that_is_wanted() {
    let mut stage = edited();
    stage.press_with(Modifiers::COMMAND, Key::N);
    assert_eq!(stage.names(), ["limit"], "nothing happens before the answer");
    stage.click("Save");
    stage.until("a new pipeline", is_new);
    assert_eq!(about_on_disk(&stage, "open.pipe.ron"), "edited");
}

#[test]
fn changes_are_left_behind_where_that_is_wanted() {
    let mut stage = edited();
    stage.press_with(Modifiers::COMMAND, Key::N);
    stage.click("Don't save");
    stage.until("a new pipeline", is_new);
    assert_eq!(about_on_disk(&stage, "open.pipe.ron"), "");
}

#[test]
fn whoever_names_no_file_stays() {
    let mut stage = Stage::empty();
    stage.act(Action::PipelineAbout("new".into()));
    stage.will_choose([None, Some(stage.path("named.pipe.ron"))]);
    for stays in [true, false] {
        stage.command(Command::Welcome);
        stage.press_with(Modifiers::COMMAND, Key::N);
        stage.click("Save");
        if stays {
            stage.harness.run_steps(5);
            assert_eq!(stage.pipeline().about, "new");
        }
    }
    stage.until("a new pipeline", |app| app.document.pipeline.about.is_empty());
    assert_eq!(about_on_disk(&stage, "named.pipe.ron"), "new");
}

fn close(stage: &mut Stage) {
    stage.harness.state_mut().told.clear();
    let viewports = &mut stage.harness.input_mut().viewports;
    viewports.get_mut(&ViewportId::ROOT).unwrap().events.push(ViewportEvent::Close);
    stage.step();
}

#[test]
fn a_window_with_changes_asks_before_it_closes() {
    let mut stage = edited();
    close(&mut stage);
    assert!(stage.harness.state().told.contains(&ViewportCommand::CancelClose));
    stage.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap().events.clear();
    stage.settle();
    stage.click("Cancel");
    assert_eq!(stage.names(), ["limit"]);
    stage.command(Command::Save);
    stage.until("it is saved", |app| !app.document.is_changed());
    close(&mut stage);
    assert!(!stage.harness.state().told.contains(&ViewportCommand::CancelClose));
}

#[test]
fn a_file_that_others_change_is_offered_to_be_read_again() {
    let mut stage = opened();
    let mut theirs = stage.pipeline().clone();
    theirs.about = "theirs".into();
    stage.write("open.pipe.ron", file::write(&theirs));
    stage.until("it is told", |app| app.desk.change.is_some());
    stage.settle();
    stage.click("Reload");
    stage.until("theirs", |app| app.document.pipeline.about == "theirs");
    assert!(!stage.app().document.is_changed());

    theirs.about = "theirs again".into();
    stage.write("open.pipe.ron", file::write(&theirs));
    stage.until("it is told", |app| app.desk.change.is_some());
    stage.settle();
    stage.click("Keep mine");
    assert_eq!((stage.pipeline().about.as_str(), stage.app().desk.change), ("theirs", None));
}

#[test]
fn a_pipeline_that_is_dropped_is_opened() {
    let mut stage = opened();
    let path = stage.write("other.pipe.ron", r#"(version: 1, nodes: {"sorted": (step: Sort(by: [(column: "n")]))})"#);
    stage.drop_file(&path, None);
    stage.until("it is open", |app| app.document.path.as_ref() == Some(&path));
    assert_eq!(stage.names(), ["sorted"]);
}

/// Undo goes on across a save, and says that the file differs then.
#[test]
fn a_save_is_no_end_of_undo() {
    let mut stage = edited();
    stage.command(Command::Save);
    stage.until("it is saved", |app| !app.document.is_changed());
    stage.command(Command::Undo);
    assert_eq!(stage.pipeline().about, "");
    assert!(stage.app().document.is_changed());
    stage.command(Command::Redo);
    assert!(!stage.app().document.is_changed());
}
