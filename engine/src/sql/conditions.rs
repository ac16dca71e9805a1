//! Conditions: of WHERE, of HAVING, and of joins.

use std::collections::BTreeSet;

use sqlparser::ast::{self, Spanned};

use super::scope::{Expressions, Relation};
use super::tree::conjuncts;
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::problem::Problem;
use crate::types::Type;

/// What must hold for rows of two sides to belong together.
#[derive(Default)]
pub(super) struct On {
    /// Of the left side and of the right, of the same type: these must be equal.
    pub(super) keys: Vec<(Expr, Expr)>,
    /// What is said of the left side alone, and of the right.
    pub(super) left: Vec<Expr>,
    pub(super) right: Vec<Expr>,
    /// Anything else.
    pub(super) rest: Vec<Expr>,
}

impl Translator<'_, '_> {
    /// The rows for which WHERE holds.
    pub(super) fn conditioned(
        &self,
        relation: Relation,
        tree: &ast::Expr,
        tables: &Tables,
    ) -> Result<Relation, Problem> {
        let mut relation = relation;
        let mut plain = Vec::new();
        for condition in conjuncts(tree) {
            match self.subquery(&relation, condition, tables)? {
                Some(rows) => relation.rows = rows,
                None => plain.push(condition),
            }
        }
        let scope = Expressions::new(self, &relation, tables);
        let condition = self.all_of(&scope, &plain)?;
        let Some(condition) = condition else { return Ok(relation) };
        let rows = self.attached(relation.rows, &scope)?;
        let rows = self.filtered(rows, condition, "where")?;
        Ok(Relation { rows, columns: relation.columns })
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
                    on.keys.push((a.clone(), b.clone()));
                    continue;
                }
                if is_of(&b.columns(), left) && is_of(&a.columns(), right) {
                    on.keys.push((b.clone(), a.clone()));
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
