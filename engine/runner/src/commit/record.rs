//! The record of a commit, by which a run that died between two renames is finished by the next one.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pipewright_engine::problem::Problem;
use serde::{Deserialize, Serialize};

use super::target::{Kind, cannot, key, lock_path, patiently};
use crate::disk::{Lock, sync_folder};

const PREFIX: &str = ".pipewright-";
const RECORD: &str = ".pipewright-commit-";

/// One output on its way: a name in the folder of its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Staged {
    pub target: PathBuf,
    pub staged: String,
    pub kind: Kind,
}

impl Staged {
    pub fn path(&self) -> PathBuf {
        self.target.with_file_name(&self.staged)
    }

    /// Where the folder that this one replaces waits to be removed.
    fn replaced(&self) -> PathBuf {
        self.target.with_file_name(format!("{}.old", self.staged))
    }

    pub fn move_aside(&self) -> Result<(), Problem> {
        if self.kind == Kind::File || !self.path().exists() || !self.target.exists() {
            return Ok(());
        }
        fs::rename(&self.target, self.replaced()).map_err(|error| unfinished(&self.target, &error))
    }

    pub fn rename(&self) -> Result<(), Problem> {
        match fs::rename(self.path(), &self.target) {
            // It has its name already, from before the process died.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.path().exists() => Ok(()),
            renamed => renamed.map_err(|error| unfinished(&self.target, &error)),
        }
    }

    pub fn discard(&self) {
        remove(&self.path());
    }

    /// A record is believed only if it moves what this program staged: a file within its own folder.
    fn is_sound(&self) -> bool {
        let ours = format!("{PREFIX}{}-", key(&self.target));
        self.target.is_absolute() && self.staged.starts_with(&ours) && !self.staged.contains(['/', '\\'])
    }
}

/// What is written down before the first rename. It lies in the folder of the first output; in the folders of the others
/// lies a file of the same name that says where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    run: String,
    outputs: Vec<Staged>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Note {
    Record(Record),
    Pointer { record: PathBuf, targets: Vec<PathBuf> },
}

impl Note {
    /// The record itself, or the one pointed at if it is there.
    fn record(self) -> Option<Record> {
        match self {
            Note::Record(record) => Some(record),
            Note::Pointer { record, .. } => match read(&record)? {
                Note::Record(record) => Some(record),
                Note::Pointer { .. } => None,
            },
        }
    }
}

impl Record {
    pub fn new(run: &str, outputs: Vec<Staged>) -> Self {
        Self { run: run.to_owned(), outputs }
    }

    pub fn point(&self) -> Result<(), Problem> {
        let (Some(record), folders) = (self.path(), self.folders()) else { return Ok(()) };
        for folder in folders.iter().filter(|folder| record.parent() != Some(folder)) {
            let targets = self.outputs.iter().map(|output| output.target.clone()).collect();
            self.save(folder, &Note::Pointer { record: record.clone(), targets })?;
        }
        Ok(())
    }

    pub fn write(&self) -> Result<(), Problem> {
        let Some(record) = self.path() else { return Ok(()) };
        self.save(record.parent().unwrap_or(&record), &Note::Record(self.clone()))
    }

    pub fn settle(&self) -> Result<(), Problem> {
        for folder in self.folders() {
            sync_folder(&folder).map_err(|error| unfinished(&folder, &error))?;
        }
        self.outputs.iter().filter(|output| output.kind == Kind::Folder).for_each(|output| remove(&output.replaced()));
        Ok(())
    }

    /// Deletes the record first: a pointer without a record says nothing, a record without pointers might be missed.
    pub fn forget(&self) -> Result<(), Problem> {
        let Some(record) = self.path() else { return Ok(()) };
        fs::remove_file(&record).map_err(|error| unfinished(&record, &error))?;
        sync_folder(record.parent().unwrap_or(&record)).map_err(|error| unfinished(&record, &error))?;
        self.withdraw();
        Ok(())
    }

    /// Takes back the pointers of a commit that has not been recorded, or has been finished.
    pub fn withdraw(&self) {
        for folder in self.folders() {
            remove(&folder.join(self.name()));
            remove(&folder.join(self.draft(&folder)));
        }
    }

    fn roll_forward(&self) -> Result<(), Problem> {
        for output in &self.outputs {
            output.move_aside()?;
            output.rename()?;
        }
        self.settle()?;
        self.forget()
    }

    /// A file appears under its name only when it is whole, so a half-written record is never read.
    fn save(&self, folder: &Path, note: &Note) -> Result<(), Problem> {
        let save = || {
            let draft = folder.join(self.draft(folder));
            let mut file = File::create(&draft)?;
            file.write_all(&serde_json::to_vec_pretty(note)?)?;
            file.sync_all()?;
            fs::rename(&draft, folder.join(self.name()))?;
            sync_folder(folder)
        };
        save().map_err(|error| cannot("write into", folder, &error))
    }

    fn path(&self) -> Option<PathBuf> {
        Some(self.outputs.first()?.target.with_file_name(self.name()))
    }

    fn name(&self) -> String {
        format!("{RECORD}{}", self.run)
    }

    /// Named after an output of the folder, so that it is swept with what was staged for that one.
    fn draft(&self, folder: &Path) -> String {
        let output = self.outputs.iter().find(|output| output.target.parent() == Some(folder));
        format!("{PREFIX}{}-{}.draft", key(output.map_or(folder, |output| &output.target)), self.run)
    }

    fn folders(&self) -> BTreeSet<PathBuf> {
        self.outputs.iter().filter_map(|output| output.target.parent().map(Path::to_owned)).collect()
    }
}

/// Cleans up in the folders of these targets after runs that died: finishes what was recorded, removes what was not. Says
/// what it did, one sentence each.
pub fn recover(targets: &[PathBuf]) -> Result<Vec<String>, Problem> {
    let folders: BTreeSet<PathBuf> =
        targets.iter().filter_map(|target| fs::canonicalize(real(target).parent()?).ok()).collect();
    let mut done = Vec::new();
    for folder in &folders {
        for path in notes(folder) {
            done.extend(finish(&path)?);
        }
        done.extend(sweep(folder));
    }
    Ok(done)
}

/// Whether a commit that was recorded but not finished has to do with this target.
pub(super) fn mentions(folder: &Path, target: &Path) -> bool {
    let concerns = |record: &Record| record.outputs.iter().any(|output| output.target == target);
    notes(folder).iter().any(|path| match read(path) {
        Some(note) => note.record().is_some_and(|record| concerns(&record)),
        None => false,
    })
}

fn finish(path: &Path) -> Result<Option<String>, Problem> {
    let record_path = match read(path) {
        Some(Note::Record(_)) => path.to_owned(),
        Some(Note::Pointer { record, .. }) => record,
        None if path.exists() => return Err(unreadable(path)),
        None => return Ok(None),
    };
    let Some(Note::Record(record)) = read(&record_path) else { return drop_pointer(path, &record_path) };
    if !record.outputs.iter().all(Staged::is_sound) || record.path().is_none_or(|path| path != record_path) {
        return Err(unreadable(&record_path));
    }
    let Some(_locks) = owner_is_dead(record.outputs.iter().map(|output| &*output.target))? else { return Ok(None) };
    // Its owner may have finished while the locks were being claimed.
    if !record_path.exists() {
        return Ok(None);
    }
    record.roll_forward()?;
    let names: Vec<String> = record.outputs.iter().map(|output| output.target.display().to_string()).collect();
    Ok(Some(format!("Finished the outputs of an earlier run that was interrupted: {}.", names.join(", "))))
}

/// A pointer without a record is of a run that did not get as far, or that has finished; or the disk with the record is
/// away, and then nothing may be concluded.
fn drop_pointer(pointer: &Path, record: &Path) -> Result<Option<String>, Problem> {
    if record.exists() {
        return Err(unreadable(record));
    }
    if !record.parent().is_some_and(Path::is_dir) {
        return Err(Problem::new(format!(
            "An earlier run was interrupted, and whether it succeeded is written in a folder that is not there: {}.",
            record.display()
        ))
        .try_this(format!("Bring that folder back, or, to forget that run, delete {}.", pointer.display())));
    }
    Ok(None)
}

/// Removes what dead runs staged: whatever has the key of a target whose lock can be had.
fn sweep(folder: &Path) -> Option<String> {
    let mut swept = 0;
    let keys: BTreeSet<String> = ours(folder).iter().filter_map(|name| staged_key(name)).collect();
    for key in keys {
        let Ok(Some(_lock)) = Lock::claim(&folder.join(format!("{PREFIX}{key}.lock"))) else { continue };
        // Looked at again under the lock: a run that has just ended may have committed or recorded these.
        let recorded = recorded(folder);
        for name in ours(folder) {
            if staged_key(&name).is_some_and(|other| other == key)
                && !name.ends_with(".lock")
                && !recorded.contains(&name)
            {
                remove(&folder.join(name));
                swept += 1;
            }
        }
    }
    for pointer in notes(folder) {
        sweep_pointer(&pointer);
    }
    let files = if swept == 1 { "file" } else { "files" };
    (swept > 0)
        .then(|| format!("Removed {swept} temporary {files} that an interrupted run had left in {}.", folder.display()))
}

/// Removes a pointer to a record that was never written, or is deleted.
fn sweep_pointer(pointer: &Path) {
    let Some(Note::Pointer { record, targets }) = read(pointer) else { return };
    let Ok(Some(_locks)) = owner_is_dead(targets.iter().map(|target| &**target)) else { return };
    if !record.exists() {
        remove(pointer);
    }
}

/// The locks of all outputs of a run, which nobody else can have while that run lives.
fn owner_is_dead<'a>(targets: impl Iterator<Item = &'a Path>) -> Result<Option<Vec<Lock>>, Problem> {
    let claim = |target| patiently(&lock_path(target)).map_err(|error| cannot("write beside", target, &error));
    targets.map(claim).collect()
}

/// The staged names of this folder that an unfinished record lists.
fn recorded(folder: &Path) -> BTreeSet<String> {
    let records = notes(folder).into_iter().filter_map(|path| read(&path)?.record());
    let outputs = records.flat_map(|record| record.outputs).filter(|output| output.target.parent() == Some(folder));
    outputs.flat_map(|output| [format!("{}.old", output.staged), output.staged]).collect()
}

/// `.pipewright-KEY-RUN.csv` and `.pipewright-KEY.lock` have the key of their target.
fn staged_key(name: &str) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?.get(..16)?;
    let after = name.as_bytes().get(PREFIX.len() + 16);
    let is_key = key.chars().all(|c| c.is_ascii_hexdigit()) && matches!(after, Some(b'-' | b'.'));
    is_key.then(|| key.to_owned())
}

fn notes(folder: &Path) -> Vec<PathBuf> {
    ours(folder).into_iter().filter(|name| name.starts_with(RECORD)).map(|name| folder.join(name)).collect()
}

fn ours(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(PREFIX)).collect();
    names.sort();
    names
}

fn read(path: &Path) -> Option<Note> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// The target behind a link, as far as there is one.
fn real(target: &Path) -> PathBuf {
    let target = if target.parent() == Some(Path::new("")) { Path::new(".").join(target) } else { target.to_owned() };
    fs::canonicalize(&target).unwrap_or(target)
}

fn unfinished(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("The outputs are complete but could not all be put in place: {error}, at {}.", path.display()))
        .try_this("Remove what is in the way and run again; the next run finishes this first.")
}

fn unreadable(path: &Path) -> Problem {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    Problem::new(format!("The record of an earlier run, {name}, cannot be understood: {}.", path.display()))
        .try_this("Delete it if no run is going on; its outputs then have to be made again.")
}
