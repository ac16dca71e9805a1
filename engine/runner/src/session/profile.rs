//! What a column of a held table holds.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use polars::prelude::{AnyValue, Column, DataType, Series};

use super::held::Held;
use super::values::shortened;
use crate::convert;
use crate::lower;
use crate::show::{Profile, Shape, TableId};

/// Parts of a histogram.
const PARTS: usize = 20;

/// Most frequent values.
const TOP: usize = 10;

/// How much of a text is told.
const TEXT: usize = 200;

/// Lists, structs and bytes are told apart by their text, which takes time: of a longer column only so many rows are looked at.
const NESTED: usize = 100_000;

pub(super) fn profile(table: &Held, id: &TableId, column: usize) -> Result<Profile, Problem> {
    if let Some(known) = table.profiles.lock().get(&column) {
        return Ok(known.clone());
    }
    let Some(kind) = table.schema.0.get(column).map(|column| &column.kind) else {
        return Err(Problem::new("There is no such column any more."));
    };
    let plain = plain(&table.rows.column(column)?, kind)?;
    let rows = plain.len() as u64;
    let common = Profile { table: id.clone(), column, rows, nulls: plain.null_count() as u64, ..Profile::default() };
    let profile = match kind {
        Type::Text => of_text(&plain, common),
        Type::Boolean | Type::Binary | Type::List(_) | Type::Struct(_) | Type::Null => of_others(&plain, common),
        _ => of_numbers(&plain, kind.is_number(), common),
    };
    table.profiles.lock().insert(column, profile.clone());
    Ok(profile)
}

/// In one piece, text of a dictionary as plain text.
fn plain(column: &Column, kind: &Type) -> Result<Series, Problem> {
    let series = column.as_materialized_series().rechunk();
    match kind {
        Type::Text => series.cast(&DataType::String).map_err(|error| lower::problem("", &error)),
        _ => Ok(series),
    }
}

fn of_text(series: &Series, common: Profile) -> Profile {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for value in series.iter() {
        if let AnyValue::String(text) = value {
            *counts.entry(text).or_default() += 1;
        }
    }
    let value = |text: &&str| shortened(&AnyValue::String(text), TEXT);
    Profile {
        empty: counts.get("").copied().unwrap_or_default(),
        distinct: counts.len() as u64,
        smallest: counts.keys().min().map(value),
        largest: counts.keys().max().map(value),
        shape: Shape::Top(
            top(counts, |a, b| a.cmp(b)).into_iter().map(|(text, count)| (value(&text), count)).collect(),
        ),
        ..common
    }
}

fn of_others(series: &Series, common: Profile) -> Profile {
    let mut counts: HashMap<String, (Value, u64)> = HashMap::new();
    for value in series.iter().take(NESTED).filter(|value| !value.is_null()) {
        let value = convert::our_value(&value);
        counts.entry(format!("{value:?}")).or_insert((value, 0)).1 += 1;
    }
    let values = || counts.values().map(|(value, _)| value);
    let short = |value: &Value| match value {
        Value::Binary(bytes) => Value::Binary(bytes.iter().take(TEXT).copied().collect()),
        value => value.clone(),
    };
    let (smallest, largest) =
        (values().min_by(|a, b| a.order(b)).map(short), values().max_by(|a, b| a.order(b)).map(short));
    let distinct = counts.len() as u64;
    let top = top(counts.iter().map(|(key, (_, count))| (key, *count)).collect(), |a, b| a.cmp(b));
    let shape = Shape::Top(top.into_iter().map(|(key, count)| (short(&counts[key].0), count)).collect());
    Profile { distinct, smallest, largest, shape, ..common }
}

/// The most frequent first, ties in order.
fn top<K: Eq + std::hash::Hash>(counts: HashMap<K, u64>, order: impl Fn(&K, &K) -> Ordering) -> Vec<(K, u64)> {
    let mut counts: Vec<(K, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| order(a, b)));
    counts.truncate(TOP);
    counts
}

/// A value as a place on a line, and as what tells it apart from others.
struct Point {
    at: f64,
    key: i128,
}

fn of_numbers(series: &Series, has_mean: bool, common: Profile) -> Profile {
    let mut keys = HashSet::new();
    let mut points = Vec::with_capacity(series.len());
    let (mut smallest, mut largest): (Option<Value>, Option<Value>) = (None, None);
    for value in series.iter().filter(|value| !value.is_null()) {
        let value = convert::our_value(&value);
        let Some(point) = point(&value) else { continue };
        keys.insert(point.key);
        points.push(point.at);
        if smallest.as_ref().is_none_or(|known| value.order(known).is_lt()) {
            smallest = Some(value.clone());
        }
        if largest.as_ref().is_none_or(|known| value.order(known).is_gt()) {
            largest = Some(value);
        }
    }
    let mean = (has_mean && !points.is_empty()).then(|| points.iter().sum::<f64>() / points.len() as f64);
    Profile {
        distinct: keys.len() as u64,
        smallest,
        largest,
        // What is no number can't be sent as one.
        mean: mean.filter(|mean| mean.is_finite()),
        shape: Shape::Histogram(histogram(&points)),
        ..common
    }
}

fn point(value: &Value) -> Option<Point> {
    let of = |number: i64| Some(Point { at: number as f64, key: i128::from(number) });
    match value {
        Value::Date(days) => of(i64::from(*days)),
        Value::Integer(number)
        | Value::Time(number)
        | Value::Timestamp(number)
        | Value::TimestampZoned(number)
        | Value::Duration(number) => of(*number),
        Value::Decimal(digits, _) => Some(Point { at: value.number()?, key: *digits }),
        // Zero has no sign here, and what is no number is all the same.
        Value::Float(number) if number.is_nan() => Some(Point { at: *number, key: i128::MAX }),
        Value::Float(number) => Some(Point { at: *number, key: i128::from((number + 0.0).to_bits()) }),
        _ => None,
    }
}

/// How many points fall into each of equally wide parts. Infinities and what is no number are in none.
fn histogram(points: &[f64]) -> Vec<u64> {
    let mut parts = vec![0; PARTS];
    let finite = || points.iter().copied().filter(|at| at.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    for at in finite() {
        let share = if high > low { (at - low) / (high - low) } else { 0.0 };
        parts[((share * PARTS as f64) as usize).min(PARTS - 1)] += 1;
    }
    parts
}
