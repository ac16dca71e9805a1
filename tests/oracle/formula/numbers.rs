//! Arithmetic and mathematics.

use std::cmp::Ordering;

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::types::Type;
use pipewright_engine::value::{Value, parse_decimal};

use super::dates::timestamp;
use super::{Computed, codes};

pub fn integer(function: Function, a: i64) -> Computed {
    let result = match function {
        Function::Negate => a.checked_neg(),
        Function::Abs => a.checked_abs(),
        Function::Sign => Some(a.signum()),
        Function::Chr => {
            let character = u32::try_from(a).ok().filter(|code| *code > 0).and_then(char::from_u32);
            return character.map(Value::text).ok_or(Failure::NoSuchCharacter);
        }
        Function::Ceil | Function::Floor | Function::Round | Function::Trunc => Some(a),
        Function::ToHex => return Ok(Value::Text(format!("{a:x}"))),
        Function::BitNot => Some(!a),
        Function::Factorial if a < 0 => return Err(Failure::NegativeFactorial),
        Function::Factorial => (1..=a.min(99)).try_fold(1i64, |product, factor| product.checked_mul(factor)),
        Function::IsLeapYear => return Ok(Value::Boolean(a % 4 == 0 && (a % 100 != 0 || a % 400 == 0))),
        other => panic!("{other:?} of an integer"),
    };
    result.map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer))
}

pub fn integers(function: Function, a: i64, b: i64) -> Computed {
    if b == 0 && matches!(function, Function::Div | Function::Modulo) {
        return Err(Failure::DivisionByZero);
    }
    if b == 0 && function == Function::RoundTo {
        return Err(Failure::DivisionByZero);
    }
    if function == Function::ToBase {
        return codes::to_base(a, b).map(Value::Text);
    }
    let result = match function {
        Function::BitAnd => Some(a & b),
        Function::BitOr => Some(a | b),
        Function::BitXor => Some(a ^ b),
        Function::ShiftLeft | Function::ShiftRight if !(0..64).contains(&b) => return Err(Failure::NoShift),
        Function::ShiftLeft => Some((i128::from(a) << b) as i64),
        Function::ShiftRight => Some(i128::from(a).div_euclid(1 << b) as i64),
        Function::Gcd => i64::try_from(gcd(a, b)).ok(),
        Function::Lcm if a == 0 || b == 0 => Some(0),
        Function::Lcm => i64::try_from(u128::from(a.unsigned_abs() / gcd(a, b)) * u128::from(b.unsigned_abs())).ok(),
        Function::RoundTo => {
            let unit = i128::from(b).abs();
            i64::try_from(divide_half_away(i128::from(a), unit) * unit).ok()
        }
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Div => a.checked_div(b),
        // -9223372036854775808 % -1 is 0, though the division beneath it would not fit.
        Function::Modulo => Some(a.wrapping_rem(b)),
        Function::Round | Function::Trunc if b >= 0 => Some(a),
        Function::Round | Function::Trunc if b < -19 => Some(0),
        Function::Round => {
            let unit = 10i128.pow(b.unsigned_abs() as u32);
            i64::try_from(divide_half_away(i128::from(a), unit) * unit).ok()
        }
        Function::Trunc => {
            let unit = 10i128.pow(b.unsigned_abs() as u32);
            i64::try_from(i128::from(a) / unit * unit).ok()
        }
        other => panic!("{other:?} of integers"),
    };
    result.map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer))
}

/// Euclid's algorithm.
fn gcd(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn divide_half_even(a: i128, unit: i128) -> i128 {
    let (below, rest) = (a.div_euclid(unit), a.rem_euclid(unit));
    let up = match rest.cmp(&(unit - rest)) {
        Ordering::Less => false,
        Ordering::Equal => below % 2 != 0,
        Ordering::Greater => true,
    };
    below + i128::from(up)
}

pub fn divide_half_away(a: i128, unit: i128) -> i128 {
    let (quotient, rest) = (a / unit, a % unit);
    quotient + if rest.abs() >= unit - rest.abs() { a.signum() } else { 0 }
}

pub fn decimal(function: Function, a: i128, scale: u8, result_scale: u8) -> Value {
    let unit = 10i128.pow(u32::from(scale));
    let whole = match function {
        Function::Negate => return Value::Decimal(-a, scale),
        Function::Abs => return Value::Decimal(a.abs(), scale),
        Function::Sign => return Value::Integer(a.signum() as i64),
        Function::Ceil => -(-a).div_euclid(unit),
        Function::Floor => a.div_euclid(unit),
        Function::Round => divide_half_away(a, unit),
        Function::RoundEven => divide_half_even(a, unit),
        Function::Trunc => a / unit,
        other => panic!("{other:?} of a decimal"),
    };
    Value::Decimal(whole, result_scale)
}

pub fn round_decimal(function: Function, a: i128, scale: u8, digits: i64, kind: &Type) -> Computed {
    let Type::Decimal(_, to) = kind else { panic!("{function:?} gives {kind}") };
    let dropped = i64::from(scale).saturating_sub(digits);
    let rounded = match dropped {
        ..=0 => Some(a),
        39.. => Some(0),
        _ => {
            let unit = 10i128.pow(dropped as u32);
            let units = match function {
                Function::Round => divide_half_away(a, unit),
                Function::RoundEven => divide_half_even(a, unit),
                _ => a / unit,
            };
            units.checked_mul(unit)
        }
    };
    let shown = rounded.map(|digits| digits / 10i128.pow(u32::from(scale - to)));
    fitting(shown, *to)
}

fn fitting(digits: Option<i128>, scale: u8) -> Computed {
    let out_of_range = Failure::OutOfRange(Type::Decimal(38, scale));
    match digits {
        Some(digits) if digits.unsigned_abs() < 10u128.pow(38) => Ok(Value::Decimal(digits, scale)),
        _ => Err(out_of_range),
    }
}

pub fn decimals(function: Function, (a, s): (i128, u8), (b, t): (i128, u8), kind: &Type) -> Computed {
    let Type::Decimal(_, scale) = *kind else { panic!("{function:?} gives {kind}") };
    if function == Function::Multiply {
        let Value::Decimal(exact, _) = fitting(a.checked_mul(b), scale)? else { panic!("a decimal") };
        return fitting(Some(divide_half_away(exact, 10i128.pow(u32::from(s + t - scale)))), scale);
    }
    if matches!(function, Function::Modulo | Function::RoundTo) && b == 0 {
        return Err(Failure::DivisionByZero);
    }
    let same = |digits: i128, from: u8| digits.checked_mul(10i128.checked_pow(u32::from(scale - from))?);
    let (Some(a), Some(b)) = (same(a, s), same(b, t)) else { return Err(Failure::OutOfRange(kind.clone())) };
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Modulo => Some(a % b),
        Function::RoundTo => divide_half_away(a, b.abs()).checked_mul(b.abs()),
        other => panic!("{other:?} of decimals"),
    };
    fitting(result, scale)
}

pub fn float(function: Function, a: f64) -> Computed {
    let unless = |wrong: bool, failure: Failure| if wrong { Err(failure) } else { Ok(()) };
    Ok(Value::Float(match function {
        Function::Negate => -a,
        Function::Abs => a.abs(),
        Function::Ceil => a.ceil(),
        Function::Floor => a.floor(),
        Function::Round => a.round(),
        Function::Trunc => a.trunc(),
        Function::Sign if a.is_nan() || a == 0.0 => a,
        Function::Sign => a.signum(),
        Function::Sqrt => {
            unless(a < 0.0, Failure::NegativeRoot)?;
            a.sqrt()
        }
        Function::Cbrt => a.cbrt(),
        Function::Exp => a.exp(),
        Function::Ln => {
            unless(a <= 0.0, Failure::NoLogarithm)?;
            a.ln()
        }
        Function::Log => {
            unless(a <= 0.0, Failure::NoLogarithm)?;
            a.log10()
        }
        Function::Degrees => a.to_degrees(),
        Function::Radians => a.to_radians(),
        Function::Sin | Function::Cos | Function::Tan => {
            unless(a.is_infinite(), Failure::NoAngle)?;
            match function {
                Function::Sin => a.sin(),
                Function::Cos => a.cos(),
                _ => a.tan(),
            }
        }
        Function::Asin | Function::Acos => {
            unless(a.abs() > 1.0, Failure::NoAngle)?;
            if function == Function::Asin { a.asin() } else { a.acos() }
        }
        Function::Atan => a.atan(),
        Function::Cot => {
            unless(a.is_infinite(), Failure::NoAngle)?;
            1.0 / a.tan()
        }
        Function::Sinh => a.sinh(),
        Function::Cosh => a.cosh(),
        Function::Tanh => a.tanh(),
        Function::Asinh => a.asinh(),
        Function::Acosh => {
            unless(a < 1.0, Failure::NoAngle)?;
            a.acosh()
        }
        Function::Atanh => {
            unless(a.abs() > 1.0, Failure::NoAngle)?;
            a.atanh()
        }
        Function::IsNan => return Ok(Value::Boolean(a.is_nan())),
        Function::IsFinite => return Ok(Value::Boolean(a.is_finite())),
        Function::RoundEven => a.round_ties_even(),
        Function::ToTimestamp => {
            let micros = parse_decimal(&a.to_string(), 18, 6).map(|micros| micros as i64);
            unless(micros.is_none(), Failure::OutOfRange(Type::Timestamp))?;
            return timestamp(micros);
        }
        other => panic!("{other:?} of a float"),
    }))
}

pub fn floats(function: Function, a: f64, b: f64) -> Computed {
    Ok(Value::Float(match function {
        Function::Add => a + b,
        Function::Subtract => a - b,
        Function::Multiply => a * b,
        Function::Divide | Function::Modulo if b == 0.0 => return Err(Failure::DivisionByZero),
        Function::Divide => a / b,
        Function::RoundTo if b == 0.0 => return Err(Failure::DivisionByZero),
        Function::RoundTo => round_to(a, b),
        Function::Modulo => a % b,
        Function::Power if a == 0.0 && b < 0.0 => return Err(Failure::NoPower),
        Function::Power if a < 0.0 && b.is_finite() && b.fract() != 0.0 => return Err(Failure::NoPower),
        Function::Power => a.powf(b),
        Function::Log if a <= 0.0 || b <= 0.0 => return Err(Failure::NoLogarithm),
        Function::Log if a == 1.0 => return Err(Failure::DivisionByZero),
        Function::Log => b.ln() / a.ln(),
        Function::Atan2 => a.atan2(b),
        other => panic!("{other:?} of floats"),
    }))
}

/// The digits of a float as it is written, and how many of them stand after the point.
fn written(a: f64) -> (i128, i64) {
    let text = format!("{a:e}");
    let (mantissa, exponent) = text.split_once('e').expect("an exponent");
    let fraction = mantissa.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = mantissa.replace('.', "").parse().expect("digits");
    (digits, fraction.len() as i64 - exponent.parse::<i64>().expect("an exponent"))
}

/// The float that is nearest to digits of which so many stand after the point.
fn read(digits: i128, places: i64) -> f64 {
    format!("{digits}e{}", -places).parse().expect("a number")
}

/// Digits with so many more after the point, if they fit.
fn longer(digits: i128, more: i64) -> Option<i128> {
    digits.checked_mul(10i128.checked_pow(u32::try_from(more).ok()?)?)
}

/// Of the number as it is written.
pub fn round_float(function: Function, a: f64, digits: i64) -> f64 {
    if !a.is_finite() {
        return a;
    }
    let (exact, places) = written(a);
    let dropped = places.saturating_sub(digits);
    let kept = match dropped {
        ..=0 => return a,
        // There are seventeen digits at most.
        19.. => 0,
        _ => {
            let unit = 10i128.pow(dropped as u32);
            match function {
                Function::Round => divide_half_away(exact, unit),
                Function::RoundEven => divide_half_even(exact, unit),
                _ => exact / unit,
            }
        }
    };
    if kept == 0 { 0f64.copysign(a) } else { read(kept, digits) }
}

/// As both are written; where they differ by too many digits, the step is too small to change the number, or the number nothing
/// beside it.
fn round_to(a: f64, step: f64) -> f64 {
    if !a.is_finite() || !step.is_finite() || !(a / step).is_finite() {
        return a;
    }
    let ((number, p), (unit, q)) = (written(a), written(step.abs()));
    let places = p.max(q);
    let made = match (longer(number, places - p), longer(unit, places - q)) {
        (Some(number), Some(unit)) => read(divide_half_away(number, unit) * unit, places),
        (None, _) => a,
        (_, None) => 0.0,
    };
    made.abs().copysign(a)
}

pub fn four_numbers(function: Function, [a, b, c]: [f64; 3], last: &Value) -> Computed {
    match (function, last) {
        (Function::WidthBucket, Value::Integer(count)) => bucket(a, b, c, *count),
        (Function::Haversine, Value::Float(d)) => Ok(Value::Float(haversine(a, b, c, *d))),
        other => panic!("{other:?} of four numbers"),
    }
}

fn bucket(value: f64, low: f64, high: f64, count: i64) -> Computed {
    if value.is_nan() || !low.is_finite() || !high.is_finite() || low == high || count <= 0 {
        return Err(Failure::NoBuckets);
    }
    let (value, low, high) = if low < high { (value, low, high) } else { (-value, -low, -high) };
    if value < low {
        return Ok(Value::Integer(0));
    }
    if value >= high {
        return count.checked_add(1).map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer));
    }
    // As they are written.
    let ((v, p), (l, q), (h, r)) = (written(value), written(low), written(high));
    let places = p.max(q).max(r);
    let exact = || {
        let (value, low) = (longer(v, places - p)?, longer(l, places - q)?);
        let steps = value.checked_sub(low)?.checked_mul(i128::from(count))?;
        steps.checked_div(longer(h, places - r)?.checked_sub(low)?)
    };
    // Halves, since the width of the range may be more than a float can be.
    let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    let part = exact().unwrap_or((count as f64 * share) as i128);
    Ok(Value::Integer(part.clamp(0, i128::from(count) - 1) as i64 + 1))
}

/// On a sphere with the mean radius of the earth.
fn haversine(latitude: f64, longitude: f64, to_latitude: f64, to_longitude: f64) -> f64 {
    let half_chord = |from: f64, to: f64| ((to.to_radians() - from.to_radians()) / 2.0).sin().powi(2);
    let parallels = latitude.to_radians().cos() * to_latitude.to_radians().cos();
    let square = half_chord(latitude, to_latitude) + parallels * half_chord(longitude, to_longitude);
    2.0 * 6371.0088 * square.sqrt().clamp(0.0, 1.0).asin()
}
