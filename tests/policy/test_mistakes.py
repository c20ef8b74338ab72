"""Golden diagnostics: an edit of `store.yaml`, and the diagnostics of each.

`mistakes.txt` holds the cases: a title after `##`, the text replaced (`-`) and its replacement (`+`), then the expected
report. To add one, write it with an empty report and run this file as a script: it fills in what is said; read it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rlve_dsl.diagnostics import Diagnostic, render_text
from tests.mistakes import Case, read_cases
from tests.policy.conftest import compiled, store_text

CASES = Path(__file__).parent / "mistakes.txt"
ROOM = Path(__file__).parents[2] / "rlve_dsl" / "policy"


def edited(case: Case) -> str:
    assert store_text().count(case.old) == 1, f"{case.title}: the text to replace is not there once"
    return store_text().replace(case.old, case.new)


def problems_of(case: Case) -> list[Diagnostic]:
    _, problems = compiled(edited(case))
    return sorted(problems, key=lambda d: d.span or d.message)  # type: ignore[arg-type, return-value]


def report(case: Case) -> str:
    return "\n\n".join(render_text([problem], {"a.yaml": edited(case)}) for problem in problems_of(case))


@pytest.mark.parametrize("case", read_cases(CASES), ids=lambda case: case.title)
def test_a_mistake_is_reported(case: Case) -> None:
    assert report(case) == case.report


@pytest.mark.parametrize("case", read_cases(CASES), ids=lambda case: case.title)
def test_what_is_reported_is_one_sentence_that_points_at_something(case: Case) -> None:
    problems = problems_of(case)
    assert len(problems) == len(set(problems)) > 0
    for problem in problems:
        assert re.match(r"[`a-z]", problem.message) and not problem.message.endswith((".", "!")), problem.message
        unquoted = re.sub(r"`[^`]*`", "", problem.message)
        assert not re.search(r"[A-Z]{2,}|Token|Node|Error|lark|None\b|__", unquoted), problem.message
        assert problem.span is not None
        lines = edited(case).splitlines()
        last = lines[problem.span.end_line - 1]
        assert lines[problem.span.line - 1][problem.span.column - 1 :].strip()
        assert problem.span.end_column <= len(last) + 2


def test_every_code_has_a_case() -> None:
    used = {code for path in ROOM.rglob("*.py") for code in re.findall(r'"(P[12]\d\d)"', path.read_text("utf-8"))}
    golden = {code for case in read_cases(CASES) for code in re.findall(r"error\[(P\d\d\d)\]", case.report)}
    assert used == golden


if __name__ == "__main__":
    parts = []
    for case in read_cases(CASES):
        case = replace(case, report=report(case))
        edit = [f"- {line}" for line in case.old.splitlines()] + [f"+ {line}" for line in case.new.splitlines()]
        parts.append("\n".join([f"## {case.title}", *edit, case.report, ""]))
    CASES.write_text("Edits of store.yaml and what is said of them.\n\n" + "\n".join(parts), encoding="utf-8")
