//! Window functions: `function(…) OVER (PARTITION BY … ORDER BY …)`.

use std::cell::RefCell;

use sqlparser::ast::{self, Spanned, WindowFrameBound, WindowFrameUnits, WindowType};

use super::Translator;
use super::aggregate::{kind_of, read};
use super::scope::{Expressions, window_function};
use super::tree::{arguments, first_argument, name_of};
use crate::formula::Expr;
use crate::nodes::window::Calculation;
use crate::nodes::{AggregateFunction, JoinKind, WindowFunction};
use crate::params::ColumnName;
use crate::plan::{self, Aggregate, Op, Pick, Rows, SortKey, WindowColumn};
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// A window function as it is to be computed, and the column that it becomes.
pub(super) struct Windowed {
    how: How,
    argument: Option<Expr>,
    by: Vec<Expr>,
    /// Expressions, whether descending, and whether nulls come first.
    order: Vec<(Expr, bool, bool)>,
    result: Column,
    written: String,
}

#[derive(Clone)]
enum How {
    /// A place, or a value some rows away.
    Place(WindowFunction, u64),
    /// Row by row up to the row itself; with peers, up to the last row that is equal in the order.
    Running { function: WindowFunction, peers: bool },
    /// Of all rows of the partition.
    Whole(Aggregate),
}

impl Expressions<'_, '_, '_> {
    /// Remembers a window function, and gives the column that it will be.
    pub(super) fn windowed(&self, call: &ast::Function, windows: &RefCell<Vec<Windowed>>) -> Result<Expr, Problem> {
        let spec = self.window(call)?;
        let by = spec.partition_by.iter().map(|tree| self.compile(tree)).collect::<Result<Vec<_>, _>>()?;
        let mut order = Vec::new();
        for by in &spec.order_by {
            let key = self.compile(&by.expr)?;
            if !key.kind.is_ordered() {
                return Err(self
                    .translator
                    .placed(Problem::new(format!("{} has no order.", key.kind)), by.expr.span()));
            }
            let descending = by.options.asc == Some(false);
            order.push((key, descending, by.options.nulls_first.unwrap_or(descending)));
        }
        let written = call.to_string();
        let (how, argument) = self.how(call, spec, order.is_empty())?;
        let kind = match &how {
            How::Place(function, _) | How::Running { function, .. } => {
                running_kind(*function, argument.as_ref(), &first_argument(call))?
            }
            How::Whole(aggregate) => kind_of(aggregate, argument.as_ref(), &first_argument(call))?,
        };
        let result = Column::new(self.translator.fresh("window"), kind);
        let expr = Expr::column(&result);
        windows.borrow_mut().push(Windowed { how, argument, by, order, result, written });
        Ok(expr)
    }

    /// The window that a call speaks of.
    fn window<'q>(&'q self, call: &'q ast::Function) -> Result<&'q ast::WindowSpec, Problem> {
        let spec = match &call.over {
            Some(WindowType::WindowSpec(spec)) => spec,
            Some(WindowType::NamedWindow(name)) => {
                let found = self.named.iter().find(|named| named.0.value.eq_ignore_ascii_case(&name.value));
                match found.map(|named| &named.1) {
                    Some(ast::NamedWindowExpr::WindowSpec(spec)) => spec,
                    _ => {
                        let known = self.named.iter().map(|named| named.0.value.as_str());
                        return Err(self.translator.placed(Problem::unknown("window", &name.value, known), name.span));
                    }
                }
            }
            None => return Err(Problem::new("OVER is missing.")),
        };
        match &spec.window_name {
            None => Ok(spec),
            Some(name) => {
                Err(self.translator.cannot("A window made from another", name.span, "Write the window in full."))
            }
        }
    }

    fn how(
        &self,
        call: &ast::Function,
        spec: &ast::WindowSpec,
        unordered: bool,
    ) -> Result<(How, Option<Expr>), Problem> {
        let name = name_of(call);
        if call.null_treatment.is_some() {
            return Err(Problem::new("Queries here have no IGNORE NULLS.").try_this("Leave it out."));
        }
        if let Some(function) = window_function(&name) {
            let given = arguments(call);
            return Ok(match (function, given.as_slice()) {
                (WindowFunction::Lag | WindowFunction::Lead, [value, rest @ ..]) => {
                    let offset = match rest {
                        [] => 1,
                        [offset] => self.offset(offset)?,
                        _ => {
                            return Err(Problem::new(format!("{name} takes a value and a number of rows."))
                                .try_this(format!("Write coalesce({name}(…) OVER (…), …).")));
                        }
                    };
                    (How::Place(function, offset), Some(self.compile(value)?))
                }
                (WindowFunction::Rank | WindowFunction::DenseRank, _) if unordered => {
                    return Err(Problem::new(format!("{name} needs an order.")).try_this("Add ORDER BY to its window."));
                }
                (_, []) => (How::Place(function, 1), None),
                _ => return Err(Problem::new(format!("{name} takes no values."))),
            });
        }
        if super::tree::aggregate(&name).is_none() {
            return Err(Problem::new(format!("Queries here have no {name} OVER.")).try_this("Use the node Window."));
        }
        let (aggregate, argument) = read(self, call)?;
        let function = aggregate.function;
        let how = match (&spec.window_frame, unordered) {
            (None, true) => How::Whole(aggregate),
            (None, false) => How::Running { function: running(function, &name)?, peers: true },
            (Some(frame), _) => {
                let is_open = |bound: &WindowFrameBound| match bound {
                    WindowFrameBound::Preceding(None) => Some(true),
                    WindowFrameBound::CurrentRow => Some(false),
                    _ => None,
                };
                let to_end = matches!(frame.end_bound, Some(WindowFrameBound::Following(None)));
                let to_here = matches!(frame.end_bound, None | Some(WindowFrameBound::CurrentRow));
                match (is_open(&frame.start_bound), to_here, to_end, frame.units) {
                    (Some(true), _, true, _) => How::Whole(aggregate),
                    (Some(true), true, _, WindowFrameUnits::Rows) => {
                        How::Running { function: running(function, &name)?, peers: false }
                    }
                    (Some(true), true, _, WindowFrameUnits::Range) if unordered => How::Whole(aggregate),
                    (Some(true), true, _, WindowFrameUnits::Range) => {
                        How::Running { function: running(function, &name)?, peers: true }
                    }
                    _ => {
                        return Err(Problem::new("This part of a window can't be used in queries here.")
                            .try_this("It reaches from UNBOUNDED PRECEDING to CURRENT ROW or UNBOUNDED FOLLOWING."));
                    }
                }
            }
        };
        Ok((how, argument))
    }

    fn offset(&self, tree: &ast::Expr) -> Result<u64, Problem> {
        let literal = self.compile(tree)?;
        match literal.as_literal() {
            Some(Value::Integer(number)) if *number >= 0 => Ok(number.unsigned_abs()),
            _ => Err(self.translator.placed(Problem::new("This is no number of rows."), tree.span())),
        }
    }
}

/// What an aggregate is that goes row by row.
fn running(function: AggregateFunction, name: &str) -> Result<WindowFunction, Problem> {
    Ok(match function {
        AggregateFunction::Sum => WindowFunction::RunningSum,
        AggregateFunction::Mean => WindowFunction::RunningMean,
        AggregateFunction::Min => WindowFunction::RunningMin,
        AggregateFunction::Max => WindowFunction::RunningMax,
        AggregateFunction::Count | AggregateFunction::CountValues => WindowFunction::RunningCount,
        _ => {
            return Err(Problem::new(format!("{name} can't run row by row here."))
                .try_this("Leave ORDER BY out of its window, for that of the whole partition."));
        }
    })
}

fn running_kind(function: WindowFunction, argument: Option<&Expr>, written: &str) -> Result<Type, Problem> {
    let columns = Schema(argument.map(|argument| Column::new(written, argument.kind.clone())).into_iter().collect());
    let name = "\u{1}".to_owned();
    let column = added(function, argument.map(|_| written.to_owned()), 1, name)?;
    let made = Op::Window { by: Vec::new(), order: Vec::new(), columns: vec![column] }.columns(&[&columns])?;
    let kind = made.0.into_iter().next_back().map(|column| column.kind).unwrap_or(Type::Null);
    Ok(if sums_integers(function, argument) { Type::Integer } else { kind })
}

/// The column that a function adds, as the node Window has it.
pub(super) fn added(
    function: WindowFunction,
    column: Option<String>,
    offset: u64,
    name: String,
) -> Result<WindowColumn, Problem> {
    let column = ColumnName(column.unwrap_or_default());
    let line = Calculation { function, column, offset, ..Calculation::default() };
    Ok(WindowColumn::new(name, line.value(&Schema::default(), &[])?))
}

fn sums_integers(function: WindowFunction, argument: Option<&Expr>) -> bool {
    function == WindowFunction::RunningSum && argument.is_some_and(|argument| argument.kind == Type::Integer)
}

impl Translator<'_, '_> {
    /// Adds the columns of window functions.
    pub(super) fn windows(&self, rows: Rows, windows: Vec<Windowed>, carried: &[String]) -> Result<Rows, Problem> {
        let mut rows = rows;
        for window in windows {
            rows = self.with_window(rows, window, carried)?;
        }
        Ok(rows)
    }

    fn with_window(&self, rows: Rows, window: Windowed, carried: &[String]) -> Result<Rows, Problem> {
        let Windowed { how, argument, by, order, result, written } = window;
        let mut computed = Vec::new();
        let is_integer = argument.as_ref().is_some_and(|argument| argument.kind == Type::Integer);
        let column = argument.map(|argument| self.as_column(argument, &written, &mut computed));
        let by = by.into_iter().map(|key| self.as_column(key, &written, &mut computed));
        let by: Vec<String> = by.chain(carried.iter().cloned()).collect();
        let order: Vec<SortKey> = order
            .into_iter()
            .map(|(key, descending, nulls_first)| {
                let column = self.as_column(key, &written, &mut computed);
                SortKey { column, descending, nulls_first }
            })
            .collect();
        let rows = self.computed(rows, computed)?;
        match how {
            How::Place(function, offset) => {
                let made = added(function, column, offset, result.name)?;
                self.add(Op::Window { by, order, columns: vec![made] }, &[rows])
            }
            How::Running { function, peers } => {
                let name = if peers { self.fresh("running") } else { result.name.clone() };
                let made = added(function, column, 1, name.clone())?;
                let keys: Vec<String> = by.iter().cloned().chain(order.iter().map(|key| key.column.clone())).collect();
                let ran = self.add(Op::Window { by, order, columns: vec![made] }, &[rows])?;
                let is_sum = function == WindowFunction::RunningSum && is_integer;
                let ran = self.narrowed(ran, is_sum.then(|| name.clone()).into_iter().collect())?;
                if !peers {
                    return Ok(ran);
                }
                let last = Aggregate::new(AggregateFunction::Last, Some(&name), result.name.clone());
                self.beside_groups(ran, keys, last)
            }
            How::Whole(aggregate) => self.beside_groups(rows, by, Aggregate { column, name: result.name, ..aggregate }),
        }
    }

    /// Puts beside each row what its group comes to.
    fn beside_groups(&self, rows: Rows, by: Vec<String>, aggregate: Aggregate) -> Result<Rows, Problem> {
        let result = aggregate.name.clone();
        let mut keys = Vec::new();
        by.into_iter().for_each(|name| {
            if !keys.contains(&name) {
                keys.push(name)
            }
        });
        let groups = self.grouped(rows, keys.clone(), vec![aggregate])?;
        let join = plan::Join {
            kind: if keys.is_empty() { JoinKind::Cross } else { JoinKind::Left },
            on: keys.into_iter().map(|key| (key.clone(), key)).collect(),
            nulls_match: true,
            right: vec![Pick::same(result)],
            max_rows: None,
            keep_order: true,
        };
        self.add(Op::Join(join), &[rows, groups])
    }
}
