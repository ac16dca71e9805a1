//! What the host keeps for a designer: samples of sources, tables that were computed from them, and what was found out about both.
//!
//! Everything is kept under a mark of all that it depends on, so that an edit computes what lies downstream of it and nothing else.

mod held;
mod mark;
mod pages;
mod part;
mod shown;
mod sources;
mod values;

use std::collections::HashMap;

use parking_lot::Mutex;
use pipewright_engine::problem::Problem;
use pipewright_engine::value::Value;

use self::held::Tables;
use self::mark::Mark;
use self::sources::Sources;
use crate::engine::stages;
use crate::files::Spool;
use crate::host::Cancel;
use crate::show::{Ask, News};

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
        })
    }

    pub(crate) fn show(&self, ask: &Ask, cancel: &Cancel, tell: &dyn Fn(News)) -> News {
        match ask {
            Ask::Show(job, wanted) => shown::show(self, job, wanted, cancel, tell),
            _ => News::Failed(vec![Problem::new("This is not computed.")]),
        }
    }

    pub(crate) fn look(&self, _ask: &Ask) -> News {
        News::Failed(vec![Problem::new("Not yet.")])
    }
}
