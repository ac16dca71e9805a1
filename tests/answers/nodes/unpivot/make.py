"""Columns to rows as pandas does it: melt and wide_to_long, the rows of one row together. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(11)
cells = lambda: [random.choice(["", random.randint(0, 99)]) for _ in range(4)]
names = ["sales_2023", "cost_2023", "sales_2024", "cost_2024"]
wide = pd.DataFrame([[f"shop {at}", *cells()] for at in range(40)], columns=["shop", *names])
wide.to_csv("wide.csv", index=False, lineterminator="\n")
wide[names] = wide[names].replace("", pd.NA).astype("Int64")

long = wide.reset_index().melt(id_vars=["index", "shop"], ignore_index=False).sort_index(kind="stable")
long.drop(columns="index").rename(columns={"variable": "name"}).to_csv("expected/melted.csv", index=False, lineterminator="\n")

years = pd.wide_to_long(wide.reset_index(), ["sales", "cost"], i=["index", "shop"], j="year", sep="_").reset_index()
years = years.sort_values(["index", "year"], kind="stable").dropna(subset=["sales", "cost"], how="all")
years[["shop", "year", "sales", "cost"]].to_csv("expected/years.csv", index=False, lineterminator="\n")
