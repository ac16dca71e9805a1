//! What the keys do while the canvas has the keyboard: they go along wires, open, nudge.

use egui::{EventFilter, Key, Modifiers, Response, Ui, Vec2};

use super::gestures::Gesture;
use super::graph::{Graph, snapped};
use super::{Scene, Selection, View, arrange};
use crate::action::Action;

const ARROWS: [(Key, Vec2); 4] = [
    (Key::ArrowLeft, Vec2::new(-1.0, 0.0)),
    (Key::ArrowRight, Vec2::new(1.0, 0.0)),
    (Key::ArrowUp, Vec2::new(0.0, -1.0)),
    (Key::ArrowDown, Vec2::new(0.0, 1.0)),
];

pub fn handle(ui: &Ui, response: &Response, scene: &Scene, view: &mut View, actions: &mut Vec<Action>) {
    let nobody = ui.memory(|memory| memory.focused().is_none());
    let asked = ui.memory(|memory| memory.top_modal_layer().is_some());
    let mine = (response.has_focus() || nobody) && !asked;
    // The key by which somebody gave the keyboard up was theirs: Esc leaves a field first, and the node next time.
    let had = std::mem::replace(&mut view.keyboard, mine);
    if view.search.is_some() || view.writing.is_some() {
        return;
    }
    let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    if !(mine && had) || egui::Popup::is_any_open(ui.ctx()) {
        return;
    }
    let Some(graph) = view.graph() else { return };
    for (key, way) in ARROWS {
        for nudge in [Modifiers::ALT, Modifiers::COMMAND] {
            if ui.input_mut(|input| input.consume_key(nudge, key)) {
                self::nudge(&graph, scene, view, way, actions);
            }
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
            && let Some(next) = next(&graph, view, way)
        {
            let name = &graph.blocks[next].name;
            view.bring_into_view(name);
            actions.push(Action::Select(Selection::node(name)));
        }
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        if view.is_busy() {
            view.gesture = Gesture::Idle;
        } else if !view.selection.is_empty() {
            actions.push(Action::Select(Selection::default()));
        }
    }
    if let Some(name) = view.selection.nodes.last()
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
    {
        actions.push(Action::Open(name.clone()));
    }
}

fn nudge(graph: &Graph, scene: &Scene, view: &View, way: Vec2, actions: &mut Vec<Action>) {
    let by = way * arrange::GRID as f32;
    let blocks = view.selection.nodes.iter().filter_map(|name| graph.find(name)).map(|block| &graph.blocks[block]);
    let places: Vec<_> = blocks.map(|block| (block.name.clone(), snapped(block.rect.min + by))).collect();
    if !places.is_empty() {
        actions.push(Action::Place(places));
    }
    for note in view.selection.notes.iter().copied() {
        let Some(old) = scene.pipeline.layout.notes.get(note) else { continue };
        let at = (old.at.0 + by.x as i32, old.at.1 + by.y as i32);
        actions.push(Action::PlaceNote { note, at, size: old.size });
    }
}

/// Along the wires to the left and to the right; up and down to whatever is nearest there.
fn next(graph: &Graph, view: &View, way: Vec2) -> Option<usize> {
    let Some(block) = view.selection.nodes.last().and_then(|name| graph.find(name)) else {
        let first = |a: &usize, b: &usize| {
            let key = |at: usize| (graph.blocks[at].rect.left(), graph.blocks[at].rect.top());
            key(*a).partial_cmp(&key(*b)).unwrap_or(std::cmp::Ordering::Equal)
        };
        return (0..graph.blocks.len()).min_by(first);
    };
    let here = graph.blocks[block].rect.center();
    if way.x != 0.0 {
        let (before, after) = graph.neighbours(block);
        let along = if way.x < 0.0 { before } else { after };
        let nearest = |a: &usize, b: &usize| {
            let far = |at: usize| (graph.blocks[at].rect.center().y - here.y).abs();
            far(*a).total_cmp(&far(*b))
        };
        return along.into_iter().min_by(nearest);
    }
    let beyond = |at: &usize| (graph.blocks[*at].rect.center().y - here.y) * way.y > 1.0;
    let far = |at: usize| {
        let away = graph.blocks[at].rect.center() - here;
        away.y.abs() + 3.0 * away.x.abs()
    };
    (0..graph.blocks.len()).filter(beyond).min_by(|a, b| far(*a).total_cmp(&far(*b)))
}
