//! Columns that a file stores narrower than their type: the same values come out as from wide ones, whatever is done to them.

use std::fs::File;

use polars::prelude::*;

use crate::shell::Shell;

const READ: &str = r#"
    "narrow": (step: ReadParquet(path: "narrow.parquet")),
    "wide": (step: ReadParquet(path: "wide.parquet")),"#;

/// 1, 2, 2 and null in every width that a file may have.
fn shell() -> Shell {
    let shell = Shell::empty();
    let values = [Some(1i64), Some(2), Some(2), None];
    let wide = Column::new("i".into(), values);
    let words = Column::new("d".into(), ["b", "a", "a", "c"]);
    let of = |name: &str, dtype: DataType| wide.cast(&dtype).unwrap().with_name(name.into());
    let dictionary = words.cast(&DataType::from_categories(Categories::global())).unwrap();
    let narrow = vec![of("i", DataType::Int32), of("u", DataType::UInt64), of("f", DataType::Float32), dictionary];
    let plain = vec![of("i", DataType::Int64), of("u", DataType::Int64), of("f", DataType::Float64), words];
    for (name, columns) in [("narrow.parquet", narrow), ("wide.parquet", plain)] {
        let file = File::create(shell.path().join(name)).unwrap();
        ParquetWriter::new(file).finish(&mut DataFrame::new(4, columns).unwrap()).unwrap();
    }
    shell
}

/// Nodes that end in `it`, over narrow columns and over wide ones, put together: they must be the same, twice.
fn same_twice(nodes: &str) {
    let shell = shell();
    let second = |text: &str| text.replace("narrow", "WIDE").replace("wide", "narrow").replace("WIDE", "wide");
    let second = second(nodes).replace("\"it\":", "\"it too\":");
    shell.pipeline(&format!(
        r#"{READ} {nodes} {second}
        "all": (step: Union(), from: ["it", "it too", "it"]),
        "a": (step: WriteCsv(path: "a.csv"), from: ["it"]),
        "b": (step: WriteCsv(path: "b.csv"), from: ["it too"]),
        "c": (step: WriteCsv(path: "c.csv"), from: ["all"]),"#
    ));
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.code, 0, "{nodes}\n{}", told.stderr);
    let (a, b) = (shell.read("a.csv"), shell.read("b.csv"));
    assert_eq!(a, b, "{nodes}");
    let rows = a.split_once('\n').unwrap().1;
    assert_eq!(shell.read("c.csv"), format!("{a}{rows}{rows}"), "{nodes}");
}

#[test]
fn narrow_columns_are_grouped_as_wide_ones() {
    for function in ["Min", "Max", "First", "Last", "Sum", "Mean", "CountDistinct"] {
        same_twice(&format!(
            r#""it": (step: GroupBy(by: ["f"], aggregations: [(function: {function}, column: "i"), (function: {function}, column: "u")]), from: ["narrow"]),"#
        ));
    }
    for function in ["Min", "Max", "First", "Last"] {
        same_twice(&format!(
            r#""it": (step: GroupBy(by: ["i"], aggregations: [(function: {function}, column: "d")]), from: ["narrow"]),"#
        ));
    }
}

#[test]
fn narrow_columns_are_pivoted_as_wide_ones() {
    for (on, column) in [("d", "i"), ("i", "u"), ("f", "d"), ("u", "f")] {
        same_twice(&format!(
            r#""it": (step: Pivot(by: ["d"], on: "{on}", function: Max, column: "{column}"), from: ["narrow"]),"#
        ));
    }
}

#[test]
fn narrow_columns_are_joined_with_wide_ones() {
    for kind in ["Inner", "Left", "Right", "Full"] {
        for key in ["i", "u", "f", "d"] {
            same_twice(&format!(
                r#""it": (step: Join(kind: {kind}, on: [(left: "{key}", right: "{key}")]), from: ["narrow", "wide"]),"#
            ));
        }
    }
}

#[test]
fn narrow_columns_run_in_windows_as_wide_ones() {
    for (function, column) in
        [("Lag", "i"), ("Lead", "d"), ("RunningMin", "f"), ("RunningMax", "u"), ("RunningSum", "i")]
    {
        same_twice(&format!(
            r#""it": (step: Window(by: ["f"], order: [(column: "d")], columns: [(function: {function}, column: "{column}", as: "w")]), from: ["narrow"]),"#
        ));
    }
}

#[test]
fn narrow_columns_are_sorted_and_made_unique_as_wide_ones() {
    for column in ["i", "u", "f", "d"] {
        same_twice(&format!(r#""it": (step: Sort(by: [(column: "{column}")]), from: ["narrow"]),"#));
        same_twice(&format!(r#""it": (step: Unique(by: ["{column}"]), from: ["narrow"]),"#));
    }
}

#[test]
fn integers_beyond_ours_are_said_and_never_wrap() {
    let shell = Shell::empty();
    let huge = Column::new("u".into(), (0..30).map(|at| u64::MAX - at).collect::<Vec<_>>());
    let file = File::create(shell.path().join("huge.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut DataFrame::new(30, vec![huge]).unwrap()).unwrap();
    let nodes = [
        r#""it": (step: Pivot(on: "u"), from: ["huge"]),"#,
        r#""it": (step: Pivot(on: "u", values: ["1"], others: Skip), from: ["huge"]),"#,
        r#""it": (step: Join(on: [(left: "u", right: "u")]), from: ["huge", "huge"]),"#,
        r#""it": (step: GroupBy(aggregations: [(function: Max, column: "u")]), from: ["huge"]),"#,
        r#""it": (step: Window(columns: [(function: RunningSum, column: "u", as: "w")]), from: ["huge"]),"#,
    ];
    for nodes in nodes {
        shell.pipeline(&format!(
            r#" "huge": (step: ReadParquet(path: "huge.parquet")), {nodes}
                "out": (step: WriteCsv(path: "out.csv"), from: ["it"]),"#
        ));
        let told = shell.call(&["run", "x.pipe.ron"]);
        assert_eq!(told.code, 1, "{nodes}\n{}", told.stderr);
        assert!(told.stderr.contains("The column \"u\" has integers beyond 9223372036854775807"), "{}", told.stderr);
    }
}
