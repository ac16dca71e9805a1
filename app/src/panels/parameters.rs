//! The values that a pipeline is given when it runs, and what it is for.

use egui::{ComboBox, Frame, Margin, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use indexmap::IndexMap;
use pipewright_engine::pipeline::{Parameter, Pipeline, example_of};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use super::{Look, heading, icon_button, name_field, weak};
use crate::action::Action;
use crate::files::quoted;
use crate::icons;
use crate::theme::{ROUND, gap, palette, size};

/// A name that is being typed: it holds from when the field is left, since half a name may be another's.
#[derive(Clone, Debug, Default)]
pub struct State {
    renaming: Option<(usize, String)>,
}

/// `file` is what the pipeline's file is called, for the example of a run.
pub fn show(ui: &mut Ui, pipeline: &Pipeline, file: &str, state: &mut State, actions: &mut Vec<Action>) {
    ScrollArea::vertical().id_salt("parameters").auto_shrink([false, true]).show(ui, |ui| {
        about(ui, pipeline, actions);
        ui.add_space(gap::L);
        heading(ui, "Parameters");
        weak(ui, "Write :name in a formula, or {name} in a path, for the value that a run is given.");
        let mut parameters = pipeline.parameters.clone();
        let mut removed = None;
        for at in 0..parameters.len() {
            if card(ui, at, &mut parameters, state) {
                removed = Some(at);
            }
        }
        if let Some(at) = removed {
            parameters.shift_remove_index(at);
            state.renaming = None;
        }
        let colors = palette(ui.ctx());
        let look = Look { fill: colors.hover, text: colors.text, width: 0.0 };
        if icon_button(ui, "plus", "Add parameter", "Add parameter", look).clicked() {
            parameters.insert(free_name(&parameters), Parameter::default());
        }
        if parameters != pipeline.parameters || !parameters.keys().eq(pipeline.parameters.keys()) {
            actions.push(Action::Parameters(parameters));
        }
        how_to_give(ui, pipeline, file);
    });
}

fn about(ui: &mut Ui, pipeline: &Pipeline, actions: &mut Vec<Action>) {
    heading(ui, "About");
    let mut text = pipeline.about.clone();
    let field =
        TextEdit::multiline(&mut text).hint_text("What is it for?").desired_width(f32::INFINITY).desired_rows(2);
    let field = ui.add(field);
    name_field(&field, "About this pipeline", &text);
    if text != pipeline.about {
        actions.push(Action::PipelineAbout(text));
    }
}

/// A parameter's fields; true if it is to be removed.
fn card(ui: &mut Ui, at: usize, parameters: &mut IndexMap<String, Parameter>, state: &mut State) -> bool {
    let colors = palette(ui.ctx());
    let frame = Frame::new().fill(colors.surface).stroke((1.0, colors.line)).corner_radius(ROUND);
    let mut remove = false;
    frame.inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.push_id(at, |ui| {
            ui.horizontal(|ui| {
                name(ui, at, parameters, state);
                let Some((name, parameter)) = parameters.get_index_mut(at) else { return };
                kind(ui, name, parameter);
                default(ui, name, parameter);
                remove = icons::button(ui, "trash_2", &format!("Remove parameter {name}")).clicked();
            });
            let Some((name, parameter)) = parameters.get_index_mut(at) else { return };
            if let Some(complaint) = complaint(parameter) {
                ui.label(RichText::new(complaint).size(size::SMALL).color(colors.error));
            }
            let field = TextEdit::singleline(&mut parameter.about).hint_text("What is it for?");
            let field = ui.add(field.desired_width(f32::INFINITY));
            name_field(&field, &format!("About {name}"), &parameter.about);
        });
    });
    remove
}

fn name(ui: &mut Ui, at: usize, parameters: &mut IndexMap<String, Parameter>, state: &mut State) {
    let Some(old) = parameters.get_index(at).map(|(name, _)| name.clone()) else { return };
    let mut text = match &state.renaming {
        Some((of, text)) if *of == at => text.clone(),
        _ => old.clone(),
    };
    let wrong = text != old && why_not(&text, parameters).is_some();
    let color = if wrong { palette(ui.ctx()).error } else { palette(ui.ctx()).text };
    let field = ui.add(TextEdit::singleline(&mut text).text_color(color).hint_text("Name").desired_width(120.0));
    name_field(&field, &format!("Name of {old}"), &text);
    if field.has_focus() || field.changed() {
        state.renaming = Some((at, text.clone()));
    }
    if let Some(why) = why_not(&text, parameters).filter(|_| wrong) {
        field.clone().on_hover_text(why);
    }
    if !field.lost_focus() {
        return;
    }
    state.renaming = None;
    if text == old || why_not(&text, parameters).is_some() {
        return;
    }
    if let Some((_, parameter)) = parameters.shift_remove_index(at) {
        parameters.shift_insert(at, text, parameter);
    }
}

/// Why a parameter can't be called so.
fn why_not(name: &str, parameters: &IndexMap<String, Parameter>) -> Option<&'static str> {
    let letters = |c: char| c.is_alphanumeric() || c == '_';
    match name {
        "" => Some("A parameter has a name."),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => Some("A name begins with a letter."),
        name if !name.chars().all(letters) => Some("A name is made of letters, digits and _."),
        name if parameters.contains_key(name) => Some("There is a parameter of this name."),
        _ => None,
    }
}

fn free_name(parameters: &IndexMap<String, Parameter>) -> String {
    let numbered = (2..).map(|number| format!("parameter_{number}"));
    let mut names = std::iter::once("parameter".to_owned()).chain(numbered);
    names.find(|name| !parameters.contains_key(name)).unwrap_or_default()
}

fn kind(ui: &mut Ui, name: &str, parameter: &mut Parameter) {
    let shown = parameter.kind.to_string();
    let combo = ComboBox::from_id_salt("kind").selected_text(&shown).width(116.0).show_ui(ui, |ui| {
        for kind in Type::choices() {
            let text = kind.to_string();
            ui.selectable_value(&mut parameter.kind, kind, text);
        }
    });
    let label = format!("Type of {name}");
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::ComboBox, true, &label);
        info.current_text_value = Some(shown.clone());
        info
    });
}

/// Without a default, every run must give a value. An empty text is a default, too.
fn default(ui: &mut Ui, name: &str, parameter: &mut Parameter) {
    let mut given = parameter.default.is_some();
    let check = ui.checkbox(&mut given, "Default");
    check.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, given, format!("{name} has a default")));
    if given != parameter.default.is_some() {
        let example = if parameter.kind.is_text() { "" } else { example_of(&parameter.kind) };
        parameter.default = given.then(|| example.to_owned());
    }
    let Some(text) = &mut parameter.default else {
        let place = vec2(150.0, ui.spacing().interact_size.y);
        ui.allocate_ui(place, |ui| {
            ui.set_min_width(place.x);
            weak(ui, "must be given");
        });
        return;
    };
    let fine = Value::parse(text, &parameter.kind).is_some();
    let color = if fine { palette(ui.ctx()).text } else { palette(ui.ctx()).error };
    let field = TextEdit::singleline(text).text_color(color).desired_width(142.0);
    let field = ui.add(field);
    name_field(&field, &format!("Default of {name}"), text);
}

/// What is wrong with the default, while it is typed.
fn complaint(parameter: &Parameter) -> Option<String> {
    let Parameter { kind, default, .. } = parameter;
    let text = default.as_ref()?;
    if Value::parse(text, kind).is_some() {
        return None;
    }
    let what = if text.is_empty() { "Nothing".to_owned() } else { format!("{text:?}") };
    Some(format!("{what} is no {kind}. Write it like {}.", example_of(kind)))
}

fn how_to_give(ui: &mut Ui, pipeline: &Pipeline, file: &str) {
    let Some((name, _)) = pipeline.parameters.first() else { return };
    ui.add_space(gap::L);
    heading(ui, "Without the designer");
    let command = command(pipeline, file);
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(&command).monospace()).selectable(true).wrap());
        if icons::button(ui, "copy", "Copy command").clicked() {
            ui.ctx().copy_text(command.clone());
        }
    });
    weak(ui, format!("Or set PIPEWRIGHT_PARAM_{} in the environment.", name.to_uppercase()));
}

/// A call that gives every parameter its default, or an example of its type.
pub fn command(pipeline: &Pipeline, file: &str) -> String {
    let set = pipeline.parameters.iter().map(|(name, parameter)| {
        let value = parameter.default.as_deref().unwrap_or(example_of(&parameter.kind));
        format!(" --set {}", quoted(&format!("{name}={value}")))
    });
    format!("pipewright run {}{}", quoted(file), set.collect::<String>())
}
