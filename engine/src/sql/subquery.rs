//! Queries in WHERE that ask whether there are certain rows elsewhere: IN and EXISTS as joins.

use std::collections::BTreeSet;

use sqlparser::ast::{self, SetExpr, Spanned, UnaryOperator};

use super::conditions::On;
use super::join::Key;
use super::pool::all;
use super::scope::{Expressions, Known, Relation};
use super::tree::{self, conjuncts, holds, is_query};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::nodes::JoinKind;
use crate::plan::{Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// A condition of WHERE that is answered by a join.
pub(super) struct Test {
    kind: JoinKind,
    inner: Relation,
    on: On,
    /// NOT IN: where the value or one of the list is null, it isn't known whether it is in it.
    unknown: Option<(Expr, Expr)>,
}

impl Test {
    /// The columns of the rows tested that decide.
    pub(super) fn columns(&self) -> BTreeSet<String> {
        let keys = self.on.keys.iter().map(|key| &key.left);
        let all = keys.chain(&self.on.left).chain(&self.on.rest).flat_map(|expr| expr.columns());
        all.filter(|name| !self.inner.has(name)).map(str::to_owned).collect()
    }
}

impl Translator<'_, '_> {
    /// The test that a condition is; none where it is another condition, or one that takes more than a join.
    pub(super) fn test(
        &self,
        relation: &Relation,
        condition: &ast::Expr,
        tables: &Tables,
    ) -> Result<Option<Test>, Problem> {
        match condition {
            ast::Expr::Nested(inner) => self.test(relation, inner, tables),
            ast::Expr::UnaryOp { op: UnaryOperator::Not, expr } => match &**expr {
                ast::Expr::Nested(inner) => {
                    let turned = ast::Expr::UnaryOp { op: UnaryOperator::Not, expr: inner.clone() };
                    self.test(relation, &turned, tables)
                }
                ast::Expr::Exists { subquery, negated } => self.exists(relation, subquery, !negated, tables),
                ast::Expr::InSubquery { expr, subquery, negated } => {
                    self.is_in(relation, expr, subquery, !negated, tables)
                }
                _ => Ok(None),
            },
            ast::Expr::Exists { subquery, negated } => self.exists(relation, subquery, *negated, tables),
            ast::Expr::InSubquery { expr, subquery, negated } => self.is_in(relation, expr, subquery, *negated, tables),
            _ => Ok(None),
        }
    }

    /// Whether a test is better done before the table that it is about is joined to others.
    pub(super) fn leaves_out_early(&self, part: &Relation, test: &Test) -> bool {
        let draft = self.draft.borrow();
        test.on.rest.is_empty() && draft.estimate(test.inner.rows).rows <= draft.estimate(part.rows).rows
    }

    /// The rows for which a test turns out well.
    pub(super) fn tested(&self, relation: &Relation, test: Test) -> Result<Rows, Problem> {
        let Test { kind, inner, on, unknown } = test;
        let list = inner.rows;
        let rows = self.join(relation.clone(), inner, kind, on)?.rows;
        let Some((value, other)) = unknown else { return Ok(rows) };
        // As in SQL: a value is not known to be missing from a list that has nulls, and null only from an empty one.
        let is_null = |expr: Expr| Expr::call(Function::IsNull, vec![expr]);
        let nulls = self.filtered(list, is_null(other)?, "in")?;
        let known = self.match_rows(rows, nulls, JoinKind::Anti, vec![Key::any()], None)?;
        let truth = Expr::literal(Value::Boolean(true));
        let null_or = Node::Case { branches: vec![(is_null(value)?, truth.clone())], otherwise: None };
        let null_or = Expr { kind: Type::Boolean, node: null_or };
        self.match_rows(known, list, JoinKind::Anti, vec![Key::new(null_or, truth)], None)
    }

    /// The rows for which a condition holds that has queries in it.
    pub(super) fn where_query(
        &self,
        relation: &Relation,
        condition: &ast::Expr,
        tables: &Tables,
    ) -> Result<Rows, Problem> {
        if let Some(test) = self.test(relation, condition, tables)? {
            return self.tested(relation, test);
        }
        let scope = Expressions::new(self, relation, tables);
        let compiled = self.condition(scope.compile(condition)?, condition)?;
        let rows = self.attached(relation.rows, &scope)?;
        self.filtered(rows, compiled, "where")
    }

    fn is_in(
        &self,
        relation: &Relation,
        value: &ast::Expr,
        query: &ast::Query,
        negated: bool,
        tables: &Tables,
    ) -> Result<Option<Test>, Problem> {
        if holds(value, &is_query) {
            return Ok(None);
        }
        let value = Expressions::new(self, relation, tables).compile(value)?;
        let mark = self.draft.borrow().mark();
        let Ok(rows) = self.query(query, &tables.alone()) else {
            // It speaks of the rows outside, or is wrong: both are seen where it is taken for a part of an expression.
            self.draft.borrow_mut().take_out(mark);
            return Ok(None);
        };
        let (list, other) = self.one_column(rows, query, &[])?;
        let key = self.compared(value, &other, query)?;
        let unknown = negated.then(|| (key.left.clone(), key.right.clone()));
        let inner = Relation::of(list, &self.schema(list), None);
        let kind = if negated { JoinKind::Anti } else { JoinKind::Semi };
        Ok(Some(Test { kind, inner, on: On { keys: vec![key], ..On::default() }, unknown }))
    }

    /// A value and a column, brought to the same type.
    pub(super) fn compared(&self, value: Expr, column: &Column, query: &ast::Query) -> Result<Key, Problem> {
        let equal = Expr::call(Function::Eq, vec![value, Expr::column(column)]);
        let equal = equal.map_err(|problem| self.placed(problem, query.span()))?;
        let sides = match equal.node {
            Node::Call { arguments, .. } => <[Expr; 2]>::try_from(arguments).ok(),
            _ => None,
        };
        // Of null nothing is compared.
        let [left, right] = match sides {
            Some(sides) => sides,
            None => [Expr::null(Type::Text), Expr::column(column).cast(Type::Text)?],
        };
        Ok(Key::new(left, right))
    }

    /// Whether a plain query has rows. It may speak of the rows outside in its conditions.
    fn exists(
        &self,
        relation: &Relation,
        query: &ast::Query,
        negated: bool,
        tables: &Tables,
    ) -> Result<Option<Test>, Problem> {
        let plain = match &*query.body {
            SetExpr::Select(select) if query.with.is_none() && is_plain(select) => Some(select),
            _ => None,
        };
        let Some(select) = plain.filter(|_| query.limit_clause.is_none() && query.fetch.is_none()) else {
            return Ok(None);
        };
        let mark = self.draft.borrow().mark();
        let inner = self.selected_across(relation, select, tables);
        let Ok((inner, across)) = inner else {
            // What stands in FROM, or a query within, may speak of the rows outside, too, which takes more than a join.
            self.draft.borrow_mut().take_out(mark);
            return Ok(None);
        };
        let on = self.split(relation, &inner, across);
        let kind = if negated { JoinKind::Anti } else { JoinKind::Semi };
        Ok(Some(Test { kind, inner, on, unknown: None }))
    }

    /// The rows that a plain query looks at, and the conditions by which they belong to rows outside.
    fn selected_across(
        &self,
        relation: &Relation,
        select: &ast::Select,
        tables: &Tables,
    ) -> Result<(Relation, Vec<Expr>), Problem> {
        let alone = tables.alone();
        let mut pool = self.from(select, &alone)?;
        let inside = pool.view();
        // Inside, names of the inner tables go before those outside.
        let outside = relation.columns.iter().map(|known| Known { outer: true, ..known.clone() });
        let both = Relation { columns: inside.columns.iter().cloned().chain(outside).collect(), ..inside.clone() };
        let (mut across, mut failing, mut queries) = (Vec::new(), Vec::new(), Vec::new());
        for tree in select.selection.as_ref().map(conjuncts).unwrap_or_default() {
            if holds(tree, &is_query) {
                queries.push(tree);
                continue;
            }
            let compiled = self.condition(Expressions::new(self, &both, tables).compile(tree)?, tree)?;
            if !compiled.columns().iter().all(|name| inside.has(name)) {
                across.push(compiled);
            } else if compiled.can_fail() {
                failing.push(compiled);
            } else {
                pool.need_matches(&compiled)?;
                pool.must(compiled)?;
            }
        }
        let mut inner = self.together(pool)?;
        if let Some(condition) = all(failing)? {
            inner.rows = self.filtered(inner.rows, condition, "where")?;
        }
        for tree in queries {
            inner.rows = self.where_query(&inner, tree, &alone)?;
        }
        Ok((inner, across))
    }

    /// The rows of a query that gives one column, under a hidden name, and what it carries beside it.
    pub(super) fn one_column(
        &self,
        rows: Rows,
        query: &ast::Query,
        carried: &[&str],
    ) -> Result<(Rows, Column), Problem> {
        let columns = self.schema(rows);
        let own: Vec<&Column> = columns.0.iter().filter(|column| !carried.contains(&column.name.as_str())).collect();
        let [only] = own.as_slice() else {
            let message = format!("This query gives {} columns, and one is needed.", own.len());
            return Err(self.placed(Problem::new(message), query.span()));
        };
        let column = Column { name: self.fresh("query"), ..(*only).clone() };
        let carried = carried.iter().map(|name| Pick::same(*name));
        let picks = std::iter::once(Pick::renamed(&only.name, &column.name)).chain(carried).collect();
        Ok((self.pick(rows, picks)?, column))
    }
}

/// Whether it gives rows whenever the tables in it do.
fn is_plain(select: &ast::Select) -> bool {
    let is_ungrouped = matches!(&select.group_by, ast::GroupByExpr::Expressions(by, _) if by.is_empty());
    is_ungrouped && select.having.is_none() && select.qualify.is_none() && !tree::gives_aggregates(select)
}
