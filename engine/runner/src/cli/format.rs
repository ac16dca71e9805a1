//! `pipewright fmt`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pipewright_engine::file;
use pipewright_engine::problem::Problem;

use super::{Exit, FmtArgs, print, source, words};

pub(super) fn format(args: &FmtArgs) -> Exit {
    let mut exit = Exit::Done;
    let mut changed = String::new();
    for path in &args.files {
        match format_file(path, args.check) {
            Ok(false) => {}
            Ok(true) => {
                changed.push_str(&format!("{}\n", path.display()));
                if args.check && exit == Exit::Done {
                    exit = Exit::Failed;
                }
            }
            Err(problems) => {
                words::say(&format!("{}:", path.display()));
                words::tell(&problems);
                exit = Exit::Wrong;
            }
        }
    }
    let printed = print(&changed);
    if exit == Exit::Done { printed } else { exit }
}

/// Whether the file was, or would be, changed.
fn format_file(path: &Path, only_check: bool) -> Result<bool, Vec<Problem>> {
    let text = source::read_text(path).map_err(|problem| vec![problem])?;
    let formatted = file::format(&text)?;
    if formatted == text {
        return Ok(false);
    }
    if !only_check {
        replace(path, &formatted).map_err(|error| {
            vec![
                Problem::new(format!("The file can't be written: {error} ({}).", path.display()))
                    .try_this("Check that the file and its folder may be written to."),
            ]
        })?;
    }
    Ok(true)
}

/// Whole or not at all: a file beside it takes its name.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path)?;
    let beside = beside(&path);
    let written = write_with_permissions_of(&path, &beside, text).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        fs::remove_file(&beside).ok();
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn write_with_permissions_of(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut file = File::create_new(beside)?;
    file.set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
