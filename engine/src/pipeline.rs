//! A pipeline as a person made it: nodes by name, wires, parameters, layout. Plain data; the file is read and written in `file`.

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};

use crate::nodes::Step;
use crate::params::{Field, Form, Params, Spec};
use crate::problem::Problem;
use crate::types::Type;
use crate::value::Value;

/// The version of the file format written by this program.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Of the file format; larger than [`VERSION`] where a newer program wrote the file.
    pub version: u32,
    pub about: String,
    pub parameters: IndexMap<String, Parameter>,
    pub nodes: IndexMap<String, Node>,
    pub layout: Layout,
    /// Comments of the file that stand above a section or a node, to be written back there.
    pub comments: Comments,
}

/// A value that is given when the pipeline is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameter {
    pub kind: Type,
    /// As text, in the form of its type. None: it must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub step: Step,
    /// What is wired to each input port, in port order. None: nothing.
    pub from: Vec<Option<Link>>,
    pub about: String,
    /// A muted node passes its first input through.
    pub muted: bool,
}

/// An output of a node: the first one where no name is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    pub node: String,
    pub output: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layout {
    pub nodes: IndexMap<String, (i32, i32)>,
    pub notes: Vec<Note>,
}

/// A text on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Note {
    pub at: (i32, i32),
    pub size: (i32, i32),
    pub text: String,
}

/// Comments by what they stand above: lines as written, without indentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Above the opening bracket.
    pub head: Vec<String>,
    /// Above `version`, `about`, `parameters`, `nodes` or `layout`.
    pub sections: IndexMap<String, Vec<String>>,
    pub nodes: IndexMap<String, Vec<String>>,
    /// Lines of comments that stand anywhere else. Writing the pipeline over its file would lose them.
    pub misplaced: Vec<usize>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            version: VERSION,
            about: String::new(),
            parameters: IndexMap::new(),
            nodes: IndexMap::new(),
            layout: Layout::default(),
            comments: Comments::default(),
        }
    }
}

impl Link {
    /// Reads `large` or `large.false`. Names of nodes hold no dot.
    pub fn parse(text: &str) -> Self {
        match text.split_once('.') {
            Some((node, output)) => Self { node: node.into(), output: Some(output.into()) },
            None => Self { node: text.into(), output: None },
        }
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.output {
            Some(output) => write!(f, "{}.{output}", self.node),
            None => f.write_str(&self.node),
        }
    }
}

/// What a node's name must not hold: they would break links and paths.
pub fn check_name(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err(Problem::new("A node has no name."));
    }
    if let Some(bad) = name.chars().find(|c| matches!(c, '.' | '{' | '}' | '\n' | '\r')) {
        return Err(Problem::new(format!("The node name {name:?} holds {bad:?}."))
            .try_this("Names of nodes have no dots, braces or line breaks."));
    }
    Ok(())
}

impl Pipeline {
    /// The values of all parameters: those set, then `environment`, then the defaults.
    ///
    /// `environment` is asked for `PIPEWRIGHT_PARAM_` and the name in capitals.
    pub fn parameter_values(
        &self,
        set: &IndexMap<String, String>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<IndexMap<String, Value>, Vec<Problem>> {
        let mut problems = Vec::new();
        for name in set.keys().filter(|name| !self.parameters.contains_key(*name)) {
            let problem = Problem::unknown("parameter", name, self.parameters.keys().map(String::as_str));
            problems.push(match problem.suggestion {
                Some(_) => problem,
                None => problem.try_this("This pipeline has no parameters."),
            });
        }
        let mut values = IndexMap::new();
        for (name, parameter) in &self.parameters {
            let from_environment = || environment(&format!("PIPEWRIGHT_PARAM_{}", name.to_uppercase()));
            let Some(text) = set.get(name).cloned().or_else(from_environment).or_else(|| parameter.default.clone())
            else {
                problems.push(
                    Problem::new(format!("The parameter {name:?} has no value."))
                        .try_this(format!("Give it one: --set {name}=VALUE, or a default in the file.")),
                );
                continue;
            };
            match Value::parse(&text, &parameter.kind) {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => problems.push(
                    Problem::new(format!("The parameter {name:?} is {}, and {text:?} is not.", parameter.kind))
                        .try_this(format!("Write it like {}.", example_of(&parameter.kind))),
                ),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    /// Renames a node and everything that speaks of it.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<(), Problem> {
        check_name(new)?;
        let Some(at) = self.nodes.get_index_of(old) else {
            return Err(Problem::unknown("node", old, self.nodes.keys().map(String::as_str)));
        };
        if old != new && self.nodes.contains_key(new) {
            return Err(Problem::new(format!("There is a node {new:?} already.")));
        }
        replace_key(&mut self.nodes, at, new);
        for node in self.nodes.values_mut() {
            let mut reads = false;
            for link in node.from.iter_mut().flatten().filter(|link| link.node == old) {
                link.node = new.to_owned();
                reads = true;
            }
            if reads {
                rename_tables(&mut node.step, &tables_of(old, new));
            }
        }
        if let Some(at) = self.layout.nodes.get_index_of(old) {
            replace_key(&mut self.layout.nodes, at, new);
        }
        if let Some(at) = self.comments.nodes.get_index_of(old) {
            replace_key(&mut self.comments.nodes, at, new);
        }
        Ok(())
    }

    /// Leaves out every node that this one does not need.
    pub fn keep_upstream_of(&mut self, node: &str) {
        let mut needed = IndexSet::from([node.to_owned()]);
        let mut at = 0;
        while let Some(name) = needed.get_index(at) {
            let from = self.nodes.get(name).map(|node| node.from.clone()).unwrap_or_default();
            needed.extend(from.into_iter().flatten().map(|link| link.node));
            at += 1;
        }
        self.nodes.retain(|name, _| needed.contains(name));
    }

    /// The nodes that nobody needs once the rows of these are there: themselves, and those that only they lead on to.
    pub fn made_needless_by(&self, there: &IndexSet<String>) -> IndexSet<String> {
        let mut readers: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for (name, node) in &self.nodes {
            for link in node.from.iter().flatten() {
                readers.entry(&link.node).or_default().push(name);
            }
        }
        let mut needless = there.clone();
        for name in self.in_order().unwrap_or_default().into_iter().rev() {
            // What leads nowhere is in no one's way, and is done as in any run.
            let Some(readers) = readers.get(name) else { continue };
            if readers.iter().all(|reader| needless.contains(*reader)) {
                needless.insert(name.to_owned());
            }
        }
        needless
    }

    /// The nodes whose rejected rows go on to a file.
    pub fn with_rejects_taken(&self) -> IndexSet<String> {
        let leading = self.leading_to_files();
        let readers = self.nodes.iter().filter(|(reader, _)| leading.contains(reader.as_str()));
        let taken = readers.flat_map(|(_, reader)| reader.from.iter().flatten());
        taken.filter(|link| link.output.as_deref() == Some("rejected")).map(|link| link.node.clone()).collect()
    }

    /// The nodes from which one that writes is reached, those that write among them.
    pub fn leading_to_files(&self) -> IndexSet<&str> {
        let mut leading = IndexSet::new();
        // In a circle nothing is reached.
        for name in self.in_order().unwrap_or_default().into_iter().rev() {
            let node = &self.nodes[name];
            let writes = !node.muted && node.step.writes();
            if !writes && !leading.contains(name) {
                continue;
            }
            leading.insert(name);
            let read = if node.muted { &node.from[..node.from.len().min(1)] } else { &node.from[..] };
            leading.extend(read.iter().flatten().map(|link| link.node.as_str()));
        }
        leading
    }

    /// Nodes in an order in which every node comes after what it reads, or the names of a cycle.
    pub fn in_order(&self) -> Result<Vec<&str>, Vec<&str>> {
        let mut order: Vec<&str> = Vec::with_capacity(self.nodes.len());
        let mut state: IndexMap<&str, bool> = IndexMap::new(); // false while being visited
        for start in self.nodes.keys() {
            // An explicit stack: a chain of ten thousand nodes must not end the thread.
            let mut stack = vec![(start.as_str(), 0)];
            while let Some((name, next)) = stack.pop() {
                if next == 0 {
                    match state.get(name) {
                        Some(_) => continue,
                        None => drop(state.insert(name, false)),
                    }
                }
                let from = self.nodes.get(name).map(|node| node.from.as_slice()).unwrap_or_default();
                let Some(link) = from.get(next) else {
                    state.insert(name, true);
                    order.push(name);
                    continue;
                };
                stack.push((name, next + 1));
                let Some(link) = link else { continue };
                let Some((known, _)) = self.nodes.get_key_value(&link.node) else { continue };
                match state.get(known.as_str()) {
                    Some(true) => {}
                    None => stack.push((known, 0)),
                    Some(false) => {
                        let from = stack.iter().position(|(on, _)| on == known).unwrap_or(0);
                        return Err(stack[from..].iter().map(|(on, _)| *on).collect());
                    }
                }
            }
        }
        Ok(order)
    }
}

/// Queries call tables as the nodes that they read are called: gives new names to those for which there is one.
pub(crate) fn rename_tables(step: &mut Step, name: &dyn Fn(&str) -> Option<String>) {
    struct Tables<'a>(&'a dyn Fn(&str) -> Option<String>);
    impl Form for Tables<'_> {
        fn param(&mut self, _: Spec, field: Field<'_>) {
            if let Field::Query(query) = field {
                query.0 = crate::sql::renamed(&query.0, self.0);
            }
        }
    }
    step.params(&mut Tables(name));
}

/// The new name of a node's tables: of the node itself and of its outputs.
pub(crate) fn tables_of(old: &str, new: &str) -> impl Fn(&str) -> Option<String> {
    let (old, new) = (old.to_owned(), new.to_owned());
    move |name| {
        let output = name.strip_prefix(&old).filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
        Some(format!("{new}{output}"))
    }
}

fn replace_key<V>(map: &mut IndexMap<String, V>, at: usize, new: &str) {
    if let Some((_, value)) = map.shift_remove_index(at) {
        map.shift_insert(at, new.to_owned(), value);
    }
}

/// A value of the type, to show how it is written.
pub fn example_of(kind: &Type) -> &'static str {
    match kind {
        Type::Boolean => "true",
        Type::Integer => "42",
        Type::Float => "1.5",
        Type::Decimal(..) => "19.99",
        Type::Date => "2024-05-01",
        Type::Time => "12:30:00",
        Type::Timestamp => "2024-05-01 12:30:00",
        Type::TimestampZoned(_) => "2024-05-01 12:30:00+02:00",
        Type::Duration => "90 minutes",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline(wires: &[(&str, &[&str])]) -> Pipeline {
        let mut pipeline = Pipeline::default();
        for (name, from) in wires {
            let from = from.iter().map(|link| Some(Link::parse(link))).collect();
            pipeline.nodes.insert((*name).into(), Node { from, ..Node::default() });
        }
        pipeline
    }

    #[test]
    fn nodes_come_after_what_they_read_and_cycles_are_named() {
        let straight = pipeline(&[("c", &["b", "a.false"]), ("b", &["a"]), ("a", &[])]);
        assert_eq!(straight.in_order().unwrap(), ["a", "b", "c"]);
        let round = pipeline(&[("x", &[]), ("a", &["x", "b"]), ("b", &["c"]), ("c", &["a"])]);
        assert_eq!(round.in_order().unwrap_err(), ["a", "b", "c"]);
    }

    #[test]
    fn renaming_a_node_keeps_its_wires_and_its_place() {
        let mut pipeline = pipeline(&[("a", &[]), ("b", &["a.false"])]);
        pipeline.layout.nodes.insert("a".into(), (1, 2));
        pipeline.rename("a", "new").unwrap();
        assert_eq!(pipeline.nodes.keys().collect::<Vec<_>>(), ["new", "b"]);
        assert_eq!(pipeline.nodes["b"].from, [Some(Link::parse("new.false"))]);
        assert_eq!(pipeline.layout.nodes["new"], (1, 2));
        assert!(pipeline.rename("new", "b").is_err());
    }

    #[test]
    fn what_only_leads_to_rows_that_are_there_is_needless() {
        let wires: [(&str, &[&str]); 7] = [
            ("a", &[]),
            ("c", &[]),
            ("b", &["a"]),
            ("kept", &["b", "c"]),
            ("out", &["kept"]),
            ("log", &["a.rejected"]),
            ("last", &["out"]),
        ];
        let there = IndexSet::from(["kept".to_owned()]);
        let mut needless: Vec<String> = pipeline(&wires).made_needless_by(&there).into_iter().collect();
        needless.sort();
        assert_eq!(needless, ["b", "c", "kept"]);
        let mut more = wires.to_vec();
        more.push(("side", &["b"]));
        let mut needless: Vec<String> = pipeline(&more).made_needless_by(&there).into_iter().collect();
        needless.sort();
        assert_eq!(needless, ["c", "kept"]);
    }

    #[test]
    fn a_query_follows_the_names_of_the_nodes_it_reads() {
        let mut pipeline = pipeline(&[("a", &[]), ("b", &[]), ("query", &["a"])]);
        let query = |text: &str| Step::Sql(crate::nodes::Sql { query: text.into(), ..Default::default() });
        pipeline.nodes["query"].step = query("SELECT * FROM a");
        pipeline.rename("a", "new one").unwrap();
        pipeline.rename("b", "a").unwrap();
        assert_eq!(pipeline.nodes["query"].step, query("SELECT * FROM \"new one\""));
        let part = pipeline.part(&["new one", "query"].map(String::from).into(), &IndexSet::new());
        pipeline.paste(&part, (0, 0));
        assert_eq!(pipeline.nodes["query 2"].step, query("SELECT * FROM \"new one 2\""));
    }
}
