"""Texts split into columns, from either end, and into rows, as pandas does it. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(11)
words = ["red", "blue", "light green", "Zürich", "x"]
texts = [",".join(random.choices(words, k=random.randint(2, 6))) for _ in range(120)]
table = pd.DataFrame({"id": range(1, 121), "tags": texts})
table.to_csv("texts.csv", index=False, lineterminator="\n")


def save(frame, name):
    frame.to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")


def beside(parts, names):
    return pd.concat([table[["id"]], parts.set_axis(names, axis=1)], axis=1)


save(beside(table["tags"].str.split(",", n=2, expand=True), ["a", "b", "c"]), "first")
save(beside(table["tags"].str.rsplit(",", n=1, expand=True), ["before", "last"]), "last")
rows = table.assign(tags=table["tags"].str.split(",")).explode("tags")
rows["number"] = rows.groupby("id").cumcount() + 1
save(rows, "rows")
found = table["tags"].str.findall("[a-z]*e[a-z]*").str.join("|")
save(table[["id"]].assign(found=found.where(found != "", None)), "joined")
