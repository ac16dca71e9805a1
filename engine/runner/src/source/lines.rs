//! Lines of text, one or several a record, and what a pattern takes out of them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use pipewright_engine::nodes::read_lines::LineFormat;
use pipewright_engine::nodes::{OnError, ReadLines};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;
use regex::Regex;

use super::json::Json;
use super::records::{Format, Kinds, Record, Records, open_records};
use super::spooled::Refusal;
use super::text::{about, encoding};
use super::{Opened, Opening};
use crate::files::Located;
use crate::text::{Encoding, decoded, encoding_of};

pub(super) fn open_lines(
    opening: &Opening,
    node: &str,
    lines: &ReadLines,
    located: &[Located],
) -> Result<Opened, Problem> {
    let manner = &Manner::of(lines)?;
    let given = encoding(lines.encoding.as_deref())?;
    let open = |file| Ok(Box::new(Lines::open(file, lines, manner, given)?) as Box<dyn Records + '_>);
    let format = Format {
        open: &open,
        kinds: Kinds::declared(manner.columns(lines).into_iter()),
        types: &manner.types,
        file_column: lines.file_column.as_ref(),
        keep: lines.on_error == OnError::Null,
    };
    open_records(opening, node, located, format)
}

/// How records are told apart, and what is taken out of each.
struct Manner {
    begins: Option<Regex>,
    takes: Option<Regex>,
    types: IndexMap<String, Type>,
}

impl Manner {
    fn of(lines: &ReadLines) -> Result<Self, Problem> {
        let mut types = lines.types.clone();
        if lines.format.time_format().is_some() {
            types.entry("time".to_owned()).or_insert_with(|| Type::TimestampZoned("UTC".into()));
        }
        Ok(Self { begins: lines.begins()?, takes: lines.takes()?, types })
    }

    /// Number and text, then the groups in their order.
    fn columns<'a>(&'a self, lines: &'a ReadLines) -> Vec<(&'a str, Option<Type>)> {
        let own =
            [(lines.line_column.0.as_str(), Some(Type::Integer)), (lines.text_column.0.as_str(), Some(Type::Text))];
        let own = own.into_iter().filter(|(name, _)| !name.is_empty());
        own.chain(self.groups().map(|(_, name)| (name, None))).collect()
    }

    /// The named groups with their numbers.
    fn groups(&self) -> impl Iterator<Item = (usize, &str)> {
        let names = self.takes.iter().flat_map(|takes| takes.capture_names().enumerate());
        names.filter_map(|(at, name)| Some((at, name?)))
    }
}

/// A line longer than that nobody writes: the file is no text.
const LONGEST: u64 = 256 << 20;

struct Lines<'a> {
    file: &'a Located,
    node: &'a ReadLines,
    manner: &'a Manner,
    encoding: &'static Encoding,
    source: BufReader<Box<dyn Read + Send>>,
    /// The number of the line that was read last.
    number: u64,
    /// A line that was read to see whether it belongs to the record before it.
    next: VecDeque<(u64, Vec<u8>)>,
}

impl<'a> Lines<'a> {
    fn open(
        file: &'a Located,
        node: &'a ReadLines,
        manner: &'a Manner,
        given: Option<&'static Encoding>,
    ) -> Result<Self, Problem> {
        let encoding = encoding_of(&file.local, given).map_err(|problem| about(problem, file))?;
        let opened = File::open(&file.local).and_then(|opened| decoded(opened, encoding));
        let (source, _) = opened.map_err(|error| unreadable(file, &error))?;
        let source = BufReader::with_capacity(1 << 18, source);
        let mut lines = Self { file, node, manner, encoding, source, number: 0, next: VecDeque::new() };
        for _ in 0..node.skip_lines {
            if lines.physical()?.is_none() {
                break;
            }
        }
        Ok(lines)
    }

    /// The next line of the file, without its end.
    fn physical(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut line = Vec::new();
        let source = self.source.by_ref().take(LONGEST);
        let read = { source }.read_until(b'\n', &mut line).map_err(|error| unreadable(self.file, &error))?;
        if read as u64 == LONGEST {
            let message = format!("{:?} has a line of more than 256 MB after line {}.", self.file.shown, self.number);
            return Err(Problem::new(message)
                .at("path")
                .try_this("It seems to be no text: read it with the node for its format."));
        }
        // The last line of a head may be cut off within.
        if read == 0 || !self.file.whole && line.last() != Some(&b'\n') {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        self.number += 1;
        Ok(Some(line))
    }

    /// The next line that counts, with its number.
    fn line(&mut self) -> Result<Option<(u64, Vec<u8>)>, Problem> {
        if let Some(next) = self.next.pop_front() {
            return Ok(Some(next));
        }
        while let Some(line) = self.physical()? {
            if !(self.node.skip_blank && line.trim_ascii().is_empty()) {
                return Ok(Some((self.number, line)));
            }
        }
        Ok(None)
    }

    /// The fields of a record: number, text, and what is taken out of it.
    fn fields(&self, number: u64, text: &str) -> (Vec<(String, Json)>, Option<Refusal>) {
        let mut fields = Vec::new();
        if !self.node.line_column.0.is_empty() {
            fields.push((self.node.line_column.0.clone(), Json::Number(number.to_string())));
        }
        if !self.node.text_column.0.is_empty() {
            fields.push((self.node.text_column.0.clone(), Json::Text(text.to_owned())));
        }
        let Some(takes) = &self.manner.takes else { return (fields, None) };
        let Some(found) = takes.captures(text) else {
            return (fields, Some(Refusal::of_record("the pattern does not match")));
        };
        for (at, name) in self.manner.groups() {
            let value = found.get(at).map_or(Json::Null, |value| taken(value.as_str(), name, self.node.format));
            fields.push((name.to_owned(), value));
        }
        (fields, None)
    }
}

impl Records for Lines<'_> {
    fn next(&mut self) -> Result<Option<Record>, Problem> {
        let Some((number, mut text)) = self.line()? else { return Ok(None) };
        while let Some(begins) = &self.manner.begins {
            let Some((number, line)) = self.line()? else { break };
            if begins.is_match(&String::from_utf8_lossy(&line)) {
                self.next.push_back((number, line));
                break;
            }
            text.push(b'\n');
            text.extend(line);
        }
        Ok(Some(match String::from_utf8(text) {
            Ok(text) => {
                let (fields, refusal) = self.fields(number, &text);
                Record { text, line: number, fields, refusal }
            }
            Err(error) => {
                let reason = format!("not {}", self.encoding.name().to_lowercase());
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let (fields, _) = self.fields(number, &text);
                Record { text, line: number, fields, refusal: Some(Refusal::of_record(reason)) }
            }
        }))
    }

    fn read_as(&self) -> String {
        format!("lines, {}", self.encoding.name().to_lowercase())
    }
}

/// What a group has matched, times of the usual logs as all others write them.
fn taken(text: &str, name: &str, format: LineFormat) -> Json {
    if format.has_dashes() && text == "-" {
        return Json::Null;
    }
    if name == "time"
        && let Some(written) = format.time_format()
    {
        let time = DateTime::parse_from_str(text, written);
        return Json::Written(time.map_or_else(|_| text.to_owned(), |time| iso(&time.to_utc())));
    }
    if name == "time" && format == LineFormat::Application {
        return Json::Written(text.replacen(',', ".", 1));
    }
    Json::Written(text.to_owned())
}

fn iso(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6fZ").to_string()
}

fn unreadable(file: &Located, error: &std::io::Error) -> Problem {
    Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path")
}
