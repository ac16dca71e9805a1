//! The panels around the canvas, by label.

use std::path::Path;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use indexmap::IndexMap;
use pipewright_app::action::{Action, Wiring};
use pipewright_app::canvas;
use pipewright_app::checker::{Checked, Fix};
use pipewright_app::command::Command;
use pipewright_app::data;
use pipewright_app::document::Document;
use pipewright_app::panels::{keys, log, palette, parameters, problems, report, status, toolbar};
use pipewright_app::results::{NodeResult, Results};
use pipewright_app::runs::{Run, Runs};
use pipewright_app::{icons, theme};
use pipewright_engine::nodes::CATALOG;
use pipewright_engine::pipeline::{Parameter, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_runner::job::{Count, NodeReport, Outcome, Report, Written};
use pipewright_runner::show::{Basis, Output};

/// A panel on its own, with what it pushed.
fn panel<'a>(mut draw: impl FnMut(&mut egui::Ui, &mut Vec<Action>) + 'a) -> Harness<'a, Vec<Action>> {
    let draw = move |ui: &mut egui::Ui, actions: &mut Vec<Action>| draw(ui, actions);
    let setup = |ctx: &egui::Context| theme::install(ctx);
    Harness::builder()
        .with_context_setup(setup)
        .with_size([1280.0, 720.0])
        .with_step_dt(0.05)
        .build_ui_state(draw, Vec::new())
}

fn bar(runs: &Runs, enabled: fn(Command) -> bool) -> Harness<'_, Vec<Action>> {
    let document = Document::new(Pipeline::default(), Some("/data/sales.pipe.ron".into()));
    let wrong = [Problem::new("Something is wrong."), Problem::warning("Something is odd.")];
    panel(move |ui, actions| {
        let chosen = |command| (command == Command::ShowData).then_some(true);
        let problems: Vec<&Problem> = wrong.iter().collect();
        let bar = toolbar::Bar {
            document: &document,
            runs,
            problems: &problems,
            zoom: 0.75,
            enabled: &enabled,
            chosen: &chosen,
        };
        toolbar::show(ui, &bar, actions);
    })
}

/// A command in the menu that is open. The menu itself may be called like it, but lies in the bar.
fn item<'a>(harness: &'a Harness<'_, Vec<Action>>, command: Command) -> Option<egui_kittest::Node<'a>> {
    harness.query_all_by_label(command.text()).find(|item| item.rect().top() > 40.0)
}

const MENUS: [&str; 5] = ["File", "Edit", "Canvas", "Run", "View"];

#[test]
fn every_command_is_in_one_menu_and_does_what_it_says() {
    let runs = Runs::default();
    let mut found = Vec::new();
    for menu in MENUS {
        let mut harness = bar(&runs, |_| true);
        harness.get_by_label(menu).click();
        harness.run();
        for command in Command::ALL {
            found.extend(item(&harness, *command).map(|_| (menu, *command)));
        }
    }
    for (menu, command) in &found {
        let mut harness = bar(&runs, |_| true);
        harness.get_by_label(menu).click();
        harness.run();
        item(&harness, *command).unwrap().click();
        harness.run();
        assert_eq!(harness.state().as_slice(), [Action::Command(*command)]);
    }
    for command in Command::ALL {
        assert_eq!(found.iter().filter(|(_, found)| found == command).count(), 1, "{command:?}");
    }
}

#[test]
fn what_cannot_be_done_cannot_be_clicked() {
    let runs = Runs::default();
    let mut harness = bar(&runs, |command| !matches!(command, Command::Undo | Command::Save));
    assert!(harness.get_by_label("Undo (Ctrl+Z)").accesskit_node().is_disabled());
    harness.get_by_label("Undo (Ctrl+Z)").click();
    harness.get_by_label("File").click();
    harness.run();
    assert!(harness.get_by_label("Save").accesskit_node().is_disabled());
    harness.get_by_label("Save").click();
    harness.run();
    assert!(harness.state().is_empty());
}

#[test]
fn the_bar_tells_of_the_file_its_problems_and_the_zoom() {
    let runs = Runs::default();
    let mut harness = bar(&runs, |_| true);
    harness.get_by_label("sales.pipe.ron");
    assert!(harness.query_by_label("Not saved").is_none());
    harness.get_by_label("Zoom 75 %").click();
    harness.run();
    harness.get_by_label("Problems: 1 error, 1 warning").click();
    harness.run();
    harness.get_by_label("Run pipeline").click();
    harness.run();
    let pushed = [Command::ZoomReset, Command::ShowProblems, Command::Run].map(Action::Command);
    assert_eq!(harness.state().as_slice(), pushed);
}

#[test]
fn a_document_that_was_changed_says_so() {
    let runs = Runs::default();
    let mut document = Document::default();
    document.edit().about = "changed".into();
    let harness = panel(move |ui, actions| {
        let bar = toolbar::Bar {
            document: &document,
            runs: &runs,
            problems: &[],
            zoom: 1.0,
            enabled: &|_| true,
            chosen: &|_| None,
        };
        toolbar::show(ui, &bar, actions);
    });
    harness.get_by_label("Not saved");
    harness.get_by_label("Untitled");
}

fn running() -> Runs {
    let mut runs = Runs::default();
    let (active, done, doing) = (vec!["large".to_owned()], Vec::new(), "Stage 1".to_owned());
    runs.current = Some(Run {
        started: std::time::Instant::now(),
        until: None,
        active,
        done,
        rows: 12_345,
        of: Some(50_000),
        cancelling: false,
        stage: Some(1),
        doing,
    });
    runs
}

#[test]
fn while_a_run_is_on_the_same_button_stops_it() {
    let runs = running();
    let mut harness = bar(&runs, |_| true);
    assert!(harness.query_by_label("Run pipeline").is_none());
    harness.get_by_label("12,345 of 50,000 rows · 0 s");
    harness.get_by_label("Stop run").click();
    harness.step();
    assert_eq!(harness.state().as_slice(), [Action::Command(Command::Cancel)]);
}

#[test]
fn the_line_at_the_bottom_says_what_rows_are_of() {
    let output = |basis| Output {
        node: "large".into(),
        output: 0,
        table: String::new(),
        schema: Schema::default(),
        rows: 812,
        basis,
        head: Table::default(),
        rejects: None,
        seconds: None,
    };
    let sample = |of, estimated| Basis::Sample { records: 10_000, of, estimated };
    assert_eq!(data::basis(&output(Basis::Everything)), "All 812 rows");
    let estimated = data::basis(&output(sample(Some(3_214_567), true)));
    assert_eq!(estimated, "812 rows, from a sample of 10,000 of about 3.2 million");
    let counted = data::basis(&output(sample(Some(20_123), false)));
    assert_eq!(counted, "812 rows, from a sample of 10,000 of 20,123");
    let whole = Output { rows: 10_000, ..output(sample(Some(3_214_567), true)) };
    assert_eq!(data::basis(&whole), "Sample of 10,000 of about 3.2 million rows");
    let results = Results { trouble: Some(Problem::new("The engine crashed.")), ..Results::default() };
    let runs = Runs::default();
    let harness = panel(|ui, actions| {
        status::show(ui, &status::Status { results: &results, runs: &runs, output: None }, actions);
    });
    harness.get_by_label("The engine crashed.");
}

#[test]
fn the_palette_finds_nodes_by_what_other_tools_call_them() {
    let titles =
        |filter: &str| canvas::ranked(filter, &Wiring::Free).iter().map(|kind| kind.card.title).collect::<Vec<_>>();
    assert_eq!(titles("").len(), CATALOG.len());
    assert_eq!(titles("VLOOKUP")[0], "Lookup");
    assert_eq!(titles("filt")[0], "Filter");
    assert!(titles("read excel").contains(&"Read Excel") && !titles("read excel").contains(&"Join"));
    assert!(titles("qwxyz").is_empty());
}

#[test]
fn nodes_are_added_from_the_palette() {
    let mut state = palette::State::default();
    let mut harness = panel(move |ui, actions| palette::show(ui, &mut state, actions));
    for kind in CATALOG {
        harness.get_by_label(&format!("Add {}", kind.card.title));
    }
    let first = CATALOG.iter().find(|kind| kind.name == "ReadCsv").unwrap();
    let add = || Action::Add { step: Box::new((first.step)()), at: None, wiring: Wiring::Selection };
    let at = harness.get_by_label("Add Read CSV").rect().center();
    for _ in 0..2 {
        harness.drag_at(at);
        harness.drop_at(at);
    }
    harness.run();
    assert_eq!(harness.state().as_slice(), [add()]);
    harness.get_by_label("Add Read CSV").focus();
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(harness.state().as_slice(), [add(), add()]);
    harness.get_by_label("Search nodes").focus();
    harness.get_by_label("Search nodes").type_text("dedupe");
    harness.run();
    assert!(harness.query_by_label("Add Read CSV").is_none());
    harness.key_press(egui::Key::Enter);
    harness.run();
    let Some(Action::Add { step, .. }) = harness.state().last() else { panic!("a node is added") };
    assert_eq!(step.name(), "Unique");
}

#[test]
fn problems_are_listed_errors_first_and_lead_to_their_place() {
    let wrong =
        Problem::new("There is no column \"axels\".").node("large").at("condition").try_this("Did you mean \"axles\"?");
    let odd = Problem::warning("Three rows were left out.").node("in");
    let failed = Problem::new("A number is too large.").node("sums");
    let checked = Checked { problems: vec![odd, wrong.clone()], ..Checked::default() };
    let mut results = Results::default();
    let result = NodeResult { problems: vec![failed, wrong], ..NodeResult::default() };
    results.nodes.insert("sums".into(), result);
    let fix = Fix::Replace { parameter: "condition".into(), place: None, with: "axles".into() };
    let mut harness = panel(|ui, actions| {
        let fixes = |problem: &Problem| match problem.suggestion {
            Some(_) => vec![("Use \"axles\"".to_owned(), fix.clone())],
            None => Vec::new(),
        };
        problems::show(ui, &problems::all(&checked, &results), &fixes, actions);
    });
    harness.get_by_label_contains("Problem 2: error in \"sums\"");
    harness.get_by_label_contains("Problem 3: warning in \"in\"");
    assert!(harness.query_by_label_contains("Problem 4").is_none());
    harness.get_by_label_contains("Problem 1: error in \"large\"").click();
    harness.run();
    harness.get_by_label("Use \"axles\"").click();
    harness.run();
    let revealed = Action::Reveal { node: "large".into(), parameter: Some("condition".into()) };
    let fixed = Action::Fix { node: "large".into(), fix: fix.clone() };
    assert_eq!(harness.state().as_slice(), [revealed, fixed]);
}

#[test]
fn without_problems_the_panel_says_so() {
    let harness = panel(|ui, actions| problems::show(ui, &[], &|_| Vec::new(), actions));
    harness.get_by_label("No problems");
}

#[test]
fn the_log_is_shown_copied_and_cleared() {
    let mut runs = Runs::default();
    runs.say("Run sales.pipe.ron");
    let mut lines = std::mem::take(&mut runs.log);
    assert!(log::text(&lines).ends_with(" Run sales.pipe.ron\n"));
    let mut harness = panel(move |ui, _| log::show(ui, &mut lines));
    harness.get_by_label("Run sales.pipe.ron");
    harness.get_by_label("Copy all lines").click();
    harness.step();
    let copied = &harness.output().platform_output.commands;
    assert!(matches!(&copied[..], [egui::OutputCommand::CopyText(text)] if text.contains("Run sales")), "{copied:?}");
    harness.get_by_label("Clear the log").click();
    harness.run();
    harness.get_by_label("Nothing has happened yet");
}

#[test]
fn the_report_shows_what_was_written_and_leads_to_nodes() {
    let rows_out =
        IndexMap::from([(String::new(), Count::Exact(1_234)), ("false".to_owned(), Count::AtLeast { at_least: 5 })]);
    let node = NodeReport {
        node: "large".into(),
        rows_in: Count::Exact(2_000),
        rows_out,
        rejected: 7,
        ..NodeReport::default()
    };
    let written =
        Written { node: "out".into(), path: "/data/my out/sales.csv".into(), rows: 1_234, bytes: 56_000, files: 1 };
    let problem = Problem::new("7 rows were rejected and nothing takes them.").node("large");
    let report = Report {
        outcome: Outcome::Failed,
        nodes: vec![node],
        written: vec![written],
        problems: vec![problem],
        ..Report::default()
    };
    let mut harness = panel(|ui, actions| report::show(ui, Some(&report), actions));
    harness.get_by_label("The run failed.");
    harness.get_by_label("7 rows rejected");
    harness.get_by_label("1,234 rows, 56 KB");
    harness.get_by_label("Show large").click();
    harness.run();
    harness.get_by_label("large: 2,000 in, 1,234 out, 7 rejected").click();
    harness.run();
    let shown = Action::Reveal { node: "large".into(), parameter: None };
    assert_eq!(harness.state().as_slice(), [shown.clone(), shown]);
    harness.get_by_label("Copy path of sales.csv").click();
    harness.step();
    let copied = &harness.output().platform_output.commands;
    assert!(
        matches!(&copied[..], [egui::OutputCommand::CopyText(text)] if text == "/data/my out/sales.csv"),
        "{copied:?}"
    );
    assert_eq!(report::url(Path::new("/data/my out/é")), "file:///data/my%20out/%C3%A9");
}

fn with_day() -> Pipeline {
    let day = Parameter { kind: Type::Date, default: Some("2021-08-01".into()), about: String::new() };
    Pipeline { parameters: IndexMap::from([("day".to_owned(), day)]), ..Pipeline::default() }
}

/// The parameters of a pipeline that takes every edit.
fn form(pipeline: Pipeline) -> Harness<'static, Pipeline> {
    let mut state = parameters::State::default();
    let draw = move |ui: &mut egui::Ui, pipeline: &mut Pipeline| {
        let mut actions = Vec::new();
        parameters::show(ui, pipeline, "my sales.pipe.ron", &mut state, &mut actions);
        for action in actions {
            match action {
                Action::Parameters(parameters) => pipeline.parameters = parameters,
                Action::PipelineAbout(about) => pipeline.about = about,
                other => panic!("{other:?}"),
            }
        }
    };
    let setup = |ctx: &egui::Context| theme::install(ctx);
    Harness::builder().with_context_setup(setup).with_size([720.0, 640.0]).build_ui_state(draw, pipeline)
}

#[test]
fn parameters_are_added_typed_renamed_and_removed() {
    let mut harness = form(Pipeline::default());
    harness.get_by_label("Add parameter").click();
    harness.run();
    assert_eq!(harness.state().parameters["parameter"], Parameter::default());
    harness.get_by_label("Name of parameter").focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.get_by_label("Name of parameter").type_text("limit");
    harness.run();
    assert!(harness.state().parameters.contains_key("parameter"), "half a name is none");
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(harness.state().parameters.keys().collect::<Vec<_>>(), ["limit"]);
    harness.get_by_label("Type of limit").click();
    harness.run();
    harness.get_by_label("Integer").click();
    harness.run();
    harness.get_by_label("limit has a default").click();
    harness.run();
    let limit = harness.state().parameters["limit"].clone();
    assert_eq!((limit.kind, limit.default.as_deref()), (Type::Integer, Some("42")));
    harness.get_by_label("Remove parameter limit").click();
    harness.run();
    assert!(harness.state().parameters.is_empty());
}

#[test]
fn a_default_that_is_not_of_the_type_is_said_while_it_is_typed() {
    let mut harness = form(with_day());
    assert!(harness.query_by_label_contains("is no Date").is_none());
    harness.get_by_label("Default of day").focus();
    harness.run();
    harness.get_by_label("Default of day").type_text("x");
    harness.run();
    harness.get_by_label_contains("is no Date. Write it like 2024-05-01.");
}

#[test]
fn parameters_say_how_they_are_given_without_the_designer() {
    let mut pipeline = with_day();
    let name = Parameter { default: Some("it's".into()), ..Parameter::default() };
    pipeline.parameters.insert("who".into(), name);
    let command = r"pipewright run 'my sales.pipe.ron' --set day=2021-08-01 --set 'who=it'\''s'";
    assert_eq!(parameters::command(&pipeline, "my sales.pipe.ron"), command);
    let harness = form(pipeline);
    harness.get_by_label(command);
}

#[test]
fn drawing_parameters_changes_nothing_by_itself() {
    let mut harness = form(with_day());
    harness.run();
    assert_eq!(*harness.state(), with_day());
    harness.get_by_label("About this pipeline").focus();
    harness.run();
    harness.get_by_label("About this pipeline").type_text("Sales by day");
    harness.run();
    assert_eq!(harness.state().about, "Sales by day");
}

#[test]
fn all_keys_are_listed() {
    let mut harness = panel(|ui, _| keys::show(ui));
    harness.set_size(egui::vec2(900.0, 2_000.0));
    harness.run();
    for command in Command::ALL.iter().filter(|command| command.keys().is_some()) {
        assert!(harness.query_all_by_label(command.help()).count() > 0, "{command:?}");
    }
}

#[test]
fn every_kind_has_an_icon() {
    for kind in CATALOG {
        assert!(icons::names().any(|name| name == kind.card.icon), "{}", kind.name);
    }
}
