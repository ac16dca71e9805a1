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
        Value::Float(value) => format!("{value:.places$}"),
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

pub fn read(text: &str, format: &str) -> Result<Value, Failure> {
    let format = NumberFormat::parse(format).expect("a format");
    let mut text: String = text.split(' ').collect();
    for piece in &format.pieces {
        if let Piece::Literal(c) = piece {
            text = text.replace(*c, "");
        }
    }
    let mut negative = false;
    if let Some(inside) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'))
        && format.pieces.contains(&Piece::Brackets)
    {
        (negative, text) = (true, inside.to_owned());
    } else if let Some(rest) = text.strip_prefix(['-', '+']).or_else(|| text.strip_suffix(['-', '+'])) {
        (negative, text) = (text.contains('-'), rest.to_owned());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = if format.pieces.contains(&Piece::Group) { whole.replace(',', "") } else { whole.to_owned() };
    let only_digits = whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit());
    if !only_digits
        || whole.len() > format.whole
        || fraction.len() > format.fraction
        || whole.len() + fraction.len() == 0
    {
        return Err(Failure::NoNumberInFormat);
    }
    let digits: i128 = format!("{whole}{fraction:0<places$}", places = format.fraction).parse().expect("digits");
    Ok(Value::Decimal(if negative { -digits } else { digits }, format.fraction as u8))
}
