//! The two halves of the data panel, with their tabs, and what stands around the rows.

use std::sync::Arc;

use egui::{Align, Layout, Rect, RichText, Sense, Stroke, Ui, UiBuilder, pos2};
use pipewright_engine::nodes::Chart;
use pipewright_engine::pipeline::Link;
use pipewright_runner::cli::words::thousands;
use pipewright_runner::show::{Basis, Output};

use super::{Look, Side, Tables, grid, status, whole};
use crate::action::Action;
use crate::chart::{self, Charts};
use crate::theme::{self, gap, size};

const TITLE: f32 = 30.0;
const STATUS: f32 = 26.0;
const SPLIT: f32 = 9.0;
/// Neither half becomes narrower by dragging.
const NARROWEST: f32 = 160.0;
/// The share of an output that its chart has.
const CHART: f32 = 0.65;

pub(super) fn show(ui: &mut Ui, sides: &[Side], tables: &mut Tables, actions: &mut Vec<Action>) {
    tables.keyboard = None;
    let rect = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(rect);
    let (inputs, outputs): (Vec<&Side>, Vec<&Side>) = sides.iter().partition(|side| side.input);
    match (inputs.is_empty(), outputs.is_empty()) {
        (true, true) => message(ui, rect, "Select a node to see its rows", None),
        (false, true) => half(ui, rect, &inputs, tables, actions),
        (true, false) => half(ui, rect, &outputs, tables, actions),
        (false, false) => {
            let (left, right) = split(ui, rect, tables);
            half(ui, left, &inputs, tables, actions);
            half(ui, right, &outputs, tables, actions);
        }
    }
    whole::show(ui, &mut tables.whole, actions);
}

/// Divides the panel; the line between the halves can be dragged.
fn split(ui: &mut Ui, rect: Rect, tables: &mut Tables) -> (Rect, Rect) {
    let most = (rect.width() - NARROWEST).max(NARROWEST);
    let place = |share: f32| rect.left() + (rect.width() * share).clamp(NARROWEST, most).round();
    let x = place(tables.split.unwrap_or(0.5));
    let line = Rect::from_x_y_ranges(x - SPLIT / 2.0..=x + SPLIT / 2.0, rect.y_range());
    let response = ui.interact(line, ui.make_persistent_id("split"), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Splitter, ui.is_enabled(), "split between input and output")
    });
    let response = response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    if response.double_clicked() {
        tables.split = None;
    } else if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        tables.split = Some((pointer.x - rect.left()) / rect.width().max(1.0));
    }
    let palette = theme::palette(ui.ctx());
    let held = response.hovered() || response.dragged();
    ui.painter().vline(x, rect.y_range(), Stroke::new(1.0, if held { palette.accent } else { palette.line }));
    let left = Rect::from_min_max(rect.min, pos2(line.left(), rect.bottom()));
    (left, Rect::from_min_max(pos2(line.right(), rect.top()), rect.max))
}

/// Draws the chosen one of several sides, with tabs to choose another.
fn half(ui: &mut Ui, rect: Rect, sides: &[&Side], tables: &mut Tables, actions: &mut Vec<Action>) {
    let key: Vec<Link> = sides.iter().map(|side| side.link.clone()).collect();
    if let Some(at) = tables.wanted.as_ref().and_then(|link| key.iter().position(|side| side == link)) {
        tables.wanted = None;
        tables.chosen.insert(key.clone(), at);
    }
    let mut chosen = tables.chosen.get(&key).copied().unwrap_or(0).min(sides.len() - 1);
    let salt = if sides[0].input { "inputs" } else { "outputs" };
    let mut ui = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(Layout::top_down(Align::Min)));
    ui.shrink_clip_rect(rect);
    let title = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + TITLE));
    if let Some(other) = tabs(&mut ui, title, sides, chosen, tables) {
        tables.chosen.insert(key, other);
        chosen = other;
    }
    let side = sides[chosen];
    let body = Rect::from_min_max(title.left_bottom(), pos2(rect.right(), rect.bottom() - STATUS));
    rows(&mut ui, body, side, tables, actions);
    let foot = Rect::from_min_max(body.left_bottom(), rect.max);
    foot_line(&mut ui, foot, side, tables, actions);
}

/// Titles with their numbers of rows, and the filter. The tab that was clicked.
fn tabs(ui: &mut Ui, rect: Rect, sides: &[&Side], chosen: usize, tables: &mut Tables) -> Option<usize> {
    let mut clicked = None;
    let row = Layout::right_to_left(Align::Center);
    let builder = UiBuilder::new().id_salt("title").max_rect(rect.shrink2(egui::vec2(gap::M, 0.0))).layout(row);
    ui.scope_builder(builder, |ui| {
        let side = sides[chosen];
        if side.output.is_some() && side.problem.is_none() {
            filter(ui, &side.link, tables);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            for (at, side) in sides.iter().enumerate() {
                if tab(ui, side, at == chosen, sides.len() > 1).clicked() {
                    clicked = Some(at);
                }
            }
        });
    });
    clicked
}

fn filter(ui: &mut Ui, link: &Link, tables: &mut Tables) {
    let looked = tables.looked.entry(link.clone()).or_default();
    let now = ui.input(|input| input.time);
    let field = egui::TextEdit::singleline(&mut looked.filter).hint_text("Filter view").desired_width(112.0);
    let response = ui.add(field).accessible_name(format!("filter view of {link}"));
    if response.changed() {
        looked.filter_typed(now);
    }
}

/// A title; where there are several, one to choose by.
fn tab(ui: &mut Ui, side: &Side, chosen: bool, several: bool) -> egui::Response {
    let palette = theme::palette(ui.ctx());
    let rows = side.output.map(|output| thousands(output.rows));
    let title = sentence(side.title);
    let name = title.clone() + &rows.as_ref().map(|rows| format!(" {rows}")).unwrap_or_default();
    let color = if side.link.output.as_deref() == Some("rejected") { palette.rejected } else { palette.text };
    let color = if chosen { color } else { color.gamma_multiply(0.7) };
    let painter = ui.painter();
    let title = painter.layout_no_wrap(title, theme::strong(size::BODY), color);
    let font = egui::FontId::proportional(size::SMALL);
    let rows = painter.layout_no_wrap(rows.unwrap_or_default(), font, palette.weak);
    let width = title.size().x + rows.size().x + gap::M + gap::S;
    let sense = if several { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, TITLE), sense);
    let role = if several { egui::Role::Tab } else { egui::Role::Label };
    response.widget_info(|| egui::WidgetInfo::selected(role, ui.is_enabled(), chosen, &name));
    let middle = |height: f32| rect.center().y - height / 2.0;
    let rows_at = pos2(rect.left() + title.size().x + gap::S + 2.0, middle(rows.size().y) + 0.5);
    let title_at = pos2(rect.left(), middle(title.size().y));
    ui.painter().galley(title_at, title, color);
    ui.painter().galley(rows_at, rows, palette.weak);
    if several && (chosen || response.hovered() || response.has_focus()) {
        let line = if chosen { palette.accent } else { palette.outline };
        ui.painter().hline(rect.left()..=rect.right() - gap::S, rect.bottom() - 1.5, Stroke::new(2.0, line));
    }
    response
}

/// `left_only` as a title: `Left only`.
fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + &letters.as_str().replace('_', " ")
}

/// The rows, or why there are none.
fn rows(ui: &mut Ui, rect: Rect, side: &Side, tables: &mut Tables, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui.ctx());
    ui.painter().rect_filled(rect, 0.0, palette.surface);
    if let Some(problem) = side.problem {
        return message(ui, rect, problem, Some("Rows show here once this is put right"));
    }
    let Some(output) = side.output else {
        return message(ui, rect, "No rows yet", Some("They show here as soon as the node has what it needs"));
    };
    if output.schema.0.is_empty() {
        return message(ui, rect, "No columns", Some("This output has no columns"));
    }
    let rect = match side.chart {
        Some(drawn) => chart(ui, rect, drawn, (side, output), &mut tables.charts),
        None => rect,
    };
    let looked = tables.looked.entry(side.link.clone()).or_default();
    let state = (looked, &mut tables.served, &mut tables.whole);
    ui.scope_builder(UiBuilder::new().id_salt(side.link.to_string()).max_rect(rect), |ui| {
        ui.shrink_clip_rect(rect);
        let response = grid::show(ui, rect, side, output, state, actions);
        if response.has_focus() {
            tables.keyboard = Some(response.id);
        }
    });
    let Some(looked) = tables.looked.get(&side.link) else { return };
    if looked.total > 0 {
        return;
    }
    let body = Rect::from_min_max(rect.center_top() + egui::vec2(0.0, rect.height() * 0.4), rect.center_bottom());
    let body = body.expand2(egui::vec2(rect.width() / 2.0, 0.0));
    match looked.view.filter.as_str() {
        "" => message(ui, body, "No rows", None),
        filter => message(ui, body, &format!("No row holds “{filter}”"), Some("Clear the view to see all rows")),
    }
}

/// Draws a chart in the left part. What is left for its rows.
fn chart(ui: &Ui, rect: Rect, drawn: &Chart, (side, output): (&Side, &Arc<Output>), charts: &mut Charts) -> Rect {
    let palette = theme::palette(ui.ctx());
    let (left, rows) = rect.split_left_right_at_fraction(CHART);
    let room = left.shrink2(egui::vec2(gap::M, gap::S));
    let drawing = charts.get(drawn, output, room.size().round());
    let painter = ui.painter().with_clip_rect(left);
    let mut shapes = Vec::new();
    let opacity = if side.stale { 0.4 } else { 1.0 };
    chart::Look { painter: &painter, palette, zoom: 1.0, opacity }.paint(&drawing, room.min, &mut shapes);
    painter.extend(shapes);
    ui.painter().vline(left.right(), rect.y_range(), Stroke::new(1.0, palette.line));
    let response = ui.interact(left, ui.make_persistent_id(("chart", &side.link.node)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("chart of {}", side.link.node)));
    rows
}

/// A calm text in place of rows.
fn message(ui: &mut Ui, rect: Rect, text: &str, then: Option<&str>) {
    let palette = theme::palette(ui.ctx());
    let height = if then.is_some() { 44.0 } else { 20.0 };
    let top = rect.center().y - height / 2.0;
    let place = Rect::from_min_max(pos2(rect.left(), top.max(rect.top())), rect.max).shrink2(egui::vec2(gap::L, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center)), |ui| {
        ui.label(RichText::new(text).color(palette.text));
        if let Some(then) = then {
            ui.label(RichText::new(then).size(size::SMALL).color(palette.weak));
        }
    });
}

/// What the rows are of, how they are looked at, and the way to all of them.
fn foot_line(ui: &mut Ui, rect: Rect, side: &Side, tables: &mut Tables, actions: &mut Vec<Action>) {
    let Some(output) = side.output.filter(|_| side.problem.is_none()) else { return };
    let palette = theme::palette(ui.ctx());
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, palette.line));
    let layout = Layout::right_to_left(Align::Center);
    let builder = UiBuilder::new().id_salt("foot").max_rect(rect.shrink2(egui::vec2(gap::M, 2.0))).layout(layout);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().interact_size.y = rect.height() - 6.0;
        ui.spacing_mut().button_padding.y = 1.0;
        let small = |text: &str| RichText::new(text).size(size::SMALL);
        all_rows(ui, side, output, actions);
        let looked = tables.looked.entry(side.link.clone()).or_default();
        let total = tables.served.view(&output.table, &looked.view).and_then(|viewed| viewed.total());
        let sorted_by = looked.sorted().map(|(name, _)| name.to_owned());
        let view = status::view(&looked.view, sorted_by.as_deref(), total, output.rows);
        if view.is_some() && ui.button(small("Clear view")).clicked() {
            looked.clear_view();
            ui.ctx().request_repaint();
        }
        let of = side.exact.map_or_else(|| status::basis(output), status::progress);
        let said = looked.said();
        let parts: Vec<String> = [Some(of), view, said].into_iter().flatten().collect();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let label = egui::Label::new(small(&parts.join("  ·  ")).color(palette.weak)).truncate();
            ui.add(label);
        });
    });
}

fn share(rows: u64, of: u64) -> f32 {
    (rows as f32 / of.max(1) as f32).min(1.0)
}

/// Begins or ends computing all rows.
fn all_rows(ui: &mut Ui, side: &Side, output: &Arc<Output>, actions: &mut Vec<Action>) {
    let small = |text: &str| RichText::new(text).size(size::SMALL);
    if let Some((rows, of)) = side.exact {
        if ui.button(small("Stop")).clicked() {
            actions.push(Action::Look(Look::StopExact));
        }
        if let Some(of) = of {
            let (rect, _) = ui.allocate_exact_size(egui::vec2(72.0, 4.0), Sense::hover());
            let palette = theme::palette(ui.ctx());
            ui.painter().rect_filled(rect, 2.0, palette.line);
            let done = Rect::from_min_size(rect.min, rect.size() * egui::vec2(share(rows, of), 1.0));
            ui.painter().rect_filled(done, 2.0, palette.running);
        }
        return;
    }
    if output.basis != Basis::Everything && ui.button(small("Compute on all")).clicked() {
        actions.push(Action::Look(Look::Exact { node: side.link.node.clone() }));
    }
}
