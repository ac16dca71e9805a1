//! The outputs of a node from all rows of all sources: one execution into files of our own, kept for the next time they are wanted.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Instant;

use indexmap::{IndexMap, IndexSet};
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Effect, Planned, Rows, Tally};
use pipewright_engine::problem::Problem;

use super::held::{DISK, Held};
use super::rows::Rows as KeptRows;
use super::shown::Known;
use super::values::{head, rejects};
use super::{Session, remember};
use crate::engine::check::{Read, read};
use crate::engine::stages::Stages;
use crate::files::Spool;
use crate::host::Cancel;
use crate::job::{Event, Job};
use crate::mark::Mark;
use crate::show::{Basis, News, Output};
use crate::sink::To;
use crate::source::{Extent, Opening};
use crate::stage::{End, Stopped};
use crate::world::World;

pub(super) fn exact(session: &Session, job: &Job, node: &str, cancel: &Cancel, tell: &dyn Fn(News)) -> News {
    let Read { mut pipeline, parameters, problems } = match read(job) {
        Ok(read) => read,
        Err(problems) => return News::Failed(problems),
    };
    if !pipeline.nodes.contains_key(node) {
        return News::Failed(vec![Problem::unknown("node", node, pipeline.nodes.keys().map(String::as_str))]);
    }
    let taken = pipeline.with_rejects_taken();
    pipeline.keep_upstream_of(node);
    let of_it = |problem: &&Problem| {
        problem.is_error() && problem.node.as_ref().is_none_or(|node| pipeline.nodes.contains_key(node))
    };
    let problems: Vec<Problem> = problems.iter().filter(of_it).cloned().collect();
    if !problems.is_empty() {
        return News::Failed(problems);
    }
    let exact = Exact { session, job, pipeline: &pipeline, taken: &taken, node, cancel, tell };
    let done = exact.mark(&parameters).and_then(|mark| match exact.tell_held(mark)? {
        true => Ok(Vec::new()),
        false => exact.compute(mark, parameters).map(|()| vec![node.to_owned()]),
    });
    match done {
        Ok(computed) => News::Shown { computed },
        Err(Failed::Stopped(Stopped::Cancelled)) => News::Stopped,
        Err(Failed::Stopped(Stopped::Failed(problem))) => News::Failed(vec![problem]),
        Err(Failed::Problems(problems)) => News::Failed(problems),
    }
}

struct Exact<'a> {
    session: &'a Session,
    job: &'a Job,
    pipeline: &'a Pipeline,
    /// Nodes whose rejected rows go on to a file.
    taken: &'a IndexSet<String>,
    node: &'a str,
    cancel: &'a Cancel,
    tell: &'a dyn Fn(News),
}

/// What came of it: how many rows each output has, and what is said of rows above.
struct Made {
    planned: Planned,
    counts: Vec<u64>,
    told: Vec<Problem>,
}

enum Failed {
    Stopped(Stopped),
    Problems(Vec<Problem>),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problems(vec![problem])
    }
}

impl From<Stopped> for Failed {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

type Parameters = indexmap::IndexMap<String, pipewright_engine::value::Value>;

impl Exact<'_> {
    /// Of all that the rows depend on: the nodes above, and the files that they read as these are now.
    fn mark(&self, parameters: &Parameters) -> Result<Mark, Failed> {
        let known = Known::with(&self.job.secrets);
        self.pipeline.plan(parameters, self.session.now, &known);
        let opening = self.opening(&self.session.spool, &|| false);
        let asked = known.asked.borrow();
        let sources = asked.iter().map(|(node, source)| (node.as_str(), source));
        let above = Mark::of_pipeline(self.pipeline, parameters, &self.job.secrets, sources, &opening)?;
        Ok(Mark::of(&("exact", self.node, above)))
    }

    fn opening<'o>(&'o self, spool: &'o Spool, stop: &'o (dyn Fn() -> bool + Sync)) -> Opening<'o> {
        Opening { base: self.job.folder(), spool, extent: Extent::Whole, stop, tell: &|_| {} }
    }

    fn outputs(&self) -> usize {
        self.pipeline.nodes[self.node].step.card().map_or(0, |card| card.outputs.len())
    }

    /// Tells the outputs if all of them are held.
    fn tell_held(&self, mark: Mark) -> Result<bool, Failed> {
        let tables = (0..self.outputs()).map(|output| self.session.tables.get(Mark::of(&(mark, output))));
        let Some(tables) = tables.collect::<Option<Vec<_>>>() else { return Ok(false) };
        for (output, table) in tables.iter().enumerate() {
            self.tell(mark, output, table, None)?;
        }
        self.tell_verdict(self.session.verdicts.lock().get(&mark).cloned().unwrap_or_default());
        Ok(true)
    }

    fn compute(&self, mark: Mark, parameters: Parameters) -> Result<(), Failed> {
        let began = Instant::now();
        let spool = Spool::open()?;
        // What is asked to stop is this one, since a result that grows too large ends it too.
        let stopping = Cancel::default();
        let files: Vec<PathBuf> = (0..self.outputs()).map(|_| self.session.spool.fresh("exact.parquet")).collect();
        let too_large = Cell::new(false);
        let watch = |event: Event| {
            let Event::Progress { rows, of } = event else { return };
            too_large
                .set(files.iter().filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum::<u64>() > DISK);
            if self.cancel.is_cancelled() || too_large.get() {
                stopping.cancel();
            }
            (self.tell)(News::Progress { rows, of });
        };
        let stop = || self.cancel.is_cancelled();
        let mut stages = Stages {
            pipeline: self.pipeline,
            parameters,
            now: self.session.now,
            world: World::new(self.opening(&spool, &stop), &self.job.secrets),
            spool: &spool,
            cancel: &stopping,
            tell: &watch,
            executed: 0,
            memory: None,
            sorted: Vec::new(),
        };
        let made = self.execute(&mut stages, &files);
        let removed = |failed: Failed| {
            files.iter().for_each(|file| drop(std::fs::remove_file(file)));
            match failed {
                _ if self.cancel.is_cancelled() => Failed::Stopped(Stopped::Cancelled),
                _ if too_large.get() => Failed::from(
                    Problem::new(
                        "The rows of this node take more than 8 GB on disk, which is more than is kept to look at.",
                    )
                    .node(self.node)
                    .try_this("Look at a node after it that has fewer rows, or run the pipeline into a file."),
                ),
                failed => failed,
            }
        };
        let Made { planned, counts, told } = made.map_err(removed)?;
        let outputs = planned.outputs.get(self.node).into_iter().flatten().zip(counts).zip(files.iter().cloned());
        for (output, ((rows, count), file)) in outputs.enumerate() {
            let schema = planned.plan.schema(*rows).clone();
            let kept = KeptRows::of_file(file, count, schema.0.len())?;
            let table = self.session.tables.keep(Mark::of(&(mark, output)), Held::new(kept, schema, false));
            self.tell(mark, output, &table, Some(began.elapsed().as_secs_f64()))?;
        }
        remember(&self.session.verdicts, mark, told.clone());
        self.tell_verdict(told);
        Ok(())
    }

    /// What would be said of these rows in a run, node by node.
    fn tell_verdict(&self, told: Vec<Problem>) {
        let mut nodes: IndexMap<String, Vec<Problem>> = IndexMap::new();
        for problem in told {
            nodes.entry(problem.node.clone().unwrap_or_default()).or_default().push(problem);
        }
        for (node, problems) in nodes {
            (self.tell)(News::Trouble { node, problems });
        }
    }

    /// Stage after stage until the outputs are written, each to its file.
    fn execute(&self, stages: &mut Stages, files: &[PathBuf]) -> Result<Made, Failed> {
        let mut told = Vec::new();
        loop {
            let mut planned = stages.next()?;
            planned.leave_rejects_to(self.taken);
            let outputs = planned.outputs.get(self.node).cloned();
            // Values that are null and rows that are left out are as somebody wished; what a node itself rejects is seen there.
            let is_told = |tally: &&Tally| {
                !matches!(tally.effect, Effect::Null | Effect::Skip)
                    && !outputs.as_ref().is_some_and(|outputs| outputs.contains(&tally.rows))
            };
            let tallies: Vec<Tally> = planned.plan.tallies.iter().filter(is_told).cloned().collect();
            if let Some(outputs) = outputs {
                planned.plan.spools.clear();
                let to_file = |(rows, path): (&Rows, &PathBuf)| End {
                    node: self.node.to_owned(),
                    rows: *rows,
                    to: To::Spool { path: path.clone() },
                };
                let ends = outputs.iter().zip(files).map(to_file).collect();
                let (executed, mut more) = stages.told(&planned, ends, &tallies).map_err(Failed::Problems)?;
                told.append(&mut more);
                let counts = executed.ends[..outputs.len()].iter().map(|ended| ended.rows).collect();
                return Ok(Made { planned, counts, told });
            }
            if !planned.waiting.contains(self.node) || planned.plan.spools.is_empty() {
                let mut found: Vec<Problem> = planned.problems.into_iter().filter(Problem::is_error).collect();
                if found.is_empty() {
                    found.push(Problem::new("There are no rows to show here.").node(self.node));
                }
                return Err(Failed::Problems(found));
            }
            told.append(&mut stages.told(&planned, Vec::new(), &tallies).map_err(Failed::Problems)?.1);
        }
    }

    fn tell(&self, mark: Mark, output: usize, table: &Held, seconds: Option<f64>) -> Result<(), Failed> {
        (self.tell)(News::Output(Output {
            node: self.node.to_owned(),
            output,
            table: Mark::of(&(mark, output)).id(),
            schema: table.schema.clone(),
            rows: table.rows.height() as u64,
            basis: Basis::Everything,
            head: head(table, &self.pipeline.nodes[self.node].step)?,
            rejects: rejects(table, &self.pipeline.nodes[self.node].step, output, true)?,
            seconds,
        }));
        Ok(())
    }
}
