//! Groups by several sets of keys: the rows are read once, and a coarser set is made of the groups of a finer one where that gives
//! the same.

use super::Translator;
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// What `grouping(…)` of these keys becomes.
pub(super) struct Level {
    pub(super) keys: Vec<String>,
    pub(super) name: String,
}

impl Level {
    pub(super) fn value(&self) -> Expr {
        Expr::column(&Column::new(&self.name, Type::Integer))
    }

    /// Its value in the groups of a set.
    fn of(&self, set: &[String]) -> i64 {
        self.keys.iter().fold(0, |level, key| level << 1 | i64::from(!set.contains(key)))
    }
}

/// What all sets give: every key, the aggregates, and what `grouping` says.
struct Asked<'a> {
    keys: Vec<Column>,
    aggregates: &'a [Aggregate],
    levels: &'a [Level],
}

/// Aggregates of parts of the rows, how those of all are made of them, and what the aggregates asked for are in the end.
#[derive(Default)]
struct Parts {
    of_rows: Vec<Aggregate>,
    of_parts: Vec<Aggregate>,
    afterwards: Vec<(String, After)>,
}

/// What is computed once the parts are put together.
enum After {
    /// A sum of integers, which is an integer.
    Whole(String),
    /// How many there are, also of no parts.
    Count(String),
    /// A sum, in the number of its values.
    Mean(String, String),
}

impl Translator<'_, '_> {
    /// The groups of each set, one after the other; keys that are not in a set are null in its groups.
    pub(super) fn grouped_by_sets(
        &self,
        rows: Rows,
        sets: &[Vec<String>],
        aggregates: Vec<Aggregate>,
        levels: &[Level],
    ) -> Result<Rows, Problem> {
        let before = self.schema(rows);
        let parts = self.parts(&aggregates, &before);
        let mut keys: Vec<Column> = Vec::new();
        for key in sets.iter().flatten().filter_map(|key| before.column(key)) {
            if !keys.iter().any(|known| known.name == key.name) {
                keys.push(key.clone());
            }
        }
        let asked = Asked { keys, aggregates: &aggregates, levels };
        // The largest first: they are what others can be made of.
        let mut order: Vec<usize> = (0..sets.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(sets[*at].len()));
        let mut made: Vec<(&[String], Rows)> = Vec::new();
        let mut outputs: Vec<Option<Rows>> = vec![None; sets.len()];
        for at in order {
            let set = sets[at].as_slice();
            let finer = made.iter().filter(|(finer, _)| set.iter().all(|key| finer.contains(key)));
            let groups = match (finer.min_by_key(|(finer, _)| finer.len()), &parts) {
                (Some((same, groups)), _) if same.len() == set.len() => *groups,
                (Some((_, groups)), Some(parts)) => self.raw(*groups, set, &parts.of_parts)?,
                (None, Some(parts)) => self.raw(rows, set, &parts.of_rows)?,
                (_, None) => self.grouped(rows, set.to_vec(), aggregates.clone())?,
            };
            made.push((set, groups));
            let whole = match &parts {
                Some(parts) => self.put_together(groups, &parts.afterwards)?,
                None => groups,
            };
            outputs[at] = Some(self.with_levels(whole, set, &asked)?);
        }
        let outputs: Vec<Rows> = outputs.into_iter().flatten().collect();
        match outputs.as_slice() {
            [only] => Ok(*only),
            several => self.add(Op::Union, several),
        }
    }

    /// How aggregates are made of those of parts; none where one of them must see the rows themselves.
    fn parts(&self, aggregates: &[Aggregate], columns: &Schema) -> Option<Parts> {
        use AggregateFunction as F;
        let mut parts = Parts::default();
        for one in aggregates {
            let kind = one.column.as_deref().and_then(|name| columns.column(name)).map(|column| &column.kind);
            let part = |parts: &mut Parts, function: F, again: F, name: &str| {
                parts.of_rows.push(Aggregate { function, name: name.to_owned(), ..one.clone() });
                parts.of_parts.push(Aggregate::new(again, Some(name), name));
            };
            if one.distinct || one.condition.is_some() {
                return None;
            }
            let fresh = || self.fresh("part");
            let after = match (one.function, kind) {
                (F::Count | F::CountValues, _) => {
                    let count = fresh();
                    part(&mut parts, one.function, F::Sum, &count);
                    After::Count(count)
                }
                (F::Sum, Some(Type::Integer)) => {
                    let sum = fresh();
                    part(&mut parts, F::Sum, F::Sum, &sum);
                    After::Whole(sum)
                }
                (F::Mean, Some(kind)) if kind.is_number() => {
                    let (sum, count) = (fresh(), fresh());
                    part(&mut parts, F::Sum, F::Sum, &sum);
                    part(&mut parts, F::CountValues, F::Sum, &count);
                    After::Mean(sum, count)
                }
                (F::Sum | F::Min | F::Max | F::Any | F::All, _) => {
                    part(&mut parts, one.function, one.function, &one.name);
                    continue;
                }
                _ => return None,
            };
            parts.afterwards.push((one.name.clone(), after));
        }
        if parts.of_rows.is_empty() {
            // The set without keys gives one row even of no rows: it has to have something.
            let count = self.fresh("part");
            parts.of_rows.push(Aggregate::new(F::Count, None, &count));
            parts.of_parts.push(Aggregate::new(F::Count, None, &count));
        }
        Some(parts)
    }

    fn raw(&self, rows: Rows, by: &[String], aggregates: &[Aggregate]) -> Result<Rows, Problem> {
        self.add(Op::GroupBy { by: by.to_vec(), aggregates: aggregates.to_vec(), reproducible: false }, &[rows])
    }

    fn put_together(&self, groups: Rows, afterwards: &[(String, After)]) -> Result<Rows, Problem> {
        let columns = self.schema(groups);
        let column = |name: &str| columns.column(name).map_or_else(|| Expr::null(Type::Null), Expr::column);
        let mut computed = Vec::new();
        for (name, after) in afterwards {
            let formula = match after {
                After::Whole(sum) => column(sum).cast(Type::Integer)?,
                After::Count(count) => {
                    let count = column(count).try_cast(Type::Integer)?;
                    Expr::call(Function::Coalesce, vec![count, Expr::literal(Value::Integer(0))])?
                }
                After::Mean(sum, count) => {
                    let none = Expr::literal(Value::Float(0.0));
                    let count = Expr::call(Function::NullIf, vec![column(count).cast(Type::Float)?, none])?;
                    Expr::call(Function::Divide, vec![column(sum).cast(Type::Float)?, count])?
                }
            };
            computed.push(Computed { name: name.clone(), formula, shown: "sum".into() });
        }
        self.computed(groups, computed)
    }

    /// The groups of a set with all keys, the aggregates, and what `grouping` says of the set.
    fn with_levels(&self, groups: Rows, set: &[String], asked: &Asked) -> Result<Rows, Problem> {
        let missing = asked.keys.iter().filter(|key| !set.contains(&key.name));
        let nulls = missing.map(|key| Computed::new(&key.name, Expr::null(key.kind.clone())));
        let level = |level: &Level| Computed::new(&level.name, Expr::literal(Value::Integer(level.of(set))));
        let computed: Vec<Computed> = nulls.chain(asked.levels.iter().map(level)).collect();
        let keys = asked.keys.iter().map(|key| &key.name);
        let made = asked.aggregates.iter().map(|one| &one.name).chain(asked.levels.iter().map(|level| &level.name));
        let picks: Vec<Pick> = keys.chain(made).map(Pick::same).collect();
        let groups = self.computed(groups, computed)?;
        // Where nothing is asked for, a row is a row all the same.
        if picks.is_empty() { Ok(groups) } else { self.pick(groups, picks) }
    }
}
