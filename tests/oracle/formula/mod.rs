//! The meaning of formulas, row by row over plain values: written from PostgreSQL's documentation and our table of departures,
//! without regard to speed. What runs on Polars is compared with it.

mod cast;
mod cipher;
mod codes;
mod dates;
mod digest;
mod format;
mod hashes;
mod json;
mod likeness;
mod lists;
mod number_format;
mod numbers;
mod regex;
mod text;
mod unicode;
mod uuid;

use std::cmp::Ordering;

use pipewright_engine::formula::catalogue::Group;
use pipewright_engine::formula::patterns::{Gap, template};
use pipewright_engine::formula::{Expr, Failure, Function, Node};
use pipewright_engine::secret;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;

use cast::{cast, on_its_clock};
use dates::time_call;
use numbers::{decimal, decimals, float, floats, four_numbers, integer, integers, round_decimal, round_float};
use text::text_call;

/// The value of a formula in a row, or the reason why the row is rejected.
pub fn evaluate(expr: &Expr, row: &[Value], schema: &Schema) -> Result<Value, String> {
    value_of(expr, row, schema).map_err(|failure| failure.to_string())
}

/// Secrets of the examples: the key of a case of RFC 4231, and one of RFC 8452 for AES.
pub const SECRETS: [(&str, &str); 2] =
    [("PEPPER", "Jefe"), ("KEY", "0100000000000000000000000000000000000000000000000000000000000000")];

/// The value that an example has for a secret.
pub fn secret(name: &str) -> Option<String> {
    SECRETS.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

/// The key that is written in a formula, or the secret that it stands for.
fn key(written: &str) -> String {
    secret::stood_for(written).map_or(written.to_owned(), |name| secret(name).expect("a secret of the examples"))
}

type Computed = Result<Value, Failure>;

fn value_of(expr: &Expr, row: &[Value], schema: &Schema) -> Computed {
    let of = |expr: &Expr| value_of(expr, row, schema);
    match &expr.node {
        Node::Column(name) => Ok(row[schema.position(name).expect("a column of the schema")].clone()),
        Node::Literal(value) => Ok(value.clone()),
        Node::Cast { value, lenient } => match cast(on_its_clock(of(value)?, &value.kind, &expr.kind), &expr.kind) {
            Err(_) if *lenient => Ok(Value::Null),
            result => result,
        },
        Node::Case { branches, otherwise } => {
            for (condition, result) in branches {
                if of(condition)? == Value::Boolean(true) {
                    return of(result);
                }
            }
            otherwise.as_ref().map_or(Ok(Value::Null), |otherwise| of(otherwise))
        }
        Node::Call { function, arguments } => match function {
            Function::And => connect(&of, arguments, false),
            Function::Or => connect(&of, arguments, true),
            Function::Coalesce => {
                for argument in arguments {
                    let value = of(argument)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            Function::Try => Ok(of(&arguments[0]).unwrap_or_default()),
            Function::Error => Err(Failure::Told(of(&arguments[0])?.to_string())),
            _ => {
                let values = arguments.iter().map(of).collect::<Result<Vec<_>, _>>()?;
                call(*function, &values, &expr.kind)
            }
        },
    }
}

/// `and` is decided by a false, `or` by a true; nothing after it is looked at.
fn connect(of: &dyn Fn(&Expr) -> Computed, arguments: &[Expr], decisive: bool) -> Computed {
    let mut result = Value::Boolean(!decisive);
    for argument in arguments {
        match of(argument)? {
            Value::Boolean(value) if value == decisive => return Ok(Value::Boolean(decisive)),
            Value::Null => result = Value::Null,
            _ => {}
        }
    }
    Ok(result)
}

fn call(function: Function, values: &[Value], kind: &Type) -> Computed {
    if function.entry().group == Group::Lists
        && let Some(result) = lists::with_nulls(function, values, kind)
    {
        return Ok(result);
    }
    if let Some(result) = with_nulls(function, values) {
        return Ok(result);
    }
    if values.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    if function.entry().group == Group::Json {
        return json::json_call(function, values);
    }
    if function.entry().group == Group::Lists {
        return lists::list_call(function, values);
    }
    if matches!(function, Function::StableUuid | Function::RandomUuid | Function::OrderedUuid) {
        return Ok(Value::Text(uuid::uuid_call(function, values)));
    }
    if let (Function::ToChar, [number, Value::Text(format)], Some(_)) = (function, values, values[0].number()) {
        return Ok(Value::Text(number_format::write(number, format)));
    }
    if let Some(result) = hashes::call(function, values).or_else(|| cipher::call(function, values)) {
        return result;
    }
    match values {
        [Value::Integer(a)] => integer(function, *a),
        [Value::Integer(a), Value::Integer(b)] => integers(function, *a, *b),
        [Value::Decimal(a, s)] => Ok(decimal(function, *a, *s, 0)),
        [Value::Decimal(a, s), Value::Integer(n)] => round_decimal(function, *a, *s, *n, kind),
        [Value::Decimal(a, s), Value::Decimal(b, t)] => decimals(function, (*a, *s), (*b, *t), kind),
        [Value::Float(a)] => float(function, *a),
        [Value::Float(a), Value::Integer(n)] => Ok(Value::Float(round_float(function, *a, *n))),
        [Value::Float(a), Value::Float(b)] => floats(function, *a, *b),
        [Value::Float(a), Value::Float(b), Value::Float(c), last] => four_numbers(function, [*a, *b, *c], last),
        [Value::Text(text), rest @ ..] => text_call(function, text, rest),
        [Value::Boolean(a)] if function == Function::Not => Ok(Value::Boolean(!a)),
        _ => time_call(function, values),
    }
}

/// The functions that have a rule of their own for nulls, and comparisons, which are the same for all types.
fn with_nulls(function: Function, values: &[Value]) -> Option<Value> {
    let shown = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>();
    let filled = || values.iter().filter(|value| !value.is_null());
    let null_or = |ordering: fn(Ordering) -> bool, at: usize| compare(&values[0], &values[at]).map(ordering);
    Some(match function {
        Function::IsNull => Value::Boolean(values[0].is_null()),
        Function::IsTrue => Value::Boolean(values[0] == Value::Boolean(true)),
        Function::IsFalse => Value::Boolean(values[0] == Value::Boolean(false)),
        Function::IsDistinct => Value::Boolean(match compare(&values[0], &values[1]) {
            Some(ordering) => ordering.is_ne(),
            None => values[0].is_null() != values[1].is_null(),
        }),
        Function::Eq => truth(null_or(Ordering::is_eq, 1)),
        Function::Ne => truth(null_or(Ordering::is_ne, 1)),
        Function::Lt => truth(null_or(Ordering::is_lt, 1)),
        Function::Le => truth(null_or(Ordering::is_le, 1)),
        Function::Gt => truth(null_or(Ordering::is_gt, 1)),
        Function::Ge => truth(null_or(Ordering::is_ge, 1)),
        Function::Between => match (null_or(Ordering::is_ge, 1), null_or(Ordering::is_le, 2)) {
            (Some(false), _) | (_, Some(false)) => Value::Boolean(false),
            (Some(true), Some(true)) => Value::Boolean(true),
            _ => Value::Null,
        },
        Function::In => {
            let found: Vec<Option<bool>> = (1..values.len()).map(|at| null_or(Ordering::is_eq, at)).collect();
            if found.contains(&Some(true)) {
                Value::Boolean(true)
            } else {
                truth((!found.contains(&None)).then_some(false))
            }
        }
        Function::NullIf if compare(&values[0], &values[1]) == Some(Ordering::Equal) => Value::Null,
        Function::NullIf => values[0].clone(),
        Function::Greatest => filled().max_by(|a, b| a.order(b)).cloned().unwrap_or_default(),
        Function::Least => filled().min_by(|a, b| a.order(b)).cloned().unwrap_or_default(),
        Function::NumNulls => Value::Integer(values.iter().filter(|value| value.is_null()).count() as i64),
        Function::NumNonnulls => Value::Integer(filled().count() as i64),
        Function::IsBlank => Value::Boolean(shown(values)[0].chars().all(char::is_whitespace)),
        Function::IsNumber => Value::Boolean(reads_as(&values[0], &Type::Float)),
        Function::IsDate => Value::Boolean(reads_as(&values[0], &Type::Date)),
        Function::Random => {
            let filled: Vec<Value> = filled().cloned().collect();
            let digits = &digest::md5(shown(&filled).join("|").as_bytes())[..13];
            Value::Float(i64::from_str_radix(digits, 16).expect("hex digits") as f64 / 2f64.powi(52))
        }
        Function::Format => {
            let gaps = template(values[0].as_text()?).expect("a template");
            let filled = gaps.into_iter().map(|gap| match gap {
                Gap::Text(text) => text,
                Gap::Value(at) => values[at + 1].to_string(),
            });
            Value::Text(filled.collect())
        }
        Function::ConcatAll => Value::Text(shown(values).concat()),
        Function::ConcatWs if !values[0].is_null() => {
            let filled: Vec<Value> = values[1..].iter().filter(|value| !value.is_null()).cloned().collect();
            Value::Text(shown(&filled).join(&values[0].to_string()))
        }
        _ => return None,
    })
}

fn reads_as(value: &Value, kind: &Type) -> bool {
    !value.is_null() && cast(value.clone(), kind).is_ok()
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    (!a.is_null() && !b.is_null()).then(|| a.order(b))
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Boolean)
}
