//! What is asked of the person: which file, whether to save first, what to do about a file that changed. And what is told: notices.

use std::path::{Path, PathBuf};

use egui::{Align, Align2, Area, Button, Context, Frame, Id, Layout, Margin, Modal, Order, Panel, RichText, Ui, vec2};
use pipewright_engine::problem::{Problem, Severity};

use crate::action::Action;
use crate::app::App;
use crate::command::Command;
use crate::desk::{Next, written_from};
use crate::files::dialogs::{Ask, Kind, Want};
use crate::files::{Change, folders};
use crate::follow::Dropped;
use crate::icons;
use crate::parameter;
use crate::theme::{self, gap, size};

/// What a file is asked for.
#[derive(Clone, Debug)]
pub enum Purpose {
    Open,
    SaveAs,
    Export,
    /// The path in a parameter of a node.
    Parameter {
        node: String,
        parameter: String,
    },
}

impl App {
    pub(crate) fn ask_for(&mut self, purpose: Purpose) {
        let folder = self.document.folder().map(Path::to_owned).or_else(|| self.desk.last_folder());
        let (want, kind, title) = match &purpose {
            Purpose::Open => (Want::Open, Kind::Pipeline, "Open a pipeline".to_owned()),
            Purpose::SaveAs => {
                let name = if self.document.path.is_some() { self.document.name() } else { "pipeline.pipe.ron".into() };
                (Want::Save { name }, Kind::Pipeline, "Save the pipeline as".to_owned())
            }
            Purpose::Export => (Want::Folder, Kind::Pipeline, "Export into a folder".to_owned()),
            Purpose::Parameter { node, .. } => (self.data_wanted(node), Kind::Data, format!("File for {node}")),
        };
        let folder = match kind {
            Kind::Data => {
                self.desk.settings.recent_data.first().and_then(|file| file.parent()).map(Path::to_owned).or(folder)
            }
            Kind::Pipeline => folder,
        };
        self.desk.purpose = Some(purpose);
        self.desk.dialogs.ask(Ask { want, kind, title, folder });
    }

    /// A node that writes names a file that need not be there.
    fn data_wanted(&self, node: &str) -> Want {
        let node = self.document.pipeline.nodes.get_key_value(node);
        let writes = node.is_some_and(|(_, node)| node.step.writes());
        match node {
            Some((name, node)) if writes => {
                let mut named = String::new();
                parameter::each_file(&mut node.step.clone(), &mut |path| named.clone_from(&path.0));
                let file = Path::new(&named).file_name().map(|file| file.to_string_lossy().into_owned());
                Want::Save { name: file.unwrap_or_else(|| format!("{name}.{}", ending(node.step.name()))) }
            }
            _ => Want::Open,
        }
    }

    /// Draws questions and notices over everything else.
    pub(crate) fn questions_ui(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        if let Some(answer) = self.desk.dialogs.show(ctx) {
            self.chosen_file(answer);
        }
        self.save_first_ui(ctx);
        self.notice_ui(ctx, actions);
    }

    fn chosen_file(&mut self, path: Option<PathBuf>) {
        let purpose = self.desk.purpose.take();
        let (Some(purpose), Some(path)) = (purpose, path) else {
            // Whoever does not say where to save does not go on either.
            self.desk.give_up_going_on();
            return;
        };
        match purpose {
            Purpose::Open => self.desk.going = Some(Next::Open(path)),
            Purpose::SaveAs => self.save_as(&path),
            Purpose::Export => self.export_to(&path),
            Purpose::Parameter { node, parameter } => self.set_file(&node, &parameter, &path),
        }
    }

    /// Writes a chosen file into a node. What the file is found to be is looked up for one that reads.
    fn set_file(&mut self, node: &str, parameter: &str, path: &Path) {
        self.desk.settings.chose_data(path);
        let text = written_from(path, self.document.folder());
        let Some(target) = self.document.pipeline.nodes.get(node) else { return };
        let reads = target.step.card().is_ok_and(|card| card.inputs.count(0) == 0);
        if reads {
            let (work, file) = (self.work(), path.to_string_lossy().into_owned());
            self.follow.sniff(work, Dropped { file, at: None, into: Some(node.to_owned()) });
        }
        if let Some(target) = self.document.edit().nodes.get_mut(node) {
            parameter::replace(&mut target.step, parameter, None, &text);
        }
    }

    fn save_first_ui(&mut self, ctx: &Context) {
        let Some(next) = self.desk.asking.clone() else { return };
        let mut save = false;
        let mut go = false;
        let mut stay = false;
        let modal = Modal::new(Id::unique("save first")).show(ctx, |ui| {
            ui.set_width(380.0);
            ui.heading(format!("Save changes to {}?", self.document.name()));
            ui.add_space(gap::S);
            let colors = theme::palette(ui.ctx());
            ui.label(RichText::new("They are lost otherwise.").color(colors.weak));
            ui.add_space(gap::L);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = RichText::new("Save").color(colors.on_accent);
                save = ui.add(Button::new(text).fill(colors.accent)).clicked();
                stay = ui.button("Cancel").clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| go = ui.button("Don't save").clicked());
            });
        });
        if save {
            if !self.save_and_go_on(next) {
                self.ask_for(Purpose::SaveAs);
            }
        } else if go {
            self.go_on(ctx, next);
        } else if stay || modal.should_close() {
            self.desk.asking = None;
        }
    }

    /// A line above the canvas while somebody else's changes wait for a decision.
    pub(crate) fn change_ui(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(change) = self.desk.change else { return };
        let colors = theme::palette(ui.ctx());
        let frame = Frame::new().fill(colors.selected).inner_margin(Margin::symmetric(12, 6));
        Panel::top("changed on disk").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                icons::show(ui, "triangle_alert", size::HEADING, colors.warning);
                let name = self.document.name();
                if change == Change::Gone {
                    ui.label(format!("{name} is no longer there."));
                    if ui.button("Save it again").clicked() {
                        actions.push(Action::Command(Command::Save));
                    }
                } else {
                    ui.label(format!("{name} was changed by another program."));
                    if ui.button("Reload").clicked() {
                        self.reload();
                    }
                }
                if ui.button("Keep mine").clicked() {
                    self.desk.change = None;
                }
            });
        });
    }

    fn notice_ui(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        let Some(notice) = self.notice.clone() else { return };
        let colors = theme::palette(ctx);
        let (icon, color) = match notice.severity {
            Severity::Error => ("circle_x", colors.error),
            Severity::Warning => ("triangle_alert", colors.warning),
            Severity::Note => ("circle_check", colors.good),
        };
        let mut closed = false;
        Area::new(Id::unique("notice")).order(Order::Foreground).anchor(Align2::CENTER_BOTTOM, vec2(0.0, -40.0)).show(
            ctx,
            |ui| {
                Frame::popup(ui.style()).inner_margin(Margin::same(12)).show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.horizontal(|ui| {
                        icons::show(ui, icon, size::HEADING, color);
                        ui.vertical(|ui| {
                            ui.set_max_width(460.0);
                            words(ui, &notice, actions);
                        });
                        closed = icons::button(ui, "x", "Close this message").clicked();
                    });
                });
            },
        );
        if closed || (notice.severity != Severity::Note && ctx.input(|input| input.key_pressed(egui::Key::Escape))) {
            self.notice = None;
        }
    }
}

fn words(ui: &mut Ui, notice: &Problem, actions: &mut Vec<Action>) {
    ui.label(&notice.message);
    if let Some(suggestion) = &notice.suggestion {
        ui.label(RichText::new(suggestion).color(theme::palette(ui.ctx()).weak));
    }
    if let Some(node) = &notice.node
        && ui.link(format!("Show {node}")).clicked()
    {
        actions.push(Action::Reveal { node: node.clone(), parameter: notice.parameter.clone() });
    }
}

/// How files that a node writes usually end.
fn ending(step: &str) -> &'static str {
    match step {
        "WriteParquet" => "parquet",
        "WriteJson" => "json",
        "WriteExcel" => "xlsx",
        _ => "csv",
    }
}

/// Where something was put, for a notice.
pub(crate) fn put_at(what: &str, path: &Path) -> Problem {
    Problem::note(format!("{what} {}.", folders::shown(path)))
}
