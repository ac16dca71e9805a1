//! The engine. Not there yet: every job is refused.

use std::sync::Arc;

use pipewright_engine::problem::Problem;

use crate::host::{Cancel, Engine};
use crate::job::{Event, Job, Preview, Report, Wanted};

pub fn engine() -> Arc<dyn Engine> {
    Arc::new(NoEngine)
}

/// Puts right what a run that was killed has left lying beside its outputs.
pub fn recover(_job: &Job) -> Vec<Problem> {
    Vec::new()
}

struct NoEngine;

impl Engine for NoEngine {
    fn check(&self, _job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
        Ok(Vec::new())
    }

    fn preview(&self, _job: &Job, _wanted: &Wanted, _cancel: &Cancel) -> Result<Preview, Vec<Problem>> {
        Err(vec![Problem::new("There is no engine yet.")])
    }

    fn run(&self, _job: &Job, _cancel: &Cancel, _tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
        Err(vec![Problem::new("There is no engine yet.")])
    }
}
