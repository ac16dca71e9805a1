//! The places where Polars 0.55.2 goes wrong by itself and the runner steps around it, one test each. What it does by itself is
//! shown where it is the same every time, so that we learn when a trap is gone.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use pipewright_engine::nodes::ReadParquet;
use pipewright_engine::plan::{Rows, Source};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Storage, Type};
use pipewright_engine::value::Value;
use pipewright_runner::convert;
use pipewright_runner::engine::engine;
use pipewright_runner::files::Spool;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Event, Outcome, Report};
use pipewright_runner::stage::Executed;
use polars::prelude::*;

use crate::formats::{collect, parquet, stored};
use crate::laboratory::{Laboratory, job, pipeline, preview};

/// Runs a pipeline over files in a folder.
fn run(nodes: &str, folder: &Path) -> Report {
    engine().run(&job(&pipeline(nodes), folder), &Cancel::default(), &|_| {}).unwrap()
}

/// Executes some outputs (`node` or `node.output`) together, over a table of the name `in`.
fn execute(nodes: &str, table: Table, ends: &[&str]) -> (Vec<Table>, Executed) {
    let spool = Spool::open().unwrap();
    let laboratory = Laboratory::new(IndexMap::from([("in".to_owned(), table)]), Path::new(""), &spool);
    let pipeline = pipeline(&format!("\"in\": (step: Table()), {nodes}"));
    let planned = laboratory.plan(&pipeline);
    assert_eq!(planned.problems, []);
    let row = |end: &&str| -> Rows {
        let link = pipewright_engine::pipeline::Link::parse(end);
        planned.outputs[&link.node][pipeline.nodes[&link.node].step.output(&link).unwrap()]
    };
    let ends: Vec<Rows> = ends.iter().map(row).collect();
    let executed = laboratory.execute(&planned.plan, &ends).unwrap();
    let tables: Vec<Table> =
        executed.ends.iter().map(|end| convert::table(end.first.as_ref().unwrap()).unwrap()).collect();
    for (rows, table) in ends.iter().zip(&tables) {
        assert_eq!(table.schema, *planned.plan.schema(*rows));
    }
    (tables, executed)
}

/// Writes a file of CSV with Polars alone.
fn sunk(frame: LazyFrame, path: &Path) -> PolarsResult<()> {
    let target = SinkDestination::File { target: SinkTarget::Path(PlRefPath::new(path.to_string_lossy())) };
    let sink = frame.sink(target, FileWriteFormat::Csv(CsvWriterOptions::default()), UnifiedSinkArgs::default())?;
    LazyFrame::collect_all_with_engine(vec![sink.logical_plan], Engine::Streaming, OptFlags::default()).map(drop)
}

fn numbers(count: i64) -> Table {
    let schema = Schema::of([("n", Type::Integer)]);
    Table { schema, rows: (0..count).map(|n| vec![Value::Integer(n)]).collect() }
}

fn integers(table: &Table, column: &str) -> Vec<i64> {
    let integer = |value: &&Value| if let Value::Integer(n) = value { *n } else { panic!("{value:?}") };
    table.column(column).unwrap().iter().map(integer).collect()
}

#[test]
fn two_gathers_on_one_input_both_get_all_rows() {
    // Polars merges two callback sinks with equal settings, and panics.
    let plain = || {
        let frame = df!("n" => [1, 2]).unwrap().lazy();
        let sink = || frame.clone().sink_batches(PlanCallback::new(|_| Ok(false)), true, None).unwrap();
        LazyFrame::collect_all_with_engine(
            vec![sink().logical_plan, sink().logical_plan],
            Engine::Streaming,
            OptFlags::default(),
        )
    };
    assert!(catch_unwind(AssertUnwindSafe(plain)).is_err(), "the trap is gone");
    let nodes = r#""all": (step: Limit(count: None), from: ["in"])"#;
    let (tables, executed) = execute(nodes, numbers(1000), &["all", "all"]);
    assert_eq!((tables[0].rows.len(), tables[1].rows.len()), (1000, 1000));
    assert_eq!((executed.ends[0].rows, executed.ends[1].rows), (1000, 1000));
}

#[test]
fn counters_of_one_input_do_not_count_for_each_other() {
    // Polars takes two maps of one name over the same input for the same map.
    let frame = df!("n" => [1]).unwrap().lazy();
    let plus = |by: i32| {
        let function = move |frame: DataFrame| frame.lazy().select([col("n") + lit(by)]).collect();
        frame.clone().map(function, OptFlags::default(), None, Some("same"))
    };
    let plain = LazyFrame::collect_all_with_engine(
        vec![plus(1).logical_plan, plus(10).logical_plan],
        Engine::Streaming,
        OptFlags::default(),
    );
    let plain = plain.unwrap();
    assert!(plain[0].equals(&plain[1]), "the trap is gone");
    let nodes = r#""a": (step: Filter(condition: "n < 10"), from: ["in"]), "b": (step: Filter(condition: "n < 3"), from: ["in"])"#;
    let (_, executed) = execute(nodes, numbers(100), &["a", "a.false", "b", "b.false"]);
    assert_eq!(executed.ends.iter().map(|end| end.rows).collect::<Vec<_>>(), [10, 90, 3, 97]);
}

#[test]
fn records_read_are_those_of_the_file_whatever_a_filter_leaves() {
    // Polars puts a filter into the scan: what comes out of that no longer tells what the file has.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.csv");
    sunk(df!("n" => (0..1000).collect::<Vec<i64>>()).unwrap().lazy(), &path).unwrap();
    let scan = LazyCsvReader::new(PlRefPath::new(path.to_string_lossy())).finish().unwrap();
    let plan = scan.filter(col("n").lt(lit(10))).explain(true).unwrap();
    assert!(plan.contains("SELECTION: ") && !plan.contains("FILTER"), "the trap is gone: {plan}");
    let report = run(
        r#""in": (step: ReadCsv(path: "in.csv")), "few": (step: Filter(condition: "n < 10"), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["few"])"#,
        folder.path(),
    );
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!((report.sources[0].records, report.written[0].rows), (1000, 10));
}

#[test]
fn what_was_not_compiled_in_panics_when_it_runs() {
    // Hence every function of formulas and every operation is executed by a test: see `formula.rs` and `golden.rs`.
    let lists = df!("l" => [Series::new("".into(), [1])]).unwrap().lazy();
    let plain = || lists.clone().select([col("l") + col("l")]).collect();
    assert!(catch_unwind(AssertUnwindSafe(plain)).is_err(), "the trap is gone");
}

#[test]
fn a_source_is_scanned_once_however_many_read_it() {
    // Polars gives each branch whose filter it can push into the scan a scan of its own; so it does at nested fan-outs.
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..5000).map(|n| format!("{n},{}\n", n % 7)).collect();
    fs::write(folder.path().join("in.csv"), format!("n,k\n{lines}")).unwrap();
    let report = run(
        r#""in": (step: ReadCsv(path: "in.csv")),
        "low": (step: Filter(condition: "n < 100"), from: ["in"]),
        "sevens": (step: Filter(condition: "k = 0"), from: ["low.false"]),
        "sum": (step: GroupBy(by: ["k"], aggregations: [(function: Sum, column: "n")]), from: ["in"]),
        "w1": (step: WriteCsv(path: "low.csv"), from: ["low"]),
        "w2": (step: WriteCsv(path: "sevens.csv"), from: ["sevens"]),
        "w3": (step: WriteCsv(path: "rest.csv"), from: ["sevens.false"]),
        "w4": (step: WriteCsv(path: "sum.csv"), from: ["sum"])"#,
        folder.path(),
    );
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(report.stages.iter().map(|stage| stage.scans).collect::<Vec<_>>(), [1]);
    let written: Vec<u64> = report.written.iter().map(|written| written.rows).collect();
    // Of 100 to 4999, the multiples of seven are 105, 112 … 4998: 700.
    assert_eq!(written, [100, 700, 4200, 7]);
    let low = fs::read_to_string(folder.path().join("low.csv")).unwrap();
    assert!(low.starts_with("n,k\n0,0\n1,1\n2,2\n") && low.ends_with("99,1\n"), "{low}");
}

#[test]
fn order_is_kept_through_joins_groups_and_duplicates() {
    // Polars gives the rows of a join and of a group by in any order, unless asked; those that only the right side of a full join
    // has in any order, whatever is asked; and a cross join by its right side.
    let nodes = r#""keyed": (step: Formula(formulas: [(column: "k", formula: "(n * 7919) % 1000")]), from: ["in"]),
        "odd": (step: Filter(condition: "n % 2 = 1"), from: ["keyed"]),
        "late": (step: Filter(condition: "n >= 1500"), from: ["keyed"]),
        "inner": (step: Join(on: [(left: "n", right: "n")]), from: ["keyed", "odd"]),
        "full": (step: Join(kind: Full, on: [(left: "n", right: "n")]), from: ["late", "keyed"]),
        "groups": (step: GroupBy(by: ["k"], aggregations: [(function: First, column: "n", as: "first")]), from: ["keyed"]),
        "once": (step: Unique(by: ["k"], keep: Last), from: ["keyed"])"#;
    let (tables, _) = execute(nodes, numbers(3000), &["inner", "full", "groups", "once"]);
    assert_eq!(integers(&tables[0], "n"), (1..3000).step_by(2).collect::<Vec<_>>());
    assert_eq!(integers(&tables[1], "n"), (1500..3000).chain(0..1500).collect::<Vec<_>>());
    // 7919 and 1000 have no common divisor: each key comes once in a thousand.
    assert_eq!(integers(&tables[2], "first"), (0..1000).collect::<Vec<_>>());
    assert_eq!(integers(&tables[3], "n"), (2000..3000).collect::<Vec<_>>());
}

#[test]
fn sums_of_floats_have_the_same_bits_in_every_run_if_that_is_asked() {
    // Polars adds in an order of its own in every run.
    let schema = Schema::of([("g", Type::Integer), ("x", Type::Float)]);
    let rows = (0..20_000).map(|n: i64| vec![Value::Integer(n % 5000), Value::Float(1.0 / (n + 1) as f64)]);
    let table = Table { schema, rows: rows.collect() };
    let nodes = r#""sums": (step: GroupBy(by: ["g"], aggregations: [(function: Sum, column: "x", as: "sum")], reproducible: true), from: ["in"])"#;
    let bits = || {
        let (tables, _) = execute(nodes, table.clone(), &["sums"]);
        let bits = |row: &Vec<Value>| if let Value::Float(sum) = row[1] { sum.to_bits() } else { panic!("{row:?}") };
        tables[0].rows.iter().map(bits).collect::<Vec<u64>>()
    };
    let first = bits();
    assert!((0..3).all(|_| bits() == first));
}

#[test]
fn integers_never_wrap() {
    // Polars' sums and additions do, in silence.
    let most = df!("n" => [i64::MAX, 1]).unwrap().lazy();
    let plain = most.select([col("n").sum(), (col("n") + col("n").last()).first().alias("m")]).collect().unwrap();
    for name in ["n", "m"] {
        assert_eq!(plain.column(name).unwrap().i64().unwrap().get(0), Some(i64::MIN), "the trap is gone");
    }
    let folder = tempfile::tempdir().unwrap();
    let table = r#""in": (step: Table(columns: [(name: "n", kind: Integer)], rows: [["9223372036854775807"], ["1"]]))"#;
    let sum = format!(
        r#"{table}, "sum": (step: GroupBy(aggregations: [(function: Sum, column: "n")]), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["sum"])"#
    );
    let report = run(&sum, folder.path());
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(!folder.path().join("out.csv").exists());
    let plus =
        format!(r#"{table}, "plus": (step: Formula(formulas: [(column: "m", formula: "n + 1")]), from: ["in"])"#);
    let rejected = preview(&pipeline(&plus), folder.path(), "plus", "rejected").unwrap().table;
    assert_eq!(rejected.column("n").unwrap(), [&Value::Integer(i64::MAX)]);
}

#[test]
fn sums_of_decimals_never_wrap() {
    // Polars' do beyond 38 digits, in silence: these two give a negative number.
    let folder = tempfile::tempdir().unwrap();
    let most = "9".repeat(38);
    let plain = df!("d" => [most.as_str(), most.as_str()]).unwrap().lazy();
    let plain = plain.select([col("d").cast(DataType::Decimal(38, 0)).sum()]).collect().unwrap();
    let plain = plain.column("d").unwrap().get(0).unwrap().to_string();
    assert!(plain.starts_with('-'), "the trap is gone: {plain}");
    let sums = |second: &str| {
        let nodes = format!(
            r#""in": (step: Table(columns: [(name: "g"), (name: "d", kind: Decimal(38, 0))], rows: [["a", "{most}"], ["{second}", "{most}"]])),
            "sum": (step: GroupBy(by: ["g"], aggregations: [(function: Sum, column: "d")]), from: ["in"]),
            "out": (step: WriteCsv(path: "out.csv"), from: ["sum"])"#
        );
        run(&nodes, folder.path())
    };
    let report = sums("a");
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.problems[0].message.contains("more than 38 digits"), "{:?}", report.problems);
    assert!(!folder.path().join("out.csv").exists());
    // The largest there is fails too, rather than that the next one passes: floats are not told apart there.
    assert_eq!(sums("b").outcome, Outcome::Failed);
}

#[test]
fn decimals_can_be_keys_everywhere() {
    // Where Polars groups in memory, decimals need a feature that would also make long numbers of files integers of 128 bits.
    let schema = Schema::of([("d", Type::Decimal(10, 2)), ("n", Type::Integer)]);
    let row = |digits, n| vec![Value::Decimal(digits, 2), Value::Integer(n)];
    let table = Table { schema, rows: vec![row(150, 1), row(250, 2), row(150, 3)] };
    let nodes = r#""ranks": (step: Window(by: ["d"], columns: [(function: RowNumber, as: "number")]), from: ["in"]),
        "last": (step: Unique(by: ["d"], keep: Last), from: ["in"]),
        "medians": (step: GroupBy(by: ["d"], aggregations: [(function: CountDistinct, column: "n", as: "different")]), from: ["in"])"#;
    let (tables, _) = execute(nodes, table, &["ranks", "last", "medians"]);
    assert_eq!(integers(&tables[0], "number"), [1, 1, 2]);
    assert_eq!(integers(&tables[1], "n"), [2, 3]);
    assert_eq!(integers(&tables[2], "different"), [2, 1]);
    assert_eq!(tables[2].rows[0][0], Value::Decimal(150, 2));
}

#[test]
fn text_that_polars_would_lose_rows_of_is_read_whole() {
    // With a stray quote in each line Polars gives half the rows of one column and no error; at lone carriage returns none; it
    // panics at a lone quote at the end; and it takes the zeros from the front of codes.
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        fs::write(folder.path().join("in.csv"), text).unwrap();
        let nodes =
            r#""in": (step: ReadCsv(path: "in.csv")), "one": (step: Select(columns: [(column: "id")]), from: ["in"])"#;
        let rows = preview(&pipeline(nodes), folder.path(), "one", "").unwrap().table.rows.len();
        let rejects = preview(&pipeline(nodes), folder.path(), "in", "rejected").unwrap().table.rows.len();
        (rows, rejects)
    };
    let plain = |text: &str| {
        let path = folder.path().join("plain.csv");
        fs::write(&path, text).unwrap();
        let scan = LazyCsvReader::new(PlRefPath::new(path.to_string_lossy())).finish().unwrap();
        scan.select([col("id")]).collect_with_engine(Engine::Streaming).unwrap().unwrap_single().height()
    };
    let stray: String = (0..1000).map(|n| format!("{n},item 5\"\n")).collect();
    assert_eq!(plain(&format!("id,name\n{stray}")), 500, "the trap is gone");
    assert_eq!(plain("id,name\r1,a\r2,b\r"), 0, "the trap is gone");
    assert_eq!(read(&format!("id,name\n{stray}")), (1000, 0));
    assert_eq!(read("id,name\r1,a\r2,b\r"), (2, 0));
    let (rows, rejects) = read("id,name\n1,a\n2,\"");
    assert_eq!(rows + rejects, 2);
    assert_eq!(read("id,name\n"), (0, 0));
    fs::write(folder.path().join("in.csv"), "id,zip\n1,01067\n2,10115\n").unwrap();
    let table = preview(&pipeline(r#""in": (step: ReadCsv(path: "in.csv"))"#), folder.path(), "in", "").unwrap().table;
    assert_eq!(table.column("zip").unwrap(), [&Value::text("01067"), &Value::text("10115")]);
}

#[test]
fn a_run_that_fails_leaves_the_old_files() {
    // A sink of Polars truncates its target before the first row.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("out.csv"), "old").unwrap();
    let plain = folder.path().join("plain.csv");
    fs::write(&plain, "old").unwrap();
    let (target, parts) = (plain.clone(), AtomicUsize::new(0));
    let fails = move |frame: DataFrame| {
        if parts.fetch_add(1, Ordering::Relaxed) == 0 {
            return Ok(frame);
        }
        let begun = Instant::now();
        while fs::read_to_string(&target).unwrap() == "old" && begun.elapsed().as_secs() < 10 {
            std::thread::sleep(Duration::from_millis(5));
        }
        polars_bail!(ComputeError: "no")
    };
    let many = df!("n" => (0..1_000_000).collect::<Vec<i64>>()).unwrap().lazy();
    assert!(sunk(many.map(fails, OptFlags::STREAMING, None, Some("fails")), &plain).is_err());
    assert_ne!(fs::read_to_string(&plain).unwrap(), "old", "the trap is gone");
    fs::remove_file(&plain).unwrap();
    let report = run(
        r#""in": (step: Table(columns: [(name: "n", kind: Integer)], rows: [["1"], ["0"]])),
        "rate": (step: Formula(formulas: [(column: "rate", formula: "1 / n")]), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["rate"])"#,
        folder.path(),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_sort_that_is_cancelled_is_not_reported_as_done() {
    // A sort of Polars ends in its own time and says that all is well.
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..200_000).map(|n: u64| format!("{}\n", n * 7919 % 200_003)).collect();
    fs::write(folder.path().join("in.csv"), format!("n\n{lines}")).unwrap();
    let asked = Arc::new(AtomicBool::new(false));
    let stopped = asked.clone();
    let watch = move |frame: DataFrame| {
        // Asked to stop with the first rows, and again before the sort has begun: nobody asks while it sorts.
        polars_ensure!(!stopped.load(Ordering::Relaxed), ComputeError: "stopped");
        stopped.store(frame.height() == 3, Ordering::Relaxed);
        Ok(frame)
    };
    let plain = df!("n" => [3, 1, 2]).unwrap().lazy().map(watch, OptFlags::default(), None, Some("watch"));
    sunk(plain.sort(["n"], SortMultipleOptions::default()), &folder.path().join("plain.csv")).unwrap();
    assert!(asked.load(Ordering::Relaxed));
    assert_eq!(fs::read_to_string(folder.path().join("plain.csv")).unwrap(), "n\n1\n2\n3\n", "the trap is gone");
    let nodes = r#""in": (step: ReadCsv(path: "in.csv")), "sort": (step: Sort(by: [(column: "n")]), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["sort"])"#;
    let cancel = Cancel::default();
    let stop = |event: Event| {
        if matches!(event, Event::Stage { .. }) {
            cancel.cancel();
        }
    };
    let report = engine().run(&job(&pipeline(nodes), folder.path()), &cancel, &stop).unwrap();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert!(!folder.path().join("out.csv").exists());
}

#[test]
fn a_dozen_nested_diamonds_are_cut_and_give_the_right_rows() {
    // The plan of Polars doubles at each: twelve take a second to plan, sixteen a minute.
    let plan = |levels: usize| {
        let mut frame = df!("n" => [1, 2, 3]).unwrap().lazy();
        for level in 0..levels {
            let small = || col("n").lt(lit(level as i32));
            let halves = [frame.clone().filter(small()), frame.filter(small().not())];
            frame = concat(halves, UnionArgs::default()).unwrap();
        }
        frame.to_alp_optimized().unwrap().lp_arena.len()
    };
    assert!(plan(8) > 8 * plan(4), "the trap is gone: {} and {}", plan(4), plan(8));
    let folder = tempfile::tempdir().unwrap();
    let mut nodes =
        r#""d0": (step: Table(columns: [(name: "n", kind: Integer)], rows: [["1"], ["2"], ["3"]]))"#.to_owned();
    for level in 1..=12 {
        let before = format!("d{}", level - 1);
        nodes += &format!(
            r#", "small{level}": (step: Filter(condition: "n < 3"), from: ["{before}"]),
            "d{level}": (step: Union(), from: ["small{level}", "small{level}.false"])"#
        );
    }
    nodes += r#", "out": (step: WriteCsv(path: "out.csv"), from: ["d12"])"#;
    let started = Instant::now();
    let report = run(&nodes, folder.path());
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert!(report.stages.len() > 1);
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap(), "n\n1\n2\n3\n");
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn columns_that_a_file_stores_narrow_are_passed_through_and_widen_in_formulas() {
    // Polars computes in the type of the file, where 100 + 100 is -56.
    let column = |name: &str, storage| Column { name: name.into(), kind: Type::Integer, storage: Some(storage) };
    let schema = Schema(vec![column("small", Storage::Int8), column("large", Storage::UInt32)]);
    let table = Table { schema: schema.clone(), rows: vec![vec![Value::Integer(100), Value::Integer(4_000_000_000)]] };
    let nodes = r#""sum": (step: Formula(formulas: [(column: "sum", formula: "small + small")]), from: ["in"]),
        "full": (step: Join(kind: Full, on: [(left: "small", right: "small")]), from: ["in", "in"]),
        "total": (step: GroupBy(by: ["small"], aggregations: [(function: Sum, column: "large", as: "total")]), from: ["in"])"#;
    let (tables, _) = execute(nodes, table, &["sum", "total", "full"]);
    assert_eq!(tables[0].schema.0[..2], schema.0);
    assert_eq!(tables[0].rows[0][2], Value::Integer(200));
    assert_eq!(tables[1].rows[0][1], Value::Integer(4_000_000_000));
    assert_eq!(tables[2].rows[0][0], Value::Integer(100));
}

#[test]
fn values_of_a_group_are_of_their_type() {
    // Polars takes a list of times apart into plain integers.
    let times = Series::new("t".into(), [2i64, 1]).cast(&DataType::Time).unwrap().implode().unwrap();
    assert_eq!(*times.get_as_series(0).unwrap().dtype(), DataType::Int64, "the trap is gone");
    let schema = Schema::of([("k", Type::Integer), ("money", Type::Decimal(10, 2)), ("at", Type::Time)]);
    let row = |k, money, at| vec![Value::Integer(k), Value::Decimal(money, 2), Value::Time(at)];
    let rows = vec![row(1, 300, 3), row(1, -250, 1), row(2, 5, 9), row(1, 100, 2)];
    let nodes = r#""it": (step: GroupBy(by: ["k"], aggregations: [
        (function: QuantileDiscrete, column: "money", as: "middle"), (function: Mode, column: "money", as: "most"),
        (function: QuantileDiscrete, column: "at", as: "middle at"), (function: Mode, column: "at", as: "most at"),
    ]), from: ["in"])"#;
    let (tables, _) = execute(nodes, Table { schema, rows }, &["it"]);
    // All are as frequent: the smallest.
    let found = |k, money: [i128; 2], at: [i64; 2]| {
        let [middle, most] = money.map(|digits| Value::Decimal(digits, 2));
        let [middle_at, most_at] = at.map(Value::Time);
        vec![Value::Integer(k), middle, most, middle_at, most_at]
    };
    assert_eq!(tables[0].rows, [found(1, [100, -250], [2, 1]), found(2, [5, 5], [9, 9])]);
}

#[test]
fn one_row_that_does_not_count_has_no_variance() {
    // Polars says 0 of a group of one row whose value a condition takes away.
    let schema = Schema::of([("k", Type::Integer), ("f", Type::Float)]);
    let nodes = r#""it": (step: GroupBy(by: ["k"], aggregations: [
        (function: PopulationVariance, column: "f", condition: "f > 5", as: "v"),
        (function: PopulationStandardDeviation, column: "f", condition: "f > 5", as: "s"),
    ]), from: ["in"])"#;
    let rows = vec![vec![Value::Integer(1), Value::Float(0.5)], vec![Value::Integer(2), Value::Float(7.0)]];
    let (tables, _) = execute(nodes, Table { schema, rows }, &["it"]);
    let nothing = vec![Value::Integer(1), Value::Null, Value::Null];
    assert_eq!(tables[0].rows, [nothing, vec![Value::Integer(2), Value::Float(0.0), Value::Float(0.0)]]);
}

#[test]
fn parquet_of_older_programs_is_misread_by_polars_and_not_by_us() {
    let path = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats").join(name);
    let scan = |name: &str| {
        let scan = LazyFrame::scan_parquet(PlRefPath::new(path(name).to_string_lossy()), ScanArgsParquet::default());
        scan.unwrap().collect()
    };
    let lists = scan("lists.parquet").unwrap();
    let bare = lists.column("bare").unwrap().list().unwrap().get_as_series(2);
    assert_ne!(bare.map(|list| list.len()), Some(2), "lists without an annotation are read right by now");
    assert_eq!(scan("rows.parquet").unwrap().height(), 0);
    assert!(
        LazyFrame::scan_parquet(
            PlRefPath::new(path("unreadable.parquet").to_string_lossy()),
            ScanArgsParquet::default()
        )
        .and_then(|mut scan| scan.collect_schema())
        .is_err()
    );
    let rows = |source: &Source| collect(&stored(source).unwrap(), false).rows.len();
    let leave_out = ["any", "place", "sum", "span"].map(str::to_owned).to_vec();
    let without = ReadParquet { path: "unreadable.parquet".into(), leave_out, ..ReadParquet::default() };
    let ours = [parquet("lists.parquet"), parquet("rows.parquet"), Source::Parquet(without)];
    assert_eq!(ours.map(|source| rows(&source)), [3, 2, 1]);
}
