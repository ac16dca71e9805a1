"""Makes samples/survey/: what 600 people answered to a questionnaire, as dirty as such exports are, and a list of countries.

Names, addresses and numbers are plainly made up. Run it from anywhere: `python3 tests/answers/make_survey.py`. Standard library only, the
same bytes each time.
"""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "samples" / "survey"
COUNTRIES = ["Chile", "Japan", "Kenya", "Norway", "Portugal"]
REGIONS = ["Americas", "Asia", "Africa", "Europe", "Europe"]
USES = ["reports", "forecasts", "data cleaning", "migrations", "teaching"]
GENDERS = {"female": ["f", "F", "female", "Female ", "woman"], "male": ["m", "M", "male", "MALE", "man"], "other": ["other", "x", "prefer not to say"]}
AGREE = ["strongly disagree", "disagree", "neutral", "agree", "strongly agree"]
NOTHING = ["", "n/a", "N/A", "-", "none"]


def main():
    dice = random.Random(20240601)
    rows = [answer(dice, number) for number in range(1, 601)]
    # Some sent their answers twice.
    for _ in range(18):
        row = list(rows[dice.randrange(600)])
        rows.append(row)
    header = "id,sent,name,email,born,gender,country,uses,satisfaction,hours_saved,comment"
    lines = [header] + [",".join(quoted(cell) for cell in row) for row in rows]
    (FOLDER / "answers.csv").write_text("\n".join(lines) + "\n", newline="", encoding="utf-8")
    countries = ["country,region"] + [f"{name},{region}" for name, region in zip(COUNTRIES, REGIONS)]
    (FOLDER / "countries.csv").write_text("\n".join(countries) + "\n", newline="")


def answer(dice, number):
    sent = datetime(2024, 5, 1, 8) + timedelta(minutes=dice.randrange(60 * 24 * 30))
    born = date(1950, 1, 1) + timedelta(days=dice.randrange(365 * 55))
    gender = ["female", "male", "female", "male", "other"][dice.randrange(5)]
    country = dice.randrange(5)
    # Who is content says so with more hours saved.
    mood = dice.randrange(5)
    hours = max(0.0, round(dice.gauss(2.0 + 2.2 * mood, 2.0), 1))
    uses = dice.sample(USES, dice.randrange(0, 4))
    return [
        f"A{number:04}",
        sent.strftime(["%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M"][dice.randrange(3)]),
        spoilt(dice, f"Person {number:03}"),
        nothing(dice, 25) or f"person{number:03}@example.org",
        born.strftime(["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y"][dice.randrange(3)]) if number % 97 else "unknown",
        nothing(dice, 20) or GENDERS[gender][dice.randrange(len(GENDERS[gender]))],
        misspelt(dice, COUNTRIES[country]),
        "; ".join(spoilt(dice, use) for use in uses),
        nothing(dice, 15) or [AGREE[mood], AGREE[mood].capitalize(), str(mood + 1)][dice.randrange(3)],
        nothing(dice, 12) or ("40 to 50" if number == 333 else f"{hours}"),
        nothing(dice, 2) or ["Great  tool", "I miss\ta dark theme", "Très bien", "muito útil!", "More examples, please"][dice.randrange(5)],
    ]


def nothing(dice, one_in):
    """One of the ways of saying nothing, now and then."""
    return NOTHING[dice.randrange(len(NOTHING))] or " " if dice.randrange(one_in) == 0 else ""


def spoilt(dice, text):
    return [text, text, text, f" {text}", f"{text}  ", text.upper(), text.replace(" ", "  ")][dice.randrange(7)]


def misspelt(dice, text):
    """One letter left out or doubled, now and then."""
    at = dice.randrange(1, len(text) - 1)
    return [text, text, text, text, text.lower(), text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]][dice.randrange(7)]


def quoted(cell):
    return f'"{cell}"' if any(mark in cell for mark in ',"\n') else cell


if __name__ == "__main__":
    main()
