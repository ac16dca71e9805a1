//! Workbooks: the cells of one sheet, with the types that all cells of a column have in common.
//!
//! Date and time in a workbook are numbers with a format; they are exact to the millisecond.

mod cell;
mod sheet;

use pipewright_engine::nodes::{OnError, ReadExcel};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use self::cell::Kind;
use self::sheet::Sheet;
use super::spooled::{Refusal, Spooled};
use super::{Extent, Opened, Opening, Total, cancelled, rejects_schema, same_names, with_file};
use crate::files::Located;
use crate::job::SourceReport;

pub(super) fn open_excel(
    opening: &Opening,
    node: &str,
    excel: &ReadExcel,
    located: &[Located],
) -> Result<Opened, Problem> {
    let mut sheets = Vec::new();
    for file in located {
        opening.checking(node, file);
        sheets.push(Sheet::read(file, excel)?);
        if (opening.stop)() {
            return Err(cancelled());
        }
    }
    same_names(located, &sheets.iter().map(Sheet::names).collect::<Vec<_>>())?;
    let columns = columns(&sheets, excel)?;
    let schema = with_file(Schema(columns.clone()), excel.file_column.as_ref().map(|name| name.0.as_str()))?;
    let reading = Reading { opening, excel, columns: &columns };
    match opening.extent {
        Extent::Head { rows, .. } => reading.head(schema, &sheets, rows),
        Extent::Whole => reading.whole(node, schema, &sheets),
    }
}

/// The columns of the first sheet; the types are what the cells of all sheets have in common, where they are not given.
fn columns(sheets: &[Sheet], excel: &ReadExcel) -> Result<Vec<Column>, Problem> {
    let Some(first) = sheets.first() else { return Ok(Vec::new()) };
    let names = first.names();
    for name in excel.types.keys() {
        if !names.contains(&name.as_str()) {
            return Err(Problem::unknown("column", name, names).at("types"));
        }
    }
    let column = |name: &&str| {
        let kind = || {
            let cells = sheets.iter().flat_map(|sheet| sheet.column(name));
            cells.map(Kind::of).fold(Kind::Empty, Kind::and).into_type()
        };
        Column::new(*name, excel.types.get(*name).cloned().unwrap_or_else(kind))
    };
    Ok(names.iter().map(column).collect())
}

fn read_as(sheet: &Sheet) -> String {
    format!("workbook, sheet {:?}", sheet.name)
}

struct Reading<'a> {
    opening: &'a Opening<'a>,
    excel: &'a ReadExcel,
    columns: &'a [Column],
}

impl Reading<'_> {
    fn head(&self, schema: Schema, sheets: &[Sheet], most: usize) -> Result<Opened, Problem> {
        let (mut table, mut rejects) = (Table::empty(schema), Table::empty(rejects_schema()));
        let records: usize = sheets.iter().map(|sheet| sheet.rows().count()).sum();
        let first = sheets.iter().flat_map(|sheet| sheet.rows().map(move |at| (sheet, at))).take(most);
        for (sheet, at) in first {
            let (row, refusal) = self.row(sheet, at);
            if refusal.is_none() || self.excel.on_error == OnError::Null {
                table.rows.push(row);
            }
            rejects.rows.extend(refusal.map(|refusal| sheet.reject(at, refusal)));
        }
        let read_as = sheets.first().map(read_as).unwrap_or_default();
        Opened::of_head(table, rejects, records <= most, Total::Exactly(records as u64), read_as)
    }

    fn whole(&self, node: &str, schema: Schema, sheets: &[Sheet]) -> Result<Opened, Problem> {
        let mut rows = Spooled::begin(self.opening, schema.clone())?;
        let mut rejects = Spooled::begin(self.opening, rejects_schema())?;
        let mut reports = Vec::new();
        for sheet in sheets {
            let mut report = SourceReport {
                node: node.into(),
                file: sheet.file.shown.clone(),
                bytes: sheet.file.bytes,
                read_as: read_as(sheet),
                ..SourceReport::default()
            };
            for at in sheet.rows() {
                if report.records.is_multiple_of(1024) && (self.opening.stop)() {
                    return Err(cancelled());
                }
                report.records += 1;
                let (row, refusal) = self.row(sheet, at);
                if refusal.is_none() || self.excel.on_error == OnError::Null {
                    rows.push(row, 0)?;
                }
                if let Some(refusal) = refusal {
                    report.rejected += u64::from(self.excel.on_error != OnError::Null);
                    rejects.push(sheet.reject(at, refusal), 0)?;
                }
            }
            reports.push(report);
        }
        Ok(Opened {
            schema,
            rejects: rejects_schema(),
            rows: Some(rows.rows),
            rejects_count: rejects.rows,
            frame: rows.finish()?,
            rejected: rejects.finish()?,
            whole: true,
            total: Total::Exactly(reports.iter().map(|report| report.records).sum()),
            read_as: sheets.first().map(read_as).unwrap_or_default(),
            reports,
            files: Vec::new(),
            pattern: None,
        })
    }

    /// The values of a row, null where a cell is not of its type, and the first such cell.
    fn row(&self, sheet: &Sheet, at: u32) -> (Vec<Value>, Option<Refusal>) {
        let mut refusal = None;
        let mut row = Vec::with_capacity(self.columns.len() + 1);
        for Column { name, kind, .. } in self.columns {
            let cell = sheet.cell(at, name);
            row.push(cell::value(cell, kind).unwrap_or_else(|reason| {
                refusal.get_or_insert(Refusal { column: Some(name.clone()), value: Some(cell::shown(cell)), reason });
                Value::Null
            }));
        }
        if self.excel.file_column.is_some() {
            row.push(Value::text(&sheet.file.shown));
        }
        (row, refusal)
    }
}

/// What is wrong with a cell of another type.
fn not(kind: &Type) -> String {
    format!("not {kind}")
}
