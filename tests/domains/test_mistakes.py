"""Golden diagnostics: an edit of the library of these tests, and what is said of it.

`mistakes.txt` holds the cases: a title after `##`, the text replaced (`-`) and its replacement (`+`), then the expected report. To
add one, write it with an empty report and run `python -m tests.domains.test_mistakes`: it fills in what is said; read it.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rlve_dsl.diagnostics import render_text
from rlve_dsl.errors import ScenarioError
from tests.domains.conftest import LENDING, compiled, rules
from tests.mistakes import Case, read_cases

CASES = Path(__file__).parent / "mistakes.txt"
CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic" / "clinic.yaml"


def say(case: Case) -> str:
    assert LENDING.count(case.old) == 1, f"{case.title}: the text to replace occurs {LENDING.count(case.old)} times"
    text = LENDING.replace(case.old, case.new)
    try:
        _, found = compiled(text, rules())
    except ScenarioError as problems:
        return render_text(problems.diagnostics, problems.sources)
    return render_text(list(dict.fromkeys(found)), {"domain.yaml": text})


@pytest.mark.parametrize("case", read_cases(CASES), ids=lambda c: c.title)
def test_a_mistake_is_reported(case: Case) -> None:
    assert say(case) == case.report and case.report


def test_an_article_before_what_has_its_own_is_a_warning() -> None:
    called = '    says: Lend a book to a member.\n    called: ["lend the {}", "hand out"]\n'
    text = LENDING.replace("    says: Lend a book to a member.\n", called)
    _, found = compiled(text, rules())
    assert not [one for one in found if one.code == "D115"]
    _, found = compiled(text.replace('says: "{title}"', 'says: "the {title}"'), rules())
    (one,) = [one for one in found if one.code == "D115"]
    assert one.severity == "warning" and one.label == "write `lend {}`"


def test_a_domain_file_with_any_word_changed_is_compiled_or_reported() -> None:
    text, chance = CLINIC.read_text(encoding="utf-8"), random.Random(14)
    pattern = re.compile(r'[\w.]+|[\[\]{}:,"]')
    words = sorted(set(pattern.findall(text)))
    governance, sound = rules(), 0
    for _ in range(150):
        place = chance.choice(list(pattern.finditer(text)))
        word = chance.choice([*words, ""])
        try:
            domain, found = compiled(text[: place.start()] + word + text[place.end() :], governance)
        except ScenarioError as problems:
            assert problems.diagnostics
            continue
        sound += domain is not None
        assert domain is not None or found
    assert not sound, "the policy is that of another domain, so nothing fits"


if __name__ == "__main__":
    parts = []
    for case in read_cases(CASES):
        edit = [f"- {line}" for line in case.old.splitlines()] + [f"+ {line}" for line in case.new.splitlines()]
        parts.append("\n".join([f"## {case.title}", *edit, replace(case, report=say(case)).report, ""]))
    CASES.write_text("Edits of the library and what is said of them.\n\n" + "\n".join(parts), encoding="utf-8")
