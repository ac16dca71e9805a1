//! `pipewright run`

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipewright_engine::problem::Problem;
use serde::Serialize;

use super::{Exit, LogForm, RunArgs, session, source, summary, words};
use crate::job::{Event, Job, Outcome, Reply, Report, Request};

pub(super) fn run(args: RunArgs) -> Exit {
    let RunArgs { file, set, report: report_path, log, memory } = args;
    // Opened before the run: a report that can't be written should not be found out after hours.
    let report_file = report_path.map(ReportFile::open).transpose();
    let job = match &report_file {
        Ok(_) => source::read_job(file.clone(), set),
        Err(problem) => Err(problem.clone()),
    };
    let (mut exit, mut report) = match job {
        Ok(job) => work(job, memory, log),
        Err(problem) => {
            (Exit::Wrong, Report { file, problems: vec![problem], outcome: Outcome::Failed, ..Report::default() })
        }
    };
    if let Ok(Some(report_file)) = report_file
        && let Err(problem) = report_file.write(&report)
    {
        report.problems.push(problem);
        exit = if exit == Exit::Done { Exit::Failed } else { exit };
    }
    match log {
        Some(LogForm::Json) => log_line(&LastLine { event: "report", report: &report }),
        None if exit == Exit::Wrong => {
            words::tell(&report.problems);
            words::say("Nothing was run.");
        }
        None => words::say(&summary::of(&report, words::coloured(&io::stderr()))),
    }
    exit
}

fn work(job: Job, memory: Option<u64>, log: Option<LogForm>) -> (Exit, Report) {
    let asked = Report { file: job.file.clone(), parameters: job.set.clone(), ..Report::default() };
    let request = Request::Run(Job { memory, ..job });
    let (reply, stop) = match log {
        Some(LogForm::Json) => session::ask(&request, memory, &mut |event| log_line(&event)),
        None => {
            session::say_if_development();
            let mut progress = Progress::new();
            session::ask(&request, memory, &mut |event| progress.show(&event))
        }
    };
    if let Reply::Done(report) = reply {
        return (exit_of(report.outcome), report);
    }
    let (exit, problems) = session::no_answer(reply, &stop);
    let outcome = if exit == Exit::Cancelled { Outcome::Cancelled } else { Outcome::Failed };
    (exit, Report { outcome, problems, ..asked })
}

fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed => Exit::Failed,
        Outcome::Cancelled => Exit::Cancelled,
    }
}

struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// What is in the file stays until there is a report to replace it.
    fn open(path: PathBuf) -> Result<Self, Problem> {
        match File::options().create(true).append(true).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(unwritable(&path, &error).try_this("Name a file in a folder that exists.")),
        }
    }

    fn write(mut self, report: &Report) -> Result<(), Problem> {
        let mut write = || -> io::Result<()> {
            let text = serde_json::to_string_pretty(report)? + "\n";
            // A pipe or a terminal has no length.
            if self.file.metadata()?.is_file() {
                self.file.set_len(0)?;
            }
            self.file.write_all(text.as_bytes())
        };
        write().map_err(|error| unwritable(&self.path, &error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("The report can't be written to {path:?}: {error}."))
}

/// The last line of a log: the report, marked as an event like the others.
#[derive(Serialize)]
struct LastLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    report: &'a Report,
}

fn log_line(line: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(line) {
        words::say(&text);
    }
}

/// A bar on stderr; nothing where that is no terminal.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.enable_steady_tick(Duration::from_millis(100));
        let progress = Self { bar };
        progress.begin("Starting".into());
        progress
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Checking { file, .. } => self.begin(format!("Looking at {file}")),
            Event::Stage { number, .. } => self.begin(format!("Stage {number}")),
            Event::Progress { rows, of: None } => {
                self.bar.set_style(style("{spinner} {msg}: {human_pos} rows"));
                self.bar.set_position(*rows);
            }
            Event::Progress { rows, of: Some(all) } => {
                self.bar.set_style(style("{spinner} {msg}: {wide_bar} {human_pos} of {human_len} rows"));
                self.bar.set_length(*all);
                self.bar.set_position(*rows);
            }
        }
    }

    fn begin(&self, what: String) {
        self.bar.set_style(style("{spinner} {msg}"));
        self.bar.set_message(what);
    }
}

/// What follows is printed on a clean line.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
