//! Dates as text by a format such as `DD.MM.YYYY`, and text by a format as dates.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use pipewright_engine::formula::Failure;
use pipewright_engine::formula::patterns::{DAY_NAMES, MONTH_NAMES, Piece};
use pipewright_engine::types::Type;
use pipewright_engine::value::{MICROS, days};
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
        Piece::ShortYear(_) => number((at.year() % 100).into(), 2),
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
        // Formats with these are refused when the formula is typed.
        Piece::AnyTime | Piece::Zone => {}
    }
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// Text as a date or a point in time, by the first of the formats that fits.
pub(super) fn read(value: Expr, formats: Vec<Vec<Piece>>, kind: &Type) -> Checked {
    let is_date = *kind == Type::Date;
    by_row(&[value], kind, true, move |row| {
        let text = row.text(0);
        let Some(Moment { date, time, offset }) = formats.iter().find_map(|format| parsed(text, format)) else {
            return Err(Failure::NotInFormat);
        };
        if is_date {
            return Ok(i64::from(days(date)).into());
        }
        dates::within(dates::micros_of(date, time).checked_sub(offset * MICROS), &Type::Timestamp)
    })
}

/// What a text says, with the seconds by which its clock is ahead of UTC.
struct Moment {
    date: NaiveDate,
    time: NaiveTime,
    offset: i64,
}

/// The date and the time in a text. Numbers may have fewer digits than the format, years may not; all of the text must be used.
fn parsed(text: &str, format: &[Piece]) -> Option<Moment> {
    let (mut year, mut month, mut day, mut day_of_year) = (0, 1, 1, None);
    let (mut hour, mut minute, mut second, mut micros, mut half) = (0, 0, 0, 0, None);
    let (mut any_time, mut offset) = (None, 0);
    let mut rest = text;
    for (at, piece) in format.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            Piece::Year => year = digits(&mut rest, 4, 4)?,
            Piece::ShortYear(first) => {
                let first = u32::try_from(*first).ok()?;
                let short = digits(&mut rest, 2, 2)?;
                year = first + (short + 100 - first % 100) % 100;
            }
            Piece::Month => month = digits(&mut rest, 1, 2)?,
            Piece::MonthName | Piece::ShortMonthName => {
                let names =
                    (1..).zip(MONTH_NAMES).flat_map(|(month, names)| names.iter().map(move |name| (month, *name)));
                month = longest(&mut rest, names)?;
                skip_point(&mut rest, format.get(at + 1));
            }
            Piece::DayName | Piece::ShortDayName => {
                longest(&mut rest, DAY_NAMES.iter().map(|name| (0, *name)))?;
                skip_point(&mut rest, format.get(at + 1));
            }
            Piece::Day => day = digits(&mut rest, 1, 2)?,
            Piece::DayOfYear => day_of_year = Some(digits(&mut rest, 1, 3)?),
            Piece::Hour => hour = digits(&mut rest, 1, 2)?,
            Piece::HalfDayHour => hour = digits(&mut rest, 1, 2).filter(|hour| (1..=12).contains(hour))?,
            Piece::HalfDay => half = Some(name(&mut rest, &HALVES, str::len)?),
            Piece::Minute => minute = digits(&mut rest, 1, 2)?,
            Piece::Second => second = digits(&mut rest, 1, 2)?,
            Piece::Millisecond => micros = fraction(&mut rest, 3)?,
            Piece::Microsecond => micros = fraction(&mut rest, 6)?,
            Piece::AnyTime => any_time = time_of_day(&mut rest)?,
            Piece::Zone => offset = zone(&mut rest)?,
            // Formats with these are refused when the formula is typed.
            Piece::Quarter | Piece::Week | Piece::WeekYear => return None,
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
    let time = any_time.or_else(|| NaiveTime::from_hms_micro_opt(hour, minute, second, micros));
    Some(Moment { date: date?, time: time?, offset })
}

/// Months and days are often written with a point where they are cut short.
fn skip_point(rest: &mut &str, next: Option<&Piece>) {
    if !matches!(next, Some(Piece::Literal(literal)) if literal.starts_with('.')) {
        *rest = rest.strip_prefix('.').unwrap_or(rest);
    }
}

/// What belongs to the longest of the names that the text begins with, in any case.
fn longest<'a>(rest: &mut &str, names: impl Iterator<Item = (u32, &'a str)>) -> Option<u32> {
    let found = names.filter_map(|(what, name)| Some((beginning(rest, name)?, what)));
    let (length, what) = found.max_by_key(|(length, _)| *length)?;
    *rest = &rest[length..];
    Some(what)
}

/// How many bytes of the text are the name in any case.
fn beginning(text: &str, name: &str) -> Option<usize> {
    let mut length = 0;
    let mut letters = text.chars();
    for wanted in name.chars() {
        let letter = letters.next()?;
        if !letter.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        length += letter.len_utf8();
    }
    Some(length)
}

/// `17:45`, `T17:45:09.25`, `, 5:45 PM`, `5 p.m.`, or nothing at all: then it is none of the two.
fn time_of_day(rest: &mut &str) -> Option<Option<NaiveTime>> {
    let blank = |c: char| c == ' ' || c == '\u{a0}' || c == '\u{202f}';
    let start = rest.strip_prefix(['T', 't', ',']).unwrap_or(rest).trim_start_matches(blank);
    if !start.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(None);
    }
    if start.len() == rest.len() {
        return None;
    }
    *rest = start;
    let mut hour = digits(rest, 1, 2)?;
    let (mut minute, mut second, mut micros) = (0, 0, 0);
    let has_minutes = rest.starts_with(':');
    if has_minutes {
        *rest = &rest[1..];
        minute = digits(rest, 2, 2)?;
        if let Some(more) = rest.strip_prefix(':') {
            *rest = more;
            second = digits(rest, 2, 2)?;
            if let Some(more) = rest.strip_prefix(['.', ',']) {
                *rest = more;
                micros = fraction(rest, 6)?;
                *rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        }
    }
    let after = rest.trim_start_matches(blank);
    let halves: [(&str, u32); 4] = [("am", 0), ("a.m.", 0), ("pm", 12), ("p.m.", 12)];
    match halves.iter().find_map(|(name, hours)| Some((beginning(after, name)?, *hours))) {
        Some((length, hours)) if (1..=12).contains(&hour) => {
            *rest = &after[length..];
            hour = hour % 12 + hours;
        }
        None if has_minutes => {}
        _ => return None,
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros).map(Some)
}

/// The seconds of an offset such as `+02:00`, `-0530` or `+1`; none for `Z`, `UTC` and `GMT`.
fn zone(rest: &mut &str) -> Option<i64> {
    *rest = rest.trim_start_matches(' ');
    for name in ["Z", "UTC", "GMT"] {
        if let Some(length) = beginning(rest, name) {
            *rest = &rest[length..];
            return Some(0);
        }
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    *rest = rest.strip_prefix(['+', '-', '\u{2212}'])?;
    let hours = digits(rest, 1, 2)?;
    let colon = rest.strip_prefix(':');
    *rest = colon.unwrap_or(rest);
    let minutes = if colon.is_some() || !rest.is_empty() { digits(rest, 2, 2)? } else { 0 };
    (hours <= 18 && minutes < 60).then(|| sign * i64::from(hours * 3_600 + minutes * 60))
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
