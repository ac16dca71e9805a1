//! What the host keeps for a designer: samples of sources, tables that were computed from them, and what was found out about both.
//!
//! Everything is kept under a mark of all that it depends on, so that an edit computes what lies downstream of it and nothing else.

mod exact;
mod held;
mod pages;
mod part;
mod profile;
mod rows;
mod shown;
mod sniff;
mod sources;
mod values;
mod views;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use pipewright_engine::problem::Problem;
use pipewright_engine::value::Value;

use self::held::{Held, Tables};
use self::sources::Sources;
use crate::engine::stages;
use crate::files::Spool;
use crate::host::Cancel;
use crate::mark::Mark;
use crate::show::{Ask, News};

/// Answers and verdicts that are kept, of each kind.
const REMEMBERED: usize = 10_000;

pub(crate) struct Session {
    /// The one instant that `now()` gives: rows that depend on it would never be the same again.
    now: i64,
    spool: Spool,
    sources: Mutex<Sources>,
    tables: Tables,
    /// Different values of a column of a table.
    answers: Mutex<HashMap<(Mark, String), Vec<Value>>>,
    /// What was wrong when a node was computed; nothing where all was well.
    verdicts: Mutex<HashMap<Mark, Vec<Problem>>>,
    /// Those of nodes of which there are no rows for it.
    without_rows: Mutex<HashMap<Mark, ()>>,
}

impl Session {
    pub(crate) fn open() -> Result<Self, Problem> {
        Ok(Self {
            now: stages::now(),
            spool: Spool::open()?,
            sources: Mutex::default(),
            tables: Tables::default(),
            answers: Mutex::default(),
            verdicts: Mutex::default(),
            without_rows: Mutex::default(),
        })
    }

    /// What computes.
    pub(crate) fn show(&self, ask: &Ask, cancel: &Cancel, tell: &dyn Fn(News)) -> News {
        match ask {
            Ask::Show(job, wanted) => shown::show(self, job, wanted, cancel, tell),
            Ask::Exact(job, node) => exact::exact(self, job, node, cancel, tell),
            ask => self.look(ask),
        }
    }

    /// What can be answered at once.
    pub(crate) fn look(&self, ask: &Ask) -> News {
        let answer = match ask {
            Ask::Page(page) => self.held(&page.table).and_then(|table| pages::page(&table, page)).map(News::Page),
            Ask::Profile { table: id, column } => {
                self.held(id).and_then(|table| profile::profile(&table, id, *column)).map(News::Profile)
            }
            Ask::Cell { table, row, column } => {
                self.held(table).and_then(|table| pages::cell(&table, *row, *column)).map(News::Cell)
            }
            Ask::Sniff { job, path } => sniff::sniff(path, job.folder(), &self.spool).map(News::Sniffed),
            Ask::Show(..) | Ask::Exact(..) | Ask::Stop => Err(Problem::new("This can't be answered at once.")),
        };
        answer.unwrap_or_else(|problem| News::Failed(vec![problem]))
    }

    fn held(&self, id: &str) -> Result<Arc<Held>, Problem> {
        let held = Mark::read(id).and_then(|mark| self.tables.get(mark));
        held.ok_or_else(|| Problem::new("These rows are not held any more.").try_this("Look at the node again."))
    }
}

fn remember<K: Eq + Hash, V>(known: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut known = known.lock();
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}
