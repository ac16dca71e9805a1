//! Where the order of rows does not show: there no join needs to keep it, which is quicker.

use super::unique::Unique;
use super::{Aggregate, Edge, Frame, JoinKind, JoinOrder, Op, Over, Plan, Rows, SortKey};
use crate::types::{Schema, Type};

impl Plan {
    /// Lets joins go whose order nothing shows that ends in these rows. `unique` says for each entry what is unique in its rows.
    pub(super) fn loosen(&mut self, ends: impl IntoIterator<Item = Rows>, unique: &[Vec<Unique>]) {
        let mut shows = vec![false; self.entries.len()];
        for end in ends {
            shows[end.0] = true;
        }
        for at in (0..self.entries.len()).rev() {
            let inputs = self.entries[at].inputs.clone();
            for (port, input) in inputs.into_iter().enumerate() {
                let before = (self.schema(input), unique[input.0].as_slice());
                shows[input.0] |= shows_order(&self.entries[at].op, port, before, shows[at]);
            }
            if let Op::Join(join) = &mut self.entries[at].op
                && join.order == JoinOrder::Kept
                && !shows[at]
            {
                join.order = JoinOrder::Unseen;
            }
        }
    }
}

/// Whether the order of rows that go into an operation makes a difference, if that of those that come out makes one or not.
fn shows_order(op: &Op, port: usize, before: (&Schema, &[Unique]), after: bool) -> bool {
    let (schema, unique) = before;
    match op {
        Op::Select(_) | Op::Derive { .. } | Op::Filter { .. } | Op::Explode { .. } | Op::Union | Op::Unpivot(_) => {
            after
        }
        Op::Sort(keys) => after && !are_total(unique, keys, &[]),
        Op::Distinct { by, .. } => after || !schema.names().all(|name| by.iter().any(|by| by == name)),
        Op::GroupBy { by, aggregates, .. } => {
            (after && !by.is_empty()) || aggregates.iter().any(|aggregate| minds_order(aggregate, schema))
        }
        Op::Window { by, order, columns } => {
            after || !(are_total(unique, order, by) || columns.iter().all(|column| is_of_peers(&column.value, schema)))
        }
        Op::Join(join) => after && !(port == 1 && matches!(join.kind, JoinKind::Semi | JoinKind::Anti)),
        Op::Read(_) | Op::ReadRejects(_) | Op::ReadDrift(_) | Op::Inline(_) | Op::Spooled { .. } => after,
        Op::Slice { .. } | Op::Number { .. } | Op::Append { .. } | Op::Pivot(_) | Op::Pairs(_) | Op::Recursion(_) => {
            true
        }
    }
}

/// Whether there are no ties in an order, within rows that are equal in `by`.
fn are_total(unique: &[Unique], order: &[SortKey], by: &[String]) -> bool {
    let decides = |name: &String| by.contains(name) || order.iter().any(|key| key.column == *name);
    unique.iter().any(|unique| unique.iter().all(decides))
}

/// Whether rows that are equal in the order all get the same value, which does not depend on the order of those before them.
fn is_of_peers(value: &Over, schema: &Schema) -> bool {
    match value {
        Over::Rank | Over::DenseRank | Over::PercentRank | Over::CumulativeDistribution => true,
        Over::Aggregate { aggregate, frame } => {
            let of_peers = match frame {
                Frame::Partition | Frame::Range { .. } => true,
                Frame::Rows { .. } => false,
                Frame::Span { from, to } => [from, to].iter().all(|edge| !matches!(edge, Edge::Row(_))),
            };
            of_peers && !minds_order(aggregate, schema)
        }
        Over::Number
        | Over::Tile(_)
        | Over::Shift { .. }
        | Over::Nth { .. }
        | Over::Fill { .. }
        | Over::Interpolate { .. } => false,
    }
}

/// Whether an aggregate may be another one if its rows come in another order. Sums of floats are, in their last digits.
fn minds_order(aggregate: &Aggregate, schema: &Schema) -> bool {
    let kind = aggregate.column.as_ref().and_then(|name| schema.column(name)).map(|column| &column.kind);
    aggregate.function.minds_order(!matches!(kind, Some(Type::Integer | Type::Decimal { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::AggregateFunction;
    use crate::plan::{Entry, Join, Pick};
    use crate::types::Column;

    /// Orders joined to customers, what `ops` make of them, and whether the join still keeps its order at the end.
    fn keeps_order(ops: Vec<Op>) -> bool {
        let schema = |names: &[(&str, Type)]| {
            Schema(names.iter().map(|(name, kind)| Column::new(*name, kind.clone())).collect())
        };
        let orders = schema(&[("id", Type::Integer), ("price", Type::Float)]);
        let source = |schema: &Schema| Entry {
            op: Op::Inline(crate::table::Table::empty(schema.clone())),
            inputs: Vec::new(),
            schema: schema.clone(),
            node: String::new(),
        };
        let join = Op::Join(Join {
            kind: JoinKind::Inner,
            on: vec![("id".into(), "customer".into())],
            nulls_match: false,
            right: vec![Pick::same("city")],
            max_rows: None,
            order: JoinOrder::Kept,
        });
        let customers = schema(&[("customer", Type::Integer), ("city", Type::Text)]);
        let mut plan = Plan { entries: vec![source(&orders), source(&customers)], ..Plan::default() };
        let mut unique: Vec<Vec<Unique>> = vec![Vec::new(), Vec::new()];
        let mut inputs = vec![Rows(0), Rows(1)];
        for op in std::iter::once(join).chain(ops) {
            let schemas: Vec<&Schema> = inputs.iter().map(|rows| plan.schema(*rows)).collect();
            let schema = op.columns(&schemas).expect("the columns fit");
            let before: Vec<&[Unique]> = inputs.iter().map(|rows| unique[rows.0].as_slice()).collect();
            unique.push(super::super::unique::after(&op, &before));
            plan.entries.push(Entry { op, inputs, schema, node: String::new() });
            inputs = vec![Rows(plan.entries.len() - 1)];
        }
        plan.loosen(inputs, &unique);
        matches!(&plan.entries[2].op, Op::Join(join) if join.order == JoinOrder::Kept)
    }

    fn group(by: &[&str], function: AggregateFunction, column: &str) -> Op {
        let by = by.iter().map(|name| (*name).to_owned()).collect();
        Op::GroupBy { by, aggregates: vec![Aggregate::new(function, Some(column), "made")], reproducible: false }
    }

    fn sort(column: &str) -> Op {
        Op::Sort(vec![SortKey { column: column.into(), descending: false, nulls_first: false }])
    }

    #[test]
    fn the_order_of_a_join_goes_where_nothing_shows_it() {
        use AggregateFunction::{First, Max, Sum};
        assert!(keeps_order(Vec::new()));
        assert!(keeps_order(vec![group(&["city"], Max, "id")]), "groups stand in the order first seen");
        assert!(!keeps_order(vec![group(&["city"], Max, "id"), sort("city")]));
        assert!(keeps_order(vec![group(&["city"], Max, "id"), sort("made")]), "ties show it");
        assert!(keeps_order(vec![sort("city")]), "ties show it");
        assert!(!keeps_order(vec![group(&[], Sum, "id")]));
        assert!(keeps_order(vec![group(&[], Sum, "price")]), "sums of floats show it");
        assert!(keeps_order(vec![group(&["city"], First, "id"), sort("city")]));
        assert!(keeps_order(vec![Op::Slice { skip: 0, count: Some(5) }, group(&[], Sum, "id")]));
    }
}
