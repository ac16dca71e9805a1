"""How answers are stored: CSV as Pipewright prints it (null is empty, `\\n` line ends), one folder for each sample."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sample(name):
    return ROOT / "samples" / name


def store(name, tables):
    """`tables` maps a table's name to its header and rows."""
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    for table, (header, rows) in tables.items():
        with open(folder / f"{table}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


def query(database, statement):
    """The header and rows of a DuckDB query; numbers and times as DuckDB prints them."""
    result = database.sql(f"SELECT COLUMNS(*)::varchar FROM ({statement})")
    return result.columns, result.fetchall()
