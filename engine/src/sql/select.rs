//! SELECT, from WHERE to its order: in the order in which SQL computes it.

use std::cell::RefCell;

use sqlparser::ast::{self, SelectItem, SelectItemQualifiedWildcardKind, Spanned};

use super::aggregate::Grouping;
use super::scope::{Expressions, Known, Relation};
use super::tree::{holds, is_aggregate, name_for};
use super::{Sorting, Tables, Translator};
use crate::formula::Expr;
use crate::nodes::Keep;
use crate::plan::{Computed, Op, Pick, Rows, SortKey};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};

/// A column that comes out.
struct Output {
    name: String,
    /// The name that the query gives it, or that of the column that it is.
    alias: Option<String>,
    expr: Expr,
}

impl Translator<'_, '_> {
    pub(super) fn select(&self, select: &ast::Select, tables: &Tables, sorting: &Sorting) -> Result<Rows, Problem> {
        self.no_strange_clauses(select)?;
        let pool = self.from(select, tables)?;
        let relation = self.conditioned(pool, select.selection.as_ref(), tables)?;
        let inner = Expressions::new(self, &relation, tables);
        let grouping = match is_grouped(select, sorting) {
            true => Some(Grouping::new(&inner, &self.keys(select, &relation, tables)?)?),
            false => None,
        };
        let scope = Expressions {
            grouping: grouping.as_ref(),
            named: &select.named_window,
            windows: Some(RefCell::default()),
            ..Expressions::new(self, &relation, tables)
        };
        // Everything is typed first: that is how it turns out what must be computed before.
        let outputs = self.outputs(select, &relation, &scope)?;
        let named = |output: &Output| output.alias.clone().map(|alias| (alias, output.expr.clone()));
        scope.aliases.replace(outputs.iter().filter_map(named).collect());
        let having = self.all_of(&scope, select.having.as_ref().as_slice())?;
        if let (Some(having), Some(tree)) = (&having, &select.having)
            && scope.windows.as_ref().is_some_and(|windows| windows.borrow().iter().any(|window| window.is_in(having)))
        {
            let problem = Problem::new("A window function can't stand in HAVING.");
            return Err(self.placed(problem, tree.span()).try_this("Let the condition stand in QUALIFY."));
        }
        let qualify = self.all_of(&scope, select.qualify.as_ref().as_slice())?;
        let distinct_on = match &select.distinct {
            Some(ast::Distinct::On(trees)) => trees.as_slice(),
            _ => &[],
        };
        let distinct_on = distinct_on.iter().map(|tree| self.output_key(tree, &outputs, &scope));
        let distinct_on = distinct_on.collect::<Result<Vec<_>, _>>()?;
        let mut order = Vec::new();
        for by in sorting.by {
            let key = self.output_key(&by.expr, &outputs, &scope)?;
            order.push((by, key));
        }
        let mut rows = match &grouping {
            Some(grouping) => grouping.rows(relation.rows, tables)?,
            None => relation.rows,
        };
        rows = self.attached(rows, &scope)?;
        if let Some(having) = having {
            rows = self.filtered(rows, having, "having")?;
        }
        let windows = scope.windows.as_ref().map(RefCell::take).unwrap_or_default();
        rows = self.windows(rows, windows, &tables.carried())?;
        if let Some(qualify) = qualify {
            rows = self.filtered(rows, qualify, "qualify")?;
        }
        let mut computed: Vec<Computed> = Vec::new();
        let mut picks: Vec<Pick> = outputs
            .into_iter()
            .map(|Output { name, expr, .. }| Pick::renamed(self.as_column(expr, &name, &mut computed), name))
            .collect();
        picks.extend(tables.carried().into_iter().map(Pick::same));
        let keys = order.into_iter().map(|(by, key)| self.sort_key(by, key, &mut computed));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let one_of = distinct_on.into_iter().map(|key| self.as_column(key, "distinct", &mut computed));
        let one_of: Vec<String> = one_of.chain(tables.carried()).collect();
        rows = self.computed(rows, computed)?;
        match &select.distinct {
            Some(ast::Distinct::Distinct) => self.distinct(rows, picks, keys),
            Some(ast::Distinct::On(_)) => {
                let sorted = self.in_order(rows, keys)?;
                let first = self.add(Op::Distinct { by: one_of, keep: Keep::First }, &[sorted])?;
                self.pick(first, picks)
            }
            Some(ast::Distinct::All) | None => {
                let sorted = self.in_order(rows, keys)?;
                self.pick(sorted, picks)
            }
        }
    }

    /// Rows in order. Ties of what was joined are ordered too, where that takes few columns: then no join needs to keep an order.
    pub(super) fn in_order(&self, rows: Rows, keys: Vec<SortKey>) -> Result<Rows, Problem> {
        if keys.is_empty() {
            return Ok(rows);
        }
        let is_open = |name: &&String| !keys.iter().any(|key| key.column == **name);
        let ties: Option<Vec<String>> = {
            let draft = self.draft.borrow();
            let open = draft.unique(rows).iter().map(|unique| unique.iter().filter(is_open).cloned().collect());
            open.min_by_key(Vec::len).filter(|_| draft.joins(rows))
        };
        let last = |column| SortKey { column, descending: false, nulls_first: false };
        let total = Op::Sort(keys.iter().cloned().chain(ties.into_iter().flatten().map(last)).collect());
        // Not every type has an order.
        let can_be = self.draft.borrow().allows(&total, &[rows]).is_ok();
        self.add(if can_be { total } else { Op::Sort(keys) }, &[rows])
    }

    /// Each different row once, in order. What it is ordered by is among the columns.
    fn distinct(&self, rows: Rows, picks: Vec<Pick>, keys: Vec<SortKey>) -> Result<Rows, Problem> {
        let mut named = Vec::new();
        for key in keys {
            let Some(pick) = picks.iter().find(|pick| pick.column == key.column) else {
                return Err(Problem::new("With DISTINCT, only columns of the result can be ordered by.")
                    .try_this("Add what it is ordered by to SELECT."));
            };
            named.push(SortKey { column: pick.name.clone(), ..key });
        }
        let by = picks.iter().map(|pick| pick.name.clone()).collect();
        let picked = self.pick(rows, picks)?;
        let distinct = self.add(Op::Distinct { by, keep: Keep::First }, &[picked])?;
        self.in_order(distinct, named)
    }

    fn outputs(&self, select: &ast::Select, relation: &Relation, scope: &Expressions) -> Result<Vec<Output>, Problem> {
        let mut outputs = Vec::new();
        let mut taken = Schema::default();
        let mut push = |name: &str, alias: Option<&ast::Ident>, expr: Expr| {
            // A table has no two columns of one name.
            let name = taken.free_name(name);
            taken.0.push(Column::new(&name, Type::Null));
            outputs.push(Output { name, alias: alias.map(|alias| alias.value.clone()), expr });
        };
        let column = |known: &Known| match scope.grouping {
            Some(grouping) => grouping.key_of(known),
            None => Ok(known.column.clone()),
        };
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(tree) | SelectItem::ExprWithAlias { expr: tree, .. } = item
                && holds(tree, &is_series)
            {
                let problem = Problem::new("generate_series gives several rows and can't stand here.");
                return Err(self
                    .placed(problem, tree.span())
                    .try_this("Let it stand in FROM: FROM generate_series(1, 3) AS n, or CROSS JOIN LATERAL."));
            }
            match item {
                SelectItem::UnnamedExpr(tree) => push(&name_for(tree), column_of(tree), scope.compile(tree)?),
                SelectItem::ExprWithAlias { expr, alias } => push(&alias.value, Some(alias), scope.compile(expr)?),
                SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                    if *options != ast::WildcardAdditionalOptions::default() {
                        return Err(self.cannot(
                            "What follows the *",
                            item.span(),
                            "Name the columns, or use the node Select.",
                        ));
                    }
                    let table = match item {
                        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                            let parts = name.0.iter().filter_map(|part| part.as_ident());
                            Some(parts.map(|part| part.value.as_str()).collect::<Vec<_>>().join("."))
                        }
                        _ => None,
                    };
                    let all = relation.all(table.as_deref());
                    if all.is_empty() {
                        let known = relation.columns.iter().filter_map(|known| known.table.as_deref());
                        let problem = match &table {
                            Some(table) => Problem::unknown("table", table, known),
                            None => Problem::new("There are no columns for * to stand for.")
                                .try_this("Add FROM and a table."),
                        };
                        return Err(self.placed(problem, item.span()));
                    }
                    for known in all {
                        let column = column(known).map_err(|problem| self.placed(problem, item.span()))?;
                        push(&known.name, None, Expr::column(&column));
                    }
                }
                SelectItem::ExprWithAliases { .. } => {
                    return Err(self.cannot("Several names for one column", item.span(), "Give it one."));
                }
            }
        }
        Ok(outputs)
    }

    /// What to order by, or to be different in: a place in the list of columns, the name of an output, or an expression.
    fn output_key(&self, tree: &ast::Expr, outputs: &[Output], scope: &Expressions) -> Result<Expr, Problem> {
        if let Some(at) = self.position(tree, outputs.len())? {
            return Ok(outputs[at].expr.clone());
        }
        if let ast::Expr::Identifier(name) = tree {
            // As in PostgreSQL the name of an output goes before that of a column.
            let is_named =
                |output: &&Output| output.alias.as_ref().is_some_and(|alias| alias.eq_ignore_ascii_case(&name.value));
            if let Some(output) = outputs.iter().find(is_named) {
                return Ok(output.expr.clone());
            }
        }
        scope.compile(tree)
    }

    fn no_strange_clauses(&self, select: &ast::Select) -> Result<(), Problem> {
        let problem = |what: &str, instead: &str| Err(self.cannot(what, select.select_token.0.span, instead));
        if select.top.is_some() {
            return problem("TOP", "Write LIMIT at the end.");
        }
        if select.into.is_some() {
            return problem("INTO", "Wire the node to one that writes.");
        }
        let others = !select.lateral_views.is_empty()
            || select.prewhere.is_some()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty()
            || select.value_table_mode.is_some()
            || select.exclude.is_some();
        if others {
            return problem("A clause of this query", "Write what PostgreSQL has.");
        }
        if select.projection.is_empty() {
            return problem("SELECT without columns", "Write SELECT *, or name them.");
        }
        Ok(())
    }
}

/// Whether rows become groups: by GROUP BY, or since something is an aggregate.
fn is_grouped(select: &ast::Select, sorting: &Sorting) -> bool {
    let by = !matches!(&select.group_by, ast::GroupByExpr::Expressions(by, _) if by.is_empty());
    let aggregates = |tree: &ast::Expr| holds(tree, &is_aggregate);
    let in_item = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(tree) | SelectItem::ExprWithAlias { expr: tree, .. } => aggregates(tree),
        _ => false,
    };
    by || select.having.is_some()
        || select.projection.iter().any(in_item)
        || select.qualify.as_ref().is_some_and(aggregates)
        || sorting.by.iter().any(|by| aggregates(&by.expr))
}

fn is_series(tree: &ast::Expr) -> bool {
    matches!(tree, ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("generate_series"))
}

/// The name of the column that an expression is.
fn column_of(tree: &ast::Expr) -> Option<&ast::Ident> {
    match tree {
        ast::Expr::Nested(inner) => column_of(inner),
        ast::Expr::Identifier(name) => Some(name),
        ast::Expr::CompoundIdentifier(names) => names.last(),
        _ => None,
    }
}
