use super::chosen::{self, Choose};
use super::prelude::*;
use crate::formula::{self, Expr, Formula};
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Computes many columns with one formula.
///
/// In the formula `_column_` stands for the value of each of the columns in turn, and `_column_name_` for its name; every other name is a
/// column as it came in. The results take the places of the columns, or stand beside them as new ones.
#[params]
pub struct MultiColumnFormula {
    /// How the columns are chosen: by name, by type or by a pattern.
    pub choose: Choose,
    /// The columns.
    #[param(when = self.choose == Choose::Listed)]
    pub columns: Vec<ColumnName>,
    /// What the names of the columns look like, such as `amount_*`.
    #[param(when = matches!(self.choose, Choose::Pattern | Choose::Regex))]
    pub pattern: String,
    /// Columns to leave as they are although they fit.
    #[param(when = self.choose != Choose::Listed)]
    pub except: Vec<ColumnName>,
    /// What each of them becomes, such as `round(_column_, 2)`.
    pub formula: Formula,
    /// The type of the results. Left open, the one that the formula gives.
    pub kind: Option<Type>,
    /// Where the results go.
    pub results: Results,
    /// What stands before the name of a column in the name of its result.
    #[param(when = self.results == Results::NewColumns)]
    pub prefix: String,
    /// What stands after the name of a column in the name of its result.
    #[param(when = self.results == Results::NewColumns)]
    pub suffix: String,
    /// What to do with a row in which a formula can't be computed.
    pub on_error: OnError,
}

#[params]
pub enum Results {
    /// Each takes the place of its column.
    #[default]
    InPlace,
    /// They come after all columns, which stay as they are.
    NewColumns,
}

/// The value of the column at hand, in the formula.
const COLUMN: &str = "_column_";
/// Its name.
const NAME: &str = "_column_name_";

impl Node for MultiColumnFormula {
    const CARD: Card = Card {
        title: "Multi-column formula",
        group: Group::Columns,
        icon: "multi_column_formula",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "multi-field formula column expressions multi column apply applymap map across several columns same formula each column mutate across transform columns current field",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let hidden = |at: usize| format!("\u{1}result {at}");
        let columns = draft.schema(inputs[0]).clone();
        let chosen = chosen::columns(&columns, self.choose, &self.columns, &self.pattern, &self.except)?;
        let mut computed = Vec::new();
        let mut picks: Vec<Pick> = columns.names().map(Pick::same).collect();
        for (at, column) in chosen.into_iter().enumerate() {
            let formula = self.formula_of(column, draft, &columns)?;
            computed.push(Computed { name: hidden(at), formula, shown: column.name.clone() });
            let pick = Pick::renamed(hidden(at), self.result_of(&column.name));
            match picks.iter_mut().find(|pick| pick.column == column.name && self.results == Results::InPlace) {
                Some(place) => *place = pick,
                None => picks.push(pick),
            }
        }
        if computed.is_empty() {
            return Ok(vec![inputs[0], draft.nothing(reject_schema(&columns))]);
        }
        let (done, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
        let done = draft.select(done, picks).map_err(|problem| problem.at("suffix"))?;
        Ok(vec![done, rejected])
    }

    fn sees(&self, columns: &Schema) -> Schema {
        let chosen = chosen::columns(columns, self.choose, &self.columns, &self.pattern, &self.except);
        let first = chosen.ok().and_then(|chosen| chosen.first().map(|column| column.kind.clone()));
        seen(columns, first.unwrap_or_default())
    }

    fn check(&self) -> Result<(), Problem> {
        chosen::check(self.choose, &self.columns, &self.pattern)?;
        if self.formula.0.trim().is_empty() {
            let problem = Problem::new("The formula is empty.").at("formula");
            return Err(problem.try_this("In it, `_column_` stands for each of the columns."));
        }
        if self.results == Results::NewColumns && self.prefix.is_empty() && self.suffix.is_empty() {
            let problem = Problem::new("New columns would have the names of those they are made from.").at("suffix");
            return Err(problem.try_this("Write a prefix or a suffix."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let columns = chosen::words(self.choose, &self.columns, &self.pattern);
        sentence::short(match self.formula.0.trim() {
            "" => "Compute many columns with one formula".to_owned(),
            _ if columns.is_empty() => "Choose the columns to compute".to_owned(),
            formula => format!("{formula} for {columns}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Shares of a total, for two columns", Self {
                columns: vec!["trains".into(), "planes".into()],
                formula: "round(_column_ / total, 2)".into(),
                ..Self::default()
            })
            .given("year: Integer, trains: Integer, planes: Integer, total: Integer\n 2023, 1, 3, 4\n 2024, 2, 1, 3\n 2025, , 1, 0")
            .gives("year: Integer, trains: Float, planes: Float, total: Integer\n 2023, 0.25, 0.75, 4\n 2024, 0.67, 0.33, 3")
            .gives_at(
                "rejected",
                "year: Integer, trains: Integer, planes: Integer, total: Integer, error_column, error_value, error_reason\n
                 2025, , 1, 0, planes, , division by zero",
            ),
            Example::new("Copies of all text in capitals, with their names", Self {
                choose: Choose::Text,
                except: vec!["id".into()],
                formula: "_column_name_ || ': ' || upper(_column_)".into(),
                results: Results::NewColumns,
                suffix: "_label".into(),
                ..Self::default()
            })
            .given("id, city, beds: Integer\n a, Ulm, 2\n b, , 3")
            .gives("id, city, beds: Integer, city_label\n a, Ulm, 2, city: ULM\n b, , 3, "),
            Example::new("Numbers out of every column called q and a digit", Self {
                choose: Choose::Pattern,
                pattern: "q?".into(),
                formula: "nullif(_column_, '-')".into(),
                kind: Some(Type::Integer),
                on_error: OnError::Null,
                ..Self::default()
            })
            .given("q1, q2, quit\n 4, -, no\n -, x, yes")
            .gives("q1: Integer, q2: Integer, quit\n 4, , no\n , , yes"),
        ]
    }
}

impl MultiColumnFormula {
    fn formula_of(&self, column: &Column, draft: &Draft, columns: &Schema) -> Result<Expr, Problem> {
        let about = |problem: Problem| {
            let message = format!("For the column {:?}: {}", column.name, problem.message);
            Problem { message, ..problem }
        };
        let seen = seen(columns, column.kind.clone());
        let mut formula = draft.compile(&self.formula, &seen, "formula").map_err(about)?;
        formula.replace_columns(&|name| match name {
            COLUMN => Some(formula::Node::Column(column.name.clone())),
            NAME => Some(formula::Node::Literal(Value::text(&column.name))),
            _ => None,
        });
        let Some(kind) = &self.kind else { return Ok(formula) };
        formula.cast(kind.clone()).map_err(|problem| about(problem).at("kind"))
    }

    fn result_of(&self, name: &str) -> String {
        match self.results {
            Results::InPlace => name.to_owned(),
            Results::NewColumns => format!("{}{name}{}", self.prefix, self.suffix),
        }
    }
}

/// What the formula sees: the columns, and the one at hand under a name of its own.
fn seen(columns: &Schema, kind: Type) -> Schema {
    let mut seen = columns.clone();
    seen.set(Column::new(COLUMN, kind));
    seen.set(Column::new(NAME, Type::Text));
    seen
}
