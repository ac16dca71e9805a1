//! Two ways to the same rows, run in turns: a pipeline, and the same work by other means. Their results are compared before times count.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Job, Outcome};
use polars::prelude::*;

/// How often each is run, after a first time that counts for nothing.
const TURNS: usize = 11;

/// Milliseconds of several works that were run in turns: A B C A B C ….
pub struct Turns(Vec<Vec<f64>>);

impl Turns {
    /// Runs all of them, which have been run once before.
    pub fn of<W: Fn() -> Result<(), String>>(works: &[W]) -> Result<Self, String> {
        let timed = |work: &W| {
            let begun = Instant::now();
            work().map(|()| begun.elapsed().as_secs_f64() * 1e3)
        };
        let turns = (0..TURNS).map(|_| works.iter().map(timed).collect());
        turns.collect::<Result<_, _>>().map(Self)
    }

    pub fn median(&self, work: usize) -> f64 {
        at(self.0.iter().map(|turn| turn[work]), 0.5)
    }

    /// The ratio of two works in the same turn that this share of all turns stay under.
    pub fn ratio(&self, one: usize, other: usize, share: f64) -> f64 {
        at(self.0.iter().map(|turn| turn[one] / turn[other]), share)
    }

    pub fn print(&self, what: &str) {
        let what: String = what.chars().take(62).collect();
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| self.ratio(0, 1, share));
        let [ours, theirs] = [0, 1].map(|work| self.median(work));
        println!("  {what:<62} {ours:>6.0} ms {theirs:>6.0} ms {middle:>6.2}×   {low:.2} to {high:.2}");
    }
}

fn at(numbers: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[((numbers.len() - 1) as f64 * share).round() as usize]
}

pub fn print_head(theirs: &str) {
    println!("  {:<62} {:>9} {:>9} {:>7}   middle half of the ratios", "", "ours", theirs, "ratio");
}

/// Runs both in turns. `outputs` are the files of each that must hold the same rows.
pub fn compare(
    ours: &dyn Fn() -> Result<(), String>,
    theirs: &dyn Fn() -> Result<(), String>,
    outputs: &[(PathBuf, PathBuf)],
) -> Result<Turns, String> {
    ours()?;
    theirs()?;
    outputs.iter().try_for_each(|(ours, theirs)| same(ours, theirs, &[]))?;
    Turns::of(&[ours, theirs])
}

/// The pipeline in this process, as a host runs it.
pub fn run(job: &Job) -> Result<(), String> {
    let report = engine().run(job, &Cancel::default(), &|_| {}).map_err(|problems| format!("{problems:?}"))?;
    match report.outcome {
        Outcome::Done => Ok(()),
        _ => Err(format!("{:?}", report.problems)),
    }
}

/// Writes frames together, as our own files are written: in order, packed, and on the disk when it is done.
pub fn write(frames: Vec<(LazyFrame, PathBuf)>) -> PolarsResult<()> {
    let sunk = |(frame, path): (LazyFrame, PathBuf)| {
        let target = SinkDestination::File { target: SinkTarget::Path(polars_path(&path)) };
        let options = ParquetWriteOptions { compression: ParquetCompression::Zstd(None), ..Default::default() };
        let whole = UnifiedSinkArgs {
            maintain_order: true,
            sync_on_close: polars_io::utils::sync_on_close::SyncOnCloseType::All,
            ..UnifiedSinkArgs::default()
        };
        Ok(frame.sink(target, FileWriteFormat::Parquet(Arc::new(options)), whole)?.logical_plan)
    };
    let plans = frames.into_iter().map(sunk).collect::<PolarsResult<_>>()?;
    LazyFrame::collect_all_with_engine(plans, Engine::Streaming, OptFlags::default()).map(drop)
}

pub fn scan(path: &Path) -> PolarsResult<LazyFrame> {
    LazyFrame::scan_parquet(polars_path(path), ScanArgsParquet::default())
}

fn polars_path(path: &Path) -> PlRefPath {
    PlRefPath::new(path.to_string_lossy())
}

/// Whether two files hold the same rows, in the same order or in that of these columns. Floats may differ in their last digits: sums
/// are made in another order.
pub fn same(ours: &Path, theirs: &Path, order: &[&str]) -> Result<(), String> {
    let read = |path: &Path| {
        let frame = scan(path)?;
        let sorted = SortMultipleOptions::default().with_maintain_order(true);
        if order.is_empty() { frame.collect() } else { frame.sort(order.to_vec(), sorted).collect() }
    };
    let read = |path: &Path| read(path).map_err(|error: PolarsError| format!("{}: {error}", path.display()));
    let (ours, theirs) = (read(ours)?, read(theirs)?);
    let differ = |what: &str| Err(format!("{what} differ:\n{}\n{}", ours.head(Some(3)), theirs.head(Some(3))));
    if ours.get_column_names() != theirs.get_column_names() || ours.height() != theirs.height() {
        return differ(&format!("columns or rows ({} and {})", ours.height(), theirs.height()));
    }
    for (a, b) in ours.columns().iter().zip(theirs.columns()) {
        let equal = match a.dtype() {
            DataType::Float64 => close(a, b).map_err(|error| error.to_string())?,
            kind => kind == b.dtype() && a.equals_missing(b),
        };
        if !equal {
            return differ(&format!("the values of {:?}", a.name()));
        }
    }
    Ok(())
}

fn close(a: &Column, b: &Column) -> PolarsResult<bool> {
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) || a.is_nan() && b.is_nan(),
        (a, b) => a == b,
    };
    Ok(a.f64()?.iter().zip(b.f64()?.iter()).all(|(a, b)| near(a, b)))
}
