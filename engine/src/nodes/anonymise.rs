use super::prelude::*;
use crate::formula::{self, Expr, Function};
use crate::plan::{Computed, Pick};
use crate::types::{Column, Type};
use crate::value::Value;

/// Makes columns tell less of people: masks, removes, replaces by pseudonyms, coarsens, or moves dates.
///
/// Removed and coarsened values are gone. Pseudonyms and moved dates hide who it is from those without the secret, but the same value still
/// has the same pseudonym, so that tables can be joined and frequent ones can be guessed by their number. A mask hides from a glance, not
/// from someone who has other data. What is left untouched (a postal code, a birthday, a rare illness) can tell who it is when put
/// together: coarsen it as well. Null stays null, unless a fixed text takes its place.
#[params]
pub struct Anonymise {
    /// The columns, and what is done with each. All others stay as they are.
    pub columns: Vec<Rule>,
    /// The secret that pseudonyms and moved dates are made with. The same one gives the same ones in other pipelines; without it nobody
    /// can make them again, so keep it, and keep it away from who gets the data.
    #[param(when = self.columns.iter().any(Rule::needs_secret))]
    pub secret: Secret,
    /// What to do with a row in which a value can't be anonymised, such as a date that would move out of the calendar.
    pub on_error: OnError,
}

#[params]
pub struct Rule {
    /// The column. It stays in its place.
    pub column: ColumnName,
    /// What is done with it.
    #[param(always)]
    pub method: Method,
    /// How many characters stay at the start.
    #[param(when = self.method == Method::Mask)]
    pub keep_first: u64,
    /// How many characters stay at the end. A text with no more than those that would stay is masked whole.
    #[param(when = self.method == Method::Mask)]
    pub keep_last: u64,
    /// Whether blanks and punctuation stay, so that the shape of a card or telephone number can still be seen.
    #[param(when = self.method == Method::Mask)]
    pub keep_signs: bool,
    /// The text that stands there instead. Left open, null.
    #[param(when = self.method == Method::Redact)]
    pub text: Option<String>,
    /// What a pseudonym begins with.
    #[param(default = "p_".into(), when = self.method == Method::Pseudonym)]
    pub prefix: String,
    /// How many hexadecimal digits follow, from 8 to 64. With 16, two of a million values share a pseudonym once in 30 million times.
    #[param(default = 16, when = self.method == Method::Pseudonym)]
    pub digits: u64,
    /// How wide the ranges are that numbers become: with 10, 37 and 39.9 become `30 to 39`.
    #[param(default = 10, when = self.method == Method::Generalise)]
    pub step: u64,
    /// What dates become the first day of.
    #[param(when = self.method == Method::Generalise)]
    pub unit: Unit,
    /// How many characters at the start of a text are left, as of a postal code.
    #[param(default = 2, when = self.method == Method::Generalise)]
    pub characters: u64,
    /// The column that tells whose date it is: all dates of one person move by the same days, so that the time between them stays. It is
    /// taken as it comes in. Rows without a value there move together.
    #[param(when = self.method == Method::ShiftDates)]
    pub by: ColumnName,
    /// By how many days dates move at most, back or forward. They move by one day at least.
    #[param(default = 30, when = self.method == Method::ShiftDates)]
    pub days: u64,
}

#[params]
pub enum Method {
    /// Stars in the place of characters.
    #[default]
    Mask,
    /// Stars in the place of the name before the `@`, but for its first letter: `a**@example.org`. Text without `@` is masked whole.
    MaskEmail,
    /// Nothing is left: null, or a fixed text.
    Redact,
    /// A token such as `p_5bdcc146bf60754e`, made from the value with a secret: the same for the same value.
    Pseudonym,
    /// Numbers become ranges, dates the first day of their month, quarter or year, texts their first characters.
    Generalise,
    /// Dates move by some days that nobody can tell without the secret.
    ShiftDates,
}

#[params]
pub enum Unit {
    /// Their month.
    #[default]
    Month,
    /// Their quarter.
    Quarter,
    /// Their year.
    Year,
}

/// The digits that the longest pseudonym has.
const DIGITS: u64 = 64;
/// More days lead out of the calendar.
const DAYS: u64 = 36_525;
const DAY: Value = Value::Duration(crate::value::DAY_MICROS);

impl Node for Anonymise {
    const CARD: Card = Card {
        title: "Anonymise",
        group: Group::Columns,
        icon: "anonymise",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "anonymize mask masking data masking redact pseudonym pseudonymise tokenise generalise date shift privacy gdpr dsgvo hipaa pii personal data hide stars tDataMasking anonymization obfuscate de-identify secret",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let hidden = |at: usize| format!("\u{1}result {at}");
        let columns = draft.schema(inputs[0]).clone();
        let secret = match self.columns.iter().any(Rule::needs_secret) {
            true => draft.secret(&self.secret, "secret", |_| Ok(()))?,
            false => Expr::null(Type::Text),
        };
        let mut picks: Vec<Pick> = columns.names().map(Pick::same).collect();
        let mut computed = Vec::new();
        for (at, rule) in self.columns.iter().enumerate() {
            let Some(column) = columns.column(&rule.column.0) else { continue };
            let formula = rule.formula(column, columns.column(&rule.by.0), &secret, at)?;
            computed.push(Computed { name: hidden(at), formula, shown: column.name.clone() });
            picks.iter_mut().filter(|pick| pick.column == column.name).for_each(|pick| pick.column = hidden(at));
        }
        let (done, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
        Ok(vec![draft.select(done, picks)?, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is nothing to anonymise.").at("columns").try_this("Add a column."));
        }
        for (at, rule) in self.columns.iter().enumerate() {
            if self.columns[..at].iter().any(|earlier| earlier.column == rule.column) {
                let message = format!("The column {:?} is anonymised twice.", rule.column.0);
                return Err(Problem::new(message).at(format!("columns[{at}].column")));
            }
            rule.check().map_err(|(problem, field)| problem.at(format!("columns[{at}].{field}")))?;
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let names: Vec<&ColumnName> = self.columns.iter().map(|rule| &rule.column).collect();
        let [first, rest @ ..] = self.columns.as_slice() else { return "Choose columns and how they are hidden".to_owned() };
        let does = match first.method {
            _ if rest.iter().any(|rule| rule.method != first.method) => "Anonymise",
            Method::Mask | Method::MaskEmail => "Mask",
            Method::Redact => "Redact",
            Method::Pseudonym => "Replace by pseudonyms:",
            Method::Generalise => "Generalise",
            Method::ShiftDates => "Move dates of",
        };
        sentence::short(format!("{does} {}", sentence::list(&names)))
    }

    fn examples() -> Vec<Example<Self>> {
        let rule = |column: &str, method| Rule { column: column.into(), method, ..Rule::default() };
        vec![
            Example::new("Masks that keep the shape", Self {
                columns: vec![
                    Rule { keep_first: 1, ..rule("name", Method::Mask) },
                    Rule { keep_last: 4, keep_signs: true, ..rule("card", Method::Mask) },
                    rule("mail", Method::MaskEmail),
                    Rule { text: Some("(removed)".into()), ..rule("note", Method::Redact) },
                ],
                ..Self::default()
            })
            .given(
                "name, card, mail, note
                 Ada, 4111 1111-1111 1234, ada@example.org, tall
                 B, 123, nobody, ·
                 ·, ·, ·, ·",
            )
            .gives(
                "name, card, mail, note
                 A**, **** ****-**** 1234, a**@example.org, (removed)
                 *, ***, ******, (removed)
                 ·, ·, ·, (removed)",
            ),
            Example::new("Pseudonyms and moved dates, the secret PEPPER being `Jefe`", Self {
                columns: vec![
                    rule("who", Method::Pseudonym),
                    Rule { by: "who".into(), ..rule("seen", Method::ShiftDates) },
                ],
                secret: Secret::named("PEPPER"),
                ..Self::default()
            })
            .given(
                "who, seen: Date
                 what do ya want for nothing?, 2024-05-28
                 Ada, 2024-05-01
                 what do ya want for nothing?, 2024-06-01
                 Ada, ·",
            )
            .gives(
                "who, seen: Date
                 p_5bdcc146bf60754e, 2024-05-01
                 p_6a86a9de665f878f, 2024-05-07
                 p_5bdcc146bf60754e, 2024-05-05
                 p_6a86a9de665f878f, ·",
            ),
            Example::new("Ages, birthdays and postal codes, coarsened", Self {
                columns: vec![
                    rule("age", Method::Generalise),
                    Rule { step: 100, ..rule("weight", Method::Generalise) },
                    Rule { unit: Unit::Quarter, ..rule("born", Method::Generalise) },
                    rule("code", Method::Generalise),
                    rule("phone", Method::Redact),
                ],
                ..Self::default()
            })
            .given(
                "age: Integer, weight: Float, born: Date, code, phone: Integer
                 37, 82.5, 1986-11-30, 24103, 123
                 -3, -0.5, 2024-01-01, 2, 456
                 ·, ·, ·, ·, ·",
            )
            .gives(
                "age, weight, born: Date, code, phone: Integer
                 30 to 39, 0 to 99, 1986-10-01, 24, ·
                 -10 to -1, -100 to -1, 2024-01-01, 2, ·
                 ·, ·, ·, ·, ·",
            ),
        ]
    }
}

impl Rule {
    fn needs_secret(&self) -> bool {
        matches!(self.method, Method::Pseudonym | Method::ShiftDates)
    }

    fn formula(&self, column: &Column, by: Option<&Column>, secret: &Expr, at: usize) -> Result<Expr, Problem> {
        let value = Expr::column(column);
        match self.method {
            Method::Redact => Ok(match &self.text {
                Some(text) => written(text),
                None => Expr::null(column.kind.clone()),
            }),
            Method::Generalise => self.generalised(column, at),
            Method::ShiftDates => self.shifted(column, by, secret, at),
            Method::Mask | Method::MaskEmail | Method::Pseudonym => {
                let text = value.cast(Type::Text).map_err(|problem| problem.at(format!("columns[{at}].column")))?;
                match self.method {
                    Method::Mask => self.masked(text),
                    Method::MaskEmail => masked_mail(text),
                    _ => self.pseudonym(text, secret),
                }
            }
        }
    }

    fn masked(&self, text: Expr) -> Result<Expr, Problem> {
        let all = hide(text.clone(), self.keep_signs)?;
        let (first, last) = (whole(self.keep_first), whole(self.keep_last));
        if first + last == 0 {
            return Ok(all);
        }
        let start = Expr::call(Function::Left, vec![text.clone(), number(first)])?;
        let mut middle = Expr::call(Function::Substring, vec![text.clone(), number(first + 1)])?;
        let mut end = written("");
        if last > 0 {
            middle = Expr::call(Function::Left, vec![middle, number(-last)])?;
            end = Expr::call(Function::Right, vec![text.clone(), number(last)])?;
        }
        let length = Expr::call(Function::Length, vec![text])?;
        let is_longer = Expr::call(Function::Gt, vec![length, number(first + last)])?;
        Ok(either(is_longer, joined([start, hide(middle, self.keep_signs)?, end])?, all))
    }

    fn pseudonym(&self, text: Expr, secret: &Expr) -> Result<Expr, Problem> {
        let signed = Expr::call(Function::Hmac, vec![text, secret.clone()])?;
        let token = Expr::call(Function::Left, vec![signed, number(whole(self.digits))])?;
        Expr::call(Function::Concat, vec![written(&self.prefix), token])
    }

    fn generalised(&self, column: &Column, at: usize) -> Result<Expr, Problem> {
        let value = Expr::column(column);
        match &column.kind {
            Type::Text => Expr::call(Function::Left, vec![value, number(whole(self.characters))]),
            Type::Null => Ok(Expr::null(Type::Text)),
            Type::Date | Type::Timestamp => {
                let unit = match self.unit {
                    Unit::Month => "month",
                    Unit::Quarter => "quarter",
                    Unit::Year => "year",
                };
                Expr::call(Function::DateTrunc, vec![written(unit), value])
            }
            kind if kind.is_number() => {
                let value = Expr::call(Function::Floor, vec![value])?.cast(Type::Integer)?;
                let step = || number(whole(self.step));
                let rest = Expr::call(Function::Modulo, vec![value.clone(), step()])?;
                // Of negative numbers the remainder is negative.
                let rest = Expr::call(Function::Add, vec![rest, step()])?;
                let rest = Expr::call(Function::Modulo, vec![rest, step()])?;
                let from = Expr::call(Function::Subtract, vec![value, rest])?;
                let to = Expr::call(Function::Add, vec![from.clone(), number(whole(self.step) - 1)])?;
                joined([from.cast(Type::Text)?, written(" to "), to.cast(Type::Text)?])
            }
            kind => {
                let message = format!("{:?} is {kind}, which has nothing coarser.", column.name);
                let problem = Problem::new(message).at(format!("columns[{at}].method"));
                Err(problem.try_this("Redact it, or convert it to Text, a number or Date first."))
            }
        }
    }

    fn shifted(&self, column: &Column, by: Option<&Column>, secret: &Expr, at: usize) -> Result<Expr, Problem> {
        let Some(by) = by else { return Err(Problem::new("Choose a column.").at(format!("columns[{at}].by"))) };
        if !matches!(column.kind, Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Null) {
            let message = format!("{:?} is {}, no date.", column.name, column.kind);
            let problem = Problem::new(message).at(format!("columns[{at}].column"));
            return Err(problem.try_this("Convert it to Date first."));
        }
        if column.kind == Type::Null {
            return Ok(Expr::null(Type::Null));
        }
        let text = Expr::column(by).cast(Type::Text).map_err(|problem| problem.at(format!("columns[{at}].by")))?;
        let text = Expr::call(Function::Coalesce, vec![text, written("")])?;
        let drawn = Expr::call(Function::HmacNumber, vec![text, secret.clone()])?;
        let days = whole(self.days);
        let within = Expr::call(Function::Modulo, vec![drawn, number(2 * days)])?;
        let from_zero = Expr::call(Function::Subtract, vec![within, number(days)])?;
        // Zero is left out: a date that stays where it is is not hidden.
        let is_back = Expr::call(Function::Lt, vec![from_zero.clone(), number(0)])?;
        let forward = Expr::call(Function::Add, vec![from_zero.clone(), number(1)])?;
        let days = either(is_back, from_zero, forward);
        let moved = match column.kind {
            Type::Date => days,
            _ => Expr::call(Function::Multiply, vec![Expr::literal(DAY), days])?,
        };
        Expr::call(Function::Add, vec![Expr::column(column), moved])
    }

    /// What is wrong, and with which field.
    fn check(&self) -> Result<(), (Problem, &'static str)> {
        let wrong = |message: &str, field: &'static str| Err((Problem::new(message), field));
        let most = whole(u64::MAX);
        match self.method {
            Method::Mask if whole(self.keep_first) >= most => wrong("No text is so long.", "keep_first"),
            Method::Mask if whole(self.keep_last) >= most => wrong("No text is so long.", "keep_last"),
            Method::Pseudonym if !(8..=DIGITS).contains(&self.digits) => {
                wrong("A pseudonym has from 8 to 64 digits.", "digits")
            }
            Method::Generalise if self.step == 0 || whole(self.step) >= most => {
                wrong("Ranges are at least 1 wide, and at most a quadrillion.", "step")
            }
            Method::ShiftDates if self.by.0.is_empty() => wrong("Choose the column that tells whose date it is.", "by"),
            Method::ShiftDates if !(1..=DAYS).contains(&self.days) => {
                wrong("Dates move by at least 1 and at most 36,525 days.", "days")
            }
            _ => Ok(()),
        }
    }
}

/// A count as a number, no larger than any that makes sense.
fn whole(count: u64) -> i64 {
    const MOST: i64 = 1_000_000_000_000_000;
    i64::try_from(count).unwrap_or(MOST).min(MOST)
}

fn written(text: &str) -> Expr {
    Expr::literal(Value::text(text))
}

fn number(number: i64) -> Expr {
    Expr::literal(Value::Integer(number))
}

fn joined(texts: [Expr; 3]) -> Result<Expr, Problem> {
    let [first, second, third] = texts;
    let start = Expr::call(Function::Concat, vec![first, second])?;
    Expr::call(Function::Concat, vec![start, third])
}

fn either(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let kind = then.kind.clone();
    Expr { kind, node: formula::Node::Case { branches: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) } }
}

/// Stars in the place of all characters, or of letters and digits only.
fn hide(text: Expr, keep_signs: bool) -> Result<Expr, Problem> {
    let hidden = if keep_signs { r"[\p{Alphabetic}\p{M}\p{N}]" } else { r".|\n" };
    Expr::call(Function::RegexpReplace, vec![text, written(hidden), written("*"), written("g")])
}

fn masked_mail(text: Expr) -> Result<Expr, Problem> {
    let name = Expr::call(Function::SplitPart, vec![text.clone(), written("@"), number(1)])?;
    let first = Expr::call(Function::Left, vec![name.clone(), number(1)])?;
    let rest = Expr::call(Function::Substring, vec![name, number(2)])?;
    let place = Expr::call(Function::RegexpReplace, vec![text.clone(), written("^[^@]*"), written(""), written("")])?;
    let has_place = Expr::call(Function::Contains, vec![text.clone(), written("@")])?;
    Ok(either(has_place, joined([first, hide(rest, false)?, place])?, hide(text, false)?))
}
