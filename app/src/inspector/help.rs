//! Help below the form: what the node does, its examples as tables, and the functions of formulas.

use std::collections::HashSet;

use egui::{RichText, Sense, TextEdit, Ui, vec2};
use pipewright_engine::formula::catalogue::{CATALOGUE, Entry, FORMS};
use pipewright_engine::nodes::Kind;
use pipewright_engine::params::{Field, Form, Params as _, Spec};
use pipewright_engine::table::Table;

use super::{Scene, grid, paint};
use crate::icons;
use crate::theme::{self, gap, size};

/// What was read off the catalogue for the node shown, and what is searched for.
#[derive(Default)]
pub(super) struct Pages {
    kind: &'static str,
    examples: Vec<Example>,
    has_formulas: bool,
    /// The examples that are unfolded.
    open: HashSet<usize>,
    search: String,
}

struct Example {
    title: &'static str,
    given: Vec<Shown>,
    gives: Vec<Shown>,
}

/// A table or the text of a file, under its name.
struct Shown {
    name: String,
    table: Result<Table, String>,
}

impl Pages {
    fn turn_to(&mut self, kind: &'static Kind) {
        if self.kind == kind.name {
            return;
        }
        let mut look = Look(false);
        (kind.step)().params(&mut look);
        *self = Self { kind: kind.name, examples: examples(kind), has_formulas: look.0, ..Self::default() };
    }
}

/// Whether there is a formula among the parameters.
struct Look(bool);

impl Form for Look {
    fn param(&mut self, _spec: Spec, field: Field<'_>) {
        match field {
            Field::Formula(_) | Field::Query(_) => self.0 = true,
            Field::Lines(lines) => {
                lines.insert(0);
                lines.line(0).into_iter().for_each(|line| line.params(self));
                lines.remove(0);
            }
            _ => {}
        }
    }
}

pub(super) fn show(ui: &mut Ui, scene: &mut Scene) {
    let Some(kind) = scene.subject.node.step.kind() else { return };
    let pages = &mut scene.state.help;
    pages.turn_to(kind);
    ui.separator();
    let palette = theme::palette(ui.ctx());
    ui.label(RichText::new(format!("About {}", kind.card.title)).font(theme::strong(size::BODY)));
    for paragraph in kind.help.split("\n\n") {
        ui.label(paint::prose(ui, paragraph, size::BODY, palette.text));
    }
    paint::note(ui, kind.card.law.sentence());
    paint::note(ui, &format!("Also known as: {}.", kind.card.words));
    let Pages { examples, open, .. } = pages;
    for (at, example) in examples.iter().enumerate() {
        let is_open = open.contains(&at);
        if fold(ui, &format!("Example: {}", example.title), is_open) && !open.remove(&at) {
            open.insert(at);
        }
        if is_open {
            ui.indent(("example", at), |ui| show_example(ui, example, egui::Id::unique((kind.name, at))));
        }
    }
    if pages.has_formulas {
        functions(ui, &mut pages.search);
    }
}

/// A title that unfolds what is below it. Says whether it was clicked.
fn fold(ui: &mut Ui, title: &str, is_open: bool) -> bool {
    const ARROW: f32 = 12.0;
    let palette = theme::palette(ui.ctx());
    let mut job = paint::prose(ui, title, size::BODY, palette.text);
    job.wrap.max_width = ui.available_width() - ARROW - gap::S;
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let height = galley.size().y + gap::S;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::DisclosureTriangle, true, is_open, title));
    let color = if response.hovered() || response.has_focus() { palette.accent } else { palette.weak };
    let icon = if is_open { "chevron_down" } else { "chevron_right" };
    let row = egui::pos2(rect.left() + ARROW / 2.0, rect.top() + size::BODY * 0.75);
    icons::paint(ui.painter(), icon, egui::Rect::from_center_size(row, vec2(ARROW, ARROW)), color);
    ui.painter().galley(rect.left_top() + vec2(ARROW + gap::S, 0.0), galley, palette.text);
    response.clicked()
}

fn show_example(ui: &mut Ui, example: &Example, id: egui::Id) {
    let given = example.given.iter().map(|given| ("In", given));
    let gives = example.gives.iter().map(|gives| ("Out", gives));
    for (place, (side, Shown { name, table })) in given.chain(gives).enumerate() {
        paint::note(ui, &caption(side, name));
        match table {
            Ok(table) => {
                let columns: Vec<usize> = (0..table.schema.0.len()).collect();
                grid::show(ui, id.with(place), table, &columns, table.rows.len());
            }
            Err(text) => drop(ui.label(RichText::new(text).monospace().size(size::SMALL))),
        }
        ui.add_space(gap::S);
    }
}

/// Ports without a name of their own are called `in` and `out`.
fn caption(side: &str, name: &str) -> String {
    if name.eq_ignore_ascii_case(side) { side.to_owned() } else { format!("{side}: {name}") }
}

fn examples(kind: &'static Kind) -> Vec<Example> {
    let table = |name: String, text: &str| Shown { name, table: Table::parse(text) };
    let file = |(name, text): &(&str, &str)| Shown { name: (*name).to_owned(), table: Err((*text).to_owned()) };
    let stored = |(name, text): &(&'static str, &str)| table((*name).to_owned(), text);
    let output = |(name, text): &(&'static str, &str)| {
        let name = if name.is_empty() { "out" } else { name };
        table(name.to_owned(), text)
    };
    let example = |example: pipewright_engine::node::Example<pipewright_engine::nodes::Step>| {
        let inputs = example.given.iter().enumerate();
        let inputs = inputs.map(|(port, text)| table(kind.card.inputs.name(port), text));
        let given = example.files.iter().map(file).chain(example.stored.iter().map(stored)).chain(inputs).collect();
        let written = example.writes.iter().map(file).chain(example.stores.iter().map(stored));
        let gives = example.gives.iter().map(output).chain(written).collect();
        Example { title: example.title, given, gives }
    };
    (kind.examples)().into_iter().map(example).collect()
}

/// The language of formulas, searched by the names of functions, what they are for, and what other programs call them.
fn functions(ui: &mut Ui, search: &mut String) {
    ui.add_space(gap::M);
    ui.label(RichText::new("Functions").font(theme::strong(size::BODY)));
    let edit = TextEdit::singleline(search).hint_text("Search functions").desired_width(f32::INFINITY);
    ui.add(edit).accessible_name("Search functions");
    let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |text: &str| words.iter().all(|word| text.to_lowercase().contains(word.as_str()));
    if words.is_empty() {
        return paint::note(ui, "Search for what you want to do: round, join texts, days between.");
    }
    let found: Vec<&Entry> = CATALOGUE
        .iter()
        .filter(|entry| fits(&format!("{} {} {}", entry.names.join(" "), entry.search, entry.help)))
        .take(MOST_FOUND)
        .collect();
    let forms: Vec<_> =
        FORMS.iter().filter(|form| fits(&format!("{} {} {}", form.written, form.search, form.help))).collect();
    if found.is_empty() && forms.is_empty() {
        return paint::note(ui, "No function is called so.");
    }
    for entry in found {
        function(ui, entry);
        ui.add_space(gap::S);
    }
    for form in forms {
        explained(ui, &[form.written.to_owned()], form.help, form.examples);
        ui.add_space(gap::S);
    }
}

const MOST_FOUND: usize = 8;

/// How a function is called, what it does, and an example of it.
pub(super) fn function(ui: &mut Ui, entry: &Entry) {
    const MOST: usize = 3;
    let name = entry.names[0];
    let is_word = name.starts_with(char::is_alphabetic);
    let written = |signature: &pipewright_engine::formula::catalogue::Signature| match is_word {
        true => format!("{name}{signature}"),
        false => name.to_owned(),
    };
    let mut ways: Vec<String> = entry.signatures.iter().map(written).collect();
    ways.dedup();
    ways.truncate(MOST);
    explained(ui, &ways, entry.help, entry.examples);
}

fn explained(ui: &mut Ui, ways: &[String], help: &str, examples: &[(&str, &str)]) {
    const MOST: usize = 2;
    let palette = theme::palette(ui.ctx());
    ui.spacing_mut().item_spacing.y = 2.0;
    for way in ways {
        ui.label(RichText::new(way).monospace().size(size::SMALL).color(palette.accent));
    }
    ui.label(paint::prose(ui, help.trim(), size::SMALL, palette.text));
    for (formula, value) in examples.iter().take(MOST) {
        let value = if value.is_empty() { "null" } else { value };
        let text = RichText::new(format!("{formula}  →  {value}")).monospace();
        ui.label(text.size(size::SMALL).color(palette.weak));
    }
}
