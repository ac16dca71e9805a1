//! Regular expressions by plain backtracking: what the tests' formulas use of them, as PostgreSQL and Rust agree on it.

pub struct Regex {
    root: Node,
    groups: usize,
    any_case: bool,
}

pub struct Found {
    pub start: usize,
    pub end: usize,
    pub groups: Vec<Option<(usize, usize)>>,
}

enum Node {
    /// One character that is, or is not, in some ranges or of some kind.
    Class {
        ranges: Vec<(char, char)>,
        kinds: Vec<Is>,
        inside: bool,
    },
    Start,
    End,
    Group(usize, Box<Node>),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Times {
        node: Box<Node>,
        least: usize,
        most: usize,
        greedy: bool,
    },
}

type Is = fn(char) -> bool;

type Groups = Vec<Option<(usize, usize)>>;

impl Regex {
    pub fn new(pattern: &str, flags: &str) -> Self {
        let mut parser = Parser { rest: pattern.chars().collect(), at: 0, groups: 0 };
        let root = parser.either();
        assert_eq!(parser.at, parser.rest.len(), "the pattern {pattern:?} is understood");
        Self { root, groups: parser.groups, any_case: flags.contains('i') }
    }

    /// The first match at or after a position.
    pub fn find(&self, text: &[char], from: usize) -> Option<Found> {
        let run = Run { text, any_case: self.any_case };
        (from..=text.len()).find_map(|start| {
            let mut found = None;
            run.at(&self.root, start, &mut vec![None; self.groups], &mut |end, groups| {
                found = Some(Found { start, end, groups: groups.clone() });
                true
            });
            found
        })
    }
}

struct Run<'a> {
    text: &'a [char],
    any_case: bool,
}

type Then<'a> = &'a mut dyn FnMut(usize, &mut Groups) -> bool;

impl Run<'_> {
    /// Whether the node matches at a position, and what comes `then` matches after it.
    fn at(&self, node: &Node, at: usize, groups: &mut Groups, then: Then) -> bool {
        match node {
            Node::Start => at == 0 && then(at, groups),
            Node::End => at == self.text.len() && then(at, groups),
            Node::Class { ranges, kinds, inside } => {
                let has = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                let has = |c: char| has(c) || kinds.iter().any(|is| is(c));
                let has = |c: char| has(c) || self.any_case && (c.to_lowercase().any(has) || c.to_uppercase().any(has));
                self.text.get(at).is_some_and(|c| has(*c) == *inside) && then(at + 1, groups)
            }
            Node::Group(number, inner) => {
                let before = groups[*number];
                let matched = self.at(inner, at, groups, &mut |end, groups| {
                    let outer = groups[*number].replace((at, end));
                    let matched = then(end, groups);
                    if !matched {
                        groups[*number] = outer;
                    }
                    matched
                });
                if !matched {
                    groups[*number] = before;
                }
                matched
            }
            Node::Sequence(nodes) => self.sequence(nodes, at, groups, then),
            Node::Either(nodes) => nodes.iter().any(|node| self.at(node, at, groups, then)),
            Node::Times { node, least, most, greedy } => self.times(node, (*least, *most, *greedy), at, groups, then),
        }
    }

    fn sequence(&self, nodes: &[Node], at: usize, groups: &mut Groups, then: Then) -> bool {
        match nodes.split_first() {
            None => then(at, groups),
            Some((first, rest)) => self.at(first, at, groups, &mut |at, groups| self.sequence(rest, at, groups, then)),
        }
    }

    fn times(
        &self,
        node: &Node,
        (least, most, greedy): (usize, usize, bool),
        at: usize,
        groups: &mut Groups,
        then: Then,
    ) -> bool {
        if least == 0 && !greedy && then(at, groups) {
            return true;
        }
        let more = most > 0
            && self.at(node, at, groups, &mut |next, groups| {
                next > at && self.times(node, (least.saturating_sub(1), most - 1, greedy), next, groups, then)
            });
        more || least == 0 && greedy && then(at, groups)
    }
}

struct Parser {
    rest: Vec<char>,
    at: usize,
    groups: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> char {
        self.at += 1;
        self.rest[self.at - 1]
    }

    fn either(&mut self) -> Node {
        let mut ways = vec![self.sequence()];
        while self.eat('|') {
            ways.push(self.sequence());
        }
        Node::Either(ways)
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            let node = self.atom();
            nodes.push(self.quantified(node));
        }
        Node::Sequence(nodes)
    }

    fn atom(&mut self) -> Node {
        match self.next() {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::Class { ranges: vec![('\n', '\n')], kinds: vec![], inside: false },
            '[' => self.class(),
            '\\' => {
                let (ranges, inside) = escaped(self.next());
                Node::Class { ranges, kinds: vec![], inside }
            }
            '(' if self.rest[self.at..].starts_with(&['?', '<']) => {
                while self.next() != '>' {}
                self.group()
            }
            '(' if self.eat('?') => {
                assert!(self.eat(':'), "of the groups with (? only (?: and (?<name> are understood");
                let inner = self.either();
                assert!(self.eat(')'), "groups are closed");
                inner
            }
            '(' => self.group(),
            plain => Node::Class { ranges: vec![(plain, plain)], kinds: vec![], inside: true },
        }
    }

    fn group(&mut self) -> Node {
        let number = self.groups;
        self.groups += 1;
        let inner = Box::new(self.either());
        assert!(self.eat(')'), "groups are closed");
        Node::Group(number, inner)
    }

    fn class(&mut self) -> Node {
        let inside = !self.eat('^');
        let (mut ranges, mut kinds) = (Vec::new(), Vec::new());
        loop {
            match self.next() {
                ']' if !ranges.is_empty() || !kinds.is_empty() => return Node::Class { ranges, kinds, inside },
                '\\' if self.eat('p') => kinds.push(self.kind()),
                '\\' => ranges.extend(escaped(self.next()).0),
                low => {
                    let is_range = self.peek() == Some('-') && self.rest.get(self.at + 1) != Some(&']');
                    self.at += usize::from(is_range);
                    let high = if is_range { self.next() } else { low };
                    ranges.push((low, high));
                }
            }
        }
    }

    /// `{N}`, the name of a kind of character.
    fn kind(&mut self) -> Is {
        let name: String = std::iter::from_fn(|| Some(self.next()).filter(|c| *c != '}')).collect();
        match name.as_str() {
            "{Alphabetic" => char::is_alphabetic,
            "{N" => char::is_numeric,
            "{M" => |c| ('\u{300}'..='\u{36f}').contains(&c),
            "{P" | "{S" => |c| !(c.is_alphanumeric() || c.is_whitespace() || c.is_control()),
            other => panic!("the kind {other:?} is understood"),
        }
    }

    fn quantified(&mut self, node: Node) -> Node {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let end = self.rest[self.at..].iter().position(|c| *c == '}').expect("a closed count");
                let inside: String = self.rest[self.at + 1..self.at + end].iter().collect();
                self.at += end;
                let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
                (
                    least.parse().expect("a count"),
                    if most.is_empty() { usize::MAX } else { most.parse().expect("a count") },
                )
            }
            _ => return node,
        };
        self.at += 1;
        let greedy = !self.eat('?');
        Node::Times { node: Box::new(node), least, most, greedy }
    }
}

fn escaped(letter: char) -> (Vec<(char, char)>, bool) {
    let word = vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
    let space = vec![(' ', ' '), ('\t', '\r')];
    match letter {
        'd' => (vec![('0', '9')], true),
        'D' => (vec![('0', '9')], false),
        'w' => (word, true),
        'W' => (word, false),
        's' => (space, true),
        'S' => (space, false),
        't' => (vec![('\t', '\t')], true),
        'n' => (vec![('\n', '\n')], true),
        plain => (vec![(plain, plain)], true),
    }
}
