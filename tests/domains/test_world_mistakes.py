"""Golden diagnostics of environments in a domain: an edit of the clinic's files, and what `validate` says of it.

`world_mistakes.txt` is read as `tests/compiler/mistakes.txt` is; `python -m tests.domains.test_world_mistakes` fills in what is said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.test_mistakes import Case, read_cases, say, write_reports

CASES = Path(__file__).parent / "world_mistakes.txt"


@pytest.mark.parametrize("case", read_cases(CASES), ids=lambda c: c.title)
def test_a_mistake_is_reported(case: Case, tmp_path: Path) -> None:
    assert say(case, tmp_path) == case.report and case.report


if __name__ == "__main__":
    write_reports(CASES, "Edits of the clinic's files and what is said of them.")
