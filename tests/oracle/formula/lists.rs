//! Functions of lists and structs.

use std::cmp::Ordering;

use chrono::{Datelike, Months};
use pipewright_engine::formula::patterns::step;
use pipewright_engine::formula::{Failure, Function, LONGEST_LIST};
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value};

use super::dates::at;
use super::regex::{Found, Regex};
use super::{Computed, compare};

/// Those with a rule of their own for nulls.
pub(super) fn with_nulls(function: Function, values: &[Value], kind: &Type) -> Option<Value> {
    let list = |at: usize| if let Value::List(list) = &values[at] { Some(list.clone()) } else { None };
    let or_empty = |at: usize| list(at).unwrap_or_default();
    let or_null = |result: Option<Vec<Value>>| result.map_or(Value::Null, Value::List);
    Some(match function {
        Function::Array => Value::List(values.to_vec()),
        Function::ArrayAppend => Value::List([or_empty(0), vec![values[1].clone()]].concat()),
        Function::ArrayPrepend => Value::List([vec![values[0].clone()], or_empty(1)].concat()),
        Function::ArrayCat => {
            let is_null = list(0).is_none() && list(1).is_none();
            or_null((!is_null).then(|| [or_empty(0), or_empty(1)].concat()))
        }
        Function::ArrayContains => {
            let Some(list) = list(0) else { return Some(Value::Null) };
            let found: Vec<Option<bool>> =
                list.iter().map(|one| compare(one, &values[1]).map(|order| order.is_eq())).collect();
            match found.contains(&Some(true)) {
                true => Value::Boolean(true),
                false if found.contains(&None) => Value::Null,
                false => Value::Boolean(false),
            }
        }
        Function::ArrayPosition => {
            let at = list(0).and_then(|list| list.iter().position(|one| same(one, &values[1])));
            at.map_or(Value::Null, |at| Value::Integer(at as i64 + 1))
        }
        Function::ArrayRemove => {
            or_null(list(0).map(|list| list.into_iter().filter(|one| !same(one, &values[1])).collect()))
        }
        Function::ArrayReplace => or_null(list(0).map(|list| {
            let replaced = |one: Value| if same(&one, &values[1]) { values[2].clone() } else { one };
            list.into_iter().map(replaced).collect()
        })),
        Function::ArrayToString => match (list(0), values[1].as_text()) {
            (Some(list), Some(separator)) => {
                let null = values.get(2).and_then(Value::as_text);
                let texts: Vec<String> = list
                    .iter()
                    .filter_map(|one| if one.is_null() { null.map(str::to_owned) } else { Some(one.to_string()) })
                    .collect();
                Value::Text(texts.join(separator))
            }
            _ => Value::Null,
        },
        Function::StringToArray => {
            let Some(text) = values[0].as_text() else { return Some(Value::Null) };
            let parts: Vec<String> = match values[1].as_text() {
                _ if text.is_empty() => vec![],
                None => text.chars().map(String::from).collect(),
                Some("") => vec![text.to_owned()],
                Some(separator) => text.split(separator).map(str::to_owned).collect(),
            };
            let null = values.get(2).and_then(Value::as_text);
            let value = |part: String| if null == Some(part.as_str()) { Value::Null } else { Value::Text(part) };
            Value::List(parts.into_iter().map(value).collect())
        }
        Function::NamedStruct => {
            let Type::Struct(fields) = kind else { panic!("{kind} of a struct") };
            let names = fields.iter().map(|field| field.name.clone());
            Value::Struct(names.zip(values.iter().skip(1).step_by(2).cloned()).collect())
        }
        _ => return None,
    })
}

fn same(a: &Value, b: &Value) -> bool {
    a.is_null() == b.is_null() && a.order(b).is_eq()
}

fn nulls_last(a: &Value, b: &Value) -> Ordering {
    a.is_null().cmp(&b.is_null()).then_with(|| a.order(b))
}

pub(super) fn list_call(function: Function, values: &[Value]) -> Computed {
    use Value::{Integer, List, Text};
    match (function, values) {
        (Function::ElementAt, [List(list), Integer(at)]) => {
            let at = if *at < 0 { list.len() as i128 + i128::from(*at) } else { i128::from(*at) - 1 };
            Ok(usize::try_from(at).ok().and_then(|at| list.get(at)).cloned().unwrap_or_default())
        }
        (Function::ArraySlice, [List(list), Integer(from), Integer(to)]) => {
            let place = |at: i64| i128::from(at) + if at < 0 { list.len() as i128 + 1 } else { 0 };
            let numbered = list.iter().zip(1i128..).filter(|(_, at)| (place(*from)..=place(*to)).contains(at));
            Ok(List(numbered.map(|(one, _)| one.clone()).collect()))
        }
        (Function::Cardinality, [List(list)]) => Ok(Integer(list.len() as i64)),
        (Function::ArrayDistinct, [List(list)]) => {
            let first = |at: &usize| !list[..*at].iter().any(|earlier| same(earlier, &list[*at]));
            Ok(List((0..list.len()).filter(first).map(|at| list[at].clone()).collect()))
        }
        (Function::ArraySort, [List(list), backwards @ ..]) => {
            let mut list = list.clone();
            match backwards {
                [Value::Boolean(true)] => list.sort_by(|a, b| nulls_last(b, a)),
                _ => list.sort_by(nulls_last),
            }
            Ok(List(list))
        }
        (Function::ArrayReverse, [List(list)]) => Ok(List(list.iter().rev().cloned().collect())),
        (Function::ArrayMin, [List(list)]) => {
            Ok(list.iter().filter(|one| !one.is_null()).min_by(|a, b| a.order(b)).cloned().unwrap_or_default())
        }
        (Function::ArrayMax, [List(list)]) => {
            Ok(list.iter().filter(|one| !one.is_null()).max_by(|a, b| a.order(b)).cloned().unwrap_or_default())
        }
        (Function::ArraySum, [List(list)]) => sum(list),
        (Function::ArrayMean, [List(list)]) => {
            let numbers: Vec<f64> = list.iter().filter_map(Value::number).collect();
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            Ok(if numbers.is_empty() { Value::Null } else { Value::Float(mean) })
        }
        (Function::SplitText, [Text(text), Text(separator), rest @ ..]) => {
            let pieces = pieces(text, separator, flag(rest).contains('q'));
            Ok(List(tidied(text, &pieces, rest)))
        }
        (Function::RegexpSplit, [Text(text), Text(pattern), rest @ ..]) => {
            Ok(List(tidied(text, &between(text, pattern, rest), rest)))
        }
        (Function::RegexpExtractAll, [Text(text), Text(pattern), rest @ ..]) => {
            let letters: Vec<char> = text.chars().collect();
            let found = matches(&letters, pattern, rest);
            let pieces: Vec<(usize, usize)> = found.iter().map(|found| (found.start, found.end)).collect();
            Ok(List(tidied(text, &pieces, rest)))
        }
        (Function::RegexpMatch, [Text(text), Text(pattern), flags @ ..]) => {
            let text: Vec<char> = text.chars().collect();
            let Some(found) = Regex::new(pattern, flag(flags)).find(&text, 0) else { return Ok(Value::Null) };
            let group = |group: &Option<(usize, usize)>| group.map_or(Value::Null, |(from, to)| part(&text, from, to));
            Ok(List(match found.groups.as_slice() {
                [] => vec![part(&text, found.start, found.end)],
                groups => groups.iter().map(group).collect(),
            }))
        }
        (Function::StructField, [Value::Struct(fields), Text(name)]) => {
            Ok(fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default())
        }
        (Function::GenerateSeries, [first, last]) => series(last, true, |number| plus(first, i128::from(number))),
        (Function::GenerateSeries, [first, last, Value::Integer(step) | Value::Duration(step)]) => match *step {
            0 => Err(Failure::ZeroStep),
            step => series(last, step > 0, |number| plus(first, i128::from(number) * i128::from(step))),
        },
        (Function::GenerateSeries, [first, last, Value::Text(text)]) => {
            let (months, micros) = step(text).expect("a step");
            series(last, months > 0 || micros > 0, |number| {
                let start = at(first);
                let months_on = Months::new(u32::try_from(months.unsigned_abs().checked_mul(number)?).ok()?);
                let moved =
                    if months < 0 { start.checked_sub_months(months_on) } else { start.checked_add_months(months_on) };
                let moved = moved.filter(|at| (1..=9999).contains(&at.year()))?;
                let micros = i128::from(moved.and_utc().timestamp_micros()) + i128::from(micros) * i128::from(number);
                let micros = i64::try_from(micros).ok()?;
                Some(match first {
                    Value::Date(_) => Value::Date(micros.div_euclid(DAY_MICROS) as i32),
                    _ => Value::Timestamp(micros),
                })
            })
        }
        (function, values) => panic!("{function:?} of {values:?}"),
    }
}

/// Exact sums, of which it is told if they don't fit.
fn sum(list: &[Value]) -> Computed {
    let filled: Vec<&Value> = list.iter().filter(|one| !one.is_null()).collect();
    let whole = || {
        filled.iter().map(|one| match one {
            Value::Integer(value) => i128::from(*value),
            Value::Decimal(digits, _) => *digits,
            other => panic!("{other:?} in a sum"),
        })
    };
    match filled.first() {
        None => Ok(Value::Null),
        Some(Value::Float(_)) => Ok(Value::Float(filled.iter().filter_map(|one| one.number()).sum())),
        Some(Value::Decimal(_, scale)) => {
            let sum = whole().try_fold(0i128, i128::checked_add).filter(|sum| sum.abs() < 10i128.pow(38));
            sum.map(|sum| Value::Decimal(sum, *scale)).ok_or(Failure::OutOfRange(Type::Decimal(38, 0)))
        }
        Some(_) => {
            i64::try_from(whole().sum::<i128>()).map(Value::Integer).map_err(|_| Failure::OutOfRange(Type::Integer))
        }
    }
}

fn flag(flags: &[Value]) -> &str {
    flags.first().and_then(Value::as_text).unwrap_or_default()
}

fn part(text: &[char], from: usize, to: usize) -> Value {
    Value::Text(text[from..to].iter().collect())
}

/// All matches, none of which overlap; an empty one does not lie at the end of another.
fn matches(text: &[char], pattern: &str, flags: &[Value]) -> Vec<Found> {
    let regex = Regex::new(pattern, flag(flags));
    let (mut all, mut from): (Vec<Found>, usize) = (Vec::new(), 0);
    while let Some(found) = (from <= text.len()).then(|| regex.find(text, from)).flatten() {
        let is_empty = found.start == found.end;
        from = found.end + usize::from(is_empty);
        if !is_empty || all.last().is_none_or(|last| last.end != found.end) {
            all.push(found);
        }
    }
    all
}

/// Where the parts between matches lie.
fn between(text: &str, pattern: &str, flags: &[Value]) -> Vec<(usize, usize)> {
    let text: Vec<char> = text.chars().collect();
    let (mut parts, mut from) = (Vec::new(), 0);
    for found in matches(&text, pattern, flags) {
        if found.start < found.end || found.end > from && found.end < text.len() {
            parts.push((from, found.start));
            from = found.end;
        }
    }
    parts.push((from, text.len()));
    parts
}

/// Where the parts between separators lie, of which those behind an odd number of quotes are none.
fn pieces(text: &str, separator: &str, quotes: bool) -> Vec<(usize, usize)> {
    let (text, separator): (Vec<char>, Vec<char>) = (text.chars().collect(), separator.chars().collect());
    let (mut parts, mut from, mut at) = (vec![], 0, 0);
    while at < text.len() {
        let is_next = !separator.is_empty() && text[at..].starts_with(&separator);
        let quoted = quotes && text[..at].iter().filter(|letter| **letter == '"').count() % 2 == 1;
        if is_next && !quoted {
            parts.push((from, at));
            from = at + separator.len();
        }
        at += if is_next { separator.len() } else { 1 };
    }
    if !text.is_empty() {
        parts.push((from, text.len()));
    }
    parts
}

fn tidied(text: &str, pieces: &[(usize, usize)], rest: &[Value]) -> Vec<Value> {
    let letters: Vec<char> = text.chars().collect();
    let has = |wanted: char| flag(rest).contains(wanted);
    let taken = |from: usize, to: usize| -> String {
        let part: String = letters[from..to].iter().collect();
        if has('t') { part.trim_matches([' ', '\t', '\r', '\n', '\u{a0}']).to_owned() } else { part }
    };
    let pieces: Vec<(usize, usize)> =
        pieces.iter().copied().filter(|(from, to)| !has('e') || !taken(*from, *to).is_empty()).collect();
    let single = |(from, to): &(usize, usize)| {
        let part = taken(*from, *to);
        let inner = part.strip_prefix('"').and_then(|part| part.strip_suffix('"')).filter(|_| has('q'));
        Value::Text(inner.map_or(part.clone(), |inner| inner.replace("\"\"", "\"")))
    };
    let most = if let Some(Value::Integer(most)) = rest.get(1) { i128::from(*most) } else { 0 };
    let (count, length) = (most.unsigned_abs(), pieces.len() as u128);
    if count == 0 || length <= count {
        return pieces.iter().map(single).collect();
    }
    let count = count as usize;
    if most > 0 {
        let rest = Value::Text(taken(pieces[count - 1].0, pieces[pieces.len() - 1].1));
        return pieces[..count - 1].iter().map(single).chain([rest]).collect();
    }
    let first = Value::Text(taken(pieces[0].0, pieces[pieces.len() - count].1));
    [first].into_iter().chain(pieces[pieces.len() - count + 1..].iter().map(single)).collect()
}

/// The values at 0, 1, 2 … from the first to the last.
fn series(last: &Value, upward: bool, at: impl Fn(u64) -> Option<Value>) -> Computed {
    let mut values = Vec::new();
    for number in 0.. {
        let Some(value) = at(number) else { break };
        if if upward { value.order(last).is_gt() } else { value.order(last).is_lt() } {
            break;
        }
        values.push(value);
        if values.len() > LONGEST_LIST {
            return Err(Failure::TooManyElements);
        }
    }
    Ok(Value::List(values))
}

fn plus(value: &Value, more: i128) -> Option<Value> {
    let moved = |value: i64| i64::try_from(i128::from(value) + more).ok();
    Some(match value {
        Value::Integer(value) => Value::Integer(moved(*value)?),
        Value::Date(day) => Value::Date(i32::try_from(moved(i64::from(*day))?).ok()?),
        Value::Timestamp(micros) => Value::Timestamp(moved(*micros)?),
        Value::TimestampZoned(micros) => Value::TimestampZoned(moved(*micros)?),
        other => panic!("{other:?} in a series"),
    })
}
