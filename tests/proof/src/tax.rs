//! What a pipeline costs above the same work written by hand in Polars: fifteen pipelines over the tables of TPC-H.

use std::fs;
use std::path::{Path, PathBuf};

use pipewright_runner::job::Job;
use polars::prelude::*;

use crate::data;
use crate::versus::{self, Turns, compare, run, write};

/// A file of `pipelines/`, and the frames that give what it writes, by the names of its files.
struct Case {
    name: &'static str,
    pipeline: &'static str,
    by_hand: fn(&Tables) -> PolarsResult<Made>,
}

/// Frames by the names of the files that they go to.
type Made = Vec<(&'static str, LazyFrame)>;

struct Tables<'a>(&'a Path);

impl Tables<'_> {
    fn scan(&self, table: &str) -> PolarsResult<LazyFrame> {
        versus::scan(&self.0.join(format!("{table}.parquet")))
    }
}

pub fn measure() -> Result<(), String> {
    let folder = data::tables()?;
    for part in ["ours", "hand"] {
        fs::create_dir_all(folder.join(part)).map_err(|error| error.to_string())?;
    }
    let wanted = std::env::var("PROOF_PIPELINE").unwrap_or_default();
    versus::print_head("by hand");
    let mut all = Vec::new();
    for case in CASES.iter().filter(|case| case.name.contains(&wanted)) {
        match measured(case, &folder) {
            Ok(compared) => {
                compared.print(case.name);
                all.push(compared.ratio(0, 1, 0.5));
            }
            Err(why) => println!("  {:<62} left out: {why}", case.name),
        }
    }
    all.sort_by(f64::total_cmp);
    if let (Some(median), Some(most)) = (all.get(all.len() / 2), all.last()) {
        println!("  median of the medians {median:.2}×, most {most:.2}×");
    }
    if wanted.is_empty() || wanted == "csv" { csv(&folder) } else { Ok(()) }
}

/// The orders as delimited text, which is checked before it is parsed: the first time, and when the verdict is known.
fn csv(folder: &Path) -> Result<(), String> {
    const PIPELINE: &str = r#"(version: 1, nodes: {
        "orders": (step: ReadCsv(path: "orders.csv", delimiter: ",", header: true, types: {"o_orderkey": Integer, "o_custkey": Integer, "o_orderstatus": Text, "o_totalprice": Float, "o_orderdate": Date, "o_orderpriority": Text, "o_clerk": Text, "o_shippriority": Integer, "o_comment": Text})),
        "by priority": (step: GroupBy(by: ["o_orderpriority"], aggregations: [(function: Count, as: "orders"), (function: Sum, column: "o_totalprice", as: "sum"), (function: Max, column: "o_orderdate", as: "last")]), from: ["orders"]),
        "out": (step: WriteParquet(path: "ours/csv.parquet"), from: ["by priority"]),
    })"#;
    let (text, place) = (folder.join("orders.csv"), |part: &str| folder.join(part).join("csv.parquet"));
    let told = |error: PolarsError| error.to_string();
    let orders = Tables(folder).scan("orders").map_err(told)?;
    if !text.exists() {
        let mut frame = orders.clone().collect().map_err(told)?;
        let file = fs::File::create(&text).map_err(|error| error.to_string())?;
        CsvWriter::new(file).finish(&mut frame).map_err(told)?;
    }
    let schema = orders.clone().collect_schema().map_err(told)?;
    let by_hand = || {
        let path = PlRefPath::new(text.to_string_lossy());
        let frame = LazyCsvReader::new(path).with_schema(Some(schema.clone())).finish()?;
        let last = col("o_orderdate").max().alias("last");
        let grouped =
            frame.group_by_stable([col("o_orderpriority")]).agg([count("orders"), sum("o_totalprice", "sum"), last]);
        write(vec![(grouped, place("hand"))])
    };
    let job = Job { file: folder.join("x.pipe.ron"), text: PIPELINE.to_owned(), ..Job::default() };
    // A file of another age is another file.
    let touched = || {
        let file = fs::File::options().append(true).open(&text).map_err(|error| error.to_string())?;
        file.set_modified(std::time::SystemTime::now()).map_err(|error| error.to_string())?;
        run(&job)
    };
    let outputs = [(place("ours"), place("hand"))];
    compare(&touched, &|| by_hand().map_err(told), &outputs)?.print("csv, the first time");
    compare(&|| run(&job), &|| by_hand().map_err(told), &outputs)?.print("csv, checked before");
    Ok(())
}

fn measured(case: &Case, folder: &Path) -> Result<Turns, String> {
    let job = Job { file: folder.join("x.pipe.ron"), text: case.pipeline.to_owned(), ..Job::default() };
    let place = |part: &str, name: &str| folder.join(part).join(format!("{name}.parquet"));
    let frames = || (case.by_hand)(&Tables(folder));
    let by_hand = || write(frames()?.into_iter().map(|(name, frame)| (frame, place("hand", name))).collect());
    let names: Vec<&str> = frames().map_err(|error| error.to_string())?.iter().map(|(name, _)| *name).collect();
    let outputs: Vec<(PathBuf, PathBuf)> =
        names.iter().map(|name| (place("ours", name), place("hand", name))).collect();
    compare(&|| run(&job), &|| by_hand().map_err(|error: PolarsError| error.to_string()), &outputs)
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            pipeline: include_str!(concat!("../pipelines/", stringify!($name), ".pipe.ron")),
            by_hand: |tables| Ok(vec![(stringify!($name), $name(tables)?)]),
        },)* Case { name: "fan_out", pipeline: include_str!("../pipelines/fan_out.pipe.ron"), by_hand: fan_out }];
    };
}

cases! { q1, q3, q5, q6, q9, q13, q18, group, formulas, joins, window, pivot, sort, unique }

/// Keeps the order of the left side, as ours do.
fn join(left: LazyFrame, right: LazyFrame, how: JoinType, on: [&[&str]; 2]) -> LazyFrame {
    let keys = |names: &[&str]| names.iter().map(|name| col(*name)).collect::<Vec<_>>();
    left.join_builder()
        .with(right)
        .how(how)
        .left_on(keys(on[0]))
        .right_on(keys(on[1]))
        .maintain_order(MaintainOrderJoin::LeftRight)
        .finish()
}

fn inner(left: LazyFrame, right: LazyFrame, left_on: &str, right_on: &str) -> LazyFrame {
    join(left, right, JoinType::Inner, [&[left_on], &[right_on]])
}

fn day(year: i32, month: u32, day: u32) -> Expr {
    let days = |y: i32, m: u32, d: u32| {
        // Days since 1970 by the civil calendar: years begin in March.
        let (y, m) = if m > 2 { (y, m - 3) } else { (y - 1, m + 9) };
        let era = y.div_euclid(400);
        let year = y.rem_euclid(400);
        era * 146_097 + year * 365 + year / 4 - year / 100 + ((153 * m + 2) / 5 + d - 1) as i32 - 719_468
    };
    lit(days(year, month, day)).cast(DataType::Date)
}

fn sum(column: &str, name: &str) -> Expr {
    col(column).sum().alias(name)
}

fn mean(column: &str, name: &str) -> Expr {
    col(column).mean().alias(name)
}

fn count(name: &str) -> Expr {
    len().cast(DataType::Int64).alias(name)
}

fn sorted<const N: usize>(frame: LazyFrame, by: [(&str, bool); N]) -> LazyFrame {
    let options = SortMultipleOptions::new()
        .with_order_descending_multi(by.map(|(_, descending)| descending))
        .with_nulls_last_multi([true; N])
        .with_maintain_order(true);
    frame.sort(by.map(|(name, _)| name), options)
}

fn value() -> Expr {
    col("l_extendedprice") * (lit(1.0) - col("l_discount"))
}

fn q1(tables: &Tables) -> PolarsResult<LazyFrame> {
    let by_status = tables
        .scan("lineitem")?
        .filter(col("l_shipdate").lt_eq(day(1998, 9, 2)))
        .with_columns([value().alias("disc_price")])
        .with_columns([(col("disc_price") * (lit(1.0) + col("l_tax"))).alias("charge")])
        .group_by_stable([col("l_returnflag"), col("l_linestatus")])
        .agg([
            sum("l_quantity", "sum_qty"),
            sum("l_extendedprice", "sum_base_price"),
            sum("disc_price", "sum_disc_price"),
            sum("charge", "sum_charge"),
            mean("l_quantity", "avg_qty"),
            mean("l_extendedprice", "avg_price"),
            mean("l_discount", "avg_disc"),
            count("count_order"),
        ]);
    Ok(sorted(by_status, [("l_returnflag", false), ("l_linestatus", false)]))
}

fn q3(tables: &Tables) -> PolarsResult<LazyFrame> {
    let builders = tables.scan("customer")?.filter(col("c_mktsegment").eq(lit("BUILDING")));
    let early = tables.scan("orders")?.filter(col("o_orderdate").lt(day(1995, 3, 15)));
    let late = tables.scan("lineitem")?.filter(col("l_shipdate").gt(day(1995, 3, 15)));
    let theirs = inner(early, builders, "o_custkey", "c_custkey");
    let by_order = inner(late, theirs, "l_orderkey", "o_orderkey")
        .group_by_stable([col("l_orderkey"), col("o_orderdate"), col("o_shippriority")])
        .agg([value().sum().alias("revenue")]);
    let first = sorted(by_order, [("revenue", true), ("o_orderdate", false)]).limit(10);
    Ok(first.select([col("l_orderkey"), col("revenue"), col("o_orderdate"), col("o_shippriority")]))
}

fn q5(tables: &Tables) -> PolarsResult<LazyFrame> {
    let asia = tables.scan("region")?.filter(col("r_name").eq(lit("ASIA")));
    let in_1994 = col("o_orderdate").gt_eq(day(1994, 1, 1)).and(col("o_orderdate").lt(day(1995, 1, 1)));
    let nations = inner(tables.scan("nation")?, asia, "n_regionkey", "r_regionkey");
    let customers = inner(tables.scan("customer")?, nations, "c_nationkey", "n_nationkey");
    let orders = inner(tables.scan("orders")?.filter(in_1994), customers, "o_custkey", "c_custkey");
    let lines = inner(tables.scan("lineitem")?, orders, "l_orderkey", "o_orderkey");
    let keys: [&[&str]; 2] = [&["l_suppkey", "c_nationkey"], &["s_suppkey", "s_nationkey"]];
    let local = join(lines, tables.scan("supplier")?, JoinType::Inner, keys);
    Ok(sorted(local.group_by_stable([col("n_name")]).agg([value().sum().alias("revenue")]), [("revenue", true)]))
}

fn q6(tables: &Tables) -> PolarsResult<LazyFrame> {
    let some = col("l_shipdate")
        .gt_eq(day(1994, 1, 1))
        .and(col("l_shipdate").lt(day(1995, 1, 1)))
        .and(col("l_discount").is_between(lit(0.045), lit(0.075), ClosedInterval::Both))
        .and(col("l_quantity").lt(lit(24.0)));
    let revenue = (col("l_extendedprice") * col("l_discount")).sum().alias("revenue");
    Ok(tables.scan("lineitem")?.filter(some).select([revenue]))
}

fn q9(tables: &Tables) -> PolarsResult<LazyFrame> {
    let green = tables.scan("part")?.filter(col("p_name").str().contains_literal(lit("green")));
    let of_parts = inner(tables.scan("lineitem")?, green, "l_partkey", "p_partkey");
    let keys: [&[&str]; 2] = [&["l_suppkey", "l_partkey"], &["ps_suppkey", "ps_partkey"]];
    let with_cost = join(of_parts, tables.scan("partsupp")?, JoinType::Inner, keys);
    let with_supplier = inner(with_cost, tables.scan("supplier")?, "l_suppkey", "s_suppkey");
    let with_order = inner(with_supplier, tables.scan("orders")?, "l_orderkey", "o_orderkey");
    let with_nation = inner(with_order, tables.scan("nation")?, "s_nationkey", "n_nationkey");
    let by_nation = with_nation
        .with_columns([
            col("o_orderdate").dt().year().cast(DataType::Int64).alias("o_year"),
            (value() - col("ps_supplycost") * col("l_quantity")).alias("amount"),
        ])
        .group_by_stable([col("n_name"), col("o_year")])
        .agg([sum("amount", "sum_profit")]);
    Ok(sorted(by_nation, [("n_name", false), ("o_year", true)]))
}

fn q13(tables: &Tables) -> PolarsResult<LazyFrame> {
    let special = col("o_comment").str().contains(lit("special.*requests"), true);
    let usual = tables.scan("orders")?.filter(special.not());
    let all = join(tables.scan("customer")?, usual, JoinType::Left, [&["c_custkey"], &["o_custkey"]]);
    let counted = col("o_orderkey").count().cast(DataType::Int64).alias("c_count");
    let by_customer = all.group_by_stable([col("c_custkey")]).agg([counted]);
    let by_count = by_customer.group_by_stable([col("c_count")]).agg([count("custdist")]);
    Ok(sorted(by_count, [("custdist", true), ("c_count", true)]))
}

fn q18(tables: &Tables) -> PolarsResult<LazyFrame> {
    let by_order = tables.scan("lineitem")?.group_by_stable([col("l_orderkey")]).agg([sum("l_quantity", "sum")]);
    let large = by_order.filter(col("sum").gt(lit(300.0)));
    let of_orders = inner(tables.scan("orders")?, large, "o_orderkey", "l_orderkey");
    let with_customer = inner(of_orders, tables.scan("customer")?, "o_custkey", "c_custkey");
    let first = sorted(with_customer, [("o_totalprice", true), ("o_orderdate", false)]).limit(100);
    let shown = ["c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum"];
    Ok(first.select(shown.map(col)))
}

fn group(tables: &Tables) -> PolarsResult<LazyFrame> {
    let many = tables.scan("lineitem")?.filter(col("l_quantity").gt(lit(25.0)));
    let last = col("l_shipdate").max().alias("last");
    Ok(many.group_by_stable([col("l_suppkey")]).agg([count("lines"), sum("l_extendedprice", "sum"), last]))
}

fn formulas(tables: &Tables) -> PolarsResult<LazyFrame> {
    let size = when(col("o_totalprice").gt(lit(200_000.0)))
        .then(lit("large"))
        .when(col("o_totalprice").gt(lit(100_000.0)))
        .then(lit("middle"))
        .otherwise(lit("small"));
    Ok(tables.scan("orders")?.with_columns([(col("o_totalprice") / lit(1.19)).alias("net")]).with_columns([
        (col("o_totalprice") - col("net")).alias("tax"),
        col("net").round(0, RoundMode::HalfToEven).alias("rounded"),
        col("o_orderdate").dt().year().cast(DataType::Int64).alias("year"),
        col("o_orderdate").dt().truncate(lit("1mo")).alias("month"),
        col("o_orderpriority").eq(lit("1-URGENT")).alias("urgent"),
        col("o_clerk").str().to_lowercase().alias("clerk"),
        size.alias("size"),
    ]))
}

fn joins(tables: &Tables) -> PolarsResult<LazyFrame> {
    let with_customer = inner(tables.scan("orders")?, tables.scan("customer")?, "o_custkey", "c_custkey");
    let with_nation = inner(with_customer, tables.scan("nation")?, "c_nationkey", "n_nationkey");
    let with_region = inner(with_nation, tables.scan("region")?, "n_regionkey", "r_regionkey");
    Ok(with_region.select(["o_orderkey", "o_totalprice", "c_name", "n_name", "r_name"].map(col)))
}

fn fan_out(tables: &Tables) -> PolarsResult<Made> {
    let quantity = col("l_quantity");
    let quantity = when(quantity.clone().eq(lit(0.0))).then(lit(NULL)).otherwise(quantity);
    let by = col("l_linenumber") - lit(7i64);
    let lines = tables.scan("lineitem")?;
    let fails = by.clone().eq(lit(0i64));
    let fine = lines
        .clone()
        .filter(fails.clone().not())
        .with_columns([(col("l_extendedprice") / quantity).alias("share"), (lit(12i64).floor_div(by)).alias("place")]);
    // Whole numbers are divided towards zero.
    let place = -(lit(12i64).floor_div(lit(7i64) - col("l_linenumber")));
    let fine = fine.with_columns([place.alias("place")]);
    let dear = col("share").gt(lit(1500.0));
    let told = |text: &str, name: &str| lit(text).alias(name);
    let rejected = lines.filter(fails).with_columns([
        told("place", "error_column"),
        told("7", "error_value"),
        told("division by zero", "error_reason"),
    ]);
    let modes = fine.clone().group_by_stable([col("l_shipmode")]).agg([count("lines"), mean("share", "share")]);
    Ok(vec![
        ("fan_out_dear", fine.clone().filter(dear.clone())),
        ("fan_out_cheap", fine.filter(dear.fill_null(lit(false)).not())),
        ("fan_out_modes", modes),
        ("fan_out_rejected", rejected),
    ])
}

fn window(tables: &Tables) -> PolarsResult<LazyFrame> {
    let by = [col("o_custkey")];
    let order = SortOptions::default().with_maintain_order(true);
    let over = |value: Expr| {
        value.over_with_options(Some(by.clone()), Some(([col("o_orderdate")], order)), WindowMapping::GroupsToRows)
    };
    let number = int_range(lit(1i64), len() + lit(1), 1, DataType::Int64);
    let running = tables
        .scan("orders")?
        .with_columns([over(number)?.alias("number"), over(col("o_totalprice").cum_sum(false))?.alias("so_far")]);
    Ok(running.select(["o_orderkey", "o_custkey", "o_orderdate", "number", "so_far"].map(col)))
}

fn pivot(tables: &Tables) -> PolarsResult<LazyFrame> {
    let modes = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"];
    let cell = |mode: &str| {
        let of_mode = col("l_quantity").filter(col("l_shipmode").eq(lit(mode)));
        when(of_mode.clone().len().gt(lit(0))).then(of_mode.sum()).otherwise(lit(NULL)).alias(mode)
    };
    Ok(tables.scan("lineitem")?.group_by_stable([col("l_suppkey")]).agg(modes.map(cell)))
}

fn sort(tables: &Tables) -> PolarsResult<LazyFrame> {
    Ok(sorted(tables.scan("orders")?, [("o_totalprice", true), ("o_orderkey", false)]))
}

fn unique(tables: &Tables) -> PolarsResult<LazyFrame> {
    let clean = tables.scan("lineitem")?.with_columns([
        col("l_shipmode").str().strip_chars(lit(" ")).str().to_lowercase().alias("mode"),
        col("l_comment").str().len_chars().cast(DataType::Int64).alias("words"),
    ]);
    let first = clean.unique_stable(Some(cols(["l_partkey", "mode"])), UniqueKeepStrategy::First);
    Ok(first.select(["l_orderkey", "l_partkey", "mode", "words"].map(col)))
}
