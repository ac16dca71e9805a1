//! What everyone does who has a host work for them: the command line and the designer.

use crate::host::{self, Connection, Stop, Watch, platform};
use crate::job::{Event, Reply, Request};

/// Bytes of memory that a host may use if nobody says otherwise.
pub fn usual_budget() -> Option<u64> {
    platform::memory_in_all().map(|all| all / 4 * 3)
}

/// A sample has the first rows of each source: what needs more than that for them is no table to look at, but made to fill the memory, or a
/// row of gigabytes.
const SAMPLE_BUDGET: u64 = 2_000_000_000;

/// Bytes of memory that a request may use if nobody says otherwise.
fn budget_of(request: &Request) -> Option<u64> {
    let usual = usual_budget();
    match request {
        Request::Preview(_, wanted) if !wanted.exact => usual.map(|usual| usual.min(SAMPLE_BUDGET)),
        _ => usual,
    }
}

/// Has a host work on a request, within its budget. What a run that was killed has left lying is swept.
pub fn ask(
    connection: &mut dyn Connection,
    request: &Request,
    budget: Option<u64>,
    stop: &Stop,
    tell: &mut dyn FnMut(Event),
) -> Reply {
    let sweep = || match request {
        Request::Run(job) => crate::engine::recover(job),
        _ => Vec::new(),
    };
    let budget = budget.or_else(|| budget_of(request));
    host::ask(connection, request, Watch { budget, stop, sweep: &sweep, tell })
}
