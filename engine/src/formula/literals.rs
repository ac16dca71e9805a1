//! What is written out in a formula: numbers, intervals and the names of types.

use sqlparser::ast::{self, DataType};

use super::expr::{Expr, Node};
use crate::problem::Problem;
use crate::types::Type;
use crate::value::{Value, parse_duration};

/// A number as written: whole ones are Integer, those with a point Decimal, those with an exponent Float.
pub fn number(digits: &str) -> Result<Expr, Problem> {
    let digits = digits.replace('_', "");
    if digits.contains(['e', 'E']) {
        let value = digits.parse().ok().filter(|value: &f64| value.is_finite());
        let too_large = || Problem::new(format!("{digits} is larger than a Float can be."));
        return value.map(|value| Expr::literal(Value::Float(value))).ok_or_else(too_large);
    }
    if let Ok(value) = digits.parse() {
        return Ok(Expr::literal(Value::Integer(value)));
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let joined = format!("{whole}{fraction}");
    let significant = joined.trim_start_matches('0').len().max(fraction.len()).max(1);
    match (joined.parse(), significant) {
        (Ok(value), 1..=38) => {
            let (precision, scale) = (significant as u8, fraction.len() as u8);
            Ok(Expr { kind: Type::Decimal(precision, scale), node: Node::Literal(Value::Decimal(value, scale)) })
        }
        _ => Err(Problem::new(format!("{digits} has more than 38 digits."))
            .try_this("Write it with an exponent, as in 1e40.")),
    }
}

/// A literal with its sign turned.
pub fn negative(expr: &Expr) -> Option<Expr> {
    let value = match expr.as_literal()? {
        Value::Integer(number) => Value::Integer(number.checked_neg()?),
        Value::Float(number) => Value::Float(-number),
        // One more than the greatest integer is a decimal until its sign is seen.
        Value::Decimal(digits, 0) if *digits == -i128::from(i64::MIN) => {
            return Some(Expr::literal(Value::Integer(i64::MIN)));
        }
        Value::Decimal(digits, scale) => Value::Decimal(-digits, *scale),
        _ => return None,
    };
    Some(Expr { kind: expr.kind.clone(), node: Node::Literal(value) })
}

/// The months and microseconds of `interval '1 month 2 days'` or `interval '2' day`.
pub fn amount(interval: &ast::Interval) -> Result<(i64, i64), Problem> {
    let value = match &*interval.value {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(digits, _) => Some(digits.clone()),
            other => other.clone().into_string(),
        },
        _ => None,
    };
    let unit = interval.leading_field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
    let written = value.map(|value| format!("{value}{unit}")).unwrap_or_default();
    months_and_micros(&written.to_lowercase()).ok_or_else(|| {
        Problem::new(format!("'{written}' cannot be read as an interval."))
            .try_this("Write it like interval '2 days' or interval '1 month 03:00:00'.")
    })
}

pub fn months_and_micros(written: &str) -> Option<(i64, i64)> {
    let words: Vec<&str> = written.split_whitespace().collect();
    let (mut months, mut rest, mut at) = (0i64, Vec::new(), 0);
    while at < words.len() {
        let per_unit = match words.get(at + 1).map(|unit| unit.trim_end_matches('s')) {
            Some("month" | "mon") => 1,
            Some("year") => 12,
            _ => {
                rest.push(words[at]);
                at += 1;
                continue;
            }
        };
        months = months.checked_add(words[at].parse::<i64>().ok()?.checked_mul(per_unit)?)?;
        at += 2;
    }
    if rest.is_empty() && !words.is_empty() {
        return Some((months, 0));
    }
    Some((months, parse_duration(&rest.join(" "))?))
}

/// The type that SQL's name means.
pub fn type_of(written: &DataType) -> Result<Type, Problem> {
    use DataType as D;
    Ok(match written {
        D::Boolean | D::Bool => Type::Boolean,
        D::Integer(_) | D::Int(_) | D::BigInt(_) | D::Int8(_) | D::SmallInt(_) | D::Int4(_) | D::Int2(_) | D::Int64 => {
            Type::Integer
        }
        D::Float(_) | D::Float8 | D::Float4 | D::Float64 | D::Real | D::Double(_) | D::DoublePrecision => Type::Float,
        D::Numeric(info) | D::Decimal(info) | D::Dec(info) => decimal(info)?,
        D::JSON
        | D::JSONB
        | D::Text
        | D::String(None)
        | D::Varchar(None)
        | D::Char(None)
        | D::CharacterVarying(None) => Type::Text,
        D::Varchar(Some(_)) | D::Char(Some(_)) | D::CharacterVarying(Some(_)) | D::Character(_) => {
            return Err(
                Problem::new(format!("{written} would cut text.")).try_this("Use ::text, and left(value, n) to cut.")
            );
        }
        D::Date => Type::Date,
        D::Time(_, ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone) => Type::Time,
        D::Timestamp(_, ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone) | D::Datetime(_) => {
            Type::Timestamp
        }
        D::Timestamp(_, _) => Type::TimestampZoned("UTC".into()),
        D::Interval { .. } => Type::Duration,
        D::Array(ast::ArrayElemTypeDef::SquareBracket(inner, None) | ast::ArrayElemTypeDef::AngleBracket(inner)) => {
            Type::List(Box::new(type_of(inner)?))
        }
        D::Custom(name, arguments) if arguments.is_empty() => {
            let name = name.to_string();
            named_type(&name.to_lowercase()).ok_or_else(|| unknown_type(&name))?
        }
        other => return Err(unknown_type(&other.to_string())),
    })
}

const TYPES: [&str; 10] =
    ["boolean", "integer", "float", "decimal", "text", "date", "time", "timestamp", "timestamptz", "duration"];

fn unknown_type(name: &str) -> Problem {
    Problem::unknown("type", &name.to_lowercase(), TYPES)
}

/// The type of a name that SQL does not know, as ours or another program's.
pub fn named_type(name: &str) -> Option<Type> {
    Some(match name {
        "boolean" | "bool" => Type::Boolean,
        "integer" | "int" | "int64" | "long" => Type::Integer,
        "float" | "double" | "float64" | "number" => Type::Float,
        "decimal" | "numeric" => Type::DECIMAL,
        // JSON is text that the functions of JSON read.
        "text" | "string" | "str" | "json" | "jsonb" => Type::Text,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" | "datetime" => Type::Timestamp,
        "timestamptz" => Type::TimestampZoned("UTC".into()),
        "duration" | "interval" => Type::Duration,
        _ => return None,
    })
}

fn decimal(info: &ast::ExactNumberInfo) -> Result<Type, Problem> {
    let (precision, scale) = match *info {
        ast::ExactNumberInfo::None => return Ok(Type::DECIMAL),
        ast::ExactNumberInfo::Precision(precision) => (precision, 0),
        ast::ExactNumberInfo::PrecisionAndScale(precision, scale) => (precision, scale),
    };
    if !(1..=38).contains(&precision) || !(0..=precision as i64).contains(&scale) {
        let problem = Problem::new(format!("decimal({precision}, {scale}) does not exist."));
        return Err(problem.try_this("It has 1 to 38 digits, and no more of them after the point."));
    }
    Ok(Type::Decimal(precision as u8, scale as u8))
}
