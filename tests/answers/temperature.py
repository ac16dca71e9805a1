"""What samples/temperature must give, worked out with DuckDB: `hourly`, `bad_readings` and the rows on each wire.

Needs `pip install duckdb`. The tests compare with the stored tables and do not need this script. The words of
`error_reason` are Pipewright's own and therefore not among the columns of `bad_readings`.
"""

import datetime
import re
from decimal import Decimal

import duckdb

from tables import query, sample, store

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def main():
    good, rejected = read((sample("temperature") / "readings.csv").read_text())
    database = duckdb.connect()
    database.execute("CREATE TABLE readings (sensor varchar, time timestamp, celsius decimal(9, 1), line integer)")
    database.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", good)
    database.execute("CREATE VIEW plausible AS FROM readings WHERE celsius BETWEEN -40 AND 60")
    implausible = database.sql(
        "SELECT sensor, time::varchar, celsius::double::varchar FROM readings"
        " WHERE celsius IS NULL OR celsius NOT BETWEEN -40 AND 60 ORDER BY line"
    ).fetchall()
    no_ties(database)

    hourly = query(
        database,
        """
        SELECT sensor, date_trunc('hour', time) AS hour, count(*) AS readings, min(celsius) AS lowest,
               round(avg(celsius::double), 3) AS average, max(celsius) AS highest
        FROM plausible GROUP BY ALL ORDER BY sensor, hour
        """,
    )
    bad = [(line, record, "", "", "", column, value) for line, record, column, value in rejected]
    bad += [("", "", sensor, time, celsius, "celsius", "") for sensor, time, celsius in implausible]
    rows = [
        ("readings", len(good)),
        ("readings.rejected", len(rejected)),
        ("plausible", len(good) - len(implausible)),
        ("plausible.false", len(implausible)),
        ("bad readings", len(bad)),
        ("per hour", len(hourly[1])),
    ]
    columns = ["line", "record", "sensor", "time", "celsius", "error_column", "error_value"]
    store("temperature", {"hourly": hourly, "bad_readings": (columns, bad), "rows": (["output", "rows"], rows)})


def read(text):
    """Readings of the right shape, and (line, record, column, value) of the others."""
    good, rejected = [], []
    for line, record in enumerate(text.splitlines()[1:], start=2):
        fields = record.split(",")
        if len(fields) != 3:
            rejected.append((line, record, "", ""))
            continue
        sensor, time, celsius = fields
        try:
            at = datetime.datetime.fromisoformat(time)
            # Python 3.13 takes 24:00 for the next midnight.
            assert at.strftime("%Y-%m-%dT%H:%M") == time
        except ValueError:
            rejected.append((line, record, "time", time))
            continue
        if celsius and not NUMBER.fullmatch(celsius):
            rejected.append((line, record, "celsius", celsius))
            continue
        good.append((sensor, at, Decimal(celsius) if celsius else None, line))
    return good, rejected


def no_ties(database):
    """An average halfway between two thousandths would round by luck: then the data needs another seed."""
    sums = database.sql("SELECT sum(celsius), count(*) FROM plausible GROUP BY sensor, date_trunc('hour', time)")
    for total, count in sums.fetchall():
        # Halfway is an odd number of half thousandths.
        halves, rest = divmod(total * 2000, count)
        assert rest or halves % 2 == 0, (total, count)


if __name__ == "__main__":
    main()
