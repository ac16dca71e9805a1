//! Which dialect a text is in: each delimiter is tried, and the one wins that makes the most even table of the likeliest cells.

use std::path::Path;

use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

use super::Dialect;
use super::decode::shown;
use super::fit::trim;
use super::reader::Records;
use super::records::{Kind, unquoted};
use super::sniff::{Row, Wishes, found_type, is_blank, type_of};
use super::table::{Cut, Table, usual_width, votes};

/// In order of preference where two fit alike: a comma may be a decimal one, a colon part of a time, a blank part of a text.
pub(super) const DELIMITERS: [u8; 10] = [b'\t', b';', b'|', b',', b'^', b'~', 0x1F, 0x01, b':', b' '];

/// What lines begin with that are comments.
const MARKS: [&str; 5] = ["#", "//", "-- ", "%", ";"];

/// How many records are looked at.
const RECORDS: usize = 1_000;

/// Records that are put out by a mark before them are no more than these.
const FEW: usize = 2;

/// A dialect must fit by so much better to be preferred to an earlier one.
const BETTER: f64 = 1.05;

/// The head of a file as text.
pub(super) struct Sample<'p> {
    pub path: &'p Path,
    pub text: Vec<u8>,
    /// The file goes on.
    pub cut: bool,
}

/// What was found out.
pub(super) struct Detected {
    pub dialect: Dialect,
    /// Names of the columns from a line that is not in the dialect of the others.
    pub names: Option<Row>,
}

/// The well-formed records of a text, and how many others there are.
struct Cuts {
    rows: Vec<Cut>,
    broken: usize,
}

/// What is looked for, unless it is told.
#[derive(Clone, Copy)]
struct Look {
    delimiter: Option<u8>,
    trim: Option<bool>,
}

impl Sample<'_> {
    /// The dialect, of which what is wished is taken as it is. Looking goes on for all else.
    pub fn detect(&self, wishes: &Wishes) -> Result<Detected, Problem> {
        let mut dialect = Dialect {
            delimiter: wishes.delimiter.unwrap_or(b','),
            quote: wishes.quote.unwrap_or(Some(b'"')),
            comment: wishes.comment.clone().filter(|comment| !comment.is_empty()),
            spare: false,
            trim: wishes.trim.unwrap_or(false),
            skip_lines: wishes.skip_lines.unwrap_or(0),
            header: true,
            encoding: wishes.encoding.unwrap_or(encoding_rs::UTF_8),
            decimal_comma: wishes.decimal_comma.unwrap_or(false),
            null_words: wishes.null_words.clone(),
        };
        let mut wanted = wishes.delimiter;
        // What Excel takes for an instruction and not for data.
        if let Some(told) =
            self.excel_line().filter(|told| wishes.skip_lines.is_none() && wanted.is_none_or(|it| it == *told))
        {
            (wanted, dialect.skip_lines) = (Some(told), 1);
        }
        let look = Look { delimiter: wanted, trim: wishes.trim };
        let mut best = self.best(&dialect, look)?;
        if let Some(table) = &best {
            dialect.delimiter = table.delimiter;
        }
        if wishes.quote.is_none() && self.has_single_quotes(dialect.delimiter) {
            dialect.quote = Some(b'\'');
            best = self.best(&dialect, look)?;
        }
        if wishes.comment.is_none()
            && let Some((mark, spare)) = self.comment(&dialect, best.as_ref())
        {
            (dialect.comment, dialect.spare) = (Some(mark.to_owned()), spare);
            best = self.best(&dialect, look)?;
        }
        let Some(table) = best else { return Ok(Detected { dialect, names: None }) };
        (dialect.delimiter, dialect.trim) = (table.delimiter, table.trim);
        let mut names = None;
        let fits = wishes.names.is_empty() || wishes.names.len() == table.width;
        if wishes.skip_lines.is_none() && dialect.skip_lines == 0 && fits {
            let titles = if wishes.header == Some(false) { 0 } else { table.padded_titles() };
            if titles > 0 {
                dialect.skip_lines = table.rows[titles].line - 1;
            } else if table.has_a_preamble() {
                dialect.skip_lines = table.rows[0].line - 1;
                names = if wishes.header.is_none() { table.names_in_another_dialect() } else { None };
            }
        }
        Ok(Detected { dialect, names })
    }

    /// The well-formed records, header included, as many as are wanted.
    pub fn rows(&self, dialect: &Dialect, most: usize) -> Result<Vec<Row>, Problem> {
        Ok(self.cuts(dialect, most)?.rows.into_iter().map(|cut| cut.fields).collect())
    }

    fn cuts(&self, dialect: &Dialect, most: usize) -> Result<Cuts, Problem> {
        let cuts = self.cuts_until(dialect, most, self.cut)?;
        // A first record larger than the sample is looked at as far as it goes.
        if cuts.rows.is_empty() && self.cut { self.cuts_until(dialect, most, false) } else { Ok(cuts) }
    }

    fn cuts_until(&self, dialect: &Dialect, most: usize, cut: bool) -> Result<Cuts, Problem> {
        let quote = dialect.quote.unwrap_or(b'"');
        let mut records = Records::of_head(self.path, &self.text, dialect, cut);
        records.skip_lines(dialect.skip_lines)?;
        let (mut rows, mut broken) = (Vec::new(), 0);
        if dialect.header
            && let Some((fields, line)) = records.header()?
        {
            rows.push(Cut { line, fields });
        }
        while rows.len() <= most
            && let Some(record) = records.next()?
        {
            if record.found.kind == Kind::Record {
                let fields = record.spans.iter().map(|span| shown(&unquoted(record.bytes, *span, quote)));
                rows.push(Cut { line: record.line, fields: fields.collect() });
            }
            broken += usize::from(matches!(record.found.kind, Kind::Broken(_)));
        }
        Ok(Cuts { rows, broken })
    }

    /// `sep=;` in the first line.
    fn excel_line(&self) -> Option<u8> {
        let line = self.text.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
        let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
        match line {
            [s, e, p, b'=', told] if [s, e, p].map(|byte| byte.to_ascii_lowercase()) == *b"sep" => Some(*told),
            _ => None,
        }
    }

    /// The best of all tables; none if every line is one value.
    fn best(&self, dialect: &Dialect, look: Look) -> Result<Option<Table>, Problem> {
        let mut best: Option<Table> = None;
        let head = &self.text[..self.text.len().min(1 << 16)];
        let delimiters: Vec<u8> = match look.delimiter {
            Some(only) => vec![only],
            None => DELIMITERS.into_iter().filter(|delimiter| memchr::memchr(*delimiter, head).is_some()).collect(),
        };
        for delimiter in delimiters {
            let Some(table) = self.table(&Dialect { delimiter, ..dialect.clone() }, look.trim)? else { continue };
            if look.delimiter.is_some()
                || table.is_plausible() && best.as_ref().is_none_or(|it| table.score > it.score * BETTER)
            {
                best = Some(table);
            }
        }
        Ok(best)
    }

    /// The table of one delimiter. Blanks around values are left out where some stand outside of quotes, and none of these breaks
    /// a record.
    fn table(&self, dialect: &Dialect, trim: Option<bool>) -> Result<Option<Table>, Problem> {
        let trimmed = |trim| Dialect { trim, ..dialect.clone() };
        let told = trimmed(trim.unwrap_or(false));
        let Cuts { rows, broken } = self.cuts(&told, RECORDS)?;
        let table = Table::of(&told, rows);
        if trim.is_some() || !self.has_blanks_outside_quotes(dialect) {
            return Ok(table);
        }
        let other = self.cuts(&trimmed(true), RECORDS)?;
        if other.broken > broken {
            return Ok(table);
        }
        let other = Table::of(&trimmed(true), other.rows);
        Ok(if other.as_ref().map(|it| it.score) >= table.as_ref().map(|it| it.score) { other } else { table })
    }

    fn has_blanks_outside_quotes(&self, dialect: &Dialect) -> bool {
        let Some(quote) = dialect.quote.filter(|_| dialect.delimiter != b' ') else { return false };
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t') && **byte != dialect.delimiter;
        let ends = |byte: &u8| *byte == dialect.delimiter || matches!(byte, b'\n' | b'\r');
        memchr::memchr_iter(quote, &self.text).any(|at| {
            let (before, after) = (&self.text[..at], &self.text[at + 1..]);
            let left = before.iter().rev().take_while(is_space).count();
            let right = after.iter().take_while(is_space).count();
            left > 0 && before[..before.len() - left].last().is_none_or(ends)
                || right > 0 && after.get(right).is_none_or(ends)
        })
    }

    /// Fields stand in single quotes, closed in each line, and none in double ones.
    fn has_single_quotes(&self, delimiter: u8) -> bool {
        let mut opened = 0;
        for line in self.text.split(|byte| *byte == b'\n' || *byte == b'\r').take(RECORDS) {
            let fields = || line.split(|byte| *byte == delimiter).map(trim);
            let opens = fields().filter(|field| field.starts_with(b"'")).count();
            let closes = fields().filter(|field| field.ends_with(b"'")).count();
            if opens != closes || fields().any(|field| field.starts_with(b"\"")) {
                return false;
            }
            opened += opens;
        }
        opened > 0
    }

    /// What begins lines that are no records, and whether such a line is one all the same where it has all its fields. A header
    /// may begin so, too, and so may the values of a column.
    fn comment(&self, dialect: &Dialect, table: Option<&Table>) -> Option<(&'static str, bool)> {
        let table = table?;
        let cuts: Vec<&Cut> = table.above.iter().chain(&table.rows).collect();
        let (all, whole) = (cuts.len(), !self.cut && cuts.len() < RECORDS);
        MARKS.into_iter().filter(|mark| mark.as_bytes() != [dialect.delimiter]).find_map(|mark| {
            let is_marked = |cut: &Cut| cut.fields[0].starts_with(mark);
            let marked: Vec<&Cut> = cuts.iter().copied().filter(|cut| is_marked(cut)).collect();
            let (full, odd): (Vec<&Cut>, Vec<&Cut>) = marked.iter().partition(|cut| cut.fields.len() == table.width);
            let all_lead = cuts[..marked.len()].iter().all(|cut| is_marked(cut));
            if marked.is_empty() || marked.len() * 3 > all && !all_lead {
                return None;
            }
            if full.is_empty() {
                return Some((mark, true));
            }
            // Prose above the table may have a comma or two.
            if all_lead && !odd.is_empty() && !table.rows[0].fields.is_empty() {
                let last_is_header = marked.last().is_some_and(|last| table.is_header_after(last));
                return (!last_is_header).then_some((mark, false));
            }
            (whole && full.len() <= FEW && table.are_put_out(mark, &full)).then_some((mark, false))
        })
    }
}

pub(super) fn has_header(rows: &[Row], wishes: &Wishes, dialect: &Dialect) -> bool {
    let Some(first) = rows.first() else { return false };
    if !wishes.names.is_empty() && *first == wishes.names {
        return true;
    }
    if first.iter().all(|cell| is_blank(cell)) {
        return false;
    }
    let alike: Vec<Row> = rows.iter().filter(|row| row.len() == first.len()).cloned().collect();
    let (agree, differ) = votes(&alike, dialect);
    if agree + differ > 0 {
        return differ > 0 && differ >= agree;
    }
    let is_text = |cell: &String| matches!(found_type(cell), None | Some(Type::Text));
    if alike.len() < 2 && !first.iter().all(is_text) {
        return false;
    }
    // A name that lacks is one of a column that has nothing, or has something everywhere else.
    let is_odd_blank = |(index, name): (usize, &String)| {
        let below: Vec<bool> = alike[1..].iter().map(|row| is_blank(&row[index])).collect();
        let lacks = below.iter().all(|blank| *blank) || below.len() > 2 && !below.contains(&true);
        is_blank(name) && !lacks
    };
    // All is text, or a year: a header if each name is there, and is not also a value of its column.
    let repeated = |(index, name): (usize, &String)| {
        !is_blank(name) && (first[..index].contains(name) || rows[1..].iter().any(|row| row.get(index) == Some(name)))
    };
    !first.iter().enumerate().any(is_odd_blank) && !first.iter().enumerate().any(repeated)
}

/// Whether a sign may stand between the thousands of these numbers as well as before their decimals: `1,231` and `999`, but neither
/// `0,125` nor `12,5` nor `1500`.
pub fn may_be_thousands<'c>(cells: impl IntoIterator<Item = &'c str>, sign: char) -> bool {
    let mut signs = false;
    let all = cells.into_iter().map(str::trim).filter(|cell| !cell.is_empty()).all(|cell| {
        let mut groups = cell.strip_prefix('-').unwrap_or(cell).split(sign);
        let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let first = groups.next().unwrap_or_default();
        let mut more = groups.peekable();
        let grouped = more.peek().is_some();
        signs |= grouped;
        (1..=3).contains(&first.len())
            && is_number(first)
            && !(grouped && first.starts_with('0'))
            && more.all(|group| group.len() == 3 && is_number(group))
    });
    signs && all
}

/// Some column is numbers only if the comma is a decimal one and can be nothing else, and none has a point that can't stand between
/// thousands.
pub(super) fn has_decimal_comma(rows: &[Row], dialect: &Dialect) -> bool {
    let rest = rows.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(rows);
    let Some(width) = usual_width(rest.iter().map(Vec::len)) else { return false };
    let is_float = |index: usize, decimal_comma| {
        type_of(rest, index, &Dialect { decimal_comma, ..dialect.clone() }) == Type::Float
    };
    let in_thousands = |index: usize| {
        rest.iter().filter_map(|row| row.get(index)).filter(|cell| cell.contains('.')).all(|cell| {
            let mut groups = cell.trim().trim_start_matches('-').split('.');
            let first = groups.next().unwrap_or_default();
            (1..=3).contains(&first.len()) && first != "0" && groups.all(|group| group.len() == 3)
        })
    };
    let decides = |index: usize| {
        let cells = rest.iter().filter_map(|row| row.get(index)).map(String::as_str);
        !may_be_thousands(cells.filter(|cell| !dialect.null_words.iter().any(|word| word == cell.trim())), ',')
    };
    let commas = (0..width).any(|index| is_float(index, true) && !is_float(index, false) && decides(index));
    commas && (0..width).all(|index| !is_float(index, false) || in_thousands(index))
}
