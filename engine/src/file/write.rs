//! From a pipeline to text in its one canonical form: what stands on one line, what is broken over several, how text is quoted.

use std::fmt::Write as _;

use ron::extensions::Extensions;
use serde::Serialize;

use super::pieces::{Piece, Shape};
use super::tokens::Source;
use crate::nodes::Step;
use crate::pipeline::{Node, Pipeline};

const WIDEST: usize = 120;
const INDENTATION: usize = 4;

pub(super) fn pipeline(pipeline: &Pipeline) -> String {
    let Pipeline { version, about, parameters, nodes, layout, comments } = pipeline;
    let mut file = File { text: format!("{}\n", super::ATTRIBUTE) };
    file.comment(0, &comments.head);
    file.text.push_str("(\n");
    let comment = |name: &str| comments.sections.get(name).map(Vec::as_slice).unwrap_or_default();
    file.comment(1, comment("version"));
    file.line(1, &format!("version: {version},"));
    if !about.is_empty() || !comment("about").is_empty() {
        file.comment(1, comment("about"));
        file.line(1, &format!("about: {},", quoted(about)));
    }
    if !parameters.is_empty() || !comment("parameters").is_empty() {
        file.comment(1, comment("parameters"));
        file.map(1, "parameters", parameters.iter().map(|(name, parameter)| keyed(name, parameter)));
    }
    file.comment(1, comment("nodes"));
    file.line(1, "nodes: {");
    for (name, node) in nodes {
        file.comment(2, comments.nodes.get(name).map(Vec::as_slice).unwrap_or_default());
        file.line(2, &format!("{},", self::node(name, node)));
    }
    file.line(1, "},");
    if !layout.nodes.is_empty() || !layout.notes.is_empty() || !comment("layout").is_empty() {
        file.comment(1, comment("layout"));
        file.line(1, "layout: (");
        file.map(2, "nodes", layout.nodes.iter().map(|(name, place)| keyed(name, place)));
        let notes: Vec<String> = layout.notes.iter().map(|note| laid_out(&plain(note), 3, 0, 1)).collect();
        file.lines(2, "notes: [", &notes, "],");
        file.line(1, "),");
    }
    file.text.push_str(")\n");
    file.text
}

pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Broken(broken) => broken.text.clone(),
        step => laid_out(&plain(step), 0, 0, 0),
    }
}

struct File {
    text: String,
}

impl File {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{}{text}", blanks(depth));
    }

    fn comment(&mut self, depth: usize, lines: &[String]) {
        for line in lines {
            self.line(if line.is_empty() { 0 } else { depth }, line);
        }
    }

    fn map(&mut self, depth: usize, name: &str, entries: impl Iterator<Item = (String, String)>) {
        let entries: Vec<String> = entries
            .map(|(key, value)| format!("{key}: {}", laid_out(&value, depth + 1, key.chars().count() + 2, 1)))
            .collect();
        self.lines(depth, &format!("{name}: {{"), &entries, "},");
    }

    fn lines(&mut self, depth: usize, open: &str, entries: &[String], close: &str) {
        if entries.is_empty() {
            return self.line(depth, &format!("{open}{close}"));
        }
        self.line(depth, open);
        for entry in entries {
            self.line(depth + 1, &format!("{entry},"));
        }
        self.line(depth, close);
    }
}

/// `"large": (step: Filter(condition: "axles > 2"), from: ["plazas"])`: on one line if it fits, else with the step's fields on
/// lines of their own, else with the node's fields so too.
fn node(name: &str, node: &Node) -> String {
    let Node { step, from, about, muted } = node;
    let mut rest = Vec::new();
    let wired = from.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    if wired > 0 {
        let links: Vec<String> =
            from[..wired].iter().map(|link| link.as_ref().map(ToString::to_string).unwrap_or_default()).collect();
        rest.push(format!("from: {}", one_line(&plain(&links))));
    }
    if !about.is_empty() {
        rest.push(format!("about: {}", quoted(about)));
    }
    if *muted {
        rest.push("muted: true".to_owned());
    }
    let step = match step {
        Step::Broken(broken) => {
            rest.extend(broken.fields.iter().cloned());
            Text::Verbatim(&broken.text)
        }
        step => Text::Compact(plain(step)),
    };
    let name = quoted(name);
    let tail: String = rest.iter().map(|field| format!(", {field}")).collect();
    let begin = format!("{name}: (step: ");
    let indentation = 2 * INDENTATION;
    let hugged = match &step {
        Text::Verbatim("") => format!("{name}: ({}", rest.join(", ")),
        Text::Verbatim(text) => format!("{begin}{text}{tail}"),
        Text::Compact(text) => {
            // What comes after the step must fit behind its closing brackets.
            format!("{begin}{}{tail}", laid_out(text, 2, begin.chars().count(), tail.chars().count() + 2))
        }
    };
    let last = hugged.rsplit('\n').next().unwrap_or_default().chars().count() + 2;
    let last = if hugged.contains('\n') { last } else { last + indentation };
    if last <= WIDEST && !tail.contains('\n') {
        return format!("{hugged})");
    }
    let step = match step {
        Text::Verbatim("") => None,
        Text::Verbatim(text) => Some(format!("step: {text}")),
        Text::Compact(text) => Some(format!("step: {}", laid_out(&text, 3, 6, 1))),
    };
    let lines: String = step.into_iter().chain(rest).map(|field| format!("{}{field},\n", blanks(3))).collect();
    format!("{name}: (\n{lines}{})", blanks(2))
}

enum Text<'a> {
    Verbatim(&'a str),
    Compact(String),
}

fn keyed(name: &str, value: &impl Serialize) -> (String, String) {
    (quoted(name), plain(value))
}

/// A value as RON on one line, without spaces.
fn plain(value: &impl Serialize) -> String {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
        .without_recursion_limit()
        .to_string(value)
        .expect("pipelines are plain data, all of which RON can say")
}

/// Lays out RON that begins `column` characters after an indentation of `depth`, with `tail` characters to come behind it.
fn laid_out(compact: &str, depth: usize, column: usize, tail: usize) -> String {
    let read = Source::scan(compact);
    let Ok(source) = read else { return compact.to_owned() };
    lay_out(Piece::whole(&source), depth, depth * INDENTATION + column, tail)
}

fn one_line(compact: &str) -> String {
    Source::scan(compact).map_or_else(|_| compact.to_owned(), |source| flat(Piece::whole(&source)))
}

fn lay_out(piece: Piece, depth: usize, column: usize, tail: usize) -> String {
    let line = flat(piece);
    if !line.contains('\n') && column + line.chars().count() + tail <= WIDEST {
        return line;
    }
    let Ok(Shape::Group { name, bracket, open }) = piece.shape() else { return line };
    let entries = piece.entries(open);
    let name = name.unwrap_or_default();
    let close = closing(bracket);
    // The only field of a step opens and closes in the lines of the step: `Formula(formulas: [` … `])`.
    if let [entry] = entries[..]
        && let Some(key) = entry.key
        && let Ok(Shape::Group { name: None, .. }) = entry.value.shape()
    {
        let begin = format!("{name}{bracket}{}: ", flat(key));
        let value = lay_out(entry.value, depth, column + begin.chars().count(), tail + 1);
        return format!("{begin}{value}{close}");
    }
    let mut lines = String::new();
    for entry in entries {
        let key = entry.key.map(|key| format!("{}: ", flat(key))).unwrap_or_default();
        let column = (depth + 1) * INDENTATION + key.chars().count();
        let _ = writeln!(lines, "{}{key}{},", blanks(depth + 1), lay_out(entry.value, depth + 1, column, 1));
    }
    if lines.is_empty() { line } else { format!("{name}{bracket}\n{lines}{}{close}", blanks(depth)) }
}

fn flat(piece: Piece) -> String {
    match piece.shape() {
        Ok(Shape::Group { name, bracket, open }) => {
            let entry = |entry: super::pieces::Entry| match entry.key {
                Some(key) => format!("{}: {}", flat(key), flat(entry.value)),
                None => flat(entry.value),
            };
            let inside: Vec<String> = piece.entries(open).into_iter().map(entry).collect();
            format!("{}{bracket}{}{}", name.unwrap_or_default(), inside.join(", "), closing(bracket))
        }
        Ok(Shape::Text) => piece.text().map_or_else(|_| piece.slice().to_owned(), |text| quoted(&text)),
        _ => piece.slice().to_owned(),
    }
}

fn closing(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

fn blanks(depth: usize) -> String {
    " ".repeat(depth * INDENTATION)
}

/// Text in quotes: as raw text where it has several lines, or where that saves two escapes or more.
pub(super) fn quoted(text: &str) -> String {
    let escapes = text.matches(['"', '\\']).count();
    if (text.contains('\n') || escapes >= 2) && !text.chars().any(|c| c != '\n' && is_invisible(c)) {
        let mut hashes = "#".to_owned();
        while text.contains(&format!("\"{hashes}")) {
            hashes.push('#');
        }
        return format!("r{hashes}\"{text}\"{hashes}");
    }
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_invisible(c) => {
                let _ = write!(quoted, "\\u{{{:x}}}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What a reviewer would not see, or what would make the line read in another order than it runs.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}
