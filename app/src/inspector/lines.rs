//! A table of lines, each with the same parameters: dragged into another order, doubled, taken away.

use egui::{Align, Layout, RichText, Sense, Ui, vec2};
use pipewright_engine::params::{ColumnName, Field, Form, Lines, Params, Spec};

use super::form::{self, Place};
use super::paint;
use super::{Scene, columns};
use crate::icons;
use crate::theme::{self, gap, size};

/// What the parameters of a line have in common with those of all others.
#[derive(Default)]
struct Shape {
    fields: Vec<Spec>,
    switches: usize,
    has_formula: bool,
    /// It picks a column and may name it anew: all columns can be added at once.
    picks: bool,
}

impl Shape {
    const MOST_CELLS: usize = 3;

    fn of(list: &mut dyn Lines) -> Self {
        let mut shape = Self::default();
        let at = list.len();
        list.insert(at);
        if let Some(line) = list.line(at) {
            line.params(&mut shape);
        }
        list.remove(at);
        shape
    }

    /// Few short fields stand beside each other below heads, as in a table; others have their labels with them.
    fn is_table(&self) -> bool {
        self.fields.len() <= Self::MOST_CELLS && !self.has_formula
    }

    fn widths(&self, room: f32) -> Vec<f32> {
        const SWITCH: f32 = 64.0;
        let gaps = gap::S * self.fields.len().saturating_sub(1) as f32;
        let wide = self.fields.len() - self.switches;
        let rest = (room - gaps - SWITCH * self.switches as f32) / wide.max(1) as f32;
        // Switches come last in all lines that have them.
        (0..self.fields.len()).map(|at| if at < wide { rest.max(40.0) } else { SWITCH }).collect()
    }
}

impl Form for Shape {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        match field {
            Field::Switch(_) => self.switches += 1,
            Field::Formula(_) => self.has_formula = true,
            Field::NewColumn(_) if self.fields.first().is_some_and(|first| first.name == "column") => self.picks = true,
            _ => {}
        }
        self.fields.push(spec);
    }

    fn reveal(&mut self, _condition: bool) -> bool {
        true
    }
}

/// A line on its way to another place of its table.
#[derive(Clone)]
struct Dragged {
    path: String,
    from: usize,
}

enum Change {
    Move(usize, usize),
    Duplicate(usize),
    Remove(usize),
}

const HANDLE: f32 = 16.0;
const BUTTONS: f32 = 44.0;

pub(super) fn show(ui: &mut Ui, scene: &mut Scene, place: &Place, list: &mut dyn Lines) {
    let shape = Shape::of(list);
    let widths = shape.widths(ui.available_width() - HANDLE - BUTTONS - 2.0 * gap::S);
    if list.is_empty() {
        paint::note(ui, place.spec.help);
    } else if shape.is_table() {
        heads(ui, &shape, &widths);
    }
    let mut change = None;
    for at in 0..list.len() {
        let path = format!("{}[{at}]", place.path);
        let Some(line) = list.line(at) else { continue };
        let changed = paint::steady(ui, form::id(scene, &path), |ui| {
            let row = ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = gap::S;
                handle(ui, place, at);
                let cells = if shape.is_table() { Some(widths.clone()) } else { None };
                fields(ui, scene, place, line, at, cells);
                buttons(ui, place, at)
            });
            line_problems(ui, scene, &path);
            dropped(ui, place, at, row.response.rect).or(row.inner)
        });
        change = changed.or(change);
    }
    apply(list, change);
    add(ui, scene, place, list, &shape);
}

fn apply(list: &mut dyn Lines, change: Option<Change>) {
    match change {
        Some(Change::Move(from, to)) if from < to => (from..to).for_each(|at| list.swap(at, at + 1)),
        Some(Change::Move(from, to)) => (to..from).rev().for_each(|at| list.swap(at, at + 1)),
        Some(Change::Duplicate(at)) => list.duplicate(at),
        Some(Change::Remove(at)) => list.remove(at),
        None => {}
    }
}

fn heads(ui: &mut Ui, shape: &Shape, widths: &[f32]) {
    paint::low_row(ui, |ui| {
        ui.spacing_mut().item_spacing.x = gap::S;
        ui.add_space(HANDLE + gap::S);
        for (spec, width) in shape.fields.iter().zip(widths) {
            let (rect, response) = ui.allocate_exact_size(vec2(*width, size::SMALL + gap::S), Sense::hover());
            let weak = theme::palette(ui.ctx()).weak;
            let text = paint::line(ui, &spec.label(), egui::FontId::proportional(size::SMALL), weak, *width);
            ui.painter().galley(rect.left_top(), text, weak);
            form::explained(response, spec.help);
        }
    });
}

/// Where a line is taken hold of. With the keyboard on it, the arrows move the line.
fn handle(ui: &mut Ui, place: &Place, at: usize) -> egui::Response {
    let height = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(HANDLE, height), Sense::click_and_drag());
    let label = format!("Move line {} of {}", at + 1, place.what);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    let palette = theme::palette(ui.ctx());
    let color = if response.hovered() || response.has_focus() { palette.text } else { palette.faint };
    icons::paint(ui.painter(), "grip_vertical", egui::Rect::from_center_size(rect.center(), vec2(14.0, 14.0)), color);
    response.dnd_set_drag_payload(Dragged { path: place.path.clone(), from: at });
    response.on_hover_cursor(egui::CursorIcon::Grab)
}

/// Shows where a dragged line would come to stand, and puts it there when it is let go.
fn dropped(ui: &Ui, place: &Place, at: usize, row: egui::Rect) -> Option<Change> {
    let dragged = egui::DragAndDrop::payload::<Dragged>(ui.ctx()).filter(|dragged| dragged.path == place.path)?;
    let pointer = ui.ctx().pointer_interact_pos()?;
    if !row.expand2(vec2(gap::L, gap::S)).contains(pointer) {
        return None;
    }
    if ui.input(|input| input.pointer.any_released()) {
        egui::DragAndDrop::clear_payload(ui.ctx());
        return (dragged.from != at).then_some(Change::Move(dragged.from, at));
    }
    let y = if dragged.from < at { row.bottom() + 2.0 } else { row.top() - 2.0 };
    ui.painter().hline(row.x_range(), y, (2.0, theme::palette(ui.ctx()).accent));
    None
}

fn buttons(ui: &mut Ui, place: &Place, at: usize) -> Option<Change> {
    ui.spacing_mut().interact_size = vec2(20.0, 26.0);
    ui.spacing_mut().item_spacing.x = 0.0;
    let what = &place.what;
    let double = small_button(ui, "copy", &format!("Duplicate line {} of {what}", at + 1));
    let remove = small_button(ui, "x", &format!("Remove line {} of {what}", at + 1));
    if double { Some(Change::Duplicate(at)) } else { remove.then_some(Change::Remove(at)) }
}

fn small_button(ui: &mut Ui, icon: &str, label: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(20.0, 26.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, label));
    let palette = theme::palette(ui.ctx());
    let color = if response.hovered() || response.has_focus() { palette.text } else { palette.faint };
    icons::paint(ui.painter(), icon, egui::Rect::from_center_size(rect.center(), vec2(13.0, 13.0)), color);
    response.on_hover_text(label).clicked()
}

/// The fields of one line: in cells of the widths given, or flowing, each with its label.
struct Row<'u, 's, 'a> {
    ui: &'u mut Ui,
    scene: &'s mut Scene<'a>,
    list: &'u Place,
    at: usize,
    cells: Option<Vec<f32>>,
    cell: usize,
    room: f32,
}

fn fields(ui: &mut Ui, scene: &mut Scene, list: &Place, line: &mut dyn Params, at: usize, cells: Option<Vec<f32>>) {
    let flows = cells.is_none();
    let room = ui.available_width() - BUTTONS - gap::S;
    let layout =
        if flows { Layout::left_to_right(Align::TOP).with_main_wrap(true) } else { Layout::left_to_right(Align::TOP) };
    ui.allocate_ui_with_layout(vec2(room, 0.0), layout, |ui| {
        ui.set_max_width(room);
        ui.spacing_mut().item_spacing = vec2(gap::S, gap::S);
        line.params(&mut Row { ui, scene, list, at, cells, cell: 0, room });
    });
}

impl Form for Row<'_, '_, '_> {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let words = spec.label();
        let place = Place {
            spec,
            path: format!("{}[{}].{}", self.list.path, self.at, spec.name),
            name: columns::in_line(&words, &self.list.what, self.at),
            what: format!("{} in line {} of {}", words.to_lowercase(), self.at + 1, self.list.what),
        };
        let scene = &mut *self.scene;
        let id = form::id(scene, &place.path);
        if let Some(widths) = &self.cells {
            let width = widths.get(self.cell).copied().unwrap_or(self.room);
            self.cell += 1;
            paint::column(self.ui, width, |ui| paint::steady(ui, id, |ui| form::draw(ui, scene, &place, field)));
            return;
        }
        let half = (self.room - gap::S) / 2.0;
        let width = if matches!(field, Field::Formula(_)) { self.room } else { half };
        paint::column(self.ui, width, |ui| {
            paint::steady(ui, id, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let text = RichText::new(&words).size(size::SMALL).color(theme::palette(ui.ctx()).weak);
                form::explained(ui.add(egui::Label::new(text).selectable(false)), spec.help);
                form::draw(ui, scene, &place, field);
            });
        });
    }

    fn reveal(&mut self, condition: bool) -> bool {
        if !condition && let Some(widths) = &self.cells {
            self.ui.add_space(widths.get(self.cell).copied().unwrap_or(0.0) + gap::S);
            self.cell += 1;
        }
        condition
    }
}

/// What is wrong within a line, below it.
fn line_problems(ui: &mut Ui, scene: &mut Scene, path: &str) {
    let subject = scene.subject;
    let inside = format!("{path}.");
    let about = |parameter: &str| parameter.starts_with(&inside);
    for problem in subject.problems.iter().filter(|problem| problem.parameter.as_deref().is_some_and(about)) {
        ui.indent(path, |ui| form::problem(ui, scene.actions, subject, problem));
    }
}

fn add(ui: &mut Ui, scene: &mut Scene, place: &Place, list: &mut dyn Lines, shape: &Shape) {
    ui.horizontal(|ui| {
        let button = ui.button("Add line").accessible_name(format!("Add line to {}", place.what));
        form::go_to(ui, scene, &place.path, &button);
        if button.clicked() {
            let at = list.len();
            list.insert(at);
            let first = shape.fields.first().map_or("", |spec| spec.name);
            scene.state.focus = Some(format!("{}[{at}].{first}", place.path));
        }
        let missing = if shape.picks { missing(scene, place, list) } else { Vec::new() };
        let label = format!("Add all columns to {}", place.what);
        if !missing.is_empty() && paint::link(ui, "Add all columns", &label).clicked() {
            for name in missing {
                let at = list.len();
                list.insert(at);
                set_column(list, at, &name);
            }
        }
    });
}

/// The columns that come in and that no line names.
fn missing(scene: &Scene, place: &Place, list: &mut dyn Lines) -> Vec<String> {
    let Some(Some(schema)) = scene.subject.inputs.get(place.spec.port) else { return Vec::new() };
    let mut named = Vec::new();
    for at in 0..list.len() {
        first_column(list, at, |column| named.push(column.0.clone()));
    }
    let named: std::collections::HashSet<String> = named.into_iter().collect();
    schema.names().filter(|name| !named.contains(*name)).map(str::to_owned).collect()
}

fn set_column(list: &mut dyn Lines, at: usize, name: &str) {
    first_column(list, at, |column| name.clone_into(&mut column.0));
}

fn first_column(list: &mut dyn Lines, at: usize, then: impl FnMut(&mut ColumnName)) {
    struct First<F>(Option<F>);
    impl<F: FnMut(&mut ColumnName)> Form for First<F> {
        fn param(&mut self, _spec: Spec, field: Field<'_>) {
            if let Field::Column(column) = field
                && let Some(mut then) = self.0.take()
            {
                then(column);
            }
        }
    }
    if let Some(line) = list.line(at) {
        line.params(&mut First(Some(then)));
    }
}
