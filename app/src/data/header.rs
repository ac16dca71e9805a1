//! The heads of columns: type, name, what share is valid, and what the values are like.

use std::ops::Range;

use egui::epaint::TextShape;
use egui::{Align2, FontId, Painter, Rect, Response, Sense, Stroke, Ui, pos2, vec2};
use pipewright_engine::types::{Column, Type};
use pipewright_engine::value::Value;
use pipewright_runner::cli::words::{count, thousands};
use pipewright_runner::show::{Output, Profile, Shape};

use super::cell::{Shown, on_its_clock, shown};
use super::grid::{Looked, Places, line};
use super::served::Served;
use crate::theme::{self, Palette, gap, size};

/// With a profile, and with a name and a bar alone.
pub(super) const TALL: f32 = 80.0;
pub(super) const LOW: f32 = 30.0;
const NAME: f32 = 24.0;
const BAR: f32 = 3.0;
const PICTURE: f32 = 28.0;

/// What was done to a column.
pub(super) enum Change {
    Sort(usize),
    Width(usize, f32),
    /// Makes a column as wide as what is seen of it.
    Fit(usize),
}

pub(super) fn show(
    ui: &mut Ui,
    places: &Places,
    looked: &Looked,
    served: &Served,
    output: &Output,
    columns: Range<usize>,
) -> Option<Change> {
    let palette = theme::palette(ui.ctx());
    let corner = Rect::from_min_max(pos2(places.gutter.left(), places.head.top()), places.gutter.right_top());
    ui.painter().rect_filled(corner.union(places.head), 0.0, palette.panel);
    let mut change = None;
    for at in columns.clone() {
        let Some(column) = looked.columns.get(at) else { continue };
        let (left, right) = looked.columns.span(at);
        let edge = |edge: f64| places.head.left() + (edge - looked.x) as f32;
        let place = Rect::from_x_y_ranges(edge(left)..=edge(right), places.head.y_range());
        let sorted = looked.sorted().filter(|(name, _)| *name == column.name).map(|(_, largest)| largest);
        let profile = served.profile_of(&output.table, at);
        let response = button(ui, places, place, column, sorted);
        if response.clicked() && column.kind.is_ordered() {
            change = Some(Change::Sort(at));
        }
        let painter = ui.painter_at(place.intersect(places.head));
        if response.hovered() || response.has_focus() {
            painter.rect_filled(place, 0.0, palette.hover);
        }
        head(&painter, place, column, sorted, palette);
        if let Some(profile) = profile {
            picture(&painter, place, column, profile, palette);
        }
        painter.vline(place.right() - 0.5, place.y_range(), Stroke::new(1.0, palette.line));
        response.on_hover_ui(|ui| figures(ui, column, profile, output));
    }
    // Above the heads, so that the edge between two of them can be taken hold of from both.
    for at in columns {
        change = resized(ui, places, looked, at).or(change);
    }
    let bottom = places.head.bottom();
    ui.painter().hline(corner.left()..=places.head.right(), bottom - 0.5, Stroke::new(1.0, palette.outline));
    change
}

fn button(ui: &Ui, places: &Places, place: Rect, column: &Column, sorted: Option<bool>) -> Response {
    let id = ui.make_persistent_id(("column", &column.name));
    let response = ui.interact(place.intersect(places.head), id, Sense::click());
    response.widget_info(|| egui::WidgetInfo {
        current_text_value: sorted.map(|largest| if largest { "largest first" } else { "smallest first" }.to_owned()),
        ..egui::WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), format!("column {}", column.name))
    });
    response
}

/// The edge of a column: dragged it changes the width, a double click fits what is in it.
fn resized(ui: &mut Ui, places: &Places, looked: &Looked, at: usize) -> Option<Change> {
    let column = looked.columns.get(at)?;
    let (left, right) = looked.columns.span(at);
    let edge = places.head.left() + (right - looked.x) as f32;
    let place = Rect::from_x_y_ranges(edge - 4.0..=edge + 4.0, places.head.y_range()).intersect(places.head);
    if place.width() <= 0.0 {
        return None;
    }
    let id = ui.make_persistent_id(("edge", &column.name));
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(egui::CursorIcon::ResizeColumn);
    let name = format!("width of {}", column.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Splitter, ui.is_enabled(), &name));
    if response.hovered() || response.dragged() {
        let accent = Stroke::new(2.0, theme::palette(ui.ctx()).accent);
        ui.painter_at(places.head).vline(edge - 1.0, places.head.y_range(), accent);
    }
    if response.double_clicked() {
        return Some(Change::Fit(at));
    }
    let start = response.id.with("start");
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(start, (right - left) as f32));
    }
    let delta = response.total_drag_delta().filter(|_| response.dragged())?;
    let from: f32 = ui.data(|data| data.get_temp(start))?;
    Some(Change::Width(at, from + delta.x))
}

/// Sign and name, and the mark of sorting.
fn head(painter: &Painter, place: Rect, column: &Column, sorted: Option<bool>, palette: &Palette) {
    let middle = place.top() + NAME / 2.0;
    let left = place.left() + gap::M;
    let sign = painter.text(
        pos2(left, middle),
        Align2::LEFT_CENTER,
        theme::sign(&column.kind),
        theme::strong(size::SMALL),
        palette.kind(&column.kind),
    );
    let mark = if sorted.is_some() { gap::L } else { 0.0 };
    let room = place.right() - gap::M - mark - sign.right() - gap::S - 2.0;
    let name = line(painter, column.name.clone(), theme::strong(size::BODY), room);
    let at = pos2(sign.right() + gap::S + 2.0, middle - name.size().y / 2.0);
    painter.add(TextShape::new(at, name, palette.text));
    let Some(largest) = sorted else { return };
    let tip = pos2(place.right() - gap::M - gap::S, middle);
    let (base, point) = if largest { (-3.0, 3.0) } else { (3.0, -3.0) };
    let corners = vec![tip + vec2(-4.0, base), tip + vec2(4.0, base), tip + vec2(0.0, point)];
    painter.add(egui::Shape::convex_polygon(corners, palette.accent, Stroke::NONE));
}

/// The bar of shares, and where there is room the values in a picture.
fn picture(painter: &Painter, place: Rect, column: &Column, profile: &Profile, palette: &Palette) {
    let room = place.shrink2(vec2(gap::M, 0.0));
    let bar = Rect::from_min_size(pos2(room.left(), place.top() + NAME), vec2(room.width(), BAR));
    painter.rect_filled(bar, 1.0, palette.line);
    let share = |rows: u64| rows as f32 / profile.rows.max(1) as f32 * bar.width();
    let valid = share(valid(profile));
    painter.rect_filled(Rect::from_min_size(bar.min, vec2(valid, BAR)), 1.0, palette.good);
    let empty = Rect::from_min_size(bar.min + vec2(valid, 0.0), vec2(share(profile.empty), BAR));
    painter.rect_filled(empty, 1.0, palette.warning);
    if place.height() < TALL {
        return;
    }
    let picture = Rect::from_min_size(pos2(room.left(), bar.bottom() + gap::S), vec2(room.width(), PICTURE));
    match &profile.shape {
        Shape::Histogram(parts) => histogram(painter, picture, parts, palette.kind(&column.kind)),
        Shape::Top(values) => top(painter, picture, values, profile, palette),
    }
    let distinct = format!("{} distinct", thousands(profile.distinct));
    let distinct = line(painter, distinct, FontId::proportional(size::SMALL), room.width());
    let at = pos2(room.left(), place.bottom() - distinct.size().y - gap::S);
    painter.add(TextShape::new(at, distinct, palette.weak));
}

fn histogram(painter: &Painter, room: Rect, parts: &[u64], color: egui::Color32) {
    let most = parts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let width = room.width() / parts.len().max(1) as f32;
    for (at, rows) in parts.iter().enumerate() {
        if *rows == 0 {
            continue;
        }
        let height = (*rows as f32 / most * room.height()).max(1.0);
        let corner = pos2(room.left() + at as f32 * width, room.bottom() - height);
        let bar = Rect::from_min_size(corner, vec2((width - 1.0).max(1.0), height));
        painter.rect_filled(bar, 0.0, color.gamma_multiply(0.6));
    }
}

/// The two most frequent values, each on a bar as long as its share.
fn top(painter: &Painter, room: Rect, values: &[(Value, u64)], profile: &Profile, palette: &Palette) {
    let height = room.height() / 2.0;
    for (at, (value, rows)) in values.iter().take(2).enumerate() {
        let place = Rect::from_min_size(room.min + vec2(0.0, at as f32 * height), vec2(room.width(), height - 2.0));
        let share = *rows as f32 / profile.rows.max(1) as f32;
        let bar = Rect::from_min_size(place.min, vec2((share * place.width()).max(2.0), place.height()));
        painter.rect_filled(bar, 2.0, palette.selected);
        let font = FontId::proportional(size::SMALL);
        let percent = line(painter, format!("{} %", percent(*rows, profile.rows)), font.clone(), place.width());
        let percent_at = pos2(place.right() - percent.size().x, place.center().y - percent.size().y / 2.0);
        let (text, color) = match shown(value, 40) {
            Shown::Text(text) => (text, palette.text),
            Shown::Absent(word) => (word.to_owned(), palette.faint),
        };
        let text = line(painter, text, font, percent_at.x - place.left() - 2.0 * gap::S);
        let text_at = pos2(place.left() + gap::S, place.center().y - text.size().y / 2.0);
        painter.add(TextShape::new(text_at, text, color));
        painter.add(TextShape::new(percent_at, percent, palette.weak));
    }
}

fn valid(profile: &Profile) -> u64 {
    profile.rows.saturating_sub(profile.nulls + profile.empty)
}

/// A share in whole hundredths; what is there and is not all shows as neither nothing nor everything.
fn percent(rows: u64, of: u64) -> u64 {
    if rows == 0 || rows >= of {
        return if rows == 0 { 0 } else { 100 };
    }
    ((rows as f64 / of as f64 * 100.0).round() as u64).clamp(1, 99)
}

/// All figures, in words.
fn figures(ui: &mut Ui, column: &Column, profile: Option<&Profile>, output: &Output) {
    let palette = theme::palette(ui.ctx());
    let weak = |text: String| egui::RichText::new(text).size(size::SMALL).color(palette.weak);
    ui.label(egui::RichText::new(&column.name).font(theme::strong(size::BODY)));
    ui.label(egui::RichText::new(column.kind.to_string()).color(palette.kind(&column.kind)));
    let Some(profile) = profile else {
        ui.label(weak("Counting values …".into()));
        return;
    };
    let share = |rows: u64, what: &str| format!("{} {what} ({} %)", thousands(rows), percent(rows, profile.rows));
    ui.label(share(valid(profile), "valid"));
    if column.kind.is_text() {
        ui.label(share(profile.empty, "empty text"));
    }
    ui.label(share(profile.nulls, "null"));
    ui.label(count(profile.distinct, "distinct value"));
    if let (Some(smallest), Some(largest)) = (&profile.smallest, &profile.largest) {
        ui.label(format!("From {} to {}", short(smallest, &column.kind), short(largest, &column.kind)));
    }
    if let Some(mean) = profile.mean {
        ui.label(format!("Mean {}", pipewright_engine::value::format_float(mean)));
    }
    if let Shape::Top(values) = &profile.shape {
        ui.add_space(gap::S);
        for (value, rows) in values.iter().take(10) {
            ui.label(format!("{}: {}", short(value, &column.kind), count(*rows, "row")));
        }
    }
    let of = if profile.rows == output.rows { "Of the rows shown here" } else { "Of a part of the rows" };
    let sorts = if column.kind.is_ordered() { " Click sorts the view." } else { "" };
    ui.label(weak(format!("{of}.{sorts}")));
}

fn short(value: &Value, kind: &Type) -> String {
    match shown(&on_its_clock(value, kind), 40) {
        Shown::Text(text) => text,
        Shown::Absent(word) => word.to_owned(),
    }
}
