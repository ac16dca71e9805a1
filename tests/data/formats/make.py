"""Makes the files beside it with other programs' libraries: pip install pyarrow openpyxl xlwt odfpy fastavro cramjam backports.zstd, then python make.py.

What each must give stands in the `.csv` of its name, written by hand.
"""

import datetime as dt
import struct
import uuid
from decimal import Decimal

import fastavro
import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import xlwt
from xlwt import CompoundDoc
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P


def parquet():
    table = pa.table({
        "small": pa.array([-128, 127, None], pa.int8()),
        "huge": pa.array([18446744073709551615, 0, None], pa.uint64()),
        "single": pa.array([0.5, -1.25, None], pa.float32()),
        "nanos": pa.array([1_700_000_000_123_456_789, 0, None], pa.timestamp("ns")),
        "millis": pa.array([dt.datetime(2024, 2, 29, 12, 30), None, None], pa.timestamp("ms", tz="UTC")),
        "word": pa.array(["a", "b", "a"]).dictionary_encode(),
        "price": pa.array([Decimal("12.50"), Decimal("-0.01"), None], pa.decimal128(10, 2)),
        "list": pa.array([[1, None], [], None], pa.list_(pa.int32())),
        "pair": pa.array([{"x": 1, "y": "p"}, {"x": None, "y": None}, None], pa.struct([("x", pa.int16()), ("y", pa.string())])),
        "day": pa.array([dt.date(2024, 2, 29), None, None], pa.date32()),
        "none": pa.nulls(3),
    })
    pq.write_table(table, "arrow.parquet", compression="snappy")
    pa.feather.write_feather(table, "arrow.feather", compression="lz4")
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), "no_rows.parquet")


def thrift(value):
    """The compact form: ints are (bits, n), structs are dicts by number of field, lists have items of one kind."""
    def varint(n):
        out = bytearray()
        while n >= 0x80:
            out.append(n & 0x7F | 0x80)
            n >>= 7
        return bytes(out + bytes([n]))

    def kind(v):
        return {tuple: lambda: {32: 5, 64: 6}[v[0]], bytes: lambda: 8, str: lambda: 8, list: lambda: 9, dict: lambda: 12}[type(v)]()

    if isinstance(value, tuple):
        return varint(value[1] << 1 ^ value[1] >> 63)
    if isinstance(value, (bytes, str)):
        value = value.encode() if isinstance(value, str) else value
        return varint(len(value)) + value
    if isinstance(value, list):
        head = bytes([len(value) << 4 | kind(value[0])]) if len(value) < 15 else bytes([0xF0 | kind(value[0])]) + varint(len(value))
        return head + b"".join(map(thrift, value))
    out, last = b"", 0
    for number, v in sorted(value.items()):
        step = number - last
        out += (bytes([step << 4 | kind(v)]) if step < 16 else bytes([kind(v)]) + varint(number << 1)) + thrift(v)
        last = number
    return out + b"\0"


def levels(values, most):
    """As runs of one, with their length before them."""
    if not most:
        return b""
    runs = b"".join(bytes([2, value]) for value in values)
    return struct.pack("<I", len(runs)) + runs


def by_hand(path, rows, schema, columns, footer_rows=None):
    """A Parquet file with a schema that today's programs don't write. A column is (path, type, most of reps, reps, most of defs, defs, values)."""
    out, chunks = b"PAR1", []
    for names, physical, most_reps, reps, most_defs, defs, values in columns:
        data = levels(reps, most_reps) + levels(defs, most_defs) + values
        count = len(defs) or len(reps) or rows
        page = {1: (32, 0), 2: (32, len(data)), 3: (32, len(data)), 5: {1: (32, count), 2: (32, 0), 3: (32, 3), 4: (32, 3)}}
        written = thrift(page) + data
        meta = {1: (32, physical), 2: [(32, 0), (32, 3)], 3: names, 4: (32, 0), 5: (64, count), 6: (64, len(written)), 7: (64, len(written)), 9: (64, len(out))}
        chunks.append({2: (64, len(out)), 3: meta})
        out += written
    group = {1: chunks, 2: (64, len(out) - 4), 3: (64, rows)}
    footer = thrift({1: (32, 1), 2: schema, 3: (64, rows if footer_rows is None else footer_rows), 4: [group]})
    with open(path, "wb") as file:
        file.write(out + footer + struct.pack("<I", len(footer)) + b"PAR1")


def parquet_kinds():
    required, optional, repeated, list_, variant, geometry, half = 0, 1, 2, (32, 3), {16: {}}, {17: {}}, {15: {}}

    def leaf(name, physical, repetition=required, **more):
        element = {1: (32, physical), 3: (32, repetition), 4: name}
        element.update({int(key[1:]): value for key, value in more.items()})
        return element

    def group(name, children, repetition=required, **more):
        element = {3: (32, repetition), 4: name, 5: (32, children)}
        element.update({int(key[1:]): value for key, value in more.items()})
        return element

    def root(children):
        return {4: "schema", 5: (32, children)}

    ints = lambda *values: struct.pack(f"<{len(values)}i", *values)
    by_hand("lists.parquet", 3, [
        root(5), leaf("id", 1),
        group("two", 1, optional, _6=list_), leaf("element", 1, repeated),
        leaf("bare", 1, repeated),
        group("lists", 1, optional, _6=list_), group("array", 1, repeated, _6=list_), leaf("array", 1, repeated),
        group("pairs", 1, optional, _6=list_), group("array", 2, repeated), leaf("a", 1), leaf("b", 1, optional),
    ], [
        (["id"], 1, 0, [], 0, [], ints(1, 2, 3)),
        (["two", "element"], 1, 1, [0, 1, 1, 1, 0, 0], 2, [2, 2, 2, 2, 1, 0], ints(0, 1, 2, 3)),
        (["bare"], 1, 1, [0, 0, 0, 1], 1, [1, 0, 1, 1], ints(7, 8, 9)),
        (["lists", "array", "array"], 1, 2, [0, 2, 1, 0, 0], 3, [3, 3, 3, 1, 0], ints(1, 2, 3)),
        (["pairs", "array", "a"], 1, 1, [0, 1, 0, 0], 2, [2, 2, 1, 0], ints(4, 5)),
        (["pairs", "array", "b"], 1, 1, [0, 1, 0, 0], 3, [3, 2, 1, 0], ints(6)),
    ])
    by_hand("rows.parquet", 2, [root(1), leaf("id", 1)], [(["id"], 1, 0, [], 0, [], ints(1, 2))], footer_rows=0)
    by_hand("values.parquet", 3, [root(2), leaf("id", 1), leaf("n", 1, optional)], [
        (["id"], 1, 0, [], 0, [], ints(1, 2, 3)), (["n"], 1, 0, [], 1, [1, 1], ints(1, 2))])
    halves = struct.pack("<5e", 1.5, -0.0, 65504, 2**-24, float("inf"))
    by_hand("halves.parquet", 5, [root(2), leaf("half", 7, _2=(32, 2), _10=half), leaf("later", 1, _10={30: {}})], [
        (["half"], 7, 0, [], 0, [], halves), (["later"], 1, 0, [], 0, [], ints(1, 2, 3, 4, 5))])
    text = lambda *values: b"".join(struct.pack("<I", len(value)) + value for value in values)
    by_hand("unreadable.parquet", 1, [
        root(5), leaf("id", 1), group("any", 2, optional, _10=variant), leaf("metadata", 6), leaf("value", 6),
        leaf("place", 6, _10=geometry), leaf("sum", 7, _2=(32, 32), _6=(32, 5), _7=(32, 2), _8=(32, 76)), leaf("span", 7, _2=(32, 12), _6=(32, 21)),
    ], [
        (["id"], 1, 0, [], 0, [], ints(1)),
        (["any", "metadata"], 6, 0, [], 1, [1], text(b"\x01\x00\x00")), (["any", "value"], 6, 0, [], 1, [1], text(b"\x0c\x07")),
        (["place"], 6, 0, [], 0, [], text(b"\x01\x01\x00\x00\x00" + bytes(16))), (["sum"], 7, 0, [], 0, [], bytes(32)), (["span"], 7, 0, [], 0, [], bytes(12)),
    ])
    # Days of the Julian calendar: 2440588 is the first of 1970, and 1721426 the first of the year 1.
    int96 = lambda *days: b"".join(struct.pack("<qI", 0, day) for day in days)
    for name, days in [("int96.parquet", [2440588, 2440589]), ("old_int96.parquet", [2440588, 1721426])]:
        by_hand(name, 2, [root(1), leaf("at", 3)], [(["at"], 3, 0, [], 0, [], int96(*days))])
    days = pa.Array.from_buffers(pa.time64("us"), 2, [None, pa.array([86_400_000_000, 1]).buffers()[1]])
    far = pa.array([2**63 // 1000 + 5, 1])
    pq.write_table(pa.table({"id": [1, 2], "clock": days, "at": far.cast(pa.timestamp("ms")), "long": far.cast(pa.duration("s"))}), "beyond.parquet")
    pa.feather.write_feather(pa.table({"clock": days, "long": far.cast(pa.duration("s"))}), "beyond.arrow", compression="uncompressed")
    pq.write_table(pa.table({"half": pa.array([1.5, None], pa.float32()).cast(pa.float16()), "long": pa.array([1, 2], pa.duration("s"))}), "half.parquet")
    pa.feather.write_feather(pa.table({"id": [1], "half": pa.array([1.5], pa.float32()).cast(pa.float16()),
        "some": pa.array([[1]], pa.list_view(pa.int64())), "sum": pa.array([Decimal(1)], pa.decimal256(76, 2))}), "unreadable.arrow", compression="uncompressed")


def excel():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Orders"
    sheet.append(["Orders of the week"])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append(["id", "item", "on", "at", "ok", "share", "item", None])
    sheet.append([1, "pen", dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 30), True, 0.5, "x", None])
    sheet.append([2, 7, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1), False, 2, None, "late"])
    sheet.append([])
    sheet.append([3, "=NA()", None, None, None, None, None, None])
    sheet["B7"] = "#N/A"
    sheet["B7"].data_type = "e"
    sheet.append([4, "ink", None, None, None, None, None, None])
    other = book.create_sheet("Rates")
    other.append(["rate"])
    other.append([1.5])
    book.create_sheet("Nothing")
    book.save("orders.xlsx")


def excel_hidden():
    """Lists for drop-downs stand in a hidden sheet before the one that people see."""
    book = openpyxl.Workbook()
    lists = book.active
    lists.title = "lists"
    lists.sheet_state = "hidden"
    lists.append(["city"])
    lists.append(["Bonn"])
    data = book.create_sheet("Data")
    data.append(["id", "amount"])
    data.append([1, 5])
    book.active = 1
    book.save("hidden.xlsx")


def excel_kinds():
    """What programs write that are no spreadsheets, and what people put above their tables."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Formulas"
    sheet.append(["item", "count", "price", "total"])
    sheet.append(["pen", 2, 1.5, "=B2*C2"])
    sheet.append(["ink", 1, 3, 3])
    sheet.append(["cap", None, None, None])
    sheet = book.create_sheet("Days")
    sheet.append(["id", "on", "at", "clock"])
    rows = [(45000, 45000.5, 0.5), (0, 45000, 0), (-3, 45000, 0.25), (0.75, 45000, 0.75), (1, 0.5, None), (2958466, None, None), (60, None, None)]
    for id, row in enumerate(rows):
        sheet.append([id, *row])
        for column, form in zip("BCD", ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"]):
            sheet[f"{column}{id + 2}"].number_format = form
    sheet = book.create_sheet("Gap")
    sheet.append([None, "a", None, "c"])
    sheet.append([None, 1, None, 3])
    sheet = book.create_sheet("Titles")
    for row in [["Sales of the north"], ["As of", "March"], [], ["id", "item", "price", "note"], [1, "pen", 1.5], [2, "ink", 3]]:
        sheet.append(row)
    sheet = book.create_sheet("Ranks")
    for row in [["Data"], [7], [3.5], [1], ["Formula", "Result"], ["a", 5], ["b", 6]]:
        sheet.append(row)
    sheet = book.create_sheet("Colours")
    for row in [["red"], ["green"], ["blue"], ["yellow", "pink", "grey"], ["yellow"], ["blue"], ["black"]]:
        sheet.append(row)
    book.save("kinds.xlsx")


def old_excel():
    """Text in Unicode in a file that names a code page, and formats of Excel 5, which xlwt does not write."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Maße")
    for row, cells in enumerate([["Titel", "Größe"], ["Öl", 1.5], ["日本", 2]]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    stream = book.get_biff_data()
    stream = stream.replace(struct.pack("<HHH", 0x42, 2, 1200), struct.pack("<HHH", 0x42, 2, 1252), 1)
    CompoundDoc.XlsDoc().save("code_page.xls", stream)

    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    formats = ["[Red]0.00", "dd/mm/yyyy", "[Blue]General", "[h]:mm:ss", '"days" 0']
    main = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + record(0x42, struct.pack("<H", 1252))
    for number, form in enumerate(formats):
        main += record(0x41E, struct.pack("<HB", 164 + number, len(form)) + form.encode("cp1252"))
    for number in range(len(formats)):
        main += record(0xE0, struct.pack("<HH", 0, 164 + number) + bytes(12))
    name = "Maß".encode("cp1252")
    place = len(main) + 4 + 7 + len(name) + 4
    main += record(0x85, struct.pack("<IBBB", place, 0, 0, len(name)) + name) + record(0x0A, b"")
    cells = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    for column in range(len(formats)):
        head = f"größe{column}".encode("cp1252")
        cells += record(0x204, struct.pack("<HHHH", 0, column, 0, len(head)) + head)
        cells += record(0x203, struct.pack("<HHHd", 1, column, column, 50.0))
    cells += record(0x0A, b"")
    CompoundDoc.XlsDoc().save("excel5.xls", main + cells)


def ods():
    document = OpenDocumentSpreadsheet()
    table = Table(name="Sheet1")

    def row(*cells):
        made = TableRow()
        for kind, value in cells:
            if kind == "string":
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=value))
            elif kind == "date":
                cell = TableCell(valuetype="date", datevalue=value)
            elif kind == "time":
                cell = TableCell(valuetype="time", timevalue=value)
            elif kind == "boolean":
                cell = TableCell(valuetype="boolean", booleanvalue=value)
            else:
                cell = TableCell(valuetype="float", value=value)
            made.addElement(cell)
        table.addElement(made)

    row(("string", "id"), ("string", "on"), ("string", "at"), ("string", "time"), ("string", "ok"))
    row(("float", "1"), ("date", "2024-02-29"), ("date", "2024-02-29T12:30:00"), ("time", "PT12H30M00S"), ("boolean", "true"))
    row(("float", "2.5"), ("date", "1999-12-31"), ("date", "2024-03-01T00:00:00"), ("time", "PT00H00M01S"), ("boolean", "false"))
    document.spreadsheet.addElement(table)
    document.save("open.ods")


def parquet_units():
    """Times in seconds, as pyarrow has them from CSV, are milliseconds in the file; JSON and UUIDs are bytes with a note."""
    clock = [dt.time(12, 30, 5), dt.time(0, 0, 1), None]
    seconds = pa.time32("s")
    columns = {
        "clock": pa.array(clock, seconds),
        "list": pa.array([[clock[0], None], [], None], pa.list_(seconds)),
        "pair": pa.array([{"t": clock[0]}, {"t": clock[1]}, None], pa.struct([("t", seconds)])),
        "millis": pa.array(clock, pa.time32("ms")),
        "at": pa.array([dt.datetime(2024, 2, 29, 12, 30, 5), None, None], pa.timestamp("s")),
        "took": pa.array([dt.timedelta(seconds=90), None, None], pa.duration("s")),
    }
    pq.write_table(pa.table(columns), "times.parquet")
    # Infinity, as DuckDB and PostgreSQL write it.
    infinite = {"day": pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), "at": pa.array([2**63 - 1]).cast(pa.timestamp("us"))}
    pq.write_table(pa.table(infinite), "infinite.parquet")
    took = [1, -1, 1_500, -999_999_999, 86_400_000_000_001, -86_400_000_000_001, -90_000_000_000]
    pq.write_table(pa.table({"took": pa.array(took, pa.duration("ns"))}), "durations.parquet")
    keys = [uuid.UUID("9b2f8a54-0c1d-4e6f-8a7b-1234567890ab").bytes, None]
    noted = pa.table({"json": pa.array(['{"a": "ü"}', None], pa.json_()), "key": pa.array(keys, pa.uuid())})
    for name, store in [("noted.parquet", True), ("plainly_noted.parquet", False)]:
        pq.write_table(noted, name, store_schema=store)


def avro():
    def optional(kind):
        return ["null", kind]

    def logical(kind, name, **more):
        return {"type": kind, "logicalType": name, **more}

    colour = {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}
    schema = fastavro.parse_schema({"type": "record", "name": "Row", "namespace": "example", "fields": [
        {"name": "id", "type": "long"},
        {"name": "small", "type": optional("int")},
        {"name": "single", "type": [ "float", "null"]},
        {"name": "double", "type": optional("double")},
        {"name": "ok", "type": optional("boolean")},
        {"name": "text", "type": optional("string")},
        {"name": "colour", "type": optional(colour)},
        {"name": "again", "type": "Colour"},
        {"name": "price", "type": optional(logical("bytes", "decimal", precision=10, scale=2))},
        {"name": "fee", "type": logical({"type": "fixed", "name": "Fee", "size": 4, "logicalType": "decimal", "precision": 8, "scale": 3}, "decimal")["type"]},
        {"name": "day", "type": optional(logical("int", "date"))},
        {"name": "clock", "type": optional(logical("long", "time-micros"))},
        {"name": "at", "type": optional(logical("long", "timestamp-millis"))},
        {"name": "local", "type": optional(logical("long", "local-timestamp-micros"))},
        {"name": "list", "type": {"type": "array", "items": optional("int")}},
        {"name": "map", "type": {"type": "map", "values": "long"}},
        {"name": "pair", "type": optional({"type": "record", "name": "Pair", "fields": [
            {"name": "x", "type": "int"}, {"name": "y", "type": optional("string")}]})},
        {"name": "number", "type": ["null", "int", "double"]},
        {"name": "mixed", "type": ["null", "long", "string"]},
        {"name": "key", "type": logical("string", "uuid")},
    ]})
    rows = [
        {"id": 2**63 - 1, "small": -128, "single": 0.5, "double": -1.5e300, "ok": True, "text": "ü", "colour": "GREEN", "again": "RED",
         "price": Decimal("12.50"), "fee": Decimal("-0.001"), "day": dt.date(2024, 2, 29), "clock": dt.time(23, 59, 59, 999999),
         "at": dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.timezone.utc), "local": dt.datetime(1969, 12, 31, 23, 59, 59, 500000),
         "list": [1, None], "map": {"a": 1}, "pair": {"x": 5, "y": None}, "number": 1, "mixed": 7,
         "key": "9b2f8a54-0c1d-4e6f-8a7b-1234567890ab"},
        {"id": -(2**63), "single": None, "again": "GREEN", "price": Decimal("-0.01"), "fee": Decimal("1234.567"), "list": [], "map": {},
         "number": 2.5, "mixed": "seven", "key": "00000000-0000-0000-0000-000000000000"},
    ]
    for codec in ["null", "deflate", "snappy", "zstandard"]:
        with open(f"{codec}.avro", "wb") as out:
            fastavro.writer(out, schema, rows, codec=codec, sync_marker=b"0123456789abcdef")
    for name, number in [("wide.avro", Decimal("-1.5")), ("too_wide.avro", Decimal(10**40))]:
        kind = {"type": "bytes", "logicalType": "decimal", "precision": 76, "scale": 10}
        wide = fastavro.parse_schema({"type": "record", "name": "Row", "fields": [{"name": "sum", "type": kind}]})
        with open(name, "wb") as out:
            fastavro.writer(out, wide, [{"sum": number}], codec="null", sync_marker=b"0123456789abcdef")
    with open("blocks.avro", "wb") as out:
        plain = fastavro.parse_schema({"type": "record", "name": "Row", "fields": [{"name": "n", "type": "int"}]})
        fastavro.writer(out, plain, [{"n": n} for n in range(200)], codec="null", sync_interval=64, sync_marker=b"0123456789abcdef")


parquet()
parquet_kinds()
parquet_units()
avro()
excel()
excel_hidden()
excel_kinds()
old_excel()
ods()
