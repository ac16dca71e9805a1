//! Sorts that go by way of the disk give what those in memory give, to the last row.

use std::fmt::Write as _;
use std::fs;

use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Job, Outcome, Report};

use crate::shell::pipeline;

/// Values that repeat, nulls, NaN and both zeros.
fn rows() -> String {
    let mut text = "id,n,f,t\n".to_owned();
    let mut state = 7u64;
    for id in 0..70_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = state >> 33;
        let n = if x.is_multiple_of(11) { String::new() } else { (x % 500).to_string() };
        let f = match x % 97 {
            0 => String::new(),
            1 => "NaN".to_owned(),
            2 => "-0.0".to_owned(),
            3 => "0.0".to_owned(),
            _ => format!("{}", (x % 3_000) as f64 / 8.0 - 100.0),
        };
        let t = if x.is_multiple_of(13) { String::new() } else { format!("t{}", x % 2_000) };
        writeln!(text, "{id},{n},{f},{t}").unwrap();
    }
    text
}

fn run(folder: &std::path::Path, by: &str, memory: Option<u64>) -> (String, Report) {
    let text = pipeline(&format!(
        r#""in": (step: ReadCsv(path: "in.csv", types: {{"n": Integer, "f": Float, "t": Text}})),
           "some": (step: Filter(condition: "id >= 5"), from: ["in"]),
           "sort": (step: Sort(by: [{by}]), from: ["some"]),
           "last": (step: Formula(formulas: [(column: "id", formula: "id + 0")]), from: ["sort"]),
           "out": (step: WriteCsv(path: "out.csv"), from: ["last"]),"#
    ));
    let job = Job { file: folder.join("x.pipe.ron"), text, memory, ..Job::default() };
    let report = engine().run(&job, &Cancel::default(), &|_| {}).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    (fs::read_to_string(folder.join("out.csv")).unwrap(), report)
}

#[test]
fn more_rows_than_fit_in_memory_are_sorted_as_others_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), rows()).unwrap();
    for by in [
        r#"(column: "n")"#,
        r#"(column: "f", descending: true), (column: "t")"#,
        r#"(column: "t", nulls_first: true), (column: "n", descending: true)"#,
        r#"(column: "id", descending: true)"#,
        r#"(column: "id")"#,
    ] {
        let (small, report) = run(folder.path(), by, Some(4_000_000));
        let (large, _) = run(folder.path(), by, None);
        assert!(small == large, "{by}");
        assert_eq!(small.lines().count(), 69_996);
        let noted = |name: &str| report.problems.iter().any(|problem| problem.node.as_deref() == Some(name));
        assert!(noted("sort"), "{:?}", report.problems);
        let node = report.nodes.iter().find(|node| node.node == "sort").unwrap();
        assert_eq!(serde_json::to_value(node).unwrap()["rows_in"], 69_995);
        assert!(report.stages.iter().all(|stage| stage.holding.is_empty()), "{:?}", report.stages);
    }
}
