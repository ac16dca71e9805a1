"""Gives a fuzzer something to begin with, made of the repository's own samples and tests: seeds.py TARGET FOLDER."""

import base64
import gzip
import io
import json
import pathlib
import re
import struct
import sys
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def dirty():
    for file in sorted((ROOT / "tests/dirty/cases").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").strip("\n").split("\n"):
            case = json.loads(line)
            given = case.get("bytes")
            content = given.encode() if given is not None else base64.b64decode(case["base64"])
            if len(content) < 4000:
                yield case, content


def pipelines():
    for file in sorted([*ROOT.glob("samples/*/*.ron"), *ROOT.glob("tests/**/*.pipe.ron")]):
        yield file.read_bytes()
    for block in re.findall(r"```ron\n(.*?)```", (ROOT / "docs/nodes.md").read_text(encoding="utf-8"), re.S):
        yield block.encode()


def formulas():
    for text in re.findall(r"`([^`\n]+)`", (ROOT / "docs/formulas.md").read_text(encoding="utf-8")):
        yield text.encode()
    for name in ("whole + real", "CASE WHEN flag THEN money ELSE -whole END", "text LIKE '%a_' AND day > date '2024-02-29'"):
        yield name.encode()


def delimited():
    for case, content in dirty():
        dialect = case["dialect"]
        first = {",": 0, ";": 1, "\t": 2, "|": 3}.get(dialect["delimiter"], 0)
        first |= 4 * bool(dialect["header"]) | 8 * bool(dialect["quote"]) | 16 * (dialect["encoding"] != "utf-8")
        yield bytes([first | 32 * bool(dialect["comment"])]) + content


def archives():
    csv = b"a,b\n1,x\n2,y\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("one.csv", csv)
        out.writestr("folder/two.csv", csv)
    yield b"\0" + packed.getvalue()
    for kind, mode in ((1, "w:gz"), (4, "w")):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as out:
            member = tarfile.TarInfo("one.csv")
            member.size = len(csv)
            out.addfile(member, io.BytesIO(csv))
        yield bytes([kind]) + packed.getvalue()
    yield b"\2" + gzip.compress(csv)


def host():
    def frames(*messages):
        packed = [json.dumps(message).encode() for message in messages]
        return b"".join(struct.pack("<I", len(one)) + one for one in packed)

    job = {"file": "x", "text": "()", "set": {}}
    wanted = {"node": "a", "output": None, "rows": 3, "exact": True}
    yield frames({"Check": job}, {"Preview": [job, wanted]}, {"Run": job}, "Cancel")
    yield frames({"Checked": []}, {"Event": {"event": "progress", "rows": 1, "of": None}}, {"Refused": []})


def text(*texts):
    return lambda: (one.encode() for one in texts)


def binary(ending):
    def files():
        for file in sorted([*ROOT.glob(f"samples/**/*.{ending}"), *ROOT.glob(f"tests/**/*.{ending}"), *HERE.glob(f"seeds/*.{ending}")]):
            content = file.read_bytes()
            if len(content) < 20_000:
                yield content

    return files


SEEDS = {
    "pipeline": pipelines,
    "formula": formulas,
    "sniffer": lambda: (content for _, content in dirty()),
    "delimited": delimited,
    "fixed_width": text("abc   122024-01-01\nxyz  -3\n", "äöü 12345x\r\n\r\nabc"),
    "json": text('[{"a": 1, "b": [1, null], "c": {"d": "x"}}]', '{"a": 1.5e300}\n{"a": "\\u00e4"}\n', '{"rows": [{"a": true}]}'),
    "xml": text('<?xml version="1.0"?><r><row a="1"><b>x &amp; y</b><b/></row><row/></r>', "<r><row><![CDATA[x]]><!-- c --></row></r>"),
    "html": text("<table><tr><th>a<th>b</tr><tr><td rowspan=2>1<td>x</tr><tr><td colspan=3>y</table>"),
    "archive": archives,
    "host": host,
    "avro": binary("avro"),
    "excel": binary("xlsx"),
    "parquet": binary("parquet"),
    "arrow": binary("arrow"),
}


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    words = set()
    for at, seed in enumerate(SEEDS[target]()):
        (folder / f"seed-{at}").write_bytes(seed)
        words.update(re.findall(rb"[A-Za-z_][A-Za-z_0-9]{2,30}", seed))
    kept = HERE / "finds" / target
    for find in sorted(kept.glob("*")) if kept.is_dir() else []:
        (folder / f"find-{find.name}").write_bytes(find.read_bytes())
    lines = sorted(f'"{word.decode()}"' for word in words)
    pathlib.Path(f"{folder}.dict").write_text("\n".join(lines[:3000]) + "\n")


if __name__ == "__main__":
    main()
