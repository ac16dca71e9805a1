//! Text that was laid out, kept from frame to frame.

use std::collections::HashMap;
use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Color32, FontId, Galley, Painter};

/// So many are kept at most.
const MOST: usize = 4_096;

/// Galleys by what was laid out.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    kept: HashMap<u64, Kept>,
    /// Laid out by egui in every frame: another one tells that the glyphs of all were thrown away.
    sentinel: Option<Arc<Galley>>,
    frame: u64,
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

impl Texts {
    /// Called before anything else in a frame.
    pub fn begin(&mut self, painter: &Painter) {
        let sentinel = painter.layout_no_wrap("·".to_owned(), FontId::proportional(13.0), Color32::WHITE);
        if self.sentinel.as_ref().is_none_or(|before| !Arc::ptr_eq(before, &sentinel)) {
            self.kept.clear();
        }
        self.sentinel = Some(sentinel);
        self.frame += 1;
        if self.kept.len() > MOST {
            let last = self.frame - 1;
            self.kept.retain(|_, kept| kept.used >= last);
        }
    }

    pub fn get(&mut self, painter: &Painter, text: &str, style: &Style) -> Arc<Galley> {
        let width = style.width.round();
        let Style { font, color, rows, .. } = style;
        let key = egui::util::hash((text, font, color, width.to_bits(), rows, painter.pixels_per_point().to_bits()));
        self.keep(key, || {
            let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font.clone(), *color));
            job.wrap =
                TextWrapping { max_width: width, max_rows: *rows, break_anywhere: *rows == 1, ..Default::default() };
            painter.layout_job(job)
        })
    }

    /// Lines of cells, each with its format: a column of a table.
    pub fn column(
        &mut self,
        painter: &Painter,
        key: u64,
        halign: Align,
        cells: impl FnOnce(&mut LayoutJob),
    ) -> Arc<Galley> {
        self.keep(key, || {
            let mut job = LayoutJob { halign, ..LayoutJob::default() };
            cells(&mut job);
            painter.layout_job(job)
        })
    }

    fn keep(&mut self, key: u64, make: impl FnOnce() -> Arc<Galley>) -> Arc<Galley> {
        let used = self.frame;
        let kept = self.kept.entry(key).or_insert_with(|| Kept { galley: make(), used });
        kept.used = used;
        Arc::clone(&kept.galley)
    }
}
