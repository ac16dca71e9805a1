//! How wide columns are, and where they lie.

use std::collections::HashMap;
use std::ops::Range;

use egui::FontId;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;
use pipewright_runner::show::Output;

use super::cell::{Shown, on_its_clock, shown};
use crate::theme::{self, gap, size};

const NARROWEST: f32 = 48.0;
const WIDEST: f32 = 2000.0;
/// What a width found out by itself lies between.
const USUAL: (f32, f32) = (76.0, 300.0);

#[derive(Default)]
pub(super) struct Columns {
    schema: Schema,
    /// The left edges, and the right edge of the last one.
    edges: Vec<f64>,
    /// By name, so that they stay when columns come and go: as found out, or as dragged.
    widths: HashMap<String, f32>,
}

impl Columns {
    /// Lays out the columns of an output. Widths that are known stay as they are.
    pub(super) fn follow(&mut self, ctx: &egui::Context, output: &Output) {
        if self.schema == output.schema && !self.edges.is_empty() {
            return;
        }
        self.schema = output.schema.clone();
        for (at, column) in output.schema.0.iter().enumerate() {
            if !self.widths.contains_key(&column.name) {
                self.widths.insert(column.name.clone(), usual_width(ctx, output, at, column));
            }
        }
        self.place();
    }

    fn place(&mut self) {
        let mut edge = 0.0;
        self.edges.clear();
        self.edges.push(edge);
        for column in &self.schema.0 {
            edge += f64::from(self.widths.get(&column.name).copied().unwrap_or(USUAL.0));
            self.edges.push(edge);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.schema.0.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Column> {
        self.schema.0.get(at)
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Left and right edge of a column.
    pub(super) fn span(&self, at: usize) -> (f64, f64) {
        let edge = |at: usize| self.edges.get(at).copied().unwrap_or(self.width());
        (edge(at), edge(at + 1))
    }

    pub(super) fn width(&self) -> f64 {
        self.edges.last().copied().unwrap_or(0.0)
    }

    /// The column at a distance from the left edge of the first one.
    pub(super) fn at(&self, x: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= x).saturating_sub(1).min(self.len().saturating_sub(1))
    }

    pub(super) fn visible(&self, from: f64, to: f64) -> Range<usize> {
        if self.len() == 0 {
            return 0..0;
        }
        self.at(from)..self.at(to) + 1
    }

    /// The width at which the name and these values are seen in full.
    pub(super) fn fitting<'a>(&self, ctx: &egui::Context, at: usize, values: impl Iterator<Item = &'a Value>) -> f32 {
        let Some(column) = self.schema.0.get(at) else { return NARROWEST };
        let widths = values.map(|value| value_width(ctx, &on_its_clock(value, &column.kind)));
        widths.fold(name_width(ctx, column), f32::max).ceil()
    }

    pub(super) fn set_width(&mut self, at: usize, width: f32) {
        let Some(column) = self.schema.0.get(at) else { return };
        self.widths.insert(column.name.clone(), width.clamp(NARROWEST, WIDEST));
        self.place();
    }
}

fn usual_width(ctx: &egui::Context, output: &Output, at: usize, column: &Column) -> f32 {
    let values = output
        .head
        .rows
        .iter()
        .filter_map(|row| row.get(at))
        .map(|value| value_width(ctx, &on_its_clock(value, &column.kind)));
    let content = values.reduce(f32::max).unwrap_or(match column.kind {
        Type::Timestamp | Type::TimestampZoned(_) => 156.0,
        Type::Text | Type::List(_) | Type::Struct(_) => 136.0,
        _ => 88.0,
    });
    content.max(name_width(ctx, column)).clamp(USUAL.0, USUAL.1).ceil()
}

/// What a column's head needs: its type's sign, its name, and the mark of sorting.
fn name_width(ctx: &egui::Context, column: &Column) -> f32 {
    let sign = letters(ctx, theme::sign(&column.kind), &theme::strong(size::SMALL));
    sign + letters(ctx, &column.name, &theme::strong(size::BODY)) + 3.0 * gap::M + gap::L
}

fn value_width(ctx: &egui::Context, value: &Value) -> f32 {
    let (Shown::Text(text), room) = (shown(value, 300), 2.0 * gap::M + 4.0) else { return NARROWEST };
    letters(ctx, &text, &FontId::proportional(size::BODY)) + room
}

/// The width of a text, letter by letter: close enough, and a thousand names cost no layout.
fn letters(ctx: &egui::Context, text: &str, font: &FontId) -> f32 {
    ctx.fonts_mut(|fonts| text.chars().map(|c| fonts.glyph_width(font, c)).sum())
}
