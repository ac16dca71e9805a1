//! Formats of text in which each row is a line between a head and a foot: XML, HTML and Markdown.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::write::GzEncoder;
use pipewright_engine::nodes::write_markup::Markup;
use pipewright_engine::nodes::write_xml::XmlValues;
use pipewright_engine::nodes::{WriteMarkup, WriteXml};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column as OurColumn, Schema as OurSchema, Type};
use polars::prelude::*;
use polars_io::ExternalCompression;

use super::{cancelled, file, packed, unwritable, whole, words};
use crate::host::Cancel;

/// How the rows of a file are written as lines, and what stands around them.
#[derive(Clone, Debug)]
pub struct Form {
    head: String,
    foot: String,
    before: String,
    /// For each column: what stands before and after a value, if there is one, and what stands for a null.
    cells: Vec<(String, String, String)>,
    after: String,
    escape: Escape,
}

#[derive(Clone, Copy, Debug)]
enum Escape {
    Xml,
    Markdown,
}

impl Form {
    pub(super) fn xml(node: &WriteXml, schema: &OurSchema) -> Self {
        let names = schema.names().map(WriteXml::name_of);
        let (row, root) = (&node.row, &node.root);
        let around = |name: String| match node.values {
            XmlValues::Elements => (format!("<{name}>"), format!("</{name}>"), String::new()),
            XmlValues::Attributes => (format!(" {name}=\""), "\"".to_owned(), String::new()),
        };
        let (before, after) = match node.values {
            XmlValues::Elements => (format!("<{row}>"), format!("</{row}>")),
            XmlValues::Attributes => (format!("<{row}"), "/>".to_owned()),
        };
        Self {
            head: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>"),
            foot: format!("\n</{root}>\n"),
            before,
            cells: names.map(around).collect(),
            after,
            escape: Escape::Xml,
        }
    }

    pub(super) fn markup(node: &WriteMarkup, schema: &OurSchema) -> Self {
        match node.format {
            Markup::Html => Self::html(node, schema),
            Markup::Markdown => Self::markdown(node, schema),
        }
    }

    fn html(node: &WriteMarkup, schema: &OurSchema) -> Self {
        let class = |kind: &Type| if kind.is_number() { " class=\"n\"" } else { "" };
        let file = node.path.0.rsplit(['/', '\\']).next().unwrap_or_default();
        let title = Escape::Xml.of(if node.title.is_empty() { file } else { &node.title });
        let heading = if node.title.is_empty() { String::new() } else { format!("<h1>{title}</h1>\n") };
        let name = |column: &OurColumn| format!("<th{}>{}</th>", class(&column.kind), Escape::Xml.of(&column.name));
        let names: String = schema.0.iter().map(name).collect();
        let cell = |column: &OurColumn| {
            let class = class(&column.kind);
            (format!("<td{class}>"), "</td>".to_owned(), format!("<td{class}></td>"))
        };
        Self {
            head: format!(
                "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
                 <body>\n{heading}<table>\n<thead><tr>{names}</tr></thead>\n<tbody>"
            ),
            foot: "\n</tbody>\n</table>\n</body>\n</html>\n".to_owned(),
            before: "<tr>".to_owned(),
            cells: schema.0.iter().map(cell).collect(),
            after: "</tr>".to_owned(),
            escape: Escape::Xml,
        }
    }

    fn markdown(node: &WriteMarkup, schema: &OurSchema) -> Self {
        let title = if node.title.is_empty() { String::new() } else { format!("# {}\n\n", node.title) };
        let names: String = schema.names().map(|name| format!(" {} |", Escape::Markdown.of(name))).collect();
        let rule = |column: &OurColumn| if column.kind.is_number() { " ---: |" } else { " --- |" };
        let rules: String = schema.0.iter().map(rule).collect();
        Self {
            head: format!("{title}|{names}\n|{rules}"),
            foot: "\n".to_owned(),
            before: "|".to_owned(),
            cells: schema.0.iter().map(|_| (" ".to_owned(), " |".to_owned(), "  |".to_owned())).collect(),
            after: String::new(),
            escape: Escape::Markdown,
        }
    }

    /// What stands around the lines.
    pub(super) fn around(&self) -> Around<'_> {
        Around { head: &self.head, between: "", foot: &self.foot }
    }

    /// One column, with the line of each row.
    pub(super) fn prepare(&self, frame: LazyFrame, schema: &OurSchema) -> LazyFrame {
        if schema.0.is_empty() {
            return frame.select([lit(format!("{}{}", self.before, self.after))]).limit(0);
        }
        let texts: Vec<Expr> = schema.0.iter().map(|column| words::text(column).alias(column.name.as_str())).collect();
        let form = self.clone();
        frame.select([as_struct(texts).map(move |rows| form.lines(&rows), words::is_text).alias("line")])
    }

    fn lines(&self, rows: &Column) -> PolarsResult<Column> {
        let rows = rows.as_materialized_series().rechunk();
        let fields = rows.struct_()?.fields_as_series();
        let texts: Vec<&StringChunked> = fields.iter().map(Series::str).collect::<PolarsResult<_>>()?;
        let mut lines = StringChunkedBuilder::new("line".into(), rows.len());
        let mut line = String::new();
        for row in 0..rows.len() {
            line.clear();
            line.push_str(&self.before);
            for (texts, (before, after, null)) in texts.iter().zip(&self.cells) {
                match texts.get(row) {
                    None => line.push_str(null),
                    Some(text) => {
                        line.push_str(before);
                        self.escape.push(text, &mut line);
                        line.push_str(after);
                    }
                }
            }
            line.push_str(&self.after);
            lines.append_value(&line);
        }
        Ok(lines.finish().into_column())
    }
}

/// What a file has besides its lines: at the top, between two lines, and at the end.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) head: &'a str,
    pub(super) between: &'a str,
    pub(super) foot: &'a str,
}

/// A file of nothing but lines, packed as its name says.
pub(super) fn sink(frame: LazyFrame, path: &Path) -> PolarsResult<LazyFrame> {
    let serialize = SerializeOptions { quote_style: QuoteStyle::Never, ..SerializeOptions::default() };
    let options = CsvWriterOptions {
        compression: packed(path),
        check_extension: false,
        include_header: false,
        serialize_options: Arc::new(serialize),
        ..CsvWriterOptions::default()
    };
    frame.sink(file(path), FileWriteFormat::Csv(options), whole())
}

/// Writes a file of the lines in another, with what stands around them.
pub(super) fn put_together(lines: &Path, path: &Path, around: Around, cancel: &Cancel) -> Result<(), Problem> {
    let from = BufReader::new(File::open(lines).map_err(|error| unwritable(&error))?);
    let to = File::create(path).map_err(|error| unwritable(&error))?;
    match packed(path) {
        ExternalCompression::Gzip { .. } => {
            let mut to = GzEncoder::new(to, flate2::Compression::default());
            copy(from, &mut to, around, cancel)?;
            to.finish().map(drop)
        }
        ExternalCompression::Zstd { .. } => {
            let mut to = zstd::Encoder::new(to, 0).map_err(|error| unwritable(&error))?;
            copy(from, &mut to, around, cancel)?;
            to.finish().map(drop)
        }
        ExternalCompression::Uncompressed => copy(from, &mut BufWriter::new(to), around, cancel).map(Ok)?,
    }
    .map_err(|error| unwritable(&error))
}

fn copy(mut lines: impl BufRead, to: &mut dyn Write, around: Around, cancel: &Cancel) -> Result<(), Problem> {
    let failed = |error: std::io::Error| unwritable(&error);
    let Around { head, between, foot } = around;
    let mut to = BufWriter::new(to);
    to.write_all(head.as_bytes()).map_err(failed)?;
    let mut line = Vec::new();
    for number in 0_u64.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        let before = if number == 0 { "" } else { between };
        writeln!(to, "{before}").map_err(failed)?;
        to.write_all(line.strip_suffix(b"\n").unwrap_or(&line)).map_err(failed)?;
        if number.is_multiple_of(4096) && cancel.is_cancelled() {
            return Err(cancelled());
        }
    }
    to.write_all(foot.as_bytes()).and_then(|()| to.flush()).map_err(failed)
}

/// How the page looks: plain, and right in light and dark.
const STYLE: &str = ":root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }
table { border-collapse: collapse; }
th, td { padding: 0.3em 0.8em; border-bottom: 1px solid #8884; text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
";

impl Escape {
    fn of(self, text: &str) -> String {
        let mut safe = String::new();
        self.push(text, &mut safe);
        safe
    }

    /// Appends text so that it means itself. A row stays on its line: line breaks are written as references or tags.
    fn push(self, text: &str, to: &mut String) {
        for letter in text.chars() {
            match (self, letter) {
                (Self::Xml, '<') | (Self::Markdown, '<') => to.push_str("&lt;"),
                (Self::Xml, '>') => to.push_str("&gt;"),
                (Self::Xml | Self::Markdown, '&') => to.push_str("&amp;"),
                (Self::Xml, '"') => to.push_str("&quot;"),
                (Self::Xml, '\n') => to.push_str("&#10;"),
                (Self::Xml, '\r') => to.push_str("&#13;"),
                (Self::Xml, '\t') => to.push_str("&#9;"),
                (Self::Markdown, '|') => to.push_str("\\|"),
                (Self::Markdown, '\n') => to.push_str("<br>"),
                (Self::Markdown, '\\' | '`' | '*' | '_') => {
                    to.push('\\');
                    to.push(letter);
                }
                (_, letter) if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
                (_, letter) => to.push(letter),
            }
        }
    }
}
