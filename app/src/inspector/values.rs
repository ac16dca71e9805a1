//! Values that are typed: paths of files, and lists of texts.

use std::path::Path;

use egui::{DragValue, Popup, Response, TextEdit, Ui};
use pipewright_engine::params::{FilePath, Secret};

use super::form::{self, Place};
use super::{Scene, paint};
use crate::action::Action;
use crate::icons;

/// A whole number, its thousands set apart from 10,000 on: below, it may be a year.
pub(super) fn count(ui: &mut Ui, place: &Place, count: &mut u64) -> Response {
    let value = DragValue::new(count)
        .speed(0.2)
        .custom_formatter(|number, _| with_commas(number as u64))
        .custom_parser(|text| text.replace([',', ' ', '_'], "").parse().ok());
    place.name.give(ui.add(value))
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The name of a secret. The file has it as `${secret:NAME}`.
pub(super) fn secret(ui: &mut Ui, place: &Place, secret: &mut Secret) -> Response {
    let mut name = secret.name().to_owned();
    let edit = TextEdit::singleline(&mut name).hint_text("Name, not value").desired_width(f32::INFINITY);
    let response = place.name.give(ui.add(edit));
    if response.changed() {
        *secret = Secret::named(&name);
    }
    response
}

/// A path, with the system's dialog and the files used last beside it.
pub(super) fn file(ui: &mut Ui, scene: &mut Scene, place: &Place, path: &mut FilePath) -> Response {
    let edit = TextEdit::singleline(&mut path.0).hint_text("No file is chosen").desired_width(f32::INFINITY);
    let response = place.name.give(ui.add(edit));
    ui.horizontal(|ui| {
        if ui.button("Choose…").accessible_name("Choose a file").clicked() {
            scene.actions.push(Action::ChooseFile {
                node: scene.subject.name.to_owned(),
                parameter: place.path.clone(),
                save: scene.subject.node.step.writes(),
            });
        }
        if scene.subject.recent_files.is_empty() {
            return;
        }
        let button = icons::button(ui, "history", "Recent files");
        Popup::menu(&button).show(|ui| {
            for recent in scene.subject.recent_files {
                let text = written(recent, scene.subject.folder);
                if ui.button(&text).clicked() {
                    path.0 = text;
                }
            }
        });
    });
    response
}

/// A path as pipelines have it: relative to their folder where it is within it, with `/` between folders.
fn written(path: &Path, folder: Option<&Path>) -> String {
    let inside = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    let text = inside.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

/// A text on each line, with another line for one more.
pub(super) fn texts(ui: &mut Ui, scene: &mut Scene, place: &Place, texts: &mut Vec<String>) {
    if texts.is_empty() {
        paint::note(ui, place.spec.help);
    }
    let mut removed = None;
    for (at, text) in texts.iter_mut().enumerate() {
        let id = form::id(scene, &format!("{}[{at}]", place.path));
        paint::steady(ui, id, |ui| {
            ui.horizontal(|ui| {
                let room = ui.available_width() - ui.spacing().interact_size.x - ui.spacing().item_spacing.x;
                let field = ui.add(TextEdit::singleline(text).desired_width(room));
                let field = field.accessible_name(format!("Line {} of {}", at + 1, place.what));
                form::go_to(ui, scene, &format!("{}[{at}]", place.path), &field);
                if icons::button(ui, "x", &format!("Remove line {} of {}", at + 1, place.what)).clicked() {
                    removed = Some(at);
                }
            });
        });
    }
    removed.into_iter().for_each(|at| drop(texts.remove(at)));
    let add = ui.button("Add line").accessible_name(format!("Add line to {}", place.what));
    form::go_to(ui, scene, &place.path, &add);
    if add.clicked() {
        scene.state.focus = Some(format!("{}[{}]", place.path, texts.len()));
        texts.push(String::new());
    }
}
