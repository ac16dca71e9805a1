//! A sheet of a workbook: which of its cells are read, and under what names.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use pipewright_engine::nodes::ReadExcel;
use pipewright_engine::nodes::read_excel::CellRange;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use super::super::spooled::Refusal;
use super::book::{Book, Cells, Content};
use super::cell;
use crate::files::Located;
use crate::host::fault::contain;

pub(super) struct Sheet<'a> {
    pub file: &'a Located,
    pub name: String,
    cells: Cells,
    /// The names, and their columns in the sheet.
    names: Vec<(String, u32)>,
    places: HashMap<String, u32>,
    /// The rows with values, from the top.
    rows: Vec<u32>,
    /// How many rows of title were found above the header, and its row.
    titles: Option<(usize, u32)>,
}

/// The last column that a sheet can have.
const LAST_COLUMN: u32 = 16_383;
/// A title above a table has no more rows than that.
const MOST_TITLES: usize = 20;

impl<'a> Sheet<'a> {
    pub fn read(file: &'a Located, excel: &ReadExcel) -> Result<Self, Problem> {
        let (name, cells) = open(file, excel)?;
        let Some((start, end)) = cells.corners() else { return Err(empty(file, &name, "is empty")) };
        let stated = excel.range.as_deref().and_then(CellRange::parse);
        let range =
            stated.unwrap_or(CellRange { first_row: 0, first_column: start.1, last_row: None, last_column: end.1 });
        let skipped = u32::try_from(excel.skip_rows.unwrap_or_default()).unwrap_or(u32::MAX);
        let first = range.first_row.saturating_add(skipped).max(start.0);
        let last = range.last_row.map_or(end.0, |last| last.min(end.0));
        // Whole rows end where the cells in use end.
        let is_open = stated.is_none() || range.last_column >= LAST_COLUMN;
        let across = range.first_column..=if is_open { range.last_column.min(end.1) } else { range.last_column };
        let is_filled = |row: u32, column: u32| !cell::is_empty(cells.get(row, column));
        let mut rows: Vec<u32> =
            (first..=last).filter(|row| across.clone().any(|column| is_filled(*row, column))).collect();
        if rows.is_empty() {
            return Err(empty(file, &name, "has no values there"));
        }
        let is_found = excel.header && excel.skip_rows.is_none() && excel.columns.is_empty() && range.first_row == 0;
        let titles = if is_found { titles(&cells, &rows, &across) } else { 0 };
        rows.drain(..titles);
        let header = excel.header.then(|| rows.remove(0));
        let mut names = Schema::default();
        let mut places = Vec::new();
        for column in across {
            let heading = header.map(|row| cell::shown(cells.get(row, column))).filter(|text| !text.is_empty());
            // The columns of a range are there because somebody wants them.
            let is_used = || rows.iter().any(|row| is_filled(*row, column));
            if heading.is_none() && stated.is_none() && !is_used() {
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
        let titles = header.filter(|_| titles > 0).map(|header| (titles, header));
        Ok(Self { file, name, cells, places: places.iter().cloned().collect(), names: places, rows, titles })
    }

    /// `workbook, sheet "Orders", header in row 4 below 2 rows of title`
    pub fn read_as(&self) -> String {
        let header = self.titles.map(|(titles, header)| {
            let rows = if titles == 1 { "a row".to_owned() } else { format!("{titles} rows") };
            format!(", header in row {} below {rows} of title", header + 1)
        });
        format!("workbook, sheet {:?}{}", self.name, header.unwrap_or_default())
    }

    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().copied()
    }

    pub fn cell(&self, row: u32, name: &str) -> Content<'_> {
        self.places.get(name).map_or(Content::Empty, |column| self.cells.get(row, *column))
    }

    pub fn column(&self, name: &str) -> impl Iterator<Item = Content<'_>> {
        self.rows().map(move |row| self.cell(row, name))
    }

    /// The row as a reject, with the number that the program shows beside it.
    pub fn reject(&self, row: u32, refusal: Refusal) -> Vec<Value> {
        let cells = self.names.iter().map(|(_, column)| cell::shown(self.cells.get(row, *column)));
        refusal.into_row(&self.file.shown, u64::from(row) + 1, cells.collect::<Vec<_>>().join(","))
    }
}

/// How many of the rows are a title above the table: each begins with text and has few cells beside the row of names below, which are
/// text and all different, and most rows below those are as wide.
fn titles(cells: &Cells, rows: &[u32], across: &RangeInclusive<u32>) -> usize {
    let filled =
        |row: u32| across.clone().map(move |column| cells.get(row, column)).filter(|cell| !cell::is_empty(*cell));
    let looked_at: Vec<(u32, usize)> =
        rows.iter().take(MOST_TITLES + 50).map(|row| (*row, filled(*row).count())).collect();
    let width = looked_at.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let is_title = |(row, count): &&(u32, usize)| {
        *count <= 2 && count * 2 <= width && filled(*row).next().is_some_and(cell::is_text)
    };
    let count = looked_at.iter().take_while(is_title).count();
    let Some(((header, _), below)) = looked_at[count..].split_first() else { return 0 };
    let names: Vec<String> = filled(*header).map(cell::shown).collect();
    let is_different = names.iter().collect::<HashSet<_>>().len() == names.len();
    let are_names = names.len() * 2 > width && is_different && filled(*header).all(cell::is_text);
    let wide = below.iter().filter(|(_, count)| count * 2 > width).count();
    if are_names && count <= MOST_TITLES && wide > 0 && wide * 2 >= below.len() { count } else { 0 }
}

fn open(file: &Located, excel: &ReadExcel) -> Result<(String, Cells), Problem> {
    let shown = &file.shown;
    let (mut workbook, names, first) = quietly(|| {
        let workbook = Book::open(file)?;
        let (names, first) = (workbook.names(), workbook.first());
        Ok((workbook, names, first))
    })
    .map_err(|why| {
        if why.to_lowercase().contains("password") {
            return Problem::new(format!("{shown:?} is protected by a password."))
                .at("path")
                .try_this("Save it without one.");
        }
        Problem::new(format!("{shown:?} is not a workbook that can be read: {why}."))
            .at("path")
            .try_this("Open it in a spreadsheet program and save it as .xlsx; read text with ReadCsv.")
    })?;
    let name = match &excel.sheet {
        Some(sheet) if names.contains(sheet) => sheet.clone(),
        Some(sheet) => {
            let known = names.iter().map(String::as_str);
            return Err(Problem::unknown(&format!("sheet in {shown} called"), sheet, known).at("sheet"));
        }
        None => first.ok_or_else(|| {
            Problem::new(format!("{shown:?} has no sheets."))
                .at("path")
                .try_this("Check that it was written completely.")
        })?,
    };
    let cells = quietly(|| workbook.cells(&name)).map_err(|why| {
        Problem::new(format!("The sheet {name:?} in {shown} can't be read: {why}."))
            .at("sheet")
            .try_this("Open it in a spreadsheet program and save it again.")
    })?;
    Ok((name, cells))
}

/// What the library says of a workbook that it can't read, in a form that people can.
fn quietly<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let read = contain(read).map_err(|_| "it is damaged".to_owned())?;
    read.map_err(|why| {
        let why = why.trim_end_matches('.');
        let why = ["Xls error: ", "Xlsx error: ", "Xlsb error: ", "Ods error: ", "Cfb error: "]
            .iter()
            .fold(why, |why, prefix| why.strip_prefix(prefix).unwrap_or(why));
        why.to_owned()
    })
}

fn empty(file: &Located, sheet: &str, what: &str) -> Problem {
    Problem::new(format!("The sheet {sheet:?} in {} {what}.", file.shown))
        .at("sheet")
        .try_this("Choose another sheet or range, or leave out fewer rows.")
}
