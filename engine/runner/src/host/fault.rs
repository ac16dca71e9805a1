//! Faults of the engine itself, contained: a panic becomes a problem that says where it happened.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

use pipewright_engine::problem::Problem;

/// The first panic since the work began: later ones are mostly its echoes on other threads.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// From now on panics are remembered instead of printed.
pub fn record_panics() {
    std::panic::set_hook(Box::new(|info| {
        first().get_or_insert_with(|| describe(info));
    }));
}

/// Does `work`; a panic in it comes back as a problem.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Problem> {
    first().take();
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let fault = first().take().unwrap_or_else(|| message_of(payload.as_ref()).to_owned());
        Problem::new(format!("The engine hit a fault of its own: {fault}.")).try_this(
            "Please report it, with the pipeline if you can. A damaged file can be the cause; a change to the node it worked on may \
             get around it.",
        )
    })
}

fn first() -> std::sync::MutexGuard<'static, Option<String>> {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner)
}

fn describe(info: &PanicHookInfo) -> String {
    let message = message_of(info.payload()).trim_end_matches('.');
    match info.location() {
        Some(location) => format!("{message} ({}:{})", within_crate(location.file()), location.line()),
        None => message.to_owned(),
    }
}

/// Where a file of a dependency lies on the machine that built the program says nothing to anybody, and neither does the mark of the
/// compiler's own library.
fn within_crate(file: &str) -> &str {
    let below = file.split_once("/registry/src/").map(|(_, rest)| rest).or_else(|| file.strip_prefix("/rustc/"));
    below.and_then(|rest| rest.split_once('/')).map_or(file, |(_, file)| file)
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return text;
    }
    payload.downcast_ref::<String>().map_or("no message", String::as_str)
}
