//! The first rows of an output: of a sample of the sources, or of everything.

use indexmap::IndexSet;
use pipewright_engine::pipeline::Link;
use pipewright_engine::plan::{Effect, Rows, Tally};
use pipewright_engine::problem::{Problem, Severity};

use super::check::{Read, join, read};
use super::run::{FIRST_CASES, tell_tally};
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
        let planned = stages.next().map_err(|problem| vec![problem])?;
        let found = planned.outputs.get(&wanted.node).and_then(|outputs| outputs.get(output)).copied();
        if let Some(rows) = found {
            return show(&mut stages, planned, rows, wanted, problems, &taken);
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
        stages.execute(&planned, Vec::new()).map_err(|stopped| vec![stopped.into_problem()])?;
    }
}

fn show(
    stages: &mut Stages,
    mut planned: pipewright_engine::plan::Planned,
    rows: Rows,
    wanted: &Wanted,
    mut problems: Vec<Problem>,
    taken: &IndexSet<String>,
) -> Result<Preview, Vec<Problem>> {
    planned.plan.spools.clear();
    planned.questions.clear();
    let first = usize::try_from(wanted.rows).unwrap_or(usize::MAX);
    let end = End { node: wanted.node.clone(), rows, to: To::Gather { first } };
    // Rows that are missing because they were rejected are told, too.
    let is_told = |tally: &&Tally| match tally.effect {
        _ if tally.rows == rows => false,
        Effect::Fail => !taken.contains(&tally.node),
        Effect::Null | Effect::Skip => true,
        Effect::Taken | Effect::Broken(_) | Effect::Unmet(_) => false,
    };
    let told: Vec<Tally> = planned.plan.tallies.iter().filter(is_told).cloned().collect();
    let gathered = told.iter().map(|tally| End {
        node: tally.node.clone(),
        rows: tally.rows,
        to: To::Gather { first: FIRST_CASES },
    });
    let ends = std::iter::once(end).chain(gathered).collect();
    let executed = stages.execute(&planned, ends).map_err(|stopped| vec![stopped.into_problem()])?;
    let mut ends = executed.ends.into_iter();
    let ended = ends.next().unwrap_or_default();
    let rejected = told.iter().zip(ends).filter_map(|(tally, ended)| tell_tally(tally, &ended));
    problems.extend(rejected.map(|problem| Problem { severity: Severity::Warning, ..problem }));
    let table = match ended.first {
        Some(frame) => convert::table(&frame).map_err(|problem| vec![problem])?,
        None => pipewright_engine::table::Table::empty(planned.plan.schema(rows).clone()),
    };
    let basis = basis(&stages.world);
    let problems = problems.into_iter().chain(planned.problems).filter(|problem| !problem.is_error()).collect();
    Ok(Preview { table, basis, total: Some(ended.rows), problems })
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
