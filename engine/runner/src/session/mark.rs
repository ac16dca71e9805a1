//! What tells rows apart without looking at them: everything that they depend on, in one number.

use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hasher};

use pipewright_engine::plan::{Op, Plan};

use crate::show::TableId;

/// Two hashes of 64 bits: with millions of tables, none is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Mark(u128);

impl Mark {
    pub(super) fn of(thing: &impl Debug) -> Self {
        let mut hashers = Hashers(DefaultHasher::new(), DefaultHasher::new());
        hashers.1.write_u8(1);
        // A hasher takes everything.
        write!(hashers, "{thing:?}").ok();
        Self(u128::from(hashers.0.finish()) << 64 | u128::from(hashers.1.finish()))
    }

    pub(super) fn id(self) -> TableId {
        format!("{:032x}", self.0)
    }

    pub(super) fn read(id: &str) -> Option<Self> {
        u128::from_str_radix(id, 16).ok().map(Self)
    }
}

struct Hashers(DefaultHasher, DefaultHasher);

impl Write for Hashers {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        self.1.write(text.as_bytes());
        Ok(())
    }
}

/// The marks of all entries of a plan. `source` gives those of sources, by node.
pub(super) fn marks(plan: &Plan, source: impl Fn(&str) -> Option<Mark>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let mark = match &entry.op {
            Op::Read(_) => Mark::of(&(source(&entry.node), "rows")),
            Op::ReadRejects(_) => Mark::of(&(source(&entry.node), "rejects")),
            Op::ReadDrift(_) => Mark::of(&(source(&entry.node), "drift")),
            op => Mark::of(&(op, entry.inputs.iter().map(|rows| marks[rows.0]).collect::<Vec<_>>())),
        };
        marks.push(mark);
    }
    marks
}
