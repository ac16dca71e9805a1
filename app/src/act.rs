//! The one place where what a person wants is carried out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexSet;
use pipewright_engine::file;
use pipewright_engine::nodes::{Convert, Step};
use pipewright_engine::pipeline::{Link, Node, Note, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

use crate::action::{Action, Input, Point, Wiring};
use crate::app::{App, Below};
use crate::canvas::{self, Selection};
use crate::checker::Fix;
use crate::command::Command;
use crate::desk::Next;
use crate::document::Document;
use crate::files::run_command;
use crate::follow::Dropped;
use crate::parameter;
use crate::questions::Purpose;
use crate::settings::Theme;

/// How far a copy lies from what it copies.
const BESIDE: i32 = 40;

impl App {
    pub fn act(&mut self, ctx: &egui::Context, action: Action) {
        if let Err(problem) = self.try_to(ctx, action) {
            self.notice = Some(problem);
        }
    }

    fn try_to(&mut self, ctx: &egui::Context, action: Action) -> Result<(), Problem> {
        match action {
            Action::Add { step, at, wiring } => return self.add(*step, at, wiring),
            Action::Connect { from, to } => self.document.edit().connect(from, &to.node, to.port)?,
            Action::Disconnect(Input { node, port }) => {
                self.document.edit().disconnect(&node, port);
                self.view.selection.wire = None;
            }
            Action::Place(places) => {
                let pipeline = self.document.edit();
                canvas::settle(pipeline);
                pipeline.layout.nodes.extend(places);
            }
            Action::Edit { node, step } => {
                if let Some(node) = self.document.edit().nodes.get_mut(&node) {
                    node.step = *step;
                }
            }
            Action::Rename { node, to } => return self.rename(&node, to.trim()),
            Action::About { node, text } => {
                if let Some(node) = self.document.edit().nodes.get_mut(&node) {
                    node.about = text;
                }
            }
            Action::SetMuted { nodes, muted } => {
                let pipeline = self.document.edit();
                nodes.iter().for_each(|name| set_muted(pipeline, name, muted));
            }
            Action::Parameters(parameters) => self.document.edit().parameters = parameters,
            Action::PipelineAbout(about) => self.document.edit().about = about,
            Action::AddNote { at } => self.add_note(at),
            Action::EditNote { note, text } => {
                if let Some(note) = self.document.edit().layout.notes.get_mut(note) {
                    note.text = text;
                }
            }
            Action::PlaceNote { note, at, size } => {
                if let Some(note) = self.document.edit().layout.notes.get_mut(note) {
                    (note.at, note.size) = (at, size);
                }
            }
            Action::Fix { node, fix } => return self.fix(&node, fix),
            Action::Select(selection) => self.view.selection = selection,
            Action::Reveal { node, parameter } => self.reveal(&node, parameter),
            Action::Open(node) => {
                self.reveal(&node, None);
                self.panels.inspector = true;
                self.focus = Some(String::new());
            }
            Action::Show(link) => {
                self.reveal(&link.node, None);
                self.tables.choose(&link);
                self.panels.below = Some(Below::Data);
            }
            Action::Look(look) => self.follow.look(look),
            Action::Drop { files, at } => return self.drop_files(ctx, files, at),
            Action::ChooseFile { node, parameter, .. } => self.ask_for(Purpose::Parameter { node, parameter }),
            Action::Paste(text) => return self.paste(&text),
            Action::OpenFile(path) => self.leave_for(ctx, Next::Open(path)),
            Action::OpenSample(name) => self.leave_for(ctx, Next::Sample(name)),
            Action::Restore(at) => self.leave_for(ctx, Next::Restore(at)),
            Action::DiscardJournal(at) => self.discard_journal(at),
            Action::Command(command) => return self.command(ctx, command),
        }
        Ok(())
    }

    /// What holds no node and no wire can't be the object of a command.
    pub fn can(&self, command: Command) -> bool {
        let selection = &self.view.selection;
        let anything = !selection.nodes.is_empty() || !selection.notes.is_empty();
        match command {
            Command::Undo => self.document.history.can_undo(&self.document.pipeline),
            Command::Redo => self.document.history.can_redo(),
            Command::Cut | Command::Copy | Command::Duplicate => anything,
            Command::Delete => anything || selection.wire.is_some(),
            Command::Mute | Command::FitSelection => !selection.nodes.is_empty(),
            Command::Rename => self.subject().is_some() && selection.nodes.len() == 1,
            Command::RunToHere => self.subject().is_some() && self.runs.current.is_none(),
            Command::AlignLeft | Command::AlignTop => selection.nodes.len() > 1,
            Command::CopyRunCommand => self.document.path.is_some(),
            Command::Cancel => self.runs.current.is_some(),
            Command::Run => !self.document.pipeline.nodes.is_empty() && self.runs.current.is_none(),
            _ => true,
        }
    }

    fn command(&mut self, ctx: &egui::Context, command: Command) -> Result<(), Problem> {
        if !self.can(command) {
            return Ok(());
        }
        match command {
            Command::Undo => self.go_to(|document| document.history.undo(&document.pipeline.clone())),
            Command::Redo => self.go_to(|document| document.history.redo(&document.pipeline.clone())),
            Command::Cut => {
                self.copy(ctx);
                self.delete();
            }
            Command::Copy => self.copy(ctx),
            Command::Paste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::Duplicate => {
                let part = self.selected_part();
                self.insert(&part);
            }
            Command::Delete => self.delete(),
            Command::SelectAll => {
                let nodes = self.document.pipeline.nodes.keys().cloned().collect();
                let notes = (0..self.document.pipeline.layout.notes.len()).collect();
                self.view.selection = Selection { nodes, notes, wire: None };
            }
            Command::Mute => self.mute(),
            Command::Rename => {
                self.panels.inspector = true;
                self.inspector.rename();
            }
            Command::Open => self.ask_for(Purpose::Open),
            Command::Save if !self.save() => self.ask_for(Purpose::SaveAs),
            Command::SaveAs => self.ask_for(Purpose::SaveAs),
            Command::Export => self.ask_for(Purpose::Export),
            Command::New => self.leave_for(ctx, Next::New),
            Command::Quit => self.leave_for(ctx, Next::Quit),
            Command::Welcome => self.desk.welcome = true,
            Command::ThemeSystem => self.set_theme(ctx, Theme::System),
            Command::ThemeLight => self.set_theme(ctx, Theme::Light),
            Command::ThemeDark => self.set_theme(ctx, Theme::Dark),
            Command::Larger => self.desk.scale_by(ctx, 0.25),
            Command::Smaller => self.desk.scale_by(ctx, -0.25),
            Command::CopyRunCommand => {
                if let Some(path) = &self.document.path {
                    ctx.copy_text(run_command(&self.document.pipeline, path));
                }
            }
            Command::Refresh => self.follow.refresh(),
            Command::AddNode => canvas::open_search(ctx, &mut self.view),
            Command::AddNote => self.add_note(self.view.middle()),
            Command::FitAll => self.view.show_all(),
            Command::FitSelection => self.view.show_selection(),
            Command::ZoomIn => self.view.zoom_by(1.25),
            Command::ZoomOut => self.view.zoom_by(0.8),
            Command::ZoomReset => self.view.zoom_to(1.0),
            Command::AlignLeft | Command::AlignTop | Command::Arrange => self.arrange(command),
            command if self.command_around(ctx, command) => {}
            _ => {}
        }
        Ok(())
    }

    fn arrange(&mut self, command: Command) {
        let nodes = &self.view.selection.nodes;
        let pipeline = &self.document.pipeline;
        let places = match command {
            Command::AlignLeft => canvas::align_left(pipeline, nodes),
            Command::AlignTop => canvas::align_top(pipeline, nodes),
            _ => canvas::arrange(pipeline, Some(nodes).filter(|nodes| nodes.len() > 1)),
        };
        let pipeline = self.document.edit();
        canvas::settle(pipeline);
        pipeline.layout.nodes.extend(places);
    }

    fn set_theme(&mut self, ctx: &egui::Context, theme: Theme) {
        self.desk.settings.theme = theme;
        self.desk.apply_looks(ctx);
    }

    fn go_to(&mut self, step: impl FnOnce(&mut Document) -> Option<Arc<Pipeline>>) {
        let Some(pipeline) = step(&mut self.document) else { return };
        self.document.pipeline = pipeline;
        let pipeline = &self.document.pipeline;
        let selection = &mut self.view.selection;
        selection.nodes.retain(|name| pipeline.nodes.contains_key(name));
        selection.notes.retain(|note| *note < pipeline.layout.notes.len());
        selection.wire = None;
    }

    fn add(&mut self, step: Step, at: Option<Point>, wiring: Wiring) -> Result<(), Problem> {
        let wiring = match wiring {
            Wiring::Selection => self.after_selection(&step),
            wiring => wiring,
        };
        let beside = at.unwrap_or_else(|| canvas::place_for(&self.document.pipeline, &self.view, &wiring));
        let pipeline = self.document.edit();
        canvas::settle(pipeline);
        let name = pipeline.add(step);
        pipeline.layout.nodes.insert(name.clone(), beside);
        let wired = match wiring {
            Wiring::Free | Wiring::Selection => Ok(()),
            Wiring::After(link) => match pipeline.free_input(&name) {
                Some(port) => pipeline.connect(link, &name, port),
                None => Ok(()),
            },
            Wiring::Before(to) => pipeline.connect(Link { node: name.clone(), output: None }, &to.node, to.port),
            Wiring::Into(to) => pipeline.insert_into(&name, &to.node, to.port),
        };
        self.view.selection = Selection { nodes: IndexSet::from([name]), ..Selection::default() };
        wired
    }

    /// A new node reads what is selected, where that has an output.
    fn after_selection(&self, step: &Step) -> Wiring {
        let takes = step.card().is_ok_and(|card| card.inputs.count(0) > 0);
        let Some(name) = self.subject().filter(|_| takes) else { return Wiring::Free };
        let gives = self.document.pipeline.nodes[name].step.card().is_ok_and(|card| !card.outputs.is_empty());
        if gives { Wiring::After(Link { node: name.to_owned(), output: None }) } else { Wiring::Free }
    }

    pub(crate) fn rename(&mut self, node: &str, to: &str) -> Result<(), Problem> {
        if node == to {
            return Ok(());
        }
        self.document.edit().rename(node, to)?;
        self.results.rename(node, to);
        let selection = &mut self.view.selection.nodes;
        if let Some(at) = selection.get_index_of(node) {
            selection.shift_remove_index(at);
            selection.shift_insert(at, to.to_owned());
        }
        Ok(())
    }

    fn fix(&mut self, name: &str, fix: Fix) -> Result<(), Problem> {
        let pipeline = self.document.edit();
        match fix {
            Fix::Replace { parameter, place, with } => {
                if let Some(node) = pipeline.nodes.get_mut(name) {
                    parameter::replace(&mut node.step, &parameter, place, &with);
                }
            }
            Fix::State { parameter, value } => {
                if let Some(node) = pipeline.nodes.get_mut(name) {
                    parameter::state(&mut node.step, &parameter, &value);
                }
            }
            Fix::Remove { parameter } => {
                if let Some(node) = pipeline.nodes.get_mut(name) {
                    parameter::remove(&mut node.step, &parameter);
                }
            }
            Fix::Reset { parameter } => {
                if let Some(node) = pipeline.nodes.get_mut(name) {
                    parameter::reset(&mut node.step, &parameter);
                }
            }
            Fix::WriteRejects => {
                canvas::settle(pipeline);
                let at = canvas::place_below(pipeline, name);
                let new = pipeline.write_rejects(name)?;
                pipeline.layout.nodes.insert(new, at);
            }
            Fix::Convert { port, column, to } => {
                canvas::settle(pipeline);
                let at = canvas::place_between(pipeline, name, port);
                let new = pipeline.add(Step::Convert(conversion(column, to)));
                pipeline.layout.nodes.insert(new.clone(), at);
                pipeline.insert_into(&new, name, port)?;
            }
        }
        Ok(())
    }

    fn add_note(&mut self, at: Point) {
        let notes = &mut self.document.edit().layout.notes;
        notes.push(Note { at, size: (240, 120), text: String::new() });
        let note = notes.len() - 1;
        self.view.selection = Selection { notes: IndexSet::from([note]), ..Selection::default() };
    }

    fn reveal(&mut self, node: &str, parameter: Option<String>) {
        if !self.document.pipeline.nodes.contains_key(node) {
            return;
        }
        self.view.selection = Selection { nodes: IndexSet::from([node.to_owned()]), ..Selection::default() };
        self.view.bring_into_view(node);
        if parameter.is_some() {
            self.panels.inspector = true;
            self.focus = parameter;
        }
    }

    fn selected_part(&self) -> Pipeline {
        self.document.pipeline.part(&self.view.selection.nodes, &self.view.selection.notes)
    }

    fn copy(&self, ctx: &egui::Context) {
        if self.can(Command::Copy) {
            ctx.copy_text(file::write(&self.selected_part()));
        }
    }

    fn paste(&mut self, text: &str) -> Result<(), Problem> {
        let Ok((part, _)) = file::read(text) else {
            return Err(Problem::new("The clipboard holds no nodes.").try_this("Copy some from a pipeline first."));
        };
        self.insert(&part);
        Ok(())
    }

    fn insert(&mut self, part: &Pipeline) {
        canvas::settle(self.document.edit());
        // Farther and farther, so that copies don't cover each other.
        let places = &self.document.pipeline.layout.nodes;
        let taken =
            |by: i32| part.layout.nodes.values().any(|(x, y)| places.values().any(|at| *at == (x + by, y + by)));
        let by = (1..50).map(|times| times * BESIDE).find(|by| !taken(*by)).unwrap_or(BESIDE);
        let (nodes, notes) = self.document.edit().paste(part, (by, by));
        self.view.selection = Selection { nodes, notes, wire: None };
    }

    fn delete(&mut self) {
        let Selection { nodes, notes, wire } = std::mem::take(&mut self.view.selection);
        let pipeline = self.document.edit();
        pipeline.delete(&nodes);
        let mut number = 0..;
        pipeline.layout.notes.retain(|_| number.next().is_none_or(|number| !notes.contains(&number)));
        if let Some(Input { node, port }) = wire {
            pipeline.disconnect(&node, port);
        }
    }

    fn mute(&mut self) {
        let names = self.view.selection.nodes.clone();
        let nodes = &self.document.pipeline.nodes;
        let muted = names.iter().any(|name| nodes.get(name).is_some_and(|node: &Node| !node.muted));
        let pipeline = self.document.edit();
        names.iter().for_each(|name| set_muted(pipeline, name, muted));
    }

    fn drop_files(&mut self, ctx: &egui::Context, files: Vec<PathBuf>, at: Option<Point>) -> Result<(), Problem> {
        let mut at = at;
        for file in files {
            if is_pipeline(&file) {
                self.act(ctx, Action::OpenFile(file));
                continue;
            }
            let work = self.work();
            self.follow.sniff(work, Dropped { file: file.to_string_lossy().into_owned(), at, into: None });
            at = at.map(|(x, y)| (x, y + canvas::STEP.1));
        }
        Ok(())
    }
}

/// Only what has an input can let rows pass.
fn set_muted(pipeline: &mut Pipeline, name: &str, muted: bool) {
    let Some(node) = pipeline.nodes.get_mut(name) else { return };
    let passes = node.step.card().is_ok_and(|card| card.inputs.count(0) > 0);
    node.muted = muted && passes;
}

fn conversion(column: String, to: Type) -> Convert {
    let mut convert = Convert::default();
    convert.columns.push(pipewright_engine::nodes::convert::Conversion {
        column: column.as_str().into(),
        to,
        ..Default::default()
    });
    convert
}

fn is_pipeline(file: &Path) -> bool {
    file.to_string_lossy().ends_with(".pipe.ron")
}
