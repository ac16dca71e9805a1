//! Columns that parameters name must come in, and what is set must do something. Checked once for all nodes by looking at their
//! parameters.

use crate::params::{Field, Form, Spec};
use crate::problem::{Cause, Problem};
use crate::types::Schema;

/// A form that looks for names of columns that do not come in, and keeps the first.
pub(crate) struct ColumnCheck<'a> {
    inputs: &'a [&'a Schema],
    /// Where in the parameters we are: `aggregations[1]`.
    path: String,
    problem: Option<Problem>,
}

impl<'a> ColumnCheck<'a> {
    pub(crate) fn new(inputs: &'a [&'a Schema]) -> Self {
        Self { inputs, path: String::new(), problem: None }
    }

    pub(crate) fn result(self) -> Result<(), Problem> {
        self.problem.map_or(Ok(()), Err)
    }

    fn name(&mut self, spec: Spec, name: &str, parameter: String) {
        let Some(schema) = self.inputs.get(spec.port) else { return };
        if self.problem.is_some() || schema.contains(name) {
            return;
        }
        self.problem = Some(match name {
            "" => Problem::new("Choose a column.").at(parameter),
            name => Problem::no_column(name, schema.names()).at(parameter),
        });
    }

    fn field(&mut self, spec: Spec, path: &str, field: Field<'_>) {
        match field {
            Field::Column(name) => self.name(spec, &name.0, path.to_owned()),
            Field::Columns(names) => {
                for (at, name) in names.iter().enumerate() {
                    self.name(spec, &name.0, format!("{path}[{at}]"));
                }
            }
            Field::Lines(lines) => {
                for at in 0..lines.len() {
                    let outer = std::mem::replace(&mut self.path, format!("{path}[{at}]"));
                    if let Some(line) = lines.line(at) {
                        line.params(self);
                    }
                    self.path = outer;
                }
            }
            Field::Optional(value) => {
                if let Some(inner) = value.inner() {
                    self.field(spec, path, inner);
                }
            }
            // Formulas are typed where a node plans, which knows the columns each of them sees.
            _ => {}
        }
    }
}

impl Form for ColumnCheck<'_> {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let path = if self.path.is_empty() { spec.name.to_owned() } else { format!("{}.{}", self.path, spec.name) };
        self.field(spec, &path, field);
    }
}

/// A form that finds parameters that are set where they do nothing.
#[derive(Default)]
pub(crate) struct IdleCheck {
    path: String,
    pub(crate) problems: Vec<Problem>,
}

impl IdleCheck {
    fn path(&self, spec: Spec) -> String {
        if self.path.is_empty() { spec.name.to_owned() } else { format!("{}.{}", self.path, spec.name) }
    }
}

impl Form for IdleCheck {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let Field::Lines(lines) = field else { return };
        let path = self.path(spec);
        for at in 0..lines.len() {
            let outer = std::mem::replace(&mut self.path, format!("{path}[{at}]"));
            if let Some(line) = lines.line(at) {
                line.params(self);
            }
            self.path = outer;
        }
    }

    fn idle(&mut self, spec: Spec, _reset: &mut dyn FnMut()) {
        let problem = idle(&self.path(spec), "the other settings leave no use for it");
        self.problems.push(problem.because(Cause::Idle));
    }
}

/// What is said of a parameter that is set and does nothing.
pub(crate) fn idle(parameter: &str, why: &str) -> Problem {
    let name = parameter.rsplit('.').next().unwrap_or(parameter);
    Problem::warning(format!("`{name}` is set and does nothing: {why}."))
        .at(parameter)
        .try_this("Leave it out, or change the settings that it belongs to.")
}
