//! The engine host and who watches it.

use std::io::{self, Write};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema};
use pipewright_engine::value::Value;
use pipewright_runner::host::{Patience, Process, Stop, Watch, ask, frame, host_command, serve};
use pipewright_runner::job::{Event, Job, Outcome, Preview, Reply, Report, Request};

use crate::fake::{Fake, host_program, script};

fn job(text: &str) -> Job {
    Job { file: "x.pipe.ron".into(), text: text.into(), ..Job::default() }
}

/// What becomes of a run in a host of its own, and the events it told.
fn run_in_host(text: &str, budget: Option<u64>, stop: &Stop) -> (Report, Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    run_with(host_command(&host_program(folder.path())), text, budget, stop)
}

fn run_with(command: Command, text: &str, budget: Option<u64>, stop: &Stop) -> (Report, Vec<Event>) {
    let mut process = Process::start(command).unwrap();
    let mut events = Vec::new();
    let mut tell = |event| events.push(event);
    let watch = Watch { budget, stop, sweep: &Vec::new, tell: &mut tell };
    let Reply::Done(report) = ask(&mut process, &Request::Run(job(text)), watch) else {
        panic!("a run is answered with a report")
    };
    (report, events)
}

#[test]
fn every_value_crosses_the_pipe_as_it_is() {
    let row = vec![
        Value::Null,
        Value::text("a\u{0}\n\"ü"),
        Value::Integer(i64::MIN),
        Value::Float(0.1 + 0.2),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(5e-324),
        Value::Decimal(-170141183460469231731687303715884105728, 38),
        Value::List(vec![Value::Null, Value::Binary(vec![0, 255])]),
        Value::Struct(vec![("x".into(), Value::Date(-1))]),
    ];
    let schema = Schema(row.iter().map(|value| Column::new("x", value.kind())).collect());
    let table = Table { schema, rows: vec![row] };
    let mut pipe = Vec::new();
    frame::write(&mut pipe, &Reply::Preview(Preview { table: table.clone(), ..Preview::default() })).unwrap();
    let mut pipe = pipe.as_slice();
    let Some(Reply::Preview(preview)) = frame::read(&mut pipe).unwrap() else { panic!("a preview was sent") };
    assert_eq!(preview.table, table);
    assert!(frame::read::<Reply>(&mut pipe).unwrap().is_none());
}

#[test]
fn not_a_number_crosses_the_pipe() {
    let mut pipe = Vec::new();
    frame::write(&mut pipe, &Value::Float(f64::NAN)).unwrap();
    let read = frame::read(&mut pipe.as_slice()).unwrap();
    assert!(matches!(read, Some(Value::Float(number)) if number.is_nan()));
}

#[test]
fn a_frame_that_breaks_off_is_an_error_and_not_an_end() {
    let mut pipe = Vec::new();
    frame::write(&mut pipe, &"word").unwrap();
    for length in 1..pipe.len() {
        assert!(frame::read::<String>(&mut &pipe[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn another_version_of_the_protocol_is_refused_by_name() {
    let mut pipe = Vec::new();
    pipe.write_all(&26u32.to_le_bytes()).unwrap();
    pipe.write_all(br#"{"pipewright_protocol":99}"#).unwrap();
    let error = frame::expect_hello(&mut pipe.as_slice()).unwrap_err().to_string();
    assert!(error.contains("version 99") && error.contains("version 3."), "{error}");
}

#[test]
fn a_host_works_on_after_a_panic() {
    let (host_input, mut requests) = io::pipe().unwrap();
    let (mut replies, host_output) = io::pipe().unwrap();
    let host = thread::spawn(move || serve(Arc::new(Fake), host_input, host_output));
    frame::write_hello(&mut requests).unwrap();
    frame::expect_hello(&mut replies).unwrap();
    let mut answer = |text: &str| {
        frame::write(&mut requests, &Request::Run(job(text))).unwrap();
        loop {
            match frame::read(&mut replies).unwrap() {
                Some(Reply::Event(_)) => {}
                reply => return reply,
            }
        }
    };
    let Some(Reply::Done(report)) = answer("panic") else { panic!("a run is answered with a report") };
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.problems[0].message.starts_with("Pipewright hit a fault of its own"), "{:?}", report.problems);
    assert!(matches!(answer("done"), Some(Reply::Done(report)) if report.outcome == Outcome::Done));
    assert!(matches!(answer("what"), Some(Reply::Refused(_))));
    drop(requests);
    host.join().unwrap().unwrap();
}

#[test]
fn a_panic_is_told_with_its_place() {
    let (report, events) = run_in_host("panic", None, &Stop::default());
    let message = &report.problems[0].message;
    // What a panic says is for those who know the code: the place leads them there.
    assert!(!message.contains("boom") && message.contains("tests/frame/fake.rs:"), "{message}");
    assert!(matches!(&events[..], [Event::Stage { number: 2, .. }]));
}

#[test]
fn a_crash_names_the_signal_and_the_stage() {
    let (report, _) = run_in_host("abort", None, &Stop::default());
    assert_eq!(report.outcome, Outcome::Failed);
    let message = &report.problems[0].message;
    assert!(message.contains("SIGABRT") && message.contains("stage 2") && message.contains("\"large\""), "{message}");
}

#[test]
fn a_host_that_leaves_is_quoted() {
    let (report, _) = run_in_host("leave", None, &Stop::default());
    let problem = report.problems[0].to_string();
    assert!(problem.contains("exit status: 7") && problem.contains("so long"), "{problem}");
}

#[test]
fn a_run_that_needs_too_much_memory_is_ended_and_its_node_named() {
    let (report, _) = run_in_host("eat", Some(100_000_000), &Stop::default());
    assert_eq!(report.outcome, Outcome::Failed);
    let problem = &report.problems[0];
    assert!(problem.message.contains("100 MB"), "{problem}");
    assert_eq!(problem.node.as_deref(), Some("sorted"));
}

#[test]
fn a_run_is_cancelled_within_a_second_whether_it_listens_or_not() {
    for text in ["polite", "deaf"] {
        let stop = Stop::default();
        let asked = stop.clone();
        let begun = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            asked.politely.cancel();
            Instant::now()
        });
        let (report, _) = run_in_host(text, None, &stop);
        let seconds = begun.join().unwrap().elapsed().as_secs_f64();
        assert_eq!(report.outcome, Outcome::Cancelled, "{text}");
        assert!(seconds < 1.0, "{text} took {seconds} s");
    }
}

#[test]
fn what_was_staged_is_swept_after_a_kill_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    for (text, swept) in [("done", 0), ("abort", 1)] {
        let mut process = Process::start(host_command(&host_program(folder.path()))).unwrap();
        let count = std::cell::Cell::new(0);
        let sweep = || {
            count.set(count.get() + 1);
            Vec::new()
        };
        let watch = Watch { budget: None, stop: &Stop::default(), sweep: &sweep, tell: &mut |_| {} };
        ask(&mut process, &Request::Run(job(text)), watch);
        assert_eq!(count.get(), swept, "{text}");
    }
}

/// Neither one that says nothing, nor one that says a word and stands still, nor one that does not read what it is asked.
#[test]
fn a_host_that_never_answers_is_not_waited_for_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let hello = format!("printf '\\031\\0\\0\\0{{\"pipewright_protocol\":{}}}'; ", frame::PROTOCOL);
    let patience = Patience { first: Duration::from_secs(1), later: Duration::from_secs(2) };
    let long = "x".repeat(1 << 20);
    for (commands, text, said) in [
        ("exec sleep 60".to_owned(), "done", "did not answer within 1 second."),
        ("exec sleep 60".to_owned(), long.as_str(), "did not answer within 1 second."),
        (hello + "exec sleep 60", "done", "nothing was heard of it for 2 seconds"),
    ] {
        let began = Instant::now();
        let mut process = Process::start_with(host_command(&script(folder.path(), &commands)), patience).unwrap();
        let watch = Watch { budget: None, stop: &Stop::default(), sweep: &Vec::new, tell: &mut |_| {} };
        let Reply::Done(report) = ask(&mut process, &Request::Run(job(text)), watch) else {
            panic!("a run is answered with a report")
        };
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(report.problems[0].message.contains(said), "{}", report.problems[0]);
        assert!(began.elapsed() < Duration::from_secs(20), "{said}");
    }
}

/// It says that it is there, however long an answer takes.
#[test]
fn a_host_that_works_long_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Patience { first: Duration::from_secs(20), later: Duration::from_secs(10) };
    let mut process = Process::start_with(host_command(&host_program(folder.path())), patience).unwrap();
    let stop = Stop::default();
    let end = stop.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(13));
        end.now.cancel();
    });
    let watch = Watch { budget: None, stop: &stop, sweep: &Vec::new, tell: &mut |_| {} };
    let Reply::Done(report) = ask(&mut process, &Request::Run(job("deaf")), watch) else {
        panic!("a run is answered with a report")
    };
    assert_eq!(report.outcome, Outcome::Cancelled, "{:?}", report.problems);
}

#[test]
fn a_program_that_is_no_host_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    for (commands, said) in [
        ("echo Hello, what can I do for you?; sleep 9", "not an engine host"),
        (r#"printf '\032\0\0\0{"pipewright_protocol":99}'; sleep 9"#, "version 99"),
        ("exit 3", "exit status: 3"),
    ] {
        let command = host_command(&script(folder.path(), commands));
        let (report, _) = run_with(command, "done", None, &Stop::default());
        assert!(report.problems[0].message.contains(said), "{}", report.problems[0]);
    }
    let Err(problem) = Process::start(host_command(&folder.path().join("nothing"))) else {
        panic!("there is no such program")
    };
    assert!(problem.message.contains("nothing"), "{problem}");
}
