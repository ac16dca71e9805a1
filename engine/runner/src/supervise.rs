//! What everyone does who has a host work for them: the command line and the designer.

use crate::host::{self, Connection, Stop, Watch, platform};
use crate::job::{Event, Reply, Request};

/// Bytes of memory that a host may use if nobody says otherwise.
pub fn usual_budget() -> Option<u64> {
    platform::memory_in_all().map(|all| all / 4 * 3)
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
    let budget = budget.or_else(usual_budget);
    host::ask(connection, request, Watch { budget, stop, sweep: &sweep, tell })
}
