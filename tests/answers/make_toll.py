"""Makes samples/toll/tolldata.tgz: one archive of three files about the same toll passages, row for row.

The shapes are those of the toll-data assignment of data-engineering courses; every value here is generated.
Run it from anywhere: `python3 tests/answers/make_toll.py`. Standard library only, the same content each time; the
bytes of the archive may change with the version of zlib.
"""

import gzip
import io
import random
import tarfile
from datetime import datetime, timedelta
from pathlib import Path

TARGET = Path(__file__).parents[2] / "samples" / "toll" / "tolldata.tgz"
ROWS = 1500
AXLES = {"car": [2], "van": [2], "truck": [2, 3, 3, 4, 5, 6]}
# The first day has one digit, which the timestamp text pads with a blank: `Sun Aug  1`.
OPENING = datetime(2021, 8, 1, 5, 0)


def main():
    rows = passages(random.Random(20210801))
    files = {"vehicle-data.csv": vehicles(rows), "tollplaza-data.tsv": plazas(rows), "payment-data.txt": payments(rows)}
    TARGET.write_bytes(gzipped(archive(files)))


def passages(dice):
    stations = [(4000 + dice.randrange(1000), f"PC{dice.randrange(16**7):07X}") for _ in range(18)]
    codes = [f"VC{dice.randrange(16**3):03X}" for _ in range(40)]
    at, rows = OPENING, []
    for row_id in range(1, ROWS + 1):
        at += timedelta(seconds=dice.randrange(5, 3600))
        # Four in six are cars.
        kind = ["car", "car", "car", "car", "van", "truck"][dice.randrange(6)]
        plaza_id, plaza_code = stations[dice.randrange(len(stations))]
        rows.append({
            "row_id": row_id,
            "at": at.strftime("%a %b ") + f"{at.day:2d}" + at.strftime(" %H:%M:%S %Y"),
            "vehicle": dice.randrange(1_000, 1_000_000),
            "kind": kind,
            "axles": AXLES[kind][dice.randrange(len(AXLES[kind]))],
            "vehicle_code": codes[dice.randrange(len(codes))],
            "plaza_id": plaza_id,
            "plaza_code": plaza_code,
            "payment": ["PTE", "PTE", "PTC", "PTP"][dice.randrange(4)],
        })
    return rows


def vehicles(rows):
    return lines("{row_id},{at},{vehicle},{kind},{axles},{vehicle_code}\n", rows)


def plazas(rows):
    return lines("{row_id}\t{at}\t{vehicle}\t{kind}\t{axles}\t{plaza_id}\t{plaza_code}\r\n", rows)


def payments(rows):
    return lines("{row_id:6} {at}{vehicle:9}{plaza_id:7}{plaza_code:>10} {payment} {vehicle_code}\n", rows)


def lines(shape, rows):
    return "".join(shape.format(**row) for row in rows).encode()


def archive(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def gzipped(content):
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(content)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
