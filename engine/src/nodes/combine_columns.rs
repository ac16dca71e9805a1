use super::prelude::*;
use crate::formula::{self, Expr, Function};
use crate::plan::{Computed, Pick};
use crate::types::{Schema, Type};
use crate::value::Value;

/// Puts the values of several columns together as one text.
///
/// They stand one after the other with a separator between them, or in a template such as `{first} {last}`. Numbers and dates are written
/// as the tables show them. Where all of the columns are null, so is the result.
#[params]
pub struct CombineColumns {
    /// How the values come together.
    pub how: How,
    /// The columns, in the order in which they come together.
    #[param(when = self.how == How::Separator)]
    pub columns: Vec<ColumnName>,
    /// What stands between two values.
    #[param(default = " ".into(), when = self.how == How::Separator)]
    pub separator: String,
    /// The text with the names of columns in braces, such as `{first} {last}`. A brace itself is written twice.
    #[param(when = self.how == How::Template)]
    pub template: String,
    /// What a null does.
    pub nulls: Nulls,
    /// The column that the result is put into.
    pub r#as: NewColumn,
    /// Whether the columns that were put together are left out. The result then stands where the first of them was.
    pub drop: bool,
}

#[params]
pub enum How {
    /// One after the other, with a separator.
    #[default]
    Separator,
    /// In a template.
    Template,
}

#[params]
pub enum Nulls {
    /// It is left out, and its separator too.
    #[default]
    Skip,
    /// It is like an empty text: separators stay.
    Empty,
    /// The result is null.
    Null,
}

/// A piece of a template.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Column(String),
}

impl Node for CombineColumns {
    const CARD: Card = Card {
        title: "Combine columns",
        group: Group::Columns,
        icon: "combine_columns",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "merge columns concatenate concat join columns unite column combiner textjoin concat_ws paste template full name Column Merger",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let pieces = self.pieces()?;
        let mut texts = Vec::new();
        let mut read: Vec<&str> = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            texts.push(match piece {
                Piece::Text(text) => Expr::literal(Value::text(text)),
                Piece::Column(name) => {
                    read.push(name);
                    self.text_of(name, at, &columns)?
                }
            });
        }
        if columns.contains(&self.r#as.0) && !read.contains(&self.r#as.0.as_str()) {
            return Err(Problem::new(format!("There is a column {:?} already.", self.r#as.0))
                .at("as")
                .try_this("Write another name.")
                .into());
        }
        let of_columns: Vec<Expr> =
            pieces.iter().zip(&texts).filter(|(piece, _)| matches!(piece, Piece::Column(_))).map(|(_, text)| text.clone()).collect();
        let formula = self.formula(texts, of_columns)?;
        let done = draft.add(Op::Derive { columns: vec![Computed::new(RESULT, formula)], failures: false }, inputs)?;
        Ok(vec![draft.select(done, self.picks(&columns, &read))?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.how == How::Separator && self.columns.is_empty() {
            return Err(Problem::new("There are no columns to combine.").at("columns").try_this("Add some."));
        }
        if self.how == How::Template && self.template.is_empty() {
            let problem = Problem::new("The template is empty.").at("template");
            return Err(problem.try_this("Write it with the names of columns in braces: `{first} {last}`."));
        }
        if self.r#as.0.is_empty() {
            return Err(Problem::new("Give the new column a name.").at("as"));
        }
        self.pieces().map(drop)
    }

    fn sentence(&self) -> String {
        let columns: Vec<String> = match self.pieces() {
            Ok(pieces) => pieces.into_iter().filter_map(Piece::into_column).collect(),
            Err(_) => Vec::new(),
        };
        sentence::short(match (columns.is_empty(), self.r#as.0.is_empty()) {
            (true, _) => "Choose columns to put together".to_owned(),
            (false, true) => format!("Combine {}", sentence::list(&columns)),
            (false, false) => format!("Combine {} to {}", sentence::list(&columns), self.r#as.0),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("A place in one line, without what is missing", Self {
                columns: vec!["street".into(), "zip".into(), "city".into()],
                separator: ", ".into(),
                r#as: "place".into(),
                drop: true,
                ..Self::default()
            })
            .given("id: Integer, street, zip: Integer, city, floor: Integer\n 1, Kai 3, 24103, Kiel, 2\n 2, , , Ulm, \n 3, , , , 1")
            .gives("id: Integer, place, floor: Integer\n 1, \"Kai 3, 24103, Kiel\", 2\n 2, Ulm, \n 3, , 1"),
            Example::new("Names by a template, null if a part is missing", Self {
                how: How::Template,
                template: "{last}, {first} ({born})".into(),
                nulls: Nulls::Null,
                r#as: "name".into(),
                ..Self::default()
            })
            .given("first, last, born: Date\n Ada, King, 1815-12-10\n Cher, , 1946-05-20")
            .gives("first, last, born: Date, name\n Ada, King, 1815-12-10, \"King, Ada (1815-12-10)\"\n Cher, , 1946-05-20, "),
            Example::new("A code in which every place is kept", Self {
                columns: vec!["a".into(), "b".into(), "c".into()],
                separator: "-".into(),
                nulls: Nulls::Empty,
                r#as: "a".into(),
                ..Self::default()
            })
            .given("a, b: Boolean, c: Float\n x, true, 1.5\n y, , 2.0\n , , ")
            .gives("a, b: Boolean, c: Float\n x-true-1.5, true, 1.5\n y--2.0, , 2.0\n , , "),
        ]
    }
}

const RESULT: &str = "\u{1}combined";

impl CombineColumns {
    /// The texts and columns that come together, in order.
    fn pieces(&self) -> Result<Vec<Piece>, Problem> {
        if self.how == How::Template {
            return template(&self.template).map_err(|problem| problem.at("template"));
        }
        let between = || Piece::Text(self.separator.clone());
        let mut pieces = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            pieces.extend((at > 0).then(between));
            pieces.push(Piece::Column(name.0.clone()));
        }
        Ok(pieces)
    }

    /// The value of a column as text.
    fn text_of(&self, name: &str, at: usize, columns: &Schema) -> Result<Expr, Problem> {
        // Every other piece is a separator.
        let parameter = match self.how {
            How::Separator => format!("columns[{}]", at / 2),
            How::Template => "template".to_owned(),
        };
        let column = columns.column(name);
        let column = column.ok_or_else(|| Problem::no_column(name, columns.names()).at(&parameter))?;
        Expr::column(column).cast(Type::Text).map_err(|problem| problem.at(&parameter))
    }

    fn formula(&self, texts: Vec<Expr>, of_columns: Vec<Expr>) -> Result<Expr, Problem> {
        let empty = || Expr::literal(Value::text(""));
        if of_columns.is_empty() {
            return Ok(texts.into_iter().next().unwrap_or_else(empty));
        }
        let together = match (self.how, self.nulls) {
            (_, Nulls::Null) => {
                let mut texts = texts.into_iter();
                let first = texts.next().unwrap_or_else(empty);
                return texts.try_fold(first, |before, text| Expr::call(Function::Concat, vec![before, text]));
            }
            (How::Separator, Nulls::Skip) => {
                let separator = Expr::literal(Value::text(&self.separator));
                let arguments = std::iter::once(separator).chain(of_columns.iter().cloned()).collect();
                Expr::call(Function::ConcatWs, arguments)?
            }
            _ => Expr::call(Function::ConcatAll, texts)?,
        };
        let any = Expr::call(Function::Coalesce, of_columns)?;
        let none = Expr::call(Function::IsNull, vec![any])?;
        let branches = vec![(none, Expr::null(Type::Text))];
        Ok(Expr { kind: Type::Text, node: formula::Node::Case { branches, otherwise: Some(Box::new(together)) } })
    }

    /// All columns and the result: in the place of a column of its name, of the first one dropped, or at the end.
    fn picks(&self, columns: &Schema, read: &[&str]) -> Vec<Pick> {
        let name = self.r#as.0.as_str();
        let dropped = |column: &str| self.drop && read.contains(&column);
        let place = columns
            .names()
            .position(|column| column == name)
            .or_else(|| columns.names().position(dropped))
            .unwrap_or(columns.0.len());
        let result = || Pick::renamed(RESULT, name);
        let mut picks = Vec::new();
        for (at, column) in columns.names().enumerate() {
            picks.extend((at == place).then(result));
            picks.extend((column != name && !dropped(column)).then(|| Pick::same(column)));
        }
        picks.extend((place == columns.0.len()).then(result));
        picks
    }
}

impl Piece {
    fn into_column(self) -> Option<String> {
        let Self::Column(name) = self else { return None };
        Some(name)
    }
}

fn template(text: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        let closed = rest.find('}').filter(|_| brace == "{");
        let Some(end) = closed else {
            let problem = Problem::new(format!("A brace in {text:?} has no other one."));
            return Err(problem.try_this("Write a brace that is text twice: `{{`."));
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Column(rest[..end].to_owned()));
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_columns_in_braces() {
        let column = |name: &str| Piece::Column(name.to_owned());
        let plain = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(template("{a}{b c}").unwrap(), [column("a"), column("b c")]);
        assert_eq!(template("{{{a}}}x").unwrap(), [plain("{"), column("a"), plain("}x")]);
        assert!(template("{a").is_err() && template("a}").is_err());
    }
}
