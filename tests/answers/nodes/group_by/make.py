"""Aggregates of groups, as pandas, SciPy and DuckDB compute them. Needs `pip install pandas scipy duckdb`."""

import random

import duckdb
import numpy as np
import pandas as pd
from scipy import stats

random.seed(11)
rows = []
for at in range(300):
    x = None if random.random() < 0.1 else round(random.lognormvariate(2, 0.8), 3)
    y = None if random.random() < 0.1 else round(0.5 * (x or 3) + random.gauss(0, 4), 3)
    rows.append((f"g{random.randint(1, 6)}", x, y, random.randint(1, 9), random.choice(["red", "green", "blue", None])))
table = pd.DataFrame(rows, columns=["g", "x", "y", "w", "word"])
table["w"] = table["w"].astype("Int64")
table.to_csv("measured.csv", index=False, lineterminator="\n")


def of_one(part):
    x = part["x"].dropna()
    both = part.dropna(subset=["x", "y"])
    weighed = part.dropna(subset=["x"])
    return {
        "mode_w": part["w"].mode()[0],
        "nulls": part["x"].isna().sum(),
        "gmean": stats.gmean(x),
        "p10": np.percentile(x, 10),
        "iqr": stats.iqr(x),
        "mad": stats.median_abs_deviation(x),
        "skewness": x.skew(),
        "kurtosis": x.kurt(),
        "population_variance": x.var(ddof=0),
        "population_stddev": x.std(ddof=0),
        "range": x.max() - x.min(),
        "weighted_mean": np.average(weighed["x"], weights=weighed["w"].astype(float)),
        "covariance": both["x"].cov(both["y"]),
        "correlation": stats.pearsonr(both["x"], both["y"])[0],
        "rank_correlation": stats.spearmanr(both["x"], both["y"])[0],
    }


spread = pd.DataFrame([{"g": g, **of_one(part)} for g, part in table.groupby("g", sort=False)])
spread.to_csv("expected/spread.csv", index=False, lineterminator="\n")

duckdb.sql("SET threads = 1")
words = duckdb.sql("""
    SELECT g,
        quantile_disc(w, 0.3) AS p30_w,
        string_agg(DISTINCT word, '|' ORDER BY word) AS words,
        any_value(word) AS first_word,
        arg_max(w, x) AS w_at_max_x,
        arg_min(w, y) AS w_at_min_y,
        bool_or(w > 8) FILTER (WHERE x < 5) AS any_over_8,
        count(*) FILTER (WHERE x < 5) AS small,
        sum(w) FILTER (WHERE word = 'red') AS red
    FROM (SELECT *, row_number() OVER () AS n FROM read_csv('measured.csv')) GROUP BY g ORDER BY min(n)
""").df()
words["any_over_8"] = words["any_over_8"].map({True: "true", False: "false"})
words["red"] = words["red"].astype("Int64")
words.to_csv("expected/words.csv", index=False, lineterminator="\n")
