//! Where rows go: files in the formats of the nodes that write.

mod chart;
mod csv;
mod excel;
mod json;
mod parquet;
mod words;

use std::path::{Path, PathBuf};

use pipewright_engine::nodes::{Chart, WriteCsv, WriteExcel, WriteJson, WriteParquet};
use pipewright_engine::plan::Sink;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use polars::prelude::{LazyFrame, PlRefPath, PolarsResult, SinkDestination, SinkTarget, UnifiedSinkArgs};
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
    Parquet {
        path: PathBuf,
        node: WriteParquet,
    },
    /// Objects one a line, at `lines`; what is to become a list is put together from them afterwards, at `path`.
    Json {
        path: PathBuf,
        node: WriteJson,
        lines: PathBuf,
    },
    /// A workbook is written row by row, slower than rows come: they wait at `rows`.
    Excel {
        path: PathBuf,
        node: WriteExcel,
        rows: PathBuf,
    },
    /// What is drawn is few rows, which wait at `rows`.
    Chart {
        path: PathBuf,
        node: Box<Chart>,
        rows: PathBuf,
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
    pub fn write(sink: &Sink, path: PathBuf, spool: &Spool) -> Self {
        match sink {
            Sink::Csv(node) => Self::Csv { path, node: node.clone() },
            Sink::Parquet(node) => Self::Parquet { path, node: node.clone() },
            Sink::Json(node) => {
                let lines = if json::is_list(node) { spool.fresh("lines.ndjson") } else { path.clone() };
                Self::Json { path, node: node.clone(), lines }
            }
            Sink::Excel(node) => Self::Excel { path, node: node.clone(), rows: spool.fresh("rows.parquet") },
            Sink::Chart(node) => Self::Chart { path, node: Box::new(node.clone()), rows: spool.fresh("rows.parquet") },
        }
    }

    /// Whether a sink writes a folder of files.
    pub fn is_folder(sink: &Sink) -> bool {
        matches!(sink, Sink::Parquet(node) if !node.partition_by.is_empty())
    }

    /// Columns as the format can hold them.
    pub fn prepare(&self, frame: LazyFrame, schema: &Schema) -> LazyFrame {
        match self {
            Self::Csv { node, .. } => csv::prepare(frame, node, schema),
            Self::Parquet { node, .. } => parquet::prepare(frame, node, schema),
            Self::Json { .. } => json::prepare(frame, schema),
            Self::Excel { .. } => excel::prepare(frame, schema),
            Self::Chart { .. } | Self::Spool { .. } | Self::Gather { .. } => frame,
        }
    }

    pub fn sink(&self, frame: LazyFrame) -> PolarsResult<LazyFrame> {
        match self {
            Self::Csv { path, node } => csv::sink(frame, path, node),
            Self::Parquet { path, node } => parquet::sink(frame, path, node),
            Self::Json { lines, .. } => json::sink(frame, lines),
            Self::Excel { rows: path, .. } | Self::Chart { rows: path, .. } | Self::Spool { path } => {
                parquet::spool(frame, path)
            }
            Self::Gather { .. } => Ok(frame),
        }
    }

    /// What is left to do when the stage has been executed.
    pub fn finish(&self, schema: &Schema, cancel: &Cancel) -> Result<(), Problem> {
        match self {
            Self::Parquet { path, node } => parquet::fill_up(path, node, schema),
            Self::Json { path, lines, .. } if lines != path => json::put_together(lines, path, cancel),
            Self::Excel { path, node, rows } => excel::write(rows, path, node, cancel),
            Self::Chart { path, node, rows } => chart::write(rows, path, node),
            _ => Ok(()),
        }
    }
}

fn file(path: &Path) -> SinkDestination {
    SinkDestination::File { target: SinkTarget::Path(PlRefPath::new(path.to_string_lossy())) }
}

fn whole() -> UnifiedSinkArgs {
    UnifiedSinkArgs { maintain_order: true, sync_on_close: SyncOnCloseType::All, ..UnifiedSinkArgs::default() }
}

/// How a text file is packed, by the end of its name.
fn packed(path: &Path) -> ExternalCompression {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => ExternalCompression::Gzip { level: None },
        Some("zst") => ExternalCompression::Zstd { level: None },
        _ => ExternalCompression::Uncompressed,
    }
}

fn cancelled() -> Problem {
    Problem::new("Writing was cancelled.")
}

fn unwritable(error: &std::io::Error) -> Problem {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Problem::new("The output can't be written: the disk is full.")
                .at("path")
                .try_this("Make room, or write to another disk. Nothing was changed.")
        }
        _ => Problem::new(format!("The output can't be written: {error}."))
            .at("path")
            .try_this("Check that you may write there. Nothing was changed."),
    }
}
