//! How alike texts are, in letters and in sound.

use std::collections::HashSet;

use super::rows::{Made, Row};

pub(super) fn levenshtein<'a>(row: &Row<'a>) -> Made<'a> {
    let distance = strsim::levenshtein(row.text(0), row.text(1));
    Ok(i64::try_from(distance).unwrap_or(i64::MAX).into())
}

/// The share of groups of three letters that are in both texts.
pub(super) fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (trigrams(a), trigrams(b));
    let common = a.intersection(&b).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

/// The groups of three letters in the words of a text. Words have two blanks before and one behind, so that beginnings count.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let mut groups = HashSet::new();
    let mut last = [' ', ' '];
    let mut add = |letter: char| {
        if last != [' ', ' '] || letter != ' ' {
            groups.insert([last[0], last[1], letter]);
        }
        last = if letter == ' ' { [' ', ' '] } else { [last[1], letter] };
    };
    let letters = text.chars().flat_map(char::to_lowercase);
    letters.for_each(|letter| add(if letter.is_alphanumeric() { letter } else { ' ' }));
    add(' ');
    groups
}

/// The first letter and the numbers of the next consonants, where one with the number of the character before is left out.
pub(super) fn soundex(text: &str) -> String {
    let mut letters = text.chars().skip_while(|c| !c.is_ascii_alphabetic());
    let Some(first) = letters.next() else { return String::new() };
    let mut code = String::from(first.to_ascii_uppercase());
    let mut before = sound(first);
    for letter in letters {
        let number = sound(letter);
        if letter.is_ascii_alphabetic() && number != '0' && number != before {
            code.push(number);
        }
        if code.len() == 4 {
            return code;
        }
        before = number;
    }
    format!("{code:0<4}")
}

/// The number of a letter; other characters are their own, as PostgreSQL has it.
fn sound(letter: char) -> char {
    const NUMBERS: &[u8; 26] = b"01230120022455012623010202";
    let at = usize::try_from(u32::from(letter.to_ascii_uppercase()).wrapping_sub(u32::from('A')));
    at.ok().and_then(|at| NUMBERS.get(at)).map_or(letter, |number| char::from(*number))
}
