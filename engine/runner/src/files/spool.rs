//! A private folder for one run, where what is not a plain file becomes one.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use pipewright_engine::problem::Problem;

use super::Located;
use super::unpack::{Counted, Failed, Meter, copy};
use crate::disk::{Lock, private_folder};

const PREFIX: &str = "pipewright-spool-";
const LOCK: &str = "lock";

/// A folder that only this user can read and that is removed with the `Spool`. It lives in `PIPEWRIGHT_TEMP`, else where
/// the system keeps temporary files. If the process dies the folder stays, and the next spool sweeps it.
pub struct Spool {
    folder: PathBuf,
    _lock: Lock,
    names: AtomicU64,
    stdin: Mutex<Option<Stdin>>,
    unpacked: Mutex<HashMap<Asked, Vec<Located>>>,
}

/// What was asked of a file, and which file it was: one that changes is unpacked anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub origin: PathBuf,
    pub size: u64,
    pub modified: Option<SystemTime>,
    pub member: Option<String>,
    pub limit: Option<u64>,
}

struct Stdin {
    reader: Box<dyn Read + Send>,
    local: PathBuf,
    bytes: u64,
    ended: bool,
}

impl Spool {
    pub fn open() -> Result<Self, Problem> {
        Self::open_in(&std::env::var_os("PIPEWRIGHT_TEMP").map_or_else(std::env::temp_dir, PathBuf::from))
    }

    pub fn open_in(temp: &Path) -> Result<Self, Problem> {
        sweep(temp);
        let (folder, lock) = claim(temp).map_err(|error| {
            Problem::new(format!("No temporary folder can be made in {}: {error}.", temp.display()))
                .try_this("Set PIPEWRIGHT_TEMP to a folder that you can write to.")
        })?;
        Ok(Self { folder, _lock: lock, names: AtomicU64::new(0), stdin: Mutex::default(), unpacked: Mutex::default() })
    }

    /// Says where `-` reads from. Without it there is no standard input: in a host it carries the host's own messages.
    pub fn with_stdin(mut self, reader: impl Read + Send + 'static) -> Self {
        let stdin = Stdin { reader: Box::new(reader), local: self.fresh("stdin"), bytes: 0, ended: false };
        self.stdin = Mutex::new(Some(stdin));
        self
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in this folder that nothing else has, ending in (a tame form of) the given file name.
    pub fn fresh(&self, name: &str) -> PathBuf {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let tame = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
        let skip = name.chars().count().saturating_sub(80);
        self.folder.join(format!("{number:04}-{}", name.chars().skip(skip).map(tame).collect::<String>()))
    }

    /// Standard input as a file, read to its end or until `limit` bytes are there. It is read once, however many ask.
    pub(super) fn stdin(&self, limit: Option<u64>, stop: &dyn Fn() -> bool) -> Result<Located, Problem> {
        let mut stdin = locked(&self.stdin);
        let Some(stdin) = stdin.as_mut() else {
            return Err(Problem::new("\"-\" means standard input, and there is none here.")
                .try_this("Name a file, or pipe the data into `pipewright run`."));
        };
        if !stdin.ended && limit.is_none_or(|limit| stdin.bytes < limit) {
            let meter = Meter::new(stop);
            let missing = limit.map(|limit| limit - stdin.bytes);
            let mut reader = Counted { inner: &mut stdin.reader, meter: &meter };
            let copied = copy(&mut reader, &stdin.local, missing, &meter);
            stdin.bytes = fs::metadata(&stdin.local).map_or(0, |data| data.len());
            stdin.ended = copied.map(|copied| copied.whole).map_err(|failed| match failed {
                Failed::Read(error) => meter.problem("standard input", &error),
                Failed::Write(error) => self.unwritable("standard input", &error),
            })?;
        }
        Ok(Located {
            shown: "-".to_owned(),
            local: stdin.local.clone(),
            origin: stdin.local.clone(),
            bytes: stdin.bytes,
            spooled: true,
            whole: stdin.ended,
        })
    }

    /// The files that `asked` was unpacked to, or those that `unpack` makes now. One at a time: two nodes that want
    /// the same file must not unpack it twice.
    pub(super) fn once(
        &self,
        asked: Asked,
        unpack: impl FnOnce() -> Result<Vec<Located>, Problem>,
    ) -> Result<Vec<Located>, Problem> {
        let mut unpacked = locked(&self.unpacked);
        if let Some(files) = unpacked.get(&asked).or_else(|| unpacked.get(&Asked { limit: None, ..asked.clone() })) {
            return Ok(files.clone());
        }
        let files = unpack()?;
        unpacked.insert(asked, files.clone());
        Ok(files)
    }

    /// Why nothing more could be written here.
    pub(super) fn unwritable(&self, what: &str, error: &io::Error) -> Problem {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let why = if full { "the disk is full".to_owned() } else { error.to_string() };
        Problem::new(format!("A temporary copy of {what} cannot be written, {why}: {}.", self.folder.display()))
            .try_this("Free some space there, or set PIPEWRIGHT_TEMP to a folder on a larger disk.")
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new folder and its lock. A sweep of another process may take a folder in the moment before it is locked.
fn claim(temp: &Path) -> io::Result<(PathBuf, Lock)> {
    loop {
        let folder = private_folder(temp, PREFIX)?;
        match Lock::claim(&folder.join(LOCK)) {
            Ok(Some(lock)) => return Ok((folder, lock)),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}

/// Removes the folders of spools whose process is gone. What cannot be removed is somebody else's.
fn sweep(temp: &Path) {
    let Ok(entries) = fs::read_dir(temp) else { return };
    for entry in entries.flatten() {
        let is_spool = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_spool || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let lock = entry.path().join(LOCK);
        let dead = match File::open(&lock) {
            Ok(_) => Lock::claim(&lock).ok().flatten(),
            Err(_) if old(&entry.path()) => None,
            Err(_) => continue,
        };
        if dead.is_some() || !lock.exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder without a lock has been so for too long to be one that is just being made.
fn old(folder: &Path) -> bool {
    let age = fs::metadata(folder).and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(3600))
}

/// The last part of a path or member name, for the name of its copy.
pub(super) fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(OsStr::to_str).unwrap_or("file")
}
