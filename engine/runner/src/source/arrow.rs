//! Arrow files, which Feather of version 2 is too: what their footers say, then one scan of each.

mod schema;

use std::fs;
use std::io::BufReader;

use pipewright_engine::nodes::ReadArrow;
use pipewright_engine::problem::Problem;
use polars::prelude::{IdxSize, LazyFrame, PolarsResult, Schema, UnifiedScanArgs, len};
use polars_arrow::array::PrimitiveArray;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::io::ipc::read::{FileReader, read_file_metadata};
use polars_io::ipc::IpcScanOptions;

use super::columnar::{Stored, broken, cut_off, empty, ends, footer_bytes, open_stored, other_format, refuse};
use super::{Extent, Opened, Opening, polars_path};
use crate::files::Located;
use crate::host::fault::contain;

pub(super) fn open_arrow(
    opening: &Opening,
    node: &str,
    arrow: &ReadArrow,
    located: &[Located],
) -> Result<Opened, Problem> {
    let stored = located.iter().map(|file| footer(opening, file)).collect::<Result<Vec<_>, _>>()?;
    open_stored(opening, node, &stored, arrow.folder_columns, arrow.file_column.as_ref())
}

fn footer<'a>(opening: &Opening, file: &'a Located) -> Result<Stored<'a>, Problem> {
    check_ends(file)?;
    let failed = |error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path");
    let (bytes, _) = footer_bytes(file, 10).map_err(failed)?;
    let otherwise = |_: &str| "Write the file without it.".to_owned();
    let unreadable = || refuse(file, &schema::refused(&bytes).unwrap_or_default(), otherwise);
    // Types that it does not know make Polars panic, and so does a footer that was tampered with.
    let looked = match contain(|| scan(file)) {
        Ok(looked) => looked.map_err(|error| broken(file, "Arrow", &error.to_string()))?,
        Err(_) => {
            return Err(unreadable().err().unwrap_or_else(|| broken(file, "Arrow", "its footer contradicts itself")));
        }
    };
    unreadable()?;
    // What fails here fails later, too, where more is said of it.
    let beyond = contain(|| beyond(file, opening)).ok().and_then(Result::ok);
    refuse(file, &beyond.unwrap_or_default(), otherwise)?;
    let (scan, dtypes, rows) = looked;
    Stored::new(file, "Arrow", scan, dtypes, rows)
}

/// Columns with values that Polars makes other values of: a time of 24:00, or seconds for which it has no milliseconds. Only columns of such
/// types are looked at, of which there are few.
fn beyond(file: &Located, opening: &Opening) -> PolarsResult<Vec<(String, String)>> {
    let mut opened = BufReader::new(fs::File::open(&file.local)?);
    let metadata = read_file_metadata(&mut opened)?;
    let columns: Vec<(usize, String, i64, &str)> = metadata
        .schema
        .iter_values()
        .enumerate()
        .filter_map(|(at, field)| limit(&field.dtype).map(|(most, what)| (at, field.name.to_string(), most, what)))
        .collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let first = match opening.extent {
        Extent::Head { rows, .. } => Some(rows),
        Extent::Whole => None,
    };
    let projection = columns.iter().map(|(at, ..)| *at).collect();
    let mut found = vec![false; columns.len()];
    for batch in FileReader::new(opened, metadata, Some(projection), first) {
        for (at, array) in batch?.into_arrays().iter().enumerate() {
            let most = columns[at].2;
            let is_beyond = |value: i64| value > most || value < -most;
            let array = array.as_any();
            found[at] |= if let Some(array) = array.downcast_ref::<PrimitiveArray<i64>>() {
                array.iter().flatten().any(|value| is_beyond(*value))
            } else if let Some(array) = array.downcast_ref::<PrimitiveArray<i32>>() {
                array.iter().flatten().any(|value| is_beyond(i64::from(*value)))
            } else {
                false
            };
        }
    }
    let beyond = columns.into_iter().zip(found).filter(|(_, found)| *found);
    Ok(beyond.map(|((_, name, _, what), _)| (name, format!("has {what}"))).collect())
}

/// The greatest amount that is read right, and what is not.
fn limit(dtype: &ArrowDataType) -> Option<(i64, &'static str)> {
    const DAY: i64 = 86_400;
    const TIMES: &str = "times of 24:00 or later";
    const MOST_SECONDS: i64 = i64::MAX / 1_000_000;
    match dtype {
        ArrowDataType::Time32(TimeUnit::Second) => Some((DAY - 1, TIMES)),
        ArrowDataType::Time32(_) => Some((DAY * 1000 - 1, TIMES)),
        ArrowDataType::Time64(TimeUnit::Microsecond) => Some((DAY * 1_000_000 - 1, TIMES)),
        ArrowDataType::Time64(_) => Some((DAY * 1_000_000_000 - 1, TIMES)),
        ArrowDataType::Timestamp(TimeUnit::Second, _) => Some((MOST_SECONDS, "times beyond the year 294,000")),
        ArrowDataType::Duration(TimeUnit::Second) => Some((MOST_SECONDS, "durations beyond 292,000 years")),
        _ => None,
    }
}

fn scan(file: &Located) -> PolarsResult<(LazyFrame, Schema, u64)> {
    let args = UnifiedScanArgs { glob: false, ..UnifiedScanArgs::default() };
    let mut scan = LazyFrame::scan_ipc(polars_path(&file.local), IpcScanOptions::default(), args)?;
    let dtypes = scan.collect_schema()?;
    // Only the footer and the heads of the batches are read for that.
    let counted = scan.clone().select([len()]).collect()?;
    let rows = counted.columns()[0].get(0)?.extract::<IdxSize>().unwrap_or_default();
    Ok((scan, (*dtypes).clone(), u64::from(rows)))
}

/// An Arrow file begins and ends with `ARROW1`: what is no such file, and what was cut off, is told apart by that.
fn check_ends(file: &Located) -> Result<(), Problem> {
    let rewrite = |what: &str| {
        Problem::new(format!("{:?} is {what}.", file.shown))
            .at("path")
            .try_this("Write it as an Arrow file, which is Feather of version 2.")
    };
    match ends::<6>(file)?.each_ref().map(Option::as_ref) {
        [Some(b"ARROW1"), Some(b"ARROW1")] => Ok(()),
        [Some(b"ARROW1"), _] => Err(cut_off(file, "an Arrow")),
        [Some([b'F', b'E', b'A', b'1', ..]), _] => Err(rewrite("Feather of version 1, which nobody writes any more")),
        [Some([0xFF, 0xFF, 0xFF, 0xFF, ..]), _] => Err(rewrite("a stream of Arrow batches, not a file")),
        _ if file.bytes == 0 => Err(empty(file)),
        _ => Err(other_format(file, "an Arrow")),
    }
}
