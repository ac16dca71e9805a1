//! WITH RECURSIVE where it does not end, or where a row fails on the way.

use std::path::Path;

use pipewright_engine::nodes::{Sql, Step};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;

use crate::laboratory::{preview, typed_pipeline};

fn problem(query: &str) -> Problem {
    let step = Step::Sql(Sql { query: query.into(), names: vec!["t".to_owned()] });
    let pipeline = typed_pipeline(step, &[Table::parse("a: Integer\n 1\n 2").unwrap()]);
    let shown = preview(&pipeline, Path::new(""), "it", "").unwrap();
    assert!(shown.table.rows.is_empty());
    shown.problems.into_iter().next().unwrap()
}

#[test]
fn a_recursion_that_makes_ever_more_rows_is_stopped() {
    let endless = problem(
        "WITH RECURSIVE n(i) AS (SELECT a FROM t UNION ALL SELECT n.i FROM n, (VALUES (1), (2), (3), (4)) v) SELECT * FROM n",
    );
    assert_eq!(endless.message, "The recursion of \"n\" makes more than 10000000 rows.");
    assert_eq!((endless.node.as_deref(), endless.parameter.as_deref()), (Some("it"), Some("query")));
}

#[test]
fn a_row_that_fails_within_a_recursion_makes_the_run_fail() {
    let failed = problem(
        "WITH RECURSIVE n(i) AS (SELECT a + 2 FROM t UNION SELECT div(12, i - 4) FROM n WHERE i < 9) SELECT * FROM n",
    );
    assert_eq!(failed.message, "A row of the recursion fails in \"div\", with \"4\": division by zero.");
    let several = problem(
        "WITH RECURSIVE n(i) AS (SELECT a FROM t UNION SELECT i + (SELECT a FROM t) FROM n WHERE i < 9) SELECT * FROM n",
    );
    assert_eq!(several.message, "A query that stands for one value gives several rows.");
    assert_eq!(several.node.as_deref(), Some("it"));
}
