//! Runs that are killed while they write: when a thread comes to its first, second, … system call of a kind that changes files, and at
//! random moments. Afterwards every output must be whole, and once another run has begun all of them must be old or all new, with
//! nothing left lying beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Every kind of output, from the same rows, which differ with `v`. With `fail` the run ends before it puts anything in place.
const PIPELINE: &str = r#"(version: 1, parameters: { "v": (kind: Integer, default: "1"), "fail": (kind: Boolean, default: "false") }, nodes: {
    "in": (step: GenerateRows(column: "n", start: "1", end: "4000")),
    "rows": (step: Formula(formulas: [(column: "v", formula: "n * 10 + :v"), (column: "city", formula: "CASE n % 3 WHEN 0 THEN 'north' WHEN 1 THEN 'south' ELSE 'west' END"), (column: "w", formula: "CASE WHEN :fail THEN 1 / (n - n) ELSE 1.0 END")]), from: ["in"]),
    "csv": (step: WriteCsv(path: "out/a.csv"), from: ["rows"]),
    "parquet": (step: WriteParquet(path: "out/b.parquet"), from: ["rows"]),
    "json": (step: WriteJson(path: "out/c.json"), from: ["rows"]),
    "excel": (step: WriteExcel(path: "out/d.xlsx"), from: ["rows"]),
    "arrow": (step: WriteArrow(path: "out/e.arrow"), from: ["rows"]),
    "avro": (step: WriteAvro(path: "out/f.avro"), from: ["rows"]),
    "xml": (step: WriteXml(path: "out/g.xml"), from: ["rows"]),
    "html": (step: WriteMarkup(path: "out/h.html"), from: ["rows"]),
    "folders": (step: WriteParquet(path: "out/i", partition_by: ["city"]), from: ["rows"]),
    "files": (step: WriteCsv(path: "out/j", partition_by: ["city"]), from: ["rows"]),
})"#;

/// System calls that change what is on the disk.
const CALLS: [&str; 8] = ["write", "pwrite64", "fsync", "fdatasync", "rename", "renameat2", "unlink", "mkdir"];

/// What the outputs hold, by path.
type State = BTreeMap<PathBuf, Vec<u8>>;

struct Place {
    folder: tempfile::TempDir,
    program: PathBuf,
    /// What is there after a whole run with `v` 1, and 2.
    states: [State; 2],
}

pub fn measure() -> Result<(), String> {
    let moments: usize = std::env::var("PROOF_MOMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let place = Place::new(crate::program()?)?;
    let traced = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if traced {
        for call in CALLS {
            let mut at = 0;
            loop {
                at += 1;
                if !place.killed_at(call, at)? {
                    break;
                }
            }
            println!("  killed at each {call} of a thread: {} times, every output old or new", at - 1);
        }
    } else {
        println!("  system calls are left out: strace is not installed");
    }
    let usual = place.seconds()?;
    for at in 0..moments {
        place.killed_after(Duration::from_secs_f64(usual * 1.1 * at as f64 / moments as f64))?;
    }
    println!(
        "  killed at {moments} moments of a run of {usual:.2} s: every output old or new, all together after the next run"
    );
    Ok(())
}

impl Place {
    fn new(program: PathBuf) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        fs::write(folder.path().join("x.pipe.ron"), PIPELINE).map_err(|error| error.to_string())?;
        fs::create_dir(folder.path().join("out")).map_err(|error| error.to_string())?;
        let mut place = Self { folder, program, states: [State::new(), State::new()] };
        for v in [1, 2] {
            place.reset(v)?;
            place.states[v - 1] = place.state()?;
        }
        let [one, two] = &place.states;
        if one.keys().ne(two.keys()) || one.iter().zip(two).any(|(a, b)| a.1 == b.1 && !a.0.ends_with(".pipewright")) {
            return Err("two runs on different values do not differ in every file".to_owned());
        }
        Ok(place)
    }

    fn run(&self, program: &mut Command, v: usize, fail: bool) -> Command {
        let mut command = std::mem::replace(program, Command::new("true"));
        command.args(["run", "x.pipe.ron", "--set", &format!("v={v}"), "--set", &format!("fail={fail}")]);
        command.current_dir(self.folder.path()).env("PIPEWRIGHT_TEMP", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn reset(&self, v: usize) -> Result<(), String> {
        let status =
            self.run(&mut Command::new(&self.program), v, false).status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("a run that nobody disturbs ends with {status}")) }
    }

    fn seconds(&self) -> Result<f64, String> {
        let begun = std::time::Instant::now();
        self.reset(2)?;
        Ok(begun.elapsed().as_secs_f64())
    }

    fn state(&self) -> Result<State, String> {
        let mut state = State::new();
        list(&self.folder.path().join("out"), &mut state).map_err(|error| error.to_string())?;
        Ok(state)
    }

    /// Kills the host when one of its threads comes to its `at`-th call of this kind. False: none comes to so many.
    fn killed_at(&self, call: &str, at: usize) -> Result<bool, String> {
        self.reset(1)?;
        let record = self.folder.path().join("trace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o"]).arg(&record).arg("-e").arg(format!("inject={call}:signal=KILL:when={at}"));
        strace.arg(&self.program);
        self.run(&mut strace, 2, false).status().map_err(|error| error.to_string())?;
        let trace = fs::read_to_string(&record).map_err(|error| error.to_string())?;
        // A run that nobody disturbs kills its host at the end, too.
        let hit = trace.find("killed by SIGKILL").is_some_and(|at| !trace[..at].contains(", SIGKILL"));
        fs::remove_file(record).ok();
        self.is_whole(&format!("killed at {call} {at}"))?;
        Ok(hit)
    }

    /// Kills the run and its host after so long.
    fn killed_after(&self, moment: Duration) -> Result<(), String> {
        self.reset(1)?;
        let mut child =
            self.run(&mut Command::new(&self.program), 2, false).spawn().map_err(|error| error.to_string())?;
        std::thread::sleep(moment);
        // Halted first: a host that it starts between being asked for its hosts and being killed would live on.
        signal("STOP", child.id());
        while state_of(child.id()).is_some_and(|state| !ENDED.contains(&state) && state != 'T') {
            std::thread::sleep(Duration::from_millis(1));
        }
        let hosts = children(child.id());
        child.kill().ok();
        hosts.iter().for_each(|host| signal("KILL", *host));
        child.wait().ok();
        // What a host has staged is its own until it is gone, which on a busy machine takes a while.
        while hosts.iter().any(|host| state_of(*host).is_some_and(|state| !ENDED.contains(&state))) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.is_whole(&format!("killed after {moment:?}"))
    }

    /// Every output is old or new as it lies, and all are the same once another run has begun, with nothing beside them.
    fn is_whole(&self, what: &str) -> Result<(), String> {
        let [old, new] = &self.states;
        for (path, content) in self.state()? {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let within = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with(".pipewright-"));
            if !hidden && !within && old.get(&path) != Some(&content) && new.get(&path) != Some(&content) {
                return Err(format!("{what}: {} is neither old nor new", path.display()));
            }
        }
        // It puts right what it finds, and then ends without an output of its own.
        self.run(&mut Command::new(&self.program), 1, true).status().map_err(|error| error.to_string())?;
        let state = self.state()?;
        if state == *old || state == *new {
            return Ok(());
        }
        let strange =
            state.iter().find(|(path, content)| old.get(*path) != Some(*content) && new.get(*path) != Some(*content));
        Err(format!(
            "{what}: after the next run outputs are of two runs, or more is there: {:?}",
            strange.map(|it| it.0)
        ))
    }
}

fn list(folder: &Path, state: &mut State) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => list(&path, state)?,
            // A lock of a run that is dying may be gone by now.
            false => drop(fs::read(&path).map(|content| state.insert(path.clone(), unmarked(&path, content)))),
        }
    }
    Ok(())
}

/// Avro puts the same sixteen random bytes behind each block, the last of them at the end.
fn unmarked(path: &Path, mut content: Vec<u8>) -> Vec<u8> {
    let Some(marker) =
        content.last_chunk::<16>().copied().filter(|_| path.extension().is_some_and(|end| end == "avro"))
    else {
        return content;
    };
    let mut at = 0;
    while at + 16 <= content.len() {
        if content[at..at + 16] == marker {
            content[at..at + 16].fill(0);
        }
        at += 1;
    }
    // What its header says comes in any order, too.
    content.sort_unstable();
    content
}

fn children(parent: u32) -> Vec<u32> {
    let told = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    told.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn signal(name: &str, process: u32) {
    Command::new("kill").args([&format!("-{name}"), &process.to_string()]).stderr(Stdio::null()).status().ok();
}

/// Those of a process that waits to be buried.
const ENDED: [char; 2] = ['Z', 'X'];

/// The letter that the system has for what a process does: `R` for running, `T` for halted.
fn state_of(process: u32) -> Option<char> {
    let told = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    told.rsplit_once(')')?.1.trim_start().chars().next()
}
