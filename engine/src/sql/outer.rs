//! Queries that speak of the rows around them.
//!
//! Such a query is answered for all rows at once: the different values that it looks at become a table of their own, which is joined
//! within the query to what it reads, goes through its groups, windows and limits as one more key, and comes out beside its answer.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use sqlparser::ast;

use super::join::Key;
use super::scope::{Known, Relation};
use super::{Tables, Translator};
use crate::formula::{Expr, Function};
use crate::nodes::Keep;
use crate::plan::{Op, Over, Pick, Rows, WindowColumn};
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// The values of the rows around a query that it looks at, each combination once.
pub(super) struct Outer {
    pub(super) rows: Rows,
    /// As the query knows them.
    pub(super) columns: Vec<Known>,
    /// As they are called in the rows around, in the same order.
    around: Vec<Column>,
    used: RefCell<BTreeSet<String>>,
}

impl Outer {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|known| known.column.name.as_str())
    }

    pub(super) fn relation(&self) -> Relation {
        Relation { rows: self.rows, columns: self.columns.clone() }
    }

    /// What brings the answer of a query back to the rows that it is for.
    pub(super) fn keys(&self) -> Vec<Key> {
        let pairs = self.around.iter().zip(&self.columns);
        pairs.map(|(around, own)| Key::also_null(Expr::column(around), Expr::column(&own.column))).collect()
    }
}

impl Tables {
    /// The same tables, for a query that sees nothing around it.
    pub(super) fn alone(&self) -> Self {
        Self { known: self.known.clone(), outer: None }
    }

    pub(super) fn with(&self, outer: Rc<Outer>) -> Self {
        Self { known: self.known.clone(), outer: Some(outer) }
    }

    pub(super) fn use_outer(&self, column: &str) {
        if let Some(outer) = &self.outer {
            outer.used.borrow_mut().insert(column.to_owned());
        }
    }

    /// The columns that go through everything within a query, for it to be answered for each row around it.
    pub(super) fn carried(&self) -> Vec<String> {
        self.outer.iter().flat_map(|outer| outer.names()).map(str::to_owned).collect()
    }
}

impl Translator<'_, '_> {
    /// The rows of a query, and what it turned out to need of the rows around it.
    pub(super) fn within(
        &self,
        query: &ast::Query,
        tables: &Tables,
        around: &Relation,
    ) -> Result<(Rows, Option<Rc<Outer>>), Problem> {
        let mark = self.draft.borrow().mark();
        let alone = self.query(query, &tables.alone());
        let known: Vec<&Known> = around.columns.iter().filter(|known| !known.merged).collect();
        if alone.is_ok() || known.is_empty() {
            return alone.map(|rows| (rows, None));
        }
        // Once with all columns, to see which it looks at.
        self.draft.borrow_mut().take_out(mark);
        let all = Rc::new(self.outer(around.rows, &known)?);
        let tried = self.query(query, &tables.with(all.clone()));
        self.draft.borrow_mut().take_out(mark);
        tried?;
        let used = all.used.borrow();
        let used: Vec<&Known> = known
            .into_iter()
            .zip(all.names())
            .filter(|(_, name)| used.contains(*name))
            .map(|(known, _)| known)
            .collect();
        let outer = Rc::new(self.outer(around.rows, &used)?);
        let rows = self.query(query, &tables.with(outer.clone()))?;
        Ok((rows, Some(outer)))
    }

    /// The same for a query in FROM and in WITH, whose answer is joined to the rows around by whoever reads it.
    pub(super) fn beside(&self, query: &ast::Query, tables: &Tables) -> Result<Rows, Problem> {
        if tables.outer.is_none() {
            return self.query(query, tables);
        }
        let mark = self.draft.borrow().mark();
        self.query(query, &tables.alone()).or_else(|_| {
            self.draft.borrow_mut().take_out(mark);
            self.query(query, tables)
        })
    }

    fn outer(&self, rows: Rows, columns: &[&Known]) -> Result<Outer, Problem> {
        let mut own = Vec::new();
        let mut picks = Vec::new();
        for known in columns {
            let column = Column { name: self.fresh("outer"), ..known.column.clone() };
            picks.push(Pick::renamed(&known.column.name, &column.name));
            own.push(Known { column, outer: true, ..(*known).clone() });
        }
        let by = picks.iter().map(|pick| pick.name.clone()).collect();
        let picked = self.pick(rows, picks)?;
        let rows = self.add(Op::Distinct { by, keep: Keep::First }, &[picked])?;
        let around = columns.iter().map(|known| known.column.clone()).collect();
        Ok(Outer { rows, columns: own, around, used: RefCell::default() })
    }

    /// Rows numbered from 1, for each row around the query by itself.
    pub(super) fn numbered(&self, rows: Rows, carried: Vec<String>) -> Result<(Rows, Column), Problem> {
        let number = Column::new(self.fresh("number"), Type::Integer);
        let columns = vec![WindowColumn::new(&number.name, Over::Number)];
        Ok((self.add(Op::Window { by: carried, order: Vec::new(), columns }, &[rows])?, number))
    }

    /// Some of the rows, for each row around the query by itself.
    pub(super) fn slice_of_each(
        &self,
        rows: Rows,
        skip: u64,
        count: Option<u64>,
        carried: Vec<String>,
    ) -> Result<Rows, Problem> {
        if carried.is_empty() {
            return self.add(Op::Slice { skip, count }, &[rows]);
        }
        let picks = self.schema(rows).names().map(Pick::same).collect();
        let (numbered, number) = self.numbered(rows, carried)?;
        let last = count.map_or(i64::MAX, |count| i64::try_from(skip.saturating_add(count)).unwrap_or(i64::MAX));
        let first = i64::try_from(skip.saturating_add(1)).unwrap_or(i64::MAX);
        let bounds = [first, last].map(|bound| Expr::literal(Value::Integer(bound)));
        let [first, last] = bounds;
        let condition = Expr::call(Function::Between, vec![Expr::column(&number), first, last])?;
        let kept = self.filtered(numbered, condition, "limit")?;
        self.pick(kept, picks)
    }
}
