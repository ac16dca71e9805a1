//! JSON: a first pass finds the columns and their types in all records, a second makes rows of them.
//!
//! Polars reads JSON too, but takes a record that it can't read for nulls, and knows only the names of the first ones.

mod kinds;
mod parse;
mod records;

use pipewright_engine::nodes::ReadJson;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema};
use pipewright_engine::value::Value;

use self::kinds::{Kinds, value};
use self::parse::{Json, parse};
use self::records::{Record, Records};
use super::spooled::{Refusal, Spooled};
use super::{Extent, HEAD_BYTES, Opened, Opening, Total, cancelled, rejects_schema, with_file};
use crate::files::Located;
use crate::job::SourceReport;

pub(super) fn open_json(
    opening: &Opening,
    node: &str,
    json: &ReadJson,
    located: &[Located],
) -> Result<Opened, Problem> {
    let reading = Reading { opening, json, located };
    let most = match opening.extent {
        Extent::Head { rows, .. } => Most { records: rows as u64, bytes: HEAD_BYTES },
        Extent::Whole => Most { records: u64::MAX, bytes: u64::MAX },
    };
    let mut kinds = Kinds::default();
    let Seen { all, .. } = reading.each(most, &mut |_, _, record| {
        if let Ok(fields) = fields(record) {
            kinds.see(fields);
        }
        Ok(())
    })?;
    let columns = reading.columns(kinds, all)?;
    let schema = with_file(Schema(columns.clone()), json.file_column.as_ref().map(|name| name.0.as_str()))?;
    match opening.extent {
        Extent::Head { .. } => reading.head(schema, &columns, most),
        Extent::Whole => reading.whole(node, schema, &columns),
    }
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
    lines: bool,
}

fn read_as(lines: bool) -> String {
    if lines { "JSON, one object a line" } else { "JSON, a list of objects" }.to_owned()
}

struct Reading<'a> {
    opening: &'a Opening<'a>,
    json: &'a ReadJson,
    located: &'a [Located],
}

impl Reading<'_> {
    /// Looks at records of all files, until there were `most`.
    fn each(
        &self,
        most: Most,
        look: &mut dyn FnMut(usize, &Records, &Record) -> Result<(), Problem>,
    ) -> Result<Seen, Problem> {
        let mut seen = Seen::default();
        for (at, file) in self.located.iter().enumerate() {
            let mut records = Records::open(file, self.json)?;
            seen.lines = records.is_lines();
            while seen.records < most.records && seen.bytes < most.bytes {
                let Some(record) = records.next()? else { break };
                look(at, &records, &record)?;
                seen.records += 1;
                // What stands between two records is a comma or the end of a line.
                seen.bytes += record.text.len() as u64 + 1;
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
    fn columns(&self, kinds: Kinds, all: bool) -> Result<Vec<Column>, Problem> {
        let mut columns = kinds.columns();
        for (name, kind) in &self.json.types {
            match columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => column.kind = kind.clone(),
                // It may come with a later record.
                None if !all => columns.push(Column::new(name, kind.clone())),
                None => {
                    let known = columns.iter().map(|column| column.name.as_str());
                    return Err(Problem::unknown("column", name, known).at("types"));
                }
            }
        }
        Ok(columns)
    }

    fn head(&self, schema: Schema, columns: &[Column], most: Most) -> Result<Opened, Problem> {
        let (mut table, mut rejects) = (Table::empty(schema), Table::empty(rejects_schema()));
        let Seen { records, bytes, all, lines } = self.each(most, &mut |at, _, record| {
            match self.row(columns, record, at) {
                Ok(row) => table.rows.push(row),
                Err(refusal) => rejects.rows.push(self.reject(record, at, refusal)),
            }
            Ok(())
        })?;
        let cut = self.located.iter().any(|file| !file.whole);
        let size = self.located.iter().map(|file| file.bytes).sum();
        let total = if cut { Total::Unknown } else { Total::by_size(records, bytes, size) };
        Opened::of_head(table, rejects, all, total, read_as(lines))
    }

    fn whole(&self, node: &str, schema: Schema, columns: &[Column]) -> Result<Opened, Problem> {
        let mut rows = Spooled::begin(self.opening, schema.clone())?;
        let mut rejects = Spooled::begin(self.opening, rejects_schema())?;
        let mut reports: Vec<SourceReport> = self
            .located
            .iter()
            .map(|file| SourceReport {
                node: node.into(),
                file: file.shown.clone(),
                bytes: file.bytes,
                ..SourceReport::default()
            })
            .collect();
        for file in self.located {
            self.opening.checking(node, file);
        }
        let most = Most { records: u64::MAX, bytes: u64::MAX };
        let seen = self.each(most, &mut |at, records, record| {
            let report = &mut reports[at];
            report.records += 1;
            report.read_as = read_as(records.is_lines());
            match self.row(columns, record, at) {
                Ok(row) => rows.push(row, record.text.len()),
                Err(refusal) => {
                    report.rejected += 1;
                    rejects.push(self.reject(record, at, refusal), record.text.len())
                }
            }
        })?;
        Ok(Opened {
            schema,
            rejects: rejects_schema(),
            rows: Some(rows.rows),
            rejects_count: rejects.rows,
            frame: rows.finish()?,
            rejected: rejects.finish()?,
            whole: true,
            total: Total::Exactly(seen.records),
            read_as: read_as(seen.lines),
            reports,
            files: Vec::new(),
            pattern: None,
        })
    }

    fn reject(&self, record: &Record, file: usize, refusal: Refusal) -> Vec<Value> {
        let text = String::from_utf8_lossy(&record.text).into_owned();
        refusal.into_row(&self.located[file].shown, record.line, text)
    }

    fn row(&self, columns: &[Column], record: &Record, file: usize) -> Result<Vec<Value>, Refusal> {
        let fields = fields(record)?;
        let mut row = vec![Value::Null; columns.len()];
        for (name, json) in fields {
            let Some(at) = columns.iter().position(|column| column.name == name) else { continue };
            row[at] = value(&json, &columns[at].kind).map_err(|reason| Refusal {
                column: Some(name),
                value: Some(kinds::shown(&json)),
                reason,
            })?;
        }
        if self.json.file_column.is_some() {
            row.push(Value::text(&self.located[file].shown));
        }
        Ok(row)
    }
}

/// The names and values of a record, which must be an object.
fn fields(record: &Record) -> Result<Vec<(String, Json)>, Refusal> {
    match parse(&record.text).map_err(Refusal::of_record)? {
        Json::Object(fields) => Ok(fields),
        other => Err(Refusal::of_record(format!("not an object but {}", kinds::name(&other)))),
    }
}
