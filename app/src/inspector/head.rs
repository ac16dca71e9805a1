//! The top of the inspector: the node's name and kind, whether it is muted, and what it is for.

use egui::{Key, RichText, TextEdit, Ui};
use pipewright_engine::pipeline::check_name;

use super::Scene;
use super::paint::{self, Name};
use crate::action::Action;
use crate::icons;
use crate::theme::{self, size};

pub(super) fn show(ui: &mut Ui, scene: &mut Scene) {
    let palette = theme::palette(ui.ctx());
    let card = scene.subject.node.step.card();
    ui.horizontal(|ui| {
        let icon = card.as_ref().map_or("", |card| card.icon);
        icons::show(ui, icon, 20.0, palette.accent);
        let title = card.as_ref().map_or_else(|_| scene.subject.node.step.name(), |card| card.title);
        ui.label(RichText::new(title).color(palette.weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| muted(ui, scene));
    });
    name(ui, scene);
    about(ui, scene);
}

fn muted(ui: &mut Ui, scene: &mut Scene) {
    let mut muted = scene.subject.node.muted;
    let toggled = paint::toggle(ui, &mut muted, &Name::spoken("Muted"));
    if toggled.on_hover_text("A muted node lets its first input through unchanged.").changed() {
        scene.actions.push(Action::SetMuted { nodes: vec![scene.subject.name.to_owned()], muted });
    }
    let color = theme::palette(ui.ctx()).weak;
    ui.label(RichText::new("Mute").size(size::SMALL).color(color));
}

/// The name, which becomes the node's with Enter or when the keyboard goes elsewhere; Esc gives the old one back.
fn name(ui: &mut Ui, scene: &mut Scene) {
    let old = scene.subject.name;
    let mut text = scene.state.name.clone().unwrap_or_else(|| old.to_owned());
    let problem = name_problem(scene, &text);
    let field = ui.scope(|ui| {
        if problem.is_some() {
            paint::mark_wrong(ui);
        }
        let edit = TextEdit::singleline(&mut text).font(theme::strong(size::HEADING)).desired_width(f32::INFINITY);
        ui.add(edit).accessible_name("Name of the node")
    });
    let field = field.inner;
    if std::mem::take(&mut scene.state.naming) {
        field.request_focus();
        let mut state = egui::TextEdit::load_state(ui.ctx(), field.id).unwrap_or_default();
        let all =
            egui::text::CCursorRange::two(egui::text::CCursor::new(0), egui::text::CCursor::new(text.chars().count()));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), field.id);
    }
    if let Some(problem) = &problem {
        ui.colored_label(theme::palette(ui.ctx()).error, RichText::new(problem).size(size::SMALL));
    }
    if field.changed() {
        scene.state.name = Some(text.clone());
    }
    if !field.lost_focus() {
        return;
    }
    scene.state.name = None;
    let given_up = ui.input(|input| input.key_pressed(Key::Escape));
    if !given_up && problem.is_none() && text != old {
        scene.actions.push(Action::Rename { node: old.to_owned(), to: text });
    }
}

fn name_problem(scene: &Scene, text: &str) -> Option<String> {
    if text == scene.subject.name {
        return None;
    }
    if let Err(problem) = check_name(text) {
        return Some(problem.message);
    }
    scene.subject.pipeline.nodes.contains_key(text).then(|| "Another node has this name.".to_owned())
}

fn about(ui: &mut Ui, scene: &mut Scene) {
    let mut text = scene.subject.node.about.clone();
    let edit = TextEdit::multiline(&mut text)
        .hint_text("What is this node for?")
        .desired_rows(1)
        .desired_width(f32::INFINITY)
        .text_color(theme::palette(ui.ctx()).weak);
    if ui.add(edit).accessible_name("What this node is for").changed() {
        scene.actions.push(Action::About { node: scene.subject.name.to_owned(), text });
    }
}
