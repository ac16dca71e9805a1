//! What tells rows apart without looking at them: everything that they depend on, in one number.

use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hasher};

use indexmap::IndexMap;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Op, Plan, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::secret;
use pipewright_engine::value::Value;

use crate::secrets::Secrets;
use crate::show::TableId;
use crate::source::Opening;

/// Two hashes of 64 bits: with millions of tables, none is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mark(u128);

impl Mark {
    pub(crate) fn of(thing: &impl Debug) -> Self {
        let mut hashers = Hashers(DefaultHasher::new(), DefaultHasher::new());
        hashers.1.write_u8(1);
        // A hasher takes everything.
        write!(hashers, "{thing:?}").ok();
        Self(u128::from(hashers.0.finish()) << 64 | u128::from(hashers.1.finish()))
    }

    /// Of everything that the rows of a pipeline depend on: its nodes, the values of the parameters and secrets that they speak of, and
    /// the files that its sources read, as these are now.
    pub(crate) fn of_pipeline<'a>(
        pipeline: &Pipeline,
        parameters: &IndexMap<String, Value>,
        secrets: &Secrets,
        sources: impl IntoIterator<Item = (&'a str, &'a Source)>,
        opening: &Opening,
    ) -> Result<Self, Problem> {
        let stamps =
            sources.into_iter().map(|(node, source)| opening.stamp(source).map_err(|problem| problem.node(node)));
        let stamps: Vec<Vec<String>> = stamps.collect::<Result<_, _>>()?;
        let nodes: Vec<_> =
            pipeline.nodes.iter().map(|(name, node)| (name, &node.step, &node.from, node.muted)).collect();
        let nodes = format!("{nodes:?}");
        // A name that only seems to be spoken of makes one mark too many, and no wrong one.
        let parameters: Vec<_> = parameters.iter().filter(|(name, _)| nodes.contains(name.as_str())).collect();
        let secrets: Vec<_> = secret::names(pipeline).iter().map(|name| secrets.get(name)).collect();
        Ok(Self::of(&(env!("CARGO_PKG_VERSION"), nodes, parameters, secrets, opening.base, stamps)))
    }

    pub(crate) fn id(self) -> TableId {
        format!("{:032x}", self.0)
    }

    pub(crate) fn read(id: &str) -> Option<Self> {
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
pub(crate) fn marks(plan: &Plan, source: impl Fn(&str) -> Option<Mark>) -> Vec<Mark> {
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
