//! What would fail a run shows while a pipeline is drawn, with repairs that lose nothing first.

use egui::Key;
use pipewright_app::checker::Fix;
use pipewright_app::command::Command;
use pipewright_app::inspector;
use pipewright_engine::problem::{Problem, Severity};

use crate::stage::Stage;

fn stage(nodes: &str, files: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::of(&format!("(version: 1, nodes: {{{nodes}}})"));
    for (name, text) in files {
        stage.write(name, text);
    }
    stage.command(Command::Refresh);
    stage
}

/// The problems of a node, once there are any.
fn problems(stage: &mut Stage, node: &str) -> Vec<Problem> {
    stage.until("a problem", |app| {
        !app.results.computing && app.subject_of(node).problems.iter().any(|problem| problem.is_error())
    });
    stage.app().subject_of(node).problems.into_iter().cloned().collect()
}

/// What the first problem of a node offers, in order.
fn offered(stage: &Stage, node: &str) -> Vec<(String, Fix)> {
    let subject = stage.app().subject_of(node);
    inspector::fixes(subject.problems[0], &subject)
}

#[test]
fn rejected_rows_are_an_error_at_the_node_and_may_be_written_to_a_file() {
    let bad = [("in.csv", "id,n\n1,x\n2,7\n3,z\n")];
    let nodes = r#""in": (step: ReadCsv(path: "in.csv", types: {"n": Integer})),
        "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#;
    let mut stage = stage(nodes, &bad);
    let found = problems(&mut stage, "in");
    assert_eq!(found.len(), 1, "{found:?}");
    let said =
        "2 rows are rejected, and nothing takes them: a run would fail. The first: in.csv line 2, n \"x\": not Integer";
    assert!(found[0].severity == Severity::Error && found[0].message.starts_with(said), "{}", found[0]);
    assert_eq!(stage.rows("in"), "id,n\n2,7", "the others are shown");
    let words: Vec<String> = offered(&stage, "in").into_iter().map(|(words, _)| words).collect();
    assert_eq!(words, ["Write them to a file", "Skip them"]);
    stage.select(&["in"]);
    stage.click("Write them to a file");
    assert_eq!(stage.from("in_rejected"), ["in.rejected"]);
    stage.until("no problem", |app| !app.results.computing && app.subject_of("in").problems.is_empty());
    stage.command(Command::Undo);
    problems(&mut stage, "in");
    stage.click("Skip them");
    stage.until("no problem", |app| !app.results.computing && app.subject_of("in").problems.is_empty());
}

#[test]
fn expectations_that_are_not_met_are_errors_beside_their_rows() {
    let nodes = r#""in": (step: ReadCsv(path: "in.csv")),
        "x": (step: Expectations(rules: [(kind: Unique, columns: ["id"], severity: Fail)]), from: ["in"]),
        "twice": (step: Join(on: [(left: "id", right: "id")], expect: ManyToOne), from: ["in", "in"]),"#;
    let mut stage = stage(nodes, &[("in.csv", "id\na\na\n")]);
    let found = problems(&mut stage, "x");
    assert!(found[0].message.contains("id is unique: 2 of 2 rows break it"), "{}", found[0]);
    assert_eq!(stage.rows("x"), "id\na\na");
    let found = problems(&mut stage, "twice");
    assert!(found[0].message.contains("The first: id = a, rows = 2."), "{}", found[0]);
    // Mended, it goes.
    stage.write("in.csv", "id\na\nb\n");
    stage.press(Key::F5);
    stage.command(Command::Refresh);
    stage.until("no problem", |app| {
        !app.results.computing && ["x", "twice"].iter().all(|node| app.subject_of(node).problems.is_empty())
    });
}

#[test]
fn a_column_that_was_renamed_above_is_offered_before_anything_else() {
    let nodes = r##""in": (step: ReadCsv(path: "in.csv")),
        "select": (step: Select(columns: [(column: "Customer ID", r#as: "Client")]), from: ["in"]),
        "x": (step: Filter(condition: r#""Customer ID" = 'a'"#), from: ["select"]),
        "y": (step: Unique(by: ["Customer ID"]), from: ["select"]),"##;
    let nodes = nodes.replace("r#as", "as");
    let mut stage = stage(&nodes, &[("in.csv", "Customer ID,n\na,1\nb,2\n")]);
    for (node, with) in [("x", "Client"), ("y", "Client")] {
        problems(&mut stage, node);
        let (words, fix) = offered(&stage, node).remove(0);
        assert_eq!(words, "Renamed to \"Client\" in \"select\": use it");
        assert!(matches!(fix, Fix::Replace { with: written, .. } if written == with));
    }
    stage.select(&["x"]);
    stage.click("Renamed to \"Client\" in \"select\": use it");
    assert_eq!(stage.rows("x"), "Client\na");
}
