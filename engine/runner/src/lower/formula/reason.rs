//! The columns that say why rows fail. Hardly any row does, so every step first looks whether there is anything to do.

use pipewright_engine::formula::Failure;
use polars::prelude::*;

use super::rows::{field, height};

/// No row fails.
pub(super) fn none() -> Expr {
    lit(Scalar::null(DataType::String))
}

/// A column of reasons computed from arguments.
pub(super) fn of<F>(arguments: &[Expr], function: F) -> Expr
where
    F: Fn(&[Column]) -> PolarsResult<Column> + Send + Sync + 'static,
{
    let [first, rest @ ..] = arguments else { return none() };
    first.clone().map_many(move |columns| function(columns), rest, field(DataType::String))
}

/// The first reason of each row.
pub(super) fn first(reasons: impl IntoIterator<Item = Option<Expr>>) -> Option<Expr> {
    let mut reasons: Vec<Expr> = reasons.into_iter().flatten().collect();
    if reasons.len() < 2 {
        return reasons.pop();
    }
    Some(of(&reasons, |columns| {
        let mut result: Option<Series> = None;
        for column in columns.iter().rev().filter(|column| !is_empty(column)) {
            let reason = column.as_materialized_series();
            result = Some(match result {
                Some(later) => reason.zip_with(&reason.is_not_null(), &later)?,
                None => reason.clone(),
            });
        }
        Ok(result.map_or_else(|| nothing(height(columns)), IntoColumn::into_column))
    }))
}

/// The reasons of the branch that each row takes: `then` where the condition is true.
pub(super) fn branch(condition: Expr, then: Option<Expr>, otherwise: Option<Expr>) -> Option<Expr> {
    if then.is_none() && otherwise.is_none() {
        return None;
    }
    let arguments = [then.unwrap_or_else(none), otherwise.unwrap_or_else(none), condition];
    Some(of(&arguments, |columns| match columns {
        [then, otherwise, condition] if !is_empty(then) || !is_empty(otherwise) => {
            let condition = condition.as_materialized_series().bool()?;
            let taken = then.as_materialized_series().zip_with(condition, otherwise.as_materialized_series())?;
            Ok(taken.into_column())
        }
        _ => Ok(nothing(height(columns))),
    }))
}

/// The value where there is no reason against it, else null.
pub(super) fn keep(value: Expr, reason: Expr, dtype: DataType) -> Expr {
    value.map_many(
        |columns| match columns {
            [value, reason] if !is_empty(reason) => {
                let null = Series::full_null(value.name().clone(), 1, value.dtype());
                let failed = reason.as_materialized_series().is_not_null();
                Ok(null.zip_with(&failed, value.as_materialized_series())?.into_column())
            }
            columns => Ok(columns.first().cloned().unwrap_or_default()),
        },
        &[reason],
        field(dtype),
    )
}

/// The column of the failures of rows.
pub(super) fn gather(failures: impl Iterator<Item = Option<Failure>>, height: usize) -> Column {
    told(failures.enumerate().filter_map(|(at, failure)| failure.map(|failure| (at, failure))).collect(), height)
}

/// The column of failures in these rows.
fn told(failures: Vec<(usize, Failure)>, height: usize) -> Column {
    if failures.is_empty() {
        return nothing(height);
    }
    let mut texts = StringChunkedBuilder::new(PlSmallStr::EMPTY, height);
    let mut filled = 0;
    for (at, failure) in failures {
        (filled..at).for_each(|_| texts.append_null());
        texts.append_value(failure.to_string());
        filled = at + 1;
    }
    (filled..height).for_each(|_| texts.append_null());
    texts.finish().into_series().into_column()
}

fn is_empty(reasons: &Column) -> bool {
    reasons.null_count() == reasons.len()
}

pub(super) fn nothing(height: usize) -> Column {
    Column::full_null(PlSmallStr::EMPTY, height, &DataType::String)
}
