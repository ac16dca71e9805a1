use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, Pick};
use crate::types::{Column, Type};
use crate::value::Value;

/// Puts columns together in one: an object of JSON, or a struct.
///
/// The names of the columns become the names in it. Structs and lists among them stay whole.
#[params]
pub struct BuildJson {
    /// The columns that go in. Without any, all.
    pub columns: Vec<ColumnName>,
    /// The name of the new column, which comes last.
    #[param(default = "json".into())]
    pub into: NewColumn,
    /// What is built.
    pub build: Build,
    /// Whether the columns that go in stay, too.
    pub keep: bool,
}

#[params]
pub enum Build {
    /// Text of JSON, such as `{"name":"pen","price":2}`.
    #[default]
    Json,
    /// A struct, which keeps the types of the columns.
    Struct,
}

impl Node for BuildJson {
    const CARD: Card = Card {
        title: "Build JSON",
        group: Group::Columns,
        icon: "build_json",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "json object struct record nest pack to_json row_to_json json_build_object as_struct columns to json aggregate nested tWriteJSONField",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let chosen: Vec<&Column> = match self.columns.is_empty() {
            true => before.0.iter().collect(),
            false => self.columns.iter().filter_map(|name| before.column(&name.0)).collect(),
        };
        if chosen.is_empty() {
            return Err(Problem::new("There are no columns to put together.").at("columns").into());
        }
        let goes_in = |name: &str| chosen.iter().any(|column| column.name == name);
        if before.contains(&self.into.0) && (self.keep || !goes_in(&self.into.0)) {
            return Err(Problem::new(format!("There is a column {:?} already.", self.into.0))
                .at("into")
                .try_this("Write another name.")
                .into());
        }
        let mut fields = Vec::new();
        for column in &chosen {
            fields.push(Expr::literal(Value::text(&column.name)));
            fields.push(match column.kind {
                // A struct has a type in each field.
                Type::Null => Expr::column(column).cast(Type::Text)?,
                _ => Expr::column(column),
            });
        }
        const BUILT: &str = "\u{1}built";
        let mut formula = Expr::call(Function::NamedStruct, fields)?;
        if self.build == Build::Json {
            formula = Expr::call(Function::ToJson, vec![formula])?;
        }
        let columns = vec![Computed::new(BUILT, formula)];
        let built = draft.add(Op::Derive { columns, failures: false }, inputs)?;
        let kept = before.names().filter(|name| self.keep || !goes_in(name)).map(Pick::same);
        Ok(vec![draft.select(built, kept.chain([Pick::renamed(BUILT, &self.into.0)]).collect())?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.into.0.is_empty() {
            return Err(Problem::new("The new column has no name.").at("into").try_this("Write one."));
        }
        for (at, name) in self.columns.iter().enumerate() {
            if self.columns[..at].contains(name) {
                let problem = Problem::new(format!("The column {:?} is listed twice.", name.0));
                return Err(problem.at(format!("columns[{at}]")));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let what = if self.build == Build::Json { "JSON" } else { "a struct" };
        sentence::short(match self.columns.as_slice() {
            [] => format!("Put all columns together as {what}"),
            columns => format!("Put {} together as {what}", sentence::list(columns)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Some columns as a struct", Self {
                columns: vec!["city".into(), "zip".into()],
                into: "place".into(),
                build: Build::Struct,
                ..Self::default()
            })
            .given("id: Integer, city, zip\n 1, Kiel, 24103\n 2, , ")
            .gives("id: Integer, place: Struct(city: Text, zip: Text)\n 1, {city: Kiel, zip: 24103}\n 2, {city: null, zip: null}"),
            Example::new("All columns as JSON, beside them", Self { keep: true, ..Self::default() })
                .given("item, price: Decimal(5, 2), tags: List(Text)\n pen, 2.5, [blue, thin]\n ink, , []")
                .gives(
                    "item, price: Decimal(5, 2), tags: List(Text), json
                     pen, 2.5, [blue, thin], {\"item\":\"pen\",\"price\":2.50,\"tags\":[\"blue\",\"thin\"]}
                     ink, , [], {\"item\":\"ink\",\"price\":null,\"tags\":[]}",
                ),
        ]
    }
}
