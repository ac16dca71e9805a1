//! A list to choose from, behind a button: with a search where it is long, and signs where it is of columns.

use egui::{FontId, Key, Modifiers, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, vec2};
use pipewright_engine::types::{Schema, Type};

use super::paint::{self, Name, SIGN_WIDTH};
use crate::icons;
use crate::theme::{self, gap, size};

/// Lists that are longer than this have a search.
const SHORT: usize = 8;
const ROW: f32 = 26.0;
const TALLEST: f32 = 280.0;
const NARROW: f32 = 90.0;

#[derive(Clone, Default)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) sign: Option<Type>,
    pub(super) help: &'static str,
}

impl Item {
    pub(super) fn columns(schema: &Schema) -> Vec<Self> {
        let item = |column: &pipewright_engine::types::Column| Self {
            text: column.name.clone(),
            sign: Some(column.kind.clone()),
            help: "",
        };
        schema.0.iter().map(item).collect()
    }
}

/// What is written on the button.
#[derive(Default)]
pub(super) struct Face<'a> {
    pub(super) text: &'a str,
    pub(super) sign: Option<&'a Type>,
    /// Nothing is chosen: the text says what to do.
    pub(super) empty: bool,
    pub(super) wrong: bool,
    /// The place of the chosen one in the list.
    pub(super) chosen: Option<usize>,
    /// The list opens by itself.
    pub(super) opens: bool,
}

/// The list as it is looked through.
#[derive(Clone, Default)]
struct Search {
    text: String,
    at: usize,
}

/// A button that shows what is chosen and opens the list. Gives the place of what was picked.
pub(super) fn combo(
    ui: &mut Ui,
    name: &Name,
    face: &Face,
    items: impl FnOnce() -> Vec<Item>,
) -> (Response, Option<usize>) {
    let response = button(ui, name, face);
    if face.opens {
        ui.scroll_to_rect(response.rect, Some(egui::Align::Center));
        Popup::open_id(ui.ctx(), response.id.with("list"));
    }
    let picked = list_of(ui, &response, face.chosen, items);
    (response, picked)
}

/// The list that a button opens.
pub(super) fn list_of(
    ui: &Ui,
    button: &Response,
    chosen: Option<usize>,
    items: impl FnOnce() -> Vec<Item>,
) -> Option<usize> {
    let id = button.id.with("list");
    let popup =
        Popup::from_toggle_button_response(button).id(id).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    if !popup.is_open() {
        ui.data_mut(|data| data.remove::<Search>(id));
    }
    let shown = popup.width(button.rect.width().max(200.0)).show(|ui| list(ui, id, chosen, &items()));
    let picked = shown.and_then(|shown| shown.inner);
    if picked.is_some() {
        Popup::close_id(ui.ctx(), id);
        button.request_focus();
    }
    picked
}

fn button(ui: &mut Ui, name: &Name, face: &Face) -> Response {
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(face.text.to_owned()),
        ..WidgetInfo::labeled(Role::ComboBox, enabled, &name.text)
    });
    let palette = theme::palette(ui.ctx());
    let visuals = *ui.style().interact(&response);
    let stroke = if face.wrong { egui::Stroke::new(1.0, palette.error) } else { visuals.bg_stroke };
    ui.painter().rect(rect, visuals.corner_radius, visuals.bg_fill, stroke, egui::StrokeKind::Inside);
    let mut inner = rect.shrink2(vec2(gap::M, 0.0));
    let arrow = egui::Rect::from_center_size(inner.right_center() - vec2(5.0, 0.0), vec2(12.0, 12.0));
    icons::paint(ui.painter(), "chevron_down", arrow, palette.weak);
    inner.max.x -= 16.0;
    // Where there is no room for its sign, the name says the type with its colour.
    let narrow = inner.width() < NARROW;
    if let Some(kind) = face.sign.filter(|_| !narrow) {
        paint::sign(ui, kind, inner.left_center());
        inner.min.x += SIGN_WIDTH;
    }
    let color = match face {
        Face { empty: true, .. } => palette.faint,
        Face { wrong: true, .. } => palette.error,
        Face { sign: Some(kind), .. } if narrow => palette.kind(kind),
        _ => palette.text,
    };
    let text = paint::line(ui, face.text, FontId::proportional(size::BODY), color, inner.width());
    let elided = text.elided;
    ui.painter().galley(inner.left_center() - vec2(0.0, text.size().y / 2.0), text, color);
    let response = name.give(response);
    if elided { response.on_hover_text(face.text) } else { response }
}

fn list(ui: &mut Ui, id: egui::Id, chosen: Option<usize>, items: &[Item]) -> Option<usize> {
    let before: Option<Search> = ui.data(|data| data.get_temp(id));
    let is_new = before.is_none();
    let mut search = before.unwrap_or_default();
    let searches = items.len() > SHORT;
    if searches {
        let field = egui::TextEdit::singleline(&mut search.text).hint_text("Search").desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Search in the list");
        if is_new {
            field.request_focus();
        }
        if field.changed() {
            search.at = 0;
        }
    }
    let found = matching(items, &search.text);
    if is_new {
        search.at = chosen.and_then(|chosen| found.iter().position(|at| *at == chosen)).unwrap_or(0);
    }
    let moved = walk(ui, &mut search.at, found.len());
    // The key that opened the list picks nothing from it.
    let entered = !is_new && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let mut picked = entered.then_some(search.at);
    if items.is_empty() {
        paint::note(ui, "Nothing is known to choose from yet.");
    } else if found.is_empty() {
        paint::note(ui, "Nothing has this name.");
    }
    let described = items.iter().any(|item| !item.help.is_empty());
    let scroll = egui::ScrollArea::vertical().max_height(TALLEST);
    let mut row = |ui: &mut Ui, at: usize| {
        let response = entry(ui, &items[found[at]], chosen == Some(found[at]), search.at == at);
        if response.clicked() {
            picked = Some(at);
        }
        // Else the keys would go to the button below the list.
        if search.at == at && !searches {
            response.request_focus();
        }
        if search.at == at && (moved || is_new) {
            response.scroll_to_me(None);
        }
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    // Rows with help differ in height; lists of columns may be thousands long, and their rows do not.
    if described {
        scroll.show(ui, |ui| (0..found.len()).for_each(|at| row(ui, at)));
    } else {
        let offset = (search.at as f32 * ROW - TALLEST / 2.0).max(0.0);
        let scroll = if is_new || moved { scroll.vertical_scroll_offset(offset) } else { scroll };
        scroll.show_rows(ui, ROW, found.len(), |ui, range| range.for_each(|at| row(ui, at)));
    }
    ui.data_mut(|data| data.insert_temp(id, search));
    picked.and_then(|at| found.get(at).copied())
}

/// Moves the marked row with the arrow keys.
fn walk(ui: &Ui, at: &mut usize, count: usize) -> bool {
    let (down, up) = ui.input_mut(|input| {
        let mut presses = |key| input.count_and_consume_key(Modifiers::NONE, key);
        (presses(Key::ArrowDown), presses(Key::ArrowUp))
    });
    *at = (*at + down).saturating_sub(up).min(count.saturating_sub(1));
    down != up
}

/// Those whose text holds what is searched, those that begin with it first.
fn matching(items: &[Item], search: &str) -> Vec<usize> {
    let search = search.trim().to_lowercase();
    if search.is_empty() {
        return (0..items.len()).collect();
    }
    let rank = |item: &Item| item.text.to_lowercase().find(&search).map(|place| usize::from(place > 0));
    let mut found: Vec<(usize, usize)> =
        items.iter().enumerate().filter_map(|(at, item)| Some((rank(item)?, at))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

fn entry(ui: &mut Ui, item: &Item, chosen: bool, marked: bool) -> Response {
    let palette = theme::palette(ui.ctx());
    let width = ui.available_width();
    let indent = if item.sign.is_some() { SIGN_WIDTH } else { 0.0 };
    let room = width - 2.0 * gap::M - indent;
    let text = paint::line(ui, &item.text, FontId::proportional(size::BODY), palette.text, room);
    let help = (!item.help.is_empty()).then(|| {
        let mut job = paint::prose(ui, item.help, size::SMALL, palette.weak);
        job.wrap.max_width = room;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    });
    let height = help.as_ref().map_or(ROW, |help| ROW + help.size().y + gap::S);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, &item.text));
    if chosen {
        ui.painter().rect_filled(rect, theme::ROUND, palette.selected);
    } else if marked || response.hovered() {
        ui.painter().rect_filled(rect, theme::ROUND, palette.hover);
    }
    let at = rect.left_top() + vec2(gap::M, ROW / 2.0);
    if let Some(kind) = &item.sign {
        paint::sign(ui, kind, at);
    }
    let middle = vec2(indent, -text.size().y / 2.0);
    ui.painter().galley(at + middle, text, palette.text);
    if let Some(help) = help {
        ui.painter().galley(at + vec2(indent, ROW / 2.0 - 2.0), help, palette.weak);
    }
    response
}
