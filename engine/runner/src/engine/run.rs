//! A run: everything is read, checked, executed stage by stage and put in its place together, or nothing is.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

use indexmap::{IndexMap, IndexSet};
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Op, Plan, Planned, Rows, Sink, Sunk};
use pipewright_engine::problem::Problem;
use pipewright_engine::value::Value;

use super::account::{Account, Stage};
use super::check::{Heads, Read, join, plan_heads, plan_surely, read};
use super::checkpoints::Checkpoints;
use super::spool;
use super::stages::{Sorted, Stages, holding, now};
use crate::cli::words;
use crate::commit::{self, Outputs};
use crate::files::Spool;
use crate::host::{Cancel, STDOUT};
use crate::job::{Event, Job, Outcome, Report, StageReport, Written};
use crate::lower;
use crate::sink::To;
use crate::source::{Extent, Opening};
use crate::stage::{End, Executed, Stopped};
use crate::supervise::usual_budget;
use crate::verdict::{self, Judge};
use crate::world::World;

pub(super) fn run(job: &Job, cancel: &Cancel, tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
    let started = Instant::now();
    let Read { mut pipeline, parameters, problems } = read(job)?;
    let cut =
        job.until.as_deref().map(|node| Cut::new(&mut pipeline, node)).transpose().map_err(|problem| vec![problem])?;
    let spool = spool().map_err(|problem| vec![problem])?;
    let heads = plan_surely(job, &pipeline, &parameters, &spool, cancel);
    let mut problems = join(problems, heads.planned.problems.clone());
    if problems.iter().any(Problem::is_error) {
        return Err(problems);
    }
    if cut.is_none() && pipeline.leading_to_files().is_empty() {
        return Err(vec![
            Problem::new("No node of this pipeline writes anything.").try_this("Add one that does, such as WriteCsv."),
        ]);
    }
    let mut targets = Targets::new(job.folder(), &spool, &heads);
    problems.extend(targets.stage_all(&heads.sinks)?.into_iter().map(Problem::note));
    let stop = || cancel.is_cancelled();
    let opening = Opening { base: job.folder(), spool: &spool, extent: Extent::Whole, stop: &stop, tell };
    let now = now();
    let report = Report {
        file: job.file.clone(),
        until: job.until.clone(),
        parameters: parameters.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        now: Value::TimestampZoned(now).to_string(),
        ..Report::default()
    };
    let world = World::new(opening, &job.secrets);
    let mut stages = Stages {
        pipeline: &pipeline,
        parameters,
        now,
        world,
        spool: &spool,
        cancel,
        tell,
        executed: 0,
        memory: job.memory.or_else(usual_budget),
        sorted: Vec::new(),
    };
    let mut account = Account::default();
    let mut checkpoints = Checkpoints::begin(job, &heads, &mut stages, &mut account);
    problems.append(&mut checkpoints.told);
    let mut run = Run { stages, targets, report, account, checkpoints, cut };
    let ended = run.execute().and_then(|()| run.stages.world.unchanged().map_err(Stopped::Failed));
    let Run { stages, targets, mut report, account, .. } = run;
    report.sources =
        stages.world.with_opened(|opened| opened.iter().flat_map(|(_, opened)| opened.reports.clone()).collect());
    report.problems.append(&mut problems);
    report.problems.extend(heads.turned_to_text(&stages.world));
    let ended = ended.and_then(|()| {
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        report.problems.extend(account.broken_laws);
        if report.problems.iter().any(Problem::is_error) {
            return Ok(Vec::new());
        }
        targets.commit().map_err(Stopped::Failed)
    });
    report.nodes = pipeline.nodes.keys().filter_map(|name| account.nodes.get(name).cloned()).collect();
    match ended {
        Ok(written) => {
            report.written = written;
            let failed = report.problems.iter().any(Problem::is_error);
            report.outcome = if failed { Outcome::Failed } else { Outcome::Done };
        }
        Err(Stopped::Cancelled) => report.outcome = Outcome::Cancelled,
        Err(Stopped::Failed(_)) if cancel.is_cancelled() => report.outcome = Outcome::Cancelled,
        Err(Stopped::Failed(problem)) => {
            report.outcome = Outcome::Failed;
            report.problems.push(problem);
        }
    }
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Puts right what a run that was killed has left lying beside its outputs.
pub fn recover(job: &Job) -> Vec<Problem> {
    let Ok(Read { pipeline, parameters, .. }) = read(job) else { return Vec::new() };
    let Ok(spool) = Spool::open() else { return Vec::new() };
    let heads = plan_heads(job, &pipeline, &parameters, &spool, &Cancel::default());
    match commit::recover(&targets_of(&heads.sinks, job.folder())) {
        Ok(done) => done.into_iter().map(Problem::note).collect(),
        Err(problem) => vec![problem],
    }
}

struct Run<'a> {
    stages: Stages<'a>,
    targets: Targets<'a>,
    report: Report,
    account: Account,
    checkpoints: Checkpoints,
    cut: Option<Cut>,
}

impl Run<'_> {
    fn execute(&mut self) -> Result<(), Stopped> {
        loop {
            let mut planned = self.stages.next().map_err(Stopped::Failed)?;
            self.enter_sorted();
            if let Some(cut) = &self.cut {
                planned.leave_rejects_to(&cut.taken);
            }
            self.checkpoints.want(&mut planned.plan);
            if let Some(problem) = planned.problems.iter().find(|problem| problem.is_error()) {
                return Err(Stopped::Failed(problem.clone()));
            }
            let ends = self.ends(&planned)?;
            let nothing_to_do = ends.is_empty() && planned.plan.spools.is_empty();
            if nothing_to_do {
                if planned.waiting.is_empty() {
                    return Ok(());
                }
                let names: Vec<String> = planned.waiting.iter().map(|name| format!("{name:?}")).collect();
                return Err(Stopped::Failed(Problem::new(format!(
                    "These nodes wait for each other: {}.",
                    names.join(", ")
                ))));
            }
            self.stage(&planned, ends)?;
        }
    }

    fn stage(&mut self, planned: &Planned, ends: Vec<End>) -> Result<(), Stopped> {
        let plan = &planned.plan;
        let uses = plan.uses(ends.iter().map(|end| end.rows).chain(plan.spools.iter().map(|kept| kept.rows)));
        let sinks: Vec<PathBuf> = plan.sinks.iter().filter_map(|sunk| self.targets.staged(&sunk.node)).collect();
        let finishing: Vec<To> = ends[..plan.sinks.len()].iter().map(|end| end.to.clone()).collect();
        let executed = match self.stages.execute(planned, ends) {
            Err(stopped) => return Err(self.why(stopped, plan)),
            Ok(executed) => executed,
        };
        for (sunk, to) in plan.sinks.iter().zip(finishing) {
            to.finish(plan.schema(sunk.rows), self.stages.cancel)
                .map_err(|problem| Stopped::Failed(problem.node(&sunk.node)))?;
        }
        let (sunk, others) = executed.ends.split_at(plan.sinks.len());
        for ((sink, ended), staged) in plan.sinks.iter().zip(sunk).zip(sinks) {
            self.targets.wrote(&sink.node, staged, ended.rows);
        }
        let told = plan.tallies.iter().zip(others);
        self.report.problems.extend(told.filter_map(|(tally, ended)| Judge::default().tell(plan, tally, ended)));
        let number = self.stages.executed;
        let world = &self.stages.world;
        let stage = Stage { number, planned, executed: &executed, world };
        self.account.enter(self.stages.pipeline, &stage);
        self.report.stages.push(stage_report(planned, &uses, &executed));
        // Rows above which something is missing would let the next run pass.
        if self.account.broken_laws.is_empty() && !self.report.problems.iter().any(Problem::is_error) {
            self.checkpoints.store(plan, &self.stages, &mut self.report.problems);
        }
        Ok(())
    }

    /// A stage that failed, after what is told of its rows: that goes into the report.
    fn why(&mut self, stopped: Stopped, plan: &Plan) -> Stopped {
        let Stopped::Failed(failure) = name_culprits(stopped, plan) else { return Stopped::Cancelled };
        let Stages { world, cancel, .. } = &self.stages;
        let mut problems = verdict::after(failure, plan, world, cancel, &Judge::default());
        let Some(last) = problems.pop() else { return Stopped::Cancelled };
        self.report.problems.append(&mut problems);
        Stopped::Failed(last)
    }

    /// Enters what was sorted on disk, each as a stage of its own.
    fn enter_sorted(&mut self) {
        for Sorted { node, rows, seconds } in std::mem::take(&mut self.stages.sorted) {
            self.account.sorted(self.stages.pipeline, &node, rows);
            let note = Problem::note("Its rows are more than fit in memory, and were sorted on disk.");
            self.report.problems.push(note.node(&node));
            self.report.stages.push(StageReport { nodes: vec![node], scans: 0, seconds, holding: Vec::new() });
        }
    }

    /// The ends of a stage: first its sinks, then its tallies, then the node that is run to.
    fn ends(&mut self, planned: &Planned) -> Result<Vec<End>, Stopped> {
        let mut ends = Vec::new();
        for sunk in &planned.plan.sinks {
            let path = self.targets.stage(&sunk.node, &sunk.sink).map_err(Stopped::Failed)?;
            let to = To::write(&sunk.sink, path, planned.plan.schema(sunk.rows), self.stages.spool);
            ends.push(End { node: sunk.node.clone(), rows: sunk.rows, to });
        }
        for tally in &planned.plan.tallies {
            ends.push(verdict::end(tally));
        }
        if let Some(cut) = &mut self.cut {
            cut.end(&planned.outputs, &mut ends);
        }
        Ok(ends)
    }
}

/// A run to a node: what that needs and no more.
struct Cut {
    node: String,
    /// In the whole pipeline, something takes the rejected rows of these.
    taken: IndexSet<String>,
    reached: bool,
}

impl Cut {
    fn new(pipeline: &mut Pipeline, node: &str) -> Result<Self, Problem> {
        if !pipeline.nodes.contains_key(node) {
            return Err(Problem::unknown("node", node, pipeline.nodes.keys().map(String::as_str)));
        }
        let taken = pipeline.with_rejects_taken();
        pipeline.keep_upstream_of(node);
        Ok(Self { node: node.to_owned(), taken, reached: false })
    }

    /// Computes the outputs of the node, once they can be: only their rows are counted.
    fn end(&mut self, outputs: &IndexMap<String, Vec<Rows>>, ends: &mut Vec<End>) {
        let Some(outputs) = outputs.get(&self.node).filter(|_| !self.reached) else { return };
        self.reached = true;
        for rows in outputs {
            if !ends.iter().any(|end| end.rows == *rows) {
                ends.push(End { node: self.node.clone(), rows: *rows, to: To::Gather { first: 0 } });
            }
        }
    }
}

/// Adds what the engine does not say: which files were being written to a full disk, and whose inputs are not as long as each other.
pub(crate) fn name_culprits(stopped: Stopped, plan: &Plan) -> Stopped {
    let Stopped::Failed(problem) = stopped else { return stopped };
    match problem.message.as_str() {
        lower::DISK_FULL => Stopped::Failed(full_disk(plan)),
        lower::DISK_FAILS => Stopped::Failed(failing_disk(plan)),
        lower::UNEVEN => {
            let appends = plan.entries.iter().filter(|entry| matches!(entry.op, Op::Append { pad: false }));
            Stopped::Failed(match appends.collect::<Vec<_>>()[..] {
                [only] => problem.node(&only.node).at("lengths"),
                _ => problem,
            })
        }
        _ => Stopped::Failed(problem),
    }
}

fn full_disk(plan: &Plan) -> Problem {
    let problem = Problem::new(format!("The disk is full: there is no room to write {}.", written(plan)))
        .try_this("Make room, or write to another disk; PIPEWRIGHT_TEMP names a folder for temporary files.");
    about_sinks(problem, plan)
}

fn failing_disk(plan: &Plan) -> Problem {
    let read = plan.entries.iter().filter_map(|entry| match &entry.op {
        Op::Read(source) => Some(source.path().to_owned()),
        _ => None,
    });
    let read = read.collect::<Vec<_>>();
    let read = if read.is_empty() { String::new() } else { format!("read {} or to ", words::names(&read)) };
    let problem = Problem::new(format!("The disk failed to {read}write {}.", written(plan)));
    about_sinks(problem.try_this("Look at the health of the disk, and run again with copies on another one."), plan)
}

/// The outputs of a plan by the names of their files.
fn written(plan: &Plan) -> String {
    let files: Vec<String> = plan.sinks.iter().map(|sunk| sunk.sink.path().to_owned()).collect();
    if files.is_empty() { "temporary files".to_owned() } else { words::names(&files) }
}

fn about_sinks(problem: Problem, plan: &Plan) -> Problem {
    match &plan.sinks[..] {
        [only] => problem.node(&only.node),
        _ => problem,
    }
}

fn stage_report(planned: &Planned, uses: &[usize], executed: &Executed) -> StageReport {
    StageReport {
        nodes: super::stages::active(&planned.plan, uses, |_| true),
        scans: executed.scans,
        seconds: executed.seconds,
        holding: holding(&planned.plan, uses),
    }
}

fn targets_of(sinks: &[Sunk], base: &Path) -> Vec<PathBuf> {
    sinks.iter().map(|sunk| base.join(sunk.sink.path())).collect()
}

/// The places of all outputs: files staged beside their targets, or standard output.
struct Targets<'a> {
    base: &'a Path,
    spool: &'a Spool,
    /// What is read must not be written over.
    heads: &'a Heads,
    outputs: Outputs,
    staged: HashMap<String, Staged>,
    /// Where `-` is.
    printed: Option<PathBuf>,
    written: Vec<Written>,
}

struct Staged {
    path: PathBuf,
    target: PathBuf,
}

impl<'a> Targets<'a> {
    fn new(base: &'a Path, spool: &'a Spool, heads: &'a Heads) -> Self {
        let outputs = Outputs::begin();
        Self { base, spool, heads, outputs, staged: HashMap::new(), printed: None, written: Vec::new() }
    }

    /// Finds a place for every output that is known before anything runs, so that what is wrong with one is said at once. Tells
    /// what was put right after runs that died.
    fn stage_all(&mut self, sinks: &[Sunk]) -> Result<Vec<String>, Vec<Problem>> {
        let recovered = commit::recover(&targets_of(sinks, self.base)).map_err(|problem| vec![problem])?;
        let staged = sinks.iter().map(|sunk| self.stage(&sunk.node, &sunk.sink));
        let problems: Vec<Problem> = staged.filter_map(Result::err).collect();
        if problems.is_empty() { Ok(recovered) } else { Err(problems) }
    }

    /// Where to write what will be the output of this node.
    fn stage(&mut self, node: &str, sink: &Sink) -> Result<PathBuf, Problem> {
        if let Some(staged) = self.staged.get(node) {
            return Ok(staged.path.clone());
        }
        let target = if sink.path() == "-" { PathBuf::from("-") } else { self.base.join(sink.path()) };
        let path = self.place(sink, &target).map_err(|problem| problem.at("path").node(node))?;
        self.staged.insert(node.to_owned(), Staged { path: path.clone(), target });
        Ok(path)
    }

    fn place(&mut self, sink: &Sink, target: &Path) -> Result<PathBuf, Problem> {
        if sink.path() == "-" {
            if self.printed.is_some() {
                return Err(Problem::new("Two nodes write to standard output.").try_this("Give one of them a file."));
            }
            return Ok(self.printed.insert(self.spool.fresh("stdout")).clone());
        }
        let path = if To::is_folder(sink) { self.outputs.folder(target) } else { self.outputs.file(target) }?;
        self.outputs.refuse_inputs(&self.heads.files, &self.heads.patterns)?;
        Ok(path)
    }

    fn staged(&self, node: &str) -> Option<PathBuf> {
        self.staged.get(node).map(|staged| staged.path.clone())
    }

    fn wrote(&mut self, node: &str, staged: PathBuf, rows: u64) {
        let target = self.staged.get(node).map_or(staged, |staged| staged.target.clone());
        self.written.push(Written { node: node.to_owned(), path: target, rows, bytes: 0, files: 1 });
    }

    fn commit(self) -> Result<Vec<Written>, Problem> {
        let Self { outputs, printed, mut written, .. } = self;
        // Before the files are in place, so that a failure here leaves them as they were.
        if let Some(printed) = printed {
            let bytes = print(&printed)?;
            for written in written.iter_mut().filter(|written| written.path == Path::new("-")) {
                written.bytes = bytes;
            }
        }
        for done in outputs.commit()? {
            if let Some(written) = written.iter_mut().find(|written| same(&written.path, &done.path)) {
                written.bytes = done.bytes;
                written.files = usize::try_from(done.files).unwrap_or(usize::MAX);
            }
        }
        Ok(written)
    }
}

fn same(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).ok().zip(fs::canonicalize(b).ok()).is_some_and(|(a, b)| a == b)
}

/// Copies what was staged for `-` to the standard output of whoever asked, and says how many bytes it has.
fn print(staged: &Path) -> Result<u64, Problem> {
    let failed = |error: std::io::Error| Problem::new(format!("Standard output can't be written: {error}."));
    let path = std::env::var_os(STDOUT).ok_or_else(|| Problem::new("There is no standard output to write to here."))?;
    let mut from = File::open(staged).map_err(failed)?;
    let mut to = OpenOptions::new().write(true).open(path).map_err(failed)?;
    match std::io::copy(&mut from, &mut to) {
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        copied => copied.map_err(failed),
    }
}
