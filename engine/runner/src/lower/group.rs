//! Groups: aggregates and pivots.

use pipewright_engine::plan::{Aggregate, Pivot};
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use super::aggregate::{Scope, aggregate};
use super::{key, kind_of, wide};
use crate::convert;

pub(super) fn group_by(
    frame: LazyFrame,
    by: &[String],
    aggregates: &[Aggregate],
    reproducible: bool,
    schema: &OurSchema,
) -> LazyFrame {
    let scope = Scope { schema, reproducible, only: None, over: false };
    let made = aggregates.iter().map(|one| aggregate(one, &scope).alias(one.name.as_str())).collect();
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
        let scope = Scope { schema, reproducible: false, only: Some(is_it), over: false };
        aggregate(&pivot.aggregate, &scope).alias(name.as_str())
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
    let hidden = |at: usize| format!("\u{2}key {at}");
    let keys: Vec<Expr> = by.iter().enumerate().map(|(at, name)| key(name, schema).alias(hidden(at))).collect();
    let firsts = by.iter().map(|name| col(name.as_str()).first());
    let made = firsts.chain(made).collect::<Vec<_>>();
    let names: Vec<Expr> = (0..by.len()).map(|at| col(hidden(at))).collect();
    frame.with_columns(keys).group_by_stable(names).agg(made).drop(cols((0..by.len()).map(hidden)))
}
