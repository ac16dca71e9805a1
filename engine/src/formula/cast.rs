//! Casts: which there are, which can fail, and those of literals, which are done at once.

use super::expr::{Expr, Node};
use crate::problem::Problem;
use crate::types::Type;
use crate::value::{DAY_MICROS, Value, format_decimal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casting {
    Impossible,
    MayFail,
    Succeeds,
}

/// What becomes of values of one type when they are cast to another.
pub fn casting(from: &Type, to: &Type) -> Casting {
    use Casting::{Impossible, MayFail, Succeeds};
    match (from, to) {
        _ if from == to => Succeeds,
        (Type::Null, _) => Succeeds,
        (_, Type::Text) if is_shown(from) => Succeeds,
        (Type::Text, to) if is_shown(to) => MayFail,
        (Type::Integer, Type::Float | Type::Boolean) | (Type::Boolean, Type::Integer) => Succeeds,
        (Type::Integer, Type::Decimal(precision, scale)) if precision.saturating_sub(*scale) >= 19 => Succeeds,
        (Type::Decimal(p, s), Type::Decimal(q, t))
            if p.saturating_sub(*s) + u8::from(t < s) <= q.saturating_sub(*t) =>
        {
            Succeeds
        }
        (Type::Decimal(..), Type::Float) => Succeeds,
        (Type::Integer | Type::Float | Type::Decimal(..), Type::Integer | Type::Decimal(..)) => MayFail,
        (Type::Date, Type::Timestamp) => Succeeds,
        (Type::Timestamp, Type::Date | Type::Time) => Succeeds,
        (Type::TimestampZoned(_), Type::Date | Type::Time | Type::Timestamp | Type::TimestampZoned(_)) => Succeeds,
        // A wall clock that was put back or forward has hours that are twice or not at all.
        (Type::Date | Type::Timestamp, Type::TimestampZoned(zone)) => {
            if zone == "UTC" {
                Succeeds
            } else {
                MayFail
            }
        }
        (Type::List(from), Type::List(to)) => casting(from, to),
        _ => Impossible,
    }
}

/// Whether values of the type can be written out as text and read again.
pub fn is_shown(kind: &Type) -> bool {
    !matches!(kind, Type::Null | Type::Binary | Type::List(_) | Type::Struct(_))
}

/// The expression as another type: itself, a literal of that type, or a cast.
pub fn cast(expr: Expr, to: Type, lenient: bool) -> Result<Expr, Problem> {
    if expr.kind == to {
        return Ok(expr);
    }
    if casting(&expr.kind, &to) == Casting::Impossible {
        return Err(Problem::new(format!("{} cannot become {to}.", expr.kind)));
    }
    let Node::Literal(value) = &expr.node else { return Ok(cast_node(expr, to, lenient)) };
    match literal(value, &to) {
        Some(value) => Ok(Expr { kind: to, node: Node::Literal(value) }),
        None if lenient => Ok(Expr::null(to)),
        None if expr.kind == Type::Text => Err(unreadable(value, &to)),
        None => Ok(cast_node(expr, to, lenient)),
    }
}

fn cast_node(expr: Expr, to: Type, lenient: bool) -> Expr {
    Expr { kind: to, node: Node::Cast { value: Box::new(expr), lenient } }
}

fn unreadable(value: &Value, to: &Type) -> Problem {
    let problem = Problem::new(format!("'{value}' cannot be read as {to}."));
    match example(to) {
        Some(example) => problem.try_this(format!("Write it like '{example}'.")),
        None => problem,
    }
}

fn example(kind: &Type) -> Option<&'static str> {
    Some(match kind {
        Type::Boolean => "true",
        Type::Integer => "42",
        Type::Float | Type::Decimal(..) => "1.5",
        Type::Date => "2024-05-01",
        Type::Time => "17:45:00",
        Type::Timestamp => "2024-05-01 17:45:00",
        Type::TimestampZoned(_) => "2024-05-01 17:45:00+02:00",
        Type::Duration => "2 days 03:00:00",
        _ => return None,
    })
}

/// A literal as another type, where that is plain; other casts are left to the engine that runs the formula.
fn literal(value: &Value, to: &Type) -> Option<Value> {
    match (value, to) {
        (Value::Null, _) => Some(Value::Null),
        (Value::Text(text), _) => Value::parse(text.trim_matches(|c: char| c.is_ascii_whitespace()), to),
        (Value::Integer(number), Type::Float) => Some(Value::Float(*number as f64)),
        (Value::Integer(number), Type::Decimal(precision, scale)) => {
            rescaled(i128::from(*number), 0, *precision, *scale)
        }
        (Value::Decimal(digits, from), Type::Decimal(precision, scale)) => rescaled(*digits, *from, *precision, *scale),
        (Value::Decimal(digits, scale), Type::Float) => format_decimal(*digits, *scale).parse().ok().map(Value::Float),
        (Value::Date(day), Type::Timestamp) => i64::from(*day).checked_mul(DAY_MICROS).map(Value::Timestamp),
        _ => None,
    }
}

fn rescaled(digits: i128, from: u8, precision: u8, to: u8) -> Option<Value> {
    let digits = digits.checked_mul(10i128.checked_pow(u32::from(to.checked_sub(from)?))?)?;
    (digits.unsigned_abs() < 10u128.checked_pow(u32::from(precision))?).then_some(Value::Decimal(digits, to))
}
