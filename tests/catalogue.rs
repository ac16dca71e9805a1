//! What must hold of every node there is: read off the catalogue, so that a new node is tested by being added to it.

#![allow(clippy::unwrap_used)]

#[path = "oracle/mod.rs"]
mod oracle;

use std::collections::BTreeSet;
use std::path::Path;

use indexmap::IndexMap;
use pipewright_engine::docs::{self, Parameter};
use pipewright_engine::file::read_step;
use pipewright_engine::node::{Example, Law, RESULTS};
use pipewright_engine::nodes::{self, CATALOG, Kind, Step};
use pipewright_engine::params::{Field, Form, Params, Query, Spec};
use pipewright_engine::pipeline::{Link, Node, Pipeline};
use pipewright_engine::plan::{Facts, Op, Planned, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;

#[test]
fn names_and_icons_are_unique_and_every_node_explains_itself() {
    let mut names = BTreeSet::new();
    let mut icons = BTreeSet::new();
    for kind in CATALOG {
        assert!(names.insert(kind.name), "two nodes {}", kind.name);
        assert!(icons.insert(kind.card.icon), "{} has the icon of another", kind.name);
        let snake = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(!kind.card.icon.is_empty() && kind.card.icon.chars().all(snake), "icon of {}", kind.name);
        assert!(kind.help.ends_with('.') && kind.help.contains("\n\n"), "{}: a summary, then details", kind.name);
        assert!(kind.card.words.split(' ').count() >= 5, "{} is hard to find", kind.name);
        assert!(!(kind.examples)().is_empty(), "{} has no example", kind.name);
    }
}

#[test]
fn every_parameter_and_every_option_has_help() {
    fn look(kind: &str, parameters: &[Parameter]) {
        for parameter in parameters {
            assert!(parameter.help.ends_with('.'), "{kind}.{} has no help", parameter.name);
            for option in &parameter.options {
                assert!(option.help.ends_with('.'), "{kind}.{}: {} has no help", parameter.name, option.name);
            }
            look(kind, &parameter.line);
        }
    }
    for kind in CATALOG {
        look(kind.name, &docs::page(kind).parameters);
    }
}

#[test]
fn examples_plan_and_give_the_columns_they_say() {
    for (kind, example) in examples() {
        let label = format!("{}: {}", kind.name, example.title);
        let planned = plan_example(&example);
        assert_eq!(planned.problems, [], "{label}");
        let Some(outputs) = planned.outputs.get("it") else {
            assert_eq!(kind.card.law, Law::Source, "{label} waits for a source");
            continue;
        };
        for (name, text) in &example.gives {
            let at = example.node.card().unwrap().outputs.iter().position(|output| output == name);
            let at = at.unwrap_or_else(|| panic!("{label}: there is no output {name:?}"));
            let wanted = Table::parse(text).unwrap_or_else(|error| panic!("{label}: {error}"));
            assert_eq!(planned.plan.schema(outputs[at]).to_string(), wanted.schema.to_string(), "{label}, {name:?}");
        }
    }
}

#[test]
fn examples_give_what_their_plans_mean() {
    for (kind, example) in examples() {
        let label = format!("{}: {}", kind.name, example.title);
        let planned = plan_example(&example);
        let Some(outputs) = planned.outputs.get("it") else { continue };
        let given = example.inputs().unwrap();
        let sources = |op: &Op| match op {
            Op::Spooled { node, .. } => {
                (0..).zip(&given).find(|(port, _)| input_name(*port) == *node).unwrap().1.clone()
            }
            op => panic!("{label} reads {op:?}"),
        };
        for (name, text) in &example.gives {
            let at = example.node.card().unwrap().outputs.iter().position(|output| output == name).unwrap();
            let table = oracle::plan::evaluate(&planned.plan, outputs[at], &sources);
            let table = table.unwrap_or_else(|reason| panic!("{label}: {reason}"));
            assert_eq!(table.to_string(), Table::parse(text).unwrap().to_string(), "{label}, {name:?}");
        }
    }
}

#[test]
fn every_table_of_an_example_can_be_read() {
    for (kind, example) in examples() {
        let tables = example.gives.iter().chain(&example.stored).chain(&example.stores).map(|(_, text)| *text);
        for text in tables.chain(example.given.iter().copied()) {
            Table::parse(text).unwrap_or_else(|error| panic!("{}, {}: {error}", kind.name, example.title));
        }
        let shown = !(example.gives.is_empty() && example.writes.is_empty() && example.stores.is_empty());
        assert!(shown, "{}, {}: nothing comes out", kind.name, example.title);
    }
}

#[test]
fn examples_lose_no_row_that_their_law_keeps() {
    let rows = |text: &str| Table::parse(text).unwrap().rows.len();
    for (kind, example) in examples() {
        let main = example.gives.iter().find(|(name, _)| name.is_empty()).map(|(_, text)| rows(text));
        let counted = example.gives.iter().filter(|(name, _)| *name != RESULTS);
        let (Some(main), all) = (main, counted.map(|(_, text)| rows(text)).sum::<usize>()) else {
            continue;
        };
        let given: Vec<usize> = example.given.iter().map(|text| rows(text)).collect();
        let label = format!("{}: {}", kind.name, example.title);
        match example.node.card().unwrap().law {
            Law::RowByRow | Law::Split => assert_eq!(given[0], all, "{label}"),
            Law::Fewer | Law::Group => assert!(main <= given[0], "{label}"),
            Law::Sum => assert_eq!(given.iter().sum::<usize>(), main, "{label}"),
            Law::SideBySide => assert_eq!(given.iter().max(), Some(&main), "{label}"),
            Law::Source | Law::Join | Law::Expand | Law::Summary | Law::Sink => {}
        }
    }
}

#[test]
fn a_new_node_plans_or_says_what_is_missing() {
    let schema = Schema::of([("a", Type::Integer), ("b", Type::Text)]);
    for kind in CATALOG {
        let inputs = (kind.step)().card().unwrap().inputs.count(1);
        let planned = plan((kind.step)(), &vec![schema.clone(); inputs], None);
        assert_answers(kind, &planned);
    }
}

#[test]
fn tables_without_columns_and_with_nothing_but_nulls_are_planned_or_refused() {
    for (kind, example) in examples() {
        let inputs: Vec<Schema> = example.inputs().unwrap().into_iter().map(|table| table.schema).collect();
        let none = vec![Schema::default(); inputs.len()];
        let nulls = inputs.iter().map(|schema| Schema::of(schema.names().map(|name| (name, Type::Null)))).collect();
        for schemas in [none, nulls] {
            assert_answers(kind, &plan(example.node.clone(), &schemas, Some(Vec::new())));
            assert_answers(kind, &plan((kind.step)(), &schemas, Some(Vec::new())));
        }
    }
}

#[test]
fn a_misspelt_column_is_named_with_its_parameter_and_the_nearest_name() {
    let mut tried = BTreeSet::new();
    for (kind, example) in examples() {
        let inputs: Vec<Schema> = example.inputs().unwrap().into_iter().map(|table| table.schema).collect();
        for at in 0.. {
            let mut step = example.node.clone();
            let mut misspell = Misspell { at, ..Misspell::default() };
            step.params(&mut misspell);
            let Some((path, right)) = misspell.done else { break };
            let label = format!("{}, {}, {path}", kind.name, example.title);
            let planned = plan(step, &inputs, None);
            let [problem] = planned.problems.as_slice() else { panic!("{label}: {:?}", planned.problems) };
            assert_eq!(problem.node.as_deref(), Some("it"), "{label}");
            assert_eq!(problem.parameter.as_deref(), Some(path.as_str()), "{label}");
            assert_eq!(problem.replacement.as_deref(), Some(right.as_str()), "{label}");
            tried.insert(kind.name);
        }
    }
    let speaks_of_columns = |kind: &&Kind| {
        fn any(parameters: &[Parameter]) -> bool {
            parameters.iter().any(|one| matches!(one.kind.as_str(), "column" | "list of columns") || any(&one.line))
        }
        any(&docs::page(kind).parameters)
    };
    let wanted: BTreeSet<&str> = CATALOG.iter().filter(speaks_of_columns).map(|kind| kind.name).collect();
    assert_eq!(tried, wanted, "nodes whose examples name columns");
}

#[test]
fn mistakes_are_named_exactly() {
    let people = "id: Integer, name, on: Date";
    for (step, inputs, parameter, message) in [
        (
            "Table(columns: [(name: \"n\", kind: Integer)], rows: [[\"1\"], [\"x\"]])",
            &[][..],
            "rows[1][0]",
            "Row 2, column \"n\": \"x\" is not Integer.",
        ),
        ("Table(columns: [(name: \"n\"), (name: \"n\")])", &[], "columns[1].name", "There are two columns \"n\"."),
        (
            "Table(columns: [(name: \"n\")], rows: [[\"a\", \"b\"]])",
            &[],
            "rows[0]",
            "Row 1 has 2 values, and there are 1 columns.",
        ),
        (
            "ReadFixedWidth(path: \"x\", columns: [(name: \"a\", width: 5), (name: \"b\", start: 5, width: 2)])",
            &[],
            "columns[1].start",
            "The column \"b\" begins at 5, where the one before it goes to 5.",
        ),
        (
            "ReadFixedWidth(path: \"x\", columns: [(name: \"a\"), (name: \"b\", width: 2)])",
            &[],
            "columns[0].width",
            "The width of \"a\" is not said, and it is not the last column.",
        ),
        ("ReadExcel(path: \"x.xlsx\", range: \"B2\")", &[], "range", "\"B2\" is not a range of cells."),
        (
            "ReadJson(path: \"x\", records: \"data..items\")",
            &[],
            "records",
            "The place \"data..items\" has an empty name in it.",
        ),
        ("ReadCsv(path: \"{dya}.csv\")", &[], "path", "There is no parameter \"dya\"."),
        (
            "Select(columns: [(column: \"id\", as: \"name\"), (column: \"name\")])",
            &[people],
            "columns[0].as",
            "Two columns would be called \"name\".",
        ),
        (
            "Select(columns: [(column: \"on\", kind: Boolean)])",
            &[people],
            "columns[0].kind",
            "The column \"on\" is Date and can't become Boolean.",
        ),
        (
            "Convert(columns: [(column: \"id\", to: Date, format: \"YYYY\")])",
            &[people],
            "columns[0].format",
            "The format \"YYYY\" does not apply: \"id\" is Integer and becomes Date.",
        ),
        (
            "Convert(columns: [(column: \"name\", to: Float, thousands: \".\")])",
            &[people],
            "columns[0].thousands",
            "\".\" can't stand between thousands and before the decimals.",
        ),
        (
            "GroupBy(aggregations: [(function: Sum, column: \"id\"), (function: Mean, column: \"name\")])",
            &[people],
            "aggregations[1].column",
            "Mean needs numbers or times, and \"name\" is Text.",
        ),
        (
            "Join(on: [(left: \"id\", right: \"code\")])",
            &[people, "code"],
            "on[0].right",
            "\"id\" on the left is Integer, and \"code\" on the right is Text: they are never equal.",
        ),
        (
            "Join(on: [(left: \"id\", right: \"id\")], same_names: Fail)",
            &[people, people],
            "same_names",
            "Both sides have a column \"name\".",
        ),
        (
            "Switch(cases: [(condition: \"id > 1\"), (condition: \"name\")])",
            &[people],
            "cases[1].condition",
            "The condition is Text, not true or false.",
        ),
        (
            "Switch(by: Value, column: \"id\", values: [(one_of: [\"1\"]), (one_of: [\"2\", \"one\"])])",
            &[people],
            "values[1].one_of[1]",
            "\"id\" is Integer, and \"one\" is not.",
        ),
        (
            "Switch(by: Value, column: \"id\", values: [(one_of: [\"1\"]), (one_of: [\"1\"])])",
            &[people],
            "values[1].one_of[0]",
            "The value \"1\" belongs to an earlier case already.",
        ),
        (
            "Expectations(rules: [(kind: NotNull, columns: [\"id\"]), (kind: Matches, columns: [\"name\", \"on\"], pattern: \"x\")])",
            &[people],
            "rules[1].columns[1]",
            "\"on\" is Date, and this rule is about text.",
        ),
        (
            "Expectations(rules: [(kind: Range, columns: [\"on\"], min: \"yesterday\")])",
            &[people],
            "rules[0].min",
            "There is no column \"yesterday\".",
        ),
        (
            "Expectations(rules: [(kind: Range, columns: [\"id\"], max: \"10 / id\")])",
            &[people],
            "rules[0].max",
            "This bound can't be computed for every row.",
        ),
        (
            "Expectations(rules: [(kind: Aggregate, function: Sum, column: \"name\", min: \"1\", severity: Warn)])",
            &[people],
            "rules[0].column",
            "Sum needs numbers, and \"name\" is Text.",
        ),
        (
            "Expectations(rules: [(kind: Aggregate, min: \"1\")])",
            &[people],
            "rules[0].severity",
            "This rule is about all rows, of which none can be rejected.",
        ),
        (
            "Expectations(rules: [(kind: Exists, columns: [\"id\"], among: [\"code\"])])",
            &[people, "code"],
            "rules[0].among[0]",
            "\"id\" is Integer, and \"code\" of the second input is Text: they are never equal.",
        ),
        ("Join()", &[people, people], "on", "It is not said which columns must be equal."),
        ("Union()", &[people, "id"], "from[1]", "\"id\" is Integer in \"in 0\" and Text in \"in 1\"."),
        ("Union(missing: Fail)", &[people, "id: Integer, name"], "from[1]", "The input \"in 1\" has no column \"on\"."),
        (
            "Union(by: Position)",
            &[people, "id: Integer"],
            "from[1]",
            "The input \"in 1\" has 1 columns, and \"in 0\" has 3.",
        ),
        ("AppendColumns(same_names: Fail)", &[people, "x, id"], "from[1]", "An earlier table has a column \"id\" too."),
        (
            "Pivot(on: \"id\", values: [\"1\", \"one\"])",
            &[people],
            "values[1]",
            "\"id\" is Integer, and \"one\" is not.",
        ),
        (
            "Pivot(on: \"id\", function: Sum, column: \"name\", values: [\"1\"])",
            &[people],
            "column",
            "Sum needs numbers, and \"name\" is Text.",
        ),
        ("Unpivot()", &[people], "mixed", "\"name\" is Text, and columns before it are Integer."),
        (
            "Unpivot(columns: [\"id\"], choose: Listed, split: \"_\")",
            &[people],
            "split",
            "The name \"id\" can't be split at \"_\".",
        ),
        ("Unpivot(keep: [\"id\", \"on\"], names: \"id\")", &[people], "names", "There would be two columns \"id\"."),
        ("Transpose(header: \"id\")", &["id"], "header", "There is no column but \"id\"."),
        (
            "Lookup(on: [(left: \"id\", right: \"id\")], columns: [(column: \"on\", default: \"soon\")])",
            &[people, people],
            "columns[0].default",
            "\"on\" is Date, and \"soon\" is not.",
        ),
        (
            "Lookup(on: [(left: \"id\", right: \"id\")], columns: [(column: \"on\", as: \"name\")])",
            &[people, people],
            "columns[0].as",
            "There is a column \"name\" already.",
        ),
        ("SetOperation()", &[people, "id: Integer, name"], "on", "The second table has no column \"on\"."),
        ("CompareTables(keys: [\"id\"])", &[people, "code"], "keys[0]", "The new table has no column \"id\"."),
        (
            "CompareTables(keys: [\"id\"])",
            &[people, "id: Integer, name: Integer"],
            "ignore",
            "\"name\" is Text in the old table and Integer in the new one.",
        ),
        (
            "AsOfJoin(left: \"on\", right: \"on\", tolerance: \"5 hours\")",
            &[people, people],
            "tolerance",
            "\"5 hours\" is no distance between values of Date.",
        ),
        (
            "AsOfJoin(left: \"name\", right: \"name\")",
            &[people, people],
            "left",
            "\"name\" is Text, which has no distances.",
        ),
        (
            "RangeJoin(conditions: [(compare: AtLeast, left: \"id\", right: \"on\")])",
            &[people, people],
            "conditions[0].right",
            "\"id\" on the left is Integer, and \"on\" on the right is Date: they are never equal.",
        ),
        (
            "FuzzyJoin(on: [(left: \"id\", right: \"name\")])",
            &[people, people],
            "on[0].left",
            "\"id\" is Integer, and only texts are compared.",
        ),
        (
            "WriteParquet(path: \"x.parquet\", partition_by: [\"id\"])",
            &[people],
            "path",
            "\"x.parquet\" is the name of a file, and partitions need a folder.",
        ),
        (
            "WriteExcel(path: \"x.xlsx\", sheet: \"a/b\")",
            &[people],
            "sheet",
            "The name \"a/b\" holds '/', which Excel does not allow.",
        ),
    ] {
        let schemas: Vec<Schema> = inputs.iter().map(|text| Table::parse(text).unwrap().schema).collect();
        let planned = plan(read_step(step).unwrap_or_else(|problem| panic!("{step}: {problem}")), &schemas, None);
        let [problem] = planned.problems.as_slice() else { panic!("{step}: {:?}", planned.problems) };
        assert_eq!((problem.parameter.as_deref(), problem.message.as_str()), (Some(parameter), message), "{step}");
    }
}

#[test]
fn queries_tell_their_mistakes_at_their_places() {
    let people = Schema::of([("id", Type::Integer), ("name", Type::Text), ("on", Type::Date)]);
    let codes = Schema::of([("code", Type::Text), ("id", Type::Integer)]);
    let bills = Schema::of([("due day", Type::Date)]);
    for (query, place, message, suggestion) in [
        ("SELECT nmae FROM people", (1, 8), "There is no column \"nmae\".", "Did you mean \"name\"?"),
        ("SELECT id,\n  p.nam FROM people p", (2, 3), "There is no column \"nam\".", "Did you mean \"name\"?"),
        ("SELECT id FROM poeple", (1, 16), "There is no table \"poeple\".", "Did you mean \"people\"?"),
        ("SELECT q.id FROM people p", (1, 8), "There is no table \"q\".", "Did you mean \"p\"?"),
        (
            "SELECT id FROM people JOIN codes ON people.id = codes.id",
            (1, 8),
            "\"id\" could be people.id or codes.id.",
            "Write the table before it, as in people.id.",
        ),
        (
            "SELECT name, count(*) FROM people",
            (1, 8),
            "people.name has many values in a group.",
            "Add it to GROUP BY, or aggregate it, as in max(people.name).",
        ),
        (
            "SELECT id FROM people WHERE count(*) > 1",
            (1, 29),
            "count looks at many rows and can't stand here.",
            "Conditions on groups stand in HAVING.",
        ),
        (
            "SELECT sum(name) FROM people",
            (1, 8),
            "Sum needs numbers, and \"name\" is Text.",
            "Convert the column first, or choose another function.",
        ),
        (
            "UPDATE people SET id = 1",
            (1, 1),
            "A query does not begin with \"UPDATE\".",
            "Begin with SELECT, as in SELECT * FROM orders.",
        ),
        (
            "SELECT id FROM people UNION SELECT name FROM people",
            (1, 1),
            "\"id\" is Integer on one side and Text on the other.",
            "Cast one of them, as in id::text.",
        ),
        (
            "SELECT id FROM people WHERE name",
            (1, 29),
            "A condition is true or false, and this is Text.",
            "Compare it with something, as in amount > 0.",
        ),
        (
            "SELECT soundex(name) OVER (ORDER BY id) FROM people",
            (1, 8),
            "Queries here have no soundex OVER.",
            "Use the node Window.",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY name RANGE 7 PRECEDING) FROM people",
            (1, 42),
            "This is no distance for Text.",
            "Write a number for numbers, or INTERVAL '7 days' for dates and times.",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY id, name RANGE 7 PRECEDING) FROM people",
            (1, 46),
            "RANGE with a distance needs one column in ORDER BY.",
            "Write ROWS to count rows instead.",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY id RANGE -1 PRECEDING) FROM people",
            (1, 41),
            "A distance is the same in every row, and not below zero.",
            "",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY id GROUPS 2 PRECEDING) FROM people",
            (1, 8),
            "GROUPS can't be used in queries here.",
            "Write ROWS or RANGE, or number the groups with dense_rank() and use RANGE over that.",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY id ROWS 2 PRECEDING EXCLUDE CURRENT ROW) FROM people",
            (1, 51),
            "EXCLUDE can't be used in queries here.",
            "Take it off the result, as in sum(x) OVER (…) - x, or leave rows out in a query within FROM.",
        ),
        (
            "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW) FROM people",
            (1, 8),
            "A window can't end before it begins.",
            "Write what comes first first: ROWS BETWEEN 2 PRECEDING AND CURRENT ROW.",
        ),
        (
            "SELECT lag(id) IGNORE NULLS OVER (ORDER BY id) FROM people",
            (1, 8),
            "IGNORE NULLS can't be used in queries here.",
            "Leave nulls out with WHERE … IS NOT NULL, or fill them with the node Fill nulls.",
        ),
        (
            "SELECT sum(id) OVER (w PARTITION BY name) FROM people WINDOW w AS (ORDER BY id)",
            (1, 22),
            "The window w has its PARTITION BY already.",
            "Write the window in full.",
        ),
        (
            "SELECT count(DISTINCT (id, name)) FROM people",
            (1, 8),
            "count can't be of several columns at once here.",
            "Aggregate the rows of SELECT DISTINCT a, b in a query within FROM.",
        ),
        (
            "SELECT id FROM people GROUP BY id HAVING rank() OVER (ORDER BY id) = 1",
            (1, 42),
            "A window function can't stand in HAVING.",
            "Let the condition stand in QUALIFY.",
        ),
        (
            "SELECT name, grouping(id) FROM people GROUP BY ROLLUP(name)",
            (1, 23),
            "grouping takes what stands in GROUP BY.",
            "Add it there, or leave it out here.",
        ),
        (
            "SELECT name FROM people GROUP BY CUBE(id, name), CUBE(id + 1, id + 2), CUBE(id + 3, id + 4, id + 5, id + 6, id + 7)",
            (1, 72),
            "Rows are grouped in more than 256 ways.",
            "Write the sets that are needed: GROUPING SETS ((a, b), (a), ()).",
        ),
        (
            "SELECT id FROM people FETCH FIRST 3 ROWS WITH TIES",
            (1, 1),
            "FETCH … WITH TIES can't be used in queries here.",
            "Write QUALIFY rank() OVER (ORDER BY …) <= 10, or LIMIT 10.",
        ),
        (
            "SELECT count(p.*) FROM people p",
            (1, 8),
            "count does not take p.*.",
            "Name a column, as in count(id): a key is null only where its table has no row.",
        ),
        ("SELECT name NOTNULL FROM people", (1, 13), "NOTNULL is not known here.", "Write IS NOT NULL."),
        (
            "SELECT id, generate_series(1, id) FROM people",
            (1, 12),
            "generate_series gives several rows and can't stand here.",
            "Let it stand in FROM: FROM generate_series(1, 3) AS n, or CROSS JOIN LATERAL.",
        ),
        (
            "WITH a AS (SELECT 1 AS x), A AS (SELECT 2 AS x) SELECT x FROM a",
            (1, 28),
            "WITH has two tables called \"A\".",
            "Give one of them another name.",
        ),
        (
            "CREATE VIEW old AS SELECT 1; SELECT id FROM old",
            (1, 1),
            "A query does not begin with \"CREATE\".",
            "Write the view as WITH: WITH name AS (SELECT …) SELECT … FROM name.",
        ),
        (
            "SELECT id FROM people;\nSELECT 2",
            (2, 1),
            "There are several statements, and a node answers one query.",
            "Write the view as WITH: WITH name AS (SELECT …) SELECT … FROM name.",
        ),
        (
            "SELECT name FROM people GROUP BY name WITH ROLLUP",
            (1, 39),
            "\"WITH\" does not follow from what stands before it.",
            "Write GROUP BY rollup(a, b).",
        ),
        (
            "WITH RECURSIVE n AS (SELECT i FROM n UNION ALL SELECT i FROM n) SELECT i FROM n",
            (1, 36),
            "The table \"n\" can't read itself here.",
            "The first query gives the rows to begin with; the last after UNION ALL reads the table.",
        ),
        (
            "WITH RECURSIVE n AS (SELECT i FROM n) SELECT i FROM n",
            (1, 36),
            "The table \"n\" can't read itself here.",
            "A table that reads itself is SELECT … UNION ALL SELECT … FROM it.",
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT id FROM people UNION ALL SELECT i + 0.5 FROM n) SELECT i FROM n",
            (1, 57),
            "\"i\" begins as Integer and becomes Decimal(21, 1).",
            "Cast it in the first query, as in i::decimal(18, 2).",
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
            (1, 16),
            "n reads itself and can't have ORDER BY or LIMIT.",
            "Let them stand in the query that reads it.",
        ),
        (
            "SELECT unnest(array[1, 2]) FROM people",
            (1, 8),
            "unnest gives several rows and can't stand here.",
            "Let it stand in FROM: FROM unnest(array[1, 2]) AS x.",
        ),
        (
            "SELECT x FROM unnest(3) AS x",
            (1, 22),
            "unnest takes a list, and this is Integer.",
            "Write array[1, 2, 3], or string_to_array('a,b', ',').",
        ),
        (
            "SELECT p.id FROM people p FULL JOIN codes c ON p.id < c.id",
            (1, 48),
            "A full join needs conditions that are equalities, or speak of one table alone.",
            "Put a LEFT JOIN and the rows of the right table without a match together with UNION ALL.",
        ),
        (
            "SELECT a.id FROM people a, people a",
            (1, 28),
            "Two tables are called \"a\".",
            "Give one of them another name: a AS other.",
        ),
        ("SELECT due day FROM bills", (1, 8), "The column due day must stand in double quotes.", "Write \"due day\"."),
        (
            "SELECT id FROM people WHERE name = \"Ada\"",
            (1, 36),
            "There is no column \"Ada\".",
            "If it is text, write it in single quotes: 'Ada'.",
        ),
        ("SELECT id, FROM people", (1, 17), "\"FROM\" cannot stand here.", "Missing: an expression."),
        ("SELECT id FROM people ORDER BY 2", (1, 32), "There is no column 2: the query has 1.", ""),
        ("SELECT id FROM people LIMIT name", (1, 29), "There is no column \"name\".", ""),
    ] {
        let names = ["people", "codes", "bills"].map(str::to_owned).to_vec();
        let step = Step::Sql(nodes::Sql { query: query.into(), names });
        let planned = plan(step, &[people.clone(), codes.clone(), bills.clone()], None);
        let [problem] = planned.problems.as_slice() else { panic!("{query}: {:?}", planned.problems) };
        let at = problem.place.map(|place| (place.line, place.column));
        assert_eq!(
            (problem.parameter.as_deref(), at, problem.message.as_str()),
            (Some("query"), Some(place), message),
            "{query}"
        );
        assert_eq!(problem.suggestion.as_deref().unwrap_or_default(), suggestion, "{query}");
    }
}

#[test]
fn long_queries_are_planned_and_deep_ones_refused() {
    let people = Schema::of([("id", Type::Integer)]);
    let problems = |query: String| {
        let step = Step::Sql(nodes::Sql { query: Query(query), names: vec!["people".into()] });
        plan(step, std::slice::from_ref(&people), None).problems
    };
    let chain = |length: usize| vec!["id = 1"; length].join(" OR ");
    assert_eq!(problems(format!("SELECT * FROM people WHERE {}", chain(700))), []);
    let columns: Vec<String> = (0..1_000).map(|number| format!("id + {number} AS c{number}")).collect();
    assert_eq!(problems(format!("SELECT {} FROM people", columns.join(", "))), []);
    let nested = |depth: usize| format!("{}people{}", "(SELECT * FROM ".repeat(depth), ")".repeat(depth));
    assert_eq!(problems(format!("SELECT * FROM {}", nested(20))), []);
    for query in [
        format!("SELECT * FROM people WHERE {}", chain(5_000)),
        format!("SELECT * FROM {}", nested(1_000)),
        format!("SELECT {}id{} FROM people", "(".repeat(1_000), ")".repeat(1_000)),
    ] {
        assert!(problems(query)[0].message.starts_with("The query is "));
    }
}

#[test]
fn keys_of_unlike_numbers_keep_the_values_of_both_sides() {
    let [left, right] = ["k: Integer, a", "k: Float, b"].map(|text| Table::parse(text).unwrap().schema);
    let columns = |kind: &str| {
        let step = read_step(&format!("Join(kind: {kind}, on: [(left: \"k\", right: \"k\")])")).unwrap();
        let planned = plan(step, &[left.clone(), right.clone()], None);
        planned.outputs["it"].iter().map(|rows| planned.plan.schema(*rows).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(columns("Left"), ["k: Integer, a: Text, b: Text", "k: Integer, a: Text", "k: Float, b: Text"]);
    assert_eq!(columns("Full"), ["k: Float, a: Text, b: Text", "k: Integer, a: Text", "k: Float, b: Text"]);
}

#[test]
fn examples_stand_in_the_reference_as_they_are_written_in_files() {
    for kind in CATALOG {
        for (case, example) in docs::page(kind).examples.into_iter().zip((kind.examples)()) {
            assert_eq!(read_step(&case.step).as_ref(), Ok(&example.node), "{}", case.step);
            assert!(docs::reference(kind).contains(&case.step), "{}", case.step);
        }
        assert!(docs::overview().contains(&format!("`{}`", kind.name)), "{}", kind.name);
    }
}

#[test]
fn the_reference_in_the_repository_is_the_one_of_the_declarations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for (name, text) in [("nodes.md", docs::nodes()), ("formulas.md", docs::formulas())] {
        let file = folder.join(name);
        if std::env::var_os("PIPEWRIGHT_WRITE_DOCS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(stored == text, "docs/{name} is out of date: PIPEWRIGHT_WRITE_DOCS=1 cargo test --test catalogue");
    }
}

fn examples() -> impl Iterator<Item = (&'static Kind, Example<Step>)> {
    CATALOG.iter().flat_map(|kind| (kind.examples)().into_iter().map(move |example| (kind, example)))
}

/// Plans a step over tables with these columns; a question of the node gets `answer`.
fn plan(step: Step, inputs: &[Schema], answer: Option<Vec<Value>>) -> Planned {
    let mut pipeline = Pipeline::default();
    let mut from = Vec::new();
    for port in 0..inputs.len() {
        pipeline.nodes.insert(input_name(port), Node::default());
        from.push(Some(Link::parse(&input_name(port))));
    }
    pipeline.nodes.insert("it".into(), Node { step, from, ..Node::default() });
    pipeline.plan(&IndexMap::new(), 0, &World { inputs, answer })
}

/// As [`plan`], with the question answered from the example's own table.
fn plan_example(example: &Example<Step>) -> Planned {
    let tables = example.inputs().unwrap_or_else(|error| panic!("{}: {error}", example.title));
    let schemas: Vec<Schema> = tables.iter().map(|table| table.schema.clone()).collect();
    let planned = plan(example.node.clone(), &schemas, None);
    let [question] = planned.questions.as_slice() else { return planned };
    let mut values: Vec<Value> = Vec::new();
    for value in tables[0].column(&question.column).unwrap() {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    plan(example.node.clone(), &schemas, Some(values))
}

fn assert_answers(kind: &Kind, planned: &Planned) {
    let answered = planned.outputs.contains_key("it") || planned.waiting.contains("it") || !planned.problems.is_empty();
    assert!(answered, "{} says nothing", kind.name);
    for problem in &planned.problems {
        assert!(problem.parameter.is_some(), "{}: {problem} names no parameter", kind.name);
    }
}

fn input_name(port: usize) -> String {
    format!("in {port}")
}

/// A world of tables that an earlier stage has kept, in which nobody has looked at any file.
struct World<'a> {
    inputs: &'a [Schema],
    answer: Option<Vec<Value>>,
}

impl Facts for World<'_> {
    fn source(&self, _node: &str, _source: &Source) -> Result<Option<(Schema, Schema)>, Problem> {
        Ok(None)
    }

    fn answer(&self, _node: &str) -> Option<&[Value]> {
        self.answer.as_deref()
    }

    fn kept(&self, node: &str, _output: usize) -> Option<&Schema> {
        self.inputs.iter().enumerate().find(|(port, _)| input_name(*port) == node).map(|(_, schema)| schema)
    }

    fn done(&self, node: &str) -> bool {
        node != "it"
    }

    fn cut(&self, _node: &str, _output: usize) -> bool {
        false
    }

    fn secret(&self, name: &str) -> Option<String> {
        oracle::formula::secret(name)
    }
}

/// Puts a letter too many at the end of one name of a column.
#[derive(Default)]
struct Misspell {
    /// Which of all the names.
    at: usize,
    seen: usize,
    path: String,
    /// The path of the parameter, and the name as it was.
    done: Option<(String, String)>,
}

impl Misspell {
    fn name(&mut self, name: &mut String, path: String) {
        if name.is_empty() {
            return;
        }
        if self.seen == self.at {
            self.done = Some((path, name.clone()));
            name.push('~');
        }
        self.seen += 1;
    }
}

impl Form for Misspell {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        let path = if self.path.is_empty() { spec.name.to_owned() } else { format!("{}.{}", self.path, spec.name) };
        match field {
            Field::Column(name) => self.name(&mut name.0, path),
            Field::Columns(names) => {
                for (at, name) in names.iter_mut().enumerate() {
                    self.name(&mut name.0, format!("{path}[{at}]"));
                }
            }
            Field::Lines(lines) => {
                for at in 0..lines.len() {
                    let outer = std::mem::replace(&mut self.path, format!("{path}[{at}]"));
                    lines.line(at).into_iter().for_each(|line| line.params(self));
                    self.path = outer;
                }
            }
            _ => {}
        }
    }
}
