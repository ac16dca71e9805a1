use super::prelude::*;
use crate::plan::Pick;
use crate::types::{Column, Schema};

/// Puts tables side by side: the first row next to the first row, the second next to the second, and so on.
///
/// Nothing is compared. If rows belong together by a column that both tables have, use Join instead.
#[params]
pub struct AppendColumns {
    /// What happens where tables have different numbers of rows.
    pub lengths: Lengths,
    /// What happens to a column whose name an earlier table has.
    pub same_names: Repeated,
}

#[params]
pub enum Lengths {
    /// The run fails.
    #[default]
    Equal,
    /// The shorter ones are filled up with nulls.
    Pad,
}

#[params]
pub enum Repeated {
    /// It gets a number: `name_2`.
    #[default]
    Number,
    /// It is left out.
    Drop,
    /// It is a problem, to be solved before running.
    Fail,
}

impl Node for AppendColumns {
    const CARD: Card = Card {
        title: "Append columns",
        group: Group::Combine,
        icon: "append_columns",
        inputs: Inputs::Many,
        outputs: &[""],
        law: Law::SideBySide,
        words: "side by side paste zip position bind_cols hstack column appender join by position horizontal concat",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let mut tables = Vec::new();
        let mut taken = Schema::default();
        for (port, rows) in inputs.iter().enumerate() {
            let columns = draft.schema(*rows).clone();
            let mut picks = self.picks(&columns, &mut taken).map_err(|problem| problem.at(format!("from[{port}]")))?;
            // A table of which no column is left still has its rows.
            if let ([], Some(any)) = (picks.as_slice(), columns.names().next()) {
                picks.push(Pick::renamed(any, format!("\u{1}rows {port}")));
            }
            tables.push(draft.select(*rows, picks)?);
        }
        let side_by_side = draft.add(Op::Append { pad: self.lengths == Lengths::Pad }, &tables)?;
        Ok(vec![draft.select(side_by_side, taken.names().map(Pick::same).collect())?])
    }

    fn sentence(&self) -> String {
        match self.lengths {
            Lengths::Equal => "Put tables of the same length side by side".to_owned(),
            Lengths::Pad => "Put tables side by side, the shorter ones filled up".to_owned(),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Two tables of the same length", Self::default())
                .given("id: Integer, name\n 1, c1\n 2, c2")
                .given("id: Integer, city\n 1, Bonn\n 2, Kiel")
                .gives("id: Integer, name, id_2: Integer, city\n 1, c1, 1, Bonn\n 2, c2, 2, Kiel"),
            Example::new("The shorter one filled up", Self { lengths: Lengths::Pad, ..Self::default() })
                .given("a: Integer\n 1")
                .given("b: Integer\n 7\n 8")
                .gives("a: Integer, b: Integer\n 1, 7\n , 8"),
        ]
    }
}

impl AppendColumns {
    fn picks(&self, columns: &Schema, taken: &mut Schema) -> Result<Vec<Pick>, Problem> {
        let mut picks = Vec::new();
        for column in &columns.0 {
            let name = match (taken.contains(&column.name), self.same_names) {
                (false, _) => column.name.clone(),
                (true, Repeated::Number) => taken.free_name(&column.name),
                (true, Repeated::Drop) => continue,
                (true, Repeated::Fail) => {
                    return Err(Problem::new(format!("An earlier table has a column {:?} too.", column.name))
                        .try_this("Rename one of them with Select, or choose Number or Drop for the same names."));
                }
            };
            taken.0.push(Column::new(&name, column.kind.clone()));
            picks.push(Pick::renamed(&column.name, name));
        }
        Ok(picks)
    }
}
