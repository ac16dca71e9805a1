//! Casts.

use pipewright_engine::formula::Failure;
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value, parse_decimal};
use pipewright_engine::zones;

use super::Computed;
use super::numbers::divide_half_away;

pub fn cast(value: Value, to: &Type) -> Computed {
    let out_of_range = || Failure::OutOfRange(to.clone());
    Ok(match (value, to) {
        (Value::Null, _) => Value::Null,
        (Value::Text(text), Type::Text) => Value::Text(text),
        (Value::Text(text), to) => {
            let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
            return Value::parse(trimmed, to).ok_or_else(|| Failure::NotA(to.clone()));
        }
        (Value::List(values), Type::List(to)) => {
            Value::List(values.into_iter().map(|value| cast(value, to)).collect::<Result<_, _>>()?)
        }
        (value, Type::Text) => Value::Text(value.to_string()),
        (Value::Boolean(value), Type::Integer) => Value::Integer(value.into()),
        (Value::Integer(number), Type::Boolean) => Value::Boolean(number != 0),
        (Value::Integer(number), Type::Float) => Value::Float(number as f64),
        (Value::Float(number), Type::Integer) => {
            let rounded = number.round();
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
            return fits.then_some(Value::Integer(rounded as i64)).ok_or_else(out_of_range);
        }
        (Value::Decimal(digits, scale), Type::Integer) => {
            let whole = divide_half_away(digits, 10i128.pow(u32::from(scale)));
            return i64::try_from(whole).map(Value::Integer).map_err(|_| out_of_range());
        }
        (value @ Value::Decimal(..), Type::Float) => Value::Float(value.to_string().parse().expect("a number")),
        (value @ (Value::Integer(_) | Value::Decimal(..)), Type::Decimal(precision, scale)) => {
            return decimal_from(&value.to_string(), *precision, *scale).ok_or_else(out_of_range);
        }
        (Value::Float(number), Type::Decimal(precision, scale)) => {
            return decimal_from(&number.to_string(), *precision, *scale).ok_or_else(out_of_range);
        }
        (Value::Date(day), Type::Timestamp) => Value::Timestamp(i64::from(day) * DAY_MICROS),
        (Value::Date(day), Type::TimestampZoned(zone)) if zone == "UTC" => {
            Value::TimestampZoned(i64::from(day) * DAY_MICROS)
        }
        (Value::Timestamp(at) | Value::TimestampZoned(at), Type::Date) => Value::Date(at.div_euclid(DAY_MICROS) as i32),
        (Value::Timestamp(at) | Value::TimestampZoned(at), Type::Time) => Value::Time(at.rem_euclid(DAY_MICROS)),
        (Value::Timestamp(at), Type::TimestampZoned(zone)) if zone == "UTC" => Value::TimestampZoned(at),
        (Value::Timestamp(at) | Value::TimestampZoned(at), Type::Timestamp) => Value::Timestamp(at),
        // Whatever the zone, it is the same instant.
        (Value::TimestampZoned(at), Type::TimestampZoned(_)) => Value::TimestampZoned(at),
        (value, to) => panic!("{value:?} as {to}"),
    })
}

/// An instant that becomes a date or a time is what the clocks of its own zone show.
pub fn on_its_clock(value: Value, from: &Type, to: &Type) -> Value {
    match (value, from) {
        (Value::TimestampZoned(at), Type::TimestampZoned(zone))
            if zone != "UTC" && matches!(to, Type::Date | Type::Time | Type::Timestamp) =>
        {
            let zone = zones::named(zone).expect("a zone");
            zones::clock(at, zone).map_or(Value::Null, Value::Timestamp)
        }
        (Value::TimestampZoned(at), Type::TimestampZoned(zone)) if zone != "UTC" && *to == Type::Text => {
            let clock = zones::clock(at, zones::named(zone).expect("a zone")).expect("a time");
            let (ahead, seconds) = (clock >= at, (clock - at).abs() / 1_000_000);
            let sign = if ahead { '+' } else { '-' };
            let rest = if seconds % 60 == 0 { String::new() } else { format!(":{:02}", seconds % 60) };
            let offset = format!("{sign}{:02}:{:02}{rest}", seconds / 3600, seconds / 60 % 60);
            Value::Text(format!("{}{offset}", Value::Timestamp(clock)))
        }
        (value, _) => value,
    }
}

fn decimal_from(text: &str, precision: u8, scale: u8) -> Option<Value> {
    parse_decimal(text, precision, scale).map(|digits| Value::Decimal(digits, scale))
}
