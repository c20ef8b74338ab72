"""Golden diagnostics: `bad_expressions.txt` holds expressions with a mistake and their diagnostics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlve_dsl.diagnostics import Diagnostic
from tests.expressions.conftest import SCOPE, problems_of

CASES = Path(__file__).parent / "bad_expressions.txt"
PAGES = Path(__file__).parents[2] / "rlve_dsl" / "explanations"
ROOM = Path(__file__).parents[2] / "rlve_dsl" / "expressions"


def read() -> list[tuple[str, str]]:
    """Expressions with what is said of each."""
    _, *blocks = CASES.read_text(encoding="utf-8").split("\n> ")
    cases = []
    for block in blocks:
        text, *lines = block.splitlines()
        cases.append((text, "\n".join(line for line in lines if line.startswith("  "))))
    return cases


def report(text: str) -> str:
    """What is said of an expression, as the file spells it."""
    return "\n".join(line for problem in problems_of(text) for line in _lines(text, problem))


def _lines(text: str, problem: Diagnostic) -> list[str]:
    assert problem.span is not None
    source = text if problem.span.file == "a.yaml" else SCOPE.definitions[problem.span.file.removesuffix(".yaml")].text
    marked = source[problem.span.column - 1 : problem.span.end_column - 1]
    where = "" if problem.span.file == "a.yaml" else f" of {problem.span.file}"
    used = "".join(f", {related.text}" for related in problem.related)
    warning = "warning " if problem.severity == "warning" else ""
    lines = [f"  {warning}{problem.code} {problem.message}", f"    at `{marked}`{where}{used}"]
    if problem.label:
        lines[-1] += f": {problem.label}"
    return lines + ([f"    help: {problem.help}"] if problem.help else [])


@pytest.mark.parametrize(("text", "expected"), read(), ids=[text for text, _ in read()])
def test_a_mistake_is_reported(text: str, expected: str) -> None:
    assert report(text) == expected


@pytest.mark.parametrize("text", [text for text, _ in read()])
def test_what_is_reported_is_a_sentence_that_points_at_something(text: str) -> None:
    problems = problems_of(text)
    assert problems
    for problem in problems:
        assert re.match(r"[`a-z]", problem.message) and not problem.message.endswith((".", "!")), problem.message
        assert not re.search(r"\$?[A-Z]{4,}\b|Token|Node|Error|__main__|lark", problem.message.replace(text, "")), (
            problem.message
        )
        assert problem.span is not None and problem.span.end_column > problem.span.column


@pytest.mark.parametrize("text", ['"a {set} of two"', '"C{6}"', '"{n of them"', '"n}"'])
def test_braces_around_what_is_no_name_here_are_plain_text(text: str) -> None:
    assert problems_of(text) == []


@pytest.mark.parametrize(
    "text", ['["{o}" for o in xs]', '"pen " + "{ n }"', 'words + ["{p.brand}"]', 'counted(n, "{n}")']
)
def test_a_text_that_looks_like_a_template_is_a_warning(text: str) -> None:
    assert [(found.code, found.severity) for found in problems_of(text)] == [("R113", "warning")]


def test_every_code_has_a_page_and_a_case() -> None:
    used = {code for path in ROOM.rglob("*.py") for code in re.findall(r'"((?:S2|R1)\d\d)"', path.read_text("utf-8"))}
    pages = {path.stem for path in PAGES.glob("*.md") if re.match(r"S2|R1", path.stem)}
    assert used == pages
    golden = {code for _, expected in read() for code in re.findall(r"\b((?:S2|R1)\d\d) ", expected)}
    assert used - golden == {"R112", "S205"}  # of templates: see test_templates.py


if __name__ == "__main__":
    kept, *blocks = CASES.read_text(encoding="utf-8").split("\n> ")
    out = [kept.rstrip()]
    for block in blocks:
        text, *rest = block.splitlines()
        headings = [line for line in rest if line.startswith("#")]
        out.append(f"\n> {text}\n{report(text)}" + "".join(f"\n\n{heading}" for heading in headings))
    CASES.write_text("\n".join(out) + "\n", encoding="utf-8")
