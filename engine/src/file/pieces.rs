//! A piece of the file that stands for one value, what it looks like, and what it holds.

use serde::de::DeserializeOwned;

use super::mistake::Mistake;
use super::tokens::{Kind, Source, Span};

/// The tokens of one value: of a step, a parameter, a whole section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    pub source: &'s Source<'s>,
    from: usize,
    to: usize,
    /// Whether the value stands in the brackets of a name, as the fields of `Filter(condition: …)` do.
    wrapped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape<'s> {
    Text,
    Single,
    Number,
    Word(&'s str),
    /// Brackets, maybe with a name before them.
    Group {
        name: Option<&'s str>,
        bracket: char,
        open: usize,
    },
}

/// What stands between two commas: a value, maybe with a name or a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'s> {
    pub key: Option<Piece<'s>>,
    pub value: Piece<'s>,
}

impl<'s> Piece<'s> {
    pub(super) fn whole(source: &'s Source<'s>) -> Self {
        Self::of(source, 0, source.tokens.len())
    }

    fn of(source: &'s Source<'s>, from: usize, to: usize) -> Self {
        Self { source, from, to, wrapped: false }
    }

    pub(super) fn wrapped(self) -> Self {
        Self { wrapped: true, ..self }
    }

    pub(super) fn bare(self) -> Self {
        Self { wrapped: false, ..self }
    }

    pub(super) fn is_wrapped(self) -> bool {
        self.wrapped
    }

    pub(super) fn first_token(self) -> usize {
        self.from
    }

    /// The same without its first `tokens`.
    pub(super) fn after(self, tokens: usize) -> Self {
        Self { from: (self.from + tokens).min(self.to), ..self }
    }

    pub(super) fn kinds(self) -> impl Iterator<Item = Kind> {
        self.source.tokens[self.from..self.to].iter().map(|token| token.kind)
    }

    pub(super) fn is_empty(self) -> bool {
        self.from == self.to
    }

    pub(super) fn span(self) -> Span {
        let tokens = &self.source.tokens;
        match tokens[self.from..self.to] {
            [first, .., last] => (first.span.0, last.span.1),
            [one] => one.span,
            // Where the value is missing: before the comma or the bracket.
            [] => tokens
                .get(self.from)
                .map_or((self.source.text.len(), self.source.text.len()), |token| (token.span.0, token.span.0)),
        }
    }

    pub(super) fn slice(self) -> &'s str {
        self.source.slice(self.span())
    }

    pub(super) fn line(self) -> usize {
        self.source.line(self.span().0)
    }

    /// What it looks like, or why it can't be one value.
    pub(super) fn shape(self) -> Result<Shape<'s>, Mistake> {
        if self.is_empty() {
            return Err(Mistake::of(self.span(), "has no value").try_this("Write one, or remove the name."));
        }
        if self.unit_end() != self.to {
            return Err(self.not_one_value());
        }
        let first = self.source.tokens[self.from];
        let text = self.source.slice(first.span);
        Ok(match first.kind {
            Kind::Text => Shape::Text,
            Kind::Single => Shape::Single,
            Kind::Number => Shape::Number,
            Kind::Open(bracket) => Shape::Group { name: None, bracket, open: self.from },
            Kind::Word => match self.source.tokens.get(self.from + 1).map(|next| next.kind) {
                Some(Kind::Open(bracket)) if self.from + 1 < self.to => {
                    Shape::Group { name: Some(plain_word(text)), bracket, open: self.from + 1 }
                }
                _ => Shape::Word(plain_word(text)),
            },
            _ => {
                return Err(Mistake::whole(first.span, format!("`{text}` makes no sense here.")).try_this("Remove it."));
            }
        })
    }

    /// The token after the first value in this piece, which is the only one unless something is missing.
    fn unit_end(self) -> usize {
        let tokens = &self.source.tokens;
        let named = tokens[self.from].kind == Kind::Word && self.from + 1 < self.to;
        let open = if named { self.from + 1 } else { self.from };
        match tokens[open].kind {
            Kind::Open(_) => tokens[open].partner + 1,
            _ => self.from + 1,
        }
    }

    fn not_one_value(self) -> Mistake {
        let end = self.unit_end();
        let (value, next) = (Self { to: end, ..self }, self.source.tokens[end]);
        if let Kind::Other(character) = next.kind {
            if character == ';' {
                return Mistake::whole(
                    next.span,
                    format!("A `;` stands where a comma should in line {}.", self.source.line(next.span.0)),
                )
                .try_this("Write a comma.");
            }
            return Mistake::of(self.span(), format!("should be one value, and {} is not", self.shown()))
                .try_this("Text stands in double quotes.");
        }
        let after = value.span().1;
        if self.source.tokens[self.from].kind == Kind::Text && after == next.span.0 {
            let (text, rest) = (value.shown(), shorten(self.source.slice(next.span)));
            return Mistake::whole(
                value.span(),
                format!("The text {text} ends at its second quote, and {rest} follows."),
            )
            .try_this("Inside text write \\\" for a quote, or put r#\"…\"# around the text.");
        }
        let line = self.source.line(after);
        Mistake::whole((after, after), format!("A comma is missing after {} in line {line}.", value.shown()))
            .try_this(format!("Write a comma before {}.", shorten(self.source.slice(next.span))))
    }

    /// Whether it is several tokens in one line, as text without its quotes is.
    pub(super) fn is_loose_text(self) -> bool {
        let unquoted = |kind| matches!(kind, Kind::Word | Kind::Number | Kind::Other(_) | Kind::Colon);
        !self.is_empty()
            && self.kinds().all(unquoted)
            && !self.slice().contains('\n')
            && !self.kinds().any(|kind| kind == Kind::Other(';'))
    }

    /// The value as written, short enough for a message.
    pub(super) fn shown(self) -> String {
        shorten(self.slice())
    }

    /// The value and what it is: `"yes" is text`.
    pub(super) fn described(self) -> String {
        let what = match self.shape() {
            Ok(Shape::Text) => "is text",
            Ok(Shape::Single) => "is one character",
            Ok(Shape::Number) => "is a number",
            Ok(Shape::Word("true" | "false")) => "is a truth value",
            Ok(Shape::Word(_)) => "is a bare word",
            Ok(Shape::Group { bracket: '[', .. }) => "is a list",
            Ok(Shape::Group { bracket: '{', .. }) => "is a map",
            Ok(Shape::Group { .. }) => "is a group of fields",
            Err(_) => "is not one value",
        };
        format!("{} {what}", self.shown())
    }

    /// Text without its quotes and escapes.
    pub(super) fn text(self) -> Result<String, Mistake> {
        if self.is_loose_text() {
            let wrong = format!("should be text in double quotes, and {} has none", self.shown());
            return Err(Mistake::of(self.span(), wrong).write(&format!("{:?}", self.slice())));
        }
        match self.shape()? {
            Shape::Text => self.unescaped(),
            Shape::Single => {
                let inside = self.slice().trim_matches('\'');
                let wrong = format!("should be text in double quotes, and {} has single ones", self.shown());
                Err(Mistake::of(self.span(), wrong).write(&format!("{inside:?}")))
            }
            _ => Err(self.should_be("text in double quotes")),
        }
    }

    fn unescaped(self) -> Result<String, Mistake> {
        ron::from_str(self.slice()).map_err(|_| {
            let wrong = format!("holds a backslash that begins no escape: {}", self.shown());
            Mistake::of(self.span(), wrong)
                .try_this("Write / between folders, two backslashes for one, or r#\"…\"# around text with backslashes.")
        })
    }

    pub(super) fn number<T: DeserializeOwned>(self, expected: &str) -> Result<T, Mistake> {
        let shape = self.shape()?;
        if let (Shape::Number | Shape::Word("inf" | "NaN"), Ok(number)) = (shape, ron::from_str(self.slice())) {
            return Ok(number);
        }
        let inside = self.slice().trim_matches(['"', '\'']);
        match (shape, ron::from_str::<T>(inside)) {
            (Shape::Number, _) => {
                Err(Mistake::of(self.span(), format!("should be {expected}, and {} is not", self.shown())))
            }
            (Shape::Text | Shape::Single, Ok(_)) => Err(self.should_be(expected).write(inside)),
            _ => Err(self.should_be(expected)),
        }
    }

    pub(super) fn should_be(self, expected: &str) -> Mistake {
        Mistake::of(self.span(), format!("should be {expected}, and {}", self.described()))
    }

    /// What stands in the brackets that the token `open` opens.
    pub(super) fn entries(self, open: usize) -> Vec<Entry<'s>> {
        let tokens = &self.source.tokens;
        let close = tokens[open].partner;
        let mut entries = Vec::new();
        let mut at = open + 1;
        while at < close {
            let named = matches!(tokens[at].kind, Kind::Word | Kind::Text | Kind::Single | Kind::Number);
            let key = (named && tokens[at + 1].kind == Kind::Colon).then(|| Self::of(self.source, at, at + 1));
            let from = if key.is_some() { at + 2 } else { at };
            let mut to = from;
            while to < close && tokens[to].kind != Kind::Comma {
                to = tokens[to].partner.max(to) + 1;
            }
            entries.push(Entry { key, value: Self::of(self.source, from, to) });
            at = to + 1;
        }
        entries
    }
}

impl<'s> Entry<'s> {
    pub(super) fn span(self) -> Span {
        let value = self.value.span();
        (self.key.map_or(value.0, |key| key.span().0), value.1)
    }

    /// The name of a field.
    pub(super) fn field(self, known: &[&str]) -> Result<&'s str, Mistake> {
        let Some(key) = self.key else { return Err(self.nameless(known)) };
        match key.shape()? {
            Shape::Word(name) => Ok(name),
            _ => {
                let name = key.slice().trim_matches(['"', '\'']);
                Err(Mistake::whole(key.span(), format!("The field name {} needs no quotes.", key.shown())).write(name))
            }
        }
    }

    /// The key of a map: a name in quotes.
    pub(super) fn quoted(self) -> Result<String, Mistake> {
        let Some(key) = self.key else { return Err(self.nameless(&[])) };
        key.text().map_err(|_| {
            Mistake::whole(key.span(), format!("The name {} needs double quotes.", key.shown()))
                .write(&format!("{:?}", key.slice().trim_matches('\'')))
        })
    }

    fn nameless(self, known: &[&str]) -> Mistake {
        let Self { value, .. } = self;
        let span = value.span();
        if value.is_empty() {
            return Mistake::whole(span, "There is a comma too many.").try_this("Remove it.");
        }
        let first = value.source.tokens[value.first_token()];
        let name = value.source.slice(first.span);
        let second = value.kinds().nth(1);
        let is_name = matches!(first.kind, Kind::Word | Kind::Text);
        match second {
            Some(Kind::Other('=')) if is_name => {
                let rest = value.after(2);
                Mistake::whole(span, format!("A `=` stands after {name} where a colon should."))
                    .write(&format!("{name}: {}", rest.shown()))
            }
            Some(_) if is_name && (known.is_empty() || known.contains(&name)) => {
                Mistake::whole(span, format!("A colon is missing after {name}."))
                    .write(&format!("{name}: {}", value.after(1).shown()))
            }
            None if first.kind == Kind::Word && known.contains(&name) => {
                Mistake::whole(span, format!("The field `{name}` has no value."))
                    .try_this(format!("Write {name}: and the value."))
            }
            _ => {
                let mistake = Mistake::whole(span, format!("The value {} has no name.", value.shown()));
                match known.first() {
                    Some(field) => {
                        mistake.try_this(format!("Write its field before it, as in {field}: {}.", value.shown()))
                    }
                    None => mistake.try_this("Write a name in double quotes and a colon before it."),
                }
            }
        }
    }
}

/// The first key that stands there a second time.
pub(super) fn repeated<'s>(entries: &[Entry<'s>]) -> Option<(Piece<'s>, Piece<'s>)> {
    let mut seen: indexmap::IndexMap<String, Piece<'s>> = indexmap::IndexMap::new();
    entries.iter().filter_map(|entry| entry.key).find_map(|key| {
        let name = key.text().unwrap_or_else(|_| plain_word(key.slice()).to_owned());
        seen.insert(name, key).map(|first| (first, key))
    })
}

/// `"large" is there twice, in line 8 and in line 12.`
pub(super) fn said_twice((first, second): (Piece, Piece), what: &str) -> Mistake {
    let lines = match (first.line(), second.line()) {
        (a, b) if a == b => format!("in line {a}"),
        (a, b) => format!("in line {a} and in line {b}"),
    };
    Mistake::whole(second.span(), format!("The {what} {} is there twice, {lines}.", second.shown()))
        .try_this("Remove or rename one of them.")
}

/// A word that looks like a keyword of Rust may be written `r#as`.
fn plain_word(word: &str) -> &str {
    word.strip_prefix("r#").unwrap_or(word)
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST && line.len() == text.len() {
        return text.to_owned();
    }
    let begin: String = line.chars().take(LONGEST).collect();
    format!("{}…", begin.trim_end())
}
