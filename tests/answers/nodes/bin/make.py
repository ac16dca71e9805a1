"""Bins as pandas makes them with cut and qcut. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(5)
values = [round(random.gauss(50, 20), 1) for _ in range(200)]
table = pd.DataFrame({"x": values})
table.loc[random.sample(range(200), 8), "x"] = None
table.to_csv("values.csv", index=False, lineterminator="\n")


def stored(name, bins):
    out = table.assign(x_bin=bins)
    out["x_bin"] = out["x_bin"].astype("Int64")
    out.to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")


stored("width", pd.cut(table["x"], 7, labels=False) + 1)
stored("count", pd.qcut(table["x"], 10, labels=False) + 1)
stored("bounds right", pd.cut(table["x"], [-1000, 20, 40.5, 60, 1000], labels=False) + 1)
stored("bounds left", pd.cut(table["x"], [-1000, 20, 40.5, 60, 1000], right=False, labels=False) + 1)
