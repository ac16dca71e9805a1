//! Values as text, in the one form that all formats of text use and that our readers take.

use std::fmt::Write as _;

use pipewright_engine::types::{Column as OurColumn, Storage, Type};
use pipewright_engine::value::{Value, format_float, format_zoned, push_float};
use polars::prelude::*;

use crate::convert;

/// The column as text.
pub(super) fn text(column: &OurColumn) -> Expr {
    let column_of = col(column.name.as_str());
    match (&column.kind, column.storage) {
        (Type::Text, None) => column_of,
        (Type::Text, _) | (Type::Null, _) | (Type::Integer, _) => column_of.cast(DataType::String),
        (Type::Float, None) => column_of.map(floats, is_text),
        _ => column_of.map(each(|value, words| words.push_str(&word(value))), is_text),
    }
}

pub(super) fn is_text(_: &Schema, field: &Field) -> PolarsResult<Field> {
    Ok(Field::new(field.name.clone(), DataType::String))
}

/// Writes every value that is not null by `write`.
pub(super) fn each(
    write: impl Fn(&AnyValue, &mut String) + Send + Sync + 'static,
) -> impl Fn(Column) -> PolarsResult<Column> + Send + Sync + 'static {
    move |column: Column| {
        let values = column.as_materialized_series().rechunk();
        let mut words = StringChunkedBuilder::new(column.name().clone(), values.len());
        let mut word = String::new();
        for value in values.iter() {
            if value.is_null() {
                words.append_null();
                continue;
            }
            word.clear();
            write(&value, &mut word);
            words.append_value(&word);
        }
        Ok(words.finish().into_column())
    }
}

/// What [`each`] would make of floats, but without looking at the type of every one.
fn floats(column: Column) -> PolarsResult<Column> {
    let values = column.f64()?;
    let mut words = StringChunkedBuilder::new(column.name().clone(), values.len());
    let mut word = String::new();
    for value in values.iter() {
        word.clear();
        if let Some(value) = value {
            push_float(value, &mut word);
        }
        words.append_option(value.map(|_| &word));
    }
    Ok(words.finish().into_column())
}

/// As our own values print, but nanoseconds stay.
fn word(value: &AnyValue) -> String {
    match value {
        AnyValue::Float32(value) => format_float(value.to_string().parse().unwrap_or(f64::from(*value))),
        AnyValue::List(_) | AnyValue::Array(..) | AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            let mut text = String::new();
            write_json(value, &mut text);
            text
        }
        AnyValue::Time(nanos) => with_nanos(&convert::our_value(value).to_string(), *nanos),
        AnyValue::Datetime(at, TimeUnit::Nanoseconds, None) => with_nanos(&convert::our_value(value).to_string(), *at),
        AnyValue::Datetime(at, unit, Some(zone)) => zoned(value, *at, *unit, zone),
        AnyValue::DatetimeOwned(at, unit, Some(zone)) => zoned(value, *at, *unit, zone),
        AnyValue::Duration(length, TimeUnit::Nanoseconds) => duration(*length),
        _ => convert::our_value(value).to_string(),
    }
}

/// An instant as the clocks of its zone show it.
fn zoned(value: &AnyValue, at: i64, unit: TimeUnit, zone: &str) -> String {
    let micros = match convert::our_value(value) {
        Value::TimestampZoned(micros) => micros,
        told => return told.to_string(),
    };
    let text = format_zoned(micros, zone);
    if unit != TimeUnit::Nanoseconds {
        return text;
    }
    // The offset stands behind the date and a blank.
    let end = text.get(11..).and_then(|time| time.find(['+', '-', 'Z'])).map_or(text.len(), |end| end + 11);
    format!("{}{}", with_nanos(&text[..end], at), &text[end..])
}

/// A duration in nanoseconds. One below zero is as long as the one above, with its sign.
fn duration(nanos: i64) -> String {
    let micros = nanos / 1000;
    // Something below the second lets seconds be written at all, and a sign.
    let some = if micros % 1_000_000 == 0 && nanos % 1000 != 0 { micros + nanos.signum() } else { micros };
    with_nanos(&Value::Duration(some).to_string(), nanos.saturating_abs())
}

/// A time to the microsecond with what is below that.
fn with_nanos(text: &str, nanos: i64) -> String {
    let below = nanos.rem_euclid(1000);
    if below == 0 {
        return text.to_owned();
    }
    let micros = nanos.div_euclid(1000).rem_euclid(1_000_000);
    let seconds = text.split_once('.').map_or(text, |(seconds, _)| seconds);
    format!("{seconds}.{micros:06}{below:03}")
}

/// Appends a value as JSON. JSON has no NaN and no infinity: they are text, as are dates.
pub(super) fn write_json(value: &AnyValue, json: &mut String) {
    let quoted = |json: &mut String, text: &str| {
        json.push_str(&serde_json::Value::from(text).to_string());
    };
    match value {
        AnyValue::Null => json.push_str("null"),
        AnyValue::Boolean(value) => json.push_str(if *value { "true" } else { "false" }),
        AnyValue::Float32(value) if !value.is_finite() => quoted(json, &word(&AnyValue::Float32(*value))),
        AnyValue::Float64(value) if !value.is_finite() => quoted(json, &format_float(*value)),
        AnyValue::Float32(_) | AnyValue::Float64(_) | AnyValue::Decimal(..) => {
            json.push_str(&word(value));
        }
        AnyValue::List(values) => write_list(values, json),
        AnyValue::Array(values, _) => write_list(values, json),
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            let DataType::Struct(fields) = value.dtype() else { return };
            json.push('{');
            for (at, (field, value)) in fields.iter().zip(value._iter_struct_av()).enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                quoted(json, &field.name);
                json.push(':');
                write_json(&value, json);
            }
            json.push('}');
        }
        AnyValue::String(text) => quoted(json, text),
        value => match convert::our_value(value) {
            number @ (Value::Integer(_) | Value::Decimal(..)) => _ = write!(json, "{number}"),
            _ => quoted(json, &word(value)),
        },
    }
}

fn write_list(values: &Series, json: &mut String) {
    json.push('[');
    for (at, value) in values.iter().enumerate() {
        json.push_str(if at > 0 { "," } else { "" });
        write_json(&value, json);
    }
    json.push(']');
}

/// Whether Polars writes the values of a column in our form by itself.
pub(super) fn is_written_alike(column: &OurColumn) -> bool {
    match column.kind {
        Type::Duration | Type::Binary | Type::List(_) | Type::Struct(_) | Type::TimestampZoned(_) => false,
        Type::Float => false,
        _ => column.storage != Some(Storage::Dictionary),
    }
}
