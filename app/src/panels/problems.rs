//! Everything that is wrong: in the pipeline, and with its rows. Errors come first.

use egui::{CursorIcon, RichText, ScrollArea, Sense, Ui, WidgetInfo};
use pipewright_engine::pipeline::{Link, Pipeline};
use pipewright_engine::problem::{Cause, Problem, Severity};
use pipewright_runner::cli::words;
use pipewright_runner::show::Basis;

use super::{nothing, reveal, sign_of, weak};
use crate::action::Action;
use crate::checker::{Checked, Fix};
use crate::icons;
use crate::results::Results;
use crate::theme::{gap, palette, size, strong};

/// A list with more than these helps nobody.
const MOST: usize = 200;

/// Errors before warnings before notes, otherwise as they were found; what was found twice is told once.
pub fn all<'a>(checked: &'a Checked, results: &'a Results) -> Vec<&'a Problem> {
    let of_rows = results.nodes.values().flat_map(|node| &node.problems).chain(&results.rejected);
    let found = results.trouble.iter().chain(&checked.problems).chain(of_rows);
    let mut seen = std::collections::HashSet::new();
    let mut all: Vec<&Problem> =
        found.filter(|problem| seen.insert((&problem.node, &problem.parameter, &problem.message))).collect();
    all.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    all
}

/// Rejected rows that would fail a run.
pub fn of_rejects(pipeline: &Pipeline, checked: &Checked, results: &Results) -> Vec<Problem> {
    let rejected = |name: &String| {
        let link = Link { node: name.clone(), output: Some("rejected".into()) };
        let output = results.output(pipeline, &link)?;
        // What an exact answer below has told is of all rows.
        let told = |problem: &Problem| matches!(problem.cause.as_deref(), Some(Cause::Rejects));
        let is_told = results.nodes.get(name).is_some_and(|result| result.problems.iter().any(told));
        let rejects = output.rejects.as_ref().filter(|_| !is_told && !results.is_stale(name))?;
        let of = if output.basis == Basis::Everything { "" } else { " of the sample" };
        let count = words::count(output.rows, "row");
        let verb = if output.rows == 1 { "is" } else { "are" };
        let (severity, so) = match rejects.certain {
            true => (Severity::Error, "a run would fail"),
            false => (Severity::Warning, "a run fails if it is so with all rows"),
        };
        let message =
            format!("{count}{of} {verb} rejected, and nothing takes them: {so}. The first: {}.", rejects.cases);
        Some(Problem { severity, ..Problem::new(message) }.because(Cause::Rejects).node(name))
    };
    checked.unguarded.iter().filter_map(rejected).collect()
}

/// `fixes` are the repairs that a problem offers, each with what it is called.
pub fn show(
    ui: &mut Ui,
    problems: &[&Problem],
    fixes: &dyn Fn(&Problem) -> Vec<(String, Fix)>,
    actions: &mut Vec<Action>,
) {
    if problems.is_empty() {
        nothing(ui, "circle_check", "No problems", "What is wrong shows up here while you edit.");
        return;
    }
    ScrollArea::vertical().id_salt("problems").auto_shrink([false, false]).show(ui, |ui| {
        for (at, problem) in problems.iter().take(MOST).enumerate() {
            row(ui, at + 1, problem, actions);
            repairs(ui, problem, &fixes(problem), actions);
        }
        if let Some(more) = problems.len().checked_sub(MOST).filter(|more| *more > 0) {
            weak(ui, format!("and {}", words::count(more as u64, "more problem")));
        }
    });
}

/// The problem in its line; a click goes where it is.
fn row(ui: &mut Ui, number: usize, problem: &Problem, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let (icon, color) = sign_of(problem.severity, colors);
    let back = ui.painter().add(egui::Shape::Noop);
    let line = ui.horizontal_wrapped(|ui| {
        icons::show(ui, icon, size::HEADING, color);
        let text = |text: RichText| egui::Label::new(text).selectable(false).wrap();
        if let Some(node) = &problem.node {
            ui.add(text(RichText::new(node).font(strong(size::BODY))));
        }
        ui.add(text(RichText::new(&problem.message).color(colors.text)));
        if let Some(suggestion) = &problem.suggestion {
            ui.add(text(RichText::new(suggestion).color(colors.weak)));
        }
        ui.allocate_space(egui::vec2(ui.available_size_before_wrap().x, 0.0));
    });
    let response = ui.interact(line.response.rect, ui.scope_id().with(("problem", number)), Sense::click());
    let whole = format!("Problem {number}: {problem}");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &whole));
    let Some(node) = &problem.node else { return };
    if response.hovered() || response.has_focus() {
        let rect = line.response.rect.expand(gap::S / 2.0);
        ui.painter().set(back, egui::Shape::rect_filled(rect, crate::theme::ROUND, colors.hover));
    }
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        actions.push(reveal(node, problem.parameter.clone()));
    }
}

fn repairs(ui: &mut Ui, problem: &Problem, fixes: &[(String, Fix)], actions: &mut Vec<Action>) {
    let Some(node) = problem.node.as_ref().filter(|_| !fixes.is_empty()) else { return };
    ui.horizontal_wrapped(|ui| {
        ui.add_space(size::HEADING + gap::M);
        for (text, fix) in fixes {
            if ui.button(text).clicked() {
                actions.push(Action::Fix { node: node.clone(), fix: fix.clone() });
            }
        }
    });
}
