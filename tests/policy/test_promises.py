"""Promises: what must follow from the rules is proved, or a case is shown in which it does not."""

from __future__ import annotations

import pytest

from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.policy import analyse
from tests.policy.conftest import compiled

HEAD = """kind: Policy
name: prices
facts:
  lower: {type: bool}
  proof: {type: bool}
  sent: {type: bool}
  age: {type: days, min: 0, max: 30}
  price: {type: money, min: $0, max: $500}
assume:
  - age is known only when sent
decisions:
  outcome: {type: enum, values: [matched, refused]}
  allowed: {type: bool}
  fee: {type: money}
rules: |
  decide outcome as refused
    except matched when lower and proof

  decide allowed as lower and sent and age <= 10 days

  decide fee as 1% of price
    plus $1 when outcome is matched
promise:
"""


def told(*promises: str) -> list[Diagnostic]:
    policy, problems = compiled(HEAD + "".join(f"  - {promise}\n" for promise in promises))
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    return [problem for problem in found.items if problem.code in ("P307", "P309")]


@pytest.mark.parametrize(
    "promise",
    [
        "fee <= $6",
        "fee is at least $1 only when outcome is matched or price is at least $99.50",
        "allowed only when sent",  # where it was not sent, the age is unknown
        "outcome is matched only when proof",
        "allowed or not allowed or allowed is unknown",
    ],
)
def test_what_follows_from_the_rules_and_the_assumptions_is_proved(promise: str) -> None:
    assert told(promise) == []


def test_a_promise_that_does_not_hold_is_refuted_with_a_case() -> None:
    (problem,) = told("fee <= $5.99")
    assert problem.code == "P309" and problem.message == "the promise `fee <= $5.99` does not hold"
    assert problem.help == "for example: lower is yes, price is $499.50, proof is yes → fee is $6"


def test_the_case_shows_every_decision_that_the_promise_names() -> None:
    (problem,) = told("allowed only when outcome is matched")
    assert "proof is no" in problem.help and problem.help.endswith("→ allowed is yes and outcome is refused")
    assert [related.text for related in problem.related] == ["`allowed` is decided here", "`outcome` is decided here"]


def test_a_promise_changes_nothing_that_is_decided() -> None:
    one, other = (compiled(HEAD + f"  - {promise}\n")[0] for promise in ("fee <= $6", "fee <= $7"))
    assert one is not None and other is not None and one.digest == other.digest


def test_a_promise_names_what_there_is() -> None:
    policy, problems = compiled(HEAD + "  - fees <= $6\n")
    assert policy is None and "did you mean `fee`?" in str(problems)
