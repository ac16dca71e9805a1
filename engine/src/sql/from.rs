//! FROM: tables, queries in brackets, and how they are joined.

use sqlparser::ast::{self, JoinConstraint, JoinOperator, Spanned, TableFactor};
use sqlparser::tokenizer::Span;

use super::conditions::On;
use super::rename::table_name;
use super::scope::{Expressions, Known, Relation};
use super::tree::conjuncts;
use super::{Tables, Translator};
use crate::formula::quoted;
use crate::nodes::JoinKind;
use crate::plan::{Pick, Rows};
use crate::problem::Problem;

impl Translator<'_, '_> {
    /// The rows that a query is about, and under what names. Tables with commas between them are joined by what `WHERE` says of them.
    pub(super) fn from(&self, select: &ast::Select, tables: &Tables) -> Result<Relation, Problem> {
        let conditions = select.selection.as_ref().map(conjuncts).unwrap_or_default();
        let mut all: Option<Relation> = None;
        for table in &select.from {
            let mut relation = self.table(&table.relation, tables)?;
            for join in &table.joins {
                let right = self.table(&join.relation, tables)?;
                self.no_twins(&relation, &right, join.relation.span())?;
                relation = self.joined(relation, right, &join.join_operator, tables, join.relation.span())?;
            }
            all = Some(match all {
                None => relation,
                Some(left) => {
                    self.no_twins(&left, &relation, table.relation.span())?;
                    self.beside(left, relation, &conditions, tables)?
                }
            });
        }
        match all {
            Some(relation) => Ok(relation),
            None => Ok(Relation { rows: self.one_row()?, columns: Vec::new() }),
        }
    }

    fn table(&self, factor: &TableFactor, tables: &Tables) -> Result<Relation, Problem> {
        match factor {
            TableFactor::Table { name, alias, args: None, sample: None, .. } => {
                let parts: Vec<&str> =
                    name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.as_str()).collect();
                let wanted = parts.join(".");
                let exact = tables.iter().rev().find(|(known, _)| *known == wanted);
                let found =
                    exact.or_else(|| tables.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(&wanted)));
                let Some((_, rows)) = found else {
                    let known = tables.iter().map(|(known, _)| known.as_str());
                    let problem = Problem::unknown("table", &wanted, known);
                    let replacement = problem.replacement.as_deref().map(table_name);
                    return Err(self.placed(Problem { replacement, ..problem }, name.span()));
                };
                self.called(*rows, alias.as_ref(), Some(&wanted))
            }
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let rows = self.query(subquery, tables)?;
                self.called(rows, alias.as_ref(), None)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let mut relation = self.table(&table_with_joins.relation, tables)?;
                for join in &table_with_joins.joins {
                    let right = self.table(&join.relation, tables)?;
                    self.no_twins(&relation, &right, join.relation.span())?;
                    relation = self.joined(relation, right, &join.join_operator, tables, join.relation.span())?;
                }
                Ok(relation)
            }
            TableFactor::Derived { lateral: true, .. } => {
                Err(self.cannot("LATERAL", factor.span(), "Join the tables instead."))
            }
            other => {
                Err(self.cannot("This kind of table", other.span(), "Name an input, or write a query in brackets."))
            }
        }
    }

    /// Rows under an alias: each column gets a hidden name that tells it from those of other tables.
    fn called(&self, rows: Rows, alias: Option<&ast::TableAlias>, name: Option<&str>) -> Result<Relation, Problem> {
        let rows = alias.map_or(Ok(rows), |alias| self.renamed(rows, alias))?;
        let called = alias.map(|alias| alias.name.value.as_str()).or(name);
        let unique = called.map_or_else(|| self.fresh("query"), |name| format!("\u{1}{name}"));
        let columns = self.schema(rows);
        let hidden = |name: &str| format!("{unique}.{name}");
        let picks = columns.names().map(|name| Pick::renamed(name, hidden(name))).collect();
        let mut relation = Relation::of(self.pick(rows, picks)?, &columns, called);
        relation.columns.iter_mut().for_each(|known| known.column.name = hidden(&known.name));
        Ok(relation)
    }

    fn no_twins(&self, left: &Relation, right: &Relation, span: Span) -> Result<(), Problem> {
        let twin = right.columns.iter().find(|column| left.has(&column.column.name));
        let Some(table) = twin.and_then(|column| column.table.as_deref()) else { return Ok(()) };
        Err(self
            .placed(Problem::new(format!("Two tables are called {table:?}.")), span)
            .try_this(format!("Give one of them another name: {} AS other.", quoted(table))))
    }

    /// Tables with a comma between them: every row with every row, but for what must be equal.
    fn beside(
        &self,
        left: Relation,
        right: Relation,
        conditions: &[&ast::Expr],
        tables: &Tables,
    ) -> Result<Relation, Problem> {
        let both = Relation { rows: left.rows, columns: [left.columns.clone(), right.columns.clone()].concat() };
        let mut on = Vec::new();
        for condition in conditions {
            let is_equality = matches!(condition, ast::Expr::BinaryOp { op: ast::BinaryOperator::Eq, .. });
            let compiled = Expressions::new(self, &both, tables).compile(condition);
            // What speaks of tables that come later, or is wrong, is for WHERE.
            on.extend(compiled.ok().filter(|it| is_equality && !it.can_fail()));
        }
        let on = self.split(&left, &right, on);
        let only_keys = On { keys: on.keys, ..Default::default() };
        self.join(left, right, JoinKind::Inner, only_keys)
    }

    fn joined(
        &self,
        left: Relation,
        right: Relation,
        operator: &JoinOperator,
        tables: &Tables,
        span: Span,
    ) -> Result<Relation, Problem> {
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
        match constraint {
            JoinConstraint::On(condition) => {
                let both =
                    Relation { rows: left.rows, columns: [left.columns.clone(), right.columns.clone()].concat() };
                let scope = Expressions::new(self, &both, tables);
                let conditions = conjuncts(condition).into_iter().map(|tree| {
                    let compiled = scope.compile(tree)?;
                    self.condition(compiled, tree)
                });
                let on = self.split(&left, &right, conditions.collect::<Result<_, _>>()?);
                self.join(left, right, kind, on).map_err(|problem| self.placed(problem, condition.span()))
            }
            JoinConstraint::Using(names) => {
                let names: Vec<&ast::Ident> = names.iter().filter_map(|name| name.0.last()?.as_ident()).collect();
                self.join_using(left, right, kind, &names)
            }
            JoinConstraint::Natural => {
                let shared = |known: &&Known| right.all(None).iter().any(|other| other.name == known.name);
                let names: Vec<ast::Ident> =
                    left.all(None).into_iter().filter(shared).map(|known| ast::Ident::new(&known.name)).collect();
                self.join_using(left, right, kind, &names.iter().collect::<Vec<_>>())
            }
            JoinConstraint::None if kind == JoinKind::Cross => self.join(left, right, kind, Default::default()),
            JoinConstraint::None => {
                let problem =
                    Problem::new("It is not said which rows of this table belong together with those before it.");
                Err(self.placed(problem, span).try_this("Write ON a.id = b.id, USING (id), or CROSS JOIN."))
            }
        }
    }
}
