//! GROUP BY and aggregates.

use std::cell::RefCell;

use sqlparser::ast;

use super::join::Key;
use super::outer::Outer;
use super::scope::{Expressions, Known, Relation};
use super::tree::{aggregate, arguments, first_argument, is_distinct, name_of};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{Aggregate, Computed, Op, Rows};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// How rows become groups, and the aggregates that expressions over groups turned out to need.
pub(super) struct Grouping<'s, 'd, 'a> {
    /// Expressions over the rows that are grouped.
    inner: &'s Expressions<'s, 'd, 'a>,
    /// What makes a group: as it is written, and the column it is or becomes.
    keys: Vec<(&'s ast::Expr, Column)>,
    made: RefCell<Made>,
}

#[derive(Default)]
struct Made {
    /// What must be computed of each row before.
    computed: Vec<Computed>,
    /// As they are written, with the column each becomes.
    aggregates: Vec<(ast::Function, Aggregate, Column)>,
}

impl<'s, 'd, 'a> Grouping<'s, 'd, 'a> {
    pub(super) fn new(inner: &'s Expressions<'s, 'd, 'a>, by: &[&'s ast::Expr]) -> Result<Self, Problem> {
        let mut made = Made::default();
        let mut keys: Vec<(&ast::Expr, Column)> = Vec::new();
        for tree in by {
            let key = inner.compile(tree)?;
            let kind = key.kind.clone();
            let name = inner.translator.as_column(key, &inner.translator.written(tree), &mut made.computed);
            keys.push((tree, Column::new(name, kind)));
        }
        Ok(Self { inner, keys, made: RefCell::new(made) })
    }

    /// The key that an expression is.
    pub(super) fn key(&self, tree: &ast::Expr) -> Option<Expr> {
        self.keys.iter().find(|(key, _)| *key == tree).map(|(_, column)| Expr::column(column))
    }

    /// A column must be a key to be the same in all rows of a group.
    pub(super) fn key_of(&self, known: &Known) -> Result<Column, Problem> {
        let is_key = |(_, key): &&(&ast::Expr, Column)| key.name == known.column.name;
        self.keys.iter().find(is_key).map(|(_, column)| column.clone()).ok_or_else(|| {
            let name = known.written();
            Problem::new(format!("{name} has many values in a group."))
                .try_this(format!("Add it to GROUP BY, or aggregate it, as in max({name})."))
        })
    }

    /// The column that an aggregate becomes.
    pub(super) fn aggregate(&self, call: &ast::Function) -> Result<Expr, Problem> {
        let known =
            self.made.borrow().aggregates.iter().find(|(made, ..)| made == call).map(|(.., column)| column.clone());
        if let Some(column) = known {
            return Ok(Expr::column(&column));
        }
        let translator = self.inner.translator;
        let name = translator.fresh("group");
        let (aggregate, argument) = read(self.inner, call)?;
        let mut made = self.made.borrow_mut();
        let kind = kind_of(&aggregate, argument.as_ref(), &first_argument(call))?;
        let column = argument.map(|argument| translator.as_column(argument, &call.to_string(), &mut made.computed));
        let result = Column::new(&name, kind);
        made.aggregates.push((call.clone(), Aggregate { column, name, ..aggregate }, result.clone()));
        Ok(Expr::column(&result))
    }

    /// The groups, with their keys and all that was asked of them.
    pub(super) fn rows(&self, rows: Rows, tables: &Tables) -> Result<Rows, Problem> {
        let translator = self.inner.translator;
        let made = self.made.borrow();
        let rows = translator.attached(rows, self.inner)?;
        let rows = translator.computed(rows, made.computed.clone())?;
        let mut by: Vec<String> = Vec::new();
        self.keys.iter().map(|(_, column)| column.name.clone()).chain(tables.carried()).for_each(|name| {
            if !by.contains(&name) {
                by.push(name)
            }
        });
        let aggregates: Vec<Aggregate> = made.aggregates.iter().map(|(_, aggregate, _)| aggregate.clone()).collect();
        let groups = translator.grouped(rows, by, aggregates.clone())?;
        match &tables.outer {
            // One group for each row around the query, also of no rows.
            Some(outer) if self.keys.is_empty() => translator.also_empty(outer, groups, &aggregates),
            _ => Ok(groups),
        }
    }
}

impl Translator<'_, '_> {
    /// Groups, with sums of integers as integers.
    pub(super) fn grouped(&self, rows: Rows, by: Vec<String>, aggregates: Vec<Aggregate>) -> Result<Rows, Problem> {
        let columns = self.schema(rows);
        let is_integer = |one: &&Aggregate| {
            let column = one.column.as_deref().and_then(|name| columns.column(name));
            one.function == AggregateFunction::Sum && column.is_some_and(|column| column.kind == Type::Integer)
        };
        let sums: Vec<String> = aggregates.iter().filter(is_integer).map(|one| one.name.clone()).collect();
        let groups = self.add(Op::GroupBy { by, aggregates, reproducible: false }, &[rows])?;
        self.narrowed(groups, sums)
    }

    /// The groups of all rows around a query, those without rows too: counts are 0 there, and everything else null.
    fn also_empty(&self, outer: &Outer, groups: Rows, aggregates: &[Aggregate]) -> Result<Rows, Problem> {
        use AggregateFunction::{Count, CountDistinct, CountNulls, CountValues};
        let columns = self.schema(groups);
        let key = |known: &Known| Key::also_null(Expr::column(&known.column), Expr::column(&known.column));
        let mut bring = Relation::of(groups, &columns, None);
        bring.columns.retain(|known| aggregates.iter().any(|one| one.name == known.name));
        let keys = outer.columns.iter().map(key).collect();
        let all = self.match_rows(outer.rows, groups, JoinKind::Left, keys, Some(&bring))?;
        let counts =
            aggregates.iter().filter(|one| matches!(one.function, Count | CountValues | CountDistinct | CountNulls));
        let zero = |one: &Aggregate| {
            let counted = Expr::column(&Column::new(&one.name, Type::Integer));
            let zero = Expr::literal(Value::Integer(0));
            Ok(Computed::new(&one.name, Expr::call(Function::Coalesce, vec![counted, zero])?))
        };
        self.computed(all, counts.map(zero).collect::<Result<_, Problem>>()?)
    }

    /// Brings exact sums back to integers. One that does not fit makes the run fail.
    pub(super) fn narrowed(&self, rows: Rows, sums: Vec<String>) -> Result<Rows, Problem> {
        let columns = self.schema(rows);
        let exact = sums.iter().filter_map(|name| columns.column(name));
        let narrow = |column: &Column| {
            let formula = Expr::column(column).cast(Type::Integer)?;
            Ok(Computed { name: column.name.clone(), formula, shown: "sum".into() })
        };
        self.computed(rows, exact.map(narrow).collect::<Result<_, Problem>>()?)
    }

    /// What stands in GROUP BY: expressions, places in the list of columns, and names given there.
    pub(super) fn keys<'q>(
        &self,
        select: &'q ast::Select,
        relation: &Relation,
        tables: &Tables,
    ) -> Result<Vec<&'q ast::Expr>, Problem> {
        let item = |item: &'q ast::SelectItem| match item {
            ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => Some(expr),
            _ => None,
        };
        let (written, modifiers) = match &select.group_by {
            ast::GroupByExpr::Expressions(written, modifiers) => (written, modifiers),
            ast::GroupByExpr::All(modifiers) => {
                self.no_modifiers(modifiers)?;
                let is_plain = |tree: &&ast::Expr| !super::tree::holds(tree, &super::tree::is_aggregate);
                return Ok(select.projection.iter().filter_map(item).filter(is_plain).collect());
            }
        };
        self.no_modifiers(modifiers)?;
        let mut keys = Vec::new();
        for tree in written {
            use sqlparser::ast::Spanned as _;
            if let ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_) = tree {
                return Err(self.cannot("This kind of grouping", tree.span(), "Put queries together with UNION ALL."));
            }
            if let Some(at) = self.position(tree, select.projection.len())? {
                let named = select.projection.get(at).and_then(item);
                keys.push(named.ok_or_else(|| self.placed(Problem::new("This is no single column."), tree.span()))?);
                continue;
            }
            let alias = |one: &'q ast::SelectItem| match (one, tree) {
                (ast::SelectItem::ExprWithAlias { expr, alias }, ast::Expr::Identifier(name))
                    if alias.value.eq_ignore_ascii_case(&name.value) =>
                {
                    Some(expr)
                }
                _ => None,
            };
            // A column goes before a name given in SELECT.
            let is_column = Expressions::new(self, relation, tables).compile(tree).is_ok();
            let named = select.projection.iter().find_map(alias).filter(|_| !is_column);
            keys.push(named.unwrap_or(tree));
        }
        Ok(keys)
    }

    fn no_modifiers(&self, modifiers: &[ast::GroupByWithModifier]) -> Result<(), Problem> {
        if modifiers.is_empty() {
            return Ok(());
        }
        Err(Problem::new("Queries here have no ROLLUP and no CUBE.").try_this("Put queries together with UNION ALL."))
    }
}

/// An aggregate, as yet without a column and a name, and what it looks at: with FILTER, null where the condition does not hold.
pub(super) fn read(inner: &Expressions, call: &ast::Function) -> Result<(Aggregate, Option<Expr>), Problem> {
    use AggregateFunction as F;
    let name = name_of(call);
    let Some(function) = aggregate(&name) else {
        return Err(Problem::new(format!("{name} is no aggregate.")));
    };
    if call.null_treatment.is_some() {
        return Err(Problem::new("Queries here have no IGNORE NULLS.").try_this("Leave it out."));
    }
    let mut made = Aggregate::new(function, None, "");
    let given = arguments(call);
    let within = within_group(call)?;
    let mut argument = match (function, given.as_slice(), within.as_ref()) {
        (F::Count, [], None) => None,
        (F::Quantile | F::QuantileDiscrete, [fraction], Some(value))
        | (F::Quantile | F::QuantileDiscrete, [value, fraction], None) => {
            made.fraction = share(inner, fraction)?;
            Some(inner.compile(value)?)
        }
        (F::Mode, [], Some(value)) => Some(inner.compile(value)?),
        (F::Concatenate, [value, separator], None) => {
            made.separator = inner.text(separator)?;
            Some(inner.compile(value)?)
        }
        (F::Quantile | F::QuantileDiscrete, ..) => {
            let instead = format!("Write {name}(0.5) WITHIN GROUP (ORDER BY amount).");
            return Err(Problem::new(format!("{name} needs a share and a column.")).try_this(instead));
        }
        (_, [one], None) => Some(inner.compile(one)?),
        _ => return Err(Problem::new(format!("{name} takes one value."))),
    };
    made.sorted = is_sorted(call, &given)?;
    if is_distinct(call) {
        match function {
            F::Count => made.function = F::CountDistinct,
            F::Concatenate | F::List => made.distinct = true,
            F::Min | F::Max => {}
            _ => {
                return Err(Problem::new(format!("{name} can't be of DISTINCT values here."))
                    .try_this("Take the different values in a query within FROM."));
            }
        }
    }
    if let Some(filter) = &call.filter {
        let condition = Expr::call(Function::IsTrue, vec![inner.compile(filter)?])?;
        let value = argument.take().unwrap_or_else(|| Expr::literal(Value::Boolean(true)));
        let kind = value.kind.clone();
        argument = Some(Expr { kind, node: Node::Case { branches: vec![(condition, value)], otherwise: None } });
    }
    if made.function == F::Count && argument.is_some() {
        made.function = F::CountValues;
    }
    Ok((made, argument))
}

/// What stands in WITHIN GROUP (ORDER BY …).
fn within_group(call: &ast::Function) -> Result<Option<&ast::Expr>, Problem> {
    match call.within_group.as_slice() {
        [] => Ok(None),
        [by] if by.options.asc != Some(false) => Ok(Some(&by.expr)),
        _ => Err(Problem::new("WITHIN GROUP takes one column, from the smallest value on.")),
    }
}

/// Whether the values of a list or a text are sorted: by themselves, as nothing else is possible.
fn is_sorted(call: &ast::Function, given: &[&ast::Expr]) -> Result<bool, Problem> {
    let ast::FunctionArguments::List(list) = &call.args else { return Ok(false) };
    match list.clauses.as_slice() {
        [] => Ok(false),
        [ast::FunctionArgumentClause::OrderBy(by)] if matches!(by.as_slice(), [only] if given.first() == Some(&&only.expr) && only.options.asc != Some(false)) => {
            Ok(true)
        }
        _ => Err(Problem::new(format!("Within {} only ORDER BY of its own values is possible.", name_of(call)))
            .try_this("Order the rows in a query within FROM: values keep their order.")),
    }
}

/// A share of the rows, between 0 and 1.
fn share(inner: &Expressions, tree: &ast::Expr) -> Result<f64, Problem> {
    let share = inner.compile(tree)?.as_literal().and_then(Value::number);
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
        Problem::new("This is no share.").try_this("Write a number from 0 to 1, such as 0.5 for the median.")
    })
}

/// The type of an aggregate, or what is wrong with the type of what it looks at, which is called as it is written.
pub(super) fn kind_of(aggregate: &Aggregate, argument: Option<&Expr>, written: &str) -> Result<Type, Problem> {
    let columns = Schema(argument.map(|argument| Column::new(written, argument.kind.clone())).into_iter().collect());
    let column = argument.map(|_| written.to_owned());
    let alone = Aggregate { column, name: "\u{1}".into(), ..aggregate.clone() };
    let made = Op::GroupBy { by: Vec::new(), aggregates: vec![alone], reproducible: false }.columns(&[&columns])?;
    let is_integer = argument.is_some_and(|argument| argument.kind == Type::Integer);
    let kind = made.0.into_iter().next().map(|column| column.kind).unwrap_or(Type::Null);
    Ok(if aggregate.function == AggregateFunction::Sum && is_integer { Type::Integer } else { kind })
}
