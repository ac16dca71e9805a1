"""Queries as PostgreSQL answers them: the same text goes to PostgreSQL and into the pipeline. A PostgreSQL 15 or later must be
installed; a server of its own is started in a new folder and thrown away."""

import csv
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "oracle"))
from postgres import Server  # noqa: E402

random.seed(29)


def write(name, header, rows):
    with open(HERE / f"{name}.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


write(
    "sales",
    ["id", "region", "shop", "day", "hour", "pieces", "price", "weight"],
    [
        (
            n,
            random.choice(["north", "south", "west", ""]),
            random.choice(["a", "b", "c"]),
            f"2024-{random.randint(1, 5):02}-{random.randint(1, 28):02}",
            f"2024-03-01 {random.randint(0, 23):02}:{random.choice([0, 15, 30]):02}:00",
            "" if random.random() < 0.15 else random.randint(-3, 9),
            "" if random.random() < 0.1 else f"{random.randint(0, 2000) / 100:.2f}",
            "" if random.random() < 0.1 else random.choice([0.5, 1.25, 2.0, 3.75]),
        )
        for n in range(1, 81)
    ],
)
write(
    "parts",
    ["whole", "part", "pieces"],
    [
        ("car", "wheel", 4), ("car", "motor", 1), ("wheel", "tyre", 1), ("wheel", "rim", 1), ("rim", "bolt", 5),
        ("motor", "bolt", 20), ("motor", "valve", 8), ("valve", "spring", 1), ("bike", "wheel", 2), ("bike", "saddle", 1),
    ],
)  # fmt: skip
write("roads", ["one", "other"], [(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 4), (6, 7)])

TABLES = {
    "sales": "id bigint, region text, shop text, day date, hour timestamp, pieces bigint, price numeric(8, 2), weight double precision",
    "parts": "whole text, part text, pieces bigint",
    "roads": "one bigint, other bigint",
}
NODES = {
    "sales": '(step: ReadCsv(path: "sales.csv", types: {"id": Integer, "region": Text, "shop": Text, "day": Date, "hour": Timestamp, '
    '"pieces": Integer, "price": Decimal(8, 2), "weight": Float}))',
    "parts": '(step: ReadCsv(path: "parts.csv", types: {"pieces": Integer}))',
    "roads": '(step: ReadCsv(path: "roads.csv", types: {"one": Integer, "other": Integer}))',
}

KEYS = "region NULLS LAST, shop NULLS LAST, level"
QUERIES = {
    "rollup": f"""SELECT region, shop, grouping(region, shop) AS level, count(*) AS n, sum(pieces) AS pieces, avg(pieces)::float AS mean,
    min(day) AS first, max(price) AS dearest, sum(price) AS price
FROM sales GROUP BY ROLLUP(region, shop) ORDER BY {KEYS}""",
    "cube": f"""SELECT region, shop, grouping(region) AS r, grouping(shop) AS s, grouping(shop, region) AS level, count(pieces) AS n,
    bool_or(pieces > 8)::text AS many, avg(price)::float AS mean
FROM sales GROUP BY CUBE(region, shop) ORDER BY {KEYS}""",
    "grouping sets": f"""SELECT region, shop, grouping(region, shop) AS level, count(*) AS n, sum(weight) AS weight
FROM sales GROUP BY GROUPING SETS ((region), (shop), ()) ORDER BY {KEYS}""",
    "mixed sets": """SELECT region, shop, extract(month FROM day)::int AS month, count(*) AS n
FROM sales GROUP BY region, ROLLUP(shop, extract(month FROM day)::int) ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3 NULLS LAST""",
    "several sets": """SELECT region, shop, (pieces > 2)::text AS many, count(*) AS n, grouping(region, shop, pieces > 2) AS level
FROM sales GROUP BY ROLLUP(region, shop), CUBE(pieces > 2) ORDER BY level, 1 NULLS LAST, 2 NULLS LAST, 3 NULLS LAST""",
    "sets within sets": """SELECT region, shop, count(*) AS n, grouping(region, shop) AS level
FROM sales GROUP BY GROUPING SETS (ROLLUP(region, shop), (shop), CUBE(region), shop) ORDER BY level, 1 NULLS LAST, 2 NULLS LAST, 3""",
    "duplicate sets": """SELECT shop, count(*) AS n FROM sales GROUP BY GROUPING SETS ((shop), (shop), (), ()) ORDER BY 1 NULLS LAST, 2""",
    "units": """SELECT region, shop, pieces, count(*) AS n, grouping(region, shop, pieces) AS level
FROM sales WHERE id < 30 GROUP BY ROLLUP((region, shop), pieces) ORDER BY level, 1 NULLS LAST, 2 NULLS LAST, 3 NULLS LAST""",
    "sets of places and names": """SELECT upper(region) AS name, shop, count(*) AS n FROM sales
GROUP BY ROLLUP(name, 2) ORDER BY name NULLS LAST, shop NULLS LAST, n""",
    "sets of rows": """SELECT shop, count(DISTINCT region) AS regions, string_agg(region, '' ORDER BY id) AS names,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY pieces) AS middle FROM sales GROUP BY ROLLUP(shop) ORDER BY shop NULLS LAST""",
    "sets of no rows": "SELECT region, count(*) AS n, sum(pieces) AS sum, grouping(region) AS level FROM sales WHERE id < 0 GROUP BY CUBE(region)",
    "keys of no rows": "SELECT shop FROM sales WHERE id < 0 GROUP BY GROUPING SETS ((shop), (), ())",
    "having of sets": """SELECT region, shop, sum(pieces) AS sum FROM sales GROUP BY ROLLUP(region, shop)
HAVING grouping(shop) = 1 OR sum(pieces) > 10 ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3""",
    "ranks within levels": """SELECT grouping(region) + grouping(shop) AS level, region, shop, sum(pieces) AS sum,
    rank() OVER (PARTITION BY grouping(region) + grouping(shop), CASE WHEN grouping(shop) = 0 THEN region END
        ORDER BY sum(pieces) DESC) AS place
FROM sales GROUP BY ROLLUP(region, shop) ORDER BY level DESC, region NULLS LAST, shop NULLS LAST""",
    "grouping without sets": "SELECT shop, grouping(shop) AS level, count(*) AS n FROM sales GROUP BY shop ORDER BY shop",
    "frames of rows": """SELECT id, sum(pieces) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS around,
    avg(price) OVER (PARTITION BY shop ORDER BY id ROWS 3 PRECEDING)::float AS mean,
    count(*) OVER (ORDER BY id ROWS BETWEEN 5 PRECEDING AND 3 PRECEDING) AS before,
    max(region) OVER (PARTITION BY shop ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 4 FOLLOWING) AS after,
    min(day) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest,
    sum(weight) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
FROM sales ORDER BY id""",
    "frames of values": """SELECT id, sum(id) OVER (ORDER BY pieces RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS near,
    count(*) OVER (PARTITION BY shop ORDER BY pieces DESC RANGE BETWEEN 1 PRECEDING AND 3 FOLLOWING) AS down,
    sum(id) OVER (ORDER BY price DESC NULLS LAST RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) AS dearer,
    count(*) OVER (ORDER BY weight RANGE BETWEEN 0.75 PRECEDING AND 0.75 FOLLOWING) AS weights,
    count(*) OVER (ORDER BY day RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW) AS week,
    sum(id) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '10 days' FOLLOWING) AS month,
    count(*) OVER (ORDER BY hour RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '90 minutes' FOLLOWING) AS hours,
    count(*) OVER (ORDER BY pieces NULLS FIRST RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS above,
    count(*) OVER (ORDER BY pieces RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest
FROM sales ORDER BY id""",
    "frames as they are": """SELECT id, sum(pieces) OVER (PARTITION BY shop ORDER BY region) AS running, count(*) OVER (ORDER BY shop) AS peers,
    last_value(id) OVER (PARTITION BY region ORDER BY shop, id) AS own, max(id) OVER (ORDER BY shop RANGE CURRENT ROW) AS same,
    (bool_and(pieces > 0) OVER (PARTITION BY shop ORDER BY id))::text AS always
FROM sales ORDER BY id""",
    "places": """SELECT id, cume_dist() OVER (PARTITION BY shop ORDER BY pieces) AS share, percent_rank() OVER (ORDER BY price) AS percent,
    ntile(4) OVER (PARTITION BY shop ORDER BY id) AS quarter, ntile(100) OVER (ORDER BY id DESC) AS tile,
    row_number() OVER (ORDER BY id DESC) AS back
FROM sales ORDER BY id""",
    "values of rows": """SELECT id, first_value(region) OVER w AS first, last_value(region) OVER w AS last, nth_value(region, 2) OVER w AS second,
    first_value(id) OVER (PARTITION BY shop ORDER BY price DESC NULLS LAST, id) AS dearest,
    last_value(id) OVER (PARTITION BY shop ORDER BY price, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS cheapest,
    lag(pieces, 2, 0) OVER (ORDER BY id) AS before, lead(region, 1, shop) OVER (PARTITION BY shop ORDER BY id) AS after,
    lag(id, -1) OVER (ORDER BY id) AS next, lag(pieces, 1, 0.5) OVER (ORDER BY id) AS half, lag(id, 0) OVER (ORDER BY id) AS same
FROM sales WINDOW w AS (PARTITION BY shop ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id""",
    "windows of windows": """SELECT id, sum(pieces) OVER w AS whole, count(*) OVER (w ORDER BY id) AS so_far, sum(pieces) OVER v AS near
FROM sales WINDOW w AS (PARTITION BY shop), v AS (w ORDER BY id ROWS 1 PRECEDING) ORDER BY id""",
    "filtered windows": """SELECT id, count(*) FILTER (WHERE pieces > 3) OVER (PARTITION BY shop ORDER BY id) AS many,
    sum(pieces) FILTER (WHERE region = 'north') OVER (ORDER BY id ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS north
FROM sales ORDER BY id""",
    "windows over groups": """SELECT shop, region, sum(pieces) AS sum, sum(sum(pieces)) OVER (PARTITION BY shop ORDER BY region) AS running,
    round(100.0 * sum(pieces) / sum(sum(pieces)) OVER (PARTITION BY shop), 2) AS percent,
    sum(pieces) - lag(sum(pieces), 1, 0::numeric) OVER (PARTITION BY shop ORDER BY region) AS more
FROM sales GROUP BY shop, region ORDER BY shop, region NULLS LAST""",
    "lists in order": """SELECT shop, string_agg(region, ',' ORDER BY pieces DESC NULLS LAST, id) AS regions,
    array_to_string(array_agg(id ORDER BY day DESC, id), ' ') AS ids,
    array_to_string(array_agg(id ORDER BY id) FILTER (WHERE pieces > 6), ' ') AS many,
    string_agg(DISTINCT region, '/' ORDER BY region DESC) AS names,
    array_to_string(array_agg(pieces ORDER BY pieces), ' ', '-') AS pieces
FROM (SELECT * FROM sales ORDER BY id) s GROUP BY shop ORDER BY shop""",
    "different values": """SELECT region, count(DISTINCT pieces) AS n, sum(DISTINCT pieces) AS sum, avg(DISTINCT pieces)::float AS mean,
    sum(DISTINCT price) AS price, sum(DISTINCT weight) AS weight, max(DISTINCT id) AS last, stddev(DISTINCT pieces)::float AS spread,
    sum(DISTINCT pieces) FILTER (WHERE shop = 'a') AS a
FROM sales GROUP BY region ORDER BY region NULLS LAST""",
    "different of everything": "SELECT sum(DISTINCT pieces) AS sum, count(DISTINCT shop) AS shops, sum(DISTINCT price) AS price FROM sales",
    "percentiles from above": """SELECT shop, percentile_cont(0.25) WITHIN GROUP (ORDER BY pieces DESC) AS upper,
    percentile_disc(0.25) WITHIN GROUP (ORDER BY pieces) AS lower FROM sales GROUP BY shop ORDER BY shop""",
    "distinct on": """SELECT DISTINCT ON (shop, region) shop, region, id, price FROM sales
ORDER BY shop DESC, region NULLS FIRST, price DESC NULLS LAST, id""",
    "orders": "SELECT id, price * 2 AS double, region FROM sales ORDER BY region DESC, 2 NULLS FIRST, id % 7, abs(id - 40) LIMIT 50 OFFSET 3",
    "fetch": "SELECT id FROM sales ORDER BY id OFFSET 4 ROWS FETCH NEXT 3 ROWS ONLY",
    "fetch one": "SELECT id FROM sales ORDER BY id DESC FETCH FIRST ROW ONLY",
    "limit of brackets": """(SELECT id, shop FROM sales ORDER BY id DESC LIMIT 2) UNION ALL (SELECT id, 'x' FROM sales ORDER BY id LIMIT 1)
ORDER BY 1""",
    "brackets": """((SELECT shop FROM sales WHERE id < 5 EXCEPT ALL SELECT 'a') UNION ALL SELECT region FROM sales WHERE id = 7)
INTERSECT ALL (SELECT shop FROM sales ORDER BY id LIMIT 30) ORDER BY 1""",
    "types of unions": """SELECT id AS n, NULL AS day FROM sales WHERE id < 3 UNION ALL SELECT price, day FROM sales WHERE id < 3
UNION ALL SELECT NULL, hour FROM sales WHERE id = 1 ORDER BY n NULLS LAST, day""",
    "precedence": "SELECT 1 AS n UNION SELECT 2 INTERSECT SELECT 3 ORDER BY n",
    "values": "VALUES (1, 'one', 2.5), (2, NULL, 3), (NULL, 'three', -1) ORDER BY 1 NULLS FIRST",
    "unnest": "SELECT x, x * 2 AS twice FROM unnest(array[3, 1, NULL, 2]) AS x",
    "unnest with numbers": "SELECT t.word, t.n FROM unnest(string_to_array('b,a,c', ',')) WITH ORDINALITY AS t(word, n) WHERE n < 3",
    "unnest of two": "SELECT * FROM unnest(array[1, 2, 3], array['a', 'b']) AS t(n, word)",
    "ordinality": "SELECT * FROM unnest(array['p', 'q']) WITH ORDINALITY",
    "series": "SELECT n FROM generate_series(10, 1, -4) AS g(n) UNION ALL SELECT * FROM generate_series(1, 3)",
    "series of days": """SELECT d::date AS day, count(s.id) AS n FROM generate_series(timestamp '2024-02-27', timestamp '2024-03-03', interval '1 day') AS d
LEFT JOIN sales s ON s.day = d::date GROUP BY d ORDER BY d""",
    "series joined": "SELECT g, s.shop FROM generate_series(1, 6, 2) g JOIN sales s ON s.id = g ORDER BY g",
    "counting": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 20) SELECT sum(n) AS sum, count(*) AS n FROM t",
    "parts of parts": """WITH RECURSIVE needs AS (
    SELECT part, pieces, 1 AS depth, whole || '/' || part AS path FROM parts WHERE whole = 'car'
    UNION ALL
    SELECT p.part, n.pieces * p.pieces, n.depth + 1, n.path || '/' || p.part FROM needs n JOIN parts p ON p.whole = n.part
)
SELECT part, sum(pieces) AS pieces, max(depth) AS depth, min(path) AS path FROM needs GROUP BY part ORDER BY part""",
    "reached": """WITH RECURSIVE reached AS (SELECT 1::bigint AS place UNION SELECT r.other FROM reached JOIN roads r ON r.one = reached.place)
SELECT place FROM reached ORDER BY place""",
    "series of numbers": """WITH RECURSIVE f(n, a, b) AS (VALUES (1, 0::bigint, 1::bigint) UNION ALL SELECT n + 1, b, a + b FROM f WHERE n < 60)
SELECT n, a FROM f ORDER BY n DESC LIMIT 5""",
    "some recursive": """WITH RECURSIVE small AS (SELECT * FROM sales WHERE id < 4),
t(id, depth) AS (SELECT id, 0 FROM small UNION ALL SELECT t.id, depth + 1 FROM t WHERE depth < t.id),
totals AS (SELECT id, count(*) AS n FROM t GROUP BY id)
SELECT small.shop, totals.n FROM totals JOIN small USING (id) ORDER BY id""",
}


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        server = Server(folder)

        def psql(text, **how):
            program = f"{server.programs}/psql"
            command = [program, "-h", folder, "-U", "postgres", "-qX", "-v", "ON_ERROR_STOP=1", "-c", text, "template1"]
            return subprocess.run(command, capture_output=True, text=True, check=False, **how)

        try:
            for name, columns in TABLES.items():
                text = (HERE / f"{name}.csv").read_text()
                copied = psql(f"CREATE TABLE {name} ({columns})")
                assert not copied.returncode, copied.stderr
                copied = psql(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)", input=text)
                assert not copied.returncode, copied.stderr
            for name, query in QUERIES.items():
                answer = psql(f"SET timezone TO 'UTC'; COPY ({query}) TO STDOUT (FORMAT csv, HEADER)")
                assert not answer.returncode, f"{name}: {answer.stderr}"
                (HERE / "expected" / f"{name}.csv").write_text(answer.stdout)
        finally:
            server.stop()
    nodes = [f'        "{name}": {step},' for name, step in NODES.items()]
    wired = ", ".join(f'"{name}"' for name in NODES)
    nodes += [f'        "{name}": (step: Sql(query: r#"{query}"#), from: [{wired}]),' for name, query in QUERIES.items()]
    text = "#![enable(implicit_some, unwrap_variant_newtypes)]\n(\n    version: 1,\n    nodes: {\n" + "\n".join(nodes) + "\n    },\n)\n"
    (HERE / "case.pipe.ron").write_text(text)
    print(f"{len(QUERIES)} answers")


if __name__ == "__main__":
    main()
