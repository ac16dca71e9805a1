use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, Pick};
use crate::types::{Column, Type};
use crate::value::Value;

/// Makes columns of the fields of a struct.
///
/// They stand where the struct stood. A struct that is null has null in all of them.
#[params]
pub struct Unnest {
    /// The column of structs.
    pub column: ColumnName,
    /// The fields that become columns. Without any, all.
    pub fields: Vec<String>,
    /// What the names of the new columns begin with, such as `place_`.
    pub prefix: String,
    /// Whether the column itself stays, too.
    pub keep: bool,
}

impl Node for Unnest {
    const CARD: Card = Card {
        title: "Unnest",
        group: Group::Columns,
        icon: "unnest",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "struct record object to columns expand fields flatten json_normalize expand record column ungroup nested",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let column = draft.column(inputs[0], &self.column, "column")?.clone();
        let fields = match &column.kind {
            Type::Struct(fields) => self.chosen(fields)?,
            Type::Null => Vec::new(),
            other => {
                let problem = Problem::new(format!("{:?} is {other} and no struct.", column.name)).at("column");
                return Err(match other {
                    Type::List(_) => problem.try_this("Make rows of its elements with `Explode` first."),
                    _ => problem.try_this("Choose a column of structs."),
                }
                .into());
            }
        };
        let hidden = |name: &str| format!("\u{1}field {name}");
        let mut computed = Vec::new();
        let mut new = Vec::new();
        for field in &fields {
            let name = format!("{}{}", self.prefix, field.name);
            if before.contains(&name) && (self.keep || name != column.name) {
                return Err(Problem::new(format!("There is a column {name:?} already."))
                    .at("prefix")
                    .try_this("Let the names of the new columns begin with something else.")
                    .into());
            }
            let arguments = vec![Expr::column(&column), Expr::literal(Value::text(&field.name))];
            computed.push(Computed::new(hidden(&name), Expr::call(Function::StructField, arguments)?));
            new.push(name);
        }
        let made = match computed.is_empty() {
            true => inputs[0],
            false => draft.add(Op::Derive { columns: computed, failures: false }, inputs)?,
        };
        let mut picks = Vec::new();
        for name in before.names() {
            if name != column.name || self.keep {
                picks.push(Pick::same(name));
            }
            if name == column.name {
                picks.extend(new.iter().map(|name| Pick::renamed(hidden(name), name)));
            }
        }
        if picks.is_empty() {
            let problem = Problem::new(format!("{:?} has no fields, and there is no other column.", column.name)).at("column");
            return Err(problem.try_this("Keep the column.").into());
        }
        Ok(vec![draft.select(made, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        for (at, name) in self.fields.iter().enumerate() {
            if self.fields[..at].contains(name) {
                return Err(Problem::new(format!("The field {name:?} is listed twice.")).at(format!("fields[{at}]")));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        match (self.column.0.as_str(), self.fields.as_slice()) {
            ("", _) => "Choose a column of structs to make columns of".to_owned(),
            (column, []) => sentence::short(format!("Make columns of the fields of {column}")),
            (column, fields) => sentence::short(format!("Take {} out of {column}", sentence::list(fields))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("All fields of a place", Self { column: "place".into(), ..Self::default() })
                .given("id: Integer, place: Struct(city: Text, zip: Text), open: Boolean\n 1, {city: Kiel, zip: 24103}, true\n 2, , false")
                .gives("id: Integer, city, zip, open: Boolean\n 1, Kiel, 24103, true\n 2, , , false"),
            Example::new("One field, with a name that says where it comes from", Self {
                column: "item".into(),
                fields: vec!["name".into()],
                prefix: "item_".into(),
                keep: true,
            })
            .given("item: Struct(name: Text, tags: List(Text))\n {name: pen, tags: [blue]}")
            .gives("item: Struct(name: Text, tags: List(Text)), item_name\n {name: pen, tags: [blue]}, pen"),
        ]
    }
}

impl Unnest {
    fn chosen<'a>(&self, fields: &'a [Column]) -> Result<Vec<&'a Column>, Problem> {
        if self.fields.is_empty() {
            return Ok(fields.iter().collect());
        }
        let named = |(at, name): (usize, &String)| {
            fields.iter().find(|field| field.name == *name).ok_or_else(|| {
                let known = fields.iter().map(|field| field.name.as_str());
                Problem::unknown("field", name, known).at(format!("fields[{at}]"))
            })
        };
        self.fields.iter().enumerate().map(named).collect()
    }
}
