//! Whole programs on the same files: a pipeline run headless, and the same work in DuckDB, Polars for Python, pandas and Flowfile, each
//! from its start to its exit.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data::{self, called, python};
use crate::versus::{Turns, same};

/// What is done, by the names of files in `pipelines/`, with the columns that give rows an order where peers have none of their own.
const WORK: [(&str, &[&str]); 12] = [
    ("q1", &[]),
    ("q3", &[]),
    ("q6", &[]),
    ("q13", &[]),
    ("q18", &[]),
    ("group", &["l_suppkey"]),
    ("formulas", &[]),
    ("joins", &[]),
    ("window", &[]),
    ("pivot", &["l_suppkey"]),
    ("sort", &[]),
    ("unique", &["l_partkey", "mode"]),
];

/// A tool, its packages in PyPI, and its script in `peers/`.
const PEERS: [(&str, &[&str], &str); 4] = [
    ("Polars (Python)", &["polars", "pyarrow"], "polars_peer.py"),
    ("DuckDB", &["duckdb"], "duckdb_peer.py"),
    ("pandas", &["pandas", "pyarrow"], "pandas_peer.py"),
    ("Flowfile", &["Flowfile"], "flowfile_peer.py"),
];

type Work<'a> = Box<dyn Fn() -> Result<(), String> + 'a>;

pub fn measure() -> Result<(), String> {
    let folder = data::tables()?;
    let program = crate::program()?;
    let mut peers = Vec::new();
    for (name, packages, script) in PEERS {
        match python(packages) {
            Ok(python) => peers.push((name, python, Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script))),
            Err(why) => println!("  {name} is left out: {why}"),
        }
    }
    for part in ["ours", "peers"] {
        fs::create_dir_all(folder.join(part)).map_err(|error| error.to_string())?;
    }
    let wanted = env::var("PROOF_PIPELINE").unwrap_or_default();
    print!("  {:<10} {:>14}", "", "ours");
    peers.iter().for_each(|(name, ..)| print!(" {name:>24}"));
    println!();
    for (name, order) in WORK.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(format!("{name}.pipe.ron"));
        let here = folder.join(format!("{name}.pipe.ron"));
        fs::copy(pipeline, &here).map_err(|error| error.to_string())?;
        let ours = || called(Command::new(&program).arg("run").arg(&here));
        let mut work: Vec<Work> = vec![Box::new(ours)];
        for (tool, python, script) in &peers {
            work.push(run_of(tool, python, script, name, &folder)?);
        }
        work.iter().try_for_each(|work| work())?;
        let own = folder.join("ours").join(format!("{name}.parquet"));
        for (tool, ..) in &peers {
            same(&own, &output(&folder, tool, name), order).map_err(|why| format!("{name}, {tool}: {why}"))?;
        }
        let turns = Turns::of(&work)?;
        print!("  {name:<10} {:>11.0} ms", turns.median(0));
        for at in 1..work.len() {
            print!(" {:>12.0} ms {:>7.2}×", turns.median(at), turns.ratio(0, at, 0.5));
        }
        println!();
    }
    println!("  Ratios are our time in theirs: below 1 we are faster.");
    Ok(())
}

fn output(folder: &Path, tool: &str, name: &str) -> PathBuf {
    let tool: String = tool.chars().filter(char::is_ascii_alphanumeric).collect();
    folder.join("peers").join(format!("{name}-{tool}.parquet"))
}

/// How a peer is run. A flow of Flowfile is saved first, as it would be drawn, and run from its file.
fn run_of<'a>(tool: &str, python: &Path, script: &Path, name: &str, folder: &Path) -> Result<Work<'a>, String> {
    let out = output(folder, tool, name);
    let base = move |program: &Path| {
        let mut command = data::untuned(program);
        command.env("POLARS_MAX_THREADS", threads()).env("FLOWFILE_TELEMETRY", "0");
        command
    };
    let storage = folder.join("flowfile");
    if tool != "Flowfile" {
        let (python, script, name, folder) = (python.to_owned(), script.to_owned(), name.to_owned(), folder.to_owned());
        return Ok(Box::new(move || called(base(&python).arg(&script).arg(&name).arg(&folder).arg(&out))));
    }
    fs::create_dir_all(&storage).map_err(|error| error.to_string())?;
    let flow = storage.join(format!("{name}.yaml"));
    let mut save = base(python);
    save.arg(script).args(["save", name]).arg(folder).arg(&out).arg(&flow);
    called(save.env("FLOWFILE_STORAGE_DIR", &storage))?;
    let program = python.with_file_name("flowfile");
    Ok(Box::new(move || called(base(&program).args(["run", "flow"]).arg(&flow).env("FLOWFILE_STORAGE_DIR", &storage))))
}

/// As many as ours takes: all there are.
fn threads() -> String {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).to_string()
}
