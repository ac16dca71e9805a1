//! What the engine keeps for a designer and tells it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pipewright_engine::nodes::Step;
use pipewright_engine::table::Table;
use pipewright_engine::value::Value;
use pipewright_runner::engine::engine;
use pipewright_runner::host::{Cancel, Connection as _, Engine, Process, Received, frame, host_command, serve};
use pipewright_runner::job::{Job, Reply, Request};
use pipewright_runner::show::{Ask, Basis, Found, News, Output, Page, PageRows, Profile, Shape, View};

use crate::dice::Dice;
use crate::fake::{Fake, host_program};
use crate::laboratory;

/// A session with a folder of files.
struct Desk {
    folder: tempfile::TempDir,
    engine: Arc<dyn Engine>,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), engine: engine() }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn job(&self, nodes: &str) -> Job {
        let text = format!("#![enable(implicit_some, unwrap_variant_newtypes)]\n(version: 1, nodes: {{{nodes}}})");
        Job { file: self.folder.path().join("x.pipe.ron"), text, ..Job::default() }
    }

    fn show(&self, nodes: &str, wanted: &[&str]) -> Told {
        show(self.engine.as_ref(), self.job(nodes), wanted)
    }

    fn exact(&self, nodes: &str, node: &str) -> Told {
        ask(self.engine.as_ref(), &Ask::Exact(self.job(nodes), node.into()))
    }

    fn page(&self, page: Page) -> PageRows {
        let News::Page(rows) = self.engine.look(&Ask::Page(page)) else { panic!("a page is answered with one") };
        rows
    }

    fn profile(&self, output: &Output, column: usize) -> Profile {
        let asked = Ask::Profile { table: output.table.clone(), column };
        let News::Profile(profile) = self.engine.look(&asked) else { panic!("a profile is answered with one") };
        profile
    }

    fn rows(&self, output: &Output) -> Table {
        rows(self.engine.as_ref(), output)
    }

    fn sniff(&self, path: &str) -> Result<Step, String> {
        match self.engine.look(&Ask::Sniff { job: self.job(""), path: path.into() }) {
            News::Sniffed(step) => Ok(step),
            News::Failed(problems) => Err(problems[0].to_string()),
            news => panic!("{news:?}"),
        }
    }
}

/// What was told of a wish, in order.
struct Told(Vec<News>);

impl Told {
    fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.0.iter().filter_map(|news| if let News::Output(output) = news { Some(output) } else { None })
    }

    fn output(&self, node: &str, at: usize) -> &Output {
        let found = self.outputs().find(|output| output.node == node && output.output == at);
        found.unwrap_or_else(|| panic!("no output {at} of {node} in {:?}", self.0))
    }

    fn computed(&self) -> Vec<&str> {
        let Some(News::Shown { computed }) = self.0.last() else { panic!("{:?}", self.0) };
        computed.iter().map(String::as_str).collect()
    }

    /// The message of the trouble with a node.
    fn trouble(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find_map(|news| match news {
            News::Trouble { node, problems } if node == wanted => Some(problems[0].message.as_str()),
            _ => None,
        })
    }

    fn found(&self, wanted: &str) -> Result<&Found, String> {
        let found = self.0.iter().find_map(|news| match news {
            News::Source { node, found, .. } if node == wanted => Some(found),
            _ => None,
        });
        found.unwrap().as_ref().map_err(ToString::to_string)
    }
}

fn ask(engine: &dyn Engine, ask: &Ask) -> Told {
    let news = RefCell::new(Vec::new());
    let last = engine.show(ask, &Cancel::default(), &|told| news.borrow_mut().push(told));
    let mut news = news.into_inner();
    news.push(last);
    Told(news)
}

fn show(engine: &dyn Engine, job: Job, wanted: &[&str]) -> Told {
    ask(engine, &Ask::Show(job, wanted.iter().map(|name| (*name).to_owned()).collect()))
}

fn whole(output: &Output) -> Page {
    Page { table: output.table.clone(), rows: 0..u64::MAX, columns: 0..usize::MAX, view: View::default() }
}

fn rows(engine: &dyn Engine, output: &Output) -> Table {
    let News::Page(page) = engine.look(&Ask::Page(whole(output))) else { panic!("a page is answered with one") };
    assert_eq!(page.total, output.rows);
    page.table
}

#[test]
fn samples_are_shown_as_a_preview_computes_them() {
    let engine = engine();
    for sample in ["orders/orders", "toll/toll", "temperature/temperature"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../samples/{sample}.pipe.ron"));
        let job = Job { file: file.clone(), text: fs::read_to_string(&file).unwrap(), ..Job::default() };
        let (pipeline, _) = pipewright_engine::file::read(&job.text).unwrap();
        let all: Vec<&str> = pipeline.nodes.keys().map(String::as_str).collect();
        let told = show(engine.as_ref(), job.clone(), &all);
        assert!(!told.0.iter().any(|news| matches!(news, News::Trouble { .. })), "{sample}");
        // What is written is what everything else leads to.
        let written = pipeline.nodes.values().filter(|node| node.step.card().is_ok_and(|card| card.outputs.is_empty()));
        for link in written.flat_map(|node| node.from.iter().flatten()) {
            let at = pipeline.nodes[&link.node].step.output(link).unwrap();
            let output = told.output(&link.node, at);
            assert_eq!(output.basis, Basis::Everything);
            let name = link.output.as_deref().unwrap_or_default();
            let wanted = laboratory::preview(&pipeline, file.parent().unwrap(), &link.node, name).unwrap().table;
            let difference = laboratory::difference(&rows(engine.as_ref(), output), &wanted);
            assert!(difference.is_none(), "{sample} {link}: {}", difference.unwrap());
            assert_eq!(output.head.rows.len(), wanted.rows.len().min(12));
        }
        let again = show(engine.as_ref(), job, &all);
        assert_eq!(again.computed(), Vec::<&str>::new());
        assert_eq!(again.outputs().count(), told.outputs().count());
    }
}

const CHAIN: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "large": (step: Filter(condition: "n > 10"), from: ["in"]),
    "twice": (step: Formula(formulas: [(column: "m", formula: "n * 2")]), from: ["large"]),
    "sorted": (step: Sort(by: [(column: "n", descending: true)]), from: ["in"]),"#;

#[test]
fn an_edit_computes_what_lies_downstream_of_it() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n30\n");
    let all = ["in", "large", "twice", "sorted"];
    assert_eq!(desk.show(CHAIN, &all).computed(), all);
    assert_eq!(desk.show(CHAIN, &all).computed(), Vec::<&str>::new());
    let edited = desk.show(&CHAIN.replace("n > 10", "n > 20"), &all);
    assert_eq!(edited.computed(), ["large", "twice"]);
    assert_eq!(desk.rows(edited.output("twice", 0)).rows, [[Value::Integer(30), Value::Integer(60)]]);
    // What was computed before is still there.
    assert_eq!(desk.show(CHAIN, &all).computed(), Vec::<&str>::new());
    // A name is no part of what is computed.
    assert_eq!(desk.show(&CHAIN.replace("\"large\"", "\"big\""), &["big", "twice"]).computed(), Vec::<&str>::new());
}

#[test]
fn the_most_wanted_come_first_and_what_nobody_wants_not_at_all() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n30\n");
    let told = desk.show(CHAIN, &["sorted", "twice"]);
    assert_eq!(told.computed(), ["in", "sorted", "large", "twice"]);
    assert_eq!(Desk { engine: engine(), ..desk }.show(CHAIN, &["large"]).computed(), ["in", "large"]);
}

#[test]
fn a_file_that_changes_is_read_again() {
    let desk = Desk::new();
    desk.write("in.csv", "n\n5\n11\n");
    assert_eq!(desk.rows(desk.show(CHAIN, &["twice"]).output("twice", 0)).rows.len(), 1);
    desk.write("in.csv", "n\n15\n11\n");
    let told = desk.show(CHAIN, &["twice"]);
    assert_eq!(told.computed(), ["in", "large", "twice"]);
    assert_eq!(desk.rows(told.output("twice", 0)).rows.len(), 2);
    fs::remove_file(desk.folder.path().join("in.csv")).unwrap();
    let told = desk.show(CHAIN, &["twice"]);
    assert!(told.found("in").unwrap_err().contains("no file \"in.csv\""));
    assert!(told.trouble("in").is_some() && told.outputs().count() == 0);
    desk.write("in.csv", "n\n15\n");
    assert_eq!(desk.rows(desk.show(CHAIN, &["twice"]).output("twice", 0)).rows.len(), 1);
}

#[test]
fn sources_say_what_was_found() {
    let desk = Desk::new();
    desk.write("small.csv", "a;b\n1;x\n2;y\n");
    let mut large = String::from("a,b\n");
    (0..400_000).for_each(|at| large.push_str(&format!("{:06},some text\n", at)));
    desk.write("large.csv", &large);
    let nodes = r#"
        "small": (step: ReadCsv(path: "small.csv")),
        "large": (step: ReadCsv(path: "large.csv")),
        "gone": (step: ReadCsv(path: "gone.csv")),
        "few": (step: Limit(count: 3), from: ["large"]),
        "both": (step: Union(), from: ["small", "few"]),"#;
    let told = desk.show(nodes, &["few"]);
    let order: Vec<&str> = told
        .0
        .iter()
        .filter_map(|news| if let News::Source { node, .. } = news { Some(node.as_str()) } else { None })
        .collect();
    assert_eq!(order, ["large", "small", "gone"], "those that are needed come first");
    let small = told.found("small").unwrap();
    assert_eq!((small.records, small.estimated, small.whole, small.bytes), (Some(2), false, true, 12));
    assert!(small.read_as.starts_with("semicolons, header"), "{}", small.read_as);
    let found = told.found("large").unwrap();
    assert!(found.estimated && !found.whole);
    assert!((390_000..410_000).contains(&found.records.unwrap()), "{:?}", found.records);
    assert!(told.found("gone").is_err());
    let few = told.output("few", 0);
    assert_eq!(few.basis, Basis::Sample { records: 10_000, of: found.records, estimated: true });
    assert!(told.trouble("gone").is_some());
}

#[test]
fn what_is_wrong_is_told_once_and_the_others_go_on() {
    let desk = Desk::new();
    desk.write("in.csv", "n,d\n1,0\n2,1\n");
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "bad": (step: Filter(condition: "m > 1"), from: ["in"]),
        "below": (step: Limit(count: 1), from: ["bad"]),
        "new": (step: FromTheFuture(x: 1), from: ["in"]),
        "muted": (step: Filter(condition: "m > 1"), from: ["in"], muted: true),
        "pairs": (step: Join(kind: Cross, max_rows: 1), from: ["in", "in"]),
        "after": (step: Limit(count: 1), from: ["pairs"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["fine"]),
        "fine": (step: Limit(count: 1), from: ["muted"]),"#;
    let told = desk.show(nodes, &["below", "new", "after", "out"]);
    assert!(told.trouble("bad").unwrap().contains("no column \"m\""));
    assert!(told.trouble("new").is_some());
    assert!(told.trouble("pairs").unwrap().contains("more than 1 rows"));
    for silent in ["below", "after", "fine", "out"] {
        assert!(told.trouble(silent).is_none(), "{silent}");
    }
    assert_eq!(told.output("fine", 0).rows, 1);
    assert!(!told.outputs().any(|output| ["bad", "below", "pairs", "after"].contains(&output.node.as_str())));
    assert!(!desk.folder.path().join("out.csv").exists(), "nothing is written");
    // A failure is remembered as well as a table.
    let again = desk.show(nodes, &["below", "new", "after", "out"]);
    assert_eq!(again.computed(), Vec::<&str>::new());
    assert_eq!(again.trouble("pairs"), told.trouble("pairs"));
    let told = desk.show(r#""a": (step: Limit(), from: ["b"]), "b": (step: Limit(), from: ["a"]),"#, &["a"]);
    assert!(
        told.0
            .iter()
            .any(|news| matches!(news, News::Trouble { problems, .. } if problems[0].message.contains("circle")))
    );
}

#[test]
fn columns_that_depend_on_the_data_are_those_of_the_sample() {
    let desk = Desk::new();
    desk.write("in.csv", "who,what,n\na,x,1\nb,y,2\na,y,3\n");
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "wide": (step: Pivot(by: ["who"], on: "what", function: Sum, column: "n"), from: ["in"]),
        "first": (step: Limit(count: 1), from: ["wide"]),"#;
    let told = desk.show(nodes, &["first"]);
    let values =
        told.0.iter().find_map(|news| if let News::Values { values, .. } = news { Some(values) } else { None });
    assert_eq!(values.unwrap(), &[Value::text("x"), Value::text("y")]);
    assert_eq!(told.output("first", 0).schema.names().collect::<Vec<_>>(), ["who", "x", "y"]);
    desk.write("in.csv", "who,what,n\na,z,1\nb,y,2\na,y,3\n");
    let told = desk.show(nodes, &["first"]);
    assert_eq!(told.output("first", 0).schema.names().collect::<Vec<_>>(), ["who", "y", "z"]);
}

#[test]
fn a_cross_join_is_cut_and_can_be_stopped() {
    let desk = Desk::new();
    let lines: Vec<String> = (0..9_000).map(|n| n.to_string()).collect();
    desk.write("in.csv", format!("n\n{}\n", lines.join("\n")));
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "pairs": (step: Join(kind: Cross, max_rows: None), from: ["in", "in"]),
        "few": (step: Filter(condition: "n = 0"), from: ["pairs"]),"#;
    let told = desk.show(nodes, &["few"]);
    let pairs = told.output("pairs", 0);
    assert_eq!(pairs.rows, 100_000);
    assert!(matches!(pairs.basis, Basis::Sample { .. }));
    assert!(matches!(told.output("few", 0).basis, Basis::Sample { .. }));
    assert_eq!(told.output("in", 0).basis, Basis::Everything);
    // 729 thousand million rows: exactly, it would take hours.
    let nodes = nodes
        .replace("\"few\"", "\"more\": (step: Join(kind: Cross, max_rows: None), from: [\"pairs\", \"in\"]),\n\"few\"");
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let stopping = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        stop.cancel();
        Instant::now()
    });
    let news = desk.engine.show(&Ask::Exact(desk.job(&nodes), "more".into()), &cancel, &|_| {});
    let seconds = stopping.join().unwrap().elapsed().as_secs_f64();
    assert!(matches!(news, News::Stopped), "{news:?}");
    assert!(seconds < 2.0, "it took {seconds} s");
}

/// Rows of every type, with nulls and repetitions.
const MIXED: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "mixed": (step: Formula(formulas: [
        (column: "half", formula: "n / 2.0"),
        (column: "day", formula: "DATE '2024-01-01' + n"),
        (column: "even", formula: "n % 2 = 0"),
        (column: "exact", formula: "CAST(n AS DECIMAL(10, 2))"),
    ]), from: ["in"]),"#;

fn mixed(desk: &Desk) -> Output {
    let mut dice = Dice(7);
    let mut text = String::from("n,word\n");
    for _ in 0..900 {
        let number = if dice.happens(10) { String::new() } else { dice.below(500).to_string() };
        text.push_str(&format!(
            "{number},{}\n",
            dice.pick(&["alpha", "Beta", "ÄRGER", "", "\"\"", "gamma delta", "alphabet"])
        ));
    }
    desk.write("in.csv", text);
    desk.show(MIXED, &["mixed"]).output("mixed", 0).clone()
}

#[test]
fn pages_are_sorted_and_filtered_as_plain_values_are() {
    let desk = Desk::new();
    let output = mixed(&desk);
    let all = desk.rows(&output);
    let columns = all.schema.0.len();
    assert_eq!(columns, 6);
    for filter in ["", "alpha", "ärger", "24", "TRUE", "nothing has this"] {
        for sort in (0..columns).flat_map(|column| [Some((column, false)), Some((column, true))]).chain([None]) {
            let needle = filter.to_lowercase();
            let holds = |value: &Value| value.to_string().to_lowercase().contains(&needle) && !value.is_null();
            let kept = all.rows.iter().enumerate().filter(|(_, row)| filter.is_empty() || row.iter().any(holds));
            let mut expected: Vec<(usize, &Vec<Value>)> = kept.collect();
            if let Some((column, descending)) = sort {
                expected.sort_by(|(_, a), (_, b)| {
                    let (a, b) = (&a[column], &b[column]);
                    let order = if descending { b.order(a) } else { a.order(b) };
                    a.is_null().cmp(&b.is_null()).then(order)
                });
            }
            let view = View { sort, filter: filter.to_owned() };
            let page = desk.page(Page { table: output.table.clone(), rows: 100..350, columns: 1..4, view });
            let context = format!("{filter:?} {sort:?}");
            assert_eq!(page.total, expected.len() as u64, "{context}");
            let part: Vec<_> = expected.iter().skip(100).take(250).collect();
            assert_eq!(page.places, part.iter().map(|(at, _)| *at as u64).collect::<Vec<_>>(), "{context}");
            let rows: Vec<Vec<Value>> = part.iter().map(|(_, row)| row[1..4].to_vec()).collect();
            assert_eq!(page.table.rows, rows, "{context}");
        }
    }
    let beyond = desk.page(Page { table: output.table, rows: 5_000..6_000, columns: 0..9, view: View::default() });
    assert!(beyond.table.rows.is_empty() && beyond.total == 900);
}

#[test]
fn long_text_is_cut_in_a_page_and_whole_in_a_cell() {
    let desk = Desk::new();
    let long = "ü".repeat(5_000);
    desk.write("in.csv", format!("a,b\n1,{long}\n"));
    let told = desk.show(r#""in": (step: ReadCsv(path: "in.csv")),"#, &["in"]);
    let output = told.output("in", 0);
    let length = |value: &Value| value.as_text().unwrap().chars().count();
    assert_eq!(length(&output.head.rows[0][1]), 80);
    assert_eq!(length(&desk.rows(output).rows[0][1]), 1_000);
    let cell = |row, column| desk.engine.look(&Ask::Cell { table: output.table.clone(), row, column });
    assert!(matches!(cell(0, 1), News::Cell(Value::Text(text)) if text == long));
    assert!(matches!(cell(9, 1), News::Failed(_)));
    let gone = desk.engine.look(&Ask::Page(Page { table: "0f".into(), ..whole(output) }));
    assert!(matches!(gone, News::Failed(problems) if problems[0].message.contains("not held")));
}

#[test]
fn profiles_are_what_one_counts_by_hand() {
    let desk = Desk::new();
    let table = r#""in": (step: Table(
        columns: [(name: "word"), (name: "n", kind: Integer), (name: "day", kind: Date), (name: "yes", kind: Boolean)],
        rows: [
            ["b", "1", "2024-01-01", "true"], ["", "21", "2024-01-11", None], ["a", "2", None, "true"],
            ["b", None, "2024-01-21", "false"], [None, "11", "2024-01-21", "true"], ["b", "2", "2024-01-02", "true"],
        ])),"#;
    let told = desk.show(table, &["in"]);
    let output = told.output("in", 0);
    let words = desk.profile(output, 0);
    assert_eq!((words.rows, words.nulls, words.empty, words.distinct), (6, 1, 1, 3));
    assert_eq!((words.smallest, words.largest, words.mean), (Some(Value::text("")), Some(Value::text("b")), None));
    let top = [("b", 3), ("", 1), ("a", 1)].map(|(word, count)| (Value::text(word), count));
    assert_eq!(words.shape, Shape::Top(top.to_vec()));
    let numbers = desk.profile(output, 1);
    assert_eq!((numbers.nulls, numbers.distinct, numbers.mean), (1, 4, Some(7.4)));
    assert_eq!((numbers.smallest, numbers.largest), (Some(Value::Integer(1)), Some(Value::Integer(21))));
    let parts = |filled: &[(usize, u64)]| {
        let mut parts = vec![0; 20];
        filled.iter().for_each(|(at, count)| parts[*at] = *count);
        Shape::Histogram(parts)
    };
    assert_eq!(numbers.shape, parts(&[(0, 1), (1, 2), (10, 1), (19, 1)]));
    let days = desk.profile(output, 2);
    assert_eq!((days.nulls, days.distinct, days.mean), (1, 4, None));
    assert_eq!(days.shape, parts(&[(0, 1), (1, 1), (10, 1), (19, 2)]));
    let yes = desk.profile(output, 3);
    assert_eq!(yes.shape, Shape::Top(vec![(Value::Boolean(true), 4), (Value::Boolean(false), 1)]));
}

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
        let fresh = edit % 50 == 0;
        let anew = if fresh { Some(engine()) } else { None };
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

#[test]
fn an_exact_answer_has_the_rows_of_a_run() {
    let desk = Desk::new();
    let mut text = String::from("n,word\n");
    let padding = "some words that make lines long ".repeat(4);
    (0..40_000).for_each(|n| text.push_str(&format!("{n},{padding}{}\n", n % 7)));
    desk.write("in.csv", text);
    let nodes = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "some": (step: Filter(condition: "n % 1000 = 3"), from: ["in"]),
        "out": (step: WriteParquet(path: "out.parquet"), from: ["some"]),"#;
    let sample = desk.show(nodes, &["some"]);
    assert_eq!(sample.output("some", 0).rows, 10);
    let told = desk.exact(nodes, "some");
    let output = told.output("some", 0);
    assert_eq!((&output.basis, output.rows), (&Basis::Everything, 40));
    assert_eq!(told.output("some", 1).rows, 39_960);
    assert_eq!(told.computed(), ["some"]);
    let job = desk.job(nodes);
    desk.engine.run(&job, &Cancel::default(), &|_| {}).unwrap();
    assert_eq!(desk.rows(output), laboratory::stored(&desk.folder.path().join("out.parquet")));
    let again = desk.exact(nodes, "some");
    assert_eq!((again.computed(), &again.output("some", 0).table), (Vec::new(), &output.table));
    let page = Page { rows: 39_000..39_010, ..whole(told.output("some", 1)) };
    assert_eq!(desk.page(page).places, (39_000..39_010).collect::<Vec<_>>());
    let other = desk.exact(&nodes.replace("= 3", "= 4"), "some");
    assert_ne!(other.output("some", 0).table, output.table);
    assert!(matches!(desk.exact(nodes, "nobody").0.last(), Some(News::Failed(_))));
    // Its rows are no sample: what was shown of that is as it was.
    assert_eq!(desk.show(nodes, &["some"]).computed(), Vec::<&str>::new());
}

#[test]
fn a_dropped_file_finds_its_reader() {
    let desk = Desk::new();
    let path = |name: &str| desk.folder.path().join(name).display().to_string();
    desk.write("a.csv", "id;paid\n1;2,50\n2;3,75\n");
    let Ok(Step::ReadCsv(csv)) = desk.sniff(&path("a.csv")) else { panic!("text is read by ReadCsv") };
    assert_eq!((csv.path.0.as_str(), csv.delimiter.as_deref(), csv.header), ("a.csv", Some(";"), Some(true)));
    assert_eq!((csv.encoding.as_deref(), csv.decimal_comma), (Some("utf-8"), Some(true)));
    let types: Vec<String> = csv.types.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    assert_eq!(types, ["id: Integer", "paid: Float"]);
    desk.write("b.json", "[{\"a\": 1}]");
    assert!(matches!(desk.sniff(&path("b.json")), Ok(Step::ReadJson(json)) if json.path.0 == "b.json"));
    desk.write("c.txt", "{\"a\": 1}\n{\"a\": 2}\n");
    assert!(matches!(desk.sniff(&path("c.txt")), Ok(Step::ReadJson(_))));
    laboratory::store(&Table::parse("a: Integer\n1").unwrap(), desk.folder.path().join("d.parquet"));
    assert!(matches!(desk.sniff(&path("d.parquet")), Ok(Step::ReadParquet(_))));
    fs::rename(desk.folder.path().join("d.parquet"), desk.folder.path().join("e.dat")).unwrap();
    assert!(matches!(desk.sniff(&path("e.dat")), Ok(Step::ReadParquet(_))));
    fs::create_dir(desk.folder.path().join("below")).unwrap();
    desk.write("below/f.tsv", "a\tb\n1\t2\n");
    assert!(matches!(desk.sniff(&path("below/f.tsv")), Ok(Step::ReadCsv(csv)) if csv.path.0 == "below/f.tsv"));
    for name in ["one.zip", "t.zip"] {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/packed").join(name);
        fs::copy(packed, desk.folder.path().join(name)).unwrap();
    }
    assert!(matches!(desk.sniff(&path("one.zip")), Ok(Step::ReadCsv(csv)) if csv.path.0.starts_with("one.zip!")));
    assert!(desk.sniff(&path("t.zip")).unwrap_err().contains("several files"));
    assert!(desk.sniff(&path("nothing.csv")).unwrap_err().contains("no file"));
    let unsaved = Ask::Sniff { job: Job::default(), path: path("a.csv") };
    let News::Sniffed(Step::ReadCsv(csv)) = desk.engine.look(&unsaved) else { panic!("text is read by ReadCsv") };
    assert_eq!(csv.path.0, path("a.csv"));
}

#[test]
fn the_head_of_a_huge_file_is_all_that_is_read_of_it() {
    let desk = Desk::new();
    let mut text = String::from("n,word\n");
    (0..300_000).for_each(|n| text.push_str(&format!("{n},word\n")));
    desk.write("huge.csv", text);
    // Ten gigabytes, nearly all of which lie nowhere: whoever reads them takes minutes.
    File::options().write(true).open(desk.folder.path().join("huge.csv")).unwrap().set_len(10 << 30).unwrap();
    let began = Instant::now();
    assert!(desk.sniff(&desk.folder.path().join("huge.csv").display().to_string()).is_ok());
    let told = desk.show(r#""in": (step: ReadCsv(path: "huge.csv")),"#, &["in"]);
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(told.output("in", 0).rows, 10_000);
    let found = told.found("in").unwrap();
    assert!(found.estimated && found.records.unwrap() > 500_000_000, "{found:?}");
}

/// A host in this process, with the ends of its pipes.
struct Host {
    requests: io::PipeWriter,
    replies: io::PipeReader,
}

impl Host {
    fn start() -> Self {
        let (input, mut requests) = io::pipe().unwrap();
        let (mut replies, output) = io::pipe().unwrap();
        thread::spawn(move || serve(Arc::new(Fake), input, output));
        frame::write_hello(&mut requests).unwrap();
        frame::expect_hello(&mut replies).unwrap();
        Self { requests, replies }
    }

    fn ask(&mut self, id: u64, ask: Ask) {
        frame::write(&mut self.requests, &Request::Designer(id, ask)).unwrap();
    }

    fn show(&mut self, id: u64, text: &str) {
        self.ask(id, Ask::Show(Job { text: text.into(), ..Job::default() }, Vec::new()));
    }

    fn next(&mut self) -> (u64, News) {
        let Some(Reply::Designer(id, news)) = frame::read(&mut self.replies).unwrap() else { panic!("no news") };
        (id, news)
    }
}

#[test]
fn the_newest_wish_wins_and_pages_come_meanwhile() {
    let mut host = Host::start();
    host.show(1, "polite");
    assert!(matches!(host.next(), (1, News::Progress { .. })), "it is at work");
    host.ask(2, Ask::Page(Page::default()));
    assert!(matches!(host.next(), (2, News::Page(_))));
    for id in 3..7 {
        host.show(id, "done");
    }
    let mut ends = HashMap::new();
    while ends.len() < 5 {
        let (id, news) = host.next();
        ends.insert(id, matches!(news, News::Stopped));
    }
    assert!(ends[&1] && !ends[&6], "{ends:?}");
    host.show(7, "polite");
    assert!(matches!(host.next(), (7, News::Progress { .. })));
    host.ask(8, Ask::Stop);
    let mut stopped = [host.next(), host.next()].map(|(id, news)| (id, matches!(news, News::Stopped)));
    stopped.sort_unstable();
    assert_eq!(stopped, [(7, true), (8, true)]);
}

#[test]
fn a_panic_is_answered_and_the_session_goes_on() {
    let mut host = Host::start();
    host.show(1, "panic");
    assert!(matches!(host.next(), (1, News::Failed(problems)) if problems[0].message.contains("boom")));
    host.ask(2, Ask::Profile { table: String::new(), column: 0 });
    assert!(matches!(host.next(), (2, News::Failed(_))));
    host.ask(3, Ask::Page(Page::default()));
    assert!(matches!(host.next(), (3, News::Page(_))));
    host.show(4, "done");
    assert!(matches!(host.next(), (4, News::Shown { .. })));
}

#[test]
fn a_host_that_dies_while_it_shows_is_said_to_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(host_command(&host_program(folder.path()))).unwrap();
    let job = Job { text: "abort".into(), ..Job::default() };
    process.send(&Request::Designer(1, Ask::Show(job, Vec::new())));
    let patience = Instant::now() + Duration::from_secs(10);
    while Instant::now() < patience {
        match process.receive(Duration::from_millis(50)) {
            Received::Gone(problem) => return assert!(problem.message.contains("SIGABRT"), "{problem}"),
            Received::Reply(reply) => panic!("{reply:?}"),
            Received::Nothing => {}
        }
    }
    panic!("nothing was heard of its end");
}
