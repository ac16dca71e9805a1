use super::catalogue::{CATALOGUE, FORMS};
use super::*;
use crate::types::Type;

fn columns() -> Schema {
    Schema::of([
        ("amount", Type::Float),
        ("axles", Type::Integer),
        ("price", Type::Decimal(10, 2)),
        ("kind", Type::Text),
        ("day", Type::Date),
        ("at", Type::Timestamp),
        ("paid", Type::Boolean),
        ("Order Date", Type::Date),
        ("case", Type::Text),
        ("Plaza", Type::Text),
        ("PLAZA", Type::Text),
    ])
}

fn compile(formula: &str) -> Result<Expr, Problem> {
    let parameters = IndexMap::from([("day".to_owned(), Value::Date(19_844)), ("limit".to_owned(), Value::Integer(3))]);
    Formula::from(formula).compile(&Scope { columns: &columns(), parameters: &parameters, now: 0 })
}

fn kind(formula: &str) -> Type {
    compile(formula).unwrap_or_else(|problem| panic!("{formula}: {problem}")).kind
}

/// The formula with what is underlined in it, and the problem.
fn told(formula: &str) -> String {
    let problem = match compile(formula) {
        Ok(expr) => return format!("{formula} gives {}", expr.kind),
        Err(problem) => problem,
    };
    let place = problem.place.expect("a problem of a formula has its place");
    let line = formula.lines().nth(place.line - 1).unwrap_or_default();
    let mark: String = line.chars().skip(place.column - 1).take(place.length).collect();
    format!("[{mark}] {} {}", problem.message, problem.suggestion.unwrap_or_default())
}

#[test]
fn what_dump() {
    for f in [
        "axels > 2",
        "amount > ",
        "amount > 2)",
        "uper(kind)",
        "LEN(kind)",
        "Order Date > :day",
        "amount as total",
        "case > 'a'",
        "kind = \"truck\"",
        "plaza = 'x'",
        "sum(amount)",
        "rank() over (order by axles)",
        "max(amount, 3)",
        "kind + 'x'",
        "kind > 3",
        "axles + paid",
        "left(kind)",
        "left(kind, 'x')",
        "day > '2024-13-01'",
        "day > :dya",
        "kind like kind",
        "to_date(kind, 'dd.mm.yyy')",
        "to_char(day, '%Y')",
        "date_trunc('mont', at)",
        "extract(yaer from at)",
        "amount::strin",
        "'x'::integer",
        "[Order Date] > 3",
        "kind = 'abc",
        "if axles > 3 then 1 else 2 end",
        "case when axles then 1 end",
        "(select 1)",
        "axles in (select 1)",
        "t.axles",
        "axles ! 3",
        "paid && paid",
        "not axles",
        "interval '1 month'",
        "day + interval '1 month'",
        "amount>-1",
        "axles=-1",
        "1 = = 2",
        "case when paid then 1 else 'x' end",
        "tonumber(kind)",
        "count(*)",
        "abs(kind)",
        "round(kind, 2)",
        "day - 1.5",
        "",
        "  ",
        "amount amount",
        "kind::varchar(3)",
        "kind::decimal(50,2)",
        "regexp_like(kind, 'a', 'z')",
        "amount > 2,",
        "coalesce(kind, 0)",
        "kind || 3",
        "a.b.c",
        "$1",
        ":day",
        "axles between 1 and",
        "\"order date\" > day",
        "1e400",
        "date 'x'",
        "amount\n  > axels",
        "kind in ('a', 2)",
        "paid and kind",
        "paid or axles or paid",
        "replace(kind, 'a')",
        "price * axles",
        "trim(kind",
        "- kind",
        "extract(second from at)",
        "pi",
        "limit",
        "line = 3",
    ] {
        println!("{f:40} {}", told(f));
    }
    let _ = (CATALOGUE.len(), FORMS.len(), kind("1"));
}
