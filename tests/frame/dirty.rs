//! Files with every kind of dirt, read with the dialect given and without a hint. What each holds was worked out by hand and by a plain
//! reader in Python, before anyone looked at ours: see `tests/dirty/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use pipewright_engine::nodes::ReadCsv;
use pipewright_engine::plan::Source;
use pipewright_engine::table::Table;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use pipewright_runner::convert;
use pipewright_runner::files::Spool;
use pipewright_runner::source::{Extent, Opening};
use polars::prelude::LazyFrame;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    bytes: Option<String>,
    base64: Option<String>,
    dialect: Dialect,
    columns: Option<Vec<String>>,
    rows: Option<Vec<Row>>,
    rejects: Option<Vec<i64>>,
    /// Where more than one answer is right.
    rows_any: Option<Vec<Vec<Row>>>,
    rejects_any: Option<Vec<Vec<i64>>>,
    /// Whether a careful person needs no hint.
    sniffable: bool,
}

type Row = Vec<Option<String>>;

#[derive(Deserialize)]
struct Dialect {
    delimiter: String,
    quote: String,
    encoding: String,
    header: bool,
    columns: Option<Vec<String>>,
    skip_lines: u64,
    comment: Option<String>,
    null_words: Vec<String>,
}

/// What came of reading a file.
#[derive(Debug, PartialEq)]
struct Got {
    columns: Vec<String>,
    rows: Vec<Row>,
    rejects: Vec<i64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/dirty")
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder().join("cases")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        cases.extend(text.lines().map(|line| serde_json::from_str::<Case>(line).unwrap()));
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

impl Case {
    fn content(&self) -> Vec<u8> {
        match (&self.bytes, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(text)) => STANDARD.decode(text).unwrap(),
            (None, None) => panic!("{} has no bytes", self.name),
        }
    }

    /// A node to whom everything is said.
    fn told(&self) -> ReadCsv {
        let Dialect { delimiter, quote, encoding, header, columns, skip_lines, comment, null_words } = &self.dialect;
        ReadCsv {
            delimiter: Some(delimiter.clone()),
            quote: Some(quote.clone()),
            encoding: Some(encoding.clone()),
            header: Some(*header),
            columns: columns.clone().unwrap_or_default(),
            skip_lines: Some(*skip_lines),
            comment: Some(comment.clone().unwrap_or_default()),
            trim: Some(false),
            null_words: null_words.clone(),
            ..ReadCsv::default()
        }
    }

    /// Without a hint, but names that are in no file, and words for null.
    fn untold(&self) -> ReadCsv {
        ReadCsv { null_words: self.dialect.null_words.clone(), ..ReadCsv::default() }
    }

    fn is_right(&self, got: &Got) -> bool {
        let same_names = |names: &Vec<String>| *names == got.columns;
        if self.dialect.header && self.columns.as_ref().is_some_and(|names| !same_names(names)) {
            return false;
        }
        let one = self.rows.as_ref().map(|rows| (rows, self.rejects.as_ref().unwrap()));
        let any = self.rows_any.iter().flatten().zip(self.rejects_any.iter().flatten());
        one.into_iter().chain(any).any(|(rows, rejects)| *rows == got.rows && *rejects == got.rejects)
    }
}

struct Reader {
    folder: tempfile::TempDir,
    spool: Spool,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open_in(folder.path()).unwrap();
        Self { folder, spool }
    }

    /// Everything as text, so that nothing of a value can be lost in its type.
    fn read(&self, case: &Case, csv: ReadCsv) -> Result<Got, String> {
        let path = self.folder.path().join("given.csv");
        fs::write(&path, case.content()).unwrap();
        let mut csv = ReadCsv { path: "given.csv".into(), ..csv };
        let at =
            |extent| Opening { base: self.folder.path(), spool: &self.spool, extent, stop: &|| false, tell: &|_| {} };
        let open = |csv: &ReadCsv, extent| {
            at(extent).open("in", &Source::Csv(csv.clone())).map_err(|problem| problem.to_string())
        };
        let head = open(&csv, Extent::Head { rows: 1, small: 0 })?;
        csv.types = head.schema.0.iter().map(|column| (column.name.clone(), Type::Text)).collect::<IndexMap<_, _>>();
        let opened = open(&csv, Extent::Whole)?;
        let rejected = table(opened.rejected)?;
        let lines = rejected.rows.iter().map(|row| match row[1] {
            Value::Integer(line) => line,
            _ => -1,
        });
        let rows = table(opened.frame)?.rows.into_iter();
        let rows: Vec<Row> =
            rows.map(|row| row.iter().map(|value| value.as_text().map(str::to_owned)).collect()).collect();
        assert_eq!(opened.rows, Some(rows.len() as u64), "{}", case.name);
        Ok(Got { columns: opened.schema.names().map(str::to_owned).collect(), rows, rejects: lines.collect() })
    }
}

fn table(frame: LazyFrame) -> Result<Table, String> {
    let frame = frame.collect().map_err(|error| error.to_string())?;
    convert::table(&frame).map_err(|problem| problem.to_string())
}

/// Names of cases that are not right, by kind, with the numbers of all; what differs is printed where it is wanted.
fn wrong(cases: &[Case], node: fn(&Case) -> ReadCsv) -> (Vec<String>, BTreeMap<String, (usize, usize)>) {
    let reader = Reader::new();
    let wanted = std::env::var("DIRTY_CASE").unwrap_or_default();
    let (mut wrong, mut kinds) = (Vec::new(), BTreeMap::<String, (usize, usize)>::new());
    for case in cases.iter().filter(|case| case.name.contains(&wanted)) {
        let got = reader.read(case, node(case));
        // What has no name in the standard of encodings is refused by its name.
        let unknown = encoding_rs::Encoding::for_label(case.dialect.encoding.as_bytes()).is_none();
        if unknown && got.as_ref().is_err_and(|why| why.contains("There is no encoding")) {
            continue;
        }
        let kind = kinds.entry(case.name.split('/').next().unwrap().to_owned()).or_default();
        kind.1 += 1;
        if got.as_ref().is_ok_and(|got| case.is_right(got)) {
            kind.0 += 1;
            continue;
        }
        // A file without a table may be refused.
        if got.is_err() && case.rows.as_ref().is_some_and(Vec::is_empty) {
            kind.0 += 1;
            continue;
        }
        if !wanted.is_empty() {
            println!(
                "{}\n{:?}\n  wanted {:?} {:?} {:?}\n  got {got:?}",
                case.name,
                case.content()
                    .utf8_chunks()
                    .map(|c| c.valid().to_owned())
                    .collect::<String>()
                    .chars()
                    .take(600)
                    .collect::<String>(),
                case.columns,
                case.rows,
                case.rejects
            );
        }
        wrong.push(case.name.clone());
    }
    (wrong, kinds)
}

#[test]
fn with_the_dialect_given_every_file_is_read_right() {
    let (wrong, kinds) = wrong(&cases(), Case::told);
    assert!(wrong.is_empty(), "{} of {kinds:?}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn without_a_hint_as_many_files_are_read_right_as_are_listed() {
    let sniffable: Vec<Case> = cases().into_iter().filter(|case| case.sniffable).collect();
    let (wrong, kinds) = wrong(&sniffable, Case::untold);
    let listed = fs::read_to_string(folder().join("not-found-out.txt")).unwrap();
    let listed: Vec<&str> = listed.lines().collect();
    for (kind, (right, all)) in &kinds {
        println!("{kind} {right} {all}");
    }
    assert_eq!(wrong, listed, "{kinds:?}");
}
