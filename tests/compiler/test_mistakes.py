"""Golden diagnostics: an edit of a shipped file, and what `validate` says of it.

`mistakes.txt` holds the cases: a title after `##`, the file (and `of` which collection, if not of `first-steps.yaml`), the
text replaced (`-`) and its replacement (`+`), then the expected report. To add one, write it with an empty report and run this file as a script: it fills in what is said; read it.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rlve_dsl.cli.checking import check
from rlve_dsl.diagnostics import render_text

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"
CASES = HERE / "mistakes.txt"


@dataclass(frozen=True)
class Case:
    title: str
    file: str
    collection: str
    old: str
    new: str
    report: str


def read_cases(path: Path = CASES) -> list[Case]:
    cases = []
    for block in path.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, where, *lines = block.splitlines()
        file, _, collection = where.partition(" of ")
        old = "\n".join(line[2:] for line in lines if line.startswith("- "))
        new = "\n".join(line[2:] for line in lines if line.startswith("+ "))
        report = "\n".join(line for line in lines if not line.startswith(("- ", "+ "))).strip("\n")
        cases.append(Case(title, file, collection or "first-steps.yaml", old, new, report))
    return cases


def say(case: Case, folder: Path) -> str:
    shutil.copytree(SCENARIOS, folder / "scenarios")
    path = folder / "scenarios" / case.file
    text = path.read_text(encoding="utf-8")
    assert text.count(case.old) == 1, f"{case.title}: the text to replace occurs {text.count(case.old)} times"
    path.write_text(text.replace(case.old, case.new), encoding="utf-8")
    found, sources = check([folder / "scenarios" / case.collection])
    told = [d for d in found if not d.message.startswith("no environment of")]  # what a collection leaves unused
    return render_text(told, sources).replace(f"{folder}/scenarios/", "")


@pytest.mark.parametrize("case", read_cases(), ids=lambda c: c.title)
def test_a_mistake_is_reported(case: Case, tmp_path: Path) -> None:
    assert say(case, tmp_path) == case.report


def write_reports(path: Path, head: str) -> None:
    """Fill in what is said of each case of a file."""
    parts = []
    for case in read_cases(path):
        with tempfile.TemporaryDirectory() as folder:
            case = replace(case, report=say(case, Path(folder)))
        edit = [f"- {line}" for line in case.old.splitlines()] + [f"+ {line}" for line in case.new.splitlines()]
        where = case.file if case.collection == "first-steps.yaml" else f"{case.file} of {case.collection}"
        parts.append("\n".join([f"## {case.title}", where, *edit, case.report, ""]))
    path.write_text(f"{head}\n\n" + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    write_reports(CASES, "Edits of shipped files and what is said of them.")
