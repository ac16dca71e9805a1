//! JSON: one object a line, or a list of them.
//!
//! Polars writes NaN as null and decimals as text, so the objects are put together here.

use pipewright_engine::nodes::WriteJson;
use pipewright_engine::nodes::write_json::JsonOutput;
use pipewright_engine::types::Schema;
use polars::prelude::{Column, Expr, IntoColumn, LazyFrame, PolarsResult, StringChunkedBuilder, as_struct, col, lit};

use super::lines::Around;
use super::words;

pub(super) fn is_list(node: &WriteJson) -> bool {
    node.format == JsonOutput::Array
}

/// One column, with the object of each row as text.
pub(super) fn prepare(frame: LazyFrame, schema: &Schema) -> LazyFrame {
    let columns: Vec<Expr> = schema.names().map(col).collect();
    if columns.is_empty() {
        return frame.select([lit("{}")]).limit(0);
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

/// A list of the objects.
pub(super) const LIST: Around = Around { head: "[", between: ",", foot: "\n]\n" };
