use super::aggregation::AggregateFunction;
use super::computed::exactly;
use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{self, Computed, Frame, Over, Pick, SortKey, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Adds columns that look at other rows: ranks, the row before or after, running totals, totals of a group, gaps filled.
///
/// Rows keep their order; `order` only says which row comes before which in the computation. Without it, rows are taken as they
/// come. All rows are held in memory. Sums and differences of integers are exact: one that does not fit fails the run.
#[params]
pub struct Window {
    /// Start anew for each group of rows that are equal in these columns.
    pub by: Vec<ColumnName>,
    /// The order in which rows are looked at.
    pub order: Vec<Order>,
    /// The columns to add.
    pub columns: Vec<Calculation>,
}

#[params]
pub struct Order {
    /// The column.
    pub column: ColumnName,
    /// Largest first.
    pub descending: bool,
}

#[params]
pub struct Calculation {
    /// What to compute.
    #[param(always)]
    pub function: WindowFunction,
    /// What to compute of all rows of the group.
    #[param(when = self.function == WindowFunction::Aggregate)]
    pub aggregate: AggregateFunction,
    /// The column it is computed from. Ranks and row numbers need none.
    #[param(when = self.needs_column())]
    pub column: ColumnName,
    /// Which part of the values lies below: 0.5 is the median, 0.9 the value that 90 % do not exceed.
    #[param(default = 0.5, when = self.function == WindowFunction::Aggregate && self.aggregate.needs_fraction())]
    pub fraction: f64,
    /// How many rows away to look.
    #[param(default = 1, when = self.function.looks_away())]
    pub offset: u64,
    /// What stands where there is no row so far away. Left open, nothing (null).
    #[param(when = matches!(self.function, WindowFunction::Lag | WindowFunction::Lead))]
    pub default: Option<String>,
    /// How many tiles to make: 4 for quartiles, 100 for percentiles.
    #[param(default = 4, when = self.function == WindowFunction::Tile)]
    pub tiles: u64,
    /// Go by the distance in the first column of the order, such as time, and not by rows.
    #[param(when = self.function == WindowFunction::Interpolate)]
    pub by_distance: bool,
    /// The name of the new column.
    pub r#as: NewColumn,
}

#[params]
pub enum WindowFunction {
    /// 1, 2, 3 … in order.
    #[default]
    RowNumber,
    /// Like a row number, but rows that are equal in the order share the smallest: 1, 1, 3.
    Rank,
    /// Like a rank without gaps: 1, 1, 2.
    DenseRank,
    /// The rank from 0 for the first to 1 for the last: the share of the other rows that come before.
    PercentRank,
    /// The share of rows that come before or are equal in the order, the row itself included.
    CumulativeDistribution,
    /// Cuts the rows into tiles of equal size, and numbers them: quartiles, deciles.
    Tile,
    /// The value of an earlier row.
    Lag,
    /// The value of a later row.
    Lead,
    /// The value less that of an earlier row; null where there is none.
    Difference,
    /// By how much the value has changed since an earlier row, as a share of that: 0.25 is a quarter more. Null where there is
    /// no such row, or its value is 0.
    PercentChange,
    /// The sum up to this row; null values are left out.
    RunningSum,
    /// The mean up to this row; null values are left out.
    RunningMean,
    /// The smallest value up to this row.
    RunningMin,
    /// The largest value up to this row.
    RunningMax,
    /// How many values there are up to this row, null left out.
    RunningCount,
    /// The same in all rows of the group, such as its sum, mean, count or first value.
    Aggregate,
    /// The value, or where it is null the last one before it.
    FillForward,
    /// The value, or where it is null the next one after it.
    FillBackward,
    /// The value, or where it is null what lies on the straight line between the last one before and the next one after it.
    Interpolate,
}

impl Node for Window {
    const CARD: Card = Card {
        title: "Window",
        group: Group::Shape,
        icon: "window",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "rank row number lag lead running total cumulative over partition multi-row previous next moving ntile quartile \
                percentile difference shift percent change pct_change diff cumsum fill down interpolate total of group \
                level of detail fixed analytic query Multi-Row Formula Multi-Row Formula Multi Row Running Total Rank",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let rows = inputs[0];
        let before = draft.schema(rows).clone();
        for (at, key) in self.order.iter().enumerate() {
            let sorted = Op::Sort(vec![key.key()]);
            draft.allows(&sorted, inputs).map_err(|problem| problem.at(format!("order[{at}].column")))?;
        }
        let mut columns = Vec::new();
        let mut computed = Vec::new();
        for (at, line) in self.columns.iter().enumerate() {
            let here = |problem: Problem| problem.at(format!("columns[{at}].column"));
            let value = line.value(&before, &self.order).map_err(|problem| problem.at(format!("columns[{at}].default")))?;
            let alone = |value| Op::Window {
                by: Vec::new(),
                order: Vec::new(),
                columns: vec![WindowColumn::new("\u{1}alone", value)],
            };
            if let Over::Interpolate { column, along: Some(_) } = &value {
                draft.allows(&alone(Over::Interpolate { column: column.clone(), along: None }), inputs).map_err(here)?;
                draft.allows(&alone(value.clone()), inputs).map_err(|problem| problem.at("order[0].column"))?;
            }
            draft.allows(&alone(value.clone()), inputs).map_err(here)?;
            let window = WindowColumn::new(line.made_as(at), value);
            if let Some(column) = before.column(&line.column.0) {
                computed.extend(line.afterwards(column, &window.name).map_err(here)?);
            }
            columns.push(window);
        }
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let order = self.order.iter().map(Order::key).collect();
        let done = draft.add(Op::Window { by, order, columns }, inputs).map_err(|problem| problem.at("columns"))?;
        if computed.is_empty() {
            return Ok(vec![done]);
        }
        if let Some(taken) = self.columns.iter().position(|line| before.contains(&line.r#as.0)) {
            let message = format!("There is a column {:?} already.", self.columns[taken].r#as.0);
            return Err(Problem::new(message).at(format!("columns[{taken}].as")).into());
        }
        let names = before.names().chain(self.columns.iter().map(|line| line.r#as.0.as_str()));
        let picks = names.map(Pick::same).collect();
        let done = exactly(draft, done, computed)?;
        Ok(vec![draft.select(done, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is no column to add.").at("columns").try_this("Add one."));
        }
        for (at, line) in self.columns.iter().enumerate() {
            if line.needs_column() && line.column.0.is_empty() {
                return Err(Problem::new("Choose a column.").at(format!("columns[{at}].column")));
            }
            if line.r#as.0.is_empty() {
                return Err(Problem::new("Give the new column a name.").at(format!("columns[{at}].as")));
            }
            if self.columns[..at].iter().any(|earlier| earlier.r#as == line.r#as) {
                return Err(Problem::new(format!("There are two columns {:?}.", line.r#as.0))
                    .at(format!("columns[{at}].as"))
                    .try_this("Give one of them another name."));
            }
            if !(0.0..=1.0).contains(&line.fraction) {
                return Err(Problem::new(format!("{} is no part of the values.", line.fraction))
                    .at(format!("columns[{at}].fraction"))
                    .try_this("Write a number from 0 to 1."));
            }
            if line.function == WindowFunction::Tile && line.tiles == 0 {
                return Err(Problem::new("There must be at least one tile.").at(format!("columns[{at}].tiles")));
            }
            if self.order.is_empty() && line.needs_order() {
                let distance = line.function == WindowFunction::Interpolate;
                let what = if distance { "A distance" } else { "A rank" };
                let column = if distance { "Add the column to go by." } else { "Add the column to rank by." };
                return Err(Problem::new(format!("{what} needs an order.")).at("order").try_this(column));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Add a rank, a running total or a value of another row".to_owned();
        }
        let what: Vec<String> = self.columns.iter().map(Calculation::words).collect();
        let by = if self.by.is_empty() { String::new() } else { format!(" within each {}", sentence::list(&self.by)) };
        sentence::short(format!("Add {}{by}", sentence::list(&what)))
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |function, column: &str, r#as: &str| Calculation {
            function,
            column: column.into(),
            r#as: r#as.into(),
            ..Calculation::default()
        };
        let total = |aggregate, column: &str, r#as: &str| Calculation { aggregate, ..line(WindowFunction::Aggregate, column, r#as) };
        use WindowFunction::*;
        vec![
            Example::new("Rank within each team, best first", Self {
                by: vec!["team".into()],
                order: vec![Order { column: "points".into(), descending: true }],
                columns: vec![line(RowNumber, "", "number"), line(Rank, "", "rank"), line(DenseRank, "", "dense")],
            })
            .given("team, points: Integer\n a, 3\n a, 9\n b, 1\n a, 9\n a, 5")
            .gives(
                "team, points: Integer, number: Integer, rank: Integer, dense: Integer\n
                 a, 3, 4, 4, 3\n a, 9, 1, 1, 1\n b, 1, 1, 1, 1\n a, 9, 2, 1, 1\n a, 5, 3, 3, 2",
            ),
            Example::new("The reading before, and a running total", Self {
                columns: vec![line(Lag, "x", "before"), line(Lead, "x", "after"), line(RunningSum, "x", "total")],
                ..Self::default()
            })
            .given("x: Integer\n 1\n 2\n ·\n 4")
            .gives(
                "x: Integer, before: Integer, after: Integer, total: Integer\n 1, , 2, 1\n 2, 1, , 3\n , 2, 4, 3\n 4, , , 7",
            ),
            Example::new("Each sale beside the total and the mean of its shop", Self {
                by: vec!["shop".into()],
                columns: vec![
                    total(AggregateFunction::Sum, "sold", "total"),
                    total(AggregateFunction::Mean, "sold", "mean"),
                    total(AggregateFunction::Count, "", "sales"),
                    total(AggregateFunction::Median, "sold", "median"),
                    total(AggregateFunction::Max, "sold", "most"),
                    total(AggregateFunction::First, "sold", "first"),
                    total(AggregateFunction::StandardDeviation, "sold", "spread"),
                ],
                ..Self::default()
            })
            .given("shop, sold: Integer\n a, 2\n b, 7\n a, 6\n a, ")
            .gives(
                "shop, sold: Integer, total: Integer, mean: Float, sales: Integer, median: Float, most: Integer, first: Integer, spread: Float\n
                 a, 2, 8, 4.0, 3, 4.0, 6, 2, 2.8284271247461903\n b, 7, 7, 7.0, 1, 7.0, 7, 7, \n
                 a, 6, 8, 4.0, 3, 4.0, 6, 2, 2.8284271247461903\n a, , 8, 4.0, 3, 4.0, 6, 2, 2.8284271247461903",
            ),
            Example::new("Growth from year to year", Self {
                order: vec![Order { column: "year".into(), descending: false }],
                columns: vec![
                    line(Difference, "people", "more"),
                    line(PercentChange, "people", "growth"),
                    Calculation { default: Some("0".into()), ..line(Lag, "people", "before") },
                ],
                ..Self::default()
            })
            .given("year: Integer, people: Integer\n 2022, 250\n 2021, 200\n 2024, 0\n 2023, 150")
            .gives(
                "year: Integer, people: Integer, more: Integer, growth: Float, before: Integer\n
                 2022, 250, 50, 0.25, 200\n 2021, 200, , , 0\n 2024, 0, -150, -1.0, 150\n 2023, 150, -100, -0.4, 250",
            ),
            Example::new("Quartiles and where a row stands among all", Self {
                order: vec![Order { column: "points".into(), descending: false }],
                columns: vec![line(Tile, "", "quartile"), line(PercentRank, "", "percent"), line(CumulativeDistribution, "", "share")],
                ..Self::default()
            })
            .given("points: Integer\n 10\n 20\n 20\n 40\n 50")
            .gives(
                "points: Integer, quartile: Integer, percent: Float, share: Float\n
                 10, 1, 0.0, 0.2\n 20, 1, 0.25, 0.6\n 20, 2, 0.25, 0.6\n 40, 3, 0.75, 0.8\n 50, 4, 1.0, 1.0",
            ),
            Example::new("Gaps between readings filled", Self {
                order: vec![Order { column: "day".into(), descending: false }],
                columns: vec![
                    line(FillForward, "level", "last"),
                    line(FillBackward, "level", "next"),
                    line(Interpolate, "level", "by_rows"),
                    Calculation { by_distance: true, ..line(Interpolate, "level", "by_days") },
                ],
                ..Self::default()
            })
            .given("day: Date, level: Integer\n 2024-05-01, \n 2024-05-02, 10\n 2024-05-03, \n 2024-05-06, 30\n 2024-05-07, ")
            .gives(
                "day: Date, level: Integer, last: Integer, next: Integer, by_rows: Float, by_days: Float\n
                 2024-05-01, , , 10, , \n 2024-05-02, 10, 10, 10, 10.0, 10.0\n 2024-05-03, , 10, 30, 20.0, 15.0\n
                 2024-05-06, 30, 30, 30, 30.0, 30.0\n 2024-05-07, , 30, , , ",
            ),
            Example::new("The smallest and largest so far", Self {
                columns: vec![
                    line(RunningMin, "x", "least"),
                    line(RunningMax, "x", "most"),
                    line(RunningMean, "x", "mean"),
                    line(RunningCount, "x", "values"),
                ],
                ..Self::default()
            })
            .given("x: Decimal(5, 1)\n ·\n 2.5\n 0.5\n 3.0")
            .gives(
                "x: Decimal(5, 1), least: Decimal(5, 1), most: Decimal(5, 1), mean: Float, values: Integer\n
                 , , , , 0\n 2.5, 2.5, 2.5, 2.5, 1\n 0.5, 0.5, 2.5, 1.5, 2\n 3.0, 0.5, 3.0, 2.0, 3",
            ),
        ]
    }
}

impl WindowFunction {
    fn looks_away(self) -> bool {
        matches!(self, Self::Lag | Self::Lead | Self::Difference | Self::PercentChange)
    }
}

impl Order {
    pub(super) fn key(&self) -> SortKey {
        SortKey { column: self.column.0.clone(), descending: self.descending, nulls_first: false }
    }
}

impl Calculation {
    pub(crate) fn needs_column(&self) -> bool {
        use WindowFunction::*;
        match self.function {
            RowNumber | Rank | DenseRank | PercentRank | CumulativeDistribution | Tile => false,
            Aggregate => self.aggregate.needs_column(),
            _ => true,
        }
    }

    fn needs_order(&self) -> bool {
        use WindowFunction::*;
        match self.function {
            Rank | DenseRank | PercentRank | CumulativeDistribution => true,
            Interpolate => self.by_distance,
            _ => false,
        }
    }

    /// `running sum of amount`, as sentences have it.
    fn words(&self) -> String {
        let column = if self.column.0.is_empty() { "a column" } else { &self.column.0 };
        match self.function {
            WindowFunction::RowNumber => "row numbers".to_owned(),
            WindowFunction::Rank => "ranks".to_owned(),
            WindowFunction::DenseRank => "ranks without gaps".to_owned(),
            WindowFunction::PercentRank => "ranks from 0 to 1".to_owned(),
            WindowFunction::CumulativeDistribution => "the share of rows up to each".to_owned(),
            WindowFunction::Tile => format!("the number of {}", sentence::count(self.tiles, "tile")),
            WindowFunction::Lag => format!("{column} of {} before", sentence::count(self.offset, "row")),
            WindowFunction::Lead => format!("{column} of {} after", sentence::count(self.offset, "row")),
            WindowFunction::Difference => format!("differences of {column}"),
            WindowFunction::PercentChange => format!("relative change of {column}"),
            WindowFunction::RunningSum => format!("running sum of {column}"),
            WindowFunction::RunningMean => format!("running mean of {column}"),
            WindowFunction::RunningMin => format!("running minimum of {column}"),
            WindowFunction::RunningMax => format!("running maximum of {column}"),
            WindowFunction::RunningCount => format!("running count of {column}"),
            WindowFunction::Aggregate => self.aggregate.words(column),
            WindowFunction::FillForward => format!("{column} filled forward"),
            WindowFunction::FillBackward => format!("{column} filled backward"),
            WindowFunction::Interpolate => format!("{column} interpolated"),
        }
    }

    /// What the operation computes. What is made of that afterwards says [`Self::afterwards`].
    pub(crate) fn value(&self, before: &Schema, order: &[Order]) -> Result<Over, Problem> {
        use WindowFunction::*;
        let column = self.column.0.clone();
        let offset = i64::try_from(self.offset).unwrap_or(i64::MAX);
        let shift = |by| -> Result<Over, Problem> {
            Ok(Over::Shift { column: column.clone(), by, otherwise: self.otherwise(before)? })
        };
        let over = |function, frame| WindowColumn::aggregate(function, &column, frame, "").value;
        let running = |function| over(function, Frame::RUNNING);
        Ok(match self.function {
            RowNumber => Over::Number,
            Rank => Over::Rank,
            DenseRank => Over::DenseRank,
            PercentRank => Over::PercentRank,
            CumulativeDistribution => Over::CumulativeDistribution,
            Tile => Over::Tile(self.tiles),
            Lag => shift(-offset)?,
            Lead => shift(offset)?,
            Difference | PercentChange => Over::Shift { column, by: -offset, otherwise: Value::Null },
            RunningSum => running(AggregateFunction::Sum),
            RunningMean => running(AggregateFunction::Mean),
            RunningMin => running(AggregateFunction::Min),
            RunningMax => running(AggregateFunction::Max),
            RunningCount if column.is_empty() => {
                let rows = plan::Aggregate::new(AggregateFunction::Count, None, "");
                Over::Aggregate { aggregate: rows, frame: Frame::RUNNING }
            }
            RunningCount => over(AggregateFunction::CountValues, Frame::Rows { before: None, after: 0, least: 0 }),
            Aggregate => {
                let column = Some(column.as_str()).filter(|_| self.needs_column());
                let aggregate = plan::Aggregate { fraction: self.fraction, ..plan::Aggregate::new(self.aggregate, column, "") };
                Over::Aggregate { aggregate, frame: Frame::Partition }
            }
            FillForward => Over::Fill { column, backward: false, most: None },
            FillBackward => Over::Fill { column, backward: true, most: None },
            Interpolate => {
                let along = order.first().filter(|_| self.by_distance).map(|key| key.column.0.clone());
                Over::Interpolate { column, along }
            }
        })
    }

    /// What stands where there is no row to look at.
    fn otherwise(&self, before: &Schema) -> Result<Value, Problem> {
        let (Some(text), Some(column)) = (&self.default, before.column(&self.column.0)) else { return Ok(Value::Null) };
        Value::parse(text, &column.kind).ok_or_else(|| {
            Problem::new(format!("{:?} is {}, and {text:?} is not.", column.name, column.kind))
        })
    }

    /// The name under which the operation makes it.
    fn made_as(&self, at: usize) -> String {
        match self.function {
            WindowFunction::Difference | WindowFunction::PercentChange => format!("\u{1}before {at}"),
            _ => self.r#as.0.clone(),
        }
    }

    /// What is still to be computed from what the operation made.
    fn afterwards(&self, column: &Column, made: &str) -> Result<Option<Computed>, Problem> {
        use WindowFunction::*;
        let sums = match self.function {
            RunningSum => true,
            Aggregate => self.aggregate == AggregateFunction::Sum,
            _ => false,
        };
        let value = || Expr::column(column);
        let earlier = Expr::column(&Column::new(made, column.kind.clone()));
        let formula = match self.function {
            Difference => Expr::call(Function::Subtract, vec![value(), earlier])?,
            PercentChange => {
                if !column.kind.is_number() {
                    let message = format!("A change in percent needs numbers, and {:?} is {}.", column.name, column.kind);
                    return Err(Problem::new(message));
                }
                let base = Expr::call(Function::NullIf, vec![earlier.cast(Type::Float)?, Expr::literal(Value::Float(0.0))])?;
                let more = Expr::call(Function::Subtract, vec![value().cast(Type::Float)?, base.clone()])?;
                Expr::call(Function::Divide, vec![more, base])?
            }
            _ if sums && column.kind == Type::Integer => {
                Expr::column(&Column::new(made, Type::Decimal(38, 0))).cast(Type::Integer)?
            }
            _ => return Ok(None),
        };
        Ok(Some(Computed::new(&self.r#as.0, formula)))
    }
}
