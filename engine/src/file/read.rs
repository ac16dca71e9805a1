//! From text to a pipeline, section by section and node by node: a mistake in one node leaves the others whole.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::mistake::Mistake;
use super::pieces::{Entry, Piece, Shape, repeated, said_twice};
use super::tokens::{Kind, Source, Span};
use crate::nodes::{Broken, CATALOG, Step};
use crate::pipeline::{Comments, Link, Node, Pipeline, VERSION, check_name};
use crate::problem::Problem;

const SECTIONS: &[&str] = &["version", "about", "parameters", "nodes", "layout"];
const NODE_FIELDS: &[&str] = &["step", "from", "about", "muted"];

pub(super) fn pipeline(source: &Source) -> Result<(Pipeline, Vec<Problem>), Vec<Problem>> {
    let mut reader = Reader {
        source,
        pipeline: Pipeline::default(),
        problems: Vec::new(),
        whole: true,
        anchors: IndexMap::new(),
        verbatim: Vec::new(),
    };
    match reader.file() {
        Ok(()) if reader.whole => {
            reader.pipeline.comments = reader.comments();
            Ok((reader.pipeline, reader.problems))
        }
        Ok(()) => Err(reader.problems),
        Err(mistake) => Err(vec![mistake.into_problem(source, "The file")]),
    }
}

pub(super) fn step(piece: Piece) -> Result<Step, Problem> {
    let name = kind_of(piece);
    let subject = if name.is_empty() { "The step" } else { name };
    serde::Deserialize::deserialize(piece)
        .map_err(|mistake: Mistake| mistake.in_step(piece.source, subject, CATALOG.iter().map(|kind| kind.name)))
}

/// The name of a step's kind, as far as it can be made out.
fn kind_of<'s>(piece: Piece<'s>) -> &'s str {
    let first = piece.kinds().next();
    let word = |token: usize| piece.source.slice(piece.source.tokens[token].span);
    if first == Some(Kind::Word) { word(piece.first_token()) } else { "" }
}

/// What a comment can stand above.
#[derive(Clone)]
enum Anchor {
    Head,
    Section(String),
    Node(String),
}

struct Reader<'s> {
    source: &'s Source<'s>,
    pipeline: Pipeline,
    problems: Vec<Problem>,
    /// Whether everything outside the nodes could be read.
    whole: bool,
    /// By the token they begin with.
    anchors: IndexMap<usize, Anchor>,
    /// What is kept as it was written, comments included.
    verbatim: Vec<Span>,
}

impl<'s> Reader<'s> {
    fn file(&mut self) -> Result<(), Mistake> {
        self.anchors.insert(0, Anchor::Head);
        let piece = after_attributes(Piece::whole(self.source))?;
        self.anchors.insert(piece.first_token(), Anchor::Head);
        if piece.is_empty() {
            return Err(Mistake::whole(piece.span(), "The file is empty.")
                .try_this("A pipeline begins with (version: 1, nodes: { … })."));
        }
        let Shape::Group { name: None, bracket: '(', open } = piece.shape()? else {
            return Err(Mistake::of(piece.span(), format!("should be in ( ), and begins with {}", piece.shown()))
                .try_this("Write ( at its beginning and ) at its end."));
        };
        let entries = piece.entries(open);
        for entry in &entries {
            entry.field(SECTIONS)?;
        }
        if let Some(twice) = repeated(&entries) {
            return Err(said_twice(twice, "section"));
        }
        if !entries.iter().any(|entry| entry.field(SECTIONS).is_ok_and(|name| name == "version")) {
            self.fatal(
                Problem::new("The file does not say its version.")
                    .try_this(format!("Write version: {VERSION}, as its first line in the brackets.")),
            );
        }
        for entry in entries {
            let name = entry.field(SECTIONS)?;
            if let Some(key) = entry.key {
                self.anchors.insert(key.first_token(), Anchor::Section(name.to_owned()));
            }
            self.section(name, entry);
        }
        Ok(())
    }

    fn section(&mut self, name: &str, entry: Entry<'s>) {
        let piece = entry.value;
        match name {
            "version" => self.version(piece),
            "about" => self.pipeline.about = self.field(name, piece),
            "parameters" => self.parameters(piece),
            "nodes" => self.nodes(piece),
            "layout" => self.pipeline.layout = self.field(name, piece),
            _ => {
                let problem = Problem::unknown("section called", name, SECTIONS.iter().copied());
                self.fatal(problem.place(self.source.place(entry.key.unwrap_or(piece).span())));
            }
        }
    }

    fn version(&mut self, piece: Piece) {
        let version: u32 = match take(piece, "version") {
            Ok(version) => version,
            Err(mistake) => return self.fatal(mistake.into_problem(self.source, "The file")),
        };
        let place = self.source.place(piece.span());
        match version {
            0 => self.fatal(
                Problem::new("There is no version 0 of pipeline files.")
                    .try_this(format!("Write {VERSION}."))
                    .place(place),
            ),
            newer if newer > VERSION => self.problems.push(
                Problem::new(format!(
                    "The file was written by a newer Pipewright: it has version {newer}, and this one knows {VERSION}."
                ))
                .try_this("Install the newer Pipewright; what this one can't read is kept as it is.")
                .place(place),
            ),
            _ => {}
        }
        self.pipeline.version = version;
    }

    fn parameters(&mut self, piece: Piece<'s>) {
        for (name, entry) in self.named_entries("parameters", "parameter", piece) {
            match serde::Deserialize::deserialize(entry.value) {
                Ok(parameter) => drop(self.pipeline.parameters.insert(name, parameter)),
                Err(mistake) => {
                    let mistake: Mistake = mistake;
                    self.fatal(
                        mistake
                            .inside_entry(&format!("{name:?}"))
                            .inside_field("parameters")
                            .into_problem(self.source, ""),
                    );
                }
            }
        }
    }

    fn nodes(&mut self, piece: Piece<'s>) {
        for (name, entry) in self.named_entries("nodes", "node name", piece) {
            if let Some(key) = entry.key {
                self.anchors.insert(key.first_token(), Anchor::Node(name.clone()));
                if let Err(problem) = check_name(&name) {
                    self.problems.push(problem.node(&name).place(self.source.place(key.span())));
                }
            }
            match self.node(&name, entry.value) {
                Ok(node) => drop(self.pipeline.nodes.insert(name, node)),
                Err(mistake) => self.fatal(mistake.into_problem(self.source, "The node").node(name)),
            }
        }
    }

    fn node(&mut self, name: &str, piece: Piece<'s>) -> Result<Node, Mistake> {
        let open = match piece.shape()? {
            Shape::Group { name: None, bracket: '(', open } => open,
            Shape::Group { name: Some(_), .. } => {
                return Err(Mistake::of(
                    piece.span(),
                    format!("should be fields in ( ), and {} is a step alone", piece.shown()),
                )
                .try_this(format!("Write (step: {}).", piece.shown())));
            }
            _ => return Err(piece.should_be("fields in ( ), as in (step: …, from: [\"…\"])")),
        };
        let mut node = Node::default();
        let mut problems = Vec::new();
        let mut unread = Vec::new();
        let mut steps: Option<Piece> = None;
        let entries = piece.entries(open);
        let twice = repeated(&entries);
        for entry in entries {
            let again = twice.filter(|(_, second)| entry.key.is_some_and(|key| key.span() == second.span()));
            let read = match (entry.field(NODE_FIELDS), again) {
                (Err(mistake), _) => Err(mistake),
                (Ok(_), Some(twice)) => Err(said_twice(twice, "field")),
                (Ok("step"), None) => {
                    steps = Some(entry.value);
                    Ok(())
                }
                (Ok("from"), None) => take(entry.value, "from").map(|from| node.from = links(from)),
                (Ok("about"), None) => take(entry.value, "about").map(|about| node.about = about),
                (Ok("muted"), None) => take(entry.value, "muted").map(|muted| node.muted = muted),
                (Ok(other), None) => {
                    problems.push(
                        Problem::unknown("field of a node called", other, NODE_FIELDS.iter().copied())
                            .place(self.source.place(entry.span())),
                    );
                    unread.push(entry);
                    Ok(())
                }
            };
            let Err(mistake) = read else { continue };
            let problem = mistake.into_problem(self.source, "The node");
            if self.source.slice(entry.span()).is_empty() {
                // A comma too many says nothing that could change what the step does, and is not written again.
                self.problems.push(problem.node(name));
                continue;
            }
            problems.push(problem);
            unread.push(entry);
        }
        // A field that is not understood may change what the step does: the node waits until it is put right.
        let read = match steps.map(step) {
            Some(Err(problem)) => Err(problem),
            _ if !problems.is_empty() => Err(problems.remove(0)),
            Some(Ok(step)) => Ok(step),
            None => Err(Problem::new("The node has no step.")
                .try_this("Write what it does, as in step: Filter(condition: \"…\").")
                .place(self.source.place(piece.span()))),
        };
        node.step = match read {
            Ok(step) => step,
            Err(problem) => {
                let problem = problem.node(name);
                self.problems.push(problem.clone());
                Step::Broken(Broken {
                    name: steps.map(kind_of).unwrap_or_default().to_owned(),
                    text: steps.map(|piece| self.keep(piece.span())).unwrap_or_default(),
                    fields: unread.iter().map(|entry| self.keep(entry.span())).collect(),
                    problem,
                })
            }
        };
        self.problems.extend(problems.into_iter().map(|problem| problem.node(name)));
        Ok(node)
    }

    fn keep(&mut self, span: Span) -> String {
        self.verbatim.push(span);
        self.source.slice(span).to_owned()
    }

    /// The entries of a map whose keys are names. Those without a good key are problems.
    fn named_entries(&mut self, section: &str, what: &str, piece: Piece<'s>) -> Vec<(String, Entry<'s>)> {
        let entries = match piece.shape() {
            Ok(Shape::Group { name: None, bracket: '{', open }) => piece.entries(open),
            Ok(_) => {
                let mistake = piece.should_be("a map in { }, as in {\"name\": (…)}").inside_field(section);
                self.fatal(mistake.into_problem(self.source, ""));
                return Vec::new();
            }
            Err(mistake) => {
                self.fatal(mistake.inside_field(section).into_problem(self.source, ""));
                return Vec::new();
            }
        };
        if let Some(twice) = repeated(&entries) {
            self.fatal(said_twice(twice, what).into_problem(self.source, ""));
        }
        let mut named = Vec::new();
        for entry in entries {
            match entry.quoted() {
                Ok(name) => named.push((name, entry)),
                Err(mistake) => self.fatal(mistake.into_problem(self.source, section)),
            }
        }
        named
    }

    /// The value of a section, or its default with a problem told.
    fn field<T: DeserializeOwned + Default>(&mut self, name: &str, piece: Piece) -> T {
        take(piece, name).unwrap_or_else(|mistake| {
            self.fatal(mistake.into_problem(self.source, "The file"));
            T::default()
        })
    }

    fn fatal(&mut self, problem: Problem) {
        self.whole = false;
        self.problems.push(problem);
    }

    /// Finds for each comment what it stands above.
    fn comments(&self) -> Comments {
        let mut comments = Comments::default();
        for &(from, to) in &self.source.comments {
            if self.verbatim.iter().any(|(start, end)| *start <= from && to <= *end) {
                continue;
            }
            let next = self.source.tokens.partition_point(|token| token.span.0 < from);
            let anchor = self.anchors.get(&next).filter(|_| self.stands_alone((from, to)));
            let lines = match anchor {
                Some(Anchor::Head) => &mut comments.head,
                Some(Anchor::Section(name)) => comments.sections.entry(name.clone()).or_default(),
                Some(Anchor::Node(name)) => comments.nodes.entry(name.clone()).or_default(),
                None => {
                    comments.misplaced.push(self.source.line(from));
                    continue;
                }
            };
            lines.extend(self.comment_lines((from, to)));
        }
        comments
    }

    /// Whether a comment shares its lines with nothing else.
    fn stands_alone(&self, (from, to): Span) -> bool {
        let text = self.source.text;
        let before = text[..from].rsplit('\n').next().unwrap_or_default();
        let after = text[to..].split('\n').next().unwrap_or_default();
        before.trim().is_empty() && after.trim().is_empty()
    }

    /// A comment by lines, each without the indentation that the first one has.
    fn comment_lines(&self, (from, to): Span) -> Vec<String> {
        let text = self.source.text;
        let indentation = from - text[..from].rfind('\n').map_or(0, |newline| newline + 1);
        let unindented = |line: &str| {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            line[blanks.min(indentation)..].trim_end().to_owned()
        };
        text[from..to].split('\n').map(unindented).collect()
    }
}

/// Passes `#![enable(implicit_some, unwrap_variant_newtypes)]`, with which the file is always read.
fn after_attributes(mut piece: Piece) -> Result<Piece, Mistake> {
    while piece.kinds().next() == Some(Kind::Other('#')) {
        let attribute = piece.after(2);
        let first = piece.source.tokens.get(attribute.first_token()).copied();
        let Some(list) = first.filter(|token| token.kind == Kind::Open('[')) else {
            return Err(Mistake::whole(piece.span(), "The first line is not understood.").write(super::ATTRIBUTE));
        };
        let known =
            |word: &str| matches!(word, "enable" | "implicit_some" | "unwrap_variant_newtypes" | "unwrap_newtypes");
        let inside = &piece.source.tokens[attribute.first_token() + 1..list.partner];
        if let Some(unknown) =
            inside.iter().find(|token| token.kind == Kind::Word && !known(piece.source.slice(token.span)))
        {
            let word = piece.source.slice(unknown.span);
            return Err(Mistake::whole(unknown.span, format!("There is no extension {word:?}."))
                .try_this(format!("Write {}.", super::ATTRIBUTE)));
        }
        piece = attribute.after(list.partner + 1 - attribute.first_token());
    }
    Ok(piece)
}

fn take<T: DeserializeOwned>(piece: Piece, name: &str) -> Result<T, Mistake> {
    T::deserialize(piece).map_err(|mistake| mistake.at(piece.span()).inside_field(name))
}

/// Ports in order; an empty text is a port with nothing wired to it.
fn links(from: Vec<String>) -> Vec<Option<Link>> {
    let mut links: Vec<Option<Link>> = from.iter().map(|text| (!text.is_empty()).then(|| Link::parse(text))).collect();
    while links.last().is_some_and(Option::is_none) {
        links.pop();
    }
    links
}
