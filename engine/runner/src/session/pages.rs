//! Pages of held tables, and single values of them.

use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;

use super::held::Held;
use super::values;
use crate::show::{Page, PageRows};

/// How much of a text a page has.
const PAGE_TEXT: usize = 1_000;

/// How much of a text is shown at all.
const CELL_TEXT: usize = 1 << 20;

/// More rows are not sent at once.
const ROWS: u64 = 10_000;

pub(super) fn page(table: &Held, page: &Page) -> Result<PageRows, Problem> {
    let order = table.order(&page.view)?;
    let total = order.as_ref().map_or(table.rows.height(), |order| order.len()) as u64;
    let start = page.rows.start.min(total);
    let rows = start..page.rows.end.clamp(start, total.min(start + ROWS));
    let (places, frame) = match order {
        None => (rows.clone().collect(), table.rows.slice(rows, page.columns.clone())?),
        Some(order) => {
            let places: Vec<u64> =
                order[rows.start as usize..rows.end as usize].iter().map(|place| u64::from(*place)).collect();
            let frame = table.rows.take(&places, page.columns.clone())?;
            (places, frame)
        }
    };
    let columns = table.schema.0.iter().take(page.columns.end).skip(page.columns.start);
    let shown = Table { schema: Schema(columns.cloned().collect()), rows: values::rows(&frame, PAGE_TEXT) };
    Ok(PageRows { page: page.clone(), table: shown, places, total })
}

pub(super) fn cell(table: &Held, row: u64, column: usize) -> Result<Value, Problem> {
    let frame = table.rows.slice(row..row + 1, column..column + 1)?;
    let value = values::rows(&frame, CELL_TEXT).into_iter().flatten().next();
    value.ok_or_else(|| Problem::new("There is no such value any more."))
}
