//! What a node file needs.

pub(super) use pipewright_macros::params;

pub(super) use super::sentence;
pub(super) use crate::node::{Card, Example, Group, Inputs, Law, Node};
pub(super) use crate::params::{ColumnName, FilePath, NewColumn, Secret};
pub(super) use crate::plan::{Draft, Halt, Op, Rows, Sink, Source};
pub(super) use crate::problem::Problem;

/// What to do with a row in which a value can't be read or computed.
#[params]
pub enum OnError {
    /// Send it to the output `rejected`, with the reason. If nothing is wired there, the run goes to its end, says how many there are and fails.
    #[default]
    Reject,
    /// Leave the value empty (null), and report how many. Records of CSV, JSON and fixed width are rejected or skipped as a whole.
    Null,
    /// Leave the row out, and report how many.
    Skip,
}
