//! What each formula of a step sees, and what it is compiled to.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use pipewright_engine::formula::{Expr, Formula, Scope};
use pipewright_engine::nodes::Step;
use pipewright_engine::params::{Field, Form, NewColumn, Params, Spec};
use pipewright_engine::pipeline::{Parameter, example_of};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;

use super::Subject;

/// A formula in its place.
pub(super) struct Compiled {
    /// The columns it can speak of.
    pub(super) columns: Arc<Schema>,
    pub(super) result: Result<Expr, Problem>,
    /// The column that it makes, where it makes one.
    pub(super) makes: Option<String>,
}

/// The formulas of the step, by the path of their parameter; made anew when something changes that they depend on.
#[derive(Default)]
pub(super) struct Scopes {
    step: Step,
    inputs: Vec<Option<Arc<Schema>>>,
    parameters: IndexMap<String, Parameter>,
    compiled: HashMap<String, Compiled>,
}

struct Written {
    path: String,
    port: usize,
    formula: Formula,
    makes: Option<NewColumn>,
}

impl Scopes {
    pub(super) fn of(&self, path: &str) -> Option<&Compiled> {
        self.compiled.get(path)
    }

    pub(super) fn update(&mut self, subject: &Subject) {
        let (step, parameters) = (&subject.node.step, &subject.pipeline.parameters);
        if *step == self.step && subject.inputs == self.inputs && *parameters == self.parameters {
            return;
        }
        self.inputs.clone_from(&subject.inputs);
        self.parameters.clone_from(parameters);
        self.step.clone_from(step);
        let seen = |input: &Option<Arc<Schema>>| input.as_ref().map(|input| Arc::new(step.sees(input)));
        let inputs: Vec<Option<Arc<Schema>>> = subject.inputs.iter().map(seen).collect();
        self.compiled = compile(&written(&mut step.clone()), &inputs, &values(parameters));
    }
}

/// The value of each parameter that formulas are tried with.
fn values(parameters: &IndexMap<String, Parameter>) -> IndexMap<String, Value> {
    let value = |parameter: &Parameter| {
        let text = parameter.default.as_deref().unwrap_or(example_of(&parameter.kind));
        Value::parse(text, &parameter.kind).unwrap_or_default()
    };
    parameters.iter().map(|(name, parameter)| (name.clone(), value(parameter))).collect()
}

/// Each formula sees the columns that those above it make.
fn compile(
    formulas: &[Written],
    inputs: &[Option<Arc<Schema>>],
    parameters: &IndexMap<String, Value>,
) -> HashMap<String, Compiled> {
    let mut seen: HashMap<usize, Arc<Schema>> = HashMap::new();
    let mut all = HashMap::new();
    for Written { path, port, formula, makes } in formulas {
        let Some(Some(input)) = inputs.get(*port) else { continue };
        let columns = Arc::clone(seen.entry(*port).or_insert_with(|| Arc::clone(input)));
        let result = formula.compile(&Scope { columns: &columns, parameters, now: 0 });
        let makes = makes.as_ref().map(|column| column.0.clone()).filter(|name| !name.is_empty());
        if let Some(name) = &makes {
            // One that can't be compiled makes a column all the same: what reads it is not to blame.
            let kind = result.as_ref().map_or(Type::Null, |formula| formula.kind.clone());
            let mut after = Schema::clone(&columns);
            after.set(Column::new(name, kind));
            seen.insert(*port, Arc::new(after));
        }
        all.insert(path.clone(), Compiled { columns, result, makes });
    }
    all
}

fn written(step: &mut dyn Params) -> Vec<Written> {
    struct Look {
        path: String,
        makes: Option<NewColumn>,
        found: Vec<Written>,
    }
    impl Form for Look {
        fn param(&mut self, spec: Spec, field: Field<'_>) {
            let path = format!("{}{}", self.path, spec.name);
            match field {
                Field::NewColumn(name) if !self.path.is_empty() => self.makes = Some(name.clone()),
                Field::Formula(formula) => {
                    let makes = self.makes.clone();
                    self.found.push(Written { path, port: spec.port, formula: formula.clone(), makes });
                }
                Field::Lines(lines) => {
                    for at in 0..lines.len() {
                        self.path = format!("{path}[{at}].");
                        self.makes = None;
                        lines.line(at).into_iter().for_each(|line| line.params(self));
                    }
                    self.path.clear();
                }
                Field::Optional(value) => {
                    if let Some(inner) = value.inner() {
                        self.param(spec, inner);
                    }
                }
                _ => {}
            }
        }
    }
    let mut look = Look { path: String::new(), makes: None, found: Vec::new() };
    step.params(&mut look);
    look.found
}
