//! The side that asks: sends a request, watches the host while it works, and has an answer whatever becomes of it.

use std::time::{Duration, Instant};

use pipewright_engine::problem::Problem;

use super::Cancel;
use super::serve::ended;
use crate::cli::words;
use crate::job::{Event, Outcome, Reply, Request};

/// How often wishes to stop are looked for.
const TICK: Duration = Duration::from_millis(10);
/// How often memory is looked at: a query that fills 2 GB a second is caught 100 MB late.
const LOOK: Duration = Duration::from_millis(50);
/// How long a query may take to stop when asked; ending a process with much memory must fit into the rest of a second.
const GRACE: Duration = Duration::from_millis(600);

/// A way to an engine host: a child process, or anything that acts as one in a test.
pub trait Connection: Send {
    /// A message that can't be delivered is no error here: the end of the host is received soon after.
    fn send(&mut self, request: &Request);
    /// Waits for the next reply, but not longer than `patience`.
    fn receive(&mut self, patience: Duration) -> Received;
    /// Bytes of memory it holds, where that can be known.
    fn memory(&self) -> Option<u64>;
    /// Ends the host at once, whatever it does, and waits for its end.
    fn kill(&mut self);
}

/// One is there at a time.
#[expect(clippy::large_enum_variant)]
pub enum Received {
    Reply(Reply),
    Nothing,
    /// The host has ended by itself; the problem says how.
    Gone(Problem),
}

/// The two ways to end a request before it is done.
#[derive(Clone, Default)]
pub struct Stop {
    /// Let the engine clean up; after a second it is killed anyway.
    pub politely: Cancel,
    pub now: Cancel,
}

/// What to look after while a request is worked on.
pub struct Watch<'a> {
    /// Bytes of memory that the host may use.
    pub budget: Option<u64>,
    pub stop: &'a Stop,
    /// Puts right what a host that was killed has left lying: what it staged. Says what is worth saying of it.
    pub sweep: &'a dyn Fn() -> Vec<Problem>,
    pub tell: &'a mut dyn FnMut(Event),
}

/// Sends a request and waits for its answer.
pub fn ask(connection: &mut dyn Connection, request: &Request, watch: Watch) -> Reply {
    let Watch { budget, stop, sweep, tell } = watch;
    let begun = Instant::now();
    let mut stage = Stage::default();
    let mut out_of_patience_at = None;
    let mut next_look = begun;
    let broken_off = |outcome, mut problems: Vec<Problem>| {
        problems.extend(sweep());
        let Request::Run(job) = request else { return Reply::Failed(problems) };
        let mut reply = ended(job.clone(), outcome, problems);
        if let Reply::Done(report) = &mut reply {
            report.seconds = begun.elapsed().as_secs_f64();
        }
        reply
    };

    connection.send(request);
    loop {
        match connection.receive(TICK) {
            Received::Reply(Reply::Event(event)) => {
                stage.follow(&event);
                tell(event);
            }
            Received::Reply(reply) => return reply,
            Received::Gone(_) if out_of_patience_at.is_some() => return broken_off(Outcome::Cancelled, Vec::new()),
            Received::Gone(problem) => {
                let problem = stage.add_to(problem);
                let problem = match request {
                    Request::Preview(_, wanted) => problem.node(&wanted.node),
                    _ => problem,
                };
                return broken_off(Outcome::Failed, vec![problem]);
            }
            Received::Nothing => {}
        }
        if stop.now.is_cancelled() || out_of_patience_at.is_some_and(|at| Instant::now() > at) {
            connection.kill();
            return broken_off(Outcome::Cancelled, Vec::new());
        }
        if out_of_patience_at.is_none() && stop.politely.is_cancelled() {
            connection.send(&Request::Cancel);
            out_of_patience_at = Some(Instant::now() + GRACE);
        }
        if let Some(budget) = budget
            && Instant::now() >= next_look
        {
            next_look = Instant::now() + LOOK;
            if connection.memory().is_some_and(|used| used > budget) {
                connection.kill();
                return broken_off(Outcome::Failed, vec![stage.out_of_memory(budget, request)]);
            }
        }
    }
}

/// What the host was doing when it was last heard of.
#[derive(Default)]
struct Stage {
    number: usize,
    nodes: Vec<String>,
    holding: Vec<String>,
}

impl Stage {
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Stage { number, nodes, holding } => {
                *self = Self { number: *number, nodes: nodes.clone(), holding: holding.clone() };
            }
            Event::Checking { node, .. } => *self = Self { nodes: vec![node.clone()], ..Self::default() },
            Event::Progress { .. } => {}
        }
    }

    fn out_of_memory(&self, budget: u64, request: &Request) -> Problem {
        let doing = match (self.holding.is_empty(), self.nodes.is_empty()) {
            (false, _) => format!(", with all rows held by {}", words::names(&self.holding)),
            (true, false) => format!(", while working on {}", words::names(&self.nodes)),
            (true, true) => match request {
                Request::Preview(_, wanted) => format!(" to show {:?}", wanted.node),
                _ => String::new(),
            },
        };
        let more = match request {
            Request::Run(_) | Request::Preview(..) => "Give it more with --memory, or drop",
            _ => "Drop",
        };
        let problem = Problem::new(format!("More than {} of memory was needed{doing}.", words::bytes(budget)))
            .try_this(format!("{more} columns and rows before the nodes that hold them all."));
        self.name_in(problem)
    }

    fn add_to(&self, problem: Problem) -> Problem {
        let nodes = &self.nodes;
        self.name_in(match self.number {
            _ if nodes.is_empty() => return problem,
            0 => amid(problem, &format!("while looking at the file of {}", words::names(nodes))),
            number => at_work(problem, number, nodes),
        })
    }

    /// The problem, under the name of the node where only one can have caused it.
    fn name_in(&self, problem: Problem) -> Problem {
        match (self.holding.as_slice(), self.nodes.as_slice()) {
            ([one], _) | ([], [one]) => problem.node(one),
            _ => problem,
        }
    }
}

/// A problem that is met while a stage is executed and does not say by which of its nodes: under its name if there is only one.
pub(crate) fn at_work(problem: Problem, stage: usize, nodes: &[String]) -> Problem {
    let problem = amid(problem, &format!("in stage {stage}, with {} at work", words::names(nodes)));
    match nodes {
        [one] => problem.node(one),
        _ => problem,
    }
}

fn amid(problem: Problem, doing: &str) -> Problem {
    let message = format!("{}, {doing}.", problem.message.trim_end_matches('.'));
    Problem { message, ..problem }
}
