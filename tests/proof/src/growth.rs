//! How time and memory grow with rows, and the time of a check with nodes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::data::called;
use crate::processes::watched;
use crate::rows;

const ROWS: [u64; 3] = [1_000_000, 10_000_000, 100_000_000];
const NODES: [usize; 4] = [10, 100, 1_000, 5_000];

const CASES: &[(&str, &str)] = &[
    ("filter and write", r#""it": (step: Filter(condition: "\"group\" < 500"), from: ["in"])"#),
    (
        "1,000 groups",
        r#""it": (step: GroupBy(by: ["group"], aggregations: [(function: Sum, column: "value")]), from: ["in"])"#,
    ),
    (
        "many groups",
        r#""it": (step: GroupBy(by: ["key"], aggregations: [(function: Sum, column: "value")]), from: ["in"])"#,
    ),
    ("sort", r#""it": (step: Sort(by: [(column: "value")]), from: ["in"])"#),
];

/// A line for each in `growth.csv`: what is done, rows, seconds, megabytes. The program itself draws them for the README.
pub fn measure() -> Result<(), String> {
    let program = crate::program()?;
    let mut lines = "work,rows,seconds,megabytes\n".to_owned();
    for (name, nodes) in CASES {
        for rows in ROWS {
            let source = rows::table(rows)?;
            let folder = rows::pipeline(&source, nodes)?;
            let mut runs = Vec::new();
            // Those that take minutes are run once.
            for _ in 0..if rows > 10_000_000 { 1 } else { 3 } {
                let went = watched(Command::new(&program).args(["run", "x.pipe.ron"]).current_dir(folder.path()))?;
                if went.code != 0 {
                    return Err(went.stderr);
                }
                runs.push(went);
            }
            runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
            let median = &runs[runs.len() / 2];
            println!("  {name:<34} {rows:>11} rows {:>7.2} s {:>6} MB", median.seconds, median.peak / 1_000_000);
            writeln!(lines, "\"{name}\",{rows},{:.2},{}", median.seconds, median.peak / 1_000_000).ok();
        }
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(here.join("growth.csv"), lines).map_err(|error| error.to_string())?;
    called(Command::new(&program).arg("run").arg(here.join("growth.pipe.ron")))?;
    checks(&program)
}

/// A chain of formulas and filters, and a file at its end.
fn checks(program: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    fs::write(folder.path().join("in.csv"), "a,b,c\n1,2,x\n").map_err(|error| error.to_string())?;
    println!("  nodes, and milliseconds from start to exit of a check of them");
    for nodes in NODES {
        let mut text = "(version: 1, nodes: { \"n0\": (step: ReadCsv(path: \"in.csv\")),\n".to_owned();
        for at in 1..nodes - 1 {
            let step = match at % 2 {
                0 => "Filter(condition: \"a + b > 0 AND c <> ''\")",
                _ => "Formula(formulas: [(column: \"a\", formula: \"a % 1000 + 1\")])",
            };
            writeln!(text, "\"n{at}\": (step: {step}, from: [\"n{}\"]),", at - 1).ok();
        }
        writeln!(text, "\"out\": (step: WriteCsv(path: \"out.csv\"), from: [\"n{}\"]), }})", nodes - 2).ok();
        fs::write(folder.path().join("x.pipe.ron"), text).map_err(|error| error.to_string())?;
        let mut times = Vec::new();
        for _ in 0..11 {
            let begun = Instant::now();
            called(Command::new(program).args(["check", "x.pipe.ron"]).current_dir(folder.path()))?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        println!("  {nodes:>6}  {:>7.0} ms", times[5]);
    }
    Ok(())
}
