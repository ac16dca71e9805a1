//! Queries within expressions: what they come to is put beside the rows, as columns that the expression reads.

use std::rc::Rc;

use sqlparser::ast::{self, BinaryOperator, SetExpr, Spanned};

use super::Translator;
use super::join::Key;
use super::outer::Outer;
use super::scope::{Expressions, Relation};
use super::tree::{self, of_query};
use crate::formula::{Expr, Function, Node};
use crate::nodes::{AggregateFunction, JoinKind, Keep};
use crate::plan::{Aggregate, Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// What is put beside the rows of a relation before an expression over them can be computed.
pub(super) struct Attached {
    rows: Rows,
    keys: Vec<Key>,
    columns: Vec<Column>,
    /// There is exactly one row of it.
    single: bool,
}

impl Translator<'_, '_> {
    /// Puts what the queries of expressions come to beside the rows that need it.
    pub(super) fn attached(&self, rows: Rows, scope: &Expressions) -> Result<Rows, Problem> {
        let mut rows = rows;
        for Attached { rows: beside, keys, columns, single } in scope.attached.take() {
            let mut bring = Relation::of(beside, &self.schema(beside), None);
            bring.columns.retain(|known| columns.iter().any(|column| column.name == known.column.name));
            rows = match single {
                true => self.match_rows(rows, beside, JoinKind::Cross, Vec::new(), Some(&bring))?,
                false => self.match_rows(rows, beside, JoinKind::Left, keys, Some(&bring))?,
            };
        }
        Ok(rows)
    }
}

/// The answer of a query within an expression.
struct Answer {
    rows: Rows,
    outer: Option<Rc<Outer>>,
}

impl Answer {
    /// The columns that say for which of the rows around it a row is.
    fn carried(&self) -> Vec<&str> {
        self.outer.iter().flat_map(|outer| outer.names()).collect()
    }

    /// By what its rows belong to the rows around: all of them to every row where it does not look at those.
    fn keys(&self) -> Vec<Key> {
        self.outer.as_ref().map_or_else(|| vec![Key::any()], |outer| outer.keys())
    }
}

impl Expressions<'_, '_, '_> {
    /// The value of an expression that is a query, or asks one; none for other expressions.
    pub(super) fn subquery(&self, tree: &ast::Expr) -> Result<Option<Expr>, Problem> {
        let made = match tree {
            ast::Expr::Subquery(query) => self.scalar(query)?,
            ast::Expr::Exists { subquery, negated } => {
                let answer = self.answer(subquery)?;
                let by = answer.carried().into_iter().map(str::to_owned).collect();
                turned(self.mark(answer.rows, by, answer.keys())?, *negated)?
            }
            ast::Expr::InSubquery { expr, subquery, negated } => {
                let value = self.compile(expr)?;
                turned(self.is_among(value, subquery)?, *negated)?
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } | ast::Expr::AllOp { left, compare_op, right } => {
                let Some(query) = of_query(right) else { return Ok(None) };
                let value = self.compile(left)?;
                let is_all = matches!(tree, ast::Expr::AllOp { .. });
                match (compare_op, is_all) {
                    (BinaryOperator::Eq, false) => self.is_among(value, query)?,
                    (BinaryOperator::NotEq, true) => turned(self.is_among(value, query)?, true)?,
                    _ => self.bounded(value, compare_op, is_all, query)?,
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    /// What a query gives that stands in this expression.
    fn answer(&self, query: &ast::Query) -> Result<Answer, Problem> {
        // Of groups only the keys are the same in all rows.
        let in_view = self.relation.columns.iter().filter(|known| match self.grouping {
            Some(grouping) => known.outer || grouping.key_of(known).is_ok(),
            None => true,
        });
        let around = Relation { rows: self.relation.rows, columns: in_view.cloned().collect() };
        let (rows, outer) = self.translator.within(query, self.tables, &around)?;
        Ok(Answer { rows, outer })
    }

    /// The same of a query that gives one column.
    fn column_of(&self, query: &ast::Query) -> Result<(Answer, Column), Problem> {
        let answer = self.answer(query)?;
        let (rows, column) = self.translator.one_column(answer.rows, query, &answer.carried())?;
        Ok((Answer { rows, ..answer }, column))
    }

    fn attach(&self, rows: Rows, keys: Vec<Key>, columns: Vec<Column>, single: bool) {
        self.attached.borrow_mut().push(Attached { rows, keys, columns, single });
    }

    /// A query that gives one value. The run fails if it gives more.
    fn scalar(&self, query: &ast::Query) -> Result<Expr, Problem> {
        let translator = self.translator;
        let (answer, column) = self.column_of(query)?;
        let is_one = gives_one_row(query);
        if !is_one {
            let carried = answer.carried().into_iter().map(str::to_owned).collect();
            let more = translator.slice_of_each(answer.rows, 1, None, carried)?;
            let message = "A query that stands for one value gives several rows.";
            translator.draft.borrow_mut().expect_none(more, message);
        }
        let expr = Expr::column(&column);
        self.attach(answer.rows, answer.keys(), vec![column], is_one && answer.outer.is_none());
        Ok(expr)
    }

    /// Whether there is a row among these with the same values in `by`, which are compared as the keys say.
    fn mark(&self, rows: Rows, by: Vec<String>, keys: Vec<Key>) -> Result<Expr, Problem> {
        let translator = self.translator;
        let rows = match by.is_empty() {
            true => translator.add(Op::Slice { skip: 0, count: Some(1) }, &[rows])?,
            false => {
                let picked = translator.pick(rows, by.iter().map(Pick::same).collect())?;
                translator.add(Op::Distinct { by, keep: Keep::First }, &[picked])?
            }
        };
        let mark = Column::new(translator.fresh("found"), Type::Boolean);
        let made = Computed::new(&mark.name, Expr::literal(Value::Boolean(true)));
        let rows = translator.computed(rows, vec![made])?;
        let expr = Expr::column(&mark);
        self.attach(rows, keys, vec![mark], false);
        expr.is_true()
    }

    /// `value IN (query)`: true, false, or null where it isn't known.
    fn is_among(&self, value: Expr, query: &ast::Query) -> Result<Expr, Problem> {
        let translator = self.translator;
        let (answer, column) = self.column_of(query)?;
        let Key { left: value, right: listed, .. } = translator.compared(value, &column, query)?;
        let made = self.aggregated(&answer, &listed, &[AggregateFunction::Count, AggregateFunction::CountNulls])?;
        let [count, nulls] = made.as_slice() else { return Err(Problem::default()) };
        // Null is in no list.
        let rows = translator.filtered(answer.rows, is_known(&listed)?, "in")?;
        let mut computed = Vec::new();
        let column = Column::new(translator.as_column(listed, "in", &mut computed), value.kind.clone());
        let rows = translator.computed(rows, computed)?;
        let by = answer.carried().into_iter().chain([column.name.as_str()]).map(str::to_owned).collect();
        let keys = answer.keys().into_iter().filter(|_| answer.outer.is_some());
        let keys = keys.chain([Key::new(value.clone(), Expr::column(&column))]).collect();
        let found = self.mark(rows, by, keys)?;
        let is_null = Expr::call(Function::IsNull, vec![value])?;
        let open = Expr::call(Function::Or, vec![is_null, is_some(nulls)?])?;
        let unknown = Expr::call(Function::And, vec![is_some(count)?, open])?;
        let branches = vec![(found, truth(true)), (unknown, Expr::null(Type::Boolean))];
        Ok(Expr { kind: Type::Boolean, node: Node::Case { branches, otherwise: Some(Box::new(truth(false))) } })
    }

    /// Aggregates of an answer, put beside the rows that it is for.
    fn aggregated(&self, answer: &Answer, value: &Expr, functions: &[AggregateFunction]) -> Result<Vec<Expr>, Problem> {
        let translator = self.translator;
        let mut computed = Vec::new();
        let column = translator.as_column(value.clone(), "in", &mut computed);
        let rows = translator.computed(answer.rows, computed)?;
        let by: Vec<String> = answer.carried().into_iter().map(str::to_owned).collect();
        let aggregates = functions.iter().map(|function| {
            let column = (*function != AggregateFunction::Count).then_some(column.as_str());
            Aggregate::new(*function, column, translator.fresh("group"))
        });
        let aggregates: Vec<Aggregate> = aggregates.collect();
        let names: Vec<String> = aggregates.iter().map(|one| one.name.clone()).collect();
        let groups = translator.add(Op::GroupBy { by, aggregates, reproducible: false }, &[rows])?;
        let schema = translator.schema(groups);
        let made: Vec<Column> = names.iter().filter_map(|name| schema.column(name).cloned()).collect();
        let columns = made.iter().map(Expr::column).collect();
        self.attach(groups, answer.keys(), made, answer.outer.is_none());
        Ok(columns)
    }

    /// `value < ALL (query)` and the like: compared with the largest or the smallest.
    fn bounded(
        &self,
        value: Expr,
        operator: &BinaryOperator,
        is_all: bool,
        query: &ast::Query,
    ) -> Result<Expr, Problem> {
        use AggregateFunction::{Count, CountNulls, Max, Min};
        use BinaryOperator as B;
        let (function, by_largest) = match operator {
            B::Lt => (Function::Lt, !is_all),
            B::LtEq => (Function::Le, !is_all),
            B::Gt => (Function::Gt, is_all),
            B::GtEq => (Function::Ge, is_all),
            B::Eq => (Function::Eq, true),
            B::NotEq => (Function::Ne, true),
            other => {
                let problem = Problem::new(format!("{other} does not compare a value with a query."));
                return Err(self.translator.placed(problem.try_this("Write =, <>, <, <=, > or >=."), query.span()));
            }
        };
        let (answer, column) = self.column_of(query)?;
        let key = self.translator.compared(value, &column, query)?;
        let made = self.aggregated(&answer, &key.right, &[Count, CountNulls, Max, Min])?;
        let [count, nulls, largest, smallest] = made.as_slice() else { return Err(Problem::default()) };
        let compare = |bound: &Expr| Expr::call(function, vec![key.left.clone(), bound.clone()]);
        let compared = match operator {
            // Equal to all is equal to both ends, and different from one of them different from some.
            B::Eq => Expr::call(Function::And, vec![compare(largest)?, compare(smallest)?])?,
            B::NotEq => Expr::call(Function::Or, vec![compare(largest)?, compare(smallest)?])?,
            _ => compare(if by_largest { largest } else { smallest })?,
        };
        // Without rows ALL is true and ANY false. What the values that are known decide is decided; else a null leaves it open.
        let is_empty = is_some(count)?.is_not_true()?;
        let decided = Expr::call(Function::Eq, vec![compared.clone(), truth(!is_all)])?.is_true()?;
        let branches =
            vec![(is_empty, truth(is_all)), (decided, truth(!is_all)), (is_some(nulls)?, Expr::null(Type::Boolean))];
        Ok(Expr { kind: Type::Boolean, node: Node::Case { branches, otherwise: Some(Box::new(compared)) } })
    }
}

fn truth(value: bool) -> Expr {
    Expr::literal(Value::Boolean(value))
}

fn is_known(expr: &Expr) -> Result<Expr, Problem> {
    Expr::call(Function::Not, vec![Expr::call(Function::IsNull, vec![expr.clone()])?])
}

/// Whether a count is not 0. Where there was nothing to count it is null.
fn is_some(count: &Expr) -> Result<Expr, Problem> {
    Expr::call(Function::Gt, vec![count.clone(), Expr::literal(Value::Integer(0))])
}

fn turned(expr: Expr, negated: bool) -> Result<Expr, Problem> {
    if negated { Expr::call(Function::Not, vec![expr]) } else { Ok(expr) }
}

/// Whether it is an aggregate of everything.
fn gives_one_row(query: &ast::Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let is_ungrouped = matches!(&select.group_by, ast::GroupByExpr::Expressions(by, _) if by.is_empty());
    let is_whole = select.having.is_none() && select.qualify.is_none();
    is_ungrouped && is_whole && tree::gives_aggregates(select) && query.limit_clause.is_none() && query.fetch.is_none()
}
