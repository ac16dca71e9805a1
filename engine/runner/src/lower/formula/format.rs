//! Dates as text by a format such as `DD.MM.YYYY`, and text by a format as dates.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use pipewright_engine::formula::Failure;
use pipewright_engine::formula::patterns::Piece;
use pipewright_engine::types::Type;
use pipewright_engine::value::days;
use polars::prelude::*;

use super::dates;
use super::rows::{Cell, Checked, by_row};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HALVES: [&str; 2] = ["AM", "PM"];

/// A point in time as text.
pub(super) fn write(value: Expr, format: Vec<Piece>) -> Checked {
    by_row(&[value], &Type::Text, false, move |row| {
        let Some(at) = dates::at(row.integer(0)) else { return Ok(Cell::Null) };
        let mut text = String::new();
        format.iter().for_each(|piece| push(&mut text, piece, at));
        Ok(text.into())
    })
}

fn push(text: &mut String, piece: &Piece, at: NaiveDateTime) {
    let mut number = |value: i64, width: usize| text.push_str(&format!("{value:0width$}"));
    let month = MONTHS.get(at.month0() as usize).copied().unwrap_or_default();
    let day = DAYS.get(at.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
    match piece {
        Piece::Year => number(at.year().into(), 4),
        Piece::ShortYear => number((at.year() % 100).into(), 2),
        Piece::Quarter => number((at.month0() / 3 + 1).into(), 1),
        Piece::Month => number(at.month().into(), 2),
        Piece::MonthName => text.push_str(month),
        Piece::ShortMonthName => text.push_str(short(month)),
        Piece::Week => number(at.iso_week().week().into(), 2),
        Piece::WeekYear => number(at.iso_week().year().into(), 4),
        Piece::Day => number(at.day().into(), 2),
        Piece::DayOfYear => number(at.ordinal().into(), 3),
        Piece::DayName => text.push_str(day),
        Piece::ShortDayName => text.push_str(short(day)),
        Piece::Hour => number(at.hour().into(), 2),
        Piece::HalfDayHour => number(at.hour12().1.into(), 2),
        Piece::HalfDay => text.push_str(HALVES[usize::from(at.hour12().0)]),
        Piece::Minute => number(at.minute().into(), 2),
        Piece::Second => number(at.second().into(), 2),
        Piece::Millisecond => number((at.nanosecond() / 1_000_000).into(), 3),
        Piece::Microsecond => number((at.nanosecond() / 1_000).into(), 6),
        Piece::Literal(literal) => text.push_str(literal),
    }
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// Text as a date or a point in time.
pub(super) fn read(value: Expr, format: Vec<Piece>, kind: &Type) -> Checked {
    let is_date = *kind == Type::Date;
    by_row(&[value], kind, true, move |row| {
        let Some((date, time)) = parsed(row.text(0), &format) else { return Err(Failure::NotInFormat) };
        Ok(if is_date { i64::from(days(date)) } else { dates::micros_of(date, time) }.into())
    })
}

/// The date and the time in a text. Numbers may have fewer digits than the format, years may not; all of the text must be used.
fn parsed(text: &str, format: &[Piece]) -> Option<(NaiveDate, NaiveTime)> {
    let (mut year, mut month, mut day, mut day_of_year) = (0, 1, 1, None);
    let (mut hour, mut minute, mut second, mut micros, mut half) = (0, 0, 0, 0, None);
    let mut rest = text;
    for piece in format {
        match piece {
            Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            Piece::Year => year = digits(&mut rest, 4, 4)?,
            Piece::ShortYear => {
                let short = digits(&mut rest, 2, 2)?;
                year = if short < 70 { 2000 + short } else { 1900 + short };
            }
            Piece::Month => month = digits(&mut rest, 1, 2)?,
            Piece::MonthName => month = 1 + name(&mut rest, &MONTHS, str::len)?,
            Piece::ShortMonthName => month = 1 + name(&mut rest, &MONTHS, |_| 3)?,
            Piece::Day => day = digits(&mut rest, 1, 2)?,
            Piece::DayOfYear => day_of_year = Some(digits(&mut rest, 1, 3)?),
            Piece::Hour => hour = digits(&mut rest, 1, 2)?,
            Piece::HalfDayHour => hour = digits(&mut rest, 1, 2).filter(|hour| (1..=12).contains(hour))?,
            Piece::HalfDay => half = Some(name(&mut rest, &HALVES, str::len)?),
            Piece::Minute => minute = digits(&mut rest, 1, 2)?,
            Piece::Second => second = digits(&mut rest, 1, 2)?,
            Piece::Millisecond => micros = fraction(&mut rest, 3)?,
            Piece::Microsecond => micros = fraction(&mut rest, 6)?,
            // Formats with these are refused when the formula is typed.
            Piece::Quarter | Piece::Week | Piece::WeekYear | Piece::DayName | Piece::ShortDayName => return None,
        }
    }
    if let Some(half) = half {
        hour = hour % 12 + 12 * half;
    }
    if !rest.is_empty() || year == 0 {
        return None;
    }
    let year = i32::try_from(year).ok()?;
    let date = match day_of_year {
        Some(day) => NaiveDate::from_yo_opt(year, day),
        None => NaiveDate::from_ymd_opt(year, month, day),
    };
    Some((date?, NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?))
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(count);
    *rest = after;
    if count < least { None } else { number.parse().ok() }
}

/// Digits after a decimal point, as microseconds.
fn fraction(rest: &mut &str, most: usize) -> Option<u32> {
    let before = rest.len();
    let number = digits(rest, 1, most)?;
    let count = u32::try_from(before - rest.len()).ok()?;
    Some(number * 10u32.pow(6 - count))
}

/// Which of the names the text begins with, in any case.
fn name(rest: &mut &str, names: &[&str], length: fn(&str) -> usize) -> Option<u32> {
    let begins =
        |name: &&str| rest.get(..length(name)).is_some_and(|start| start.eq_ignore_ascii_case(&name[..length(name)]));
    let at = names.iter().position(begins)?;
    *rest = &rest[length(names[at])..];
    u32::try_from(at).ok()
}
