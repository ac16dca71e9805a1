"""Makes samples/temperature/readings.csv: a reading a minute from two sensors for two days, some of them bad.

Run it from anywhere: `python3 tests/answers/make_temperature.py`. Standard library only, the same bytes each time.
"""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

TARGET = Path(__file__).parents[2] / "samples" / "temperature" / "readings.csv"
START = datetime(2025, 2, 27)
MINUTES = 2 * 24 * 60
# Where the sensor stands, its middle temperature, and how far a day takes it from there.
SENSORS = [("cellar", 11.5, 0.6), ("roof", 3.0, 6.5)]

# What goes wrong, and how many times. A line is spoilt by replacing `{sensor},{time},{celsius}` with the text given.
FAULTS = [
    ("{sensor},{time},ERR", 9),
    ("{sensor},{time},", 8),
    ("{sensor},{time},999.9", 7),
    # What a common sensor says when its wire has come off.
    ("{sensor},{time},-127.0", 5),
    ("{sensor},2025-02-29T{clock},{celsius}", 2),
    ("{sensor},{day}T24:15,{celsius}", 2),
    ("{sensor},{day}T07:61,{celsius}", 1),
    ("{sensor},{time}", 3),
    # A decimal comma makes one field too many.
    ("{sensor},{time},{comma}", 2),
    # A line break went missing.
    ("{sensor},{time},{celsius}{sensor},{time},{celsius}", 1),
    # No line at all: a minute without a reading.
    (None, 20),
]


def main():
    dice = random.Random(20250227)
    readings = [reading(dice, minute, *sensor) for minute in range(MINUTES) for sensor in SENSORS]
    faults = [shape for shape, times in FAULTS for _ in range(times)]
    spoilt = dict(zip(places(dice, len(readings), len(faults)), faults))
    lines = ["sensor,time,celsius"]
    for place, values in enumerate(readings):
        shape = spoilt.get(place, "{sensor},{time},{celsius}")
        if shape is not None:
            lines.append(shape.format(**values))
    TARGET.write_text("\n".join(lines) + "\n", newline="")


def reading(dice, minute, sensor, middle, swing):
    at = START + timedelta(minutes=minute)
    # Coldest at five in the morning.
    wave = -math.cos((minute - 300) / 1440 * 2 * math.pi)
    celsius = f"{middle + swing * wave + (dice.random() - 0.5) * 0.6:.1f}"
    return {
        "sensor": sensor,
        "time": f"{at:%Y-%m-%dT%H:%M}",
        "day": f"{at:%Y-%m-%d}",
        "clock": f"{at:%H:%M}",
        "celsius": celsius,
        "comma": celsius.replace(".", ","),
    }


def places(dice, among, count):
    """Different places, in the order drawn, so that each kind of fault is spread over the file."""
    drawn = {}
    while len(drawn) < count:
        drawn[dice.randrange(among)] = None
    return drawn


if __name__ == "__main__":
    main()
