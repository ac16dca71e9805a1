//! What names mean in a query: the tables in view, and the expressions over them.

use std::cell::RefCell;

use sqlparser::ast::{self, Ident, Spanned};

use super::aggregate::Grouping;
use super::beside::Attached;
use super::tree::{is_aggregate, name_of};
use super::window::Windowed;
use super::{Tables, Translator};
use crate::formula::{self, Around, Expr, quoted};
use crate::plan::Rows;
use crate::problem::Problem;
use crate::types::{Column, Schema};
use crate::value::Value;

/// Rows in the making, and the names by which the query knows their columns.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) rows: Rows,
    pub(super) columns: Vec<Known>,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The table it belongs to, as the query calls it.
    pub(super) table: Option<String>,
    pub(super) name: String,
    /// As it is called in the plan.
    pub(super) column: Column,
    /// One of two columns that USING made one: only its table finds it.
    pub(super) merged: bool,
    /// A column of the rows around a query: names of the query's own tables go before it.
    pub(super) outer: bool,
}

impl Relation {
    pub(super) fn of(rows: Rows, columns: &Schema, table: Option<&str>) -> Self {
        let known = |column: &Column| Known {
            table: table.map(str::to_owned),
            name: column.name.clone(),
            column: column.clone(),
            merged: false,
            outer: false,
        };
        Self { rows, columns: columns.0.iter().map(known).collect() }
    }

    pub(super) fn nothing() -> Self {
        Self { rows: Rows(0), columns: Vec::new() }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known.column.name == column)
    }

    /// The columns that `*` stands for, or `table.*`.
    pub(super) fn all(&self, table: Option<&str>) -> Vec<&Known> {
        self.columns.iter().filter(|known| !known.outer && known.is_meant(table)).collect()
    }

    fn tables(&self) -> Vec<&str> {
        let mut tables: Vec<&str> = self.columns.iter().filter_map(|known| known.table.as_deref()).collect();
        tables.dedup();
        tables
    }

    /// The column of a name; none where it has no table and there is no such column.
    fn find(&self, names: &[Ident]) -> Result<Option<&Known>, Problem> {
        let Some((name, table)) = names.split_last() else { return Err(Problem::new("A name is missing.")) };
        let table: Vec<&str> = table.iter().map(|part| part.value.as_str()).collect();
        let table = (!table.is_empty()).then(|| table.join("."));
        if let Some(table) = &table
            && !self.columns.iter().any(|known| known.is_of(table))
        {
            return Err(Problem::unknown("table", table, self.tables()));
        }
        let own = self.all(table.as_deref());
        let around = || self.columns.iter().filter(|known| known.outer && known.is_meant(table.as_deref()));
        let is_named = |known: &Known| known.name.eq_ignore_ascii_case(&name.value);
        // All columns of a table of that name, or none: a table hides one of the same name around the query.
        let in_view = match &table {
            Some(_) if own.is_empty() => around().collect(),
            None if !own.iter().any(|known| is_named(known)) => around().filter(|known| is_named(known)).collect(),
            _ => own,
        };
        let exact: Vec<&&Known> = in_view.iter().filter(|known| known.name == name.value).collect();
        let found = match exact.is_empty() {
            false => exact,
            true => in_view.iter().filter(|known| known.name.to_lowercase() == name.value.to_lowercase()).collect(),
        };
        match found.as_slice() {
            [only] => Ok(Some(only)),
            [] if table.is_none() => Ok(None),
            [] => {
                let problem = Problem::no_column(&name.value, in_view.iter().map(|known| known.name.as_str()));
                let replacement = problem.replacement.as_deref().map(quoted);
                Err(Problem { replacement, ..problem })
            }
            [one, other, ..] => {
                Err(Problem::new(format!("{:?} could be {} or {}.", name.value, one.written(), other.written()))
                    .try_this(format!("Write the table before it, as in {}.", one.written())))
            }
        }
    }
}

impl Known {
    fn is_of(&self, table: &str) -> bool {
        self.table.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(table))
    }

    /// Whether a column is looked for in this table, or in any.
    fn is_meant(&self, table: Option<&str>) -> bool {
        match table {
            Some(table) => self.is_of(table),
            None => !self.merged,
        }
    }

    /// `table.column`, as a query has it.
    pub(super) fn written(&self) -> String {
        let table = self.table.as_deref().map(|table| format!("{}.", quoted(table)));
        format!("{}{}", table.unwrap_or_default(), quoted(&self.name))
    }
}

/// Expressions over some rows, and what they turned out to need of them first.
pub(super) struct Expressions<'s, 'd, 'a> {
    pub(super) translator: &'s Translator<'d, 'a>,
    pub(super) relation: &'s Relation,
    pub(super) tables: &'s Tables,
    /// Where rows are grouped.
    pub(super) grouping: Option<&'s Grouping<'s, 'd, 'a>>,
    /// The windows that the query gives names to.
    pub(super) named: &'s [ast::NamedWindowDefinition],
    /// The window functions met; none where they can't stand.
    pub(super) windows: Option<RefCell<Vec<Windowed>>>,
    /// What the queries met come to, to be put beside the rows.
    pub(super) attached: RefCell<Vec<Attached>>,
    /// The names given in SELECT, where they can be spoken of: they stand behind those of columns.
    pub(super) aliases: RefCell<Vec<(String, Expr)>>,
}

impl<'s, 'd, 'a> Expressions<'s, 'd, 'a> {
    pub(super) fn new(translator: &'s Translator<'d, 'a>, relation: &'s Relation, tables: &'s Tables) -> Self {
        let attached = RefCell::new(Vec::new());
        let aliases = RefCell::new(Vec::new());
        Self { translator, relation, tables, grouping: None, named: &[], windows: None, attached, aliases }
    }

    pub(super) fn compile(&self, tree: &ast::Expr) -> Result<Expr, Problem> {
        let columns = Schema(self.relation.columns.iter().map(|known| known.column.clone()).collect());
        formula::compile_part(self.translator.text, tree, &self.translator.scope(&columns), self)
    }

    fn call(&self, tree: &ast::Expr, call: &ast::Function) -> Result<Option<Expr>, Problem> {
        let name = name_of(call);
        if call.over.is_some() {
            let Some(windows) = &self.windows else {
                return Err(Problem::new(format!("{name} OVER can't stand here."))
                    .try_this("Compute it in SELECT, and use it in a query around that."));
            };
            return self.windowed(call, windows).map(Some);
        }
        if let ast::FunctionArguments::List(list) = &call.args
            && let Some(all) = list.args.iter().find(|argument| is_all_of_a_table(argument))
        {
            return Err(Problem::new(format!("{name} does not take {all}."))
                .try_this(format!("Name a column, as in {name}(id): a key is null only where its table has no row.")));
        }
        if is_aggregate(tree) {
            let Some(grouping) = self.grouping else {
                return Err(Problem::new(format!("{name} looks at many rows and can't stand here."))
                    .try_this("Conditions on groups stand in HAVING."));
            };
            return grouping.aggregate(call).map(Some);
        }
        if name == "grouping" {
            let Some(grouping) = self.grouping else {
                return Err(Problem::new("grouping needs GROUP BY, and stands in SELECT, HAVING or ORDER BY."));
            };
            return grouping.level(call).map(Some);
        }
        if name == "unnest" {
            return Err(Problem::new("unnest gives several rows and can't stand here.")
                .try_this("Let it stand in FROM: FROM unnest(array[1, 2]) AS x."));
        }
        if super::window::FUNCTIONS.contains(&name.as_str()) {
            return Err(
                Problem::new(format!("{name} needs OVER (…).")).try_this(format!("Write {name}(…) OVER (ORDER BY …)."))
            );
        }
        Ok(None)
    }

    /// What SELECT calls so, where there is no column of that name.
    fn alias(&self, name: &Ident) -> Result<Option<Expr>, Problem> {
        let aliases = self.aliases.borrow();
        let found = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(&name.value));
        let Some((_, expr)) = found else { return Ok(None) };
        Ok(self.relation.find(std::slice::from_ref(name))?.is_none().then(|| expr.clone()))
    }

    /// A text that is the same for all rows.
    pub(super) fn text(&self, tree: &ast::Expr) -> Result<String, Problem> {
        let text = self.compile(tree)?.as_literal().and_then(Value::as_text).map(str::to_owned);
        text.ok_or_else(|| {
            self.translator.placed(Problem::new("Here a text is needed that is the same in every row."), tree.span())
        })
    }
}

fn is_all_of_a_table(argument: &ast::FunctionArg) -> bool {
    matches!(argument, ast::FunctionArg::Unnamed(ast::FunctionArgExpr::QualifiedWildcard(_)))
}

impl Around for Expressions<'_, '_, '_> {
    fn column(&self, names: &[Ident]) -> Result<Option<Column>, Problem> {
        let Some(known) = self.relation.find(names)? else { return Ok(None) };
        if known.outer {
            self.tables.use_outer(&known.column.name);
            return Ok(Some(known.column.clone()));
        }
        match self.grouping {
            Some(grouping) => grouping.key_of(known).map(Some),
            None => Ok(Some(known.column.clone())),
        }
    }

    fn columns(&self) -> Schema {
        let mut columns = Schema::default();
        let named = self.relation.all(None).into_iter();
        named.for_each(|known| columns.set(Column::new(&known.name, known.column.kind.clone())));
        columns
    }

    fn known(&self, tree: &ast::Expr) -> Result<Option<Expr>, Problem> {
        if let Some(key) = self.grouping.and_then(|grouping| grouping.key(tree)) {
            return Ok(Some(key));
        }
        match tree {
            ast::Expr::Identifier(name) => self.alias(name),
            ast::Expr::Function(call) => self.call(tree, call),
            other => self.subquery(other),
        }
    }
}
