//! Runs: the one under way, its news, and the report of the last one.
//!
//! Each run has a host process of its own and a thread that watches it, so that whatever becomes of them costs a message. It works
//! on the pipeline as it was when it was started: edits meanwhile are fine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread;
use std::time::Instant;

use chrono::Local;
use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;
use pipewright_runner::host::{Connection, Process, Stop};
use pipewright_runner::job::{Event, Job, Outcome, Reply, Report, Request};
use pipewright_runner::supervise;

mod summary;

pub use summary::outcome;

/// How the host of a run is started.
pub type Start = Arc<dyn Fn() -> Result<Box<dyn Connection>, Problem> + Send + Sync>;

/// Older lines of the log are forgotten.
const MOST_LINES: usize = 5_000;

/// What is known of runs of this pipeline.
pub struct Runs {
    pub current: Option<Run>,
    /// The report of the last run that ended.
    pub last: Option<Report>,
    /// What happened, line by line.
    pub log: Vec<Line>,
    start: Start,
    way: Option<Way>,
}

/// The way to the thread that watches a run.
struct Way {
    told: Receiver<Told>,
    stop: Stop,
}

enum Told {
    Event(Event),
    Ended(Box<Report>),
}

/// A run under way.
pub struct Run {
    pub started: Instant,
    /// Only as far as this node.
    pub until: Option<String>,
    /// Nodes of the stage that runs, those done before it, rows read so far and of how many.
    pub active: Vec<String>,
    pub done: Vec<String>,
    pub rows: u64,
    pub of: Option<u64>,
    pub cancelling: bool,
    /// The stage that runs; none while files are looked at.
    pub stage: Option<usize>,
    /// What it does, in a few words.
    pub doing: String,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Time of day, as it is shown.
    pub at: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Said(String),
    Event(Event),
    Problem(Problem),
}

impl Default for Runs {
    fn default() -> Self {
        Self::new(Arc::new(|| Ok(Box::new(Process::start_own()?))))
    }
}

impl Runs {
    pub fn new(start: Start) -> Self {
        Self { current: None, last: None, log: Vec::new(), start, way: None }
    }

    /// Starts a run, unless one is under way: of everything, or `until` a node, which then is the only one that writes. Paths in the
    /// pipeline start from the folder of `file`. `wake` is told of all news.
    pub fn start(&mut self, pipeline: Arc<Pipeline>, file: PathBuf, until: Option<String>, wake: egui::Context) {
        if self.current.is_some() {
            return;
        }
        self.say(match &until {
            Some(node) => format!("Run {} to {node:?}", name_of(&file)),
            None => format!("Run {}", name_of(&file)),
        });
        self.current = Some(Run::new(until.clone()));
        let (news, told) = mpsc::channel();
        let stop = Stop::default();
        self.way = Some(Way { told, stop: stop.clone() });
        let start = Arc::clone(&self.start);
        thread::spawn(move || {
            let tell = |told| tell(&news, told, &wake);
            // Writing a large pipeline takes a moment, too.
            let job = Job { file, text: file::write(&pipeline), until, ..Job::default() };
            let report = watch(&start, job, &stop, &mut |event| tell(Told::Event(event)));
            tell(Told::Ended(Box::new(report)));
        });
    }

    /// Asks the run to stop; asked again, it is ended at once. Files stay as they were in either case.
    pub fn cancel(&mut self) {
        let (Some(run), Some(way)) = (&mut self.current, &self.way) else { return };
        if run.cancelling {
            way.stop.now.cancel();
            return;
        }
        run.cancelling = true;
        way.stop.politely.cancel();
        self.say("Stop");
    }

    /// Takes what arrived since the last frame.
    pub fn logic(&mut self) {
        loop {
            let Some(way) = &self.way else { return };
            match way.told.try_recv() {
                Ok(Told::Event(event)) => self.follow(event),
                Ok(Told::Ended(report)) => self.end(*report),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.end(lost()),
            }
        }
    }

    pub fn say(&mut self, text: impl Into<String>) {
        self.add(What::Said(text.into()));
    }

    /// A line of the log, with the time of now.
    pub fn add(&mut self, what: What) {
        self.log.push(Line { at: Local::now().format("%H:%M:%S").to_string(), what });
        let surplus = self.log.len().saturating_sub(MOST_LINES);
        self.log.drain(..surplus);
    }

    fn follow(&mut self, event: Event) {
        if let Some(run) = &mut self.current {
            run.follow(&event);
        }
        // Progress is shown while it lasts; a line for each tenth of a second would bury the others.
        if !matches!(event, Event::Progress { .. }) {
            self.add(What::Event(event));
        }
    }

    fn end(&mut self, report: Report) {
        self.way = None;
        self.current = None;
        for what in summary::lines(&report) {
            self.add(what);
        }
        self.last = Some(report);
    }
}

/// A run does not outlive the window.
impl Drop for Runs {
    fn drop(&mut self) {
        if let Some(way) = &self.way {
            way.stop.now.cancel();
        }
    }
}

impl Run {
    fn new(until: Option<String>) -> Self {
        Self {
            started: Instant::now(),
            until,
            active: Vec::new(),
            done: Vec::new(),
            rows: 0,
            of: None,
            cancelling: false,
            stage: None,
            doing: "Starting".to_owned(),
        }
    }

    /// How much of its rows a stage has read, where that is known.
    pub fn part(&self) -> Option<f32> {
        let of = self.of.filter(|of| *of > 0)?;
        Some((self.rows as f64 / of as f64).min(1.0) as f32)
    }

    fn follow(&mut self, event: &Event) {
        match event {
            Event::Checking { node, file } => {
                self.active = vec![node.clone()];
                self.doing = format!("Looking at {file}");
            }
            Event::Stage { number, nodes, .. } => {
                let before = std::mem::replace(&mut self.active, nodes.clone());
                if self.stage.is_some() {
                    self.done.extend(before.into_iter().filter(|node| !nodes.contains(node)));
                }
                self.done.retain(|node| !nodes.contains(node));
                self.stage = Some(*number);
                (self.rows, self.of) = (0, None);
                self.doing = format!("Stage {number}");
            }
            Event::Progress { rows, of } => (self.rows, self.of) = (*rows, *of),
        }
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn tell(news: &Sender<Told>, told: Told, wake: &egui::Context) {
    // Nobody listens any more when the window closes.
    news.send(told).ok();
    wake.request_repaint();
}

/// Has a host of its own do the job, and has a report whatever becomes of it.
fn watch(start: &Start, job: Job, stop: &Stop, tell: &mut dyn FnMut(Event)) -> Report {
    let asked = Report { file: job.file.clone(), until: job.until.clone(), ..Report::default() };
    let failed = |problems| Report { outcome: Outcome::Failed, problems, ..asked };
    let mut connection = match start() {
        Ok(connection) => connection,
        Err(problem) => return failed(vec![problem]),
    };
    match supervise::ask(connection.as_mut(), &Request::Run(job), None, stop, tell) {
        Reply::Done(report) => report,
        Reply::Refused(problems) | Reply::Failed(problems) => failed(problems),
        _ => failed(vec![Problem::new("The engine answered something that was not asked.")]),
    }
}

fn lost() -> Report {
    let problem = Problem::new("The run was lost through a fault of this program.").try_this("Please report it.");
    Report { outcome: Outcome::Failed, problems: vec![problem], ..Report::default() }
}
