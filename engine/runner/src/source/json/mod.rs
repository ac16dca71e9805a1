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
use super::{Extent, Opened, Opening, cancelled, rejects_schema, with_file};
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
        Extent::Head { rows, .. } => rows as u64,
        Extent::Whole => u64::MAX,
    };
    let mut kinds = Kinds::default();
    let all = reading.each(most, &mut |_, _, record| {
        if let Ok(fields) = fields(record) {
            kinds.see(fields);
        }
        Ok(())
    })?;
    let columns = reading.columns(kinds, all)?;
    let schema = with_file(Schema(columns.clone()), json.file_column.as_ref().map(|name| name.0.as_str()))?;
    match opening.extent {
        Extent::Head { .. } => reading.head(schema, &columns, most, all),
        Extent::Whole => reading.whole(node, schema, &columns),
    }
}

struct Reading<'a> {
    opening: &'a Opening<'a>,
    json: &'a ReadJson,
    located: &'a [Located],
}

impl Reading<'_> {
    /// Looks at records of all files, until there were `most`. Whether that were all.
    fn each(
        &self,
        most: u64,
        look: &mut dyn FnMut(usize, &Records, &Record) -> Result<(), Problem>,
    ) -> Result<bool, Problem> {
        let mut seen = 0_u64;
        for (at, file) in self.located.iter().enumerate() {
            let mut records = Records::open(file, self.json)?;
            while seen < most {
                let Some(record) = records.next()? else { break };
                look(at, &records, &record)?;
                seen += 1;
                if seen.is_multiple_of(1024) && (self.opening.stop)() {
                    return Err(cancelled());
                }
            }
            if seen == most || !file.whole {
                return Ok(false);
            }
        }
        Ok(true)
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

    fn head(&self, schema: Schema, columns: &[Column], most: u64, all: bool) -> Result<Opened, Problem> {
        let (mut table, mut rejects) = (Table::empty(schema), Table::empty(rejects_schema()));
        self.each(most, &mut |at, _, record| {
            match self.row(columns, record, at) {
                Ok(row) => table.rows.push(row),
                Err(refusal) => rejects.rows.push(self.reject(record, at, refusal)),
            }
            Ok(())
        })?;
        Opened::of_head(table, rejects, all)
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
        self.each(u64::MAX, &mut |at, records, record| {
            let report = &mut reports[at];
            report.records += 1;
            report.read_as =
                if records.is_lines() { "JSON, one object a line" } else { "JSON, a list of objects" }.into();
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
