//! Parquet: what the footers of the files say, then one scan of each.

mod footer;
mod thrift;

use std::fs;
use std::path::Path;

use pipewright_engine::nodes::ReadParquet;
use pipewright_engine::problem::Problem;
use polars::prelude::{
    DataType, Expr, Field, Float32Chunked, HiveOptions, IntoColumn, LazyFrame, NewChunkedArray, ParquetReader,
    PolarsResult, ScanArgsParquet, Schema, SchemaExt as _, SerReader, StringChunked, col,
};
use polars_parquet::parquet::metadata::FileMetadata;
use polars_parquet::parquet::statistics::Statistics;
use uuid::Uuid;

use self::footer::Footer;
use super::columnar::{Stored, broken, cut_off, empty, ends, footer_bytes, open_stored, other_format, refuse};
use super::spooled::full;
use super::{Extent, Opened, Opening, polars_path};
use crate::files::Located;
use crate::host::fault::contain;
use crate::lower::{Filled, told};

pub(super) fn open_parquet(
    opening: &Opening,
    node: &str,
    parquet: &ReadParquet,
    located: &[Located],
) -> Result<Opened, Problem> {
    let stored = located.iter().map(|file| stored(opening, node, parquet, file)).collect::<Result<Vec<_>, _>>()?;
    for name in &parquet.leave_out {
        if stored.iter().all(|(_, names)| !names.contains(name)) {
            let known = stored.iter().flat_map(|(_, names)| names).map(String::as_str);
            return Err(Problem::unknown("column", name, known).at("leave_out"));
        }
    }
    let stored: Vec<Stored> = stored.into_iter().map(|(stored, _)| stored).collect();
    open_stored(opening, node, &stored, parquet.folder_columns, parquet.file_column.as_ref())
}

/// A file as it is read, and the names of all columns that it has.
fn stored<'a>(
    opening: &Opening,
    node: &str,
    parquet: &ReadParquet,
    file: &'a Located,
) -> Result<(Stored<'a>, Vec<String>), Problem> {
    check_ends(file)?;
    let unreadable = |error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path");
    let (bytes, start) = footer_bytes(file, 8).map_err(unreadable)?;
    let footer = match Footer::look(&bytes, start, &parquet.leave_out) {
        Some(looked) => Some(looked.map_err(|why| broken(file, "Parquet", &why))?),
        None => None,
    };
    let mut path = file.local.clone();
    let mut found = Found::default();
    if let Some(mut footer) = footer {
        refuse(file, &footer.refused, |names| format!("Name it in leave_out to read the others: [{names}]."))?;
        found = Found {
            names: std::mem::take(&mut footer.names),
            halves: std::mem::take(&mut footer.halves),
            int96: std::mem::take(&mut footer.int96),
            json: std::mem::take(&mut footer.json),
            uuids: std::mem::take(&mut footer.uuids),
            rows: Some(footer.rows()),
        };
        if footer.is_changed {
            path = opening.spool.fresh("mended.parquet");
            let first = match opening.extent {
                Extent::Head { rows, .. } => Some(rows as u64),
                Extent::Whole => None,
            };
            footer.copy(&file.local, &path, first).map_err(|error| full(&error.into()))?;
        }
    }
    // What was tampered with makes Polars panic in some places where it should fail.
    let looked = contain(|| scan(&path)).map_err(|_| broken(file, "Parquet", "its footer contradicts itself"))?;
    let (scan, dtypes, rows, filled) = looked.map_err(|error| broken(file, "Parquet", &error.to_string()))?;
    let mut stored = Stored { filled, ..Stored::new(file, "Parquet", scan, dtypes, found.rows.unwrap_or(rows))? };
    stored.read_with(found.halves.iter().map(|name| (name.as_str(), half_floats(name))))?;
    stored.read_with(found.int96.iter().map(|name| (name.as_str(), within_nanoseconds(node, name, file))))?;
    stored.read_with(found.json.iter().map(|name| (name.as_str(), col(name.as_str()).cast(DataType::String))))?;
    stored.read_with(found.uuids.iter().map(|name| (name.as_str(), uuids(name))))?;
    Ok((stored, found.names))
}

/// What a footer says of the columns of its file.
#[derive(Default)]
struct Found {
    names: Vec<String>,
    halves: Vec<String>,
    int96: Vec<String>,
    json: Vec<String>,
    uuids: Vec<String>,
    rows: Option<u64>,
}

/// Numbers of two bytes as those of four, which hold them all.
fn half_floats(name: &str) -> Expr {
    let widen = |column: polars::prelude::Column| {
        let halves = column.binary()?.iter().map(|bytes| bytes.and_then(|bytes| <[u8; 2]>::try_from(bytes).ok()));
        let floats = halves.map(|half| half.map(|half| half_float(u16::from_le_bytes(half))));
        Ok(Float32Chunked::from_iter_options(column.name().clone(), floats).into_column())
    };
    let field = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::Float32));
    col(name).cast(DataType::Binary).map(widen, field)
}

/// UUIDs as people write them.
fn uuids(name: &str) -> Expr {
    let write = |column: polars::prelude::Column| {
        let bytes = column.binary()?.iter().map(|bytes| bytes.and_then(|bytes| Uuid::from_slice(bytes).ok()));
        let texts = bytes.map(|uuid| uuid.map(|uuid| uuid.to_string()));
        Ok(StringChunked::from_iter_options(column.name().clone(), texts).into_column())
    };
    let field = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::String));
    col(name).cast(DataType::Binary).map(write, field)
}

/// IEEE 754: a sign, five bits of exponent and ten of fraction.
fn half_float(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let amount = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -amount } else { amount }
}

/// Polars reads times of 96 bits as nanoseconds, and what is beyond those as the last of them.
fn within_nanoseconds(node: &str, name: &str, file: &Located) -> Expr {
    let beyond = Problem::new(format!(
        "The column {name:?} in {:?} has times before 1677 or after 2262, which can't be read in the form that they have there \
         (INT96).",
        file.shown
    ))
    .node(node)
    .at("path")
    .try_this(format!("Write it again with times in microseconds, or name the column in leave_out: [{name:?}]."));
    let check = move |column: polars::prelude::Column| {
        let times = column.cast(&DataType::Int64)?;
        if times.i64()?.iter().flatten().any(|time| time == i64::MAX) {
            return Err(told(&beyond));
        }
        Ok(column)
    };
    col(name).map(check, |_: &Schema, field: &Field| Ok(field.clone()))
}

/// The footer is read once here for both columns and rows: one of many row groups takes milliseconds.
fn scan(path: &Path) -> PolarsResult<(LazyFrame, Schema, u64, Filled)> {
    let mut footer = ParquetReader::new(fs::File::open(path)?);
    let dtypes = Schema::from_arrow_schema(&*footer.schema()?);
    let rows = footer.num_rows()? as u64;
    let filled = filled(footer.get_metadata()?, &dtypes);
    // Nothing in the path is a pattern, and folders are looked at by us: Polars would do both in its own way.
    let hive_options = HiveOptions { enabled: Some(false), ..HiveOptions::default() };
    let args = ScanArgsParquet { glob: false, hive_options, ..ScanArgsParquet::default() };
    Ok((LazyFrame::scan_parquet(polars_path(path), args)?, dtypes, rows, filled))
}

/// Columns that may not have nulls, or of which every part says that it has none. What lies within others has no name here.
fn filled(footer: &FileMetadata, dtypes: &Schema) -> Filled {
    let mut filled: Filled = dtypes.iter_names().map(ToString::to_string).collect();
    for part in footer.row_groups.iter().flat_map(|group| group.parquet_columns()) {
        let path = &part.descriptor().path_in_schema;
        let is_required = part.descriptor().descriptor.max_def_level == 0;
        let has_none =
            || part.statistics(&footer.footer_buf).and_then(Result::ok).is_some_and(|said| nulls(&said) == Some(0));
        if path.len() > 1 || !is_required && !has_none() {
            filled.remove(path[0].as_str());
        }
    }
    filled
}

fn nulls(said: &Statistics) -> Option<i64> {
    match said {
        Statistics::Binary(said) => said.null_count,
        Statistics::Boolean(said) => said.null_count,
        Statistics::FixedLen(said) => said.null_count,
        Statistics::Int32(said) => said.null_count,
        Statistics::Int64(said) => said.null_count,
        Statistics::Int96(said) => said.null_count,
        Statistics::Float(said) => said.null_count,
        Statistics::Double(said) => said.null_count,
    }
}

/// A Parquet file begins and ends with the same four bytes: what is no such file, and what was cut off, is told apart by them.
fn check_ends(file: &Located) -> Result<(), Problem> {
    match ends::<4>(file)?.each_ref().map(Option::as_ref) {
        [Some(b"PAR1"), Some(b"PAR1")] => Ok(()),
        [Some(b"PARE"), _] | [_, Some(b"PARE")] => {
            Err(Problem::new(format!("{:?} is encrypted as a whole.", file.shown))
                .at("path")
                .try_this("Write it again without encryption: keys can't be given here."))
        }
        [Some(b"PAR1"), _] => Err(cut_off(file, "a Parquet")),
        _ if file.bytes == 0 => Err(empty(file)),
        _ => Err(other_format(file, "a Parquet")),
    }
}
