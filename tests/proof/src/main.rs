//! Measures what the README says of speed. Nothing here passes or fails: it prints figures.

mod data;
mod edits;
mod figures;
mod first_rows;
mod frames;
mod grid;
mod growth;
mod memory;
mod nodes;
mod peers;
mod processes;
mod queries;
mod repeat;
mod rows;
mod size;
mod start;
mod tax;
mod torn;
mod versus;
mod window;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use pipewright_engine::problem::Problem;
use pipewright_runner::host::{Connection, Process, TUNING, host_command};

/// Prints figures, or says why there are none.
type Measure = fn() -> Result<(), String>;

fn main() {
    if cfg!(debug_assertions) {
        eprintln!("This is a development build: its figures mean nothing. Add --release.");
    }
    let wanted: Vec<String> = env::args().skip(1).collect();
    if let Some(code) = begun_again(&wanted) {
        std::process::exit(code);
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let measures: [(&str, Measure); 15] = [
        ("frames", frames::measure),
        ("grid", grid::measure),
        ("edits", edits::measure),
        ("first-rows", first_rows::measure),
        ("window", window::measure),
        ("nodes", nodes::measure),
        ("tax", tax::measure),
        ("peers", peers::measure),
        ("queries", queries::measure),
        ("start", start::measure),
        ("memory", memory::measure),
        ("growth", growth::measure),
        ("repeat", repeat::measure),
        ("torn", torn::measure),
        ("size", size::measure),
    ];
    for (name, measure) in measures {
        if !is_wanted(name) {
            continue;
        }
        println!("\n{name}");
        if let Err(why) = measure() {
            println!("  left out: {why}");
        }
    }
}

/// What is measured within this process, of ours and by hand, is in the environment of a host.
fn begun_again(wanted: &[String]) -> Option<i32> {
    if TUNING.iter().all(|(name, value)| env::var(name).is_ok_and(|set| set == *value)) {
        return None;
    }
    let again = Command::new(env::current_exe().ok()?).args(wanted).envs(TUNING).status().ok()?;
    Some(again.code().unwrap_or(1))
}

/// The program beside this one, built by the same command.
fn program() -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("pipewright");
    if program.exists() {
        return Ok(program);
    }
    Err(format!("{} is not there: build it first", program.display()))
}

fn start() -> Result<Box<dyn Connection>, Problem> {
    let program = program().map_err(Problem::new)?;
    Ok(Box::new(Process::start(host_command(&program))?))
}
