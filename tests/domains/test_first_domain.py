"""The page about a first domain leads to what it says: each of its steps is done, with the files that it shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "first-domain.md").read_text(encoding="utf-8")
DOMAIN, POLICY, *ENVIRONMENT = re.findall(r"(?ms)^```yaml\n(.*?)\n```$", PAGE)


def run(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status of a command, and what it printed."""
    code = main(list(words))
    told = capsys.readouterr()
    return code, told.out + told.err


def test_the_steps_of_the_page_lead_to_a_clinic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "domain", "clinic", "--out", "mine"], capsys)[0] == 0
    assert "0 errors, 0 warnings" in run(["validate", "mine"], capsys)[1]
    mine = tmp_path / "mine"
    (mine / "clinic.yaml").write_text(DOMAIN + "\n", encoding="utf-8")
    code, told = run(["validate", "mine"], capsys)
    assert code == 3 and "4 errors" in told and set(re.findall(r"error\[(\w+)\]", told)) == {"S118"}
    (mine / "clinic-policy.yaml").write_text(POLICY + "\n", encoding="utf-8")
    (mine / "clinic-lending.yaml").unlink()
    (mine / "bookings.yaml").write_text("\n\n".join(ENVIRONMENT) + "\n", encoding="utf-8")
    collection = (mine / "clinic-collection.yaml").read_text(encoding="utf-8")
    (mine / "clinic-collection.yaml").write_text(
        collection.replace("clinic-lending.yaml", "bookings.yaml"), encoding="utf-8"
    )
    assert "4 files, 0 errors, 0 warnings" in run(["validate", "mine"], capsys)[1]
    scenario = rlve_dsl.load(mine / "clinic-collection.yaml")
    refused = set()
    for level in range(13):
        for seed in range(4):
            episode = scenario.reset("bookings", level=level, seed=seed)
            assert play(episode, OracleAgent(episode)).task == 1
            refused.add(any(result.refused for turn in episode.turns for result in turn.results))
    assert refused == {True, False}, "the policy does not allow every booking"
