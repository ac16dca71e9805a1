//! What nodes that bring two tables together have in common: the columns that are compared, and the names of the others.

use indexmap::IndexSet;

use super::convert::BLANKS;
use super::join::{Pair, SameNames};
use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Pick};
use crate::problem::Cause;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// The columns that are compared, and those that must be computed first on either side.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) on: Vec<(String, String)>,
    pub(super) left: Vec<Computed>,
    pub(super) right: Vec<Computed>,
}

impl Keys {
    /// Pairs of columns; those of different types are compared as their common type.
    pub(super) fn of(pairs: &[Pair], left: &Schema, right: &Schema) -> Result<Self, Problem> {
        Self::named(pairs, left, right, &|at| format!("on[{at}].right"))
    }

    /// The columns that must be equal, and after them those that are compared otherwise, whose parameters have names of their own.
    pub(super) fn with(
        by: &[Pair],
        on: &[Pair],
        left: &Schema,
        right: &Schema,
        parameter: &dyn Fn(usize) -> String,
    ) -> Result<Self, Problem> {
        let place = |at: usize| at.checked_sub(by.len()).map_or_else(|| format!("by[{at}].right"), parameter);
        Self::named(&[by, on].concat(), left, right, &place)
    }

    fn named(
        pairs: &[Pair],
        left: &Schema,
        right: &Schema,
        parameter: &dyn Fn(usize) -> String,
    ) -> Result<Self, Problem> {
        let mut keys = Self::default();
        for (at, pair) in pairs.iter().enumerate() {
            let (Some(a), Some(b)) = (left.column(&pair.left.0), right.column(&pair.right.0)) else { continue };
            if a.kind == b.kind {
                keys.on.push((a.name.clone(), b.name.clone()));
                continue;
            }
            let kind = a.kind.common(&b.kind).ok_or_else(|| unlike(a, b).at(parameter(at)))?;
            keys.on.push((hidden(at), hidden(at)));
            keys.left.push(Computed::new(hidden(at), Expr::column(a).cast(kind.clone())?));
            keys.right.push(Computed::new(hidden(at), Expr::column(b).cast(kind)?));
        }
        Ok(keys)
    }

    /// The same keys, those of text without the differences that don't count.
    pub(super) fn like(mut self, left: &Schema, right: &Schema, alike: Alike) -> Result<Self, Problem> {
        if alike == Alike::default() {
            return Ok(self);
        }
        for (at, (a, b)) in self.on.iter_mut().enumerate() {
            for (name, side, schema) in [(a, &mut self.left, left), (b, &mut self.right, right)] {
                let computed = side.iter_mut().find(|key| key.name == *name);
                let key = match (&computed, schema.column(name)) {
                    (Some(key), _) => key.formula.clone(),
                    (None, Some(column)) => Expr::column(column),
                    (None, None) => continue,
                };
                if !key.kind.is_text() {
                    continue;
                }
                *name = hidden(at);
                let key = Computed::new(hidden(at), alike.plain(key)?);
                match computed {
                    Some(earlier) => *earlier = key,
                    None => side.push(key),
                }
            }
        }
        Ok(self)
    }
}

/// In what texts may differ and still be the same.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Alike {
    pub(super) case: bool,
    pub(super) blanks: bool,
}

impl Alike {
    /// Text without such differences.
    pub(super) fn plain(self, mut text: Expr) -> Result<Expr, Problem> {
        if self.blanks {
            text = Expr::call(Function::Trim, vec![text, Expr::literal(Value::text(BLANKS))])?;
        }
        if self.case {
            text = Expr::call(Function::Lower, vec![text])?;
        }
        Ok(text)
    }
}

/// Names without those that came before.
pub(super) fn each_once<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    names.into_iter().cloned().collect::<IndexSet<String>>().into_iter().collect()
}

/// The name of a key that was computed.
pub(super) fn hidden(at: usize) -> String {
    format!("\u{1}compared {at}")
}

/// Computes keys. One that can't be computed fails the run.
pub(super) fn add(draft: &mut Draft, rows: Rows, keys: Vec<Computed>) -> Result<Rows, Problem> {
    if keys.is_empty() {
        return Ok(rows);
    }
    let can_fail = keys.iter().any(|key| key.formula.can_fail());
    let (keyed, failed) = draft.derive(rows, keys, OnError::Reject)?;
    if can_fail {
        draft.refuse(failed);
    }
    Ok(keyed)
}

/// Columns of the right side under names that the left side does not have.
pub(super) fn right_picks(
    left: &Schema,
    right: &[&Column],
    same_names: SameNames,
    suffix: &str,
) -> Result<Vec<Pick>, Problem> {
    let mut picks = Vec::new();
    let mut taken = left.clone();
    for column in right {
        let mut name = column.name.clone();
        if left.contains(&name) {
            match same_names {
                SameNames::DropRight => continue,
                SameNames::Suffix => name.push_str(suffix),
                SameNames::Fail => {
                    return Err(Problem::new(format!("Both sides have a column {name:?}."))
                        .at("same_names")
                        .try_this("Rename one of them with Select, or choose Suffix or DropRight."));
                }
            }
        }
        let name = taken.free_name(&name);
        taken.0.push(Column::new(&name, column.kind.clone()));
        picks.push(Pick::renamed(&column.name, name));
    }
    Ok(picks)
}

/// The run fails with `message` if several rows have the same keys. Where nulls match nothing they may occur as often as they like.
pub(super) fn expect_unique(
    draft: &mut Draft,
    rows: Rows,
    by: Vec<String>,
    nulls_match: bool,
    message: String,
) -> Result<(), Problem> {
    let schema = draft.schema(rows).clone();
    let mut rows = rows;
    for column in schema.0.iter().filter(|column| !nulls_match && by.contains(&column.name)) {
        let missing = Expr::call(Function::IsNull, vec![Expr::column(column)])?;
        rows = draft.filter(rows, Expr::call(Function::Not, vec![missing])?)?;
    }
    let count = Column::new(schema.free_name("rows"), Type::Integer);
    let counted = Aggregate::new(AggregateFunction::Count, None, &count.name);
    let groups = draft.add(Op::GroupBy { by, aggregates: vec![counted], reproducible: false }, &[rows])?;
    let several = Expr::call(Function::Gt, vec![Expr::column(&count), Expr::literal(Value::Integer(1))])?;
    let several = draft.filter(groups, several)?;
    draft.expect_none(several, message);
    Ok(())
}

fn unlike(left: &Column, right: &Column) -> Problem {
    let message = format!(
        "{:?} on the left is {}, and {:?} on the right is {}: they are never equal.",
        left.name, left.kind, right.name, right.kind
    );
    // Text can be read as most types, and the other way round every key would have to become text.
    let (port, column, to) = if left.kind.is_text() { (0, left, right) } else { (1, right, left) };
    let cause = Cause::WrongType { port, column: column.name.clone(), to: Some(to.kind.clone()) };
    Problem::new(message).try_this("Convert one of them first, with the node Convert.").because(cause)
}
