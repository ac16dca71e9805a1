//! Faults of our own, contained: a panic becomes a problem that says where it happened.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

use pipewright_engine::problem::Problem;

/// Where the first panic was since the work began: later ones are mostly its echoes on other threads.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// From now on panics are remembered instead of printed.
pub fn record_panics() {
    std::panic::set_hook(Box::new(|info| {
        let mut first = first();
        if first.is_none() {
            *first = describe(info);
        }
    }));
}

/// Does `work`; a panic in it comes back as a problem. What a library says in one is for those who build it: the place is enough to find it.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Problem> {
    first().take();
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let place = first().take().map(|place| format!(" ({place})")).unwrap_or_default();
        Problem::new(format!("Pipewright hit a fault of its own{place}.")).try_this(
            "Please report it, with the pipeline if you can. A damaged file can be the cause; a change to the node it worked on may \
             get around it.",
        )
    })
}

fn first() -> std::sync::MutexGuard<'static, Option<String>> {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner)
}

fn describe(info: &PanicHookInfo) -> Option<String> {
    info.location().map(|place| format!("{}:{}", within_crate(place.file()), place.line()))
}

/// Where a file of a dependency lies on the machine that built the program says nothing to anybody, and neither does the mark of the
/// compiler's own library.
fn within_crate(file: &str) -> &str {
    let below = file.split_once("/registry/src/").map(|(_, rest)| rest).or_else(|| file.strip_prefix("/rustc/"));
    below.and_then(|rest| rest.split_once('/')).map_or(file, |(_, file)| file)
}
