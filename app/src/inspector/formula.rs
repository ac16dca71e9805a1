//! The editor of a formula: coloured, completed, explained, and with what it gives in the first rows.

use std::sync::Arc;

use egui::text::CCursor;
use egui::{CompletionPopup, Galley, Pos2, RectAlign, Response, RichText, Shape, TextEdit, Ui, pos2};
use pipewright_engine::formula::{Expr, Function};
use pipewright_engine::problem::{Place as Spot, Problem};
use pipewright_engine::types::{Column, Schema, Type};

use super::form::{self, Place};
use super::{Scene, completion, grid, help, paint, syntax};
use crate::theme::{self, gap, size};

/// How many rows show the result.
const ROWS: usize = 5;
/// Tables of more columns are too wide to be read beside a form.
const MOST_COLUMNS: usize = 4;

pub(super) fn show(ui: &mut Ui, scene: &mut Scene, place: &Place, text: &mut String) -> Response {
    let columns = scene.state.scopes.of(&place.path).map(|compiled| Arc::clone(&compiled.columns));
    let rows = if place.name.label.is_some() { 2 } else { 1 };
    editor(ui, scene, place, text, &Words { columns, more: &[], rows })
}

/// The same for a query, which sees the columns of all inputs.
pub(super) fn query(ui: &mut Ui, scene: &mut Scene, place: &Place, text: &mut String) -> Response {
    let mut names = Schema::default();
    // Tables are names like those of columns.
    let tables = scene.subject.node.from.iter().flatten().map(|link| Column::new(link.to_string(), Type::Null));
    let columns = scene.subject.inputs.iter().flatten().flat_map(|input| input.0.iter().cloned());
    tables.chain(columns).for_each(|column| names.set(column));
    editor(ui, scene, place, text, &Words { columns: Some(Arc::new(names)), more: syntax::QUERY_KEYWORDS, rows: 8 })
}

/// What a text may speak of, and how many lines of it are shown at least.
struct Words {
    columns: Option<Arc<Schema>>,
    /// Keywords that formulas have not.
    more: &'static [&'static str],
    rows: usize,
}

fn editor(ui: &mut Ui, scene: &mut Scene, place: &Place, text: &mut String, words: &Words) -> Response {
    let Words { columns, more, rows } = words;
    let spot = problem_of(scene, &place.path).and_then(|problem| problem.place);
    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
        let job = syntax::colours(ui, text.as_str(), columns.as_deref(), more, width);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let before = text.clone();
    let edit = TextEdit::multiline(text)
        .hint_text(RichText::new(hint(place)).size(size::SMALL))
        .desired_rows(*rows)
        .desired_width(f32::INFINITY)
        .layouter(&mut layouter);
    let (pipeline, palette) = (scene.subject.pipeline, theme::palette(ui.ctx()));
    let id = form::id(scene, &place.path).with("editor");
    let asked = asks_for_columns(ui, id);
    let output = CompletionPopup::new(id).word_boundary(completion::is_boundary).align(RectAlign::BOTTOM_START).show(
        ui,
        edit,
        |query| completion::suggest(query, columns.as_deref(), pipeline, palette, more, asked),
    );
    if output.accepted.is_some() || *text != before {
        ui.data_mut(|data| data.remove::<bool>(id));
    }
    let response = place.name.give(output.text_edit.response.response.clone());
    let (galley, at) = (&output.text_edit.galley, output.text_edit.galley_pos);
    // A place in the text as it was says nothing of the text as it is.
    if *text == before {
        spot.into_iter().for_each(|spot| underline(ui, galley, at, &before, spot));
    }
    if let Some(function) = pointed_at(ui, &response, galley, at, text) {
        response.clone().on_hover_ui(|ui| help::function(ui, function.entry()));
    }
    let caret = output.text_edit.cursor_range.filter(|_| response.has_focus()).map(|range| range.primary);
    if let Some(function) = caret.and_then(|caret| syntax::function_at(text, byte_at(text, caret))) {
        egui::Frame::new().fill(palette.hover).corner_radius(theme::ROUND).inner_margin(gap::M as i8).show(ui, |ui| {
            ui.set_width(ui.available_width());
            help::function(ui, function.entry());
        });
    }
    result(ui, scene, place);
    response
}

/// Ctrl and the space bar list all columns, until something is typed.
fn asks_for_columns(ui: &Ui, id: egui::Id) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        ui.data_mut(|data| data.remove::<bool>(id));
        return false;
    }
    if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::Space)) {
        ui.data_mut(|data| data.insert_temp(id, true));
    }
    ui.data(|data| data.get_temp(id)).unwrap_or_default()
}

/// The example that the help of most formulas has, as a hint.
fn hint(place: &Place) -> String {
    place.spec.help.replace('`', "")
}

/// What is wrong with the formula: as the pipeline's check found, or until that has come, as it stands by itself.
fn problem_of<'a>(scene: &'a Scene, path: &str) -> Option<&'a Problem> {
    checked(scene, path).or_else(|| scene.state.scopes.of(path)?.result.as_ref().err())
}

fn checked<'a>(scene: &'a Scene, path: &str) -> Option<&'a Problem> {
    scene.subject.problems.iter().copied().find(|problem| problem.parameter.as_deref() == Some(path))
}

fn byte_at(text: &str, cursor: CCursor) -> usize {
    text.char_indices().nth(cursor.index.0).map_or(text.len(), |(at, _)| at)
}

fn pointed_at(ui: &Ui, response: &Response, galley: &Galley, at: Pos2, text: &str) -> Option<Function> {
    let pointer = response.hover_pos()?;
    let on_text = galley.rect.translate(at.to_vec2()).contains(pointer);
    let cursor = galley.cursor_from_pos(pointer - at);
    let byte = byte_at(text, cursor);
    let piece = syntax::pieces(text).into_iter().find(|piece| piece.range.contains(&byte))?;
    (on_text && piece.kind == syntax::Kind::Function && ui.is_enabled()).then(|| Function::named(&text[piece.range]))?
}

/// A wave below the letters that a problem is about.
fn underline(ui: &Ui, galley: &Galley, at: Pos2, text: &str, spot: Spot) {
    let lines_before = text.split_inclusive('\n').take(spot.line.saturating_sub(1));
    let start = lines_before.map(|line| line.chars().count()).sum::<usize>() + spot.column.saturating_sub(1);
    let from = galley.pos_from_cursor(CCursor::new(start));
    let to = galley.pos_from_cursor(CCursor::new(start + spot.length.max(1)));
    let color = theme::palette(ui.ctx()).error;
    let on_one_row = from.top() == to.top();
    let end = if on_one_row { to.left().max(from.left() + 6.0) } else { galley.rect.right() };
    wave(ui, at, from.left(), end, from.bottom(), color);
    if !on_one_row {
        wave(ui, at, galley.rect.left(), to.left(), to.bottom(), color);
    }
}

fn wave(ui: &Ui, at: Pos2, left: f32, right: f32, y: f32, color: egui::Color32) {
    const STEP: f32 = 2.0;
    let count = ((right - left) / STEP).max(1.0) as usize;
    let point =
        |step: usize| at + egui::vec2(left + step as f32 * STEP, y - if step.is_multiple_of(2) { 0.0 } else { STEP });
    ui.painter().add(Shape::line((0..=count).map(point).map(|point| pos2(point.x, point.y)).collect(), (1.0, color)));
}

/// The type of the result and its values in the first rows, or what is wrong.
fn result(ui: &mut Ui, scene: &mut Scene, place: &Place) {
    let subject = scene.subject;
    let found = checked(scene, &place.path).is_some();
    let Some(compiled) = scene.state.scopes.of(&place.path) else { return };
    match &compiled.result {
        // The field shows what the check found.
        _ if found => {}
        Err(problem) => {
            let mut problem = problem.clone();
            problem.parameter = Some(place.path.clone());
            form::problem(ui, scene.actions, subject, &problem);
        }
        Ok(formula) => {
            let palette = theme::palette(ui.ctx());
            let text = format!("Gives {}", formula.kind);
            ui.label(RichText::new(text).size(size::SMALL).color(palette.kind(&formula.kind)));
            values(ui, scene, place, formula, compiled.makes.as_deref());
        }
    }
}

/// The columns that the formula reads beside the one it makes, as they came out last. Rows of the output, because there they are
/// in line whatever the node leaves out.
fn values(ui: &mut Ui, scene: &Scene, place: &Place, formula: &Expr, makes: Option<&str>) {
    let Some(output) = scene.subject.output.filter(|output| !output.rows.is_empty()) else { return };
    let read = formula.columns().into_iter().filter(|name| Some(*name) != makes).take(MOST_COLUMNS);
    let columns: Vec<usize> = read.chain(makes).filter_map(|name| output.schema.position(name)).collect();
    if columns.is_empty() {
        return;
    }
    ui.scope(|ui| {
        if scene.subject.stale {
            ui.set_opacity(0.5);
        }
        if makes.is_none() {
            paint::note(ui, "The first rows that come out:");
        }
        grid::show(ui, form::id(scene, &place.path).with("values"), output, &columns, ROWS);
    });
}
