//! The 22 queries of TPC-H and the 99 of TPC-DS through the node `Sql`, over small tables made on the spot, as DuckDB answers them.

use std::process::Command;

use crate::shell::PIPEWRIGHT;
use crate::tools;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/queries/queries.py");

#[test]
fn queries_of_tpc_h_are_answered_as_by_duckdb() {
    are_answered("tpch", "0.01", 22);
}

#[test]
fn queries_of_tpc_ds_are_answered_as_by_duckdb() {
    are_answered("tpcds", "0.05", 99);
}

fn are_answered(benchmark: &str, scale: &str, count: usize) {
    let knows = Command::new("python3").args([SCRIPT, "ready"]).output().is_ok_and(|output| output.status.success());
    if !tools::are_there("python3 with DuckDB and its tables of TPC", knows) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    said(&["make", benchmark, scale, folder]);
    let told = said(&["compare", folder, "--program", PIPEWRIGHT, "--memory", "2GB", "--timeout", "100"]);
    let answers: Vec<&str> = told.lines().filter(|line| line.starts_with('q')).collect();
    assert_eq!(answers.len(), count, "{told}");
    let others: Vec<&str> = answers.into_iter().filter(|line| !line[4..].starts_with("equal")).collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

fn said(arguments: &[&str]) -> String {
    let output = Command::new("python3").arg(SCRIPT).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
