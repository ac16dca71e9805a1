"""Values within intervals and intervals that overlap, as DuckDB joins them. Needs `pip install duckdb`."""

import random

import duckdb

random.seed(3)
def table(name, rows):
    lines = []
    for row in range(rows):
        start = random.randint(0, 1000)
        end = "" if random.random() < 0.1 else start + random.randint(0, 60)
        lines.append(f"{row},{random.choice('xyz')},{start},{end}")
    with open(f"{name}.csv", "w") as file:
        file.write("\n".join(["row,kind,start,end", *lines, ""]))
    duckdb.sql(f"create table {name} as select * from read_csv('{name}.csv', types = {{'end': 'bigint'}})")

table("stays", 150)
table("closures", 60)
columns = 'a.row as "row", a.kind as kind, a.start as start, a."end" as "end", b.row as row_right'
duckdb.sql(f"""copy (select {columns}, b.kind as kind_right, b.start as start_right, b."end" as end_right
    from stays a join closures b on a.start >= b.start and a.start < b."end"
    order by a.row, b.row) to 'expected/within.csv'""")
duckdb.sql(f"""copy (select {columns}, b.start as start_right, b."end" as end_right
    from stays a left join closures b on a.kind = b.kind and a.start <= coalesce(b."end", 99999) and coalesce(a."end", 99999) >= b.start
    order by a.row, b.row) to 'expected/overlapping.csv'""")
