//! The account of a run: how many rows went into and came out of every node, and whether they obey the law of the node.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use pipewright_engine::node::Law;
use pipewright_engine::nodes::{AggregateFunction, JoinKind, Step};
use pipewright_engine::pipeline::{Node, Pipeline};
use pipewright_engine::plan::{Aggregate, Effect, Entry, Op, Plan, Planned, Rows};
use pipewright_engine::problem::Problem;

use crate::job::{Count, NodeReport};
use crate::stage::Executed;
use crate::world::World;

#[derive(Default)]
pub(super) struct Account {
    pub(super) nodes: IndexMap<String, NodeReport>,
    /// Rows by node and output, also for later stages that read what was kept.
    outputs: HashMap<(String, usize), Count>,
    /// Rows that do not add up: a fault of ours, which must not pass for a result.
    pub(super) broken_laws: Vec<Problem>,
}

/// One stage as it was planned and as it went.
pub(super) struct Stage<'a> {
    pub(super) number: usize,
    pub(super) planned: &'a Planned,
    pub(super) executed: &'a Executed,
    pub(super) world: &'a World<'a>,
}

impl Account {
    /// Enters rows that an earlier run has computed.
    pub(super) fn reuse(&mut self, pipeline: &Pipeline, name: &str, rows: u64) {
        self.put(pipeline, name, Count::Unknown, rows);
    }

    /// Enters rows that were sorted on disk.
    pub(super) fn sorted(&mut self, pipeline: &Pipeline, name: &str, rows: u64) {
        self.put(pipeline, name, Count::Exact(rows), rows);
    }

    fn put(&mut self, pipeline: &Pipeline, name: &str, rows_in: Count, rows: u64) {
        let kind = pipeline.nodes.get(name).map_or_else(String::new, |node| node.step.name().to_owned());
        let rows_out = IndexMap::from([(String::new(), Count::Exact(rows))]);
        self.outputs.insert((name.to_owned(), 0), Count::Exact(rows));
        let report = NodeReport { node: name.to_owned(), kind, rows_in, rows_out, ..NodeReport::default() };
        self.nodes.insert(name.to_owned(), report);
    }

    /// Enters what a stage did.
    pub(super) fn enter(&mut self, pipeline: &Pipeline, stage: &Stage) {
        let Stage { number, planned, executed, world } = *stage;
        let plan = &planned.plan;
        let (written, tallied) = executed.ends.split_at(plan.sinks.len());
        let counts = Counts { plan, executed, world, earlier: &self.outputs, ended: ended_early(plan, executed) };
        let mut made = Vec::new();
        let mut taken: IndexMap<&str, Vec<Count>> = IndexMap::new();
        for (name, outputs) in &planned.outputs {
            let Some(node) = pipeline.nodes.get(name) else { continue };
            let Ok(card) = node.step.card() else { continue };
            let mut report = NodeReport {
                node: name.clone(),
                kind: node.step.name().into(),
                stage: number,
                ..NodeReport::default()
            };
            for (at, rows) in outputs.iter().enumerate() {
                let count = counts.of(*rows);
                made.push(((name.clone(), at), count));
                report.rows_out.insert(card.outputs.get(at).copied().unwrap_or_default().to_owned(), count);
                self.broken_laws.extend(counts.disagreement(*rows));
            }
            let from = node.from.iter().flatten().map(|link| {
                let output = pipeline.nodes.get(&link.node).and_then(|from| from.step.output(link).ok()).unwrap_or(0);
                match planned.outputs.get(&link.node).and_then(|outputs| outputs.get(output)) {
                    Some(rows) => counts.of(*rows),
                    None => self.outputs.get(&(link.node.clone(), output)).copied().unwrap_or_default(),
                }
            });
            let from: Vec<Count> = from.collect();
            report.rows_in = from.iter().copied().reduce(Count::plus).unwrap_or_default();
            taken.insert(name, from);
            self.nodes.insert(name.clone(), report);
        }
        self.outputs.extend(made);
        for (tally, ended) in plan.tallies.iter().zip(tallied) {
            let Some(report) = self.nodes.get_mut(&tally.node) else { continue };
            let became = match &tally.effect {
                Effect::Fail | Effect::Refuse => "failed",
                Effect::Null => "null",
                Effect::Skip => "skipped",
                Effect::Broken(_) | Effect::Unmet(_) => continue,
                Effect::Taken => "",
            };
            report.rejected += ended.rows;
            if ended.rows > 0 && !became.is_empty() {
                report.rejects_became = Some(became.into());
            }
        }
        let written: HashMap<&str, u64> =
            plan.sinks.iter().zip(written).map(|(sunk, ended)| (sunk.node.as_str(), ended.rows)).collect();
        for (name, from) in taken {
            let (Some(node), Some(report)) = (pipeline.nodes.get(name), self.nodes.get_mut(name)) else { continue };
            if let Some(Count::Exact(rows)) = report.rows_out.get("rejected") {
                report.rejected = report.rejected.max(*rows);
            }
            fill_in_the_unwired(&node.step, report);
            self.broken_laws.extend(broken_law(node, report, &from, written.get(name).copied()));
        }
    }
}

/// What is wrong with the numbers of a node, where they are known and don't obey its law. A muted node obeys none.
fn broken_law(node: &Node, report: &NodeReport, from: &[Count], written: Option<u64>) -> Option<Problem> {
    let law = node.step.card().ok().filter(|_| !node.muted)?.law;
    let out = written.or(main(report).exact())?;
    let from: Vec<u64> = from.iter().map(|count| count.exact()).collect::<Option<_>>()?;
    let rows_in: u64 = from.iter().sum();
    let rejected = if report.rejects_became.as_deref() == Some("null") { 0 } else { report.rejected };
    let adds_up = match law {
        // What was found in a source is compared where it is read; how often a row comes out only its node can tell.
        Law::Source | Law::Expand | Law::Summary => true,
        Law::RowByRow => from.first() == Some(&(out + rejected)),
        Law::Fewer | Law::Group => out <= rows_in.max(1),
        Law::Sum | Law::Sink => rows_in == out,
        Law::SideBySide => from.iter().max() == Some(&out),
        Law::Split => {
            let all: Option<u64> = report.rows_out.values().map(|count| count.exact()).sum();
            let unseen =
                if report.rows_out.get("rejected") == Some(&Count::Exact(report.rejected)) { 0 } else { rejected };
            all.is_none_or(|all| all + unseen == rows_in)
        }
        Law::Join => join_adds_up(&node.step, report, &from, out),
    };
    (!adds_up).then(|| {
        Problem::new(format!(
            "{rows_in} rows went in and {out} came out, which breaks the law of this node: {}",
            law.sentence()
        ))
        .node(&report.node)
        .try_this(REPORT_IT)
    })
}

const REPORT_IT: &str = "Please report this with the pipeline.";

/// How many rows a join must have at the least, or at all, for those of its sides that are known to be without a match.
fn join_adds_up(step: &Step, report: &NodeReport, from: &[u64], out: u64) -> bool {
    let kind = match step {
        Step::Join(join) => join.kind,
        // Each pair of rows comes out, and more where rows without a match do.
        Step::AsOfJoin(_) | Step::RangeJoin(_) | Step::FuzzyJoin(_) => JoinKind::Inner,
        _ => return true,
    };
    let [left, right] = from else { return true };
    let only = |side: &str| report.rows_out.get(side).and_then(|count| count.exact());
    let matched = |side: &str, rows: u64| only(side).map_or(Some(0), |only| rows.checked_sub(only));
    // More rows without a match than rows is wrong in any case.
    let (Some(left_matched), Some(right_matched)) = (matched("left_only", *left), matched("right_only", *right)) else {
        return false;
    };
    match kind {
        JoinKind::Inner => out >= left_matched.max(right_matched),
        JoinKind::Left => out >= (*left).max(right_matched),
        JoinKind::Right => out >= (*right).max(left_matched),
        JoinKind::Full => out >= (*left).max(*right),
        JoinKind::Semi => only("left_only").map_or(out <= *left, |only| out + only == *left),
        JoinKind::Anti => only("left_only").map_or(out <= *left, |only| out == only),
        JoinKind::Cross => left.checked_mul(*right) == Some(out),
    }
}

fn main(report: &NodeReport) -> Count {
    report.rows_out.get("").copied().unwrap_or_default()
}

/// What nothing is wired to was not computed, but where outputs share the rows out between them, one is the rest of the others.
fn fill_in_the_unwired(step: &Step, report: &mut NodeReport) {
    if !step.card().is_ok_and(|card| card.law == Law::Split) {
        return;
    }
    if let Some(rejected) = report.rows_out.get_mut("rejected").filter(|count| **count == Count::Unknown) {
        *rejected = Count::Exact(report.rejected);
    }
    let unknown: Vec<usize> = (0..report.rows_out.len()).filter(|at| report.rows_out[*at] == Count::Unknown).collect();
    let ([only], Count::Exact(rows_in)) = (&unknown[..], report.rows_in) else { return };
    let others = report.rows_out.values().enumerate().filter(|(at, _)| at != only);
    let known: Option<u64> = others.map(|(_, count)| count.exact()).sum();
    if let Some(rest) = known.and_then(|known| rows_in.checked_sub(known)) {
        report.rows_out[*only] = Count::Exact(rest);
    }
}

struct Counts<'a> {
    plan: &'a Plan,
    executed: &'a Executed,
    world: &'a World<'a>,
    earlier: &'a HashMap<(String, usize), Count>,
    ended: HashSet<Rows>,
}

impl Counts<'_> {
    fn of(&self, rows: Rows) -> Count {
        let entry = self.plan.entry(rows);
        match &entry.op {
            Op::Inline(table) => Count::Exact(table.rows.len() as u64),
            Op::Read(_) | Op::ReadRejects(_) => self.found(rows).map_or_else(|| self.counted(rows), Count::Exact),
            Op::Spooled { node, output } => self.earlier.get(&(node.clone(), *output)).copied().unwrap_or_default(),
            _ if self.executed.counted.contains_key(&rows) => self.counted(rows),
            Op::Select(_) | Op::Derive { .. } | Op::Sort(_) | Op::Number { .. } | Op::Window { .. } => {
                entry.inputs.first().map_or(Count::Unknown, |input| self.of(*input))
            }
            _ => Count::Unknown,
        }
    }

    /// How many rows a source was found to have when it was opened.
    fn found(&self, rows: Rows) -> Option<u64> {
        let entry = self.plan.entry(rows);
        self.world.with_opened(|opened| {
            let (_, opened) = opened.iter().find(|(node, _)| *node == entry.node)?;
            match &entry.op {
                Op::Read(_) => opened.rows,
                Op::ReadRejects(_) => Some(opened.rejects_count),
                _ => None,
            }
        })
    }

    /// A source that was read to its end but did not give what was found in it.
    fn disagreement(&self, rows: Rows) -> Option<Problem> {
        let (found, read) = (self.found(rows)?, *self.executed.counted.get(&rows)?);
        let message = format!("{found} rows were found in the source, but {read} were read.");
        (read > found || read < found && !self.ended.contains(&rows)).then(|| {
            Problem::new(message)
                .node(&self.plan.entry(rows).node)
                .try_this(format!("If the file changed meanwhile, run again. If not: {}", REPORT_IT.to_lowercase()))
        })
    }

    fn counted(&self, rows: Rows) -> Count {
        let Some(count) = self.executed.counted.get(&rows) else { return Count::Unknown };
        if self.ended.contains(&rows) { Count::AtLeast { at_least: *count } } else { Count::Exact(*count) }
    }
}

/// Whether an operation may have enough before its input ends: a limit, first values and nothing else, or a join of which one side
/// has no rows, so that those of the other can't matter.
fn needs_no_more(plan: &Plan, executed: &Executed, entry: &Entry) -> bool {
    match &entry.op {
        Op::Join(_) => entry.inputs.iter().any(|rows| passed(plan, executed, *rows).is_none_or(|rows| rows == 0)),
        Op::Slice { count, .. } => count.is_some(),
        Op::GroupBy { by, aggregates, .. } => by.is_empty() && aggregates.iter().all(is_first),
        Op::Pivot(pivot) => pivot.by.is_empty() && is_first(&pivot.aggregate),
        _ => false,
    }
}

fn is_first(aggregate: &Aggregate) -> bool {
    matches!(aggregate.function, AggregateFunction::First | AggregateFunction::FirstValue)
}

/// How many rows came out of an entry, where that was counted.
fn passed(plan: &Plan, executed: &Executed, rows: Rows) -> Option<u64> {
    let entry = plan.entry(rows);
    match (&entry.op, executed.counted.get(&rows)) {
        (_, Some(count)) => Some(*count),
        (Op::Inline(table), None) => Some(table.rows.len() as u64),
        (Op::Select(_) | Op::Derive { .. } | Op::Sort(_) | Op::Number { .. } | Op::Window { .. }, None) => {
            passed(plan, executed, *entry.inputs.first()?)
        }
        _ => None,
    }
}

/// Entries whose reading may end before they have given all their rows: nobody reads them to their end.
fn ended_early(plan: &Plan, executed: &Executed) -> HashSet<Rows> {
    let ends = plan.sinks.iter().map(|sunk| sunk.rows).chain(plan.tallies.iter().map(|tally| tally.rows));
    let ends: Vec<Rows> = ends.chain(plan.spools.iter().map(|kept| kept.rows)).collect();
    let uses = plan.uses(ends.iter().copied());
    let mut whole: HashSet<Rows> = ends.into_iter().collect();
    // Of what a join does not look at, since its other side is empty, not even the first row need be there.
    let mut wanted = whole.clone();
    for (at, entry) in plan.entries.iter().enumerate().rev().filter(|(at, _)| uses[*at] > 0) {
        let needs_all = !needs_no_more(plan, executed, entry);
        let is_wanted = wanted.contains(&Rows(at));
        if is_wanted && (needs_all || !matches!(entry.op, Op::Join(_))) {
            wanted.extend(entry.inputs.iter().copied());
        }
        if needs_all && (whole.contains(&Rows(at)) || is_wanted && reads_all(&entry.op)) {
            whole.extend(entry.inputs.iter().copied());
        }
    }
    (0..plan.entries.len()).map(Rows).filter(|rows| uses[rows.0] > 0 && !whole.contains(rows)).collect()
}

/// Operations that give nothing before they have read everything.
fn reads_all(op: &Op) -> bool {
    matches!(op, Op::Sort(_) | Op::GroupBy { .. } | Op::Pivot(_) | Op::Window { .. })
}

impl Count {
    pub(super) fn exact(self) -> Option<u64> {
        let Self::Exact(rows) = self else { return None };
        Some(rows)
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => Self::Exact(a + b),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (a, b) => {
                let least = |count| match count {
                    Self::Exact(rows) | Self::AtLeast { at_least: rows } => rows,
                    Self::Unknown => 0,
                };
                Self::AtLeast { at_least: least(a) + least(b) }
            }
        }
    }
}
