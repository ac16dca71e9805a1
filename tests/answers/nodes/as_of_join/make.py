"""Nearest rows as pandas.merge_asof finds them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(5)
def table(rows, value):
    times = [pd.Timestamp("2024-05-01") + pd.Timedelta(seconds=random.randint(0, 600)) for _ in range(rows)]
    return pd.DataFrame({"at": times, "share": random.choices("abc", k=rows), value: range(rows)})

trades, prices = table(120, "trade"), table(80, "price")
trades.to_csv("trades.csv", index=False, lineterminator="\n")
prices.to_csv("prices.csv", index=False, lineterminator="\n")

def joined(**how):
    right = prices.assign(at_right=prices["at"]).sort_values("at", kind="stable")
    left = trades.sort_values("at", kind="stable")
    found = pd.merge_asof(left, right, on="at", **how).sort_values("trade")
    found["price"] = found["price"].astype("Int64")
    return found[["at", "share", "trade", "at_right", *(["share_right"] if "share_right" in found else []), "price"]]

last = joined(by="share", tolerance=pd.Timedelta("20s"))
following = joined(by="share", direction="forward", allow_exact_matches=False)
nearest = joined(by="share", direction="nearest")
for name, found in [("last", last), ("following", following), ("nearest", nearest)]:
    found.to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")
