//! What one record is worth: a row, or a reject with its reason. Learns on the way which columns are wider than they looked.

use pipewright_engine::formula::Failure;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use super::decode::shown;
use super::fit::{EXACT_DIGITS, Fit, Manner, fit, is_plain, trim, value};
use super::records::{Fault, Kind, Span, push_text, unquoted};
use super::{Layout, Widened};

/// Why a record is rejected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub column: Option<String>,
    pub value: Option<String>,
    pub reason: String,
}

impl Refusal {
    fn of_record(reason: impl Into<String>) -> Self {
        Self { column: None, value: None, reason: reason.into() }
    }
}

/// What was seen of a column so far.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub kind: Type,
    found: bool,
    odd: bool,
    quoted_null_word: bool,
    pub with_t: bool,
    with_space: bool,
    long_integer: bool,
    pub widened: Option<Widened>,
}

impl Seen {
    /// Whether a plain parser would read some value of the column differently.
    pub fn needs_rewriting(&self) -> bool {
        self.quoted_null_word || (!self.kind.is_text() && (self.odd || (self.with_t && self.with_space)))
    }

    fn widen(&mut self, wider: bool) {
        let to = match self.kind {
            Type::Integer if wider && !self.long_integer => Type::Float,
            Type::Date if wider => Type::Timestamp,
            _ => Type::Text,
        };
        // Dates among timestamps have to get a time of day.
        self.odd |= to == Type::Timestamp;
        self.kind = to;
    }

    /// Takes in what a later part of the file showed of the same column.
    pub fn absorb(&mut self, later: Self) {
        let long_integer = self.long_integer || later.long_integer;
        self.odd |= later.odd;
        if self.kind != later.kind {
            let common = self.kind.common(&later.kind).unwrap_or_default();
            self.odd |= common == Type::Timestamp;
            self.kind = if common == Type::Float && long_integer { Type::Text } else { common };
        }
        self.long_integer = long_integer;
        self.quoted_null_word |= later.quoted_null_word;
        self.with_t |= later.with_t;
        self.with_space |= later.with_space;
        if self.widened.is_none() {
            self.widened = later.widened;
        }
    }
}

enum Content {
    Null,
    /// Null, but not to everyone: a quoted or blank field, a null word with blanks around it.
    OddNull,
    Filled,
}

pub(super) struct Judge<'a> {
    layout: &'a Layout,
    quote: u8,
    null_words: Vec<&'a [u8]>,
    manner: Manner,
    pub columns: Vec<Seen>,
    /// Whether records may hold bytes that are no UTF-8: found out for many records at once.
    pub suspicious: bool,
}

impl<'a> Judge<'a> {
    pub fn new(layout: &'a Layout) -> Self {
        let columns = layout.columns.iter().zip(&layout.declared).map(|(column, declared)| Seen {
            kind: column.kind.clone(),
            found: !declared,
            odd: false,
            quoted_null_word: false,
            with_t: false,
            with_space: false,
            long_integer: false,
            widened: None,
        });
        Self {
            layout,
            quote: layout.dialect.quote.unwrap_or(b'"'),
            null_words: layout
                .dialect
                .null_words
                .iter()
                .map(String::as_bytes)
                .filter(|word| !word.is_empty())
                .collect(),
            manner: Manner { decimal_comma: layout.dialect.decimal_comma, found: false },
            columns: columns.collect(),
            suspicious: true,
        }
    }

    /// Whether the record in `record` with its fields at `spans` of `bytes` is a row. Columns whose type was found, not given, widen.
    pub fn check(&mut self, bytes: &[u8], record: &[u8], kind: Kind, spans: &[Span], line: u64) -> Result<(), Refusal> {
        self.is_whole(record, kind, spans)?;
        for (index, span) in spans.iter().enumerate() {
            let field = &bytes[span.start..span.end];
            if self.null_words.is_empty() && is_plain(field, &self.columns[index].kind, self.manner) {
                continue;
            }
            self.check_field(bytes, *span, index, line)?;
        }
        Ok(())
    }

    fn check_field(&mut self, bytes: &[u8], span: Span, index: usize, line: u64) -> Result<(), Refusal> {
        let field = &bytes[span.start..span.end];
        match self.content(field, span, index) {
            Content::Null => return Ok(()),
            Content::OddNull => {
                self.columns[index].odd = true;
                return Ok(());
            }
            Content::Filled => {}
        }
        let seen = &mut self.columns[index];
        if seen.kind.is_text() {
            seen.quoted_null_word |= span.quoted && self.null_words.contains(&field);
            return Ok(());
        }
        loop {
            match fit(field, &seen.kind, Manner { found: seen.found, ..self.manner }) {
                Fit::Same => {
                    seen.with_space |= seen.kind == Type::Timestamp;
                    seen.long_integer |= seen.kind == Type::Integer && field.len() > EXACT_DIGITS;
                    return Ok(());
                }
                Fit::SameWithT => seen.with_t = true,
                Fit::Odd => {
                    seen.odd = true;
                    seen.long_integer |= seen.kind == Type::Integer && trim(field).len() > EXACT_DIGITS;
                }
                no if seen.found => {
                    let column = &self.layout.columns[index];
                    seen.widened.get_or_insert_with(|| Widened {
                        column: column.name.clone(),
                        from: column.kind.clone(),
                        to: Type::Text,
                        line,
                        value: shown(field),
                    });
                    seen.widen(no == Fit::Wider);
                    continue;
                }
                _ => return Err(self.misfit(field, index)),
            }
            return Ok(());
        }
    }

    /// The values of a record, or why it is rejected.
    pub fn read(&self, bytes: &[u8], record: &[u8], kind: Kind, spans: &[Span]) -> Result<Vec<Value>, Refusal> {
        self.is_whole(record, kind, spans)?;
        spans.iter().enumerate().map(|(index, span)| self.read_field(bytes, *span, index)).collect()
    }

    fn read_field(&self, bytes: &[u8], span: Span, index: usize) -> Result<Value, Refusal> {
        let field = &bytes[span.start..span.end];
        if !matches!(self.content(field, span, index), Content::Filled) {
            return Ok(Value::Null);
        }
        let Seen { kind, found, .. } = &self.columns[index];
        if *found && matches!(fit(field, kind, Manner { found: true, ..self.manner }), Fit::No | Fit::Wider) {
            return Err(self.misfit(field, index));
        }
        let text = unquoted(bytes, span, self.quote);
        let text = std::str::from_utf8(&text).map_err(|_| self.misfit(field, index))?;
        value(text, kind, self.manner.decimal_comma).ok_or_else(|| self.misfit(field, index))
    }

    /// Appends a record to `row` as a line of clean CSV, or says why it is rejected.
    pub fn write(
        &self,
        bytes: &[u8],
        record: &[u8],
        kind: Kind,
        spans: &[Span],
        row: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        self.is_whole(record, kind, spans)?;
        for (index, span) in spans.iter().enumerate() {
            if index > 0 {
                row.push(b',');
            }
            self.write_field(bytes, *span, index, row)?;
        }
        row.push(b'\n');
        Ok(())
    }

    fn write_field(&self, bytes: &[u8], span: Span, index: usize, row: &mut Vec<u8>) -> Result<(), Refusal> {
        let field = &bytes[span.start..span.end];
        if !matches!(self.content(field, span, index), Content::Filled) {
            return Ok(());
        }
        let Seen { kind, found, .. } = &self.columns[index];
        if matches!(kind, Type::Text | Type::Binary) {
            push_text(row, &unquoted(bytes, span, self.quote));
            return Ok(());
        }
        // Most values are written as they should be: copying them is several times faster than reading them.
        if fit(field, kind, Manner { found: *found, ..self.manner }) == Fit::Same {
            row.extend_from_slice(field);
            return Ok(());
        }
        row.extend_from_slice(self.read_field(bytes, span, index)?.to_string().as_bytes());
        Ok(())
    }

    fn content(&self, field: &[u8], span: Span, index: usize) -> Content {
        let is_text = self.columns[index].kind.is_text();
        if field.is_empty() {
            return match (span.quoted, is_text) {
                (false, _) => Content::Null,
                (true, true) => Content::Filled,
                (true, false) => Content::OddNull,
            };
        }
        if is_text {
            let is_null = !span.quoted && self.null_words.contains(&field);
            return if is_null { Content::Null } else { Content::Filled };
        }
        let trimmed = trim(field);
        if !trimmed.is_empty() && !self.null_words.contains(&trimmed) {
            return Content::Filled;
        }
        if span.quoted || trimmed.len() < field.len() { Content::OddNull } else { Content::Null }
    }

    /// Whether a record is well formed, has its fields, and is text.
    fn is_whole(&self, record: &[u8], kind: Kind, spans: &[Span]) -> Result<(), Refusal> {
        if self.suspicious {
            self.is_readable(record)?;
        }
        if let Kind::Broken(fault) = kind {
            return Err(self.broken(fault));
        }
        let (got, wanted) = (spans.len(), self.columns.len());
        if got != wanted {
            let (fields, are) = (if got == 1 { "field" } else { "fields" }, if wanted == 1 { "is" } else { "are" });
            return Err(Refusal::of_record(format!("{got} {fields} where {wanted} {are} expected")));
        }
        Ok(())
    }

    fn is_readable(&self, record: &[u8]) -> Result<(), Refusal> {
        let Err(error) = std::str::from_utf8(record) else { return Ok(()) };
        let encoding = self.layout.dialect.encoding.name();
        let place = match encoding {
            "UTF-8" => format!(" at byte {} of the record", error.valid_up_to() + 1),
            _ => String::new(),
        };
        Err(Refusal::of_record(format!("not valid {encoding}{place}")))
    }

    fn broken(&self, fault: Fault) -> Refusal {
        match fault {
            Fault::UnclosedQuote => Refusal::of_record("quoted field that is never closed"),
            Fault::TextAfterQuote => Refusal::of_record("text after the closing quote of a field"),
            Fault::EndsInside(index) if index + 1 == self.layout.columns.len() => Refusal {
                column: Some(self.layout.columns[index].name.clone()),
                ..Refusal::of_record("line that ends inside the last column; `open_end` allows that")
            },
            Fault::CutsCharacter(index) => Refusal {
                column: Some(self.layout.columns[index].name.clone()),
                ..Refusal::of_record("column that begins or ends within a character")
            },
            Fault::EndsInside(index) => Refusal {
                column: Some(self.layout.columns[index].name.clone()),
                ..Refusal::of_record("line that ends inside the column")
            },
            Fault::TextBeyond => Refusal::of_record("text after the last column"),
        }
    }

    fn misfit(&self, field: &[u8], index: usize) -> Refusal {
        let reason = Failure::NotA(self.columns[index].kind.clone()).to_string();
        Refusal { column: Some(self.layout.columns[index].name.clone()), value: Some(shown(field)), reason }
    }
}
