//! The one program: the command line, and with `host` the engine that it starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipewright_runner::cli::main()
}
