//! Reaching a parameter of a step by its path, as problems name it: `condition`, `columns[2]`, `aggregations[1].column`.

use pipewright_engine::nodes::Step;
use pipewright_engine::params::{Field, FilePath, Form, Lines, Params, Spec};
use pipewright_engine::problem::Place;
use pipewright_runner::show::Stated;

/// Writes `with` over a parameter, or over a place in it.
pub fn replace(step: &mut Step, path: &str, place: Option<Place>, with: &str) {
    at(step, path, &mut |field, index| match (field, index) {
        (Field::Formula(formula), _) => formula.0 = spliced(&formula.0, place, with),
        (Field::Query(query), _) => query.0 = spliced(&query.0, place, with),
        (Field::Text(text), _) => *text = spliced(text, place, with),
        (Field::Column(name), _) => name.0 = with.to_owned(),
        (Field::NewColumn(name), _) => name.0 = with.to_owned(),
        (Field::File(path), _) => path.0 = with.to_owned(),
        (Field::Columns(names), Some(index)) if index < names.len() => names[index].0 = with.to_owned(),
        (Field::Texts(texts), Some(index)) if index < texts.len() => texts[index] = with.to_owned(),
        (Field::Choice(choice), _) => {
            if let Some(option) = choice.options().iter().position(|option| option.name == with) {
                choice.choose(option);
            }
        }
        _ => {}
    });
}

/// Takes back a parameter that is set and does nothing.
pub fn reset(step: &mut Step, path: &str) {
    struct Idle<'a>(&'a str);
    impl Form for Idle<'_> {
        fn param(&mut self, spec: Spec, field: Field<'_>) {
            let Some(rest) = self.0.strip_prefix(spec.name).and_then(|rest| rest.strip_prefix('[')) else { return };
            let Some((index, rest)) = rest.split_once("].") else { return };
            if let (Field::Lines(lines), Ok(index)) = (field, index.parse())
                && let Some(line) = lines.line(index)
            {
                line.params(&mut Idle(rest));
            }
        }

        fn idle(&mut self, spec: Spec, reset: &mut dyn FnMut()) {
            if self.0 == spec.name {
                reset();
            }
        }
    }
    step.params(&mut Idle(path));
}

/// Whether a step has such a parameter.
pub fn has(step: &Step, path: &str) -> bool {
    let mut found = false;
    at(&mut step.clone(), path, &mut |_, _| found = true);
    found
}

/// Gives a parameter a value, whether it had one or was left open.
pub fn state(step: &mut Step, path: &str, value: &Stated) {
    struct Setting<'a>(&'a str, &'a Stated);
    impl Form for Setting<'_> {
        fn param(&mut self, spec: Spec, field: Field<'_>) {
            if spec.name == self.0 {
                put(field, self.1);
            }
        }

        fn reveal(&mut self, _: bool) -> bool {
            true
        }
    }
    step.params(&mut Setting(path, value));
}

fn put(field: Field<'_>, value: &Stated) {
    match (field, value) {
        (Field::Optional(open), value) => {
            open.set(true);
            open.inner().into_iter().for_each(|inner| put(inner, value));
        }
        (Field::Switch(on), Stated::Switch(value)) => *on = *value,
        (Field::Count(count), Stated::Count(value)) => *count = *value,
        (Field::Text(text), Stated::Text(value)) => text.clone_from(value),
        (Field::Kinds(kinds), Stated::Kinds(value)) => kinds.extend(value.iter().cloned()),
        _ => {}
    }
}

/// Takes an element out of a list: `columns[2]`, or the line that `aggregations[1].column` is in.
pub fn remove(step: &mut Step, path: &str) {
    let Some(end) = path.rfind(']') else { return };
    at(step, &path[..=end], &mut |field, index| match (field, index) {
        (Field::Columns(names), Some(index)) if index < names.len() => drop(names.remove(index)),
        (Field::Texts(texts), Some(index)) if index < texts.len() => drop(texts.remove(index)),
        (Field::Lines(lines), Some(index)) => lines.remove(index),
        _ => {}
    });
}

/// Whether what a step that reads says of its columns fits the file that the other was found for. One that says nothing does not:
/// it is better told.
pub fn fits(step: &Step, found: &Step) -> bool {
    let (said, there) = (columns_of(step), columns_of(found));
    !said.is_empty() && said.iter().all(|name| there.contains(name))
}

/// The columns whose types a step names.
fn columns_of(step: &Step) -> Vec<String> {
    struct Named(Vec<String>);
    impl Form for Named {
        fn param(&mut self, _: Spec, field: Field<'_>) {
            if let Field::Kinds(kinds) = field {
                self.0.extend(kinds.keys().cloned());
            }
        }

        fn reveal(&mut self, _: bool) -> bool {
            true
        }
    }
    let mut named = Named(Vec::new());
    step.clone().params(&mut named);
    named.0
}

/// Changes every path of a file among the parameters.
pub fn each_file(step: &mut Step, change: &mut dyn FnMut(&mut FilePath)) {
    struct Files<'a>(&'a mut dyn FnMut(&mut FilePath));
    impl Form for Files<'_> {
        fn param(&mut self, _: Spec, field: Field<'_>) {
            match field {
                Field::File(path) => (self.0)(path),
                Field::Optional(value) => {
                    if let Some(Field::File(path)) = value.inner() {
                        (self.0)(path);
                    }
                }
                _ => {}
            }
        }

        fn reveal(&mut self, _: bool) -> bool {
            true
        }
    }
    step.params(&mut Files(change));
}

/// Calls `edit` with the field at the path; with an index where the path ends in one.
fn at(step: &mut Step, path: &str, edit: &mut dyn FnMut(Field<'_>, Option<usize>)) {
    step.params(&mut Walk { path, edit });
}

struct Walk<'a> {
    path: &'a str,
    edit: &'a mut dyn FnMut(Field<'_>, Option<usize>),
}

impl Walk<'_> {
    fn field(&mut self, rest: &str, field: Field<'_>) {
        let field = match field {
            Field::Optional(value) => {
                if let Some(inner) = value.inner() {
                    self.field(rest, inner);
                }
                return;
            }
            field => field,
        };
        let Some((index, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return (self.edit)(field, None);
        };
        let Ok(index) = index.parse::<usize>() else { return };
        match (field, rest.strip_prefix('.')) {
            (Field::Lines(lines), Some(rest)) => self.line(lines, index, rest),
            (field, _) => (self.edit)(field, Some(index)),
        }
    }

    fn line(&mut self, lines: &mut dyn Lines, index: usize, rest: &str) {
        if let Some(line) = lines.line(index) {
            line.params(&mut Walk { path: rest, edit: self.edit });
        }
    }
}

impl Form for Walk<'_> {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let Some(rest) = self.path.strip_prefix(spec.name) else { return };
        if rest.is_empty() || rest.starts_with('[') {
            self.field(rest, field);
        }
    }

    fn reveal(&mut self, _: bool) -> bool {
        true
    }
}

/// The text with one place of it written over.
fn spliced(text: &str, place: Option<Place>, with: &str) -> String {
    let Some(place) = place else { return with.to_owned() };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let Some(line) = lines.get_mut(place.line.saturating_sub(1)) else { return text.to_owned() };
    let chars: Vec<char> = line.chars().collect();
    let from = place.column.saturating_sub(1).min(chars.len());
    let to = (from + place.length).min(chars.len());
    *line = chars[..from].iter().chain(with.chars().collect::<Vec<_>>().iter()).chain(&chars[to..]).collect();
    lines.join("\n")
}
