//! One rule: what it is called, and how it is told of a row that it is broken.

use super::{Rule, RuleKind};
use crate::formula::{Expr, Formula, Function, Node as Tree};
use crate::nodes::{AggregateFunction, listed, sentence};
use crate::params::ColumnName;
use crate::plan::{self, Computed, Draft, JoinKind, Op, Over, Pick, Rows, WindowColumn};
use crate::problem::{Cause, Problem};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// A rule that holds of each row alone, over rows that have all the columns it needs.
pub(super) struct Test {
    /// Where the rule stands among all.
    pub(super) at: usize,
    /// Whether the row breaks it: true, false or null.
    pub(super) broken: Expr,
    /// What is to blame: a column's name, and its value as text.
    pub(super) column: Expr,
    pub(super) value: Expr,
    /// Why it is broken, where that is not what the rule says.
    pub(super) why: Option<Expr>,
}

/// Adds to the rows what the rule needs to be told, and says how it is told.
pub(super) fn test(draft: &mut Draft, inputs: &[Rows], rows: &mut Rows, rule: &Rule, at: usize) -> Result<Test, Problem> {
    let columns = draft.schema(inputs[0]).clone();
    match rule.kind {
        RuleKind::Unique => unique(draft, rows, rule, at, &columns),
        RuleKind::Exists => exists(draft, inputs, rows, rule, at, &columns),
        RuleKind::Formula => own_formula(draft, rows, rule, at, &columns),
        _ => each_column(draft, rule, at, &columns),
    }
}

/// Whether one of the columns breaks the rule. The first that does is to blame.
fn each_column(draft: &Draft, rule: &Rule, at: usize, columns: &Schema) -> Result<Test, Problem> {
    let mut tests: Vec<(&Column, Expr)> = Vec::new();
    for (number, name) in rule.columns.iter().enumerate() {
        let Some(column) = columns.column(&name.0) else { continue };
        let broken = of_column(draft, rule, at, columns, column);
        tests.push((column, broken.map_err(|problem| problem.at(format!("rules[{at}].columns[{number}]")))?));
    }
    let to_blame = |what: &dyn Fn(&Column) -> Result<Expr, Problem>| {
        let branches = tests.iter().map(|(column, broken)| Ok((broken.clone(), what(column)?)));
        Ok::<_, Problem>(case(branches.collect::<Result<_, Problem>>()?, None, Type::Text))
    };
    let column = to_blame(&|column| Ok(text(&column.name)))?;
    let value = to_blame(&|column| Ok(shown(column)))?;
    let broken = any(tests.into_iter().map(|(_, broken)| broken).collect())?;
    Ok(Test { at, broken, column, value, why: None })
}

fn of_column(draft: &Draft, rule: &Rule, at: usize, columns: &Schema, column: &Column) -> Result<Expr, Problem> {
    let value = Expr::column(column);
    let parameter = |name: &str| format!("rules[{at}].{name}");
    if rule.kind == RuleKind::NotNull {
        return Expr::call(Function::IsNull, vec![value]);
    }
    // What is null breaks no other rule.
    if column.kind == Type::Null {
        return Ok(Expr::literal(Value::Boolean(false)));
    }
    match rule.kind {
        RuleKind::OneOf => not(listed::is_one_of(column, &rule.values, &parameter("values"))?),
        RuleKind::Range if !column.kind.is_ordered() => {
            Err(Problem::new(format!("{:?} is {}, which has no order.", column.name, column.kind)))
        }
        RuleKind::Range => outside(draft, rule, at, columns, (column, value)),
        RuleKind::Matches => {
            needs_text(column)?;
            let matches = Expr::call(Function::RegexpLike, vec![value, text(&rule.pattern)]);
            not(matches.map_err(|problem| problem.at(parameter("pattern")))?)
        }
        RuleKind::Length => {
            needs_text(column)?;
            let length = Column::new(format!("length of {}", column.name), Type::Integer);
            let counted = Expr::call(Function::Length, vec![value])?;
            outside(draft, rule, at, columns, (&length, counted))
        }
        _ => {
            needs_text(column)?;
            let trimmed = Expr::call(Function::Trim, vec![value])?;
            let given = Expr::call(Function::NullIf, vec![trimmed, text("")])?;
            let read = given.clone().try_cast(rule.to.clone()).map_err(|problem| problem.at(parameter("to")))?;
            let is_there = not(Expr::call(Function::IsNull, vec![given])?)?;
            Expr::call(Function::And, vec![is_there, Expr::call(Function::IsNull, vec![read])?])
        }
    }
}

fn needs_text(column: &Column) -> Result<(), Problem> {
    if column.kind.is_text() {
        return Ok(());
    }
    Err(Problem::new(format!("{:?} is {}, and this rule is about text.", column.name, column.kind))
        .because(Cause::WrongType { port: 0, column: column.name.clone(), to: Some(Type::Text) }))
}

/// Whether a value lies outside of the bounds of a rule. Bounds may speak of these columns.
pub(super) fn outside(
    draft: &Draft,
    rule: &Rule,
    at: usize,
    columns: &Schema,
    (column, value): (&Column, Expr),
) -> Result<Expr, Problem> {
    let (below, above) = if rule.exclusive { (Function::Le, Function::Ge) } else { (Function::Lt, Function::Gt) };
    let mut broken = Vec::new();
    for (bound, name, beyond) in [(&rule.min, "min", below), (&rule.max, "max", above)] {
        let Some(written) = bound else { continue };
        let parameter = format!("rules[{at}].{name}");
        let limit = limit(draft, columns, column, written, &parameter)?;
        let compared = Expr::call(beyond, vec![value.clone(), limit]);
        broken.push(compared.map_err(|problem| problem.at(&parameter))?);
    }
    any(broken)
}

/// A bound: a value of the column as it is written, else a formula, such as `:lowest` or the name of another column.
fn limit(draft: &Draft, columns: &Schema, column: &Column, written: &str, parameter: &str) -> Result<Expr, Problem> {
    // Numbers are read as formulas have them: exactly, whatever digits the column has.
    let plain = if column.kind.is_number() { None } else { listed::value(column, written.trim()).ok() };
    if let Some(value) = plain {
        return Ok(value);
    }
    let formula = draft.compile(&Formula(written.to_owned()), columns, parameter)?;
    if formula.kind.common(&column.kind).is_none() {
        return Err(Problem::new(format!("{:?} is {}, and {:?} is not.", column.name, column.kind, written.trim()))
            .at(parameter));
    }
    if formula.can_fail() {
        return Err(Problem::new("This bound can't be computed for every row.")
            .at(parameter)
            .try_this("Write the comparison as a rule of the kind Formula."));
    }
    Ok(formula)
}

/// Rows that have a twin. Where one of the values is missing a row has none.
fn unique(draft: &mut Draft, rows: &mut Rows, rule: &Rule, at: usize, columns: &Schema) -> Result<Test, Problem> {
    let here = format!("\u{1}here {at}");
    let twins = [format!("\u{1}before {at}"), format!("\u{1}after {at}")];
    let mark = Computed::new(&here, Expr::literal(Value::Boolean(true)));
    let marked = draft.add(Op::Derive { columns: vec![mark], failures: false }, &[*rows])?;
    let neighbour = |by, name: &String| {
        WindowColumn::new(name, Over::Shift { column: here.clone(), by, otherwise: Value::Null })
    };
    let added = vec![neighbour(-1, &twins[0]), neighbour(1, &twins[1])];
    let by = rule.columns.iter().map(|name| name.0.clone()).collect();
    *rows = draft.add(Op::Window { by, order: Vec::new(), columns: added }, &[marked])?;
    let twins = twins.iter().map(|name| Expr::column(&Column::new(name, Type::Boolean))).collect();
    let keys = found(&rule.columns, columns);
    let broken = Expr::call(Function::And, vec![any(twins)?, all_there(&keys)?])?;
    Ok(Test { at, broken, column: names(&keys), value: values(&keys)?, why: None })
}

/// Rows whose values are not found together in the columns of the second input. Where one is missing nothing is looked for.
fn exists(
    draft: &mut Draft,
    inputs: &[Rows],
    rows: &mut Rows,
    rule: &Rule,
    at: usize,
    columns: &Schema,
) -> Result<Test, Problem> {
    let known = format!("\u{1}known {at}");
    let key = |number: usize| format!("\u{1}key {at} {number}");
    let others = draft.schema(inputs[1]).clone();
    let (left, right) = (found(&rule.columns, columns), found(&rule.among, &others));
    let (mut given, mut wanted) = (Vec::new(), Vec::new());
    for (number, (ours, theirs)) in left.iter().zip(&right).enumerate() {
        let kind = ours.kind.common(&theirs.kind);
        let become_same = |column: &Column| Some(Expr::column(column).cast(kind.clone()?).ok()?).filter(|it| !it.can_fail());
        let (Some(one), Some(other)) = (become_same(ours), become_same(theirs)) else {
            return Err(Problem::new(format!(
                "{:?} is {}, and {:?} of the second input is {}: they are never equal.",
                ours.name, ours.kind, theirs.name, theirs.kind
            ))
            .at(format!("rules[{at}].among[{number}]"))
            .try_this("Convert one of them first, with the node Convert."));
        };
        given.push(Computed::new(key(number), one));
        wanted.push(Computed::new(key(number), other));
    }
    let keys: Vec<String> = (0..given.len()).map(key).collect();
    let derived = draft.add(Op::Derive { columns: wanted, failures: false }, &[inputs[1]])?;
    let picked = draft.select(derived, keys.iter().map(Pick::same).collect())?;
    let distinct = draft.add(Op::Distinct { by: keys.clone(), keep: plan::Keep::First }, &[picked])?;
    let mark = Computed::new(&known, Expr::literal(Value::Boolean(true)));
    let marked = draft.add(Op::Derive { columns: vec![mark], failures: false }, &[distinct])?;
    let ours = draft.add(Op::Derive { columns: given, failures: false }, &[*rows])?;
    let join = plan::Join {
        kind: JoinKind::Left,
        on: keys.into_iter().map(|key| (key.clone(), key)).collect(),
        nulls_match: false,
        right: vec![Pick::same(&known)],
        max_rows: None,
        order: plan::JoinOrder::Kept,
    };
    *rows = draft.add(Op::Join(join), &[ours, marked])?;
    let unknown = Expr::call(Function::IsNull, vec![Expr::column(&Column::new(&known, Type::Boolean))])?;
    let broken = Expr::call(Function::And, vec![unknown, all_there(&left)?])?;
    Ok(Test { at, broken, column: names(&left), value: values(&left)?, why: None })
}

/// Rows for which a formula is false, or can't be computed.
fn own_formula(draft: &mut Draft, rows: &mut Rows, rule: &Rule, at: usize, columns: &Schema) -> Result<Test, Problem> {
    let parameter = format!("rules[{at}].condition");
    let condition = draft.compile(&rule.condition, columns, &parameter)?;
    if !matches!(condition.kind, Type::Boolean | Type::Null) {
        return Err(Problem::new(format!("The condition is {}, not true or false.", condition.kind))
            .at(parameter)
            .try_this("Compare it with something, as in `axles > 2`."));
    }
    let read: Vec<&Column> = condition.columns().into_iter().filter_map(|name| columns.column(name)).collect();
    let (column, value) = (names(&read), values(&read)?);
    let condition = condition.cast(Type::Boolean)?;
    if !condition.can_fail() {
        return Ok(Test { at, broken: Expr::call(Function::IsFalse, vec![condition])?, column, value, why: None });
    }
    let (held, why) = (format!("\u{1}holds {at}"), format!("\u{1}why {at}"));
    let mut picks: Vec<Pick> = draft.schema(*rows).names().map(Pick::same).collect();
    picks.extend([Pick::same(&held), Pick::renamed(plan::FAILED_REASON, &why)]);
    let tried = Op::Derive { columns: vec![Computed::new(&held, condition)], failures: true };
    let tried = draft.add(tried, &[*rows])?;
    *rows = draft.select(tried, picks)?;
    let why = Expr::column(&Column::new(why, Type::Text));
    let wrong = Expr::call(Function::IsFalse, vec![Expr::column(&Column::new(held, Type::Boolean))])?;
    let failed = not(Expr::call(Function::IsNull, vec![why.clone()])?)?;
    Ok(Test { at, broken: any(vec![wrong, failed])?, column, value, why: Some(why) })
}

/// The columns of these names that there are.
fn found<'a>(names: &[ColumnName], columns: &'a Schema) -> Vec<&'a Column> {
    names.iter().filter_map(|name| columns.column(&name.0)).collect()
}

fn names(columns: &[&Column]) -> Expr {
    text(&columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", "))
}

/// The values of the columns, with commas between them.
fn values(columns: &[&Column]) -> Result<Expr, Problem> {
    if let [only] = columns {
        return Ok(shown(only));
    }
    let mut all = text("");
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            all = Expr::call(Function::Concat, vec![all, text(", ")])?;
        }
        let value = Expr::call(Function::Coalesce, vec![shown(column), text("null")])?;
        all = Expr::call(Function::Concat, vec![all, value])?;
    }
    Ok(all)
}

/// The value as text; null where it can't be written out.
fn shown(column: &Column) -> Expr {
    Expr::column(column).cast(Type::Text).unwrap_or_else(|_| Expr::null(Type::Text))
}

fn all_there(columns: &[&Column]) -> Result<Expr, Problem> {
    let missing = columns.iter().map(|column| Expr::call(Function::IsNull, vec![Expr::column(column)]));
    not(any(missing.collect::<Result<_, _>>()?)?)
}

pub(super) fn text(written: &str) -> Expr {
    Expr::literal(Value::text(written))
}

pub(super) fn not(expr: Expr) -> Result<Expr, Problem> {
    Expr::call(Function::Not, vec![expr])
}

/// Whether one of them is true; false where there are none.
pub(super) fn any(exprs: Vec<Expr>) -> Result<Expr, Problem> {
    let either = |a, b: Expr| Expr::call(Function::Or, vec![a, b]);
    let mut exprs = exprs.into_iter();
    let Some(first) = exprs.next() else { return Ok(Expr::literal(Value::Boolean(false))) };
    exprs.try_fold(first, either)
}

pub(super) fn case(branches: Vec<(Expr, Expr)>, otherwise: Option<Expr>, kind: Type) -> Expr {
    Expr { kind, node: Tree::Case { branches, otherwise: otherwise.map(Box::new) } }
}

impl Rule {
    /// What is expected, in words: `amount is between 0 and 100`.
    pub(super) fn words(&self) -> String {
        let columns = sentence::list(&self.columns);
        let (is, has) = if self.columns.len() > 1 { ("are", "have") } else { ("is", "has") };
        let words = match self.kind {
            RuleKind::NotNull => format!("{columns} {is} not null"),
            RuleKind::Unique if self.columns.len() > 1 => format!("{columns} are unique together"),
            RuleKind::Unique => format!("{columns} is unique"),
            RuleKind::OneOf => format!("{columns} {is} one of {}", sentence::list(&self.values)),
            RuleKind::Range => format!("{columns} {is} {}", self.between()),
            RuleKind::Matches => format!("{columns} {} {}", if is == "are" { "match" } else { "matches" }, self.pattern),
            RuleKind::Length => format!("{columns} {has} a length {}", self.between()),
            RuleKind::ReadsAs => format!("{columns} can be read as {}", self.to),
            RuleKind::Exists => format!("{columns} {is} found in {}", sentence::list(&self.among)),
            RuleKind::Aggregate if self.function == AggregateFunction::Count => {
                format!("the number of rows is {}", self.between())
            }
            RuleKind::Aggregate => format!("the {} is {}", self.function.words(&self.column.0), self.between()),
            RuleKind::Formula => self.condition.0.trim().to_owned(),
        };
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn between(&self) -> String {
        match (&self.min, &self.max, self.exclusive) {
            (Some(min), Some(max), false) if min == max => min.clone(),
            (Some(min), Some(max), false) => format!("between {min} and {max}"),
            (Some(min), Some(max), true) => format!("above {min} and below {max}"),
            (Some(min), None, false) => format!("at least {min}"),
            (Some(min), None, true) => format!("above {min}"),
            (None, Some(max), false) => format!("at most {max}"),
            (None, Some(max), true) => format!("below {max}"),
            (None, None, _) => "anything".to_owned(),
        }
    }
}
