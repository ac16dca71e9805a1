//! Small things that are painted all over the inspector.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Galley, Response, Role, Sense, Ui, WidgetInfo, vec2};
use pipewright_engine::types::Type;

use crate::theme::{self, gap, size};

/// What a control is called: by the label that stands beside it, or in words of its own.
#[derive(Clone)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) label: Option<egui::Id>,
}

impl Name {
    pub(super) fn spoken(text: impl Into<String>) -> Self {
        Self { text: text.into(), label: None }
    }

    pub(super) fn give(&self, response: Response) -> Response {
        match self.label {
            Some(label) => response.labelled_by(label),
            None => response.accessible_name(&self.text),
        }
    }
}

/// Text in one line, cut off with an ellipsis where it is longer than `width`.
pub(super) fn line(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Help text, in which `code` stands between backticks.
pub(super) fn prose(ui: &Ui, text: &str, size: f32, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (at, part) in text.split('`').enumerate() {
        let format = if at % 2 == 0 {
            TextFormat::simple(FontId::proportional(size), color)
        } else {
            let background = ui.visuals().code_bg_color;
            TextFormat { background, ..TextFormat::simple(FontId::monospace(size), color) }
        };
        job.append(part, 0.0, format);
    }
    job
}

/// A sentence in the weak colour below a control.
pub(super) fn note(ui: &mut Ui, text: &str) {
    let job = prose(ui, text, size::SMALL, theme::palette(ui.ctx()).weak);
    ui.label(job);
}

/// The sign of a type, as wide for all of them so that names stand in line.
pub(super) const SIGN_WIDTH: f32 = 30.0;

pub(super) fn sign(ui: &Ui, kind: &Type, left_center: egui::Pos2) {
    let color = theme::palette(ui.ctx()).kind(kind);
    let galley = line(ui, theme::sign(kind), theme::strong(size::SMALL), color, SIGN_WIDTH);
    let at = left_center - vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

/// A switch: on to the right.
pub(super) fn toggle(ui: &mut Ui, on: &mut bool, name: &Name) -> Response {
    let size = vec2(32.0, 18.0);
    let (row, mut response) = ui.allocate_exact_size(vec2(size.x, ui.spacing().interact_size.y), Sense::click());
    let rect = egui::Rect::from_center_size(row.center(), size);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let (is_on, enabled) = (*on, ui.is_enabled());
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, is_on, &name.text));
    let palette = theme::palette(ui.ctx());
    let way = ui.ctx().animate_bool_responsive(response.id, is_on);
    let track = if is_on { palette.accent } else { palette.outline };
    let round = rect.height() / 2.0;
    ui.painter().rect_filled(rect, round, track);
    let x = egui::lerp(rect.left() + round..=rect.right() - round, way);
    ui.painter().circle_filled(egui::pos2(x, rect.center().y), round - 2.5, palette.surface);
    if response.has_focus() {
        let around = rect.expand(2.0);
        ui.painter().rect_stroke(around, round + 2.0, (1.0, palette.accent), egui::StrokeKind::Outside);
    }
    name.give(response)
}

/// A button of text without a frame, in the accent colour.
pub(super) fn link(ui: &mut Ui, text: &str, label: &str) -> Response {
    let color = theme::palette(ui.ctx()).accent;
    let text = egui::RichText::new(text).size(size::SMALL).color(color);
    let button = egui::Button::new(text).frame_when_inactive(false).small();
    ui.add(button).accessible_name(label)
}

/// A field that is left open: what stands there, and a click to fill it.
pub(super) fn open_field(ui: &mut Ui, name: &Name) -> Response {
    let palette = theme::palette(ui.ctx());
    const WIDEST: f32 = 120.0;
    let size = vec2(ui.available_width().min(WIDEST), ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name.text));
    let line_color = if response.hovered() || response.has_focus() { palette.accent } else { palette.line };
    ui.painter().rect_stroke(rect, theme::ROUND, (1.0, line_color), egui::StrokeKind::Inside);
    let text = line(ui, "Not set", FontId::proportional(size::BODY), palette.faint, rect.width() - 2.0 * gap::M);
    let at = rect.left_center() + vec2(gap::M, -text.size().y / 2.0);
    ui.painter().galley(at, text, palette.faint);
    name.give(response)
}

/// All lines of widgets in the colour of errors, for a field that is wrong.
pub(super) fn mark_wrong(ui: &mut Ui) {
    let error = theme::palette(ui.ctx()).error;
    let visuals = ui.visuals_mut();
    let widgets = &mut visuals.widgets;
    for widget in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active, &mut widgets.open] {
        widget.bg_stroke.color = error;
    }
    visuals.selection.stroke.color = error;
}

/// A part of the panel whose widgets keep their ids, and so the keyboard, whatever appears above them.
pub(super) fn steady<R>(ui: &mut Ui, id: egui::Id, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope_builder(egui::UiBuilder::new().scope_id(id), contents).inner
}

/// Widgets below each other within so wide a column of a row.
pub(super) fn column(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(width);
        contents(ui);
    });
}

/// A row of texts, as low as they are.
pub(super) fn low_row(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal(contents);
    });
}
