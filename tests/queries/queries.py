#!/usr/bin/env python3
"""The 22 queries of TPC-H and the 99 of TPC-DS through the node `Sql`, compared with DuckDB's answers.

    pip install duckdb==1.5.5 duckdb-extension-tpch==1.5.5 duckdb-extension-tpcds==1.5.5 tpchgen-cli==4.0.0

    python queries.py make tpch 0.01 FOLDER     makes tables, queries, pipelines and answers
    python queries.py make tpcds 0.05 FOLDER
    python queries.py compare FOLDER --program target/debug/pipewright [--only q01,q17] [--timeout 60] [--memory 4GB] [--turns 5]
    python queries.py show FOLDER q05           prints the rows of both, after `compare`

Tables are Parquet with decimals. Rows are compared as bags: numbers of exact types exactly, floats within 1e-9 of their size, and what
the query orders by row by row, so that only ties are free. Queries are the text that the extensions of DuckDB have. Nulls are the
largest, as in PostgreSQL.

`compare` times a run of ours from its start to its exit. Beside it stands what DuckDB took within a process that was there already,
or with `--turns` the median of as many processes, in turns with ours after a first time that counts for nothing.
"""

import argparse
import collections
import datetime
import decimal
import importlib
import json
import math
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

import duckdb

THREADS = 2
GENERATOR = pathlib.Path(sys.executable).with_name("tpchgen-cli")
FLOATS = {"DOUBLE", "FLOAT"}
READ = {
    "BOOLEAN": lambda text: text == "True",
    "DATE": datetime.date.fromisoformat,
    "TIMESTAMP": datetime.datetime.fromisoformat,
    "VARCHAR": str,
}
OUTCOMES = ["equal", "different", "refused", "error", "no end"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    made = commands.add_parser("make")
    made.add_argument("benchmark", choices=["tpch", "tpcds"])
    made.add_argument("scale", type=float)
    made.add_argument("folder", type=pathlib.Path)
    made.set_defaults(run=make)
    compared = commands.add_parser("compare")
    compared.add_argument("folder", type=pathlib.Path)
    compared.add_argument("--program", type=pathlib.Path, required=True)
    compared.add_argument("--only", default="")
    compared.add_argument("--timeout", type=float, default=60)
    compared.add_argument("--memory", default="4GB")
    compared.add_argument("--turns", type=int, default=0)
    compared.set_defaults(run=compare)
    shown = commands.add_parser("show")
    shown.add_argument("folder", type=pathlib.Path)
    shown.add_argument("name")
    shown.set_defaults(run=show)
    answered = commands.add_parser("answer")
    answered.add_argument("folder", type=pathlib.Path)
    answered.add_argument("name")
    answered.set_defaults(run=lambda args: answer(args.folder, args.name, args.folder / "theirs" / f"{args.name}.parquet"))
    ready = commands.add_parser("ready", help="ends well if all that is needed is installed")
    ready.set_defaults(run=check)
    args = parser.parse_args()
    args.run(args)


def check(_):
    for benchmark in ("tpch", "tpcds"):
        loaded(benchmark).close()
    if not GENERATOR.exists():
        sys.exit(f"{GENERATOR} is not there.")


# Making


def make(args):
    folder = args.folder
    folder.mkdir(parents=True, exist_ok=True)
    with loaded(args.benchmark) as db:
        if args.benchmark == "tpch":
            subprocess.run([GENERATOR, "parquet", "-s", str(args.scale), "-o", folder, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
        else:
            db.execute(f"CALL dsdgen(sf = {args.scale})")
            for (table,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                db.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet)")
        queries = db.execute(f"SELECT query_nr, query FROM {args.benchmark}_queries()").fetchall()
    answers = connected(folder)
    for number, sql in queries:
        name = f"q{number:02}"
        (folder / f"{name}.sql").write_text(sql)
        (folder / f"{name}.pipe.ron").write_text(pipeline(name, sql, tables_of(folder, sql)))
        begun = time.monotonic()
        relation = answers.sql(sql)
        rows = relation.fetchall()
        answered = {"seconds": time.monotonic() - begun, "columns": relation.columns, "types": [str(kind) for kind in relation.types]}
        lines = [json.dumps([None if cell is None else str(cell) for cell in row]) for row in rows]
        (folder / f"{name}.answer").write_text("\n".join([json.dumps(answered), *lines]) + "\n")


def loaded(extension):
    # The package brings the file of the extension, so that nothing is fetched.
    package = pathlib.Path(importlib.import_module(f"duckdb_extension_{extension}").__file__).parent
    db = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    db.execute(f"LOAD '{next(package.rglob(f'{extension}.duckdb_extension'))}'")
    return db


def connected(folder):
    db = duckdb.connect(config={"threads": THREADS, "default_null_order": "nulls_last_on_asc_first_on_desc"})
    for table in folder.glob("*.parquet"):
        db.read_parquet(str(table)).create_view(table.stem)
    return db


def tables_of(folder, sql):
    """The tables that a query names, besides what it calls so itself."""
    named = re.findall(r'"table_name": *"(\w+)"', json.dumps(parsed(sql)))
    return sorted({table.stem for table in folder.glob("*.parquet")} & set(named))


def parsed(sql):
    return json.loads(duckdb.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()[0])


def pipeline(name, sql, tables):
    reads = "".join(f'        "{table}": (step: ReadParquet(path: "{table}.parquet")),\n' for table in tables)
    inputs = ", ".join(f'"{table}"' for table in tables)
    return f"""#![enable(implicit_some, unwrap_variant_newtypes)]
(
    version: 1,
    nodes: {{
{reads}        "query": (step: Sql(query: r##"{sql}"##), from: [{inputs}]),
        "out": (step: WriteParquet(path: "ours/{name}.parquet"), from: ["query"]),
    }},
)
"""


def answer(folder, name, out):
    out.parent.mkdir(exist_ok=True)
    sql = (folder / f"{name}.sql").read_text().strip().rstrip(";")
    connected(folder).execute(f"COPY ({sql}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


# Comparing


def compare(args):
    only = [name for name in args.only.split(",") if name]
    names = sorted(path.name.removesuffix(".pipe.ron") for path in args.folder.glob("q*.pipe.ron"))
    counted = collections.Counter()
    ratios = {}
    for name in only or names:
        outcome, about, ours = outcome_of(args, name)
        theirs = stored(args.folder, name)[0]["seconds"]
        if outcome == "equal" and args.turns:
            ours, theirs = in_turns(args, name)
        if outcome == "equal":
            ratios[name] = ours / theirs
        counted[outcome] += 1
        times = f"{ours * 1000:7.0f} ms {theirs * 1000:7.0f} ms" + (f" {ours / theirs:6.2f}" if outcome == "equal" else "       ")
        print(f"{name} {outcome:9} {times}  {about}".rstrip(), flush=True)
    print(", ".join(f"{counted[outcome]} {outcome}" for outcome in OUTCOMES) + f", of {sum(counted.values())}")
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios.values())))
        worst = max(ratios, key=ratios.get)
        print(f"ours in DuckDB's time: geometric mean {mean:.2f}, worst {ratios[worst]:.2f} ({worst})")


def outcome_of(args, name):
    out = args.folder / "ours" / f"{name}.parquet"
    out.parent.mkdir(exist_ok=True)
    out.unlink(missing_ok=True)
    begun = time.monotonic()
    running = subprocess.Popen(ours(args, name), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        said = running.communicate(timeout=args.timeout)[1]
    except subprocess.TimeoutExpired:
        # With the process that it started for the work.
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return "no end", f"in {args.timeout:.0f} s", args.timeout
    seconds = time.monotonic() - begun
    if running.returncode != 0:
        error = re.search(r"^error.*", said, re.M)
        error = error.group() if error else " ".join(said.split())
        return "refused" if running.returncode == 2 else "error", error[:300], seconds
    about = difference(args.folder, name, out)
    return "different" if about else "equal", about, seconds


def ours(args, name):
    return [args.program.resolve(), "run", args.folder / f"{name}.pipe.ron", "--memory", args.memory]


def in_turns(args, name):
    peer = [sys.executable, __file__, "answer", args.folder, name]
    times = [(timed(ours(args, name)), timed(peer)) for _ in range(args.turns + 1)][1:]
    return tuple(statistics.median(column) for column in zip(*times))


def timed(command):
    begun = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun


def stored(folder, name):
    """What was said of an answer, its types, and its rows."""
    head, *lines = (folder / f"{name}.answer").read_text().splitlines()
    head = json.loads(head)
    kinds = [reader(kind) for kind in head["types"]]
    rows = [tuple(None if cell is None else kind(cell) for cell, kind in zip(json.loads(line), kinds)) for line in lines]
    return head, head["types"], rows


def reader(kind):
    return READ.get(kind, float if kind in FLOATS else decimal.Decimal)


def read(out):
    relation = duckdb.read_parquet(str(out))
    return relation.columns, [str(kind) for kind in relation.types], relation.fetchall()


def difference(folder, name, out):
    """How our rows differ from the answer, or an empty text."""
    head, their_types, theirs = stored(folder, name)
    _, our_types, rows = read(out)
    if len(our_types) != len(their_types):
        return f"{len(our_types)} columns and not {len(their_types)}"
    for column, mine, other in zip(head["columns"], our_types, their_types):
        if family(mine) != family(other):
            return f"column {column} is {mine} and not {other}"
    floats = [mine in FLOATS or other in FLOATS for mine, other in zip(our_types, their_types)]
    if len(rows) != len(theirs):
        return f"{len(rows)} rows and not {len(theirs)}"
    sql = (folder / f"{name}.sql").read_text()
    for at, column in ordered_by(sql, head["columns"]):
        for row, (mine, other) in enumerate(zip(rows, theirs)):
            if not same((mine[at],), (other[at],), (floats[at],)):
                return f"order: row {row + 1} has {column} {mine[at]} and not {other[at]}"
        if floats[at]:
            # What is behind it hangs on its last digits.
            break
    left, missing = unmatched(rows, theirs, floats)
    limit = re.search(r"\blimit\s+\d+\s*;?\s*$", sql, re.I)
    if left and limit:
        # Which of the last that tie are shown is free.
        whole = connected(folder).sql(sql[: limit.start()]).fetchall()
        whole = [tuple(decimal.Decimal(cell) if type(cell) is int else cell for cell in row) for row in whole]
        left = unmatched(rows, whole, floats)[0]
    if left:
        return f"{len(left)} rows, such as {shown(left[0])} and not {shown(missing[0])}"
    return ""


def family(kind):
    kind = kind.split("(")[0]
    return "number" if kind in FLOATS or kind == "DECIMAL" or kind.endswith("INT") or kind.endswith("INTEGER") else kind


def ordered_by(sql, columns):
    """Place and name of each column of the answer by which the whole query is ordered, up to a key that is not among them."""
    node = parsed(sql)["statements"][0]["node"]
    names = [column.lower() for column in columns]
    computed = [nameless(column) for column in node.get("select_list", [])]
    for modifier in node["modifiers"]:
        for order in modifier.get("orders", []):
            key = order["expression"]
            name = key["column_names"][-1].lower() if key["type"] == "COLUMN_REF" else None
            if names.count(name) == 1:
                at = names.index(name)
            elif key["type"] == "VALUE_CONSTANT":
                at = int(key["value"]["value"]) - 1
            elif nameless(key) in computed:
                at = computed.index(nameless(key))
            else:
                return
            yield at, columns[at]


def nameless(tree):
    if isinstance(tree, dict):
        return {key: nameless(value) for key, value in tree.items() if key not in ("alias", "query_location")}
    return [nameless(value) for value in tree] if isinstance(tree, list) else tree


def unmatched(rows, theirs, floats):
    """Our rows that are not among theirs, as often as they are there; and theirs that are not among ours."""
    groups = collections.defaultdict(lambda: ([], []))
    for side, of in enumerate((rows, theirs)):
        for row in of:
            exact = tuple(cell for cell, is_float in zip(row, floats) if not is_float)
            groups[exact][side].append(row)
    left, missing = [], []
    for mine, others in groups.values():
        mine.sort(key=sortable), others.sort(key=sortable)
        if len(mine) == len(others) and all(same(a, b, floats) for a, b in zip(mine, others)):
            continue
        for row in mine:
            found = next((at for at, other in enumerate(others) if same(row, other, floats)), None)
            left.append(row) if found is None else others.pop(found)
        missing += others
    return left, missing or [()]


def sortable(row):
    return [(cell is None, str(type(cell)) if cell is None else "", 0 if cell is None else cell) for cell in row]


def same(mine, other, floats):
    return all(near(a, b) if is_float and a is not None and b is not None else a == b for a, b, is_float in zip(mine, other, floats))


def near(a, b):
    a, b = float(a), float(b)
    return a == b or math.isnan(a) and math.isnan(b) or abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def shown(row):
    return "(" + ", ".join("null" if cell is None else str(cell) for cell in row) + ")"


def show(args):
    head, _, theirs = stored(args.folder, args.name)
    columns, _, rows = read(args.folder / "ours" / f"{args.name}.parquet")
    for who, columns, rows in (("DuckDB", head["columns"], theirs), ("ours", columns, rows)):
        print(who, ", ".join(columns))
        for row in rows:
            print(" ", shown(row))


if __name__ == "__main__":
    main()
