//! Columns to rows. Polars' own puts all rows of the first column before those of the second; ours keeps those of a row together.

use std::sync::Arc;

use pipewright_engine::plan::Unpivot;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use crate::convert;
use crate::watch::reshape;

pub(super) fn unpivot(frame: LazyFrame, name: &str, unpivot: &Unpivot, after: &OurSchema) -> PolarsResult<LazyFrame> {
    let keep = unpivot.keep.len();
    let mut read: Vec<Expr> = unpivot.keep.iter().map(|name| col(name.as_str())).collect();
    for (at, column) in after.0[keep + 1..].iter().enumerate() {
        for (line, one) in unpivot.lines.iter().enumerate() {
            let value = one.columns[at].as_ref().map_or(lit(NULL), |from| col(from.as_str()));
            read.push(value.strict_cast(convert::stored(column)).alias(format!("\u{2}value {at} {line}")));
        }
    }
    let rows = unpivot.lines.iter().map(|line| vec![line.label.clone()]).collect();
    let labels = convert::frame(&Table { schema: OurSchema(vec![after.0[keep].clone()]), rows })?;
    let columns = Arc::new(convert::polars_schema(after));
    let (name, names) = (format!("{name} unpivot"), columns.clone());
    Ok(reshape(&frame.select(read), &name, columns, move |frame| turn(&frame, &names, keep, &labels)))
}

/// The rows of a part of the table: the columns kept, the labels, and each column of values from its column in each line.
fn turn(frame: &DataFrame, names: &Schema, keep: usize, labels: &DataFrame) -> PolarsResult<DataFrame> {
    let (height, lines) = (frame.height(), labels.height());
    let index = |row: usize| IdxSize::try_from(row).unwrap_or(IdxSize::MAX);
    let taken = |place: &dyn Fn(usize, usize) -> usize| {
        let rows = (0..height).flat_map(|row| (0..lines).map(move |line| (row, line)));
        IdxCa::from_vec("rows".into(), rows.map(|(row, line)| index(place(row, line))).collect())
    };
    let (kept, values) = frame.columns().split_at(keep);
    let same = taken(&|row, _| row);
    let mut made: Vec<Column> = kept.iter().map(|column| column.take(&same)).collect::<PolarsResult<_>>()?;
    made.extend(labels.take(&taken(&|_, line| line))?.into_columns());
    let below_each_other = taken(&|row, line| line * height + row);
    for (name, parts) in names.iter_names().skip(keep + 1).zip(values.chunks(lines)) {
        let mut all = parts[0].clone();
        for part in &parts[1..] {
            all.append(part)?;
        }
        made.push(all.take(&below_each_other)?.with_name(name.clone()));
    }
    DataFrame::new(height * lines, made)
}
