//! Groups and aggregates.

use std::cell::RefCell;

use sqlparser::ast::{self, Spanned};

use super::grouping::Keys;
use super::join::Key;
use super::outer::Outer;
use super::scope::{Expressions, Known, Relation};
use super::sets::Level;
use super::tree::{aggregate, arguments, first_argument, is_distinct, name_of};
use super::{Tables, Translator};
use crate::formula::{Expr, Function, Node};
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{Aggregate, Computed, Op, Rows, SortKey};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// How rows become groups, and the aggregates that expressions over groups turned out to need.
pub(super) struct Grouping<'s, 'd, 'a> {
    /// Expressions over the rows that are grouped.
    inner: &'s Expressions<'s, 'd, 'a>,
    /// What makes a group: as it is written, and the column it is or becomes.
    keys: Vec<(&'s ast::Expr, Column)>,
    /// The columns that rows are grouped by, set after set.
    sets: Vec<Vec<String>>,
    made: RefCell<Made>,
}

#[derive(Default)]
struct Made {
    /// What must be computed of each row before.
    computed: Vec<Computed>,
    /// As they are written, with the column each becomes.
    aggregates: Vec<(ast::Function, Aggregate, Column)>,
    levels: Vec<Level>,
}

impl<'s, 'd, 'a> Grouping<'s, 'd, 'a> {
    pub(super) fn new(inner: &'s Expressions<'s, 'd, 'a>, by: &Keys<'s>) -> Result<Self, Problem> {
        let mut made = Made::default();
        let mut keys: Vec<(&ast::Expr, Column)> = Vec::new();
        for tree in &by.trees {
            let key = inner.compile(tree)?;
            let kind = key.kind.clone();
            let name = inner.translator.as_column(key, &inner.translator.written(tree), &mut made.computed);
            keys.push((tree, Column::new(name, kind)));
        }
        let set = |trees: &Vec<&ast::Expr>| {
            let mut set: Vec<String> = Vec::new();
            for (_, column) in keys.iter().filter(|(key, _)| trees.contains(key)) {
                if !set.contains(&column.name) {
                    set.push(column.name.clone());
                }
            }
            set
        };
        let sets = by.sets.iter().map(set).collect();
        Ok(Self { inner, keys, sets, made: RefCell::new(made) })
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
        let read = read(self.inner, call)?;
        let kind = kind_of(&read.aggregate, read.argument.as_ref(), &first_argument(call))?;
        let mut made = self.made.borrow_mut();
        let aggregate = Aggregate { name: name.clone(), ..read.named(translator, call, &mut made.computed) };
        let result = Column::new(name, kind);
        made.aggregates.push((call.clone(), aggregate, result.clone()));
        Ok(Expr::column(&result))
    }

    /// What `grouping(a, b)` becomes: a bit for each of the keys, set where rows are not grouped by it, the last one lowest.
    pub(super) fn level(&self, call: &ast::Function) -> Result<Expr, Problem> {
        let translator = self.inner.translator;
        let mut keys = Vec::new();
        for tree in arguments(call) {
            let key = self.key(tree).map_or_else(|| self.inner.compile(tree), Ok)?;
            let column = self.keys.iter().find(|(_, column)| Expr::column(column).node == key.node);
            let Some((_, column)) = column else {
                return Err(translator
                    .placed(Problem::new("grouping takes what stands in GROUP BY."), tree.span())
                    .try_this("Add it there, or leave it out here."));
            };
            keys.push(column.name.clone());
        }
        if keys.is_empty() || keys.len() > 31 {
            return Err(Problem::new("grouping takes from one to 31 of what stands in GROUP BY."));
        }
        let mut made = self.made.borrow_mut();
        if let Some(known) = made.levels.iter().find(|level| level.keys == keys) {
            return Ok(known.value());
        }
        let level = Level { keys, name: translator.fresh("grouping") };
        let value = level.value();
        made.levels.push(level);
        Ok(value)
    }

    /// The groups, with their keys and all that was asked of them.
    pub(super) fn rows(&self, rows: Rows, tables: &Tables) -> Result<Rows, Problem> {
        let translator = self.inner.translator;
        let made = self.made.borrow();
        let rows = translator.attached(rows, self.inner)?;
        let rows = translator.computed(rows, made.computed.clone())?;
        let aggregates: Vec<Aggregate> = made.aggregates.iter().map(|(_, aggregate, _)| aggregate.clone()).collect();
        let sets: Vec<Vec<String>> = self.sets.iter().map(|set| [set.clone(), tables.carried()].concat()).collect();
        match (sets.as_slice(), &tables.outer) {
            // One group for each row around the query, also of no rows.
            ([only], Some(outer)) if self.keys.is_empty() => {
                let groups = translator.grouped(rows, only.clone(), aggregates.clone())?;
                translator.also_empty(outer, groups, &aggregates)
            }
            ([only], _) if made.levels.is_empty() => translator.grouped(rows, only.clone(), aggregates),
            (sets, _) => translator.grouped_by_sets(rows, sets, aggregates, &made.levels),
        }
    }
}

impl Translator<'_, '_> {
    /// Groups, with sums of integers as integers.
    pub(super) fn grouped(&self, rows: Rows, by: Vec<String>, aggregates: Vec<Aggregate>) -> Result<Rows, Problem> {
        let mut aggregates = aggregates;
        if by.is_empty() && aggregates.is_empty() {
            // One row has to have something.
            aggregates.push(Aggregate::new(AggregateFunction::Count, None, self.fresh("group")));
        }
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
}

/// An aggregate as it is written, as yet without columns and a name.
pub(super) struct Read {
    pub(super) aggregate: Aggregate,
    /// What it looks at: with FILTER, null where the condition does not hold.
    pub(super) argument: Option<Expr>,
    /// The order in which it takes the rows: expressions, whether descending, and whether nulls come first.
    pub(super) order: Vec<(Expr, bool, bool)>,
    /// Which rows count, where nulls count too.
    pub(super) condition: Option<Expr>,
}

impl Read {
    /// The aggregate of columns, which are among those to be computed where they are none yet.
    fn named(self, translator: &Translator, call: &ast::Function, computed: &mut Vec<Computed>) -> Aggregate {
        let written = call.to_string();
        let mut column = |expr| translator.as_column(expr, &written, computed);
        let keys = self.order.into_iter();
        let order = keys.map(|(key, descending, nulls_first)| SortKey { column: column(key), descending, nulls_first });
        let order = order.collect();
        let (column, condition) = (self.argument.map(&mut column), self.condition.map(&mut column));
        Aggregate { column, order, condition, ..self.aggregate }
    }
}

pub(super) fn read(inner: &Expressions, call: &ast::Function) -> Result<Read, Problem> {
    use AggregateFunction as F;
    let name = name_of(call);
    let Some(function) = aggregate(&name) else {
        return Err(Problem::new(format!("{name} is no aggregate.")));
    };
    no_null_treatment(call)?;
    let mut made = Aggregate::new(function, None, "");
    let given = arguments(call);
    let within = within_group(call)?;
    let mut argument = match (function, given.as_slice(), within) {
        (F::Count, [], None) => None,
        (F::Quantile | F::QuantileDiscrete, [fraction], Some((value, descending))) => {
            let fraction = share(inner, fraction)?;
            if descending && function == F::QuantileDiscrete {
                let instead = format!("Write it from the smallest value on: {name}({}).", 1.0 - fraction);
                return Err(Problem::new(format!("{name} can't have DESC here.")).try_this(instead));
            }
            made.fraction = if descending { 1.0 - fraction } else { fraction };
            Some(inner.compile(value)?)
        }
        (F::Quantile | F::QuantileDiscrete, [value, fraction], None) => {
            made.fraction = share(inner, fraction)?;
            Some(inner.compile(value)?)
        }
        (F::Mode, [], Some((value, _))) => Some(inner.compile(value)?),
        (F::Concatenate, [value, separator], None) => {
            made.separator = inner.text(separator)?;
            Some(inner.compile(value)?)
        }
        (F::Quantile | F::QuantileDiscrete, ..) => {
            let instead = format!("Write {name}(0.5) WITHIN GROUP (ORDER BY amount).");
            return Err(Problem::new(format!("{name} needs a share and a column.")).try_this(instead));
        }
        (F::Concatenate, ..) => {
            let instead = format!("Write {name}(name, ', ' ORDER BY name).");
            return Err(Problem::new(format!("{name} takes a value and a separator.")).try_this(instead));
        }
        (F::Count, several, None) if is_distinct(call) && several.len() > 1 => {
            return Err(several_at_once(inner, call));
        }
        (_, [ast::Expr::Tuple(_)], _) => return Err(several_at_once(inner, call)),
        (_, [one], None) => Some(inner.compile(one)?),
        _ => return Err(Problem::new(format!("{name} takes one value."))),
    };
    let order = inner.aggregate_order(call, argument.as_ref())?;
    if is_distinct(call) {
        match function {
            F::Count if argument.is_none() => {
                return Err(Problem::new("count(DISTINCT *) is no SQL.").try_this("Name a column."));
            }
            F::Count => made.function = F::CountDistinct,
            F::Min | F::Max | F::Any | F::All => {}
            _ => made.distinct = true,
        }
    }
    let mut condition = None;
    if let Some(filter) = &call.filter {
        let holds = Expr::call(Function::IsTrue, vec![inner.compile(filter)?])?;
        if matches!(function, F::First | F::Last | F::List) {
            condition = Some(holds);
        } else {
            let value = argument.take().unwrap_or_else(|| Expr::literal(Value::Boolean(true)));
            let kind = value.kind.clone();
            argument = Some(Expr { kind, node: Node::Case { branches: vec![(holds, value)], otherwise: None } });
        }
    }
    if made.function == F::Count && argument.is_some() {
        made.function = F::CountValues;
    }
    Ok(Read { aggregate: made, argument, order, condition })
}

fn several_at_once(inner: &Expressions, call: &ast::Function) -> Problem {
    let name = name_of(call);
    let problem = Problem::new(format!("{name} can't be of several columns at once here."));
    inner
        .translator
        .placed(problem, call.span())
        .try_this("Aggregate the rows of SELECT DISTINCT a, b in a query within FROM.")
}

/// IGNORE NULLS, which PostgreSQL does not have.
pub(super) fn no_null_treatment(call: &ast::Function) -> Result<(), Problem> {
    let within = match &call.args {
        ast::FunctionArguments::List(list) => list.clauses.iter().find_map(|clause| match clause {
            ast::FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => Some(treatment),
            _ => None,
        }),
        _ => None,
    };
    match call.null_treatment.as_ref().or(within) {
        Some(ast::NullTreatment::IgnoreNulls) => Err(Problem::new("IGNORE NULLS can't be used in queries here.")
            .try_this("Leave nulls out with WHERE … IS NOT NULL, or fill them with the node Fill nulls.")),
        _ => Ok(()),
    }
}

impl Expressions<'_, '_, '_> {
    /// The order in which an aggregate takes its rows. Only those that tell one order from another need it.
    fn aggregate_order(
        &self,
        call: &ast::Function,
        argument: Option<&Expr>,
    ) -> Result<Vec<(Expr, bool, bool)>, Problem> {
        use AggregateFunction as F;
        let ast::FunctionArguments::List(list) = &call.args else { return Ok(Vec::new()) };
        let mut order = Vec::new();
        for clause in &list.clauses {
            match clause {
                ast::FunctionArgumentClause::OrderBy(by) => order.extend(self.order(by)?),
                ast::FunctionArgumentClause::IgnoreOrRespectNulls(_) => {}
                _ => {
                    let problem = Problem::new(format!("{clause} can't stand within {} here.", name_of(call)));
                    return Err(self.translator.placed(problem, call.span()).try_this("Leave it out."));
                }
            }
        }
        if is_distinct(call) && order.iter().any(|(key, ..)| Some(key) != argument) {
            let problem =
                Problem::new(format!("With DISTINCT, {} can only be in the order of its own values.", name_of(call)));
            return Err(self.translator.placed(problem, call.span()).try_this("Order by what stands before ORDER BY."));
        }
        let tells =
            matches!(aggregate(&name_of(call)), Some(F::Concatenate | F::List | F::First | F::Last | F::FirstValue));
        Ok(if tells { order } else { Vec::new() })
    }

    /// The keys of an order. As in PostgreSQL nulls count as the largest values.
    pub(super) fn order(&self, by: &[ast::OrderByExpr]) -> Result<Vec<(Expr, bool, bool)>, Problem> {
        let key = |by: &ast::OrderByExpr| {
            let key = self.compile(&by.expr)?;
            if !key.kind.is_ordered() {
                let problem = Problem::new(format!("{} has no order.", key.kind));
                return Err(self.translator.placed(problem, by.expr.span()));
            }
            let descending = by.options.asc == Some(false);
            Ok((key, descending, by.options.nulls_first.unwrap_or(descending)))
        };
        by.iter().map(key).collect()
    }
}

/// What stands in WITHIN GROUP (ORDER BY …), and whether from the largest on.
fn within_group(call: &ast::Function) -> Result<Option<(&ast::Expr, bool)>, Problem> {
    match call.within_group.as_slice() {
        [] => Ok(None),
        [by] => Ok(Some((&by.expr, by.options.asc == Some(false)))),
        _ => Err(Problem::new("WITHIN GROUP takes one column.")),
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
