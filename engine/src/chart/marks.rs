//! What each kind of chart draws within its axes.

use super::{Axis, Data, Ink, Item, Mark, Plane, Point};

/// How much of the room for a category its bars take.
const FILLED: f32 = 0.8;

fn categories(data: &Data) -> usize {
    if let Axis::Categories(names) = &data.x { names.len() } else { 1 }
}

/// Bars of one category stand side by side, one for each series.
pub(super) fn bars(plane: &mut Plane, data: &Data) {
    let room = (plane.right - plane.left) / categories(data).max(1) as f32 * FILLED;
    let each = room / data.series.len().max(1) as f32;
    for item in &data.items {
        let Some(value) = item.numbers.last() else { continue };
        let left = plane.x_of(item.x) - room / 2.0 + each * item.series as f32;
        let gap = if each > 4.0 { 0.5 } else { 0.0 };
        upright(plane, left + gap, left + each - gap, *value, item.series);
    }
}

/// Bars from one bound of a bin to the other.
pub(super) fn histogram(plane: &mut Plane, data: &Data) {
    for item in &data.items {
        let [to, count] = item.numbers[..] else { continue };
        let (left, right) = (plane.x_of(item.x), plane.x_of(to));
        upright(plane, left + 0.5, (right - 0.5).max(left + 1.0), count, item.series);
    }
}

fn upright(plane: &mut Plane, left: f32, right: f32, value: f64, series: usize) {
    let (a, b) = (plane.y_of(0.0), plane.y_of(value));
    plane.marks.push(Mark::Bar { from: (left, a.min(b)), to: (right, a.max(b)), ink: Ink::Series(series) });
}

/// A line for each series, through its rows in their order.
pub(super) fn lines(plane: &mut Plane, data: &Data) {
    for series in 0..data.series.len().max(1) {
        let of_it = data.items.iter().filter(|item| item.series == series);
        let points: Vec<Point> = of_it.filter_map(|item| point(plane, item)).collect();
        match points[..] {
            [] => {}
            [at] => plane.marks.push(Mark::Dot { at, radius: 2.5, ink: Ink::Series(series) }),
            _ => plane.line(points, Ink::Series(series), 1.75),
        }
    }
}

pub(super) fn dots(plane: &mut Plane, data: &Data) {
    let radius = if data.items.len() > 500 { 1.5 } else { 2.5 };
    for item in &data.items {
        let Some(at) = point(plane, item) else { continue };
        plane.marks.push(Mark::Dot { at, radius, ink: Ink::Series(item.series) });
    }
}

fn point(plane: &Plane, item: &Item) -> Option<Point> {
    item.numbers.last().map(|value| (plane.x_of(item.x), plane.y_of(*value)))
}

/// A box from the first to the third quartile, a line across at the median, and whiskers.
pub(super) fn boxes(plane: &mut Plane, data: &Data) {
    let room = (plane.right - plane.left) / categories(data).max(1) as f32 * FILLED;
    let width = (room / data.series.len().max(1) as f32).min(60.0);
    let all = width * data.series.len().max(1) as f32;
    for item in &data.items {
        let [low, first, median, third, high] = item.numbers[..] else { continue };
        let left = plane.x_of(item.x) - all / 2.0 + width * item.series as f32;
        let (left, right, ink) = (left + 2.0, left + width - 2.0, Ink::Series(item.series));
        let middle = (left + right) / 2.0;
        let y = |value: f64| plane.y_of(value);
        let (low, first, median, third, high) = (y(low), y(first), y(median), y(third), y(high));
        let edge = vec![(left, first), (right, first), (right, third), (left, third), (left, first)];
        plane.line(edge, ink, 1.5);
        plane.line(vec![(left, median), (right, median)], ink, 2.5);
        for (from, to) in [(first, low), (third, high)] {
            plane.line(vec![(middle, from), (middle, to)], ink, 1.5);
            plane.line(vec![(middle - width / 6.0, to), (middle + width / 6.0, to)], ink, 1.5);
        }
    }
}
