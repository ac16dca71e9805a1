"""Queries as DuckDB answers them: the same text goes to DuckDB and into the pipeline. Needs `pip install duckdb`."""

import csv
import random

import duckdb

random.seed(11)
CITIES = ["Bonn", "Kiel", "Ulm", ""]


def write(name, header, rows):
    with open(f"{name}.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def day():
    return f"2024-{random.randint(1, 4):02}-{random.randint(1, 28):02}"


write("customers", ["id", "name", "city"], [(n, f"customer {n}", random.choice(CITIES)) for n in range(1, 13)])
write(
    "orders",
    ["id", "customer", "day", "amount", "kind"],
    [
        (
            n,
            random.choice(["", *range(1, 16)]),
            day(),
            "" if random.random() < 0.1 else random.randrange(-20, 500, 10),
            random.choice(["web", "shop", "phone", ""]),
        )
        for n in range(1, 121)
    ],
)
write("returns", ["id", "day", "reason"], [(n, day(), random.choice(["late", "broken", ""])) for n in range(100, 140, 3)])

QUERIES = {
    "where": "SELECT id, amount FROM orders WHERE amount > 100 AND kind <> 'shop' ORDER BY amount DESC, id LIMIT 20 OFFSET 5",
    "expressions": """SELECT id, upper(kind) || '-' || id AS tag, amount * 2 + 1 AS twice, coalesce(amount, 0) / 4 AS quarter,
    CASE WHEN amount > 250 THEN 'big' WHEN amount IS NULL THEN 'none' ELSE 'small' END AS size
FROM orders
ORDER BY id DESC LIMIT 40""",
    "groups": """SELECT kind, count(*) AS n, count(amount) AS known, count(DISTINCT customer) AS customers, sum(amount) AS total,
    avg(amount) AS mean, min(day) AS first_day, max(day) AS last_day
FROM orders GROUP BY kind ORDER BY kind NULLS FIRST""",
    "having": """SELECT extract(month FROM day) AS month, kind, sum(amount) + 1 AS total
FROM orders GROUP BY 1, kind HAVING sum(amount) > 1000 ORDER BY total DESC, month, kind NULLS LAST""",
    "group by all": "SELECT kind, day > DATE '2024-02-15' AS late, count(*) AS n FROM orders GROUP BY ALL ORDER BY n, kind NULLS LAST, late",
    "of everything": """SELECT count(*) AS n, sum(amount) AS total, median(amount) AS middle, stddev(amount) AS deviation,
    variance(amount) AS variance, bool_or(amount > 480) AS any_large
FROM orders WHERE amount > 50""",
    "of nothing": "SELECT count(*) AS n, sum(amount) AS total, max(day) AS last FROM orders WHERE amount > 5000",
    "filtered aggregates": """SELECT customer, count(*) FILTER (WHERE kind = 'web') AS web, sum(amount) FILTER (WHERE amount > 100) AS large
FROM orders GROUP BY customer ORDER BY customer NULLS LAST""",
    "more aggregates": """SELECT kind, string_agg(DISTINCT reason, '/' ORDER BY reason) AS reasons,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY amount) AS quarter, quantile_disc(amount, 0.9) AS most,
    stddev_pop(amount) AS deviation, bool_and(amount > 0) AS gains
FROM (SELECT * FROM orders WHERE amount IS NOT NULL) o LEFT JOIN returns r ON r.id = o.id
GROUP BY kind ORDER BY kind NULLS FIRST""",
    "inner": "SELECT o.id, c.name, c.city FROM orders o JOIN customers c ON o.customer = c.id AND o.amount > 200 ORDER BY o.id",
    "left": """SELECT o.id, o.customer, c.id AS found, c.city
FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer AND c.city = 'Kiel' ORDER BY o.id""",
    "left of left": """SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON o.customer = c.id AND o.kind = 'web' ORDER BY o.id""",
    "right": """SELECT c.id, c.name, o.id AS order_id
FROM orders o RIGHT JOIN customers c ON o.customer = c.id AND o.kind = 'web' ORDER BY c.id, order_id NULLS FIRST""",
    "full": """SELECT o.id AS order_id, o.customer, c.id AS customer_id
FROM orders o FULL JOIN customers c ON o.customer = c.id ORDER BY order_id NULLS LAST, customer_id NULLS LAST""",
    "using": "SELECT id, o.day AS ordered, r.day AS returned, reason FROM orders o LEFT JOIN returns r USING (id) WHERE id > 90 ORDER BY id",
    "full using": "SELECT * FROM (SELECT id, kind FROM orders WHERE id > 90) o FULL JOIN returns r USING (id) ORDER BY id",
    "no equality": """SELECT c.id, o.id AS large FROM customers c
LEFT JOIN orders o ON o.customer = c.id AND o.amount > c.id * 60 ORDER BY c.id, large NULLS FIRST""",
    "pairs": "SELECT a.id AS a, b.id AS b FROM customers a JOIN customers b ON a.city = b.city AND a.id < b.id ORDER BY 1, 2",
    "less than": "SELECT a.id AS a, b.id AS b FROM customers a JOIN customers b ON a.id > b.id * 3 ORDER BY 1, 2",
    "commas": """SELECT o.id, c.name, r.reason FROM orders o, customers c, returns r
WHERE o.customer = c.id AND r.id = o.id ORDER BY o.id""",
    "cross": """SELECT a.city, b.kind FROM (SELECT DISTINCT city FROM customers) a CROSS JOIN (SELECT DISTINCT kind FROM orders) b
ORDER BY a.city NULLS FIRST, b.kind NULLS LAST""",
    "distinct": "SELECT DISTINCT kind, customer FROM orders ORDER BY customer DESC NULLS LAST, kind NULLS FIRST",
    "distinct on": "SELECT DISTINCT ON (customer) customer, day, id FROM orders ORDER BY customer NULLS FIRST, day DESC, id",
    "union all": """SELECT id, 'order' AS what FROM orders WHERE id > 110 UNION ALL SELECT id, reason FROM returns
ORDER BY id, what NULLS LAST""",
    "union": "SELECT kind AS word FROM orders UNION SELECT city FROM customers UNION SELECT reason FROM returns ORDER BY word NULLS LAST",
    "intersect": "SELECT id, customer FROM orders INTERSECT SELECT id, id % 13 FROM orders ORDER BY 1",
    "except": "SELECT customer FROM orders EXCEPT SELECT id FROM customers ORDER BY customer NULLS LAST",
    "except all": "SELECT kind FROM orders EXCEPT ALL SELECT kind FROM orders WHERE id % 3 = 0 ORDER BY kind NULLS LAST",
    "intersect all": "SELECT customer FROM orders INTERSECT ALL SELECT customer FROM orders WHERE kind = 'web' ORDER BY 1 NULLS LAST",
    "with": """WITH spent AS (SELECT customer, sum(amount) AS total FROM orders WHERE customer IS NOT NULL GROUP BY customer),
ranked (who, total, place) AS (SELECT customer, total, row_number() OVER (ORDER BY total DESC, customer) FROM spent)
SELECT c.name, r.total, r.place FROM ranked r LEFT JOIN customers c ON c.id = r.who WHERE r.place <= 10 ORDER BY r.place""",
    "in": "SELECT id, customer FROM orders WHERE customer IN (SELECT id FROM customers WHERE city = 'Bonn') AND amount > 0 ORDER BY id",
    "not in": "SELECT id, customer FROM orders WHERE customer NOT IN (SELECT id FROM customers) ORDER BY id",
    "not in with nulls": "SELECT id FROM customers WHERE id NOT IN (SELECT customer FROM orders) ORDER BY id",
    "not in nothing": "SELECT id, customer FROM orders WHERE customer NOT IN (SELECT id FROM customers WHERE id > 99) ORDER BY id LIMIT 30",
    "exists": """SELECT c.id, c.name FROM customers c
WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND o.amount > 400) ORDER BY c.id""",
    "not exists": """SELECT c.id FROM customers c
WHERE NOT EXISTS (SELECT * FROM orders o JOIN returns r ON r.id = o.id WHERE o.customer = c.id AND o.amount > c.id) ORDER BY c.id""",
    "one value": """SELECT id, amount, (SELECT max(day) FROM orders) AS last FROM orders
WHERE amount > (SELECT avg(amount) FROM orders) ORDER BY id""",
    "ranks": """SELECT id, kind, row_number() OVER (PARTITION BY kind ORDER BY day, id) AS number,
    rank() OVER (PARTITION BY kind ORDER BY amount NULLS LAST) AS place,
    dense_rank() OVER w AS dense, lag(id) OVER (PARTITION BY kind ORDER BY day, id) AS before,
    lead(amount, 2) OVER (PARTITION BY kind ORDER BY day, id) AS after
FROM orders WINDOW w AS (PARTITION BY kind ORDER BY amount NULLS LAST) ORDER BY id""",
    "running": """SELECT id, sum(amount) OVER (PARTITION BY kind ORDER BY day) AS to_day,
    sum(amount) OVER (ORDER BY day, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS to_row,
    count(*) OVER (ORDER BY day) AS rows_to_day, sum(amount) OVER (PARTITION BY kind) AS of_kind, max(day) OVER () AS last
FROM orders ORDER BY id""",
    "windows of groups": """SELECT kind, sum(amount) AS total, rank() OVER (ORDER BY sum(amount) DESC) AS place,
    100 * sum(amount) / sum(sum(amount)) OVER () AS percent
FROM orders GROUP BY kind ORDER BY place, kind NULLS LAST""",
    "qualify": """SELECT customer, id, amount FROM orders WHERE amount IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer ORDER BY amount DESC, id) <= 2 ORDER BY customer NULLS LAST, amount DESC, id""",
    "names of outputs": """SELECT *, row_number() OVER (PARTITION BY kind ORDER BY amount DESC NULLS LAST, id) AS place FROM orders
QUALIFY place <= 2 ORDER BY CASE WHEN place = 1 THEN kind END NULLS LAST, id""",
    "having by name": """SELECT customer, sum(amount) AS total FROM orders GROUP BY customer HAVING total > 500 ORDER BY -total, customer""",
    "distinct on places": "SELECT DISTINCT ON (1) kind AS what, id FROM orders ORDER BY what NULLS FIRST, id DESC",
    "values": "SELECT v.n, v.word, c.name FROM (VALUES (1, 'one'), (3, 'three'), (50, NULL)) AS v (n, word) LEFT JOIN customers c ON c.id = v.n ORDER BY n",
}

SOURCES = {
    "customers": '(step: ReadCsv(path: "customers.csv", types: {"id": Integer}))',
    "orders": '(step: ReadCsv(path: "orders.csv", types: {"id": Integer, "customer": Integer, "day": Date, "amount": Integer}))',
    "returns": '(step: ReadCsv(path: "returns.csv", types: {"id": Integer, "day": Date}))',
}

base = duckdb.connect()
for name in SOURCES:
    base.sql(f"CREATE TABLE {name} AS FROM read_csv('{name}.csv', header = true)")
nodes = [f'        "{name}": {step},' for name, step in SOURCES.items()]
wired = ", ".join(f'"{name}"' for name in SOURCES)
for name, query in QUERIES.items():
    base.sql(f"COPY ({query}) TO 'expected/{name}.csv' (HEADER, DELIMITER ',')")
    nodes.append(f'        "{name}": (step: Sql(query: r#"{query}"#), from: [{wired}]),')
with open("case.pipe.ron", "w") as file:
    file.write("#![enable(implicit_some, unwrap_variant_newtypes)]\n(\n    version: 1,\n    nodes: {\n")
    file.write("\n".join(nodes) + "\n    },\n)\n")
