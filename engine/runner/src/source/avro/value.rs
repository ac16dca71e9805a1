//! Values as a schema says they are written.

use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, Value};

use super::bytes::Bytes;
use super::schema::{Schema, Shape};

/// The values of the next record.
pub(super) fn record(schema: &Schema, bytes: &mut Bytes) -> Result<Vec<Value>, String> {
    let field = |(name, shape): &(String, Shape)| value(shape, bytes).map_err(|why| format!("in {name:?} {why}"));
    schema.0.iter().map(field).collect()
}

fn value(shape: &Shape, bytes: &mut Bytes) -> Result<Value, String> {
    Ok(match shape {
        Shape::Null => Value::Null,
        Shape::Boolean => match bytes.array()? {
            [0] => Value::Boolean(false),
            [1] => Value::Boolean(true),
            [other] => return Err(format!("the byte {other} is neither true nor false")),
        },
        Shape::Long => Value::Integer(bytes.long()?),
        Shape::Float => Value::Float(f64::from(f32::from_le_bytes(bytes.array()?))),
        Shape::Double => Value::Float(f64::from_le_bytes(bytes.array()?)),
        Shape::Bytes => Value::Binary(bytes.counted()?.to_vec()),
        Shape::Text => Value::text(bytes.text()?),
        Shape::Fixed(size) => Value::Binary(bytes.take(*size)?.to_vec()),
        Shape::Uuid => uuid(bytes.array()?),
        Shape::Enum(symbols) => {
            let at = bytes.long()?;
            let symbol = usize::try_from(at).ok().and_then(|at| symbols.get(at));
            Value::text(symbol.ok_or_else(|| format!("there is no symbol {at} of {}", symbols.len()))?)
        }
        Shape::Date => {
            let days = bytes.long()?;
            Value::Date(i32::try_from(days).map_err(|_| format!("{days} days are no date"))?)
        }
        Shape::Time(unit) => {
            let micros = bytes.long()?.checked_mul(*unit).filter(|micros| (0..DAY_MICROS).contains(micros));
            Value::Time(micros.ok_or("a time is not within a day")?)
        }
        Shape::Timestamp { nanos, zoned } => {
            let at = bytes.long()?;
            let micros = if *nanos < 1000 { Some(at.div_euclid(1000)) } else { at.checked_mul(nanos / 1000) };
            let micros = micros.ok_or("an instant is beyond all years")?;
            if *zoned { Value::TimestampZoned(micros) } else { Value::Timestamp(micros) }
        }
        Shape::Decimal { precision, scale, size } => {
            let digits = match size {
                Some(size) => bytes.take(*size)?,
                None => bytes.counted()?,
            };
            decimal(digits, *precision, *scale)?
        }
        Shape::List(item) => items(bytes, |bytes| value(item, bytes))?,
        Shape::Map(shape) => items(bytes, |bytes| {
            let key = Value::text(bytes.text()?);
            Ok(Value::Struct(vec![("key".to_owned(), key), ("value".to_owned(), value(shape, bytes)?)]))
        })?,
        Shape::Record(fields) if fields.is_empty() => Value::Null,
        Shape::Record(fields) => {
            let field = |(name, shape): &(String, Shape)| Ok((name.clone(), value(shape, bytes)?));
            Value::Struct(fields.iter().map(field).collect::<Result<_, String>>()?)
        }
        Shape::Union(shapes) => {
            let at = bytes.long()?;
            let chosen = usize::try_from(at).ok().and_then(|at| shapes.get(at));
            let chosen = chosen.ok_or_else(|| format!("there is no type {at} of {}", shapes.len()))?;
            as_common(value(chosen, bytes)?, chosen, shape)
        }
    })
}

/// A value of one type of a union, in the type that all of them become.
fn as_common(value: Value, own: &Shape, union: &Shape) -> Value {
    match (value, union.kind()) {
        (Value::Null, _) => Value::Null,
        (Value::Integer(integer), Type::Float) => Value::Float(integer as f64),
        (Value::Text(text), _) => Value::Text(text),
        (value, Type::Text) if own.kind() != Type::Text => Value::Text(value.to_string()),
        (value, _) => value,
    }
}

fn items(bytes: &mut Bytes, mut item: impl FnMut(&mut Bytes) -> Result<Value, String>) -> Result<Value, String> {
    let mut values = Vec::new();
    while let Some(count) = bytes.items()? {
        for _ in 0..count {
            values.push(item(bytes)?);
        }
    }
    Ok(Value::List(values))
}

/// A number in two's complement, highest byte first.
fn decimal(bytes: &[u8], precision: u8, scale: u8) -> Result<Value, String> {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let sign = if is_negative { 0xFF } else { 0 };
    let mut wide = [sign; 16];
    let extra = bytes.len().saturating_sub(16);
    let beyond = || format!("a number has more than {precision} digits");
    if bytes[..extra].iter().any(|byte| *byte != sign) {
        return Err(beyond());
    }
    let low = &bytes[extra..];
    wide[16 - low.len()..].copy_from_slice(low);
    let digits = i128::from_be_bytes(wide);
    let fits = 10_u128.checked_pow(u32::from(precision)).is_some_and(|end| digits.unsigned_abs() < end);
    if fits { Ok(Value::Decimal(digits, scale)) } else { Err(beyond()) }
}

fn uuid(bytes: [u8; 16]) -> Value {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Value::Text(text)
}
