//! Arithmetic with dates, times and durations. Dates run from the year 1 to the year 9999.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime};
use pipewright_engine::formula::patterns::Unit;
use pipewright_engine::formula::{FIRST_DAY, Failure, Function, LAST_DAY};
use pipewright_engine::number;
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, MICROS, date_of, days};
use pipewright_engine::zones;
use polars::prelude::*;

use super::rows::{Cell, Checked, Made, Row, by_row};

/// Sums, differences, products and quotients in which there is a date, a time or a duration.
pub(super) fn arithmetic(function: Function, values: &[Expr], kinds: &[&Type], kind: &Type, fails: bool) -> Checked {
    let to = kind.clone();
    let scaled = |kind: &&Type| **kind == Type::Float;
    if kinds.iter().any(scaled) {
        let (duration, factor) = if scaled(&kinds[0]) { (1, 0) } else { (0, 1) };
        return by_row(values, kind, fails, move |row| {
            let (micros, factor) = (row.integer(duration) as f64, row.float(factor));
            match function {
                Function::Divide if factor == 0.0 => Err(Failure::DivisionByZero),
                Function::Divide => rounded(micros / factor),
                _ => rounded(micros * factor),
            }
        });
    }
    by_row(values, kind, fails, move |row| {
        let (a, b) = (row.integer(0), row.integer(1));
        let result = match function {
            Function::Add => a.checked_add(b),
            Function::Negate => a.checked_neg(),
            _ => a.checked_sub(b),
        };
        within(result, &to)
    })
}

fn rounded<'a>(micros: f64) -> Made<'a> {
    let fits = micros.is_finite() && micros.abs() < 9.2e18;
    if fits { Ok((micros.round() as i64).into()) } else { Err(Failure::OutOfRange(Type::Duration)) }
}

/// A result, if there is a day, a time or a duration that far.
pub(super) fn within<'a>(result: Option<i64>, kind: &Type) -> Made<'a> {
    let (first, last) = (i64::from(FIRST_DAY), i64::from(LAST_DAY));
    let (range, said) = match kind {
        Type::Date => (first..=last, Type::Date),
        Type::Timestamp | Type::TimestampZoned(_) => {
            (first * DAY_MICROS..=(last + 1) * DAY_MICROS - 1, Type::Timestamp)
        }
        kind => (i64::MIN..=i64::MAX, kind.clone()),
    };
    result.filter(|result| range.contains(result)).map(Cell::from).ok_or(Failure::OutOfRange(said))
}

/// The seconds of the minute, in digits of which six stand after the point.
pub(super) fn second<'a>(row: &Row<'a>) -> Made<'a> {
    Ok(i128::from(micros_of_minute(row.integer(0))).into())
}

pub(super) fn micros_of_minute(micros: i64) -> i64 {
    micros.rem_euclid(60 * MICROS)
}

/// The start of the stretch of a length that a point in time is in, counted from an origin.
pub(super) fn bin<'a>(row: &Row<'a>) -> Made<'a> {
    let (stretch, at, origin) = (row.integer(0), row.integer(1), row.integer(2));
    if stretch <= 0 {
        return Err(Failure::NoStretch);
    }
    within(at.checked_sub((at - origin).rem_euclid(stretch)), &Type::Timestamp)
}

/// The start of a unit of time.
pub(super) fn truncate(value: Expr, unit: Unit, kind: &Type) -> Checked {
    let is_date = *kind == Type::Date;
    by_row(&[value], kind, false, move |row| {
        let value = row.integer(0);
        let day = if is_date { value } else { value.div_euclid(DAY_MICROS) };
        let truncated = match unit {
            Unit::Second => return Ok(if is_date { value } else { value - value.rem_euclid(MICROS) }.into()),
            Unit::Minute => return Ok(if is_date { value } else { value - value.rem_euclid(60 * MICROS) }.into()),
            Unit::Hour => return Ok(if is_date { value } else { value - value.rem_euclid(3_600 * MICROS) }.into()),
            Unit::Day => Some(day),
            // 1970-01-01 was a Thursday.
            Unit::Week => Some(day - (day + 3).rem_euclid(7)),
            Unit::Month => first_day(day, |month| month),
            Unit::Quarter => first_day(day, |month| (month - 1) / 3 * 3 + 1),
            Unit::Year => first_day(day, |_| 1),
        };
        let factor = if is_date { 1 } else { DAY_MICROS };
        Ok(truncated.and_then(|day| day.checked_mul(factor)).map_or(Cell::Null, Cell::from))
    })
}

fn first_day(day: i64, month: fn(u32) -> u32) -> Option<i64> {
    let date = date(day)?;
    NaiveDate::from_ymd_opt(date.year(), month(date.month()), 1).map(|date| i64::from(days(date)))
}

pub(super) fn date(day: i64) -> Option<NaiveDate> {
    date_of(i32::try_from(day).ok()?)
}

pub(super) fn make_date<'a>(row: &Row<'a>) -> Made<'a> {
    let date = made_date(row.integer(0), row.integer(1), row.integer(2));
    date.map(Cell::from).ok_or(Failure::NoSuchDate)
}

fn made_date(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
        .map(|date| i64::from(days(date)))
}

pub(super) fn make_timestamp<'a>(row: &Row<'a>) -> Made<'a> {
    let day = made_date(row.integer(0), row.integer(1), row.integer(2));
    let time = made_time(row.integer(3), row.integer(4), row.float(5));
    let at = day.zip(time).map(|(day, micros)| day * DAY_MICROS + micros);
    at.map(Cell::from).ok_or(Failure::NoSuchDate)
}

pub(super) fn make_time<'a>(row: &Row<'a>) -> Made<'a> {
    // Seconds of 59.9999999 are rounded up, and midnight is not of this day.
    let time = made_time(row.integer(0), row.integer(1), row.float(2)).filter(|micros| *micros < DAY_MICROS);
    time.map(Cell::from).ok_or(Failure::NoSuchDate)
}

fn made_time(hour: i64, minute: i64, seconds: f64) -> Option<i64> {
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&seconds);
    let micros = number::to_digits(seconds, 6).and_then(|micros| i64::try_from(micros).ok());
    micros.filter(|_| is_time).map(|micros| (hour * 3_600 + minute * 60) * MICROS + micros)
}

pub(super) fn add_months(values: &[Expr], kind: &Type, fails: bool) -> Checked {
    let to = kind.clone();
    by_row(values, kind, fails, move |row| months_later(row.integer(0), row.integer(1), &to))
}

/// A date or a point in time so many months later.
pub(super) fn months_later<'a>(value: i64, months: i64, kind: &Type) -> Made<'a> {
    let (day, rest) = match kind {
        Type::Date => (value, 0),
        _ => (value.div_euclid(DAY_MICROS), value.rem_euclid(DAY_MICROS)),
    };
    let shifted = date(day).and_then(|date| shifted(date, months)).map(|date| i64::from(days(date)));
    let shifted = if *kind == Type::Date { shifted } else { shifted.map(|day| day * DAY_MICROS + rest) };
    shifted.map(Cell::from).ok_or_else(|| Failure::OutOfRange(kind.clone()))
}

/// A date in days, or a point in time in microseconds, so many months and microseconds later.
pub(super) fn add_to(value: i64, months: i64, micros: i64, is_date: bool) -> Option<i64> {
    let unit = if is_date { 1 } else { DAY_MICROS };
    let day = days(shifted(date(value.div_euclid(unit))?, months)?);
    let more = if is_date { micros / DAY_MICROS } else { micros };
    (i64::from(day) * unit + value.rem_euclid(unit)).checked_add(more)
}

fn shifted(date: NaiveDate, months: i64) -> Option<NaiveDate> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let shifted = if months >= 0 { date.checked_add_months(count) } else { date.checked_sub_months(count) };
    shifted.filter(|date| (1..=9999).contains(&date.year()))
}

pub(super) fn last_day<'a>(row: &Row<'a>) -> Made<'a> {
    let next = date(row.integer(0)).and_then(|date| date.with_day(1)?.checked_add_months(Months::new(1)));
    Ok(next.map_or(Cell::Null, |next| i64::from(days(next) - 1).into()))
}

/// The point in time so many seconds after 1970-01-01 00:00.
pub(super) fn from_epoch<'a>(row: &Row<'a>) -> Made<'a> {
    let micros = number::to_digits(row.float(0), 6).and_then(|micros| i64::try_from(micros).ok());
    within(micros, &Type::Timestamp)
}

/// Microseconds since 1970 as a date and a time.
pub(super) fn at(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc())
}

/// A date and a time as microseconds since 1970.
pub(super) fn micros_of(date: NaiveDate, time: NaiveTime) -> i64 {
    date.and_time(time).and_utc().timestamp_micros()
}

/// What clocks of a zone show at an instant, or the instant at which they show a time.
pub(super) fn at_zone(
    value: Expr,
    from: Option<&&Type>,
    zone: &str,
    unclear: &str,
    (kind, fails): (&Type, bool),
) -> Checked {
    let Ok(zone) = zones::named(zone) else { return Checked { value, reason: None } };
    if matches!(from, Some(Type::TimestampZoned(_))) {
        return by_row(&[value], kind, fails, move |row| {
            Ok(zones::clock(row.integer(0), zone).map_or(Cell::Null, Cell::from))
        });
    }
    let unclear = zones::Unclear::named(unclear).unwrap_or(zones::Unclear::Reject);
    by_row(&[value], kind, fails, move |row| match zones::instant(row.integer(0), zone, unclear) {
        Some(instant) => Ok(instant.into()),
        None if unclear == zones::Unclear::Reject => Err(zones::unclear(row.integer(0), zone)),
        None => Ok(Cell::Null),
    })
}

/// The day so many workdays later or earlier.
pub(super) fn add_workdays(values: &[Expr], holidays: Vec<i64>, kind: &Type, fails: bool) -> Checked {
    let holidays = on_weekdays(holidays);
    by_row(&values[..values.len().min(2)], kind, fails, move |row| {
        let (mut day, mut left) = (row.integer(0), row.integer(1));
        // No calendar has as many days, and larger numbers would not fit.
        while left != 0 && left.unsigned_abs() < 1 << 32 {
            let target = weekdays_later(day, left);
            let (first, last) = if left > 0 { (day + 1, target + 1) } else { (target, day) };
            left = left.signum() * count_within(&holidays, first, last);
            day = target;
        }
        within((left == 0).then_some(day), &Type::Date)
    })
}

/// How many workdays there are from one day up to another.
pub(super) fn workdays(values: &[Expr], holidays: Vec<i64>, kind: &Type) -> Checked {
    let holidays = on_weekdays(holidays);
    by_row(&values[..values.len().min(2)], kind, false, move |row| {
        let (from, to) = (row.integer(0), row.integer(1));
        let (first, last) = (from.min(to), from.max(to));
        let count = weekdays_before(last) - weekdays_before(first) - count_within(&holidays, first, last);
        Ok(if from <= to { count } else { -count }.into())
    })
}

/// The day of the week, 0 for Monday: 1970-01-01 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn on_weekdays(mut holidays: Vec<i64>) -> Vec<i64> {
    holidays.retain(|day| weekday(*day) < 5);
    holidays
}

/// The day so many days from Monday to Friday later or earlier.
fn weekdays_later(day: i64, count: i64) -> i64 {
    let of_week = weekday(day);
    if count > 0 {
        // Saturday and Sunday count from the Friday before.
        let total = of_week.min(4) + count;
        return day - of_week + total / 5 * 7 + total % 5;
    }
    let total = if of_week > 4 { 0 } else { 4 - of_week } - count;
    // And backwards from the Monday after.
    let friday = if of_week > 4 { day - of_week + 11 } else { day - of_week + 4 };
    let total = if of_week > 4 { total + 4 } else { total };
    friday - total / 5 * 7 - total % 5
}

/// How many days from Monday to Friday there are before a day, counted from some Monday on.
fn weekdays_before(day: i64) -> i64 {
    (day + 3).div_euclid(7) * 5 + weekday(day).min(5)
}

fn count_within(sorted: &[i64], first: i64, end: i64) -> i64 {
    let before = |day: i64| sorted.partition_point(|holiday| *holiday < day);
    i64::try_from(before(end).saturating_sub(before(first))).unwrap_or_default()
}
