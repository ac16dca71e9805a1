//! Each way to add, wire and arrange nodes, by pointer and keys in the whole window.

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Input;
use pipewright_app::canvas::{self, Selection};
use pipewright_app::command::Command;
use pipewright_engine::file;
use pipewright_engine::nodes::Step;

use crate::stage::Stage;

/// A chain of three, and a limit that is wired to nothing.
const CHAIN: &str = r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "large": (step: Filter(condition: "n > 2"), from: ["read"]),
        "sorted": (step: Sort(by: [(column: "n")]), from: ["large"]),
        "limit": (step: Limit(count: 2)),
    },
    layout: (
        nodes: {"read": (0, 0), "large": (352, 0), "sorted": (704, 0), "limit": (352, 400)},
    ),
)"#;

fn chain() -> Stage {
    let mut stage = Stage::of(CHAIN);
    stage.write("numbers.csv", "n\n1\n2\n3\n4\n");
    stage.command(Command::Refresh);
    stage.rows("sorted");
    stage
}

/// The middle of the wire between two ports.
fn wire(stage: &Stage, from: &str, to: &str) -> Pos2 {
    stage.place(&format!("output {from}")).lerp(stage.place(&format!("input {to}")), 0.5)
}

fn search(stage: &mut Stage, words: &str) {
    stage.harness.get_by_label("search nodes").type_text(words);
    stage.settle();
    stage.press(Key::Enter);
}

#[test]
fn the_palette_adds_by_double_click_by_key_and_by_name() {
    let mut stage = Stage::empty();
    let entry = stage.place("Add Filter");
    stage.double_click(entry);
    assert_eq!(stage.names(), ["filter"]);
    stage.harness.get_by_label("Add Sort").focus();
    stage.settle();
    stage.press(Key::Enter);
    assert_eq!(stage.from("sort"), ["filter"], "it wires itself to the selection");
    stage.type_into("Search nodes", "limit");
    stage.press(Key::Enter);
    assert_eq!(stage.from("limit"), ["sort"]);
    assert_eq!(stage.selected(), ["limit"]);
}

#[test]
fn a_source_is_not_wired_to_the_selection() {
    let mut stage = chain();
    stage.click("node sorted");
    let entry = stage.place("Add Read CSV");
    stage.double_click(entry);
    let new = stage.selected()[0].to_owned();
    assert!(matches!(stage.pipeline().nodes[&new].step, Step::ReadCsv(_)));
    assert_eq!(stage.from(&new), [""; 0]);
}

#[test]
fn the_palette_is_dragged_onto_the_canvas_and_into_a_wire() {
    let mut stage = chain();
    let (entry, ground) = (stage.place("Add Unique"), stage.open_ground());
    stage.drag(entry, ground);
    assert_eq!(stage.from("unique"), [""; 0]);
    let box_of = stage.harness.get_by_label("node unique").rect();
    assert!(box_of.contains(ground), "it lies where it was dropped: {box_of} {ground}");

    let (entry, wire) = (stage.place("Add Select"), wire(&stage, "read", "large 1"));
    stage.drag(entry, wire);
    assert_eq!((stage.from("select"), stage.from("large")), (vec!["read".into()], vec!["select".into()]));
}

#[test]
fn tab_and_double_click_search_for_a_node() {
    let mut stage = chain();
    stage.click("node large");
    stage.press(Key::Tab);
    search(&mut stage, "dedup");
    assert_eq!(stage.from("unique"), ["large"], "it is found by a word of other tools");
    let ground = stage.open_ground();
    stage.double_click(ground);
    search(&mut stage, "union");
    assert_eq!(stage.from("union"), [""; 0]);
    stage.press(Key::Tab);
    stage.press(Key::Escape);
    assert!(!stage.sees("search nodes"));
    assert_eq!(stage.names().len(), 6);
}

#[test]
fn a_wire_is_dropped_on_a_port_and_on_nothing() {
    let mut stage = chain();
    let (from, to) = (stage.place("output large.false"), stage.place("input limit 1"));
    stage.drag(from, to);
    assert_eq!(stage.from("limit"), ["large.false"]);
    assert_eq!(stage.rows("limit"), "n\n1\n2");
    let (from, to) = (stage.place("output limit"), stage.open_ground());
    stage.drag(from, to);
    search(&mut stage, "write csv");
    assert_eq!(stage.from("write csv"), ["limit"]);
}

#[test]
fn a_wire_is_replugged_and_cut() {
    let mut stage = chain();
    let (from, to) = (stage.place("input sorted 1"), stage.place("input limit 1"));
    stage.drag(from, to);
    assert_eq!((stage.from("limit"), stage.from("sorted")), (vec!["large".into()], vec![]));
    let (from, to) = (stage.place("input limit 1"), stage.open_ground());
    stage.drag(from, to);
    stage.press(Key::Escape);
    assert_eq!(stage.from("limit"), [""; 0]);
    let at = wire(&stage, "read", "large 1");
    stage.harness.hover_at(at);
    stage.harness.drag_at(at);
    stage.harness.drop_at(at);
    stage.settle();
    let cut = Input { node: "large".into(), port: 0 };
    assert_eq!(stage.app().view.selection, Selection::wire(cut));
    stage.press(Key::Delete);
    assert_eq!(stage.from("large"), [""; 0]);
}

#[test]
fn a_node_is_dropped_into_a_wire() {
    let mut stage = chain();
    let (from, to) = (stage.place("node limit"), wire(&stage, "large", "sorted 1"));
    stage.drag(from, to);
    assert_eq!((stage.from("limit"), stage.from("sorted")), (vec!["large".into()], vec!["limit".into()]));
    assert_eq!(stage.rows("sorted"), "n\n3\n4");
}

#[test]
fn a_dropped_file_becomes_its_reader_where_it_was_dropped() {
    let mut stage = Stage::empty();
    let file = stage.write("people.json", r#"[{"name": "customer_1", "age": 3}]"#);
    let ground = stage.open_ground();
    stage.drop_file(&file, Some(ground));
    assert_eq!(stage.rows("people"), "name,age\ncustomer_1,3");
    assert!(matches!(stage.pipeline().nodes["people"].step, Step::ReadJson(_)));
    assert!(stage.harness.get_by_label("node people").rect().expand(10.0).contains(ground));
}

#[test]
fn delete_heals_and_mute_lets_pass() {
    let mut stage = chain();
    stage.click("node large");
    stage.press(Key::M);
    assert!(stage.pipeline().nodes["large"].muted);
    assert_eq!(stage.rows("sorted"), "n\n1\n2\n3\n4");
    stage.press(Key::M);
    assert_eq!(stage.rows("sorted"), "n\n3\n4");
    stage.press(Key::Delete);
    assert_eq!(stage.from("sorted"), ["read"]);
    assert_eq!(stage.rows("sorted"), "n\n1\n2\n3\n4");
}

#[test]
fn the_clipboard_holds_text_that_can_be_pasted_again() {
    let mut stage = chain();
    stage.select(&["read", "large"]);
    stage.event(Event::Copy);
    let text = stage.copied().unwrap();
    let (part, _) = file::read(&text).unwrap();
    assert_eq!(part.nodes.keys().collect::<Vec<_>>(), ["read", "large"]);
    // Through a text editor, in which a line was changed.
    stage.event(Event::Paste(text.replace("n > 2", "n > 3")));
    assert_eq!(stage.selected(), ["read 2", "large 2"]);
    assert_eq!(stage.from("large 2"), ["read 2"]);
    assert_eq!(stage.rows("large 2"), "n\n4");

    stage.event(Event::Cut);
    assert_eq!(stage.names(), ["read", "large", "sorted", "limit"]);
    let cut = stage.copied().unwrap();
    stage.event(Event::Paste(cut));
    assert_eq!(stage.from("large 2"), ["read 2"]);
    stage.event(Event::Paste("no nodes at all".into()));
    assert_eq!(stage.notice(), "The clipboard holds no nodes.");
    assert_eq!(stage.names().len(), 6);
}

#[test]
fn text_in_a_field_is_not_nodes() {
    let mut stage = chain();
    stage.click("node large");
    stage.harness.get_by_label("Condition").focus();
    stage.settle();
    stage.event(Event::Paste(" or n = 1".into()));
    let Step::Filter(filter) = &stage.pipeline().nodes["large"].step else { panic!() };
    assert_eq!(filter.condition.0, "n > 2 or n = 1");
    stage.press(Key::Delete);
    stage.press(Key::M);
    assert_eq!(stage.names().len(), 4, "keys are the field's");
    assert!(!stage.pipeline().nodes["large"].muted);
}

#[test]
fn a_selection_is_duplicated() {
    let mut stage = chain();
    stage.select(&["large", "sorted"]);
    stage.press_with(Modifiers::COMMAND, Key::D);
    assert_eq!(stage.selected(), ["large 2", "sorted 2"]);
    assert_eq!(stage.from("sorted 2"), ["large 2"]);
    assert_eq!(stage.from("large 2"), [""; 0], "only wires within it are copied");
}

#[test]
fn all_and_those_in_a_frame_are_selected() {
    let mut stage = chain();
    stage.press_with(Modifiers::COMMAND, Key::A);
    assert_eq!(stage.selected(), ["read", "large", "sorted", "limit"]);
    stage.press(Key::Escape);
    let from = stage.harness.get_by_label("node large").rect().left_top() - vec2(20.0, 20.0);
    let to = stage.harness.get_by_label("node limit").rect().center();
    stage.drag(from, to);
    assert_eq!(stage.selected(), ["large", "limit"]);
}

#[test]
fn nodes_are_aligned_and_arranged() {
    let mut stage = chain();
    stage.select(&["large", "limit", "sorted"]);
    stage.command(Command::AlignLeft);
    let x = |stage: &Stage, node: &str| stage.pipeline().layout.nodes[node].0;
    assert!(["large", "limit", "sorted"].iter().all(|node| x(&stage, node) == 352));
    stage.select(&[]);
    stage.press_with(Modifiers::COMMAND, Key::L);
    assert!(x(&stage, "read") + canvas::STEP.0 <= x(&stage, "large"));
    assert!(x(&stage, "large") + canvas::STEP.0 <= x(&stage, "sorted"));
}

#[test]
fn a_note_is_written_moved_and_deleted() {
    let mut stage = chain();
    let ground = stage.open_ground();
    stage.command(Command::AddNote);
    assert_eq!(stage.pipeline().layout.notes.len(), 1);
    stage.press(Key::Delete);
    assert_eq!(stage.pipeline().layout.notes.len(), 0);
    stage.harness.hover_at(ground);
    stage.settle();
    for pressed in [true, false] {
        let button = egui::PointerButton::Secondary;
        stage.harness.event(Event::PointerButton { pos: ground, button, pressed, modifiers: Modifiers::NONE });
    }
    stage.settle();
    stage.click("Add a note");
    stage.double_click(ground + vec2(30.0, 30.0));
    stage.harness.get_by_label("note 1").type_text("**Why** only large ones?");
    stage.settle();
    stage.press(Key::Escape);
    assert_eq!(stage.pipeline().layout.notes[0].text, "**Why** only large ones?");
    let before = stage.pipeline().layout.notes[0].at;
    stage.drag(ground + vec2(30.0, 30.0), ground + vec2(94.0, -34.0));
    let after = stage.pipeline().layout.notes[0].at;
    assert!(after.0 > before.0 && after.1 < before.1, "{before:?} {after:?}");
}

#[test]
fn a_new_name_reaches_links_and_layout() {
    let mut stage = chain();
    stage.click("node large");
    stage.press(Key::F2);
    stage.press_with(Modifiers::COMMAND, Key::A);
    stage.harness.event(Event::Text("huge".into()));
    stage.settle();
    stage.press(Key::Enter);
    assert_eq!(stage.names(), ["read", "huge", "sorted", "limit"]);
    assert_eq!(stage.from("sorted"), ["huge"]);
    assert_eq!(stage.pipeline().layout.nodes["huge"], (352, 0));
    assert_eq!(stage.selected(), ["huge"]);
    assert_eq!(stage.rows("sorted"), "n\n3\n4");
}

#[test]
fn the_outputs_of_a_switch_are_those_of_its_cases() {
    let mut stage = Stage::of(
        r#"(
    version: 1,
    nodes: {
        "read": (step: ReadCsv(path: "numbers.csv")),
        "sizes": (step: Switch(cases: [(condition: "n > 3"), (condition: "n > 2")]), from: ["read"]),
        "middling": (step: Limit(count: 9), from: ["sizes.case_2"]),
    },
)"#,
    );
    stage.write("numbers.csv", "n\n1\n2\n3\n4\n");
    stage.command(Command::Refresh);
    assert_eq!(stage.rows("middling"), "n\n3");
    stage.select(&["sizes"]);
    stage.click("Add line to cases");
    assert!(stage.sees("output sizes.case_3") && stage.sees("output sizes.else"));
    stage.click("Remove line 3 of cases");
    stage.click("Remove line 2 of cases");
    assert!(!stage.sees("output sizes.case_2"));
    let problem = stage.app().checked.problems_of("middling").next().unwrap();
    assert_eq!(problem.message, "There is no output of \"sizes\" called \"case_2\".");
    stage.command(Command::Undo);
    assert_eq!(stage.rows("middling"), "n\n3");
    assert_eq!(stage.from("middling"), ["sizes.case_2"]);
}
