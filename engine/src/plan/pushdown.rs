//! Conditions, moved up to where they leave out rows first: below groups that have what they speak of as a key, and to both sides of a join.

use super::draft::Mark;
use super::{Draft, Entry, Join, JoinKind, Op, Pick, Rows};
use crate::formula::{Expr, Function};
use crate::problem::Problem;
use crate::types::{Schema, Type};

impl Draft<'_> {
    /// Plans once more what was added since then, with its conditions as early as they can be. Says where these rows are now.
    pub(crate) fn push_down(&mut self, since: Mark, rows: Rows) -> Result<Rows, Problem> {
        let first = Rows(since.entries);
        if rows < first {
            return Ok(rows);
        }
        let uses = self.uses(rows).split_off(first.0);
        let (entries, tallies) = self.take_out(since);
        let again = vec![None; entries.len()];
        let mut replay = Replay { draft: self, first, entries, uses, again };
        let rows = replay.rows(rows, Vec::new())?;
        for tally in tallies {
            let rows = replay.rows(tally.rows, Vec::new())?;
            replay.draft.tally(rows, tally.effect);
        }
        Ok(rows)
    }
}

struct Replay<'d, 'a> {
    draft: &'d mut Draft<'a>,
    first: Rows,
    entries: Vec<Entry>,
    /// How often each of them is read on the way to the rows that are wanted. What only tallies read makes no difference: rows that no
    /// condition lets through need not be told of.
    uses: Vec<usize>,
    /// Where those are now that are planned again.
    again: Vec<Option<Rows>>,
}

impl Replay<'_, '_> {
    /// These rows, of those for which all conditions hold.
    fn rows(&mut self, rows: Rows, conditions: Vec<Expr>) -> Result<Rows, Problem> {
        if rows < self.first {
            return self.filtered(rows, conditions);
        }
        let at = rows.0 - self.first.0;
        if let Some(again) = self.again[at] {
            return self.filtered(again, conditions);
        }
        if self.uses[at] < 2 {
            return self.entry(at, conditions);
        }
        // What others read too stays whole.
        let whole = self.entry(at, Vec::new())?;
        self.filtered(whole, conditions)
    }

    fn entry(&mut self, at: usize, mut conditions: Vec<Expr>) -> Result<Rows, Problem> {
        let Entry { op, inputs, schema, .. } = self.entries[at].clone();
        if let Op::Filter { condition } = op {
            conditions.extend(condition.operands(Function::And));
            return self.rows(inputs[0], conditions);
        }
        let mut early: Vec<Vec<Expr>> = vec![Vec::new(); inputs.len()];
        let mut late = Vec::new();
        for condition in conditions {
            let schemas: Vec<&Schema> = inputs.iter().map(|rows| self.schema(*rows)).collect();
            let moved = moved(&op, &condition, &schemas);
            if moved.is_empty() {
                late.push(condition);
            }
            for (port, condition) in moved {
                if !early[port].contains(&condition) {
                    early[port].push(condition);
                }
            }
        }
        let inputs = inputs.into_iter().zip(early).map(|(input, conditions)| self.rows(input, conditions));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let rows = self.draft.enter(op, &inputs, schema);
        self.again[at] = Some(rows);
        self.filtered(rows, late)
    }

    fn schema(&self, rows: Rows) -> &Schema {
        match rows < self.first {
            true => self.draft.schema(rows),
            false => &self.entries[rows.0 - self.first.0].schema,
        }
    }

    fn filtered(&mut self, rows: Rows, conditions: Vec<Expr>) -> Result<Rows, Problem> {
        let all = conditions.into_iter().map(Ok).reduce(|all, one| Expr::call(Function::And, vec![all?, one?]));
        all.map_or(Ok(rows), |condition| self.draft.filter(rows, condition?))
    }
}

/// To which inputs of an operation a condition on its rows can go instead, as it is said there; none if it must stay.
fn moved(op: &Op, condition: &Expr, inputs: &[&Schema]) -> Vec<(usize, Expr)> {
    let columns = condition.columns();
    let renamed = |name_of: &dyn Fn(&str) -> Option<String>| -> Option<Expr> {
        let mut condition = condition.clone();
        columns.iter().all(|name| name_of(name).is_some()).then(|| condition.rename_columns(name_of))?;
        Some(condition)
    };
    let picked =
        |picks: &[Pick], name: &str| picks.iter().find(|pick| pick.name == name).map(|pick| pick.column.clone());
    let within = |by: &[String]| columns.iter().all(|name| by.iter().any(|by| by == name));
    let same = |fits: bool| if fits { vec![(0, condition.clone())] } else { Vec::new() };
    // What speaks of no row stays where it is.
    if columns.is_empty() {
        return Vec::new();
    }
    match op {
        Op::Select(picks) => renamed(&|name| picked(picks, name)).map(|condition| (0, condition)).into_iter().collect(),
        Op::Derive { columns: made, .. } => same(
            !made.iter().any(|made| columns.contains(made.name.as_str()))
                && columns.iter().all(|name| inputs[0].contains(name)),
        ),
        Op::Sort(_) => same(true),
        Op::GroupBy { by, .. } | Op::Window { by, .. } | Op::Distinct { by, .. } => same(within(by)),
        Op::Union => {
            let is_alike = |name: &&str| {
                let kinds = inputs.iter().map(|input| input.column(name).map(|column| &column.kind));
                let kinds: Vec<Option<&Type>> = kinds.collect();
                kinds.iter().all(|kind| kind.is_some() && *kind == kinds[0])
            };
            let everywhere = (0..inputs.len()).map(|port| (port, condition.clone()));
            if columns.iter().all(is_alike) { everywhere.collect() } else { Vec::new() }
        }
        Op::Join(join) if join.max_rows.is_none() => {
            let of_side =
                |port: usize| renamed(&|name| on_side(join, port, inputs, name)).map(|condition| (port, condition));
            let (left, right) = (of_side(0), of_side(1));
            match join.kind {
                JoinKind::Inner | JoinKind::Cross => left.into_iter().chain(right).collect(),
                // The other side has no partners for rows that are left out.
                JoinKind::Left | JoinKind::Semi | JoinKind::Anti if left.is_some() => {
                    left.into_iter().chain(right).collect()
                }
                JoinKind::Left | JoinKind::Semi | JoinKind::Anti | JoinKind::Right | JoinKind::Full => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// What a column of a join is called on one of its sides: the column itself, or the key on that side that is equal to it.
fn on_side(join: &Join, port: usize, inputs: &[&Schema], name: &str) -> Option<String> {
    let of_right = join.right.iter().find(|pick| pick.name == name).map(|pick| pick.column.as_str());
    // What is said of zero need not hold of the zero below it, though they are equal.
    let is_exact = |key: &&(String, String)| inputs[0].column(&key.0).is_some_and(|column| column.kind.is_exact());
    let mut keys = join.on.iter().filter(is_exact);
    match (port, of_right) {
        (0, None) => inputs[0].contains(name).then(|| name.to_owned()),
        (0, Some(of_right)) if join.kind == JoinKind::Inner => {
            keys.find(|(_, right)| right == of_right).map(|(left, _)| left.clone())
        }
        (0, Some(_)) => None,
        (_, Some(of_right)) => Some(of_right.to_owned()),
        (_, None) => keys.find(|(left, _)| left == name).map(|(_, right)| right.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Aggregate, JoinOrder};
    use crate::types::Column;
    use crate::value::Value;

    fn schema(names: &[&str]) -> Schema {
        Schema(names.iter().map(|name| Column::new(*name, Type::Integer)).collect())
    }

    fn positive(name: &str) -> Expr {
        let column = Expr::column(&Column::new(name, Type::Integer));
        Expr::call(Function::Gt, vec![column, Expr::literal(Value::Integer(0))]).expect("integers compare")
    }

    fn join(kind: JoinKind) -> Op {
        let names = |name: &str| name.to_owned();
        let right = vec![Pick::renamed("key", "its key"), Pick::renamed("y", "its y")];
        let on = vec![(names("id"), names("key"))];
        Op::Join(Join { kind, on, nulls_match: false, right, max_rows: None, order: JoinOrder::Kept })
    }

    /// Where a condition on this column goes, as `input: column`.
    fn goes(op: &Op, inputs: &[&Schema], name: &str) -> Vec<String> {
        let moved = moved(op, &positive(name), inputs);
        moved
            .iter()
            .map(|(port, condition)| format!("{port}: {}", condition.columns().first().unwrap_or(&"")))
            .collect()
    }

    #[test]
    fn a_condition_goes_below_groups_only_where_it_speaks_of_their_key() {
        let before = schema(&["a", "b"]);
        let sum = Aggregate::new(crate::nodes::AggregateFunction::Sum, Some("b"), "sum");
        let groups = Op::GroupBy { by: vec!["a".into()], aggregates: vec![sum], reproducible: false };
        assert_eq!(goes(&groups, &[&before], "a"), ["0: a"]);
        assert_eq!(goes(&groups, &[&before], "sum"), [""; 0]);
        let limit = Op::Slice { skip: 0, count: Some(10) };
        assert_eq!(goes(&limit, &[&before], "a"), [""; 0]);
        let select = Op::Select(vec![Pick::renamed("b", "a")]);
        assert_eq!(goes(&select, &[&before], "a"), ["0: b"]);
    }

    #[test]
    fn a_condition_on_the_key_of_a_join_goes_to_both_sides() {
        let (left, right) = (schema(&["id", "x"]), schema(&["key", "y"]));
        let of = |kind, name| goes(&join(kind), &[&left, &right], name);
        assert_eq!(of(JoinKind::Inner, "id"), ["0: id", "1: key"]);
        assert_eq!(of(JoinKind::Inner, "its key"), ["0: id", "1: key"]);
        assert_eq!(of(JoinKind::Inner, "x"), ["0: x"]);
        assert_eq!(of(JoinKind::Inner, "its y"), ["1: y"]);
        assert_eq!(of(JoinKind::Left, "id"), ["0: id", "1: key"]);
        // Rows without a partner have null there, which no condition before the join can see.
        assert_eq!(of(JoinKind::Left, "its y"), [""; 0]);
        assert_eq!(of(JoinKind::Left, "its key"), [""; 0]);
        assert_eq!(of(JoinKind::Full, "id"), [""; 0]);
        assert_eq!(of(JoinKind::Anti, "id"), ["0: id", "1: key"]);
    }
}
