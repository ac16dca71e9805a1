//! The repairs that a problem offers.

use pipewright_engine::problem::{Cause, Problem};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use super::Subject;
use crate::checker::Fix;
use crate::parameter;

/// Each with the words on its button.
pub fn fixes(problem: &Problem, subject: &Subject) -> Vec<(String, Fix)> {
    let fixes = [replace(problem), remove(problem), reset(problem), convert(problem, subject)].into_iter().flatten();
    fixes.chain(rejects(problem, subject)).collect()
}

fn replace(problem: &Problem) -> Option<(String, Fix)> {
    let (parameter, with) = (problem.parameter.clone()?, problem.replacement.clone()?);
    // Wires are repaired on the canvas.
    if parameter.starts_with("from") {
        return None;
    }
    let text = match problem.cause.as_deref() {
        Some(Cause::NoColumn { renamed_in: Some(node), .. }) => {
            format!("Renamed to {} in {node:?}: use it", quoted(&with))
        }
        _ => format!("Use {}", quoted(&with)),
    };
    Some((text, Fix::Replace { parameter, place: problem.place, with }))
}

/// A name as text that is in quotes already, as in formulas, or not.
fn quoted(name: &str) -> String {
    if name.starts_with(['"', '\'']) { name.to_owned() } else { format!("{name:?}") }
}

/// A column that is gone is taken out of a list, or its line out of a table.
fn remove(problem: &Problem) -> Option<(String, Fix)> {
    let parameter = problem.parameter.as_deref()?;
    // What a formula names is one part of it: the line is more than that.
    if !matches!(problem.cause.as_deref(), Some(Cause::NoColumn { .. })) || problem.place.is_some() {
        return None;
    }
    let end = parameter.rfind(']')? + 1;
    let text = if end < parameter.len() { "Remove the line" } else { "Remove" };
    Some((text.to_owned(), Fix::Remove { parameter: parameter[..end].to_owned() }))
}

fn reset(problem: &Problem) -> Option<(String, Fix)> {
    let parameter = problem.parameter.clone().filter(|_| problem.cause.as_deref() == Some(&Cause::Idle))?;
    Some(("Leave it out".to_owned(), Fix::Reset { parameter }))
}

/// Rejected rows are kept first, and given up only if that is wished.
fn rejects(problem: &Problem, subject: &Subject) -> Vec<(String, Fix)> {
    if problem.cause.as_deref() != Some(&Cause::Rejects) {
        return Vec::new();
    }
    let on_error = "on_error";
    let choose = |text: &str, with: &str| {
        let fix = Fix::Replace { parameter: on_error.to_owned(), place: None, with: with.to_owned() };
        (text.to_owned(), fix)
    };
    let mut fixes = vec![("Write them to a file".to_owned(), Fix::WriteRejects)];
    if parameter::has(&subject.node.step, on_error) {
        fixes.push(choose("Skip them", "Skip"));
        // Not of everything that is rejected there are values that could be null.
        let mut with_null = subject.node.step.clone();
        parameter::replace(&mut with_null, on_error, None, "Null");
        if with_null.check().is_ok() {
            fixes.push(choose("Make them null", "Null"));
        }
    }
    fixes
}

fn convert(problem: &Problem, subject: &Subject) -> Option<(String, Fix)> {
    let Cause::WrongType { port, column, to } = problem.cause.as_deref()? else { return None };
    let to = to.clone().or_else(|| number_in(subject, *port, column))?;
    let text = format!("Convert {column:?} to {to}");
    Some((text, Fix::Convert { port: *port, column: column.clone(), to }))
}

/// The kind of number that a column of text holds, as far as its first rows tell. None if they hold no numbers.
fn number_in(subject: &Subject, port: usize, column: &str) -> Option<Type> {
    let is_text = subject.inputs.get(port)?.as_deref()?.column(column)?.kind.is_text();
    let values = subject.rows.get(port).copied().flatten().and_then(|table| table.column(column)).unwrap_or_default();
    let texts: Vec<&str> = values.into_iter().filter_map(Value::as_text).collect();
    let holds = |kind: &Type| texts.iter().all(|text| Value::parse(text.trim(), kind).is_some());
    is_text.then(|| [Type::Integer, Type::Float].into_iter().find(holds))?
}
