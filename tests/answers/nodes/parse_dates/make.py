"""Local times of two zones as instants, with fold where a clock was put back, as Python's zoneinfo has them."""

import csv
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

times = [f"{day} {hour:02}:{minute}" for day in ["2024-03-31", "2024-10-27", "2024-11-03", "1950-07-01"]
         for hour in range(0, 5) for minute in ("00", "30")]
with open("times.csv", "w", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([("at",), *((time,) for time in times)])


def write(name, zone, fold):
    with open(f"expected/{name}.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("at",))
        for time in times:
            local = datetime.strptime(time, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
            utc = local.replace(fold=fold).astimezone(timezone.utc)
            if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
                # A time that was left out: fold 0 goes by the offset in force before it, as we do for both.
                utc = local.replace(fold=0).astimezone(timezone.utc)
            out.writerow((utc.strftime("%Y-%m-%d %H:%M:%SZ"),))


write("berlin first", "Europe/Berlin", 0)
write("berlin second", "Europe/Berlin", 1)
write("new york first", "America/New_York", 0)
