//! The live table on a node: the first rows of its output, made to fit.

use std::collections::HashMap;
use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Color32, FontId, Painter, Pos2, Rect, Shape, pos2};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use pipewright_runner::show::Output;

use super::texts::{Key, Texts};
use crate::theme::{self, Palette, size};

const LINE: f32 = 14.0;
const GAP: f32 = 8.0;
const WIDEST: f32 = 92.0;
const NARROWEST: f32 = 18.0;
/// Text with less room than this is left out.
const LEAST: f32 = 40.0;
const MOST: usize = 512;

/// Tables that were made to fit, by the output they show.
#[derive(Clone, Debug, Default)]
pub struct Sheets {
    kept: HashMap<usize, (Arc<Output>, Arc<Sheet>)>,
    made: u64,
}

/// A table in the units of the canvas.
#[derive(Debug)]
pub struct Sheet {
    /// Tells it from any other.
    number: u64,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    left: f32,
    width: f32,
    kind: Type,
    header: String,
    /// None for null.
    cells: Vec<Option<String>>,
}

impl Sheets {
    pub fn begin(&mut self) {
        if self.kept.len() > MOST {
            self.kept.clear();
        }
    }

    /// The table of an output. Holding the output keeps its address its own.
    pub fn get(&mut self, painter: &Painter, output: &Arc<Output>, width: f32, lines: usize) -> Arc<Sheet> {
        let key = Arc::as_ptr(output) as usize;
        if let Some((_, sheet)) = self.kept.get(&key) {
            return Arc::clone(sheet);
        }
        self.made += 1;
        let sheet = Arc::new(Sheet { number: self.made, columns: columns(painter, output, width, lines) });
        self.kept.insert(key, (Arc::clone(output), Arc::clone(&sheet)));
        sheet
    }
}

fn columns(painter: &Painter, output: &Output, room: f32, lines: usize) -> Vec<Column> {
    let font = FontId::proportional(size::SMALL);
    let width_of = |text: &str| {
        painter.fonts_mut(|fonts| text.chars().map(|letter| fonts.glyph_width(&font, letter)).sum::<f32>())
    };
    let mut columns = Vec::new();
    let mut left = 0.0;
    for (at, column) in output.head.schema.0.iter().enumerate() {
        let cells: Vec<Option<String>> =
            output.head.rows.iter().take(lines - 1).map(|row| row.get(at).and_then(shown)).collect();
        let texts = cells.iter().map(|cell| cell.as_deref().unwrap_or("null")).chain([column.name.as_str()]);
        let natural = texts.map(width_of).fold(NARROWEST, f32::max);
        // A number that is cut short says something else.
        let least = if column.kind.is_number() { natural.min(WIDEST) } else { natural.min(LEAST) };
        if room - left < least {
            break;
        }
        let is_last = output.head.schema.0.len() == at + 1 || room - left - natural.min(WIDEST) < LEAST + GAP;
        let width = if is_last { natural.min(room - left) } else { natural.min(WIDEST).min(room - left) };
        let fit = |text: &str| elided(text, width, &width_of);
        columns.push(Column {
            left,
            width,
            kind: column.kind.clone(),
            header: fit(&column.name),
            cells: cells.into_iter().map(|cell| cell.map(|text| fit(&text))).collect(),
        });
        left += width + GAP;
    }
    columns
}

/// A value as it stands in a cell, on one line.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        value => Some(value.to_string().chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()),
    }
}

fn elided(text: &str, width: f32, width_of: &impl Fn(&str) -> f32) -> String {
    if width_of(text) <= width + 0.5 {
        return text.to_owned();
    }
    let room = width - width_of("…");
    let mut used = 0.0;
    let fits = |letter: &char| {
        used += width_of(letter.encode_utf8(&mut [0; 4]));
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept.trim_end().to_owned() + "…"
}

/// How a sheet is painted.
pub struct Look<'a> {
    pub painter: &'a Painter,
    pub palette: &'static Palette,
    pub zoom: f32,
    pub opacity: f32,
}

impl Sheet {
    /// `corner`: the upper left one, on the screen.
    pub fn paint(&self, look: &Look, corner: Pos2, texts: &mut Texts, shapes: &mut Vec<Shape>) {
        let Look { painter, palette, zoom, opacity } = *look;
        for (at, column) in self.columns.iter().enumerate() {
            let right = column.kind.is_number();
            let pixels = painter.pixels_per_point().to_bits();
            let key = Key {
                exact: egui::util::hash((self.number, at, palette.text, zoom.to_bits(), pixels)),
                like: egui::util::hash((self.number, at, palette.text)),
                size: zoom,
                letters: column.letters(),
            };
            let written = texts.keep(key, || {
                let halign = if right { Align::RIGHT } else { Align::LEFT };
                let mut job = LayoutJob { halign, ..LayoutJob::default() };
                column.lay_out(&mut job, palette, zoom);
                painter.layout_job(job)
            });
            let x = corner.x + (column.left + if right { column.width } else { 0.0 }) * zoom;
            shapes.push(written.shape(pos2(x, corner.y), palette.text, opacity));
        }
    }

    /// A line below the names of the columns.
    pub fn rule(&self, look: &Look, area: Rect, shapes: &mut Vec<Shape>) {
        let y = area.top() + LINE * look.zoom;
        shapes.push(Shape::hline(area.x_range(), y, egui::Stroke::new(1.0, look.palette.line)));
    }
}

impl Column {
    fn letters(&self) -> usize {
        self.header.len() + self.cells.iter().flatten().map(String::len).sum::<usize>()
    }

    fn lay_out(&self, job: &mut LayoutJob, palette: &Palette, zoom: f32) {
        let format = |font: FontId, color: Color32| TextFormat {
            line_height: Some(LINE * zoom),
            ..TextFormat::simple(font, color)
        };
        let plain = |color| format(FontId::proportional(size::SMALL * zoom), color);
        job.append(&self.header, 0.0, format(theme::strong(size::SMALL * zoom), palette.kind(&self.kind)));
        for cell in &self.cells {
            let (text, color) = match cell {
                Some(text) => (text.as_str(), palette.text),
                None => ("null", palette.faint),
            };
            job.append(&format!("\n{text}"), 0.0, plain(color));
        }
    }
}
