//! Arithmetic and mathematics: typed loops, since Polars wraps where a row must fail and rounds as floats do.

use std::slice::from_ref;

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::number::{self, Halves, multiple, without};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use polars::chunked_array::ops::arity::{
    apply_binary_kernel_broadcast, broadcast_binary_elementwise, unary_elementwise,
};
use polars::prelude::*;
use polars_arrow::array::BooleanArray;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::compute::utils::combine_validities_and;
use polars_compute::arity::{prim_binary_values, prim_unary_values};

use super::reason;
use super::rows::{Cell, Checked, Made, Row, by_row, field, height};
use crate::convert;

/// A function of numbers.
pub(super) fn call(function: Function, values: &[Expr], kinds: &[&Type], kind: &Type, fails: bool) -> Checked {
    match (kinds, values) {
        ([Type::Integer], [a]) => integer(function, a, kind, fails),
        ([Type::Integer, Type::Integer], [a, b]) => integers(function, a, b, kind, fails),
        ([Type::Float], [a]) => float(function, a, kind, fails),
        ([Type::Float, Type::Float], [a, b]) => floats(function, a, b, kind, fails),
        ([Type::Decimal(_, scale)], [a]) => decimal(function, a, *scale, kind),
        ([Type::Decimal(_, s), Type::Decimal(_, t)], [a, b]) => decimals(function, (a, *s), (b, *t), kind, fails),
        ([Type::Float, Type::Integer], _) => by_row(values, kind, fails, move |row| {
            Ok(number::round(row.float(0), row.integer(1), halves(function)).into())
        }),
        ([Type::Decimal(_, scale), Type::Integer], _) => {
            let (scale, kind) = (*scale, kind.clone());
            by_row(values, &kind.clone(), fails, move |row| round_decimal(function, row, scale, &kind))
        }
        _ => null(kind),
    }
}

/// For arguments that no formula has once it is compiled.
pub(super) fn null(kind: &Type) -> Checked {
    Checked { value: convert::literal(&Value::Null, kind), reason: None }
}

/// The greatest or the least of values that are not null. Of equals the last is the greatest and the first the least.
pub(super) fn extreme(values: &[Expr], kind: &Type, greatest: bool) -> Expr {
    let [first, rest @ ..] = values else { return lit(NULL) };
    first.clone().map_many(
        move |columns| {
            let mut all = columns.iter().map(|column| column.as_materialized_series());
            let mut best = all.next().cloned().unwrap_or_default();
            for other in all {
                let better = if greatest { other.gt_eq(&best)? } else { other.lt(&best)? };
                best = other.zip_with(&(better | best.is_null()), &best)?;
            }
            Ok(best.into_column())
        },
        rest,
        field(convert::dtype(kind)),
    )
}

fn integer(function: Function, a: &Expr, kind: &Type, fails: bool) -> Checked {
    let out_of_range = Failure::OutOfRange(Type::Integer);
    match function {
        Function::Negate => {
            one::<Int64Type>(a, kind, fails, move |a| a.checked_neg().ok_or_else(|| out_of_range.clone()))
        }
        Function::Abs => one::<Int64Type>(a, kind, fails, move |a| a.checked_abs().ok_or_else(|| out_of_range.clone())),
        Function::Sign => one::<Int64Type>(a, kind, fails, |a| Ok(a.signum())),
        Function::BitNot => one::<Int64Type>(a, kind, fails, |a| Ok(!a)),
        Function::Factorial => one::<Int64Type>(a, kind, fails, factorial),
        _ => Checked { value: a.clone(), reason: None },
    }
}

fn integers(function: Function, a: &Expr, b: &Expr, kind: &Type, fails: bool) -> Checked {
    let fitting = |number: Option<i64>| number.ok_or(Failure::OutOfRange(Type::Integer));
    let unless_zero =
        move |b: i64, result: Option<i64>| if b == 0 { Err(Failure::DivisionByZero) } else { fitting(result) };
    let wholes = move |digits: Option<i128>| fitting(digits.and_then(|digits| i64::try_from(digits).ok()));
    match function {
        Function::Add => wrapping(a, b, a.clone() + b.clone(), fails, |a, b| a.overflowing_add(b).1),
        Function::Subtract => wrapping(a, b, a.clone() - b.clone(), fails, |a, b| a.overflowing_sub(b).1),
        Function::Multiply => wrapping(a, b, a.clone() * b.clone(), fails, |a, b| a.overflowing_mul(b).1),
        Function::Div => two::<Int64Type>(a, b, kind, fails, move |a, b| unless_zero(b, a.checked_div(b))),
        // The least integer % -1 is 0, though the division beneath it would not fit.
        Function::Modulo => {
            two::<Int64Type>(a, b, kind, fails, move |a, b| unless_zero(b, Some(a.checked_rem(b).unwrap_or(0))))
        }
        Function::BitAnd => two::<Int64Type>(a, b, kind, fails, |a, b| Ok(a & b)),
        Function::BitOr => two::<Int64Type>(a, b, kind, fails, |a, b| Ok(a | b)),
        Function::BitXor => two::<Int64Type>(a, b, kind, fails, |a, b| Ok(a ^ b)),
        Function::ShiftLeft => two::<Int64Type>(a, b, kind, fails, |a, places| shifted(places, |places| a << places)),
        Function::ShiftRight => two::<Int64Type>(a, b, kind, fails, |a, places| shifted(places, |places| a >> places)),
        Function::Gcd => two::<Int64Type>(a, b, kind, fails, move |a, b| fitting(i64::try_from(gcd(a, b)).ok())),
        Function::Lcm => two::<Int64Type>(a, b, kind, fails, move |a, b| fitting(lcm(a, b))),
        Function::RoundTo => two::<Int64Type>(a, b, kind, fails, move |a, step| match step {
            0 => Err(Failure::DivisionByZero),
            step => wholes(multiple(i128::from(a), i128::from(step).abs())),
        }),
        _ => two::<Int64Type>(a, b, kind, fails, move |a, digits| {
            wholes(cut(i128::from(a), 0i64.saturating_sub(digits), halves(function)))
        }),
    }
}

fn factorial(number: i64) -> Result<i64, Failure> {
    if number < 0 {
        return Err(Failure::NegativeFactorial);
    }
    let product = (1..=number.min(99)).try_fold(1i64, |product, factor| product.checked_mul(factor));
    product.ok_or(Failure::OutOfRange(Type::Integer))
}

fn shifted(places: i64, shift: impl Fn(u32) -> i64) -> Result<i64, Failure> {
    match u32::try_from(places) {
        Ok(places @ 0..64) => Ok(shift(places)),
        _ => Err(Failure::NoShift),
    }
}

fn gcd(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn lcm(a: i64, b: i64) -> Option<i64> {
    let divisor = gcd(a, b).max(1);
    (a.unsigned_abs() / divisor).checked_mul(b.unsigned_abs()).and_then(|multiple| i64::try_from(multiple).ok())
}

/// Polars adds without a check; looking for the rows that wrapped costs about as little.
fn wrapping(
    a: &Expr,
    b: &Expr,
    value: Expr,
    fails: bool,
    wraps: impl Fn(i64, i64) -> bool + Send + Sync + 'static,
) -> Checked {
    let check = move |a, b| if wraps(a, b) { Err(Failure::OutOfRange(Type::Integer)) } else { Ok(()) };
    Checked { value, reason: fails.then(|| reasons::<Int64Type>(a, b, check)) }
}

fn float(function: Function, a: &Expr, kind: &Type, fails: bool) -> Checked {
    match function {
        Function::Negate => mapped(a, kind, |a| -a),
        Function::Abs => mapped(a, kind, f64::abs),
        Function::Ceil => mapped(a, kind, f64::ceil),
        Function::Floor => mapped(a, kind, f64::floor),
        Function::Round => mapped(a, kind, f64::round),
        Function::Trunc => mapped(a, kind, f64::trunc),
        Function::Sign => mapped(a, kind, |a| if a.is_nan() || a == 0.0 { a } else { a.signum() }),
        Function::Sqrt => unless(a, kind, fails, Failure::NegativeRoot, |a| a < 0.0, f64::sqrt),
        Function::Cbrt => mapped(a, kind, f64::cbrt),
        Function::Exp => mapped(a, kind, f64::exp),
        Function::Ln => unless(a, kind, fails, Failure::NoLogarithm, |a| a <= 0.0, f64::ln),
        Function::Log => unless(a, kind, fails, Failure::NoLogarithm, |a| a <= 0.0, f64::log10),
        Function::Degrees => mapped(a, kind, f64::to_degrees),
        Function::Radians => mapped(a, kind, f64::to_radians),
        Function::Sin => unless(a, kind, fails, Failure::NoAngle, f64::is_infinite, f64::sin),
        Function::Cos => unless(a, kind, fails, Failure::NoAngle, f64::is_infinite, f64::cos),
        Function::Tan => unless(a, kind, fails, Failure::NoAngle, f64::is_infinite, f64::tan),
        Function::Asin => unless(a, kind, fails, Failure::NoAngle, |a| a.abs() > 1.0, f64::asin),
        Function::Acos => unless(a, kind, fails, Failure::NoAngle, |a| a.abs() > 1.0, f64::acos),
        Function::Atan => mapped(a, kind, f64::atan),
        Function::Cot => unless(a, kind, fails, Failure::NoAngle, f64::is_infinite, |a| 1.0 / a.tan()),
        Function::Sinh => mapped(a, kind, f64::sinh),
        Function::Cosh => mapped(a, kind, f64::cosh),
        Function::Tanh => mapped(a, kind, f64::tanh),
        Function::Asinh => mapped(a, kind, f64::asinh),
        Function::Acosh => unless(a, kind, fails, Failure::NoAngle, |a| a < 1.0, f64::acosh),
        Function::Atanh => unless(a, kind, fails, Failure::NoAngle, |a| a.abs() > 1.0, f64::atanh),
        Function::RoundEven => mapped(a, kind, f64::round_ties_even),
        _ => Checked { value: a.clone(), reason: None },
    }
}

fn mapped(a: &Expr, kind: &Type, function: impl Fn(f64) -> f64 + Clone + Send + Sync + 'static) -> Checked {
    one::<Float64Type>(a, kind, false, move |a| Ok(function(a)))
}

fn unless(
    a: &Expr,
    kind: &Type,
    fails: bool,
    failure: Failure,
    wrong: impl Fn(f64) -> bool + Clone + Send + Sync + 'static,
    function: impl Fn(f64) -> f64 + Clone + Send + Sync + 'static,
) -> Checked {
    one::<Float64Type>(a, kind, fails, move |a| if wrong(a) { Err(failure.clone()) } else { Ok(function(a)) })
}

fn floats(function: Function, a: &Expr, b: &Expr, kind: &Type, fails: bool) -> Checked {
    let plain = |value: Expr| Checked { value, reason: None };
    let has_constant = [a, b].into_iter().any(|value| matches!(value, Expr::Literal(_)));
    match function {
        // For Polars, adding the constant 0 changes nothing; but -0 + 0 is 0.
        Function::Add if has_constant => two::<Float64Type>(a, b, kind, false, |a, b| Ok(a + b)),
        Function::Subtract if has_constant => two::<Float64Type>(a, b, kind, false, |a, b| Ok(a - b)),
        Function::Add => plain(a.clone() + b.clone()),
        Function::Subtract => plain(a.clone() - b.clone()),
        Function::Multiply => plain(a.clone() * b.clone()),
        // Polars divides by a constant as it multiplies with its inverse, which is not the same in the last digit.
        Function::Divide => two::<Float64Type>(a, b, kind, fails, |a, b| unless_zero(b, a / b)),
        Function::Modulo => two::<Float64Type>(a, b, kind, fails, |a, b| unless_zero(b, a % b)),
        Function::RoundTo => {
            two::<Float64Type>(a, b, kind, fails, |a, step| unless_zero(step, number::round_to(a, step)))
        }
        Function::Power => two::<Float64Type>(a, b, kind, fails, power),
        Function::Log => two::<Float64Type>(a, b, kind, fails, |base, a| match base {
            _ if base <= 0.0 || a <= 0.0 => Err(Failure::NoLogarithm),
            1.0 => Err(Failure::DivisionByZero),
            base => Ok(a.ln() / base.ln()),
        }),
        _ => two::<Float64Type>(a, b, kind, fails, |a, b| Ok(a.atan2(b))),
    }
}

fn unless_zero(divisor: f64, result: f64) -> Result<f64, Failure> {
    if divisor == 0.0 { Err(Failure::DivisionByZero) } else { Ok(result) }
}

fn power(a: f64, b: f64) -> Result<f64, Failure> {
    let has_no_sign = a < 0.0 && b.is_finite() && b.fract() != 0.0;
    if has_no_sign || a == 0.0 && b < 0.0 { Err(Failure::NoPower) } else { Ok(a.powf(b)) }
}

fn decimal(function: Function, a: &Expr, scale: u8, kind: &Type) -> Checked {
    let unit = 10i128.pow(u32::from(scale));
    let places = i64::from(scale);
    let map = |function: fn(i128) -> i128| one::<Int128Type>(a, kind, false, move |a| Ok(function(a)));
    let whole = |function: fn(i128, i128) -> i128| one::<Int128Type>(a, kind, false, move |a| Ok(function(a, unit)));
    match function {
        Function::Negate => map(|a| -a),
        Function::Abs => map(i128::abs),
        Function::Ceil => whole(|a, unit| -(-a).div_euclid(unit)),
        Function::Floor => whole(i128::div_euclid),
        Function::Round | Function::RoundEven => {
            one::<Int128Type>(a, kind, false, move |a| Ok(without(a, places, halves(function))))
        }
        Function::Trunc => whole(|a, unit| a / unit),
        _ => by_row(from_ref(a), kind, false, |row| Ok(i64::try_from(row.digits(0).signum()).unwrap_or(0).into())),
    }
}

fn decimals(function: Function, (a, s): (&Expr, u8), (b, t): (&Expr, u8), kind: &Type, fails: bool) -> Checked {
    let Type::Decimal(_, scale) = *kind else { return Checked { value: a.clone(), reason: None } };
    let failure = Failure::OutOfRange(kind.clone());
    let fitting = move |digits: Option<i128>| digits.filter(|digits| fits(*digits, 38)).ok_or_else(|| failure.clone());
    if function == Function::Multiply {
        let dropped = i64::from(s + t) - i64::from(scale);
        if !fails && dropped == 0 {
            return without_check(a, b, kind, i128::wrapping_mul);
        }
        return two::<Int128Type>(a, b, kind, fails, move |a, b| {
            fitting(a.checked_mul(b)).map(|exact| divide(exact, dropped))
        });
    }
    let (up_a, up_b) = (10i128.pow(u32::from(scale - s)), 10i128.pow(u32::from(scale - t)));
    let up = move |a: i128, b: i128| (a.wrapping_mul(up_a), b.wrapping_mul(up_b));
    match function {
        Function::Add if !fails => {
            return without_check(a, b, kind, move |a, b| {
                let (a, b) = up(a, b);
                a.wrapping_add(b)
            });
        }
        Function::Subtract if !fails => {
            return without_check(a, b, kind, move |a, b| {
                let (a, b) = up(a, b);
                a.wrapping_sub(b)
            });
        }
        _ => {}
    }
    two::<Int128Type>(a, b, kind, fails, move |a, b| {
        if matches!(function, Function::Modulo | Function::RoundTo) && b == 0 {
            return Err(Failure::DivisionByZero);
        }
        let both = a.checked_mul(up_a).zip(b.checked_mul(up_b));
        fitting(both.and_then(|(a, b)| match function {
            Function::Add => a.checked_add(b),
            Function::Subtract => a.checked_sub(b),
            Function::RoundTo => multiple(a, b.abs()),
            _ => a.checked_rem(b),
        }))
    })
}

/// Integers and decimals as decimals that have room for all of them: with so many more digits after the point.
pub(super) fn widened(value: &Expr, places: u8, to: &Type) -> Expr {
    let (unit, to) = (10i128.pow(u32::from(places)), to.clone());
    let dtype = convert::dtype(&to);
    let widen = move |column: Column| {
        let series = column.as_materialized_series();
        let digits = match series.dtype() {
            DataType::Decimal(..) if places == 0 => series.decimal()?.physical().clone(),
            DataType::Decimal(..) => series
                .decimal()?
                .physical()
                .apply_nonnull_values_generic(DataType::Int128, |digits| digits.wrapping_mul(unit)),
            _ => {
                let widen = |integer| i128::from(integer).wrapping_mul(unit);
                series.cast(&DataType::Int64)?.i64()?.apply_nonnull_values_generic(DataType::Int128, widen)
            }
        };
        Ok(Int128Type::write(digits, &to).into_column())
    };
    value.clone().map(widen, move |_, field| Ok(Field::new(field.name().clone(), dtype.clone())))
}

/// Decimals as the floats that are nearest to them.
pub(super) fn as_floats(value: &Expr, scale: u8) -> Expr {
    let nearest = move |column: Column| {
        let digits = column.decimal()?.physical();
        let floats: Float64Chunked =
            digits.apply_nonnull_values_generic(DataType::Float64, |digits| number::to_float(digits, scale));
        Ok(floats.into_column())
    };
    value.clone().map(nearest, |_, field| Ok(Field::new(field.name().clone(), DataType::Float64)))
}

/// Two decimals of the same type, compared by their digits. Polars looks at each by itself, which takes many times as long.
pub(super) fn compared(function: Function, a: &Expr, b: &Expr) -> Expr {
    match function {
        Function::Eq => by_digits(a, b, |a, b| a == b),
        Function::Ne => by_digits(a, b, |a, b| a != b),
        Function::Lt => by_digits(a, b, |a, b| a < b),
        Function::Le => by_digits(a, b, |a, b| a <= b),
        Function::Gt => by_digits(a, b, |a, b| a > b),
        _ => by_digits(a, b, |a, b| a >= b),
    }
}

fn by_digits(a: &Expr, b: &Expr, is: impl Fn(i128, i128) -> bool + Copy + Send + Sync + 'static) -> Expr {
    let truths = |bits: Bitmap, validity: Option<Bitmap>| BooleanArray::new(ArrowDataType::Boolean, bits, validity);
    a.clone().map_many(
        move |columns| {
            let [a, b] = columns else { return Ok(Column::default()) };
            let (a, b) = (Int128Type::read(a.as_materialized_series())?, Int128Type::read(b.as_materialized_series())?);
            let made: BooleanChunked = apply_binary_kernel_broadcast(
                a,
                b,
                |a, b| {
                    let bits = a.values().iter().zip(b.values().iter()).map(|(a, b)| is(*a, *b));
                    truths(bits.collect(), combine_validities_and(a.validity(), b.validity()))
                },
                |a, b| truths(b.values().iter().map(|b| is(a, *b)).collect(), b.validity().cloned()),
                |a, b| truths(a.values().iter().map(|a| is(*a, b)).collect(), a.validity().cloned()),
            );
            Ok(made.into_column())
        },
        from_ref(b),
        field(DataType::Boolean),
    )
}

/// Decimals whose types leave room for every result: whole arrays at once, since there is nothing to look at row by row.
fn without_check(
    a: &Expr,
    b: &Expr,
    kind: &Type,
    function: impl Fn(i128, i128) -> i128 + Copy + Send + Sync + 'static,
) -> Checked {
    let to = kind.clone();
    let value = a.clone().map_many(
        move |columns| {
            let [a, b] = columns else { return Ok(Column::default()) };
            let (a, b) = (Int128Type::read(a.as_materialized_series())?, Int128Type::read(b.as_materialized_series())?);
            let made = apply_binary_kernel_broadcast(
                a,
                b,
                |a, b| prim_binary_values(a.clone(), b.clone(), function),
                |a, b| prim_unary_values(b.clone(), |b| function(a, b)),
                |a, b| prim_unary_values(a.clone(), |a| function(a, b)),
            );
            Ok(Int128Type::write(made, &to).into_column())
        },
        from_ref(b),
        field(convert::dtype(kind)),
    );
    Checked { value, reason: None }
}

fn round_decimal<'a>(function: Function, row: &Row<'a>, scale: u8, kind: &Type) -> Made<'a> {
    let Type::Decimal(_, to) = *kind else { return Ok(Cell::Null) };
    let dropped = i64::from(scale).saturating_sub(row.integer(1));
    let rounded = cut(row.digits(0), dropped, halves(function));
    match rounded.map(|digits| digits / 10i128.pow(u32::from(scale - to))) {
        Some(digits) if fits(digits, 38) => Ok(digits.into()),
        _ => Err(Failure::OutOfRange(kind.clone())),
    }
}

/// Whether digits are no more than so many.
pub(super) fn fits(digits: i128, precision: u8) -> bool {
    digits.unsigned_abs() < 10u128.pow(u32::from(precision))
}

/// What a function that rounds does with what lies in the middle.
fn halves(function: Function) -> Halves {
    match function {
        Function::Round => Halves::AwayFromZero,
        Function::RoundEven => Halves::ToEven,
        _ => Halves::CutOff,
    }
}

/// A number with its last `places` digits made zero.
fn cut(number: i128, places: i64, halves: Halves) -> Option<i128> {
    if places <= 0 {
        return Some(number);
    }
    let unit = 10i128.checked_pow(u32::try_from(places.min(99)).ok()?);
    unit.map_or(Some(0), |unit| without(number, places, halves).checked_mul(unit))
}

/// A number without its last `places` digits; halves are rounded away from zero.
pub(super) fn divide(number: i128, places: i64) -> i128 {
    without(number, places, Halves::AwayFromZero)
}

/// The number of the bucket, of so many of equal width between two bounds.
pub(super) fn width_bucket<'a>(row: &Row<'a>) -> Made<'a> {
    let (value, low, high, count) = (row.float(0), row.float(1), row.float(2), row.integer(3));
    if value.is_nan() || !low.is_finite() || !high.is_finite() || low == high || count <= 0 {
        return Err(Failure::NoBuckets);
    }
    let (value, low, high) = if low < high { (value, low, high) } else { (-value, -low, -high) };
    if value < low {
        return Ok(Cell::Integer(0));
    }
    if value >= high {
        return count.checked_add(1).map(Cell::from).ok_or(Failure::OutOfRange(Type::Integer));
    }
    Ok((number::part(value, (low, high), count).clamp(0, count - 1) + 1).into())
}

/// In kilometres, on a sphere.
const RADIUS_OF_THE_EARTH: f64 = 6371.0088;

pub(super) fn haversine<'a>(row: &Row<'a>) -> Made<'a> {
    let [latitude, longitude, to_latitude, to_longitude] = [0, 1, 2, 3].map(|at| row.float(at).to_radians());
    let half_chord = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let parallels = latitude.cos() * to_latitude.cos();
    let square = half_chord(latitude, to_latitude) + parallels * half_chord(longitude, to_longitude);
    Ok((2.0 * RADIUS_OF_THE_EARTH * square.sqrt().clamp(0.0, 1.0).asin()).into())
}

/// Numbers as Polars keeps them.
pub(super) trait Stored: PolarsNumericType {
    fn read(series: &Series) -> PolarsResult<&ChunkedArray<Self>>;
    fn write(values: ChunkedArray<Self>, kind: &Type) -> Series;
}

impl Stored for Int64Type {
    fn read(series: &Series) -> PolarsResult<&Int64Chunked> {
        series.i64()
    }

    fn write(values: Int64Chunked, _kind: &Type) -> Series {
        values.into_series()
    }
}

impl Stored for Float64Type {
    fn read(series: &Series) -> PolarsResult<&Float64Chunked> {
        series.f64()
    }

    fn write(values: Float64Chunked, _kind: &Type) -> Series {
        values.into_series()
    }
}

impl Stored for Int128Type {
    fn read(series: &Series) -> PolarsResult<&Int128Chunked> {
        Ok(series.decimal()?.physical())
    }

    fn write(values: Int128Chunked, kind: &Type) -> Series {
        let (precision, scale) =
            if let Type::Decimal(precision, scale) = kind { (*precision, *scale) } else { (38, 0) };
        values.into_decimal_unchecked(usize::from(precision), usize::from(scale)).into_series()
    }
}

/// A function of one number, of the same kind as its result.
fn one<T: Stored>(
    a: &Expr,
    kind: &Type,
    fails: bool,
    function: impl Fn(T::Native) -> Result<T::Native, Failure> + Clone + Send + Sync + 'static,
) -> Checked {
    let (failure, to) = (function.clone(), kind.clone());
    Checked {
        value: a.clone().map_many(
            move |columns| {
                let column = columns.first().cloned().unwrap_or_default();
                let values = T::read(column.as_materialized_series())?;
                let made: ChunkedArray<T> = unary_elementwise(values, |value| function(value?).ok());
                Ok(T::write(made, &to).into_column())
            },
            &[],
            field(convert::dtype(kind)),
        ),
        reason: fails.then(|| {
            reason::of(from_ref(a), move |columns| {
                let column = columns.first().cloned().unwrap_or_default();
                let values = T::read(column.as_materialized_series())?;
                Ok(reason::gather(values.iter().map(|value| failure(value?).err()), values.len()))
            })
        }),
    }
}

/// A function of two numbers, of the same kind as its result.
fn two<T: Stored>(
    a: &Expr,
    b: &Expr,
    kind: &Type,
    fails: bool,
    function: impl Fn(T::Native, T::Native) -> Result<T::Native, Failure> + Clone + Send + Sync + 'static,
) -> Checked {
    let (failure, to) = (function.clone(), kind.clone());
    Checked {
        value: a.clone().map_many(
            move |columns| {
                let [a, b] = columns else { return Ok(Column::default()) };
                let (a, b) = (T::read(a.as_materialized_series())?, T::read(b.as_materialized_series())?);
                let made: ChunkedArray<T> =
                    broadcast_binary_elementwise(a, b, |a: Option<T::Native>, b: Option<T::Native>| {
                        function(a?, b?).ok()
                    });
                Ok(T::write(made, &to).into_column())
            },
            from_ref(b),
            field(convert::dtype(kind)),
        ),
        reason: fails.then(|| reasons::<T>(a, b, move |a, b| failure(a, b).map(|_| ()))),
    }
}

/// Why rows of two numbers fail.
fn reasons<T: Stored>(
    a: &Expr,
    b: &Expr,
    check: impl Fn(T::Native, T::Native) -> Result<(), Failure> + Send + Sync + 'static,
) -> Expr {
    reason::of(&[a.clone(), b.clone()], move |columns| {
        let height = height(columns);
        let [a, b] = columns else { return Ok(Column::default()) };
        let (a, b) = (T::read(a.as_materialized_series())?, T::read(b.as_materialized_series())?);
        if all_pass(a, b, &check) {
            return Ok(reason::nothing(height));
        }
        let constant = |values: &ChunkedArray<T>| if values.len() == 1 { values.get(0) } else { None };
        let failure = |a: Option<T::Native>, b: Option<T::Native>| check(a?, b?).err();
        Ok(match (constant(a), constant(b)) {
            (Some(a), _) => reason::gather(b.iter().map(|b| failure(Some(a), b)), height),
            (_, Some(b)) => reason::gather(a.iter().map(|a| failure(a, Some(b))), height),
            _ => reason::gather(a.iter().zip(b.iter()).map(|(a, b)| failure(a, b)), height),
        })
    })
}

/// Whether no row fails, where that is quickly seen: in plain memory without nulls.
fn all_pass<T: Stored>(
    a: &ChunkedArray<T>,
    b: &ChunkedArray<T>,
    check: &impl Fn(T::Native, T::Native) -> Result<(), Failure>,
) -> bool {
    match (a.cont_slice(), b.cont_slice()) {
        (Ok([a]), Ok(b)) => b.iter().all(|b| check(*a, *b).is_ok()),
        (Ok(a), Ok([b])) => a.iter().all(|a| check(*a, *b).is_ok()),
        (Ok(a), Ok(b)) => a.iter().zip(b).all(|(a, b)| check(*a, *b).is_ok()),
        _ => false,
    }
}
