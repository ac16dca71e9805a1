//! Values of held tables as they are shown: cut short where they are long.

use pipewright_engine::nodes::Step;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use polars::prelude::{AnyValue, Column, DataFrame};

use super::held::Held;
use crate::convert;
use crate::show::Rejects;
use crate::verdict::{FIRST_CASES, cases};

/// What of a table is drawn on a node.
const HEAD: usize = 12;
const HEAD_TEXT: usize = 80;

/// The first rows of the first columns; of a chart, all that it draws.
pub(super) fn head(table: &Held, step: &Step) -> Result<Table, Problem> {
    let most = if let Step::Chart(chart) = step { chart.most_drawn() } else { HEAD as u64 };
    let frame = table.rows.slice(0..most, 0..HEAD)?;
    let schema = Schema(table.schema.0.iter().take(HEAD).cloned().collect());
    Ok(Table { schema, rows: rows(&frame, HEAD_TEXT) })
}

/// What there is to say of rejected rows, if this output has some.
pub(super) fn rejects(table: &Held, step: &Step, output: usize, certain: bool) -> Result<Option<Rejects>, Problem> {
    let is_rejected = step.card().is_ok_and(|card| card.outputs.get(output) == Some(&"rejected"));
    if !is_rejected || table.rows.height() == 0 {
        return Ok(None);
    }
    let frame = table.rows.slice(0..FIRST_CASES as u64, 0..table.schema.0.len())?;
    let first = Table { schema: table.schema.clone(), rows: rows(&frame, HEAD_TEXT) };
    Ok(Some(Rejects { cases: cases(&first), certain }))
}

/// All rows of a small frame, each value with at most `most` characters of text.
pub(super) fn rows(frame: &DataFrame, most: usize) -> Vec<Vec<Value>> {
    let value = |column: &Column, at| column.get(at).map_or(Value::Null, |value| shortened(&value, most));
    let row = |at| frame.columns().iter().map(|column| value(column, at)).collect();
    (0..frame.height()).map(row).collect()
}

/// A value with at most so many characters of text, or bytes, or values within it. What is cut ends with `…`.
pub(super) fn shortened(value: &AnyValue, most: usize) -> Value {
    match value {
        AnyValue::String(text) => Value::Text(short(text, most)),
        AnyValue::StringOwned(text) => Value::Text(short(text, most)),
        AnyValue::Binary(bytes) => Value::Binary(bytes[..bytes.len().min(most)].to_vec()),
        AnyValue::List(series) => shortened_value(convert::our_value(&AnyValue::List(series.head(Some(most)))), most),
        value => shortened_value(convert::our_value(value), most),
    }
}

fn shortened_value(value: Value, most: usize) -> Value {
    match value {
        Value::Text(text) => Value::Text(short(&text, most)),
        Value::Binary(bytes) => Value::Binary(bytes.into_iter().take(most).collect()),
        Value::List(values) => {
            Value::List(values.into_iter().take(most).map(|value| shortened_value(value, most)).collect())
        }
        Value::Struct(fields) => {
            Value::Struct(fields.into_iter().map(|(name, value)| (name, shortened_value(value, most))).collect())
        }
        value => value,
    }
}

fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}
