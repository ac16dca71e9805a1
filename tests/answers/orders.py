"""What samples/orders must give, worked out with DuckDB: every file it writes and the rows on each wire.

Needs `pip install duckdb`. The tests compare with the stored tables and do not need this script. `bad_lines` leaves out
`error_reason`, whose words are Pipewright's own; `sales` is the partitioned Parquet read as one table.
"""

import duckdb

from tables import query, sample, store

CLEAN = """
    CREATE TABLE all_customers AS
        SELECT seq, upper(trim(customer_id)) AS customer_id, title(replace(trim(name), '  ', ' ')) AS name,
               title(trim(country)) AS country, since::date AS since
        FROM raw_customers;
    CREATE TABLE ranked AS
        SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY seq) AS nth FROM all_customers;
    CREATE TABLE customers AS SELECT * EXCLUDE nth FROM ranked WHERE nth = 1;
    CREATE TABLE orders AS
        SELECT seq, order_id::bigint AS order_id, upper(trim(customer_id)) AS customer_id,
               ordered_on::date AS ordered_on
        FROM raw_orders;
    CREATE TABLE lines AS
        SELECT seq, order_id::bigint AS order_id, product, quantity::bigint AS quantity,
               unit_price::decimal(10, 2) AS unit_price
        FROM raw_lines
        WHERE regexp_full_match(quantity, '[0-9]+') AND regexp_full_match(unit_price, '[0-9]+([.][0-9]+)?');
    CREATE TABLE bought AS
        SELECT customers.seq AS customer_seq, orders.seq AS order_seq, order_id, ordered_on, customer_id, name, country
        FROM customers JOIN orders USING (customer_id);
    CREATE TABLE sales AS
        SELECT customer_seq, order_seq, lines.seq AS line_seq, order_id, ordered_on,
               strftime(ordered_on, '%Y-%m') AS month, customer_id, name, country, product, quantity, unit_price,
               (quantity * unit_price)::decimal(12, 2) AS amount
        FROM bought JOIN lines USING (order_id);
    CREATE TABLE summary AS
        SELECT month, country, count(DISTINCT order_id) AS orders, count(*) AS lines, sum(amount) AS revenue
        FROM sales GROUP BY ALL ORDER BY month, country;
"""

TABLES = {
    "bad_lines": """
        SELECT seq + 1 AS line, concat_ws(',', order_id, product, quantity, unit_price) AS record,
               CASE WHEN regexp_full_match(quantity, '[0-9]+') THEN 'unit_price' ELSE 'quantity' END AS error_column,
               CASE WHEN regexp_full_match(quantity, '[0-9]+') THEN unit_price ELSE quantity END AS error_value
        FROM raw_lines WHERE seq NOT IN (SELECT seq FROM lines) ORDER BY seq
    """,
    "duplicate_customers": "SELECT customer_id, name, country, since FROM ranked WHERE nth > 1 ORDER BY seq",
    "customers_without_orders": """
        SELECT customer_id, name, country, since FROM customers ANTI JOIN orders USING (customer_id) ORDER BY seq
    """,
    "orders_without_customer": """
        SELECT order_id, customer_id, ordered_on FROM orders ANTI JOIN customers USING (customer_id) ORDER BY seq
    """,
    "orders_without_lines": """
        SELECT order_id, ordered_on, customer_id, name, country FROM bought ANTI JOIN lines USING (order_id)
        ORDER BY customer_seq, order_seq
    """,
    "lines_left_over": """
        SELECT order_id, product, quantity, unit_price FROM lines ANTI JOIN bought USING (order_id) ORDER BY seq
    """,
    "sales": """
        SELECT * EXCLUDE (customer_seq, order_seq, line_seq) FROM sales ORDER BY customer_seq, order_seq, line_seq
    """,
    "summary": "FROM summary",
    "revenue": """
        SELECT month, Chile, Japan, Kenya, Norway, Portugal
        FROM (PIVOT summary ON country USING sum(revenue) GROUP BY month) ORDER BY month
    """,
}

# Each wire of the pipeline, and the table above (or made by CLEAN) whose rows run over it.
WIRES = {
    "customers": "raw_customers",
    "orders": "raw_orders",
    "lines": "lines",
    "lines.rejected": "bad_lines",
    "one each": "customers",
    "one each.duplicates": "duplicate_customers",
    "bought": "bought",
    "bought.left_only": "customers_without_orders",
    "bought.right_only": "orders_without_customer",
    "sold": "sales",
    "sold.left_only": "orders_without_lines",
    "sold.right_only": "lines_left_over",
    "by month and country": "summary",
    "months": "revenue",
}


def main():
    database = duckdb.connect()
    # One thread reads the rows in the order of the file, which the numbers in `seq` then keep.
    database.execute("SET threads = 1")
    # DuckDB has no initcap; every word here begins with a letter or a digit.
    database.execute(
        "CREATE MACRO title(words) AS array_to_string(list_transform(string_split(words, ' '),"
        " lambda word: upper(word[1]) || lower(word[2:])), ' ')"
    )
    for name in ("customers", "orders", "lines"):
        path = sample("orders") / f"{name}.csv"
        database.execute(
            f"CREATE TABLE raw_{name} AS SELECT row_number() OVER () AS seq, *"
            f" FROM read_csv('{path}', header = true, delim = ',', all_varchar = true)"
        )
    database.execute(CLEAN)
    tables = {name: query(database, statement) for name, statement in TABLES.items()}
    counts = [(output, count(database, tables, table)) for output, table in WIRES.items()]
    store("orders", {**tables, "rows": (["output", "rows"], counts)})


def count(database, tables, table):
    if table in tables:
        return len(tables[table][1])
    return database.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0]


if __name__ == "__main__":
    main()
