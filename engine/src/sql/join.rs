//! Joins: of two relations on expressions that must be equal, and on conditions that are no equality.

use sqlparser::ast::Ident;

use super::Translator;
use super::conditions::On;
use super::scope::{Known, Relation};
use crate::formula::{Expr, Function};
use crate::nodes::JoinKind;
use crate::plan::{self, Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

impl Translator<'_, '_> {
    pub(super) fn join(&self, left: Relation, right: Relation, kind: JoinKind, on: On) -> Result<Relation, Problem> {
        match kind {
            JoinKind::Right => {
                let swapped = On {
                    keys: on.keys.into_iter().map(|(left, right)| (right, left)).collect(),
                    left: on.right,
                    right: on.left,
                    rest: on.rest,
                };
                let columns = [left.columns.clone(), right.columns.clone()].concat();
                let joined = self.join(right, left, JoinKind::Left, swapped)?;
                Ok(Relation { rows: joined.rows, columns })
            }
            JoinKind::Inner | JoinKind::Cross => self.inner(left, right, on),
            _ if !on.rest.is_empty() => self.outer_with_rest(left, right, kind, on),
            _ => self.keyed(left, right, kind, on),
        }
    }

    /// Rows that match: first by what is equal, then by everything else.
    fn inner(&self, left: Relation, right: Relation, on: On) -> Result<Relation, Problem> {
        let On { keys, left: of_left, right: of_right, rest } = on;
        let kind = if keys.is_empty() { JoinKind::Cross } else { JoinKind::Inner };
        let mut joined = self.keyed(left, right, kind, On { keys, ..On::default() })?;
        let others = of_left.into_iter().chain(of_right).chain(rest);
        let all = others.map(Ok).reduce(|all, one| Expr::call(Function::And, vec![all?, one?]));
        if let Some(condition) = all {
            joined.rows = self.filtered(joined.rows, condition?, "on")?;
        }
        Ok(joined)
    }

    /// A join on keys alone. What is said of one side alone is a key too: it is compared with true.
    fn keyed(&self, left: Relation, right: Relation, kind: JoinKind, on: On) -> Result<Relation, Problem> {
        let truth = || Expr::literal(Value::Boolean(true));
        let mut keys = on.keys;
        keys.extend(on.left.into_iter().map(|condition| (condition, truth())));
        keys.extend(on.right.into_iter().map(|condition| (truth(), condition)));
        if keys.is_empty() && kind != JoinKind::Cross {
            keys.push((truth(), truth()));
        }
        let brings = kind.has_right();
        let rows = self.match_rows(left.rows, right.rows, kind, keys, brings.then_some(&right))?;
        let columns = if brings { [left.columns, right.columns].concat() } else { left.columns };
        Ok(Relation { rows, columns })
    }

    /// Joins rows on pairs of expressions; null matches nothing. Brings the columns of `right`, if it is given.
    pub(super) fn match_rows(
        &self,
        left: Rows,
        right: Rows,
        kind: JoinKind,
        keys: Vec<(Expr, Expr)>,
        bring: Option<&Relation>,
    ) -> Result<Rows, Problem> {
        let (mut ours, mut theirs, mut on) = (Vec::new(), Vec::new(), Vec::new());
        for (a, b) in keys {
            // Copies, since an outer join fills the key of the left side from that of the right.
            let (a_name, b_name) = (self.fresh("key"), self.fresh("key"));
            ours.push(Computed { name: a_name.clone(), formula: a, shown: "on".into() });
            theirs.push(Computed { name: b_name.clone(), formula: b, shown: "on".into() });
            on.push((a_name, b_name));
        }
        let (left, right) = (self.computed(left, ours)?, self.computed(right, theirs)?);
        let picks = bring.map(|right| right.columns.iter().map(|known| Pick::same(&known.column.name)).collect());
        let join = plan::Join {
            kind,
            on,
            nulls_match: false,
            right: picks.unwrap_or_default(),
            max_rows: None,
            keep_order: true,
        };
        self.add(Op::Join(join), &[left, right])
    }

    /// A left join with a condition that is no equality: rows are numbered, so that those without a match are found again.
    fn outer_with_rest(&self, left: Relation, right: Relation, kind: JoinKind, on: On) -> Result<Relation, Problem> {
        if kind == JoinKind::Full {
            return Err(Problem::new("A full join needs conditions that are equalities, or speak of one table alone.")
                .try_this("Put a LEFT JOIN and the rows of the right table without a match together with UNION ALL."));
        }
        let number = Column::new(self.fresh("row"), Type::Integer);
        let rows = self.add(Op::Number { column: number.name.clone(), start: 1 }, &[left.rows])?;
        let numbered = Relation { rows, columns: left.columns.clone() };
        let matched = self.inner(numbered, right.clone(), on)?;
        let again = Column::new(self.fresh("row"), Type::Integer);
        let mut picks: Vec<Pick> = right.columns.iter().map(|known| Pick::same(&known.column.name)).collect();
        picks.push(Pick::renamed(&number.name, &again.name));
        let matched = Relation { rows: self.pick(matched.rows, picks)?, columns: right.columns.clone() };
        let keys = vec![(Expr::column(&number), Expr::column(&again))];
        let brings = kind.has_right();
        let rows = self.match_rows(rows, matched.rows, kind, keys, brings.then_some(&matched))?;
        let columns = if brings { [left.columns, right.columns].concat() } else { left.columns };
        Ok(Relation { rows, columns })
    }

    /// A join on columns that both sides have, and that become one.
    pub(super) fn join_using(
        &self,
        left: Relation,
        right: Relation,
        kind: JoinKind,
        names: &[&Ident],
    ) -> Result<Relation, Problem> {
        let mut on = On::default();
        let mut pairs: Vec<(Known, Known)> = Vec::new();
        for name in names {
            let of = |side: &Relation| {
                let found =
                    side.all(None).into_iter().find(|known| known.name.eq_ignore_ascii_case(&name.value)).cloned();
                found.ok_or_else(|| {
                    let known = side.all(None).into_iter().map(|known| known.name.as_str());
                    self.placed(Problem::unknown("column", &name.value, known), name.span)
                })
            };
            let (ours, theirs) = (of(&left)?, of(&right)?);
            let both = vec![Expr::column(&ours.column), Expr::column(&theirs.column)];
            let equal = Expr::call(Function::Eq, both).map_err(|problem| self.placed(problem, name.span))?;
            let crate::formula::Node::Call { arguments, .. } = equal.node else { continue };
            let [a, b] = arguments.as_slice() else { continue };
            on.keys.push((a.clone(), b.clone()));
            pairs.push((ours, theirs));
        }
        let joined = self.join(left, right, kind, on)?;
        if !kind.has_right() {
            return Ok(joined);
        }
        let mut made = Vec::new();
        let mut columns = Vec::new();
        for (ours, theirs) in &pairs {
            let (a, b) = (Expr::column(&ours.column), Expr::column(&theirs.column));
            let merged = match kind {
                JoinKind::Right => b,
                JoinKind::Full => Expr::call(Function::Coalesce, vec![a, b])?,
                _ => a,
            };
            let kind = merged.kind.clone();
            let name = self.as_column(merged, &ours.name, &mut made);
            columns.push(Known {
                table: None,
                name: ours.name.clone(),
                column: Column::new(name, kind),
                merged: false,
            });
        }
        let is_key =
            |known: &Known| pairs.iter().any(|(a, b)| [&a.column.name, &b.column.name].contains(&&known.column.name));
        columns
            .extend(joined.columns.into_iter().map(|known| Known { merged: known.merged || is_key(&known), ..known }));
        Ok(Relation { rows: self.computed(joined.rows, made)?, columns })
    }
}
