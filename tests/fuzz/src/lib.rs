//! What takes bytes from outside, each as a function that must come back, whatever the bytes.

use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::formula::{Formula, Scope};
use pipewright_engine::nodes::read_fixed_width::FixedColumn;
use pipewright_engine::nodes::{
    ReadArrow, ReadAvro, ReadCsv, ReadExcel, ReadFixedWidth, ReadHtml, ReadJson, ReadParquet, ReadXml,
};
use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_runner::files::Spool;
use pipewright_runner::host::{Cancel, Engine, frame, serve};
use pipewright_runner::job::{Event, Job, Preview, Reply, Report, Wanted};
use pipewright_runner::show::{Ask, News};
use pipewright_runner::source::{Extent, Opened, Opening};
use polars::prelude::LazyFrame;

pub struct Target {
    pub name: &'static str,
    pub feed: fn(&[u8]),
    /// Panics of the library that reads the format are no finds: the engine's host turns them into messages.
    pub contained: bool,
}

const fn ours(name: &'static str, feed: fn(&[u8])) -> Target {
    Target { name, feed, contained: false }
}

const fn of_a_library(name: &'static str, feed: fn(&[u8])) -> Target {
    Target { name, feed, contained: true }
}

pub const TARGETS: &[Target] = &[
    ours("pipeline", pipeline),
    ours("formula", formula),
    ours("sniffer", sniffer),
    ours("delimited", delimited),
    ours("fixed_width", fixed_width),
    ours("json", json),
    ours("xml", xml),
    ours("html", html),
    ours("archive", archive),
    ours("avro", avro),
    ours("host", host),
    of_a_library("excel", excel),
    of_a_library("parquet", parquet),
    of_a_library("arrow", arrow),
];

/// What can be read is written, and that is read and written as it is. Saving may mend what is wrong, such as a field without a value,
/// once.
fn pipeline(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok((pipeline, problems)) = file::read(text) else { return };
    let written = file::write(&pipeline);
    let again = written_again(&written);
    assert_eq!(written_again(&again), again);
    assert!(!problems.is_empty() || again == written, "{again}\n{written}");
}

fn written_again(text: &str) -> String {
    match file::read(text) {
        Ok((pipeline, _)) => file::write(&pipeline),
        Err(problems) => panic!("what was written can't be read: {problems:?}\n{text}"),
    }
}

fn formula(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let kinds = [
        ("flag", Type::Boolean),
        ("whole", Type::Integer),
        ("real", Type::Float),
        ("money", Type::Decimal(12, 2)),
        ("text", Type::Text),
        ("day", Type::Date),
        ("clock", Type::Time),
        ("at", Type::Timestamp),
        ("list", Type::List(Box::new(Type::Integer))),
    ];
    let columns = Schema(kinds.into_iter().map(|(name, kind)| Column::new(name, kind)).collect());
    let scope = Scope { columns: &columns, parameters: &IndexMap::new(), now: 0 };
    if let Err(problem) = Formula(text.to_owned()).compile(&scope) {
        // A place must lie in the text: the form underlines it.
        let lines = text.split('\n').count().max(1);
        assert!(problem.place.is_none_or(|place| place.line <= lines), "{problem:?}");
    }
}

/// Without a hint, and no more than is looked at before a run.
fn sniffer(bytes: &[u8]) {
    let extent = Extent::Head { rows: 100, small: 0 };
    read(bytes, "it.csv", extent, &Source::Csv(ReadCsv { path: "it.csv".into(), ..ReadCsv::default() }));
}

/// With the dialect given by the first byte: every record comes out, or is rejected.
fn delimited(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let csv = ReadCsv {
        path: "it.csv".into(),
        delimiter: Some([",", ";", "\t", "|"][usize::from(first & 3)].into()),
        header: Some(first & 4 != 0),
        quote: Some((if first & 8 != 0 { "\"" } else { "" }).to_owned()),
        encoding: Some((if first & 16 != 0 { "windows-1252" } else { "utf-8" }).to_owned()),
        comment: (first & 32 != 0).then(|| "#".to_owned()),
        ..ReadCsv::default()
    };
    read(bytes, "it.csv", Extent::Whole, &Source::Csv(csv));
}

fn fixed_width(bytes: &[u8]) {
    let column = |name: &str, start: u64, width: u64, kind: Type| FixedColumn {
        name: name.into(),
        start: Some(start),
        width: Some(width),
        kind,
    };
    let columns = vec![column("a", 1, 3, Type::Text), column("b", 4, 5, Type::Integer), column("c", 9, 2, Type::Date)];
    let fixed = ReadFixedWidth { path: "it.txt".into(), columns, ..ReadFixedWidth::default() };
    read(bytes, "it.txt", Extent::Whole, &Source::FixedWidth(fixed));
}

fn json(bytes: &[u8]) {
    read(bytes, "it.json", Extent::Whole, &Source::Json(ReadJson { path: "it.json".into(), ..ReadJson::default() }));
}

fn xml(bytes: &[u8]) {
    let xml = ReadXml { path: "it.xml".into(), records: "row".into(), ..ReadXml::default() };
    read(bytes, "it.xml", Extent::Whole, &Source::Xml(xml));
}

fn html(bytes: &[u8]) {
    read(bytes, "it.html", Extent::Whole, &Source::Html(ReadHtml { path: "it.html".into(), ..ReadHtml::default() }));
}

/// Everything in an archive whose kind its first byte says.
fn archive(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let name = ["it.zip", "it.tgz", "it.csv.gz", "it.csv.zst", "it.tar"][usize::from(*first) % 5];
    let path = if name.contains(".csv") { name.to_owned() } else { format!("{name}!*") };
    read(bytes, name, Extent::Whole, &Source::Csv(ReadCsv { path: path.as_str().into(), ..ReadCsv::default() }));
}

fn avro(bytes: &[u8]) {
    read(bytes, "it.avro", Extent::Whole, &Source::Avro(ReadAvro { path: "it.avro".into(), ..ReadAvro::default() }));
}

fn excel(bytes: &[u8]) {
    read(bytes, "it.xlsx", Extent::Whole, &Source::Excel(ReadExcel { path: "it.xlsx".into(), ..ReadExcel::default() }));
}

fn parquet(bytes: &[u8]) {
    let parquet = ReadParquet { path: "it.parquet".into(), ..ReadParquet::default() };
    read_trusting(bytes, "it.parquet", &Source::Parquet(parquet));
}

fn arrow(bytes: &[u8]) {
    let arrow = ReadArrow { path: "it.arrow".into(), ..ReadArrow::default() };
    read_trusting(bytes, "it.arrow", &Source::Arrow(arrow));
}

/// Reads a file of these bytes to its end. As many rows come out as were counted.
fn read(bytes: &[u8], name: &str, extent: Extent, source: &Source) {
    if let Some((rows, counted)) = rows_of(bytes, name, extent, source) {
        assert_eq!(rows, counted, "rows and rejects");
    }
}

/// The same for formats that say themselves how many rows they have, which may be a lie: the account of a run tells.
fn read_trusting(bytes: &[u8], name: &str, source: &Source) {
    rows_of(bytes, name, Extent::Whole, source);
}

/// How many rows and rejects there were, and how many there should be.
fn rows_of(bytes: &[u8], name: &str, extent: Extent, source: &Source) -> Option<([u64; 2], [u64; 2])> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let spool = Spool::open_in(folder.path()).expect("a folder for temporary files");
    fs::write(folder.path().join(name), bytes).expect("room for temporary files");
    let opening = Opening { base: folder.path(), spool: &spool, extent, stop: &|| false, tell: &|_| {} };
    let Opened { frame, rejected, rows, rejects_count, .. } = opening.open("it", source).ok()?;
    let height = |frame: LazyFrame| frame.collect().map(|frame| frame.height() as u64).ok();
    let (height, rejected) = (height(frame)?, height(rejected)?);
    Some(([height, rejected], [rows.unwrap_or(height), rejects_count]))
}

/// Both ends of the pipe: what a host is asked, and what its parent is answered.
fn host(bytes: &[u8]) {
    let mut answers = bytes;
    while let Ok(Some(_)) = frame::read::<Reply>(&mut answers) {}
    let mut asked = Vec::new();
    frame::write_hello(&mut asked).expect("a vector takes all");
    asked.extend_from_slice(bytes);
    let _ended = serve(Arc::new(Idle), asked.as_slice(), Nowhere);
}

struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An engine that does nothing.
struct Idle;

impl Engine for Idle {
    fn check(&self, _: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
        Ok(Vec::new())
    }

    fn preview(&self, _: &Job, _: &Wanted, _: &Cancel) -> Result<Preview, Vec<Problem>> {
        Ok(Preview::default())
    }

    fn run(&self, _: &Job, _: &Cancel, _: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
        Ok(Report::default())
    }
    fn show(&self, _: &Ask, _: &Cancel, _: &dyn Fn(News)) -> News {
        News::Failed(Vec::new())
    }

    fn look(&self, _: &Ask) -> News {
        News::Failed(Vec::new())
    }
}
