//! A virtual grid: only what is seen costs anything. It is painted, and its place is kept as a row and an offset in 64 bits.

mod body;
mod state;

use std::sync::Arc;

use egui::{Rect, Sense, Ui, pos2, vec2};
use pipewright_engine::value::Value;
use pipewright_runner::show::{Output, View};

use super::bars::{self, Axis, Extent};
use super::served::{Served, Viewed};
use super::whole::Whole;
use super::{Look, Side, header};
use crate::action::Action;
use crate::theme::{gap, size};

pub(super) use body::line;
pub(super) use state::Looked;

pub(super) const ROW: f32 = 22.0;
/// Below this height the heads of columns are names alone, so that rows have the room.
const TALL: f32 = 170.0;

/// Where the parts of a grid are.
pub(super) struct Places {
    /// Row numbers, heads of columns, cells.
    pub gutter: Rect,
    pub head: Rect,
    pub body: Rect,
    rows_bar: Rect,
    columns_bar: Rect,
}

/// What is shown: the view as far as it was served, and until then what was there before it.
pub(super) struct Rows<'a> {
    pub output: &'a Output,
    view: &'a View,
    current: Option<&'a Viewed>,
    before: Option<(&'a Output, Option<&'a Viewed>)>,
}

impl Rows<'_> {
    /// A value, and whether it is from before.
    pub(super) fn cell(&self, row: u64, column: usize) -> Option<(&Value, bool)> {
        if let Some(value) = self.current.and_then(|viewed| viewed.cell(row, column)) {
            return Some((value, false));
        }
        if *self.view == View::default()
            && let Some(value) = head(self.output, row, column)
        {
            return Some((value, false));
        }
        let (output, viewed) = self.before?;
        let value = viewed.and_then(|viewed| viewed.cell(row, column)).or_else(|| head(output, row, column))?;
        Some((value, true))
    }

    /// Where a row lies in the table.
    pub(super) fn place(&self, row: u64) -> Option<u64> {
        if *self.view == View::default() {
            return Some(row);
        }
        self.current?.place(row)
    }
}

fn head(output: &Output, row: u64, column: usize) -> Option<&Value> {
    output.head.rows.get(usize::try_from(row).ok()?)?.get(column)
}

/// Draws the rows of a side.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    side: &Side,
    output: &Arc<Output>,
    (looked, served, whole): (&mut Looked, &mut Served, &mut Option<Whole>),
    actions: &mut Vec<Action>,
) -> egui::Response {
    looked.follow(ui, output, served);
    served.open(output, &looked.view);
    looked.learn_total(served);
    let name = format!("data {}", side.link);
    let places = lay_out(rect, looked, output);
    scroll(ui, &places, looked, &name);

    let response = ui.interact(places.body, ui.make_persistent_id(&name), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Table, ui.is_enabled(), &name));
    let numbers = ui.interact(places.gutter, response.id.with("rows"), Sense::click_and_drag());
    looked.point(ui, &response, &numbers, &places);
    let opened = looked.press(ui, &response, &places) || response.double_clicked();

    let (rows, columns) = looked.visible(&places);
    ask(looked, served, output, (rows.clone(), columns.clone()), actions);
    looked.copy(ui, served, actions);

    if side.stale {
        ui.multiply_opacity(0.55);
    }
    let shown = looked.rows(output, served);
    body::paint(ui, &places, looked, &shown, (rows.clone(), columns.clone()), &response);
    if opened && let Some(found) = looked.opened(&shown, &places) {
        *whole = Some(found);
    }
    let sorted = header::show(ui, &places, looked, served, output, columns);
    if let Some(change) = sorted {
        looked.change(ui.ctx(), change, output, served, rows);
    }
    response
}

/// Asks for what is seen and not here, then for what is around it.
fn ask(
    looked: &mut Looked,
    served: &mut Served,
    output: &Output,
    (rows, columns): (std::ops::Range<u64>, std::ops::Range<usize>),
    actions: &mut Vec<Action>,
) {
    let copying = looked.is_copying();
    for page in served.want(&output.table, &looked.view, rows.clone(), columns.clone(), !copying) {
        actions.push(Action::Look(Look::Page(page)));
    }
    for column in served.want_profiles(&output.table, columns.clone()) {
        actions.push(Action::Look(Look::Profile { table: output.table.clone(), column }));
    }
    let complete = served.view(&output.table, &looked.view).is_some_and(|viewed| viewed.has(&rows, &columns));
    if complete {
        looked.forget_before();
    }
}

fn lay_out(rect: Rect, looked: &Looked, output: &Output) -> Places {
    let digits = output.rows.max(100).ilog10() + 1;
    let gutter = (digits as f32 * size::SMALL * 0.7 + 2.0 * gap::M).ceil();
    let head = if rect.height() < TALL { header::LOW } else { header::TALL };
    let corner = rect.min + vec2(gutter, head);
    let mut end = rect.max;
    let wide = looked.columns.width() as f32 > end.x - corner.x;
    if wide {
        end.y -= bars::THICK;
    }
    let tall = looked.total as f64 * f64::from(ROW) > f64::from(end.y - corner.y);
    if tall {
        end.x -= bars::THICK;
    }
    let end = end.max(corner);
    Places {
        gutter: Rect::from_min_max(pos2(rect.min.x, corner.y), pos2(corner.x, end.y)),
        head: Rect::from_min_max(pos2(corner.x, rect.min.y), pos2(end.x, corner.y)),
        body: Rect::from_min_max(corner, end),
        rows_bar: Rect::from_min_max(pos2(end.x, corner.y), pos2(end.x + bars::THICK, end.y)),
        columns_bar: Rect::from_min_max(pos2(corner.x, end.y), pos2(end.x, end.y + bars::THICK)),
    }
}

/// Moves by wheel and by bars.
fn scroll(ui: &mut Ui, places: &Places, looked: &mut Looked, name: &str) {
    if ui.rect_contains_pointer(places.gutter.union(places.head).union(places.body)) {
        let delta = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta));
        looked.row -= f64::from(delta.y / ROW);
        looked.x -= f64::from(delta.x);
    }
    looked.clamp(places);
    let rows = Extent { all: looked.total as f64, seen: looked.seen_rows(places), at: looked.row };
    if let Some(row) = bars::show(ui, places.rows_bar, Axis::Rows, rows, &format!("scroll rows of {name}")) {
        looked.row = row;
    }
    let columns = Extent { all: looked.columns.width(), seen: f64::from(places.body.width()), at: looked.x };
    if let Some(x) = bars::show(ui, places.columns_bar, Axis::Columns, columns, &format!("scroll columns of {name}")) {
        looked.x = x;
    }
}
