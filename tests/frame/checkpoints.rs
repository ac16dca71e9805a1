//! Rows that are kept for the next run, and when they are used.

use std::fs;

use serde_json::Value;

use crate::shell::Shell;

const NODES: &str = r#"
    "in": (step: ReadCsv(path: "in.csv", types: {"v": Integer})),
    "double": (step: Formula(formulas: [(column: "d", formula: "v * :times")]), from: ["in"]),
    "kept": (step: Checkpoint(), from: ["double"]),
    "sum": (step: GroupBy(aggregations: [(function: Sum, column: "d", as: "sum")]), from: ["kept"]),
    "out": (step: WriteCsv(path: "out.csv"), from: ["sum"]),"#;

/// A pipeline of these nodes, with a parameter that they speak of and one that they don't.
fn shell(nodes: &str) -> Shell {
    let shell = Shell::empty();
    shell.write("in.csv", "v\n1\n2\n3\n");
    shell.write(
        "x.pipe.ron",
        format!(
            r#"(version: 1, parameters: {{ "times": (kind: Integer, default: "2"), "other": (kind: Text, default: "") }},
                nodes: {{ {nodes} }})"#
        ),
    );
    shell
}

/// The report of a run that ends with this code, and whether the sources were read in it.
fn run(shell: &Shell, more: &[&str], code: i32) -> (Value, bool) {
    let call = [&["run", "x.pipe.ron", "--report", "report.json"], more].concat();
    let told = shell.call(&call);
    assert_eq!(told.code, code, "{}{}", told.stdout, told.stderr);
    let report: Value = serde_json::from_str(&shell.read("report.json")).unwrap();
    let read = !report["sources"].as_array().unwrap().is_empty();
    (report, read)
}

fn messages(report: &Value) -> Vec<&str> {
    report["problems"].as_array().unwrap().iter().map(|problem| problem["message"].as_str().unwrap()).collect()
}

fn kept(shell: &Shell) -> Vec<String> {
    let entries = fs::read_dir(shell.path().join("staging")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn a_run_goes_on_from_the_rows_that_an_earlier_one_kept() {
    let shell = shell(NODES);
    assert!(run(&shell, &[], 0).1);
    assert_eq!((shell.read("out.csv"), kept(&shell).len()), ("sum\n12\n".to_owned(), 2));
    fs::remove_file(shell.path().join("out.csv")).unwrap();
    let (report, read) = run(&shell, &["--set", "other=x"], 0);
    assert!(!read, "{report}");
    assert_eq!(shell.read("out.csv"), "sum\n12\n");
    assert!(messages(&report)[0].starts_with("The 3 rows that were kept at 20"), "{report}");
    let nodes: Vec<&str> =
        report["nodes"].as_array().unwrap().iter().map(|node| node["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["kept", "sum", "out"]);
    assert_eq!(report["nodes"][1]["rows_in"], 3);
}

#[test]
fn rows_are_computed_again_when_what_they_depend_on_is_another() {
    let shell = shell(NODES);
    run(&shell, &[], 0);
    assert!(run(&shell, &["--set", "times=3"], 0).1);
    assert_eq!((shell.read("out.csv"), kept(&shell).len()), ("sum\n18\n".to_owned(), 2));
    assert!(!run(&shell, &["--set", "times=3"], 0).1);
    shell.write("in.csv", "v\n1\n2\n30\n");
    assert!(run(&shell, &["--set", "times=3"], 0).1);
    assert_eq!((shell.read("out.csv"), kept(&shell).len()), ("sum\n99\n".to_owned(), 2));
    // What is below does not matter.
    let text = shell.read("x.pipe.ron");
    shell.write("x.pipe.ron", text.replace("function: Sum", "function: Max"));
    assert!(!run(&shell, &["--set", "times=3"], 0).1);
    assert_eq!(shell.read("out.csv"), "sum\n90\n");
    shell.write("x.pipe.ron", text.replace("v * :times", "v + :times"));
    assert!(run(&shell, &["--set", "times=3"], 0).1);
    assert_eq!(shell.read("out.csv"), "sum\n42\n");
}

#[test]
fn a_run_that_fails_below_goes_on_from_there_the_next_time() {
    let share = r#""share": (step: Formula(formulas: [(column: "q", formula: "1 / (d - 2)")]), from: ["kept"]),"#;
    let shell = shell(&format!("{share}{}", NODES.replace("from: [\"kept\"]", "from: [\"share\"]")));
    let (report, read) = run(&shell, &[], 1);
    assert!(read && messages(&report)[0].contains("rejected"), "{report}");
    let text = shell.read("x.pipe.ron");
    shell.write("x.pipe.ron", text.replace("(d - 2)", "(d - 1)"));
    assert!(!run(&shell, &[], 0).1);
    assert_eq!(shell.read("out.csv"), "sum\n12\n");
}

#[test]
fn nothing_is_kept_where_rows_above_are_missing() {
    let shell = shell(&NODES.replace("v * :times", ":times / (v - 1)"));
    run(&shell, &[], 1);
    assert_eq!(kept(&shell), [""; 0]);
    let skipped = shell.read("x.pipe.ron").replace("(v - 1)\")]", "(v - 1)\")], on_error: Skip");
    shell.write("x.pipe.ron", skipped);
    let first = messages(&run(&shell, &[], 0).0).join(" ");
    assert!(first.starts_with("1 row was left out."), "{first}");
    // What was said of them is said again.
    let (report, read) = run(&shell, &[], 0);
    assert!(!read && messages(&report)[1].starts_with("1 row was left out."), "{report}");
}

#[test]
fn rejects_that_are_written_are_computed_each_time() {
    let nodes = NODES.replace("v * :times", ":times / (v - 1)");
    let shell = shell(&(nodes + r#""bad": (step: WriteCsv(path: "bad.csv"), from: ["double.rejected"]),"#));
    run(&shell, &[], 0);
    let bad = shell.read("bad.csv");
    assert!(bad.contains("division by zero"), "{bad}");
    fs::remove_file(shell.path().join("bad.csv")).unwrap();
    let (report, read) = run(&shell, &[], 0);
    assert!(read && messages(&report)[0].contains("used again"), "{report}");
    assert_eq!((shell.read("bad.csv"), shell.read("out.csv").as_str()), (bad, "sum\n3.0\n"));
}

#[test]
fn old_and_damaged_rows_are_not_used() {
    let shell = shell(&NODES.replace("Checkpoint()", "Checkpoint(hours: 0)"));
    run(&shell, &[], 0);
    assert!(run(&shell, &[], 0).1);
    shell.write("x.pipe.ron", shell.read("x.pipe.ron").replace("hours: 0", "hours: 1"));
    assert!(!run(&shell, &[], 0).1);
    for name in kept(&shell) {
        let text = fs::read(shell.path().join("staging").join(&name)).unwrap();
        shell.write(&format!("staging/{name}"), &text[..text.len() / 2]);
        assert!(run(&shell, &[], 0).1, "{name}");
        assert_eq!(shell.read("out.csv"), "sum\n12\n");
    }
}

#[test]
fn of_two_checkpoints_the_last_one_is_enough() {
    let two = NODES.replace("from: [\"kept\"]),\n", "from: [\"later\"]),\n");
    let shell = shell(
        &(two
            + r#""more": (step: Filter(condition: "d > 2"), from: ["kept"]), "later": (step: Checkpoint(), from: ["more"]),"#),
    );
    run(&shell, &[], 0);
    assert_eq!(kept(&shell).len(), 4);
    let (report, read) = run(&shell, &[], 0);
    assert!(!read && messages(&report).len() == 1, "{report}");
    assert_eq!(shell.read("out.csv"), "sum\n10\n");
    shell.write("x.pipe.ron", shell.read("x.pipe.ron").replace("d > 2", "d > 4"));
    let (report, read) = run(&shell, &[], 0);
    assert!(!read && messages(&report).len() == 1, "{report}");
    assert_eq!(shell.read("out.csv"), "sum\n6\n");
}

#[test]
fn only_a_run_keeps_rows_and_a_run_to_the_checkpoint_does() {
    let shell = shell(NODES);
    assert_eq!(shell.call(&["check", "x.pipe.ron"]).code, 0);
    assert_eq!(shell.call(&["preview", "x.pipe.ron", "sum", "--exact"]).code, 0);
    assert_eq!(kept(&shell), [""; 0]);
    shell.write("staging", "a file is in the way");
    let (report, _) = run(&shell, &[], 0);
    assert!(messages(&report)[0].starts_with("The rows can't be kept in"), "{report}");
    assert_eq!(shell.read("out.csv"), "sum\n12\n");
}
