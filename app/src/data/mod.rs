//! The data panel: the rows that go into a node and those that come out.

mod bars;
mod cell;
mod columns;
mod grid;
mod header;
mod keys;
mod panel;
mod select;
mod served;
mod status;
mod whole;

use std::collections::HashMap;
use std::sync::Arc;

use pipewright_engine::nodes::Chart;
use pipewright_engine::pipeline::Link;
use pipewright_runner::show::{Output, Page, PageRows, Profile, TableId};

use crate::action::Action;
use crate::chart::Charts;

pub use status::basis;

/// What the data panel asks of the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    Page(Page),
    Profile {
        table: TableId,
        column: usize,
    },
    Cell {
        table: TableId,
        row: u64,
        column: usize,
    },
    /// All rows of a node's outputs.
    Exact {
        node: String,
    },
    /// Give up computing all rows.
    StopExact,
}

/// A side of the panel: an output of some node.
pub struct Side<'a> {
    /// What stands above it: `Input left`, `Output`, `Rejected`.
    pub title: &'a str,
    /// Whether it goes into the node looked at: drawn on the left.
    pub input: bool,
    pub link: Link,
    pub output: Option<&'a Arc<Output>>,
    /// How it is drawn beside its rows, if it is.
    pub chart: Option<&'a Chart>,
    /// Dimmed: what is shown is from before an edit.
    pub stale: bool,
    pub problem: Option<&'a str>,
    /// All rows of it are being computed: how many there are so far, and of how many if that is known.
    pub exact: Option<(u64, Option<u64>)>,
}

/// What was served of tables, and how they are looked at. Answers come through the four functions below.
#[derive(Default)]
pub struct Tables {
    served: served::Served,
    looked: HashMap<Link, grid::Looked>,
    /// The tab chosen where a side has several, by what they are.
    chosen: HashMap<Vec<Link>, usize>,
    /// A tab to choose as soon as it is there.
    wanted: Option<Link>,
    /// The share of the width that inputs have; none: half.
    split: Option<f32>,
    whole: Option<whole::Whole>,
    charts: Charts,
    /// The grid that had the keyboard when it was last drawn.
    keyboard: Option<egui::Id>,
}

impl Tables {
    pub fn page(&mut self, page: PageRows) {
        self.served.page(page);
    }

    pub fn profile(&mut self, profile: Profile) {
        self.served.profile(profile);
    }

    pub fn cell(&mut self, table: &TableId, row: u64, column: usize, value: pipewright_engine::value::Value) {
        let Some(whole) = &mut self.whole else { return };
        whole.answer(table, row, column, value);
    }

    /// What was asked for will not come: the engine was started anew, or holds the table no more.
    pub fn forget(&mut self, table: Option<&TableId>) {
        self.served.forget(table);
        if self.whole.as_ref().is_some_and(|whole| whole.waits_for(table)) {
            self.whole = None;
        }
    }

    /// Whether arrows, Enter, Escape and the clipboard are a grid's.
    pub fn has_keyboard(&self, ctx: &egui::Context) -> bool {
        self.keyboard.is_some_and(|grid| ctx.memory(|memory| memory.has_focus(grid)))
    }

    /// Chooses the tab of an output.
    pub fn choose(&mut self, link: &Link) {
        self.wanted = Some(link.clone());
    }
}

/// Draws the sides beside each other: inputs on the left, outputs on the right.
pub fn show(ui: &mut egui::Ui, sides: &[Side], tables: &mut Tables, actions: &mut Vec<Action>) {
    panel::show(ui, sides, tables, actions);
}
