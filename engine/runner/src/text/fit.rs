//! Whether a field is a value of its column's type, and written so that every parser reads it alike.
//!
//! What [`value`] accepts is what counts; [`fit`] answers the same for the usual ways of writing without making a value.

use pipewright_engine::number::Writing;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

/// Integers of more digits are not exact as floats.
pub(super) const EXACT_DIGITS: usize = 15;

/// Floats are written with no more digits than these. That all of them come back is looked at in the head of a file only.
const FLOAT_DIGITS: usize = 17;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fit {
    /// As it is.
    Same,
    /// A timestamp written with `T`: as it is, if all of the column are.
    SameWithT,
    /// A value, but to be written differently: blanks around it, `+5`, `yes`, a decimal comma.
    Odd,
    /// Not of the type found in the head of the file, but of the wider one.
    Wider,
    No,
}

/// How the values of a column are looked at.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub decimal_comma: bool,
    /// The type was found, not given: what would come back otherwise written then is no number.
    pub found: bool,
}

pub(super) fn fit(field: &[u8], kind: &Type, manner: Manner) -> Fit {
    if matches!(kind, Type::Text | Type::Binary) {
        return Fit::Same;
    }
    let trimmed = trim(field);
    let fit = match kind {
        Type::Integer => integer(trimmed, manner),
        Type::Float => float(trimmed, manner),
        Type::Decimal(precision, scale) => decimal(trimmed, *precision, *scale, manner),
        Type::Boolean => boolean(trimmed, manner),
        Type::Date => date(trimmed, manner),
        Type::Timestamp => timestamp(trimmed),
        Type::Time => time(trimmed),
        _ => slow(trimmed, kind, manner),
    };
    if trimmed.len() < field.len() && matches!(fit, Fit::Same | Fit::SameWithT) { Fit::Odd } else { fit }
}

/// Whether a field is so plainly a value that nothing else about it needs to be looked at: most are, and most of the time of a check
/// goes into them.
pub(super) fn is_plain(field: &[u8], kind: &Type, manner: Manner) -> bool {
    let plain = unsigned(field);
    match kind {
        Type::Text => true,
        Type::Integer | Type::Float => {
            let whole = digits(plain);
            let is_number = match &plain[whole..] {
                [] => true,
                [b'.', fraction @ ..] if matches!(kind, Type::Float) && !manner.decimal_comma => {
                    let count = digits(fraction);
                    count > 0 && count == fraction.len() && whole + count <= FLOAT_DIGITS
                }
                _ => false,
            };
            is_number && (1..EXACT_DIGITS).contains(&whole) && !has_leading_zero(plain)
        }
        Type::Date => is_date(field),
        _ => false,
    }
}

/// The value of a field that is no null.
pub(super) fn value(text: &str, kind: &Type, decimal_comma: bool) -> Option<Value> {
    match kind {
        Type::Text | Type::Binary => Some(Value::text(text)),
        Type::Float | Type::Decimal(..) if decimal_comma => {
            let writing = Writing { decimal_comma, thousands: None };
            Value::parse_whole(&writing.plain(text.trim_matches(is_blank))?, kind)
        }
        _ => Value::parse_whole(text.trim_matches(is_blank), kind),
    }
}

pub(super) fn trim(mut field: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = field {
        field = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = field {
        field = rest;
    }
    field
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn slow(field: &[u8], kind: &Type, manner: Manner) -> Fit {
    let Some(text) = std::str::from_utf8(field).ok() else { return Fit::No };
    match value(text, kind, manner.decimal_comma) {
        Some(value) if value.to_string() == text => Fit::Same,
        Some(_) => Fit::Odd,
        None => Fit::No,
    }
}

fn digits(field: &[u8]) -> usize {
    field.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn unsigned(field: &[u8]) -> &[u8] {
    field.strip_prefix(b"-").unwrap_or(field)
}

/// `007`, but neither `0` nor `0.7`: an identifier rather than a number.
fn has_leading_zero(unsigned: &[u8]) -> bool {
    matches!(unsigned, [b'0', b'0'..=b'9', ..])
}

fn integer(field: &[u8], manner: Manner) -> Fit {
    let plain = unsigned(field);
    let count = digits(plain);
    if count == plain.len() && (1..=18).contains(&count) {
        return match (has_leading_zero(plain), manner.found) {
            (false, _) => Fit::Same,
            (true, true) => Fit::No,
            (true, false) => Fit::Odd,
        };
    }
    if !manner.found {
        return slow(field, &Type::Integer, manner);
    }
    if float(field, manner) == Fit::No { Fit::No } else { Fit::Wider }
}

fn float(field: &[u8], manner: Manner) -> Fit {
    if manner.found && !comes_back(field, manner.decimal_comma) {
        return Fit::No;
    }
    let plain = unsigned(field);
    let whole = digits(plain);
    let mut rest = &plain[whole..];
    let mut fit = Fit::Same;
    let mut fraction = 0;
    let point = if manner.decimal_comma { b',' } else { b'.' };
    if rest.first() == Some(&point) {
        fraction = digits(&rest[1..]);
        rest = &rest[1 + fraction..];
        if manner.decimal_comma {
            fit = Fit::Odd;
        }
    }
    if whole + fraction > 0 {
        if let [b'e' | b'E', exponent @ ..] = rest {
            let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
            let count = digits(exponent);
            if count > 0 && count == exponent.len() {
                rest = &[];
            }
        }
        if rest.is_empty() {
            return fit;
        }
    }
    slow(field, &Type::Float, manner)
}

/// Whether a text becomes a float and then the same text again, in some form in which programs write numbers. Codes such as `007`,
/// `32E0134` or `4E5`, and numbers of more digits or of another size than a float has, do not.
fn comes_back(field: &[u8], decimal_comma: bool) -> bool {
    let plain = unsigned(field);
    let whole = digits(plain);
    if whole == plain.len() {
        return whole <= EXACT_DIGITS && !has_leading_zero(plain);
    }
    let point = if decimal_comma { b',' } else { b'.' };
    let fraction = plain[whole..].strip_prefix(&[point]).map(digits);
    let (mantissa, rest) = plain.split_at(whole + fraction.map_or(0, |count| count + 1));
    if has_leading_zero(plain) || field.first() == Some(&b'+') {
        return false;
    }
    match rest {
        [] if mantissa.len() <= EXACT_DIGITS => return true,
        [] => {}
        [b'e' | b'E', exponent @ ..] if is_exponent(exponent, fraction.is_some(), whole) => {}
        // NaN and the infinities by name.
        _ => return whole == 0 && fraction.is_none(),
    }
    let Ok(text) = std::str::from_utf8(plain) else { return false };
    let significant: String = text[..mantissa.len()].chars().filter(char::is_ascii_digit).collect();
    let significant = significant.trim_start_matches('0');
    let Some(more) = significant.len().checked_sub(1) else { return true };
    match text.replacen(',', ".", 1).parse::<f64>() {
        Ok(float) if float.is_finite() => {
            let again = format!("{float:.more$e}");
            again.chars().take_while(|c| *c != 'e').filter(char::is_ascii_digit).eq(significant.chars())
        }
        _ => false,
    }
}

/// How programs write exponents: `1e-05`, `1E+20`, `1.5E7`. One with neither point nor sign is a code as well, as are one that is
/// padded with zeros but has no sign, and one of many digits.
fn is_exponent(exponent: &[u8], has_point: bool, whole: usize) -> bool {
    let unsigned = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+"));
    let (signed, count) = (unsigned.is_some(), digits(unsigned.unwrap_or(exponent)));
    let ends = count > 0 && count == unsigned.unwrap_or(exponent).len();
    let padded = count > 1 && unsigned.unwrap_or(exponent).starts_with(b"0");
    ends && count <= 3 && (has_point || signed && whole == 1) && (signed || !padded)
}

fn decimal(field: &[u8], precision: u8, scale: u8, manner: Manner) -> Fit {
    let kind = Type::Decimal(precision, scale);
    let plain = unsigned(field);
    let whole = digits(plain);
    let fraction = match &plain[whole..] {
        [] => 0,
        [b'.', rest @ ..] if !manner.decimal_comma && !rest.is_empty() && digits(rest) == rest.len() => rest.len(),
        _ => return slow_decimal(field, &kind, manner),
    };
    let room = usize::from(precision.saturating_sub(scale));
    if whole == 0 || whole > room || fraction > usize::from(scale) {
        return slow_decimal(field, &kind, manner);
    }
    Fit::Same
}

/// `7` is as good as `7.00`, but what rounds must be written out.
fn slow_decimal(field: &[u8], kind: &Type, manner: Manner) -> Fit {
    if slow(field, kind, manner) == Fit::No { Fit::No } else { Fit::Odd }
}

fn boolean(field: &[u8], manner: Manner) -> Fit {
    match field {
        b"true" | b"false" => Fit::Same,
        _ if field.eq_ignore_ascii_case(b"true") || field.eq_ignore_ascii_case(b"false") => Fit::Odd,
        _ if manner.found => Fit::No,
        _ => slow(field, &Type::Boolean, manner),
    }
}

fn date(field: &[u8], manner: Manner) -> Fit {
    if is_date(field) {
        return Fit::Same;
    }
    if manner.found && timestamp(field) != Fit::No { Fit::Wider } else { Fit::No }
}

fn timestamp(field: &[u8]) -> Fit {
    if field.len() < 10 || !is_date(&field[..10]) {
        return Fit::No;
    }
    match &field[10..] {
        [b' ', clock @ ..] if is_clock(clock) => Fit::Same,
        [b'T', clock @ ..] if is_clock(clock) => Fit::SameWithT,
        _ if slow(field, &Type::Timestamp, Manner { decimal_comma: false, found: false }) == Fit::No => Fit::No,
        _ => Fit::Odd,
    }
}

fn time(field: &[u8]) -> Fit {
    if is_clock(field) {
        return Fit::Same;
    }
    if field.len() < 5 || field.get(2) != Some(&b':') {
        return Fit::No;
    }
    match slow(field, &Type::Time, Manner { decimal_comma: false, found: false }) {
        Fit::No => Fit::No,
        _ => Fit::Odd,
    }
}

fn two(field: &[u8]) -> Option<u8> {
    let (tens, ones) = (field[0].wrapping_sub(b'0'), field[1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| tens * 10 + ones)
}

/// `2024-02-29`, and a day there is; the first year is 1.
fn is_date(field: &[u8]) -> bool {
    if field.len() != 10 || field[4] != b'-' || field[7] != b'-' {
        return false;
    }
    let (Some(century), Some(year)) = (two(field), two(&field[2..])) else { return false };
    let (Some(month), Some(day)) = (two(&field[5..]), two(&field[8..])) else { return false };
    let year = u32::from(century) * 100 + u32::from(year);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

/// `12:30:00`, with up to six digits after a point.
fn is_clock(field: &[u8]) -> bool {
    if field.len() < 8 || field[2] != b':' || field[5] != b':' {
        return false;
    }
    let (Some(hour), Some(minute), Some(second)) = (two(field), two(&field[3..]), two(&field[6..])) else {
        return false;
    };
    let fraction_fits = match &field[8..] {
        [] => true,
        [b'.', fraction @ ..] => (1..=6).contains(&fraction.len()) && digits(fraction) == fraction.len(),
        _ => false,
    };
    hour < 24 && minute < 60 && second < 60 && fraction_fits
}
