//! The window: its state, what happens in a frame, and how its panels lie.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{CentralPanel, Frame, Margin, Panel};
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::{Link, Pipeline};
use pipewright_engine::problem::Problem;

use crate::action::Action;
use crate::around::Around;
use crate::canvas::{self, Scene};
use crate::checker::{Checked, Checker, Known};
use crate::command::Command;
use crate::data::{self, Side, Tables};
use crate::desk::{Desk, Folders};
use crate::document::Document;
use crate::engine::{Engine, Start, Work};
use crate::follow::{Arrived, Dropped, Follow, file_or_here};
use crate::inspector::{self, Subject};
use crate::panels;
use crate::parameter;
use crate::results::Results;
use crate::runs::Runs;
use crate::theme::{self, palette};
use crate::welcome::{self, Recent, Welcome};

pub struct App {
    pub document: Document,
    pub view: canvas::View,
    pub checked: Arc<Checked>,
    pub results: Results,
    pub runs: Runs,
    pub panels: Panels,
    pub desk: Desk,
    pub around: Around,
    /// A message that something could not be done, until it is closed.
    pub notice: Option<Problem>,
    pub(crate) follow: Follow,
    pub(crate) inspector: inspector::State,
    /// The parameter that the form should go to.
    pub(crate) focus: Option<String>,
    checker: Checker,
    known: Arc<Known>,
    pub(crate) tables: Tables,
    /// When the pipeline was last changed: a burst of typing is one step of undo.
    changed_at: f64,
    seen: Arc<Pipeline>,
}

/// What of the window is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Panels {
    pub palette: bool,
    pub inspector: bool,
    /// What lies below the canvas, if anything does.
    pub below: Option<Below>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    Data,
    Problems,
    Log,
    Report,
}

impl Default for Panels {
    fn default() -> Self {
        Self { palette: true, inspector: true, below: Some(Below::Data) }
    }
}

/// How long nobody must have typed before a change becomes a step of undo.
const PAUSE: f64 = 0.8;

impl App {
    pub fn new(ctx: &egui::Context, start: Start, folders: &Folders) -> Self {
        theme::install(ctx);
        let wake = |ctx: &egui::Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let document = Document::default();
        let (desk, notice) = Desk::new(ctx, folders);
        Self {
            seen: Arc::clone(&document.pipeline),
            document,
            view: canvas::View::default(),
            checked: Arc::default(),
            results: Results::default(),
            runs: Runs::default(),
            panels: Panels::default(),
            notice,
            desk,
            around: Around::default(),
            follow: Follow::new(Engine::new(start, wake(ctx))),
            inspector: inspector::State::default(),
            focus: None,
            checker: Checker::new(wake(ctx)),
            known: Arc::default(),
            tables: Tables::default(),
            changed_at: 0.0,
        }
    }

    /// Works on another document from now on.
    pub fn take_document(&mut self, document: Document) {
        self.seen = Arc::clone(&document.pipeline);
        self.document = document;
        self.view = canvas::View::default();
        self.results = Results::default();
        self.checked = Arc::default();
        self.inspector = inspector::State::default();
        self.follow.refresh();
    }

    pub fn work(&self) -> Work {
        Work { pipeline: Arc::clone(&self.document.pipeline), file: file_or_here(self.document.path.as_deref()) }
    }

    /// The node whose form and rows are shown: the only one selected, or the last of several.
    pub fn subject(&self) -> Option<&str> {
        let selected = self.view.selection.nodes.last()?;
        self.document.pipeline.nodes.contains_key(selected).then_some(selected.as_str())
    }

    /// Takes what arrived, follows changes, and carries out keys. Nothing is drawn here.
    pub fn logic(&mut self, ctx: &egui::Context) {
        let (pipeline, view) = (Arc::clone(&self.document.pipeline), &self.view);
        let wanted_now = || wanted(&pipeline, view);
        let arrived = self.follow.take(&mut self.results, &mut self.known, &mut self.tables, wanted_now);
        for what in arrived {
            self.arrived(ctx, what);
        }
        if let Some(checked) = self.checker.checked() {
            self.checked = checked;
        }
        self.runs_logic();
        for action in self.keys(ctx) {
            self.act(ctx, action);
        }
        self.remember(ctx);
        self.mind_files(ctx);
        let work = self.work();
        self.checker.follow(&work.pipeline, &self.known);
        self.follow.follow(&work, || wanted(&work.pipeline, &self.view), &mut self.results);
        if let Some(node) = self.subject().map(str::to_owned).filter(|_| self.panels.below == Some(Below::Data)) {
            self.follow.make_exact(&node, &self.results);
        }
        self.results.rejected = panels::problems::of_rejects(&self.document.pipeline, &self.checked, &self.results);
    }

    /// Lets a point of undo fall as soon as nobody is in the middle of something.
    fn remember(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        if !Arc::ptr_eq(&self.seen, &self.document.pipeline) {
            self.seen = Arc::clone(&self.document.pipeline);
            self.changed_at = now;
        }
        let typing = ctx.text_edit_focused() && now - self.changed_at < PAUSE;
        let busy = typing || ctx.input(|input| input.pointer.any_down());
        if typing {
            ctx.request_repaint_after_secs((PAUSE - (now - self.changed_at)) as f32 + 0.01);
        }
        let pipeline = Arc::clone(&self.document.pipeline);
        self.document.history.watch(&pipeline, busy);
    }

    fn arrived(&mut self, ctx: &egui::Context, what: Arrived) {
        match what {
            Arrived::Sniffed(Dropped { into: Some(node), .. }, step) => self.read_by(&node, step),
            Arrived::Sniffed(Dropped { at, .. }, step) => {
                let wiring = crate::action::Wiring::Free;
                self.act(ctx, Action::Add { step: Box::new(step), at, wiring });
            }
            Arrived::NotSniffed(Dropped { file, .. }, problem) => {
                let message = format!("{file} can't be read. {}", problem.message);
                self.notice = Some(Problem { message, ..problem });
            }
            Arrived::NotExact(problem) => self.notice = Some(problem),
        }
    }

    /// A node takes over what its file was found to be, where what it says of columns does not fit that file. Nodes that nobody has
    /// named are called by their file.
    fn read_by(&mut self, node: &str, step: Step) {
        let Some(target) = self.document.edit().nodes.get_mut(node) else { return };
        if target.step.name() != step.name() {
            return;
        }
        if !parameter::fits(&target.step, &step) {
            target.step = step.clone();
        }
        let usual = step.card().map(|card| card.title.to_lowercase()).unwrap_or_default();
        if node.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ') == usual {
            let name = self.document.pipeline.free_name(&pipewright_engine::edit::proposed_name(&step));
            // The name is free, and fit to be one.
            self.rename(node, &name).ok();
        }
    }

    /// The commands whose keys were pressed, and what the clipboard brings.
    fn keys(&mut self, ctx: &egui::Context) -> Vec<Action> {
        // What lies over everything has all keys until it is answered.
        if self.desk.dialogs.is_open() || ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            return Vec::new();
        }
        let typing = ctx.text_edit_focused() || ctx.any_popup_open() || self.tables.has_keyboard(ctx);
        let mut actions = Vec::new();
        ctx.input_mut(|input| {
            // The longer of two combinations first: ctrl+shift+Z is not ctrl+Z.
            let mut keyed: Vec<Command> =
                Command::ALL.iter().copied().filter(|command| command.keys().is_some()).collect();
            keyed.sort_by_key(|command| command.keys().is_some_and(|keys| !keys.modifiers.shift));
            for command in keyed {
                let Some(keys) = command.keys() else { continue };
                // The clipboard has events of its own.
                if matches!(command, Command::Cut | Command::Copy | Command::Paste) {
                    continue;
                }
                let plain = keys.modifiers.is_none()
                    && !matches!(keys.logical_key, egui::Key::F1 | egui::Key::F2 | egui::Key::F5);
                if typing && (plain || command == Command::SelectAll) {
                    continue;
                }
                // Elsewhere Tab goes on to the next control.
                if command == Command::AddNode && !self.view.has_keyboard() {
                    continue;
                }
                if input.consume_shortcut(&keys) {
                    actions.push(Action::Command(command));
                }
            }
            if typing {
                return;
            }
            for event in &input.events {
                actions.extend(match event {
                    egui::Event::Copy => Some(Action::Command(Command::Copy)),
                    egui::Event::Cut => Some(Action::Command(Command::Cut)),
                    egui::Event::Paste(text) => Some(Action::Paste(text.clone())),
                    _ => None,
                });
            }
        });
        actions
    }

    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let mut actions = Vec::new();
        let ctx = ui.ctx().clone();
        if self.desk.welcome {
            self.welcome_ui(ui, &mut actions);
        } else {
            self.work_ui(ui, &mut actions);
        }
        self.windows_ui(&ctx, &mut actions);
        self.questions_ui(&ctx, &mut actions);
        for action in actions {
            self.act(&ctx, action);
        }
    }

    fn welcome_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let settings = &self.desk.settings;
        let missing = |path: &PathBuf| self.desk.present.get(path) == Some(&false);
        let recent = settings.recent.iter().map(|path| Recent { path: path.clone(), missing: missing(path) });
        let recent: Vec<Recent> = recent.collect();
        let dropped = canvas::dropped_files(ui.ctx());
        if !dropped.is_empty() {
            self.desk.welcome = false;
            actions.push(Action::Drop { files: dropped, at: None });
        }
        CentralPanel::default().show(ui, |ui| {
            welcome::show(ui, &Welcome { recent: &recent, restorable: &self.desk.restorable }, actions);
        });
    }

    fn work_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let colors = palette(ui.ctx());
        let panel = Frame::new().fill(colors.panel).inner_margin(Margin::same(8));
        self.around_ui(ui, actions);
        self.change_ui(ui, actions);
        if let Some(below) = self.panels.below {
            let height = self.desk.settings.panels.bottom_height;
            let shown = Panel::bottom("below").frame(panel).resizable(true).default_size(height).min_size(120.0).show(
                ui,
                |ui| {
                    // As high with little in it as with much: the canvas above must not move.
                    ui.set_min_height(ui.available_height());
                    self.tabs_ui(ui, below, actions);
                    if below == Below::Data {
                        self.data_ui(ui, actions);
                    }
                },
            );
            self.desk.settings.panels.bottom_height = shown.response.rect.height();
        }
        if self.panels.inspector {
            let width = self.desk.settings.panels.inspector_width;
            let shown =
                Panel::right("inspector").frame(panel).default_size(width).size_range(280.0..=600.0).show(ui, |ui| {
                    ui.set_min_width(ui.available_width());
                    self.inspector_ui(ui, actions);
                });
            self.desk.settings.panels.inspector_width = shown.response.rect.width();
        }
        CentralPanel::default().frame(Frame::new().fill(colors.canvas)).show(ui, |ui| {
            let scene = Scene {
                pipeline: &self.document.pipeline,
                checked: &self.checked,
                results: &self.results,
                runs: &self.runs,
            };
            canvas::show(ui, &scene, &mut self.view, actions);
        });
    }

    fn inspector_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let Some(name) = self.subject().map(str::to_owned) else {
            return panels::nothing(ui, "select", "No node is selected", "Select one to say what it does.");
        };
        let selected = self.view.selection.nodes.len();
        if selected > 1 {
            let title = format!("{selected} nodes are selected");
            return panels::nothing(ui, "select", &title, "Select one of them to say what it does.");
        }
        let mut state = std::mem::take(&mut self.inspector);
        inspector::show(ui, &self.subject_of(&name), &mut state, actions);
        self.inspector = state;
        self.focus = None;
    }

    /// What there is to say of a node in its form.
    pub fn subject_of<'a>(&'a self, name: &'a str) -> Subject<'a> {
        let pipeline = &self.document.pipeline;
        let node = &pipeline.nodes[name];
        let inputs = || node.from.iter().map(|link| link.as_ref());
        Subject {
            name,
            node,
            pipeline,
            inputs: inputs().map(|link| self.checked.schema(pipeline, link?)).collect(),
            rows: inputs().map(|link| Some(&self.results.output(pipeline, link?)?.head)).collect(),
            problems: self.problems_of(name),
            noticed: self.results.nodes.get(name).map(|result| &result.noticed[..]).unwrap_or_default(),
            output: self
                .results
                .output(pipeline, &Link { node: name.to_owned(), output: None })
                .map(|output| &output.head),
            stale: self.results.is_stale(name),
            folder: self.document.folder(),
            recent_files: &self.desk.settings.recent_data,
            focus: self.focus.as_deref(),
        }
    }

    /// What is wrong with a node, and with its rows. The engine plans too, and tells what it finds.
    fn problems_of<'a>(&'a self, name: &'a str) -> Vec<&'a Problem> {
        let mut problems: Vec<&Problem> = self.checked.problems_of(name).collect();
        for problem in self.results.problems_of(name) {
            let same = |known: &&Problem| known.message == problem.message && known.parameter == problem.parameter;
            if !problems.iter().any(same) {
                problems.push(problem);
            }
        }
        problems
    }

    fn data_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let Some(name) = self.subject().map(str::to_owned) else { return };
        let mut tables = std::mem::take(&mut self.tables);
        self.sides_ui(ui, &name, &mut tables, actions);
        self.tables = tables;
    }

    fn sides_ui(&self, ui: &mut egui::Ui, name: &str, tables: &mut Tables, actions: &mut Vec<Action>) {
        let pipeline = &self.document.pipeline;
        let Ok(card) = pipeline.nodes[name].step.card() else { return };
        let titles: Vec<String> =
            (0..card.inputs.count(pipeline.nodes[name].from.len())).map(|port| card.inputs.name(port)).collect();
        let mut sides: Vec<Side> = Vec::new();
        for (link, title) in pipeline.nodes[name].from.iter().zip(&titles) {
            let Some(link) = link else { continue };
            sides.push(self.side(title, true, link.clone()));
        }
        for output in card.outputs {
            let named = Some((*output).to_owned()).filter(|output| !output.is_empty());
            let title = if output.is_empty() { "Output" } else { output };
            sides.push(self.side(title, false, Link { node: name.to_owned(), output: named }));
        }
        data::show(ui, &sides, tables, actions);
    }

    fn side<'a>(&'a self, title: &'a str, input: bool, link: Link) -> Side<'a> {
        Side {
            title,
            input,
            exact: self.follow.exact_of(&link.node).map(|exact| (exact.rows, exact.of)),
            output: self.results.output(&self.document.pipeline, &link),
            chart: match self.document.pipeline.nodes.get(&link.node).map(|node| &node.step) {
                Some(Step::Chart(chart)) if !input => Some(chart),
                _ => None,
            },
            stale: self.results.is_stale(&link.node),
            problem: self
                .results
                .nodes
                .get(&link.node)
                .and_then(|node| node.instead_of_rows())
                .map(|problem| problem.message.as_str()),
            link,
        }
    }
}

/// All nodes, those first whose rows are looked at: the selected, then those in view.
fn wanted(pipeline: &Pipeline, view: &canvas::View) -> Vec<String> {
    let mut wanted = view.selection.nodes.clone();
    wanted.retain(|name| pipeline.nodes.contains_key(name));
    wanted.extend(view.visible().iter().filter(|name| pipeline.nodes.contains_key(*name)).cloned());
    wanted.extend(pipeline.nodes.keys().cloned());
    wanted.into_iter().collect()
}

/// Opened with this file, if with any.
pub fn open(app: &mut App, ctx: &egui::Context, file: Option<PathBuf>) {
    if let Some(file) = file {
        app.desk.welcome = false;
        app.act(ctx, Action::OpenFile(file));
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        Self::ui(self, ui);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.end();
    }
}
