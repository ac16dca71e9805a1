use super::aggregation::AggregateFunction;
use super::computed::exactly;
use super::prelude::*;
use super::window::Order;
use crate::formula::Expr;
use crate::plan::{Computed, Frame, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Adds moving sums, means and the like over the rows around each row: the last seven rows, the last 30 days.
///
/// Rows keep their order. Nulls do not count; a window without enough values gives null. A window of rows goes by the order given
/// and ends with the row itself. A window of time holds the rows whose time is at most that of the row and later than that less
/// the length, rows of the same time included. All rows are held in memory.
#[params]
pub struct Rolling {
    /// Start anew for each group of rows that are equal in these columns.
    pub by: Vec<ColumnName>,
    /// What a window is measured in.
    #[param(always)]
    pub window: RollingWindow,
    /// How many rows a window has, the row itself included.
    #[param(default = 3, when = self.window == RollingWindow::Rows)]
    pub rows: u64,
    /// The order in which rows are looked at. Without it, rows are taken as they come.
    #[param(when = self.window == RollingWindow::Rows)]
    pub order: Vec<Order>,
    /// The column with the time of a row: a date, a timestamp or a whole number.
    #[param(when = self.window == RollingWindow::Time)]
    pub time: ColumnName,
    /// How long a window is, such as `7 days` or `90 minutes`; a number where time is one.
    #[param(default = "7 days".into(), when = self.window == RollingWindow::Time)]
    pub length: String,
    /// Put the row into the middle of its window, so that later rows count too.
    pub centred: bool,
    /// How many values a window must have; with fewer the result is null. A count needs none.
    #[param(default = 1)]
    pub at_least: u64,
    /// The columns to add.
    pub columns: Vec<RollingColumn>,
}

#[params]
pub enum RollingWindow {
    /// A number of rows.
    #[default]
    Rows,
    /// A length of time.
    Time,
}

#[params]
pub struct RollingColumn {
    /// What to compute.
    #[param(always)]
    pub function: RollingFunction,
    /// The column it is computed from.
    pub column: ColumnName,
    /// The name of the new column. If it is left empty, one is made from function and column.
    pub r#as: NewColumn,
}

#[params]
pub enum RollingFunction {
    /// The mean: a moving average.
    #[default]
    Mean,
    /// The sum.
    Sum,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// How many values, null left out.
    Count,
    /// The value in the middle, or the mean of the two in the middle.
    Median,
    /// Of a sample: null for fewer than two values.
    StandardDeviation,
    /// Of a sample: null for fewer than two values.
    Variance,
}

impl Node for Rolling {
    const CARD: Card = Card {
        title: "Rolling",
        group: Group::Shape,
        icon: "rolling",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "moving average window rolling mean sum last days trailing multi-row moving aggregator smooth sliding range between \
                preceding following Moving Aggregation",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let order: Vec<_> = match self.window {
            RollingWindow::Rows => self.order.iter().map(Order::key).collect(),
            RollingWindow::Time => Vec::new(),
        };
        for (at, key) in order.iter().enumerate() {
            let sorted = Op::Sort(vec![key.clone()]);
            draft.allows(&sorted, inputs).map_err(|problem| problem.at(format!("order[{at}].column")))?;
        }
        let mut columns = Vec::new();
        let mut computed = Vec::new();
        for (at, line) in self.columns.iter().enumerate() {
            let Some(column) = before.column(&line.column.0) else { continue };
            let name = line.name();
            let made = WindowColumn::aggregate(line.function.aggregate(), &column.name, self.frame(&before, line)?, &name);
            let alone = Op::Window { by: Vec::new(), order: Vec::new(), columns: vec![made.clone()] };
            draft.allows(&alone, inputs).map_err(|problem| problem.at(format!("columns[{at}].column")))?;
            if line.function == RollingFunction::Sum && column.kind == Type::Integer {
                let exact = Expr::column(&Column::new(&name, Type::Decimal(38, 0)));
                computed.push(Computed::new(&name, exact.cast(Type::Integer)?));
            }
            columns.push(made);
        }
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let done = draft.add(Op::Window { by, order, columns }, inputs).map_err(|problem| problem.at("columns"))?;
        Ok(vec![if computed.is_empty() { done } else { exactly(draft, done, computed)? }])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is no column to add.").at("columns").try_this("Add one."));
        }
        for (at, line) in self.columns.iter().enumerate() {
            if line.column.0.is_empty() {
                return Err(Problem::new("Choose a column.").at(format!("columns[{at}].column")));
            }
            if self.columns[..at].iter().any(|earlier| earlier.name() == line.name()) {
                let message = format!("There are two columns {:?}.", line.name());
                let problem = Problem::new(message).at(format!("columns[{at}].as"));
                return Err(problem.try_this("Give one of them another name."));
            }
        }
        match self.window {
            RollingWindow::Rows if self.rows == 0 => {
                Err(Problem::new("A window has at least one row.").at("rows").try_this("Write 1 or more."))
            }
            RollingWindow::Time if self.time.0.is_empty() => Err(Problem::new("Choose a column.").at("time")),
            _ => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Add a moving average or another value over the rows around".to_owned();
        }
        let what: Vec<String> =
            self.columns.iter().map(|line| format!("{} of {}", line.function.words(), line.column.0)).collect();
        let window = match self.window {
            RollingWindow::Rows => sentence::count(self.rows, "row"),
            RollingWindow::Time => self.length.clone(),
        };
        let by = if self.by.is_empty() { String::new() } else { format!(" within each {}", sentence::list(&self.by)) };
        sentence::short(format!("Add moving {} over {window}{by}", sentence::list(&what)))
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |function, column: &str, r#as: &str| RollingColumn {
            function,
            column: column.into(),
            r#as: r#as.into(),
        };
        use RollingFunction::*;
        vec![
            Example::new("Mean and sum of the last three readings", Self {
                columns: vec![line(Mean, "x", ""), line(Sum, "x", "sum"), line(Count, "x", "values")],
                ..Self::default()
            })
            .given("x: Integer\n 1\n 2\n 6\n ·\n 4")
            .gives(
                "x: Integer, rolling_mean_x: Float, sum: Integer, values: Integer\n
                 1, 1.0, 1, 1\n 2, 1.5, 3, 2\n 6, 3.0, 9, 3\n , 4.0, 8, 2\n 4, 5.0, 10, 2",
            ),
            Example::new("What each shop sold in the last seven days", Self {
                by: vec!["shop".into()],
                window: RollingWindow::Time,
                time: "day".into(),
                columns: vec![line(Sum, "sold", "week"), line(Max, "sold", "best")],
                ..Self::default()
            })
            .given(
                "shop, day: Date, sold: Decimal(8, 2)\n a, 2024-05-08, 1.50\n a, 2024-05-01, 2.00\n b, 2024-05-02, 9.00\n
                 a, 2024-05-02, 4.00\n a, , 8.00",
            )
            .gives(
                "shop, day: Date, sold: Decimal(8, 2), week: Decimal(38, 2), best: Decimal(8, 2)\n
                 a, 2024-05-08, 1.50, 5.50, 4.00\n a, 2024-05-01, 2.00, 2.00, 2.00\n b, 2024-05-02, 9.00, 9.00, 9.00\n
                 a, 2024-05-02, 4.00, 6.00, 4.00\n a, , 8.00, , ",
            ),
            Example::new("A centred median that needs three values", Self {
                order: vec![Order { column: "second".into(), descending: false }],
                centred: true,
                at_least: 3,
                columns: vec![line(Median, "x", "smooth"), line(Min, "x", "low"), line(StandardDeviation, "x", "spread"), line(Variance, "x", "variance")],
                ..Self::default()
            })
            .given("second: Integer, x: Float\n 1, 1.0\n 2, 5.0\n 4, 1.0\n 3, 3.0")
            .gives(
                "second: Integer, x: Float, smooth: Float, low: Float, spread: Float, variance: Float\n
                 1, 1.0, , , , \n 2, 5.0, 3.0, 1.0, 2.0, 4.0\n 4, 1.0, , , , \n 3, 3.0, 3.0, 1.0, 2.0, 4.0",
            ),
        ]
    }
}

impl RollingFunction {
    fn aggregate(self) -> AggregateFunction {
        match self {
            Self::Mean => AggregateFunction::Mean,
            Self::Sum => AggregateFunction::Sum,
            Self::Min => AggregateFunction::Min,
            Self::Max => AggregateFunction::Max,
            Self::Count => AggregateFunction::CountValues,
            Self::Median => AggregateFunction::Median,
            Self::StandardDeviation => AggregateFunction::StandardDeviation,
            Self::Variance => AggregateFunction::Variance,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "count",
            Self::Median => "median",
            Self::StandardDeviation => "stddev",
            Self::Variance => "variance",
        }
    }
}

impl RollingColumn {
    fn name(&self) -> String {
        match self.r#as.0.as_str() {
            "" => format!("rolling_{}_{}", self.function.words(), self.column.0),
            name => name.to_owned(),
        }
    }
}

impl Rolling {
    fn frame(&self, before: &Schema, line: &RollingColumn) -> Result<Frame, Problem> {
        let least = if line.function == RollingFunction::Count { 0 } else { self.at_least };
        if self.window == RollingWindow::Rows {
            let others = self.rows - 1;
            let after = if self.centred { others / 2 } else { 0 };
            return Ok(Frame::Rows { before: Some(others - after), after, least });
        }
        let length = self.length(before)?;
        let after = if self.centred { length / 2 } else { 0 };
        Ok(Frame::Range { along: self.time.0.clone(), before: length - after, after, least })
    }

    /// The length of a window: a number, or microseconds.
    fn length(&self, before: &Schema) -> Result<i64, Problem> {
        let kind = before.column(&self.time.0).map(|column| &column.kind);
        let (read, example) = match kind {
            Some(Type::Integer) => (Value::parse(&self.length, &Type::Integer), "10"),
            Some(Type::Date | Type::Timestamp | Type::TimestampZoned(_)) => {
                (Value::parse(&self.length, &Type::Duration), "7 days")
            }
            _ => {
                let kind = kind.cloned().unwrap_or_default();
                let message = format!("{:?} is {kind}, and no time.", self.time.0);
                let problem = Problem::new(message).at("time");
                return Err(problem.try_this("Choose a date, a timestamp or a whole number."));
            }
        };
        match read {
            Some(Value::Integer(length) | Value::Duration(length)) if length > 0 => Ok(length),
            _ => Err(Problem::new(format!("{:?} is no length of a window.", self.length))
                .at("length")
                .try_this(format!("Write it as in `{example}`."))),
        }
    }
}
