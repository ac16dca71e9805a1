//! Columns over the rows of a partition.
//!
//! Rows are numbered, brought into the order asked for, computed over, and brought back: plain, and right for any keys.

use pipewright_engine::plan::{Frame, Over, SortKey, WindowColumn};
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use super::aggregate::{self, Scope};
use super::{frames, integer, key, kind_of, plain, sort, wide};
use crate::convert;

const PLACE: &str = "\u{2}place";
const ONE: &str = "\u{2}one";
const NUMBER: &str = "\u{2}number";
/// How many rows the partition has.
const SIZE: &str = "\u{2}size";
/// One where a row differs from the one before it in the order.
const NEW: &str = "\u{2}new";

pub(super) fn window(
    frame: LazyFrame,
    by: &[String],
    order: &[SortKey],
    columns: &[WindowColumn],
    schema: &OurSchema,
) -> LazyFrame {
    let over = |expr: Expr| -> Expr {
        if by.is_empty() {
            return expr;
        }
        // `over` fails only for an empty list of keys.
        expr.clone().over(by.iter().map(|name| key(name, schema)).collect::<Vec<_>>()).unwrap_or(expr)
    };
    let mut frame = frame;
    if !order.is_empty() {
        frame = sort(frame.with_row_index(PLACE, None), order, schema);
    }
    frame = frame.with_column(integer(1).alias(ONE));
    frame = frame.with_columns([over(col(ONE).cum_sum(false)).alias(NUMBER), over(col(ONE).sum()).alias(SIZE)]);
    let changed =
        order.iter().map(|key| plain(&key.column, schema)).map(|key| key.clone().neq_missing(key.shift(lit(1))));
    let changed = changed.fold(col(NUMBER).eq(integer(1)), |any, one| any.or(over(one)));
    frame = frame.with_column(changed.cast(DataType::Int64).alias(NEW));
    let made: Vec<Expr> =
        columns.iter().map(|column| compute(&column.value, schema, &over).alias(column.name.as_str())).collect();
    frame = frame.with_columns(made);
    if !order.is_empty() {
        frame = frame.sort([PLACE], SortMultipleOptions::default());
    }
    let names = schema.names().chain(columns.iter().map(|column| column.name.as_str()));
    frame.select(names.map(col).collect::<Vec<_>>())
}

fn compute(value: &Over, schema: &OurSchema, over: &dyn Fn(Expr) -> Expr) -> Expr {
    let one = |number: i64| integer(number);
    let floats = |expr: Expr| expr.cast(DataType::Float64);
    let rank = || over(when(col(NEW).eq(one(1))).then(col(NUMBER)).otherwise(one(0)).cum_max(false));
    match value {
        Over::Number => col(NUMBER),
        Over::Rank => rank(),
        Over::DenseRank => over(col(NEW).cum_sum(false)),
        Over::PercentRank => {
            when(col(SIZE).gt(one(1))).then(floats(rank() - one(1)) / floats(col(SIZE) - one(1))).otherwise(lit(0.0))
        }
        Over::CumulativeDistribution => {
            // The last of the rows that are equal has the number that all of them need.
            let last = over(col(NEW).shift(lit(-1))).fill_null(one(1)).eq(one(1));
            let numbers = when(last).then(col(NUMBER)).otherwise(lit(NULL));
            floats(over(numbers.fill_null_with_strategy(FillNullStrategy::Backward(None)))) / floats(col(SIZE))
        }
        Over::Tile(tiles) => frames::tile(col(NUMBER), col(SIZE), *tiles),
        Over::Shift { column, by, otherwise } => {
            let shifted = over(wide(column, schema).shift(lit(by.saturating_neg())));
            if otherwise.is_null() {
                return shifted;
            }
            let outside = if *by < 0 {
                col(NUMBER).lt_eq(one(by.saturating_neg()))
            } else {
                col(NUMBER).gt(col(SIZE) - one(*by))
            };
            let kind = kind_of(column, schema).cloned().unwrap_or_default();
            when(outside).then(convert::literal(otherwise, &kind)).otherwise(shifted)
        }
        Over::Aggregate { aggregate: one, frame: Frame::Partition } => {
            over(aggregate::aggregate(one, &Scope { schema, reproducible: false, only: None }))
        }
        Over::Aggregate { aggregate: one, frame } => {
            let values = one.column.as_deref().map_or(col(ONE), |name| wide(name, schema));
            over(frames::aggregate(one, values, frame, schema))
        }
        Over::Fill { column, backward, most } => over(frames::fill(wide(column, schema), *backward, *most)),
        Over::Interpolate { column, along } => {
            let along = along.as_deref().map(|along| frames::position(along, schema));
            over(frames::interpolate(floats(wide(column, schema)), along))
        }
    }
}
