//! The table that a delimiter makes of a text: where it begins, what stands above it, and whether it has a header.

use pipewright_engine::types::Type;

use super::Dialect;
use super::detect::DELIMITERS;
use super::sniff::{Row, found_type, is_blank, type_of};

/// Lines above a table are no more than these; what is longer is data.
const LONGEST_PREAMBLE: usize = 50;

/// A record as a delimiter cuts it.
pub(super) struct Cut {
    pub line: u64,
    pub fields: Row,
}

/// The table that a delimiter makes of a text.
pub(super) struct Table {
    pub delimiter: u8,
    pub trim: bool,
    /// From the first record of the table on.
    pub rows: Vec<Cut>,
    /// What stands above it.
    pub above: Vec<Cut>,
    pub width: usize,
    pub score: f64,
}

impl Table {
    pub fn of(dialect: &Dialect, mut cuts: Vec<Cut>) -> Option<Self> {
        let Dialect { delimiter, trim, .. } = *dialect;
        let width = usual_width(cuts.iter().map(|cut| cut.fields.len()).filter(|width| *width > 1))?;
        let is_wide = |cut: &Cut| cut.fields.len() == width;
        // One line above that happens to have as many fields does not begin the table.
        let followed = |at: usize| cuts.len() == at + 1 || cuts[at + 1..].iter().take(2).any(is_wide);
        // A header may end with a delimiter that no record has, or lack the one that each ends with.
        let is_longer = |cut: &Cut| cut.fields.len() > width && cut.fields[width..].iter().all(|cell| is_blank(cell));
        let begins = |at: usize| followed(at) && (is_wide(&cuts[at]) || at + 1 < cuts.len() && is_longer(&cuts[at]));
        let mut start = (0..cuts.len()).find(|at| begins(*at)).or_else(|| cuts.iter().position(is_wide))?;
        let is_ended = || cuts[start..].iter().filter(|cut| is_wide(cut)).all(|cut| is_blank(&cut.fields[width - 1]));
        if start > 1 && width > 2 && cuts[start - 1].fields.len() == width - 1 && is_ended() {
            start -= 1;
        }
        let mut rows = cuts.split_off(start);
        rows[0].fields.truncate(width);
        let wide: Vec<&Cut> = rows.iter().filter(|cut| is_wide(cut)).collect();
        let even = wide.len() as f64 / (rows.len() + cuts.len().min(1)) as f64;
        let cells = wide.iter().skip(usize::from(wide.len() > 1)).flat_map(|cut| &cut.fields);
        let (all, likely) =
            cells.fold((0, 0), |(all, likely), cell| (all + 1, likely + usize::from(is_likely(cell, delimiter))));
        let likely = f64::from(likely as u32) / f64::from((all as u32).max(1));
        let score = even * (0.1 + 0.9 * likely) * (1.0 - 1.0 / width as f64).sqrt();
        Some(Self { delimiter, trim, rows, above: cuts, width, score })
    }

    fn wide(&self) -> Vec<Row> {
        self.rows.iter().filter(|cut| cut.fields.len() == self.width).map(|cut| cut.fields.clone()).collect()
    }

    /// Whether it is no accident that the delimiter cuts the lines.
    pub fn is_plausible(&self) -> bool {
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
    pub fn has_a_preamble(&self) -> bool {
        let Some(last) = self.above.last() else { return false };
        if self.above.len() > LONGEST_PREAMBLE || self.goes_on_above() {
            return false;
        }
        last.fields.len() == 1 || self.above.len() > 1 || last.line + 1 < self.rows[0].line
    }

    /// Whether the lines just above are records too, of which each lacks fields or has more: as many in each, or values as below.
    fn goes_on_above(&self) -> bool {
        let Some(last) = self.above.last().filter(|last| last.fields.len() > 1) else { return false };
        if last.line + 1 < self.rows[0].line || names_columns(&self.wide()) {
            return false;
        }
        let width = last.fields.len();
        let alike = self.above.iter().rev().take_while(|cut| cut.fields.len() == width).count();
        // Pairs of a key and a value are no records, unless they have values as the records do.
        let enough = if width > 2 { 2 } else { 3 };
        alike >= enough && width * 2 >= self.width || self.has_values_as_below(last)
    }

    /// Whether the values that are no text are of the types of those below, and there are some.
    fn has_values_as_below(&self, cut: &Cut) -> bool {
        let wide = self.wide();
        let kinds = cut.fields.iter().enumerate().take(self.width).filter_map(|(index, cell)| {
            let below = type_of(&wide, index, &Dialect::default());
            found_type(cell).filter(|kind| *kind != Type::Text || below != Type::Text).map(|kind| (kind, below))
        });
        let kinds: Vec<(Type, Type)> = kinds.collect();
        !kinds.is_empty() && kinds.iter().all(|(kind, below)| kind == below)
    }

    /// How many lines at the top are titles that a spreadsheet filled up with delimiters: nearly empty, and above a header.
    pub fn padded_titles(&self) -> usize {
        let filled = |cut: &Cut| cut.fields.iter().filter(|cell| !is_blank(cell)).count();
        let counts: Vec<usize> = self.rows.iter().map(filled).collect();
        let even = |at: usize| self.rows[at].fields.len() == self.width;
        // A header has most of its names, and more than there is in any title.
        let places: Vec<usize> = (0..self.rows.len().min(LONGEST_PREAMBLE + 1))
            .filter(|at| {
                counts[*at] * 2 > self.width && (0..*at).all(|above| even(above) && counts[above] < counts[*at])
            })
            .collect();
        let names = |at: &usize| {
            let rest = self.rows[*at..].iter().filter(|cut| cut.fields.len() == self.width);
            names_columns(&rest.map(|cut| cut.fields.clone()).collect::<Vec<_>>())
        };
        // Where all is text, a title has one cell, and no record has as few.
        let stands_out = |at: &usize| {
            let is_text = |cell: &String| matches!(found_type(cell), None | Some(Type::Text));
            let fewest = counts[at + 1..].iter().min().copied().unwrap_or(0);
            let titled = counts[..*at].iter().all(|count| *count < 2);
            self.width > 2
                && titled
                && fewest > 1
                && counts[*at] == self.width
                && self.rows[*at].fields.iter().all(is_text)
        };
        if counts.first().is_none_or(|first| *first == self.width) {
            return 0;
        }
        places.iter().find(|at| names(at)).or_else(|| places.iter().find(|at| stands_out(at))).copied().unwrap_or(0)
    }

    /// Whether a line names the columns of what is below it, going by types.
    pub fn is_header_after(&self, cut: &Cut) -> bool {
        let below = self.rows.iter().filter(|other| other.line >= cut.line && other.fields.len() == self.width);
        cut.fields.len() == self.width && names_columns(&below.map(|cut| cut.fields.clone()).collect::<Vec<_>>())
    }

    /// Whether lines are records that somebody put out by the mark before them: without it, their first value is of the type that
    /// all others have.
    pub fn are_put_out(&self, mark: &str, marked: &[&Cut]) -> bool {
        let is_other = |cut: &&Cut| cut.fields.len() == self.width && !cut.fields[0].starts_with(mark);
        let others: Vec<Row> = self.rows.iter().skip(1).filter(is_other).map(|cut| cut.fields.clone()).collect();
        let kind = type_of(&others, 0, &Dialect::default());
        kind != Type::Text && marked.iter().all(|cut| found_type(&cut.fields[0][mark.len()..]) == Some(kind.clone()))
    }

    /// The line just above, if another delimiter makes as many names of it as there are columns.
    pub fn names_in_another_dialect(&self) -> Option<Row> {
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
pub(super) fn votes(rows: &[Row], dialect: &Dialect) -> (usize, usize) {
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
