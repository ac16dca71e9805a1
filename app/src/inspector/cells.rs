//! A table that is typed in, cell by cell.

use egui::{TextEdit, Ui, vec2};
use pipewright_engine::nodes::Step;

use super::form::{self, Place};
use super::{Scene, paint};
use crate::theme::{self, gap, size};

const WIDTH: f32 = 92.0;
const NUMBER: f32 = 28.0;
const ROWS_SHOWN: f32 = 10.0;

enum Change {
    Remove(usize),
    Duplicate(usize),
    Value(usize, usize, Option<String>),
}

pub(super) fn show(ui: &mut Ui, scene: &mut Scene, place: &Place, rows: &mut Vec<Vec<Option<String>>>) {
    let names = columns(scene, rows);
    let height = ui.spacing().interact_size.y;
    let mut change = None;
    egui::ScrollArea::horizontal().id_salt("cells").show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        heads(ui, &names);
        let scroll = egui::ScrollArea::vertical().id_salt("rows").max_height(height * ROWS_SHOWN);
        scroll.show_rows(ui, height, rows.len(), |ui, range| {
            for at in range {
                change = row(ui, scene, place, &names, at, &rows[at]).or(change.take());
            }
        });
    });
    match change {
        Some(Change::Remove(at)) => drop(rows.remove(at)),
        Some(Change::Duplicate(at)) => rows.insert(at + 1, rows[at].clone()),
        Some(Change::Value(at, column, value)) => set(&mut rows[at], column, value),
        None => {}
    }
    let add = ui.button("Add row").accessible_name(format!("Add row to {}", place.what));
    form::go_to(ui, scene, &place.path, &add);
    if add.clicked() {
        rows.push(vec![None; names.len()]);
    }
}

/// The names above the cells; rows may be longer than the columns that have a name.
fn columns(scene: &Scene, rows: &[Vec<Option<String>>]) -> Vec<String> {
    let named: Vec<String> = match &scene.subject.node.step {
        Step::Table(table) => table.columns.iter().map(|column| column.name.0.clone()).collect(),
        _ => Vec::new(),
    };
    let longest = rows.iter().map(Vec::len).max().unwrap_or_default().max(named.len());
    (0..longest).map(|at| named.get(at).cloned().unwrap_or_else(|| format!("Column {}", at + 1))).collect()
}

fn heads(ui: &mut Ui, names: &[String]) {
    paint::low_row(ui, |ui| {
        ui.add_space(NUMBER + 2.0);
        for name in names {
            let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, size::SMALL + gap::S), egui::Sense::hover());
            let weak = theme::palette(ui.ctx()).weak;
            let text = paint::line(ui, name, theme::strong(size::SMALL), weak, WIDTH);
            ui.painter().galley(rect.left_top() + vec2(gap::S, 0.0), text, weak);
        }
    });
}

fn row(
    ui: &mut Ui,
    scene: &Scene,
    place: &Place,
    names: &[String],
    at: usize,
    values: &[Option<String>],
) -> Option<Change> {
    let mut change = None;
    let id = form::id(scene, &format!("{}[{at}]", place.path));
    paint::steady(ui, id, |ui| {
        ui.horizontal(|ui| {
            change = number(ui, at);
            for (column, name) in names.iter().enumerate() {
                let value = values.get(column).and_then(Option::as_deref);
                let edited = cell(ui, at, name, value);
                change = edited.map(|value| Change::Value(at, column, value)).or(change.take());
            }
        });
    });
    change
}

/// The number of a row, with a menu for all of it.
fn number(ui: &mut Ui, at: usize) -> Option<Change> {
    let text = egui::RichText::new((at + 1).to_string()).size(size::SMALL).color(theme::palette(ui.ctx()).faint);
    let button = egui::Button::new(text).frame_when_inactive(false).min_size(vec2(NUMBER, 0.0));
    let response = ui.add(button).accessible_name(format!("Row {}", at + 1));
    let mut change = None;
    egui::Popup::menu(&response).show(|ui| {
        if ui.button("Duplicate row").clicked() {
            change = Some(Change::Duplicate(at));
        }
        if ui.button("Remove row").clicked() {
            change = Some(Change::Remove(at));
        }
    });
    change
}

/// A cell. What is taken out leaves null; empty text is chosen from the menu.
fn cell(ui: &mut Ui, at: usize, name: &str, value: Option<&str>) -> Option<Option<String>> {
    let mut text = value.unwrap_or_default().to_owned();
    let hint = if value.is_some() { "\"\"" } else { "null" };
    let response = ui.add(TextEdit::singleline(&mut text).hint_text(hint).desired_width(WIDTH));
    let response = response.accessible_name(format!("{name} in row {}", at + 1));
    let mut chosen = None;
    response.context_menu(|ui| {
        if ui.button("Null").clicked() {
            chosen = Some(None);
        }
        if ui.button("Empty text").clicked() {
            chosen = Some(Some(String::new()));
        }
    });
    if response.changed() {
        return Some(Some(text).filter(|text| !text.is_empty()));
    }
    chosen
}

fn set(row: &mut Vec<Option<String>>, column: usize, value: Option<String>) {
    if row.len() <= column {
        row.resize(column + 1, None);
    }
    row[column] = value;
}
