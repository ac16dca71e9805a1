//! Opening sources: from the parameters of a node that reads to frames with known columns, and to what became of each record.

mod arrow;
mod avro;
mod columnar;
mod excel;
mod fixed;
mod folder;
pub(crate) mod folders;
mod html;
mod json;
mod lines;
mod listed;
mod noticed;
mod parquet;
mod records;
mod spooled;
mod text;
mod xml;

use std::path::{Path, PathBuf};

use glob::Pattern;
use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use polars::prelude::{IntoLazy, LazyFrame, PlRefPath, PolarsError, PolarsResult};

use crate::convert;
use crate::files::{self, FilePattern, Located, Spool};
use crate::job::{Event, SourceReport};
use crate::lower::{self, Filled};
use crate::show::Noticed;
use crate::text::{REJECT_COLUMNS, fingerprint};

pub use columnar::culprit;
pub use noticed::{decimals, thousands};
pub use text::csv;
pub use text::wishes;

/// How much of a source is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The first rows: for checks and samples. Nothing large is read or unpacked; files of no more than `small` bytes together
    /// are read whole.
    Head {
        rows: usize,
        small: u64,
    },
    Whole,
}

/// What opening a source needs to know.
pub struct Opening<'a> {
    /// The folder that paths are relative to.
    pub base: &'a Path,
    pub spool: &'a Spool,
    pub extent: Extent,
    /// True as soon as opening should be given up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    pub tell: &'a dyn Fn(Event),
}

/// A source that is ready to be scanned.
pub struct Opened {
    pub schema: Schema,
    pub rejects: Schema,
    pub frame: LazyFrame,
    /// The columns of `frame` that are known to have no nulls.
    pub filled: Filled,
    pub rejected: LazyFrame,
    /// Where its files have other columns than the first.
    pub drift: Table,
    /// How many rows `frame` has, where that is known without reading it.
    pub rows: Option<u64>,
    pub rejects_count: u64,
    /// Whether `frame` has all rows, not only the first.
    pub whole: bool,
    /// How many records there are in all, those that are rejected too.
    pub total: Total,
    /// How it is read: `semicolons, windows-1252, header`.
    pub read_as: String,
    /// What was found out in the head of a file, that the node could say otherwise.
    pub noticed: Vec<Noticed>,
    pub reports: Vec<SourceReport>,
    /// The files that it reads: none of them may be written by the same run.
    pub files: Vec<Located>,
    pub pattern: Option<FilePattern>,
    /// Whether `frame` reads the files themselves, and not rows that were taken from them already.
    pub scans: bool,
    /// What those files were like when they were looked at, if so.
    pub stamps: Vec<Stamp>,
    /// The rows of each of those files by themselves, under its name: to find out which can't be read.
    pub apart: Vec<(String, LazyFrame)>,
}

/// What a file was like when it was looked at.
pub struct Stamp {
    shown: String,
    path: PathBuf,
    fingerprint: String,
}

impl Stamp {
    fn of(file: &Located) -> Result<Self, Problem> {
        let fingerprint = fingerprint(&file.local)?;
        Ok(Self { shown: file.shown.clone(), path: file.local.clone(), fingerprint })
    }

    /// What was counted and what is read must be of the same file.
    pub fn check(&self) -> Result<(), Problem> {
        if fingerprint(&self.path).is_ok_and(|now| now == self.fingerprint) {
            return Ok(());
        }
        let became = if self.path.exists() { "was changed" } else { "was removed" };
        let problem = Problem::new(format!("{:?} {became} while it was read.", self.shown));
        Err(problem.at("path").try_this("Run again once nothing writes to it, or read a copy."))
    }
}

/// How many records a source has, as far as that can be told without reading all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    #[default]
    Unknown,
    About(u64),
    Exactly(u64),
}

impl Total {
    /// Of two sources together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::About(a) | Self::Exactly(a), Self::About(b) | Self::Exactly(b)) => Self::About(a + b),
        }
    }

    /// If the records of a head are like those of the whole.
    fn by_size(head: u64, head_bytes: u64, bytes: u64) -> Self {
        if head == 0 || head_bytes == 0 {
            return Self::Unknown;
        }
        Self::About((head as f64 * bytes as f64 / head_bytes as f64).round().max(head as f64) as u64)
    }
}

impl Opened {
    pub fn drift(&self) -> PolarsResult<LazyFrame> {
        Ok(convert::frame(&self.drift)?.lazy())
    }

    /// How many records were read of a head.
    pub fn read(&self) -> u64 {
        self.rows.unwrap_or_default() + self.rejects_count
    }

    /// The first rows and rejects, in memory.
    fn of_head(table: Table, rejects: Table, whole: bool, total: Total, read_as: String) -> Result<Self, Problem> {
        let read = (table.rows.len() + rejects.rows.len()) as u64;
        Ok(Self {
            total: if whole { Total::Exactly(read) } else { total },
            read_as,
            frame: convert::frame(&table).map_err(|error| failed(&error))?.lazy(),
            filled: Filled::default(),
            rejected: convert::frame(&rejects).map_err(|error| failed(&error))?.lazy(),
            rows: Some(table.rows.len() as u64),
            schema: table.schema,
            rejects_count: rejects.rows.len() as u64,
            rejects: rejects.schema,
            drift: Table::default(),
            whole,
            noticed: Vec::new(),
            reports: Vec::new(),
            files: Vec::new(),
            pattern: None,
            scans: false,
            stamps: Vec::new(),
            apart: Vec::new(),
        })
    }
}

/// How much of a file is read, or unpacked, to look at its head.
pub(crate) const HEAD_BYTES: u64 = 4 << 20;

impl Opening<'_> {
    pub fn open(&self, node: &str, source: &Source) -> Result<Opened, Problem> {
        // Nothing is read of files that are listed, and those of a folder are opened one by one.
        match source {
            Source::Files(list) => return listed::open_listed(self, node, list),
            Source::Folder(folder) => return folder::open_folder(self, node, folder),
            _ => {}
        }
        let path = self.files_of(source);
        let located = match self.extent {
            Extent::Head { .. } if has_a_readable_head(source) => {
                files::head(&path, self.base, self.spool, HEAD_BYTES, self.stop)
            }
            _ => files::locate(&path, self.base, self.spool, self.stop),
        };
        let located = located.map_err(|problem| problem.at("path"))?;
        let opening = &Self { extent: self.extent_of(&located), ..*self };
        let of_the_user = located.iter().filter(|file| !file.spooled);
        let stamps: Vec<Stamp> = of_the_user.map(Stamp::of).collect::<Result<_, _>>()?;
        let mut opened = match source {
            Source::Csv(csv) => text::open_csv(opening, node, csv, &located),
            Source::Lines(lines) => lines::open_lines(opening, node, lines, &located),
            Source::Avro(avro) => avro::open_avro(opening, node, avro, &located),
            Source::Arrow(arrow) => arrow::open_arrow(opening, node, arrow, &located),
            Source::Parquet(parquet) => parquet::open_parquet(opening, node, parquet, &located),
            Source::FixedWidth(fixed) => fixed::open_fixed(opening, node, fixed, &located),
            Source::Json(json) => json::open_json(opening, node, json, &located),
            Source::Excel(excel) => excel::open_excel(opening, node, excel, &located),
            Source::Xml(xml) => xml::open_xml(opening, node, xml, &located),
            Source::Html(html) => html::open_html(opening, node, html, &located),
            Source::Files(list) => listed::open_listed(opening, node, list),
            Source::Folder(folder) => folder::open_folder(opening, node, folder),
        }?;
        // Of a log that grows, say, the first rows are shown all the same.
        if opened.scans {
            opened.stamps = stamps;
        } else if self.extent == Extent::Whole {
            stamps.iter().try_for_each(Stamp::check)?;
        }
        opened.pattern = files::pattern(&path, self.base);
        opened.files = located;
        Ok(opened)
    }

    /// Which files a source reads, as they are now: as long as this is the same, so is what is read.
    pub fn stamp(&self, source: &Source) -> Result<Vec<String>, Problem> {
        let origins = match source {
            Source::Files(list) => files::find(&list.glob(), self.base, self.spool)
                .map(|found| found.into_iter().map(|(_, path)| path).collect()),
            Source::Folder(folder) => folder::files_of(self, folder),
            _ => files::origins(&self.files_of(source), self.base, self.spool),
        };
        let stamps =
            origins.and_then(|origins: Vec<PathBuf>| origins.iter().map(|origin| fingerprint(origin)).collect());
        stamps.map_err(|problem| problem.at("path"))
    }

    fn extent_of(&self, located: &[Located]) -> Extent {
        let bytes: u64 = located.iter().map(|file| file.bytes).sum();
        match self.extent {
            Extent::Head { small, .. } if bytes <= small && located.iter().all(|file| file.whole) => Extent::Whole,
            extent => extent,
        }
    }

    /// The path of a source; a folder of Parquet files stands for all of them.
    fn files_of(&self, source: &Source) -> String {
        let path = source.path();
        if matches!(source, Source::Parquet(_)) && !path.is_empty() && self.base.join(path).is_dir() {
            return format!("{}/**/*.parquet", Pattern::escape(path.trim_end_matches('/')));
        }
        path.to_owned()
    }

    fn checking(&self, node: &str, file: &Located) {
        (self.tell)(Event::Checking { node: node.to_owned(), file: file.shown.clone() });
    }
}

/// Whether the first bytes of a file are of any use. Parquet, Arrow and workbooks have their table of contents at the end, and which
/// table of a page is meant is known at its end.
fn has_a_readable_head(source: &Source) -> bool {
    !matches!(source, Source::Parquet(_) | Source::Arrow(_) | Source::Excel(_) | Source::Html(_))
}

/// A path for Polars, which takes it as it is: no patterns.
fn polars_path(path: &Path) -> PlRefPath {
    PlRefPath::new(path.to_string_lossy())
}

fn cancelled() -> Problem {
    Problem::new("Reading was cancelled.")
}

fn failed(error: &PolarsError) -> Problem {
    lower::problem("", error)
}

fn one_or(
    mut frames: Vec<LazyFrame>,
    many: impl FnOnce(Vec<LazyFrame>) -> PolarsResult<LazyFrame>,
) -> PolarsResult<LazyFrame> {
    match frames.len() {
        1 => Ok(frames.remove(0)),
        _ => many(frames),
    }
}

fn no_rejects() -> Result<LazyFrame, Problem> {
    convert::frame(&Table::empty(rejects_schema())).map(IntoLazy::lazy).map_err(|error| failed(&error))
}

fn rejects_schema() -> Schema {
    Schema::of(REJECT_COLUMNS)
}

fn with_file(mut schema: Schema, file_column: Option<&str>) -> Result<Schema, Problem> {
    let Some(name) = file_column else { return Ok(schema) };
    if schema.contains(name) || name.is_empty() {
        return Err(Problem::new(format!("The column {name:?} for the file exists already.")).at("file_column"));
    }
    schema.0.push(Column::new(name, Type::Text));
    Ok(schema)
}

/// Files read as one have the same columns, in any order.
fn same_names(located: &[Located], names: &[Vec<&str>]) -> Result<(), Problem> {
    let Some((first, others)) = names.split_first() else { return Ok(()) };
    for (file, names) in located[1..].iter().zip(others) {
        let lacks = first.iter().find(|name| !names.contains(name)).map(|name| (name, "lacks"));
        let extra = names.iter().find(|name| !first.contains(name)).map(|name| (name, "has also"));
        if let Some((name, verb)) = lacks.or(extra) {
            let message = format!("{} {verb} the column {name:?}, other than {}.", file.shown, located[0].shown);
            return Err(Problem::new(message)
                .at("path")
                .try_this("Read files of different columns with a node each, and put them together with Union."));
        }
    }
    Ok(())
}
