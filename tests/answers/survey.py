"""What samples/survey must give, worked out with pandas and rapidfuzz. Needs `pip install pandas rapidfuzz`.

`anonymous` leaves out the ids of people, which are made of names and addresses, and the labels of age groups.
"""

import re

import pandas as pd
from rapidfuzz.distance import DamerauLevenshtein

from tables import sample, store

FOLDER = sample("survey")
NOTHING = {"", "n/a", "-", "none"}
AGREE = ["strongly disagree", "disagree", "neutral", "agree", "strongly agree"]
BIRTHDAYS = [r"\d{4}-\d\d-\d\d", r"\d\d\.\d\d\.\d{4}", r"\d\d [A-Z][a-z]{2} \d{4}"]


def clean(text):
    text = re.sub(r"\s+", " ", text).strip()
    return None if text.lower() in NOTHING else text


def gender(text):
    if text is None:
        return None
    known = {"f": "female", "female": "female", "woman": "female", "m": "male", "male": "male", "man": "male"}
    return known.get(text.lower(), "other")


def satisfaction(text):
    if text is None:
        return None
    return AGREE.index(text.lower()) + 1 if text.lower() in AGREE else int(text)


def country(text, known):
    alike = {name: DamerauLevenshtein.normalized_similarity(text.lower(), name.lower()) for name in known}
    best = max(alike, key=alike.get)
    return best if alike[best] >= 0.75 else None


def is_number(text):
    return text is None or re.fullmatch(r"\d+(\.\d+)?", text) is not None


def main():
    answers = pd.read_csv(FOLDER / "answers.csv", dtype=str, keep_default_na=False)
    once = answers.drop_duplicates("id")
    tidy = once.map(clean).astype(object)
    tidy = tidy.where(tidy.notna(), None)
    born = tidy["born"].map(lambda text: any(re.fullmatch(way, text) for way in BIRTHDAYS))
    dated = tidy[born]
    good = dated[dated["hours_saved"].map(is_number)]
    regions = pd.read_csv(FOLDER / "countries.csv").set_index("country")["region"]
    rows = pd.DataFrame(
        {
            "gender": good["gender"].map(gender),
            "country": good["country"].map(lambda text: country(text, list(regions.index))),
            "satisfaction": good["satisfaction"].map(satisfaction).astype("Int64"),
            "hours_saved": good["hours_saved"].astype(float),
            "uses": good["uses"],
        }
    )
    rows["region"] = rows["country"].map(regions)
    median = rows.groupby("satisfaction", dropna=False)["hours_saved"].transform("median")
    rows["hours_saved"] = rows["hours_saved"].fillna(median)
    uses = [re.sub(r"\s+", " ", use).strip().lower() for text in rows["uses"].dropna() for use in text.split(";")]
    counts = pd.Series(uses).value_counts(sort=False)
    shown = rows.astype(object).where(rows.notna(), "")
    order = ["gender", "country", "region", "satisfaction", "hours_saved", "uses"]
    store(
        "survey",
        {
            "anonymous": (order, shown[order].values.tolist()),
            "used_for": (
                ["uses", "count", "percent"],
                [[use, n, n * 100 / len(uses)] for use, n in sorted(counts.items(), key=lambda item: -item[1])],
            ),
            "rows": (
                ["output", "rows"],
                [
                    ["answers", len(answers)],
                    ["once", len(once)],
                    ["once.duplicates", len(answers) - len(once)],
                    ["birthdays", len(dated)],
                    ["birthdays.rejected", len(once) - len(dated)],
                    ["hours.rejected", len(dated) - len(good)],
                    ["country", len(rows)],
                ],
            ),
        },
    )


if __name__ == "__main__":
    main()
