//! One page for each node, for a person to judge: its help, and its first example as a file has it, as a plan, and as tables.

use std::fmt::Write;

use pipewright_engine::file;
use pipewright_engine::formula::{Expr, Node};
use pipewright_engine::nodes::{CATALOG, Kind};
use pipewright_engine::plan::{Aggregate, Op, Plan, Rows};
use pipewright_engine::table::Table;
use pipewright_runner::files::Spool;

use crate::laboratory::{Laboratory, input_name, pipeline_of, preview, typed_pipeline};
use crate::nodes::prepared;

#[test]
fn every_node_has_a_page_that_someone_has_judged() {
    let spool = Spool::open().unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for kind in CATALOG {
        settings.bind(|| insta::assert_snapshot!(kind.name, page(kind, &spool)));
    }
}

fn page(kind: &Kind, spool: &Spool) -> String {
    let example = &(kind.examples)()[0];
    let folder = prepared(example);
    let given = example.inputs().unwrap();
    let named = given.iter().enumerate().map(|(port, table)| (input_name(port), table.clone())).collect();
    let laboratory = Laboratory::new(named, folder.path(), spool);
    let planned = laboratory.plan(&pipeline_of(example.node.clone(), given.len()));
    let mut page = format!("{}\n\n# {}\n\n{}\n", kind.help, example.title, file::write_step(&example.node));
    for table in &given {
        write!(page, "\n{table}").unwrap();
    }
    write!(page, "\n## Plan\n\n{}", listing(&planned.plan)).unwrap();
    let typed = typed_pipeline(example.node.clone(), &given);
    for (output, rows) in
        example.node.card().unwrap().outputs.iter().zip(planned.outputs.get("it").into_iter().flatten())
    {
        let title = if output.is_empty() { "Rows" } else { output };
        let shown = preview(&typed, folder.path(), "it", output)
            .map_or_else(|problems| format!("{problems:?}\n"), |shown| shown.table.to_string());
        write!(page, "\n## {title}: {}\n\n{shown}", planned.plan.schema(*rows)).unwrap();
    }
    page.replace('\u{1}', "~")
}

/// An entry in a line: its number, what it does, and to which entries.
fn listing(plan: &Plan) -> String {
    let mut lines = String::new();
    for (at, entry) in plan.entries.iter().enumerate() {
        let inputs: Vec<String> = entry.inputs.iter().map(|input| format!(" {}", input.0)).collect();
        writeln!(lines, "{at}: {}{}", operation(&entry.op), inputs.concat()).unwrap();
    }
    for tally in &plan.tallies {
        writeln!(lines, "count {}: {:?}", tally.rows.0, tally.effect).unwrap();
    }
    for sunk in &plan.sinks {
        let Rows(rows) = sunk.rows;
        writeln!(lines, "write {rows}: {}", sunk.sink.path()).unwrap();
    }
    lines
}

fn operation(op: &Op) -> String {
    match op {
        Op::Read(source) => format!("read {}", source.path()),
        Op::ReadRejects(source) => format!("rejects of {}", source.path()),
        Op::ReadDrift(source) => format!("drift of {}", source.path()),
        Op::Inline(Table { schema, rows }) => format!("table of {} rows, {schema}", rows.len()),
        Op::Spooled { node, .. } => node.clone(),
        Op::Select(picks) => {
            let pick = |pick: &pipewright_engine::plan::Pick| match pick.column == pick.name {
                true => pick.name.clone(),
                false => format!("{} as {}", pick.column, pick.name),
            };
            format!("select {} of", picks.iter().map(pick).collect::<Vec<_>>().join(", "))
        }
        Op::Derive { columns, failures } => {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("{} = {}", column.name, formula(&column.formula))).collect();
            format!("derive {}{} on", columns.join(", "), if *failures { ", or the reason" } else { "" })
        }
        Op::Filter { condition } => format!("filter {} on", formula(condition)),
        Op::GroupBy { by, aggregates, reproducible } => {
            let aggregates: Vec<String> =
                aggregates.iter().map(|one| format!("{} = {}", one.name, aggregate(one))).collect();
            let same = if *reproducible { ", reproducible," } else { "" };
            format!("group by {by:?} with {}{same} on", aggregates.join(", "))
        }
        Op::Pivot(pivot) => {
            let values: Vec<String> =
                pivot.values.iter().map(|(value, name)| format!("{name} where {:?}", value.to_string())).collect();
            format!(
                "pivot {} by {:?} of {} to {} on",
                aggregate(&pivot.aggregate),
                pivot.by,
                pivot.on,
                values.join(", ")
            )
        }
        other => format!("{other:?} on"),
    }
}

/// An aggregate in a few words.
fn aggregate(one: &Aggregate) -> String {
    let mut inside: Vec<String> = one.column.iter().chain(&one.other).cloned().collect();
    inside.extend(one.function.needs_fraction().then(|| one.fraction.to_string()));
    inside.extend(one.condition.as_ref().map(|condition| format!("where {condition}")));
    format!("{:?}({})", one.function, inside.join(", "))
}

fn formula(expr: &Expr) -> String {
    let list = |parts: &[Expr]| parts.iter().map(formula).collect::<Vec<_>>().join(", ");
    match &expr.node {
        Node::Column(name) => name.clone(),
        Node::Literal(value) => format!("{:?}", value.to_string()),
        Node::Call { function, arguments } => format!("{function:?}({})", list(arguments)),
        Node::Cast { value, .. } => format!("{}::{}", formula(value), expr.kind),
        Node::Case { branches, otherwise } => {
            let branches: Vec<String> =
                branches.iter().map(|(when, then)| format!("{} → {}", formula(when), formula(then))).collect();
            format!("Case({} → {})", branches.join(", "), otherwise.as_deref().map_or("null".into(), formula))
        }
    }
}
