//! The designer is killed at any moment, and what was worked on is offered by the next one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::{Action, Wiring};
use pipewright_app::command::Command;
use pipewright_app::files::journal;
use pipewright_engine::file;
use pipewright_engine::nodes::{Limit, Step};
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;

use crate::stage::Stage;

const FOLDER: &str = "PIPEWRIGHT_TEST_FOLDER";
const TRIES: usize = 24;
const AT_ONCE: usize = 2;

fn window(folder: &Path) -> Stage {
    Stage::within(folder, Box::new(|| Err(Problem::new("There is no engine."))))
}

/// How many edits a pipeline of the test has seen: each adds a node.
fn edits(pipeline: &Pipeline) -> usize {
    pipeline.nodes.len()
}

fn journals(folder: &Path) -> PathBuf {
    folder.join("own/state/journals")
}

/// Many windows that edit, each killed at another moment. What is restored is the last edit, or the one before it.
#[test]
fn a_window_that_is_killed_loses_at_most_the_last_edit() {
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= TRIES {
                        return;
                    }
                    let own = folder.path().join(number.to_string());
                    fs::create_dir(&own).unwrap();
                    edit_and_kill(&own, number);
                }
            });
        }
    });
}

fn edit_and_kill(folder: &Path, number: usize) {
    let mut child = Killed(
        Program::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "crash::edits_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let begun = lines.by_ref().find_map(|line| line.strip_prefix("edit ")?.parse::<usize>().ok());
    assert!(begun.is_some(), "it makes its first edit");
    // Spread over the length of a few edits by a step that shares no factor with their number.
    std::thread::sleep(Duration::from_micros((number as u64 * 79_193) % 200_000));
    child.0.kill().unwrap();
    let last = lines.filter_map(|line| line.strip_prefix("edit ")?.parse().ok()).last().or(begun).unwrap();
    child.0.wait().unwrap();
    let restorable = journal::restorable(&journals(folder));
    assert!(restorable.len() == 1 || last == 1, "try {number}: after edit {last} there is nothing to restore");
    let restored = restorable.first().map_or(0, |one| edits(&one.pipeline));
    // One more than was said may have been made: the program was killed before it could say so.
    assert!((last - 1..=last + 1).contains(&restored), "try {number}: {restored} was restored after edit {last}");
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
    }
}

/// An edit begins when the one before is on disk: no person is faster.
#[test]
#[ignore = "started, and killed, by another test"]
fn edits_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let mut stage = window(&folder);
    stage.command(Command::New);
    for number in 1..1_000 {
        let step = Box::new(Step::Limit(Limit::default()));
        let ctx = stage.harness.ctx.clone();
        stage.app_mut().act(&ctx, Action::Add { step, at: None, wiring: Wiring::Selection });
        stage.step();
        println!("edit {number}");
        while written(&folder) < number {
            stage.step();
        }
    }
}

fn written(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(journals(folder)) else { return 0 };
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let journal = paths.find(|path| path.extension().is_some_and(|ending| ending == "journal"));
    let text = journal.and_then(|path| fs::read_to_string(path).ok());
    text.and_then(|text| file::read(&text).ok()).map_or(0, |(pipeline, _)| edits(&pipeline))
}

/// The next window offers it on its first page, and has it unsaved.
#[test]
fn what_was_left_behind_is_restored_by_a_click() {
    let folder = tempfile::tempdir().unwrap();
    edit_and_kill(folder.path(), 1);
    let mut stage = window(folder.path());
    stage.until("it is offered", |app| !app.desk.restorable.is_empty());
    stage.settle();
    let left = edits(&stage.app().desk.restorable[0].pipeline);
    stage.harness.get_by_label_contains("Restore").click();
    stage.until("it is restored", |app| !app.desk.welcome);
    assert_eq!(edits(stage.pipeline()), left);
    assert!(left > 0 && stage.app().document.is_changed());
    stage.app_mut().end();
    drop(stage);

    let mut later = window(folder.path());
    later.harness.run_steps(5);
    assert!(later.app().desk.restorable.is_empty(), "it was thrown away by one who knew of it");
}
