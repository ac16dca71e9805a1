//! What the head of a file says about the whole: encoding, delimiter, quotes, header, names and types.
//!
//! What the user already knows is taken as it is; only the rest is guessed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};

use super::decode::{decoded, shown};
use super::detect::{Detected, Sample, has_decimal_comma, has_header, may_be_thousands};
use super::fit::{Fit, Manner, fit, trim};
use super::fixed::FixedColumn;
use super::reader::Records;
use super::records::Kind;
use super::table::usual_width;
use super::{Dialect, Layout, empty, unreadable};

const SAMPLE_BYTES: u64 = 1 << 20;
const SAMPLE_RECORDS: usize = 10_000;

/// What is known before looking; everything else is found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    pub delimiter: Option<u8>,
    /// `Some(None)`: there are no quotes.
    pub quote: Option<Option<u8>>,
    /// Empty: there are no comments.
    pub comment: Option<String>,
    pub skip_lines: Option<u64>,
    pub trim: Option<bool>,
    pub header: Option<bool>,
    pub encoding: Option<&'static Encoding>,
    pub decimal_comma: Option<bool>,
    pub null_words: Vec<String>,
    /// Names of all columns, in place of the header's. Empty: those of the header.
    pub names: Vec<String>,
    pub types: Vec<(String, Type)>,
}

/// Finds out how a delimited file is to be read. Reads only its head.
pub fn sniff(path: &Path, wishes: &Wishes) -> Result<Layout, Problem> {
    let encoding = encoding(path, wishes)?;
    let sample = sample(path, encoding)?;
    let Detected { mut dialect, names: found } = sample.detect(wishes)?;
    dialect.encoding = encoding;
    let mut rows = sample.rows(&dialect, SAMPLE_RECORDS)?;
    // Who says that there is a header and where it is means every field of that line.
    if wishes.header != Some(true) || wishes.skip_lines.is_none() {
        end_header(&mut rows);
    }
    if wishes.decimal_comma.is_none() && dialect.delimiter != b',' {
        dialect.decimal_comma = has_decimal_comma(&rows, &dialect);
    }
    dialect.header = wishes.header.unwrap_or_else(|| found.is_none() && has_header(&rows, wishes, &dialect));
    let header = if dialect.header && !rows.is_empty() { rows.remove(0) } else { Vec::new() };
    let found = found.filter(|_| !dialect.header).unwrap_or(header);
    let names = names(&found, &rows, wishes);
    if names.is_empty() {
        let message = format!("There is nothing but blank lines and comments in {}.", path.display());
        return Err(Problem::new(message).try_this("Check that it was written completely."));
    }
    // Rejects say nothing about types.
    rows.retain(|row| row.len() == names.len());
    // Where semicolons stand between values, a point may stand between thousands.
    let is_open = wishes.decimal_comma.is_none() && !dialect.decimal_comma && dialect.delimiter == b';';
    let types = (0..names.len()).map(|index| match type_of(&rows, index, &dialect) {
        Type::Float if is_open && may_be_thousands(rows.iter().map(|row| row[index].as_str()), '.') => Type::Text,
        kind => kind,
    });
    let types = types.collect();
    declare(Layout { dialect, ..Layout::default() }, names, types, wishes)
}

/// The layout of a fixed-width file; finds the encoding and the types that are not given. Reads only its head.
pub fn sniff_fixed(
    path: &Path,
    wishes: &Wishes,
    columns: &[FixedColumn],
    ignore_rest: bool,
) -> Result<Layout, Problem> {
    let dialect = Dialect {
        quote: None,
        comment: wishes.comment.clone().filter(|comment| !comment.is_empty()),
        skip_lines: wishes.skip_lines.unwrap_or(0),
        header: wishes.header.unwrap_or(false),
        encoding: encoding(path, wishes)?,
        decimal_comma: wishes.decimal_comma.unwrap_or(false),
        null_words: wishes.null_words.clone(),
        ..Dialect::default()
    };
    let mut layout = Layout {
        dialect,
        columns: columns.iter().map(|column| Column::new(&column.name, Type::Text)).collect(),
        declared: vec![false; columns.len()],
        cuts: Some(columns.iter().map(|column| column.cut).collect()),
        ignore_rest,
        open_end: true,
        in_bytes: false,
    };
    let mut records = Records::open(path, &layout)?;
    let mut rows = Vec::new();
    while rows.len() < SAMPLE_RECORDS
        && let Some(record) = records.next()?
    {
        if record.found.kind == Kind::Record {
            rows.push(record.spans.iter().map(|span| shown(&record.bytes[span.start..span.end])).collect());
        }
    }
    for (index, column) in columns.iter().enumerate() {
        layout.columns[index].kind = column.kind.clone().unwrap_or_else(|| type_of(&rows, index, &layout.dialect));
        layout.declared[index] = column.kind.is_some();
    }
    Ok(layout)
}

/// How files begin that people take for text, what they are, and what to do with them instead.
const NO_TEXT: [(&[u8], &str, &str); 8] = [
    (
        b"PK\x03\x04",
        "a workbook or an archive",
        "Read a workbook with ReadExcel, and a file in an archive by the name of both: \"all.zip!orders.csv\".",
    ),
    (b"\xD0\xCF\x11\xE0", "a workbook", "Read it with ReadExcel."),
    (b"PAR1\x15", "a Parquet file", "Read it with ReadParquet."),
    (b"ARROW1\0\0", "an Arrow file", "Read it with ReadArrow."),
    (b"Obj\x01", "an Avro file", "Read it with ReadAvro."),
    (b"SQLite format 3\0", "a database", "Export the table you need as CSV."),
    (b"%PDF-1.", "a PDF", "Ask for the data as CSV or as a workbook."),
    (b"\x89PNG", "a picture", "Name a file with text in it."),
];

fn encoding(path: &Path, wishes: &Wishes) -> Result<&'static Encoding, Problem> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SAMPLE_BYTES).read_to_end(&mut head))
        .map_err(|error| unreadable(path, &error))?;
    if head.is_empty() {
        return Err(empty(path));
    }
    if let Some((_, what, instead)) = NO_TEXT.iter().find(|(start, ..)| head.starts_with(start)) {
        let message = format!("{} is no text but {what}.", path.display());
        return Err(Problem::new(message).at("path").try_this(*instead));
    }
    let marked = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    Ok(match (wishes.encoding, marked) {
        // "UTF-16" alone does not say which of the two; the mark does.
        (Some(wish), Some(marked)) if wish == UTF_16LE && marked == UTF_16BE => marked,
        (Some(wish), _) => wish,
        (None, Some(marked)) => marked,
        (None, None) => guess_encoding(&head),
    })
}

fn guess_encoding(head: &[u8]) -> &'static Encoding {
    let pairs = head.len().min(4096) / 2;
    let zeros = |odd: usize| head[..pairs * 2].iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 5 > pairs * 2 && even * 20 < pairs {
        return UTF_16LE;
    }
    if even * 5 > pairs * 2 && odd * 20 < pairs {
        return UTF_16BE;
    }
    let mut lines = (0, 0);
    for line in head.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        match std::str::from_utf8(line) {
            Err(error) if error.error_len().is_some() => lines.1 += 1,
            _ => lines.0 += 1,
        }
    }
    // A few bad lines in a UTF-8 file are bad lines; reading all of it as something else would spoil the good ones.
    if lines.0 >= lines.1 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    detector.guess(None, Utf8Detection::Deny)
}

pub(super) type Row = Vec<String>;

fn sample<'p>(path: &'p Path, encoding: &'static Encoding) -> Result<Sample<'p>, Problem> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| decoded(file, encoding))
        .and_then(|(source, _)| source.take(SAMPLE_BYTES + 1).read_to_end(&mut text))
        .map_err(|error| unreadable(path, &error))?;
    let cut = text.len() as u64 > SAMPLE_BYTES;
    Ok(Sample { path, text, cut })
}

/// A header may end with a delimiter that the records do not have.
fn end_header(rows: &mut [Row]) {
    let Some((header, rest)) = rows.split_first_mut() else { return };
    let Some(usual) = usual_width(rest.iter().map(Vec::len)) else { return };
    if usual < header.len() && usual > 1 && header[usual..].iter().all(|cell| is_blank(cell)) {
        header.truncate(usual);
    }
}

pub(super) fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// Names as in the header, made unique: `name_2` for the second of a name, `column_3` for a nameless one.
fn names(header: &Row, rows: &[Row], wishes: &Wishes) -> Vec<String> {
    if !wishes.names.is_empty() {
        return wishes.names.clone();
    }
    // Names for fields behind those of the header only where there is nothing in them: a delimiter that ends each line. Rows that have
    // more are rejected, since nobody knows which of their fields the names are for.
    let usual = usual_width(rows.iter().map(Vec::len)).unwrap_or(0);
    let ended = || {
        rows.iter().filter(|row| row.len() == usual).all(|row| row[header.len()..].iter().all(|cell| is_blank(cell)))
    };
    let usual = if header.is_empty() || usual > header.len() && ended() { usual } else { header.len() };
    let mut schema = Schema::default();
    for index in 0..header.len().max(usual) {
        let name = header.get(index).map_or("", |name| name.trim());
        let name = if name.is_empty() { format!("column_{}", index + 1) } else { name.to_owned() };
        schema.0.push(Column::new(schema.free_name(&name), Type::Text));
    }
    schema.0.into_iter().map(|column| column.name).collect()
}

/// The types that are found, narrowest first; else it is text.
const FOUND: [Type; 6] = [Type::Boolean, Type::Integer, Type::Float, Type::Date, Type::Timestamp, Type::Time];

/// The narrowest type all values of a column have.
pub(super) fn type_of(rows: &[Row], index: usize, dialect: &Dialect) -> Type {
    let manner = Manner { decimal_comma: dialect.decimal_comma, found: true };
    let values: Vec<&[u8]> = rows
        .iter()
        .filter_map(|row| row.get(index))
        .filter(|text| !is_blank(text) && !dialect.null_words.iter().any(|word| word == text.trim()))
        .map(|text| text.as_bytes())
        .collect();
    let fits = |kind: &Type| values.iter().all(|value| !matches!(fit(value, kind, manner), Fit::No | Fit::Wider));
    let has_digits = || values.iter().any(|value| trim(value).iter().any(u8::is_ascii_digit));
    if values.is_empty() {
        return Type::Text;
    }
    FOUND.into_iter().find(|kind| fits(kind) && (*kind != Type::Float || has_digits())).unwrap_or_default()
}

/// The type of one value by itself; none of nothing.
pub fn found_type(text: &str) -> Option<Type> {
    if is_blank(text) {
        return None;
    }
    let manner = Manner { decimal_comma: false, found: true };
    let fits = |kind: &Type| !matches!(fit(text.as_bytes(), kind, manner), Fit::No | Fit::Wider);
    let has_digits = || text.bytes().any(|byte| byte.is_ascii_digit());
    Some(FOUND.into_iter().find(|kind| fits(kind) && (*kind != Type::Float || has_digits())).unwrap_or_default())
}

/// The encoding of a file, as its first bytes say, if it is not given.
pub fn encoding_of(path: &Path, given: Option<&'static Encoding>) -> Result<&'static Encoding, Problem> {
    encoding(path, &Wishes { encoding: given, ..Wishes::default() })
}

fn declare(mut layout: Layout, names: Vec<String>, types: Vec<Type>, wishes: &Wishes) -> Result<Layout, Problem> {
    layout.declared = vec![false; names.len()];
    layout.columns = names.into_iter().zip(types).map(|(name, kind)| Column::new(name, kind)).collect();
    for (name, kind) in &wishes.types {
        let Some(index) = layout.columns.iter().position(|column| column.name == *name) else {
            let known = layout.columns.iter().map(|column| column.name.as_str());
            return Err(Problem::unknown("column", name, known).at("types"));
        };
        layout.columns[index].kind = kind.clone();
        layout.declared[index] = true;
    }
    Ok(layout)
}
