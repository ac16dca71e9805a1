use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, Pick};
use crate::types::{Schema, Type};
use crate::value::Value;

/// Takes values out of JSON that is in a column of text.
///
/// Each value becomes a column: say on which path it lies, and its type. What is missing, or null in the JSON, is null. Objects and lists
/// within are JSON again, as text. To make rows of a list, take it as a list and use `Explode`.
#[params]
pub struct ParseJson {
    /// The column of JSON.
    pub column: ColumnName,
    /// The values to take out.
    pub fields: Vec<JsonField>,
    /// Whether the column of JSON stays, too.
    pub keep: bool,
    /// What to do with a row whose text is no JSON, or that has a value of another type.
    pub on_error: OnError,
}

#[params]
pub struct JsonField {
    /// Where the value is: names with dots between them, and numbers of list elements from 0, as in `customer.name` or `items.0.price`;
    /// `$.items[0].price` is the same. Left empty, it is the whole value.
    pub path: String,
    /// The name of the new column. Left empty, the last name of the path.
    pub r#as: NewColumn,
    /// The type of the value, or of the elements of a list.
    pub kind: Type,
    /// Whether it is a list of such values.
    pub list: bool,
}

impl Node for ParseJson {
    const CARD: Card = Card {
        title: "Parse JSON",
        group: Group::Columns,
        icon: "parse_json",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "json extract path jsonpath object fields flatten decode normalize json_normalize from_json get_json_object tExtractJSONFields json path json to table",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let column = draft.column(inputs[0], &self.column, "column")?.clone();
        if !matches!(column.kind, Type::Text | Type::Null) {
            let problem = Problem::new(format!("{:?} is {} and no text.", column.name, column.kind)).at("column");
            return Err(match column.kind {
                Type::Struct(_) => problem.try_this("It is no JSON any more: use `Unnest`."),
                Type::List(_) => problem.try_this("It is no JSON any more: use `Explode`."),
                _ => problem.try_this("Choose a column of text with JSON in it."),
            }
            .into());
        }
        self.check_names(&before)?;
        let json = Expr::column(&column).cast(Type::Text)?;
        let mut computed = Vec::new();
        for (at, field) in self.fields.iter().enumerate() {
            let formula = field.formula(json.clone()).map_err(|problem| problem.at(format!("fields[{at}].kind")))?;
            computed.push(Computed { name: hidden(at), formula, shown: field.name() });
        }
        let (parsed, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
        let mut picks = Vec::new();
        for name in before.names() {
            if name != column.name || self.keep {
                picks.push(Pick::same(name));
            }
            if name == column.name {
                picks.extend(self.fields.iter().enumerate().map(|(at, field)| Pick::renamed(hidden(at), field.name())));
            }
        }
        Ok(vec![draft.select(parsed, picks)?, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.fields.is_empty() {
            return Err(Problem::new("There is nothing to take out.").at("fields").try_this("Add a value with its path."));
        }
        for (at, field) in self.fields.iter().enumerate() {
            let wrong = |place: &str, message: String| Problem::new(message).at(format!("fields[{at}].{place}"));
            if field.path.contains("[*]") || field.path.contains("..") || field.path.contains("?(") {
                return Err(wrong("path", format!("The path {:?} leads to many values.", field.path)).try_this(
                    "Take the list by its own path with `list`, make rows of it with `Explode`, and take values out of those.",
                ));
            }
            if !field.path.is_empty() && field.steps().iter().any(String::is_empty) {
                return Err(wrong("path", format!("The path {:?} has an empty name in it.", field.path))
                    .try_this("Write names with one dot between them, such as `customer.name`."));
            }
            if field.name().is_empty() {
                return Err(wrong("as", "The new column has no name.".to_owned()).try_this("Write one."));
            }
            if self.fields[..at].iter().any(|earlier| earlier.name() == field.name()) {
                return Err(wrong("as", format!("There are two new columns {:?}.", field.name()))
                    .try_this("Give one of them another name."));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.column.0.is_empty() {
            return "Choose a column of JSON to take values out of".to_owned();
        }
        let names: Vec<String> = self.fields.iter().map(JsonField::name).collect();
        sentence::short(match names.as_slice() {
            [] => format!("Say what to take out of {}", self.column.0),
            names => format!("Take {} out of the JSON in {}", sentence::list(names), self.column.0),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let field = |path: &str, kind| JsonField { path: path.into(), kind, ..JsonField::default() };
        vec![
            Example::new("Values on paths, each with its type", Self {
                column: "payload".into(),
                fields: vec![
                    field("customer.name", Type::Text),
                    JsonField { r#as: "first price".into(), ..field("$.items[0].price", Type::Decimal(10, 2)) },
                ],
                ..Self::default()
            })
            .given(
                "id: Integer, payload
                 1, {\"customer\": {\"name\": \"Ada\"}, \"items\": [{\"price\": 2.5}, {\"price\": 7}]}
                 2, {\"customer\": {\"name\": null}, \"items\": []}
                 3, {\"customer\": oops}
                 4, {\"items\": [{\"price\": \"free\"}]}",
            )
            .gives("id: Integer, name, first price: Decimal(10, 2)\n 1, Ada, 2.50\n 2, , ")
            .gives_at(
                "rejected",
                "id: Integer, payload, error_column, error_value, error_reason
                 3, {\"customer\": oops}, name, {\"customer\": oops}, not JSON
                 4, {\"items\": [{\"price\": \"free\"}]}, first price, {\"items\": [{\"price\": \"free\"}]}, \"not Decimal(10, 2)\"",
            ),
            Example::new("A list, and null for what is not of its type", Self {
                column: "sizes".into(),
                fields: vec![JsonField { r#as: "size".into(), list: true, ..field("", Type::Integer) }],
                keep: true,
                on_error: OnError::Null,
            })
            .given("sizes\n [1, null, 30]\n []\n [2.5]")
            .gives("sizes, size: List(Integer)\n [1, null, 30], [1, null, 30]\n [], []\n [2.5], "),
        ]
    }
}

fn hidden(at: usize) -> String {
    format!("\u{1}field {at}")
}

impl ParseJson {
    fn check_names(&self, before: &Schema) -> Result<(), Problem> {
        for (at, field) in self.fields.iter().enumerate() {
            if before.contains(&field.name()) && (self.keep || field.name() != self.column.0) {
                return Err(Problem::new(format!("There is a column {:?} already.", field.name()))
                    .at(format!("fields[{at}].as"))
                    .try_this("Write another name."));
            }
        }
        Ok(())
    }
}

impl JsonField {
    /// The names and numbers of the path. `$` at its beginning is the whole value, `[0]` a number, `['a b']` a name.
    fn steps(&self) -> Vec<String> {
        let path = self.path.strip_prefix('$').map_or(self.path.as_str(), |path| path.trim_start_matches('.'));
        let path = path.replace("['", ".").replace("[\"", ".").replace('[', ".");
        let path = path.replace("']", "").replace("\"]", "").replace(']', "");
        let path = path.strip_prefix('.').filter(|_| self.path.starts_with(['$', '['])).unwrap_or(&path);
        if path.is_empty() { Vec::new() } else { path.split('.').map(str::to_owned).collect() }
    }

    fn name(&self) -> String {
        match self.r#as.0.as_str() {
            "" => self.steps().pop().unwrap_or_default(),
            name => name.to_owned(),
        }
    }

    fn formula(&self, json: Expr) -> Result<Expr, Problem> {
        let text = |text: &str| Expr::literal(Value::text(text));
        let steps = self.steps();
        let arguments: Vec<Expr> = std::iter::once(json).chain(steps.iter().map(|step| text(step))).collect();
        if !self.list {
            return Expr::call(Function::JsonExtractPathText, arguments)?.cast(self.kind.clone());
        }
        let list = Expr::call(Function::JsonExtractPath, arguments)?;
        let list = Expr::call(Function::NullIf, vec![list, text("null")])?;
        let elements = Expr::call(Function::JsonArrayElementsText, vec![list])?;
        elements.cast(Type::List(Box::new(self.kind.clone())))
    }
}
