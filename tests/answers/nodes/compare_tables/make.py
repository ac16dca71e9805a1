"""Differences of two tables, from an outer join of pandas. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(4)
def table(name):
    ids = random.sample(range(100), 60)
    rows = [(id, random.choice(["", 1, 2]), random.choice(["", "x", "y"])) for id in ids]
    table = pd.DataFrame(rows, columns=["id", "a", "b"])
    table.to_csv(f"{name}.csv", index=False, lineterminator="\n")
    return table

old, new = table("old"), table("new")
left = old.merge(new, on="id", how="left", suffixes=("_old", "_new"), indicator=True)
added = new[~new["id"].isin(old["id"])].rename(columns={"a": "a_new", "b": "b_new"}).assign(_merge="right_only")
both = pd.concat([left.astype({"_merge": str}), added]).fillna("")
matched = both["_merge"] == "both"
changes = [[name for name in "ab" if m and row[f"{name}_old"] != row[f"{name}_new"]] for m, (_, row) in zip(matched, both.iterrows())]
both["changes"] = [", ".join(names) for names in changes]
both["status"] = both["_merge"].map({"both": "changed", "left_only": "removed", "right_only": "added"})
both = both[~matched | (both["changes"] != "")]
both[["status", "changes", "id", "a_old", "a_new", "b_old", "b_new"]].to_csv("expected/differences.csv", index=False, lineterminator="\n")
