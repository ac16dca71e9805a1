//! The panels around the canvas, and what several of them draw alike.

use egui::{Align2, Color32, CursorIcon, FontId, Label, Response, RichText, Sense, TextWrapMode, Ui, WidgetInfo, vec2};
use pipewright_engine::problem::Severity;

use crate::action::Action;
use crate::icons;
use crate::theme::{Palette, gap, palette, size, strong};

pub mod keys;
pub mod log;
pub mod palette;
pub mod parameters;
pub mod problems;
pub mod report;
pub mod status;
pub mod toolbar;

/// How a button with an icon and a word looks.
#[derive(Clone, Copy)]
struct Look {
    fill: Color32,
    text: Color32,
    /// At least so wide, for one that changes its word in its place.
    width: f32,
}

/// A button with an icon and a word. `label` is its name for screen readers and tests.
fn icon_button(ui: &mut Ui, icon: &str, text: &str, label: &str, look: Look) -> Response {
    let font = FontId::proportional(size::BODY);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, look.text);
    let height = ui.spacing().interact_size.y;
    let square = size::HEADING;
    let inner = square + gap::S + galley.size().x;
    let width = look.width.max(inner + gap::M * 2.0 + 2.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), label));
    let visuals = ui.style().interact(&response);
    let over = response.hovered() || response.has_focus();
    let faded = |color: Color32| if ui.is_enabled() { color } else { color.gamma_multiply(0.4) };
    ui.painter().rect_filled(rect, visuals.corner_radius, faded(look.fill));
    if over {
        let outline = egui::Stroke::new(1.5, look.text.gamma_multiply(0.6));
        ui.painter().rect_stroke(rect, visuals.corner_radius, outline, egui::StrokeKind::Inside);
    }
    let left = rect.center() - vec2(inner / 2.0, 0.0);
    let at = egui::Rect::from_center_size(left + vec2(square / 2.0, 0.0), vec2(square, square));
    icons::paint(ui.painter(), icon, at, faded(look.text));
    let place = left + vec2(square + gap::S, -galley.size().y / 2.0);
    ui.painter().galley(place, galley, faded(look.text));
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// The name of a node: a click shows it on the canvas.
fn node_link(ui: &mut Ui, name: &str, actions: &mut Vec<Action>) -> Response {
    let text = RichText::new(name).font(strong(size::BODY));
    let link = ui.add(Label::new(text).sense(Sense::click()).wrap_mode(TextWrapMode::Truncate).selectable(false));
    link.widget_info(|| WidgetInfo::labeled(egui::Role::Link, true, format!("Show {name}")));
    if link.clicked() {
        actions.push(reveal(name, None));
    }
    link.on_hover_cursor(CursorIcon::PointingHand)
}

fn reveal(node: &str, parameter: Option<String>) -> Action {
    Action::Reveal { node: node.to_owned(), parameter }
}

/// Said where a panel has nothing to show yet: what is so, and what to do next.
pub(crate) fn nothing(ui: &mut Ui, icon: &str, title: &str, next: &str) {
    let colors = palette(ui.ctx());
    ui.vertical_centered(|ui| {
        ui.add_space(gap::L);
        icons::show(ui, icon, size::TITLE, colors.faint);
        ui.label(RichText::new(title).color(colors.weak));
        ui.label(RichText::new(next).size(size::SMALL).color(colors.faint));
    });
}

fn sign_of(severity: Severity, colors: &Palette) -> (&'static str, Color32) {
    match severity {
        Severity::Error => ("circle_x", colors.error),
        Severity::Warning => ("triangle_alert", colors.warning),
        Severity::Note => ("info", colors.weak),
    }
}

/// The heading of a part of a panel.
fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(strong(size::BODY)));
}

fn weak(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = palette(ui.ctx()).weak;
    ui.label(RichText::new(text).color(color))
}

/// What a text field is called, beside what it holds.
fn name_field(field: &Response, label: &str, text: &str) {
    field.widget_info(|| {
        let info = WidgetInfo::labeled(egui::Role::TextInput, true, label);
        WidgetInfo { current_text_value: Some(text.to_owned()), ..info }
    });
}

/// Text that is painted and nothing else, cut off at the end of its place.
fn paint_text(ui: &Ui, place: egui::Rect, align: Align2, text: &str, font: FontId, color: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(place.width());
    let galley = ui.painter().layout_job(job);
    let rect = align.align_size_within_rect(galley.size(), place);
    ui.painter().galley(rect.min, galley, color);
}
