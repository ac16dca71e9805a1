//! Groups: aggregates and pivots.

use pipewright_engine::nodes::AggregateFunction;
use pipewright_engine::plan::{Aggregate, Pivot};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use super::{key, kind_of, told, wide};
use crate::convert;

pub(super) fn group_by(
    frame: LazyFrame,
    by: &[String],
    aggregates: &[Aggregate],
    reproducible: bool,
    schema: &OurSchema,
) -> LazyFrame {
    let made: Vec<Expr> = aggregates
        .iter()
        .map(|one| {
            aggregate(one.function, one.column.as_deref(), reproducible, schema, &|expr| expr).alias(one.name.as_str())
        })
        .collect();
    grouped(frame, by, made, schema)
}

/// For each value of the column `on`, the aggregate over the rows that have it.
pub(super) fn pivot(frame: LazyFrame, pivot: &Pivot, schema: &OurSchema) -> LazyFrame {
    let Some(kind) = kind_of(&pivot.on, schema) else { return frame };
    let made = pivot.values.iter().map(|(value, name)| {
        let is_it = if value.is_null() {
            col(pivot.on.as_str()).is_null()
        } else {
            wide(&pivot.on, schema).eq(convert::literal(value, kind))
        };
        let only = move |expr: Expr| expr.filter(is_it.clone());
        aggregate(pivot.aggregate, pivot.column.as_deref(), false, schema, &only).alias(name.as_str())
    });
    grouped(frame, &pivot.by, made.collect(), schema)
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
    let hidden = |at: usize| format!("\u{1}key {at}");
    let keys: Vec<Expr> = by.iter().enumerate().map(|(at, name)| key(name, schema).alias(hidden(at))).collect();
    let firsts = by.iter().map(|name| col(name.as_str()).first());
    let made = firsts.chain(made).collect::<Vec<_>>();
    let names: Vec<Expr> = (0..by.len()).map(|at| col(hidden(at))).collect();
    frame.with_columns(keys).group_by_stable(names).agg(made).drop(cols((0..by.len()).map(hidden)))
}

/// An aggregate of the rows that `only` leaves.
fn aggregate(
    function: AggregateFunction,
    column: Option<&str>,
    reproducible: bool,
    schema: &OurSchema,
    only: &dyn Fn(Expr) -> Expr,
) -> Expr {
    use AggregateFunction::*;
    let Some(name) = column else {
        // Rows are counted on any column: their number does not depend on its values.
        let any = schema.names().next().unwrap_or_default();
        return only(col(any)).len().cast(DataType::Int64);
    };
    let kind = kind_of(name, schema).cloned().unwrap_or_default();
    let values = || only(wide(name, schema));
    let floats = || only(wide(name, schema).cast(DataType::Float64));
    // An empty sum is null, as in SQL; Polars says zero.
    let unless_empty = |sum: Expr| when(values().count().gt(lit(0))).then(sum).otherwise(lit(NULL));
    match function {
        Count => values().len().cast(DataType::Int64),
        CountValues => values().count().cast(DataType::Int64),
        CountDistinct => only(key(name, schema)).drop_nulls().n_unique().cast(DataType::Int64),
        Sum => match kind {
            // Integer sums wrap in silence in Polars: they are made where they can't.
            Type::Integer => unless_empty(only(wide(name, schema).cast(DataType::Decimal(38, 0))).sum()),
            Type::Decimal(_, scale) => {
                let sum = only(col(name).cast(DataType::Decimal(38, usize::from(scale)))).sum();
                unless_empty(within_38_digits(sum, floats().sum(), name, scale))
            }
            Type::Float if reproducible => unless_empty(floats().implode(true).list().sum()),
            _ => unless_empty(only(wide(name, schema)).sum()),
        },
        Mean if reproducible => floats().implode(true).list().mean(),
        Mean => floats().mean(),
        Median => floats().median(),
        Min => values().min(),
        // NaN is the largest number; Polars leaves it out.
        Max if kind == Type::Float => when(floats().is_nan().any(true)).then(lit(f64::NAN)).otherwise(values().max()),
        Max => values().max(),
        First => values().first(),
        Last => values().last(),
        StandardDeviation => floats().std(1),
        Variance => floats().var(1),
    }
}

/// A sum of decimals, which wraps around in silence where it has more than 38 digits: the same sum in floats tells.
fn within_38_digits(sum: Expr, floats: Expr, name: &str, scale: u8) -> Expr {
    let most = 10f64.powi(38 - i32::from(scale)) * (1.0 - 1e-12);
    let name = name.to_owned();
    let look = move |columns: &mut [Column]| {
        let [sum, floats] = columns else { polars_bail!(ComputeError: "a sum and its floats are two columns") };
        if floats.f64()?.iter().flatten().any(|sum| sum.abs() >= most) {
            let problem = Problem::new(format!("A sum of the decimals of {name:?} has more than 38 digits."));
            return Err(told(&problem.try_this("Convert the column to Float, or to decimals of fewer digits.")));
        }
        Ok(sum.clone())
    };
    sum.map_many(look, &[floats], |_, fields| Ok(fields[0].clone()))
}
