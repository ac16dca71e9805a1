//! Pipeline files as they lie on disk.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use pipewright_engine::problem::{Problem, nearest};

use super::SetArgs;
use crate::job::Job;

/// Longer files are no pipelines that anyone made.
const LONGEST: u64 = 16 << 20;

pub(super) fn read_job(file: PathBuf, set: SetArgs) -> Result<Job, Problem> {
    let text = read_text(&file)?;
    let (set, secrets) = set.values()?;
    Ok(Job { file, text, set, secrets, exact: false, until: None, memory: None })
}

/// The text of a file that should be a pipeline, with a clear word where it can't be one.
pub fn read_text(file: &Path) -> Result<String, Problem> {
    let meta = fs::metadata(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => missing(file),
        _ => Problem::new(format!("{file:?} can't be read: {error}.")),
    })?;
    if meta.is_dir() {
        let problem = Problem::new(format!("{file:?} is a folder, not a pipeline file."));
        return Err(match pipelines_in(file).first() {
            Some(name) => problem.try_this(format!("Did you mean {:?}?", file.join(name))),
            None => problem.try_this("Name a file that ends in .pipe.ron."),
        });
    }
    if meta.len() > LONGEST {
        return Err(Problem::new(format!("{file:?} is too large for a pipeline."))
            .try_this("Name the pipeline, a file that ends in .pipe.ron, not its data."));
    }
    let bytes = fs::read(file).map_err(|error| Problem::new(format!("{file:?} can't be read: {error}.")))?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Problem::new(format!("Line {} of {file:?} is not UTF-8 text.", line + 1)).try_this("Save the file as UTF-8.")
    })
}

fn missing(file: &Path) -> Problem {
    let problem = Problem::new(format!("There is no file {file:?}."));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return problem.try_this(format!("There is no folder {folder:?} either."));
    }
    let names = pipelines_in(folder);
    let wanted = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
    // Compared without their endings, which are alike in all of them and may be forgotten.
    let near = nearest(bare(wanted), names.iter().map(|name| bare(name)));
    match near.and_then(|near| names.iter().find(|name| bare(name) == near)) {
        Some(name) => problem.try_this(format!("Did you mean {:?}?", file.with_file_name(name))),
        None => problem.try_this("Give the path of a file that ends in .pipe.ron."),
    }
}

fn bare(name: &str) -> &str {
    name.trim_end_matches(".ron").trim_end_matches(".pipe")
}

fn pipelines_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".pipe.ron")).collect();
    names.sort();
    names
}
