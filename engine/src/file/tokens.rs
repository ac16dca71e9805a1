//! The text of a file cut into tokens, with every bracket knowing its partner and comments set aside.
//!
//! The `ron` crate stops at the first mistake and speaks of the format. Here a mistake inside one node leaves the others
//! whole, comments are found, and a missing bracket or quote is told by the line it is missing from.

use crate::problem::{Place, Problem};

/// How many brackets may stand inside each other. No pipeline comes near it; a file made to exhaust the stack would.
const DEEPEST: usize = 64;

/// Bytes from, bytes up to.
pub(super) type Span = (usize, usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open(char),
    Close(char),
    Comma,
    Colon,
    /// `"…"`, `r"…"`, `r#"…"#`.
    Text,
    /// `'…'`: one character in RON, and what some people write for text.
    Single,
    Number,
    /// A name, `true`, `None`.
    Word,
    /// A character that has no meaning in RON outside text.
    Other(char),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
    /// The token that closes this bracket, or opens it.
    pub partner: usize,
}

#[derive(Debug)]
pub(super) struct Source<'a> {
    pub text: &'a str,
    pub tokens: Vec<Token>,
    pub comments: Vec<Span>,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn scan(text: &'a str) -> Result<Self, Problem> {
        let mut source = Self { text, tokens: Vec::new(), comments: Vec::new(), lines: line_starts(text) };
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            if first.is_whitespace() {
                at += first.len_utf8();
                continue;
            }
            if rest.starts_with("//") || rest.starts_with("/*") {
                let Some(length) = comment_length(rest) else {
                    return Err(source
                        .problem((at, at + 2), "The comment that begins here has no end.")
                        .try_this("Write */ after it."));
                };
                source.comments.push((at, at + length));
                at += length;
                continue;
            }
            let Some((kind, length)) = token_at(rest, first) else { return Err(source.unclosed_text(at)) };
            let here = source.tokens.len();
            source.tokens.push(Token { kind, span: (at, at + length), partner: here });
            match kind {
                Kind::Open(_) => open.push(here),
                Kind::Close(_) => {
                    let opened = source.opened_by(&mut open, here)?;
                    source.tokens[opened].partner = here;
                    source.tokens[here].partner = opened;
                }
                _ => {}
            }
            if open.len() > DEEPEST {
                return Err(source
                    .problem((at, at + length), &format!("More than {DEEPEST} brackets stand inside each other.")));
            }
            at += length;
        }
        match open.last() {
            None => Ok(source),
            Some(opened) => Err(source.unclosed_bracket(*opened, None)),
        }
    }

    pub(super) fn slice(&self, (from, to): Span) -> &'a str {
        &self.text[from..to]
    }

    /// The line a byte is in, counted from one.
    pub(super) fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte)
    }

    pub(super) fn place(&self, (from, to): Span) -> Place {
        let line = self.line(from);
        let shown = self.text[from..to].lines().next().unwrap_or_default();
        Place {
            line,
            column: 1 + self.text[self.lines[line - 1]..from].chars().count(),
            length: shown.chars().count().max(1),
        }
    }

    pub(super) fn problem(&self, span: Span, message: &str) -> Problem {
        Problem::new(message).place(self.place(span))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect()
}

/// The first token of `rest` and its length in bytes. None: text that is not closed.
fn token_at(rest: &str, first: char) -> Option<(Kind, usize)> {
    Some(match first {
        '(' | '[' | '{' => (Kind::Open(first), 1),
        ')' | ']' | '}' => (Kind::Close(first), 1),
        ',' => (Kind::Comma, 1),
        ':' => (Kind::Colon, 1),
        '"' => (Kind::Text, text_length(rest)?),
        '\'' => match single_length(rest) {
            Some(length) => (Kind::Single, length),
            None => (Kind::Other(first), 1),
        },
        _ if number_begins(rest) => (Kind::Number, number_length(rest)),
        'r' if raw_hashes(rest).is_some() => (Kind::Text, raw_length(rest)?),
        _ if first.is_alphabetic() || first == '_' => (Kind::Word, word_length(rest)),
        _ => (Kind::Other(first), first.len_utf8()),
    })
}

fn comment_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let (change, length) = if here.starts_with(b"/*") {
            (1, 2)
        } else if here.starts_with(b"*/") {
            (-1, 2)
        } else {
            (0, 1)
        };
        depth += change;
        at += length;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn text_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let end = rest.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

fn single_length(rest: &str) -> Option<usize> {
    if rest.starts_with("'\\''") {
        return Some(4);
    }
    let line = rest.lines().next().unwrap_or_default();
    line[1..].find('\'').map(|end| end + 2)
}

/// How many `#` a raw text begins with.
fn raw_hashes(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    rest[1 + hashes..].starts_with('"').then_some(hashes)
}

fn raw_length(rest: &str) -> Option<usize> {
    let hashes = raw_hashes(rest)?;
    let end = format!("\"{}", "#".repeat(hashes));
    let inside = hashes + 2;
    rest[inside..].find(&end).map(|at| inside + at + end.len())
}

fn number_begins(rest: &str) -> bool {
    let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
}

fn number_length(rest: &str) -> usize {
    let mut before = ' ';
    let mut inside = |at: usize, c: char| {
        let sign = matches!(c, '+' | '-') && (at == 0 || matches!(before, 'e' | 'E'));
        before = c;
        sign || c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
    };
    rest.char_indices().find(|(at, c)| !inside(*at, *c)).map_or(rest.len(), |(at, _)| at)
}

fn word_length(rest: &str) -> usize {
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    let end = rest[raw..].find(|c: char| !c.is_alphanumeric() && c != '_');
    raw + end.unwrap_or(rest.len() - raw)
}
