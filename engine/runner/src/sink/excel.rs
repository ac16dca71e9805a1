//! Workbooks, written row by row from the rows that a stage has kept.
//!
//! Excel keeps 15 digits of a number and knows days from 1900 to 9999: a value beyond is written as text, so that none of it is lost.
//! Instants with a zone are text as well, since Excel has no zones. NaN and the infinities are their names.

use std::path::Path;

use pipewright_engine::nodes::WriteExcel;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::{DAY_MICROS, Value};
use polars::prelude::{Engine, IdxSize, LazyFrame, PlRefPath, ScanArgsParquet};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{cancelled, unwritable, words};
use crate::convert;
use crate::host::Cancel;
use crate::lower;

/// What a sheet holds.
const MOST_ROWS: u64 = 1_048_576;
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
    // Beside the rows that were kept: there is room for temporary files.
    let folder = rows.parent().unwrap_or(Path::new("."));
    workbook.set_tempdir(folder).map_err(|error| failed(&error))?;
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(|error| failed(&error))?;
    sheet.set_name(&node.sheet).map_err(|error| failed(&error))?;
    let formats: Vec<Format> = schema.0.iter().map(format).collect();
    for (column, kind) in (0..).zip(&schema.0) {
        if let Some(width) = width(&kind.kind) {
            sheet.set_column_width(column, width).map_err(|error| failed(&error))?;
        }
    }
    let first = if node.header { header(sheet, &schema)? } else { 0 };
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
        if first + at + batch.height() as u64 > MOST_ROWS {
            return Err(Problem::new(format!("There are more rows than the {MOST_ROWS} that a sheet holds."))
                .at("from[0]")
                .try_this("Write fewer with Filter or Limit, or write Parquet or CSV. Nothing was changed."));
        }
        for row in &convert::table(&batch)?.rows {
            for (column, (value, format)) in (0..).zip(row.iter().zip(&formats)) {
                let row = u32::try_from(first + at).unwrap_or(u32::MAX);
                cell(sheet, row, column, value, format).map_err(|error| match error {
                    XlsxError::MaxStringLengthExceeded => too_long(&schema, usize::from(column), at + 1),
                    error => failed(&error),
                })?;
            }
            at += 1;
        }
    }
    workbook.save(path).map_err(|error| failed(&error))
}

/// The names in bold, in a row that stays in view. Gives the number of the first row below.
fn header(sheet: &mut Worksheet, schema: &Schema) -> Result<u64, Problem> {
    let bold = Format::new().set_bold();
    for (column, name) in (0..).zip(schema.names()) {
        sheet.write_string_with_format(0, column, name, &bold).map_err(|error| failed(&error))?;
    }
    sheet.set_freeze_panes(1, 0).map_err(|error| failed(&error))?;
    Ok(1)
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
            let number = *digits as f64 / 10f64.powi(i32::from(*scale));
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

fn too_long(schema: &Schema, column: usize, row: u64) -> Problem {
    let name = schema.0.get(column).map_or("", |column| column.name.as_str());
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
