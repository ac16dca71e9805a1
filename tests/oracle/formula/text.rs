//! Text: positions and lengths count characters, from one.

use pipewright_engine::formula::patterns::{Wild, like_pattern};
use pipewright_engine::formula::{Failure, Function, LONGEST_TEXT};
use pipewright_engine::value::{MICROS, Value, days};
use pipewright_engine::zones;

use super::dates::{by_unit, timestamp};
use super::format::read_by_formats;
use super::regex::Regex;
use super::{Computed, codes, digest, likeness, number_format, unicode};

pub fn text_call(function: Function, text: &str, rest: &[Value]) -> Computed {
    let word = |at: usize| rest.get(at).and_then(Value::as_text);
    let count = |at: usize| match rest.get(at) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    let characters: Vec<char> = text.chars().collect();
    let first = word(0).unwrap_or_default();
    Ok(match function {
        Function::RegexpCount => {
            let (regex, mut at, mut count) = (Regex::new(first, ""), 0, 0);
            while let Some(found) = regex.find(&characters, at).filter(|_| at <= characters.len()) {
                count += 1;
                at = found.end + usize::from(found.start == found.end);
            }
            Value::Integer(count)
        }
        Function::RegexpInstr => {
            let found = Regex::new(first, "").find(&characters, 0);
            Value::Integer(found.map_or(0, |found| found.start as i64 + 1))
        }
        Function::TextBefore | Function::TextAfter => {
            let Some(at) = separator(text, first, count(1).unwrap_or(1))? else { return Ok(Value::Null) };
            Value::text(if function == Function::TextBefore { &text[..at] } else { &text[at + first.len()..] })
        }
        Function::TextBetween => {
            let inside = text.split_once(first).and_then(|(_, rest)| rest.split_once(word(1).unwrap_or_default()));
            inside.map_or(Value::Null, |(inside, _)| Value::text(inside))
        }
        Function::NormalizeSpace => Value::Text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Function::WordCount => Value::Integer(text.split_whitespace().count() as i64),
        Function::Unaccent => Value::Text(unicode::unaccent(text)),
        Function::Normalize => Value::Text(unicode::normalize(text, word(0).unwrap_or("NFC"))),
        Function::Levenshtein => Value::Integer(likeness::levenshtein(text, first)),
        Function::JaroWinkler => Value::Float(likeness::jaro_winkler(text, first)),
        Function::Similarity => Value::Float(likeness::similarity(text, first)),
        Function::Soundex => Value::Text(likeness::soundex(text)),
        Function::OctetLength => Value::Integer(text.len() as i64),
        Function::FromBase => Value::Integer(codes::from_base(text, count(0).unwrap_or_default())?),
        Function::Encode => Value::Text(codes::encode(text, first)),
        Function::Decode => Value::Text(codes::decode(text, first).ok_or(Failure::NotEncoded)?),
        Function::ToNumber => return number_format::read(text, first),
        Function::Md5 => Value::Text(digest::md5(text.as_bytes())),
        Function::Sha1 => Value::Text(digest::sha1(text.as_bytes())),
        Function::Sha256 => Value::Text(digest::sha256(text.as_bytes())),
        Function::Sha512 => Value::Text(digest::sha512(text.as_bytes())),
        Function::Crc32 => Value::Integer(digest::crc32(text.as_bytes()).into()),
        Function::Length => Value::Integer(characters.len() as i64),
        Function::Upper => Value::Text(text.to_uppercase()),
        Function::Lower => Value::Text(text.to_lowercase()),
        Function::Initcap => Value::Text(initcap(text)),
        Function::Trim => Value::text(text.trim_matches(|c| word(0).unwrap_or(" ").contains(c))),
        Function::Ltrim => Value::text(text.trim_start_matches(|c| word(0).unwrap_or(" ").contains(c))),
        Function::Rtrim => Value::text(text.trim_end_matches(|c| word(0).unwrap_or(" ").contains(c))),
        Function::Lpad | Function::Rpad => {
            let fill = pad(&characters, count(0).unwrap_or_default(), word(1).unwrap_or(" "))?;
            let kept: String = characters.iter().take(count(0).unwrap_or_default().max(0) as usize).collect();
            Value::Text(if function == Function::Lpad { fill + &kept } else { kept + &fill })
        }
        Function::Left => Value::Text(slice(&characters, 1, 1i64.saturating_add(from_end(&characters, count(0))))),
        Function::Right => {
            let kept = from_end(&characters, count(0));
            let start = (characters.len() as i64).saturating_sub(kept).saturating_add(1);
            Value::Text(slice(&characters, start, i64::MAX))
        }
        Function::Substring => {
            let start = count(0).unwrap_or_default();
            let end = match count(1) {
                Some(..=-1) => return Err(Failure::NegativeLength),
                Some(length) => start.saturating_add(length),
                None => i64::MAX,
            };
            Value::Text(slice(&characters, start, end))
        }
        Function::Overlay => {
            let start = count(1).unwrap_or_default();
            if start <= 0 {
                return Err(Failure::NegativeLength);
            }
            let length = count(2).unwrap_or(first.chars().count() as i64);
            let after = slice(&characters, start.saturating_add(length), i64::MAX);
            Value::Text(slice(&characters, 1, start) + first + &after)
        }
        Function::Replace if first.is_empty() => Value::text(text),
        Function::Replace => Value::Text(text.replace(first, word(1).unwrap_or_default())),
        Function::Reverse => Value::Text(characters.iter().rev().collect()),
        Function::Repeat => {
            let times = count(0).unwrap_or_default().max(0);
            if times.saturating_mul(characters.len() as i64) > LONGEST_TEXT {
                return Err(Failure::TooLong);
            }
            Value::Text(if text.is_empty() { String::new() } else { text.repeat(times as usize) })
        }
        Function::Concat => Value::Text(format!("{text}{first}")),
        Function::SplitPart => Value::text(split_part(text, first, count(1).unwrap_or_default())?),
        Function::Strpos => Value::Integer(text.find(first).map_or(0, |at| text[..at].chars().count() as i64 + 1)),
        Function::StartsWith => Value::Boolean(text.starts_with(first)),
        Function::EndsWith => Value::Boolean(text.ends_with(first)),
        Function::Contains => Value::Boolean(text.contains(first)),
        Function::Like => Value::Boolean(matches_like(&characters, &like_pattern(first).expect("a pattern"))),
        Function::ILike => {
            let lower: Vec<char> = text.to_lowercase().chars().collect();
            Value::Boolean(matches_like(&lower, &like_pattern(&first.to_lowercase()).expect("a pattern")))
        }
        Function::RegexpLike => {
            Value::Boolean(Regex::new(first, word(1).unwrap_or_default()).find(&characters, 0).is_some())
        }
        Function::RegexpSubstr => {
            let (start, occurrence, group) = (count(1).unwrap_or(1), count(2).unwrap_or(1), count(4).unwrap_or(0));
            if start < 1 || occurrence < 1 || group < 0 {
                return Err(Failure::ZeroPosition);
            }
            let regex = Regex::new(first, word(3).unwrap_or_default());
            let place = regexp_group(&regex, &characters, start - 1, occurrence, group);
            place.map_or(Value::Null, |(from, to)| Value::Text(characters[from..to].iter().collect()))
        }
        Function::RegexpReplace => {
            Value::Text(regexp_replace(&characters, first, word(1).unwrap_or_default(), word(2).unwrap_or_default()))
        }
        Function::Translate => {
            let (from, to): (Vec<char>, Vec<char>) =
                (first.chars().collect(), word(1).unwrap_or_default().chars().collect());
            let translated = characters.iter().filter_map(|c| match from.iter().position(|known| known == c) {
                Some(at) => to.get(at),
                None => Some(c),
            });
            Value::Text(translated.collect())
        }
        Function::Ascii => Value::Integer(characters.first().map_or(0, |c| i64::from(u32::from(*c)))),
        Function::ToDate => match read_by_formats(text, rest.iter().filter_map(Value::as_text)) {
            Some((at, _)) => Value::Date(days(at.date())),
            None => return Err(Failure::NotInFormat),
        },
        Function::ToTimestamp => match read_by_formats(text, rest.iter().filter_map(Value::as_text)) {
            Some((at, offset)) => return timestamp(Some(at.and_utc().timestamp_micros() - offset * MICROS)),
            None => return Err(Failure::NotInFormat),
        },
        Function::AtZone => {
            let zone = zones::named(text).expect("a zone");
            let unclear = word(1).map_or(zones::Unclear::Reject, |name| zones::Unclear::named(name).expect("a rule"));
            let instant = |clock: i64| zones::instant(clock, zone, unclear).map(Value::TimestampZoned);
            match rest[0] {
                Value::TimestampZoned(instant) => zones::clock(instant, zone).map_or(Value::Null, Value::Timestamp),
                Value::Timestamp(clock) if unclear == zones::Unclear::Reject => {
                    return instant(clock).ok_or_else(|| zones::unclear(clock, zone));
                }
                Value::Timestamp(clock) => instant(clock).unwrap_or_default(),
                ref other => panic!("{other:?} in a zone"),
            }
        }
        Function::DateTrunc | Function::DateAdd | Function::DateDiff | Function::DateElapsed => {
            return by_unit(function, text, rest);
        }
        other => panic!("{other:?} of text"),
    })
}

fn initcap(text: &str) -> String {
    let mut inside = false;
    let mut result = String::new();
    for character in text.chars() {
        match (character.is_alphanumeric(), inside) {
            (true, false) => result.extend(character.to_uppercase()),
            (true, true) => result.extend(character.to_lowercase()),
            (false, _) => result.push(character),
        }
        inside = character.is_alphanumeric();
    }
    result
}

fn pad(characters: &[char], length: i64, fill: &str) -> Result<String, Failure> {
    if length > LONGEST_TEXT {
        return Err(Failure::TooLong);
    }
    let missing = length.saturating_sub(characters.len() as i64).max(0) as usize;
    Ok(fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect())
}

/// A number of characters, where a negative one leaves so many out.
fn from_end(characters: &[char], count: Option<i64>) -> i64 {
    match count.unwrap_or_default() {
        count @ 0.. => count.min(characters.len() as i64),
        count => (characters.len() as i64).saturating_add(count).max(0),
    }
}

/// The characters from position `start` up to and without `end`, counted from one.
fn slice(characters: &[char], start: i64, end: i64) -> String {
    let length = characters.len() as i64;
    let (start, end) = (start.clamp(1, length + 1), end.clamp(1, length + 1));
    if start >= end { String::new() } else { characters[start as usize - 1..end as usize - 1].iter().collect() }
}

fn split_part<'a>(text: &'a str, separator: &str, part: i64) -> Result<&'a str, Failure> {
    if part == 0 {
        return Err(Failure::ZeroPosition);
    }
    let parts: Vec<&str> = if separator.is_empty() { vec![text] } else { text.split(separator).collect() };
    let index = part.unsigned_abs() as usize - 1;
    let found = if part > 0 { parts.get(index) } else { parts.iter().rev().nth(index) };
    Ok(found.copied().unwrap_or_default())
}

/// Where a separator stands, by its number.
fn separator(text: &str, separator: &str, number: i64) -> Result<Option<usize>, Failure> {
    if number == 0 {
        return Err(Failure::ZeroPosition);
    }
    let mut places: Vec<usize> =
        if separator.is_empty() { vec![] } else { text.match_indices(separator).map(|it| it.0).collect() };
    if number < 0 {
        places.reverse();
    }
    Ok(places.get(number.unsigned_abs() as usize - 1).copied())
}

fn matches_like(text: &[char], pattern: &[Wild]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Wild::Any, rest)) => (0..=text.len()).any(|skipped| matches_like(&text[skipped..], rest)),
        Some((Wild::One, rest)) => !text.is_empty() && matches_like(&text[1..], rest),
        Some((Wild::Exactly(c), rest)) => text.first() == Some(c) && matches_like(&text[1..], rest),
    }
}

/// Where the group of the how manieth match stands, if it does.
fn regexp_group(regex: &Regex, text: &[char], from: i64, occurrence: i64, group: i64) -> Option<(usize, usize)> {
    let mut at = usize::try_from(from).ok()?;
    for left in (0..occurrence).rev() {
        let found = (at <= text.len()).then(|| regex.find(text, at)).flatten()?;
        if left == 0 {
            let all = (found.start, found.end);
            return if group == 0 { Some(all) } else { found.groups.get(group as usize - 1).copied().flatten() };
        }
        at = if found.end > found.start { found.end } else { found.end + 1 };
    }
    None
}

fn regexp_replace(text: &[char], pattern: &str, replacement: &str, flags: &str) -> String {
    let regex = Regex::new(pattern, flags);
    let (mut result, mut at) = (String::new(), 0);
    while let Some(found) = regex.find(text, at) {
        result.extend(&text[at..found.start]);
        let mut letters = replacement.chars();
        while let Some(letter) = letters.next() {
            match (letter, letter == '\\') {
                (_, true) => match letters.next() {
                    Some('&') => result.extend(&text[found.start..found.end]),
                    Some(digit @ '1'..='9') => {
                        let group = found.groups.get(digit as usize - '1' as usize).copied().flatten();
                        result.extend(group.map(|(start, end)| &text[start..end]).unwrap_or_default());
                    }
                    Some('\\') => result.push('\\'),
                    other => result.extend(std::iter::once('\\').chain(other)),
                },
                (letter, false) => result.push(letter),
            }
        }
        at = found.end;
        if found.start == found.end {
            result.extend(text.get(at));
            at += 1;
        }
        if !flags.contains('g') || at > text.len() {
            break;
        }
    }
    result.extend(text.get(at..).unwrap_or_default());
    result
}
