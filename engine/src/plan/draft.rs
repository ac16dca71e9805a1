//! Planning a pipeline: asks each node, in the order of the wires, what it does to its inputs, and collects what is wrong.

use indexmap::{IndexMap, IndexSet};

use super::columns::column;
use super::fate::Fate;
use super::op::{REJECT_COLUMNS, ROUND};
use super::unique::{self, Unique};
use super::{
    Checkpoint, Computed, Effect, Entry, Estimate, FAILED_COLUMN, FAILED_REASON, FAILED_VALUE, Kept, Op, Pick, Plan,
    Rows, Sink, Source, Sunk, Tally, Unmet,
};
use crate::formula::{Expr, Formula, Function, Scope, quoted};
use crate::nodes::{OnError, Step};
use crate::params::{ColumnName, FilePath, Secret};
use crate::pipeline::{Link, Node, Pipeline};
use crate::problem::{Cause, Problem};
use crate::secret;
use crate::table::Table;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// What planning must be told about the world.
pub trait Facts {
    /// The columns of a source, and those of its rejects; none while nobody has looked.
    fn source(&self, node: &str, source: &Source) -> Result<Option<(Schema, Schema)>, Problem>;
    /// How many rows a source has, as far as that is known without reading it.
    fn rows(&self, _node: &str) -> Option<u64> {
        None
    }
    /// The answer to a question of that node, once its inputs were kept by an earlier stage.
    fn answer(&self, node: &str) -> Option<&[Value]>;
    /// The columns of a node's output, if an earlier stage kept it.
    fn kept(&self, node: &str, output: usize) -> Option<&Schema>;
    /// Whether an earlier stage has done all of this node.
    fn done(&self, node: &str) -> bool;
    /// Whether this output must be kept before anything reads it.
    fn cut(&self, node: &str, output: usize) -> bool;
    /// The value of a secret. It goes no further than to be looked at.
    fn secret(&self, name: &str) -> Option<String> {
        secret::of_environment(name)
    }
}

/// What a node must know of the data in its input before its columns are known: the different values of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub node: String,
    pub input: Link,
    pub column: String,
    /// More values than this are a problem.
    pub most: u64,
}

/// Why a node was not planned.
#[derive(Debug)]
pub enum Halt {
    Problem(Problem),
    /// Something must be known first: a question was asked, or a source not looked at.
    Wait,
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// A pipeline, planned as far as it can be.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub plan: Plan,
    /// The outputs of each planned node, in the order of its card.
    pub outputs: IndexMap<String, Vec<Rows>>,
    pub problems: Vec<Problem>,
    pub questions: Vec<Question>,
    /// Nodes that must wait for an answer, or for a node that waits.
    pub waiting: IndexSet<String>,
}

impl Planned {
    /// Rejected rows that a part of the pipeline takes that is not planned do not make a run fail.
    pub fn leave_rejects_to(&mut self, taken: &IndexSet<String>) {
        for tally in self.plan.tallies.iter_mut().filter(|tally| taken.contains(&tally.node)) {
            if tally.effect == Effect::Fail {
                tally.effect = Effect::Taken;
            }
        }
    }
}

/// A plan in the making, as a node sees it.
pub struct Draft<'a> {
    facts: &'a dyn Facts,
    parameters: &'a IndexMap<String, Value>,
    now: i64,
    planned: Planned,
    /// A guess for each entry of the plan.
    estimates: Vec<Estimate>,
    /// What is unique in the rows of each.
    unique: Vec<Vec<Unique>>,
    /// The node that plans at the moment, and what is wired to it.
    node: String,
    from: Vec<Option<Link>>,
}

/// A place in a plan in the making.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(super) entries: usize,
    tallies: usize,
}

impl Pipeline {
    /// Plans every node that can be planned. Nodes behind a problem are left out silently: one mistake, one message.
    ///
    /// `now` is the one instant of the run, in microseconds of UTC.
    pub fn plan(&self, parameters: &IndexMap<String, Value>, now: i64, facts: &dyn Facts) -> Planned {
        let order = match self.in_order() {
            Ok(order) => order,
            Err(cycle) => {
                let path = cycle.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" → ");
                let problem = Problem::new(format!("These nodes read each other in a circle: {path}."))
                    .node(cycle[0])
                    .at("from")
                    .try_this("Cut one of the wires.");
                return Planned { problems: vec![problem], ..Planned::default() };
            }
        };
        let mut draft = Draft {
            facts,
            parameters,
            now,
            planned: Planned::default(),
            estimates: Vec::new(),
            unique: Vec::new(),
            node: String::new(),
            from: Vec::new(),
        };
        for name in order {
            if facts.done(name) {
                continue;
            }
            let node = &self.nodes[name];
            draft.node = name.to_owned();
            draft.from = node.from.clone();
            match draft.plan_node(self, node) {
                Ok(outputs) => drop(draft.planned.outputs.insert(name.to_owned(), outputs)),
                Err(Halt::Wait) => drop(draft.planned.waiting.insert(name.to_owned())),
                // A message without words stands for one already given upstream.
                Err(Halt::Problem(problem)) if problem.message.is_empty() => {}
                Err(Halt::Problem(problem)) => {
                    let problem = draft.with_fate(self, node, problem).node(name);
                    draft.planned.problems.push(problem);
                }
            }
        }
        draft.keep_what_waiting_nodes_read(self);
        draft.count_what_nobody_takes(self);
        draft.loosen();
        draft.planned
    }
}

impl Draft<'_> {
    pub fn schema(&self, rows: Rows) -> &Schema {
        self.planned.plan.schema(rows)
    }

    /// What is another text in every run and for every node.
    pub fn seed(&self) -> String {
        format!("{} {}", self.now, self.node)
    }

    /// Adds an operation.
    pub fn add(&mut self, op: Op, inputs: &[Rows]) -> Result<Rows, Problem> {
        let schemas: Vec<&Schema> = inputs.iter().map(|rows| self.schema(*rows)).collect();
        let schema = op.columns(&schemas)?;
        Ok(self.enter(op, inputs, schema))
    }

    /// What would be wrong with an operation, so that a node can say which of its parameters is to blame.
    pub fn allows(&self, op: &Op, inputs: &[Rows]) -> Result<(), Problem> {
        let schemas: Vec<&Schema> = inputs.iter().map(|rows| self.schema(*rows)).collect();
        op.columns(&schemas).map(drop)
    }

    pub(super) fn enter(&mut self, op: Op, inputs: &[Rows], schema: Schema) -> Rows {
        let node = self.node.clone();
        self.estimates.push(match op {
            Op::Read(_) => Estimate::source(self.facts.rows(&node)),
            _ => Estimate::after(&op, &inputs.iter().map(|rows| self.estimate(*rows)).collect::<Vec<_>>()),
        });
        let before: Vec<&[Unique]> = inputs.iter().map(|rows| self.unique(*rows)).collect();
        self.unique.push(unique::after(&op, &before));
        self.planned.plan.entries.push(Entry { op, inputs: inputs.to_vec(), schema, node });
        Rows(self.planned.plan.entries.len() - 1)
    }

    /// How many rows come out of an operation, as a guess.
    pub(crate) fn estimate(&self, rows: Rows) -> Estimate {
        self.estimates[rows.0]
    }

    /// In which columns no two of these rows are equal, as far as that is known without reading them.
    pub(crate) fn unique(&self, rows: Rows) -> &[Unique] {
        &self.unique[rows.0]
    }

    /// Whether a join is among what these rows are made of.
    pub(crate) fn joins(&self, rows: Rows) -> bool {
        let plan = &self.planned.plan;
        plan.above(rows).into_iter().any(|above| matches!(plan.entry(above).op, Op::Join(_)))
    }

    /// How often each entry is read on the way to these rows.
    pub(super) fn uses(&self, rows: Rows) -> Vec<usize> {
        self.planned.plan.uses([rows])
    }

    /// Where the plan stands, to come back to if what follows is not wanted.
    pub(crate) fn mark(&self) -> Mark {
        Mark { entries: self.planned.plan.entries.len(), tallies: self.planned.plan.tallies.len() }
    }

    /// The values of the pipeline's parameters.
    pub fn parameters(&self) -> &IndexMap<String, Value> {
        self.parameters
    }

    /// What stands in a formula for the value of a secret. `fits` says what is wrong with the value, without telling it.
    pub fn secret(
        &self,
        named: &Secret,
        parameter: &str,
        fits: impl FnOnce(&str) -> Result<(), Problem>,
    ) -> Result<Expr, Problem> {
        let name = secret::name_of(named).map_err(|problem| problem.at(parameter))?;
        let Some(value) = self.facts.secret(name).filter(|value| !value.is_empty()) else {
            return Err(secret::missing(name).at(parameter));
        };
        fits(&value).map_err(|problem| problem.at(parameter))?;
        Ok(Expr::literal(Value::Text(secret::stand_in(name, &value))))
    }

    /// The one instant of the run, in microseconds of UTC.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Types a formula against columns.
    pub fn compile(&self, formula: &Formula, columns: &Schema, parameter: &str) -> Result<Expr, Problem> {
        let scope = Scope { columns, parameters: self.parameters, now: self.now };
        if formula.0.trim().is_empty() {
            return Err(Problem::new("The formula is empty.").at(parameter));
        }
        formula.compile(&scope).map_err(|problem| problem.at(parameter))
    }

    pub fn column(&self, rows: Rows, name: &ColumnName, parameter: &str) -> Result<&Column, Problem> {
        if name.0.is_empty() {
            return Err(Problem::new("Choose a column.").at(parameter));
        }
        column(self.schema(rows), &name.0).map_err(|problem| problem.at(parameter))
    }

    /// A path with `{parameter}` replaced.
    pub fn path(&self, path: &FilePath) -> Result<FilePath, Problem> {
        let mut text = String::new();
        let mut rest = path.0.as_str();
        if rest.trim().is_empty() {
            return Err(Problem::new("No file is chosen.").at("path").try_this("Write the path of a file."));
        }
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else {
                return Err(Problem::new(format!("A brace is not closed in {:?}.", path.0)).at("path"));
            };
            let name = &rest[open + 1..open + length];
            let Some(value) = self.parameters.get(name) else {
                let known = self.parameters.keys().map(String::as_str);
                let mut problem = Problem::unknown("parameter", name, known).at("path");
                if problem.suggestion.is_none() {
                    problem = problem.try_this(format!("Add it: parameters: {{ {name:?}: (kind: Text) }}."));
                }
                return Err(problem);
            };
            text.push_str(&rest[..open]);
            text.push_str(&value.to_string());
            rest = &rest[open + length + 1..];
        }
        text.push_str(rest);
        Ok(FilePath(text))
    }

    /// The rows of a source and its rejects.
    pub fn read(&mut self, source: Source, on_error: OnError) -> Result<Vec<Rows>, Halt> {
        let Some((schema, rejects)) = self.facts.source(&self.node, &source)? else { return Err(Halt::Wait) };
        let rows = self.enter(Op::Read(source.clone()), &[], schema);
        let rejected = self.enter(Op::ReadRejects(source), &[], rejects);
        Ok(vec![rows, self.settle(rejected, on_error)])
    }

    /// Where the files of a source differ.
    pub fn drift(&mut self, source: Source, schema: Schema) -> Rows {
        self.enter(Op::ReadDrift(source), &[], schema)
    }

    /// Rows that later runs take from a folder, if nothing they depend on changes.
    pub fn keep(&mut self, rows: Rows, folder: FilePath, hours: Option<u64>) {
        self.planned.plan.checkpoints.push(Checkpoint { node: self.node.clone(), rows, folder, hours });
    }

    pub fn write(&mut self, sink: Sink, rows: Rows) -> Vec<Rows> {
        self.planned.plan.sinks.push(Sunk { node: self.node.clone(), sink, rows });
        Vec::new()
    }

    pub fn select(&mut self, rows: Rows, picks: Vec<Pick>) -> Result<Rows, Problem> {
        self.add(Op::Select(picks), &[rows])
    }

    pub fn filter(&mut self, rows: Rows, condition: Expr) -> Result<Rows, Problem> {
        self.add(Op::Filter { condition }, &[rows])
    }

    /// Computes columns, each of which sees those before it. Rows in which one fails come out second, as they came in and
    /// with the reason, or as `on_error` says.
    pub fn derive(
        &mut self,
        rows: Rows,
        mut columns: Vec<Computed>,
        on_error: OnError,
    ) -> Result<(Rows, Rows), Problem> {
        let before = self.schema(rows).clone();
        if !columns.iter().any(|column| column.formula.can_fail()) {
            let done = self.add(Op::Derive { columns, failures: false }, &[rows])?;
            return Ok((done, self.nothing_rejected(&before)));
        }
        // Values go under names of their own first, so that a rejected row still has what it came with.
        let hidden = |at: usize| format!("\u{1}value {at}");
        let named: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        for (at, column) in columns.iter_mut().enumerate() {
            column.formula.rename_columns(&|read| named[..at].iter().rposition(|earlier| earlier == read).map(hidden));
            column.name = hidden(at);
        }
        let tried = self.add(Op::Derive { columns, failures: true }, &[rows])?;
        let mut after: Vec<Pick> = before.names().map(Pick::same).collect();
        for (at, name) in named.iter().enumerate() {
            let pick = Pick::renamed(hidden(at), name);
            match after.iter_mut().find(|pick| pick.name == *name) {
                Some(old) => *old = pick,
                None => after.push(pick),
            }
        }
        let reason = Expr { kind: Type::Text, node: crate::formula::Node::Column(FAILED_REASON.into()) };
        let fine = Expr::call(Function::IsNull, vec![reason])?;
        let good = match on_error {
            OnError::Null => tried,
            OnError::Reject | OnError::Skip => self.filter(tried, fine.clone())?,
        };
        let done = self.select(good, after)?;
        let bad = self.filter(tried, fine.is_not_true()?)?;
        let rejected = self.select(bad, reject_picks(&before))?;
        Ok((done, self.settle(rejected, on_error)))
    }

    /// A promise about the data: the run fails with `message` if there is any row.
    pub fn expect_none(&mut self, rows: Rows, message: impl Into<String>) {
        self.tally(rows, Effect::Broken(message.into()));
    }

    /// Rows that tell of expectations about the data that are not met.
    pub fn expect_met(&mut self, rows: Rows, unmet: Unmet) {
        self.tally(rows, Effect::Unmet(unmet));
    }

    /// Rows that fail without an output to go to: the run ends with their count and the first of them.
    pub fn refuse(&mut self, rows: Rows) {
        self.tally(rows, Effect::Refuse);
    }

    /// Rows that the node leaves out as its user wishes: how many is reported.
    pub fn leave_out(&mut self, rows: Rows) {
        self.tally(rows, Effect::Skip);
    }

    pub(super) fn tally(&mut self, rows: Rows, effect: Effect) {
        self.planned.plan.tallies.push(Tally { node: self.node.clone(), rows, effect });
    }

    /// What is wired to an input, as the pipeline's file has it: `large.false`.
    pub fn input_name(&self, port: usize) -> String {
        self.from.get(port).and_then(Option::as_ref).map(Link::to_string).unwrap_or_default()
    }

    /// The different values of a column of the first input as they are first seen, or the wait for them.
    pub fn values(&mut self, column: &str, most: u64) -> Result<Vec<Value>, Halt> {
        if let Some(values) = self.facts.answer(&self.node) {
            return Ok(values.to_vec());
        }
        let Some(Some(input)) = self.from.first().cloned() else { return Err(Halt::Wait) };
        self.planned.questions.push(Question { node: self.node.clone(), input, column: column.into(), most });
        Err(Halt::Wait)
    }

    /// What a round of a recursion is given.
    pub(crate) fn of_round(&mut self, output: usize, schema: Schema) -> Rows {
        self.enter(Op::Spooled { node: ROUND.into(), output }, &[], schema)
    }

    /// Whether something that was added since then reads these rows.
    pub(crate) fn reads(&self, since: Mark, rows: Rows) -> bool {
        self.planned.plan.entries[since.entries..].iter().any(|entry| entry.inputs.contains(&rows))
    }

    /// Takes back what was added since then.
    pub(crate) fn take_out(&mut self, since: Mark) -> (Vec<Entry>, Vec<Tally>) {
        self.estimates.truncate(since.entries);
        self.unique.truncate(since.entries);
        let plan = &mut self.planned.plan;
        (plan.entries.split_off(since.entries), plan.tallies.split_off(since.tallies))
    }

    /// Takes out what was added since then, as the step of a recursion, and says where its `rows` are now and what it reads of the rest.
    pub(crate) fn taken_out(&mut self, since: Mark, rows: Rows) -> (Plan, Rows, Vec<Rows>) {
        let (mut entries, mut tallies) = self.take_out(since);
        let mut outside: IndexSet<Rows> = IndexSet::new();
        outside.extend(entries.iter().flat_map(|entry| &entry.inputs).filter(|input| input.0 < since.entries));
        let moved = |rows: Rows| match outside.get_index_of(&rows) {
            Some(at) => Rows(at),
            None => Rows(rows.0 - since.entries + outside.len()),
        };
        entries.iter_mut().flat_map(|entry| &mut entry.inputs).for_each(|input| *input = moved(*input));
        tallies.iter_mut().for_each(|tally| tally.rows = moved(tally.rows));
        let given = outside.iter().enumerate().map(|(at, rows)| Entry {
            op: Op::Spooled { node: ROUND.into(), output: at + 2 },
            inputs: Vec::new(),
            ..self.planned.plan.entry(*rows).clone()
        });
        let entries = given.chain(entries).collect();
        let rows = moved(rows);
        (Plan { entries, tallies, ..Plan::default() }, rows, outside.into_iter().collect())
    }

    pub fn nothing(&mut self, schema: Schema) -> Rows {
        self.enter(Op::Inline(Table::empty(schema.clone())), &[], schema)
    }

    fn nothing_rejected(&mut self, before: &Schema) -> Rows {
        self.nothing(reject_schema(before))
    }

    /// What becomes of rejected rows: with `Null` and `Skip` they are only counted, and the output stays empty.
    fn settle(&mut self, rejected: Rows, on_error: OnError) -> Rows {
        let effect = match on_error {
            OnError::Reject => return rejected,
            OnError::Null => Effect::Null,
            OnError::Skip => Effect::Skip,
        };
        self.tally(rejected, effect);
        let schema = self.schema(rejected).clone();
        self.nothing(schema)
    }

    fn plan_node(&mut self, pipeline: &Pipeline, node: &Node) -> Result<Vec<Rows>, Halt> {
        let card = node.step.card()?;
        let mut inputs = Vec::new();
        let mut waits = false;
        let mut broken = false;
        let problem = |problem: Problem, port: usize| problem.at(format!("from[{port}]"));
        for port in 0..card.inputs.count(node.from.len()) {
            let Some(link) = node.from.get(port).cloned().flatten() else {
                let name = card.inputs.name(port);
                return Err(problem(Problem::new(format!("Nothing is wired to the input {name:?}.")), port)
                    .try_this("Wire an output to it; in the file, `from` names it.")
                    .into());
            };
            match self.input(pipeline, &link) {
                Ok(rows) => inputs.push(rows),
                Err(Halt::Wait) => waits = true,
                Err(Halt::Problem(found)) if found.message.is_empty() => broken = true,
                Err(Halt::Problem(found)) => return Err(problem(found, port).into()),
            }
        }
        if let Some(extra) = node.from.get(card.inputs.count(node.from.len())).cloned().flatten() {
            let count = card.inputs.count(0);
            return Err(Problem::new(format!("{:?} is wired to an input that does not exist.", extra.to_string()))
                .at("from")
                .try_this(match count {
                    0 => "This node takes no input: leave `from` out.".to_owned(),
                    1 => "This node takes one input.".to_owned(),
                    count => format!("This node takes {count} inputs."),
                })
                .into());
        }
        if broken {
            return Err(Problem::default().into());
        }
        if waits {
            return Err(Halt::Wait);
        }
        if node.muted {
            return self.pass_through(card.outputs, &inputs);
        }
        node.step.check_columns(&inputs.iter().map(|rows| self.schema(*rows)).collect::<Vec<_>>())?;
        let outputs = node.step.plan(self, &inputs)?;
        node.step.idle().into_iter().for_each(|problem| self.warn(problem));
        Ok(outputs)
    }

    /// Says something of the node that plans, which goes on.
    pub fn warn(&mut self, problem: Problem) {
        self.planned.problems.push(problem.node(&self.node));
    }

    fn input(&mut self, pipeline: &Pipeline, link: &Link) -> Result<Rows, Halt> {
        let Some(from) = pipeline.nodes.get(&link.node) else {
            return Err(Problem::unknown("node", &link.node, pipeline.nodes.keys().map(String::as_str)).into());
        };
        // What is wrong with it is said once, for that node.
        if matches!(from.step, Step::Broken(_)) {
            return Err(Problem::default().into());
        }
        let output = from.step.output(link)?;
        if let Some(schema) = self.facts.kept(&link.node, output).cloned() {
            let op = Op::Spooled { node: link.node.clone(), output };
            let known = self.planned.plan.entries.iter().position(|entry| entry.op == op);
            return Ok(known.map_or_else(|| self.enter(op, &[], schema), Rows));
        }
        if self.planned.waiting.contains(&link.node) || self.facts.cut(&link.node, output) {
            return Err(Halt::Wait);
        }
        // A node that could not be planned has said why.
        let outputs = self.planned.outputs.get(&link.node).ok_or_else(Problem::default)?;
        Ok(outputs.get(output).copied().ok_or_else(Problem::default)?)
    }

    /// Where a column is missing: what became of it above. A name that only looks like it would be another column.
    fn with_fate(&self, pipeline: &Pipeline, node: &Node, mut problem: Problem) -> Problem {
        let Some(Cause::NoColumn { name, .. }) = problem.cause.as_deref() else { return problem };
        let inputs = node.from.iter().flatten().filter_map(|link| {
            let output = pipeline.nodes.get(&link.node)?.step.output(link).ok()?;
            self.planned.outputs.get(&link.node)?.get(output).copied()
        });
        let fates: Vec<Fate> = inputs.filter_map(|rows| self.planned.plan.fate(rows, name)).collect();
        let renamed = fates.iter().find(|fate| matches!(fate, Fate::Renamed { .. }));
        match renamed.or(fates.first()) {
            None => problem,
            Some(Fate::Renamed { to, node }) => {
                let cause = Cause::NoColumn { name: name.clone(), renamed_in: Some(node.clone()) };
                // In a formula a name may need quotes.
                let written = if problem.place.is_some() { quoted(to) } else { to.clone() };
                problem.cause = Some(Box::new(cause));
                problem.try_this(format!("Renamed to {to:?} in {node:?}: use it.")).replace_with(written)
            }
            Some(Fate::LeftOut { node }) => {
                problem.replacement = None;
                problem.try_this(format!("{node:?} leaves it out: let it through there, or do without it here."))
            }
        }
    }

    /// A muted node: its first output is its first input, all others are empty.
    fn pass_through(&mut self, outputs: &[&str], inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let Some(first) = inputs.first().copied() else {
            return Err(Problem::new("A muted node without inputs has no rows.").at("muted").into());
        };
        let others = outputs.iter().skip(1).map(|output| {
            let schema = match *output {
                "rejected" => reject_schema(self.schema(first)),
                "right_only" => inputs.get(1).map(|right| self.schema(*right).clone()).unwrap_or_default(),
                _ => self.schema(first).clone(),
            };
            self.nothing(schema)
        });
        let others: Vec<Rows> = others.collect();
        Ok(outputs.first().map(|_| first).into_iter().chain(others).collect())
    }

    /// Within a node, joins need not keep an order that none of its outputs shows.
    fn loosen(&mut self) {
        let plan = &self.planned.plan;
        let ends = self.planned.outputs.values().flatten().copied();
        let kept = plan.spools.iter().map(|kept| kept.rows).chain(plan.checkpoints.iter().map(|kept| kept.rows));
        let ends: Vec<Rows> = ends.chain(kept).chain(plan.sinks.iter().map(|sunk| sunk.rows)).collect();
        self.planned.plan.loosen(ends, &self.unique);
    }

    fn keep_what_waiting_nodes_read(&mut self, pipeline: &Pipeline) {
        let mut kept: IndexSet<(String, usize)> = IndexSet::new();
        for name in &self.planned.waiting {
            for link in pipeline.nodes[name].from.iter().flatten() {
                let Some(from) = pipeline.nodes.get(&link.node) else { continue };
                let Ok(output) = from.step.output(link) else { continue };
                let Some(rows) = self.planned.outputs.get(&link.node).and_then(|outputs| outputs.get(output)) else {
                    continue;
                };
                if kept.insert((link.node.clone(), output)) {
                    self.planned.plan.spools.push(Kept { node: link.node.clone(), output, rows: *rows });
                }
            }
        }
    }

    /// Rejects that are wired to nothing, or to what leads nowhere, fail the run at its end.
    fn count_what_nobody_takes(&mut self, pipeline: &Pipeline) {
        let taken = pipeline.with_rejects_taken();
        for (name, outputs) in &self.planned.outputs {
            let Ok(card) = pipeline.nodes[name].step.card() else { continue };
            let Some(at) = card.outputs.iter().position(|output| *output == "rejected") else { continue };
            let rows = outputs[at];
            let empty = matches!(&self.planned.plan.entry(rows).op, Op::Inline(table) if table.rows.is_empty());
            if !taken.contains(name) && !empty {
                self.planned.plan.tallies.push(Tally { node: name.clone(), rows, effect: Effect::Fail });
            }
        }
    }
}

/// The columns of rejected rows: what came in, then column, value and reason.
pub fn reject_schema(before: &Schema) -> Schema {
    let mut schema = before.clone();
    for (name, kind) in REJECT_COLUMNS {
        let name = schema.free_name(name);
        schema.0.push(Column::new(name, kind));
    }
    schema
}

fn reject_picks(before: &Schema) -> Vec<Pick> {
    let mut picks: Vec<Pick> = before.names().map(Pick::same).collect();
    let names = reject_schema(before).0.into_iter().skip(before.0.len()).map(|column| column.name);
    picks.extend(
        [FAILED_COLUMN, FAILED_VALUE, FAILED_REASON].into_iter().zip(names).map(|(from, to)| Pick::renamed(from, to)),
    );
    picks
}
