//! Which rows of two tables belong together: rules that Polars has not, in code of our own over whole tables.
//!
//! Both sides come as one table, the left one first. A rule gets the rows of each group, which are equal in the keys, and gives pairs.

mod nearest;
mod range;
mod recursion;
mod similar;

use std::sync::Arc;

use pipewright_engine::plan::{LEFT_ROW, Pairs, RIGHT_ROW, Rule, SCORE};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use crate::convert;
use crate::lower::{key, told, wide};
use crate::watch::gathered;
pub(crate) use recursion::recursion;

const IS_RIGHT: &str = "\u{2}is right";

/// A row of the left side and one of the right side, each numbered as in the table of both, and how like each other they are.
type Pair = (usize, usize, f64);

/// The rows of both sides that are equal in the keys, in their order.
struct Group {
    left: Vec<usize>,
    right: Vec<usize>,
}

pub(crate) fn pairs(
    pairs: &Pairs,
    node: &str,
    name: &str,
    [left, right]: [LazyFrame; 2],
    before: &[&OurSchema],
    after: &OurSchema,
) -> PolarsResult<LazyFrame> {
    let (left_schema, right_schema) = match before {
        [left, right] => (*left, *right),
        _ => return Ok(left),
    };
    let side = |frame: LazyFrame, schema: &OurSchema, is_right: bool| {
        let name = |(left, right): &(String, String)| if is_right { right.clone() } else { left.clone() };
        let keys = pairs.by.iter().enumerate().map(|(at, by)| key(&name(by), schema).alias(by_name(at)));
        let values = pairs.on.iter().enumerate().map(|(at, on)| wide(&name(on), schema).alias(on_name(at)));
        let mark = lit(is_right).alias(IS_RIGHT);
        frame.with_column(mark).select([col(IS_RIGHT)].into_iter().chain(keys).chain(values).collect::<Vec<_>>())
    };
    let sides = [side(left, left_schema, false), side(right, right_schema, true)];
    let both = concat(sides, UnionArgs { to_supertypes: true, ..UnionArgs::default() })?;
    let schema = Arc::new(convert::polars_schema(after));
    let (rule, node) = (pairs.clone(), node.to_owned());
    Ok(gathered(&both, &format!("{name} pairs"), schema, move |frame| found(&frame, &rule, &node)))
}

fn by_name(at: usize) -> String {
    format!("\u{2}by {at}")
}

fn on_name(at: usize) -> String {
    format!("\u{2}on {at}")
}

fn found(frame: &DataFrame, pairs: &Pairs, node: &str) -> PolarsResult<DataFrame> {
    let is_right = frame.column(IS_RIGHT)?.bool()?.clone();
    let lefts = is_right.len() - is_right.sum().unwrap_or(0) as usize;
    let groups = groups(frame, pairs.by.len(), lefts)?;
    let values: Vec<Column> =
        (0..pairs.on.len()).map(|at| frame.column(&on_name(at)).cloned()).collect::<PolarsResult<_>>()?;
    let mut limit = Limit { left: pairs.most, node, most: pairs.most };
    let mut found = match &pairs.rule {
        Rule::Nearest(rule) => nearest::pairs(rule, &values, &groups)?,
        Rule::Range(rule) => range::pairs(rule, &values, &groups, &mut limit)?,
        Rule::Similar(rule) => similar::pairs(rule, &values, &groups, &mut limit)?,
    };
    // Groups lie among each other; the pairs of a row are in order already.
    found.sort_by_key(|(left, ..)| *left);
    let number = |row: usize| row as i64;
    let mut columns = vec![
        Column::new(LEFT_ROW.into(), found.iter().map(|(left, ..)| number(*left)).collect::<Vec<i64>>()),
        Column::new(RIGHT_ROW.into(), found.iter().map(|(_, right, _)| number(*right - lefts)).collect::<Vec<i64>>()),
    ];
    if matches!(pairs.rule, Rule::Similar(_)) {
        columns.push(Column::new(SCORE.into(), found.iter().map(|(.., score)| *score).collect::<Vec<f64>>()));
    }
    DataFrame::new(found.len(), columns)
}

/// The rows that are equal in their keys. A key that is null belongs to nothing.
fn groups(frame: &DataFrame, keys: usize, lefts: usize) -> PolarsResult<Vec<Group>> {
    let split = |rows: Vec<usize>| {
        let at = rows.partition_point(|row| *row < lefts);
        Group { right: rows[at..].to_vec(), left: rows[..at].to_vec() }
    };
    if keys == 0 {
        return Ok(vec![split((0..frame.height()).collect())]);
    }
    let names: Vec<String> = (0..keys).map(by_name).collect();
    let columns: Vec<&Column> = names.iter().map(|name| frame.column(name)).collect::<PolarsResult<_>>()?;
    let mut groups = Vec::new();
    for rows in frame.group_by_stable(&names)?.get_groups().iter() {
        let rows: Vec<usize> = match rows {
            GroupsIndicator::Idx((_, rows)) => rows.iter().map(|row| *row as usize).collect(),
            GroupsIndicator::Slice([first, length]) => (first as usize..(first + length) as usize).collect(),
        };
        let group = split(rows);
        let is_null = |row: usize| columns.iter().any(|column| column.get(row).is_ok_and(|value| value.is_null()));
        if !group.left.is_empty() && !group.right.is_empty() && !is_null(group.left[0]) {
            groups.push(group);
        }
    }
    Ok(groups)
}

/// How much more there may be before the run fails.
struct Limit<'a> {
    left: Option<u64>,
    most: Option<u64>,
    node: &'a str,
}

impl Limit<'_> {
    fn take(&mut self, count: usize, what: &str, parameter: &str, try_this: &str) -> PolarsResult<()> {
        let (Some(left), Some(most)) = (&mut self.left, self.most) else { return Ok(()) };
        match left.checked_sub(count as u64) {
            Some(less) => *left = less,
            None => {
                let problem = Problem::new(format!("{what} than {most}.")).node(self.node).at(parameter);
                return Err(told(&problem.try_this(try_this)));
            }
        }
        Ok(())
    }
}
