//! The child's side. What computes is done one after the other on a thread with a large stack; what only looks at tables that are
//! there, and at files that are dropped, has threads of its own; and one more listens.

use std::io::{self, Read, Write};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use pipewright_engine::problem::Problem;

use super::{Cancel, Engine, fault, frame};
use crate::job::{Job, Outcome, Reply, Report, Request};
use crate::show::{Ask, News};

/// Plans are trees: a chain of thousands of nodes goes deep.
const STACK: usize = 64 << 20;
/// How often it says that it is there: whoever asks must be able to tell long work from none.
const BEAT: Duration = Duration::from_secs(5);

/// Answers requests until `input` ends, and returns then even if one is still being worked on: its asker is gone.
pub fn serve(engine: Arc<dyn Engine>, mut input: impl Read, mut output: impl Write + Send + 'static) -> io::Result<()> {
    frame::write_hello(&mut output)?;
    frame::expect_hello(&mut input)?;
    let send: Arc<Sends> = Arc::new(sender(output));
    beat(&send)?;
    let working = |name: &str| {
        let (engine, send) = (Arc::clone(&engine), Arc::clone(&send));
        lane(name, move |(request, cancel)| send(answer(engine.as_ref(), request, &cancel, send.as_ref())))
    };
    let (computing, looking, sniffing) = (working("engine")?, working("look")?, working("sniff")?);
    let mut latest = Cancel::default();
    let mut shown = Cancel::default();
    loop {
        let request = match frame::read(&mut input) {
            Ok(Some(request)) => request,
            end => {
                latest.cancel();
                shown.cancel();
                return end.map(|_| ());
            }
        };
        let lane = match &request {
            Request::Cancel => {
                latest.cancel();
                continue;
            }
            Request::Designer(id, Ask::Stop) => {
                shown.cancel();
                send(Reply::Designer(*id, News::Stopped));
                continue;
            }
            Request::Designer(_, Ask::Sniff { .. }) => &sniffing,
            Request::Designer(_, Ask::Page(_) | Ask::Profile { .. } | Ask::Cell { .. }) => &looking,
            _ => &computing,
        };
        let cancel = Cancel::default();
        if let Request::Designer(_, Ask::Show(..) | Ask::Exact(..)) = request {
            std::mem::replace(&mut shown, cancel.clone()).cancel();
        }
        if !matches!(request, Request::Designer(..)) {
            latest = cancel.clone();
        }
        if lane.send((request, cancel)).is_err() {
            return Err(io::Error::other("A thread of the engine has ended."));
        }
    }
}

type Sends = dyn Fn(Reply) + Send + Sync;

fn sender(output: impl Write + Send + 'static) -> impl Fn(Reply) + Send + Sync {
    let output = Mutex::new(output);
    let write = move |reply: &Reply| {
        // Made before the turn: a long answer must not keep others waiting longer than its bytes take.
        let frame = frame::framed(reply)?;
        let mut output = output.lock();
        output.write_all(&frame)?;
        output.flush()
    };
    move |reply: Reply| {
        let Err(error) = write(&reply) else { return };
        // Either the reply is too long, or its reader is gone, which the end of the input will tell.
        let problem = Problem::new(format!("The answer can't be sent: {error}")).try_this("Ask for fewer rows.");
        let instead = match reply {
            Reply::Designer(id, _) => Reply::Designer(id, News::Failed(vec![problem])),
            _ => Reply::Failed(vec![problem]),
        };
        write(&instead).ok();
    }
}

/// Says that the host is there, as long as it is.
fn beat(send: &Arc<Sends>) -> io::Result<()> {
    let send = Arc::downgrade(send);
    let beat = move || loop {
        thread::sleep(BEAT);
        let Some(send) = send.upgrade() else { return };
        send(Reply::Alive);
    };
    thread::Builder::new().name("beat".into()).spawn(beat).map(drop)
}

/// A thread that works on what it is sent, in order.
fn lane<T: Send + 'static>(name: &str, work: impl Fn(T) + Send + 'static) -> io::Result<mpsc::Sender<T>> {
    let (sender, waiting) = mpsc::channel();
    thread::Builder::new().name(name.into()).stack_size(STACK).spawn(move || waiting.into_iter().for_each(work))?;
    Ok(sender)
}

fn answer(engine: &dyn Engine, request: Request, cancel: &Cancel, send: &dyn Fn(Reply)) -> Reply {
    match request {
        Request::Check(job) => match fault::contain(|| engine.check(&job)) {
            Ok(Ok(problems)) => Reply::Checked(problems),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => Reply::Failed(vec![fault]),
        },
        Request::Preview(job, wanted) => match fault::contain(|| engine.preview(&job, &wanted, cancel)) {
            Ok(Ok(preview)) => Reply::Preview(preview),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => Reply::Failed(vec![fault]),
        },
        Request::Run(job) => match fault::contain(|| engine.run(&job, cancel, &|event| send(Reply::Event(event)))) {
            Ok(Ok(report)) => Reply::Done(report),
            _ if cancel.is_cancelled() => ended(job, Outcome::Cancelled, Vec::new()),
            Ok(Err(problems)) => Reply::Refused(problems),
            Err(fault) => ended(job, Outcome::Failed, vec![fault]),
        },
        Request::Designer(id, ask) => Reply::Designer(id, news(engine, id, &ask, cancel, send)),
        Request::Cancel => Reply::Failed(vec![Problem::new("There is nothing to cancel.")]),
    }
}

fn news(engine: &dyn Engine, id: u64, ask: &Ask, cancel: &Cancel, send: &dyn Fn(Reply)) -> News {
    if !matches!(ask, Ask::Show(..) | Ask::Exact(..)) {
        return fault::contain(|| engine.look(ask)).unwrap_or_else(|fault| News::Failed(vec![fault]));
    }
    if cancel.is_cancelled() {
        return News::Stopped;
    }
    let tell = |news| send(Reply::Designer(id, news));
    match fault::contain(|| engine.show(ask, cancel, &tell)) {
        // A panic is told even so: it may come back.
        Err(fault) => News::Failed(vec![fault]),
        Ok(News::Failed(_)) if cancel.is_cancelled() => News::Stopped,
        Ok(news) => news,
    }
}

/// The report of a run that could not write one itself.
pub(super) fn ended(job: Job, outcome: Outcome, problems: Vec<Problem>) -> Reply {
    let Job { file, set, until, .. } = job;
    Reply::Done(Report { file, until, outcome, problems, parameters: set, ..Report::default() })
}
