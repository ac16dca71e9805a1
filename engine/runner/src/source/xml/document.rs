//! The elements of a document, one after the other. Nothing is expanded that the document defines, and nothing outside is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, UTF_8};
use pipewright_engine::problem::Problem;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use super::super::json::Json;
use super::super::records::{ATTRIBUTE, TEXT};
use super::super::text::about;
use crate::files::Located;
use crate::text::{decoded, encoding_of};

/// Deeper than that nobody nests, but a file made to break readers does.
const DEEPEST: usize = 256;

/// As many different names are remembered for a message.
const MOST_NAMES: usize = 200;

pub(super) type Fields = Vec<(String, Json)>;

pub(super) struct Document<'a> {
    pub file: &'a Located,
    prefixes: bool,
    reader: Reader<Lines>,
    buffer: Vec<u8>,
    /// The names of the elements that are open, and of the one that began last.
    pub path: Vec<String>,
    /// The line in which that began.
    pub line: u64,
    /// What it began with.
    start: Option<BytesStart<'static>>,
    names: BTreeSet<String>,
}

impl<'a> Document<'a> {
    pub fn open(file: &'a Located, prefixes: bool) -> Result<Self, Problem> {
        let fail = |error: io::Error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path");
        let declared = declared_encoding(file).map_err(fail)?;
        let encoding = encoding_of(&file.local, declared).map_err(|problem| about(problem, file))?;
        let (source, _) = File::open(&file.local).and_then(|opened| decoded(opened, encoding)).map_err(fail)?;
        let reader = Reader::from_reader(Lines { source: BufReader::with_capacity(1 << 18, source), ended: 0 });
        Ok(Self {
            file,
            prefixes,
            reader,
            buffer: Vec::new(),
            path: Vec::new(),
            line: 1,
            start: None,
            names: BTreeSet::new(),
        })
    }

    /// The names of elements that were seen.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// Goes to where the next element begins, and says whether it is an empty one, `<a/>`; none at the end.
    pub fn next_start(&mut self) -> Result<Option<bool>, Problem> {
        loop {
            self.buffer.clear();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return self.fails(&error).map(|()| None),
            };
            let (start, empty) = match event {
                Event::Start(start) => (start.into_owned(), false),
                Event::Empty(start) => (start.into_owned(), true),
                Event::End(_) => {
                    self.path.pop();
                    continue;
                }
                Event::Text(text) if self.names.is_empty() && !text.trim().is_empty() => return Err(self.no_xml()),
                Event::Eof if self.path.is_empty() || !self.file.whole => return Ok(None),
                Event::Eof => return Err(self.cut_off()),
                _ => continue,
            };
            self.enter(start)?;
            return Ok(Some(empty));
        }
    }

    /// Whether the element that began last has attributes.
    pub fn has_attributes(&self) -> bool {
        self.start.as_ref().is_some_and(|start| start.attributes().next().is_some())
    }

    /// Goes on after the begin of an element.
    pub fn skip(&mut self, empty: bool) {
        if empty {
            self.path.pop();
        }
    }

    fn enter(&mut self, start: BytesStart<'static>) -> Result<(), Problem> {
        let name = self.shown(start.name().as_ref());
        self.line = self.reader.get_ref().ended + 1 - start.matches('\n').count() as u64;
        if self.names.len() < MOST_NAMES && !self.names.contains(&name) {
            self.names.insert(name.clone());
        }
        self.path.push(name);
        self.start = Some(start);
        if self.path.len() > DEEPEST {
            return Err(self.problem(&format!("elements stand more than {DEEPEST} deep within others")));
        }
        Ok(())
    }

    /// All that is in the element that began last, and its text as it stands; none where the head of a file ends.
    pub fn element(&mut self, empty: bool) -> Result<Option<(Fields, String)>, Problem> {
        let Some(start) = self.start.take() else { return Ok(None) };
        let mut raw = Writer::new(Vec::new());
        let first = Open { fields: self.attributes(&start)?, text: String::new() };
        let copied = raw.write_event(if empty { Event::Empty(start) } else { Event::Start(start) });
        copied.map_err(|error| self.problem(&error.to_string()))?;
        let mut open = vec![first];
        if empty {
            self.path.pop();
        }
        loop {
            if empty {
                break;
            }
            self.buffer.clear();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event.into_owned(),
                Err(error) => return self.fails(&error).map(|()| None),
            };
            raw.write_event(event.borrow()).map_err(|error| self.problem(&error.to_string()))?;
            let Some(inner) = open.last_mut() else { break };
            match event {
                Event::Start(start) => {
                    self.enter(start)?;
                    let Some(start) = self.start.take() else { break };
                    open.push(Open { fields: self.attributes(&start)?, text: String::new() });
                }
                Event::Empty(start) => {
                    let fields = self.attributes(&start)?;
                    let name = self.shown(start.name().as_ref());
                    add(&mut inner.fields, name, Json::Object(fields));
                }
                Event::Text(text) => inner.text.push_str(&text.xml10_content()),
                Event::CData(text) => inner.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(c)) => Ok(c),
                        Ok(None) => predefined(&reference).ok_or_else(|| self.unknown(&reference)),
                        Err(error) => Err(self.problem(&error.to_string())),
                    };
                    inner.text.push(resolved?);
                }
                Event::End(_) => {
                    let name = self.path.pop().unwrap_or_default();
                    let Some(done) = open.pop() else { break };
                    let Some(outer) = open.last_mut() else {
                        open.push(done);
                        break;
                    };
                    add(&mut outer.fields, name, Json::Object(done.into_fields()));
                }
                Event::Eof if !self.file.whole => return Ok(None),
                Event::Eof => return Err(self.cut_off()),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
            }
        }
        let fields = open.pop().map(Open::into_fields).unwrap_or_default();
        Ok(Some((fields, String::from_utf8_lossy(&raw.into_inner()).into_owned())))
    }

    fn attributes(&self, start: &BytesStart) -> Result<Fields, Problem> {
        let mut fields = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.problem(&error.to_string()))?;
            let name: &str = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.problem(&error.to_string()))?;
            // Two names may differ in their prefixes only.
            add(&mut fields, format!("{ATTRIBUTE}{}", self.shown(name)), Json::Written(value.into_owned()));
        }
        Ok(fields)
    }

    fn shown(&self, name: &str) -> String {
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        if self.prefixes { name } else { local }.to_owned()
    }

    /// An error is none where only the head of a file is there and ends within a piece of markup.
    fn fails(&mut self, error: &quick_xml::Error) -> Result<(), Problem> {
        if !self.file.whole && self.reader.get_mut().is_at_end() {
            return Ok(());
        }
        if let quick_xml::Error::Io(error) = error {
            return Err(Problem::new(format!("{:?} cannot be read: {error}.", self.file.shown)).at("path"));
        }
        Err(self.problem(&error.to_string()))
    }

    pub fn no_xml(&self) -> Problem {
        Problem::new(format!("{:?} has no elements: it is no XML.", self.file.shown))
            .at("path")
            .try_this("Read it with the node for its format, such as ReadCsv or ReadJson.")
    }

    fn problem(&self, why: &str) -> Problem {
        let line = self.reader.get_ref().ended + 1;
        let why =
            ["ill-formed document: ", "syntax error: "].iter().fold(why, |why, said| why.trim_start_matches(said));
        let why = why.trim_end_matches('.');
        Problem::new(format!("{}, line {line}: this is no well-formed XML: {why}.", self.file.shown))
            .at("path")
            .try_this("Mend it there, or write it again with the program it comes from.")
    }

    fn cut_off(&self) -> Problem {
        let name = self.path.last().map_or("", String::as_str);
        Problem::new(format!("{:?} is cut off: the element {name:?} has no end.", self.file.shown))
            .at("path")
            .try_this("Copy or write it again: it was not written to its end.")
    }

    fn unknown(&self, entity: &str) -> Problem {
        let line = self.reader.get_ref().ended + 1;
        Problem::new(format!("{}, line {line}: the entity \"&{entity};\" is not one of XML.", self.file.shown))
            .at("path")
            .try_this("Entities that a file defines itself are not expanded: write the text in its place.")
    }
}

/// An element that is being read.
struct Open {
    fields: Fields,
    text: String,
}

impl Open {
    fn into_fields(self) -> Fields {
        let mut fields = self.fields;
        let text = self.text.trim();
        if !text.is_empty() {
            fields.push((TEXT.to_owned(), Json::Written(text.to_owned())));
        }
        fields
    }
}

/// Elements of one name become a list.
fn add(fields: &mut Fields, name: String, value: Json) {
    let Some((_, known)) = fields.iter_mut().find(|(other, _)| *other == name) else {
        fields.push((name, value));
        return;
    };
    match known {
        Json::List(values) => values.push(value),
        first => *first = Json::List(vec![std::mem::replace(first, Json::Null), value]),
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// The encoding that the first line of the file says it has, else UTF-8. None where the bytes themselves say it: by a mark, or by two
/// of them for each character.
fn declared_encoding(file: &Located) -> io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    File::open(&file.local)?.take(200).read_to_end(&mut head)?;
    if Encoding::for_bom(&head).is_some() || head.contains(&0) {
        return Ok(None);
    }
    let head = String::from_utf8_lossy(&head);
    let declaration = head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let Some((_, name)) = declaration.and_then(|(declaration, _)| declaration.split_once("encoding")) else {
        return Ok(Some(UTF_8));
    };
    let name = name.trim_start_matches(['=', ' ', '\t', '\'', '"']);
    let name = name.split(['\'', '"', ' ']).next().unwrap_or_default();
    // What reads as plain text is not of two bytes a character, whatever it says.
    let encoding = Encoding::for_label(name.as_bytes()).filter(|encoding| !encoding.name().starts_with("UTF-16"));
    Ok(Some(encoding.unwrap_or(UTF_8)))
}

/// Counts the ends of lines on the way.
struct Lines {
    source: BufReader<Box<dyn Read + Send>>,
    ended: u64,
}

impl Lines {
    fn is_at_end(&mut self) -> bool {
        self.source.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}

impl Read for Lines {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(room)?;
        self.ended += memchr::memchr_iter(b'\n', &room[..read]).count() as u64;
        Ok(read)
    }
}

impl BufRead for Lines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let taken = &self.source.buffer()[..count.min(self.source.buffer().len())];
        self.ended += memchr::memchr_iter(b'\n', taken).count() as u64;
        self.source.consume(count);
    }
}
