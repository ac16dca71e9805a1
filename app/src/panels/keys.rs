//! All keys, and what the pointer does on the canvas.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{heading, weak};
use crate::command::Command;
use crate::theme::{gap, palette, size};

const CANVAS: &[(&str, &str)] = &[
    ("Arrows", "Go along the wires, and to the nodes above and below"),
    ("Enter", "Open the settings of the selected node"),
    ("Esc", "Leave what is open, then select nothing"),
    ("Drag on empty", "Select what lies in the rectangle; Shift adds to it"),
    ("Space and drag, middle button", "Move the view"),
    ("Wheel, two fingers", "Move the view; with Ctrl, or pinched, zoom to the pointer"),
    ("Drag from a port", "Draw a wire; dropped on empty, it offers the nodes that fit"),
    ("Drag the end of a wire", "Plug it in elsewhere, or cut it"),
    ("Drop a node on a wire", "Put it into the wire"),
    ("Drop a file", "Add the node that reads it"),
    ("Double click on empty", "Search for a node to add"),
];

pub fn show(ui: &mut Ui) {
    ScrollArea::vertical().id_salt("keys").auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = size::BODY;
        heading(ui, "Commands");
        let keyed = Command::ALL.iter().filter_map(|command| Some((command, command.keys()?)));
        let rows = keyed.map(|(command, keys)| (ui.ctx().format_shortcut(&keys), command.text(), command.help()));
        let rows: Vec<_> = rows.collect();
        Grid::new("keys").num_columns(3).spacing([gap::L, gap::S]).show(ui, |ui| {
            for (keys, text, help) in rows {
                key(ui, &keys);
                ui.label(text.trim_end_matches('…'));
                weak(ui, help);
                ui.end_row();
            }
        });
        ui.add_space(gap::L);
        heading(ui, "On the canvas");
        Grid::new("gestures").num_columns(2).spacing([gap::L, gap::S]).show(ui, |ui| {
            for (gesture, what) in CANVAS {
                key(ui, gesture);
                weak(ui, *what);
                ui.end_row();
            }
        });
    });
}

fn key(ui: &mut Ui, text: &str) {
    let color = palette(ui.ctx()).text;
    ui.label(RichText::new(text).color(color).strong());
}
