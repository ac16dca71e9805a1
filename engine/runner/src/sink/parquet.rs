//! Parquet: one file, or a folder with a folder in it for each value of a column.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use pipewright_engine::nodes::WriteParquet;
use pipewright_engine::nodes::write_parquet::Compression;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema};
use polars::prelude::file_provider::{FileProviderArgs, FileProviderReturn, FileProviderType};
use polars::prelude::{
    CompatLevel, DataFrame, FileWriteFormat, IdxSize, LazyFrame, ParquetCompression, ParquetWriteOptions,
    ParquetWriter, PartitionStrategy, PlRefPath, PlanCallback, PolarsResult, SinkDestination, col,
};

use super::{file, unwritable, whole, words};
use crate::convert;
use crate::lower;
use crate::source::folders;

/// Keys become what their folders are called, so that rows of one folder are of one partition.
pub(super) fn prepare(frame: LazyFrame, node: &WriteParquet, schema: &Schema) -> LazyFrame {
    let keys = schema.0.iter().filter(|column| node.partition_by.iter().any(|key| key.0 == column.name));
    let keys: Vec<_> = keys.map(|column| words::text(column).alias(column.name.as_str())).collect();
    if keys.is_empty() { frame } else { frame.with_columns(keys) }
}

pub(super) fn sink(frame: LazyFrame, path: &Path, node: &WriteParquet) -> PolarsResult<LazyFrame> {
    let compression = match node.compression {
        Compression::Zstd => ParquetCompression::Zstd(None),
        Compression::Snappy => ParquetCompression::Snappy,
        Compression::Gzip => ParquetCompression::Gzip(None),
        Compression::Uncompressed => ParquetCompression::Uncompressed,
    };
    let format = FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions { compression, ..Default::default() }));
    if node.partition_by.is_empty() {
        return frame.sink(file(path), format, whole());
    }
    let to = SinkDestination::Partitioned {
        base_path: PlRefPath::new(path.to_string_lossy()),
        file_path_provider: Some(FileProviderType::Function(PlanCallback::new(place))),
        partition_strategy: PartitionStrategy::Keyed {
            keys: node.partition_by.iter().map(|key| col(key.0.as_str())).collect(),
            include_keys: false,
            keys_pre_grouped: false,
        },
        max_rows_per_file: IdxSize::MAX,
        approximate_bytes_per_file: u64::MAX,
    };
    frame.sink(to, format, whole())
}

/// A folder of no rows gets one file of none, so that whoever reads it finds the columns.
pub(super) fn fill_up(path: &Path, node: &WriteParquet, schema: &Schema) -> Result<(), Problem> {
    let is_key = |column: &Column| node.partition_by.iter().any(|key| key.0 == column.name);
    if node.partition_by.is_empty() || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
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

/// `year=2024/part-0.parquet`
fn place(args: FileProviderArgs) -> PolarsResult<FileProviderReturn> {
    let FileProviderArgs { index_in_partition, partition_keys } = args;
    let mut path = String::new();
    for key in partition_keys.columns() {
        let value = key.str()?.get(0);
        path.push_str(&folders::name(key.name(), value));
        path.push('/');
    }
    Ok(FileProviderReturn::Path(format!("{path}part-{index_in_partition}.parquet")))
}
