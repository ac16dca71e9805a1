//! Functions in FROM: `unnest(list)` and `generate_series(1, 10)`, whose values become rows.

use sqlparser::ast::{self, Spanned, TableFactor};

use super::pool::Pool;
use super::scope::{Expressions, Relation};
use super::{Tables, Translator};
use crate::formula::Expr;
use crate::plan::{Computed, Op, Pick, Rows};
use crate::problem::Problem;
use crate::types::Type;

impl Translator<'_, '_> {
    /// The rows of a function in FROM; none where it is no function.
    pub(super) fn series(&self, factor: &TableFactor, tables: &Tables) -> Result<Option<Pool>, Problem> {
        let (name, lists, alias, numbered) = match factor {
            TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } => {
                ("unnest", self.lists(array_exprs, tables)?, alias, *with_ordinality)
            }
            TableFactor::Table { name, alias, args: Some(arguments), with_ordinality, sample: None, .. }
                if name.to_string().eq_ignore_ascii_case("generate_series") =>
            {
                let call = ast::Function {
                    name: name.clone(),
                    uses_odbc_syntax: false,
                    parameters: ast::FunctionArguments::None,
                    args: ast::FunctionArguments::List(ast::FunctionArgumentList {
                        duplicate_treatment: None,
                        args: arguments.args.clone(),
                        clauses: Vec::new(),
                    }),
                    filter: None,
                    null_treatment: None,
                    over: None,
                    within_group: Vec::new(),
                };
                let list = self.lists(&[ast::Expr::Function(call)], tables)?;
                ("generate_series", list, alias, *with_ordinality)
            }
            _ => return Ok(None),
        };
        // As in PostgreSQL, the name of the table is that of its only column, too.
        let column = match alias {
            Some(alias) if lists.len() == 1 => alias.name.value.as_str(),
            _ => name,
        };
        let rows = self.side_by_side(lists, column, numbered);
        let rows = rows.map_err(|problem| self.placed(problem, factor.span()))?;
        self.called(rows, alias.as_ref(), Some(name), tables).map(Some)
    }

    fn lists(&self, trees: &[ast::Expr], tables: &Tables) -> Result<Vec<Expr>, Problem> {
        let nothing = Relation::nothing();
        let scope = Expressions::new(self, &nothing, tables);
        let list = |tree: &ast::Expr| {
            let list = scope.compile(tree)?;
            if matches!(list.kind, Type::List(_) | Type::Null) {
                return Ok(list);
            }
            let problem = Problem::new(format!("unnest takes a list, and this is {}.", list.kind));
            Err(self.placed(problem, tree.span()).try_this("Write array[1, 2, 3], or string_to_array('a,b', ',')."))
        };
        trees.iter().map(list).collect()
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
