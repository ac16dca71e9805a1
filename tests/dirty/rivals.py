#!/usr/bin/env python3
"""Asks DuckDB's sniffer and clevercsv to read each sniffable case without hints, and counts right answers.

Right: the rows are exactly the expected ones as text, null and '' taken as equal. An error or more than 10 s is wrong.
duckdb is asked with ignore_errors, duckdb-strict without (it then fails on any reject, but skips preambles better);
duckdb-either counts a case if one of the two is right. clevercsv has no notion of rejects; "clevercsv+width" is its answer with records of another than the
commonest width left out, so that it isn't blamed for that alone. Needs: pip install duckdb clevercsv chardet.
"""
import multiprocessing
import os
import tempfile
import warnings
from collections import Counter

from check import cases, load

TIMEOUT = 10
TOOLS = ["duckdb", "duckdb-strict", "duckdb-either", "clevercsv", "clevercsv+width"]


def ask_duckdb(path, options=", auto_detect=true, ignore_errors=true, null_padding=false"):
    import duckdb
    db = duckdb.connect(config={"threads": 1})
    found = db.execute("SELECT * FROM read_csv(?, all_varchar=true" + options + ")", [path])
    return [list(r) for r in found.fetchall()]


def ask_duckdb_strict(path):
    return ask_duckdb(path, "")


def ask_clevercsv(path):
    import clevercsv
    from clevercsv.encoding import get_encoding
    with open(path, newline="", encoding=get_encoding(path)) as file:
        text = file.read()
        dialect = clevercsv.Sniffer().sniff(text, verbose=False)
        file.seek(0)
        rows = [r for r in clevercsv.reader(file, dialect) if r]
    return rows[1:] if clevercsv.Sniffer().has_header(text) else rows


def common_width(rows):
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    return [r for r in rows if len(r) == width]


def worker(tool, pipe):
    warnings.simplefilter("ignore")
    ask = {"duckdb": ask_duckdb, "duckdb-strict": ask_duckdb_strict, "clevercsv": ask_clevercsv}[tool]
    while True:
        path = pipe.recv()
        try:
            pipe.send(("rows", ask(path)))
        except Exception as error:
            pipe.send(("error", f"{type(error).__name__}: {error}".split("\n")[0][:160]))


class Tool:
    """A tool in a process of its own, started anew when it hangs or dies."""

    def __init__(self, name):
        self.name, self.process = name, None

    def ask(self, path):
        if self.process is None:
            self.pipe, far = multiprocessing.Pipe()
            self.process = multiprocessing.Process(target=worker, args=(self.name, far), daemon=True)
            self.process.start()
            far.close()
        try:
            self.pipe.send(path)
            if self.pipe.poll(TIMEOUT):
                return self.pipe.recv()
            answer = ("error", "timeout")
        except (EOFError, OSError):
            answer = ("error", "died")
        self.process.kill()
        self.process.join()
        self.process = None
        return answer


def same(rows, entry):
    flat = lambda rs: [["" if f is None else f for f in r] for r in rs]
    return any(flat(rows) == flat(want) for want in entry.get("rows_any", [entry.get("rows")]))


def main():
    right, of, failures, notes = Counter(), Counter(), Counter(), []
    asked = [Tool("duckdb"), Tool("duckdb-strict"), Tool("clevercsv")]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.csv")
        for entry in cases():
            if not entry["sniffable"]:
                continue
            kind = entry["name"].split("/")[0]
            of[kind] += 1
            with open(path, "wb") as file:
                file.write(load(entry))
            answers = {tool.name: tool.ask(path) for tool in asked}
            how, rows = answers["clevercsv"]
            answers["clevercsv+width"] = (how, common_width(rows) if how == "rows" else rows)
            strict = answers["duckdb-strict"]
            answers["duckdb-either"] = strict if strict[0] == "rows" and same(strict[1], entry) else answers["duckdb"]
            for tool, (how, rows) in answers.items():
                if how == "rows" and same(rows, entry):
                    right[tool, kind] += 1
                else:
                    failures[tool, how if how == "rows" else rows if rows in ("timeout", "died") else "error"] += 1
                    notes.append(f"{tool:16}{entry['name']:50}{rows if how == 'error' else 'other rows'}")
    print(f"{'kind':18}{'of':>5}" + "".join(f"{t:>18}" for t in TOOLS))
    for kind in of:
        print(f"{kind:18}{of[kind]:5}" + "".join(f"{right[t, kind]:18}" for t in TOOLS))
    total = sum(of.values())
    print(f"{'all':18}{total:5}" + "".join(f"{sum(right[t, k] for k in of):18}" for t in TOOLS))
    for tool in TOOLS:
        print(f"{tool} wrong: " + ", ".join(f"{count} {'other rows' if what == 'rows' else what}" for (t, what), count in failures.items() if t == tool))
    print("\nwrong answers:")
    print("\n".join(sorted(notes)))


if __name__ == "__main__":
    main()
