//! The meaning of aggregates: each computed from the list of the values of a group, as its help says.

use std::cmp::Ordering;

use pipewright_engine::formula::Expr;
use pipewright_engine::nodes::AggregateFunction;
use pipewright_engine::plan::Aggregate;
use pipewright_engine::table::Table;
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value};

use super::formula;
use super::plan::compare_by;

/// The aggregate of some rows of a table, or why there is none.
pub fn aggregate(one: &Aggregate, input: &Table, group: &[usize]) -> Result<Value, String> {
    use AggregateFunction::*;
    let cell = |row: usize, name: &str| &input.rows[row][input.schema.position(name).expect("a column")];
    let counts = |row: &usize| one.condition.as_deref().is_none_or(|name| *cell(*row, name) == Value::Boolean(true));
    let mut group: Vec<usize> = group.iter().copied().filter(counts).collect();
    group.sort_by(|a, b| compare_by(input, &one.order, *a, *b));
    let count = |count: usize| Value::Integer(count as i64);
    let Some(column) = one.column.as_deref() else { return Ok(count(group.len())) };
    let kind = &input.schema.column(column).expect("a column").kind;
    let all: Vec<&Value> = group.iter().map(|row| cell(*row, column)).collect();
    let values: Vec<&Value> = all.iter().copied().filter(|value| !value.is_null()).collect();
    let values = if one.distinct && !matches!(one.function, Concatenate | List) { different(&values) } else { values };
    let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    // Decimals in units of their last digit, and what is found between them as a number again.
    let unit = if let Type::Decimal(_, scale) = kind { 10f64.powi((*scale).into()) } else { 1.0 };
    let points = |values: &[&Value]| -> Vec<f64> {
        let point =
            |value: &&Value| if let Value::Decimal(digits, _) = value { Some(*digits as f64) } else { value.number() };
        values.iter().map(|value| point(value).expect("a number")).collect()
    };
    let pointed = |found: Option<f64>| found.map(|found| found / unit);
    let pairs = || -> Vec<(f64, f64)> {
        let other = one.other.as_deref().expect("a second column");
        let pair = |row: &usize| Some((cell(*row, column).number()?, cell(*row, other).number()?));
        group.iter().filter_map(pair).collect()
    };
    Ok(match one.function {
        Count => count(all.len()),
        CountValues => count(values.len()),
        CountNulls => count(all.len() - values.len()),
        CountDistinct => count(different(&values).len()),
        First => all.first().copied().cloned().unwrap_or_default(),
        Last => all.last().copied().cloned().unwrap_or_default(),
        FirstValue => values.first().copied().cloned().unwrap_or_default(),
        LastValue => values.last().copied().cloned().unwrap_or_default(),
        // Of equals the first.
        Min => values.into_iter().reduce(|a, b| if b.order(a).is_lt() { b } else { a }).cloned().unwrap_or_default(),
        Max => values.into_iter().reduce(|a, b| if b.order(a).is_gt() { b } else { a }).cloned().unwrap_or_default(),
        Range => return range(&values),
        Sum => sum(&values),
        Product => return product(&values),
        Mean | Median | Quantile if !kind.is_number() => between_times(one, &values),
        Mean => float(exact_mean(&values).or_else(|| mean(&numbers(&values)))),
        Median => float(pointed(quantile(&points(&values), 0.5))),
        Quantile => float(pointed(quantile(&points(&values), one.fraction))),
        QuantileDiscrete => {
            let place = (one.fraction * values.len() as f64).ceil() as usize;
            ordered(values).get(place.saturating_sub(1)).copied().cloned().unwrap_or_default()
        }
        InterquartileRange => {
            let numbers = points(&values);
            float(pointed(quantile(&numbers, 0.75).zip(quantile(&numbers, 0.25)).map(|(upper, lower)| upper - lower)))
        }
        Mode => mode(values),
        Any if values.is_empty() => Value::Null,
        All if values.is_empty() => Value::Null,
        Any => Value::Boolean(values.contains(&&Value::Boolean(true))),
        All => Value::Boolean(!values.contains(&&Value::Boolean(false))),
        ValueAtMax | ValueAtMin => {
            let by = one.other.as_deref().expect("a column that decides");
            let candidates = group.iter().filter(|row| !cell(**row, by).is_null());
            let better = |a: Ordering| if one.function == ValueAtMax { a.is_gt() } else { a.is_lt() };
            let best = candidates.reduce(|a, b| if better(cell(*b, by).order(cell(*a, by))) { b } else { a });
            best.map_or(Value::Null, |row| cell(*row, column).clone())
        }
        Concatenate => {
            let values = if one.sorted { ordered(values) } else { values };
            let mut texts: Vec<String> = values.into_iter().map(|value| text(value, kind)).collect();
            if one.distinct {
                let all = std::mem::take(&mut texts);
                all.into_iter().for_each(|text| {
                    if !texts.contains(&text) {
                        texts.push(text)
                    }
                });
            }
            if texts.is_empty() { Value::Null } else { Value::Text(texts.join(&one.separator)) }
        }
        List if all.is_empty() => Value::Null,
        List => {
            let values = if one.distinct { different(&all) } else { all };
            let values = if one.sorted { ordered(values) } else { values };
            Value::List(values.into_iter().cloned().collect())
        }
        StandardDeviation => float(variance(&numbers(&values), 1.0).map(f64::sqrt)),
        Variance => float(variance(&numbers(&values), 1.0)),
        PopulationStandardDeviation => float(variance(&numbers(&values), 0.0).map(f64::sqrt)),
        PopulationVariance => float(variance(&numbers(&values), 0.0)),
        WeightedMean => {
            let other = one.other.as_deref().expect("weights");
            let pair = |row: &usize| Some((digits(cell(*row, column))?, digits(cell(*row, other))?));
            let exact: Option<Vec<_>> = group
                .iter()
                .filter(|row| !cell(**row, column).is_null() && !cell(**row, other).is_null())
                .map(pair)
                .collect();
            if let Some(mean) = exact.and_then(|pairs| exact_weighted_mean(&pairs)) {
                return Ok(float(mean));
            }
            let pairs = pairs();
            let weights: f64 = pairs.iter().map(|(_, weight)| weight).sum();
            let sum: f64 = pairs.iter().map(|(value, weight)| value * weight).sum();
            float((weights != 0.0).then(|| sum / weights))
        }
        GeometricMean => {
            let logarithms: Vec<f64> = numbers(&values).into_iter().map(f64::ln).collect();
            float(mean(&logarithms).map(f64::exp))
        }
        MedianAbsoluteDeviation => {
            let numbers = points(&values);
            let median = quantile(&numbers, 0.5).unwrap_or_default();
            let distances: Vec<f64> = numbers.iter().map(|number| (number - median).abs()).collect();
            float(pointed(quantile(&distances, 0.5)))
        }
        Skewness => float(skewness(&numbers(&values))),
        Kurtosis => float(kurtosis(&numbers(&values))),
        Covariance => {
            let pairs = pairs();
            float((pairs.len() > 1).then(|| products_of_distances(&pairs) / (pairs.len() as f64 - 1.0)))
        }
        Correlation => float(correlation(&pairs())),
        RankCorrelation => {
            let (left, right): (Vec<f64>, Vec<f64>) = pairs().into_iter().unzip();
            float(correlation(&ranks(&left).into_iter().zip(ranks(&right)).collect::<Vec<_>>()))
        }
    })
}

/// Each value once, in the order first seen.
fn different<'a>(values: &[&'a Value]) -> Vec<&'a Value> {
    let mut different: Vec<&Value> = Vec::new();
    for value in values {
        if !different.iter().any(|known| known.order(value).is_eq()) {
            different.push(value);
        }
    }
    different
}

/// Nulls last.
fn ordered(mut values: Vec<&Value>) -> Vec<&Value> {
    values.sort_by(|a, b| a.is_null().cmp(&b.is_null()).then_with(|| a.order(b)));
    values
}

fn mode(values: Vec<&Value>) -> Value {
    let often = |value: &Value| values.iter().filter(|other| other.order(value).is_eq()).count();
    let most = values.iter().map(|value| often(value)).max();
    let frequent = values.iter().copied().filter(|value| Some(often(value)) == most).collect();
    ordered(frequent).first().copied().cloned().unwrap_or_default()
}

fn text(value: &Value, kind: &Type) -> String {
    let schema = pipewright_engine::types::Schema::of([("value", kind.clone())]);
    let cast = Expr::column(&schema.0[0]).cast(Type::Text).expect("can be written");
    let text = formula::evaluate(&cast, std::slice::from_ref(value), &schema).expect("does not fail");
    text.as_text().expect("text").to_owned()
}

/// The sum of values that are not null: of integers as an exact number of any length.
fn sum(values: &[&Value]) -> Value {
    let plus = |total: Value, value: &Value| match (total, value) {
        (Value::Integer(a), Value::Integer(b)) => Value::Decimal(i128::from(a) + i128::from(*b), 0),
        (Value::Decimal(a, 0), Value::Integer(b)) => Value::Decimal(a + i128::from(*b), 0),
        (Value::Decimal(a, scale), Value::Decimal(b, _)) => Value::Decimal(a + b, scale),
        (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
        (Value::Duration(a), Value::Duration(b)) => Value::Duration(a + b),
        (total, value) => panic!("{total:?} and {value:?} have no sum"),
    };
    let Some((first, rest)) = values.split_first() else { return Value::Null };
    let first = match first {
        Value::Integer(value) => Value::Decimal(i128::from(*value), 0),
        other => (*other).clone(),
    };
    rest.iter().copied().fold(first, plus)
}

const MOST: i128 = 10i128.pow(38);

fn product(values: &[&Value]) -> Result<Value, String> {
    let Some(first) = values.first() else { return Ok(Value::Null) };
    if !matches!(first, Value::Integer(_)) {
        return Ok(Value::Float(numbers(values).into_iter().product()));
    }
    let integer = |value: &Value| if let Value::Integer(value) = value { i128::from(*value) } else { panic!() };
    if values.iter().any(|value| integer(value) == 0) {
        return Ok(Value::Decimal(0, 0));
    }
    let product = values
        .iter()
        .try_fold(1i128, |product, value| product.checked_mul(integer(value)).filter(|product| product.abs() < MOST));
    product.map(|product| Value::Decimal(product, 0)).ok_or_else(|| "a product is too large".into())
}

fn range(values: &[&Value]) -> Result<Value, String> {
    let sorted = ordered(values.to_vec());
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return Ok(Value::Null) };
    Ok(match (least, most) {
        (Value::Integer(a), Value::Integer(b)) => Value::Decimal(i128::from(*b) - i128::from(*a), 0),
        (Value::Float(a), Value::Float(b)) => Value::Float(b - a),
        (Value::Decimal(a, scale), Value::Decimal(b, _)) => match b.checked_sub(*a).filter(|range| *range < MOST) {
            Some(range) => Value::Decimal(range, *scale),
            None => return Err("a range is too large".into()),
        },
        (a, b) => match micros(b).checked_sub(micros(a)) {
            Some(range) => Value::Duration(range),
            None => return Err("a range is too large".into()),
        },
    })
}

fn micros(value: &Value) -> i64 {
    match value {
        Value::Date(day) => i64::from(*day) * DAY_MICROS,
        Value::Timestamp(micros) | Value::TimestampZoned(micros) | Value::Duration(micros) => *micros,
        other => panic!("{other:?} is no time"),
    }
}

/// A mean or quantile of times, to the nearest microsecond.
fn between_times(one: &Aggregate, values: &[&Value]) -> Value {
    let Some(first) = values.first() else { return Value::Null };
    let mut all: Vec<i128> = values.iter().map(|value| i128::from(micros(value))).collect();
    all.sort_unstable();
    let found = if one.function == AggregateFunction::Mean {
        let count = all.len() as i128;
        (2 * all.iter().sum::<i128>() + count).div_euclid(2 * count)
    } else {
        let fraction = if one.function == AggregateFunction::Median { 0.5 } else { one.fraction };
        let place = fraction * (all.len() - 1) as f64;
        let (lower, upper) = (all[place.floor() as usize], all[place.ceil() as usize]);
        lower + ((upper - lower) as f64 * (place - place.floor())).round() as i128
    };
    let found = found as i64;
    match first {
        Value::Date(_) | Value::Timestamp(_) => Value::Timestamp(found),
        Value::TimestampZoned(_) => Value::TimestampZoned(found),
        _ => Value::Duration(found),
    }
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// The digits of an exact number, and how many of them stand after the point.
type Digits = (i128, u8);

fn digits(value: &Value) -> Option<Digits> {
    match value {
        Value::Integer(number) => Some((i128::from(*number), 0)),
        Value::Decimal(digits, scale) => Some((*digits, *scale)),
        _ => None,
    }
}

/// The exact sum of exact numbers, divided by how many there are. None where it has more than 38 digits.
fn exact_mean(values: &[&Value]) -> Option<f64> {
    let all: Vec<Digits> = values.iter().map(|value| digits(value)).collect::<Option<_>>()?;
    let (_, scale) = *all.first()?;
    let sum = all.iter().try_fold(0i128, |sum, (digits, _)| sum.checked_add(*digits)).filter(|sum| sum.abs() < MOST)?;
    Some(divided(sum, all.len() as i128, scale))
}

/// None where it must be computed with floats.
fn exact_weighted_mean(pairs: &[(Digits, Digits)]) -> Option<Option<f64>> {
    let Some(((_, scale), _)) = pairs.first() else { return Some(None) };
    let products: Vec<i128> =
        pairs.iter().map(|((value, _), (weight, _))| value.checked_mul(*weight)).collect::<Option<_>>()?;
    products.iter().try_fold(0i128, |sum, one| sum.checked_add(one.abs())).filter(|sum| *sum < MOST)?;
    let weights = pairs.iter().try_fold(0i128, |sum, (_, (weight, _))| sum.checked_add(*weight))?;
    Some((weights != 0).then(|| divided(products.iter().sum(), weights, *scale)))
}

/// A quotient by long division, far beyond what a float can hold, and read as one at last.
fn divided(number: i128, by: i128, scale: u8) -> f64 {
    let (mut rest, divisor) = (number.unsigned_abs() % by.unsigned_abs(), by.unsigned_abs());
    let mut text = format!("{}.", number.unsigned_abs() / divisor);
    for _ in 0..150 {
        // Where ten times the rest is too large, its last bits are beyond everything.
        let (tenfold, divisor) =
            if rest > u128::MAX / 10 { (rest / 16 * 10, divisor / 16) } else { (rest * 10, divisor) };
        text.push_str(&(tenfold / divisor).to_string());
        rest = tenfold % divisor;
    }
    let sign = if (number < 0) == (by < 0) || number == 0 { 1.0 } else { -1.0 };
    sign * format!("{text}e-{scale}").parse::<f64>().expect("a number")
}

/// Between the two values nearest to the place, as percentile_cont of SQL.
fn quantile(numbers: &[f64], fraction: f64) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(|a, b| Value::Float(*a).order(&Value::Float(*b)));
    let place = fraction * (sorted.len().checked_sub(1)?) as f64;
    let (lower, upper) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let between = lower + (upper - lower) * (place - place.floor());
    Some(if lower == upper || place.fract() == 0.0 { lower } else { between })
}

fn variance(numbers: &[f64], less: f64) -> Option<f64> {
    let count = numbers.len() as f64;
    (count > less).then(|| powers_of_distances(numbers, 2) / (count - less))
}

fn powers_of_distances(numbers: &[f64], power: i32) -> f64 {
    let middle = middle(numbers);
    numbers.iter().map(|number| (number - middle).powi(power)).sum()
}

/// The mean, from the first number on, so that numbers that are equal do not differ from it whatever their digits.
fn middle(numbers: &[f64]) -> f64 {
    let first = numbers.first().copied().unwrap_or_default();
    first + numbers.iter().map(|number| number - first).sum::<f64>() / numbers.len() as f64
}

fn varies(numbers: &[f64]) -> bool {
    numbers.iter().any(|number| number.is_nan() || *number != numbers[0])
}

fn skewness(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let moment = |power| powers_of_distances(numbers, power) / count;
    let biased = moment(3) / moment(2).powf(1.5);
    (numbers.len() > 2 && varies(numbers)).then(|| biased * (count * (count - 1.0)).sqrt() / (count - 2.0))
}

fn kurtosis(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let moment = |power| powers_of_distances(numbers, power) / count;
    let excess = moment(4) / moment(2).powi(2) - 3.0;
    (numbers.len() > 3 && varies(numbers))
        .then(|| (count - 1.0) / ((count - 2.0) * (count - 3.0)) * ((count + 1.0) * excess + 6.0))
}

fn products_of_distances(pairs: &[(f64, f64)]) -> f64 {
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (left, right) = (middle(&left), middle(&right));
    pairs.iter().map(|(a, b)| (a - left) * (b - right)).sum()
}

fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    if pairs.len() < 2 || !varies(&left) || !varies(&right) {
        return None;
    }
    let squares = (powers_of_distances(&left, 2) * powers_of_distances(&right, 2)).sqrt();
    let found = products_of_distances(pairs) / squares;
    Some(if found.is_nan() { found } else { found.clamp(-1.0, 1.0) })
}

/// The rank of each value, those that are equal sharing the middle of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let order = |a: f64, b: f64| Value::Float(a).order(&Value::Float(b));
    let rank = |number: &f64| {
        let below = numbers.iter().filter(|other| order(**other, *number).is_lt()).count();
        let equal = numbers.iter().filter(|other| order(**other, *number).is_eq()).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    numbers.iter().map(rank).collect()
}

fn numbers(values: &[&Value]) -> Vec<f64> {
    values.iter().map(|value| value.number().expect("a number")).collect()
}
