use super::aggregation::narrow_sums;
use super::prelude::*;
use crate::plan::{SortKey, WindowColumn};
use crate::types::Type;

/// Adds columns that look at the neighbours of a row: ranks, the row before or after, running totals.
///
/// Rows keep their order; `order` only says which row comes before which in the computation. Without it, rows are taken as they come.
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
    /// The column it is computed from. Ranks and row numbers need none.
    #[param(when = self.function.needs_column())]
    pub column: ColumnName,
    /// How many rows away to look.
    #[param(default = 1, when = matches!(self.function, WindowFunction::Lag | WindowFunction::Lead))]
    pub offset: u64,
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
    /// The value of an earlier row.
    Lag,
    /// The value of a later row.
    Lead,
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
}

impl Node for Window {
    const CARD: Card = Card {
        title: "Window",
        group: Group::Shape,
        icon: "window",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "rank row number lag lead running total cumulative over partition multi-row previous next moving",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let order = self.order.iter().map(Order::key).collect();
        let columns: Vec<WindowColumn> = self.columns.iter().map(Calculation::column).collect();
        let before = draft.schema(inputs[0]).clone();
        let is_integer = |name: &str| before.column(name).is_some_and(|column| column.kind == Type::Integer);
        let sums: Vec<String> = columns
            .iter()
            .filter(|column| column.function == WindowFunction::RunningSum)
            .filter(|column| column.column.as_deref().is_some_and(is_integer))
            .map(|column| column.name.clone())
            .collect();
        for (at, key) in self.order.iter().enumerate() {
            let sorted = Op::Sort(vec![key.key()]);
            draft.allows(&sorted, inputs).map_err(|problem| problem.at(format!("order[{at}].column")))?;
        }
        for (at, column) in columns.iter().enumerate() {
            let alone = Op::Window { by: Vec::new(), order: Vec::new(), columns: vec![column.clone()] };
            draft.allows(&alone, inputs).map_err(|problem| problem.at(format!("columns[{at}].column")))?;
        }
        let done = draft.add(Op::Window { by, order, columns }, inputs).map_err(|problem| problem.at("columns"))?;
        Ok(vec![narrow_sums(draft, done, sums)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is no column to add.").at("columns").try_this("Add one."));
        }
        for (at, line) in self.columns.iter().enumerate() {
            if line.function.needs_column() && line.column.0.is_empty() {
                return Err(Problem::new("Choose a column.").at(format!("columns[{at}].column")));
            }
            if line.r#as.0.is_empty() {
                return Err(Problem::new("Give the new column a name.").at(format!("columns[{at}].as")));
            }
            let ranks = matches!(line.function, WindowFunction::Rank | WindowFunction::DenseRank);
            if ranks && self.order.is_empty() {
                return Err(Problem::new("A rank needs an order.").at("order").try_this("Add the column to rank by."));
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
        ]
    }
}

impl WindowFunction {
    pub fn needs_column(self) -> bool {
        !matches!(self, Self::RowNumber | Self::Rank | Self::DenseRank)
    }
}

impl Order {
    fn key(&self) -> SortKey {
        SortKey { column: self.column.0.clone(), descending: self.descending, nulls_first: false }
    }
}

impl Calculation {
    /// `running sum of amount`, as sentences have it.
    fn words(&self) -> String {
        let column = if self.column.0.is_empty() { "a column" } else { &self.column.0 };
        match self.function {
            WindowFunction::RowNumber => "row numbers".to_owned(),
            WindowFunction::Rank => "ranks".to_owned(),
            WindowFunction::DenseRank => "ranks without gaps".to_owned(),
            WindowFunction::Lag => format!("{column} of {} before", sentence::count(self.offset, "row")),
            WindowFunction::Lead => format!("{column} of {} after", sentence::count(self.offset, "row")),
            WindowFunction::RunningSum => format!("running sum of {column}"),
            WindowFunction::RunningMean => format!("running mean of {column}"),
            WindowFunction::RunningMin => format!("running minimum of {column}"),
            WindowFunction::RunningMax => format!("running maximum of {column}"),
            WindowFunction::RunningCount => format!("running count of {column}"),
        }
    }

    fn column(&self) -> WindowColumn {
        let Self { function, column, offset, r#as } = self;
        let column = Some(column.0.clone()).filter(|name| !name.is_empty() && function.needs_column());
        WindowColumn { function: *function, column, offset: *offset, name: r#as.0.clone() }
    }
}
