//! Between our plain types, values and tables and those of Polars.

use std::sync::Arc;

use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column as OurColumn, Schema as OurSchema, Storage, Type};
use pipewright_engine::value::Value;
use polars::prelude::*;

/// The type in which values of ours are computed.
pub fn dtype(kind: &Type) -> DataType {
    match kind {
        Type::Null => DataType::Null,
        Type::Boolean => DataType::Boolean,
        Type::Integer => DataType::Int64,
        Type::Float => DataType::Float64,
        Type::Decimal(precision, scale) => DataType::Decimal(usize::from(*precision), usize::from(*scale)),
        Type::Text => DataType::String,
        Type::Date => DataType::Date,
        Type::Time => DataType::Time,
        Type::Timestamp => DataType::Datetime(TimeUnit::Microseconds, None),
        Type::TimestampZoned(zone) => {
            DataType::Datetime(TimeUnit::Microseconds, TimeZone::opt_try_new(Some(zone.as_str())).ok().flatten())
        }
        Type::Duration => DataType::Duration(TimeUnit::Microseconds),
        Type::Binary => DataType::Binary,
        Type::List(inner) => DataType::List(Box::new(dtype(inner))),
        Type::Struct(fields) => DataType::Struct(
            fields.iter().map(|field| Field::new(field.name.as_str().into(), dtype(&field.kind))).collect(),
        ),
    }
}

/// The type in which a column is stored while it is merely passed through.
pub fn stored(column: &OurColumn) -> DataType {
    let Some(storage) = column.storage else { return dtype(&column.kind) };
    let unit = |unit| match dtype(&column.kind) {
        DataType::Datetime(_, zone) => DataType::Datetime(unit, zone),
        DataType::Duration(_) => DataType::Duration(unit),
        other => other,
    };
    match storage {
        Storage::Int8 => DataType::Int8,
        Storage::Int16 => DataType::Int16,
        Storage::Int32 => DataType::Int32,
        Storage::UInt8 => DataType::UInt8,
        Storage::UInt16 => DataType::UInt16,
        Storage::UInt32 => DataType::UInt32,
        Storage::UInt64 => DataType::UInt64,
        Storage::Float32 => DataType::Float32,
        Storage::Milliseconds => unit(TimeUnit::Milliseconds),
        Storage::Nanoseconds => unit(TimeUnit::Nanoseconds),
        Storage::Dictionary => DataType::from_categories(Categories::global()),
    }
}

/// Our name for a type of Polars, and its storage where that is narrower; none for types we have no name for.
pub fn kind(dtype: &DataType) -> Option<(Type, Option<Storage>)> {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Nanoseconds => Some(Storage::Nanoseconds),
        TimeUnit::Microseconds => None,
        TimeUnit::Milliseconds => Some(Storage::Milliseconds),
    };
    let plain = |kind| Some((kind, None));
    match dtype {
        DataType::Null => plain(Type::Null),
        DataType::Boolean => plain(Type::Boolean),
        DataType::Int64 => plain(Type::Integer),
        DataType::Int8 => Some((Type::Integer, Some(Storage::Int8))),
        DataType::Int16 => Some((Type::Integer, Some(Storage::Int16))),
        DataType::Int32 => Some((Type::Integer, Some(Storage::Int32))),
        DataType::UInt8 => Some((Type::Integer, Some(Storage::UInt8))),
        DataType::UInt16 => Some((Type::Integer, Some(Storage::UInt16))),
        DataType::UInt32 => Some((Type::Integer, Some(Storage::UInt32))),
        DataType::UInt64 => Some((Type::Integer, Some(Storage::UInt64))),
        DataType::Float64 => plain(Type::Float),
        DataType::Float32 => Some((Type::Float, Some(Storage::Float32))),
        DataType::Decimal(precision, scale) => {
            plain(Type::Decimal(u8::try_from(*precision).ok()?, u8::try_from(*scale).ok()?))
        }
        DataType::String => plain(Type::Text),
        DataType::Categorical(..) | DataType::Enum(..) => Some((Type::Text, Some(Storage::Dictionary))),
        DataType::Date => plain(Type::Date),
        DataType::Time => plain(Type::Time),
        DataType::Datetime(time_unit, None) => Some((Type::Timestamp, unit(time_unit))),
        DataType::Datetime(time_unit, Some(zone)) => Some((Type::TimestampZoned(zone.to_string()), unit(time_unit))),
        DataType::Duration(time_unit) => Some((Type::Duration, unit(time_unit))),
        DataType::Binary => plain(Type::Binary),
        DataType::List(inner) => plain(Type::List(Box::new(kind(inner)?.0))),
        DataType::Array(inner, _) => plain(Type::List(Box::new(kind(inner)?.0))),
        DataType::Struct(fields) => {
            let fields: Option<Vec<OurColumn>> =
                fields.iter().map(|field| Some(OurColumn::new(field.name.as_str(), kind(&field.dtype)?.0))).collect();
            plain(Type::Struct(fields?))
        }
        _ => None,
    }
}

pub fn schema(schema: &Schema) -> Result<OurSchema, Problem> {
    let column = |(name, dtype): (&PlSmallStr, &DataType)| {
        let (kind, storage) = kind(dtype).ok_or_else(|| {
            Problem::new(format!("The column {name:?} is of the type {dtype}, which can't be read here."))
        })?;
        Ok(OurColumn { name: name.to_string(), kind, storage })
    };
    schema.iter().map(column).collect::<Result<_, _>>().map(OurSchema)
}

pub fn polars_schema(schema: &OurSchema) -> Schema {
    schema.0.iter().map(|column| Field::new(column.name.as_str().into(), stored(column))).collect()
}

/// A table of ours as a frame.
pub fn frame(table: &Table) -> PolarsResult<DataFrame> {
    let height = table.rows.len();
    let columns = table.schema.0.iter().enumerate().map(|(at, column)| {
        let values: Vec<AnyValue> = table.rows.iter().map(|row| any_value(&row[at], &column.kind)).collect();
        let series =
            Series::from_any_values_and_dtype(column.name.as_str().into(), &values, &dtype(&column.kind), true)?;
        Ok(series.cast(&stored(column))?.into_column())
    });
    DataFrame::new(height, columns.collect::<PolarsResult<_>>()?)
}

fn any_value(value: &Value, kind: &Type) -> AnyValue<'static> {
    match (value, kind) {
        (Value::Null, _) => AnyValue::Null,
        (Value::Boolean(value), _) => AnyValue::Boolean(*value),
        (Value::Integer(value), Type::Float) => AnyValue::Float64(*value as f64),
        (Value::Integer(value), _) => AnyValue::Int64(*value),
        (Value::Float(value), _) => AnyValue::Float64(*value),
        (Value::Decimal(digits, scale), Type::Decimal(precision, _)) => {
            AnyValue::Decimal(*digits, usize::from(*precision), usize::from(*scale))
        }
        (Value::Decimal(digits, scale), _) => AnyValue::Decimal(*digits, 38, usize::from(*scale)),
        (Value::Text(text), _) => AnyValue::StringOwned(text.as_str().into()),
        (Value::Date(days), _) => AnyValue::Date(*days),
        (Value::Time(micros), _) => AnyValue::Time(micros * 1000),
        (Value::Timestamp(micros), _) => AnyValue::Datetime(*micros, TimeUnit::Microseconds, None),
        (Value::TimestampZoned(micros), kind) => {
            let zone = match dtype(kind) {
                DataType::Datetime(_, Some(zone)) => Some(Arc::new(zone)),
                _ => Some(Arc::new(TimeZone::UTC)),
            };
            AnyValue::DatetimeOwned(*micros, TimeUnit::Microseconds, zone)
        }
        (Value::Duration(micros), _) => AnyValue::Duration(*micros, TimeUnit::Microseconds),
        (Value::Binary(bytes), _) => AnyValue::BinaryOwned(bytes.clone()),
        (Value::List(values), Type::List(inner)) => {
            let values: Vec<AnyValue> = values.iter().map(|value| any_value(value, inner)).collect();
            Series::from_any_values_and_dtype(PlSmallStr::EMPTY, &values, &dtype(inner), true)
                .map_or(AnyValue::Null, AnyValue::List)
        }
        (Value::Struct(values), Type::Struct(fields)) => {
            let (values, fields) = values
                .iter()
                .zip(fields)
                .map(|((_, value), field)| {
                    (any_value(value, &field.kind), Field::new(field.name.as_str().into(), dtype(&field.kind)))
                })
                .unzip();
            AnyValue::StructOwned(Box::new((values, fields)))
        }
        (Value::List(_) | Value::Struct(_), _) => AnyValue::Null,
    }
}

/// A value as a constant of exactly its type.
pub fn literal(value: &Value, kind: &Type) -> Expr {
    let value = any_value(value, kind);
    Expr::Literal(LiteralValue::Scalar(Scalar::new(dtype(kind), value)))
}

/// A frame as a table of ours, with the columns it has.
pub fn table(frame: &DataFrame) -> Result<Table, Problem> {
    let schema = schema(frame.schema())?;
    let mut rows = vec![Vec::with_capacity(schema.0.len()); frame.height()];
    for column in frame.columns() {
        check_millis(column)?;
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(column.get(at).map_or(Value::Null, |value| our_value(&value)));
        }
    }
    Ok(Table { schema, rows })
}

/// Milliseconds reach further than microseconds, in which values of ours are.
fn check_millis(column: &Column) -> Result<(), Problem> {
    if !matches!(
        column.dtype(),
        DataType::Datetime(TimeUnit::Milliseconds, _) | DataType::Duration(TimeUnit::Milliseconds)
    ) {
        return Ok(());
    }
    let millis = column.to_physical_repr();
    let beyond =
        millis.i64().ok().and_then(|millis| millis.iter().flatten().find(|value| value.checked_mul(1000).is_none()));
    match beyond {
        None => Ok(()),
        Some(value) => Err(Problem::new(format!(
            "The column {:?} has a time of {value} milliseconds, which is beyond the year 294,000.",
            column.name()
        ))
        .try_this("Leave it out, or have it written as a number.")),
    }
}

pub fn our_value(value: &AnyValue) -> Value {
    let micros = |value: i64, unit: TimeUnit| match unit {
        TimeUnit::Nanoseconds => Ok(value.div_euclid(1000)),
        TimeUnit::Microseconds => Ok(value),
        // What is too far away for a date is at least told.
        TimeUnit::Milliseconds => value.checked_mul(1000).ok_or_else(|| Value::Text(format!("millisecond {value}"))),
    };
    let time = |value: i64, unit: TimeUnit, kind: fn(i64) -> Value| micros(value, unit).map_or_else(|told| told, kind);
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => Value::Boolean(*value),
        AnyValue::String(text) => Value::text(*text),
        AnyValue::StringOwned(text) => Value::text(text.as_str()),
        AnyValue::Binary(bytes) => Value::Binary(bytes.to_vec()),
        AnyValue::BinaryOwned(bytes) => Value::Binary(bytes.clone()),
        AnyValue::Float32(value) => Value::Float(f64::from(*value)),
        AnyValue::Float64(value) => Value::Float(*value),
        AnyValue::Decimal(digits, _, scale) => Value::Decimal(*digits, u8::try_from(*scale).unwrap_or(u8::MAX)),
        AnyValue::Date(days) => Value::Date(*days),
        AnyValue::Time(nanos) => Value::Time(nanos / 1000),
        AnyValue::Datetime(at, unit, None) => time(*at, *unit, Value::Timestamp),
        AnyValue::DatetimeOwned(at, unit, None) => time(*at, *unit, Value::Timestamp),
        AnyValue::Datetime(at, unit, Some(_)) => time(*at, *unit, Value::TimestampZoned),
        AnyValue::DatetimeOwned(at, unit, Some(_)) => time(*at, *unit, Value::TimestampZoned),
        AnyValue::Duration(length, unit) => time(*length, *unit, Value::Duration),
        AnyValue::List(series) => Value::List(series.iter().map(|value| our_value(&value)).collect()),
        AnyValue::Array(series, _) => Value::List(series.iter().map(|value| our_value(&value)).collect()),
        AnyValue::Struct(_, _, fields) => our_struct(fields, value._iter_struct_av()),
        // Within another struct. The function above panics on those.
        AnyValue::StructOwned(owned) => our_struct(&owned.1, owned.0.iter().cloned()),
        AnyValue::Categorical(..) | AnyValue::CategoricalOwned(..) | AnyValue::Enum(..) | AnyValue::EnumOwned(..) => {
            Value::Text(value.get_str().unwrap_or_default().to_owned())
        }
        // An unsigned integer may be beyond ours.
        number => match (number.extract::<i64>(), number.extract::<i128>()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, digits) => digits.map_or(Value::Null, |digits| Value::Decimal(digits, 0)),
        },
    }
}

fn our_struct<'a>(fields: &[Field], values: impl Iterator<Item = AnyValue<'a>>) -> Value {
    let names = fields.iter().map(|field| field.name.to_string());
    Value::Struct(names.zip(values.map(|value| our_value(&value))).collect())
}
