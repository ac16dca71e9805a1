//! Records of named values, in formats that are read by ourselves: a first pass finds the columns and their types in all records,
//! a second makes rows of them.

mod kinds;

use indexmap::IndexMap;
use pipewright_engine::params::NewColumn;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

pub(super) use self::kinds::{ATTRIBUTE, Kinds, TEXT, name};

use self::kinds::{Found, shown, value};
use super::json::Json;
use super::spooled::{Gathered, Refusal};
use super::{Extent, HEAD_BYTES, Opened, Opening, Total, cancelled, with_file};
use crate::files::Located;
use crate::job::SourceReport;

/// The records of one file, one after the other.
pub(super) trait Records {
    fn next(&mut self) -> Result<Option<Record>, Problem>;

    /// How the file is read: `JSON, one object a line`.
    fn read_as(&self) -> String;
}

/// A record as it stands in the file.
pub(super) struct Record {
    pub text: String,
    /// The line it stands in, or its number where records don't stand in lines.
    pub line: u64,
    pub fields: Vec<(String, Json)>,
    /// Why it is none, although it was found.
    pub refusal: Option<Refusal>,
}

/// What is known of a source before its records are looked at.
pub(super) struct Format<'a> {
    pub open: &'a dyn Fn(&'a Located) -> Result<Box<dyn Records + 'a>, Problem>,
    /// Columns known beforehand, and how names become columns.
    pub kinds: Kinds,
    /// Types by column name, where they are given.
    pub types: &'a IndexMap<String, Type>,
    pub file_column: Option<&'a NewColumn>,
    /// A record with a value that can't be read is a row all the same, with null for the value.
    pub keep: bool,
}

pub(super) fn open_records<'a>(
    opening: &Opening,
    node: &str,
    located: &'a [Located],
    mut format: Format<'a>,
) -> Result<Opened, Problem> {
    let mut kinds = std::mem::take(&mut format.kinds);
    let reading = Reading { opening, located, format };
    let most = match opening.extent {
        Extent::Head { rows, .. } => Most { records: rows as u64, bytes: HEAD_BYTES },
        Extent::Whole => Most { records: u64::MAX, bytes: u64::MAX },
    };
    let Seen { all, .. } = reading.each(most, &mut |_, _, record| {
        if record.refusal.is_none() {
            kinds.see(record.fields);
        }
        Ok(())
    })?;
    let columns = reading.columns(kinds, all)?;
    reading.read(node, &columns, most)
}

/// How much is looked at: whichever is reached first.
#[derive(Clone, Copy)]
struct Most {
    records: u64,
    bytes: u64,
}

/// What was looked at.
#[derive(Default)]
struct Seen {
    records: u64,
    bytes: u64,
    /// That was all there is.
    all: bool,
    read_as: String,
}

struct Reading<'a, 'o> {
    opening: &'o Opening<'o>,
    located: &'a [Located],
    format: Format<'a>,
}

/// What is done with a record of a file, by the number of the file.
type Look<'a> = dyn FnMut(usize, &dyn Records, Record) -> Result<(), Problem> + 'a;

impl Reading<'_, '_> {
    /// Looks at records of all files, until there were `most`.
    fn each(&self, most: Most, look: &mut Look<'_>) -> Result<Seen, Problem> {
        let mut seen = Seen::default();
        for (at, file) in self.located.iter().enumerate() {
            let mut records = (self.format.open)(file)?;
            if seen.read_as.is_empty() {
                seen.read_as = records.read_as();
            }
            while seen.records < most.records && seen.bytes < most.bytes {
                let Some(record) = records.next()? else { break };
                seen.records += 1;
                // What stands between two records is a comma or the end of a line.
                seen.bytes += record.text.len() as u64 + 1;
                look(at, records.as_ref(), record)?;
                if seen.records.is_multiple_of(1024) && (self.opening.stop)() {
                    return Err(cancelled());
                }
            }
            if seen.records >= most.records || seen.bytes >= most.bytes || !file.whole {
                return Ok(seen);
            }
        }
        Ok(Seen { all: true, ..seen })
    }

    /// The columns found, in the types found or given.
    fn columns(&self, kinds: Kinds, all: bool) -> Result<Vec<Found>, Problem> {
        let mut columns = kinds.columns();
        for (name, kind) in self.format.types {
            match columns.iter_mut().find(|found| found.column.name == *name) {
                Some(found) => found.column.kind = kind.clone(),
                // It may come with a later record.
                None if !all => columns.push(Found::named(name, kind.clone())),
                None => {
                    let known = columns.iter().map(|found| found.column.name.as_str());
                    return Err(Problem::unknown("column", name, known).at("types"));
                }
            }
        }
        Ok(columns)
    }

    fn read(&self, node: &str, columns: &[Found], most: Most) -> Result<Opened, Problem> {
        let file_column = self.format.file_column.map(|name| name.0.as_str());
        let own: Vec<Column> = columns.iter().map(|found| found.column.clone()).collect();
        let mut gathered = Gathered::begin(self.opening, with_file(Schema(own), file_column)?)?;
        let report = |file: &Located| SourceReport {
            node: node.into(),
            file: file.shown.clone(),
            bytes: file.bytes,
            ..SourceReport::default()
        };
        let mut reports: Vec<SourceReport> = self.located.iter().map(report).collect();
        if self.opening.extent == Extent::Whole {
            self.located.iter().for_each(|file| self.opening.checking(node, file));
        }
        let seen = self.each(most, &mut |at, records, record| {
            let report = &mut reports[at];
            report.records += 1;
            if report.read_as.is_empty() {
                report.read_as = records.read_as();
            }
            let size = record.text.len();
            let (row, refusal) = self.row(columns, &record, at);
            if refusal.is_none() || self.format.keep {
                gathered.row(row, size)?;
            }
            let Some(refusal) = refusal else { return Ok(()) };
            report.rejected += u64::from(!self.format.keep);
            gathered.reject(refusal.into_row(&self.located[at].shown, record.line, record.text), size)
        })?;
        gathered.finish(seen.all, self.total(&seen), seen.read_as, reports)
    }

    /// How many records there are in all, going by those of a head.
    fn total(&self, seen: &Seen) -> Total {
        if seen.all {
            return Total::Exactly(seen.records);
        }
        if self.located.iter().any(|file| !file.whole) {
            return Total::Unknown;
        }
        Total::by_size(seen.records, seen.bytes, self.located.iter().map(|file| file.bytes).sum())
    }

    /// The values of a record, null where one is not of its type, and the first such value.
    fn row(&self, columns: &[Found], record: &Record, file: usize) -> (Vec<Value>, Option<Refusal>) {
        let mut row = Vec::with_capacity(columns.len() + 1);
        let mut refusal = None;
        for found in columns {
            let field = found.field(&record.fields);
            let json = field.as_deref().unwrap_or(&Json::Null);
            row.push(value(json, &found.column.kind).unwrap_or_else(|reason| {
                let column = Some(found.column.name.clone());
                refusal.get_or_insert_with(|| Refusal { column, value: Some(shown(json)), reason });
                Value::Null
            }));
        }
        if self.format.file_column.is_some() {
            row.push(Value::text(&self.located[file].shown));
        }
        (row, record.refusal.clone().or(refusal))
    }
}
