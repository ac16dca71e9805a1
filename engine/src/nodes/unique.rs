use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, Over, Pick, WindowColumn};
use crate::types::{Column, Type};
use crate::value::Value;

/// Keeps one row of those that are equal.
///
/// The others come out of `duplicates`: no row is lost. Rows keep their order. Nulls are equal to each other here.
#[params]
pub struct Unique {
    /// The columns in which rows must be equal to count as the same. Without any, all columns.
    pub by: Vec<ColumnName>,
    /// Which of the rows that are equal is kept.
    pub keep: Keep,
}

#[params]
pub enum Keep {
    /// The one that comes first.
    #[default]
    First,
    /// The one that comes last.
    Last,
    /// None of them: only rows that have no twin are kept.
    Neither,
}

impl Node for Unique {
    const CARD: Card = Card {
        title: "Unique",
        group: Group::Rows,
        icon: "unique",
        inputs: Inputs::One,
        outputs: &["", "duplicates"],
        law: Law::Split,
        words: "distinct duplicates dedupe deduplicate drop_duplicates remove duplicate row filter tUniqRow",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let rows = inputs[0];
        let mut by: Vec<String> = self.by.iter().map(|name| name.0.clone()).collect();
        if by.is_empty() {
            by = draft.schema(rows).names().map(str::to_owned).collect();
        }
        let kept = draft.add(Op::Distinct { by: by.clone(), keep: self.keep }, &[rows])?;
        Ok(vec![kept, self.duplicates(draft, rows, by)?])
    }

    fn sentence(&self) -> String {
        let kept = match self.keep {
            Keep::First => "Keep the first row",
            Keep::Last => "Keep the last row",
            Keep::Neither => "Keep rows that occur once",
        };
        match (self.keep, self.by.as_slice()) {
            (Keep::Neither, []) => kept.to_owned(),
            (Keep::Neither, by) => sentence::short(format!("{kept} by {}", sentence::list(by))),
            (_, []) => format!("{kept} of those that are equal"),
            (_, by) => sentence::short(format!("{kept} for each {}", sentence::list(by))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "customer, city\n c1, Bonn\n c2, \n c1, Kiel\n c2, \n c4, Bonn";
        vec![
            Example::new("The first row of each customer", Self {
                by: vec!["customer".into()],
                ..Self::default()
            })
            .given(given)
            .gives("customer, city\n c1, Bonn\n c2, \n c4, Bonn")
            .gives_at("duplicates", "customer, city\n c1, Kiel\n c2, "),
            Example::new("The last of the rows that are equal in all columns", Self {
                keep: Keep::Last,
                ..Self::default()
            })
            .given(given)
            .gives("customer, city\n c1, Bonn\n c1, Kiel\n c2, \n c4, Bonn")
            .gives_at("duplicates", "customer, city\n c2, "),
            Example::new("Only customers that are there once", Self {
                by: vec!["customer".into()],
                keep: Keep::Neither,
            })
            .given(given)
            .gives("customer, city\n c4, Bonn")
            .gives_at("duplicates", "customer, city\n c1, Bonn\n c2, \n c1, Kiel\n c2, "),
        ]
    }
}

impl Unique {
    /// Rows that have a twin before them, after them, or either, as what is kept demands.
    fn duplicates(&self, draft: &mut Draft, rows: Rows, by: Vec<String>) -> Result<Rows, Problem> {
        const HERE: &str = "\u{1}here";
        const BEFORE: &str = "\u{1}before";
        const AFTER: &str = "\u{1}after";
        let picks = draft.schema(rows).names().map(Pick::same).collect();
        let here = Computed::new(HERE, Expr::literal(Value::Boolean(true)));
        let marked = draft.add(Op::Derive { columns: vec![here], failures: false }, &[rows])?;
        let neighbour = |by, name: &str| {
            WindowColumn::new(name, Over::Shift { column: HERE.into(), by, otherwise: Value::Null })
        };
        let columns = vec![neighbour(-1, BEFORE), neighbour(1, AFTER)];
        let compared = draft.add(Op::Window { by, order: Vec::new(), columns }, &[marked])?;
        let twin = |name: &str| Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(name, Type::Boolean))]);
        let condition = match self.keep {
            Keep::First => twin(BEFORE)?,
            Keep::Last => twin(AFTER)?,
            Keep::Neither => Expr::call(Function::Or, vec![twin(BEFORE)?, twin(AFTER)?])?,
        };
        let others = draft.filter(compared, condition)?;
        draft.select(others, picks)
    }
}
