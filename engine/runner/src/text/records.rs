//! Where a record ends and its fields lie. One small machine, used for sniffing, checking and rewriting alike.
//!
//! The machine keeps no state between records: whoever knows where one record begins can go on from there. That is what
//! lets a check start in the middle of a file.

use memchr::{memchr, memchr2, memchr3};

use super::decode::shown;
use super::fit::trim;
use super::fixed;
use super::{Dialect, Layout};

/// An opening quote that finds no partner within this many bytes is taken as never closed.
const LONGEST_QUOTED: usize = 16 << 20;

/// One field: its bytes without the quotes around it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
    /// Whether it holds doubled quotes that stand for one.
    pub doubled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Record,
    Blank,
    Comment,
    Broken(Fault),
}

/// Why a record cannot be split into fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    UnclosedQuote,
    TextAfterQuote,
    /// A fixed-width line ends inside the column of this index.
    EndsInside(usize),
    TextBeyond,
    /// A column of a fixed-width line, of this index, begins or ends within a character.
    CutsCharacter(usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub kind: Kind,
    /// Where the record's text ends, without its line end.
    pub text_end: usize,
    /// Where the next record begins.
    pub end: usize,
    /// Physical line ends in it, its own included.
    pub line_ends: u64,
    /// It ends with a carriage return alone.
    pub lone_return: bool,
    /// An unquoted field has a quote in it.
    pub stray_quote: bool,
    /// Blanks around a value were left out, within quotes or not.
    pub trimmed: bool,
    pub any_quoted: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Plain,
    Delimiter,
    LineEnd,
    Quote,
}

pub(super) struct Syntax {
    class: [Class; 256],
    delimiter: u8,
    quote: Option<u8>,
    /// Delimiter and quote, repeated through a word.
    delimiters: u64,
    quotes: u64,
    comment: Vec<u8>,
    /// A line that begins like a comment is a record if it has as many fields.
    spared: Option<usize>,
    trim: bool,
    fixed: Option<fixed::Lines>,
    /// In a file of one column a blank line is a record: a null.
    blank_is_record: bool,
}

impl Syntax {
    pub fn of(layout: &Layout) -> Self {
        let mut syntax = Self::of_dialect(&layout.dialect);
        syntax.blank_is_record = layout.cuts.is_none() && layout.columns.len() == 1;
        syntax.spared = layout.dialect.spare.then_some(layout.columns.len());
        syntax.fixed = fixed::Lines::of(layout);
        syntax
    }

    pub fn of_dialect(dialect: &Dialect) -> Self {
        let mut class = [Class::Plain; 256];
        if let Some(quote) = dialect.quote {
            class[usize::from(quote)] = Class::Quote;
        }
        class[usize::from(dialect.delimiter)] = Class::Delimiter;
        class[usize::from(b'\n')] = Class::LineEnd;
        class[usize::from(b'\r')] = Class::LineEnd;
        let comment = dialect.comment.clone().unwrap_or_default().into_bytes();
        let Dialect { delimiter, quote, .. } = *dialect;
        Self {
            class,
            delimiter,
            quote,
            delimiters: ONES * u64::from(delimiter),
            // Without quotes, the delimiter again: looked for anyway.
            quotes: ONES * u64::from(quote.unwrap_or(delimiter)),
            comment,
            spared: None,
            trim: dialect.trim,
            fixed: None,
            blank_is_record: false,
        }
    }

    /// The record that begins at `at`, or none if `bytes` end before it does and more may follow (`last` is false).
    pub fn next(&self, bytes: &[u8], at: usize, last: bool, spans: &mut Vec<Span>) -> Option<Found> {
        spans.clear();
        if !self.comment.is_empty() {
            if bytes.len() - at < self.comment.len() && !last {
                return None;
            }
            if bytes[at..].starts_with(&self.comment) {
                return self.comment(bytes, at, last, spans);
            }
        }
        if matches!(bytes[at], b'\n' | b'\r') && !self.blank_is_record {
            return self.line(bytes, at, last, Kind::Blank);
        }
        let Some(fixed) = &self.fixed else { return self.delimited(bytes, at, last, spans) };
        let mut found = self.line(bytes, at, last, Kind::Record)?;
        if let Err(fault) = fixed.split(bytes, at, found.text_end, spans) {
            found.kind = Kind::Broken(fault);
        }
        Some(found)
    }

    /// What begins like a comment: a record where those are spared.
    fn comment(&self, bytes: &[u8], at: usize, last: bool, spans: &mut Vec<Span>) -> Option<Found> {
        let line = self.line(bytes, at, last, Kind::Comment)?;
        let Some(columns) = self.spared else { return Some(line) };
        let record = self.delimited(bytes, at, last, spans).filter(|record| record.end == line.end);
        if let Some(record) = record.filter(|record| record.kind == Kind::Record && spans.len() == columns) {
            return Some(record);
        }
        spans.clear();
        Some(line)
    }

    /// The physical line at `at`, whatever is in it.
    pub fn any_line(&self, bytes: &[u8], at: usize, last: bool, _: &mut Vec<Span>) -> Option<Found> {
        self.line(bytes, at, last, Kind::Comment)
    }

    /// The fields of a header; those of a broken one by its delimiters alone.
    pub fn names(&self, bytes: &[u8], start: usize, found: Found, spans: &[Span]) -> Vec<String> {
        let quote = self.quote.unwrap_or(b'"');
        if let Kind::Broken(_) = found.kind {
            let fields = bytes[start..found.text_end].split(|byte| *byte == self.delimiter);
            return fields.map(|field| shown(field).replace(char::from(quote), "")).collect();
        }
        spans.iter().map(|span| shown(&unquoted(bytes, *span, quote))).collect()
    }

    fn delimited(&self, bytes: &[u8], at: usize, last: bool, spans: &mut Vec<Span>) -> Option<Found> {
        let mut found = Found {
            kind: Kind::Record,
            text_end: at,
            end: at,
            line_ends: 0,
            lone_return: false,
            stray_quote: false,
            trimmed: false,
            any_quoted: false,
        };
        let mut here = at;
        loop {
            if self.trim {
                let blanks = self.blanks(bytes, here);
                found.trimmed |= blanks > 0;
                here += blanks;
            }
            let mut span = Span { start: here, end: here, ..Span::default() };
            if here < bytes.len() && self.class[usize::from(bytes[here])] == Class::Quote {
                found.any_quoted = true;
                match self.quoted(bytes, at, here, last, &mut found.line_ends)? {
                    Ok((quoted, after)) => {
                        found.trimmed |= after > quoted.end + 1;
                        (span, here) = (quoted, after);
                    }
                    Err(fault) => return self.line(bytes, at, last, Kind::Broken(fault)),
                }
            } else {
                here = self.unquoted_end(bytes, here, &mut found.stray_quote);
                span.end = here;
                if self.trim {
                    span.end = span.start + trim(&bytes[span.start..here]).len();
                    found.trimmed |= span.end < here;
                }
            }
            spans.push(span);
            let Some(byte) = bytes.get(here) else {
                (found.text_end, found.end) = (here, here);
                return last.then_some(found);
            };
            if self.class[usize::from(*byte)] == Class::LineEnd {
                found.text_end = here;
                found.end = after_line_end(bytes, here, last)?;
                found.lone_return = *byte == b'\r' && found.end == here + 1;
                found.line_ends += 1;
                return Some(found);
            }
            here += 1;
        }
    }

    /// How many blanks there are from here on that are no delimiters.
    fn blanks(&self, bytes: &[u8], here: usize) -> usize {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t') && **byte != self.delimiter;
        bytes.get(here..).unwrap_or_default().iter().take_while(is_blank).count()
    }

    /// Where the unquoted field that goes on at `here` ends.
    fn unquoted_end(&self, bytes: &[u8], mut here: usize, stray_quote: &mut bool) -> usize {
        loop {
            // Eight bytes at a time, for as long as none of them can end a field.
            while let Some(eight) = bytes[here..].first_chunk() {
                let word = u64::from_le_bytes(*eight);
                let hits = below_14(word) | equal(word, self.delimiters) | equal(word, self.quotes);
                if hits != 0 {
                    here += (hits.trailing_zeros() / 8) as usize;
                    break;
                }
                here += 8;
            }
            let Some(byte) = bytes.get(here) else { return here };
            match self.class[usize::from(*byte)] {
                Class::Plain => {}
                Class::Quote => *stray_quote = true,
                Class::Delimiter | Class::LineEnd => return here,
            }
            here += 1;
        }
    }

    /// Reads the quoted field whose opening quote is at `open`; gives the place after it too.
    fn quoted(
        &self,
        bytes: &[u8],
        record: usize,
        open: usize,
        last: bool,
        line_ends: &mut u64,
    ) -> Option<Result<(Span, usize), Fault>> {
        let quote = self.quote?;
        let mut doubled = false;
        let mut here = open + 1;
        loop {
            let Some(hit) = memchr3(quote, b'\n', b'\r', &bytes[here..]).map(|hit| here + hit) else {
                let given_up = last || bytes.len() - record > LONGEST_QUOTED;
                return given_up.then_some(Err(Fault::UnclosedQuote));
            };
            if hit - record > LONGEST_QUOTED {
                return Some(Err(Fault::UnclosedQuote));
            }
            here = hit + 1;
            if bytes[hit] != quote {
                *line_ends += u64::from(bytes[hit] == b'\n' || bytes.get(here) != Some(&b'\n'));
                continue;
            }
            if bytes.get(here) == Some(&quote) {
                doubled = true;
                here += 1;
                continue;
            }
            if self.trim {
                here += self.blanks(bytes, here);
            }
            match bytes.get(here) {
                None if !last => return None,
                Some(next) if matches!(self.class[usize::from(*next)], Class::Plain | Class::Quote) => {
                    return Some(Err(Fault::TextAfterQuote));
                }
                _ => return Some(Ok((Span { start: open + 1, end: hit, quoted: true, doubled }, here))),
            }
        }
    }

    /// The physical line at `at`. A broken record is given up to here only, so that it cannot swallow what follows.
    fn line(&self, bytes: &[u8], at: usize, last: bool, kind: Kind) -> Option<Found> {
        let ended = memchr2(b'\n', b'\r', &bytes[at..]).map(|hit| at + hit);
        let (text_end, end) = match ended {
            Some(text_end) => (text_end, after_line_end(bytes, text_end, last)?),
            None if last => (bytes.len(), bytes.len()),
            None => return None,
        };
        Some(Found {
            kind,
            text_end,
            end,
            line_ends: u64::from(ended.is_some()),
            lone_return: ended.is_some_and(|text_end| bytes[text_end] == b'\r') && end == text_end + 1,
            stray_quote: false,
            trimmed: false,
            any_quoted: false,
        })
    }
}

const ONES: u64 = u64::MAX / 255;
const TOPS: u64 = ONES * 128;

/// Has the top bit of each byte set that equals the byte repeated in `wanted`; above the lowest of them perhaps more.
fn equal(word: u64, wanted: u64) -> u64 {
    let zeros = word ^ wanted;
    zeros.wrapping_sub(ONES) & !zeros & TOPS
}

/// The same for bytes below 14, line ends among them.
fn below_14(word: u64) -> u64 {
    word.wrapping_sub(ONES * 14) & !word & TOPS
}

/// Where the line after the line end at `at` begins; `\r\n` is one.
pub(super) fn after_line_end(bytes: &[u8], at: usize, last: bool) -> Option<usize> {
    if bytes[at] == b'\n' {
        return Some(at + 1);
    }
    match bytes.get(at + 1) {
        Some(b'\n') => Some(at + 2),
        None if !last => None,
        _ => Some(at + 1),
    }
}

/// The text of a field, doubled quotes made single.
pub(super) fn unquoted(bytes: &[u8], span: Span, quote: u8) -> std::borrow::Cow<'_, [u8]> {
    let field = &bytes[span.start..span.end];
    if !span.doubled {
        return field.into();
    }
    let mut text = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some(at) = memchr(quote, rest) {
        text.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    text.into()
}

/// Appends a text to a line of clean CSV; an empty one is quoted, which tells it from null.
pub(super) fn push_text(row: &mut Vec<u8>, text: &[u8]) {
    if !text.is_empty() && !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return row.extend_from_slice(text);
    }
    row.push(b'"');
    for byte in text {
        row.push(*byte);
        if *byte == b'"' {
            row.push(b'"');
        }
    }
    row.push(b'"');
}
