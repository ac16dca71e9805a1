//! Rows on their way into a file that can be scanned, a batch at a time: for formats that are read by ourselves.

use std::fs::File;
use std::path::PathBuf;

use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use polars::prelude::{LazyFrame, ParquetWriter, PolarsError, ScanArgsParquet};
use polars_io::parquet::write::BatchedWriter;

use super::{Opening, failed, polars_path};
use crate::convert;

const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 8 << 20;

pub(super) struct Spooled {
    path: PathBuf,
    writer: BatchedWriter<File>,
    batch: Table,
    bytes: usize,
    pub rows: u64,
}

impl Spooled {
    pub fn begin(opening: &Opening, schema: Schema) -> Result<Self, Problem> {
        let path = opening.spool.fresh("rows.parquet");
        let file = File::create(&path).map_err(|error| full(&error.into()))?;
        let writer =
            ParquetWriter::new(file).batched(&convert::polars_schema(&schema)).map_err(|error| full(&error))?;
        Ok(Self { path, writer, batch: Table::empty(schema), bytes: 0, rows: 0 })
    }

    /// Adds a row that was about so many bytes long.
    pub fn push(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), Problem> {
        self.batch.rows.push(row);
        self.bytes += bytes;
        self.rows += 1;
        if self.batch.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<LazyFrame, Problem> {
        self.flush()?;
        self.writer.finish().map_err(|error| full(&error))?;
        let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
        LazyFrame::scan_parquet(polars_path(&self.path), args).map_err(|error| failed(&error))
    }

    fn flush(&mut self) -> Result<(), Problem> {
        let frame = convert::frame(&self.batch).map_err(|error| failed(&error))?;
        self.batch.rows.clear();
        self.bytes = 0;
        self.writer.write_batch(&frame).map_err(|error| full(&error))
    }
}

/// Why a record is rejected: because of a value, or as a whole.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub column: Option<String>,
    pub value: Option<String>,
    pub reason: String,
}

impl Refusal {
    pub fn of_record(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    /// As a row of rejects. `line` is that of the record, or its number where records don't stand in lines.
    pub fn into_row(self, file: &str, line: u64, record: String) -> Vec<Value> {
        let optional = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        vec![
            Value::text(file),
            Value::Integer(i64::try_from(line).unwrap_or(i64::MAX)),
            Value::Text(record),
            optional(self.column),
            optional(self.value),
            Value::Text(self.reason),
        ]
    }
}

fn full(error: &PolarsError) -> Problem {
    let line = error.to_string();
    let line = line.lines().next().unwrap_or_default().trim_end_matches('.');
    Problem::new(format!("A temporary file can't be written: {line}."))
        .try_this("Make room, or set PIPEWRIGHT_TEMP to another folder.")
}
