//! The small languages inside of formulas: units of time, date formats, LIKE patterns and flags of regular expressions.

use regex::Regex;

use super::catalogue::Function;
use super::expr::Expr;
use super::number_format::NumberFormat;
use crate::problem::{Place, Problem, nearest};
use crate::secret;
use crate::types::Type;
use crate::value::{DAY_MICROS, Value};
use crate::zones;

/// A unit of the calendar or the clock, which `date_trunc` cuts to and others count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// The number of a day, 0 for Monday, by its English name or its first three letters.
pub fn weekday(name: &str) -> Option<u8> {
    let is_called = |day: &&str| day.eq_ignore_ascii_case(name) || day[..3].eq_ignore_ascii_case(name);
    WEEKDAYS.iter().position(is_called).and_then(|at| u8::try_from(at).ok())
}

pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The function that extracts a part of a date.
pub fn part(name: &str) -> Option<Function> {
    PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, function)| *function)
}

const PARTS: [(&str, Function); 20] = [
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
    ("millisecond", Function::Milliseconds),
    ("milliseconds", Function::Milliseconds),
    ("microsecond", Function::Microseconds),
    ("microseconds", Function::Microseconds),
    ("decade", Function::Decade),
    ("century", Function::Century),
    ("millennium", Function::Millennium),
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
    /// `YY`, two digits of the hundred years from this one on: of 1970 to 2069, or as `YY(1950)` says
    ShortYear(i32),
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
    /// `TIME`: a time of day in any common form, if there is one
    AnyTime,
    /// `TZ`: an offset such as `+02:00`, or `Z`, `UTC` or `GMT`
    Zone,
    Literal(String),
}

// Longer words stand before those they begin with.
const PIECES: [(&str, Piece); 23] = [
    ("YYYY", Piece::Year),
    ("YY", Piece::ShortYear(1970)),
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
    ("TIME", Piece::AnyTime),
    ("TZ", Piece::Zone),
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
            match (piece, first_year(&rest[word.len()..])) {
                (Piece::ShortYear(_), Some(first)) => (Piece::ShortYear(first), word.len() + FIRST_YEAR),
                _ => (named_piece(piece, &rest[..word.len()])?, word.len()),
            }
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

/// The year in `(1950)`, which may follow two digits of a year.
fn first_year(rest: &str) -> Option<i32> {
    let year = rest.get(..FIRST_YEAR)?.strip_prefix('(')?.strip_suffix(')')?;
    year.bytes().all(|digit| digit.is_ascii_digit()).then(|| year.parse().ok())?
}

const FIRST_YEAR: usize = "(1950)".len();

/// The format with another first year for two digits, wherever it does not say one itself.
pub fn with_first_year(format: &str, first: i32) -> String {
    let mut result = String::new();
    let mut rest = format;
    while let Some(next) = rest.chars().next() {
        let length = if next == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else {
            let word = PIECES.iter().find(|(word, _)| starts_with_ignoring_case(rest, word));
            word.map_or(next.len_utf8(), |(word, _)| word.len())
        };
        result.push_str(&rest[..length]);
        let is_short_year = rest[..length].eq_ignore_ascii_case("YY");
        rest = &rest[length..];
        if is_short_year && first_year(rest).is_none() && first != 1970 {
            result.push_str(&format!("({first:04})"));
        }
    }
    result
}

/// Whether a text in this format says its time zone.
pub fn has_zone(format: &str) -> bool {
    date_format(format).is_ok_and(|pieces| pieces.contains(&Piece::Zone))
}

/// What is wrong with a format that text is to be read by.
pub fn readable(format: &str) -> Result<(), Problem> {
    check_readable(&date_format(format)?)
}

/// What months are called, and what for short: in English, German, French, Spanish, Italian, Portuguese and Dutch. No name is that of two
/// months.
pub const MONTH_NAMES: [&[&str]; 12] = [
    &[
        "January", "Jan", "Januar", "Jänner", "Jän", "janvier", "janv", "enero", "ene", "gennaio", "gen", "janeiro",
        "januari",
    ],
    &[
        "February",
        "Feb",
        "Februar",
        "Feber",
        "février",
        "fevrier",
        "févr",
        "fevr",
        "fév",
        "febrero",
        "febbraio",
        "fevereiro",
        "fev",
        "februari",
    ],
    &["March", "Mar", "März", "Maerz", "Mär", "Mrz", "mars", "marzo", "março", "marco", "maart", "mrt"],
    &["April", "Apr", "avril", "avr", "abril", "abr", "aprile"],
    &["May", "Mai", "mayo", "maggio", "mag", "maio", "mei"],
    &["June", "Jun", "Juni", "juin", "junio", "giugno", "giu", "junho"],
    &["July", "Jul", "Juli", "juillet", "juil", "julio", "luglio", "lug", "julho"],
    &["August", "Aug", "août", "aout", "agosto", "ago", "augustus"],
    &["September", "Sep", "Sept", "septembre", "septiembre", "setiembre", "settembre", "set", "setembro"],
    &["October", "Oct", "Oktober", "Okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"],
    &["November", "Nov", "novembre", "noviembre", "novembro"],
    &["December", "Dec", "Dezember", "Dez", "décembre", "decembre", "déc", "diciembre", "dic", "dicembre", "dezembro"],
];

/// What days of the week are called, and what for short, in the same languages.
pub const DAY_NAMES: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Mon",
    "Tue",
    "Tues",
    "Wed",
    "Thu",
    "Thur",
    "Thurs",
    "Fri",
    "Sat",
    "Sun",
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonnabend",
    "Sonntag",
    "Mo",
    "Di",
    "Mi",
    "Do",
    "Fr",
    "Sa",
    "So",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lun",
    "mar",
    "mer",
    "jeu",
    "ven",
    "sam",
    "dim",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "mié",
    "jue",
    "vie",
    "sáb",
    "dom",
    "lunedì",
    "martedì",
    "mercoledì",
    "giovedì",
    "venerdì",
    "sabato",
    "domenica",
    "gio",
    "sab",
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "seg",
    "ter",
    "qua",
    "qui",
    "sex",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
    "ma",
    "wo",
    "vr",
    "za",
    "zo",
];

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

/// A code that text can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Base64,
    Hex,
    Url,
}

const CODES: [(&str, Code); 3] = [("base64", Code::Base64), ("hex", Code::Hex), ("url", Code::Url)];

impl Code {
    pub fn named(name: &str) -> Option<Self> {
        CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
    }
}

/// A form of Unicode: composed or not, and with or without the variants of letters that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnicodeForm {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

const FORMS: [(&str, UnicodeForm); 4] =
    [("NFC", UnicodeForm::Nfc), ("NFD", UnicodeForm::Nfd), ("NFKC", UnicodeForm::Nfkc), ("NFKD", UnicodeForm::Nfkd)];

impl UnicodeForm {
    pub fn named(name: &str) -> Option<Self> {
        FORMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, form)| *form)
    }
}

/// A piece of what `format` fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    Text(String),
    /// The value with this number, counted from zero.
    Value(usize),
}

/// The pieces of a text such as `%s of %2$s`.
pub fn template(format: &str) -> Result<Vec<Gap>, Problem> {
    let mut gaps = Vec::new();
    let (mut rest, mut next) = (format, 0);
    while let Some(at) = rest.find('%') {
        gaps.push(Gap::Text(rest[..at].to_owned()));
        rest = &rest[at + 1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if let Some(after) = rest.strip_prefix('%') {
            gaps.push(Gap::Text("%".to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('s') {
            gaps.push(Gap::Value(next));
            next += 1;
            rest = after;
        } else if let (Some(after), Ok(number @ 1..)) = (rest[digits..].strip_prefix("$s"), rest[..digits].parse()) {
            gaps.push(Gap::Value(number - 1));
            next = number;
            rest = after;
        } else {
            let problem = Problem::new(format!("A % in {format:?} stands before something that is not s."));
            return Err(problem.try_this("Write %s for the next value, %1$s for the first, %% for a percent sign."));
        }
    }
    gaps.push(Gap::Text(rest.to_owned()));
    Ok(gaps)
}

fn check_template(format: &str, values: usize) -> Result<(), Problem> {
    let last = template(format)?.iter().map(|gap| if let Gap::Value(at) = gap { at + 1 } else { 0 }).max();
    match last.filter(|last| *last > values) {
        Some(last) => Err(Problem::new(format!("{format:?} asks for {last} values, and there are {values}."))),
        None => Ok(()),
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

/// The bytes of a UUID.
pub fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes))?
}

/// The day that a holiday is, as days since 1970-01-01.
pub fn holiday(text: &str) -> Result<i32, Problem> {
    match Value::parse(text, &Type::Date) {
        Some(Value::Date(day)) => Ok(day),
        _ => Err(Problem::new(format!("{text:?} is no day.")).try_this("Write it like 2024-12-25.")),
    }
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
        (Function::DateTrunc | Function::DateDiff | Function::DateElapsed, Some(unit), _) => {
            named_unit(unit).map(|_| ())
        }
        (Function::ToDate | Function::ToTimestamp, ..) => (1..arguments.len()).filter_map(text).try_for_each(readable),
        (Function::ToChar, _, Some(format)) if arguments[0].kind.is_number() => NumberFormat::parse(format).map(drop),
        (Function::ToNumber, _, Some(format)) => NumberFormat::parse(format).map(drop),
        (Function::ToChar, _, Some(format)) => check_writable(&date_format(format)?),
        (Function::AddWorkdays | Function::Workdays, ..) => {
            (2..arguments.len()).filter_map(text).try_for_each(|day| holiday(day).map(drop))
        }
        (Function::AtZone, Some(zone), _) => {
            zones::named(zone)?;
            text(2).map_or(Ok(()), |unclear| zones::Unclear::named(unclear).map(drop))
        }
        (Function::DateAdd, Some(unit), _) => {
            let is_of_the_clock = named_unit(unit)? > Unit::Day;
            if is_of_the_clock && arguments.get(2).is_some_and(|date| date.kind == Type::Date) {
                let problem = Problem::new(format!("A date has no {unit}s to be added to."));
                return Err(problem.try_this("Cast it to a point in time, as in day::timestamp."));
            }
            Ok(())
        }
        (Function::Encode | Function::Decode, _, Some(code)) if Code::named(code).is_none() => {
            Err(Problem::unknown("code", code, CODES.iter().map(|(name, _)| *name)))
        }
        (Function::Normalize, _, Some(form)) if UnicodeForm::named(form).is_none() => {
            Err(Problem::unknown("form of Unicode", form, FORMS.iter().map(|(name, _)| *name)))
        }
        (Function::Format, Some(format), _) => check_template(format, arguments.len() - 1),
        (Function::NextDay, _, Some(day)) if weekday(day).is_none() => Err(Problem::unknown("day", day, WEEKDAYS)),
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
        (Function::GenerateSeries, ..) => text(2).map_or(Ok(()), |step| check_step(step, &arguments[0].kind)),
        (Function::NamedStruct, ..) => check_fields(arguments),
        (Function::StructField, ..) => check_field(&arguments[0].kind, text(1).unwrap_or_default()),
        (Function::RegexpSubstr, _, pattern) => check_regex(pattern).and_then(|()| check_flags(text(4), "i")),
        (Function::AesEncrypt | Function::AesDecrypt, _, Some(key)) if secret::stood_for(key).is_none() => {
            secret::cipher_key(key).map(drop)
        }
        (Function::Hmac | Function::HmacNumber, _, Some(key)) if key.starts_with("${secret:") => {
            Err(Problem::new("A formula can't read secrets: this would be the key itself.")
                .try_this("Use the node Hash or Anonymise, which take a secret."))
        }
        (Function::StableUuid, Some(namespace), _) if uuid(namespace).is_none() => {
            Err(Problem::new(format!("The namespace {namespace:?} is no UUID."))
                .try_this("Write one such as '6ba7b812-9dad-11d1-80b4-00c04fd430c8'."))
        }
        _ => Ok(()),
    }
}

/// The place within the pattern is none within the formula.
fn check_regex(pattern: Option<&str>) -> Result<(), Problem> {
    let read = pattern.map(regex).transpose().map(drop);
    read.map_err(|problem| Problem { place: None, ..problem })
}

fn named_unit(name: &str) -> Result<Unit, Problem> {
    Unit::named(name).ok_or_else(|| Problem::unknown("unit of time", name, UNITS.iter().map(|(name, _)| *name)))
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

fn check_writable(pieces: &[Piece]) -> Result<(), Problem> {
    match pieces.iter().find(|piece| matches!(piece, Piece::AnyTime | Piece::Zone)) {
        Some(Piece::Zone) => Err(Problem::new("TZ in a format can be read but not written.")),
        Some(_) => Err(Problem::new("TIME in a format can be read but not written.").try_this("Write HH24:MI:SS.")),
        None => Ok(()),
    }
}

fn check_readable(pieces: &[Piece]) -> Result<(), Problem> {
    let unreadable = pieces.iter().find(|piece| matches!(piece, Piece::Quarter | Piece::Week | Piece::WeekYear));
    if let Some(piece) = unreadable {
        return Err(Problem::new(format!("{piece:?} in a format can be written but not read.")));
    }
    let has = |wanted: &[Piece]| wanted.iter().any(|piece| pieces.contains(piece));
    let day =
        has(&[Piece::Month, Piece::MonthName, Piece::ShortMonthName]) && has(&[Piece::Day]) || has(&[Piece::DayOfYear]);
    let has_year = pieces.iter().any(|piece| matches!(piece, Piece::Year | Piece::ShortYear(_)));
    if !has_year || !day {
        return Err(
            Problem::new("A format to read dates by needs year, month and day.").try_this("As in 'YYYY-MM-DD'.")
        );
    }
    if has(&[Piece::HalfDayHour]) != has(&[Piece::HalfDay]) {
        return Err(Problem::new("HH12 and AM go together.").try_this("Use HH24 for hours from 0 to 23."));
    }
    Ok(())
}
