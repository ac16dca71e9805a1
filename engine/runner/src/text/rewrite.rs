//! The robust reader: record by record, whatever the file looks like. Good records become a clean CSV file, the others rejects.

use std::io::{self, Write};
use std::path::Path;

use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use super::decode::shown;
use super::judge::{Judge, Refusal};
use super::reader::{Record, Records};
use super::records::{Kind, push_text};
use super::{Layout, Stop, stopped};

/// The columns of every rejects file.
pub const REJECT_COLUMNS: [(&str, Type); 6] = [
    ("file", Type::Text),
    ("line", Type::Integer),
    ("record", Type::Text),
    ("error_column", Type::Text),
    ("error_value", Type::Text),
    ("error_reason", Type::Text),
];

/// Always `records = good + rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub records: u64,
    pub good: u64,
    pub rejected: u64,
}

/// The first records of a file.
#[derive(Debug, Default)]
pub struct Head {
    pub good: Vec<Vec<Value>>,
    pub rejected: Vec<Vec<Value>>,
    /// How long these records are together, in UTF-8.
    pub bytes: u64,
    /// There are no others.
    pub ended: bool,
}

/// Writes the good records of a file to `clean` and the others to `rejects`, both as CSV without header, to be read as
/// [`super::Clean::rewritten`] says. What a plain parser might read differently is written as [`Value`] shows it; null is an
/// unquoted empty field, empty text is `""`. `shown_as` is the file as its user knows it.
pub fn rewrite(
    path: &Path,
    shown_as: &str,
    layout: &Layout,
    clean: &mut dyn Write,
    rejects: &mut dyn Write,
    stop: Stop,
) -> Result<Counts, Problem> {
    let mut records = Records::open(path, layout)?;
    let judge = Judge::new(layout);
    let mut counts = Counts::default();
    let mut row = Vec::new();
    while let Some(record) = records.next()? {
        if let Kind::Blank | Kind::Comment = record.found.kind {
            continue;
        }
        counts.records += 1;
        row.clear();
        match judge.write(record.bytes, record.text(), record.found.kind, record.spans, &mut row) {
            Ok(()) => {
                counts.good += 1;
                clean.write_all(&row).map_err(|error| unwritable(shown_as, &error))?;
            }
            Err(refusal) => {
                counts.rejected += 1;
                row.clear();
                write_reject(&mut row, shown_as, &record, &refusal);
                rejects.write_all(&row).map_err(|error| unwritable(shown_as, &error))?;
            }
        }
        if counts.records.is_multiple_of(4096) && stop() {
            return Err(stopped());
        }
    }
    clean.flush().and_then(|()| rejects.flush()).map_err(|error| unwritable(shown_as, &error))?;
    Ok(counts)
}

/// The first `count` records, or fewer that have about `most` bytes: the good ones as rows, the others as rows of
/// [`REJECT_COLUMNS`].
pub fn head(path: &Path, shown_as: &str, layout: &Layout, count: usize, most: u64) -> Result<Head, Problem> {
    let mut records = Records::open(path, layout)?;
    let judge = Judge::new(layout);
    let begun = records.offset();
    let (mut good, mut rejected, mut ended) = (Vec::new(), Vec::new(), false);
    while good.len() + rejected.len() < count && records.offset() - begun < most {
        let Some(record) = records.next()? else {
            ended = true;
            break;
        };
        if let Kind::Blank | Kind::Comment = record.found.kind {
            continue;
        }
        match judge.read(record.bytes, record.text(), record.found.kind, record.spans) {
            Ok(values) => good.push(values),
            Err(refusal) => rejected.push(reject(shown_as, &record, refusal)),
        }
    }
    Ok(Head { good, rejected, bytes: records.offset() - begun, ended })
}

fn reject(shown_as: &str, record: &Record, refusal: Refusal) -> Vec<Value> {
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    vec![
        Value::text(shown_as),
        Value::Integer(i64::try_from(record.line).unwrap_or(i64::MAX)),
        Value::Text(shown(record.text())),
        optional(refusal.column),
        optional(refusal.value),
        Value::Text(refusal.reason),
    ]
}

fn write_reject(row: &mut Vec<u8>, shown_as: &str, record: &Record, refusal: &Refusal) {
    push_text(row, shown_as.as_bytes());
    row.extend_from_slice(format!(",{},", record.line).as_bytes());
    push_text(row, shown(record.text()).as_bytes());
    for detail in [&refusal.column, &refusal.value] {
        row.push(b',');
        if let Some(text) = detail {
            push_text(row, text.as_bytes());
        }
    }
    row.push(b',');
    push_text(row, refusal.reason.as_bytes());
    row.push(b'\n');
}

fn unwritable(shown_as: &str, error: &io::Error) -> Problem {
    Problem::new(format!("The cleaned copy of {shown_as} cannot be written: {error}."))
        .try_this("Make room on the disk for temporary files, or set PIPEWRIGHT_TEMP to a folder that has some.")
}
