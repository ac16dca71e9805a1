//! Fixed-width lines: which characters, or bytes, are which column.
//!
//! Short lines are usual, since editors and exports strip blanks at line ends: columns that a line does not reach are
//! null. A line that ends inside a column was cut, and is rejected, unless it is the last one and said to be open; so is one with text after the last column, unless the layout says that the rest is of no interest.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use pipewright_engine::types::Type;
use serde::{Deserialize, Serialize};

use super::Layout;
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

/// How lines are cut.
pub(super) struct Lines {
    cuts: Vec<Cut>,
    ignore_rest: bool,
    open_end: bool,
    /// Places are counted in bytes of this encoding; none: in characters.
    bytes_of: Option<&'static Encoding>,
}

impl Lines {
    /// None if the layout is not one of fixed widths.
    pub(super) fn of(layout: &Layout) -> Option<Self> {
        Some(Self {
            cuts: layout.cuts.clone()?,
            ignore_rest: layout.ignore_rest,
            open_end: layout.open_end,
            bytes_of: layout.in_bytes.then_some(layout.dialect.encoding),
        })
    }

    /// Finds the columns of the line in `bytes[at..end]`, without the blanks around them.
    pub(super) fn split(&self, bytes: &[u8], at: usize, end: usize, spans: &mut Vec<Span>) -> Result<(), Fault> {
        let line = &bytes[at..end];
        let places = Places::of(line, self.bytes_of);
        let length = places.length;
        let last_end = self.cuts.iter().map(Cut::end).max().unwrap_or(0);
        for (index, cut) in self.cuts.iter().enumerate() {
            let is_open = self.open_end && cut.end() == last_end;
            if length >= cut.start && length < cut.end() && !is_open {
                return Err(Fault::EndsInside(index));
            }
            let place = |unit: usize| places.byte_of(line, unit).ok_or(Fault::CutsCharacter(index));
            let (start, end) = (at + place(cut.start.saturating_sub(1))?, at + place(cut.end())?);
            let left = bytes[start..end].iter().take_while(|byte| is_blank(**byte)).count();
            let right = bytes[start + left..end].iter().rev().take_while(|byte| is_blank(**byte)).count();
            spans.push(Span { start: start + left, end: end - right, ..Span::default() });
        }
        let rest = places.byte_of(line, last_end).map_or(&line[line.len()..], |start| &line[start..]);
        if !self.ignore_rest && rest.iter().any(|byte| !is_blank(*byte)) {
            return Err(Fault::TextBeyond);
        }
        Ok(())
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn starts_char(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Where the places of a line are among its bytes.
struct Places {
    /// How many there are.
    length: usize,
    /// The places at which characters begin, and their bytes; none where each byte is a place, or each character.
    starts: Option<Vec<(usize, usize)>>,
}

impl Places {
    fn of(line: &[u8], bytes_of: Option<&'static Encoding>) -> Self {
        let is_wide = bytes_of.is_some_and(|encoding| [UTF_16LE, UTF_16BE].contains(&encoding));
        if line.is_ascii() && !is_wide {
            return Self { length: line.len(), starts: None };
        }
        let Some((encoding, text)) = bytes_of.zip(std::str::from_utf8(line).ok()) else {
            return Self { length: line.iter().filter(|byte| starts_char(**byte)).count(), starts: None };
        };
        let mut length = 0;
        let mut starts = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            starts.push((length, at));
            length += bytes_in(character, encoding, is_wide);
        }
        Self { length, starts: Some(starts) }
    }

    /// Where the place of this index (from zero) begins, or the end of the line. None within a character.
    fn byte_of(&self, line: &[u8], index: usize) -> Option<usize> {
        if index >= self.length {
            return Some(line.len());
        }
        match &self.starts {
            Some(starts) => {
                let found = starts.binary_search_by_key(&index, |(place, _)| *place).ok()?;
                Some(starts[found].1)
            }
            None if self.length == line.len() => Some(index),
            None => {
                let starts = line.iter().enumerate().filter(|(_, byte)| starts_char(**byte));
                starts.map(|(at, _)| at).nth(index)
            }
        }
    }
}

/// How many bytes a character has in an encoding.
fn bytes_in(character: char, encoding: &'static Encoding, is_wide: bool) -> usize {
    match character {
        _ if is_wide => 2 * character.len_utf16(),
        ascii if ascii.is_ascii() => 1,
        other => encoding.encode(other.encode_utf8(&mut [0; 4])).0.len(),
    }
}
