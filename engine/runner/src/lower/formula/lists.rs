//! Functions of lists and structs.

use std::cmp::Ordering;
use std::ops::Range;

use pipewright_engine::formula::patterns::step;
use pipewright_engine::formula::{Failure, Function, LONGEST_LIST};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use polars::prelude::*;
use polars_utils::regex_cache::compile_regex;

use super::dates::add_to;
use super::rows::{Cell, Checked, Made, Row, by_row, filled_by_row};
use crate::convert;

/// `texts` are those arguments that are written into the formula.
pub(super) fn call(
    function: Function,
    values: &[Expr],
    kinds: &[&Type],
    kind: &Type,
    texts: [&str; 3],
    fails: bool,
) -> PolarsResult<Checked> {
    let strict = |of: for<'a> fn(&Row<'a>) -> Made<'a>| by_row(values, kind, fails, of);
    let own = |of: for<'a> fn(&Row<'a>) -> Cell<'a>| Checked { value: filled_by_row(values, kind, of), reason: None };
    let plain = |value: Expr| Checked { value, reason: None };
    Ok(match function {
        Function::Array if values.is_empty() => plain(convert::literal(&Value::List(Vec::new()), kind)),
        Function::Array => own(|row| row.cells().to_vec().into()),
        Function::ElementAt => strict(|row| Ok(element_at(row.list(0), row.integer(1)))),
        Function::ArraySlice => strict(|row| Ok(slice(row.list(0), row.integer(1), row.integer(2)).to_vec().into())),
        Function::Cardinality => plain(values[0].clone().list().len().cast(DataType::Int64)),
        Function::ArrayAppend => own(|row| joined(row.list(0), &row.cells()[1..])),
        Function::ArrayPrepend => own(|row| joined(&row.cells()[..1], row.list(1))),
        Function::ArrayCat => own(|row| match row.cells() {
            [Cell::Null, Cell::Null] => Cell::Null,
            _ => joined(row.list(0), row.list(1)),
        }),
        Function::ArrayContains => own(contains),
        Function::ArrayPosition => own(|row| match row.cells() {
            [Cell::List(list), value] => {
                list.iter().position(|element| same(element, value)).map_or(Cell::Null, |at| (at as i64 + 1).into())
            }
            _ => Cell::Null,
        }),
        Function::ArrayRemove => own(|row| match row.cells() {
            [Cell::List(list), value] => {
                list.iter().filter(|element| !same(element, value)).cloned().collect::<Vec<_>>().into()
            }
            _ => Cell::Null,
        }),
        Function::ArrayReplace => own(|row| match row.cells() {
            [Cell::List(list), from, to] => {
                let replaced = list.iter().map(|element| if same(element, from) { to } else { element });
                replaced.cloned().collect::<Vec<_>>().into()
            }
            _ => Cell::Null,
        }),
        Function::ArrayDistinct => strict(|row| Ok(distinct(row.list(0)).into())),
        Function::ArraySort => strict(|row| Ok(sorted(row).into())),
        Function::ArrayReverse => strict(|row| Ok(row.list(0).iter().rev().cloned().collect::<Vec<_>>().into())),
        Function::ArrayMin => {
            strict(|row| Ok(filled(row.list(0)).min_by(|a, b| order(a, b)).cloned().unwrap_or(Cell::Null)))
        }
        Function::ArrayMax => {
            strict(|row| Ok(filled(row.list(0)).max_by(|a, b| order(a, b)).cloned().unwrap_or(Cell::Null)))
        }
        Function::ArraySum => strict(sum),
        Function::ArrayMean => strict(|row| Ok(mean(row.list(0)))),
        Function::ArrayToString => own(to_text),
        Function::StringToArray => own(parts),
        Function::SplitText => {
            let (separator, tidy) = (texts[1].to_owned(), Tidy::of(texts[2]));
            by_row(&without_texts(values), kind, fails, move |row| {
                let pieces = pieces(row.text(0), &separator, tidy.quotes);
                Ok(tidy.parts(row.text(0), pieces, row.integer(1)).into())
            })
        }
        Function::RegexpSplit => {
            let (regex, tidy) = (compile_regex(&super::text::regex(texts[1], texts[2])?)?, Tidy::of(texts[2]));
            by_row(&without_texts(values), kind, fails, move |row| {
                Ok(tidy.parts(row.text(0), between(row.text(0), &regex), row.integer(1)).into())
            })
        }
        Function::RegexpExtractAll => {
            let (regex, tidy) = (compile_regex(&super::text::regex(texts[1], texts[2])?)?, Tidy::of(texts[2]));
            by_row(&values[..1], kind, fails, move |row| {
                let found = regex.find_iter(row.text(0)).map(|found| found.range()).collect();
                Ok(tidy.parts(row.text(0), found, 0).into())
            })
        }
        Function::RegexpMatch => {
            let regex = compile_regex(&super::text::regex(texts[1], texts[2])?)?;
            by_row(&values[..1], kind, fails, move |row| Ok(groups(row.text(0), &regex)))
        }
        Function::NamedStruct => {
            let fields: Vec<Expr> = values.iter().skip(1).step_by(2).cloned().collect();
            plain(filled_by_row(&fields, kind, |row| Cell::Struct(row.cells().to_vec().into())))
        }
        Function::StructField => {
            let Some(Type::Struct(fields)) = kinds.first() else {
                return Ok(plain(convert::literal(&Value::Null, kind)));
            };
            let at = fields.iter().position(|field| field.name == texts[1]).unwrap_or(usize::MAX);
            plain(filled_by_row(&values[..1], kind, move |row| match row.cells() {
                [Cell::Struct(fields)] => fields.get(at).cloned().unwrap_or(Cell::Null),
                _ => Cell::Null,
            }))
        }
        _ => series(values, texts[2], kind, fails),
    })
}

/// Positions count from one, or from the end.
fn from_start(list: &[Cell], position: i64) -> i64 {
    if position < 0 { position.saturating_add(list.len() as i64 + 1) } else { position }
}

fn element_at<'a>(list: &[Cell<'a>], position: i64) -> Cell<'a> {
    let at = usize::try_from(from_start(list, position)).ok().and_then(|at| at.checked_sub(1));
    at.and_then(|at| list.get(at)).cloned().unwrap_or(Cell::Null)
}

fn slice<'r, 'a>(list: &'r [Cell<'a>], from: i64, to: i64) -> &'r [Cell<'a>] {
    let end = usize::try_from(from_start(list, to)).unwrap_or(0).min(list.len());
    let start = usize::try_from(from_start(list, from) - 1).unwrap_or(0);
    list.get(start..end).unwrap_or(&[])
}

fn joined<'a>(first: &[Cell<'a>], second: &[Cell<'a>]) -> Cell<'a> {
    [first, second].concat().into()
}

/// Whether a value is in a list: unknown where a null could be it.
fn contains<'a>(row: &Row<'a>) -> Cell<'a> {
    let [Cell::List(list), value] = row.cells() else { return Cell::Null };
    match value {
        _ if list.is_empty() => false.into(),
        Cell::Null => Cell::Null,
        value if list.iter().any(|element| same(element, value)) => true.into(),
        _ if list.iter().any(is_null) => Cell::Null,
        _ => false.into(),
    }
}

fn is_null(cell: &Cell) -> bool {
    matches!(cell, Cell::Null)
}

fn filled<'r, 'a>(list: &'r [Cell<'a>]) -> impl Iterator<Item = &'r Cell<'a>> {
    list.iter().filter(|cell| !is_null(cell))
}

/// Whether two values are the same: null is null, NaN is NaN, and zero has no sign.
fn same(a: &Cell, b: &Cell) -> bool {
    is_null(a) == is_null(b) && order(a, b).is_eq()
}

/// Nulls come last; NaN is above all numbers.
fn order(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => is_null(a).cmp(&is_null(b)),
        (Cell::Boolean(a), Cell::Boolean(b)) => a.cmp(b),
        (Cell::Integer(a), Cell::Integer(b)) => a.cmp(b),
        (Cell::Float(a), Cell::Float(b)) => a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
        (Cell::Digits(a), Cell::Digits(b)) => a.cmp(b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Binary(a), Cell::Binary(b)) => a.cmp(b),
        (Cell::List(a), Cell::List(b)) | (Cell::Struct(a), Cell::Struct(b)) => {
            let parts = a.iter().zip(b.iter()).map(|(a, b)| order(a, b));
            parts.into_iter().find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        }
        _ => Ordering::Equal,
    }
}

fn distinct<'a>(list: &[Cell<'a>]) -> Vec<Cell<'a>> {
    // By order rather than by hash, which floats and structs have not.
    let mut places: Vec<usize> = (0..list.len()).collect();
    places.sort_by(|a, b| order(&list[*a], &list[*b]));
    places.dedup_by(|later, first| same(&list[*later], &list[*first]));
    places.sort_unstable();
    places.into_iter().map(|at| list[at].clone()).collect()
}

fn sorted<'a>(row: &Row<'a>) -> Vec<Cell<'a>> {
    let mut list = row.list(0).to_vec();
    match row.cells().get(1) {
        Some(Cell::Boolean(true)) => list.sort_by(|a, b| order(b, a)),
        _ => list.sort_by(order),
    }
    list
}

fn sum<'a>(row: &Row<'a>) -> Made<'a> {
    let list = row.list(0);
    let whole = |cell: &Cell| match cell {
        Cell::Integer(value) => i128::from(*value),
        Cell::Digits(digits) => *digits,
        _ => 0,
    };
    match filled(list).next() {
        Some(Cell::Integer(_)) => {
            let sum = i64::try_from(list.iter().map(whole).sum::<i128>());
            sum.map(Cell::from).map_err(|_| Failure::OutOfRange(Type::Integer))
        }
        Some(Cell::Float(_)) => Ok(numbers(list).sum::<f64>().into()),
        Some(Cell::Digits(_)) => {
            let sum = list.iter().map(whole).try_fold(0i128, i128::checked_add);
            let fits = sum.filter(|sum| sum.unsigned_abs() < 10u128.pow(38));
            fits.map(Cell::from).ok_or(Failure::OutOfRange(Type::Decimal(38, 0)))
        }
        _ => Ok(Cell::Null),
    }
}

fn numbers(list: &[Cell]) -> impl Iterator<Item = f64> {
    list.iter().filter_map(|cell| if let Cell::Float(value) = cell { Some(*value) } else { None })
}

fn mean<'a>(list: &[Cell<'a>]) -> Cell<'a> {
    let count = numbers(list).count();
    if count == 0 { Cell::Null } else { (numbers(list).sum::<f64>() / count as f64).into() }
}

fn to_text<'a>(row: &Row<'a>) -> Cell<'a> {
    let [Cell::List(list), Cell::Text(separator), rest @ ..] = row.cells() else { return Cell::Null };
    let for_null = if let [Cell::Text(text)] = rest { Some(text.as_ref()) } else { None };
    let texts = list.iter().filter_map(|cell| if let Cell::Text(text) = cell { Some(text.as_ref()) } else { for_null });
    texts.collect::<Vec<_>>().join(separator.as_ref()).into()
}

fn parts<'a>(row: &Row<'a>) -> Cell<'a> {
    let (text, cells) = (row.text(0), row.cells());
    if is_null(&cells[0]) {
        return Cell::Null;
    }
    let null = if let Some(Cell::Text(null)) = cells.get(2) { Some(null.as_ref()) } else { None };
    let part = |part: &'a str| if Some(part) == null { Cell::Null } else { part.into() };
    match &cells[1] {
        _ if text.is_empty() => Vec::new().into(),
        Cell::Text(separator) if separator.is_empty() => vec![part(text)].into(),
        Cell::Text(separator) => text.split(separator.as_ref()).map(part).collect::<Vec<_>>().into(),
        _ => text.char_indices().map(|(at, c)| part(&text[at..at + c.len_utf8()])).collect::<Vec<_>>().into(),
    }
}

/// The text, and how many parts there may be at most.
fn without_texts(values: &[Expr]) -> Vec<Expr> {
    values.iter().take(1).chain(values.get(3)).cloned().collect()
}

/// What is done to the parts of a text.
#[derive(Clone, Copy)]
struct Tidy {
    trim: bool,
    skip_empty: bool,
    quotes: bool,
}

impl Tidy {
    fn of(flags: &str) -> Self {
        let has = |flag| flags.contains(flag);
        Self { trim: has('t'), skip_empty: has('e'), quotes: has('q') }
    }

    /// The pieces as parts. If there are more than `most`, the last one has all that is left, or the first one if it is negative.
    fn parts<'a>(self, text: &'a str, mut pieces: Vec<Range<usize>>, most: i64) -> Vec<Cell<'a>> {
        if self.skip_empty {
            pieces.retain(|piece| !self.trimmed(&text[piece.clone()]).is_empty());
        }
        let count = usize::try_from(most.unsigned_abs()).unwrap_or(usize::MAX);
        let joined = (count > 0 && pieces.len() > count).then_some(if most > 0 { count - 1 } else { 0 });
        if let Some(at) = joined {
            let last = at + pieces.len() - count;
            let rest = pieces[at].start..pieces[last].end;
            pieces.splice(at..=last, [rest]);
        }
        let part = |(at, piece): (usize, Range<usize>)| {
            let part = self.trimmed(&text[piece]);
            match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) if self.quotes && joined != Some(at) => inner.replace("\"\"", "\"").into(),
                _ => part.into(),
            }
        };
        pieces.into_iter().enumerate().map(part).collect()
    }

    fn trimmed(self, text: &str) -> &str {
        if self.trim { text.trim_matches([' ', '\t', '\r', '\n', '\u{a0}']) } else { text }
    }
}

/// What lies between separators, of which those between quotes are none.
fn pieces(text: &str, separator: &str, quotes: bool) -> Vec<Range<usize>> {
    let (mut pieces, mut from, mut quoted, mut seen) = (Vec::new(), 0, false, 0);
    if text.is_empty() {
        return pieces;
    }
    for (at, _) in text.match_indices(separator).filter(|_| !separator.is_empty()) {
        quoted ^= quotes && text[seen..at].matches('"').count() % 2 == 1;
        seen = at;
        if !quoted {
            pieces.push(from..at);
            from = at + separator.len();
        }
    }
    pieces.push(from..text.len());
    pieces
}

/// What lies between matches. An empty match splits between two characters, and nowhere else.
fn between(text: &str, regex: &regex::Regex) -> Vec<Range<usize>> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    for found in regex.find_iter(text) {
        if found.is_empty() && (found.end() == from || found.end() == text.len()) {
            continue;
        }
        pieces.push(from..found.start());
        from = found.end();
    }
    pieces.push(from..text.len());
    pieces
}

fn groups<'a>(text: &'a str, regex: &regex::Regex) -> Cell<'a> {
    let Some(found) = regex.captures(text) else { return Cell::Null };
    let group = |at: usize| found.get(at).map_or(Cell::Null, |group| group.as_str().into());
    let groups = if regex.captures_len() == 1 { 0..1 } else { 1..regex.captures_len() };
    groups.map(group).collect::<Vec<_>>().into()
}

/// The list from one value to another, at steps of a number, or of what is written: months and time.
fn series(values: &[Expr], written: &str, kind: &Type, fails: bool) -> Checked {
    let of_dates = *kind == Type::List(Box::new(Type::Date));
    match step(written) {
        // What is written is the third argument.
        Some((months, micros)) => by_row(&values[..2], kind, fails, move |row| {
            let (first, last) = (row.integer(0), row.integer(1));
            let forward = months > 0 || micros > 0;
            elements(last, forward, |count| {
                add_to(first, count.checked_mul(months)?, count.checked_mul(micros)?, of_dates)
            })
        }),
        None => by_row(values, kind, fails, |row| {
            let (first, last) = (row.integer(0), row.integer(1));
            let step = if row.has(2) { row.integer(2) } else { 1 };
            if step == 0 {
                return Err(Failure::ZeroStep);
            }
            elements(last, step > 0, |count| first.checked_add(count.checked_mul(step)?))
        }),
    }
}

fn elements<'a>(last: i64, forward: bool, at: impl Fn(i64) -> Option<i64>) -> Made<'a> {
    let mut elements = Vec::new();
    // What lies beyond the largest number lies beyond the last one too.
    for element in (0..).map_while(at) {
        if if forward { element > last } else { element < last } {
            break;
        }
        if elements.len() == LONGEST_LIST {
            return Err(Failure::TooManyElements);
        }
        elements.push(Cell::Integer(element));
    }
    Ok(elements.into())
}
