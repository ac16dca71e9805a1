//! The first rows of an output: of a sample of the sources, or of everything.

use pipewright_engine::pipeline::Link;
use pipewright_engine::plan::{Rows, Tally};
use pipewright_engine::problem::Problem;

use super::check::{Read, join, read};
use super::stages::{Stages, now};
use crate::cli::words;
use crate::convert;
use crate::host::Cancel;
use crate::job::{Job, Preview, Wanted};
use crate::sink::To;
use crate::source::{Extent, Opening};
use crate::stage::{End, Stopped};
use crate::world::World;

/// What is read for a sample. Sources of no more bytes than `small` are read whole: what is small is shown as it is, and joins find
/// all their matches.
pub(crate) const SAMPLE: Extent = Extent::Head { rows: 10_000, small: 4 << 20 };

pub(super) fn preview(job: &Job, wanted: &Wanted, cancel: &Cancel) -> Result<Preview, Vec<Problem>> {
    let Read { mut pipeline, parameters, mut problems } = read(job)?;
    let Some(node) = pipeline.nodes.get(&wanted.node) else {
        return Err(vec![Problem::unknown("node", &wanted.node, pipeline.nodes.keys().map(String::as_str))]);
    };
    let link = Link { node: wanted.node.clone(), output: wanted.output.clone() };
    let output = node.step.output(&link).map_err(|problem| vec![problem.node(&wanted.node)])?;
    let taken = pipeline.with_rejects_taken();
    pipeline.keep_upstream_of(&wanted.node);
    problems.retain(|problem| problem.node.as_ref().is_none_or(|node| pipeline.nodes.contains_key(node)));
    let spool = super::spool().map_err(|problem| vec![problem])?;
    let stop = || cancel.is_cancelled();
    let extent = if wanted.exact { Extent::Whole } else { SAMPLE };
    let opening = Opening { base: job.folder(), spool: &spool, extent, stop: &stop, tell: &|_| {} };
    let world = World::new(opening, &job.secrets);
    let mut stages = Stages {
        pipeline: &pipeline,
        parameters,
        now: now(),
        world,
        spool: &spool,
        cancel,
        tell: &|_| {},
        executed: 0,
        memory: None,
        sorted: Vec::new(),
    };
    loop {
        let mut planned = stages.next().map_err(|problem| vec![problem])?;
        planned.leave_rejects_to(&taken);
        let found = planned.outputs.get(&wanted.node).and_then(|outputs| outputs.get(output)).copied();
        if let Some(rows) = found {
            return show(&mut stages, planned, rows, wanted, problems);
        }
        // Behind a problem: say which, rather than that there are no rows.
        if !planned.waiting.contains(&wanted.node) || planned.plan.spools.is_empty() {
            let mut found: Vec<Problem> =
                join(problems, planned.problems).into_iter().filter(Problem::is_error).collect();
            if found.is_empty() {
                found.push(Problem::new("There are no rows to show here.").node(&wanted.node));
            }
            return Err(found);
        }
        let tallies = planned.plan.tallies.clone();
        match stages.told(&planned, Vec::new(), &tallies) {
            Err(found) => return failed(&stages, problems, found),
            Ok((_, mut told)) => problems.append(&mut told),
        }
    }
}

fn show(
    stages: &mut Stages,
    mut planned: pipewright_engine::plan::Planned,
    rows: Rows,
    wanted: &Wanted,
    mut problems: Vec<Problem>,
) -> Result<Preview, Vec<Problem>> {
    planned.plan.spools.clear();
    planned.questions.clear();
    let first = usize::try_from(wanted.rows).unwrap_or(usize::MAX);
    let end = End { node: wanted.node.clone(), rows, to: To::Gather { first } };
    // What is looked at is not told besides.
    let tallies: Vec<Tally> = planned.plan.tallies.iter().filter(|tally| tally.rows != rows).cloned().collect();
    let executed = match stages.told(&planned, vec![end], &tallies) {
        Err(found) => return failed(stages, problems, found),
        Ok((executed, mut told)) => {
            problems.append(&mut told);
            executed
        }
    };
    let ended = executed.ends.into_iter().next().unwrap_or_default();
    let table = match ended.first {
        Some(frame) => convert::table(&frame).map_err(|problem| vec![problem])?,
        None => pipewright_engine::table::Table::empty(planned.plan.schema(rows).clone()),
    };
    let basis = basis(&stages.world);
    let others = planned.problems.into_iter().filter(|problem| !problem.is_error());
    let problems = problems.into_iter().chain(others).collect();
    Ok(Preview { table, basis, total: Some(ended.rows), problems })
}

/// There are no rows to show, and a run would come no further.
fn failed(stages: &Stages, mut problems: Vec<Problem>, mut found: Vec<Problem>) -> Result<Preview, Vec<Problem>> {
    if stages.cancel.is_cancelled() {
        return Err(found);
    }
    problems.append(&mut found);
    Ok(Preview { basis: basis(&stages.world), problems, ..Preview::default() })
}

/// What the rows are of: small sources are in a sample with all of theirs.
fn basis(world: &World) -> String {
    world.with_opened(|opened| {
        let heads = || opened.iter().filter(|(_, opened)| !opened.whole);
        let sampled: Vec<String> = heads().map(|(node, _)| (*node).to_owned()).collect();
        let records = heads().map(|(_, opened)| opened.read()).max().unwrap_or_default();
        let sources = match sampled.len() {
            0 => return "everything".to_owned(),
            all if all == opened.len() => "each source".to_owned(),
            _ => format!("{}, and all of the other sources", words::names(&sampled)),
        };
        format!("the first {} records of {sources}", words::thousands(records))
    })
}

impl Stopped {
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Cancelled => Problem::new("Cancelled."),
            Self::Failed(problem) => problem,
        }
    }
}
