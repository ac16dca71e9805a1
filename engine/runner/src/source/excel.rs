//! Workbooks: the cells of one sheet, with the types that all cells of a column have in common.
//!
//! Date and time in a workbook are numbers with a format; they are exact to the millisecond.

mod book;
mod cell;
mod format;
mod old;
mod sheet;

use pipewright_engine::nodes::{OnError, ReadExcel};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use self::cell::Kind;
use self::sheet::Sheet;
use super::spooled::{Gathered, Refusal};
use super::{Extent, Opened, Opening, Total, cancelled, same_names, with_file};
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
    reading.read(node, schema, &sheets)
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

struct Reading<'a> {
    opening: &'a Opening<'a>,
    excel: &'a ReadExcel,
    columns: &'a [Column],
}

impl Reading<'_> {
    fn read(&self, node: &str, schema: Schema, sheets: &[Sheet]) -> Result<Opened, Problem> {
        let mut gathered = Gathered::begin(self.opening, schema)?;
        let mut reports = Vec::new();
        let mut left = match self.opening.extent {
            Extent::Head { rows, .. } => rows,
            Extent::Whole => usize::MAX,
        };
        for sheet in sheets {
            let mut report = SourceReport {
                node: node.into(),
                file: sheet.file.shown.clone(),
                bytes: sheet.file.bytes,
                read_as: sheet.read_as(),
                ..SourceReport::default()
            };
            for at in sheet.rows().take(left) {
                if report.records.is_multiple_of(1024) && (self.opening.stop)() {
                    return Err(cancelled());
                }
                report.records += 1;
                left -= 1;
                let (row, refusal) = self.row(sheet, at);
                if refusal.is_none() || self.excel.on_error == OnError::Null {
                    gathered.row(row, 0)?;
                }
                if let Some(refusal) = refusal {
                    report.rejected += u64::from(self.excel.on_error != OnError::Null);
                    gathered.reject(sheet.reject(at, refusal), 0)?;
                }
            }
            reports.push(report);
        }
        let all: u64 = sheets.iter().map(|sheet| sheet.rows().count() as u64).sum();
        let read: u64 = reports.iter().map(|report| report.records).sum();
        let read_as = sheets.first().map(Sheet::read_as).unwrap_or_default();
        gathered.finish(read == all, Total::Exactly(all), read_as, reports)
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
