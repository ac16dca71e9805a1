//! How the files of a node that writes several are told apart.

use super::prelude::*;
use crate::types::{Column, Type};

/// What the files are called.
#[params]
pub enum Layout {
    /// A folder for each value, such as `year=2024/`: what Hive, Spark and our own readers find again as columns.
    #[default]
    Folders,
    /// A file for each value, such as `2024.csv`, with all columns in it. With several columns, all but the last make folders.
    Files,
}

/// Columns whose values make folders or files must have values that can be names.
pub fn check_columns(draft: &Draft, rows: Rows, by: &[ColumnName], layout: Layout) -> Result<(), Problem> {
    for (at, name) in by.iter().enumerate() {
        let Column { name, kind, .. } = draft.column(rows, name, &format!("partition_by[{at}]"))?;
        if !kind.is_ordered() || *kind == Type::Binary {
            let problem = Problem::new(format!("{name:?} is {kind}, whose values can't be names of files."));
            return Err(problem.at(format!("partition_by[{at}]")));
        }
    }
    let columns = draft.schema(rows);
    let all = !by.is_empty() && columns.names().all(|name| by.iter().any(|by| by.0 == name));
    if all && layout == Layout::Folders {
        let problem = Problem::new("All columns are in the names of folders, and none is left for the files.");
        return Err(problem.at("partition_by").try_this("Take one out, or choose a file for each value."));
    }
    Ok(())
}

/// Partitions need a folder, not the name of a file, and each column once.
pub fn check_path(path: &FilePath, by: &[ColumnName], endings: &[&str]) -> Result<(), Problem> {
    let lower = path.0.to_lowercase();
    if !by.is_empty() && endings.iter().any(|ending| lower.ends_with(ending)) {
        let problem = Problem::new(format!("{:?} is the name of a file, and partitions need a folder.", path.0));
        return Err(problem.at("path").try_this("Leave out the ending."));
    }
    match (0..by.len()).find(|at| by[..*at].contains(&by[*at])) {
        Some(at) => {
            let problem = Problem::new(format!("The column {:?} is listed twice.", by[at].0));
            Err(problem.at(format!("partition_by[{at}]")))
        }
        None => Ok(()),
    }
}

pub fn sentence(path: &FilePath, by: &[ColumnName], layout: Layout) -> String {
    let written = super::sentence::write(path);
    if by.is_empty() || path.0.is_empty() {
        return written;
    }
    let what = if layout == Layout::Folders { "folder" } else { "file" };
    super::sentence::short(format!("{written}, a {what} for each {}", super::sentence::list(by)))
}
