//! Arithmetic and mathematics.

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::types::Type;
use pipewright_engine::value::{MICROS, Value};

use super::Computed;
use super::dates::timestamp;

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
        other => panic!("{other:?} of an integer"),
    };
    result.map(Value::Integer).ok_or(Failure::OutOfRange(Type::Integer))
}

pub fn integers(function: Function, a: i64, b: i64) -> Computed {
    if b == 0 && matches!(function, Function::Div | Function::Modulo) {
        return Err(Failure::DivisionByZero);
    }
    let result = match function {
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
            let units = if function == Function::Round { divide_half_away(a, unit) } else { a / unit };
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
    if function == Function::Modulo && b == 0 {
        return Err(Failure::DivisionByZero);
    }
    let same = |digits: i128, from: u8| digits.checked_mul(10i128.checked_pow(u32::from(scale - from))?);
    let (Some(a), Some(b)) = (same(a, s), same(b, t)) else { return Err(Failure::OutOfRange(kind.clone())) };
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Modulo => Some(a % b),
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
        Function::ToTimestamp => {
            let micros = (a * MICROS as f64).round();
            unless(!micros.is_finite() || micros.abs() > 9e18, Failure::OutOfRange(Type::Timestamp))?;
            return timestamp(Some(micros as i64));
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

pub fn round_float(function: Function, a: f64, digits: i64) -> f64 {
    if digits > 308 {
        return a;
    }
    let unit = 10f64.powi(digits.max(-400) as i32);
    let scaled = a * unit;
    let rounded = if function == Function::Round { scaled.round() } else { scaled.trunc() };
    match rounded / unit {
        result if scaled.is_finite() && result.is_finite() => result,
        _ if digits < 0 => 0.0,
        _ => a,
    }
}
