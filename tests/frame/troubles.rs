//! A disk, a folder or a file that goes wrong under a run: a clear message, and what was there before is there still.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::shell::{PIPEWRIGHT, Shell, Told};
use crate::tools;

const NODES: &str = r#""in": (step: ReadCsv(path: "in.csv", types: {"id": Integer, "name": Text})),
    "sorted": (step: Sort(by: [(column: "name", descending: true)]), from: ["in"]),
    "out": (step: WriteCsv(path: "out/out.csv"), from: ["sorted"]),"#;

/// A pipeline over so many rows, and an output that an earlier run has left.
fn shell(rows: usize) -> Shell {
    let shell = Shell::empty();
    let rows: String = (0..rows).map(|number| format!("{number},row number {number}\n")).collect();
    shell.write("in.csv", format!("id,name\n{rows}"));
    fs::create_dir(shell.path().join("out")).unwrap();
    shell.write("out/out.csv", "old\n");
    shell.pipeline(NODES);
    shell
}

fn left_as_it_was(shell: &Shell, told: &Told, code: i32) {
    let names: Vec<_> =
        fs::read_dir(shell.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!((told.code, shell.read("out/out.csv").as_str()), (code, "old\n"), "{}", told.stderr);
    assert_eq!(names, ["out.csv"], "{}", told.stderr);
}

/// What a run says in whose stage something happens.
fn while_it_runs(shell: &Shell, happens: impl FnOnce()) -> Told {
    let mut run = shell.command(&["run", "x.pipe.ron", "--log", "json"]);
    let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(run.stderr.take().unwrap());
    let mut stderr = String::new();
    while !stderr.contains("\"stage\"") && errors.read_line(&mut stderr).unwrap() > 0 {}
    happens();
    errors.read_to_string(&mut stderr).unwrap();
    Told { code: run.wait().unwrap().code().unwrap_or(-1), stdout: String::new(), stderr }
}

#[test]
fn a_source_that_grows_while_it_is_read_fails_the_run() {
    let shell = shell(400_000);
    let told = while_it_runs(&shell, || {
        let mut source = OpenOptions::new().append(true).open(shell.path().join("in.csv")).unwrap();
        source.write_all(b"400000,one more\n").unwrap();
    });
    left_as_it_was(&shell, &told, 1);
    assert!(told.stderr.contains("was changed while it was read"), "{}", told.stderr);
    assert!(told.stderr.contains("in.csv"), "{}", told.stderr);
}

#[test]
fn a_source_that_vanishes_while_it_is_read_fails_the_run() {
    let shell = shell(400_000);
    let told = while_it_runs(&shell, || fs::remove_file(shell.path().join("in.csv")).unwrap());
    left_as_it_was(&shell, &told, 1);
    assert!(told.stderr.contains("in.csv"), "{}", told.stderr);
}

/// With a fault put into these system calls by strace, if that is there.
fn with_fault(shell: &Shell, calls: &str, fault: &str) -> Option<Told> {
    let inject = format!("inject={calls}:{fault}");
    let arguments = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={calls}"),
        "-e",
        &inject,
        PIPEWRIGHT,
        "run",
        "x.pipe.ron",
    ];
    let output = shell.at_home(Command::new("strace"), &arguments).output();
    tools::are_there("strace", output.is_ok()).then(|| Told::of(&output.unwrap()))
}

#[test]
fn a_disk_that_fails_to_write_is_told_and_leaves_the_old_output() {
    for calls in ["fsync", "rename,renameat,renameat2"] {
        let shell = shell(100);
        let Some(told) = with_fault(&shell, calls, "error=EIO") else { return };
        left_as_it_was(&shell, &told, 1);
        assert!(told.stderr.contains("error") && told.stderr.contains("out.csv"), "{calls}: {}", told.stderr);
    }
}

#[test]
fn a_folder_that_may_only_be_read_is_told_before_anything_runs() {
    let shell = shell(100);
    let script =
        format!("mount --bind out out && mount -o remount,ro,bind out || exit 99; '{PIPEWRIGHT}' run x.pipe.ron");
    let output = shell.at_home(Command::new("unshare"), &["-rm", "sh", "-c", &script]).output();
    let mounted = output.as_ref().is_ok_and(|output| output.status.code() != Some(99));
    if !tools::are_there("unshare that may mount", mounted) {
        return;
    }
    let told = Told::of(&output.unwrap());
    left_as_it_was(&shell, &told, 2);
    assert!(told.stderr.contains("There is no permission to write into"), "{}", told.stderr);
}
