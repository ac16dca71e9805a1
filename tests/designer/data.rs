//! The data panel before a table that a test makes up and serves by pages, as the engine does.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Event, Key, Modifiers, MouseWheelUnit, Pos2, TouchPhase, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use pipewright_app::action::Action;
use pipewright_app::data::{self, Look, Side, Tables};
use pipewright_app::theme;
use pipewright_engine::pipeline::Link;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;
use pipewright_runner::show::{Basis, Output, Page, PageRows, Profile, Shape, View};

/// A table whose values are made from row and column.
#[derive(Clone)]
struct Fake {
    id: String,
    rows: u64,
    schema: Schema,
    value: fn(u64, usize) -> Value,
}

impl Fake {
    fn new(id: &str, rows: u64, columns: usize, value: fn(u64, usize) -> Value) -> Self {
        let kind = |at| if value(0, at).kind() == Type::Integer { Type::Integer } else { Type::Text };
        let schema = Schema::of((0..columns).map(|at| (format!("c{at}"), kind(at))));
        Self { id: id.into(), rows, schema, value }
    }

    fn of(id: &str, table: &'static [&'static [&'static str]]) -> (Self, Vec<Vec<Value>>) {
        let columns = table[0].iter().map(|name| (*name, Type::Text));
        let read = |text: &&str| if *text == "-" { Value::Null } else { Value::text(*text) };
        let rows = table[1..].iter().map(|row| row.iter().map(read).collect()).collect::<Vec<Vec<Value>>>();
        let schema = Schema::of(columns);
        (Self { id: id.into(), rows: rows.len() as u64, schema, value: |_, _| Value::Null }, rows)
    }

    fn value(&self, given: &[Vec<Value>], row: u64, column: usize) -> Value {
        given.get(row as usize).map_or_else(|| (self.value)(row, column), |row| row[column].clone())
    }

    fn output(&self, given: &[Vec<Value>]) -> Arc<Output> {
        let columns = self.schema.0.len().min(12);
        let row = |row| (0..columns).map(|column| self.value(given, row, column)).collect();
        Arc::new(Output {
            node: "n".into(),
            output: 0,
            table: self.id.clone(),
            schema: self.schema.clone(),
            rows: self.rows,
            basis: Basis::Everything,
            head: Table {
                schema: Schema(self.schema.0[..columns].to_vec()),
                rows: (0..self.rows.min(12)).map(row).collect(),
            },
            rejects: None,
            seconds: None,
        })
    }

    /// What the engine would answer: rows in the order of the view, those left out that the filter does not find.
    fn serve(&self, given: &[Vec<Value>], page: &Page) -> PageRows {
        let mut places: Vec<u64> = (0..self.rows).collect();
        if page.view != View::default() {
            let word = page.view.filter.to_lowercase();
            let columns = 0..self.schema.0.len();
            let found = |row: u64| {
                columns.clone().any(|at| self.value(given, row, at).to_string().to_lowercase().contains(&word))
            };
            places.retain(|row| found(*row));
        }
        if let Some((column, largest)) = page.view.sort {
            places.sort_by(|a, b| self.value(given, *a, column).order(&self.value(given, *b, column)));
            if largest {
                places.reverse();
            }
        }
        let total = places.len() as u64;
        let places: Vec<u64> = places
            .into_iter()
            .skip(page.rows.start as usize)
            .take((page.rows.end - page.rows.start) as usize)
            .collect();
        let row = |row: &u64| page.columns.clone().map(|column| self.value(given, *row, column)).collect();
        let schema = Schema(self.schema.0[page.columns.clone()].to_vec());
        PageRows { page: page.clone(), table: Table { schema, rows: places.iter().map(row).collect() }, places, total }
    }
}

/// What a test looks at: sides, what was asked, and whether answers are given at once.
struct World {
    fakes: Vec<(Fake, Vec<Vec<Value>>)>,
    sides: Vec<(String, bool, Link, usize)>,
    outputs: Vec<Arc<Output>>,
    tables: Tables,
    asked: Vec<Look>,
    answers: bool,
    stale: bool,
    problem: Option<String>,
    exact: Option<(u64, Option<u64>)>,
}

impl World {
    fn of(fakes: Vec<(Fake, Vec<Vec<Value>>)>) -> Self {
        let outputs = fakes.iter().map(|(fake, given)| fake.output(given)).collect();
        let sides = vec![("Output".to_owned(), false, Link::parse("n"), 0)];
        Self {
            fakes,
            sides,
            outputs,
            tables: Tables::default(),
            asked: Vec::new(),
            answers: true,
            stale: false,
            problem: None,
            exact: None,
        }
    }

    fn pages(&self) -> Vec<&Page> {
        self.asked.iter().filter_map(|look| if let Look::Page(page) = look { Some(page) } else { None }).collect()
    }

    fn answer(&mut self, look: &Look) {
        let (Look::Page(Page { table, .. }) | Look::Profile { table, .. } | Look::Cell { table, .. }) = look else {
            return;
        };
        let Some((fake, given)) = self.fakes.iter().find(|(fake, _)| fake.id == *table) else { return };
        match look {
            Look::Page(page) => self.tables.page(fake.serve(given, page)),
            Look::Profile { table, column } => self.tables.profile(Profile {
                table: table.clone(),
                column: *column,
                rows: fake.rows,
                nulls: 1,
                empty: 2,
                distinct: 3,
                shape: Shape::Histogram(vec![1, 2, 3]),
                ..Profile::default()
            }),
            Look::Cell { table, row, column } => {
                self.tables.cell(table, *row, *column, fake.value(given, *row, *column));
            }
            _ => {}
        }
    }
}

const SIZE: Vec2 = vec2(900.0, 520.0);

fn harness(world: World) -> Harness<'static, World> {
    let app = |ui: &mut egui::Ui, world: &mut World| {
        let mut actions = Vec::new();
        let sides: Vec<Side> = world
            .sides
            .iter()
            .map(|(title, input, link, output)| Side {
                title,
                input: *input,
                link: link.clone(),
                output: world.outputs.get(*output),
                chart: None,
                stale: world.stale,
                problem: world.problem.as_deref(),
                exact: world.exact,
            })
            .collect();
        data::show(ui, &sides, &mut world.tables, &mut actions);
        for action in actions {
            let Action::Look(look) = action else { panic!("{action:?}") };
            world.asked.push(look.clone());
            if world.answers {
                world.answer(&look);
                ui.ctx().request_repaint();
            }
        }
    };
    let setup = |ctx: &egui::Context| theme::install(ctx);
    let mut harness = Harness::builder()
        .with_size(SIZE)
        .with_step_dt(1.0 / 60.0)
        .allow_missing_glyphs()
        .with_context_setup(setup)
        .build_ui_state(app, world);
    harness.run();
    harness
}

fn large() -> World {
    World::of(vec![(
        Fake::new("large", 1_000_000, 1000, |row, column| Value::Integer(row as i64 * 1000 + column as i64)),
        vec![],
    )])
}

const PEOPLE: &[&[&str]] = &[&["name", "city"], &["customer_2", "Ulm"], &["customer_1", "-"], &["customer_3", ""]];

fn small() -> World {
    World::of(vec![Fake::of("people", PEOPLE)])
}

fn focus(harness: &mut Harness<World>) {
    harness.get_by_label("data n").focus();
    harness.run();
}

fn has(harness: &Harness<World>, label: &str) -> bool {
    harness.query_by_label(label).is_some()
}

fn copied(harness: &Harness<World>) -> Option<String> {
    harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// Steps until a text is copied.
fn copy(harness: &mut Harness<World>) -> Option<String> {
    harness.event(Event::Copy);
    for _ in 0..200 {
        harness.step();
        if let Some(text) = copied(harness) {
            return Some(text);
        }
    }
    None
}

#[test]
fn the_last_cell_of_a_million_rows_and_a_thousand_columns_is_reached() {
    let mut harness = harness(large());
    assert!(has(&harness, "c0, row 1: 0"));
    focus(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::End);
    harness.run();
    assert!(has(&harness, "c999, row 1,000,000: 999999999"), "{:?}", harness.state().pages().last());
    // It lies within what is seen, at the lower right.
    let cell = harness.get_by_label("c999, row 1,000,000: 999999999").rect();
    assert!(cell.height() > 20.0 && cell.max.x > SIZE.x - 30.0, "{cell:?}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    harness.run();
    assert!(has(&harness, "c0, row 1: 0"));
}

#[test]
fn only_what_is_seen_and_what_is_around_it_is_asked_for_and_once() {
    let mut harness = harness(large());
    focus(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::End);
    harness.run();
    let pages = harness.state().pages();
    let near = |page: &&Page| {
        let start = page.rows.end <= 192 && page.columns.end <= 64;
        let end = page.rows.start >= 1_000_000 - 256 && page.columns.start >= 1000 - 64;
        start || end
    };
    assert!(pages.iter().all(near), "{pages:?}");
    let mut cells = HashSet::new();
    for page in pages {
        for row in page.rows.clone() {
            assert!(page.columns.clone().all(|column| cells.insert((row, column))), "asked twice: {page:?}");
        }
    }
}

#[test]
fn nothing_is_asked_again_while_it_is_on_its_way() {
    let mut world = large();
    world.answers = false;
    let mut harness = harness(world);
    harness.run_steps(5);
    let asked = harness.state().asked.clone();
    assert!(asked.iter().enumerate().all(|(at, look)| !asked[..at].contains(look)), "{asked:?}");
    // Of many places that are scrolled past, few are asked for.
    focus(&mut harness);
    for _ in 0..100 {
        harness.key_press(Key::PageDown);
        harness.step();
    }
    assert!(harness.state().pages().len() <= 8, "{}", harness.state().pages().len());
    // The first rows came with the output.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    harness.run();
    assert!(has(&harness, "c0, row 12: 11000") && has(&harness, "c0, row 13: not here yet"));
}

#[test]
fn a_late_page_of_another_table_is_dropped() {
    let mut world = large();
    world.answers = false;
    let mut harness = harness(world);
    let late = harness.state().pages()[0].clone();
    let newer = Fake::new("newer", 1_000_000, 1000, |_, _| Value::Integer(-5));
    let state = harness.state_mut();
    state.outputs = vec![newer.output(&[])];
    state.fakes.push((newer, vec![]));
    state.answers = true;
    harness.run();
    assert!(has(&harness, "c0, row 13: -5"));
    let (old, given) = harness.state().fakes[0].clone();
    harness.state_mut().tables.page(old.serve(&given, &late));
    harness
        .state_mut()
        .tables
        .page(PageRows { page: Page { table: "unheard of".into(), ..late }, ..PageRows::default() });
    harness.run();
    assert!(has(&harness, "c0, row 13: -5"));
}

#[test]
fn a_click_on_a_head_sorts_the_view() {
    let mut harness = harness(small());
    for (sort, first) in [(Some((0, false)), "customer_1"), (Some((0, true)), "customer_3"), (None, "customer_2")] {
        harness.get_by_label("column name").click();
        harness.run();
        assert!(has(&harness, &format!("name, row 1: {first}")), "{sort:?}");
        if sort.is_some() {
            assert_eq!(harness.state().pages().last().unwrap().view, View { sort, filter: String::new() });
            assert!(harness.query_by_label_contains("View sorted by name").is_some());
        }
    }
    assert!(harness.query_by_label_contains("View sorted").is_none());
}

#[test]
fn the_filter_asks_for_a_filtered_view_and_says_so() {
    let mut harness = harness(small());
    harness.get_by_label("filter view of n").focus();
    harness.run();
    harness.get_by_label("filter view of n").type_text("ULM");
    harness.run_steps(30);
    assert_eq!(harness.state().pages().last().unwrap().view, View { sort: None, filter: "ULM".into() });
    assert!(has(&harness, "name, row 1: customer_2") && !has(&harness, "name, row 2: customer_1"));
    assert!(harness.query_by_label_contains("View filtered to 1 of 3 rows").is_some());
    harness.get_by_label("Clear view").click();
    harness.run();
    assert!(has(&harness, "name, row 2: customer_1"));
}

#[test]
fn null_is_not_empty_text() {
    let harness = harness(small());
    assert!(has(&harness, "city, row 2: null") && has(&harness, "city, row 3: empty text"));
    let painted = texts(&harness);
    assert!(painted.contains("null") && painted.contains("\"\""), "{painted:?}");
}

/// Every text that was painted.
fn texts(harness: &Harness<World>) -> HashSet<String> {
    let mut texts = HashSet::new();
    for clipped in &harness.output().shapes {
        if let egui::Shape::Text(text) = &clipped.shape {
            texts.insert(text.galley.rows.iter().map(|row| row.text()).collect::<String>());
        }
    }
    texts
}

#[test]
fn a_cell_is_one_line_and_opens_in_full() {
    let (mut fake, _) = Fake::of("long", PEOPLE);
    fake.rows = 1;
    let text = format!("first\nsecond {}", "word ".repeat(50));
    let mut harness = harness(World::of(vec![(fake, vec![vec![Value::text(&text), Value::Null]])]));
    assert!(texts(&harness).iter().any(|text| text.starts_with("first⏎second") && text.ends_with('…')));
    let cell = harness.query_by_label_contains("name, row 1: first").unwrap().rect().center();
    double_click(&mut harness, cell);
    assert!(harness.state().asked.contains(&Look::Cell { table: "long".into(), row: 0, column: 0 }));
    assert_eq!(harness.get_by_label("whole value of name").value().as_deref(), Some(text.as_str()));
    harness.key_press(Key::Escape);
    harness.run();
    assert!(!has(&harness, "whole value of name"));
}

fn click(harness: &mut Harness<World>, at: Pos2) {
    harness.hover_at(at);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        harness.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
}

fn double_click(harness: &mut Harness<World>, at: Pos2) {
    click(harness, at);
    click(harness, at);
    harness.run();
}

fn drag(harness: &mut Harness<World>, from: Pos2, to: Pos2) {
    harness.drag_at(from);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run();
}

#[test]
fn a_click_that_is_over_within_a_frame_selects() {
    let mut harness = harness(small());
    let at = harness.get_by_label("name, row 2: customer_1").rect().center();
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        harness.input_mut().events.push(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    harness.step();
    harness.run();
    assert_eq!(copy(&mut harness).as_deref(), Some("customer_1\n"));
}

#[test]
fn what_is_selected_is_copied_as_a_spreadsheet_takes_it() {
    let mut harness = harness(small());
    let from = harness.get_by_label("name, row 1: customer_2").rect().center();
    let to = harness.get_by_label("city, row 3: empty text").rect().center();
    drag(&mut harness, from, to);
    assert_eq!(copy(&mut harness).as_deref(), Some("customer_2\tUlm\ncustomer_1\t\ncustomer_3\t\"\"\n"));
    harness.run();
    assert!(harness.query_by_label_contains("Copied 3 rows × 2 columns").is_some());
}

#[test]
fn rows_not_served_yet_are_copied_too() {
    let mut harness = harness(large());
    focus(&mut harness);
    harness.key_press(Key::Home);
    for _ in 0..60 {
        harness.key_press_modifiers(Modifiers::SHIFT, Key::PageDown);
    }
    harness.run();
    let text = copy(&mut harness).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 300, "{}", lines.len());
    for (row, line) in lines.iter().enumerate() {
        assert_eq!(*line, (row * 1000).to_string());
    }
}

#[test]
fn too_much_to_copy_is_said_and_not_cut() {
    let mut harness = harness(large());
    focus(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    assert_eq!(copy(&mut harness), None);
    assert!(harness.query_by_label_contains("Select at most 100,000 cells to copy").is_some());
}

fn wheel(harness: &mut Harness<World>, delta: Vec2, modifiers: Modifiers) {
    harness.hover_at(SIZE.to_pos2() / 2.0 + vec2(0.0, 60.0));
    harness.step();
    harness.event_modifiers(
        Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        },
        modifiers,
    );
    harness.run_steps(30);
}

#[test]
fn the_wheel_scrolls_rows_and_with_shift_columns() {
    let mut harness = harness(large());
    wheel(&mut harness, vec2(0.0, -2200.0), Modifiers::NONE);
    assert!(!has(&harness, "c0, row 1: 0") && has(&harness, "c0, row 105: 104000"));
    wheel(&mut harness, vec2(0.0, -2000.0), Modifiers::SHIFT);
    assert!(!has(&harness, "column c0") && has(&harness, "c25, row 105: 104025"));
}

#[test]
fn the_edge_of_a_head_makes_the_column_wider_or_fits_it() {
    let mut harness = harness(small());
    let width = |harness: &Harness<World>| harness.get_by_label("column name").rect().width();
    let before = width(&harness);
    let edge = harness.get_by_label("width of name").rect().center();
    drag(&mut harness, edge, edge + vec2(150.0, 0.0));
    assert!((width(&harness) - before - 150.0).abs() < 2.0, "{before} {}", width(&harness));
    let edge = harness.get_by_label("width of name").rect().center();
    double_click(&mut harness, edge);
    assert!(width(&harness) < before + 100.0, "{}", width(&harness));
}

#[test]
fn a_bar_drags_through_all_rows() {
    let mut harness = harness(large());
    let bar = harness.get_by_label("scroll rows of data n").rect();
    drag(&mut harness, bar.center_top() + vec2(0.0, 5.0), bar.center_bottom() + vec2(0.0, 50.0));
    assert!(has(&harness, "c0, row 1,000,000: 999999000"));
}

#[test]
fn sides_stand_beside_each_other_and_tabs_choose() {
    let (rejected, rows) = Fake::of("rejects", &[&["reason"], &["too long"]]);
    let mut world = World::of(vec![Fake::of("people", PEOPLE), (rejected, rows)]);
    world.sides = vec![
        ("Input".into(), true, Link::parse("before"), 0),
        ("Output".into(), false, Link::parse("n"), 0),
        ("Rejected".into(), false, Link::parse("n.rejected"), 1),
    ];
    let mut harness = harness(world);
    let input = harness.get_by_label("data before").rect();
    let output = harness.get_by_label("data n").rect();
    assert!(input.max.x <= output.min.x);
    harness.get_by_label("Rejected 1").click();
    harness.run();
    assert!(has(&harness, "data n.rejected") && has(&harness, "reason, row 1: too long") && !has(&harness, "data n"));
    harness.state_mut().tables.choose(&Link::parse("n"));
    harness.run();
    assert!(has(&harness, "data n"));
    let split = harness.get_by_label("split between input and output").rect().center();
    drag(&mut harness, split, split - vec2(100.0, 0.0));
    assert!(harness.get_by_label("data before").rect().width() < input.width() - 60.0);
}

#[test]
fn a_sample_says_so_and_offers_all_rows() {
    let mut world = small();
    let mut output = (*world.outputs[0]).clone();
    output.basis = Basis::Sample { records: 10_000, of: Some(3_214_567), estimated: true };
    let said = format!("{} rows, from a sample of 10,000 of about 3.2 million", output.rows);
    world.outputs = vec![Arc::new(output)];
    let mut harness = harness(world);
    assert!(has(&harness, &said));
    harness.get_by_label("Compute on all").click();
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Look::Exact { node: "n".into() }));
    harness.state_mut().exact = Some((1000, Some(3_214_567)));
    harness.run();
    assert!(has(&harness, "Computing all rows: 1,000 of 3,214,567"));
    harness.get_by_label("Stop").click();
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Look::StopExact));
}

#[test]
fn a_problem_stands_in_place_of_rows() {
    let mut world = small();
    world.problem = Some("Column \"amuont\" is not there.".into());
    let harness = harness(world);
    assert!(has(&harness, "Column \"amuont\" is not there.") && !has(&harness, "data n"));
}

#[test]
fn profiles_are_asked_for_of_columns_that_are_seen() {
    let harness = harness(large());
    let profiled: Vec<usize> = harness
        .state()
        .asked
        .iter()
        .filter_map(|look| if let Look::Profile { column, .. } = look { Some(*column) } else { None })
        .collect();
    let seen = (0..1000).filter(|at| has(&harness, &format!("column c{at}"))).collect::<Vec<_>>();
    assert_eq!(profiled, seen);
    assert!(texts(&harness).contains("3 distinct"));
}

#[test]
fn a_table_that_is_held_no_more_is_not_asked_for_until_it_is_again() {
    let mut world = large();
    world.answers = false;
    let mut harness = harness(world);
    harness.state_mut().tables.forget(None);
    harness.state_mut().asked.clear();
    harness.run_steps(3);
    assert_eq!(harness.state().asked, []);
    let state = harness.state_mut();
    state.outputs = vec![Arc::new((*state.outputs[0]).clone())];
    state.answers = true;
    harness.run();
    assert!(has(&harness, "c0, row 13: 12000"));
}

#[test]
fn any_script_is_shown() {
    let (fake, rows) = Fake::of("words", &[&["name"], &["مرحبا"], &["北京"]]);
    let harness = harness(World::of(vec![(fake, rows)]));
    assert!(has(&harness, "name, row 1: مرحبا") && has(&harness, "name, row 2: 北京"));
}
