"""Workdays as numpy counts them, whole months as dateutil does. Needs `pip install numpy python-dateutil`."""

import csv
import random

import numpy as np
from dateutil.relativedelta import relativedelta

random.seed(11)
holidays = ["2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-05-04", "2024-12-25", "2024-12-26"]
days = [np.datetime64("2024-01-01") + random.randint(0, 400) for _ in range(120)]
counts = [random.randint(-60, 60) for _ in days]
ends = [day + random.randint(0, 400) for day in days]
with open("days.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(("day", "count", "end"))
    out.writerows(zip(days, counts, ends))


def later(day, count):
    # From a day that is none numpy counts from the workday before, or after for negative numbers.
    if count == 0:
        return day
    return np.busday_offset(day, count, roll="backward" if count > 0 else "forward", holidays=holidays)


def months(day, end):
    passed = relativedelta(end.item(), day.item())
    return passed.years * 12 + passed.months


with open("expected/moved.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(("day", "count", "end", "later", "between", "months"))
    for day, count, end in zip(days, counts, ends):
        out.writerow((day, count, end, later(day, count), np.busday_count(day, end, holidays=holidays), months(day, end)))
