//! Numbers as text by a format such as `FM9,990.00`, and text by a format as numbers.

use pipewright_engine::formula::Failure;
use pipewright_engine::formula::number_format::{NumberFormat, Piece};
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
        [Cell::Float(number)] if number.is_finite() => {
            (*number < 0.0, format!("{:.fraction$}", number.abs()).replace('.', ""))
        }
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
    let is_literal = |letter: char| letter == ' ' || format.pieces.contains(&Piece::Literal(letter));
    let text: String = text.chars().filter(|letter| !is_literal(*letter)).collect();
    let in_brackets = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let (negative, unsigned) = match in_brackets.filter(|_| format.pieces.contains(&Piece::Brackets)) {
        Some(inside) => (true, inside),
        None => match text.strip_prefix(['-', '+']).or_else(|| text.strip_suffix(['-', '+'])) {
            Some(rest) => (text.contains('-'), rest),
            None => (false, text.as_str()),
        },
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_group = |letter: char| letter == ',' && format.pieces.contains(&Piece::Group);
    let whole: String = whole.chars().filter(|letter| !is_group(*letter)).collect();
    let fits = whole.len() <= format.whole && fraction.len() <= format.fraction && whole.len() + fraction.len() > 0;
    let digits = format!("{whole}{fraction:0<width$}", width = format.fraction);
    if !fits || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Failure::NoNumberInFormat);
    }
    let number: i128 = digits.parse().map_err(|_| Failure::NoNumberInFormat)?;
    Ok(if negative { -number } else { number }.into())
}
