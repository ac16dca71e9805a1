//! Which type the values of a column have in common, and values in that type.

use indexmap::IndexMap;
use pipewright_engine::types::{Column, Type};
use pipewright_engine::value::Value;

use super::parse::Json;

/// What was seen of each name, in the order in which they first came.
#[derive(Default)]
pub(super) struct Kinds(IndexMap<String, Kind>);

/// A type that values are found to have, until more is seen.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    /// More digits than a float holds: exact as an integer, and not to be mixed with floats.
    LongInteger,
    Float,
    /// Also everything that has no type in common.
    Text,
    List(Box<Kind>),
    Struct(IndexMap<String, Kind>),
}

/// Integers of more digits are not exact as floats.
const EXACT_DIGITS: usize = 15;

impl Kinds {
    pub fn see(&mut self, fields: Vec<(String, Json)>) {
        for (name, value) in fields {
            let kind = Kind::of(&value);
            match self.0.get_mut(&name) {
                Some(known) => known.join(kind),
                None => drop(self.0.insert(name, kind)),
            }
        }
    }

    pub fn columns(self) -> Vec<Column> {
        self.0.into_iter().map(|(name, kind)| Column::new(name, kind.into_type())).collect()
    }
}

impl Kind {
    fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Boolean(_) => Self::Boolean,
            Json::Number(number) if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
                match number.parse::<i64>() {
                    Err(_) => Self::Text,
                    Ok(_) if number.trim_start_matches('-').len() > EXACT_DIGITS => Self::LongInteger,
                    Ok(_) => Self::Integer,
                }
            }
            Json::Number(number) => match number.parse::<f64>() {
                Ok(float) if float.is_finite() => Self::Float,
                _ => Self::Text,
            },
            Json::Text(_) => Self::Text,
            Json::List(values) => {
                let mut kind = Self::Null;
                values.iter().for_each(|value| kind.join(Self::of(value)));
                Self::List(Box::new(kind))
            }
            Json::Object(fields) => {
                Self::Struct(fields.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::Null) => {}
            (Self::Null, other) => *self = other,
            (Self::List(known), Self::List(kind)) => known.join(*kind),
            (Self::Struct(known), Self::Struct(fields)) => {
                for (name, kind) in fields {
                    match known.get_mut(&name) {
                        Some(known) => known.join(kind),
                        None => drop(known.insert(name, kind)),
                    }
                }
            }
            (Self::Integer, Self::LongInteger) => *self = Self::LongInteger,
            (Self::LongInteger, Self::Integer) => {}
            (Self::Integer, Self::Float) => *self = Self::Float,
            (Self::Float, Self::Integer) => {}
            (known, other) if *known == other => {}
            _ => *self = Self::Text,
        }
    }

    fn into_type(self) -> Type {
        match self {
            Self::Boolean => Type::Boolean,
            Self::Integer | Self::LongInteger => Type::Integer,
            Self::Float => Type::Float,
            Self::Null | Self::Text => Type::Text,
            Self::List(kind) => Type::List(Box::new(kind.into_type())),
            Self::Struct(fields) if fields.is_empty() => Type::Text,
            Self::Struct(fields) => {
                Type::Struct(fields.into_iter().map(|(name, kind)| Column::new(name, kind.into_type())).collect())
            }
        }
    }
}

/// A value in this type, or why it is not of it.
pub(super) fn value(json: &Json, kind: &Type) -> Result<Value, String> {
    let refused = || format!("not {kind}");
    match (json, kind) {
        (Json::Null, _) => Ok(Value::Null),
        (_, Type::Text) => Ok(Value::Text(shown(json))),
        (Json::Boolean(value), Type::Boolean) => Ok(Value::Boolean(*value)),
        (Json::Number(_), Type::Boolean) => Err(refused()),
        (Json::Number(number) | Json::Text(number), kind) => {
            let value = Value::parse(number, kind).ok_or_else(refused)?;
            // A number too large is read as infinite.
            let is_whole = !matches!((json, &value), (Json::Number(_), Value::Float(float)) if !float.is_finite());
            if is_whole { Ok(value) } else { Err(refused()) }
        }
        (Json::List(values), Type::List(kind)) => {
            values.iter().map(|json| value(json, kind)).collect::<Result<_, _>>().map(Value::List)
        }
        (Json::Object(fields), Type::Struct(columns)) => {
            if let Some((name, _)) = fields.iter().find(|(name, _)| !columns.iter().any(|column| column.name == *name))
            {
                return Err(format!("has {name:?}, which is no part of {kind}"));
            }
            let part = |column: &Column| {
                let json = fields.iter().find(|(name, _)| *name == column.name).map_or(&Json::Null, |(_, json)| json);
                Ok((column.name.clone(), value(json, &column.kind)?))
            };
            columns.iter().map(part).collect::<Result<_, String>>().map(Value::Struct)
        }
        _ => Err(refused()),
    }
}

/// Text as it is, all else as JSON.
pub(super) fn shown(json: &Json) -> String {
    match json {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn name(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Boolean(_) => "true or false",
        Json::Number(_) => "a number",
        Json::Text(_) => "text",
        Json::List(_) => "a list",
        Json::Object(_) => "an object",
    }
}
