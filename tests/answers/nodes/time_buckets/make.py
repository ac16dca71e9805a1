"""Buckets of time with gaps filled, as `resample` of pandas makes them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(17)
start = pd.Timestamp("2024-02-27 21:00")
times = sorted(start + pd.Timedelta(seconds=random.randint(0, 5 * 86_400)) for _ in range(60))
table = pd.DataFrame({"at": times, "x": [round(random.uniform(0, 50), 2) for _ in times]})
table.to_csv("readings.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d %H:%M:%S")


def written(series, name):
    frame = series.rename("x").rename_axis("at").reset_index()
    frame.to_csv(f"expected/{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d %H:%M:%S")


hours = table.set_index("at")["x"].resample("90min", origin="2024-01-01 00:15").mean()
written(hours, "null")
written(hours.ffill(), "previous")
written(hours.interpolate(), "linear")
written(table.set_index("at")["x"].resample("2h").sum(), "zero")
