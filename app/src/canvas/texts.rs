//! Text that was laid out, kept from frame to frame.

use std::collections::HashMap;
use std::sync::Arc;

use egui::emath::TSTransform;
use egui::epaint::TextShape;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Galley, Painter, Pos2, Shape, Vec2};

/// So many are kept at most.
const MOST: usize = 8_192;
/// So many letters are laid out anew in one frame. While the zoom changes, what is beyond is drawn as it was, only scaled.
const LETTERS: usize = 1_500;

/// Galleys by what was laid out.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    kept: HashMap<u64, Kept>,
    /// The last galley of a text, whatever its size was.
    latest: HashMap<u64, (Arc<Galley>, f32)>,
    /// Laid out by egui in every frame: another one tells that the glyphs of all were thrown away.
    sentinel: Option<Arc<Galley>>,
    frame: u64,
    letters: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    galley: Arc<Galley>,
    used: u64,
}

/// How a text is set.
#[derive(Clone, Debug)]
pub struct Style {
    pub font: FontId,
    pub color: Color32,
    /// The room it has; what goes beyond is elided.
    pub width: f32,
    pub rows: usize,
}

/// A text that was laid out, perhaps at another size.
pub struct Written {
    galley: Arc<Galley>,
    scale: f32,
}

impl Written {
    pub fn size(&self) -> Vec2 {
        self.galley.size() * self.scale
    }

    pub fn shape(self, at: Pos2, color: Color32, opacity: f32) -> Shape {
        let mut shape = TextShape::new(at, self.galley, color);
        shape.opacity_factor = opacity;
        if self.scale != 1.0 {
            let translation = at.to_vec2() * (1.0 - self.scale);
            shape.transform(TSTransform::new(translation, self.scale));
        }
        Shape::Text(shape)
    }
}

/// What tells texts apart.
pub struct Key {
    /// All of it, the size among it.
    pub exact: u64,
    /// All but sizes.
    pub like: u64,
    pub size: f32,
    pub letters: usize,
}

impl Texts {
    /// Called before anything else in a frame.
    pub fn begin(&mut self, painter: &Painter) {
        let sentinel = painter.layout_no_wrap("·".to_owned(), FontId::proportional(13.0), Color32::WHITE);
        if self.sentinel.as_ref().is_none_or(|before| !Arc::ptr_eq(before, &sentinel)) {
            self.kept.clear();
            self.latest.clear();
        }
        self.sentinel = Some(sentinel);
        self.frame += 1;
        self.letters = LETTERS;
        if self.kept.len() > MOST {
            let last = self.frame - 1;
            self.kept.retain(|_, kept| kept.used >= last);
        }
        if self.latest.len() > MOST {
            self.latest.clear();
        }
    }

    /// Called when all is drawn: what was only scaled is laid out in the next frames.
    pub fn end(&self, painter: &Painter) {
        if self.letters == 0 {
            painter.ctx().request_repaint();
        }
    }

    pub fn get(&mut self, painter: &Painter, text: &str, style: &Style) -> Written {
        let width = style.width.round();
        let Style { font, color, rows, .. } = style;
        let key = Key {
            exact: egui::util::hash((text, font, color, width.to_bits(), rows, painter.pixels_per_point().to_bits())),
            like: egui::util::hash((text, &font.family, color)),
            size: font.size,
            letters: text.len(),
        };
        self.keep(key, || {
            let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font.clone(), *color));
            let break_anywhere = *rows == 1;
            job.wrap = TextWrapping { max_width: width, max_rows: *rows, break_anywhere, ..Default::default() };
            painter.layout_job(job)
        })
    }

    pub fn keep(&mut self, key: Key, make: impl FnOnce() -> Arc<Galley>) -> Written {
        if let Some(kept) = self.kept.get_mut(&key.exact) {
            kept.used = self.frame;
            return Written { galley: Arc::clone(&kept.galley), scale: 1.0 };
        }
        let latest = self.latest.get(&key.like);
        if let Some((galley, size)) = latest.filter(|_| self.letters < key.letters) {
            self.letters = 0;
            return Written { galley: Arc::clone(galley), scale: key.size / size };
        }
        self.letters = self.letters.saturating_sub(key.letters);
        let galley = make();
        self.kept.insert(key.exact, Kept { galley: Arc::clone(&galley), used: self.frame });
        self.latest.insert(key.like, (Arc::clone(&galley), key.size));
        Written { galley, scale: 1.0 }
    }
}
