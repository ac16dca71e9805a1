//! Tables held for the designer, under their marks: those not looked at for longest go first.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use pipewright_engine::types::Schema;
use polars::prelude::DataFrame;

use super::mark::Mark;
use super::pages::Orders;

/// Bytes that tables may have together. Those of one pipeline share much of them, which is not taken into account.
const ROOM: usize = 1 << 30;

/// Rows of an output of a node.
pub(super) struct Held {
    pub(super) frame: DataFrame,
    pub(super) schema: Schema,
    /// There were too many rows to keep them all, here or above.
    pub(super) cut: bool,
    pub(super) orders: Orders,
}

impl Held {
    pub(super) fn new(frame: DataFrame, schema: Schema, cut: bool) -> Self {
        Self { frame, schema, cut, orders: Orders::default() }
    }
}

#[derive(Default)]
pub(super) struct Tables(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    tables: HashMap<Mark, Entry>,
    bytes: usize,
    clock: u64,
}

struct Entry {
    table: Arc<Held>,
    bytes: usize,
    used: u64,
}

impl Tables {
    pub(super) fn get(&self, mark: Mark) -> Option<Arc<Held>> {
        let mut inner = self.0.lock();
        inner.clock += 1;
        let now = inner.clock;
        let entry = inner.tables.get_mut(&mark)?;
        entry.used = now;
        Some(Arc::clone(&entry.table))
    }

    pub(super) fn keep(&self, mark: Mark, table: Held) -> Arc<Held> {
        let mut inner = self.0.lock();
        inner.clock += 1;
        let bytes = table.frame.estimated_size();
        let table = Arc::new(table);
        let entry = Entry { table: Arc::clone(&table), bytes, used: inner.clock };
        inner.bytes += bytes;
        if let Some(old) = inner.tables.insert(mark, entry) {
            inner.bytes -= old.bytes;
        }
        inner.make_room(mark);
        table
    }
}

impl Inner {
    /// The table that came last stays, however large it is.
    fn make_room(&mut self, last: Mark) {
        while self.bytes > ROOM {
            let others = self.tables.iter().filter(|(mark, _)| **mark != last);
            let Some(oldest) = others.min_by_key(|(_, entry)| entry.used).map(|(mark, _)| *mark) else { return };
            if let Some(gone) = self.tables.remove(&oldest) {
                self.bytes -= gone.bytes;
            }
        }
    }
}
