use super::prelude::*;
use super::select::cast;
use crate::check::idle;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, reject_schema};
use crate::types::{Column, Type};
use crate::value::Value;

/// Changes the types of columns, with formats for dates and numbers as people write them.
///
/// Blanks around text are removed before it is read, and a text of nothing but blanks is null. A number with decimals that becomes an
/// integer is rounded; a text with decimals is no integer, and is rejected. A value that can't become the new type makes its row
/// rejected, with the value and the reason.
#[params]
pub struct Convert {
    /// The columns to convert. All others stay as they are.
    pub columns: Vec<Conversion>,
    /// What to do with a row in which a value can't be converted.
    pub on_error: OnError,
}

#[params]
pub struct Conversion {
    /// The column. It stays in its place.
    pub column: ColumnName,
    /// The type it gets.
    pub to: Type,
    /// How dates are written in the text, such as `DD.MM.YYYY`, `MM/DD/YYYY` or `YYYY-MM-DD HH24:MI:SS`. Left open, as `2024-05-01 12:30`.
    #[param(when = matches!(self.to, Type::Date | Type::Timestamp | Type::Text))]
    pub format: Option<String>,
    /// Whether the numbers in the text have a comma where others have a point: `12,50`.
    #[param(when = self.to.is_number())]
    pub decimal_comma: bool,
    /// What stands between thousands in the text, such as `,` in `1,200`, `.` or a blank.
    #[param(when = self.to.is_number())]
    pub thousands: Option<String>,
}

impl Node for Convert {
    const CARD: Card = Card {
        title: "Convert",
        group: Group::Columns,
        icon: "convert",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "type cast parse date number text string to number to date datetime change type decimal comma astype tConvertType Auto Field Auto Type Cast",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let mut converted = Vec::new();
        for (at, line) in self.columns.iter().enumerate() {
            let Some(column) = columns.column(&line.column.0) else { continue };
            line.check_format(column).map_err(|problem| problem.at(format!("columns[{at}].format")))?;
            if !column.kind.is_text() && column.kind != Type::Null && line.to.is_number() {
                let set = [(line.decimal_comma, "decimal_comma"), (line.thousands.is_some(), "thousands")];
                for (_, option) in set.into_iter().filter(|(is_set, _)| *is_set) {
                    draft.warn(idle(&format!("columns[{at}].{option}"), &format!("{:?} is {}, not text", column.name, column.kind)));
                }
            }
            if column.kind != line.to {
                converted.push(line.computed(column, at)?);
            }
        }
        if converted.is_empty() {
            return Ok(vec![inputs[0], draft.nothing(reject_schema(&columns))]);
        }
        let (done, rejected) = draft.derive(inputs[0], converted, self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is nothing to convert.").at("columns").try_this("Add a column."));
        }
        for (at, line) in self.columns.iter().enumerate() {
            if self.columns[..at].iter().any(|earlier| earlier.column == line.column) {
                let message = format!("The column {:?} is converted twice.", line.column.0);
                return Err(Problem::new(message).at(format!("columns[{at}].column")));
            }
            line.check_thousands().map_err(|problem| problem.at(format!("columns[{at}].thousands")))?;
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let Some(first) = self.columns.first() else { return "Choose columns and the types they become".to_owned() };
        let names: Vec<&ColumnName> = self.columns.iter().map(|line| &line.column).collect();
        let alike = self.columns.iter().all(|line| line.to == first.to);
        sentence::short(match alike {
            true => format!("Convert {} to {}", sentence::list(&names), first.to),
            false => format!("Change the types of {}", sentence::list(&names)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |column: &str, to| Conversion { column: column.into(), to, ..Conversion::default() };
        vec![
            Example::new("Dates and amounts as a German export writes them", Self {
                columns: vec![
                    Conversion { format: Some("DD.MM.YYYY".into()), ..line("on", Type::Date) },
                    Conversion {
                        decimal_comma: true,
                        thousands: Some(".".into()),
                        ..line("paid", Type::Decimal(10, 2))
                    },
                ],
                ..Self::default()
            })
            .given("id, on, paid\n a, 01.05.2024, \"1.200,50\"\n b, 2.5.24?, 7\n c, , \" 3 \"\n d, , 12.5")
            .gives("id, on: Date, paid: Decimal(10, 2)\n a, 2024-05-01, 1200.50\n c, , 3.00")
            .gives_at(
                "rejected",
                "id, on, paid, error_column, error_value, error_reason\n b, 2.5.24?, 7, on, 2.5.24?, no date as the format says\n d, , 12.5, paid, 12.5, \"not Decimal(10, 2)\"",
            ),
            Example::new("What can't be read becomes null", Self {
                columns: vec![line("people", Type::Integer)],
                on_error: OnError::Null,
            })
            .given("room, people\n a, 4\n b, many")
            .gives("room, people: Integer\n a, 4\n b, "),
            Example::new("A date written out", Self {
                columns: vec![Conversion { format: Some("DD.MM.YYYY".into()), ..line("on", Type::Text) }],
                ..Self::default()
            })
            .given("on: Date\n 2024-05-01\n ·")
            .gives("on\n 01.05.2024\n ·"),
        ]
    }
}

impl Conversion {
    fn computed(&self, column: &Column, at: usize) -> Result<Computed, Problem> {
        let value = Expr::column(column);
        let written = |text: &str| Expr::literal(Value::text(text));
        let placed = |problem: Problem| problem.at(format!("columns[{at}].format"));
        if let (Type::Text, Some(format)) = (&self.to, &self.format) {
            let formula = Expr::call(Function::ToChar, vec![value, written(format)]).map_err(placed)?;
            return Ok(Computed::new(&column.name, formula));
        }
        if !column.kind.is_text() {
            return cast(column, &self.to, &format!("columns[{at}].to"));
        }
        let mut text = bare(value)?;
        if let (Some(separator), true) = (&self.thousands, self.to.is_number()) {
            // Where it does not stand between thousands it stays, and the text is no number.
            let mark = in_class(separator);
            let groups = format!("^[+-]?[0-9]{{1,3}}([{mark}][0-9]{{3}})*([^0-9{mark}][^{mark}]*)?$");
            let grouped = Expr::call(Function::RegexpLike, vec![text.clone(), written(&groups)])?;
            let bare = Expr::call(Function::Replace, vec![text.clone(), written(separator), written("")])?;
            text = Expr::choose(grouped, bare, text);
        }
        if self.decimal_comma && self.to.is_number() {
            // Swapped, not replaced: a point that is left is wrong here and must be refused.
            text = Expr::call(Function::Translate, vec![text, written(",."), written(".,")])?;
        }
        let formula = match (&self.to, &self.format) {
            (Type::Date, Some(format)) => {
                Expr::call(Function::ToDate, vec![text, written(format)]).map_err(placed)?
            }
            (Type::Timestamp, Some(format)) => {
                Expr::call(Function::ToTimestamp, vec![text, written(format)]).map_err(placed)?
            }
            (to, _) => text.cast(to.clone()).map_err(|problem| problem.at(format!("columns[{at}].to")))?,
        };
        Ok(Computed::new(&column.name, formula))
    }

    /// A format is for text that becomes a date, and for a date that becomes text.
    fn check_format(&self, column: &Column) -> Result<(), Problem> {
        let Some(format) = &self.format else { return Ok(()) };
        let fits = match self.to {
            Type::Date | Type::Timestamp => column.kind.is_text(),
            Type::Text => matches!(column.kind, Type::Date | Type::Timestamp),
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let Column { name, kind, .. } = column;
        Err(Problem::new(format!("The format {format:?} does not apply: {name:?} is {kind} and becomes {}.", self.to))
            .try_this("Leave it out: it is for dates that are read from text or written as text."))
    }

    fn check_thousands(&self) -> Result<(), Problem> {
        let Some(separator) = &self.thousands else { return Ok(()) };
        let decimal = if self.decimal_comma { "," } else { "." };
        let one = separator.chars().count() == 1 && !separator.chars().any(|c| c.is_alphanumeric() || "+-".contains(c));
        if one && separator != decimal {
            return Ok(());
        }
        Err(Problem::new(match separator == decimal {
            true => format!("{separator:?} can't stand between thousands and before the decimals."),
            false => format!("{separator:?} can't stand between thousands."),
        })
        .try_this("Write one character, such as `,`, `.` or a blank."))
    }
}

/// A character as it stands within the brackets of a pattern.
fn in_class(character: &str) -> String {
    match character {
        r"\" | "^" | "]" | "[" | "-" => format!(r"\{character}"),
        other => other.to_owned(),
    }
}

/// A text without blanks around it, and null if nothing is left.
pub(super) fn bare(text: Expr) -> Result<Expr, Problem> {
    let trimmed = Expr::call(Function::Trim, vec![text, Expr::literal(Value::text(BLANKS))])?;
    Expr::call(Function::NullIf, vec![trimmed, Expr::literal(Value::text(""))])
}

/// Blanks that people and programs leave around values, the unbreakable one of web pages included.
pub(super) const BLANKS: &str = " \t\r\n\u{a0}";
