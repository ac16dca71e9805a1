//! SQL queries over named tables, said in the operations of a plan.
//!
//! A query is parsed by the parser that formulas use, and its expressions are typed by theirs: only what names mean differs, which
//! [`scope`] says. Each column has a hidden name of its own, `\u{1}table.column`, until the last step gives it the one that the query
//! wants, so that tables may have columns of the same name. Rows for which an expression can't be computed make the run fail, as they
//! do in a database. What a plan cannot say is a [`Problem`] at its place in the text.

mod aggregate;
mod beside;
mod conditions;
mod from;
mod grouping;
mod join;
mod order;
mod outer;
mod parse;
mod pool;
mod recursive;
mod rename;
mod scope;
mod select;
mod series;
mod set;
mod sets;
mod span;
mod subquery;
mod tree;
mod window;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use sqlparser::ast::{self, SetExpr, Spanned};
use sqlparser::tokenizer::Span;

use crate::formula::{self, Expr, Scope};
use crate::nodes::{JoinKind, OnError};
use crate::plan::{Computed, Draft, Op, Pick, Rows, SortKey};
use crate::problem::{Place, Problem};
use crate::table::Table;
use crate::types::{Column, Schema, Type};
use crate::value::Value;
use outer::Outer;
pub(crate) use rename::renamed;
use scope::{Expressions, Relation};

/// The rows that a query gives over these tables, which it knows by their names.
pub(crate) fn plan(draft: &mut Draft, tables: Vec<(String, Rows)>, text: &str) -> Result<Rows, Problem> {
    let query = parse::query(text)?;
    let (parameters, now) = (draft.parameters().clone(), draft.now());
    let translator = Translator { draft: RefCell::new(draft), text, parameters, now, made: Cell::new(0) };
    let whole = Place { line: 1, column: 1, length: text.lines().next().map_or(1, |line| line.chars().count().max(1)) };
    let tables = Tables { known: tables, outer: None };
    let since = translator.draft.borrow().mark();
    let rows = translator.query(&query, &tables).map_err(|problem| match problem.message.is_empty() {
        // One without words would pass for one that was given elsewhere.
        true => Problem::new("This query can't be answered here.").try_this("Please report it.").place(whole),
        false => problem.place(whole),
    })?;
    draft.push_down(since, rows)
}

/// What a query can name.
#[derive(Clone, Default)]
struct Tables {
    /// The tables, those of inner `WITH` last.
    known: Vec<(String, Rows)>,
    /// The rows around the query.
    outer: Option<Rc<Outer>>,
}

struct Translator<'d, 'a> {
    draft: RefCell<&'d mut Draft<'a>>,
    text: &'d str,
    parameters: IndexMap<String, Value>,
    now: i64,
    /// How many hidden names were made.
    made: Cell<usize>,
}

/// What comes of ordering: by which columns, in which direction.
struct Sorting<'q> {
    by: &'q [ast::OrderByExpr],
}

impl Translator<'_, '_> {
    /// A query with its order and its limit. The rows that come out have the columns that the query names.
    fn query(&self, query: &ast::Query, outer: &Tables) -> Result<Rows, Problem> {
        let mut tables = outer.clone();
        if let Some(with) = &query.with {
            for (at, table) in with.cte_tables.iter().enumerate() {
                let name = &table.alias.name;
                let twin = |other: &&ast::Cte| other.alias.name.value.eq_ignore_ascii_case(&name.value);
                if with.cte_tables[..at].iter().any(|other| twin(&other)) {
                    let problem = Problem::new(format!("WITH has two tables called {:?}.", name.value));
                    return Err(self.placed(problem, name.span).try_this("Give one of them another name."));
                }
                let rows = if with.recursive {
                    self.recursive(table, &tables.alone())?
                } else {
                    let rows = self.beside(&table.query, &tables)?;
                    self.renamed(rows, &table.alias)?
                };
                tables.known.push((table.alias.name.value.clone(), rows));
            }
        }
        if !query.pipe_operators.is_empty() || query.for_clause.is_some() || query.format_clause.is_some() {
            return Err(Problem::new("The query ends with something that queries here do not have."));
        }
        let sorting = Sorting { by: self.order(query)? };
        let rows = match &*query.body {
            SetExpr::Select(select) => self.select(select, &tables, &sorting)?,
            body => {
                let rows = self.body(body, &tables)?;
                self.sorted(rows, &sorting, &tables)?
            }
        };
        self.limited(rows, query, &tables)
    }

    fn body(&self, body: &SetExpr, tables: &Tables) -> Result<Rows, Problem> {
        match body {
            SetExpr::Select(select) => self.select(select, tables, &Sorting { by: &[] }),
            SetExpr::Query(query) => self.query(query, tables),
            SetExpr::SetOperation { op, set_quantifier, left, right } => {
                let sides = [self.body(left, tables)?, self.body(right, tables)?];
                self.set(*op, *set_quantifier, sides, body.span())
            }
            SetExpr::Values(values) => {
                let rows = self.values(values)?;
                match &tables.outer {
                    Some(outer) => {
                        let bring = outer.relation();
                        self.match_rows(rows, outer.rows, JoinKind::Cross, Vec::new(), Some(&bring))
                    }
                    None => Ok(rows),
                }
            }
            other => Err(self.cannot("This", other.span(), "A query begins with SELECT or WITH.")),
        }
    }

    fn order<'q>(&self, query: &'q ast::Query) -> Result<&'q [ast::OrderByExpr], Problem> {
        let Some(order) = &query.order_by else { return Ok(&[]) };
        match &order.kind {
            ast::OrderByKind::Expressions(by) => Ok(by),
            ast::OrderByKind::All(_) => {
                Err(Problem::new("Queries here have no ORDER BY ALL.").try_this("Name the columns to order by."))
            }
        }
    }

    /// The rows of a set operation in order: by columns of the result alone.
    fn sorted(&self, rows: Rows, sorting: &Sorting, tables: &Tables) -> Result<Rows, Problem> {
        if sorting.by.is_empty() {
            return Ok(rows);
        }
        let columns = self.schema(rows);
        let relation = Relation::of(rows, &columns, None);
        let scope = Expressions::new(self, &relation, tables);
        let mut keys = Vec::new();
        let mut computed = Vec::new();
        for by in sorting.by {
            let key = match self.position(&by.expr, columns.0.len())? {
                Some(at) => Expr::column(&columns.0[at]),
                None => scope.compile(&by.expr)?,
            };
            keys.push(self.sort_key(by, key, &mut computed)?);
        }
        let derived = self.computed(rows, computed)?;
        let sorted = self.in_order(derived, keys)?;
        self.pick(sorted, columns.names().map(Pick::same).collect())
    }

    /// The output that a whole number stands for in ORDER BY and GROUP BY.
    fn position(&self, tree: &ast::Expr, outputs: usize) -> Result<Option<usize>, Problem> {
        let ast::Expr::Value(value) = tree else { return Ok(None) };
        let ast::Value::Number(digits, _) = &value.value else { return Ok(None) };
        match digits.parse::<usize>() {
            Ok(number) if (1..=outputs).contains(&number) => Ok(Some(number - 1)),
            _ => Err(self
                .placed(Problem::new(format!("There is no column {digits}: the query has {outputs}.")), tree.span())),
        }
    }

    /// A key of an order. What is no column yet is put among those to be computed. As in PostgreSQL nulls count as the largest values.
    fn sort_key(&self, by: &ast::OrderByExpr, key: Expr, computed: &mut Vec<Computed>) -> Result<SortKey, Problem> {
        if !key.kind.is_ordered() {
            return Err(self.placed(Problem::new(format!("{} has no order.", key.kind)), by.expr.span()));
        }
        let descending = by.options.asc == Some(false);
        let column = self.as_column(key, &self.written(&by.expr), computed);
        Ok(SortKey { column, descending, nulls_first: by.options.nulls_first.unwrap_or(descending) })
    }

    fn limited(&self, rows: Rows, query: &ast::Query, tables: &Tables) -> Result<Rows, Problem> {
        let (mut skip, mut count) = (None, None);
        match &query.limit_clause {
            None => {}
            Some(ast::LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                count = limit.as_ref();
                skip = offset.as_ref().map(|offset| &offset.value);
            }
            Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => {
                count = Some(limit);
                skip = Some(offset);
            }
            Some(other) => return Err(self.cannot("LIMIT BY", other.span(), "Use row_number() in a query around it.")),
        }
        if let Some(fetch) = &query.fetch {
            if fetch.with_ties || fetch.percent {
                let what = if fetch.percent { "PERCENT" } else { "WITH TIES" };
                let instead = "Write QUALIFY rank() OVER (ORDER BY …) <= 10, or LIMIT 10.";
                return Err(Problem::new(format!("FETCH … {what} can't be used in queries here.")).try_this(instead));
            }
            count = fetch.quantity.as_ref();
        }
        let number = |tree: Option<&ast::Expr>| tree.map_or(Ok(None), |tree| self.number(tree));
        let skip = number(skip)?;
        // FETCH FIRST ROW ONLY does not say how many.
        let count = if query.fetch.is_some() && count.is_none() { Some(1) } else { number(count)? };
        if skip.is_none() && count.is_none() {
            return Ok(rows);
        }
        if count == Some(0) {
            let columns = self.schema(rows);
            return Ok(self.draft.borrow_mut().nothing(columns));
        }
        self.slice_of_each(rows, skip.unwrap_or(0), count, tables.carried())
    }

    /// How many rows: a number or a parameter. None for null and ALL.
    fn number(&self, tree: &ast::Expr) -> Result<Option<u64>, Problem> {
        let (nothing, tables) = (Relation::nothing(), Tables::default());
        let number = Expressions::new(self, &nothing, &tables).compile(tree)?;
        match number.as_literal() {
            Some(Value::Integer(number)) if *number >= 0 => Ok(Some(number.unsigned_abs())),
            Some(Value::Null) => Ok(None),
            _ => Err(self
                .placed(Problem::new("This is no number of rows."), tree.span())
                .try_this("Write a whole number, or a parameter such as :rows.")),
        }
    }

    /// A table written in the query: `VALUES (1, 'a'), (2, 'b')`. Its columns are called `column1`, `column2` ….
    fn values(&self, values: &ast::Values) -> Result<Rows, Problem> {
        let (nothing, tables) = (Relation::nothing(), Tables::default());
        let scope = Expressions::new(self, &nothing, &tables);
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for row in &values.rows {
            if rows.first().is_some_and(|first| first.len() != row.content.len()) {
                return Err(Problem::new("The rows of VALUES have different numbers of values."));
            }
            rows.push(row.content.iter().map(|tree| scope.compile(tree)).collect::<Result<_, _>>()?);
        }
        if let Some(table) = written_out(&rows) {
            return self.add(Op::Inline(table), &[]);
        }
        let mut lines = Vec::new();
        for row in rows {
            let named = row.into_iter().enumerate();
            let line: Vec<Computed> = named.map(|(at, value)| Computed::new(nth_column(at), value)).collect();
            let picks = line.iter().map(|column| Pick::same(&column.name)).collect();
            let one = self.one_row()?;
            let computed = self.computed(one, line)?;
            lines.push(self.pick(computed, picks)?);
        }
        match lines.as_slice() {
            [only] => Ok(*only),
            several => self.add(Op::Union, several),
        }
    }

    /// One row without anything that a query could name.
    fn one_row(&self) -> Result<Rows, Problem> {
        let schema = Schema::of([(self.fresh("row"), Type::Boolean)]);
        let table = Table { schema, rows: vec![vec![Value::Boolean(true)]] };
        self.add(Op::Inline(table), &[])
    }

    /// A table under the names that its alias gives to its columns.
    fn renamed(&self, rows: Rows, alias: &ast::TableAlias) -> Result<Rows, Problem> {
        if alias.columns.is_empty() {
            return Ok(rows);
        }
        let columns = self.schema(rows);
        if alias.columns.len() > columns.0.len() {
            let message =
                format!("{} has {} columns, and {} names are given.", alias.name, columns.0.len(), alias.columns.len());
            return Err(self.placed(Problem::new(message), alias.name.span));
        }
        let names =
            alias.columns.iter().map(|column| column.name.value.as_str()).map(Some).chain(std::iter::repeat(None));
        let picks = columns.names().zip(names).map(|(old, new)| Pick::renamed(old, new.unwrap_or(old))).collect();
        self.pick(rows, picks).map_err(|problem| self.placed(problem, alias.name.span))
    }

    // What follows is what all parts of a query are made of.

    fn schema(&self, rows: Rows) -> Schema {
        self.draft.borrow().schema(rows).clone()
    }

    fn add(&self, op: Op, inputs: &[Rows]) -> Result<Rows, Problem> {
        self.draft.borrow_mut().add(op, inputs)
    }

    fn pick(&self, rows: Rows, picks: Vec<Pick>) -> Result<Rows, Problem> {
        self.draft.borrow_mut().select(rows, picks)
    }

    /// Computes columns. Rows for which that is not possible make the run fail.
    fn computed(&self, rows: Rows, columns: Vec<Computed>) -> Result<Rows, Problem> {
        if columns.is_empty() {
            return Ok(rows);
        }
        let can_fail = columns.iter().any(|column| column.formula.can_fail());
        let mut draft = self.draft.borrow_mut();
        let (done, failed) = draft.derive(rows, columns, OnError::Reject)?;
        if can_fail {
            draft.refuse(failed);
        }
        Ok(done)
    }

    /// The rows for which a condition is true.
    fn filtered(&self, rows: Rows, condition: Expr, shown: &str) -> Result<Rows, Problem> {
        let mut computed = Vec::new();
        let condition = if condition.can_fail() {
            let kind = condition.kind.clone();
            let name = self.as_column(condition, shown, &mut computed);
            Expr::column(&Column::new(name, kind))
        } else {
            condition
        };
        let rows = self.computed(rows, computed)?;
        self.draft.borrow_mut().filter(rows, condition)
    }

    /// The column that an expression is. If it is none, it will be one once `computed` is.
    fn as_column(&self, expr: Expr, shown: &str, computed: &mut Vec<Computed>) -> String {
        if let formula::Node::Column(name) = &expr.node {
            return name.clone();
        }
        let name = self.fresh("value");
        computed.push(Computed { name: name.clone(), formula: expr, shown: shown.to_owned() });
        name
    }

    /// A hidden name that nothing else has.
    fn fresh(&self, what: &str) -> String {
        self.made.set(self.made.get() + 1);
        // Not as what Draft::derive hides.
        format!("\u{1}query {what} {}", self.made.get())
    }

    fn scope<'s>(&'s self, columns: &'s Schema) -> Scope<'s> {
        Scope { columns, parameters: &self.parameters, now: self.now }
    }

    /// A part of the query as it is written.
    fn written(&self, tree: &ast::Expr) -> String {
        tree.to_string()
    }

    fn placed(&self, problem: Problem, span: Span) -> Problem {
        match formula::place_of(span, self.text) {
            Some(place) => problem.place(place),
            None => problem,
        }
    }

    fn cannot(&self, what: &str, span: Span, instead: &str) -> Problem {
        self.placed(Problem::new(format!("{what} can't be used in queries here.")), span).try_this(instead)
    }
}

fn nth_column(at: usize) -> String {
    format!("column{}", at + 1)
}

/// Rows as a table, where they are nothing but values of the same types.
fn written_out(rows: &[Vec<Expr>]) -> Option<Table> {
    let mut kinds: Vec<Type> = vec![Type::Null; rows.first()?.len()];
    for row in rows {
        for (kind, value) in kinds.iter_mut().zip(row) {
            value.as_literal()?;
            if *kind == Type::Null {
                *kind = value.kind.clone();
            }
            if value.kind != *kind && value.kind != Type::Null {
                return None;
            }
        }
    }
    let schema = Schema::of(kinds.into_iter().enumerate().map(|(at, kind)| (nth_column(at), kind)));
    let row = |row: &Vec<Expr>| row.iter().filter_map(Expr::as_literal).cloned().collect();
    Some(Table { schema, rows: rows.iter().map(row).collect() })
}

/// The names of inputs for a query: as the node says, else those of the nodes that are wired to it.
pub(crate) fn named(draft: &Draft, inputs: &[Rows], names: &[String]) -> Vec<(String, Rows)> {
    let place = |(port, rows): (usize, &Rows)| (format!("in {}", port + 1), *rows);
    let mut tables: Vec<(String, Rows)> = inputs.iter().enumerate().map(place).collect();
    // Later ones are found first: a name that was given goes before that of a node, and that before the place.
    tables.extend(inputs.iter().enumerate().map(|(port, rows)| (draft.input_name(port), *rows)));
    let given = names.iter().zip(inputs).filter(|(name, _)| !name.trim().is_empty());
    tables.extend(given.map(|(name, rows)| (name.trim().to_owned(), *rows)));
    tables
}
