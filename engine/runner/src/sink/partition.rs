//! Several files instead of one: a folder or a file for each value of some columns.

use std::path::Path;

use pipewright_engine::nodes::partition::Layout;
use pipewright_engine::params::ColumnName;
use pipewright_engine::types::Schema;
use polars::prelude::file_provider::{FileProviderArgs, FileProviderReturn, FileProviderType};
use polars::prelude::{
    Expr, IdxSize, LazyFrame, PartitionStrategy, PlRefPath, PlanCallback, PolarsResult, SinkDestination, col,
};

use super::{file, words};
use crate::source::folders;

/// What tells the files of a node apart.
#[derive(Clone, Copy)]
pub(super) struct Partition<'a> {
    pub(super) by: &'a [ColumnName],
    pub(super) layout: Layout,
    /// Of each file: `csv`.
    pub(super) ending: &'static str,
}

fn key(at: usize) -> String {
    format!("\u{1}partition {at}")
}

impl Partition<'_> {
    /// Adds what files are called by as text, so that rows of one file are of one partition. In folders, their columns go from the files.
    pub(super) fn prepare(self, frame: LazyFrame, schema: &Schema) -> LazyFrame {
        if self.by.is_empty() {
            return frame;
        }
        let named = |name: &ColumnName| schema.column(&name.0).map(words::text);
        let keys: Vec<Expr> =
            self.by.iter().filter_map(named).enumerate().map(|(at, text)| text.alias(key(at))).collect();
        let frame = frame.with_columns(keys);
        let kept = schema.names().filter(|name| self.keeps(name));
        frame.select(kept.map(col).chain(self.keys()).collect::<Vec<_>>())
    }

    /// Whether a column stands in the files: what makes folders is in their names.
    pub(super) fn keeps(self, column: &str) -> bool {
        self.layout == Layout::Files || !self.by.iter().any(|by| by.0 == column)
    }

    /// The columns that [`Self::prepare`] adds.
    pub(super) fn keys(self) -> impl Iterator<Item = Expr> {
        (0..self.by.len()).map(|at| col(key(at)))
    }

    pub(super) fn destination(self, path: &Path) -> SinkDestination {
        if self.by.is_empty() {
            return file(path);
        }
        let (names, layout, ending) = (self.by.to_vec(), self.layout, self.ending);
        let place = move |args: FileProviderArgs| place(&args, &names, layout, ending).map(FileProviderReturn::Path);
        SinkDestination::Partitioned {
            base_path: PlRefPath::new(path.to_string_lossy()),
            file_path_provider: Some(FileProviderType::Function(PlanCallback::new(place))),
            partition_strategy: PartitionStrategy::Keyed {
                keys: self.keys().collect(),
                include_keys: false,
                keys_pre_grouped: false,
            },
            max_rows_per_file: IdxSize::MAX,
            approximate_bytes_per_file: u64::MAX,
        }
    }
}

/// `year=2024/part-0.parquet`, or `2024.csv`
fn place(args: &FileProviderArgs, names: &[ColumnName], layout: Layout, ending: &str) -> PolarsResult<String> {
    let mut parts = Vec::new();
    for (column, name) in args.partition_keys.columns().iter().zip(names) {
        let value = column.str()?.get(0);
        parts.push(match layout {
            Layout::Folders => folders::name(&name.0, value),
            Layout::Files => folders::file_name(value),
        });
    }
    let place = parts.join("/");
    Ok(match layout {
        Layout::Folders => format!("{place}/part-{}.{ending}", args.index_in_partition),
        Layout::Files => format!("{place}.{ending}"),
    })
}
