//! The whole designer, killed in the middle of work: what was drawn is offered again.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pipewright_app::action::{Action, Wiring};
use pipewright_app::command::Command;
use pipewright_engine::file;
use pipewright_engine::nodes::{Limit, Step};

use crate::stage::{Stage, engine};

const TRIES: usize = 24;
const AT_ONCE: usize = 3;
/// More than anybody gets done before the kill.
const EDITS: usize = 24;

const NAME: &str = "crash.pipe.ron";

/// Long enough for a file that is cut off in the middle to be possible.
fn beginning() -> String {
    let nodes = r#"{"trucks": (step: ReadCsv(path: "trucks.csv"))}"#;
    let text = format!("(version: 1, about: \"{}\", nodes: {nodes})", "words ".repeat(2_000));
    file::write(&file::read(&text).unwrap().0)
}

/// With the pipeline of a file open. The file may lie outside of the stage's folder.
fn opened(path: &Path, folder: Arc<tempfile::TempDir>) -> Stage {
    let start = engine(folder.path());
    let mut stage = Stage::with(folder, Box::new(start));
    stage.act(Action::OpenFile(path.to_owned()));
    stage.until("it is opened", |app| app.document.path.as_deref() == Some(path));
    stage
}

/// The next thing that somebody does, one kind after the other.
fn edit(stage: &mut Stage, number: usize) {
    let last = stage.names().last().map(|name| (*name).to_owned()).unwrap();
    stage.act(match number % 8 {
        1 => Action::Add { step: Box::new(Step::Limit(Limit::default())), at: None, wiring: Wiring::Selection },
        2 => Action::About { node: last, text: format!("about {number}") },
        3 => Action::PipelineAbout(format!("{number} {}", "words ".repeat(2_000))),
        4 => Action::Command(Command::Duplicate),
        5 => Action::Rename { node: last, to: format!("node {number}") },
        6 => Action::Command(Command::Save),
        7 => Action::Command(Command::Delete),
        _ => Action::Command(Command::Undo),
    });
}

fn now(stage: &Stage) -> String {
    file::write(stage.pipeline())
}

/// What is on disk: in the journal while there is one, else in the file.
fn kept(journals: &Path, path: &Path) -> String {
    let entries = fs::read_dir(journals).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let journal = paths.find(|path| path.extension().is_some_and(|ending| ending == "journal"));
    let Some(journal) = journal else { return fs::read_to_string(path).unwrap() };
    // Its first line says whose it is. It may be removed at any time.
    let text = fs::read_to_string(journal).unwrap_or_default();
    text.split_once('\n').map(|(_, text)| text.to_owned()).unwrap_or_default()
}

/// The pipeline after each number of edits.
fn states() -> Vec<String> {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().join(NAME);
    fs::write(&path, beginning()).unwrap();
    let mut stage = opened(&path, folder);
    let mut states = vec![now(&stage)];
    for number in 1..=EDITS {
        edit(&mut stage, number);
        states.push(now(&stage));
    }
    states
}

/// Each is killed at another moment. What a new window offers is the last edit, or the one before it.
#[test]
fn a_killed_designer_costs_at_most_the_last_edit() {
    let states = states();
    let next = AtomicUsize::new(0);
    let lost = AtomicUsize::new(0);
    let offered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= TRIES {
                        return;
                    }
                    let (was_lost, was_offered) = edit_and_kill(number, &states);
                    lost.fetch_add(usize::from(was_lost), Ordering::Relaxed);
                    offered.fetch_add(usize::from(was_offered), Ordering::Relaxed);
                }
            });
        }
    });
    let (lost, offered) = (lost.into_inner(), offered.into_inner());
    println!("Of {TRIES} tries, {offered} offered something to restore, and in {lost} the last edit was lost.");
    assert!(offered > TRIES / 2, "most were killed with something unsaved: {offered}");
}

/// Whether the last edit was lost, and whether there was something to restore.
fn edit_and_kill(number: usize, states: &[String]) -> (bool, bool) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().join(NAME);
    fs::write(&path, beginning()).unwrap();
    let last = killed_after(folder.path(), number);
    // Another window of the same user.
    let theirs = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path().join("own"));
    fs::rename(theirs.into_iter().find(|own| own.exists()).unwrap(), folder.path().join("own")).unwrap();
    let mut stage = opened(&path, folder);

    // The file was opened after journals were looked for: what there is has been found.
    let offered = stage.app().desk.restorable.len();
    assert!(offered <= 1, "try {number}");
    if offered == 1 {
        assert!(!stage.app().desk.restorable[0].differs, "try {number}: nobody else has changed the file");
        stage.command(Command::Welcome);
        stage.click(&format!("Restore {NAME}"));
        stage.until("it is restored", |app| app.document.is_changed() && !app.desk.welcome);
        assert_eq!(stage.app().document.path.as_deref(), Some(path.as_path()), "try {number}");
    }
    let back = now(&stage);
    // One more than was said may have been made: the program was killed before it could say so.
    let near = last.saturating_sub(1)..=(last + 1).min(EDITS);
    assert!(near.clone().any(|at| states[at] == back), "try {number}: after edit {last}, this came back: {back}");

    if offered == 1 {
        stage.command(Command::Save);
        stage.until("it is saved", |app| !app.document.is_changed());
        assert_eq!(fs::read_to_string(&path).unwrap(), back, "try {number}");
    }
    let lost = states[last] != back && states[(last + 1).min(EDITS)] != back;
    (lost, offered == 1)
}

/// The last edit that a designer told of before it was killed.
fn killed_after(folder: &Path, number: usize) -> usize {
    let mut child = Killed(
        Program::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "crash::edits_until_it_is_killed", "--nocapture"])
            .env("PIPEWRIGHT_TEST_FOLDER", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut edits = lines.filter_map(|line| line.strip_prefix("edit ")?.parse::<usize>().ok());
    // Each kind of edit has its turn, and the moment within it another one each time.
    let until = 1 + number % (EDITS / 2);
    assert!(edits.any(|edit| edit == until), "try {number}: it makes {until} edits");
    std::thread::sleep(Duration::from_micros((number as u64 * 7_919) % 60_000));
    child.0.kill().unwrap();
    let last = edits.last().unwrap_or(until);
    child.0.wait().unwrap();
    last
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
    }
}

/// As fast as the disk takes it, which is faster than any person: an edit begins when the one before is on disk.
#[test]
#[ignore = "started, and killed, by another test"]
fn edits_until_it_is_killed() {
    let theirs = PathBuf::from(std::env::var_os("PIPEWRIGHT_TEST_FOLDER").unwrap());
    let path = theirs.join(NAME);
    let mut stage = opened(&path, Arc::new(tempfile::tempdir_in(&theirs).unwrap()));
    let journals = stage.path("own/state/journals");
    for number in 1..=EDITS {
        edit(&mut stage, number);
        println!("edit {number}");
        stage.until("it is on disk", |app| kept(&journals, &path) == file::write(&app.document.pipeline));
    }
    std::thread::sleep(crate::stage::LONG);
}
