//! `pipewright fmt`

use std::path::Path;

use pipewright_engine::file;
use pipewright_engine::problem::Problem;

use super::{Exit, FmtArgs, print, source, words};
use crate::disk;

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
        disk::replace(path, formatted.as_bytes()).map_err(|error| {
            vec![
                Problem::new(format!("The file can't be written: {error} ({}).", path.display()))
                    .try_this("Check that the file and its folder may be written to."),
            ]
        })?;
    }
    Ok(true)
}
