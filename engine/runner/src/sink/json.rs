//! JSON: one object a line, or a list of them.
//!
//! Polars writes NaN as null and decimals as text, so the objects are put together here.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::write::GzEncoder;
use pipewright_engine::nodes::WriteJson;
use pipewright_engine::nodes::write_json::JsonOutput;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use polars::prelude::{
    Column, CsvWriterOptions, Expr, FileWriteFormat, IntoColumn, LazyFrame, PolarsResult, QuoteStyle, SerializeOptions,
    StringChunkedBuilder, as_struct, col, lit,
};
use polars_io::ExternalCompression;

use super::{cancelled, file, packed, unwritable, whole, words};
use crate::host::Cancel;

pub(super) fn is_list(node: &WriteJson) -> bool {
    node.format == JsonOutput::Array
}

/// One column, with the object of each row as text.
pub(super) fn prepare(frame: LazyFrame, schema: &Schema) -> LazyFrame {
    let columns: Vec<Expr> = schema.names().map(col).collect();
    if columns.is_empty() {
        return frame.select([lit("{}")]);
    }
    frame.select([as_struct(columns).map(objects, words::is_text).alias("object")])
}

fn objects(rows: Column) -> PolarsResult<Column> {
    let rows = rows.as_materialized_series().rechunk();
    let fields = rows.struct_()?.fields_as_series();
    let names: Vec<String> =
        fields.iter().map(|field| serde_json::Value::from(field.name().as_str()).to_string()).collect();
    let mut values: Vec<_> = fields.iter().map(|field| field.iter()).collect();
    let mut objects = StringChunkedBuilder::new("object".into(), rows.len());
    let mut object = String::new();
    for _ in 0..rows.len() {
        object.clear();
        for (at, (name, values)) in names.iter().zip(&mut values).enumerate() {
            object.push(if at == 0 { '{' } else { ',' });
            object.push_str(name);
            object.push(':');
            words::write_json(&values.next().unwrap_or_default(), &mut object);
        }
        object.push('}');
        objects.append_value(&object);
    }
    Ok(objects.finish().into_column())
}

pub(super) fn sink(frame: LazyFrame, path: &Path) -> PolarsResult<LazyFrame> {
    let serialize = SerializeOptions { quote_style: QuoteStyle::Never, ..SerializeOptions::default() };
    let options = CsvWriterOptions {
        compression: packed(path),
        check_extension: false,
        include_header: false,
        serialize_options: Arc::new(serialize),
        ..CsvWriterOptions::default()
    };
    frame.sink(file(path), FileWriteFormat::Csv(options), whole())
}

/// Makes a list of the objects in a file of lines.
pub(super) fn put_together(lines: &Path, path: &Path, cancel: &Cancel) -> Result<(), Problem> {
    let from = BufReader::new(File::open(lines).map_err(|error| unwritable(&error))?);
    let to = File::create(path).map_err(|error| unwritable(&error))?;
    match packed(path) {
        ExternalCompression::Gzip { .. } => {
            let mut to = GzEncoder::new(to, flate2::Compression::default());
            list(from, &mut to, cancel)?;
            to.finish().map(drop)
        }
        ExternalCompression::Zstd { .. } => {
            let mut to = zstd::Encoder::new(to, 0).map_err(|error| unwritable(&error))?;
            list(from, &mut to, cancel)?;
            to.finish().map(drop)
        }
        ExternalCompression::Uncompressed => list(from, &mut BufWriter::new(to), cancel).map(Ok)?,
    }
    .map_err(|error| unwritable(&error))
}

fn list(mut lines: impl BufRead, to: &mut dyn Write, cancel: &Cancel) -> Result<(), Problem> {
    let failed = |error: std::io::Error| unwritable(&error);
    let mut to = BufWriter::new(to);
    to.write_all(b"[").map_err(failed)?;
    let mut line = Vec::new();
    for number in 0_u64.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        to.write_all(if number == 0 { b"\n" } else { b",\n" }).map_err(failed)?;
        to.write_all(line.strip_suffix(b"\n").unwrap_or(&line)).map_err(failed)?;
        if number.is_multiple_of(4096) && cancel.is_cancelled() {
            return Err(cancelled());
        }
    }
    to.write_all(b"\n]\n").and_then(|()| to.flush()).map_err(failed)
}
