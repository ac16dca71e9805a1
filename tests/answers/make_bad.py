"""Makes tests/data/bad/: small dirty files, and what reading each of them must give, worked out here by hand.

Standard library only, the same content each time: `python3 tests/answers/make_bad.py`.

- `expected.csv` has a line for each case: the path as a node would ask for it, what the node is told beyond the path
  (nothing: all is sniffed), the columns, the records, how many are good and rejected, the physical lines on which the
  rejected ones begin, and for files that cannot be read at all what is wrong with them in a word.
- `rows/<case>.csv` has the good rows: UTF-8, commas, null as nothing and empty text as `""`.

The rules: a line ends at LF, CR LF or a lone CR; each counts as one physical line, inside quotes too. Blank lines are
no records. A quote inside an unquoted field is text. Text after a closing quote, a quote that is never closed and a
wrong number of fields reject the record; reading goes on at the next line. Values that do not fit a declared type
reject the record; sniffed types are such that nothing is rejected. Leading zeros and more than 18 digits are text.
"""

import csv
import gzip
import io
import shutil
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "bad"
EXPECTED = []


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "rows").mkdir(parents=True)
    quotes()
    shapes()
    line_ends()
    encodings()
    names_and_numbers()
    nearly_nothing()
    archives()
    with open(FOLDER / "expected.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("case file told columns records good rejected reject_lines problem".split())
        writer.writerows(EXPECTED)


def quotes():
    write("stray_quotes.csv", 'id,size\n1,2" pipe\n2,3/4" to 1"\n3,say "hi"\n4,"with, comma"\n5,"a ""doubled"" one"\n')
    reads(
        "stray_quotes.csv",
        "id: Integer, size: Text",
        [["1", '2" pipe'], ["2", '3/4" to 1"'], ["3", 'say "hi"'], ["4", "with, comma"], ["5", 'a "doubled" one']],
    )

    # Line 3: ` x` follows the closing quote. Line 5: `b` does.
    write("text_after_quote.csv", 'id,size\n1,small\n2,"pipe" x\n3,large\n4,"a"b"c"\n5,huge\n')
    reads("text_after_quote.csv", "id: Integer, size: Text", [["1", "small"], ["3", "large"], ["5", "huge"]], [3, 5])

    # The quote opened on line 4 is never closed; lines 5 and 6 are records all the same.
    write("unclosed_quote.csv", 'id,note,n\n1,a,10\n2,"b, b",20\n3,"never closed,30\n4,d,40\n5,e,50\n')
    reads(
        "unclosed_quote.csv",
        "id: Integer, note: Text, n: Integer",
        [["1", "a", "10"], ["2", "b, b", "20"], ["4", "d", "40"], ["5", "e", "50"]],
        [4],
    )

    # Record 1 stands on lines 2 and 3, record 2 on lines 4 to 7, so that the short one is on line 8.
    write("quoted_line_breaks.csv", 'id,note,n\n1,"one\ntwo",10\n2,"a\r\nb\n\nc",20\n3,too few\n4,plain,40\n')
    reads(
        "quoted_line_breaks.csv",
        "id: Integer, note: Text, n: Integer",
        [["1", "one\ntwo", "10"], ["2", "a\r\nb\n\nc", "20"], ["4", "plain", "40"]],
        [8],
    )


def shapes():
    # Line 3 has two fields, line 4 four, line 6 one, line 7 four (its last is empty). The last line has no line end.
    write("ragged.csv", 'id,name,n\n1,a,10\n2,b\n3,c,30,x\n4,d,40\n5\n6,e,60,\n7,,70\n8,"",80')
    reads(
        "ragged.csv",
        "id: Integer, name: Text, n: Integer",
        [["1", "a", "10"], ["4", "d", "40"], ["7", None, "70"], ["8", "", "80"]],
        [3, 4, 6, 7],
    )

    # Blanks around a number are no harm, nor is a plus; line 4 has a word, 5 an exponent, 6 a day that does not exist,
    # 7 a decimal comma. Quoted or not, nothing is null where the type is not text.
    write(
        "bad_values.csv",
        "id,n,day,x\n1,7,2025-02-28,1.5\n2, 8 ,2025-03-01,+2\n3,nine,2025-03-02,3\n4,1e3,2025-03-03,4\n"
        '5,10,2025-02-30,5\n6,11,2025-03-04,"6,5"\n7,,,\n8,"","",""\n',
    )
    reads(
        "bad_values.csv",
        "id: Integer, n: Integer, day: Date, x: Float",
        [
            ["1", "7", "2025-02-28", "1.5"],
            ["2", "8", "2025-03-01", "2.0"],
            ["7", None, None, None],
            ["8", None, None, None],
        ],
        [4, 5, 6, 7],
        told='types: {"id": Integer, "n": Integer, "day": Date, "x": Float}',
    )


def line_ends():
    # 1 header, 2 `1,a`, 3 `2,b`, 4 `3,c`, 5 blank, 6 `4,d`, 7 `5` (too few), 8 `6,f`.
    write("mixed_line_ends.csv", "id,name\r\n1,a\n2,b\r3,c\r\n\n4,d\r5\n6,f\r\n")
    reads(
        "mixed_line_ends.csv",
        "id: Integer, name: Text",
        [["1", "a"], ["2", "b"], ["3", "c"], ["4", "d"], ["6", "f"]],
        [7],
    )

    write("lone_cr.csv", "id,name\r1,a\r2\r3,c\r")
    reads("lone_cr.csv", "id: Integer, name: Text", [["1", "a"], ["3", "c"]], [3])

    # The CR in the third line ends it: `2,be` on line 3 and `ta,20` on line 4 are both too short. The quoted CR is kept
    # and makes record 3 stand on lines 5 and 6, so that `5` is on line 8.
    write("cr_in_field.csv", 'id,name,n\n1,a,10\n2,be\rta,20\n3,"x\ry",30\n4,d,40\n5\n')
    reads(
        "cr_in_field.csv",
        "id: Integer, name: Text, n: Integer",
        [["1", "a", "10"], ["3", "x\ry", "30"], ["4", "d", "40"]],
        [3, 4, 8],
    )


def encodings():
    # U+2C22 and U+0A0A are made of the bytes of `,` `"` and of two line feeds.
    text = "id,word\r\n1,café\r\n2,鳥\r\n3,\u2c22\u0a0a\r\n4,🐦\r\n5\r\n6,plain\r\n"
    words = [["1", "café"], ["2", "鳥"], ["3", "\u2c22\u0a0a"], ["4", "🐦"], ["6", "plain"]]
    for file, content in [
        ("utf16le_bom.csv", b"\xff\xfe" + text.encode("utf-16-le")),
        ("utf16be_bom.csv", b"\xfe\xff" + text.encode("utf-16-be")),
        ("utf16le_no_bom.csv", text.encode("utf-16-le")),
    ]:
        write(file, content)
        reads(file, "id: Integer, word: Text", words, [6])

    write("latin1.csv", "id,word\n1,café\n2,plain\n3,crème brûlée\n4,déjà vu\n5,garçon\n".encode("latin-1"))
    dishes = [["1", "café"], ["2", "plain"], ["3", "crème brûlée"], ["4", "déjà vu"], ["5", "garçon"]]
    reads("latin1.csv", "id: Integer, word: Text", dishes)
    # Read as what it is not, each line with an accent is a reject and none a guess.
    reads(
        "latin1.csv",
        "id: Integer, word: Text",
        [["2", "plain"]],
        [2, 4, 5, 6],
        told='encoding: "utf-8"',
        case="latin1_as_utf8",
    )

    # 0x80, 0x93 and 0x94 are control characters in Latin-1.
    write("windows1252.csv", "id,price\n1,5 €\n2,“ten” €\n".encode("windows-1252"))
    reads(
        "windows1252.csv",
        "id: Integer, price: Text",
        [["1", "5 €"], ["2", "“ten” €"]],
        told='encoding: "windows-1252"',
    )

    # Line 3 ends in the middle of a character; line 5 holds a byte that is never in UTF-8.
    write("invalid_utf8.csv", b"id,word\n1,caf\xc3\xa9\n2,caf\xc3\n3,plain\n4,\xff\n5,na\xc3\xafve\n")
    reads(
        "invalid_utf8.csv",
        "id: Integer, word: Text",
        [["1", "café"], ["3", "plain"], ["5", "naïve"]],
        [3, 5],
        told='encoding: "utf-8"',
    )

    # The mark belongs neither to the name nor before the quote.
    write("bom.csv", b'\xef\xbb\xbf"id",name\n1,a\n2,b\n')
    reads("bom.csv", "id: Integer, name: Text", [["1", "a"], ["2", "b"]])

    # A NUL is a character like others in text, and no digit.
    write("nul_bytes.csv", b"id,name,n\n1,a,10\n2,b\x00c,20\n3,d,3\x000\n4,e,40\n")
    reads(
        "nul_bytes.csv",
        "id: Integer, name: Text, n: Integer",
        [["1", "a", "10"], ["2", "b\x00c", "20"], ["4", "e", "40"]],
        [4],
        told='types: {"id": Integer, "name": Text, "n": Integer}',
    )


def names_and_numbers():
    write("duplicate_headers.csv", "id,name,name,,name\n1,a,b,c,d\n2,e,f,g,h\n")
    reads(
        "duplicate_headers.csv",
        "id: Integer, name: Text, name_2: Text, column_4: Text, name_3: Text",
        [["1", "a", "b", "c", "d"], ["2", "e", "f", "g", "h"]],
    )

    # The largest and the smallest integer fit; one more (line 4) and twenty digits (line 5) do not.
    write(
        "long_numbers.csv",
        "id,number\n1,42\n2,9223372036854775807\n3,9223372036854775808\n4,12345678901234567890\n"
        "5,-9223372036854775808\n",
    )
    fit = [["1", "42"], ["2", "9223372036854775807"], ["5", "-9223372036854775808"]]
    unfit = [["3", "9223372036854775808"], ["4", "12345678901234567890"]]
    reads("long_numbers.csv", "id: Integer, number: Text", sorted(fit + unfit))
    reads(
        "long_numbers.csv",
        "id: Integer, number: Integer",
        fit,
        [4, 5],
        told='types: {"number": Integer}',
        case="long_numbers_as_integer",
    )

    write("leading_zeros.csv", "id,code\n1,00123\n2,7\n3,0\n4,-05\n")
    reads("leading_zeros.csv", "id: Integer, code: Text", [["1", "00123"], ["2", "7"], ["3", "0"], ["4", "-05"]])


def nearly_nothing():
    write("empty.csv", "")
    fails("empty.csv", "empty")

    write("header_only.csv", "id,name\n")
    reads("header_only.csv", "id: Text, name: Text", [], told="header: true")


def archives():
    good = "".join(f"{number},row {number * number}\n" for number in range(1, 501))
    packed = gzip.compress(("id,name\n" + good).encode(), mtime=0)
    write("truncated.csv.gz", packed[: len(packed) // 2])
    fails("truncated.csv.gz", "ends early")

    # The last eight bytes are the checksum and the length.
    write("broken_checksum.csv.gz", packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:])
    fails("broken_checksum.csv.gz", "damaged")

    # Two gzip streams, one after the other, are one file.
    write("two_members.csv.gz", gzip.compress(b"id,name\n1,a\n", mtime=0) + gzip.compress(b"2,b\n3,c\n", mtime=0))
    reads("two_members.csv.gz", "id: Integer, name: Text", [["1", "a"], ["2", "b"], ["3", "c"]])

    write("outside.zip", zipped({"inside.csv": b"id\n1\n", "../outside.csv": b"id\n2\n"}))
    fails("outside.zip!../outside.csv", "outside")

    # 72 MiB in 72 KiB.
    write("bomb.zip", zipped({"bomb.csv": b"id,name\n" + b"0,0\n" * (18 * 1024 * 1024)}))
    fails("bomb.zip!bomb.csv", "bomb")


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def write(file, content):
    (FOLDER / file).write_bytes(content.encode() if isinstance(content, str) else content)


def reads(file, columns, good, rejects=(), told="", case=None):
    case = case or file.split(".")[0]
    records = len(good) + len(rejects)
    lines = " ".join(str(line) for line in rejects)
    EXPECTED.append([case, file, told, columns, records, len(good), len(rejects), lines, ""])
    names = [column.split(": ")[0] for column in columns.split(", ")]
    rows = "".join(",".join(field(value) for value in row) + "\n" for row in [names, *good])
    (FOLDER / "rows" / f"{case}.csv").write_bytes(rows.encode())


def fails(file, problem):
    EXPECTED.append([file.split(".")[0], file, "", "", "", "", "", "", problem])


def field(value):
    if value is None:
        return ""
    plain = value and not any(mark in value for mark in ',"\r\n')
    return value if plain else '"' + value.replace('"', '""') + '"'


if __name__ == "__main__":
    main()
