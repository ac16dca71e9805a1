//! Files that say their columns and types themselves: one scan of each, put together by the names of columns.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};

use pipewright_engine::params::NewColumn;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Storage, Type};
use pipewright_engine::value::Value;
use polars::prelude::{Engine, Expr, LazyFrame, PlanCallback, UnionArgs, col, concat};

use super::{
    Extent, Opened, Opening, Total, failed, folders, no_rejects, one_or, rejects_schema, same_names, with_file,
};
use crate::convert;
use crate::files::Located;
use crate::host::fault::contain;
use crate::job::SourceReport;
use crate::lower::{self, Filled};

/// What is known of a file before its rows are read.
pub(super) struct Stored<'a> {
    pub file: &'a Located,
    pub columns: Vec<Column>,
    /// The types as they lie in the file.
    pub dtypes: polars::prelude::Schema,
    pub rows: u64,
    pub scan: LazyFrame,
    /// Columns of which the file says that they have no nulls.
    pub filled: Filled,
    /// Columns that are not read as they lie there.
    pub reading: HashMap<String, Expr>,
    /// `Parquet`, `Arrow`.
    pub format: &'static str,
}

/// Opens such files as one table, with columns for their folders and their names where that is wanted.
pub(super) fn open_stored(
    opening: &Opening,
    node: &str,
    stored: &[Stored],
    folder_columns: bool,
    file_column: Option<&NewColumn>,
) -> Result<Opened, Problem> {
    let located: Vec<Located> = stored.iter().map(|stored| stored.file.clone()).collect();
    same_names(&located, &stored.iter().map(Stored::names).collect::<Vec<_>>())?;
    let columns = common_columns(stored)?;
    let keys = if folder_columns { folders::columns(&located, &columns)? } else { folders::Columns::default() };
    let mut schema = Schema(columns.clone());
    schema.0.extend(keys.schema.iter().cloned());
    let schema = with_file(schema, file_column.map(|name| name.0.as_str()))?;

    let mut frames = Vec::new();
    for (at, stored) in stored.iter().enumerate() {
        let values = keys.values.get(at).into_iter().flatten().cloned();
        let mut constants: Vec<(&Column, Value)> = keys.schema.iter().zip(values).collect();
        let file_column = schema.0.get(columns.len() + keys.schema.len());
        constants.extend(file_column.map(|column| (column, Value::text(&stored.file.shown))));
        frames.push(stored.frame(&columns, &constants));
    }
    let together = UnionArgs { rechunk: false, to_supertypes: false, ..UnionArgs::default() };
    let mut frame = one_or(frames, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
    let filled = columns.iter().map(|column| &column.name);
    let filled = filled.filter(|name| stored.iter().all(|stored| stored.filled.contains(*name))).cloned().collect();
    let all: u64 = stored.iter().map(|stored| stored.rows).sum();
    let mut rows = all;
    if let Extent::Head { rows: first, .. } = opening.extent {
        frame = frame.limit(u32::try_from(first).unwrap_or(u32::MAX));
        rows = all.min(first as u64);
    }
    Ok(Opened {
        schema,
        rejects: rejects_schema(),
        frame,
        filled,
        rejected: no_rejects()?,
        rows: Some(rows),
        rejects_count: 0,
        drift: Table::default(),
        whole: rows == all,
        total: Total::Exactly(all),
        read_as: stored.first().map(Stored::read_as).unwrap_or_default(),
        noticed: Vec::new(),
        reports: stored.iter().map(|stored| stored.report(node)).collect(),
        files: Vec::new(),
        pattern: None,
        scans: true,
        stamps: Vec::new(),
        apart: stored.iter().map(|stored| (stored.file.shown.clone(), stored.frame(&stored.columns, &[]))).collect(),
    })
}

impl<'a> Stored<'a> {
    pub fn new(
        file: &'a Located,
        format: &'static str,
        scan: LazyFrame,
        dtypes: polars::prelude::Schema,
        rows: u64,
    ) -> Result<Self, Problem> {
        let columns = convert::schema(&dtypes).map_err(|problem| {
            Problem { message: format!("{}: {}", file.shown, problem.message), ..problem }.at("path")
        })?;
        Ok(Self {
            file,
            columns: columns.0,
            dtypes,
            rows,
            scan,
            filled: Filled::default(),
            reading: HashMap::new(),
            format,
        })
    }

    /// From now on these columns are what the expressions make of them.
    pub fn read_with<'b>(&mut self, reading: impl Iterator<Item = (&'b str, Expr)>) -> Result<(), Problem> {
        for (name, expr) in reading {
            let mut made = self.scan.clone().select([expr.clone()]);
            let dtype =
                made.collect_schema().map_err(|error| failed(&error))?.get_at_index(0).map(|(_, dtype)| dtype.clone());
            let Some(dtype) = dtype else { continue };
            let column = self.columns.iter_mut().find(|column| column.name == name);
            if let (Some(column), Some((kind, storage))) = (column, convert::kind(&dtype)) {
                *column = Column { name: name.to_owned(), kind, storage };
            }
            self.dtypes.insert(name.into(), dtype);
            self.reading.insert(name.to_owned(), expr);
        }
        Ok(())
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// Its rows in exactly the types of `columns`, in their order, then columns of one value each.
    fn frame(&self, columns: &[Column], constants: &[(&Column, Value)]) -> LazyFrame {
        let mut exprs = Vec::new();
        for column in columns {
            let wanted = convert::stored(column);
            let plain = self.reading.get(&column.name).cloned().unwrap_or_else(|| col(column.name.as_str()));
            let same = self.dtypes.get(&column.name) == Some(&wanted);
            exprs.push(if same { plain } else { plain.strict_cast(wanted) });
        }
        let constant =
            |(column, value): &(&Column, Value)| convert::literal(value, &column.kind).alias(column.name.as_str());
        let constants: Vec<_> = constants.iter().map(constant).collect();
        let frame = self.scan.clone().select(exprs);
        if constants.is_empty() { frame } else { frame.with_columns(constants) }
    }

    fn report(&self, node: &str) -> SourceReport {
        SourceReport {
            node: node.into(),
            file: self.file.shown.clone(),
            bytes: self.file.bytes,
            records: self.rows,
            rejected: 0,
            read_as: self.read_as(),
        }
    }

    fn read_as(&self) -> String {
        format!("{}, {} columns", self.format, self.columns.len())
    }
}

/// The first and the last bytes of a file, by which formats are told apart; none where it is shorter than that.
pub(super) fn ends<const LENGTH: usize>(file: &Located) -> Result<[Option<[u8; LENGTH]>; 2], Problem> {
    let unreadable = |error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path");
    let mut opened = fs::File::open(&file.local).map_err(unreadable)?;
    let mut bytes = |from: SeekFrom| {
        let mut bytes = [0; LENGTH];
        opened.seek(from).and_then(|_| opened.read_exact(&mut bytes)).map(|()| bytes).ok()
    };
    Ok([bytes(SeekFrom::Start(0)), bytes(SeekFrom::End(-(LENGTH as i64)))])
}

/// The bytes of the footer of a file that ends with their length and its own mark, `end` bytes together, and where they begin.
pub(super) fn footer_bytes(file: &Located, end: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut opened = fs::File::open(&file.local)?;
    let end = opened.seek(SeekFrom::End(-end.cast_signed()))?;
    let mut length = [0; 4];
    opened.read_exact(&mut length)?;
    let length = u64::from(u32::from_le_bytes(length));
    let start = end.checked_sub(length).ok_or(io::ErrorKind::UnexpectedEof)?;
    opened.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    opened.take(length).read_to_end(&mut bytes)?;
    Ok((bytes, start))
}

/// Says which columns can't be read, and why.
pub(super) fn refuse(
    file: &Located,
    refused: &[(String, String)],
    otherwise: impl FnOnce(&str) -> String,
) -> Result<(), Problem> {
    let [(name, kind), others @ ..] = refused else { return Ok(()) };
    let others: String = others.iter().map(|(name, kind)| format!(", {name:?} {kind}")).collect();
    let what = if others.is_empty() { "which can't be read here" } else { "none of which can be read here" };
    let names = refused.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    Err(Problem::new(format!("The column {name:?} in {:?} {kind}{others}, {what}.", file.shown))
        .at("path")
        .try_this(otherwise(&names)))
}

pub(super) fn empty(file: &Located) -> Problem {
    Problem::new(format!("The file {:?} is empty.", file.shown))
        .at("path")
        .try_this("Check that it was written completely.")
}

pub(super) fn cut_off(file: &Located, format: &str) -> Problem {
    Problem::new(format!("{:?} is cut off: its end is not that of {format} file.", file.shown))
        .at("path")
        .try_this("Copy or write it again: it was not written to its end.")
}

pub(super) fn other_format(file: &Located, format: &str) -> Problem {
    Problem::new(format!("{:?} is not {format} file.", file.shown))
        .at("path")
        .try_this("Read it with the node for its format, such as ReadCsv or ReadJson.")
}

pub(super) fn broken(file: &Located, format: &str, why: &str) -> Problem {
    Problem::new(format!(
        "{:?} is damaged, or {format} of a kind that can't be read here{}.",
        file.shown,
        lower::detail(why)
    ))
    .at("path")
    .try_this("Write it again with the program it comes from.")
}

/// Which column of which file is the reason why rows can't be read: each is read by itself until one fails.
pub fn culprit(opened: &Opened, stop: &dyn Fn() -> bool) -> Option<Problem> {
    for (shown, frame) in &opened.apart {
        let names: Vec<String> = frame.clone().collect_schema().ok()?.iter_names().map(ToString::to_string).collect();
        for name in names.iter().take_while(|_| !stop()) {
            let read = || {
                let nowhere = PlanCallback::new(|_| Ok(false));
                let column = frame.clone().select([col(name.as_str())]).sink_batches(nowhere, true, None)?;
                column.collect_with_engine(Engine::Streaming).map(|_| ())
            };
            let why = match contain(read) {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => match lower::told_by(&error) {
                    Some(problem) => return Some(problem),
                    None => lower::detail(&error.to_string()),
                },
                Err(_) => String::new(),
            };
            let message = format!(
                "The column {name:?} in {shown:?} can't be read: it is damaged, or written in a way that is not known here{why}."
            );
            return Some(
                Problem::new(message)
                    .at("path")
                    .try_this("Write it again with the program it comes from, or read a copy that is whole."),
            );
        }
    }
    None
}

/// The columns of the first file, which the others must have too. Where files store one differently, it is read in its full width.
fn common_columns(stored: &[Stored]) -> Result<Vec<Column>, Problem> {
    let Some((first, others)) = stored.split_first() else { return Ok(Vec::new()) };
    let mut columns = first.columns.clone();
    for other in others {
        for column in &mut columns {
            let Some(found) = other.columns.iter().find(|found| found.name == column.name) else { continue };
            *column = common(column, found).ok_or_else(|| {
                let Column { name, kind, .. } = &column;
                Problem::new(format!(
                    "The column {name:?} is {} in {} and {kind} in {}.",
                    found.kind, other.file.shown, first.file.shown
                ))
                .at("path")
                .try_this(
                    "Read files of different types with a node each, and put them together with Convert and Union.",
                )
            })?;
        }
    }
    Ok(columns)
}

/// One column for both without losing anything; nanoseconds have no wider form.
fn common(a: &Column, b: &Column) -> Option<Column> {
    if a == b || b.kind == Type::Null {
        return Some(a.clone());
    }
    if a.kind == Type::Null {
        return Some(b.clone());
    }
    let nanoseconds = [a, b].iter().any(|column| column.storage == Some(Storage::Nanoseconds));
    (a.kind == b.kind && !nanoseconds).then(|| Column::new(&a.name, a.kind.clone()))
}
