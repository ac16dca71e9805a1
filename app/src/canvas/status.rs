//! How each node stands, and how many rows came out of it.

use std::collections::HashMap;

use egui::Color32;
use pipewright_engine::problem::Severity;
use pipewright_runner::cli::words::thousands;
use pipewright_runner::job::{Count, NodeReport, Outcome, Report};
use pipewright_runner::show::Basis;

use super::Scene;
use super::graph::{Block, Graph};
use crate::theme::Palette;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Unconfigured,
    Ready,
    Stale,
    Running,
    Done,
    Failed,
}

impl Status {
    pub fn text(self) -> &'static str {
        match self {
            Self::Unconfigured => "not configured",
            Self::Ready => "ready",
            Self::Stale => "stale",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub fn color(self, palette: &Palette) -> Color32 {
        match self {
            Self::Unconfigured => palette.warning,
            Self::Ready => palette.faint,
            Self::Stale => palette.accent,
            Self::Running => palette.running,
            Self::Done => palette.good,
            Self::Failed => palette.error,
        }
    }
}

/// What is wrong at a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Troubles {
    pub count: usize,
    pub worst: Option<Severity>,
}

/// How many rows came out of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    pub count: u64,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Exact,
    /// A limit ended the reading early.
    AtLeast,
    /// Counted in a sample of the sources.
    Sample,
}

impl Rows {
    pub fn text(self) -> String {
        let count = thousands(self.count);
        match self.how {
            How::Exact | How::Sample => count,
            How::AtLeast => format!("≥ {count}"),
        }
    }
}

/// Looked up once a frame.
pub struct Standing<'a> {
    scene: &'a Scene<'a>,
    troubles: HashMap<&'a str, Troubles>,
    report: Option<&'a Report>,
    reported: HashMap<&'a str, &'a NodeReport>,
}

impl<'a> Standing<'a> {
    /// `fresh`: the last run was of the pipeline as it is now.
    pub fn new(scene: &'a Scene<'a>, fresh: bool) -> Self {
        let mut troubles: HashMap<&str, Troubles> = HashMap::new();
        for problem in &scene.checked.problems {
            let Some(node) = problem.node.as_deref() else { continue };
            let here = troubles.entry(node).or_default();
            here.count += 1;
            here.worst = here.worst.max(Some(problem.severity));
        }
        let report = scene.runs.last.as_ref().filter(|_| fresh && scene.runs.current.is_none());
        let reported = report.iter().flat_map(|report| &report.nodes).map(|node| (node.node.as_str(), node)).collect();
        Self { scene, troubles, report, reported }
    }

    pub fn troubles(&self, name: &str) -> Troubles {
        let mut troubles = self.troubles.get(name).copied().unwrap_or_default();
        if troubles.count == 0 {
            for problem in self.scene.results.problems_of(name) {
                troubles.count += 1;
                troubles.worst = troubles.worst.max(Some(problem.severity));
            }
        }
        troubles
    }

    pub fn status(&self, block: &Block) -> Status {
        let name = block.name.as_str();
        if let Some(run) = &self.scene.runs.current {
            if run.active.iter().any(|active| active == name) {
                return Status::Running;
            }
            if run.done.iter().any(|done| done == name) {
                return Status::Done;
            }
        }
        if !block.configured && !block.muted {
            return Status::Unconfigured;
        }
        let failed_in_run = |report: &&Report| {
            report.problems.iter().any(|problem| problem.is_error() && problem.node.as_deref() == Some(name))
        };
        if self.troubles(name).worst == Some(Severity::Error) || self.report.as_ref().is_some_and(failed_in_run) {
            return Status::Failed;
        }
        if self.scene.results.is_stale(name) {
            return Status::Stale;
        }
        let done = self.report.is_some_and(|report| report.outcome == Outcome::Done);
        if done && self.reported.contains_key(name) { Status::Done } else { Status::Ready }
    }

    /// Rows that came out: in the run, or as far as they are known.
    pub fn rows(&self, graph: &Graph, (block, output): (usize, usize)) -> Option<Rows> {
        let block = &graph.blocks[block];
        if let Some(rows) = self.rows_of_run(block, output) {
            return Some(rows);
        }
        let output = self.scene.results.nodes.get(&block.name)?.outputs.get(output)?.as_ref()?;
        let how = match output.basis {
            Basis::Everything => How::Exact,
            Basis::Sample { .. } => How::Sample,
        };
        Some(Rows { count: output.rows, how })
    }

    fn rows_of_run(&self, block: &Block, output: usize) -> Option<Rows> {
        let node = self.reported.get(block.name.as_str())?;
        let port = block.outputs.get(output)?;
        if port.name == "rejected" {
            return Some(Rows { count: node.rejected, how: How::Exact });
        }
        match *node.rows_out.get(&port.name)? {
            Count::Exact(count) => Some(Rows { count, how: How::Exact }),
            Count::AtLeast { at_least: count } => Some(Rows { count, how: How::AtLeast }),
            Count::Unknown => None,
        }
    }

    /// Rows that the run wrote at a node that writes.
    pub fn written(&self, name: &str) -> Option<u64> {
        let report = self.report.filter(|report| report.outcome == Outcome::Done)?;
        report.written.iter().find(|written| written.node == name).map(|written| written.rows)
    }
}
