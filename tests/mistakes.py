"""Mistakes as data: a file of cases, each with the text to replace, what stands there instead, and what is reported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A mistake: `new` in the place of `old`, and the report."""

    title: str
    old: str
    new: str
    report: str


def read_cases(file: Path) -> list[Case]:
    """The cases of a file: a title after `## `, lines `- old`, lines `+ new`, then the report."""
    cases = []
    for block in file.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, *lines = block.splitlines()
        old = "\n".join(line[2:] for line in lines if line.startswith("- "))
        new = "\n".join(line[2:] for line in lines if line.startswith("+ "))
        report = "\n".join(line for line in lines if not line.startswith(("- ", "+ "))).strip("\n")
        cases.append(Case(title, old, new, report))
    return cases
