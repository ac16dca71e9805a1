use super::aggregation::{Aggregation, is_wide, narrow_sums};
use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{self, Pick};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Makes columns of the values of a column: one row for each group, one column for each value.
///
/// Which columns there are depends on the data, unless `values` says it: then the pipeline runs in one go and its columns never change.
/// Where a group has no row with a value, the cell is null, or 0 for counts. Found values come in order, null last.
#[params]
pub struct Pivot {
    /// The columns that make a group: one row comes out for each. Without any, everything is one group.
    pub by: Vec<ColumnName>,
    /// The column whose values become columns.
    pub on: ColumnName,
    /// What to compute for each cell.
    pub function: AggregateFunction,
    /// The column it is computed from. A count of rows needs none.
    #[param(when = self.function.needs_column())]
    pub column: ColumnName,
    /// Which part of the values lies below: 0.5 is the median, 0.9 the value that 90 % do not exceed.
    #[param(default = 0.5, when = self.function.needs_fraction())]
    pub fraction: f64,
    /// What stands between the values.
    #[param(default = ", ".into(), when = self.function == AggregateFunction::Concatenate)]
    pub separator: String,
    /// Take each value once.
    #[param(when = self.function.makes_a_list())]
    pub distinct: bool,
    /// Smallest value first, null last. Otherwise they come in the order of the rows.
    #[param(when = self.function.makes_a_list())]
    pub sorted: bool,
    /// The column of weights.
    #[param(when = self.function == AggregateFunction::WeightedMean)]
    pub weights: ColumnName,
    /// The column whose largest or smallest value decides which row it is.
    #[param(when = self.function.is_ranked())]
    pub ranked_by: ColumnName,
    /// The other column of the pair.
    #[param(when = self.function.is_of_a_pair())]
    pub with: ColumnName,
    /// The values that become columns, in this order. Left open, all that are found in the data.
    pub values: Option<Vec<String>>,
    /// What happens with rows whose value is not among them. Null is not.
    #[param(when = self.values.is_some())]
    pub others: Unlisted,
    /// The run fails if more values than this are found.
    #[param(default = 200, when = self.values.is_none())]
    pub max_columns: u64,
    /// What is put before each value to make the name of its column.
    pub prefix: String,
}

#[params]
pub enum Unlisted {
    /// The run fails.
    #[default]
    Fail,
    /// They are not counted in any cell, and the run says how many there were.
    Skip,
}

impl Node for Pivot {
    const CARD: Card = Card {
        title: "Pivot",
        group: Group::Shape,
        icon: "pivot",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Group,
        words: "crosstab cross tab pivot table pivot_table wide spread pivot_wider rows to columns unstack tPivotToColumnsDelimited One to Many One-Hot",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let on = draft.column(inputs[0], &self.on, "on")?.clone();
        if matches!(on.kind, Type::List(_) | Type::Struct(_) | Type::Binary) {
            let message = format!("{:?} is {}, whose values can't be names of columns.", on.name, on.kind);
            return Err(Problem::new(message).at("on").try_this("Choose another column.").into());
        }
        let values = match &self.values {
            Some(values) => listed(draft, inputs[0], &on, values, self.others, &self.by)?,
            None => in_order(draft.values(&on.name, self.max_columns)?),
        };
        let named = named(values, self.by.iter().filter_map(|by| columns.column(&by.0)).cloned(), &self.prefix);
        let aggregate = self.aggregation().aggregate();
        let wide = is_wide(draft, inputs[0], &aggregate);
        let names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let pivot = Op::Pivot(plan::Pivot { by, on: on.name, values: named, aggregate });
        let pivoted = draft.add(pivot, inputs).map_err(|problem| problem.at("column"))?;
        Ok(vec![narrow_sums(draft, pivoted, names.into_iter().filter(|_| wide))?])
    }

    fn check(&self) -> Result<(), Problem> {
        self.aggregation().check()?;
        check_listed(self.values.as_deref())
    }

    fn sentence(&self) -> String {
        if self.on.0.is_empty() {
            return "Choose the column whose values become columns".to_owned();
        }
        let what = sentence::capital(&self.aggregation().words());
        let by = if self.by.is_empty() { String::new() } else { format!(", by {}", sentence::list(&self.by)) };
        sentence::short(format!("{what} for each {}{by}", self.on.0))
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "city, year: Integer, sold: Integer\n Bonn, 2023, 5\n Kiel, 2024, 1\n Bonn, 2024, 2\n Bonn, 2023, 4";
        vec![
            Example::new("Sales of each city by year, years found in the data", Self {
                by: vec!["city".into()],
                on: "year".into(),
                function: AggregateFunction::Sum,
                column: "sold".into(),
                ..Self::default()
            })
            .given(given)
            .gives("city, 2023: Integer, 2024: Integer\n Bonn, 9, 2\n Kiel, , 1"),
            Example::new("Counts, for values that are known beforehand", Self {
                by: vec!["city".into()],
                on: "year".into(),
                values: Some(vec!["2024".into(), "2025".into()]),
                others: Unlisted::Skip,
                prefix: "in ".into(),
                ..Self::default()
            })
            .given(given)
            .gives("city, in 2024: Integer, in 2025: Integer\n Bonn, 1, 0\n Kiel, 1, 0"),
        ]
    }
}

impl Pivot {
    /// What is computed for each cell.
    fn aggregation(&self) -> Aggregation {
        Aggregation {
            function: self.function,
            column: self.column.clone(),
            fraction: self.fraction,
            separator: self.separator.clone(),
            distinct: self.distinct,
            sorted: self.sorted,
            weights: self.weights.clone(),
            ranked_by: self.ranked_by.clone(),
            with: self.with.clone(),
            ..Aggregation::default()
        }
    }
}

/// The listed values as values of the column, and what becomes of rows with others. Such rows are told by these columns and that one:
/// all others need not be read for them.
pub(super) fn listed(
    draft: &mut Draft,
    rows: Rows,
    on: &Column,
    texts: &[String],
    others: Unlisted,
    told_by: &[ColumnName],
) -> Result<Vec<Value>, Problem> {
    let value = |(at, text): (usize, &String)| {
        Value::parse(text, &on.kind).ok_or_else(|| {
            Problem::new(format!("{:?} is {}, and {text:?} is not.", on.name, on.kind)).at(format!("values[{at}]"))
        })
    };
    let values: Vec<Value> = texts.iter().enumerate().map(value).collect::<Result<_, _>>()?;
    let operands = [Expr::column(on)].into_iter().chain(values.iter().cloned().map(Expr::literal)).collect();
    let known = Expr::call(Function::IsTrue, vec![Expr::call(Function::In, operands)?])?;
    let unlisted = draft.filter(rows, Expr::call(Function::Not, vec![known])?)?;
    let is_told = |name: &&str| *name == on.name || told_by.iter().any(|by| by.0 == *name);
    let told = draft.schema(unlisted).names().filter(is_told).map(Pick::same).collect();
    let unlisted = draft.select(unlisted, told)?;
    match others {
        Unlisted::Fail => draft.expect_none(unlisted, format!("{:?} has values that are not listed.", on.name)),
        Unlisted::Skip => draft.leave_out(unlisted),
    }
    Ok(values)
}

/// What is wrong with a list of values, if there is one.
pub(super) fn check_listed(values: Option<&[String]>) -> Result<(), Problem> {
    let Some(values) = values else { return Ok(()) };
    if values.is_empty() {
        let problem = Problem::new("The list of values is empty.").at("values");
        return Err(problem.try_this("Add values, or leave it open to take those in the data."));
    }
    match (0..values.len()).find(|at| values[..*at].contains(&values[*at])) {
        Some(at) => {
            Err(Problem::new(format!("The value {:?} is listed twice.", values[at])).at(format!("values[{at}]")))
        }
        None => Ok(()),
    }
}

/// Values with the names of their columns: each once, and none that a column of a group has.
pub(super) fn named(values: Vec<Value>, by: impl Iterator<Item = Column>, prefix: &str) -> Vec<(Value, String)> {
    let mut taken = Schema(by.collect());
    let name = |value: Value| {
        let text = match &value {
            Value::Null => "null".to_owned(),
            Value::Text(text) if text.is_empty() => "empty".to_owned(),
            value => value.to_string(),
        };
        let name = taken.free_name(&format!("{prefix}{text}"));
        taken.0.push(Column::new(&name, Type::Null));
        (value, name)
    };
    values.into_iter().map(name).collect()
}

fn in_order(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by(|a, b| a.is_null().cmp(&b.is_null()).then_with(|| a.order(b)));
    values
}
