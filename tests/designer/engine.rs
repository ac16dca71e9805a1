//! Whatever becomes of the engine, the document stays, a message says what happened, and the next edit shows rows again.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pipewright_app::action::Action;
use pipewright_app::command::Command;
use pipewright_app::data::Look;
use pipewright_app::runs::Runs;
use pipewright_engine::file;
use pipewright_engine::nodes::{Filter, Step};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_runner::host::{Connection, Process, Received, host_command};
use pipewright_runner::job::{Outcome, Reply, Request};
use pipewright_runner::show::{Ask, Basis, News, Output};

use crate::stage::{PIPEWRIGHT, Stage};

const PIPELINE: &str = r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "large": (step: Filter(condition: "n > 2"), from: ["read"]),
        "sorted": (step: Sort(by: [(column: "text")]), from: ["large"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["sorted"]),
    },
)"#;

/// What the next engine that is started is like.
#[derive(Clone, Default)]
pub enum Kind {
    #[default]
    Real,
    /// It is not there.
    Missing,
    /// A program that says this.
    Other(&'static str),
    /// It holds more memory than there is.
    Hungry,
}

/// Decides what engines are like, and has their ends in hand.
#[derive(Clone, Default)]
pub struct Hand {
    kind: Arc<Mutex<Kind>>,
    /// The process of the last engine.
    id: Arc<AtomicU32>,
    started: Arc<AtomicU32>,
    /// Answers wait as long as this is set.
    pub hold: Arc<AtomicBool>,
}

impl Hand {
    pub fn set(&self, kind: Kind) {
        *self.kind.lock().unwrap() = kind;
    }

    fn started(&self) -> u32 {
        self.started.load(Ordering::Relaxed)
    }

    fn start(&self, private: &PathBuf) -> Result<Box<dyn Connection>, Problem> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let kind = self.kind.lock().unwrap().clone();
        let mut command = match kind {
            Kind::Real | Kind::Hungry => host_command(PIPEWRIGHT.as_ref()),
            Kind::Missing => host_command("/there/is/no/engine".as_ref()),
            Kind::Other(says) => {
                let mut shell = Program::new("sh");
                shell.args(["-c", says]);
                shell
            }
        };
        command.env("XDG_CACHE_HOME", private).env("PIPEWRIGHT_TEMP", private);
        let process = Process::start(command)?;
        self.id.store(process.id(), Ordering::Relaxed);
        let hungry = matches!(kind, Kind::Hungry);
        Ok(Box::new(Held { process, hold: Arc::clone(&self.hold), hungry }))
    }

    fn kill(&self) {
        assert!(self.signal("-KILL"), "it lives");
    }

    /// Sends a signal to the last engine, and says whether it was there to take it.
    pub fn signal(&self, signal: &str) -> bool {
        let id = self.id.load(Ordering::Relaxed).to_string();
        Program::new("kill").args([signal, &id]).output().unwrap().status.success()
    }
}

struct Held {
    process: Process,
    hold: Arc<AtomicBool>,
    hungry: bool,
}

impl Connection for Held {
    fn send(&mut self, request: &Request) {
        self.process.send(request);
    }

    fn receive(&mut self, patience: Duration) -> Received {
        if self.hold.load(Ordering::Relaxed) {
            std::thread::sleep(patience);
            return Received::Nothing;
        }
        self.process.receive(patience)
    }

    fn memory(&self) -> Option<u64> {
        if self.hungry { Some(u64::MAX) } else { self.process.memory() }
    }

    fn kill(&mut self) {
        self.process.kill();
    }
}

/// The pipeline with an engine of this kind, and the hand that holds it.
pub fn stage(kind: Kind) -> (Stage, Hand) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let hand = Hand::default();
    hand.set(kind);
    let (starts, private) = (hand.clone(), folder.path().to_owned());
    let mut stage = Stage::with(folder, Box::new(move || starts.start(&private)));
    stage.write("numbers.csv", "n,text\n1,a\n2,b\n3,d\n4,c\n");
    stage.take(file::read(PIPELINE).unwrap().0);
    (stage, hand)
}

pub fn edit(stage: &mut Stage, condition: &str) {
    let step = Step::Filter(Filter { condition: condition.into(), ..Filter::default() });
    stage.act(Action::Edit { node: "large".into(), step: Box::new(step) });
}

/// The document is as it was, and an edit shows rows.
#[track_caller]
fn goes_on(stage: &mut Stage) {
    assert_eq!(stage.names(), ["read", "large", "sorted", "out"]);
    edit(stage, "n > 3");
    assert_eq!(stage.rows("sorted"), "n,text\n4,c");
    assert!(stage.app().results.trouble.is_none());
}

#[track_caller]
fn trouble(stage: &mut Stage) -> String {
    stage.until("a message", |app| app.results.trouble.is_some());
    stage.settle();
    let message = stage.app().results.trouble.as_ref().unwrap().message.clone();
    assert!(stage.sees(&message), "it is on the screen: {message}");
    message
}

#[test]
fn an_engine_that_is_killed_once_is_followed_by_another() {
    let (mut stage, hand) = stage(Kind::Real);
    assert_eq!(stage.rows("sorted"), "n,text\n4,c\n3,d");
    hand.hold.store(true, Ordering::Relaxed);
    edit(&mut stage, "n > 1");
    hand.kill();
    hand.hold.store(false, Ordering::Relaxed);
    // It may have answered before it was killed.
    stage.until("another engine is started", |_| hand.started() == 2);
    assert_eq!(stage.rows("sorted"), "n,text\n2,b\n4,c\n3,d");
    goes_on(&mut stage);
}

#[test]
fn an_engine_that_is_killed_again_and_again_costs_a_message() {
    let (mut stage, hand) = stage(Kind::Real);
    stage.rows("sorted");
    hand.hold.store(true, Ordering::Relaxed);
    edit(&mut stage, "n > 1");
    hand.kill();
    hand.hold.store(false, Ordering::Relaxed);
    // The second one does not live long enough to answer.
    hand.set(Kind::Other("kill -9 $$"));
    let message = trouble(&mut stage);
    assert!(message.contains("killed from outside"), "{message}");
    assert!(stage.app().results.is_stale("sorted"), "the old rows stay, dimmed");
    let link = pipewright_engine::pipeline::Link::parse("sorted");
    assert!(stage.app().results.output(stage.pipeline(), &link).is_some());
    hand.set(Kind::Real);
    goes_on(&mut stage);
}

#[test]
fn an_engine_that_needs_more_memory_than_there_is_costs_a_message() {
    let (mut stage, hand) = stage(Kind::Hungry);
    let message = trouble(&mut stage);
    assert_eq!(message, "These rows need more memory than there is.");
    hand.set(Kind::Real);
    goes_on(&mut stage);
}

#[test]
fn an_engine_of_another_version_is_called_so() {
    // A frame of twenty-six bytes, as hosts begin with.
    let (mut stage, hand) = stage(Kind::Other(r#"printf '\032\0\0\0{"pipewright_protocol":99}'; sleep 9"#));
    let message = trouble(&mut stage);
    assert!(message.contains("version 99"), "{message}");
    hand.set(Kind::Real);
    goes_on(&mut stage);
}

#[test]
fn an_engine_that_cannot_be_started_costs_a_message() {
    let (mut stage, hand) = stage(Kind::Missing);
    let message = trouble(&mut stage);
    assert!(message.starts_with("The engine can't be started"), "{message}");
    let started = hand.started();
    stage.harness.run_steps(20);
    assert_eq!(hand.started(), started, "it is not tried again and again");
    hand.set(Kind::Real);
    goes_on(&mut stage);
}

#[test]
fn a_slow_answer_leaves_the_window_drawing_and_the_old_rows_dimmed() {
    let (mut stage, hand) = stage(Kind::Real);
    let before = stage.rows("sorted");
    hand.hold.store(true, Ordering::Relaxed);
    edit(&mut stage, "n > 3");
    let link = pipewright_engine::pipeline::Link::parse("sorted");
    for _ in 0..20 {
        let begun = Instant::now();
        stage.step();
        assert!(begun.elapsed() < Duration::from_secs(2), "a frame waited");
        let results = &stage.app().results;
        assert!(results.computing && results.is_stale("sorted") && results.is_stale("large"));
        assert!(!results.is_stale("read"), "it stands above the edit");
        let held = results.output(stage.pipeline(), &link).unwrap();
        assert_eq!(crate::stage::shown(&held.head), before);
    }
    // What was asked for in between is not waited for.
    edit(&mut stage, "n > 2 AND text = 'c'");
    edit(&mut stage, "n = 3");
    hand.hold.store(false, Ordering::Relaxed);
    assert_eq!(stage.rows("sorted"), "n,text\n3,d");
}

/// Many rows whose sorting takes a while.
fn many_rows(stage: &Stage) {
    let mut text = "n,text\n".to_owned();
    let mut number: u64 = 7;
    for n in 0..300_000 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        writeln!(text, "{n},row {}", number >> 20).unwrap();
    }
    stage.write("numbers.csv", text);
}

#[test]
fn a_run_whose_engine_is_killed_leaves_files_as_they_were() {
    let (mut stage, _) = stage(Kind::Real);
    many_rows(&stage);
    stage.write("out.csv", "as it was");
    let runs = Hand::default();
    let (starts, private) = (runs.clone(), stage.path(""));
    stage.app_mut().runs = Runs::new(Arc::new(move || starts.start(&private)));
    let before = stage.pipeline().clone();
    stage.command(Command::Run);
    stage.until("it works", |app| app.runs.current.as_ref().is_none_or(|run| run.stage.is_some()));
    runs.kill();
    stage.until("the run ends", |app| app.runs.current.is_none());
    let report = stage.app().runs.last.clone().unwrap();
    assert_eq!(report.outcome, Outcome::Failed, "{:?}", report.problems);
    assert!(report.problems[0].message.contains("killed"), "{}", report.problems[0].message);
    assert_eq!(std::fs::read_to_string(stage.path("out.csv")).unwrap(), "as it was");
    assert_eq!(*stage.pipeline(), before);

    edit(&mut stage, "n > 299997");
    stage.command(Command::Run);
    stage.until("the run ends", |app| app.runs.current.is_none());
    let report = stage.app().runs.last.as_ref().unwrap();
    assert_eq!((report.outcome, report.written[0].rows), (Outcome::Done, 2), "{:?}", report.problems);
}

#[test]
fn a_run_that_needs_more_memory_than_there_is_leaves_files_as_they_were() {
    let (mut stage, _) = stage(Kind::Real);
    stage.write("out.csv", "as it was");
    let runs = Hand::default();
    runs.set(Kind::Hungry);
    let (starts, private) = (runs.clone(), stage.path(""));
    stage.app_mut().runs = Runs::new(Arc::new(move || starts.start(&private)));
    let before = stage.pipeline().clone();
    stage.command(Command::Run);
    stage.until("the run ends", |app| app.runs.current.is_none());
    let report = stage.app().runs.last.clone().unwrap();
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.problems[0].message.contains("of memory was needed"), "{}", report.problems[0].message);
    assert_eq!(std::fs::read_to_string(stage.path("out.csv")).unwrap(), "as it was");
    assert_eq!(*stage.pipeline(), before);
    goes_on(&mut stage);
}

/// What becomes of a wish of this engine that is not for rows of the sample.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Failed,
    Gone,
    /// No answer comes.
    Silence,
}

/// An engine that shows one row of a sample, and can't do anything else.
struct Weak {
    end: End,
    said: VecDeque<Received>,
    /// How often all rows were asked for.
    asked: Arc<AtomicU32>,
}

impl Connection for Weak {
    fn send(&mut self, request: &Request) {
        let Request::Designer(id, ask) = request else { return };
        let mut say = |news| self.said.push_back(Received::Reply(Reply::Designer(*id, news)));
        match ask {
            Ask::Show(..) => {
                let head = Table::parse("n: Integer\n 1").unwrap();
                say(News::Output(Output {
                    node: "read".into(),
                    output: 0,
                    table: "the table".into(),
                    schema: head.schema.clone(),
                    rows: 1,
                    basis: Basis::Sample { records: 1, of: Some(2), estimated: false },
                    head,
                    rejects: None,
                    seconds: None,
                }));
                say(News::Shown { computed: vec!["read".into()] });
            }
            Ask::Exact(..) | Ask::Sniff { .. } => {
                self.asked.fetch_add(1, Ordering::Relaxed);
                match self.end {
                    End::Failed => say(News::Failed(vec![Problem::new("The second row is bad.")])),
                    End::Silence => {}
                    End::Gone => self.said.push_back(Received::Gone(Problem::new("The engine crashed."))),
                }
            }
            _ => say(News::Stopped),
        }
    }

    fn receive(&mut self, patience: Duration) -> Received {
        self.said.pop_front().unwrap_or_else(|| {
            std::thread::sleep(patience);
            Received::Nothing
        })
    }

    fn memory(&self) -> Option<u64> {
        None
    }

    fn kill(&mut self) {}
}

/// One source, shown by such engines, and how often they were asked for more.
fn weak(end: End) -> (Stage, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let start = move || {
        let weak = Weak { end, said: VecDeque::new(), asked: Arc::clone(&count) };
        Ok(Box::new(weak) as Box<dyn Connection>)
    };
    let mut stage = Stage::with(Arc::new(tempfile::tempdir().unwrap()), Box::new(start));
    stage.take(file::read(r#"(version: 1, nodes: {"read": (step: ReadCsv(path: "numbers.csv"))})"#).unwrap().0);
    assert_eq!(stage.rows("read"), "n\n1");
    (stage, asked)
}

/// Frames for as long as an engine would need for many answers.
fn wait_a_while(stage: &mut Stage) {
    for _ in 0..30 {
        stage.step();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Small sources are computed whole without anybody asking: what goes wrong then must not do so for ever.
#[test]
fn rows_that_cannot_be_computed_whole_are_tried_once_for_each_edit() {
    for (end, message) in [(End::Failed, "The second row is bad."), (End::Gone, "The engine crashed.")] {
        let (mut stage, asked) = weak(end);
        stage.select(&["read"]);
        stage.until("a message", |app| app.notice.is_some());
        assert_eq!(stage.notice(), message);
        stage.click("Close this message");
        wait_a_while(&mut stage);
        assert_eq!((stage.notice(), asked.load(Ordering::Relaxed)), ("", 1));
        assert_eq!(stage.rows("read"), "n\n1");
        assert!(stage.app().results.trouble.is_none());

        stage.act(Action::About { node: "read".into(), text: "edited".into() });
        stage.until("it is tried again", |app| app.notice.is_some());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert_eq!(stage.rows("read"), "n\n1");
    }
}

#[test]
fn rows_that_nobody_wants_to_wait_for_are_not_computed_again_by_themselves() {
    let (mut stage, asked) = weak(End::Silence);
    stage.select(&["read"]);
    stage.until("all rows are asked for", |_| asked.load(Ordering::Relaxed) == 1);
    stage.act(Action::Look(Look::StopExact));
    wait_a_while(&mut stage);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    stage.act(Action::Look(Look::Exact { node: "read".into() }));
    stage.until("they are asked for by hand", |_| asked.load(Ordering::Relaxed) == 2);
}

#[test]
fn a_dropped_file_that_ends_the_engine_is_not_lost_without_a_word() {
    let (mut stage, _) = weak(End::Gone);
    let before = stage.pipeline().clone();
    let bad = stage.write("bad.csv", "n\n1\n");
    stage.drop_file(&bad, None);
    stage.until("a message", |app| app.notice.is_some());
    let notice = stage.notice();
    assert!(notice.contains("bad.csv") && notice.ends_with("The engine crashed."), "{notice}");
    assert_eq!(*stage.pipeline(), before);
    assert_eq!(stage.rows("read"), "n\n1");
}
