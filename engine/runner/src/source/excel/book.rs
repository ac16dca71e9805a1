//! A sheet as the library for workbooks gives it, with what that leaves out: formulas without a value, and which numbers are dates.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Cursor, Read, Seek};

use calamine::{
    Cell, Data, Error, ExcelDateTime, Range, Reader, SheetVisible, Sheets, StyleRange, Xls, Xlsx, XlsxError,
    open_workbook_auto, open_workbook_from_rs,
};

use super::format::{Shows, shows};
use super::old;
use crate::files::Located;

/// What stands in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    Empty,
    Of(&'a Data),
    /// A number below one whose format shows a date.
    Day(&'a ExcelDateTime),
    /// A formula that was saved without the value it has.
    Unsaved(&'a str),
}

#[derive(Default)]
pub(super) struct Cells {
    data: Range<Data>,
    unsaved: HashMap<(u32, u32), String>,
    days: HashSet<(u32, u32)>,
}

impl Cells {
    pub fn get(&self, row: u32, column: u32) -> Content<'_> {
        match self.data.get_value((row, column)) {
            Some(Data::DateTime(at)) if self.days.contains(&(row, column)) => Content::Day(at),
            None | Some(Data::Empty) => {
                self.unsaved.get(&(row, column)).map_or(Content::Empty, |formula| Content::Unsaved(formula))
            }
            Some(data) => Content::Of(data),
        }
    }

    /// The corners of the cells in use.
    pub fn corners(&self) -> Option<((u32, u32), (u32, u32))> {
        let cells = self.data.start().into_iter().chain(self.data.end()).chain(self.unsaved.keys().copied());
        cells.map(|cell| (cell, cell)).reduce(|((top, left), (bottom, right)), ((row, column), _)| {
            ((top.min(row), left.min(column)), (bottom.max(row), right.max(column)))
        })
    }

    /// Whether a format has a date in it is known of some workbooks. Of the others a column says it: it has dates or times of day.
    fn find_days(&mut self, styles: impl FnOnce() -> Option<StyleRange>) {
        let (top, left) = self.data.start().unwrap_or_default();
        let place = |row: usize, column: usize| (top + row as u32, left + column as u32);
        let numbers = self.data.used_cells().filter_map(|(row, column, data)| match data {
            Data::DateTime(at) if at.is_datetime() => Some((place(row, column), at.as_f64())),
            _ => None,
        });
        let (early, late): (Vec<_>, Vec<_>) = numbers.partition(|(_, number)| (0.0..1.0).contains(number));
        if early.is_empty() {
            return;
        }
        let dated: HashSet<u32> = late.iter().map(|((_, column), _)| *column).collect();
        let styles = styles();
        let is_day = |cell: &(u32, u32)| match &styles {
            Some(styles) => {
                let format = styles.get(*cell).and_then(|style| style.number_format.as_ref());
                format.is_some_and(|format| shows(&format.format_code) == Shows::Date)
            }
            None => dated.contains(&cell.1),
        };
        self.days = early.into_iter().map(|(cell, _)| cell).filter(is_day).collect();
    }
}

/// A workbook, wherever its bytes are.
pub(super) enum Book {
    File(Sheets<BufReader<std::fs::File>>),
    Old(Xls<Cursor<Vec<u8>>>),
}

impl Book {
    pub fn open(file: &Located) -> Result<Self, String> {
        let told = |error: Error| error.to_string();
        Ok(match old::mended(&file.local)? {
            Some(bytes) => {
                Self::Old(open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| told(Error::Xls(error)))?)
            }
            None => Self::File(open_workbook_auto(&file.local).map_err(told)?),
        })
    }

    pub fn names(&self) -> Vec<String> {
        match self {
            Self::File(book) => book.sheet_names(),
            Self::Old(book) => book.sheet_names(),
        }
    }

    /// The sheet that is seen when the workbook is opened: the first that is not hidden.
    pub fn first(&self) -> Option<String> {
        let sheets = match self {
            Self::File(book) => book.sheets_metadata(),
            Self::Old(book) => book.sheets_metadata(),
        };
        let seen = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible);
        seen.or(sheets.first()).map(|sheet| sheet.name.clone())
    }

    pub fn cells(&mut self, name: &str) -> Result<Cells, String> {
        match self {
            Self::File(Sheets::Xlsx(book)) => {
                let mut cells = xlsx_cells(book, name).map_err(|error| error.to_string())?;
                cells.find_days(|| book.worksheet_style(name).ok());
                Ok(cells)
            }
            Self::File(book) => {
                let mut cells =
                    Cells { data: book.worksheet_range(name).map_err(|error| error.to_string())?, ..Cells::default() };
                if let Sheets::Ods(book) = book {
                    cells.unsaved = ods_unsaved(book.worksheet_formula(name).ok(), &cells.data);
                }
                cells.find_days(|| None);
                Ok(cells)
            }
            Self::Old(book) => {
                let data = book.worksheet_range(name).map_err(|error| error.to_string())?;
                let mut cells = Cells { data, ..Cells::default() };
                cells.find_days(|| None);
                Ok(cells)
            }
        }
    }
}

/// Values and formulas in one pass. A formula that was never computed has no value: an empty one would be text.
fn xlsx_cells<R: Read + Seek>(book: &mut Xlsx<R>, name: &str) -> Result<Cells, XlsxError> {
    let mut reader = match book.worksheet_cells_reader(name) {
        Ok(reader) => reader,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Cells::default()),
        Err(error) => return Err(error),
    };
    let mut filled = Vec::new();
    let mut unsaved = HashMap::new();
    while let Some(found) = reader.next_cell_with_formula()? {
        match (Data::from(found.value), found.formula) {
            (Data::Empty, Some(formula)) => {
                unsaved.insert(found.pos, format!("={formula}"));
            }
            (Data::Empty, None) => {}
            (data, _) => filled.push(Cell::new(found.pos, data)),
        }
    }
    Ok(Cells { data: Range::from_sparse(filled), unsaved, ..Cells::default() })
}

fn ods_unsaved(formulas: Option<Range<String>>, data: &Range<Data>) -> HashMap<(u32, u32), String> {
    let Some((formulas, (top, left))) = formulas.and_then(|formulas| formulas.start().map(|start| (formulas, start)))
    else {
        return HashMap::new();
    };
    let cells = formulas.used_cells().map(|(row, column, formula)| ((top + row as u32, left + column as u32), formula));
    let has_no_value = |cell: &(u32, u32)| matches!(data.get_value(*cell), None | Some(Data::Empty));
    cells
        .filter(|(cell, formula)| !formula.is_empty() && has_no_value(cell))
        .map(|(cell, formula)| (cell, formula.clone()))
        .collect()
}
