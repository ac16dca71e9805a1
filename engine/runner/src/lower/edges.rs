//! Where the windows of the rows of a partition begin and end, in its order.

use pipewright_engine::plan::Edge;
use polars::prelude::*;

use super::frames::digits;

/// The order of the rows of a partition.
pub(super) struct Order {
    /// For each row, the first of the rows that are equal to it, and the one after the last.
    peers: Vec<(usize, usize)>,
    /// The keys, turned round where the largest come first; none for null.
    keys: Vec<Option<i128>>,
    /// The rows whose keys are not null, which stand together.
    there: (usize, usize),
    descending: bool,
}

impl Order {
    pub(super) fn of(changes: &Column, along: &[Column], descending: bool) -> PolarsResult<Self> {
        let changes = changes.i64()?;
        let height = changes.len();
        let mut starts: Vec<usize> = (0..height).filter(|row| changes.get(*row) == Some(1)).collect();
        starts.push(height);
        let group = |bounds: &[usize]| vec![(bounds[0], bounds[1]); bounds[1] - bounds[0]];
        let peers = starts.windows(2).flat_map(group).collect();
        let keys = along.first().map_or(Ok(Vec::new()), |keys| places(keys, descending))?;
        let first = keys.iter().position(Option::is_some).unwrap_or(0);
        let there = (first, first + keys.iter().flatten().count());
        Ok(Self { peers, keys, there, descending })
    }

    /// Where the windows of the rows begin, or end.
    pub(super) fn edges(&self, edge: &Edge, values: Option<&Column>, end: bool) -> PolarsResult<Vec<usize>> {
        let height = self.peers.len();
        let size = |rows: i64| usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let peer = |row: usize| if end { self.peers[row].1 } else { self.peers[row].0 };
        Ok(match edge {
            Edge::End => vec![if end { height } else { 0 }; height],
            Edge::Peer => (0..height).map(peer).collect(),
            Edge::Row(rows) => {
                let first = |row: usize| {
                    if *rows < 0 { row.checked_sub(size(*rows)) } else { Some(row.saturating_add(size(*rows))) }
                };
                let edge = |row| first(row).map_or(0, |row| if end { row.saturating_add(1) } else { row }.min(height));
                (0..height).map(edge).collect()
            }
            Edge::Value(_) => {
                let values = values.map_or(Ok(Vec::new()), |values| places(values, self.descending))?;
                let (first, last) = self.there;
                let keys = &self.keys[first..last];
                let edge = |row: usize| match (self.keys[row], values.get(row).copied().flatten()) {
                    (Some(_), Some(value)) => {
                        first + keys.partition_point(|key| key.is_some_and(|key| key < value || end && key == value))
                    }
                    _ => peer(row),
                };
                (0..height).map(edge).collect()
            }
        })
    }
}

/// Values as whole numbers that lie as they do; NaN is the largest number, and zero has no sign.
fn places(column: &Column, descending: bool) -> PolarsResult<Vec<Option<i128>>> {
    let place = |number: f64| {
        let bits = (number + 0.0).to_bits().cast_signed();
        let ordered = if bits < 0 { !(bits & i64::MAX) } else { bits };
        if number.is_nan() { i128::from(i64::MAX) } else { i128::from(ordered) }
    };
    let places = match column.dtype() {
        DataType::Float64 => column.f64()?.iter().map(|number| number.map(place)).collect(),
        _ => digits(column)?,
    };
    Ok(if descending { places.into_iter().map(|place| place.map(|place| -place)).collect() } else { places })
}
