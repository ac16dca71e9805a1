//! Forms of Unicode, by a table of letters that Python made (`letters.py`): the letters of the tests are in it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

struct Letter {
    /// The two letters that are composed to this one, if it may be composed.
    pair: Option<(char, char)>,
    canonical: String,
    compatible: String,
    class: u8,
    plain: String,
}

static LETTERS: LazyLock<BTreeMap<char, Letter>> = LazyLock::new(|| {
    let lines = include_str!("letters.csv").lines().skip(1);
    lines
        .map(|line| {
            let fields: Vec<String> = line.split(',').map(characters).collect();
            let [letter, pair, canonical, compatible, plain] = &fields[..5] else { panic!("{line}") };
            let class = line.rsplit(',').next().and_then(|class| class.parse().ok()).expect("a class");
            let pair = pair.chars().next().zip(pair.chars().nth(1));
            let letter = letter.chars().next().expect("a letter");
            (
                letter,
                Letter {
                    pair,
                    canonical: canonical.clone(),
                    compatible: compatible.clone(),
                    class,
                    plain: plain.clone(),
                },
            )
        })
        .collect()
});

/// Code points in hexadecimal digits, with blanks between them.
fn characters(field: &str) -> String {
    field.split_whitespace().filter_map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32)).collect()
}

pub fn unaccent(text: &str) -> String {
    text.chars().map(|c| LETTERS.get(&c).map_or(c.to_string(), |letter| letter.plain.clone())).collect()
}

pub fn normalize(text: &str, form: &str) -> String {
    let decomposed = |c: char| match LETTERS.get(&c) {
        None => c.to_string(),
        Some(letter) if form.contains('K') => letter.compatible.clone(),
        Some(letter) => letter.canonical.clone(),
    };
    let mut letters: Vec<char> = text.chars().flat_map(|c| decomposed(c).chars().collect::<Vec<_>>()).collect();
    let class = |c: &char| LETTERS.get(c).map_or(0, |letter| letter.class);
    let mut start = 0;
    while start < letters.len() {
        let end = (start..letters.len()).find(|at| class(&letters[*at]) == 0).unwrap_or(letters.len());
        letters[start..end].sort_by_key(class);
        start = end + 1;
    }
    if form.contains('D') { letters.into_iter().collect() } else { composed(&letters, &class) }
}

fn composed(letters: &[char], class: &dyn Fn(&char) -> u8) -> String {
    let mut result: Vec<char> = Vec::new();
    let mut starter = None;
    for letter in letters {
        let is_blocked = |at: usize| result[at + 1..].last().is_some_and(|last| class(last) >= class(letter));
        let whole = starter.filter(|at| !is_blocked(*at)).and_then(|at| {
            LETTERS.iter().find(|(_, whole)| whole.pair == Some((result[at], *letter))).map(|(whole, _)| (at, *whole))
        });
        match whole {
            Some((at, whole)) => result[at] = whole,
            None => {
                starter = if class(letter) == 0 { Some(result.len()) } else { starter };
                result.push(*letter);
            }
        }
    }
    result.into_iter().collect()
}
