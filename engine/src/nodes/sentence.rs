//! Pieces of the sentences that nodes say of themselves.

use crate::params::FilePath;

/// A sentence longer than this is cut short.
const LONGEST: usize = 120;

/// `a`, `a and b`, `a, b and 3 more`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [one, two] => format!("{} and {}", one.as_ref(), two.as_ref()),
        [one, two, three] => format!("{}, {} and {}", one.as_ref(), two.as_ref(), three.as_ref()),
        [one, two, rest @ ..] => format!("{}, {} and {} more", one.as_ref(), two.as_ref(), rest.len()),
    }
}

/// The last part of a path, or of what stands in an archive.
fn file(path: &FilePath) -> Option<&str> {
    path.0.rsplit(['/', '\\', '!']).next().filter(|name| !name.is_empty())
}

pub fn read(path: &FilePath) -> String {
    file(path).map_or_else(|| "Choose a file to read".to_owned(), |name| short(format!("Read {name}")))
}

pub fn write(path: &FilePath) -> String {
    file(path).map_or_else(|| "Choose a file to write".to_owned(), |name| short(format!("Write {name}")))
}

/// On one line, and cut where it is too long to be read at a glance.
pub fn short(text: String) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).collect::<String>().trim_end().to_owned() + "…"
}

/// `1 row`, `20 rows`.
pub fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// With a large first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
