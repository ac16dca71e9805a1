//! Unsaved work outlives the program: kept, found, restored, and never in the way.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pipewright_app::document::Document;
use pipewright_app::files::{Answer, Journal, Over, Restorable, Worker, journal};
use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;

const LONG: Duration = Duration::from_secs(20);

fn edited(number: usize) -> Pipeline {
    // Long enough for a file that is cut off in the middle to be possible.
    Pipeline { about: format!("{number} {}", "words ".repeat(2_000)), ..Pipeline::default() }
}

fn number_of(pipeline: &Pipeline) -> usize {
    pipeline.about.split(' ').next().unwrap().parse().unwrap()
}

fn journals(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "journal")).collect()
}

/// What is found once all that was asked for before is done.
fn found(folder: &Path, worker: &Worker) -> Vec<Restorable> {
    worker.find_restorable(folder);
    match worker.wait(LONG) {
        Some(Answer::Restorable(found)) => found,
        Some(Answer::Trouble(problem)) => panic!("{problem}"),
        _ => panic!("no answer"),
    }
}

#[test]
fn a_journal_lasts_as_long_as_there_is_something_to_lose() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("journal");
    let worker = Worker::new(|| ());
    let mut journal = Journal::begin(&folder).unwrap();
    let mut document = Document::new(edited(0), None);
    journal.note(&document, true, &worker);
    assert_eq!(found(&folder, &worker).len(), 0);
    assert_eq!(journals(&folder).len(), 0, "nothing was edited");

    document.edit().about = edited(1).about;
    journal.note(&document, true, &worker);
    assert_eq!(found(&folder, &worker).len(), 0, "its program lives");
    assert_eq!(journals(&folder).len(), 1);

    document.saved = document.pipeline.clone();
    journal.note(&document, true, &worker);
    found(&folder, &worker);
    assert_eq!(journals(&folder).len(), 0, "it was saved");

    document.edit().about = edited(2).about;
    journal.note(&document, true, &worker);
    journal.end(&worker);
    drop(worker);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "its program ended well");
}

#[test]
fn typing_is_written_soon_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let worker = Worker::new(|| ());
    let mut journal = Journal::begin(folder.path()).unwrap();
    let mut document = Document::new(edited(0), None);
    document.edit().about = edited(1).about;
    journal.note(&document, false, &worker);
    found(folder.path(), &worker);
    assert_eq!(journals(folder.path()).len(), 0, "somebody is typing");
    let begun = Instant::now();
    while journals(folder.path()).is_empty() {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(5));
    }
    document.edit().about = edited(2).about;
    journal.note(&document, false, &worker);
    journal.note(&document, true, &worker);
    found(folder.path(), &worker);
    let text = fs::read_to_string(&journals(folder.path())[0]).unwrap();
    assert_eq!(number_of(&file::read(&text).unwrap().0), 2, "whoever stops typing need not wait");
}

#[test]
fn what_is_restored_knows_its_file_and_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journals_in) = (folder.path().join("x.pipe.ron"), folder.path().join("journal"));
    for (now_on_disk, differs) in [(edited(0), false), (edited(7), true)] {
        fs::write(&path, file::write(&edited(0))).unwrap();
        let worker = Worker::new(|| ());
        worker.open(&path);
        let Some(Answer::Opened { result: Ok((mut document, _)), .. }) = worker.wait(LONG) else {
            panic!("not opened")
        };
        let mut journal = Journal::begin(&journals_in).unwrap();
        document.edit().about = edited(1).about;
        journal.note(&document, true, &worker);
        // As if the program died: nothing is removed, and the lock is let go of.
        drop((journal, worker));

        fs::write(&path, file::write(&now_on_disk)).unwrap();
        let worker = Worker::new(|| ());
        let mut restorable = found(&journals_in, &worker);
        assert_eq!(restorable.len(), 1);
        assert_eq!(found(&journals_in, &worker).len(), 0, "another window does not offer the same");
        let one = restorable.pop().unwrap();
        assert_eq!((&*one.name, one.path.as_deref(), one.differs), ("x.pipe.ron", Some(&*path), differs));
        let document = worker.restore(&one);
        assert_eq!((number_of(&document.pipeline), document.path.as_deref()), (1, Some(&*path)));
        assert!(document.is_changed());

        drop(one);
        let mut later = found(&journals_in, &worker);
        assert_eq!(later.len(), 1, "nothing was decided");
        worker.discard(later.pop().unwrap());
        assert_eq!(found(&journals_in, &worker).len(), 0);
        assert_eq!(fs::read_dir(&journals_in).unwrap().count(), 0);
    }
}

#[test]
fn a_journal_of_what_was_saved_in_the_last_moment_is_no_offer() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journals_in) = (folder.path().join("x.pipe.ron"), folder.path().join("journal"));
    let worker = Worker::new(|| ());
    let mut journal = Journal::begin(&journals_in).unwrap();
    let mut document = Document::new(edited(0), Some(path.clone()));
    document.edit().about = edited(1).about;
    journal.note(&document, true, &worker);
    worker.save(document.pipeline.clone(), &path, Over::Lossless);
    drop((journal, worker));
    assert_eq!(journals(&journals_in).len(), 1);
    assert_eq!(journal::restorable(&journals_in).len(), 0);
    assert_eq!(journals(&journals_in).len(), 0);
}

/// 200 programs that edit, each killed at another moment. What is restored is the last edit, or the one before it.
#[test]
fn a_kill_costs_at_most_the_last_edit() {
    const TRIES: usize = 200;
    const AT_ONCE: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let unfinished = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= TRIES {
                        return;
                    }
                    let own = folder.path().join(number.to_string());
                    unfinished.fetch_add(usize::from(edit_and_kill(&own, number)), Ordering::Relaxed);
                }
            });
        }
    });
    println!("In {} of {TRIES} tries the last edit was lost.", unfinished.into_inner());
}

/// Whether the last edit was lost.
fn edit_and_kill(folder: &Path, number: usize) -> bool {
    let mut child = Killed(
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "journal::edits_until_it_is_killed", "--nocapture"])
            .env("PIPEWRIGHT_TEST_FOLDER", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let begun = lines.by_ref().find_map(|line| line.strip_prefix("edit ")?.parse::<usize>().ok());
    assert!(begun.is_some(), "it makes its first edit");
    // Spread over the length of a few edits by a step that shares no factor with their number.
    std::thread::sleep(Duration::from_micros((number as u64 * 7_919) % 20_000));
    child.0.kill().unwrap();
    let last = lines.filter_map(|line| line.strip_prefix("edit ")?.parse().ok()).last().or(begun).unwrap();
    child.0.wait().unwrap();
    let restorable = journal::restorable(folder);
    assert!(restorable.len() == 1 || last == 1, "try {number}: after edit {last} there is nothing to restore");
    let restored = restorable.first().map_or(0, |one| number_of(&one.pipeline));
    // One more than was said may have been made: the program was killed before it could say so.
    assert!((last - 1..=last + 1).contains(&restored), "try {number}: {restored} was restored after edit {last}");
    if let Some(one) = restorable.first() {
        assert_eq!(one.pipeline, edited(restored), "try {number}: it is whole");
    }
    let held = restorable.len();
    let ending = |ending: &str| {
        fs::read_dir(folder)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == ending)
            .count()
    };
    assert_eq!((ending("lock"), ending("tmp")), (held, 0), "try {number}: nothing else is left lying about");
    restored < last
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
    let folder = PathBuf::from(std::env::var_os("PIPEWRIGHT_TEST_FOLDER").unwrap());
    let worker = Worker::new(|| ());
    let mut journal = Journal::begin(&folder).unwrap();
    let mut document = Document::new(edited(0), None);
    let written = || {
        let text = journals(&folder).first().and_then(|path| fs::read_to_string(path).ok());
        text.map_or(0, |text| number_of(&file::read(&text).unwrap().0))
    };
    for number in 1..100_000 {
        document.edit().about = edited(number).about;
        journal.note(&document, true, &worker);
        println!("edit {number}");
        while written() < number {
            std::thread::yield_now();
        }
    }
}
