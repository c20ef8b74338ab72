"""The oracle's plays of `validate`: it warns of what nobody can do, and of plays that end without an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import OracleAgent
from rlve_dsl.episode import Episode

Run = Callable[..., Any]
Edit = tuple[str, str, str]
CONFIRM = "\nconduct: |\n  require confirmation before desk.lend\n"
REFUSALS = '  confirm:\n    - {before: desk.lend, when: "WHEN", says: "Not like this."}\n  facts:\n'


@pytest.fixture
def warnings(run: Run, workspace: Path) -> Callable[..., list[dict[str, Any]]]:
    """`warnings(edit, …)`: what `validate` says of a new domain with these edits; each a file, a text and what replaces it."""

    def told(*edits: Edit) -> list[dict[str, Any]]:
        assert run("new", "domain", "desk", "--out", "desk").code == 0
        for file, old, new in edits:
            path = workspace / "desk" / file
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        ran = run("validate", "desk", "--format", "json", "--no-cache")
        assert ran.code == 0, ran.out
        return list(json.loads(ran.out)["diagnostics"])

    return told


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("desk.yaml", "when: t.lent, says", "when: not t.lent, says"), "is lent."),
        (("desk.yaml", "when: t.lent, says", 'when: "t.lent or not t.lent", says'), "is lent."),
        (("desk-policy.yaml", "decide lending_allowed as yes\n    but no when person.owes is over $20",
          "decide lending_allowed as no"), "whether the thing is lent: no"),
    ],
    ids=["a condition the wrong way round", "a condition that always holds", "a policy that never says yes"],
)  # fmt: skip
def test_a_tool_that_is_always_refused_is_a_warning(
    warnings: Callable[..., list[dict[str, Any]]], edit: Edit, says: str
) -> None:
    found = [one for one in warnings(edit) if one["code"] == "R244"]
    assert len(found) == 1 and found[0]["severity"] == "warning"
    assert (
        found[0]["message"] == "`desk.lend` is refused in all 18 plays of `desk-lending` in which the oracle calls it"
    )
    assert says in found[0]["label"] and Path(found[0]["span"]["file"]).name == "desk.yaml"


def test_a_tool_that_is_refused_now_and_then_is_none(warnings: Callable[..., list[dict[str, Any]]]) -> None:
    often = ("desk-lending.yaml", '"clip(0.1 + 0.04 * d, 0, 0.6)"', '"0.6"')
    assert warnings(often) == []


def test_no_more_is_played_where_the_first_plays_succeed(
    warnings: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def oracle(episode: Episode) -> OracleAgent:
        begun.append(episode.seed)
        return OracleAgent(episode)

    monkeypatch.setattr("rlve_dsl.cli.oracle_plays.OracleAgent", oracle)
    allowed = ("desk-policy.yaml", "person.owes is over $20", "person.owes is over $90")
    assert warnings(allowed) == [] and begun == [0, 0]


def test_turns_that_are_spent_before_the_answer_are_a_warning(warnings: Callable[..., list[dict[str, Any]]]) -> None:
    short = ("desk-lending.yaml", "\nsolution:", '\nbudget: {turns: "2"}\nsolution:')
    (found,) = [one for one in warnings(short) if one["code"] == "R245"]
    assert found["severity"] == "warning" and "budget" in found["help"]
    assert found["message"] == "at level 0 of `desk-lending`, the oracle comes to no answer: its 2 turns are spent"


@pytest.mark.parametrize(("when", "is_told"), [("true", True), ("false", False)])
def test_a_user_who_agrees_to_nothing_is_a_warning(
    warnings: Callable[..., list[dict[str, Any]]], when: str, is_told: bool
) -> None:
    refuses = ("desk-lending.yaml", "user:\n  facts:\n", "user:\n" + REFUSALS.replace("WHEN", when))
    policy = ("desk-policy.yaml", "\nrules: |", CONFIRM + "\nrules: |")
    turns = ("desk-lending.yaml", "\nsolution:", '\nbudget: {turns: "8"}\nsolution:')
    found = [one for one in warnings(refuses, policy, turns) if one["code"] == "R245"]
    assert bool(found) == is_told
    for one in found:
        assert (
            one["message"].endswith("the user leaves, and none of the oracle's 4 proposals was agreed to")
            and "`confirm:`" in one["help"]
        )
        assert Path(one["span"]["file"]).name == "desk-lending.yaml"
