//! What a formula can go on with: columns, functions, parameters, types and keywords.

use egui::{CompletionQuery, RichText, Suggestion};
use pipewright_engine::formula::catalogue::{CATALOGUE, Entry};
use pipewright_engine::formula::quoted;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::types::Schema;

use super::syntax::{self, KEYWORDS, Kind};
use crate::theme::Palette;

const MOST: usize = 12;
const TYPES: &[&str] =
    &["boolean", "date", "decimal(18, 2)", "double precision", "integer", "interval", "text", "time", "timestamp"];

/// Letters that end a word. A quote belongs to the name it begins.
pub(super) fn is_boundary(letter: char) -> bool {
    !(letter.is_alphanumeric() || letter == '_' || letter == '"')
}

/// What fits the word before the caret. Without a word there is nothing, unless it was asked for: then all columns.
pub(super) fn suggest(
    query: &CompletionQuery,
    columns: Option<&Schema>,
    pipeline: &Pipeline,
    palette: &Palette,
    more: &[&str],
    asked: bool,
) -> Vec<Suggestion> {
    let start = byte_of(query.text, query.word_range.start.0);
    let end = byte_of(query.text, query.word_range.end.0);
    let (before, after) = (&query.text[..start], &query.text[end..]);
    if before.ends_with("::") {
        return TYPES.iter().filter(|name| begins(name, query.word)).map(|name| Suggestion::new(*name)).collect();
    }
    if before.ends_with(':') {
        return parameters(pipeline, query.word);
    }
    if is_text(query.text, start, end) {
        return Vec::new();
    }
    if query.word.is_empty() {
        let all = columns.filter(|_| asked).map(|columns| names(columns, "", "", palette));
        return all.unwrap_or_default().into_iter().map(|(_, suggestion)| suggestion).collect();
    }
    let word = query.word.trim_start_matches('"').to_lowercase();
    let mut found: Vec<(u8, Suggestion)> = Vec::new();
    if let Some(columns) = columns {
        found.extend(names(columns, query.word, &word, palette));
    }
    if !query.word.starts_with('"') {
        found.extend(CATALOGUE.iter().filter_map(|entry| function(entry, &word, after)));
        let keywords = KEYWORDS.iter().chain(more).filter(|keyword| begins(keyword, &word) && **keyword != word);
        found.extend(keywords.map(|keyword| (2, Suggestion::new(format!("{keyword} ")))));
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(MOST);
    found.into_iter().map(|(_, suggestion)| suggestion).collect()
}

fn byte_of(text: &str, letter: usize) -> usize {
    text.char_indices().nth(letter).map_or(text.len(), |(at, _)| at)
}

fn begins(name: &str, word: &str) -> bool {
    name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Whether the word is part of a text, a comment or a number, or stands within a quoted name.
fn is_text(text: &str, start: usize, end: usize) -> bool {
    syntax::pieces(text).into_iter().any(|piece| {
        let inside = piece.range.start < end && end <= piece.range.end;
        inside
            && match piece.kind {
                Kind::Text | Kind::Comment | Kind::Number => true,
                Kind::Name => piece.range.start < start,
                _ => false,
            }
    })
}

/// Those that begin with the word, then those that hold it; not one that is there in full.
fn names(columns: &Schema, written: &str, word: &str, palette: &Palette) -> Vec<(u8, Suggestion)> {
    let mut found = Vec::new();
    for column in &columns.0 {
        let insert = quoted(&column.name);
        let Some(at) = column.name.to_lowercase().find(word) else { continue };
        if insert == written {
            continue;
        }
        let name = RichText::new(&column.name).color(palette.kind(&column.kind));
        let suggestion = Suggestion::new(insert).content(name).description(column.kind.to_string());
        found.push((if at == 0 { 0 } else { 3 }, suggestion));
    }
    found
}

fn function(entry: &Entry, word: &str, after: &str) -> Option<(u8, Suggestion)> {
    let plain = |name: &&&str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let callable = || entry.names.iter().filter(plain).filter(|name| !KEYWORDS.contains(*name));
    let (rank, name) = match callable().find(|name| begins(name, word)) {
        Some(name) => (1, name),
        None => {
            let meant = word.len() > 2 && entry.search.split(' ').any(|other| begins(other, word));
            (4, callable().next().filter(|_| meant)?)
        }
    };
    let bracket = if after.starts_with('(') { "" } else { "(" };
    let signature = entry.signatures.first().map(ToString::to_string).unwrap_or_default();
    let content = RichText::new(format!("{name}{signature}"));
    Some((rank, Suggestion::new(format!("{name}{bracket}")).content(content)))
}

fn parameters(pipeline: &Pipeline, word: &str) -> Vec<Suggestion> {
    let known = pipeline.parameters.iter().filter(|(name, _)| begins(name, word) && *name != word);
    known.map(|(name, parameter)| Suggestion::new(name).description(parameter.kind.to_string())).collect()
}
