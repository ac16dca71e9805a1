//! Scroll bars. Positions are 64 bits wide: rows of a large table are more than 32 bits of points can tell apart.

use egui::{Rect, Sense, Ui, pos2, vec2};

use crate::theme;

pub(super) const THICK: f32 = 10.0;
const SHORTEST: f32 = 28.0;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Axis {
    Rows,
    Columns,
}

/// How much there is, how much of it is seen at once, and where.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub all: f64,
    pub seen: f64,
    pub at: f64,
}

impl Extent {
    pub(super) fn last(&self) -> f64 {
        (self.all - self.seen).max(0.0)
    }
}

/// Draws a bar; the new position where it was dragged, or clicked beside its handle.
pub(super) fn show(ui: &mut Ui, track: Rect, axis: Axis, extent: Extent, name: &str) -> Option<f64> {
    if extent.last() <= 0.0 {
        return None;
    }
    let id = ui.make_persistent_id((name, axis == Axis::Rows));
    let response = ui.interact(track, id, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo {
        value: Some(extent.at),
        ..egui::WidgetInfo::labeled(egui::Role::ScrollBar, ui.is_enabled(), name)
    });
    let length = if axis == Axis::Rows { track.height() } else { track.width() };
    let handle_length = ((extent.seen / extent.all) as f32 * length).clamp(SHORTEST.min(length), length);
    let way = (length - handle_length).max(1.0);
    let offset = (extent.at / extent.last()) as f32 * way;
    let handle = match axis {
        Axis::Rows => Rect::from_min_size(track.min + vec2(0.0, offset), vec2(THICK, handle_length)),
        Axis::Columns => Rect::from_min_size(track.min + vec2(offset, 0.0), vec2(handle_length, THICK)),
    };
    let palette = theme::palette(ui.ctx());
    let active = response.hovered() || response.dragged();
    let color = if active { palette.weak } else { palette.outline };
    ui.painter().rect_filled(handle.shrink(2.0), THICK / 2.0, color);
    moved(ui, &response, axis, extent, handle, way)
}

fn moved(ui: &Ui, response: &egui::Response, axis: Axis, extent: Extent, handle: Rect, way: f32) -> Option<f64> {
    let along = |at: egui::Vec2| f64::from(if axis == Axis::Rows { at.y } else { at.x });
    let start = response.id.with("start");
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(start, extent.at));
    }
    if let (true, Some(delta)) = (response.dragged(), response.total_drag_delta()) {
        let from: f64 = ui.data(|data| data.get_temp(start)).unwrap_or(extent.at);
        return Some((from + along(delta) / f64::from(way) * extent.last()).clamp(0.0, extent.last()));
    }
    let at = response.interact_pointer_pos().filter(|_| response.clicked())?;
    if handle.contains(at) {
        return None;
    }
    let forward = along(at - pos2(0.0, 0.0)) > along(handle.center() - pos2(0.0, 0.0));
    let step = if forward { extent.seen } else { -extent.seen };
    Some((extent.at + step).clamp(0.0, extent.last()))
}
