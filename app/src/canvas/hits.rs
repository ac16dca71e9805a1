//! What lies below a point.

use egui::{Pos2, Rect};

use super::camera::{Camera, Detail};
use super::frame::Lifted;
use super::graph::Graph;
use super::{View, notes, wires};

/// Something that can be pointed at: numbers of blocks, ports, wires and notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hit {
    Output(usize, usize),
    Input(usize, usize),
    Node(usize),
    Wire(usize),
    NoteCorner(usize),
    Note(usize),
    #[default]
    Nothing,
}

/// What is below a point of the screen, uppermost first.
pub fn at(view: &View, graph: &Graph, notes: &[pipewright_engine::pipeline::Note], point: Pos2) -> Hit {
    let camera = view.camera();
    let lifted = Lifted::of(view, graph);
    let seek = Seek { camera, graph, lifted, on_canvas: camera.to_canvas(point), point };
    seek.port().or_else(|| seek.node()).or_else(|| seek.wire()).or_else(|| seek.note(notes)).unwrap_or_default()
}

/// The wire below a rectangle that is dragged, none of these blocks at its ends.
pub fn wire_below(graph: &Graph, rect: Rect, not: Option<usize>) -> Option<usize> {
    let middle = rect.center();
    let reach = 0.5 * rect.height();
    let free = |wire: &usize| {
        let wire = &graph.wires[*wire];
        Some(wire.from.0) != not && Some(wire.to.0) != not
    };
    let near = |wire: &usize| {
        let (a, b) = graph.ends(*wire);
        wires::bounds(a, b, 1.0).expand(reach).contains(middle).then(|| wires::distance(a, b, 1.0, middle))
    };
    let all = (0..graph.wires.len()).filter(free).filter_map(|wire| Some((near(&wire)?, wire)));
    all.filter(|(distance, _)| *distance < reach * 0.6).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, wire)| wire)
}

struct Seek<'a> {
    camera: Camera,
    graph: &'a Graph,
    lifted: Lifted,
    point: Pos2,
    on_canvas: Pos2,
}

impl Seek<'_> {
    fn port(&self) -> Option<Hit> {
        if self.camera.detail() < Detail::Name {
            return None;
        }
        let reach = (11.0 / self.camera.zoom).min(14.0);
        let mut best: Option<(f32, Hit)> = None;
        for (at, block) in self.graph.blocks.iter().enumerate() {
            if !block.rect.expand(reach).contains(self.on_canvas) {
                continue;
            }
            let inputs = block.inputs.iter().enumerate().map(|(port, it)| (it.offset, Hit::Input(at, port)));
            let outputs = block.outputs.iter().enumerate().map(|(port, it)| (it.offset, Hit::Output(at, port)));
            for (offset, hit) in inputs.chain(outputs) {
                let distance = (block.rect.min + offset).distance(self.on_canvas);
                if distance <= reach && best.as_ref().is_none_or(|(nearest, _)| distance < *nearest) {
                    best = Some((distance, hit));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }

    fn node(&self) -> Option<Hit> {
        let here = |at: &usize| self.graph.blocks[*at].rect.contains(self.on_canvas) && !self.lifted.holds(*at);
        (0..self.graph.blocks.len()).rev().find(here).map(Hit::Node)
    }

    fn wire(&self) -> Option<Hit> {
        const REACH: f32 = 7.0;
        // From far away every place is near some wire, and the space between nodes is for marquees.
        if self.camera.detail() < Detail::Name {
            return None;
        }
        let (zoom, point) = (self.camera.zoom, self.point);
        let near = |wire: usize| {
            let (a, b) = self.graph.ends(wire);
            let (a, b) = (self.camera.to_screen(a), self.camera.to_screen(b));
            if !wires::bounds(a, b, zoom).expand(REACH).contains(point) {
                return None;
            }
            Some((wires::distance(a, b, zoom, point), wire)).filter(|(distance, _)| *distance < REACH)
        };
        let all = (0..self.graph.wires.len()).filter_map(near);
        all.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, wire)| Hit::Wire(wire))
    }

    fn note(&self, notes: &[pipewright_engine::pipeline::Note]) -> Option<Hit> {
        let corner = 16.0 / self.camera.zoom;
        for (at, note) in notes.iter().enumerate().rev() {
            let rect = notes::rect_of(note);
            if !rect.contains(self.on_canvas) {
                continue;
            }
            let in_corner = (rect.max - self.on_canvas).max_elem() < corner;
            return Some(if in_corner { Hit::NoteCorner(at) } else { Hit::Note(at) });
        }
        None
    }
}
