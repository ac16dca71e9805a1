//! Wishes that come faster than they are answered, and hosts that fail.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pipewright_runner::host::{Connection as _, Process, Received, frame, host_command, serve};
use pipewright_runner::job::{Job, Reply, Request};
use pipewright_runner::show::{Ask, News, Page};

use crate::fake::{Fake, host_program};

/// A host in this process, with the ends of its pipes.
struct Host {
    requests: io::PipeWriter,
    replies: io::PipeReader,
}

impl Host {
    fn start() -> Self {
        let (input, mut requests) = io::pipe().unwrap();
        let (mut replies, output) = io::pipe().unwrap();
        thread::spawn(move || serve(Arc::new(Fake), input, output));
        frame::write_hello(&mut requests).unwrap();
        frame::expect_hello(&mut replies).unwrap();
        Self { requests, replies }
    }

    fn ask(&mut self, id: u64, ask: Ask) {
        frame::write(&mut self.requests, &Request::Designer(id, ask)).unwrap();
    }

    fn show(&mut self, id: u64, text: &str) {
        self.ask(id, Ask::Show(Job { text: text.into(), ..Job::default() }, Vec::new()));
    }

    fn next(&mut self) -> (u64, News) {
        loop {
            match frame::read(&mut self.replies).unwrap() {
                Some(Reply::Designer(id, news)) => return (id, news),
                Some(Reply::Alive) => {}
                _ => panic!("no news"),
            }
        }
    }
}

#[test]
fn the_newest_wish_wins_and_pages_come_meanwhile() {
    let mut host = Host::start();
    host.show(1, "polite");
    assert!(matches!(host.next(), (1, News::Progress { .. })), "it is at work");
    host.ask(2, Ask::Page(Page::default()));
    assert!(matches!(host.next(), (2, News::Page(_))));
    for id in 3..7 {
        host.show(id, "done");
    }
    let mut ends = HashMap::new();
    while ends.len() < 5 {
        let (id, news) = host.next();
        ends.insert(id, matches!(news, News::Stopped));
    }
    assert!(ends[&1] && !ends[&6], "{ends:?}");
    host.show(7, "polite");
    assert!(matches!(host.next(), (7, News::Progress { .. })));
    host.ask(8, Ask::Stop);
    let mut stopped = [host.next(), host.next()].map(|(id, news)| (id, matches!(news, News::Stopped)));
    stopped.sort_unstable();
    assert_eq!(stopped, [(7, true), (8, true)]);
}

#[test]
fn a_panic_is_answered_and_the_session_goes_on() {
    let mut host = Host::start();
    host.show(1, "panic");
    assert!(matches!(host.next(), (1, News::Failed(problems)) if problems[0].message.contains("a fault of its own")));
    host.ask(2, Ask::Profile { table: String::new(), column: 0 });
    assert!(matches!(host.next(), (2, News::Failed(_))));
    host.ask(3, Ask::Page(Page::default()));
    assert!(matches!(host.next(), (3, News::Page(_))));
    host.show(4, "done");
    assert!(matches!(host.next(), (4, News::Shown { .. })));
}

#[test]
fn a_host_that_dies_while_it_shows_is_said_to_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(host_command(&host_program(folder.path()))).unwrap();
    let job = Job { text: "abort".into(), ..Job::default() };
    process.send(&Request::Designer(1, Ask::Show(job, Vec::new())));
    let patience = Instant::now() + Duration::from_secs(10);
    while Instant::now() < patience {
        match process.receive(Duration::from_millis(50)) {
            Received::Gone(problem) => return assert!(problem.message.contains("SIGABRT"), "{problem}"),
            Received::Reply(reply) => panic!("{reply:?}"),
            Received::Nothing => {}
        }
    }
    panic!("nothing was heard of its end");
}
