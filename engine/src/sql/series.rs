//! Functions in FROM: `unnest(list)` and `generate_series(1, 10)`, whose values become rows.

use sqlparser::ast::{self, Spanned, TableFactor};

use super::pool::Pool;
use super::scope::{Expressions, Known, Relation};
use super::{Tables, Translator};
use crate::formula::Expr;
use crate::plan::{Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::{Column, Type};

/// A function in FROM, and the lists that its values come from.
struct Series<'q> {
    name: &'static str,
    lists: Vec<ast::Expr>,
    alias: Option<&'q ast::TableAlias>,
    numbered: bool,
}

impl<'q> Series<'q> {
    fn of(factor: &'q TableFactor) -> Option<Self> {
        match factor {
            TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } => Some(Self {
                name: "unnest",
                lists: array_exprs.clone(),
                alias: alias.as_ref(),
                numbered: *with_ordinality,
            }),
            TableFactor::Table { name, alias, args: Some(arguments), with_ordinality, sample: None, .. }
                if name.to_string().eq_ignore_ascii_case("generate_series") =>
            {
                let list = call(name, &arguments.args);
                Some(Self {
                    name: "generate_series",
                    lists: vec![list],
                    alias: alias.as_ref(),
                    numbered: *with_ordinality,
                })
            }
            // As it is read behind LATERAL.
            TableFactor::Function { name, args, alias, .. } => {
                let list = call(name, args);
                let function = name.to_string().to_lowercase();
                let (name, lists) = match (function.as_str(), args.as_slice()) {
                    ("generate_series", _) => ("generate_series", vec![list]),
                    ("unnest", [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(list))]) => {
                        ("unnest", vec![list.clone()])
                    }
                    _ => return None,
                };
                Some(Self { name, lists, alias: alias.as_ref(), numbered: false })
            }
            _ => None,
        }
    }

    /// As in PostgreSQL, the name of the table is that of its only column, too.
    fn column(&self) -> &str {
        match self.alias {
            Some(alias) if self.lists.len() == 1 => alias.name.value.as_str(),
            _ => self.name,
        }
    }
}

fn call(name: &ast::ObjectName, arguments: &[ast::FunctionArg]) -> ast::Expr {
    ast::Expr::Function(ast::Function {
        name: name.clone(),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(ast::FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

impl Translator<'_, '_> {
    /// The rows of a function in FROM; none where it is no function.
    pub(super) fn series(&self, factor: &TableFactor, tables: &Tables) -> Result<Option<Pool>, Problem> {
        let Some(series) = Series::of(factor) else { return Ok(None) };
        let lists = self.lists(&series, &Relation::nothing(), tables)?;
        let rows = self.side_by_side(lists, series.column(), series.numbered);
        let rows = rows.map_err(|problem| self.placed(problem, factor.span()))?;
        self.called(rows, series.alias, Some(series.name), tables).map(Some)
    }

    /// The rows of a function in FROM that looks at the tables before it: each of their rows as often as it gives values. With `keeps` a
    /// row for which there are none stays, with null. None where it is no function.
    pub(super) fn series_of_each(
        &self,
        left: &Relation,
        factor: &TableFactor,
        keeps: bool,
        tables: &Tables,
    ) -> Result<Option<Relation>, Problem> {
        let Some(series) = Series::of(factor) else { return Ok(None) };
        let lists = self.lists(&series, left, tables)?;
        let [list] = <[Expr; 1]>::try_from(lists).map_err(|_| {
            self.cannot(
                "unnest of several lists of a row",
                factor.span(),
                "Unnest one after the other, WITH ORDINALITY.",
            )
        })?;
        let Type::List(kind) = list.kind.clone() else { return Ok(None) };
        let called = series.alias.map_or(series.name, |alias| alias.name.value.as_str());
        let mut names = [series.column().to_owned(), "ordinality".to_owned()];
        let given = series.alias.iter().flat_map(|alias| &alias.columns);
        names.iter_mut().zip(given).for_each(|(name, given)| name.clone_from(&given.name.value));
        let known = |name: &str, kind: Type| Known {
            table: Some(called.to_owned()),
            name: name.to_owned(),
            column: Column::new(format!("\u{1}{called}.{name}"), kind),
            merged: false,
            outer: false,
        };
        let element = known(&names[0], *kind);
        let number = series.numbered.then(|| known(&names[1], Type::Integer));
        let made = Computed { name: element.column.name.clone(), formula: list, shown: series.name.to_owned() };
        let rows = self.computed(left.rows, vec![made])?;
        let explode = Op::Explode {
            column: element.column.name.clone(),
            keep_empty: keeps,
            position: number.as_ref().map(|number| number.column.name.clone()),
        };
        let rows = self.add(explode, &[rows])?;
        let columns = left.columns.iter().cloned().chain([element]).chain(number).collect();
        Ok(Some(Relation { rows, columns }))
    }

    fn lists(&self, series: &Series, relation: &Relation, tables: &Tables) -> Result<Vec<Expr>, Problem> {
        let scope = Expressions::new(self, relation, tables);
        let list = |tree: &ast::Expr| {
            let list = scope.compile(tree)?;
            if matches!(list.kind, Type::List(_) | Type::Null) {
                return Ok(list);
            }
            let problem = Problem::new(format!("unnest takes a list, and this is {}.", list.kind));
            Err(self.placed(problem, tree.span()).try_this("Write array[1, 2, 3], or string_to_array('a,b', ',')."))
        };
        series.lists.iter().map(list).collect()
    }

    /// The elements of lists as columns; shorter ones are filled up with nulls.
    fn side_by_side(&self, lists: Vec<Expr>, name: &str, numbered: bool) -> Result<Rows, Problem> {
        let mut columns = Vec::new();
        let mut picks = Vec::new();
        for list in lists {
            let hidden = self.fresh("element");
            let one = self.one_row()?;
            let made =
                self.computed(one, vec![Computed { name: hidden.clone(), formula: list, shown: name.to_owned() }])?;
            let exploded = Op::Explode { column: hidden.clone(), keep_empty: false, position: None };
            let rows = self.add(exploded, &[made])?;
            columns.push(self.pick(rows, vec![Pick::same(&hidden)])?);
            picks.push(hidden);
        }
        let mut rows = match columns.as_slice() {
            [only] => *only,
            several => self.add(Op::Append { pad: true }, several)?,
        };
        let mut taken = crate::types::Schema::default();
        let mut named = |name: &str| {
            let free = taken.free_name(name);
            taken.0.push(crate::types::Column::new(&free, Type::Null));
            free
        };
        let mut picks: Vec<Pick> = picks.into_iter().map(|hidden| Pick::renamed(hidden, named(name))).collect();
        if numbered {
            let number = self.fresh("ordinality");
            rows = self.add(Op::Number { column: number.clone(), start: 1 }, &[rows])?;
            picks.push(Pick::renamed(number, named("ordinality")));
        }
        self.pick(rows, picks)
    }
}
