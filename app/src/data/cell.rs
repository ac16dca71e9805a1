//! How a value is shown in a cell.

use std::borrow::Cow;
use std::fmt::Write as _;

use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

/// What stands in a cell.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    Text(String),
    /// There is no value: said in faint words, since empty text is something else.
    Absent(&'static str),
}

/// A value of a column of this type as it is shown: an instant as the clocks of its zone show it.
pub(super) fn on_its_clock<'a>(value: &'a Value, kind: &Type) -> Cow<'a, Value> {
    match value {
        Value::TimestampZoned(_) => Cow::Owned(Value::Text(value.shown(kind))),
        _ => Cow::Borrowed(value),
    }
}

/// A value in one line of about `room` characters.
pub(super) fn shown(value: &Value, room: usize) -> Shown {
    match value {
        Value::Null => Shown::Absent("null"),
        Value::Text(text) if text.is_empty() => Shown::Absent("\"\""),
        value => {
            let mut line = String::new();
            push(value, room, &mut line);
            Shown::Text(line)
        }
    }
}

/// A value in words: for screen readers.
pub(super) fn spoken(value: &Value) -> String {
    match shown(value, 200) {
        Shown::Text(text) => text,
        Shown::Absent("null") => "null".into(),
        Shown::Absent(_) => "empty text".into(),
    }
}

fn push(value: &Value, room: usize, line: &mut String) {
    match value {
        Value::Null => line.push_str("null"),
        Value::Text(text) => push_text(text, room, line),
        Value::Binary(bytes) => {
            for byte in bytes.iter().take(room) {
                // Writing into a string does not fail.
                _ = write!(line, "{byte:02x}");
            }
        }
        Value::List(values) => push_all(('[', ']'), values.iter().map(|value| ("", value)), room, line),
        Value::Struct(fields) => {
            push_all(('{', '}'), fields.iter().map(|(name, value)| (name.as_str(), value)), room, line);
        }
        plain => _ = write!(line, "{plain}"),
    }
}

/// Parts with their names, as many as there is room for.
fn push_all<'a>(
    (open, close): (char, char),
    parts: impl Iterator<Item = (&'a str, &'a Value)>,
    room: usize,
    line: &mut String,
) {
    line.push(open);
    for (at, (name, value)) in parts.enumerate() {
        if line.len() > room {
            line.push('…');
            break;
        }
        if at > 0 {
            line.push_str(", ");
        }
        if !name.is_empty() {
            line.push_str(name);
            line.push_str(": ");
        }
        push(value, room, line);
    }
    line.push(close);
}

fn push_text(text: &str, room: usize, line: &mut String) {
    let mut chars = text.chars().peekable();
    for _ in 0..=room {
        let Some(c) = chars.next() else { return };
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => line.push('⏎'),
            c if c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    if chars.peek().is_some() {
        line.push('…');
    }
}

/// A value as it is pasted into a spreadsheet: quoted where it would otherwise fall apart.
pub(super) fn pasted(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => text.clone(),
        value => value.to_string(),
    };
    let quoted = text.contains(['\t', '\n', '\r', '"']) || (text.is_empty() && !value.is_null());
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
