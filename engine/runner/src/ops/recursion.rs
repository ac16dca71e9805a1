//! Recursions: a step is repeated over the rows that it made last, until it makes none.
//!
//! All inputs come as one table, of which each has its own columns. The rounds are queries of their own over tables in memory; they are
//! not streamed, since the threads of a stream are those that wait for this.

use std::sync::Arc;

use pipewright_engine::plan::{Effect, Entry, MOST_RECURSIVE_ROWS, MOST_ROUNDS, ROUND, Recursion, Tally};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use crate::convert;
use crate::host::Cancel;
use crate::lower::{self, SourceOutput, Tables, told};
use crate::watch::{CANCELLED, gathered};

/// Which of the inputs a row is of.
const INPUT: &str = "\u{2}input";

/// So many parts of a table are put together.
const MOST_PARTS: usize = 64;

pub(crate) fn recursion(
    recursion: &Recursion,
    Entry { node, schema: after, .. }: &Entry,
    name: &str,
    inputs: Vec<LazyFrame>,
    before: &[&OurSchema],
    cancel: &Cancel,
) -> PolarsResult<LazyFrame> {
    let hidden = |at: usize, column: &str| format!("\u{2}{at} {column}");
    let columns: Vec<(usize, PlSmallStr, DataType)> = before
        .iter()
        .enumerate()
        .flat_map(|(at, schema)| {
            schema.0.iter().map(move |column| (at, column.name.as_str().into(), convert::stored(column)))
        })
        .collect();
    let own = |(input, frame): (usize, LazyFrame)| {
        let all = columns.iter().map(|(at, column, dtype)| {
            let value = if *at == input { col(column.clone()) } else { lit(NULL).cast(dtype.clone()) };
            value.alias(hidden(*at, column))
        });
        let mark = lit(u32::try_from(input).unwrap_or(u32::MAX)).cast(DataType::UInt32).alias(INPUT);
        frame.with_column(mark).select([col(INPUT)].into_iter().chain(all).collect::<Vec<_>>())
    };
    let apart: Vec<LazyFrame> = inputs.into_iter().enumerate().map(own).collect();
    let count = apart.len();
    let all = concat(apart, UnionArgs { to_supertypes: false, ..UnionArgs::default() })?;
    let schema = Arc::new(convert::polars_schema(after));
    let (recursion, node, cancel) = (recursion.clone(), node.clone(), cancel.clone());
    Ok(gathered(&all, &format!("{name} rounds"), schema, move |frame| {
        let of = frame.column(INPUT)?.u32()?.clone();
        let table = |input: usize| {
            let mine = frame.filter(&of.equal(u32::try_from(input).unwrap_or(u32::MAX)))?;
            let columns = columns
                .iter()
                .filter(|(at, ..)| *at == input)
                .map(|(at, column, _)| Ok(mine.column(&hidden(*at, column))?.clone().with_name(column.clone())));
            DataFrame::new(mine.height(), columns.collect::<PolarsResult<_>>()?)
        };
        let first = table(0)?;
        let others = (1..count).map(table);
        let tables = [Ok(first.clone()), Ok(first)].into_iter().chain(others).collect::<PolarsResult<_>>()?;
        rounds(&recursion, &node, Given { tables }, &cancel)
    }))
}

/// The rows that the last round made, all rows so far, and the inputs after the first.
struct Given {
    tables: Vec<DataFrame>,
}

impl Tables for Given {
    fn source(&self, _node: &str, _output: SourceOutput) -> Result<LazyFrame, Problem> {
        Err(Problem::new("A recursion reads no files by itself."))
    }

    fn kept(&self, node: &str, output: usize) -> Result<LazyFrame, Problem> {
        let table = self.tables.get(output).filter(|_| node == ROUND);
        table.map(|table| table.clone().lazy()).ok_or_else(|| Problem::new("A recursion is not given such a table."))
    }

    fn secret(&self, _name: &str) -> Option<String> {
        None
    }
}

fn rounds(recursion: &Recursion, node: &str, mut given: Given, cancel: &Cancel) -> PolarsResult<DataFrame> {
    let step = &recursion.step;
    let ends: Vec<_> = step.tallies.iter().map(|tally| tally.rows).chain([recursion.rows]).collect();
    let needed = step.uses(ends.iter().copied());
    for _ in 0..MOST_ROUNDS {
        if given.tables[0].height() == 0 {
            return Ok(given.tables.swap_remove(1));
        }
        if cancel.is_cancelled() {
            polars_bail!(ComputeError: "{CANCELLED}");
        }
        let lowered = lower::lower(step, &needed, &[], &given, cancel).map_err(|problem| told(&problem))?;
        let plans = ends.iter().filter_map(|rows| lowered.frame(*rows)).map(|frame| frame.logical_plan.clone());
        let mut made = LazyFrame::collect_all_with_engine(plans.collect(), Engine::InMemory, OptFlags::default())?;
        let Some(rows) = made.pop() else { break };
        for (tally, failed) in step.tallies.iter().zip(&made) {
            if failed.height() > 0 {
                return Err(told(&failure(tally, failed)?.node(node)));
            }
        }
        let all = &mut given.tables[1];
        all.vstack_mut(&rows)?;
        if all.first_col_n_chunks() > MOST_PARTS {
            all.rechunk_mut();
        }
        if all.height() > MOST_RECURSIVE_ROWS {
            let problem = format!("The recursion of {:?} makes more than {MOST_RECURSIVE_ROWS} rows.", recursion.table);
            return Err(told(&endless(problem).node(node)));
        }
        given.tables[0] = rows;
    }
    let problem = format!("The recursion of {:?} does not end within {MOST_ROUNDS} rounds.", recursion.table);
    Err(told(&endless(problem).node(node)))
}

fn endless(message: String) -> Problem {
    Problem::new(message).at("query").try_this(
        "Add a condition that ends it, as in WHERE n < 100, or write UNION in the place of UNION ALL, which leaves out rows that were there.",
    )
}

/// What is wrong with the first row that fails, as a formula tells it in the last three columns.
fn failure(tally: &Tally, rows: &DataFrame) -> PolarsResult<Problem> {
    if let Effect::Broken(message) = &tally.effect {
        return Ok(Problem::new(message.clone()));
    }
    let text = |column: &Column| Ok::<_, PolarsError>(column.str()?.get(0).unwrap_or("null").to_owned());
    let [.., column, value, reason] = rows.columns() else { return Ok(Problem::new("A row of a recursion fails.")) };
    let (column, value, reason) = (text(column)?, text(value)?, text(reason)?);
    Ok(Problem::new(format!("A row of the recursion fails in {column:?}, with {value:?}: {reason}.")).at("query"))
}
