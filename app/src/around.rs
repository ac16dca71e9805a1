//! What lies around the canvas, and the commands that open, close and size it.

use egui::{Align, Align2, Button, Frame, Key, Layout, Margin, Modifiers, Panel, RichText, Ui, Window, vec2};
use pipewright_engine::pipeline::Link;
use pipewright_engine::problem::Problem;
use pipewright_runner::job::Outcome;

use crate::action::Action;
use crate::app::{App, Below};
use crate::checker::Fix;
use crate::command::Command;
use crate::icons;
use crate::inspector;
use crate::panels::status::Status;
use crate::panels::toolbar::Bar;
use crate::panels::{keys, log, nothing, palette, parameters, problems, report, status, toolbar};
use crate::settings::Theme;
use crate::theme::{self, gap};

/// Half typed texts and what is open, of the panels that have any.
#[derive(Default)]
pub struct Around {
    palette: palette::State,
    parameters: parameters::State,
    pub show_parameters: bool,
    pub show_keys: bool,
}

/// The tabs below the canvas.
const TABS: &[(Below, Command)] = &[
    (Below::Data, Command::ShowData),
    (Below::Problems, Command::ShowProblems),
    (Below::Log, Command::ShowLog),
    (Below::Report, Command::ShowReport),
];

impl App {
    /// Commands of the panels and of runs; false if it is none of them.
    pub(crate) fn command_around(&mut self, ctx: &egui::Context, command: Command) -> bool {
        if let Some((tab, _)) = TABS.iter().find(|(_, tab)| *tab == command) {
            self.panels.below = Some(*tab).filter(|tab| self.panels.below != Some(*tab));
            return true;
        }
        match command {
            Command::Run => self.run(ctx, None),
            Command::RunToHere => self.run(ctx, self.subject().map(str::to_owned)),
            Command::Cancel => self.runs.cancel(),
            Command::ShowPalette => self.panels.palette = !self.panels.palette,
            Command::ShowInspector => self.panels.inspector = !self.panels.inspector,
            Command::Parameters => self.around.show_parameters = !self.around.show_parameters,
            Command::Keys => self.around.show_keys = !self.around.show_keys,
            _ => return false,
        }
        true
    }

    fn run(&mut self, ctx: &egui::Context, until: Option<String>) {
        let work = self.work();
        self.runs.start(work.pipeline, work.file, until, ctx.clone());
    }

    /// Takes the news of runs. One that failed shows why.
    pub(crate) fn runs_logic(&mut self) {
        let under_way = self.runs.current.is_some();
        self.runs.logic();
        let failed = self.runs.last.as_ref().is_some_and(|report| report.outcome == Outcome::Failed);
        if under_way && self.runs.current.is_none() && failed {
            self.panels.below = Some(Below::Report);
        }
    }

    /// Whether a command that switches something is on.
    pub fn chosen(&self, command: Command) -> Option<bool> {
        if let Some((tab, _)) = TABS.iter().find(|(_, tab)| *tab == command) {
            return Some(self.panels.below == Some(*tab));
        }
        let theme = self.desk.settings.theme;
        Some(match command {
            Command::ShowPalette => self.panels.palette,
            Command::ShowInspector => self.panels.inspector,
            Command::ThemeSystem => theme == Theme::System,
            Command::ThemeLight => theme == Theme::Light,
            Command::ThemeDark => theme == Theme::Dark,
            _ => return None,
        })
    }

    /// The bars above and below everything, and the palette at the left.
    pub(crate) fn around_ui(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let colors = theme::palette(ui.ctx());
        let bar = Frame::new().fill(colors.panel).inner_margin(Margin::symmetric(8, 5));
        let line = Frame::new().fill(colors.panel).inner_margin(Margin::symmetric(10, 1));
        let list = Frame::new().fill(colors.panel).inner_margin(Margin::same(8));
        self.close_by_key(ui.ctx());
        Panel::top("bar").frame(bar).show(ui, |ui| {
            let problems = problems::all(&self.checked, &self.results);
            let bar = Bar {
                document: &self.document,
                runs: &self.runs,
                problems: &problems,
                zoom: self.view.zoom,
                enabled: &|command| self.can(command),
                chosen: &|command| self.chosen(command),
            };
            toolbar::show(ui, &bar, actions);
        });
        Panel::bottom("status").frame(line).show(ui, |ui| {
            let main = self.subject().map(|name| Link { node: name.to_owned(), output: None });
            let output = main.and_then(|link| self.results.output(&self.document.pipeline, &link));
            let output = output.map(AsRef::as_ref);
            status::show(ui, &Status { results: &self.results, runs: &self.runs, output }, actions);
        });
        if self.panels.palette {
            let width = self.desk.settings.panels.palette_width;
            let shown =
                Panel::left("palette").frame(list).default_size(width).size_range(150.0..=320.0).show(ui, |ui| {
                    palette::show(ui, &mut self.around.palette, actions);
                });
            self.desk.settings.panels.palette_width = shown.response.rect.width();
        }
    }

    /// The tabs below the canvas, and all but the data.
    pub(crate) fn tabs_ui(&mut self, ui: &mut Ui, below: Below, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            for (tab, command) in TABS {
                let text = RichText::new(command.text());
                let on = *tab == below;
                let tab = ui.add(Button::new(text).selected(on).frame_when_inactive(false));
                tab.widget_info(|| {
                    let label = format!("Tab {}", command.text());
                    egui::WidgetInfo::selected(egui::Role::Tab, true, on, label)
                });
                if tab.clicked() && !on {
                    actions.push(Action::Command(*command));
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let shut = TABS.iter().find(|(tab, _)| *tab == below);
                if let Some((_, command)) = shut.filter(|_| icons::button(ui, "x", "Close this panel").clicked()) {
                    actions.push(Action::Command(*command));
                }
            });
        });
        match below {
            Below::Data if self.subject().is_none() => {
                nothing(ui, "table", "No node is selected", "Select one to see the rows that go in and come out.");
            }
            Below::Data => {}
            Below::Problems => {
                let problems = problems::all(&self.checked, &self.results);
                problems::show(ui, &problems, &|problem| self.fixes(problem), actions);
            }
            Below::Log => log::show(ui, &mut self.runs.log),
            Below::Report => report::show(ui, self.runs.last.as_ref(), actions),
        }
    }

    fn fixes(&self, problem: &Problem) -> Vec<(String, Fix)> {
        let node = problem.node.as_deref().filter(|node| self.document.pipeline.nodes.contains_key(*node));
        node.map_or_else(Vec::new, |node| inspector::fixes(problem, &self.subject_of(node)))
    }

    /// Esc closes what lies over everything, before the canvas takes it to select nothing.
    fn close_by_key(&mut self, ctx: &egui::Context) {
        let Around { show_parameters, show_keys, .. } = &mut self.around;
        let open = (*show_parameters || *show_keys) && !ctx.any_popup_open();
        if open && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            (*show_parameters, *show_keys) = (false, false);
        }
    }

    /// What lies over everything until it is closed.
    pub(crate) fn windows_ui(&mut self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        let Around { parameters: state, show_parameters, show_keys, .. } = &mut self.around;
        let window = |title: &'static str, size: egui::Vec2| {
            let middle = ctx.content_rect().center();
            let window = Window::new(title).collapsible(false).pivot(Align2::CENTER_CENTER).default_pos(middle);
            window.default_size(size).max_height(ctx.content_rect().height() - gap::XL * 3.0)
        };
        let file = self.document.name();
        let pipeline = &self.document.pipeline;
        window("Parameters", vec2(620.0, 420.0)).open(show_parameters).show(ctx, |ui| {
            parameters::show(ui, pipeline, &file, state, actions);
        });
        window("Keys", vec2(640.0, 520.0)).open(show_keys).show(ctx, keys::show);
    }
}
