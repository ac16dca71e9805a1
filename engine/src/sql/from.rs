//! FROM: tables, queries in brackets, and how they are joined.

use sqlparser::ast::{self, JoinConstraint, JoinOperator, Spanned, TableFactor};
use sqlparser::tokenizer::Span;

use super::join::{Key, with_merged};
use super::pool::Pool;
use super::rename::table_name;
use super::scope::{Expressions, Known, Relation};
use super::tree::{conjuncts, holds, is_query};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, quoted};
use crate::nodes::JoinKind;
use crate::plan::{Pick, Rows};
use crate::problem::Problem;
use crate::types::Column;

impl Translator<'_, '_> {
    /// The tables that a query is about, under their names, and what FROM says of them.
    pub(super) fn from(&self, select: &ast::Select, tables: &Tables) -> Result<Pool, Problem> {
        let mut pool = tables.outer.as_ref().map(|outer| Pool::of(outer.relation())).unwrap_or_default();
        for table in &select.from {
            pool = self.with_tree(pool, table, tables)?;
        }
        if pool.is_empty() {
            pool.add(Pool::of(Relation { rows: self.one_row()?, columns: Vec::new() }));
        }
        Ok(pool)
    }

    /// Adds a table and what is joined to it to those before it.
    fn with_tree(&self, before: Pool, tree: &ast::TableWithJoins, tables: &Tables) -> Result<Pool, Problem> {
        let (mut before, mut pool) = match &tree.relation {
            factor if self.is_lateral(factor, &before, tables) => {
                (Pool::default(), self.lateral(before, factor, false, tables)?)
            }
            factor => (before, self.table(factor, tables)?),
        };
        for join in &tree.joins {
            let span = join.relation.span();
            if self.is_lateral(&join.relation, &pool, tables) {
                self.no_twins(&before.view(), &pool.view(), span)?;
                before.add(pool);
                pool = self.lateral_join(std::mem::take(&mut before), join, tables)?;
                continue;
            }
            let right = self.table(&join.relation, tables)?;
            self.no_twins(&pool.view(), &right.view(), span)?;
            pool = self.joined(pool, right, &join.join_operator, tables, span)?;
        }
        self.no_twins(&before.view(), &pool.view(), tree.relation.span())?;
        before.add(pool);
        Ok(before)
    }

    fn table(&self, factor: &TableFactor, tables: &Tables) -> Result<Pool, Problem> {
        if let Some(series) = self.series(factor, tables)? {
            return Ok(series);
        }
        match factor {
            TableFactor::Table { name, alias, args: None, sample: None, .. } => {
                let parts: Vec<&str> =
                    name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.as_str()).collect();
                let wanted = parts.join(".");
                let exact = tables.known.iter().rev().find(|(known, _)| *known == wanted);
                let found =
                    exact.or_else(|| tables.known.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(&wanted)));
                let Some((_, rows)) = found else {
                    let known = tables.known.iter().map(|(known, _)| known.as_str());
                    let problem = Problem::unknown("table", &wanted, known);
                    let replacement = problem.replacement.as_deref().map(table_name);
                    return Err(self.placed(Problem { replacement, ..problem }, name.span()));
                };
                self.called(*rows, alias.as_ref(), Some(&wanted), tables)
            }
            TableFactor::Derived { subquery, alias, sample: None, .. } => {
                let rows = self.beside(subquery, tables)?;
                self.called(rows, alias.as_ref(), None, tables)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.with_tree(Pool::default(), table_with_joins, tables)
            }
            other => {
                Err(self.cannot("This kind of table", other.span(), "Name an input, or write a query in brackets."))
            }
        }
    }

    /// Whether a part of FROM sees the tables before it: it says so, or is a function that looks at their columns.
    fn is_lateral(&self, factor: &TableFactor, before: &Pool, tables: &Tables) -> bool {
        match factor {
            TableFactor::Derived { lateral, .. } => *lateral,
            TableFactor::UNNEST { .. } | TableFactor::Function { .. } | TableFactor::Table { args: Some(_), .. } => {
                let mark = self.draft.borrow().mark();
                let stands_alone = self.series(factor, tables).is_ok_and(|series| series.is_some());
                self.draft.borrow_mut().take_out(mark);
                !stands_alone && !before.is_empty()
            }
            _ => false,
        }
    }

    /// A query that sees the tables before it, and is answered for each of their rows.
    fn lateral(&self, before: Pool, factor: &TableFactor, keeps: bool, tables: &Tables) -> Result<Pool, Problem> {
        let left = self.together(before)?;
        let TableFactor::Derived { subquery, alias, .. } = factor else {
            let of_each = self.series_of_each(&left, factor, keeps, tables)?;
            return of_each.map_or_else(|| self.table(factor, tables), |relation| Ok(Pool::of(relation)));
        };
        let (rows, outer) = self.within(subquery, tables, &left)?;
        let Some(outer) = outer else {
            let right = self.called(rows, alias.as_ref(), None, tables)?;
            let mut pool = Pool::of(left);
            pool.add(right);
            return Ok(pool);
        };
        // Under the alias, but for the columns that say for which row it is.
        let inner = Tables { outer: Some(outer.clone()), ..tables.clone() };
        let (right, own) = self.named(rows, alias.as_ref(), None, &inner)?;
        let keys = outer.keys().into_iter().zip(own);
        let keys = keys.map(|(key, (_, own))| Key { right: Expr::column(&own), ..key }).collect();
        let kind = if keeps { JoinKind::Left } else { JoinKind::Inner };
        let rows = self.match_rows(left.rows, right.rows, kind, keys, Some(&right))?;
        Ok(Pool::of(Relation { rows, columns: [left.columns, right.columns].concat() }))
    }

    fn lateral_join(&self, before: Pool, join: &ast::Join, tables: &Tables) -> Result<Pool, Problem> {
        use JoinOperator as O;
        let (keeps, constraint) = match &join.join_operator {
            O::CrossJoin(constraint) | O::Join(constraint) | O::Inner(constraint) => (false, constraint),
            O::Left(constraint) | O::LeftOuter(constraint) => (true, constraint),
            _ => {
                return Err(self.cannot(
                    "This join of LATERAL",
                    join.relation.span(),
                    "Write CROSS or LEFT JOIN LATERAL.",
                ));
            }
        };
        let condition = match constraint {
            JoinConstraint::On(condition) if !is_true(condition) => Some(condition),
            JoinConstraint::On(_) | JoinConstraint::None => None,
            _ => return Err(self.cannot("USING with LATERAL", join.relation.span(), "Write ON.")),
        };
        if let (true, Some(condition)) = (keeps, condition) {
            return Err(self.cannot("A condition here", condition.span(), "Put it into the query, and write ON true."));
        }
        let pool = self.lateral(before, &join.relation, keeps, tables)?;
        match condition {
            Some(condition) => Ok(Pool::of(self.conditioned(pool, Some(condition), tables)?)),
            None => Ok(pool),
        }
    }

    /// Rows under an alias. What a query within says for which of the rows around it a row is, is tied to those.
    pub(super) fn called(
        &self,
        rows: Rows,
        alias: Option<&ast::TableAlias>,
        name: Option<&str>,
        tables: &Tables,
    ) -> Result<Pool, Problem> {
        let (relation, own) = self.named(rows, alias, name, tables)?;
        let mut pool = Pool::of(relation);
        for (outer, own) in own {
            let differs = Expr::call(Function::IsDistinct, vec![Expr::column(&outer), Expr::column(&own)])?;
            pool.must(Expr::call(Function::Not, vec![differs])?)?;
        }
        Ok(pool)
    }

    /// Rows under an alias: each column gets a hidden name that tells it from those of other tables. Apart from them the columns
    /// that say for which of the rows around the query a row is.
    fn named(
        &self,
        rows: Rows,
        alias: Option<&ast::TableAlias>,
        name: Option<&str>,
        tables: &Tables,
    ) -> Result<(Relation, Vec<(Column, Column)>), Problem> {
        let rows = alias.map_or(Ok(rows), |alias| self.renamed(rows, alias))?;
        let called = alias.map(|alias| alias.name.value.as_str()).or(name);
        let unique = called.map_or_else(|| self.fresh("query"), |name| format!("\u{1}{name}"));
        let columns = self.schema(rows);
        let carried = tables.carried();
        let mut picks = Vec::new();
        let mut relation = Relation { rows, columns: Vec::new() };
        let mut ties = Vec::new();
        for column in &columns.0 {
            let is_carried = carried.contains(&column.name);
            let hidden = if is_carried { self.fresh("outer") } else { format!("{unique}.{}", column.name) };
            picks.push(Pick::renamed(&column.name, &hidden));
            let own = Column { name: hidden, ..column.clone() };
            if is_carried {
                // No name finds it.
                let (name, outer) = (String::new(), column.clone());
                let column = own.clone();
                relation.columns.push(Known { table: None, name, column, merged: true, outer: false });
                ties.push((outer, own));
            } else {
                let table = called.map(str::to_owned);
                let name = column.name.clone();
                relation.columns.push(Known { table, name, column: own, merged: false, outer: false });
            }
        }
        relation.rows = self.pick(rows, picks)?;
        Ok((relation, ties))
    }

    fn no_twins(&self, left: &Relation, right: &Relation, span: Span) -> Result<(), Problem> {
        let twin = right.columns.iter().find(|column| left.has(&column.column.name));
        let Some(table) = twin.and_then(|column| column.table.as_deref()) else { return Ok(()) };
        Err(self
            .placed(Problem::new(format!("Two tables are called {table:?}.")), span)
            .try_this(format!("Give one of them another name: {} AS other.", quoted(table))))
    }

    fn joined(
        &self,
        mut left: Pool,
        right: Pool,
        operator: &JoinOperator,
        tables: &Tables,
        span: Span,
    ) -> Result<Pool, Problem> {
        use JoinOperator as O;
        let (kind, constraint) = match operator {
            O::Join(constraint) | O::Inner(constraint) => (JoinKind::Inner, constraint),
            O::Left(constraint) | O::LeftOuter(constraint) => (JoinKind::Left, constraint),
            O::Right(constraint) | O::RightOuter(constraint) => (JoinKind::Right, constraint),
            O::FullOuter(constraint) => (JoinKind::Full, constraint),
            O::CrossJoin(constraint) => (JoinKind::Cross, constraint),
            O::Semi(constraint) | O::LeftSemi(constraint) => (JoinKind::Semi, constraint),
            O::Anti(constraint) | O::LeftAnti(constraint) => (JoinKind::Anti, constraint),
            _ => return Err(self.cannot("This kind of join", span, "Write INNER, LEFT, RIGHT, FULL or CROSS JOIN.")),
        };
        match (kind, constraint) {
            (JoinKind::Cross | JoinKind::Inner, JoinConstraint::On(condition)) => {
                self.joined_on(left, right, condition, tables)
            }
            (_, JoinConstraint::On(condition)) => {
                let both = Relation { columns: [left.columns.clone(), right.columns.clone()].concat(), ..left.view() };
                let scope = Expressions::new(self, &both, tables);
                let conditions = conjuncts(condition).into_iter().map(|tree| {
                    if holds(tree, &is_query) {
                        return Err(self.cannot(
                            "A query here",
                            tree.span(),
                            "Join what it gives, with WITH or in FROM.",
                        ));
                    }
                    self.condition(scope.compile(tree)?, tree)
                });
                let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
                let right = self.together(right)?;
                if kind == JoinKind::Left && !conditions.iter().any(Expr::can_fail) {
                    let on = self.split(&left.view(), &right, conditions);
                    left.join_later(right, on);
                    return Ok(left);
                }
                let left = self.together(left)?;
                let on = self.split(&left, &right, conditions);
                let joined = self.join(left, right, kind, on);
                joined.map(Pool::of).map_err(|problem| self.placed(problem, condition.span()))
            }
            (_, JoinConstraint::Using(names)) => {
                let names: Vec<&ast::Ident> = names.iter().filter_map(|name| name.0.last()?.as_ident()).collect();
                self.using(left, right, kind, &names)
            }
            (_, JoinConstraint::Natural) => {
                let theirs = right.view();
                let shared = |known: &&Known| theirs.all(None).iter().any(|other| other.name == known.name);
                let ours = left.view();
                let names: Vec<ast::Ident> =
                    ours.all(None).into_iter().filter(shared).map(|known| ast::Ident::new(&known.name)).collect();
                self.using(left, right, kind, &names.iter().collect::<Vec<_>>())
            }
            (JoinKind::Cross, JoinConstraint::None) => {
                left.add(right);
                Ok(left)
            }
            (_, JoinConstraint::None) => {
                let problem =
                    Problem::new("It is not said which rows of this table belong together with those before it.");
                Err(self.placed(problem, span).try_this("Write ON a.id = b.id, USING (id), or CROSS JOIN."))
            }
        }
    }

    /// An inner join on a condition.
    fn joined_on(
        &self,
        mut left: Pool,
        mut right: Pool,
        condition: &ast::Expr,
        tables: &Tables,
    ) -> Result<Pool, Problem> {
        let both = Relation { columns: [left.columns.clone(), right.columns.clone()].concat(), ..left.view() };
        let mut conditions = Vec::new();
        let mut is_simple = !holds(condition, &is_query);
        for tree in conjuncts(condition).into_iter().filter(|_| is_simple) {
            let compiled = self.condition(Expressions::new(self, &both, tables).compile(tree)?, tree)?;
            left.need_matches(&compiled)?;
            right.need_matches(&compiled)?;
            conditions.push(compiled);
        }
        let is_safe = |condition: &Expr| !condition.can_fail() || Pool::is_key(&[&left, &right], condition);
        is_simple &= conditions.iter().all(is_safe);
        for side in [&mut left, &mut right] {
            if !is_simple || conditions.iter().any(|condition| side.waits_for(condition)) {
                *side = Pool::of(self.together(std::mem::take(side))?);
            }
        }
        left.add(right);
        if !is_simple {
            return Ok(Pool::of(self.conditioned(left, Some(condition), tables)?));
        }
        for condition in conditions {
            if condition.can_fail() { left.must_compute(condition) } else { left.must(condition)? }
        }
        Ok(left)
    }

    /// A join on columns that both sides have.
    fn using(&self, mut left: Pool, right: Pool, kind: JoinKind, names: &[&ast::Ident]) -> Result<Pool, Problem> {
        let pairs = self.alike_columns(&left.view(), &right.view(), names)?;
        let equal = || pairs.iter().map(|(.., equal)| equal.clone());
        let merged = || pairs.iter().map(|(ours, ..)| ours.column.clone()).collect();
        match kind {
            JoinKind::Inner | JoinKind::Cross => {
                left.add(right);
                equal().try_for_each(|equal| left.must(equal))?;
                left.columns = with_merged(left.columns, &pairs, merged());
                Ok(left)
            }
            JoinKind::Left => {
                let right = self.together(right)?;
                let on = self.split(&left.view(), &right, equal().collect());
                left.join_later(right, on);
                left.columns = with_merged(left.columns, &pairs, merged());
                Ok(left)
            }
            JoinKind::Semi | JoinKind::Anti => {
                let (left, right) = (self.together(left)?, self.together(right)?);
                let on = self.split(&left, &right, equal().collect());
                Ok(Pool::of(self.join(left, right, kind, on)?))
            }
            JoinKind::Right | JoinKind::Full => {
                let (left, right) = (self.together(left)?, self.together(right)?);
                Ok(Pool::of(self.join_using(left, right, kind, &pairs)?))
            }
        }
    }
}

fn is_true(condition: &ast::Expr) -> bool {
    matches!(condition, ast::Expr::Value(value) if value.value == ast::Value::Boolean(true))
}
