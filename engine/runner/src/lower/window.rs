//! Columns over the rows of a partition.
//!
//! Rows are numbered, brought into the order asked for, computed over, and brought back: plain, and right for any keys.

use pipewright_engine::nodes::WindowFunction;
use pipewright_engine::plan::{SortKey, WindowColumn};
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use super::{integer, key, kind_of, plain, sort, wide};

const PLACE: &str = "\u{1}place";
const ONE: &str = "\u{1}one";
const NUMBER: &str = "\u{1}number";
/// One where a row differs from the one before it in the order.
const NEW: &str = "\u{1}new";

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
    frame = frame.with_column(over(col(ONE).cum_sum(false)).alias(NUMBER));
    let changed =
        order.iter().map(|key| plain(&key.column, schema)).map(|key| key.clone().neq_missing(key.shift(lit(1))));
    let changed = changed.fold(col(NUMBER).eq(integer(1)), |any, one| any.or(over(one)));
    frame = frame.with_column(changed.cast(DataType::Int64).alias(NEW));
    let made: Vec<Expr> =
        columns.iter().map(|column| compute(column, schema, &over).alias(column.name.as_str())).collect();
    frame = frame.with_columns(made);
    if !order.is_empty() {
        frame = frame.sort([PLACE], SortMultipleOptions::default());
    }
    let names = schema.names().chain(columns.iter().map(|column| column.name.as_str()));
    frame.select(names.map(col).collect::<Vec<_>>())
}

fn compute(column: &WindowColumn, schema: &OurSchema, over: &dyn Fn(Expr) -> Expr) -> Expr {
    use WindowFunction::*;
    let name = column.column.as_deref().unwrap_or(ONE);
    let offset = i64::try_from(column.offset).unwrap_or(i64::MAX);
    let counted = || over(col(name).is_not_null().cast(DataType::Int64).cum_sum(false));
    let floats = || over(wide(name, schema).cast(DataType::Float64).fill_null(lit(0.0)).cum_sum(false));
    // Up to the first value there is nothing to tell.
    let once_any = |expr: Expr| when(counted().gt(integer(0))).then(expr).otherwise(lit(NULL));
    match column.function {
        RowNumber => col(NUMBER),
        Rank => over(when(col(NEW).eq(integer(1))).then(col(NUMBER)).otherwise(integer(0)).cum_max(false)),
        DenseRank => over(col(NEW).cum_sum(false)),
        Lag => over(wide(name, schema).shift(lit(offset))),
        Lead => over(wide(name, schema).shift(lit(-offset))),
        RunningCount => counted(),
        RunningSum => match kind_of(name, schema) {
            Some(Type::Float) => once_any(floats()),
            kind => {
                let scale = match kind {
                    Some(Type::Decimal(_, scale)) => usize::from(*scale),
                    _ => 0,
                };
                let exact = wide(name, schema).cast(DataType::Decimal(38, scale));
                let zero = integer(0).cast(DataType::Decimal(38, scale));
                once_any(over(exact.fill_null(zero).cum_sum(false)))
            }
        },
        RunningMean => once_any(floats() / counted().cast(DataType::Float64)),
        RunningMin => over(wide(name, schema).cum_min(false).fill_null_with_strategy(FillNullStrategy::Forward(None))),
        // NaN is the largest number; Polars leaves it out.
        RunningMax if kind_of(name, schema) == Some(&Type::Float) => {
            let nans = wide(name, schema).is_nan().fill_null(lit(false)).cast(DataType::Int64).cum_sum(false);
            let most = over(wide(name, schema).cum_max(false).fill_null_with_strategy(FillNullStrategy::Forward(None)));
            when(over(nans).gt(integer(0))).then(lit(f64::NAN)).otherwise(most)
        }
        RunningMax => over(wide(name, schema).cum_max(false).fill_null_with_strategy(FillNullStrategy::Forward(None))),
    }
}
