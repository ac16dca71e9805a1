//! How an output is looked at: where it is scrolled to, sorted and filtered by, what is selected in it.

use std::ops::Range;
use std::sync::Arc;

use egui::{EventFilter, Pos2, Rect, Response, Ui, pos2, vec2};
use pipewright_runner::show::{Output, View};

use super::super::Look;
use super::super::columns::Columns;
use super::super::header::Change;
use super::super::keys::{self, Stroke};
use super::super::select::{Cell, Copying, Selected};
use super::super::served::Served;
use super::super::whole::Whole;
use super::{Places, ROW, Rows};
use crate::action::Action;

/// Typing in the filter is followed after a pause of so many seconds.
const PAUSE: f64 = 0.2;

#[derive(Default)]
pub(in super::super) struct Looked {
    /// The row at the upper edge, and how far the columns are moved to the left.
    pub row: f64,
    pub x: f64,
    pub columns: Columns,
    /// By name, since columns come and go; true where the largest are first.
    sort: Option<(String, bool)>,
    /// As typed, and since when.
    pub filter: String,
    typed: Option<f64>,
    pub view: View,
    /// Rows of the view as far as that is known, else those of the view before.
    pub total: u64,
    pub selected: Option<Selected>,
    copying: Option<Copying>,
    /// What there is to say of the last copying.
    said: Option<String>,
    output: Option<Arc<Output>>,
    /// What was shown before, until what is shown now has come.
    before: Option<(Arc<Output>, View)>,
}

impl Looked {
    /// Follows the output and what was done to the view.
    pub(super) fn follow(&mut self, ui: &Ui, output: &Arc<Output>, served: &mut Served) {
        self.columns.follow(ui.ctx(), output);
        let filter = self.followed_filter(ui);
        let sorted = |name: &str| output.schema.position(name);
        let sort = self.sort.as_ref().and_then(|(name, largest)| Some((sorted(name)?, *largest)));
        let view = View { sort, filter };
        let known = self.output.as_ref().is_some_and(|known| known.table == output.table);
        if known && self.view == view && self.output.as_ref().is_some_and(|known| Arc::ptr_eq(known, output)) {
            return;
        }
        if known {
            served.held_again(&output.table);
        } else {
            self.copying = None;
            self.total = output.rows;
        }
        if (!known || view != self.view)
            && let Some(old) = self.output.take()
        {
            self.before = Some((old, self.view.clone()));
        }
        if view != self.view {
            (self.row, self.selected, self.said) = (0.0, None, None);
        }
        self.output = Some(output.clone());
        self.view = view;
        self.keep_selection_within();
    }

    /// The filter that is in force: what is typed, after a pause.
    fn followed_filter(&mut self, ui: &Ui) -> String {
        let Some(since) = self.typed else { return self.view.filter.clone() };
        let left = since + PAUSE - ui.input(|input| input.time);
        if left > 0.0 {
            ui.ctx().request_repaint_after_secs(left as f32);
            return self.view.filter.clone();
        }
        self.typed = None;
        self.filter.trim().to_owned()
    }

    pub(in super::super) fn filter_typed(&mut self, now: f64) {
        self.typed = Some(now);
    }

    /// Sorts by the next of: smallest first, largest first, as the table lies.
    fn sort_by(&mut self, name: &str) {
        self.sort = match self.sort.take() {
            Some((by, false)) if by == name => Some((by, true)),
            Some((by, true)) if by == name => None,
            _ => Some((name.to_owned(), false)),
        };
    }

    pub(in super::super) fn sorted(&self) -> Option<(&str, bool)> {
        self.sort.as_ref().map(|(name, largest)| (name.as_str(), *largest))
    }

    /// Shows the table as it lies.
    pub(in super::super) fn clear_view(&mut self) {
        self.sort = None;
        self.filter.clear();
        self.typed = Some(f64::NEG_INFINITY);
    }

    pub(super) fn change(
        &mut self,
        ctx: &egui::Context,
        change: Change,
        output: &Output,
        served: &Served,
        seen: Range<u64>,
    ) {
        match change {
            Change::Sort(column) => {
                let Some(name) = self.columns.get(column).map(|column| column.name.clone()) else { return };
                self.sort_by(&name);
            }
            Change::Width(column, width) => self.columns.set_width(column, width),
            Change::Fit(column) => {
                let rows = self.rows(output, served);
                let values = seen.filter_map(|row| rows.cell(row, column)).map(|(value, _)| value);
                let width = self.columns.fitting(ctx, column, values);
                self.columns.set_width(column, width);
            }
        }
    }

    pub(super) fn learn_total(&mut self, served: &Served) {
        let viewed = self.output.as_ref().and_then(|output| served.view(&output.table, &self.view));
        let Some(total) = viewed.and_then(|viewed| viewed.total()) else { return };
        if total != self.total {
            self.total = total;
            self.keep_selection_within();
        }
    }

    fn keep_selection_within(&mut self) {
        let Some(selected) = &mut self.selected else { return };
        if self.total == 0 || self.columns.len() == 0 {
            self.selected = None;
            return;
        }
        for cell in [&mut selected.anchor, &mut selected.active] {
            *cell = (cell.0.min(self.total - 1), cell.1.min(self.columns.len() - 1));
        }
    }

    pub(super) fn rows<'a>(&'a self, output: &'a Output, served: &'a Served) -> Rows<'a> {
        // Rows of other columns than those that are shown would be lies.
        let before = self.before.as_ref().filter(|(before, _)| before.schema == *self.columns.schema());
        Rows {
            output,
            view: &self.view,
            current: served.view(&output.table, &self.view),
            before: before.map(|(before, view)| (before.as_ref(), served.view(&before.table, view))),
        }
    }

    pub(super) fn forget_before(&mut self) {
        self.before = None;
    }

    pub(super) fn seen_rows(&self, places: &Places) -> f64 {
        f64::from(places.body.height() / ROW)
    }

    pub(super) fn clamp(&mut self, places: &Places) {
        let last_row = (self.total as f64 - self.seen_rows(places)).max(0.0);
        let last_x = (self.columns.width() - f64::from(places.body.width())).max(0.0);
        self.row = self.row.clamp(0.0, last_row);
        self.x = self.x.clamp(0.0, last_x);
    }

    pub(super) fn visible(&self, places: &Places) -> (Range<u64>, Range<usize>) {
        let end = (self.row + self.seen_rows(places)).ceil() as u64;
        let rows = self.row.floor() as u64..end.min(self.total);
        (rows, self.columns.visible(self.x, self.x + f64::from(places.body.width()) - 1.0))
    }

    /// The place of a cell on the screen.
    pub(super) fn place(&self, (row, column): Cell, places: &Places) -> Rect {
        let (left, right) = self.columns.span(column);
        let at = |edge: f64| places.body.left() + (edge - self.x) as f32;
        let top = places.body.top() + ((row as f64 - self.row) * f64::from(ROW)) as f32;
        Rect::from_min_max(pos2(at(left), top), pos2(at(right), top + ROW))
    }

    fn cell_at(&self, at: Pos2, places: &Places) -> Option<Cell> {
        if self.total == 0 || self.columns.len() == 0 {
            return None;
        }
        let at = at.clamp(places.body.min, places.body.max - vec2(1.0, 1.0));
        let row = self.row + f64::from((at.y - places.body.top()) / ROW);
        let column = self.columns.at(self.x + f64::from(at.x - places.body.left()));
        Some(((row as u64).min(self.total - 1), column))
    }

    /// Selects by pressing and dragging, in cells and in row numbers.
    pub(super) fn point(&mut self, ui: &Ui, cells: &Response, numbers: &Response, places: &Places) {
        // A quick click goes down and up within a frame.
        let held = |response: &Response| response.is_pointer_button_down_on() || response.clicked();
        let whole_rows = held(numbers);
        let primary = ui.input(|input| input.pointer.primary_down() || input.pointer.primary_released());
        if !(held(cells) || whole_rows) || !primary {
            return;
        }
        let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
        let Some(cell) = self.cell_at(pointer, places) else { return };
        let (pressed, shift) = ui.input(|input| (input.pointer.primary_pressed(), input.modifiers.shift));
        let active = if whole_rows { (cell.0, self.columns.len() - 1) } else { cell };
        if pressed {
            cells.request_focus();
            self.said = None;
        }
        match &mut self.selected {
            Some(selected) if !pressed || shift => selected.active = active,
            selected => *selected = Some(Selected { anchor: if whole_rows { (cell.0, 0) } else { cell }, active }),
        }
        self.drag_on(ui, pointer, places);
    }

    /// A drag that leaves the cells scrolls them, faster the farther it is.
    fn drag_on(&mut self, ui: &Ui, pointer: Pos2, places: &Places) {
        let beyond = pointer - pointer.clamp(places.body.min, places.body.max);
        if beyond == egui::Vec2::ZERO {
            return;
        }
        let seconds = ui.input(|input| input.stable_dt);
        self.row += f64::from(beyond.y / ROW * seconds * 8.0);
        self.x += f64::from(beyond.x * seconds * 8.0);
        self.clamp(places);
        ui.ctx().request_repaint();
    }

    /// Follows the keyboard; true where the active cell is to be opened.
    pub(super) fn press(&mut self, ui: &Ui, response: &Response, places: &Places) -> bool {
        if !response.has_focus() {
            return false;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let mut open = false;
        for stroke in keys::take(ui) {
            match stroke {
                Stroke::Move { to, extend } => self.step(to, extend, places),
                Stroke::Open => open = true,
                Stroke::Copy => self.begin_copy(),
                Stroke::All if self.total > 0 && self.columns.len() > 0 => {
                    let active = (self.total - 1, self.columns.len() - 1);
                    self.selected = Some(Selected { anchor: (0, 0), active });
                }
                Stroke::All => {}
                Stroke::Leave => (self.selected, self.copying, self.said) = (None, None, None),
            }
        }
        open
    }

    fn step(&mut self, to: keys::To, extend: bool, places: &Places) {
        if self.total == 0 || self.columns.len() == 0 {
            return;
        }
        let page = (self.seen_rows(places) as u64).saturating_sub(1).max(1);
        let active = match &self.selected {
            Some(selected) => to.from(selected.active, self.total, self.columns.len(), page),
            None => to.from((self.row.ceil() as u64, self.columns.at(self.x)), self.total, self.columns.len(), page),
        };
        match &mut self.selected {
            Some(selected) if extend => selected.active = active,
            selected => *selected = Some(Selected::one(active)),
        }
        self.said = None;
        self.reveal(active, places);
    }

    fn reveal(&mut self, (row, column): Cell, places: &Places) {
        let (row, seen) = (row as f64, self.seen_rows(places));
        self.row = self.row.clamp((row + 1.0 - seen).min(row), row);
        let ((left, right), width) = (self.columns.span(column), f64::from(places.body.width()));
        self.x = self.x.clamp((right - width).min(left), left);
        self.clamp(places);
    }

    /// The active cell, to be shown in full.
    pub(super) fn opened(&self, rows: &Rows, places: &Places) -> Option<Whole> {
        let (row, column) = self.selected?.active;
        let of = self.columns.get(column)?;
        let at = self.place((row, column), places).intersect(places.body);
        Some(Whole::new(&rows.output.table, (rows.place(row)?, column), (&of.name, &of.kind), at))
    }

    fn begin_copy(&mut self) {
        let (Some(selected), Some(output)) = (self.selected, &self.output) else { return };
        let kinds = output.schema.0.iter().map(|column| column.kind.clone()).collect();
        match Copying::begin(output.table.clone(), self.view.clone(), selected, kinds) {
            Ok(copying) => self.copying = Some(copying),
            Err(said) => self.said = Some(said),
        }
    }

    pub(super) fn is_copying(&self) -> bool {
        self.copying.is_some()
    }

    /// Goes on with copying: takes what has come, and asks for what is next.
    pub(super) fn copy(&mut self, ui: &Ui, served: &mut Served, actions: &mut Vec<Action>) {
        let Some(mut copying) = self.copying.take_if(|copying| copying.view == self.view) else { return };
        if let Some((text, said)) = served.view(&copying.table, &copying.view).and_then(|view| copying.take(view)) {
            ui.ctx().copy_text(text);
            self.said = Some(said);
            return;
        }
        let (rows, columns) = copying.needs();
        for page in served.want(&copying.table, &copying.view, rows, columns, false) {
            actions.push(Action::Look(Look::Page(page)));
        }
        self.copying = Some(copying);
    }

    /// What there is to say of the selection.
    pub(in super::super) fn said(&self) -> Option<String> {
        if let Some(copying) = &self.copying {
            return Some(copying.progress());
        }
        let several = |selected: &Selected| selected.anchor != selected.active;
        self.said.clone().or_else(|| self.selected.filter(several).map(|selected| selected.size()))
    }
}
