//! Cells that are selected, and copying them.

use std::ops::Range;

use pipewright_engine::types::Type;
use pipewright_runner::cli::words::{count, thousands};
use pipewright_runner::show::{TableId, View};

use super::cell::{on_its_clock, pasted};
use super::served::Viewed;

/// As many cells as are copied at once: they are fetched page by page.
const MOST: u64 = 100_000;
/// The engine serves long text cut to this many characters.
const SERVED_TEXT: usize = 1000;
/// Rows that are put into the text before more are asked for.
const STEP: u64 = 64;

/// A row of the view and a column.
pub(super) type Cell = (u64, usize);

/// From where the selection began to where it reaches: the active cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Selected {
    pub anchor: Cell,
    pub active: Cell,
}

impl Selected {
    pub(super) fn one(cell: Cell) -> Self {
        Self { anchor: cell, active: cell }
    }

    pub(super) fn rows(&self) -> Range<u64> {
        self.anchor.0.min(self.active.0)..self.anchor.0.max(self.active.0) + 1
    }

    pub(super) fn columns(&self) -> Range<usize> {
        self.anchor.1.min(self.active.1)..self.anchor.1.max(self.active.1) + 1
    }

    pub(super) fn size(&self) -> String {
        let (rows, columns) = (self.rows(), self.columns());
        format!("{} × {}", count(rows.end - rows.start, "row"), count((columns.end - columns.start) as u64, "column"))
    }

    fn cells(&self) -> u64 {
        let (rows, columns) = (self.rows(), self.columns());
        (rows.end - rows.start) * (columns.end - columns.start) as u64
    }
}

/// Copying that is under way: rows not served yet are asked for first.
pub(super) struct Copying {
    pub table: TableId,
    pub view: View,
    selected: Selected,
    /// Of all columns.
    kinds: Vec<Type>,
    next: u64,
    text: String,
    cut: u64,
}

impl Copying {
    /// Begins to copy, or says why not.
    pub(super) fn begin(table: TableId, view: View, selected: Selected, kinds: Vec<Type>) -> Result<Self, String> {
        if selected.cells() > MOST {
            return Err(format!("Select at most {} cells to copy", thousands(MOST)));
        }
        Ok(Self { table, view, selected, kinds, next: selected.rows().start, text: String::new(), cut: 0 })
    }

    /// The cells that are needed next.
    pub(super) fn needs(&self) -> (Range<u64>, Range<usize>) {
        (self.next..(self.next + STEP * 2).min(self.selected.rows().end), self.selected.columns())
    }

    /// Takes what is served; the text and what to say of it once all is there.
    pub(super) fn take(&mut self, viewed: &Viewed) -> Option<(String, String)> {
        let (rows, columns) = (self.selected.rows(), self.selected.columns());
        while self.next < rows.end {
            if !viewed.has(&(self.next..self.next + 1), &columns) {
                return None;
            }
            for column in columns.clone() {
                if column > columns.start {
                    self.text.push('\t');
                }
                let Some(value) = viewed.cell(self.next, column) else { continue };
                self.cut += u64::from(value.as_text().is_some_and(|text| text.chars().count() >= SERVED_TEXT));
                let kind = self.kinds.get(column).unwrap_or(&Type::Null);
                self.text.push_str(&pasted(&on_its_clock(value, kind)));
            }
            self.text.push('\n');
            self.next += 1;
        }
        let said = match self.cut {
            0 => format!("Copied {}", self.selected.size()),
            cut => format!(
                "Copied {}; {} cut to {SERVED_TEXT} characters: open a cell to copy all of it",
                self.selected.size(),
                count(cut, "long text")
            ),
        };
        Some((std::mem::take(&mut self.text), said))
    }

    pub(super) fn progress(&self) -> String {
        let rows = self.selected.rows();
        format!("Copying: {} of {}", thousands(self.next - rows.start), count(rows.end - rows.start, "row"))
    }
}
