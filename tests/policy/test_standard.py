"""The shipped policies: sound, rich at every depth, and answered by what can be read and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.files import load
from rlve_dsl.plugins import registry
from rlve_dsl.policy import Policy, analyse, compile_policy, functions_of, passages, table
from rlve_dsl.rng import Stream
from tests.policy.test_passages import all_that_it_says

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def shipped(name: str) -> tuple[Policy, Diagnostics]:
    found = Diagnostics()
    loaded = load(str(SCENARIOS / "policies" / name), registry().vocabulary())
    policy = compile_policy(loaded.spec, found, registry().tools)  # type: ignore[arg-type]
    assert policy is not None, found.items
    return policy, found


@pytest.fixture(scope="session")
def standard() -> Policy:
    return shipped("standard.yaml")[0]


@pytest.mark.parametrize("name", ["standard.yaml", "careful.yaml"])
def test_a_shipped_policy_has_no_fault(name: str) -> None:
    policy, found = shipped(name)
    analyse(policy, found)
    assert found.items == []
    assert len(policy.decisions) >= 15 and len(passages(policy)) >= 60
    all_that_it_says(policy)


def test_careful_adds_conduct_and_nothing_else(standard: Policy) -> None:
    careful, _ = shipped("careful.yaml")
    assert [p.text for p in passages(careful)] == [p.text for p in passages(standard)]
    assert not standard.conduct
    assert {rule.tool for rule in careful.conduct} == {"return.initiate", "return.exchange", "order.checkout"}
    forbidden = next(r for r in careful.conduct if not r.steps and r.tool == "order.checkout")
    assert forbidden.applies({"cart.total": 50_001, "customer.verified": False})
    assert not forbidden.applies({"cart.total": 50_000, "customer.verified": False})
    assert not forbidden.applies({"cart.total": 90_000, "customer.verified": True})


def test_departments_are_those_of_the_catalog(standard: Policy) -> None:
    catalog: Any = load(str(SCENARIOS / "catalogs" / "general.yaml")).spec
    assert standard.facts["item.category"].values == tuple(catalog.departments)


def test_a_share_is_rounded_before_it_is_taken_off_as_its_passage_says(standard: Policy) -> None:
    """Once the question of episode policy-4-502: 15% of $31.50 is $4.725, so the refund is $19.78 and not $19.79."""
    facts = {
        "item.category": "computers", "item.price": 3150, "item.opened": True, "order.days_delivered": 366,
        "order.status": "delivered", "customer.tier": "none", "delivery.zone": "mainland", "return.reason": "damaged",
    }  # fmt: skip
    assert standard.decide("restocking_fee", facts).value == 473
    assert standard.decide("refund_amount", facts).value == 1978
    text = next(p.text for p in passages(standard) if p.id == "restocking_fee.1")
    assert "15% of the price of the item (rounded to the cent, half a cent up)" in text


@pytest.mark.parametrize("name", ["standard.yaml", "careful.yaml"])
def test_every_passage_that_takes_a_share_says_how_it_is_rounded(name: str) -> None:
    policy, _ = shipped(name)
    with_share = [p for p in passages(policy) if "% of " in p.text]
    assert len(with_share) == 4 and all("(rounded to the cent, half a cent up)" in p.text for p in with_share)


@pytest.mark.parametrize("depth", range(1, 9))
def test_every_depth_has_questions_that_can_be_answered(standard: Policy, depth: int) -> None:
    """The highest level asks for five; there is some room above."""
    questions = table(standard)
    assert len(questions.decisions(depth)) >= {1: 20, 2: 15, 3: 15, 4: 10, 5: 5}.get(depth, 1)
    decide = functions_of(standard)["decide"].call
    rows = [{"passage_id": p.id} for p in passages(standard)]
    for seed in range(25):
        question = questions.draw(Stream("shipped", seed), depth)
        topic, situation = question["topic"], question["situation"]
        assert decide(topic["decision"], situation, rows) == question["answer"]
        assert question["depth"] == depth
        assert len({known["ask"] for known in situation}) == len(situation)
        assert all(known["says"].endswith(".") and known["ask"].endswith("?") for known in situation)


def test_what_has_not_been_read_or_said_cannot_be_decided(standard: Policy) -> None:
    decide = functions_of(standard)["decide"].call
    question = table(standard).draw(Stream(1), 3, ["return_eligible"])
    rows = [{"passage_id": p.id} for p in passages(standard)]
    situation = question["situation"]
    unread = [row for row in rows if row["passage_id"] != "return_window.6"]  # of the decision below
    with pytest.raises(EvaluationError, match=r"the passage `return_window.6` has not been read"):
        decide("return_eligible", situation, unread)
    for known in situation:
        with pytest.raises(EvaluationError, match="has not been said"):
            decide("return_eligible", [k for k in situation if k is not known and k["fact"] != "order.status"], rows)
    with pytest.raises(EvaluationError, match=r"has no decision `return_elegible`: did you mean `return_eligible`\?"):
        decide("return_elegible", situation, rows)
    others = [row for row in rows if not row["passage_id"].startswith("warranty")]
    assert decide("return_eligible", situation, others) == question["answer"]
