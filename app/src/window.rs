//! Opens the window, where there is a display.

use std::path::PathBuf;
use std::process::ExitCode;

use egui::{ViewportBuilder, vec2};
use pipewright_runner::host::{Connection, Process};

use crate::app::{self, App};
use crate::desk::Folders;
use crate::settings::Settings;

/// Shows the designer until its window is closed.
pub fn run(file: Option<PathBuf>) -> ExitCode {
    if !has_display() {
        return no_window(file.as_deref(), "there is no display");
    }
    let folders = Folders::of_user();
    let (settings, _) = folders.config.as_deref().map_or_else(Default::default, Settings::load);
    let (width, height) = settings.window.unwrap_or((1280.0, 800.0));
    let viewport = ViewportBuilder::default()
        .with_app_id("pipewright")
        .with_title("Pipewright")
        .with_inner_size(vec2(width, height))
        .with_maximized(settings.maximized)
        .with_min_inner_size(vec2(800.0, 500.0))
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let opened = file.clone();
    let shown = eframe::run_native(
        "pipewright",
        options,
        Box::new(move |creation| {
            let start = || Process::start_own().map(|host| Box::new(host) as Box<dyn Connection>);
            let mut app = App::new(&creation.egui_ctx, Box::new(start), &folders);
            app::open(&mut app, &creation.egui_ctx, opened);
            Ok(Box::new(app))
        }),
    );
    match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => no_window(file.as_deref(), &error.to_string()),
    }
}

/// Whether there is a screen to open a window on.
pub fn has_display() -> bool {
    let is_set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn no_window(file: Option<&std::path::Path>, why: &str) -> ExitCode {
    let file = file.map_or_else(|| "FILE".to_owned(), |file| file.display().to_string());
    eprintln!("The designer can't open a window: {why}. Without one, run the pipeline: pipewright run {file}");
    ExitCode::from(2)
}
