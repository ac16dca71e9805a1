//! Paints the cells and the row numbers.

use std::ops::Range;

use egui::epaint::TextShape;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, FontId, Galley, Painter, Rect, Response, Stroke, Ui, accesskit, pos2, vec2};
use pipewright_runner::cli::words::thousands;
use std::sync::Arc;

use super::super::cell::{Shown, on_its_clock, shown, spoken};
use super::{Looked, Places, ROW, Rows};
use crate::theme::{self, Palette, gap, size};

/// Cells that screen readers are told of: more than are seen on a large screen.
const SPOKEN: u64 = 1500;
/// The least width of a letter: as many as might fit are laid out.
const LETTER: f32 = 3.0;

/// Text in one line, cut with `…` where there is no room. Its colour is given when it is painted, so that it is laid out once.
pub(in super::super) fn line(painter: &Painter, text: String, font: FontId, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text, font, Color32::PLACEHOLDER);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

pub(super) fn paint(
    ui: &Ui,
    places: &Places,
    looked: &Looked,
    rows: &Rows,
    (seen_rows, seen_columns): (Range<u64>, Range<usize>),
    response: &Response,
) {
    let palette = theme::palette(ui.ctx());
    let painter = ui.painter_at(places.body);
    painter.rect_filled(places.body, 0.0, palette.surface);
    backdrop(ui, &painter, places, looked, response, palette);
    lines(&painter, places, looked, (&seen_rows, &seen_columns), palette);
    let dim = {
        let mut painter = painter.clone();
        painter.multiply_opacity(0.5);
        painter
    };
    for row in seen_rows.clone() {
        for column in seen_columns.clone() {
            let place = looked.place((row, column), places);
            let Some((value, old)) = rows.cell(row, column) else {
                painter.circle_filled(pos2(place.left() + gap::L, place.center().y), 1.5, palette.outline);
                continue;
            };
            let Some(kind) = looked.columns.get(column).map(|column| &column.kind) else { continue };
            let painter = if old { &dim } else { &painter };
            let shown = shown(&on_its_clock(value, kind), (place.width() / LETTER) as usize);
            cell(painter, place, shown, kind.is_number(), palette);
        }
    }
    if let Some(selected) = looked.selected {
        let place = looked.place(selected.active, places).shrink(0.5);
        let color = if response.has_focus() { palette.accent } else { palette.outline };
        painter.rect_stroke(place, 2.0, Stroke::new(1.5, color), egui::StrokeKind::Inside);
    }
    numbers(ui, places, looked, rows, seen_rows.clone(), palette);
    speak(ui, places, looked, rows, (seen_rows, seen_columns), response);
}

/// Behind the text: the row below the pointer, and what is selected.
fn backdrop(ui: &Ui, painter: &Painter, places: &Places, looked: &Looked, response: &Response, palette: &Palette) {
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| response.hovered());
    if let Some(pointer) = pointer {
        let row = (looked.row + f64::from((pointer.y - places.body.top()) / ROW)).floor() as u64;
        if row < looked.total {
            let place = looked.place((row, 0), places);
            painter.rect_filled(Rect::from_x_y_ranges(places.body.x_range(), place.y_range()), 0.0, palette.hover);
        }
    }
    let Some(selected) = looked.selected else { return };
    let first = looked.place((selected.rows().start, selected.columns().start), places);
    let last = looked.place((selected.rows().end - 1, selected.columns().end - 1), places);
    // What lies far outside is cut off here: triangles of that size are not drawn exactly.
    painter.rect_filled(first.union(last).intersect(places.body), 0.0, palette.selected);
}

fn lines(
    painter: &Painter,
    places: &Places,
    looked: &Looked,
    (rows, columns): (&Range<u64>, &Range<usize>),
    palette: &Palette,
) {
    let stroke = Stroke::new(1.0, palette.line);
    let edge = |at: f32| painter.round_to_pixel_center(at);
    let right = places.body.right().min(places.body.left() + (looked.columns.width() - looked.x) as f32);
    for row in rows.clone() {
        let bottom = looked.place((row, 0), places).bottom();
        painter.hline(places.body.left()..=right, edge(bottom), stroke);
    }
    let bottom = places.body.bottom().min(looked.place((looked.total, 0), places).top());
    for column in columns.clone() {
        let right = looked.place((0, column), places).right();
        painter.vline(edge(right), places.body.top()..=bottom, stroke);
    }
}

fn cell(painter: &Painter, place: Rect, shown: Shown, number: bool, palette: &Palette) {
    let room = place.shrink2(vec2(gap::M, 0.0));
    let (text, font, color) = match shown {
        Shown::Text(text) => (text, size::BODY, palette.text),
        Shown::Absent(word) if word == "null" => (word.to_owned(), size::SMALL, palette.faint),
        Shown::Absent(quotes) => (quotes.to_owned(), size::BODY, palette.faint),
    };
    let galley = line(painter, text, FontId::proportional(font), room.width());
    let x = if number { room.right() - galley.size().x } else { room.left() };
    let at = pos2(x, room.center().y - galley.size().y / 2.0);
    painter.add(TextShape::new(at, galley, color));
}

fn numbers(ui: &Ui, places: &Places, looked: &Looked, rows: &Rows, seen: Range<u64>, palette: &Palette) {
    let painter = ui.painter_at(places.gutter);
    painter.rect_filled(places.gutter, 0.0, palette.panel);
    let chosen = looked.selected.map(|selected| selected.rows()).unwrap_or_default();
    for row in seen {
        let top = looked.place((row, 0), places).top();
        let room = Rect::from_x_y_ranges(places.gutter.x_range(), top..=top + ROW).shrink2(vec2(gap::M, 0.0));
        let Some(place) = rows.place(row) else { continue };
        let color = if chosen.contains(&row) { palette.text } else { palette.faint };
        let galley = line(&painter, (place + 1).to_string(), FontId::proportional(size::SMALL), f32::INFINITY);
        let at = pos2(room.right() - galley.size().x, room.center().y - galley.size().y / 2.0);
        painter.add(TextShape::new(at, galley, color));
    }
    let right = painter.round_to_pixel_center(places.gutter.right() - 0.5);
    painter.vline(right, places.gutter.y_range(), Stroke::new(1.0, palette.line));
}

/// Tells screen readers what stands in the cells, where there is one.
fn speak(
    ui: &Ui,
    places: &Places,
    looked: &Looked,
    rows: &Rows,
    (seen_rows, seen_columns): (Range<u64>, Range<usize>),
    response: &Response,
) {
    let listened_to = ui.ctx().accesskit_node_builder(response.id, |_| ()).is_some();
    let cells = (seen_rows.end - seen_rows.start) * seen_columns.len() as u64;
    if !listened_to || cells > SPOKEN {
        return;
    }
    for row in seen_rows {
        for column in seen_columns.clone() {
            let Some(of) = looked.columns.get(column) else { continue };
            let said = rows
                .cell(row, column)
                .map_or("not here yet".into(), |(value, _)| spoken(&on_its_clock(value, &of.kind)));
            let place = looked.place((row, column), places).intersect(places.body);
            ui.ctx().accesskit_node_builder(response.id.with((row, column)), |node| {
                node.set_role(accesskit::Role::Cell);
                node.set_label(format!("{}, row {}: {said}", of.name, thousands(row + 1)));
                let (min, max) = (place.min, place.max);
                let bounds = [min.x, min.y, max.x, max.y].map(f64::from);
                node.set_bounds(accesskit::Rect { x0: bounds[0], y0: bounds[1], x1: bounds[2], y1: bounds[3] });
            });
        }
    }
}
