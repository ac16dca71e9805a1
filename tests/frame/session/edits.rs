//! Random edits of a random pipeline.

use std::collections::{HashMap, HashSet};

use pipewright_engine::table::Table;
use pipewright_runner::engine::engine;

use super::{Desk, rows, show};
use crate::dice::Dice;

#[test]
fn a_thousand_edits_compute_what_they_change_and_give_what_a_new_session_gives() {
    let desk = Desk::new();
    let lines: Vec<String> = (0..200).map(|n| format!("{},{}", n % 17, n * 7 % 23)).collect();
    desk.write("in.csv", format!("n,m\n{}\n", lines.join("\n")));
    let mut dice = Dice(11);
    let mut steps: Vec<(String, Vec<usize>)> = vec![("ReadCsv(path: \"in.csv\")".into(), Vec::new())];
    for at in 1..8 {
        let step = random_step(&mut dice);
        let inputs = (0..inputs_of(&step)).map(|_| dice.below(at)).collect();
        steps.push((step, inputs));
    }
    let names: Vec<String> = (0..steps.len()).map(|at| format!("node {at}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    // What a node depends on, in words.
    let mut known: HashSet<String> = HashSet::new();
    let mut tables: HashMap<String, Table> = HashMap::new();
    for edit in 0..1_000 {
        let at = 1 + dice.below(steps.len() - 1);
        let step = random_step(&mut dice);
        if inputs_of(&step) != steps[at].1.len() || dice.happens(20) {
            steps[at].1 = (0..inputs_of(&step)).map(|_| dice.below(at)).collect();
        }
        steps[at].0 = step;
        let mut depends: Vec<String> = Vec::new();
        let mut expected = Vec::new();
        let mut nodes = String::new();
        for (at, (step, inputs)) in steps.iter().enumerate() {
            let above: Vec<&str> = inputs.iter().map(|input| depends[*input].as_str()).collect();
            depends.push(format!("{step}({})", above.join(" ")));
            if known.insert(depends[at].clone()) {
                expected.push(all[at]);
            }
            let from: Vec<&str> = inputs.iter().map(|input| all[*input]).collect();
            nodes.push_str(&format!("{:?}: (step: {step}, from: {from:?}),\n", all[at]));
        }
        let told = desk.show(&nodes, &all);
        assert_eq!(told.computed(), expected, "edit {edit}\n{nodes}");
        let anew = (edit % 50 == 0).then(engine);
        let anew = anew.as_ref().map(|engine| (engine, show(engine.as_ref(), desk.job(&nodes), &all)));
        for output in told.outputs() {
            if let Some((engine, anew)) = &anew {
                let (ours, theirs) =
                    (desk.rows(output), rows(engine.as_ref(), anew.output(&output.node, output.output)));
                assert_eq!(ours, theirs, "edit {edit}, {}\n{nodes}", output.node);
                assert_eq!(tables.entry(output.table.clone()).or_insert(theirs), &ours);
            }
        }
        assert!(told.outputs().count() >= steps.len(), "{:?}", told.0);
    }
}

/// A step over the columns n and m, which it keeps.
fn random_step(dice: &mut Dice) -> String {
    let number = dice.below(4);
    match dice.below(6) {
        0 => format!("Filter(condition: \"n > {number}\")"),
        1 => format!("Formula(formulas: [(column: \"n\", formula: \"(n * {} + m) % 19\")])", number + 2),
        2 => format!("Limit(count: {})", 50 + number * 50),
        3 => format!("Sort(by: [(column: \"{}\")])", dice.pick(&["n", "m"])),
        4 => "Union()".into(),
        _ => format!(
            "GroupBy(by: [\"n\"], aggregations: [(function: {}, column: \"m\", as: \"m\")])",
            dice.pick(&["Min", "Max"])
        ),
    }
}

fn inputs_of(step: &str) -> usize {
    if step == "Union()" { 2 } else { 1 }
}
