//! One wish to show nodes: plans, opens sources, answers questions and computes what is not held, the most wanted first.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use indexmap::IndexMap;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::plan::{Facts, Planned, Question, Rows, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use polars::prelude::IntoLazy;

use super::held::Held;
use super::part::Part;
use super::rows::Rows as KeptRows;
use super::sources::Sample;
use super::values::{head, rejects};
use super::{Session, remember};
use crate::engine::check::{Read, read};
use crate::engine::stages;
use crate::host::{Cancel, fault};
use crate::job::Job;
use crate::mark::{Mark, marks};
use crate::secrets::Secrets;
use crate::show::{Basis, News, Output};
use crate::stage::Stopped;
use crate::verdict::Judge;

pub(super) fn show(session: &Session, job: &Job, wanted: &[String], cancel: &Cancel, tell: &dyn Fn(News)) -> News {
    let Read { pipeline, parameters, .. } = match read(job) {
        Ok(read) => read,
        Err(problems) => return News::Failed(problems),
    };
    let mut show = Show {
        session,
        pipeline: &pipeline,
        parameters,
        job,
        cancel,
        tell,
        facts: Known::with(&job.secrets),
        planned: Planned::default(),
        marks: Vec::new(),
        lineages: Vec::new(),
        judge: Judge::default(),
        tables: HashMap::new(),
        settled: HashSet::new(),
        opened_above: HashSet::new(),
        troubled: HashSet::new(),
        refused: HashSet::new(),
        computed: Vec::new(),
    };
    match show.all(wanted) {
        Ok(()) => News::Shown { computed: show.computed },
        Err(Stopped::Cancelled) => News::Stopped,
        Err(Stopped::Failed(problem)) => News::Failed(vec![problem]),
    }
}

struct Show<'a> {
    session: &'a Session,
    pipeline: &'a Pipeline,
    parameters: IndexMap<String, Value>,
    job: &'a Job,
    cancel: &'a Cancel,
    tell: &'a dyn Fn(News),
    facts: Known,
    planned: Planned,
    /// Of each entry of the plan.
    marks: Vec<Mark>,
    lineages: Vec<Rc<BTreeSet<String>>>,
    judge: Judge,
    /// Tables that this wish has met, so that none of them goes before it is done.
    tables: HashMap<Mark, Arc<Held>>,
    /// Nodes that are computed, or can't be.
    settled: HashSet<String>,
    /// Nodes above which all sources are open.
    opened_above: HashSet<String>,
    /// Nodes of which it was told what is wrong.
    troubled: HashSet<String>,
    /// Nodes whose question has no answer.
    refused: HashSet<String>,
    computed: Vec<String>,
}

/// What is known for planning.
#[derive(Default)]
pub(super) struct Known {
    /// Sources that were asked for, and not open yet.
    pub(super) asked: RefCell<IndexMap<String, Source>>,
    samples: HashMap<String, Result<Arc<Sample>, Problem>>,
    answers: HashMap<String, Vec<Value>>,
    secrets: Secrets,
}

impl Known {
    pub(super) fn with(secrets: &Secrets) -> Self {
        Self { secrets: secrets.clone(), ..Self::default() }
    }
}

impl Facts for Known {
    fn source(&self, node: &str, source: &Source) -> Result<Option<(Schema, Schema)>, Problem> {
        let Some(sample) = self.samples.get(node) else {
            self.asked.borrow_mut().insert(node.to_owned(), source.clone());
            return Ok(None);
        };
        let found = &sample.as_ref().map_err(Clone::clone)?.found;
        Ok(Some((found.schema.clone(), found.rejects.clone())))
    }

    fn answer(&self, node: &str) -> Option<&[Value]> {
        self.answers.get(node).map(Vec::as_slice)
    }

    fn kept(&self, _node: &str, _output: usize) -> Option<&Schema> {
        None
    }

    fn done(&self, _node: &str) -> bool {
        false
    }

    fn cut(&self, _node: &str, _output: usize) -> bool {
        false
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name)
    }
}

impl Show<'_> {
    fn all(&mut self, wanted: &[String]) -> Result<(), Stopped> {
        self.plan();
        for node in wanted.iter().filter(|node| self.pipeline.nodes.contains_key(*node)) {
            self.open_above(node)?;
            self.answer_above(node)?;
            self.settle_with_inputs(node)?;
        }
        self.open(|_| true)?;
        let problems: Vec<String> = self.planned.problems.iter().filter_map(|problem| problem.node.clone()).collect();
        for node in problems {
            self.tell_trouble(&node);
        }
        let samples = self.facts.samples.values().filter_map(|sample| sample.as_ref().ok());
        self.session.sources.lock().keep(samples);
        Ok(())
    }

    fn plan(&mut self) {
        self.planned = self.pipeline.plan(&self.parameters, self.session.now, &self.facts);
        let plan = &self.planned.plan;
        let sample = |node: &str| self.facts.samples.get(node)?.as_ref().ok();
        self.marks = marks(plan, |node| sample(node).map(|sample| sample.mark));
        self.judge = Judge::new(plan, |node| sample(node).is_some_and(|sample| !sample.found.whole));
        self.lineages.clear();
        for entry in &plan.entries {
            let mut inputs = entry.inputs.iter().map(|rows| &self.lineages[rows.0]);
            let lineage = match (inputs.next(), inputs.next()) {
                (None, _) => Rc::new(sample(&entry.node).map(|_| entry.node.clone()).into_iter().collect()),
                (Some(only), None) => Rc::clone(only),
                _ => {
                    let all = entry.inputs.iter().flat_map(|rows| self.lineages[rows.0].iter().cloned());
                    Rc::new(all.collect())
                }
            };
            self.lineages.push(lineage);
        }
    }

    /// Opens the sources that a node needs, and plans anew if there were any.
    fn open_above(&mut self, node: &str) -> Result<(), Stopped> {
        let mut above = HashSet::new();
        let mut left = vec![node.to_owned()];
        while let Some(name) = left.pop() {
            if !self.opened_above.insert(name.clone()) {
                continue;
            }
            let from = self.pipeline.nodes.get(&name).map(|node| node.from.as_slice()).unwrap_or_default();
            left.extend(from.iter().flatten().map(|link| link.node.clone()));
            above.insert(name);
        }
        self.open(|node| above.contains(node))
    }

    fn open(&mut self, which: impl Fn(&str) -> bool) -> Result<(), Stopped> {
        let asked: Vec<(String, Source)> = self
            .facts
            .asked
            .borrow()
            .iter()
            .filter(|(node, _)| !self.facts.samples.contains_key(*node) && which(node))
            .map(|(node, source)| (node.clone(), source.clone()))
            .collect();
        for (node, source) in &asked {
            let (base, spool) = (self.job.folder(), &self.session.spool);
            let sample = self.session.sources.lock().sample(node, source, base, spool, self.cancel);
            self.stop_if_asked()?;
            let found = sample.as_ref().map(|sample| sample.found.clone());
            let found = found.map_err(|problem| problem.clone().node(node));
            (self.tell)(News::Source { node: node.clone(), source: source.clone(), found });
            self.facts.samples.insert(node.clone(), sample);
        }
        if !asked.is_empty() {
            self.plan();
        }
        Ok(())
    }

    /// Answers the questions on which the columns of a node depend, from the sample.
    fn answer_above(&mut self, node: &str) -> Result<(), Stopped> {
        while self.planned.waiting.contains(node) {
            let mut above = self.pipeline.clone();
            above.keep_upstream_of(node);
            let open = |question: &&Question| {
                above.nodes.contains_key(&question.node) && !self.refused.contains(&question.node)
            };
            let Some(question) = self.planned.questions.iter().find(open).cloned() else { return Ok(()) };
            self.answer(&question)?;
        }
        Ok(())
    }

    fn answer(&mut self, question: &Question) -> Result<(), Stopped> {
        let Question { node, input, column, .. } = question;
        self.settle_with_inputs(&input.node)?;
        let Some(rows) = self.output_of(input) else {
            // What is wrong above was told.
            self.refused.insert(node.clone());
            return Ok(());
        };
        let mark = self.marks[rows.0];
        let known = (mark, column.clone());
        let values = match (self.session.answers.lock().get(&known).cloned(), self.table(mark)) {
            (Some(values), _) => Ok(values),
            (None, None) => {
                self.refused.insert(node.clone());
                return Ok(());
            }
            (None, Some(table)) => {
                table.rows.whole().and_then(|rows| stages::values(question, rows.lazy(), self.cancel))
            }
        };
        self.stop_if_asked()?;
        match values {
            Err(problem) => {
                self.refused.insert(node.clone());
                self.trouble(node, vec![problem]);
            }
            Ok(values) => {
                remember(&self.session.answers, known, values.clone());
                (self.tell)(News::Values { node: node.clone(), values: values.clone() });
                self.facts.answers.insert(node.clone(), values);
                self.plan();
            }
        }
        Ok(())
    }

    fn output_of(&self, link: &pipewright_engine::pipeline::Link) -> Option<Rows> {
        let at = self.pipeline.nodes.get(&link.node)?.step.output(link).ok()?;
        self.planned.outputs.get(&link.node)?.get(at).copied()
    }

    fn table(&mut self, mark: Mark) -> Option<Arc<Held>> {
        if let Some(table) = self.tables.get(&mark) {
            return Some(Arc::clone(table));
        }
        let table = self.session.tables.get(mark)?;
        self.tables.insert(mark, Arc::clone(&table));
        Some(table)
    }

    /// Computes a node, and before it what it needs of others.
    fn settle_with_inputs(&mut self, node: &str) -> Result<(), Stopped> {
        let mut stack = vec![node.to_owned()];
        while let Some(node) = stack.last() {
            let node = node.clone();
            let above = if self.settled.contains(&node) { Vec::new() } else { self.needed_before(&node) };
            if !above.is_empty() {
                stack.extend(above);
                continue;
            }
            stack.pop();
            if self.settled.insert(node.clone()) {
                self.settle(&node)?;
            }
        }
        Ok(())
    }

    /// The nodes that must be computed before this one.
    fn needed_before(&mut self, node: &str) -> Vec<String> {
        let planned = std::mem::take(&mut self.planned);
        let needed = match Part::of(&planned, node) {
            None => Vec::new(),
            // One that writes is shown by what it is given.
            Some(_) if planned.outputs[node].is_empty() => {
                let from = self.pipeline.nodes[node].from.iter().flatten();
                from.map(|link| link.node.clone()).collect()
            }
            Some(part) if self.is_held(&planned, &part, node) => Vec::new(),
            Some(part) => part.inputs.iter().map(|rows| planned.plan.entry(*rows).node.clone()).collect(),
        };
        self.planned = planned;
        needed.into_iter().filter(|node| !self.settled.contains(node)).collect()
    }

    /// Whether all that would come of computing a node is there.
    fn is_held(&mut self, planned: &Planned, part: &Part, node: &str) -> bool {
        let held = planned.outputs[node].iter().all(|rows| self.table(self.marks[rows.0]).is_some());
        held && (!part.has_verdict() || self.session.verdicts.lock().contains_key(&self.verdict(part)))
    }

    /// Under what it is kept whether a node could be computed.
    fn verdict(&self, part: &Part) -> Mark {
        let told = part.told().into_iter().map(|(rows, effect)| (self.marks[rows], effect)).collect::<Vec<_>>();
        let outputs: Vec<Mark> = part.outputs.iter().map(|rows| self.marks[rows.0]).collect();
        Mark::of(&(outputs, told))
    }

    fn settle(&mut self, node: &str) -> Result<(), Stopped> {
        self.stop_if_asked()?;
        self.tell_trouble(node);
        let planned = std::mem::take(&mut self.planned);
        let settled = match Part::of(&planned, node) {
            None => Ok(()),
            Some(part) => self.settle_part(&planned, &part, node),
        };
        self.planned = planned;
        settled
    }

    fn settle_part(&mut self, planned: &Planned, part: &Part, node: &str) -> Result<(), Stopped> {
        if self.is_held(planned, part, node) {
            self.tell_outputs(planned, node, None)?;
            self.tell_verdict(node, self.verdict(part));
            return Ok(());
        }
        let verdict = self.verdict(part);
        if self.session.without_rows.lock().contains_key(&verdict) {
            self.tell_verdict(node, verdict);
            return Ok(());
        }
        // Behind a node that failed there is nothing.
        let inputs: Option<Vec<Arc<Held>>> = part.inputs.iter().map(|rows| self.table(self.marks[rows.0])).collect();
        let Some(inputs) = inputs else { return Ok(()) };
        let began = Instant::now();
        let sample = self.facts.samples.get(node).and_then(|sample| sample.as_ref().ok()).cloned();
        let frames =
            inputs.iter().map(|table| table.rows.whole()).collect::<Result<_, _>>().map_err(Stopped::Failed)?;
        // A fault in one node is no reason to show none of the others.
        let made =
            fault::contain(|| part.execute(frames, sample.as_deref(), &self.job.secrets, self.cancel, &self.judge));
        let made = made.unwrap_or_else(|fault| Ok(Err(vec![fault.node(node)])))?;
        let seconds = began.elapsed().as_secs_f64();
        self.computed.push(node.to_owned());
        let (made, told) = match made {
            Err(problems) => (None, problems),
            Ok((made, told)) => (Some(made), told),
        };
        if part.has_verdict() || made.is_none() {
            remember(&self.session.verdicts, verdict, told.clone());
        }
        let Some(made) = made else {
            remember(&self.session.without_rows, verdict, ());
            self.trouble(node, told);
            return Ok(());
        };
        let cut_above = inputs.iter().any(|table| table.cut);
        for (rows, made) in planned.outputs[node].iter().zip(made) {
            let Some(mut frame) = made.frame else { continue };
            frame.rechunk_mut();
            let mark = self.marks[rows.0];
            let held = Held::new(KeptRows::Memory(frame), planned.plan.schema(*rows).clone(), made.cut || cut_above);
            self.tables.insert(mark, self.session.tables.keep(mark, held));
        }
        self.tell_outputs(planned, node, Some(seconds))?;
        self.trouble(node, told);
        Ok(())
    }

    /// What was found wrong with the rows of a node when they were computed, whatever it was called then.
    fn tell_verdict(&mut self, node: &str, verdict: Mark) {
        let known = self.session.verdicts.lock().get(&verdict).cloned().unwrap_or_default();
        self.trouble(node, known.into_iter().map(|problem| Problem { node: Some(node.into()), ..problem }).collect());
    }

    fn tell_outputs(&mut self, planned: &Planned, node: &str, seconds: Option<f64>) -> Result<(), Stopped> {
        for (output, rows) in planned.outputs[node].iter().enumerate() {
            let mark = self.marks[rows.0];
            let Some(table) = self.table(mark) else { continue };
            let step = &self.pipeline.nodes[node].step;
            let head = head(&table, step).map_err(Stopped::Failed)?;
            let rejects = rejects(&table, step, output, self.judge.is_certain(*rows)).map_err(Stopped::Failed)?;
            (self.tell)(News::Output(Output {
                node: node.to_owned(),
                output,
                table: mark.id(),
                schema: table.schema.clone(),
                rows: table.rows.height() as u64,
                basis: self.basis(*rows, &table),
                head,
                rejects,
                seconds,
            }));
        }
        Ok(())
    }

    fn basis(&self, rows: Rows, table: &Held) -> Basis {
        let lineage = self.lineages[rows.0].iter();
        let samples: Vec<&Sample> =
            lineage.filter_map(|node| Some(self.facts.samples.get(node)?.as_ref().ok()?.as_ref())).collect();
        let read = samples.iter().filter(|sample| !sample.found.whole).map(|sample| sample.read()).max();
        if read.is_none() && !table.cut {
            return Basis::Everything;
        }
        Basis::Sample {
            // Where too many rows came out of a join, those that were kept.
            records: read.unwrap_or(table.rows.height() as u64),
            of: samples.iter().map(|sample| sample.found.records).reduce(|a, b| Some(a? + b?)).flatten(),
            estimated: samples.iter().any(|sample| sample.found.estimated),
        }
    }

    /// Tells what is wrong with a node as it is planned.
    fn tell_trouble(&mut self, node: &str) {
        let problems = self.planned.problems.iter();
        let problems: Vec<Problem> =
            problems.filter(|problem| problem.is_error() && problem.node.as_deref() == Some(node)).cloned().collect();
        if !problems.is_empty() {
            self.trouble(node, problems);
        }
    }

    fn trouble(&mut self, node: &str, problems: Vec<Problem>) {
        if !problems.is_empty() && self.troubled.insert(node.to_owned()) {
            (self.tell)(News::Trouble { node: node.to_owned(), problems });
        }
    }

    fn stop_if_asked(&self) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
    }
}
