//! The engine: checks, previews and runs a pipeline. Everything here works in one process; the host puts it into another.

mod account;
mod check;
mod preview;
mod run;
mod stages;

use pipewright_engine::problem::Problem;

use crate::host::{self, Cancel};
use crate::job::{Event, Job, Preview, Report, Wanted};

/// The engine proper, for the host to serve.
pub struct Engine;

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
