//! JSON within text: read letter by letter into a tree, each value of which knows how it is written.

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::value::Value;

use super::Computed;

pub(super) fn json_call(function: Function, values: &[Value]) -> Computed {
    if function == Function::ToJson {
        return Ok(Value::Text(written(&values[0])));
    }
    let text = values[0].as_text().expect("JSON is text");
    let Some(json) = read(text) else {
        return if function == Function::IsJson { Ok(Value::Boolean(false)) } else { Err(Failure::NotJson) };
    };
    let list = || if let Kind::List(list) = &json.kind { Ok(list.clone()) } else { Err(Failure::NoJsonList) };
    Ok(match function {
        Function::IsJson => Value::Boolean(true),
        Function::JsonGet => json.part(&values[1], false).map_or(Value::Null, |part| Value::Text(part.text)),
        Function::JsonGetText => json.part(&values[1], false).map_or(Value::Null, Json::plain),
        Function::JsonExtractPath | Function::JsonExtractPathText => {
            let found = values[1..].iter().try_fold(json, |json, step| json.part(step, true));
            match (found, function) {
                (None, _) => Value::Null,
                (Some(found), Function::JsonExtractPath) => Value::Text(found.text),
                (Some(found), _) => found.plain(),
            }
        }
        Function::JsonTypeof => Value::text(match json.kind {
            Kind::Object(_) => "object",
            Kind::List(_) => "array",
            Kind::Text(_) => "string",
            Kind::Null => "null",
            Kind::Other if json.text.starts_with(['t', 'f']) => "boolean",
            Kind::Other => "number",
        }),
        Function::JsonArrayLength => Value::Integer(list()?.len() as i64),
        Function::JsonArrayElements => Value::List(list()?.into_iter().map(|json| Value::Text(json.text)).collect()),
        Function::JsonArrayElementsText => Value::List(list()?.into_iter().map(Json::plain).collect()),
        Function::JsonObjectKeys => match json.kind {
            Kind::Object(fields) => Value::List(fields.into_iter().map(|(name, _)| Value::Text(name)).collect()),
            _ => return Err(Failure::NoJsonObject),
        },
        other => panic!("{other:?} of JSON"),
    })
}

#[derive(Clone)]
struct Json {
    text: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Object(Vec<(String, Json)>),
    List(Vec<Json>),
    Text(String),
    Null,
    /// Numbers and truth values.
    Other,
}

impl Json {
    fn part(self, step: &Value, numbers_are_text: bool) -> Option<Self> {
        let number = match step {
            Value::Integer(number) => Some(*number),
            Value::Text(text) if numbers_are_text => text.trim().parse().ok(),
            _ => None,
        };
        match self.kind {
            Kind::Object(fields) => {
                let name = step.as_text()?;
                fields.into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            Kind::List(list) => {
                let at = i128::from(number?);
                let at = if at < 0 { at + list.len() as i128 } else { at };
                list.into_iter().nth(usize::try_from(at).ok()?)
            }
            _ => None,
        }
    }

    fn plain(self) -> Value {
        match self.kind {
            Kind::Text(text) => Value::Text(text),
            Kind::Null => Value::Null,
            _ => Value::Text(self.text),
        }
    }
}

fn read(text: &str) -> Option<Json> {
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    let json = value(&letters, &mut at, 0)?;
    blanks(&letters, &mut at);
    (at == letters.len()).then_some(json)
}

fn value(letters: &[char], at: &mut usize, depth: usize) -> Option<Json> {
    blanks(letters, at);
    let from = *at;
    let first = *letters.get(*at)?;
    let kind = match first {
        '{' | '[' if depth == 128 => return None,
        '{' => {
            let mut fields = Vec::new();
            items(letters, at, '}', |at| {
                let name = string(letters, at)?;
                blanks(letters, at);
                takes(letters, at, ':').then_some(())?;
                fields.push((name, value(letters, at, depth + 1)?));
                Some(())
            })?;
            Kind::Object(fields)
        }
        '[' => {
            let mut list = Vec::new();
            items(letters, at, ']', |at| {
                list.push(value(letters, at, depth + 1)?);
                Some(())
            })?;
            Kind::List(list)
        }
        '"' => Kind::Text(string(letters, at)?),
        _ => {
            while letters.get(*at).is_some_and(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(*letter)) {
                *at += 1;
            }
            let word: String = letters[from..*at].iter().collect();
            match word.as_str() {
                "null" => Kind::Null,
                "true" | "false" => Kind::Other,
                word if is_number(word) => Kind::Other,
                _ => return None,
            }
        }
    };
    Some(Json { text: letters[from..*at].iter().collect(), kind })
}

fn items(letters: &[char], at: &mut usize, close: char, mut one: impl FnMut(&mut usize) -> Option<()>) -> Option<()> {
    *at += 1;
    blanks(letters, at);
    if takes(letters, at, close) {
        return Some(());
    }
    loop {
        blanks(letters, at);
        one(at)?;
        blanks(letters, at);
        if takes(letters, at, close) {
            return Some(());
        }
        takes(letters, at, ',').then_some(())?;
    }
}

fn string(letters: &[char], at: &mut usize) -> Option<String> {
    takes(letters, at, '"').then_some(())?;
    let mut units: Vec<u16> = Vec::new();
    loop {
        let letter = *letters.get(*at)?;
        *at += 1;
        let plain = match letter {
            '"' => return String::from_utf16(&units).ok(),
            '\u{0}'..='\u{1f}' => return None,
            '\\' => {
                *at += 1;
                match letters.get(*at - 1)? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    same @ ('"' | '\\' | '/') => *same,
                    'u' => {
                        let digits: String = letters.get(*at..*at + 4)?.iter().collect();
                        *at += 4;
                        units.push(u16::from_str_radix(&digits, 16).ok()?);
                        continue;
                    }
                    _ => return None,
                }
            }
            letter => letter,
        };
        units.extend(plain.encode_utf16(&mut [0; 2]).iter());
    }
}

fn is_number(word: &str) -> bool {
    let rest = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn blanks(letters: &[char], at: &mut usize) {
    while letters.get(*at).is_some_and(|letter| [' ', '\t', '\n', '\r'].contains(letter)) {
        *at += 1;
    }
}

fn takes(letters: &[char], at: &mut usize, wanted: char) -> bool {
    let is_next = letters.get(*at) == Some(&wanted);
    *at += usize::from(is_next);
    is_next
}

fn written(value: &Value) -> String {
    let all = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(",");
    match value {
        Value::Null => "null".into(),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal(..) => value.to_string(),
        Value::Float(number) if number.is_finite() => value.to_string(),
        Value::List(values) => format!("[{}]", all(&mut values.iter().map(written))),
        Value::Struct(fields) => {
            let field = |(name, value): &(String, Value)| format!("{}:{}", in_quotes(name), written(value));
            format!("{{{}}}", all(&mut fields.iter().map(field)))
        }
        text => in_quotes(&text.to_string()),
    }
}

fn in_quotes(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        '\u{8}' => "\\b".into(),
        '\u{c}' => "\\f".into(),
        '\u{0}'..='\u{1f}' => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
