//! In which order tables are joined: the one that is guessed to make the fewest rows on the way.

use std::collections::HashMap;

use crate::formula::{Expr, Function};
use crate::plan::{Estimate, share};
use crate::problem::Problem;

/// So many tables are tried in every order; of more, the two that make the fewest rows go together first.
const MOST_TRIED: usize = 10;
/// What a row costs that is kept for others to find, where one that looks for it costs 1.
const KEPT: f64 = 2.0;

/// A set of tables, one bit each.
pub(super) type Set = u64;

/// Expressions over tables that are equal to each other.
pub(super) struct Class {
    pub(super) members: Vec<(usize, Expr)>,
    /// Whether null is equal to null.
    pub(super) nulls: bool,
}

impl Class {
    /// The first of them in a set of tables.
    pub(super) fn within(&self, set: Set) -> Option<&Expr> {
        self.members.iter().find(|(table, _)| set & bit(*table) != 0).map(|(_, expr)| expr)
    }

    /// That those of them are equal that are of one table: a join compares only one of each side.
    pub(super) fn equal_within(&self, table: usize) -> Result<Vec<Expr>, Problem> {
        let mut own = self.members.iter().filter(|(of, _)| *of == table).map(|(_, expr)| expr);
        let Some(first) = own.next() else { return Ok(Vec::new()) };
        let equal = own.map(|other| {
            let both = vec![first.clone(), other.clone()];
            match self.nulls {
                true => Expr::call(Function::Not, vec![Expr::call(Function::IsDistinct, both)?]),
                false => Expr::call(Function::Eq, both),
            }
        });
        equal.collect()
    }
}

pub(super) enum Tree {
    Table(usize),
    /// The second is kept in memory for the rows of the first.
    Join(Box<Tree>, Box<Tree>),
}

impl Tree {
    pub(super) fn set(&self) -> Set {
        match self {
            Self::Table(table) => bit(*table),
            Self::Join(left, right) => left.set() | right.set(),
        }
    }
}

pub(super) fn bit(table: usize) -> Set {
    1 << table
}

pub(super) struct Ordering<'a> {
    tables: &'a [Estimate],
    /// The tables that each class has members of, and how many different values those have.
    classes: Vec<(Set, f64)>,
    /// Of two tables that several keys link, how many times more combinations there are of the values of these than the smaller one has
    /// rows.
    pairs: Vec<(Set, f64)>,
    /// Other conditions, by the tables that they speak of: the share of rows for which they hold.
    others: Vec<(Set, f64)>,
}

struct Best {
    cost: f64,
    rows: f64,
    /// One of the two sides; none for a single table.
    side: Set,
}

impl<'a> Ordering<'a> {
    pub(super) fn new(tables: &'a [Estimate], classes: &[Class], others: &[(Set, Expr)]) -> Self {
        let class = |class: &Class| {
            let set = class.members.iter().fold(0, |set, (table, _)| set | bit(*table));
            // As many as the smallest table has, since its is the key.
            let values = class.members.iter().map(|(table, _)| tables[*table].values).fold(f64::INFINITY, f64::min);
            (set, values.max(1.0))
        };
        let classes: Vec<(Set, f64)> = classes.iter().map(class).collect();
        let all = (0..tables.len()).flat_map(|a| (a + 1..tables.len()).map(move |b| (a, b)));
        let pair = |(a, b): (usize, usize)| {
            let pair = bit(a) | bit(b);
            let combinations: f64 =
                classes.iter().filter(|(set, _)| set & pair == pair).map(|(_, values)| values).product();
            let most = tables[a].values.min(tables[b].values);
            (combinations > most).then_some((pair, combinations / most))
        };
        let pairs = all.filter_map(pair).collect();
        let others = others.iter().map(|(set, condition)| (*set, share(condition))).collect();
        Self { tables, classes, pairs, others }
    }

    pub(super) fn tree(&self) -> Tree {
        let count = self.tables.len();
        let mut open: Vec<Set> = (0..count).map(bit).collect();
        let mut best: HashMap<Set, Best> = HashMap::new();
        for set in &open {
            best.insert(*set, Best { cost: 0.0, rows: self.rows(*set), side: 0 });
        }
        if count <= MOST_TRIED {
            // Smaller sets are smaller numbers.
            for set in 1..bit(count) {
                if set.count_ones() > 1 {
                    self.try_all(set, &mut best);
                }
            }
            open = vec![bit(count) - 1];
        }
        while open.len() > 1 {
            let pairs = open.iter().enumerate().flat_map(|(at, a)| open[at + 1..].iter().map(move |b| (*a, *b)));
            let rows = |(a, b): &(Set, Set)| (!self.are_linked(*a, *b), self.rows(a | b));
            let Some((a, b)) = pairs.min_by(|x, y| {
                let ((x, fewer), (y, more)) = (rows(x), rows(y));
                x.cmp(&y).then(fewer.total_cmp(&more))
            }) else {
                break;
            };
            open.retain(|set| *set != a && *set != b);
            open.push(a | b);
            best.insert(a | b, Best { cost: 0.0, rows: self.rows(a | b), side: a });
        }
        grown(open[0], &best)
    }

    fn try_all(&self, set: Set, best: &mut HashMap<Set, Best>) {
        let rows = self.rows(set);
        let mut found = Best { cost: f64::INFINITY, rows, side: 0 };
        let mut side = (set - 1) & set;
        while side > 0 {
            let other = set & !side;
            if side > other
                && let (Some(a), Some(b)) = (best.get(&side), best.get(&other))
            {
                let cost = a.cost + b.cost + rows + a.rows.max(b.rows) + KEPT * a.rows.min(b.rows);
                if cost < found.cost {
                    found = Best { cost, rows, side };
                }
            }
            side = (side - 1) & set;
        }
        best.insert(set, found);
    }

    fn are_linked(&self, a: Set, b: Set) -> bool {
        self.classes.iter().any(|(set, _)| set & a != 0 && set & b != 0)
    }

    /// How many rows these tables make together.
    fn rows(&self, set: Set) -> f64 {
        let own = self.tables.iter().enumerate().filter(|(table, _)| set & bit(*table) != 0);
        let all: f64 = own.map(|(_, estimate)| estimate.rows).product();
        let equal = self.classes.iter().map(|(tables, values)| {
            let links = (tables & set).count_ones().saturating_sub(1);
            values.powi(links as i32)
        });
        let within = |(tables, _): &&(Set, f64)| tables & set == *tables;
        let counted_twice: f64 = self.pairs.iter().filter(within).map(|(_, factor)| factor).product();
        let kept: f64 = self.others.iter().filter(within).map(|(_, share)| share).product();
        all / equal.product::<f64>() * counted_twice * kept
    }
}

fn grown(set: Set, best: &HashMap<Set, Best>) -> Tree {
    let side = best.get(&set).map_or(0, |best| best.side);
    if side == 0 {
        return Tree::Table(set.trailing_zeros() as usize);
    }
    let other = set & !side;
    let rows = |set: Set| best.get(&set).map_or(0.0, |best| best.rows);
    // As the query lists them, unless there is something in it.
    let (first, second) = if side.trailing_zeros() < other.trailing_zeros() { (side, other) } else { (other, side) };
    let (large, small) = if rows(second) > rows(first) * 2.0 { (second, first) } else { (first, second) };
    Tree::Join(Box::new(grown(large, best)), Box::new(grown(small, best)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Column, Type};

    /// How the tables are put together, those that are kept behind a star.
    fn shown(tree: &Tree, names: &[&str]) -> String {
        match tree {
            Tree::Table(table) => names[*table].to_owned(),
            Tree::Join(left, right) => format!("({} * {})", shown(left, names), shown(right, names)),
        }
    }

    fn class(members: &[usize]) -> Class {
        let expr = |table: &usize| (*table, Expr::column(&Column::new(format!("{table}"), Type::Integer)));
        Class { members: members.iter().map(expr).collect(), nulls: false }
    }

    #[test]
    fn the_table_of_facts_is_looked_through_once_and_the_filtered_one_first() {
        let estimate = |rows: f64, values: f64| Estimate { rows, values };
        // 6 million lines, all 200,000 parts, and one in a thousand of 10,000 suppliers.
        let tables = [estimate(6e6, 6e6), estimate(2e5, 2e5), estimate(10.0, 1e4)];
        let classes = [class(&[0, 1]), class(&[0, 2])];
        let tree = Ordering::new(&tables, &classes, &[]).tree();
        // 6,000 lines are left when the parts come, which are more: the lines are kept and the parts look for them.
        assert_eq!(shown(&tree, &["lines", "parts", "suppliers"]), "(parts * (lines * suppliers))");
    }

    #[test]
    fn keys_of_two_tables_are_no_more_combinations_than_there_are_rows() {
        let estimate = |rows: f64| Estimate { rows, values: rows };
        // As many lines as there are, each with one of 800,000 pairs of a part and a supplier.
        let tables = [estimate(6e6), estimate(8e5), estimate(2e5), estimate(1e4)];
        let classes = [class(&[0, 1, 2]), class(&[0, 1, 3])];
        let ordering = Ordering::new(&tables, &classes, &[]);
        assert_eq!(ordering.rows(0b1111).round(), 6e6);
        // Two tables that are larger than the one between them leave of it what their own filters leave.
        let between = [estimate(7e4), Estimate { rows: 4.8e3, values: 9.6e4 }, Estimate { rows: 3.5e3, values: 7e4 }];
        let classes = [class(&[0, 1]), class(&[0, 2])];
        let ordering = Ordering::new(&between, &classes, &[]);
        assert_eq!(ordering.rows(0b111).round(), (4.8e3f64 * 3.5e3 / 7e4).round());
    }

    #[test]
    fn tables_that_nothing_links_come_last_and_small() {
        let estimate = |rows: f64| Estimate { rows, values: rows };
        let tables = [estimate(1000.0), estimate(2.0), estimate(1000.0)];
        let classes = [class(&[0, 2])];
        let tree = Ordering::new(&tables, &classes, &[]).tree();
        assert_eq!(shown(&tree, &["a", "pair", "c"]), "((a * c) * pair)");
    }

    #[test]
    fn many_tables_are_put_together_without_trying_every_order() {
        let tables: Vec<Estimate> = (0..20).map(|at| Estimate { rows: 1e6 / f64::from(at + 1), values: 1e6 }).collect();
        let classes: Vec<Class> = (1..20).map(|at| class(&[0, at])).collect();
        let tree = Ordering::new(&tables, &classes, &[]).tree();
        assert_eq!(tree.set(), (1 << 20) - 1);
    }
}
