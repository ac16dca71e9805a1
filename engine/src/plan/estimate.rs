//! How many rows an operation gives, guessed from how many its sources have. Nothing that is promised rests on a guess: only in which
//! order a query joins its tables.

use super::{JoinKind, Op};
use crate::formula::{Expr, Function, Node};

/// A guess at the rows of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub rows: f64,
    /// As many different values a column of these rows has at the most, going by the table that they come from before rows of it were
    /// left out.
    pub values: f64,
}

/// Of a source nobody has counted.
const UNKNOWN: f64 = 10_000.0;

impl Estimate {
    fn of(rows: f64) -> Self {
        Self { rows, values: rows.max(1.0) }
    }

    pub(super) fn source(rows: Option<u64>) -> Self {
        Self::of(rows.map_or(UNKNOWN, |rows| rows as f64))
    }

    pub(super) fn after(op: &Op, inputs: &[Self]) -> Self {
        let first = inputs.first().copied().unwrap_or(Self::of(1.0));
        let second = inputs.get(1).copied().unwrap_or(first);
        match op {
            Op::Read(_) | Op::ReadRejects(_) | Op::ReadDrift(_) | Op::Spooled { .. } => Self::of(UNKNOWN),
            Op::Inline(table) => Self::of(table.rows.len() as f64),
            Op::Filter { condition } => Self { rows: first.rows * share(condition), ..first },
            Op::Slice { count, .. } => {
                Self { rows: count.map_or(first.rows, |count| first.rows.min(count as f64)), ..first }
            }
            Op::Distinct { .. } => Self::of(first.rows * 0.5),
            Op::GroupBy { by, .. } if by.is_empty() => Self::of(1.0),
            Op::GroupBy { .. } | Op::Pivot(_) => Self::of((first.rows * 0.3).max(1.0)),
            Op::Explode { .. } | Op::Recursion(_) => Self::of(first.rows * 4.0),
            Op::Unpivot(unpivot) => Self::of(first.rows * unpivot.lines.len() as f64),
            Op::Union => Self::of(inputs.iter().map(|input| input.rows).sum()),
            Op::Join(join) => match join.kind {
                JoinKind::Cross => Self::of(first.rows * second.rows),
                // As a rule the key of one side is unique.
                JoinKind::Inner => Self {
                    rows: first.rows * second.rows / first.values.min(second.values),
                    values: first.values.max(second.values),
                },
                JoinKind::Left => Self { rows: first.rows, values: first.values },
                JoinKind::Right => Self { rows: second.rows, values: second.values },
                JoinKind::Full => Self::of(first.rows + second.rows),
                JoinKind::Semi => Self { rows: first.rows * (second.rows / second.values).min(0.5), ..first },
                JoinKind::Anti => Self { rows: first.rows * 0.5, ..first },
            },
            Op::Select(_) | Op::Derive { .. } | Op::Sort(_) | Op::Number { .. } | Op::Window { .. } => first,
            Op::Append { .. } | Op::Pairs(_) => Self::of(first.rows.max(second.rows)),
        }
    }
}

/// The share of rows for which a condition holds, as a rule.
pub(crate) fn share(condition: &Expr) -> f64 {
    let Node::Call { function, arguments } = &condition.node else { return 0.5 };
    match (function, arguments.as_slice()) {
        (Function::And, [a, b]) => match (range(a), range(b)) {
            // From here to there.
            (Some(one), Some(other)) if one == other => 0.1,
            _ => share(a) * share(b),
        },
        (Function::Or, [a, b]) => (share(a) + share(b)).min(0.9),
        (Function::Not, [inner]) => 1.0 - share(inner),
        (Function::IsTrue, [inner]) => share(inner),
        (Function::Eq, _) => 0.05,
        (Function::Ne, _) => 0.9,
        (Function::In, [_, list @ ..]) => (0.05 * list.len() as f64).min(0.5),
        (Function::Lt | Function::Le | Function::Gt | Function::Ge, _) => 0.3,
        (Function::Between | Function::Like | Function::ILike, _) => 0.1,
        (Function::IsNull, _) => 0.1,
        _ => 0.3,
    }
}

/// What is compared with a bound.
fn range(condition: &Expr) -> Option<&Expr> {
    let Node::Call { function: Function::Lt | Function::Le | Function::Gt | Function::Ge, arguments } = &condition.node
    else {
        return None;
    };
    let [a, b] = arguments.as_slice() else { return None };
    match (a.columns().is_empty(), b.columns().is_empty()) {
        (false, true) => Some(a),
        (true, false) => Some(b),
        _ => None,
    }
}
