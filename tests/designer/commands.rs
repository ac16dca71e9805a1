//! Every command does what it says, or is not to be had.

use std::sync::Arc;

use egui::{Theme, ViewportCommand};
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::app::Below;
use pipewright_app::command::Command;
use pipewright_app::settings;
use pipewright_engine::file;
use pipewright_engine::problem::Problem;
use pipewright_runner::job::Outcome;

use crate::stage::{Stage, engine};

const PIPELINE: &str = r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "large": (step: Filter(condition: "n > 2"), from: ["read"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["large"]),
    },
    layout: (nodes: {"read": (0, 0), "large": (352, 30), "out": (704, 60)}),
)"#;

/// `large` and `out` are selected; the last is the one whose form is shown. Rows are there for the command that is about them.
fn stage(command: Command) -> Stage {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let real = engine(folder.path());
    let none = || Err(Problem::new("There is no engine."));
    let shows_rows = command == Command::Refresh;
    let mut stage = Stage::with(folder, if shows_rows { Box::new(real) } else { Box::new(none) });
    stage.write("numbers.csv", "n\n1\n2\n3\n4\n");
    stage.take(file::read(PIPELINE).unwrap().0);
    if shows_rows {
        assert_eq!(stage.rows("large"), "n\n3\n4");
    }
    stage.select(&["large", "out"]);
    stage
}

#[test]
fn every_command_does_what_it_says() {
    for command in Command::ALL {
        let mut stage = stage(*command);
        prepare(*command, &mut stage);
        assert!(stage.app().can(*command), "{command:?} can't be had");
        stage.harness.state_mut().told.clear();
        let ctx = stage.harness.ctx.clone();
        stage.app_mut().act(&ctx, Action::Command(*command));
        stage.step();
        check(*command, &mut stage);
    }
}

/// What a command needs that it can be had.
fn prepare(command: Command, stage: &mut Stage) {
    match command {
        Command::Undo => stage.command(Command::Mute),
        Command::Redo => {
            stage.command(Command::Mute);
            stage.command(Command::Undo);
        }
        Command::Cancel => {
            let ctx = stage.harness.ctx.clone();
            stage.app_mut().act(&ctx, Action::Command(Command::Run));
        }
        Command::Open | Command::SaveAs | Command::Export => {
            let path = stage.path(if command == Command::SaveAs { "other.pipe.ron" } else { "story.pipe.ron" });
            let folder = stage.path("");
            stage.will_choose([Some(if command == Command::Export { folder } else { path })]);
        }
        Command::Save => stage.command(Command::Mute),
        Command::ThemeSystem => stage.command(Command::ThemeDark),
        Command::RunToHere | Command::Rename => stage.select(&["large"]),
        Command::FitAll | Command::FitSelection => {
            stage.app_mut().view.center = egui::vec2(9_000.0, 9_000.0);
            stage.settle();
            assert_eq!(stage.app().view.visible(), [""; 0]);
        }
        Command::Refresh => drop(stage.write("numbers.csv", "n\n7\n")),
        _ => {}
    }
}

fn muted(stage: &Stage) -> bool {
    stage.pipeline().nodes["large"].muted && stage.pipeline().nodes["out"].muted
}

fn check(command: Command, stage: &mut Stage) {
    match command {
        Command::New => stage.until("an empty pipeline", |app| app.document.pipeline.nodes.is_empty()),
        Command::Open => {
            stage.until("it is opened", |app| app.desk.settings.recent.len() == 1);
            assert_eq!(stage.names(), ["read", "large", "out"]);
        }
        Command::Save => stage.until("it is saved", |app| !app.document.is_changed()),
        Command::SaveAs => {
            let path = stage.path("other.pipe.ron");
            stage.until("it is saved there", |app| app.document.path.as_ref() == Some(&path) && path.exists());
        }
        Command::Export => {
            stage.until("it is exported", |app| app.notice.is_some());
            assert!(stage.notice().starts_with("Exported to "), "{}", stage.notice());
        }
        Command::CopyRunCommand => {
            let copied = stage.copied().unwrap();
            assert!(copied.contains("pipewright run") && copied.contains("story.pipe.ron"), "{copied}");
        }
        Command::Welcome => assert!(stage.app().desk.welcome),
        Command::Quit => assert!(told(stage, &ViewportCommand::Close)),
        Command::Undo => assert!(!muted(stage)),
        Command::Redo => assert!(stage.pipeline().nodes["large"].muted),
        Command::Cut => {
            assert!(stage.copied().unwrap().contains("n > 2"));
            assert_eq!(stage.names(), ["read"]);
        }
        Command::Copy => {
            assert!(stage.copied().unwrap().contains("n > 2"));
            assert_eq!(stage.names().len(), 3);
        }
        Command::Paste => assert!(told(stage, &ViewportCommand::RequestPaste)),
        Command::Duplicate => assert_eq!(stage.names(), ["read", "large", "out", "large 2", "out 2"]),
        Command::Delete => assert_eq!(stage.names(), ["read"]),
        Command::SelectAll => assert_eq!(stage.selected(), ["read", "large", "out"]),
        Command::Rename => {
            stage.settle();
            assert!(stage.harness.get_by_label("Name of the node").is_focused());
        }
        Command::Mute => assert!(muted(stage)),
        Command::AddNode => {
            stage.settle();
            assert!(stage.sees("search nodes"));
        }
        Command::AddNote => assert_eq!(stage.pipeline().layout.notes.len(), 1),
        Command::AlignLeft => assert_eq!(place(stage, "large").0, place(stage, "out").0),
        Command::AlignTop => assert_eq!(place(stage, "large").1, place(stage, "out").1),
        Command::Arrange => {
            let (large, out) = (place(stage, "large"), place(stage, "out"));
            assert!(large.1 == out.1 && large.0 < out.0, "{large:?} {out:?}");
            assert_eq!(place(stage, "read"), (0, 0), "only what is selected");
        }
        Command::FitAll => assert_eq!(in_sight(stage), ["read", "large", "out"]),
        Command::FitSelection => {
            let shown = in_sight(stage);
            assert!(shown.contains(&"large".to_owned()) && shown.contains(&"out".to_owned()), "{shown:?}");
            assert!(stage.app().view.zoom > 1.0, "as large as it fits");
        }
        Command::ZoomIn => assert!(zoom_after(stage, command) > 1.0),
        Command::ZoomOut => assert!(zoom_after(stage, command) < 1.0),
        Command::ZoomReset => assert_eq!(stage.app().view.zoom, 1.0),
        Command::Run => {
            ended(stage, Outcome::Done);
            assert_eq!(std::fs::read_to_string(stage.path("out.csv")).unwrap(), "n\n3\n4\n");
        }
        Command::RunToHere => {
            ended(stage, Outcome::Done);
            assert!(!stage.path("out.csv").exists());
        }
        Command::Cancel => {
            stage.until("the run ends", |app| app.runs.current.is_none());
            let outcome = stage.app().runs.last.as_ref().unwrap().outcome;
            assert_eq!((outcome, stage.path("out.csv").exists()), (Outcome::Cancelled, false));
        }
        Command::Refresh => assert_eq!(stage.rows("large"), "n\n7"),
        Command::ShowPalette => assert!(!stage.app().panels.palette),
        Command::ShowInspector => assert!(!stage.app().panels.inspector),
        Command::ShowData => assert_eq!(stage.app().panels.below, None),
        Command::ShowProblems => assert_eq!(stage.app().panels.below, Some(Below::Problems)),
        Command::ShowLog => assert_eq!(stage.app().panels.below, Some(Below::Log)),
        Command::ShowReport => assert_eq!(stage.app().panels.below, Some(Below::Report)),
        Command::Parameters => assert!(stage.app().around.show_parameters),
        Command::Keys => assert!(stage.app().around.show_keys),
        Command::ThemeSystem => assert_eq!(stage.app().desk.settings.theme, settings::Theme::System),
        Command::ThemeLight => assert_eq!(theme(stage), Theme::Light),
        Command::ThemeDark => assert_eq!(theme(stage), Theme::Dark),
        Command::Larger => assert_eq!(stage.app().desk.settings.scale, 1.25),
        Command::Smaller => assert_eq!(stage.app().desk.settings.scale, 0.75),
    }
}

fn told(stage: &Stage, command: &ViewportCommand) -> bool {
    stage.harness.state().told.contains(command)
}

fn place(stage: &Stage, node: &str) -> (i32, i32) {
    stage.pipeline().layout.nodes[node]
}

fn in_sight(stage: &mut Stage) -> Vec<String> {
    stage.settle();
    stage.app().view.visible().to_vec()
}

fn zoom_after(stage: &mut Stage, command: Command) -> f32 {
    stage.command(Command::ZoomReset);
    stage.command(command);
    stage.app().view.zoom
}

fn theme(stage: &mut Stage) -> Theme {
    stage.settle();
    stage.harness.ctx.theme()
}

fn ended(stage: &mut Stage, outcome: Outcome) {
    stage.until("the run ends", |app| app.runs.current.is_none() && app.runs.last.is_some());
    let report = stage.app().runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, outcome, "{:?}", report.problems);
}

/// With nothing selected, nothing done and nothing saved.
#[test]
fn what_has_no_object_cannot_be_had() {
    let stage = Stage::empty();
    let cannot: Vec<Command> = Command::ALL.iter().copied().filter(|command| !stage.app().can(*command)).collect();
    let wanted = [
        Command::CopyRunCommand,
        Command::Undo,
        Command::Redo,
        Command::Cut,
        Command::Copy,
        Command::Duplicate,
        Command::Delete,
        Command::Rename,
        Command::Mute,
        Command::AlignLeft,
        Command::AlignTop,
        Command::FitSelection,
        Command::Run,
        Command::RunToHere,
        Command::Cancel,
    ];
    assert_eq!(cannot, wanted);
}

/// Nothing happens by their keys either.
#[test]
fn what_cannot_be_had_changes_nothing() {
    let mut stage = Stage::empty();
    for command in Command::ALL.iter().copied().filter(|command| !stage.app().can(*command)).collect::<Vec<_>>() {
        let before = stage.app().document.pipeline.clone();
        stage.command(command);
        assert_eq!(*before, *stage.app().document.pipeline, "{command:?}");
        assert!(stage.app().notice.is_none() && stage.app().runs.current.is_none(), "{command:?}");
    }
}
