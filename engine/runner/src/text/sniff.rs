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
use super::fit::{Fit, Manner, fit, trim};
use super::fixed::FixedColumn;
use super::reader::Records;
use super::records::{Kind, unquoted};
use super::{Dialect, Layout, empty, unreadable};

const SAMPLE_BYTES: u64 = 1 << 20;
const SAMPLE_RECORDS: usize = 10_000;

/// What is known before looking; everything else is found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    pub delimiter: Option<u8>,
    /// `Some(None)`: there are no quotes.
    pub quote: Option<Option<u8>>,
    pub comment: Option<String>,
    pub skip_lines: u64,
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
    let sample = Sample::read(path, encoding, wishes.skip_lines)?;
    let mut dialect = Dialect {
        delimiter: wishes.delimiter.unwrap_or(b','),
        quote: wishes.quote.unwrap_or(Some(b'"')),
        comment: wishes.comment.clone(),
        skip_lines: wishes.skip_lines,
        header: true,
        encoding,
        decimal_comma: wishes.decimal_comma.unwrap_or(false),
        null_words: wishes.null_words.clone(),
    };
    if wishes.delimiter.is_none() {
        dialect.delimiter = sample.delimiter(&dialect)?;
    }
    if wishes.quote.is_none() && sample.has_single_quotes(dialect.delimiter) {
        dialect.quote = Some(b'\'');
        if wishes.delimiter.is_none() {
            dialect.delimiter = sample.delimiter(&dialect)?;
        }
    }
    let mut rows = sample.rows(&dialect)?;
    if wishes.decimal_comma.is_none() && dialect.delimiter != b',' {
        dialect.decimal_comma = has_decimal_comma(&rows, &dialect);
    }
    dialect.header = wishes.header.unwrap_or_else(|| has_header(&rows, wishes, &dialect));
    let header = if dialect.header && !rows.is_empty() { rows.remove(0) } else { Vec::new() };
    let names = names(&header, &rows, wishes);
    if names.is_empty() {
        let message = format!("There is nothing but blank lines and comments in {}.", path.display());
        return Err(Problem::new(message).try_this("Check that it was written completely."));
    }
    // Rejects say nothing about types.
    rows.retain(|row| row.len() == names.len());
    let types = (0..names.len()).map(|index| type_of(&rows, index, &dialect)).collect();
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
        comment: wishes.comment.clone(),
        skip_lines: wishes.skip_lines,
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

/// The head of a file as text.
struct Sample<'p> {
    path: &'p Path,
    text: Vec<u8>,
    /// The file goes on.
    cut: bool,
    skip_lines: u64,
}

type Row = Vec<String>;

impl<'p> Sample<'p> {
    fn read(path: &'p Path, encoding: &'static Encoding, skip_lines: u64) -> Result<Self, Problem> {
        let mut text = Vec::new();
        File::open(path)
            .and_then(|file| decoded(file, encoding))
            .and_then(|(source, _)| source.take(SAMPLE_BYTES + 1).read_to_end(&mut text))
            .map_err(|error| unreadable(path, &error))?;
        let cut = text.len() as u64 > SAMPLE_BYTES;
        Ok(Self { path, text, cut, skip_lines })
    }

    /// The well-formed records, header included.
    fn rows(&self, dialect: &Dialect) -> Result<Vec<Row>, Problem> {
        let rows = self.rows_until(dialect, self.cut)?;
        // A first record larger than the sample is looked at as far as it goes.
        if rows.is_empty() && self.cut { self.rows_until(dialect, false) } else { Ok(rows) }
    }

    fn rows_until(&self, dialect: &Dialect, cut: bool) -> Result<Vec<Row>, Problem> {
        let quote = dialect.quote.unwrap_or(b'"');
        let mut records = Records::of_head(self.path, &self.text, dialect, cut);
        records.skip_lines(self.skip_lines)?;
        let mut rows = Vec::new();
        if dialect.header
            && let Some(header) = records.header()?
        {
            rows.push(header);
        }
        while rows.len() <= SAMPLE_RECORDS
            && let Some(record) = records.next()?
        {
            if record.found.kind == Kind::Record {
                let fields = record.spans.iter().map(|span| shown(&unquoted(record.bytes, *span, quote)));
                rows.push(fields.collect());
            }
        }
        Ok(rows)
    }

    /// The delimiter that cuts the records most evenly.
    fn delimiter(&self, dialect: &Dialect) -> Result<u8, Problem> {
        let mut best = (0.0, b',');
        // In order of preference: a comma may be a decimal one, a colon part of a time, a blank part of a text.
        for delimiter in [b'\t', b';', b'|', b',', b':', b' '] {
            let rows = self.rows(&Dialect { delimiter, ..dialect.clone() })?;
            let Some((count, even)) = usual_width(&rows) else { continue };
            let is_plausible = match delimiter {
                b':' => !rows.iter().filter(|row| row.len() == count).all(|row| is_clock_time(&row.join(":"))),
                b' ' => count > 2 && even == 1.0,
                _ => true,
            };
            if count < 2 || !is_plausible {
                continue;
            }
            if even >= 0.9 {
                return Ok(delimiter);
            }
            if even > best.0 && delimiter != b' ' {
                best = (even, delimiter);
            }
        }
        Ok(best.1)
    }

    /// Fields stand in single quotes, closed in each line, and none in double ones.
    fn has_single_quotes(&self, delimiter: u8) -> bool {
        let mut opened = 0;
        for line in self.text.split(|byte| *byte == b'\n' || *byte == b'\r').take(1000) {
            let fields = || line.split(|byte| *byte == delimiter);
            let opens = fields().filter(|field| field.starts_with(b"'")).count();
            let closes = fields().filter(|field| field.ends_with(b"'")).count();
            if opens != closes || fields().any(|field| field.starts_with(b"\"")) {
                return false;
            }
            opened += opens;
        }
        opened > 0
    }
}

fn is_clock_time(text: &str) -> bool {
    let manner = Manner { decimal_comma: false, found: true };
    [Type::Time, Type::Timestamp].iter().any(|kind| matches!(fit(text.as_bytes(), kind, manner), Fit::Same | Fit::Odd))
}

/// The most frequent number of fields, and the share of records that have it.
fn usual_width(rows: &[Row]) -> Option<(usize, f64)> {
    let rows = &rows[..rows.len().min(1000)];
    let frequency = |width: usize| rows.iter().filter(|row| row.len() == width).count();
    let mut widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    widths.sort_unstable();
    widths.dedup();
    let width = widths.into_iter().max_by_key(|width| frequency(*width))?;
    Some((width, frequency(width) as f64 / rows.len() as f64))
}

fn has_header(rows: &[Row], wishes: &Wishes, dialect: &Dialect) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    if !wishes.names.is_empty() && *first == wishes.names {
        return true;
    }
    let is_text = |cell: &String| type_of(&[vec![cell.clone()]], 0, dialect) == Type::Text;
    if !first.iter().all(is_text) || first.iter().all(|cell| is_blank(cell)) {
        return false;
    }
    if (0..first.len()).any(|index| type_of(rest, index, dialect) != Type::Text) {
        return true;
    }
    // All is text: a header if each name is there, and is not also a value of its column.
    let repeated = |(index, name): (usize, &String)| {
        first[..index].contains(name) || rest.iter().any(|row| row.get(index) == Some(name))
    };
    !first.iter().any(|name| is_blank(name)) && !first.iter().enumerate().any(repeated)
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// Some column is numbers only if the comma is a decimal one, and none only if it is not.
fn has_decimal_comma(rows: &[Row], dialect: &Dialect) -> bool {
    let rest = rows.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(rows);
    let width = usual_width(rest).map_or(0, |(width, _)| width);
    let floats = |decimal_comma| {
        let dialect = Dialect { decimal_comma, ..dialect.clone() };
        (0..width).filter(|index| type_of(rest, *index, &dialect) == Type::Float).count()
    };
    floats(true) > 0 && floats(false) == 0
}

/// Names as in the header, made unique: `name_2` for the second of a name, `column_3` for a nameless one.
fn names(header: &Row, rows: &[Row], wishes: &Wishes) -> Vec<String> {
    if !wishes.names.is_empty() {
        return wishes.names.clone();
    }
    let usual = usual_width(rows).map_or(0, |(width, _)| width);
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
fn type_of(rows: &[Row], index: usize, dialect: &Dialect) -> Type {
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
