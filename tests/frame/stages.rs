//! Pipelines that run in several stages, and what is seen of them before they run.

use std::fs;

use crate::shell::Shell;

#[test]
fn forty_diamonds_in_a_row_with_a_pivot_at_their_end_give_one_row() {
    let mut nodes = r#" "n0": (step: Table(columns: [(name: "k", kind: Integer)], rows: [["1"], ["2"]])),"#.to_owned();
    for at in 1..=40 {
        let before = at - 1;
        nodes +=
            &format!(r#" "n{at}": (step: Join(on: [(left: "k", right: "k")]), from: ["n{before}", "n{before}"]),"#);
    }
    nodes += r#" "p": (step: Pivot(on: "k"), from: ["n40"]), "out": (step: WriteCsv(path: "-"), from: ["p"]),"#;
    let told = called(&nodes, &["run", "x.pipe.ron"]);
    assert_eq!((told.0, told.1.as_str()), (0, "1,2\n1,1\n"), "{}", told.2);
}

#[test]
fn a_pivot_reads_what_was_kept_for_another_reason() {
    // What n4 gives is where so many diamonds are cut: nothing is left to execute before the question of the pivot.
    let mut nodes = r#" "n0": (step: Table(columns: [(name: "k", kind: Integer)], rows: [["1"], ["2"]])),"#.to_owned();
    for at in 1..=12 {
        let before = at - 1;
        nodes += &format!(
            r#" "n{at}": (step: Join(on: [(left: "k", right: "k")]), from: ["n{before}", "n{before}"]),
                "p{at}": (step: Pivot(on: "k", prefix: "is "), from: ["n{before}"]),
                "o{at}": (step: WriteCsv(path: "p{at}.csv"), from: ["p{at}"]),"#
        );
    }
    let shell = Shell::empty();
    shell.pipeline(&nodes);
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    (1..=12).for_each(|at| assert_eq!(shell.read(&format!("p{at}.csv")), "is 1,is 2\n1,1\n"));
}

#[test]
fn a_pivot_means_the_same_for_few_values_and_for_many() {
    for (function, x_and_y) in [
        ("Sum", [["1", ""], ["5", ""]]),
        ("Mean", [["1.0", ""], ["5.0", ""]]),
        ("Min", [["1", ""], ["5", ""]]),
        ("Max", [["1", ""], ["5", ""]]),
        ("Count", [["2", "1"], ["1", "0"]]),
        ("CountValues", [["1", "0"], ["1", "0"]]),
    ] {
        // Those beside x and y are in no row, where counts are 0.
        for others in [0, 20] {
            let values: Vec<String> =
                ["x", "y"].map(str::to_owned).into_iter().chain((0..others).map(|at| format!("o{at}"))).collect();
            let of = if function == "Count" { "" } else { r#", column: "v""# };
            let nodes = format!(
                r#""in": (step: Table(columns: [(name: "g", kind: Text), (name: "k", kind: Text), (name: "v", kind: Integer)],
                    rows: [["a", "x", "1"], ["a", "x", ""], ["a", "y", ""], ["b", "x", "5"]])),
                "p": (step: Pivot(by: ["g"], on: "k", function: {function}{of}, values: {values:?}), from: ["in"]),
                "out": (step: WriteCsv(path: "-"), from: ["p"]),"#
            );
            let told = called(&nodes, &["run", "x.pipe.ron"]);
            let empty = if function.starts_with("Count") { ",0" } else { "," }.repeat(others);
            let [a, b] = x_and_y.map(|cells| cells.join(","));
            let expected = format!("g,{}\na,{a}{empty}\nb,{b}{empty}\n", values.join(","));
            assert_eq!(told.1, expected, "{function}: {}", told.2);
        }
    }
}

#[test]
fn a_pivot_behind_a_pivot_is_joined_with_a_source_that_is_read_once() {
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "p": (step: Pivot(by: ["g"], on: "paid", max_columns: 18446744073709551615), from: ["in"]),
        "q": (step: Pivot(by: ["1.50"], on: "g"), from: ["p"]),
        "j": (step: Join(kind: Cross), from: ["in", "q"]),
        "out": (step: WriteCsv(path: "-"), from: ["j"]),"#;
    let shell = Shell::empty();
    shell.write("in.csv", "g,paid\na,1.50\nb,2.25\na,1.50\n");
    shell.pipeline(&nodes.replace(r#""in.csv""#, r#""in.csv", types: {"paid": Decimal(10, 2)}"#));
    let told = shell.call(&["run", "x.pipe.ron", "--report", "report.json"]);
    let rows = ["a,1.50,2,1,0", "a,1.50,0,0,1", "b,2.25,2,1,0", "b,2.25,0,0,1", "a,1.50,2,1,0", "a,1.50,0,0,1"];
    assert_eq!(told.stdout, format!("g,paid,1.50,a,b\n{}\n", rows.join("\n")), "{}", told.stderr);
    let report: serde_json::Value = serde_json::from_str(&shell.read("report.json")).unwrap();
    let stages = report["stages"].as_array().unwrap();
    let reading = stages.iter().filter(|stage| stage["nodes"].as_array().unwrap().contains(&"in".into()));
    assert_eq!(reading.count(), 1, "{stages:?}");
}

#[test]
fn a_check_goes_by_the_first_rows_where_columns_depend_on_the_data() {
    let nodes = r#"
        "in": (step: Table(columns: [(name: "g", kind: Text), (name: "y", kind: Integer)], rows: [["a", "2023"]])),
        "p": (step: Pivot(by: ["g"], on: "y"), from: ["in"]),
        "late": (step: Select(columns: [(column: "2042")]), from: ["p"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["late"]),"#;
    let (code, text, errors) = called(nodes, &["check", "x.pipe.ron"]);
    // The rows that were not looked at may have it.
    assert_eq!(code, 0, "{text}{errors}");
    assert_eq!(format!("{text}{errors}").matches("There is no column \"2042\"").count(), 1, "{text}{errors}");
}

#[test]
fn what_is_wrong_with_an_output_behind_a_pivot_is_said_before_anything_runs() {
    let nodes = r#"
        "in": (step: Table(columns: [(name: "g", kind: Text)], rows: [["a"]])),
        "p": (step: Pivot(on: "g"), from: ["in"]),
        "out": (step: WriteCsv(path: "in.csv/out.csv"), from: ["p"]),"#;
    let (code, _, errors) = called(nodes, &["run", "x.pipe.ron"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("\"out\", path"), "{errors}");
}

#[test]
fn a_preview_looks_at_no_source_but_its_own() {
    let nodes = r#"
        "gone": (step: ReadCsv(path: "gone.csv")),
        "in": (step: ReadCsv(path: "in.csv")),
        "all": (step: Union(), from: ["gone", "in"]),
        "newer": (step: Teleport(), from: ["in"]),"#;
    let (code, text, errors) = called(nodes, &["preview", "x.pipe.ron", "in", "--format", "csv"]);
    assert_eq!((code, text.as_str()), (0, "v\r\n1\r\n"), "{errors}");
}

#[test]
fn small_sources_are_whole_in_a_sample_and_large_ones_are_named() {
    let shell = Shell::empty();
    let numbers =
        |from: u32, to: u32| (from..to).map(|v| format!("{v},some words to fill a line\n")).collect::<String>();
    shell.write("small.csv", format!("v,words\n{}", numbers(0, 20_000)));
    shell.write("large.csv", format!("v,words\n{}", numbers(0, 200_000)));
    shell.pipeline(
        r#"
        "small": (step: ReadCsv(path: "small.csv")),
        "large": (step: ReadCsv(path: "large.csv")),
        "one": (step: GroupBy(aggregations: [(function: Max, column: "v")]), from: ["small"]),
        "two": (step: Join(kind: Right, on: [(left: "v", right: "v")]), from: ["large", "small"]),"#,
    );
    assert!(fs::metadata(shell.path().join("large.csv")).unwrap().len() > 4 << 20);
    let preview = |node: &str| shell.call(&["preview", "x.pipe.ron", node, "--format", "csv", "--rows", "1"]);
    assert_eq!(preview("one").stdout, "max_v\r\n19999\r\n");
    assert_eq!(preview("one").stderr, "1 row, from everything\n");
    let basis = "the first 10,000 records of \"large\", and all of the other sources";
    assert_eq!(preview("two").stderr, format!("1 of 20,000 rows, from {basis}\n"));
    assert_eq!(preview("large").stderr, "1 of 10,000 rows, from the first 10,000 records of each source\n");
}

#[test]
fn a_column_that_shows_only_late_in_a_small_file_is_known_before_running() {
    let shell = Shell::empty();
    let early = "{\"a\": 1}\n".repeat(150);
    shell.write("in.ndjson", format!("{early}{{\"a\": 2, \"late\": \"x\"}}\n"));
    shell.pipeline(
        r#"
        "in": (step: ReadJson(path: "in.ndjson")),
        "late": (step: Filter(condition: "late = 'x'"), from: ["in"]),
        "out": (step: WriteCsv(path: "-"), from: ["late"]),"#,
    );
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.stdout, "a,late\n2,x\n", "{}", told.stderr);
}

/// Code, standard output and errors of a call on these nodes, beside a file `in.csv`.
fn called(nodes: &str, arguments: &[&str]) -> (i32, String, String) {
    let shell = Shell::empty();
    shell.write("in.csv", "v\n1\n");
    shell.pipeline(nodes);
    let told = shell.call(arguments);
    (told.code, told.stdout, told.stderr)
}
