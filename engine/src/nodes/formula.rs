use super::prelude::*;
use crate::formula::Formula as Text;
use crate::plan::Computed;
use crate::types::Column;

/// Computes columns with formulas.
///
/// Each formula sees the results of those above it. A name that exists already is replaced in its place; a new one goes to the end.
#[params]
pub struct Formula {
    /// The columns to compute, in order.
    pub formulas: Vec<Line>,
    /// What to do with a row in which a formula can't be computed.
    pub on_error: OnError,
}

#[params]
pub struct Line {
    /// The column that is made or replaced.
    pub column: NewColumn,
    /// What it holds, such as `price * amount`.
    pub formula: Text,
}

impl Node for Formula {
    const CARD: Card = Card {
        title: "Formula",
        group: Group::Columns,
        icon: "formula",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "calculate compute expression add column mutate assign withColumn calculated field derive tMap Math Formula String Manipulation Round Double Column Expressions Column Aggregator",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let mut columns = draft.schema(inputs[0]).clone();
        let mut computed = Vec::new();
        for (at, Line { column, formula }) in self.formulas.iter().enumerate() {
            let formula = draft.compile(formula, &columns, &format!("formulas[{at}].formula"))?;
            columns.set(Column::new(&column.0, formula.kind.clone()));
            computed.push(Computed::new(&column.0, formula));
        }
        let (done, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.formulas.is_empty() {
            return Err(Problem::new("There is no formula.").at("formulas").try_this("Add one."));
        }
        if let Some(at) = self.formulas.iter().position(|line| line.column.0.is_empty()) {
            let problem = Problem::new("Give the column a name.").at(format!("formulas[{at}].column"));
            return Err(problem.try_this("A new name makes a new column, and that of a column replaces it."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        match self.formulas.as_slice() {
            [] => "Compute a column with a formula".to_owned(),
            [line] if line.column.0.is_empty() => "Name the column to compute".to_owned(),
            [line] => sentence::short(format!("{} = {}", line.column.0, line.formula.0)),
            lines => {
                let names: Vec<&str> = lines.iter().map(|line| line.column.0.as_str()).collect();
                sentence::short(format!("Compute {}", sentence::list(&names)))
            }
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |column: &str, formula: &str| Line { column: column.into(), formula: formula.into() };
        vec![
            Example::new("A total, then a share of it", Self {
                formulas: vec![line("total", "price * amount"), line("tax", "round(total * 0.19, 2)")],
                ..Self::default()
            })
            .given("item, price: Float, amount: Integer\n pen, 1.5, 4\n ink, 8.0, ")
            .gives("item, price: Float, amount: Integer, total: Float, tax: Float\n pen, 1.5, 4, 6.0, 1.14\n ink, 8.0, , , "),
            Example::new("A value that can't be computed is rejected with the reason", Self {
                formulas: vec![line("rate", "10 / hours")],
                ..Self::default()
            })
            .given("job, hours: Integer\n a, 4\n b, 0")
            .gives("job, hours: Integer, rate: Float\n a, 4, 2.5")
            .gives_at(
                "rejected",
                "job, hours: Integer, error_column, error_value, error_reason\n b, 0, rate, 0, division by zero",
            ),
        ]
    }
}
