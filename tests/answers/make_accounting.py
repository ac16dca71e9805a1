"""Makes samples/accounting/: one year of costs from three programs, each with an extract of its own shape.

- payroll.csv: semicolons, decimal commas, a column for each month, as a payroll program prints it;
- sales.ndjson: commissions as nested JSON, one object a line;
- purchasing.xml: invoices with lines, in three currencies;
- centres.csv: cost centres and the department they belong to, which changes within the year for two of them;
- rates.csv: what a unit of a currency is worth in euros from a day on.

Run it from anywhere: `python3 tests/answers/make_accounting.py`. Standard library only, the same bytes each time.
"""

import json
import random
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "samples" / "accounting"
MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
CENTRES = [f"CC{number}" for number in range(100, 112)]
DEPARTMENTS = ["Production", "Logistics", "Marketing", "Administration"]


def main():
    dice = random.Random(20240101)
    write("payroll.csv", payroll(dice))
    write("sales.ndjson", sales(dice))
    write("purchasing.xml", purchasing(dice))
    write("centres.csv", centres())
    write("rates.csv", rates(dice))


def payroll(dice):
    yield ";".join(["Employee", "Cost centre", *MONTHS])
    for number in range(1, 61):
        centre = CENTRES[dice.randrange(len(CENTRES))]
        pay = 2400 + 50 * dice.randrange(60)
        begin, end = (dice.randrange(12), 12) if number % 9 == 0 else (0, 12)
        if number % 13 == 0:
            end = begin + dice.randrange(1, 12 - begin + 1)
        cells = [german(pay + (dice.randrange(30000) / 100 if dice.randrange(5) == 0 else 0)) if begin <= at < end else "" for at in range(12)]
        if number == 17:
            cells[4] = "n/a"
        # The centre is typed by hand: small letters, blanks.
        centre = [centre, centre, centre, centre.lower(), f" {centre}"][dice.randrange(5)]
        yield ";".join([f"E{number:03}", centre, *cells])


def german(amount):
    """1234.5 as 1.234,50."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def sales(dice):
    for number in range(1, 241):
        day = date(2024, 1, 1) + timedelta(days=dice.randrange(366))
        entry = {
            "order": 5000 + number,
            "day": day.strftime("%d/%m/%Y"),
            "centre": {"code": CENTRES[dice.randrange(3, 9)], "region": ["north", "south"][dice.randrange(2)]},
            "commission": {"base": dice.randrange(10_000, 900_000) / 100, "rate": [0.03, 0.05, 0.075][dice.randrange(3)]},
        }
        if number in (77, 178):
            # Cancelled: there is no commission.
            entry["commission"] = None
        yield json.dumps(entry)


def purchasing(dice):
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<purchases>"
    for number in range(1, 181):
        day = date(2024, 1, 1) + timedelta(days=number * 2)
        currency = ["EUR", "EUR", "EUR", "USD", "GBP"][dice.randrange(5)]
        yield f'  <invoice number="R{number:04}" day="{day}" currency="{currency}" supplier="Supplier {dice.randrange(1, 25):02}">'
        for _ in range(dice.randrange(1, 4)):
            centre = "CC999" if dice.randrange(60) == 0 else CENTRES[dice.randrange(len(CENTRES))]
            yield f'    <line centre="{centre}" amount="{dice.randrange(500, 400_000) / 100:.2f}"/>'
        yield "  </invoice>"
    yield "</purchases>"


def centres():
    yield "centre,department,from,to"
    for at, centre in enumerate(CENTRES):
        department = DEPARTMENTS[at % 4]
        if at in (2, 7):
            yield f"{centre},{department},2024-01-01,2024-06-30"
            yield f"{centre},{DEPARTMENTS[(at + 1) % 4]},2024-07-01,2024-12-31"
        else:
            yield f"{centre},{department},2024-01-01,2024-12-31"


def rates(dice):
    yield "currency,from,euros"
    for currency, worth in (("EUR", 1.0), ("GBP", 1.17), ("USD", 0.92)):
        for month in range(12):
            # The rate of a month holds from its first working day on.
            first = date(2023 if month == 0 else 2024, month or 12, 28) if month == 0 else date(2024, month + 1, 1)
            while first.weekday() > 4:
                first += timedelta(days=1)
            moved = 0 if currency == "EUR" else dice.randrange(-200, 201) / 10_000
            yield f"{currency},{first},{worth + moved:.4f}"


def write(name, lines):
    (FOLDER / name).write_text("\n".join(lines) + "\n", newline="")


if __name__ == "__main__":
    main()
