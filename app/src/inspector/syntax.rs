//! The words of a formula while it is typed: for colours, completion and help. Unlike the compiler it takes any text.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Ui};
use pipewright_engine::formula::Function;
use pipewright_engine::types::{Schema, Type};

use crate::theme::{self, Palette, size};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, in double quotes or not.
    Name,
    Function,
    Keyword,
    /// `:name`.
    Parameter,
    Text,
    Number,
    Comment,
    /// Operators, brackets and blanks.
    Other,
}

/// A piece of the text, by bytes. All pieces together are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: Kind,
    pub range: Range<usize>,
}

pub(super) const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "between",
    "case",
    "cast",
    "date",
    "distinct",
    "else",
    "end",
    "escape",
    "extract",
    "false",
    "from",
    "ilike",
    "in",
    "interval",
    "is",
    "like",
    "not",
    "null",
    "or",
    "then",
    "time",
    "timestamp",
    "true",
    "try_cast",
    "when",
];

/// What a query has more.
pub(super) const QUERY_KEYWORDS: &[&str] = &[
    "all",
    "asc",
    "by",
    "cross",
    "desc",
    "distinct",
    "except",
    "exists",
    "first",
    "full",
    "group",
    "having",
    "inner",
    "intersect",
    "join",
    "last",
    "left",
    "limit",
    "nulls",
    "offset",
    "on",
    "order",
    "outer",
    "over",
    "partition",
    "right",
    "rows",
    "select",
    "union",
    "using",
    "where",
    "with",
];

/// The pieces of a formula.
pub fn pieces(text: &str) -> Vec<Piece> {
    pieces_of(text, &[])
}

/// The pieces of a text with more keywords than formulas have.
pub(super) fn pieces_of(text: &str, more: &[&str]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (kind, length) = piece(text, at, more);
        let range = at..at + length.max(1);
        at = range.end;
        match pieces.last_mut() {
            Some(last) if last.kind == Kind::Other && kind == Kind::Other => last.range.end = at,
            _ => pieces.push(Piece { kind, range }),
        }
    }
    pieces
}

fn piece(text: &str, at: usize, more: &[&str]) -> (Kind, usize) {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return (Kind::Other, 0) };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let run = |of: &dyn Fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
    match first {
        '\'' => (Kind::Text, closed(rest, '\'')),
        '"' => (Kind::Name, closed(rest, '"')),
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kind::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2)),
        ':' if rest.starts_with("::") => (Kind::Other, 2),
        ':' if rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            (Kind::Parameter, 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1))
        }
        c if c.is_ascii_digit() => (Kind::Number, run(&|c| is_word(c) || c == '.')),
        c if is_word(c) => {
            let length = run(&is_word);
            (word(&rest[..length], &rest[length..], more), length)
        }
        other => (Kind::Other, other.len_utf8()),
    }
}

/// The length of what stands between quotes, which are doubled inside; to the end where it is not closed.
fn closed(rest: &str, quote: char) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    rest.len()
}

fn word(word: &str, after: &str, more: &[&str]) -> Kind {
    let is_call = after.trim_start().starts_with('(');
    if is_call && Function::named(word).is_some() {
        return Kind::Function;
    }
    let lower = word.to_lowercase();
    if KEYWORDS.contains(&lower.as_str()) || more.contains(&lower.as_str()) { Kind::Keyword } else { Kind::Name }
}

/// The text in colours: names of columns in the colour of their type.
pub(super) fn colours(ui: &Ui, text: &str, columns: Option<&Schema>, more: &[&str], width: f32) -> LayoutJob {
    let palette = theme::palette(ui.ctx());
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    job.keep_trailing_whitespace = true;
    for Piece { kind, range } in pieces_of(text, more) {
        let color = colour(palette, kind, &text[range.clone()], columns);
        job.append(&text[range], 0.0, TextFormat::simple(FontId::monospace(size::BODY), color));
    }
    job
}

fn colour(palette: &Palette, kind: Kind, text: &str, columns: Option<&Schema>) -> Color32 {
    match kind {
        Kind::Name => column(text, columns).map_or(palette.text, |kind| palette.kind(kind)),
        Kind::Function | Kind::Parameter => palette.accent,
        Kind::Keyword => palette.weak,
        Kind::Text => palette.kind(&Type::Text),
        Kind::Number => palette.kind(&Type::Integer),
        Kind::Comment => palette.faint,
        Kind::Other => palette.text,
    }
}

/// The type of the column that a name means; names without quotes are matched without regard to case.
fn column<'a>(written: &str, columns: Option<&'a Schema>) -> Option<&'a Type> {
    let columns = columns?;
    let name = written.trim_matches('"').replace("\"\"", "\"");
    let found = columns.column(&name).or_else(|| columns.0.iter().find(|one| one.name.eq_ignore_ascii_case(&name)));
    found.map(|column| &column.kind)
}

/// The function whose name or brackets are around a place in the text.
pub fn function_at(text: &str, at: usize) -> Option<Function> {
    let mut open: Vec<Option<Function>> = Vec::new();
    let mut last = None;
    for Piece { kind, range } in pieces(text) {
        let written = &text[range.clone()];
        if kind == Kind::Function && range.start <= at && at <= range.end {
            return Function::named(written);
        }
        if range.start >= at {
            break;
        }
        if kind == Kind::Function {
            last = Function::named(written);
        }
        if kind != Kind::Other {
            continue;
        }
        for (place, letter) in written.char_indices() {
            match letter {
                _ if range.start + place >= at => break,
                '(' => open.push(last.take()),
                ')' => drop(open.pop()),
                _ => {}
            }
        }
    }
    open.into_iter().rev().flatten().next()
}
