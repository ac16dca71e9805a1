//! Every node of the catalogue on the engine itself: its examples, the schemas it promises, and the tables that nobody thinks of.

use std::path::Path;

use pipewright_engine::node::Example;
use pipewright_engine::nodes::{CATALOG, Kind, Step};
use pipewright_engine::plan::{Op, Planned, Rows};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;
use pipewright_runner::convert;
use pipewright_runner::files::Spool;
use pipewright_runner::host::Cancel;
use pipewright_runner::lower;

use crate::laboratory::{self, Laboratory, PANIC, difference, input_name, pipeline_of, preview, run, typed_pipeline};
use crate::oracle::plan::evaluate;

#[test]
fn examples_give_the_tables_they_promise() {
    let mut wrong = Vec::new();
    for (_, example, label) in examples() {
        let folder = prepared(&example);
        let pipeline = typed_pipeline(example.node.clone(), &example.inputs().unwrap());
        for (output, text) in &example.gives {
            assert!(example.node.card().unwrap().outputs.contains(output), "{label}");
            let wanted = Table::parse(text).unwrap();
            match preview(&pipeline, folder.path(), "it", output) {
                Ok(shown) => {
                    wrong.extend(difference(&shown.table, &wanted).map(|text| format!("{label}, {output:?}: {text}")))
                }
                Err(problems) => wrong.push(format!("{label}, {output:?}: {problems:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_write_the_files_they_promise() {
    let mut wrong = Vec::new();
    for (_, example, label) in examples() {
        let folder = prepared(&example);
        let pipeline = typed_pipeline(example.node.clone(), &example.inputs().unwrap());
        if example.writes.is_empty() && example.stores.is_empty() {
            continue;
        }
        run(&pipeline, folder.path());
        for (name, text) in &example.writes {
            let written = std::fs::read_to_string(folder.path().join(name)).unwrap();
            if written != *text {
                wrong.push(format!("{label}, {name}: {written:?} and not {text:?}"));
            }
        }
        for (name, text) in &example.stores {
            let table = laboratory::stored(&folder.path().join(name));
            wrong.extend(
                difference(&table, &Table::parse(text).unwrap()).map(|text| format!("{label}, {name}: {text}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_and_rows_are_those_of_the_plan_also_of_tables_nobody_thinks_of() {
    let spool = Spool::open().unwrap();
    let mut wrong = Vec::new();
    for (_, example, label) in examples() {
        let folder = prepared(&example);
        let given = example.inputs().unwrap();
        for (what, given) in variants(&given) {
            let named = given.into_iter().enumerate().map(|(port, table)| (input_name(port), table)).collect();
            let laboratory = Laboratory::new(named, folder.path(), &spool);
            let planned = laboratory.plan(&pipeline_of(example.node.clone(), laboratory.given.len()));
            let refused = planned.problems.iter().map(ToString::to_string).filter(|_| what == "as given");
            let found: Vec<String> = refused.chain(faults(&laboratory, &planned)).collect();
            wrong.extend(found.into_iter().map(|fault| format!("{label}, {what}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// The inputs of an example, and what else may come in: no rows, nothing but nulls, no columns.
fn variants(given: &[Table]) -> Vec<(&'static str, Vec<Table>)> {
    let nulls = |schema: &Schema| Table { schema: schema.clone(), rows: vec![vec![Value::Null; schema.0.len()]; 3] };
    let untyped = |schema: &Schema| Schema(schema.names().map(|name| Column::new(name, Type::Null)).collect());
    let each = |make: &dyn Fn(&Schema) -> Table| given.iter().map(|table| make(&table.schema)).collect::<Vec<_>>();
    let mut variants = vec![("as given", given.to_vec())];
    if !given.is_empty() {
        variants.push(("without rows", each(&|schema| Table::empty(schema.clone()))));
        variants.push(("only nulls", each(&nulls)));
        variants.push(("only nulls of no type", each(&|schema| nulls(&untyped(schema)))));
        variants.push(("without columns", each(&|_| Table::default())));
    }
    if given.len() > 1 {
        let first_empty = given.iter().enumerate().map(|(at, table)| match at {
            0 => Table::empty(table.schema.clone()),
            _ => table.clone(),
        });
        variants.push(("the first without rows", first_empty.collect()));
    }
    variants
}

/// Where the engine does not do what the plan says: columns beforehand, columns afterwards, rows.
fn faults(laboratory: &Laboratory, planned: &Planned) -> Vec<String> {
    let plan = &planned.plan;
    let mut ends: Vec<Rows> = planned.outputs.values().flatten().copied().collect();
    ends.extend(plan.tallies.iter().map(|tally| tally.rows));
    let ends: Vec<Rows> = ends.into_iter().chain(plan.sinks.iter().map(|sunk| sunk.rows)).collect();
    if ends.is_empty() {
        return Vec::new();
    }
    let meant: Vec<Result<Table, String>> =
        ends.iter().map(|rows| evaluate(plan, *rows, &|op: &Op| laboratory.read(op))).collect();
    let mut faults = schema_faults(laboratory, planned, &ends);
    match laboratory.execute(plan, &ends) {
        Err(problem) if meant.iter().all(Result::is_ok) => faults.push(format!("fails with {problem}")),
        Err(problem) if problem.message == PANIC => faults.push(PANIC.into()),
        Err(_) => {}
        Ok(executed) => {
            for ((rows, ended), meant) in ends.iter().zip(executed.ends).zip(meant) {
                let entry = plan.entry(*rows);
                let Ok(meant) = meant else {
                    faults.push(format!("{:?} does not fail", entry.op));
                    continue;
                };
                // Without rows there is no frame, and nothing to be wrong.
                let Some(frame) = ended.first else {
                    faults.extend((!meant.rows.is_empty()).then(|| format!("no rows, and not\n{meant}")));
                    continue;
                };
                if convert::schema(frame.schema()) != Ok(entry.schema.clone()) {
                    faults.push(format!("{:?} gives {:?} and not {}", entry.op, frame.schema(), entry.schema));
                }
                let table = convert::table(&frame).unwrap();
                faults.extend(difference(&table, &meant).map(|text| format!("output {rows:?}: {text}")));
            }
        }
    }
    faults
}

fn schema_faults(laboratory: &Laboratory, planned: &Planned, ends: &[Rows]) -> Vec<String> {
    let plan = &planned.plan;
    let uses = plan.uses(ends.iter().copied());
    let lowered = match lower::lower(plan, &uses, &[], laboratory, &Cancel::default()) {
        Ok(lowered) => lowered,
        Err(problem) => return vec![format!("is not lowered: {problem}")],
    };
    let mut faults = Vec::new();
    for (at, entry) in plan.entries.iter().enumerate() {
        let Some(frame) = lowered.frame(Rows(at)) else { continue };
        let schema = frame.clone().collect_schema().map(|schema| convert::schema(&schema));
        match schema {
            Ok(Ok(schema)) if schema == entry.schema => {}
            other => faults.push(format!("{:?} is to give {} and has {other:?}", entry.op, entry.schema)),
        }
    }
    faults
}

fn examples() -> impl Iterator<Item = (&'static Kind, Example<Step>, String)> {
    CATALOG.iter().flat_map(|kind| {
        let labelled = move |example: Example<Step>| {
            let label = format!("{}: {}", kind.name, example.title);
            (kind, example, label)
        };
        (kind.examples)().into_iter().map(labelled)
    })
}

/// A folder with the files of an example.
pub fn prepared(example: &Example<Step>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        path
    };
    for (name, content) in &example.files {
        std::fs::write(place(name), content).unwrap();
    }
    for (name, table) in &example.stored {
        laboratory::store(&Table::parse(table).unwrap(), place(name));
    }
    folder
}
