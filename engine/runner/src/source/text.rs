//! Delimited and fixed-width text: sniffed, checked, and read by Polars as it lies where it is clean, else rewritten first.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use pipewright_engine::nodes::ReadCsv;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;
use polars::prelude::*;

use super::noticed::noticed;
use super::{
    Extent, HEAD_BYTES, Opened, Opening, Total, failed, no_rejects, one_or, polars_path, rejects_schema, same_names,
    with_file,
};
use crate::convert;
use crate::files::Located;
use crate::job::SourceReport;
use crate::lower::Filled;
use crate::text::{self, Clean, Head, Layout, Verdict, Wishes};

pub(super) fn open_csv(opening: &Opening, node: &str, csv: &ReadCsv, located: &[Located]) -> Result<Opened, Problem> {
    let wishes = wishes(csv)?;
    // Beside others, a file that holds nothing adds nothing, and is told so.
    let (full, empty): (Vec<Located>, Vec<Located>) = located.iter().cloned().partition(|file| file.bytes > 0);
    let located = if full.is_empty() { located } else { &full };
    let mut layouts = Vec::new();
    for file in located {
        layouts.push(text::sniff(&file.local, &wishes).map_err(|problem| about(problem, file))?);
    }
    for name in csv.types.keys() {
        if let Some(layout) = layouts.first().filter(|layout| !layout.columns.iter().any(|column| column.name == *name))
        {
            let known = layout.columns.iter().map(|column| column.name.as_str());
            return Err(Problem::unknown("column", name, known).at("types"));
        }
    }
    let file_column = csv.file_column.as_ref().map(|name| name.0.as_str());
    let noticed = layouts.first().map(|layout| noticed(csv, layout)).unwrap_or_default();
    let mut opened = open(opening, node, located, layouts, file_column)?;
    opened.noticed = noticed;
    opened.reports.extend(empty.iter().map(|file| SourceReport::of_nothing(node, &file.shown)));
    Ok(opened)
}

/// Opens files of these layouts as one table: the columns of the first, found by name in the others.
pub(super) fn open(
    opening: &Opening,
    node: &str,
    located: &[Located],
    layouts: Vec<Layout>,
    file_column: Option<&str>,
) -> Result<Opened, Problem> {
    let mut layouts = layouts;
    same_names(located, &layouts.iter().map(names).collect::<Vec<_>>())?;
    match opening.extent {
        Extent::Head { rows, .. } => heads(located, &mut layouts, rows, file_column),
        Extent::Whole => wholes(opening, node, located, layouts, file_column),
    }
}

fn names(layout: &Layout) -> Vec<&str> {
    layout.columns.iter().map(|column| column.name.as_str()).collect()
}

/// What a node says of its files.
pub fn wishes(csv: &ReadCsv) -> Result<Wishes, Problem> {
    let one = |text: &String| match text.as_str() {
        "\\t" => Some(b'\t'),
        text => text.as_bytes().first().copied(),
    };
    Ok(Wishes {
        delimiter: csv.delimiter.as_ref().and_then(one),
        quote: csv.quote.as_ref().map(one),
        comment: csv.comment.clone(),
        skip_lines: csv.skip_lines,
        trim: csv.trim,
        header: csv.header,
        encoding: encoding(csv.encoding.as_deref())?,
        decimal_comma: csv.decimal_comma,
        null_words: csv.null_words.clone(),
        names: csv.columns.clone(),
        types: csv.types.iter().map(|(name, kind)| (name.clone(), kind.clone())).collect(),
    })
}

pub(super) fn encoding(name: Option<&str>) -> Result<Option<&'static Encoding>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let encoding = Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        Problem::new(format!("There is no encoding {name:?}."))
            .at("encoding")
            .try_this("Write one such as utf-8, windows-1252, utf-16le or shift_jis.")
    })?;
    Ok(Some(encoding))
}

pub(super) fn about(problem: Problem, file: &Located) -> Problem {
    let local = file.local.display().to_string();
    Problem { message: problem.message.replace(&local, &file.shown), ..problem }
}

/// The types in which all files can be read: where they differ, their common type, or text.
fn common_columns(layouts: &[Layout]) -> Vec<Column> {
    let Some(first) = layouts.first() else { return Vec::new() };
    let common = |column: &Column| {
        let kinds = layouts.iter().filter_map(|layout| layout.columns.iter().find(|other| other.name == column.name));
        let kind = kinds.map(|column| &column.kind).try_fold(column.kind.clone(), |a, b| a.common(b));
        Column::new(&column.name, kind.unwrap_or(Type::Text))
    };
    first.columns.iter().map(common).collect()
}

fn set_kinds(layout: &mut Layout, columns: &[Column]) -> bool {
    let mut changed = false;
    for column in &mut layout.columns {
        let Some(wanted) = columns.iter().find(|wanted| wanted.name == column.name) else { continue };
        changed |= wanted.kind != column.kind;
        column.kind = wanted.kind.clone();
    }
    changed
}

fn heads(
    located: &[Located],
    layouts: &mut [Layout],
    rows: usize,
    file_column: Option<&str>,
) -> Result<Opened, Problem> {
    let columns = common_columns(layouts);
    let mut table = Table::empty(with_file(Schema(columns.clone()), file_column)?);
    let mut rejects = Table::empty(rejects_schema());
    let mut whole = true;
    let mut read = 0;
    for (file, layout) in located.iter().zip(layouts.iter_mut()) {
        set_kinds(layout, &columns);
        let wanted = rows - table.rows.len() - rejects.rows.len();
        let Head { good, mut rejected, bytes, ended } =
            text::head(&file.local, &file.shown, layout, wanted, HEAD_BYTES.saturating_sub(read))
                .map_err(|problem| about(problem, file))?;
        whole &= ended && file.whole;
        read += bytes;
        rejects.rows.append(&mut rejected);
        let places: Vec<usize> = columns
            .iter()
            .filter_map(|column| layout.columns.iter().position(|other| other.name == column.name))
            .collect();
        for row in good {
            let taken = places.iter().zip(&columns).map(|(at, column)| match (&row[*at], &column.kind) {
                (Value::Text(text), Type::Binary) => Value::Binary(text.as_bytes().to_vec()),
                (value, _) => value.clone(),
            });
            let mut values: Vec<Value> = taken.collect();
            if file_column.is_some() {
                values.push(Value::text(&file.shown));
            }
            table.rows.push(values);
        }
    }
    let cut = located.iter().any(|file| !file.whole);
    let size = located.iter().zip(layouts.iter()).map(|(file, layout)| decoded_size(file, layout)).sum();
    let records = (table.rows.len() + rejects.rows.len()) as u64;
    let total = if cut { Total::Unknown } else { Total::by_size(records, read, size) };
    let read_as = layouts.first().map(|layout| words(layout).join(", ")).unwrap_or_default();
    Opened::of_head(table, rejects, whole, total, read_as)
}

/// About as many bytes as a file has once it is UTF-8, in which the bytes of heads are counted.
fn decoded_size(file: &Located, layout: &Layout) -> u64 {
    let wide = [UTF_16LE, UTF_16BE].contains(&layout.dialect.encoding);
    if wide { file.bytes / 2 } else { file.bytes }
}

fn wholes(
    opening: &Opening,
    node: &str,
    located: &[Located],
    layouts: Vec<Layout>,
    file_column: Option<&str>,
) -> Result<Opened, Problem> {
    let mut verdicts = Vec::new();
    for (file, layout) in located.iter().zip(&layouts) {
        opening.checking(node, file);
        verdicts.push(check(opening, file, layout)?);
    }
    let columns = common_columns(&verdicts.iter().map(|verdict| verdict.layout.clone()).collect::<Vec<_>>());
    let schema = with_file(Schema(columns.clone()), file_column)?;
    let mut opened = Opened {
        schema,
        rejects: rejects_schema(),
        frame: LazyFrame::default(),
        filled: Filled::default(),
        rejected: LazyFrame::default(),
        rows: Some(0),
        rejects_count: 0,
        drift: Table::default(),
        whole: true,
        total: Total::default(),
        read_as: layouts.first().map(|layout| words(layout).join(", ")).unwrap_or_default(),
        noticed: Vec::new(),
        reports: Vec::new(),
        files: Vec::new(),
        pattern: None,
        scans: false,
        stamps: Vec::new(),
        apart: Vec::new(),
    };
    let (mut frames, mut rejected) = (Vec::new(), Vec::new());
    for (file, verdict) in located.iter().zip(verdicts) {
        let verdict = agree(opening, file, verdict, &columns)?;
        let read = read(opening, file, &verdict)?;
        let mut frame = scan(&read.path, &verdict.layout, &read.clean, &columns)?;
        if file_column.is_some() {
            let name = opened.schema.0.last().map(|column| column.name.clone()).unwrap_or_default();
            frame = frame.with_column(lit(file.shown.as_str()).alias(name));
        }
        frames.push(frame);
        rejected.extend(read.rejects.filter(|_| verdict.rejected > 0).map(|path| scan_rejects(&path)).transpose()?);
        opened.rows = opened.rows.map(|rows| rows + verdict.records - verdict.rejected);
        opened.rejects_count += verdict.rejected;
        opened.scans |= !read.rewritten;
        opened.reports.push(report(node, file, &verdict, read.rewritten));
    }
    let together = UnionArgs { rechunk: false, to_supertypes: false, ..UnionArgs::default() };
    opened.total = Total::Exactly(opened.reports.iter().map(|report| report.records).sum());
    opened.frame = one_or(frames, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
    if rejected.is_empty() {
        rejected.push(no_rejects()?);
    }
    opened.rejected = one_or(rejected, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
    Ok(opened)
}

fn check(opening: &Opening, file: &Located, layout: &Layout) -> Result<Verdict, Problem> {
    // What was unpacked gets another place in each run: a verdict kept for it would never be found again.
    let folder = (!file.spooled).then(cache_folder).flatten();
    let verdict = text::check_cached(folder.as_deref(), &file.local, layout, opening.stop);
    Ok(verdict.map_err(|problem| about(problem, file))?.0)
}

/// Files read together have the same types: those that were found narrower are looked at again.
fn agree(opening: &Opening, file: &Located, verdict: Verdict, columns: &[Column]) -> Result<Verdict, Problem> {
    let mut layout = verdict.layout.clone();
    if !set_kinds(&mut layout, columns) {
        return Ok(verdict);
    }
    check(opening, file, &layout)
}

fn cache_folder() -> Option<PathBuf> {
    let home = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    Some(home.join("pipewright").join("checked"))
}

struct Readable {
    path: PathBuf,
    clean: Clean,
    rejects: Option<PathBuf>,
    rewritten: bool,
}

fn read(opening: &Opening, file: &Located, verdict: &Verdict) -> Result<Readable, Problem> {
    if let Some(clean) = &verdict.clean {
        return Ok(Readable { path: file.local.clone(), clean: clean.clone(), rejects: None, rewritten: false });
    }
    let (path, rejects) = (opening.spool.fresh("clean.csv"), opening.spool.fresh("rejects.csv"));
    let create = |path: &Path| {
        File::create(path).map(BufWriter::new).map_err(|error| {
            Problem::new(format!("A temporary file can't be written: {error}."))
                .try_this("Make room, or set PIPEWRIGHT_TEMP to another folder.")
        })
    };
    let (mut good, mut bad) = (create(&path)?, create(&rejects)?);
    text::rewrite(&file.local, &file.shown, &verdict.layout, &mut good, &mut bad, opening.stop)
        .map_err(|problem| about(problem, file))?;
    Ok(Readable { path, clean: Clean::rewritten(), rejects: Some(rejects), rewritten: true })
}

/// One parse by Polars of a file known to be clean, into exactly the types of `columns`, in their order.
fn scan(path: &Path, layout: &Layout, clean: &Clean, columns: &[Column]) -> Result<LazyFrame, Problem> {
    let parsed = |column: &Column| match column.kind {
        Type::Integer => DataType::Int64,
        Type::Float => DataType::Float64,
        // Every value is known to be written `2024-02-29`, which Polars takes for nothing else.
        Type::Date => DataType::Date,
        _ => DataType::String,
    };
    let schema: polars::prelude::Schema =
        layout.columns.iter().map(|column| Field::new(column.name.as_str().into(), parsed(column))).collect();
    let frame = csv(path, clean, schema).map_err(|error| failed(&error))?;
    let cast = columns.iter().map(|column| {
        let name = column.name.as_str();
        let with_t = clean.timestamps_with_t.iter().any(|other| other == name);
        value(col(name), &column.kind, with_t).alias(name)
    });
    Ok(frame.select(cast.collect::<Vec<_>>()))
}

/// What Polars reads of a clean file, its columns by their places as `schema` has them.
pub fn csv(path: &Path, clean: &Clean, schema: polars::prelude::Schema) -> PolarsResult<LazyFrame> {
    let words: Vec<PlSmallStr> = clean.null_words.iter().map(|word| word.as_str().into()).collect();
    LazyCsvReader::new(polars_path(path))
        .with_comment_prefix(no_comment(clean, schema.len()))
        .with_schema(Some(Arc::new(schema)))
        .with_has_header(false)
        .with_skip_lines(usize::try_from(clean.skip_lines).unwrap_or(usize::MAX))
        .with_separator(clean.delimiter)
        .with_quote_char(clean.quote)
        .with_null_values((!words.is_empty()).then_some(NullValues::AllColumns(words)))
        .with_missing_is_null(true)
        .with_raise_if_empty(false)
        .with_glob(false)
        .finish()
}

/// What no line of a clean file begins with. Polars counts the lines of a file before it parses them, byte by byte on one thread, and
/// does so faster where it has to watch for comments: to read a file then takes little more than half the time.
///
/// A record with as many delimiters as there are columns has a field too many, and within a quoted field text would follow its quote.
fn no_comment(clean: &Clean, columns: usize) -> Option<PlSmallStr> {
    let quote = clean.quote.unwrap_or(b'"');
    let text = (b'x'..=b'z').find(|text| ![clean.delimiter, quote].contains(text))?;
    let mut prefix = vec![clean.delimiter; columns];
    prefix.extend([quote, text]);
    String::from_utf8(prefix).ok().map(PlSmallStr::from)
}

/// Text that was checked to be of the type, as the type.
fn value(text: Expr, kind: &Type, with_t: bool) -> Expr {
    let format = |format: &str| StrptimeOptions { format: Some(format.into()), strict: true, exact: true, cache: true };
    let timestamp = if with_t { "%Y-%m-%dT%H:%M:%S%.f" } else { "%Y-%m-%d %H:%M:%S%.f" };
    match kind {
        Type::Boolean => text.eq(lit("true")),
        Type::Time => text.str().to_time(format("%H:%M:%S%.f")),
        Type::Timestamp => text.str().to_datetime(Some(TimeUnit::Microseconds), None, format(timestamp), lit("raise")),
        Type::TimestampZoned(_) => text
            .str()
            .to_datetime(
                Some(TimeUnit::Microseconds),
                Some(TimeZone::UTC),
                format("%Y-%m-%d %H:%M:%S%.fZ"),
                lit("raise"),
            )
            .cast(convert::dtype(kind)),
        Type::Decimal(..) | Type::Binary => text.strict_cast(convert::dtype(kind)),
        Type::Duration => {
            text.map(durations, |_, field| Ok(Field::new(field.name.clone(), convert::dtype(&Type::Duration))))
        }
        _ => text,
    }
}

/// Polars has no parser for them.
fn durations(text: polars::prelude::Column) -> PolarsResult<polars::prelude::Column> {
    let read = |text: Option<&str>| match Value::parse(text?, &Type::Duration) {
        Some(Value::Duration(micros)) => Some(micros),
        _ => None,
    };
    let micros: Int64Chunked = text.str()?.iter().map(read).collect();
    micros
        .with_name(text.name().clone())
        .into_series()
        .cast(&convert::dtype(&Type::Duration))
        .map(IntoColumn::into_column)
}

fn scan_rejects(path: &Path) -> Result<LazyFrame, Problem> {
    let schema = convert::polars_schema(&rejects_schema());
    csv(path, &Clean::rewritten(), schema).map_err(|error| failed(&error))
}

/// What was found out about how a file is to be read, or was known.
fn words(layout: &Layout) -> Vec<String> {
    let dialect = &layout.dialect;
    let mut said: Vec<String> = Vec::new();
    if layout.cuts.is_some() {
        said.push("fixed width".into());
    } else {
        said.push(match dialect.delimiter {
            b',' => "commas".into(),
            b';' => "semicolons".into(),
            b'\t' => "tabs".into(),
            other => format!("{:?}", char::from(other)),
        });
        said.push(if dialect.header { "header" } else { "no header" }.into());
    }
    said.push(dialect.encoding.name().to_lowercase());
    if dialect.decimal_comma {
        said.push("decimal commas".into());
    }
    if let Some(quote) = dialect.quote.filter(|quote| *quote != b'"') {
        said.push(format!("quotes {}", char::from(quote)));
    }
    if dialect.trim {
        said.push("blanks around values left out".into());
    }
    if let Some(comment) = &dialect.comment {
        said.push(format!("comments after {comment}"));
    }
    match dialect.skip_lines {
        0 => {}
        1 => said.push("first line skipped".into()),
        lines => said.push(format!("first {lines} lines skipped")),
    }
    said
}

fn report(node: &str, file: &Located, verdict: &Verdict, rewritten: bool) -> SourceReport {
    let mut said = words(&verdict.layout);
    for (count, what) in [(verdict.blank_lines, "blank lines"), (verdict.comment_lines, "comments")] {
        if count > 0 {
            said.push(format!("{count} {what} left out"));
        }
    }
    for widened in &verdict.widened {
        let text::Widened { column, to, line, value, .. } = widened;
        said.push(format!("{column:?} read as {to} because of {value:?} in line {line}"));
    }
    said.push(if rewritten { "put right before reading" } else { "clean" }.into());
    SourceReport {
        node: node.into(),
        file: file.shown.clone(),
        bytes: file.bytes,
        records: verdict.records,
        rejected: verdict.rejected,
        read_as: said.join(", "),
    }
}
