//! Nodes against the answers of other programs, stored with the scripts that made them in `tests/answers/nodes`.
//!
//! Each folder there has a pipeline `case.pipe.ron` over tables of its own, and in `expected/` one table for each output that is
//! compared, called as links call it: `rolled.csv`, `kept.false.csv`.

use std::fs;
use std::path::{Path, PathBuf};

use pipewright_engine::table::Table;
use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Job, Wanted};

use crate::samples::{read_cells, root, same};

#[test]
fn nodes_give_what_other_programs_give() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in entries(&root().join("tests/answers/nodes")).into_iter().filter(|path| path.is_dir()) {
        for answer in entries(&case.join("expected")) {
            compared += 1;
            let faults = rows_of(&case, &answer).and_then(|table| agree(&table, &answer));
            wrong.extend(faults.err().map(|fault| format!("{}: {fault}", answer.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 0, "no answers are stored");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// All rows of the output that a file of answers is named by.
fn rows_of(case: &Path, answer: &Path) -> Result<Table, String> {
    let file = case.join("case.pipe.ron");
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let name = answer.file_stem().unwrap_or_default().to_string_lossy();
    let (node, output) = name.split_once('.').map_or((&*name, None), |(node, output)| (node, Some(output.to_owned())));
    let wanted = Wanted { node: node.into(), output, rows: u64::MAX, exact: true };
    let shown = engine().preview(&Job { file, text, ..Job::default() }, &wanted, &Cancel::default());
    shown.map(|shown| shown.table).map_err(|problems| format!("{problems:?}"))
}

/// The same columns and the same rows in the same order; numbers to a hair's breadth, since sums in another order differ there.
fn agree(table: &Table, answer: &Path) -> Result<(), String> {
    let cells = read_cells(answer);
    let names: Vec<&str> = table.schema.names().collect();
    if names != cells[0] {
        return Err(format!("has the columns {names:?} and not {:?}", cells[0]));
    }
    if table.rows.len() != cells.len() - 1 {
        return Err(format!("has {} rows and not {}\n{table}", table.rows.len(), cells.len() - 1));
    }
    for (at, (row, expected)) in table.rows.iter().zip(&cells[1..]).enumerate() {
        let shown: Vec<String> =
            row.iter().map(|value| if value.is_null() { String::new() } else { value.to_string() }).collect();
        if !shown.iter().zip(expected).all(|(own, expected)| same(own, expected)) {
            return Err(format!("row {} is {shown:?} and not {expected:?}", at + 1));
        }
    }
    Ok(())
}
