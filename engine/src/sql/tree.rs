//! Parts of SQL's trees.

use sqlparser::ast::{self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use crate::nodes::AggregateFunction;

/// The expressions directly beneath one, as far as formulas have them. Queries inside are no part.
fn parts(tree: &Expr) -> Vec<&Expr> {
    match tree {
        Expr::Nested(one)
        | Expr::UnaryOp { expr: one, .. }
        | Expr::IsNull(one)
        | Expr::IsNotNull(one)
        | Expr::IsTrue(one)
        | Expr::IsNotTrue(one)
        | Expr::IsFalse(one)
        | Expr::IsNotFalse(one)
        | Expr::Cast { expr: one, .. }
        | Expr::Extract { expr: one, .. }
        | Expr::Ceil { expr: one, .. }
        | Expr::Floor { expr: one, .. }
        | Expr::InSubquery { expr: one, .. } => vec![one],
        Expr::BinaryOp { left, right, .. } | Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
            vec![left, right]
        }
        Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => vec![a, b],
        Expr::Position { expr, r#in } => vec![expr, r#in],
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        Expr::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => vec![expr, pattern],
        Expr::Case { operand, conditions, else_result, .. } => {
            let branches = conditions.iter().flat_map(|branch| [&branch.condition, &branch.result]);
            operand.as_deref().into_iter().chain(branches).chain(else_result.as_deref()).collect()
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            [Some(&**expr), substring_from.as_deref(), substring_for.as_deref()].into_iter().flatten().collect()
        }
        Expr::Trim { expr, trim_what, trim_characters, .. } => {
            let what = trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten());
            std::iter::once(&**expr).chain(what).collect()
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            [Some(&**expr), Some(&**overlay_what), Some(&**overlay_from), overlay_for.as_deref()]
                .into_iter()
                .flatten()
                .collect()
        }
        Expr::Function(call) => {
            let mut all = arguments(call);
            if let Some(ast::WindowType::WindowSpec(window)) = &call.over {
                all.extend(&window.partition_by);
                all.extend(window.order_by.iter().map(|by| &by.expr));
            }
            all
        }
        _ => Vec::new(),
    }
}

/// Whether an expression or a part of it is something.
pub(super) fn holds(tree: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(tree) || parts(tree).into_iter().any(|part| holds(part, is))
}

/// Whether it is a query, or asks one.
pub(super) fn is_query(tree: &Expr) -> bool {
    match tree {
        Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => true,
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => of_query(right).is_some(),
        _ => false,
    }
}

/// The query that an expression in brackets is.
pub(super) fn of_query(tree: &Expr) -> Option<&ast::Query> {
    match tree {
        Expr::Nested(inner) => of_query(inner),
        Expr::Subquery(query) => Some(query),
        _ => None,
    }
}

/// Whether it is the aggregate of a group.
pub(super) fn is_aggregate(tree: &Expr) -> bool {
    let Expr::Function(call) = tree else { return false };
    call.over.is_none() && aggregate(&name_of(call)).is_some()
}

pub(super) fn name_of(call: &ast::Function) -> String {
    call.name.to_string().to_lowercase()
}

/// The arguments of a call, a star left out.
pub(super) fn arguments(call: &ast::Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &call.args else { return Vec::new() };
    let value = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(value).collect()
}

/// What a call looks at first, as it is written.
pub(super) fn first_argument(call: &ast::Function) -> String {
    arguments(call).first().map_or_else(|| call.to_string(), ToString::to_string)
}

pub(super) fn is_distinct(call: &ast::Function) -> bool {
    let FunctionArguments::List(list) = &call.args else { return false };
    list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct)
}

/// The aggregate of this name in SQL.
pub(super) fn aggregate(name: &str) -> Option<AggregateFunction> {
    use AggregateFunction::*;
    Some(match name {
        "count" => Count,
        "sum" => Sum,
        "avg" | "mean" => Mean,
        "min" => Min,
        "max" => Max,
        "bool_and" | "every" => All,
        "bool_or" => Any,
        "median" => Median,
        "mode" => Mode,
        "percentile_cont" | "quantile_cont" => Quantile,
        "percentile_disc" | "quantile_disc" => QuantileDiscrete,
        "stddev" | "stddev_samp" => StandardDeviation,
        "variance" | "var_samp" => Variance,
        "stddev_pop" => PopulationStandardDeviation,
        "var_pop" => PopulationVariance,
        "string_agg" | "group_concat" | "listagg" => Concatenate,
        "array_agg" => List,
        "any_value" => FirstValue,
        "first" => First,
        "last" => Last,
        _ => return None,
    })
}

/// The conditions that are joined by AND.
pub(super) fn conjuncts(tree: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            Expr::BinaryOp { left, op: ast::BinaryOperator::And, right } => open.extend([&**right, &**left]),
            Expr::Nested(inner) => open.push(inner),
            other => found.push(other),
        }
    }
    found
}

/// What an output is called that has no name of its own.
pub(super) fn name_for(tree: &Expr) -> String {
    match tree {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => name_for(inner),
        Expr::Identifier(name) => name.value.clone(),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()).unwrap_or_default(),
        Expr::Function(call) => name_of(call),
        other => other.to_string(),
    }
}

/// Whether a query that has no groups makes one of all rows.
pub(super) fn gives_aggregates(select: &ast::Select) -> bool {
    let aggregates = |item: &ast::SelectItem| match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => holds(expr, &is_aggregate),
        _ => false,
    };
    select.projection.iter().any(aggregates)
}
