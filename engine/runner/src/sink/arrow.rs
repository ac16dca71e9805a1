//! Arrow IPC: one file, or several of them.

use std::path::Path;

use pipewright_engine::nodes::WriteArrow;
use pipewright_engine::nodes::write_arrow::ArrowCompression;
use polars::prelude::{CompatLevel, FileWriteFormat, IpcCompression, IpcWriterOptions, LazyFrame, PolarsResult};

use super::partition::Partition;
use super::whole;

pub(super) fn partition(node: &WriteArrow) -> Partition<'_> {
    Partition { by: &node.partition_by, layout: node.layout, ending: "arrow" }
}

pub(super) fn sink(frame: LazyFrame, path: &Path, node: &WriteArrow) -> PolarsResult<LazyFrame> {
    let compression = match node.compression {
        ArrowCompression::Zstd => Some(IpcCompression::default()),
        ArrowCompression::Lz4 => Some(IpcCompression::LZ4),
        ArrowCompression::Uncompressed => None,
    };
    // Text as other programs know it: views are understood by few.
    let options = IpcWriterOptions { compression, compat_level: CompatLevel::oldest(), ..IpcWriterOptions::default() };
    frame.sink(partition(node).destination(path), FileWriteFormat::Ipc(options), whole())
}
