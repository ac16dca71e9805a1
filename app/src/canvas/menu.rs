//! The context menus: of a node, a wire, a note, the empty canvas.

use egui::{Button, Response, Ui};

use super::graph::{Graph, snapped};
use super::hits::Hit;
use super::{View, search};
use crate::action::{Action, Wiring};
use crate::command::Command;

const NODE: &[&[Command]] = &[
    &[Command::RunToHere],
    &[Command::Rename, Command::Mute, Command::Duplicate],
    &[Command::Cut, Command::Copy, Command::Delete],
    &[Command::AlignLeft, Command::AlignTop, Command::Arrange],
];
const NOTE: &[&[Command]] = &[&[Command::Duplicate], &[Command::Cut, Command::Copy, Command::Delete]];
const EMPTY: &[&[Command]] = &[&[Command::Paste, Command::SelectAll], &[Command::Arrange, Command::FitAll]];

pub fn show(response: &Response, view: &mut View, actions: &mut Vec<Action>) {
    let (Some((hit, at)), Some(graph)) = (view.menu.clone(), view.graph()) else { return };
    let shown = response.context_menu(|ui| {
        ui.set_min_width(180.0);
        match hit {
            Hit::Node(block) | Hit::Input(block, _) | Hit::Output(block, _) => node(ui, &graph, block, view, actions),
            Hit::Wire(wire) => self::wire(ui, &graph, wire, at, view, actions),
            Hit::Note(_) | Hit::NoteCorner(_) => commands(ui, NOTE, actions),
            Hit::Nothing => empty(ui, at, view, actions),
        }
    });
    if shown.is_none() {
        view.menu = None;
    }
}

fn node(ui: &mut Ui, graph: &Graph, block: usize, view: &View, actions: &mut Vec<Action>) {
    let Some(block) = graph.blocks.get(block) else { return };
    if ui.add(Button::new("Open").shortcut_text("Enter")).clicked() {
        actions.push(Action::Open(block.name.clone()));
    }
    let several = view.selection.nodes.len() > 1;
    commands(ui, if several { NODE } else { &NODE[..3] }, actions);
}

fn wire(ui: &mut Ui, graph: &Graph, wire: usize, at: egui::Pos2, view: &mut View, actions: &mut Vec<Action>) {
    let Some(wire) = graph.wires.get(wire) else { return };
    let input = graph.input(wire.to);
    if ui.button("Insert node…").clicked() {
        search::open_at(view, at, None, Wiring::Into(input.clone()));
    }
    if ui.add(Button::new("Cut wire").shortcut_text("Delete")).clicked() {
        actions.push(Action::Disconnect(input));
    }
}

fn empty(ui: &mut Ui, at: egui::Pos2, view: &mut View, actions: &mut Vec<Action>) {
    let place = snapped(view.camera().to_canvas(at));
    if ui.add(Button::new(Command::AddNode.text()).shortcut_text("Tab")).clicked() {
        search::open_at(view, at, Some(place), Wiring::Free);
    }
    if ui.button(Command::AddNote.text()).clicked() {
        actions.push(Action::AddNote { at: place });
    }
    ui.separator();
    commands(ui, EMPTY, actions);
}

/// Groups of commands, a line between them.
fn commands(ui: &mut Ui, groups: &[&[Command]], actions: &mut Vec<Action>) {
    for (at, group) in groups.iter().enumerate() {
        if at > 0 {
            ui.separator();
        }
        for command in *group {
            let keys = command.keys().map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
            if ui.add(Button::new(command.text()).shortcut_text(keys)).on_hover_text(command.help()).clicked() {
                actions.push(Action::Command(*command));
            }
        }
    }
}
