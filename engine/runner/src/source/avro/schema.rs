//! The schema of an Avro file: what each value is, and which of our types that is.

use std::collections::HashMap;

use pipewright_engine::types::{Column, Type};
use serde_json::{Map, Value as Json};

/// What a value is, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Null,
    Boolean,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Uuid,
    Enum(Vec<String>),
    Date,
    /// Of a day, in units of so many microseconds.
    Time(i64),
    /// Since 1970, in units of so many nanoseconds; with a zone it is an instant.
    Timestamp {
        nanos: i64,
        zoned: bool,
    },
    /// With the number of bytes, where all have the same.
    Decimal {
        precision: u8,
        scale: u8,
        size: Option<usize>,
    },
    List(Box<Shape>),
    Map(Box<Shape>),
    Record(Vec<(String, Shape)>),
    Union(Vec<Shape>),
}

#[derive(Debug)]
pub(super) struct Schema(pub Vec<(String, Shape)>);

/// Types within types, in all: more are made to fill the memory.
const MOST: usize = 20_000;
const DEEPEST: usize = 64;

impl Schema {
    /// Reads the schema in a file's header. One that is no record has one column, `value`.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(text).map_err(|error| format!("it is not JSON ({error})"))?;
        let mut parser = Parser { names: HashMap::new(), size: 0, depth: 0 };
        Ok(Self(match parser.shape(&json, "")? {
            Shape::Record(fields) => fields,
            shape => vec![("value".to_owned(), shape)],
        }))
    }

    pub fn columns(&self) -> Vec<Column> {
        self.0.iter().map(|(name, shape)| Column::new(name, shape.kind())).collect()
    }
}

impl Shape {
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Boolean => Type::Boolean,
            Self::Long => Type::Integer,
            Self::Float | Self::Double => Type::Float,
            Self::Bytes | Self::Fixed(_) => Type::Binary,
            Self::Text | Self::Uuid | Self::Enum(_) => Type::Text,
            Self::Date => Type::Date,
            Self::Time(_) => Type::Time,
            Self::Timestamp { zoned: true, .. } => Type::TimestampZoned("UTC".into()),
            Self::Timestamp { zoned: false, .. } => Type::Timestamp,
            Self::Decimal { precision, scale, .. } => Type::Decimal(*precision, *scale),
            Self::List(item) => Type::List(Box::new(item.kind())),
            Self::Map(value) => Type::List(Box::new(Type::Struct(vec![
                Column::new("key", Type::Text),
                Column::new("value", value.kind()),
            ]))),
            Self::Record(fields) if fields.is_empty() => Type::Null,
            Self::Record(fields) => {
                Type::Struct(fields.iter().map(|(name, shape)| Column::new(name, shape.kind())).collect())
            }
            Self::Union(shapes) => union_kind(shapes),
        }
    }
}

/// Integers and floats meet in floats; else what may be of several types is text.
fn union_kind(shapes: &[Shape]) -> Type {
    let common = |a: Type, b: Type| match (a, b) {
        (a, b) if a == b => a,
        (Type::Null, kind) | (kind, Type::Null) => kind,
        (Type::Integer, Type::Float) | (Type::Float, Type::Integer) => Type::Float,
        _ => Type::Text,
    };
    shapes.iter().map(Shape::kind).reduce(common).unwrap_or(Type::Null)
}

struct Parser {
    /// Named types and their sizes; none while they are being read.
    names: HashMap<String, Option<(Shape, usize)>>,
    size: usize,
    depth: usize,
}

impl Parser {
    fn shape(&mut self, json: &Json, space: &str) -> Result<Shape, String> {
        self.size += 1;
        if self.size > MOST || self.depth > DEEPEST {
            return Err("it has too many types within types".into());
        }
        self.depth += 1;
        let shape = match json {
            Json::String(name) => self.named(name, space),
            Json::Array(shapes) => {
                shapes.iter().map(|json| self.shape(json, space)).collect::<Result<_, _>>().map(Shape::Union)
            }
            Json::Object(object) => self.object(object, space),
            other => Err(format!("{other} is no type")),
        };
        self.depth -= 1;
        shape
    }

    fn named(&mut self, name: &str, space: &str) -> Result<Shape, String> {
        Ok(match name {
            "null" => Shape::Null,
            "boolean" => Shape::Boolean,
            "int" | "long" => Shape::Long,
            "float" => Shape::Float,
            "double" => Shape::Double,
            "bytes" => Shape::Bytes,
            "string" => Shape::Text,
            name => {
                let found = self.names.get(&full_name(name, space)).or_else(|| self.names.get(name));
                match found {
                    Some(Some((shape, size))) => {
                        self.size += size;
                        shape.clone()
                    }
                    Some(None) => return Err(format!("{name:?} has itself within it, which no table holds")),
                    None => return Err(format!("there is no type {name:?}")),
                }
            }
        })
    }

    fn object(&mut self, object: &Map<String, Json>, space: &str) -> Result<Shape, String> {
        let kind = object.get("type").ok_or("a type is missing")?;
        let Some(kind) = kind.as_str() else { return self.shape(kind, space) };
        let logical = object.get("logicalType").and_then(Json::as_str).unwrap_or_default();
        let part = |name: &str| object.get(name).ok_or_else(|| format!("{kind:?} lacks {name:?}"));
        match kind {
            "array" => Ok(Shape::List(Box::new(self.shape(part("items")?, space)?))),
            "map" => Ok(Shape::Map(Box::new(self.shape(part("values")?, space)?))),
            "record" | "error" | "enum" | "fixed" => {
                let name = part("name")?.as_str().ok_or("a name is no text")?;
                let own = object.get("namespace").and_then(Json::as_str).unwrap_or(space);
                let full = full_name(name, own);
                let space = full.rsplit_once('.').map_or("", |(space, _)| space).to_owned();
                self.names.insert(full.clone(), None);
                let before = self.size;
                let shape = match kind {
                    "enum" => Shape::Enum(texts(part("symbols")?)?),
                    "fixed" => fixed(object, part("size")?, logical)?,
                    _ => self.record(part("fields")?, &space)?,
                };
                self.names.insert(full, Some((shape.clone(), self.size - before)));
                Ok(shape)
            }
            "bytes" if logical == "decimal" => Ok(decimal(object, None).unwrap_or(Shape::Bytes)),
            primitive => Ok(match (self.named(primitive, space)?, logical) {
                (Shape::Long, "date") => Shape::Date,
                (Shape::Long, "time-millis") => Shape::Time(1000),
                (Shape::Long, "time-micros") => Shape::Time(1),
                (Shape::Long, logical) => timestamp(logical).unwrap_or(Shape::Long),
                (shape, _) => shape,
            }),
        }
    }

    fn record(&mut self, fields: &Json, space: &str) -> Result<Shape, String> {
        let mut shapes: Vec<(String, Shape)> = Vec::new();
        for field in fields.as_array().ok_or("the fields of a record are no list")? {
            let name = field.get("name").and_then(Json::as_str).ok_or("a field has no name")?;
            if shapes.iter().any(|(other, _)| other == name) {
                return Err(format!("there are two fields {name:?}"));
            }
            let kind = field.get("type").ok_or_else(|| format!("the field {name:?} has no type"))?;
            // The logical type may stand beside a plain type in the field itself, as some programs write it.
            let beside = field.as_object().filter(|field| kind.is_string() && field.contains_key("logicalType"));
            let shape = match beside {
                Some(field) => self.object(field, space)?,
                None => self.shape(kind, space)?,
            };
            shapes.push((name.to_owned(), shape));
        }
        Ok(Shape::Record(shapes))
    }
}

fn full_name(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

fn timestamp(logical: &str) -> Option<Shape> {
    let (local, unit) = match logical.strip_prefix("local-") {
        Some(rest) => (true, rest),
        None => (false, logical),
    };
    let nanos = match unit.strip_prefix("timestamp-")? {
        "millis" => 1_000_000,
        "micros" => 1000,
        "nanos" => 1,
        _ => return None,
    };
    Some(Shape::Timestamp { nanos, zoned: !local })
}

fn fixed(object: &Map<String, Json>, size: &Json, logical: &str) -> Result<Shape, String> {
    let size = size.as_u64().and_then(|size| usize::try_from(size).ok()).ok_or("the size of a type is no number")?;
    Ok(match logical {
        "decimal" => decimal(object, Some(size)).unwrap_or(Shape::Fixed(size)),
        "uuid" if size == 16 => Shape::Uuid,
        _ => Shape::Fixed(size),
    })
}

/// More digits than a decimal has here are none of its numbers', mostly: one that has them is told when it is read. None if it contradicts
/// itself, or has no digits left before the point: then it stays bytes.
fn decimal(object: &Map<String, Json>, size: Option<usize>) -> Option<Shape> {
    let number = |name: &str| object.get(name).map(|json| json.as_u64().and_then(|number| u8::try_from(number).ok()));
    let precision = number("precision")??;
    let scale = number("scale").unwrap_or(Some(0))?;
    let is_known = precision > 0 && scale <= precision && scale < 38;
    (is_known || scale == precision && precision == 38).then_some(Shape::Decimal {
        precision: precision.min(38),
        scale,
        size,
    })
}

fn texts(json: &Json) -> Result<Vec<String>, String> {
    let symbols = json.as_array().ok_or("the symbols of an enum are no list")?;
    symbols
        .iter()
        .map(|symbol| symbol.as_str().map(str::to_owned).ok_or_else(|| format!("{symbol} is no symbol")))
        .collect()
}
