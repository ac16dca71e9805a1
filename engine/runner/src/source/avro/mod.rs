//! Avro: the blocks of container files, decoded by ourselves into rows that are spooled.
//!
//! The reader of Polars 0.55.2 panics on maps, named types, enums that may be null and damaged blocks, and holds whole files.

mod bytes;
mod container;
mod schema;
mod snappy;
mod value;

use pipewright_engine::nodes::ReadAvro;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use self::container::Container;
use super::spooled::Gathered;
use super::{Extent, HEAD_BYTES, Opened, Opening, Total, cancelled, same_names, with_file};
use crate::files::Located;
use crate::job::SourceReport;

pub(super) fn open_avro(
    opening: &Opening,
    node: &str,
    avro: &ReadAvro,
    located: &[Located],
) -> Result<Opened, Problem> {
    let mut containers = located.iter().map(Container::open).collect::<Result<Vec<_>, _>>()?;
    let own: Vec<Vec<Column>> = containers.iter().map(|container| container.schema.columns()).collect();
    let names = |columns: &Vec<Column>| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let names: Vec<Vec<String>> = own.iter().map(names).collect();
    same_names(located, &names.iter().map(|names| names.iter().map(String::as_str).collect()).collect::<Vec<_>>())?;
    let columns = common_columns(located, &own)?;
    let schema = with_file(Schema(columns.clone()), avro.file_column.as_ref().map(|name| name.0.as_str()))?;
    let most = match opening.extent {
        Extent::Head { rows, .. } => (rows as u64, HEAD_BYTES),
        Extent::Whole => (u64::MAX, u64::MAX),
    };

    let mut gathered = Gathered::begin(opening, schema)?;
    let (mut reports, mut records, mut bytes) = (Vec::new(), 0, 0);
    let mut whole = true;
    for (container, names) in containers.iter_mut().zip(&names) {
        let file = container.file;
        opening.checking(node, file);
        let read_as = format!("Avro, {} columns", columns.len());
        let mut report = SourceReport {
            node: node.into(),
            file: file.shown.clone(),
            bytes: file.bytes,
            read_as,
            ..Default::default()
        };
        let places: Vec<Option<usize>> =
            columns.iter().map(|column| names.iter().position(|name| *name == column.name)).collect();
        while records < most.0 && bytes < most.1 {
            if (opening.stop)() {
                return Err(cancelled());
            }
            let Some(block) = container.next()? else { break };
            bytes += block.stored as u64;
            let width = block.stored / usize::try_from(block.records).unwrap_or(usize::MAX).max(1);
            let mut rows = container.rows(&block);
            while let Some(row) = rows.next().transpose()? {
                let mut values: Vec<Value> = Vec::with_capacity(places.len() + 1);
                values.extend(places.iter().map(|at| at.map_or(Value::Null, |at| row[at].clone())));
                if avro.file_column.is_some() {
                    values.push(Value::text(&file.shown));
                }
                gathered.row(values, width)?;
                report.records += 1;
                records += 1;
                if records == most.0 {
                    break;
                }
            }
            whole &= rows.left() == 0;
        }
        whole &= file.whole && container.ended();
        reports.push(report);
    }
    let size: u64 = located.iter().map(|file| file.bytes).sum();
    let total = match (whole, located.iter().all(|file| file.whole)) {
        (true, _) => Total::Exactly(records),
        (false, true) => Total::by_size(records, bytes, size),
        (false, false) => Total::Unknown,
    };
    let read_as = reports.first().map(|report| report.read_as.clone()).unwrap_or_default();
    gathered.finish(whole, total, read_as, reports)
}

/// The columns of the first file, which the others must have too, in the types that hold the values of all.
fn common_columns(located: &[Located], files: &[Vec<Column>]) -> Result<Vec<Column>, Problem> {
    let Some((first, others)) = files.split_first() else { return Ok(Vec::new()) };
    let mut columns = first.clone();
    for (other, file) in others.iter().zip(&located[1..]) {
        for column in &mut columns {
            let Some(found) = other.iter().find(|found| found.name == column.name) else { continue };
            column.kind = match (&column.kind, &found.kind) {
                (a, b) if a == b => continue,
                (Type::Null, kind) | (kind, Type::Null) => kind.clone(),
                (Type::Integer, Type::Float) | (Type::Float, Type::Integer) => Type::Float,
                (a, b) => {
                    let message = format!(
                        "The column {:?} is {b} in {} and {a} in {}.",
                        column.name, file.shown, located[0].shown
                    );
                    return Err(Problem::new(message).at("path").try_this(
                        "Read files of different types with a node each, and put them together with Convert and Union.",
                    ));
                }
            };
        }
    }
    Ok(columns)
}
