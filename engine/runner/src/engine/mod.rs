//! The engine: checks, previews and runs a pipeline. Everything here works in one process; the host puts it into another.

mod account;
mod check;
mod preview;
mod run;
mod stages;

use std::fs::File;
use std::sync::Arc;

use pipewright_engine::problem::Problem;

pub use run::recover;

use crate::files::Spool;
use crate::host::{self, Cancel, STDIN};
use crate::job::{Event, Job, Preview, Report, Wanted};

pub fn engine() -> Arc<dyn host::Engine> {
    Arc::new(Engine)
}

struct Engine;

impl host::Engine for Engine {
    fn check(&self, job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
        check::check(job)
    }

    fn preview(&self, job: &Job, wanted: &Wanted, cancel: &Cancel) -> Result<Preview, Vec<Problem>> {
        preview::preview(job, wanted, cancel)
    }

    fn run(&self, job: &Job, cancel: &Cancel, tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
        run::run(job, cancel, tell)
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
