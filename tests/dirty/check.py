#!/usr/bin/env python3
"""Checks every case against a slow, plain reference reader of the contract, which is given the case's dialect.

It knows nothing of make.py. Each case must agree with it in rows, rejects and (where stated) column names;
a case with variants must agree with one of them. Prints the disagreements; exit code 1 if there are any.
"""
import base64
import codecs
import json
import sys
from pathlib import Path

CODEC = {"macintosh": "mac_roman", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "ibm866": "cp866"}
BAD = "\udcff"  # stands for bytes that are not valid; no valid text holds it
codecs.register_error("mark", lambda error: (BAD, error.end))


def decode(data, encoding):
    text = data.decode(CODEC.get(encoding, encoding), "mark")
    return text[1:] if text.startswith("\ufeff") else text


def line_starts(text):
    """Positions at which physical lines begin; the text's end if its last line is ended."""
    starts, at = [0], 0
    while at < len(text):
        if text.startswith("\r\n", at):
            at += 2
            starts.append(at)
        elif text[at] in "\r\n":
            at += 1
            starts.append(at)
        else:
            at += 1
    return starts


class Broken(Exception):
    pass


def record(text, at, delimiter, quote):
    """The fields of the record at a position, and the position behind its line end. Raises Broken."""
    found = []
    while True:
        if quote and text.startswith(quote, at):
            value, at = "", at + 1
            while True:
                end = text.find(quote, at)
                if end < 0:
                    raise Broken
                value += text[at:end]
                at = end + 1
                if not text.startswith(quote, at):
                    break
                value += quote
                at += 1
            if at < len(text) and text[at] not in "\r\n" + delimiter:
                raise Broken
        else:
            end = at
            while end < len(text) and text[end] not in "\r\n" + delimiter:
                end += 1
            value, at = text[at:end], end
            value = value if value else None
        found.append(value)
        if at < len(text) and text[at] == delimiter:
            at += 1
            continue
        if text.startswith("\r\n", at):
            return found, at + 2
        return found, min(at + 1, len(text))


def read(data, dialect):
    text = decode(data, dialect["encoding"])
    starts = line_starts(text)
    number = {at: i + 1 for i, at in enumerate(starts)}
    number.setdefault(len(text), len(starts) + 1)
    columns, rows, rejects = dialect["columns"], [], []
    width = len(columns) if columns else None
    header = dialect["header"]
    at = starts[dialect["skip_lines"]] if dialect["skip_lines"] < len(starts) else len(text)
    # without a header and without stated columns, the width most records have is the table's
    pending = []
    while at < len(text):
        here = number[at]
        next_line = starts[here] if here < len(starts) else len(text)
        line = text[at:next_line]
        if not line.strip("\r\n") or dialect["comment"] and line.startswith(dialect["comment"]):
            at = next_line
            continue
        try:
            found, behind = record(text, at, dialect["delimiter"], dialect["quote"])
        except Broken:
            pending.append((here, None))
            at = next_line
            continue
        valid = BAD not in text[at:behind]
        at = behind
        if header:
            header, columns, width = False, found, len(found)
            continue
        pending.append((here, found if valid else None))
    if width is None:
        widths = [len(f) for _, f in pending if f is not None]
        width = max(set(widths), key=widths.count) if widths else 0
    words = set(dialect["null_words"])
    for here, found in pending:
        if found is None or len(found) != width:
            rejects.append(here)
        else:
            rows.append([None if f in words else f for f in found])
    return columns, rows, rejects


def load(entry):
    return entry["bytes"].encode("utf-8") if "bytes" in entry else base64.b64decode(entry["base64"])


def cases():
    for path in sorted((Path(__file__).resolve().parent / "cases").glob("*.jsonl")):
        with open(path, encoding="utf-8", newline="\n") as file:
            for line in file:
                yield json.loads(line)


def main():
    wrong = total = 0
    names = set()
    for entry in cases():
        total += 1
        assert entry["name"] not in names, entry["name"]
        names.add(entry["name"])
        columns, rows, rejects = read(load(entry), entry["dialect"])
        if "rows_any" in entry:
            fits = any(rows == r and rejects == j for r, j in zip(entry["rows_any"], entry["rejects_any"]))
        else:
            fits = rows == entry["rows"] and rejects == entry["rejects"]
        fits_names = entry["columns"] is None or entry["columns"] == columns
        given = entry["dialect"]["columns"]
        sane = len({len(r) for r in entry.get("rows", [])}) <= 1 and not (given and entry["columns"] != given)
        if not (fits and fits_names and sane):
            wrong += 1
            print(f"{entry['name']}: rows/rejects {fits}, names {fits_names}, sane {sane}\n   expected {str(entry.get('rows', entry.get('rows_any')))[:400]} {str(entry.get('rejects', entry.get('rejects_any')))[:80]} {str(entry['columns'])[:100]}"
                  f"\n   read     {str(rows)[:400]} {str(rejects)[:80]} {str(columns)[:100]}")
    print(f"{total} cases, {wrong} disagree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
