//! Window functions: `function(…) OVER (PARTITION BY … ORDER BY …)`.

use std::borrow::Cow;
use std::cell::RefCell;

use sqlparser::ast::{self, Spanned, WindowType};

use super::Translator;
use super::aggregate::{Read, kind_of, no_null_treatment, read};
use super::scope::Expressions;
use super::span::Span;
use super::tree::{arguments, first_argument, name_of};
use crate::formula::{Expr, Function};
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{self, Aggregate, Computed, Frame, Op, Over, Pick, Rows, SortKey, WindowColumn};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// The functions that need OVER, in SQL's names.
pub(super) const FUNCTIONS: [&str; 11] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

/// A window function as it is to be computed, and the column that it becomes.
pub(super) struct Windowed {
    how: How,
    by: Vec<Expr>,
    /// Expressions, whether descending, and whether nulls come first.
    order: Vec<(Expr, bool, bool)>,
    result: Column,
    written: String,
}

enum How {
    /// What needs no column: a place.
    Place(Over),
    /// The value so many rows further on; where there is none, this one.
    Away { value: Expr, by: i64, otherwise: Value },
    /// Of some rows of the partition.
    Framed { value: Framed, argument: Option<Expr>, frame: Span },
    /// Of all rows of the partition.
    Whole(Aggregate, Option<Expr>),
}

enum Framed {
    Aggregate(Aggregate),
    Nth(u64),
}

impl Expressions<'_, '_, '_> {
    /// Remembers a window function, and gives what it comes to.
    pub(super) fn windowed(&self, call: &ast::Function, windows: &RefCell<Vec<Windowed>>) -> Result<Expr, Problem> {
        let spec = self.window(call)?;
        let by = spec.partition_by.iter().map(|tree| self.compile(tree)).collect::<Result<Vec<_>, _>>()?;
        let mut order = self.order(&spec.order_by)?;
        no_null_treatment(call)?;
        let name = name_of(call);
        let add = |how: How, kind: Type, order: Vec<(Expr, bool, bool)>| {
            let result = Column::new(self.translator.fresh("window"), kind);
            let expr = Expr::column(&result);
            windows.borrow_mut().push(Windowed { how, by: by.clone(), order, result, written: call.to_string() });
            expr
        };
        if call.filter.is_some() && FUNCTIONS.contains(&name.as_str()) {
            return Err(
                Problem::new(format!("{name} can't have FILTER.")).try_this("Write CASE WHEN … THEN … END within it.")
            );
        }
        let given = arguments(call);
        if matches!(name.as_str(), "lag" | "lead") {
            let Some((value, by, otherwise)) = self.away(&name, &given)? else { return Ok(Expr::null(Type::Null)) };
            let kind = value.kind.clone();
            if let Some(otherwise) = otherwise.as_literal() {
                return Ok(add(How::Away { value, by, otherwise: otherwise.clone() }, kind, order));
            }
            // Whether there is such a row is asked of something that is never null.
            let truth = Expr::literal(Value::Boolean(true));
            let is_there = How::Away { value: truth, by, otherwise: Value::Null };
            let is_there = add(is_there, Type::Boolean, order.clone());
            let value = add(How::Away { value, by, otherwise: Value::Null }, kind, order);
            return Ok(Expr::choose(Expr::call(Function::IsNull, vec![is_there])?, otherwise, value));
        }
        if let Some(place) = self.place(&name, &given, order.is_empty())? {
            let kind = if matches!(place, Over::PercentRank | Over::CumulativeDistribution) {
                Type::Float
            } else {
                Type::Integer
            };
            return Ok(add(How::Place(place), kind, order));
        }
        let (value, argument) = self.framed(call, &name, &given)?;
        let span = self.span(&spec, &mut order)?;
        let (how, kind) = match value {
            Framed::Aggregate(aggregate)
                if span.is_whole(order.is_empty()) && (order.is_empty() || !is_of_a_place(&aggregate)) =>
            {
                let kind = kind_of(&aggregate, argument.as_ref(), &first_argument(call))?;
                (How::Whole(aggregate, argument), kind)
            }
            value => {
                let kind = framed_kind(&value, argument.as_ref(), &first_argument(call), &name)?;
                (How::Framed { value, argument, frame: span }, kind)
            }
        };
        Ok(add(how, kind, order))
    }

    /// The window that a call speaks of, with what it takes from others.
    fn window<'q>(&'q self, call: &'q ast::Function) -> Result<Cow<'q, ast::WindowSpec>, Problem> {
        match &call.over {
            Some(WindowType::WindowSpec(spec)) => self.in_full(spec, self.named.len()),
            Some(WindowType::NamedWindow(name)) => self.named_window(name, self.named.len()),
            None => Err(Problem::new("OVER is missing.")),
        }
    }

    /// A window by its name; one can be made of those before it.
    fn named_window(&self, name: &ast::Ident, before: usize) -> Result<Cow<'_, ast::WindowSpec>, Problem> {
        let found = self.named[..before].iter().position(|named| named.0.value.eq_ignore_ascii_case(&name.value));
        let Some(at) = found else {
            let known = self.named.iter().map(|named| named.0.value.as_str());
            return Err(self.translator.placed(Problem::unknown("window", &name.value, known), name.span));
        };
        match &self.named[at].1 {
            ast::NamedWindowExpr::WindowSpec(spec) => self.in_full(spec, at),
            ast::NamedWindowExpr::NamedWindow(other) => self.named_window(other, at),
        }
    }

    /// A window with what it takes from the one that it is made from.
    fn in_full<'q>(&'q self, spec: &'q ast::WindowSpec, before: usize) -> Result<Cow<'q, ast::WindowSpec>, Problem> {
        let Some(name) = &spec.window_name else { return Ok(Cow::Borrowed(spec)) };
        let base = self.named_window(name, before)?;
        let refused = |what: &str| {
            let problem = Problem::new(format!("The window {name} has {what} already."));
            Err(self.translator.placed(problem, name.span).try_this("Write the window in full."))
        };
        if !spec.partition_by.is_empty() {
            return refused("its PARTITION BY");
        }
        if !spec.order_by.is_empty() && !base.order_by.is_empty() {
            return refused("an ORDER BY");
        }
        if base.window_frame.is_some() {
            return refused("a frame");
        }
        let order_by = if spec.order_by.is_empty() { base.order_by.clone() } else { spec.order_by.clone() };
        let partition_by = base.partition_by.clone();
        let window_frame = spec.window_frame.clone();
        Ok(Cow::Owned(ast::WindowSpec { window_name: None, partition_by, order_by, window_frame }))
    }

    /// The value of lag and lead, how many rows on it is, and what stands where there is no such row; none if it is null everywhere.
    fn away(&self, name: &str, given: &[&ast::Expr]) -> Result<Option<(Expr, i64, Expr)>, Problem> {
        let (value, rest) = match given {
            [value, rest @ ..] if rest.len() <= 2 => (self.compile(value)?, rest),
            _ => return Err(Problem::new(format!("{name} takes a value, a number of rows and a default."))),
        };
        let by = match rest.first().map(|offset| self.constant(offset)).transpose()? {
            None => 1,
            Some(Value::Integer(number)) => number,
            Some(Value::Null) => return Ok(None),
            Some(_) => return Err(self.translator.placed(Problem::new("This is no number of rows."), rest[0].span())),
        };
        let by = if name == "lag" { by.saturating_neg() } else { by };
        let Some(default) = rest.get(1) else { return Ok(Some((value, by, Expr::literal(Value::Null)))) };
        let otherwise = self.compile(default)?;
        let Some(kind) = value.kind.common(&otherwise.kind) else {
            let problem = Problem::new(format!("The value is {} and the default {}.", value.kind, otherwise.kind));
            return Err(self.translator.placed(problem, default.span()).try_this("Cast one of them."));
        };
        Ok(Some((value.cast(kind.clone())?, by, otherwise.cast(kind)?)))
    }

    /// What is the same in every row: a number or a parameter.
    pub(super) fn constant(&self, tree: &ast::Expr) -> Result<Value, Problem> {
        let value = self.compile(tree)?;
        value.as_literal().cloned().ok_or_else(|| {
            let problem = Problem::new("Here something is needed that is the same in every row.");
            self.translator.placed(problem, tree.span()).try_this("Write a number or a parameter.")
        })
    }

    /// How many there are to be, at least one.
    fn count(&self, tree: &ast::Expr) -> Result<u64, Problem> {
        match self.constant(tree)? {
            Value::Integer(number) if number > 0 => Ok(number.unsigned_abs()),
            _ => Err(self.translator.placed(Problem::new("This must be a number from 1 on."), tree.span())),
        }
    }

    /// The function of a place in the order that has this name.
    fn place(&self, name: &str, given: &[&ast::Expr], unordered: bool) -> Result<Option<Over>, Problem> {
        let place = match (name, given) {
            ("ntile", [tiles]) => return self.count(tiles).map(Over::Tile).map(Some),
            ("ntile", _) => return Err(Problem::new("ntile takes the number of tiles.")),
            ("row_number", _) => Over::Number,
            ("rank", _) => Over::Rank,
            ("dense_rank", _) => Over::DenseRank,
            ("percent_rank", _) => Over::PercentRank,
            ("cume_dist", _) => Over::CumulativeDistribution,
            _ => return Ok(None),
        };
        if !given.is_empty() {
            return Err(Problem::new(format!("{name} takes no values.")));
        }
        if unordered && place != Over::Number {
            return Err(Problem::new(format!("{name} needs an order.")).try_this("Add ORDER BY to its window."));
        }
        Ok(Some(place))
    }

    /// What is computed of the rows of a frame.
    fn framed(
        &self,
        call: &ast::Function,
        name: &str,
        given: &[&ast::Expr],
    ) -> Result<(Framed, Option<Expr>), Problem> {
        let of = |function| Framed::Aggregate(Aggregate::new(function, None, ""));
        match (name, given) {
            ("first_value", [value]) => Ok((of(AggregateFunction::First), Some(self.compile(value)?))),
            ("last_value", [value]) => Ok((of(AggregateFunction::Last), Some(self.compile(value)?))),
            ("nth_value", [value, place]) => Ok((Framed::Nth(self.count(place)?), Some(self.compile(value)?))),
            ("first_value" | "last_value", _) => Err(Problem::new(format!("{name} takes one value."))),
            ("nth_value", _) => Err(Problem::new("nth_value takes a value and its place, from 1 on.")),
            _ if super::tree::aggregate(name).is_none() => {
                Err(Problem::new(format!("Queries here have no {name} OVER.")).try_this("Use the node Window."))
            }
            _ => {
                let Read { aggregate, argument, order, condition } = read(self, call)?;
                if !order.is_empty() {
                    return Err(Problem::new(format!("{name} OVER can't have an ORDER BY within it."))
                        .try_this("Order the rows in a query within FROM: values keep their order."));
                }
                if condition.is_some() {
                    return Err(Problem::new(format!("{name} OVER can't have FILTER here."))
                        .try_this("Leave the rows out in a query within FROM."));
                }
                Ok((Framed::Aggregate(aggregate), argument))
            }
        }
    }
}

impl Windowed {
    /// Whether an expression makes use of it.
    pub(super) fn is_in(&self, expr: &Expr) -> bool {
        expr.columns().contains(self.result.name.as_str())
    }
}

/// Whether it is another one where rows are in another order.
fn tells_orders(aggregate: &Aggregate) -> bool {
    matches!(aggregate.function, AggregateFunction::Concatenate | AggregateFunction::List)
}

/// Whether it is the value of one of the rows.
fn is_of_a_place(aggregate: &Aggregate) -> bool {
    matches!(aggregate.function, AggregateFunction::First | AggregateFunction::Last)
}

/// The type of what is computed of part of a partition.
fn framed_kind(value: &Framed, argument: Option<&Expr>, written: &str, name: &str) -> Result<Type, Problem> {
    let columns = Schema(argument.map(|argument| Column::new(written, argument.kind.clone())).into_iter().collect());
    let column = argument.map(|_| written.to_owned());
    let over = over(value, column, Frame::RUNNING);
    if let Framed::Aggregate(Aggregate { distinct: true, .. }) = value {
        return Err(Problem::new(format!("{name}(DISTINCT …) can't run row by row here."))
            .try_this("Leave ORDER BY out of its window, for that of the whole partition."));
    }
    let made = Op::Window { by: Vec::new(), order: Vec::new(), columns: vec![WindowColumn::new("\u{1}", over)] };
    let made = made.columns(&[&columns]).map_err(|problem| match value {
        Framed::Aggregate(aggregate) if kind_of(aggregate, argument, written).is_ok() => {
            Problem::new(format!("{name} can't run row by row here."))
                .try_this("Leave ORDER BY out of its window, for that of the whole partition.")
        }
        _ => problem,
    })?;
    let kind = made.0.into_iter().next_back().map(|column| column.kind).unwrap_or(Type::Null);
    Ok(if sums_integers(value, argument) { Type::Integer } else { kind })
}

fn over(value: &Framed, column: Option<String>, frame: Frame) -> Over {
    match value {
        Framed::Aggregate(aggregate) => Over::Aggregate { aggregate: Aggregate { column, ..aggregate.clone() }, frame },
        Framed::Nth(place) => Over::Nth { column: column.unwrap_or_default(), place: *place, frame },
    }
}

fn sums_integers(value: &Framed, argument: Option<&Expr>) -> bool {
    let is_sum = matches!(value, Framed::Aggregate(one) if one.function == AggregateFunction::Sum);
    is_sum && argument.is_some_and(|argument| argument.kind == Type::Integer)
}

/// Windows that go over the same rows in the same order.
struct Together {
    by: Vec<String>,
    order: Vec<SortKey>,
    columns: Vec<WindowColumn>,
}

/// The columns that windows look at, each once.
#[derive(Default)]
struct Looked {
    computed: Vec<Computed>,
    known: Vec<(Expr, String)>,
}

impl Looked {
    fn column(&mut self, translator: &Translator, expr: Expr, written: &str) -> String {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == expr) {
            return name.clone();
        }
        let name = translator.as_column(expr.clone(), written, &mut self.computed);
        self.known.push((expr, name.clone()));
        name
    }
}

impl Translator<'_, '_> {
    /// Adds the columns of window functions.
    pub(super) fn windows(&self, rows: Rows, windows: Vec<Windowed>, carried: &[String]) -> Result<Rows, Problem> {
        let mut looked = Looked::default();
        let mut together: Vec<Together> = Vec::new();
        let mut whole: Vec<(Vec<String>, Vec<Aggregate>)> = Vec::new();
        let mut sums = Vec::new();
        for Windowed { how, by, order, result, written } in windows {
            let mut column = |expr: Expr| looked.column(self, expr, &written);
            let mut keys: Vec<String> = Vec::new();
            for key in by.into_iter().map(&mut column).chain(carried.iter().cloned()) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let over = match how {
                How::Whole(aggregate, argument) => {
                    let column_of = argument.map(&mut column);
                    let key = |(key, descending, nulls_first)| SortKey { column: column(key), descending, nulls_first };
                    let order = order.into_iter().filter(|_| tells_orders(&aggregate)).map(key).collect();
                    let aggregate = Aggregate { column: column_of, order, name: result.name, ..aggregate };
                    match whole.iter_mut().find(|(by, _)| *by == keys) {
                        Some((_, aggregates)) => aggregates.push(aggregate),
                        None => whole.push((keys, vec![aggregate])),
                    }
                    continue;
                }
                How::Place(over) => over,
                How::Away { value, by, otherwise } => Over::Shift { column: column(value), by, otherwise },
                How::Framed { value, argument, frame } => {
                    if sums_integers(&value, argument.as_ref()) {
                        sums.push(result.name.clone());
                    }
                    let argument = argument.map(&mut column);
                    over(&value, argument, frame.with_columns(&mut column))
                }
            };
            let key = |(key, descending, nulls_first)| SortKey { column: column(key), descending, nulls_first };
            let order: Vec<SortKey> = order.into_iter().map(key).collect();
            let made = WindowColumn::new(result.name, over);
            match together.iter_mut().find(|known| known.by == keys && known.order == order) {
                Some(known) => known.columns.push(made),
                None => together.push(Together { by: keys, order, columns: vec![made] }),
            }
        }
        let mut rows = self.computed(rows, looked.computed)?;
        for Together { by, order, columns } in together {
            rows = self.add(Op::Window { by, order, columns }, &[rows])?;
        }
        rows = self.narrowed(rows, sums)?;
        for (by, aggregates) in whole {
            rows = self.beside_groups(rows, by, aggregates)?;
        }
        Ok(rows)
    }

    /// Puts beside each row what its group comes to.
    fn beside_groups(&self, rows: Rows, keys: Vec<String>, aggregates: Vec<Aggregate>) -> Result<Rows, Problem> {
        let right = aggregates.iter().map(|aggregate| Pick::same(&aggregate.name)).collect();
        let groups = self.grouped(rows, keys.clone(), aggregates)?;
        let join = plan::Join {
            kind: if keys.is_empty() { JoinKind::Cross } else { JoinKind::Left },
            on: keys.into_iter().map(|key| (key.clone(), key)).collect(),
            nulls_match: true,
            right,
            max_rows: None,
            order: plan::JoinOrder::Kept,
        };
        self.add(Op::Join(join), &[rows, groups])
    }
}
