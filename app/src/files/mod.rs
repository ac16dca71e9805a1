//! Documents on disk: opened, saved, kept in a journal while they are worked on, watched, exported.
//!
//! The functions here wait for the disk. The window has a [`Worker`] call them, so that no frame does.

pub mod browser;
pub mod dialogs;
pub mod export;
pub mod folders;
pub mod journal;
pub mod known;
pub mod watch;
pub mod worker;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;
use pipewright_runner::cli::source::read_text;
use pipewright_runner::disk;

use crate::document::Document;

pub use export::{Summary, export, quoted, run_command};
pub use journal::{Journal, Restorable};
pub use watch::{Change, Watch};
pub use worker::{Answer, Worker};

/// How the name of a pipeline's file ends.
pub const ENDING: &str = "pipe.ron";

/// What is to become of a file that is saved over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nothing in it may be lost that this program can't write: some comments, and what a newer version means.
    Lossless,
    /// It was chosen to be replaced: Save as.
    Anything,
}

/// Reads a pipeline. Nodes that can't be read are kept as they are, with their problems beside the document.
pub fn open(path: &Path) -> Result<(Document, Vec<Problem>), Vec<Problem>> {
    let (document, problems, _) = open_text(path)?;
    Ok((document, problems))
}

/// With the file's text: what it was when it was read.
fn open_text(path: &Path) -> Result<(Document, Vec<Problem>, String), Vec<Problem>> {
    let text = read(path).map_err(|problem| vec![problem])?;
    let (pipeline, problems) = file::read(&text).map_err(|problems| {
        let unreadable = Problem::new(format!("{path:?} can't be read as a pipeline."))
            .try_this("Correct it in a text editor, or open another file.");
        [vec![unreadable], problems].concat()
    })?;
    // A relative path would mean another file once the working folder changes.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok((Document::new(pipeline, Some(path)), problems, text))
}

fn read(path: &Path) -> Result<String, Problem> {
    let odd = fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir());
    if odd {
        return Err(Problem::new(format!("{path:?} is a device or a pipe, not a file."))
            .try_this("Open a file that ends in .pipe.ron."));
    }
    read_text(path)
}

/// Writes a pipeline to its file, whole or not at all.
pub fn save(pipeline: &Pipeline, path: &Path, over: Over) -> Result<(), Problem> {
    write(&file::write(pipeline), path, over)
}

fn write(text: &str, path: &Path, over: Over) -> Result<(), Problem> {
    if over == Over::Lossless {
        check_nothing_lost(path)?;
    }
    disk::replace(path, text.as_bytes()).map_err(|error| cannot_save(path, &error))
}

/// Looks at what is on disk, not at what is in memory: after "Save as" there is nothing left to lose, whatever is undone.
fn check_nothing_lost(path: &Path) -> Result<(), Problem> {
    let Ok(text) = read(path) else { return Ok(()) };
    let Ok((there, _)) = file::read(&text) else { return Ok(()) };
    let Err(losses) = file::check_lossless(&there) else { return Ok(()) };
    let first = losses.first().map(|loss| loss.message.clone()).unwrap_or_default();
    let more = match losses.len() {
        0 | 1 => String::new(),
        n => format!(" There are {} more reasons.", n - 1),
    };
    Err(Problem::new(format!("Saving over {path:?} would lose something. {first}{more}"))
        .try_this("Save it as another file: this one stays as it is."))
}

fn cannot_save(path: &Path, error: &io::Error) -> Problem {
    let problem = Problem::new(format!("{path:?} can't be saved: {error}."));
    let folder = path.parent().unwrap_or(Path::new("."));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            problem.try_this("Make room on that disk, or save it elsewhere; the file is as it was.")
        }
        io::ErrorKind::NotFound => problem.try_this(format!("Create the folder {folder:?}, or save it elsewhere.")),
        _ => problem.try_this("Save it as a file in a folder that you may write to; the file is as it was."),
    }
}

/// Tells two texts apart.
pub fn fingerprint(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
