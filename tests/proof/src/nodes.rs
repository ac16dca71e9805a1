//! Nodes on a million rows, each beside the same work written by hand in Polars: run in turns, results compared before times count.

use std::path::Path;

use pipewright_runner::job::Job;
use polars::prelude::*;

use crate::versus::{self, Turns, compare, run, scan, write};

const ROWS: i64 = 1_000_000;

/// A node as a pipeline has it, and the same by hand.
struct Case {
    node: &'static str,
    by_hand: fn(LazyFrame) -> PolarsResult<LazyFrame>,
}

pub fn measure() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    table(&folder.path().join("in.parquet")).map_err(|error| error.to_string())?;
    let wanted = std::env::var("PROOF_NODE").unwrap_or_default();
    versus::print_head("by hand");
    for case in CASES.iter().filter(|case| case.node.contains(&wanted)) {
        match measured(case, folder.path()) {
            Ok(compared) => compared.print(case.node),
            Err(why) => println!("  {:<62} left out: {why}", case.node),
        }
    }
    Ok(())
}

fn measured(case: &Case, folder: &Path) -> Result<Turns, String> {
    let (ours, hand) = (folder.join("ours.parquet"), folder.join("hand.parquet"));
    let text = format!(
        "(version: 1, nodes: {{ \"in\": (step: ReadParquet(path: \"in.parquet\")), \"it\": (step: {}, from: [\"in\"]), \
         \"out\": (step: WriteParquet(path: \"ours.parquet\"), from: [\"it\"]) }})",
        case.node
    );
    let job = Job { file: folder.join("it.pipe.ron"), text, ..Job::default() };
    let by_hand = || write(vec![((case.by_hand)(scan(&folder.join("in.parquet"))?)?, hand.clone())]);
    let by_hand = || by_hand().map_err(|error: PolarsError| error.to_string());
    compare(&|| run(&job), &by_hand, &[(ours, hand.clone())])
}

/// A million rows of sales: numbers with nulls, a thousand groups, text as people type it.
fn table(path: &Path) -> PolarsResult<()> {
    let numbers = || 0..ROWS;
    let mixed = |at: i64| {
        (at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33) & 0x7fff_ffff
    };
    let text = |name: &str, make: &dyn Fn(i64) -> String| {
        Column::new(name.into(), numbers().map(make).collect::<Vec<String>>())
    };
    let amount = numbers().map(|at| (mixed(at) % 17 != 0).then(|| (mixed(at) % 1_000_000) as f64 / 100.0));
    let quantity = numbers().map(|at| (mixed(at + 7) % 23 != 0).then(|| mixed(at + 7) % 100));
    let days = numbers().map(|at| 19_000 + (at % 900) as i32).collect::<Vec<i32>>();
    let mut frame = DataFrame::new_infer_height(vec![
        Column::new("id".into(), numbers().collect::<Vec<i64>>()),
        text("shop", &|at| format!("shop {:03}", mixed(at) % 1000)),
        text("customer", &|at| format!("c{:06}", mixed(at + 3) % 100_000)),
        Column::new("amount".into(), amount.collect::<Vec<Option<f64>>>()),
        Column::new("quantity".into(), quantity.collect::<Vec<Option<i64>>>()),
        Column::new("day".into(), days).cast(&DataType::Date)?,
        text("note", &|at| format!(" Order {} of  lot {}, paid ", at % 977, mixed(at) % 50)),
    ])?;
    let file = std::fs::File::create(path)?;
    ParquetWriter::new(file).finish(&mut frame).map(drop)
}

const CASES: &[Case] = &[
    Case {
        node: "Filter(condition: \"amount > 5000\")",
        by_hand: |frame| Ok(frame.filter(col("amount").gt(lit(5000.0)))),
    },
    Case {
        node: "Formula(formulas: [(column: \"total\", formula: \"amount * 1.19\")])",
        by_hand: |frame| Ok(frame.with_columns([(col("amount") * lit(1.19)).alias("total")])),
    },
    Case {
        node: "Formula(formulas: [(column: \"note\", formula: \"upper(trim(note))\")])",
        by_hand: |frame| Ok(frame.with_columns([col("note").str().strip_chars(lit(" ")).str().to_uppercase()])),
    },
    Case {
        node: "Select(columns: [(column: \"id\"), (column: \"amount\")])",
        by_hand: |frame| Ok(frame.select([col("id"), col("amount")])),
    },
    Case {
        node: "Sort(by: [(column: \"customer\"), (column: \"id\")])",
        by_hand: |frame| {
            let options = SortMultipleOptions::new().with_nulls_last_multi(vec![true, true]).with_maintain_order(true);
            Ok(frame.sort(["customer", "id"], options))
        },
    },
    Case {
        node: "Unique(by: [\"customer\"])",
        by_hand: |frame| Ok(frame.unique_stable(Some(cols(["customer"])), UniqueKeepStrategy::First)),
    },
    Case {
        node: "GroupBy(by: [\"shop\"], aggregations: [(function: Count), (function: Mean, column: \"amount\"), (function: Max, column: \"quantity\")])",
        by_hand: |frame| {
            Ok(frame.group_by_stable([col("shop")]).agg([
                len().cast(DataType::Int64).alias("count"),
                col("amount").mean().alias("mean_amount"),
                col("quantity").max().alias("max_quantity"),
            ]))
        },
    },
    Case {
        node: "GroupBy(by: [\"customer\"], aggregations: [(function: Median, column: \"amount\"), (function: CountDistinct, column: \"shop\")])",
        by_hand: |frame| {
            Ok(frame.group_by_stable([col("customer")]).agg([
                col("amount").median().alias("median_amount"),
                col("shop").drop_nulls().n_unique().cast(DataType::Int64).alias("distinct_shop"),
            ]))
        },
    },
    Case {
        node: "Window(by: [\"shop\"], columns: [(function: Aggregate, aggregate: Mean, column: \"amount\", as: \"mean\")])",
        by_hand: |frame| Ok(frame.with_columns([col("amount").mean().over([col("shop")])?.alias("mean")])),
    },
    Case {
        node: "Rolling(window: Rows, rows: 7, columns: [(function: Mean, column: \"amount\", as: \"mean\")])",
        by_hand: |frame| {
            let options = RollingOptionsFixedWindow { window_size: 7, min_periods: 1, ..Default::default() };
            Ok(frame.with_columns([col("amount").rolling_mean(options).alias("mean")]))
        },
    },
    Case {
        node: "FillNulls(columns: [\"amount\"], method: Constant, value: \"0\")",
        by_hand: |frame| Ok(frame.with_columns([col("amount").fill_null(lit(0.0))])),
    },
    Case {
        node: "FillNulls(columns: [\"amount\"], method: Forward, by: [\"shop\"])",
        by_hand: |frame| {
            let filled = col("amount").fill_null_with_strategy(FillNullStrategy::Forward(None));
            Ok(frame.with_columns([filled.over([col("shop")])?]))
        },
    },
    Case {
        node: "Normalise(columns: [\"amount\"], method: ZScore)",
        by_hand: |frame| Ok(frame.with_columns([(col("amount") - col("amount").mean()) / col("amount").std(1)])),
    },
    Case {
        node: "CleanText(columns: [\"note\"], squeeze: true, case: Upper)",
        by_hand: |frame| {
            let squeezed = col("note").str().replace_all(lit(r"\s+"), lit(" "), false);
            Ok(frame.with_columns([squeezed.str().strip_chars(lit(NULL)).str().to_uppercase()]))
        },
    },
    Case {
        node: "SplitColumn(column: \"note\", separator: \",\", into: [\"a\", \"b\"], trim: false)",
        by_hand: |frame| {
            let parts = || col("note").str().splitn(lit(","), 2);
            let field = |name: &str, to: &str| parts().struct_().field_by_name(name).alias(to);
            Ok(frame.with_columns([field("field_0", "a"), field("field_1", "b")]).drop(cols(["note"])))
        },
    },
    Case {
        node: "CombineColumns(columns: [\"shop\", \"customer\"], separator: \" \", as: \"who\")",
        by_hand: |frame| Ok(frame.with_columns([concat_str([col("shop"), col("customer")], " ", true).alias("who")])),
    },
    Case {
        node: "Regex(column: \"note\", pattern: \"Order (?<order>[0-9]+) of +lot (?<lot>[0-9]+)\", make: Columns)",
        by_hand: |frame| {
            let pattern = || lit("Order (?<order>[0-9]+) of +lot (?<lot>[0-9]+)");
            let group = |at, name: &str| col("note").str().extract(pattern(), at).alias(name);
            Ok(frame.with_columns([group(1, "order"), group(2, "lot")]))
        },
    },
    Case {
        node: "DateParts(parts: [(column: \"day\", make: Year, as: \"year\"), (column: \"day\", make: Month, as: \"month\")])",
        by_hand: |frame| {
            Ok(frame.with_columns([
                col("day").dt().year().cast(DataType::Int64).alias("year"),
                col("day").dt().month().cast(DataType::Int64).alias("month"),
            ]))
        },
    },
    Case {
        node: "Rules(column: \"size\", rules: [(condition: \"amount > 5000\", then: \"'large'\"), (condition: \"amount > 1000\", then: \"'middle'\")], otherwise: \"'small'\")",
        by_hand: |frame| {
            let size = when(col("amount").gt(lit(5000.0))).then(lit("large"));
            Ok(frame.with_columns([size
                .when(col("amount").gt(lit(1000.0)))
                .then(lit("middle"))
                .otherwise(lit("small"))
                .alias("size")]))
        },
    },
    Case {
        node: "RowNumber(kind: Number, as: \"n\")",
        by_hand: |frame| Ok(frame.with_row_index("n", None).with_columns([col("n").cast(DataType::Int64) + lit(1i64)])),
    },
    Case {
        node: "Frequency(columns: [\"shop\"])",
        by_hand: |frame| {
            let counted = frame.group_by_stable([col("shop")]).agg([len().cast(DataType::Int64).alias("count")]);
            let order = SortMultipleOptions::new().with_order_descending(true).with_maintain_order(true);
            let share =
                |count: Expr| count.cast(DataType::Float64) * lit(100.0) / col("count").sum().cast(DataType::Float64);
            Ok(counted.sort(["count"], order).with_columns([
                share(col("count")).alias("percent"),
                col("count").cum_sum(false).alias("cumulative_count"),
                share(col("count").cum_sum(false)).alias("cumulative_percent"),
            ]))
        },
    },
    Case {
        node: "Bin(columns: [\"amount\"], method: Bounds, bounds: [\"1000\", \"5000\"], label: Number)",
        by_hand: |frame| {
            let at_least = |bound: f64| col("amount").gt_eq(lit(bound)).cast(DataType::Int64);
            Ok(frame.with_columns([(lit(1i64) + at_least(1000.0) + at_least(5000.0)).alias("amount_bin")]))
        },
    },
    Case {
        node: "Pivot(by: [\"customer\"], on: \"quantity\", function: Count, values: [\"1\", \"2\", \"3\"], others: Skip)",
        by_hand: |frame| {
            let count = |value: i64| col("quantity").filter(col("quantity").eq(lit(value))).len().cast(DataType::Int64);
            Ok(frame.group_by_stable([col("customer")]).agg([
                count(1).alias("1"),
                count(2).alias("2"),
                count(3).alias("3"),
            ]))
        },
    },
];
