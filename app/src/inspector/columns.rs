//! Columns that come in: one, or several in an order.

use egui::{FontId, Key, Modifiers, Response, Role, Sense, Ui, WidgetInfo, vec2};
use pipewright_engine::params::ColumnName;
use pipewright_engine::types::Schema;

use super::Scene;
use super::form::{self, Place};
use super::paint::{self, Name, SIGN_WIDTH};
use super::pick::{self, Face, Item};
use crate::icons;
use crate::theme::{self, gap, size};

/// More chips than this say nothing more, and take their time.
const MOST_CHIPS: usize = 200;
const CHIP: f32 = 24.0;

fn schema<'a>(scene: &Scene<'a>, place: &Place) -> Option<&'a Schema> {
    scene.subject.inputs.get(place.spec.port)?.as_deref()
}

/// One column. Where the keyboard is sent to it and none is chosen, its list opens.
pub(super) fn one(ui: &mut Ui, scene: &mut Scene, place: &Place, column: &mut ColumnName) -> Response {
    let schema = schema(scene, place);
    let found = schema.and_then(|schema| schema.column(&column.0));
    let empty = column.0.is_empty();
    let face = Face {
        text: if empty { "Choose a column" } else { &column.0 },
        sign: found.map(|column| &column.kind),
        empty,
        // While the columns that come in are not known, none is wrong.
        wrong: !empty && schema.is_some() && found.is_none(),
        chosen: schema.and_then(|schema| schema.position(&column.0)),
        opens: false,
    };
    let opens = empty && scene.state.focus.as_deref() == Some(&place.path);
    if opens {
        scene.state.focus = None;
    }
    let (response, picked) =
        pick::combo(ui, &place.name, &Face { opens, ..face }, || schema.map(Item::columns).unwrap_or_default());
    if let Some(picked) = picked.and_then(|at| schema?.0.get(at)) {
        column.0.clone_from(&picked.name);
    }
    response
}

/// A chip on its way to another place of its list.
#[derive(Clone)]
struct Dragged {
    path: String,
    from: usize,
}

enum Change {
    Remove(usize),
    Move(usize, usize),
}

/// Columns as chips, in their order; they are dragged into another one.
pub(super) fn many(ui: &mut Ui, scene: &mut Scene, place: &Place, names: &mut Vec<ColumnName>) {
    let schema = schema(scene, place);
    if names.is_empty() {
        paint::note(ui, place.spec.help);
    }
    let mut change = None;
    let chips = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing = vec2(gap::S, gap::S);
        for (at, name) in names.iter().enumerate().take(MOST_CHIPS) {
            change = chip(ui, place, schema, at, &name.0).or(change.take());
        }
    };
    if !names.is_empty() {
        ui.horizontal_wrapped(chips);
    }
    if names.len() > MOST_CHIPS {
        paint::note(ui, &format!("and {} more", names.len() - MOST_CHIPS));
    }
    match change {
        Some(Change::Remove(at)) => drop(names.remove(at)),
        Some(Change::Move(from, to)) if from < names.len() => {
            let moved = names.remove(from);
            names.insert(to.min(names.len()), moved);
        }
        _ => {}
    }
    add(ui, scene, place, schema, names);
}

fn chip(ui: &mut Ui, place: &Place, schema: Option<&Schema>, at: usize, name: &str) -> Option<Change> {
    let palette = theme::palette(ui.ctx());
    let found = schema.and_then(|schema| schema.column(name));
    let unknown = schema.is_some() && found.is_none();
    let color = if unknown { palette.error } else { palette.text };
    let most = (ui.max_rect().width() - SIGN_WIDTH - CHIP - gap::M).max(20.0);
    let text = paint::line(ui, name, FontId::proportional(size::BODY), color, most);
    let indent = gap::M + found.map_or(0.0, |_| SIGN_WIDTH);
    let (rect, response) = ui.allocate_exact_size(vec2(indent + text.size().x + CHIP, CHIP), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, format!("Column {name} of {}", place.what)));
    let line = match (response.hovered() || response.has_focus(), unknown) {
        (_, true) => palette.error,
        (true, _) => palette.accent,
        _ => palette.outline,
    };
    ui.painter().rect(rect, CHIP / 2.0, palette.surface, (1.0, line), egui::StrokeKind::Inside);
    if let Some(column) = found {
        paint::sign(ui, &column.kind, rect.left_center() + vec2(gap::M, 0.0));
    }
    ui.painter().galley(rect.left_center() + vec2(indent, -text.size().y / 2.0), text, color);
    let removed = remove_button(ui, rect, place, name);
    response.dnd_set_drag_payload(Dragged { path: place.path.clone(), from: at });
    if let Some(dragged) = response.dnd_hover_payload::<Dragged>().filter(|dragged| dragged.path == place.path) {
        let x = if dragged.from < at { rect.right() + 2.0 } else { rect.left() - 2.0 };
        ui.painter().vline(x, rect.y_range(), (2.0, palette.accent));
    }
    let dropped = response.dnd_release_payload::<Dragged>().filter(|dragged| dragged.path == place.path);
    if let Some(dragged) = dropped {
        return Some(Change::Move(dragged.from, at));
    }
    removed.then_some(Change::Remove(at)).or_else(|| by_key(ui, &response, at))
}

/// Delete takes a chip away; Alt with an arrow moves it.
fn by_key(ui: &Ui, chip: &Response, at: usize) -> Option<Change> {
    if !chip.has_focus() {
        return None;
    }
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::NONE, Key::Delete) || input.consume_key(Modifiers::NONE, Key::Backspace) {
            return Some(Change::Remove(at));
        }
        if input.consume_key(Modifiers::ALT, Key::ArrowRight) {
            return Some(Change::Move(at, at + 1));
        }
        input.consume_key(Modifiers::ALT, Key::ArrowLeft).then(|| Change::Move(at, at.saturating_sub(1)))
    })
}

fn remove_button(ui: &Ui, chip: egui::Rect, place: &Place, name: &str) -> bool {
    let square = egui::Rect::from_center_size(chip.right_center() - vec2(CHIP / 2.0, 0.0), vec2(12.0, 12.0));
    let id = ui.scope_id().with(("remove", &place.path, name));
    let response = ui.interact(square.expand(3.0), id, Sense::click());
    let label = format!("Remove column {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let palette = theme::palette(ui.ctx());
    icons::paint(ui.painter(), "x", square, if response.hovered() { palette.text } else { palette.faint });
    response.clicked()
}

/// The columns that are not chosen yet.
fn left(schema: Option<&Schema>, names: &[ColumnName]) -> Vec<Item> {
    let chosen: std::collections::HashSet<&str> = names.iter().map(|name| name.0.as_str()).collect();
    let all = schema.map(Item::columns).unwrap_or_default();
    all.into_iter().filter(|item| !chosen.contains(item.text.as_str())).collect()
}

/// The list of those that are not chosen yet, and all or none at once.
fn add(ui: &mut Ui, scene: &mut Scene, place: &Place, schema: Option<&Schema>, names: &mut Vec<ColumnName>) {
    ui.horizontal(|ui| {
        let button = ui.button("Add column").accessible_name(format!("Add column to {}", place.what));
        form::go_to(ui, scene, &place.path, &button);
        let picked = pick::list_of(ui, &button, None, || left(schema, names));
        names.extend(picked.and_then(|at| left(schema, names).into_iter().nth(at)).map(|item| ColumnName(item.text)));
        let known = schema.map_or(0, |schema| schema.0.len());
        if known > names.len() && paint::link(ui, "All", &format!("Add all columns to {}", place.what)).clicked() {
            names.extend(left(schema, names).into_iter().map(|item| ColumnName(item.text)));
        }
        let any = !names.is_empty();
        if any && paint::link(ui, "None", &format!("Remove all columns from {}", place.what)).clicked() {
            names.clear();
        }
    });
}

/// The name of a control of a line, which has no label of its own.
pub(super) fn in_line(label: &str, what: &str, at: usize) -> Name {
    Name::spoken(format!("{label} in line {} of {what}", at + 1))
}
