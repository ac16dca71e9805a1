//! Frames of windows: from which row to which a window reaches.

use sqlparser::ast::{self, Spanned, WindowFrameBound, WindowFrameUnits};

use super::scope::Expressions;
use crate::formula::{Expr, Function};
use crate::plan::{Edge, Frame};
use crate::problem::Problem;
use crate::value::Value;

/// Where a window begins and ends, as seen from one of its rows.
pub(super) struct Span {
    from: Bound,
    to: Bound,
}

/// As [`Edge`], with the values that rows are compared with.
#[derive(PartialEq)]
enum Bound {
    End,
    Row(i64),
    Peer,
    Value(Expr),
}

impl Expressions<'_, '_, '_> {
    /// The rows that a window reaches over: without a word of it, up to the last row that is equal in the order.
    pub(super) fn span(&self, spec: &ast::WindowSpec, order: &mut [(Expr, bool, bool)]) -> Result<Span, Problem> {
        let Some(frame) = &spec.window_frame else { return Ok(Span { from: Bound::End, to: Bound::Peer }) };
        if frame.units == WindowFrameUnits::Groups {
            return Err(Problem::new("GROUPS can't be used in queries here.")
                .try_this("Write ROWS or RANGE, or number the groups with dense_rank() and use RANGE over that."));
        }
        let here = WindowFrameBound::CurrentRow;
        let (start, end) = (&frame.start_bound, frame.end_bound.as_ref().unwrap_or(&here));
        let place = |bound: &WindowFrameBound| match bound {
            WindowFrameBound::Preceding(None) => 0,
            WindowFrameBound::Preceding(Some(_)) => 1,
            WindowFrameBound::CurrentRow => 2,
            WindowFrameBound::Following(Some(_)) => 3,
            WindowFrameBound::Following(None) => 4,
        };
        if place(start) == 4 || place(end) == 0 || place(start) > place(end) {
            return Err(Problem::new("A window can't end before it begins.")
                .try_this("Write what comes first first: ROWS BETWEEN 2 PRECEDING AND CURRENT ROW."));
        }
        let bound = |bound: &WindowFrameBound, order: &mut [(Expr, bool, bool)]| match (bound, frame.units) {
            (WindowFrameBound::Preceding(None) | WindowFrameBound::Following(None), _) => Ok(Bound::End),
            (WindowFrameBound::CurrentRow, WindowFrameUnits::Rows) => Ok(Bound::Row(0)),
            (WindowFrameBound::CurrentRow, _) => Ok(Bound::Peer),
            (WindowFrameBound::Preceding(Some(tree)), WindowFrameUnits::Rows) => {
                self.rows_away(tree).map(|rows| Bound::Row(-rows))
            }
            (WindowFrameBound::Following(Some(tree)), WindowFrameUnits::Rows) => self.rows_away(tree).map(Bound::Row),
            (WindowFrameBound::Preceding(Some(tree)), _) => self.value_away(spec, order, tree, false),
            (WindowFrameBound::Following(Some(tree)), _) => self.value_away(spec, order, tree, true),
        };
        // A second bound may widen the type of the order's key, that the first is compared with.
        bound(start, order)?;
        bound(end, order)?;
        Ok(Span { from: bound(start, order)?, to: bound(end, order)? })
    }

    fn rows_away(&self, tree: &ast::Expr) -> Result<i64, Problem> {
        match self.constant(tree)? {
            Value::Integer(number) if number >= 0 => Ok(number),
            _ => Err(self.translator.placed(Problem::new("This is no number of rows."), tree.span())),
        }
    }

    /// The value of the order's key so far before or after that of the row. The key gets the type of such values.
    fn value_away(
        &self,
        spec: &ast::WindowSpec,
        order: &mut [(Expr, bool, bool)],
        tree: &ast::Expr,
        following: bool,
    ) -> Result<Bound, Problem> {
        let placed = |problem: Problem| self.translator.placed(problem, tree.span());
        let ([by], [(key, descending, _)]) = (spec.order_by.as_slice(), order) else {
            return Err(placed(Problem::new("RANGE with a distance needs one column in ORDER BY."))
                .try_this("Write ROWS to count rows instead."));
        };
        // Months are no length of time by themselves, but can be added to a date.
        let distance = self.compile(tree);
        let is_negative = match distance.as_ref().map(|distance| (distance, distance.as_literal())) {
            Ok((_, Some(Value::Duration(micros)))) => *micros < 0,
            Ok((_, Some(Value::Null))) => true,
            Ok((_, Some(value))) => value.number().is_some_and(|number| number < 0.0 || number.is_nan()),
            Ok((distance, None)) => !distance.columns().is_empty(),
            Err(_) => false,
        };
        if is_negative {
            return Err(placed(Problem::new("A distance is the same in every row, and not below zero.")));
        }
        let function = if following == *descending { Function::Subtract } else { Function::Add };
        let nested = |tree: &ast::Expr| Box::new(ast::Expr::Nested(Box::new(tree.clone())));
        let op = if function == Function::Add { ast::BinaryOperator::Plus } else { ast::BinaryOperator::Minus };
        let value = self.compile(&ast::Expr::BinaryOp { left: nested(&by.expr), op, right: nested(tree) });
        let unfit = || {
            placed(Problem::new(format!("This is no distance for {}.", key.kind)))
                .try_this("Write a number for numbers, or INTERVAL '7 days' for dates and times.")
        };
        let value = value.map_err(|_| unfit())?;
        let kind = key.kind.common(&value.kind).ok_or_else(unfit)?;
        *key = std::mem::replace(key, Expr::literal(Value::Null)).cast(kind.clone())?;
        Ok(Bound::Value(value.cast(kind)?))
    }
}

impl Span {
    /// Whether it is all of the partition.
    pub(super) fn is_whole(&self, unordered: bool) -> bool {
        let ends = |bound: &Bound| *bound == Bound::End || unordered && *bound == Bound::Peer;
        ends(&self.from) && ends(&self.to)
    }

    /// The frame, with columns in the places of values.
    pub(super) fn with_columns(self, column: &mut impl FnMut(Expr) -> String) -> Frame {
        let mut edge = |bound| match bound {
            Bound::End => Edge::End,
            Bound::Row(rows) => Edge::Row(rows),
            Bound::Peer => Edge::Peer,
            Bound::Value(value) => Edge::Value(column(value)),
        };
        Frame::Span { from: edge(self.from), to: edge(self.to) }
    }
}
