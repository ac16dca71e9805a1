//! Runs: of a connection that does as the test says, and of the real program.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use pipewright_app::runs::{Runs, What};
use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;
use pipewright_runner::host::{Connection, Process, Received, host_command};
use pipewright_runner::job::{Count, Event, Outcome, Reply, Report, Request, Written};

/// A host that says what the test has it say; silence is its end.
struct Fake {
    replies: Receiver<Reply>,
    requests: Sender<Request>,
    killed: Arc<AtomicBool>,
}

impl Connection for Fake {
    fn send(&mut self, request: &Request) {
        self.requests.send(request.clone()).ok();
    }

    fn receive(&mut self, patience: Duration) -> Received {
        match self.replies.recv_timeout(patience) {
            Ok(reply) => Received::Reply(reply),
            Err(RecvTimeoutError::Timeout) => Received::Nothing,
            Err(RecvTimeoutError::Disconnected) => Received::Gone(Problem::new("The engine crashed.")),
        }
    }

    fn memory(&self) -> Option<u64> {
        None
    }

    fn kill(&mut self) {
        self.killed.store(true, Ordering::Relaxed);
    }
}

/// What the test holds of a run.
struct Stage {
    runs: Runs,
    say: Option<Sender<Reply>>,
    asked: Receiver<Request>,
    killed: Arc<AtomicBool>,
}

impl Stage {
    fn begin() -> Self {
        Self::run(Pipeline::default(), None)
    }

    fn run(pipeline: Pipeline, until: Option<&str>) -> Self {
        let (say, replies) = mpsc::channel();
        let (requests, asked) = mpsc::channel();
        let killed = Arc::new(AtomicBool::new(false));
        let fake = Mutex::new(Some(Fake { replies, requests, killed: Arc::clone(&killed) }));
        let start = move || match fake.lock().unwrap().take() {
            Some(fake) => Ok(Box::new(fake) as Box<dyn Connection>),
            None => Err(Problem::new("One run was expected.")),
        };
        let mut runs = Runs::new(Arc::new(start));
        let (pipeline, until) = (Arc::new(pipeline), until.map(str::to_owned));
        runs.start(pipeline, "/nowhere/x.pipe.ron".into(), until, egui::Context::default());
        Self { runs, say: Some(say), asked, killed }
    }

    fn say(&self, reply: Reply) {
        self.say.as_ref().unwrap().send(reply).unwrap();
    }

    fn until(&mut self, wanted: impl Fn(&Runs) -> bool) {
        wait_for(&mut self.runs, wanted);
    }

    fn asked(&self) -> Request {
        self.asked.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

fn wait_for(runs: &mut Runs, wanted: impl Fn(&Runs) -> bool) {
    let begun = Instant::now();
    loop {
        runs.logic();
        if wanted(runs) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing came of it: {:?}", text(runs));
        thread::sleep(Duration::from_millis(2));
    }
}

fn text(runs: &Runs) -> Vec<String> {
    runs.log.iter().map(|line| line.text()).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn at_stage(number: usize, nodes: &[&str]) -> Reply {
    Reply::Event(Event::Stage { number, nodes: names(nodes), holding: Vec::new() })
}

#[test]
fn events_of_a_run_move_its_state_and_its_report_stays() {
    let mut stage = Stage::run(Pipeline::default(), Some("large"));
    let Request::Run(job) = stage.asked() else { panic!("a run is asked for") };
    assert_eq!((job.file.as_path(), job.until.as_deref()), (Path::new("/nowhere/x.pipe.ron"), Some("large")));

    stage.say(Reply::Event(Event::Checking { node: "in".into(), file: "in.csv".into() }));
    stage.until(|runs| runs.current.as_ref().is_some_and(|run| run.active == ["in"] && run.stage.is_none()));
    stage.say(at_stage(1, &["in", "spread"]));
    stage.say(Reply::Event(Event::Progress { rows: 50, of: Some(200) }));
    stage.until(|runs| runs.current.as_ref().is_some_and(|run| run.rows == 50));
    let run = stage.runs.current.as_ref().unwrap();
    assert_eq!((run.part(), run.done.len()), (Some(0.25), 0));
    stage.say(at_stage(2, &["spread", "large"]));
    stage.until(|runs| runs.current.as_ref().is_some_and(|run| run.stage == Some(2)));
    let run = stage.runs.current.as_ref().unwrap();
    assert_eq!((run.done.as_slice(), run.rows, run.part()), (&names(&["in"])[..], 0, None));

    let written = Written { node: "out".into(), path: "out.csv".into(), rows: 1234, bytes: 5000, files: 1 };
    stage.say(Reply::Done(Report { seconds: 1.5, written: vec![written], ..Report::default() }));
    stage.until(|runs| runs.current.is_none());
    assert_eq!(stage.runs.last.as_ref().unwrap().outcome, Outcome::Done);
    let log = text(&stage.runs);
    assert!(log.contains(&"out: wrote 1,234 rows to out.csv (5 KB)".to_owned()), "{log:?}");
    assert_eq!(log.last().unwrap(), "Done in 1.50 s.");
    assert!(!stage.runs.log.iter().any(|line| matches!(line.what, What::Event(Event::Progress { .. }))));
}

#[test]
fn a_run_is_stopped_politely_first_and_then_at_once() {
    let mut stage = Stage::begin();
    assert!(matches!(stage.asked(), Request::Run(_)));
    stage.runs.cancel();
    assert!(matches!(stage.asked(), Request::Cancel));
    assert!(stage.runs.current.as_ref().unwrap().cancelling);
    stage.say(Reply::Done(Report { outcome: Outcome::Cancelled, ..Report::default() }));
    stage.until(|runs| runs.current.is_none());
    assert_eq!(text(&stage.runs).last().unwrap(), "Stopped. Nothing was written.");
    assert!(!stage.killed.load(Ordering::Relaxed));

    let mut deaf = Stage::begin();
    deaf.asked();
    deaf.runs.cancel();
    deaf.runs.cancel();
    deaf.until(|runs| runs.current.is_none());
    assert!(deaf.killed.load(Ordering::Relaxed));
    assert_eq!(deaf.runs.last.as_ref().unwrap().outcome, Outcome::Cancelled);
}

#[test]
fn a_host_that_crashes_costs_a_message() {
    let mut stage = Stage::begin();
    stage.say(at_stage(1, &["sorted"]));
    stage.until(|runs| runs.current.as_ref().is_some_and(|run| run.stage.is_some()));
    stage.say = None;
    stage.until(|runs| runs.current.is_none());
    let report = stage.runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.problems[0].node.as_deref(), Some("sorted"));
    assert!(text(&stage.runs).iter().any(|line| line.contains("The engine crashed")));
}

#[test]
fn a_run_that_is_refused_or_cannot_start_says_why() {
    let mut stage = Stage::begin();
    stage.say(Reply::Refused(vec![Problem::new("No file is chosen.").node("out")]));
    stage.until(|runs| runs.current.is_none());
    assert_eq!(stage.runs.last.as_ref().unwrap().problems[0].message, "No file is chosen.");

    let mut runs = Runs::new(Arc::new(|| Err(Problem::new("The engine can't be started."))));
    runs.start(Arc::default(), "x.pipe.ron".into(), None, egui::Context::default());
    wait_for(&mut runs, |runs| runs.current.is_none());
    assert_eq!(runs.last.as_ref().unwrap().outcome, Outcome::Failed);
    assert!(text(&runs).contains(&"error: The engine can't be started.".to_owned()));
}

#[test]
fn a_second_run_waits_for_its_turn() {
    let mut stage = Stage::begin();
    stage.runs.start(Arc::default(), "y.pipe.ron".into(), None, egui::Context::default());
    assert_eq!(text(&stage.runs), ["Run x.pipe.ron"]);
    stage.say(Reply::Done(Report::default()));
    stage.until(|runs| runs.current.is_none());
}

/// A copy of a sample, its pipeline, and runs by the program that was built.
fn real(sample: &str) -> (tempfile::TempDir, Arc<Pipeline>, Runs) {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(sample);
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let text = fs::read_to_string(folder.path().join(format!("{sample}.pipe.ron"))).unwrap();
    let (pipeline, _) = file::read(&text).unwrap();
    let start = || {
        let mut command = host_command(Path::new(env!("CARGO_BIN_EXE_pipewright")));
        let private = std::env::temp_dir();
        command.env("XDG_CACHE_HOME", &private).env("PIPEWRIGHT_TEMP", private);
        Ok(Box::new(Process::start(command)?) as Box<dyn Connection>)
    };
    (folder, Arc::new(pipeline), Runs::new(Arc::new(start)))
}

#[test]
fn a_sample_is_run_by_the_real_program() {
    let (folder, pipeline, mut runs) = real("toll");
    runs.start(pipeline, folder.path().join("toll.pipe.ron"), None, egui::Context::default());
    wait_for(&mut runs, |runs| runs.current.is_none());
    let report = runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    let answer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/answers/toll/transformed_data.csv");
    let rows = fs::read_to_string(answer).unwrap().lines().count() - 1;
    let written = report.written.iter().find(|written| written.path.ends_with("transformed_data.csv")).unwrap();
    assert_eq!(written.rows, rows as u64);
    assert!(written.path.is_file());
}

#[test]
fn a_run_to_a_node_writes_nothing_else_and_counts_its_rows() {
    let (folder, pipeline, mut runs) = real("toll");
    let file = folder.path().join("toll.pipe.ron");
    let before = fs::read_dir(folder.path()).unwrap().count();
    runs.start(pipeline, file, Some("same row".into()), egui::Context::default());
    wait_for(&mut runs, |runs| runs.current.is_none());
    let report = runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert!(report.written.is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
    let node = report.nodes.iter().find(|node| node.node == "same row").unwrap();
    // The three systems agree on every vehicle of this month.
    assert_eq!(
        (node.rows_in, node.rows_out[""], node.rows_out["false"]),
        (Count::Exact(1500), Count::Exact(1500), Count::Exact(0))
    );
    assert_eq!(text(&runs).last().unwrap().split(" s. ").nth(1), Some("Nothing was written: it ran to \"same row\"."));
}

#[test]
fn a_run_to_a_sink_writes_that_one_and_leaves_rejected_rows_to_the_others() {
    let (folder, _, mut runs) = real("toll");
    fs::write(folder.path().join("in.csv"), "day\n2024-05-01\nsoon\n").unwrap();
    let text = r#"#![enable(implicit_some, unwrap_variant_newtypes)]
        (version: 1, nodes: {
            "in": (step: ReadCsv(path: "in.csv", types: {"day": Text})),
            "dates": (step: Convert(columns: [(column: "day", to: Date)]), from: ["in"]),
            "out": (step: WriteCsv(path: "out.csv"), from: ["dates"]),
            "bad": (step: WriteCsv(path: "bad.csv"), from: ["dates.rejected"]),
        })"#;
    let (pipeline, _) = file::read(text).unwrap();
    let until = Some("out".to_owned());
    runs.start(Arc::new(pipeline), folder.path().join("x.pipe.ron"), until, egui::Context::default());
    wait_for(&mut runs, |runs| runs.current.is_none());
    let report = runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap(), "day\n2024-05-01\n");
    assert!(!folder.path().join("bad.csv").exists());
    let rejected: Vec<_> = report.nodes.iter().map(|node| (node.node.as_str(), node.rejected)).collect();
    assert_eq!(rejected, [("in", 0), ("dates", 1), ("out", 0)]);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}
