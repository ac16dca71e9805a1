use super::prelude::*;
use crate::params::Query;
use crate::sql;

/// Answers a query in SQL over its inputs.
///
/// Tables are called as the nodes that are wired to the inputs, in double quotes where a name has blanks or a point: `FROM orders JOIN
/// "large.false" …`; `"in 1"` is the first input whatever it is called. The language is PostgreSQL's: `SELECT` with joins, groups,
/// window functions, `WITH`, `UNION`, `INTERSECT`, `EXCEPT` and queries within queries; values are computed as in formulas, and parameters
/// are written `:day`. Rows keep their order where the query does not order them. A row for which a value can't be computed makes
/// the run fail.
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
        ]
    }
}
