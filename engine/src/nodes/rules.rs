use super::prelude::*;
use crate::formula::{self, Expr, Formula};
use crate::plan::Computed;
use crate::types::{Schema, Type};

/// Gives a column the value of the first rule whose condition is true.
///
/// Rules are tried from top to bottom. A row for which none is true gets the value of `otherwise`, or null. Conditions and values are
/// formulas: text stands in single quotes, as in `'high'`, and `error('no such code')` rejects the row with that reason.
#[params]
pub struct Rules {
    /// The column that is made or replaced.
    pub column: NewColumn,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// The value where no rule holds, such as `'other'`. Left open, it is null.
    pub otherwise: Option<Formula>,
    /// The type of the column. Left open, the one that all values have in common.
    pub kind: Option<Type>,
    /// What to do with a row in which a rule can't be computed.
    pub on_error: OnError,
}

#[params]
pub struct Rule {
    /// When the rule holds, such as `amount > 100`.
    pub condition: Formula,
    /// The value it gives, such as `'large'` or `amount * 0.9`.
    pub then: Formula,
}

impl Node for Rules {
    const CARD: Card = Card {
        title: "Rules",
        group: Group::Columns,
        icon: "rules",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "rule engine conditional column case when if then else elseif switch decision table np.select np.where case_when tMap nested if",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            conditions.push(condition(draft, &rule.condition, &columns, &format!("rules[{at}].condition"))?);
            let parameter = format!("rules[{at}].then");
            values.push((value(draft, &rule.then, &columns, &parameter)?, parameter));
        }
        if let Some(otherwise) = &self.otherwise {
            let parameter = "otherwise".to_owned();
            values.push((value(draft, otherwise, &columns, &parameter)?, parameter));
        }
        let kind = self.kind_of(&values)?;
        let mut results = Vec::new();
        for (value, parameter) in values {
            results.push(value.cast(kind.clone()).map_err(|problem| problem.at(parameter))?);
        }
        let otherwise = self.otherwise.as_ref().and_then(|_| results.pop()).map(Box::new);
        let branches = conditions.into_iter().zip(results).collect();
        let formula = Expr { kind, node: formula::Node::Case { branches, otherwise } };
        let (done, rejected) = draft.derive(inputs[0], vec![Computed::new(&self.column.0, formula)], self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.column.0.is_empty() {
            let problem = Problem::new("Give the column a name.").at("column");
            return Err(problem.try_this("A new name makes a new column, and that of a column replaces it."));
        }
        if self.rules.is_empty() {
            return Err(Problem::new("There is no rule.").at("rules").try_this("Add one."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let column = if self.column.0.is_empty() { "a column" } else { &self.column.0 };
        sentence::short(match self.rules.as_slice() {
            [] => format!("Choose the value of {column} by rules"),
            [only] => format!("{column} = {} where {}", only.then.0, only.condition.0),
            rules => format!("{column} by {}", sentence::count(rules.len() as u64, "rule")),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let rule = |condition: &str, then: &str| Rule { condition: condition.into(), then: then.into() };
        vec![
            Example::new("Sizes of orders", Self {
                column: "size".into(),
                rules: vec![rule("amount >= 100", "'large'"), rule("amount >= 10", "'medium'")],
                otherwise: Some("'small'".into()),
                ..Self::default()
            })
            .given("order, amount: Float\n a, 250.0\n b, 10.0\n c, 9.5\n d, ")
            .gives("order, amount: Float, size\n a, 250.0, large\n b, 10.0, medium\n c, 9.5, small\n d, , small"),
            Example::new("A column replaced, and codes that no rule knows rejected", Self {
                column: "rate".into(),
                rules: vec![rule("country = 'DE'", "19"), rule("country = 'CH'", "8.1"), rule("rate > 0", "rate")],
                otherwise: Some("error('no rate for this country')".into()),
                ..Self::default()
            })
            .given("country, rate: Integer\n DE, \n CH, 5\n AT, 20\n XX, ")
            .gives("country, rate: Decimal(20, 1)\n DE, 19.0\n CH, 8.1\n AT, 20.0")
            .gives_at(
                "rejected",
                "country, rate: Integer, error_column, error_value, error_reason\n XX, , rate, , no rate for this country",
            ),
        ]
    }
}

impl Rules {
    /// The type that all values can become.
    fn kind_of(&self, values: &[(Expr, String)]) -> Result<Type, Problem> {
        if let Some(kind) = &self.kind {
            return Ok(kind.clone());
        }
        let mut common = Type::Null;
        for (value, parameter) in values {
            common = common.common(&value.kind).ok_or_else(|| {
                Problem::new(format!("This value is {}, and those before it are {common}.", value.kind))
                    .at(parameter)
                    .try_this("Give them one type, or choose the type of the column.")
            })?;
        }
        Ok(if common == Type::Null { Type::Text } else { common })
    }
}

fn condition(draft: &Draft, formula: &Formula, columns: &Schema, parameter: &str) -> Result<Expr, Problem> {
    let condition = draft.compile(formula, columns, parameter)?;
    if matches!(condition.kind, Type::Boolean | Type::Null) {
        return condition.cast(Type::Boolean).map_err(|problem| problem.at(parameter));
    }
    Err(Problem::new(format!("The condition is {}, not true or false.", condition.kind))
        .at(parameter)
        .try_this("Compare it with something, as in `amount > 100`."))
}

/// The value of a rule. A word alone that is no column is likely to be meant as text.
fn value(draft: &Draft, formula: &Formula, columns: &Schema, parameter: &str) -> Result<Expr, Problem> {
    let text = formula.0.trim();
    draft.compile(formula, columns, parameter).map_err(|problem| {
        let is_word = text.chars().all(|c| c.is_alphanumeric() || " _-".contains(c));
        if text.is_empty() || !is_word || problem.replacement.is_some() {
            return problem;
        }
        let quoted = format!("'{text}'");
        problem.try_this(format!("If it is text, write it in single quotes: {quoted}."))
    })
}
