use super::prelude::*;
use crate::formula::{self, Expr, Function};
use crate::plan::Computed;
use crate::types::{Column, Type};
use crate::value::Value;

/// Cleans text: blanks, line breaks, unwanted characters, case, and words that mean that there is nothing.
///
/// The steps are done in the order in which they stand here, in place. Each is left out unless it is chosen; only blanks around the text
/// are removed from the start.
#[params]
pub struct CleanText {
    /// The columns to clean. Numbers and dates among them have nothing to clean, and stay. With none, all columns of text.
    pub columns: Vec<ColumnName>,
    /// Columns of text to leave as they are.
    #[param(when = self.columns.is_empty())]
    pub except: Vec<ColumnName>,
    /// Write characters that can be written in several ways in one way: `é` as one character, not as an `e` and an accent behind it.
    ///
    /// Texts that look the same are then equal, also in joins and groups (NFC of Unicode).
    pub normalise: bool,
    /// Remove accents, and write letters in basic Latin where that is common: `Zoë` becomes `Zoe`, `Straße` becomes `Strasse`.
    pub remove_accents: bool,
    /// What happens with line breaks and tabs.
    pub line_breaks: LineBreaks,
    /// Remove characters that can't be seen: control characters, soft hyphens, blanks without width, byte order marks.
    pub remove_invisible: bool,
    /// Remove letters.
    pub remove_letters: bool,
    /// Remove digits.
    pub remove_digits: bool,
    /// Remove punctuation and signs, such as `.`, `-`, `€` and `#`.
    pub remove_punctuation: bool,
    /// Remove all white space, also between words.
    pub remove_white_space: bool,
    /// Make one blank of white space between words, however much there is.
    pub squeeze: bool,
    /// Where white space around the text is removed.
    pub trim: Trim,
    /// Capital and small letters.
    pub case: Case,
    /// Texts that mean that there is no value, such as `n/a` or `-`: they become null. Case does not count.
    pub null_words: Vec<String>,
    /// Empty text and null.
    pub empty: Empty,
}

#[params]
pub enum LineBreaks {
    /// They stay.
    #[default]
    Keep,
    /// They become a blank, several together one.
    Blank,
    /// They are removed.
    Remove,
}

#[params]
pub enum Trim {
    /// At both ends.
    #[default]
    Both,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Nowhere.
    Keep,
}

#[params]
pub enum Case {
    /// As they are.
    #[default]
    Keep,
    /// ALL CAPITALS.
    Upper,
    /// all small.
    Lower,
    /// Each Word With A Capital.
    Title,
    /// The first letter a capital, all others small.
    Sentence,
}

#[params]
pub enum Empty {
    /// Each stays what it is.
    #[default]
    Keep,
    /// Empty text becomes null.
    ToNull,
    /// Null becomes empty text.
    FromNull,
}

impl Node for CleanText {
    const CARD: Card = Card {
        title: "Clean text",
        group: Group::Columns,
        icon: "clean_text",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "data cleansing cleanse string cleaner trim clean whitespace strip squeeze upper lower title case proper remove punctuation line breaks tabs null words normalise blanks accents diacritics unaccent umlaut normalize unicode nfc Case Converter String Cleaner",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let mut cleaned = Vec::new();
        for column in &columns.0 {
            let listed = self.columns.iter().position(|name| name.0 == column.name);
            match listed {
                Some(at) if matches!(column.kind, Type::Binary | Type::List(_) | Type::Struct(_)) => {
                    return Err(not_text(column, at).into());
                }
                // In a file that is cleaner than others, numbers and dates were found by looking.
                Some(_) if !matches!(column.kind, Type::Text | Type::Null) => {}
                None if !self.columns.is_empty() || !column.kind.is_text() => continue,
                None if self.except.iter().any(|name| name.0 == column.name) => continue,
                _ => cleaned.push(Computed::new(&column.name, self.cleaned(Expr::column(column).cast(Type::Text)?)?)),
            }
        }
        if cleaned.is_empty() {
            return Ok(vec![inputs[0]]);
        }
        Ok(vec![draft.add(Op::Derive { columns: cleaned, failures: false }, inputs)?])
    }

    fn sentence(&self) -> String {
        let columns = match self.columns.as_slice() {
            [] => "all text".to_owned(),
            columns => sentence::list(columns),
        };
        sentence::short(match self.steps().as_slice() {
            [] => format!("Leave {columns} as it is"),
            steps => format!("Clean {columns}: {}", sentence::list(steps)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Names and remarks as people type them", Self {
                except: vec!["id".into()],
                line_breaks: LineBreaks::Blank,
                squeeze: true,
                case: Case::Title,
                null_words: vec!["n/a".into(), "-".into()],
                empty: Empty::ToNull,
                ..Self::default()
            })
            .given("id, name, town, beds: Integer\n \" a \", \"  ADA   king \", N/A, 1\n b, \"\", \"bad\t homburg\", 2\n c, -, , 3")
            .gives("id, name, town, beds: Integer\n \" a \", Ada King, , 1\n b, , Bad Homburg, 2\n c, , , 3"),
            Example::new("Nothing but the digits of telephone numbers", Self {
                columns: vec!["phone".into()],
                remove_letters: true,
                remove_punctuation: true,
                remove_white_space: true,
                ..Self::default()
            })
            .given("who, phone\n Ada K., +49 (0)431/123-4\n Bob, Büro 77")
            .gives("who, phone\n Ada K., 4904311234\n Bob, 77"),
            Example::new("Codes without digits and hidden characters, and no nulls", Self {
                columns: vec!["code".into()],
                line_breaks: LineBreaks::Remove,
                remove_invisible: true,
                remove_digits: true,
                trim: Trim::End,
                case: Case::Sentence,
                empty: Empty::FromNull,
                ..Self::default()
            })
            .given("code\n \" aB\u{200b}C12 \"\n ·\n XY")
            .gives("code\n \" abc\"\n \"\"\n Xy"),
            Example::new("Names without accents, for systems that cannot write them", Self {
                remove_accents: true,
                ..Self::default()
            })
            .given("name, town\n Zoë, Łódź\n René, \"Große Straße 7\"\n Zoe\u{308}, ·")
            .gives("name, town\n Zoe, Lodz\n Rene, \"Grosse Strasse 7\"\n Zoe, ·"),
            Example::new("Names that look the same and are written differently", Self {
                columns: vec!["name".into()],
                normalise: true,
                ..Self::default()
            })
            .given("name, from\n Zoë, A\n Zoe\u{308}, B")
            .gives("name, from\n Zoë, A\n Zoë, B"),
        ]
    }
}

impl CleanText {
    fn cleaned(&self, mut value: Expr) -> Result<Expr, Problem> {
        if self.normalise {
            value = Expr::call(Function::Normalize, vec![value, text("NFC")])?;
        }
        if self.remove_accents {
            value = Expr::call(Function::Unaccent, vec![value])?;
        }
        match self.line_breaks {
            LineBreaks::Keep => {}
            LineBreaks::Blank => value = replaced(value, &format!("[{BREAKS}]+"), " ")?,
            LineBreaks::Remove => value = replaced(value, &format!("[{BREAKS}]+"), "")?,
        }
        if let Some(class) = self.removed() {
            value = replaced(value, &class, "")?;
        }
        if self.squeeze && !self.remove_white_space {
            value = replaced(value, r"\s+", " ")?;
        }
        let trim = match self.trim {
            Trim::Both => Some(Function::Trim),
            Trim::Start => Some(Function::Ltrim),
            Trim::End => Some(Function::Rtrim),
            Trim::Keep => None,
        };
        if let Some(trim) = trim {
            value = Expr::call(trim, vec![value, text(BLANKS)])?;
        }
        value = self.in_case(value)?;
        if !self.null_words.is_empty() {
            let folded = Expr::call(Function::Lower, vec![value.clone()])?;
            let words = self.null_words.iter().map(|word| text(&word.to_lowercase()));
            let is_word = Expr::call(Function::In, std::iter::once(folded).chain(words).collect())?;
            let branches = vec![(is_word, Expr::null(Type::Text))];
            value = Expr { kind: Type::Text, node: formula::Node::Case { branches, otherwise: Some(Box::new(value)) } };
        }
        match self.empty {
            Empty::Keep => Ok(value),
            Empty::ToNull => Expr::call(Function::NullIf, vec![value, text("")]),
            Empty::FromNull => Expr::call(Function::Coalesce, vec![value, text("")]),
        }
    }

    fn in_case(&self, value: Expr) -> Result<Expr, Problem> {
        let number = |number: i64| Expr::literal(Value::Integer(number));
        match self.case {
            Case::Keep => Ok(value),
            Case::Upper => Expr::call(Function::Upper, vec![value]),
            Case::Lower => Expr::call(Function::Lower, vec![value]),
            Case::Title => Expr::call(Function::Initcap, vec![value]),
            Case::Sentence => {
                let first = Expr::call(Function::Left, vec![value.clone(), number(1)])?;
                let rest = Expr::call(Function::Substring, vec![value, number(2)])?;
                let (first, rest) = (Expr::call(Function::Upper, vec![first])?, Expr::call(Function::Lower, vec![rest])?);
                Expr::call(Function::Concat, vec![first, rest])
            }
        }
    }

    /// The characters that are removed, as a regular expression.
    fn removed(&self) -> Option<String> {
        let classes = [
            (self.remove_invisible, INVISIBLE),
            (self.remove_letters, r"\p{Alphabetic}\p{M}"),
            (self.remove_digits, r"\p{N}"),
            (self.remove_punctuation, r"\p{P}\p{S}"),
            (self.remove_white_space, r"\s"),
        ];
        let chosen: String = classes.iter().filter(|(chosen, _)| *chosen).map(|(_, class)| *class).collect();
        (!chosen.is_empty()).then(|| format!("[{chosen}]+"))
    }

    /// What is done, in words.
    fn steps(&self) -> Vec<&'static str> {
        let removes = [self.remove_letters, self.remove_digits, self.remove_punctuation, self.remove_white_space];
        let steps = [
            (self.trim != Trim::Keep, "trim"),
            (self.squeeze, "squeeze blanks"),
            (self.normalise, "normalise"),
            (self.remove_accents, "remove accents"),
            (self.line_breaks != LineBreaks::Keep, "remove line breaks"),
            (self.remove_invisible || removes.contains(&true), "remove characters"),
            (self.case != Case::Keep, "change case"),
            (!self.null_words.is_empty(), "null words"),
            (self.empty == Empty::ToNull, "empty to null"),
            (self.empty == Empty::FromNull, "null to empty"),
        ];
        steps.into_iter().filter(|(done, _)| *done).map(|(_, step)| step).collect()
    }
}

/// Line breaks and tabs.
const BREAKS: &str = "\t\n\u{b}\u{c}\r\u{85}\u{2028}\u{2029}";

/// All that Unicode calls white space, with the byte order mark, which some programs leave at the start of a text.
const BLANKS: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// Control characters but for line breaks and tabs, and what has no width.
const INVISIBLE: &str = "\u{0}-\u{8}\u{e}-\u{1f}\u{7f}-\u{84}\u{86}-\u{9f}\u{ad}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2064}\u{feff}";

fn text(text: &str) -> Expr {
    Expr::literal(Value::text(text))
}

fn replaced(value: Expr, pattern: &str, by: &str) -> Result<Expr, Problem> {
    Expr::call(Function::RegexpReplace, vec![value, text(pattern), text(by), text("g")])
}

fn not_text(column: &Column, at: usize) -> Problem {
    let problem = Problem::new(format!("{:?} is {}, and only text can be cleaned.", column.name, column.kind));
    problem.at(format!("columns[{at}]")).try_this("Take it out, or convert it to Text first.")
}
