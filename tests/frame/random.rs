//! Random pipelines of the nodes of the catalogue over random tables: the engine gives what the plan means, row by row, and no row
//! gets lost.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::node::{Inputs, Law, RESULTS};
use pipewright_engine::nodes::{CATALOG, Kind};
use pipewright_engine::params::{Field, Form, Params, Spec};
use pipewright_engine::pipeline::{Link, Node, Pipeline};
use pipewright_engine::plan::{Effect, Op, Plan, Planned, Rows};
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_runner::convert;
use pipewright_runner::files::Spool;

use crate::dice::Dice;
use crate::laboratory::{Laboratory, PANIC, difference, input_name};
use crate::oracle::plan::{TOO_LARGE, evaluate};

/// How many pipelines are tried, unless `PIPEWRIGHT_RANDOM` says so. It may name the first seed too: `100000` or `1@4711`.
const COUNT: u64 = 300;

#[test]
fn the_engine_gives_what_random_pipelines_mean() {
    let spool = Spool::open().unwrap();
    let mut tried: BTreeMap<&str, usize> = transforming().map(|kind| (kind.name, 0)).collect();
    let mut wrong = Vec::new();
    for seed in seeds() {
        let case = Case::roll(seed, &spool);
        for node in case.pipeline.nodes.values() {
            tried.entry(node.step.kind().unwrap().name).and_modify(|count| *count += 1);
        }
        if let Some(fault) = case.fault() {
            wrong.push(format!("seed {seed}: {fault}"));
        }
    }
    let first_lines: Vec<&str> = wrong.iter().filter_map(|fault| fault.lines().next()).collect();
    let whole = wrong.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{whole}\n{} in all:\n{}", wrong.len(), first_lines.join("\n"));
    let untried: Vec<_> = tried.iter().filter(|(_, count)| **count == 0).collect();
    assert!(untried.is_empty() || seeds().count() < 100, "never planned: {untried:?}");
}

#[test]
fn edits_at_random_plan_or_name_the_node_that_is_wrong() {
    let spool = Spool::open().unwrap();
    for seed in seeds() {
        let case = Case::roll(seed, &spool);
        let mut dice = Dice(seed ^ 0xed17);
        for _ in 0..5 {
            let mut edited = case.pipeline.clone();
            edit(&mut edited, &mut dice);
            let text = file::write(&edited);
            let planned = catch_unwind(AssertUnwindSafe(|| case.laboratory.plan(&edited)));
            let planned = planned.unwrap_or_else(|_| panic!("seed {seed}: planning panicked\n{text}"));
            let nameless = planned
                .problems
                .iter()
                .find(|problem| problem.node.as_ref().is_none_or(|node| !edited.nodes.contains_key(node)));
            assert!(nameless.is_none(), "seed {seed}: {nameless:?}\n{text}");
            let all = edited.nodes.keys().filter(|name| !case.laboratory.given.contains_key(*name));
            let silent = all.clone().find(|name| !planned.outputs.contains_key(*name));
            let answered = silent.is_none() || !planned.problems.is_empty() || !planned.waiting.is_empty();
            assert!(answered, "seed {seed}: nothing is said of {silent:?}\n{text}");
        }
    }
}

pub fn seeds() -> std::ops::Range<u64> {
    let wish = std::env::var("PIPEWRIGHT_RANDOM").unwrap_or_else(|_| COUNT.to_string());
    let (count, first) = wish.split_once('@').unwrap_or((&wish, "0"));
    let (count, first): (u64, u64) = (count.parse().unwrap(), first.parse().unwrap());
    first..first + count
}

/// Nodes with inputs and outputs.
fn transforming() -> impl Iterator<Item = &'static Kind> {
    CATALOG.iter().filter(|kind| !matches!(kind.card.inputs, Inputs::None) && !kind.card.outputs.is_empty())
}

struct Case<'a> {
    seed: u64,
    pipeline: Pipeline,
    planned: Planned,
    laboratory: Laboratory<'a>,
}

/// Tables grow with every join; this is large enough.
const MOST_ROWS: usize = 300;

/// What Polars plans doubles wherever something is read twice. A run keeps shared parts on disk before it grows past this; here everything
/// is executed in one go.
const LARGEST_TREE: u64 = 2_000;

impl<'a> Case<'a> {
    fn roll(seed: u64, spool: &'a Spool) -> Self {
        let mut dice = Dice(seed);
        let given: IndexMap<String, Table> = (0..1 + dice.below(3)).map(|at| (input_name(at), dice.table())).collect();
        let laboratory = Laboratory::new(given, Path::new(""), spool);
        let mut pipeline = Pipeline::default();
        pipeline.nodes.extend(laboratory.given.keys().map(|name| (name.clone(), Node::default())));
        let mut case = Self { seed, pipeline, planned: Planned::default(), laboratory };
        let kinds: Vec<&Kind> = transforming().collect();
        for at in 0..1 + dice.below(6) {
            // Every kind has its turn, however many there are.
            let kind = if at == 0 { kinds[seed as usize % kinds.len()] } else { *dice.pick(&kinds) };
            (0..30).any(|_| case.grow(&mut dice, &format!("n{at}"), kind));
        }
        case
    }

    /// Adds a node with random parameters, if that can be planned and does not grow too large.
    fn grow(&mut self, dice: &mut Dice, name: &str, kind: &Kind) -> bool {
        let links = self.links();
        let mut from: Vec<(Link, Schema)> = Vec::new();
        for _ in 0..kind.card.inputs.count(1 + dice.below(3)) {
            // Chains rather than bushes: the last ones are read more often.
            let last = links.len() - 1 - dice.below(links.len().min(3));
            let at = if dice.happens(60) { last } else { dice.below(links.len()) };
            from.push(links[at].clone());
        }
        let schemas: Vec<Schema> = from.iter().map(|(_, schema)| schema.clone()).collect();
        let mut step = (kind.step)();
        dice.fill(&mut step, &schemas);
        let from = from.into_iter().map(|(link, _)| Some(link)).collect();
        self.pipeline.nodes.insert(name.into(), Node { step, from, ..Node::default() });
        let planned = self.laboratory.plan(&self.pipeline);
        let fits = |rows: &Rows| {
            let table = evaluate(&planned.plan, *rows, &|op: &Op| self.laboratory.read(op));
            match table {
                Ok(table) => table.rows.len() <= MOST_ROWS,
                Err(reason) => reason != TOO_LARGE && dice.happens(5),
            }
        };
        let good = planned.problems.is_empty()
            && tree(&planned.plan) <= LARGEST_TREE
            && planned.outputs[name].iter().all(fits);
        if good {
            self.planned = planned;
        } else {
            self.pipeline.nodes.shift_remove(name);
        }
        good
    }

    /// Every output that a node can read, with its columns.
    fn links(&self) -> Vec<(Link, Schema)> {
        let given = self.laboratory.given.iter();
        let mut links: Vec<(Link, Schema)> =
            given.map(|(name, table)| (Link::parse(name), table.schema.clone())).collect();
        for (name, outputs) in &self.planned.outputs {
            let card = self.pipeline.nodes[name].step.card().unwrap();
            for (output, rows) in card.outputs.iter().zip(outputs) {
                let output = (!output.is_empty()).then(|| (*output).to_owned());
                links.push((Link { node: name.clone(), output }, self.planned.plan.schema(*rows).clone()));
            }
        }
        links
    }

    fn fault(&self) -> Option<String> {
        let plan = &self.planned.plan;
        let outputs = self.planned.outputs.values().flatten().copied();
        let uses = plan.uses(outputs.clone());
        // Every output in one half of the cases, only what nothing reads in the other: filters and projections travel then.
        let ends = outputs.filter(|rows| self.seed.is_multiple_of(2) || uses[rows.0] == 1);
        let ends: Vec<Rows> = ends.chain(plan.tallies.iter().map(|tally| tally.rows)).collect();
        if ends.is_empty() {
            return None;
        }
        let means = |rows: &Rows| evaluate(plan, *rows, &|op: &Op| self.laboratory.read(op));
        let meant: Vec<Result<Table, String>> = ends.iter().map(means).collect();
        let told = |what: String| {
            let given = self.laboratory.given.iter().map(|(name, table)| format!("{name}\n{table}"));
            format!("{what}\n{}\n{}", file::write(&self.pipeline), given.collect::<Vec<_>>().join("\n"))
        };
        let executed = match self.laboratory.execute(plan, &ends) {
            Ok(executed) => executed,
            Err(problem) if problem.message == PANIC || meant.iter().all(Result::is_ok) => {
                return Some(told(problem.to_string()));
            }
            Err(_) => return None,
        };
        for ((rows, ended), meant) in ends.iter().zip(executed.ends).zip(meant) {
            let node = &plan.entry(*rows).node;
            let Ok(meant) = meant else { return Some(told(format!("{node:?} does not fail"))) };
            let table = ended
                .first
                .as_ref()
                .map_or_else(|| Table::empty(meant.schema.clone()), |frame| convert::table(frame).unwrap());
            let schema = plan.schema(*rows);
            if ended.first.is_some() && table.schema != *schema {
                return Some(told(format!(
                    "{node:?} {:?} gives {:?} and not {schema:?}",
                    plan.entry(*rows).op,
                    table.schema
                )));
            }
            if let Some(text) = difference(&table, &meant) {
                return Some(told(format!("{node:?} {:?}: {text}", plan.entry(*rows).op)));
            }
            if ended.rows != meant.rows.len() as u64 {
                return Some(told(format!("{node:?}: {} rows are counted of {}", ended.rows, meant.rows.len())));
            }
        }
        self.lawless(&means).map(told)
    }

    /// A node that breaks the law of its card.
    fn lawless(&self, means: &dyn Fn(&Rows) -> Result<Table, String>) -> Option<String> {
        let count = |rows: &Rows| means(rows).map(|table| table.rows.len()).ok();
        for (name, outputs) in &self.planned.outputs {
            let node = &self.pipeline.nodes[name];
            let card = node.step.card().ok()?;
            let rows_in = node
                .from
                .iter()
                .flatten()
                .map(|link| self.rows_of(link).and_then(|rows| rows.map_or_else(Some, |rows| count(&rows))));
            let rows_in: Vec<usize> = rows_in.collect::<Option<_>>()?;
            let rows_out: Vec<usize> = outputs.iter().map(count).collect::<Option<_>>()?;
            let aside = |effect: Effect| {
                let tallies = self.planned.plan.tallies.iter().filter(|tally| tally.node == *name);
                let tallies = tallies.filter(|tally| tally.effect == effect && !outputs.contains(&tally.rows));
                tallies.map(|tally| count(&tally.rows)).sum::<Option<usize>>()
            };
            let (skipped, failed) = (aside(Effect::Skip)?, aside(Effect::Refuse)?);
            let aside = skipped + failed;
            let (all_in, first_in): (usize, usize) = (rows_in.iter().sum(), rows_in.first().copied().unwrap_or(0));
            let counted = card.outputs.iter().zip(&rows_out).filter(|(name, _)| **name != RESULTS);
            let all_out: usize = counted.map(|(_, rows)| rows).sum();
            let obeys = match card.law {
                // What makes the run fail may be a total of rows that come out: nothing is lost then, either.
                Law::RowByRow | Law::Split if failed > 0 => (all_out..=all_out + aside).contains(&first_in),
                Law::RowByRow | Law::Split => first_in == all_out + aside,
                Law::Fewer => rows_out[0] <= all_in,
                Law::Group => rows_out[0] <= all_in.max(1),
                Law::Sum => rows_out[0] == all_in,
                Law::SideBySide => Some(&rows_out[0]) == rows_in.iter().max(),
                Law::Join => rows_out[1] <= rows_in[0] && rows_out[2] <= rows_in[1],
                Law::Source | Law::Expand | Law::Summary | Law::Sink => true,
            };
            if !obeys {
                return Some(format!(
                    "{name:?} has {rows_in:?} rows in, {rows_out:?} out and {aside} aside: {}",
                    card.law.sentence()
                ));
            }
        }
        None
    }

    /// The rows behind a link: how many, for a table that is given.
    fn rows_of(&self, link: &Link) -> Option<Result<Rows, usize>> {
        if let Some(table) = self.laboratory.given.get(&link.node) {
            return Some(Err(table.rows.len()));
        }
        let output = self.pipeline.nodes[&link.node].step.output(link).ok()?;
        self.planned.outputs[&link.node].get(output).copied().map(Ok)
    }
}

/// The size of a plan in which nothing is shared.
fn tree(plan: &Plan) -> u64 {
    let mut sizes: Vec<u64> = Vec::new();
    for entry in &plan.entries {
        let inputs = entry.inputs.iter().map(|rows| sizes[rows.0]).fold(0, u64::saturating_add);
        sizes.push(inputs.saturating_add(1));
    }
    sizes.into_iter().max().unwrap_or_default()
}

/// One thing that a person might do wrong.
fn edit(pipeline: &mut Pipeline, dice: &mut Dice) {
    let names: Vec<String> = pipeline.nodes.keys().cloned().collect();
    let name = dice.pick(&names).clone();
    let other = dice.pick(&names).clone();
    let wire = |to: Link| Some(to);
    match dice.below(8) {
        // The wires to it hang in the air.
        0 => {
            let node = pipeline.nodes.shift_remove(&name).unwrap();
            pipeline.nodes.insert(format!("{name} renamed"), node);
        }
        1 => drop(pipeline.rename(&name, "another")),
        2 => drop(pipeline.nodes[&name].from.pop()),
        // Also in a circle.
        3 => pipeline.nodes[&name].from = vec![wire(Link::parse(&other))],
        4 => pipeline.nodes[&name].from.push(wire(Link { node: other, output: Some("false".into()) })),
        5 => pipeline.nodes[&name].muted ^= true,
        6 => pipeline.nodes[&name].step = (dice.pick(CATALOG).step)(),
        _ => {
            let at = dice.below(12);
            pipeline.nodes[&name].step.params(&mut Twist { dice, left: at });
        }
    }
}

/// Changes the parameter that comes after so many others.
struct Twist<'a> {
    dice: &'a mut Dice,
    left: usize,
}

impl Form for Twist<'_> {
    fn param(&mut self, _: Spec, field: Field<'_>) {
        if let Field::Lines(lines) = field {
            for at in 0..lines.len() {
                lines.line(at).into_iter().for_each(|line| line.params(self));
            }
            return;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.left = usize::MAX;
            return twist(self.dice, field);
        };
        self.left = left;
    }
}

fn twist(dice: &mut Dice, field: Field<'_>) {
    let word = (*dice.pick(&["", "zzz", "a", "1 +", "\"", "{x}", ":p", "\u{1}value 0", "a > 'x"])).to_owned();
    match field {
        Field::Switch(on) => *on = !*on,
        Field::Count(count) => *count = *dice.pick(&[0, 1, u64::MAX]),
        Field::Number(number) => *number = *dice.pick(&[0.0, -1.0, f64::NAN]),
        Field::Text(text) => *text = word,
        Field::Texts(texts) => texts.push(word),
        Field::Formula(formula) => formula.0 = word,
        Field::Query(query) => query.0 = format!("{} {word}", query.0),
        Field::Secret(secret) => secret.0 = word,
        Field::Column(name) => name.0 = word,
        Field::Columns(names) => names.push(word.as_str().into()),
        Field::NewColumn(name) => name.0 = word,
        Field::File(path) => path.0 = word,
        Field::Kind(kind) => *kind = dice.kind(),
        Field::Choice(choice) => choice.choose(dice.below(choice.options().len())),
        Field::Optional(optional) => {
            optional.set(!optional.is_set());
            if let Some(field) = optional.inner() {
                twist(dice, field);
            }
        }
        Field::Cells(rows) => rows.push(vec![Some(word)]),
        Field::Kinds(_) | Field::Lines(_) => {}
    }
}
