//! In which columns no two rows are equal.

use std::collections::BTreeSet;

use super::{JoinKind, LEFT_ROW, Op, Pick, RIGHT_ROW};

/// Columns in which, taken together, no two rows are equal; of no columns at all where there is one row at the most.
pub type Unique = BTreeSet<String>;

/// So many are followed: more are seldom of use.
const MOST: usize = 4;

/// What is unique in the rows of an operation, each set with what its inputs are unique in.
pub(super) fn after(op: &Op, inputs: &[&[Unique]]) -> Vec<Unique> {
    let of = |port: usize| inputs.get(port).copied().unwrap_or_default().iter();
    let set = |names: &[String]| names.iter().cloned().collect::<Unique>();
    let renamed = |unique: &Unique, picks: &[Pick]| {
        let name_of = |column: &String| picks.iter().find(|pick| pick.column == *column).map(|pick| pick.name.clone());
        unique.iter().map(name_of).collect::<Option<Unique>>()
    };
    let mut found: Vec<Unique> = match op {
        Op::Inline(table) if table.rows.len() < 2 => vec![Unique::new()],
        Op::Select(picks) => of(0).filter_map(|unique| renamed(unique, picks)).collect(),
        Op::Derive { columns, .. } => {
            let is_replaced = |name: &String| columns.iter().any(|column| column.name == *name);
            of(0).filter(|unique| !unique.iter().any(is_replaced)).cloned().collect()
        }
        Op::Slice { count: Some(0 | 1), .. } => vec![Unique::new()],
        Op::Filter { .. } | Op::Sort(_) | Op::Slice { .. } | Op::Window { .. } => of(0).cloned().collect(),
        Op::Number { column, .. } => of(0).cloned().chain([set(std::slice::from_ref(column))]).collect(),
        Op::Distinct { by, .. } => [set(by)].into_iter().chain(of(0).cloned()).collect(),
        Op::GroupBy { by, .. } => vec![set(by)],
        Op::Pivot(pivot) => vec![set(&pivot.by)],
        Op::Pairs(_) => vec![[LEFT_ROW, RIGHT_ROW].map(str::to_owned).into()],
        Op::Join(join) => {
            let is_key = |unique: &Unique, keys: &BTreeSet<&String>| unique.iter().all(|name| keys.contains(name));
            let (ours, theirs) = join.on.iter().map(|(left, right)| (left, right)).unzip();
            let (left_once, right_once) = (of(0).any(|it| is_key(it, &ours)), of(1).any(|it| is_key(it, &theirs)));
            let right: Vec<Unique> = of(1).filter_map(|unique| renamed(unique, &join.right)).collect();
            let both = of(0).flat_map(|left| right.iter().map(move |right| left.union(right).cloned().collect()));
            match join.kind {
                JoinKind::Semi | JoinKind::Anti => of(0).cloned().collect(),
                JoinKind::Inner | JoinKind::Left | JoinKind::Cross if right_once => of(0).cloned().collect(),
                JoinKind::Inner | JoinKind::Cross if left_once => right,
                JoinKind::Inner | JoinKind::Left | JoinKind::Cross => both.collect(),
                // A row that only the right side has shows its key under the names of the left.
                JoinKind::Right | JoinKind::Full => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::Keep;
    use crate::plan::{Join, JoinOrder};

    fn unique(sets: &[&[&str]]) -> Vec<Unique> {
        sets.iter().map(|set| set.iter().map(|name| (*name).to_owned()).collect()).collect()
    }

    fn join(kind: JoinKind, on: &[(&str, &str)], right: &[(&str, &str)]) -> Op {
        Op::Join(Join {
            kind,
            on: on.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect(),
            nulls_match: false,
            right: right.iter().map(|(column, name)| Pick::renamed(*column, *name)).collect(),
            max_rows: None,
            order: JoinOrder::Kept,
        })
    }

    #[test]
    fn a_join_on_a_key_of_the_right_side_keeps_rows_of_the_left_apart() {
        let (orders, customers) = (unique(&[&["order"]]), unique(&[&["customer"]]));
        let both: [&[Unique]; 2] = [&orders, &customers];
        let of = |op| after(&op, &both);
        let brought = &[("customer", "buyer")];
        assert_eq!(of(join(JoinKind::Inner, &[("buyer", "customer")], &[])), orders);
        assert_eq!(of(join(JoinKind::Left, &[("buyer", "customer")], &[])), orders);
        assert_eq!(of(join(JoinKind::Full, &[("buyer", "customer")], brought)), unique(&[]));
        // A city has many customers, and of these each has it with every order.
        assert_eq!(of(join(JoinKind::Inner, &[("city", "city")], brought)), unique(&[&["buyer", "order"]]));
        assert_eq!(of(join(JoinKind::Inner, &[("city", "city")], &[])), unique(&[]));
        assert_eq!(of(join(JoinKind::Semi, &[("city", "city")], &[])), orders);
        // Each order is looked for once.
        assert_eq!(of(join(JoinKind::Inner, &[("order", "order")], brought)), unique(&[&["buyer"]]));
        assert_eq!(of(join(JoinKind::Left, &[("order", "order")], brought)), unique(&[&["buyer", "order"]]));
    }

    #[test]
    fn what_is_unique_goes_by_its_new_name_and_ends_with_its_column() {
        let inputs = unique(&[&["a", "b"]]);
        let of = |op| after(&op, &[&inputs]);
        let select = |picks: &[(&str, &str)]| {
            Op::Select(picks.iter().map(|(column, name)| Pick::renamed(*column, *name)).collect())
        };
        assert_eq!(of(select(&[("b", "x"), ("a", "y")])), unique(&[&["x", "y"]]));
        assert_eq!(of(select(&[("b", "x")])), unique(&[]));
        assert_eq!(of(Op::Distinct { by: vec!["a".into()], keep: Keep::First }), unique(&[&["a"], &["a", "b"]]));
        assert_eq!(of(Op::Slice { skip: 0, count: Some(1) }), unique(&[&[]]));
        assert_eq!(of(Op::Union), unique(&[]));
    }
}
