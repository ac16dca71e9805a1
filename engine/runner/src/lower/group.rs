//! Groups: aggregates and pivots.

use pipewright_engine::nodes::AggregateFunction::{Count, CountDistinct, CountNulls, CountValues};
use pipewright_engine::plan::{Aggregate, Pivot};
use pipewright_engine::types::{Column, Schema as OurSchema, Type};
use pipewright_engine::value::Value;
use polars::prelude::*;

use super::aggregate::{RowsOf, Scope, aggregate, is_made_of_streams};
use super::{Filled, identity, integer, kind_of, wide};
use crate::convert;

/// Pivots of up to so many values make their cells at once. More of them are made as groups first and then put side by side, so that
/// every row is looked at once.
const MOST_AT_ONCE: usize = 8;

/// The value that rows have in the column of a pivot.
const ON: &str = "\u{2}on";
/// What a cell of a pivot holds.
const CELL: &str = "\u{2}cell";

pub(super) fn group_by(
    frame: LazyFrame,
    by: &[String],
    aggregates: &[Aggregate],
    reproducible: bool,
    filled: &Filled,
    schema: &OurSchema,
) -> LazyFrame {
    let of = if by.is_empty() { RowsOf::Table } else { RowsOf::Group };
    let scope = Scope { schema, filled, reproducible, of };
    let made = aggregates.iter().map(|one| aggregate(one, &scope).alias(one.name.as_str())).collect();
    grouped(frame, by, made, schema)
}

/// For each value of the column `on`, the aggregate over the rows that have it.
pub(super) fn pivot(frame: LazyFrame, pivot: &Pivot, filled: &Filled, schema: &OurSchema) -> LazyFrame {
    let Some(kind) = kind_of(&pivot.on, schema) else { return frame };
    let has = |on: Expr, value: &Value| {
        if value.is_null() { on.is_null() } else { on.eq(convert::literal(value, kind)) }
    };
    if is_made_of_streams(&pivot.aggregate) && pivot.aggregate.condition.is_none() && pivot.values.len() <= MOST_AT_ONCE
    {
        return at_once(frame, pivot, has, filled, schema);
    }
    let scope = Scope { schema, filled, reproducible: false, of: RowsOf::Group };
    let cell = aggregate(&pivot.aggregate, &scope).alias(CELL);
    let keys: Vec<String> = pivot.by.iter().cloned().chain([ON.to_owned()]).collect();
    let mut with_on = schema.clone();
    with_on.0.push(Column::new(ON, kind.clone()));
    let cells = grouped(frame.with_columns([wide(&pivot.on, schema).alias(ON)]), &keys, vec![cell], &with_on);
    let made = pivot.values.iter().map(|(value, name)| {
        let found = when(has(col(ON), value)).then(col(CELL)).otherwise(lit(NULL)).first_non_null();
        let is_count = matches!(pivot.aggregate.function, Count | CountValues | CountNulls | CountDistinct);
        let made = if is_count { found.fill_null(integer(0)) } else { found };
        made.alias(name.as_str())
    });
    grouped(cells, &pivot.by, made.collect(), schema)
}

/// The cells of a row of a pivot together, each of the rows that have its value: every row is looked at for each of the values.
fn at_once(
    frame: LazyFrame,
    pivot: &Pivot,
    has: impl Fn(Expr, &Value) -> Expr,
    filled: &Filled,
    schema: &OurSchema,
) -> LazyFrame {
    let place = |at: usize| format!("\u{2}has {at}");
    let values = pivot.values.iter().enumerate();
    let places = values.clone().map(|(at, (value, _))| has(wide(&pivot.on, schema), value).alias(place(at)));
    let cells = values.map(|(at, (_, name))| Aggregate {
        condition: Some(place(at)),
        name: name.clone(),
        ..pivot.aggregate.clone()
    });
    let frame = frame.with_columns(places.collect::<Vec<_>>());
    group_by(frame, &pivot.by, &cells.collect::<Vec<_>>(), false, filled, schema)
}

fn grouped(frame: LazyFrame, by: &[String], made: Vec<Expr>, schema: &OurSchema) -> LazyFrame {
    if by.is_empty() {
        return frame.select(made);
    }
    let is_decimal = |name: &String| matches!(kind_of(name, schema), Some(Type::Decimal(..)));
    if !by.iter().any(is_decimal) {
        return frame.group_by_stable(by.iter().map(|name| col(name.as_str())).collect::<Vec<_>>()).agg(made);
    }
    // Some aggregates are made in memory, where decimals can't be keys.
    let hidden = |at: usize| format!("\u{2}key {at}");
    let keys: Vec<Expr> = by.iter().enumerate().map(|(at, name)| identity(name, schema).alias(hidden(at))).collect();
    let firsts = by.iter().map(|name| col(name.as_str()).first());
    let made = firsts.chain(made).collect::<Vec<_>>();
    let names: Vec<Expr> = (0..by.len()).map(|at| col(hidden(at))).collect();
    frame.with_columns(keys).group_by_stable(names).agg(made).drop(cols((0..by.len()).map(hidden)))
}
