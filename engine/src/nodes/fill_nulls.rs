use super::aggregation::AggregateFunction;
use super::computed::exactly;
use super::prelude::*;
use super::window::Order;
use crate::formula::{self, Expr, Function};
use crate::plan::{Computed, Frame, Over, Pick, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Puts values where there are none: a constant, the value before or after, a mean, what stands in another column.
///
/// Where there is nothing to fill in, such as before the first value when filling down, nulls stay. Means, medians and interpolated
/// values of integers have decimals, so such a column becomes Float; decimals keep their digits. All but constants and other
/// columns need all rows in memory.
#[params]
pub struct FillNulls {
    /// The columns to fill. Without any, all for which the method will do.
    pub columns: Vec<ColumnName>,
    /// What to fill in.
    #[param(always)]
    pub method: FillMethod,
    /// The value to fill in.
    #[param(when = self.method == FillMethod::Constant)]
    pub value: String,
    /// The column to take the value from.
    #[param(when = self.method == FillMethod::Column)]
    pub other: ColumnName,
    /// Start anew for each group of rows that are equal in these columns.
    #[param(when = self.method.looks_around())]
    pub by: Vec<ColumnName>,
    /// The order in which rows are looked at. Without it, rows are taken as they come.
    #[param(when = self.method.has_order())]
    pub order: Vec<Order>,
    /// How many nulls in a row to fill at most. Left open, all of them.
    #[param(when = matches!(self.method, FillMethod::Forward | FillMethod::Backward))]
    pub limit: Option<u64>,
    /// Whether texts that are empty, or nothing but blanks, count as null.
    pub empty_text: bool,
    /// Whether numbers that are none (NaN) count as null.
    pub nan: bool,
}

#[params]
pub enum FillMethod {
    /// The same value everywhere.
    #[default]
    Constant,
    /// The last value before it: fill down.
    Forward,
    /// The next value after it: fill up.
    Backward,
    /// What lies on the straight line between the last value before it and the next one after it.
    Interpolate,
    /// The mean of all values.
    Mean,
    /// The value in the middle of all values.
    Median,
    /// The value that occurs most often, of several the smallest.
    Mode,
    /// The smallest of all values.
    Min,
    /// The largest of all values.
    Max,
    /// The value of another column in the same row.
    Column,
}

impl Node for FillNulls {
    const CARD: Card = Card {
        title: "Fill nulls",
        group: Group::Columns,
        icon: "fill_nulls",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "impute imputation missing value fillna ffill bfill fill down fill up replace null default coalesce repeat fields \
                interpolate mean median data cleansing",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let columns = self.chosen(&before)?;
        let mut rows = inputs[0];
        let mut cleaned = Vec::new();
        for column in &columns {
            cleaned.extend(self.cleaned(column)?);
        }
        if !cleaned.is_empty() {
            rows = draft.derive(rows, cleaned, OnError::Reject)?.0;
        }
        for (at, key) in self.order.iter().enumerate().filter(|_| self.method.has_order()) {
            let sorted = Op::Sort(vec![key.key()]);
            draft.allows(&sorted, inputs).map_err(|problem| problem.at(format!("order[{at}].column")))?;
        }
        let found: Vec<WindowColumn> =
            columns.iter().enumerate().filter_map(|(at, column)| self.found(&column.name, hidden(at))).collect();
        if !found.is_empty() {
            let by = self.by.iter().map(|name| name.0.clone()).collect();
            let order = self.order.iter().filter(|_| self.method.has_order()).map(Order::key).collect();
            rows = draft.add(Op::Window { by, order, columns: found }, &[rows]).map_err(|problem| problem.at("columns"))?;
        }
        let mut filled = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let made = draft.schema(rows).column(&hidden(at)).cloned();
            filled.push(self.filled(column, made, &before)?);
        }
        let rows = exactly(draft, rows, filled)?;
        Ok(vec![draft.select(rows, before.names().map(Pick::same).collect())?])
    }

    fn check(&self) -> Result<(), Problem> {
        if let Some(at) = (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at])) {
            let message = format!("The column {:?} is filled twice.", self.columns[at].0);
            return Err(Problem::new(message).at(format!("columns[{at}]")));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let what = match self.method {
            FillMethod::Constant => format!("with {:?}", self.value),
            FillMethod::Forward => "with the value before".to_owned(),
            FillMethod::Backward => "with the value after".to_owned(),
            FillMethod::Interpolate => "between their neighbours".to_owned(),
            FillMethod::Mean => "with the mean".to_owned(),
            FillMethod::Median => "with the median".to_owned(),
            FillMethod::Mode => "with the most frequent value".to_owned(),
            FillMethod::Min => "with the smallest value".to_owned(),
            FillMethod::Max => "with the largest value".to_owned(),
            FillMethod::Column if self.other.0.is_empty() => "from another column".to_owned(),
            FillMethod::Column => format!("from {}", self.other.0),
        };
        let by = match self.by.as_slice() {
            by if by.is_empty() || !self.method.looks_around() => String::new(),
            by => format!(" of each {}", sentence::list(by)),
        };
        let columns = if self.columns.is_empty() { "all columns".to_owned() } else { sentence::list(&self.columns) };
        sentence::short(format!("Fill nulls in {columns} {what}{by}"))
    }

    fn examples() -> Vec<Example<Self>> {
        let filled = |columns: &[&str], method| Self {
            columns: columns.iter().copied().map(ColumnName::from).collect(),
            method,
            ..Self::default()
        };
        vec![
            Example::new("Labels that a report writes once, carried down", filled(&["region"], FillMethod::Forward))
                .given("region, city, sold: Integer\n North, Kiel, 3\n , Bremen, \n South, Ulm, 5\n , Bonn, 2")
                .gives("region, city, sold: Integer\n North, Kiel, 3\n North, Bremen, \n South, Ulm, 5\n South, Bonn, 2"),
            Example::new("A word for what is missing, empty texts included", Self {
                value: "unknown".into(),
                empty_text: true,
                ..filled(&["city"], FillMethod::Constant)
            })
            .given("id: Integer, city\n 1, Bonn\n 2, \n 3, \"\"\n 4, \" \"")
            .gives("id: Integer, city\n 1, Bonn\n 2, unknown\n 3, unknown\n 4, unknown"),
            Example::new("The mean of each shop", Self {
                by: vec!["shop".into()],
                ..filled(&["sold"], FillMethod::Mean)
            })
            .given("shop, sold: Integer\n a, 1\n a, 4\n a, \n b, \n b, 7\n c, ")
            .gives("shop, sold: Float\n a, 1.0\n a, 4.0\n a, 2.5\n b, 7.0\n b, 7.0\n c, "),
            Example::new("The most frequent value", filled(&["city"], FillMethod::Mode))
                .given("city, x: Integer\n Ulm, 1\n , 2\n Bonn, 3\n Ulm, ")
                .gives("city, x: Integer\n Ulm, 1\n Ulm, 2\n Bonn, 3\n Ulm, "),
            Example::new("No more than one reading carried on, in order of time", Self {
                order: vec![Order { column: "hour".into(), descending: false }],
                limit: Some(1),
                ..filled(&["level"], FillMethod::Forward)
            })
            .given("hour: Integer, level: Float\n 3, \n 1, 0.5\n 2, \n 4, 0.9\n 5, ")
            .gives("hour: Integer, level: Float\n 3, \n 1, 0.5\n 2, 0.5\n 4, 0.9\n 5, 0.9"),
            Example::new("Prices between two that are known", Self {
                by: vec!["share".into()],
                ..filled(&["price"], FillMethod::Interpolate)
            })
            .given("share, price: Decimal(8, 2)\n a, 1.00\n a, \n b, 5.00\n a, \n a, 2.00\n b, ")
            .gives("share, price: Decimal(8, 2)\n a, 1.00\n a, 1.33\n b, 5.00\n a, 1.67\n a, 2.00\n b, "),
            Example::new("A second address where there is no first, numbers that are none included", Self {
                other: "office".into(),
                nan: true,
                ..filled(&["home"], FillMethod::Column)
            })
            .given("home: Float, office: Float\n 1.0, 2.0\n , 3.0\n NaN, 4.0\n , ")
            .gives("home: Float, office: Float\n 1.0, 2.0\n 3.0, 3.0\n 4.0, 4.0\n , "),
        ]
    }
}

fn hidden(at: usize) -> String {
    format!("\u{1}fill {at}")
}

impl FillMethod {
    fn looks_around(self) -> bool {
        !matches!(self, Self::Constant | Self::Column)
    }

    fn has_order(self) -> bool {
        matches!(self, Self::Forward | Self::Backward | Self::Interpolate)
    }

    fn needs_numbers(self) -> bool {
        matches!(self, Self::Interpolate | Self::Mean | Self::Median)
    }
}

impl FillNulls {
    /// The columns to fill. One that is named and can't be filled in this way is a problem.
    fn chosen(&self, before: &Schema) -> Result<Vec<Column>, Problem> {
        if self.columns.is_empty() {
            return Ok(before.0.iter().filter(|column| self.fits(column, before).is_ok()).cloned().collect());
        }
        let mut columns = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            let Some(column) = before.column(&name.0) else { continue };
            self.fits(column, before).map_err(|problem| problem.at(format!("columns[{at}]")))?;
            columns.push(column.clone());
        }
        Ok(columns)
    }

    fn fits(&self, column: &Column, before: &Schema) -> Result<(), Problem> {
        let Column { name, kind, .. } = column;
        let refused = |what: &str| Err(Problem::new(format!("{what}, and {name:?} is {kind}.")));
        match self.method {
            FillMethod::Constant => self.constant(column).map(drop),
            method if method.needs_numbers() && !kind.is_number() => refused("This needs numbers"),
            FillMethod::Mode | FillMethod::Min | FillMethod::Max if !kind.is_ordered() => refused("This needs values that have an order"),
            FillMethod::Column => match before.column(&self.other.0) {
                Some(other) if kind.common(&other.kind).is_none() => {
                    refused(&format!("{:?} is {}", other.name, other.kind)).map_err(|problem| problem.at("other"))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn constant(&self, column: &Column) -> Result<Value, Problem> {
        Value::parse(&self.value, &column.kind).ok_or_else(|| {
            let message = format!("{:?} is {}, and {:?} is not.", column.name, column.kind, self.value);
            Problem::new(message).at("value").try_this("Write a value of that type, or choose other columns.")
        })
    }

    /// The column with null for what counts as such, if anything may.
    fn cleaned(&self, column: &Column) -> Result<Option<Computed>, Problem> {
        let value = || Expr::column(column);
        let stays = match column.kind {
            Type::Text if self.empty_text => {
                let trimmed = Expr::call(Function::Trim, vec![value()])?;
                Expr::call(Function::Ne, vec![trimmed, Expr::literal(Value::text(""))])?
            }
            // NaN is larger than everything else.
            Type::Float if self.nan => {
                Expr::call(Function::Le, vec![value(), Expr::literal(Value::Float(f64::INFINITY))])?
            }
            _ => return Ok(None),
        };
        let node = formula::Node::Case { branches: vec![(stays, value())], otherwise: None };
        Ok(Some(Computed::new(&column.name, Expr { kind: column.kind.clone(), node })))
    }

    /// What is found in other rows to be filled in.
    fn found(&self, column: &str, name: String) -> Option<WindowColumn> {
        let all = |function| WindowColumn::aggregate(function, column, Frame::Partition, name.clone());
        let fill = |backward| Over::Fill { column: column.to_owned(), backward, most: self.limit };
        Some(match self.method {
            FillMethod::Constant | FillMethod::Column => return None,
            FillMethod::Forward => WindowColumn::new(&name, fill(false)),
            FillMethod::Backward => WindowColumn::new(&name, fill(true)),
            FillMethod::Interpolate => {
                WindowColumn::new(&name, Over::Interpolate { column: column.to_owned(), along: None })
            }
            FillMethod::Mean => all(AggregateFunction::Mean),
            FillMethod::Median => all(AggregateFunction::Median),
            FillMethod::Mode => all(AggregateFunction::Mode),
            FillMethod::Min => all(AggregateFunction::Min),
            FillMethod::Max => all(AggregateFunction::Max),
        })
    }

    /// The column with its nulls filled.
    fn filled(&self, column: &Column, made: Option<Column>, before: &Schema) -> Result<Computed, Problem> {
        let kind = || column.kind.clone();
        let with = match (self.method, made) {
            (FillMethod::Constant, _) => {
                Expr { kind: kind(), node: formula::Node::Literal(self.constant(column)?) }
            }
            (_, Some(made)) if matches!(column.kind, Type::Decimal(..)) => Expr::column(&made).cast(kind())?,
            (_, Some(made)) => Expr::column(&made),
            (_, None) => Expr::column(before.column(&self.other.0).unwrap_or(column)),
        };
        let filled = Expr::call(Function::Coalesce, vec![Expr::column(column), with])?;
        Ok(Computed::new(&column.name, filled))
    }
}
