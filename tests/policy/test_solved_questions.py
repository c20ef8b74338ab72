"""Questions about decisions with too many cells for a table: the solver finds what a table would hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.policy import Depths, Policy, turning
from rlve_dsl.policy.questions.cells import Grids
from rlve_dsl.rng import Stream
from tests.policy.conftest import compiled

TEXT = """kind: Policy
name: shop
facts:
  kind: {type: enum, values: [books, tools, toys], phrase: "it is one of the {value}"}
  gift: {type: bool}
  sent: {type: bool}
  age: {type: days, min: 0, max: 100, phrase: "its age is {value}"}
  price: {type: money, min: $0, max: $500, phrase: "the price is {value}"}
assume:
  - age is known only when sent
decisions:
  window: {type: days}
  allowed: {type: bool}
  fee: {type: money}
rules: |
  decide window as 30 days
    except 14 days when kind is books
      except 30 days when gift
    plus 10 days when price is over $100

  decide allowed as sent and age <= window
    but no when price is over $400

  decide fee as 10% of price
    except $0 when gift
    at most $20
"""


def depths() -> Depths:
    policy, problems = compiled(TEXT)
    assert policy is not None, problems
    return Depths(policy, Grids(policy))


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> Depths:
    monkeypatch.setattr("rlve_dsl.policy.questions.cells.LARGEST", 1)
    return depths()


@pytest.mark.parametrize("decision", ["window", "allowed", "fee"])
def test_the_depths_are_those_of_a_table(solved: Depths, monkeypatch: pytest.MonkeyPatch, decision: str) -> None:
    found = list(solved.of(decision))
    monkeypatch.undo()
    assert found == list(depths().of(decision))


@pytest.mark.parametrize("decision", ["window", "allowed"])
def test_the_answers_are_those_of_a_table(solved: Depths, monkeypatch: pytest.MonkeyPatch, decision: str) -> None:
    found = {depth: solved.answers(decision, depth) for depth in solved.of(decision)}
    monkeypatch.undo()
    assert found == {depth: depths().answers(decision, depth) for depth in found}


def case(policy: Policy, question: object) -> dict[str, object]:
    """The facts of a question, read as a person would write them."""
    facts: dict[str, object] = {}
    for fact in question["situation"]:  # type: ignore[index]
        facts[fact["fact"]] = fact["value"]
    return facts


@pytest.mark.parametrize("decision", ["window", "allowed", "fee"])
def test_a_question_has_its_depth_and_its_answer(solved: Depths, decision: str) -> None:
    for depth in solved.of(decision):
        for seed in range(5):
            question = solved.draw(Stream("test", seed), depth, [decision])
            facts = case(solved.policy, question)
            assert ("age" in facts) <= (facts.get("sent") is True)
            assert len(turning(solved.policy, decision, facts)) == depth == question["depth"]  # type: ignore[arg-type]


def test_a_question_does_not_depend_on_those_that_were_drawn_before(solved: Depths) -> None:
    first = [solved.draw(Stream("test", seed), 2, ["allowed"]) for seed in range(4)]
    again = depths()
    assert [again.draw(Stream("test", seed), 2, ["allowed"]) for seed in (3, 2, 1, 0)] == first[::-1]


def test_answers_are_drawn_as_often_as_one_another_and_amounts_at_boundaries(solved: Depths) -> None:
    drawn = [solved.draw(Stream("test", seed), 1, ["allowed"]) for seed in range(40)]
    answers = [question["answer"] for question in drawn]
    assert 10 <= answers.count("yes") <= 30
    prices = [case(solved.policy, question)["price"] for question in drawn]
    assert sum(price in (9999, 10000, 10001, 39999, 40000, 40001) for price in prices) >= 8


def test_a_large_decision_that_reads_a_text_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("  gift:", "  note: {type: text}\n  gift:").replace("$0 when gift", '$0 when note is "free"')
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("rlve_dsl.policy.questions.cells.LARGEST", 1)
    assert main(["policy", "read", str(tmp_path / "shop.yaml")]) == 0
    out = capsys.readouterr().out
    assert "fee (fee; no questions: `fee` reads too many facts for a table, and the text `note`)" in out
    assert "allowed (allowed; different answers: " in out
    policy, _ = compiled(text)
    assert policy is not None
    assert "fee" not in Depths(policy, Grids(policy)).asked(1)
