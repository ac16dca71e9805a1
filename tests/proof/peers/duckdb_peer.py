"""The pipelines of the proof in DuckDB's SQL, on two threads.

python duckdb_peer.py NAME DATA OUT

`preserve_insertion_order` is left as it is, which is on: rows that are only filtered or computed stay in order. Groups
come in no certain order: there is no cheap way to have them in the order first seen, so it is left free for `group`,
`pivot` and `unique`. Joins and windows do not keep an order either, but the file of orders is in the order of its
keys: `joins` and `window` sort by them.
"""

import sys
from pathlib import Path

import duckdb

TABLES = ["lineitem", "orders", "customer", "nation", "region", "part", "partsupp", "supplier"]


def q1():
    return """
        SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
            sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
            sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
            avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc,
            count(*) AS count_order
        FROM lineitem WHERE l_shipdate <= DATE '1998-09-02'
        GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus"""


def q3():
    return """
        SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
        FROM lineitem JOIN orders ON l_orderkey = o_orderkey JOIN customer ON o_custkey = c_custkey
        WHERE c_mktsegment = 'BUILDING' AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
        GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10"""


def q6():
    return """
        SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
        WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
            AND l_discount BETWEEN 0.045 AND 0.075 AND l_quantity < 24"""


def q13():
    return """
        SELECT c_count, count(*) AS custdist
        FROM (
            SELECT c_custkey, count(o_orderkey) AS c_count
            FROM customer LEFT JOIN orders
                ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%'
            GROUP BY c_custkey)
        GROUP BY c_count ORDER BY custdist DESC, c_count DESC"""


def q18():
    return """
        WITH large AS (
            SELECT l_orderkey, sum(l_quantity) AS sum FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300)
        SELECT c_name, o_custkey, o_orderkey, o_orderdate, o_totalprice, sum
        FROM orders JOIN large ON o_orderkey = l_orderkey JOIN customer ON o_custkey = c_custkey
        ORDER BY o_totalprice DESC, o_orderdate LIMIT 100"""


def group():
    return """
        SELECT l_suppkey, count(*) AS lines, sum(l_extendedprice) AS sum, max(l_shipdate) AS last
        FROM lineitem WHERE l_quantity > 25 GROUP BY l_suppkey"""


def formulas():
    return """
        SELECT *, o_totalprice / 1.19 AS net, o_totalprice - net AS tax, round_even(net, 0) AS rounded,
            year(o_orderdate) AS year, date_trunc('month', o_orderdate)::DATE AS month,
            o_orderpriority = '1-URGENT' AS urgent, lower(o_clerk) AS clerk,
            CASE WHEN o_totalprice > 200000 THEN 'large' WHEN o_totalprice > 100000 THEN 'middle'
                ELSE 'small' END AS size
        FROM orders"""


def joins():
    return """
        SELECT o_orderkey, o_totalprice, c_name, n_name, r_name
        FROM orders JOIN customer ON o_custkey = c_custkey
            JOIN nation ON c_nationkey = n_nationkey JOIN region ON n_regionkey = r_regionkey
        ORDER BY o_orderkey"""


def window():
    return """
        SELECT o_orderkey, o_custkey, o_orderdate, row_number() OVER running AS number,
            sum(o_totalprice) OVER running AS so_far
        FROM orders
        WINDOW running AS (PARTITION BY o_custkey ORDER BY o_orderdate, o_orderkey ROWS UNBOUNDED PRECEDING)
        ORDER BY o_orderkey"""


def pivot():
    return """
        PIVOT (SELECT l_suppkey, l_shipmode, l_quantity FROM lineitem)
        ON l_shipmode IN ('AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK')
        USING sum(l_quantity) GROUP BY l_suppkey"""


def sort():
    return "SELECT * FROM orders ORDER BY o_totalprice DESC, o_orderkey"


def unique():
    return """
        SELECT arg_min(l_orderkey, file_row_number) AS l_orderkey, l_partkey, lower(trim(l_shipmode)) AS mode,
            arg_min(length(l_comment), file_row_number) AS words
        FROM read_parquet(getvariable('lines'), file_row_number = true)
        GROUP BY l_partkey, mode"""


NAMES = {f.__name__: f for f in (q1, q3, q6, q13, q18, group, formulas, joins, window, pivot, sort, unique)}

if __name__ == "__main__":
    name, data, out = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for table in TABLES:
        connection.read_parquet(str(Path(data) / f"{table}.parquet")).create_view(table)
    connection.execute("SET VARIABLE lines = ?", [str(Path(data) / "lineitem.parquet")])
    connection.execute(f"COPY ({NAMES[name]()}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
