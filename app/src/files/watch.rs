//! Notices that the open file was changed by somebody else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use pipewright_runner::disk;

use super::fingerprint;
use super::known::Known;

/// How often the file is looked at.
pub const EVERY: Duration = Duration::from_secs(1);

/// Longer ones are no pipelines any more, and not worth reading to see that.
const LONGEST: u64 = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It holds something else than this program read or wrote.
    Changed,
    Gone,
    /// It holds again what this program knows: there is nothing to decide any more.
    Back,
}

/// A thread that looks at the open file.
pub struct Watch {
    orders: Sender<Option<PathBuf>>,
    news: Receiver<(PathBuf, Change)>,
    path: Option<PathBuf>,
}

impl Watch {
    /// `wake` is called with each change: it has the window draw a frame.
    pub fn new(known: Known, every: Duration, wake: impl Fn() + Send + 'static) -> Self {
        let (orders, ordered) = channel::<Option<PathBuf>>();
        let (tell, news) = channel();
        let look = move || {
            let mut watched: Option<Watched> = None;
            loop {
                let order = match watched {
                    Some(_) => ordered.recv_timeout(every),
                    None => ordered.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match order {
                    Ok(path) => watched = path.map(Watched::new),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                let Some(watched) = &mut watched else { continue };
                if let Some(change) = watched.look(&known) {
                    tell.send((watched.path.clone(), change)).ok();
                    wake();
                }
            }
        };
        // Without it the program works, and only tells of nothing.
        std::thread::Builder::new().name("watch".into()).spawn(look).ok();
        Self { orders, news, path: None }
    }

    /// Told once a frame which file is open.
    pub fn look_at(&mut self, path: Option<&Path>) {
        if self.path.as_deref() != path {
            self.path = path.map(Path::to_owned);
            self.orders.send(self.path.clone()).ok();
        }
    }

    /// What became of the open file since this was last asked.
    pub fn change(&self) -> Option<Change> {
        let news = self.news.try_iter().filter(|(path, _)| Some(path) == self.path.as_ref());
        news.last().map(|(_, change)| change)
    }
}

/// What tells a changed file from an unchanged one without reading it.
type Stamp = (u64, Option<SystemTime>, Option<(u64, u64)>);

#[derive(Clone, Copy, PartialEq)]
enum State {
    Known,
    Other(u64),
    Gone,
}

struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
    /// Nobody was told of anything else.
    told: State,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        // A stamp that no file has: the first look reads the file, which may have been changed before it was watched.
        Self { path, stamp: Some((u64::MAX, None, None)), told: State::Known }
    }

    fn look(&mut self, known: &Known) -> Option<Change> {
        let stamp = stamp(&self.path);
        if stamp.is_some() && stamp == self.stamp {
            return None;
        }
        let state = self.state(stamp, known)?;
        self.stamp = stamp;
        let before = std::mem::replace(&mut self.told, state);
        match state {
            _ if state == before => None,
            State::Known => Some(Change::Back),
            State::Other(_) => Some(Change::Changed),
            State::Gone => Some(Change::Gone),
        }
    }

    /// None where it can't be told now.
    fn state(&self, stamp: Option<Stamp>, known: &Known) -> Option<State> {
        match stamp {
            // One that is yet to be written is not gone.
            None if known.fingerprint(&self.path).is_none() => Some(State::Known),
            None => Some(State::Gone),
            Some((bytes, ..)) if bytes > LONGEST => Some(State::Other(bytes)),
            Some(_) => match fs::read(&self.path).map(|text| fingerprint(&text)) {
                Ok(text) if known.is_ours(&self.path, text) => Some(State::Known),
                Ok(text) => Some(State::Other(text)),
                Err(error) if error.kind() == ErrorKind::NotFound => Some(State::Gone),
                Err(_) => None,
            },
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let data = fs::metadata(path).ok()?;
    Some((data.len(), data.modified().ok(), disk::identity(path)))
}
