//! Runs that are cancelled or killed midway, with real data: what was there before stays as it was, and nothing is left lying.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::fake::until;
use crate::shell::{Shell, hearing};

const OLD: &str = "what an earlier run has written\n";

/// Hours of work: every row of a file with every row of a table, many times over.
const ENDLESS: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "more": (step: Join(kind: Cross, max_rows: None), from: ["in", "in"]),
    "much more": (step: Join(kind: Cross, max_rows: None), from: ["more", "in"]),
    "out": (step: WriteCsv(path: "out.csv"), from: ["much more"]),
    "also": (step: WriteParquet(path: "also.parquet"), from: ["much more"]),"#;

/// A few million rows, which must all be there before the first comes out.
const SORTED: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "more": (step: Join(kind: Cross, max_rows: None), from: ["in", "in"]),
    "mixed": (step: Formula(formulas: [(column: "key", formula: "(id * 7919 + id_right * 104729) % 1000003")]), from: ["more"]),
    "sorted": (step: Sort(by: [(column: "key"), (column: "name")]), from: ["mixed"]),
    "out": (step: WriteCsv(path: "out.csv"), from: ["sorted"]),"#;

const SMALL: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),
    "also": (step: WriteParquet(path: "also.parquet"), from: ["in"]),"#;

#[test]
fn a_streaming_run_stops_when_asked() {
    let run = Running::start(ENDLESS, Duration::from_millis(500));
    assert!(!run.staged().is_empty(), "it is writing");
    let told = run.end_by("INT");
    assert!(told.seconds < 1.0, "it took {} s", told.seconds);
    told.is_cancelled_cleanly();
}

#[test]
fn a_sort_of_millions_of_rows_stops_when_asked() {
    for wait in [700, 2_000] {
        let told = Running::start(SORTED, Duration::from_millis(wait)).end_by("INT");
        assert!(told.seconds < 1.5, "it took {} s", told.seconds);
        told.is_cancelled_cleanly();
    }
}

#[test]
fn a_run_whose_engine_is_killed_fails_and_leaves_nothing() {
    let run = Running::start(ENDLESS, Duration::from_millis(500));
    kill("KILL", run.host());
    let told = run.wait();
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    assert!(told.stderr.contains("The engine was killed from outside (SIGKILL)"), "{}", told.stderr);
    told.leaves_nothing();
}

#[test]
fn what_a_killed_run_leaves_is_swept_by_the_next() {
    let run = Running::start(ENDLESS, Duration::from_millis(500));
    let host = run.host();
    let told = run.end_by("KILL");
    assert!(until(|| !is_alive(host)), "the engine goes too");
    assert_eq!(told.shell.read("out.csv"), OLD);
    told.shell.pipeline(SMALL);
    let next = told.shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(next.code, 0, "{}", next.stderr);
    assert!(next.stderr.contains("that an interrupted run had left"), "{}", next.stderr);
    assert_eq!(told.shell.read("out.csv"), told.shell.read("in.csv"));
    assert_eq!(names(&told.shell), ["also.parquet", "in.csv", "out.csv", "x.pipe.ron"]);
    assert_eq!(told.temporary(), [""; 0]);
}

/// A run that has begun to work.
struct Running {
    shell: Shell,
    child: Child,
    errors: thread::JoinHandle<String>,
}

/// How a run came to its end.
struct Ended {
    shell: Shell,
    code: Option<i32>,
    stderr: String,
    seconds: f64,
}

impl Running {
    /// Starts a run and lets it work for a while after its first stage has begun.
    fn start(nodes: &str, wait: Duration) -> Self {
        let shell = Shell::empty();
        let rows: String = (0..2_000).map(|number| format!("{number},row number {number}\n")).collect();
        shell.write("in.csv", format!("id,name\n{rows}"));
        shell.write("out.csv", OLD);
        shell.pipeline(nodes);
        let mut command = shell.at_home(hearing(), &["run", "x.pipe.ron", "--log", "json"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with(r#"{"event":"stage""#) {
            line.clear();
            assert!(errors.read_line(&mut line).unwrap() > 0, "the run ends before it begins: {line}");
            assert!(!line.starts_with(r#"{"event":"report""#), "{line}");
        }
        let errors = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        thread::sleep(wait);
        let mut run = Self { shell, child, errors };
        assert!(run.child.try_wait().unwrap().is_none(), "the run is over too soon");
        run
    }

    fn host(&self) -> u32 {
        let id = self.child.id();
        let mut children = String::new();
        for task in fs::read_dir(format!("/proc/{id}/task")).unwrap() {
            children += &fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        }
        children.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Hidden files beside the outputs.
    fn staged(&self) -> Vec<String> {
        names(&self.shell).into_iter().filter(|name| name.starts_with('.')).collect()
    }

    fn end_by(self, signal: &str) -> Ended {
        kill(signal, self.child.id());
        self.wait()
    }

    fn wait(mut self) -> Ended {
        let asked = Instant::now();
        let code = self.child.wait().unwrap().code();
        let seconds = asked.elapsed().as_secs_f64();
        println!("ended {seconds:.3} s after the signal");
        Ended { shell: self.shell, code, stderr: self.errors.join().unwrap(), seconds }
    }
}

impl Ended {
    fn is_cancelled_cleanly(&self) {
        assert_eq!(self.code, Some(3), "{}", self.stderr);
        assert!(self.stderr.contains(r#""outcome":"cancelled""#), "{}", self.stderr);
        self.leaves_nothing();
    }

    fn leaves_nothing(&self) {
        assert_eq!(self.shell.read("out.csv"), OLD);
        assert_eq!(names(&self.shell), ["in.csv", "out.csv", "x.pipe.ron"]);
        assert_eq!(self.temporary(), [""; 0]);
    }

    /// What stands among the temporary files, but for what is kept to be found again.
    fn temporary(&self) -> Vec<String> {
        let entries = fs::read_dir(self.shell.private()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "pipewright")
            .collect()
    }
}

fn names(shell: &Shell) -> Vec<String> {
    let entries = fs::read_dir(shell.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn kill(signal: &str, process: u32) {
    let sent = Command::new("kill").args([format!("-{signal}"), process.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Whether any of its threads runs: a process of which nobody has taken notice stays in the list, and while it gives its memory
/// back, its locks are held.
fn is_alive(process: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return false };
    threads.flatten().any(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("State:") && !line.contains(['Z', 'X']))
    })
}
