"""The pipelines of the proof in Polars: lazy frames, the streaming engine, Parquet as the sink.

python polars_peer.py NAME DATA OUT

Only as many threads as POLARS_MAX_THREADS says. Group by, joins and unique keep the order of rows, as ours do.
"""

import sys
from datetime import date
from pathlib import Path

import polars as pl
from polars import col


def scan(table):
    return pl.scan_parquet(DATA / f"{table}.parquet")


def inner(left, right, left_on, right_on):
    return left.join(right, left_on=left_on, right_on=right_on, maintain_order="left_right")


def count(name):
    return pl.len().cast(pl.Int64).alias(name)


VALUE = col("l_extendedprice") * (1 - col("l_discount"))


def q1():
    shipped = scan("lineitem").filter(col("l_shipdate") <= date(1998, 9, 2))
    prices = shipped.with_columns(disc_price=VALUE).with_columns(charge=col("disc_price") * (1 + col("l_tax")))
    by_status = prices.group_by("l_returnflag", "l_linestatus", maintain_order=True).agg(
        sum_qty=col("l_quantity").sum(),
        sum_base_price=col("l_extendedprice").sum(),
        sum_disc_price=col("disc_price").sum(),
        sum_charge=col("charge").sum(),
        avg_qty=col("l_quantity").mean(),
        avg_price=col("l_extendedprice").mean(),
        avg_disc=col("l_discount").mean(),
        count_order=count("count_order"),
    )
    return by_status.sort("l_returnflag", "l_linestatus")


def q3():
    builders = scan("customer").filter(col("c_mktsegment") == "BUILDING")
    early = scan("orders").filter(col("o_orderdate") < date(1995, 3, 15))
    late = scan("lineitem").filter(col("l_shipdate") > date(1995, 3, 15))
    theirs = inner(early, builders, "o_custkey", "c_custkey")
    joined = inner(late, theirs, "l_orderkey", "o_orderkey")
    by_order = joined.group_by("l_orderkey", "o_orderdate", "o_shippriority", maintain_order=True)
    first = by_order.agg(revenue=VALUE.sum()).sort("revenue", "o_orderdate", descending=[True, False]).head(10)
    return first.select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")


def q6():
    some = scan("lineitem").filter(
        col("l_shipdate") >= date(1994, 1, 1),
        col("l_shipdate") < date(1995, 1, 1),
        col("l_discount").is_between(0.045, 0.075),
        col("l_quantity") < 24,
    )
    return some.select(revenue=(col("l_extendedprice") * col("l_discount")).sum())


def q13():
    usual = scan("orders").filter(~col("o_comment").str.contains("special.*requests"))
    every = scan("customer").join(
        usual, left_on="c_custkey", right_on="o_custkey", how="left", maintain_order="left_right"
    )
    counted = col("o_orderkey").count().cast(pl.Int64)
    by_customer = every.group_by("c_custkey", maintain_order=True).agg(c_count=counted)
    by_count = by_customer.group_by("c_count", maintain_order=True).agg(count("custdist"))
    return by_count.sort("custdist", "c_count", descending=True)


def q18():
    by_order = scan("lineitem").group_by("l_orderkey", maintain_order=True).agg(sum=col("l_quantity").sum())
    of_orders = inner(scan("orders"), by_order.filter(col("sum") > 300), "o_orderkey", "l_orderkey")
    with_customer = inner(of_orders, scan("customer"), "o_custkey", "c_custkey")
    first = with_customer.sort("o_totalprice", "o_orderdate", descending=[True, False]).head(100)
    return first.select("c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum")


def group():
    many = scan("lineitem").filter(col("l_quantity") > 25)
    return many.group_by("l_suppkey", maintain_order=True).agg(
        count("lines"), sum=col("l_extendedprice").sum(), last=col("l_shipdate").max()
    )


def formulas():
    price = col("o_totalprice")
    size = pl.when(price > 200000).then(pl.lit("large")).when(price > 100000).then(pl.lit("middle"))
    return (
        scan("orders")
        .with_columns(net=price / 1.19)
        .with_columns(
            tax=price - col("net"),
            rounded=col("net").round(),
            year=col("o_orderdate").dt.year().cast(pl.Int64),
            month=col("o_orderdate").dt.truncate("1mo"),
            urgent=col("o_orderpriority") == "1-URGENT",
            clerk=col("o_clerk").str.to_lowercase(),
            size=size.otherwise(pl.lit("small")),
        )
    )


def joins():
    with_customer = inner(scan("orders"), scan("customer"), "o_custkey", "c_custkey")
    with_nation = inner(with_customer, scan("nation"), "c_nationkey", "n_nationkey")
    with_region = inner(with_nation, scan("region"), "n_regionkey", "r_regionkey")
    return with_region.select("o_orderkey", "o_totalprice", "c_name", "n_name", "r_name")


def window():
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    running = scan("orders").with_columns(
        number=number.over("o_custkey", order_by="o_orderdate"),
        so_far=col("o_totalprice").cum_sum().over("o_custkey", order_by="o_orderdate"),
    )
    return running.select("o_orderkey", "o_custkey", "o_orderdate", "number", "so_far")


def pivot():
    def cell(mode):
        of_mode = col("l_quantity").filter(col("l_shipmode") == mode)
        return pl.when(of_mode.len() > 0).then(of_mode.sum()).alias(mode)

    modes = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]
    return scan("lineitem").group_by("l_suppkey", maintain_order=True).agg(cell(mode) for mode in modes)


def sort():
    return scan("orders").sort("o_totalprice", "o_orderkey", descending=[True, False])


def unique():
    clean = scan("lineitem").with_columns(
        mode=col("l_shipmode").str.strip_chars(" ").str.to_lowercase(),
        words=col("l_comment").str.len_chars().cast(pl.Int64),
    )
    first = clean.unique(["l_partkey", "mode"], keep="first", maintain_order=True)
    return first.select("l_orderkey", "l_partkey", "mode", "words")


NAMES = {f.__name__: f for f in (q1, q3, q6, q13, q18, group, formulas, joins, window, pivot, sort, unique)}

if __name__ == "__main__":
    name, data, out = sys.argv[1:]
    DATA = Path(data)
    NAMES[name]().sink_parquet(out, compression="zstd", engine="streaming")
