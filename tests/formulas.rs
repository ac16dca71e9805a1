//! The formula language against its own examples, against PostgreSQL's stored answers, and against the rules it states.

#[path = "oracle/formula.rs"]
mod formula;
#[path = "oracle/regex.rs"]
mod regex;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use pipewright_engine::formula::catalogue::{CATALOGUE, FORMS, Kind, Nulls};
use pipewright_engine::formula::{DEPARTURES, Expr, Formula, Function, Node, Scope};
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;

fn compile(formula: &str) -> Expr {
    let (columns, parameters) = (Schema::default(), IndexMap::new());
    let scope = Scope { columns: &columns, parameters: &parameters, now: 1_714_579_200_000_000 };
    Formula::from(formula).compile(&scope).unwrap_or_else(|problem| panic!("{formula}: {problem}"))
}

fn value(formula: &str) -> Result<Value, String> {
    formula::evaluate(&compile(formula), &[], &Schema::default())
}

fn printed(formula: &str) -> String {
    value(formula).map_or_else(|reason| format!("fails: {reason}"), |value| value.to_string())
}

fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let functions = CATALOGUE.iter().flat_map(|entry| entry.examples);
    functions.chain(FORMS.iter().flat_map(|form| form.examples)).copied()
}

#[test]
fn every_example_gives_what_it_says() {
    let departures = DEPARTURES.iter().map(|departure| departure.example);
    let wrong: Vec<String> = examples()
        .chain(departures)
        .filter(|(formula, expected)| printed(formula) != *expected)
        .map(|(formula, expected)| format!("{formula} is {}, not {expected}", printed(formula)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
