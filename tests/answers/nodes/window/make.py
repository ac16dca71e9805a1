"""Ranks and tiles as DuckDB has them, changes and gaps as pandas has them. Needs `pip install pandas duckdb`."""

import random

import duckdb
import pandas as pd

random.seed(23)
table = pd.DataFrame(
    [(random.choice("ABC"), at, random.randint(1, 12)) for at in range(100)], columns=["team", "at", "points"]
)
table["points"] = table["points"].astype("Int64")
table.loc[random.sample(range(100), 20), "points"] = None
table = table.sample(frac=1, random_state=1).reset_index(drop=True)
table.to_csv("values.csv", index=False, lineterminator="\n")

ranked = duckdb.sql(
    """
    select team, "at", points, ntile(7) over w as tile, percent_rank() over r as percent, cume_dist() over r as share,
        sum(points) over t as total, quantile_cont(points, 0.9) over t as high
    from (select *, row_number() over () as place from table_)
    window w as (partition by team order by "at"), r as (partition by team order by points nulls last), t as (partition by team)
    order by place
    """.replace("table_", "read_csv('values.csv')")
).df()
for name in ["points", "tile", "total"]:
    ranked[name] = ranked[name].astype("Int64")
ranked.to_csv("expected/ranked.csv", index=False, lineterminator="\n")

ordered = table.sort_values("at", kind="stable")
teams = ordered.groupby("team")["points"]
filled = table.assign(
    more=teams.diff(),
    growth=teams.transform(lambda part: part.astype(float).pct_change(fill_method=None)),
    down=teams.ffill(),
    up=teams.bfill(),
    between=teams.transform(lambda part: part.astype(float).interpolate(limit_area="inside")),
    placed=ordered.groupby("team").apply(
        lambda part: part.set_index("at")["points"].astype(float).interpolate(method="index", limit_area="inside").set_axis(part.index)
    ).droplevel(0),
)
filled.to_csv("expected/filled.csv", index=False, lineterminator="\n")
