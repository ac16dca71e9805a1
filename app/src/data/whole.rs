//! A value in full, over the grid: long text, lists, everything that a cell cuts short.

use egui::{Rect, Ui};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use pipewright_runner::cli::words::thousands;
use pipewright_runner::show::TableId;

use super::Look;
use crate::action::Action;
use crate::theme::{self, gap, size};

/// As much as is laid out as text: more would stop the window.
const SHOWN: usize = 100_000;
const SIZE: egui::Vec2 = egui::vec2(440.0, 220.0);

pub(super) struct Whole {
    table: TableId,
    /// Where the row lies in the table.
    row: u64,
    column: usize,
    name: String,
    kind: Type,
    /// The cell on the screen.
    at: Rect,
    value: Option<Value>,
    /// What of it is shown.
    text: String,
    asked: bool,
    open: bool,
}

impl Whole {
    pub(super) fn new(table: &TableId, (row, column): (u64, usize), of: (&str, &Type), at: Rect) -> Self {
        Self {
            table: table.clone(),
            row,
            column,
            name: of.0.to_owned(),
            kind: of.1.clone(),
            at,
            value: None,
            text: String::new(),
            asked: false,
            open: true,
        }
    }

    pub(super) fn answer(&mut self, table: &TableId, row: u64, column: usize, value: Value) {
        if self.table != *table || self.row != row || self.column != column {
            return;
        }
        self.text = value.shown(&self.kind).chars().take(SHOWN).collect();
        self.value = Some(value);
    }

    pub(super) fn waits_for(&self, table: Option<&TableId>) -> bool {
        self.value.is_none() && table.is_none_or(|table| *table == self.table)
    }
}

/// Draws it, if one is open. A click elsewhere or Escape closes it.
pub(super) fn show(ui: &Ui, whole: &mut Option<Whole>, actions: &mut Vec<Action>) {
    let Some(open) = whole else { return };
    if !open.asked {
        open.asked = true;
        let look = Look::Cell { table: open.table.clone(), row: open.row, column: open.column };
        actions.push(Action::Look(look));
    }
    let id = egui::Id::unique("whole value");
    let mut still = open.open;
    egui::Popup::new(id, ui.ctx().clone(), open.at, ui.layer_id())
        .open_bool(&mut still)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .gap(gap::S)
        .accessible_name(format!("value of {}", open.name))
        .show(|ui| {
            ui.set_width(SIZE.x);
            content(ui, open);
        });
    if !still {
        *whole = None;
    }
}

fn content(ui: &mut Ui, whole: &Whole) {
    let palette = theme::palette(ui.ctx());
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(&whole.name).font(theme::strong(size::BODY)));
        let about = format!("{}, row {}", whole.kind, thousands(whole.row + 1));
        ui.label(egui::RichText::new(about).size(size::SMALL).color(palette.weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let Some(value) = &whole.value else { return };
            if ui.button("Copy").clicked() {
                ui.ctx().copy_text(value.shown(&whole.kind));
            }
        });
    });
    ui.separator();
    let absent = match &whole.value {
        None => Some("Reading the value …"),
        Some(Value::Null) => Some("null: there is no value"),
        Some(Value::Text(text)) if text.is_empty() => Some("Empty text"),
        Some(_) => None,
    };
    if let Some(absent) = absent {
        ui.label(egui::RichText::new(absent).color(palette.weak));
        return;
    }
    egui::ScrollArea::vertical().max_height(SIZE.y).show(ui, |ui| {
        let mut text = whole.text.as_str();
        let field = egui::TextEdit::multiline(&mut text).desired_rows(1).desired_width(f32::INFINITY);
        let response = ui.add(field.frame(egui::Frame::NONE));
        response.accessible_name(format!("whole value of {}", whole.name));
    });
    if whole.text.len() >= SHOWN {
        let cut = format!("The first {} characters. Copy takes all of it.", thousands(SHOWN as u64));
        ui.label(egui::RichText::new(cut).size(size::SMALL).color(palette.weak));
    }
}
