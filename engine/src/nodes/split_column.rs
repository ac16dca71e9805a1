use super::prelude::*;
use crate::formula::{self, Expr, Function};
use crate::node::Card as NodeCard;
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Splits the text of a column into columns, rows or a list.
///
/// It is cut at a separator, after so many characters, or where a pattern matches. A text with fewer parts than there are columns leaves
/// the others null. Split into rows, a text that is null or has no parts keeps its row, with null.
#[params]
pub struct SplitColumn {
    /// The column of text.
    pub column: ColumnName,
    /// How the text is cut.
    pub by: SplitBy,
    /// What stands between the parts, such as `,`. A tab is written `\t`, a line break `\n`.
    #[param(default = ",".to_owned(), when = self.by == SplitBy::Separator)]
    pub separator: String,
    /// A regular expression, such as `[;,] *`.
    #[param(when = matches!(self.by, SplitBy::Pattern | SplitBy::Matches))]
    pub pattern: String,
    /// Whether the pattern disregards capital and small letters.
    #[param(when = matches!(self.by, SplitBy::Pattern | SplitBy::Matches))]
    pub ignore_case: bool,
    /// After how many characters of the text each part ends, such as `4, 6`. What comes after the last is a part, too.
    #[param(when = self.by == SplitBy::Positions)]
    pub positions: String,
    /// Whether a separator between double quotes does not count, as in `a,"b, c"`. The quotes are left out.
    #[param(when = self.by == SplitBy::Separator)]
    pub quotes: bool,
    /// What becomes of the parts.
    pub to: SplitTo,
    /// The names of the new columns, one for each part.
    #[param(when = self.to == SplitTo::Columns)]
    pub into: Vec<String>,
    /// What to do with a text that has more parts than there are columns.
    #[param(when = self.to == SplitTo::Columns)]
    pub rest: Rest,
    /// Whether the column itself stays, too.
    #[param(when = self.to == SplitTo::Columns)]
    pub keep: bool,
    /// A new column that numbers the parts of each text, from 1.
    #[param(when = self.to == SplitTo::Rows)]
    pub position: Option<NewColumn>,
    /// Whether blanks around the parts are removed.
    #[param(default = true)]
    pub trim: bool,
    /// Whether parts without any text are left out.
    pub skip_empty: bool,
    /// What to do with a row that has too many parts.
    #[param(when = self.rejects())]
    pub on_error: OnError,
}

#[params]
pub enum SplitBy {
    /// At a text that stands between the parts.
    #[default]
    Separator,
    /// After so many characters.
    Positions,
    /// Where a regular expression matches, which is left out.
    Pattern,
    /// The parts are what a regular expression matches.
    Matches,
}

#[params]
pub enum SplitTo {
    /// Each part in a column of its own.
    #[default]
    Columns,
    /// Each part in a row of its own.
    Rows,
    /// All parts as one list.
    List,
}

#[params]
pub enum Rest {
    /// The last column has all that is left of the text; matches without a column are left out.
    #[default]
    InLast,
    /// The first column has all that comes before: the text is cut from its end.
    InFirst,
    /// Parts without a column are left out.
    Drop,
    /// The row is rejected.
    Reject,
}

impl Node for SplitColumn {
    const CARD: Card = Card {
        title: "Split column",
        group: Group::Columns,
        icon: "split_column",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::Expand,
        words: "text to columns text to rows split by delimiter separator positions regex tokenize cell splitter str.split explode parse separate tExtractDelimitedFields tNormalize",
    };

    fn card(&self) -> NodeCard {
        NodeCard { law: if self.to == SplitTo::Rows { Law::Expand } else { Law::RowByRow }, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let column = draft.column(inputs[0], &self.column, "column")?.clone();
        if !matches!(column.kind, Type::Text | Type::Null) {
            return Err(Problem::new(format!("{:?} is {} and no text.", column.name, column.kind))
                .at("column")
                .try_this(match column.kind {
                    Type::List(_) => "Use `Explode` to make rows of a list.",
                    _ => "Choose a column of text, or convert it to text first.",
                })
                .into());
        }
        let text = Expr::column(&column).cast(Type::Text)?;
        match self.to {
            SplitTo::Columns => self.to_columns(draft, inputs[0], &before, text),
            SplitTo::List | SplitTo::Rows => {
                let parts = vec![Computed::new(&column.name, self.parts(text, 0)?)];
                let (lists, rejected) = draft.derive(inputs[0], parts, self.on_error)?;
                if self.to == SplitTo::List {
                    return Ok(vec![lists, rejected]);
                }
                let position = self.position.as_ref().map(|position| position.0.clone());
                let op = Op::Explode { column: column.name, keep_empty: true, position };
                draft.allows(&op, &[lists]).map_err(|problem| problem.at("position"))?;
                Ok(vec![draft.add(op, &[lists])?, draft.nothing(reject_schema(&before))])
            }
        }
    }

    fn check(&self) -> Result<(), Problem> {
        let wrong = |place: &str, message: &str, advice: &str| {
            Err(Problem::new(message.to_owned()).at(place.to_owned()).try_this(advice.to_owned()))
        };
        match self.by {
            SplitBy::Separator if self.separator.is_empty() => {
                return wrong("separator", "There is no separator.", "Write what stands between the parts.");
            }
            SplitBy::Pattern | SplitBy::Matches if self.pattern.is_empty() => {
                return wrong("pattern", "There is no pattern.", "Write a regular expression, such as `[;,] *`.");
            }
            SplitBy::Positions if self.cuts().is_none_or(|cuts| cuts.is_empty()) => {
                return wrong("positions", "The positions can't be read.", "Write growing numbers, such as `4, 6`.");
            }
            _ => {}
        }
        if self.to != SplitTo::Columns {
            return Ok(());
        }
        if self.into.is_empty() {
            return wrong("into", "The new columns have no names.", "Write a name for each part.");
        }
        for (at, name) in self.into.iter().enumerate() {
            let place = format!("into[{at}]");
            if name.is_empty() {
                return wrong(&place, "A new column has no name.", "Write one, or take the line out.");
            }
            if self.into[..at].contains(name) {
                return wrong(&place, &format!("There are two new columns {name:?}."), "Give one of them another name.");
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let column = self.column.0.as_str();
        if column.is_empty() {
            return "Choose a column of text to split".to_owned();
        }
        let at = match self.by {
            SplitBy::Separator => format!("at {}", self.separator),
            SplitBy::Positions => format!("after character {}", self.positions),
            SplitBy::Pattern => format!("where {} matches", self.pattern),
            SplitBy::Matches => format!("by matches of {}", self.pattern),
        };
        sentence::short(match self.to {
            SplitTo::Columns => format!("Split {column} {at} into {}", sentence::list(&self.into)),
            SplitTo::Rows => format!("Split {column} {at} into rows"),
            SplitTo::List => format!("Split {column} {at} into a list"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        vec![
            Example::new("Text to columns, with all that is left in the last", Self {
                column: "place".into(),
                into: names(&["city", "street"]),
                ..Self::default()
            })
            .given("id: Integer, place, open: Boolean\n 1, \"Kiel, Hafen 2, left\", true\n 2, Bonn, false\n 3, , true")
            .gives("id: Integer, city, street, open: Boolean\n 1, Kiel, \"Hafen 2, left\", true\n 2, Bonn, , false\n 3, , , true"),
            Example::new("Text to rows, parts numbered and empty ones left out", Self {
                column: "tags".into(),
                separator: ";".into(),
                to: SplitTo::Rows,
                position: Some("number".into()),
                skip_empty: true,
                ..Self::default()
            })
            .given("item, tags\n pen, blue; thin;;\n ink, \n pad, red")
            .gives("item, tags, number: Integer\n pen, blue, 1\n pen, thin, 2\n ink, , \n pad, red, 1"),
            Example::new("The file name is what comes after the last slash", Self {
                column: "path".into(),
                separator: "/".into(),
                into: names(&["folder", "file"]),
                rest: Rest::InFirst,
                keep: true,
                ..Self::default()
            })
            .given("path\n in/2024/a.csv\n b.csv")
            .gives("path, folder, file\n in/2024/a.csv, in/2024, a.csv\n b.csv, , b.csv"),
            Example::new("Too many parts are rejected", Self {
                column: "size".into(),
                by: SplitBy::Pattern,
                pattern: " *x *".into(),
                ignore_case: true,
                into: names(&["width", "height"]),
                rest: Rest::Reject,
                ..Self::default()
            })
            .given("size\n 20 X 30\n 1x2x3\n 7")
            .gives("width, height\n 20, 30\n 7, ")
            .gives_at("rejected", "size, error_column, error_value, error_reason\n 1x2x3, size, 1x2x3, more than 2 parts"),
            Example::new("Cut after the fourth and the sixth character", Self {
                column: "on".into(),
                by: SplitBy::Positions,
                positions: "4, 6".into(),
                into: names(&["year", "month", "day"]),
                ..Self::default()
            })
            .given("on\n 20240501\n 202405\n 24")
            .gives("year, month, day\n 2024, 05, 01\n 2024, 05, \n 24, , "),
            Example::new("All numbers in a text, as a list", Self {
                column: "memo".into(),
                by: SplitBy::Matches,
                pattern: "[0-9]+".into(),
                to: SplitTo::List,
                ..Self::default()
            })
            .given("memo\n lanes 4 and 17\n none")
            .gives("memo: List(Text)\n [4, 17]\n []"),
        ]
    }
}

impl SplitColumn {
    fn rejects(&self) -> bool {
        self.to == SplitTo::Columns && self.rest == Rest::Reject
    }

    fn to_columns(&self, draft: &mut Draft, rows: Rows, before: &Schema, text: Expr) -> Result<Vec<Rows>, Halt> {
        let original = text.clone();
        const CUT: &str = "\u{1}helper cut";
        const PARTS: &str = "\u{1}parts";
        let count = i64::try_from(self.into.len()).unwrap_or(i64::MAX);
        for (at, name) in self.into.iter().enumerate() {
            if before.contains(name) && (self.keep || *name != self.column.0) {
                return Err(Problem::new(format!("There is a column {name:?} already."))
                    .at(format!("into[{at}]"))
                    .try_this("Write another name.")
                    .into());
            }
        }
        let limit = match self.rest {
            Rest::InLast => count,
            Rest::InFirst => -count,
            Rest::Drop | Rest::Reject => 0,
        };
        let made = self.parts(text, limit)?;
        let list = made.kind.clone();
        let parts = || Expr::column(&Column::new(PARTS, Type::List(Box::new(Type::Text))));
        let integer = |value: i64| Expr::literal(Value::Integer(value));
        let shown = |name: &str, formula| Computed { name: name.into(), formula, shown: self.column.0.clone() };
        // Where too many parts are an error, the text is cut once and then they are counted.
        let (rows, mut computed) = if self.rejects() {
            let cut = draft.add(Op::Derive { columns: vec![shown(CUT, made)], failures: false }, &[rows])?;
            let parts = Expr::column(&Column::new(CUT, list));
            (cut, vec![shown(PARTS, self.unless_too_many(parts, original, count)?)])
        } else {
            (rows, vec![shown(PARTS, made)])
        };
        // Cut from the end, missing parts are missing at the front.
        let place = |at: i64| if self.rest == Rest::InFirst { at - count } else { at + 1 };
        for (at, name) in (0..).zip(&self.into) {
            let part = Expr::call(Function::ElementAt, vec![parts(), integer(place(at))])?;
            computed.push(Computed { name: format!("\u{1}part {name}"), formula: part, shown: self.column.0.clone() });
        }
        let (split, rejected) = draft.derive(rows, computed, self.on_error)?;
        let mut picks = Vec::new();
        for name in before.names() {
            if name != self.column.0 || self.keep {
                picks.push(Pick::same(name));
            }
            if name == self.column.0 {
                picks.extend(self.into.iter().map(|name| Pick::renamed(format!("\u{1}part {name}"), name)));
            }
        }
        let told = draft.schema(rejected).names().filter(|name| *name != CUT).map(Pick::same).collect();
        Ok(vec![draft.select(split, picks)?, draft.select(rejected, told)?])
    }

    /// The parts; a row that has more than `count` fails.
    fn unless_too_many(&self, parts: Expr, original: Expr, count: i64) -> Result<Expr, Problem> {
        let kind = parts.kind.clone();
        let number = Expr::call(Function::Cardinality, vec![parts.clone()])?;
        let too_many = Expr::call(Function::Gt, vec![number, Expr::literal(Value::Integer(count))])?;
        // It is the text that is told where it fails, and so it has to have a part in it.
        let there = Expr::call(Function::Not, vec![Expr::call(Function::IsNull, vec![original])?])?;
        let too_many = Expr::call(Function::And, vec![too_many, there])?;
        let reason = format!("more than {}", sentence::count(self.into.len() as u64, "part"));
        let fails = Expr::call(Function::Error, vec![Expr::literal(Value::Text(reason))])?.cast(kind.clone())?;
        let node = formula::Node::Case { branches: vec![(too_many, fails)], otherwise: Some(Box::new(parts)) };
        Ok(Expr { kind, node })
    }

    /// The parts of a text as a list. At most `limit` if it is above zero, with the rest in the last; if below, in the first.
    fn parts(&self, text: Expr, limit: i64) -> Result<Expr, Problem> {
        let written = |text: &str| Expr::literal(Value::text(text));
        let flags: String = [('i', self.ignore_case), ('t', self.trim), ('e', self.skip_empty), ('q', self.quotes)]
            .into_iter()
            .filter_map(|(flag, set)| set.then_some(flag))
            .filter(|flag| match flag {
                'i' => matches!(self.by, SplitBy::Pattern | SplitBy::Matches),
                'q' => self.by == SplitBy::Separator,
                _ => true,
            })
            .collect();
        let limit = Expr::literal(Value::Integer(limit));
        match self.by {
            SplitBy::Separator => {
                let separator = self.separator.replace("\\t", "\t").replace("\\n", "\n");
                Expr::call(Function::SplitText, vec![text, written(&separator), written(&flags), limit])
            }
            SplitBy::Pattern => {
                let arguments = vec![text, written(&self.pattern), written(&flags), limit];
                Expr::call(Function::RegexpSplit, arguments).map_err(|problem| problem.at("pattern"))
            }
            SplitBy::Matches => {
                let arguments = vec![text, written(&self.pattern), written(&flags)];
                Expr::call(Function::RegexpExtractAll, arguments).map_err(|problem| problem.at("pattern"))
            }
            SplitBy::Positions => self.cut(text),
        }
    }

    /// The text between positions. What is empty lies behind the end, or is to be left out.
    fn cut(&self, text: Expr) -> Result<Expr, Problem> {
        let number = |value: i64| Expr::literal(Value::Integer(value));
        let mut from = 0;
        let mut parts = Vec::new();
        for to in self.kept_cuts().into_iter().map(Some).chain([None]) {
            let length = to.map(|to| number(to - from));
            let arguments = [text.clone(), number(from + 1)].into_iter().chain(length).collect();
            let mut part = Expr::call(Function::Substring, arguments)?;
            if self.trim {
                part = Expr::call(Function::Trim, vec![part, Expr::literal(Value::text(" \t\r\n\u{a0}"))])?;
            }
            parts.push(Expr::call(Function::NullIf, vec![part, Expr::literal(Value::text(""))])?);
            from = to.unwrap_or(from);
        }
        let parts = Expr::call(Function::Array, parts)?;
        if self.skip_empty || self.to != SplitTo::Columns {
            return Expr::call(Function::ArrayRemove, vec![parts, Expr::null(Type::Text)]);
        }
        Ok(parts)
    }

    /// The positions without those for which there is no column.
    fn kept_cuts(&self) -> Vec<i64> {
        let mut cuts = self.cuts().unwrap_or_default();
        let extra = (cuts.len() + 1).saturating_sub(self.into.len().max(1));
        match self.rest {
            _ if self.to != SplitTo::Columns => {}
            Rest::InLast => cuts.truncate(cuts.len() - extra),
            Rest::InFirst => drop(cuts.drain(..extra)),
            Rest::Drop | Rest::Reject => {}
        }
        cuts
    }

    /// The positions, which grow.
    fn cuts(&self) -> Option<Vec<i64>> {
        let numbers: Vec<i64> =
            self.positions.split([',', ' ']).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        (numbers.first().is_none_or(|first| *first > 0) && numbers.is_sorted_by(|a, b| a < b)).then_some(numbers)
    }
}
