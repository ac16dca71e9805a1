//! Casts: between types, from text and to text.

use std::slice::from_ref;

use pipewright_engine::formula::Failure;
use pipewright_engine::number;
use pipewright_engine::types::Type;
use pipewright_engine::value::{Value, format_decimal, format_float, format_zoned};
use pipewright_engine::zones;
use polars::prelude::*;

use super::super::integer;
use super::numbers::{self, divide, fits};
use super::rows::{Cell, Checked, Made, Row, by_row, field};
use crate::convert;

/// A value of one type as another.
pub(super) fn cast(value: Expr, from: &Type, to: &Type) -> Checked {
    let dtype = convert::dtype(to);
    let plain = |value: Expr| Checked { value, reason: None };
    let out_of_range = Failure::OutOfRange(to.clone());
    let row = [value.clone()];
    match (from, to) {
        _ if from == to => plain(value),
        (_, Type::Text) => plain(to_text(value, from)),
        (Type::Text, _) => from_text(value, to),
        (Type::Integer, Type::Boolean) => plain(value.neq(integer(0))),
        (Type::Float, Type::Integer) => by_row(&row, to, true, move |row| {
            let rounded = row.float(0).round();
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
            if fits { Ok((rounded as i64).into()) } else { Err(out_of_range.clone()) }
        }),
        (Type::Decimal(p, s), Type::Decimal(q, t)) if t >= s && q - t >= p.saturating_sub(*s) => {
            plain(numbers::widened(&value, t - s, to))
        }
        (Type::Integer, Type::Decimal(q, t)) if q - t >= 19 => plain(numbers::widened(&value, *t, to)),
        (Type::Float, Type::Decimal(precision, scale)) => {
            let (precision, scale) = (*precision, *scale);
            by_row(&row, to, true, move |row| {
                let digits = number::to_digits(row.float(0), scale).filter(|digits| fits(*digits, precision));
                digits.map(Cell::from).ok_or_else(|| out_of_range.clone())
            })
        }
        (Type::Decimal(_, scale), Type::Integer) => {
            let dropped = i64::from(*scale);
            by_row(&row, to, true, move |row| match i64::try_from(divide(row.digits(0), dropped)) {
                Ok(whole) => Ok(whole.into()),
                Err(_) => Err(out_of_range.clone()),
            })
        }
        (Type::Decimal(_, scale), Type::Float) => plain(numbers::as_floats(&value, *scale)),
        (Type::Integer, Type::Decimal(precision, scale)) => {
            let to_scale = (*precision, *scale);
            by_row(&row, to, true, move |row| rescaled(i128::from(row.integer(0)), 0, to_scale, &out_of_range))
        }
        (Type::Decimal(_, from), Type::Decimal(precision, scale)) => {
            let (from, to_scale) = (*from, (*precision, *scale));
            by_row(&row, to, true, move |row| rescaled(row.digits(0), from, to_scale, &out_of_range))
        }
        (Type::Timestamp, Type::TimestampZoned(zone)) if zone != "UTC" => in_zone(value, zone, to),
        (Type::Date, Type::TimestampZoned(_)) => cast(cast_plainly(value, &Type::Timestamp), &Type::Timestamp, to),
        (Type::Timestamp, Type::TimestampZoned(_)) => {
            plain(value.dt().replace_time_zone(Some(TimeZone::UTC), lit("raise"), NonExistent::Raise))
        }
        (Type::TimestampZoned(_), Type::Date | Type::Time | Type::Timestamp) => {
            let clock = value.dt().replace_time_zone(None, lit("raise"), NonExistent::Raise);
            plain(if *to == Type::Timestamp { clock } else { clock.cast(dtype) })
        }
        (Type::List(from), Type::List(_)) if **from == Type::Null => plain(value.cast(dtype)),
        (Type::List(from), Type::List(to)) => each(value, from, to),
        _ => plain(value.cast(dtype)),
    }
}

fn cast_plainly(value: Expr, to: &Type) -> Expr {
    value.cast(convert::dtype(to))
}

/// A number with another count of digits after the point; halves are rounded away from zero.
fn rescaled<'a>(digits: i128, from: u8, (precision, scale): (u8, u8), failure: &Failure) -> Made<'a> {
    let rescaled = match scale.checked_sub(from) {
        Some(more) => digits.checked_mul(10i128.pow(u32::from(more))),
        None => Some(divide(digits, i64::from(from - scale))),
    };
    rescaled.filter(|digits| fits(*digits, precision)).map(Cell::from).ok_or_else(|| failure.clone())
}

/// A wall clock that was put forward or back has times that are not or twice: those fail.
fn in_zone(value: Expr, name: &str, kind: &Type) -> Checked {
    let Ok(zone) = zones::named(name) else { return Checked { value, reason: None } };
    by_row(&[value], kind, true, move |row| {
        let instant = zones::instant(row.integer(0), zone, zones::Unclear::Reject);
        instant.map(Cell::from).ok_or_else(|| zones::unclear(row.integer(0), zone))
    })
}

/// Every value of a list as another type. The list fails with the first that does.
fn each(value: Expr, from: &Type, to: &Type) -> Checked {
    let Checked { value: inner, reason } = cast(element(), from, to);
    let reason = reason.map(|reason| value.clone().list().eval(reason).list().drop_nulls().list().get(lit(0i64), true));
    Checked { value: value.list().eval(inner), reason }
}

/// Text as a value. Blanks around it do not count.
fn from_text(value: Expr, to: &Type) -> Checked {
    let kind = to.clone();
    by_row(&[value], to, true, move |row| read(row, &kind))
}

/// Whether a text can be read as a type.
pub(super) fn reads_as(text: &str, kind: &Type) -> bool {
    parsed(text, kind).is_some()
}

fn parsed(text: &str, kind: &Type) -> Option<Value> {
    Value::parse(text.trim_matches(|c: char| c.is_ascii_whitespace()), kind)
}

fn read<'a>(row: &Row<'a>, kind: &Type) -> Made<'a> {
    match parsed(row.text(0), kind) {
        Some(Value::Boolean(value)) => Ok(value.into()),
        Some(
            Value::Integer(value)
            | Value::Time(value)
            | Value::Timestamp(value)
            | Value::TimestampZoned(value)
            | Value::Duration(value),
        ) => Ok(value.into()),
        Some(Value::Float(value)) => Ok(value.into()),
        Some(Value::Decimal(digits, _)) => Ok(digits.into()),
        Some(Value::Date(day)) => Ok(i64::from(day).into()),
        Some(Value::Text(_) | Value::Null | Value::Binary(_) | Value::List(_) | Value::Struct(_)) | None => {
            Err(Failure::NotA(kind.clone()))
        }
    }
}

/// A value as people see it.
pub(super) fn to_text(value: Expr, from: &Type) -> Expr {
    let text = |write: fn(&Row<'_>) -> String| {
        by_row(from_ref(&value), &Type::Text, false, move |row| Ok(write(row).into())).value
    };
    match from {
        Type::Text | Type::Null | Type::Integer | Type::Boolean => value.cast(DataType::String),
        Type::Float => text(|row| format_float(row.float(0))),
        Type::Decimal(_, scale) => {
            let scale = *scale;
            by_row(&[value], &Type::Text, false, move |row| Ok(format_decimal(row.digits(0), scale).into())).value
        }
        Type::Date => text(|row| Value::Date(i32::try_from(row.integer(0)).unwrap_or_default()).to_string()),
        Type::Time => text(|row| Value::Time(row.integer(0)).to_string()),
        Type::Timestamp => text(|row| Value::Timestamp(row.integer(0)).to_string()),
        Type::TimestampZoned(zone) => {
            let zone = zone.clone();
            by_row(&[value], &Type::Text, false, move |row| Ok(format_zoned(row.integer(0), &zone).into())).value
        }
        Type::Duration => text(|row| Value::Duration(row.integer(0)).to_string()),
        Type::Binary | Type::List(_) | Type::Struct(_) => written(value),
    }
}

/// Values with others inside of them as text: for messages, so without regard to speed.
fn written(value: Expr) -> Expr {
    value.map_many(
        |columns| {
            let column = columns.first().cloned().unwrap_or_default();
            let series = column.as_materialized_series();
            let texts = series.iter().map(|value| (!value.is_null()).then(|| convert::our_value(&value).to_string()));
            Ok(StringChunked::from_iter_options(column.name().clone(), texts).into_column())
        },
        &[],
        field(DataType::String),
    )
}
