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
pub fn name(path: &FilePath) -> Option<&str> {
    path.0.trim_end_matches('/').rsplit(['/', '\\', '!']).next().filter(|name| !name.is_empty())
}

pub fn read(path: &FilePath) -> String {
    name(path).map_or_else(|| "Choose a file to read".to_owned(), |name| short(format!("Read {name}")))
}

pub fn write(path: &FilePath) -> String {
    name(path).map_or_else(|| "Choose a file to write".to_owned(), |name| short(format!("Write {name}")))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::CATALOG;

    #[test]
    fn every_node_says_what_it_does_in_a_short_sentence() {
        for kind in CATALOG {
            let examples = (kind.examples)().into_iter().map(|example| example.node);
            for step in [(kind.step)()].into_iter().chain(examples) {
                let said = step.sentence();
                let first = said.chars().next();
                assert!(first.is_some_and(|first| !first.is_whitespace()), "{}: {said:?}", kind.name);
                assert!(said.chars().count() <= LONGEST && !said.ends_with('.'), "{}: {said:?}", kind.name);
                let raw = ["Some(", "None", "ColumnName", "NewColumn", "Formula(", "[]", "\n", "{"];
                assert!(!raw.iter().any(|raw| said.contains(raw)), "{}: {said:?}", kind.name);
            }
        }
    }

    #[test]
    fn a_new_node_does_not_say_what_another_kind_says() {
        let fresh = |from: &str| CATALOG.iter().filter(|kind| (kind.step)().sentence() == from).count();
        for kind in CATALOG {
            let said = (kind.step)().sentence();
            let alike = fresh(&said);
            assert!(alike == 1 || said.starts_with("Choose a file"), "{}: {said:?}", kind.name);
        }
    }

    #[test]
    fn long_lists_and_texts_are_cut() {
        assert_eq!(list(&["a", "b", "c", "d", "e"]), "a, b and 3 more");
        assert_eq!(short("a\n  b".to_owned()), "a b");
        assert_eq!(short("x".repeat(500)).chars().count(), LONGEST);
        assert_eq!(read(&"data/all.zip!in/orders.csv".into()), "Read orders.csv");
    }
}
