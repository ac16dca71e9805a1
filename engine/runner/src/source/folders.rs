//! Columns in the names of folders: `year=2024/month=05/part.parquet`, as Hive, Spark and our own partitions have them.

use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Type};
use pipewright_engine::value::Value;

use crate::files::Located;

/// The columns, and their values for each file.
#[derive(Default)]
pub(super) struct Columns {
    pub schema: Vec<Column>,
    pub values: Vec<Vec<Value>>,
}

/// What a folder is named for null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Finds the columns. A column that the files have themselves is left to them.
pub(super) fn columns(located: &[Located], own: &[Column]) -> Result<Columns, Problem> {
    let keys: Vec<Vec<(String, Option<String>)>> = located.iter().map(|file| keys(&file.shown, own)).collect();
    let names = |keys: &[(String, Option<String>)]| keys.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let Some(first) = keys.first().map(|keys| names(keys)) else { return Ok(Columns::default()) };
    if let Some(at) = keys.iter().position(|keys| names(keys) != first) {
        let (file, like) = (&located[at].shown, &located[0].shown);
        return Err(Problem::new(format!("The folders of {file} make other columns than those of {like}."))
            .at("path")
            .try_this("Set `folder_columns: false`, or read them with a node each."));
    }
    let kind = |at: usize| {
        let texts: Vec<&str> = keys.iter().filter_map(|keys| keys[at].1.as_deref()).collect();
        let fits = |kind: &Type| {
            let prints_back = |text: &&str| Value::parse(text, kind).is_some_and(|value| value.to_string() == **text);
            !texts.is_empty() && texts.iter().all(prints_back)
        };
        [Type::Integer, Type::Date, Type::Boolean].into_iter().find(fits).unwrap_or(Type::Text)
    };
    let schema: Vec<Column> = first.iter().enumerate().map(|(at, name)| Column::new(name, kind(at))).collect();
    let value = |((_, text), column): (&(String, Option<String>), &Column)| {
        text.as_deref().and_then(|text| Value::parse(text, &column.kind)).unwrap_or_default()
    };
    let values = keys.iter().map(|keys| keys.iter().zip(&schema).map(value).collect()).collect();
    Ok(Columns { schema, values })
}

fn keys(shown: &str, own: &[Column]) -> Vec<(String, Option<String>)> {
    let mut folders: Vec<&str> = shown.split(['/', '!', std::path::MAIN_SEPARATOR]).collect();
    folders.pop();
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for folder in folders {
        let Some((name, value)) = folder.split_once('=') else { continue };
        let name = decoded(name);
        if own.iter().any(|column| column.name == name) || found.iter().any(|(other, _)| *other == name) {
            continue;
        }
        found.push((name, (value != NULL).then(|| decoded(value))));
    }
    found
}

/// `%2F` is `/`: the inverse of how partitions are named.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// What the folder of a value is called. Different values give different names, and [`columns`] finds the value again.
pub(crate) fn name(column: &str, value: Option<&str>) -> String {
    let value = match value {
        None => NULL.to_owned(),
        Some(NULL) => NULL.replacen('_', "%5F", 1),
        Some(text) => encoded(text),
    };
    format!("{}={value}", encoded(column))
}

/// What the file of a value is called, without its ending. Different values give different names.
pub(crate) fn file_name(value: Option<&str>) -> String {
    const EMPTY: &str = "__empty__";
    match value {
        None => NULL.to_owned(),
        Some("") => EMPTY.to_owned(),
        Some(text @ (NULL | EMPTY)) => text.replacen('_', "%5F", 1),
        // A name that begins with a point is hidden, or the folder above.
        Some(text) if text.starts_with('.') => encoded(text).replacen('.', "%2E", 1),
        Some(text) => encoded(text),
    }
}

/// Leaves letters of any script as they are, since people read the names too, and writes bytes that file systems or readers of
/// partitions take for something else as `%2F`.
fn encoded(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_control() || "\"#%'*/:=?\\{}[]^<>|!".contains(c) {
            let mut bytes = [0; 4];
            name.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            name.push(c);
        }
    }
    name
}
