//! What run, check and preview share: a host to ask, and Ctrl-C.

use std::path::PathBuf;

use pipewright_engine::problem::Problem;

use super::{Exit, words};
use crate::host::{Process, Stop, platform};
use crate::job::{Event, Job, Reply, Request};
use crate::supervise;

/// Has a host of its own work on the request. The first Ctrl-C (or SIGTERM) stops it cleanly, the second at once.
pub(super) fn ask(request: &Request, budget: Option<u64>, tell: &mut dyn FnMut(Event)) -> (Reply, Stop) {
    let stop = Stop::default();
    stop_on_signal(&stop);
    let mut process = match Process::start_own() {
        Ok(process) => process,
        Err(problem) => return (Reply::Failed(vec![problem]), stop),
    };
    let reply = supervise::ask(&mut process, request, budget, &stop, tell);
    (reply, stop)
}

fn stop_on_signal(stop: &Stop) {
    // A handler would take the hangup too, which such a run must survive; other signals end it at once then, and the
    // next run puts right what it leaves lying.
    if platform::outlives_terminal() {
        return;
    }
    let stop = stop.clone();
    let handler = move || if stop.politely.is_cancelled() { stop.now.cancel() } else { stop.politely.cancel() };
    // It fails only if there is a handler already: the same one.
    ctrlc::set_handler(handler).ok();
}

/// Answers that are not what was asked for.
pub(super) fn no_answer(reply: Reply, stop: &Stop) -> (Exit, Vec<Problem>) {
    if stop.politely.is_cancelled() {
        return (Exit::Cancelled, vec![Problem::note("Cancelled.")]);
    }
    match reply {
        Reply::Refused(problems) => (Exit::Wrong, problems),
        Reply::Failed(problems) => (Exit::Failed, problems),
        _ => (Exit::Failed, vec![Problem::new("The engine answered something that was not asked.")]),
    }
}

/// Says that a development build is slow, where speed matters.
pub(super) fn say_if_development() {
    if cfg!(debug_assertions) {
        words::say("This is a development build: use --release for speed.");
    }
}

/// The job, or what is wrong with the file.
pub(super) fn read_job(file: PathBuf, set: super::SetArgs) -> Result<Job, Exit> {
    super::source::read_job(file, set).map_err(|problem| {
        words::tell(&[problem]);
        Exit::Wrong
    })
}
