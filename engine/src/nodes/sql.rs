use super::prelude::*;
use crate::params::Query;
use crate::sql;

/// Answers a query in SQL over its inputs.
///
/// Tables are called as the nodes that are wired to the inputs, in double quotes where a name has blanks or a point: `FROM orders JOIN
/// "large.false" …`; `"in 1"` is the first input whatever it is called. The language is PostgreSQL's: `SELECT` with joins, groups by
/// `ROLLUP`, `CUBE` and `GROUPING SETS`, windows with frames of `ROWS` and `RANGE`, `DISTINCT ON`, `FILTER`, `WITH` and `WITH RECURSIVE`,
/// `UNION`, `INTERSECT`, `EXCEPT`, `VALUES`, `unnest` and `generate_series` in `FROM`, `LATERAL`, and queries within queries wherever
/// a value may stand. Values are
/// computed as in formulas, and parameters are written `:day`. A row for which a value can't be computed makes the run fail.
///
/// What PostgreSQL does not have: `QUALIFY`, `GROUP BY ALL`, `SEMI` and `ANTI JOIN`; names given in `SELECT` in `HAVING`, `QUALIFY` and within
/// expressions of `ORDER BY`. Tables are joined in whatever order makes the fewest rows; where the query does not order its rows, their order is
/// its own, but the same in every run.
///
/// What is refused, and what to write instead: `GROUPS` and `EXCLUDE` in a window (`RANGE` over `dense_rank()`; take the row's own value
/// off); `IGNORE NULLS` (leave nulls out before); `count(DISTINCT (a, b))` (count the rows of `SELECT DISTINCT a, b`); `FETCH … WITH TIES`
/// (`QUALIFY rank() OVER (…) <= 10`); `rank()` without an order; functions that give several rows in `SELECT` (put them into
/// `FROM`); several statements (write views as `WITH`). A `WITH RECURSIVE` takes at most 10,000 rounds and 10 million rows,
/// which are held in memory; its first query says of what types its columns are.
#[params]
pub struct Sql {
    /// The query, such as `SELECT plaza, count(*) AS vehicles FROM tolls GROUP BY plaza`.
    pub query: Query,
    /// What the inputs are called in the query, in their order. Left empty, as the nodes they come from.
    pub names: Vec<String>,
}

impl Node for Sql {
    const CARD: Card = Card {
        title: "SQL",
        group: Group::Combine,
        icon: "sql",
        inputs: Inputs::Many,
        outputs: &[""],
        law: Law::Expand,
        words: "query select sql database duckdb sqlite QueryRecord DB Query code statement table expression proc sql",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let tables = sql::named(draft, inputs, &self.names);
        let rows = sql::plan(draft, tables, &self.query.0).map_err(|problem| problem.at("query"))?;
        Ok(vec![rows])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.query.0.trim().is_empty() {
            return Err(Problem::new("There is no query.").at("query").try_this("Write one, such as SELECT * FROM \"in 1\"."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        match self.query.0.trim() {
            "" => "Write a query in SQL".to_owned(),
            query => sentence::short(query.to_owned()),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let query = |query: &str, names: &[&str]| Self {
            query: query.into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        vec![
            Example::new("Revenue of each city, of the largest on", query(
                "SELECT c.city, count(*) AS orders, sum(o.amount) AS revenue\nFROM orders o\nJOIN customers c ON c.id = o.customer\n\
                 WHERE o.amount > 0\nGROUP BY c.city\nHAVING count(*) > 1\nORDER BY revenue DESC",
                &["orders", "customers"],
            ))
            .given("customer: Integer, amount: Integer\n 1, 5\n 2, 9\n 1, 4\n 3, 7\n 2, -2\n 2, 1\n 9, 5")
            .given("id: Integer, city\n 1, Bonn\n 2, Kiel\n 3, Ulm")
            .gives("city, orders: Integer, revenue: Integer\n Kiel, 2, 10\n Bonn, 2, 9"),
            Example::new("The last order of each customer, and what they ordered up to then", query(
                "WITH numbered AS (\n    SELECT *, row_number() OVER (PARTITION BY customer ORDER BY day DESC) AS number,\n        \
                 sum(amount) OVER (PARTITION BY customer ORDER BY day) AS so_far\n    FROM orders\n)\n\
                 SELECT customer, day, so_far FROM numbered WHERE number = 1 ORDER BY customer",
                &["orders"],
            ))
            .given("customer, day: Date, amount: Integer\n b, 2024-05-02, 1\n a, 2024-05-01, 2\n b, 2024-05-01, 4\n a, 2024-05-03, 8")
            .gives("customer, day: Date, so_far: Integer\n a, 2024-05-03, 10\n b, 2024-05-02, 5"),
            Example::new("Customers without an order, and the others with a mark", query(
                "SELECT id, 'none' AS orders FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)\n\
                 UNION ALL\nSELECT id, 'some' FROM customers WHERE id IN (SELECT customer FROM orders)",
                &["customers", "orders"],
            ))
            .given("id: Integer, name\n 1, Ada\n 2, Bob\n 3, Eve")
            .given("customer: Integer\n 3\n 1\n 3")
            .gives("id: Integer, orders\n 2, none\n 1, some\n 3, some"),
            Example::new("Sales of each shop, of each region and of all", query(
                "SELECT region, shop, grouping(region, shop) AS level, sum(sold) AS sold, count(*) AS n, avg(sold) AS mean,\n    \
                 string_agg(shop, '-' ORDER BY sold DESC) AS shops\n\
                 FROM sales\nGROUP BY ROLLUP(region, shop)\nORDER BY region NULLS LAST, shop NULLS LAST",
                &["sales"],
            ))
            .given("region, shop, sold: Integer\n north, a, 3\n south, c, 1\n north, b, 4\n north, a, 5")
            .gives(
                "region, shop, level: Integer, sold: Integer, n: Integer, mean: Float, shops\n
                 north, a, 0, 8, 2, 4.0, a-a\n north, b, 0, 4, 1, 4.0, b\n north, , 1, 12, 3, 4.0, a-b-a\n
                 south, c, 0, 1, 1, 1.0, c\n south, , 1, 1, 1, 1.0, c\n , , 3, 13, 4, 3.25, a-b-a-c",
            ),
            Example::new("Totals alone, made of the finest ones", query(
                "SELECT shop, kind, grouping(shop) AS all_shops, count(sold) AS n, sum(sold) AS sold, avg(sold) AS mean, max(sold) AS most\n\
                 FROM sales\nGROUP BY CUBE(shop, kind)\nHAVING grouping(kind) = 1 OR count(sold) > 1\n\
                 ORDER BY shop NULLS LAST, kind NULLS LAST",
                &["sales"],
            ))
            .given("shop, kind, sold: Integer\n a, web, 3\n b, web, 1\n a, web, 4\n b, post, \n a, post, 9")
            .gives(
                "shop, kind, all_shops: Integer, n: Integer, sold: Integer, mean: Float, most: Integer\n
                 a, web, 0, 2, 7, 3.5, 4\n a, , 0, 3, 16, 5.333333333333333, 9\n b, , 0, 1, 1, 1.0, 1\n
                 , web, 1, 3, 8, 2.6666666666666665, 4\n , , 1, 4, 17, 4.25, 9",
            ),
            Example::new("What lies around each reading", query(
                "SELECT day, level, count(*) OVER (ORDER BY day RANGE BETWEEN INTERVAL '2 days' PRECEDING AND CURRENT ROW) AS days,\n    \
                 sum(level) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near,\n    \
                 max(level) OVER (ORDER BY level RANGE BETWEEN 1 FOLLOWING AND 5 FOLLOWING) AS above,\n    \
                 nth_value(level, 2) OVER (ORDER BY day) AS second, lag(level, 1, 0) OVER (ORDER BY day) AS before,\n    \
                 cume_dist() OVER (ORDER BY level) AS share\n\
                 FROM readings",
                &["readings"],
            ))
            .given("day: Date, level: Integer\n 2024-05-01, 4\n 2024-05-02, 9\n 2024-05-04, \n 2024-05-07, 5\n 2024-05-07, 4")
            .gives(
                "day: Date, level: Integer, days: Integer, near: Integer, above: Integer, second: Integer, before: Integer, share: Float\n
                 2024-05-01, 4, 1, 13, 9, , 0, 0.4\n 2024-05-02, 9, 2, 13, , 9, 4, 0.8\n 2024-05-04, , 2, 14, , 9, 9, 1.0\n
                 2024-05-07, 5, 2, 9, 9, 9, , 0.6\n 2024-05-07, 4, 2, 9, 9, 9, 5, 0.4",
            ),
            Example::new("All parts of a car, and of its parts", query(
                "WITH RECURSIVE needed AS (\n    SELECT part, pieces, 1 AS depth FROM parts WHERE whole = 'car'\n    UNION ALL\n    \
                 SELECT p.part, n.pieces * p.pieces, n.depth + 1\n    FROM needed n JOIN parts p ON p.whole = n.part\n)\n\
                 SELECT part, sum(pieces) AS pieces, max(depth) AS depth FROM needed GROUP BY part",
                &["parts"],
            ))
            .given("whole, part, pieces: Integer\n car, wheel, 4\n wheel, bolt, 5\n car, motor, 1\n motor, bolt, 20\n bike, wheel, 2")
            .gives("part, pieces: Integer, depth: Integer\n wheel, 4, 1\n motor, 1, 1\n bolt, 40, 2"),
            Example::new("Where one gets to from the first place", query(
                "WITH RECURSIVE reached AS (\n    SELECT start AS place FROM roads WHERE start = 'a'\n    UNION\n    \
                 SELECT r.finish FROM reached JOIN roads r ON r.start = reached.place\n)\nSELECT place FROM reached",
                &["roads"],
            ))
            .given("start, finish\n a, b\n b, c\n c, a\n b, d\n e, f")
            .gives("place\n a\n b\n c\n d"),
            Example::new("Words, each with its place", query(
                "SELECT word, n, day FROM unnest(string_to_array('red,green,blue', ',')) WITH ORDINALITY AS w(word, n)\n\
                 JOIN generate_series(date '2024-05-01', date '2024-05-02') AS day ON true\nWHERE n > 1",
                &["unused"],
            ))
            .given("x: Integer\n 1")
            .gives(
                "word, n: Integer, day: Date\n green, 2, 2024-05-01\n green, 2, 2024-05-02\n blue, 3, 2024-05-01\n blue, 3, 2024-05-02",
            ),
        ]
    }
}
