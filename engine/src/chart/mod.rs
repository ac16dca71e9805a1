//! Charts: from the rows that a chart node gives to lines, bars, dots and words on a plane.
//!
//! What is drawn is plain data. The designer paints it on the canvas and the runner writes it as SVG, so a chart looks the same in
//! both, and neither knows more of charts than this.

mod marks;
mod scale;
mod svg;

pub use svg::svg;

use crate::nodes::chart::{Chart, ChartKind};
use crate::table::Table;
use crate::value::Value;
use scale::Scale;

/// A chart as drawn: from the upper left corner, in points.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub width: f32,
    pub height: f32,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Line {
        points: Vec<Point>,
        ink: Ink,
        width: f32,
    },
    Bar {
        from: Point,
        to: Point,
        ink: Ink,
    },
    Dot {
        at: Point,
        radius: f32,
        ink: Ink,
    },
    /// One line of text; `at` is its place on the base line.
    Text {
        at: Point,
        text: String,
        size: f32,
        align: Align,
        ink: Ink,
    },
}

pub type Point = (f32, f32);

/// What a mark is drawn for; whoever draws it has a colour for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    Text,
    Weak,
    Grid,
    /// The colour of a series, by its place in [`SERIES`].
    Series(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    Middle,
    End,
}

/// Colours that people who see few colours can tell apart (Okabe and Ito, 2008), as red, green and blue.
pub const SERIES: [[u8; 3]; 7] = [
    [0x00, 0x72, 0xB2],
    [0xE6, 0x9F, 0x00],
    [0x00, 0x9E, 0x73],
    [0xD5, 0x5E, 0x00],
    [0xCC, 0x79, 0xA7],
    [0x56, 0xB4, 0xE9],
    [0x99, 0x99, 0x99],
];

/// How large letters are, in points, and how wide one is of that, about.
const LETTERS: f32 = 11.0;
const LETTER: f32 = 0.56;
/// Less room than this has none for words.
const SMALL: (f32, f32) = (300.0, 150.0);

/// Draws what a chart node gives. Rows that have no place in it, such as those with a null, are left out.
pub fn draw(chart: &Chart, table: &Table, (width, height): (f32, f32)) -> Drawing {
    let data = Data::of(chart, table);
    let mut plane = Plane::new(chart, &data, width, height);
    match chart.kind {
        ChartKind::Bar => marks::bars(&mut plane, &data),
        ChartKind::Line => marks::lines(&mut plane, &data),
        ChartKind::Scatter => marks::dots(&mut plane, &data),
        ChartKind::Histogram => marks::histogram(&mut plane, &data),
        ChartKind::Box => marks::boxes(&mut plane, &data),
    }
    Drawing { width, height, marks: plane.marks }
}

/// The rows as a chart needs them.
struct Data {
    /// One for each row: its place along the plane, its series, and its numbers, the lowest first where there are several.
    items: Vec<Item>,
    x: Axis,
    /// Names of the series, in the order first seen.
    series: Vec<String>,
}

struct Item {
    x: f64,
    series: usize,
    numbers: Vec<f64>,
}

/// What lies along the lower edge.
enum Axis {
    Categories(Vec<String>),
    Numbers(Scale),
}

impl Data {
    fn of(chart: &Chart, table: &Table) -> Self {
        let column = |name: &str| table.schema.position(name);
        let series = chart.series.as_ref().and_then(|name| column(&name.0));
        let x = if chart.kind == ChartKind::Histogram { Some(0) } else { column(&chart.x.0) };
        let numbers = chart.numbers(&table.schema);
        let along = x.and_then(|at| table.schema.0.get(at)).map(|column| &column.kind);
        let measured = along.is_some_and(scale::is_measured) && !matches!(chart.kind, ChartKind::Bar | ChartKind::Box);
        let (mut categories, mut names) = (Vec::new(), Vec::new());
        let mut items = Vec::new();
        for row in &table.rows {
            let values: Option<Vec<f64>> = numbers.iter().map(|at| row.get(*at).and_then(scale::place)).collect();
            let Some(numbers) = values.filter(|values| values.iter().all(|value| value.is_finite())) else { continue };
            let cell = x.and_then(|at| row.get(at)).unwrap_or(&Value::Null);
            let place =
                if measured { scale::place(cell) } else { Some(number_of(&mut categories, words(cell)) as f64) };
            let Some(x) = place.filter(|place| place.is_finite()) else { continue };
            let series = series.and_then(|at| row.get(at)).map_or(0, |value| number_of(&mut names, words(value)));
            items.push(Item { x, series, numbers });
        }
        let x = match along.filter(|_| measured) {
            Some(kind) => Axis::Numbers(Scale::around(items.iter().map(|item| item.x), kind)),
            None => Axis::Categories(categories),
        };
        Self { items, x, series: names }
    }
}

fn words(value: &Value) -> String {
    if value.is_null() { "none".to_owned() } else { value.to_string() }
}

fn number_of(names: &mut Vec<String>, name: String) -> usize {
    names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// Where things lie: the room within the axes, and what was drawn so far.
struct Plane {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    y: Scale,
    /// From the least to the most along the lower edge.
    span: (f64, f64),
    marks: Vec<Mark>,
}

impl Plane {
    fn new(chart: &Chart, data: &Data, width: f32, height: f32) -> Self {
        let small = width < SMALL.0 || height < SMALL.1;
        let numbers = data.items.iter().flat_map(|item| item.numbers.iter().copied());
        // The length of a bar tells only if it begins at zero.
        let zero = matches!(chart.kind, ChartKind::Bar | ChartKind::Histogram).then_some(0.0);
        let numbers: Vec<f64> = if chart.kind == ChartKind::Histogram {
            data.items.iter().filter_map(|item| item.numbers.last().copied()).chain(zero).collect()
        } else {
            numbers.chain(zero).collect()
        };
        let y = if small {
            Scale::bare(&numbers)
        } else {
            Scale::rounded(&numbers, (height / 48.0).clamp(2.0, 8.0) as usize)
        };
        let labels: Vec<String> = y.ticks.iter().map(|(_, label)| label.clone()).collect();
        let widest = labels.iter().map(|label| width_of(label)).fold(0.0, f32::max);
        let legend = data.series.len() > 1 && !small;
        let title = !chart.title.is_empty() && !small;
        let mut plane = Self {
            left: if small { 2.0 } else { widest + 14.0 },
            right: width - if small { 2.0 } else { 12.0 },
            top: 6.0 + if title { 22.0 } else { 0.0 } + if legend { 18.0 } else { 0.0 },
            bottom: height - if small { 3.0 } else { 2.0 * LETTERS + 16.0 },
            y,
            span: match &data.x {
                Axis::Categories(names) => (-0.5, (names.len().max(1)) as f64 - 0.5),
                Axis::Numbers(scale) if chart.kind == ChartKind::Histogram => {
                    let last = data.items.iter().filter_map(|item| item.numbers.first()).copied();
                    (scale.from, last.fold(scale.to, f64::max))
                }
                Axis::Numbers(scale) => (scale.from, scale.to),
            },
            marks: Vec::new(),
        };
        plane.frame();
        if small {
            return plane;
        }
        plane.below(&data.x);
        plane.text((plane.left + plane.right) / 2.0, height - 6.0, &chart.along(), Align::Middle, Ink::Weak);
        if title {
            let at = (plane.left, 18.0);
            plane.marks.push(Mark::Text {
                at,
                text: chart.title.clone(),
                size: 14.0,
                align: Align::Start,
                ink: Ink::Text,
            });
        }
        if legend {
            plane.legend(&data.series);
        }
        plane
    }

    /// Lines across, with what they stand for.
    fn frame(&mut self) {
        for (value, label) in self.y.ticks.clone() {
            let y = self.y_of(value);
            self.line(vec![(self.left, y), (self.right, y)], Ink::Grid, 1.0);
            self.text(self.left - 6.0, y + LETTERS * 0.35, &label, Align::End, Ink::Weak);
        }
        let base = self.y_of(self.y.from.max(0.0).min(self.y.to));
        self.line(vec![(self.left, base), (self.right, base)], Ink::Weak, 1.0);
    }

    /// Words below the lower edge, as many as there is room for.
    fn below(&mut self, axis: &Axis) {
        let y = self.bottom + LETTERS + 5.0;
        let room = self.right - self.left;
        match axis {
            Axis::Categories(names) => {
                let each = room / names.len().max(1) as f32;
                let longest = names.iter().map(|name| width_of(name)).fold(0.0, f32::max).min(90.0);
                let every = ((longest + 8.0) / each).ceil().max(1.0) as usize;
                for (at, name) in names.iter().enumerate().step_by(every) {
                    let text = shortened(name, each * every as f32 - 4.0);
                    self.text(self.x_of(at as f64), y, &text, Align::Middle, Ink::Weak);
                }
            }
            Axis::Numbers(scale) => {
                let (from, to) = self.span;
                for (value, label) in scale.ticks.iter().filter(|(value, _)| (from..=to).contains(value)) {
                    self.text(self.x_of(*value), y, label, Align::Middle, Ink::Weak);
                }
            }
        }
    }

    fn legend(&mut self, series: &[String]) {
        let (mut x, y) = (self.left, self.top - 8.0);
        for (at, name) in series.iter().enumerate() {
            let name = shortened(name, 120.0);
            let width = 14.0 + width_of(&name) + 14.0;
            if x + width > self.right {
                return self.text(x, y, &format!("and {} more", series.len() - at), Align::Start, Ink::Weak);
            }
            self.marks.push(Mark::Bar { from: (x, y - 8.0), to: (x + 9.0, y + 1.0), ink: Ink::Series(at) });
            self.text(x + 14.0, y, &name, Align::Start, Ink::Text);
            x += width;
        }
    }

    fn x_of(&self, value: f64) -> f32 {
        let (from, to) = self.span;
        let share = if to > from { (value - from) / (to - from) } else { 0.5 };
        self.left + (self.right - self.left) * share as f32
    }

    fn y_of(&self, value: f64) -> f32 {
        let share = (value - self.y.from) / (self.y.to - self.y.from);
        self.bottom - (self.bottom - self.top) * share as f32
    }

    fn line(&mut self, points: Vec<Point>, ink: Ink, width: f32) {
        self.marks.push(Mark::Line { points, ink, width });
    }

    fn text(&mut self, x: f32, y: f32, text: &str, align: Align, ink: Ink) {
        self.marks.push(Mark::Text { at: (x, y), text: text.to_owned(), size: LETTERS, align, ink });
    }
}

fn width_of(text: &str) -> f32 {
    text.chars().count() as f32 * LETTERS * LETTER
}

fn shortened(text: &str, room: f32) -> String {
    let most = (room / (LETTERS * LETTER)).max(2.0) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(chart: &Chart, rows: &str) -> Drawing {
        draw(chart, &Table::parse(rows).unwrap(), (400.0, 300.0))
    }

    fn bars(drawing: &Drawing) -> Vec<(Point, Point)> {
        let bar = |mark: &Mark| match mark {
            Mark::Bar { from, to, ink: Ink::Series(_) } => Some((*from, *to)),
            _ => None,
        };
        drawing.marks.iter().filter_map(bar).collect()
    }

    #[test]
    fn bars_are_as_high_as_their_values_and_begin_at_zero() {
        let chart = Chart { kind: ChartKind::Bar, x: "shop".into(), y: "n".into(), ..Chart::default() };
        let bars = bars(&drawn(&chart, "shop, sum_n: Integer\n a, 10\n b, 20\n c, "));
        let height = |(from, to): (Point, Point)| to.1 - from.1;
        assert_eq!(bars.len(), 2, "null has no bar");
        assert!((height(bars[1]) - 2.0 * height(bars[0])).abs() < 0.01, "{bars:?}");
        assert!((bars[0].1.1 - bars[1].1.1).abs() < 0.01, "both stand on the same line");
    }

    #[test]
    fn everything_lies_within_the_drawing_also_of_rows_nobody_thinks_of() {
        let tables = [
            "x: Float, y: Float",
            "x: Float, y: Float\n 1, 1",
            "x: Float, y: Float\n 0, 1e300\n 5, -1e300\n ·, 3\n NaN, 2",
        ];
        for kind in [ChartKind::Line, ChartKind::Scatter] {
            let chart = Chart { kind, x: "x".into(), y: "y".into(), ..Chart::default() };
            for table in tables {
                for mark in drawn(&chart, table).marks {
                    let points = match mark {
                        Mark::Line { points, .. } => points,
                        Mark::Bar { from, to, .. } => vec![from, to],
                        Mark::Dot { at, .. } | Mark::Text { at, .. } => vec![at],
                    };
                    let inside = |(x, y): &Point| (0.0..=400.0).contains(x) && (0.0..=300.0).contains(y);
                    assert!(points.iter().all(inside), "{kind:?} {table:?}: {points:?}");
                }
            }
        }
    }
}
