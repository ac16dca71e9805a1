//! The way to the engine: a host process that is kept, spoken to from a thread of its own, so that no frame waits for it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::pipeline::{Pipeline, example_of};
use pipewright_engine::problem::Problem;
use pipewright_runner::host::{Connection, Received, platform};
use pipewright_runner::job::{Job, Reply, Request};
use pipewright_runner::show::{Ask, News};

/// How an engine is started, anew after a crash.
pub type Start = Box<dyn Fn() -> Result<Box<dyn Connection>, Problem> + Send>;

/// How long an answer is waited for before wishes are looked at again.
const TICK: Duration = Duration::from_millis(2);
/// How often an idle engine is looked after.
const IDLE: Duration = Duration::from_secs(1);
/// How often its memory is looked at while it works.
const LOOK: Duration = Duration::from_millis(50);

/// A pipeline, and where its paths start from.
#[derive(Clone)]
pub struct Work {
    pub pipeline: Arc<Pipeline>,
    pub file: PathBuf,
}

/// Few are there at a time.
#[expect(clippy::large_enum_variant)]
pub enum Wish {
    /// These nodes, the most wanted first.
    Show(Work, Vec<String>),
    Exact(Work, String),
    Sniff(Work, String),
    Ask(Ask),
}

pub enum Said {
    News(u64, Box<News>),
    /// The engine is gone, and with it all tables and every answer that was still to come.
    Lost(Problem),
}

pub struct Engine {
    wishes: Sender<(u64, Wish)>,
    said: Receiver<Said>,
    last: u64,
}

impl Engine {
    /// `wake` is called when there is something to take.
    pub fn new(start: Start, wake: impl Fn() + Send + 'static) -> Self {
        let (wishes, inbox) = mpsc::channel();
        let (outbox, said) = mpsc::channel();
        thread::spawn(move || {
            let tell = move |what| {
                // Nobody listens any more when the window closes.
                outbox.send(what).ok();
                wake();
            };
            Keeper { start, inbox, tell, host: None, waiting: HashSet::new() }.work();
        });
        Self { wishes, said, last: 0 }
    }

    /// Says what is wanted, and the number that the news of it carry.
    pub fn wish(&mut self, wish: Wish) -> u64 {
        self.last += 1;
        // It fails only where the thread has ended, which it does with this end of the channel.
        self.wishes.send((self.last, wish)).ok();
        self.last
    }

    /// What arrived since.
    pub fn said(&mut self) -> impl Iterator<Item = Said> + '_ {
        self.said.try_iter()
    }
}

struct Keeper<T: Fn(Said)> {
    start: Start,
    inbox: Receiver<(u64, Wish)>,
    tell: T,
    host: Option<Box<dyn Connection>>,
    /// Wishes whose last answer is still to come.
    waiting: HashSet<u64>,
}

impl<T: Fn(Said)> Keeper<T> {
    fn work(mut self) {
        let budget = platform::memory_in_all().map(|all| all / 4 * 3);
        let mut next_look = Instant::now();
        // Started before anything is asked of it: the first rows come sooner.
        self.connect();
        loop {
            let patience = if self.waiting.is_empty() { IDLE } else { Duration::ZERO };
            match self.inbox.recv_timeout(patience) {
                Ok(wish) => self.send_newest(wish),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.receive();
            if Instant::now() >= next_look {
                next_look = Instant::now() + LOOK;
                self.mind_memory(budget);
            }
        }
    }

    fn connect(&mut self) -> bool {
        if self.host.is_some() {
            return true;
        }
        match (self.start)() {
            Ok(host) => self.host = Some(host),
            Err(problem) => self.lose(problem),
        }
        self.host.is_some()
    }

    /// Of several pipelines to show only the newest is worth sending.
    fn send_newest(&mut self, first: (u64, Wish)) {
        let mut wishes: Vec<(u64, Wish)> = vec![first];
        wishes.extend(self.inbox.try_iter());
        let newest = wishes.iter().rposition(|(_, wish)| matches!(wish, Wish::Show(..)));
        for (at, (id, wish)) in wishes.into_iter().enumerate() {
            if matches!(wish, Wish::Show(..)) && Some(at) != newest {
                (self.tell)(Said::News(id, Box::new(News::Stopped)));
                continue;
            }
            if !self.connect() {
                return;
            }
            let Some(host) = &mut self.host else { return };
            host.send(&Request::Designer(id, wish.into_ask()));
            self.waiting.insert(id);
        }
    }

    fn receive(&mut self) {
        let Some(host) = &mut self.host else { return };
        let patience = if self.waiting.is_empty() { Duration::ZERO } else { TICK };
        match host.receive(patience) {
            Received::Nothing => {}
            Received::Reply(Reply::Designer(id, news)) => {
                if is_last(&news) {
                    self.waiting.remove(&id);
                }
                (self.tell)(Said::News(id, Box::new(news)));
            }
            Received::Reply(_) => {}
            Received::Gone(problem) => self.lose(problem),
        }
    }

    fn mind_memory(&mut self, budget: Option<u64>) {
        let (Some(host), Some(budget)) = (&mut self.host, budget) else { return };
        if host.memory().is_none_or(|used| used <= budget) {
            return;
        }
        host.kill();
        self.lose(
            Problem::new("These rows need more memory than there is.")
                .try_this("Drop columns and rows before the nodes that hold them all, or run the pipeline."),
        );
    }

    fn lose(&mut self, problem: Problem) {
        self.host = None;
        self.waiting.clear();
        (self.tell)(Said::Lost(problem));
    }
}

impl Wish {
    fn into_ask(self) -> Ask {
        match self {
            Self::Show(work, nodes) => Ask::Show(work.job(), nodes),
            Self::Exact(work, node) => Ask::Exact(work.job(), node),
            Self::Sniff(work, path) => Ask::Sniff { job: work.job(), path },
            Self::Ask(ask) => ask,
        }
    }
}

impl Work {
    fn job(self) -> Job {
        Job { file: self.file, text: file::write(&self.pipeline), set: stand_ins(&self.pipeline), ..Job::default() }
    }
}

/// Values to draw with for parameters that must be given at each run: without, no row could be shown.
pub fn stand_ins(pipeline: &Pipeline) -> IndexMap<String, String> {
    let missing = pipeline.parameters.iter().filter(|(name, parameter)| {
        let variable = format!("PIPEWRIGHT_PARAM_{}", name.to_uppercase());
        parameter.default.is_none() && std::env::var_os(variable).is_none()
    });
    missing.map(|(name, parameter)| (name.clone(), example_of(&parameter.kind).to_owned())).collect()
}

/// Whether no more news of a wish follow these.
fn is_last(news: &News) -> bool {
    match news {
        News::Source { .. } | News::Values { .. } | News::Output(_) | News::Trouble { .. } | News::Progress { .. } => {
            false
        }
        News::Shown { .. } | News::Page(_) | News::Profile(_) | News::Cell(_) | News::Sniffed(_) => true,
        News::Failed(_) | News::Stopped => true,
    }
}
