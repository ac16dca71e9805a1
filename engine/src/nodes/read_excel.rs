use indexmap::IndexMap;

use super::prelude::*;
use crate::types::Type;

/// Reads a sheet of an Excel or OpenDocument workbook (.xlsx, .xlsm, .xlsb, .xls, .ods).
///
/// The type of a column is found by looking at all its cells: numbers, dates, true and false, and text where they are mixed. Formulas
/// give the value they had when the workbook was saved; one that was saved without a value, an error such as `#N/A`, and a number that is
/// no date where dates are shown make the row rejected. Rows without any value are left out, and of merged cells the first has the value.
/// Times are exact to the thousandth of a second.
#[params]
pub struct ReadExcel {
    /// The file. `*` stands for many (`data/*.xlsx`), and `!` leads into an archive (`all.zip!orders.xlsx`).
    pub path: FilePath,
    /// The name of the sheet. Left open, the first one that is not hidden.
    pub sheet: Option<String>,
    /// The cells to read, such as `B2:F200`; `B2:F` goes to the last row and `B:F` takes whole columns. All columns of a range are there,
    /// also those without a value. Left open, all cells in use.
    pub range: Option<String>,
    /// Rows to leave out at the top. Left open, rows of title above the names of the columns are found: 0 takes the first row with a value.
    pub skip_rows: Option<u64>,
    /// Whether the first row holds the names of the columns.
    #[param(default = true)]
    pub header: bool,
    /// Names of the columns, in order: for sheets without a header, or instead of the one they have.
    pub columns: Vec<String>,
    /// Types by column name. A cell that is not of the type said here makes its row rejected.
    pub types: IndexMap<String, Type>,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a row in which a cell is not of its type.
    pub on_error: OnError,
}

impl Node for ReadExcel {
    const CARD: Card = Card {
        title: "Read Excel",
        group: Group::Read,
        icon: "read_excel",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "excel xlsx xls xlsb ods spreadsheet workbook sheet range opendocument calc input file open import load tFileInputExcel Excel Reader",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Excel(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.sheet.as_deref().is_some_and(str::is_empty) {
            let problem = Problem::new("The sheet has an empty name.").at("sheet");
            return Err(problem.try_this("Leave it open to read the first sheet."));
        }
        match &self.range {
            Some(range) if CellRange::parse(range).is_none() => {
                let message = format!("{range:?} is not a range of cells.");
                Err(Problem::new(message).at("range").try_this("Write it like `B2:F200`, `B2:F` or `B:F`."))
            }
            _ => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        match &self.sheet {
            Some(sheet) if !self.path.0.is_empty() => sentence::short(format!("{}, sheet {sheet}", sentence::read(&self.path))),
            _ => sentence::read(&self.path),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The first sheet", Self { path: "orders.xlsx".into(), ..Self::default() })
                .stored("orders.xlsx", "id: Integer, item, on: Date\n 1, pen, 2024-05-01\n 2, , 2024-05-02")
                .gives("id: Integer, item, on: Date\n 1, pen, 2024-05-01\n 2, , 2024-05-02"),
            Example::new("Some of its cells, with names and types of one's own", Self {
                path: "orders.xlsx".into(),
                range: Some("A2:B3".into()),
                header: false,
                columns: vec!["number".into(), "amount".into()],
                types: [("number".to_owned(), Type::Text), ("amount".to_owned(), Type::Integer)].into_iter().collect(),
                ..Self::default()
            })
            .stored("orders.xlsx", "id: Integer, amount\n 1, 12\n 2, many\n 3, 9")
            .gives("number, amount: Integer\n 1, 12")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 orders.xlsx, 3, \"2,many\", amount, many, not Integer",
            ),
        ]
    }
}

/// Cells from one corner to the other, both within, counted from 0. A last row of none is the last in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellRange {
    pub first_row: u32,
    pub first_column: u32,
    pub last_row: Option<u32>,
    pub last_column: u32,
}

impl CellRange {
    /// Reads `B2:F200`, `B2:F` or `B:F`; `$` is allowed as Excel writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('$', "");
        let (first, last) = text.split_once(':')?;
        let ((first_column, first_row), (last_column, last_row)) = (corner(first)?, corner(last)?);
        let range = Self { first_row: first_row.unwrap_or(0), first_column, last_row, last_column };
        let ordered = first_column <= last_column && last_row.is_none_or(|last| range.first_row <= last);
        ordered.then_some(range)
    }
}

/// `B2` as column 1 and row 1; `B` as column 1.
fn corner(text: &str) -> Option<(u32, Option<u32>)> {
    let digits = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (letters, row) = text.split_at(digits);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1) - 1;
    if row.is_empty() {
        return Some((column, None));
    }
    if !row.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((column, Some(row.parse::<u32>().ok()?.checked_sub(1)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_excel_writes_them() {
        let range = |first_row, first_column, last_row, last_column| {
            Some(CellRange { first_row, first_column, last_row, last_column })
        };
        assert_eq!(CellRange::parse("B2:F200"), range(1, 1, Some(199), 5));
        assert_eq!(CellRange::parse("$A$1:$AA$3"), range(0, 0, Some(2), 26));
        assert_eq!(CellRange::parse("b2:f"), range(1, 1, None, 5));
        for wrong in ["", "B2", "F2:B3", "B3:F2", "2:3", "B0:F2", "B2:F-2", "B2:F2x", "ABCD1:B2"] {
            assert_eq!(CellRange::parse(wrong), None, "{wrong}");
        }
    }
}
