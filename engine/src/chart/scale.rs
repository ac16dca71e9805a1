//! From values to places along an axis, with round numbers and round times to read it by.

use chrono::{DateTime, Datelike, Months, NaiveDate};

use crate::types::Type;
use crate::value::{DAY_MICROS, MICROS, Value};

/// From the least to the most, and the values that are named on the way.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

/// Whether values of this type have distances.
pub(super) fn is_measured(kind: &Type) -> bool {
    kind.is_number() || kind.is_temporal()
}

/// A number, or a time as microseconds.
pub(super) fn place(value: &Value) -> Option<f64> {
    match value {
        Value::Date(days) => Some(f64::from(*days) * DAY_MICROS as f64),
        Value::Time(micros) | Value::Timestamp(micros) | Value::TimestampZoned(micros) | Value::Duration(micros) => {
            Some(*micros as f64)
        }
        value => value.number(),
    }
}

impl Scale {
    /// Just around these values, which are of a type.
    pub(super) fn around(values: impl Iterator<Item = f64>, kind: &Type) -> Self {
        let (from, to) = ends(values);
        let ticks = match kind {
            Type::Date | Type::Timestamp | Type::TimestampZoned(_) => times(from, to),
            Type::Time | Type::Duration => spans(from, to),
            _ => numbers(from, to, 6),
        };
        Self { from, to, ticks }
    }

    /// Just around these values, without a name for any.
    pub(super) fn bare(values: &[f64]) -> Self {
        let (from, to) = ends(values.iter().copied());
        Self { from, to, ticks: Vec::new() }
    }

    /// From one round number to another, with about so many steps between them.
    pub(super) fn rounded(values: &[f64], steps: usize) -> Self {
        let (from, to) = ends(values.iter().copied());
        let step = step(from, to, steps);
        let (from, to) = ((from / step).floor() * step, (to / step).ceil() * step);
        Self { from, to, ticks: numbers(from, to, steps) }
    }
}

/// The least and the most, which are never the same.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (from, to) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), value| (from.min(value), to.max(value)));
    if from > to {
        return (0.0, 1.0);
    }
    if from < to { (from, to) } else { (from - from.abs().max(1.0) / 2.0, to + to.abs().max(1.0) / 2.0) }
}

/// 1, 2 or 5 times a power of ten.
fn step(from: f64, to: f64, steps: usize) -> f64 {
    let raw = (to / steps.max(1) as f64 - from / steps.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(raw.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|round| round * power >= raw * 0.999_999).unwrap_or(10.0);
    round * power
}

fn numbers(from: f64, to: f64, steps: usize) -> Vec<(f64, String)> {
    let step = step(from, to, steps);
    let first = (from / step).ceil();
    let count = ((to / step).floor() - first).clamp(0.0, 50.0) as usize;
    (0..=count).map(|at| (first + at as f64) * step).map(|value| (value, number(value, step))).collect()
}

/// With as many digits as the step has, thousands and millions said short.
fn number(value: f64, step: f64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    if value.abs() >= 1e15 {
        return format!("{value:e}");
    }
    let (unit, sign) = units.into_iter().find(|(unit, _)| value.abs() >= 10.0 * unit).unwrap_or((1.0, ""));
    let digits = (-(step / unit).log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.digits$}{sign}", value / unit);
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) { "0".to_owned() } else { text }
}

const HOUR: f64 = 3600.0 * MICROS as f64;
const DAY: f64 = DAY_MICROS as f64;

/// Steps between named times, and how such a time is written.
const STEPS: [(f64, &str); 14] = [
    (MICROS as f64, "%H:%M:%S"),
    (10.0 * MICROS as f64, "%H:%M:%S"),
    (30.0 * MICROS as f64, "%H:%M:%S"),
    (HOUR / 60.0, "%H:%M"),
    (HOUR / 12.0, "%H:%M"),
    (HOUR / 4.0, "%H:%M"),
    (HOUR, "%H:%M"),
    (3.0 * HOUR, "%m-%d %H:%M"),
    (6.0 * HOUR, "%m-%d %H:%M"),
    (12.0 * HOUR, "%m-%d %H:%M"),
    (DAY, "%m-%d"),
    (2.0 * DAY, "%m-%d"),
    (7.0 * DAY, "%m-%d"),
    (14.0 * DAY, "%m-%d"),
];
/// Where longer steps are needed: months.
const MONTHS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];
const MOST: f64 = 7.0;

fn times(from: f64, to: f64) -> Vec<(f64, String)> {
    let span = to - from;
    if let Some((step, format)) = STEPS.into_iter().find(|(step, _)| span / step <= MOST) {
        let first = (from / step).ceil() as i64;
        let values = (first..).map(|at| at as f64 * step).take_while(|value| *value <= to).take(20);
        return values.map(|value| (value, written(value, format))).collect();
    }
    let months = MONTHS.into_iter().find(|months| span / (f64::from(*months) * 30.44 * DAY) <= MOST).unwrap_or(1200);
    let Some(begin) = DateTime::from_timestamp_micros(from as i64) else { return Vec::new() };
    let first = NaiveDate::from_ymd_opt(begin.year() - begin.year().rem_euclid((months / 12).max(1) as i32), 1, 1);
    let (mut ticks, mut at) = (Vec::new(), first);
    while let Some(date) = at {
        let value = f64::from(crate::value::days(date)) * DAY;
        if value > to || ticks.len() > 20 {
            break;
        }
        if value >= from {
            ticks.push((value, written(value, if months < 12 { "%Y-%m" } else { "%Y" })));
        }
        at = date.checked_add_months(Months::new(months));
    }
    ticks
}

fn written(micros: f64, format: &str) -> String {
    DateTime::from_timestamp_micros(micros as i64).map_or_else(String::new, |at| at.format(format).to_string())
}

/// Times of a day and durations.
fn spans(from: f64, to: f64) -> Vec<(f64, String)> {
    let hours = |value: f64| value / HOUR;
    let name = |value: f64| {
        let minutes = (value * 60.0).round() as i64;
        format!("{}:{:02}", minutes / 60, (minutes % 60).abs())
    };
    numbers(hours(from), hours(to), 6).into_iter().map(|(value, _)| (value * HOUR, name(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn numbers_are_named_at_round_places() {
        assert_eq!(labels(&Scale::rounded(&[0.0, 97.0], 5)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(&Scale::rounded(&[-0.3, 0.4], 4)), ["-0.4", "-0.2", "0", "0.2", "0.4"]);
        assert_eq!(labels(&Scale::rounded(&[0.0, 3_000_000.0], 3)), ["0", "1000k", "2000k", "3000k"]);
        assert_eq!(labels(&Scale::rounded(&[5.0], 1)).len(), 2);
    }

    #[test]
    fn times_are_named_at_round_places() {
        let day = |text: &str| place(&Value::parse(text, &Type::Date).unwrap()).unwrap();
        let scale = Scale::around([day("2024-01-15"), day("2024-06-02")].into_iter(), &Type::Date);
        assert_eq!(labels(&scale), ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]);
        let scale = Scale::around([day("2024-05-01"), day("2024-05-04")].into_iter(), &Type::Date);
        assert_eq!(labels(&scale).first(), Some(&"05-01 00:00"));
    }
}
