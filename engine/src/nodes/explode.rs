use super::prelude::*;
use crate::types::Type;

/// Makes a row of each element of a list.
///
/// The other columns are repeated beside it. To split text into rows, use `Split column`.
#[params]
pub struct Explode {
    /// The column of lists. It holds their elements afterwards.
    pub column: ColumnName,
    /// What becomes of a row whose list is empty or null.
    pub empty: EmptyLists,
    /// A new column that numbers the elements of each list, from 1.
    pub position: Option<NewColumn>,
}

#[params]
pub enum EmptyLists {
    /// The row stays, with null in place of an element.
    #[default]
    Keep,
    /// The row goes.
    Drop,
}

impl Node for Explode {
    const CARD: Card = Card {
        title: "Explode",
        group: Group::Shape,
        icon: "explode",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Expand,
        words: "unnest list array to rows expand to new rows ungroup flatten unwind normalize lateral view json flatten tNormalize Ungroup",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let column = draft.column(inputs[0], &self.column, "column")?;
        if !matches!(column.kind, Type::List(_) | Type::Null) {
            let problem = Problem::new(format!("{:?} is {} and no list.", self.column.0, column.kind)).at("column");
            return Err(match column.kind {
                Type::Text => problem.try_this("Split it with `Split column`, or make lists of it with `Parse JSON`."),
                _ => problem.try_this("Choose a column of lists."),
            }
            .into());
        }
        let position = self.position.as_ref().map(|position| position.0.clone());
        let op = Op::Explode { column: self.column.0.clone(), keep_empty: self.empty == EmptyLists::Keep, position };
        draft.allows(&op, inputs).map_err(|problem| problem.at("position"))?;
        Ok(vec![draft.add(op, inputs)?])
    }

    fn sentence(&self) -> String {
        match self.column.0.as_str() {
            "" => "Choose a column of lists to make rows of".to_owned(),
            column => sentence::short(format!("A row for each element of {column}")),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("One row for each tag", Self { column: "tags".into(), ..Self::default() })
                .given("item, tags: List(Text)\n pen, [blue, thin]\n ink, []\n pad, ")
                .gives("item, tags\n pen, blue\n pen, thin\n ink, \n pad, "),
            Example::new("Numbered, and without the rows that have no list", Self {
                column: "lines".into(),
                empty: EmptyLists::Drop,
                position: Some("number".into()),
            })
            .given("order: Integer, lines: List(Struct(item: Text, price: Decimal(5, 2)))\n
                1, [{item: pen, price: 2.5}, {item: ink, price: 7}]\n 2, []\n 3, [{item: pad, price: 3}]")
            .gives("order: Integer, lines: Struct(item: Text, price: Decimal(5, 2)), number: Integer\n
                1, {item: pen, price: 2.5}, 1\n 1, {item: ink, price: 7}, 2\n 3, {item: pad, price: 3}, 1"),
        ]
    }
}
