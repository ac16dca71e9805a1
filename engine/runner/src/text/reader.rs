//! Records of a file one after the other, with the lines they begin on.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pipewright_engine::problem::Problem;

use super::decode::decoded;
use super::records::{Found, Kind, Span, Syntax};
use super::{Dialect, LONGEST_LINE, Layout, empty, endless, unreadable};

const FIRST_READ: usize = 1 << 18;

/// [`Syntax::next`], or a way to pass over a line.
type Step = fn(&Syntax, &[u8], usize, bool, &mut Vec<Span>) -> Option<Found>;

pub(super) struct Records<'p> {
    path: &'p Path,
    source: Box<dyn Read + Send>,
    syntax: Syntax,
    bytes: Vec<u8>,
    at: usize,
    /// Nothing follows `bytes`.
    ended: bool,
    /// The source is the head of something longer, whose last record is cut.
    cut: bool,
    spans: Vec<Span>,
    /// The line the next record begins on, from one.
    pub line: u64,
    /// Bytes of the decoded text before `bytes`, without byte order mark.
    before: u64,
    /// The length of the byte order mark.
    mark: u64,
    /// A line of what was skipped or of the header ends with a carriage return alone.
    pub lone_return: bool,
}

/// One record and where it was found.
pub(super) struct Record<'r> {
    pub bytes: &'r [u8],
    pub start: usize,
    pub found: Found,
    pub spans: &'r [Span],
    pub line: u64,
}

impl Record<'_> {
    pub fn text(&self) -> &[u8] {
        &self.bytes[self.start..self.found.text_end]
    }
}

impl<'p> Records<'p> {
    /// The records of a file whose layout is known, without its header.
    pub fn open(path: &'p Path, layout: &Layout) -> Result<Self, Problem> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        if file.metadata().map_err(|error| unreadable(path, &error))?.len() == 0 {
            return Err(empty(path));
        }
        let (source, mark) = decoded(file, layout.dialect.encoding).map_err(|error| unreadable(path, &error))?;
        let mut records = Self::over(path, source, Syntax::of(layout), false);
        records.mark = mark;
        records.skip_lines(layout.dialect.skip_lines)?;
        if layout.dialect.header {
            records.header()?;
        }
        Ok(records)
    }

    /// The records in the head of a file, `cut` if the file goes on.
    pub fn of_head(path: &'p Path, head: &[u8], dialect: &Dialect, cut: bool) -> Self {
        Self::over(path, Box::new(io::Cursor::new(head.to_vec())), Syntax::of_dialect(dialect), cut)
    }

    fn over(path: &'p Path, source: Box<dyn Read + Send>, syntax: Syntax, cut: bool) -> Self {
        Self {
            path,
            source,
            syntax,
            bytes: Vec::new(),
            at: 0,
            ended: false,
            cut,
            spans: Vec::new(),
            line: 1,
            before: 0,
            mark: 0,
            lone_return: false,
        }
    }

    /// Where the next record begins, in bytes of the file, if that is UTF-8.
    pub fn offset(&self) -> u64 {
        self.mark + self.before + self.at as u64
    }

    pub fn skip_lines(&mut self, count: u64) -> Result<(), Problem> {
        for _ in 0..count {
            let Some((_, found, _)) = self.advance(Syntax::any_line)? else { return Ok(()) };
            self.lone_return |= found.lone_return;
        }
        Ok(())
    }

    /// The fields of the first line that is neither blank nor a comment, and its number; none if there is no such line.
    pub fn header(&mut self) -> Result<Option<(Vec<String>, u64)>, Problem> {
        loop {
            let Some((start, found, line)) = self.advance(Syntax::next)? else { return Ok(None) };
            // Within quotes too: whoever skips the header by counting line feeds would count wrong.
            let line_feeds = memchr::memchr_iter(b'\n', &self.bytes[start..found.end]).count() as u64;
            self.lone_return |= line_feeds != found.line_ends;
            if found.kind != Kind::Comment && found.text_end > start {
                return Ok(Some((self.syntax.names(&self.bytes, start, found, &self.spans), line)));
            }
        }
    }

    pub fn next(&mut self) -> Result<Option<Record<'_>>, Problem> {
        let Some((start, found, line)) = self.advance(Syntax::next)? else { return Ok(None) };
        Ok(Some(Record { bytes: &self.bytes, start, found, spans: &self.spans, line }))
    }

    fn advance(&mut self, step: Step) -> Result<Option<(usize, Found, u64)>, Problem> {
        loop {
            if self.at < self.bytes.len()
                && let Some(found) = step(&self.syntax, &self.bytes, self.at, self.ended && !self.cut, &mut self.spans)
            {
                let (start, line) = (self.at, self.line);
                self.at = found.end;
                self.line += found.line_ends;
                return Ok(Some((start, found, line)));
            }
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), Problem> {
        self.before += self.at as u64;
        self.bytes.drain(..self.at);
        self.at = 0;
        if self.bytes.len() > LONGEST_LINE {
            return Err(endless(self.path));
        }
        let wanted = self.bytes.len().max(FIRST_READ) as u64;
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.bytes);
        let read = read.map_err(|error| unreadable(self.path, &error))?;
        self.ended = (read as u64) < wanted;
        Ok(())
    }
}
