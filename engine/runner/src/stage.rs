//! One execution: every end of a plan together, each source read once, rows counted, and stopped when asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pipewright_engine::plan::{Op, Plan, Rows};
use pipewright_engine::problem::Problem;
use polars::prelude::*;
use polars_plan::plans::{DataFrameUdf, FunctionIR, IR, IRPlan};
use polars_stream::StreamingQuery;
use polars_utils::arena::Node;

use crate::host::Cancel;
use crate::lower::{self, Lowered, Tables};
use crate::sink::To;
use crate::watch::{CANCELLED, Counter, barrier, guard};

/// Rows, and where they go.
pub struct End {
    pub node: String,
    pub rows: Rows,
    pub to: To,
}

/// What came of an end.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    pub rows: u64,
    /// The first of them, where that was asked for.
    pub first: Option<DataFrame>,
}

pub struct Executed {
    pub ends: Vec<Ended>,
    /// Rows that came out of an entry of the plan, where they were counted.
    pub counted: HashMap<Rows, u64>,
    pub scans: usize,
    pub seconds: f64,
}

pub enum Stopped {
    Cancelled,
    Failed(Problem),
}

/// Runs a plan to these ends. `progress` is told now and then how many rows the sources have given.
pub fn execute(
    plan: &Plan,
    ends: &[End],
    tables: &dyn Tables,
    cancel: &Cancel,
    progress: &dyn Fn(u64),
) -> Result<Executed, Stopped> {
    let needed = plan.uses(ends.iter().map(|end| end.rows));
    let caught = ends.iter().filter(|end| matches!(end.to, To::Catch) && counts_keys(plan, end.rows));
    let promised: Vec<&str> = caught.map(|end| end.node.as_str()).collect();
    let (whole, cancel) = (cancel, &cancel.part());
    let lowered = lower::lower(plan, &needed, &promised, tables, cancel).map_err(Stopped::Failed)?;
    let read = Counter::default();
    let started = Instant::now();
    let (ended, scans) = std::thread::scope(|scope| {
        let (working, ended) = mpsc::channel::<()>();
        let work = || {
            let _until_done = working;
            let Query { plan: mut lowest, ends, scans } = Query::build(plan, &lowered, ends, cancel, &read)?;
            StreamingQuery::build(lowest.lp_top, &mut lowest.lp_arena, &mut lowest.expr_arena)?.execute()?;
            Ok((ends, scans))
        };
        // A plain thread with room for deep plans: queries must not start from the threads of the engine's own pools.
        let running = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work);
        let running =
            running.map_err(|error| Stopped::Failed(Problem::new(format!("No thread could be started: {error}."))))?;
        while ended.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
            progress(read.get());
        }
        match running.join() {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(stopped(&error, whole)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    // A sort, say, does not notice: what was asked to stop must not be taken for done.
    if whole.is_cancelled() {
        return Err(Stopped::Cancelled);
    }
    progress(read.get());
    let ended = ended.into_iter().map(|(rows, first)| Ended { rows: rows.get(), first: first.and_then(first_rows) });
    Ok(Executed {
        ends: ended.collect(),
        counted: lowered.counters.iter().map(|(rows, counter)| (*rows, counter.get())).collect(),
        scans,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Frames gathered by a callback.
type Gathered = Arc<Mutex<Vec<DataFrame>>>;

struct Query {
    plan: IRPlan,
    ends: Vec<(Counter, Option<Gathered>)>,
    scans: usize,
}

impl Query {
    fn build(plan: &Plan, lowered: &Lowered, ends: &[End], cancel: &Cancel, read: &Counter) -> PolarsResult<Self> {
        let mut inputs = Vec::new();
        let mut counters = Vec::new();
        for (at, end) in ends.iter().enumerate() {
            let Some(frame) = lowered.frame(end.rows) else { continue };
            let counter = Counter::default();
            let frame = end.to.prepare(frame.clone(), plan.schema(end.rows));
            let frame = barrier(&frame, &format!("end {at}"), guard(counter.clone(), cancel.clone()));
            let (sunk, gathered) = match end.to {
                To::Gather { first } | To::Tell { first } => {
                    let (sunk, gathered) = gather(frame, first)?;
                    (sunk, Some(gathered))
                }
                To::Catch => {
                    let caught = barrier(&frame, &format!("catch {at}"), catch(cancel.clone()));
                    (gather(caught, 0)?.0, None)
                }
                _ => (end.to.sink(frame)?, None),
            };
            inputs.push(sunk.logical_plan);
            counters.push((counter, gathered));
        }
        let all = polars_plan::dsl::DslPlan::SinkMultiple { inputs };
        let mut plan =
            LazyFrame::from_logical_plan(all, OptFlags::default() | OptFlags::STREAMING).to_alp_optimized()?;
        let scans = guard_scans(&mut plan, cancel, read);
        Ok(Self { plan, ends: counters, scans })
    }
}

/// Whether rows are keys that occur too often, and not others that were promised not to be.
fn counts_keys(plan: &Plan, rows: Rows) -> bool {
    let entry = plan.entry(rows);
    match (&entry.op, entry.inputs.first()) {
        (Op::GroupBy { .. }, _) => true,
        (Op::Filter { .. } | Op::Select(_), Some(input)) => counts_keys(plan, *input),
        _ => false,
    }
}

/// Ends everything with the first row.
fn catch(cancel: Cancel) -> impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static {
    move |frame: DataFrame| {
        if frame.height() > 0 {
            // Other branches, which would go on to their end, see it here.
            cancel.cancel();
            polars_bail!(ComputeError: "{}", lower::PROMISE);
        }
        Ok(frame)
    }
}

/// The first rows in memory, all of them counted by the barrier before.
fn gather(frame: LazyFrame, first: usize) -> PolarsResult<(LazyFrame, Gathered)> {
    let gathered = Gathered::default();
    let into = gathered.clone();
    let look = move |frame: DataFrame| {
        let mut frames = into.lock();
        let have: usize = frames.iter().map(DataFrame::height).sum();
        // The first frame is kept even when it is empty: it has the columns.
        if have < first || frames.is_empty() {
            frames.push(frame.head(Some(first - have.min(first))));
        }
        Ok(false)
    };
    Ok((frame.sink_batches(PlanCallback::new(look), true, None)?, gathered))
}

fn first_rows(gathered: Gathered) -> Option<DataFrame> {
    let mut frames = std::mem::take(&mut *gathered.lock()).into_iter();
    let mut all = frames.next()?;
    for frame in frames {
        all.vstack_mut(&frame).ok()?;
    }
    Some(all)
}

/// Puts a guard above every scan, and says how many there are.
///
/// After optimisation, so that filters and projections have reached the scan already and nothing is lost.
fn guard_scans(plan: &mut IRPlan, cancel: &Cancel, read: &Counter) -> usize {
    let mut seen = HashSet::new();
    let mut caches = HashSet::new();
    let mut left = vec![plan.lp_top];
    let mut scans: Vec<Node> = Vec::new();
    while let Some(node) = left.pop() {
        if !seen.insert(node) {
            continue;
        }
        match plan.lp_arena.get(node) {
            IR::Scan { .. } => scans.push(node),
            IR::Cache { id, .. } if !caches.insert(*id) => continue,
            _ => {}
        }
        let mut inputs: Vec<Node> = Vec::new();
        plan.lp_arena.get(node).copy_inputs(&mut inputs);
        left.extend(inputs);
    }
    for (at, scan) in scans.iter().enumerate() {
        let input = plan.lp_arena.add(plan.lp_arena.get(*scan).clone());
        let look = guard(read.clone(), cancel.clone());
        let function = FunctionIR::Opaque {
            function: Arc::new(look) as Arc<dyn DataFrameUdf>,
            schema: None,
            predicate_pd: false,
            projection_pd: false,
            streamable: true,
            fmt_str: format!("scan {at}").into(),
        };
        plan.lp_arena.replace(*scan, IR::MapFunction { input, function });
    }
    scans.len()
}

fn stopped(error: &PolarsError, whole: &Cancel) -> Stopped {
    if error.to_string().contains(CANCELLED) {
        return match whole.is_cancelled() {
            true => Stopped::Cancelled,
            // Nothing else ends a part of the work.
            false => Stopped::Failed(Problem::new(lower::PROMISE)),
        };
    }
    Stopped::Failed(lower::problem("", error))
}
