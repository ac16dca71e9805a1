//! `pipewright nodes`: the reference, from the declarations of nodes and functions.

use pipewright_engine::docs;
use pipewright_engine::formula::Function;
use pipewright_engine::nodes::CATALOG;
use pipewright_engine::problem::Problem;

use super::{DocsForm, Exit, NodesArgs, print, print_json, words};

pub(super) fn nodes(args: &NodesArgs) -> Exit {
    let Some(name) = &args.name else {
        return match args.format {
            DocsForm::Md => print(&docs::overview()),
            DocsForm::Json => print_json(&CATALOG.iter().map(docs::page).collect::<Vec<_>>()),
        };
    };
    if name.eq_ignore_ascii_case("formulas") {
        return print(&docs::formulas());
    }
    let Some(kind) = CATALOG.iter().find(|kind| kind.name.eq_ignore_ascii_case(name)) else {
        // What is no node may be a function of formulas.
        if let Some(function) = Function::named(name) {
            return print(&docs::function(function.entry()));
        }
        words::tell(&[Problem::unknown("node", name, CATALOG.iter().map(|kind| kind.name))]);
        return Exit::Wrong;
    };
    match args.format {
        DocsForm::Md => print(&docs::reference(kind)),
        DocsForm::Json => print_json(&docs::page(kind)),
    }
}
