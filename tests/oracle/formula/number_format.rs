//! Numbers as text by a format, and back: columns of characters that are filled one after the other.

use pipewright_engine::formula::Failure;
use pipewright_engine::formula::number_format::{NumberFormat, Piece};
use pipewright_engine::value::{Value, format_decimal, parse_decimal};

pub fn write(number: &Value, format: &str) -> String {
    let format = NumberFormat::parse(format).expect("a format");
    let (negative, whole, fraction) = digits(number, format.fraction);
    let (whole, fraction) = match whole.len() > format.whole {
        true => ("#".repeat(format.whole), "#".repeat(format.fraction)),
        false => (whole, fraction),
    };
    // The column of each digit before the point; a zero alone before a fraction is not written, unless asked for.
    let padded: Vec<char> = format!("{whole:>width$}", width = format.whole).chars().collect();
    let zeros_from = format.first_zero().unwrap_or(format.whole);
    let kept = kept_fraction(&format, &fraction);
    let hides_zero =
        whole == "0" && format.fraction > 0 && format.first_zero().is_none() && (!format.dense || kept > 0);
    let first = match hides_zero {
        true => format.whole,
        false => padded.iter().position(|c| *c != ' ').unwrap_or(format.whole).min(zeros_from),
    };
    let (before, behind) = signs(&format, negative);
    let last = format.whole + if format.dense { kept } else { format.fraction };
    let ends_with_point = format.fraction > 0 && last == format.whole;
    let (mut text, mut at, mut fraction, mut is_signed) = (String::new(), 0, fraction.chars(), false);
    for piece in &format.pieces {
        if matches!(piece, Piece::Digit { .. } | Piece::Point) && at >= first && !is_signed {
            text.push_str(before);
            is_signed = true;
        }
        match piece {
            Piece::Literal(c) => text.push(*c),
            Piece::Point => text.push('.'),
            Piece::Group if at > first => text.push(','),
            Piece::Minus if negative => text.push('-'),
            Piece::Group | Piece::Minus if !format.dense => text.push(' '),
            Piece::Group | Piece::Minus | Piece::Sign | Piece::Brackets => {}
            Piece::Digit { .. } => {
                let digit = match at {
                    at if at < first => Some(' ').filter(|_| !format.dense),
                    at if at < format.whole => Some(if padded[at] == ' ' { '0' } else { padded[at] }),
                    at => fraction.next().filter(|_| at < last),
                };
                text.extend(digit);
                at += 1;
            }
        }
        let is_end = match piece {
            Piece::Point => ends_with_point,
            Piece::Digit { .. } => at == last && !ends_with_point,
            _ => false,
        };
        if is_end {
            text.push_str(behind);
        }
    }
    text
}

fn signs(format: &NumberFormat, negative: bool) -> (&'static str, &'static str) {
    let has = |piece: Piece| format.pieces.contains(&piece);
    match (negative, format.dense) {
        _ if has(Piece::Minus) => ("", ""),
        (true, _) if has(Piece::Sign) => {
            if format.signs_behind() {
                ("", "-")
            } else {
                ("-", "")
            }
        }
        (false, _) if has(Piece::Sign) => {
            if format.signs_behind() {
                ("", "+")
            } else {
                ("+", "")
            }
        }
        (true, _) if has(Piece::Brackets) => ("<", ">"),
        (true, _) => ("-", ""),
        (false, true) => ("", ""),
        (false, false) if has(Piece::Brackets) => (" ", " "),
        (false, false) => (" ", ""),
    }
}

/// How many digits behind the point are written in a dense format: up to the last that is not zero or is always written.
fn kept_fraction(format: &NumberFormat, fraction: &str) -> usize {
    let digits: Vec<&Piece> = format.pieces.iter().filter(|piece| matches!(piece, Piece::Digit { .. })).collect();
    let always = digits[format.whole..].iter().rposition(|digit| **digit == Piece::Digit { always: true });
    let needed = fraction.chars().collect::<Vec<_>>().iter().rposition(|digit| *digit != '0');
    always.max(needed).map_or(0, |at| at + 1)
}

/// Whether a number is negative, and its digits before and behind the point.
fn digits(number: &Value, places: usize) -> (bool, String, String) {
    let text = match number {
        Value::Float(value) if !value.is_finite() => "9".repeat(99),
        Value::Float(value) => rounded(&value.to_string(), places),
        Value::Decimal(digits, scale) => {
            let exact = format_decimal(*digits, *scale);
            let rounded = parse_decimal(&exact, 38, places as u8);
            // More digits than there is room for, of the same sign.
            let too_many = || if *digits < 0 { "-" } else { "" }.to_owned() + &"9".repeat(99);
            rounded.map_or_else(too_many, |digits| format_decimal(digits, places as u8))
        }
        other => other.to_string(),
    };
    let unsigned = text.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let negative = text.starts_with('-') && unsigned.contains(|c: char| ('1'..='9').contains(&c));
    (negative, whole.to_owned(), format!("{fraction:0<places$}"))
}

/// A number in digits with so many of them behind the point; halves go away from zero.
fn rounded(text: &str, places: usize) -> String {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |unsigned| ("-", unsigned));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: Vec<u8> = format!("0{whole}{fraction:0<places$}").into_bytes();
    let end = whole.len() + 1 + places;
    let mut carry = digits.get(end).is_some_and(|digit| *digit >= b'5');
    digits.truncate(end);
    for digit in digits.iter_mut().rev() {
        match (carry, *digit) {
            (false, _) => break,
            (true, b'9') => *digit = b'0',
            (true, _) => (*digit, carry) = (*digit + 1, false),
        }
    }
    let digits = String::from_utf8(digits).expect("digits");
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let whole = whole.trim_start_matches('0');
    format!("{sign}{}.{fraction}", if whole.is_empty() { "0" } else { whole }).trim_end_matches('.').to_owned()
}

/// A text is a number if it is what the format makes of the number's digits, with all commas or with none; signs and literals may be
/// missing at its ends.
pub fn read(text: &str, format: &str) -> Result<Value, Failure> {
    let format = NumberFormat::parse(format).expect("a format");
    let mut text = text.trim();
    let mut negative = None;
    if let Some(inside) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'))
        && format.pieces.contains(&Piece::Brackets)
    {
        (negative, text) = (Some(true), inside.trim());
    }
    // Signs and literals in either order.
    for _ in 0..2 {
        if negative.is_none()
            && let Some(rest) = text.strip_prefix(['-', '+']).or_else(|| text.strip_suffix(['-', '+']))
        {
            let has_sign_first = text.starts_with(['-', '+']);
            negative = Some(if has_sign_first { text.starts_with('-') } else { text.ends_with('-') });
            text = rest.trim();
        }
        text = without_literals(text, &format);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let places = text.split_once('.').map_or(0, |(_, after)| after.chars().filter(char::is_ascii_digit).count());
    let whole = digits.len() - places;
    let only_zeros = format.fraction - places.min(format.fraction);
    if digits.is_empty() || whole > format.whole || places > format.fraction {
        return Err(Failure::NoNumberInFormat);
    }
    let spellings =
        [true, false].map(|commas| [true, false].map(|literals| spelt(&digits, whole, &format, commas, literals)));
    let as_is = text.strip_suffix('.').unwrap_or(text);
    if !spellings.iter().flatten().any(|spelling| spelling == as_is) {
        return Err(Failure::NoNumberInFormat);
    }
    let digits: i128 = format!("{digits}{}", "0".repeat(only_zeros)).parse().expect("digits");
    Ok(Value::Decimal(if negative == Some(true) { -digits } else { digits }, format.fraction as u8))
}

fn without_literals<'t>(mut text: &'t str, format: &NumberFormat) -> &'t str {
    let digit = |piece: &Piece| matches!(piece, Piece::Digit { .. });
    for piece in format.pieces.iter().take_while(|piece| !digit(piece)) {
        if let Piece::Literal(c) = piece {
            text = text.strip_prefix(*c).unwrap_or(text).trim_start();
        }
    }
    for piece in format.pieces.iter().rev().take_while(|piece| !digit(piece)) {
        if let Piece::Literal(c) = piece {
            text = text.strip_suffix(*c).unwrap_or(text).trim_end();
        }
    }
    text
}

/// Digits, so many of them before the point, as a format has them between its first and last: with or without its commas, and with or
/// without what else stands between digits.
fn spelt(digits: &str, whole: usize, format: &NumberFormat, commas: bool, literals: bool) -> String {
    let mut spelling = String::new();
    let mut left = digits.chars();
    // Those of the format that the number has.
    let (from, to) = (format.whole - whole, format.whole + digits.len() - whole);
    let mut at = 0;
    for piece in &format.pieces {
        let is_inside = at > from && at < to;
        match piece {
            Piece::Digit { .. } => {
                spelling.extend((from..to).contains(&at).then(|| left.next().expect("a digit")));
                at += 1;
            }
            Piece::Point if at < to => spelling.push('.'),
            Piece::Group if commas && is_inside => spelling.push(','),
            Piece::Literal(c) if literals && is_inside => spelling.push(*c),
            _ => {}
        }
    }
    spelling
}
