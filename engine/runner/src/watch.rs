//! What a running query is watched by: counters of rows and the flag that stops it. Both sit in the same small functions, put
//! between operations as maps that change nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polars::prelude::*;
use polars_plan::dsl::DslBuilder;

use crate::host::Cancel;

/// The text of the error with which a cancelled query ends. Nobody sees it: it is recognised and answered as a cancelled run.
pub const CANCELLED: &str = "pipewright: cancelled";

/// How many rows have passed.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn add(&self, rows: usize) -> u64 {
        let rows = rows as u64;
        self.0.fetch_add(rows, Ordering::Relaxed) + rows
    }
}

/// Counts what passes and stops when asked.
pub fn guard(
    counter: Counter,
    cancel: Cancel,
) -> impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static {
    move |frame: DataFrame| {
        if cancel.is_cancelled() {
            polars_bail!(ComputeError: "{CANCELLED}");
        }
        counter.add(frame.height());
        Ok(frame)
    }
}

/// Puts `look` between this frame and whatever reads it.
///
/// Filters from above don't pass it, so that it sees every row that comes out here, and shared parts stay shared; projections
/// do. The name must be unique in a query: Polars takes two maps of one name over the same input for the same map.
pub fn barrier<F>(frame: &LazyFrame, name: &str, look: F) -> LazyFrame
where
    F: Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
{
    let passes = OptFlags::PROJECTION_PUSHDOWN | OptFlags::STREAMING;
    let plan = DslBuilder::from(frame.logical_plan.clone()).map(look, passes, None, PlSmallStr::from_str(name)).build();
    LazyFrame::from_logical_plan(plan, OptFlags::default())
}

/// Makes other rows of these, part by part as they come, with columns known beforehand. The name must be unique, as above.
pub fn reshape<F>(frame: &LazyFrame, name: &str, schema: SchemaRef, make: F) -> LazyFrame
where
    F: Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
{
    made(frame, name, schema, make, OptFlags::STREAMING)
}

/// The same of all rows at once.
pub fn gathered<F>(frame: &LazyFrame, name: &str, schema: SchemaRef, make: F) -> LazyFrame
where
    F: Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
{
    made(frame, name, schema, make, OptFlags::empty())
}

fn made<F>(frame: &LazyFrame, name: &str, schema: SchemaRef, make: F, how: OptFlags) -> LazyFrame
where
    F: Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
{
    let columns = move |_: &Schema| Ok(schema.clone());
    let name = PlSmallStr::from_str(name);
    let plan = DslBuilder::from(frame.logical_plan.clone()).map(make, how, Some(Arc::new(columns)), name).build();
    LazyFrame::from_logical_plan(plan, OptFlags::default())
}
