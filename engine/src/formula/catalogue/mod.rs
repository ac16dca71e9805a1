//! The functions and operators of formulas: one list, from which names, types, help, search and tests are read.
//!
//! To add a function: add an entry to the file of its group, its meaning in `tests/oracle/formula/`, and its lowering in the
//! runner. The compiler and the tests name what is missing. The order is that of the reference.

mod forms;
#[macro_use]
mod operators;
#[macro_use]
mod conditions;
#[macro_use]
mod numbers;
#[macro_use]
mod text;
#[macro_use]
mod dates;
#[macro_use]
mod hashes;
#[macro_use]
mod lists;
#[macro_use]
mod json;

use serde::{Deserialize, Serialize};

pub use forms::{FORMS, Form};

/// Where the reference and the search list a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Operators,
    Conditions,
    Numbers,
    Text,
    Dates,
    Lists,
    Json,
}

/// What a function does with nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// A null in any argument gives null.
    Strict,
    /// The function has a rule of its own, which its help tells.
    Own,
}

/// What an argument may be, or what a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Date,
    Time,
    Timestamp,
    Zoned,
    Duration,
    /// One type for all arguments of this kind: the one they have in common.
    Any,
    /// As `Any`, of a type that has an order.
    Ordered,
    /// Any type, whatever the other arguments are.
    Single,
    /// Anything that can be written out; it becomes text.
    Shown,
    /// Text written into the formula, or a parameter: the same for all rows.
    Constant,
    /// No value at all, which does for any type: the result of what always fails.
    Nothing,
    /// A list. Its elements are of the one type that all arguments of this kind and of `Element` have in common.
    List,
    /// What such a list is made of.
    Element,
    /// Lists of one type.
    Integers,
    Floats,
    Decimals,
    Texts,
    Dates,
    Timestamps,
    Zoneds,
    Struct,
    /// What the constant beside a struct names.
    Part,
}

/// One way of calling a function.
#[derive(Debug, PartialEq)]
pub struct Signature {
    pub parameters: &'static [Kind],
    /// The kind of any further arguments.
    pub rest: Option<Kind>,
    pub result: Kind,
    /// Whether some values of these types make it fail.
    pub fails: bool,
}

/// What there is to know about a function.
#[derive(Debug)]
pub struct Entry {
    pub function: Function,
    /// The name in SQL first, then other names that mean the same.
    pub names: &'static [&'static str],
    pub group: Group,
    pub nulls: Nulls,
    /// What other programs call it and what people look for.
    pub search: &'static str,
    pub help: &'static str,
    pub signatures: &'static [Signature],
    /// Formulas and what they print: nothing for null, `''` for text that is empty.
    pub examples: &'static [(&'static str, &'static str)],
}

impl Function {
    pub fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }

    /// The name it is best known by.
    pub fn name(self) -> &'static str {
        self.entry().names[0]
    }

    /// The function that is called by a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let entry = CATALOGUE.iter().find(|entry| entry.names.iter().any(|known| known.eq_ignore_ascii_case(name)))?;
        Some(entry.function)
    }
}

macro_rules! functions {
    ($(
        $(#[doc = $help:literal])+
        $function:ident: $group:ident, $nulls:ident, [$($name:literal),+], $search:literal,
        { $( ($($parameter:ident),* $(; $rest:ident)?) -> $result:ident $(, $fails:ident)? ;)+ }
        $( $formula:literal => $value:literal ),* ;
    )*) => {
        /// A function or an operator of the formula language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Function { $( $(#[doc = $help])+ $function, )* }

        pub const CATALOGUE: &[Entry] = &[$( Entry {
            function: Function::$function,
            names: &[$($name),+],
            group: Group::$group,
            nulls: Nulls::$nulls,
            search: $search,
            help: concat!($($help),+),
            signatures: &[$( Signature {
                parameters: &[$(Kind::$parameter),*],
                rest: functions!(@rest $($rest)?),
                result: Kind::$result,
                fails: functions!(@fails $($fails)?),
            } ),+],
            examples: &[$(($formula, $value)),*],
        } ),*];
    };
    (@rest) => { None };
    (@rest $kind:ident) => { Some(Kind::$kind) };
    (@fails) => { false };
    (@fails fails) => { true };
}

/// Passes the entries on from file to file, each adding its own, and at last declares them all.
macro_rules! declare {
    ([] $($entries:tt)*) => { functions! { $($entries)* } };
    ([$next:ident $($rest:ident)*] $($entries:tt)*) => { $next! { [$($rest)*] $($entries)* } };
}

declare! { [operators conditions numbers text hashes dates lists json] }
