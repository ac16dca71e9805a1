//! Nodes shown from a sample, and exact answers.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use pipewright_engine::value::Value;
use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::Job;
use pipewright_runner::show::{Ask, Basis, News, Page};

use super::{Desk, rows, show, whole};
use crate::laboratory;

#[test]
fn samples_are_shown_as_a_preview_computes_them() {
    let engine = engine();
    for sample in ["orders/orders", "toll/toll", "temperature/temperature"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../samples/{sample}.pipe.ron"));
        let job = Job { file: file.clone(), text: fs::read_to_string(&file).unwrap(), ..Job::default() };
        let (pipeline, _) = pipewright_engine::file::read(&job.text).unwrap();
        let all: Vec<&str> = pipeline.nodes.keys().map(String::as_str).collect();
        let told = show(engine.as_ref(), job.clone(), &all);
        assert!(!told.0.iter().any(|news| matches!(news, News::Trouble { .. })), "{sample}");
        // What is written is what everything else leads to.
        let written = pipeline.nodes.values().filter(|node| node.step.card().is_ok_and(|card| card.outputs.is_empty()));
        for link in written.flat_map(|node| node.from.iter().flatten()) {
            let at = pipeline.nodes[&link.node].step.output(link).unwrap();
            let output = told.output(&link.node, at);
            assert_eq!(output.basis, Basis::Everything);
            let name = link.output.as_deref().unwrap_or_default();
            let wanted = laboratory::preview(&pipeline, file.parent().unwrap(), &link.node, name).unwrap().table;
            let difference = laboratory::difference(&rows(engine.as_ref(), output), &wanted);
            assert!(difference.is_none(), "{sample} {link}: {}", difference.unwrap());
            assert_eq!(output.head.rows.len(), wanted.rows.len().min(12));
        }
        let again = show(engine.as_ref(), job, &all);
        assert_eq!(again.computed(), Vec::<&str>::new());
        assert_eq!(again.outputs().count(), told.outputs().count());
    }
}

const CHAIN: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "large": (step: Filter(condition: "n > 10"), from: ["in"]),
    "twice": (step: Formula(formulas: [(column: "m", formula: "n * 2")]), from: ["large"]),
    "sorted": (step: Sort(by: [(column: "n", descending: true)]), from: ["in"]),"#;

#[test]
fn an_edit_computes_what_lies_downstream_of_it() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n30\n");
    let all = ["in", "large", "twice", "sorted"];
    assert_eq!(desk.show(CHAIN, &all).computed(), all);
    assert_eq!(desk.show(CHAIN, &all).computed(), Vec::<&str>::new());
    let edited = desk.show(&CHAIN.replace("n > 10", "n > 20"), &all);
    assert_eq!(edited.computed(), ["large", "twice"]);
    assert_eq!(desk.rows(edited.output("twice", 0)).rows, [[Value::Integer(30), Value::Integer(60)]]);
    // What was computed before is still there.
    assert_eq!(desk.show(CHAIN, &all).computed(), Vec::<&str>::new());
    // A name is no part of what is computed.
    assert_eq!(desk.show(&CHAIN.replace("\"large\"", "\"big\""), &["big", "twice"]).computed(), Vec::<&str>::new());
}

#[test]
fn the_most_wanted_come_first_and_what_nobody_wants_not_at_all() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n30\n");
    let told = desk.show(CHAIN, &["sorted", "twice"]);
    assert_eq!(told.computed(), ["in", "sorted", "large", "twice"]);
    assert_eq!(Desk { engine: engine(), ..desk }.show(CHAIN, &["large"]).computed(), ["in", "large"]);
}

#[test]
fn a_file_that_changes_is_read_again() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n");
    assert_eq!(desk.rows(desk.show(CHAIN, &["twice"]).output("twice", 0)).rows.len(), 1);
    desk.write("in.csv", "n\n15\n11\n");
    let told = desk.show(CHAIN, &["twice"]);
    assert_eq!(told.computed(), ["in", "large", "twice"]);
    assert_eq!(desk.rows(told.output("twice", 0)).rows.len(), 2);
    fs::remove_file(desk.folder.path().join("in.csv")).unwrap();
    let told = desk.show(CHAIN, &["twice"]);
    assert!(told.found("in").unwrap_err().contains("no file \"in.csv\""));
    assert!(told.trouble("in").is_some() && told.outputs().count() == 0);
    desk.write("in.csv", "n\n15\n");
    assert_eq!(desk.rows(desk.show(CHAIN, &["twice"]).output("twice", 0)).rows.len(), 1);
}

#[test]
fn sources_say_what_was_found() {
    let desk = Desk::new();
    desk.write("small.csv", "a;b\n1;x\n2;y\n");
    let mut large = String::from("a,b\n");
    (0..400_000).for_each(|at| large.push_str(&format!("{:06},some text\n", at)));
    desk.write("large.csv", &large);
    let nodes = r#"
        "small": (step: ReadCsv(path: "small.csv")),
        "large": (step: ReadCsv(path: "large.csv")),
        "gone": (step: ReadCsv(path: "gone.csv")),
        "few": (step: Limit(count: 3), from: ["large"]),
        "both": (step: Union(), from: ["small", "few"]),"#;
    let told = desk.show(nodes, &["few"]);
    let order: Vec<&str> = told
        .0
        .iter()
        .filter_map(|news| if let News::Source { node, .. } = news { Some(node.as_str()) } else { None })
        .collect();
    assert_eq!(order, ["large", "small", "gone"], "those that are needed come first");
    let small = told.found("small").unwrap();
    assert_eq!((small.records, small.estimated, small.whole, small.bytes), (Some(2), false, true, 12));
    assert!(small.read_as.starts_with("semicolons, header"), "{}", small.read_as);
    let found = told.found("large").unwrap();
    assert!(found.estimated && !found.whole);
    assert!((390_000..410_000).contains(&found.records.unwrap()), "{:?}", found.records);
    assert!(told.found("gone").is_err());
    let few = told.output("few", 0);
    assert_eq!(few.basis, Basis::Sample { records: 10_000, of: found.records, estimated: true });
    assert!(told.trouble("gone").is_some());
}

#[test]
fn sources_say_what_was_noticed_in_words_until_it_is_stated_otherwise() {
    let desk = Desk::new();
    desk.write("titled.csv", "Prices of 2031\nby night\n\nid;price\n1;2,50\n2;3,25\n# a note\n3;4\n");
    let noticed = |node: &str| {
        let told = desk.show(&format!(r#""in": (step: ReadCsv(path: "titled.csv"{node})),"#), &["in"]);
        let noticed = told.found("in").unwrap().noticed.clone();
        noticed.into_iter().map(|noticed| format!("{}: {}", noticed.parameter, noticed.words)).collect::<Vec<_>>()
    };
    let all = [
        "header: The names stand in the first line.",
        "delimiter: Semicolons stand between values.",
        "decimal_comma: Commas in numbers are decimal ones.",
        "skip_lines: 3 title lines skipped.",
        "comment: Lines that begin with # are left out as comments, unless they have all fields.",
        "types: price: no more than 2 decimals.",
    ];
    assert_eq!(noticed(""), all);
    let stated =
        r#", header: true, delimiter: ";", decimal_comma: false, skip_lines: 3, comment: "", types: {"price": Text}"#;
    assert_eq!(noticed(stated), ["skip_lines: 3 lines skipped."]);
    assert_eq!(noticed(r#", skip_lines: 0, header: true, delimiter: ";", comment: "", decimal_comma: false"#), [""; 0]);
}

#[test]
fn what_is_wrong_is_told_once_and_the_others_go_on() {
    let desk = Desk::new();
    desk.write("in.csv", "n,d\n1,0\n2,1\n");
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "bad": (step: Filter(condition: "m > 1"), from: ["in"]),
        "below": (step: Limit(count: 1), from: ["bad"]),
        "new": (step: FromTheFuture(x: 1), from: ["in"]),
        "muted": (step: Filter(condition: "m > 1"), from: ["in"], muted: true),
        "pairs": (step: Join(kind: Cross, max_rows: 1), from: ["in", "in"]),
        "after": (step: Limit(count: 1), from: ["pairs"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["fine"]),
        "fine": (step: Limit(count: 1), from: ["muted"]),"#;
    let told = desk.show(nodes, &["below", "new", "after", "out"]);
    assert!(told.trouble("bad").unwrap().contains("no column \"m\""));
    assert!(told.trouble("new").is_some());
    assert!(told.trouble("pairs").unwrap().contains("more than 1 rows"));
    for silent in ["below", "after", "fine", "out"] {
        assert!(told.trouble(silent).is_none(), "{silent}");
    }
    assert_eq!(told.output("fine", 0).rows, 1);
    assert!(!told.outputs().any(|output| ["bad", "below", "pairs", "after"].contains(&output.node.as_str())));
    assert!(!desk.folder.path().join("out.csv").exists(), "nothing is written");
    // A failure is remembered as well as a table.
    let again = desk.show(nodes, &["below", "new", "after", "out"]);
    assert_eq!(again.computed(), Vec::<&str>::new());
    assert_eq!(again.trouble("pairs"), told.trouble("pairs"));
    let told = desk.show(r#""a": (step: Limit(), from: ["b"]), "b": (step: Limit(), from: ["a"]),"#, &["a"]);
    assert!(
        told.0
            .iter()
            .any(|news| matches!(news, News::Trouble { problems, .. } if problems[0].message.contains("circle")))
    );
}

#[test]
fn columns_that_depend_on_the_data_are_those_of_the_sample() {
    let desk = Desk::new();
    desk.write("in.csv", "who,what,n\na,x,1\nb,y,2\na,y,3\n");
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "wide": (step: Pivot(by: ["who"], on: "what", function: Sum, column: "n"), from: ["in"]),
        "first": (step: Limit(count: 1), from: ["wide"]),"#;
    let told = desk.show(nodes, &["first"]);
    let values =
        told.0.iter().find_map(|news| if let News::Values { values, .. } = news { Some(values) } else { None });
    assert_eq!(values.unwrap(), &[Value::text("x"), Value::text("y")]);
    assert_eq!(told.output("first", 0).schema.names().collect::<Vec<_>>(), ["who", "x", "y"]);
    desk.write("in.csv", "who,what,n\na,z,1\nb,y,2\na,y,3\n");
    let told = desk.show(nodes, &["first"]);
    assert_eq!(told.output("first", 0).schema.names().collect::<Vec<_>>(), ["who", "y", "z"]);
}

#[test]
fn a_cross_join_is_cut_and_can_be_stopped() {
    let desk = Desk::new();
    let lines: Vec<String> = (0..9_000).map(|n| n.to_string()).collect();
    desk.write("in.csv", format!("n\n{}\n", lines.join("\n")));
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "pairs": (step: Join(kind: Cross, max_rows: None), from: ["in", "in"]),
        "few": (step: Filter(condition: "n = 0"), from: ["pairs"]),"#;
    let told = desk.show(nodes, &["few"]);
    let pairs = told.output("pairs", 0);
    assert_eq!(pairs.rows, 100_000);
    assert!(matches!(pairs.basis, Basis::Sample { .. }));
    assert!(matches!(told.output("few", 0).basis, Basis::Sample { .. }));
    assert_eq!(told.output("in", 0).basis, Basis::Everything);
    // 729 thousand million rows: exactly, it would take hours.
    let nodes = nodes
        .replace("\"few\"", "\"more\": (step: Join(kind: Cross, max_rows: None), from: [\"pairs\", \"in\"]),\n\"few\"");
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let stopping = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        stop.cancel();
        Instant::now()
    });
    let news = desk.engine.show(&Ask::Exact(desk.job(&nodes), "more".into()), &cancel, &|_| {});
    let seconds = stopping.join().unwrap().elapsed().as_secs_f64();
    assert!(matches!(news, News::Stopped), "{news:?}");
    assert!(seconds < 2.0, "it took {seconds} s");
}

#[test]
fn an_exact_answer_has_the_rows_of_a_run() {
    let desk = Desk::new();
    let mut text = String::from("n,word\n");
    let padding = "some words that make lines long ".repeat(4);
    (0..40_000).for_each(|n| text.push_str(&format!("{n},{padding}{}\n", n % 7)));
    desk.write("in.csv", text);
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "some": (step: Filter(condition: "n % 1000 = 3"), from: ["in"]),
        "out": (step: WriteParquet(path: "out.parquet"), from: ["some"]),"#;
    let sample = desk.show(nodes, &["some"]);
    assert_eq!(sample.output("some", 0).rows, 10);
    let told = desk.exact(nodes, "some");
    let output = told.output("some", 0);
    assert_eq!((&output.basis, output.rows), (&Basis::Everything, 40));
    assert_eq!(told.output("some", 1).rows, 39_960);
    assert_eq!(told.computed(), ["some"]);
    let job = desk.job(nodes);
    desk.engine.run(&job, &Cancel::default(), &|_| {}).unwrap();
    assert_eq!(desk.rows(output), laboratory::stored(&desk.folder.path().join("out.parquet")));
    let again = desk.exact(nodes, "some");
    assert_eq!((again.computed(), &again.output("some", 0).table), (Vec::new(), &output.table));
    let page = Page { rows: 39_000..39_010, ..whole(told.output("some", 1)) };
    assert_eq!(desk.page(page).places, (39_000..39_010).collect::<Vec<_>>());
    let other = desk.exact(&nodes.replace("= 3", "= 4"), "some");
    assert_ne!(other.output("some", 0).table, output.table);
    assert!(matches!(desk.exact(nodes, "nobody").0.last(), Some(News::Failed(_))));
    // Its rows are no sample: what was shown of that is as it was.
    assert_eq!(desk.show(nodes, &["some"]).computed(), Vec::<&str>::new());
}
