//! Samples of sources, kept as long as their files stay as they are.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pipewright_engine::plan::Source;
use pipewright_engine::problem::Problem;
use polars::prelude::{DataFrame, LazyFrame};

use crate::engine::preview::SAMPLE;
use crate::files::{Located, Spool};
use crate::host::Cancel;
use crate::host::fault::contain;
use crate::lower;
use crate::mark::Mark;
use crate::show::Found;
use crate::source::{self, Opened, Opening, Total, decimals, thousands};

/// By what is asked: the parameters of a node that reads, and the folder that its path is relative to.
#[derive(Default)]
pub(super) struct Sources(HashMap<Mark, Known>);

struct Known {
    stamp: Vec<String>,
    sample: Result<Arc<Sample>, Problem>,
}

/// What a sample has of a source.
pub(super) struct Sample {
    pub(super) found: Found,
    pub(super) rows: DataFrame,
    pub(super) rejected: DataFrame,
    pub(super) drift: DataFrame,
    /// Of the source and its files as they are.
    pub(super) mark: Mark,
    asked: Mark,
}

impl Sample {
    /// Records that were read.
    pub(super) fn read(&self) -> u64 {
        (self.rows.height() + self.rejected.height()) as u64
    }
}

impl Sources {
    /// The sample of a source, read if its files are not as they were.
    pub(super) fn sample(
        &mut self,
        node: &str,
        source: &Source,
        base: &Path,
        spool: &Spool,
        cancel: &Cancel,
    ) -> Result<Arc<Sample>, Problem> {
        let stop = || cancel.is_cancelled();
        let opening = Opening { base, spool, extent: SAMPLE, stop: &stop, tell: &|_| {} };
        let stamp = opening.stamp(source)?;
        let asked = Mark::of(&(source, base));
        if let Some(known) = self.0.get(&asked).filter(|known| known.stamp == stamp) {
            return known.sample.clone();
        }
        let mark = Mark::of(&(asked, &stamp));
        let sample = opening.open(node, source).and_then(|opened| take(source, opened, asked, mark)).map(Arc::new);
        if !cancel.is_cancelled() {
            self.0.insert(asked, Known { stamp, sample: sample.clone() });
        }
        sample
    }

    /// Forgets all samples but these.
    pub(super) fn keep<'a>(&mut self, samples: impl Iterator<Item = &'a Arc<Sample>>) {
        let kept: HashSet<Mark> = samples.map(|sample| sample.asked).collect();
        self.0.retain(|asked, known| known.sample.is_err() || kept.contains(asked));
    }
}

fn take(source: &Source, opened: Opened, asked: Mark, mark: Mark) -> Result<Sample, Problem> {
    let (records, estimated) = match opened.total {
        Total::Unknown => (None, true),
        Total::About(records) => (Some(records), true),
        Total::Exactly(records) => (Some(records), false),
    };
    let drift = collect(opened.drift().map_err(|error| lower::problem("", &error))?)?;
    let rows = rows(&opened)?;
    let mut noticed = opened.noticed;
    if let Source::Csv(csv) = source {
        noticed.extend(decimals(&rows));
        noticed.extend(thousands(csv, &rows));
    }
    let found = Found {
        schema: opened.schema,
        rejects: opened.rejects,
        bytes: bytes(&opened.files),
        records,
        estimated,
        whole: opened.whole,
        read_as: opened.read_as,
        noticed,
    };
    Ok(Sample { found, rows, rejected: collect(opened.rejected)?, drift, mark, asked })
}

/// The first rows. What goes wrong there is mostly a file that can't be read: which column of which is looked for.
fn rows(opened: &Opened) -> Result<DataFrame, Problem> {
    let failed = match contain(|| collect(opened.frame.clone())) {
        Ok(Ok(rows)) => return Ok(rows),
        Ok(Err(problem)) if !problem.message.starts_with(lower::UNFORESEEN) => return Err(problem),
        Ok(Err(problem)) | Err(problem) => problem,
    };
    Err(source::culprit(opened, &|| false).unwrap_or(failed))
}

fn collect(frame: LazyFrame) -> Result<DataFrame, Problem> {
    let mut rows = frame.collect().map_err(|error| lower::problem("", &error))?;
    rows.rechunk_mut();
    Ok(rows)
}

/// Bytes on the user's disk. Several members may come out of one archive.
fn bytes(files: &[Located]) -> u64 {
    let origins: HashSet<&PathBuf> = files.iter().map(|file| &file.origin).collect();
    origins.into_iter().filter_map(|origin| fs::metadata(origin).ok()).map(|data| data.len()).sum()
}
