//! Which type the values of a column have in common, and values in that type.

use std::borrow::Cow;

use indexmap::IndexMap;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use super::super::json::Json;
use crate::text::found_type;

/// What was seen of each name, in the order in which they first came.
#[derive(Default)]
pub(in super::super) struct Kinds {
    seen: IndexMap<String, Kind>,
    /// Values are elements of a tree: objects become columns with dots in their names, and what repeats in one record is a list in
    /// all.
    tree: bool,
}

/// A column, and where its values are in a record.
pub(in super::super) struct Found {
    pub column: Column,
    path: Vec<String>,
    /// Set in trees: what a value must look like.
    kind: Option<Kind>,
}

/// A type that values are found to have, until more is seen.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    /// More digits than a float holds: exact as an integer, and not to be mixed with floats.
    LongInteger,
    Float,
    Date,
    Time,
    Timestamp,
    /// Also everything that has no type in common.
    Text,
    List(Box<Kind>),
    Struct(IndexMap<String, Kind>),
}

/// Integers of more digits are not exact as floats.
const EXACT_DIGITS: usize = 15;

/// The text of an element beside its attributes and children.
pub(in super::super) const TEXT: &str = "";

/// What the name of an attribute begins with.
pub(in super::super) const ATTRIBUTE: char = '@';

impl Kinds {
    pub fn of_tree() -> Self {
        Self { tree: true, ..Self::default() }
    }

    /// Columns that are there whatever records have; without a type it is found.
    pub fn declared<'a>(columns: impl Iterator<Item = (&'a str, Option<Type>)>) -> Self {
        let kind = |kind| match kind {
            None => Kind::Null,
            Some(Type::Integer) => Kind::Integer,
            Some(_) => Kind::Text,
        };
        let seen = columns.map(|(name, given)| (name.to_owned(), kind(given))).collect();
        Self { seen, tree: false }
    }

    pub fn see(&mut self, fields: Vec<(String, Json)>) {
        for (name, value) in fields {
            let kind = Kind::of(&value);
            match self.seen.get_mut(&name) {
                Some(known) => known.join(kind, self.tree),
                None => drop(self.seen.insert(name, kind)),
            }
        }
    }

    pub fn columns(self) -> Vec<Found> {
        if !self.tree {
            let found = |(name, kind): (String, Kind)| Found::named(&name, kind.into_type());
            return self.seen.into_iter().map(found).collect();
        }
        let mut columns = Vec::new();
        flatten(self.seen, "", &mut Vec::new(), &mut columns);
        let mut names = Schema::default();
        for found in &mut columns {
            found.column.name = names.free_name(&found.column.name);
            names.0.push(found.column.clone());
        }
        columns
    }
}

/// The columns of elements in a tree, those within others with the names of both.
fn flatten(fields: IndexMap<String, Kind>, above: &str, path: &mut Vec<String>, columns: &mut Vec<Found>) {
    let raw: Vec<String> = fields.keys().cloned().collect();
    for (name, kind) in fields {
        let own = plain_name(&name, |other| raw.iter().any(|name| name == other));
        let full = match (above, own) {
            ("", TEXT) => "text".to_owned(),
            (above, TEXT) => above.to_owned(),
            ("", own) => own.to_owned(),
            (above, own) => format!("{above}.{own}"),
        };
        path.push(name.clone());
        match kind {
            Kind::Struct(inner) if !inner.is_empty() => flatten(inner, &full, path, columns),
            kind => {
                let column = Column::new(full, kind.clone().simple().into_type());
                columns.push(Found { column, path: path.clone(), kind: Some(kind) });
            }
        }
        path.pop();
    }
}

/// The name of an attribute without its mark, unless an element beside it has that name.
fn plain_name(name: &str, taken: impl Fn(&str) -> bool) -> &str {
    name.strip_prefix(ATTRIBUTE).filter(|plain| !taken(plain)).unwrap_or(name)
}

impl Found {
    pub fn named(name: &str, kind: Type) -> Self {
        Self { column: Column::new(name, kind), path: vec![name.to_owned()], kind: None }
    }

    /// Its value in a record.
    pub fn field<'a>(&self, fields: &'a [(String, Json)]) -> Option<Cow<'a, Json>> {
        let mut fields = fields;
        let mut field = None;
        for name in &self.path {
            let (_, json) = fields.iter().find(|(other, _)| other == name)?;
            field = Some(json);
            fields = if let Json::Object(inner) = json { inner } else { &[] };
        }
        let json = field?;
        Some(match &self.kind {
            Some(kind @ (Kind::List(_) | Kind::Struct(_))) => Cow::Owned(like(json, kind)),
            _ => Cow::Borrowed(json),
        })
    }
}

/// An element of a tree in the form that all of its kind have: one that repeats elsewhere as a list, and one that is nothing but
/// text as that.
fn like(json: &Json, kind: &Kind) -> Json {
    match (json, kind) {
        (Json::Null, _) => Json::Null,
        (Json::List(values), Kind::List(inner)) => Json::List(values.iter().map(|json| like(json, inner)).collect()),
        (single, Kind::List(inner)) => Json::List(vec![like(single, inner)]),
        (Json::Object(fields), Kind::Struct(kinds)) => {
            let part = |name: &String, kind| {
                let field = fields.iter().find(|(other, _)| other == name);
                field.map_or(Json::Null, |(_, json)| like(json, kind))
            };
            if let Some(kind) = only_text(kinds) {
                return part(&TEXT.to_owned(), kind);
            }
            Json::Object(kinds.iter().map(|(name, kind)| (part_name(name, kinds), part(name, kind))).collect())
        }
        (json, _) => json.clone(),
    }
}

/// The kind of the text of elements that have nothing else.
fn only_text(kinds: &IndexMap<String, Kind>) -> Option<&Kind> {
    kinds.get(TEXT).filter(|_| kinds.len() == 1)
}

/// The name of a part of an element that stays whole.
fn part_name(name: &str, kinds: &IndexMap<String, Kind>) -> String {
    match name {
        TEXT if !kinds.contains_key("text") => "text".to_owned(),
        name => plain_name(name, |plain| kinds.contains_key(plain)).to_owned(),
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
            Json::Written(text) => Self::of_text(text),
            Json::List(values) => {
                let mut kind = Self::Null;
                values.iter().for_each(|value| kind.join(Self::of(value), false));
                Self::List(Box::new(kind))
            }
            Json::Object(fields) => {
                Self::Struct(fields.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    /// The type of a value that was found as text, as in delimited text.
    fn of_text(text: &str) -> Self {
        match found_type(text) {
            None => Self::Null,
            Some(Type::Boolean) => Self::Boolean,
            Some(Type::Integer) if text.trim().trim_start_matches('-').len() > EXACT_DIGITS => Self::LongInteger,
            Some(Type::Integer) => Self::Integer,
            Some(Type::Float) => Self::Float,
            Some(Type::Date) => Self::Date,
            Some(Type::Time) => Self::Time,
            Some(Type::Timestamp) => Self::Timestamp,
            Some(_) => Self::Text,
        }
    }

    fn join(&mut self, other: Self, tree: bool) {
        match (&mut *self, other) {
            (_, Self::Null) => {}
            (Self::Null, other) => *self = other,
            (Self::List(known), Self::List(kind)) => known.join(*kind, tree),
            (Self::List(known), single) if tree => known.join(single, tree),
            (single, Self::List(kind)) if tree => {
                let mut inner = std::mem::replace(single, Self::Null);
                inner.join(*kind, tree);
                *self = Self::List(Box::new(inner));
            }
            (Self::Struct(known), Self::Struct(fields)) => {
                for (name, kind) in fields {
                    match known.get_mut(&name) {
                        Some(known) => known.join(kind, tree),
                        None => drop(known.insert(name, kind)),
                    }
                }
            }
            (Self::Integer, Self::LongInteger) => *self = Self::LongInteger,
            (Self::LongInteger, Self::Integer) => {}
            (Self::Integer, Self::Float) => *self = Self::Float,
            (Self::Float, Self::Integer) => {}
            (Self::Date, Self::Timestamp) => *self = Self::Timestamp,
            (Self::Timestamp, Self::Date) => {}
            (known, other) if *known == other => {}
            _ => *self = Self::Text,
        }
    }

    /// Of an element in a tree: what it is as [`like`] makes it.
    fn simple(self) -> Self {
        match self {
            Self::List(inner) => Self::List(Box::new(inner.simple())),
            Self::Struct(kinds) => match only_text(&kinds) {
                Some(kind) => kind.clone().simple(),
                None => {
                    let names: Vec<String> = kinds.keys().map(|name| part_name(name, &kinds)).collect();
                    Self::Struct(names.into_iter().zip(kinds.into_values().map(Self::simple)).collect())
                }
            },
            kind => kind,
        }
    }

    fn into_type(self) -> Type {
        match self {
            Self::Boolean => Type::Boolean,
            Self::Integer | Self::LongInteger => Type::Integer,
            Self::Float => Type::Float,
            Self::Date => Type::Date,
            Self::Time => Type::Time,
            Self::Timestamp => Type::Timestamp,
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
        (Json::Written(text), _) if text.is_empty() => Ok(Value::Null),
        (Json::Written(text), kind) if *kind != Type::Text => Value::parse_whole(text.trim(), kind).ok_or_else(refused),
        (_, Type::Text) => Ok(Value::Text(shown(json))),
        (Json::Boolean(value), Type::Boolean) => Ok(Value::Boolean(*value)),
        (Json::Number(_), Type::Boolean) => Err(refused()),
        (Json::Number(number) | Json::Text(number), kind) => {
            let value = Value::parse_whole(number, kind).ok_or_else(refused)?;
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
        Json::Text(text) | Json::Written(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(in super::super) fn name(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Boolean(_) => "true or false",
        Json::Number(_) => "a number",
        Json::Text(_) | Json::Written(_) => "text",
        Json::List(_) => "a list",
        Json::Object(_) => "an object",
    }
}
