//! Files that are not what they should be, opened, dropped and saved in the whole window.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::command::Command;
use pipewright_engine::file;
use pipewright_engine::nodes::{Limit, Step};
use pipewright_engine::pipeline::Link;
use pipewright_runner::show::Basis;

use crate::stage::Stage;

const PIPELINE: &str = r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "large": (step: Filter(condition: "n > 2"), from: ["read"]),
    },
)"#;

fn stage() -> Stage {
    let mut stage = Stage::of(PIPELINE);
    stage.write("numbers.csv", "n,text\n1,a\n3,b\n");
    stage.command(Command::Refresh);
    assert_eq!(stage.rows("large"), "n,text\n3,b");
    stage
}

#[test]
fn a_file_that_is_no_pipeline_leaves_what_was_open() {
    let mut stage = stage();
    let whole = fs::read_to_string(stage.path("story.pipe.ron")).unwrap();
    stage.write("half.pipe.ron", &whole[..whole.len() / 2]);
    stage.write("letter.pipe.ron", "Dear reader, this is a letter.");
    stage.write("bytes.pipe.ron", [0, 159, 146, 150]);
    stage.write("empty.pipe.ron", "");
    for name in ["half", "letter", "bytes", "empty", "missing"] {
        stage.app_mut().notice = None;
        let path = stage.path(&format!("{name}.pipe.ron"));
        let before = fs::read(&path).ok();
        stage.act(Action::OpenFile(path.clone()));
        stage.until(&format!("a word about {name}"), |app| app.notice.is_some());
        stage.settle();
        let notice = stage.app().notice.clone().unwrap();
        assert!(notice.message.contains(&format!("{name}.pipe.ron")), "{notice}");
        assert!(notice.suggestion.is_some(), "{notice}");
        assert!(stage.sees(&notice.message), "{notice}");
        assert_eq!(stage.names(), ["read", "large"]);
        assert_eq!(fs::read(&path).ok(), before);
    }
}

const UNKNOWN: &str = r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "guess": (step: Oracle(depth: 7, words: ["a", "b"]), from: ["read"]),
        "limit": (step: Limit(count: 1), from: ["read"]),
    },
)"#;

#[test]
fn a_node_of_an_unknown_kind_is_shown_and_saved_back_unharmed() {
    let mut stage = stage();
    let path = stage.write("unknown.pipe.ron", UNKNOWN);
    stage.act(Action::OpenFile(path.clone()));
    stage.until("it is open", |app| app.document.path.as_ref() == Some(&path));
    assert_eq!(stage.rows("limit"), "n,text\n1,a", "the others go on working");
    let told = stage.harness.get_by_label("node guess").value().unwrap_or_default();
    assert!(told.contains("problem"), "{told}");
    stage.click("node guess");
    stage.click("node limit");
    stage.act(Action::Edit {
        node: "limit".into(),
        step: Box::new(Step::Limit(Limit { count: Some(2), ..Limit::default() })),
    });
    stage.command(Command::Save);
    stage.until("it is saved", |app| !app.document.is_changed());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#"Oracle(depth: 7, words: ["a", "b"])"#), "{text}");
    assert!(text.contains("Limit(count: 2)"), "{text}");
}

#[test]
fn a_file_of_a_newer_version_is_shown_and_not_saved_over() {
    let mut stage = stage();
    let text = UNKNOWN.replace("version: 1", "version: 99");
    let path = stage.write("newer.pipe.ron", &text);
    stage.act(Action::OpenFile(path.clone()));
    stage.until("it is open", |app| app.document.path.as_ref() == Some(&path));
    stage.act(Action::PipelineAbout("edited".into()));
    stage.command(Command::Save);
    stage.until("a word", |app| app.notice.is_some());
    assert!(stage.notice().contains("newer Pipewright"), "{}", stage.notice());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let other = stage.path("other.pipe.ron");
    stage.will_choose([Some(other.clone())]);
    stage.command(Command::SaveAs);
    stage.until("it is saved elsewhere", |app| !app.document.is_changed());
    assert!(fs::read_to_string(other).unwrap().contains("Oracle(depth: 7"));
}

/// What is wrong is said at the node, and rows come back with the file.
#[track_caller]
fn trouble_at(stage: &mut Stage, node: &str) -> String {
    let holds = |app: &pipewright_app::app::App| {
        let failed = app.results.nodes.get(node).is_some_and(|result| !result.problems.is_empty());
        !app.results.computing && (failed || app.checked.problems_of(node).next().is_some())
    };
    stage.until(&format!("a problem at {node}"), holds);
    let app = stage.app();
    let failed = app.results.nodes.get(node).and_then(|result| result.problems.first());
    failed.or(app.checked.problems_of(node).next()).unwrap().message.clone()
}

#[test]
fn a_source_that_vanished_is_told_of_and_comes_back() {
    let mut stage = stage();
    fs::remove_file(stage.path("numbers.csv")).unwrap();
    stage.command(Command::Refresh);
    let message = trouble_at(&mut stage, "read");
    assert!(message.contains("numbers.csv"), "{message}");
    fs::create_dir(stage.path("numbers.csv")).unwrap();
    stage.command(Command::Refresh);
    let message = trouble_at(&mut stage, "read");
    assert!(message.contains("numbers.csv"), "a folder can't be read as a file: {message}");
    fs::remove_dir(stage.path("numbers.csv")).unwrap();
    stage.write("numbers.csv", "n,text\n9,z\n");
    stage.command(Command::Refresh);
    assert_eq!(stage.rows("large"), "n,text\n9,z");
    assert_eq!(stage.app().checked.problems, []);
}

#[test]
fn columns_that_changed_are_a_problem_where_they_are_read() {
    let mut stage = stage();
    stage.write("numbers.csv", "number,text\n1,a\n3,b\n");
    stage.command(Command::Refresh);
    assert_eq!(stage.rows("read"), "number,text\n1,a\n3,b");
    stage.until("the missing column", |app| app.checked.problems_of("large").next().is_some());
    let problem = stage.app().checked.problems_of("large").next().unwrap().clone();
    assert_eq!(problem.parameter.as_deref(), Some("condition"), "{problem}");
    stage.command(Command::ShowProblems);
    assert!(stage.sees_words(&problem.message));
}

#[test]
fn a_file_that_is_no_table_is_told_of_when_it_is_dropped() {
    let mut stage = stage();
    let path = stage.write("picture.parquet", [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 1]);
    stage.drop_file(&path, None);
    stage.until("a word", |app| app.notice.is_some() || app.document.pipeline.nodes.len() > 2);
    if stage.names().len() > 2 {
        trouble_at(&mut stage, "picture");
    } else {
        assert!(stage.notice().contains("picture.parquet"), "{}", stage.notice());
    }
}

#[test]
fn five_thousand_columns_are_shown_while_frames_go_on() {
    const COLUMNS: usize = 5_000;
    let mut stage = Stage::empty();
    let line = |cell: &dyn Fn(usize) -> String| (0..COLUMNS).map(cell).collect::<Vec<_>>().join(",");
    let text = format!("{}\n{}\n", line(&|at| format!("c{at}")), line(&|at| at.to_string()));
    let path = stage.write("wide.csv", text);
    stage.drop_file(&path, None);
    let mut longest = Duration::ZERO;
    let begun = Instant::now();
    while stage.columns("wide").is_none_or(|columns| columns.len() < COLUMNS) || stage.app().results.computing {
        let frame = Instant::now();
        stage.step();
        longest = longest.max(frame.elapsed());
        assert!(begun.elapsed() < crate::stage::LONG, "{:?}", stage.app().notice);
        std::thread::sleep(Duration::from_millis(2));
    }
    // Far more than a frame may take, and far less than it takes to draw what is out of sight.
    assert!(longest < Duration::from_secs(2), "{longest:?}");
    assert!(stage.sees("node wide"));
}

#[test]
fn a_huge_cell_is_shown_cut_short() {
    const LENGTH: usize = 100 << 20;
    let mut stage = Stage::empty();
    let mut text = "id,text\n1,".to_owned();
    text.reserve(LENGTH + 16);
    text.extend(std::iter::repeat_n('x', LENGTH));
    writeln!(text, "\n2,short").unwrap();
    let path = stage.write("huge.csv", text);
    stage.drop_file(&path, None);
    let head = stage.rows("huge");
    assert!(head.len() < 1_000, "{} bytes of head", head.len());
    assert!(head.starts_with("id,text\n1,xxxx") && head.lines().nth(1).unwrap().ends_with('…'), "{head}");
    let output = stage.app().results.output(stage.pipeline(), &Link::parse("huge")).unwrap();
    assert_eq!(output.rows == 2, output.basis == Basis::Everything, "what is not all is called a sample");
}

#[test]
fn what_cannot_be_saved_leaves_the_file_and_the_document() {
    let mut stage = stage();
    let before = fs::read_to_string(stage.path("story.pipe.ron")).unwrap();
    stage.act(Action::PipelineAbout("edited".into()));
    // Also for root there is no file in a file.
    stage.write("plain.txt", "not a folder");
    let nowhere = stage.path("plain.txt").join("x.pipe.ron");
    stage.will_choose([Some(nowhere)]);
    stage.command(Command::SaveAs);
    stage.until("a word", |app| app.notice.is_some());
    assert!(stage.notice().contains("x.pipe.ron"), "{}", stage.notice());
    assert!(stage.app().document.is_changed(), "it is not saved");
    assert_eq!(fs::read_to_string(stage.path("story.pipe.ron")).unwrap(), before);
    assert_eq!(stage.app().document.path, Some(stage.path("story.pipe.ron")), "it still belongs to its file");
    stage.command(Command::Save);
    stage.until("it is saved", |app| !app.document.is_changed());
    let (saved, _) = file::read(&fs::read_to_string(stage.path("story.pipe.ron")).unwrap()).unwrap();
    assert_eq!(saved.about, "edited");
}
