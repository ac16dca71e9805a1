//! The engine host: engine work runs in a child process, so that a crash, a query that does not stop or one that needs too much
//! memory costs a message and never the program that asked.
//!
//! [`serve`] is the child's side, [`ask`] the side of whoever watches it, and frames of JSON go between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pipewright_engine::problem::Problem;

use crate::job::{Event, Job, Preview, Report, Wanted};
use crate::show::{Ask, News};

mod ask;
pub mod fault;
pub mod frame;
pub mod platform;
mod process;
mod serve;

pub(crate) use ask::at_work;
pub use ask::{Connection, Received, Stop, Watch, ask};
pub use process::{Patience, Process, STDIN, STDOUT, TUNING, host_command};
pub use serve::serve;

/// What works on jobs.
///
/// `Err` says that the pipeline or the call is wrong and nothing was done; a run that failed on the way is a [`Report`].
pub trait Engine: Send + Sync {
    fn check(&self, job: &Job) -> Result<Vec<Problem>, Vec<Problem>>;
    fn preview(&self, job: &Job, wanted: &Wanted, cancel: &Cancel) -> Result<Preview, Vec<Problem>>;
    fn run(&self, job: &Job, cancel: &Cancel, tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>>;
    /// A wish of the designer that computes. The last of the news is the answer.
    fn show(&self, ask: &Ask, cancel: &Cancel, tell: &dyn Fn(News)) -> News;
    /// A wish of the designer that is answered at once, also while another is computed.
    fn look(&self, ask: &Ask) -> News;
}

/// A wish to stop, shared by who has it and who works. Everything that runs long asks for it.
#[derive(Clone, Default)]
pub struct Cancel {
    wished: Arc<AtomicBool>,
    /// That of a larger piece of work, of which this is a part.
    of_whole: Option<Box<Self>>,
}

impl Cancel {
    pub fn cancel(&self) {
        self.wished.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.wished.load(Ordering::Relaxed) || self.of_whole.as_ref().is_some_and(|whole| whole.is_cancelled())
    }

    /// For a part of the work, which ends with the whole and can be ended alone.
    pub fn part(&self) -> Self {
        Self { wished: Arc::default(), of_whole: Some(Box::new(self.clone())) }
    }
}
