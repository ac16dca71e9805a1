//! Formulas → Polars expressions, faithful to their meaning in every row.
//!
//! A formula becomes two expressions: its value, and the reason why a row fails. Beneath the top the value of a failing row may
//! be anything, since whatever is made of it, the first reason wins; at the top it becomes null. Native expressions of Polars are
//! used wherever they mean the same; the rest are Rust functions over rows.

mod calendar;
mod call;
mod cast;
mod cipher;
mod codes;
mod dates;
mod digest;
mod format;
mod hashes;
mod json;
mod likeness;
mod lists;
mod number_format;
mod numbers;
mod reason;
mod rows;
mod text;
mod unicode;
mod uuid;

use pipewright_engine::formula::{Expr as Formula, Function, Node};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema as OurSchema, Type};
use pipewright_engine::value::Value;
use polars::prelude::*;

use super::{told, wide};
use crate::convert;
use rows::Checked;

/// A formula as expressions over the columns of a frame.
pub(super) struct Lowered {
    /// The value, null in rows that fail.
    pub(super) value: Expr,
    /// Text that says why a row fails, null in all others. None for formulas that can't fail.
    pub(super) reason: Option<Expr>,
}

pub(super) fn lower(formula: &Formula, schema: &OurSchema) -> PolarsResult<Lowered> {
    let Checked { value, reason } = checked(formula, schema)?;
    let Some(reason) = reason else { return Ok(Lowered { value, reason: None }) };
    let value = reason::keep(value, reason.clone(), convert::dtype(&formula.kind));
    Ok(Lowered { value, reason: Some(reason) })
}

/// The value of a column as text, as people see it.
pub(super) fn as_text(name: &str, schema: &OurSchema) -> Expr {
    let kind = schema.column(name).map_or(Type::Null, |column| column.kind.clone());
    cast::to_text(wide(name, schema), &kind)
}

fn checked(formula: &Formula, schema: &OurSchema) -> PolarsResult<Checked> {
    let kind = &formula.kind;
    let of = |formula: &Formula| checked(formula, schema);
    Ok(match &formula.node {
        Node::Column(name) => Checked { value: wide(name, schema), reason: None },
        Node::Literal(value) => Checked { value: convert::literal(value, kind), reason: None },
        Node::Cast { value, .. } => {
            let Checked { value: inner, reason: before } = of(value)?;
            let Checked { value, reason } = cast::cast(inner, &value.kind, kind);
            let here = reason.filter(|_| formula.fails_here());
            Checked { value, reason: reason::first([before, here]) }
        }
        Node::Case { branches, otherwise } => {
            let last = match otherwise {
                Some(otherwise) => of(otherwise)?,
                None => Checked { value: convert::literal(&Value::Null, kind), reason: None },
            };
            let branches = branches.iter().map(|(condition, result)| Ok((of(condition)?, of(result)?)));
            case(branches.collect::<PolarsResult<_>>()?, last)
        }
        Node::Call { function: Function::And, arguments } => connect(all(arguments, schema)?, false),
        Node::Call { function: Function::Or, arguments } => connect(all(arguments, schema)?, true),
        Node::Call { function: Function::Coalesce, arguments } => first_filled(all(arguments, schema)?),
        Node::Call { function: Function::Try, arguments } => match all(arguments, schema)?.pop() {
            Some(Checked { value, reason: Some(reason) }) => {
                Checked { value: reason::keep(value, reason, convert::dtype(kind)), reason: None }
            }
            tried => tried.unwrap_or_else(|| Checked { value: convert::literal(&Value::Null, kind), reason: None }),
        },
        Node::Call { function, arguments } => {
            let (values, before): (Vec<_>, Vec<_>) =
                all(arguments, schema)?.into_iter().map(|checked| (checked.value, checked.reason)).unzip();
            let Checked { value, reason } = call::call(*function, formula, arguments, &values)?;
            Checked { value, reason: reason::first(before.into_iter().chain([reason])) }
        }
    })
}

fn all(formulas: &[Formula], schema: &OurSchema) -> PolarsResult<Vec<Checked>> {
    formulas.iter().map(|formula| checked(formula, schema)).collect()
}

/// The result of the first branch whose condition is true, and only its reason.
fn case(branches: Vec<(Checked, Checked)>, otherwise: Checked) -> Checked {
    branches.into_iter().rev().fold(otherwise, |rest, (condition, result)| Checked {
        value: when(condition.value.clone()).then(result.value).otherwise(rest.value),
        reason: reason::first([condition.reason, reason::branch(condition.value, result.reason, rest.reason)]),
    })
}

/// `and` is decided by a false, `or` by a true: nothing after it is looked at.
fn connect(arguments: Vec<Checked>, decisive: bool) -> Checked {
    let mut arguments = arguments.into_iter().rev();
    let last = arguments.next().unwrap_or_else(|| Checked { value: lit(!decisive), reason: None });
    arguments.fold(last, |rest, Checked { value, reason }| {
        let decided = if decisive { value.clone() } else { value.clone().not() };
        Checked {
            value: if decisive { value.or(rest.value) } else { value.and(rest.value) },
            reason: reason::first([reason, reason::branch(decided, None, rest.reason)]),
        }
    })
}

/// The first value that is not null: nothing after it is looked at.
fn first_filled(arguments: Vec<Checked>) -> Checked {
    let values: Vec<Expr> = arguments.iter().map(|argument| argument.value.clone()).collect();
    let reason = arguments.into_iter().rev().fold(None, |rest, Checked { value, reason }| {
        reason::first([reason, reason::branch(value.is_not_null(), None, rest)])
    });
    Checked { value: coalesce(&values), reason }
}

/// An error that is the user's to put right.
fn refused(message: String) -> PolarsError {
    told(&Problem::new(message))
}
