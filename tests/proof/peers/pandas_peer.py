"""The pipelines of the proof in pandas, which reads and writes with pyarrow.

python pandas_peer.py NAME DATA OUT

Only the columns that are needed are read, and plain conditions are left to pyarrow, on two threads. Dates are dates
in the files and pandas' own times in memory.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def read(table, columns=None, filters=None):
    path = DATA / f"{table}.parquet"
    return pd.read_parquet(path, columns=columns, filters=filters, to_pandas_kwargs={"date_as_object": False})


def write(frame, path):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [field.with_type(pa.date32()) if pa.types.is_timestamp(field.type) else field for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), path, compression="zstd")


def q1():
    columns = ["l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax"]
    lines = read("lineitem", columns, [("l_shipdate", "<=", date(1998, 9, 2))])
    lines["disc_price"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    lines["charge"] = lines["disc_price"] * (1 + lines["l_tax"])
    by_status = lines.groupby(["l_returnflag", "l_linestatus"], as_index=False).agg(
        sum_qty=("l_quantity", "sum"),
        sum_base_price=("l_extendedprice", "sum"),
        sum_disc_price=("disc_price", "sum"),
        sum_charge=("charge", "sum"),
        avg_qty=("l_quantity", "mean"),
        avg_price=("l_extendedprice", "mean"),
        avg_disc=("l_discount", "mean"),
        count_order=("l_quantity", "size"),
    )
    return by_status.sort_values(["l_returnflag", "l_linestatus"])


def q3():
    day = date(1995, 3, 15)
    builders = read("customer", ["c_custkey"], [("c_mktsegment", "==", "BUILDING")])
    early = read("orders", ["o_orderkey", "o_custkey", "o_orderdate", "o_shippriority"], [("o_orderdate", "<", day)])
    late = read("lineitem", ["l_orderkey", "l_extendedprice", "l_discount"], [("l_shipdate", ">", day)])
    theirs = early.merge(builders, left_on="o_custkey", right_on="c_custkey")
    joined = late.merge(theirs, left_on="l_orderkey", right_on="o_orderkey")
    joined["revenue"] = joined["l_extendedprice"] * (1 - joined["l_discount"])
    by_order = joined.groupby(["l_orderkey", "o_orderdate", "o_shippriority"], as_index=False, sort=False)
    first = by_order["revenue"].sum().sort_values(["revenue", "o_orderdate"], ascending=[False, True]).head(10)
    return first[["l_orderkey", "revenue", "o_orderdate", "o_shippriority"]]


def q6():
    filters = [
        ("l_shipdate", ">=", date(1994, 1, 1)),
        ("l_shipdate", "<", date(1995, 1, 1)),
        ("l_discount", ">=", 0.045),
        ("l_discount", "<=", 0.075),
        ("l_quantity", "<", 24.0),
    ]
    some = read("lineitem", ["l_extendedprice", "l_discount"], filters)
    return pd.DataFrame({"revenue": [(some["l_extendedprice"] * some["l_discount"]).sum()]})


def q13():
    orders = read("orders", ["o_orderkey", "o_custkey", "o_comment"])
    usual = orders.loc[~orders["o_comment"].str.contains("special.*requests"), ["o_orderkey", "o_custkey"]]
    every = read("customer", ["c_custkey"]).merge(usual, how="left", left_on="c_custkey", right_on="o_custkey")
    by_customer = every.groupby("c_custkey", sort=False)["o_orderkey"].count().rename("c_count").reset_index()
    by_count = by_customer.groupby("c_count", as_index=False, sort=False).agg(custdist=("c_custkey", "size"))
    return by_count.sort_values(["custdist", "c_count"], ascending=False)


def q18():
    lines = read("lineitem", ["l_orderkey", "l_quantity"])
    by_order = lines.groupby("l_orderkey", as_index=False, sort=False).agg(sum=("l_quantity", "sum"))
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate", "o_totalprice"])
    of_orders = orders.merge(by_order[by_order["sum"] > 300], left_on="o_orderkey", right_on="l_orderkey")
    customers = read("customer", ["c_custkey", "c_name"])
    with_customer = of_orders.merge(customers, left_on="o_custkey", right_on="c_custkey")
    first = with_customer.sort_values(["o_totalprice", "o_orderdate"], ascending=[False, True]).head(100)
    return first[["c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum"]]


def group():
    many = read("lineitem", ["l_suppkey", "l_extendedprice", "l_shipdate"], [("l_quantity", ">", 25.0)])
    return many.groupby("l_suppkey", as_index=False, sort=False).agg(
        lines=("l_shipdate", "size"), sum=("l_extendedprice", "sum"), last=("l_shipdate", "max")
    )


def formulas():
    orders = read("orders")
    price, day = orders["o_totalprice"], orders["o_orderdate"]
    orders["net"] = price / 1.19
    orders["tax"] = price - orders["net"]
    orders["rounded"] = orders["net"].round()
    orders["year"] = day.dt.year.astype("int64")
    orders["month"] = day.dt.to_period("M").dt.to_timestamp()
    orders["urgent"] = orders["o_orderpriority"] == "1-URGENT"
    orders["clerk"] = orders["o_clerk"].str.lower()
    orders["size"] = np.select([price > 200000, price > 100000], ["large", "middle"], "small")
    return orders


def joins():
    orders = read("orders", ["o_orderkey", "o_custkey", "o_totalprice"])
    customers = read("customer", ["c_custkey", "c_name", "c_nationkey"])
    nations = read("nation", ["n_nationkey", "n_name", "n_regionkey"])
    regions = read("region", ["r_regionkey", "r_name"])
    with_customer = orders.merge(customers, left_on="o_custkey", right_on="c_custkey")
    with_nation = with_customer.merge(nations, left_on="c_nationkey", right_on="n_nationkey")
    with_region = with_nation.merge(regions, left_on="n_regionkey", right_on="r_regionkey")
    return with_region[["o_orderkey", "o_totalprice", "c_name", "n_name", "r_name"]]


def window():
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate", "o_totalprice"])
    by_customer = orders.sort_values("o_orderdate", kind="stable").groupby("o_custkey", sort=False)
    orders["number"] = by_customer.cumcount() + 1
    orders["so_far"] = by_customer["o_totalprice"].cumsum()
    return orders[["o_orderkey", "o_custkey", "o_orderdate", "number", "so_far"]]


def pivot():
    lines = read("lineitem", ["l_suppkey", "l_shipmode", "l_quantity"])
    cells = lines.pivot_table(index="l_suppkey", columns="l_shipmode", values="l_quantity", aggfunc="sum", sort=False)
    modes = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]
    return cells.reindex(columns=modes).reset_index()


def sort():
    return read("orders").sort_values(["o_totalprice", "o_orderkey"], ascending=[False, True])


def unique():
    lines = read("lineitem", ["l_orderkey", "l_partkey", "l_shipmode", "l_comment"])
    lines["mode"] = lines["l_shipmode"].str.strip(" ").str.lower()
    lines["words"] = lines["l_comment"].str.len()
    return lines.drop_duplicates(["l_partkey", "mode"])[["l_orderkey", "l_partkey", "mode", "words"]]


NAMES = {f.__name__: f for f in (q1, q3, q6, q13, q18, group, formulas, joins, window, pivot, sort, unique)}

if __name__ == "__main__":
    name, data, out = sys.argv[1:]
    DATA = Path(data)
    pa.set_cpu_count(2)
    pa.set_io_thread_count(2)
    write(NAMES[name](), out)
