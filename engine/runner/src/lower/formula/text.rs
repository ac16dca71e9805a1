//! Functions of text. Positions and lengths count characters, from one.

use pipewright_engine::formula::patterns::{Gap, Wild, like_pattern, template};
use pipewright_engine::formula::{Failure, LONGEST_TEXT};
use pipewright_engine::types::Type;
use polars::prelude::*;
use polars_utils::regex_cache::compile_regex;

use super::refused;
use super::rows::{Cell, Checked, Made, Row, by_row, filled_by_row};

/// Whether a text matches a pattern: by plain comparison where the pattern is one, else as a regular expression.
pub(super) fn like(text: Expr, pattern: &str, any_case: bool) -> Expr {
    let (text, pattern) = match any_case {
        true => (text.str().to_lowercase(), pattern.to_lowercase()),
        false => (text, pattern.to_owned()),
    };
    let steps = like_pattern(&pattern).unwrap_or_default();
    let open_start = steps.first() == Some(&Wild::Any);
    let open_end = steps.len() > 1 && steps.last() == Some(&Wild::Any);
    let inner = &steps[usize::from(open_start)..steps.len() - usize::from(open_end)];
    let word: Option<String> =
        inner.iter().map(|step| if let Wild::Exactly(c) = step { Some(*c) } else { None }).collect();
    match (word, open_start, open_end) {
        (Some(word), false, false) => text.eq(lit(word)),
        (Some(word), false, true) => text.str().starts_with(lit(word)),
        (Some(word), true, false) => text.str().ends_with(lit(word)),
        (Some(word), true, true) => text.str().contains_literal(lit(word)),
        // Looking for what is between open ends is faster than matching the ends, too.
        (None, ..) => {
            let (start, end) = (if open_start { "" } else { "\\A" }, if open_end { "" } else { "\\z" });
            text.str().contains(lit(format!("(?s){start}{}{end}", as_regex(inner))), true)
        }
    }
}

fn as_regex(steps: &[Wild]) -> String {
    let steps = steps.iter().map(|step| match step {
        Wild::Any => ".*".to_owned(),
        Wild::One => ".".to_owned(),
        Wild::Exactly(c) if c.is_ascii_punctuation() => format!("\\{c}"),
        Wild::Exactly(c) => c.to_string(),
    });
    steps.collect()
}

/// A regular expression with its flags in it, if it is one.
pub(super) fn regex(pattern: &str, flags: &str) -> PolarsResult<String> {
    let pattern = if flags.contains('i') { format!("(?i){pattern}") } else { pattern.to_owned() };
    match compile_regex(&pattern) {
        Ok(_) => Ok(pattern),
        Err(_) => Err(refused(format!("The regular expression '{pattern}' cannot be read."))),
    }
}

/// The replacement `\1` in the form `${1}`. A backslash before anything else stands for itself.
pub(super) fn replacement(written: &str) -> String {
    let mut result = String::new();
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        let special = letters.peek().copied().filter(|next| letter == '\\' && "123456789&\\".contains(*next));
        match special {
            Some('\\') => result.push('\\'),
            Some('&') => result.push_str("${0}"),
            Some(digit) => result.push_str(&format!("${{{digit}}}")),
            None if letter == '$' => result.push_str("$$"),
            None => result.push(letter),
        }
        if special.is_some() {
            letters.next();
        }
    }
    result
}

pub(super) fn regexp_count(text: Expr, pattern: &str) -> PolarsResult<Checked> {
    let regex = compile_regex(pattern)?;
    Ok(by_row(&[text], &Type::Integer, false, move |row| {
        let text = row.text(0);
        let (mut count, mut at) = (0i64, 0);
        while let Some(found) = regex.find_at(text, at) {
            count += 1;
            let skipped = if found.is_empty() { text[found.end()..].chars().next() } else { None };
            at = found.end() + skipped.map_or(0, char::len_utf8);
            if found.is_empty() && skipped.is_none() {
                break;
            }
        }
        Ok(count.into())
    }))
}

pub(super) fn regexp_instr(text: Expr, pattern: &str) -> PolarsResult<Checked> {
    let regex = compile_regex(pattern)?;
    Ok(by_row(&[text], &Type::Integer, false, move |row| {
        let text = row.text(0);
        Ok(regex.find(text).map_or(0, |found| characters(&text[..found.start()]) + 1).into())
    }))
}

/// What stands before and behind a separator, the first one or that with the number of the third argument.
pub(super) fn separator<'a>(row: &Row<'a>) -> Result<Option<(&'a str, &'a str)>, Failure> {
    let (text, separator) = (row.text(0), row.text(1));
    let number = if row.has(2) { row.integer(2) } else { 1 };
    let Some(index) = usize::try_from(number.unsigned_abs()).ok().and_then(|number| number.checked_sub(1)) else {
        return Err(Failure::ZeroPosition);
    };
    if separator.is_empty() {
        return Ok(None);
    }
    let places = text.match_indices(separator);
    let place = match number > 0 {
        true => places.map(|(at, _)| at).nth(index),
        // From the front, since overlapping separators would be found elsewhere from the back.
        false => places.map(|(at, _)| at).collect::<Vec<_>>().iter().rev().nth(index).copied(),
    };
    Ok(place.map(|at| (&text[..at], &text[at + separator.len()..])))
}

/// A text with values in its gaps.
pub(super) fn filled_in(format: &str, values: &[Expr]) -> Expr {
    let gaps = template(format).unwrap_or_default().into_iter().filter_map(|gap| match gap {
        Gap::Text(text) => Some(lit(text)),
        Gap::Value(at) => values.get(at).cloned(),
    });
    concat_str(gaps.collect::<Vec<_>>(), "", true)
}

/// Every match replaced. Polars leaves out an empty match behind another match, PostgreSQL does not.
pub(super) fn replace_all(text: Expr, pattern: &str, by: String) -> PolarsResult<Checked> {
    let regex = compile_regex(pattern)?;
    // To find groups takes several times as long as to find matches.
    let plain = (!by.replace("$$", "").contains('$')).then(|| by.replace("$$", "$"));
    Ok(by_row(&[text], &Type::Text, false, move |row| {
        let text = row.text(0);
        let (mut result, mut at) = (String::new(), 0);
        loop {
            let found = match &plain {
                Some(by) => regex.find_at(text, at).inspect(|found| {
                    result.push_str(&text[at..found.start()]);
                    result.push_str(by);
                }),
                None => regex.captures_at(text, at).and_then(|groups| {
                    let found = groups.get(0)?;
                    result.push_str(&text[at..found.start()]);
                    groups.expand(&by, &mut result);
                    Some(found)
                }),
            };
            let Some(found) = found else { break };
            let skipped = if found.is_empty() { text[found.end()..].chars().next() } else { None };
            result.extend(skipped);
            at = found.end() + skipped.map_or(0, char::len_utf8);
            if found.is_empty() && skipped.is_none() {
                return Ok(result.into());
            }
        }
        // Most texts have nothing to replace.
        if at == 0 && result.is_empty() {
            return Ok(text.into());
        }
        result.push_str(&text[at..]);
        Ok(result.into())
    }))
}

/// A group of the how manieth match behind a position.
pub(super) fn regexp_substr(values: &[Expr], pattern: &str, fails: bool) -> PolarsResult<Checked> {
    let regex = compile_regex(pattern)?;
    Ok(by_row(values, &Type::Text, fails, move |row| {
        let number = |at: usize, least: i64| if row.has(at) { row.integer(at) } else { least };
        let (start, occurrence, group) = (number(2, 1), number(3, 1), number(5, 0));
        if start < 1 || occurrence < 1 || group < 0 {
            return Err(Failure::ZeroPosition);
        }
        let text = row.text(0);
        if start > characters(text).saturating_add(1) {
            return Ok(Cell::Null);
        }
        let mut at = byte_of(text, usize::try_from(start - 1).unwrap_or(usize::MAX));
        for _ in 1..occurrence {
            let Some(found) = regex.find_at(text, at) else { return Ok(Cell::Null) };
            at = match text[found.end()..].chars().next() {
                None if found.is_empty() => return Ok(Cell::Null),
                Some(skipped) if found.is_empty() => found.end() + skipped.len_utf8(),
                _ => found.end(),
            };
        }
        let group = usize::try_from(group).unwrap_or(usize::MAX);
        let found = match group {
            0 => regex.find_at(text, at),
            group => regex.captures_at(text, at).and_then(|groups| groups.get(group)),
        };
        Ok(found.map_or(Cell::Null, |found| found.as_str().into()))
    }))
}

/// All values but the first, nulls left out, with the first between them.
pub(super) fn concat_with_separator(values: &[Expr]) -> Expr {
    filled_by_row(values, &Type::Text, |row| {
        let [Cell::Text(separator), rest @ ..] = row.cells() else { return Cell::Null };
        let texts: Vec<&str> = rest
            .iter()
            .filter_map(|cell| if let Cell::Text(text) = cell { Some(text.as_ref()) } else { None })
            .collect();
        texts.join(separator.as_ref()).into()
    })
}

pub(super) fn initcap(text: &str) -> String {
    let mut inside = false;
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match (letter.is_alphanumeric(), inside) {
            (true, false) => result.extend(letter.to_uppercase()),
            (true, true) => result.extend(letter.to_lowercase()),
            (false, _) => result.push(letter),
        }
        inside = letter.is_alphanumeric();
    }
    result
}

/// What `trim` takes away: the characters of the second argument, blanks if there is none.
pub(super) fn blanks<'a>(row: &Row<'a>) -> impl Fn(char) -> bool + 'a {
    let characters = if row.has(1) { row.text(1) } else { " " };
    move |c| characters.contains(c)
}

pub(super) fn lpad<'a>(row: &Row<'a>) -> Made<'a> {
    padded(row, |kept, fill| fill + kept)
}

pub(super) fn rpad<'a>(row: &Row<'a>) -> Made<'a> {
    padded(row, |kept, fill| kept.to_owned() + &fill)
}

fn padded<'a>(row: &Row<'a>, join: fn(&str, String) -> String) -> Made<'a> {
    let (text, length) = (row.text(0), row.integer(1));
    if length > LONGEST_TEXT {
        return Err(Failure::TooLong);
    }
    let length = usize::try_from(length).unwrap_or(0);
    let fill = if row.has(2) { row.text(2) } else { " " };
    let missing = if fill.is_empty() { 0 } else { length.saturating_sub(text.chars().count()) };
    let fill = fill.chars().cycle().take(missing).collect();
    Ok(join(&text[..byte_of(text, length)], fill).into())
}

/// Where in a text the character begins before which there are so many.
fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

pub(super) fn left(text: &str, count: i64) -> &str {
    let count = match usize::try_from(count) {
        Ok(count) => count,
        Err(_) => characters(text).saturating_add(count).max(0).unsigned_abs() as usize,
    };
    &text[..byte_of(text, count)]
}

pub(super) fn right(text: &str, count: i64) -> &str {
    let skipped = if count < 0 { count.saturating_neg() } else { characters(text).saturating_sub(count).max(0) };
    &text[byte_of(text, usize::try_from(skipped).unwrap_or(usize::MAX))..]
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// The characters from position `start` on, up to and without position `end`.
fn slice(text: &str, start: i64, end: i64) -> &str {
    let before = |position: i64| usize::try_from(position.saturating_sub(1)).unwrap_or(0);
    let (start, end) = (before(start), before(end));
    let rest = &text[byte_of(text, start)..];
    &rest[..byte_of(rest, end.saturating_sub(start))]
}

pub(super) fn substring<'a>(row: &Row<'a>) -> Made<'a> {
    let (text, start) = (row.text(0), row.integer(1));
    if !row.has(2) {
        return Ok(slice(text, start, i64::MAX).into());
    }
    match row.integer(2) {
        ..=-1 => Err(Failure::NegativeLength),
        length => Ok(slice(text, start, start.saturating_add(length)).into()),
    }
}

pub(super) fn overlay<'a>(row: &Row<'a>) -> Made<'a> {
    let (text, by, start) = (row.text(0), row.text(1), row.integer(2));
    if start <= 0 {
        return Err(Failure::NegativeLength);
    }
    let length = if row.has(3) { row.integer(3) } else { characters(by) };
    let after = slice(text, start.saturating_add(length), i64::MAX);
    Ok(format!("{}{by}{after}", slice(text, 1, start)).into())
}

pub(super) fn repeat<'a>(row: &Row<'a>) -> Made<'a> {
    let (text, times) = (row.text(0), row.integer(1).max(0));
    if times.saturating_mul(characters(text)) > LONGEST_TEXT {
        return Err(Failure::TooLong);
    }
    Ok(if text.is_empty() { "".into() } else { text.repeat(usize::try_from(times).unwrap_or(0)).into() })
}

pub(super) fn split_part<'a>(row: &Row<'a>) -> Made<'a> {
    let (text, separator, part) = (row.text(0), row.text(1), row.integer(2));
    let Some(index) = usize::try_from(part.unsigned_abs()).ok().and_then(|part| part.checked_sub(1)) else {
        return Err(Failure::ZeroPosition);
    };
    let found = match (separator, part > 0) {
        ("", _) => (index == 0).then_some(text),
        (separator, true) => text.split(separator).nth(index),
        // From the front, since overlapping separators would be cut elsewhere from the back.
        (separator, false) => text.split(separator).collect::<Vec<_>>().iter().rev().nth(index).copied(),
    };
    Ok(found.unwrap_or_default().into())
}

pub(super) fn position(text: &str, word: &str) -> i64 {
    text.find(word).map_or(0, |at| characters(&text[..at]) + 1)
}

pub(super) fn translate<'a>(row: &Row<'a>) -> Made<'a> {
    let (from, to) = (row.text(1), row.text(2));
    let translated = row.text(0).chars().filter_map(|c| match from.chars().position(|known| known == c) {
        Some(at) => to.chars().nth(at),
        None => Some(c),
    });
    Ok(translated.collect::<String>().into())
}

pub(super) fn chr<'a>(row: &Row<'a>) -> Made<'a> {
    let character = u32::try_from(row.integer(0)).ok().filter(|code| *code > 0).and_then(char::from_u32);
    character.map(|character| character.to_string().into()).ok_or(Failure::NoSuchCharacter)
}
