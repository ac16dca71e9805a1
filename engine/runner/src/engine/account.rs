//! The account of a run: how many rows went into and came out of every node, and whether they obey the law of the node.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use pipewright_engine::node::Law;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Effect, Op, Plan, Planned, Rows};
use pipewright_engine::problem::Problem;

use crate::job::{Count, NodeReport};
use crate::stage::Executed;
use crate::world::World;

#[derive(Default)]
pub(super) struct Account {
    pub(super) nodes: IndexMap<String, NodeReport>,
    /// Rows by node and output, also for later stages that read what was kept.
    outputs: HashMap<(String, usize), Count>,
}

/// One stage as it was planned and as it went.
pub(super) struct Stage<'a> {
    pub(super) number: usize,
    pub(super) planned: &'a Planned,
    pub(super) executed: &'a Executed,
    /// The rows that nobody takes, in the order of the plan's tallies.
    pub(super) tallied: &'a [u64],
    pub(super) world: &'a World<'a>,
}

impl Account {
    /// Enters what a stage did.
    pub(super) fn enter(&mut self, pipeline: &Pipeline, stage: &Stage) {
        let Stage { number, planned, executed, tallied, world } = *stage;
        let plan = &planned.plan;
        let counts = Counts { plan, executed, world, earlier: &self.outputs, ended: ended_early(plan) };
        let mut made = Vec::new();
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
            }
            report.rows_in = node
                .from
                .iter()
                .flatten()
                .map(|link| {
                    let output =
                        pipeline.nodes.get(&link.node).and_then(|from| from.step.output(link).ok()).unwrap_or(0);
                    match planned.outputs.get(&link.node).and_then(|outputs| outputs.get(output)) {
                        Some(rows) => counts.of(*rows),
                        None => self.outputs.get(&(link.node.clone(), output)).copied().unwrap_or_default(),
                    }
                })
                .reduce(Count::plus)
                .unwrap_or_default();
            self.nodes.insert(name.clone(), report);
        }
        self.outputs.extend(made);
        for (tally, rows) in planned.plan.tallies.iter().zip(tallied) {
            let Some(report) = self.nodes.get_mut(&tally.node) else { continue };
            let became = match &tally.effect {
                Effect::Fail => "failed",
                Effect::Null => "null",
                Effect::Skip => "skipped",
                Effect::Broken(_) => continue,
            };
            report.rejected += rows;
            if *rows > 0 {
                report.rejects_became = Some(became.into());
            }
        }
        for report in self.nodes.values_mut().filter(|report| report.stage == number) {
            if let Some(Count::Exact(rows)) = report.rows_out.get("rejected") {
                report.rejected = report.rejected.max(*rows);
            }
            fill_in_the_unwired(pipeline, report);
        }
    }

    /// Rows that do not add up: a fault of ours, which must not pass for a result.
    pub(super) fn broken_laws(&self, pipeline: &Pipeline) -> Vec<Problem> {
        let lawless = |report: &NodeReport| {
            let law = pipeline.nodes.get(&report.node)?.step.card().ok()?.law;
            let (Count::Exact(rows_in), Count::Exact(out)) = (report.rows_in, main(report)) else { return None };
            let became_null = report.rejects_became.as_deref() == Some("null");
            let adds_up = match law {
                Law::RowByRow => rows_in == out + if became_null { 0 } else { report.rejected },
                Law::Fewer | Law::Group => out <= rows_in.max(1),
                Law::Sum => rows_in == out,
                Law::Split => {
                    let all: Option<u64> = report.rows_out.values().map(|count| count.exact()).sum();
                    let unseen =
                        if report.rows_out.get("rejected").is_some_and(|count| *count == Count::Exact(report.rejected))
                        {
                            0
                        } else {
                            report.rejected
                        };
                    all.is_none_or(|all| all + if became_null { 0 } else { unseen } == rows_in)
                }
                Law::Source | Law::Join | Law::SideBySide | Law::Sink => true,
            };
            (!adds_up).then(|| {
                Problem::new(format!(
                    "{rows_in} rows went in and {out} came out, which breaks the law of this node: {}",
                    law.sentence()
                ))
                .node(&report.node)
                .try_this("Please report this with the pipeline.")
            })
        };
        self.nodes.values().filter_map(lawless).collect()
    }
}

fn main(report: &NodeReport) -> Count {
    report.rows_out.get("").copied().unwrap_or_default()
}

/// What nothing is wired to was not computed, but where outputs share the rows out between them, one is the rest of the others.
fn fill_in_the_unwired(pipeline: &Pipeline, report: &mut NodeReport) {
    let step: Option<&Step> = pipeline.nodes.get(&report.node).map(|node| &node.step);
    let Some(Ok(card)) = step.map(Step::card) else { return };
    if card.law != Law::Split {
        return;
    }
    if let Some(rejected) = report.rows_out.get_mut("rejected").filter(|count| **count == Count::Unknown) {
        *rejected = Count::Exact(report.rejected);
    }
    let Count::Exact(rows_in) = report.rows_in else { return };
    let unknown: Vec<usize> = (0..report.rows_out.len()).filter(|at| report.rows_out[*at] == Count::Unknown).collect();
    let known: u64 = report.rows_out.values().filter_map(|count| count.exact()).sum();
    if let [only] = unknown[..]
        && let Some(rest) = rows_in.checked_sub(known)
    {
        report.rows_out[only] = Count::Exact(rest);
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
        let source = |rejects: bool| {
            self.world.with_opened(|opened| {
                let (_, opened) = opened.iter().find(|(node, _)| *node == entry.node)?;
                if rejects { Some(opened.rejects_count) } else { opened.rows }
            })
        };
        match &entry.op {
            Op::Inline(table) => Count::Exact(table.rows.len() as u64),
            Op::Read(_) => source(false).map_or_else(|| self.counted(rows), Count::Exact),
            Op::ReadRejects(_) => source(true).map_or(Count::Unknown, Count::Exact),
            Op::Spooled { node, output } => self.earlier.get(&(node.clone(), *output)).copied().unwrap_or_default(),
            _ if self.executed.counted.contains_key(&rows) => self.counted(rows),
            Op::Select(_) | Op::Derive { .. } | Op::Sort(_) | Op::Number { .. } | Op::Window { .. } => {
                entry.inputs.first().map_or(Count::Unknown, |input| self.of(*input))
            }
            _ => Count::Unknown,
        }
    }

    fn counted(&self, rows: Rows) -> Count {
        let Some(count) = self.executed.counted.get(&rows) else { return Count::Unknown };
        if self.ended.contains(&rows) { Count::AtLeast { at_least: *count } } else { Count::Exact(*count) }
    }
}

/// Entries whose reading a limit may end before they have given all their rows.
fn ended_early(plan: &Plan) -> HashSet<Rows> {
    let mut ended = HashSet::new();
    for (at, entry) in plan.entries.iter().enumerate().rev() {
        let limits = matches!(&entry.op, Op::Slice { count: Some(_), .. });
        if limits || ended.contains(&Rows(at)) {
            ended.extend(entry.inputs.iter().copied());
        }
    }
    ended
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
