"""A pivot with sums, as pandas makes it. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(7)
rows = [(f"shop {random.randint(1, 9)}", random.choice("ABCD"), random.randint(-50, 500)) for _ in range(200)]
sales = pd.DataFrame(rows, columns=["shop", "product", "amount"])
sales.to_csv("sales.csv", index=False, lineterminator="\n")

wide = sales.pivot_table(index="shop", columns="product", values="amount", aggfunc="sum", sort=False).astype("Int64")
wide = wide.reindex(columns=list("ABCD")).reset_index()
wide.to_csv("expected/wide.csv", index=False, lineterminator="\n")
