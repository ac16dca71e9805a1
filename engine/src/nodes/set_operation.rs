use super::join::Pair;
use super::keys::{self, Keys};
use super::prelude::*;
use crate::nodes::{JoinKind, Keep};
use crate::plan::{self, Over, Pick, WindowColumn};
use crate::types::{Column, Schema};

/// Compares two tables row by row: the rows that both have, that only the first has, or that only one of them has.
///
/// Rows are the same where all columns are equal, whatever their order, or those of `on` alone; null equals null. Rows come in the order of
/// the first table, then of the second. With `duplicates` Count the rows of each side are held in memory.
#[params]
pub struct SetOperation {
    /// Which rows come out.
    pub keep: Kept,
    /// The columns in which rows must be equal to count as the same. Without any, all columns, which both tables must have.
    pub on: Vec<Pair>,
    /// What happens with rows that occur several times.
    pub duplicates: Duplicates,
}

#[params]
pub enum Kept {
    /// Rows of the first table that the second has, too.
    #[default]
    Intersect,
    /// Rows of the first table that the second does not have.
    Except,
    /// Rows that only one of the tables has.
    Symmetric,
}

#[params]
pub enum Duplicates {
    /// Each comes out once, as in INTERSECT and EXCEPT of SQL.
    #[default]
    Distinct,
    /// They are counted: a row that is there three times in one table and once in the other is there once in both and twice in one
    /// alone, as in INTERSECT ALL and EXCEPT ALL.
    Count,
    /// All of them come out, or none.
    All,
}

impl Node for SetOperation {
    const CARD: Card = Card {
        title: "Set operation",
        group: Group::Combine,
        icon: "set_operation",
        inputs: Inputs::Named(&["first", "second"]),
        outputs: &[""],
        law: Law::Fewer,
        words: "intersect except minus difference intersection subtract symmetric complement sets reference row filter compare rows in both",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (first, second) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        let pairs = self.pairs(&first, &second)?;
        let keys = Keys::of(&pairs, &first, &second).map_err(|problem| match self.on.is_empty() {
            true => Problem { parameter: Some("from[1]".into()), ..problem },
            false => problem,
        })?;
        let (on, other): (Vec<String>, Vec<String>) = keys.on.iter().cloned().unzip();
        let left = keys::add(draft, inputs[0], keys.left)?;
        let right = keys::add(draft, inputs[1], keys.right)?;
        let left = self.prepared(draft, left, &on)?;
        let right = self.prepared(draft, right, &other)?;
        let kind = if self.keep == Kept::Intersect { JoinKind::Semi } else { JoinKind::Anti };
        let kept = self.compared(draft, kind, [(left, &on), (right, &other)], &first)?;
        if self.keep != Kept::Symmetric {
            return Ok(vec![kept]);
        }
        let mut others = self.compared(draft, kind, [(right, &other), (left, &on)], &second)?;
        if self.on.is_empty() {
            // Columns that are in other places.
            others = draft.select(others, first.names().map(Pick::same).collect())?;
        }
        let all = draft.add(Op::Union, &[kept, others]).map_err(|problem| problem.at("from[1]"))?;
        Ok(vec![all])
    }

    fn sentence(&self) -> String {
        let what = match self.keep {
            Kept::Intersect => "Keep rows that both tables have",
            Kept::Except => "Keep rows that only the first table has",
            Kept::Symmetric => "Keep rows that only one of the tables has",
        };
        let on: Vec<String> = self.on.iter().map(Pair::words).collect();
        let by = if on.is_empty() { String::new() } else { format!(", by {}", sentence::list(&on)) };
        sentence::short(format!("{what}{by}"))
    }

    fn examples() -> Vec<Example<Self>> {
        let first = "id: Integer, city\n 1, Bonn\n 2, \n 1, Bonn\n 3, Kiel";
        let second = "city, id: Integer\n Bonn, 1\n , 2\n Ulm, 3";
        vec![
            Example::new("Rows that both tables have, each once", Self::default())
                .given(first)
                .given(second)
                .gives("id: Integer, city\n 1, Bonn\n 2, "),
            Example::new(
                "Rows of the first table, less those of the second, one for one",
                Self { keep: Kept::Except, duplicates: Duplicates::Count, ..Self::default() },
            )
            .given(first)
            .given(second)
            .gives("id: Integer, city\n 1, Bonn\n 3, Kiel"),
            Example::new(
                "Customers without an order, by their number alone",
                Self {
                    keep: Kept::Except,
                    on: vec![Pair { left: "id".into(), right: "customer".into() }],
                    duplicates: Duplicates::All,
                },
            )
            .given(first)
            .given("order, customer: Integer\n a, 2\n b, 3")
            .gives("id: Integer, city\n 1, Bonn\n 1, Bonn"),
            Example::new(
                "What one of the tables has and the other has not",
                Self { keep: Kept::Symmetric, ..Self::default() },
            )
            .given(first)
            .given(second)
            .gives("id: Integer, city\n 3, Kiel\n 3, Ulm"),
        ]
    }
}

const NUMBER: &str = "\u{1}occurrence";

impl SetOperation {
    /// The columns that are compared: those chosen, or all by their names.
    fn pairs(&self, first: &Schema, second: &Schema) -> Result<Vec<Pair>, Problem> {
        if !self.on.is_empty() {
            return Ok(self.on.clone());
        }
        for (has, lacks, which) in [(first, second, "second"), (second, first, "first")] {
            if let Some(name) = has.names().find(|name| !lacks.contains(name)) {
                return Err(Problem::new(format!("The {which} table has no column {name:?}."))
                    .at("on")
                    .try_this("Choose the columns that are compared, or make the tables alike with Select."));
            }
        }
        if first.0.is_empty() {
            return Err(Problem::new("The tables have no columns that could be compared.").at("on"));
        }
        let pair = |name: &str| Pair { left: name.into(), right: name.into() };
        Ok(first.names().map(pair).collect())
    }

    /// Rows without duplicates, or with duplicates numbered.
    fn prepared(&self, draft: &mut Draft, rows: Rows, on: &[String]) -> Result<Rows, Problem> {
        match self.duplicates {
            Duplicates::All => Ok(rows),
            Duplicates::Distinct => draft.add(Op::Distinct { by: keys::each_once(on), keep: Keep::First }, &[rows]),
            Duplicates::Count => {
                let columns = vec![WindowColumn::new(NUMBER, Over::Number)];
                draft.add(Op::Window { by: keys::each_once(on), order: Vec::new(), columns }, &[rows])
            }
        }
    }

    /// Rows of the first side that the second has, or has not.
    fn compared(
        &self,
        draft: &mut Draft,
        kind: JoinKind,
        [(rows, keys), (others, other_keys)]: [(Rows, &[String]); 2],
        columns: &Schema,
    ) -> Result<Rows, Problem> {
        let mut on: Vec<(String, String)> = keys.iter().cloned().zip(other_keys.iter().cloned()).collect();
        if self.duplicates == Duplicates::Count {
            on.push((NUMBER.into(), NUMBER.into()));
        }
        let join = plan::Join { kind, on, nulls_match: true, right: Vec::new(), max_rows: None, order: plan::JoinOrder::Kept };
        let rows = draft.add(Op::Join(join), &[rows, others])?;
        draft.select(rows, columns.0.iter().map(|Column { name, .. }| Pick::same(name)).collect())
    }
}
