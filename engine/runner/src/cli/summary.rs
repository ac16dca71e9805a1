//! What a run did, as text: sources, nodes, stages, what was written, and what went wrong.

use std::fmt::Write as _;

use super::words::{aligned, bytes, count, problem_line, rows, thousands};
use crate::job::{NodeReport, Outcome, Report, SourceReport, StageReport, Written};

pub fn of(report: &Report, coloured: bool) -> String {
    let mut text = String::new();
    section(&mut text, "Sources", &report.sources.iter().map(source).collect::<Vec<_>>(), &[1, 4]);
    section(&mut text, "Nodes", &nodes(&report.nodes), &[4]);
    section(&mut text, "Stages", &report.stages.iter().enumerate().map(stage).collect::<Vec<_>>(), &[3, 4]);
    section(&mut text, "Written", &report.written.iter().map(written).collect::<Vec<_>>(), &[1, 4]);
    for problem in &report.problems {
        writeln!(text, "{}", problem_line(problem, coloured)).ok();
    }
    text.push_str(&last_line(report));
    text
}

fn section(text: &mut String, title: &str, lines: &[Vec<String>], left: &[usize]) {
    if lines.is_empty() {
        return;
    }
    writeln!(text, "{title}").ok();
    text.push_str(&aligned(lines, left));
}

fn source(source: &SourceReport) -> Vec<String> {
    let SourceReport { node, file, bytes: size, records, rejected, read_as } = source;
    let rejected = if *rejected == 0 { String::new() } else { format!("; {} rejected", thousands(*rejected)) };
    vec![node.clone(), file.clone(), bytes(*size), count(*records, "record"), format!("{read_as}{rejected}")]
}

fn nodes(nodes: &[NodeReport]) -> Vec<Vec<String>> {
    if nodes.is_empty() {
        return Vec::new();
    }
    let header = ["", "rows in", "rows out", "rejected"].map(str::to_owned).to_vec();
    std::iter::once(header).chain(nodes.iter().map(node)).collect()
}

/// Rows in, rows of the main output, rejected, and then the other outputs by name.
fn node(node: &NodeReport) -> Vec<String> {
    let mut outputs = node.rows_out.iter();
    let main = outputs.next().map_or_else(|| "–".into(), |(_, count)| rows(*count));
    // Rejected rows have a column of their own.
    let others = outputs.filter(|(name, _)| name.as_str() != "rejected");
    let mut more: Vec<String> = others.map(|(name, count)| format!("{name} {}", rows(*count))).collect();
    if node.rejected > 0
        && let Some(became) = &node.rejects_became
    {
        more.push(match became.as_str() {
            "null" => "rejected values became null".into(),
            "skipped" => "rejected rows were skipped".into(),
            "failed" => "rejected rows made the run fail".into(),
            other => format!("rejected: {other}"),
        });
    }
    vec![node.node.clone(), rows(node.rows_in), main, thousands(node.rejected), more.join(", ")]
}

fn stage((at, stage): (usize, &StageReport)) -> Vec<String> {
    let StageReport { nodes, scans, seconds, holding } = stage;
    let held = if holding.is_empty() { String::new() } else { format!("held in memory: {}", holding.join(", ")) };
    vec![(at + 1).to_string(), format!("{seconds:.2} s"), count(*scans as u64, "scan"), nodes.join(", "), held]
}

fn written(written: &Written) -> Vec<String> {
    let Written { node, path, rows, bytes: size, files } = written;
    let files = if *files > 1 { count(*files as u64, "file") } else { String::new() };
    vec![node.clone(), path.display().to_string(), count(*rows, "row"), bytes(*size), files]
}

fn last_line(report: &Report) -> String {
    let nothing = if report.written.is_empty() { " Nothing was written." } else { "" };
    match report.outcome {
        Outcome::Done => format!("Done in {:.2} s.", report.seconds),
        Outcome::Failed => format!("The run failed.{nothing}"),
        Outcome::Cancelled => format!("Cancelled.{nothing}"),
    }
}
