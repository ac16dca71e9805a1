use indexmap::IndexMap;

use super::prelude::*;
use crate::formula::{self, Expr, Function, patterns};
use crate::plan::Computed;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Works on text with a regular expression: takes it apart into columns, tests it, replaces in it, or finds every match.
///
/// The groups of the expression become columns: `(?<year>\d{4})` one that is called year, and a group without a name one that is called
/// like the column with a number. Where the expression matches nowhere, the columns are null or the row is rejected.
#[params]
pub struct Regex {
    /// The column of text.
    pub column: ColumnName,
    /// The regular expression, such as `(?<street>.+) (?<number>\d+)`.
    pub pattern: String,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// What is made of a match.
    #[param(always)]
    pub make: Make,
    /// The types of the columns, by their names. Others are Text.
    #[param(when = self.make == Make::Columns)]
    pub types: IndexMap<String, Type>,
    /// What every match becomes. `\1` or `$1` is the first group, and `$$` a dollar sign.
    #[param(when = self.make == Make::Replaced)]
    pub replacement: String,
    /// How many columns there are for matches.
    #[param(default = 3, when = self.make == Make::Matches)]
    pub count: u64,
    /// The name of the new column. Left empty, it is called like the column; what is replaced stands in its place.
    #[param(when = matches!(self.make, Make::Test | Make::Replaced | Make::Rows))]
    pub r#as: NewColumn,
    /// What happens with a text that does not match.
    #[param(when = self.make != Make::Test)]
    pub no_match: NoMatch,
    /// What to do with a row that does not match, if that is an error, or whose part can't become the type.
    #[param(when = self.no_match == NoMatch::Reject || !self.types.is_empty())]
    pub on_error: OnError,
}

#[params]
pub enum Make {
    /// A column for each group of the first match; without groups, one for the match itself.
    #[default]
    Columns,
    /// A column that says whether there is a match.
    Test,
    /// The text with every match replaced.
    Replaced,
    /// A column for the first match, one for the second, and so on; of a match the first group, if there is one.
    Matches,
    /// A row for each match, which stands in a new column. All other columns are repeated beside it.
    Rows,
}

#[params]
pub enum NoMatch {
    /// The new columns are null, and what would be replaced stays as it is.
    #[default]
    Null,
    /// The row is an error, as `on_error` says.
    Reject,
}

/// More columns than this are a mistake.
const MOST: u64 = 1000;

impl Node for Regex {
    const CARD: Card = Card {
        title: "Regex",
        group: Group::Columns,
        icon: "regex",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "regular expression extract parse match replace tokenize groups pattern regex extractor str.extract str.extractall tExtractRegexFields regexp_extract named groups",
    };

    fn card(&self) -> Card {
        let law = if self.make == Make::Rows { Law::Expand } else { Law::RowByRow };
        Card { law, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let column = draft.column(inputs[0], &self.column, "column")?.clone();
        if !matches!(column.kind, Type::Text | Type::Null) {
            let problem = Problem::new(format!("{:?} is {}, not text.", column.name, column.kind)).at("column");
            return Err(problem.try_this("Choose a column of text, or convert it first.").into());
        }
        let computed = match self.make {
            Make::Columns => self.groups(&column, &columns)?,
            Make::Test => vec![self.test(&column)?],
            Make::Replaced => vec![self.replaced(&column)?],
            Make::Matches => self.matches(&column, &columns)?,
            Make::Rows => vec![self.all_matches(&column, &columns)?],
        };
        let made: Vec<String> = computed.iter().map(|column| column.name.clone()).collect();
        let (done, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
        match (self.make, made.into_iter().next()) {
            (Make::Rows, Some(column)) => {
                let rows = Op::Explode { column, keep_empty: true, position: None };
                Ok(vec![draft.add(rows, &[done])?, rejected])
            }
            _ => Ok(vec![done, rejected]),
        }
    }

    fn check(&self) -> Result<(), Problem> {
        if self.pattern.is_empty() {
            let problem = Problem::new("There is no regular expression.").at("pattern");
            return Err(problem.try_this("Write one, such as `(?<code>[A-Z]+)-(?<number>\\d+)`."));
        }
        let groups = group_names(&self.pattern)?;
        if self.make == Make::Columns {
            let names = group_columns(&groups, &self.column.0);
            if let Some(unknown) = self.types.keys().find(|name| !names.contains(name)) {
                let problem = Problem::unknown("group called", unknown, names.iter().map(String::as_str));
                return Err(problem.at("types"));
            }
        }
        if self.make == Make::Matches && !(1..=MOST).contains(&self.count) {
            let problem = Problem::new(format!("There can't be {} columns.", self.count)).at("count");
            return Err(problem.try_this(format!("Write a number from 1 to {MOST}.")));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let column = if self.column.0.is_empty() { "a column" } else { &self.column.0 };
        sentence::short(match (self.pattern.is_empty(), self.make) {
            (true, _) => "Take text apart with a regular expression".to_owned(),
            (_, Make::Columns) => match self.names().as_slice() {
                [] => format!("Extract from {column}"),
                names => format!("Extract {} from {column}", sentence::list(names)),
            },
            (_, Make::Test) => format!("Whether {column} matches"),
            (_, Make::Replaced) => format!("Replace matches in {column}"),
            (_, Make::Matches) => format!("Put matches in {column} into columns"),
            (_, Make::Rows) => format!("A row for each match in {column}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Parts of an invoice number, with their types", Self {
                column: "invoice".into(),
                pattern: r"^(?<series>[A-Z]+)-(?<year>\d{4})/(?<number>\d+)$".into(),
                types: IndexMap::from([("year".to_owned(), Type::Integer), ("number".to_owned(), Type::Integer)]),
                no_match: NoMatch::Reject,
                ..Self::default()
            })
            .given("invoice, paid: Float\n RE-2024/0017, 10.5\n GS-2023/4, 2.0\n 2024-17, 7.0\n ·, 1.0")
            .gives(
                "invoice, paid: Float, series, year: Integer, number: Integer\n
                 RE-2024/0017, 10.5, RE, 2024, 17\n GS-2023/4, 2.0, GS, 2023, 4\n ·, 1.0, , , ",
            )
            .gives_at(
                "rejected",
                "invoice, paid: Float, error_column, error_value, error_reason\n 2024-17, 7.0, invoice, 2024-17, no match",
            ),
            Example::new("Whether a text has a number in it", Self {
                column: "room".into(),
                pattern: r"no\.? ?\d".into(),
                ignore_case: true,
                make: Make::Test,
                r#as: "numbered".into(),
                ..Self::default()
            })
            .given("room\n No. 7\n Lobby\n ·")
            .gives("room, numbered: Boolean\n No. 7, true\n Lobby, false\n ·, "),
            Example::new("Digits hidden, in place", Self {
                column: "card".into(),
                pattern: r"\d(\d\d)".into(),
                make: Make::Replaced,
                replacement: "*$1".into(),
                ..Self::default()
            })
            .given("card, n: Integer\n 123-456, 1\n none, 2")
            .gives("card, n: Integer\n *23-*56, 1\n none, 2"),
            Example::new("A row for each tag", Self {
                column: "text".into(),
                pattern: r"#\w+".into(),
                make: Make::Rows,
                r#as: "tag".into(),
                ..Self::default()
            })
            .given("id: Integer, text\n 1, a #b c #d\n 2, none\n 3, ")
            .gives("id: Integer, text, tag\n 1, a #b c #d, #b\n 1, a #b c #d, #d\n 2, none, \n 3, , "),
            Example::new("The first two tags", Self {
                column: "text".into(),
                pattern: r"#(\w+)".into(),
                make: Make::Matches,
                count: 2,
                ..Self::default()
            })
            .given("text\n a #b c #d #e\n #x\n no tag")
            .gives("text, text_1, text_2\n a #b c #d #e, b, d\n #x, x, \n no tag, , "),
        ]
    }
}

impl Regex {
    /// The columns that the groups make, by their names.
    fn names(&self) -> Vec<String> {
        group_names(&self.pattern).map(|groups| group_columns(&groups, &self.column.0)).unwrap_or_default()
    }

    fn groups(&self, column: &Column, columns: &Schema) -> Result<Vec<Computed>, Problem> {
        let groups = group_names(&self.pattern)?;
        let mut made = Vec::new();
        for (at, name) in group_columns(&groups, &column.name).into_iter().enumerate() {
            if columns.contains(&name) {
                let problem = Problem::new(format!("There is a column {name:?} already.")).at("pattern");
                return Err(problem.try_this("Give the group another name."));
            }
            let group = if groups.is_empty() { 0 } else { at + 1 };
            let mut part = self.part(column, 1, group)?;
            if made.is_empty() {
                part = self.required(column, part)?;
            }
            let kind = self.types.get(&name).cloned().unwrap_or(Type::Text);
            let formula = part.cast(kind).map_err(|problem| problem.at("types"))?;
            let shown = if self.types.contains_key(&name) && !made.is_empty() { &name } else { &column.name };
            made.push(Computed { shown: shown.clone(), name, formula });
        }
        Ok(made)
    }

    fn test(&self, column: &Column) -> Result<Computed, Problem> {
        let name = match self.r#as.0.as_str() {
            "" => format!("{}_matches", column.name),
            name => name.to_owned(),
        };
        Ok(Computed::new(name, self.is_match(column)?))
    }

    fn replaced(&self, column: &Column) -> Result<Computed, Problem> {
        let flags = if self.ignore_case { "gi" } else { "g" };
        let arguments = vec![value(column)?, text(&self.pattern), text(&with_groups(&self.replacement)), text(flags)];
        let formula = self.required(column, Expr::call(Function::RegexpReplace, arguments)?)?;
        let name = if self.r#as.0.is_empty() { &column.name } else { &self.r#as.0 };
        Ok(Computed { name: name.clone(), formula, shown: column.name.clone() })
    }

    fn matches(&self, column: &Column, columns: &Schema) -> Result<Vec<Computed>, Problem> {
        let group = usize::from(!group_names(&self.pattern)?.is_empty());
        let mut made = Vec::new();
        for number in 1..=self.count {
            let name = format!("{}_{number}", column.name);
            if columns.contains(&name) {
                let problem = Problem::new(format!("There is a column {name:?} already.")).at("column");
                return Err(problem.try_this("Rename it first."));
            }
            let occurrence = i64::try_from(number).unwrap_or(1);
            let part = self.part(column, occurrence, group)?;
            let formula = if number == 1 { self.required(column, part)? } else { part };
            made.push(Computed { name, formula, shown: column.name.clone() });
        }
        Ok(made)
    }

    fn all_matches(&self, column: &Column, columns: &Schema) -> Result<Computed, Problem> {
        let name = match self.r#as.0.as_str() {
            "" => format!("{}_match", column.name),
            name => name.to_owned(),
        };
        if columns.contains(&name) {
            let problem = Problem::new(format!("There is a column {name:?} already.")).at("as");
            return Err(problem.try_this("Write another name."));
        }
        let flags = if self.ignore_case { "i" } else { "" };
        let all = Expr::call(Function::RegexpExtractAll, vec![value(column)?, text(&self.pattern), text(flags)])?;
        Ok(Computed { name, formula: self.required(column, all)?, shown: column.name.clone() })
    }

    /// A group of a match, both counted from one; group 0 is all of it.
    fn part(&self, column: &Column, occurrence: i64, group: usize) -> Result<Expr, Problem> {
        let number = |number: i64| Expr::literal(Value::Integer(number));
        let flags = if self.ignore_case { "i" } else { "" };
        let group = i64::try_from(group).unwrap_or(0);
        let arguments = vec![value(column)?, text(&self.pattern), number(1), number(occurrence), text(flags), number(group)];
        Expr::call(Function::RegexpSubstr, arguments).map_err(|problem| problem.at("pattern"))
    }

    fn is_match(&self, column: &Column) -> Result<Expr, Problem> {
        let flags = if self.ignore_case { "i" } else { "" };
        Expr::call(Function::RegexpLike, vec![value(column)?, text(&self.pattern), text(flags)])
    }

    /// The value, or the error that there is no match.
    fn required(&self, column: &Column, value: Expr) -> Result<Expr, Problem> {
        if self.no_match == NoMatch::Null {
            return Ok(value);
        }
        let differs = Expr::call(Function::Not, vec![self.is_match(column)?])?;
        let kind = value.kind.clone();
        let error = Expr::call(Function::Error, vec![text("no match")])?.cast(kind.clone())?;
        let branches = vec![(differs, error)];
        Ok(Expr { kind, node: formula::Node::Case { branches, otherwise: Some(Box::new(value)) } })
    }
}

/// The groups of a regular expression: their names, as far as they have any.
fn group_names(pattern: &str) -> Result<Vec<Option<String>>, Problem> {
    let regex = patterns::regex(pattern).map_err(|problem| problem.at("pattern"))?;
    Ok(regex.capture_names().skip(1).map(|name| name.map(str::to_owned)).collect())
}

/// What the columns for groups are called; without groups there is one for the match.
fn group_columns(groups: &[Option<String>], column: &str) -> Vec<String> {
    if groups.is_empty() {
        return vec![format!("{column}_match")];
    }
    let name = |(at, name): (usize, &Option<String>)| name.clone().unwrap_or_else(|| format!("{column}_{}", at + 1));
    groups.iter().enumerate().map(name).collect()
}

fn value(column: &Column) -> Result<Expr, Problem> {
    Expr::column(column).cast(Type::Text)
}

fn text(text: &str) -> Expr {
    Expr::literal(Value::text(text))
}

/// A replacement in which `$1` is a group as `\1` is: people write either. A dollar sign before a digit is written twice.
pub(super) fn with_groups(replacement: &str) -> String {
    let mut text = String::with_capacity(replacement.len());
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('$', Some('$')) => text.extend(rest.next()),
            ('$', Some(digit)) if digit.is_ascii_digit() => text.push('\\'),
            _ => text.push(c),
        }
    }
    text
}
