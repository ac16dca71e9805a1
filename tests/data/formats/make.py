"""Makes the files beside it with other programs' libraries: pip install pyarrow openpyxl odfpy, then python make.py.

What each must give stands in the `.csv` of its name, written by hand.
"""

import datetime as dt
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
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
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), "no_rows.parquet")


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


parquet()
excel()
ods()
