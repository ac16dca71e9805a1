//! Everything that can be known to be wrong before anything runs. Only the heads of sources are read.

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::Planned;
use pipewright_engine::problem::Problem;
use pipewright_engine::value::Value;

use super::stages::now;
use crate::files::{FilePattern, Located, Spool};
use crate::job::Job;
use crate::source::{Extent, Opening};
use crate::world::World;

pub(super) fn check(job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
    let Read { pipeline, parameters, mut problems } = read(job)?;
    let spool = super::spool().map_err(|problem| vec![problem])?;
    let Heads { planned, .. } = plan_heads(job, &pipeline, &parameters, &spool);
    for node in &planned.waiting {
        problems.push(
            Problem::note("The columns are known only after running, and so is what reads them.").node(node.as_str()),
        );
    }
    Ok(join(problems, planned.problems))
}

/// Problems of the file and of the plan: a broken step is in both.
pub(super) fn join(mut problems: Vec<Problem>, more: Vec<Problem>) -> Vec<Problem> {
    let new: Vec<Problem> = more.into_iter().filter(|problem| !problems.contains(problem)).collect();
    problems.extend(new);
    problems
}

/// A pipeline as read from its file, with what is wrong in it.
pub(super) struct Read {
    pub(super) pipeline: Pipeline,
    pub(super) parameters: IndexMap<String, Value>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn read(job: &Job) -> Result<Read, Vec<Problem>> {
    let (pipeline, mut problems) = file::read(&job.text)?;
    let parameters = match pipeline.parameter_values(&job.set, &|name| std::env::var(name).ok()) {
        Ok(parameters) => parameters,
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    Ok(Read { pipeline, parameters, problems })
}

/// A plan over the first rows of each source, and the files that were looked at.
pub(super) struct Heads {
    pub(super) planned: Planned,
    pub(super) files: Vec<Located>,
    pub(super) patterns: Vec<FilePattern>,
}

pub(super) fn plan_heads(job: &Job, pipeline: &Pipeline, parameters: &IndexMap<String, Value>, spool: &Spool) -> Heads {
    let never = || false;
    let opening =
        Opening { base: job.folder(), spool, extent: Extent::Head { rows: 100 }, stop: &never, tell: &|_| {} };
    let world = World::new(opening);
    let planned = pipeline.plan(parameters, now(), &world);
    let (files, patterns) = world.with_opened(|opened| {
        let files = opened.iter().flat_map(|(_, opened)| opened.files.clone()).collect();
        (files, opened.iter().filter_map(|(_, opened)| opened.pattern.clone()).collect())
    });
    Heads { planned, files, patterns }
}
