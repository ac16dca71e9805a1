//! What a run did, as lines of the log: sources, nodes, files, what went wrong, and how it ended.

use pipewright_engine::problem::Severity;
use pipewright_runner::cli::words::{bytes, count, rows, thousands};
use pipewright_runner::job::{Count, Event, NodeReport, Outcome, Report, SourceReport, Written};

use super::{Line, What};

pub(super) fn lines(report: &Report) -> Vec<What> {
    let sources = report.sources.iter().map(source);
    let nodes = report.nodes.iter().map(node);
    let files = report.written.iter().map(written);
    let said = sources.chain(nodes).chain(files).map(What::Said);
    let problems = report.problems.iter().cloned().map(What::Problem);
    said.chain(problems).chain([What::Said(outcome(report))]).collect()
}

fn source(source: &SourceReport) -> String {
    let SourceReport { node, file, records, rejected, read_as, .. } = source;
    let rejected = if *rejected == 0 { String::new() } else { format!(", {} rejected", thousands(*rejected)) };
    format!("{node}: read {}{rejected} from {file} ({read_as})", count(*records, "record"))
}

fn node(node: &NodeReport) -> String {
    let outputs = node.rows_out.iter().filter(|(name, _)| name.as_str() != "rejected");
    let mut parts: Vec<String> = outputs
        .map(|(name, count)| format!("{} {}", rows(*count), if name.is_empty() { "out" } else { name.as_str() }))
        .collect();
    if node.rows_in != Count::Unknown {
        parts.insert(0, format!("{} in", rows(node.rows_in)));
    }
    if node.rejected > 0 {
        parts.push(format!("{} rejected", thousands(node.rejected)));
    }
    format!("{}: {}", node.node, parts.join(", "))
}

fn written(written: &Written) -> String {
    let Written { node, path, rows, bytes: size, files } = written;
    let files = if *files > 1 { format!(", {}", count(*files as u64, "file")) } else { String::new() };
    format!("{node}: wrote {} to {} ({}{files})", count(*rows, "row"), path.display(), bytes(*size))
}

/// How a run ended, in a sentence.
pub fn outcome(report: &Report) -> String {
    let nothing = match (&report.until, report.written.is_empty()) {
        (_, false) => String::new(),
        (Some(node), true) if report.outcome == Outcome::Done => format!(" Nothing was written: it ran to {node:?}."),
        (_, true) => " Nothing was written.".to_owned(),
    };
    match report.outcome {
        Outcome::Done => format!("Done in {:.2} s.{nothing}", report.seconds),
        Outcome::Failed => format!("The run failed.{nothing}"),
        Outcome::Cancelled => format!("Stopped.{nothing}"),
    }
}

impl Line {
    /// The line without its time.
    pub fn text(&self) -> String {
        match &self.what {
            What::Said(text) => text.clone(),
            What::Event(event) => told(event),
            What::Problem(problem) => problem.to_string(),
        }
    }

    /// How grave it is, where something is wrong.
    pub fn severity(&self) -> Option<Severity> {
        let What::Problem(problem) = &self.what else { return None };
        Some(problem.severity)
    }
}

fn told(event: &Event) -> String {
    match event {
        Event::Checking { node, file } => format!("{node}: looking at {file}"),
        Event::Stage { number, nodes, holding } => {
            let held =
                if holding.is_empty() { String::new() } else { format!(", all rows held by {}", holding.join(", ")) };
            format!("Stage {number}: {}{held}", nodes.join(", "))
        }
        Event::Progress { rows, of: None } => format!("{} read", count(*rows, "row")),
        Event::Progress { rows, of: Some(of) } => format!("{} of {} read", thousands(*rows), count(*of, "row")),
    }
}
