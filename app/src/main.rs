//! The one program: the designer, the command line, and with `host` the engine that both start.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipewright_app::window;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) if window::has_display() => window::run(None),
        (Some(file), None) if is_file(Path::new(&file)) => window::run(Some(PathBuf::from(file))),
        _ => pipewright_runner::cli::main(),
    }
}

/// Whether the only argument is a pipeline to open: a name that no command has.
fn is_file(argument: &Path) -> bool {
    argument.to_string_lossy().ends_with(".ron") || argument.is_file()
}
