//! stub
use pipewright_engine::formula::{Expr as Formula, Function, Node};
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use super::wide;
use crate::convert;

pub(super) struct Lowered {
    pub(super) value: Expr,
    pub(super) reason: Option<Expr>,
}

pub(super) fn lower(formula: &Formula, schema: &OurSchema) -> PolarsResult<Lowered> {
    let infallible = |value| Lowered { value, reason: None };
    Ok(match &formula.node {
        Node::Column(name) => infallible(wide(name, schema)),
        Node::Literal(value) => infallible(convert::literal(value, &formula.kind)),
        Node::Cast { value, .. } => {
            let from = lower(value, schema)?.value;
            let value = from.clone().cast(convert::dtype(&formula.kind));
            let failed = from.is_not_null().and(value.clone().is_null());
            Lowered {
                value,
                reason: Some(when(failed).then(lit("out of range")).otherwise(lit(NULL).cast(DataType::String))),
            }
        }
        Node::Call { function, arguments } => {
            let value = lower(&arguments[0], schema)?.value;
            infallible(match function {
                Function::IsNull => value.is_null(),
                Function::IsTrue => value.clone().is_not_null().and(value),
                Function::Not => value.not(),
                _ => value,
            })
        }
        Node::Case { .. } => infallible(lit(NULL)),
    })
}

pub(super) fn as_text(name: &str, schema: &OurSchema) -> Expr {
    wide(name, schema).cast(DataType::String)
}
