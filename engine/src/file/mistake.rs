//! What is wrong with a value in a file, told in the words of the one who wrote it.

use std::fmt;

use super::tokens::{Source, Span};
use crate::problem::{Problem, nearest};

#[derive(Debug)]
pub(super) struct Mistake {
    said: Said,
    suggestion: Option<String>,
    replacement: Option<String>,
    span: Option<Span>,
    /// The way to the value, innermost first: `.column`, `[1]`, `.aggregations`.
    path: Vec<String>,
}

#[derive(Debug)]
enum Said {
    /// What follows the name of the parameter: `should be true or false, and "yes" is text`.
    Of(String),
    /// A sentence of its own.
    Whole(String),
    NoOption {
        found: String,
        known: Vec<&'static str>,
    },
    NoField {
        found: String,
        known: Vec<&'static str>,
    },
}

impl Mistake {
    /// `predicate` goes on from the name of the parameter.
    pub(super) fn of(span: Span, predicate: impl Into<String>) -> Self {
        Self::new(Said::Of(predicate.into())).at(span)
    }

    pub(super) fn whole(span: Span, sentence: impl Into<String>) -> Self {
        Self::new(Said::Whole(sentence.into())).at(span)
    }

    fn new(said: Said) -> Self {
        Self { said, suggestion: None, replacement: None, span: None, path: Vec::new() }
    }

    pub(super) fn try_this(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Suggests the text that should stand there instead.
    pub(super) fn write(mut self, text: &str) -> Self {
        self.suggestion = Some(format!("Write {text}."));
        self.replacement = Some(text.to_owned());
        self
    }

    /// Where it is, unless something further in has said so already.
    pub(super) fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    pub(super) fn inside_field(mut self, name: &str) -> Self {
        self.path.push(format!(".{name}"));
        self
    }

    pub(super) fn inside_entry(mut self, key: &str) -> Self {
        self.path.push(format!("[{key}]"));
        self
    }

    pub(super) fn inside_line(mut self, line: usize) -> Self {
        self.path.push(format!("[{line}]"));
        self
    }

    /// Of a step of the kind `kind`, whose choices are the kinds of nodes.
    pub(super) fn in_step(self, source: &Source, kind: &str, kinds: impl Iterator<Item = &'static str>) -> Problem {
        match &self.said {
            Said::NoOption { found, .. } if self.path.is_empty() => {
                let place = self.span.map(|span| source.place(span));
                let problem = Problem::unknown("kind of node called", found, kinds);
                place.into_iter().fold(problem, Problem::place)
            }
            _ => self.into_problem(source, kind),
        }
    }

    /// `whole` is what a value without a path is called: `ReadCsv`, `the parameter "day"`.
    pub(super) fn into_problem(self, source: &Source, whole: &str) -> Problem {
        let path: String = self.path.into_iter().rev().collect();
        let path = path.trim_start_matches('.');
        let subject = if path.is_empty() { whole.to_owned() } else { format!("`{path}`") };
        let problem = match self.said {
            Said::Of(predicate) => Problem::new(sentence(&format!("{subject} {predicate}."))),
            Said::Whole(sentence) => Problem::new(sentence),
            Said::NoField { found, known } => Problem::unknown(&format!("field of {subject} called"), &found, known),
            Said::NoOption { found, known } => {
                let problem = Problem::new(sentence(&format!("{subject} can't be {found}.")));
                match meant(&found, &known) {
                    Some(near) => problem.try_this(format!("Did you mean {near}?")).replace_with(near),
                    None => problem.try_this(format!("It can be {}.", one_of(&known))),
                }
            }
        };
        Problem {
            parameter: Some(path.to_owned()).filter(|path| !path.is_empty()),
            suggestion: self.suggestion.or(problem.suggestion),
            replacement: self.replacement.or(problem.replacement),
            place: self.span.map(|span| source.place(span)),
            ..problem
        }
    }
}

/// The option that a wrong one most likely means: the nearest, the one it shortens, or the one that has this name elsewhere.
pub(super) fn meant(found: &str, known: &[&'static str]) -> Option<&'static str> {
    const ELSEWHERE: &[(&str, &str)] = &[
        ("string", "Text"),
        ("str", "Text"),
        ("varchar", "Text"),
        ("number", "Float"),
        ("double", "Float"),
        ("numeric", "Decimal"),
        ("bigint", "Integer"),
        ("datetime", "Timestamp"),
        ("interval", "Duration"),
        ("bytes", "Binary"),
        ("average", "Mean"),
        ("avg", "Mean"),
        ("std", "StandardDeviation"),
    ];
    let lower = found.to_lowercase();
    let shortened = || known.iter().copied().find(|name| lower.len() >= 3 && name.to_lowercase().starts_with(&lower));
    let elsewhere = || {
        let (_, ours) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == lower)?;
        known.iter().copied().find(|name| name == ours)
    };
    elsewhere().or_else(|| nearest(found, known.iter().copied())).or_else(shortened)
}

/// `A, B or C`.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// With a capital at the beginning.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.said)
    }
}

impl std::error::Error for Mistake {}

impl serde::de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Said::Whole(message.to_string()))
    }

    fn invalid_type(_found: serde::de::Unexpected, expected: &dyn serde::de::Expected) -> Self {
        Self::new(Said::Of(format!("should be {expected}")))
    }

    fn invalid_value(found: serde::de::Unexpected, expected: &dyn serde::de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn serde::de::Expected) -> Self {
        Self::new(Said::Of(format!("has {length} values and should be {expected}")))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(Said::NoOption { found: found.to_owned(), known: known.to_vec() })
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(Said::NoField { found: found.to_owned(), known: known.to_vec() })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Said::Of(format!("lacks the field `{field}`")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Said::Of(format!("has the field `{field}` twice, once by its old name")))
    }
}
