//! Where rows go: files in the formats of the nodes that write.

mod arrow;
mod avro;
mod chart;
mod csv;
mod excel;
mod json;
mod lines;
mod parquet;
mod partition;
mod words;

use std::path::{Path, PathBuf};

use pipewright_engine::nodes::{Chart, WriteArrow, WriteAvro, WriteCsv, WriteExcel, WriteJson, WriteParquet};
use pipewright_engine::plan::Sink;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use polars::prelude::{LazyFrame, PlRefPath, PolarsResult, SinkDestination, SinkTarget, UnifiedSinkArgs, col};
use polars_io::ExternalCompression;
use polars_io::utils::sync_on_close::SyncOnCloseType;

use crate::files::Spool;
use crate::host::Cancel;
use crate::verdict;

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
    Arrow {
        path: PathBuf,
        node: WriteArrow,
    },
    /// Written block by block: rows wait at `rows`.
    Avro {
        path: PathBuf,
        node: WriteAvro,
        rows: PathBuf,
    },
    /// Rows as lines of text, at `lines`; what stands around them is added afterwards, at `path`.
    Lines {
        path: PathBuf,
        form: Box<lines::Form>,
        lines: PathBuf,
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
    /// The same, of rejected rows no more than a message tells of them: what nobody needs is not even read.
    Tell {
        first: usize,
    },
    /// There should be none: the first row ends the execution.
    Catch,
}

impl To {
    /// Writes as the node of a sink says, to the place staged for it.
    pub fn write(sink: &Sink, path: PathBuf, schema: &Schema, spool: &Spool) -> Self {
        let lines = |form, path| Self::Lines { path, form: Box::new(form), lines: spool.fresh("lines.txt") };
        match sink {
            Sink::Csv(node) => Self::Csv { path, node: node.clone() },
            Sink::Parquet(node) => Self::Parquet { path, node: node.clone() },
            Sink::Json(node) => {
                let lines = if json::is_list(node) { spool.fresh("lines.ndjson") } else { path.clone() };
                Self::Json { path, node: node.clone(), lines }
            }
            Sink::Excel(node) => Self::Excel { path, node: node.clone(), rows: spool.fresh("rows.parquet") },
            Sink::Arrow(node) => Self::Arrow { path, node: node.clone() },
            Sink::Avro(node) => Self::Avro { path, node: node.clone(), rows: spool.fresh("rows.parquet") },
            Sink::Xml(node) => lines(lines::Form::xml(node, schema), path),
            Sink::Markup(node) => lines(lines::Form::markup(node, schema), path),
            Sink::Chart(node) => Self::Chart { path, node: Box::new(node.clone()), rows: spool.fresh("rows.parquet") },
        }
    }

    /// Whether a sink writes a folder of files.
    pub fn is_folder(sink: &Sink) -> bool {
        match sink {
            Sink::Csv(node) => !node.partition_by.is_empty(),
            Sink::Parquet(node) => !node.partition_by.is_empty(),
            Sink::Arrow(node) => !node.partition_by.is_empty(),
            _ => false,
        }
    }

    /// Columns as the format can hold them.
    pub fn prepare(&self, frame: LazyFrame, schema: &Schema) -> LazyFrame {
        match self {
            Self::Csv { node, .. } => csv::prepare(frame, node, schema),
            Self::Parquet { node, .. } => parquet::partition(node).prepare(frame, schema),
            Self::Arrow { node, .. } => arrow::partition(node).prepare(frame, schema),
            Self::Avro { .. } => avro::prepare(frame, schema),
            Self::Lines { form, .. } => form.prepare(frame, schema),
            Self::Json { .. } => json::prepare(frame, schema),
            Self::Excel { .. } => excel::prepare(frame, schema),
            Self::Tell { .. } => told(frame, schema),
            Self::Chart { .. } | Self::Spool { .. } | Self::Gather { .. } | Self::Catch => frame,
        }
    }

    pub fn sink(&self, frame: LazyFrame) -> PolarsResult<LazyFrame> {
        match self {
            Self::Csv { path, node } => csv::sink(frame, path, node),
            Self::Parquet { path, node } => parquet::sink(frame, path, node),
            Self::Arrow { path, node } => arrow::sink(frame, path, node),
            Self::Json { lines, .. } | Self::Lines { lines, .. } => lines::sink(frame, lines),
            Self::Excel { rows: path, .. }
            | Self::Avro { rows: path, .. }
            | Self::Chart { rows: path, .. }
            | Self::Spool { path } => parquet::spool(frame, path),
            Self::Gather { .. } | Self::Tell { .. } | Self::Catch => Ok(frame),
        }
    }

    /// What is left to do when the stage has been executed.
    pub fn finish(&self, schema: &Schema, cancel: &Cancel) -> Result<(), Problem> {
        match self {
            Self::Parquet { path, node } => parquet::fill_up(path, node, schema),
            Self::Json { path, lines, .. } if lines != path => lines::put_together(lines, path, json::LIST, cancel),
            Self::Lines { path, form, lines } => lines::put_together(lines, path, form.around(), cancel),
            Self::Avro { path, node, rows } => avro::write(rows, path, node, cancel),
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

fn told(frame: LazyFrame, schema: &Schema) -> LazyFrame {
    if !schema.contains(verdict::REASON) {
        return frame;
    }
    let columns = verdict::TOLD.into_iter().filter(|name| schema.contains(name));
    frame.select(columns.map(col).collect::<Vec<_>>())
}
