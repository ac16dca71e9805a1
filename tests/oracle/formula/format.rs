//! Dates as text by a format, and back.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use pipewright_engine::formula::patterns::{Piece, date_format};

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

pub fn written_by_format(at: NaiveDateTime, format: &str) -> String {
    let month = MONTHS[at.month0() as usize];
    let day = DAYS[at.weekday().num_days_from_monday() as usize];
    let pieces = date_format(format).expect("a format").into_iter().map(|piece| match piece {
        Piece::Year => format!("{:04}", at.year()),
        Piece::ShortYear => format!("{:02}", at.year() % 100),
        Piece::Quarter => (at.month0() / 3 + 1).to_string(),
        Piece::Month => format!("{:02}", at.month()),
        Piece::MonthName => month.to_owned(),
        Piece::ShortMonthName => month[..3].to_owned(),
        Piece::Week => format!("{:02}", at.iso_week().week()),
        Piece::WeekYear => format!("{:04}", at.iso_week().year()),
        Piece::Day => format!("{:02}", at.day()),
        Piece::DayOfYear => format!("{:03}", at.ordinal()),
        Piece::DayName => day.to_owned(),
        Piece::ShortDayName => day[..3].to_owned(),
        Piece::Hour => format!("{:02}", at.hour()),
        Piece::HalfDayHour => format!("{:02}", (at.hour() + 11) % 12 + 1),
        Piece::HalfDay => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Piece::Minute => format!("{:02}", at.minute()),
        Piece::Second => format!("{:02}", at.second()),
        Piece::Millisecond => format!("{:03}", at.nanosecond() / 1_000_000),
        Piece::Microsecond => format!("{:06}", at.nanosecond() / 1_000),
        Piece::Literal(text) => text,
    });
    pieces.collect()
}

/// What a text says by a format. Numbers may have fewer digits than the format, years may not; all of the text must be used.
pub fn read_by_format(text: &str, format: &str) -> Option<NaiveDateTime> {
    let (mut year, mut month, mut day, mut ordinal) = (0, 1, 1, None);
    let (mut hour, mut minute, mut second, mut micros, mut afternoon) = (0, 0, 0, 0, None);
    let mut rest = text;
    for piece in date_format(format).expect("a format") {
        match piece {
            Piece::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Piece::Year => year = digits(&mut rest, 4, 4)?,
            Piece::ShortYear => {
                year = digits(&mut rest, 2, 2).map(|year| year + if year < 70 { 2000 } else { 1900 })?
            }
            Piece::Month => month = digits(&mut rest, 1, 2)?,
            Piece::MonthName => month = name(&mut rest, MONTHS.iter().copied())?,
            Piece::ShortMonthName => month = name(&mut rest, MONTHS.iter().map(|name| &name[..3]))?,
            Piece::Day => day = digits(&mut rest, 1, 2)?,
            Piece::DayOfYear => ordinal = Some(digits(&mut rest, 1, 3)?),
            Piece::Hour => hour = digits(&mut rest, 1, 2)?,
            Piece::HalfDayHour => hour = digits(&mut rest, 1, 2).filter(|hour| (1..=12).contains(hour))?,
            Piece::HalfDay => afternoon = Some(name(&mut rest, ["AM", "PM"].into_iter())? == 2),
            Piece::Minute => minute = digits(&mut rest, 1, 2)?,
            Piece::Second => second = digits(&mut rest, 1, 2)?,
            Piece::Millisecond => micros = fraction(&mut rest, 3)?,
            Piece::Microsecond => micros = fraction(&mut rest, 6)?,
            Piece::Quarter | Piece::Week | Piece::WeekYear | Piece::DayName | Piece::ShortDayName => return None,
        }
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let date = match ordinal {
        Some(ordinal) => NaiveDate::from_yo_opt(year as i32, ordinal),
        None => NaiveDate::from_ymd_opt(year as i32, month, day),
    };
    (rest.is_empty() && year > 0).then_some(())?;
    date?.and_hms_micro_opt(hour, minute, second, micros)
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(count);
    *rest = after;
    (count >= least).then(|| number.parse().ok())?
}

/// Digits after a decimal point, as microseconds.
fn fraction(rest: &mut &str, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    digits(rest, 1, most).map(|number| number * 10u32.pow(6 - count as u32))
}

/// The number of the name that the text begins with, in any case.
fn name<'a>(rest: &mut &str, names: impl Iterator<Item = &'a str>) -> Option<u32> {
    let (at, name) = names
        .enumerate()
        .find(|(_, name)| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))?;
    *rest = &rest[name.len()..];
    Some(at as u32 + 1)
}
