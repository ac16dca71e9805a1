use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Pick};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Describes each column: how many values it has, how many are missing, how they spread.
///
/// One row comes out for each column that comes in. Smallest, largest and most frequent values are text, since columns differ in type; means
/// and quartiles are there for numbers, lengths for texts. Different values are counted exactly, so all values are held in memory.
#[params]
pub struct Profile {
    /// The columns to describe. Without any, all columns.
    pub columns: Vec<ColumnName>,
}

impl Node for Profile {
    const CARD: Card = Card {
        title: "Profile",
        group: Group::Look,
        icon: "profile",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Summary,
        words: "profile describe summary statistics data profiling field summary basic data profile explorer column quality nulls",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let schema = draft.schema(inputs[0]).clone();
        let columns: Vec<&Column> = match self.columns.as_slice() {
            [] => schema.0.iter().collect(),
            chosen => chosen.iter().filter_map(|name| schema.column(&name.0)).collect(),
        };
        if columns.is_empty() {
            let problem = Problem::new("There is no column to describe.").at("columns");
            return Err(problem.try_this("Wire it to a node that has columns.").into());
        }
        let parts: Vec<Part> = columns.iter().enumerate().map(|(at, column)| Part { at, column }).collect();
        let lengths = parts.iter().map(Part::lengths).collect::<Result<Vec<_>, Problem>>()?;
        let measured = draft.add(Op::Derive { columns: lengths.concat(), failures: false }, inputs)?;
        let aggregates = parts.iter().flat_map(Part::aggregates).collect();
        let group = Op::GroupBy { by: Vec::new(), aggregates, reproducible: false };
        let all = draft.add(group, &[measured])?;
        let lines = parts.iter().map(|part| part.line(draft, all)).collect::<Result<Vec<_>, Problem>>()?;
        let lines = draft.add(Op::Union, &lines)?;
        Ok(vec![with_percent(draft, lines)?])
    }

    fn sentence(&self) -> String {
        match self.columns.as_slice() {
            [] => "Describe each column".to_owned(),
            columns => sentence::short(format!("Describe {}", sentence::list(columns))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "city, paid: Integer, on: Date\n Bonn, 10, 2024-05-01\n Kiel, , 2024-05-03\n Bonn, 30, \n \"\", 20, 2024-05-01";
        vec![
            Example::new("All columns", Self::default()).given(given).gives(
                "column, type, values: Integer, nulls: Integer, null_percent: Float, distinct: Integer, most_frequent, min, max, \
                 mean: Float, stddev: Float, q1: Float, median: Float, q3: Float, empty: Integer, shortest: Integer, longest: Integer\n
                 city, Text, 4, 0, 0.0, 3, Bonn, \"\", Kiel, , , , , , 1, 0, 4\n
                 paid, Integer, 3, 1, 25.0, 3, 10, 10, 30, 20.0, 10.0, 15.0, 20.0, 25.0, , , \n
                 on, Date, 3, 1, 25.0, 2, 2024-05-01, 2024-05-01, 2024-05-03, , , , , , , , ",
            ),
            Example::new("One column", Self { columns: vec!["paid".into()] })
                .given(given)
                .gives(
                "column, type, values: Integer, nulls: Integer, null_percent: Float, distinct: Integer, most_frequent, min, max, \
                 mean: Float, stddev: Float, q1: Float, median: Float, q3: Float, empty: Integer, shortest: Integer, longest: Integer\n
                 paid, Integer, 3, 1, 25.0, 3, 10, 10, 30, 20.0, 10.0, 15.0, 20.0, 25.0, , , ",
            ),
        ]
    }
}

/// What is told of a column after its name and type, and of which type it is.
const TOLD: [(&str, Type); 14] = [
    ("values", Type::Integer),
    ("nulls", Type::Integer),
    ("distinct", Type::Integer),
    ("most_frequent", Type::Text),
    ("min", Type::Text),
    ("max", Type::Text),
    ("mean", Type::Float),
    ("stddev", Type::Float),
    ("q1", Type::Float),
    ("median", Type::Float),
    ("q3", Type::Float),
    ("empty", Type::Integer),
    ("shortest", Type::Integer),
    ("longest", Type::Integer),
];

/// One of the columns described.
struct Part<'a> {
    at: usize,
    column: &'a Column,
}

impl Part<'_> {
    fn hidden(&self, what: &str) -> String {
        format!("\u{1}{what} {}", self.at)
    }

    /// Of texts, how long they are and whether they are empty.
    fn lengths(&self) -> Result<Vec<Computed>, Problem> {
        if !self.column.kind.is_text() {
            return Ok(Vec::new());
        }
        let text = || Expr::column(self.column);
        let is_empty = Expr::call(Function::Eq, vec![text(), Expr::literal(Value::text(""))])?;
        Ok(vec![
            Computed::new(self.hidden("length"), Expr::call(Function::Length, vec![text()])?),
            Computed::new(self.hidden("is empty"), is_empty),
        ])
    }

    fn aggregates(&self) -> Vec<Aggregate> {
        use AggregateFunction::*;
        let of = |function, column: &str, name: &str| Aggregate::new(function, Some(column), self.hidden(name));
        let plain = |function, name| of(function, &self.column.name, name);
        let quantile = |fraction, name| Aggregate { fraction, ..plain(Quantile, name) };
        let mut all = vec![plain(CountValues, "values"), plain(CountNulls, "nulls"), plain(CountDistinct, "distinct")];
        if self.column.kind.is_ordered() {
            all.extend([plain(Mode, "most_frequent"), plain(Min, "min"), plain(Max, "max")]);
        }
        if self.column.kind.is_number() {
            all.extend([plain(Mean, "mean"), plain(StandardDeviation, "stddev")]);
            all.extend([quantile(0.25, "q1"), quantile(0.5, "median"), quantile(0.75, "q3")]);
        }
        if self.column.kind.is_text() {
            let length = self.hidden("length");
            all.push(Aggregate {
                condition: Some(self.hidden("is empty")),
                ..Aggregate::new(Count, None, self.hidden("empty"))
            });
            all.extend([of(Min, &length, "shortest"), of(Max, &length, "longest")]);
        }
        all
    }

    /// The row about this column.
    fn line(&self, draft: &mut Draft, all: Rows) -> Result<Rows, Problem> {
        let schema = draft.schema(all).clone();
        let told = |(name, kind): &(&str, Type)| {
            // What can't be told, or can't be written as text, is null.
            let found = schema.column(&self.hidden(name)).map(Expr::column);
            let value = found.and_then(|value| value.cast(kind.clone()).ok());
            Computed::new(self.hidden(&format!("told {name}")), value.unwrap_or(Expr::null(kind.clone())))
        };
        let text = |what: &str, text: String| Computed::new(self.hidden(what), Expr::literal(Value::Text(text)));
        let mut columns =
            vec![text("column", self.column.name.clone()), text("type", self.column.kind.to_string())];
        columns.extend(TOLD.iter().map(told));
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let derived = draft.add(Op::Derive { columns, failures: false }, &[all])?;
        let shown = ["column", "type"].into_iter().chain(TOLD.iter().map(|(name, _)| *name));
        draft.select(derived, names.into_iter().zip(shown).map(|(name, shown)| Pick::renamed(name, shown)).collect())
    }
}

/// The percentage of nulls, after their number.
fn with_percent(draft: &mut Draft, rows: Rows) -> Result<Rows, Problem> {
    let schema: Schema = draft.schema(rows).clone();
    let number = |name: &str| schema.column(name).map_or(Ok(Expr::null(Type::Float)), |column| Expr::column(column).cast(Type::Float));
    let all = Expr::call(Function::Add, vec![number("values")?, number("nulls")?])?;
    let all = Expr::call(Function::NullIf, vec![all, Expr::literal(Value::Float(0.0))])?;
    let nulls = Expr::call(Function::Multiply, vec![number("nulls")?, Expr::literal(Value::Float(100.0))])?;
    let percent = Computed::new("null_percent", Expr::call(Function::Divide, vec![nulls, all])?);
    let (rows, failed) = draft.derive(rows, vec![percent], OnError::Reject)?;
    draft.refuse(failed);
    let mut names: Vec<&str> = schema.names().collect();
    names.insert(4, "null_percent");
    draft.select(rows, names.into_iter().map(Pick::same).collect())
}
