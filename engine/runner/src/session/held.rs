//! Tables held for the designer, under their marks: those not looked at for longest go first.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use pipewright_engine::types::Schema;

use super::rows::Rows;
use super::views::Orders;
use crate::mark::Mark;
use crate::show::Profile;

/// Bytes that tables may have together, in memory and on disk. Those of one pipeline share much of their memory, which is not taken
/// into account.
const MEMORY: u64 = 1 << 30;
pub(super) const DISK: u64 = 8 << 30;

/// Rows of an output of a node.
pub(super) struct Held {
    pub(super) rows: Rows,
    pub(super) schema: Schema,
    /// There were too many rows to keep them all, here or above.
    pub(super) cut: bool,
    pub(super) orders: Orders,
    pub(super) profiles: Mutex<HashMap<usize, Profile>>,
}

impl Held {
    pub(super) fn new(rows: Rows, schema: Schema, cut: bool) -> Self {
        Self { rows, schema, cut, orders: Orders::default(), profiles: Mutex::default() }
    }
}

#[derive(Default)]
pub(super) struct Tables(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    tables: HashMap<Mark, Entry>,
    clock: u64,
}

struct Entry {
    table: Arc<Held>,
    memory: u64,
    disk: u64,
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
        let (memory, disk) = table.rows.bytes();
        let table = Arc::new(table);
        let entry = Entry { table: Arc::clone(&table), memory, disk, used: inner.clock };
        inner.tables.insert(mark, entry);
        inner.make_room(mark);
        table
    }
}

impl Inner {
    /// The table that came last stays, however large it is.
    fn make_room(&mut self, last: Mark) {
        let mut memory: u64 = self.tables.values().map(|entry| entry.memory).sum();
        let mut disk: u64 = self.tables.values().map(|entry| entry.disk).sum();
        while memory > MEMORY || disk > DISK {
            let others = self.tables.iter().filter(|(mark, _)| **mark != last);
            let Some(oldest) = others.min_by_key(|(_, entry)| entry.used).map(|(mark, _)| *mark) else { return };
            let Some(gone) = self.tables.remove(&oldest) else { return };
            memory -= gone.memory;
            disk -= gone.disk;
        }
    }
}
