//! What every node declares, and what is read off that.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::params::{Documented, Params};
use crate::plan::{Draft, Halt, Rows};
use crate::problem::Problem;
use crate::table::Table;
use crate::types::Schema;

/// A node: a struct of parameters (its doc comment is the help), a card, what it does to its inputs, and examples.
pub trait Node: Params + Documented + Clone + Default + PartialEq + Serialize + DeserializeOwned {
    const CARD: Card;

    /// The card of this very node: for nodes whose ports depend on their parameters.
    fn card(&self) -> Card {
        Self::CARD
    }

    /// What this node does to its inputs, one handle for each output of the card. Says it; does not do it.
    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt>;

    /// The columns that its formulas can speak of, of those that come in: for nodes that add names of their own.
    fn sees(&self, columns: &Schema) -> Schema {
        columns.clone()
    }

    /// What is wrong with the parameters alone, without looking at columns. Most nodes have nothing to say.
    fn check(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Whether a run leaves files behind because of it.
    fn writes(&self) -> bool {
        self.card().outputs.is_empty()
    }

    /// What it does, from its parameters, in a short sentence without a full stop. Where they are not set yet: what to set.
    fn sentence(&self) -> String;

    /// Small cases that explain the node: shown in its help, and run as tests.
    fn examples() -> Vec<Example<Self>>;
}

#[derive(Clone, Copy, Debug)]
pub struct Card {
    pub title: &'static str,
    pub group: Group,
    /// The name of a file in `assets/icons`, without its ending.
    pub icon: &'static str,
    pub inputs: Inputs,
    /// The first is the main one and has no name in links; none for a node that writes.
    pub outputs: &'static [&'static str],
    pub law: Law,
    /// Other names for it, and what people call it in other tools: for the search.
    pub words: &'static str,
}

/// Groups of the palette, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Group {
    Read,
    Columns,
    Rows,
    Combine,
    Shape,
    Look,
    Write,
}

#[derive(Clone, Copy, Debug)]
pub enum Inputs {
    None,
    One,
    /// The names of the two, or more, inputs.
    Named(&'static [&'static str]),
    /// Any number, at least one.
    Many,
}

/// How many rows come out, for how many go in. A run checks it by counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Law {
    /// Records read = rows + rejected.
    Source,
    /// Rows in = rows out + rejected. What comes into further inputs is only looked at.
    RowByRow,
    /// Rows in = the sum of all outputs, wired or not.
    Split,
    /// At most as many as come in: the node says how many.
    Fewer,
    /// Every row of each side is in exactly one of matched, left only and right only; one row may match several.
    Join,
    /// Rows out = the sum of all inputs.
    Sum,
    /// As many rows as the longest input has.
    SideBySide,
    /// A row comes out any number of times: the node says how often. What comes out of `rejected` comes out of nothing else.
    Expand,
    /// One row a group; the sizes of all groups sum to the rows in.
    Group,
    /// Rows that tell of all rows together.
    Summary,
    /// Rows written = rows in.
    Sink,
}

/// The output of a report about the rows: no law counts what comes out of it.
pub const RESULTS: &str = "results";

impl Inputs {
    /// How many ports there are, if `wired` are in use.
    pub fn count(self, wired: usize) -> usize {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::Named(names) => names.len(),
            Self::Many => wired.max(1),
        }
    }

    pub fn name(self, port: usize) -> String {
        match self {
            Self::Named(names) => names.get(port).copied().unwrap_or("in").to_owned(),
            Self::Many => format!("in {}", port + 1),
            Self::None | Self::One => "in".to_owned(),
        }
    }
}

impl Law {
    /// The law as a sentence, for the reference.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Source => "Every record read comes out as a row or is rejected.",
            Self::RowByRow => "Every row comes out once, or is rejected.",
            Self::Split => "Every row comes out of exactly one of the outputs.",
            Self::Fewer => "Some of the rows come out, unchanged.",
            Self::Join => "Every row of each side is matched, or comes out as left only or right only.",
            Self::Sum => "Every row of every input comes out once.",
            Self::SideBySide => "As many rows come out as the longest input has.",
            Self::Expand => "Every row comes out as often as the node says, or is rejected.",
            Self::Group => "Every row belongs to exactly one group; one row comes out for each group.",
            Self::Summary => "The rows that come out tell of all rows that come in.",
            Self::Sink => "Every row is written.",
        }
    }
}

/// A case that explains a node and tests it: tables in, tables out.
#[derive(Clone, Debug)]
pub struct Example<N> {
    pub title: &'static str,
    pub node: N,
    /// Files that stand in the example's folder: name and content.
    pub files: Vec<(&'static str, &'static str)>,
    /// Files there that are no text, made of tables as their endings say: name and table.
    pub stored: Vec<(&'static str, &'static str)>,
    /// Tables on the inputs, in the text form of [`Table::parse`].
    pub given: Vec<&'static str>,
    /// Tables on the outputs, by output name; the main one is `""`.
    pub gives: Vec<(&'static str, &'static str)>,
    /// The text of a file that the node writes, by name.
    pub writes: Vec<(&'static str, &'static str)>,
    /// What a file that is no text holds after the node has written it: name and table.
    pub stores: Vec<(&'static str, &'static str)>,
}

impl<N: Node> Example<N> {
    pub fn new(title: &'static str, node: N) -> Self {
        let (files, stored, given, gives, writes, stores) = Default::default();
        Self { title, node, files, stored, given, gives, writes, stores }
    }

    pub fn file(mut self, name: &'static str, content: &'static str) -> Self {
        self.files.push((name, content));
        self
    }

    pub fn stored(mut self, name: &'static str, table: &'static str) -> Self {
        self.stored.push((name, table));
        self
    }

    pub fn given(mut self, table: &'static str) -> Self {
        self.given.push(table);
        self
    }

    pub fn gives(self, table: &'static str) -> Self {
        self.gives_at("", table)
    }

    pub fn gives_at(mut self, output: &'static str, table: &'static str) -> Self {
        self.gives.push((output, table));
        self
    }

    pub fn writes(mut self, name: &'static str, content: &'static str) -> Self {
        self.writes.push((name, content));
        self
    }

    pub fn stores(mut self, name: &'static str, table: &'static str) -> Self {
        self.stores.push((name, table));
        self
    }
}

impl<N> Example<N> {
    /// The same example of another form of the node: of the step that holds it.
    pub fn map<M>(self, into: impl FnOnce(N) -> M) -> Example<M> {
        let Self { title, node, files, stored, given, gives, writes, stores } = self;
        Example { title, node: into(node), files, stored, given, gives, writes, stores }
    }

    pub fn inputs(&self) -> Result<Vec<Table>, String> {
        self.given.iter().map(|text| Table::parse(text)).collect()
    }
}
