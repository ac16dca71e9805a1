//! What a cell holds, as one of our values.

use calamine::{Data, ExcelDateTime};
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value};

use super::not;

/// What the cells of a column have in common so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Empty,
    Boolean,
    Integer,
    Float,
    Date,
    Timestamp,
    Time,
    Duration,
    Text,
}

impl Kind {
    pub fn of(cell: Option<&Data>) -> Self {
        match own_value(cell) {
            Some(Value::Boolean(_)) => Self::Boolean,
            Some(Value::Integer(_)) => Self::Integer,
            Some(Value::Float(_)) => Self::Float,
            Some(Value::Date(_)) => Self::Date,
            Some(Value::Timestamp(_)) => Self::Timestamp,
            Some(Value::Time(_)) => Self::Time,
            Some(Value::Duration(_)) => Self::Duration,
            Some(Value::Null) | None => Self::Empty,
            Some(_) => Self::Text,
        }
    }

    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Empty, kind) | (kind, Self::Empty) => kind,
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Self::Float,
            (Self::Date, Self::Timestamp) | (Self::Timestamp, Self::Date) => Self::Timestamp,
            (Self::Time, Self::Duration) | (Self::Duration, Self::Time) => Self::Duration,
            _ => Self::Text,
        }
    }

    pub fn into_type(self) -> Type {
        match self {
            Self::Boolean => Type::Boolean,
            Self::Integer => Type::Integer,
            Self::Float => Type::Float,
            Self::Date => Type::Date,
            Self::Timestamp => Type::Timestamp,
            Self::Time => Type::Time,
            Self::Duration => Type::Duration,
            Self::Empty | Self::Text => Type::Text,
        }
    }
}

pub(super) fn is_empty(cell: Option<&Data>) -> bool {
    own_value(cell) == Some(Value::Null)
}

/// The value as people see it in the sheet, but in our one way of writing.
pub(super) fn shown(cell: Option<&Data>) -> String {
    match cell {
        Some(Data::Error(error)) => error.to_string(),
        _ => own_value(cell).unwrap_or_default().to_string(),
    }
}

/// The value in this type, or why it is not of it.
pub(super) fn value(cell: Option<&Data>, kind: &Type) -> Result<Value, String> {
    let Some(own) = own_value(cell) else { return Err(shown(cell)) };
    Ok(match (own, kind) {
        (Value::Null, _) => Value::Null,
        (own, Type::Text) => Value::Text(own.to_string()),
        (own @ Value::Boolean(_), Type::Boolean)
        | (own @ Value::Integer(_), Type::Integer)
        | (own @ Value::Float(_), Type::Float)
        | (own @ Value::Date(_), Type::Date)
        | (own @ Value::Time(_), Type::Time)
        | (own @ Value::Timestamp(_), Type::Timestamp)
        | (own @ Value::Duration(_), Type::Duration) => own,
        (Value::Integer(value), Type::Float) => Value::Float(value as f64),
        (Value::Time(value), Type::Duration) => Value::Duration(value),
        (own @ (Value::Integer(_) | Value::Float(_)), Type::Decimal(..)) | (own @ Value::Date(_), Type::Timestamp) => {
            Value::parse(&own.to_string(), kind).ok_or_else(|| not(kind))?
        }
        (Value::Text(text), kind) => Value::parse(text.trim(), kind).ok_or_else(|| not(kind))?,
        _ => return Err(not(kind)),
    })
}

/// The value in the type that the cell has by itself; none for an error such as `#N/A`.
fn own_value(cell: Option<&Data>) -> Option<Value> {
    Some(match cell {
        None | Some(Data::Empty) => Value::Null,
        Some(Data::Error(_)) => return None,
        Some(Data::String(text)) if text.is_empty() => Value::Null,
        Some(Data::String(text)) => Value::text(text),
        Some(Data::Bool(value)) => Value::Boolean(*value),
        Some(Data::Int(value)) => Value::Integer(*value),
        Some(Data::Float(value)) => number(*value),
        Some(Data::DateTime(at)) => date_or_time(at),
        Some(Data::DateTimeIso(text)) => iso_date(text).unwrap_or_else(|| Value::text(text)),
        Some(Data::DurationIso(text)) => iso_duration(text).unwrap_or_else(|| Value::text(text)),
    })
}

/// All numbers of a sheet are floats; those without a fraction, and exact, are integers to everyone.
fn number(value: f64) -> Value {
    // Up to 2^53 each whole number is a float of its own.
    let is_whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    if is_whole { Value::Integer(value as i64) } else { Value::Float(value) }
}

fn date_or_time(at: &ExcelDateTime) -> Value {
    let micros = |days: f64| (days * DAY_MICROS as f64).round() as i64;
    if at.is_duration() {
        return Value::Duration(micros(at.as_f64()));
    }
    if (0.0..1.0).contains(&at.as_f64()) {
        let millis = (at.as_f64() * DAY_MICROS as f64 / 1000.0).round() as i64;
        return Value::Time((millis * 1000).min(DAY_MICROS - 1000));
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let text = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{text} {hour:02}:{minute:02}:{second:02}.{milli:03}");
    let is_midnight = (hour, minute, second, milli) == (0, 0, 0, 0);
    let value = if is_midnight { Value::parse(&text, &Type::Date) } else { Value::parse(&time, &Type::Timestamp) };
    // The 29th of February 1900 is a day to Excel only.
    value.unwrap_or(Value::Text(if is_midnight { text } else { time }))
}

fn iso_date(text: &str) -> Option<Value> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let date = Value::parse(text, &Type::Date).or_else(|| Value::parse(text, &Type::Timestamp))?;
    match date {
        Value::Timestamp(micros) if micros.rem_euclid(DAY_MICROS) == 0 => {
            Some(Value::Date(i32::try_from(micros.div_euclid(DAY_MICROS)).ok()?))
        }
        other => Some(other),
    }
}

/// `PT12H30M00S`: a time of day as OpenDocument has it, or a duration where it is longer.
fn iso_duration(text: &str) -> Option<Value> {
    let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
    let (minutes, seconds) = rest.strip_suffix('S')?.split_once('M')?;
    let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
    let whole: i64 = hours.parse::<i64>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
    let micros = whole.checked_mul(60_000_000)?.checked_add((seconds * 1e6).round() as i64)?;
    Some(if (0..DAY_MICROS).contains(&micros) { Value::Time(micros) } else { Value::Duration(micros) })
}
