//! A thread that waits for the disk, so that no frame does. Jobs are done in the order given.
//!
//! What is written again and again (the journal, the settings) may be put off for a moment: a later version takes the place of
//! one that still waits. Dropping the worker does what is left, so that the program can't end before a file is saved.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;

use super::known::Known;
use super::{Over, Restorable, Summary, export, fingerprint, journal, open_text, write};
use crate::document::Document;
use crate::samples::Sample;

/// What became of a job.
pub enum Answer {
    /// Or why not: more than one thing may be wrong with a file.
    Opened {
        path: PathBuf,
        result: Result<(Box<Document>, Vec<Problem>), Vec<Problem>>,
    },
    /// What was saved is what the document was when that was asked for; it may have been edited since.
    Saved {
        path: PathBuf,
        pipeline: Arc<Pipeline>,
        result: Result<(), Problem>,
    },
    Exported(Result<Summary, Problem>),
    /// What was found that a program left behind which did not end well.
    Restorable(Vec<Restorable>),
    /// Which of the paths asked about are there.
    Present(HashMap<PathBuf, bool>),
    /// Something that nobody asked for by name went wrong.
    Trouble(Problem),
}

type Work = Box<dyn FnOnce(&Known) -> Option<Answer> + Send>;

/// What is written again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    Journal(PathBuf),
    Settings,
}

enum Job {
    Now(Work),
    Later { slot: Slot, within: Duration, work: Work },
    Never(Slot),
}

pub struct Worker {
    /// None only while it is dropped.
    jobs: Option<Sender<Job>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
    known: Known,
}

impl Worker {
    /// `wake` is called after each answer: it has the window draw a frame.
    pub fn new(wake: impl Fn() + Send + 'static) -> Self {
        let (jobs, to_do) = channel();
        let (tell, answers) = channel();
        let known = Known::default();
        let hand = Hand { to_do, tell, wake: Box::new(wake), known: known.clone(), waiting: HashMap::new() };
        let thread = std::thread::Builder::new().name("files".into()).spawn(move || hand.work());
        Self { jobs: Some(jobs), answers, thread: thread.ok(), known }
    }

    /// The next answer, if there is one yet.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Waits for the next answer.
    pub fn wait(&self, longest: Duration) -> Option<Answer> {
        self.answers.recv_timeout(longest).ok()
    }

    /// What files hold: for the one who watches them.
    pub fn known(&self) -> Known {
        self.known.clone()
    }

    pub fn open(&self, path: &Path) {
        let path = path.to_owned();
        self.now(move |known| Some(opened(&path, known)));
    }

    /// Copies a sample into a folder of its own, and opens the copy.
    pub fn open_sample(&self, sample: &'static Sample) {
        self.now(move |known| {
            Some(match sample.copy() {
                Ok(path) => opened(&path, known),
                Err(problem) => Answer::Opened { path: sample.name.into(), result: Err(vec![problem]) },
            })
        });
    }

    pub fn save(&self, pipeline: Arc<Pipeline>, path: &Path, over: Over) {
        let path = path.to_owned();
        self.now(move |known| {
            let result = save(&pipeline, &path, over, known);
            Some(Answer::Saved { path, pipeline, result })
        });
    }

    /// Makes a folder within `target` that runs the pipeline without a screen.
    pub fn export(&self, pipeline: Arc<Pipeline>, path: Option<&Path>, target: &Path) {
        let (path, target) = (path.map(Path::to_owned), target.to_owned());
        self.now(move |_| Some(Answer::Exported(export(&pipeline, path.as_deref(), &target))));
    }

    /// Asks which of these files are there.
    pub fn look_for(&self, paths: Vec<PathBuf>) {
        self.now(move |_| Some(Answer::Present(paths.into_iter().map(|path| (path.clone(), path.exists())).collect())));
    }

    /// Looks for what programs left behind that did not end well.
    pub fn find_restorable(&self, folder: &Path) {
        let folder = folder.to_owned();
        self.now(move |_| Some(Answer::Restorable(journal::restorable(&folder))));
    }

    /// The document as it was when its program ended. It stays restorable until it is discarded.
    pub fn restore(&self, restorable: &Restorable) -> Document {
        if let (Some(path), Some(base)) = (&restorable.path, restorable.base()) {
            // Compared with this, a file that was changed since is told of like any other.
            self.known.read(path, base);
        }
        restorable.document()
    }

    /// Forgets what could be restored, once everything asked for before is done.
    pub fn discard(&self, restorable: Restorable) {
        self.now(move |_| restorable.discard().err().map(Answer::Trouble));
    }

    pub(crate) fn now(&self, work: impl FnOnce(&Known) -> Option<Answer> + Send + 'static) {
        self.send(Job::Now(Box::new(work)));
    }

    /// Does this soon, or what is asked for in the same slot until then.
    pub(crate) fn later(
        &self,
        slot: Slot,
        within: Duration,
        work: impl FnOnce(&Known) -> Option<Answer> + Send + 'static,
    ) {
        self.send(Job::Later { slot, within, work: Box::new(work) });
    }

    pub(crate) fn never(&self, slot: Slot) {
        self.send(Job::Never(slot));
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // The thread ends only after this sender does.
            jobs.send(job).ok();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn opened(path: &Path, known: &Known) -> Answer {
    let result = open_text(path).map(|(document, problems, text)| {
        if let Some(path) = &document.path {
            known.read(path, fingerprint(text.as_bytes()));
        }
        (Box::new(document), problems)
    });
    Answer::Opened { path: path.to_owned(), result }
}

fn save(pipeline: &Pipeline, path: &Path, over: Over, known: &Known) -> Result<(), Problem> {
    let text = file::write(pipeline);
    let over = if known.is_given_up(path) { Over::Anything } else { over };
    known.begin(path, fingerprint(text.as_bytes()));
    let result = write(&text, path, over);
    known.end(path, result.is_ok());
    if result.is_ok() && over == Over::Anything {
        known.give_up(path);
    }
    result
}

/// The thread's side.
struct Hand {
    to_do: Receiver<Job>,
    tell: Sender<Answer>,
    wake: Box<dyn Fn() + Send>,
    known: Known,
    waiting: HashMap<Slot, (Instant, Work)>,
}

impl Hand {
    fn work(mut self) {
        loop {
            let next = self.waiting.values().map(|(due, _)| *due).min();
            let job = match next {
                Some(due) => self.to_do.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => self.to_do.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(Job::Later { slot, within, work }) => {
                    let due = Instant::now() + within;
                    let due = self.waiting.get(&slot).map_or(due, |(sooner, _)| due.min(*sooner));
                    self.waiting.insert(slot, (due, work));
                }
                Ok(Job::Never(slot)) => drop(self.waiting.remove(&slot)),
                Ok(Job::Now(work)) => {
                    self.do_due(Instant::now());
                    self.run(work);
                }
                Err(RecvTimeoutError::Timeout) => self.do_due(Instant::now()),
                Err(RecvTimeoutError::Disconnected) => {
                    for (_, (_, work)) in std::mem::take(&mut self.waiting) {
                        self.run(work);
                    }
                    return;
                }
            }
        }
    }

    fn do_due(&mut self, now: Instant) {
        let due: Vec<Slot> =
            self.waiting.iter().filter(|(_, (due, _))| *due <= now).map(|(slot, _)| slot.clone()).collect();
        for slot in due {
            if let Some((_, work)) = self.waiting.remove(&slot) {
                self.run(work);
            }
        }
    }

    fn run(&self, work: Work) {
        // One job that breaks must not take the saving of files with it.
        let answer = catch_unwind(AssertUnwindSafe(|| work(&self.known))).unwrap_or_else(|_| {
            let broken = Problem::new("Something broke while a file was read or written.");
            Some(Answer::Trouble(broken.try_this("Save the pipeline as another file.")))
        });
        if let Some(answer) = answer {
            self.tell.send(answer).ok();
            (self.wake)();
        }
    }
}
