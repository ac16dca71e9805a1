"""Correlations of columns, as pandas computes them. Needs `pip install pandas scipy`."""

import random

import pandas as pd

random.seed(9)
rows = []
for _ in range(80):
    a = random.gauss(0, 1)
    b = a * a * a + random.gauss(0, 0.5)
    rows.append([round(a, 3), None if random.random() < 0.1 else round(b, 3), random.randint(1, 5)])
table = pd.DataFrame(rows, columns=["a", "b", "c"])
table.to_csv("measured.csv", index=False, lineterminator="\n")

for method in ["pearson", "spearman"]:
    matrix = table.corr(method=method).rename_axis("column").reset_index()
    matrix.to_csv(f"expected/{method}.csv", index=False, lineterminator="\n")
