//! The engine: checks, previews and runs a pipeline. Everything here works in one process; the host puts it into another.

mod account;
pub(crate) mod check;
mod checkpoints;
pub(crate) mod preview;
pub(crate) mod run;
mod sorting;
pub(crate) mod stages;

use std::fs::File;
use std::sync::{Arc, OnceLock};

use pipewright_engine::problem::Problem;

pub use run::recover;

use crate::files::Spool;
use crate::host::{self, Cancel, STDIN};
use crate::job::{Event, Job, Preview, Report, Wanted};
use crate::session::Session;
use crate::show::{Ask, News};

pub fn engine() -> Arc<dyn host::Engine> {
    Arc::new(Engine::default())
}

#[derive(Default)]
struct Engine {
    /// What is kept for a designer, from its first wish on.
    session: OnceLock<Result<Session, Problem>>,
}

impl Engine {
    fn in_session(&self, answer: impl FnOnce(&Session) -> News) -> News {
        match self.session.get_or_init(Session::open) {
            Ok(session) => answer(session),
            Err(problem) => News::Failed(vec![problem.clone()]),
        }
    }
}

impl host::Engine for Engine {
    fn check(&self, job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
        if job.exact { check::exact(job) } else { check::check(job) }
    }

    fn preview(&self, job: &Job, wanted: &Wanted, cancel: &Cancel) -> Result<Preview, Vec<Problem>> {
        preview::preview(job, wanted, cancel)
    }

    fn run(&self, job: &Job, cancel: &Cancel, tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
        run::run(job, cancel, tell)
    }

    fn show(&self, ask: &Ask, cancel: &Cancel, tell: &dyn Fn(News)) -> News {
        self.in_session(|session| session.show(ask, cancel, tell))
    }

    fn look(&self, ask: &Ask) -> News {
        self.in_session(|session| session.look(ask))
    }
}

/// A place for temporary files, which also knows the standard input of whoever asked.
fn spool() -> Result<Spool, Problem> {
    let spool = Spool::open()?;
    let stdin = std::env::var_os(STDIN).and_then(|path| File::open(path).ok());
    Ok(match stdin {
        Some(stdin) => spool.with_stdin(stdin),
        None => spool,
    })
}
