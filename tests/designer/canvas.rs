//! The canvas by label: what pointer and keys ask for.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, Pos2, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use indexmap::IndexSet;
use pipewright_app::action::{Action, Input, Wiring};
use pipewright_app::canvas::{self, NODE, STEP, Scene, View};
use pipewright_app::checker::Checked;
use pipewright_app::command::Command;
use pipewright_app::results::Results;
use pipewright_app::runs::Runs;
use pipewright_engine::nodes::{Filter, Join, Limit, ReadCsv, Step, Union};
use pipewright_engine::pipeline::{Link, Node, Pipeline};

/// A canvas alone: what it asks for is written down, and selecting is carried out.
#[derive(Default)]
struct Bench {
    pipeline: Arc<Pipeline>,
    view: View,
    results: Results,
    runs: Runs,
    checked: Checked,
    asked: Vec<Action>,
    /// Fonts hold from the frame after they were set.
    dressed: bool,
}

impl Bench {
    fn ui(&mut self, ui: &mut egui::Ui) {
        if !std::mem::replace(&mut self.dressed, true) {
            return pipewright_app::theme::install(ui.ctx());
        }
        let scene =
            Scene { pipeline: &self.pipeline, checked: &self.checked, results: &self.results, runs: &self.runs };
        let mut actions = Vec::new();
        canvas::show(ui, &scene, &mut self.view, &mut actions);
        for action in actions {
            match action {
                Action::Select(selection) => self.view.selection = selection,
                other => self.asked.push(other),
            }
        }
    }
}

fn node(step: Step, from: &[&str]) -> Node {
    let from = from.iter().map(|link| (!link.is_empty()).then(|| Link::parse(link))).collect();
    Node { step, from, ..Node::default() }
}

/// `read` is wired to `large`, `join` to nothing; each has its place.
fn small() -> Pipeline {
    let mut pipeline = Pipeline::default();
    let nodes = [
        ("read", node(Step::ReadCsv(ReadCsv { path: "orders.csv".into(), ..ReadCsv::default() }), &[]), (0, 0)),
        (
            "large",
            node(Step::Filter(Filter { condition: "axles > 2".into(), ..Filter::default() }), &["read"]),
            (288, 0),
        ),
        ("join", node(Step::Join(Join::default()), &[]), (576, 0)),
    ];
    for (name, node, at) in nodes {
        pipeline.nodes.insert(name.into(), node);
        pipeline.layout.nodes.insert(name.into(), at);
    }
    pipeline
}

fn show(pipeline: Pipeline) -> Harness<'static, Bench> {
    let bench = Bench { pipeline: Arc::new(pipeline), ..Bench::default() };
    let mut harness =
        Harness::builder().with_size(vec2(1200.0, 800.0)).build_ui_state(|ui, bench: &mut Bench| bench.ui(ui), bench);
    harness.run();
    harness
}

fn middle(harness: &Harness<Bench>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center()
}

fn drag(harness: &mut Harness<Bench>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for part in 1..=4 {
        harness.hover_at(from.lerp(to, part as f32 / 4.0));
        harness.step();
    }
    harness.drop_at(to);
    harness.run();
}

/// All in one frame: with a frame for each event, the clicks would be too far apart to count as one.
fn double_click(harness: &mut Harness<Bench>, pos: Pos2) {
    let button = |pressed| Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(pos);
    harness.run();
    harness.input_mut().events.extend([true, false, true, false].map(button));
    harness.run();
}

fn asked(harness: &mut Harness<Bench>) -> Vec<Action> {
    std::mem::take(&mut harness.state_mut().asked)
}

fn selected(harness: &Harness<Bench>) -> Vec<String> {
    harness.state().view.selection.nodes.iter().cloned().collect()
}

#[test]
fn nodes_and_ports_in_sight_have_names() {
    let harness = show(small());
    for label in
        ["node read", "node large", "node join", "output read", "output large.false", "input large 1", "input join 2"]
    {
        harness.get_by_label(label);
    }
    let value = harness.get_by_label("node large").value().unwrap_or_default();
    assert_eq!(value, "Filter, ready: Keep rows where axles > 2");
    let value = harness.get_by_label("node join").value().unwrap_or_default();
    assert!(value.starts_with("Join, not configured"), "{value}");
}

#[test]
fn a_click_selects_and_with_shift_adds_and_with_control_takes_away() {
    let mut harness = show(small());
    harness.get_by_label("node read").click();
    harness.run();
    assert_eq!(selected(&harness), ["read"]);
    harness.get_by_label("node large").click_modifiers(Modifiers::SHIFT);
    harness.run();
    assert_eq!(selected(&harness), ["read", "large"]);
    harness.get_by_label("node read").click_modifiers(Modifiers::COMMAND);
    harness.run();
    assert_eq!(selected(&harness), ["large"]);
}

#[test]
fn a_drag_moves_the_selection_by_whole_steps_of_the_grid() {
    let mut harness = show(small());
    let from = middle(&harness, "node join");
    drag(&mut harness, from, from + vec2(103.0, 50.0));
    assert_eq!(asked(&mut harness), [Action::Place(vec![("join".into(), (680, 48))])]);
    assert_eq!(selected(&harness), ["join"]);
}

#[test]
fn a_wire_dropped_on_an_input_connects_and_never_in_a_circle() {
    let mut harness = show(small());
    let (from, to) = (middle(&harness, "output large.false"), middle(&harness, "input join 2"));
    drag(&mut harness, from, to);
    let to = Input { node: "join".into(), port: 1 };
    assert_eq!(asked(&mut harness), [Action::Connect { from: Link::parse("large.false"), to }]);
    let (from, to) = (middle(&harness, "output large"), middle(&harness, "input large 1"));
    drag(&mut harness, from, to);
    assert_eq!(asked(&mut harness), []);
}

#[test]
fn a_wire_is_taken_from_its_end_to_another_input_or_cut_in_the_open() {
    let mut harness = show(small());
    let (from, to) = (middle(&harness, "input large 1"), middle(&harness, "input join 1"));
    drag(&mut harness, from, to);
    let (old, new) = (Input { node: "large".into(), port: 0 }, Input { node: "join".into(), port: 0 });
    let connect = Action::Connect { from: Link::parse("read"), to: new };
    assert_eq!(asked(&mut harness), [connect, Action::Disconnect(old.clone())]);
    drag(&mut harness, from, pos2(400.0, 700.0));
    assert_eq!(asked(&mut harness), [Action::Disconnect(old)]);
    harness.get_by_label("search nodes");
}

#[test]
fn a_wire_dropped_in_the_open_offers_what_can_read_it() {
    let mut harness = show(small());
    let from = middle(&harness, "output large.false");
    drag(&mut harness, from, pos2(600.0, 700.0));
    // Nodes that read nothing come last, though they are the first of the catalogue.
    let top = |label| harness.get_by_label(label).rect().top();
    assert!(top("add Write Excel") < top("add Read CSV"));
    harness.get_by_label("search nodes").type_text("limit");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let asked = asked(&mut harness);
    let [Action::Add { step, at: Some(_), wiring }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(**step, Step::Limit(Limit::default()));
    assert_eq!(*wiring, Wiring::After(Link::parse("large.false")));
}

#[test]
fn the_search_finds_words_of_other_tools_and_closes_with_escape() {
    let mut harness = show(small());
    let place = pos2(600.0, 700.0);
    double_click(&mut harness, place);
    harness.get_by_label("search nodes").type_text("vlookup");
    harness.run();
    harness.get_by_label("add Lookup");
    assert!(harness.query_by_label("add Sort").is_none());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("search nodes").is_none());
    assert_eq!(asked(&mut harness), []);
}

#[test]
fn a_frame_drawn_on_the_canvas_selects_what_it_touches() {
    let mut harness = show(small());
    let to = middle(&harness, "node large");
    let from = harness.get_by_label("node read").rect().left_top() - Vec2::splat(30.0);
    drag(&mut harness, from, to);
    assert_eq!(selected(&harness), ["read", "large"]);
}

#[test]
fn keys_go_along_wires_open_nudge_and_let_go() {
    let mut harness = show(small());
    harness.get_by_label("node read").click();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(selected(&harness), ["large"]);
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert_eq!(selected(&harness), ["read"]);
    harness.key_press(Key::Enter);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    harness.run();
    let place = Action::Place(vec![("read".into(), (0, 8))]);
    let mut asked = asked(&mut harness);
    asked.sort_by_key(|action| matches!(action, Action::Place(_)));
    assert_eq!(asked, [Action::Open("read".into()), place]);
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(selected(&harness), [""; 0]);
}

#[test]
fn a_node_dropped_on_a_wire_is_put_into_it() {
    let mut pipeline = small();
    pipeline.nodes.insert("limit".into(), node(Step::Limit(Limit::default()), &[]));
    pipeline.layout.nodes.insert("limit".into(), (288, 300));
    pipeline.layout.nodes.insert("large".into(), (600, 0));
    pipeline.layout.nodes.insert("join".into(), (900, 0));
    let mut harness = show(pipeline);
    let from = middle(&harness, "node limit");
    let (a, b) = (middle(&harness, "output read"), middle(&harness, "input large 1"));
    drag(&mut harness, from, a.lerp(b, 0.5));
    let asked = asked(&mut harness);
    let [Action::Place(_), first, second] = asked.as_slice() else { panic!("{asked:?}") };
    let before = Action::Connect { from: Link::parse("read"), to: Input { node: "limit".into(), port: 0 } };
    let after = Action::Connect { from: Link::parse("limit"), to: Input { node: "large".into(), port: 0 } };
    assert_eq!((first, second), (&before, &after));
}

#[test]
fn zooming_leaves_what_is_below_the_pointer_there() {
    let mut harness = show(small());
    let at = harness.get_by_label("node join").rect().left_top();
    harness.hover_at(at);
    harness.step();
    harness.event(Event::Zoom(0.5));
    harness.run();
    let after = harness.get_by_label("node join").rect();
    assert!(after.left_top().distance(at) < 0.5, "{at} {after}");
    assert!((after.width() - NODE.0 as f32 * harness.state().view.zoom).abs() < 0.5);
}

#[test]
fn a_menu_speaks_of_what_it_was_opened_on() {
    let mut harness = show(small());
    harness.get_by_label("node large").click_secondary();
    harness.run();
    harness.get_by_label_contains("Mute").click();
    harness.run();
    assert_eq!(asked(&mut harness), [Action::Command(Command::Mute)]);
    assert_eq!(selected(&harness), ["large"]);
    let (a, b) = (middle(&harness, "output read"), middle(&harness, "input large 1"));
    let on_wire = a.lerp(b, 0.5);
    harness.event(Event::PointerMoved(on_wire));
    for pressed in [true, false] {
        let modifiers = Modifiers::NONE;
        harness.event(Event::PointerButton {
            pos: on_wire,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers,
        });
    }
    harness.run();
    harness.get_by_label_contains("Cut wire").click();
    harness.run();
    assert_eq!(asked(&mut harness), [Action::Disconnect(Input { node: "large".into(), port: 0 })]);
}

#[test]
fn a_double_click_opens_a_node() {
    let mut harness = show(small());
    let at = middle(&harness, "node large");
    double_click(&mut harness, at);
    assert_eq!(asked(&mut harness), [Action::Open("large".into())]);
}

#[test]
fn what_is_out_of_sight_is_not_told() {
    let mut harness = show(small());
    harness.state_mut().view.center = vec2(5000.0, 0.0);
    harness.run();
    assert!(harness.query_by_label("node read").is_none());
    assert!(harness.state().view.visible().is_empty());
    harness.state_mut().view.show_all();
    harness.run();
    assert_eq!(harness.state().view.visible(), ["read", "large", "join"]);
}

/// A pipeline of chains that meet, from a fixed sequence of numbers.
fn tangle(count: usize) -> Pipeline {
    let mut pipeline = Pipeline::default();
    let mut number = 7_u64;
    for at in 0..count {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32| format!("n{}", at.saturating_sub(1 + (number >> shift) as usize % 12));
        let (first, second) = (pick(33), pick(45));
        let new = match at {
            0 => node(Step::ReadCsv(ReadCsv::default()), &[]),
            _ if at % 5 == 0 => node(Step::Union(Union::default()), &[&first, &second]),
            _ => node(Step::Filter(Filter::default()), &[&first]),
        };
        pipeline.nodes.insert(format!("n{at}"), new);
    }
    pipeline
}

#[test]
fn arranging_goes_from_left_to_right_and_nothing_overlaps() {
    let pipeline = tangle(300);
    let placed = canvas::arrange(&pipeline, None);
    assert_eq!(placed, canvas::arrange(&pipeline, None));
    let at: indexmap::IndexMap<String, (i32, i32)> = placed.iter().cloned().collect();
    assert_eq!(at.len(), pipeline.nodes.len());
    for (name, node) in &pipeline.nodes {
        for link in node.from.iter().flatten() {
            assert!(at[&link.node].0 + STEP.0 <= at[name].0, "{} is not left of {name}", link.node);
        }
    }
    for (one, (x, y)) in &placed {
        for (other, (a, b)) in placed.iter().filter(|(other, _)| other != one) {
            assert!((x - a).abs() >= NODE.0 || (y - b).abs() >= NODE.1, "{one} lies on {other}");
        }
    }
}

#[test]
fn arranging_some_leaves_the_others_where_they_are() {
    let pipeline = small();
    let some = IndexSet::from(["large".to_owned(), "join".to_owned()]);
    let placed = canvas::arrange(&pipeline, Some(&some));
    assert!(placed.iter().all(|(name, _)| some.contains(name)));
    let corner = placed.iter().map(|(_, at)| *at).min();
    assert_eq!(corner, Some((288, 0)));
}

#[test]
fn new_nodes_find_a_place_of_their_own() {
    let pipeline = small();
    let view = View::default();
    for wiring in [
        Wiring::After(Link::parse("read")),
        Wiring::After(Link::parse("large.false")),
        Wiring::Into(Input { node: "large".into(), port: 0 }),
        Wiring::Free,
    ] {
        let (x, y) = canvas::place_for(&pipeline, &view, &wiring);
        for (name, (a, b)) in &pipeline.layout.nodes {
            assert!((x - a).abs() >= NODE.0 || (y - b).abs() >= NODE.1, "{wiring:?} lies on {name}");
        }
    }
}

#[test]
fn aligned_nodes_stand_in_line_and_apart() {
    let mut pipeline = small();
    pipeline.layout.nodes.insert("join".into(), (310, 20));
    let all: IndexSet<String> = pipeline.nodes.keys().cloned().collect();
    let placed = canvas::align_left(&pipeline, &all);
    assert!(placed.iter().all(|(_, (x, _))| *x == 0));
    assert!(placed.windows(2).all(|two| two[1].1.1 - two[0].1.1 >= NODE.1));
    let placed = canvas::align_top(&pipeline, &all);
    assert!(placed.iter().all(|(_, (_, y))| *y == 0));
    assert!(placed.windows(2).all(|two| two[1].1.0 - two[0].1.0 >= NODE.0));
}

#[test]
fn nodes_without_a_place_are_shown_beside_what_they_read() {
    let mut pipeline = small();
    pipeline.layout.nodes.shift_remove("large");
    let places = canvas::places(&pipeline);
    let (x, y) = places.nodes["large"];
    assert_eq!((x, y), (288, 0));
}
