//! Painting: the grid, the nodes by how near they are, what is under way.

use egui::epaint::{PathShape, RectShape};
use egui::{Align2, Color32, CornerRadius, FontId, Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use pipewright_engine::nodes::Step;
use pipewright_engine::problem::Severity;
use pipewright_runner::cli::words::thousands;

use super::camera::Detail;
use super::frame::Frame;
use super::gestures::Gesture;
use super::graph::{Block, rect_at, snapped};
use super::hits::Hit;
use super::sheet;
use super::status::Status;
use super::texts::Style;
use super::{Dragged, NODE, View, ports, wires};
use crate::theme::{self, size};
use crate::{chart, icons, results::NodeResult};

/// Where the table on a node begins, and how many lines it has, names of columns among them.
const TABLE_TOP: f32 = 70.0;
const TABLE_LINES: usize = 5;
const PAD: f32 = 10.0;
/// Smaller than here, an icon is a smudge.
const ICONS: f32 = 0.5;
/// The dots of the grid, in units of the canvas, before it is thinned out.
const DOTS: f32 = 24.0;

/// What lies below all else.
pub fn ground(frame: &Frame, view: &View) {
    frame.painter.rect_filled(frame.camera.panel, 0.0, frame.palette.canvas);
    let mut shapes = Vec::new();
    grid(frame, &mut shapes);
    super::notes::paint(frame, view, &mut shapes);
    frame.painter.extend(shapes);
}

pub fn everything(frame: &Frame, view: &mut View) {
    let mut shapes = Vec::new();
    wires::paint(frame, view, &mut shapes);
    if frame.detail >= Detail::Card {
        ports::labels(frame, view, &mut shapes);
    }
    frame.painter.extend(shapes.drain(..));
    match frame.detail {
        Detail::Block => blocks(frame, &mut shapes),
        _ => nodes(frame, view),
    }
    if frame.detail >= Detail::Card {
        ports::paint(frame, view, &mut shapes);
    }
    wires::paint_dragged(frame, view, &mut shapes);
    marquee(frame, view, &mut shapes);
    ghost(frame, view, &mut shapes);
    frame.painter.extend(shapes);
    hints(frame);
    view.texts.end(&frame.painter);
}

fn grid(frame: &Frame, shapes: &mut Vec<Shape>) {
    let mut step = frame.length(DOTS);
    while step < 26.0 {
        step *= 2.0;
    }
    let panel = frame.camera.panel;
    let origin = frame.camera.to_screen(Pos2::ZERO);
    let first = |from: f32, origin: f32| from - (from - origin).rem_euclid(step);
    let half = vec2(0.75, 0.75);
    let mut mesh = Mesh::default();
    let mut y = first(panel.top(), origin.y);
    while y < panel.bottom() {
        let mut x = first(panel.left(), origin.x);
        while x < panel.right() {
            mesh.add_colored_rect(Rect::from_min_max(pos2(x, y) - half, pos2(x, y) + half), frame.palette.grid);
            x += step;
        }
        y += step;
    }
    shapes.push(Shape::mesh(mesh));
}

/// From far away: a coloured rectangle for each node, all in one mesh.
fn blocks(frame: &Frame, shapes: &mut Vec<Shape>) {
    let palette = frame.palette;
    let mut mesh = Mesh::default();
    mesh.reserve_vertices(frame.shown.len() * 12);
    mesh.reserve_triangles(frame.shown.len() * 6);
    for &at in &frame.shown {
        let rect = frame.on_screen(at);
        let block = &frame.graph.blocks[at];
        let status = frame.standing.status(block).color(palette);
        let edge = if frame.is_selected(at) || frame.hover == Hit::Node(at) { palette.accent } else { palette.outline };
        let fill = if frame.is_selected(at) { palette.selected } else { palette.surface };
        mesh.add_colored_rect(rect, edge);
        mesh.add_colored_rect(rect.shrink(1.0), fill);
        let bar = Rect::from_min_size(rect.min, vec2((rect.width() * 0.16).max(2.0), rect.height()));
        mesh.add_colored_rect(bar.shrink(1.0), status);
    }
    shapes.push(Shape::mesh(mesh));
}

fn nodes(frame: &Frame, view: &mut View) {
    let mut shapes = Vec::new();
    for &at in &frame.shown {
        let block = &frame.graph.blocks[at];
        let mut card = Card { frame, view, at, block, rect: frame.on_screen(at), shapes: &mut shapes };
        card.body();
        match frame.detail {
            Detail::Name | Detail::Block => card.name_only(),
            Detail::Card => card.near(),
            Detail::Table => {
                card.near();
                card.table();
            }
        }
        frame.painter.extend(shapes.drain(..));
        if frame.camera.zoom >= ICONS {
            let icon = Rect::from_min_size(
                frame.on_screen(at).min + Vec2::splat(PAD) * frame.camera.zoom,
                Vec2::splat(frame.length(18.0)),
            );
            icons::paint(&frame.painter, block.icon, icon, faded(frame.palette.weak, block.muted));
        }
    }
}

pub fn faded(color: Color32, fade: bool) -> Color32 {
    if fade { color.gamma_multiply(0.45) } else { color }
}

/// A font that neither becomes unreadable nor fills the atlas with sizes that hardly differ.
pub fn letters(units: f32, zoom: f32, least: f32) -> f32 {
    let points = (units * zoom).max(least);
    if points < 24.0 { (points * 4.0).round() / 4.0 } else { points.round() }
}

/// A node that is being painted.
struct Card<'a, 'b> {
    frame: &'a Frame<'a>,
    view: &'b mut View,
    at: usize,
    block: &'a Block,
    rect: Rect,
    shapes: &'b mut Vec<Shape>,
}

impl Card<'_, '_> {
    fn zoom(&self) -> f32 {
        self.frame.camera.zoom
    }

    fn body(&mut self) {
        let palette = self.frame.palette;
        let round = CornerRadius::same((8.0 * self.zoom()).clamp(2.0, 16.0) as u8);
        let (fill, stroke) = match (self.frame.is_selected(self.at), self.frame.hover == Hit::Node(self.at)) {
            (true, _) => (palette.surface, Stroke::new(2.0, palette.accent)),
            (_, true) => (palette.surface, Stroke::new(1.0, palette.weak)),
            _ => (palette.surface, Stroke::new(1.0, palette.outline)),
        };
        self.shapes.push(Shape::Rect(RectShape::new(self.rect, round, fill, stroke, StrokeKind::Inside)));
        if self.block.muted {
            let y = self.rect.top() + self.frame.length(20.0);
            let line = [pos2(self.rect.left(), y), pos2(self.rect.right(), y)];
            let stroke = Stroke::new(1.5, palette.faint);
            self.shapes.extend(Shape::dashed_line(&line, stroke, 4.0, 4.0));
        }
    }

    fn text(&mut self, at: Pos2, text: &str, style: &Style) {
        let written = self.view.texts.get(&self.frame.painter, text, style);
        self.shapes.push(written.shape(at, style.color, 1.0));
    }

    fn name_only(&mut self) {
        let points = letters(20.0, self.zoom(), 8.0);
        let rows = ((self.rect.height() - 6.0) / (points * 1.25)).floor().max(1.0) as usize;
        let color = faded(self.frame.palette.text, self.block.muted);
        let style = Style { font: theme::strong(points), color, width: self.rect.width() - 10.0, rows };
        self.text(self.rect.min + vec2(5.0, 4.0), &self.block.name, &style);
        let status = self.frame.standing.status(self.block).color(self.frame.palette);
        dot(self.shapes, self.rect.right_bottom() - Vec2::splat(5.0), 2.0, status);
    }

    /// Name, light, sentence.
    fn near(&mut self) {
        let (zoom, palette) = (self.zoom(), self.frame.palette);
        let corner = self.rect.min;
        let color = faded(palette.text, self.block.muted);
        let light = self.light();
        let width = light - (corner.x + 36.0 * zoom) - 4.0;
        let points = letters(size::BODY, zoom, 9.0);
        let title = Style { font: theme::strong(points), color, width, rows: 1 };
        let top = corner.y + 19.0 * zoom - points * 0.62;
        self.text(pos2(corner.x + 36.0 * zoom, top), &self.block.name, &title);
        let points = letters(size::SMALL, zoom, 8.5);
        let bottom = if self.frame.detail == Detail::Table { TABLE_TOP - 4.0 } else { NODE.1 as f32 - 6.0 };
        let rows = (((bottom - 34.0) * zoom) / (points * 1.3)).floor().max(1.0) as usize;
        let color = faded(palette.weak, self.block.muted);
        let style =
            Style { font: FontId::proportional(points), color, width: self.rect.width() - 2.0 * PAD * zoom, rows };
        let written =
            self.frame.standing.written(&self.block.name).map(|rows| format!("{} rows written", thousands(rows)));
        let text = match &written {
            _ if self.block.muted => "Muted: rows pass unchanged",
            Some(written) => written,
            None => &self.block.sentence,
        };
        self.text(corner + vec2(PAD, 35.0) * zoom, text, &style);
    }

    /// The status light, or the number of problems. Says where it begins.
    fn light(&mut self) -> f32 {
        let (zoom, palette) = (self.zoom(), self.frame.palette);
        let center = pos2(self.rect.right() - 15.0 * zoom, self.rect.top() + 19.0 * zoom);
        let troubles = self.frame.standing.troubles(&self.block.name);
        let status = self.frame.standing.status(self.block);
        if troubles.count > 0 && status != Status::Running && status != Status::Unconfigured {
            return self.badge(center, troubles.count, troubles.worst);
        }
        let radius = (4.5 * zoom).max(2.5);
        let color = faded(status.color(palette), self.block.muted);
        let ring = Stroke::new((1.5 * zoom).max(1.0), color);
        match status {
            Status::Unconfigured | Status::Stale => self.shapes.push(Shape::circle_stroke(center, radius, ring)),
            Status::Running => self.arc(center, radius, ring),
            Status::Ready | Status::Done | Status::Failed => dot(self.shapes, center, radius, color),
        }
        center.x - radius
    }

    fn badge(&mut self, center: Pos2, count: usize, worst: Option<Severity>) -> f32 {
        let (zoom, palette) = (self.zoom(), self.frame.palette);
        let fill = match worst {
            Some(Severity::Error) => palette.error,
            Some(Severity::Warning) => palette.warning,
            _ => palette.weak,
        };
        let points = letters(size::SMALL, zoom, 8.0);
        let style = Style { font: theme::strong(points), color: palette.surface, width: 60.0, rows: 1 };
        let text = if count > 99 { "99+".to_owned() } else { count.to_string() };
        let galley = self.view.texts.get(&self.frame.painter, &text, &style);
        let pill = Rect::from_center_size(center, vec2((galley.size().x + 8.0 * zoom).max(points * 1.5), points * 1.5));
        let pill = pill.translate(vec2(-(pill.width() / 2.0 - 6.0 * zoom).max(0.0), 0.0));
        self.shapes.push(Shape::rect_filled(pill, CornerRadius::same(255), fill));
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), pill).min;
        self.shapes.push(galley.shape(at, palette.surface, 1.0));
        pill.left()
    }

    /// Part of a circle that goes round: the one thing that moves, and only while a run is on.
    fn arc(&mut self, center: Pos2, radius: f32, stroke: Stroke) {
        let time = self.frame.painter.ctx().input(|input| input.time) as f32;
        let point = |at: i32| center + Vec2::angled(time * 5.0 + at as f32 * 0.4) * radius;
        self.shapes.push(Shape::Path(PathShape::line((0..11).map(point).collect(), stroke)));
        self.frame.ctx().request_repaint_after(std::time::Duration::from_millis(50));
    }

    fn table(&mut self) {
        let (zoom, palette) = (self.zoom(), self.frame.palette);
        let area =
            Rect::from_min_max(self.rect.min + vec2(PAD, TABLE_TOP) * zoom, self.rect.max - vec2(PAD, 6.0) * zoom);
        let edge = area.top() - 3.0 * zoom;
        self.shapes.push(Shape::hline(self.rect.shrink(1.0).x_range(), edge, Stroke::new(1.0, palette.line)));
        let source = self.frame.table_of(self.at);
        let result = source.and_then(|(name, _)| self.frame.scene.results.nodes.get(name));
        let own = self.frame.scene.results.nodes.get(&self.block.name);
        if let Some(problem) = own.and_then(NodeResult::instead_of_rows) {
            return self.message(area, &problem.message, palette.error);
        }
        let output = source.and_then(|(_, output)| result?.outputs.get(output)?.as_ref());
        let Some(output) = output else {
            let text = if self.frame.scene.results.computing && self.block.configured {
                "Reading rows…"
            } else {
                "No rows yet"
            };
            return self.message(area, text, palette.faint);
        };
        let dimmed = result.is_some_and(|result| result.stale) || self.block.muted;
        if let Some(Step::Chart(chart)) = self.frame.step(self.at).filter(|_| !self.block.muted) {
            let drawing = self.view.charts.get(chart, output, area.size() / zoom);
            let look =
                chart::Look { painter: &self.frame.painter, palette, zoom, opacity: if dimmed { 0.4 } else { 1.0 } };
            return look.paint(&drawing, area.min, self.shapes);
        }
        let look = sheet::Look { painter: &self.frame.painter, palette, zoom, opacity: if dimmed { 0.4 } else { 1.0 } };
        let sheet = self.view.sheets.get(&self.frame.painter, output, NODE.0 as f32 - 2.0 * PAD, TABLE_LINES);
        sheet.rule(&look, area, self.shapes);
        sheet.paint(&look, area.min, &mut self.view.texts, self.shapes);
        if output.rows == 0 {
            let below = area.with_min_y(area.top() + 18.0 * zoom);
            self.message(below, "No rows", palette.faint);
        }
    }

    fn message(&mut self, area: Rect, text: &str, color: Color32) {
        let points = letters(size::SMALL, self.zoom(), 8.5);
        let rows = (area.height() / (points * 1.3)).floor().max(1.0) as usize;
        let style = Style { font: FontId::proportional(points), color, width: area.width(), rows };
        self.text(area.min, text, &style);
    }
}

impl Frame<'_> {
    fn step(&self, at: usize) -> Option<&Step> {
        self.scene.pipeline.nodes.get(&self.graph.blocks[at].name).map(|node| &node.step)
    }

    /// The output whose rows a node shows: its main one; a node that writes shows what it reads.
    pub fn table_of(&self, at: usize) -> Option<(&str, usize)> {
        let block = &self.graph.blocks[at];
        if !block.outputs.is_empty() {
            return Some((&block.name, 0));
        }
        let wire = self.graph.wires[block.inputs.first()?.wire?];
        Some((&self.graph.blocks[wire.from.0].name, wire.from.1))
    }
}

pub fn dot(shapes: &mut Vec<Shape>, center: Pos2, radius: f32, color: Color32) {
    shapes.push(Shape::circle_filled(center, radius, color));
}

fn marquee(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    let Gesture::Marquee { from } = &view.gesture else { return };
    let Some(pointer) = frame.ctx().input(|input| input.pointer.latest_pos()) else { return };
    let rect = Rect::from_two_pos(frame.camera.to_screen(*from), pointer);
    let accent = frame.palette.accent;
    let stroke = Stroke::new(1.0, accent);
    shapes.push(Shape::Rect(RectShape::new(rect, 2, accent.gamma_multiply(0.12), stroke, StrokeKind::Inside)));
}

/// Where a node from the palette would go.
fn ghost(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    if !egui::DragAndDrop::has_payload_of_type::<Dragged>(frame.ctx()) {
        return;
    }
    let Some(pointer) = frame.ctx().input(|input| input.pointer.latest_pos()) else { return };
    if !frame.camera.panel.contains(pointer) {
        return;
    }
    let middle = Vec2::new(NODE.0 as f32, NODE.1 as f32) / 2.0;
    let rect = frame.camera.rect(rect_at(snapped(frame.camera.to_canvas(pointer) - middle)));
    let color = if view.insert.is_some() { frame.palette.accent } else { frame.palette.weak };
    let fill = frame.palette.surface.gamma_multiply(0.6);
    shapes.push(Shape::Rect(RectShape::new(rect, 8, fill, Stroke::new(1.5, color), StrokeKind::Inside)));
}

/// What to do next, where the canvas would not say it by itself.
fn hints(frame: &Frame) {
    let panel = frame.camera.panel;
    let center = panel.center();
    if frame.ctx().input(|input| !input.raw.hovered_files.is_empty()) {
        let frame_around = panel.shrink(8.0);
        let accent = frame.palette.accent;
        frame.painter.rect(
            frame_around,
            8.0,
            accent.gamma_multiply(0.10),
            Stroke::new(2.0, accent),
            StrokeKind::Inside,
        );
        frame.painter.text(center, Align2::CENTER_CENTER, "Drop to read", theme::strong(size::TITLE), accent);
        return;
    }
    if frame.graph.blocks.is_empty() && frame.scene.pipeline.layout.notes.is_empty() {
        let palette = frame.palette;
        let head = theme::strong(size::HEADING);
        frame.painter.text(center - vec2(0.0, 12.0), Align2::CENTER_CENTER, "Drop a file here", head, palette.weak);
        let more = "or press Tab to search for a node to begin with";
        let font = FontId::proportional(size::BODY);
        frame.painter.text(center + vec2(0.0, 12.0), Align2::CENTER_CENTER, more, font, palette.weak);
    }
}
