//! The 22 queries of TPC-H and the 99 of TPC-DS through the node `Sql`, over small tables made on the spot, as DuckDB answers them.

use std::collections::BTreeSet;
use std::process::Command;

use crate::shell::PIPEWRIGHT;
use crate::tools;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/queries/queries.py");

/// Those that are not answered yet: what is must leave the list.
const TPC_H: [&str; 4] = ["q02", "q17", "q19", "q20"];
const TPC_DS: [&str; 28] = [
    "q01", "q04", "q05", "q06", "q09", "q10", "q13", "q14", "q18", "q22", "q30", "q31", "q32", "q35", "q37", "q41",
    "q45", "q48", "q64", "q67", "q70", "q72", "q77", "q80", "q81", "q82", "q86", "q92",
];

#[test]
fn queries_of_tpc_h_are_answered_as_by_duckdb() {
    are_answered("tpch", "0.01", 22, &TPC_H);
}

#[test]
fn queries_of_tpc_ds_are_answered_as_by_duckdb() {
    are_answered("tpcds", "0.05", 99, &TPC_DS);
}

fn are_answered(benchmark: &str, scale: &str, count: usize, not_yet: &[&str]) {
    let knows = Command::new("python3").args([SCRIPT, "ready"]).output().is_ok_and(|output| output.status.success());
    if !tools::are_there("python3 with DuckDB and its tables of TPC", knows) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    said(&["make", benchmark, scale, folder]);
    let all: Vec<String> = (1..=count).map(|number| format!("q{number:02}")).collect();
    let (later, now): (Vec<&str>, Vec<&str>) = all.iter().map(String::as_str).partition(|name| not_yet.contains(name));
    // What is expected not to end need not be waited for.
    let told = [(now, "100"), (later, "5")].map(|(names, seconds)| {
        let only = names.join(",");
        let wish =
            ["compare", folder, "--program", PIPEWRIGHT, "--memory", "2GB", "--timeout", seconds, "--only", &only];
        if names.is_empty() { String::new() } else { said(&wish) }
    });
    let lines = || told.iter().flat_map(|told| told.lines()).filter(|line| line.starts_with('q'));
    assert_eq!(lines().count(), count, "{told:?}");
    let different: BTreeSet<&str> =
        lines().filter(|line| !line[4..].starts_with("equal")).map(|line| &line[..3]).collect();
    assert_eq!(different, not_yet.iter().copied().collect(), "{}", told.concat());
}

fn said(arguments: &[&str]) -> String {
    let output = Command::new("python3").arg(SCRIPT).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
