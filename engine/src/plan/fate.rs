//! What became of a column that does not come in any more: followed through the columns of the plan.

use super::{Op, Pick, Plan, Rows};
use crate::types::Schema;

/// What became of a column on its way down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes by another name since that node.
    Renamed { to: String, node: String },
    /// That node does not let it through.
    LeftOut { node: String },
}

impl Plan {
    /// What became of a column that is not among these rows. None if there never was one above them.
    pub fn fate(&self, rows: Rows, name: &str) -> Option<Fate> {
        self.follow(rows, |schema| schema.column(name).map(|column| column.name.clone())).or_else(|| {
            // Formulas find a column in other capitals, too.
            let wanted = name.to_lowercase();
            self.follow(rows, |schema| schema.names().find(|known| known.to_lowercase() == wanted).map(str::to_owned))
        })
    }

    fn follow(&self, rows: Rows, find: impl Fn(&Schema) -> Option<String>) -> Option<Fate> {
        // From the rows upwards; of each entry, where below it the way came from. Inputs stand before what reads them, so the nearest
        // come first.
        let mut below: Vec<Option<(Rows, usize)>> = vec![None; rows.0 + 1];
        let above = |at: usize, below: &mut Vec<Option<(Rows, usize)>>| {
            for (port, input) in self.entries[at].inputs.iter().enumerate() {
                below[input.0].get_or_insert((Rows(at), port));
            }
        };
        above(rows.0, &mut below);
        for at in (0..rows.0).rev() {
            if below[at].is_none() {
                continue;
            }
            match find(&self.entries[at].schema) {
                Some(found) => return self.down(Rows(at), rows, found, &below),
                None => above(at, &mut below),
            }
        }
        None
    }

    /// Follows a column from where it was last seen.
    fn down(&self, from: Rows, to: Rows, mut name: String, below: &[Option<(Rows, usize)>]) -> Option<Fate> {
        let (mut at, mut renamed) = (from, None);
        while at != to {
            let (next, port) = below[at.0]?;
            let entry = self.entry(next);
            let Some(now) = passed(&entry.op, port, &entry.schema, &name) else {
                return Some(Fate::LeftOut { node: entry.node.clone() });
            };
            if now != name {
                renamed = Some(entry.node.clone());
                name = now;
            }
            at = next;
        }
        renamed.map(|node| Fate::Renamed { to: name, node })
    }
}

/// The name of a column behind an operation.
fn passed(op: &Op, port: usize, after: &Schema, name: &str) -> Option<String> {
    let picked = |picks: &[Pick]| picks.iter().find(|pick| pick.column == name).map(|pick| pick.name.clone());
    match op {
        Op::Select(picks) => picked(picks),
        Op::Join(join) if port == 1 => picked(&join.right),
        _ => after.contains(name).then(|| name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Entry;
    use crate::types::{Column, Type};

    /// A source with these columns, and what selects make of them: pairs of old and new names.
    fn plan(columns: &[&str], selects: &[&[(&str, &str)]]) -> Plan {
        let schema = |names: Vec<&str>| Schema(names.into_iter().map(|name| Column::new(name, Type::Text)).collect());
        let entry = |op, inputs, schema, node: String| Entry { op, inputs, schema, node };
        let source = crate::table::Table::empty(schema(columns.to_vec()));
        let mut plan = Plan::default();
        plan.entries.push(entry(Op::Inline(source), Vec::new(), schema(columns.to_vec()), "in".into()));
        for (at, picks) in selects.iter().enumerate() {
            let names = picks.iter().map(|(_, name)| *name).collect();
            let picks = picks.iter().map(|(column, name)| Pick::renamed(*column, *name)).collect();
            plan.entries.push(entry(Op::Select(picks), vec![Rows(at)], schema(names), format!("select {at}")));
        }
        plan
    }

    #[test]
    fn a_column_is_followed_through_renames() {
        let renamed = |to: &str, node: &str| Some(Fate::Renamed { to: to.into(), node: node.into() });
        let once = plan(&["id", "Customer"], &[&[("id", "id"), ("Customer", "Client")]]);
        assert_eq!(once.fate(Rows(1), "Customer"), renamed("Client", "select 0"));
        assert_eq!(once.fate(Rows(1), "customer"), renamed("Client", "select 0"));
        assert_eq!(once.fate(Rows(1), "never"), None);
        let twice = plan(&["a"], &[&[("a", "b")], &[("b", "b")], &[("b", "c")]]);
        assert_eq!(twice.fate(Rows(3), "a"), renamed("c", "select 2"));
        assert_eq!(twice.fate(Rows(3), "b"), renamed("c", "select 2"));
        let swapped = plan(&["a", "b"], &[&[("a", "old"), ("b", "new")], &[("new", "a")]]);
        assert_eq!(swapped.fate(Rows(2), "b"), renamed("a", "select 1"));
        assert_eq!(swapped.fate(Rows(1), "a"), renamed("old", "select 0"));
    }

    #[test]
    fn a_column_that_is_left_out_is_not_taken_for_another() {
        let left_out = plan(&["price_2030", "price_2031"], &[&[("price_2031", "price_2031")], &[("price_2031", "p")]]);
        assert_eq!(left_out.fate(Rows(2), "price_2030"), Some(Fate::LeftOut { node: "select 0".into() }));
    }
}
