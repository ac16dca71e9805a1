//! Which rows belong together, by looking at every pair of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use pipewright_engine::nodes::{Compare, Direction, Similarity, Which};
use pipewright_engine::plan::{Nearest, Pairs, Range, Rule, Similar};
use pipewright_engine::table::Table;
use pipewright_engine::value::Value;

use super::plan::same;

pub fn pairs(left: &Table, right: &Table, pairs: &Pairs) -> Result<Vec<Vec<Value>>, String> {
    let at = |table: &Table, name: &str| table.schema.position(name).unwrap();
    let value = |table: &Table, row: usize, name: &str| table.rows[row][at(table, name)].clone();
    let mut found = Vec::new();
    let mut compared = 0;
    for a in 0..left.rows.len() {
        let equal = |b: usize| {
            pairs.by.iter().all(|(x, y)| {
                let (x, y) = (value(left, a, x), value(right, b, y));
                !x.is_null() && !y.is_null() && same(&x, &y)
            })
        };
        let partners: Vec<(usize, Vec<(Value, Value)>)> = (0..right.rows.len())
            .filter(|b| equal(*b))
            .map(|b| (b, pairs.on.iter().map(|(x, y)| (value(left, a, x), value(right, b, y))).collect()))
            .collect();
        let those: Vec<(usize, f64)> = match &pairs.rule {
            Rule::Nearest(rule) => nearest(rule, &partners).into_iter().map(|b| (b, 1.0)).collect(),
            Rule::Range(rule) => range(rule, &partners).into_iter().map(|b| (b, 1.0)).collect(),
            Rule::Similar(rule) => {
                compared += partners.iter().filter(|(_, texts)| is_compared(rule, texts)).count();
                similar(rule, &partners)
            }
        };
        found.extend(those.into_iter().map(|(b, score)| {
            let mut row = vec![Value::Integer(a as i64), Value::Integer(b as i64)];
            row.extend(matches!(pairs.rule, Rule::Similar(_)).then_some(Value::Float(score)));
            row
        }));
    }
    let count = if matches!(pairs.rule, Rule::Similar(_)) { compared } else { found.len() };
    match pairs.most {
        Some(most) if count as u64 > most && !matches!(pairs.rule, Rule::Nearest(_)) => Err("too many pairs".into()),
        _ => Ok(found),
    }
}

/// A distance, exact where values are.
#[derive(PartialEq, PartialOrd)]
enum Distance {
    Exact(i128),
    Float(f64),
}

fn distance(a: &Value, b: &Value) -> Distance {
    let exact = |a: i128, b: i128| Distance::Exact((a - b).abs());
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => Distance::Float(if a == b { 0.0 } else { (a - b).abs() }),
        (Value::Integer(a), Value::Integer(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Timestamp(a), Value::Timestamp(b))
        | (Value::TimestampZoned(a), Value::TimestampZoned(b))
        | (Value::Duration(a), Value::Duration(b)) => exact(i128::from(*a), i128::from(*b)),
        (Value::Decimal(a, _), Value::Decimal(b, _)) => exact(*a, *b),
        (Value::Date(a), Value::Date(b)) => exact(i128::from(*a), i128::from(*b)),
        _ => panic!("{a:?} and {b:?} have no distance"),
    }
}

fn nearest(rule: &Nearest, partners: &[(usize, Vec<(Value, Value)>)]) -> Option<usize> {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Float(number) => !number.is_nan(),
        _ => true,
    };
    let within = |a: &Value, b: &Value| match (&rule.tolerance, distance(a, b)) {
        (None, _) => true,
        (Some(Value::Integer(most)), Distance::Exact(apart)) => apart <= i128::from(*most),
        (Some(Value::Duration(most)), Distance::Exact(apart)) => apart <= i128::from(*most),
        (Some(Value::Decimal(most, _)), Distance::Exact(apart)) => apart <= *most,
        (Some(most), Distance::Float(apart)) => apart <= most.number().unwrap(),
        (Some(most), Distance::Exact(_)) => panic!("{most:?} is no distance"),
    };
    let mut best: Option<(usize, Distance)> = None;
    for (row, values) in partners {
        let (left, right) = &values[0];
        if !is_there(left) || !is_there(right) {
            continue;
        }
        let order = right.order(left);
        let sides = match rule.direction {
            Direction::Before => vec![Ordering::Less],
            Direction::After => vec![Ordering::Greater],
            Direction::Nearest => vec![Ordering::Less, Ordering::Greater],
        };
        let fits = if order.is_eq() { rule.exact } else { sides.contains(&order) };
        if !fits || !within(left, right) {
            continue;
        }
        let apart = distance(left, right);
        // An equal value is on the side that is looked at, and before where both are.
        let before = order.is_lt() || order.is_eq() && rule.direction != Direction::After;
        let better = match &best {
            None => true,
            Some((_, known)) if apart != *known => apart < *known,
            // As near: what stands before wins over what comes after, the last of those before, the first of those after.
            Some(_) => before,
        };
        if better {
            best = Some((*row, apart));
        }
    }
    best.map(|(row, _)| row)
}

fn range(rule: &Range, partners: &[(usize, Vec<(Value, Value)>)]) -> Vec<usize> {
    let holds = |(left, right): &(Value, Value), compare: &Compare| {
        if left.is_null() || right.is_null() {
            return rule.open;
        }
        match compare {
            Compare::AtLeast => left.order(right).is_ge(),
            Compare::MoreThan => left.order(right).is_gt(),
            Compare::AtMost => left.order(right).is_le(),
            Compare::LessThan => left.order(right).is_lt(),
        }
    };
    let fits = |values: &[(Value, Value)]| values.iter().zip(&rule.compare).all(|(pair, compare)| holds(pair, compare));
    let all: Vec<usize> = partners.iter().filter(|(_, values)| fits(values)).map(|(row, _)| *row).collect();
    match rule.which {
        Which::All => all,
        Which::First => all.into_iter().take(1).collect(),
        Which::Last => all.into_iter().last().into_iter().collect(),
    }
}

fn similar(rule: &Similar, partners: &[(usize, Vec<(Value, Value)>)]) -> Vec<(usize, f64)> {
    let mut scored = Vec::new();
    for (row, texts) in partners.iter().filter(|(_, texts)| is_compared(rule, texts)) {
        let scores: Vec<f64> = texts
            .iter()
            .map(|(a, b)| likeness(rule.measure, &plain(rule, a).unwrap(), &plain(rule, b).unwrap()))
            .collect();
        let score = scores.iter().sum::<f64>() / scores.len() as f64;
        if score >= rule.threshold {
            scored.push((*row, score));
        }
    }
    if !rule.best {
        return scored;
    }
    let most = scored.iter().map(|(_, score)| *score).fold(0.0, f64::max);
    scored.into_iter().find(|(_, score)| *score == most).into_iter().collect()
}

fn is_compared(rule: &Similar, texts: &[(Value, Value)]) -> bool {
    let plain = |value: &Value| plain(rule, value);
    let begins = |text: String| text.chars().take(rule.letters.min(1000) as usize).collect::<String>();
    texts.iter().all(|(a, b)| plain(a).is_some() && plain(b).is_some())
        && texts.first().is_some_and(|(a, b)| plain(a).map(begins) == plain(b).map(begins))
}

/// The words of a text, with a single blank between them; none if there are none.
fn plain(rule: &Similar, value: &Value) -> Option<String> {
    let mut text = value.as_text()?.to_owned();
    if rule.ignore_case {
        text = text.to_lowercase();
    }
    if rule.ignore_accents {
        // Those that occur in tests.
        for (with, without) in [('ä', 'a'), ('ö', 'o'), ('ü', 'u'), ('Ä', 'A'), ('Ö', 'O'), ('Ü', 'U'), ('é', 'e')]
        {
            text = text.replace(with, &without.to_string());
        }
    }
    if rule.ignore_punctuation {
        text = text.replace(|letter: char| !letter.is_alphanumeric(), " ");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn likeness(measure: Similarity, a: &str, b: &str) -> f64 {
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    let (x, y) = (letters(a), letters(b));
    let share = |a: BTreeSet<String>, b: BTreeSet<String>| {
        let both = a.iter().filter(|part| b.contains(*part)).count();
        both as f64 / a.union(&b).count().max(1) as f64
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<String>>();
    match measure {
        Similarity::Levenshtein => 1.0 - edits(&x, &y, false) as f64 / x.len().max(y.len()) as f64,
        Similarity::Damerau => 1.0 - edits(&x, &y, true) as f64 / x.len().max(y.len()) as f64,
        Similarity::JaroWinkler => jaro_winkler(&x, &y),
        Similarity::Words => share(words(a), words(b)),
        Similarity::Trigrams => {
            let groups = |text: &str| {
                let padded = text.split(' ').map(|word| letters(&format!("  {word} ")));
                padded
                    .flat_map(|word| (2..word.len()).map(move |at| word[at - 2..=at].iter().collect::<String>()))
                    .collect::<BTreeSet<String>>()
            };
            share(groups(a), groups(b))
        }
        Similarity::Soundex => {
            let code = |text: &str| text.split(' ').map(soundex).collect::<Vec<_>>();
            f64::from(u8::from(code(a) == code(b)))
        }
    }
}

/// The fewest changes that make one of the other. With swaps, letters that have changed places may have others between them.
fn edits(a: &[char], b: &[char], swaps: bool) -> usize {
    let mut least = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let mut ways = Vec::new();
            if i == 0 || j == 0 {
                least[i][j] = i + j;
                continue;
            }
            ways.push(least[i - 1][j] + 1);
            ways.push(least[i][j - 1] + 1);
            ways.push(least[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if swaps {
                for (k, l) in (1..i).flat_map(|k| (1..j).map(move |l| (k, l))) {
                    if a[k - 1] == b[j - 1] && a[i - 1] == b[l - 1] {
                        ways.push(least[k - 1][l - 1] + (i - k - 1) + 1 + (j - l - 1));
                    }
                }
            }
            least[i][j] = ways.into_iter().min().unwrap();
        }
    }
    least[a.len()][b.len()]
}

fn jaro_winkler(a: &[char], b: &[char]) -> f64 {
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut matched: Vec<(usize, usize)> = Vec::new();
    for (i, letter) in a.iter().enumerate() {
        let near = |j: &usize| j.abs_diff(i) <= reach && !taken[*j] && b[*j] == *letter;
        if let Some(j) = (0..b.len()).find(near) {
            taken[j] = true;
            matched.push((i, j));
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let mut places: Vec<usize> = matched.iter().map(|(_, j)| *j).collect();
    places.sort_unstable();
    let out_of_place = matched.iter().zip(&places).filter(|((i, _), j)| a[*i] != b[**j]).count();
    let m = matched.len() as f64;
    let jaro = (m / a.len() as f64 + m / b.len() as f64 + (m - (out_of_place / 2) as f64) / m) / 3.0;
    let same_start = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count() as f64;
    if jaro > 0.7 { jaro + 0.1 * same_start * (1.0 - jaro) } else { jaro }
}

/// The first letter and what follows as digits: H and W left out, then equal digits side by side made one, then vowels left out.
fn soundex(text: &str) -> String {
    let word = text.to_uppercase();
    if !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return text.to_owned();
    }
    let digit = |letter: char| {
        let groups = ["BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"];
        groups.iter().position(|group| group.contains(letter)).map_or('0', |at| char::from(b'1' + at as u8))
    };
    let first = word.chars().next().unwrap();
    let kept: Vec<char> = word
        .char_indices()
        .filter(|(at, letter)| *at == 0 || !"HW".contains(*letter))
        .map(|(_, letter)| letter)
        .collect();
    let mut digits: Vec<char> = kept.into_iter().map(digit).collect();
    digits.dedup();
    let rest: String = digits[1..].iter().filter(|digit| **digit != '0').collect();
    format!("{first}{rest}000").chars().take(4).collect()
}
