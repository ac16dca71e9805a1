//! Avro, written block by block from the rows that a stage has kept: Polars' own writer repeats the head of the file for every block.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use pipewright_engine::nodes::WriteAvro;
use pipewright_engine::nodes::write_avro::AvroCompression;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::{
    ArrowDataType, ArrowField, ArrowSchema, ArrowTimeUnit, Column, CompatLevel, DataFrame, DataType, Engine, Expr,
    IdxSize, IntoColumn, LazyFrame, PlRefPath, PlSmallStr, PolarsResult, ScanArgsParquet, col,
};
use polars_arrow::io::avro::avro_schema::file::{Block, CompressedBlock, Compression};
use polars_arrow::io::avro::avro_schema::write::{compress, write_block, write_metadata};
use polars_arrow::io::avro::write::{new_serializer, serialize, to_record};

use super::{cancelled, unwritable, words};
use crate::convert;
use crate::host::Cancel;
use crate::lower;

const BATCH: IdxSize = 8192;

/// Types that Avro has: whole numbers of 64 bits, and text for what it lacks.
pub(super) fn prepare(frame: LazyFrame, schema: &OurSchema) -> LazyFrame {
    let known = schema.0.iter().map(|column| {
        let name = column.name.as_str();
        let made: Expr = match &column.kind {
            Type::Duration | Type::TimestampZoned(_) | Type::Null => words::text(column).cast(DataType::String),
            kind if column.storage.is_some() => col(name).strict_cast(convert::dtype(kind)),
            _ => col(name),
        };
        made.alias(name)
    });
    frame.select(known.collect::<Vec<_>>())
}

pub(super) fn write(rows: &Path, path: &Path, node: &WriteAvro, cancel: &Cancel) -> Result<(), Problem> {
    let failed = |error| lower::problem("", &error);
    let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
    let kept = LazyFrame::scan_parquet(PlRefPath::new(rows.to_string_lossy()), args).map_err(failed)?;
    let mut file = BufWriter::new(File::create(path).map_err(|error| unwritable(&error))?);
    let compression = match node.compression {
        AvroCompression::Deflate => Some(Compression::Deflate),
        AvroCompression::Uncompressed => None,
    };
    for at in (0..).step_by(BATCH as usize) {
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        let batch = kept.clone().slice(at, BATCH).collect_with_engine(Engine::Streaming).map_err(failed)?;
        let mut batch = batch.unwrap_single();
        batch.rechunk_mut();
        if at > 0 && batch.height() == 0 {
            break;
        }
        block(&batch, at == 0, compression, &mut file).map_err(failed)?;
    }
    file.flush().map_err(|error| unwritable(&error))
}

/// A block of rows; before the first, the head of the file.
fn block(rows: &DataFrame, first: bool, compression: Option<Compression>, file: &mut impl Write) -> PolarsResult<()> {
    let field = |(name, kind): (&PlSmallStr, &DataType)| {
        let mut field = kind.to_arrow_field(name.clone(), CompatLevel::oldest());
        // Avro's times have microseconds, Polars' have nanoseconds.
        if *kind == DataType::Time {
            field.dtype = ArrowDataType::Time64(ArrowTimeUnit::Microsecond);
        }
        (name.clone(), field)
    };
    let schema: ArrowSchema = rows.schema().iter().map(field).collect::<Vec<(_, ArrowField)>>().into_iter().collect();
    let in_micros = |column: &Column| match column.dtype() {
        DataType::Time => Ok((column.cast(&DataType::Int64)?.as_materialized_series() / 1000).into_column()),
        _ => Ok(column.clone()),
    };
    let rows = DataFrame::new(rows.height(), rows.columns().iter().map(in_micros).collect::<PolarsResult<_>>()?)?;
    let record = to_record(&schema, "row".to_owned())?;
    let wrong = |error: polars_arrow::io::avro::avro_schema::error::Error| polars::prelude::polars_err!(ComputeError: "the Avro file can't be written: {error}");
    if first {
        write_metadata(file, record.clone(), compression).map_err(wrong)?;
    }
    for chunk in rows.iter_chunks(CompatLevel::oldest(), true) {
        let arrays = chunk.iter().zip(&record.fields);
        let mut columns: Vec<_> = arrays.map(|(array, field)| new_serializer(array.as_ref(), &field.schema)).collect();
        let mut plain = Block::new(chunk.len(), Vec::new());
        serialize(&mut columns, &mut plain);
        let mut packed = CompressedBlock::default();
        compress(&mut plain, &mut packed, compression).map_err(wrong)?;
        write_block(file, &packed).map_err(wrong)?;
    }
    Ok(())
}
