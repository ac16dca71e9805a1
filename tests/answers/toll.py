"""What samples/toll must give, worked out with pandas: `transformed_data.csv` and the rows on each wire.

Needs `pip install pandas`. The tests compare with the stored tables and do not need this script.
"""

import io
import tarfile

import pandas

from tables import sample, store

VEHICLES = ["row_id", "timestamp", "vehicle_number", "vehicle_type", "axles", "vehicle_code"]
PLAZAS = ["row_id", "timestamp", "vehicle_number", "vehicle_type", "axles", "plaza_id", "plaza_code"]
PAYMENTS = ["row_id", "timestamp", "vehicle_number", "plaza_id", "plaza_code", "payment_type", "vehicle_code"]
# Counted from 0, the end not included.
PLACES = [(0, 6), (7, 31), (31, 40), (40, 47), (47, 57), (58, 61), (62, 67)]


def main():
    with tarfile.open(sample("toll") / "tolldata.tgz") as tar:
        text = {member.name: tar.extractfile(member).read().decode() for member in tar}
    vehicles = pandas.read_csv(io.StringIO(text["vehicle-data.csv"]), names=VEHICLES, dtype=str)
    plazas = pandas.read_csv(io.StringIO(text["tollplaza-data.tsv"]), names=PLAZAS, sep="\t", dtype=str)
    payments = pandas.read_fwf(io.StringIO(text["payment-data.txt"]), colspecs=PLACES, names=PAYMENTS, dtype=str)

    agree = (vehicles.row_id == plazas.row_id) & (vehicles.row_id == payments.row_id)
    assert len(vehicles) == len(plazas) == len(payments)
    result = pandas.concat(
        [
            vehicles[["row_id", "timestamp", "vehicle_number", "vehicle_type"]],
            plazas[["axles", "plaza_id", "plaza_code"]],
            payments[["payment_type", "vehicle_code"]],
        ],
        axis=1,
    )[agree]
    result["vehicle_type"] = result.vehicle_type.str.upper()

    rows = [
        ("vehicles", len(vehicles)),
        ("plazas", len(plazas)),
        ("payments", len(payments)),
        ("same row", agree.sum()),
        ("same row.false", (~agree).sum()),
    ]
    transformed = (list(result.columns), result.values.tolist())
    store("toll", {"transformed_data": transformed, "rows": (["output", "rows"], rows)})


if __name__ == "__main__":
    main()
