"""Statistics of columns, as `describe` of pandas makes them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(5)
names = ["Alder", "Birch", "Cedar", "Elm", "Fir", ""]
rows = [
    (random.choice(names), random.randint(1, 90), None if random.random() < 0.2 else round(random.gauss(20, 5), 2))
    for _ in range(120)
]
table = pd.DataFrame(rows, columns=["tree", "age", "height"])
with open("trees.csv", "w") as file:
    file.write("tree,age,height\n")
    for tree, age, height in rows:
        file.write(f'"{tree}",{age},{"" if height is None else height}\n')

lines = []
for name, kind in [("tree", "Text"), ("age", "Integer"), ("height", "Float")]:
    column = table[name]
    line = {"column": name, "type": kind, "values": column.count(), "nulls": column.isna().sum()}
    line["null_percent"] = 100 * column.isna().mean()
    line |= {"distinct": column.nunique(), "most_frequent": column.mode()[0], "min": column.min(), "max": column.max()}
    if kind != "Text":
        about = column.describe()
        line |= {"mean": about["mean"], "stddev": about["std"], "q1": about["25%"], "median": about["50%"], "q3": about["75%"]}
    else:
        lengths = column.str.len()
        line |= {"empty": (column == "").sum(), "shortest": lengths.min(), "longest": lengths.max()}
    lines.append(line)
order = "column type values nulls null_percent distinct most_frequent min max mean stddev q1 median q3 empty shortest longest"
answers = pd.DataFrame(lines)[order.split()].astype({"empty": "Int64", "shortest": "Int64", "longest": "Int64"})
answers.to_csv("expected/described.csv", index=False, lineterminator="\n")
