use super::prelude::*;
use crate::formula::{Expr, Formula, Function, Node as Tree};
use crate::nodes::listed;
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::{Column, Type};
use crate::value::Value;

/// Sends each row to one of several outputs: to that of the first case that fits.
///
/// Rows that fit the first case come out of the main output, those of the second out of `case_2`, and so on up to `case_12`. Rows that fit
/// none come out of `else`, also those where a condition is null. No row is lost, and none comes out twice: put narrow cases before wide
/// ones. Wires belong to the place of a case, so look at them after moving one.
#[params]
pub struct Switch {
    /// What decides.
    pub by: By,
    /// The conditions, tried from first to last.
    #[param(when = self.by == By::Condition)]
    pub cases: Vec<Case>,
    /// The column whose value decides.
    #[param(when = self.by == By::Value)]
    pub column: ColumnName,
    /// The values of each case.
    #[param(when = self.by == By::Value)]
    pub values: Vec<Values>,
    /// What to do with a row in which a condition can't be computed. Null: the condition counts as not true, and the next is tried.
    #[param(when = self.by == By::Condition)]
    pub on_error: OnError,
}

#[params]
pub enum By {
    /// A condition for each case.
    #[default]
    Condition,
    /// The value of a column.
    Value,
}

#[params]
pub struct Case {
    /// A formula that is true or false, such as `axles > 2`.
    pub condition: Formula,
}

#[params]
pub struct Values {
    /// The values that belong to this case.
    pub one_of: Vec<String>,
}

/// More cases than this are hard to wire. One output more is `else`, and one `rejected`.
const MOST: usize = 12;

impl Node for Switch {
    const CARD: Card = Card {
        title: "Switch",
        group: Group::Rows,
        icon: "switch",
        inputs: Inputs::One,
        outputs: outputs(1),
        law: Law::Split,
        words: "case route router split conditional split rows by value branch several outputs rule-based row splitter case when \
                RouteOnAttribute Switch / Case tMap",
    };

    fn card(&self) -> Card {
        Card { outputs: outputs(self.len()), ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let rows = inputs[0];
        let columns = draft.schema(rows).clone();
        let conditions = match self.by {
            By::Condition => self.conditions(draft, rows)?,
            By::Value => self.comparisons(draft.column(rows, &self.column, "column")?)?,
        };
        let cases = conditions.len();
        let (told, rejected) = draft.derive(rows, tried_in_turn(conditions)?, self.on_error)?;
        let place = Column::new(place(cases), Type::Integer);
        let mut outputs = Vec::new();
        for case in (1..=cases).chain([0]) {
            let number = Expr::literal(Value::Integer(case as i64));
            let fits = match case {
                // The place is null where the last condition could not be computed and that counts as not true.
                0 => Expr::call(Function::Coalesce, vec![Expr::column(&place), number.clone()])?,
                _ => Expr::column(&place),
            };
            let own = draft.filter(told, Expr::call(Function::Eq, vec![fits, number])?)?;
            outputs.push(draft.select(own, columns.names().map(Pick::same).collect())?);
        }
        let rejected = if self.by == By::Value { draft.nothing(reject_schema(&columns)) } else { rejected };
        outputs.push(rejected);
        Ok(outputs)
    }

    fn check(&self) -> Result<(), Problem> {
        let lines = if self.by == By::Value { "values" } else { "cases" };
        if self.len() == 0 {
            return Err(Problem::new("There is no case.").at(lines).try_this("Add one; each has an output of its own."));
        }
        if self.len() > MOST {
            return Err(Problem::new(format!("There are {} cases, and a node has outputs for {MOST}.", self.len()))
                .at(lines)
                .try_this("Send the rest on to another Switch from the output `else`."));
        }
        if self.by == By::Value { self.check_values() } else { Ok(()) }
    }

    fn sentence(&self) -> String {
        let cases: Vec<String> = match self.by {
            By::Condition => self.cases.iter().map(|case| case.condition.0.trim().to_owned()).collect(),
            By::Value => self.values.iter().map(|case| case.one_of.join(" or ")).collect(),
        };
        let cases: Vec<String> = cases.into_iter().filter(|case| !case.is_empty()).collect();
        match self.by {
            _ if cases.is_empty() => "Say which rows go to which output".to_owned(),
            By::Value if self.column.0.is_empty() => "Choose the column that decides where rows go".to_owned(),
            By::Condition => sentence::short(format!("Split rows: {}, else", cases.join(", "))),
            By::Value => sentence::short(format!("Split rows by {}: {}, else", self.column.0, cases.join(", "))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let case = |condition: &str| Case { condition: condition.into() };
        let values = |one_of: &[&str]| Values { one_of: one_of.iter().map(|value| (*value).to_owned()).collect() };
        vec![
            Example::new("Orders by size: large, middling, and the rest", Self {
                cases: vec![case("amount >= 1000"), case("amount >= 100")],
                ..Self::default()
            })
            .given("id, amount: Integer\n a, 20\n b, 5000\n c, 100\n d, \n e, 1000")
            .gives("id, amount: Integer\n b, 5000\n e, 1000")
            .gives_at("case_2", "id, amount: Integer\n c, 100")
            .gives_at("else", "id, amount: Integer\n a, 20\n d, ")
            .gives_at("rejected", "id, amount: Integer, error_column, error_value, error_reason"),
            Example::new("By the value of a column", Self {
                by: By::Value,
                column: "country".into(),
                values: vec![values(&["DE", "AT"]), values(&["FR"])],
                ..Self::default()
            })
            .given("id: Integer, country\n 1, DE\n 2, FR\n 3, PL\n 4, \n 5, AT")
            .gives("id: Integer, country\n 1, DE\n 5, AT")
            .gives_at("case_2", "id: Integer, country\n 2, FR")
            .gives_at("else", "id: Integer, country\n 3, PL\n 4, "),
            Example::new("A condition that can't be computed for every row", Self {
                cases: vec![case("100 / people > 20"), case("100 / (people - 2) > 10"), case("people > 9")],
                ..Self::default()
            })
            .given("room, people: Integer\n a, 4\n b, 0\n c, 10\n d, 2\n e, 8\n f, 20")
            .gives("room, people: Integer\n a, 4\n d, 2")
            .gives_at("case_2", "room, people: Integer\n c, 10\n e, 8")
            .gives_at("case_3", "room, people: Integer\n f, 20")
            .gives_at("else", "room, people: Integer")
            .gives_at(
                "rejected",
                "room, people: Integer, error_column, error_value, error_reason\n b, 0, case 1, 0, division by zero",
            ),
            Example::new("A condition that can't be computed counts as not true", Self {
                cases: vec![case("100 / people > 20"), case("people = 0"), case("100 / (people - 10) > 1")],
                on_error: OnError::Null,
                ..Self::default()
            })
            .given("room, people: Integer\n a, 4\n b, 0\n c, 10")
            .gives("room, people: Integer\n a, 4")
            .gives_at("case_2", "room, people: Integer\n b, 0")
            .gives_at("case_3", "room, people: Integer")
            .gives_at("else", "room, people: Integer\n c, 10"),
        ]
    }
}

impl Switch {
    /// How many cases there are.
    fn len(&self) -> usize {
        match self.by {
            By::Condition => self.cases.len(),
            By::Value => self.values.len(),
        }
    }

    fn conditions(&self, draft: &Draft, rows: Rows) -> Result<Vec<Expr>, Problem> {
        let mut conditions = Vec::new();
        for (at, case) in self.cases.iter().enumerate() {
            let parameter = format!("cases[{at}].condition");
            let condition = draft.compile(&case.condition, draft.schema(rows), &parameter)?;
            if !matches!(condition.kind, Type::Boolean | Type::Null) {
                return Err(Problem::new(format!("The condition is {}, not true or false.", condition.kind))
                    .at(parameter)
                    .try_this("Compare it with something, as in `axles > 2`."));
            }
            conditions.push(condition);
        }
        Ok(conditions)
    }

    /// For each case, whether the column has one of its values.
    fn comparisons(&self, column: &Column) -> Result<Vec<Expr>, Problem> {
        let mut conditions = Vec::new();
        for (at, case) in self.values.iter().enumerate() {
            conditions.push(listed::is_one_of(column, &case.one_of, &format!("values[{at}].one_of"))?);
        }
        Ok(conditions)
    }

    fn check_values(&self) -> Result<(), Problem> {
        let mut seen: Vec<&String> = Vec::new();
        for (at, case) in self.values.iter().enumerate() {
            if case.one_of.is_empty() {
                return Err(Problem::new("The case has no values.").at(format!("values[{at}].one_of")).try_this("Add one."));
            }
            for (number, value) in case.one_of.iter().enumerate() {
                if seen.contains(&value) {
                    return Err(Problem::new(format!("The value {value:?} belongs to an earlier case already."))
                        .at(format!("values[{at}].one_of[{number}]")));
                }
                seen.push(value);
            }
        }
        Ok(())
    }
}

/// The outputs of a node with so many cases.
const fn outputs(cases: usize) -> &'static [&'static str] {
    const NAMED: [&str; MOST] = [
        "", "case_2", "case_3", "case_4", "case_5", "case_6", "case_7", "case_8", "case_9", "case_10", "case_11", "case_12",
    ];
    /// The names of `N` outputs: of the cases, and of what is left.
    const fn table<const N: usize>() -> [&'static str; N] {
        let mut names = [""; N];
        let mut at = 0;
        while at + 2 < N {
            names[at] = NAMED[at];
            at += 1;
        }
        names[N - 2] = "else";
        names[N - 1] = "rejected";
        names
    }
    match cases {
        0 | 1 => const { &table::<3>() },
        2 => const { &table::<4>() },
        3 => const { &table::<5>() },
        4 => const { &table::<6>() },
        5 => const { &table::<7>() },
        6 => const { &table::<8>() },
        7 => const { &table::<9>() },
        8 => const { &table::<10>() },
        9 => const { &table::<11>() },
        10 => const { &table::<12>() },
        11 => const { &table::<13>() },
        _ => const { &table::<14>() },
    }
}

/// The hidden column that says which case a row fits after so many conditions; 0 for none.
fn place(conditions: usize) -> String {
    format!("\u{1}case {conditions}")
}

/// A column for each condition: the number of the first case that fits so far. Where one fits, later conditions are not looked at.
fn tried_in_turn(conditions: Vec<Expr>) -> Result<Vec<Computed>, Problem> {
    let number = |number: usize| Expr::literal(Value::Integer(number as i64));
    let mut columns: Vec<Computed> = Vec::new();
    for (at, condition) in conditions.into_iter().enumerate() {
        let mut branches = Vec::new();
        if at > 0 {
            let earlier = Expr::column(&Column::new(place(at), Type::Integer));
            branches.push((Expr::call(Function::Gt, vec![earlier.clone(), number(0)])?, earlier));
        }
        branches.push((condition.cast(Type::Boolean)?, number(at + 1)));
        let tree = Tree::Case { branches, otherwise: Some(Box::new(number(0))) };
        let formula = Expr { kind: Type::Integer, node: tree };
        columns.push(Computed { name: place(at + 1), formula, shown: format!("case {}", at + 1) });
    }
    Ok(columns)
}
