//! What a person does to a pipeline by hand: adding, wiring, deleting, copying. Each leaves a pipeline that can be edited on.

use indexmap::IndexSet;

use crate::node::Inputs;
use crate::nodes::{Step, WriteCsv};
use crate::params::FilePath;
use crate::pipeline::{Link, Node, Pipeline, rename_tables, tables_of};
use crate::problem::Problem;

impl Pipeline {
    /// `name`, made fit to be a node's name, or `name 2`, `name 3` …: the first that is free.
    pub fn free_name(&self, name: &str) -> String {
        let tame: String =
            name.chars().map(|c| if matches!(c, '.' | '{' | '}' | '\n' | '\r') { ' ' } else { c }).collect();
        let name = match tame.trim() {
            "" => "node",
            name => name,
        };
        if !self.nodes.contains_key(name) {
            return name.to_owned();
        }
        (2..).map(|number| format!("{name} {number}")).find(|name| !self.nodes.contains_key(name)).unwrap_or_default()
    }

    /// Adds a node that is wired to nothing, and says its name: what it reads or writes, else what it does.
    pub fn add(&mut self, step: Step) -> String {
        let name = self.free_name(&proposed_name(&step));
        self.nodes.insert(name.clone(), Node { step, ..Node::default() });
        name
    }

    /// Whether rows that come out of `from` reach `to`, or it is the same node.
    pub fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = IndexSet::from([to]);
        let mut at = 0;
        while let Some(name) = seen.get_index(at).copied() {
            if name == from {
                return true;
            }
            let above = self.nodes.get(name).map(|node| node.from.as_slice()).unwrap_or_default();
            seen.extend(above.iter().flatten().map(|link| link.node.as_str()));
            at += 1;
        }
        false
    }

    /// Why an output can't be wired to an input, if it can't.
    pub fn can_connect(&self, from: &Link, to: &str, port: usize) -> Result<(), Problem> {
        let (Some(source), Some(target)) = (self.nodes.get(&from.node), self.nodes.get(to)) else {
            return Err(Problem::new("There is no such node."));
        };
        source.step.output(from)?;
        let ports = match target.step.card()?.inputs {
            Inputs::None => 0,
            Inputs::One => 1,
            Inputs::Named(names) => names.len(),
            Inputs::Many => usize::MAX,
        };
        if port >= ports {
            return Err(Problem::new(format!("{to:?} has no input {}.", port + 1)));
        }
        if self.reaches(to, &from.node) {
            return Err(Problem::new("The rows would go round in a circle."));
        }
        Ok(())
    }

    /// Wires an output to an input; what was wired there is cut.
    pub fn connect(&mut self, from: Link, to: &str, port: usize) -> Result<(), Problem> {
        self.can_connect(&from, to, port)?;
        let Some(node) = self.nodes.get_mut(to) else { return Ok(()) };
        let many = matches!(node.step.card()?.inputs, Inputs::Many);
        let port = if many { port.min(node.from.len()) } else { port };
        if node.from.len() <= port {
            node.from.resize(port + 1, None);
        }
        let before = node.from[port].replace(from.clone());
        if let Some(before) = before {
            node.read_instead(&before, &from);
        }
        Ok(())
    }

    /// Cuts the wire that ends at an input. A node of any number of inputs closes the gap.
    pub fn disconnect(&mut self, node: &str, port: usize) {
        let Some(node) = self.nodes.get_mut(node) else { return };
        if port >= node.from.len() {
            return;
        }
        match node.step.card() {
            Ok(card) if matches!(card.inputs, Inputs::Many) => drop(node.from.remove(port)),
            _ => node.from[port] = None,
        }
        while node.from.last().is_some_and(Option::is_none) {
            node.from.pop();
        }
    }

    /// The input that a wire to this node should take: the first free one.
    pub fn free_input(&self, node: &str) -> Option<usize> {
        let node = self.nodes.get(node)?;
        let free = || (0..).find(|port| node.from.get(*port).is_none_or(Option::is_none));
        match node.step.card().ok()?.inputs {
            Inputs::None => None,
            Inputs::One => free().filter(|port| *port < 1),
            Inputs::Named(names) => free().filter(|port| *port < names.len()),
            Inputs::Many => free(),
        }
    }

    /// Puts a node into the wire that ends at an input.
    pub fn insert_into(&mut self, name: &str, to: &str, port: usize) -> Result<(), Problem> {
        let wire = self.nodes.get(to).and_then(|node| node.from.get(port)).cloned().flatten();
        let own = Link { node: name.to_owned(), output: None };
        self.can_connect(&own, to, port)?;
        let free = self.free_input(name);
        if let (Some(wire), Some(free)) = (wire, free) {
            self.connect(wire, name, free)?;
        }
        self.connect(own, to, port)
    }

    /// Has what a node rejects written to a file beside the pipeline. Says the name of the node that writes.
    pub fn write_rejects(&mut self, name: &str) -> Result<String, Problem> {
        let path = |number: u32| {
            let stem: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            let more = if number < 2 { String::new() } else { format!("_{number}") };
            FilePath(format!("{stem}_rejected{more}.csv"))
        };
        let is_free = |path: &FilePath| {
            !self.nodes.values().any(|node| matches!(&node.step, Step::WriteCsv(write) if write.path == *path))
        };
        let path = (1..).map(path).find(is_free).unwrap_or_default();
        let new = self.add(Step::WriteCsv(WriteCsv { path, ..WriteCsv::default() }));
        self.connect(Link { node: name.to_owned(), output: Some("rejected".into()) }, &new, 0)?;
        Ok(new)
    }

    /// Deletes nodes. What read one of them reads what went into its first input instead.
    pub fn delete(&mut self, names: &IndexSet<String>) {
        for name in names {
            let Some(node) = self.nodes.shift_remove(name) else { continue };
            let instead = node.from.first().cloned().flatten();
            let main = |link: &Link| link.output.is_none();
            let readers: Vec<(String, usize)> =
                self.wires_from(name).map(|(to, port, _)| (to.to_owned(), port)).collect();
            // From the last port on: closing a gap moves those behind it.
            for (to, port) in readers.into_iter().rev() {
                let healed = match (&instead, self.nodes[&to].from[port].as_ref().is_some_and(main)) {
                    (Some(instead), true) => Some(instead.clone()).filter(|link| self.nodes.contains_key(&link.node)),
                    _ => None,
                };
                match healed {
                    Some(link) => {
                        let reader = &mut self.nodes[&to];
                        let before = reader.from[port].replace(link.clone());
                        before.iter().for_each(|before| reader.read_instead(before, &link));
                    }
                    None => self.disconnect(&to, port),
                }
            }
            self.layout.nodes.shift_remove(name);
            self.comments.nodes.shift_remove(name);
        }
    }

    /// The wires that leave a node: where each ends, and the link as written there.
    pub fn wires_from<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, usize, &'a Link)> {
        self.nodes.iter().flat_map(move |(to, node)| {
            let wires = node.from.iter().enumerate();
            wires.filter_map(move |(port, link)| {
                Some((to.as_str(), port, link.as_ref().filter(|link| link.node == name)?))
            })
        })
    }

    /// These nodes alone with their places, notes and the wires between them: what the clipboard holds.
    pub fn part(&self, names: &IndexSet<String>, notes: &IndexSet<usize>) -> Self {
        let mut part = Self::default();
        for (name, node) in self.nodes.iter().filter(|(name, _)| names.contains(*name)) {
            let mut node = node.clone();
            for link in &mut node.from {
                *link = link.take().filter(|link| names.contains(&link.node));
            }
            while node.from.last().is_some_and(Option::is_none) {
                node.from.pop();
            }
            part.nodes.insert(name.clone(), node);
            if let Some(at) = self.layout.nodes.get(name) {
                part.layout.nodes.insert(name.clone(), *at);
            }
        }
        part.layout.notes = notes.iter().filter_map(|note| self.layout.notes.get(*note).cloned()).collect();
        part
    }

    /// Adds all nodes and notes of another pipeline, moved by `by`, under free names. Says the names and the new notes' numbers.
    pub fn paste(&mut self, part: &Self, by: (i32, i32)) -> (IndexSet<String>, IndexSet<usize>) {
        let mut names: Vec<(String, String)> = Vec::new();
        for (old, node) in &part.nodes {
            let base = old
                .rsplit_once(' ')
                .filter(|(_, number)| number.parse::<u32>().is_ok())
                .map_or(old.as_str(), |(base, _)| base);
            let new = if self.nodes.contains_key(old) { self.free_name(base) } else { old.clone() };
            self.nodes.insert(new.clone(), node.clone());
            if let Some((x, y)) = part.layout.nodes.get(old) {
                self.layout.nodes.insert(new.clone(), (x + by.0, y + by.1));
            }
            names.push((old.clone(), new));
        }
        for (_, new) in &names {
            let node = &mut self.nodes[new.as_str()];
            for link in &mut node.from {
                *link = link.take().and_then(|link| {
                    let (old, new) = names.iter().find(|(old, _)| *old == link.node)?;
                    rename_tables(&mut node.step, &tables_of(old, new));
                    Some(Link { node: new.clone(), ..link })
                });
            }
        }
        let first = self.layout.notes.len();
        for note in &part.layout.notes {
            let at = (note.at.0 + by.0, note.at.1 + by.1);
            self.layout.notes.push(crate::pipeline::Note { at, ..note.clone() });
        }
        let notes = (first..self.layout.notes.len()).collect();
        (names.into_iter().map(|(_, new)| new).collect(), notes)
    }
}

impl Node {
    /// Tells queries that another output is read instead of one that is read no more.
    fn read_instead(&mut self, before: &Link, now: &Link) {
        if before == now || self.from.iter().flatten().any(|link| link == before) {
            return;
        }
        let (before, now) = (before.to_string(), now.to_string());
        rename_tables(&mut self.step, &|name| (name == before).then(|| now.clone()));
    }
}

/// The file it reads or writes, without folders and endings; else what the node is called, in small letters.
pub fn proposed_name(step: &Step) -> String {
    struct Look(Option<String>);
    impl crate::params::Form for Look {
        fn param(&mut self, _: crate::params::Spec, field: crate::params::Field<'_>) {
            if let crate::params::Field::File(path) = field {
                let last = path.0.rsplit(['/', '\\', '!']).next().unwrap_or_default();
                let stem = last.split('.').next().unwrap_or_default().trim();
                self.0 = Some(stem.to_owned()).filter(|stem| !stem.is_empty() && !stem.contains(['*', '{', '?']));
            }
        }
    }
    let mut look = Look(None);
    crate::params::Params::params(&mut step.clone(), &mut look);
    look.0.unwrap_or_else(|| step.card().map_or_else(|_| step.name().to_owned(), |card| card.title.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::{Filter, Limit, Union};

    fn chain() -> Pipeline {
        let mut pipeline = Pipeline::default();
        for (name, from) in [("a", None), ("b", Some("a")), ("c", Some("b.false")), ("d", Some("b"))] {
            let from = from.map(Link::parse).into_iter().map(Some).collect();
            pipeline.nodes.insert(name.into(), Node { step: Step::Filter(Filter::default()), from, ..Node::default() });
        }
        pipeline
    }

    #[test]
    fn a_wire_that_would_make_a_circle_is_refused() {
        let mut pipeline = chain();
        assert!(pipeline.connect(Link::parse("d"), "a", 0).is_err());
        assert!(pipeline.connect(Link::parse("a"), "a", 0).is_err());
        assert!(pipeline.connect(Link::parse("a"), "d", 1).is_err());
        pipeline.connect(Link::parse("a"), "d", 0).unwrap();
        assert_eq!(pipeline.nodes["d"].from, [Some(Link::parse("a"))]);
    }

    #[test]
    fn deleting_heals_the_main_wire_and_cuts_the_others() {
        let mut pipeline = chain();
        pipeline.delete(&IndexSet::from(["b".to_owned()]));
        assert_eq!(pipeline.nodes["d"].from, [Some(Link::parse("a"))]);
        assert!(pipeline.nodes["c"].from.is_empty());
    }

    #[test]
    fn a_query_speaks_of_what_is_wired_to_it() {
        let query = |text: &str| Step::Sql(crate::nodes::Sql { query: text.into(), ..Default::default() });
        let mut pipeline = chain();
        let from = ["a", "b.false"].map(|link| Some(Link::parse(link))).into();
        let step = query("SELECT a.* FROM a JOIN \"b.false\" USING (id)");
        pipeline.nodes.insert("q".into(), Node { step, from, ..Node::default() });
        let limit = pipeline.add(Step::Limit(Limit::default()));
        pipeline.insert_into(&limit, "q", 0).unwrap();
        assert_eq!(pipeline.nodes["q"].step, query("SELECT \"limit\".* FROM \"limit\" JOIN \"b.false\" USING (id)"));
        pipeline.delete(&IndexSet::from([limit]));
        pipeline.connect(Link::parse("d"), "q", 1).unwrap();
        assert_eq!(pipeline.nodes["q"].step, query("SELECT a.* FROM a JOIN d USING (id)"));
    }

    #[test]
    fn rejected_rows_are_written_to_files_of_their_own() {
        let mut pipeline = chain();
        let first = pipeline.write_rejects("b").unwrap();
        let second = pipeline.write_rejects("b").unwrap();
        for (node, file) in [(&first, "b_rejected.csv"), (&second, "b_rejected_2.csv")] {
            let Step::WriteCsv(write) = &pipeline.nodes[node].step else { panic!("it writes") };
            assert_eq!(write.path.0, file);
            assert_eq!(pipeline.nodes[node].from, [Some(Link::parse("b.rejected"))]);
        }
        assert!(pipeline.with_rejects_taken().contains("b"));
    }

    #[test]
    fn a_union_closes_the_gap() {
        let mut pipeline = chain();
        pipeline.nodes.insert("all".into(), Node { step: Step::Union(Union::default()), ..Node::default() });
        for name in ["a", "c", "d"] {
            let port = pipeline.free_input("all").unwrap();
            pipeline.connect(Link::parse(name), "all", port).unwrap();
        }
        pipeline.disconnect("all", 1);
        assert_eq!(pipeline.nodes["all"].from, [Some(Link::parse("a")), Some(Link::parse("d"))]);
    }

    #[test]
    fn a_node_is_put_into_a_wire() {
        let mut pipeline = chain();
        let name = pipeline.add(Step::Limit(Limit::default()));
        pipeline.insert_into(&name, "c", 0).unwrap();
        assert_eq!(pipeline.nodes[&name].from, [Some(Link::parse("b.false"))]);
        assert_eq!(pipeline.nodes["c"].from, [Some(Link { node: name, output: None })]);
    }

    #[test]
    fn what_is_pasted_has_names_of_its_own_and_its_inner_wires() {
        let mut pipeline = chain();
        let part = pipeline.part(&["b", "d"].map(String::from).into(), &IndexSet::new());
        assert!(part.nodes["b"].from.is_empty());
        let (names, _) = pipeline.paste(&part, (10, 10));
        assert_eq!(names.iter().collect::<Vec<_>>(), ["b 2", "d 2"]);
        assert_eq!(pipeline.nodes["d 2"].from, [Some(Link::parse("b 2"))]);
    }
}
