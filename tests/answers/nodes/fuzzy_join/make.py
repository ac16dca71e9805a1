"""How much alike names are, as jellyfish and rapidfuzz measure it. Needs `pip install jellyfish rapidfuzz`."""

import csv
import random

import jellyfish
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler, Levenshtein

random.seed(9)
syllables = ["ka", "ro", "min", "tel", "ber", "sch", "us", "an", "der", "ley", "wh", "itt"]
names = ["".join(random.choices(syllables, k=random.randint(2, 4))) for _ in range(25)]

def typo(name):
    at = random.randrange(len(name) - 1)
    change = random.choice([name[at + 1] + name[at], "", name[at:at + 2] + "e"])
    return name[:at] + change + name[at + 2:]

left, right = [typo(name) for name in names], names
for file, rows in [("typed", left), ("known", right)]:
    with open(f"{file}.csv", "w") as out:
        out.write("\n".join(["name", *rows, ""]))

def write(node, measure, threshold):
    with open(f"expected/{node}.csv", "w") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["name", "name_right", "score"])
        for a in left:
            rows.writerows([a, b, measure(a, b)] for b in right if measure(a, b) >= threshold)

def trigrams(text):
    text = f"  {text} "
    return {text[at:at + 3] for at in range(len(text) - 2)}

write("levenshtein", Levenshtein.normalized_similarity, 0.55)
write("damerau", DamerauLevenshtein.normalized_similarity, 0.55)
write("jaro", lambda a, b: JaroWinkler.similarity(a, b, prefix_weight=0.1), 0.75)
write("soundex", lambda a, b: float(jellyfish.soundex(a) == jellyfish.soundex(b)), 0.5)
write("trigrams", lambda a, b: len(trigrams(a) & trigrams(b)) / len(trigrams(a) | trigrams(b)), 0.3)
