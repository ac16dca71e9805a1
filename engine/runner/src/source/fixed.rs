//! Fixed-width text: the places of columns as the text reader takes them.

use encoding_rs::Encoding;
use pipewright_engine::nodes::ReadFixedWidth;
use pipewright_engine::nodes::read_fixed_width::Unit;
use pipewright_engine::problem::Problem;

use super::text::{about, encoding, open};
use super::{Opened, Opening};
use crate::files::Located;
use crate::text::{self, Cut, FixedColumn, Wishes};

pub(super) fn open_fixed(
    opening: &Opening,
    node: &str,
    fixed: &ReadFixedWidth,
    located: &[Located],
) -> Result<Opened, Problem> {
    let encoding: Option<&'static Encoding> = encoding(fixed.encoding.as_deref())?;
    let wishes = Wishes {
        skip_lines: Some(fixed.skip_lines),
        header: Some(false),
        encoding,
        decimal_comma: Some(fixed.decimal_comma),
        null_words: fixed.null_words.clone(),
        ..Wishes::default()
    };
    let columns = columns(fixed);
    let layouts = located
        .iter()
        .map(|file| {
            let layout = text::sniff_fixed(&file.local, &wishes, &columns, false);
            let mut layout = layout.map_err(|problem| about(problem, file))?;
            layout.open_end = fixed.open_end || fixed.columns.last().is_none_or(|last| last.width.is_none());
            layout.in_bytes = fixed.unit == Unit::Bytes;
            Ok(layout)
        })
        .collect::<Result<_, Problem>>()?;
    open(opening, node, located, layouts, fixed.file_column.as_ref().map(|name| name.0.as_str()))
}

/// Each column begins where the one before it ends, if it does not say where; a last one without a width goes to the end.
fn columns(fixed: &ReadFixedWidth) -> Vec<FixedColumn> {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut next = 1;
    let mut columns = Vec::new();
    for column in &fixed.columns {
        let start = column.start.map_or(next, size);
        let width = column.width.map_or(usize::MAX - start, size);
        next = start.saturating_add(width);
        columns.push(FixedColumn {
            name: column.name.0.clone(),
            kind: Some(column.kind.clone()),
            cut: Cut { start, width },
        });
    }
    columns
}
