//! What the pointer does: it looks around, selects, moves, wires, drops.

use egui::{DragAndDrop, Modifiers, PointerButton, Pos2, Rect, Response, Ui, Vec2};
use indexmap::IndexSet;
use pipewright_engine::nodes::CATALOG;
use pipewright_engine::pipeline::{Link, Note, Pipeline};

use super::graph::{Graph, rect_at, snapped};
use super::hits::{self, Hit};
use super::{Dragged, NODE, STEP, Selection, View, notes, search};
use crate::action::{Action, Input, Point, Wiring};

/// What is under way from press to release.
#[derive(Clone, Debug, Default)]
pub enum Gesture {
    #[default]
    Idle,
    Pan,
    /// A frame drawn around nodes, from this point of the canvas.
    Marquee {
        from: Pos2,
    },
    Move {
        nodes: IndexSet<String>,
        notes: IndexSet<usize>,
        by: Vec2,
    },
    Wire {
        /// The end that stays.
        end: End,
        /// The wire that was taken hold of, by where it ended.
        cut: Option<Input>,
        /// By block, whether it can be wired to.
        allowed: Vec<bool>,
        pointer: Pos2,
    },
    Resize {
        note: usize,
        by: Vec2,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Output(Link),
    Input(Input),
}

pub fn handle(ui: &Ui, response: &Response, pipeline: &Pipeline, view: &mut View, actions: &mut Vec<Action>) {
    let Some(graph) = view.graph() else { return };
    navigate(ui, response, view);
    let notes = &pipeline.layout.notes;
    let pointer = response.hover_pos().or(response.interact_pointer_pos());
    view.hover = pointer.map(|point| hits::at(view, &graph, notes, point)).unwrap_or_default();
    view.insert = None;
    let mut hand = Hand { ui, graph: &graph, notes, view, actions };
    hand.press(response);
    hand.drag(response);
    hand.click(response);
    hand.take_from_palette(response);
    hand.take_from_outside(response);
    hand.cursor(response);
}

fn navigate(ui: &Ui, response: &Response, view: &mut View) {
    if !response.contains_pointer() || view.search.is_some() {
        return;
    }
    let (zoom, scroll, pointer) =
        ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta(), input.pointer.latest_pos()));
    let mut camera = view.camera();
    if zoom != 1.0 {
        camera.zoom_at(pointer.unwrap_or(camera.panel.center()), zoom);
    } else if scroll != Vec2::ZERO {
        camera.center -= scroll / camera.zoom;
    }
    view.look(camera);
}

struct Hand<'a> {
    ui: &'a Ui,
    graph: &'a Graph,
    notes: &'a [Note],
    view: &'a mut View,
    actions: &'a mut Vec<Action>,
}

impl Hand<'_> {
    fn modifiers(&self) -> Modifiers {
        self.ui.input(|input| input.modifiers)
    }

    fn press(&mut self, response: &Response) {
        if response.is_pointer_button_down_on() && self.ui.input(|input| input.pointer.any_pressed()) {
            response.request_focus();
        }
        if !response.drag_started() {
            return;
        }
        let Some(origin) = self.ui.input(|input| input.pointer.press_origin()) else { return };
        let pans =
            response.drag_started_by(PointerButton::Middle) || self.ui.input(|input| input.key_down(egui::Key::Space));
        self.view.gesture = match hits::at(self.view, self.graph, self.notes, origin) {
            _ if pans => Gesture::Pan,
            _ if !response.drag_started_by(PointerButton::Primary) => Gesture::Idle,
            Hit::Output(block, port) => self.wire_from_output((block, port), None, origin),
            Hit::Input(block, port) => self.wire_from_input((block, port), origin),
            Hit::Wire(wire) => self.wire_from_input(self.graph.wires[wire].to, origin),
            Hit::Node(block) => self.lift(block),
            Hit::Note(note) => self.lift_note(note),
            Hit::NoteCorner(note) => Gesture::Resize { note, by: Vec2::ZERO },
            Hit::Nothing => Gesture::Marquee { from: self.view.camera().to_canvas(origin) },
        };
    }

    /// Nodes that would be read in a circle can't be wired to.
    fn wire_from_output(&self, output: (usize, usize), cut: Option<Input>, pointer: Pos2) -> Gesture {
        let above = self.graph.above(output.0);
        let allowed = above.iter().zip(&self.graph.blocks).map(|(above, block)| !above && !block.inputs.is_empty());
        Gesture::Wire { end: End::Output(self.graph.link(output)), cut, allowed: allowed.collect(), pointer }
    }

    fn wire_from_input(&self, input: (usize, usize), pointer: Pos2) -> Gesture {
        if let Some(wire) = self.graph.blocks[input.0].inputs[input.1].wire {
            let from = self.graph.wires[wire].from;
            return self.wire_from_output(from, Some(self.graph.input(input)), pointer);
        }
        let below = self.graph.below(input.0);
        let allowed = below.iter().zip(&self.graph.blocks).map(|(below, block)| !below && !block.outputs.is_empty());
        Gesture::Wire { end: End::Input(self.graph.input(input)), cut: None, allowed: allowed.collect(), pointer }
    }

    /// Takes hold of a node, and of the selection if it belongs to it.
    fn lift(&mut self, block: usize) -> Gesture {
        let name = &self.graph.blocks[block].name;
        let selection = &self.view.selection;
        if selection.nodes.contains(name) {
            return Gesture::Move { nodes: selection.nodes.clone(), notes: selection.notes.clone(), by: Vec2::ZERO };
        }
        let one = Selection::node(name);
        self.actions.push(Action::Select(one.clone()));
        Gesture::Move { nodes: one.nodes, notes: IndexSet::new(), by: Vec2::ZERO }
    }

    fn lift_note(&mut self, note: usize) -> Gesture {
        let selection = &self.view.selection;
        if selection.notes.contains(&note) {
            return Gesture::Move { nodes: selection.nodes.clone(), notes: selection.notes.clone(), by: Vec2::ZERO };
        }
        let one = Selection { notes: IndexSet::from([note]), ..Selection::default() };
        self.actions.push(Action::Select(one.clone()));
        Gesture::Move { nodes: IndexSet::new(), notes: one.notes, by: Vec2::ZERO }
    }

    fn drag(&mut self, response: &Response) {
        let moved = response.drag_delta() / self.view.zoom;
        let at = response.interact_pointer_pos();
        match &mut self.view.gesture {
            Gesture::Idle => return,
            Gesture::Pan => self.view.center -= moved,
            Gesture::Move { by, .. } | Gesture::Resize { by, .. } => *by += moved,
            Gesture::Wire { pointer, .. } => *pointer = at.unwrap_or(*pointer),
            Gesture::Marquee { .. } => {}
        }
        if let Gesture::Move { nodes, by, .. } = &self.view.gesture {
            self.view.insert = self.insertion(nodes, *by);
        }
        if response.drag_stopped() {
            let gesture = std::mem::take(&mut self.view.gesture);
            self.release(gesture, at.unwrap_or_default());
        } else if self.ui.input(|input| !input.pointer.any_down()) {
            self.view.gesture = Gesture::Idle;
        }
    }

    /// The wire into which a single node that is wired to nothing would be put.
    fn insertion(&self, nodes: &IndexSet<String>, by: Vec2) -> Option<usize> {
        let block = self.graph.find(nodes.first().filter(|_| nodes.len() == 1)?)?;
        let node = &self.graph.blocks[block];
        let fits = node.is_unwired() && !node.inputs.is_empty() && !node.outputs.is_empty();
        fits.then(|| hits::wire_below(self.graph, node.rect.translate(by), Some(block)))?
    }

    fn release(&mut self, gesture: Gesture, at: Pos2) {
        match gesture {
            Gesture::Idle | Gesture::Pan => {}
            Gesture::Marquee { from } => self.select_within(Rect::from_two_pos(from, self.view.camera().to_canvas(at))),
            Gesture::Move { nodes, notes, by } => self.put_down(&nodes, &notes, by),
            Gesture::Resize { note, by } => self.resize(note, by),
            Gesture::Wire { end, cut, allowed, .. } => self.let_go(end, cut, &allowed, at),
        }
    }

    fn select_within(&mut self, rect: Rect) {
        let inside = self.graph.blocks.iter().filter(|block| rect.intersects(block.rect));
        let notes = self.notes.iter().enumerate().filter(|(_, note)| rect.contains_rect(notes::rect_of(note)));
        let found = Selection {
            nodes: inside.map(|block| block.name.clone()).collect(),
            notes: notes.map(|(at, _)| at).collect(),
            wire: None,
        };
        let selection = match self.modifiers() {
            modifiers if modifiers.shift => joined(&self.view.selection, found),
            modifiers if modifiers.command => toggled(&self.view.selection, found),
            _ => found,
        };
        self.actions.push(Action::Select(selection));
    }

    fn put_down(&mut self, nodes: &IndexSet<String>, notes: &IndexSet<usize>, by: Vec2) {
        let place =
            |name: &String| Some((name.clone(), snapped(self.graph.blocks[self.graph.find(name)?].rect.min + by)));
        let places: Vec<(String, Point)> = nodes.iter().filter_map(place).collect();
        if !places.is_empty() {
            self.actions.push(Action::Place(places));
        }
        for note in notes.iter().copied() {
            let Some(Note { size, .. }) = self.notes.get(note) else { continue };
            let at = snapped(notes::rect_of(&self.notes[note]).min + by);
            self.actions.push(Action::PlaceNote { note, at, size: *size });
        }
        if let (Some(wire), Some(name)) = (self.view.insert, nodes.first()) {
            let wire = self.graph.wires[wire];
            let input = Input { node: name.clone(), port: 0 };
            self.actions.push(Action::Connect { from: self.graph.link(wire.from), to: input });
            let own = Link { node: name.clone(), output: None };
            self.actions.push(Action::Connect { from: own, to: self.graph.input(wire.to) });
        }
    }

    fn resize(&mut self, note: usize, by: Vec2) {
        let Some(old) = self.notes.get(note) else { return };
        let rect = notes::rect_of(old);
        let size = snapped((rect.size() + by).max(notes::SMALLEST).to_pos2());
        self.actions.push(Action::PlaceNote { note, at: old.at, size });
    }

    /// A wire is dropped: on a port, on a node, or on nothing.
    fn let_go(&mut self, end: End, cut: Option<Input>, allowed: &[bool], at: Pos2) {
        let may = |block: usize| allowed.get(block).copied().unwrap_or(false);
        let hit = hits::at(self.view, self.graph, self.notes, at);
        let port = match (&end, &hit) {
            (End::Output(_), Hit::Input(block, port)) if may(*block) => Some((*block, *port)),
            (End::Output(_), Hit::Node(block) | Hit::Output(block, _)) if may(*block) => {
                self.graph.blocks[*block].free_input().map(|port| (*block, port))
            }
            (End::Input(_), Hit::Output(block, port)) if may(*block) => Some((*block, *port)),
            (End::Input(_), Hit::Node(block) | Hit::Input(block, _)) if may(*block) => Some((*block, 0)),
            _ => None,
        };
        let Some(port) = port else {
            if matches!(hit, Hit::Nothing | Hit::Note(_) | Hit::Wire(_)) {
                self.drop_on_nothing(end, cut, at);
            }
            return;
        };
        match end {
            End::Output(from) => {
                let to = self.graph.input(port);
                if cut.as_ref() == Some(&to) {
                    return;
                }
                // Cutting first may close a gap and renumber the ports of that node; cutting last would then cut another wire.
                let same = cut.as_ref().is_some_and(|cut| cut.node == to.node);
                let cut = cut.map(Action::Disconnect);
                let connect = Action::Connect { from, to };
                if same {
                    self.actions.extend(cut.into_iter().chain([connect]));
                } else {
                    self.actions.extend([connect].into_iter().chain(cut));
                }
            }
            End::Input(to) => self.actions.push(Action::Connect { from: self.graph.link(port), to }),
        }
    }

    fn drop_on_nothing(&mut self, end: End, cut: Option<Input>, at: Pos2) {
        self.actions.extend(cut.map(Action::Disconnect));
        let wiring = match end {
            End::Output(link) => Wiring::After(link),
            End::Input(input) => Wiring::Before(input),
        };
        let shift = if matches!(wiring, Wiring::After(_)) { 0.0 } else { NODE.0 as f32 };
        let place = snapped(self.view.camera().to_canvas(at) - Vec2::new(shift, 20.0));
        search::open_at(self.view, at, Some(place), wiring);
    }

    fn click(&mut self, response: &Response) {
        let Some(at) = response.interact_pointer_pos() else { return };
        if response.secondary_clicked() {
            let hit = hits::at(self.view, self.graph, self.notes, at);
            self.select_for_menu(&hit);
            self.view.menu = Some((hit, at));
            return;
        }
        if !response.clicked() {
            return;
        }
        let hit = hits::at(self.view, self.graph, self.notes, at);
        if response.double_clicked() {
            return self.double_click(&hit, at);
        }
        self.select(&hit);
        if let Hit::Output(block, port) = hit {
            self.actions.push(Action::Show(self.graph.link((block, port))));
        }
    }

    fn double_click(&mut self, hit: &Hit, at: Pos2) {
        match *hit {
            Hit::Node(block) => self.actions.push(Action::Open(self.graph.blocks[block].name.clone())),
            Hit::Note(note) | Hit::NoteCorner(note) => {
                self.view.writing = self.notes.get(note).map(|it| (note, it.text.clone()));
            }
            Hit::Nothing => {
                let place = snapped(self.view.camera().to_canvas(at));
                search::open_at(self.view, at, Some(place), Wiring::Free);
            }
            Hit::Output(..) | Hit::Input(..) | Hit::Wire(_) => {}
        }
    }

    fn selection_of(&self, hit: &Hit) -> Selection {
        match *hit {
            Hit::Node(block) | Hit::Output(block, _) | Hit::Input(block, _) => {
                Selection::node(&self.graph.blocks[block].name)
            }
            Hit::Wire(wire) => Selection::wire(self.graph.input(self.graph.wires[wire].to)),
            Hit::Note(note) | Hit::NoteCorner(note) => {
                Selection { notes: IndexSet::from([note]), ..Selection::default() }
            }
            Hit::Nothing => Selection::default(),
        }
    }

    fn select(&mut self, hit: &Hit) {
        let modifiers = self.modifiers();
        let found = self.selection_of(hit);
        let now = &self.view.selection;
        let selection = match (modifiers.shift, modifiers.command) {
            (true, _) => joined(now, found),
            (_, true) => toggled(now, found),
            _ => found,
        };
        if selection != *now {
            self.actions.push(Action::Select(selection));
        }
    }

    /// A menu speaks of the selection if it was opened on it, else of what it was opened on.
    fn select_for_menu(&mut self, hit: &Hit) {
        let found = self.selection_of(hit);
        let now = &self.view.selection;
        let within = found.nodes.is_subset(&now.nodes) && found.notes.is_subset(&now.notes) && found.wire == now.wire;
        if *hit != Hit::Nothing && (!within || found.is_empty()) {
            self.actions.push(Action::Select(found));
        }
    }

    /// A kind of node comes from the palette.
    fn take_from_palette(&mut self, response: &Response) {
        let Some(dragged) = DragAndDrop::payload::<Dragged>(self.ui.ctx()) else { return };
        let Some(kind) = CATALOG.iter().find(|kind| kind.name == dragged.0) else { return };
        let Some(pointer) = self.ui.input(|input| input.pointer.latest_pos()).filter(|_| response.contains_pointer())
        else {
            return;
        };
        let middle = Vec2::new(NODE.0 as f32, NODE.1 as f32) / 2.0;
        let at = snapped(self.view.camera().to_canvas(pointer) - middle);
        let takes = !matches!(kind.card.inputs, pipewright_engine::node::Inputs::None);
        let gives = !kind.card.outputs.is_empty();
        let wire = if takes && gives { hits::wire_below(self.graph, rect_at(at), None) } else { None };
        self.view.insert = wire;
        if self.ui.input(|input| !input.pointer.any_released()) {
            return;
        }
        DragAndDrop::clear_payload(self.ui.ctx());
        let wiring = match wire {
            Some(wire) => Wiring::Into(self.graph.input(self.graph.wires[wire].to)),
            None => self.neighbour(at).filter(|_| takes).map_or(Wiring::Free, Wiring::After),
        };
        self.actions.push(Action::Add { step: Box::new((kind.step)()), at: Some(at), wiring });
    }

    /// The output of a node that ends shortly left of the place.
    fn neighbour(&self, at: Point) -> Option<Link> {
        let rect = rect_at(at);
        let near = |block: &super::graph::Block| {
            let gap = rect.left() - block.rect.right();
            let beside = (rect.center().y - block.rect.center().y).abs() < NODE.1 as f32 / 2.0;
            !block.outputs.is_empty() && beside && (-16.0..(STEP.0 - NODE.0) as f32 + 40.0).contains(&gap)
        };
        let block = self.graph.blocks.iter().position(near)?;
        Some(self.graph.link((block, 0)))
    }

    fn take_from_outside(&mut self, response: &Response) {
        let files = super::dropped_files(self.ui.ctx());
        if files.is_empty() {
            return;
        }
        let pointer = self.ui.input(|input| input.pointer.latest_pos()).filter(|at| response.rect.contains(*at));
        let at = pointer.map(|at| snapped(self.view.camera().to_canvas(at)));
        self.actions.push(Action::Drop { files, at });
    }

    fn cursor(&self, response: &Response) {
        use egui::CursorIcon;
        let space = self.ui.input(|input| input.key_down(egui::Key::Space));
        let icon = match (&self.view.gesture, &self.view.hover) {
            (Gesture::Pan, _) => CursorIcon::Grabbing,
            (Gesture::Move { .. }, _) => CursorIcon::Grabbing,
            (Gesture::Wire { .. }, _) => CursorIcon::Crosshair,
            (Gesture::Resize { .. }, _) | (Gesture::Idle, Hit::NoteCorner(_)) => CursorIcon::ResizeNwSe,
            _ if space && response.contains_pointer() => CursorIcon::Grab,
            (Gesture::Idle, Hit::Output(..) | Hit::Input(..)) => CursorIcon::Crosshair,
            (Gesture::Idle, Hit::Wire(_)) => CursorIcon::PointingHand,
            _ => return,
        };
        self.ui.ctx().set_cursor_icon(icon);
    }
}

fn joined(now: &Selection, more: Selection) -> Selection {
    let mut both = now.clone();
    both.nodes.extend(more.nodes);
    both.notes.extend(more.notes);
    both.wire = more.wire.or(both.wire);
    both
}

fn toggled(now: &Selection, by: Selection) -> Selection {
    Selection {
        nodes: now.nodes.symmetric_difference(&by.nodes).cloned().collect(),
        notes: now.notes.symmetric_difference(&by.notes).copied().collect(),
        wire: if by.wire.is_some() && by.wire != now.wire {
            by.wire
        } else {
            now.wire.clone().filter(|_| by.wire.is_none())
        },
    }
}
