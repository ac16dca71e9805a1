//! JSON: the records of a file, one object each.
//!
//! Polars reads JSON too, but takes a record that it can't read for nulls, and knows only the names of the first ones.

mod file;
mod parse;

use pipewright_engine::nodes::ReadJson;
use pipewright_engine::problem::Problem;

pub(super) use self::parse::Json;

use self::file::Pieces;
use self::parse::parse;
use super::records::{Format, Kinds, Record, Records, name, open_records};
use super::spooled::Refusal;
use super::{Opened, Opening};
use crate::files::Located;

pub(super) fn open_json(
    opening: &Opening,
    node: &str,
    json: &ReadJson,
    located: &[Located],
) -> Result<Opened, Problem> {
    let open = |file| Ok(Box::new(Pieces::open(file, json)?) as Box<dyn Records + '_>);
    let format = Format {
        open: &open,
        kinds: Kinds::default(),
        types: &json.types,
        file_column: json.file_column.as_ref(),
        keep: false,
    };
    open_records(opening, node, located, format)
}

impl Records for Pieces<'_> {
    fn next(&mut self) -> Result<Option<Record>, Problem> {
        let Some(piece) = self.next_piece()? else { return Ok(None) };
        let (fields, refusal) = match fields(&piece.text) {
            Ok(fields) => (fields, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let text = String::from_utf8_lossy(&piece.text).into_owned();
        Ok(Some(Record { text, line: piece.line, fields, refusal }))
    }

    fn read_as(&self) -> String {
        if self.is_lines() { "JSON, one object a line" } else { "JSON, a list of objects" }.to_owned()
    }
}

/// The names and values of a record, which must be an object.
fn fields(text: &[u8]) -> Result<Vec<(String, Json)>, Refusal> {
    match parse(text).map_err(Refusal::of_record)? {
        Json::Object(fields) => Ok(fields),
        other => Err(Refusal::of_record(format!("not an object but {}", name(&other)))),
    }
}
