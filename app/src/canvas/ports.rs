//! Ports, and what stands beside them.

use egui::{Color32, FontId, Mesh, Pos2, Rect, Shape, Stroke, vec2};

use super::View;
use super::camera::Detail;
use super::frame::Frame;
use super::gestures::{End, Gesture};
use super::hits::Hit;
use super::paint::{dot, faded, letters};
use super::status::How;
use super::texts::Style;
use crate::theme::size;

/// Beside the ports: names of outputs and inputs where there are several, and how many rows come out.
pub fn labels(frame: &Frame, view: &mut View, shapes: &mut Vec<Shape>) {
    for &at in &frame.shown {
        let block = &frame.graph.blocks[at];
        for (port, it) in block.inputs.iter().enumerate() {
            input_name(frame, view, frame.input((at, port)), &it.name, shapes);
        }
        for port in 0..block.outputs.len() {
            output_name(frame, view, (at, port), frame.output((at, port)), shapes);
        }
    }
}

pub fn paint(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    let palette = frame.palette;
    let radius = (4.5 * frame.camera.zoom).max(2.5);
    let edge = Stroke::new((1.5 * frame.camera.zoom).max(1.0), palette.outline);
    for &at in &frame.shown {
        let block = &frame.graph.blocks[at];
        for (port, it) in block.inputs.iter().enumerate() {
            let center = frame.input((at, port));
            let fits = fits(view, End::is_output, at);
            let color = if it.wire.is_some() { palette.faint } else { palette.surface };
            circle(
                shapes,
                center,
                radius,
                (color, edge, palette.accent),
                light(view, frame, Hit::Input(at, port), fits),
            );
        }
        for (port, it) in block.outputs.iter().enumerate() {
            let center = frame.output((at, port));
            let fits = fits(view, End::is_input, at);
            let rejected = it.name == "rejected";
            let color = match (it.wire.is_some(), rejected) {
                (true, true) => palette.rejected,
                (true, false) => palette.faint,
                (false, _) => palette.surface,
            };
            circle(
                shapes,
                center,
                radius,
                (color, edge, palette.accent),
                light(view, frame, Hit::Output(at, port), fits),
            );
        }
    }
}

impl End {
    fn is_output(&self) -> bool {
        matches!(self, Self::Output(_))
    }

    fn is_input(&self) -> bool {
        matches!(self, Self::Input(_))
    }
}

/// Whether the wire that is dragged may end here; none while no wire is.
fn fits(view: &View, wanted: impl Fn(&End) -> bool, block: usize) -> Option<bool> {
    let Gesture::Wire { end, allowed, .. } = &view.gesture else { return None };
    Some(wanted(end) && allowed.get(block).copied().unwrap_or(false))
}

enum Light {
    Plain,
    /// Compatible, or pointed at.
    On,
    /// Of no use for the wire that is dragged.
    Off,
}

fn light(view: &View, frame: &Frame, hit: Hit, fits: Option<bool>) -> Light {
    match fits {
        Some(true) => Light::On,
        Some(false) => Light::Off,
        None if frame.hover == hit && matches!(view.gesture, Gesture::Idle) => Light::On,
        None => Light::Plain,
    }
}

fn circle(
    shapes: &mut Vec<Shape>,
    center: Pos2,
    radius: f32,
    (fill, edge, accent): (Color32, Stroke, Color32),
    light: Light,
) {
    let (radius, fill, edge) = match light {
        Light::Plain => (radius, fill, edge),
        Light::On => (radius * 1.5, fill, Stroke::new(edge.width * 1.6, accent)),
        Light::Off => (radius * 0.7, fill, edge),
    };
    // Filled discs are copied from the atlas; a stroke would be computed anew in every frame.
    dot(shapes, center, radius + edge.width / 2.0, edge.color);
    dot(shapes, center, radius - edge.width / 2.0, fill);
}

fn input_name(frame: &Frame, view: &mut View, center: Pos2, name: &str, shapes: &mut Vec<Shape>) {
    if name.is_empty() {
        return;
    }
    let style = small(frame, frame.palette.weak);
    let galley = view.texts.get(&frame.painter, name, &style);
    let at = center + vec2(-8.0 * frame.camera.zoom - galley.size().x, 2.0);
    beside(frame, Rect::from_min_size(at, galley.size()), shapes);
    shapes.push(galley.shape(at, style.color, 1.0));
}

/// What is written beside a node stands out from the wires below it.
fn beside(frame: &Frame, rect: Rect, shapes: &mut Vec<Shape>) {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(rect.expand2(vec2(2.0, 0.0)), frame.palette.canvas.gamma_multiply(0.8));
    shapes.push(Shape::mesh(mesh));
}

fn small(frame: &Frame, color: Color32) -> Style {
    let points = letters(size::SMALL - 1.0, frame.camera.zoom, 8.0);
    Style { font: FontId::proportional(points), color, width: f32::INFINITY, rows: 1 }
}

/// `false 1,204` above where the wire leaves, and below it whether that was counted in a sample.
fn output_name(frame: &Frame, view: &mut View, port: (usize, usize), center: Pos2, shapes: &mut Vec<Shape>) {
    let palette = frame.palette;
    let output = &frame.graph.blocks[port.0].outputs[port.1];
    let rows = frame.standing.rows(&frame.graph, port);
    let rejected = output.name == "rejected";
    let some = rows.is_some_and(|rows| rows.count > 0);
    let count = rows.filter(|_| !rejected || some || output.wire.is_some()).map(|rows| rows.text());
    let color = match (rejected && some, output.wire.is_some() || some) {
        (true, _) => palette.rejected,
        (_, true) => palette.weak,
        (_, false) => palette.faint,
    };
    let dimmed = frame.scene.results.is_stale(&frame.graph.blocks[port.0].name);
    let style = small(frame, faded(color, dimmed));
    let words = [output.name.replace('_', " "), count.unwrap_or_default()];
    let text = words.join(" ");
    if text.trim().is_empty() {
        return;
    }
    let galley = view.texts.get(&frame.painter, text.trim(), &style);
    let at = center + vec2(8.0 * frame.camera.zoom, -galley.size().y - 1.0);
    beside(frame, Rect::from_min_size(at, galley.size()), shapes);
    shapes.push(galley.shape(at, style.color, 1.0));
    let sampled = rows.is_some_and(|rows| rows.how == How::Sample) && output.name.is_empty();
    if sampled && frame.detail == Detail::Table {
        let style = small(frame, faded(palette.faint, dimmed));
        let galley = view.texts.get(&frame.painter, "in sample", &style);
        shapes.push(galley.shape(center + vec2(8.0 * frame.camera.zoom, 2.0), style.color, 1.0));
    }
}
