//! The meaning of formulas, row by row over plain values: written from PostgreSQL's documentation and our table of departures,
//! without regard to speed. What runs on Polars is compared with it.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use pipewright_engine::formula::patterns::{Piece, Unit, Wild, date_format, like_pattern};
use pipewright_engine::formula::{Expr, FIRST_DAY, Failure, Function, LAST_DAY, LONGEST_TEXT, Node};
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::{DAY_MICROS, MICROS, Value, date_of, days, parse_decimal};

use super::regex::Regex;

/// The value of a formula in a row, or the reason why the row is rejected.
pub fn evaluate(expr: &Expr, row: &[Value], schema: &Schema) -> Result<Value, String> {
    value_of(expr, row, schema).map_err(|failure| failure.to_string())
}

type Computed = Result<Value, Failure>;

fn value_of(expr: &Expr, row: &[Value], schema: &Schema) -> Computed {
    let of = |expr: &Expr| value_of(expr, row, schema);
    match &expr.node {
        Node::Column(name) => Ok(row[schema.position(name).expect("a column of the schema")].clone()),
        Node::Literal(value) => Ok(value.clone()),
        Node::Cast { value, lenient } => match cast(of(value)?, &expr.kind) {
            Err(_) if *lenient => Ok(Value::Null),
            result => result,
        },
        Node::Case { branches, otherwise } => {
            for (condition, result) in branches {
                if of(condition)? == Value::Boolean(true) {
                    return of(result);
                }
            }
            otherwise.as_ref().map_or(Ok(Value::Null), |otherwise| of(otherwise))
        }
        Node::Call { function, arguments } => match function {
            Function::And => connect(&of, arguments, false),
            Function::Or => connect(&of, arguments, true),
            Function::Coalesce => {
                for argument in arguments {
                    let value = of(argument)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            _ => {
                let values = arguments.iter().map(of).collect::<Result<Vec<_>, _>>()?;
                call(*function, &values, &expr.kind)
            }
        },
    }
}

/// `and` is decided by a false, `or` by a true; nothing after it is looked at.
fn connect(of: &dyn Fn(&Expr) -> Computed, arguments: &[Expr], decisive: bool) -> Computed {
    let mut result = Value::Boolean(!decisive);
    for argument in arguments {
        match of(argument)? {
            Value::Boolean(value) if value == decisive => return Ok(Value::Boolean(decisive)),
            Value::Null => result = Value::Null,
            _ => {}
        }
    }
    Ok(result)
}

fn call(function: Function, values: &[Value], kind: &Type) -> Computed {
    if let Some(result) = with_nulls(function, values) {
        return Ok(result);
    }
    if values.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    match values {
        [Value::Integer(a)] => integer(function, *a),
        [Value::Integer(a), Value::Integer(b)] => integers(function, *a, *b),
        [Value::Decimal(a, s)] => Ok(decimal(function, *a, *s, 0)),
        [Value::Decimal(a, s), Value::Integer(n)] => round_decimal(function, *a, *s, *n, kind),
        [Value::Decimal(a, s), Value::Decimal(b, t)] => decimals(function, (*a, *s), (*b, *t), kind),
        [Value::Float(a)] => float(function, *a),
        [Value::Float(a), Value::Integer(n)] => Ok(Value::Float(round_float(function, *a, *n))),
        [Value::Float(a), Value::Float(b)] => floats(function, *a, *b),
        [Value::Text(text), rest @ ..] => text_call(function, text, rest),
        [Value::Boolean(a)] if function == Function::Not => Ok(Value::Boolean(!a)),
        _ => time_call(function, values),
    }
}

/// The functions that have a rule of their own for nulls, and comparisons, which are the same for all types.
fn with_nulls(function: Function, values: &[Value]) -> Option<Value> {
    let shown = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>();
    let filled = || values.iter().filter(|value| !value.is_null());
    let null_or = |ordering: fn(Ordering) -> bool, at: usize| compare(&values[0], &values[at]).map(ordering);
    Some(match function {
        Function::IsNull => Value::Boolean(values[0].is_null()),
        Function::IsTrue => Value::Boolean(values[0] == Value::Boolean(true)),
        Function::IsFalse => Value::Boolean(values[0] == Value::Boolean(false)),
        Function::IsDistinct => Value::Boolean(match compare(&values[0], &values[1]) {
            Some(ordering) => ordering.is_ne(),
            None => values[0].is_null() != values[1].is_null(),
        }),
        Function::Eq => truth(null_or(Ordering::is_eq, 1)),
        Function::Ne => truth(null_or(Ordering::is_ne, 1)),
        Function::Lt => truth(null_or(Ordering::is_lt, 1)),
        Function::Le => truth(null_or(Ordering::is_le, 1)),
        Function::Gt => truth(null_or(Ordering::is_gt, 1)),
        Function::Ge => truth(null_or(Ordering::is_ge, 1)),
        Function::Between => match (null_or(Ordering::is_ge, 1), null_or(Ordering::is_le, 2)) {
            (Some(false), _) | (_, Some(false)) => Value::Boolean(false),
            (Some(true), Some(true)) => Value::Boolean(true),
            _ => Value::Null,
        },
        Function::In => {
            let found: Vec<Option<bool>> = (1..values.len()).map(|at| null_or(Ordering::is_eq, at)).collect();
            if found.contains(&Some(true)) {
                Value::Boolean(true)
            } else {
                truth((!found.contains(&None)).then_some(false))
            }
        }
        Function::NullIf if compare(&values[0], &values[1]) == Some(Ordering::Equal) => Value::Null,
        Function::NullIf => values[0].clone(),
        Function::Greatest => filled().max_by(|a, b| a.order(b)).cloned().unwrap_or_default(),
        Function::Least => filled().min_by(|a, b| a.order(b)).cloned().unwrap_or_default(),
        Function::ConcatAll => Value::Text(shown(values).concat()),
        Function::ConcatWs if !values[0].is_null() => {
            let filled: Vec<Value> = values[1..].iter().filter(|value| !value.is_null()).cloned().collect();
            Value::Text(shown(&filled).join(&values[0].to_string()))
        }
        _ => return None,
    })
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    (!a.is_null() && !b.is_null()).then(|| a.order(b))
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Boolean)
}

fn integer(function: Function, a: i64) -> Computed {
    let result = match function {
        Function::Negate => a.checked_neg(),
        Function::Abs => a.checked_abs(),
        Function::Sign => Some(a.signum()),
        Function::Chr => {
            let character = u32::try_from(a).ok().filter(|code| *code > 0).and_then(char::from_u32);
            return character.map(Value::text).ok_or(Failure::NoSuchCharacter);
        }
        Function::Ceil | Function::Floor | Function::Round | Function::Trunc => Some(a),
        other => panic!("{other:?} of an integer"),
    };
    result.map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer))
}

fn integers(function: Function, a: i64, b: i64) -> Computed {
    if b == 0 && matches!(function, Function::Div | Function::Modulo) {
        return Err(Failure::DivisionByZero);
    }
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Div => a.checked_div(b),
        // -9223372036854775808 % -1 is 0, though the division beneath it would not fit.
        Function::Modulo => Some(a.wrapping_rem(b)),
        Function::Round | Function::Trunc if b >= 0 => Some(a),
        Function::Round | Function::Trunc if b < -19 => Some(0),
        Function::Round => {
            let unit = 10i128.pow(b.unsigned_abs() as u32);
            i64::try_from(divide_half_away(i128::from(a), unit) * unit).ok()
        }
        Function::Trunc => {
            let unit = 10i128.pow(b.unsigned_abs() as u32);
            i64::try_from(i128::from(a) / unit * unit).ok()
        }
        other => panic!("{other:?} of integers"),
    };
    result.map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer))
}

fn divide_half_away(a: i128, unit: i128) -> i128 {
    let (quotient, rest) = (a / unit, a % unit);
    quotient + if rest.abs() >= unit - rest.abs() { a.signum() } else { 0 }
}

fn decimal(function: Function, a: i128, scale: u8, result_scale: u8) -> Value {
    let unit = 10i128.pow(u32::from(scale));
    let whole = match function {
        Function::Negate => return Value::Decimal(-a, scale),
        Function::Abs => return Value::Decimal(a.abs(), scale),
        Function::Sign => return Value::Integer(a.signum() as i64),
        Function::Ceil => -(-a).div_euclid(unit),
        Function::Floor => a.div_euclid(unit),
        Function::Round => divide_half_away(a, unit),
        Function::Trunc => a / unit,
        other => panic!("{other:?} of a decimal"),
    };
    Value::Decimal(whole, result_scale)
}

fn round_decimal(function: Function, a: i128, scale: u8, digits: i64, kind: &Type) -> Computed {
    let Type::Decimal(_, to) = kind else { panic!("{function:?} gives {kind}") };
    let dropped = i64::from(scale).saturating_sub(digits);
    let rounded = match dropped {
        ..=0 => Some(a),
        39.. => Some(0),
        _ => {
            let unit = 10i128.pow(dropped as u32);
            let units = if function == Function::Round { divide_half_away(a, unit) } else { a / unit };
            units.checked_mul(unit)
        }
    };
    let shown = rounded.map(|digits| digits / 10i128.pow(u32::from(scale - to)));
    fitting(shown, *to)
}

fn fitting(digits: Option<i128>, scale: u8) -> Computed {
    let out_of_range = Failure::OutOfRange(Type::Decimal(38, scale));
    match digits {
        Some(digits) if digits.unsigned_abs() < 10u128.pow(38) => Ok(Value::Decimal(digits, scale)),
        _ => Err(out_of_range),
    }
}

fn decimals(function: Function, (a, s): (i128, u8), (b, t): (i128, u8), kind: &Type) -> Computed {
    let Type::Decimal(_, scale) = *kind else { panic!("{function:?} gives {kind}") };
    if function == Function::Multiply {
        let Value::Decimal(exact, _) = fitting(a.checked_mul(b), scale)? else { panic!("a decimal") };
        return fitting(Some(divide_half_away(exact, 10i128.pow(u32::from(s + t - scale)))), scale);
    }
    if function == Function::Modulo && b == 0 {
        return Err(Failure::DivisionByZero);
    }
    let same = |digits: i128, from: u8| digits.checked_mul(10i128.checked_pow(u32::from(scale - from))?);
    let (Some(a), Some(b)) = (same(a, s), same(b, t)) else { return Err(Failure::OutOfRange(kind.clone())) };
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Modulo => Some(a % b),
        other => panic!("{other:?} of decimals"),
    };
    fitting(result, scale)
}

fn float(function: Function, a: f64) -> Computed {
    let unless = |wrong: bool, failure: Failure| if wrong { Err(failure) } else { Ok(()) };
    Ok(Value::Float(match function {
        Function::Negate => -a,
        Function::Abs => a.abs(),
        Function::Ceil => a.ceil(),
        Function::Floor => a.floor(),
        Function::Round => a.round(),
        Function::Trunc => a.trunc(),
        Function::Sign if a.is_nan() || a == 0.0 => a,
        Function::Sign => a.signum(),
        Function::Sqrt => {
            unless(a < 0.0, Failure::NegativeRoot)?;
            a.sqrt()
        }
        Function::Cbrt => a.cbrt(),
        Function::Exp => a.exp(),
        Function::Ln => {
            unless(a <= 0.0, Failure::NoLogarithm)?;
            a.ln()
        }
        Function::Log => {
            unless(a <= 0.0, Failure::NoLogarithm)?;
            a.log10()
        }
        Function::Degrees => a.to_degrees(),
        Function::Radians => a.to_radians(),
        Function::Sin | Function::Cos | Function::Tan => {
            unless(a.is_infinite(), Failure::NoAngle)?;
            match function {
                Function::Sin => a.sin(),
                Function::Cos => a.cos(),
                _ => a.tan(),
            }
        }
        Function::Asin | Function::Acos => {
            unless(a.abs() > 1.0, Failure::NoAngle)?;
            if function == Function::Asin { a.asin() } else { a.acos() }
        }
        Function::Atan => a.atan(),
        Function::ToTimestamp => {
            let micros = (a * MICROS as f64).round();
            unless(!micros.is_finite() || micros.abs() > 9e18, Failure::OutOfRange(Type::Timestamp))?;
            return timestamp(Some(micros as i64));
        }
        other => panic!("{other:?} of a float"),
    }))
}

fn floats(function: Function, a: f64, b: f64) -> Computed {
    Ok(Value::Float(match function {
        Function::Add => a + b,
        Function::Subtract => a - b,
        Function::Multiply => a * b,
        Function::Divide | Function::Modulo if b == 0.0 => return Err(Failure::DivisionByZero),
        Function::Divide => a / b,
        Function::Modulo => a % b,
        Function::Power if a == 0.0 && b < 0.0 => return Err(Failure::NoPower),
        Function::Power if a < 0.0 && b.is_finite() && b.fract() != 0.0 => return Err(Failure::NoPower),
        Function::Power => a.powf(b),
        Function::Log if a <= 0.0 || b <= 0.0 => return Err(Failure::NoLogarithm),
        Function::Log if a == 1.0 => return Err(Failure::DivisionByZero),
        Function::Log => b.ln() / a.ln(),
        Function::Atan2 => a.atan2(b),
        other => panic!("{other:?} of floats"),
    }))
}

fn round_float(function: Function, a: f64, digits: i64) -> f64 {
    if digits > 308 {
        return a;
    }
    let unit = 10f64.powi(digits.max(-400) as i32);
    let scaled = a * unit;
    let rounded = if function == Function::Round { scaled.round() } else { scaled.trunc() };
    match rounded / unit {
        result if scaled.is_finite() && result.is_finite() => result,
        _ if digits < 0 => 0.0,
        _ => a,
    }
}

fn text_call(function: Function, text: &str, rest: &[Value]) -> Computed {
    let word = |at: usize| rest.get(at).and_then(Value::as_text);
    let count = |at: usize| match rest.get(at) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    let characters: Vec<char> = text.chars().collect();
    let first = word(0).unwrap_or_default();
    Ok(match function {
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
        Function::RegexpSubstr => match Regex::new(first, "").find(&characters, 0) {
            Some(found) => Value::Text(characters[found.start..found.end].iter().collect()),
            None => Value::Null,
        },
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
        Function::ToDate => match read_by_format(text, first) {
            Some(at) => Value::Date(days(at.date())),
            None => return Err(Failure::NotInFormat),
        },
        Function::ToTimestamp => match read_by_format(text, first) {
            Some(at) => Value::Timestamp(at.and_utc().timestamp_micros()),
            None => return Err(Failure::NotInFormat),
        },
        Function::DateTrunc => date_trunc(Unit::named(text).expect("a unit"), &rest[0]),
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

fn matches_like(text: &[char], pattern: &[Wild]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Wild::Any, rest)) => (0..=text.len()).any(|skipped| matches_like(&text[skipped..], rest)),
        Some((Wild::One, rest)) => !text.is_empty() && matches_like(&text[1..], rest),
        Some((Wild::Exactly(c), rest)) => text.first() == Some(c) && matches_like(&text[1..], rest),
    }
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

fn time_call(function: Function, values: &[Value]) -> Computed {
    use Value::{Date, Duration, Float, Integer, Text, Time, Timestamp, TimestampZoned};
    match (function, values) {
        (Function::Add, [Date(day), Integer(n)] | [Integer(n), Date(day)]) => date(i64::from(*day).checked_add(*n)),
        (Function::Subtract, [Date(day), Integer(n)]) => date(i64::from(*day).checked_sub(*n)),
        (Function::Subtract, [Date(a), Date(b)]) => Ok(Integer(i64::from(*a) - i64::from(*b))),
        (Function::Add, [Timestamp(at), Duration(d)] | [Duration(d), Timestamp(at)]) => timestamp(at.checked_add(*d)),
        (Function::Subtract, [Timestamp(at), Duration(d)]) => timestamp(at.checked_sub(*d)),
        (Function::Add, [TimestampZoned(at), Duration(d)] | [Duration(d), TimestampZoned(at)]) => {
            timestamp(at.checked_add(*d)).map(zoned)
        }
        (Function::Subtract, [TimestampZoned(at), Duration(d)]) => timestamp(at.checked_sub(*d)).map(zoned),
        (Function::Add, [Duration(a), Duration(b)]) => duration(a.checked_add(*b)),
        (
            Function::Subtract,
            [Duration(a), Duration(b)]
            | [Timestamp(a), Timestamp(b)]
            | [TimestampZoned(a), TimestampZoned(b)]
            | [Time(a), Time(b)],
        ) => duration(a.checked_sub(*b)),
        (Function::Multiply, [Duration(d), Float(f)] | [Float(f), Duration(d)]) => duration_of(*d as f64 * f),
        (Function::Divide, [Duration(_), Float(0.0)]) => Err(Failure::DivisionByZero),
        (Function::Divide, [Duration(d), Float(f)]) => duration_of(*d as f64 / f),
        (Function::Negate, [Duration(d)]) => duration(d.checked_neg()),
        (Function::Epoch, [Timestamp(micros) | Duration(micros)]) => Ok(Value::Decimal(i128::from(*micros), 6)),
        (Function::Hour, [Time(micros)]) => Ok(Integer(micros / (3_600 * MICROS))),
        (Function::Minute, [Time(micros)]) => Ok(Integer(micros / (60 * MICROS) % 60)),
        (Function::Second, [Time(micros)]) => Ok(Value::Decimal(i128::from(micros % (60 * MICROS)), 6)),
        (Function::MakeDate, [Integer(year), Integer(month), Integer(day)]) => {
            made_date(*year, *month, *day).map(|date| Date(days(date))).ok_or(Failure::NoSuchDate)
        }
        (
            Function::MakeTimestamp,
            [Integer(year), Integer(month), Integer(day), Integer(hour), Integer(minute), Float(seconds)],
        ) => {
            let time = made_time(*hour, *minute, *seconds);
            let at = made_date(*year, *month, *day)
                .zip(time)
                .map(|(date, micros)| i64::from(days(date)) * DAY_MICROS + micros);
            at.map(Timestamp).ok_or(Failure::NoSuchDate)
        }
        (Function::AddMonths, [Date(day), Integer(n)]) => {
            shifted(at(&Date(*day)), *n).map(|at| Date(days(at.date()))).ok_or(Failure::OutOfRange(Type::Date))
        }
        (Function::AddMonths, [Timestamp(micros), Integer(n)]) => shifted(at(&Timestamp(*micros)), *n)
            .map(|at| Timestamp(at.and_utc().timestamp_micros()))
            .ok_or(Failure::OutOfRange(Type::Timestamp)),
        (Function::LastDay, [Date(day)]) => {
            let first = at(&Date(*day)).date().with_day(1).expect("a first day");
            Ok(Date(days(first + Months::new(1)) - 1))
        }
        (Function::ToChar, [Timestamp(micros), Text(format)]) => {
            Ok(Text(written_by_format(at(&Timestamp(*micros)), format)))
        }
        (_, [value @ (Date(_) | Timestamp(_))]) => Ok(part(function, at(value))),
        (function, values) => panic!("{function:?} of {values:?}"),
    }
}

fn at(value: &Value) -> NaiveDateTime {
    match value {
        Value::Date(day) => date_of(*day).expect("a date").and_time(NaiveTime::MIN),
        Value::Timestamp(micros) => DateTime::from_timestamp_micros(*micros).expect("an instant").naive_utc(),
        other => panic!("{other:?} is no date"),
    }
}

fn date(day: Option<i64>) -> Computed {
    match day {
        Some(day) if (i64::from(FIRST_DAY)..=i64::from(LAST_DAY)).contains(&day) => Ok(Value::Date(day as i32)),
        _ => Err(Failure::OutOfRange(Type::Date)),
    }
}

fn timestamp(micros: Option<i64>) -> Computed {
    let range = i64::from(FIRST_DAY) * DAY_MICROS..(i64::from(LAST_DAY) + 1) * DAY_MICROS;
    let fitting = micros.filter(|micros| range.contains(micros));
    fitting.map(Value::Timestamp).ok_or(Failure::OutOfRange(Type::Timestamp))
}

fn zoned(value: Value) -> Value {
    let Value::Timestamp(micros) = value else { return value };
    Value::TimestampZoned(micros)
}

fn duration(micros: Option<i64>) -> Computed {
    micros.map(Value::Duration).ok_or(Failure::OutOfRange(Type::Duration))
}

fn duration_of(micros: f64) -> Computed {
    let fits = micros.is_finite() && micros.abs() < 9.2e18;
    duration(fits.then_some(micros.round() as i64))
}

fn made_date(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn made_time(hour: i64, minute: i64, seconds: f64) -> Option<i64> {
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&seconds);
    fits.then(|| (hour * 3_600 + minute * 60) * MICROS + (seconds * MICROS as f64).round() as i64)
}

fn shifted(at: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let shifted = if months >= 0 { at.checked_add_months(count) } else { at.checked_sub_months(count) };
    shifted.filter(|at| (1..=9999).contains(&at.year()))
}

fn part(function: Function, at: NaiveDateTime) -> Value {
    let number: i64 = match function {
        Function::Year => at.year().into(),
        Function::IsoYear => at.iso_week().year().into(),
        Function::Quarter => (at.month0() / 3 + 1).into(),
        Function::Month => at.month().into(),
        Function::Week => at.iso_week().week().into(),
        Function::Day => at.day().into(),
        Function::DayOfWeek => at.weekday().num_days_from_sunday().into(),
        Function::IsoDayOfWeek => at.weekday().number_from_monday().into(),
        Function::DayOfYear => at.ordinal().into(),
        Function::Hour => at.hour().into(),
        Function::Minute => at.minute().into(),
        Function::Second => {
            let micros = i128::from(at.second()) * i128::from(MICROS) + i128::from(at.nanosecond() / 1_000);
            return Value::Decimal(micros, 6);
        }
        other => panic!("{other:?} of a date"),
    };
    Value::Integer(number)
}

fn date_trunc(unit: Unit, value: &Value) -> Value {
    let at = at(value);
    let first = |month: u32| NaiveDate::from_ymd_opt(at.year(), month, 1).expect("a first day");
    let day = match unit {
        Unit::Year => first(1),
        Unit::Quarter => first(at.month0() / 3 * 3 + 1),
        Unit::Month => first(at.month()),
        Unit::Week => date_of(days(at.date()) - at.weekday().num_days_from_monday() as i32).expect("a date"),
        Unit::Day | Unit::Hour | Unit::Minute | Unit::Second => at.date(),
    };
    let seconds = at.num_seconds_from_midnight();
    let kept = match unit {
        Unit::Hour => seconds / 3_600 * 3_600,
        Unit::Minute => seconds / 60 * 60,
        Unit::Second => seconds,
        _ => 0,
    };
    match value {
        Value::Date(_) => Value::Date(days(day)),
        _ => Value::Timestamp(i64::from(days(day)) * DAY_MICROS + i64::from(kept) * MICROS),
    }
}

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

fn written_by_format(at: NaiveDateTime, format: &str) -> String {
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
fn read_by_format(text: &str, format: &str) -> Option<NaiveDateTime> {
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

fn cast(value: Value, to: &Type) -> Computed {
    let out_of_range = || Failure::OutOfRange(to.clone());
    Ok(match (value, to) {
        (Value::Null, _) => Value::Null,
        (Value::Text(text), Type::Text) => Value::Text(text),
        (Value::Text(text), to) => {
            let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
            return Value::parse(trimmed, to).ok_or_else(|| Failure::NotA(to.clone()));
        }
        (value, Type::Text) => Value::Text(value.to_string()),
        (Value::Boolean(value), Type::Integer) => Value::Integer(value.into()),
        (Value::Integer(number), Type::Boolean) => Value::Boolean(number != 0),
        (Value::Integer(number), Type::Float) => Value::Float(number as f64),
        (Value::Float(number), Type::Integer) => {
            let rounded = number.round();
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
            return fits.then_some(Value::Integer(rounded as i64)).ok_or_else(out_of_range);
        }
        (Value::Decimal(digits, scale), Type::Integer) => {
            let whole = divide_half_away(digits, 10i128.pow(u32::from(scale)));
            return i64::try_from(whole).map(Value::Integer).map_err(|_| out_of_range());
        }
        (value @ Value::Decimal(..), Type::Float) => Value::Float(value.to_string().parse().expect("a number")),
        (value @ (Value::Integer(_) | Value::Decimal(..)), Type::Decimal(precision, scale)) => {
            return decimal_from(&value.to_string(), *precision, *scale).ok_or_else(out_of_range);
        }
        (Value::Float(number), Type::Decimal(precision, scale)) => {
            return decimal_from(&number.to_string(), *precision, *scale).ok_or_else(out_of_range);
        }
        (Value::Date(day), Type::Timestamp) => Value::Timestamp(i64::from(day) * DAY_MICROS),
        (Value::Date(day), Type::TimestampZoned(zone)) if zone == "UTC" => {
            Value::TimestampZoned(i64::from(day) * DAY_MICROS)
        }
        (Value::Timestamp(at) | Value::TimestampZoned(at), Type::Date) => Value::Date(at.div_euclid(DAY_MICROS) as i32),
        (Value::Timestamp(at) | Value::TimestampZoned(at), Type::Time) => Value::Time(at.rem_euclid(DAY_MICROS)),
        (Value::Timestamp(at), Type::TimestampZoned(zone)) if zone == "UTC" => Value::TimestampZoned(at),
        (Value::TimestampZoned(at), Type::Timestamp) => Value::Timestamp(at),
        (value, to) => panic!("{value:?} as {to}"),
    })
}

fn decimal_from(text: &str, precision: u8, scale: u8) -> Option<Value> {
    parse_decimal(text, precision, scale).map(|digits| Value::Decimal(digits, scale))
}
