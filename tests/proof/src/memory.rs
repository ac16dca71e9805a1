//! What becomes of a run over a file five times the size of the memory that it may use.

use std::fs;
use std::process::Command;

use crate::processes::watched;
use crate::rows;

const ROWS: u64 = 100_000_000;

/// What is done with the rows, by the node that does it.
const CASES: &[(&str, &str)] = &[
    ("filter and write", r#""it": (step: Filter(condition: "\"group\" < 500"), from: ["in"])"#),
    (
        "group by, 1,000 groups",
        r#""it": (step: GroupBy(by: ["group"], aggregations: [(function: Sum, column: "value")]), from: ["in"])"#,
    ),
    (
        "group by, 10 million groups",
        r#""it": (step: GroupBy(by: ["key"], aggregations: [(function: Sum, column: "value")]), from: ["in"])"#,
    ),
    (
        "join with 10 million rows",
        r#""keys": (step: Unique(by: ["key"]), from: ["in"]), "narrow": (step: Select(columns: [(column: "key"), (column: "name")]), from: ["keys"]),
           "it": (step: Join(on: [(left: "key", right: "key")]), from: ["in", "narrow"])"#,
    ),
    ("sort", r#""it": (step: Sort(by: [(column: "value"), (column: "id")]), from: ["in"])"#),
    ("sort by text", r#""it": (step: Sort(by: [(column: "name", descending: true)]), from: ["in"])"#),
    ("unique", r#""it": (step: Unique(by: ["key"]), from: ["in"])"#),
    (
        "window",
        r#""it": (step: Window(by: ["key"], order: [(column: "id")], columns: [(function: RunningSum, column: "value", as: "sum")]), from: ["in"])"#,
    ),
];

pub fn measure() -> Result<(), String> {
    let source = rows::table(ROWS)?;
    let program = crate::program()?;
    let bytes = fs::metadata(&source).map_err(|error| error.to_string())?.len();
    let memory = bytes / 5;
    let wanted = std::env::var("PROOF_MEMORY").unwrap_or_default();
    println!("  {} MB of Parquet, {} MB of memory allowed", bytes / 1_000_000, memory / 1_000_000);
    for (name, nodes) in CASES.iter().filter(|(name, _)| name.contains(&wanted)) {
        let folder = rows::pipeline(&source, nodes)?;
        let mut run = Command::new(&program);
        run.args(["run", "x.pipe.ron", "--memory", &format!("{}KB", memory / 1_000)]);
        let went = watched(run.current_dir(folder.path()).env("PIPEWRIGHT_TEMP", folder.path()))?;
        let last = went.stderr.lines().rfind(|line| line.contains("error")).unwrap_or_default();
        println!(
            "  {name:<30} exit {}  {:>7.1} s  {:>6} MB at most  {last}",
            went.code,
            went.seconds,
            went.peak / 1_000_000
        );
    }
    Ok(())
}
