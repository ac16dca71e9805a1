//! What happened, line by line.

use egui::{Label, RichText, ScrollArea, TextStyle, Ui};
use pipewright_runner::cli::words;

use super::{nothing, sign_of, weak};
use crate::icons;
use crate::runs::Line;
use crate::theme::{gap, palette, size};

pub fn show(ui: &mut Ui, lines: &mut Vec<Line>) {
    if lines.is_empty() {
        nothing(ui, "info", "Nothing has happened yet", "Runs say here what they read and write.");
        return;
    }
    ui.horizontal(|ui| {
        weak(ui, words::count(lines.len() as u64, "line"));
        ui.add_space(gap::M);
        if icons::button(ui, "copy", "Copy all lines").clicked() {
            ui.ctx().copy_text(text(lines));
        }
        if icons::button(ui, "trash_2", "Clear the log").clicked() {
            lines.clear();
        }
    });
    let colors = palette(ui.ctx());
    let height = ui.text_style_height(&TextStyle::Body);
    let area = ScrollArea::both().id_salt("log").auto_shrink([false, false]).stick_to_bottom(true);
    area.show_rows(ui, height, lines.len(), |ui, shown| {
        // A line of text is lower than a line of buttons.
        ui.spacing_mut().interact_size.y = height;
        for line in &lines[shown] {
            ui.horizontal(|ui| {
                let time = RichText::new(&line.at).size(size::SMALL).color(colors.faint);
                ui.add(Label::new(time).extend());
                let color = line.severity().map_or(colors.text, |severity| sign_of(severity, colors).1);
                ui.add(Label::new(RichText::new(line.text()).color(color)).selectable(true).extend());
            });
        }
    });
}

/// All of it, as it goes to the clipboard.
pub fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{} {}\n", line.at, line.text())).collect()
}
