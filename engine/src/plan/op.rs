//! The operations of a plan. Each says here what it means; what columns come out of it stands in `columns.rs`.

use serde::{Deserialize, Serialize};

use super::{Plan, Rows};
use crate::formula::Expr;
use crate::nodes;
pub use crate::nodes::{JoinKind, Keep};
use crate::table::Table;
use crate::types::Type;
use crate::value::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    /// The rows of a source.
    Read(Source),
    /// The records of that source that could not be read, with line and reason.
    ReadRejects(Source),
    /// Where the files of that source have other columns than the first: one row for each file and column.
    ReadDrift(Source),
    /// A table written in the pipeline.
    Inline(Table),
    /// What an earlier stage kept of a node's output. Within a recursion, what a round is given: see [`ROUND`].
    Spooled { node: String, output: usize },
    /// These columns in this order, each under a new name if one is given. Rows are untouched.
    Select(Vec<Pick>),
    /// Computes columns, each from the columns that come in and those before it; one that exists is replaced in its place,
    /// others go to the end.
    ///
    /// With `failures`, a row in which a formula fails gets null for it, and the first failure of the row in the columns
    /// [`FAILED_COLUMN`], [`FAILED_VALUE`] and [`FAILED_REASON`] at the end (null in rows without). Without, no formula can fail.
    Derive { columns: Vec<Computed>, failures: bool },
    /// Rows for which the condition is true. It can't fail: what can is derived first.
    Filter { condition: Expr },
    /// Orders rows by the first key, ties by the next, and ties of all keep their order. Values go as [`Value::order`] says, nulls
    /// to the end that the key says, whichever way its values go.
    Sort(Vec<SortKey>),
    /// Rows from `skip` on, at most `count` of them.
    Slice { skip: u64, count: Option<u64> },
    /// Numbers rows from `start` in their order, in a new first column.
    Number { column: String, start: i64 },
    /// One row of every group of rows that are equal in `by`; rows keep their order. As in all keys, null is equal to null, NaN to
    /// NaN, and zero has no sign. Where `by` is empty all rows are equal.
    Distinct { by: Vec<String>, keep: Keep },
    /// One row a group, in the order in which groups are first seen, keys first. Without keys one row, even of no rows. NaN is the
    /// largest number; sums, products and ranges of integers are decimals without a scale, sums and ranges of decimals keep theirs.
    GroupBy { by: Vec<String>, aggregates: Vec<Aggregate>, reproducible: bool },
    /// Adds columns computed over the rows of the same partition, in the order given; rows keep their own order. Without an order
    /// rows are taken as they come, and all share the first rank.
    Window { by: Vec<String>, order: Vec<SortKey>, columns: Vec<WindowColumn> },
    /// One row for each element of a list, in the order of the list, with the element in the place of the list and the other columns as
    /// they are. A list that is null or has no elements gives one row with null if `keep_empty` is set, and none if not. `position`
    /// names a new last column that numbers the elements of a list from 1; it is null where there is no element.
    Explode { column: String, keep_empty: bool, position: Option<String> },
    /// Pairs rows of two inputs. The order is that of the left side, matches of one row in the order of the right, and in a full
    /// join rows of the right side without a match come after all others. A right join has the order of the right side, matches of
    /// one row in the order of the left.
    Join(Join),
    /// All rows of the first input, then of the second … . Columns by name; missing ones are null, and values become the common type.
    Union,
    /// Puts tables side by side, row by row. The shorter ones are filled up with nulls, if that is wanted; else lengths must agree.
    /// A table without columns adds nothing.
    Append { pad: bool },
    /// One row for each group of `by`, a column for each of `values` of the column `on`. A cell without rows is null, or 0 for
    /// counts; rows with other values make their group but are in no cell.
    Pivot(Pivot),
    /// Each row becomes one row for each of the lines, in their order, and all of them stand before those of the next row.
    Unpivot(Unpivot),
    /// Which rows of two inputs belong together by a rule: their numbers, from zero, in the columns [`LEFT_ROW`] and [`RIGHT_ROW`]. Pairs
    /// are in the order of the left side, those of one row in the order of the right.
    Pairs(Pairs),
    /// The rows of the first input, those that a step makes of them, those that it makes of these, and so on until it makes none.
    Recursion(Box<Recursion>),
}

/// A column of [`Op::Derive`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Computed {
    pub name: String,
    pub formula: Expr,
    /// What a failure says it concerns: the column's name as the user knows it, or a parameter.
    pub shown: String,
}

impl Computed {
    pub fn new(name: impl Into<String>, formula: Expr) -> Self {
        let name = name.into();
        Self { shown: name.clone(), name, formula }
    }

    /// The column whose value a failure tells: the only one that the formula reads, or the only one that is the user's beside
    /// those that a join of the node's own has put there.
    pub fn told(&self) -> Option<&str> {
        let columns = self.formula.columns();
        let mut of_user = columns.iter().copied().filter(|name| !name.starts_with(HELPER));
        match (of_user.next(), of_user.next()) {
            (Some(only), None) => Some(only),
            (None, None) if columns.len() == 1 => columns.first().copied(),
            _ => None,
        }
    }
}

/// How the names of columns begin that a node joins to its rows for itself.
pub const HELPER: &str = "\u{1}helper ";

/// Where a failure of [`Op::Derive`] is told: the column, the value as text, and why.
pub const FAILED_COLUMN: &str = "\u{1}failed column";
pub const FAILED_VALUE: &str = "\u{1}failed value";
pub const FAILED_REASON: &str = "\u{1}failed reason";

/// A source carries the parameters of its node, with parameters in paths replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    Csv(nodes::ReadCsv),
    FixedWidth(nodes::ReadFixedWidth),
    Lines(nodes::ReadLines),
    Json(nodes::ReadJson),
    Parquet(nodes::ReadParquet),
    Arrow(nodes::ReadArrow),
    Avro(nodes::ReadAvro),
    Excel(nodes::ReadExcel),
    Xml(nodes::ReadXml),
    Html(nodes::ReadHtml),
    Folder(nodes::ReadFolder),
    Files(nodes::ListFiles),
}

impl Source {
    /// Whether later rows may have columns that the first ones do not have.
    pub fn may_grow(&self) -> bool {
        matches!(self, Self::Json(_) | Self::Xml(_))
    }

    pub fn path(&self) -> &str {
        match self {
            Self::Csv(node) => &node.path.0,
            Self::FixedWidth(node) => &node.path.0,
            Self::Json(node) => &node.path.0,
            Self::Parquet(node) => &node.path.0,
            Self::Arrow(node) => &node.path.0,
            Self::Avro(node) => &node.path.0,
            Self::Lines(node) => &node.path.0,
            Self::Excel(node) => &node.path.0,
            Self::Xml(node) => &node.path.0,
            Self::Html(node) => &node.path.0,
            Self::Folder(node) => &node.folder.0,
            Self::Files(node) => &node.folder.0,
        }
    }
}

/// A sink carries the parameters of its node, with parameters in paths replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sink {
    Csv(nodes::WriteCsv),
    Parquet(nodes::WriteParquet),
    Json(nodes::WriteJson),
    Excel(nodes::WriteExcel),
    Arrow(nodes::WriteArrow),
    Avro(nodes::WriteAvro),
    Xml(nodes::WriteXml),
    Markup(nodes::WriteMarkup),
    Chart(nodes::Chart),
}

impl Sink {
    pub fn path(&self) -> &str {
        match self {
            Self::Csv(node) => &node.path.0,
            Self::Parquet(node) => &node.path.0,
            Self::Json(node) => &node.path.0,
            Self::Excel(node) => &node.path.0,
            Self::Arrow(node) => &node.path.0,
            Self::Avro(node) => &node.path.0,
            Self::Xml(node) => &node.path.0,
            Self::Markup(node) => &node.path.0,
            Self::Chart(node) => node.path.as_ref().map_or("", |path| &path.0),
        }
    }
}

/// A column that goes on, and its name there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    pub column: String,
    pub name: String,
}

impl Pick {
    pub fn same(column: impl Into<String>) -> Self {
        let column = column.into();
        Self { name: column.clone(), column }
    }

    pub fn renamed(column: impl Into<String>, name: impl Into<String>) -> Self {
        Self { column: column.into(), name: name.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    pub column: String,
    pub descending: bool,
    pub nulls_first: bool,
}

/// What is computed of the rows of a group. Each function says in its help what it gives; null where it has nothing to compute from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    pub function: nodes::AggregateFunction,
    /// None for a count of rows.
    pub column: Option<String>,
    /// The column of weights, the one that decides which row it is, or the other of a pair.
    pub other: Option<String>,
    /// For quantiles.
    pub fraction: f64,
    /// For values one after the other as text.
    pub separator: String,
    /// Of each different value once.
    pub distinct: bool,
    /// For texts and lists: by themselves.
    pub sorted: bool,
    /// A column of true and false: only rows count in which it is true.
    pub condition: Option<String>,
    /// The order in which rows are taken, for what tells one from another. Left empty, as they come.
    pub order: Vec<SortKey>,
    pub name: String,
}

impl Aggregate {
    pub fn new(function: nodes::AggregateFunction, column: Option<&str>, name: impl Into<String>) -> Self {
        Self { function, column: column.map(str::to_owned), fraction: 0.5, name: name.into(), ..Self::default() }
    }
}

/// A column of [`Op::Window`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowColumn {
    pub name: String,
    pub value: Over,
}

impl WindowColumn {
    pub fn new(name: impl Into<String>, value: Over) -> Self {
        Self { name: name.into(), value }
    }

    /// An aggregate over these rows of the partition.
    pub fn aggregate(function: nodes::AggregateFunction, column: &str, frame: Frame, name: impl Into<String>) -> Self {
        let name = name.into();
        let aggregate = Aggregate::new(function, Some(column), name.clone());
        Self { name, value: Over::Aggregate { aggregate, frame } }
    }
}

/// What a column holds that is computed over the rows of a partition in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Over {
    /// 1, 2, 3 …
    Number,
    /// As numbers, but rows that are equal in the order share the smallest.
    Rank,
    /// As ranks, without gaps.
    DenseRank,
    /// From 0 to 1: the rank less one, in the number of rows less one. 0 for a single row.
    PercentRank,
    /// Up to 1: how many of the rows come before this one or are equal to it in the order.
    CumulativeDistribution,
    /// The number of the tile, where rows are cut into so many tiles of equal size; the first ones take one more if it does not
    /// come out even. At least one tile.
    Tile(u64),
    /// The value so many rows further on, further back if that is negative; where there is no such row, this constant.
    Shift { column: String, by: i64, otherwise: Value },
    /// The aggregate over some of the rows. Over part of the partition not every function can be had.
    Aggregate { aggregate: Aggregate, frame: Frame },
    /// The value of the row at this place among some of the rows, from 1 on; null where there is no such row.
    Nth { column: String, place: u64, frame: Frame },
    /// The value itself, or if it is null the last one before it that is not, the next one after it if `backward`. Of more nulls in
    /// a row than `most` the others stay.
    Fill { column: String, backward: bool, most: Option<u64> },
    /// The value as a float, or if it is null the point of the straight line between the last value before it and the next one
    /// after it. Distances are rows, or those of the column `along`; a row in which that is null has no place and stays null.
    Interpolate { column: String, along: Option<String> },
}

/// Which rows of a partition go into an aggregate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    Partition,
    /// From so many rows before this one, or from the first, to so many after it. Null where there are fewer than `least` values.
    Rows {
        before: Option<u64>,
        after: u64,
        least: u64,
    },
    /// The rows whose integer, date or timestamp in `along` is larger than this row's less `before`, and at most this row's plus
    /// `after`: a number, or microseconds. Null where there are fewer than `least` values, and where `along` is null.
    Range {
        along: String,
        before: i64,
        after: i64,
        least: u64,
    },
    /// From one row of the partition to another, in their order. No rows where the second comes before the first.
    Span {
        from: Edge,
        to: Edge,
    },
}

/// Where a [`Frame::Span`] begins or ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edge {
    /// At the first row of the partition, or at the last.
    End,
    /// So many rows after this one, or before it if that is negative.
    Row(i64),
    /// At the first of the rows that are equal to this one in the order, or at the last.
    Peer,
    /// At the first row that does not come before the value that this row has in that column, or at the last that does not come
    /// after it. The order is of one key, of the same type; where the key is null, as [`Edge::Peer`].
    Value(String),
}

impl Frame {
    /// From the first row to the row itself.
    pub const RUNNING: Self = Self::Rows { before: None, after: 0, least: 1 };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Join {
    pub kind: JoinKind,
    /// Pairs of columns that must be equal, left and right, of the same type. Empty for a cross join.
    pub on: Vec<(String, String)>,
    /// Whether null equals null.
    pub nulls_match: bool,
    /// What goes on of the right side, and under what name; the left side goes on whole, under its names. In a right or full
    /// join a row without a left match has its key from the right side in the left key columns.
    pub right: Vec<Pick>,
    /// The run fails as soon as more rows come out.
    pub max_rows: Option<u64>,
    pub order: JoinOrder,
}

/// In what order a join gives its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinOrder {
    /// As [`Op::Join`] says.
    Kept,
    /// In any, since nothing shows it. The right side is held for the rows of the left, as where it is kept.
    Unseen,
    /// In any, and whichever side is smaller is held.
    Any,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pivot {
    pub by: Vec<String>,
    pub on: String,
    /// The values that become columns, and the columns' names.
    pub values: Vec<(Value, String)>,
    pub aggregate: Aggregate,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unpivot {
    /// Columns whose values every row repeats. They come first.
    pub keep: Vec<String>,
    /// The column that has the label of the line, and the type of labels.
    pub label: (String, Type),
    /// The columns that the values of a line go to. Values become the common type of all that go to the same.
    pub values: Vec<String>,
    pub lines: Vec<Line>,
}

/// One of the rows that a row becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub label: Value,
    /// A column for each of the values; null where there is none.
    pub columns: Vec<Option<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recursion {
    /// What the table is called that is made.
    pub table: String,
    /// What each round does. Rows that it counts as failed, or that break a promise, make the run fail.
    pub step: Plan,
    /// The rows that a round makes, which have the columns of the first input.
    pub rows: Rows,
}

/// The node of [`Op::Spooled`] in the step of a recursion. Output 0 is the rows that the last round has made, 1 all rows so far, and
/// those from 2 on are the inputs of the operation after the first.
pub const ROUND: &str = "\u{1}round";

/// How many rounds a recursion may take, and how many rows it may make.
pub const MOST_ROUNDS: usize = 10_000;
pub const MOST_RECURSIVE_ROWS: usize = 10_000_000;

/// A rule for [`Op::Pairs`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    /// Columns of the left and the right side, of the same type. Rows in which they differ don't belong together, nor where one is null.
    pub by: Vec<(String, String)>,
    /// The columns that the rule looks at, of the same type.
    pub on: Vec<(String, String)>,
    pub rule: Rule,
    /// The run fails where there are more pairs or, if texts are compared, where more are to be compared.
    pub most: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    Nearest(Nearest),
    Range(Range),
    Similar(Similar),
}

/// The row whose value in the one column of `on` is nearest. Null and NaN are near nothing. Of equal values before it the last
/// row counts, of those after it the first; of two that are as near, the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    pub direction: nodes::Direction,
    /// Whether an equal value is near.
    pub exact: bool,
    /// The largest distance: of the type of the values, a duration for points in time, days for dates.
    pub tolerance: Option<Value>,
}

/// The rows for which the left value of every pair of `on` compares with the right one as said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub compare: Vec<nodes::Compare>,
    /// Whether a condition holds where one of its values is null.
    pub open: bool,
    pub which: nodes::Which,
}

/// The rows whose texts are alike: the mean of the measure over all pairs of `on` is at least the threshold. It stands in the column
/// [`SCORE`]. A text without a letter or digit that counts is like nothing, and so is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    pub measure: nodes::Similarity,
    pub threshold: f64,
    /// Only texts of the first pair that begin with the same so many characters are compared.
    pub letters: u64,
    /// Whether only the best row of the right side counts, of equals the first.
    pub best: bool,
    pub ignore_case: bool,
    pub ignore_accents: bool,
    pub ignore_punctuation: bool,
}

/// The columns of [`Op::Pairs`].
pub const LEFT_ROW: &str = "\u{1}left row";
pub const RIGHT_ROW: &str = "\u{1}right row";
pub const SCORE: &str = "\u{1}score";

/// The columns that tell of a reject, after the row's own.
pub const REJECT_COLUMNS: [(&str, Type); 3] =
    [("error_column", Type::Text), ("error_value", Type::Text), ("error_reason", Type::Text)];
