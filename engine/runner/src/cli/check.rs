//! `pipewright check`

use std::fmt::Write as _;
use std::io;

use pipewright_engine::file;
use pipewright_engine::problem::Problem;

use super::{CheckArgs, CheckForm, Exit, print, print_json, session, source, words};
use crate::job::{Job, Reply, Request};

pub(super) fn check(args: CheckArgs) -> Exit {
    let CheckArgs { file, set, exact, format } = args;
    let (exit, problems, nodes) = match source::read_job(file, set) {
        Ok(mut job) => {
            job.exact = exact;
            let nodes = file::read(&job.text).map_or(0, |(pipeline, _)| pipeline.nodes.len());
            let (exit, problems) = problems_of(job);
            (exit, problems, nodes)
        }
        Err(problem) => (Exit::Wrong, vec![problem], 0),
    };
    let printed = match format {
        CheckForm::Json => print_json(&problems),
        CheckForm::Text => print(&listed(&problems, nodes)),
    };
    if exit == Exit::Done { printed } else { exit }
}

fn problems_of(job: Job) -> (Exit, Vec<Problem>) {
    // What is wrong with the pipeline is refused before any row is looked at: the rest is what a run would fail for.
    let wrong = if job.exact { Exit::Failed } else { Exit::Wrong };
    match session::ask(&Request::Check(job), None, &mut |_| {}) {
        (Reply::Checked(problems), _) if problems.iter().any(Problem::is_error) => (wrong, problems),
        (Reply::Checked(problems), _) => (Exit::Done, problems),
        (reply, stop) => session::no_answer(reply, &stop),
    }
}

fn listed(problems: &[Problem], nodes: usize) -> String {
    if problems.is_empty() {
        return format!("No problems in {}.\n", words::count(nodes as u64, "node"));
    }
    let coloured = words::coloured(&io::stdout());
    let mut text = String::new();
    for problem in problems {
        writeln!(text, "{}", words::problem_line(problem, coloured)).ok();
    }
    text
}
