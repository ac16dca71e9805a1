//! What a cell holds, as one of our values.

use calamine::{Data, ExcelDateTime, ExcelDateTimeType};
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value};

use super::book::Content;
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
    pub fn of(cell: Content) -> Self {
        match own_value(cell) {
            Ok(Value::Boolean(_)) => Self::Boolean,
            Ok(Value::Integer(_)) => Self::Integer,
            Ok(Value::Float(_)) => Self::Float,
            Ok(Value::Date(_)) => Self::Date,
            Ok(Value::Timestamp(_)) => Self::Timestamp,
            Ok(Value::Time(_)) => Self::Time,
            Ok(Value::Duration(_)) => Self::Duration,
            Ok(Value::Null) | Err(_) => Self::Empty,
            Ok(_) => Self::Text,
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

pub(super) fn is_empty(cell: Content) -> bool {
    own_value(cell) == Ok(Value::Null)
}

pub(super) fn is_text(cell: Content) -> bool {
    matches!(own_value(cell), Ok(Value::Text(_)))
}

/// The value as people see it in the sheet, but in our one way of writing.
pub(super) fn shown(cell: Content) -> String {
    match cell {
        Content::Of(Data::Error(error)) => error.to_string(),
        Content::Unsaved(formula) => formula.to_owned(),
        Content::Of(Data::DateTime(at)) | Content::Day(at) => {
            own_value(cell).unwrap_or_else(|_| number(at.as_f64())).to_string()
        }
        _ => own_value(cell).unwrap_or_default().to_string(),
    }
}

/// The value in this type, or why it is not of it.
pub(super) fn value(cell: Content, kind: &Type) -> Result<Value, String> {
    Ok(match (own_value(cell)?, kind) {
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

/// The value in the type that the cell has by itself, or why it has none: an error such as `#N/A`, or what is no date.
fn own_value(cell: Content) -> Result<Value, String> {
    let data = match cell {
        Content::Empty => return Ok(Value::Null),
        Content::Unsaved(_) => return Err(UNSAVED.to_owned()),
        Content::Day(at) => return date(at),
        Content::Of(data) => data,
    };
    Ok(match data {
        Data::Empty => Value::Null,
        Data::Error(error) => return Err(error.to_string()),
        Data::String(text) if text.is_empty() => Value::Null,
        Data::String(text) => Value::text(text),
        Data::Bool(value) => Value::Boolean(*value),
        Data::Int(value) => Value::Integer(*value),
        Data::Float(value) => number(*value),
        Data::DateTime(at) => return date_or_time(at),
        Data::DateTimeIso(text) => iso_date(text).unwrap_or_else(|| Value::text(text)),
        Data::DurationIso(text) => iso_duration(text).unwrap_or_else(|| Value::text(text)),
    })
}

/// Programs that write formulas without computing them leave the value to the first spreadsheet program that opens the workbook.
const UNSAVED: &str = "a formula without a value: open the workbook in a spreadsheet program and save it";

/// All numbers of a sheet are floats; those without a fraction, and exact, are integers to everyone.
fn number(value: f64) -> Value {
    // Up to 2^53 each whole number is a float of its own.
    let is_whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    if is_whole { Value::Integer(value as i64) } else { Value::Float(value) }
}

fn date_or_time(at: &ExcelDateTime) -> Result<Value, String> {
    let days = at.as_f64();
    if at.is_duration() {
        // Beyond that there are no microseconds.
        let fits = days.abs() < i64::MAX as f64 / DAY_MICROS as f64;
        return if fits {
            Ok(Value::Duration((days * DAY_MICROS as f64).round() as i64))
        } else {
            Err(not(&Type::Duration))
        };
    }
    if (0.0..1.0).contains(&days) {
        let millis = (days * DAY_MICROS as f64 / 1000.0).round() as i64;
        return Ok(Value::Time((millis * 1000).min(DAY_MICROS - 1000)));
    }
    date(at)
}

/// The days of a workbook are counted from 1900, where the first is 1, or from 1904, where it is 0; the last is that of the year 9999.
fn date(at: &ExcelDateTime) -> Result<Value, String> {
    const LAST: f64 = 2_958_466.0;
    const YEARS_BETWEEN: f64 = 1462.0;
    let is_from_1904 = *at == ExcelDateTime::new(at.as_f64(), ExcelDateTimeType::DateTime, true);
    let (first, end) = if is_from_1904 { (0.0, LAST - YEARS_BETWEEN) } else { (1.0, LAST) };
    if !(first..end).contains(&at.as_f64()) {
        return Err("a number that is no date".to_owned());
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let text = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{text} {hour:02}:{minute:02}:{second:02}.{milli:03}");
    let is_midnight = (hour, minute, second, milli) == (0, 0, 0, 0);
    let value = if is_midnight { Value::parse(&text, &Type::Date) } else { Value::parse(&time, &Type::Timestamp) };
    value.ok_or_else(|| format!("{text} is a day to spreadsheet programs only"))
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
