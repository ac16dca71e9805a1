//! Everything that can be known to be wrong before anything runs. Only the heads of sources are read, unless all is asked for.

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Checkpoint, Entry, Op, Planned, Rows, Sunk};
use pipewright_engine::problem::{Problem, Severity};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use super::stages::{Stages, now};
use crate::files::{FilePattern, Located, Spool};
use crate::host::Cancel;
use crate::job::Job;
use crate::sink::To;
use crate::source::{Extent, Opening};
use crate::stage::End;
use crate::supervise::usual_budget;
use crate::world::World;

pub(super) fn check(job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
    let Read { pipeline, parameters, problems } = read(job)?;
    let spool = super::spool().map_err(|problem| vec![problem])?;
    let heads = plan_heads(job, &pipeline, &parameters, &spool, &Cancel::default());
    let asked = heads.planned.questions.iter().map(|question| {
        Problem::note("Its columns are known only after running; they were checked as the first rows have them.")
            .node(question.node.as_str())
    });
    let is_of_rows = heads.planned.problems.iter().any(|problem| problem.is_error() && !problems.contains(problem));
    let problems = join(problems, heads.planned.problems.clone());
    let later = heads.growing.iter().filter(|_| is_of_rows).map(|node| {
        Problem::note(
            "Only its first rows were looked at, and later ones may have more columns: check --exact reads all.",
        )
        .node(node.as_str())
    });
    let later = later.collect();
    Ok(join(join(problems, later), asked.chain(heads.beyond).collect()))
}

/// The same of all rows of all sources: what a run would say of them. Nothing is written.
pub(super) fn exact(job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
    let Read { pipeline, parameters, problems } = read(job)?;
    let spool = super::spool().map_err(|problem| vec![problem])?;
    let cancel = Cancel::default();
    let heads = plan_surely(job, &pipeline, &parameters, &spool, &cancel);
    let mut problems = join(problems, heads.planned.problems.clone());
    if problems.iter().any(Problem::is_error) {
        return Err(problems);
    }
    let opening = Opening { base: job.folder(), spool: &spool, extent: Extent::Whole, stop: &|| false, tell: &|_| {} };
    let mut stages = Stages {
        pipeline: &pipeline,
        parameters,
        now: now(),
        world: World::new(opening, &job.secrets),
        spool: &spool,
        cancel: &cancel,
        tell: &|_| {},
        executed: 0,
        memory: job.memory.or_else(usual_budget),
        sorted: Vec::new(),
    };
    if let Err(mut found) = all_stages(&mut stages, &mut problems) {
        problems.append(&mut found);
    }
    problems.extend(heads.turned_to_text(&stages.world));
    problems.extend(stages.world.unchanged().err());
    Ok(problems)
}

fn all_stages(stages: &mut Stages, problems: &mut Vec<Problem>) -> Result<(), Vec<Problem>> {
    // Where nothing is written yet, everything counts that nobody reads.
    let nothing_is_written = stages.pipeline.leading_to_files().is_empty();
    loop {
        let planned = stages.next().map_err(|problem| vec![problem])?;
        if let Some(problem) = planned.problems.iter().find(|problem| problem.is_error()) {
            return Err(vec![problem.clone()]);
        }
        let plan = &planned.plan;
        let mut counted: Vec<(String, Rows)> = plan.sinks.iter().map(|sunk| (sunk.node.clone(), sunk.rows)).collect();
        if nothing_is_written {
            let last = planned.outputs.iter().filter(|(node, _)| stages.pipeline.wires_from(node).next().is_none());
            counted.extend(last.flat_map(|(node, outputs)| outputs.iter().map(move |rows| (node.clone(), *rows))));
        }
        let tallies = plan.tallies.clone();
        if counted.is_empty() && tallies.is_empty() && plan.spools.is_empty() {
            return Ok(());
        }
        let ends = counted.into_iter().map(|(node, rows)| End { node, rows, to: To::Gather { first: 0 } }).collect();
        problems.append(&mut stages.told(&planned, ends, &tallies)?.1);
    }
}

/// Problems of the file and of the plan: a broken step is in both.
pub(super) fn join(mut problems: Vec<Problem>, more: Vec<Problem>) -> Vec<Problem> {
    let new: Vec<Problem> = more.into_iter().filter(|problem| !problems.contains(problem)).collect();
    problems.extend(new);
    problems
}

/// A pipeline as read from its file, with what is wrong in it.
pub(crate) struct Read {
    pub(crate) pipeline: Pipeline,
    pub(crate) parameters: IndexMap<String, Value>,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) fn read(job: &Job) -> Result<Read, Vec<Problem>> {
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
    /// Every output, those of nodes whose columns depend on the data too.
    pub(super) sinks: Vec<Sunk>,
    /// Every checkpoint, in the order of the wires.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// What seems wrong with such nodes, going by the first rows.
    pub(super) beyond: Vec<Problem>,
    /// Sources that may have columns which their first rows do not have.
    pub(super) growing: Vec<String>,
    pub(super) files: Vec<Located>,
    pub(super) patterns: Vec<FilePattern>,
}

/// How many rows of each source are looked at.
const ROWS: usize = 100;

/// Sources of no more bytes are looked at whole: columns and types that only show in later rows are known then.
const SMALL: u64 = 256 << 10;

pub(super) fn plan_heads(
    job: &Job,
    pipeline: &Pipeline,
    parameters: &IndexMap<String, Value>,
    spool: &Spool,
    cancel: &Cancel,
) -> Heads {
    plan_over(Extent::Head { rows: ROWS, small: SMALL }, job, pipeline, parameters, spool, cancel)
}

/// As [`plan_heads`], but nothing is called wrong for want of a column that a later row may have.
pub(super) fn plan_surely(
    job: &Job,
    pipeline: &Pipeline,
    parameters: &IndexMap<String, Value>,
    spool: &Spool,
    cancel: &Cancel,
) -> Heads {
    let heads = plan_heads(job, pipeline, parameters, spool, cancel);
    if heads.growing.is_empty() || !heads.planned.problems.iter().any(Problem::is_error) {
        return heads;
    }
    plan_over(Extent::Whole, job, pipeline, parameters, spool, cancel)
}

fn plan_over(
    extent: Extent,
    job: &Job,
    pipeline: &Pipeline,
    parameters: &IndexMap<String, Value>,
    spool: &Spool,
    cancel: &Cancel,
) -> Heads {
    let stop = || cancel.is_cancelled();
    let opening = Opening { base: job.folder(), spool, extent, stop: &stop, tell: &|_| {} };
    let world = World::new(opening, &job.secrets);
    let parameters = parameters.clone();
    let mut stages = Stages {
        pipeline,
        parameters,
        now: now(),
        world,
        spool,
        cancel,
        tell: &|_| {},
        executed: 0,
        memory: None,
        sorted: Vec::new(),
    };
    let planned = stages.plan();
    let mut heads = Heads {
        sinks: planned.plan.sinks.clone(),
        checkpoints: planned.plan.checkpoints.clone(),
        planned,
        beyond: Vec::new(),
        growing: Vec::new(),
        files: Vec::new(),
        patterns: Vec::new(),
    };
    if !heads.planned.problems.iter().any(Problem::is_error) && !heads.planned.questions.is_empty() {
        heads.look_beyond(&mut stages);
    }
    let reads = |entry: &Entry| match &entry.op {
        Op::Read(source) if source.may_grow() => Some(entry.node.clone()),
        _ => None,
    };
    let growing: Vec<String> = heads.planned.plan.entries.iter().filter_map(reads).collect();
    heads.growing = stages.world.with_opened(|opened| {
        let partly = opened.iter().filter(|(node, opened)| !opened.whole && growing.iter().any(|name| name == node));
        partly.map(|(node, _)| (*node).to_owned()).collect()
    });
    (heads.files, heads.patterns) = stages.world.with_opened(|opened| {
        let files = opened.iter().flat_map(|(_, opened)| opened.files.clone()).collect();
        (files, opened.iter().filter_map(|(_, opened)| opened.pattern.clone()).collect())
    });
    heads
}

impl Heads {
    /// Columns that are text in all rows, though the first ones hold something else: what orders or compares them means another thing
    /// than it shows.
    pub(super) fn turned_to_text(&self, world: &World) -> Vec<Problem> {
        let mut found = Vec::new();
        for entry in self.planned.plan.entries.iter().filter(|entry| matches!(entry.op, Op::Read(_))) {
            let in_all = world.with_opened(|opened| {
                let (_, opened) = opened.iter().find(|(node, _)| *node == entry.node)?;
                Some(opened.schema.clone())
            });
            for first in entry.schema.0.iter().filter(|column| !matches!(column.kind, Type::Text | Type::Null)) {
                let column = in_all.as_ref().and_then(|schema| schema.column(&first.name));
                if column.is_some_and(|column| column.kind.is_text()) {
                    let message = format!(
                        "{:?} is {} in the first rows, but not in all, and was read as Text.",
                        first.name, first.kind
                    );
                    found.push(
                        Problem::warning(message)
                            .node(entry.node.as_str())
                            .try_this("State its type in `types`: rows that do not fit are rejected then."),
                    );
                }
            }
        }
        found
    }

    /// Plans what lies behind columns that depend on the data, as far as the first rows tell them. More rows may have more of them,
    /// so that nothing found here is certain.
    fn look_beyond(&mut self, stages: &mut Stages) {
        loop {
            let Ok(planned) = stages.next() else { return };
            for sunk in &planned.plan.sinks {
                if !self.sinks.iter().any(|known| known.node == sunk.node) {
                    self.sinks.push(sunk.clone());
                }
            }
            for checkpoint in &planned.plan.checkpoints {
                if !self.checkpoints.iter().any(|known| known.node == checkpoint.node) {
                    self.checkpoints.push(checkpoint.clone());
                }
            }
            for problem in &planned.problems {
                self.beyond.push(Problem { severity: problem.severity.min(Severity::Warning), ..problem.clone() });
            }
            if planned.plan.spools.is_empty() || stages.execute(&planned, Vec::new()).is_err() {
                return;
            }
        }
    }
}
