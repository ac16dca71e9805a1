//! What is computed over the rows around a row, as plain functions over the columns of one partition.
//!
//! Sums and the like go through a queue that merges what it holds: nothing is ever subtracted again, so that a large number or a
//! NaN that has left the window leaves no trace.

use pipewright_engine::nodes::AggregateFunction;
use pipewright_engine::number;
use pipewright_engine::plan::{Aggregate, Edge, Frame};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;
use polars_utils::total_ord::TotalOrd;

use super::edges::Order;
use super::{kind_of, told, wide};
use crate::convert;

/// The number of the tile of a row, from its number and the number of rows.
pub(super) fn tile(number: Expr, tiles: u64) -> Expr {
    let tiles = i64::try_from(tiles).unwrap_or(i64::MAX).max(1);
    let tile = move |number: Column| {
        let size = i64::try_from(number.len()).unwrap_or(i64::MAX);
        let tile = number.i64()?.iter().map(|number| number.map(|number| tile_of(number, size, tiles)));
        Ok(Int64Chunked::from_iter_options(number.name().clone(), tile).into_column())
    };
    number.apply(tile, |_, field| Ok(field.clone()))
}

/// The first tiles have one row more than the others, if it does not come out even.
fn tile_of(number: i64, size: i64, tiles: i64) -> i64 {
    let (least, larger) = (size / tiles, size % tiles);
    let in_larger = larger * (least + 1);
    if number <= in_larger { (number - 1) / (least + 1) + 1 } else { (number - in_larger - 1) / least + larger + 1 }
}

/// The last value that is not null, or the next one.
pub(super) fn fill(values: Expr, backward: bool, most: Option<u64>) -> Expr {
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let fill = move |column: Column| {
        let there = column.is_not_null();
        let mut from: Vec<Option<IdxSize>> = vec![None; column.len()];
        let mut last: Option<usize> = None;
        for step in 0..column.len() {
            let at = if backward { column.len() - 1 - step } else { step };
            if there.get(at) == Some(true) {
                last = Some(at);
            }
            from[at] = last.filter(|last| last.abs_diff(at) <= most).and_then(|last| IdxSize::try_from(last).ok());
        }
        column.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, from.into_iter()))
    };
    values.apply(fill, |_, field| Ok(field.clone()))
}

/// Where rows lie on a line, as whole numbers.
pub(super) fn position(name: &str, schema: &OurSchema) -> Expr {
    let place = wide(name, schema);
    match kind_of(name, schema) {
        Some(Type::Date) => place.cast(DataType::Datetime(TimeUnit::Microseconds, None)).cast(DataType::Int64),
        _ => place.cast(DataType::Int64),
    }
}

/// Floats, with nulls between two of them on the straight line from one to the other.
pub(super) fn interpolate(values: Expr, along: Option<Expr>) -> Expr {
    let interpolate = |columns: &mut [Column]| {
        let values: Vec<Option<f64>> = columns[0].f64()?.iter().collect();
        let places: Vec<Option<i128>> = match columns.get(1) {
            None => (0..values.len()).map(|at| i128::try_from(at).ok()).collect(),
            Some(along) => along.i64()?.iter().map(|place| place.map(i128::from)).collect(),
        };
        let mut filled = values.clone();
        let mut last: Option<(usize, i128, f64)> = None;
        for (at, (value, place)) in values.iter().zip(&places).enumerate() {
            let (Some(value), Some(place)) = (*value, *place) else { continue };
            if let Some((before, from, start)) = last {
                for between in before + 1..at {
                    if filled[between].is_none() {
                        filled[between] = places[between].map(|here| on_line(here, (from, start), (place, value)));
                    }
                }
            }
            last = Some((at, place, value));
        }
        Ok(Float64Chunked::from_iter_options(columns[0].name().clone(), filled.into_iter()).into_column())
    };
    let along: Vec<Expr> = along.into_iter().collect();
    values.apply_many(interpolate, &along, |_, fields| Ok(Field::new(fields[0].name().clone(), DataType::Float64)))
}

fn on_line(here: i128, (from, start): (i128, f64), (to, end): (i128, f64)) -> f64 {
    if from == to {
        return start;
    }
    start + (end - start) * ((here - from) as f64 / (to - from) as f64)
}

/// A frame, and the columns it goes by.
pub(super) struct Around {
    pub(super) frame: Frame,
    pub(super) along: Vec<Expr>,
    /// Whether the first key of the order goes from the largest value on.
    pub(super) descending: bool,
}

/// An aggregate over the rows that a frame gives each row.
pub(super) fn aggregate(aggregate: &Aggregate, values: Expr, around: &Around, schema: &OurSchema) -> Expr {
    let function = aggregate.function;
    let name = aggregate.column.clone().unwrap_or_default();
    let kind = kind_of(&name, schema).unwrap_or(&Type::Null);
    use AggregateFunction::{All, Any, Count, CountValues, First, Last, Max, Min, Sum};
    let made = match (function, kind) {
        (Count | CountValues, _) => DataType::Int64,
        (Sum, Type::Integer) => DataType::Decimal(38, 0),
        (Sum, Type::Decimal(_, scale)) => DataType::Decimal(38, usize::from(*scale)),
        (Sum | Min | Max | First | Last | Any | All, kind) => convert::dtype(kind),
        _ => DataType::Float64,
    };
    if let (Sum, Type::Float, Frame::Rows { before: None, after: 0, least }) = (function, kind, &around.frame) {
        return running_sum(values, *least);
    }
    let dtype = made.clone();
    over(values, around, made, move |windows, column| windows.aggregate(function, column, &dtype, &name))
}

/// The value at this place of the rows that a frame gives each row.
pub(super) fn nth(values: Expr, place: u64, around: &Around) -> Expr {
    let place = usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(1);
    let nth = move |columns: &mut [Column], frame: &Frame, descending: bool| {
        let windows = Windows::of(frame, columns[0].len(), &columns[1..], descending)?;
        windows.taken(&columns[0], |start, end| start.checked_add(place).filter(|row| *row < end))
    };
    let (frame, descending) = (around.frame.clone(), around.descending);
    values.apply_many(move |columns| nth(columns, &frame, descending), &around.along, |_, fields| Ok(fields[0].clone()))
}

fn over(
    values: Expr,
    around: &Around,
    made: DataType,
    compute: impl Fn(&Windows, &Column) -> PolarsResult<Series> + Send + Sync + 'static,
) -> Expr {
    let (frame, descending) = (around.frame.clone(), around.descending);
    let compute = move |columns: &mut [Column]| {
        let windows = Windows::of(&frame, columns[0].len(), &columns[1..], descending)?;
        Ok(compute(&windows, &columns[0])?.with_name(columns[0].name().clone()).into_column())
    };
    values.apply_many(compute, &around.along, move |_, fields| Ok(Field::new(fields[0].name().clone(), made.clone())))
}

/// The commonest frame of all needs no queue, which would cost more than the sum where partitions are small.
fn running_sum(values: Expr, least: u64) -> Expr {
    let running = move |values: Column| {
        let (mut sum, mut count) = (None, 0);
        let sums = values.f64()?.iter().map(|value| {
            if let Some(value) = value {
                sum = Some(sum.map_or(value, |sum: f64| sum + value));
                count += 1;
            }
            sum.filter(|_| count >= least)
        });
        Ok(Float64Chunked::from_iter_options(values.name().clone(), sums).into_column())
    };
    values.apply(running, |_, field| Ok(field.clone()))
}

/// The rows of a partition in an order in which the windows of later rows neither begin nor end earlier.
struct Windows {
    rows: Vec<usize>,
    /// From where to where in `rows`, for each of them; none for a row that has no window.
    bounds: Vec<(usize, usize)>,
    height: usize,
    least: usize,
}

impl Windows {
    fn of(frame: &Frame, height: usize, along: &[Column], descending: bool) -> PolarsResult<Self> {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        match (frame, along) {
            (Frame::Range { before, after, least, .. }, [along]) => {
                let (before, after) = (i128::from(*before), i128::from(*after));
                let along = along.i64()?.iter().enumerate();
                let mut placed: Vec<(i128, usize)> =
                    along.filter_map(|(row, place)| Some((i128::from(place?), row))).collect();
                placed.sort_unstable();
                let end_of = |most: i128| placed.partition_point(|(place, _)| *place <= most);
                let bounds = placed.iter().map(|(place, _)| (end_of(place - before), end_of(place + after)));
                let bounds = bounds.map(|(start, end)| (start, end.max(start))).collect();
                Ok(Self { rows: placed.iter().map(|(_, row)| *row).collect(), bounds, height, least: size(*least) })
            }
            (Frame::Rows { before, after, least }, _) => {
                let before = before.map_or(usize::MAX, size);
                let end = |at: usize| at.saturating_add(size(*after)).saturating_add(1).min(height);
                let bounds = (0..height).map(|at| (at.saturating_sub(before), end(at))).collect();
                Ok(Self { rows: (0..height).collect(), bounds, height, least: size(*least) })
            }
            (Frame::Span { from, to }, [changes, along @ ..]) => {
                let order = Order::of(changes, along, descending)?;
                let values = along.get(1..).unwrap_or_default();
                let of_from = values.first().filter(|_| matches!(from, Edge::Value(_)));
                let of_to = values.last().filter(|_| matches!(to, Edge::Value(_)));
                let (starts, ends) = (order.edges(from, of_from, false)?, order.edges(to, of_to, true)?);
                let bounds = starts.into_iter().zip(ends).map(|(start, end)| (start, end.max(start))).collect();
                Ok(Self { rows: (0..height).collect(), bounds, height, least: 0 })
            }
            _ => polars_bail!(ComputeError: "a window that is no part of a partition"),
        }
    }

    /// The value of one row of each window, which is found by where the window starts and ends.
    fn taken(&self, column: &Column, row: impl Fn(usize, usize) -> Option<usize>) -> PolarsResult<Column> {
        let mut taken: Vec<Option<IdxSize>> = vec![None; self.height];
        for (here, (start, end)) in self.rows.iter().zip(&self.bounds) {
            taken[*here] = row(*start, *end).and_then(|row| IdxSize::try_from(self.rows[row]).ok());
        }
        column.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, taken.into_iter()))
    }

    /// The least value of each window, or the greatest, of values that are no numbers.
    fn extreme(&self, column: &Column, greatest: bool) -> PolarsResult<Column> {
        let order = column.arg_sort(SortOptions::default().with_order_descending(greatest));
        let mut ranks: Vec<Option<(usize, usize)>> = vec![None; self.height];
        let there = column.is_not_null();
        for (rank, row) in order.iter().flatten().enumerate() {
            let row = row as usize;
            ranks[row] = (there.get(row) == Some(true)).then_some((rank, row));
        }
        let found = self.merged(&ranks, |a, b| *a.min(b)).into_iter();
        let rows = found.map(|found| found.and_then(|(_, row)| IdxSize::try_from(row).ok()));
        column.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, rows))
    }

    fn aggregate(
        &self,
        function: AggregateFunction,
        column: &Column,
        dtype: &DataType,
        name: &str,
    ) -> PolarsResult<Series> {
        use AggregateFunction::*;
        let empty = PlSmallStr::EMPTY;
        let floats =
            || -> PolarsResult<Vec<Option<f64>>> { Ok(column.cast(&DataType::Float64)?.f64()?.iter().collect()) };
        let made_of_floats = |values: Vec<Option<f64>>| {
            Float64Chunked::from_iter_options(empty.clone(), values.into_iter()).into_series()
        };
        let is_float = *column.dtype() == DataType::Float64;
        Ok(match function {
            Count | CountValues => {
                let there: Vec<Option<()>> =
                    column.is_not_null().iter().map(|there| (there == Some(true)).then_some(())).collect();
                let counts =
                    self.counts(&there).into_iter().map(|count| count.and_then(|count| i64::try_from(count).ok()));
                Int64Chunked::from_iter_options(empty.clone(), counts).into_series()
            }
            Sum if is_float => made_of_floats(self.merged(&floats()?, |a, b| a + b)),
            Sum => {
                // A sum with more digits than there are is none, and stays none.
                let numbers: Vec<Option<Option<i128>>> =
                    digits(column)?.into_iter().map(|value| value.map(Some)).collect();
                let sums = self.merged(&numbers, |a, b| (*a)?.checked_add((*b)?));
                let most = 10i128.pow(38);
                if sums.iter().flatten().any(|sum| sum.is_none_or(|sum| sum.abs() >= most)) {
                    let problem = Problem::new(format!("A sum of the decimals of {name:?} has more than 38 digits."));
                    return Err(told(
                        &problem.try_this("Convert the column to Float, or to decimals of fewer digits."),
                    ));
                }
                made_of_digits(sums.into_iter().map(Option::flatten), dtype)?
            }
            Mean if !is_float => {
                let exact: Vec<Option<Option<i128>>> =
                    digits(column)?.into_iter().map(|value| value.map(Some)).collect();
                let sums = self.merged(&exact, |a, b| (*a)?.checked_add((*b)?));
                let sums: Vec<Option<Option<i128>>> = sums
                    .into_iter()
                    .map(|sum| sum.map(|sum| sum.filter(|sum| sum.unsigned_abs() < 10u128.pow(38))))
                    .collect();
                let values = floats()?;
                // Sums of more digits than there are stay floats.
                let is_rough = sums.contains(&Some(None));
                let rough = if is_rough { self.merged(&values, |a, b| a + b) } else { vec![None; self.height] };
                let scale = if let DataType::Decimal(_, scale) = column.dtype() { *scale } else { 0 };
                let scale = u8::try_from(scale).unwrap_or(u8::MAX);
                let means = sums.into_iter().zip(rough).zip(self.counts(&values)).map(|((sum, rough), count)| {
                    let count = count.filter(|count| *count > 0)?;
                    match sum? {
                        Some(sum) => Some(number::quotient(sum, i128::try_from(count).ok()?, scale)),
                        None => Some(rough? / count as f64),
                    }
                });
                made_of_floats(means.collect())
            }
            Mean => {
                let values = floats()?;
                let sums = self.merged(&values, |a, b| a + b).into_iter().zip(self.counts(&values));
                made_of_floats(sums.map(|(sum, count)| Some(sum? / count? as f64)).collect())
            }
            First | Last => {
                let row = |start: usize, end: usize| {
                    (start < end).then_some(if function == First { start } else { end.saturating_sub(1) })
                };
                self.taken(column, row)?.take_materialized_series()
            }
            Any | All => {
                let values: Vec<Option<bool>> = column.bool()?.iter().collect();
                let found = self.merged(&values, |a, b| if function == Any { *a || *b } else { *a && *b });
                BooleanChunked::from_iter_options(empty.clone(), found.into_iter()).into_series()
            }
            Min | Max if matches!(dtype, DataType::String | DataType::Binary | DataType::Boolean | DataType::Null) => {
                self.extreme(column, function == Max)?.take_materialized_series()
            }
            Min if is_float => made_of_floats(self.merged(&floats()?, |a, b| if b.tot_lt(a) { *b } else { *a })),
            Max if is_float => made_of_floats(self.merged(&floats()?, |a, b| if b.tot_gt(a) { *b } else { *a })),
            Min => made_of_digits(self.merged(&digits(column)?, |a, b| *a.min(b)).into_iter(), dtype)?,
            Max => made_of_digits(self.merged(&digits(column)?, |a, b| *a.max(b)).into_iter(), dtype)?,
            StandardDeviation | Variance | PopulationStandardDeviation | PopulationVariance => {
                let spreads: Vec<Option<Spread>> = floats()?.into_iter().map(|value| value.map(Spread::of)).collect();
                let less = if matches!(function, StandardDeviation | Variance) { 1.0 } else { 0.0 };
                let variances = self.merged(&spreads, Spread::with).into_iter().map(|spread| spread?.variance(less));
                let is_root = matches!(function, StandardDeviation | PopulationStandardDeviation);
                let root = |variance: f64| if is_root { variance.sqrt() } else { variance };
                made_of_floats(variances.map(|variance| variance.map(root)).collect())
            }
            // What lies between decimals is found between their digits.
            Median if let DataType::Decimal(_, scale) = column.dtype() => {
                let unit = 10f64.powi(i32::try_from(*scale).unwrap_or_default());
                let points: Vec<Option<f64>> =
                    digits(column)?.into_iter().map(|digits| digits.map(|digits| digits as f64)).collect();
                made_of_floats(self.medians(&points).into_iter().map(|median| median.map(|at| at / unit)).collect())
            }
            Median => made_of_floats(self.medians(&floats()?)),
            _ => polars_bail!(ComputeError: "{function:?} is not for a part of a partition"),
        })
    }

    /// How many values each window has; none where these are too few.
    fn counts<T>(&self, values: &[Option<T>]) -> Vec<Option<usize>> {
        let mut before = vec![0];
        for row in &self.rows {
            before.push(before[before.len() - 1] + usize::from(values[*row].is_some()));
        }
        let mut counts = vec![None; self.height];
        for (row, (start, end)) in self.rows.iter().zip(&self.bounds) {
            counts[*row] = Some(before[*end] - before[*start]).filter(|count| *count >= self.least);
        }
        counts
    }

    /// The values of each window merged into one; none where there are none, or too few.
    fn merged<T: Clone>(&self, values: &[Option<T>], merge: impl Fn(&T, &T) -> T) -> Vec<Option<T>> {
        let merge = |a: Option<&T>, b: Option<&T>| match (a, b) {
            (Some(a), Some(b)) => Some(merge(a, b)),
            (a, b) => a.or(b).cloned(),
        };
        let mut queue = Queue { older: Vec::new(), newer: Vec::new(), all_newer: None };
        let (mut from, mut to) = (0, 0);
        let mut merged = vec![None; self.height];
        let enough = self.counts(values);
        for (row, (start, end)) in self.rows.iter().zip(&self.bounds) {
            while to < *end {
                queue.push(values[self.rows[to]].clone(), merge);
                to += 1;
            }
            while from < *start {
                queue.pop(merge);
                from += 1;
            }
            if enough[*row].is_some() {
                merged[*row] = merge(queue.older.last().and_then(Option::as_ref), queue.all_newer.as_ref());
            }
        }
        merged
    }

    /// The value in the middle of each window, or the mean of the two.
    fn medians(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let mut sorted: Vec<f64> = Vec::new();
        let (mut from, mut to) = (0, 0);
        let mut medians = vec![None; self.height];
        let enough = self.counts(values);
        for (row, (start, end)) in self.rows.iter().zip(&self.bounds) {
            for value in self.rows[to..*end].iter().filter_map(|row| values[*row]) {
                sorted.insert(sorted.partition_point(|one| one.tot_lt(&value)), value);
            }
            for value in self.rows[from..*start].iter().filter_map(|row| values[*row]) {
                sorted.remove(sorted.partition_point(|one| one.tot_lt(&value)));
            }
            (from, to) = (*start, *end);
            if enough[*row].is_some() {
                medians[*row] = middle(&sorted);
            }
        }
        medians
    }
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let at = sorted.len() / 2;
    let upper = *sorted.get(at)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[at - 1] + upper) / 2.0 })
}

/// A queue that knows what all it holds amounts to: of the older ones each with all that are newer, in a stack.
struct Queue<T> {
    older: Vec<Option<T>>,
    newer: Vec<Option<T>>,
    all_newer: Option<T>,
}

impl<T: Clone> Queue<T> {
    fn push(&mut self, value: Option<T>, merge: impl Fn(Option<&T>, Option<&T>) -> Option<T>) {
        self.all_newer = merge(self.all_newer.as_ref(), value.as_ref());
        self.newer.push(value);
    }

    fn pop(&mut self, merge: impl Fn(Option<&T>, Option<&T>) -> Option<T>) {
        if self.older.is_empty() {
            for value in self.newer.drain(..).rev() {
                let all = merge(value.as_ref(), self.older.last().and_then(Option::as_ref));
                self.older.push(all);
            }
            self.all_newer = None;
        }
        self.older.pop();
    }
}

/// Count, mean and the sum of squared distances from it.
#[derive(Clone)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn of(value: f64) -> Self {
        // What is not finite has no distance from anything.
        Self { count: 1.0, mean: value, squares: if value.is_finite() { 0.0 } else { f64::NAN } }
    }

    fn with(&self, other: &Self) -> Self {
        let count = self.count + other.count;
        let apart = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + apart * (other.count / count),
            squares: self.squares + other.squares + apart * apart * (self.count * other.count / count),
        }
    }

    fn variance(&self, less: f64) -> Option<f64> {
        (self.count > less).then(|| self.squares / (self.count - less))
    }
}

/// Integers, the digits of decimals, and dates and times as Polars has them.
pub(super) fn digits(column: &Column) -> PolarsResult<Vec<Option<i128>>> {
    if let Ok(decimals) = column.decimal() {
        return Ok(decimals.physical().iter().collect());
    }
    let numbers = column.to_physical_repr().cast(&DataType::Int64)?;
    Ok(numbers.i64()?.iter().map(|number| number.map(i128::from)).collect())
}

fn made_of_digits(digits: impl Iterator<Item = Option<i128>>, dtype: &DataType) -> PolarsResult<Series> {
    if let DataType::Decimal(precision, scale) = dtype {
        let digits = Int128Chunked::from_iter_options(PlSmallStr::EMPTY, digits);
        return Ok(digits.into_decimal_unchecked(*precision, *scale).into_series());
    }
    let numbers = digits.map(|number| number.and_then(|number| i64::try_from(number).ok()));
    let numbers = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, numbers);
    match dtype {
        DataType::Date => numbers.cast(&DataType::Int32)?.cast(dtype),
        _ => numbers.cast(dtype),
    }
}
