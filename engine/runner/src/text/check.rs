//! The check pass: reads all of a file once and says whether a plain parser may be trusted with it.
//!
//! A UTF-8 file is cut into chunks that are scanned side by side. Where a chunk's first record begins is guessed; chunks
//! are then joined in order, and one whose guess was wrong (a line end within quotes) is scanned again from where the one
//! before really ended. So the outcome is that of reading from top to bottom, whatever the guesses.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::UTF_8;
use memchr::memchr2;
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;
use rayon::prelude::*;

use super::judge::Judge;
use super::reader::Records;
use super::records::{Found, Kind, Span, Syntax, after_line_end};
use super::{Clean, Finding, LONGEST_LINE, Layout, Stop, Verdict, endless, stopped, unreadable};

const CHUNK: u64 = 2 << 20;
/// How many rejected records a verdict names.
const FINDINGS: usize = 10;

/// Checks the whole of a file.
pub fn check(path: &Path, layout: &Layout, stop: Stop) -> Result<Verdict, Problem> {
    check_by(path, layout, CHUNK, stop)
}

/// [`check`] with chunks of so many bytes; the verdict does not depend on it.
pub fn check_by(path: &Path, layout: &Layout, chunk: u64, stop: Stop) -> Result<Verdict, Problem> {
    let mut records = Records::open(path, layout)?;
    let (body, lines_before, lone_return) = (records.offset(), records.line - 1, records.lone_return);
    let mut tally = if layout.dialect.encoding == UTF_8 {
        in_chunks(path, layout, body, chunk, stop)?
    } else {
        from_top(&mut records, layout, stop)?
    };
    tally.lone_return |= lone_return;
    Ok(tally.verdict(layout, lines_before))
}

fn from_top<'l>(records: &mut Records, layout: &'l Layout, stop: Stop) -> Result<Tally<'l>, Problem> {
    let mut tally = Tally::new(layout);
    while let Some(record) = records.next()? {
        tally.take(record.bytes, record.start, &record.found, record.spans);
        if tally.records.is_multiple_of(4096) && stop() {
            return Err(stopped());
        }
    }
    Ok(tally)
}

fn in_chunks<'l>(path: &Path, layout: &'l Layout, body: u64, chunk: u64, stop: Stop) -> Result<Tally<'l>, Problem> {
    let length = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    let scan = Scan { path, layout, syntax: Syntax::of(layout), stop };
    let count = length.saturating_sub(body).div_ceil(chunk);
    let parts: Result<Vec<Part>, Problem> = (0..count)
        .into_par_iter()
        .map(|index| {
            let from = body + index * chunk;
            scan.part(from, (from + chunk).min(length), index == 0)
        })
        .collect();

    let mut whole = Tally::new(layout);
    let mut reached = body;
    for part in parts? {
        if reached >= part.to {
            continue;
        }
        let part = if part.start == reached { part } else { scan.part(reached, part.to, true)? };
        reached = part.end;
        whole.absorb(part.tally);
    }
    Ok(whole)
}

struct Scan<'a, 'l> {
    path: &'a Path,
    layout: &'l Layout,
    syntax: Syntax,
    stop: Stop<'a>,
}

struct Part<'l> {
    /// Where its first record begins.
    start: u64,
    /// Where the first record after it begins, which may lie behind `to`.
    end: u64,
    to: u64,
    tally: Tally<'l>,
}

impl<'l> Scan<'_, 'l> {
    /// All records that begin between `from` and `to`. One begins at `from` if it is `exact`.
    fn part(&self, from: u64, to: u64, exact: bool) -> Result<Part<'l>, Problem> {
        if (self.stop)() {
            return Err(stopped());
        }
        // A line end just before the chunk means that a record may begin at its first byte.
        let first = if exact { from } else { from - 1 };
        let mut window = Window::open(self.path, first, to)?;
        let mut tally = Tally::new(self.layout);
        let mut spans = Vec::new();
        let mut at = if exact { 0 } else { self.guess(&window, &mut spans) };
        let start = first + at as u64;
        tally.judge.suspicious = window.is_suspicious(at);
        while first + (at as u64) < to && at < window.bytes.len() {
            let Some(found) = self.syntax.next(&window.bytes, at, window.ended, &mut spans) else {
                window.grow(self.path)?;
                tally.judge.suspicious = window.is_suspicious(at);
                continue;
            };
            tally.take(&window.bytes, at, &found, &spans);
            at = found.end;
        }
        Ok(Part { start, end: first + at as u64, to, tally })
    }

    /// The first line end after which three records look as they should.
    fn guess(&self, window: &Window, spans: &mut Vec<Span>) -> usize {
        let bytes = &window.bytes;
        let mut first = None;
        let mut at = 0;
        for _ in 0..16 {
            let Some(hit) = memchr2(b'\n', b'\r', &bytes[at..]) else { break };
            let Some(next) = after_line_end(bytes, at + hit, window.ended) else { break };
            first.get_or_insert(next);
            if self.looks_right(window, next, spans) {
                return next;
            }
            at = next;
        }
        first.unwrap_or(bytes.len())
    }

    fn looks_right(&self, window: &Window, mut at: usize, spans: &mut Vec<Span>) -> bool {
        let mut seen = 0;
        while seen < 3 && at < window.bytes.len() {
            let Some(found) = self.syntax.next(&window.bytes, at, window.ended, spans) else { break };
            at = found.end;
            match found.kind {
                Kind::Record if spans.len() == self.layout.columns.len() && !found.stray_quote => seen += 1,
                Kind::Record | Kind::Broken(_) => return false,
                Kind::Blank | Kind::Comment => {}
            }
        }
        true
    }
}

/// Some bytes of the file in memory, growing at their end until a record fits.
struct Window {
    file: File,
    bytes: Vec<u8>,
    ended: bool,
}

impl Window {
    /// Beyond the chunk, to finish its last record.
    const MORE: usize = 1 << 14;

    fn open(path: &Path, from: u64, to: u64) -> Result<Self, Problem> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        file.seek(SeekFrom::Start(from)).map_err(|error| unreadable(path, &error))?;
        let mut window = Self { file, bytes: Vec::new(), ended: false };
        window.read(path, (to - from) as usize + Self::MORE)?;
        Ok(window)
    }

    fn grow(&mut self, path: &Path) -> Result<(), Problem> {
        if self.bytes.len() > LONGEST_LINE {
            return Err(endless(path));
        }
        self.read(path, self.bytes.len().max(Self::MORE))
    }

    fn read(&mut self, path: &Path, count: usize) -> Result<(), Problem> {
        self.bytes.reserve(count);
        let read = (&mut self.file).take(count as u64).read_to_end(&mut self.bytes);
        self.ended = read.map_err(|error| unreadable(path, &error))? < count;
        Ok(())
    }

    fn is_suspicious(&self, at: usize) -> bool {
        match std::str::from_utf8(&self.bytes[at..]) {
            Ok(_) => false,
            // A character may be cut at the end of the window; it belongs to a record that does not fit yet.
            Err(error) => error.error_len().is_some() || self.ended,
        }
    }
}

/// Counts and findings over a run of records.
struct Tally<'l> {
    judge: Judge<'l>,
    records: u64,
    rejected: u64,
    blank_lines: u64,
    comment_lines: u64,
    /// Physical lines.
    lines: u64,
    /// Those before the first record.
    lead: u64,
    /// Blank lines or comments after the first record.
    gaps: bool,
    lone_return: bool,
    stray_quote: bool,
    trimmed: bool,
    any_quoted: bool,
    findings: Vec<Finding>,
}

impl<'l> Tally<'l> {
    fn new(layout: &'l Layout) -> Self {
        Self {
            judge: Judge::new(layout),
            records: 0,
            rejected: 0,
            blank_lines: 0,
            comment_lines: 0,
            lines: 0,
            lead: 0,
            gaps: false,
            lone_return: false,
            stray_quote: false,
            trimmed: false,
            any_quoted: false,
            findings: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8], start: usize, found: &Found, spans: &[Span]) {
        let line = self.lines + 1;
        self.lines += found.line_ends;
        self.lone_return |= found.lone_return;
        if let Kind::Blank | Kind::Comment = found.kind {
            self.blank_lines += u64::from(found.kind == Kind::Blank);
            self.comment_lines += u64::from(found.kind == Kind::Comment);
            self.gaps |= self.records > 0;
            self.lead += if self.records == 0 { found.line_ends } else { 0 };
            return;
        }
        self.records += 1;
        self.stray_quote |= found.stray_quote;
        self.trimmed |= found.trimmed;
        self.any_quoted |= found.any_quoted;
        let Err(refusal) = self.judge.check(bytes, &bytes[start..found.text_end], found.kind, spans, line) else {
            return;
        };
        self.rejected += 1;
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding { line, column: refusal.column, reason: refusal.reason });
        }
    }

    /// Adds what was seen in the part of the file that follows.
    fn absorb(&mut self, later: Self) {
        let Self { judge, findings, .. } = later;
        for (seen, mut more) in self.judge.columns.iter_mut().zip(judge.columns) {
            if let Some(widened) = &mut more.widened {
                widened.line += self.lines;
            }
            seen.absorb(more);
        }
        let room = FINDINGS - self.findings.len();
        let lines = self.lines;
        self.findings
            .extend(findings.into_iter().take(room).map(|found| Finding { line: found.line + lines, ..found }));
        self.gaps |= later.gaps || (self.records > 0 && later.blank_lines + later.comment_lines > 0);
        self.lead += if self.records == 0 { later.lead } else { 0 };
        self.records += later.records;
        self.rejected += later.rejected;
        self.blank_lines += later.blank_lines;
        self.comment_lines += later.comment_lines;
        self.lines += later.lines;
        self.lone_return |= later.lone_return;
        self.stray_quote |= later.stray_quote;
        self.trimmed |= later.trimmed;
        self.any_quoted |= later.any_quoted;
    }

    fn verdict(self, layout: &Layout, lines_before: u64) -> Verdict {
        let clean = self.clean(layout, lines_before);
        let mut layout = layout.clone();
        let mut widened = Vec::new();
        for (column, seen) in layout.columns.iter_mut().zip(self.judge.columns) {
            if let Some(mut found) = seen.widened {
                found.to = seen.kind.clone();
                found.line += lines_before;
                widened.push(found);
            }
            column.kind = seen.kind;
        }
        let findings = self.findings.into_iter();
        Verdict {
            layout,
            records: self.records,
            rejected: self.rejected,
            blank_lines: self.blank_lines,
            comment_lines: self.comment_lines,
            findings: findings.map(|found| Finding { line: found.line + lines_before, ..found }).collect(),
            widened,
            clean,
        }
    }

    fn clean(&self, layout: &Layout, lines_before: u64) -> Option<Clean> {
        let columns = || self.judge.columns.iter().zip(&layout.columns);
        let dirty = self.rejected > 0
            || self.gaps
            || self.lone_return
            || self.trimmed
            || (self.stray_quote && self.any_quoted)
            || layout.cuts.is_some()
            || layout.dialect.encoding != UTF_8
            || columns().any(|(seen, _)| seen.needs_rewriting());
        (!dirty).then(|| Clean {
            delimiter: layout.dialect.delimiter,
            quote: layout.dialect.quote.filter(|_| self.any_quoted),
            // A header that is all there is may lack its line end.
            skip_lines: lines_before + self.lead + u64::from(self.records == 0),
            null_words: layout.dialect.null_words.iter().filter(|word| !word.is_empty()).cloned().collect(),
            timestamps_with_t: columns()
                .filter(|(seen, _)| seen.kind == Type::Timestamp && seen.with_t)
                .map(|(_, column)| column.name.clone())
                .collect(),
        })
    }
}
