//! The form: one field for each parameter of a step, with its label, its help and what is wrong with it.

use egui::{Align, DragValue, Layout, Response, RichText, TextEdit, Ui};
use pipewright_engine::params::{Choice, Field, Form, Optional, Params, Spec, in_words};
use pipewright_engine::problem::{Problem, Severity};

use super::paint::{self, Name};
use super::pick::{self, Face, Item};
use super::{Scene, cells, columns, fixes, formula, kinds, lines, values};
use crate::action::Action;
use crate::checker::Fix;
use crate::theme::{self, gap, size};

/// Where a field stands: its declaration, its path as problems have it, and what its control is called.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) spec: Spec,
    pub(super) path: String,
    pub(super) name: Name,
    /// What it holds, in words: for controls that are about a part of it.
    pub(super) what: String,
}

/// The parameters of a step below each other, each under its label.
pub(super) struct Stacked<'u, 's, 'a> {
    pub(super) ui: &'u mut Ui,
    pub(super) scene: &'s mut Scene<'a>,
}

impl Form for Stacked<'_, '_, '_> {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let path = spec.name.to_owned();
        let scene = &mut *self.scene;
        paint::steady(self.ui, id(scene, &path), |ui| labelled(ui, scene, spec, path, field));
        self.ui.add_space(gap::M);
    }
}

/// The same for a field in every frame.
pub(super) fn id(scene: &Scene, path: &str) -> egui::Id {
    egui::Id::unique(("inspector", scene.subject.name, path))
}

/// Short controls stand beside their label, all others below it.
fn labelled(ui: &mut Ui, scene: &mut Scene, spec: Spec, path: String, field: Field<'_>) {
    let words = spec.label();
    let place = |label: &Response| Place {
        spec,
        path: path.clone(),
        name: Name { text: words.clone(), label: Some(label.id) },
        what: words.to_lowercase(),
    };
    if is_short(&field) {
        ui.horizontal(|ui| {
            let label = label(ui, &words, spec.help);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| draw(ui, scene, &place(&label), field));
        });
    } else {
        let label = label(ui, &words, spec.help);
        draw(ui, scene, &place(&label), field);
    }
    problems(ui, scene, &path);
    noticed(ui, scene, &path);
}

fn is_short(field: &Field<'_>) -> bool {
    match field {
        Field::Switch(_) | Field::Count(_) | Field::Number(_) => true,
        Field::Optional(value) => !value.is_set() && !is_list(&**value),
        _ => false,
    }
}

/// Whether being open is an option among others: of a switch or a type.
fn is_list(value: &dyn Optional) -> bool {
    let mut is_list = false;
    value.describe(&mut |field| is_list = matches!(field, Field::Switch(_) | Field::Kind(_)));
    is_list
}

fn label(ui: &mut Ui, words: &str, help: &'static str) -> Response {
    let text = RichText::new(words).font(theme::strong(size::BODY));
    explained(ui.add(egui::Label::new(text).selectable(false)), help)
}

/// Shows help where the pointer rests.
pub(super) fn explained(response: Response, help: &str) -> Response {
    response.on_hover_ui(|ui| {
        ui.set_max_width(320.0);
        let job = paint::prose(ui, help, size::BODY, theme::palette(ui.ctx()).text);
        ui.label(job);
    })
}

/// The control of a field, as wide as there is room.
pub(super) fn draw(ui: &mut Ui, scene: &mut Scene, place: &Place, field: Field<'_>) {
    ui.scope(|ui| {
        if is_wrong(scene, &place.path) {
            paint::mark_wrong(ui);
        }
        control(ui, scene, place, field);
    });
}

fn control(ui: &mut Ui, scene: &mut Scene, place: &Place, field: Field<'_>) {
    let response = match field {
        Field::Switch(on) => paint::toggle(ui, on, &place.name),
        Field::Count(count) => values::count(ui, place, count),
        Field::Number(number) => place.name.give(ui.add(DragValue::new(number).speed(0.1))),
        Field::Text(text) => edit(ui, place, text, ""),
        Field::NewColumn(name) => edit(ui, place, &mut name.0, "Name"),
        Field::Kind(kind) => kinds::one(ui, place, kind),
        Field::Choice(choice) => choose(ui, place, choice),
        Field::Column(column) => columns::one(ui, scene, place, column),
        Field::File(path) => values::file(ui, scene, place, path),
        Field::Formula(text) => formula::show(ui, scene, place, &mut text.0),
        Field::Query(text) => formula::query(ui, scene, place, &mut text.0),
        Field::Secret(secret) => values::secret(ui, place, secret),
        Field::Texts(texts) => return values::texts(ui, scene, place, texts),
        Field::Columns(names) => return columns::many(ui, scene, place, names),
        Field::Kinds(types) => return kinds::by_column(ui, scene, place, types),
        Field::Cells(rows) => return cells::show(ui, scene, place, rows),
        Field::Lines(list) => return lines::show(ui, scene, place, list),
        Field::Optional(value) => return optional(ui, scene, place, value),
    };
    go_to(ui, scene, &place.path, &response);
}

/// Gives the keyboard to the field that was asked for. An empty name asks for the first.
pub(super) fn go_to(ui: &Ui, scene: &mut Scene, path: &str, response: &Response) {
    let Some(wanted) = &scene.state.focus else { return };
    if wanted == path || wanted.is_empty() {
        response.request_focus();
        ui.scroll_to_rect(response.rect, Some(Align::Center));
        scene.state.focus = None;
    }
}

fn edit(ui: &mut Ui, place: &Place, text: &mut String, hint: &str) -> Response {
    let edit = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
    place.name.give(ui.add(edit))
}

/// A few short options stand beside each other, more of them in a list.
fn choose(ui: &mut Ui, place: &Place, choice: &mut dyn Choice) -> Response {
    const MOST: usize = 3;
    const LETTERS: usize = 26;
    let options = choice.options();
    let names: Vec<String> = options.iter().map(|option| in_words(option.name)).collect();
    let short = options.len() <= MOST && names.iter().map(String::len).sum::<usize>() <= LETTERS;
    if short && place.name.label.is_some() {
        let options: Vec<(&str, &str)> =
            names.iter().zip(options).map(|(name, option)| (name.as_str(), option.help)).collect();
        let (response, picked) = segments(ui, place, &options, choice.chosen());
        picked.into_iter().for_each(|option| choice.choose(option));
        return response;
    }
    let chosen = choice.chosen();
    let text = names.get(chosen).map_or("", String::as_str);
    let face = Face { text, chosen: Some(chosen), ..Face::default() };
    let items = || {
        names
            .iter()
            .zip(options)
            .map(|(name, option)| Item { text: name.clone(), sign: None, help: option.help })
            .collect()
    };
    let (response, picked) = pick::combo(ui, &place.name, &face, items);
    picked.into_iter().for_each(|option| choice.choose(option));
    let help = options.get(chosen).map_or("", |option| option.help);
    explained(response, help)
}

/// Options beside each other. Gives the response of the chosen one.
fn segments(ui: &mut Ui, place: &Place, options: &[(&str, &str)], chosen: usize) -> (Response, Option<usize>) {
    let mut picked = None;
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap::S;
        let mut shown: Option<Response> = None;
        for (at, (name, help)) in options.iter().enumerate() {
            let response = ui.add(egui::Button::selectable(at == chosen, *name).frame_when_inactive(true));
            response.widget_info(|| {
                let label = format!("{}: {name}", place.name.text);
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, at == chosen, label)
            });
            if response.clicked() {
                picked = Some(at);
            }
            let response = explained(response, help);
            if at == chosen || shown.is_none() {
                shown = Some(response);
            }
        }
        shown
    });
    (row.inner.unwrap_or(row.response), picked)
}

/// A value that may be left open. Where being open is an option among others, it is one of them.
fn optional(ui: &mut Ui, scene: &mut Scene, place: &Place, value: &mut dyn Optional) {
    if is_list(value) {
        let mut is_kind = false;
        value.describe(&mut |field| is_kind = matches!(field, Field::Kind(_)));
        let response = if is_kind { kinds::perhaps(ui, place, value) } else { perhaps(ui, place, value) };
        return go_to(ui, scene, &place.path, &response);
    }
    if !value.is_set() {
        let name = Name::spoken(format!("Set {}", place.what));
        let response = paint::open_field(ui, &name);
        go_to(ui, scene, &place.path, &response);
        if response.clicked() {
            value.set(true);
            scene.state.focus = Some(place.path.clone());
        }
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap::S;
        let room = ui.available_width() - ui.spacing().interact_size.y - gap::S;
        if let Some(inner) = value.inner() {
            paint::column(ui, room, |ui| control(ui, scene, place, inner));
        }
        if crate::icons::button(ui, "x", &format!("Clear {}", place.what)).clicked() {
            value.set(false);
        }
    });
}

/// True, false or left open.
fn perhaps(ui: &mut Ui, place: &Place, value: &mut dyn Optional) -> Response {
    let chosen = match value.inner() {
        Some(Field::Switch(true)) => 1,
        Some(_) => 2,
        None => 0,
    };
    let (response, picked) = segments(ui, place, &[("Not set", ""), ("Yes", ""), ("No", "")], chosen);
    if let Some(picked) = picked {
        value.set(picked > 0);
    }
    if let (Some(picked), Some(Field::Switch(on))) = (picked, value.inner()) {
        *on = picked == 1;
    }
    response
}

fn is_wrong(scene: &Scene, path: &str) -> bool {
    scene.subject.problems.iter().any(|problem| problem.is_error() && problem.parameter.as_deref() == Some(path))
}

/// Whether a problem is about the field at `path` or a part of it.
fn is_about(problem: &Problem, path: &str) -> bool {
    let rest = problem.parameter.as_deref().and_then(|parameter| parameter.strip_prefix(path));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

/// What is wrong with a field, below it. Lines of a table say it below each line themselves.
pub(super) fn problems(ui: &mut Ui, scene: &mut Scene, path: &str) {
    let subject = scene.subject;
    let said_by_lines = |problem: &Problem| {
        let parameter = problem.parameter.as_deref().unwrap_or_default();
        parameter.len() > path.len() && parameter[path.len()..].contains("].")
    };
    let about = subject.problems.iter().filter(|problem| is_about(problem, path) && !said_by_lines(problem));
    about.for_each(|problem| self::problem(ui, scene.actions, subject, problem));
}

/// A problem, with a button for each of its fixes.
pub(super) fn problem(ui: &mut Ui, actions: &mut Vec<Action>, subject: &super::Subject, problem: &Problem) {
    let palette = theme::palette(ui.ctx());
    let color = match problem.severity {
        Severity::Error => palette.error,
        Severity::Warning => palette.warning,
        Severity::Note => palette.weak,
    };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(RichText::new(&problem.message).size(size::SMALL).color(color));
        let fixes = fixes(problem, subject);
        let shown_by_fix = problem.replacement.is_some() && !fixes.is_empty();
        if let Some(suggestion) = problem.suggestion.as_deref().filter(|_| !shown_by_fix) {
            ui.label(RichText::new(suggestion).size(size::SMALL).color(palette.weak));
        }
        if fixes.is_empty() {
            return;
        }
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().button_padding.y = 2.0;
        ui.horizontal_wrapped(|ui| {
            for (text, fix) in fixes {
                if ui.button(RichText::new(&text).size(size::SMALL)).clicked() {
                    actions.push(Action::Fix { node: subject.name.to_owned(), fix });
                }
            }
        });
    });
}

/// What was found out about the source where the field is left open, with a button for each thing to state instead.
fn noticed(ui: &mut Ui, scene: &mut Scene, path: &str) {
    let subject = scene.subject;
    let of_field: Vec<_> = subject.noticed.iter().filter(|noticed| noticed.parameter == path).collect();
    if of_field.is_empty() {
        return;
    }
    ui.scope(|ui| {
        // In a line as high as a button the words would stand below those of the links.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().button_padding.x = 0.0;
        for noticed in of_field {
            ui.horizontal_wrapped(|ui| {
                paint::note(ui, &noticed.words);
                for instead in &noticed.instead {
                    let label = format!("{} {}", noticed.words, instead.words);
                    if paint::link(ui, &instead.words, &label).clicked() {
                        let fix = Fix::State { parameter: path.to_owned(), value: instead.value.clone() };
                        scene.actions.push(Action::Fix { node: subject.name.to_owned(), fix });
                    }
                }
            });
        }
    });
}

/// Problems of the node that no field of the form stands for: a wire that is missing, a step that can't be read.
pub(super) fn unplaced_problems(ui: &mut Ui, scene: &mut Scene, step: &mut pipewright_engine::nodes::Step) {
    struct Shown(Vec<&'static str>);
    impl Form for Shown {
        fn param(&mut self, spec: Spec, _field: Field<'_>) {
            self.0.push(spec.name);
        }
    }
    let mut shown = Shown(Vec::new());
    step.params(&mut shown);
    let subject = scene.subject;
    for problem in &subject.problems {
        if !shown.0.iter().any(|name| is_about(problem, name)) {
            self::problem(ui, scene.actions, subject, problem);
        }
    }
}
