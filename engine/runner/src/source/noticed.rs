//! What was found out about delimited text, in words, with what to state on the node where it is wrong.

use pipewright_engine::nodes::ReadCsv;
use pipewright_engine::types::Type;
use polars::prelude::{DataFrame, Float64Chunked};

use crate::show::{Instead, Noticed, Stated};
use crate::text::{Layout, may_be_thousands};

const DELIMITERS: [(u8, &str); 4] = [(b',', "Commas"), (b';', "Semicolons"), (b'\t', "Tabs"), (b'|', "Bars")];

/// What the node does not say, and what it leaves out.
pub(super) fn noticed(csv: &ReadCsv, layout: &Layout) -> Vec<Noticed> {
    let dialect = &layout.dialect;
    let mut all = Vec::new();
    let mut notice = |parameter: &str, words: String, instead: Vec<(&str, Stated)>| {
        let instead = instead.into_iter().map(|(words, value)| Instead { words: words.to_owned(), value }).collect();
        all.push(Noticed { parameter: parameter.to_owned(), words, instead });
    };
    if csv.header.is_none() {
        let (words, other) = match dialect.header {
            true => ("The names stand in the first line.", "It is a row"),
            false => ("No line has names.", "The first line has"),
        };
        notice("header", words.to_owned(), vec![(other, Stated::Switch(!dialect.header))]);
    }
    if csv.delimiter.is_none() {
        let name = DELIMITERS.iter().find(|(delimiter, _)| *delimiter == dialect.delimiter).map(|(_, name)| *name);
        let words = match (name, dialect.delimiter) {
            (Some(name), _) => format!("{name} stand between values."),
            (None, b' ') => "Blanks stand between values.".to_owned(),
            (None, other) => format!("{:?} stands between values.", char::from(other)),
        };
        let others = DELIMITERS.iter().filter(|(delimiter, _)| *delimiter != dialect.delimiter);
        let instead = others.map(|(other, name)| (*name, Stated::Text(char::from(*other).to_string())));
        notice("delimiter", words, instead.collect());
    }
    if csv.quote.is_none() && dialect.quote == Some(b'\'') {
        let instead = vec![("They are text", Stated::Text("\"".to_owned()))];
        notice("quote", "Values stand in single quotes.".to_owned(), instead);
    }
    if csv.encoding.is_none() && dialect.encoding != encoding_rs::UTF_8 {
        let words = format!("Read as {}.", dialect.encoding.name().to_lowercase());
        notice("encoding", words, vec![("utf-8", Stated::Text("utf-8".to_owned()))]);
    }
    if dialect.decimal_comma {
        let words = "Commas in numbers are decimal ones.".to_owned();
        notice("decimal_comma", words, vec![("They are not", Stated::Switch(false))]);
    }
    if dialect.skip_lines > 0 {
        let what = if csv.skip_lines.is_none() { "title " } else { "" };
        let lines = if dialect.skip_lines == 1 { "line" } else { "lines" };
        let words = format!("{} {what}{lines} skipped.", dialect.skip_lines);
        let keep = if dialect.skip_lines == 1 { "Keep it" } else { "Keep them" };
        notice("skip_lines", words, vec![(keep, Stated::Count(0))]);
    }
    if let Some(comment) = &dialect.comment {
        let but = if dialect.spare { ", unless they have all fields" } else { "" };
        let words = format!("Lines that begin with {comment} are left out as comments{but}.");
        notice("comment", words, vec![("Keep them", Stated::Text(String::new()))]);
    }
    if dialect.trim {
        let words = "Blanks around values are left out.".to_owned();
        notice("trim", words, vec![("Keep them", Stated::Switch(false))]);
    }
    all
}

/// Columns of text that would be numbers, if it were known whether a comma or a point stands before decimals or between thousands.
pub fn thousands(csv: &ReadCsv, rows: &DataFrame) -> Vec<Noticed> {
    if csv.decimal_comma.is_some() {
        return Vec::new();
    }
    let texts: Vec<_> =
        rows.columns().iter().filter_map(|column| Some((column.name().as_str(), column.str().ok()?))).collect();
    let of_sign = |(sign, is_comma): (char, bool)| {
        let open = texts.iter().filter(|(_, cells)| may_be_thousands(cells.iter().flatten().take(ROWS), sign));
        let names: Vec<&str> = open.map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| Noticed {
            parameter: "decimal_comma".to_owned(),
            words: format!("{}: {sign:?} may mark decimals or thousands, so this stays text.", names.join(", ")),
            instead: vec![Instead { words: "Decimals".to_owned(), value: Stated::Switch(is_comma) }],
        })
    };
    [(',', true), ('.', false)].into_iter().filter_map(of_sign).collect()
}

/// So many rows are looked at for decimals.
const ROWS: usize = 100_000;

/// Columns of floats that could as well be exact: each value has so few decimals.
pub fn decimals(rows: &DataFrame) -> Vec<Noticed> {
    let floats = rows.columns().iter().filter_map(|column| Some((column.name().as_str(), column.f64().ok()?)));
    let scales: Vec<(&str, u8)> = floats.filter_map(|(name, values)| Some((name, most_decimals(values)?))).collect();
    let of_scale = |scale: u8| {
        let names: Vec<&str> = scales.iter().filter(|(_, own)| *own == scale).map(|(name, _)| *name).collect();
        let kind = Type::Decimal(18, scale);
        let decimals = if scale == 1 { "decimal" } else { "decimals" };
        (!names.is_empty()).then(|| Noticed {
            parameter: "types".to_owned(),
            words: format!("{}: no more than {scale} {decimals}.", names.join(", ")),
            instead: vec![Instead {
                words: format!("Exact, as {kind}"),
                value: Stated::Kinds(names.iter().map(|name| ((*name).to_owned(), kind.clone())).collect()),
            }],
        })
    };
    (1..=4).filter_map(of_scale).collect()
}

/// How many decimals the values of a column have at most; none if that is too many for money, or there are none.
fn most_decimals(values: &Float64Chunked) -> Option<u8> {
    let mut most = 0;
    for value in values.iter().take(ROWS).flatten() {
        // The quotient of two exact numbers is the float that its text is read as.
        let fits = |scale: &u8| {
            let power = 10f64.powi(i32::from(*scale));
            let digits = (value * power).round();
            digits.abs() < 1e15 && digits / power == value
        };
        most = (most..=4).find(fits)?;
    }
    Some(most).filter(|most| *most > 0)
}
