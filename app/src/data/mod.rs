//! The data panel: the rows that go into a node and those that come out.

use std::sync::Arc;

use pipewright_engine::pipeline::Link;
use pipewright_runner::show::{Output, Page, PageRows, Profile, TableId};

use crate::action::Action;

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
    pub link: Link,
    pub output: Option<&'a Arc<Output>>,
    /// Dimmed: what is shown is from before an edit.
    pub stale: bool,
    pub problem: Option<&'a str>,
}

/// What was served of tables, and how they are looked at. Answers come through the three functions below.
#[derive(Default)]
pub struct Tables {}

impl Tables {
    pub fn page(&mut self, _page: PageRows) {}
    pub fn profile(&mut self, _profile: Profile) {}
    pub fn cell(&mut self, _table: &TableId, _row: u64, _column: usize, _value: pipewright_engine::value::Value) {}
    /// What was asked for will not come: the engine was started anew, or holds the table no more.
    pub fn forget(&mut self, _table: Option<&TableId>) {}
}

/// Draws the sides beside each other.
pub fn show(_ui: &mut egui::Ui, _sides: &[Side], _tables: &mut Tables, _actions: &mut Vec<Action>) {}
