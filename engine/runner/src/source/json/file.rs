//! The records of a JSON file as they lie in it, one after the other, so that a file of any size takes little memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use pipewright_engine::nodes::ReadJson;
use pipewright_engine::nodes::read_json::JsonInput;
use pipewright_engine::problem::Problem;

use super::parse;
use crate::files::Located;

pub(super) struct Pieces<'a> {
    file: &'a Located,
    bytes: BufReader<File>,
    /// The line that is being read, from one.
    line: u64,
    shape: Shape,
    /// How many records there were.
    number: u64,
}

enum Shape {
    Lines,
    /// Within a list that stands so many objects deep.
    List {
        depth: usize,
    },
    Ended,
}

/// A record as it stands in the file.
pub(super) struct Piece {
    pub text: Vec<u8>,
    /// The line it stands in, or its number in a list.
    pub line: u64,
}

impl<'a> Pieces<'a> {
    pub fn open(file: &'a Located, node: &ReadJson) -> Result<Self, Problem> {
        let opened = File::open(&file.local).map_err(|error| unreadable(file, &error))?;
        let bytes = BufReader::with_capacity(1 << 20, opened);
        let mut records = Self { file, bytes, line: 1, shape: Shape::Lines, number: 0 };
        records.skip_mark()?;
        let first = records.skip_blanks()?;
        if first.is_none() {
            return Err(Problem::new(format!("The file {:?} is empty.", file.shown))
                .at("path")
                .try_this("Check that it was written completely."));
        }
        let is_document = match node.format {
            JsonInput::Lines => false,
            JsonInput::Document => true,
            JsonInput::Detect => !node.records.is_empty() || first == Some(b'[') || records.is_open_at_line_end()?,
        };
        if is_document {
            let path: Vec<&str> = node.records.split('.').filter(|name| !name.is_empty()).collect();
            records.enter(&path, &mut Vec::new())?;
            records.shape = Shape::List { depth: path.len() };
        }
        Ok(records)
    }

    pub fn is_lines(&self) -> bool {
        matches!(self.shape, Shape::Lines)
    }

    pub fn next_piece(&mut self) -> Result<Option<Piece>, Problem> {
        match self.shape {
            Shape::Lines => self.next_line(),
            Shape::List { depth } => self.next_of_list(depth),
            Shape::Ended => Ok(None),
        }
    }

    fn next_line(&mut self) -> Result<Option<Piece>, Problem> {
        loop {
            let mut text = Vec::new();
            if self.bytes.read_until(b'\n', &mut text).map_err(|error| unreadable(self.file, &error))? == 0 {
                return Ok(None);
            }
            let is_cut = !text.ends_with(b"\n") && !self.file.whole;
            while text.last().is_some_and(u8::is_ascii_whitespace) {
                text.pop();
            }
            let line = self.line;
            self.line += 1;
            if is_cut {
                return Ok(None);
            }
            if !text.iter().all(u8::is_ascii_whitespace) {
                self.number += 1;
                return Ok(Some(Piece { text, line }));
            }
        }
    }

    fn next_of_list(&mut self, depth: usize) -> Result<Option<Piece>, Problem> {
        let line = self.line;
        let Some(next) = self.skip_blanks()? else { return self.ends_early(line) };
        if next == b']' && self.number == 0 {
            return self.leave(depth);
        }
        let line = self.line;
        let mut text = Vec::new();
        if !self.raw_value(&mut text)? {
            return self.ends_early(line);
        }
        self.number += 1;
        match self.skip_blanks()? {
            Some(b',') => self.take(),
            Some(b']') => self.shape = Shape::Ended,
            _ => return self.ends_early(line),
        }
        if matches!(self.shape, Shape::Ended) {
            self.leave(depth)?;
        }
        Ok(Some(Piece { text, line: self.number }))
    }

    /// What is behind the list: the ends of the objects around it, with their other values, and then nothing.
    fn leave(&mut self, depth: usize) -> Result<Option<Piece>, Problem> {
        self.shape = Shape::Ended;
        self.take();
        for _ in 0..depth {
            loop {
                let line = self.line;
                match self.skip_blanks()? {
                    Some(b'}') => break self.take(),
                    Some(b',') => self.take(),
                    _ if !self.file.whole => return Ok(None),
                    Some(b'"') if self.member_is_whole()? => {}
                    _ => return self.ends_early(line),
                }
            }
        }
        if self.skip_blanks()?.is_some() {
            let problem = Problem::new(format!(
                "{}, line {}: there is text after the end of the document.",
                self.file.shown, self.line
            ));
            return Err(problem.at("path").try_this("Choose `format: Lines` if each line is an object of its own."));
        }
        Ok(None)
    }

    fn member_is_whole(&mut self) -> Result<bool, Problem> {
        let mut skipped = Vec::new();
        if !self.raw_value(&mut skipped)? || self.skip_blanks()? != Some(b':') {
            return Ok(false);
        }
        self.take();
        self.skip_blanks()?;
        self.raw_value(&mut skipped)
    }

    fn ends_early(&mut self, line: u64) -> Result<Option<Piece>, Problem> {
        self.shape = Shape::Ended;
        if !self.file.whole {
            return Ok(None);
        }
        let file = &self.file.shown;
        let after = if self.number == 0 { "its begin".into() } else { format!("record {}", self.number) };
        Err(Problem::new(format!("{file}, line {line}: the document is cut off or broken after {after}."))
            .at("path")
            .try_this("Copy or write it again: a list must end with `]`, and have commas between its records."))
    }

    /// Goes to the first record of the list at `path`.
    fn enter(&mut self, path: &[&str], been: &mut Vec<String>) -> Result<(), Problem> {
        let first = self.skip_blanks()?;
        let shown = |been: &[String]| match been {
            [] => "The document".to_owned(),
            names => format!("{:?}", names.join(".")),
        };
        let (file, here) = (&self.file.shown, shown(been));
        let Some((name, deeper)) = path.split_first() else {
            if first == Some(b'[') {
                self.take();
                return Ok(());
            }
            let is = if first == Some(b'{') { "an object" } else { "no list" };
            let problem = Problem::new(format!("{here} in {file} is {is}, not a list of records.")).at("records");
            let lists = self.lists(been)?;
            return Err(match lists.first() {
                Some(list) => problem.replace_with(list).try_this(format!("Set `records` to {list:?}.")),
                None => problem.try_this("Say where the list is with `records`, such as \"data.items\"."),
            });
        };
        if first != Some(b'{') {
            let problem = Problem::new(format!("{here} in {file} is no object, so that it has no {name:?}."));
            return Err(problem.at("records"));
        }
        self.take();
        let mut names = Vec::new();
        while let Some(found) = self.next_name()? {
            if found == *name {
                been.push(found);
                return self.enter(deeper, been);
            }
            names.push(found);
            self.skip_blanks()?;
            self.raw_value(&mut Vec::new())?;
            if self.skip_blanks()? == Some(b',') {
                self.take();
            }
        }
        Err(Problem::unknown(&format!("name in {file} called"), name, names.iter().map(String::as_str)).at("records"))
    }

    /// The places of lists in the object that comes next, at most one level down.
    fn lists(&mut self, been: &[String]) -> Result<Vec<String>, Problem> {
        let mut lists = Vec::new();
        if self.skip_blanks()? != Some(b'{') {
            return Ok(lists);
        }
        self.take();
        while let Some(name) = self.next_name()? {
            if self.skip_blanks()? == Some(b'[') {
                lists.push(been.iter().map(String::as_str).chain([name.as_str()]).collect::<Vec<_>>().join("."));
            }
            self.raw_value(&mut Vec::new())?;
            if self.skip_blanks()? == Some(b',') {
                self.take();
            }
        }
        Ok(lists)
    }

    fn next_name(&mut self) -> Result<Option<String>, Problem> {
        if self.skip_blanks()? != Some(b'"') {
            return Ok(None);
        }
        let mut name = Vec::new();
        if !self.raw_value(&mut name)? || self.skip_blanks()? != Some(b':') {
            return Ok(None);
        }
        self.take();
        Ok(match parse::parse(&name) {
            Ok(parse::Json::Text(name)) => Some(name),
            _ => None,
        })
    }

    /// Takes one value as it stands: up to a comma or an end that is not within it. False if the file ends first.
    fn raw_value(&mut self, value: &mut Vec<u8>) -> Result<bool, Problem> {
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        loop {
            let buffer = self.bytes.fill_buf().map_err(|error| unreadable(self.file, &error))?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let mut end = None;
            for (at, byte) in buffer.iter().enumerate() {
                match byte {
                    b'\n' => self.line += 1,
                    _ if escaped => escaped = false,
                    b'\\' if in_string => escaped = true,
                    b'"' => in_string = !in_string,
                    _ if in_string => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' | b',' | b':' if depth == 0 => {
                        end = Some(at);
                        break;
                    }
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
            }
            let taken = end.unwrap_or(buffer.len());
            value.extend_from_slice(&buffer[..taken]);
            self.bytes.consume(taken);
            if end.is_some() {
                while value.last().is_some_and(u8::is_ascii_whitespace) {
                    value.pop();
                }
                return Ok(true);
            }
        }
    }

    /// The first byte that is no blank, which stays.
    fn skip_blanks(&mut self) -> Result<Option<u8>, Problem> {
        loop {
            let buffer = self.bytes.fill_buf().map_err(|error| unreadable(self.file, &error))?;
            let Some(byte) = buffer.first().copied() else { return Ok(None) };
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.take();
        }
    }

    fn take(&mut self) {
        self.bytes.consume(1);
    }

    /// Leaves the mark that some programs put at the start of UTF-8.
    fn skip_mark(&mut self) -> Result<(), Problem> {
        let start = self.bytes.fill_buf().map_err(|error| unreadable(self.file, &error))?;
        if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
            let problem = Problem::new(format!("{:?} is UTF-16, and JSON is UTF-8.", self.file.shown)).at("path");
            return Err(problem.try_this("Save it as UTF-8."));
        }
        if start.starts_with(b"\xEF\xBB\xBF") {
            self.bytes.consume(3);
        }
        Ok(())
    }

    /// Whether the object that begins the file goes on after the first line, and the second is no object of its own.
    fn is_open_at_line_end(&mut self) -> Result<bool, Problem> {
        let start = self.bytes.fill_buf().map_err(|error| unreadable(self.file, &error))?;
        let mut lines = start.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return Ok(false) };
        Ok(is_open(first) && parse::parse(second).is_err())
    }
}

/// Whether more is opened than closed.
fn is_open(line: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_i64, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    depth > 0 && !in_string
}

fn unreadable(file: &Located, error: &io::Error) -> Problem {
    Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path")
}
