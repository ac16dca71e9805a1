//! The inspector by label: every form of the catalogue, each kind of field, the formula editor, problems and their fixes.

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::checker::Fix;
use pipewright_app::inspector::{self, Subject};
use pipewright_app::theme;
use pipewright_engine::nodes::*;
use pipewright_engine::pipeline::{Node, Parameter, Pipeline};
use pipewright_engine::problem::{Cause, Place, Problem};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_runner::show::{Instead, Noticed, Stated};

/// A node in the inspector, with the designer around it that carries out edits.
struct Bench {
    pipeline: Pipeline,
    tables: Vec<Table>,
    output: Option<Table>,
    problems: Vec<Problem>,
    noticed: Vec<Noticed>,
    focus: Option<&'static str>,
    state: inspector::State,
    actions: Vec<Action>,
}

const NAME: &str = "node";

impl Bench {
    fn new(step: Step) -> Self {
        let mut pipeline = Pipeline::default();
        pipeline.nodes.insert(NAME.into(), Node { step, ..Node::default() });
        Self {
            pipeline,
            tables: vec![
                Table::parse("plaza, axles: Integer, weight: Float, Order Date: Date\n north, 2, 1.5, 2024-05-01")
                    .unwrap(),
            ],
            output: None,
            problems: Vec::new(),
            noticed: Vec::new(),
            focus: None,
            state: inspector::State::default(),
            actions: Vec::new(),
        }
    }

    fn with_problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem.node(NAME));
        self
    }

    fn open(self) -> Harness<'static, Self> {
        let builder = Harness::builder().with_size([340.0, 2400.0]).with_context_setup(theme::install);
        let mut harness = builder.build_ui_state(|ui, bench: &mut Self| bench.show(ui), self);
        harness.run();
        harness
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let mut actions = Vec::new();
        let subject = Subject {
            name: NAME,
            node: &self.pipeline.nodes[NAME],
            pipeline: &self.pipeline,
            inputs: self.tables.iter().map(|table| Some(Arc::new(table.schema.clone()))).collect(),
            rows: self.tables.iter().map(Some).collect(),
            output: self.output.as_ref(),
            stale: false,
            problems: self.problems.iter().collect(),
            noticed: &self.noticed,
            folder: None,
            recent_files: &[],
            focus: self.focus,
        };
        inspector::show(ui, &subject, &mut self.state, &mut actions);
        for action in &actions {
            if let Action::Edit { node, step } = action {
                self.pipeline.nodes[node].step = (**step).clone();
            }
        }
        self.actions.extend(actions);
    }

    fn step(&self) -> &Step {
        &self.pipeline.nodes[NAME].step
    }
}

fn click(harness: &mut Harness<'_, Bench>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

fn pick(harness: &mut Harness<'_, Bench>, list: &str, entry: &str) {
    click(harness, list);
    // What is in a long list is searched for.
    if harness.query_by_label("Search in the list").is_some() {
        type_into(harness, "Search in the list", entry);
    }
    click(harness, entry);
}

fn type_into(harness: &mut Harness<'_, Bench>, label: &str, text: &str) {
    harness.get_by_label(label).focus();
    harness.run();
    harness.get_by_label(label).type_text(text);
    harness.run();
}

#[test]
fn every_form_draws_and_edits_nothing_by_itself() {
    for kind in CATALOG {
        let mut steps = vec![(kind.step)()];
        steps.extend((kind.examples)().into_iter().map(|example| example.node));
        for step in steps {
            let mut bench = Bench::new(step);
            bench.tables.push(bench.tables[0].clone());
            let harness = bench.open();
            assert_eq!(harness.state().actions, [], "{}", kind.name);
            let unnamed = harness.unnamed_widgets();
            assert!(unnamed.is_empty(), "{}: {unnamed:?}", kind.name);
        }
    }
}

#[test]
fn every_parameter_that_matters_has_a_label() {
    let harness = Bench::new(Step::Join(Join::default())).open();
    for label in ["Kind", "On", "Nulls match", "Same names", "Suffix", "Expect", "Max rows", "Keep order"] {
        assert!(harness.query_by_label(label).is_some() || harness.query_by_label_contains(label).is_some(), "{label}");
    }
    let harness = Bench::new(Step::Join(Join { kind: JoinKind::Semi, ..Join::default() })).open();
    assert!(harness.query_by_label("Suffix").is_none());
}

#[test]
fn a_switch_and_a_choice_are_changed() {
    let mut harness = Bench::new(Step::Join(Join::default())).open();
    click(&mut harness, "Nulls match");
    pick(&mut harness, "Kind", "Left");
    click(&mut harness, "Same names: Drop right");
    let wanted =
        Join { kind: JoinKind::Left, nulls_match: true, same_names: join::SameNames::DropRight, ..Join::default() };
    assert_eq!(harness.state().step(), &Step::Join(wanted));
}

#[test]
fn a_list_is_walked_with_the_keyboard() {
    let mut harness = Bench::new(Step::Join(Join::default())).open();
    harness.get_by_label("Kind").focus();
    harness.run();
    for key in [Key::Enter, Key::ArrowDown, Key::ArrowDown, Key::Enter] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(harness.state().step(), &Step::Join(Join { kind: JoinKind::Right, ..Join::default() }));
    assert!(harness.get_by_label("Kind").is_focused());
}

#[test]
fn a_new_line_opens_its_list_of_columns() {
    let mut harness = Bench::new(Step::Sort(Sort::default())).open();
    click(&mut harness, "Add line to by");
    click(&mut harness, "Order Date");
    click(&mut harness, "Descending in line 1 of by");
    let key = sort::Key { column: "Order Date".into(), descending: true, nulls_first: false };
    assert_eq!(harness.state().step(), &Step::Sort(Sort { by: vec![key] }));
}

#[test]
fn a_number_is_typed() {
    let mut harness = Bench::new(Step::Limit(Limit::default())).open();
    harness.get_by_label("Skip").click();
    harness.run();
    harness.key_press(Key::A);
    harness.event(egui::Event::Text("1,250".into()));
    harness.key_press(Key::Enter);
    harness.run();
    let Step::Limit(limit) = harness.state().step() else { panic!() };
    assert_eq!(limit.skip, 1250);
    let skip = harness.get_by_label("Skip");
    assert_eq!(skip.value().as_deref(), Some("1250"));
}

#[test]
fn an_optional_value_is_cleared_and_set() {
    let mut harness = Bench::new(Step::Limit(Limit::default())).open();
    click(&mut harness, "Clear count");
    assert_eq!(harness.state().step(), &Step::Limit(Limit { count: None, ..Limit::default() }));
    click(&mut harness, "Set count");
    assert_eq!(harness.state().step(), &Step::Limit(Limit { count: Some(0), ..Limit::default() }));
    let mut harness = Bench::new(Step::ReadCsv(ReadCsv::default())).open();
    click(&mut harness, "Header: No");
    assert_eq!(harness.state().step(), &Step::ReadCsv(ReadCsv { header: Some(false), ..ReadCsv::default() }));
    click(&mut harness, "Header: Not set");
    assert_eq!(harness.state().step(), &Step::ReadCsv(ReadCsv::default()));
}

#[test]
fn texts_are_typed_and_words_listed() {
    let mut harness = Bench::new(Step::ReadCsv(ReadCsv::default())).open();
    type_into(&mut harness, "Path", "orders.csv");
    click(&mut harness, "Add line to null words");
    harness.get_by_label("Line 1 of null words").type_text("NA");
    harness.run();
    click(&mut harness, "Choose a file");
    let wanted = ReadCsv { path: "orders.csv".into(), null_words: vec!["NA".into()], ..ReadCsv::default() };
    assert_eq!(harness.state().step(), &Step::ReadCsv(wanted));
    let choose = Action::ChooseFile { node: NAME.into(), parameter: "path".into(), save: false };
    assert_eq!(harness.state().actions.last(), Some(&choose));
}

#[test]
fn columns_are_added_removed_and_reordered() {
    let mut harness = Bench::new(Step::Unique(Unique::default())).open();
    let by = |harness: &Harness<'_, Bench>| match harness.state().step() {
        Step::Unique(unique) => unique.by.iter().map(|name| name.0.clone()).collect::<Vec<_>>(),
        _ => panic!(),
    };
    pick(&mut harness, "Add column to by", "axles");
    assert_eq!(by(&harness), ["axles"]);
    click(&mut harness, "Add all columns to by");
    assert_eq!(by(&harness), ["axles", "plaza", "weight", "Order Date"]);
    click(&mut harness, "Remove column plaza");
    assert_eq!(by(&harness), ["axles", "weight", "Order Date"]);
    let (from, to) =
        (harness.get_by_label("Column axles of by").rect(), harness.get_by_label("Column weight of by").rect());
    harness.drag_at(from.left_center() + egui::vec2(12.0, 0.0));
    harness.run();
    harness.hover_at(to.center());
    harness.run();
    harness.drop_at(to.center());
    harness.run();
    assert_eq!(by(&harness), ["weight", "axles", "Order Date"]);
    click(&mut harness, "Remove all columns from by");
    assert_eq!(by(&harness), [""; 0]);
}

#[test]
fn lines_are_added_filled_doubled_moved_and_removed() {
    let mut harness = Bench::new(Step::GroupBy(GroupBy::default())).open();
    click(&mut harness, "Add line to aggregations");
    pick(&mut harness, "Function in line 1 of aggregations", "Sum");
    pick(&mut harness, "Column in line 1 of aggregations", "axles");
    type_into(&mut harness, "As in line 1 of aggregations", "total");
    click(&mut harness, "Duplicate line 1 of aggregations");
    pick(&mut harness, "Function in line 2 of aggregations", "Mean");
    let lines = |harness: &Harness<'_, Bench>| match harness.state().step() {
        Step::GroupBy(group) => group
            .aggregations
            .iter()
            .map(|line| (line.function, line.column.0.clone(), line.r#as.0.clone()))
            .collect::<Vec<_>>(),
        _ => panic!(),
    };
    let line = |function| (function, "axles".to_owned(), "total".to_owned());
    assert_eq!(lines(&harness), [line(AggregateFunction::Sum), line(AggregateFunction::Mean)]);
    let from = harness.get_by_label("Move line 2 of aggregations").rect().center();
    let to = harness.get_by_label("Move line 1 of aggregations").rect().center();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    harness.drop_at(to);
    harness.run();
    assert_eq!(lines(&harness), [line(AggregateFunction::Mean), line(AggregateFunction::Sum)]);
    click(&mut harness, "Remove line 1 of aggregations");
    assert_eq!(lines(&harness), [line(AggregateFunction::Sum)]);
}

#[test]
fn all_columns_are_selected_at_once_and_one_is_retyped() {
    let mut harness = Bench::new(Step::Select(Select::default())).open();
    click(&mut harness, "Add all columns to columns");
    pick(&mut harness, "Kind in line 2 of columns", "Text");
    let Step::Select(select) = harness.state().step() else { panic!() };
    let listed: Vec<_> = select.columns.iter().map(|line| (line.column.0.as_str(), line.kind.clone())).collect();
    assert_eq!(listed, [("plaza", None), ("axles", Some(Type::Text)), ("weight", None), ("Order Date", None)]);
}

#[test]
fn types_of_a_source_are_overridden_by_column() {
    let mut bench = Bench::new(Step::ReadCsv(ReadCsv::default()));
    bench.output = Some(bench.tables[0].clone());
    let mut harness = bench.open();
    pick(&mut harness, "Type of axles", "Float");
    let Step::ReadCsv(read) = harness.state().step() else { panic!() };
    assert_eq!(read.types.iter().collect::<Vec<_>>(), [(&"axles".to_owned(), &Type::Float)]);
    pick(&mut harness, "Type of axles", "As found");
    assert_eq!(harness.state().step(), &Step::ReadCsv(ReadCsv::default()));
}

#[test]
fn cells_of_a_table_are_typed() {
    let table = pipewright_engine::nodes::Table {
        columns: vec![table::TypedColumn { name: "id".into(), ..table::TypedColumn::default() }],
        ..pipewright_engine::nodes::Table::default()
    };
    let mut harness = Bench::new(Step::Table(table)).open();
    click(&mut harness, "Add row to rows");
    type_into(&mut harness, "id in row 1", "7");
    let Step::Table(table) = harness.state().step() else { panic!() };
    assert_eq!(table.rows, [[Some("7".to_owned())]]);
}

#[test]
fn a_formula_is_completed() {
    let mut harness = Bench::new(Step::Filter(Filter::default())).open();
    type_into(&mut harness, "Condition", "ax");
    harness.key_press(Key::Tab);
    harness.run();
    type_into(&mut harness, "Condition", " > 2 and ord");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        harness.state().step(),
        &Step::Filter(Filter { condition: "axles > 2 and \"Order Date\"".into(), ..Filter::default() })
    );
}

#[test]
fn columns_are_listed_when_asked_for() {
    let mut harness = Bench::new(Step::Filter(Filter::default())).open();
    harness.get_by_label("Condition").focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Space);
    harness.run();
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::Enter);
    harness.run();
    let wanted = Filter { condition: "axles".into(), ..Filter::default() };
    assert_eq!(harness.state().step(), &Step::Filter(wanted));
}

#[test]
fn functions_parameters_and_text_are_told_apart_by_completion() {
    let mut bench = Bench::new(Step::Filter(Filter::default()));
    bench.pipeline.parameters.insert("least".into(), Parameter { kind: Type::Integer, ..Parameter::default() });
    let mut harness = bench.open();
    type_into(&mut harness, "Condition", "roun");
    harness.key_press(Key::Enter);
    harness.run();
    type_into(&mut harness, "Condition", "weight, 0) > :le");
    harness.key_press(Key::Enter);
    harness.run();
    // Within a text nothing is completed: Esc leaves the field, and Enter breaks the line.
    type_into(&mut harness, "Condition", " or plaza = 'ax");
    harness.key_press(Key::Enter);
    harness.run();
    let wanted = "round(weight, 0) > :least or plaza = 'ax\n";
    assert_eq!(harness.state().step(), &Step::Filter(Filter { condition: wanted.into(), ..Filter::default() }));
}

#[test]
fn later_formulas_see_the_columns_of_earlier_ones() {
    let line = |column: &str, formula: &str| formula::Line { column: column.into(), formula: formula.into() };
    let step = Formula { formulas: vec![line("double", "axles * 2"), line("", "doubl")], ..Formula::default() };
    let mut harness = Bench::new(Step::Formula(step)).open();
    assert!(harness.query_by_label("Gives Integer").is_some());
    type_into(&mut harness, "Formula in line 2 of formulas", "");
    harness.key_press(Key::End);
    harness.key_press(Key::Enter);
    harness.run();
    let Step::Formula(step) = harness.state().step() else { panic!() };
    assert_eq!(step.formulas[1].formula.0, "double");
}

#[test]
fn a_formula_says_what_is_wrong_before_anyone_checks() {
    let step = Step::Filter(Filter { condition: "plaza > 3".into(), ..Filter::default() });
    let mut harness = Bench::new(step).open();
    assert!(harness.query_by_label("> does not work between Text and Integer.").is_some());
    click(&mut harness, "Convert \"plaza\" to Integer");
    let fix = Fix::Convert { port: 0, column: "plaza".into(), to: Type::Integer };
    assert_eq!(harness.state().actions, [Action::Fix { node: NAME.into(), fix }]);
}

#[test]
fn a_problem_stands_at_its_field_with_its_fixes() {
    let step = Step::Unique(Unique { by: vec!["axels".into()], ..Unique::default() });
    let problem = Problem::no_column("axels", ["axles"]).at("by[0]");
    let mut harness = Bench::new(step).with_problem(problem).open();
    let message = harness.get_by_label("There is no column \"axels\".").rect();
    let field = harness.get_by_label("Add column to by").rect();
    let next = harness.get_by_label("Keep: First").rect();
    assert!(field.bottom() <= message.top() && message.bottom() <= next.top());
    click(&mut harness, "Use \"axles\"");
    click(&mut harness, "Remove");
    let fixes = [
        Fix::Replace { parameter: "by[0]".into(), place: None, with: "axles".into() },
        Fix::Remove { parameter: "by[0]".into() },
    ];
    assert_eq!(harness.state().actions, fixes.map(|fix| Action::Fix { node: NAME.into(), fix }));
}

#[test]
fn a_text_column_of_numbers_is_offered_to_be_converted() {
    let mut bench = Bench::new(Step::GroupBy(GroupBy::default()));
    bench.tables = vec![Table::parse("paid, name\n 1.5, x\n 2, y").unwrap()];
    let schema: Schema = bench.tables[0].schema.clone();
    let subject = |bench: &Bench, column: &str| {
        let cause = Cause::WrongType { port: 0, column: column.into(), to: None };
        let problem = Problem::new("Sum needs numbers.").at("aggregations[0].column").because(cause);
        let subject = Subject {
            name: NAME,
            node: &bench.pipeline.nodes[NAME],
            pipeline: &bench.pipeline,
            inputs: vec![Some(Arc::new(schema.clone()))],
            rows: vec![Some(&bench.tables[0])],
            output: None,
            stale: false,
            problems: Vec::new(),
            noticed: &[],
            folder: None,
            recent_files: &[],
            focus: None,
        };
        inspector::fixes(&problem, &subject)
    };
    let fix = Fix::Convert { port: 0, column: "paid".into(), to: Type::Float };
    assert_eq!(subject(&bench, "paid"), [("Convert \"paid\" to Float".to_owned(), fix)]);
    assert_eq!(subject(&bench, "name"), []);
}

#[test]
fn a_wrong_name_in_a_formula_is_replaced_in_its_place() {
    let place = Place { line: 1, column: 1, length: 5 };
    let problem = Problem::unknown("column", "axels", ["axles"]).at("condition").place(place);
    let step = Step::Filter(Filter { condition: "axels > 2".into(), ..Filter::default() });
    let mut harness = Bench::new(step).with_problem(problem).open();
    click(&mut harness, "Use \"axles\"");
    let fix = Fix::Replace { parameter: "condition".into(), place: Some(place), with: "axles".into() };
    assert_eq!(harness.state().actions, [Action::Fix { node: NAME.into(), fix }]);
}

#[test]
fn a_problem_without_a_field_stands_above_them() {
    let problem = Problem::new("Nothing is wired to the input \"in\".").at("from[0]");
    let harness = Bench::new(Step::Filter(Filter::default())).with_problem(problem).open();
    let message = harness.get_by_label("Nothing is wired to the input \"in\".").rect();
    assert!(message.bottom() <= harness.get_by_label("Condition").rect().top());
}

#[test]
fn the_name_is_given_with_enter_and_kept_with_escape() {
    let mut harness = Bench::new(Step::Filter(Filter::default())).open();
    type_into(&mut harness, "Name of the node", "s");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().actions, []);
    type_into(&mut harness, "Name of the node", "x");
    harness.key_press(Key::Enter);
    harness.run();
    let [Action::Rename { node, to }] = &harness.state().actions[..] else { panic!("{:?}", harness.state().actions) };
    assert_eq!((node.as_str(), to.len()), (NAME, NAME.len() + 1));
}

#[test]
fn a_node_is_muted_and_described() {
    let mut harness = Bench::new(Step::Filter(Filter::default())).open();
    click(&mut harness, "Muted");
    type_into(&mut harness, "What this node is for", "y");
    let actions = [
        Action::SetMuted { nodes: vec![NAME.into()], muted: true },
        Action::About { node: NAME.into(), text: "y".into() },
    ];
    assert_eq!(harness.state().actions, actions);
}

#[test]
fn the_parameter_asked_for_gets_the_keyboard() {
    let mut bench = Bench::new(Step::Filter(Filter::default()));
    bench.focus = Some("condition");
    assert!(bench.open().get_by_label("Condition").is_focused());
    let mut bench = Bench::new(Step::GroupBy(GroupBy::default()));
    bench.focus = Some("");
    assert!(bench.open().get_by_label("Add column to by").is_focused());
}

#[test]
fn results_of_a_formula_show_beside_what_it_reads() {
    let line = formula::Line { column: "double".into(), formula: "axles * 2".into() };
    let mut bench = Bench::new(Step::Formula(Formula { formulas: vec![line], ..Formula::default() }));
    bench.output = Some(Table::parse("axles: Integer, double: Integer\n 2, 4\n , ").unwrap());
    let harness = bench.open();
    for text in ["double", "4"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    assert_eq!(harness.query_all_by_label("null").count(), 2);
}

#[test]
fn help_explains_the_node_and_finds_functions() {
    let mut harness = Bench::new(Step::Filter(Filter::default())).open();
    assert!(harness.query_by_label("Every row comes out of exactly one of the outputs.").is_some());
    click(&mut harness, "Example: Vehicles with more than two axles");
    assert!(harness.query_all_by_label("vehicle").count() > 1);
    type_into(&mut harness, "Search functions", "startswith");
    assert!(harness.query_by_label("starts_with(Text, Text)").is_some());
}

#[test]
fn what_was_found_out_is_said_and_taken_back_by_one_click() {
    let mut bench = Bench::new(Step::ReadCsv(ReadCsv { path: "a.csv".into(), ..ReadCsv::default() }));
    let noticed = |parameter: &str, words: &str, instead: &str, value| Noticed {
        parameter: parameter.into(),
        words: words.into(),
        instead: vec![Instead { words: instead.into(), value }],
    };
    let exact = vec![("price".to_owned(), Type::Decimal(18, 2))];
    bench.noticed = vec![
        noticed("skip_lines", "3 title lines skipped.", "Keep them", Stated::Count(0)),
        noticed("comment", "Lines that begin with # are left out.", "Keep them", Stated::Text(String::new())),
        noticed("header", "No line has names.", "The first line has", Stated::Switch(true)),
        noticed("types", "price: no more than 2 decimals.", "Exact", Stated::Kinds(exact.clone())),
    ];
    let mut harness = bench.open();
    let Step::ReadCsv(mut csv) = harness.state().step().clone() else { panic!() };
    for (label, change) in [
        ("3 title lines skipped. Keep them", (|csv| csv.skip_lines = Some(0)) as fn(&mut ReadCsv)),
        ("Lines that begin with # are left out. Keep them", |csv| csv.comment = Some(String::new())),
        ("No line has names. The first line has", |csv| csv.header = Some(true)),
        ("price: no more than 2 decimals. Exact", |csv| drop(csv.types.insert("price".into(), Type::Decimal(18, 2)))),
    ] {
        harness.state_mut().actions.clear();
        click(&mut harness, label);
        let [Action::Fix { node, fix: Fix::State { parameter, value } }] = &harness.state().actions[..] else {
            panic!("{:?}", harness.state().actions)
        };
        assert_eq!(node, NAME);
        let mut step = Step::ReadCsv(csv.clone());
        pipewright_app::parameter::state(&mut step, parameter, value);
        change(&mut csv);
        assert_eq!(step, Step::ReadCsv(csv.clone()), "{label}");
    }
}
