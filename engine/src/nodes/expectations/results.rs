//! The table of results: one row for each rule, and what a run says of those that do not hold.

use super::rule::{Test, any, case, not, outside, text};
use super::{Expectations, Rule, RuleKind, Severity, broken};
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Draft, Op, Pick, Rows, Unmet};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// The columns of a result.
const RULE: &str = "rule";
const SEVERITY: &str = "severity";
const ROWS: &str = "rows";
const BROKEN: &str = "broken";
const PERCENT: &str = "percent";
const PASSED: &str = "passed";
const EXAMPLE: &str = "example";

/// What is computed of all rows: how many there are, and for rule after rule how many break it, or its number.
struct Totals {
    rows: Rows,
    schema: Schema,
}

impl Expectations {
    /// One row for each rule, in their order.
    pub(super) fn results(&self, draft: &mut Draft, checked: Rows, tests: &[Test]) -> Result<Rows, Problem> {
        let totals = self.totals(draft, checked, tests)?;
        let mut results = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            results.push(match tests.iter().find(|test| test.at == at) {
                Some(test) => of_rows(draft, checked, &totals, rule, test)?,
                None => of_all(draft, &totals, rule, at)?,
            });
        }
        match results.as_slice() {
            [only] => Ok(*only),
            several => draft.add(Op::Union, several),
        }
    }

    fn totals(&self, draft: &mut Draft, checked: Rows, tests: &[Test]) -> Result<Totals, Problem> {
        let mut helpers = Vec::new();
        let mut aggregates = vec![Aggregate::new(AggregateFunction::Count, None, ROWS)];
        for Test { at, .. } in tests {
            // Counted where it is not null; and the mean of 0 and 100 is a percentage, also of no rows at all.
            let (one, hundred) = (Expr::literal(Value::Boolean(true)), Expr::literal(Value::Integer(100)));
            let none = Expr::literal(Value::Integer(0));
            let (hit, part) = (format!("\u{1}hit {at}"), format!("\u{1}part {at}"));
            helpers.push(Computed::new(&hit, case(vec![(broken(*at), one)], None, Type::Boolean)));
            helpers.push(Computed::new(&part, case(vec![(broken(*at), hundred)], Some(none), Type::Integer)));
            let aggregate = |function, column: String, name| Aggregate::new(function, Some(&column), name);
            aggregates.push(aggregate(AggregateFunction::CountValues, hit, count(*at)));
            aggregates.push(aggregate(AggregateFunction::Mean, part, percent(*at)));
        }
        for (at, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.kind == RuleKind::Aggregate) {
            let column = Some(rule.column.0.clone()).filter(|_| rule.function != AggregateFunction::Count);
            let aggregate = Aggregate::new(rule.function, column.as_deref(), number(at));
            let alone = Op::GroupBy { by: Vec::new(), aggregates: vec![aggregate.clone()], reproducible: false };
            draft
                .allows(&alone, &[checked])
                .map_err(|problem| Problem { parameter: Some(format!("rules[{at}].column")), ..problem })?;
            aggregates.push(aggregate);
        }
        let marked = draft.add(Op::Derive { columns: helpers, failures: false }, &[checked])?;
        let rows = draft.add(Op::GroupBy { by: Vec::new(), aggregates, reproducible: false }, &[marked])?;
        Ok(Totals { rows, schema: draft.schema(rows).clone() })
    }

    /// What the run says at its end of rules that do not hold: those that warn, and those that make it fail.
    pub(super) fn tell(&self, draft: &mut Draft, results: Rows) -> Result<(), Problem> {
        for (severity, effect) in [(Severity::Warn, Unmet::Warns), (Severity::Fail, Unmet::Fails)] {
            if !self.rules.iter().any(|rule| rule.severity == severity) {
                continue;
            }
            let those = Expr::call(Function::Eq, vec![column(SEVERITY, Type::Text), text(severity.name())])?;
            let unmet = Expr::call(Function::And, vec![those, not(column(PASSED, Type::Boolean))?])?;
            let unmet = draft.filter(results, unmet)?;
            let told = Computed::new("error_reason", in_words()?);
            let told = draft.add(Op::Derive { columns: vec![told], failures: false }, &[unmet])?;
            let told = draft.select(told, vec![Pick::same("error_reason")])?;
            draft.expect_met(told, effect);
        }
        Ok(())
    }
}

/// How many rows break a rule, and the first of them.
fn of_rows(draft: &mut Draft, checked: Rows, totals: &Totals, rule: &Rule, test: &Test) -> Result<Rows, Problem> {
    let picks = vec![
        Pick::same(ROWS),
        Pick::renamed(count(test.at), BROKEN),
        Pick::renamed(percent(test.at), PERCENT),
    ];
    let counted = draft.select(totals.rows, picks)?;
    let broken = draft.filter(checked, broken(test.at))?;
    let example = Computed::new(EXAMPLE, example(test)?);
    let described = draft.add(Op::Derive { columns: vec![example], failures: false }, &[broken])?;
    let described = draft.select(described, vec![Pick::same(EXAMPLE)])?;
    let first = Aggregate::new(AggregateFunction::First, Some(EXAMPLE), EXAMPLE);
    let first = draft.add(Op::GroupBy { by: Vec::new(), aggregates: vec![first], reproducible: false }, &[described])?;
    let result = draft.add(Op::Append { pad: true }, &[counted, first])?;
    let none = Expr::literal(Value::Float(0.0));
    let percent = Expr::call(Function::Coalesce, vec![column(PERCENT, Type::Float), none])?;
    let allowed = Expr::literal(Value::Float(rule.tolerance));
    let passed = Expr::call(Function::Le, vec![column(PERCENT, Type::Float), allowed])?;
    complete(draft, result, rule, vec![Computed::new(PERCENT, percent), Computed::new(PASSED, passed)])
}

/// `amount = -5`, and the reason where there is one.
fn example(test: &Test) -> Result<Expr, Problem> {
    let value = Expr::call(Function::Coalesce, vec![test.value.clone(), text("null")])?;
    let named = Expr::call(Function::Concat, vec![test.column.clone(), text(" = ")])?;
    let shown = Expr::call(Function::Concat, vec![named, value])?;
    let Some(why) = &test.why else { return Ok(shown) };
    let reason = Expr::call(Function::Concat, vec![text(": "), why.clone()])?;
    let reason = Expr::call(Function::Coalesce, vec![reason, text("")])?;
    Expr::call(Function::Concat, vec![shown, reason])
}

/// The number that a rule is about.
fn of_all(draft: &mut Draft, totals: &Totals, rule: &Rule, at: usize) -> Result<Rows, Problem> {
    let found = totals.schema.column(&number(at)).cloned().unwrap_or_else(|| Column::new(number(at), Type::Null));
    let named = Column { name: rule.function.words(&rule.column.0), ..found.clone() };
    let missing = Expr::call(Function::IsNull, vec![Expr::column(&found)])?;
    let outside = match found.kind {
        Type::Null => Expr::literal(Value::Boolean(true)),
        _ => outside(draft, rule, at, &Schema::default(), (&named, Expr::column(&found)))?,
    };
    let columns = vec![
        Computed::new(BROKEN, Expr::null(Type::Integer)),
        Computed::new(PERCENT, Expr::null(Type::Float)),
        Computed::new(PASSED, not(any(vec![missing, outside])?)?),
        Computed::new(EXAMPLE, Expr::column(&found).cast(Type::Text)?),
    ];
    complete(draft, totals.rows, rule, columns)
}

/// Brings what was found into the form of a result.
fn complete(draft: &mut Draft, rows: Rows, rule: &Rule, found: Vec<Computed>) -> Result<Rows, Problem> {
    let said = [(RULE, rule.title()), (SEVERITY, rule.severity.name().to_owned())];
    let said = said.into_iter().map(|(name, words)| Computed::new(name, text(&words)));
    let columns = said.chain(found).collect();
    let result = draft.add(Op::Derive { columns, failures: false }, &[rows])?;
    draft.select(result, [RULE, SEVERITY, ROWS, BROKEN, PERCENT, PASSED, EXAMPLE].map(Pick::same).into())
}

/// `amount is at least 0: 3 of 10 rows break it, such as amount = -5`, or `the number of rows is at least 1: it is 0`.
fn in_words() -> Result<Expr, Problem> {
    let joined = |parts: Vec<Expr>| {
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(|| text(""));
        parts.try_fold(first, |all, part| Expr::call(Function::Concat, vec![all, part]))
    };
    let example = Expr::call(Function::Coalesce, vec![column(EXAMPLE, Type::Text), text("null")])?;
    let number = joined(vec![text(": it is "), example.clone()])?;
    let rows = vec![
        text(": "),
        column(BROKEN, Type::Integer).cast(Type::Text)?,
        text(" of "),
        column(ROWS, Type::Integer).cast(Type::Text)?,
        text(" rows break it, such as "),
        example,
    ];
    let of_all = Expr::call(Function::IsNull, vec![column(BROKEN, Type::Integer)])?;
    joined(vec![column(RULE, Type::Text), case(vec![(of_all, number)], Some(joined(rows)?), Type::Text)])
}

fn column(name: &str, kind: Type) -> Expr {
    Expr::column(&Column::new(name, kind))
}

fn count(at: usize) -> String {
    format!("\u{1}count {at}")
}

fn percent(at: usize) -> String {
    format!("\u{1}percent {at}")
}

fn number(at: usize) -> String {
    format!("\u{1}number {at}")
}
