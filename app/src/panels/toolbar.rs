//! The bar at the top: menus with every command, the few that are used all the time as buttons, and the one place where a run is
//! started and stopped.

use std::time::Duration;

use egui::{Align, Button, Layout, MenuBar, RichText, Ui, WidgetInfo};
use pipewright_engine::problem::{Problem, Severity};
use pipewright_runner::cli::words;

use super::{Look, icon_button, sign_of};
use crate::action::Action;
use crate::command::Command;
use crate::document::Document;
use crate::icons;
use crate::runs::{Run, Runs};
use crate::theme::{gap, palette, size, strong};

/// What the bar shows.
pub struct Bar<'a> {
    pub document: &'a Document,
    pub runs: &'a Runs,
    /// Everything that is wrong, as the panel of problems lists it.
    pub problems: &'a [&'a Problem],
    /// Points on the screen for a unit of the canvas.
    pub zoom: f32,
    pub enabled: &'a dyn Fn(Command) -> bool,
    /// Whether a command that switches something is on; none for the others.
    pub chosen: &'a dyn Fn(Command) -> Option<bool>,
}

/// The menus, each in groups. Every command is in exactly one.
const MENUS: &[(&str, &[&[Command]])] = {
    use Command::*;
    &[
        ("File", &[&[New, Open, Save, SaveAs], &[Export, CopyRunCommand], &[Welcome, Quit]]),
        ("Edit", &[&[Undo, Redo], &[Cut, Copy, Paste, Duplicate, Delete], &[SelectAll, Rename, Mute]]),
        (
            "Canvas",
            &[
                &[AddNode, AddNote],
                &[AlignLeft, AlignTop, Arrange],
                &[FitAll, FitSelection, ZoomIn, ZoomOut, ZoomReset],
            ],
        ),
        ("Run", &[&[Run, RunToHere, Cancel], &[Refresh], &[Parameters]]),
        (
            "View",
            &[
                &[ShowPalette, ShowInspector, ShowData, ShowProblems, ShowLog, ShowReport],
                &[ThemeSystem, ThemeLight, ThemeDark],
                &[Larger, Smaller],
                &[Keys],
            ],
        ),
    ]
};

/// The button that starts and stops.
const RUN_WIDTH: f32 = 76.0;

/// How often the seconds of a run are drawn anew.
const SECOND_HAND: Duration = Duration::from_millis(200);

pub fn show(ui: &mut Ui, bar: &Bar, actions: &mut Vec<Action>) {
    MenuBar::new().ui(ui, |ui| {
        for (title, groups) in MENUS {
            ui.menu_button(*title, |ui| menu(ui, groups, bar, actions));
        }
        ui.add_space(gap::M);
        for (icon, command) in [
            ("undo_2", Command::Undo),
            ("redo_2", Command::Redo),
            ("plus", Command::AddNode),
            ("maximize", Command::FitAll),
        ] {
            command_icon(ui, icon, command, bar, actions);
        }
        zoom(ui, bar, actions);
        ui.add_space(gap::M);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            run_button(ui, bar, actions);
            command_icon(ui, "step_forward", Command::RunToHere, bar, actions);
            problem_count(ui, bar, actions);
            if let Some(run) = &bar.runs.current {
                ui.ctx().request_repaint_after(SECOND_HAND);
                super::weak(ui, progress(run));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| name(ui, bar.document));
        });
    });
}

fn menu(ui: &mut Ui, groups: &[&[Command]], bar: &Bar, actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    for (at, group) in groups.iter().enumerate() {
        if at > 0 {
            ui.separator();
        }
        for command in *group {
            if item(ui, *command, bar).clicked() {
                actions.push(Action::Command(*command));
            }
        }
    }
}

fn item(ui: &mut Ui, command: Command, bar: &Bar) -> egui::Response {
    let mut button = Button::new(command.text());
    if let Some(keys) = command.keys() {
        button = button.shortcut_text(ui.ctx().format_shortcut(&keys));
    }
    let (enabled, chosen) = ((bar.enabled)(command), (bar.chosen)(command));
    if let Some(chosen) = chosen {
        button = button.selected(chosen);
    }
    let response = ui.add_enabled(enabled, button);
    // Without the keys in it, which screen readers would read as a part of the name.
    response.widget_info(|| {
        let info = WidgetInfo::labeled(egui::Role::Button, enabled, command.text());
        WidgetInfo { selected: chosen, ..info }
    });
    response.on_hover_text(command.help())
}

/// The command's text and keys: what an icon is called.
pub fn name_of(ctx: &egui::Context, command: Command) -> String {
    let text = command.text().trim_end_matches('…');
    match command.keys() {
        Some(keys) => format!("{text} ({})", ctx.format_shortcut(&keys)),
        None => text.to_owned(),
    }
}

fn command_icon(ui: &mut Ui, icon: &str, command: Command, bar: &Bar, actions: &mut Vec<Action>) {
    let label = name_of(ui.ctx(), command);
    let enabled = (bar.enabled)(command);
    if ui.add_enabled_ui(enabled, |ui| icons::button(ui, icon, &label)).inner.clicked() {
        actions.push(Action::Command(command));
    }
}

fn zoom(ui: &mut Ui, bar: &Bar, actions: &mut Vec<Action>) {
    let percent = format!("{:.0} %", bar.zoom * 100.0);
    let text = RichText::new(&percent).color(palette(ui.ctx()).weak);
    let button = ui.add(Button::new(text).frame(false).min_size(egui::vec2(46.0, 0.0)));
    button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Zoom {percent}")));
    if button.on_hover_text(Command::ZoomReset.help()).clicked() {
        actions.push(Action::Command(Command::ZoomReset));
    }
}

/// The file's name; a dot says that it holds less than the window.
fn name(ui: &mut Ui, document: &Document) {
    let colors = palette(ui.ctx());
    let changed = document.is_changed();
    let label = ui.add(egui::Label::new(RichText::new(document.name()).font(strong(size::BODY))).truncate());
    if let Some(path) = &document.path {
        label.on_hover_text(path.display().to_string());
    }
    if changed {
        let dot = ui.label(RichText::new("●").size(size::SMALL).color(colors.accent));
        dot.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, "Not saved"));
        dot.on_hover_text("Changed since it was saved");
    }
}

fn problem_count(ui: &mut Ui, bar: &Bar, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let of = |severity| bar.problems.iter().filter(|problem| problem.severity == severity).count() as u64;
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let (icon, color, text) = match (errors, warnings) {
        (0, 0) => ("circle_check", colors.weak, "No problems".to_owned()),
        (0, warnings) => {
            let (icon, color) = sign_of(Severity::Warning, colors);
            (icon, color, words::count(warnings, "warning"))
        }
        (errors, _) => {
            let (icon, color) = sign_of(Severity::Error, colors);
            (icon, color, words::count(errors, "problem"))
        }
    };
    let look = Look { fill: egui::Color32::TRANSPARENT, text: color, width: 0.0 };
    let label = format!("Problems: {}, {}", words::count(errors, "error"), words::count(warnings, "warning"));
    if icon_button(ui, icon, &text, &label, look).on_hover_text(Command::ShowProblems.help()).clicked() {
        actions.push(Action::Command(Command::ShowProblems));
    }
}

/// At the right end: the button that starts and stops lies where it lay, whatever is said beside it.
fn run_button(ui: &mut Ui, bar: &Bar, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let running = bar.runs.current.as_ref();
    let (icon, text, label, command) = match running {
        Some(_) => ("square", "Stop", "Stop run", Command::Cancel),
        None => ("play", "Run", "Run pipeline", Command::Run),
    };
    let (fill, on_it) = match running {
        Some(_) => (colors.selected, colors.text),
        None => (colors.accent, colors.on_accent),
    };
    let look = Look { fill, text: on_it, width: RUN_WIDTH };
    let help = match running {
        Some(run) if run.cancelling => "End it at once".to_owned(),
        _ => format!("{}: {}", name_of(ui.ctx(), command), command.help()),
    };
    let enabled = (bar.enabled)(command);
    let button = ui.add_enabled_ui(enabled, |ui| icon_button(ui, icon, text, label, look)).inner;
    if button.on_hover_text(&help).on_disabled_hover_text(help).clicked() {
        actions.push(Action::Command(command));
    }
}

/// `12,345 of 50,000 rows · 3 s`
pub fn progress(run: &Run) -> String {
    let seconds = run.started.elapsed().as_secs();
    let time = if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) };
    if run.cancelling {
        return format!("Stopping · {time}");
    }
    let rows = match (run.rows, run.of) {
        (0, _) => run.doing.clone(),
        (rows, None) => words::count(rows, "row"),
        (rows, Some(of)) => format!("{} of {}", words::thousands(rows), words::count(of, "row")),
    };
    format!("{rows} · {time}")
}
