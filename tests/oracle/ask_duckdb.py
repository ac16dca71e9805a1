#!/usr/bin/env python3
"""Asks DuckDB for the answers to random formulas, queries and chains of nodes, and compares them with ours as bags of rows.

The test `print_what_duckdb_is_asked` prints the cases with our answers. Ours mean what PostgreSQL means, but for a table of departures
(`formula/departures.rs`); where DuckDB does not, it is said here. What differs otherwise is printed. Needs `pip install duckdb`. Run it
from anywhere:

    python3 tests/oracle/ask_duckdb.py 10000
"""

import collections
import datetime
import decimal
import json
import math
import os
import pathlib
import re
import subprocess
import sys

import duckdb

HERE = pathlib.Path(__file__).parent
TYPES = {"Integer": "bigint", "Float": "double", "Text": "varchar", "Boolean": "boolean", "Date": "date", "Timestamp": "timestamp",
         "Decimal(10, 2)": "decimal(10, 2)"}

# Where DuckDB means something else than PostgreSQL, which has the meaning of ours. Besides these, whole numbers that are written in a
# formula are there of a type that holds them and what is computed from them.
AS_IN_POSTGRESQL = """
    -- Nulls are the largest.
    set default_null_order = 'nulls_last_on_asc_first_on_desc';
    -- What fails makes the whole formula fail: an error of constants within try() would be null where it stands, and go on.
    set disabled_optimizers = 'expression_rewriter,statistics_propagation';
    -- Dividing by zero is an error, and not null or infinite; but null by zero is null. A cast tells it, since error() can't stand in try().
    create macro div(a, b) as case when a is not null and b = 0 then ('divided by ' || b)::bigint else a // b end;
    create macro divided(a, b) as case when a is not null and b = 0 then ('divided by ' || b)::double else a / b end;
    create macro remainder(a, b) as case when a is not null and b = 0 then ('divided by ' || b)::bigint else a % b end;
    -- So is the root of a number below zero, and not NaN.
    create macro root(a) as case when a < 0 then ('root of ' || a)::double else sqrt(a) end;
"""

# Differences that are DuckDB's too, but can't be written otherwise: told by what the query holds.
DEPARTURES = {
    "text with a fraction is rounded to an integer": r"::integer\b",
    "products of decimals have 18 digits": r" \* ",
    "floats are written nan and inf": r"::text",
    "what is beside `and` or `or` is computed, and fails, also where the first side decides": r"\b(and|or)\b.*(::|div|remainder)|(::|div|remainder).*\b(and|or)\b",
    "a union takes the digits of the longer decimal and rounds the other": r"union.*decimal\(38, 0\)",
    "a written null makes an operation null, whatever fails beside it (PostgreSQL does so too where that is a column)": r"(?<!is )(?<!, )\bnull\b",
}


def main():
    counted = collections.Counter()
    for case in cases(sys.argv[1] if len(sys.argv) > 1 else "10000"):
        outcome, about = compared(case)
        if outcome == "different":
            outcome = next((f"DuckDB: {what}" for what, told in DEPARTURES.items() if re.search(told, case["sql"])), outcome)
        counted[outcome] += 1
        if outcome == "different":
            print(f"\nseed {case['seed']}: {about}\n  {case['sql']}\n  {case['nodes']}")
            for table in case["tables"]:
                print(f"  {table}")
    for outcome, count in sorted(counted.items()):
        print(f"{count:>7} {outcome}")
    sys.exit(1 if counted["different"] else 0)


def cases(count):
    command = "cargo test --release --locked -q -p pipewright --test frame duckdb:: -- --ignored --nocapture"
    output = subprocess.Popen(command.split(), cwd=HERE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PIPEWRIGHT_RANDOM": count})
    for line in output.stdout:
        if line.startswith("case "):
            yield json.loads(line.removeprefix("case "))
    if output.wait() != 0:
        sys.exit("The test that prints the cases failed.")


def compared(case):
    ours = case["ours"]
    refused = failed = theirs = None
    try:
        theirs = asked(case)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
        refused = str(error).split("\n")[0]
    except duckdb.Error as error:
        failed = str(error).split("\n")[0]
    if "refused" in ours or refused:
        who = "both" if "refused" in ours and refused else "ours alone" if "refused" in ours else "DuckDB alone"
        return f"refused by {who}", ours.get("refused") or refused
    if "fails" in ours and failed:
        return "failed in both", ""
    if "fails" in ours or failed:
        return "different", f"ours {ours.get('fails', 'has rows')}, DuckDB {failed or theirs[:5]}"
    kinds = [kind for _, kind in ours["columns"]]
    rows = [tuple(read(cell, kind) for cell, kind in zip(row, kinds)) for row in ours["rows"]]
    theirs = [tuple(plain(cell) for cell in row) for row in theirs]
    if same(rows, theirs):
        return "equal", ""
    return "different", f"ours {kinds}\n  ours   {ordered(rows)[:8]}\n  DuckDB {ordered(theirs)[:8]}"


def asked(case):
    db = duckdb.connect(config={"threads": 1})
    db.execute("set timezone = 'UTC';" + AS_IN_POSTGRESQL)
    for table in case["tables"]:
        columns = ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in table["columns"])
        db.execute(f'create table "{table["name"]}" ({columns})')
        if table["rows"]:
            holes = ", ".join(f"?::varchar::{TYPES[kind]}" for _, kind in table["columns"])
            db.executemany(f'insert into "{table["name"]}" values ({holes})', table["rows"])
    return db.execute(translated(case["sql"])).fetchall()


def translated(sql):
    # What these types are called there.
    sql = re.sub(r"::float\b", "::double", sql)
    sql = re.sub(r"::integer\b", "::bigint", sql)
    sql = re.sub(r"\b\d{10,}\b(?!')", r"\g<0>::bigint", sql)
    sql = sql.replace("sqrt(", "root(")
    for operator, function in (("/", "divided"), ("%", "remainder")):
        while f" {operator} " in sql:
            sql = as_call(sql, operator, function)
    return sql


def as_call(sql, operator, function):
    """`(a / b)` as `(divided(a, b))`: the generator puts every operation in brackets of its own."""
    at = sql.index(f" {operator} ")
    before, after = sql[:at], sql[at + 3:]
    return f"{before[:opening(before)]}{function}({before[opening(before):]}, {after[:closing(after)]}){after[closing(after):]}"


def closing(text):
    """Where the bracket closes that stands open before the text."""
    depth, quote = 0, None
    for at, letter in enumerate(text):
        if quote:
            quote = None if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            if depth == 0:
                return at
            depth -= 1
    return len(text)


def opening(text):
    return len(text) - closing(text[::-1].translate(str.maketrans("()[]", ")(][")))


def read(cell, kind):
    """A cell of ours as what the same would be of DuckDB."""
    if cell is None:
        return None
    if kind in ("Integer",) or kind.startswith("Decimal") or kind == "Float":
        return number(cell)
    if kind == "Boolean":
        return cell == "true"
    if kind == "Duration":
        return microseconds(cell)
    if kind.startswith("Timestamp"):
        return cell.replace("T", " ").removesuffix("Z")
    return cell


def number(text):
    value = float(text) if text.lower() in ("nan", "infinity", "-infinity") or "e" in text.lower() else decimal.Decimal(text)
    return value if isinstance(value, float) else float(value) if "." in text else int(value)


def microseconds(text):
    """Of `-1 day 00:01:30.5`."""
    days, clock = re.fullmatch(r"(?:(-?\d+) days? ?)?(-?[\d:.]+)?", text).groups()
    hours, minutes, seconds = (clock or "0:0:0").lstrip("-").split(":")
    of_day = round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1e6)
    return int(days or 0) * 86_400_000_000 + (-of_day if (clock or "").startswith("-") else of_day)


def plain(cell):
    if isinstance(cell, datetime.timedelta):
        return cell // datetime.timedelta(microseconds=1)
    if isinstance(cell, decimal.Decimal):
        return float(cell)
    if isinstance(cell, datetime.datetime):
        text = cell.replace(tzinfo=None).isoformat(" ")
        return text.rstrip("0") if "." in text else text
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return cell


def ordered(rows):
    """In an order of their own: nulls last, and NaN behind infinity."""
    def key(cell):
        return (cell is None, isinstance(cell, str), cell != cell, 0 if cell is None or cell != cell else cell)
    return sorted(rows, key=lambda row: tuple(key(cell) for cell in row))


def same(a, b):
    return len(a) == len(b) and all(
        len(x) == len(y) and all(alike(p, q) for p, q in zip(x, y)) for x, y in zip(ordered(a), ordered(b)))


def alike(a, b):
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return type(a) is type(b) and a == b
    if math.isnan(a) and math.isnan(b):
        return True
    return a == b or math.isclose(a, b, rel_tol=1e-9)


if __name__ == "__main__":
    main()
