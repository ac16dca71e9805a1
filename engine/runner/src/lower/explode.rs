//! Lists → rows.

use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use super::kind_of;
use crate::convert;

pub(super) fn explode(
    frame: LazyFrame,
    column: &str,
    keep_empty: bool,
    position: Option<&str>,
    schema: &OurSchema,
) -> LazyFrame {
    let is_null = kind_of(column, schema) == Some(&Type::Null);
    // Arrays become lists, and what they hold becomes wide: only a column by itself is kept narrow.
    let list = match kind_of(column, schema) {
        Some(kind) if !is_null => col(column).strict_cast(convert::dtype(kind)),
        _ => lit(NULL).cast(DataType::List(Box::new(DataType::Int64))).alias(column),
    };
    let options = ExplodeOptions { empty_as_null: keep_empty, keep_nulls: keep_empty };
    let mut exploded = vec![column];
    let mut frame = frame.with_column(list);
    if let Some(position) = position {
        frame = frame.with_column(positions(column).alias(position));
        exploded.push(position);
    }
    let frame = frame.explode(cols(exploded), options);
    if is_null { frame.with_column(lit(NULL).alias(column)) } else { frame }
}

/// For each list the numbers of its elements, from 1.
fn positions(column: &str) -> Expr {
    let to = DataType::List(Box::new(DataType::Int64));
    let output = to.clone();
    col(column).map(
        move |column| {
            let lists = column.as_materialized_series().list()?.clone();
            let mut numbers = ListPrimitiveChunkedBuilder::<Int64Type>::new(
                column.name().clone(),
                lists.len(),
                lists.len(),
                DataType::Int64,
            );
            for list in lists.amortized_iter() {
                match list {
                    Some(list) => numbers.append_values_iter(1..=list.as_ref().len() as i64),
                    None => numbers.append_null(),
                }
            }
            Ok(numbers.finish().into_series().cast(&to)?.into_column())
        },
        move |_, field| Ok(Field::new(field.name().clone(), output.clone())),
    )
}
