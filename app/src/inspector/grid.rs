//! A small table to look at: a few rows beside a form.

use egui::{Align, Layout, RichText, Ui};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Type};
use pipewright_engine::value::Value;

use super::paint;
use crate::theme::{self, gap, size};

/// Longer texts are cut off here.
const WIDEST: f32 = 140.0;

/// Shows some columns of a table, by place, and its first rows.
pub(super) fn show(ui: &mut Ui, id: egui::Id, table: &Table, columns: &[usize], rows: usize) {
    egui::ScrollArea::horizontal().id_salt(id).show(ui, |ui| {
        egui::Grid::new(id).min_col_width(0.0).min_row_height(0.0).spacing([gap::L, 2.0]).show(ui, |ui| {
            for at in columns {
                head(ui, &table.schema.0[*at]);
            }
            ui.end_row();
            for row in table.rows.iter().take(rows) {
                for at in columns {
                    cell(ui, &table.schema.0[*at].kind, &row[*at]);
                }
                ui.end_row();
            }
        });
    });
}

fn aligned(ui: &mut Ui, kind: &Type, contents: impl FnOnce(&mut Ui)) {
    if kind.is_number() {
        ui.with_layout(Layout::right_to_left(Align::Center), contents);
    } else {
        contents(ui);
    }
}

fn head(ui: &mut Ui, column: &Column) {
    let palette = theme::palette(ui.ctx());
    let name = paint::line(ui, &column.name, theme::strong(size::SMALL), palette.kind(&column.kind), WIDEST);
    aligned(ui, &column.kind, |ui| drop(ui.label(name).on_hover_text(format!("{}: {}", column.name, column.kind))));
}

fn cell(ui: &mut Ui, kind: &Type, value: &Value) {
    let palette = theme::palette(ui.ctx());
    let (text, color) = match value {
        Value::Null => ("null".to_owned(), palette.faint),
        Value::Text(text) if text.is_empty() => ("\"\"".to_owned(), palette.faint),
        value => (value.to_string().replace('\n', "⏎"), palette.text),
    };
    let galley = paint::line(ui, &text, egui::FontId::proportional(size::SMALL), color, WIDEST);
    let elided = galley.elided;
    aligned(ui, kind, |ui| {
        let response = ui.label(galley);
        if elided {
            response.on_hover_text(RichText::new(text));
        }
    });
}
