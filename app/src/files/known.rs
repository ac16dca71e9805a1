//! What files hold, as far as this program knows: what it read or wrote itself is no news.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Holds {
    /// The fingerprint of its text when it was last read or written here.
    now: Option<u64>,
    /// Of what is being written: the file may hold this already.
    soon: Option<u64>,
    /// It was chosen to be replaced, with whatever is lost by that.
    given_up: bool,
}

/// Shared by those who write files and those who watch them.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<HashMap<PathBuf, Holds>>>);

impl Known {
    pub fn read(&self, path: &Path, fingerprint: u64) {
        *self.lock().entry(path.to_owned()).or_default() =
            Holds { now: Some(fingerprint), soon: None, given_up: false };
    }

    /// Told before the first byte is written.
    pub fn begin(&self, path: &Path, fingerprint: u64) {
        self.lock().entry(path.to_owned()).or_default().soon = Some(fingerprint);
    }

    pub fn end(&self, path: &Path, written: bool) {
        let mut files = self.lock();
        let Some(holds) = files.get_mut(path) else { return };
        match holds.soon.take() {
            Some(fingerprint) if written => holds.now = Some(fingerprint),
            _ => {}
        }
    }

    /// Of what a file held when it was last read or written here.
    pub fn fingerprint(&self, path: &Path) -> Option<u64> {
        self.lock().get(path)?.now
    }

    pub fn give_up(&self, path: &Path) {
        self.lock().entry(path.to_owned()).or_default().given_up = true;
    }

    pub fn is_given_up(&self, path: &Path) -> bool {
        self.lock().get(path).is_some_and(|holds| holds.given_up)
    }

    pub fn is_ours(&self, path: &Path, fingerprint: u64) -> bool {
        self.lock().get(path).is_some_and(|holds| [holds.now, holds.soon].contains(&Some(fingerprint)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Holds>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
