//! Rows on their way into a file that can be scanned, a batch at a time: for formats that are read by ourselves.

use std::fs::File;
use std::path::PathBuf;

use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use polars::prelude::{IntoLazy, LazyFrame, ParquetWriter, PolarsError, ScanArgsParquet};
use polars_io::parquet::write::BatchedWriter;

use super::{Extent, Opened, Opening, Total, failed, polars_path, rejects_schema};
use crate::convert;
use crate::job::SourceReport;
use crate::lower::Filled;

const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 8 << 20;

/// The rows and rejects of a source that is read by ourselves: in memory for a head, in files where all is read.
pub(super) struct Gathered {
    schema: Schema,
    rows: Place,
    rejects: Place,
}

enum Place {
    Memory(Table),
    File(Box<Spooled>),
}

impl Gathered {
    pub fn begin(opening: &Opening, schema: Schema) -> Result<Self, Problem> {
        let place = |schema: Schema| match opening.extent {
            Extent::Head { .. } => Ok(Place::Memory(Table::empty(schema))),
            Extent::Whole => Spooled::begin(opening, schema).map(|file| Place::File(Box::new(file))),
        };
        Ok(Self { rows: place(schema.clone())?, rejects: place(rejects_schema())?, schema })
    }

    /// Adds a row that was about so many bytes long.
    pub fn row(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), Problem> {
        // A table without columns has no rows.
        if row.is_empty() {
            return Ok(());
        }
        self.rows.push(row, bytes)
    }

    pub fn reject(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), Problem> {
        self.rejects.push(row, bytes)
    }

    /// What was read is `whole`, or a head of `total` records.
    pub fn finish(
        self,
        whole: bool,
        total: Total,
        read_as: String,
        reports: Vec<SourceReport>,
    ) -> Result<Opened, Problem> {
        let (rows, rejects_count) = (self.rows.count(), self.rejects.count());
        let total = if self.schema.0.is_empty() { Total::Exactly(rejects_count) } else { total };
        Ok(Opened {
            schema: self.schema,
            rejects: rejects_schema(),
            frame: self.rows.finish()?,
            filled: Filled::default(),
            rejected: self.rejects.finish()?,
            rows: Some(rows),
            rejects_count,
            drift: Table::default(),
            whole,
            total,
            read_as,
            noticed: Vec::new(),
            reports,
            files: Vec::new(),
            pattern: None,
            scans: false,
            stamps: Vec::new(),
            apart: Vec::new(),
        })
    }
}

impl Place {
    fn push(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), Problem> {
        match self {
            Self::Memory(table) => table.rows.push(row),
            Self::File(spooled) => spooled.push(row, bytes)?,
        }
        Ok(())
    }

    fn count(&self) -> u64 {
        match self {
            Self::Memory(table) => table.rows.len() as u64,
            Self::File(spooled) => spooled.rows,
        }
    }

    fn finish(self) -> Result<LazyFrame, Problem> {
        match self {
            Self::Memory(table) => convert::frame(&table).map(IntoLazy::lazy).map_err(|error| failed(&error)),
            Self::File(spooled) => spooled.finish(),
        }
    }
}

struct Spooled {
    path: PathBuf,
    writer: BatchedWriter<File>,
    batch: Table,
    bytes: usize,
    rows: u64,
}

impl Spooled {
    fn begin(opening: &Opening, schema: Schema) -> Result<Self, Problem> {
        let path = opening.spool.fresh("rows.parquet");
        let file = File::create(&path).map_err(|error| full(&error.into()))?;
        let writer =
            ParquetWriter::new(file).batched(&convert::polars_schema(&schema)).map_err(|error| full(&error))?;
        Ok(Self { path, writer, batch: Table::empty(schema), bytes: 0, rows: 0 })
    }

    fn push(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), Problem> {
        self.batch.rows.push(row);
        self.bytes += bytes;
        self.rows += 1;
        if self.batch.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<LazyFrame, Problem> {
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
#[derive(Clone, Debug, Default)]
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

pub(super) fn full(error: &PolarsError) -> Problem {
    let line = error.to_string();
    let line = line.lines().next().unwrap_or_default().trim_end_matches('.');
    Problem::new(format!("A temporary file can't be written: {line}."))
        .try_this("Make room, or set PIPEWRIGHT_TEMP to another folder.")
}
