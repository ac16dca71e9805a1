//! JSON within text. A value is looked at from above: what lies in it is checked and stays a piece of the text, exactly as written.

use std::borrow::Cow;
use std::fmt::Write as _;

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::types::Type;
use pipewright_engine::value::{Value, format_decimal, format_float};
use polars::prelude::*;

use super::rows::{Cell, Checked, Made, Row, by_row};

pub(super) fn call(function: Function, values: &[Expr], kinds: &[&Type], kind: &Type, fails: bool) -> Checked {
    let strict = |of: for<'a> fn(&Row<'a>) -> Made<'a>| by_row(values, kind, fails, of);
    match function {
        Function::JsonGet => strict(|row| Ok(part(row)?.map_or(Cell::Null, Cell::from))),
        Function::JsonGetText => strict(|row| part(row)?.map_or(Ok(Cell::Null), as_text)),
        Function::JsonExtractPath => strict(|row| Ok(on_path(row)?.map_or(Cell::Null, Cell::from))),
        Function::JsonExtractPathText => strict(|row| on_path(row)?.map_or(Ok(Cell::Null), as_text)),
        Function::JsonTypeof => strict(|row| {
            Ok(match view(row.text(0))? {
                Json::Object(_) => "object",
                Json::List(_) => "array",
                Json::Text(_) => "string",
                Json::Number => "number",
                Json::Boolean => "boolean",
                Json::Null => "null",
            }
            .into())
        }),
        Function::JsonArrayLength => strict(|row| Ok((elements(row.text(0))?.len() as i64).into())),
        Function::JsonObjectKeys => strict(|row| match view(row.text(0))? {
            Json::Object(fields) => Ok(fields.into_iter().map(|(name, _)| Cell::Text(name)).collect::<Vec<_>>().into()),
            _ => Err(Failure::NoJsonObject),
        }),
        Function::JsonArrayElements => {
            strict(|row| Ok(elements(row.text(0))?.into_iter().map(Cell::from).collect::<Vec<_>>().into()))
        }
        Function::JsonArrayElementsText => strict(|row| {
            let texts = elements(row.text(0))?.into_iter().map(as_text).collect::<Result<Vec<_>, _>>()?;
            Ok(texts.into())
        }),
        Function::IsJson => strict(|row| Ok(view(row.text(0)).is_ok().into())),
        _ => {
            let of = kinds.first().map_or(Type::Null, |kind| (*kind).clone());
            by_row(values, kind, fails, move |row| {
                let mut json = String::new();
                row.cells().iter().for_each(|cell| write(cell, &of, &mut json));
                Ok(json.into())
            })
        }
    }
}

/// A value, and the pieces of text in it.
enum Json<'a> {
    Object(Vec<(Cow<'a, str>, &'a str)>),
    List(Vec<&'a str>),
    Text(Cow<'a, str>),
    Number,
    Boolean,
    Null,
}

/// What the second argument, a name or a number, names in the first.
fn part<'a>(row: &Row<'a>) -> Result<Option<&'a str>, Failure> {
    Ok(match (view(row.text(0))?, row.cells().get(1)) {
        (Json::Object(fields), Some(Cell::Text(name))) => field(&fields, name),
        (Json::List(elements), Some(Cell::Integer(at))) => element(&elements, *at),
        _ => None,
    })
}

fn on_path<'a>(row: &Row<'a>) -> Result<Option<&'a str>, Failure> {
    let mut json = row.text(0);
    // Also where there is no path it must be JSON.
    let mut seen = view(json)?;
    for step in row.cells().iter().skip(1) {
        let Cell::Text(step) = step else { return Ok(None) };
        let next = match &seen {
            Json::Object(fields) => field(fields, step),
            Json::List(elements) => step.trim().parse().ok().and_then(|at| element(elements, at)),
            _ => None,
        };
        let Some(next) = next else { return Ok(None) };
        json = next;
        seen = view(json)?;
    }
    Ok(Some(json.trim_matches(BLANKS)))
}

/// Of a name that stands twice the last counts.
fn field<'a>(fields: &[(Cow<str>, &'a str)], wanted: &str) -> Option<&'a str> {
    fields.iter().rev().find(|(name, _)| name == wanted).map(|(_, value)| *value)
}

fn element<'a>(elements: &[&'a str], at: i64) -> Option<&'a str> {
    let at = if at < 0 { at.checked_add(elements.len() as i64)? } else { at };
    elements.get(usize::try_from(at).ok()?).copied()
}

fn elements(json: &str) -> Result<Vec<&str>, Failure> {
    match view(json)? {
        Json::List(elements) => Ok(elements),
        _ => Err(Failure::NoJsonList),
    }
}

/// Text as it is, all else as JSON.
fn as_text(json: &str) -> Made<'_> {
    Ok(match view(json)? {
        Json::Text(text) => Cell::Text(text),
        Json::Null => Cell::Null,
        _ => json.into(),
    })
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Deeper than that nobody nests, but text made to break readers does.
const DEEPEST: usize = 128;

fn view(json: &str) -> Result<Json<'_>, Failure> {
    let mut scan = Scan { json, at: 0, depth: 0 };
    let seen = scan.view();
    scan.blanks();
    seen.filter(|_| scan.at == json.len()).ok_or(Failure::NotJson)
}

struct Scan<'a> {
    json: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Scan<'a> {
    fn view(&mut self) -> Option<Json<'a>> {
        self.blanks();
        Some(match self.json.as_bytes().get(self.at)? {
            b'{' => {
                let mut fields = Vec::new();
                self.nested(b'}', |scan| {
                    let name = scan.text()?;
                    scan.takes(b':').then_some(())?;
                    fields.push((name, scan.piece()?));
                    Some(())
                })?;
                Json::Object(fields)
            }
            b'[' => {
                let mut elements = Vec::new();
                self.nested(b']', |scan| {
                    elements.push(scan.piece()?);
                    Some(())
                })?;
                Json::List(elements)
            }
            b'"' => Json::Text(self.text()?),
            b'-' | b'0'..=b'9' => self.number().map(|()| Json::Number)?,
            b't' => self.word("true").map(|()| Json::Boolean)?,
            b'f' => self.word("false").map(|()| Json::Boolean)?,
            _ => self.word("null").map(|()| Json::Null)?,
        })
    }

    /// The text of a whole value, checked.
    fn piece(&mut self) -> Option<&'a str> {
        self.blanks();
        let from = self.at;
        self.skip()?;
        Some(&self.json[from..self.at])
    }

    fn skip(&mut self) -> Option<()> {
        self.blanks();
        match self.json.as_bytes().get(self.at)? {
            b'{' => self.nested(b'}', |scan| {
                scan.skip_text()?;
                scan.takes(b':').then_some(())?;
                scan.skip()
            }),
            b'[' => self.nested(b']', Self::skip),
            b'"' => self.skip_text().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            _ => self.word("null"),
        }
    }

    fn nested(&mut self, close: u8, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        self.at += 1;
        if self.depth > DEEPEST {
            return None;
        }
        if !self.takes(close) {
            loop {
                self.blanks();
                one(self)?;
                if self.takes(close) {
                    break;
                }
                self.takes(b',').then_some(())?;
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn text(&mut self) -> Option<Cow<'a, str>> {
        let from = self.at;
        let inner = self.skip_text()?;
        if inner.contains('\\') {
            return serde_json::from_str(&self.json[from..self.at]).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(inner))
    }

    /// What stands between quotes, as written.
    fn skip_text(&mut self) -> Option<&'a str> {
        let bytes = self.json.as_bytes();
        (bytes.get(self.at) == Some(&b'"')).then_some(())?;
        let from = self.at + 1;
        let mut at = from;
        loop {
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => match bytes.get(at + 1)? {
                    b'u' => {
                        let digits = bytes.get(at + 2..at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        at += 6;
                    }
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    _ => return None,
                },
                0..=0x1f => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(&self.json[from..at])
    }

    fn number(&mut self) -> Option<()> {
        self.takes_here(b'-');
        match self.json.as_bytes().get(self.at)? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.takes_here(b'.') {
            self.digits()?;
        }
        if self.takes_here(b'e') || self.takes_here(b'E') {
            _ = self.takes_here(b'+') || self.takes_here(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.json.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.json[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn blanks(&mut self) {
        while matches!(self.json.as_bytes().get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        self.takes_here(byte)
    }

    fn takes_here(&mut self, byte: u8) -> bool {
        let is_next = self.json.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }
}

/// Appends a value as JSON, which has neither dates nor NaN: those are text.
fn write(cell: &Cell, kind: &Type, json: &mut String) {
    let quoted = |json: &mut String, text: &str| json.push_str(&serde_json::Value::from(text).to_string());
    match (cell, kind) {
        (Cell::Null, _) => json.push_str("null"),
        (Cell::Boolean(value), _) => json.push_str(if *value { "true" } else { "false" }),
        (Cell::Integer(value), Type::Integer) => _ = write!(json, "{value}"),
        (Cell::Integer(value), kind) => quoted(json, &time(*value, kind).to_string()),
        (Cell::Float(value), _) if value.is_finite() => json.push_str(&format_float(*value)),
        (Cell::Float(value), _) => quoted(json, &format_float(*value)),
        (Cell::Digits(digits), Type::Decimal(_, scale)) => json.push_str(&format_decimal(*digits, *scale)),
        (Cell::Text(text), _) => quoted(json, text),
        (Cell::Binary(bytes), _) => quoted(json, &Value::Binary(bytes.to_vec()).to_string()),
        (Cell::List(elements), Type::List(kind)) => {
            json.push('[');
            for (at, element) in elements.iter().enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                write(element, kind, json);
            }
            json.push(']');
        }
        (Cell::Struct(values), Type::Struct(fields)) => {
            json.push('{');
            for (at, (value, field)) in values.iter().zip(fields).enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                quoted(json, &field.name);
                json.push(':');
                write(value, &field.kind, json);
            }
            json.push('}');
        }
        (Cell::Digits(_) | Cell::List(_) | Cell::Struct(_), _) => json.push_str("null"),
    }
}

fn time(value: i64, kind: &Type) -> Value {
    match kind {
        Type::Date => Value::Date(i32::try_from(value).unwrap_or_default()),
        Type::Time => Value::Time(value),
        Type::Timestamp => Value::Timestamp(value),
        Type::TimestampZoned(_) => Value::TimestampZoned(value),
        _ => Value::Duration(value),
    }
}
