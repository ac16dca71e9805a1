//! Parquet: what the footers of the files say, then one scan of each.

use std::fs;

use pipewright_engine::nodes::ReadParquet;
use pipewright_engine::problem::Problem;
use polars::prelude::{
    HiveOptions, LazyFrame, ParquetReader, PolarsResult, ScanArgsParquet, Schema, SchemaExt as _, SerReader,
};
use polars_parquet::parquet::metadata::FileMetadata;
use polars_parquet::parquet::statistics::Statistics;

use super::columnar::{Stored, broken, cut_off, empty, ends, open_stored, other_format};
use super::{Opened, Opening, polars_path};
use crate::files::Located;
use crate::host::fault::contain;
use crate::lower::Filled;

pub(super) fn open_parquet(
    opening: &Opening,
    node: &str,
    parquet: &ReadParquet,
    located: &[Located],
) -> Result<Opened, Problem> {
    let stored = located.iter().map(footer).collect::<Result<Vec<_>, _>>()?;
    open_stored(opening, node, &stored, parquet.folder_columns, parquet.file_column.as_ref())
}

fn footer(file: &Located) -> Result<Stored<'_>, Problem> {
    check_ends(file)?;
    // What was tampered with makes Polars panic in some places where it should fail.
    let looked = contain(|| scan(file)).map_err(|fault| broken(file, "Parquet", &fault.message))?;
    let (scan, dtypes, rows, filled) = looked.map_err(|error| broken(file, "Parquet", &error.to_string()))?;
    Ok(Stored { filled, ..Stored::new(file, "Parquet", scan, dtypes, rows)? })
}

/// The footer is read once here for both columns and rows: one of many row groups takes milliseconds.
fn scan(file: &Located) -> PolarsResult<(LazyFrame, Schema, u64, Filled)> {
    let mut footer = ParquetReader::new(fs::File::open(&file.local)?);
    let dtypes = Schema::from_arrow_schema(&*footer.schema()?);
    let rows = footer.num_rows()? as u64;
    let filled = filled(footer.get_metadata()?, &dtypes);
    // Nothing in the path is a pattern, and folders are looked at by us: Polars would do both in its own way.
    let hive_options = HiveOptions { enabled: Some(false), ..HiveOptions::default() };
    let args = ScanArgsParquet { glob: false, hive_options, ..ScanArgsParquet::default() };
    Ok((LazyFrame::scan_parquet(polars_path(&file.local), args)?, dtypes, rows, filled))
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
            Err(Problem::new(format!("{:?} is encrypted.", file.shown)).at("path"))
        }
        [Some(b"PAR1"), _] => Err(cut_off(file, "a Parquet")),
        _ if file.bytes == 0 => Err(empty(file)),
        _ => Err(other_format(file, "a Parquet")),
    }
}
