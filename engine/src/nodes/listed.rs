//! Values that people write into parameters, as values of a column.

use crate::formula::{Expr, Function};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// A value of this column, from its text. Any text does for a column of nothing but nulls, which has no value anyway.
pub fn value(column: &Column, text: &str) -> Result<Expr, Problem> {
    if column.kind == Type::Null {
        return Ok(Expr::literal(Value::text(text)));
    }
    let value = Value::parse(text, &column.kind)
        .ok_or_else(|| Problem::new(format!("{:?} is {}, and {text:?} is not.", column.name, column.kind)))?;
    // A value alone knows neither the zone nor the digits of its column.
    Ok(Expr { kind: column.kind.clone(), ..Expr::literal(value) })
}

/// Whether the column has one of these values; null where it is null.
pub fn is_one_of(column: &Column, texts: &[String], parameter: &str) -> Result<Expr, Problem> {
    let mut operands = vec![Expr::column(column)];
    for (at, text) in texts.iter().enumerate() {
        operands.push(value(column, text).map_err(|problem| problem.at(format!("{parameter}[{at}]")))?);
    }
    Expr::call(Function::In, operands)
}
