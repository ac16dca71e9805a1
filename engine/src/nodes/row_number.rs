use super::prelude::*;
use super::sort::Key;
use crate::formula::{self, Expr, Function};
use crate::plan::{Computed, Over, Pick, SortKey, WindowColumn};
use crate::types::{Schema, Type};
use crate::value::Value;

/// Adds a column that tells rows apart: numbers, or UUIDs.
///
/// Numbers go through the whole table or start anew in each group, as rows come or in an order; rows keep their places. Stable UUIDs are
/// made from the values of columns and are the same in every run and in other programs. Random and time-ordered UUIDs are others in
/// every run and in every preview, and no secrets: they are worked out from the instant of the run.
#[params]
pub struct RowNumber {
    /// What the column holds.
    #[param(always)]
    pub kind: IdKind,
    /// The name of the new column.
    #[param(default = "id".into())]
    pub r#as: NewColumn,
    /// The first number.
    #[param(default = 1, when = self.kind == IdKind::Number)]
    pub start: u64,
    /// How much larger each number is than the one before it.
    #[param(default = 1, when = self.kind == IdKind::Number)]
    pub step: u64,
    /// Start anew for each group of rows that are equal in these columns.
    #[param(when = self.kind == IdKind::Number)]
    pub by: Vec<ColumnName>,
    /// The order in which rows are numbered. Left empty, as they come.
    #[param(when = self.kind == IdKind::Number)]
    pub order: Vec<Key>,
    /// The columns that the UUID is made from.
    #[param(when = self.kind == IdKind::StableUuid)]
    pub keys: Vec<ColumnName>,
    /// The UUID of the namespace: the same values in another one give other UUIDs.
    #[param(default = OID.into(), when = self.kind == IdKind::StableUuid)]
    pub namespace: String,
    /// Where the column stands.
    pub place: Place,
}

#[params]
pub enum IdKind {
    /// Numbers: 1, 2, 3 and so on.
    #[default]
    Number,
    /// A UUID of version 4, such as `9b2fe2b5-4a0e-4c6a-8d3e-0c8e8f1f9a53`.
    RandomUuid,
    /// A UUID of version 7: later rows and later runs have larger ones, which databases like as keys.
    OrderedUuid,
    /// A UUID of version 5, made from columns: the same values always give the same one.
    StableUuid,
}

#[params]
pub enum Place {
    /// Before all others.
    #[default]
    First,
    /// After all others.
    Last,
}

/// The namespace that RFC 9562 has for object identifiers.
const OID: &str = "6ba7b812-9dad-11d1-80b4-00c04fd430c8";
const NUMBER: &str = "\u{1}number";
/// What stands between several keys, and for a null among them.
const BETWEEN: &str = "\u{1f}";
const NULL: &str = "\u{0}";

impl Node for RowNumber {
    const CARD: Card = Card {
        title: "Row number",
        group: Group::Columns,
        icon: "row_number",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "record id index column row id counter sequence add sequence surrogate key uuid guid generate id autonumber autoincrement with_row_index enumerate counter generation",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        if columns.contains(&self.r#as.0) {
            let problem = Problem::new(format!("There is a column {:?} already.", self.r#as.0)).at("as");
            return Err(problem.try_this("Write another name.").into());
        }
        let made = match self.kind {
            IdKind::Number => self.numbered(draft, inputs)?,
            IdKind::RandomUuid | IdKind::OrderedUuid => {
                let numbered = draft.add(Op::Number { column: NUMBER.into(), start: 0 }, inputs)?;
                let formula = self.drawn(draft)?;
                self.derived(draft, numbered, formula)?
            }
            IdKind::StableUuid => {
                let formula = self.stable(&columns)?;
                self.derived(draft, inputs[0], formula)?
            }
        };
        let mut picks: Vec<Pick> = columns.names().map(Pick::same).collect();
        let place = if self.place == Place::First { 0 } else { picks.len() };
        picks.insert(place, Pick::same(&self.r#as.0));
        Ok(vec![draft.select(made, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.r#as.0.is_empty() {
            return Err(Problem::new("Give the new column a name.").at("as"));
        }
        match self.kind {
            IdKind::Number if self.step == 0 => {
                Err(Problem::new("With a step of 0 all rows have the same number.").at("step").try_this("Write 1."))
            }
            IdKind::Number if i64::try_from(self.start).is_err() => Err(too_large().at("start")),
            IdKind::Number if i64::try_from(self.step).is_err() => Err(too_large().at("step")),
            IdKind::StableUuid if self.keys.is_empty() => {
                let problem = Problem::new("It is not said what the UUID is made from.").at("keys");
                Err(problem.try_this("Choose the columns that make a row what it is."))
            }
            _ => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        let name = if self.r#as.0.is_empty() { "a new column" } else { &self.r#as.0 };
        sentence::short(match self.kind {
            IdKind::Number if self.by.is_empty() => format!("Number the rows in {name}"),
            IdKind::Number => format!("Number the rows of each {} in {name}", sentence::list(&self.by)),
            IdKind::RandomUuid => format!("Add a random UUID as {name}"),
            IdKind::OrderedUuid => format!("Add a UUID in the order of time as {name}"),
            IdKind::StableUuid if self.keys.is_empty() => "Choose the columns that a UUID is made from".to_owned(),
            IdKind::StableUuid => format!("Add a UUID of {} as {name}", sentence::list(&self.keys)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Records numbered from 100 in steps of 10", Self { start: 100, step: 10, ..Self::default() })
                .given("name\n Ada\n Bob\n Cem")
                .gives("id: Integer, name\n 100, Ada\n 110, Bob\n 120, Cem"),
            Example::new("Visits of each guest by date, as the last column", Self {
                r#as: "visit".into(),
                by: vec!["guest".into()],
                order: vec![Key { column: "on".into(), ..Key::default() }],
                place: Place::Last,
                ..Self::default()
            })
            .given("guest, on: Date\n Ada, 2024-05-03\n Bob, 2024-05-01\n Ada, 2024-05-01")
            .gives("guest, on: Date, visit: Integer\n Ada, 2024-05-03, 2\n Bob, 2024-05-01, 1\n Ada, 2024-05-01, 1"),
            // As Python has it: uuid.uuid5(uuid.NAMESPACE_DNS, "python.org").
            Example::new("A UUID that is the same in every run", Self {
                kind: IdKind::StableUuid,
                keys: vec!["site".into()],
                namespace: "6ba7b810-9dad-11d1-80b4-00c04fd430c8".into(),
                ..Self::default()
            })
            .given("site\n python.org\n ·")
            .gives("id, site\n 886313e1-3b8a-5372-9b90-0c9aee199e5d, python.org\n , "),
        ]
    }
}

impl RowNumber {
    fn numbered(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Rows, Problem> {
        let (start, step) = (whole(self.start), whole(self.step));
        let is_plain = self.by.is_empty() && self.order.is_empty();
        if is_plain && step == 1 {
            return draft.add(Op::Number { column: self.r#as.0.clone(), start }, inputs);
        }
        let numbered = if is_plain {
            draft.add(Op::Number { column: NUMBER.into(), start: 0 }, inputs)?
        } else {
            self.in_groups(draft, inputs)?
        };
        let first = if is_plain { 0 } else { 1 };
        let number = Expr { kind: Type::Integer, node: formula::Node::Column(NUMBER.into()) };
        let constant = |value: i64| Expr::literal(Value::Integer(value));
        let steps = Expr::call(Function::Subtract, vec![number, constant(first)])?;
        let formula = Expr::call(Function::Multiply, vec![steps, constant(step)])?;
        let formula = Expr::call(Function::Add, vec![formula, constant(start)])?;
        let (done, too_large) = draft.derive(numbered, vec![Computed::new(&self.r#as.0, formula)], OnError::Reject)?;
        draft.refuse(too_large);
        Ok(done)
    }

    fn in_groups(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Rows, Problem> {
        for (at, key) in self.order.iter().enumerate() {
            let sort = Op::Sort(vec![sorted(key)]);
            draft.allows(&sort, inputs).map_err(|problem| problem.at(format!("order[{at}].column")))?;
        }
        let number = WindowColumn::new(NUMBER, Over::Number);
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let order = self.order.iter().map(sorted).collect();
        draft.add(Op::Window { by, order, columns: vec![number] }, inputs)
    }

    /// A UUID for each number, another in every run.
    fn drawn(&self, draft: &Draft) -> Result<Expr, Problem> {
        let number = Expr { kind: Type::Integer, node: formula::Node::Column(NUMBER.into()) };
        let seed = Expr::literal(Value::text(draft.seed()));
        if self.kind == IdKind::RandomUuid {
            return Expr::call(Function::RandomUuid, vec![number, seed]);
        }
        let now = Expr::literal(Value::Timestamp(draft.now()));
        Expr::call(Function::OrderedUuid, vec![now, number, seed])
    }

    fn stable(&self, columns: &Schema) -> Result<Expr, Problem> {
        let mut texts = Vec::new();
        for (at, name) in self.keys.iter().enumerate() {
            let Some(column) = columns.column(&name.0) else { continue };
            texts.push(Expr::column(column).cast(Type::Text).map_err(|problem| problem.at(format!("keys[{at}]")))?);
        }
        let any = Expr::call(Function::Coalesce, texts.clone())?;
        let text = match texts.len() {
            1 => any,
            _ => {
                let filled = texts.into_iter().map(|text| {
                    Expr::call(Function::Coalesce, vec![text, Expr::literal(Value::text(NULL))])
                });
                let between = Ok(Expr::literal(Value::text(BETWEEN)));
                let joined = std::iter::once(between).chain(filled).collect::<Result<Vec<_>, _>>()?;
                let none = Expr::call(Function::IsNull, vec![any])?;
                let joined = Box::new(Expr::call(Function::ConcatWs, joined)?);
                let branches = vec![(none, Expr::null(Type::Text))];
                Expr { kind: Type::Text, node: formula::Node::Case { branches, otherwise: Some(joined) } }
            }
        };
        let namespace = Expr::literal(Value::text(&self.namespace));
        Expr::call(Function::StableUuid, vec![namespace, text]).map_err(|problem| problem.at("namespace"))
    }

    fn derived(&self, draft: &mut Draft, rows: Rows, formula: Expr) -> Result<Rows, Problem> {
        let columns = vec![Computed::new(&self.r#as.0, formula)];
        draft.add(Op::Derive { columns, failures: false }, &[rows])
    }
}

fn sorted(key: &Key) -> SortKey {
    SortKey { column: key.column.0.clone(), descending: key.descending, nulls_first: key.nulls_first }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn too_large() -> Problem {
    Problem::new(format!("The number is larger than {}, the largest there is.", i64::MAX))
}
