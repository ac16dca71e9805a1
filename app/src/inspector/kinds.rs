//! Types: one, one that may be left open, and types by the names of columns.

use egui::{DragValue, Response, Ui};
use indexmap::IndexMap;
use pipewright_engine::params::{Field, Optional};
use pipewright_engine::types::Type;

use super::Scene;
use super::form::{self, Place};
use super::paint::{self, Name, SIGN_WIDTH};
use super::pick::{self, Face, Item};
use crate::icons;
use crate::theme::{self, gap};

fn item(kind: &Type) -> Item {
    let text = match kind {
        Type::Decimal(..) => "Decimal".to_owned(),
        Type::TimestampZoned(_) => "Timestamp with zone".to_owned(),
        plain => plain.to_string(),
    };
    Item { text, sign: Some(kind.clone()), help: "" }
}

fn same(a: &Type, b: &Type) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

pub(super) fn one(ui: &mut Ui, place: &Place, kind: &mut Type) -> Response {
    let text = kind.to_string();
    let chosen = Type::choices().iter().position(|choice| same(choice, kind));
    let face = Face { text: &text, sign: Some(kind), chosen, ..Face::default() };
    let (response, picked) = pick::combo(ui, &place.name, &face, || Type::choices().iter().map(item).collect());
    if let Some(picked) = picked.filter(|picked| chosen != Some(*picked)) {
        *kind = Type::choices()[picked].clone();
    }
    details(ui, &place.what, kind);
    response
}

/// The digits of a decimal, the zone of an instant.
fn details(ui: &mut Ui, what: &str, kind: &mut Type) {
    match kind {
        Type::Decimal(precision, scale) => {
            ui.horizontal(|ui| {
                let digits = ui.add(DragValue::new(precision).range(1..=38).speed(0.1));
                digits.accessible_name(format!("Digits of {what}")).on_hover_text("How many digits in all");
                let most = *precision;
                let places = ui.add(DragValue::new(scale).range(0..=most).speed(0.1));
                let label = format!("Digits after the point of {what}");
                places.accessible_name(label).on_hover_text("How many of them after the point");
            });
        }
        Type::TimestampZoned(zone) => {
            let edit = egui::TextEdit::singleline(zone).hint_text("Europe/Berlin").desired_width(f32::INFINITY);
            ui.add(edit).accessible_name(format!("Time zone of {what}"));
        }
        _ => {}
    }
}

/// A type, or none: the first of the list.
pub(super) fn perhaps(ui: &mut Ui, place: &Place, value: &mut dyn Optional) -> Response {
    const OPEN: &str = "As it is";
    let kind = match value.inner() {
        Some(Field::Kind(kind)) => Some(kind.clone()),
        _ => None,
    };
    let text = kind.as_ref().map_or(OPEN.to_owned(), Type::to_string);
    let chosen =
        kind.as_ref().map_or(Some(0), |kind| Type::choices().iter().position(|one| same(one, kind)).map(|at| at + 1));
    let face = Face { text: &text, sign: kind.as_ref(), empty: kind.is_none(), chosen, ..Face::default() };
    let items = || {
        let open = Item { text: OPEN.to_owned(), ..Item::default() };
        std::iter::once(open).chain(Type::choices().iter().map(item)).collect()
    };
    let (response, picked) = pick::combo(ui, &place.name, &face, items);
    if let Some(picked) = picked.filter(|picked| chosen != Some(*picked)) {
        value.set(picked > 0);
        if let (Some(Field::Kind(kind)), Some(at)) = (value.inner(), picked.checked_sub(1)) {
            *kind = Type::choices()[at].clone();
        }
    }
    if let Some(Field::Kind(kind)) = value.inner() {
        details(ui, &place.what, kind);
    }
    response
}

/// Every known column of a source with the type found, and the one it is to have instead.
pub(super) fn by_column(ui: &mut Ui, scene: &mut Scene, place: &Place, types: &mut IndexMap<String, Type>) {
    let found = scene.subject.output.map(|table| &table.schema);
    let known = found.map(|schema| schema.names().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
    let other: Vec<String> = types.keys().filter(|name| !known.contains(name)).cloned().collect();
    let names: Vec<String> = known.into_iter().chain(other).collect();
    if names.is_empty() {
        paint::note(ui, "Types are found by looking at the file. Its columns show here as soon as it is read.");
        return;
    }
    let height = ui.spacing().interact_size.y + ui.spacing().item_spacing.y;
    let scroll = egui::ScrollArea::vertical().id_salt("types").max_height(height * 8.0);
    scroll.show_rows(ui, height - ui.spacing().item_spacing.y, names.len(), |ui, range| {
        for name in &names[range] {
            let kind = found.and_then(|schema| schema.column(name)).map(|column| &column.kind);
            by_name(ui, scene, place, name, kind, types);
        }
    });
    add_by_name(ui, scene, place, types);
}

fn by_name(
    ui: &mut Ui,
    scene: &Scene,
    place: &Place,
    name: &str,
    found: Option<&Type>,
    types: &mut IndexMap<String, Type>,
) {
    let id = form::id(scene, &format!("{}.{name}", place.path));
    paint::steady(ui, id, |ui| {
        ui.horizontal(|ui| {
            let width = ui.available_width();
            let palette = theme::palette(ui.ctx());
            let (rect, _) = ui.allocate_exact_size(
                egui::vec2(width * 0.5 - gap::S, ui.spacing().interact_size.y),
                egui::Sense::hover(),
            );
            let font = egui::FontId::proportional(crate::theme::size::BODY);
            let text = paint::line(ui, name, font, palette.text, rect.width());
            ui.painter().galley(rect.left_center() - egui::vec2(0.0, text.size().y / 2.0), text, palette.text);
            ui.vertical(|ui| override_of(ui, name, found, types));
        });
    });
}

/// The list of types for a column: the first is the one found.
fn override_of(ui: &mut Ui, column: &str, found: Option<&Type>, types: &mut IndexMap<String, Type>) {
    let set = types.get(column).cloned();
    let as_found = found.map_or("As found".to_owned(), Type::to_string);
    let text = set.as_ref().map_or(as_found, Type::to_string);
    let chosen =
        set.as_ref().map_or(Some(0), |kind| Type::choices().iter().position(|one| same(one, kind)).map(|at| at + 1));
    let face = Face { text: &text, sign: set.as_ref().or(found), empty: set.is_none(), chosen, ..Face::default() };
    let items = || {
        let open = Item { text: "As found".to_owned(), ..Item::default() };
        std::iter::once(open).chain(Type::choices().iter().map(item)).collect()
    };
    let (_, picked) = pick::combo(ui, &Name::spoken(format!("Type of {column}")), &face, items);
    match picked.filter(|picked| chosen != Some(*picked)) {
        Some(0) => drop(types.shift_remove(column)),
        Some(at) => drop(types.insert(column.to_owned(), Type::choices()[at - 1].clone())),
        None => {}
    }
    if let Some(kind) = types.get_mut(column) {
        details(ui, column, kind);
    }
}

/// A name that the file was not seen to have: for files that are not there yet.
fn add_by_name(ui: &mut Ui, scene: &Scene, place: &Place, types: &mut IndexMap<String, Type>) {
    let id = form::id(scene, &place.path).with("new");
    let mut name: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    ui.horizontal(|ui| {
        let wide = (ui.available_width() - SIGN_WIDTH).max(0.0);
        let edit = egui::TextEdit::singleline(&mut name).hint_text("Another column").desired_width(wide - gap::L);
        let field = ui.add(edit).accessible_name(format!("Another column for {}", place.what));
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let added = icons::button(ui, "plus", &format!("Add column to {}", place.what)).clicked();
        if (entered || added) && !name.trim().is_empty() {
            types.entry(std::mem::take(&mut name)).or_default();
        }
    });
    ui.data_mut(|data| data.insert_temp(id, name));
}
