//! Plans and executes stage after stage, until every node is done or the wanted rows are there.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use indexmap::IndexMap;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Kept, Op, Plan, Planned, Question, Rows, Tally};
use pipewright_engine::problem::{Problem, Severity};
use pipewright_engine::value::Value;
use polars::prelude::*;

use super::run::name_culprits;
use super::sorting::{self, Sorting};
use crate::convert;
use crate::files::Spool;
use crate::host::{Cancel, at_work, fault};
use crate::job::Event;
use crate::lower::{self, Tables as _};
use crate::sink::To;
use crate::source;
use crate::stage::{End, Executed, Stopped, execute};
use crate::verdict::{self, Judge};
use crate::watch::{Counter, barrier, guard};
use crate::world::World;

/// A pipeline with everything that is needed to plan and execute it.
pub(crate) struct Stages<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) parameters: IndexMap<String, Value>,
    pub(crate) now: i64,
    pub(crate) world: World<'a>,
    pub(crate) spool: &'a Spool,
    pub(crate) cancel: &'a Cancel,
    pub(crate) tell: &'a dyn Fn(Event),
    pub(crate) executed: usize,
    /// Bytes of memory that may be used, where sorts go to the disk rather than use more.
    pub(crate) memory: Option<u64>,
    /// Nodes that were sorted on disk since this was last looked at.
    pub(crate) sorted: Vec<Sorted>,
}

/// A node whose rows were sorted on disk.
pub(crate) struct Sorted {
    pub(crate) node: String,
    pub(crate) rows: u64,
    pub(crate) seconds: f64,
}

/// How large the tree that Polars makes of a plan may get before a shared part is kept on disk. It doubles at every fan-out
/// that is joined again, so that a dozen of those in a row would take minutes to plan.
const LARGEST_TREE: u64 = 2_000;

impl Stages<'_> {
    pub(crate) fn plan(&self) -> Planned {
        self.pipeline.plan(&self.parameters, self.now, &self.world)
    }

    /// The next stage to execute: a plan in which every question that can be answered from what was kept is answered, and whose
    /// tree is of a size that can be executed. Where it is not, shared parts are cut off first.
    pub(crate) fn next(&mut self) -> Result<Planned, Problem> {
        loop {
            let planned = self.plan();
            if self.answer_all(&planned.questions)? || self.sort_on_disk(&planned)? {
                continue;
            }
            match too_large(&planned) {
                Some((node, output)) if self.world.cut_at(&node, output) => {}
                _ => return Ok(planned),
            }
        }
    }

    /// Executes one stage: the given ends, and what later stages must have.
    pub(crate) fn execute(&mut self, planned: &Planned, mut ends: Vec<End>) -> Result<Executed, Stopped> {
        let plan = &planned.plan;
        self.executed += 1;
        let number = self.executed;
        let kept: Vec<(&Kept, std::path::PathBuf)> = plan
            .spools
            .iter()
            .enumerate()
            .map(|(at, kept)| (kept, self.spool.fresh(&format!("stage-{number}-{at}.parquet"))))
            .collect();
        ends.extend(kept.iter().map(|(kept, path)| End {
            node: kept.node.clone(),
            rows: kept.rows,
            to: To::Spool { path: path.clone() },
        }));
        let uses = plan.uses(ends.iter().map(|end| end.rows));
        let nodes = active(plan, &uses, |_| true);
        (self.tell)(Event::Stage { number, nodes: nodes.clone(), holding: holding(plan, &uses) });
        let of = self.records(plan, &uses);
        let progress = |rows| (self.tell)(Event::Progress { rows, of });
        let executed = fault::contain(|| execute(plan, &ends, &self.world, self.cancel, &progress));
        let executed = match executed {
            Ok(Err(Stopped::Failed(problem))) if problem.message.starts_with(lower::UNFORESEEN) => {
                return Err(Stopped::Failed(self.culprit(&nodes).unwrap_or(problem)));
            }
            Ok(executed) => executed?,
            Err(fault) => {
                let culprit = self.culprit(&nodes);
                return Err(Stopped::Failed(culprit.unwrap_or_else(|| at_work(fault, number, &nodes))));
            }
        };
        let counts = &executed.ends[executed.ends.len() - kept.len()..];
        for ((kept, path), ended) in kept.into_iter().zip(counts) {
            self.world.keep(&kept.node, kept.output, path, ended.rows, plan.schema(kept.rows).clone());
        }
        self.world.finish(planned.outputs.keys().cloned());
        Ok(executed)
    }

    /// Executes one stage, with what is told of its rows: of samples no more than warnings.
    pub(crate) fn told(
        &mut self,
        planned: &Planned,
        mut ends: Vec<End>,
        tallies: &[Tally],
    ) -> Result<(Executed, Vec<Problem>), Vec<Problem>> {
        let plan = &planned.plan;
        let own = ends.len();
        let sampled: Vec<String> = self.world.with_opened(|opened| {
            opened.iter().filter(|(_, opened)| !opened.whole).map(|(node, _)| (*node).to_owned()).collect()
        });
        // Of what is kept it is not known which sources it is made from.
        let is_kept = |node: &str| !sampled.is_empty() && self.world.is_done(node);
        // Of a sample rows are shown whatever is told of them.
        ends.extend(tallies.iter().map(if sampled.is_empty() { verdict::end } else { verdict::gathered }));
        let judge = Judge::new(plan, |node| sampled.iter().any(|sampled| sampled == node) || is_kept(node));
        let soft = |tally: &Tally, problem: Problem| match judge.is_of_sample(tally.rows) {
            true => Problem { severity: problem.severity.min(Severity::Warning), ..problem },
            false => problem,
        };
        let executed = match self.execute(planned, ends) {
            Ok(executed) => executed,
            Err(Stopped::Cancelled) => return Err(vec![Stopped::Cancelled.into_problem()]),
            Err(stopped) => {
                let failure = name_culprits(stopped, plan).into_problem();
                return Err(verdict::after(failure, plan, &self.world, self.cancel, &judge));
            }
        };
        let told = tallies.iter().zip(&executed.ends[own..]);
        let told = told.filter_map(|(tally, ended)| Some(soft(tally, judge.tell(plan, tally, ended)?))).collect();
        Ok((executed, told))
    }

    /// What can't be read of the files of these nodes, when something failed that does not say.
    fn culprit(&self, nodes: &[String]) -> Option<Problem> {
        self.world.with_opened(|opened| {
            let mut sources = opened.iter().filter(|(node, _)| nodes.iter().any(|name| name == node));
            let stop = || self.cancel.is_cancelled();
            sources.find_map(|(node, opened)| Some(source::culprit(opened, &stop)?.node(*node)))
        })
    }

    /// Answers those questions whose rows were kept, and says whether there was one.
    fn answer_all(&mut self, questions: &[Question]) -> Result<bool, Problem> {
        let mut answered = false;
        for question in questions {
            let Question { node, input, .. } = question;
            let output = self.pipeline.nodes.get(&input.node).map_or(Ok(0), |from| from.step.output(input))?;
            let Ok(kept) = self.world.kept(&input.node, output) else { continue };
            let values = values(question, kept, self.cancel)?;
            self.world.answer_with(node, values);
            answered = true;
        }
        Ok(answered)
    }

    /// Sorts by way of the disk what is too much for memory, once its rows are kept, and says whether there was any.
    fn sort_on_disk(&mut self, planned: &Planned) -> Result<bool, Problem> {
        let Some(memory) = self.memory else { return Ok(false) };
        let plan = &planned.plan;
        for (name, outputs) in &planned.outputs {
            let Some((node, Step::Sort(_))) = self.pipeline.nodes.get(name).map(|node| (node, &node.step)) else {
                continue;
            };
            let (Some(rows), Some(Some(link))) = (outputs.first(), node.from.first()) else { continue };
            let Op::Sort(keys) = &plan.entry(*rows).op else { continue };
            let schema = plan.schema(*rows);
            if !sorting::is_too_much(self.rows_at_most(plan, *rows), schema, memory) {
                continue;
            }
            let output = self.pipeline.nodes.get(&link.node).map_or(Ok(0), |from| from.step.output(link))?;
            let Some((path, rows)) = self.world.file_of(&link.node, output) else {
                if self.world.cut_at(&link.node, output) {
                    return Ok(true);
                }
                continue;
            };
            let began = Instant::now();
            (self.tell)(Event::Stage { number: self.executed + 1, nodes: vec![name.clone()], holding: Vec::new() });
            let sorted = Sorting::new(keys, schema, memory, self.spool, self.cancel).sort(path, rows);
            let sorted = sorted.map_err(|error| lower::problem(name, &error))?;
            self.world.keep(name, 0, sorted, rows, schema.clone());
            self.world.finish([name.clone()].into_iter());
            self.sorted.push(Sorted { node: name.clone(), rows, seconds: began.elapsed().as_secs_f64() });
            return Ok(true);
        }
        Ok(false)
    }

    /// How many rows come out of an entry, going by its sources: most operations give no more than they take.
    fn rows_at_most(&self, plan: &Plan, rows: Rows) -> u64 {
        let entry = plan.entry(rows);
        let mut inputs = entry.inputs.iter().map(|rows| self.rows_at_most(plan, *rows));
        match &entry.op {
            Op::Inline(table) => table.rows.len() as u64,
            Op::Read(_) => self.world.with_opened(|opened| {
                opened.iter().find(|(node, _)| *node == entry.node).and_then(|(_, opened)| opened.rows).unwrap_or(0)
            }),
            Op::Spooled { node, output } => self.world.file_of(node, *output).map_or(0, |(_, rows)| rows),
            Op::Slice { count: Some(count), .. } => inputs.next().unwrap_or(0).min(*count),
            Op::Unpivot(unpivot) => inputs.next().unwrap_or(0).saturating_mul(unpivot.lines.len() as u64),
            Op::Union => inputs.fold(0, u64::saturating_add),
            _ => inputs.max().unwrap_or(0),
        }
    }

    /// How many rows the sources of a stage give, if there are any and all of them know.
    fn records(&self, plan: &Plan, uses: &[usize]) -> Option<u64> {
        let used = plan.entries.iter().zip(uses).filter(|(_, uses)| **uses > 0).map(|(entry, _)| entry);
        self.world.with_opened(|opened| {
            let rows = used.filter_map(|entry| {
                let (_, opened) = opened.iter().find(|(node, _)| *node == entry.node)?;
                match entry.op {
                    Op::Read(_) => Some(opened.rows),
                    Op::ReadRejects(_) => Some(Some(opened.rejects_count)),
                    _ => None,
                }
            });
            rows.reduce(|a, b| Some(a? + b?)).flatten()
        })
    }
}

/// The different values of the column that a question is about, in the order in which they are first seen.
pub(crate) fn values(question: &Question, kept: LazyFrame, cancel: &Cancel) -> Result<Vec<Value>, Problem> {
    let Question { node, column, most, .. } = question;
    let limit = IdxSize::try_from(most.saturating_add(1)).unwrap_or(IdxSize::MAX);
    let found = barrier(&kept, "question", guard(Counter::default(), cancel.clone()))
        .select([col(column.as_str())])
        .unique_stable(None, UniqueKeepStrategy::First)
        .limit(limit)
        .collect_with_engine(polars::prelude::Engine::Streaming)
        .map(|found| found.unwrap_single())
        .map_err(|error| lower::problem(node, &error))?;
    if found.height() as u64 > *most {
        return Err(Problem::new(format!("The column {column:?} has more than {most} different values."))
            .node(node)
            .try_this("Choose a column with fewer, or raise the limit of columns."));
    }
    let values: Vec<Value> = convert::table(&found)?.rows.into_iter().flatten().collect();
    // Instants that a file tells apart by nanoseconds are the same for us.
    let mut first: Vec<usize> = (0..values.len()).collect();
    first.sort_by(|a, b| values[*a].order(&values[*b]));
    first.dedup_by(|b, a| values[*a] == values[*b]);
    first.sort_unstable();
    Ok(first.into_iter().map(|at| values[at].clone()).collect())
}

/// The nodes that have a part in a stage, in the order of the plan.
pub(crate) fn active(plan: &Plan, uses: &[usize], which: impl Fn(&Op) -> bool) -> Vec<String> {
    let mut nodes: Vec<String> = Vec::new();
    for (entry, uses) in plan.entries.iter().zip(uses) {
        if *uses > 0 && which(&entry.op) && !nodes.contains(&entry.node) {
            nodes.push(entry.node.clone());
        }
    }
    nodes
}

pub(crate) fn holding(plan: &Plan, uses: &[usize]) -> Vec<String> {
    active(plan, uses, lower::holds_rows)
}

/// The output to keep on disk first, if the tree of the plan grows too large.
fn too_large(planned: &Planned) -> Option<(String, usize)> {
    let plan = &planned.plan;
    let mut sizes: Vec<u64> = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let inputs = entry.inputs.iter().map(|rows| sizes[rows.0]).fold(0, u64::saturating_add);
        sizes.push(inputs.saturating_add(1));
    }
    let ends = plan.sinks.iter().map(|sunk| sunk.rows).chain(plan.tallies.iter().map(|tally| tally.rows));
    let ends: Vec<Rows> = ends.chain(plan.spools.iter().map(|kept| kept.rows)).collect();
    ends.iter().map(|end| sizes[end.0]).max().filter(|size| *size > LARGEST_TREE)?;
    // A shared output of about the root of the limit: everything above it becomes small again.
    let uses = plan.uses(ends);
    planned
        .outputs
        .iter()
        .flat_map(|(node, outputs)| outputs.iter().enumerate().map(move |(output, rows)| (node, output, *rows)))
        .filter(|(_, _, rows)| uses[rows.0] > 1 && sizes[rows.0].saturating_pow(2) >= LARGEST_TREE)
        .min_by_key(|(_, _, rows)| sizes[rows.0])
        .map(|(node, output, _)| (node.clone(), output))
}

/// The instant of a run, in microseconds of UTC.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
