//! Tables of any number of rows, all of them different: numbers, text, a key that repeats ten times and one of a thousand values.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use tempfile::TempDir;

use crate::data::folder;

/// Rows of a group, as most programs write them.
const BATCH: u64 = 250_000;

/// A Parquet file with so many rows, kept for the next time.
pub fn table(rows: u64) -> Result<PathBuf, String> {
    let folder = folder()?;
    let path = folder.join(format!("rows-{rows}.parquet"));
    if !path.exists() {
        let part = path.with_extension("part");
        write(rows, File::create(&part).map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
        fs::rename(part, &path).map_err(|error| error.to_string())?;
    }
    Ok(path)
}

/// A folder on the same disk, with a pipeline in it from such a file through these nodes, the last of them `it`, to another.
pub fn pipeline(source: &Path, nodes: &str) -> Result<TempDir, String> {
    let folder = tempfile::tempdir_in(folder()?).map_err(|error| error.to_string())?;
    let text = format!(
        "(version: 1, nodes: {{ \"in\": (step: ReadParquet(path: {source:?})), {nodes}, \
         \"out\": (step: WriteParquet(path: \"out.parquet\"), from: [\"it\"]) }})"
    );
    fs::write(folder.path().join("x.pipe.ron"), text).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn write(rows: u64, file: File) -> PolarsResult<()> {
    let mut writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Snappy)
        .batched(&batch(0, 0, rows)?.schema().as_ref().clone())?;
    let mut from = 0;
    while from < rows {
        let to = rows.min(from + BATCH);
        writer.write_batch(&batch(from, to, rows)?)?;
        from = to;
    }
    writer.finish().map(drop)
}

fn batch(from: u64, to: u64, of: u64) -> PolarsResult<DataFrame> {
    let each = || from..to;
    let keys = (of / 10).max(1);
    let whole = |name: &str, value: &dyn Fn(u64) -> u64| {
        Column::new(name.into(), each().map(|at| value(at) as i64).collect::<Vec<i64>>())
    };
    DataFrame::new_infer_height(vec![
        whole("id", &|at| at),
        whole("key", &|at| mixed(at) % keys),
        whole("group", &|at| mixed(at + 1) % 1_000),
        Column::new("value".into(), each().map(|at| (mixed(at + 2) % 1_000_000) as f64 / 100.0).collect::<Vec<f64>>()),
        Column::new(
            "name".into(),
            each().map(|at| format!("item {:010}", mixed(at + 3) % 10_000_000_000)).collect::<Vec<String>>(),
        ),
    ])
}

/// A number that looks like any other.
fn mixed(at: u64) -> u64 {
    let mut x = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) >> 1
}
