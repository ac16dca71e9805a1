"""The pipelines of the proof in Flowfile, as flows of its own nodes: none holds code.

python flowfile_peer.py save NAME DATA OUT FLOWFILE    builds the flow and saves it; FLOWFILE ends in .yaml
flowfile run flow FLOWFILE                             runs it without a window, in one process, and writes OUT

Flowfile runs a plan of lazy Polars into sink_parquet. Threads are as many as POLARS_MAX_THREADS says, settings and
its catalog are in FLOWFILE_STORAGE_DIR or ~/.flowfile, and FLOWFILE_TELEMETRY=0 makes sure that nothing is sent.
Its nodes for groups and unique rows have no setting that keeps the order of rows: it is left free for `group`,
`pivot` and `unique`. Those for joins and windows have none either, but the file of orders is in the order of its
keys: `joins` and `window` sort by them.
"""

import sys
from pathlib import Path

import flowfile as ff
from flowfile import col, transform_schema


def scan(table):
    return ff.read_parquet(str(DATA / f"{table}.parquet"))


def where(frame, condition):
    return frame.filter(flowfile_formula=condition)


def formula(frame, *formulas):
    """One node: each formula sees the columns of those before it."""
    names, texts, types = zip(*((*given, "Auto")[:3] for given in formulas))
    return frame.with_columns(
        flowfile_formulas=list(texts), output_column_names=list(names), output_column_datatypes=list(types)
    )


def inner(left, right, left_on, right_on):
    return left.join(right, left_on=left_on, right_on=right_on, how="inner")


def whole(*names):
    """Counts are 32 bits wide in Polars."""
    return [(name, f"[{name}]", "Int64") for name in names]


def q1():
    shipped = where(scan("lineitem"), '[l_shipdate] <= to_date("1998-09-02")')
    prices = formula(
        shipped,
        ("disc_price", "[l_extendedprice] * (1 - [l_discount])"),
        ("charge", "[disc_price] * (1 + [l_tax])"),
    )
    by_status = prices.group_by("l_returnflag", "l_linestatus").agg(
        col("l_quantity").sum().alias("sum_qty"),
        col("l_extendedprice").sum().alias("sum_base_price"),
        col("disc_price").sum().alias("sum_disc_price"),
        col("charge").sum().alias("sum_charge"),
        col("l_quantity").mean().alias("avg_qty"),
        col("l_extendedprice").mean().alias("avg_price"),
        col("l_discount").mean().alias("avg_disc"),
        col("l_orderkey").count().alias("count_order"),
    )
    return formula(by_status.sort(["l_returnflag", "l_linestatus"]), *whole("count_order"))


def q3():
    builders = where(scan("customer"), '[c_mktsegment] = "BUILDING"')
    early = where(scan("orders"), '[o_orderdate] < to_date("1995-03-15")')
    late = where(scan("lineitem"), '[l_shipdate] > to_date("1995-03-15")')
    theirs = inner(early, builders, "o_custkey", "c_custkey")
    joined = inner(late, theirs, "l_orderkey", "o_orderkey")
    value = formula(joined, ("value", "[l_extendedprice] * (1 - [l_discount])"))
    by_order = value.group_by("l_orderkey", "o_orderdate", "o_shippriority").agg(col("value").sum().alias("revenue"))
    first = by_order.sort(["revenue", "o_orderdate"], descending=[True, False]).head(10)
    return first.select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")


def q6():
    some = where(
        scan("lineitem"),
        '[l_shipdate] >= to_date("1994-01-01") and [l_shipdate] < to_date("1995-01-01") '
        "and between([l_discount], 0.045, 0.075) and [l_quantity] < 24",
    )
    value = formula(some, ("value", "[l_extendedprice] * [l_discount]"))
    return value.group_by().agg(col("value").sum().alias("revenue"))


def q13():
    usual = where(scan("orders"), 'not(contains([o_comment], "special.*requests"))')
    every = scan("customer").join(usual, left_on="c_custkey", right_on="o_custkey", how="left")
    by_customer = every.group_by("c_custkey").agg(col("o_orderkey").count().alias("c_count"))
    by_count = by_customer.group_by("c_count").agg(col("c_custkey").count().alias("custdist"))
    return formula(by_count.sort(["custdist", "c_count"], descending=True), *whole("c_count", "custdist"))


def q18():
    by_order = scan("lineitem").group_by("l_orderkey").agg(col("l_quantity").sum().alias("sum"))
    of_orders = inner(scan("orders"), where(by_order, "[sum] > 300"), "o_orderkey", "l_orderkey")
    with_customer = inner(of_orders, scan("customer"), "o_custkey", "c_custkey")
    first = with_customer.sort(["o_totalprice", "o_orderdate"], descending=[True, False]).head(100)
    return first.select("c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum")


def group():
    by_supplier = where(scan("lineitem"), "[l_quantity] > 25").group_by("l_suppkey").agg(
        col("l_orderkey").count().alias("lines"),
        col("l_extendedprice").sum().alias("sum"),
        col("l_shipdate").max().alias("last"),
    )
    return formula(by_supplier, *whole("lines"))


def formulas():
    size = 'if [o_totalprice] > 200000 then "large" elseif [o_totalprice] > 100000 then "middle" else "small" endif'
    return formula(
        scan("orders"),
        ("net", "[o_totalprice] / 1.19"),
        ("tax", "[o_totalprice] - [net]"),
        ("rounded", "round([net], 0)"),
        ("year", "year([o_orderdate])", "Int64"),
        ("month", 'date_truncate([o_orderdate], "1mo")'),
        ("urgent", '[o_orderpriority] = "1-URGENT"'),
        ("clerk", "lowercase([o_clerk])"),
        ("size", size),
    )


def joins():
    with_customer = inner(scan("orders"), scan("customer"), "o_custkey", "c_custkey")
    with_nation = inner(with_customer, scan("nation"), "c_nationkey", "n_nationkey")
    with_region = inner(with_nation, scan("region"), "n_regionkey", "r_regionkey")
    return with_region.select("o_orderkey", "o_totalprice", "c_name", "n_name", "r_name").sort("o_orderkey")


def window():
    """The key decides between orders of a day. No function numbers rows: `cum_count` of a column without gaps does."""
    columns = [("o_orderkey", "cum_count", "number"), ("o_totalprice", "cum_sum", "so_far")]
    settings = transform_schema.WindowFunctionsInput(
        partition_by=["o_custkey"],
        order_by=[transform_schema.SortByInput(column=name) for name in ("o_orderdate", "o_orderkey")],
        window_functions=[
            transform_schema.WindowFunctionInput(column=column, function=function, new_column_name=name)
            for column, function, name in columns
        ],
    )
    running = ff.Node("window_functions", scan("orders"), settings={"window_input": settings}).output
    shown = running.select("o_orderkey", "o_custkey", "o_orderdate", "number", "so_far")
    return formula(shown.sort("o_orderkey"), *whole("number"))


def pivot():
    """Columns are the modes that there are, by name; the node looks for them in a run of its own."""
    return scan("lineitem").pivot("l_shipmode", index="l_suppkey", values="l_quantity", aggregate_function="sum")


def sort():
    return scan("orders").sort(["o_totalprice", "o_orderkey"], descending=[True, False])


def unique():
    clean = formula(
        scan("lineitem"),
        ("mode", "lowercase(trim([l_shipmode]))"),
        ("words", "length([l_comment])", "Int64"),
    )
    return clean.unique(["l_partkey", "mode"], keep="first").select("l_orderkey", "l_partkey", "mode", "words")


def saved(frame, out, file):
    """`write_parquet` would write at once: the node is only placed, and writes when the flow is run."""
    output = {"name": out.name, "directory": str(out), "file_type": "parquet", "table_settings": None}
    ff.Node("output", frame, settings={"output_settings": output}, deferred=True)
    code = {"polars_code", "python_script", "sql_query"} & {node.node_type for node in frame.flow_graph.nodes}
    if code:
        sys.exit(f"nodes of code: {code}")
    frame.save_graph(str(file))


NAMES = {f.__name__: f for f in (q1, q3, q6, q13, q18, group, formulas, joins, window, pivot, sort, unique)}

if __name__ == "__main__":
    command, name, data, out, file = sys.argv[1:]
    if command != "save":
        sys.exit(f"no command {command!r}")
    DATA = Path(data).absolute()
    saved(NAMES[name](), Path(out).absolute(), Path(file).absolute())
