//! The part of a plan that is one node, to be executed by itself over rows that are held.

use std::collections::HashMap;

use pipewright_engine::plan::{Effect, Entry, Op, Plan, Planned, Rows, Tally};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame};

use super::sources::Sample;
use crate::convert;
use crate::engine::run::name_culprits;
use crate::host::Cancel;
use crate::lower::{SourceOutput, Tables};
use crate::secrets::Secrets;
use crate::sink::To;
use crate::stage::{End, Ended, Stopped, execute};
use crate::verdict::{self, Judge};

/// Rows that an output keeps at most, if not more came in: a cross join must not take all of the memory.
const MOST: usize = 100_000;

pub(super) struct Part<'a> {
    planned: &'a Planned,
    node: &'a str,
    pub(super) outputs: &'a [Rows],
    /// What is told of its rows. What it rejects is an output, and what somebody wished is told by runs.
    tallies: Vec<&'a Tally>,
    /// What it reads of other nodes.
    pub(super) inputs: Vec<Rows>,
    /// Entries of its own, in the order of the plan.
    own: Vec<usize>,
}

/// The outputs of a node and what is wrong with their rows; or why there are none.
type Answer = Result<(Vec<Made>, Vec<Problem>), Vec<Problem>>;

/// An output of a node that was executed.
pub(super) struct Made {
    pub(super) frame: Option<DataFrame>,
    pub(super) cut: bool,
}

impl<'a> Part<'a> {
    /// None for a node that is not planned.
    pub(super) fn of(planned: &'a Planned, node: &'a str) -> Option<Self> {
        let outputs = planned.outputs.get(node)?;
        let plan = &planned.plan;
        let is_told = |tally: &&Tally| {
            tally.node == node && matches!(tally.effect, Effect::Broken(_) | Effect::Unmet(_) | Effect::Refuse)
        };
        let tallies = plan.tallies.iter().filter(is_told).collect();
        let mut part = Self { planned, node, outputs, tallies, inputs: Vec::new(), own: Vec::new() };
        let mut left: Vec<Rows> = part.ends().collect();
        let mut seen = Vec::new();
        while let Some(rows) = left.pop() {
            if seen.contains(&rows) {
                continue;
            }
            seen.push(rows);
            let entry = plan.entry(rows);
            if entry.node != node {
                part.inputs.push(rows);
                continue;
            }
            part.own.push(rows.0);
            left.extend(&entry.inputs);
        }
        part.own.sort_unstable();
        part.inputs.sort_unstable();
        Some(part)
    }

    pub(super) fn has_verdict(&self) -> bool {
        !self.tallies.is_empty()
    }

    /// What is told of which rows: it must be looked at again when it is another.
    pub(super) fn told(&self) -> Vec<(usize, &'a Effect)> {
        self.tallies.iter().map(|tally| (tally.rows.0, &tally.effect)).collect()
    }

    fn ends(&self) -> impl Iterator<Item = Rows> {
        self.outputs.iter().copied().chain(self.tallies.iter().map(|tally| tally.rows))
    }

    /// Its outputs, those that are of another node left out. `inputs` are as in [`Self::inputs`].
    pub(super) fn execute(
        &self,
        inputs: Vec<DataFrame>,
        sample: Option<&Sample>,
        secrets: &Secrets,
        cancel: &Cancel,
        judge: &Judge,
    ) -> Result<Answer, Stopped> {
        let most = inputs.iter().map(DataFrame::height).sum::<usize>().max(MOST);
        let (mut plan, places) = self.alone(most);
        let gather = |rows: Rows, first| End { node: self.node.to_owned(), rows, to: To::Gather { first } };
        let own = |rows: &Rows| self.planned.plan.entry(*rows).node == self.node;
        let wanted: Vec<bool> = self.outputs.iter().map(own).collect();
        let outputs = self.outputs.iter().zip(&wanted).filter(|(_, own)| **own);
        let mut ends: Vec<End> = outputs.map(|(rows, _)| gather(places[rows], most)).collect();
        let made = ends.len();
        let tallies = self.tallies.iter().map(|tally| Tally { rows: places[&tally.rows], ..(*tally).clone() });
        plan.tallies = tallies.collect();
        ends.extend(plan.tallies.iter().map(verdict::gathered));
        let given = Given { inputs, sample, secrets };
        let executed = execute(&plan, &ends, &given, cancel, &|_| {}).map_err(|stopped| name_culprits(stopped, &plan));
        // What is said of these rows goes by the whole plan, which knows what they are made from.
        let tell = |(tally, ended): (&&Tally, &Ended)| {
            let problem = judge.tell(&self.planned.plan, tally, ended)?;
            Some((problem, matches!(tally.effect, Effect::Broken(_))))
        };
        let executed = match executed {
            Err(Stopped::Failed(failure)) => {
                let failure = failure.node(self.node);
                return Ok(Err(verdict::after(failure, &plan, &given, cancel, &Judge::default())));
            }
            executed => executed?,
        };
        let (rows, told) = executed.ends.split_at(made);
        let told: Vec<(Problem, bool)> = self.tallies.iter().zip(told).filter_map(tell).collect();
        // Where a promise is broken the rows are not what they seem.
        let broken = told.iter().any(|(problem, broken)| *broken && problem.is_error());
        let told: Vec<Problem> = told.into_iter().map(|(problem, _)| problem).collect();
        if broken {
            return Ok(Err(told));
        }
        let mut rows = rows.iter();
        let made = |(at, own): (&Rows, &bool)| match if *own { rows.next() } else { None } {
            None => Made { frame: None, cut: false },
            // Where there are no rows, no frame may have come by.
            Some(ended) => Made {
                cut: ended.rows > most as u64,
                frame: Some(ended.first.clone().unwrap_or_else(|| none(self.planned.plan.schema(*at)))),
            },
        };
        Ok(Ok((self.outputs.iter().zip(&wanted).map(made).collect(), told)))
    }

    /// A plan of the entries of this node alone, reading inputs as kept tables, and where the ends are in it. Rows beyond `most` and
    /// one more are not asked for.
    fn alone(&self, most: usize) -> (Plan, HashMap<Rows, Rows>) {
        let whole = &self.planned.plan;
        let mut plan = Plan::default();
        let mut places: HashMap<Rows, Rows> = HashMap::new();
        let mut enter = |op: Op, inputs: Vec<Rows>, rows: Rows, places: &mut HashMap<Rows, Rows>| {
            plan.entries.push(Entry { op, inputs, schema: whole.schema(rows).clone(), node: self.node.to_owned() });
            places.insert(rows, Rows(plan.entries.len() - 1));
        };
        for (at, rows) in self.inputs.iter().enumerate() {
            enter(Op::Spooled { node: String::new(), output: at }, Vec::new(), *rows, &mut places);
        }
        let mut joins = false;
        for at in &self.own {
            let entry = &whole.entries[*at];
            joins |= matches!(entry.op, Op::Join(_));
            let inputs = entry.inputs.iter().map(|rows| places[rows]).collect();
            enter(entry.op.clone(), inputs, Rows(*at), &mut places);
        }
        // Nothing else makes more rows than come in.
        if joins {
            for rows in self.outputs.iter().filter(|rows| whole.entry(**rows).node == self.node) {
                let first = Op::Slice { skip: 0, count: Some(most as u64 + 1) };
                let from = places[rows];
                enter(first, vec![from], *rows, &mut places);
            }
        }
        (plan, places)
    }
}

fn none(schema: &Schema) -> DataFrame {
    DataFrame::empty_with_schema(&convert::polars_schema(schema))
}

struct Given<'a> {
    inputs: Vec<DataFrame>,
    sample: Option<&'a Sample>,
    secrets: &'a Secrets,
}

impl Tables for Given<'_> {
    fn source(&self, node: &str, output: SourceOutput) -> Result<LazyFrame, Problem> {
        let Some(sample) = self.sample else { return Err(Problem::new("The source was not opened.").node(node)) };
        let frame = match output {
            SourceOutput::Rows => &sample.rows,
            SourceOutput::Rejects => &sample.rejected,
            SourceOutput::Drift => &sample.drift,
        };
        Ok(frame.clone().lazy())
    }

    fn kept(&self, node: &str, output: usize) -> Result<LazyFrame, Problem> {
        let Some(frame) = self.inputs.get(output) else {
            return Err(Problem::new("These rows are not held.").node(node));
        };
        Ok(frame.clone().lazy())
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name)
    }
}
