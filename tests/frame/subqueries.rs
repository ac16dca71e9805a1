//! Queries within queries, and joins in whatever order they are written: answers worked out by hand, with PostgreSQL's meaning.

use pipewright_engine::nodes::Step;
use pipewright_engine::params::Query;
use pipewright_engine::table::Table;

use crate::laboratory::{difference, preview, typed_pipeline};

const CUSTOMERS: &str = "id: Integer, city\n 1, Bonn\n 2, Kiel\n 3, Ulm\n 4,";
const ORDERS: &str = "customer: Integer, day: Date, amount: Integer\n 1, 2024-05-01, 5\n 2, 2024-05-01, 9\n 1, 2024-05-03, 4\n\
                      2, 2024-05-02, 1\n , 2024-05-04, 7";

#[test]
fn keys_that_can_fail_to_be_computed_are_keys() {
    every(&[
        // As pairs of all rows this were two billion.
        (
            "SELECT count(*) AS n FROM generate_series(1, 50000) a, generate_series(1, 40000) b WHERE a.a = b.b + 1",
            "n: Integer\n 40000",
        ),
        (
            "SELECT count(*) AS n FROM generate_series(1, 50000) a JOIN generate_series(1, 40000) b ON a.a + 1 = b.b * 2",
            "n: Integer\n 25000",
        ),
        // A key is there for the join that needs it, whatever is joined first.
        (
            "WITH g AS (SELECT customer AS id, max(amount) AS k FROM o GROUP BY customer)
             SELECT a.id FROM g a JOIN g b ON b.id = a.k AND b.k = a.id + 1 JOIN g d ON d.id = b.id WHERE a.id = d.id",
            "id: Integer",
        ),
        (
            "SELECT a.x FROM (VALUES (1, 7), (2, 8)) a (x, y), (VALUES (2, 7), (3, 7)) b (x, y), (VALUES (7), (9)) c (y)
             WHERE a.y = c.y AND b.y = c.y AND b.x = a.x + 1",
            "x: Integer\n 1",
        ),
        // What a table's own conditions leave out is not computed.
        (
            "SELECT c.id FROM c, (VALUES ('2'), ('x')) v (t) WHERE c.id = cast(v.t AS int) AND v.t <> 'x'",
            "id: Integer\n 2",
        ),
    ]);
}

#[test]
fn queries_that_speak_of_the_rows_around_them() {
    every(&[
        (
            "SELECT id, (SELECT count(*) FROM o WHERE customer = c.id) AS n, (SELECT sum(amount) FROM o WHERE customer = c.id) AS s,
                (SELECT coalesce(max(amount), 0) + 1 FROM o WHERE customer = c.id) AS m FROM c",
            "id: Integer, n: Integer, s: Integer, m: Integer\n 1, 2, 9, 6\n 2, 2, 10, 10\n 3, 0, , 1\n 4, 0, , 1",
        ),
        // Below a list of tables.
        (
            "SELECT c.id, o.amount FROM c, o WHERE c.id = o.customer AND o.amount > (SELECT avg(i.amount) FROM o i WHERE i.customer = c.id)",
            "id: Integer, amount: Integer\n 1, 5\n 2, 9",
        ),
        ("SELECT id FROM c WHERE city = 'Ulm' OR EXISTS (SELECT 1 FROM o WHERE customer = c.id AND amount > 6)", "id: Integer\n 2\n 3"),
        ("SELECT id FROM c WHERE NOT EXISTS (SELECT 1 FROM o WHERE customer = c.id AND amount <> 5)", "id: Integer\n 3\n 4"),
        ("SELECT id FROM c WHERE id IN (SELECT customer FROM o WHERE amount > c.id + 2)", "id: Integer\n 1\n 2"),
        // The last of each, and none where there is none.
        (
            "SELECT id, (SELECT amount FROM o WHERE customer = c.id ORDER BY day DESC LIMIT 1) AS last FROM c",
            "id: Integer, last: Integer\n 1, 4\n 2, 1\n 3,\n 4,",
        ),
        // Two levels up.
        (
            "SELECT id FROM c WHERE 2 = (SELECT count(*) FROM o WHERE customer = c.id
                AND amount = (SELECT max(i.amount) FROM o i WHERE i.customer = c.id AND i.day >= o.day))
             ORDER BY id",
            "id: Integer\n 1\n 2",
        ),
        // Null is no different from null.
        ("SELECT id FROM c WHERE EXISTS (SELECT 1 FROM c i WHERE i.city IS NOT DISTINCT FROM c.city AND i.id = 4)", "id: Integer\n 4"),
        (
            "SELECT id, (SELECT sum(d.a) FROM (SELECT amount AS a FROM o WHERE customer = c.id AND amount > 4) d) AS s FROM c",
            "id: Integer, s: Integer\n 1, 5\n 2, 9\n 3,\n 4,",
        ),
        (
            "SELECT customer, sum(amount) AS s, (SELECT city FROM c WHERE id = customer) AS city FROM o GROUP BY customer
             HAVING sum(amount) > (SELECT count(*) FROM c WHERE id >= customer) ORDER BY customer",
            "customer: Integer, s: Integer, city\n 1, 9, Bonn\n 2, 10, Kiel\n , 7,",
        ),
        (
            "SELECT id, (WITH big AS (SELECT * FROM o WHERE customer = c.id AND amount > 1) SELECT count(*) FROM big) AS n FROM c",
            "id: Integer, n: Integer\n 1, 2\n 2, 1\n 3, 0\n 4, 0",
        ),
        (
            "SELECT id, (SELECT min(x) FROM (SELECT amount AS x FROM o WHERE customer = c.id UNION ALL SELECT c.id * 2) u) AS least FROM c",
            "id: Integer, least: Integer\n 1, 2\n 2, 1\n 3, 6\n 4, 8",
        ),
    ]);
}

#[test]
fn in_any_and_all_know_what_is_not_known() {
    let lists = "SELECT id, id IN (SELECT customer FROM o) AS a, id NOT IN (SELECT customer FROM o) AS b,
        id IN (SELECT customer FROM o WHERE amount > 100) AS c FROM c";
    every(&[
        (
            lists,
            "id: Integer, a: Boolean, b: Boolean, c: Boolean\n 1, true, false, false\n 2, true, false, false\n 3, , , false\n 4, , , false",
        ),
        ("SELECT id FROM c WHERE id NOT IN (SELECT customer FROM o)", "id: Integer"),
        ("SELECT id FROM c WHERE id NOT IN (SELECT customer FROM o WHERE customer IS NOT NULL)", "id: Integer\n 3\n 4"),
        ("SELECT id FROM c WHERE id > ALL (SELECT customer FROM o WHERE customer IS NOT NULL)", "id: Integer\n 3\n 4"),
        ("SELECT id FROM c WHERE id > ALL (SELECT customer FROM o)", "id: Integer"),
        ("SELECT id FROM c WHERE id <= ANY (SELECT customer FROM o)", "id: Integer\n 1\n 2"),
        ("SELECT id FROM c WHERE id > ALL (SELECT amount FROM o WHERE customer = c.id)", "id: Integer\n 3\n 4"),
        (
            "SELECT id FROM c WHERE id = ANY (SELECT customer FROM o) AND id <> ALL (SELECT amount FROM o)",
            "id: Integer\n 2",
        ),
        ("SELECT count(*) AS n FROM c WHERE id = ALL (SELECT customer FROM o WHERE amount > 100)", "n: Integer\n 4"),
        (
            "SELECT id, CASE WHEN EXISTS (SELECT 1 FROM o WHERE customer = c.id) THEN 'some' ELSE 'none' END AS orders FROM c",
            "id: Integer, orders\n 1, some\n 2, some\n 3, none\n 4, none",
        ),
    ]);
}

#[test]
fn queries_in_from_that_see_the_tables_before_them() {
    every(&[
        (
            "SELECT id, x FROM c, unnest(array[id, id * 10]) AS t(x) WHERE id < 3",
            "id: Integer, x: Integer\n 1, 1\n 1, 10\n 2, 2\n 2, 20",
        ),
        (
            "SELECT id, n FROM c CROSS JOIN LATERAL generate_series(3, id) AS n",
            "id: Integer, n: Integer\n 3, 3\n 4, 3\n 4, 4",
        ),
        (
            "SELECT id, n FROM c LEFT JOIN LATERAL generate_series(4, id) AS g(n) ON true",
            "id: Integer, n: Integer\n 1,\n 2,\n 3,\n 4, 4",
        ),
        (
            "SELECT id, letter, at FROM c, unnest(string_to_array(city, 'i')) WITH ORDINALITY AS t(letter, at) WHERE city = 'Kiel'",
            "id: Integer, letter, at: Integer\n 2, K, 1\n 2, el, 2",
        ),
        (
            "SELECT id, amount FROM c, LATERAL (SELECT amount FROM o WHERE customer = c.id ORDER BY amount DESC LIMIT 1) t ORDER BY id",
            "id: Integer, amount: Integer\n 1, 5\n 2, 9",
        ),
        (
            "SELECT id, t.day FROM c LEFT JOIN LATERAL (SELECT max(day) AS day FROM o WHERE customer = c.id HAVING count(*) > 0) t ON true
             ORDER BY id",
            "id: Integer, day: Date\n 1, 2024-05-03\n 2, 2024-05-02\n 3,\n 4,",
        ),
    ]);
}

#[test]
fn tables_may_be_listed_in_any_order() {
    every(&[
        (
            "SELECT a.id, o.amount, b.city FROM c a, o, c b WHERE (a.id = o.customer AND o.amount > 8 AND b.id = a.id)
                OR (a.id = o.customer AND b.id = a.id AND o.amount < 2) ORDER BY amount",
            "id: Integer, amount: Integer, city\n 2, 1, Kiel\n 2, 9, Kiel",
        ),
        (
            "SELECT c.id, o.amount FROM c LEFT JOIN o ON o.customer = c.id AND o.amount > 4 ORDER BY id",
            "id: Integer, amount: Integer\n 1, 5\n 2, 9\n 3,\n 4,",
        ),
        // A condition that only a match can fulfil, and one that only a row without one can.
        ("SELECT c.id FROM c LEFT JOIN o ON o.customer = c.id WHERE o.amount = 9", "id: Integer\n 2"),
        ("SELECT c.id FROM c LEFT JOIN o ON o.customer = c.id WHERE o.customer IS NULL ORDER BY id", "id: Integer\n 3\n 4"),
        (
            "SELECT x.id, b.city FROM c x LEFT JOIN o ON o.customer = x.id JOIN c b ON b.id = coalesce(o.customer, 1) WHERE x.id > 1
             GROUP BY x.id, b.city ORDER BY id",
            "id: Integer, city\n 2, Kiel\n 3, Bonn\n 4, Bonn",
        ),
        (
            "SELECT * FROM c LEFT JOIN (SELECT customer AS id, count(*) AS n FROM o GROUP BY 1) t USING (id) ORDER BY id",
            "id: Integer, city, n: Integer\n 1, Bonn, 2\n 2, Kiel, 2\n 3, Ulm,\n 4, ,",
        ),
        ("SELECT count(*) AS n FROM c, o WHERE o.amount BETWEEN c.id AND c.id + 1 + 1", "n: Integer\n 6"),
        ("SELECT * FROM o, c WHERE c.id = o.customer AND o.amount = 9", "customer: Integer, day: Date, amount: Integer, id: Integer, city\n 2, 2024-05-01, 9, 2, Kiel"),
    ]);
}

#[test]
fn what_is_equal_to_the_same_thing_is_equal() {
    let r = "(VALUES (1, 1), (2, 9)) r (k, w)";
    let cases = [
        (format!("SELECT c.id, r.w FROM c JOIN {r} ON c.id = r.k AND c.id = r.w"), "id: Integer, w: Integer\n 1, 1"),
        (format!("SELECT c.id FROM c, {r} WHERE c.id = r.k AND r.w = c.id"), "id: Integer\n 1"),
        (format!("SELECT c.id FROM c JOIN {r} ON c.id = r.k WHERE r.w = r.k"), "id: Integer\n 1"),
        (
            format!(
                "SELECT c.id FROM c, {r}, (VALUES (1, 1), (2, 5)) t (id, x) WHERE c.id = r.k AND t.id = r.k AND t.x = c.id"
            ),
            "id: Integer\n 1",
        ),
        (
            "SELECT id FROM c JOIN (VALUES (1, 1), (2, 9)) r (id, w) USING (id) WHERE r.w = id".to_owned(),
            "id: Integer\n 1",
        ),
        // Computed, too, where that can fail.
        (
            "SELECT c.id FROM c JOIN (VALUES (1, 0), (2, 9)) r (k, w) ON c.id = r.k AND c.id = r.w + 1".to_owned(),
            "id: Integer\n 1",
        ),
        (
            format!("SELECT id, (SELECT count(*) FROM {r} WHERE r.k = c.id AND r.w = c.id) AS n FROM c"),
            "id: Integer, n: Integer\n 1, 1\n 2, 0\n 3, 0\n 4, 0",
        ),
        (
            format!(
                "SELECT id FROM c WHERE NOT EXISTS (SELECT 1 FROM {r} WHERE r.k = c.id AND r.w = c.id) OR id > 100"
            ),
            "id: Integer\n 2\n 3\n 4",
        ),
    ];
    every(&cases.iter().map(|(query, wanted)| (query.as_str(), *wanted)).collect::<Vec<_>>());
}

#[test]
fn null_is_in_nothing_but_it_is_not_in_no_rows() {
    every(&[
        (
            "SELECT 1 AS one, NULL IN (SELECT id FROM c) AS a, NULL NOT IN (SELECT id FROM c WHERE id > 9) AS b,
                NULL::int = ANY (SELECT id FROM c) AS d, NULL > ALL (SELECT id FROM c WHERE id > 9) AS e",
            "one: Integer, a: Boolean, b: Boolean, d: Boolean, e: Boolean\n 1, , true, , true",
        ),
        ("SELECT id FROM c WHERE NULL IN (SELECT customer FROM o)", "id: Integer"),
        ("SELECT id FROM c WHERE NULL NOT IN (SELECT customer FROM o WHERE amount > 99) AND id = 1", "id: Integer\n 1"),
    ]);
}

#[test]
fn several_rows_where_one_value_is_asked_for_are_refused() {
    let query = "SELECT id, (SELECT amount FROM o WHERE customer = c.id) AS a FROM c";
    let told = answer(query).unwrap_err();
    assert!(told.contains("several rows. The first: 4, 1; 1, 2."), "{told}");
}

fn answer(query: &str) -> Result<Table, String> {
    let sql = pipewright_engine::nodes::Sql { query: Query(query.into()), names: vec!["c".into(), "o".into()] };
    let tables = [CUSTOMERS, ORDERS].map(|text| Table::parse(text).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let shown = preview(&typed_pipeline(Step::Sql(sql), &tables), folder.path(), "it", "");
    let shown = shown.map_err(|problems| format!("{problems:?}"))?;
    let error = shown.problems.iter().find(|problem| problem.is_error());
    match error {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(shown.table),
    }
}

fn every(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (query, wanted) in cases {
        match answer(query) {
            Ok(table) => {
                let found = difference(&table, &Table::parse(wanted).unwrap());
                wrong.extend(found.map(|text| format!("{query}: {text}")));
            }
            Err(told) => wrong.push(format!("{query}: {told}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
