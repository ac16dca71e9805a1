//! Parquet: one file, or a folder with a folder in it for each value of a column.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use pipewright_engine::nodes::WriteParquet;
use pipewright_engine::nodes::partition::Layout;
use pipewright_engine::nodes::write_parquet::Compression;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema};
use polars::prelude::{
    CompatLevel, DataFrame, FileWriteFormat, LazyFrame, ParquetCompression, ParquetWriteOptions, ParquetWriter,
    PolarsResult,
};

use super::partition::Partition;
use super::{file, unwritable, whole};
use crate::convert;
use crate::lower;
use crate::source::folders;

pub(super) fn partition(node: &WriteParquet) -> Partition<'_> {
    Partition { by: &node.partition_by, layout: node.layout, ending: "parquet" }
}

pub(super) fn sink(frame: LazyFrame, path: &Path, node: &WriteParquet) -> PolarsResult<LazyFrame> {
    let compression = match node.compression {
        Compression::Zstd => ParquetCompression::Zstd(None),
        Compression::Snappy => ParquetCompression::Snappy,
        Compression::Gzip => ParquetCompression::Gzip(None),
        Compression::Uncompressed => ParquetCompression::Uncompressed,
    };
    let format = FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions { compression, ..Default::default() }));
    frame.sink(partition(node).destination(path), format, whole())
}

/// A folder of no rows gets one file of none, so that whoever reads it finds the columns.
pub(super) fn fill_up(path: &Path, node: &WriteParquet, schema: &Schema) -> Result<(), Problem> {
    let is_key = |column: &Column| node.partition_by.iter().any(|key| key.0 == column.name);
    let is_folder = !node.partition_by.is_empty() && node.layout == Layout::Folders;
    if !is_folder || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(());
    }
    let names = node.partition_by.iter().map(|key| folders::name(&key.0, None));
    let folder = names.fold(path.to_owned(), |folder, name| folder.join(name));
    fs::create_dir_all(&folder).map_err(|error| unwritable(&error))?;
    let file = File::create(folder.join("part-0.parquet")).map_err(|error| unwritable(&error))?;
    let columns = Schema(schema.0.iter().filter(|column| !is_key(column)).cloned().collect());
    let mut none = DataFrame::empty_with_schema(&convert::polars_schema(&columns));
    ParquetWriter::new(file).finish(&mut none).map(drop).map_err(|error| lower::problem("", &error))
}

/// For a later stage, which is this program.
pub(super) fn spool(frame: LazyFrame, path: &Path) -> PolarsResult<LazyFrame> {
    let options = ParquetWriteOptions { compat_level: Some(CompatLevel::newest()), ..Default::default() };
    frame.sink(file(path), FileWriteFormat::Parquet(Arc::new(options)), whole())
}
