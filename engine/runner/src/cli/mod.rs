//! The command line: reads the call, has the engine host do the work, and shows the answer.
//!
//! Data goes to stdout and everything else to stderr. The exit code is 0 where all is done (warnings too), 1 where a run failed,
//! 2 where the pipeline or the call is wrong, 3 where it was cancelled.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use indexmap::IndexMap;
use pipewright_engine::problem::Problem;

use crate::host;
use crate::secrets::Secrets;

mod check;
mod format;
mod nodes;
mod preview;
mod run;
mod session;
pub mod source;
mod summary;
mod usage;
pub mod words;

/// Runs data pipelines kept in files that read well.
#[derive(Parser)]
#[command(name = "pipewright", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a pipeline from its sources to its outputs
    Run(RunArgs),
    /// Lists what is wrong with a pipeline, reading only the heads of its sources
    Check(CheckArgs),
    /// Shows the first rows of a node
    Preview(PreviewArgs),
    /// Writes pipeline files in their one form
    Fmt(FmtArgs),
    /// Explains the nodes there are, or one of them
    Nodes(NodesArgs),
    /// Does engine work for a program that watches it
    #[command(hide = true)]
    Host,
}

#[derive(Args)]
struct RunArgs {
    /// The pipeline file
    file: PathBuf,
    #[command(flatten)]
    set: SetArgs,
    /// Writes what was done as JSON, also when the run fails
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Writes events to stderr, one JSON object a line, instead of words
    #[arg(long, value_name = "FORM")]
    log: Option<LogForm>,
    /// How much memory the run may use, such as 2GB [default: 75 % of what there is]
    #[arg(long, value_name = "SIZE", value_parser = words::parse_bytes)]
    memory: Option<u64>,
}

#[derive(Args)]
struct CheckArgs {
    /// The pipeline file
    file: PathBuf,
    #[command(flatten)]
    set: SetArgs,
    /// Checks all rows of all sources as a run would, and writes nothing
    #[arg(long)]
    exact: bool,
    /// How to list the problems
    #[arg(long, value_enum, value_name = "FORM", default_value_t = CheckForm::Text)]
    format: CheckForm,
}

#[derive(Args)]
struct PreviewArgs {
    /// The pipeline file
    file: PathBuf,
    /// The node, with one of its outputs if it has several: large, large.false
    #[arg(value_name = "NODE[.OUTPUT]")]
    node: String,
    #[command(flatten)]
    set: SetArgs,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = parse_rows, allow_negative_numbers = true)]
    rows: u64,
    /// Works on all rows of all sources instead of a sample
    #[arg(long)]
    exact: bool,
    /// How much memory it may use, such as 2GB [default: 2 GB for a sample, with --exact 75 % of what there is]
    #[arg(long, value_name = "SIZE", value_parser = words::parse_bytes)]
    memory: Option<u64>,
    /// How to show them
    #[arg(long, value_enum, value_name = "FORM", default_value_t = TableForm::Table)]
    format: TableForm,
}

#[derive(Args)]
struct FmtArgs {
    /// Pipeline files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only lists the files that would change, and exits with 1 if there are any
    #[arg(long)]
    check: bool,
}

#[derive(Args)]
struct NodesArgs {
    /// A kind of node, such as ReadCsv
    name: Option<String>,
    /// How to write the reference
    #[arg(long, value_enum, value_name = "FORM", default_value_t = DocsForm::Md)]
    format: DocsForm,
}

#[derive(Args)]
struct SetArgs {
    /// Gives a parameter of the pipeline a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_set)]
    set: Vec<(String, String)>,
    /// Reads secrets from lines NAME=value, beside those in PIPEWRIGHT_SECRET_NAME
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum LogForm {
    Json,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum CheckForm {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum TableForm {
    Table,
    Csv,
    Json,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum DocsForm {
    Md,
    Json,
}

/// How a command came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    Wrong = 2,
    Cancelled = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::explain(&error).into(),
    };
    let exit = match cli.command {
        None => print(OVERVIEW),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Check(args)) => check::check(args),
        Some(Command::Preview(args)) => preview::preview(args),
        Some(Command::Fmt(args)) => format::format(&args),
        Some(Command::Nodes(args)) => nodes::nodes(&args),
        Some(Command::Host) => serve(),
    };
    exit.into()
}

/// Whether a word is the name of a command.
pub fn is_command(word: &OsStr) -> bool {
    Cli::command().get_subcommands().any(|command| word == command.get_name())
}

const OVERVIEW: &str = "\
Pipewright runs data pipelines kept in files that read well.

  pipewright                       opens the designer, where there is a display
  pipewright FILE                  opens it on a pipeline
  pipewright run FILE              runs a pipeline from its sources to its outputs
  pipewright check FILE            lists what is wrong with it, before it runs
  pipewright preview FILE NODE     shows the first rows of a node
  pipewright fmt FILE…             writes files in their one form
  pipewright nodes [NAME]          explains the nodes there are

Add --help to a command for its options.
";

fn serve() -> Exit {
    host::fault::record_panics();
    // When input ends this returns, main returns, and the process ends whatever other threads do.
    match host::serve(crate::engine::engine(), io::stdin().lock(), io::stdout()) {
        Ok(()) => Exit::Done,
        Err(error) => {
            words::say(&format!("The engine host ends: {error}."));
            Exit::Failed
        }
    }
}

fn parse_set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) => Err(format!("{text:?} names no parameter. Write --set NAME=VALUE.")),
        None => Err(format!("{text:?} gives no value. Write --set {text}=VALUE.")),
    }
}

fn parse_rows(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number of rows. Write it like --rows 20."))
}

impl SetArgs {
    /// The values of parameters, and of secrets.
    fn values(self) -> Result<(IndexMap<String, String>, Secrets), Problem> {
        let secrets = self.secrets.as_deref().map(Secrets::read).transpose()?;
        Ok((self.set.into_iter().collect(), secrets.unwrap_or_default()))
    }
}

/// Writes data to stdout. A reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            words::tell(&[Problem::new(format!("The output can't be written: {error}."))]);
            Exit::Failed
        }
        _ => Exit::Done,
    }
}

/// Pretty JSON to stdout.
fn print_json(value: &impl serde::Serialize) -> Exit {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&(text + "\n")),
        Err(error) => {
            words::tell(&[Problem::new(format!("This can't be written as JSON: {error}."))]);
            Exit::Failed
        }
    }
}
