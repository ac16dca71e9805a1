//! Parquet: what the footers of the files say, then one scan of each.

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use pipewright_engine::nodes::ReadParquet;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Storage, Type};
use pipewright_engine::value::Value;
use polars::prelude::{HiveOptions, LazyFrame, ParquetReader, ScanArgsParquet, SerReader, UnionArgs, col, concat};

use super::{
    Extent, Opened, Opening, Total, failed, folders, no_rejects, one_or, polars_path, rejects_schema, same_names,
    with_file,
};
use crate::convert;
use crate::files::Located;
use crate::job::SourceReport;

pub(super) fn open_parquet(
    opening: &Opening,
    node: &str,
    parquet: &ReadParquet,
    located: &[Located],
) -> Result<Opened, Problem> {
    let footers = located.iter().map(Footer::read).collect::<Result<Vec<_>, _>>()?;
    same_names(located, &footers.iter().map(Footer::names).collect::<Vec<_>>())?;
    let columns = common_columns(&footers)?;
    let keys = if parquet.folder_columns { folders::columns(located, &columns)? } else { folders::Columns::default() };
    let mut schema = Schema(columns.clone());
    schema.0.extend(keys.schema.iter().cloned());
    let schema = with_file(schema, parquet.file_column.as_ref().map(|name| name.0.as_str()))?;

    let mut frames = Vec::new();
    for (at, footer) in footers.iter().enumerate() {
        let mut constants: Vec<(&Column, Value)> = keys.schema.iter().zip(keys.values[at].iter().cloned()).collect();
        let file_column = schema.0.get(columns.len() + keys.schema.len());
        constants.extend(file_column.map(|column| (column, Value::text(&footer.file.shown))));
        frames.push(footer.scan(&columns, &constants)?);
    }
    let together = UnionArgs { rechunk: false, to_supertypes: false, ..UnionArgs::default() };
    let mut frame = one_or(frames, |frames| concat(frames, together)).map_err(|error| failed(&error))?;
    let all: u64 = footers.iter().map(|footer| footer.rows).sum();
    let mut rows = all;
    if let Extent::Head { rows: first, .. } = opening.extent {
        frame = frame.limit(u32::try_from(first).unwrap_or(u32::MAX));
        rows = all.min(first as u64);
    }
    Ok(Opened {
        schema,
        rejects: rejects_schema(),
        frame,
        rejected: no_rejects()?,
        rows: Some(rows),
        rejects_count: 0,
        whole: rows == all,
        total: Total::Exactly(all),
        read_as: footers.first().map(Footer::read_as).unwrap_or_default(),
        reports: footers.iter().map(|footer| footer.report(node)).collect(),
        files: Vec::new(),
        pattern: None,
    })
}

/// What is known of a file before its rows are read.
struct Footer<'a> {
    file: &'a Located,
    columns: Vec<Column>,
    /// The types as they lie in the file.
    dtypes: polars::prelude::Schema,
    rows: u64,
}

impl<'a> Footer<'a> {
    fn read(file: &'a Located) -> Result<Self, Problem> {
        let opened = fs::File::open(&file.local).map_err(|error| unreadable(file, &error.to_string()))?;
        check_ends(file, &opened)?;
        let rows = ParquetReader::new(opened).num_rows().map_err(|error| broken(file, &error.to_string()))? as u64;
        let dtypes = scan(file)?.collect_schema().map_err(|error| broken(file, &error.to_string()))?;
        let columns = convert::schema(&dtypes).map_err(|problem| {
            Problem { message: format!("{}: {}", file.shown, problem.message), ..problem }.at("path")
        })?;
        Ok(Self { file, columns: columns.0, dtypes: (*dtypes).clone(), rows })
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// Its rows in exactly the types of `columns`, in their order, then columns of one value each.
    fn scan(&self, columns: &[Column], constants: &[(&Column, Value)]) -> Result<LazyFrame, Problem> {
        let mut exprs = Vec::new();
        for column in columns {
            let wanted = convert::stored(column);
            let plain = col(column.name.as_str());
            let same = self.dtypes.get(&column.name) == Some(&wanted);
            exprs.push(if same { plain } else { plain.strict_cast(wanted) });
        }
        let constant =
            |(column, value): &(&Column, Value)| convert::literal(value, &column.kind).alias(column.name.as_str());
        let constants: Vec<_> = constants.iter().map(constant).collect();
        let frame = scan(self.file)?.select(exprs);
        Ok(if constants.is_empty() { frame } else { frame.with_columns(constants) })
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
        format!("Parquet, {} columns", self.columns.len())
    }
}

/// Nothing in the path is a pattern, and folders are looked at by us: Polars would do both in its own way.
fn scan(file: &Located) -> Result<LazyFrame, Problem> {
    let hive_options = HiveOptions { enabled: Some(false), ..HiveOptions::default() };
    let args = ScanArgsParquet { glob: false, hive_options, ..ScanArgsParquet::default() };
    LazyFrame::scan_parquet(polars_path(&file.local), args).map_err(|error| broken(file, &error.to_string()))
}

/// A Parquet file begins and ends with the same four bytes: what is no such file, and what was cut off, is told apart by them.
fn check_ends(file: &Located, mut opened: &fs::File) -> Result<(), Problem> {
    let mut four = |from: SeekFrom| {
        let mut bytes = [0; 4];
        opened.seek(from).and_then(|_| opened.read_exact(&mut bytes)).map(|()| bytes).ok()
    };
    let (first, last) = (four(SeekFrom::Start(0)), four(SeekFrom::End(-4)));
    let shown = &file.shown;
    match (first.as_ref(), last.as_ref()) {
        (Some(b"PAR1"), Some(b"PAR1")) => Ok(()),
        (Some(b"PARE"), _) | (_, Some(b"PARE")) => Err(Problem::new(format!("{shown:?} is encrypted.")).at("path")),
        (Some(b"PAR1"), _) => {
            Err(Problem::new(format!("{shown:?} is cut off: its end is not that of a Parquet file."))
                .at("path")
                .try_this("Copy or write it again: it was not written to its end."))
        }
        _ if file.bytes == 0 => Err(Problem::new(format!("The file {shown:?} is empty."))
            .at("path")
            .try_this("Check that it was written completely.")),
        _ => Err(Problem::new(format!("{shown:?} is not a Parquet file."))
            .at("path")
            .try_this("Read it with the node for its format, such as ReadCsv or ReadJson.")),
    }
}

fn unreadable(file: &Located, why: &str) -> Problem {
    Problem::new(format!("{:?} cannot be read: {why}.", file.shown)).at("path")
}

fn broken(file: &Located, why: &str) -> Problem {
    let why = why.lines().next().unwrap_or_default().trim_end_matches('.');
    Problem::new(format!("{:?} is damaged, or Parquet of a kind that can't be read here: {why}.", file.shown))
        .at("path")
        .try_this("Write it again with the program it comes from.")
}

/// The columns of the first file, which the others must have too. Where files store one differently, it is read in its full width.
fn common_columns(footers: &[Footer]) -> Result<Vec<Column>, Problem> {
    let Some((first, others)) = footers.split_first() else { return Ok(Vec::new()) };
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
