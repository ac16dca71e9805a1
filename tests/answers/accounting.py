"""What samples/accounting must give, worked out with pandas. Needs `pip install pandas lxml`.

`not_assigned` leaves out the columns of the error, whose words are Pipewright's own.
"""

import json
from xml.etree import ElementTree

import pandas as pd

from tables import sample, store

FOLDER = sample("accounting")


def payroll():
    wide = pd.read_csv(FOLDER / "payroll.csv", sep=";", dtype=str)
    months = [name for name in wide.columns if name.startswith("2024-")]
    # Row by row, as people read the file.
    rows = [(row["Cost centre"], month, row[month]) for _, row in wide.iterrows() for month in months if pd.notna(row[month])]
    long = pd.DataFrame(rows, columns=["centre", "month", "text"])
    # pandas takes n/a for missing; it is no number, and is rejected.
    raw = (FOLDER / "payroll.csv").read_text().count("n/a")
    cents = long["text"].str.replace(".", "").str.replace(",", "").astype("int64")
    return len(long) + raw, pd.DataFrame(
        {"day": pd.to_datetime(long["month"] + "-01"), "centre": long["centre"].str.strip().str.upper(), "kind": "pay", "cents": cents}
    )


def commissions():
    rows = [json.loads(line) for line in (FOLDER / "sales.ndjson").read_text().splitlines()]
    kept = [row for row in rows if row["commission"]]
    return len(rows), pd.DataFrame(
        {
            "day": pd.to_datetime([row["day"] for row in kept], format="%d/%m/%Y"),
            "centre": [row["centre"]["code"] for row in kept],
            "kind": "commission",
            "cents": [cents(row["commission"]["base"] * row["commission"]["rate"]) for row in kept],
        }
    )


def purchases():
    lines = []
    for invoice in ElementTree.parse(FOLDER / "purchasing.xml").getroot():
        for line in invoice:
            lines.append((invoice.get("day"), invoice.get("currency"), line.get("centre"), float(line.get("amount"))))
    lines = pd.DataFrame(lines, columns=["day", "currency", "centre", "amount"])
    lines["day"] = pd.to_datetime(lines["day"])
    rates = pd.read_csv(FOLDER / "rates.csv", parse_dates=["from"])
    lines["place"] = range(len(lines))
    joined = pd.merge_asof(
        lines.sort_values("day"), rates.sort_values("from"), left_on="day", right_on="from", by="currency"
    ).sort_values("place")
    joined["cents"] = [cents(amount * euros) for amount, euros in zip(joined["amount"], joined["euros"])]
    return joined.assign(kind="purchase")[["day", "centre", "kind", "cents"]]


def cents(euros):
    """Halves go away from zero."""
    return int(euros * 100 + 0.5)


def euros(cents):
    return f"{cents // 100}.{cents % 100:02}"


def main():
    pay_cells, pay = payroll()
    sales, commission = commissions()
    bought = purchases()
    costs = pd.concat([pay, commission, bought], ignore_index=True)
    centres = pd.read_csv(FOLDER / "centres.csv", parse_dates=["from", "to"])
    known = costs["centre"].isin(centres["centre"])
    owned = costs[known].merge(centres, on="centre")
    owned = owned[(owned["day"] >= owned["from"]) & (owned["day"] <= owned["to"])]
    month = owned["day"].dt.to_period("M").dt.to_timestamp()
    monthly = owned.assign(month=month).groupby(["department", "month"])["cents"].agg(["sum", "count"]).reset_index()
    unknown = costs[~known]
    store(
        "accounting",
        {
            "monthly": (
                ["department", "month", "costs", "entries"],
                [[d, m.date(), euros(c), n] for d, m, c, n in monthly.sort_values(["department", "month"]).values],
            ),
            "not_assigned": (
                ["day", "centre", "kind", "amount"],
                [[d.date(), centre, kind, euros(c)] for d, centre, kind, c in unknown.values],
            ),
            "rows": (
                ["output", "rows"],
                [
                    ["payroll", 60],
                    ["months", pay_cells],
                    ["pay", len(pay)],
                    ["pay.rejected", pay_cells - len(pay)],
                    ["sales", sales],
                    ["not cancelled", len(commission)],
                    ["lines", len(bought)],
                    ["all costs", len(costs)],
                    ["checked", int(known.sum())],
                    ["department", len(owned)],
                ],
            ),
        },
    )


if __name__ == "__main__":
    main()
