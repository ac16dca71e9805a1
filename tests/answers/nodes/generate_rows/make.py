"""Calendars and a row for each night of a stay, as pandas makes them. Needs `pip install pandas`."""

import random

import pandas as pd

random.seed(5)


def save(name, values):
    pd.DataFrame({"value": values}).to_csv(f"expected/{name}.csv", index=False, lineterminator="\n")


start = pd.Timestamp("2023-10-31")
save("months", [(start + pd.DateOffset(months=at)).date() for at in range(24)])
save("shifts", pd.date_range("2024-02-27 06:00", "2024-03-03", freq="8h").strftime("%Y-%m-%d %H:%M:%S"))
save("back", range(1000, -1000, -37))

arrivals = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=random.randint(0, 700)) for _ in range(60)]
stays = pd.DataFrame({"guest": range(1, 61), "arrival": arrivals})
stays["departure"] = [day + pd.Timedelta(days=random.randint(1, 12)) for day in arrivals]
for day in ["arrival", "departure"]:
    stays[day] = stays[day].dt.date
stays.to_csv("stays.csv", index=False, lineterminator="\n")
stays["night"] = [pd.date_range(a, d, inclusive="left").date for a, d in zip(stays["arrival"], stays["departure"])]
stays.explode("night").to_csv("expected/nights.csv", index=False, lineterminator="\n")
