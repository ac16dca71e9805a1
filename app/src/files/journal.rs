//! What is being worked on, kept on disk while it is not saved: whatever ends the program, at most the last edit is lost.
//!
//! Each window has a file of its own in the state folder, and beside it a lock that the system lets go of when the program ends.
//! A journal without a holder of its lock was left behind, and can be restored. It is a pipeline with one line above it that says
//! where it belongs.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;
use pipewright_runner::disk::{self, Lock};
use serde::{Deserialize, Serialize};

use super::worker::{Answer, Slot};
use super::{Worker, fingerprint};
use crate::document::Document;

/// While somebody types or drags.
const PACE: Duration = Duration::from_millis(200);

const ENDING: &str = "journal";
const MARK: &str = "// Not saved yet: ";

#[derive(Default, Serialize, Deserialize)]
struct Header {
    path: Option<OsString>,
    /// The fingerprint of the text that was edited.
    base: Option<u64>,
}

/// The journal of this window.
pub struct Journal {
    file: PathBuf,
    _lock: Lock,
    noted: Option<Noted>,
}

/// What was last told.
struct Noted {
    pipeline: Arc<Pipeline>,
    saved: Arc<Pipeline>,
    settled: bool,
}

impl Journal {
    /// Takes a file of its own in the folder, which is made for the eyes of this user only.
    pub fn begin(folder: &Path) -> Result<Self, Problem> {
        let begin = || -> io::Result<Self> {
            private(folder)?;
            let mut number = 0;
            loop {
                let name = format!("{}-{number}", std::process::id());
                let lock = folder.join(&name).with_extension("lock");
                let file = folder.join(&name).with_extension(ENDING);
                // A journal that another program of this number left behind is not ours to write over.
                match Lock::claim(&lock)? {
                    Some(lock) if !file.exists() => return Ok(Self { file, _lock: lock, noted: None }),
                    _ => number += 1,
                }
            }
        };
        begin().map_err(|error| {
            Problem::warning(format!("Unsaved changes can't be kept in {folder:?}: {error}."))
                .try_this("Save often, or set PIPEWRIGHT_STATE to a folder that you can write to.")
        })
    }

    /// Told once a frame. `settled` where nobody is in the middle of something: then it is written at once.
    pub fn note(&mut self, document: &Document, settled: bool, worker: &Worker) {
        let known = self.noted.as_ref().is_some_and(|noted| {
            let same = Arc::ptr_eq(&noted.pipeline, &document.pipeline) && Arc::ptr_eq(&noted.saved, &document.saved);
            same && (noted.settled || !settled)
        });
        if known {
            return;
        }
        let slot = Slot::Journal(self.file.clone());
        let (pipeline, saved) = (Arc::clone(&document.pipeline), Arc::clone(&document.saved));
        self.noted = Some(Noted { pipeline, saved, settled });
        if !document.is_changed() {
            worker.never(slot);
            let file = self.file.clone();
            return worker.now(move |_| removed(&file).err().map(|error| Answer::Trouble(not_kept(&file, &error))));
        }
        let (file, path, pipeline) = (self.file.clone(), document.path.clone(), Arc::clone(&document.pipeline));
        worker.later(slot, if settled { Duration::ZERO } else { PACE }, move |known| {
            let base = path.as_deref().and_then(|path| known.fingerprint(path));
            let header = Header { path: path.map(PathBuf::into_os_string), base };
            written(&file, &header, &pipeline).err().map(|error| Answer::Trouble(not_kept(&file, &error)))
        });
    }

    /// For a program that ends well: there is nothing to restore.
    pub fn end(self, worker: &Worker) {
        worker.never(Slot::Journal(self.file.clone()));
        worker.now(move |_| {
            removed(&self.file).ok();
            None
        });
    }
}

fn private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn written(file: &Path, header: &Header, pipeline: &Pipeline) -> io::Result<()> {
    let header = ron::to_string(header).map_err(io::Error::other)?;
    disk::replace_quickly(file, format!("{MARK}{header}\n{}", file::write(pipeline)).as_bytes())
}

fn removed(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn not_kept(file: &Path, error: &io::Error) -> Problem {
    Problem::warning(format!("Unsaved changes can't be kept in {file:?}: {error}."))
        .try_this("Save the pipeline: they would be lost if the program ended now.")
}

/// What a program left behind that did not end well. It is this window's to offer as long as this is held.
pub struct Restorable {
    /// The name of the file, for people.
    pub name: String,
    /// None for a pipeline that was never saved.
    pub path: Option<PathBuf>,
    /// Of the last edit.
    pub when: SystemTime,
    /// The file was changed since by somebody else: restored and saved, that would be lost.
    pub differs: bool,
    pub pipeline: Pipeline,
    /// What the file holds now.
    on_disk: Pipeline,
    base: Option<u64>,
    file: PathBuf,
    _lock: Lock,
}

impl Restorable {
    pub(super) fn base(&self) -> Option<u64> {
        self.base
    }

    pub(super) fn document(&self) -> Document {
        let mut document = Document::new(self.pipeline.clone(), self.path.clone());
        document.saved = Arc::new(self.on_disk.clone());
        document
    }

    pub(super) fn discard(self) -> Result<(), Problem> {
        removed(&self.file).map_err(|error| {
            Problem::warning(format!("The unsaved changes in {:?} can't be removed: {error}.", self.file))
                .try_this("Remove that file by hand.")
        })
    }
}

/// Journals that nobody holds any more, the latest first.
pub fn restorable(folder: &Path) -> Vec<Restorable> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING);
    let (journals, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(is_journal);
    others.iter().for_each(|path| sweep(path));
    let mut found: Vec<Restorable> = journals.into_iter().filter_map(left_behind).collect();
    found.sort_by_key(|restorable| std::cmp::Reverse(restorable.when));
    found
}

/// Removes what a program leaves that is killed: its lock, and the half of a journal that it was writing.
fn sweep(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(owner) = name.trim_start_matches('.').split('.').next() else { return };
    // Dropping the lock removes it.
    let lock = Lock::claim(&path.with_file_name(owner).with_extension("lock"));
    if let Ok(Some(_lock)) = lock {
        removed(path).ok();
    }
}

fn left_behind(file: PathBuf) -> Option<Restorable> {
    let lock = Lock::claim(&file.with_extension("lock")).ok()??;
    let when = fs::metadata(&file).and_then(|data| data.modified()).unwrap_or_else(|_| SystemTime::now());
    let text = fs::read_to_string(&file).ok()?;
    let (header, text) = text.strip_prefix(MARK)?.split_once('\n')?;
    let header: Header = ron::from_str(header).ok()?;
    let (pipeline, _) = file::read(text).ok()?;
    let path = header.path.map(PathBuf::from);
    let there = path.as_deref().and_then(|path| fs::read_to_string(path).ok());
    let differs = header.base.is_some() && there.as_ref().map(|there| fingerprint(there.as_bytes())) != header.base;
    let on_disk = there.and_then(|there| Some(file::read(&there).ok()?.0)).unwrap_or_default();
    // As text: places of problems in the file differ without meaning anything.
    if file::write(&on_disk) == text {
        removed(&file).ok();
        return None;
    }
    let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    Some(Restorable {
        name: name.unwrap_or_else(|| "Untitled".to_owned()),
        base: header.base,
        path,
        when,
        differs,
        pipeline,
        on_disk,
        file,
        _lock: lock,
    })
}
