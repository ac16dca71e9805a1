use super::computed::certain_places;
use super::prelude::*;
use crate::formula::{Expr, Formula};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Join, JoinKind, JoinOrder, Pick, SortKey};
use crate::types::{Schema, Type};

/// Draws a chart: bars, lines, dots, a histogram or boxes.
///
/// It shows on the node and beside its rows, and becomes a file if a path is given. The rows that come out are what is drawn: one for
/// each bar, point, bin or box. A box reaches from the first to the third quartile, with a line at the median; its whiskers end at the
/// outermost values that are no further than one and a half times its height from it, and `outliers` counts those beyond.
#[params]
pub struct Chart {
    /// What is drawn.
    #[param(always)]
    pub kind: ChartKind,
    /// The column along the lower edge: names, numbers or times. For a histogram, the numbers that are counted. Boxes may do without.
    pub x: ColumnName,
    /// The column of numbers that says how high.
    #[param(when = self.reads_y())]
    pub y: ColumnName,
    /// What is made of several rows with the same `x`.
    #[param(when = self.is_combined())]
    pub combine: Combine,
    /// A column whose values get a colour each.
    pub series: Option<ColumnName>,
    /// In what order bars stand.
    #[param(when = self.kind == ChartKind::Bar)]
    pub order: BarOrder,
    /// How many bins of equal width a histogram has.
    #[param(default = 20, when = self.kind == ChartKind::Histogram)]
    pub bins: u64,
    /// How many rows are drawn at most: the first. A run tells how many are left out.
    #[param(default = 5000, when = self.kind != ChartKind::Histogram)]
    pub most: u64,
    /// Stands above the chart.
    pub title: String,
    /// A file to write the chart to, ending in .svg or .png. `{parameter}` is replaced by its value.
    pub path: Option<FilePath>,
    /// How wide the picture is, in points.
    #[param(default = 800, when = self.path.is_some())]
    pub width: u64,
    /// How high the picture is, in points.
    #[param(default = 480, when = self.path.is_some())]
    pub height: u64,
}

#[params]
pub enum ChartKind {
    /// A bar for each value of `x`.
    #[default]
    Bar,
    /// A line through the values of `x` in their order.
    Line,
    /// A dot for each row.
    Scatter,
    /// How many numbers lie in each part of their range.
    Histogram,
    /// How numbers are spread: quartiles, whiskers and outliers.
    Box,
}

#[params]
pub enum Combine {
    /// The number of rows; needs no `y`.
    #[default]
    Count,
    /// The sum of `y`.
    Sum,
    /// The mean of `y`.
    Mean,
    /// The middle value of `y`.
    Median,
    /// The smallest `y`.
    Min,
    /// The largest `y`.
    Max,
}

#[params]
pub enum BarOrder {
    /// As the values of `x` come in.
    #[default]
    FirstSeen,
    /// By `x`.
    X,
    /// The highest first.
    Highest,
}

/// Fewer points than this show nothing, and more than that no screen has.
const SIDES: std::ops::RangeInclusive<u64> = 100..=8000;
const MOST_BINS: u64 = 500;
const MOST_ROWS: u64 = 20_000;
/// The columns of a histogram and of boxes.
const QUARTILES: [&str; 5] = ["low", "first_quartile", "median", "third_quartile", "high"];

impl Node for Chart {
    const CARD: Card = Card {
        title: "Chart",
        group: Group::Look,
        icon: "chart",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Summary,
        words: "plot graph bar column line scatter histogram box whisker visualize visualization picture svg png matplotlib \
                seaborn Interactive Chart Distribution Report",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let drawn = match self.kind {
            ChartKind::Bar | ChartKind::Line => self.combined(draft, inputs[0])?,
            ChartKind::Scatter => self.dots(draft, inputs[0])?,
            ChartKind::Histogram => self.histogram(draft, inputs[0])?,
            ChartKind::Box => self.boxes(draft, inputs[0])?,
        };
        let drawn = match self.kind {
            ChartKind::Histogram => drawn,
            _ => self.first(draft, drawn)?,
        };
        if let Some(path) = &self.path {
            let path = Some(draft.path(path)?);
            draft.write(Sink::Chart(Self { path, ..self.clone() }), drawn);
        }
        Ok(vec![drawn])
    }

    fn check(&self) -> Result<(), Problem> {
        let optional = self.kind == ChartKind::Box;
        let wrong = |message: &str, at: &str| Err(Problem::new(message).at(at));
        if self.x.0.is_empty() && !optional {
            return wrong("Choose the column along the lower edge.", "x");
        }
        if self.reads_y() && self.y.0.is_empty() {
            return wrong("Choose a column of numbers.", "y");
        }
        if self.series.as_ref().is_some_and(|series| *series == self.x || series.0.is_empty()) {
            return wrong("Choose another column than the one along the lower edge.", "series");
        }
        if self.kind == ChartKind::Histogram && !(1..=MOST_BINS).contains(&self.bins) {
            return wrong("A histogram has from 1 to 500 bins.", "bins");
        }
        if self.kind != ChartKind::Histogram && !(1..=MOST_ROWS).contains(&self.most) {
            return wrong("From 1 to 20000 rows can be drawn.", "most");
        }
        let Some(FilePath(path)) = &self.path else { return Ok(()) };
        let lower = path.to_lowercase();
        if !path.is_empty() && !lower.ends_with(".svg") && !lower.ends_with(".png") {
            let problem = Problem::new(format!("{path:?} ends neither in .svg nor in .png.")).at("path");
            return Err(problem.try_this("Give the file one of these endings."));
        }
        for (side, at) in [(self.width, "width"), (self.height, "height")] {
            if !SIDES.contains(&side) {
                return wrong("A picture has from 100 to 8000 points on each side.", at);
            }
        }
        Ok(())
    }

    fn writes(&self) -> bool {
        self.path.is_some()
    }

    fn sentence(&self) -> String {
        if self.check().is_err() && self.x.0.is_empty() {
            return "Choose what to draw".to_owned();
        }
        let (x, y) = (&self.x.0, &self.y.0);
        let combined = match self.combine {
            Combine::Count => "Count of rows".to_owned(),
            combine => sentence::capital(&combine.function().words(y)),
        };
        let by = self.series.as_ref().map(|series| format!(", a colour for each {}", series.0)).unwrap_or_default();
        sentence::short(match self.kind {
            ChartKind::Bar | ChartKind::Line => format!("{combined} by {x}{by}"),
            ChartKind::Scatter => format!("{y} against {x}{by}"),
            ChartKind::Histogram => format!("How {x} is distributed{by}"),
            ChartKind::Box if x.is_empty() => format!("How {y} is spread{by}"),
            ChartKind::Box => format!("How {y} is spread in each {x}{by}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Sales of each shop as bars", Self {
                kind: ChartKind::Bar,
                x: "shop".into(),
                y: "amount".into(),
                combine: Combine::Sum,
                order: BarOrder::Highest,
                ..Self::default()
            })
            .given("shop, amount: Float\n north, 10\n south, 30\n north, 5\n east, ")
            .gives("shop, sum_amount: Float\n south, 30\n north, 15\n east, "),
            Example::new("A line for each plaza", Self {
                kind: ChartKind::Line,
                x: "day".into(),
                series: Some("plaza".into()),
                ..Self::default()
            })
            .given("day: Date, plaza\n 2024-05-02, a\n 2024-05-01, a\n 2024-05-01, b\n 2024-05-02, a")
            .gives("day: Date, plaza, count: Integer\n 2024-05-01, a, 1\n 2024-05-01, b, 1\n 2024-05-02, a, 2"),
            Example::new("Weight against height", Self {
                kind: ChartKind::Scatter,
                x: "height".into(),
                y: "weight".into(),
                ..Self::default()
            })
            .given("name, height: Integer, weight: Float\n p1, 170, 65.5\n p2, 181, 82\n p3, , 70")
            .gives("height: Integer, weight: Float\n 170, 65.5\n 181, 82\n ·, 70"),
            Example::new("A histogram of four bins", Self {
                kind: ChartKind::Histogram,
                x: "age".into(),
                bins: 4,
                ..Self::default()
            })
            .given("age: Integer\n 10\n 12\n 29\n 30\n 50\n ·")
            .gives("from: Float, to: Float, count: Integer\n 10, 20, 2\n 20, 30, 1\n 30, 40, 1\n 40, 50, 1"),
            Example::new("How long orders took in each city", Self {
                kind: ChartKind::Box,
                x: "city".into(),
                y: "days".into(),
                ..Self::default()
            })
            .given("city, days: Integer\n Bonn, 1\n Bonn, 2\n Bonn, 3\n Bonn, 4\n Bonn, 30\n Kiel, 7\n Kiel, ")
            .gives(
                "city, low: Float, first_quartile: Float, median: Float, third_quartile: Float, high: Float, outliers: Integer\n
                 Bonn, 1, 2, 3, 4, 4, 1\n Kiel, 7, 7, 7, 7, 7, 0",
            ),
        ]
    }
}

impl Combine {
    fn function(self) -> AggregateFunction {
        match self {
            Self::Count => AggregateFunction::Count,
            Self::Sum => AggregateFunction::Sum,
            Self::Mean => AggregateFunction::Mean,
            Self::Median => AggregateFunction::Median,
            Self::Min => AggregateFunction::Min,
            Self::Max => AggregateFunction::Max,
        }
    }
}

impl Chart {
    fn is_combined(&self) -> bool {
        matches!(self.kind, ChartKind::Bar | ChartKind::Line)
    }

    fn reads_y(&self) -> bool {
        match self.kind {
            ChartKind::Bar | ChartKind::Line => self.combine != Combine::Count,
            ChartKind::Scatter | ChartKind::Box => true,
            ChartKind::Histogram => false,
        }
    }

    /// How many rows are drawn at most.
    pub fn most_drawn(&self) -> u64 {
        if self.kind == ChartKind::Histogram { MOST_ROWS } else { self.most }
    }

    /// What stands below the lower edge.
    pub(crate) fn along(&self) -> String {
        self.x.0.clone()
    }

    /// Where the numbers that are drawn stand in the rows that come out.
    pub(crate) fn numbers(&self, drawn: &Schema) -> Vec<usize> {
        let last = drawn.0.len().saturating_sub(1);
        match self.kind {
            ChartKind::Bar | ChartKind::Line => vec![last],
            ChartKind::Scatter => drawn.position(&self.y.0).into_iter().collect(),
            ChartKind::Histogram => vec![1, last],
            ChartKind::Box => QUARTILES.iter().filter_map(|name| drawn.position(name)).collect(),
        }
    }

    fn keys(&self) -> Vec<String> {
        let x = Some(&self.x).filter(|x| !x.0.is_empty());
        x.into_iter().chain(&self.series).map(|name| name.0.clone()).collect()
    }

    /// As many rows as are drawn. How many are left out is told.
    fn first(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Problem> {
        let others = draft.add(Op::Slice { skip: self.most, count: None }, &[rows])?;
        draft.leave_out(others);
        draft.add(Op::Slice { skip: 0, count: Some(self.most) }, &[rows])
    }

    fn combined(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Halt> {
        let function = self.combine.function();
        let column = self.reads_y().then(|| self.y.0.clone());
        let name = column.as_ref().map_or_else(|| function.name().to_owned(), |y| format!("{}_{y}", function.name()));
        let aggregate = Aggregate::new(function, column.as_deref(), &name);
        let grouped = Op::GroupBy { by: self.keys(), aggregates: vec![aggregate], reproducible: false };
        let grouped = draft.add(grouped, &[rows]).map_err(|problem| problem.at("y"))?;
        let key = |column: &str, descending| SortKey { column: column.to_owned(), descending, nulls_first: false };
        let keys = match (self.kind, self.order) {
            (ChartKind::Line, _) | (_, BarOrder::X) => vec![key(&self.x.0, false)],
            (_, BarOrder::Highest) => vec![key(&name, true)],
            (_, BarOrder::FirstSeen) => return Ok(grouped),
        };
        Ok(draft.add(Op::Sort(keys), &[grouped]).map_err(|problem| problem.at("x"))?)
    }

    fn dots(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Halt> {
        self.number(draft, rows, &self.y, "y")?;
        let mut picks = vec![Pick::same(&self.x.0)];
        picks.extend((self.y != self.x).then(|| Pick::same(&self.y.0)));
        picks.extend(self.series.iter().filter(|series| **series != self.y).map(|series| Pick::same(&series.0)));
        Ok(draft.select(rows, picks)?)
    }

    /// A number that is drawn must be one.
    fn number(&self, draft: &Draft, rows: Rows, name: &ColumnName, parameter: &str) -> Result<Expr, Problem> {
        let column = draft.column(rows, name, parameter)?;
        if !column.kind.is_number() && column.kind != Type::Null {
            let problem = Problem::new(format!("{:?} is {}, and a chart needs numbers there.", column.name, column.kind));
            return Err(problem.at(parameter).try_this("Choose another column, or convert it first."));
        }
        Expr::column(column).cast(Type::Float)
    }

    /// The numbers as `value`, and the keys; rows without a number that can be drawn are left out.
    fn values(&self, draft: &mut Draft, rows: Rows, name: &ColumnName, parameter: &str, keys: &[(String, &str)]) -> Result<Rows, Halt> {
        let value = Computed::new(VALUE, self.number(draft, rows, name, parameter)?);
        let derived = draft.add(Op::Derive { columns: vec![value], failures: false }, &[rows])?;
        let picks = keys.iter().map(|(key, name)| Pick::renamed(key, *name)).chain([Pick::same(VALUE)]).collect();
        let picked = draft.select(derived, picks)?;
        let finite = format!("\"{VALUE}\" < 'Infinity'::float and \"{VALUE}\" > '-Infinity'::float");
        let finite = compiled(draft, picked, &finite)?;
        Ok(draft.filter(picked, finite)?)
    }

    /// Counts numbers in bins of equal width between the smallest and the largest.
    fn histogram(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Halt> {
        let keys: Vec<(String, &str)> = self.series.iter().map(|series| (series.0.clone(), SERIES)).collect();
        let values = self.values(draft, rows, &self.x, "x", &keys)?;
        let bound = |function, name: &str| Aggregate::new(function, Some(VALUE), name);
        let bounds = vec![bound(AggregateFunction::Min, "\u{1}least"), bound(AggregateFunction::Max, "\u{1}largest")];
        let bounds = draft.add(Op::GroupBy { by: Vec::new(), aggregates: bounds, reproducible: false }, &[values])?;
        let bins = self.bins;
        let (least, largest) = ("\"\u{1}least\"", "\"\u{1}largest\"");
        let width = format!("({largest} - {least}) / {bins}.0");
        let made = [("\u{1}width", width.as_str()), ("\u{1}places", &certain_places(least, largest))];
        let width = derived(draft, bounds, &made)?;
        let beside = beside(draft, values, width, &[], &["\u{1}least", "\u{1}width", "\u{1}places"])?;
        let edge = |bin: &str| format!("round({least} + ({bin}) * \"\u{1}width\", \"\u{1}places\")");
        // Numbers that are all the same have one bin, which is as wide as they are apart. The edges that are drawn decide.
        let last = format!("{}.0", bins - 1);
        let guess = format!(
            "case when \"\u{1}width\" = 0.0 then 0.0 \
             else least({last}, floor((\"{VALUE}\" - {least}) / nullif(\"\u{1}width\", 0.0))) end"
        );
        let guessed = derived(draft, beside, &[("\u{1}guess", &guess)])?;
        let guess = "\"\u{1}guess\"";
        let bin = format!(
            "case when \"\u{1}width\" = 0.0 then 0.0 \
             when {guess} > 0.0 and \"{VALUE}\" < {} then {guess} - 1.0 \
             when {guess} < {last} and \"{VALUE}\" >= {} then {guess} + 1.0 else {guess} end",
            edge(guess),
            edge(&format!("{guess} + 1.0"))
        );
        let formula = compiled(draft, guessed, &bin)?;
        let (binned, _) = draft.derive(guessed, vec![Computed::new("\u{1}bin", formula)], OnError::Null)?;
        let by = ["\u{1}bin", "\u{1}least", "\u{1}width", "\u{1}places"].map(str::to_owned).into_iter();
        let by: Vec<String> = by.chain(keys.iter().map(|(_, name)| (*name).to_owned())).collect();
        let count = Aggregate::new(AggregateFunction::Count, None, "count");
        let counted = draft.add(Op::GroupBy { by, aggregates: vec![count], reproducible: false }, &[binned])?;
        let edges = [("from", edge("\"\u{1}bin\"")), ("to", edge("\"\u{1}bin\" + 1.0"))];
        let edges = derived(draft, counted, &edges.each_ref().map(|(name, edge)| (*name, edge.as_str())))?;
        let key = SortKey { column: "from".to_owned(), descending: false, nulls_first: false };
        let sorted = draft.add(Op::Sort(vec![key]), &[edges])?;
        let series = self.series.iter().map(|series| Pick::renamed(SERIES, &series.0));
        let picks = [Pick::same("from"), Pick::same("to")].into_iter().chain(series).chain([Pick::same("count")]);
        Ok(draft.select(sorted, picks.collect()).map_err(|problem| problem.at("series"))?)
    }

    /// Quartiles of each group, then the outermost values that are near enough to them.
    fn boxes(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Halt> {
        let keys = self.keys();
        let same: Vec<(String, &str)> = keys.iter().map(|key| (key.clone(), key.as_str())).collect();
        let values = self.values(draft, rows, &self.y, "y", &same)?;
        let quartile = |fraction, name: &str| {
            let function = AggregateFunction::Quantile;
            Aggregate { fraction, ..Aggregate::new(function, Some(VALUE), name) }
        };
        let [low, first, median, third, high] = QUARTILES;
        let aggregates = vec![quartile(0.25, first), quartile(0.5, median), quartile(0.75, third)];
        let group = |draft: &mut Draft, aggregates, rows| {
            let grouped = Op::GroupBy { by: keys.clone(), aggregates, reproducible: false };
            draft.add(grouped, &[rows]).map_err(|problem| problem.at("x"))
        };
        let quartiles = group(draft, aggregates, values)?;
        let beside = beside(draft, values, quartiles, &keys, &[first, median, third])?;
        let reach = format!("1.5 * (\"{third}\" - \"{first}\")");
        let near =
            format!("\"{VALUE}\" >= \"{first}\" - {reach} and \"{VALUE}\" <= \"{third}\" + {reach}");
        let near = derived(draft, beside, &[(NEAR, &near), (FAR, &format!("not ({near})"))])?;
        let of = |function, column: &str, name: &str| Aggregate::new(function, Some(column), name);
        let only = |condition: &str, aggregate| Aggregate { condition: Some(condition.to_owned()), ..aggregate };
        let aggregates = vec![
            only(NEAR, of(AggregateFunction::Min, VALUE, low)),
            of(AggregateFunction::First, first, first),
            of(AggregateFunction::First, median, median),
            of(AggregateFunction::First, third, third),
            only(NEAR, of(AggregateFunction::Max, VALUE, high)),
            only(FAR, Aggregate::new(AggregateFunction::Count, None, "outliers")),
        ];
        Ok(group(draft, aggregates, near)?)
    }
}

const VALUE: &str = "\u{1}value";
const NEAR: &str = "\u{1}near";
const FAR: &str = "\u{1}far";
const SERIES: &str = "\u{1}series";

fn compiled(draft: &Draft, rows: Rows, formula: &str) -> Result<Expr, Problem> {
    draft.compile(&Formula::from(formula), draft.schema(rows), "x")
}

fn derived(draft: &mut Draft, rows: Rows, formulas: &[(&str, &str)]) -> Result<Rows, Problem> {
    let mut columns = Vec::new();
    for (name, formula) in formulas {
        columns.push(Computed::new(*name, compiled(draft, rows, formula)?));
    }
    draft.add(Op::Derive { columns, failures: false }, &[rows])
}

/// Every row with what was worked out for its group beside it.
fn beside(draft: &mut Draft, rows: Rows, of: Rows, keys: &[String], columns: &[&str]) -> Result<Rows, Problem> {
    let right = columns.iter().map(|name| Pick::same(*name)).collect();
    let on: Vec<(String, String)> = keys.iter().map(|key| (key.clone(), key.clone())).collect();
    let kind = if on.is_empty() { JoinKind::Cross } else { JoinKind::Inner };
    let join = Join { kind, on, nulls_match: true, right, max_rows: None, order: JoinOrder::Kept };
    draft.add(Op::Join(join), &[rows, of])
}
