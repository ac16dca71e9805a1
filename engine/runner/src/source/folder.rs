//! The files of a folder as one table, and where their columns are not the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use indexmap::IndexMap;
use pipewright_engine::nodes::read_folder::{FolderColumns, FolderFormat};
use pipewright_engine::nodes::{ReadArrow, ReadAvro, ReadCsv, ReadExcel, ReadFolder, ReadJson, ReadParquet, ReadXml};
use pipewright_engine::params::FilePath;
use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;
use polars::prelude::{Expr, LazyFrame, NULL, UnionArgs, col, concat, lit};

use super::listed::check_folder;
use super::{Extent, Opened, Opening, Total, cancelled, failed, one_or, rejects_schema, with_file};
use crate::convert;
use crate::files;
use crate::job::SourceReport;
use crate::lower::Filled;

/// Of a head of more files than that, only these are looked at.
const MOST_HEADS: usize = 100;

pub(super) fn open_folder(opening: &Opening, node: &str, folder: &ReadFolder) -> Result<Opened, Problem> {
    check_folder(opening.base, &folder.folder.0)?;
    let mut chosen = choose(opening, folder)?;
    // What holds nothing has no columns either, and is told with its nothing.
    let empty: Vec<Chosen> = match chosen.iter().any(|file| file.bytes > 0) {
        true => chosen.extract_if(.., |file| file.bytes == 0).collect(),
        false => Vec::new(),
    };
    let format = format_of(folder, &chosen)?;
    let bytes: u64 = chosen.iter().map(|file| file.bytes).sum();
    let extent = match opening.extent {
        Extent::Head { small, .. } if bytes <= small => Extent::Whole,
        Extent::Head { rows, .. } => Extent::Head { rows, small: 0 },
        Extent::Whole => Extent::Whole,
    };
    let all = chosen.len();
    if extent != Extent::Whole {
        chosen.truncate(MOST_HEADS);
    }
    let reading = Reading { opening: &Opening { extent, ..*opening }, node, folder, format };
    let mut opened = Vec::new();
    for file in chosen {
        if (opening.stop)() {
            return Err(cancelled());
        }
        let found = reading.open(&file.shown, IndexMap::new())?;
        opened.push(One { found: found.schema.clone(), file, opened: found });
    }
    if reading.finds_types() {
        reading.forget_types_of_nothing(&mut opened)?;
    }
    let columns = reading.columns(&opened)?;
    for one in &mut opened {
        reading.agree(one, &columns)?;
    }
    let mut united = reading.unite(opened, columns)?;
    united.whole &= all <= MOST_HEADS || extent == Extent::Whole;
    united.reports.extend(empty.iter().map(|file| SourceReport::of_nothing(node, &file.shown)));
    united.pattern = files::pattern(&folder.glob(), opening.base);
    Ok(united)
}

/// The files that are read, as they are now.
pub(super) fn files_of(opening: &Opening, folder: &ReadFolder) -> Result<Vec<PathBuf>, Problem> {
    check_folder(opening.base, &folder.folder.0)?;
    Ok(choose(opening, folder)?.into_iter().map(|file| file.path).collect())
}

struct Chosen {
    shown: String,
    path: PathBuf,
    bytes: u64,
}

/// The files whose format is known or meant, the newest of them if that is wanted, in the order of their names.
fn choose(opening: &Opening, folder: &ReadFolder) -> Result<Vec<Chosen>, Problem> {
    let found = files::find(&folder.glob(), opening.base, opening.spool).map_err(|problem| problem.at("pattern"))?;
    let is_meant = |shown: &str| match (FolderFormat::of(shown), folder.format) {
        _ if !folder.pattern.is_empty() => true,
        (known, FolderFormat::Detect) => known.is_some(),
        (known, wanted) => known == Some(wanted),
    };
    let mut dated = Vec::new();
    for (shown, path) in found.into_iter().filter(|(shown, _)| is_meant(shown)) {
        let data = fs::metadata(&path)
            .map_err(|error| Problem::new(format!("{shown:?} cannot be read: {error}.")).at("folder"))?;
        dated.push((data.modified().ok(), Chosen { shown, path, bytes: data.len() }));
    }
    if dated.is_empty() {
        return Err(nothing_to_read(folder));
    }
    if let Some(newest) = folder.newest.and_then(|newest| usize::try_from(newest).ok()) {
        dated.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.path.cmp(&other.path)));
        dated.truncate(newest);
    }
    let mut chosen: Vec<Chosen> = dated.into_iter().map(|(_, file)| file).collect();
    chosen.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(chosen)
}

fn nothing_to_read(folder: &ReadFolder) -> Problem {
    let (shown, deeper) = (&folder.folder.0, if folder.recursive { "" } else { ", or set `recursive`" });
    if folder.pattern.is_empty() {
        return Problem::new(format!("There is no file in {shown:?} that has a known ending."))
            .at("folder")
            .try_this(format!("Choose another folder, or write a pattern such as \"*.txt\" and the format{deeper}."));
    }
    Problem::new(format!("There is no file in {shown:?} whose name matches {:?}.", folder.pattern))
        .at("pattern")
        .try_this(format!("Write one such as \"*.csv\"{deeper}."))
}

fn format_of(folder: &ReadFolder, chosen: &[Chosen]) -> Result<FolderFormat, Problem> {
    if folder.format != FolderFormat::Detect {
        return Ok(folder.format);
    }
    let mut first: Option<(FolderFormat, &str)> = None;
    for file in chosen {
        let Some(format) = FolderFormat::of(&file.shown) else {
            return Err(Problem::new(format!("What {:?} is, its ending does not say.", file.shown))
                .at("format")
                .try_this("Choose the format, or a pattern that leaves it out."));
        };
        match first {
            Some((known, shown)) if known != format => {
                return Err(Problem::new(format!("{shown:?} is {known:?}, and {:?} is {format:?}.", file.shown))
                    .at("format")
                    .try_this("Choose one of the formats, or a pattern such as \"*.csv\"."));
            }
            Some(_) => {}
            None => first = Some((format, &file.shown)),
        }
    }
    Ok(first.map_or(FolderFormat::Csv, |(format, _)| format))
}

/// A file of the folder.
struct One {
    file: Chosen,
    opened: Opened,
    /// Its columns before their types were made those of all: `Null` where it has no values that would tell a type.
    found: Schema,
}

struct Reading<'a> {
    opening: &'a Opening<'a>,
    node: &'a str,
    folder: &'a ReadFolder,
    format: FolderFormat,
}

impl Reading<'_> {
    fn open(&self, shown: &str, types: IndexMap<String, Type>) -> Result<Opened, Problem> {
        let (path, on_error) = (FilePath(shown.to_owned()), self.folder.on_error);
        let source = match self.format {
            FolderFormat::Detect | FolderFormat::Csv => {
                Source::Csv(ReadCsv { path, types, on_error, ..ReadCsv::default() })
            }
            FolderFormat::Json => Source::Json(ReadJson { path, types, on_error, ..ReadJson::default() }),
            FolderFormat::Excel => Source::Excel(ReadExcel { path, types, on_error, ..ReadExcel::default() }),
            FolderFormat::Xml => Source::Xml(ReadXml { path, types, on_error, ..ReadXml::default() }),
            FolderFormat::Parquet => {
                Source::Parquet(ReadParquet { path, folder_columns: false, ..ReadParquet::default() })
            }
            FolderFormat::Arrow => Source::Arrow(ReadArrow { path, folder_columns: false, ..ReadArrow::default() }),
            FolderFormat::Avro => Source::Avro(ReadAvro { path, ..ReadAvro::default() }),
        };
        let opened = self.opening.open(self.node, &source);
        opened.map_err(|problem| match problem.parameter.as_deref() {
            Some("path") | None => Problem { parameter: None, ..problem }.at("folder"),
            _ => problem,
        })
    }

    /// Whether types are found by looking, so that others can be asked for.
    fn finds_types(&self) -> bool {
        !matches!(self.format, FolderFormat::Parquet | FolderFormat::Arrow | FolderFormat::Avro)
    }

    /// A column without values is found as text. It has no say where other files know the type.
    fn forget_types_of_nothing(&self, opened: &mut [One]) -> Result<(), Problem> {
        let mut known: BTreeSet<String> = BTreeSet::new();
        for column in opened.iter().flat_map(|one| &one.found.0).filter(|column| !column.kind.is_text()) {
            known.insert(column.name.clone());
        }
        for one in opened {
            let doubted = |column: &&mut Column| column.kind.is_text() && known.contains(&column.name);
            let mut columns: Vec<&mut Column> = one.found.0.iter_mut().filter(doubted).collect();
            if columns.is_empty() {
                continue;
            }
            let nothing = columns.iter().map(|column| self.is_nothing(&column.name));
            let asked = one.opened.frame.clone().select(nothing.collect::<Vec<_>>()).collect();
            let answers = convert::table(&asked.map_err(|error| failed(&error))?)?;
            for (column, answer) in columns.iter_mut().zip(answers.rows.iter().flatten()) {
                if *answer == Value::Boolean(true) {
                    column.kind = Type::Null;
                }
            }
        }
        Ok(())
    }

    /// Whether a column of text has no values. In CSV, blanks are none where the type is not text.
    fn is_nothing(&self, column: &str) -> Expr {
        let text = col(column);
        let is_blank = match self.format {
            FolderFormat::Csv => text.clone().str().strip_chars(lit(NULL)).eq(lit("")),
            _ => lit(false),
        };
        text.is_null().or(is_blank).all(true)
    }

    /// The columns that come out, in the types given, or that hold the values of all files.
    fn columns(&self, opened: &[One]) -> Result<Vec<Column>, Problem> {
        let mut columns: IndexMap<String, Column> = IndexMap::new();
        for (at, one) in opened.iter().enumerate() {
            for column in &one.found.0 {
                match columns.get_mut(&column.name) {
                    Some(_) if self.folder.types.contains_key(&column.name) => {}
                    Some(known) => *known = self.common(known, column, &one.file.shown)?,
                    None if at > 0 && self.folder.columns == FolderColumns::First => {}
                    None => drop(columns.insert(column.name.clone(), column.clone())),
                }
            }
        }
        if self.folder.columns == FolderColumns::Common {
            columns.retain(|name, _| opened.iter().all(|one| one.opened.schema.contains(name)));
        }
        for (name, kind) in &self.folder.types {
            let Some(column) = columns.get_mut(name) else {
                let known: Vec<&str> = columns.keys().map(String::as_str).collect();
                return Err(Problem::unknown("column", name, known).at("types"));
            };
            *column = Column::new(name, kind.clone());
        }
        Ok(columns.into_values().collect())
    }

    fn common(&self, a: &Column, b: &Column, file: &str) -> Result<Column, Problem> {
        if a == b {
            return Ok(a.clone());
        }
        match a.kind.common(&b.kind) {
            Some(kind) => Ok(Column::new(&a.name, kind)),
            None if self.finds_types() => Ok(Column::new(&a.name, Type::Text)),
            None => {
                let Column { name, kind, .. } = a;
                Err(Problem::new(format!(
                    "The column {name:?} is {} in {file} and {kind} in the files before it.",
                    b.kind
                ))
                .at("types")
                .try_this(format!("Say its type here, or leave out {file} with a pattern.")))
            }
        }
    }

    /// Reads a file again whose values were found to be of other types than those of all.
    fn agree(&self, one: &mut One, columns: &[Column]) -> Result<(), Problem> {
        let differs =
            |column: &&Column| one.opened.schema.column(&column.name).is_some_and(|own| own.kind != column.kind);
        let types: IndexMap<String, Type> =
            columns.iter().filter(differs).map(|column| (column.name.clone(), column.kind.clone())).collect();
        if !types.is_empty() && self.finds_types() {
            one.opened = self.open(&one.file.shown, types)?;
        }
        Ok(())
    }

    fn unite(&self, opened: Vec<One>, columns: Vec<Column>) -> Result<Opened, Problem> {
        let file_column = Some(self.folder.file_column.0.as_str()).filter(|name| !name.is_empty());
        let drift = drift(&opened);
        let schema = with_file(Schema(columns.clone()), file_column)?;
        let read_as = opened.first().map(|one| one.opened.read_as.clone()).unwrap_or_default();
        let mut united = Opened {
            schema,
            rejects: rejects_schema(),
            frame: LazyFrame::default(),
            filled: Filled::default(),
            rejected: LazyFrame::default(),
            drift,
            rows: Some(0),
            rejects_count: 0,
            whole: true,
            total: Total::Exactly(0),
            read_as: format!("{} files, {read_as}", opened.len()),
            noticed: Vec::new(),
            reports: Vec::new(),
            files: Vec::new(),
            pattern: None,
            scans: false,
            stamps: Vec::new(),
            apart: Vec::new(),
        };
        let (mut frames, mut rejected) = (Vec::new(), Vec::new());
        for One { file, opened, .. } in opened {
            let value = |column: &Column| match opened.schema.column(&column.name) {
                Some(own) if own == column => col(column.name.as_str()),
                Some(_) => col(column.name.as_str()).strict_cast(convert::stored(column)),
                None => {
                    let null = convert::literal(&Value::Null, &column.kind);
                    null.cast(convert::stored(column)).alias(column.name.as_str())
                }
            };
            let mut exprs: Vec<_> = columns.iter().map(value).collect();
            exprs.extend(file_column.map(|name| convert::literal(&Value::text(&file.shown), &Type::Text).alias(name)));
            // Nothing but constants would be one row, whatever the file has.
            frames.push(opened.frame.with_columns(exprs).select(united.schema.names().map(col).collect::<Vec<_>>()));
            rejected.push(opened.rejected);
            united.rows = united.rows.zip(opened.rows).map(|(a, b)| a + b);
            united.rejects_count += opened.rejects_count;
            united.whole &= opened.whole;
            united.total = united.total.and(opened.total);
            united.reports.extend(opened.reports);
            united.files.extend(opened.files);
            united.scans |= opened.scans;
            united.stamps.extend(opened.stamps);
        }
        let together = UnionArgs { rechunk: false, to_supertypes: false, ..UnionArgs::default() };
        united.frame = one_or(frames, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
        united.rejected = one_or(rejected, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
        Ok(united)
    }
}

/// What is not as in the first file.
fn drift(opened: &[One]) -> Table {
    let mut table = Table::empty(ReadFolder::drift_schema());
    let Some((first, others)) = opened.split_first() else { return table };
    let kind = |column: Option<&Column>| column.map_or(Value::Null, |column| Value::text(column.kind.to_string()));
    for one in others {
        let mut told = BTreeSet::new();
        for column in first.found.0.iter().chain(&one.found.0) {
            let (expected, found) = (first.found.column(&column.name), one.found.column(&column.name));
            let what = match (expected, found) {
                (Some(_), None) => "missing",
                (None, Some(_)) => "additional",
                (Some(a), Some(b)) if a.kind == Type::Null || b.kind == Type::Null => continue,
                (Some(a), Some(b)) if a.kind != b.kind => "other type",
                _ => continue,
            };
            if told.insert(&column.name) {
                let texts = [Value::text(&one.file.shown), Value::text(&column.name), Value::text(what)];
                table.rows.push(texts.into_iter().chain([kind(expected), kind(found)]).collect());
            }
        }
    }
    table
}
