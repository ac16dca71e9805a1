//! Means and what lies between values, of numbers that are exact: computed with their digits, and divided once.
//!
//! As floats, ten times 0.1 is not quite 1. A sum of digits is exact, and so the mean is the float that is nearest to it.

use pipewright_engine::number;
use pipewright_engine::types::Type;
use polars::prelude::*;

/// How many digits stand after the point, of types whose values are exact.
pub(super) fn scale_of(kind: &Type) -> Option<u8> {
    match kind {
        Type::Integer => Some(0),
        Type::Decimal(_, scale) => Some(*scale),
        _ => None,
    }
}

/// Sums have no more digits than that.
const MOST: f64 = 1e38 * (1.0 - 1e-12);

/// Values of so many digits can't be too many for an exact sum.
const ALWAYS_FIT: u8 = 24;

/// The mean of exact values, given as floats too for sums that have more digits than there are.
pub(super) fn mean(values: &Expr, floats: &Expr, kind: &Type) -> Expr {
    let scale = scale_of(kind).unwrap_or_default();
    let sum = values.clone().cast(DataType::Decimal(38, usize::from(scale))).sum();
    let count = values.clone().count();
    match kind {
        Type::Decimal(precision, _) if *precision > ALWAYS_FIT => {
            let divide = move |columns: &[Column], at: usize| {
                let count = place(&columns[1], at)?;
                let float = columns[2].f64().ok()?.get(at)?;
                let unit = 10f64.powi(i32::from(scale));
                if float.abs() * unit >= MOST { Some(float / count as f64) } else { quotient(columns, at, scale) }
            };
            made(sum, vec![count, floats.clone().sum()], divide)
        }
        _ => made(sum, vec![count], move |columns, at| quotient(columns, at, scale)),
    }
}

/// A mean of which each exact value counts as much as its exact weight says. Both are null in the same rows.
pub(super) fn weighted_mean(values: &Expr, weights: &Expr, floats: (&Expr, &Expr), (of, by): (u8, u8)) -> Expr {
    let digits = |column: &Column| -> PolarsResult<Int128Chunked> {
        Ok(column.cast(&DataType::Decimal(38, column_scale(column)))?.decimal()?.physical().clone())
    };
    let products = move |columns: &mut [Column]| {
        let [values, weights] = columns else { polars_bail!(ComputeError: "values and weights are two columns") };
        let (values, weights) = (digits(values)?, digits(weights)?);
        // What does not fit is seen by the floats.
        let product = |(value, weight): (Option<i128>, Option<i128>)| Some(value?.checked_mul(weight?).unwrap_or(0));
        let products =
            Int128Chunked::from_iter_options(PlSmallStr::EMPTY, values.iter().zip(weights.iter()).map(product));
        Ok(products.into_decimal_unchecked(38, 0).into_column())
    };
    let wide = DataType::Decimal(38, 0);
    let products = values.clone().map_many(products, std::slice::from_ref(weights), move |_, fields| {
        Ok(Field::new(fields[0].name().clone(), wide.clone()))
    });
    let weight = weights.clone().cast(DataType::Decimal(38, usize::from(by))).sum();
    let float_products = floats.0.clone() * floats.1.clone();
    let further = vec![weight, float_products.clone().abs().sum(), float_products.sum(), floats.1.clone().sum()];
    let divide = move |columns: &[Column], at: usize| {
        let float = |column: usize| columns[column].f64().ok()?.get(at);
        let unit = 10f64.powi(i32::from(of) + i32::from(by));
        if float(2)? * unit >= MOST {
            return Some(float(3)? / float(4)?).filter(|_| float(4) != Some(0.0));
        }
        quotient(columns, at, of)
    };
    made(products.sum(), further, divide)
}

fn column_scale(column: &Column) -> usize {
    if let DataType::Decimal(_, scale) = column.dtype() { *scale } else { 0 }
}

/// The digits of decimals as floats: what is made of them is to be [`scaled`].
pub(super) fn digits_as_floats(values: Expr) -> Expr {
    let floats = |column: Column| {
        let digits = column.decimal()?.physical();
        let floats = digits.iter().map(|digits| digits.map(|digits| digits as f64));
        Ok(Float64Chunked::from_iter_options(column.name().clone(), floats).into_column())
    };
    values.map(floats, |_, field| Ok(Field::new(field.name().clone(), DataType::Float64)))
}

/// Floats with the point moved so many digits to the left. Polars would multiply by a fraction that no float holds.
pub(super) fn scaled(floats: Expr, scale: u8) -> Expr {
    let unit = 10f64.powi(i32::from(scale));
    let move_point = move |column: Column| {
        let floats = column.f64()?.iter().map(|float| float.map(|float| float / unit));
        Ok(Float64Chunked::from_iter_options(column.name().clone(), floats).into_column())
    };
    floats.map(move_point, |_, field| Ok(field.clone()))
}

/// A quotient of whole numbers that are counts of rows. Polars multiplies by the inverse of what is the same for all rows.
pub(super) fn share(number: Expr, of: Expr) -> Expr {
    made(number, vec![of], |columns, at| {
        let (number, of) = (place(&columns[0], at)?, place(&columns[1], at)?);
        Some(number as f64 / of as f64)
    })
}

/// Floats that are made of the values in each row of some columns, of which some may have but one.
fn made(
    first: Expr,
    further: Vec<Expr>,
    make: impl Fn(&[Column], usize) -> Option<f64> + Send + Sync + 'static,
) -> Expr {
    let all = move |columns: &mut [Column]| {
        let height = columns.iter().map(Column::len).find(|height| *height != 1).unwrap_or(1);
        let columns: Vec<Column> = columns
            .iter()
            .map(|column| if column.len() == height { column.clone() } else { column.new_from_index(0, height) })
            .map(|column| column.as_materialized_series().rechunk().into_column())
            .collect();
        let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
        let floats = (0..height).map(|at| make(&columns, at));
        Ok(Float64Chunked::from_iter_options(name, floats).into_column())
    };
    first.map_many(all, &further, |_, fields| Ok(Field::new(fields[0].name().clone(), DataType::Float64)))
}

/// The whole number, or the digits, in a row.
fn place(column: &Column, at: usize) -> Option<i128> {
    match column.dtype() {
        DataType::Decimal(..) => column.decimal().ok()?.physical().get(at),
        DataType::Int64 => column.i64().ok()?.get(at).map(i128::from),
        DataType::UInt32 => column.u32().ok()?.get(at).map(i128::from),
        _ => column.u64().ok()?.get(at).map(i128::from),
    }
}

/// The first column by the second, unless that is zero.
fn quotient(columns: &[Column], at: usize, scale: u8) -> Option<f64> {
    let (sum, by) = (place(&columns[0], at)?, place(&columns[1], at)?);
    (by != 0).then(|| number::quotient(sum, by, scale))
}
