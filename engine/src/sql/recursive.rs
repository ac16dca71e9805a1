//! WITH RECURSIVE: a table whose second query reads the table itself.
//!
//! The second query is planned over the rows of the last round, and then taken out of the plan, to be the step of an operation that
//! repeats it until it gives no more rows.

use sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier, Spanned};

use super::{Tables, Translator};
use crate::formula::Expr;
use crate::nodes::JoinKind;
use crate::plan::{Computed, Op, Pick, Recursion, Rows};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};

impl Translator<'_, '_> {
    /// A table of WITH RECURSIVE. Not all of them read themselves.
    pub(super) fn recursive(&self, table: &ast::Cte, tables: &Tables) -> Result<Rows, Problem> {
        let since = self.draft.borrow().mark();
        if let SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, left, right } = &*table.query.body
            && table.query.with.is_none()
            && matches!(set_quantifier, SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None)
        {
            let all = *set_quantifier == SetQuantifier::All;
            if let Some(rows) = self.rounds(table, left, right, all, tables)? {
                return Ok(rows);
            }
            self.draft.borrow_mut().take_out(since);
        }
        let instead = "A table that reads itself is SELECT … UNION ALL SELECT … FROM it.";
        let rows = self.query(&table.query, tables).map_err(|problem| reads_itself(problem, table, instead))?;
        self.renamed(rows, &table.alias)
    }

    /// None where the second query does not read the table.
    fn rounds(
        &self,
        table: &ast::Cte,
        left: &SetExpr,
        right: &SetExpr,
        all: bool,
        tables: &Tables,
    ) -> Result<Option<Rows>, Problem> {
        let name = &table.alias.name;
        let instead = "The first query gives the rows to begin with; the last after UNION ALL reads the table.";
        let first = self.body(left, tables).map_err(|problem| reads_itself(problem, table, instead))?;
        let first = self.renamed(first, &table.alias)?;
        let mut columns = self.schema(first);
        let (since, last, step) = loop {
            columns.0.iter_mut().for_each(|column| column.storage = None);
            let since = self.draft.borrow().mark();
            let last = self.draft.borrow_mut().of_round(0, columns.clone());
            let mut tables = tables.clone();
            tables.known.push((name.value.clone(), last));
            let step = self.body(right, &tables)?;
            if !self.draft.borrow().reads(since, last) {
                return Ok(None);
            }
            let wider = self.wider(&columns, &self.schema(step), right)?;
            if wider == columns {
                break (since, last, step);
            }
            columns = wider;
            self.draft.borrow_mut().take_out(since);
        };
        debug_assert!(last.0 < step.0);
        let query = &table.query;
        if query.order_by.is_some() || query.limit_clause.is_some() || query.fetch.is_some() {
            return Err(self
                .placed(Problem::new(format!("{name} reads itself and can't have ORDER BY or LIMIT.")), name.span)
                .try_this("Let them stand in the query that reads it."));
        }
        let names: Vec<String> = columns.names().map(str::to_owned).collect();
        let mut step = self.with_types(step, &columns)?;
        if !all {
            let so_far = self.draft.borrow_mut().of_round(1, columns.clone());
            step = self.matched([step, so_far], names, JoinKind::Anti, false)?;
        }
        let (plan, rows, outside) = self.draft.borrow_mut().taken_out(since, step);
        let first = self.with_types(first, &columns)?;
        let first = if all { first } else { self.different(first)? };
        let inputs: Vec<Rows> = std::iter::once(first).chain(outside).collect();
        let recursion = Recursion { table: name.value.clone(), step: plan, rows };
        self.add(Op::Recursion(Box::new(recursion)), &inputs).map(Some)
    }

    /// The columns of the first query, with types that have room for what a round gives. As in PostgreSQL the first query says what
    /// the types are, so that these do not change from round to round.
    fn wider(&self, columns: &Schema, step: &Schema, right: &SetExpr) -> Result<Schema, Problem> {
        let placed = |message: String| self.placed(Problem::new(message), right.span());
        if columns.0.len() != step.0.len() {
            let message = format!("The queries give {} and {} columns.", columns.0.len(), step.0.len());
            return Err(placed(message).try_this("Select as many columns on both sides."));
        }
        let wider = |(column, step): (&Column, &Column)| {
            let common = column.kind.common(&step.kind);
            let can_grow = match (&column.kind, &common) {
                (Type::Null, _) => true,
                (Type::Decimal(_, scale), Some(Type::Decimal(_, more))) => scale == more,
                (kind, common) => common.as_ref() == Some(kind),
            };
            match common.filter(|_| can_grow) {
                Some(kind) => Ok(Column::new(&column.name, kind)),
                None => {
                    let name = &column.name;
                    let problem = placed(format!("{name:?} begins as {} and becomes {}.", column.kind, step.kind));
                    Err(problem.try_this(format!(
                        "Cast it in the first query, as in {}::decimal(18, 2).",
                        crate::formula::quoted(name)
                    )))
                }
            }
        };
        columns.0.iter().zip(&step.0).map(wider).collect::<Result<_, _>>().map(Schema)
    }

    /// Rows with these names and types, column by column.
    fn with_types(&self, rows: Rows, columns: &Schema) -> Result<Rows, Problem> {
        let (mut computed, mut picks) = (Vec::new(), Vec::new());
        for (own, wanted) in self.schema(rows).0.iter().zip(&columns.0) {
            if own.kind == wanted.kind && own.storage.is_none() {
                picks.push(Pick::renamed(&own.name, &wanted.name));
                continue;
            }
            let formula = Expr::column(own).cast(wanted.kind.clone())?;
            let name = self.fresh("common");
            computed.push(Computed { name: name.clone(), formula, shown: wanted.name.clone() });
            picks.push(Pick::renamed(name, &wanted.name));
        }
        let rows = self.computed(rows, computed)?;
        self.pick(rows, picks)
    }
}

/// A table that is not there, where it is the one in the making.
fn reads_itself(problem: Problem, table: &ast::Cte, instead: &str) -> Problem {
    let name = &table.alias.name.value;
    if problem.message != format!("There is no table {name:?}.") {
        return problem;
    }
    let place = problem.place;
    let problem = Problem::new(format!("The table {name:?} can't read itself here.")).try_this(instead);
    place.map_or(problem.clone(), |place| problem.place(place))
}
