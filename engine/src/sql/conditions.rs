//! Conditions: of WHERE, of HAVING, and of joins.

use std::collections::BTreeSet;

use sqlparser::ast::{self, Spanned};

use super::join::Key;
use super::pool::{Pool, all};
use super::scope::{Expressions, Relation};
use super::subquery::Test;
use super::tree::{conjuncts, holds, is_query};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::problem::Problem;
use crate::types::Type;

/// What must hold for rows of two sides to belong together.
#[derive(Default)]
pub(super) struct On {
    pub(super) keys: Vec<Key>,
    /// What is said of the left side alone, and of the right.
    pub(super) left: Vec<Expr>,
    pub(super) right: Vec<Expr>,
    /// Anything else.
    pub(super) rest: Vec<Expr>,
}

impl Translator<'_, '_> {
    /// The rows of FROM for which WHERE holds. What holds no query is told to the pool, which finds the best place for it.
    pub(super) fn conditioned(
        &self,
        mut pool: Pool,
        tree: Option<&ast::Expr>,
        tables: &Tables,
    ) -> Result<Relation, Problem> {
        let view = pool.view();
        let scope = Expressions::new(self, &view, tables);
        let mut failing = Vec::new();
        let mut tests: Vec<Test> = Vec::new();
        let mut queries = Vec::new();
        for tree in tree.map(conjuncts).unwrap_or_default() {
            if holds(tree, &is_query) {
                match self.test(&view, tree, tables)? {
                    Some(test) => tests.push(test),
                    None => queries.push(tree),
                }
                continue;
            }
            let condition = self.condition(scope.compile(tree)?, tree)?;
            pool.need_matches(&condition)?;
            match condition.can_fail() {
                true if Pool::is_key(&[&pool], &condition) => pool.must_compute(condition),
                true => failing.push(condition),
                false => pool.must(condition)?,
            }
        }
        let mut after = Vec::new();
        for test in tests {
            match pool.part_of(&test.columns()) {
                Some(part) if self.leaves_out_early(part, &test) => part.rows = self.tested(part, test)?,
                _ => after.push(test),
            }
        }
        let mut relation = self.together(pool)?;
        if let Some(condition) = all(failing)? {
            relation.rows = self.filtered(relation.rows, condition, "where")?;
        }
        for test in after {
            relation.rows = self.tested(&relation, test)?;
        }
        for tree in queries {
            relation.rows = self.where_query(&relation, tree, tables)?;
        }
        Ok(relation)
    }

    /// Whether all of these hold; none where there are none.
    pub(super) fn all_of(&self, scope: &Expressions, trees: &[&ast::Expr]) -> Result<Option<Expr>, Problem> {
        let mut all: Option<Expr> = None;
        for tree in trees {
            let one = self.condition(scope.compile(tree)?, tree)?;
            all = Some(match all {
                Some(all) => Expr::call(Function::And, vec![all, one])?,
                None => one,
            });
        }
        Ok(all)
    }

    /// What was compiled from the tree, which must be true or false.
    pub(super) fn condition(&self, condition: Expr, tree: &ast::Expr) -> Result<Expr, Problem> {
        if matches!(condition.kind, Type::Boolean | Type::Null) {
            return condition.cast(Type::Boolean);
        }
        let problem = Problem::new(format!("A condition is true or false, and this is {}.", condition.kind));
        Err(self.placed(problem, tree.span()).try_this("Compare it with something, as in amount > 0."))
    }

    /// Sorts conditions by the sides that they speak of.
    pub(super) fn split(&self, left: &Relation, right: &Relation, conditions: Vec<Expr>) -> On {
        let mut on = On::default();
        let is_of = |columns: &BTreeSet<&str>, side: &Relation| columns.iter().all(|name| side.has(name));
        for condition in conditions {
            if let Node::Call { function: Function::Eq, arguments } = &condition.node
                && let [a, b] = arguments.as_slice()
                && !a.columns().is_empty()
                && !b.columns().is_empty()
            {
                if is_of(&a.columns(), left) && is_of(&b.columns(), right) {
                    on.keys.push(Key::new(a.clone(), b.clone()));
                    continue;
                }
                if is_of(&b.columns(), left) && is_of(&a.columns(), right) {
                    on.keys.push(Key::new(b.clone(), a.clone()));
                    continue;
                }
            }
            let columns = condition.columns();
            let (of_left, of_right) = (is_of(&columns, left), is_of(&columns, right));
            match (of_left, of_right) {
                (true, _) => on.left.push(condition),
                (_, true) => on.right.push(condition),
                _ => on.rest.push(condition),
            }
        }
        on
    }
}
