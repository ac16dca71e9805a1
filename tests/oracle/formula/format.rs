//! Dates as text by a format, and back.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use pipewright_engine::formula::patterns::{DAY_NAMES, MONTH_NAMES, Piece, date_format};

use super::regex::Regex;

pub const MONTHS: [&str; 12] = [
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
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub fn written_by_format(at: NaiveDateTime, format: &str) -> String {
    let month = MONTHS[at.month0() as usize];
    let day = DAYS[at.weekday().num_days_from_monday() as usize];
    let pieces = date_format(format).expect("a format").into_iter().map(|piece| match piece {
        Piece::Year => format!("{:04}", at.year()),
        Piece::ShortYear(_) => format!("{:02}", at.year() % 100),
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
        Piece::AnyTime | Piece::Zone => panic!("{piece:?} is not written"),
    });
    pieces.collect()
}

/// What a text says by the first of some formats that fits; a time with an offset in UTC.
pub fn read_by_formats<'a>(text: &str, mut formats: impl Iterator<Item = &'a str>) -> Option<(NaiveDateTime, i64)> {
    formats.find_map(|format| read_by_format(text, format))
}

/// The date and time, and how many seconds its clock is ahead of UTC. Numbers may have fewer digits than the format, years may not; all
/// of the text must be used.
fn read_by_format(text: &str, format: &str) -> Option<(NaiveDateTime, i64)> {
    let (mut year, mut month, mut day, mut ordinal) = (0, 1, 1, None);
    let (mut hour, mut minute, mut second, mut micros, mut afternoon) = (0, 0, 0, 0, None);
    let mut offset = 0;
    let mut rest = text;
    let pieces = date_format(format).expect("a format");
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Piece::Year => year = digits(&mut rest, 4, 4)?,
            Piece::ShortYear(first) => {
                let short = digits(&mut rest, 2, 2)? as i32;
                year = (*first..first + 100).find(|year| year % 100 == short)? as u32;
            }
            Piece::Month => month = digits(&mut rest, 1, 2)?,
            Piece::MonthName | Piece::ShortMonthName => {
                let mut best = "";
                for (number, names) in (1..).zip(MONTH_NAMES) {
                    for name in names.iter().filter(|name| begins(rest, name)) {
                        if name.chars().count() > best.chars().count() {
                            (best, month) = (*name, number);
                        }
                    }
                }
                rest = after_name(rest, best, pieces.get(at + 1))?;
            }
            Piece::DayName | Piece::ShortDayName => {
                let fitting = DAY_NAMES.iter().filter(|name| begins(rest, name));
                rest = after_name(rest, fitting.max_by_key(|name| name.chars().count())?, pieces.get(at + 1))?;
            }
            Piece::Day => day = digits(&mut rest, 1, 2)?,
            Piece::DayOfYear => ordinal = Some(digits(&mut rest, 1, 3)?),
            Piece::Hour => hour = digits(&mut rest, 1, 2)?,
            Piece::HalfDayHour => hour = digits(&mut rest, 1, 2).filter(|hour| (1..=12).contains(hour))?,
            Piece::HalfDay => afternoon = Some(name(&mut rest, ["AM", "PM"].into_iter())? == 2),
            Piece::Minute => minute = digits(&mut rest, 1, 2)?,
            Piece::Second => second = digits(&mut rest, 1, 2)?,
            Piece::Millisecond => micros = fraction(&mut rest, 3)?,
            Piece::Microsecond => micros = fraction(&mut rest, 6)?,
            Piece::AnyTime => {
                let letters: Vec<char> = rest.chars().collect();
                let Some(found) = Regex::new(TIME, "i").find(&letters, 0) else { continue };
                let group = |at: usize| found.groups[at].map(|(from, to)| letters[from..to].iter().collect::<String>());
                let number = |at: usize| group(at).map_or(Some(0), |digits| digits.parse().ok());
                (hour, minute, second) = (number(0)?, number(1)?, number(2)?);
                micros = group(3).map_or(Some(0), |digits| format!("{digits:0<6}")[..6].parse().ok())?;
                match group(4) {
                    Some(_) if !(1..=12).contains(&hour) => return None,
                    Some(half) => afternoon = Some(half.eq_ignore_ascii_case("p")),
                    None => group(1).map(drop)?,
                }
                rest = &rest[letters[..found.end].iter().map(|c| c.len_utf8()).sum()..];
            }
            Piece::Zone => {
                let letters: Vec<char> = rest.chars().collect();
                let found = Regex::new(ZONE, "i").find(&letters, 0)?;
                let group = |at: usize| found.groups[at].map(|(from, to)| letters[from..to].iter().collect::<String>());
                let number = |at: usize| group(at).map_or(Some(0), |digits| digits.parse::<i64>().ok());
                let (hours, minutes) = (number(1)?, number(2)?);
                (hours <= 18 && minutes < 60).then_some(())?;
                let sign = if group(0).is_some_and(|sign| sign == "-") { -1 } else { 1 };
                offset = sign * (hours * 3_600 + minutes * 60);
                rest = &rest[letters[..found.end].iter().map(|c| c.len_utf8()).sum()..];
            }
            Piece::Quarter | Piece::Week | Piece::WeekYear => return None,
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
    Some((date?.and_hms_micro_opt(hour, minute, second, micros)?, offset))
}

const TIME: &str = "^(?:[t,][ \u{a0}\u{202f}]*|[ \u{a0}\u{202f}]+)([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?)?(?:[ \u{a0}\u{202f}]*([ap])(?:m|\\.m\\.))?";
const ZONE: &str = "^ *(?:z|utc|gmt|([-+\u{2212}])([0-9]{1,2})(?::?([0-9]{2}))?)";

fn begins(text: &str, name: &str) -> bool {
    let start: String = text.chars().take(name.chars().count()).collect();
    start.to_lowercase() == name.to_lowercase()
}

/// What follows a name and the point that may stand behind it.
fn after_name<'a>(text: &'a str, name: &str, next: Option<&Piece>) -> Option<&'a str> {
    let length = name.chars().count();
    (length > 0).then_some(())?;
    let rest = &text[text.chars().take(length).map(char::len_utf8).sum()..];
    match next {
        Some(Piece::Literal(literal)) if literal.starts_with('.') => Some(rest),
        _ => Some(rest.strip_prefix('.').unwrap_or(rest)),
    }
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
