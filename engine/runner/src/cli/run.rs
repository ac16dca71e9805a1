//! `pipewright run`

use std::fs;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipewright_engine::problem::Problem;
use serde::Serialize;

use super::{Exit, RunArgs, session, source, summary, words};
use crate::job::{Event, Outcome, Reply, Report, Request};

pub(super) fn run(args: RunArgs) -> Exit {
    let RunArgs { file, set, report: report_file, log, memory } = args;
    let set = set.values();
    let log_lines = log.is_some();
    let asked = Report { file: file.clone(), parameters: set.clone(), ..Report::default() };
    let (mut exit, mut report) = match source::read_job(file, set) {
        Ok(job) => {
            let request = Request::Run(job);
            let (reply, stop) = if log_lines {
                session::ask(&request, memory, &mut |event| log_line(&event))
            } else {
                session::say_if_development();
                let mut progress = Progress::new();
                session::ask(&request, memory, &mut |event| progress.show(&event))
            };
            match reply {
                Reply::Done(report) => (exit_of(report.outcome), report),
                reply => {
                    let (exit, problems) = session::no_answer(reply, &stop);
                    let outcome = if exit == Exit::Cancelled { Outcome::Cancelled } else { Outcome::Failed };
                    (exit, Report { outcome, problems, ..asked })
                }
            }
        }
        Err(problem) => (Exit::Wrong, Report { outcome: Outcome::Failed, problems: vec![problem], ..asked }),
    };
    if let Some(path) = report_file
        && let Err(problem) = write_report(&path, &report)
    {
        report.problems.push(problem);
        exit = if exit == Exit::Done { Exit::Failed } else { exit };
    }
    if log_lines {
        log_line(&LastLine { event: "report", report: &report });
    } else if exit == Exit::Wrong {
        words::tell(&report.problems);
        words::say("Nothing was run.");
    } else {
        words::say(&summary::of(&report, words::coloured(&std::io::stderr())));
    }
    exit
}

fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed => Exit::Failed,
        Outcome::Cancelled => Exit::Cancelled,
    }
}

fn write_report(path: &Path, report: &Report) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(report).map_err(|error| Problem::new(error.to_string()))?;
    fs::write(path, text + "\n").map_err(|error| {
        Problem::new(format!("The report can't be written: {error} ({}).", path.display()))
            .try_this("Name a file in a folder that exists.")
    })
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
        bar.set_style(style("{spinner} {msg} {human_pos} rows"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Checking { file, .. } => self.bar.set_message(format!("Looking at {file}:")),
            Event::Stage { number, .. } => self.bar.set_message(format!("Stage {number}:")),
            Event::Progress { rows, of } => {
                if let Some(all) = of
                    && self.bar.length() != Some(*all)
                {
                    self.bar.set_length(*all);
                    self.bar.set_style(style("{spinner} {msg} {wide_bar} {human_pos} of {human_len} rows"));
                }
                self.bar.set_position(*rows);
            }
        }
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
