use indexmap::IndexSet;

use super::chosen::{self, Choose};
use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{self, Computed, Line};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Turns columns into rows: each row becomes one row for each of the columns.
///
/// The name of the column goes to one column and its value to another; the other columns are repeated. Rows that came from one row
/// stay together. Where names say two things, such as `sales_2023` and `cost_2023`, `split` at `_` gives one row for 2023 with
/// the columns `sales` and `cost`. Values of different number types become their common type.
#[params]
pub struct Unpivot {
    /// How the columns that become rows are chosen.
    #[param(default = Choose::All)]
    pub choose: Choose,
    /// The columns that become rows, in this order.
    #[param(when = self.choose == Choose::Listed)]
    pub columns: Vec<ColumnName>,
    /// What their names are like: `2023_*`, or a regular expression such as `\d+`.
    #[param(when = matches!(self.choose, Choose::Pattern | Choose::Regex))]
    pub pattern: String,
    /// The columns that stay as they are.
    #[param(when = self.choose != Choose::Listed)]
    pub keep: Vec<ColumnName>,
    /// The column for the names.
    #[param(default = "name".into())]
    pub names: NewColumn,
    /// The type that names become, such as Integer for years.
    pub names_kind: Type,
    /// The column for the values.
    #[param(default = "value".into(), when = self.split.is_empty())]
    pub values: NewColumn,
    /// What stands between two parts of a name, such as `_`: one part becomes the name of a column of values. Left empty, names stay whole.
    pub split: String,
    /// Which part of a name becomes the name of a column of values.
    #[param(when = !self.split.is_empty())]
    pub measure: Measure,
    /// Leave out rows in which every value is null.
    pub drop_nulls: bool,
    /// What happens where values have no type in common, such as text and numbers.
    pub mixed: Mixed,
}

#[params]
pub enum Measure {
    /// What stands before the last separator, as `sales` in `sales_2023`.
    #[default]
    First,
    /// What stands after the first separator, as `sales` in `2023_sales`.
    Last,
}

#[params]
pub enum Mixed {
    /// It is a problem, to be solved before running.
    #[default]
    Fail,
    /// They become text.
    Text,
}

impl Node for Unpivot {
    const CARD: Card = Card {
        title: "Unpivot",
        group: Group::Shape,
        icon: "unpivot",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Expand,
        words: "melt columns to rows stack gather long pivot_longer wide_to_long unpivoting transpose unpivot other columns tUnpivotRow row normaliser Arrange",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let turned = self.turned(&columns)?;
        let keep: Vec<String> = columns
            .names()
            .filter(|name| !turned.iter().any(|column| column.name == *name))
            .map(str::to_owned)
            .collect();
        let (values, lines) = self.lines(&turned)?;
        let mut rows = inputs[0];
        for at in 0..values.len() {
            let same = lines.iter().filter_map(|line| columns.column(line.columns[at].as_deref()?));
            rows = in_one_type(draft, rows, &same.collect::<Vec<_>>(), self.mixed)?;
        }
        self.check_names(&columns, &keep, &values)?;
        let label = (self.names.0.clone(), self.names_kind.clone());
        let unpivot = plan::Unpivot { keep, label, values: values.clone(), lines };
        let long = draft.add(Op::Unpivot(unpivot), &[rows])?;
        if !self.drop_nulls {
            return Ok(vec![long]);
        }
        let columns = draft.schema(long).clone();
        let mut any = Expr::literal(Value::Boolean(false));
        for column in values.iter().filter_map(|name| columns.column(name)) {
            let missing = Expr::call(Function::IsNull, vec![Expr::column(column)])?;
            any = Expr::call(Function::Or, vec![any, Expr::call(Function::Not, vec![missing])?])?;
        }
        Ok(vec![draft.filter(long, any)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.names.0.is_empty() {
            return Err(Problem::new("The column for the names has no name.").at("names"));
        }
        if self.split.is_empty() && self.values.0.is_empty() {
            return Err(Problem::new("The column for the values has no name.").at("values"));
        }
        chosen::check(self.choose, &self.columns, &self.pattern)
    }

    fn sentence(&self) -> String {
        let what = match self.choose {
            Choose::Listed if self.columns.is_empty() => return "Choose the columns that become rows".to_owned(),
            choose => chosen::words(choose, &self.columns, &self.pattern),
        };
        let but = if self.choose == Choose::Listed || self.keep.is_empty() {
            String::new()
        } else {
            format!(" but {}", sentence::list(&self.keep))
        };
        sentence::short(format!("Turn {what}{but} into rows"))
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Every month a row, whatever months there are", Self {
                keep: vec!["city".into()],
                names: "month".into(),
                values: "sold".into(),
                ..Self::default()
            })
            .given("city, jan: Integer, feb: Float\n Bonn, 5, 2.5\n Kiel, , 1.0")
            .gives("city, month, sold: Float\n Bonn, jan, 5.0\n Bonn, feb, 2.5\n Kiel, jan, \n Kiel, feb, 1.0"),
            Example::new("Two measures of each year", Self {
                choose: Choose::Pattern,
                pattern: "*_20*".into(),
                names: "year".into(),
                names_kind: Type::Integer,
                split: "_".into(),
                drop_nulls: true,
                ..Self::default()
            })
            .given("city, sales_2023: Integer, cost_2023: Integer, sales_2024: Integer\n Bonn, 9, 4, 7\n Kiel, 3, , ")
            .gives("city, year: Integer, sales: Integer, cost: Integer\n Bonn, 2023, 9, 4\n Bonn, 2024, 7, \n Kiel, 2023, 3, "),
            Example::new("Some columns of different types, as text", Self {
                choose: Choose::Listed,
                columns: vec!["on".into(), "axles".into()],
                mixed: Mixed::Text,
                ..Self::default()
            })
            .given("id, on: Date, axles: Integer\n a, 2024-05-01, 2")
            .gives("id, name, value\n a, on, 2024-05-01\n a, axles, 2"),
        ]
    }
}

impl Unpivot {
    fn turned(&self, columns: &Schema) -> Result<Vec<Column>, Problem> {
        let turned = chosen::columns(columns, self.choose, &self.columns, &self.pattern, &self.keep)?;
        if turned.is_empty() {
            return Err(Problem::new("No column becomes rows.").at("choose").try_this("Choose other columns."));
        }
        Ok(turned.into_iter().cloned().collect())
    }

    /// A name that two of the columns would have.
    fn check_names(&self, columns: &Schema, keep: &[String], values: &[String]) -> Result<(), Problem> {
        let is_kept = |column: &&Column| keep.contains(&column.name);
        let mut taken = Schema(columns.0.iter().filter(is_kept).cloned().collect());
        let parameter = if self.split.is_empty() { "values" } else { "split" };
        let values = values.iter().map(|name| (name, parameter));
        for (name, parameter) in [(&self.names.0, "names")].into_iter().chain(values) {
            if taken.contains(name) {
                let problem = Problem::new(format!("There would be two columns {name:?}.")).at(parameter);
                return Err(problem.try_this("Give one of them another name."));
            }
            taken.0.push(Column::new(name, Type::Null));
        }
        Ok(())
    }

    /// The columns of values, and the rows that a row becomes: one for each name, or for each part of names that is the same.
    fn lines(&self, turned: &[Column]) -> Result<(Vec<String>, Vec<Line>), Problem> {
        let mut parts = Vec::new();
        for column in turned {
            let (measure, label) = self.parts(&column.name)?;
            let value = Value::parse(label, &self.names_kind).ok_or_else(|| {
                Problem::new(format!("{label:?} in the name {:?} is not {}.", column.name, self.names_kind))
                    .at("names_kind")
                    .try_this("Choose Text, or keep that column as it is.")
            })?;
            parts.push((measure, label, value));
        }
        let measures: IndexSet<&str> = parts.iter().map(|(measure, ..)| *measure).collect();
        let labels: IndexSet<&str> = parts.iter().map(|(_, label, _)| *label).collect();
        let mut lines: Vec<Line> =
            labels.iter().map(|_| Line { label: Value::Null, columns: vec![None; measures.len()] }).collect();
        for (column, (measure, label, value)) in turned.iter().zip(&parts) {
            let (Some(measure), Some(line)) = (measures.get_index_of(measure), labels.get_index_of(label)) else {
                continue;
            };
            lines[line].label = value.clone();
            lines[line].columns[measure] = Some(column.name.clone());
        }
        Ok((measures.into_iter().map(str::to_owned).collect(), lines))
    }

    /// The name of the column of values that a column goes to, and its own name there.
    fn parts<'a>(&'a self, name: &'a str) -> Result<(&'a str, &'a str), Problem> {
        if self.split.is_empty() {
            return Ok((&self.values.0, name));
        }
        let parts = match self.measure {
            Measure::First => name.rsplit_once(&self.split),
            Measure::Last => name.split_once(&self.split).map(|(label, measure)| (measure, label)),
        };
        parts.filter(|(measure, _)| !measure.is_empty()).ok_or_else(|| {
            Problem::new(format!("The name {name:?} can't be split at {:?}.", self.split))
                .at("split")
                .try_this("Keep that column as it is, or write another separator.")
        })
    }
}

/// Columns whose values go to the same one: as they are, or as text where nothing else does.
pub(super) fn in_one_type(draft: &mut Draft, rows: Rows, same: &[&Column], mixed: Mixed) -> Result<Rows, Problem> {
    let mut common = Type::Null;
    let mut other = None;
    for column in same {
        match common.common(&column.kind) {
            Some(kind) => common = kind,
            None => drop(other.get_or_insert(*column)),
        }
    }
    let Some(other) = other else { return Ok(rows) };
    if mixed == Mixed::Fail {
        let message = format!("{:?} is {}, and columns before it are {common}.", other.name, other.kind);
        return Err(Problem::new(message).at("mixed").try_this("Choose Text, or convert columns first."));
    }
    let text = |column: &&Column| {
        let text = Expr::column(column).cast(Type::Text).map_err(|problem| problem.at("mixed"))?;
        Ok(Computed::new(&column.name, text))
    };
    let columns = same.iter().map(text).collect::<Result<_, Problem>>()?;
    draft.add(Op::Derive { columns, failures: false }, &[rows])
}
