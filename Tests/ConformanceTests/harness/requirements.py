"""REQUIREMENTS.md: what the specification requires, and the test of each."""

import os
import re

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(HERE, "REQUIREMENTS.md")
COLUMNS = ("requirement", "what", "tests", "ward", "crun", "runc", "why")


class Row:
    def __init__(self, cells):
        self.cells = dict(zip(COLUMNS, cells))

    @property
    def id(self):
        return self.cells["requirement"].strip("`")

    @property
    def not_met(self):
        """The reason where ward is known not to do what is required."""
        return self.cells["why"] if self.cells["ward"] == "not met" else None

    def __str__(self):
        return "| " + " | ".join(self.cells[name] for name in COLUMNS) + " |"


def row(line):
    """The row that a line of the file is, if it is one."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
    return Row(cells) if len(cells) == len(COLUMNS) and cells[0].startswith("`") else None


def rows():
    with open(TABLE, encoding="utf-8") as file:
        return [found for found in map(row, file) if found]


def disagreements(cases):
    """Where the table and the tests do not say the same; each has to name the other."""
    named = {}
    for test in cases:
        for requirement in test.requirements:
            named.setdefault(requirement, []).append(test.name)
    known = rows()
    identifiers = [found.id for found in known]
    for identifier in sorted({name for name in identifiers if identifiers.count(name) > 1}):
        yield f"{identifier} stands in the table more than once"
    for found in known:
        tests = [name.strip("`") for name in found.cells["tests"].split(", ") if name]
        if found.id not in named:
            yield f"{found.id} has no test"
        elif tests != named[found.id]:
            yield f"{found.id}: the table names {tests}, the tests are {named[found.id]}: Tests/ConformanceTests/table mends it"
    for requirement in sorted(named.keys() - set(identifiers)):
        yield f"{requirement}, of {named[requirement][0]}, is not in the table"
