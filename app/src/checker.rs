//! What is known of a pipeline without running it: the columns at every node, and what is wrong.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use indexmap::IndexMap;
use pipewright_engine::pipeline::{Link, Pipeline};
use pipewright_engine::plan::{Effect, Facts, Rows, Source, Tally};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;

/// The answer for one state of the pipeline.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The columns of each output of each node, as far as they are known.
    pub outputs: IndexMap<String, Vec<Arc<Schema>>>,
    /// Every problem; those of a node carry its name.
    pub problems: Vec<Problem>,
    /// Nodes whose columns are known of the sample only, since they depend on the data.
    pub sampled: indexmap::IndexSet<String>,
    /// Nodes whose rejected rows would fail a run: nothing takes them.
    pub unguarded: indexmap::IndexSet<String>,
}

impl Checked {
    /// The columns of an output.
    pub fn schema(&self, pipeline: &Pipeline, link: &Link) -> Option<Arc<Schema>> {
        let at = pipeline.nodes.get(&link.node)?.step.output(link).ok()?;
        self.outputs.get(&link.node)?.get(at).cloned()
    }

    pub fn problems_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Problem> {
        self.problems.iter().filter(move |problem| problem.node.as_deref() == Some(node))
    }
}

/// A repair that a problem offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Fix {
    /// Writes the nearest name instead of a wrong one.
    Replace { parameter: String, place: Option<pipewright_engine::problem::Place>, with: String },
    /// States a value.
    State { parameter: String, value: pipewright_runner::show::Stated },
    /// Takes a column that is gone out of a parameter.
    Remove { parameter: String },
    /// Takes back a parameter that is set and does nothing.
    Reset { parameter: String },
    /// Wires what the node rejects to a file.
    WriteRejects,
    /// Puts a node before this one that makes a column another type.
    Convert { port: usize, column: String, to: Type },
}

/// What the engine has told of the world: enough to know columns without it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By the text of the source's parameters.
    sources: IndexMap<String, Result<(Schema, Schema), Problem>>,
    /// The values on which the columns of a node depend.
    values: IndexMap<String, Vec<Value>>,
}

impl Known {
    pub fn source(&mut self, source: &Source, found: Result<(Schema, Schema), Problem>) {
        self.sources.insert(key(source), found);
    }

    pub fn values(&mut self, node: &str, values: Vec<Value>) {
        self.values.insert(node.to_owned(), values);
    }
}

fn key(source: &Source) -> String {
    ron::to_string(source).unwrap_or_default()
}

impl Facts for Known {
    fn source(&self, node: &str, source: &Source) -> Result<Option<(Schema, Schema)>, Problem> {
        match self.sources.get(&key(source)) {
            None => Ok(None),
            Some(Ok(found)) => Ok(Some(found.clone())),
            Some(Err(problem)) => Err(Problem { node: Some(node.to_owned()), ..problem.clone() }),
        }
    }

    fn answer(&self, node: &str) -> Option<&[Value]> {
        self.values.get(node).map(Vec::as_slice)
    }

    fn kept(&self, _: &str, _: usize) -> Option<&Schema> {
        None
    }

    fn done(&self, _: &str) -> bool {
        false
    }

    fn cut(&self, _: &str, _: usize) -> bool {
        false
    }
}

/// Checks a pipeline, as far as what is known of its sources goes.
pub fn check(pipeline: &Pipeline, known: &Known) -> Checked {
    let parameters =
        match pipeline.parameter_values(&crate::engine::stand_ins(pipeline), &|name| std::env::var(name).ok()) {
            Ok(parameters) => parameters,
            Err(problems) => return Checked { problems, ..Checked::default() },
        };
    let planned = pipeline.plan(&parameters, 0, known);
    let mut schemas: IndexMap<Rows, Arc<Schema>> = IndexMap::new();
    let mut schema_of =
        |rows: Rows| Arc::clone(schemas.entry(rows).or_insert_with(|| Arc::new(planned.plan.schema(rows).clone())));
    let outputs = planned
        .outputs
        .iter()
        .map(|(node, outputs)| (node.clone(), outputs.iter().map(|rows| schema_of(*rows)).collect()));
    let outputs = outputs.collect();
    let sampled = known.values.keys().filter(|node| pipeline.nodes.contains_key(*node)).cloned().collect();
    let fails = |tally: &&Tally| tally.effect == Effect::Fail;
    let unguarded = planned.plan.tallies.iter().filter(fails).map(|tally| tally.node.clone()).collect();
    Checked { outputs, problems: planned.problems, sampled, unguarded }
}

/// Checks on a thread of its own: a pipeline of thousands of nodes must not cost a frame.
pub struct Checker {
    asked: Sender<(Arc<Pipeline>, Arc<Known>)>,
    done: Receiver<(Arc<Pipeline>, Arc<Checked>)>,
    last: Option<(Arc<Pipeline>, Arc<Known>)>,
}

impl Checker {
    /// `wake` is called when there is something to take.
    pub fn new(wake: impl Fn() + Send + 'static) -> Self {
        let (asked, inbox) = mpsc::channel::<(Arc<Pipeline>, Arc<Known>)>();
        let (outbox, done) = mpsc::channel();
        // Plans are trees: a chain of thousands of nodes goes deep.
        let work = move || {
            while let Ok(first) = inbox.recv() {
                let (pipeline, known) = inbox.try_iter().last().unwrap_or(first);
                let checked = Arc::new(check(&pipeline, &known));
                if outbox.send((pipeline, checked)).is_err() {
                    return;
                }
                wake();
            }
        };
        // Without the thread nothing is checked, and nothing else is lost.
        thread::Builder::new().name("checker".into()).stack_size(64 << 20).spawn(work).ok();
        Self { asked, done, last: None }
    }

    /// Told once a frame; checks where something changed that matters.
    pub fn follow(&mut self, pipeline: &Arc<Pipeline>, known: &Arc<Known>) {
        if let Some((last, last_known)) = &self.last
            && Arc::ptr_eq(known, last_known)
            && (Arc::ptr_eq(pipeline, last) || same_meaning(pipeline, last))
        {
            return;
        }
        self.last = Some((Arc::clone(pipeline), Arc::clone(known)));
        self.asked.send((Arc::clone(pipeline), Arc::clone(known))).ok();
    }

    /// The newest answer that arrived since.
    pub fn checked(&mut self) -> Option<Arc<Checked>> {
        self.done.try_iter().last().map(|(_, checked)| checked)
    }
}

/// Whether two pipelines differ in no more than places and notes.
pub fn same_meaning(a: &Pipeline, b: &Pipeline) -> bool {
    a.nodes == b.nodes && a.parameters == b.parameters
}
