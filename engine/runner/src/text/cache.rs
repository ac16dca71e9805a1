//! Verdicts kept between runs, so that a file that has not changed is checked once.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::UNIX_EPOCH;

use pipewright_engine::problem::Problem;
use serde::{Deserialize, Serialize};

use super::{Layout, Stop, Verdict, check, unreadable};

/// Raised when a verdict means something else than before.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Kept {
    fingerprint: String,
    layout: Layout,
    verdict: Verdict,
}

/// [`check`], unless the verdict of this very file and layout is in `folder`. The second answer is whether it was.
pub fn check_cached(
    folder: Option<&Path>,
    path: &Path,
    layout: &Layout,
    stop: Stop,
) -> Result<(Verdict, bool), Problem> {
    let before = fingerprint(path)?;
    let Some(folder) = folder else { return Ok((check(path, layout, stop)?, false)) };
    let mut hasher = DefaultHasher::new();
    (&before, serde_json::to_string(layout).unwrap_or_default()).hash(&mut hasher);
    let file = folder.join(format!("{:016x}.json", hasher.finish()));
    let kept = fs::read(&file).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
    if let Some(kept) = kept.filter(|kept| kept.fingerprint == before && kept.layout == *layout) {
        return Ok((kept.verdict, true));
    }
    let verdict = check(path, layout, stop)?;
    // A file that changed while it was read has no verdict worth keeping.
    if fingerprint(path)? == before {
        keep(&file, &Kept { fingerprint: before, layout: layout.clone(), verdict: verdict.clone() });
    }
    Ok((verdict, false))
}

/// Identifies the contents of a file without reading it: its place, size, times of change and identity on disk. The time that programs
/// can set back, as unpacking and `cp -p` do, is not enough.
pub fn fingerprint(path: &Path) -> Result<String, Problem> {
    let place = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    let facts = fs::metadata(&place).map_err(|error| unreadable(path, &error))?;
    let changed = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let identity = identity(&facts);
    Ok(format!("{VERSION} {} {} {identity:?} {}", facts.len(), changed.as_nanos(), place.display()))
}

#[cfg(unix)]
fn identity(facts: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (facts.ino(), facts.ctime(), facts.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> [u64; 0] {
    []
}

/// Keeping is a convenience: a full disk or a folder that can't be made only means checking again.
fn keep(file: &Path, kept: &Kept) {
    let Ok(text) = serde_json::to_vec(kept) else { return };
    file.parent().map(fs::create_dir_all);
    let staged = file.with_extension(format!("{}.tmp", std::process::id()));
    if fs::write(&staged, text).and_then(|()| fs::rename(&staged, file)).is_err() {
        fs::remove_file(&staged).ok();
    }
}
