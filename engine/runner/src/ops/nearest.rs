//! The nearest row of the right side for each of the left.

use pipewright_engine::nodes::Direction;
use pipewright_engine::plan::Nearest;
use pipewright_engine::value::Value;
use polars::prelude::*;

use super::{Group, Pair};

pub(super) fn pairs(rule: &Nearest, values: &[Column], groups: &[Group]) -> PolarsResult<Vec<Pair>> {
    let [on] = values else { return Ok(Vec::new()) };
    match on.dtype() {
        DataType::Null => Ok(Vec::new()),
        DataType::Float64 => {
            // NaN is near nothing.
            let values: Vec<Option<f64>> =
                on.f64()?.iter().map(|value| value.filter(|value| !value.is_nan())).collect();
            let most = rule.tolerance.as_ref().and_then(Value::number);
            Ok(near(rule, &values, groups, |a, b| if a == b { 0.0 } else { (a - b).abs() }, most))
        }
        DataType::Decimal(_, scale) => {
            let scale = *scale;
            let values: Vec<Option<i128>> = on.decimal()?.physical().iter().collect();
            let most = match &rule.tolerance {
                Some(Value::Decimal(digits, from)) => {
                    digits.checked_mul(10i128.pow((scale as u32).saturating_sub(u32::from(*from))))
                }
                Some(Value::Integer(number)) => i128::from(*number).checked_mul(10i128.pow(scale as u32)),
                _ => None,
            };
            Ok(near(rule, &values, groups, i128::abs_diff, most.map(i128::unsigned_abs)))
        }
        dtype => {
            // Times of day have nanoseconds here.
            let micro = if *dtype == DataType::Time { 1000 } else { 1 };
            let on = on.to_physical_repr().cast(&DataType::Int64)?;
            let values: Vec<Option<i64>> = on.i64()?.iter().collect();
            let most = match &rule.tolerance {
                Some(Value::Integer(number)) => Some(number.unsigned_abs()),
                Some(Value::Duration(micros)) => Some(micros.unsigned_abs().saturating_mul(micro)),
                _ => None,
            };
            Ok(near(rule, &values, groups, i64::abs_diff, most))
        }
    }
}

fn near<T: Copy + PartialOrd, D: PartialOrd>(
    rule: &Nearest,
    values: &[Option<T>],
    groups: &[Group],
    apart: impl Fn(T, T) -> D,
    most: Option<D>,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for group in groups {
        let mut right: Vec<(T, usize)> = group.right.iter().filter_map(|row| Some((values[*row]?, *row))).collect();
        right.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
        for (row, value) in group.left.iter().filter_map(|row| Some((*row, values[*row]?))) {
            // Of equals the last before and the first after: the ones that are next to it.
            let end = right.partition_point(|(other, _)| if rule.exact { *other <= value } else { *other < value });
            let start = right.partition_point(|(other, _)| if rule.exact { *other < value } else { *other <= value });
            let before = end.checked_sub(1).map(|at| right[at]);
            let after = right.get(start).copied();
            let found = match rule.direction {
                Direction::Before => before,
                Direction::After => after,
                Direction::Nearest => match (before, after) {
                    (Some(a), Some(b)) if apart(b.0, value) < apart(a.0, value) => Some(b),
                    (Some(a), _) => Some(a),
                    (None, after) => after,
                },
            };
            let within = |other: T| most.as_ref().is_none_or(|most| apart(other, value) <= *most);
            pairs.extend(found.filter(|(other, _)| within(*other)).map(|(_, other)| (row, other, 1.0)));
        }
    }
    pairs
}
