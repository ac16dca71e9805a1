//! Joins: of two relations on expressions that must be equal, and on conditions that are no equality.

use sqlparser::ast::Ident;

use super::Translator;
use super::conditions::On;
use super::pool::all;
use super::scope::{Known, Relation};
use crate::formula::{Expr, Function};
use crate::nodes::JoinKind;
use crate::plan::{self, Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// Two expressions that must be equal for rows of two sides to belong together.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) left: Expr,
    pub(super) right: Expr,
    /// Whether null is equal to null.
    pub(super) nulls: bool,
}

impl Key {
    pub(super) fn new(left: Expr, right: Expr) -> Self {
        Self { left, right, nulls: false }
    }

    pub(super) fn also_null(left: Expr, right: Expr) -> Self {
        Self { left, right, nulls: true }
    }

    /// Every row of one side with every row of the other, where a key is needed.
    pub(super) fn any() -> Self {
        Self::new(truth(), truth())
    }

    fn swapped(self) -> Self {
        Self { left: self.right, right: self.left, ..self }
    }
}

fn truth() -> Expr {
    Expr::literal(Value::Boolean(true))
}

/// A side so many times larger than the other is cut down to what has a match before it is kept in memory.
const FAR_LARGER: f64 = 4.0;
/// Below so many rows that is not worth the work.
const MANY: f64 = 100_000.0;

impl Translator<'_, '_> {
    pub(super) fn join(&self, left: Relation, right: Relation, kind: JoinKind, on: On) -> Result<Relation, Problem> {
        match kind {
            JoinKind::Right => {
                let keys = on.keys.into_iter().map(Key::swapped).collect();
                let swapped = On { keys, left: on.right, right: on.left, rest: on.rest };
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
        if let Some(condition) = all(of_left.into_iter().chain(of_right).chain(rest).collect())? {
            joined.rows = self.filtered(joined.rows, condition, "on")?;
        }
        Ok(joined)
    }

    /// A join on keys alone. What is said of one side alone leaves out rows there, unless they must come out all the same: then it
    /// is a key too, compared with true.
    fn keyed(&self, left: Relation, mut right: Relation, kind: JoinKind, on: On) -> Result<Relation, Problem> {
        let mut keys = on.keys;
        keys.extend(on.left.into_iter().map(|condition| Key::new(condition, truth())));
        if kind == JoinKind::Full {
            keys.extend(on.right.into_iter().map(|condition| Key::new(truth(), condition)));
        } else if let Some(condition) = all(on.right)? {
            right.rows = self.filtered(right.rows, condition, "on")?;
        }
        if keys.is_empty() && kind != JoinKind::Cross {
            keys.push(Key::any());
        }
        let brings = kind.has_right();
        let rows = self.match_rows(left.rows, right.rows, kind, keys, brings.then_some(&right))?;
        let columns = if brings { [left.columns, right.columns].concat() } else { left.columns };
        Ok(Relation { rows, columns })
    }

    /// Joins rows on pairs of expressions. Brings the columns of `right`, if it is given.
    pub(super) fn match_rows(
        &self,
        left: Rows,
        right: Rows,
        kind: JoinKind,
        keys: Vec<Key>,
        bring: Option<&Relation>,
    ) -> Result<Rows, Problem> {
        let nulls_match = keys.iter().any(|key| key.nulls);
        let (mut ours, mut theirs, mut on, mut filled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            // Copies, since an outer join fills the key of the left side from that of the right.
            let (a, b) = (self.fresh("key"), self.fresh("key"));
            if nulls_match && !key.nulls && key.right.as_literal().is_none() {
                let is_null = Expr::call(Function::IsNull, vec![key.right.clone()])?;
                filled.push(Expr::call(Function::Not, vec![is_null])?);
            }
            ours.push(Computed { name: a.clone(), formula: key.left, shown: "on".into() });
            theirs.push(Computed { name: b.clone(), formula: key.right, shown: "on".into() });
            on.push((a, b));
        }
        let right = match all(filled)? {
            Some(condition) => self.filtered(right, condition, "on")?,
            None => right,
        };
        let (left, mut right) = (self.computed(left, ours)?, self.computed(right, theirs)?);
        if self.is_far_larger(right, left) && matches!(kind, JoinKind::Left | JoinKind::Semi | JoinKind::Anti) {
            let on = on.iter().map(|(a, b)| (b.clone(), a.clone())).collect();
            let with_match = plan::Join { on, ..plain(JoinKind::Semi, nulls_match) };
            right = self.add(Op::Join(with_match), &[right, left])?;
        }
        let picks = bring.map(|right| right.columns.iter().map(|known| Pick::same(&known.column.name)).collect());
        let join = plan::Join { on, right: picks.unwrap_or_default(), ..plain(kind, nulls_match) };
        self.add(Op::Join(join), &[left, right])
    }

    fn is_far_larger(&self, one: Rows, other: Rows) -> bool {
        let draft = self.draft.borrow();
        let (one, other) = (draft.estimate(one).rows, draft.estimate(other).rows);
        one > MANY && one > other * FAR_LARGER
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
        let keys = vec![Key::new(Expr::column(&number), Expr::column(&again))];
        let brings = kind.has_right();
        let rows = self.match_rows(rows, matched.rows, kind, keys, brings.then_some(&matched))?;
        let columns = if brings { [left.columns, right.columns].concat() } else { left.columns };
        Ok(Relation { rows, columns })
    }

    /// The columns of both sides that are called alike, and that they are equal.
    pub(super) fn alike_columns(
        &self,
        left: &Relation,
        right: &Relation,
        names: &[&Ident],
    ) -> Result<Vec<(Known, Known, Expr)>, Problem> {
        let pair = |name: &&Ident| {
            let of = |side: &Relation| {
                let found =
                    side.all(None).into_iter().find(|known| known.name.eq_ignore_ascii_case(&name.value)).cloned();
                found.ok_or_else(|| {
                    let known = side.all(None).into_iter().map(|known| known.name.as_str());
                    self.placed(Problem::unknown("column", &name.value, known), name.span)
                })
            };
            let (ours, theirs) = (of(left)?, of(right)?);
            let both = vec![Expr::column(&ours.column), Expr::column(&theirs.column)];
            let equal = Expr::call(Function::Eq, both).map_err(|problem| self.placed(problem, name.span))?;
            Ok((ours, theirs, equal))
        };
        names.iter().map(pair).collect()
    }

    /// A right or full join on columns that both sides have, and that become one, filled from whichever side has the row.
    pub(super) fn join_using(
        &self,
        left: Relation,
        right: Relation,
        kind: JoinKind,
        pairs: &[(Known, Known, Expr)],
    ) -> Result<Relation, Problem> {
        let on = self.split(&left, &right, pairs.iter().map(|(.., equal)| equal.clone()).collect());
        let joined = self.join(left, right, kind, on)?;
        let mut made = Vec::new();
        let mut merged = Vec::new();
        for (ours, theirs, _) in pairs {
            let (a, b) = (Expr::column(&ours.column), Expr::column(&theirs.column));
            let filled = if kind == JoinKind::Full { Expr::call(Function::Coalesce, vec![a, b])? } else { b };
            let kind = filled.kind.clone();
            merged.push(Column::new(self.as_column(filled, &ours.name, &mut made), kind));
        }
        let columns = with_merged(joined.columns, pairs, merged);
        Ok(Relation { rows: self.computed(joined.rows, made)?, columns })
    }
}

/// The columns of a join on columns of one name: each such pair once, in front, and its two sides only for who names their tables.
pub(super) fn with_merged(columns: Vec<Known>, pairs: &[(Known, Known, Expr)], merged: Vec<Column>) -> Vec<Known> {
    let is_key =
        |known: &Known| pairs.iter().any(|(a, b, _)| [&a.column.name, &b.column.name].contains(&&known.column.name));
    let in_front = pairs.iter().zip(merged).map(|((ours, ..), column)| Known {
        table: None,
        name: ours.name.clone(),
        column,
        merged: false,
        outer: false,
    });
    let others = columns.into_iter().map(|known| Known { merged: known.merged || is_key(&known), ..known });
    in_front.chain(others).collect()
}

/// A join without columns as yet.
fn plain(kind: JoinKind, nulls_match: bool) -> plan::Join {
    plan::Join { kind, on: Vec::new(), nulls_match, right: Vec::new(), max_rows: None, order: plan::JoinOrder::Kept }
}
