//! Charts as the window paints them: on their nodes, and beside their rows.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2};
use pipewright_engine::chart::{Align, Drawing, Ink, Mark, SERIES, draw};
use pipewright_engine::nodes::Chart;
use pipewright_runner::show::Output;

use crate::theme::Palette;

const MOST: usize = 256;

/// Drawings that were made, so that a frame in which nothing changes makes none.
#[derive(Clone, Debug, Default)]
pub struct Charts {
    kept: HashMap<(usize, [u32; 2]), Kept>,
}

/// Holding the output keeps its address its own.
#[derive(Clone, Debug)]
struct Kept {
    _output: Arc<Output>,
    chart: Chart,
    drawing: Arc<Drawing>,
}

impl Charts {
    /// The drawing of what a chart node gives, in so many points.
    pub fn get(&mut self, chart: &Chart, output: &Arc<Output>, size: Vec2) -> Arc<Drawing> {
        if self.kept.len() > MOST {
            self.kept.clear();
        }
        let key = (Arc::as_ptr(output) as usize, [size.x.to_bits(), size.y.to_bits()]);
        if let Some(kept) = self.kept.get(&key).filter(|kept| kept.chart == *chart) {
            return Arc::clone(&kept.drawing);
        }
        let drawing = Arc::new(draw(chart, &output.head, (size.x, size.y)));
        let kept = Kept { _output: Arc::clone(output), chart: chart.clone(), drawing: Arc::clone(&drawing) };
        self.kept.insert(key, kept);
        drawing
    }
}

/// How a drawing is painted.
pub struct Look<'a> {
    pub painter: &'a Painter,
    pub palette: &'a Palette,
    pub zoom: f32,
    pub opacity: f32,
}

impl Look<'_> {
    /// Paints a drawing with its upper left corner there.
    pub fn paint(&self, drawing: &Drawing, corner: Pos2, shapes: &mut Vec<Shape>) {
        let place = |(x, y): (f32, f32)| corner + Vec2::new(x, y) * self.zoom;
        for mark in &drawing.marks {
            shapes.push(match mark {
                Mark::Line { points, ink, width } => {
                    let width = (width * self.zoom).max(1.0);
                    Shape::line(points.iter().copied().map(place).collect(), Stroke::new(width, self.color(*ink)))
                }
                Mark::Bar { from, to, ink } => {
                    Shape::rect_filled(Rect::from_min_max(place(*from), place(*to)), 0.0, self.color(*ink))
                }
                Mark::Dot { at, radius, ink } => {
                    Shape::circle_filled(place(*at), radius * self.zoom, self.color(*ink).gamma_multiply(0.75))
                }
                Mark::Text { at, text, size, align, ink } => {
                    self.text(place(*at), text, size * self.zoom, *align, *ink)
                }
            });
        }
    }

    fn text(&self, at: Pos2, text: &str, size: f32, align: Align, ink: Ink) -> Shape {
        let color = self.color(ink);
        let galley = self.painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), color);
        let anchor = match align {
            Align::Start => Align2::LEFT_BOTTOM,
            Align::Middle => Align2::CENTER_BOTTOM,
            Align::End => Align2::RIGHT_BOTTOM,
        };
        // Letters reach below the base line by about a quarter of their size.
        let rect = anchor.anchor_size(pos2(at.x, at.y + size * 0.25), galley.size());
        Shape::galley(rect.min, galley, color)
    }

    fn color(&self, ink: Ink) -> Color32 {
        let color = match ink {
            Ink::Text => self.palette.text,
            Ink::Weak => self.palette.weak,
            Ink::Grid => self.palette.line,
            Ink::Series(at) => {
                let [red, green, blue] = SERIES[at % SERIES.len()];
                Color32::from_rgb(red, green, blue)
            }
        };
        color.gamma_multiply(self.opacity)
    }
}
