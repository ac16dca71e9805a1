use super::join::Pair;
use super::keys::{self, Alike, Keys};
use super::listed;
use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::{AggregateFunction, JoinKind, Keep};
use crate::plan::{self, Aggregate, Computed, Pick, reject_schema};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Adds columns from a lookup table to each row.
///
/// The row of the lookup table is found by the columns of `on`. Rows keep their order, and none comes out twice unless `matches` is All. A
/// missing key (null) finds nothing. Rows that go to `rejected` say which key was not found, or was found several times.
#[params]
pub struct Lookup {
    /// The columns by which rows are found.
    pub on: Vec<Pair>,
    /// The columns to add. Without any, all of the lookup table but those by which rows are found.
    pub columns: Vec<Added>,
    /// Which rows of the lookup table count where several fit.
    pub matches: Matches,
    /// What happens with a row for which nothing is found.
    pub missing: Missing,
    /// Whether large and small letters are the same in keys that are text.
    pub ignore_case: bool,
    /// Whether blanks around keys that are text are left out of account.
    pub trim: bool,
    /// A column that is true where something was found.
    pub found: Option<NewColumn>,
}

#[params]
pub struct Added {
    /// A column of the lookup table.
    #[param(port = 1)]
    pub column: ColumnName,
    /// Its name in the result. Left empty, it keeps the one it has, with a number put after it where that is taken.
    pub r#as: NewColumn,
    /// What it has where nothing is found. Left open, null.
    pub default: Option<String>,
}

#[params]
pub enum Matches {
    /// The first one.
    #[default]
    First,
    /// The last one.
    Last,
    /// All of them: the row comes out once for each.
    All,
    /// None: the row is rejected where there are several.
    Unique,
}

#[params]
pub enum Missing {
    /// It has the defaults in the added columns, or null.
    #[default]
    Default,
    /// It goes to the output `rejected`.
    Reject,
    /// It is left out, and the run says how many there were.
    Skip,
}

const FOUND: &str = "\u{1}found";
const SEVERAL: &str = "\u{1}several";

impl Node for Lookup {
    const CARD: Card = Card {
        title: "Lookup",
        group: Group::Combine,
        icon: "lookup",
        inputs: Inputs::Named(&["rows", "lookup"]),
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "vlookup xlookup index match value lookup find replace append enrich map dictionary reference tMap stream lookup",
    };

    fn card(&self) -> Card {
        Card { law: if self.matches == Matches::All { Law::Expand } else { Law::RowByRow }, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (columns, other) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        let added = self.added(&columns, &other)?;
        let alike = Alike { case: self.ignore_case, blanks: self.trim };
        let keys = Keys::of(&self.on, &columns, &other)?.like(&columns, &other, alike)?;
        let rows = keys::add(draft, inputs[0], keys.left)?;
        let table = keys::add(draft, inputs[1], keys.right)?;
        let table = self.table(draft, table, &keys.on, &added)?;
        let brought = added.iter().map(|one| one.hidden.clone());
        let marks = [FOUND, SEVERAL].into_iter().map(str::to_owned);
        let join = plan::Join {
            kind: JoinKind::Left,
            on: keys.on,
            nulls_match: false,
            right: brought.chain(marks).map(Pick::same).collect(),
            max_rows: None,
            order: plan::JoinOrder::Kept,
        };
        let joined = draft.add(Op::Join(join), &[rows, table])?;
        let found = Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(FOUND, Type::Boolean))])?;
        let several = Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(SEVERAL, Type::Boolean))])?;
        let mut kept = joined;
        let mut rejected = Vec::new();
        if self.matches == Matches::Unique {
            rejected.push(self.rejected(draft, joined, &columns, several.clone(), "found several times")?);
            kept = draft.filter(kept, several.is_not_true()?)?;
        }
        if self.missing != Missing::Default {
            let lost = self.rejected(draft, joined, &columns, found.clone().is_not_true()?, "not found")?;
            kept = draft.filter(kept, found)?;
            match self.missing {
                Missing::Skip => draft.leave_out(lost),
                Missing::Reject | Missing::Default => rejected.push(lost),
            }
        }
        let rejected = match rejected.as_slice() {
            [] => draft.nothing(reject_schema(&columns)),
            [one] => *one,
            several => draft.add(Op::Union, several)?,
        };
        Ok(vec![self.finished(draft, kept, &columns, &added)?, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.on.is_empty() {
            let problem = Problem::new("It is not said by which columns rows are found.").at("on");
            return Err(problem.try_this("Add a pair of columns."));
        }
        if self.found.as_ref().is_some_and(|name| name.0.is_empty()) {
            return Err(Problem::new("The column has no name.").at("found"));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.on.is_empty() {
            return "Choose the columns by which rows are found".to_owned();
        }
        let names: Vec<&ColumnName> = self.columns.iter().map(|line| &line.column).collect();
        let what = if names.is_empty() { "all columns".to_owned() } else { sentence::list(&names) };
        let on: Vec<String> = self.on.iter().map(Pair::words).collect();
        sentence::short(format!("Look up {what} by {}", sentence::list(&on)))
    }

    fn examples() -> Vec<Example<Self>> {
        let pair = |left: &str, right: &str| vec![Pair { left: left.into(), right: right.into() }];
        let orders = "id: Integer, country\n 1, de\n 2, fr\n 3, DE \n 4, ";
        let countries = "code, country, tax: Integer\n de, Germany, 19\n at, Austria, 20\n de, Deutschland, 7";
        vec![
            Example::new(
                "A name and a rate for each order, with a default",
                Self {
                    on: pair("country", "code"),
                    columns: vec![
                        Added { column: "country".into(), r#as: "name".into(), ..Added::default() },
                        Added { column: "tax".into(), default: Some("0".into()), ..Added::default() },
                    ],
                    ..Self::default()
                },
            )
            .given(orders)
            .given(countries)
            .gives(
                "id: Integer, country, name, tax: Integer\n 1, de, Germany, 19\n 2, fr, , 0\n 3, DE, , 0\n 4, , , 0",
            ),
            Example::new(
                "What is not found exactly once is rejected",
                Self {
                    on: pair("country", "code"),
                    matches: Matches::Unique,
                    missing: Missing::Reject,
                    ..Self::default()
                },
            )
            .given("id: Integer, country\n 1, de\n 2, fr\n 3, at")
            .given(countries)
            .gives("id: Integer, country, country_2, tax: Integer\n 3, at, Austria, 20")
            .gives_at(
                "rejected",
                "id: Integer, country, error_column, error_value, error_reason\n
                 1, de, country, de, found several times\n 2, fr, country, fr, not found",
            ),
            Example::new(
                "Every match, whatever the letters, and whether there was one",
                Self {
                    on: pair("country", "code"),
                    columns: vec![Added { column: "tax".into(), ..Added::default() }],
                    matches: Matches::All,
                    ignore_case: true,
                    trim: true,
                    found: Some("found".into()),
                    ..Self::default()
                },
            )
            .given("id: Integer, country\n 1, \" DE\"\n 2, fr\n 3, ")
            .given(countries)
            .gives(
                "id: Integer, country, tax: Integer, found: Boolean\n
                 1, \" DE\", 19, true\n 1, \" DE\", 7, true\n 2, fr, , false\n 3, , , false",
            ),
        ]
    }
}

/// A column that comes from the lookup table.
struct Brought {
    column: Column,
    hidden: String,
    name: String,
    default: Option<Expr>,
}

impl Lookup {
    fn added(&self, columns: &Schema, other: &Schema) -> Result<Vec<Brought>, Problem> {
        let is_key = |column: &&Column| self.on.iter().any(|pair| pair.right.0 == column.name);
        let all = other
            .0
            .iter()
            .filter(|column| self.columns.is_empty() && !is_key(column))
            .map(|column| Added { column: ColumnName(column.name.clone()), ..Added::default() });
        let mut taken = columns.clone();
        let mut added: Vec<Brought> = Vec::new();
        for (at, line) in self.columns.iter().cloned().chain(all).enumerate() {
            let Some(column) = other.column(&line.column.0) else { continue };
            let name = match line.r#as.0.as_str() {
                "" => taken.free_name(&column.name),
                name if taken.contains(name) => {
                    let problem = Problem::new(format!("There is a column {name:?} already."));
                    return Err(problem.at(format!("columns[{at}].as")).try_this("Give it another name."));
                }
                name => name.to_owned(),
            };
            taken.0.push(Column::new(&name, Type::Null));
            let default = line.default.as_ref().map(|text| {
                listed::value(column, text).map_err(|problem| problem.at(format!("columns[{at}].default")))
            });
            let default = default.transpose()?;
            added.push(Brought { column: column.clone(), hidden: format!("\u{1}added {at}"), name, default });
        }
        match &self.found {
            Some(found) if taken.contains(&found.0) => {
                Err(Problem::new(format!("There is a column {:?} already.", found.0)).at("found"))
            }
            _ => Ok(added),
        }
    }

    /// The lookup table with the rows that count, marked by whether there are several with the same key.
    fn table(
        &self,
        draft: &mut Draft,
        table: Rows,
        on: &[(String, String)],
        added: &[Brought],
    ) -> Result<Rows, Problem> {
        const COUNT: &str = "\u{1}count";
        let keys = keys::each_once(on.iter().map(|(_, key)| key));
        let mark = |name: &str, formula| Computed::new(name, formula);
        let truth = |truth| Expr::literal(Value::Boolean(truth));
        let columns = vec![mark(FOUND, truth(true)), mark(SEVERAL, truth(false))];
        let marked = draft.add(Op::Derive { columns, failures: false }, &[table])?;
        // A key may be a column that is added, too.
        let mut picks: Vec<Pick> = keys.iter().map(String::as_str).chain([FOUND, SEVERAL]).map(Pick::same).collect();
        picks.extend(added.iter().map(|one| Pick::renamed(&one.column.name, &one.hidden)));
        let table = draft.select(marked, picks)?;
        match self.matches {
            Matches::All => Ok(table),
            Matches::First => draft.add(Op::Distinct { by: keys, keep: Keep::First }, &[table]),
            Matches::Last => draft.add(Op::Distinct { by: keys, keep: Keep::Last }, &[table]),
            Matches::Unique => {
                let firsts = added.iter().map(|one| one.hidden.as_str()).chain([FOUND]);
                let firsts = firsts.map(|name| Aggregate::new(AggregateFunction::First, Some(name), name));
                let count = Aggregate::new(AggregateFunction::Count, None, COUNT);
                let aggregates = firsts.chain([count]).collect();
                let groups = draft.add(Op::GroupBy { by: keys, aggregates, reproducible: false }, &[table])?;
                let count = Expr::column(&Column::new(COUNT, Type::Integer));
                let several = Expr::call(Function::Gt, vec![count, Expr::literal(Value::Integer(1))])?;
                let columns = vec![mark(SEVERAL, several)];
                draft.add(Op::Derive { columns, failures: false }, &[groups])
            }
        }
    }

    /// The rows for which `condition` holds as they came in, with the keys as what is wrong.
    fn rejected(
        &self,
        draft: &mut Draft,
        joined: Rows,
        columns: &Schema,
        condition: Expr,
        reason: &str,
    ) -> Result<Rows, Problem> {
        let rows = draft.filter(joined, condition)?;
        let schema = reject_schema(columns);
        let names = keys::each_once(self.on.iter().map(|pair| &pair.left.0));
        let keys = names.iter().filter_map(|name| columns.column(name)).map(Expr::column);
        let mut keys: Vec<Expr> = keys.filter_map(|key| key.cast(Type::Text).ok()).collect();
        let separator = Expr::literal(Value::text(", "));
        let value = match names.as_slice() {
            [_] => keys.pop().unwrap_or_else(|| Expr::null(Type::Text)),
            _ => Expr::call(Function::ConcatWs, [separator].into_iter().chain(keys).collect())?,
        };
        let told = [Expr::literal(Value::Text(names.join(", "))), value, Expr::literal(Value::text(reason))];
        let errors = &schema.0[columns.0.len()..];
        let made = errors.iter().zip(told).map(|(column, told)| Computed::new(&column.name, told)).collect();
        let rows = draft.select(rows, columns.names().map(Pick::same).collect())?;
        draft.add(Op::Derive { columns: made, failures: false }, &[rows])
    }

    /// The added columns under their names, with their defaults.
    fn finished(&self, draft: &mut Draft, rows: Rows, columns: &Schema, added: &[Brought]) -> Result<Rows, Problem> {
        let found = Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(FOUND, Type::Boolean))])?;
        let mut made = Vec::new();
        for one in added {
            let Some(default) = &one.default else { continue };
            let value = Expr::column(&Column::new(&one.hidden, one.column.kind.clone())).cast(default.kind.clone())?;
            made.push(Computed::new(&one.hidden, Expr::choose(found.clone(), value, default.clone())));
        }
        if self.found.is_some() {
            made.push(Computed::new(FOUND, found));
        }
        let rows =
            if made.is_empty() { rows } else { draft.add(Op::Derive { columns: made, failures: false }, &[rows])? };
        let mut picks: Vec<Pick> = columns.names().map(Pick::same).collect();
        picks.extend(added.iter().map(|one| Pick::renamed(&one.hidden, &one.name)));
        picks.extend(self.found.iter().map(|name| Pick::renamed(FOUND, &name.0)));
        draft.select(rows, picks)
    }
}
