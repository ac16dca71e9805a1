//! Which dialect a text is in: each delimiter is tried, and the one wins that makes the most even table of the likeliest cells.

use std::path::Path;

use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

use super::Dialect;
use super::decode::shown;
use super::reader::Records;
use super::records::{Kind, unquoted};
use super::sniff::{Row, Wishes, found_type, is_blank, type_of};

/// In order of preference where two fit alike: a comma may be a decimal one, a colon part of a time, a blank part of a text.
const DELIMITERS: [u8; 10] = [b'\t', b';', b'|', b',', b'^', b'~', 0x1F, 0x01, b':', b' '];

/// What lines begin with that are comments.
const MARKS: [&str; 5] = ["#", "//", "-- ", "%", ";"];

/// How many records are looked at.
const RECORDS: usize = 1_000;

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

/// A record as a delimiter cuts it.
struct Cut {
    line: u64,
    fields: Row,
}

/// The table that a delimiter makes of a text.
struct Table {
    delimiter: u8,
    /// From the first record of the table on.
    rows: Vec<Cut>,
    /// What stands above it.
    above: Vec<Cut>,
    width: usize,
    score: f64,
}

impl Sample<'_> {
    /// The dialect, of which what is wished is taken as it is.
    pub fn detect(&self, wishes: &Wishes) -> Result<Detected, Problem> {
        let mut dialect = Dialect {
            delimiter: wishes.delimiter.unwrap_or(b','),
            quote: wishes.quote.unwrap_or(Some(b'"')),
            comment: wishes.comment.clone(),
            skip_lines: wishes.skip_lines,
            header: true,
            encoding: wishes.encoding.unwrap_or(encoding_rs::UTF_8),
            decimal_comma: wishes.decimal_comma.unwrap_or(false),
            null_words: wishes.null_words.clone(),
        };
        let mut wanted = wishes.delimiter;
        // What Excel takes for an instruction and not for data.
        if let Some(told) =
            self.excel_line().filter(|told| wishes.skip_lines == 0 && wanted.is_none_or(|it| it == *told))
        {
            (wanted, dialect.skip_lines) = (Some(told), 1);
        }
        let mut best = self.best(&dialect, wanted)?;
        if let Some(table) = &best {
            dialect.delimiter = table.delimiter;
        }
        if wishes.quote.is_none() && self.has_single_quotes(dialect.delimiter) {
            dialect.quote = Some(b'\'');
            best = self.best(&dialect, wanted)?;
        }
        // Whoever says how records are cut means every line.
        let untold = wishes.delimiter.is_none() && wishes.header.is_none() && wishes.names.is_empty();
        if wishes.comment.is_none()
            && untold
            && let Some(mark) = self.comment(&dialect, best.as_ref())
        {
            dialect.comment = Some(mark.to_owned());
            best = self.best(&dialect, wanted)?;
        }
        let Some(table) = best else { return Ok(Detected { dialect, names: None }) };
        dialect.delimiter = table.delimiter;
        let mut names = None;
        if dialect.skip_lines == 0 && untold && table.has_a_preamble() {
            dialect.skip_lines = table.rows[0].line - 1;
            names = table.names_in_another_dialect();
        }
        Ok(Detected { dialect, names })
    }

    /// The well-formed records, header included, as many as are wanted.
    pub fn rows(&self, dialect: &Dialect, most: usize) -> Result<Vec<Row>, Problem> {
        Ok(self.cuts(dialect, most)?.into_iter().map(|cut| cut.fields).collect())
    }

    fn cuts(&self, dialect: &Dialect, most: usize) -> Result<Vec<Cut>, Problem> {
        let rows = self.cuts_until(dialect, most, self.cut)?;
        // A first record larger than the sample is looked at as far as it goes.
        if rows.is_empty() && self.cut { self.cuts_until(dialect, most, false) } else { Ok(rows) }
    }

    fn cuts_until(&self, dialect: &Dialect, most: usize, cut: bool) -> Result<Vec<Cut>, Problem> {
        let quote = dialect.quote.unwrap_or(b'"');
        let mut records = Records::of_head(self.path, &self.text, dialect, cut);
        records.skip_lines(dialect.skip_lines)?;
        let mut rows = Vec::new();
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
        }
        Ok(rows)
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
    fn best(&self, dialect: &Dialect, wanted: Option<u8>) -> Result<Option<Table>, Problem> {
        let mut best: Option<Table> = None;
        let head = &self.text[..self.text.len().min(1 << 16)];
        let delimiters: Vec<u8> = match wanted {
            Some(only) => vec![only],
            None => DELIMITERS.into_iter().filter(|delimiter| memchr::memchr(*delimiter, head).is_some()).collect(),
        };
        for delimiter in delimiters {
            let cuts = self.cuts(&Dialect { delimiter, ..dialect.clone() }, RECORDS)?;
            let Some(table) = Table::of(delimiter, cuts) else { continue };
            if wanted.is_some()
                || table.is_plausible() && best.as_ref().is_none_or(|it| table.score > it.score * BETTER)
            {
                best = Some(table);
            }
        }
        Ok(best)
    }

    /// Fields stand in single quotes, closed in each line, and none in double ones.
    fn has_single_quotes(&self, delimiter: u8) -> bool {
        let mut opened = 0;
        for line in self.text.split(|byte| *byte == b'\n' || *byte == b'\r').take(RECORDS) {
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

    /// What begins lines that are no records. A header may begin so, too, and so may each value of a column.
    fn comment(&self, dialect: &Dialect, table: Option<&Table>) -> Option<&'static str> {
        let table = table?;
        let cuts = || table.above.iter().chain(&table.rows);
        let all = cuts().count();
        MARKS.into_iter().find(|mark| {
            if mark.as_bytes() == [dialect.delimiter] {
                return false;
            }
            let marked: Vec<&Cut> = cuts().filter(|cut| cut.fields[0].starts_with(*mark)).collect();
            let odd = marked.iter().filter(|cut| cut.fields.len() != table.width).count();
            let is_header = marked.len() == 1 && odd == 0 && marked[0].line == table.rows[0].line;
            let leading = table.above.iter().take_while(|cut| cut.fields[0].starts_with(*mark)).count();
            let few = marked.len() * 3 <= all || leading == marked.len();
            let sure = *mark == "#" || *mark == "//" || odd == marked.len();
            !marked.is_empty() && !is_header && few && sure
        })
    }
}

impl Table {
    fn of(delimiter: u8, mut cuts: Vec<Cut>) -> Option<Self> {
        let width = usual_width(cuts.iter().map(|cut| cut.fields.len()).filter(|width| *width > 1))?;
        let is_wide = |cut: &Cut| cut.fields.len() == width;
        // One line above that happens to have as many fields does not begin the table.
        let begins =
            |at: usize| is_wide(&cuts[at]) && (cuts.len() == at + 1 || cuts[at + 1..].iter().take(2).any(is_wide));
        let start = (0..cuts.len()).find(|at| begins(*at)).or_else(|| cuts.iter().position(is_wide))?;
        let rows = cuts.split_off(start);
        let wide: Vec<&Cut> = rows.iter().filter(|cut| is_wide(cut)).collect();
        let even = wide.len() as f64 / (rows.len() + cuts.len().min(1)) as f64;
        let cells = wide.iter().skip(usize::from(wide.len() > 1)).flat_map(|cut| &cut.fields);
        let (all, likely) =
            cells.fold((0, 0), |(all, likely), cell| (all + 1, likely + usize::from(is_likely(cell, delimiter))));
        let likely = f64::from(likely as u32) / f64::from((all as u32).max(1));
        let score = even * (0.1 + 0.9 * likely) * (1.0 - 1.0 / width as f64).sqrt();
        Some(Self { delimiter, rows, above: cuts, width, score })
    }

    fn wide(&self) -> Vec<Row> {
        self.rows.iter().filter(|cut| cut.fields.len() == self.width).map(|cut| cut.fields.clone()).collect()
    }

    /// Whether it is no accident that the delimiter cuts the lines.
    fn is_plausible(&self) -> bool {
        let wide = self.wide();
        let even = wide.len() == self.rows.len() && self.above.is_empty();
        let whole = |row: &Row| row.join(std::str::from_utf8(&[self.delimiter]).unwrap_or_default());
        // Every line is one moment, or one number with a comma under a name without.
        let later = || wide.iter().skip(usize::from(self.above.is_empty() && wide.len() > 1));
        let moments = later().all(|row| {
            matches!(found_type(&whole(row)), Some(Type::Date | Type::Time | Type::Timestamp)) && row.len() < 4
        });
        if moments && matches!(self.delimiter, b':' | b' ') {
            return false;
        }
        match self.delimiter {
            b' ' => self.width > 2 && even,
            b':' | b'^' | b'~' if !even => false,
            _ => !self.is_under_one_name(&wide, moments),
        }
    }

    /// A single word stands above what would be a table without names: it names one column, and the lines are its values.
    fn is_under_one_name(&self, wide: &[Row], moments: bool) -> bool {
        let [above] = &self.above[..] else { return false };
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let is_name = above.fields.len() == 1 && !above.fields[0].is_empty() && above.fields[0].chars().all(is_word);
        let adjacent = above.line + 1 == self.rows[0].line;
        is_name && adjacent && (moments || !names_columns(wide))
    }

    /// Whether lines above the table belong to no table: a title, a date, an empty line and more. One line of several fields just above
    /// may be a header that has too many or too few.
    fn has_a_preamble(&self) -> bool {
        let Some(last) = self.above.last() else { return false };
        last.fields.len() == 1 || self.above.len() > 1 || last.line + 1 < self.rows[0].line
    }

    /// The line just above, if another delimiter makes as many names of it as there are columns.
    fn names_in_another_dialect(&self) -> Option<Row> {
        let last = self.above.last().filter(|last| last.fields.len() == 1 && last.line + 1 == self.rows[0].line)?;
        DELIMITERS.into_iter().filter(|delimiter| *delimiter != self.delimiter).find_map(|delimiter| {
            let names: Row = last.fields[0].split(char::from(delimiter)).map(|name| name.trim().to_owned()).collect();
            let are_names = names.iter().all(|name| !name.is_empty() && found_type(name) == Some(Type::Text));
            (names.len() == self.width && are_names && !names_columns(&self.wide())).then_some(names)
        })
    }
}

/// The most frequent of these; of several the largest.
pub(super) fn usual_width(widths: impl Iterator<Item = usize>) -> Option<usize> {
    let mut widths: Vec<usize> = widths.collect();
    widths.sort_unstable();
    widths.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| same[0])
}

/// Whether a cell looks like a value and not like a piece of a line that was cut at the wrong places.
fn is_likely(cell: &str, delimiter: u8) -> bool {
    if is_blank(cell) {
        return true;
    }
    let others = [',', ';', '\t', '|'].into_iter().filter(|other| *other != char::from(delimiter));
    let is_number = |text: &str| matches!(found_type(text), Some(kind) if kind != Type::Text);
    if is_number(cell) || is_number(&cell.replacen(',', ".", 1)) {
        return true;
    }
    others.into_iter().all(|other| !cell.contains(other)) && cell.chars().any(char::is_alphabetic)
}

/// Whether the first row names columns, going by types alone: it has text, or a date, where what is below has other types.
pub(super) fn names_columns(rows: &[Row]) -> bool {
    let (agree, differ) = votes(rows, &Dialect::default());
    differ > 0 && differ >= agree
}

/// How many cells of the first row are of the type of what is below them, and of another. Years may be either.
fn votes(rows: &[Row], dialect: &Dialect) -> (usize, usize) {
    let Some((first, rest)) = rows.split_first() else { return (0, 0) };
    let mut votes = (0, 0);
    for (index, cell) in first.iter().enumerate().filter(|(_, cell)| !is_blank(cell)) {
        let own = type_of(std::slice::from_ref(first), index, dialect);
        let below = type_of(rest, index, dialect);
        let has_values = rest.iter().any(|row| row.get(index).is_some_and(|cell| !is_blank(cell)));
        let is_year = own == Type::Integer && matches!(cell.trim().parse(), Ok(1_800..=2_200));
        match (own, below) {
            _ if !has_values => {}
            (Type::Text, Type::Text) => {}
            (_, Type::Text) => votes.0 += 1,
            (Type::Integer, Type::Integer | Type::Float) if is_year => {}
            (own, below) if own == below || own == Type::Integer && below == Type::Float => votes.0 += 1,
            (Type::Float, Type::Integer) | (Type::Date, Type::Timestamp) => votes.0 += 1,
            _ => votes.1 += 1,
        }
    }
    votes
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
    // All is text, or a year: a header if each name is there, and is not also a value of its column.
    let repeated = |(index, name): (usize, &String)| {
        first[..index].contains(name) || rows[1..].iter().any(|row| row.get(index) == Some(name))
    };
    !first.iter().any(|name| is_blank(name)) && !first.iter().enumerate().any(repeated)
}

/// Some column is numbers only if the comma is a decimal one, and none has a point that can't stand between thousands.
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
    let commas = (0..width).any(|index| is_float(index, true) && !is_float(index, false));
    commas && (0..width).all(|index| !is_float(index, false) || in_thousands(index))
}
