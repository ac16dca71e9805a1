use super::prelude::*;
use crate::plan::SortKey;

/// Puts rows in order.
///
/// Rows that are equal in all keys keep the order they came in. Text goes by code point: capitals before small letters.
#[params]
pub struct Sort {
    /// The columns to sort by: the first decides, the next one where it is equal, and so on.
    pub by: Vec<Key>,
}

#[params]
pub struct Key {
    /// The column.
    pub column: ColumnName,
    /// Largest first.
    pub descending: bool,
    /// Rows without a value first. Otherwise they come last, whichever way the others go.
    pub nulls_first: bool,
}

impl Node for Sort {
    const CARD: Card = Card {
        title: "Sort",
        group: Group::Rows,
        icon: "sort",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "order by arrange sorter ascending descending rank top tSortRow sort_values",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        for (at, key) in self.by.iter().enumerate() {
            let parameter = format!("by[{at}].column");
            let column = draft.column(inputs[0], &key.column, &parameter)?;
            if !column.kind.is_ordered() {
                let message = format!("{:?} is {}, which has no order.", column.name, column.kind);
                return Err(Problem::new(message).at(parameter).into());
            }
        }
        Ok(vec![draft.add(Op::Sort(self.by.iter().map(Key::key).collect()), inputs)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.by.is_empty() {
            return Err(Problem::new("There is nothing to sort by.").at("by").try_this("Add a column."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let key = |key: &Key| format!("{}{}", key.column.0, if key.descending { ", largest first" } else { "" });
        match self.by.as_slice() {
            [] => "Choose the columns to sort by".to_owned(),
            keys => sentence::short(format!("Sort by {}", keys.iter().map(key).collect::<Vec<_>>().join(", then "))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let key = |column: &str, descending| Key { column: column.into(), descending, nulls_first: false };
        vec![
            Example::new("By team, and within a team by points, best first", Self {
                by: vec![key("team", false), key("points", true)],
            })
            .given("team, points: Integer\n b, 1\n a, 3\n a, \n b, 7\n a, 5")
            .gives("team, points: Integer\n a, 5\n a, 3\n a, \n b, 7\n b, 1"),
            Example::new("Rows without a value first", Self {
                by: vec![Key { nulls_first: true, ..key("due", false) }],
            })
            .given("bill, due: Date\n x, 2024-05-02\n y, \n z, 2024-05-01")
            .gives("bill, due: Date\n y, \n z, 2024-05-01\n x, 2024-05-02"),
        ]
    }
}

impl Key {
    fn key(&self) -> SortKey {
        SortKey { column: self.column.0.clone(), descending: self.descending, nulls_first: self.nulls_first }
    }
}
