//! Rows kept for later runs: taken from their folder where nothing above them has changed, and put there as soon as a stage has
//! computed them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::{IndexMap, IndexSet};
use pipewright_engine::plan::{self, Kept, Op, Plan, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::check::Heads;
use super::stages::Stages;
use crate::cli::words;
use crate::disk;
use crate::job::Job;
use crate::mark::Mark;
use crate::source::{Extent, Opening};

/// Those of a pipeline that a run must compute.
#[derive(Default)]
pub(super) struct Checkpoints {
    open: IndexMap<String, (Place, Mark)>,
    /// What is told of those that were found.
    pub(super) told: Vec<Problem>,
}

/// What lies beside kept rows.
#[derive(Serialize, Deserialize)]
struct Record {
    /// The mark of everything that the rows depend on.
    key: String,
    bytes: u64,
    rows: u64,
    schema: Schema,
    /// The instant of the run that computed them, in microseconds of UTC.
    at: i64,
    /// What that run said of the nodes above.
    problems: Vec<Problem>,
}

impl Checkpoints {
    /// Takes what earlier runs have kept into `stages`, which then leave out what only leads there.
    pub(super) fn begin(job: &Job, heads: &Heads, stages: &mut Stages, account: &mut Account) -> Self {
        let mut checkpoints = Self::default();
        let (mut found, mut needless) = (IndexSet::new(), IndexSet::new());
        // The last ones first: where they are found, those above them are not needed.
        for plan::Checkpoint { node, folder, hours, .. } in heads.checkpoints.iter().rev() {
            if needless.contains(node) {
                continue;
            }
            // Where a file can't be looked at, reading it tells why.
            let Some(key) = key(job, node, &heads.planned.plan, stages) else { continue };
            let place = Place::new(job.folder().join(&folder.0), node);
            let Some((record, path)) = place.take(key, *hours, stages) else {
                stages.world.cut_at(node, 0);
                checkpoints.open.insert(node.clone(), (place, key));
                continue;
            };
            found.insert(node.clone());
            needless = stages.pipeline.made_needless_by(&found);
            account.reuse(stages.pipeline, node, record.rows);
            checkpoints.tell(node, &record, &needless);
            stages.world.keep(node, 0, path, record.rows, record.schema);
        }
        stages.world.finish(needless.into_iter());
        checkpoints
    }

    /// That rows are used again, and what was said of the nodes that are not run for that.
    fn tell(&mut self, node: &str, record: &Record, needless: &IndexSet<String>) {
        let rows = words::count(record.rows, "row");
        let (were, are) = if record.rows == 1 { ("was", "is") } else { ("were", "are") };
        let at = Value::TimestampZoned(record.at - record.at % 1_000_000);
        let note = Problem::note(format!("The {rows} that {were} kept at {at} {are} used again."));
        let of_needless = |problem: &&Problem| problem.node.as_ref().is_some_and(|node| needless.contains(node));
        self.told.push(note.node(node));
        self.told.extend(record.problems.iter().filter(of_needless).cloned());
    }

    /// Rows are kept also where nothing below waits for them.
    pub(super) fn want(&self, plan: &mut Plan) {
        for plan::Checkpoint { node, rows, .. } in &plan.checkpoints {
            if self.open.contains_key(node) && !plan.spools.iter().any(|kept| kept.node == *node) {
                plan.spools.push(Kept { node: node.clone(), output: 0, rows: *rows });
            }
        }
    }

    /// Puts what a stage has kept into its folder. `problems` are those of the run so far.
    pub(super) fn store(&mut self, plan: &Plan, stages: &Stages, problems: &mut Vec<Problem>) {
        for kept in &plan.spools {
            let Some((path, rows)) = stages.world.file_of(&kept.node, kept.output) else { continue };
            let Some((place, key)) = self.open.shift_remove(&kept.node) else { continue };
            let mut above = stages.pipeline.clone();
            above.keep_upstream_of(&kept.node);
            let of_it = |problem: &&Problem| problem.node.as_ref().is_some_and(|node| above.nodes.contains_key(node));
            let record = Record {
                key: key.id(),
                bytes: fs::metadata(path).map_or(0, |data| data.len()),
                rows,
                schema: plan.schema(kept.rows).clone(),
                at: stages.now,
                problems: problems.iter().filter(of_it).cloned().collect(),
            };
            if let Err(error) = place.put(key, &record, path) {
                let message = format!("The rows can't be kept in {}: {error}.", place.folder.display());
                let problem = Problem::warning(message).try_this("The next run computes them again.");
                problems.push(problem.at("folder").node(&kept.node));
            }
        }
    }
}

/// The mark of all that the rows of a node depend on; nothing if that can't be told now.
fn key(job: &Job, node: &str, plan: &Plan, stages: &Stages) -> Option<Mark> {
    let mut above = stages.pipeline.clone();
    above.keep_upstream_of(node);
    let from = above.nodes.shift_remove(node)?.from;
    let opening =
        Opening { base: job.folder(), spool: stages.spool, extent: Extent::Whole, stop: &|| false, tell: &|_| {} };
    let sources: Vec<(&str, &Source)> = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.op {
            Op::Read(source) if above.nodes.contains_key(&entry.node) => Some((entry.node.as_str(), source)),
            _ => None,
        })
        .collect();
    // Standard input is never the same again.
    let once = sources.iter().any(|(_, source)| source.path() == "-").then_some(stages.now);
    let above = Mark::of_pipeline(&above, &stages.parameters, &job.secrets, sources, &opening).ok()?;
    Some(Mark::of(&(node, from, above, once)))
}

/// Where the rows of a node are kept.
struct Place {
    folder: PathBuf,
    /// How the names of its files begin.
    name: String,
}

/// A copy that nobody finished and nobody has written to for so long is swept.
const ABANDONED: Duration = Duration::from_secs(3600);

impl Place {
    fn new(folder: PathBuf, node: &str) -> Self {
        let tame = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { '_' };
        let mut name: String = node.chars().take(60).map(tame).collect();
        if name != node {
            // Two nodes whose names differ in other characters have files of their own.
            name = format!("{name}-{}", &Mark::of(&node).id()[..8]);
        }
        Self { folder, name }
    }

    fn record(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    fn rows(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}-{key}.parquet", self.name))
    }

    /// The rows kept under this key, under a name of this run's own: another run may put others in their place.
    fn take(&self, key: Mark, hours: Option<u64>, stages: &Stages) -> Option<(Record, PathBuf)> {
        let record: Record = serde_json::from_slice(&fs::read(self.record()).ok()?).ok()?;
        let age = u64::try_from(stages.now.checked_sub(record.at)?).ok()?;
        let expired = hours.is_some_and(|hours| age > hours.saturating_mul(3_600_000_000));
        if record.key != key.id() || expired {
            return None;
        }
        let path = stages.spool.fresh("checkpoint.parquet");
        disk::link_or_copy(&self.rows(&record.key), &path).ok()?;
        (fs::metadata(&path).ok()?.len() == record.bytes).then_some((record, path))
    }

    /// Keeps rows: first they, then the record that leads to them, so that whoever finds a record finds its rows.
    fn put(&self, key: Mark, record: &Record, rows: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let place = self.rows(&key.id());
        disk::put(rows, &place)?;
        disk::replace(&self.record(), &serde_json::to_vec_pretty(record)?)?;
        self.sweep(&place);
        Ok(())
    }

    /// Removes the rows of other keys, and what runs that died have left.
    fn sweep(&self, but: &Path) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Some(name) = name.to_str() else { continue };
            let is_key = |text: &str| text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit());
            let key = name.strip_prefix(&format!("{}-", self.name)).and_then(|rest| rest.strip_suffix(".parquet"));
            let is_older = key.is_some_and(is_key) && path != but;
            let age = || entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
            let is_copy = name.starts_with(&format!(".{}", self.name)) && name.ends_with(".tmp");
            if is_older || is_copy && age().is_some_and(|age| age > ABANDONED) {
                fs::remove_file(path).ok();
            }
        }
    }
}
