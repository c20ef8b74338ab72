"""Days times money is money: in values, in conditions, in words, in the cells of questions and to the solver."""

from __future__ import annotations

import pytest

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.policy import Policy, analyse, passages, table
from rlve_dsl.rng import Stream
from tests.policy.conftest import compiled
from tests.policy.interpreter import Interpreter

TEXT = """kind: Policy
name: fines
facts:
  late: {type: days, min: 0, max: 60, phrase: "the delay is {value}"}
  child: {type: bool}
  rate: {type: money, min: $0, max: $1, phrase: "the daily rate is {value}"}
decisions:
  fine: {type: money}
  asked: {type: money}
  strict: {type: bool}
promise:
  - fine <= $10
  - strict only when late is over 20 days
rules: |
  decide fine as late * $0.25
    except $0 when child
    at most $10

  decide asked as $0.50 * late
    minus 3 days * $0.25

  decide strict as late * $0.25 is over $5
    but no when rate * late < $1
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    made, problems = compiled(TEXT)
    assert made is not None, problems
    return made


@pytest.mark.parametrize("late", [0, 1, 20, 21, 39, 41, 60])
@pytest.mark.parametrize("rate", [0, 2, 5, 100])
def test_the_decisions_are_those_of_arithmetic(policy: Policy, late: int, rate: int) -> None:
    facts = {"late": late, "child": False, "rate": rate}
    wanted = {"fine": min(25 * late, 1000), "asked": 50 * late - 75, "strict": late > 20 and rate * late >= 100}
    for name, value in wanted.items():
        assert policy.decide(name, facts).value == value == Interpreter(policy, facts, frozenset()).decide(name)


def test_the_solver_proves_what_follows(policy: Policy) -> None:
    found = Diagnostics()
    analyse(policy, found)
    assert not found.errors


def test_questions_have_the_answers_that_are_decided(policy: Policy) -> None:
    for seed in range(20):
        question = table(policy).draw(Stream("test", seed), 1, ["fine"])
        assert question["answer"] in ("$0", "$10")  # without the clause that it turns on, it would be another


def test_a_passage_says_for_each_day(policy: Policy) -> None:
    texts = {passage.id: passage.text for passage in passages(policy)}
    assert "$0.25 for each day of the delay" in texts["fine.0"]
    assert "the daily rate for each day of the delay" in " ".join(texts.values())


@pytest.mark.parametrize("wrong", ["late * 15%", "late * late", "rate * rate"])
def test_other_products_are_refused(wrong: str) -> None:
    made, problems = compiled(TEXT.replace("$0.50 * late", wrong))
    assert made is None and problems[0].code in ("P208", "P207"), problems
