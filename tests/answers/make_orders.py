"""Makes samples/orders/{customers,orders,lines}.csv: half a year of orders, with the dirt such exports have.

Run it from anywhere: `python3 tests/answers/make_orders.py`. Standard library only, the same bytes each time.
"""

import random
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "samples" / "orders"
COUNTRIES = ["Chile", "Japan", "Kenya", "Norway", "Portugal"]
FIRST_DAY, DAYS = date(2025, 1, 1), 181
CUSTOMERS, ORDERS, PRODUCTS = 120, 420, 24
# Customers from this number on have never ordered.
QUIET = 109


def main():
    dice = random.Random(20250101)
    customers = [customer(dice, number) for number in range(1, CUSTOMERS + 1)]
    write("customers.csv", "customer_id,name,country,since", with_duplicates(dice, customers))
    orders = [order(dice, number, customers) for number in range(1, ORDERS + 1)]
    write("orders.csv", "order_id,customer_id,ordered_on", orders)
    write("lines.csv", "order_id,product,quantity,unit_price", lines_of(dice, orders))


def customer(dice, number):
    since = date(2019, 1, 1) + timedelta(days=dice.randrange(2000))
    return [f"C{number:03}", f"Customer {number:03}", COUNTRIES[dice.randrange(len(COUNTRIES))], since]


def with_duplicates(dice, customers):
    """Each customer once, untidily; fourteen of them a second time further down, typed in differently."""
    rows = [[number, untidy(dice, name), untidy(dice, country), since] for number, name, country, since in customers]
    for _ in range(14):
        number, name, country, since = customers[dice.randrange(len(customers))]
        at = dice.randrange(len(rows) // 2, len(rows) + 1)
        later = since + timedelta(days=30)
        rows.insert(at, [number.lower() + " ", untidy(dice, name.upper()), untidy(dice, country), later])
    return rows


def untidy(dice, text):
    spoilt = [f" {text}", f"{text} ", text.upper(), text.lower(), text.replace(" ", "  ")]
    return [text, text, text, *spoilt][dice.randrange(8)]


def order(dice, number, customers):
    """An order; its customer is unknown (C9..) in every 40th and missing in every 70th."""
    # The first five days see one order from each country, so that every country is there from the first month on.
    buyer = first_of(customers, COUNTRIES[number - 1]) if number <= 5 else customers[dice.randrange(QUIET - 1)]
    day = FIRST_DAY + timedelta(days=number - 1 if number <= 5 else number * DAYS // (ORDERS + 1))
    # Nobody in Kenya orders in April: a gap in the month by country table.
    if day.month == 4 and buyer[2] == "Kenya":
        buyer = first_of(customers, "Japan")
    customer_id = f"C9{number % 100:02}" if number % 40 == 0 else "" if number % 70 == 0 else buyer[0]
    if dice.randrange(9) == 0:
        customer_id = customer_id.lower()
    return [1000 + number, customer_id, day]


def first_of(customers, country):
    return next(row for row in customers[: QUIET - 1] if row[2] == country)


def lines_of(dice, orders):
    prices = [dice.randrange(150, 25_000) for _ in range(PRODUCTS)]
    rows = []
    for order_id, _, _ in orders:
        # Every 60th order was opened and never filled.
        for _ in range(0 if order_id % 60 == 0 else dice.randrange(1, 5)):
            product = dice.randrange(PRODUCTS)
            rows.append([order_id, f"Product {chr(ord('A') + product)}", dice.randrange(1, 13), price(prices[product])])
    # Lines whose order is in no list.
    for order_id in (2001, 2002, 2002, 2003):
        rows.insert(dice.randrange(len(rows)), [order_id, "Product A", 1, price(prices[0])])
    # What was typed where a number belongs.
    rows[100][2], rows[500][2], rows[700][3] = "two", "1.5", "n/a"
    return rows


def price(cents):
    """12.50 as people type it: 12.5; and 12.00 as 12."""
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


def write(name, header, rows):
    lines = [header] + [",".join(str(field) for field in row) for row in rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n", newline="")


if __name__ == "__main__":
    main()
