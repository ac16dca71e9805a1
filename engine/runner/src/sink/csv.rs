//! Delimited text.
//!
//! Polars writes most values as we do and quotes what it must. Two things it gets wrong for us, so that there cells are made ready
//! here and written as they are: text that looks like the word for null, and null between quotes where all values are quoted.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use pipewright_engine::nodes::WriteCsv;
use pipewright_engine::nodes::write_csv::Quoting;
use pipewright_engine::types::{Schema, Type};
use polars::prelude::{
    AnyValue, CsvWriterOptions, Expr, FileWriteFormat, LazyFrame, PolarsResult, QuoteStyle, SerializeOptions, col,
};

use super::partition::Partition;
use super::{packed, whole, words};

pub(super) fn prepare(frame: LazyFrame, node: &WriteCsv, schema: &Schema) -> LazyFrame {
    let partition = partition(node);
    let frame = partition.prepare(frame, schema);
    let columns: Vec<Expr> = schema
        .0
        .iter()
        .filter(|column| partition.keeps(&column.name))
        .map(|column| {
            let plain = if words::is_written_alike(column) { col(column.name.as_str()) } else { words::text(column) };
            if quotes_itself(node) {
                return plain.alias(column.name.as_str());
            }
            let cell =
                Cell { delimiter: delimiter(node), null: node.null.clone(), always: node.quoting != Quoting::Needed };
            let name = cell.of(&column.name);
            let is_quoted =
                column.kind == Type::Text || node.quoting == Quoting::Always || !words::is_written_alike(column);
            if !is_quoted {
                return plain.alias(name);
            }
            let cell =
                Cell { always: cell.always && (column.kind == Type::Text || node.quoting == Quoting::Always), ..cell };
            let write =
                move |value: &AnyValue, to: &mut String| to.push_str(&cell.of(value.get_str().unwrap_or_default()));
            words::text(column).map(words::each(write), words::is_text).alias(name)
        })
        .collect();
    if columns.is_empty() {
        return frame;
    }
    frame.select(columns.into_iter().chain(partition.keys()).collect::<Vec<_>>())
}

pub(super) fn sink(frame: LazyFrame, path: &Path, node: &WriteCsv) -> PolarsResult<LazyFrame> {
    let serialize = SerializeOptions {
        datetime_format: Some("%Y-%m-%d %H:%M:%S%.f".into()),
        time_format: Some("%H:%M:%S%.f".into()),
        separator: delimiter(node),
        null: node.null.as_str().into(),
        quote_style: if quotes_itself(node) { QuoteStyle::Necessary } else { QuoteStyle::Never },
        ..SerializeOptions::default()
    };
    let options = CsvWriterOptions {
        compression: packed(path),
        check_extension: false,
        include_header: node.header,
        batch_size: NonZeroUsize::new(4096).unwrap_or(NonZeroUsize::MIN),
        serialize_options: Arc::new(serialize),
        ..CsvWriterOptions::default()
    };
    frame.sink(partition(node).destination(path), FileWriteFormat::Csv(options), whole())
}

fn partition(node: &WriteCsv) -> Partition<'_> {
    Partition { by: &node.partition_by, layout: node.layout, ending: "csv" }
}

fn delimiter(node: &WriteCsv) -> u8 {
    node.delimiter.as_bytes().first().copied().unwrap_or(b',')
}

/// Whether Polars' own way of quoting is right.
fn quotes_itself(node: &WriteCsv) -> bool {
    node.quoting == Quoting::Needed && node.null.is_empty()
}

struct Cell {
    delimiter: u8,
    null: String,
    always: bool,
}

impl Cell {
    fn of(&self, text: &str) -> String {
        let special = |c: char| matches!(c, '"' | '\n' | '\r') || c == char::from(self.delimiter);
        if self.always || text.is_empty() || text == self.null || text.contains(special) {
            return format!("\"{}\"", text.replace('"', "\"\""));
        }
        text.to_owned()
    }
}
