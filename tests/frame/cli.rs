//! The command line, called as people call it.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use pipewright_runner::cli::words;

use crate::fake::{host_program, until};
use crate::shell::hearing;

const PIPEWRIGHT: &str = env!("CARGO_BIN_EXE_pipewright");

/// A folder with one pipeline file, and a host that does as its text says.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.pipe.ron"), text).unwrap();
        host_program(folder.path());
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hearing();
        command.args(arguments).current_dir(self.path()).env("PIPEWRIGHT_HOST", self.path().join("host.sh"));
        // With a display, a file alone opens the designer.
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Exit code, stdout and stderr, the latter without the line of a development build.
    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        let stderr = stderr.lines().filter(|line| !line.starts_with("This is a development build"));
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), stderr.map(|line| format!("{line}\n")).collect())
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(until(|| self.host().is_some()), "the host starts");
        child
    }

    /// The process id of the host, once it has started.
    fn host(&self) -> Option<u32> {
        fs::read_to_string(self.path().join("pid")).ok()?.trim().parse().ok()
    }

    fn host_has_ended(&self) -> bool {
        let Some(id) = self.host() else { return false };
        // An ended process that nobody has waited for yet is a Z.
        fs::read_to_string(format!("/proc/{id}/stat")).is_err() || is_zombie(id)
    }
}

fn is_zombie(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && line.contains('Z'))
}

fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_wrong_call_is_told_what_to_write_instead() {
    let place = Place::with("done");
    fs::create_dir(place.path().join("empty")).unwrap();
    fs::write(place.path().join("latin.pipe.ron"), b"(\n// M\xfcller\n)").unwrap();
    for (arguments, said) in [
        (&["run"][..], "FILE is missing. Write pipewright run FILE"),
        (&["rnu", "x.pipe.ron"], "Did you mean \"run\"?"),
        (&["x.pipe.ron"], "run the pipeline: pipewright run x.pipe.ron"),
        (&["run", "x.pipe.ron", "--reprot", "r.json"], "Did you mean \"--report\"?"),
        (&["run", "x.pipe.ron", "--set", "day"], "Write --set day=VALUE."),
        (&["run", "x.pipe.ron", "--set", "=7"], "Write --set NAME=VALUE."),
        (&["run", "x.pipe.ron", "--memory", "2"], "Write it like 2GB or 512MB."),
        (&["run", "x.pipe.ron", "--log", "xml"], "It can be json."),
        (&["run", "x.pipe"], "Did you mean \"x.pipe.ron\"?"),
        (&["run", "nowhere/x.pipe.ron"], "There is no folder \"nowhere\" either."),
        (&["run", "x.pipe.ron", "--report", "nowhere/r.json"], "Name a file in a folder that exists."),
        (&["run", "."], "\".\" is a folder, not a pipeline file."),
        (&["run", "empty"], "Name a file that ends in .pipe.ron."),
        (&["run", "latin.pipe.ron"], "Line 2 of \"latin.pipe.ron\" is not UTF-8 text."),
        (&["preview", "x.pipe.ron"], "NODE[.OUTPUT] is missing."),
        (&["preview", "x.pipe.ron", "a", "--rows", "-1"], "--rows"),
        (&["preview", "x.pipe.ron", "a", "b"], "\"b\" is one argument too many."),
        (&["preview", "x.pipe.ron", "a", "--format", "jsno"], "Did you mean \"json\"?"),
        (&["nodes", "Filtre"], "Did you mean \"Filter\"?"),
        (&["fmt"], "FILE… is missing."),
        (&["fmt", "y.pipe.ron"], "Did you mean \"x.pipe.ron\"?"),
    ] {
        let (code, stdout, stderr) = place.call(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_run_tells_what_became_of_every_row() {
    let (code, stdout, stderr) = Place::with("done").call(&["run", "x.pipe.ron"]);
    let expected = "\
Sources
  plazas  tolldata.tgz!tollplaza-data.tsv  1.5 MB  10,000 records  tabs, no header; clean
Nodes
            rows in  rows out  rejected
  plazas          –   ≥10,000         0
  large   1,238,770     4,200         3  false 1,234,567, rejected rows were skipped
Stages
  1  0.42 s  1 scan  plazas, large
Written
  out  out/a.csv  1 row  12 bytes
Done in 0.50 s.
";
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", expected));
}

#[test]
fn a_log_is_one_object_a_line_and_nothing_else() {
    let (code, _, stderr) = Place::with("panic").call(&["run", "x.pipe.ron", "--log", "json"]);
    let lines: Vec<serde_json::Value> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(code, 1);
    assert_eq!(lines[0]["event"], "stage");
    assert_eq!(lines[0]["holding"][0], "sorted");
    assert_eq!(lines[1]["event"], "report");
    assert_eq!(lines[1]["outcome"], "failed");
}

#[test]
fn the_report_is_written_also_when_the_run_fails() {
    for (text, code, outcome) in [("done", 0, "done"), ("abort", 1, "failed"), ("nonsense", 2, "failed")] {
        let place = Place::with(text);
        let (exit, _, stderr) = place.call(&["run", "x.pipe.ron", "--set", "day=1", "--report", "r.json"]);
        let report = fs::read_to_string(place.path().join("r.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!((exit, &report["outcome"]), (code, &outcome.into()), "{text}: {stderr}");
    }
}

#[test]
fn too_little_memory_ends_the_run_and_names_the_node() {
    let (code, _, stderr) = Place::with("eat").call(&["run", "x.pipe.ron", "--memory", "100MB"]);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("error in \"sorted\": More than 100 MB of memory was needed"), "{stderr}");
}

#[test]
fn ctrl_c_ends_a_run_within_a_second_with_code_3() {
    for (text, name) in [("polite", "INT"), ("deaf", "INT"), ("deaf", "TERM")] {
        let place = Place::with(text);
        let mut child = place.start(&["run", "x.pipe.ron", "--log", "json"]);
        // Its first line says that the run is under way.
        child.stderr.as_mut().unwrap().read_exact(&mut [0; 20]).unwrap();
        let asked = Instant::now();
        signal(name, &child);
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(3), "{text}, {name}");
        assert!(asked.elapsed().as_secs_f64() < 1.0, "{text}, {name}: {:?}", asked.elapsed());
        assert!(place.host_has_ended());
    }
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let place = Place::with("deaf");
    let mut child = place.start(&["run", "x.pipe.ron", "--log", "json"]);
    child.stderr.as_mut().unwrap().read_exact(&mut [0; 20]).unwrap();
    let asked = Instant::now();
    signal("INT", &child);
    std::thread::sleep(std::time::Duration::from_millis(100));
    signal("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(asked.elapsed().as_secs_f64() < 0.5, "{:?}", asked.elapsed());
}

#[test]
fn a_host_does_not_outlive_a_program_that_is_killed() {
    let place = Place::with("deaf");
    let mut child = place.start(&["run", "x.pipe.ron"]);
    assert!(!place.host_has_ended());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(until(|| place.host_has_ended()));
}

#[test]
fn the_program_is_a_host_until_its_input_ends() {
    let mut host = Command::new(PIPEWRIGHT).arg("host").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let hello = b"\x19\0\0\0{\"pipewright_protocol\":3}";
    let mut said = [0; 29];
    host.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, hello);
    let mut input = host.stdin.take().unwrap();
    input.write_all(hello).unwrap();
    assert!(host.try_wait().unwrap().is_none());
    drop(input);
    assert!(until(|| host.try_wait().unwrap().is_some_and(|status| status.success())));
}

#[test]
fn a_preview_keeps_types_and_tells_null_from_empty() {
    let place = Place::with(
        "name, n: Integer, f: Float, d: Decimal(6, 2), day: Date\n \"\", 1, 0.5, 1.5, 2024-05-01\n\"a,b\", , , ,",
    );
    let preview = |format| place.call(&["preview", "x.pipe.ron", "a", "--format", format]);
    let basis = "2 of 12,000 rows, from everything\n";
    let csv = "name,n,f,d,day\r\n\"\",1,0.5,1.50,2024-05-01\r\n\"a,b\",,,,\r\n";
    assert_eq!(preview("csv"), (0, csv.into(), basis.into()));
    let json = r#"[
  {"name": "", "n": 1, "f": 0.5, "d": 1.50, "day": "2024-05-01"},
  {"name": "a,b", "n": null, "f": null, "d": null, "day": null}
]
"#;
    assert_eq!(preview("json"), (0, json.into(), basis.into()));
    assert!(preview("table").1.contains("Decimal(6, 2)"));
}

#[test]
fn warnings_alone_do_not_fail_a_check() {
    let place = Place::with("()");
    let (code, stdout, _) = place.call(&["check", "x.pipe.ron"]);
    assert_eq!((code, stdout.as_str()), (0, "warning in \"large\": Mind the gap.\n"));
    let (code, stdout, _) = place.call(&["check", "x.pipe.ron", "--format", "json"]);
    let problems: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &problems[0]["severity"]), (0, &"warning".into()));
}

#[test]
fn fmt_changes_a_file_once_and_check_only_lists_it() {
    let place = Place::with("(version: 1, nodes: {})\n\n\n");
    let file = place.path().join("x.pipe.ron");
    let before = fs::read_to_string(&file).unwrap();
    assert_eq!(place.call(&["fmt", "--check", "x.pipe.ron"]), (1, "x.pipe.ron\n".into(), String::new()));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(place.call(&["fmt", "x.pipe.ron"]), (0, "x.pipe.ron\n".into(), String::new()));
    assert_ne!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(place.call(&["fmt", "x.pipe.ron"]), (0, String::new(), String::new()));
    let left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child =
        Command::new(PIPEWRIGHT).arg("nodes").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn amounts_are_read_and_shown_as_people_write_them() {
    assert_eq!(words::parse_bytes("2GB"), Ok(2_000_000_000));
    assert_eq!(words::parse_bytes("1.5 GiB"), Ok(1_610_612_736));
    assert!(["", "GB", "0MB", "1..5GB", "-1GB", "2 apples"].iter().all(|text| words::parse_bytes(text).is_err()));
    assert_eq!(words::bytes(2_000_000_000), "2 GB");
    assert_eq!([0, 999, 1_000, 12_345_678].map(words::thousands), ["0", "999", "1,000", "12,345,678"]);
}

#[test]
fn a_file_of_the_name_of_a_command_is_never_taken_for_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["host", "nodes", "run", "check", "preview", "fmt", "--version"] {
        fs::write(folder.path().join(name), "(version: 1, nodes: {})").unwrap();
    }
    let call = |arguments: &[&str]| {
        let mut command = Command::new(PIPEWRIGHT);
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap()
    };
    assert!(String::from_utf8_lossy(&call(&["nodes"]).stdout).contains("ReadCsv"));
    assert!(String::from_utf8_lossy(&call(&["--version"]).stdout).starts_with("pipewright "));
    assert!(String::from_utf8_lossy(&call(&["host"]).stdout).contains("pipewright_protocol"), "it is a host");
    // The host of this is started in a folder with a file of its name.
    assert_eq!(call(&["check", "run"]).status.code(), Some(0));
    let opened = call(&["./host"]);
    assert!(String::from_utf8_lossy(&opened.stderr).contains("can't open a window"), "{opened:?}");
}
