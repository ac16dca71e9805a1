mod results;
mod rule;

use super::prelude::*;
use crate::formula::{Expr, Formula, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::{Column, Type};
use rule::{Test, any, case, not, text};

/// Checks what is expected of the data, and says which rules do not hold.
///
/// Rows that break a rule come out of `rejected` with the rule and the value, go on with a warning, or make the run fail, as the severity of
/// the rule says. `results` has a row for each rule: how many rows break it, and the first of them. Only Not null looks at values
/// that are missing; they break no other rule. Checking that rows are unique holds all of them in memory.
#[params]
pub struct Expectations {
    /// What must hold.
    pub rules: Vec<Rule>,
}

#[params]
pub struct Rule {
    /// What is expected.
    #[param(always)]
    pub kind: RuleKind,
    /// The columns. A row breaks the rule if one of them does; Unique and Exists look at them together.
    #[param(when = self.kind.is_of_columns())]
    pub columns: Vec<ColumnName>,
    /// The values that are allowed.
    #[param(when = self.kind == RuleKind::OneOf)]
    pub values: Vec<String>,
    /// The number that is computed of all rows.
    #[param(when = self.kind == RuleKind::Aggregate)]
    pub function: AggregateFunction,
    /// The column it is computed from. A count of rows needs none.
    #[param(when = self.kind == RuleKind::Aggregate && self.function != AggregateFunction::Count)]
    pub column: ColumnName,
    /// The smallest value allowed, such as `0` or `2024-05-01`; a formula, such as `:lowest` or the name of another column, does too. Left
    /// open, there is none.
    #[param(when = self.kind.has_bounds())]
    pub min: Option<String>,
    /// The largest value allowed.
    #[param(when = self.kind.has_bounds())]
    pub max: Option<String>,
    /// Whether the smallest and the largest value themselves are not allowed.
    #[param(when = self.kind.has_bounds())]
    pub exclusive: bool,
    /// The regular expression that a part of the text must match; `^` is its beginning and `$` its end.
    #[param(when = self.kind == RuleKind::Matches)]
    pub pattern: String,
    /// The type that the text can be read as.
    #[param(when = self.kind == RuleKind::ReadsAs)]
    pub to: Type,
    /// The columns of the second input in which the values must be found, one for each column.
    #[param(port = 1, when = self.kind == RuleKind::Exists)]
    pub among: Vec<ColumnName>,
    /// A formula that is true or false, such as `ends_on >= begins_on`. Rows for which it is false break the rule.
    #[param(when = self.kind == RuleKind::Formula)]
    pub condition: Formula,
    /// What happens if it does not hold.
    pub severity: Severity,
    /// How many percent of the rows may break the rule before it counts as not met.
    #[param(when = self.kind != RuleKind::Aggregate)]
    pub tolerance: f64,
    /// What the rule is called in results and messages. Left empty, it is called what it says.
    pub name: String,
}

#[params]
pub enum RuleKind {
    /// No value is missing.
    #[default]
    NotNull,
    /// No two rows have the same values. All rows that have a twin break it.
    Unique,
    /// The value is one of a list.
    OneOf,
    /// The value lies between two others.
    Range,
    /// The text matches a regular expression.
    Matches,
    /// The text has so many characters.
    Length,
    /// The text can be read as a number, a date, and so on. A blank text counts as missing.
    ReadsAs,
    /// The values are found in a second input.
    Exists,
    /// The number of rows, or a sum, a mean and the like of a column, lies between two numbers.
    Aggregate,
    /// A formula is true.
    Formula,
}

#[params]
pub enum Severity {
    /// Rows that break it come out of `rejected`.
    #[default]
    Reject,
    /// The rows go on, and the run reports it.
    Warn,
    /// The run fails, and leaves all its outputs as they were.
    Fail,
}

impl Node for Expectations {
    const CARD: Card = Card {
        title: "Expectations",
        group: Group::Rows,
        icon: "expectations",
        inputs: Inputs::One,
        outputs: &["", "results", "rejected"],
        law: Law::RowByRow,
        words: "validate validation check test assert data quality rules constraints expect not null unique referential integrity \
                Great Expectations dbt tests DQDL Test Table Validator tSchemaComplianceCheck Validate",
    };

    fn card(&self) -> Card {
        let looks_up = self.rules.iter().any(|rule| rule.kind == RuleKind::Exists);
        let inputs = if looks_up { Inputs::Named(&["in", "allowed"]) } else { Inputs::One };
        Card { inputs, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let own = || columns.names().map(Pick::same).collect::<Vec<_>>();
        let mut rows = inputs[0];
        let mut tests = Vec::new();
        for (at, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.kind != RuleKind::Aggregate) {
            tests.push(rule::test(draft, inputs, &mut rows, rule, at)?);
        }
        let marks = tests.iter().map(|test| Ok(Computed::new(mark(test.at), is_true(test.broken.clone())?)));
        let marks = marks.collect::<Result<_, Problem>>()?;
        let checked = draft.add(Op::Derive { columns: marks, failures: false }, &[rows])?;
        let results = self.results(draft, checked, &tests)?;
        self.tell(draft, results)?;
        let rejecting: Vec<&Test> =
            tests.iter().filter(|test| self.rules[test.at].severity == Severity::Reject).collect();
        if rejecting.is_empty() {
            return Ok(vec![inputs[0], results, draft.nothing(reject_schema(&columns))]);
        }
        let is_bad = any(rejecting.iter().map(|test| broken(test.at)).collect())?;
        let good = draft.filter(checked, not(is_bad.clone())?)?;
        let good = draft.select(good, own())?;
        let bad = draft.filter(checked, is_bad)?;
        let names = reject_schema(&columns).0.split_off(columns.0.len()).into_iter().map(|column| column.name);
        let told = names.zip(self.told(&rejecting)?).map(|(name, words)| Computed::new(name, words)).collect();
        let bad = draft.add(Op::Derive { columns: told, failures: false }, &[bad])?;
        let all = reject_schema(&columns);
        let rejected = draft.select(bad, all.names().map(Pick::same).collect())?;
        Ok(vec![good, results, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.rules.is_empty() {
            return Err(Problem::new("Nothing is expected.").at("rules").try_this("Add a rule."));
        }
        for (at, rule) in self.rules.iter().enumerate() {
            rule.check().map_err(|(field, problem)| problem.at(format!("rules[{at}].{field}")))?;
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        match self.rules.as_slice() {
            [] => "Say what is expected of the rows".to_owned(),
            rules => {
                let titles: Vec<String> = rules.iter().map(Rule::title).collect();
                sentence::short(format!("Check that {}", sentence::list(&titles)))
            }
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let rule = |kind, columns: &[&str]| Rule {
            kind,
            columns: columns.iter().map(|name| (*name).into()).collect(),
            ..Rule::default()
        };
        let range = Rule { min: Some("0".into()), max: Some("100".into()), ..rule(RuleKind::Range, &["percent"]) };
        vec![
            Example::new("Rows that are not as they should be", Self {
                rules: vec![
                    rule(RuleKind::NotNull, &["id"]),
                    Rule { name: "share".into(), ..range.clone() },
                    Rule { severity: Severity::Warn, ..rule(RuleKind::Unique, &["id"]) },
                ],
            })
            .given("id, percent: Integer\n a, 10\n b, 120\n , 5\n a, -1\n c, ")
            .gives("id, percent: Integer\n a, 10\n c, ")
            .gives_at(
                "rejected",
                "id, percent: Integer, error_column, error_value, error_reason
                 b, 120, percent, 120, share: expected percent is between 0 and 100
                 , 5, id, , expected id is not null
                 a, -1, percent, -1, share: expected percent is between 0 and 100",
            )
            .gives_at(
                "results",
                "rule, severity, rows: Integer, broken: Integer, percent: Float, passed: Boolean, example
                 id is not null, reject, 5, 1, 20.0, false, id = null
                 share, reject, 5, 2, 40.0, false, percent = 120
                 id is unique, warn, 5, 2, 40.0, false, id = a",
            ),
            Example::new("Customers that are known, and enough orders", Self {
                rules: vec![
                    Rule { among: vec!["id".into()], ..rule(RuleKind::Exists, &["customer"]) },
                    Rule {
                        kind: RuleKind::Aggregate,
                        min: Some("2".into()),
                        severity: Severity::Fail,
                        ..Rule::default()
                    },
                    Rule {
                        kind: RuleKind::Aggregate,
                        function: AggregateFunction::Sum,
                        column: "amount".into(),
                        max: Some("99.5".into()),
                        severity: Severity::Warn,
                        ..Rule::default()
                    },
                ],
            })
            .given("customer: Integer, amount: Integer\n 1, 50\n 3, 20\n , 30")
            .given("id: Float, name\n 1, Ada\n 2, Bob\n 1, Eve")
            .gives("customer: Integer, amount: Integer\n 1, 50\n , 30")
            .gives_at(
                "rejected",
                "customer: Integer, amount: Integer, error_column, error_value, error_reason
                 3, 20, customer, 3, expected customer is found in id",
            )
            .gives_at(
                "results",
                "rule, severity, rows: Integer, broken: Integer, percent: Float, passed: Boolean, example
                 customer is found in id, reject, 3, 1, 33.333333333333336, false, customer = 3
                 the number of rows is at least 2, fail, 3, , , true, 3
                 the sum of amount is at most 99.5, warn, 3, , , false, 100",
            ),
            Example::new("Text, and a formula that can't be computed for every row", Self {
                rules: vec![
                    Rule { pattern: "^[A-Z]+-".into(), ..rule(RuleKind::Matches, &["code"]) },
                    Rule { max: Some("6".into()), ..rule(RuleKind::Length, &["code", "day"]) },
                    Rule { to: Type::Date, severity: Severity::Warn, tolerance: 50.0, ..rule(RuleKind::ReadsAs, &["day"]) },
                    Rule { condition: "60 / pieces < 10".into(), ..rule(RuleKind::Formula, &[]) },
                    Rule { values: vec!["10".into(), "20".into(), "0".into()], ..rule(RuleKind::OneOf, &["pieces"]) },
                ],
            })
            .given("code, day, pieces: Integer\n AB-1, , 10\n ab-1, , 20\n AB-12345, 2024-05-01, 10\n AB-2, today, 0\n AB-3, , 7")
            .gives("code, day, pieces: Integer\n AB-1, , 10")
            .gives_at(
                "rejected",
                "code, day, pieces: Integer, error_column, error_value, error_reason
                 ab-1, , 20, code, ab-1, \"expected code matches ^[A-Z]+-\"
                 AB-12345, 2024-05-01, 10, code, AB-12345, expected code and day have a length at most 6
                 AB-2, today, 0, pieces, 0, division by zero
                 AB-3, , 7, pieces, 7, \"expected pieces is one of 10, 20 and 0\"",
            )
            .gives_at(
                "results",
                "rule, severity, rows: Integer, broken: Integer, percent: Float, passed: Boolean, example
                 \"code matches ^[A-Z]+-\", reject, 5, 1, 20.0, false, code = ab-1
                 code and day have a length at most 6, reject, 5, 1, 20.0, false, code = AB-12345
                 day can be read as Date, warn, 5, 1, 20.0, true, day = today
                 60 / pieces < 10, reject, 5, 1, 20.0, false, \"pieces = 0: division by zero\"
                 \"pieces is one of 10, 20 and 0\", reject, 5, 1, 20.0, false, pieces = 7",
            ),
        ]
    }
}

impl Expectations {
    /// Column, value and reason of the first rule that a rejected row breaks.
    fn told(&self, rejecting: &[&Test]) -> Result<[Expr; 3], Problem> {
        let first = |what: &dyn Fn(&Test) -> Result<Expr, Problem>| {
            let branches = rejecting.iter().map(|test| Ok((broken(test.at), what(test)?)));
            Ok::<_, Problem>(case(branches.collect::<Result<_, Problem>>()?, None, Type::Text))
        };
        Ok([
            first(&|test| Ok(test.column.clone()))?,
            first(&|test| Ok(test.value.clone()))?,
            first(&|test| self.rules[test.at].reason(test))?,
        ])
    }
}

impl RuleKind {
    fn is_of_columns(self) -> bool {
        !matches!(self, Self::Aggregate | Self::Formula)
    }

    fn has_bounds(self) -> bool {
        matches!(self, Self::Range | Self::Length | Self::Aggregate)
    }
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Rule {
    fn title(&self) -> String {
        match self.name.trim() {
            "" => self.words(),
            name => name.to_owned(),
        }
    }

    /// `expected amount is at least 0`, after the name if it has one.
    fn reason(&self, test: &Test) -> Result<Expr, Problem> {
        let name = Some(self.name.trim()).filter(|name| !name.is_empty());
        let before = name.map(|name| format!("{name}: ")).unwrap_or_default();
        let expected = text(&format!("{before}expected {}", self.words()));
        let Some(why) = &test.why else { return Ok(expected) };
        let failed = Expr::call(Function::Concat, vec![text(&before), why.clone()])?;
        Expr::call(Function::Coalesce, vec![failed, expected])
    }

    /// What is wrong with it, and in which field.
    fn check(&self) -> Result<(), (&'static str, Problem)> {
        if self.kind.is_of_columns() && self.columns.is_empty() {
            return Err(("columns", Problem::new("Choose a column.")));
        }
        if self.kind == RuleKind::Aggregate && self.function != AggregateFunction::Count && self.column.0.is_empty() {
            return Err(("column", Problem::new("Choose a column.")));
        }
        if self.kind == RuleKind::OneOf && self.values.is_empty() {
            return Err(("values", Problem::new("No value is allowed.").try_this("Add the values that are.")));
        }
        if self.kind.has_bounds() && self.min.is_none() && self.max.is_none() {
            return Err(("min", Problem::new("There is no bound.").try_this("Set min, max or both.")));
        }
        if self.kind == RuleKind::Matches && self.pattern.is_empty() {
            return Err(("pattern", Problem::new("There is no pattern.").try_this("Write one, such as `^[0-9]+$`.")));
        }
        if self.kind == RuleKind::Exists && self.among.len() != self.columns.len() {
            let (ours, theirs) = (self.columns.len(), self.among.len());
            let problem = Problem::new(format!("{ours} columns can't be looked up in {theirs}."));
            return Err(("among", problem.try_this("Choose a column of the second input for each.")));
        }
        if self.kind == RuleKind::Aggregate && self.severity == Severity::Reject {
            let problem = Problem::new("This rule is about all rows, of which none can be rejected.");
            return Err(("severity", problem.try_this("Choose Warn or Fail.")));
        }
        if self.kind != RuleKind::Aggregate && !(0.0..=100.0).contains(&self.tolerance) {
            return Err(("tolerance", Problem::new(format!("{} is no percentage.", self.tolerance)).try_this("Write 0 to 100.")));
        }
        Ok(())
    }
}

/// The hidden column that says whether a row breaks a rule.
fn mark(at: usize) -> String {
    format!("\u{1}broken {at}")
}

fn broken(at: usize) -> Expr {
    Expr::column(&Column::new(mark(at), Type::Boolean))
}

fn is_true(expr: Expr) -> Result<Expr, Problem> {
    Expr::call(Function::IsTrue, vec![expr])
}
