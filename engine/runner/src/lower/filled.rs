//! Columns that have a value in every row: those of which files say so, as far as operations keep it. Sums of them need not look for
//! values that are missing.

use std::collections::HashSet;

use pipewright_engine::plan::{JoinKind, Op};
use pipewright_engine::table::Table;

/// Names of columns without nulls. A column that is not among them may have none either.
pub type Filled = HashSet<String>;

/// What is known of the rows that come out of an operation. Sources are asked themselves.
pub(super) fn filled(op: &Op, inputs: &[&Filled]) -> Filled {
    let nothing = Filled::new();
    let first = inputs.first().copied().unwrap_or(&nothing);
    match op {
        Op::Filter { .. } | Op::Sort(_) | Op::Slice { .. } | Op::Distinct { .. } => first.clone(),
        Op::Inline(table) => in_table(table),
        Op::Select(picks) => {
            picks.iter().filter(|pick| first.contains(&pick.column)).map(|pick| pick.name.clone()).collect()
        }
        Op::Derive { columns, .. } => without(first, columns.iter().map(|column| &column.name)),
        Op::Window { columns, .. } => without(first, columns.iter().map(|column| &column.name)),
        Op::Number { column, .. } => first.iter().chain([column]).cloned().collect(),
        Op::GroupBy { by, .. } => by.iter().filter(|name| first.contains(*name)).cloned().collect(),
        Op::Join(join) => match (join.kind, inputs) {
            (JoinKind::Left | JoinKind::Semi | JoinKind::Anti, _) => first.clone(),
            (JoinKind::Inner | JoinKind::Cross, [left, right]) => {
                let picks = join.right.iter().filter(|pick| right.contains(&pick.column));
                left.iter().chain(picks.map(|pick| &pick.name)).cloned().collect()
            }
            _ => nothing,
        },
        Op::Union => {
            let in_all = |name: &&String| inputs.iter().all(|input| input.contains(*name));
            first.iter().filter(in_all).cloned().collect()
        }
        _ => nothing,
    }
}

fn in_table(table: &Table) -> Filled {
    let names = table.schema.names().enumerate();
    let filled = names.filter(|(at, _)| table.rows.iter().all(|row| !row[*at].is_null()));
    filled.map(|(_, name)| name.to_owned()).collect()
}

fn without<'a>(filled: &Filled, names: impl Iterator<Item = &'a String>) -> Filled {
    let made: HashSet<&String> = names.collect();
    filled.iter().filter(|name| !made.contains(name)).cloned().collect()
}
