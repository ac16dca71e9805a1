//! Sorts more rows than fit in memory: into runs that do, each sorted and kept on disk, which are then merged.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use pipewright_engine::plan::SortKey;
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use crate::files::Spool;
use crate::host::Cancel;
use crate::lower;
use crate::watch::CANCELLED;

/// Where a row stood before: what decides between rows that are equal.
const ROW: &str = "\u{2}row";
/// The run that a row comes from, while runs are merged.
const RUN: &str = "\u{2}run";

/// Runs are not cut smaller than this, however little memory there is.
const FEWEST: u64 = 16_384;

/// Rows of a group of the file that comes of it.
const GROUP: usize = 65_536;

pub(super) struct Sorting<'a> {
    keys: Vec<SortKey>,
    schema: &'a OurSchema,
    /// Bytes that a row takes in memory.
    width: u64,
    /// Bytes that may be used.
    memory: u64,
    spool: &'a Spool,
    cancel: &'a Cancel,
}

/// A sorted part of the rows, on disk.
struct Run {
    path: PathBuf,
    rows: u64,
    loaded: u64,
    /// How many of those that were loaded are not given yet.
    pending: u64,
    /// The last row that was loaded, where more are to come.
    last: Option<i64>,
}

impl<'a> Sorting<'a> {
    pub(super) fn new(
        keys: &[SortKey],
        schema: &'a OurSchema,
        memory: u64,
        spool: &'a Spool,
        cancel: &'a Cancel,
    ) -> Self {
        let tie = SortKey { column: ROW.into(), descending: false, nulls_first: false };
        let keys = keys.iter().cloned().chain([tie]).collect();
        Self { keys, schema, width: width(schema) + 16, memory, spool, cancel }
    }

    /// The rows of a Parquet file, sorted, in another.
    pub(super) fn sort(&self, input: &Path, rows: u64) -> PolarsResult<PathBuf> {
        let size = (self.memory / 12 / self.width).max(FEWEST);
        let count = rows.div_ceil(size).max(1);
        // What is loaded of all runs together is as much as a run.
        let batch = (size / count).max(FEWEST / 4);
        let runs = (0..count).map(|at| self.run(input, at * size, size.min(rows - at * size), batch));
        let mut runs = runs.collect::<PolarsResult<Vec<Run>>>()?;
        let output = self.spool.fresh("sorted.parquet");
        self.merge(&mut runs, batch, &output)?;
        runs.iter().for_each(|run| drop(fs::remove_file(&run.path)));
        Ok(output)
    }

    /// Sorts some of the rows in memory.
    fn run(&self, input: &Path, from: u64, rows: u64, batch: u64) -> PolarsResult<Run> {
        self.go_on()?;
        let offset = IdxSize::try_from(from).ok();
        let part = slice(input, from, rows)?.with_row_index(ROW, offset).with_columns([col(ROW).cast(DataType::Int64)]);
        let mut sorted = lower::sort(part, &self.keys, self.schema).collect()?;
        let path = self.spool.fresh("run.parquet");
        ParquetWriter::new(File::create(&path).map_err(full)?)
            .with_compression(ParquetCompression::Lz4Raw)
            .with_row_group_size(usize::try_from(batch).ok())
            .finish(&mut sorted)?;
        Ok(Run { path, rows, loaded: 0, pending: 0, last: None })
    }

    fn merge(&self, runs: &mut [Run], batch: u64, output: &Path) -> PolarsResult<()> {
        let mut waiting: Option<DataFrame> = None;
        let mut writer = None;
        loop {
            self.go_on()?;
            let mut parts: Vec<LazyFrame> = waiting.take().into_iter().map(IntoLazy::lazy).collect();
            for (at, run) in runs.iter_mut().enumerate() {
                if run.loaded < run.rows && run.pending <= batch / 2 {
                    parts.push(load(run, at, batch)?.lazy());
                }
            }
            let loaded = concat(parts, UnionArgs { rechunk: false, ..UnionArgs::default() })?;
            let sorted = lower::sort(loaded, &self.keys, self.schema).collect()?;
            // Behind the last row that was loaded of a run, others of it may come first.
            let ends: HashSet<i64> = runs.iter().filter_map(|run| run.last).collect();
            let certain = sorted.column(ROW)?.i64()?.iter().position(|row| row.is_some_and(|row| ends.contains(&row)));
            let ready = certain.map_or(sorted.height(), |at| at + 1);
            for run in sorted.column(RUN)?.head(Some(ready)).u32()?.iter().flatten() {
                runs[run as usize].pending -= 1;
            }
            let given = sorted.head(Some(ready)).drop_many([ROW, RUN]);
            if writer.is_none() {
                let file = File::create(output).map_err(full)?;
                let packed = ParquetWriter::new(file).with_compression(ParquetCompression::Zstd(None));
                writer = Some(packed.batched(given.schema())?);
            }
            if let Some(writer) = &mut writer {
                // In small groups, of which a reader holds a few at a time.
                for from in (0..given.height()).step_by(GROUP) {
                    writer.write_batch(&given.slice(i64::try_from(from).unwrap_or(i64::MAX), GROUP))?;
                }
            }
            if certain.is_none() && runs.iter().all(|run| run.loaded == run.rows) {
                return writer.map_or(Ok(()), |writer| writer.finish().map(drop));
            }
            waiting = Some(sorted.slice(i64::try_from(ready).unwrap_or(i64::MAX), usize::MAX));
        }
    }

    fn go_on(&self) -> PolarsResult<()> {
        if self.cancel.is_cancelled() {
            return Err(polars_err!(ComputeError: "{CANCELLED}"));
        }
        Ok(())
    }
}

/// The next rows of a run.
fn load(run: &mut Run, at: usize, batch: u64) -> PolarsResult<DataFrame> {
    let rows = batch.min(run.rows - run.loaded);
    let number = u32::try_from(at).unwrap_or(u32::MAX);
    let loaded =
        slice(&run.path, run.loaded, rows)?.with_columns([lit(number).cast(DataType::UInt32).alias(RUN)]).collect()?;
    run.loaded += rows;
    run.pending += rows;
    let more = run.loaded < run.rows;
    run.last = if more { loaded.column(ROW)?.i64()?.last() } else { None };
    Ok(loaded)
}

fn slice(path: &Path, from: u64, rows: u64) -> PolarsResult<LazyFrame> {
    let path = PlRefPath::new(path.to_string_lossy());
    let frame = LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..Default::default() })?;
    Ok(frame.slice(i64::try_from(from).unwrap_or(i64::MAX), IdxSize::try_from(rows).unwrap_or(IdxSize::MAX)))
}

fn full(error: io::Error) -> PolarsError {
    PolarsError::IO { error: std::sync::Arc::new(error), msg: None }
}

/// About how many bytes a row of these columns takes in memory.
pub(super) fn width(schema: &OurSchema) -> u64 {
    let of = |kind: &Type| match kind {
        Type::Null | Type::Boolean => 1,
        Type::Integer | Type::Float | Type::Date | Type::Time | Type::Timestamp | Type::TimestampZoned(_) => 8,
        Type::Duration => 8,
        Type::Decimal(..) => 16,
        Type::Text | Type::Binary => 40,
        Type::List(_) | Type::Struct(_) => 100,
    };
    schema.0.iter().map(|column| of(&column.kind)).sum()
}

/// Whether to sort so many rows of these columns is too much for this memory. A sort holds what comes in, its order, and what goes out.
pub(super) fn is_too_much(rows: u64, schema: &OurSchema, memory: u64) -> bool {
    rows.saturating_mul(width(schema) + 16).saturating_mul(3) > memory / 2
}
