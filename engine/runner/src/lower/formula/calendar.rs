//! Counting in the units of the calendar: years, months, weeks and days, and the units of the clock beside them.

use chrono::{Datelike, Months, NaiveDate};
use pipewright_engine::formula::Failure;
use pipewright_engine::formula::patterns::Unit;
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, MICROS, days};
use polars::prelude::*;

use super::dates::{self, date, within};
use super::rows::{Cell, Checked, Made, Row, by_row};

pub(super) fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn first_day<'a>(row: &Row<'a>) -> Made<'a> {
    let first = date(row.integer(0)).and_then(|date| date.with_day(1));
    Ok(first.map_or(Cell::Null, |first| i64::from(days(first)).into()))
}

pub(super) fn days_in_month<'a>(row: &Row<'a>) -> Made<'a> {
    let first = date(row.integer(0)).and_then(|date| date.with_day(1));
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    Ok(first.zip(next).map_or(Cell::Null, |(first, next)| (next - first).num_days().into()))
}

/// The next day that is so many days after a Monday.
pub(super) fn next_day(value: Expr, weekday: u8, fails: bool) -> Checked {
    by_row(&[value], &Type::Date, fails, move |row| {
        // 1970-01-01 was a Thursday.
        let today = (row.integer(0) + 3).rem_euclid(7);
        let later = 1 + (i64::from(weekday) - today - 1).rem_euclid(7);
        within(row.integer(0).checked_add(later), &Type::Date)
    })
}

/// So many units later.
pub(super) fn add(arguments: &[Expr], unit: Unit, kind: &Type, fails: bool) -> Checked {
    let to = kind.clone();
    by_row(arguments, kind, fails, move |row| {
        let (count, value) = (row.integer(0), row.integer(1));
        let out_of_range = || Failure::OutOfRange(to.clone());
        match length(unit) {
            Length::Months(months) => {
                let months = count.checked_mul(months).ok_or_else(out_of_range)?;
                dates::months_later(value, months, &to)
            }
            Length::Micros(micros) => {
                let micros = count.checked_mul(micros).ok_or_else(out_of_range)?;
                let step = if to == Type::Date { micros / DAY_MICROS } else { micros };
                within(value.checked_add(step), &to)
            }
        }
    })
}

/// How many starts of a unit lie between two dates or points in time.
pub(super) fn difference(arguments: &[Expr], unit: Unit, from: &Type) -> Checked {
    let is_date = *from == Type::Date;
    by_row(arguments, &Type::Integer, false, move |row| {
        let starts = |at| starts(unit, micros(row.integer(at), is_date));
        Ok(starts(1).zip(starts(0)).map_or(Cell::Null, |(to, from)| (to - from).into()))
    })
}

/// How many whole units have passed from one date or point in time to another.
pub(super) fn elapsed(arguments: &[Expr], unit: Unit, from: &Type) -> Checked {
    let is_date = *from == Type::Date;
    by_row(arguments, &Type::Integer, false, move |row| {
        let (from, to) = (micros(row.integer(0), is_date), micros(row.integer(1), is_date));
        let (sign, from, to) = if from <= to { (1, from, to) } else { (-1, to, from) };
        let count = match length(unit) {
            Length::Months(months) => whole_months(from, to).map(|passed| passed / months),
            Length::Micros(micros) => Some((to - from) / micros),
        };
        Ok(count.map_or(Cell::Null, |count| (sign * count).into()))
    })
}

enum Length {
    Months(i64),
    Micros(i64),
}

fn length(unit: Unit) -> Length {
    match unit {
        Unit::Year => Length::Months(12),
        Unit::Quarter => Length::Months(3),
        Unit::Month => Length::Months(1),
        Unit::Week => Length::Micros(7 * DAY_MICROS),
        Unit::Day => Length::Micros(DAY_MICROS),
        Unit::Hour => Length::Micros(3_600 * MICROS),
        Unit::Minute => Length::Micros(60 * MICROS),
        Unit::Second => Length::Micros(MICROS),
    }
}

fn micros(value: i64, is_date: bool) -> i64 {
    if is_date { value * DAY_MICROS } else { value }
}

fn day_at(micros: i64) -> Option<NaiveDate> {
    date(micros.div_euclid(DAY_MICROS))
}

fn months_up_to(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

fn starts(unit: Unit, micros: i64) -> Option<i64> {
    match length(unit) {
        Length::Months(months) => day_at(micros).map(|day| months_up_to(day).div_euclid(months)),
        // 1969-12-29 was a Monday.
        Length::Micros(length) if unit == Unit::Week => Some((micros + 3 * DAY_MICROS).div_euclid(length)),
        Length::Micros(length) => Some(micros.div_euclid(length)),
    }
}

/// A month is over on the same day and time of the next one.
fn whole_months(from: i64, to: i64) -> Option<i64> {
    let (first, last) = (day_at(from)?, day_at(to)?);
    let is_over = (last.day(), to.rem_euclid(DAY_MICROS)) >= (first.day(), from.rem_euclid(DAY_MICROS));
    Some(months_up_to(last) - months_up_to(first) - i64::from(!is_over))
}

pub(super) fn fiscal_year<'a>(row: &Row<'a>) -> Made<'a> {
    let (date, first) = (date(row.integer(0)), first_month(row.integer(1))?);
    Ok(date.map_or(Cell::Null, |date| (i64::from(date.year()) + i64::from(first > 1 && date.month() >= first)).into()))
}

pub(super) fn fiscal_quarter<'a>(row: &Row<'a>) -> Made<'a> {
    let (date, first) = (date(row.integer(0)), first_month(row.integer(1))?);
    Ok(date.map_or(Cell::Null, |date| i64::from((date.month() + 12 - first) % 12 / 3 + 1).into()))
}

fn first_month(month: i64) -> Result<u32, Failure> {
    u32::try_from(month).ok().filter(|month| (1..=12).contains(month)).ok_or(Failure::NoSuchDate)
}
