//! Where rows go: files in the formats of the nodes that write.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pipewright_engine::nodes::WriteCsv;
use pipewright_engine::plan::Sink;
use pipewright_engine::problem::Problem;
use polars::prelude::*;
use polars_io::ExternalCompression;
use polars_io::utils::sync_on_close::SyncOnCloseType;

use crate::files::Spool;
use crate::host::Cancel;

/// What a stage does with the rows of an end.
#[derive(Clone)]
pub enum To {
    Csv {
        path: PathBuf,
        node: WriteCsv,
    },
    /// Kept for a later stage.
    Spool {
        path: PathBuf,
    },
    /// The first rows in memory.
    Gather {
        first: usize,
    },
}

impl To {
    /// Writes as the node of a sink says, to the place staged for it.
    pub fn write(sink: &Sink, path: PathBuf, _spool: &Spool) -> Self {
        match sink {
            Sink::Csv(node) => Self::Csv { path, node: node.clone() },
            _ => Self::Spool { path },
        }
    }

    /// Whether a sink writes a folder of files.
    pub fn is_folder(_sink: &Sink) -> bool {
        false
    }

    /// What is left to do when the stage has been executed.
    pub fn finish(&self, _cancel: &Cancel) -> Result<(), Problem> {
        Ok(())
    }

    /// Columns as the format can hold them.
    pub fn prepare(&self, frame: LazyFrame) -> PolarsResult<LazyFrame> {
        Ok(frame)
    }

    pub fn sink(&self, frame: LazyFrame) -> PolarsResult<LazyFrame> {
        match self {
            Self::Csv { path, node } => frame.sink(file(path), FileWriteFormat::Csv(csv(path, node)), whole()),
            Self::Spool { path } => {
                let options = ParquetWriteOptions { compat_level: Some(CompatLevel::newest()), ..Default::default() };
                frame.sink(file(path), FileWriteFormat::Parquet(Arc::new(options)), whole())
            }
            Self::Gather { .. } => Ok(frame),
        }
    }
}

fn file(path: &Path) -> SinkDestination {
    SinkDestination::File { target: SinkTarget::Path(PlRefPath::new(path.to_string_lossy())) }
}

fn whole() -> UnifiedSinkArgs {
    UnifiedSinkArgs { maintain_order: true, sync_on_close: SyncOnCloseType::All, ..Default::default() }
}

fn csv(path: &Path, node: &WriteCsv) -> CsvWriterOptions {
    let packed = path.extension().and_then(|ending| ending.to_str());
    let compression = match packed {
        Some("gz") => ExternalCompression::Gzip { level: None },
        Some("zst") => ExternalCompression::Zstd { level: None },
        _ => ExternalCompression::Uncompressed,
    };
    let serialize = SerializeOptions {
        datetime_format: Some("%Y-%m-%d %H:%M:%S%.f".into()),
        time_format: Some("%H:%M:%S%.f".into()),
        separator: node.delimiter.as_bytes().first().copied().unwrap_or(b','),
        null: node.null.as_str().into(),
        ..Default::default()
    };
    CsvWriterOptions {
        compression,
        check_extension: false,
        include_header: node.header,
        batch_size: NonZeroUsize::new(4096).unwrap_or(NonZeroUsize::MIN),
        serialize_options: Arc::new(serialize),
        ..Default::default()
    }
}
