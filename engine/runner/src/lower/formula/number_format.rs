//! Numbers as text by a format such as `FM9,990.00`, and text by a format as numbers.

use pipewright_engine::formula::Failure;
use pipewright_engine::formula::number_format::{NumberFormat, Piece};
use pipewright_engine::number;
use pipewright_engine::types::Type;
use polars::prelude::*;

use super::numbers::{divide, null};
use super::rows::{Cell, Checked, Made, Row, by_row};

/// A number as text.
pub(super) fn write(value: Expr, from: &Type, format: &str) -> Checked {
    let Ok(format) = NumberFormat::parse(format) else { return null(&Type::Text) };
    let scale = if let Type::Decimal(_, scale) = from { i64::from(*scale) } else { 0 };
    by_row(&[value], &Type::Text, false, move |row| Ok(written(&format, rounded(row, scale, format.fraction)).into()))
}

/// The digits of a number that is rounded to so many behind the point: the sign, those before the point and those behind.
fn rounded(row: &Row<'_>, scale: i64, fraction: usize) -> Option<(bool, String, String)> {
    let (negative, digits) = match row.cells() {
        [Cell::Integer(number)] => (*number < 0, format!("{}{}", number.unsigned_abs(), "0".repeat(fraction))),
        [Cell::Digits(digits)] => {
            let more = i64::try_from(fraction).unwrap_or(i64::MAX) - scale;
            let kept = divide(*digits, more.saturating_neg()).unsigned_abs();
            (*digits < 0, format!("{kept}{}", "0".repeat(usize::try_from(more).unwrap_or(0))))
        }
        [Cell::Float(number)] if number.is_finite() => (*number < 0.0, number::digits_of(*number, fraction)),
        _ => return None,
    };
    let digits = format!("{digits:0>width$}", width = fraction + 1);
    let is_zero = digits.bytes().all(|digit| digit == b'0');
    let (whole, fraction) = digits.split_at(digits.len() - fraction);
    let whole = whole.trim_start_matches('0');
    Some((negative && !is_zero, if whole.is_empty() { "0" } else { whole }.to_owned(), fraction.to_owned()))
}

fn written(format: &NumberFormat, digits: Option<(bool, String, String)>) -> String {
    let overflow = |negative| (negative, "#".repeat(format.whole), "#".repeat(format.fraction));
    let (negative, whole, fraction) = match digits {
        Some((negative, whole, _)) if whole.len() > format.whole => overflow(negative),
        Some(digits) => digits,
        None => overflow(false),
    };
    let zero_at = format.first_zero().unwrap_or(usize::MAX);
    let shown = if format.dense { shown_fraction(format, &fraction) } else { format.fraction };
    // As .5 for 0.5, unless a zero was asked for or would stand alone.
    let hides_zero = whole == "0" && format.fraction > 0 && zero_at == usize::MAX && !(format.dense && shown == 0);
    let blanks = if hides_zero { format.whole } else { (format.whole - whole.len()).min(zero_at) };
    let zeros = format.whole - blanks - if hides_zero { 0 } else { whole.len() };
    let (before, behind) = signs(format, negative);

    let mut columns = std::iter::repeat_n(None, blanks)
        .chain(std::iter::repeat_n(Some('0'), zeros))
        .chain(if hides_zero { "" } else { whole.as_str() }.chars().map(Some))
        .chain(fraction.chars().take(shown).map(Some));
    let (mut text, mut column, mut is_signed) = (String::new(), 0, false);
    for piece in &format.pieces {
        let is_number = matches!(piece, Piece::Digit { .. } | Piece::Point);
        if is_number && !is_signed && column >= blanks {
            text.push_str(before);
            is_signed = true;
        }
        match piece {
            Piece::Literal(letter) => text.push(*letter),
            Piece::Point => text.push('.'),
            Piece::Group if column > blanks => text.push(','),
            Piece::Minus if negative => text.push('-'),
            Piece::Group | Piece::Minus => text.extend((!format.dense).then_some(' ')),
            Piece::Sign | Piece::Brackets => {}
            Piece::Digit { .. } => {
                match columns.next() {
                    Some(Some(digit)) => text.push(digit),
                    Some(None) => text.extend((!format.dense).then_some(' ')),
                    None => {}
                }
                column += 1;
            }
        }
        let is_last = match piece {
            Piece::Point => shown == 0,
            Piece::Digit { .. } => column == format.whole + shown && (format.fraction == 0 || shown > 0),
            _ => false,
        };
        if is_last {
            text.push_str(behind);
        }
    }
    text
}

/// How many digits behind the point are shown where those that only fill are left out.
fn shown_fraction(format: &NumberFormat, fraction: &str) -> usize {
    let digits = format.pieces.iter().filter(|piece| matches!(piece, Piece::Digit { .. })).skip(format.whole);
    let is_needed = |(digit, piece): (u8, &Piece)| digit != b'0' || *piece == Piece::Digit { always: true };
    let needed: Vec<bool> = fraction.bytes().zip(digits).map(is_needed).collect();
    needed.iter().rposition(|needed| *needed).map_or(0, |last| last + 1)
}

/// What stands right before the first and right behind the last digit.
fn signs(format: &NumberFormat, negative: bool) -> (&'static str, &'static str) {
    let sign = if negative { "-" } else { "+" };
    let is_there = |piece: &Piece| format.pieces.contains(piece);
    if is_there(&Piece::Minus) {
        return ("", "");
    }
    if is_there(&Piece::Sign) {
        return if format.signs_behind() { ("", sign) } else { (sign, "") };
    }
    match (negative, is_there(&Piece::Brackets)) {
        (true, true) => ("<", ">"),
        (true, false) => ("-", ""),
        (false, _) if format.dense => ("", ""),
        (false, true) => (" ", " "),
        (false, false) => (" ", ""),
    }
}

/// Text as a number.
pub(super) fn read(value: Expr, format: &str, kind: &Type) -> Checked {
    let Ok(format) = NumberFormat::parse(format) else { return null(kind) };
    by_row(&[value], kind, true, move |row| parsed(row.text(0), &format))
}

fn parsed<'a>(text: &str, format: &NumberFormat) -> Made<'a> {
    let text = text.trim();
    let in_brackets = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let (negative, unsigned) = match in_brackets.filter(|_| format.pieces.contains(&Piece::Brackets)) {
        Some(inside) => (true, inside),
        None => without_sign(text, format),
    };
    let digits = digits_in(unsigned.trim(), format).ok_or(Failure::NoNumberInFormat)?;
    let number: i128 = digits.parse().map_err(|_| Failure::NoNumberInFormat)?;
    Ok(if negative { -number } else { number }.into())
}

/// A sign may stand before or behind the number, and before or behind what the format has there.
fn without_sign<'t>(text: &'t str, format: &NumberFormat) -> (bool, &'t str) {
    let bare = literals_off(text, format);
    for text in [text, bare] {
        if let Some(rest) = text.strip_prefix(['-', '+']).or_else(|| text.strip_suffix(['-', '+'])) {
            let negative = text.starts_with('-') || !text.starts_with('+') && text.ends_with('-');
            return (negative, literals_off(rest.trim(), format));
        }
    }
    (false, bare)
}

/// A text without the literals that a format has before and behind its digits, as far as it has them.
fn literals_off<'t>(text: &'t str, format: &NumberFormat) -> &'t str {
    let literal = |piece: &Piece| match piece {
        Piece::Literal(letter) if !letter.is_whitespace() => Some(*letter),
        _ => None,
    };
    let is_digit = |piece: &Piece| matches!(piece, Piece::Digit { .. });
    let first = format.pieces.iter().position(is_digit).unwrap_or_default();
    let last = format.pieces.iter().rposition(is_digit).unwrap_or_default();
    let mut text = text;
    for letter in format.pieces[..first].iter().filter_map(literal) {
        text = text.strip_prefix(letter).unwrap_or(text).trim_start();
    }
    for letter in format.pieces[last..].iter().rev().filter_map(literal) {
        text = text.strip_suffix(letter).unwrap_or(text).trim_end();
    }
    text
}

/// The digits of a number as long as the format says, the missing ones behind the point as zeros. Before the point, commas stand where
/// the format has them or not at all; what else it has between its digits may be missing.
fn digits_in(text: &str, format: &NumberFormat) -> Option<String> {
    let point = format.pieces.iter().position(|piece| *piece == Piece::Point).unwrap_or(format.pieces.len());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut rest = whole;
    let (mut digits, mut with, mut without) = (Vec::new(), 0, 0);
    for piece in format.pieces[..point].iter().rev() {
        let last = rest.chars().next_back();
        match (piece, last) {
            (_, None) => break,
            (Piece::Digit { .. }, Some(digit)) if digit.is_ascii_digit() => digits.push(digit),
            (Piece::Digit { .. }, _) => return None,
            (Piece::Group, Some(',')) => with += 1,
            (Piece::Literal(letter), Some(found)) if *letter == found => {}
            (Piece::Group, _) => {
                without += 1;
                continue;
            }
            _ => continue,
        }
        rest = &rest[..rest.len() - last.map_or(0, char::len_utf8)];
    }
    let mut digits: String = digits.into_iter().rev().collect();
    if !rest.is_empty() || with > 0 && (without > 0 || whole.starts_with(',')) {
        return None;
    }
    let pieces = format.pieces.get(point + 1..).unwrap_or_default();
    let mut rest = fraction;
    let mut after = 0;
    for piece in pieces {
        match piece {
            Piece::Digit { .. } => {
                let digit = rest.chars().next().filter(char::is_ascii_digit);
                after += usize::from(digit.is_some());
                digits.push(digit.unwrap_or('0'));
                rest = &rest[usize::from(digit.is_some())..];
            }
            Piece::Literal(letter) => rest = rest.strip_prefix(*letter).unwrap_or(rest),
            _ => {}
        }
    }
    let is_there = after > 0 || !whole.is_empty();
    (is_there && rest.is_empty()).then_some(digits)
}
