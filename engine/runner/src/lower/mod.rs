//! Plan → Polars. One function for each operation, each with the meaning that the operation's own words promise.
//!
//! Columns that the lowering adds for itself begin with `\u{2}`, those that nodes add with `\u{1}`, so that neither takes the
//! other's for its own.

mod aggregate;
mod edges;
mod explode;
mod filled;
mod formula;
mod frames;
mod group;
mod join;
mod means;
mod unpivot;
mod window;

use std::borrow::Cow;
use std::collections::HashMap;

use pipewright_engine::formula::Expr as Formula;
use pipewright_engine::plan::{
    self, Computed, Entry, FAILED_COLUMN, FAILED_REASON, FAILED_VALUE, Keep, Op, Pick, Plan, Rows, SortKey,
};
use pipewright_engine::problem::Problem;
use pipewright_engine::secret;
use pipewright_engine::types::{Schema as OurSchema, Storage, Type};
use pipewright_engine::value::Value;
use polars::prelude::*;

use crate::convert;
use crate::host::Cancel;
use crate::ops;
use crate::watch::{Counter, barrier, guard};

pub use filled::Filled;

/// What a source gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceOutput {
    Rows,
    Rejects,
    /// Where its files differ.
    Drift,
}

/// Where the rows of sources and of tables kept by earlier stages come from.
pub trait Tables {
    /// The rows of the source at this entry of the plan.
    fn source(&self, node: &str, output: SourceOutput) -> Result<LazyFrame, Problem>;
    fn kept(&self, node: &str, output: usize) -> Result<LazyFrame, Problem>;
    /// The columns of the source at this entry that are known to have no nulls.
    fn filled(&self, _node: &str) -> Filled {
        Filled::default()
    }
    /// The value of a secret, looked up where it is used.
    fn secret(&self, name: &str) -> Option<String>;
}

/// The frames of a plan, and the counters put between them.
pub struct Lowered {
    frames: Vec<Option<LazyFrame>>,
    filled: Vec<Filled>,
    /// Rows that came out of an entry, where they are counted.
    pub counters: HashMap<Rows, Counter>,
}

impl Lowered {
    pub fn frame(&self, rows: Rows) -> Option<&LazyFrame> {
        self.frames[rows.0].as_ref()
    }
}

/// Lowers every entry that some end of the plan needs.
///
/// Behind every entry that is read more than once or changes the number of rows stands a barrier: it counts, and stops when asked.
/// What is read more than once is computed once, since Polars is told so: by itself it finds only some of what is shared. `promised` are
/// nodes whose promises end the execution if they are broken.
pub fn lower(
    plan: &Plan,
    needed: &[usize],
    promised: &[&str],
    tables: &dyn Tables,
    cancel: &Cancel,
) -> Result<Lowered, Problem> {
    let length = plan.entries.len();
    let (frames, filled) = (vec![None; length], vec![Filled::default(); length]);
    let mut lowered = Lowered { frames, filled, counters: HashMap::new() };
    for (at, entry) in plan.entries.iter().enumerate() {
        if needed[at] == 0 {
            continue;
        }
        let mut inputs: Vec<LazyFrame> = entry.inputs.iter().filter_map(|rows| lowered.frame(*rows).cloned()).collect();
        let filled: Vec<&Filled> = entry.inputs.iter().map(|rows| &lowered.filled[rows.0]).collect();
        let schemas: Vec<&OurSchema> = entry.inputs.iter().map(|rows| plan.schema(*rows)).collect();
        let name = format!("{} {at}", entry.node);
        let mut given = Vec::new();
        // Where keys are unique on a side, no more rows come out of a join than go in on both.
        if matches!(entry.op, Op::Join(_)) && promised.contains(&entry.node.as_str()) {
            for (side, input) in inputs.iter_mut().enumerate() {
                let counter = Counter::default();
                *input = barrier(input, &format!("{name} side {side}"), guard(counter.clone(), cancel.clone()));
                given.push(counter);
            }
        }
        let mut frame = match &entry.op {
            Op::Read(_) => tables.source(&entry.node, SourceOutput::Rows),
            Op::ReadRejects(_) => tables.source(&entry.node, SourceOutput::Rejects),
            Op::ReadDrift(_) => tables.source(&entry.node, SourceOutput::Drift),
            Op::Spooled { node, output } => tables.kept(node, *output),
            Op::Recursion(recursion) => {
                let made = ops::recursion(recursion, entry, &name, inputs, &schemas, cancel);
                made.map_err(|error| problem(&entry.node, &error))
            }
            op => opened(op, tables).and_then(|op| {
                operation(&op, entry, &name, inputs, &filled, &schemas).map_err(|error| problem(&entry.node, &error))
            }),
        }?;
        lowered.filled[at] = match &entry.op {
            Op::Read(_) => tables.filled(&entry.node),
            op => filled::filled(op, &filled),
        };
        if needed[at] > 1 || changes_rows(&entry.op) {
            let counter = Counter::default();
            lowered.counters.insert(Rows(at), counter.clone());
            frame = match most_rows(&entry.op) {
                None if given.is_empty() => barrier(&frame, &name, guard(counter, cancel.clone())),
                most => {
                    let pass = guard(counter.clone(), cancel.clone());
                    let node = entry.node.clone();
                    barrier(&frame, &name, move |frame| {
                        let frame = pass(frame)?;
                        // What is broken is seen here long before all rows are made, and long before those who count keys are asked.
                        if !given.is_empty() && counter.get() > given.iter().map(Counter::get).sum() {
                            return Err(polars_err!(ComputeError: "{PROMISE}"));
                        }
                        if let Some(most) = most.filter(|most| counter.get() > *most) {
                            return Err(told(
                                &Problem::new(format!("The join makes more than {most} rows."))
                                    .node(&node)
                                    .at("max_rows")
                                    .try_this("Look for keys that repeat on both sides, or raise max_rows."),
                            ));
                        }
                        Ok(frame)
                    })
                }
            };
        }
        lowered.frames[at] = Some(if needed[at] > 1 { frame.cache() } else { frame });
    }
    Ok(lowered)
}

/// The operation with secrets in the places of what stands for them. It lives no longer than its lowering.
fn opened<'a>(op: &'a Op, tables: &dyn Tables) -> Result<Cow<'a, Op>, Problem> {
    let Op::Derive { columns, failures } = op else { return Ok(Cow::Borrowed(op)) };
    let mut names = Vec::new();
    columns.iter().for_each(|column| stand_ins(&column.formula, &mut names));
    if names.is_empty() {
        return Ok(Cow::Borrowed(op));
    }
    let mut values = HashMap::new();
    for name in names {
        values.insert(name, Value::Text(tables.secret(name).ok_or_else(|| secret::missing(name))?));
    }
    let mut columns = columns.clone();
    for column in &mut columns {
        column.formula.replace_literals(&|literal| values.get(secret::stood_for(literal.as_text()?)?).cloned());
    }
    Ok(Cow::Owned(Op::Derive { columns, failures: *failures }))
}

/// The names of the secrets of a formula.
fn stand_ins<'a>(formula: &'a Formula, names: &mut Vec<&'a str>) {
    names.extend(formula.as_literal().and_then(Value::as_text).and_then(secret::stood_for));
    formula.children().into_iter().for_each(|child| stand_ins(child, names));
}

/// Whether as many rows may come out as go in is not certain.
fn changes_rows(op: &Op) -> bool {
    !matches!(
        op,
        Op::Select(_) | Op::Derive { .. } | Op::Sort(_) | Op::Number { .. } | Op::Window { .. } | Op::Inline(_)
    )
}

fn most_rows(op: &Op) -> Option<u64> {
    let Op::Join(join) = op else { return None };
    join.max_rows
}

/// Operations that need all their rows at once.
pub fn holds_rows(op: &Op) -> bool {
    match op {
        Op::Sort(_) | Op::Window { .. } | Op::Pairs(_) | Op::Recursion(_) => true,
        Op::Distinct { keep, .. } => *keep != Keep::First,
        Op::GroupBy { reproducible, aggregates, .. } => {
            let holds = |one: &plan::Aggregate| one.function.holds_values() || one.distinct || !one.order.is_empty();
            *reproducible || aggregates.iter().any(holds)
        }
        Op::Pivot(pivot) => pivot.aggregate.function.holds_values(),
        Op::Join(join) => join.kind == plan::JoinKind::Full && join.order == plan::JoinOrder::Kept,
        _ => false,
    }
}

/// What an entry of the plan does, secrets opened. `name` is like no other in the plan.
fn operation(
    op: &Op,
    Entry { node, schema: after, .. }: &Entry,
    name: &str,
    mut inputs: Vec<LazyFrame>,
    filled: &[&Filled],
    before: &[&OurSchema],
) -> PolarsResult<LazyFrame> {
    let none = OurSchema::default();
    let schema = before.first().copied().unwrap_or(&none);
    let nothing = Filled::default();
    let filled = filled.first().copied().unwrap_or(&nothing);
    let mut first = || if inputs.is_empty() { LazyFrame::default() } else { inputs.remove(0) };
    Ok(match op {
        Op::Read(_) | Op::ReadRejects(_) | Op::ReadDrift(_) | Op::Spooled { .. } | Op::Recursion(_) => {
            LazyFrame::default()
        }
        Op::Inline(table) => convert::frame(table)?.lazy(),
        Op::Select(picks) => first().select(picks.iter().map(pick).collect::<Vec<_>>()),
        Op::Derive { columns, failures } => derive(first(), columns, *failures, schema)?,
        Op::Filter { condition } => filter(first(), name, condition, schema)?,
        Op::Sort(keys) => sort(first(), keys, schema),
        Op::Slice { skip, count } => {
            let count = count.map_or(IdxSize::MAX, |count| IdxSize::try_from(count).unwrap_or(IdxSize::MAX));
            first().slice(i64::try_from(*skip).unwrap_or(i64::MAX), count)
        }
        Op::Number { column, start } => {
            let name = column.as_str();
            first().with_row_index(name, None).with_column(col(name).cast(DataType::Int64) + integer(*start))
        }
        Op::Distinct { by, keep } => {
            let keep = match keep {
                Keep::First => UniqueKeepStrategy::First,
                Keep::Last => UniqueKeepStrategy::Last,
                Keep::Neither => UniqueKeepStrategy::None,
            };
            distinct(first(), by, keep, schema)
        }
        Op::GroupBy { by, aggregates, reproducible } => {
            group::group_by(first(), by, aggregates, *reproducible, filled, schema)
        }
        Op::Window { by, order, columns } => window::window(first(), by, order, columns, schema),
        Op::Explode { column, keep_empty, position } => {
            explode::explode(first(), column, *keep_empty, position.as_deref(), schema)
        }
        Op::Join(join) => {
            let (left, right) = (first(), first());
            join::join(left, right, join, before)
        }
        Op::Union => union(inputs, before, after)?,
        Op::Append { pad } => append(inputs, before, *pad)?,
        Op::Pivot(pivot) => group::pivot(first(), pivot, filled, schema),
        Op::Pairs(pairs) => {
            let (left, right) = (first(), first());
            ops::pairs(pairs, node, name, [left, right], before, after)?
        }
        Op::Unpivot(unpivot) => unpivot::unpivot(first(), name, unpivot, after)?,
    })
}

fn pick(pick: &Pick) -> Expr {
    let Pick { column, name } = pick;
    if column == name { col(column.as_str()) } else { col(column.as_str()).alias(name.as_str()) }
}

fn filter(frame: LazyFrame, name: &str, condition: &Formula, schema: &OurSchema) -> PolarsResult<LazyFrame> {
    // A condition that is nothing but null has no type of its own.
    let keeps = formula::lower(condition, schema)?.value.cast(DataType::Boolean);
    if !has_a_constant(condition) {
        return Ok(frame.filter(keeps));
    }
    // Where Polars sees that a condition is never true, it does not read the rows at all, and they would not be counted.
    const KEEPS: &str = "\u{2}keeps";
    let kept = barrier(&frame.with_column(keeps.alias(KEEPS)), &format!("{name} condition"), Ok).filter(col(KEEPS));
    Ok(kept.select([cols(schema.names()).as_expr()]))
}

/// Whether some part of a condition is true or false whatever the row.
fn has_a_constant(condition: &Formula) -> bool {
    let is_constant = matches!(condition.kind, Type::Boolean | Type::Null) && condition.columns().is_empty();
    is_constant || condition.children().into_iter().any(has_a_constant)
}

fn derive(mut frame: LazyFrame, columns: &[Computed], failures: bool, before: &OurSchema) -> PolarsResult<LazyFrame> {
    let mut schema = before.clone();
    let mut reasons = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let lowered = formula::lower(&column.formula, &schema)?;
        let mut made = vec![lowered.value.alias(column.name.as_str())];
        if let (true, Some(reason)) = (failures, lowered.reason) {
            let name = format!("\u{2}reason {at}");
            made.push(reason.alias(name.as_str()));
            reasons.push((name, column));
        }
        // One step for each column: later ones see those before them.
        frame = frame.with_columns(made);
        schema.set(pipewright_engine::types::Column::new(&column.name, column.formula.kind.clone()));
    }
    if !failures {
        return Ok(frame);
    }
    let text = || lit(NULL).cast(DataType::String);
    let (mut place, mut value) = (text(), text());
    for (reason, column) in reasons.iter().rev() {
        let failed = || col(reason.as_str()).is_not_null();
        place = when(failed()).then(lit(column.shown.as_str())).otherwise(place);
        let told = column.told().map_or_else(text, |told| formula::as_text(told, &schema));
        value = when(failed()).then(told).otherwise(value);
    }
    let first: Vec<Expr> = reasons.iter().map(|(name, _)| col(name.as_str())).collect();
    let reason = if first.is_empty() { text() } else { coalesce(&first) };
    let made = [place.alias(FAILED_COLUMN), value.alias(FAILED_VALUE), reason.alias(FAILED_REASON)];
    let names: Vec<&str> = schema.names().chain([FAILED_COLUMN, FAILED_VALUE, FAILED_REASON]).collect();
    Ok(frame.with_columns(made).select(names.into_iter().map(col).collect::<Vec<_>>()))
}

pub(crate) fn sort(frame: LazyFrame, keys: &[SortKey], schema: &OurSchema) -> LazyFrame {
    let mut by: Vec<Expr> = keys.iter().map(|key| plain(&key.column, schema)).collect();
    let mut descending: Vec<bool> = keys.iter().map(|key| key.descending).collect();
    let mut nulls_last: Vec<bool> = keys.iter().map(|key| !key.nulls_first).collect();
    // Where nulls are last in all of several keys, Polars packs every row into bytes first, which takes twice the time. The first key
    // once more decides nothing and spares that.
    if by.len() > 1 && nulls_last.iter().all(|last| *last) {
        by.push(by[0].clone());
        descending.push(false);
        nulls_last.push(false);
    }
    let options = SortMultipleOptions::new()
        .with_order_descending_multi(descending)
        .with_nulls_last_multi(nulls_last)
        .with_maintain_order(true);
    frame.sort_by_exprs(by, options)
}

fn distinct(frame: LazyFrame, by: &[String], keep: UniqueKeepStrategy, schema: &OurSchema) -> LazyFrame {
    if !by.iter().any(|name| matches!(kind_of(name, schema), Some(Type::Decimal(..)))) {
        let by = (!by.is_empty()).then(|| cols(by.iter().map(String::as_str)));
        return frame.unique_stable(by, keep);
    }
    let made = |at: usize| format!("\u{2}key {at}");
    let keys: Vec<Expr> = by.iter().enumerate().map(|(at, name)| identity(name, schema).alias(made(at))).collect();
    let names = cols((0..by.len()).map(made));
    frame.with_columns(keys).unique_stable(Some(names), keep).select([cols(schema.names()).as_expr()])
}

/// A column as itself, but text of a dictionary as plain text: codes have an order and an identity of their own.
fn plain(name: &str, schema: &OurSchema) -> Expr {
    match schema.column(name).and_then(|column| column.storage) {
        Some(Storage::Dictionary) => col(name).cast(DataType::String),
        _ => col(name),
    }
}

/// A column as something that rows can be grouped by: where Polars groups in memory, it panics at decimals.
pub(crate) fn key(name: &str, schema: &OurSchema) -> Expr {
    match kind_of(name, schema) {
        Some(Type::Decimal(..)) => col(name).cast(DataType::String),
        _ => plain(name, schema),
    }
}

/// The same where nothing but the key is looked at: decimals that fit into an integer are told apart by their digits.
pub(crate) fn identity(name: &str, schema: &OurSchema) -> Expr {
    match kind_of(name, schema) {
        Some(Type::Decimal(..=18, _)) => col(name).map(
            |column| {
                let digits =
                    column.decimal()?.physical().apply_nonnull_values_generic(DataType::Int64, |digits| digits as i64);
                Ok(Int64Chunked::into_column(digits))
            },
            |_, field| Ok(Field::new(field.name().clone(), DataType::Int64)),
        ),
        _ => key(name, schema),
    }
}

/// A column in the type that values of ours are computed in.
pub(crate) fn wide(name: &str, schema: &OurSchema) -> Expr {
    match schema.column(name) {
        // Arrays and narrow values within lists and structs are kept as the file has them, too.
        Some(column) if column.storage.is_some() || matches!(column.kind, Type::List(_) | Type::Struct(_)) => {
            col(name).strict_cast(convert::dtype(&column.kind))
        }
        _ => col(name),
    }
}

fn union(inputs: Vec<LazyFrame>, before: &[&OurSchema], after: &OurSchema) -> PolarsResult<LazyFrame> {
    let mut same = Vec::new();
    for (frame, schema) in inputs.into_iter().zip(before) {
        let columns = after.0.iter().map(|column| {
            let dtype = convert::stored(column);
            match schema.column(&column.name) {
                None => lit(NULL).cast(dtype).alias(column.name.as_str()),
                Some(has) if convert::stored(has) == dtype => col(column.name.as_str()),
                Some(_) => col(column.name.as_str()).strict_cast(dtype),
            }
        });
        same.push(frame.select(columns.collect::<Vec<_>>()));
    }
    concat(same, UnionArgs { to_supertypes: false, rechunk: false, ..UnionArgs::default() })
}

/// Tables side by side. Polars panics where one of them has no columns.
fn append(inputs: Vec<LazyFrame>, before: &[&OurSchema], pad: bool) -> PolarsResult<LazyFrame> {
    let filled = inputs.into_iter().zip(before).filter(|(_, schema)| !schema.0.is_empty());
    let filled: Vec<LazyFrame> = filled.map(|(frame, _)| frame).collect();
    if filled.is_empty() {
        return Ok(LazyFrame::default());
    }
    concat_lf_horizontal(filled, HConcatOptions { parallel: true, strict: !pad, broadcast_unit_length: false })
}

/// A problem carried through Polars as the text of an error.
pub(crate) fn told(problem: &Problem) -> PolarsError {
    polars_err!(ComputeError: "{TOLD}{}", serde_json::to_string(problem).unwrap_or_default())
}

const TOLD: &str = "pipewright: ";

/// What the system says of a disk without room, or of a file that may not grow; Polars keeps no more than the words.
const FULL: [&str; 3] = ["No space left on device", "File too large", "quota exceeded"];
/// The message about such a disk. Who knows what was being written says it.
pub const DISK_FULL: &str = "The disk is full.";
/// What the system says of a disk that can't read or write what it should.
const BROKEN: &str = "Input/output error";
/// The message about such a disk.
pub const DISK_FAILS: &str = "The disk failed to read or write.";
/// The message about a row that was promised not to be. Which promise that was is found out afterwards.
pub const PROMISE: &str = "A promise about the data was broken.";
/// The message about tables side by side that are not as long as each other. The plan knows whose they are.
pub const UNEVEN: &str = "The inputs have different numbers of rows, and lengths is Equal.";

/// What Polars says before the name of a column whose unsigned integers don't fit into ours.
const TOO_LARGE: &str = "conversion from `u64` to `i64` failed in column '";

/// The message about an error that nobody foresaw begins so. Who knows what was being read may find out more.
pub const UNFORESEEN: &str = "The rows can't be read or computed";

/// The problem that an error of Polars carries, if one of ours is the cause.
pub fn told_by(error: &PolarsError) -> Option<Problem> {
    let text = error.to_string();
    let at = text.find(TOLD)? + TOLD.len();
    serde_json::Deserializer::from_str(&text[at..]).into_iter::<Problem>().next()?.ok()
}

/// What an error of a library says, as the end of a sentence: its first line without what the library says of itself. Nothing where it
/// speaks to those who build programs.
pub fn detail(text: &str) -> String {
    // The first line is what happened; the rest is Polars' own plan.
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = [
        "parquet: ",
        "File out of specification: ",
        "underlying IO error: ",
        "Not yet supported: ",
        "Feature not supported: ",
    ]
    .iter()
    .fold(line, |line, said| line.strip_prefix(said).unwrap_or(line))
    .trim_end_matches('.');
    let is_inner = ["panick", "unwrap", "feature", "engine", "assert", "polars", "Polars", "::", "{"]
        .iter()
        .any(|word| line.contains(word));
    if line.is_empty() || is_inner { String::new() } else { format!(": {line}") }
}

/// What an error of Polars says, as a problem.
pub fn problem(node: &str, error: &PolarsError) -> Problem {
    let text = error.to_string();
    if let Some(told) = told_by(error) {
        return told;
    }
    if FULL.iter().any(|full| text.contains(full)) {
        return Problem::new(DISK_FULL);
    }
    if text.contains(BROKEN) {
        return Problem::new(DISK_FAILS);
    }
    if text.contains(PROMISE) {
        return Problem::new(PROMISE);
    }
    if text.contains("zip node received non-equal length") {
        return Problem::new(UNEVEN)
            .try_this("Set lengths to Pad, or bring rows together that belong together with Join.");
    }
    if let Some((_, column)) = text.split_once(TOO_LARGE) {
        let column = column.split("' for ").next().unwrap_or_default();
        return Problem::new(format!(
            "The column {column:?} has integers beyond {}, the largest there is here.",
            i64::MAX
        ))
        .try_this("Leave it out before anything is computed with it, or have it written as text.");
    }
    let problem = Problem::new(format!("{UNFORESEEN}{}.", detail(&text)));
    if node.is_empty() { problem } else { problem.node(node) }
}

/// A constant of 64 bits: `lit(1)` would be narrower.
fn integer(value: i64) -> Expr {
    convert::literal(&Value::Integer(value), &Type::Integer)
}

/// The type of a column, if there is such a column.
fn kind_of<'a>(name: &str, schema: &'a OurSchema) -> Option<&'a Type> {
    schema.column(name).map(|column| &column.kind)
}
