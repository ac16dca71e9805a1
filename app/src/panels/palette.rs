//! The nodes there are, to be dragged onto the canvas.

use egui::{
    Align2, CursorIcon, FontId, Key, Modifiers, Rect, RichText, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2,
};
use pipewright_engine::node::Group;
use pipewright_engine::nodes::Kind;

use super::{name_field, nothing, paint_text, weak};
use crate::action::{Action, Wiring};
use crate::canvas::{self, Dragged};
use crate::icons;
use crate::theme::{ROUND, gap, palette, size};

/// What was typed into the filter.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub filter: String,
}

pub fn show(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    let field = TextEdit::singleline(&mut state.filter).hint_text("Search nodes").desired_width(f32::INFINITY);
    let field = ui.add(field);
    name_field(&field, "Search nodes", &state.filter);
    let kinds = canvas::ranked(&state.filter, &Wiring::Free);
    // Else the canvas would take the key as well, and open the node that is selected.
    if field.lost_focus()
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
        && let Some(first) = kinds.first().filter(|_| !state.filter.trim().is_empty())
    {
        actions.push(add(first));
    }
    ui.add_space(gap::S);
    if kinds.is_empty() {
        nothing(ui, "search", "No node like that", "Try another word, such as lookup or total.");
        return;
    }
    ScrollArea::vertical().id_salt("palette").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if state.filter.trim().is_empty() {
            groups(ui, &kinds, actions);
        } else {
            kinds.iter().for_each(|kind| entry(ui, kind, actions));
        }
    });
}

fn groups(ui: &mut Ui, kinds: &[&'static Kind], actions: &mut Vec<Action>) {
    let mut last: Option<Group> = None;
    for kind in kinds {
        if last.replace(kind.card.group) != Some(kind.card.group) {
            ui.add_space(gap::M);
            let color = palette(ui.ctx()).weak;
            ui.label(RichText::new(format!("{:?}", kind.card.group)).size(size::SMALL).color(color));
        }
        entry(ui, kind, actions);
    }
}

fn add(kind: &Kind) -> Action {
    Action::Add { step: Box::new((kind.step)()), at: None, wiring: Wiring::Selection }
}

fn entry(ui: &mut Ui, kind: &'static Kind, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let height = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click_and_drag());
    let title = kind.card.title;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Add {title}")));
    response.dnd_set_drag_payload(Dragged(kind.name));
    if response.hovered() || response.has_focus() || response.dragged() {
        ui.painter().rect_filled(rect, ROUND, colors.hover);
    }
    if ui.is_rect_visible(rect) {
        face(ui, kind, rect);
    }
    if response.dragged() {
        carried(ui, kind, rect.size());
    }
    // A click by key or by a screen reader is meant; one by the pointer may be the first half of a double click or a drag.
    let by_key = response.clicked() && !response.clicked_by(egui::PointerButton::Primary);
    if by_key || response.double_clicked() {
        actions.push(add(kind));
    }
    response.on_hover_cursor(CursorIcon::Grab).on_hover_ui(|ui| {
        ui.set_max_width(320.0);
        ui.label(kind.help.split("\n\n").next().unwrap_or_default().replace('\n', " "));
        weak(ui, "Drag it onto the canvas, or double-click to add it.");
    });
}

fn face(ui: &Ui, kind: &Kind, rect: Rect) {
    let colors = palette(ui.ctx());
    let square = Rect::from_center_size(rect.left_center() + vec2(gap::M + 8.0, 0.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), kind.card.icon, square, colors.weak);
    let text = rect.with_min_x(square.right() + gap::M);
    paint_text(ui, text, Align2::LEFT_CENTER, kind.card.title, FontId::proportional(size::BODY), colors.text);
}

/// The node under the pointer while it is dragged.
fn carried(ui: &Ui, kind: &Kind, size: egui::Vec2) {
    let Some(pointer) = ui.ctx().pointer_interact_pos() else { return };
    let colors = palette(ui.ctx());
    let layer = egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("carried"));
    let rect = Rect::from_min_size(pointer + vec2(gap::M, gap::M), vec2(size.x.min(160.0), size.y));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect(rect, ROUND, colors.surface, egui::Stroke::new(1.0, colors.accent), egui::StrokeKind::Inside);
    let square = Rect::from_center_size(rect.left_center() + vec2(gap::M + 8.0, 0.0), vec2(16.0, 16.0));
    icons::paint(&painter, kind.card.icon, square, colors.weak);
    let font = FontId::proportional(crate::theme::size::BODY);
    painter.text(square.right_center() + vec2(gap::M, 0.0), Align2::LEFT_CENTER, kind.card.title, font, colors.text);
}
