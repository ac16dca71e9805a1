//! Workbooks, written row by row from the rows that a stage has kept.
//!
//! Excel keeps 15 digits of a number and knows days from 1900 to 9999: a value beyond is written as text, so that none of it is lost.
//! Instants with a zone are text as well, since Excel has no zones. NaN and the infinities are their names.

use std::collections::HashMap;
use std::path::Path;

use pipewright_engine::nodes::WriteExcel;
use pipewright_engine::nodes::write_excel::{SHEET, free_name, sheet_of};
use pipewright_engine::number;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::{DAY_MICROS, Value};
use polars::prelude::{Engine, IdxSize, LazyFrame, PlRefPath, ScanArgsParquet};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{cancelled, unwritable, words};
use crate::convert;
use crate::host::Cancel;
use crate::lower;

/// What a sheet holds.
const MOST_ROWS: u64 = 1_048_576;
/// More sheets than this nobody looks through.
const MOST_SHEETS: usize = 500;
/// Larger integers are not exact in a sheet.
const EXACT: u128 = 999_999_999_999_999;
/// 1900-03-01 and 9999-12-31. Before the first, Excel counts a day that never was.
const DAYS: std::ops::RangeInclusive<i64> = -25_508..=2_932_896;
/// Days from Excel's day 0 to 1970-01-01.
const EPOCH: i64 = 25_569;
const BATCH: IdxSize = 8192;

/// Lists and structures are text of JSON in a cell.
pub(super) fn prepare(frame: LazyFrame, schema: &Schema) -> LazyFrame {
    let nested = schema.0.iter().filter(|column| matches!(column.kind, Type::List(_) | Type::Struct(_)));
    let texts: Vec<_> = nested.map(|column| words::text(column).alias(column.name.as_str())).collect();
    if texts.is_empty() { frame } else { frame.with_columns(texts) }
}

pub(super) fn write(rows: &Path, path: &Path, node: &WriteExcel, cancel: &Cancel) -> Result<(), Problem> {
    let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
    let mut kept = LazyFrame::scan_parquet(PlRefPath::new(rows.to_string_lossy()), args)
        .map_err(|error| lower::problem("", &error))?;
    let schema = convert::schema(&*kept.collect_schema().map_err(|error| lower::problem("", &error))?)?;
    let mut workbook = Workbook::new();
    // The same rows give the same bytes: when they were written the file's own date tells.
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| failed(&error))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    // Beside the rows that were kept: there is room for temporary files.
    let folder = rows.parent().unwrap_or(Path::new("."));
    workbook.set_tempdir(folder).map_err(|error| failed(&error))?;
    let mut sheets = Sheets::new(node, &schema);
    sheets.begin(&mut workbook)?;
    let mut at: u64 = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        let batch = kept.clone().slice(i64::try_from(at).unwrap_or(i64::MAX), BATCH);
        let batch =
            batch.collect_with_engine(Engine::Streaming).map_err(|error| lower::problem("", &error))?.unwrap_single();
        if batch.height() == 0 {
            break;
        }
        for row in &convert::table(&batch)?.rows {
            at += 1;
            sheets.write(&mut workbook, row, at)?;
        }
    }
    sheets.end(&mut workbook)?;
    workbook.save(path).map_err(|error| failed(&error))
}

/// The sheets of a workbook, and which rows go where.
struct Sheets<'a> {
    node: &'a WriteExcel,
    schema: &'a Schema,
    formats: Vec<Format>,
    /// The column that says whose a row is: the number of a sheet, or a value that makes one.
    by: Option<usize>,
    all: Vec<Sheet>,
    /// Where the sheet of a value stands, if values make them.
    found: HashMap<String, usize>,
}

struct Sheet {
    name: String,
    /// Columns by their place in a row, with their names in the sheet.
    columns: Vec<(usize, String)>,
    /// Rows written so far, that of the names among them.
    rows: u64,
}

impl<'a> Sheets<'a> {
    fn new(node: &'a WriteExcel, schema: &'a Schema) -> Self {
        let by = match &node.sheet_by {
            Some(by) => schema.position(&by.0),
            None => schema.position(SHEET),
        };
        let formats = schema.0.iter().map(format).collect();
        Self { node, schema, formats, by, all: Vec::new(), found: HashMap::new() }
    }

    /// Makes the sheets that are known before any row.
    fn begin(&mut self, workbook: &mut Workbook) -> Result<(), Problem> {
        let whole = || self.schema.names().map(str::to_owned).enumerate().collect::<Vec<_>>();
        if self.node.sheet_by.is_some() {
            return Ok(());
        }
        if self.by.is_none() {
            return self.add(workbook, self.node.sheet.clone(), whole());
        }
        for (number, name) in [&self.node.sheet].into_iter().chain(&self.node.more_sheets).enumerate() {
            let own = self.schema.names().enumerate().filter_map(|(at, column)| Some((at, sheet_of(column)?)));
            let own = own.filter(|(_, (sheet, _))| *sheet == number).map(|(at, (_, column))| (at, column.to_owned()));
            let columns = own.collect();
            self.add(workbook, name.clone(), columns)?;
        }
        Ok(())
    }

    /// Without rows no value has made a sheet, and Excel opens no workbook without one.
    fn end(&mut self, workbook: &mut Workbook) -> Result<(), Problem> {
        if !self.all.is_empty() {
            return Ok(());
        }
        self.add(workbook, self.node.sheet.clone(), self.schema.names().map(str::to_owned).enumerate().collect())
    }

    /// A new sheet, its names in bold in a row that stays in view.
    fn add(&mut self, workbook: &mut Workbook, name: String, columns: Vec<(usize, String)>) -> Result<(), Problem> {
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(|error| failed(&error))?;
        sheet.set_name(&name).map_err(|error| failed(&error))?;
        for (column, (at, _)) in (0..).zip(&columns) {
            if let Some(width) = width(&self.schema.0[*at].kind) {
                sheet.set_column_width(column, width).map_err(|error| failed(&error))?;
            }
        }
        if self.node.header {
            let bold = Format::new().set_bold();
            for (column, (_, name)) in (0..).zip(&columns) {
                sheet.write_string_with_format(0, column, name, &bold).map_err(|error| failed(&error))?;
            }
            sheet.set_freeze_panes(1, 0).map_err(|error| failed(&error))?;
        }
        self.all.push(Sheet { name, columns, rows: u64::from(self.node.header) });
        Ok(())
    }

    /// Which sheet a row goes to.
    fn of(&mut self, workbook: &mut Workbook, row: &[Value]) -> Result<usize, Problem> {
        let Some(value) = self.by.and_then(|by| row.get(by)) else { return Ok(0) };
        if self.node.sheet_by.is_none() {
            return Ok(if let Value::Integer(number) = value { usize::try_from(*number).unwrap_or(0) } else { 0 });
        }
        let text = if value.is_null() { "null".to_owned() } else { value.to_string() };
        if let Some(known) = self.found.get(&text) {
            return Ok(*known);
        }
        if self.all.len() == MOST_SHEETS {
            return Err(Problem::new(format!(
                "There are more than {MOST_SHEETS} values, and each would make a sheet."
            ))
            .at("sheet_by")
            .try_this("Choose a column with fewer values. Nothing was changed."));
        }
        let taken: Vec<String> = self.all.iter().map(|sheet| sheet.name.clone()).collect();
        self.found.insert(text.clone(), self.all.len());
        let columns = self.schema.names().map(str::to_owned).enumerate().collect();
        self.add(workbook, free_name(&text, &taken), columns)?;
        Ok(self.all.len() - 1)
    }

    /// Writes a row, the `number`-th of all.
    fn write(&mut self, workbook: &mut Workbook, row: &[Value], number: u64) -> Result<(), Problem> {
        let at = self.of(workbook, row)?;
        let Some(sheet) = self.all.get_mut(at) else { return Ok(()) };
        if sheet.rows == MOST_ROWS {
            return Err(Problem::new(format!("There are more rows than the {MOST_ROWS} that a sheet holds."))
                .at("from[0]")
                .try_this("Write fewer with Filter or Limit, or write Parquet or CSV. Nothing was changed."));
        }
        let written = workbook.worksheet_from_index(at).map_err(|error| failed(&error))?;
        let line = u32::try_from(sheet.rows).unwrap_or(u32::MAX);
        for (column, (place, name)) in (0..).zip(&sheet.columns) {
            cell(written, line, column, &row[*place], &self.formats[*place]).map_err(|error| match error {
                XlsxError::MaxStringLengthExceeded => too_long(name, number),
                error => failed(&error),
            })?;
        }
        sheet.rows += 1;
        Ok(())
    }
}

fn format(column: &Column) -> Format {
    Format::new().set_num_format(match &column.kind {
        Type::Date => "yyyy-mm-dd".to_owned(),
        Type::Time => "hh:mm:ss".into(),
        Type::Timestamp => "yyyy-mm-dd hh:mm:ss".into(),
        Type::Duration => "[h]:mm:ss".into(),
        Type::Decimal(_, scale) if *scale > 0 => format!("0.{}", "0".repeat(usize::from(*scale))),
        _ => "General".into(),
    })
}

/// A date or a number of a decimal column would show as `#####` in a column of the usual width.
fn width(kind: &Type) -> Option<f64> {
    match kind {
        Type::Date | Type::Decimal(..) => Some(12.0),
        Type::Timestamp => Some(20.0),
        _ => None,
    }
}

fn cell(sheet: &mut Worksheet, row: u32, column: u16, value: &Value, format: &Format) -> Result<(), XlsxError> {
    let day = |micros: i64| micros as f64 / DAY_MICROS as f64;
    let known = |days: i64| DAYS.contains(&days);
    match value {
        Value::Null => return Ok(()),
        Value::Boolean(value) => sheet.write_boolean(row, column, *value),
        Value::Integer(value) if u128::from(value.unsigned_abs()) <= EXACT => {
            sheet.write_number(row, column, *value as f64)
        }
        Value::Float(value) if value.is_finite() => sheet.write_number(row, column, *value),
        Value::Decimal(digits, scale) if digits.unsigned_abs() <= EXACT => {
            let number = number::to_float(*digits, *scale);
            sheet.write_number_with_format(row, column, number, format)
        }
        Value::Date(days) if known(i64::from(*days)) => {
            sheet.write_number_with_format(row, column, (i64::from(*days) + EPOCH) as f64, format)
        }
        Value::Timestamp(micros) if known(micros.div_euclid(DAY_MICROS)) => {
            let whole = micros.div_euclid(DAY_MICROS) + EPOCH;
            sheet.write_number_with_format(row, column, whole as f64 + day(micros.rem_euclid(DAY_MICROS)), format)
        }
        Value::Time(micros) => sheet.write_number_with_format(row, column, day(*micros), format),
        Value::Duration(micros) if *micros >= 0 => sheet.write_number_with_format(row, column, day(*micros), format),
        value => sheet.write_string(row, column, value.to_string()),
    }
    .map(drop)
}

fn too_long(name: &str, row: u64) -> Problem {
    Problem::new(format!(
        "The text of {name:?} in row {row} is longer than the 32,767 characters that a cell of Excel holds."
    ))
    .at("from[0]")
    .try_this("Shorten it with Formula, or write Parquet or CSV. Nothing was changed.")
}

fn failed(error: &XlsxError) -> Problem {
    match error {
        XlsxError::IoError(error) => unwritable(error),
        error => Problem::new(format!("The workbook can't be written: {error}")),
    }
}
