"""Counts of values, as pandas makes them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(3)
table = pd.DataFrame({"colour": random.choices(["red", "green", "blue", "grey"], weights=[40, 27, 13, 5], k=150)})
table.to_csv("colours.csv", index=False, lineterminator="\n")

counts = table["colour"].value_counts().rename("count").reset_index()
counts["percent"] = 100 * counts["count"] / len(table)
counts["cumulative_count"] = counts["count"].cumsum()
counts["cumulative_percent"] = 100 * counts["cumulative_count"] / len(table)
counts.to_csv("expected/counted.csv", index=False, lineterminator="\n")
