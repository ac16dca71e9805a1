//! Joins. Both sides go in under names of ours, so that no name of the user's can clash on the way.

use pipewright_engine::plan::{Join, JoinKind, JoinOrder};
use pipewright_engine::types::Schema as OurSchema;
use polars::prelude::*;

use super::wide;

/// There in every row that has a left side, and a right side.
const LEFT: &str = "\u{2}left";
const ROW: &str = "\u{2}row";

pub(super) fn join(left: LazyFrame, right: LazyFrame, join: &Join, before: &[&OurSchema]) -> LazyFrame {
    let [left_schema, right_schema] = before else { return left };
    let key = |side: &str, at: usize| format!("\u{2}{side} key {at}");
    let brought = |at: usize| format!("\u{2}right {at}");
    let left_keys = join.on.iter().enumerate().map(|(at, (name, _))| wide(name, left_schema).alias(key("left", at)));
    let right_keys = join.on.iter().enumerate().map(|(at, (_, name))| wide(name, right_schema).alias(key("right", at)));
    let picks = join.right.iter().enumerate().map(|(at, pick)| col(pick.column.as_str()).alias(brought(at)));
    let left = left.with_columns(left_keys.chain([lit(true).alias(LEFT)]).collect::<Vec<_>>());
    // Polars gives the rows of a full join that only the right side has in any order.
    let sorts = join.kind == JoinKind::Full && join.order == JoinOrder::Kept;
    // A side of which nothing goes on must keep its rows: without columns Polars forgets them.
    let right = if sorts { right.with_row_index(ROW, None) } else { right.with_column(lit(true).alias(ROW)) };
    let right = right.select(right_keys.chain(picks).chain([col(ROW)]).collect::<Vec<_>>());
    let (how, order) = match join.kind {
        JoinKind::Inner => (JoinType::Inner, MaintainOrderJoin::LeftRight),
        JoinKind::Left => (JoinType::Left, MaintainOrderJoin::LeftRight),
        JoinKind::Right => (JoinType::Right, MaintainOrderJoin::RightLeft),
        JoinKind::Full => (JoinType::Full, MaintainOrderJoin::LeftRight),
        JoinKind::Semi => (JoinType::Semi, MaintainOrderJoin::Left),
        JoinKind::Anti => (JoinType::Anti, MaintainOrderJoin::Left),
        JoinKind::Cross => (JoinType::Cross, MaintainOrderJoin::LeftRight),
    };
    let is_held = join.order == JoinOrder::Unseen && matches!(join.kind, JoinKind::Inner | JoinKind::Left);
    let held = is_held.then_some(JoinBuildSide::ForceRight);
    let keys = |side: &str| -> Vec<Expr> { (0..join.on.len()).map(|at| col(key(side, at))).collect() };
    let joined = left
        .join_builder()
        .with(right)
        .how(how)
        .left_on(keys("left"))
        .right_on(keys("right"))
        .join_nulls(join.nulls_match)
        .coalesce(JoinCoalesce::KeepColumns)
        .maintain_order(if join.order == JoinOrder::Kept { order } else { MaintainOrderJoin::None })
        .build_side(held)
        .finish();
    let joined = if sorts {
        let right_only = when(col(LEFT).is_null()).then(col(ROW)).otherwise(lit(NULL));
        let last = SortMultipleOptions::default().with_nulls_last(false).with_maintain_order(true);
        joined.sort_by_exprs([right_only], last)
    } else {
        joined
    };
    let from_right = matches!(join.kind, JoinKind::Right | JoinKind::Full);
    let mut out: Vec<Expr> = Vec::new();
    for name in left_schema.names() {
        let pair = join.on.iter().position(|(left, _)| left == name).filter(|_| from_right);
        out.push(match pair {
            None => col(name),
            // A row that has no left side has its key from the right.
            Some(at) => when(col(key("left", at)).is_null())
                .then(col(key("right", at)))
                .otherwise(wide(name, left_schema))
                .alias(name),
        });
    }
    if !matches!(join.kind, JoinKind::Semi | JoinKind::Anti) {
        out.extend(join.right.iter().enumerate().map(|(at, pick)| col(brought(at)).alias(pick.name.as_str())));
    }
    joined.select(out)
}
