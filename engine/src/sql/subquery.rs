//! Queries within expressions: IN and EXISTS as joins, and those that give one value.

use sqlparser::ast::{self, SetExpr, Spanned, UnaryOperator};

use super::scope::{Expressions, Known, Relation};
use super::tree::{self, conjuncts};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::nodes::JoinKind;
use crate::plan::{Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// A query that gives one value, under the name that it has in expressions.
pub(super) struct Scalar {
    rows: Rows,
    column: Column,
}

impl Translator<'_, '_> {
    /// The rows for which a condition holds that is a query in IN or EXISTS; none for other conditions.
    pub(super) fn subquery(
        &self,
        relation: &Relation,
        condition: &ast::Expr,
        tables: &Tables,
    ) -> Result<Option<Rows>, Problem> {
        match condition {
            ast::Expr::UnaryOp { op: UnaryOperator::Not, expr } => match &**expr {
                ast::Expr::Nested(inner) => {
                    let turned = ast::Expr::UnaryOp { op: UnaryOperator::Not, expr: inner.clone() };
                    self.subquery(relation, &turned, tables)
                }
                ast::Expr::Exists { subquery, negated } => self.exists(relation, subquery, !negated, tables).map(Some),
                ast::Expr::InSubquery { expr, subquery, negated } => {
                    self.is_in(relation, expr, subquery, !negated, tables).map(Some)
                }
                _ => Ok(None),
            },
            ast::Expr::Exists { subquery, negated } => self.exists(relation, subquery, *negated, tables).map(Some),
            ast::Expr::InSubquery { expr, subquery, negated } => {
                self.is_in(relation, expr, subquery, *negated, tables).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn is_in(
        &self,
        relation: &Relation,
        value: &ast::Expr,
        query: &ast::Query,
        negated: bool,
        tables: &Tables,
    ) -> Result<Rows, Problem> {
        let scope = Expressions::new(self, relation, tables);
        let value = scope.compile(value)?;
        let rows = self.attached(relation.rows, &scope)?;
        let (list, other) = self.one_column(query, tables)?;
        let compared = Expr::call(Function::Eq, vec![value, Expr::column(&other)]);
        let compared = compared.map_err(|problem| self.placed(problem, query.span()))?;
        let Node::Call { arguments, .. } = compared.node else { return Ok(rows) };
        let [value, other] = arguments.as_slice() else { return Ok(rows) };
        let key = vec![(value.clone(), other.clone())];
        if !negated {
            return self.match_rows(rows, list, JoinKind::Semi, key, None);
        }
        // As in SQL: a value is not known to be missing from a list that has nulls, and null only from an empty one.
        let is_null = |expr: &Expr| Expr::call(Function::IsNull, vec![expr.clone()]);
        let truth = Expr::literal(Value::Boolean(true));
        let without = self.match_rows(rows, list, JoinKind::Anti, key, None)?;
        let nulls = self.filtered(list, is_null(other)?, "in")?;
        let known = self.match_rows(without, nulls, JoinKind::Anti, vec![(truth.clone(), truth.clone())], None)?;
        let null_or = Node::Case { branches: vec![(is_null(value)?, truth.clone())], otherwise: None };
        let null_or = Expr { kind: Type::Boolean, node: null_or };
        self.match_rows(known, list, JoinKind::Anti, vec![(null_or, truth)], None)
    }

    /// Rows for which a query has rows, or none. The query may speak of the rows outside in equalities.
    fn exists(&self, relation: &Relation, query: &ast::Query, negated: bool, tables: &Tables) -> Result<Rows, Problem> {
        let kind = if negated { JoinKind::Anti } else { JoinKind::Semi };
        let plain = match &*query.body {
            SetExpr::Select(select) if query.with.is_none() && is_plain(select) => Some(select),
            _ => None,
        };
        let Some(select) = plain.filter(|_| query.limit_clause.is_none() && query.fetch.is_none()) else {
            let rows = self.query(query, tables)?;
            let truth = || Expr::literal(Value::Boolean(true));
            return self.match_rows(relation.rows, rows, kind, vec![(truth(), truth())], None);
        };
        let mut inner = self.from(select, tables)?;
        // Inside, names of the inner tables go before those outside.
        let is_hidden = |known: &Known| inner.columns.iter().any(|own| own.table.is_some() && own.table == known.table);
        let outside: Vec<Known> = relation.columns.iter().filter(|known| !is_hidden(known)).cloned().collect();
        let mut across = Vec::new();
        for condition in select.selection.as_ref().map(conjuncts).unwrap_or_default() {
            if let Some(rows) = self.subquery(&inner, condition, tables)? {
                inner.rows = rows;
                continue;
            }
            let scope = Expressions::new(self, &inner, tables);
            if let Ok(alone) = scope.compile(condition) {
                let rows = self.attached(inner.rows, &scope)?;
                inner.rows = self.filtered(rows, self.condition(alone, condition)?, "where")?;
                continue;
            }
            let both = Relation { rows: inner.rows, columns: [inner.columns.clone(), outside.clone()].concat() };
            let compiled = Expressions::new(self, &both, tables).compile(condition)?;
            across.push(self.condition(compiled, condition)?);
        }
        let on = self.split(relation, &inner, across);
        Ok(self.join(relation.clone(), inner, kind, on)?.rows)
    }

    /// The rows of a query that gives one column, under a hidden name.
    fn one_column(&self, query: &ast::Query, tables: &Tables) -> Result<(Rows, Column), Problem> {
        let rows = self.query(query, tables)?;
        let columns = self.schema(rows);
        let [only] = columns.0.as_slice() else {
            let message = format!("This query gives {} columns, and one is needed.", columns.0.len());
            return Err(self.placed(Problem::new(message), query.span()));
        };
        let column = Column { name: self.fresh("query"), ..only.clone() };
        let rows = self.pick(rows, vec![Pick::renamed(&only.name, &column.name)])?;
        Ok((rows, column))
    }

    /// Puts the values of queries that give one value beside the rows that need them.
    pub(super) fn attached(&self, rows: Rows, scope: &Expressions) -> Result<Rows, Problem> {
        let mut rows = rows;
        for Scalar { rows: value, column } in scope.scalars.borrow_mut().drain(..) {
            let bring = Relation::of(value, &self.schema(value), None);
            let truth = || Expr::literal(Value::Boolean(true));
            debug_assert!(bring.has(&column.name));
            rows = self.match_rows(rows, value, JoinKind::Left, vec![(truth(), truth())], Some(&bring))?;
        }
        Ok(rows)
    }
}

impl Expressions<'_, '_, '_> {
    /// A query that gives one value. The run fails if it gives more.
    pub(super) fn scalar(&self, query: &ast::Query) -> Result<Expr, Problem> {
        let translator = self.translator;
        let (rows, column) = translator.one_column(query, self.tables)?;
        if !gives_one_row(query) {
            let more = translator.add(Op::Slice { skip: 1, count: None }, &[rows])?;
            let message = "A query that stands for one value gives several rows.";
            translator.draft.borrow_mut().expect_none(more, message);
        }
        let expr = Expr::column(&column);
        self.scalars.borrow_mut().push(Scalar { rows, column });
        Ok(expr)
    }
}

/// Whether it gives rows whenever the tables in it do.
fn is_plain(select: &ast::Select) -> bool {
    let is_ungrouped = matches!(&select.group_by, ast::GroupByExpr::Expressions(by, _) if by.is_empty());
    is_ungrouped && select.having.is_none() && select.qualify.is_none() && !gives_aggregates(select)
}

/// Whether it is an aggregate of everything, or asks for one row at most.
fn gives_one_row(query: &ast::Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let is_ungrouped = matches!(&select.group_by, ast::GroupByExpr::Expressions(by, _) if by.is_empty());
    is_ungrouped && gives_aggregates(select)
}

fn gives_aggregates(select: &ast::Select) -> bool {
    let aggregates = |item: &ast::SelectItem| match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => {
            tree::holds(expr, &tree::is_aggregate)
        }
        _ => false,
    };
    select.projection.iter().any(aggregates)
}
