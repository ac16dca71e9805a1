//! Formulas: SQL expressions over the columns of one row.
//!
//! A [`Formula`] is what the user wrote. [`Formula::compile`] turns it into a typed tree, [`Expr`], whose calls have exactly the
//! types of a signature of the [`catalogue`]: every cast that happens is a node of the tree, so whoever computes the tree never
//! guesses. Meaning is PostgreSQL's; where it is not, [`DEPARTURES`] says so and why.
//!
//! Three rules hold for all functions. A row fails with a [`Failure`] and not with a null, so that nothing is lost in silence.
//! `and`, `or`, `coalesce` and `case` look at their arguments from left to right and no further than they need, so that
//! `amount <> 0 and 1 / amount > 2` never fails. Text is compared by code point.

mod cast;
pub mod catalogue;
mod compile;
mod constant;
mod departures;
mod dialect;
mod expr;
mod failure;
mod foreign;
mod literals;
pub mod number_format;
mod parse;
pub mod patterns;
mod resolve;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use catalogue::Function;
pub(crate) use compile::{Around, compile_part, with_room_for};
pub use departures::{DEPARTURES, Departure};
pub(crate) use dialect::Formulas;
pub use expr::{Expr, Node};
pub use failure::{FIRST_DAY, Failure, LAST_DAY, LONGEST_LIST, LONGEST_TEXT};
pub use parse::quoted;
pub(crate) use parse::{DEEPEST, end_of, place_at, place_of, split_location, tokens};

use crate::problem::Problem;
use crate::types::Schema;
use crate::value::Value;

/// A formula as the user wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Formula(pub String);

/// What a formula can refer to.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub columns: &'a Schema,
    /// The values of `:name`.
    pub parameters: &'a IndexMap<String, Value>,
    /// Microseconds since 1970-01-01 00:00 UTC: one instant for the whole run.
    pub now: i64,
}

impl Formula {
    /// The typed tree of the formula. The problem, if there is one, has its place in the formula.
    pub fn compile(&self, scope: &Scope) -> Result<Expr, Problem> {
        compile::compile(&self.0, scope)
    }
}

impl From<&str> for Formula {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
