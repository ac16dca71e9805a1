//! Rows whose values stand in an order: the value of one side between two of the other, intervals that overlap.
//!
//! Values are replaced by their places in the order, and conditions are turned until each says that the right place is at most the left
//! one. The right side is sorted by the first condition, so that it holds for rows up to a point; a tree of the least places of
//! the second finds those of them for which that holds, too, without a look at the others.

use pipewright_engine::nodes::{Compare, Which};
use pipewright_engine::plan::Range;
use polars::prelude::*;

use super::{Group, Limit, Pair};

pub(super) fn pairs(rule: &Range, values: &[Column], groups: &[Group], limit: &mut Limit) -> PolarsResult<Vec<Pair>> {
    let conditions: Vec<Condition> = values
        .iter()
        .zip(&rule.compare)
        .map(|(column, compare)| Ok(Condition { places: places(column)?, compare: *compare, open: rule.open }))
        .collect::<PolarsResult<_>>()?;
    let mut pairs = Vec::new();
    for group in groups {
        let right = Sorted::of(&conditions, &group.right);
        for left in &group.left {
            let Some(most) = conditions.iter().map(|condition| condition.most(*left)).collect::<Option<Vec<i64>>>()
            else {
                continue;
            };
            let mut found = right.within(&most);
            found.sort_unstable();
            let kept = match rule.which {
                Which::All => &found[..],
                Which::First => &found[..found.len().min(1)],
                Which::Last => &found[found.len().saturating_sub(1)..],
            };
            let hint = "Look for conditions that are too wide, or raise max_rows.";
            limit.take(kept.len(), "The join makes more rows", "max_rows", hint)?;
            pairs.extend(kept.iter().map(|right| (*left, *right, 1.0)));
        }
    }
    Ok(pairs)
}

struct Condition {
    places: Vec<Option<i64>>,
    compare: Compare,
    open: bool,
}

impl Condition {
    fn turned(&self, place: i64) -> i64 {
        match self.compare {
            Compare::AtLeast | Compare::MoreThan => place,
            Compare::AtMost | Compare::LessThan => -place,
        }
    }

    /// The place of a row of the right side. One that is open is below all others.
    fn place(&self, row: usize) -> Option<i64> {
        match self.places[row] {
            Some(place) => Some(self.turned(place)),
            None => self.open.then_some(i64::MIN),
        }
    }

    /// Up to which place of the right side the condition holds for a row of the left side.
    fn most(&self, row: usize) -> Option<i64> {
        let strict = matches!(self.compare, Compare::MoreThan | Compare::LessThan);
        match self.places[row] {
            Some(place) => Some(self.turned(place) - i64::from(strict)),
            None => self.open.then_some(i64::MAX),
        }
    }
}

/// The place of each value in the order of all of them, from zero; equals share one. None for null.
fn places(column: &Column) -> PolarsResult<Vec<Option<i64>>> {
    if *column.dtype() == DataType::Null {
        return Ok(vec![None; column.len()]);
    }
    let order = column.arg_sort(SortOptions::default());
    let sorted = column.take(&order)?;
    let is_new = sorted.not_equal_missing(&sorted.shift(1))?;
    let there = column.is_not_null();
    let mut places = vec![None; column.len()];
    let mut place = 0;
    for (row, is_new) in order.iter().zip(is_new.iter()) {
        place += i64::from(is_new == Some(true));
        let Some(row) = row.map(|row| row as usize) else { continue };
        places[row] = Some(place).filter(|_| there.get(row) == Some(true));
    }
    Ok(places)
}

/// The right side of a group, in the order of the first condition.
struct Sorted {
    rows: Vec<(Vec<i64>, usize)>,
    /// The least place of the second condition below each knot of a tree, whose leaves are the rows.
    least: Vec<i64>,
    leaves: usize,
}

impl Sorted {
    fn of(conditions: &[Condition], rows: &[usize]) -> Self {
        let places = |row: &usize| {
            let places = conditions.iter().map(|condition| condition.place(*row)).collect::<Option<Vec<i64>>>()?;
            Some((places, *row))
        };
        let mut rows: Vec<(Vec<i64>, usize)> = rows.iter().filter_map(places).collect();
        rows.sort_by_key(|(places, _)| places.first().copied());
        let leaves = rows.len().next_power_of_two();
        let mut least = vec![i64::MAX; 2 * leaves];
        for (at, (places, _)) in rows.iter().enumerate() {
            least[leaves + at] = places.get(1).copied().unwrap_or(i64::MIN);
        }
        for at in (1..leaves).rev() {
            least[at] = least[2 * at].min(least[2 * at + 1]);
        }
        Self { rows, least, leaves }
    }

    /// The rows for which every place is at most that of its condition.
    fn within(&self, most: &[i64]) -> Vec<usize> {
        let end = self.rows.partition_point(|(places, _)| places.first() <= most.first());
        let mut found = Vec::new();
        self.look(1, 0..self.leaves, end, most, &mut found);
        found
    }

    fn look(&self, knot: usize, part: std::ops::Range<usize>, end: usize, most: &[i64], found: &mut Vec<usize>) {
        let (from, to) = (part.start, part.end);
        let second = most.get(1).copied().unwrap_or(i64::MAX);
        if from >= end || self.least[knot] > second {
            return;
        }
        if knot < self.leaves {
            let middle = usize::midpoint(from, to);
            self.look(2 * knot, from..middle, end, most, found);
            self.look(2 * knot + 1, middle..to, end, most, found);
            return;
        }
        let (places, row) = &self.rows[from];
        if places.iter().zip(most).all(|(place, most)| place <= most) {
            found.push(*row);
        }
    }
}
