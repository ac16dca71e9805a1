use super::prelude::*;
use super::regex::with_groups;
use crate::formula::{self, Expr, Function, patterns};
use crate::plan::{Computed, HELPER, Join, JoinKind, JoinOrder, Keep, Pick, reject_schema};
use crate::table::Table;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Finds values of a column and replaces them, by a small table of its own or by a second input.
///
/// The first line that fits wins. An empty value (null) stays null, unless a line finds it; what happens to all other values that are not
/// found, `others` says. For parts of a text the lines work one after the other, each on what those before it have made.
#[params]
pub struct MapValues {
    /// The column to look at.
    pub column: ColumnName,
    /// What is found.
    pub find: Find,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// Where it stands what is found and what it becomes.
    #[param(when = self.find == Find::Whole)]
    pub table: Place,
    /// What is found, and what it becomes.
    #[param(when = self.is_inline())]
    pub values: Vec<Mapping>,
    /// The column of the second input that is found. Where a value stands in it twice, its first row counts.
    #[param(port = 1, when = !self.is_inline())]
    pub from: ColumnName,
    /// The column of the second input that has what it becomes.
    #[param(port = 1, when = !self.is_inline())]
    pub to: ColumnName,
    /// What happens to values that are not found.
    pub others: Others,
    /// What they become.
    #[param(when = self.others == Others::Default)]
    pub default: String,
    /// The column that the result is put into. Left empty, it takes the place of the column.
    pub r#as: NewColumn,
    /// The type of the result. Left open, that of the column, or of the second input's.
    #[param(when = self.find == Find::Whole)]
    pub kind: Option<Type>,
    /// What to do with a row whose value is not found, if that is an error, or can't become the type.
    #[param(when = self.others == Others::Reject || self.find == Find::Whole)]
    pub on_error: OnError,
}

#[params]
pub struct Mapping {
    /// What is found. Left open: an empty value (null).
    pub find: Option<String>,
    /// What it becomes. Left open: an empty value (null).
    pub replace: Option<String>,
}

#[params]
pub enum Find {
    /// Values that are equal as a whole.
    #[default]
    Whole,
    /// Every occurrence of a text within the value.
    Part,
    /// Every match of a regular expression. In the replacement, `\1` or `$1` is its first group.
    Regex,
}

#[params]
pub enum Place {
    /// In the lines here.
    #[default]
    Here,
    /// In two columns of a second input.
    SecondInput,
}

#[params]
pub enum Others {
    /// They stay as they are.
    #[default]
    Keep,
    /// They become null.
    Null,
    /// They become one and the same value.
    Default,
    /// Their rows are errors, as `on_error` says.
    Reject,
}

// What the join puts beside the rows.
const KEY: &str = "\u{1}helper key";
const FIND: &str = "\u{1}helper find";
const NEW: &str = "\u{1}helper new";
const FOUND: &str = "\u{1}helper found";

impl Node for MapValues {
    const CARD: Card = Card {
        title: "Map values",
        group: Group::Columns,
        icon: "map_values",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "find replace find and replace dictionary mapping recode group and replace value lookup cell replacer string replacer replace values substitute map codes translate tReplace tReplaceList",
    };

    fn card(&self) -> Card {
        let inputs = if self.is_inline() { Inputs::One } else { Inputs::Named(&["rows", "values"]) };
        Card { inputs, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let column = draft.column(inputs[0], &self.column, "column")?.clone();
        if self.name() != column.name && columns.contains(self.name()) {
            let problem = Problem::new(format!("There is a column {:?} already.", self.name()));
            return Err(problem.at("as").try_this("Write another name, or leave it empty to replace the values.").into());
        }
        if self.find != Find::Whole {
            return self.replace_parts(draft, inputs[0], &column);
        }
        if !column.kind.is_ordered() || column.kind == Type::Binary {
            let problem = Problem::new(format!("{:?} is {}, which can't be looked up.", column.name, column.kind));
            return Err(problem.at("column").try_this("Choose a column of plain values.").into());
        }
        let kind = self.kind_of(draft, inputs, &column)?;
        let found = self.look_up(draft, inputs, &column, &kind)?;
        let result = self.result(&column, &kind, draft.column(found, &NEW.into(), "to")?)?;
        let can_fail = result.formula.can_fail();
        let (done, rejected) = draft.derive(found, vec![result], self.on_error)?;
        let name = self.name();
        let mut picks: Vec<Pick> = columns.names().map(Pick::same).collect();
        if !columns.contains(name) {
            picks.push(Pick::same(name));
        }
        let done = draft.select(done, picks)?;
        if self.on_error != OnError::Reject || !can_fail {
            return Ok(vec![done, draft.nothing(reject_schema(&columns))]);
        }
        let of_helpers = |name: &&str| !name.starts_with(HELPER);
        let picks = draft.schema(rejected).names().filter(of_helpers).map(Pick::same).collect();
        Ok(vec![done, draft.select(rejected, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.is_inline() && self.values.is_empty() {
            return Err(Problem::new("It is not said what to find.").at("values").try_this("Add a line."));
        }
        if self.find == Find::Whole {
            return Ok(());
        }
        for (at, line) in self.values.iter().enumerate() {
            let parameter = format!("values[{at}].find");
            let Some(find) = line.find.as_deref().filter(|find| !find.is_empty()) else {
                let problem = Problem::new("Here it takes a text to find.").at(parameter);
                return Err(problem.try_this("Write one, or find values as a whole."));
            };
            if self.find == Find::Regex {
                patterns::regex(find).map_err(|problem| problem.at(parameter))?;
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let column = if self.column.0.is_empty() { "a column" } else { &self.column.0 };
        let shown = |text: &Option<String>| text.as_ref().map_or("null".to_owned(), |text| format!("{text:?}"));
        sentence::short(match self.values.as_slice() {
            _ if !self.is_inline() => format!("Replace values of {column} by {} of the second input", self.to.0),
            [] => format!("Find and replace values of {column}"),
            [only] => format!("Replace {} by {} in {column}", shown(&only.find), shown(&only.replace)),
            lines => format!("Replace {} in {column}", sentence::count(lines.len() as u64, "value")),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |find: &str, replace: &str| Mapping { find: Some(find.into()), replace: Some(replace.into()) };
        vec![
            Example::new("Spellings of a country, whatever their case", Self {
                column: "country".into(),
                ignore_case: true,
                values: vec![
                    line("germany", "DE"),
                    line("deutschland", "DE"),
                    line("austria", "AT"),
                    Mapping { find: Some("n/a".into()), replace: None },
                ],
                ..Self::default()
            })
            .given("id: Integer, country\n 1, Germany\n 2, DEUTSCHLAND\n 3, FR\n 4, N/A\n 5, ")
            .gives("id: Integer, country\n 1, DE\n 2, DE\n 3, FR\n 4, \n 5, "),
            Example::new("Codes by a second input, with unknown ones rejected", Self {
                column: "code".into(),
                table: Place::SecondInput,
                from: "id".into(),
                to: "title".into(),
                others: Others::Reject,
                r#as: "job".into(),
                ..Self::default()
            })
            .given("who, code: Integer\n Ada, 7\n Bob, 9\n Cem, \n Dora, 7")
            .given("id: Integer, title\n 7, clerk\n 8, cook\n 7, guard")
            .gives("who, code: Integer, job\n Ada, 7, clerk\n Cem, , \n Dora, 7, clerk")
            .gives_at(
                "rejected",
                "who, code: Integer, error_column, error_value, error_reason\n Bob, 9, code, 9, not among the values to find",
            ),
            Example::new("Numbers, null included, in a column of another type", Self {
                column: "answer".into(),
                values: vec![line("1", "yes"), line("2", "no"), Mapping { find: None, replace: Some("none".into()) }],
                others: Others::Default,
                default: "other".into(),
                r#as: "said".into(),
                kind: Some(Type::Text),
                ..Self::default()
            })
            .given("answer: Integer\n 1\n 3\n ·\n 2")
            .gives("answer: Integer, said\n 1, yes\n 3, other\n , none\n 2, no"),
            Example::new("Parts of addresses, in place", Self {
                column: "street".into(),
                find: Find::Regex,
                ignore_case: true,
                values: vec![line("str\\.$", "strasse"), line("^(\\d+),? +(.+)$", "\\2 \\1")],
                ..Self::default()
            })
            .given("street\n 12 Hauptstr.\n \"3, Am Markt\"\n ·")
            .gives("street\n Hauptstrasse 12\n Am Markt 3\n ·"),
            Example::new("Parts of a text, and null where there are none", Self {
                column: "path".into(),
                find: Find::Part,
                values: vec![line("\\", "/"), line("C:", "")],
                others: Others::Null,
                r#as: "unix".into(),
                ..Self::default()
            })
            .given("path\n C:\\data\\a.csv\n b.csv")
            .gives("path, unix\n C:\\data\\a.csv, /data/a.csv\n b.csv, "),
        ]
    }
}

impl MapValues {
    /// Whether all that is to be known stands in the lines.
    fn is_inline(&self) -> bool {
        self.table == Place::Here || self.find != Find::Whole
    }

    fn name(&self) -> &str {
        if self.r#as.0.is_empty() { &self.column.0 } else { &self.r#as.0 }
    }

    /// The type of the result.
    fn kind_of(&self, draft: &Draft, inputs: &[Rows], column: &Column) -> Result<Type, Problem> {
        if let Some(kind) = &self.kind {
            return Ok(kind.clone());
        }
        let own = key_kind(column);
        if self.is_inline() {
            return Ok(own);
        }
        let given = draft.column(inputs[1], &self.to, "to")?.kind.clone();
        if self.others != Others::Keep {
            return Ok(given);
        }
        given.common(&own).ok_or_else(|| {
            let message = format!("{:?} is {given}, and {:?}, which is kept where nothing is found, is {own}.", self.to.0, column.name);
            Problem::new(message).at("others").try_this("Choose the type of the result, or what others become.")
        })
    }

    /// The rows with what stands for their value in the table beside them.
    fn look_up(&self, draft: &mut Draft, inputs: &[Rows], column: &Column, kind: &Type) -> Result<Rows, Problem> {
        let key = key_kind(column);
        let table = if self.is_inline() {
            let table = self.table_of(&key, kind)?;
            draft.add(Op::Inline(table), &[])?
        } else {
            self.table_wired(draft, inputs[1], column, &key)?
        };
        let find = self.folded(Expr { kind: key.clone(), node: formula::Node::Column(FIND.into()) })?;
        let truth = Expr::literal(Value::Boolean(true));
        let derived = vec![Computed::new(FIND, find), Computed::new(FOUND, truth)];
        let table = draft.add(Op::Derive { columns: derived, failures: false }, &[table])?;
        let table = draft.add(Op::Distinct { by: vec![FIND.into()], keep: Keep::First }, &[table])?;
        let value = self.folded(Expr::column(column).cast(key)?)?;
        let derived = vec![Computed::new(KEY, value)];
        let rows = draft.add(Op::Derive { columns: derived, failures: false }, &[inputs[0]])?;
        let join = Join {
            kind: JoinKind::Left,
            on: vec![(KEY.into(), FIND.into())],
            nulls_match: true,
            right: vec![Pick::same(NEW), Pick::same(FOUND)],
            max_rows: None,
            order: JoinOrder::Kept,
        };
        draft.add(Op::Join(join), &[rows, table])
    }

    /// The lines as a table of values.
    fn table_of(&self, key: &Type, kind: &Type) -> Result<Table, Problem> {
        let read = |text: &Option<String>, kind: &Type, parameter: String| match text {
            None => Ok(Value::Null),
            Some(text) => Value::parse(text, kind).ok_or_else(|| unreadable(text, kind).at(parameter)),
        };
        let mut rows = Vec::new();
        for (at, line) in self.values.iter().enumerate() {
            let find = read(&line.find, key, format!("values[{at}].find"))?;
            rows.push(vec![find, read(&line.replace, kind, format!("values[{at}].replace"))?]);
        }
        Ok(Table { schema: Schema::of([(FIND, key.clone()), (NEW, kind.clone())]), rows })
    }

    /// The two columns of the second input. A null there finds nothing.
    fn table_wired(&self, draft: &mut Draft, rows: Rows, column: &Column, key: &Type) -> Result<Rows, Problem> {
        let from = draft.column(rows, &self.from, "from")?.clone();
        if from.kind != *key && from.kind != Type::Null {
            let message = format!(
                "{:?} is {}, and {:?}, in which it is looked for, is {}: they are never equal.",
                column.name, key, from.name, from.kind
            );
            return Err(Problem::new(message).at("from").try_this("Convert one of them, so that both have the same type."));
        }
        let filled = Expr::call(Function::Not, vec![Expr::call(Function::IsNull, vec![Expr::column(&from)])?])?;
        let filled = draft.filter(rows, filled)?;
        let picks = vec![Pick::renamed(&self.from.0, FIND), Pick::renamed(&self.to.0, NEW)];
        let picked = draft.select(filled, picks)?;
        let find = Expr::column(&Column { name: FIND.into(), ..from }).cast(key.clone())?;
        draft.add(Op::Derive { columns: vec![Computed::new(FIND, find)], failures: false }, &[picked])
    }

    /// Text in small letters, where case does not count.
    fn folded(&self, value: Expr) -> Result<Expr, Problem> {
        if self.ignore_case && value.kind.is_text() { Expr::call(Function::Lower, vec![value]) } else { Ok(value) }
    }

    fn result(&self, column: &Column, kind: &Type, new: &Column) -> Result<Computed, Problem> {
        let boolean = |name: &str| Expr { kind: Type::Boolean, node: formula::Node::Column(name.into()) };
        let value = || Expr::column(column);
        let new = Expr::column(new).cast(kind.clone()).map_err(|problem| problem.at("kind"))?;
        let null = Expr::call(Function::IsNull, vec![value()])?;
        let branches = vec![(boolean(FOUND), new), (null, Expr::null(kind.clone()))];
        let otherwise = match self.others {
            Others::Keep => value().cast(kind.clone()).map_err(|problem| problem.at("kind"))?,
            Others::Null => Expr::null(kind.clone()),
            Others::Default => {
                let text = &self.default;
                let default = Value::parse(text, kind).ok_or_else(|| unreadable(text, kind).at("default"))?;
                Expr { kind: kind.clone(), node: formula::Node::Literal(default) }
            }
            Others::Reject => not_found()?.cast(kind.clone())?,
        };
        let node = formula::Node::Case { branches, otherwise: Some(Box::new(otherwise)) };
        let formula = Expr { kind: kind.clone(), node };
        Ok(Computed { name: self.name().to_owned(), formula, shown: column.name.clone() })
    }

    fn replace_parts(&self, draft: &mut Draft, rows: Rows, column: &Column) -> Result<Vec<Rows>, Halt> {
        if !matches!(column.kind, Type::Text | Type::Null) {
            let message = format!("{:?} is {}, and parts can be found in text alone.", column.name, column.kind);
            let problem = Problem::new(message).at("column");
            return Err(problem.try_this("Find values as a whole, or convert the column to Text.").into());
        }
        let value = || Expr::column(column).cast(Type::Text);
        let mut replaced = value()?;
        let mut found: Option<Expr> = None;
        for Mapping { find, replace } in &self.values {
            let (find, by) = (find.as_deref().unwrap_or_default(), replace.as_deref().unwrap_or_default());
            let here = self.has(value()?, find)?;
            found = Some(match found {
                Some(before) => Expr::call(Function::Or, vec![before, here])?,
                None => here,
            });
            replaced = self.replace(replaced, find, by)?;
        }
        let otherwise = match self.others {
            Others::Keep => None,
            Others::Null => Some(Expr::null(Type::Text)),
            Others::Default => Some(Expr::literal(Value::text(&self.default))),
            Others::Reject => Some(not_found()?.cast(Type::Text)?),
        };
        let formula = match (otherwise, found) {
            (Some(otherwise), Some(found)) => {
                let null = Expr::call(Function::IsNull, vec![value()?])?;
                let branches = vec![(found, replaced), (null, Expr::null(Type::Text))];
                let node = formula::Node::Case { branches, otherwise: Some(Box::new(otherwise)) };
                Expr { kind: Type::Text, node }
            }
            _ => replaced,
        };
        let computed = Computed { name: self.name().to_owned(), formula, shown: column.name.clone() };
        let (done, rejected) = draft.derive(rows, vec![computed], self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn has(&self, value: Expr, find: &str) -> Result<Expr, Problem> {
        let text = |text: &str| Expr::literal(Value::text(text));
        match self.pattern(find) {
            None => Expr::call(Function::Contains, vec![value, text(find)]),
            Some(pattern) => Expr::call(Function::RegexpLike, vec![value, text(&pattern), text(self.flags(""))]),
        }
    }

    fn replace(&self, value: Expr, find: &str, by: &str) -> Result<Expr, Problem> {
        let text = |text: &str| Expr::literal(Value::text(text));
        let Some(pattern) = self.pattern(find) else {
            return Expr::call(Function::Replace, vec![value, text(find), text(by)]);
        };
        // A plain text has no groups to speak of.
        let by = if self.find == Find::Part { by.replace('\\', "\\\\") } else { by.to_owned() };
        Expr::call(Function::RegexpReplace, vec![value, text(&pattern), text(&with_groups(&by)), text(self.flags("g"))])
    }

    /// The regular expression for what is found, where it takes one.
    fn pattern(&self, find: &str) -> Option<String> {
        match self.find {
            Find::Regex => Some(find.to_owned()),
            _ => self.ignore_case.then(|| regex::escape(find)),
        }
    }

    fn flags(&self, flags: &'static str) -> &'static str {
        match (self.ignore_case, flags) {
            (true, "g") => "gi",
            (true, _) => "i",
            (false, flags) => flags,
        }
    }
}

/// A column of nothing but nulls may be looked at as text.
fn key_kind(column: &Column) -> Type {
    if column.kind == Type::Null { Type::Text } else { column.kind.clone() }
}

fn not_found() -> Result<Expr, Problem> {
    Expr::call(Function::Error, vec![Expr::literal(Value::text("not among the values to find"))])
}

fn unreadable(text: &str, kind: &Type) -> Problem {
    Problem::new(format!("{text:?} can't be read as {kind}.")).try_this(match kind {
        Type::List(_) | Type::Struct(_) => "Values of this type can't be written here.",
        _ => "Write a value of that type, or choose another type for the result.",
    })
}
