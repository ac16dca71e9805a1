"""Moving windows as pandas makes them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(11)
days = random.sample(range(400), 120)
rows = [
    (random.choice("AB"), pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), round(random.gauss(10, 4), 3))
    for day in days
]
sales = pd.DataFrame(rows, columns=["shop", "day", "sold"])
sales.loc[random.sample(range(120), 15), "sold"] = None
sales.to_csv("sales.csv", index=False, lineterminator="\n")

FUNCTIONS = {"mean": "mean", "sum": "sum", "min": "min", "max": "max", "median": "median", "stddev": "std", "variance": "var"}


def rolled(name, make):
    ordered = sales.sort_values("day", kind="stable")
    out = sales.copy()
    for function, pandas_name in FUNCTIONS.items():
        parts = [getattr(make(part), pandas_name)() for _, part in ordered.groupby("shop")]
        out[f"rolling_{function}_sold"] = pd.concat([pd.Series(part.values, index=part.index) for part in parts])
    out.to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")


def by_time(window, **options):
    def make(part):
        series = part.set_index("day")["sold"].rolling(window, **options)
        return _Placed(series, part.index)

    return make


class _Placed:
    """A window over time, whose results stand at the rows they were made from."""

    def __init__(self, window, index):
        self.window, self.index = window, index

    def __getattr__(self, name):
        return lambda: pd.Series(getattr(self.window, name)().values, index=self.index)


rolled("rows", lambda part: part["sold"].rolling(5, min_periods=2))
rolled("centred", lambda part: part["sold"].rolling(4, min_periods=1, center=True))
rolled("week", by_time("21D", min_periods=1))
rolled("centred time", by_time("30D", min_periods=3, center=True))
