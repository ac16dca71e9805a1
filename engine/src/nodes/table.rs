use super::prelude::*;
use crate::table::Table as Data;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// A table typed in by hand: a list of codes, a few rows to try something with.
///
/// It is part of the pipeline's file. Big tables are better kept in a file of their own.
#[params]
pub struct Table {
    /// The columns, with their types.
    pub columns: Vec<TypedColumn>,
    /// The values, row by row, written as text. What is left empty is null; a row may end early.
    pub rows: Vec<Vec<Option<String>>>,
}

#[params]
pub struct TypedColumn {
    /// The name of the column.
    pub name: NewColumn,
    /// The type of its values.
    pub kind: Type,
}

impl Node for Table {
    const CARD: Card = Card {
        title: "Table",
        group: Group::Read,
        icon: "table",
        inputs: Inputs::None,
        outputs: &[""],
        law: Law::Source,
        words: "typed in manual text input paste inline data grid constant values table creator lookup list",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let schema = Schema(self.columns.iter().map(|line| Column::new(&line.name.0, line.kind.clone())).collect());
        let rows = self.rows.iter().enumerate().map(|(at, row)| self.row(at, row)).collect::<Result<_, _>>()?;
        Ok(vec![draft.add(Op::Inline(Data { schema, rows }), &[])?])
    }

    fn check(&self) -> Result<(), Problem> {
        for (at, TypedColumn { name, .. }) in self.columns.iter().enumerate() {
            let wrong = |message: String| Err(Problem::new(message).at(format!("columns[{at}].name")));
            if name.0.is_empty() {
                return wrong(format!("Column {} has no name.", at + 1));
            }
            if self.columns[..at].iter().any(|earlier| earlier.name == *name) {
                return wrong(format!("There are two columns {:?}.", name.0));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Type in a small table".to_owned();
        }
        let columns = sentence::count(self.columns.len() as u64, "column");
        format!("A table of {} and {columns}", sentence::count(self.rows.len() as u64, "row"))
    }

    fn examples() -> Vec<Example<Self>> {
        let column = |name: &str, kind| TypedColumn { name: name.into(), kind };
        let row = |cells: &[&str]| cells.iter().map(|cell| Some((*cell).to_owned())).collect::<Vec<_>>();
        vec![
            Example::new("A list of codes", Self {
                columns: vec![column("code", Type::Text), column("name", Type::Text)],
                rows: vec![row(&["01", "car"]), row(&["02", "truck"])],
            })
            .gives("code, name\n 01, car\n 02, truck"),
            Example::new("Types, and values that are missing", Self {
                columns: vec![column("on", Type::Date), column("price", Type::Decimal(10, 2)), column("sold", Type::Boolean)],
                rows: vec![row(&["2024-05-01", "12.5", "yes"]), vec![None, Some("3".into())]],
            })
            .gives("on: Date, price: Decimal(10, 2), sold: Boolean\n 2024-05-01, 12.50, true\n , 3.00, "),
        ]
    }
}

impl Table {
    fn row(&self, at: usize, cells: &[Option<String>]) -> Result<Vec<Value>, Problem> {
        if cells.len() > self.columns.len() {
            let (cells, columns) = (cells.len(), self.columns.len());
            return Err(Problem::new(format!("Row {} has {cells} values, and there are {columns} columns.", at + 1))
                .at(format!("rows[{at}]"))
                .try_this("Take values out, or add a column."));
        }
        let cells = cells.iter().map(Option::as_deref).chain(std::iter::repeat(None));
        let values = self.columns.iter().zip(cells).enumerate().map(|(place, (column, cell))| {
            value(column, cell).ok_or_else(|| {
                let (name, cell) = (&column.name.0, cell.unwrap_or_default());
                Problem::new(format!("Row {}, column {name:?}: {cell:?} is not {}.", at + 1, column.kind))
                    .at(format!("rows[{at}][{place}]"))
                    .try_this(format!("Write it like {}.", crate::pipeline::example_of(&column.kind)))
            })
        });
        values.collect()
    }
}

/// A cell as a value; none if it is not of its column's type. Blanks count in text only.
fn value(column: &TypedColumn, cell: Option<&str>) -> Option<Value> {
    let Some(cell) = cell else { return Some(Value::Null) };
    let text = if column.kind.is_text() { cell } else { cell.trim() };
    if text.is_empty() && !column.kind.is_text() {
        return Some(Value::Null);
    }
    Value::parse(text, &column.kind)
}
