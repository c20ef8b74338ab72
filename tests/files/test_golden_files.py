"""Bad files and their diagnostics: `bad/x.yaml` and `bad/x.txt`. A new case is a new pair of files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Vocabulary, load

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "bad").glob("*.yaml"))
PAGES = HERE.parents[1] / "rlve_dsl" / "explanations"
ROOM = HERE.parents[1] / "rlve_dsl" / "files"


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_gets_its_diagnostics(case: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(f"bad/{case}.yaml", vocabulary)
    shown = "\n".join(line.rstrip() for line in str(caught.value).splitlines()) + "\n"
    assert shown == Path(f"bad/{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_messages_are_lowercase_sentences_without_full_stop(case: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(f"bad/{case}.yaml", vocabulary)
    for found in caught.value.diagnostics:
        assert re.match(r"[`a-z]", found.message), found.message
        assert not found.message.endswith("."), found.message
        assert "Error" not in found.message and "Node" not in found.message
        assert found.span is None or found.span.line <= len(caught.value.sources[found.span.file].splitlines()) + 1


def test_every_code_has_a_page_and_a_golden_file() -> None:
    used = {code for path in ROOM.rglob("*.py") for code in re.findall(r'"(S1\d\d)"', path.read_text("utf-8"))}
    pages = {path.stem: path.read_text("utf-8") for path in PAGES.glob("S1*.md")}
    golden = {
        code for path in (HERE / "bad").glob("*.txt") for code in re.findall(r"\[(S1\d\d)\]", path.read_text("utf-8"))
    }
    assert used == set(pages) == golden
    for code, page in pages.items():
        assert page.startswith(f"# {code}: "), code
