//! The nodes, one file each. The list below is the only one: the palette, the file format, forms, the reference, checks and
//! tests all read it.

pub mod aggregation;
mod chosen;
mod computed;
mod keys;
mod listed;
mod matching;
pub mod partition;
mod prelude;
mod sentence;

use serde::{Deserialize, Serialize};

use crate::check::{ColumnCheck, IdleCheck};
use crate::node::{Card, Example, Node};
use crate::params::{Documented, Form, Params};
use crate::pipeline::Link;
use crate::plan::{Draft, Halt, Rows};
use crate::problem::Problem;
use crate::types::Schema;

/// From `file::Node, …` makes the modules, `enum Step { Node(Node), … }`, the `CATALOG` and the match of each method.
///
/// A node that was renamed keeps its old name for files: `#[serde(alias = "Old")] file::New`.
macro_rules! nodes {
    ($($(#[$attribute:meta])* $file:ident :: $node:ident),* $(,)?) => {
        $(pub mod $file;)*
        $(pub use self::$file::$node;)*

        /// What a node does: its kind with its parameters.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Step {
            $($(#[$attribute])* $node($node),)*
            /// A step that could not be read, kept as it was written.
            #[serde(skip)]
            Broken(Broken),
        }

        /// Every kind of node, in the order of the palette.
        pub const CATALOG: &[Kind] = &[$(Kind {
            name: $node::NAME,
            help: $node::DOC,
            card: $node::CARD,
            step: || Step::$node($node::default()),
            examples: || $node::examples().into_iter().map(|example| example.map(Step::$node)).collect(),
        },)*];

        impl Step {
            /// The name of its kind, as files have it.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$node(_) => $node::NAME,)*
                    Self::Broken(broken) => &broken.name,
                }
            }

            /// Its card, with the ports that it has as it is set.
            pub fn card(&self) -> Result<Card, Problem> {
                match self {
                    $(Self::$node(node) => Ok(node.card()),)*
                    Self::Broken(broken) => Err(broken.problem.clone()),
                }
            }

            pub(crate) fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
                match self {
                    $(Self::$node(node) => node.plan(draft, inputs),)*
                    Self::Broken(broken) => Err(broken.problem.clone().into()),
                }
            }

            /// Whether a run leaves files behind because of it. A step that can't be read does nothing.
            pub fn writes(&self) -> bool {
                match self {
                    $(Self::$node(node) => node.writes(),)*
                    Self::Broken(_) => false,
                }
            }

            /// What it does, in one short sentence made from its parameters.
            pub fn sentence(&self) -> String {
                match self {
                    $(Self::$node(node) => node.sentence(),)*
                    Self::Broken(broken) => broken.problem.message.clone(),
                }
            }

            /// The columns that its formulas can speak of, of those that come in.
            pub fn sees(&self, columns: &Schema) -> Schema {
                match self {
                    $(Self::$node(node) => node.sees(columns),)*
                    Self::Broken(_) => columns.clone(),
                }
            }

            /// What is wrong with the parameters alone.
            pub fn check(&self) -> Result<(), Problem> {
                match self {
                    $(Self::$node(node) => node.check(),)*
                    Self::Broken(broken) => Err(broken.problem.clone()),
                }
            }
        }

        impl Params for Step {
            fn params(&mut self, form: &mut dyn Form) {
                match self {
                    $(Self::$node(node) => node.params(form),)*
                    Self::Broken(_) => {}
                }
            }
        }
    };
}

nodes! {
    // The order here is the order in the palette.
    read_csv::ReadCsv,
    read_fixed_width::ReadFixedWidth,
    read_lines::ReadLines,
    read_json::ReadJson,
    read_parquet::ReadParquet,
    read_arrow::ReadArrow,
    read_avro::ReadAvro,
    read_excel::ReadExcel,
    read_xml::ReadXml,
    read_html::ReadHtml,
    read_folder::ReadFolder,
    list_files::ListFiles,
    table::Table,
    generate_rows::GenerateRows,
    select::Select,
    formula::Formula,
    multi_column_formula::MultiColumnFormula,
    rules::Rules,
    map_values::MapValues,
    clean_text::CleanText,
    convert::Convert,
    split_column::SplitColumn,
    parse_json::ParseJson,
    build_json::BuildJson,
    unnest::Unnest,
    parse_dates::ParseDates,
    date_parts::DateParts,
    combine_columns::CombineColumns,
    regex::Regex,
    row_number::RowNumber,
    hash::Hash,
    anonymise::Anonymise,
    encrypt::Encrypt,
    fill_nulls::FillNulls,
    bin::Bin,
    normalise::Normalise,
    filter::Filter,
    switch::Switch,
    sort::Sort,
    limit::Limit,
    top_n::TopN,
    sample::Sample,
    unique::Unique,
    expectations::Expectations,
    join::Join,
    lookup::Lookup,
    as_of_join::AsOfJoin,
    range_join::RangeJoin,
    fuzzy_join::FuzzyJoin,
    union::Union,
    set_operation::SetOperation,
    compare_tables::CompareTables,
    append_columns::AppendColumns,
    sql::Sql,
    group_by::GroupBy,
    pivot::Pivot,
    totals::Totals,
    time_buckets::TimeBuckets,
    explode::Explode,
    unpivot::Unpivot,
    transpose::Transpose,
    window::Window,
    rolling::Rolling,
    frequency::Frequency,
    correlation::Correlation,
    profile::Profile,
    chart::Chart,
    write_csv::WriteCsv,
    write_parquet::WriteParquet,
    write_json::WriteJson,
    write_excel::WriteExcel,
    write_arrow::WriteArrow,
    write_avro::WriteAvro,
    write_xml::WriteXml,
    write_markup::WriteMarkup,
    checkpoint::Checkpoint,
}

pub use aggregation::{AggregateFunction, Aggregation};
pub use as_of_join::Direction;
pub use chosen::Choose;
pub use fuzzy_join::Similarity;
pub use join::JoinKind;
pub use prelude::OnError;
pub use range_join::{Compare, Which};
pub use unique::Keep;
pub use window::WindowFunction;

/// A kind of node, as the catalogue has it.
pub struct Kind {
    pub name: &'static str,
    pub help: &'static str,
    pub card: Card,
    /// A new one with default parameters.
    pub step: fn() -> Step,
    pub examples: fn() -> Vec<Example<Step>>,
}

/// A step that this version can't read: of a newer version, or with a mistake in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Broken {
    /// The name of the kind, as far as it can be made out.
    pub name: String,
    /// The text of the step in the file.
    pub text: String,
    /// The texts of those fields of its node that can't be read.
    pub fields: Vec<String>,
    pub problem: Problem,
}

impl Default for Step {
    fn default() -> Self {
        Self::Filter(Filter::default())
    }
}

impl Step {
    pub fn kind(&self) -> Option<&'static Kind> {
        CATALOG.iter().find(|kind| kind.name == self.name())
    }

    /// Which output a link speaks of.
    pub fn output(&self, link: &Link) -> Result<usize, Problem> {
        let outputs = self.card()?.outputs;
        if outputs.is_empty() {
            return Err(Problem::new(format!("{:?} writes and has no output to read.", link.node)));
        }
        let Some(name) = &link.output else { return Ok(0) };
        let named = || outputs.iter().filter(|output| !output.is_empty()).copied();
        outputs.iter().position(|output| output == name && !output.is_empty()).ok_or_else(|| {
            let problem = Problem::unknown(&format!("output of {:?} called", link.node), name, named());
            if named().next().is_some() {
                problem
            } else {
                problem.try_this(format!("Write {:?}: it has one output.", link.node))
            }
        })
    }

    /// Every column that the parameters name must come in: once for all nodes, so that the message is as exact for each.
    pub(crate) fn check_columns(&self, inputs: &[&Schema]) -> Result<(), Problem> {
        self.check()?;
        let mut check = ColumnCheck::new(inputs);
        self.clone().params(&mut check);
        check.result()
    }

    /// What is set and does nothing.
    pub(crate) fn idle(&self) -> Vec<Problem> {
        let mut check = IdleCheck::default();
        self.clone().params(&mut check);
        check.problems
    }
}
