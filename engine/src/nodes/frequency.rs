use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{Aggregate, Computed, Frame, Join, JoinOrder, Pick, SortKey, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Counts how often each value occurs, with percentages and what they add up to.
///
/// One row comes out for each value, or for each combination of values of several columns, the most frequent first. Null counts as a
/// value unless it is left out. With `top` only so many values are told one by one, and the rest together in a last row.
#[params]
pub struct Frequency {
    /// The columns whose values are counted.
    pub columns: Vec<ColumnName>,
    /// Count each column by itself, one below the other, in place of their combinations. Values come out as text then, with the
    /// name of their column before them.
    pub separately: bool,
    /// Leave rows out in which one of the columns is null.
    pub skip_nulls: bool,
    /// The order of the values that come out.
    pub order: FrequencyOrder,
    /// How many of the most frequent values are told one by one. Left open, all.
    pub top: Option<u64>,
    /// What the last row, in which all other values are counted together, is called. Its columns are text then. Left empty, there is
    /// no such row.
    #[param(default = "other".into(), when = self.top.is_some())]
    pub rest: String,
}

#[params]
pub enum FrequencyOrder {
    /// The most frequent first; those that are as frequent as they are first seen.
    #[default]
    MostFrequent,
    /// The least frequent first.
    LeastFrequent,
    /// By the values themselves, null last.
    Values,
    /// As they are first seen.
    FirstSeen,
}

/// How often a value occurs.
const COUNT: &str = "\u{1}count";
/// The sum of all counts, in each row.
const TOTAL: &str = "\u{1}total";
/// The counts up to a row.
const SO_FAR: &str = "\u{1}so far";
/// The place of a value among those that are seen, and among those that are frequent.
const SEEN: &str = "\u{1}seen";
const PLACE: &str = "\u{1}place";

impl Node for Frequency {
    const CARD: Card = Card {
        title: "Frequency",
        group: Group::Look,
        icon: "frequency",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Summary,
        words: "frequency table value counter value_counts count percent distribution histogram of values tally contingency",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        if !self.separately {
            let counted = self.counted(draft, inputs[0], &self.columns)?;
            return Ok(vec![self.shares(draft, counted)?]);
        }
        let mut all = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let counted = self.counted(draft, inputs[0], std::slice::from_ref(column))?;
            let shares = self.shares(draft, counted)?;
            all.push(
                named(draft, shares, &column.0).map_err(|problem| problem.at(format!("columns[{at}]")))?,
            );
        }
        Ok(vec![draft.add(Op::Union, &all)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("It is not said whose values are counted.").at("columns").try_this("Choose a column."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Choose the column whose values are counted".to_owned();
        }
        let what = match self.top {
            Some(top) => format!("the {top} most frequent values"),
            None => "values".to_owned(),
        };
        sentence::short(format!("Count {what} of {}", sentence::list(&self.columns)))
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "city, paid: Boolean\n Kiel, true\n Bonn, true\n Bonn, false\n , true\n Bonn, true";
        vec![
            Example::new("How often each city occurs", Self { columns: vec!["city".into()], ..Self::default() })
                .given(given)
                .gives(
                    "city, count: Integer, percent: Float, cumulative_count: Integer, cumulative_percent: Float\n
                     Bonn, 3, 60.0, 3, 60.0\n Kiel, 1, 20.0, 4, 80.0\n , 1, 20.0, 5, 100.0",
                ),
            Example::new("The most frequent combination, and all others together", Self {
                columns: vec!["city".into(), "paid".into()],
                top: Some(1),
                rest: "all others".into(),
                ..Self::default()
            })
            .given(given)
            .gives(
                "city, paid, count: Integer, percent: Float, cumulative_count: Integer, cumulative_percent: Float\n
                 Bonn, true, 2, 40.0, 2, 40.0\n all others, , 3, 60.0, 5, 100.0",
            ),
            Example::new("Each column by itself, without nulls", Self {
                columns: vec!["city".into(), "paid".into()],
                separately: true,
                skip_nulls: true,
                order: FrequencyOrder::Values,
                ..Self::default()
            })
            .given(given)
            .gives(
                "column, value, count: Integer, percent: Float, cumulative_count: Integer, cumulative_percent: Float\n
                 city, Bonn, 3, 75.0, 3, 75.0\n city, Kiel, 1, 25.0, 4, 100.0\n
                 paid, false, 1, 20.0, 1, 20.0\n paid, true, 4, 80.0, 5, 100.0",
            ),
        ]
    }
}

impl Frequency {
    /// The values with their counts, in the order wanted.
    fn counted(&self, draft: &mut Draft, rows: Rows, columns: &[ColumnName]) -> Result<Rows, Halt> {
        let by: Vec<String> = columns.iter().map(|name| name.0.clone()).collect();
        let rows = if self.skip_nulls { without_nulls(draft, rows, &by)? } else { rows };
        let count = Aggregate::new(AggregateFunction::Count, None, COUNT);
        let group = Op::GroupBy { by: by.clone(), aggregates: vec![count], reproducible: false };
        let counted = draft.add(group, &[rows]).map_err(|problem| problem.at("columns"))?;
        let seen = draft.add(Op::Number { column: SEEN.into(), start: 1 }, &[counted])?;
        let sorted = draft.add(Op::Sort(vec![key(COUNT, true)]), &[seen])?;
        let placed = draft.add(Op::Number { column: PLACE.into(), start: 1 }, &[sorted])?;
        let places = Column::new(PLACE, Type::Integer);
        let Some(top) = self.top else { return Ok(self.ordered(draft, placed, &by)?) };
        let last = Expr::literal(Value::Integer(i64::try_from(top).unwrap_or(i64::MAX)));
        let kept = draft.filter(placed, Expr::call(Function::Le, vec![Expr::column(&places), last.clone()])?)?;
        let kept = self.ordered(draft, kept, &by)?;
        if self.rest.is_empty() {
            return Ok(kept);
        }
        let others = draft.filter(placed, Expr::call(Function::Gt, vec![Expr::column(&places), last])?)?;
        let others = self.together(draft, others, &by)?;
        let kept = as_text(draft, kept, &by)?;
        Ok(draft.add(Op::Union, &[kept, others])?)
    }

    fn ordered(&self, draft: &mut Draft, rows: Rows, by: &[String]) -> Result<Rows, Problem> {
        let keys = match self.order {
            FrequencyOrder::MostFrequent => return Ok(rows),
            FrequencyOrder::LeastFrequent => vec![key(COUNT, false), key(SEEN, false)],
            FrequencyOrder::FirstSeen => vec![key(SEEN, false)],
            FrequencyOrder::Values => by.iter().map(|name| key(name, false)).collect(),
        };
        draft.add(Op::Sort(keys), &[rows]).map_err(|problem| problem.at("order"))
    }

    /// Values as one, if there are any.
    fn together(&self, draft: &mut Draft, rows: Rows, by: &[String]) -> Result<Rows, Problem> {
        let sum = Aggregate::new(AggregateFunction::Sum, Some(COUNT), COUNT);
        let group = Op::GroupBy { by: Vec::new(), aggregates: vec![sum], reproducible: false };
        let sum = draft.add(group, &[rows])?;
        let counted = Column::new(COUNT, Type::Decimal(38, 0));
        let none = Expr::call(Function::IsNull, vec![Expr::column(&counted)])?;
        let some = draft.filter(sum, Expr::call(Function::Not, vec![none])?)?;
        let called = |(at, name): (usize, &String)| match at {
            0 => Computed::new(name, Expr::literal(Value::text(&self.rest))),
            _ => Computed::new(name, Expr::null(Type::Text)),
        };
        let columns = by.iter().enumerate().map(called).collect();
        let named = draft.add(Op::Derive { columns, failures: false }, &[some])?;
        draft.select(named, picks(by))
    }

    /// Adds percentages, and what counts add up to.
    fn shares(&self, draft: &mut Draft, counted: Rows) -> Result<Rows, Halt> {
        let hidden = |name: &&str| !name.starts_with('\u{1}');
        let by: Vec<String> = draft.schema(counted).names().filter(hidden).map(str::to_owned).collect();
        let counted = draft.select(counted, picks(&by))?;
        let sum = Aggregate::new(AggregateFunction::Sum, Some(COUNT), TOTAL);
        let group = Op::GroupBy { by: Vec::new(), aggregates: vec![sum], reproducible: false };
        let total = draft.add(group, &[counted])?;
        let cross = Join {
            kind: JoinKind::Cross,
            on: Vec::new(),
            nulls_match: false,
            right: vec![Pick::same(TOTAL)],
            max_rows: None,
            order: JoinOrder::Kept,
        };
        let with_total = draft.add(Op::Join(cross), &[counted, total])?;
        let running = WindowColumn::aggregate(AggregateFunction::Sum, COUNT, Frame::RUNNING, SO_FAR);
        let window = Op::Window { by: Vec::new(), order: Vec::new(), columns: vec![running] };
        let summed = draft.add(window, &[with_total])?;
        let names = result_names(draft.schema(summed));
        let columns = draft.schema(summed).clone();
        let number = |name: &str| columns.column(name).map(Expr::column).unwrap_or(Expr::null(Type::Integer));
        let percent = |name: &str| {
            let whole = Expr::call(Function::Multiply, vec![number(name).cast(Type::Float)?, float(100.0)])?;
            Expr::call(Function::Divide, vec![whole, number(TOTAL).cast(Type::Float)?])
        };
        let [count, share, so_far, share_so_far] = &names;
        let computed = vec![
            Computed::new(count, number(COUNT).cast(Type::Integer)?),
            Computed::new(share, percent(COUNT)?),
            Computed::new(so_far, number(SO_FAR).cast(Type::Integer)?),
            Computed::new(share_so_far, percent(SO_FAR)?),
        ];
        let (done, failed) = draft.derive(summed, computed, OnError::Reject)?;
        draft.refuse(failed);
        Ok(draft.select(done, by.iter().chain(&names).map(Pick::same).collect())?)
    }
}

fn float(number: f64) -> Expr {
    Expr::literal(Value::Float(number))
}

fn key(column: &str, descending: bool) -> SortKey {
    SortKey { column: column.into(), descending, nulls_first: false }
}

fn picks(by: &[String]) -> Vec<Pick> {
    by.iter().map(Pick::same).chain([Pick::same(COUNT)]).collect()
}

/// The columns of counts and shares: none that the values have already.
fn result_names(columns: &Schema) -> [String; 4] {
    ["count", "percent", "cumulative_count", "cumulative_percent"].map(|name| columns.free_name(name))
}

fn without_nulls(draft: &mut Draft, rows: Rows, by: &[String]) -> Result<Rows, Problem> {
    let columns = draft.schema(rows).clone();
    let mut rows = rows;
    for column in by.iter().filter_map(|name| columns.column(name)) {
        let null = Expr::call(Function::IsNull, vec![Expr::column(column)])?;
        rows = draft.filter(rows, Expr::call(Function::Not, vec![null])?)?;
    }
    Ok(rows)
}

/// The values as text, so that a name can stand among them.
fn as_text(draft: &mut Draft, rows: Rows, by: &[String]) -> Result<Rows, Problem> {
    let columns = draft.schema(rows).clone();
    let text = |(at, name): (usize, &String)| {
        let column = columns.column(name).map(Expr::column).unwrap_or(Expr::null(Type::Text));
        let text = column.cast(Type::Text).map_err(|problem| problem.at(format!("columns[{at}]")))?;
        Ok(Computed::new(name, text))
    };
    let texts = by.iter().enumerate().map(text).collect::<Result<Vec<_>, Problem>>()?;
    let texts = draft.add(Op::Derive { columns: texts, failures: false }, &[rows])?;
    draft.select(texts, picks(by))
}

/// Counts of one column, as those of any column.
fn named(draft: &mut Draft, rows: Rows, name: &str) -> Result<Rows, Problem> {
    const COLUMN: &str = "\u{1}column";
    const VALUE: &str = "\u{1}value";
    let schema = draft.schema(rows).clone();
    let [value, counts @ ..] = schema.0.as_slice() else { return Ok(rows) };
    let columns = vec![
        Computed::new(COLUMN, Expr::literal(Value::text(name))),
        Computed::new(VALUE, Expr::column(value).cast(Type::Text)?),
    ];
    let made = draft.add(Op::Derive { columns, failures: false }, &[rows])?;
    let plain = ["count", "percent", "cumulative_count", "cumulative_percent"];
    let counts = counts.iter().zip(plain).map(|(column, plain)| Pick::renamed(&column.name, plain));
    let first = [Pick::renamed(COLUMN, "column"), Pick::renamed(VALUE, "value")];
    draft.select(made, first.into_iter().chain(counts).collect())
}
