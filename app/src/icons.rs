//! The icons, drawn as lines at whatever size is wanted. One set, in `assets/icons`.

use std::collections::HashMap;
use std::sync::LazyLock;

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, epaint::PathShape, vec2};
use usvg::tiny_skia_path::{PathSegment, Point};

/// Every icon by name, as SVG: what stands in `assets/icons`. Icons of nodes carry the names on their cards; a test holds them against
/// the catalogue.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// Lines within a square of one by one; true where the last point joins the first.
struct Icon(Vec<(Vec<Pos2>, bool)>);

static ICONS: LazyLock<HashMap<&'static str, Icon>> =
    LazyLock::new(|| FILES.iter().filter_map(|(name, svg)| Some((*name, Icon::read(svg)?))).collect());

pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Paints the icon into the square. A name that there is no icon for paints nothing.
pub fn paint(painter: &Painter, name: &str, square: Rect, color: Color32) {
    let Some(icon) = ICONS.get(name) else { return };
    let stroke = Stroke::new((square.width() / 13.0).max(1.0), color);
    for (line, closed) in &icon.0 {
        let points = line.iter().map(|point| square.min + point.to_vec2() * square.size()).collect();
        let path = if *closed { PathShape::closed_line(points, stroke) } else { PathShape::line(points, stroke) };
        painter.add(Shape::Path(path));
    }
}

/// An icon within a row of widgets.
pub fn show(ui: &mut egui::Ui, name: &str, size: f32, color: Color32) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), egui::Sense::hover());
    paint(ui.painter(), name, rect, color);
    response
}

/// A button that is an icon; `label` is its name for screen readers, tests and the pointer that rests on it.
pub fn button(ui: &mut egui::Ui, name: &str, label: &str) -> egui::Response {
    let side = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), label));
    let visuals = ui.style().interact(&response);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, visuals.corner_radius, visuals.weak_bg_fill);
    }
    let color = if ui.is_enabled() { visuals.fg_stroke.color } else { ui.visuals().weak_text_color() };
    paint(ui.painter(), name, rect.shrink(side * 0.2), color);
    response.on_hover_text(label)
}

impl Icon {
    fn read(svg: &str) -> Option<Self> {
        let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).ok()?;
        let mut lines = Vec::new();
        collect(tree.root(), tree.size().width(), &mut lines);
        Some(Self(lines))
    }
}

fn collect(group: &usvg::Group, side: f32, lines: &mut Vec<(Vec<Pos2>, bool)>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(inner) => collect(inner, side, lines),
            usvg::Node::Path(path) => flatten(path, side, lines),
            _ => {}
        }
    }
}

/// Curves become a few straight pieces: an icon is some 20 points wide.
fn flatten(path: &usvg::Path, side: f32, lines: &mut Vec<(Vec<Pos2>, bool)>) {
    const PIECES: usize = 6;
    let transform = path.abs_transform();
    let place = |mut point: Point| {
        transform.map_point(&mut point);
        Pos2::new(point.x / side, point.y / side)
    };
    let mut line: Vec<Pos2> = Vec::new();
    for segment in path.data().segments() {
        let from = line.last().copied().unwrap_or_default();
        let step = |piece: usize| piece as f32 / PIECES as f32;
        match segment {
            PathSegment::MoveTo(to) => {
                lines.push((std::mem::replace(&mut line, vec![place(to)]), false));
            }
            PathSegment::LineTo(to) => line.push(place(to)),
            PathSegment::QuadTo(by, to) => {
                let (by, to) = (place(by), place(to));
                line.extend((1..=PIECES).map(|piece| {
                    let t = step(piece);
                    from.lerp(by, t).lerp(by.lerp(to, t), t)
                }));
            }
            PathSegment::CubicTo(one, two, to) => {
                let (one, two, to) = (place(one), place(two), place(to));
                line.extend((1..=PIECES).map(|piece| {
                    let t = step(piece);
                    let (a, b, c) = (from.lerp(one, t), one.lerp(two, t), two.lerp(to, t));
                    a.lerp(b, t).lerp(b.lerp(c, t), t)
                }));
            }
            PathSegment::Close => lines.push((std::mem::take(&mut line), true)),
        }
    }
    lines.push((line, false));
    lines.retain(|(line, _)| line.len() > 1);
}
