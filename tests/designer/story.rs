//! The first ten minutes: from two dropped files to a saved pipeline that gives the same table without a screen.

use std::fmt::Write as _;
use std::fs;

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use indexmap::IndexMap;
use pipewright_runner::job::Outcome;

use crate::stage::Stage;

/// An order of the story, made by rule: day, product and amount.
struct Order {
    month: u32,
    day: u32,
    product: usize,
    amount: i64,
}

const PRICES: [i64; 3] = [2, 3, 5];

fn orders() -> Vec<Order> {
    let order = |at: u32| Order {
        month: 1 + at % 3,
        day: 1 + at % 28,
        // The fourth product has no price.
        product: at as usize % 4,
        amount: i64::from(at % 7),
    };
    (0..60).map(order).collect()
}

fn files(stage: &Stage) {
    let mut text = "day,product,amount\n".to_owned();
    for Order { month, day, product, amount } in orders() {
        writeln!(text, "2024-{month:02}-{day:02},product_{product},{amount}").unwrap();
    }
    stage.write("orders.csv", text);
    let mut text = "product,price\n".to_owned();
    for (product, price) in PRICES.iter().enumerate() {
        writeln!(text, "product_{product},{price}").unwrap();
    }
    stage.write("products.csv", text);
}

/// What must come out: a sum for each month, in the order in which the months are first seen.
fn revenue() -> IndexMap<u32, i64> {
    let mut sums = IndexMap::new();
    for order in orders().iter().filter(|order| order.amount > 0) {
        if let Some(price) = PRICES.get(order.product) {
            *sums.entry(order.month).or_default() += order.amount * price;
        }
    }
    sums
}

fn rows_of(stage: &Stage, link: &str) -> u64 {
    let app = stage.app();
    app.results.output(&app.document.pipeline, &pipewright_engine::pipeline::Link::parse(link)).unwrap().rows
}

#[test]
fn from_two_files_to_a_table_that_needs_no_window() {
    let mut stage = Stage::new();
    files(&stage);
    let wanted: String = revenue().iter().map(|(month, sum)| format!("\n2024-{month:02}-01,{sum}")).collect();
    let wanted = format!("month,revenue{wanted}");

    drop_and_look(&mut stage);
    filter(&mut stage);
    compute_the_month(&mut stage);
    join(&mut stage);
    compute_revenue(&mut stage);
    group(&mut stage);
    assert_eq!(stage.rows("group by"), wanted);
    write_parquet(&mut stage);
    save(&mut stage);
    run(&mut stage);
    headless(&stage, &wanted);
}

/// The welcome page takes the first file, the canvas the second.
fn drop_and_look(stage: &mut Stage) {
    let (orders, products) = (stage.path("orders.csv"), stage.path("products.csv"));
    stage.drop_file(&orders, None);
    let head = stage.rows("orders");
    assert!(head.starts_with("day,product,amount\n2024-01-01,product_0,0\n2024-02-02,product_1,1\n"), "{head}");
    assert_eq!(rows_of(stage, "orders"), 60);
    let below = stage.place("node orders") + vec2(-60.0, 250.0);
    stage.drop_file(&products, Some(below));
    assert_eq!(stage.rows("products"), "product,price\nproduct_0,2\nproduct_1,3\nproduct_2,5");
    assert_eq!(stage.columns("products").unwrap(), ["product", "price"]);
}

fn filter(stage: &mut Stage) {
    stage.click("node orders");
    let entry = stage.place("Add Filter");
    stage.double_click(entry);
    assert_eq!(stage.from("filter"), ["orders"]);
    stage.type_into("Condition", "amount > 0");
    stage.rows("filter");
    let kept = orders().iter().filter(|order| order.amount > 0).count() as u64;
    assert_eq!(rows_of(stage, "filter"), kept);
    assert_eq!(rows_of(stage, "filter.false"), 60 - kept);
}

fn compute_the_month(stage: &mut Stage) {
    stage.click("node filter");
    stage.press(Key::Tab);
    stage.harness.get_by_label("search nodes").type_text("formula");
    stage.settle();
    stage.press(Key::Enter);
    assert_eq!(stage.from("formula"), ["filter"]);
    formula(stage, "month", "date_trunc('month', day)");
    let head = stage.rows("formula");
    assert!(head.starts_with("day,product,amount,month\n2024-02-02,product_1,1,2024-02-01"), "{head}");
}

/// The first line of the selected node's table of formulas.
fn formula(stage: &mut Stage, column: &str, text: &str) {
    stage.click("Add line to formulas");
    stage.type_into("Column in line 1 of formulas", column);
    stage.type_into("Formula in line 1 of formulas", text);
}

/// From the palette, so that it reads the selected node; the other side by a wire.
fn join(stage: &mut Stage) {
    stage.click("node formula");
    let entry = stage.place("Add Join");
    stage.double_click(entry);
    stage.press(Key::Home);
    let (from, to) = (stage.place("output products"), stage.place("input join 2"));
    stage.drag(from, to);
    assert_eq!(stage.from("join"), ["formula", "products"]);
    stage.click("node join");
    stage.click("Add line to on");
    stage.click("product");
    stage.pick("Right in line 1 of on", "product");
    let head = stage.rows("join");
    assert!(head.starts_with("day,product,amount,month,price\n2024-02-02,product_1,1,2024-02-01,3"), "{head}");
    let sold = |order: &&Order| order.amount > 0;
    let unpriced = orders().iter().filter(sold).filter(|order| order.product >= PRICES.len()).count() as u64;
    assert_eq!(rows_of(stage, "join.left_only"), unpriced);
    assert_eq!(rows_of(stage, "join"), rows_of(stage, "formula") - unpriced);
}

/// By a wire that is dropped on empty space.
fn compute_revenue(stage: &mut Stage) {
    let from = stage.place("output join");
    let to = stage.open_ground();
    stage.drag(from, to);
    stage.harness.get_by_label("search nodes").type_text("formula");
    stage.settle();
    stage.press(Key::Enter);
    assert_eq!(stage.from("formula 2"), ["join"]);
    formula(stage, "revenue", "amount * price");
    let head = stage.rows("formula 2");
    assert!(head.lines().nth(1).unwrap().ends_with(",2024-02-01,3,3"), "{head}");
}

fn group(stage: &mut Stage) {
    stage.click("node formula 2");
    stage.press(Key::Tab);
    stage.harness.get_by_label("search nodes").type_text("group");
    stage.settle();
    stage.press(Key::Enter);
    assert_eq!(stage.from("group by"), ["formula 2"]);
    stage.pick("Add column to by", "month");
    stage.click("Add line to aggregations");
    stage.pick("Function in line 1 of aggregations", "Sum");
    stage.pick("Column in line 1 of aggregations", "revenue");
    stage.type_into("As in line 1 of aggregations", "revenue");
}

/// Found in the palette by what is typed; its file is named in a dialog.
fn write_parquet(stage: &mut Stage) {
    stage.click("node group by");
    stage.type_into("Search nodes", "write parquet");
    stage.press(Key::Enter);
    assert_eq!(stage.from("write parquet"), ["group by"]);
    let file = stage.path("revenue.parquet");
    stage.will_choose([Some(file)]);
    stage.click("Choose a file");
    stage.until("the file is set", |app| app.document.pipeline.nodes["write parquet"].step.check().is_ok());
    assert!(!stage.path("revenue.parquet").exists(), "nothing is written before it is run");
}

fn save(stage: &mut Stage) {
    let file = stage.path("monthly.pipe.ron");
    stage.will_choose([Some(file.clone())]);
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("it is saved", |app| app.document.path.as_ref() == Some(&file) && !app.document.is_changed());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("path: \"orders.csv\""), "paths are relative to it: {text}");
}

fn run(stage: &mut Stage) {
    stage.press_with(Modifiers::COMMAND, Key::Enter);
    stage.until("the run ends", |app| app.runs.current.is_none() && app.runs.last.is_some());
    let report = stage.app().runs.last.as_ref().unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    let written = &report.written[0];
    assert_eq!((written.rows, written.path.as_path()), (3, stage.path("revenue.parquet").as_path()));
}

/// The saved file alone, in a new process.
fn headless(stage: &Stage, wanted: &str) {
    fs::remove_file(stage.path("revenue.parquet")).unwrap();
    let done = stage.pipewright(&["run", "monthly.pipe.ron"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let read = r#"(version: 1, nodes: {"read": (step: ReadParquet(path: "revenue.parquet"))})"#;
    stage.write("read.pipe.ron", read);
    for (file, node) in [("monthly.pipe.ron", "group by"), ("read.pipe.ron", "read")] {
        let shown = stage.pipewright(&["preview", file, node, "--format", "csv"]);
        assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
        let text = String::from_utf8(shown.stdout).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>().join("\n"), wanted, "{node}");
    }
}
