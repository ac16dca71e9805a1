//! Arrow files, which Feather of version 2 is too: what their footers say, then one scan of each.

use pipewright_engine::nodes::ReadArrow;
use pipewright_engine::problem::Problem;
use polars::prelude::{IdxSize, LazyFrame, PolarsResult, Schema, UnifiedScanArgs, len};
use polars_io::ipc::IpcScanOptions;

use super::columnar::{Stored, broken, cut_off, empty, ends, open_stored, other_format};
use super::{Opened, Opening, polars_path};
use crate::files::Located;
use crate::host::fault::contain;

pub(super) fn open_arrow(
    opening: &Opening,
    node: &str,
    arrow: &ReadArrow,
    located: &[Located],
) -> Result<Opened, Problem> {
    let stored = located.iter().map(footer).collect::<Result<Vec<_>, _>>()?;
    open_stored(opening, node, &stored, arrow.folder_columns, arrow.file_column.as_ref())
}

fn footer(file: &Located) -> Result<Stored<'_>, Problem> {
    check_ends(file)?;
    // A footer that was tampered with makes Polars panic in some places where it should fail.
    let looked = contain(|| scan(file)).map_err(|fault| broken(file, "Arrow", &fault.message))?;
    let (scan, dtypes, rows) = looked.map_err(|error| broken(file, "Arrow", &error.to_string()))?;
    Stored::new(file, "Arrow", scan, dtypes, rows)
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
