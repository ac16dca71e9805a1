//! Texts that are like each other.

use std::collections::{HashMap, HashSet};

use pipewright_engine::nodes::Similarity;
use pipewright_engine::plan::Similar;
use polars::prelude::*;
use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Group, Limit, Pair};

pub(super) fn pairs(rule: &Similar, values: &[Column], groups: &[Group], limit: &mut Limit) -> PolarsResult<Vec<Pair>> {
    let texts: Vec<Vec<Option<Text>>> = values.iter().map(|column| texts(rule, column)).collect::<PolarsResult<_>>()?;
    let row = |row: usize| texts.iter().map(|column| column[row].as_ref()).collect::<Option<Vec<&Text>>>();
    let mut pairs = Vec::new();
    for group in groups {
        // Rows of the right side by the first letters of their first texts.
        let mut blocks: HashMap<&str, Vec<(usize, Vec<&Text>)>> = HashMap::new();
        for (at, texts) in group.right.iter().filter_map(|at| Some((*at, row(*at)?))) {
            blocks.entry(start(&texts, rule.letters)).or_default().push((at, texts));
        }
        let left: Vec<(usize, Vec<&Text>)> = group.left.iter().filter_map(|at| Some((*at, row(*at)?))).collect();
        let partners = |texts: &[&Text]| blocks.get(start(texts, rule.letters)).map(Vec::as_slice).unwrap_or_default();
        let compared: usize = left.iter().map(|(_, texts)| partners(texts).len()).sum();
        let hint = "Add columns to `same`, compare only texts with the same `first_letters`, or raise max_pairs.";
        limit.take(compared, "More pairs of rows must be compared", "max_pairs", hint)?;
        let found = left.par_iter().flat_map_iter(|(at, texts)| {
            let near = partners(texts).iter().filter(|(_, with)| highest(rule.measure, texts, with) >= rule.threshold);
            let scored = near.map(|(other, with)| (*at, *other, score(rule.measure, texts, with)));
            let good: Vec<Pair> = scored.filter(|(.., score)| *score >= rule.threshold).collect();
            if !rule.best {
                return good;
            }
            let better = |best: Pair, other: Pair| if other.2 > best.2 { other } else { best };
            good.into_iter().reduce(better).into_iter().collect()
        });
        pairs.extend(found.collect::<Vec<Pair>>());
    }
    Ok(pairs)
}

/// A text as it is compared, with what its measure needs of it.
struct Text {
    plain: String,
    letters: usize,
    parts: HashSet<String>,
}

fn texts(rule: &Similar, column: &Column) -> PolarsResult<Vec<Option<Text>>> {
    if *column.dtype() == DataType::Null {
        return Ok((0..column.len()).map(|_| None).collect());
    }
    let text = |text: Option<&str>| {
        let plain = plain(rule, text?);
        let parts = match rule.measure {
            Similarity::Words => plain.split_whitespace().map(str::to_owned).collect(),
            Similarity::Trigrams => trigrams(&plain),
            Similarity::Soundex => HashSet::from([plain.split_whitespace().map(soundex).collect::<Vec<_>>().join(" ")]),
            Similarity::Levenshtein | Similarity::Damerau | Similarity::JaroWinkler => HashSet::new(),
        };
        (!plain.is_empty()).then(|| Text { letters: plain.chars().count(), plain, parts })
    };
    Ok(column.str()?.iter().map(text).collect())
}

/// Text without what doesn't count, words between single blanks.
fn plain(rule: &Similar, text: &str) -> String {
    let mut text = text.to_owned();
    if rule.ignore_accents {
        text = text.nfd().filter(|letter| !is_combining_mark(*letter)).nfc().collect();
    }
    if rule.ignore_case {
        text = text.to_lowercase();
    }
    if rule.ignore_punctuation {
        text = text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn start<'a>(texts: &[&'a Text], letters: u64) -> &'a str {
    let Some(text) = texts.first().map(|text| text.plain.as_str()) else { return "" };
    let letters = usize::try_from(letters).unwrap_or(usize::MAX);
    text.char_indices().nth(letters).map_or(text, |(at, _)| &text[..at])
}

/// The score that texts of these lengths can have at the most: for most pairs that is enough to know.
fn highest(measure: Similarity, left: &[&Text], right: &[&Text]) -> f64 {
    let ([a], [b], Similarity::Levenshtein | Similarity::Damerau) = (left, right, measure) else { return 1.0 };
    1.0 - a.letters.abs_diff(b.letters) as f64 / a.letters.max(b.letters) as f64
}

/// The mean over all pairs of texts.
fn score(measure: Similarity, left: &[&Text], right: &[&Text]) -> f64 {
    let sum: f64 = left.iter().zip(right).map(|(a, b)| likeness(measure, a, b)).sum();
    sum / left.len() as f64
}

fn likeness(measure: Similarity, a: &Text, b: &Text) -> f64 {
    match measure {
        Similarity::Levenshtein => strsim::normalized_levenshtein(&a.plain, &b.plain),
        Similarity::Damerau => strsim::normalized_damerau_levenshtein(&a.plain, &b.plain),
        Similarity::JaroWinkler => strsim::jaro_winkler(&a.plain, &b.plain),
        Similarity::Words | Similarity::Trigrams | Similarity::Soundex => {
            let both = a.parts.intersection(&b.parts).count();
            let either = a.parts.len() + b.parts.len() - both;
            if either == 0 { 0.0 } else { both as f64 / either as f64 }
        }
    }
}

/// Three letters in a row of each word with two blanks before it and one after it.
fn trigrams(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = format!("  {word} ").chars().collect();
        found.extend(letters.windows(3).map(|three| three.iter().collect::<String>()));
    }
    found
}

/// The American Soundex: the first letter and three digits for the consonants after it. A word that begins otherwise is its own code.
fn soundex(word: &str) -> String {
    let digit = |letter: char| match letter {
        'B' | 'F' | 'P' | 'V' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        _ => None,
    };
    let letters: Vec<char> = word.to_uppercase().chars().collect();
    let Some(first) = letters.first().filter(|letter| letter.is_ascii_alphabetic()) else { return word.to_owned() };
    let mut code = first.to_string();
    let mut last = digit(*first);
    for letter in &letters[1..] {
        let now = digit(*letter);
        if let Some(now) = now.filter(|now| Some(*now) != last) {
            code.push(now);
        }
        // H and W don't part two letters that sound the same; vowels do.
        if !matches!(letter, 'H' | 'W') {
            last = now;
        }
        if code.len() == 4 {
            break;
        }
    }
    format!("{code:0<4}")
}
