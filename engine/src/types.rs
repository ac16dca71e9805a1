//! What a column can hold. One small set of types, used by schemas, formulas and forms alike.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of a value, as people see it.
///
/// A file may store an integer in 8 bits or a timestamp in nanoseconds: that is its [`Storage`], kept by the column while
/// values are merely passed through and widened as soon as a formula touches them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// Only nulls: the type of `NULL` in a formula and of a column nobody has filled.
    Null,
    Boolean,
    /// 64 bits, signed.
    Integer,
    /// 64 bits.
    Float,
    /// Exact: `precision` digits in all, `scale` of them after the point.
    Decimal(u8, u8),
    #[default]
    Text,
    Date,
    Time,
    /// Date and time without a zone, to the microsecond.
    Timestamp,
    /// An instant, shown in the named zone.
    TimestampZoned(String),
    Duration,
    Binary,
    List(Box<Type>),
    Struct(Vec<Column>),
}

impl Type {
    /// The decimal type of `amount::decimal` without further words: 38 digits is what the engine holds, and six after the
    /// point leaves 32 before it.
    pub const DECIMAL: Self = Self::Decimal(38, 6);

    /// What every integer fits into.
    pub const INTEGER_AS_DECIMAL: Self = Self::Decimal(19, 0);

    /// Decimals of so many digits before the point and after it, at most 38 together.
    pub fn decimal(whole: u8, scale: u8) -> Self {
        Self::Decimal(whole.saturating_add(scale).clamp(1, 38), scale)
    }

    /// The types that a person can choose; lists and structs come from files, formulas and nodes.
    pub fn choices() -> [Self; 10] {
        [
            Self::Text,
            Self::Integer,
            Self::Float,
            Self::Decimal(18, 2),
            Self::Boolean,
            Self::Date,
            Self::Time,
            Self::Timestamp,
            Self::TimestampZoned("UTC".into()),
            Self::Duration,
        ]
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Float | Self::Decimal(..))
    }

    pub fn is_text(&self) -> bool {
        *self == Self::Text
    }

    /// Whether values of this type have an instant or a day in them.
    pub fn is_temporal(&self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp | Self::TimestampZoned(_) | Self::Duration)
    }

    /// Whether values can be put in an order.
    pub fn is_ordered(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Struct(_))
    }

    /// Whether values that are equal are the same in every way: of floats there are two zeros.
    pub fn is_exact(&self) -> bool {
        !matches!(self, Self::Float | Self::List(_) | Self::Struct(_))
    }

    /// The type both sides can become without losing anything, if there is one.
    ///
    /// Integer and Float meet in Float as in PostgreSQL; text never becomes a number by itself.
    pub fn common(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        match (self, other) {
            (Self::Null, kind) | (kind, Self::Null) => Some(kind.clone()),
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Some(Self::Float),
            (Self::Decimal(..), Self::Float) | (Self::Float, Self::Decimal(..)) => Some(Self::Float),
            (Self::Decimal(..), Self::Integer) => self.common(&Self::INTEGER_AS_DECIMAL),
            (Self::Integer, Self::Decimal(..)) => Self::INTEGER_AS_DECIMAL.common(other),
            (Self::Decimal(p, a), Self::Decimal(q, b)) => {
                Some(Self::decimal(p.saturating_sub(*a).max(q.saturating_sub(*b)), *a.max(b)))
            }
            (Self::Date, Self::Timestamp) | (Self::Timestamp, Self::Date) => Some(Self::Timestamp),
            (Self::List(a), Self::List(b)) => a.common(b).map(|kind| Self::List(Box::new(kind))),
            _ => None,
        }
    }
}

/// `Decimal(10, 2)`, `List(Text)`, `Timestamp(Europe/Berlin)`: as written in files, forms and messages.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(precision, scale) => write!(f, "Decimal({precision}, {scale})"),
            Self::TimestampZoned(zone) => write!(f, "Timestamp({zone})"),
            Self::List(kind) => write!(f, "List({kind})"),
            Self::Struct(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|field| format!("{}: {}", field.name, field.kind)).collect();
                write!(f, "Struct({})", fields.join(", "))
            }
            plain => fmt::Debug::fmt(plain, f),
        }
    }
}

/// How a file stores a column, where that is narrower than its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Storage {
    Int8,
    Int16,
    Int32,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Milliseconds,
    Nanoseconds,
    /// Text kept as codes of a dictionary.
    Dictionary,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Type,
    /// Set where the source stores the column narrower than its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: Type) -> Self {
        Self { name: name.into(), kind, storage: None }
    }
}

/// The columns of a table, in order. Names are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Schema(pub Vec<Column>);

impl Schema {
    pub fn of<N: Into<String>>(columns: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self(columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect())
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.0.iter().find(|column| column.name == name)
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column.name == name)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.name.as_str())
    }

    /// Sets a column: in its place if the name is taken, at the end if not.
    pub fn set(&mut self, column: Column) {
        match self.position(&column.name) {
            Some(at) => self.0[at] = column,
            None => self.0.push(column),
        }
    }

    /// `name`, or `name_2`, `name_3` …: the first that is free.
    pub fn free_name(&self, name: &str) -> String {
        if !self.contains(name) {
            return name.to_owned();
        }
        let mut number = 2;
        loop {
            let candidate = format!("{name}_{number}");
            if !self.contains(&candidate) {
                return candidate;
            }
            number += 1;
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.0.iter().map(|column| format!("{}: {}", column.name, column.kind)).collect();
        f.write_str(&columns.join(", "))
    }
}
