//! A pipeline for a machine without a screen: a folder that runs it, and the command that does.
//!
//! What the pipeline reads stays where it is, so that the folder works as soon as it is made: paths to sources are made absolute.
//! What it writes stays relative, and goes into the new folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use pipewright_engine::file;
use pipewright_engine::params::FilePath;
use pipewright_engine::pipeline::{Parameter, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

use super::ENDING;
use crate::parameter;

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub folder: PathBuf,
    /// The names of the files in it.
    pub files: Vec<String>,
    /// What to know before it is run elsewhere.
    pub notes: Vec<String>,
}

/// The command that runs a pipeline. Parameters that must be given are there to be filled in.
pub fn run_command(pipeline: &Pipeline, path: &Path) -> String {
    let mut command = format!("pipewright run {}", quoted(&path.to_string_lossy()));
    for (name, parameter) in must_be_given(pipeline) {
        command.push_str(&format!(" --set {}", quoted(&format!("{name}=<{}>", parameter.kind))));
    }
    command
}

/// Makes a folder within `target` that runs the pipeline. `path` is where the pipeline is, which paths in it are relative to.
pub fn export(pipeline: &Pipeline, path: Option<&Path>, target: &Path) -> Result<Summary, Problem> {
    let mut copy = Copy::of(pipeline, path);
    copy.sources(path.and_then(Path::parent));
    let make = || -> io::Result<Summary> {
        let folder = fresh(target, &copy.stem)?;
        let files = [
            (copy.file_name(), file::write(&copy.pipeline), false),
            ("run.sh".to_owned(), copy.script(), true),
            ("crontab.txt".to_owned(), copy.crontab(&folder), false),
            ("README.md".to_owned(), copy.readme(), false),
        ];
        for (name, text, executable) in &files {
            let file = folder.join(name);
            fs::write(&file, text)?;
            if *executable {
                make_executable(&file)?;
            }
        }
        let files = files.into_iter().map(|(name, ..)| name).collect();
        Ok(Summary { folder, files, notes: copy.notes.clone() })
    };
    make().map_err(|error| {
        Problem::new(format!("The folder can't be made in {target:?}: {error}."))
            .try_this("Choose a folder that you may write to, on a disk with room.")
    })
}

/// A new folder, with a number where the name is taken.
fn fresh(target: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(target)?;
    let mut number = 1;
    loop {
        let folder = target.join(if number == 1 { name.to_owned() } else { format!("{name} {number}") });
        match fs::create_dir(&folder) {
            Ok(()) => return std::path::absolute(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn make_executable(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file)?.permissions().mode();
        // Whoever may read it may run it.
        fs::set_permissions(file, fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))?;
    }
    #[cfg(not(unix))]
    fs::metadata(file)?;
    Ok(())
}

struct Copy {
    pipeline: Pipeline,
    stem: String,
    reads: IndexMap<String, Vec<String>>,
    writes: IndexMap<String, Vec<String>>,
    notes: Vec<String>,
}

impl Copy {
    fn of(pipeline: &Pipeline, path: Option<&Path>) -> Self {
        let name = path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let stem = name.unwrap_or_else(|| "pipeline".to_owned());
        let stem = stem.trim_end_matches(&format!(".{ENDING}")).trim_end_matches(".ron").to_owned();
        let (reads, writes, notes) = (IndexMap::new(), IndexMap::new(), Vec::new());
        Self { pipeline: pipeline.clone(), stem, reads, writes, notes }
    }

    fn file_name(&self) -> String {
        format!("{}.{ENDING}", self.stem)
    }

    /// Makes the paths of what is read absolute, and lists what is read and written.
    fn sources(&mut self, base: Option<&Path>) {
        for (name, node) in &mut self.pipeline.nodes {
            if node.step.card().is_err() {
                self.notes.push(format!("The node {name:?} can't be read by this version; the pipeline won't run."));
                continue;
            }
            let writes = node.step.writes();
            let mut found = Vec::new();
            parameter::each_file(&mut node.step, &mut |FilePath(path)| {
                if path.is_empty() {
                    return;
                }
                if !writes && !made_absolute(path, base) {
                    self.notes.push(format!(
                        "{name:?} reads {path:?}, which is relative to the new folder now: put the file there."
                    ));
                }
                found.push(path.clone());
            });
            if !found.is_empty() {
                let list = if writes { &mut self.writes } else { &mut self.reads };
                list.insert(name.clone(), found);
            }
        }
    }

    fn script(&self) -> String {
        let name = quoted(&self.file_name());
        format!(
            r#"#!/bin/sh
# Runs the pipeline beside this script. Give values of parameters as in: run.sh --set name=value
# PIPEWRIGHT may name the program where it is not found by itself.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "${{PIPEWRIGHT:-pipewright}}" run "$here"/{name} "$@"
"#
        )
    }

    /// In a crontab `%` ends the command, unless a backslash stands before it.
    fn crontab(&self, folder: &Path) -> String {
        let script = quoted(&folder.join("run.sh").to_string_lossy());
        let log = quoted(&folder.join("run.log").to_string_lossy());
        let mut command = script;
        for (name, parameter) in must_be_given(&self.pipeline) {
            let value = match parameter.kind {
                Type::Date => format!("{}\"$(date +%F)\"", quoted(&format!("{name}="))),
                _ => quoted(&format!("{name}=<{}>", parameter.kind)),
            };
            command.push_str(&format!(" --set {value}"));
        }
        let line = format!("{}{command} >>{log} 2>&1", program()).replace('%', "\\%");
        let given = must_be_given(&self.pipeline).next().is_some();
        let parameters = if given { "# Check the values of its parameters first.\n" } else { "" };
        format!("# Every morning at 6:15. Add this line with `crontab -e`.\n{parameters}15 6 * * * {line}\n")
    }

    fn readme(&self) -> String {
        let mut text = format!("# {}\n\n", self.stem);
        if !self.pipeline.about.is_empty() {
            text.push_str(&format!("{}\n\n", self.pipeline.about.trim()));
        }
        text.push_str(&format!(
            "Run it with `./run.sh`. It needs `pipewright`, and no screen. `crontab.txt` has a line that runs it every \
             morning; `{}` is the pipeline itself, and opens in the designer.\n\n## Parameters\n\n",
            self.file_name()
        ));
        text.push_str(&parameters(&self.pipeline));
        text.push_str("\n## What it reads\n\n");
        text.push_str(&list(&self.reads));
        text.push_str(
            "\nThese are the files that it was made with. On another machine, change the paths in the pipeline.\n",
        );
        text.push_str("\n## What it writes\n\n");
        text.push_str(&list(&self.writes));
        text.push_str("\nPaths that do not begin with `/` are relative to this folder.\n");
        if !self.notes.is_empty() {
            text.push_str("\n## To know\n\n");
            text.extend(self.notes.iter().map(|note| format!("- {note}\n")));
        }
        text
    }
}

/// cron looks for programs in a few places only, and where people install theirs is none of them.
fn program() -> String {
    let program = std::env::current_exe().ok();
    program.map(|path| format!("PIPEWRIGHT={} ", quoted(&path.to_string_lossy()))).unwrap_or_default()
}

fn must_be_given(pipeline: &Pipeline) -> impl Iterator<Item = (&String, &Parameter)> {
    pipeline.parameters.iter().filter(|(_, parameter)| parameter.default.is_none())
}

fn parameters(pipeline: &Pipeline) -> String {
    if pipeline.parameters.is_empty() {
        return "It has none.\n".to_owned();
    }
    let mut text = "Give one as in `./run.sh --set name=value`, or as `PIPEWRIGHT_PARAM_NAME` in the environment.\n\n\
                    | Name | Type | Default | About |\n|---|---|---|---|\n"
        .to_owned();
    for (name, parameter) in &pipeline.parameters {
        let default = parameter.default.as_deref().map_or("must be given".to_owned(), |value| format!("`{value}`"));
        let cells = [name.clone(), parameter.kind.to_string(), default, parameter.about.clone()];
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace(['\n', '\r'], " "));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

fn list(paths: &IndexMap<String, Vec<String>>) -> String {
    if paths.is_empty() {
        return "Nothing.\n".to_owned();
    }
    let line = |(node, paths): (&String, &Vec<String>)| {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        format!("- {node}: {}\n", paths.join(", "))
    };
    paths.iter().map(line).collect()
}

/// Makes a path absolute, or says that it can't.
fn made_absolute(path: &mut String, base: Option<&Path>) -> bool {
    if path == "-" || Path::new(path.as_str()).is_absolute() {
        return true;
    }
    // In a path these mean more than themselves: patterns, parameters, members of archives.
    let plain = |folder: &&str| !folder.contains(['*', '?', '[', ']', '{', '}', '!']);
    let Some(base) = base.and_then(Path::to_str).filter(plain) else { return false };
    *path = format!("{}/{path}", base.trim_end_matches('/'));
    true
}

/// A word of a shell's command that means itself.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
