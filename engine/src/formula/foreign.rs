//! What people write that is not of this language, and what to use instead.

use sqlparser::ast;

use super::catalogue::{CATALOGUE, Function};
use super::literals::named_type;
use crate::problem::{Problem, nearest};

const AGGREGATES: [&str; 14] = [
    "sum",
    "avg",
    "average",
    "count",
    "min",
    "max",
    "median",
    "mode",
    "stddev",
    "variance",
    "string_agg",
    "array_agg",
    "bool_and",
    "bool_or",
];
const WINDOWS: [&str; 11] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

pub fn of_a_node(name: &str, node: &str) -> Problem {
    let node = if WINDOWS.contains(&name) { "Window" } else { node };
    Problem::new(format!("{name} looks at many rows, a formula at one."))
        .try_this(format!("Use the node {node} for it."))
}

pub fn is_function(name: &str) -> bool {
    let forms = ["now", "pi", "today", "if", "ifs", "switch", "choose", "safe_divide", "regexp_extract"];
    Function::named(name).is_some() || forms.iter().any(|known| known.eq_ignore_ascii_case(name))
}

pub fn unknown_function(name: &str, arguments: usize) -> Problem {
    if matches!(name, "min" | "max") && arguments > 1 {
        let right = if name == "min" { "least" } else { "greatest" };
        let problem = Problem::new(format!("{name} looks at many rows, a formula at one."));
        return problem.try_this(format!("The {right} of several values is {right}(…).")).replace_with(right);
    }
    if AGGREGATES.contains(&name) {
        return of_a_node(name, "Group by");
    }
    if WINDOWS.contains(&name) {
        return of_a_node(name, "Window");
    }
    let problem = Problem::new(format!("There is no function {name:?}."));
    if let Some(kind) = named_type(name.strip_prefix("to").map_or(name, |rest| rest.trim_start_matches('_'))) {
        return problem.try_this(format!("A cast is written value::{}.", kind.to_string().to_lowercase()));
    }
    let found = CATALOGUE.iter().find(|entry| entry.search.split(' ').any(|word| word == name));
    let callable = |name: &&str| name.starts_with(|c: char| c.is_alphabetic()) && !name.contains(' ');
    let names = CATALOGUE.iter().flat_map(|entry| entry.names).copied().filter(callable);
    match found
        .and_then(|entry| entry.names.iter().find(|name| callable(name)))
        .copied()
        .or_else(|| nearest(name, names.chain(AGGREGATES.iter().copied())))
    {
        Some(near) => problem.try_this(format!("Did you mean {near}?")).replace_with(near),
        None => problem.try_this("Functions have PostgreSQL's names, but not all of them are here."),
    }
}

/// SQL that is not for one row, and where it belongs.
pub fn foreign(tree: &ast::Expr) -> Problem {
    use ast::Expr as E;
    match tree {
        E::Subquery(_) | E::InSubquery { .. } | E::Exists { .. } => {
            Problem::new("A formula has no queries in it.").try_this("Use the node Join to look rows up.")
        }
        E::SimilarTo { .. } | E::RLike { .. } => {
            Problem::new("Formulas have no SIMILAR TO.").try_this("Use regexp_like(text, 'pattern').")
        }
        E::Convert { .. } => Problem::new("Formulas have no CONVERT.").try_this("Write value::integer."),
        E::Wildcard(_) | E::QualifiedWildcard(..) => Problem::new("* names no column.").try_this("Name one column."),
        E::Tuple(_) => Problem::new("Several values in brackets are no value.")
            .try_this("Write a = 1 and b = 2. In a query EXISTS (SELECT … WHERE …) compares several."),
        E::AnyOp { .. } | E::AllOp { .. } => Problem::new("A list is compared by = any(…) and <> all(…).")
            .try_this("For the others compare with array_min or array_max."),
        other => Problem::new(format!("{other} is SQL that formulas do not have.")),
    }
}
