//! What a report says of rows: counted where it says so, and never more than is known.

use std::fs;

use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Count, Job, Outcome, Report};
use tempfile::TempDir;

use crate::shell::{Shell, pipeline};

#[test]
fn what_goes_into_a_condition_that_is_never_true_is_counted() {
    // Polars by itself does not read what such a condition would drop.
    for never in ["false", "NULL", "v < 3 AND 1 > 2"] {
        let nodes = format!(
            r#" "small": (step: Filter(condition: "v < 5"), from: ["in"]),
                "none": (step: Filter(condition: "{never}"), from: ["small"]),
                "out": (step: WriteCsv(path: "out.csv"), from: ["none"]),"#
        );
        let report = run(10, &nodes);
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        assert_eq!(rows(&report, "small"), [Count::Exact(5), Count::Exact(5)], "{never}");
    }
}

#[test]
fn rows_that_nobody_read_on_are_not_told_as_counted() {
    let ends = [
        r#" "end": (step: Limit(count: 2), from: ["small"]),"#,
        r#" "end": (step: GroupBy(aggregations: [(function: First, column: "v")]), from: ["small"]),"#,
    ];
    for end in ends {
        let nodes = format!(
            r#" "small": (step: Filter(condition: "v < 200000"), from: ["in"]),
                {end}
                "out": (step: WriteCsv(path: "out.csv"), from: ["end"]),"#
        );
        let report = run(300_000, &nodes);
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        let [Count::AtLeast { at_least }, Count::Unknown] = rows(&report, "small") else {
            panic!("{:?}", rows(&report, "small"))
        };
        assert!((2..=200_000).contains(&at_least));
    }
}

#[test]
fn a_join_of_which_one_side_is_empty_need_not_read_the_other() {
    for kind in ["Inner", "Semi", "Right", "Cross"] {
        let on = if kind == "Cross" { "" } else { r#", on: [(left: "v", right: "v")]"# };
        let nodes = format!(
            r#" "none": (step: Filter(condition: "v < 0"), from: ["in"]),
                "other": (step: ReadCsv(path: "in.csv")),
                "both": (step: Join(kind: {kind}{on}), from: ["other", "none"]),
                "out": (step: WriteCsv(path: "out.csv"), from: ["both"]),"#
        );
        let report = run(300_000, &nodes);
        assert_eq!(report.outcome, Outcome::Done, "{kind}: {:?}", report.problems);
    }
}

#[test]
fn a_muted_node_obeys_no_law_but_that_of_its_first_input() {
    let report = run(
        3,
        r#" "half": (step: Filter(condition: "v < 1"), from: ["in"]),
            "both": (step: Union(), from: ["half", "half.false"], muted: true),
            "number": (step: Convert(columns: [(column: "v", to: Date)]), from: ["both"], muted: true),
            "none": (step: Filter(condition: "error_reason IS NOT NULL"), from: ["number.rejected"]),
            "out": (step: WriteCsv(path: "out.csv"), from: ["number"]),
            "bad": (step: WriteCsv(path: "bad.csv"), from: ["none"]),"#,
    );
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(report.written.iter().map(|written| written.rows).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn rejects_that_lead_nowhere_make_a_run_fail_as_those_that_nothing_is_wired_to() {
    let convert = r#" "days": (step: Convert(columns: [(column: "t", to: Date)]), from: ["in"]),
                      "out": (step: WriteCsv(path: "out.csv"), from: ["days"]),"#;
    let looked_at = format!(r#"{convert} "look": (step: Limit(count: 1), from: ["days.rejected"]),"#);
    let muted = format!(r#"{convert} "bad": (step: WriteCsv(path: "bad.csv"), from: ["days.rejected"], muted: true),"#);
    for nodes in [convert, &looked_at, &muted] {
        let report = run(3, nodes);
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(report.problems[0].message.starts_with("3 rows were rejected and nothing takes them."), "{nodes}");
    }
}

#[test]
fn a_source_that_does_not_give_what_was_found_in_it_makes_the_run_fail() {
    let shell = Shell::empty();
    shell.write("in.csv", "v\n11\n22\n");
    shell
        .pipeline(r#" "in": (step: ReadCsv(path: "in.csv")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#);
    assert_eq!(shell.call(&["run", "x.pipe.ron"]).code, 0);
    // What is kept of the check says something that the file does not hold.
    for kept in fs::read_dir(shell.private().join("pipewright/checked")).unwrap() {
        let kept = kept.unwrap().path();
        let text = fs::read_to_string(&kept).unwrap();
        assert!(text.contains("\"records\":2"), "{text}");
        fs::write(&kept, text.replace("\"records\":2", "\"records\":3")).unwrap();
    }
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("3 rows were found in the source, but 2 were read."), "{}", told.stderr);
    assert_eq!(shell.read("out.csv"), "v\n11\n22\n");
}

#[test]
fn expectations_that_are_not_met_are_told_and_make_a_run_fail_if_they_should() {
    let severities = |severity: &str| {
        run(
            10,
            &format!(
                r#" "checked": (step: Expectations(rules: [
                        (kind: Range, columns: ["v"], max: "6", severity: {severity}, name: "small"),
                        (kind: Range, columns: ["v"], max: "8", severity: {severity}, tolerance: 20),
                        (kind: Aggregate, min: "11", severity: {severity}),
                    ]), from: ["in"]),
                    "out": (step: WriteCsv(path: "out.csv"), from: ["checked"]),
                    "how": (step: WriteCsv(path: "how.csv"), from: ["checked.results"]),"#
            ),
        )
    };
    let said = "2 expectations are not met. The first: small: 3 of 10 rows break it, such as v = 7; \
                the number of rows is at least 11: it is 10.";
    let warned = severities("Warn");
    assert_eq!(warned.outcome, Outcome::Done, "{:?}", warned.problems);
    assert_eq!(warned.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), [said]);
    assert_eq!(warned.written.iter().map(|written| written.rows).collect::<Vec<_>>(), [10, 3]);
    let failed = severities("Fail");
    assert_eq!(failed.outcome, Outcome::Failed);
    assert_eq!(failed.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), [said]);
}

/// Runs nodes behind a file `in` with the columns `v`, numbers from 0, and `t`, a text.
fn run(rows: usize, nodes: &str) -> Report {
    let folder = TempDir::new().unwrap();
    let lines: String = (0..rows).map(|v| format!("{v},x{v}\n")).collect();
    std::fs::write(folder.path().join("in.csv"), format!("v,t\n{lines}")).unwrap();
    let text = pipeline(&format!(r#" "in": (step: ReadCsv(path: "in.csv")), {nodes}"#));
    let job = Job { file: folder.path().join("x.pipe.ron"), text, ..Job::default() };
    engine().run(&job, &Cancel::default(), &|_| {}).unwrap()
}

#[test]
fn a_document_without_a_field_has_no_rows() {
    let files = [("in.json", "[]"), ("in.json", "[{}, {}]"), ("in.xml", "<orders></orders>")];
    let writers = [
        "WriteCsv(path: \"out\")",
        "WriteJson(path: \"out\")",
        "WriteXml(path: \"out\")",
        "WriteParquet(path: \"out\")",
    ];
    for (file, text) in files {
        let read = if file == "in.xml" { "ReadXml" } else { "ReadJson" };
        for write in writers {
            let shell = Shell::empty();
            shell.write(file, text);
            shell.pipeline(&format!(r#""in": (step: {read}(path: "{file}")), "out": (step: {write}, from: ["in"]),"#));
            let told = shell.call(&["run", "x.pipe.ron"]);
            assert_eq!(told.code, 0, "{text} {write}: {}", told.stderr);
            assert!(told.stderr.contains("0 rows"), "{text} {write}: {}", told.stderr);
        }
    }
}

#[test]
fn what_is_joined_to_nothing_need_not_be_read() {
    let query =
        "SELECT a.v FROM (SELECT v, rank() OVER (ORDER BY t) AS r FROM \"in\" UNION ALL SELECT v, 1 FROM \"in\") a,
        (SELECT t, count(*) AS n FROM \"in\" GROUP BY t) b WHERE b.n = 7";
    let report = run(
        40,
        &format!(
            r##" "q": (step: Sql(query: r#"{query}"#), from: ["in"]),
                 "out": (step: WriteCsv(path: "out.csv"), from: ["q"]),"##
        ),
    );
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
}

#[test]
fn of_no_rows_wanted_none_need_be_read() {
    for query in ["SELECT count(*) AS n FROM \"in\"", "SELECT v, row_number() OVER (ORDER BY t) AS n FROM \"in\""] {
        let report = run(
            40,
            &format!(
                r##" "q": (step: Sql(query: r#"{query} LIMIT 0"#), from: ["in"]),
                     "out": (step: WriteCsv(path: "out.csv"), from: ["q"]),"##
            ),
        );
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    }
}

/// What came out of a filter as true and as false.
fn rows(report: &Report, node: &str) -> [Count; 2] {
    let report = report.nodes.iter().find(|report| report.node == node).unwrap();
    ["", "false"].map(|output| report.rows_out[output])
}
