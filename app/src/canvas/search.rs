//! The menu that adds a node: what is typed is looked for in titles, words and help.

use egui::{
    Area, Frame, Id, Key, Modifiers, Order, Pos2, Rect, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use pipewright_engine::node::Inputs;
use pipewright_engine::nodes::{CATALOG, Kind};

use super::View;
use crate::action::{Action, Point, Wiring};
use crate::icons;
use crate::theme::{self, gap, size};

const SIZE: egui::Vec2 = vec2(320.0, 300.0);
const ROW: f32 = 40.0;

/// The open menu.
#[derive(Clone, Debug)]
pub struct Search {
    corner: Pos2,
    at: Option<Point>,
    wiring: Wiring,
    text: String,
    chosen: usize,
    opened: bool,
}

/// Opens the menu where the pointer is, else in the middle: the new node is wired to the selection.
pub fn open_search(ctx: &egui::Context, view: &mut View) {
    let Some(panel) = view.panel else { return };
    let pointer = ctx.input(|input| input.pointer.latest_pos()).filter(|point| panel.contains(*point));
    let corner = pointer.unwrap_or(panel.center() - SIZE / 2.0);
    let free = view.selection.nodes.is_empty();
    let at = if free { pointer.map(|point| super::graph::snapped(view.camera().to_canvas(point))) } else { None };
    open_at(view, corner, at, Wiring::Selection);
}

pub fn open_at(view: &mut View, corner: Pos2, at: Option<Point>, wiring: Wiring) {
    view.search = Some(Search { corner, at, wiring, text: String::new(), chosen: 0, opened: false });
}

pub fn show(ui: &mut Ui, view: &mut View, actions: &mut Vec<Action>) {
    let Some(mut search) = view.search.take() else { return };
    let panel = view.panel.unwrap_or(Rect::EVERYTHING);
    let found = ranked(&search.text, &search.wiring);
    let mut picked = search.keys(ui, found.len());
    let corner = search.corner.min(panel.max - SIZE - vec2(gap::M, gap::M)).max(panel.min + vec2(gap::M, gap::M));
    let area = Area::new(Id::unique("add a node")).order(Order::Foreground).fixed_pos(corner).constrain_to(panel);
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(SIZE.x - 24.0);
            search.field(ui);
            if let Some(row) = search.list(ui, &found) {
                picked = Some(row);
            }
        });
    });
    let elsewhere = ui.input(|input| {
        let pressed = input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten();
        pressed.is_some_and(|at| !shown.response.rect.contains(at))
    });
    let escape = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if let Some(kind) = picked.and_then(|row| found.get(row)) {
        actions.push(Action::Add { step: Box::new((kind.step)()), at: search.at, wiring: search.wiring });
    } else if !(escape || elsewhere && search.opened) {
        search.opened = true;
        view.search = Some(search);
    }
}

impl Search {
    /// Arrows choose, Enter takes.
    fn keys(&mut self, ui: &Ui, count: usize) -> Option<usize> {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.chosen += 1;
        }
        if pressed(Key::ArrowUp) {
            self.chosen = self.chosen.saturating_sub(1);
        }
        self.chosen = self.chosen.min(count.saturating_sub(1));
        (self.opened && pressed(Key::Enter)).then_some(self.chosen)
    }

    fn field(&mut self, ui: &mut Ui) {
        let edit = TextEdit::singleline(&mut self.text).hint_text("Search for a node").desired_width(f32::INFINITY);
        let response = ui.add(edit);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("search nodes"));
        if !response.has_focus() {
            response.request_focus();
        }
        if response.changed() {
            self.chosen = 0;
        }
    }

    fn list(&self, ui: &mut Ui, found: &[&'static Kind]) -> Option<usize> {
        if found.is_empty() {
            ui.weak("No node is called so. Try what it does: filter, join, sum.");
            return None;
        }
        let mut picked = None;
        ScrollArea::vertical().max_height(SIZE.y - 60.0).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (at, kind) in found.iter().enumerate() {
                if row(ui, kind, at == self.chosen) {
                    picked = Some(at);
                }
            }
        });
        picked
    }
}

fn row(ui: &mut Ui, kind: &Kind, chosen: bool) -> bool {
    let palette = theme::palette(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, format!("add {}", kind.card.title)));
    if chosen {
        response.scroll_to_me(None);
    }
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, theme::ROUND, if chosen { palette.selected } else { palette.hover });
    }
    let icon = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), vec2(18.0, 18.0));
    icons::paint(ui.painter(), kind.card.icon, icon, palette.weak);
    let left = rect.left() + 38.0;
    let title =
        egui::text::LayoutJob::simple_singleline(kind.card.title.to_owned(), theme::strong(size::BODY), palette.text);
    ui.painter().galley(pos2(left, rect.top() + 4.0), ui.painter().layout_job(title), palette.text);
    let help = kind.help.lines().next().unwrap_or_default().trim();
    let mut help = egui::text::LayoutJob::simple_singleline(
        help.to_owned(),
        egui::FontId::proportional(size::SMALL),
        palette.weak,
    );
    help.wrap = egui::text::TextWrapping::truncate_at_width(rect.right() - left - gap::M);
    ui.painter().galley(pos2(left, rect.top() + 21.0), ui.painter().layout_job(help), palette.weak);
    response.clicked()
}

/// The kinds that what was typed may mean: those that can be wired as wanted first, then the better match.
pub fn ranked(text: &str, wiring: &Wiring) -> Vec<&'static Kind> {
    // Signs between words are typed in some names and left out in others: "Multi-Row Formula", "Random % Sample".
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let mut found: Vec<(bool, u32, &Kind)> =
        CATALOG.iter().filter_map(|kind| Some((!fits(kind, wiring), rank(kind, &words)?, kind))).collect();
    found.sort_by_key(|(unfit, rank, _)| (*unfit, *rank));
    found.into_iter().map(|(_, _, kind)| kind).collect()
}

fn fits(kind: &Kind, wiring: &Wiring) -> bool {
    let takes = !matches!(kind.card.inputs, Inputs::None);
    let gives = !kind.card.outputs.is_empty();
    match wiring {
        Wiring::After(_) => takes,
        Wiring::Before(_) => gives,
        Wiring::Into(_) => takes && gives,
        Wiring::Selection | Wiring::Free => true,
    }
}

/// The sum over the words of where each is found, the smaller the better; none where one is nowhere.
fn rank(kind: &Kind, words: &[String]) -> Option<u32> {
    let title = kind.card.title.to_lowercase();
    let (others, help) = (kind.card.words.to_lowercase(), kind.help.to_lowercase());
    let begins = |text: &str, word: &str| text.split_whitespace().any(|part| part.starts_with(word));
    let place = |word: &String| match word.as_str() {
        word if title.starts_with(word) => Some(0),
        word if begins(&title, word) => Some(1),
        word if title.contains(word) => Some(2),
        word if begins(&others, word) => Some(3),
        word if others.contains(word) => Some(4),
        word if help.contains(word) => Some(5),
        _ => None,
    };
    words.iter().map(place).sum()
}
