//! How alike texts are.

use std::collections::BTreeSet;

/// By the whole table of distances between beginnings.
pub fn levenshtein(a: &str, b: &str) -> i64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (i, 0) => i,
                (0, j) => j,
                (i, j) => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
                }
            };
        }
    }
    table[a.len()][b.len()] as i64
}

/// Jaro's share of characters that are in both near the same place, brought nearer to one by a common beginning, if it is
/// more than 0.7.
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let jaro = jaro(&a, &b);
    let common = a.iter().zip(&b).take(4).take_while(|(a, b)| a == b).count();
    if jaro > 0.7 { jaro + 0.1 * common as f64 * (1.0 - jaro) } else { jaro }
}

fn jaro(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut found = Vec::new();
    for (i, letter) in a.iter().enumerate() {
        let near = i.saturating_sub(reach)..(i + reach + 1).min(b.len());
        if let Some(j) = near.into_iter().find(|j| !taken[*j] && b[*j] == *letter) {
            taken[j] = true;
            found.push(*letter);
        }
    }
    if found.is_empty() {
        return 0.0;
    }
    let in_order_of_b = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let swapped = found.iter().zip(in_order_of_b).filter(|(a, b)| a != b).count() / 2;
    let count = found.len() as f64;
    (count / a.len() as f64 + count / b.len() as f64 + (count - swapped as f64) / count) / 3.0
}

/// As the extension pg_trgm has it: groups of three letters in words with two blanks before and one behind.
pub fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (trigrams(a), trigrams(b));
    let common = a.intersection(&b).count();
    let all = a.union(&b).count();
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

fn trigrams(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let groups = words.flat_map(|word| {
        let padded: Vec<char> = format!("  {word} ").chars().collect();
        padded.windows(3).map(String::from_iter).collect::<Vec<_>>()
    });
    groups.collect()
}

/// As the extension fuzzystrmatch has it: a letter is left out if the character just before it has the same number.
pub fn soundex(text: &str) -> String {
    let number = |c: char| match c.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        c if c.is_ascii_alphabetic() => '0',
        c => c,
    };
    let letters: Vec<char> = text.chars().skip_while(|c| !c.is_ascii_alphabetic()).collect();
    let Some(first) = letters.first() else { return String::new() };
    let mut code = first.to_ascii_uppercase().to_string();
    for pair in letters.windows(2) {
        let (before, digit) = (number(pair[0]), number(pair[1]));
        if pair[1].is_ascii_alphabetic() && digit != before && digit != '0' && code.len() < 4 {
            code.push(digit);
        }
    }
    format!("{code:0<4}")
}
