//! The line at the bottom: what the engine does, what the rows are of, and how far a run is.

use egui::{Align, Button, Layout, ProgressBar, RichText, Ui};
use pipewright_engine::problem::Severity;
use pipewright_runner::job::Outcome;
use pipewright_runner::show::Output;

use super::{sign_of, toolbar::progress};
use crate::action::Action;
use crate::command::Command;
use crate::data;
use crate::icons;
use crate::results::Results;
use crate::runs::{Runs, outcome};
use crate::theme::{gap, palette, size};

/// What the line shows.
pub struct Status<'a> {
    pub results: &'a Results,
    pub runs: &'a Runs,
    /// The rows that are looked at, of the selected node.
    pub output: Option<&'a Output>,
}

pub fn show(ui: &mut Ui, status: &Status, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.style_mut().override_font_id = Some(egui::FontId::proportional(size::SMALL));
        engine(ui, status.results);
        if let Some(output) = status.output {
            ui.add_space(gap::L);
            super::weak(ui, data::basis(output));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| run(ui, status.runs, actions));
    });
}

fn engine(ui: &mut Ui, results: &Results) {
    let colors = palette(ui.ctx());
    if let Some(trouble) = &results.trouble {
        let (icon, color) = sign_of(Severity::Error, colors);
        icons::show(ui, icon, size::BODY, color);
        let text = RichText::new(&trouble.message).color(color);
        let label = ui.add(egui::Label::new(text).truncate());
        if let Some(suggestion) = &trouble.suggestion {
            label.on_hover_text(suggestion);
        }
        return;
    }
    // As wide in both states, so that nothing beside it moves.
    let (color, text) = if results.computing { (colors.running, "Computing") } else { (colors.faint, "Ready") };
    let (dot, _) = ui.allocate_exact_size(egui::vec2(size::SMALL, size::SMALL), egui::Sense::hover());
    ui.painter().circle_filled(dot.center(), 3.5, color);
    let place = ui.allocate_ui(egui::vec2(62.0, ui.spacing().interact_size.y), |ui| {
        ui.set_min_width(62.0);
        super::weak(ui, text);
    });
    place.response.on_hover_text("Rows are computed as you edit");
}

fn run(ui: &mut Ui, runs: &Runs, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    if let Some(run) = &runs.current {
        let bar = ProgressBar::new(run.part().unwrap_or(0.0)).desired_width(160.0).desired_height(6.0);
        ui.add(bar.fill(colors.running));
        let doing = if run.rows > 0 { format!("{} · ", run.doing) } else { String::new() };
        super::weak(ui, format!("{doing}{}", progress(run)));
        return;
    }
    let Some(report) = &runs.last else { return };
    let color = if report.outcome == Outcome::Failed { colors.error } else { colors.weak };
    let text = RichText::new(format!("Last run: {}", outcome(report))).color(color);
    let label = ui.add(Button::new(text).frame(false));
    if label.on_hover_text(Command::ShowReport.help()).clicked() {
        actions.push(Action::Command(Command::ShowReport));
    }
}
