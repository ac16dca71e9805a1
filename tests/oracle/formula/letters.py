#!/usr/bin/env python3
"""Writes letters.csv: how Unicode takes letters apart, by Python, and what PostgreSQL's unaccent makes of those we change."""

import pathlib
import unicodedata as unicode

RANGES = [(0xA0, 0x250), (0x300, 0x370), (0x370, 0x400), (0x401, 0x460), (0x1E00, 0x2000), (0x2070, 0x2190), (0xFB00, 0xFB07), (0xFF01, 0xFF5F)]
# The letters that have no accent and are written otherwise in basic Latin.
FOLDED = "ÆÐØÞßæðøþĐđĦħıĲĳĿŀŁłŉŊŋŒœŦŧſƒǄǅǆǇǈǉǊǋǌǱǲǳẞﬀﬁﬂﬃﬄﬅﬆ"
RULES = "/usr/share/postgresql/15/tsearch_data/unaccent.rules"


def main():
    rules = dict(line.rstrip("\n").split("\t") for line in open(RULES, encoding="utf8") if line.count("\t") == 1)
    lines = ["letter,pair,canonical,compatible,plain,class"]
    for letter in (chr(code) for start, end in RANGES for code in range(start, end)):
        canonical, compatible = unicode.normalize("NFD", letter), unicode.normalize("NFKD", letter)
        pair = unicode.decomposition(letter)
        is_composed = pair and "<" not in pair and unicode.normalize("NFC", letter) == letter and " " in pair
        folded = "".join(rules[part] if part in FOLDED else part for part in without_accents(letter))
        fields = [codes(letter), pair if is_composed else "", codes(canonical), codes(compatible), codes(folded)]
        if canonical != letter or compatible != letter or folded != letter or unicode.combining(letter):
            lines.append(",".join([*fields, str(unicode.combining(letter))]))
    (pathlib.Path(__file__).parent / "letters.csv").write_text("\n".join(lines) + "\n")


def without_accents(letter):
    base, *marks = unicode.normalize("NFD", letter)
    if 0x300 <= ord(base) < 0x370:
        return ""
    is_changed = any(name in unicode.name(base, "") for name in ("LATIN", "GREEK")) or letter in "Ёё"
    return base if is_changed and marks and all(0x300 <= ord(mark) < 0x370 for mark in marks) else letter


def codes(text):
    return " ".join(f"{ord(letter):04X}" for letter in text)


main()
