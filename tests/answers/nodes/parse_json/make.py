"""Values on paths of random JSON, taken out and put together again by Python's json."""

import csv
import json
import random

random.seed(3)


def order(number):
    items = [{"name": random.choice(['pen', 'ink "blue"', "Füller"]), "price": random.randint(1, 900) / 4} for _ in range(random.randint(0, 3))]
    body = {"no": number, "customer": random.choice([None, {"name": "Ada"}, {"name": None}, {"name": "Bo\tB"}]), "items": items}
    if random.random() < 0.3:
        del body["customer"]
    return body


def table(path, names, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


orders = [order(number) for number in range(1, 101)]
table("orders.csv", ["id", "body"], [(at, json.dumps(body, ensure_ascii=at % 2 == 0)) for at, body in enumerate(orders, 1)])


def values(body):
    first = body["items"][0] if body["items"] else {}
    return [body["no"], (body.get("customer") or {}).get("name"), first.get("name"), first.get("price")]


parsed = [(at, *values(body)) for at, body in enumerate(orders, 1)]
table("expected/parsed.csv", ["id", "no", "customer", "item", "price"], parsed)
lines = [(at, item["name"], item["price"]) for at, body in enumerate(orders, 1) for item in body["items"]]
table("expected/lines.csv", ["id", "name", "price"], lines)
built = [(at, json.dumps({"name": name, "price": price}, separators=(",", ":"), ensure_ascii=False)) for at, name, price in lines]
table("expected/built.csv", ["id", "json"], built)
