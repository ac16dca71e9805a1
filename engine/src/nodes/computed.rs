//! Columns that a node computes for itself, where its author knows that no row can fail, or a row that does must end the run.

use super::prelude::*;
use crate::formula::{Formula, quoted};
use crate::plan::Computed;

/// Adds a column from the text of a formula that fails for no row.
pub(super) fn derive(draft: &mut Draft, rows: Rows, name: &str, formula: &str) -> Result<Rows, Problem> {
    let formula = draft.compile(&Formula(formula.to_owned()), draft.schema(rows), "method")?;
    exactly(draft, rows, vec![Computed::new(name, formula)])
}

/// Computes columns of which none may fail: a row in which one does ends the run.
pub(super) fn exactly(draft: &mut Draft, rows: Rows, computed: Vec<Computed>) -> Result<Rows, Problem> {
    if !computed.iter().any(|column| column.formula.can_fail()) {
        return draft.add(Op::Derive { columns: computed, failures: false }, &[rows]);
    }
    let (done, failed) = draft.derive(rows, computed, OnError::Reject)?;
    draft.refuse(failed);
    Ok(done)
}

/// The column as a float where it is finite, null elsewhere: a difference of what is not finite is no number, and then nothing is.
pub(super) fn finite(column: &str) -> String {
    let value = format!("{}::float", quoted(column));
    format!("case when {value} - {value} = 0 then {value} end")
}

/// How many digits after the point there are for all numbers between two bounds, of the fifteen that a float holds for certain.
pub(super) fn certain_places(least: &str, most: &str) -> String {
    format!("coalesce(try_cast(14 - floor(try(log(greatest(abs({least}), abs({most}))))) as integer), 0)")
}
