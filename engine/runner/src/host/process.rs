//! A host that is a child process.

use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pipewright_engine::problem::Problem;

use super::{Connection, Received, frame, platform};
use crate::cli::words;
use crate::job::{Reply, Request};

/// Environment variables that tell a host where the standard input and output of its asker are, since its own carry frames.
/// Without the first there is nothing to read.
pub const STDIN: &str = "PIPEWRIGHT_STDIN";
pub const STDOUT: &str = "PIPEWRIGHT_STDOUT";

/// The program that is started as host, where it is not this one.
const HOST: &str = "PIPEWRIGHT_HOST";

/// How much of what a host prints is kept, to be quoted if it crashes.
const LAST_WORDS: usize = 4096;

/// How many replies may wait to be taken: one that floods is held back instead of filling our memory.
const MOST_WAITING: usize = 256;

/// How long a host may take until it is first heard of, and how long it may be silent later: it says every few seconds that it is
/// there, whatever it does. Much longer, since a machine that runs out of memory stands still for a while.
#[derive(Clone, Copy)]
pub struct Patience {
    pub first: Duration,
    pub later: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_secs(20), later: Duration::from_secs(60) }
    }
}

/// What Polars reads of the environment, for want of another way to say it.
pub const TUNING: [(&str, &str); 4] = [
    // Without it, plans whose shared parts lie within shared parts read their sources more than once.
    ("POLARS_ALLOW_NESTED_CSPE", "1"),
    // How much of a Parquet file is fetched before it is needed: what is meant for a far-away store fills memory from a disk.
    ("POLARS_ROW_GROUP_PREFETCH_SIZE", "8"),
    ("POLARS_ROW_GROUP_PREFETCH_KBYTES_BUDGET", "65536"),
    // How many groups each thread keeps at hand while rows stream by. With 4,096, which is usual, ten thousand groups take 1.4 times as
    // long; with 65,536, a million and a half take up to a fifth longer.
    ("POLARS_HOT_TABLE_SIZE", "16384"),
];

/// How to start `program` as a host.
pub fn host_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("host").envs(TUNING);
    if cfg!(target_os = "linux") {
        let own = format!("/proc/{}/fd", std::process::id());
        command.env(STDOUT, format!("{own}/1"));
        // A host is apart from the terminal and would be stopped for reading from it.
        if !io::stdin().is_terminal() {
            command.env(STDIN, format!("{own}/0"));
        }
    }
    command
}

pub struct Process {
    child: Child,
    /// Frames to write; none once closed, which ends the host.
    requests: Option<Sender<Vec<u8>>>,
    replies: Receiver<io::Result<Reply>>,
    printed: Arc<Mutex<Vec<u8>>>,
    silence: Silence,
}

/// For how long a host was not heard of.
struct Silence {
    patience: Patience,
    /// Times that it was heard of, as the thread that listens counts them.
    heard: Arc<AtomicU64>,
    known: u64,
    looked: Instant,
    lasted: Duration,
}

/// A longer time between two looks says that we were stopped ourselves, and nothing of the host.
const LONGEST_LOOK: Duration = Duration::from_secs(2);

impl Silence {
    fn new(patience: Patience) -> Self {
        Self { patience, heard: Arc::default(), known: 0, looked: Instant::now(), lasted: Duration::ZERO }
    }

    /// What to say of it once it lasts too long.
    fn too_long(&mut self) -> Option<Problem> {
        let now = Instant::now();
        let since = now.duration_since(std::mem::replace(&mut self.looked, now)).min(LONGEST_LOOK);
        let heard = self.heard.load(Ordering::Relaxed);
        self.lasted = if heard == self.known { self.lasted + since } else { Duration::ZERO };
        self.known = heard;
        let Patience { first, later } = self.patience;
        let (most, said) = match heard {
            0 => (first, "started, but did not answer within"),
            _ => (later, "stopped answering: nothing was heard of it for"),
        };
        let time = words::count(most.as_secs(), "second");
        (self.lasted > most).then(|| {
            Problem::new(format!("The process that works out rows {said} {time}.")).try_this(format!(
                "Try again. If it comes back: the machine may be overloaded, or {HOST} names another program."
            ))
        })
    }
}

impl Process {
    /// Starts this program as a host.
    pub fn start_own() -> Result<Self, Problem> {
        let program = match env::var_os(HOST) {
            Some(path) => PathBuf::from(path),
            None => env::current_exe().map_err(|error| {
                Problem::new(format!("This program can't find itself: {error}."))
                    .try_this(format!("Set {HOST} to its path."))
            })?,
        };
        Self::start(host_command(&program))
    }

    pub fn start(command: Command) -> Result<Self, Problem> {
        Self::start_with(command, Patience::default())
    }

    pub fn start_with(mut command: Command, patience: Patience) -> Result<Self, Problem> {
        platform::set_apart(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let cannot = |error: io::Error, command: &Command| {
            Problem::new(format!("The engine can't be started: {error} ({}).", command.get_program().display()))
        };
        let mut child = command.spawn().map_err(|error| cannot(error, &command))?;
        let (Some(input), Some(output), Some(murmur)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(cannot(ErrorKind::BrokenPipe.into(), &command));
        };
        let (requests, frames) = mpsc::channel();
        let silence = Silence::new(patience);
        let heard = Arc::clone(&silence.heard);
        let (sender, replies) = mpsc::sync_channel(MOST_WAITING);
        let printed = Arc::default();
        let kept = Arc::clone(&printed);
        thread::spawn(move || write_all(input, &frames));
        thread::spawn(move || listen(output, &sender, &heard));
        thread::spawn(move || keep_last_words(murmur, &kept));
        Ok(Self { child, requests: Some(requests), replies, printed, silence })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of a host that has closed its output, which should be near.
    fn status(&mut self) -> io::Result<ExitStatus> {
        let patience = Instant::now() + Duration::from_millis(500);
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.child.kill()?;
        self.child.wait()
    }
}

impl Connection for Process {
    fn send(&mut self, request: &Request) {
        if let (Some(requests), Ok(frame)) = (&self.requests, frame::framed(request)) {
            requests.send(frame).ok();
        }
    }

    fn receive(&mut self, patience: Duration) -> Received {
        let error = match self.replies.recv_timeout(patience) {
            Ok(Ok(reply)) => return Received::Reply(reply),
            Err(RecvTimeoutError::Timeout) => {
                let Some(problem) = self.silence.too_long() else { return Received::Nothing };
                self.kill();
                return Received::Gone(problem);
            }
            Ok(Err(error)) => Some(error),
            Err(RecvTimeoutError::Disconnected) => None,
        };
        if let Some(error) = error.filter(|error| error.kind() == ErrorKind::InvalidData) {
            self.kill();
            return Received::Gone(
                Problem::new(format!("The engine can't be understood: {error}"))
                    .try_this("Make sure that the program started as engine is of the version of this one."),
            );
        }
        let status = self.status();
        // The end of its output and that of its errors are seen by two threads.
        thread::sleep(Duration::from_millis(10));
        let printed = String::from_utf8_lossy(&locked(&self.printed)).into_owned();
        Received::Gone(how_it_ended(status, &printed))
    }

    fn memory(&self) -> Option<u64> {
        platform::memory_of(self.child.id())
    }

    fn kill(&mut self) {
        self.requests = None;
        // It fails only for a process that has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A host does not outlive who asked for it.
impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Hands on what is asked. Apart from whoever asks, since a host that does not read would hold them up.
fn write_all(mut input: ChildStdin, frames: &Receiver<Vec<u8>>) {
    // If it is gone, the thread that listens says so.
    if frame::write_hello(&mut input).is_err() {
        return;
    }
    while let Ok(frame) = frames.recv() {
        if input.write_all(&frame).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

fn listen(mut output: ChildStdout, sender: &SyncSender<io::Result<Reply>>, heard: &AtomicU64) {
    if let Err(error) = frame::expect_hello(&mut output) {
        sender.send(Err(error)).ok();
        return;
    }
    heard.fetch_add(1, Ordering::Relaxed);
    while let Some(reply) = frame::read(&mut output).transpose() {
        heard.fetch_add(1, Ordering::Relaxed);
        if matches!(reply, Ok(Reply::Alive)) {
            continue;
        }
        let ended = reply.is_err();
        if sender.send(reply).is_err() || ended {
            return;
        }
    }
}

fn keep_last_words(mut murmur: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; LAST_WORDS];
    while let Ok(count @ 1..) = murmur.read(&mut buffer) {
        let mut kept = locked(kept);
        kept.extend_from_slice(&buffer[..count]);
        let surplus = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..surplus);
    }
}

fn locked(printed: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    printed.lock().unwrap_or_else(PoisonError::into_inner)
}

fn how_it_ended(status: io::Result<ExitStatus>, printed: &str) -> Problem {
    if printed.contains("memory allocation of") {
        return Problem::new("The engine asked for more memory than there is.")
            .try_this("Drop columns and rows before the nodes that hold them all, or use a machine with more memory.");
    }
    let status = match status {
        Ok(status) => status,
        Err(error) => return Problem::new(format!("The engine is lost: {error}.")),
    };
    // What the language says of a crash is for those who build programs.
    let is_inner =
        |line: &str| ["note:", "panic", "backtrace", "unwrap", "stack "].iter().any(|word| line.contains(word));
    let last = printed.lines().rev().map(str::trim).find(|line| !line.is_empty()).filter(|line| !is_inner(line));
    let report = match last {
        Some(line) => format!("Please report it. It said last: {line}"),
        None => "Please report it.".to_owned(),
    };
    match platform::signal_of(status) {
        Some((9, name)) => Problem::new(format!("The engine was killed from outside ({name}).")).try_this(
            "Most likely the machine ran out of memory: a run with a lower --memory names the node that needs it.",
        ),
        Some((number, name)) => Problem::new(format!("The engine crashed (signal {number}, {name}).")).try_this(report),
        None => Problem::new(format!("The engine ended without an answer ({status}).")).try_this(report),
    }
}
