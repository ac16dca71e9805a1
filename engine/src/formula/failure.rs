//! Why a row cannot be computed: the reasons that stand in the reject port.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::Type;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Failure {
    DivisionByZero,
    /// The result does not fit the type.
    OutOfRange(Type),
    /// The value cannot be read as the type it is cast to.
    NotA(Type),
    NegativeRoot,
    NoLogarithm,
    /// Zero to a negative power, or a negative number to a fractional one.
    NoPower,
    /// A trigonometric function outside the numbers it is defined for.
    NoAngle,
    NegativeFactorial,
    /// Bits can be moved by 0 to 63 places.
    NoShift,
    /// A range without a width, or cut into no buckets.
    NoBuckets,
    /// Time can be cut into stretches of some length only.
    NoStretch,
    NoSuchDate,
    /// A time that clocks show twice or never: which, and what to say.
    Unclear(String),
    /// Text that is not as its format says.
    NotInFormat,
    /// Text that is no number as its format says.
    NoNumberInFormat,
    NegativeLength,
    /// Positions and parts count from one.
    ZeroPosition,
    NoSuchCharacter,
    /// There are digits for the bases from 2 to 36.
    NoSuchBase,
    NotInBase,
    /// Text that is not in the code it is said to be in.
    NotEncoded,
    TooLong,
    /// What the formula itself says.
    Told(String),
    /// A series that would never get anywhere.
    ZeroStep,
    TooManyElements,
    NotJson,
    NoJsonList,
    NoJsonObject,
}

/// Dates run from the year 1 to the year 9999, which is what four digits can write.
pub const FIRST_DAY: i32 = -719_162;
pub const LAST_DAY: i32 = 2_932_896;

/// How long a text a function may make, in characters.
pub const LONGEST_TEXT: i64 = 10_000_000;

/// How many elements a list that a function makes may have.
pub const LONGEST_LIST: usize = 1_000_000;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::OutOfRange(kind) => write!(f, "out of range for {kind}"),
            Self::NotA(kind) => write!(f, "not {kind}"),
            Self::NegativeRoot => f.write_str("square root of a negative number"),
            Self::NoLogarithm => f.write_str("logarithm of a number that is not positive"),
            Self::NoPower => f.write_str("power that is not a real number"),
            Self::NoAngle => f.write_str("number outside what the function is defined for"),
            Self::NegativeFactorial => f.write_str("factorial of a negative number"),
            Self::NoShift => f.write_str("shift by less than 0 or more than 63 bits"),
            Self::NoBuckets => f.write_str("range that cannot be cut into buckets"),
            Self::NoStretch => f.write_str("interval that is not positive"),
            Self::NoSuchDate => f.write_str("no such date or time"),
            Self::NotInFormat => f.write_str("no date as the format says"),
            Self::NoNumberInFormat => f.write_str("no number as the format says"),
            Self::NegativeLength => f.write_str("negative length"),
            Self::ZeroPosition => f.write_str("position zero, where counting starts at one"),
            Self::NoSuchCharacter => f.write_str("no character with this number"),
            Self::Told(reason) | Self::Unclear(reason) => f.write_str(reason),
            Self::NotJson => f.write_str("not JSON"),
            Self::NoJsonList => f.write_str("JSON that is no list"),
            Self::NoJsonObject => f.write_str("JSON that is no object"),
            Self::ZeroStep => f.write_str("a step of zero"),
            Self::TooManyElements => write!(f, "list of more than {LONGEST_LIST} elements"),
            Self::NoSuchBase => f.write_str("base that is not from 2 to 36"),
            Self::NotInBase => f.write_str("no number in this base"),
            Self::NotEncoded => f.write_str("text that cannot be decoded"),
            Self::TooLong => write!(f, "text of more than {LONGEST_TEXT} characters"),
        }
    }
}
