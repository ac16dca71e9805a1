//! Where an output goes: the real file behind the path asked for, whether it may be written there, and its lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use pipewright_engine::problem::Problem;
use serde::{Deserialize, Serialize};

use super::record::{Staged, mentions, recover};
use crate::disk::{self, Lock};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    File,
    Folder,
}

pub(super) struct Target {
    /// As the pipeline says it.
    pub asked: PathBuf,
    /// Behind all links. The last part may not exist yet.
    pub path: PathBuf,
    pub kind: Kind,
}

/// Finds the real place of an output. Its folder is made if only that one is missing, and is then given back too.
pub(super) fn resolve(asked: &Path, kind: Kind) -> Result<(Target, Option<PathBuf>), Problem> {
    let absolute = std::path::absolute(asked).map_err(|error| cannot("find", asked, &error))?;
    let linked = follow(&absolute.components().collect::<PathBuf>(), asked)?;
    let (Some(folder), Some(name), Some(_)) = (linked.parent(), linked.file_name(), linked.to_str()) else {
        return Err(Problem::new(format!("This is no name for an output: {}.", asked.display()))
            .try_this("Write the path of a file, such as \"out/result.csv\"."));
    };
    let made = make_folder(folder, asked)?;
    let folder = fs::canonicalize(folder).map_err(|error| cannot("find", folder, &error))?;
    let made = made.then(|| folder.clone());
    Ok((Target { asked: asked.to_owned(), path: folder.join(name), kind }, made))
}

/// The lock of a target, after finishing what a dead run may have left there.
pub(super) fn claim(target: &Target) -> Result<Lock, Problem> {
    let lock_path = lock_path(&target.path);
    for _ in 0..3 {
        let Some(lock) = patiently(&lock_path).map_err(|error| cannot("write into", target.folder(), &error))? else {
            return Err(Problem::new(format!("Another run is writing to {}.", target.asked.display()))
                .try_this("Wait until it has finished, then run again."));
        };
        if !mentions(target.folder(), &target.path) {
            return Ok(lock);
        }
        drop(lock);
        recover(std::slice::from_ref(&target.path))?;
    }
    Err(Problem::new(format!("Other runs keep writing to {}.", target.asked.display()))
        .try_this("Wait until they have finished, then run again."))
}

/// The lock beside a target. Its name does not grow with the target's, which may be as long as names can be.
pub(super) fn lock_path(target: &Path) -> PathBuf {
    target.with_file_name(format!(".pipewright-{}.lock", key(target)))
}

/// Somebody who sweeps holds a lock for a moment only.
pub(super) fn patiently(lock: &Path) -> io::Result<Option<Lock>> {
    for _ in 0..20 {
        if let Some(lock) = Lock::claim(lock)? {
            return Ok(Some(lock));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(None)
}

/// A short form of a target's name (FNV-1a, the same in every version of this program).
pub(super) fn key(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", name.iter().fold(0xcbf2_9ce4_8422_2325, mix))
}

pub(super) fn cannot(what: &str, path: &Path, error: &io::Error) -> Problem {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Problem::new(format!("There is no permission to {what} {path}."))
                .try_this("Write to a folder of your own, or ask its owner.")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Problem::new(format!("The disk is full: cannot {what} {path}.")).try_this("Free some space on it.")
        }
        _ => Problem::new(format!("Cannot {what} {path}: {error}.")),
    }
}

impl Target {
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Whether what is there now may be replaced by what will come.
    pub fn check(&self) -> Result<(), Problem> {
        let asked = self.asked.display();
        let Ok(data) = fs::symlink_metadata(&self.path) else { return Ok(()) };
        match self.kind {
            Kind::File if data.is_dir() => {
                Err(Problem::new(format!("A file is to be written, but there is a folder of this name: {asked}."))
                    .try_this("Name a file within the folder, or another file."))
            }
            Kind::File if !data.is_file() => {
                Err(Problem::new(format!("This is a device or a pipe, not a file: {asked}."))
                    .try_this("Write to a file."))
            }
            Kind::File if data.permissions().readonly() => {
                Err(Problem::new(format!("This file is protected against writing: {asked}."))
                    .try_this("Remove the protection, or write to another file."))
            }
            Kind::Folder if !data.is_dir() => {
                Err(Problem::new(format!("A folder is to be written, but there is a file of this name: {asked}."))
                    .try_this("Remove the file, or name another folder."))
            }
            Kind::Folder => match foreign(&self.path).map_err(|error| cannot("look into", &self.asked, &error))? {
                None => Ok(()),
                Some(file) => Err(Problem::new(format!(
                    "This folder would be replaced as a whole, but it also holds {file:?}: {asked}."
                ))
                .try_this("Name a new folder, or move that file away if it is not needed.")),
            },
            Kind::File => Ok(()),
        }
    }

    /// The place beside the target where it is written. It keeps the ending, by which some writers go.
    pub fn staged(&self, run: &str) -> Staged {
        let ending = self.path.extension().and_then(|ending| ending.to_str()).filter(|ending| ending.len() <= 16);
        let ending = match (self.kind, ending) {
            (Kind::Folder, _) => ".new".to_owned(),
            (Kind::File, Some(ending)) => format!(".{ending}"),
            (Kind::File, None) => String::new(),
        };
        let staged = format!(".pipewright-{}-{run}{ending}", key(&self.path));
        Staged { target: self.path.clone(), staged, kind: self.kind }
    }
}

/// The file behind a link, so that the link stays and what it leads to is replaced.
fn follow(path: &Path, asked: &Path) -> Result<PathBuf, Problem> {
    disk::follow(path).ok_or_else(|| {
        Problem::new(format!("This link leads round in a circle: {}.", asked.display()))
            .try_this("Remove the link, or write to another file.")
    })
}

fn make_folder(folder: &Path, asked: &Path) -> Result<bool, Problem> {
    if folder.is_dir() {
        return Ok(false);
    }
    let parent_exists = folder.parent().is_some_and(Path::is_dir);
    if !parent_exists || fs::symlink_metadata(folder).is_ok() {
        return Err(Problem::new(format!("There is no folder to write {} into.", asked.display()))
            .try_this(format!("Create the folder {}.", folder.display())));
    }
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(cannot("create the folder", folder, &error)),
    }
}

/// A file in a folder that was written, with the names of the others: those named after values look like anyone's.
const LIST: &str = ".pipewright";

/// Writes down what a folder holds that is about to be put in its place, where that is not told by the names.
pub(super) fn list_files(folder: &Path) -> io::Result<()> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names = names.collect::<io::Result<Vec<String>>>()?;
    if names.iter().all(|name| is_part(name) || name.contains('=')) {
        return Ok(());
    }
    fs::write(folder.join(LIST), names.join("\n"))
}

/// The first thing in a folder that a partitioned output would not have put there. Replacing a folder deletes what it
/// holds, so only folders named `column=value`, files named as parts (digits, hexadecimal ones too), and those that an earlier run has
/// written down are.
fn foreign(folder: &Path) -> io::Result<Option<String>> {
    let listed = fs::read_to_string(folder.join(LIST)).unwrap_or_default();
    let is_ours = |name: &str| is_part(name) || name == LIST || listed.lines().any(|line| line == name);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && name.contains('=') {
            if let Some(inner) = foreign(&entry.path())? {
                return Ok(Some(format!("{name}/{inner}")));
            }
        } else if !kind.is_file() || !is_ours(&name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn is_part(name: &str) -> bool {
    let Some((stem, "parquet" | "csv")) = name.split_once('.') else { return false };
    let number = stem.strip_prefix("part-").unwrap_or(stem);
    !number.is_empty() && number.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}
