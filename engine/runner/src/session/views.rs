//! The order in which a view shows the rows of a table: worked out once, and kept for its pages.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use polars::prelude::{AnyValue, Column, DataFrame, DataType, SortOptions};
use rayon::prelude::*;

use super::held::Held;
use super::rows::Rows;
use crate::convert;
use crate::lower;
use crate::show::View;

/// Views that are kept of a table.
const VIEWS: usize = 4;

/// Rows that are looked at together for a filter.
const BLOCK: u64 = 1 << 16;

/// Places of rows, in the order of a view.
pub(super) type Order = Arc<Vec<u32>>;

#[derive(Default)]
pub(super) struct Orders(Mutex<Vec<(View, Order)>>);

impl Held {
    /// None where a view shows the table as it lies.
    pub(super) fn order(&self, view: &View) -> Result<Option<Order>, Problem> {
        if *view == View::default() {
            return Ok(None);
        }
        let mut orders = self.orders.0.lock();
        if let Some((_, order)) = orders.iter().find(|(known, _)| known == view) {
            return Ok(Some(Arc::clone(order)));
        }
        let order = Arc::new(order(&self.rows, view)?);
        if orders.len() == VIEWS {
            orders.remove(0);
        }
        orders.push((view.clone(), Arc::clone(&order)));
        Ok(Some(order))
    }
}

fn order(rows: &Rows, view: &View) -> Result<Vec<u32>, Problem> {
    let height = rows.height() as u64;
    let sorted = match view.sort {
        None => (0..u32::try_from(height).unwrap_or(u32::MAX)).collect(),
        Some((column, descending)) => sorted(&rows.column(column)?, descending)?,
    };
    if view.filter.is_empty() {
        return Ok(sorted);
    }
    let needle = view.filter.to_lowercase();
    let mut keeps = Vec::with_capacity(rows.height());
    let mut begin = 0;
    while begin < height {
        let end = height.min(begin + 64 * BLOCK);
        let frame = rows.slice(begin..end, 0..usize::MAX)?;
        let length = end - begin;
        let blocks: Vec<Range<u64>> =
            (0..length.div_ceil(BLOCK)).map(|at| at * BLOCK..length.min((at + 1) * BLOCK)).collect();
        let found: Vec<Vec<bool>> = blocks.into_par_iter().map(|rows| holding(&frame, rows, &needle)).collect();
        keeps.extend(found.into_iter().flatten());
        begin = end;
    }
    Ok(sorted.into_iter().filter(|place| keeps[*place as usize]).collect())
}

/// Whether each of these rows has a value that shows the text.
fn holding(frame: &DataFrame, rows: Range<u64>, needle: &str) -> Vec<bool> {
    let length = (rows.end - rows.start) as usize;
    let mut found = vec![false; length];
    let mut shown = String::new();
    for column in frame.columns() {
        let part = column.slice(rows.start as i64, length).as_materialized_series().rechunk();
        for (found, value) in found.iter_mut().zip(part.iter()) {
            if *found || value.is_null() {
                continue;
            }
            shown.clear();
            match value {
                AnyValue::String(text) => shown.push_str(text),
                value => shown.push_str(&convert::our_value(&value).to_string()),
            }
            // Most text is plain, and needs no new one.
            if shown.is_ascii() {
                shown.make_ascii_lowercase();
            } else {
                shown = shown.to_lowercase();
            }
            *found = shown.contains(needle);
        }
    }
    found
}

/// Places in the order of values as [`Value::order`] says, nulls last and ties as they lie, either way.
fn sorted(column: &Column, descending: bool) -> Result<Vec<u32>, Problem> {
    let kind = convert::kind(column.dtype()).map(|(kind, _)| kind);
    if matches!(kind, None | Some(Type::List(_) | Type::Struct(_) | Type::Null)) {
        return Ok(sorted_values(column, descending));
    }
    let plain = match kind {
        // Codes of a dictionary have an order of their own.
        Some(Type::Text) => column.cast(&DataType::String).map_err(|error| lower::problem("", &error))?,
        _ => column.clone(),
    };
    let options = SortOptions { descending, nulls_last: true, maintain_order: true, ..SortOptions::default() };
    let places = plain.as_materialized_series().arg_sort(options);
    Ok(places.into_no_null_iter().collect())
}

fn sorted_values(column: &Column, descending: bool) -> Vec<u32> {
    let series = column.as_materialized_series().rechunk();
    let values: Vec<Value> = series.iter().map(|value| convert::our_value(&value)).collect();
    let mut places: Vec<u32> = (0..u32::try_from(values.len()).unwrap_or(u32::MAX)).collect();
    places.sort_by(|a, b| {
        let (a, b) = (&values[*a as usize], &values[*b as usize]);
        let order = if descending { b.order(a) } else { a.order(b) };
        a.is_null().cmp(&b.is_null()).then(order)
    });
    places
}
