//! A sheet of a workbook: which of its cells are read, and under what names.

use std::collections::HashMap;

use calamine::{Data, Range, Reader, open_workbook_auto};
use pipewright_engine::nodes::ReadExcel;
use pipewright_engine::nodes::read_excel::CellRange;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use super::super::spooled::Refusal;
use super::cell;
use crate::files::Located;

pub(super) struct Sheet<'a> {
    pub file: &'a Located,
    pub name: String,
    cells: Range<Data>,
    /// The names, and their columns in the sheet.
    names: Vec<(String, u32)>,
    places: HashMap<String, u32>,
    /// The rows with values, from the top.
    rows: Vec<u32>,
}

impl<'a> Sheet<'a> {
    pub fn read(file: &'a Located, excel: &ReadExcel) -> Result<Self, Problem> {
        let (name, cells) = open(file, excel)?;
        let (Some(start), Some(end)) = (cells.start(), cells.end()) else {
            return Err(empty(file, &name, "is empty"));
        };
        let range = excel.range.as_deref().and_then(CellRange::parse).unwrap_or(CellRange {
            first_row: 0,
            first_column: start.1,
            last_row: None,
            last_column: end.1,
        });
        let skipped = u32::try_from(excel.skip_rows).unwrap_or(u32::MAX);
        let first = range.first_row.saturating_add(skipped).max(start.0);
        let last = range.last_row.map_or(end.0, |last| last.min(end.0));
        let across = range.first_column.max(start.1)..=range.last_column.min(end.1);
        let is_filled = |row: &u32| across.clone().any(|column| !cell::is_empty(cells.get_value((*row, column))));
        let mut rows: Vec<u32> = (first..=last).filter(is_filled).collect();
        if rows.is_empty() {
            return Err(empty(file, &name, "has no values there"));
        }
        let header = excel.header.then(|| rows.remove(0));
        let mut names = Schema::default();
        let mut places = Vec::new();
        for column in across {
            let heading = header.map(|row| cell::shown(cells.get_value((row, column)))).filter(|text| !text.is_empty());
            let is_used = || rows.iter().any(|row| !cell::is_empty(cells.get_value((*row, column))));
            if heading.is_none() && !is_used() {
                continue;
            }
            let given = excel.columns.get(places.len()).cloned();
            let heading = given.or(heading).unwrap_or_else(|| format!("column_{}", places.len() + 1));
            let name = names.free_name(heading.trim());
            names.0.push(Column::new(&name, Type::Text));
            places.push((name, column));
        }
        if excel.columns.len() > places.len() {
            let message =
                format!("{} names are given for the {} columns in {}.", excel.columns.len(), places.len(), file.shown);
            return Err(Problem::new(message).at("columns"));
        }
        Ok(Self { file, name, cells, places: places.iter().cloned().collect(), names: places, rows })
    }

    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().copied()
    }

    pub fn cell(&self, row: u32, name: &str) -> Option<&Data> {
        self.cells.get_value((row, *self.places.get(name)?))
    }

    pub fn column(&self, name: &str) -> impl Iterator<Item = Option<&Data>> {
        self.rows().map(move |row| self.cell(row, name))
    }

    /// The row as a reject, with the number that the program shows beside it.
    pub fn reject(&self, row: u32, refusal: Refusal) -> Vec<Value> {
        let cells = self.names.iter().map(|(_, column)| cell::shown(self.cells.get_value((row, *column))));
        refusal.into_row(&self.file.shown, u64::from(row) + 1, cells.collect::<Vec<_>>().join(","))
    }
}

fn open(file: &Located, excel: &ReadExcel) -> Result<(String, Range<Data>), Problem> {
    let shown = &file.shown;
    let mut workbook = open_workbook_auto(&file.local).map_err(|error| {
        let why = error.to_string();
        if why.to_lowercase().contains("password") {
            return Problem::new(format!("{shown:?} is protected by a password."))
                .at("path")
                .try_this("Save it without one.");
        }
        Problem::new(format!("{shown:?} is not a workbook that can be read: {}.", why.trim_end_matches('.')))
            .at("path")
            .try_this("Open it in a spreadsheet program and save it as .xlsx; read text with ReadCsv.")
    })?;
    let names = workbook.sheet_names();
    let name = match &excel.sheet {
        Some(sheet) if names.contains(sheet) => sheet.clone(),
        Some(sheet) => {
            let known = names.iter().map(String::as_str);
            return Err(Problem::unknown(&format!("sheet in {shown} called"), sheet, known).at("sheet"));
        }
        None => names.first().cloned().ok_or_else(|| {
            Problem::new(format!("{shown:?} has no sheets."))
                .at("path")
                .try_this("Check that it was written completely.")
        })?,
    };
    let cells = workbook.worksheet_range(&name).map_err(|error| {
        let why = error.to_string();
        Problem::new(format!("The sheet {name:?} in {shown} can't be read: {}.", why.trim_end_matches('.')))
            .at("sheet")
            .try_this("Open it in a spreadsheet program and save it again.")
    })?;
    Ok((name, cells))
}

fn empty(file: &Located, sheet: &str, what: &str) -> Problem {
    Problem::new(format!("The sheet {sheet:?} in {} {what}.", file.shown))
        .at("sheet")
        .try_this("Choose another sheet or range, or leave out fewer rows.")
}
