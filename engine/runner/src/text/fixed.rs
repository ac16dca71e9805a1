//! Fixed-width lines: which characters are which column.
//!
//! Short lines are usual, since editors and exports strip blanks at line ends: columns that a line does not reach are
//! null, and the last column may be shorter than its width. A line that ends inside any other column was cut, and is
//! rejected; so is one with text after the last column, unless the layout says that the rest is of no interest.

use pipewright_engine::types::Type;
use serde::{Deserialize, Serialize};

use super::records::{Fault, Span};

/// The place of a column in a line, in characters. The first character is number 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cut {
    pub start: usize,
    pub width: usize,
}

impl Cut {
    /// The number of the column's last character.
    fn end(&self) -> usize {
        self.start.saturating_sub(1).saturating_add(self.width)
    }
}

/// A column of a fixed-width file. Without a type, one is found.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedColumn {
    pub name: String,
    pub kind: Option<Type>,
    pub cut: Cut,
}

/// Finds the columns of the line in `bytes[at..end]`, without the blanks around them.
pub(super) fn split(
    bytes: &[u8],
    at: usize,
    end: usize,
    cuts: &[Cut],
    ignore_rest: bool,
    spans: &mut Vec<Span>,
) -> Result<(), Fault> {
    let line = &bytes[at..end];
    let length = if line.is_ascii() { line.len() } else { line.iter().filter(|byte| starts_char(**byte)).count() };
    let last_end = cuts.iter().map(Cut::end).max().unwrap_or(0);
    for (index, cut) in cuts.iter().enumerate() {
        if length >= cut.start && length < cut.end() && cut.end() < last_end {
            return Err(Fault::EndsInside(index));
        }
        let start = at + byte_of(line, cut.start.saturating_sub(1), length);
        let end = at + byte_of(line, cut.end(), length);
        let left = bytes[start..end].iter().take_while(|byte| is_blank(**byte)).count();
        let right = bytes[start + left..end].iter().rev().take_while(|byte| is_blank(**byte)).count();
        spans.push(Span { start: start + left, end: end - right, ..Span::default() });
    }
    let rest = &line[byte_of(line, last_end, length)..];
    if !ignore_rest && rest.iter().any(|byte| !is_blank(*byte)) {
        return Err(Fault::TextBeyond);
    }
    Ok(())
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn starts_char(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Where the character of this index (from zero) begins, or the end of the line.
fn byte_of(line: &[u8], index: usize, length: usize) -> usize {
    if length == line.len() {
        return index.min(line.len());
    }
    let starts = line.iter().enumerate().filter(|(_, byte)| starts_char(**byte));
    starts.map(|(at, _)| at).nth(index).unwrap_or(line.len())
}
