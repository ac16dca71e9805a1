//! A call that can't be understood: what is wrong with it, and what to write instead.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use pipewright_engine::problem::{Problem, nearest};

use super::{Cli, Exit, print, words};

pub(super) fn explain(error: &clap::Error) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return print(&error.render().to_string());
    }
    words::tell(&[problem(error)]);
    Exit::Wrong
}

fn problem(error: &clap::Error) -> Problem {
    let argument = without_brackets(&text(error, ContextKind::InvalidArg));
    // `--memory SIZE` is the option `--memory`.
    let option = argument.split(' ').next().unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand);
            let problem = Problem::new(format!("There is no command {name:?}."));
            if name.ends_with(".ron") {
                return problem.try_this(format!("Write pipewright run {name}"));
            }
            let cli = Cli::command();
            let near = nearest(&name, cli.get_subcommands().map(clap::Command::get_name));
            suggest(problem, near.unwrap_or_default(), "pipewright --help lists them.")
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let problem = Problem::new(format!("There is no option {argument:?} here."));
            suggest(problem, &text(error, ContextKind::SuggestedArg), "--help after the command lists them.")
        }
        ErrorKind::UnknownArgument => Problem::new(format!("{argument:?} is one argument too many."))
            .try_this("Put names that hold blanks into quotes."),
        ErrorKind::MissingRequiredArgument => Problem::new(format!("{argument} is missing.")).try_this(usage(error)),
        ErrorKind::InvalidValue if value.is_empty() => {
            let problem = Problem::new(format!("{option} has no value."));
            if text(error, ContextKind::ValidValue).is_empty() {
                return problem.try_this(format!("Write {argument}"));
            }
            problem.try_this(choices(error))
        }
        ErrorKind::InvalidValue => {
            let problem = Problem::new(format!("{option} can't be {value:?}."));
            suggest(problem, &text(error, ContextKind::SuggestedValue), &choices(error))
        }
        ErrorKind::ValueValidation => {
            // Our own parsers say it in full.
            Problem::new(std::error::Error::source(error).map(ToString::to_string).unwrap_or_default())
        }
        ErrorKind::ArgumentConflict => Problem::new(format!("{option} is given twice.")).try_this("Keep one of them."),
        _ => {
            let rendered = error.render().to_string();
            let first = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ");
            Problem::new(format!("{}.", sentence(first)))
        }
    }
}

fn suggest(problem: Problem, near: &str, otherwise: &str) -> Problem {
    if near.is_empty() { problem.try_this(otherwise) } else { problem.try_this(format!("Did you mean {near:?}?")) }
}

fn choices(error: &clap::Error) -> String {
    match text(error, ContextKind::ValidValue) {
        none if none.is_empty() => usage(error),
        values => format!("It can be {values}."),
    }
}

fn usage(error: &clap::Error) -> String {
    let usage = text(error, ContextKind::Usage);
    match usage.trim().strip_prefix("Usage:") {
        Some(usage) => format!("Write {}", without_brackets(usage.trim())),
        None => "--help after the command shows what to write.".into(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::Strings(values)) => values.join(", "),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

fn without_brackets(text: &str) -> String {
    text.replace(['<', '>'], "").replace("...", "…")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
