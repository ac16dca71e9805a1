//! Columns of which files say that they have no nulls are summed without looking for any, and others are not.

use pipewright_engine::table::Table;
use pipewright_runner::engine::engine;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Job, Wanted};
use pipewright_runner::source::Extent;

use crate::formats::{Folder, parquet, table, write_parquet};
use crate::shell::pipeline;

#[test]
fn parquet_files_say_which_columns_have_no_nulls() {
    let folder = Folder::new();
    folder.write(
        &table("a: Integer, b: Integer, c, d: List(Integer)\n 1, 1, x, [1]\n 2, 2, , [2]"),
        &write_parquet("1.parquet"),
    );
    let filled = || {
        let mut filled: Vec<String> =
            folder.open(&parquet("*.parquet"), Extent::Whole).unwrap().filled.into_iter().collect();
        filled.sort();
        filled
    };
    assert_eq!(filled(), ["a", "b"]);
    // What one file says is not said of all.
    folder.write(&table("a: Integer, b: Integer, c, d: List(Integer)\n 3, , y, [3]"), &write_parquet("2.parquet"));
    assert_eq!(filled(), ["a"]);
}

#[test]
fn a_sum_of_nothing_is_null_whatever_the_file_says() {
    let folder = Folder::new();
    folder.write(&table("key, full: Integer, holes: Integer\n a, 1, \n b, 2, 5\n a, 3, "), &write_parquet("1.parquet"));
    folder.write(&table("key, more: Integer\n a, 10\n c, 20"), &write_parquet("more.parquet"));
    let both = r#"(function: Sum, column: "full", as: "full"), (function: Sum, column: "holes", as: "holes")"#;
    let grouped = format!(r#"GroupBy(by: ["key"], aggregations: [{both}])"#);
    let whole = format!("GroupBy(aggregations: [{both}])");
    let of_more = r#"GroupBy(by: ["key"], aggregations: [(function: Sum, column: "full", as: "full"), (function: Sum, column: "more", as: "more")])"#;
    let none = r#"Filter(condition: "full > 3")"#;
    let join = r#"Join(kind: Left, on: [(left: "key", right: "key")])"#;
    let hole = r#"Formula(formulas: [(column: "full", formula: "nullif(full, 2)")])"#;
    for (steps, wanted) in [
        (vec![("it", grouped.as_str(), "in")], "key, full: Integer, holes: Integer\n a, 4, \n b, 2, 5"),
        (vec![("it", &whole, "in")], "full: Integer, holes: Integer\n 6, 5"),
        // Of no rows at all there is nothing, though no value is missing.
        (vec![("none", none, "in"), ("it", &whole, "none")], "full: Integer, holes: Integer\n , "),
        // A column that was filled is computed anew.
        (vec![("hole", hole, "in"), ("it", &grouped, "hole")], "key, full: Integer, holes: Integer\n a, 4, \n b, , 5"),
        // Rows without a match have nothing of the other side.
        (
            vec![("join", join, r#"in", "more"#), ("it", of_more, "join")],
            "key, full: Integer, more: Integer\n a, 4, 20\n b, 2, ",
        ),
    ] {
        assert_eq!(made(&folder, &steps), table(wanted), "{steps:?}");
    }
}

/// All rows of the node `it`, below two that read Parquet.
fn made(folder: &Folder, steps: &[(&str, &str, &str)]) -> Table {
    let read = |(name, path): (&str, &str)| format!("{name:?}: (step: ReadParquet(path: {path:?})),\n");
    let mut nodes: String = [("in", "1.parquet"), ("more", "more.parquet")].map(read).concat();
    nodes.extend(steps.iter().map(|(name, step, from)| format!("{name:?}: (step: {step}, from: [\"{from}\"]),\n")));
    let job = Job { file: folder.path("x.pipe.ron"), text: pipeline(&nodes), ..Job::default() };
    let wanted = Wanted { node: "it".into(), output: None, rows: u64::MAX, exact: true };
    let shown = engine().preview(&job, &wanted, &Cancel::default());
    shown.unwrap_or_else(|problems| panic!("{problems:?}")).table
}
