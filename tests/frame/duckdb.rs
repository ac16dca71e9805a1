//! Random formulas, queries and chains of nodes, with what ours gives for each, printed for `tests/oracle/ask_duckdb.py`, which asks
//! DuckDB.

use std::path::Path;

use indexmap::IndexMap;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Effect, Tally};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::Value;
use pipewright_runner::convert;
use pipewright_runner::files::Spool;
use serde_json::{Value as Json, json};

use crate::dice::Dice;
use crate::laboratory::{Laboratory, input_name, pipeline};
use crate::random::seeds;

#[test]
#[ignore = "prints thousands of lines; tests/oracle/ask_duckdb.py runs it"]
fn print_what_duckdb_is_asked() {
    let spool = Spool::open().unwrap();
    for seed in seeds() {
        let mut dice = Dice(seed ^ 0xd0cd);
        let given: IndexMap<String, Table> = (0..2).map(|at| (input_name(at), table(&mut dice))).collect();
        let tables: Vec<Json> = given.iter().map(|(name, table)| printed(name, table)).collect();
        let (nodes, sql) = match seed % 3 {
            0 => formula(&mut dice, &given[0].schema),
            1 => query(&mut dice, &given[0].schema),
            _ => chain(&mut dice, &given),
        };
        let ours = answer(&nodes, given, &spool);
        println!("case {}", json!({ "seed": seed, "tables": tables, "sql": sql, "nodes": nodes, "ours": ours }));
    }
}

/// Of types that both know, under names that both take.
fn table(dice: &mut Dice) -> Table {
    let kinds = [
        Type::Integer,
        Type::Integer,
        Type::Float,
        Type::Decimal(10, 2),
        Type::Text,
        Type::Text,
        Type::Boolean,
        Type::Date,
        Type::Timestamp,
    ];
    let names = ["a", "b", "c", "d e", "ä"];
    let schema = Schema(names.map(|name| Column::new(name, dice.pick(&kinds).clone())).to_vec());
    let rows = (0..dice.below(12)).map(|_| schema.0.iter().map(|column| dice.value(&column.kind)).collect()).collect();
    Table { schema, rows }
}

fn printed(name: &str, table: &Table) -> Json {
    let columns: Vec<Json> =
        table.schema.0.iter().map(|column| json!([column.name, column.kind.to_string()])).collect();
    let cell = |value: &Value| if value.is_null() { Json::Null } else { Json::String(value.to_string()) };
    let rows: Vec<Vec<Json>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    json!({ "name": name, "columns": columns, "rows": rows })
}

/// What the node called `it` gives.
fn answer(nodes: &str, given: IndexMap<String, Table>, spool: &Spool) -> Json {
    let laboratory = Laboratory::new(given, Path::new(""), spool);
    let mut whole = Pipeline::default();
    whole.nodes.extend(laboratory.given.keys().map(|name| (name.clone(), Default::default())));
    whole.nodes.append(&mut pipeline(nodes).nodes);
    let planned = laboratory.plan(&whole);
    if let Some(problem) = planned.problems.first() {
        return json!({ "refused": problem.to_string() });
    }
    let rows = planned.outputs["it"][0];
    let mut ends = vec![rows];
    ends.extend(planned.plan.tallies.iter().map(|tally| tally.rows));
    match laboratory.execute(&planned.plan, &ends) {
        Err(problem) => json!({ "fails": problem.to_string() }),
        Ok(executed) => {
            let mut tallied = planned.plan.tallies.iter().zip(&executed.ends[1..]);
            let failing = |tally: &Tally| matches!(tally.effect, Effect::Fail | Effect::Refuse | Effect::Broken(_));
            if let Some((tally, end)) = tallied.find(|(tally, end)| failing(tally) && end.rows > 0) {
                return json!({ "fails": format!("{:?} in {} rows", tally.effect, end.rows) });
            }
            let first = executed.ends.into_iter().next().and_then(|end| end.first);
            let table = first.map_or_else(
                || Table::empty(planned.plan.schema(rows).clone()),
                |frame| convert::table(&frame).unwrap(),
            );
            printed("it", &table)
        }
    }
}

/// A node whose file says so, read from another.
fn node(name: &str, step: &str, from: &[&str]) -> String {
    format!("{name:?}: (step: {step}, from: {from:?}), ")
}

fn formula(dice: &mut Dice, columns: &Schema) -> (String, String) {
    let kind = dice.kind();
    let formula = dice.formula(columns, &kind, 3);
    let step = format!("Formula(formulas: [(column: \"x\", formula: {formula:?})], on_error: Null)");
    (node("it", &step, &["in 0"]), format!("select *, try({formula}) as x from \"in 0\""))
}

fn query(dice: &mut Dice, columns: &Schema) -> (String, String) {
    // Which rows are the first is no one's business without an order.
    let query = dice.query(std::slice::from_ref(columns)).replace("\"in 1\"", "\"in 0\"").replace(" limit 20", "");
    (node("it", &format!("Sql(query: {query:?})"), &["in 0"]), query)
}

/// Nodes after each other, and the same as common table expressions.
fn chain(dice: &mut Dice, given: &IndexMap<String, Table>) -> (String, String) {
    let mut columns = given[0].schema.clone();
    let (mut nodes, mut parts, mut last) = (String::new(), Vec::new(), "in 0".to_owned());
    let length = 1 + dice.below(5);
    for at in 0..length {
        let name = if at + 1 == length { "it".to_owned() } else { format!("n{at}") };
        let (step, sql, other) = link(dice, &mut columns, &last, &given[1].schema);
        let from: Vec<&str> = [last.as_str()].into_iter().chain(other.then_some("in 1")).collect();
        nodes.push_str(&node(&name, &step, &from));
        parts.push(format!("\"{name}\" as materialized ({sql})"));
        last = name;
    }
    (nodes, format!("with {} select * from \"it\"", parts.join(", ")))
}

/// A step after `last`, the same as a query, and whether it reads the second table too.
fn link(dice: &mut Dice, columns: &mut Schema, last: &str, other: &Schema) -> (String, String, bool) {
    let column = dice.pick(&columns.0).clone();
    let by = format!("{:?}", column.name);
    match dice.below(8) {
        0 | 1 => {
            let condition = dice.formula(columns, &Type::Boolean, 2);
            let step = format!("Filter(condition: {condition:?}, on_error: Null)");
            (step, format!("select * from \"{last}\" where try({condition})"), false)
        }
        2 | 3 => {
            let kind = dice.pick(&[Type::Integer, Type::Float, Type::Text, Type::Date, Type::Boolean]).clone();
            let formula = dice.formula(columns, &kind, 2);
            let name = columns.free_name("x");
            columns.0.push(Column::new(&name, kind));
            let step = format!("Formula(formulas: [(column: {name:?}, formula: {formula:?})], on_error: Null)");
            (step, format!("select *, try({formula}) as {name:?} from \"{last}\""), false)
        }
        4 => {
            let of = dice.pick(&columns.0).clone();
            let aggregates =
                [("Min", "min("), ("Max", "max("), ("CountValues", "count("), ("CountDistinct", "count(distinct ")];
            let (function, call) = *dice.pick(&aggregates);
            let kind = if function.starts_with("Count") { Type::Integer } else { of.kind.clone() };
            let step = format!(
                "GroupBy(by: [{by}], aggregations: [(function: Count, as: \"rows\"), (function: {function}, column: {:?}, as: \"of\")])",
                of.name
            );
            let sql = format!(
                "select {by}, count(*) as \"rows\", {call}{:?}) as \"of\" from \"{last}\" group by {by}",
                of.name
            );
            *columns = Schema(vec![column, Column::new("rows", Type::Integer), Column::new("of", kind)]);
            (step, sql, false)
        }
        5 => ("Unique()".to_owned(), format!("select distinct * from \"{last}\""), false),
        6 => {
            let same: Vec<&Column> = other.0.iter().filter(|theirs| theirs.kind == column.kind).collect();
            let Some(theirs) = same.first() else {
                return ("Unique()".to_owned(), format!("select distinct * from \"{last}\""), false);
            };
            let (kind, sql) = *dice.pick(&[("Semi", "semi"), ("Anti", "anti")]);
            let step = format!("Join(kind: {kind}, on: [(left: {by}, right: {:?})])", theirs.name);
            let sql = format!("select l.* from \"{last}\" l {sql} join \"in 1\" r on l.{by} = r.{:?}", theirs.name);
            (step, sql, true)
        }
        _ => {
            let name = columns.free_name("in_all");
            let step = format!(
                "Window(by: [{by}], columns: [(function: Aggregate, aggregate: Max, column: {:?}, as: {name:?})])",
                columns.0[0].name
            );
            let of = &columns.0[0].name;
            let sql = format!("select *, max({of:?}) over (partition by {by}) as {name:?} from \"{last}\"");
            columns.0.push(Column::new(&name, columns.0[0].kind.clone()));
            (step, sql, false)
        }
    }
}
