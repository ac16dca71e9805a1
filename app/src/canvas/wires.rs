//! Wires: their course, and how they are painted.

use egui::epaint::PathShape;
use egui::{Color32, Mesh, Pos2, Rect, Shape, Stroke, pos2, vec2};

use super::camera::Detail;
use super::frame::Frame;
use super::gestures::{End, Gesture};
use super::hits::Hit;
use super::{View, paint};

/// So many straight pieces make a curve.
const PIECES: usize = 18;

/// The points that a curve from an output to an input is bent by.
fn bends(from: Pos2, to: Pos2, zoom: f32) -> [Pos2; 4] {
    let across = (to.x - from.x).abs() * 0.5;
    let bend = if to.x >= from.x { across.max(24.0 * zoom) } else { across.clamp(60.0 * zoom, 260.0 * zoom) };
    [from, from + vec2(bend, 0.0), to - vec2(bend, 0.0), to]
}

fn course([a, b, c, d]: [Pos2; 4]) -> impl Iterator<Item = Pos2> {
    (0..=PIECES).map(move |at| {
        let t = at as f32 / PIECES as f32;
        let s = 1.0 - t;
        let (ka, kb, kc, kd) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        pos2(ka * a.x + kb * b.x + kc * c.x + kd * d.x, ka * a.y + kb * b.y + kc * c.y + kd * d.y)
    })
}

pub fn bounds(from: Pos2, to: Pos2, zoom: f32) -> Rect {
    Rect::from_points(&bends(from, to, zoom))
}

/// How far a point is from a wire.
pub fn distance(from: Pos2, to: Pos2, zoom: f32, point: Pos2) -> f32 {
    let points: Vec<Pos2> = course(bends(from, to, zoom)).collect();
    points.windows(2).map(|ends| distance_to_line(ends[0], ends[1], point)).fold(f32::INFINITY, f32::min)
}

fn distance_to_line(a: Pos2, b: Pos2, point: Pos2) -> f32 {
    let along = b - a;
    let t = ((point - a).dot(along) / along.length_sq().max(f32::EPSILON)).clamp(0.0, 1.0);
    (a + along * t).distance(point)
}

/// All wires that are in sight.
pub fn paint(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    let cut = match &view.gesture {
        Gesture::Wire { cut: Some(input), .. } => frame.graph.wire_to(input),
        _ => None,
    };
    let selected = frame.selection.wire.as_ref().and_then(|input| frame.graph.wire_to(input));
    let look = Look { selected, insert: view.insert, cut };
    if frame.detail < Detail::Card {
        return lines(frame, &look, shapes);
    }
    let zoom = frame.camera.zoom;
    let panel = frame.camera.panel;
    let (mut usual, mut special) = (Vec::new(), Vec::new());
    for (at, wire) in frame.graph.wires.iter().enumerate() {
        let (from, to) = frame.ends(wire);
        let bends = bends(from, to, zoom);
        if Some(at) == cut || !Rect::from_points(&bends).intersects(panel) {
            continue;
        }
        let (color, strong) = look.of(frame, at);
        let width = (1.6 * zoom).clamp(1.2, 2.6) + if strong { 1.0 } else { 0.0 };
        let shape = Shape::Path(PathShape::line(course(bends).collect(), Stroke::new(width, color)));
        if strong { special.push(shape) } else { usual.push(shape) }
    }
    shapes.append(&mut usual);
    shapes.append(&mut special);
}

/// How wires differ from each other.
struct Look {
    selected: Option<usize>,
    /// The one into which something would be put.
    insert: Option<usize>,
    cut: Option<usize>,
}

impl Look {
    fn of(&self, frame: &Frame, at: usize) -> (Color32, bool) {
        let palette = frame.palette;
        let wire = &frame.graph.wires[at];
        if self.selected == Some(at) || self.insert == Some(at) {
            return (palette.accent, true);
        }
        let hovered = frame.hover == Hit::Wire(at);
        let touches = frame.is_selected(wire.from.0) || frame.is_selected(wire.to.0);
        let rejected = frame.graph.blocks[wire.from.0].outputs[wire.from.1].name == "rejected";
        let color = match (rejected, touches, hovered) {
            (true, ..) => palette.rejected,
            (_, true, _) => palette.accent,
            (_, _, true) => palette.weak,
            _ => palette.faint,
        };
        (color, hovered)
    }
}

/// From far away: straight lines, all in one mesh.
fn lines(frame: &Frame, look: &Look, shapes: &mut Vec<Shape>) {
    let panel = frame.camera.panel;
    let mut mesh = Mesh::default();
    for (at, wire) in frame.graph.wires.iter().enumerate() {
        let (from, to) = frame.ends(wire);
        if look.cut == Some(at) || !Rect::from_two_pos(from, to).intersects(panel) {
            continue;
        }
        let (color, strong) = look.of(frame, at);
        line(&mut mesh, from, to, if strong { 1.2 } else { 0.5 }, color);
    }
    shapes.push(Shape::mesh(mesh));
}

/// A line whose edges fade.
fn line(mesh: &mut Mesh, from: Pos2, to: Pos2, half: f32, color: Color32) {
    let across = (to - from).normalized().rot90();
    let first = mesh.vertices.len() as u32;
    for (end, out, color) in [
        (from, -half - 0.8, Color32::TRANSPARENT),
        (from, -half, color),
        (from, half, color),
        (from, half + 0.8, Color32::TRANSPARENT),
        (to, -half - 0.8, Color32::TRANSPARENT),
        (to, -half, color),
        (to, half, color),
        (to, half + 0.8, Color32::TRANSPARENT),
    ] {
        mesh.colored_vertex(end + across * out, color);
    }
    for at in first..first + 3 {
        mesh.add_triangle(at, at + 1, at + 4);
        mesh.add_triangle(at + 1, at + 4, at + 5);
    }
}

/// The wire that is being dragged.
pub fn paint_dragged(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    let Gesture::Wire { end, pointer, .. } = &view.gesture else { return };
    let graph = &frame.graph;
    let (from, to) = match end {
        End::Output(link) => {
            let Some(port) = graph.output_of(link) else { return };
            let to = match view.hover {
                Hit::Input(block, port) => frame.input((block, port)),
                _ => *pointer,
            };
            (frame.output(port), to)
        }
        End::Input(input) => {
            let Some(block) = graph.find(&input.node) else { return };
            let from = match view.hover {
                Hit::Output(block, port) => frame.output((block, port)),
                _ => *pointer,
            };
            (from, frame.input((block, input.port)))
        }
    };
    let stroke = Stroke::new((2.0 * frame.camera.zoom).clamp(1.6, 3.0), frame.palette.accent);
    shapes.push(Shape::Path(PathShape::line(course(bends(from, to, frame.camera.zoom)).collect(), stroke)));
    paint::dot(shapes, *pointer, 4.0, frame.palette.accent);
}
