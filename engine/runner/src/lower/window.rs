//! Columns over the rows of a partition.
//!
//! Polars orders the rows of each partition by one key. Where there are more keys, or all rows are one partition, the rows are numbered,
//! brought into their order, computed over, and brought back.

use pipewright_engine::plan::{Edge, Frame, Over, SortKey, WindowColumn};
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use super::aggregate::{self, RowsOf, Scope};
use super::frames::Around;
use super::{Filled, frames, integer, key, kind_of, means, plain, sort, wide};
use crate::convert;

const PLACE: &str = "\u{2}place";

pub(super) fn window(
    frame: LazyFrame,
    by: &[String],
    order: &[SortKey],
    columns: &[WindowColumn],
    schema: &OurSchema,
) -> LazyFrame {
    let within = match order {
        [only] if !by.is_empty() => Some(only),
        _ => None,
    };
    let sorts_all = !order.is_empty() && within.is_none();
    let over = |expr: Expr| -> Expr {
        if by.is_empty() {
            return expr;
        }
        let by: Vec<Expr> = by.iter().map(|name| key(name, schema)).collect();
        let within = within.map(|key| {
            let options = SortOptions::new()
                .with_order_descending(key.descending)
                .with_nulls_last(!key.nulls_first)
                .with_maintain_order(true);
            (vec![plain(&key.column, schema)], options)
        });
        // `over` fails only for an empty list of keys.
        expr.clone().over_with_options(Some(by), within, WindowMapping::GroupsToRows).unwrap_or(expr)
    };
    let mut frame = frame;
    if sorts_all {
        frame = sort(frame.with_row_index(PLACE, None), order, schema);
    }
    let made = columns.iter().map(|column| over(compute(&column.value, order, schema)).alias(column.name.as_str()));
    frame = frame.with_columns(made.collect::<Vec<_>>());
    if sorts_all {
        frame = frame.sort([PLACE], SortMultipleOptions::default());
    }
    let names = schema.names().chain(columns.iter().map(|column| column.name.as_str()));
    frame.select(names.map(col).collect::<Vec<_>>())
}

/// The numbers of the rows of the partition, in their order.
fn number() -> Expr {
    int_range(integer(1), size() + integer(1), 1, DataType::Int64)
}

/// How many rows the partition has.
fn size() -> Expr {
    len().cast(DataType::Int64)
}

/// One where a row differs from the one before it in the order.
fn new(order: &[SortKey], schema: &OurSchema) -> Expr {
    let keys = order.iter().map(|key| plain(&key.column, schema));
    let changes = keys.map(|key| key.clone().neq_missing(key.shift(lit(1))));
    changes.fold(number().eq(integer(1)), Expr::or).cast(DataType::Int64)
}

impl Around {
    fn of(frame: &Frame, order: &[SortKey], schema: &OurSchema) -> Self {
        let along = match frame {
            Frame::Partition | Frame::Rows { .. } => Vec::new(),
            Frame::Range { along, .. } => vec![frames::position(along, schema)],
            Frame::Span { from, to } => {
                let value = |edge: &Edge| if let Edge::Value(name) = edge { Some(plain(name, schema)) } else { None };
                let values: Vec<Expr> = [from, to].into_iter().filter_map(value).collect();
                let key = order.first().filter(|_| !values.is_empty()).map(|key| plain(&key.column, schema));
                [new(order, schema)].into_iter().chain(key).chain(values).collect()
            }
        };
        let descending = order.first().is_some_and(|key| key.descending);
        Self { frame: frame.clone(), along, descending }
    }
}

/// A column over the rows of one partition in their order.
fn compute(value: &Over, order: &[SortKey], schema: &OurSchema) -> Expr {
    let one = |number: i64| integer(number);
    let floats = |expr: Expr| expr.cast(DataType::Float64);
    let new = || new(order, schema);
    let rank = || when(new().eq(one(1))).then(number()).otherwise(one(0)).cum_max(false);
    match value {
        Over::Number => number(),
        Over::Rank => rank(),
        Over::DenseRank => new().cum_sum(false),
        Over::PercentRank => {
            when(size().gt(one(1))).then(means::share(rank() - one(1), size() - one(1))).otherwise(lit(0.0))
        }
        Over::CumulativeDistribution => {
            // The last of the rows that are equal has the number that all of them need.
            let last = new().shift(lit(-1)).fill_null(one(1)).eq(one(1));
            let numbers = when(last).then(number()).otherwise(lit(NULL));
            means::share(numbers.fill_null_with_strategy(FillNullStrategy::Backward(None)), size())
        }
        Over::Tile(tiles) => frames::tile(number(), *tiles),
        Over::Shift { column, by, otherwise } => {
            let shifted = wide(column, schema).shift(lit(by.saturating_neg()));
            if otherwise.is_null() {
                return shifted;
            }
            let outside =
                if *by < 0 { number().lt_eq(one(by.saturating_neg())) } else { number().gt(size() - one(*by)) };
            let kind = kind_of(column, schema).cloned().unwrap_or_default();
            when(outside).then(convert::literal(otherwise, &kind)).otherwise(shifted)
        }
        Over::Aggregate { aggregate: one, frame: Frame::Partition } => aggregate::aggregate(
            one,
            &Scope { schema, filled: &Filled::default(), reproducible: false, of: RowsOf::Partition },
        ),
        Over::Aggregate { aggregate: one, frame } => {
            let values = one.column.as_deref().map_or_else(number, |name| wide(name, schema));
            frames::aggregate(one, values, &Around::of(frame, order, schema), schema)
        }
        Over::Nth { column, place, frame } => {
            frames::nth(wide(column, schema), *place, &Around::of(frame, order, schema))
        }
        Over::Fill { column, backward, most } => frames::fill(wide(column, schema), *backward, *most),
        Over::Interpolate { column, along } => {
            let along = along.as_deref().map(|along| frames::position(along, schema));
            frames::interpolate(floats(wide(column, schema)), along)
        }
    }
}
