//! Lists and structs as text: `[1, null, 3]`, `{name: pen, tags: [a, "b, c"]}`. Quotes stand only where something would be taken for
//! something else, and what is written reads back.

use std::fmt::{self, Write as _};

use crate::types::Type;
use crate::value::Value;

pub(crate) fn write(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::List(values) => {
            f.write_char('[')?;
            for (at, value) in values.iter().enumerate() {
                f.write_str(if at > 0 { ", " } else { "" })?;
                write(value, f)?;
            }
            f.write_char(']')
        }
        Value::Struct(fields) => {
            f.write_char('{')?;
            for (at, (name, value)) in fields.iter().enumerate() {
                f.write_str(if at > 0 { ", " } else { "" })?;
                write_word(name, f)?;
                f.write_str(": ")?;
                write(value, f)?;
            }
            f.write_char('}')
        }
        Value::Null => f.write_str("null"),
        Value::Text(text) => write_word(text, f),
        plain => write!(f, "{plain}"),
    }
}

fn write_word(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(['"', ',', '[', ']', '{', '}', ':', '\\', '\n'])
        && !text.eq_ignore_ascii_case("null");
    if is_plain {
        return f.write_str(text);
    }
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            '\n' => f.write_str("\\n")?,
            letter => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}

/// Reads what [`write`] writes, and JSON.
pub(crate) fn parse(text: &str, kind: &Type) -> Option<Value> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(kind)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, kind: &Type) -> Option<Value> {
        match kind {
            Type::List(inner) if self.takes('[') => {
                let mut values = Vec::new();
                while !self.takes(']') {
                    if !values.is_empty() && !self.takes(',') {
                        return None;
                    }
                    values.push(self.value(inner)?);
                }
                Some(Value::List(values))
            }
            Type::Struct(fields) if self.takes('{') => {
                let mut values: Vec<(String, Value)> =
                    fields.iter().map(|field| (field.name.clone(), Value::Null)).collect();
                let mut first = true;
                while !self.takes('}') {
                    if !first && !self.takes(',') {
                        return None;
                    }
                    first = false;
                    let name = self.word()?.0;
                    let at = fields.iter().position(|field| field.name == name)?;
                    values[at].1 = self.takes(':').then(|| self.value(&fields[at].kind))??;
                }
                Some(Value::Struct(values))
            }
            kind => match self.word()? {
                (word, false) if word.eq_ignore_ascii_case("null") => Some(Value::Null),
                // Times and timestamps have colons in them.
                (_, false) if matches!(kind, Type::List(_) | Type::Struct(_)) => None,
                (word, _) => Value::parse(&word, kind),
            },
        }
    }

    fn takes(&mut self, mark: char) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.rest = rest.trim_start();
        true
    }

    /// A word up to the next mark, or text in quotes; and whether it was in quotes.
    fn word(&mut self) -> Option<(String, bool)> {
        self.rest = self.rest.trim_start();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let mut text = String::new();
            let mut letters = quoted.char_indices();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '"' => {
                        self.rest = quoted[at + 1..].trim_start();
                        return Some((text, true));
                    }
                    '\\' => text.push(match letters.next()?.1 {
                        'n' => '\n',
                        't' => '\t',
                        letter => letter,
                    }),
                    letter => text.push(letter),
                }
            }
            return None;
        }
        let mark = |(at, letter): (usize, char)| match letter {
            ',' | ']' | '}' => true,
            // A colon ends a name; within a time of day it stands between digits.
            ':' => !self.rest[at + 1..].starts_with(|next: char| next.is_ascii_digit()),
            _ => false,
        };
        let end = self.rest.char_indices().find(|letter| mark(*letter)).map_or(self.rest.len(), |(at, _)| at);
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let word = word.trim_end();
        (!word.is_empty()).then(|| (word.to_owned(), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Column;

    #[test]
    fn what_is_written_reads_back() {
        let kind = Type::List(Box::new(Type::Struct(vec![
            Column::new("name", Type::Text),
            Column::new("at", Type::Timestamp),
            Column::new("sizes", Type::List(Box::new(Type::Integer))),
        ])));
        for text in [
            "[]",
            "[null]",
            "[{name: pen, at: 2024-05-01 12:30:00, sizes: [1, null]}, null]",
            "[{name: \"a, b\", at: null, sizes: []}]",
            "[{name: \"null\", at: null, sizes: null}, {name: \"say \\\"hi\\\"\", at: null, sizes: [7]}]",
        ] {
            assert_eq!(parse(text, &kind).map(|value| value.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn json_is_read_and_what_is_broken_is_not() {
        let texts = Type::List(Box::new(Type::Text));
        assert_eq!(parse(r#"["a","b\n"]"#, &texts), Some(Value::List(vec![Value::text("a"), Value::text("b\n")])));
        for text in ["", "[a", "a]", "[a b] c", "[,]", "[\"a]"] {
            assert_eq!(parse(text, &texts), None, "{text}");
        }
    }
}
