"""INTERSECT, EXCEPT and their ALL forms, as DuckDB has them, in the order of the first table. Needs `pip install duckdb`."""

import random
from collections import Counter

import duckdb

random.seed(2)
for name in ["first", "second"]:
    rows = [f"{random.choice(['', 1, 2, 3])},{random.choice(['', 'a', 'b'])}" for _ in range(40 if name == "first" else 14)]
    with open(f"{name}.csv", "w") as file:
        file.write("\n".join(["n,t", *rows, ""]))
    duckdb.sql(f"create table {name} as select * from read_csv('{name}.csv', types = {{'n': 'bigint', 't': 'varchar'}})")

def write(node, sql, last=False):
    wanted = Counter(duckdb.sql(sql).fetchall())
    rows = duckdb.sql("from first").fetchall()
    kept = []
    # Where rows are counted, those of the first table that are left over are its last.
    for row in reversed(rows) if last else rows:
        if wanted[row] > 0:
            wanted[row] -= 1
            kept.append(row)
    kept = kept[::-1] if last else kept
    text = lambda value: "" if value is None else str(value)
    with open(f"expected/{node}.csv", "w") as file:
        file.write("\n".join(["n,t", *(",".join(map(text, row)) for row in kept), ""]))

write("both", "from first intersect from second")
write("both counted", "from first intersect all from second")
write("less", "from first except from second")
write("less counted", "from first except all from second", last=True)
