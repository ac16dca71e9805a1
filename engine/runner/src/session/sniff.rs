//! Which node reads a file best, going by its name and its first bytes.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;
use pipewright_engine::nodes::read_lines::LineFormat;
use pipewright_engine::nodes::{
    ReadArrow, ReadAvro, ReadCsv, ReadExcel, ReadFolder, ReadHtml, ReadJson, ReadLines, ReadParquet, ReadXml, Step,
};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Column;

use crate::files::{self, Spool};
use crate::source::{HEAD_BYTES, wishes};
use crate::text::{self, Wishes};

pub(super) fn sniff(path: &str, folder: &Path, spool: &Spool) -> Result<Step, Problem> {
    let path = relative(Path::new(path), folder);
    if path.contains(['{', '}']) {
        return Err(Problem::new(format!(
            "The name {path:?} has a brace in it, which stands for a parameter in a path."
        ))
        .try_this("Give the file another name."));
    }
    let there = folder.join(&path);
    if there.is_dir() {
        // A folder of partitions has nothing but Parquet in folders within; else its files say what they are.
        let within = files::find(&format!("{}/**/*.parquet", Pattern::escape(&path)), folder, spool)?;
        return Ok(match within.is_empty() {
            true => Step::ReadFolder(ReadFolder { folder: path.as_str().into(), ..ReadFolder::default() }),
            false => Step::ReadParquet(ReadParquet { path: path.as_str().into(), ..ReadParquet::default() }),
        });
    }
    let path = match files::is_archive(&path) {
        true => member(&path, &there)?,
        false => path,
    };
    let step = |kind: Kind| match kind {
        Kind::Parquet => Ok(Step::ReadParquet(ReadParquet { path: path.as_str().into(), ..ReadParquet::default() })),
        Kind::Arrow => Ok(Step::ReadArrow(ReadArrow { path: path.as_str().into(), ..ReadArrow::default() })),
        Kind::Avro => Ok(Step::ReadAvro(ReadAvro { path: path.as_str().into(), ..ReadAvro::default() })),
        Kind::Xml => Ok(Step::ReadXml(ReadXml { path: path.as_str().into(), ..ReadXml::default() })),
        Kind::Html => Ok(Step::ReadHtml(ReadHtml { path: path.as_str().into(), ..ReadHtml::default() })),
        Kind::Log => lines(&path, folder, spool),
        Kind::Excel => Ok(Step::ReadExcel(ReadExcel { path: path.as_str().into(), ..ReadExcel::default() })),
        Kind::Json => Ok(Step::ReadJson(ReadJson { path: path.as_str().into(), ..ReadJson::default() })),
        Kind::Text => csv(&path, folder, spool),
    };
    step(by_name(&path).or_else(|| by_content(&there)).unwrap_or(Kind::Text))
}

#[derive(Clone, Copy)]
enum Kind {
    Parquet,
    Arrow,
    Avro,
    Excel,
    Json,
    Log,
    Xml,
    Html,
    Text,
}

fn by_name(path: &str) -> Option<Kind> {
    let name = path.to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    Some(match name.rsplit_once('.')?.1 {
        "parquet" | "pq" => Kind::Parquet,
        "avro" => Kind::Avro,
        "log" => Kind::Log,
        "xml" | "rss" | "atom" | "kml" | "gpx" => Kind::Xml,
        "html" | "htm" | "xhtml" => Kind::Html,
        "arrow" | "feather" | "ipc" => Kind::Arrow,
        "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Kind::Excel,
        "json" | "ndjson" | "jsonl" => Kind::Json,
        "csv" | "tsv" | "tab" | "psv" => Kind::Text,
        _ => return None,
    })
}

fn by_content(path: &Path) -> Option<Kind> {
    let mut start = [0; 64];
    let count = File::open(path).and_then(|mut file| file.read(&mut start)).ok()?;
    let start = &start[..count];
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        _ if start.starts_with(b"PAR1") => Some(Kind::Parquet),
        _ if start.starts_with(b"ARROW1") => Some(Kind::Arrow),
        _ if start.starts_with(b"Obj\x01") => Some(Kind::Avro),
        _ if start.starts_with(b"\xD0\xCF\x11\xE0") || start.starts_with(b"PK\x03\x04") => Some(Kind::Excel),
        Some(b'{') => Some(Kind::Json),
        Some(b'<') => {
            let text = String::from_utf8_lossy(start).to_lowercase();
            let is_page = ["<!doctype html", "<html", "<table"].iter().any(|tag| text.contains(tag));
            Some(if is_page { Kind::Html } else { Kind::Xml })
        }
        _ => None,
    }
}

/// The file in an archive that is meant: the only one, or the only one with a table in it.
fn member(path: &str, there: &Path) -> Result<String, Problem> {
    let names = files::members(there, path)?;
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let tables: Vec<&str> = all.iter().copied().filter(|name| by_name(name).is_some()).collect();
    match (all.as_slice(), tables.as_slice()) {
        ([only], _) | (_, [only]) => Ok(format!("{path}!{only}")),
        _ => {
            let example = format!("{path}!{}", tables.first().or(all.first()).copied().unwrap_or("name.csv"));
            Err(Problem::new(format!("{path:?} is an archive with several files in it."))
                .try_this(format!("Add a node that reads, and name the file in its path: {example:?}.")))
        }
    }
}

/// What was found is written down, so that the file is read the same way ever after.
fn csv(path: &str, folder: &Path, spool: &Spool) -> Result<Step, Problem> {
    let located = files::head(path, folder, spool, HEAD_BYTES, &|| false)?;
    let Some(file) = located.first() else { return Err(Problem::new(format!("There is no file {path:?}."))) };
    let layout = text::sniff(&file.local, &Wishes::default())?;
    let dialect = &layout.dialect;
    // Names that no line of the file's own dialect has.
    let is_made = |(at, column): (usize, &Column)| column.name == format!("column_{}", at + 1);
    let named = !dialect.header && !layout.columns.iter().enumerate().all(is_made);
    let names = layout.columns.iter().map(|column| column.name.clone()).filter(|_| named);
    let csv = ReadCsv {
        path: path.into(),
        header: Some(dialect.header),
        delimiter: Some(char::from(dialect.delimiter).to_string()),
        quote: dialect.quote.filter(|quote| *quote != b'"').map(|quote| char::from(quote).to_string()),
        encoding: Some(dialect.encoding.name().to_lowercase()),
        decimal_comma: dialect.decimal_comma.then_some(true),
        skip_lines: Some(dialect.skip_lines).filter(|lines| *lines > 0),
        // Who states them means every line that begins so: those that were found are found again.
        comment: dialect.comment.clone().filter(|_| !dialect.spare),
        trim: dialect.trim.then_some(true),
        columns: names.collect(),
        types: layout.columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect(),
        ..ReadCsv::default()
    };
    // Where a header lends itself to more than one reading, its names are written down too.
    let again = wishes(&csv).and_then(|wishes| text::sniff(&file.local, &wishes));
    if again.is_ok_and(|again| again.columns == layout.columns) {
        return Ok(Step::ReadCsv(csv));
    }
    let names = layout.columns.into_iter().map(|column| column.name);
    Ok(Step::ReadCsv(ReadCsv { columns: names.collect(), ..csv }))
}

/// A log in one of the usual formats, if most of its first lines are so, else lines of any text.
fn lines(path: &str, folder: &Path, spool: &Spool) -> Result<Step, Problem> {
    let located = files::head(path, folder, spool, HEAD_BYTES, &|| false)?;
    let mut head = Vec::new();
    if let Some(file) = located.first() {
        let opened = File::open(&file.local).and_then(|opened| opened.take(1 << 16).read_to_end(&mut head));
        opened.map_err(|error| Problem::new(format!("{path:?} cannot be read: {error}.")))?;
    }
    let head = String::from_utf8_lossy(&head);
    let seen: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(200).collect();
    let mut step = ReadLines { path: path.into(), ..ReadLines::default() };
    for format in USUAL_LOGS {
        let pattern = ReadLines { format, ..ReadLines::default() }.takes()?;
        let like = |line: &&&str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(line));
        let count = seen.iter().filter(like).count();
        // Programs also write traces of several lines.
        let is_program = format == LineFormat::Application && seen.first().is_some_and(|line| like(&line));
        if count > 0 && count * 10 >= seen.len() * 9 || is_program {
            step.format = format;
            if is_program {
                step.record_start = r"^\[?\d{4}-\d\d-\d\d".to_owned();
            }
            break;
        }
    }
    Ok(Step::ReadLines(step))
}

const USUAL_LOGS: [LineFormat; 5] = [
    LineFormat::WebAccess,
    LineFormat::Syslog5424,
    LineFormat::ApacheError,
    LineFormat::Syslog,
    LineFormat::Application,
];

/// A path as a pipeline has it: relative to its folder and with `/`, or whole where the two have nothing in common.
fn relative(path: &Path, folder: &Path) -> String {
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let known = folder.is_absolute() && !folder.as_os_str().is_empty();
    if !known || !path.is_absolute() {
        return with_slashes(path);
    }
    let (file, folder) = (whole(path), whole(folder));
    let common = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let names = file.components().take(common).filter(|part| matches!(part, Component::Normal(_))).count();
    if names == 0 {
        return with_slashes(path);
    }
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    with_slashes(&up.chain(file.components().skip(common)).collect::<PathBuf>())
}

fn with_slashes(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
