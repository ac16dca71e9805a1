//! One JSON value, exactly as it stands in the file: numbers keep their digits and objects keep names that stand twice, which
//! general parsers make floats of and drop.

use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Json {
    Null,
    Boolean(bool),
    /// As written.
    Number(String),
    Text(String),
    /// Text of another format, which may be that of a number or a date.
    Written(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Deeper than that nobody nests, but a file made to break readers does.
const DEEPEST: usize = 128;

/// Reads text that is one value. The error is a reason to reject it.
pub(super) fn parse(text: &[u8]) -> Result<Json, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))?;
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = parser.value().and_then(|value| {
        parser.blanks();
        (parser.at == text.len()).then_some(value).ok_or(Wrong::Syntax)
    });
    value.map_err(|wrong| match wrong {
        Wrong::Syntax if parser.at == 0 => "not JSON".into(),
        Wrong::Syntax => {
            format!("not JSON from character {} on", text[..parser.at.min(text.len())].chars().count() + 1)
        }
        Wrong::Twice(name) => format!("the name {name:?} stands twice in one object"),
        Wrong::TooDeep => format!("nested more than {DEEPEST} deep"),
    })
}

enum Wrong {
    Syntax,
    Twice(String),
    TooDeep,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<Json, Wrong> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => [("null", Json::Null), ("true", Json::Boolean(true)), ("false", Json::Boolean(false))]
                .into_iter()
                .find(|(word, _)| self.text[self.at..].starts_with(word))
                .map(|(word, value)| {
                    self.at += word.len();
                    value
                })
                .ok_or(Wrong::Syntax),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, Wrong>) -> Result<Json, Wrong> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Wrong::TooDeep);
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Json, Wrong> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        if self.takes(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.expect(b':')?;
            let value = self.value()?;
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(Wrong::Twice(name));
            }
            fields.push((name, value));
            if self.takes(b'}') {
                return Ok(Json::Object(fields));
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self) -> Result<Json, Wrong> {
        let mut values = Vec::new();
        if self.takes(b']') {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value()?);
            if self.takes(b']') {
                return Ok(Json::List(values));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        let rest = &self.text[self.at..];
        let end = end_of_string(rest.as_bytes()).ok_or(Wrong::Syntax)?;
        let text = serde_json::from_str(&rest[..end]).map_err(|_| Wrong::Syntax)?;
        self.at += end;
        Ok(text)
    }

    fn number(&mut self) -> Result<Json, Wrong> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let number = &rest[..end];
        let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
        let leads_with_zero = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
        // What is left to tell, such as `1.` and `1e`, the general parser knows; numbers too large for it are numbers still.
        let is_number = !leads_with_zero
            && serde_json::from_str::<f64>(number)
                .map_or_else(|error| error.to_string().contains("out of range"), |_| true);
        if !is_number {
            return Err(Wrong::Syntax);
        }
        self.at += end;
        Ok(Json::Number(number.to_owned()))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Wrong> {
        if self.takes(byte) { Ok(()) } else { Err(Wrong::Syntax) }
    }
}

/// Where a string that begins with the first byte ends.
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
        if at >= bytes.len() {
            return None;
        }
    }
}

/// As JSON again, without blanks.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(number),
            Self::Text(text) | Self::Written(text) => f.write_str(&quoted(text)),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::to_string).collect();
                write!(f, "[{}]", values.join(","))
            }
            Self::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
                write!(f, "{{{}}}", fields.join(","))
            }
        }
    }
}
