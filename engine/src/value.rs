//! One cell of a table, as plain data, and how it reads and prints.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use crate::number;
use crate::types::Type;
use crate::zones;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    #[default]
    Null,
    Boolean(bool),
    Integer(i64),
    Float(#[serde(with = "float_as_text")] f64),
    /// The digits without their point, and how many of them stand after it.
    Decimal(i128, u8),
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01 00:00.
    Timestamp(i64),
    /// Microseconds since 1970-01-01 00:00 UTC; the zone it is shown in is the column's.
    TimestampZoned(i64),
    /// Microseconds.
    Duration(i64),
    Binary(Vec<u8>),
    List(Vec<Value>),
    Struct(Vec<(String, Value)>),
}

pub const MICROS: i64 = 1_000_000;
pub const DAY_MICROS: i64 = 86_400 * MICROS;

impl Value {
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn as_text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    /// The type this value has by itself.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Boolean(_) => Type::Boolean,
            Self::Integer(_) => Type::Integer,
            Self::Float(_) => Type::Float,
            Self::Decimal(_, scale) => Type::Decimal(38, *scale),
            Self::Text(_) => Type::Text,
            Self::Date(_) => Type::Date,
            Self::Time(_) => Type::Time,
            Self::Timestamp(_) => Type::Timestamp,
            Self::TimestampZoned(_) => Type::TimestampZoned("UTC".into()),
            Self::Duration(_) => Type::Duration,
            Self::Binary(_) => Type::Binary,
            Self::List(values) => {
                Type::List(Box::new(values.iter().find(|value| !value.is_null()).map_or(Type::Null, Self::kind)))
            }
            Self::Struct(fields) => {
                Type::Struct(fields.iter().map(|(name, value)| crate::types::Column::new(name, value.kind())).collect())
            }
        }
    }

    /// As [`Self::parse`] reads it, if nothing of it is rounded away: of what a file says all is kept, or it is refused.
    pub fn parse_whole(text: &str, kind: &Type) -> Option<Self> {
        let value = Self::parse(text, kind)?;
        match kind {
            Type::Decimal(_, scale) if !number::has_at_most(text, *scale) => None,
            _ => Some(value),
        }
    }

    /// Reads text as a value of `kind`. Blanks around numbers and dates are not accepted here: whoever reads trims or refuses.
    ///
    /// This is the one rule for typed-in tables, parameters, delimited files and casts of text; what it refuses is a reject.
    pub fn parse(text: &str, kind: &Type) -> Option<Self> {
        match kind {
            Type::Null => None,
            Type::Text => Some(Self::Text(text.to_owned())),
            Type::Boolean => parse_boolean(text).map(Self::Boolean),
            Type::Integer => is_integer(text).then(|| text.parse().ok().map(Self::Integer))?,
            Type::Float => is_float(text).then(|| text.parse().ok().map(Self::Float))?,
            Type::Decimal(precision, scale) => {
                parse_decimal(text, *precision, *scale).map(|digits| Self::Decimal(digits, *scale))
            }
            Type::Date => parse_date(text).map(|date| Self::Date(days(date))),
            Type::Time => parse_time(text).map(|time| Self::Time(time_micros(time))),
            Type::Timestamp => parse_timestamp(text).map(|at| Self::Timestamp(at.and_utc().timestamp_micros())),
            Type::TimestampZoned(_) => parse_zoned(text).map(Self::TimestampZoned),
            Type::Duration => parse_duration(text).map(Self::Duration),
            Type::Binary => Some(Self::Binary(text.as_bytes().to_vec())),
            Type::List(_) | Type::Struct(_) => super::nested::parse(text, kind),
        }
    }

    /// The value of a column of this type as people see it: an instant in its zone.
    pub fn shown(&self, kind: &Type) -> String {
        match (self, kind) {
            (Self::TimestampZoned(micros), Type::TimestampZoned(zone)) => format_zoned(*micros, zone),
            _ => self.to_string(),
        }
    }

    /// The order of sorting: nulls are left to the caller, NaN is above every number, text goes by code point.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Decimal(a, s), Self::Decimal(b, t)) if s == t => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b))
            | (Self::Timestamp(a), Self::Timestamp(b))
            | (Self::TimestampZoned(a), Self::TimestampZoned(b))
            | (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => {
                a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
            }
            (Self::Struct(a), Self::Struct(b)) => a
                .iter()
                .zip(b)
                .map(|((_, a), (_, b))| a.order(b))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => order_floats(a, b),
                _ => Ordering::Equal,
            },
        }
    }

    /// The value as a float, if it is a number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Decimal(digits, scale) => Some(number::to_float(*digits, *scale)),
            _ => None,
        }
    }
}

/// Floats between processes go as text: JSON has no NaN and no infinity, and its readers may miss the last bit.
mod float_as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

fn order_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Null prints as nothing; where that must differ from empty text, the caller says so.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&format_float(*value)),
            Self::Decimal(digits, scale) => f.write_str(&format_decimal(*digits, *scale)),
            Self::Text(value) => f.write_str(value),
            Self::Date(days) => f.write_str(&format_date(*days)),
            Self::Time(micros) => f.write_str(&format_time(*micros)),
            Self::Timestamp(micros) => f.write_str(&format_timestamp(*micros)),
            Self::TimestampZoned(micros) => write!(f, "{}Z", format_timestamp(*micros)),
            Self::Duration(micros) => f.write_str(&format_duration(*micros)),
            Self::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::List(_) | Self::Struct(_) => super::nested::write(self, f),
        }
    }
}

fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// An optional sign and digits.
pub fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// An optional sign, digits with at most one point, an optional exponent; or NaN and the infinities by name.
pub fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned.to_ascii_lowercase().as_str(), "nan" | "inf" | "infinity") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let points = mantissa.bytes().filter(|byte| *byte == b'.').count();
    digits > 0 && points <= 1 && digits + points == mantissa.len() && exponent.is_none_or(is_integer)
}

/// Digits of an exact number at `scale`, rounded half away from zero as PostgreSQL does; none if they do not fit `precision`.
pub fn parse_decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut digits: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(usize::from(scale))) {
        digits = digits.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    if fraction.as_bytes().get(usize::from(scale)).is_some_and(|byte| *byte >= b'5') {
        digits = digits.checked_add(1)?;
    }
    let limit = 10i128.checked_pow(u32::from(precision))?;
    (digits < limit).then_some(if negative { -digits } else { digits })
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    // chrono accepts a missing zero and years of any length; one way of writing a date is enough.
    let shape = |at: usize, byte: u8| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(|(at, byte)| shape(at, byte)) {
        return None;
    }
    // Dates run from the year 1.
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.year() > 0)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    if text.len() < 5 || text.len() > 15 || text.as_bytes()[2] != b':' {
        return None;
    }
    // A leap second would fall outside the day.
    let time =
        NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()?;
    (time.nanosecond() < 1_000_000_000).then_some(time)
}

/// `2024-05-01 12:30`, with seconds and fractions if wanted, with a `T` if wanted; a date alone is its midnight.
fn parse_timestamp(text: &str) -> Option<NaiveDateTime> {
    let date = parse_date(text.get(..10)?)?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(date.and_time(NaiveTime::MIN));
    }
    parse_time(rest.strip_prefix([' ', 'T'])?).map(|time| date.and_time(time))
}

/// A timestamp with `Z` or an offset such as `+02:00` at its end.
fn parse_zoned(text: &str) -> Option<i64> {
    if let Some(utc) = text.strip_suffix('Z') {
        return parse_timestamp(utc.trim_end()).map(|at| at.and_utc().timestamp_micros());
    }
    let at = text.get(10..)?.rfind(['+', '-'])? + 10;
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Some(0), |minutes| minutes.parse().ok())?;
    let seconds: i64 = digits.get(4..6).map_or(Some(0), |seconds| seconds.parse().ok())?;
    let offset = sign * (hours * 3600 + minutes * 60 + seconds) * MICROS;
    (hours < 24 && minutes < 60 && seconds < 60).then_some(())?;
    Some(parse_timestamp(text[..at].trim_end())?.and_utc().timestamp_micros() - offset)
}

/// `1 day 02:03:04.5`, `02:03`, `3 days`, `90 minutes`: amounts with units, then a clock time; each with a sign if wanted.
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        let micros = if word.contains(':') {
            clock_micros(word)?
        } else {
            let amount: i64 = is_integer(word).then(|| word.parse().ok())??;
            amount.checked_mul(unit_micros(words.next()?)?)?
        };
        total = total.checked_add(micros)?;
    }
    Some(total)
}

fn clock_micros(word: &str) -> Option<i64> {
    let (negative, clock) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let (hours, rest) = clock.split_once(':')?;
    let rest = parse_time(&format!("00:{rest}")).or_else(|| parse_time(&format!("00:{rest}:00")))?;
    let hours: i64 = hours.bytes().all(|byte| byte.is_ascii_digit()).then(|| hours.parse().ok())??;
    let micros = hours.checked_mul(3600 * MICROS)?.checked_add(time_micros(rest))?;
    Some(if negative { -micros } else { micros })
}

/// How long a unit of time is, for units that always are as long.
pub fn unit_micros(unit: &str) -> Option<i64> {
    let unit = unit.to_ascii_lowercase();
    Some(match unit.strip_suffix('s').unwrap_or(&unit) {
        "microsecond" | "u" => 1,
        "millisecond" | "m" => 1_000,
        "second" | "sec" => MICROS,
        "minute" | "min" => 60 * MICROS,
        "hour" => 3_600 * MICROS,
        "day" => DAY_MICROS,
        "week" => 7 * DAY_MICROS,
        _ => return None,
    })
}

/// Days since 1970-01-01.
pub fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

pub fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)
}

fn time_micros(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * MICROS + i64::from(time.nanosecond() / 1000)
}

fn format_date(days: i32) -> String {
    date_of(days).map_or_else(|| format!("day {days}"), |date| date.format("%Y-%m-%d").to_string())
}

fn format_time(micros: i64) -> String {
    let (seconds, fraction) = (micros / MICROS, micros % MICROS);
    format!("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60, format_fraction(fraction))
}

fn format_timestamp(micros: i64) -> String {
    let Some(at) = DateTime::from_timestamp_micros(micros) else { return format!("microsecond {micros}") };
    format!("{} {}", at.format("%Y-%m-%d"), format_time(micros.rem_euclid(DAY_MICROS)))
}

/// An instant as the clocks of a zone show it, with their distance from Greenwich; with `Z` in UTC.
pub fn format_zoned(micros: i64, zone: &str) -> String {
    let clock = zones::named(zone).ok().filter(|_| zone != "UTC").and_then(|zone| zones::clock(micros, zone));
    let Some(clock) = clock else { return format!("{}Z", format_timestamp(micros)) };
    let offset = (clock - micros) / MICROS;
    let (sign, left) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let mut text = format!("{}{sign}{:02}:{:02}", format_timestamp(clock), left / 3600, left / 60 % 60);
    // Clocks of towns, before there were zones.
    if left % 60 != 0 {
        _ = write!(text, ":{:02}", left % 60);
    }
    text
}

fn format_duration(micros: i64) -> String {
    let (sign, left) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (days, rest) = (left / DAY_MICROS as u64, (left % DAY_MICROS as u64) as i64);
    match days {
        0 => format!("{sign}{}", format_time(rest)),
        1 => format!("{sign}1 day {sign}{}", format_time(rest)),
        days => format!("{sign}{days} days {sign}{}", format_time(rest)),
    }
}

fn format_fraction(micros: i64) -> String {
    if micros == 0 {
        return String::new();
    }
    format!(".{micros:06}").trim_end_matches('0').to_owned()
}

/// The shortest text that reads back as the same float, with a point or exponent so that it reads as one.
pub fn format_float(value: f64) -> String {
    let mut text = String::new();
    push_float(value, &mut text);
    text
}

/// [`format_float`] at the end of a text.
pub fn push_float(value: f64, text: &mut String) {
    let magnitude = value.abs();
    // Writing into a string does not fail.
    if value.is_nan() {
        text.push_str("NaN");
    } else if value.is_infinite() {
        text.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) {
        _ = write!(text, "{value:e}");
    } else {
        _ = write!(text, "{value:?}");
    }
}

pub fn format_decimal(digits: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if digits < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str, kind: Type) -> String {
        Value::parse(text, &kind).map_or("refused".into(), |value| value.to_string())
    }

    #[test]
    fn what_is_not_plainly_of_the_type_is_refused() {
        for (text, kind) in [
            (" 7", Type::Integer),
            ("1e3", Type::Integer),
            ("1_000", Type::Integer),
            ("12345678901234567890", Type::Integer),
            ("", Type::Integer),
            ("1,5", Type::Float),
            (".", Type::Float),
            ("2024-1-2", Type::Date),
            ("2024-02-30", Type::Date),
            ("0000-01-01", Type::Date),
            ("0000-12-31 23:00", Type::Timestamp),
            ("24:00:00", Type::Time),
            ("23:59:60", Type::Time),
            ("2024-01-01 10:00", Type::TimestampZoned("UTC".into())),
            ("1.5", Type::Duration),
            ("99999", Type::Decimal(5, 2)),
            ("maybe", Type::Boolean),
        ] {
            assert_eq!(Value::parse(text, &kind), None, "{text:?} as {kind}");
        }
    }

    #[test]
    fn values_print_as_they_read() {
        for (text, kind) in [
            ("-42", Type::Integer),
            ("0.1", Type::Float),
            ("1e300", Type::Float),
            ("-0.05", Type::Decimal(10, 2)),
            ("1969-07-20", Type::Date),
            ("23:59:59.999999", Type::Time),
            ("1900-01-01 00:00:00.5", Type::Timestamp),
            ("3 days 02:00:00", Type::Duration),
            ("-1 day -00:30:00", Type::Duration),
        ] {
            assert_eq!(reads(text, kind), text);
        }
    }

    #[test]
    fn decimals_round_half_away_from_zero() {
        assert_eq!(reads("1.005", Type::Decimal(10, 2)), "1.01");
        assert_eq!(reads("-1.025", Type::Decimal(10, 2)), "-1.03");
        assert_eq!(reads("7", Type::Decimal(10, 2)), "7.00");
    }

    #[test]
    fn what_would_be_rounded_is_no_whole_decimal() {
        let whole = |text: &&str| Value::parse_whole(text, &Type::Decimal(10, 2)).is_some();
        assert!(["1.10", "-2.500", "7", "0.000", "-0.05"].iter().all(whole));
        assert!(!["1.005", "2.345", "-0.125", "0.0001"].iter().any(whole));
        for (text, fits) in [("1500e-4", true), ("15e-1", true), ("1.005e1", true), ("1.005", false), ("1e-3", false)] {
            assert_eq!(number::has_at_most(text, 2), fits, "{text}");
        }
    }

    #[test]
    fn instants_are_read_with_their_offset() {
        assert_eq!(reads("2024-05-01 12:00:00+02:00", Type::TimestampZoned("UTC".into())), "2024-05-01 10:00:00Z");
        assert_eq!(reads("2024-05-01T12:00:00Z", Type::TimestampZoned("UTC".into())), "2024-05-01 12:00:00Z");
        // Before 1893 Berlin's clocks were 53 minutes and 28 seconds ahead.
        for (zone, text) in [
            ("Europe/Berlin", "2024-05-01 12:00:00+02:00"),
            ("America/St_Johns", "2024-01-15 12:00:00.5-03:30"),
            ("Europe/Berlin", "1890-01-01 12:00:00+00:53:28"),
            ("UTC", "2024-05-01 12:00:00Z"),
        ] {
            let kind = Type::TimestampZoned(zone.into());
            assert_eq!(Value::parse(text, &kind).unwrap().shown(&kind), text);
        }
    }
}
