//! Delimited and fixed-width text, read honestly: no record is lost, and none is changed without a word.
//!
//! Polars reads clean files fastest, but from dirty ones it drops rows without an error (a stray quote in each line
//! halves a file; lone carriage returns give none at all). So a file goes through three steps:
//!
//! 1. [`sniff`] looks at its head: delimiter, quotes, encoding, header, names and types.
//! 2. [`check`] reads all of it once, in parallel: every record must have its fields, every field must be of its type.
//!    Its [`Verdict`] counts records and names the first faults.
//! 3. A clean file is then parsed as it lies, in the way [`Clean`] describes. For any other, [`rewrite`] makes a clean
//!    file of the good records and a second one of the rejects, and their sum is the number of records.
//!
//! What is a record:
//!
//! - A line end is `\n`, `\r\n` or `\r`, also mixed. Within quotes it is text.
//! - A quote opens a field only at its start; anywhere else in an unquoted field it is text.
//! - A record is broken if its quoted field is never closed or has text after the closing quote. Then its first line
//!   is rejected and reading goes on with the second, so a forgotten quote cannot swallow the rest.
//! - Blank lines and comments are skipped and counted. In a file of one column a blank line is a null.
//! - Blanks are part of a value, unless the dialect says that those around values are not: then they may stand outside of quotes.
//! - An unquoted empty field is null, and so is an unquoted null word. `""` is empty text, or null where the column is
//!   not text.
//! - Columns whose type was given reject what does not fit; columns whose type was found become wider instead.

mod cache;
mod check;
mod decode;
mod detect;
mod fit;
mod fixed;
mod judge;
mod reader;
mod records;
mod rewrite;
mod sniff;
mod table;

use std::io;
use std::path::Path;

use encoding_rs::UTF_8;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Type};
use serde::{Deserialize, Serialize};

pub use cache::{check_cached, fingerprint};
pub use check::{check, check_by};
pub use decode::decoded;
pub use detect::may_be_thousands;
pub use encoding_rs::Encoding;
pub use fixed::{Cut, FixedColumn};
pub use rewrite::{Counts, Head, REJECT_COLUMNS, head, rewrite};
pub use sniff::{Wishes, encoding_of, found_type, sniff, sniff_fixed};

/// How records and fields are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// Lines that begin with this are skipped.
    pub comment: Option<String>,
    /// The comments were found, not given: a line that has as many fields as there are columns is a record all the same.
    pub spare: bool,
    /// Blanks around values are left out, those outside of quotes too.
    pub trim: bool,
    /// Physical lines skipped before anything else.
    pub skip_lines: u64,
    pub header: bool,
    #[serde(with = "encoding_name")]
    pub encoding: &'static Encoding,
    pub decimal_comma: bool,
    /// Unquoted texts that mean null, besides the empty one.
    pub null_words: Vec<String>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            comment: None,
            spare: false,
            trim: false,
            skip_lines: 0,
            header: true,
            encoding: UTF_8,
            decimal_comma: false,
            null_words: Vec::new(),
        }
    }
}

/// All that has to be known to read a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    pub dialect: Dialect,
    pub columns: Vec<Column>,
    /// For each column: its type was given by the user. It then rejects what does not fit, and is never widened.
    pub declared: Vec<bool>,
    /// For each column of a fixed-width file: its place in the line.
    pub cuts: Option<Vec<Cut>>,
    /// Fixed width: text after the last column is of no interest.
    pub ignore_rest: bool,
    /// Fixed width: the last column may end before its width.
    pub open_end: bool,
    /// Fixed width: places are counted in bytes of the encoding, not in characters.
    pub in_bytes: bool,
}

/// What [`check`] found in the whole of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The layout with widened types. Rows are to be read with this one.
    pub layout: Layout,
    /// Good and rejected.
    pub records: u64,
    pub rejected: u64,
    pub blank_lines: u64,
    pub comment_lines: u64,
    /// The first rejected records.
    pub findings: Vec<Finding>,
    pub widened: Vec<Widened>,
    /// How a plain parser may read the file as it lies; none if it has to be rewritten first.
    pub clean: Option<Clean>,
}

/// How a plain CSV parser reads a file without losing or changing anything. This relies on Polars 0.55.2:
///
/// - `has_header: false`, `skip_lines` as given (it counts `\n`), `raise_if_empty: false`, an explicit schema by position,
///   a comment prefix that no line begins with, `ignore_errors: false`, `truncate_ragged_lines: false`, UTF-8;
/// - Integer and Float columns are parsed as such (an empty or quoted empty field is null there); Text is read as text,
///   and so are all others, to be cast by our own casts;
/// - `missing_is_null: true`: an unquoted empty field is null, `""` is empty text;
/// - null words are looked for in quoted fields too, which is why a quoted one makes a text column unclean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clean {
    pub delimiter: u8,
    /// None if no field is quoted: then stray quotes do no harm.
    pub quote: Option<u8>,
    /// Physical lines before the first record: skipped lines, comments, blank lines, header. If there is no record, at
    /// least all lines.
    pub skip_lines: u64,
    pub null_words: Vec<String>,
    /// Timestamp columns written `2024-05-01T12:30:00` throughout; others have a blank in place of the `T`.
    pub timestamps_with_t: Vec<String>,
}

impl Clean {
    /// How a file written by [`rewrite`] is read.
    pub fn rewritten() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            skip_lines: 0,
            null_words: Vec::new(),
            timestamps_with_t: Vec::new(),
        }
    }
}

/// A record that is rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub line: u64,
    pub column: Option<String>,
    pub reason: String,
}

/// A column whose type, found in the head of the file, did not hold for all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Widened {
    pub column: String,
    pub from: Type,
    pub to: Type,
    /// The first value that did not fit, and where it is.
    pub line: u64,
    pub value: String,
}

/// Asked now and then by everything that takes long; true means stop.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// Lines beyond this length are no lines: the file is binary, or its encoding is another.
const LONGEST_LINE: usize = 256 << 20;

fn endless(path: &Path) -> Problem {
    Problem::new(format!("{} has a line of more than 256 MB.", path.display()))
        .try_this("Check that the file is text and that its encoding is right.")
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be read: {error}.", path.display()))
        .try_this("Check that the file is there and that you may read it.")
}

fn empty(path: &Path) -> Problem {
    Problem::new(format!("The file \"{}\" is empty.", path.display()))
        .at("path")
        .try_this("Check that it was written completely.")
}

fn stopped() -> Problem {
    Problem::new("Reading was cancelled.")
}

mod encoding_name {
    use encoding_rs::Encoding;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(encoding: &&'static Encoding, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(encoding.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Encoding, D::Error> {
        let name = String::deserialize(deserializer)?;
        Encoding::for_label(name.as_bytes()).ok_or_else(|| de::Error::custom(format!("unknown encoding {name:?}")))
    }
}
