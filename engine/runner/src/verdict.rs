//! What would make a run fail on these rows, or would be said of them: the same for runs, previews, exact answers and the designer.

use pipewright_engine::plan::{Effect, JoinKind, Keep, Op, Plan, Rows, Tally, Unmet};
use pipewright_engine::problem::{Cause, Problem, Severity};
use pipewright_engine::table::Table;
use pipewright_engine::value::Value;

use crate::cli::words;
use crate::convert;
use crate::host::{Cancel, fault};
use crate::lower::{self, Tables};
use crate::sink::To;
use crate::stage::{End, Ended, execute};

/// How many rows a message shows.
pub(crate) const FIRST_CASES: usize = 5;

/// The column with the reason why a row was rejected, and all those that a message about it speaks of.
pub(crate) const REASON: &str = "error_reason";
pub(crate) const TOLD: [&str; 5] = ["file", "line", "error_column", "error_value", REASON];

/// The end of a tally. A promise that is broken ends the execution, since what it was made for may take for ever without it: what
/// there is to say is found out by [`after`].
pub(crate) fn end(tally: &Tally) -> End {
    match tally.effect {
        Effect::Broken(_) => End { node: tally.node.clone(), rows: tally.rows, to: To::Catch },
        _ => gathered(tally),
    }
}

/// The same, for few rows.
pub(crate) fn gathered(tally: &Tally) -> End {
    End { node: tally.node.clone(), rows: tally.rows, to: To::Tell { first: FIRST_CASES } }
}

/// What is told of the rows of a plan whose execution failed, and then the failure: rows that are rejected, or of which a promise was
/// broken, are more often than not the reason why a node below them fails.
pub(crate) fn after(
    failure: Problem,
    plan: &Plan,
    tables: &dyn Tables,
    cancel: &Cancel,
    judge: &Judge,
) -> Vec<Problem> {
    // A disk does not fail for rows.
    if failure.message.starts_with("The disk ") || cancel.is_cancelled() {
        return vec![failure];
    }
    let told = |tallies: &[&Tally]| -> Option<Vec<(Problem, bool)>> {
        let ends: Vec<End> = tallies.iter().map(|tally| gathered(tally)).collect();
        let executed = fault::contain(|| execute(plan, &ends, tables, cancel, &|_| {})).ok()?.ok()?;
        let told = tallies.iter().zip(&executed.ends).filter_map(|(tally, ended)| {
            Some((judge.tell(plan, tally, ended)?, matches!(tally.effect, Effect::Broken(_))))
        });
        Some(told.collect())
    };
    let tallies: Vec<&Tally> = plan.tallies.iter().filter(|tally| tally.effect != Effect::Taken).collect();
    let together = if tallies.is_empty() { None } else { told(&tallies) };
    // Where not all can be had, each that can.
    let mut found = together.unwrap_or_else(|| {
        let at_fault = |rows: Rows| failure.node.as_ref() == Some(&plan.entry(rows).node);
        let apart = |tally: &&&Tally| at_fault(tally.rows) || !plan.above(tally.rows).into_iter().any(at_fault);
        tallies.iter().filter(apart).filter_map(|tally| told(&[tally])).flatten().collect()
    });
    // Errors are what it failed for.
    found.sort_by_key(|(problem, _)| std::cmp::Reverse(problem.severity));
    let is_promise = failure.message == lower::PROMISE;
    let explained = found.iter().any(|(problem, broken)| *broken && (is_promise || problem.node == failure.node));
    let mut problems: Vec<Problem> = found.into_iter().map(|(problem, _)| problem).collect();
    if !explained {
        problems.push(failure);
    }
    problems
}

/// How far the rows of a plan speak for all rows of the sources.
#[derive(Default)]
pub(crate) struct Judge {
    /// Of each entry; none where everything was read.
    evidence: Vec<Evidence>,
}

#[derive(Clone, Copy)]
struct Evidence {
    /// There may be more rows.
    sampled: bool,
    /// Each of these rows is there among all rows, too.
    certain: bool,
    /// They come before all others.
    first: bool,
}

impl Judge {
    /// `sampled` says of which nodes only the first records were read.
    pub(crate) fn new(plan: &Plan, sampled: impl Fn(&str) -> bool) -> Self {
        let mut evidence: Vec<Evidence> = Vec::with_capacity(plan.entries.len());
        for entry in &plan.entries {
            let inputs: Vec<Evidence> = entry.inputs.iter().map(|rows| evidence[rows.0]).collect();
            evidence.push(match &entry.op {
                Op::Read(_) | Op::ReadRejects(_) | Op::ReadDrift(_) => {
                    Evidence { sampled: sampled(&entry.node), certain: true, first: true }
                }
                // Of what earlier stages kept nothing more is known.
                Op::Spooled { node, .. } => Evidence { sampled: sampled(node), certain: false, first: false },
                op if inputs.iter().all(|input| !input.sampled) => {
                    Evidence { sampled: false, certain: true, first: !matches!(op, Op::Sort(_)) }
                }
                op => Evidence { sampled: true, ..Evidence::of(op, &inputs) },
            });
        }
        Self { evidence }
    }

    /// What is said of the rows of a tally. What is not certain of a sample is no more than a warning.
    pub(crate) fn tell(&self, plan: &Plan, tally: &Tally, ended: &Ended) -> Option<Problem> {
        let problem = tell_tally(tally, ended)?;
        if !self.is_of_sample(tally.rows) {
            return Some(problem);
        }
        let certain = self.is_certain(witness(plan, tally));
        let (severity, more) = match (certain, problem.is_error()) {
            (true, true) => (Severity::Error, " This is of a sample: a run would fail."),
            (true, false) => (problem.severity, " This is of a sample."),
            (false, _) => {
                (problem.severity.min(Severity::Warning), " This is of a sample: of all rows it may not be so.")
            }
        };
        Some(Problem { severity, message: problem.message + more, ..problem })
    }

    pub(crate) fn is_of_sample(&self, rows: Rows) -> bool {
        self.evidence.get(rows.0).is_some_and(|evidence| evidence.sampled)
    }

    /// Whether these rows are there among all rows, too.
    pub(crate) fn is_certain(&self, rows: Rows) -> bool {
        self.evidence.get(rows.0).is_none_or(|evidence| !evidence.sampled || evidence.certain)
    }
}

impl Evidence {
    /// Of an operation of whose inputs at least one is a sample.
    fn of(op: &Op, inputs: &[Self]) -> Self {
        let all_certain = inputs.iter().all(|input| input.certain);
        let all_first = all_certain && inputs.iter().all(|input| input.first);
        let there = |certain, first| Self { sampled: true, certain, first };
        let whole = |port: usize| inputs.get(port).is_none_or(|input| !input.sampled);
        match op {
            Op::Select(_) | Op::Derive { .. } | Op::Filter { .. } | Op::Explode { .. } | Op::Unpivot(_) => {
                there(all_certain, all_first)
            }
            Op::Sort(_) | Op::Union => there(all_certain, false),
            Op::Slice { .. } | Op::Number { .. } | Op::Append { .. } => there(all_first, all_first),
            Op::Distinct { keep, .. } => there(all_first && *keep == Keep::First, all_first),
            // A row without a match may have one.
            Op::Join(join) => there(
                all_certain
                    && match join.kind {
                        JoinKind::Inner | JoinKind::Semi | JoinKind::Cross => true,
                        JoinKind::Left | JoinKind::Anti => whole(1),
                        JoinKind::Right => whole(0),
                        JoinKind::Full => false,
                    },
                false,
            ),
            _ => there(false, false),
        }
    }
}

/// The rows on which it depends whether a tally is certain. A promise is broken by rows that there are: equal keys stay equal,
/// whatever comes besides.
fn witness(plan: &Plan, tally: &Tally) -> Rows {
    let mut rows = tally.rows;
    while let (Effect::Broken(_), entry) = (&tally.effect, plan.entry(rows)) {
        let passes = matches!(entry.op, Op::Filter { .. } | Op::Select(_) | Op::GroupBy { .. });
        match entry.inputs.first() {
            Some(input) if passes && entry.node == tally.node => rows = *input,
            _ => break,
        }
    }
    rows
}

/// What is said of rows that nobody takes.
fn tell_tally(tally: &Tally, ended: &Ended) -> Option<Problem> {
    let Ended { rows, first } = ended;
    if *rows == 0 {
        return None;
    }
    let cases =
        first.as_ref().and_then(|frame| convert::table(frame).ok()).map(|table| cases(&table)).unwrap_or_default();
    let (were, them) = if *rows == 1 { ("row was", "it") } else { ("rows were", "them") };
    let problem = match &tally.effect {
        Effect::Fail => Problem::new(format!("{rows} {were} rejected and nothing takes {them}. The first: {cases}."))
            .try_this("Wire the output \"rejected\" to a node that writes, or set on_error.")
            .because(Cause::Rejects),
        Effect::Refuse => {
            let rows = words::count(*rows, "row");
            Problem::new(format!("{rows} could not be computed. The first: {cases}."))
        }
        Effect::Broken(promise) => Problem::new(format!("{promise} The first: {cases}.")),
        Effect::Unmet(unmet) => {
            let (expectations, are) = if *rows == 1 { ("expectation", "is") } else { ("expectations", "are") };
            let message = format!("{rows} {expectations} {are} not met. The first: {cases}.");
            match unmet {
                Unmet::Warns => Problem::warning(message),
                Unmet::Fails => Problem::new(message),
            }
        }
        Effect::Null => {
            let values = if *rows == 1 { "row has" } else { "rows have" };
            Problem::warning(format!(
                "{rows} {values} null where a value could not be read or computed. The first: {cases}."
            ))
        }
        Effect::Skip => Problem::warning(format!("{rows} {were} left out. The first: {cases}.")),
        Effect::Taken => return None,
    };
    Some(problem.node(&tally.node))
}

/// The first cases in one line: the reason and where, or the values of the row.
pub(crate) fn cases(table: &Table) -> String {
    // A query has hidden names: that of a table before a column's own, or none that anybody wrote.
    let called = |name: &str| match name.strip_prefix('\u{1}') {
        Some(hidden) => hidden.rsplit_once('.').map(|(_, column)| column.to_owned()),
        None => Some(name.to_owned()),
    };
    let shown = table.rows.iter().map(|row| {
        let field = |name: &str| {
            let at = table.schema.0.iter().rposition(|column| column.name == name)?;
            Some(row[at].to_string()).filter(|text| !text.is_empty())
        };
        let Some(reason) = field(REASON) else {
            let shown = |value: &Value| if value.is_null() { "null".to_owned() } else { value.to_string() };
            let values = table.schema.names().zip(row).map(|(name, value)| match called(name) {
                Some(name) => format!("{name} = {}", shown(value)),
                None => shown(value),
            });
            return values.collect::<Vec<_>>().join(", ");
        };
        let place = field("file").zip(field("line")).map(|(file, line)| format!("{file} line {line}"));
        let value = field("error_column").map(|column| match field("error_value") {
            Some(value) => format!("{column} {value:?}"),
            None => column,
        });
        let words: Vec<String> = place.into_iter().chain(value).collect();
        if words.is_empty() { reason } else { format!("{}: {reason}", words.join(", ")) }
    });
    shown.collect::<Vec<_>>().join("; ")
}
