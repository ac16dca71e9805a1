//! Tables that are still to be joined, and the conditions that must hold of their rows. A query may list both in any order: each
//! condition goes to where it leaves out rows first, and the tables are joined in the order that makes the fewest.

use std::collections::{BTreeSet, HashMap};

use super::Translator;
use super::conditions::On;
use super::join::Key;
use super::order::{Class, Ordering, Set, Tree, bit};
use super::scope::{Known, Relation};
use crate::formula::{Expr, Function, Node};
use crate::nodes::JoinKind;
use crate::problem::Problem;
use crate::types::Column;

#[derive(Default)]
pub(super) struct Pool {
    parts: Vec<Relation>,
    /// Conditions on the parts, none of which can fail.
    conditions: Vec<Expr>,
    /// What must be equal in two parts, where it can fail to be computed.
    computed: Vec<Expr>,
    /// LEFT JOINs, done once the parts are joined.
    later: Vec<(Relation, On)>,
    /// All columns, as the query lists them.
    pub(super) columns: Vec<Known>,
}

impl Pool {
    pub(super) fn of(part: Relation) -> Self {
        Self { columns: part.columns.clone(), parts: vec![part], ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The columns, for expressions over them; the rows are not there yet.
    pub(super) fn view(&self) -> Relation {
        Relation { columns: self.columns.clone(), ..Relation::nothing() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.conditions.extend(other.conditions);
        self.computed.extend(other.computed);
        self.later.extend(other.later);
        self.columns.extend(other.columns);
    }

    pub(super) fn join_later(&mut self, right: Relation, on: On) {
        self.columns.extend(right.columns.iter().cloned());
        self.later.push((right, on));
    }

    /// Something that must hold. Alternatives are taken apart as far as they agree.
    pub(super) fn must(&mut self, condition: Expr) -> Result<(), Problem> {
        for condition in in_common(condition)? {
            self.conditions.extend(conjuncts(condition));
        }
        Ok(())
    }

    /// Whether a condition says that something of one part is equal to something of another.
    pub(super) fn is_key(pools: &[&Self], condition: &Expr) -> bool {
        let Some((a, b, _)) = equality(condition) else { return false };
        let part_of = |expr: &Expr| {
            let mut found = pools.iter().enumerate().filter_map(|(at, pool)| Some((at, pool.set(expr)?)));
            found.next().filter(|(_, set)| set.is_power_of_two())
        };
        matches!((part_of(a), part_of(b)), (Some(a), Some(b)) if a != b)
    }

    /// Something that must hold, for which [`Self::is_key`] is true, and that can fail: for rows of one part, after its own conditions.
    pub(super) fn must_compute(&mut self, condition: Expr) {
        self.computed.push(condition);
    }

    /// A condition that no row without a match can fulfil makes inner joins of the LEFT JOINs that it speaks of.
    pub(super) fn need_matches(&mut self, condition: &Expr) -> Result<(), Problem> {
        let mut at = 0;
        while at < self.later.len() {
            if !rejects_nulls(condition, &self.later[at].0) {
                at += 1;
                continue;
            }
            let (right, on) = self.later.remove(at);
            self.parts.push(right);
            for Key { left, right, .. } in on.keys {
                let equal = Expr::call(Function::Eq, vec![left, right])?;
                self.need_matches(&equal)?;
                self.must(equal)?;
            }
            on.left.into_iter().chain(on.right).chain(on.rest).try_for_each(|condition| self.must(condition))?;
            at = 0;
        }
        Ok(())
    }

    /// Whether a condition speaks of a table whose join has to wait.
    pub(super) fn waits_for(&self, condition: &Expr) -> bool {
        let columns = condition.columns();
        self.later.iter().any(|(right, _)| columns.iter().any(|name| right.has(name)))
    }

    /// The one part that all of these columns belong to.
    pub(super) fn part_of(&mut self, columns: &BTreeSet<String>) -> Option<&mut Relation> {
        let is_of = |part: &Relation| !columns.is_empty() && columns.iter().all(|name| part.has(name));
        self.parts.iter_mut().find(|part| is_of(part))
    }

    /// The parts that an expression speaks of; none if it speaks of one that comes later, or of nothing.
    fn set(&self, expr: &Expr) -> Option<Set> {
        let mut set = 0;
        for name in expr.columns() {
            set |= bit(self.parts.iter().position(|part| part.has(name))?);
        }
        (set != 0).then_some(set)
    }
}

impl Translator<'_, '_> {
    /// The rows of all tables for which all conditions hold.
    pub(super) fn together(&self, pool: Pool) -> Result<Relation, Problem> {
        let mut own: Vec<Vec<Expr>> = pool.parts.iter().map(|_| Vec::new()).collect();
        let mut classes: Vec<Class> = Vec::new();
        let mut others: Vec<(Set, Expr)> = Vec::new();
        let mut last = Vec::new();
        for condition in &pool.conditions {
            let Some(set) = pool.set(condition) else {
                last.push(condition.clone());
                continue;
            };
            if set.count_ones() == 1 {
                own[set.trailing_zeros() as usize].push(condition.clone());
            } else if let Some((a, b, nulls)) = equality(condition)
                && let (Some(left), Some(right)) = (pool.set(a), pool.set(b))
                && left.count_ones() == 1
                && right.count_ones() == 1
            {
                let member = |set: Set, expr: &Expr| (set.trailing_zeros() as usize, expr.clone());
                enter(&mut classes, [member(left, a), member(right, b)], nulls);
            } else {
                for (at, own) in own.iter_mut().enumerate() {
                    own.extend(implied(condition, &|expr| pool.set(expr) == Some(bit(at)))?);
                }
                others.push((set, condition.clone()));
            }
        }
        let mut parts = pool.parts;
        let mut later = pool.later;
        let known: Vec<Expr> = own.iter().flatten().cloned().collect();
        for condition in &known {
            for (at, own) in own.iter_mut().enumerate() {
                let there = classes.iter().filter_map(|class| Some((class, class.within(bit(at))?)));
                let equals = there.flat_map(|(class, there)| class.members.iter().map(move |(_, here)| (here, there)));
                own.extend(carried_over(condition, equals).filter(|condition| !own.contains(condition)));
            }
            for (right, on) in &mut later {
                let equals = on.keys.iter().map(|key| (&key.left, &key.right));
                if let Some(condition) = carried_over(condition, equals) {
                    right.rows = self.filtered(right.rows, condition, "where")?;
                }
            }
        }
        for (part, own) in parts.iter_mut().zip(own) {
            if let Some(condition) = all(own)? {
                part.rows = self.filtered(part.rows, condition, "where")?;
            }
        }
        for condition in &pool.computed {
            let Some((a, b, nulls)) = equality(condition) else { continue };
            let mut key = |expr: &Expr| -> Result<(usize, Expr), Problem> {
                let is_of = |part: &Relation| expr.columns().iter().all(|name| part.has(name));
                let at = parts.iter().position(is_of).unwrap_or_default();
                let mut computed = Vec::new();
                let name = self.as_column(expr.clone(), "where", &mut computed);
                let column = Column::new(name, expr.kind.clone());
                if !computed.is_empty() {
                    // Joins carry it on, but no name finds it.
                    let (table, name, column) = (None, String::new(), column.clone());
                    parts[at].columns.push(Known { table, name, column, merged: true, outer: false });
                }
                parts[at].rows = self.computed(parts[at].rows, computed)?;
                Ok((at, Expr::column(&column)))
            };
            enter(&mut classes, [key(a)?, key(b)?], nulls);
        }
        // What is equal to the same thing elsewhere is equal here.
        for (at, part) in parts.iter_mut().enumerate() {
            let equal = classes.iter().map(|class| class.equal_within(at)).collect::<Result<Vec<_>, _>>()?;
            if let Some(condition) = all(equal.into_iter().flatten().collect())? {
                part.rows = self.filtered(part.rows, condition, "where")?;
            }
        }
        let estimates: Vec<_> = parts.iter().map(|part| self.draft.borrow().estimate(part.rows)).collect();
        let tree = Ordering::new(&estimates, &classes, &others).tree();
        let mut joined = self.grown(&tree, &parts, &classes, &others)?;
        for (right, on) in later {
            joined = self.join(joined, right, JoinKind::Left, on)?;
        }
        if let Some(condition) = all(last)? {
            joined.rows = self.filtered(joined.rows, condition, "where")?;
        }
        Ok(Relation { rows: joined.rows, columns: pool.columns })
    }

    fn grown(
        &self,
        tree: &Tree,
        parts: &[Relation],
        classes: &[Class],
        others: &[(Set, Expr)],
    ) -> Result<Relation, Problem> {
        let (left, right) = match tree {
            Tree::Table(part) => return Ok(parts[*part].clone()),
            Tree::Join(left, right) => (left, right),
        };
        let (ours, theirs) = (left.set(), right.set());
        let keys = classes.iter().filter_map(|class| {
            let (left, right) = (class.within(ours)?.clone(), class.within(theirs)?.clone());
            Some(if class.nulls { Key::also_null(left, right) } else { Key::new(left, right) })
        });
        let whole = ours | theirs;
        let is_new = |set: Set| set & whole == set && set & ours != set && set & theirs != set;
        let rest = others.iter().filter(|(set, _)| is_new(*set)).map(|(_, condition)| condition.clone());
        let on = On { keys: keys.collect(), rest: rest.collect(), ..On::default() };
        let (left, right) = (self.grown(left, parts, classes, others)?, self.grown(right, parts, classes, others)?);
        self.join(left, right, JoinKind::Inner, on)
    }
}

/// Whether a condition can't be true where the columns of a table are null.
fn rejects_nulls(condition: &Expr, table: &Relation) -> bool {
    use Function::{Between, Eq, Ge, Gt, ILike, In, Le, Like, Lt, Ne};
    let Node::Call { function: function @ (Eq | Ne | Lt | Le | Gt | Ge | Between | Like | ILike | In), arguments } =
        &condition.node
    else {
        return false;
    };
    let is_of = |argument: &Expr| match &argument.node {
        Node::Column(name) => table.has(name),
        Node::Cast { value, .. } => matches!(&value.node, Node::Column(name) if table.has(name)),
        _ => false,
    };
    // Of a list only what is looked for in it.
    let decisive = if matches!(function, In | Between) { 1 } else { 2 };
    arguments.iter().take(decisive).any(is_of)
}

/// Two expressions that must be equal, and whether null is equal to null.
fn equality(condition: &Expr) -> Option<(&Expr, &Expr, bool)> {
    let Node::Call { function, arguments } = &condition.node else { return None };
    match (function, arguments.as_slice()) {
        (Function::Eq, [a, b]) => Some((a, b, false)),
        (Function::Not, [inner]) => match &inner.node {
            Node::Call { function: Function::IsDistinct, arguments } => {
                let [a, b] = arguments.as_slice() else { return None };
                Some((a, b, true))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a condition says of other columns that must be equal to all of those that it speaks of.
fn carried_over<'e>(condition: &Expr, equals: impl Iterator<Item = (&'e Expr, &'e Expr)>) -> Option<Expr> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    for (here, there) in equals {
        if let (Node::Column(name), Node::Column(equal)) = (&here.node, &there.node)
            && here.kind == there.kind
            && here.kind.is_exact()
        {
            names.entry(name).or_insert(equal);
        }
    }
    if !condition.columns().iter().all(|name| names.contains_key(name)) {
        return None;
    }
    let mut condition = condition.clone();
    condition.rename_columns(&|name| names.get(name).map(|name| (*name).to_owned()));
    Some(condition)
}

/// Puts two equal expressions to what is known to be equal to one of them.
fn enter(classes: &mut Vec<Class>, members: [(usize, Expr); 2], nulls: bool) {
    let mut together = Class { members: Vec::new(), nulls };
    let is_touched = |class: &Class| !nulls && !class.nulls && members.iter().any(|it| class.members.contains(it));
    classes.retain_mut(|class| {
        let touched = is_touched(class);
        if touched {
            together.members.append(&mut class.members);
        }
        !touched
    });
    members.into_iter().for_each(|member| {
        if !together.members.contains(&member) {
            together.members.push(member);
        }
    });
    classes.push(together);
}

/// The conditions that a condition consists of.
fn conjuncts(condition: Expr) -> Vec<Expr> {
    condition.operands(Function::And)
}

pub(super) fn all(conditions: Vec<Expr>) -> Result<Option<Expr>, Problem> {
    joined(conditions, Function::And)
}

fn joined(conditions: Vec<Expr>, by: Function) -> Result<Option<Expr>, Problem> {
    conditions.into_iter().map(Ok).reduce(|all, one| Expr::call(by, vec![all?, one?])).transpose()
}

/// What all alternatives have in common, and what is left of them: `a and b or a and c` is `a` and `b or c`.
fn in_common(condition: Expr) -> Result<Vec<Expr>, Problem> {
    let branches: Vec<Vec<Expr>> = condition.clone().operands(Function::Or).into_iter().map(conjuncts).collect();
    let [first, rest @ ..] = branches.as_slice() else { return Ok(vec![condition]) };
    let shared: Vec<Expr> =
        first.iter().filter(|one| rest.iter().all(|branch| branch.contains(one))).cloned().collect();
    if rest.is_empty() || shared.is_empty() {
        return Ok(vec![condition]);
    }
    let left = branches.into_iter().map(|branch| {
        let own = branch.into_iter().filter(|one| !shared.contains(one)).collect();
        all(own)
    });
    let left: Option<Vec<Expr>> = left.collect::<Result<_, _>>()?;
    // A branch of nothing else leaves nothing to choose.
    let rest = left.map_or(Ok(None), |left| joined(left, Function::Or))?;
    Ok(shared.into_iter().chain(rest).collect())
}

/// What alternatives say of one table: `t.a = 1 and u.b = 2 or t.a = 3` can only hold where `t.a = 1 or t.a = 3` does.
fn implied(condition: &Expr, is_own: &dyn Fn(&Expr) -> bool) -> Result<Option<Expr>, Problem> {
    let branches = condition.clone().operands(Function::Or);
    if branches.len() < 2 {
        return Ok(None);
    }
    let own = branches.into_iter().map(|branch| all(conjuncts(branch).into_iter().filter(|one| is_own(one)).collect()));
    let own: Option<Vec<Expr>> = own.collect::<Result<_, _>>()?;
    own.map_or(Ok(None), |own| joined(own, Function::Or))
}
