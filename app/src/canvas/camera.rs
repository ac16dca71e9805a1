//! Between the canvas and the screen.

use egui::{Pos2, Rect, Vec2};

/// Left free around what is fitted into the panel, on the screen.
pub const MARGIN: f32 = 40.0;
pub const SMALLEST: f32 = 0.04;
pub const LARGEST: f32 = 3.0;

/// How much of a node can be made out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A coloured block.
    Block,
    /// Its name.
    Name,
    /// Icon, name, sentence.
    Card,
    /// All that, and its rows.
    Table,
}

#[derive(Clone, Copy, Debug)]
pub struct Camera {
    pub panel: Rect,
    /// The canvas point in the middle of the panel.
    pub center: Vec2,
    pub zoom: f32,
}

impl Camera {
    pub fn to_screen(self, point: Pos2) -> Pos2 {
        self.panel.center() + (point.to_vec2() - self.center) * self.zoom
    }

    pub fn rect(&self, rect: Rect) -> Rect {
        Rect::from_min_size(self.to_screen(rect.min), rect.size() * self.zoom)
    }

    pub fn to_canvas(self, point: Pos2) -> Pos2 {
        ((point - self.panel.center()) / self.zoom + self.center).to_pos2()
    }

    /// The part of the canvas that is seen.
    pub fn seen(&self) -> Rect {
        Rect::from_min_max(self.to_canvas(self.panel.min), self.to_canvas(self.panel.max))
    }

    pub fn detail(&self) -> Detail {
        match self.zoom {
            zoom if zoom >= 0.75 => Detail::Table,
            zoom if zoom >= 0.4 => Detail::Card,
            zoom if zoom >= 0.22 => Detail::Name,
            _ => Detail::Block,
        }
    }

    /// Zooms so that what is below the point stays there.
    pub fn zoom_at(&mut self, point: Pos2, by: f32) {
        let under = self.to_canvas(point);
        self.zoom = (self.zoom * by).clamp(SMALLEST, LARGEST);
        let now = self.to_canvas(point);
        self.center += under - now;
    }

    /// Shows the rectangle, not larger than `most`.
    pub fn fit(&mut self, rect: Rect, most: f32) {
        let room = (self.panel.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(1.0));
        let zoom = (room / rect.size().max(Vec2::splat(1.0))).min_elem();
        self.zoom = zoom.clamp(SMALLEST, most);
        self.center = rect.center().to_vec2();
    }
}
