//! What is wrong, where, and what to try. Everything a user is told goes through [`Problem`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::Type;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Warning,
    #[default]
    Error,
}

/// A place in a text: a formula or a pipeline file. Lines and columns count from one, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// How many characters to underline.
    pub length: usize,
}

/// What is wrong, for programs that offer to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The parameter is set and does nothing.
    Idle,
    /// The parameter, or the formula in it, names a column that does not come in.
    NoColumn {
        name: String,
        /// The node that gave it the name which stands in the replacement.
        renamed_in: Option<String>,
    },
    /// The node rejects rows, and nothing takes them.
    Rejects,
    /// A column that comes in at `port` has a type that does not do here.
    WrongType {
        port: usize,
        column: String,
        /// The type that would do. None: any number.
        to: Option<Type>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub severity: Severity,
    /// The node it concerns, by name; none if it is about the file as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The parameter of that node, as a path: `condition`, `aggregations[1].column`, `from[0]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// One sentence: what is wrong, with the value that is wrong in it.
    pub message: String,
    /// One sentence: what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Text that can replace the wrong one: the nearest name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// The place within the parameter (a formula), or within the file for what is wrong with the file's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(message) }
    }

    pub fn note(message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::new(message) }
    }

    /// `unknown column "amuont"`, with the nearest of the names there are.
    pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let problem = Self::new(format!("There is no {what} {name:?}."));
        if let Some(near) = nearest(name, known.iter().copied()) {
            return problem.replace_with(near).try_this(format!("Did you mean {near:?}?"));
        }
        if known.is_empty() {
            return problem;
        }
        let more = if known.len() > 12 { format!(" and {} more", known.len() - 12) } else { String::new() };
        let list: Vec<String> = known.iter().take(12).map(|name| format!("{name:?}")).collect();
        problem.try_this(format!("There are {}{more}.", list.join(", ")))
    }

    /// There is no such column among those that come in. What became of it is found out when the whole plan is at hand.
    pub fn no_column<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self::unknown("column", name, known).because(Cause::NoColumn { name: name.to_owned(), renamed_in: None })
    }

    pub fn at(mut self, parameter: impl Into<String>) -> Self {
        self.parameter.get_or_insert(parameter.into());
        self
    }

    pub fn node(mut self, name: impl Into<String>) -> Self {
        self.node.get_or_insert(name.into());
        self
    }

    pub fn try_this(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub fn replace_with(mut self, text: impl Into<String>) -> Self {
        self.replacement = Some(text.into());
        self
    }

    pub fn place(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    pub fn because(mut self, cause: Cause) -> Self {
        self.cause.get_or_insert(Box::new(cause));
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// One line: `error in "large", condition (1:8): There is no column "axels". Did you mean "axles"?`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })?;
        if let Some(node) = &self.node {
            write!(f, " in {node:?}")?;
        }
        if let Some(parameter) = &self.parameter {
            write!(f, "{} {parameter}", if self.node.is_some() { "," } else { " in" })?;
        }
        if let Some(Place { line, column, .. }) = self.place {
            write!(f, " ({line}:{column})")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " {suggestion}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// The known name that a misspelt one most likely means, if any is near enough to be worth saying.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words, a swap of neighbours counting as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("axels", ["axles", "plaza"]), Some("axles"));
        assert_eq!(nearest("PLAZA", ["axles", "plaza"]), Some("plaza"));
        assert_eq!(nearest("zzz", ["axles", "plaza"]), None);
    }
}
