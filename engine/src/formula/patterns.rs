//! The small languages inside of formulas: units of time, date formats, LIKE patterns and flags of regular expressions.

use regex::Regex;

use super::catalogue::Function;
use super::expr::Expr;
use crate::problem::{Place, Problem, nearest};
use crate::types::Type;
use crate::value::{DAY_MICROS, Value};

/// A unit that `date_trunc` cuts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

const UNITS: [(&str, Unit); 8] = [
    ("year", Unit::Year),
    ("quarter", Unit::Quarter),
    ("month", Unit::Month),
    ("week", Unit::Week),
    ("day", Unit::Day),
    ("hour", Unit::Hour),
    ("minute", Unit::Minute),
    ("second", Unit::Second),
];

impl Unit {
    pub fn named(name: &str) -> Option<Self> {
        UNITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit)
    }
}

/// The function that extracts a part of a date.
pub fn part(name: &str) -> Option<Function> {
    PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, function)| *function)
}

const PARTS: [(&str, Function); 13] = [
    ("year", Function::Year),
    ("isoyear", Function::IsoYear),
    ("quarter", Function::Quarter),
    ("month", Function::Month),
    ("week", Function::Week),
    ("day", Function::Day),
    ("dow", Function::DayOfWeek),
    ("isodow", Function::IsoDayOfWeek),
    ("doy", Function::DayOfYear),
    ("hour", Function::Hour),
    ("minute", Function::Minute),
    ("second", Function::Second),
    ("epoch", Function::Epoch),
];

pub fn unknown_part(name: &str) -> Problem {
    Problem::unknown("part of a date called", name, PARTS.iter().map(|(known, _)| *known))
}

/// The months and microseconds of a step of time such as `1 month` or `2 days 03:00`.
pub fn step(text: &str) -> Option<(i64, i64)> {
    super::literals::months_and_micros(&text.to_lowercase())
}

/// A piece of a date format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `YYYY`
    Year,
    /// `YY`, of the years 1970 to 2069
    ShortYear,
    /// `Q`
    Quarter,
    /// `MM`
    Month,
    /// `Month`
    MonthName,
    /// `Mon`
    ShortMonthName,
    /// `IW`
    Week,
    /// `IYYY`
    WeekYear,
    /// `DD`
    Day,
    /// `DDD`
    DayOfYear,
    /// `Day`
    DayName,
    /// `Dy`
    ShortDayName,
    /// `HH24`
    Hour,
    /// `HH12` or `HH`
    HalfDayHour,
    /// `AM` or `PM`
    HalfDay,
    /// `MI`
    Minute,
    /// `SS`
    Second,
    /// `MS`
    Millisecond,
    /// `US`
    Microsecond,
    Literal(String),
}

// Longer words stand before those they begin with.
const PIECES: [(&str, Piece); 21] = [
    ("YYYY", Piece::Year),
    ("YY", Piece::ShortYear),
    ("IYYY", Piece::WeekYear),
    ("IW", Piece::Week),
    ("Q", Piece::Quarter),
    ("MONTH", Piece::MonthName),
    ("MON", Piece::ShortMonthName),
    ("MM", Piece::Month),
    ("MI", Piece::Minute),
    ("MS", Piece::Millisecond),
    ("US", Piece::Microsecond),
    ("DDD", Piece::DayOfYear),
    ("DD", Piece::Day),
    ("DAY", Piece::DayName),
    ("DY", Piece::ShortDayName),
    ("HH24", Piece::Hour),
    ("HH12", Piece::HalfDayHour),
    ("HH", Piece::HalfDayHour),
    ("AM", Piece::HalfDay),
    ("PM", Piece::HalfDay),
    ("SS", Piece::Second),
];

/// The pieces of a format such as `YYYY-MM-DD HH24:MI:SS`. Text in double quotes stands for itself, other letters must be pieces.
pub fn date_format(format: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(next) = rest.chars().next() {
        let (piece, length) = if next == '"' {
            let end = rest[1..]
                .find('"')
                .ok_or_else(|| Problem::new(format!("A quote is not closed in the format {format:?}.")))?;
            (Piece::Literal(rest[1..=end].to_owned()), end + 2)
        } else if let Some((word, piece)) = PIECES.iter().find(|(word, _)| starts_with_ignoring_case(rest, word)) {
            (named_piece(piece, &rest[..word.len()])?, word.len())
        } else if next.is_alphabetic() {
            return Err(unknown_piece(rest, format));
        } else {
            (Piece::Literal(next.to_string()), next.len_utf8())
        };
        push(&mut pieces, piece);
        rest = &rest[length..];
    }
    Ok(pieces)
}

fn starts_with_ignoring_case(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Names are written as `Month` is: the case of the word would be that of the name, and there is but one.
fn named_piece(piece: &Piece, word: &str) -> Result<Piece, Problem> {
    let is_name = matches!(piece, Piece::MonthName | Piece::ShortMonthName | Piece::DayName | Piece::ShortDayName);
    let capitalised = word.chars().enumerate().all(|(at, c)| c.is_ascii_uppercase() == (at == 0));
    if is_name && !capitalised {
        let right = format!("{}{}", word[..1].to_ascii_uppercase(), word[1..].to_ascii_lowercase());
        let problem = Problem::new(format!("{word:?} is written {right:?} in a date format."));
        return Err(problem.try_this("For capitals or small letters put upper() or lower() around it."));
    }
    Ok(piece.clone())
}

fn unknown_piece(rest: &str, format: &str) -> Problem {
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    let problem = Problem::new(format!("{word:?} in the format {format:?} is no part of a date."));
    if format.contains('%') {
        return problem.try_this("Formats are written as in 'YYYY-MM-DD HH24:MI:SS'.");
    }
    match nearest(&word, PIECES.iter().map(|(word, _)| *word)) {
        Some(near) => problem.try_this(format!("Did you mean {near}?")),
        None => problem.try_this("Parts are YYYY MM DD HH24 MI SS and more; other words stand in double quotes."),
    }
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    if let (Piece::Literal(text), Some(Piece::Literal(last))) = (&piece, pieces.last_mut()) {
        last.push_str(text);
    } else {
        pieces.push(piece);
    }
}

/// One step of a LIKE pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wild {
    /// `%`: any text
    Any,
    /// `_`: one character
    One,
    Exactly(char),
}

/// The steps of a LIKE pattern, in which a backslash takes the meaning from what follows it.
pub fn like_pattern(pattern: &str) -> Option<Vec<Wild>> {
    let mut steps = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        steps.push(match character {
            '%' => Wild::Any,
            '_' => Wild::One,
            '\\' => Wild::Exactly(characters.next()?),
            plain => Wild::Exactly(plain),
        });
    }
    Some(steps)
}

/// A LIKE pattern with its own escape character as one whose escape character is the backslash.
pub fn with_backslash(pattern: &str, escape: Option<char>) -> Option<String> {
    let mut result = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            result.push('\\');
            result.push(characters.next()?);
        } else {
            result.extend((character == '\\').then_some('\\'));
            result.push(character);
        }
    }
    Some(result)
}

/// A regular expression. The problem, if there is one, has its place in it.
pub fn regex(pattern: &str) -> Result<Regex, Problem> {
    Regex::new(pattern).map_err(|error| {
        let said = error.to_string();
        let what = said.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it is too large");
        let problem = Problem::new(format!("The regular expression {pattern:?} can't be read: {what}."));
        match marked(&said, pattern) {
            Some(place) => problem.place(place),
            None => problem,
        }
    })
}

/// The place that a message about a regular expression marks by `^` below it.
fn marked(message: &str, pattern: &str) -> Option<Place> {
    const INDENT: usize = 4;
    let mut lines = message.lines().skip_while(|line| line.get(INDENT..) != Some(pattern));
    let marks = lines.nth(1)?;
    let column = marks.find('^')?.checked_sub(INDENT)? + 1;
    Some(Place { line: 1, column, length: marks.matches('^').count() })
}

/// Whether the texts that stand in the formula are right: units, formats, patterns and flags.
pub fn check(function: Function, arguments: &[Expr]) -> Result<(), Problem> {
    let text = |at: usize| arguments.get(at).and_then(Expr::as_literal).and_then(Value::as_text);
    match (function, text(0), text(1)) {
        (Function::DateTrunc, Some(unit), _) if Unit::named(unit).is_none() => {
            Err(Problem::unknown("unit of time", unit, UNITS.iter().map(|(name, _)| *name)))
        }
        (Function::ToDate | Function::ToTimestamp, _, Some(format)) => check_readable(&date_format(format)?),
        (Function::ToChar, _, Some(format)) => date_format(format).map(|_| ()),
        (Function::Like | Function::ILike, _, Some(pattern)) if like_pattern(pattern).is_none() => {
            Err(Problem::new(format!("The pattern {pattern:?} ends with its escape character.")))
        }
        (Function::SplitText, ..) => check_flags(text(2), "teq"),
        (Function::RegexpSplit | Function::RegexpExtractAll, _, pattern) => {
            check_regex(pattern).and_then(|()| check_flags(text(2), "ite"))
        }
        (Function::RegexpLike | Function::RegexpMatch, _, pattern) => {
            check_regex(pattern).and_then(|()| check_flags(text(2), "i"))
        }
        (Function::RegexpReplace, _, pattern) => check_regex(pattern).and_then(|()| check_flags(text(3), "gi")),
        (Function::RegexpSubstr, _, pattern) => check_regex(pattern),
        (Function::GenerateSeries, ..) => text(2).map_or(Ok(()), |step| check_step(step, &arguments[0].kind)),
        (Function::NamedStruct, ..) => check_fields(arguments),
        (Function::StructField, ..) => check_field(&arguments[0].kind, text(1).unwrap_or_default()),
        _ => Ok(()),
    }
}

/// The place within the pattern is none within the formula.
fn check_regex(pattern: Option<&str>) -> Result<(), Problem> {
    let read = pattern.map(regex).transpose().map(drop);
    read.map_err(|problem| Problem { place: None, ..problem })
}

fn check_flags(flags: Option<&str>, known: &str) -> Result<(), Problem> {
    match flags.and_then(|flags| flags.chars().find(|flag| !known.contains(*flag))) {
        Some(flag) => Err(Problem::unknown("flag", &flag.to_string(), known.split("").filter(|flag| !flag.is_empty()))),
        None => Ok(()),
    }
}

/// Names and values must take turns.
fn check_fields(arguments: &[Expr]) -> Result<(), Problem> {
    let wrong = |message: String| {
        Err(Problem::new(message)
            .try_this("Write names and values in turn, as in named_struct('name', item, 'price', price)."))
    };
    let mut names: Vec<&str> = Vec::new();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return wrong("A name without a value.".into()) };
        let Some(name) = name.as_literal().and_then(Value::as_text).filter(|name| !name.is_empty()) else {
            return wrong(format!("The field number {} has no name in quotes.", names.len() + 1));
        };
        if names.contains(&name) {
            return wrong(format!("There are two fields {name:?}."));
        }
        if value.kind == Type::Null {
            return wrong(format!("The field {name:?} has no type: cast its null, as in null::text."));
        }
        names.push(name);
    }
    Ok(())
}

fn check_field(kind: &Type, name: &str) -> Result<(), Problem> {
    let Type::Struct(fields) = kind else { return Ok(()) };
    match fields.iter().any(|field| field.name == name) {
        true => Ok(()),
        false => Err(Problem::unknown("field", name, fields.iter().map(|field| field.name.as_str()))),
    }
}

fn check_step(written: &str, kind: &Type) -> Result<(), Problem> {
    let Some((months, micros)) = step(written) else {
        return Err(Problem::new(format!("{written:?} cannot be read as a step of time."))
            .try_this("Write it like '1 month', '2 weeks' or '15 minutes'."));
    };
    if (months, micros) == (0, 0) {
        return Err(Problem::new("A step of zero leads nowhere."));
    }
    if months.signum() * micros.signum() < 0 {
        return Err(Problem::new("A step goes either forward or back."));
    }
    if *kind == Type::Date && micros % DAY_MICROS != 0 {
        return Err(Problem::new(format!("A step of {written:?} does not lead from date to date."))
            .try_this("Cast the dates, as in day::timestamp."));
    }
    Ok(())
}

fn check_readable(pieces: &[Piece]) -> Result<(), Problem> {
    let unreadable = pieces.iter().find(|piece| {
        matches!(piece, Piece::Quarter | Piece::Week | Piece::WeekYear | Piece::DayName | Piece::ShortDayName)
    });
    if let Some(piece) = unreadable {
        return Err(Problem::new(format!("{piece:?} in a format can be written but not read.")));
    }
    let has = |wanted: &[Piece]| wanted.iter().any(|piece| pieces.contains(piece));
    let day =
        has(&[Piece::Month, Piece::MonthName, Piece::ShortMonthName]) && has(&[Piece::Day]) || has(&[Piece::DayOfYear]);
    if !has(&[Piece::Year, Piece::ShortYear]) || !day {
        return Err(
            Problem::new("A format to read dates by needs year, month and day.").try_this("As in 'YYYY-MM-DD'.")
        );
    }
    if has(&[Piece::HalfDayHour]) != has(&[Piece::HalfDay]) {
        return Err(Problem::new("HH12 and AM go together.").try_this("Use HH24 for hours from 0 to 23."));
    }
    Ok(())
}
