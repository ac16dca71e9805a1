#!/usr/bin/env python3
"""Asks a real PostgreSQL for the value of every formula of the tests and stores the answers in postgres.csv.

The formulas are the examples of the catalogue and the lines of formulas.txt, as the test prints them. A PostgreSQL 15 or later with its
contributed extensions must be installed; a server of its own is started in a new folder and thrown away. Run it from anywhere, as root or as a user:

    python3 tests/oracle/postgres.py
"""

import ast
import csv
import glob
import os
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
# The test sorts by code point and writes dates in the ISO way, without a zone of this machine.
SETTINGS = "SET timezone TO 'UTC'; SET datestyle TO 'ISO'; SET extra_float_digits TO 1;"


def main():
    formulas = printed_by_the_test()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        server = Server(folder)
        try:
            answers = [(formula, server.answer(formula)) for formula in formulas]
        finally:
            server.stop()
    with open(HERE / "postgres.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["formula", "answer"])
        writer.writerows(answers)
    print(f"{len(answers)} answers")


def printed_by_the_test():
    command = "cargo test -q -p pipewright-engine --test formulas print_the_formulas -- --ignored --nocapture"
    output = subprocess.run(command.split(), cwd=HERE, check=True, capture_output=True, text=True).stdout
    return [ast.literal_eval(line.removeprefix("formula ")) for line in re.findall(r"^formula '.*'$", output, re.MULTILINE)]


class Server:
    """A PostgreSQL in a folder, reached by a socket there."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.run("initdb", "-D", f"{folder}/data", "--locale=C.UTF-8", "-A", "trust", "-U", "postgres")
        options = f"-c listen_addresses='' -k {folder}"
        self.run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        extensions = "".join(f"CREATE EXTENSION {name};" for name in ("fuzzystrmatch", "pg_trgm", "unaccent"))
        self.run("psql", "-h", folder, "-U", "postgres", "-qX", "-c", extensions, "template1")

    def run(self, program, *arguments):
        # PostgreSQL refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*user, f"{self.programs}/{program}", *arguments], check=True, capture_output=True)

    def answer(self, formula):
        answer = self.value(f"({formula})")
        # Functions that give rows give a list here.
        return self.value(f"ARRAY(SELECT {formula})") if answer.startswith("ERROR: set-returning") else answer

    def value(self, formula):
        query = f"{SETTINGS} SELECT coalesce({formula}::text, 'null')"
        command = [f"{self.programs}/psql", "-h", self.folder, "-U", "postgres", "-qAtX", "-c", query, "template1"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 0:
            answer = result.stdout.removesuffix("\n")
            return answer if len(answer) <= 1000 else f"a text of {len(answer)} characters"
        return "ERROR: " + result.stderr.split("ERROR:  ")[1].split("\n")[0]

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")


if __name__ == "__main__":
    main()
