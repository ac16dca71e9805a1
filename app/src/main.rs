//! The one program: the designer, the command line, and with `host` the engine that both start.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipewright_app::window;
use pipewright_runner::cli;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) if window::has_display() => window::run(None),
        (Some(file), None) if is_file(&file) => window::run(Some(PathBuf::from(file))),
        _ => cli::main(),
    }
}

/// Whether the only argument is a pipeline to open. What the command line understands is never taken for a file of that name: the
/// engine is started as `host` in whatever folder that is, and `./host` opens such a file.
fn is_file(argument: &OsStr) -> bool {
    let is_option = argument.to_string_lossy().starts_with('-');
    if is_option || cli::is_command(argument) {
        return false;
    }
    argument.to_string_lossy().ends_with(".ron") || Path::new(argument).is_file()
}
