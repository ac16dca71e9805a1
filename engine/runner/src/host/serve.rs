//! The child's side: one request at a time on a thread with a large stack, while another thread listens.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use pipewright_engine::problem::Problem;

use super::{Cancel, Engine, fault, frame};
use crate::job::{Job, Outcome, Reply, Report, Request};
use crate::show::News;

/// Plans are trees: a chain of thousands of nodes goes deep.
const STACK: usize = 64 << 20;

/// Answers requests until `input` ends, and returns then even if one is still being worked on: its asker is gone.
pub fn serve(engine: Arc<dyn Engine>, mut input: impl Read, mut output: impl Write + Send + 'static) -> io::Result<()> {
    frame::write_hello(&mut output)?;
    frame::expect_hello(&mut input)?;
    let (requests, work) = mpsc::channel();
    thread::Builder::new().name("engine".into()).stack_size(STACK).spawn(move || {
        let output = Mutex::new(output);
        let send = |reply: Reply| {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            let Err(error) = frame::write(&mut *output, &reply) else { return };
            // Either the reply is too long, or its reader is gone, which the end of the input will tell.
            let problem = Problem::new(format!("The answer can't be sent: {error}")).try_this("Ask for fewer rows.");
            frame::write(&mut *output, &Reply::Failed(vec![problem])).ok();
        };
        for (request, cancel) in work {
            send(answer(engine.as_ref(), request, &cancel, &send));
        }
    })?;
    let mut latest = Cancel::default();
    loop {
        match frame::read(&mut input) {
            Ok(Some(Request::Cancel)) => latest.cancel(),
            Ok(Some(request)) => {
                latest = Cancel::default();
                if requests.send((request, latest.clone())).is_err() {
                    return Err(io::Error::other("The engine's thread has ended."));
                }
            }
            end => {
                latest.cancel();
                return end.map(|_| ());
            }
        }
    }
}

fn answer(engine: &dyn Engine, request: Request, cancel: &Cancel, send: &dyn Fn(Reply)) -> Reply {
    match request {
        Request::Check(job) => match fault::contain(|| engine.check(&job)) {
            Ok(Ok(problems)) => Reply::Checked(problems),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => Reply::Failed(vec![fault]),
        },
        Request::Preview(job, wanted) => match fault::contain(|| engine.preview(&job, &wanted, cancel)) {
            Ok(Ok(preview)) => Reply::Preview(preview),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => Reply::Failed(vec![fault]),
        },
        Request::Run(job) => match fault::contain(|| engine.run(&job, cancel, &|event| send(Reply::Event(event)))) {
            Ok(Ok(report)) => Reply::Done(report),
            _ if cancel.is_cancelled() => ended(job, Outcome::Cancelled, Vec::new()),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => ended(job, Outcome::Failed, vec![fault]),
        },
        Request::Designer(id, _) => Reply::Designer(id, News::Failed(vec![Problem::new("Not yet.")])),
        Request::Cancel => Reply::Failed(vec![Problem::new("There is nothing to cancel.")]),
    }
}

/// The report of a run that could not write one itself.
pub(super) fn ended(job: Job, outcome: Outcome, problems: Vec<Problem>) -> Reply {
    let Job { file, set, until, .. } = job;
    Reply::Done(Report { file, until, outcome, problems, parameters: set, ..Report::default() })
}
