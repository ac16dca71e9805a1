"""Totals of groups, as ROLLUP and CUBE of DuckDB make them. Needs `pip install pandas duckdb`."""

import random

import duckdb
import pandas as pd

random.seed(13)
rows = [("north", "A"), ("north", "B"), ("south", "A"), ("south", "C")]
rows = [(*place, random.choice("xyz"), random.randint(-20, 99)) for place in rows for _ in range(15)]
pd.DataFrame(rows, columns=["region", "shop", "kind", "sold"]).to_csv("sales.csv", index=False, lineterminator="\n")

for name, groups in [("rollup", "ROLLUP (region, shop)"), ("cube", "CUBE (region, shop)")]:
    duckdb.sql(f"""
        SELECT region, shop, sum(sold)::BIGINT AS sold, 2 - grouping(region) - grouping(shop) AS level
        FROM read_csv('sales.csv') GROUP BY {groups}
        ORDER BY region NULLS LAST, shop NULLS LAST
    """).df().to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")
