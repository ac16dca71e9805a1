//! HTML: the cells of one table of a page, as rows of text whose types are found.

mod table;

use std::fs;
use std::io::{self, Read};

use pipewright_engine::nodes::{OnError, ReadHtml};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Schema, Type};
use scraper::Html;

use self::table::{Grid, Table, tables};
use super::json::Json;
use super::records::{Format, Kinds, Record, Records, open_records};
use super::text::{about, encoding};
use super::{Opened, Opening, cancelled};
use crate::files::Located;
use crate::text::{Encoding, decoded, encoding_of};

pub(super) fn open_html(
    opening: &Opening,
    node: &str,
    html: &ReadHtml,
    located: &[Located],
) -> Result<Opened, Problem> {
    let mut pages = Vec::new();
    for file in located {
        pages.push(Page::read(file, html)?);
        if (opening.stop)() {
            return Err(cancelled());
        }
    }
    let names = pages.first().map(|page| page.names.clone()).unwrap_or_default();
    let open = |file: &Located| {
        let page = pages.iter().find(|page| std::ptr::eq(page.file, file));
        let rows = page.into_iter().flat_map(Page::records);
        Ok(Box::new(Rows { rows: Box::new(rows), read_as: page.map(Page::read_as).unwrap_or_default() })
            as Box<dyn Records + '_>)
    };
    let format = Format {
        open: &open,
        kinds: Kinds::declared(names.iter().map(|name| (name.as_str(), None))),
        types: &html.types,
        file_column: html.file_column.as_ref(),
        keep: html.on_error == OnError::Null,
    };
    open_records(opening, node, located, format)
}

/// The table of a page that is wanted.
struct Page<'a> {
    file: &'a Located,
    names: Vec<String>,
    /// The rows below the names, with their numbers in the table.
    rows: Vec<(u64, Vec<String>)>,
    number: usize,
}

impl<'a> Page<'a> {
    fn read(file: &'a Located, html: &ReadHtml) -> Result<Self, Problem> {
        let text = text(file, encoding(html.encoding.as_deref())?)?;
        if !text.contains('<') || text.contains('\0') {
            return Err(Problem::new(format!("{:?} has no tags: it is no HTML.", file.shown))
                .at("path")
                .try_this("Read it with the node for its format, such as ReadCsv or ReadExcel."));
        }
        let page = Html::parse_document(&text);
        let found = tables(&page);
        let number = choose(file, html, &found)?;
        let grid = found[number].grid().ok_or_else(|| {
            Problem::new(format!("Table {} in {:?} has too many cells.", number + 1, file.shown))
                .at("path")
                .try_this("Choose another table, or ask for the data as CSV.")
        })?;
        let skipped = usize::try_from(html.skip_rows).unwrap_or(usize::MAX).min(grid.rows.len());
        let found_header = grid.header_rows(skipped);
        let header = html.header_rows.map_or(found_header, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let first = skipped.saturating_add(header).min(grid.rows.len());
        let names = names(file, html, &grid, skipped..first)?;
        let numbered = grid.rows.into_iter().enumerate().skip(first);
        let rows = numbered
            .map(|(at, row)| (at as u64 + 1, row.cells))
            .filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()));
        Ok(Self { file, names, rows: rows.collect(), number: number + 1 })
    }

    fn records(&self) -> impl Iterator<Item = Record> {
        self.rows.iter().map(|(number, row)| Record {
            text: row.join(","),
            line: *number,
            fields: self.names.iter().cloned().zip(row.iter().cloned().map(Json::Written)).collect(),
            refusal: None,
        })
    }

    fn read_as(&self) -> String {
        format!("HTML, table {}", self.number)
    }
}

struct Rows<'a> {
    rows: Box<dyn Iterator<Item = Record> + 'a>,
    read_as: String,
}

impl Records for Rows<'_> {
    fn next(&mut self) -> Result<Option<Record>, Problem> {
        Ok(self.rows.next())
    }

    fn read_as(&self) -> String {
        self.read_as.clone()
    }
}

/// Which of the tables is meant.
fn choose(file: &Located, html: &ReadHtml, tables: &[Table]) -> Result<usize, Problem> {
    let shown = &file.shown;
    let count = tables.len();
    if count == 0 {
        return Err(Problem::new(format!("{shown:?} has no tables.")).at("path").try_this(
            "Tables that a page makes with scripts are not in its file: save the page from a browser as a whole.",
        ));
    }
    if let Some(number) = html.table {
        let at = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        return if at < count {
            Ok(at)
        } else {
            let message = format!("There is no table {number} in {shown}: it has {count}.");
            Err(Problem::new(message).at("table").try_this(format!("Choose one from 1 to {count}.")))
        };
    }
    if !html.heading.trim().is_empty() {
        let wanted = html.heading.trim().to_lowercase();
        let at = tables.iter().position(|table| table.titles().any(|title| title.to_lowercase().contains(&wanted)));
        return at.ok_or_else(|| {
            let known = tables.iter().flat_map(Table::titles);
            Problem::unknown(&format!("caption or heading of a table in {shown} like"), &html.heading, known)
                .at("heading")
        });
    }
    let largest = (0..count).max_by_key(|at| (tables[*at].size(), std::cmp::Reverse(*at)));
    Ok(largest.unwrap_or_default())
}

/// Names given, or those of the rows at the top, made unique.
fn names(file: &Located, html: &ReadHtml, grid: &Grid, header: std::ops::Range<usize>) -> Result<Vec<String>, Problem> {
    if html.columns.len() > grid.width {
        let message =
            format!("{} names are given for the {} columns in {}.", html.columns.len(), grid.width, file.shown);
        return Err(Problem::new(message).at("columns"));
    }
    let mut schema = Schema::default();
    for at in 0..grid.width {
        let mut parts: Vec<&str> = Vec::new();
        for row in &grid.rows[header.clone()] {
            let part = row.cells.get(at).map_or("", String::as_str);
            if !part.is_empty() && parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        let found = parts.join(" ");
        let name = html.columns.get(at).cloned().unwrap_or(found);
        let name = if name.is_empty() { format!("column_{}", at + 1) } else { name };
        schema.0.push(Column::new(schema.free_name(&name), Type::Text));
    }
    Ok(schema.0.into_iter().map(|column| column.name).collect())
}

/// The page as text. Its encoding is said by its mark or in its head, or guessed.
fn text(file: &Located, given: Option<&'static Encoding>) -> Result<String, Problem> {
    let fail = |error: io::Error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path");
    let declared = given.map_or_else(|| declared(file).map_err(fail), |given| Ok(Some(given)))?;
    let encoding = encoding_of(&file.local, declared).map_err(|problem| about(problem, file))?;
    let mut bytes = Vec::new();
    let opened = fs::File::open(&file.local).and_then(|opened| decoded(opened, encoding));
    opened.and_then(|(mut source, _)| source.read_to_end(&mut bytes)).map_err(fail)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn declared(file: &Located) -> io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    fs::File::open(&file.local)?.take(4096).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let Some((_, name)) = head.split_once("charset") else { return Ok(None) };
    let name = name.trim_start_matches(['=', ' ', '\'', '"']);
    let name = name.split(['\'', '"', ' ', '>', ';', '/']).next().unwrap_or_default();
    // What reads as plain text is not of two bytes a character, whatever it says.
    Ok(Encoding::for_label(name.as_bytes()).filter(|encoding| !encoding.name().starts_with("UTF-16")))
}
