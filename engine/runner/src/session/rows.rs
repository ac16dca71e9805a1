//! Where the rows of a held table are: in memory, or in a file of our own if they are many.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use pipewright_engine::problem::Problem;
use polars::prelude::*;

use crate::lower;

/// Files that take no more than about so many bytes in memory are read whole.
const IN_MEMORY: u64 = 512 << 20;

/// How many rows are read at once where some of them are wanted, one here and one there.
const BLOCK: u64 = 1 << 17;

pub(super) enum Rows {
    Memory(DataFrame),
    File(Filed),
}

/// Rows in a Parquet file, which is removed with this.
pub(super) struct Filed {
    path: PathBuf,
    height: usize,
    bytes: u64,
}

impl Drop for Filed {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

impl Rows {
    /// The rows of a file that was written for this.
    pub(super) fn of_file(path: PathBuf, height: u64, columns: usize) -> Result<Self, Problem> {
        let bytes = fs::metadata(&path).map_or(0, |data| data.len());
        let filed = Filed { path, height: usize::try_from(height).unwrap_or(usize::MAX), bytes };
        // Numbers take eight bytes each, and packed text grows.
        let in_memory = height.saturating_mul(columns as u64 * 8).saturating_add(bytes.saturating_mul(3));
        let rows = Self::File(filed);
        if in_memory > IN_MEMORY { Ok(rows) } else { rows.whole().map(Self::Memory) }
    }

    pub(super) fn height(&self) -> usize {
        match self {
            Self::Memory(frame) => frame.height(),
            Self::File(filed) => filed.height,
        }
    }

    /// Bytes in memory, and on disk.
    pub(super) fn bytes(&self) -> (u64, u64) {
        match self {
            Self::Memory(frame) => (frame.estimated_size() as u64, 0),
            Self::File(filed) => (0, filed.bytes),
        }
    }

    pub(super) fn whole(&self) -> Result<DataFrame, Problem> {
        match self {
            Self::Memory(frame) => Ok(frame.clone()),
            Self::File(filed) => filed.read(|frame| frame),
        }
    }

    pub(super) fn column(&self, at: usize) -> Result<Column, Problem> {
        let column = match self {
            Self::Memory(frame) => frame.columns().get(at).cloned(),
            Self::File(filed) => {
                filed.read(|frame| frame.select([nth(at as i64).as_expr()]))?.columns().first().cloned()
            }
        };
        column.ok_or_else(|| Problem::new("There is no such column any more."))
    }

    /// Consecutive rows.
    pub(super) fn slice(&self, rows: Range<u64>, columns: Range<usize>) -> Result<DataFrame, Problem> {
        let length = usize::try_from(rows.end.saturating_sub(rows.start)).unwrap_or(usize::MAX);
        let start = i64::try_from(rows.start).unwrap_or(i64::MAX);
        match self {
            Self::Memory(frame) => Ok(some_columns(frame, columns)?.slice(start, length)),
            Self::File(filed) => {
                let length = IdxSize::try_from(length).unwrap_or(IdxSize::MAX);
                some_columns(&filed.read(|frame| frame.slice(start, length))?, columns)
            }
        }
    }

    /// Rows at these places.
    pub(super) fn take(&self, places: &[u64], columns: Range<usize>) -> Result<DataFrame, Problem> {
        if let Self::Memory(frame) = self {
            return take(&some_columns(frame, columns)?, places.iter().copied());
        }
        let mut blocks: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            blocks.entry(place / BLOCK).or_default().push(at);
        }
        let mut found: Option<DataFrame> = None;
        let mut order = Vec::new();
        for (block, members) in blocks {
            let begin = block * BLOCK;
            let rows = self.slice(begin..begin + BLOCK, columns.clone())?;
            let some = take(&rows, members.iter().map(|at| places[*at] - begin))?;
            match &mut found {
                None => found = Some(some),
                Some(found) => drop(found.vstack_mut(&some).map_err(|error| failed(&error))?),
            }
            order.extend(members);
        }
        let Some(found) = found else { return self.slice(0..0, columns) };
        let mut back: Vec<u64> = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, place)| back[*place] = at as u64);
        take(&found, back.into_iter())
    }
}

impl Filed {
    fn read(&self, what: impl FnOnce(LazyFrame) -> LazyFrame) -> Result<DataFrame, Problem> {
        let path = PlRefPath::new(self.path.to_string_lossy());
        let frame = LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..Default::default() });
        let mut rows = frame.and_then(|frame| what(frame).collect()).map_err(|error| failed(&error))?;
        rows.rechunk_mut();
        Ok(rows)
    }
}

fn some_columns(frame: &DataFrame, columns: Range<usize>) -> Result<DataFrame, Problem> {
    let columns = frame.columns().iter().take(columns.end).skip(columns.start).cloned().collect();
    DataFrame::new(frame.height(), columns).map_err(|error| failed(&error))
}

fn take(frame: &DataFrame, places: impl Iterator<Item = u64>) -> Result<DataFrame, Problem> {
    let places: Vec<IdxSize> = places.map(|place| IdxSize::try_from(place).unwrap_or(IdxSize::MAX)).collect();
    frame.take(&IdxCa::from_vec(PlSmallStr::EMPTY, places)).map_err(|error| failed(&error))
}

fn failed(error: &PolarsError) -> Problem {
    lower::problem("", error)
}
