"""What a policy decides: layers, exceptions, adjustments, unknown facts, arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.policy import Policy

DELIVERED: dict[str, Any] = {
    "item.category": "garden", "item.final_sale": False, "item.price": 9999, "order.days_delivered": 20,
    "order.status": "delivered", "order.is_gift": False, "order.total": 2000, "customer.tier": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ({}, 30),
        ({"item.category": "automotive"}, 15),
        ({"item.category": "books"}, 14),
        ({"item.category": "books", "order.is_gift": True}, 30),
        ({"item.category": "electronics", "order.is_gift": True}, 15),
        ({"item.category": "books", "customer.tier": "premium"}, 29),
        ({"item.final_sale": True, "customer.tier": "premium"}, 0),
    ],
)
def test_exceptions_take_the_place_of_a_value_adjustments_change_it_and_but_replaces_all(
    store: Policy, changed: dict[str, Any], days: int
) -> None:
    assert store.decide("return_window", {**DELIVERED, **changed}).value == days


def test_an_adjustment_under_an_exception_changes_that_exception_only(store: Policy) -> None:
    dear = {**DELIVERED, "item.price": 150_000, "order.days_delivered": 3}
    assert store.decide("restocking_fee", dear).value == 100
    assert store.decide("restocking_fee", {**dear, "order.days_delivered": 15}).value == 5000


@pytest.mark.parametrize(("price", "fee"), [(9999, 1500), (1003, 150), (1010, 152), (0, 0)])
def test_a_share_is_rounded_half_up_to_the_cent(store: Policy, price: int, fee: int) -> None:
    assert store.decide("restocking_fee", {**DELIVERED, "item.price": price}).value == fee


def test_a_decision_reads_another(store: Policy) -> None:
    assert store.decide("return_eligible", DELIVERED).value is True
    assert store.decide("return_eligible", {**DELIVERED, "order.days_delivered": 31}).value is False


@pytest.mark.parametrize(
    ("decision", "unknown", "value"),
    [
        ("return_window", "item.category", 30),  # no exception is known to hold
        ("return_eligible", "order.days_delivered", None),
        ("restocking_fee", "item.price", None),
        ("shipping_fee", "customer.tier", 599),
    ],
)
def test_what_is_unknown_makes_no_clause_apply_and_no_value(
    store: Policy, decision: str, unknown: str, value: int | None
) -> None:
    facts = {name: known for name, known in DELIVERED.items() if name != unknown}
    assert store.decide(decision, facts).value == value
    assert store.decide(decision, {**facts, unknown: None}).value == value


def test_a_conjunction_fails_by_what_is_known(store: Policy) -> None:
    assert (
        store.decide("return_eligible", {**DELIVERED, "order.days_delivered": None, "order.status": "shipped"}).value
        is False
    )


def test_clauses_left_out_never_apply(store: Policy) -> None:
    books = {**DELIVERED, "item.category": "books", "customer.tier": "premium"}
    assert store.decide("return_window", books, without=["return_window.2"]).value == 45
    assert store.decide("return_window", books, without=["return_window.4"]).value == 14
    assert store.decide("return_eligible", books, without=["return_window.4"]).value is False
    with pytest.raises(UsageError, match="base"):
        store.decide("return_window", books, without=["return_window.0"])


def test_a_ruling_says_how_it_came_about(store: Policy) -> None:
    ruling = store.decide("return_eligible", {**DELIVERED, "item.category": "books", "order.is_gift": True})
    assert ruling.clauses == ("return_window.0", "return_window.2", "return_window.3", "return_eligible.0")
    assert ruling.facts == store.decisions["return_eligible"].facts
    (step,) = ruling.derivation.steps
    (window,) = step.uses
    assert (step.clause.id, step.span.line) == ("return_eligible.0", 29)
    assert [(s.clause.id, s.span.line, dict(s.facts)) for s in window.steps] == [
        ("return_window.0", 22, {}),
        ("return_window.2", 24, {"item.category": "books"}),
        ("return_window.3", 25, {"order.is_gift": True}),
    ]
    assert ruling.reason == (
        "whether a return is possible: yes, as it was delivered 20 days ago, the order is delivered, the item is from "
        "books, it is a gift and the return window is 30 days"
    )


def test_facts_that_were_not_looked_at_are_not_named(store: Policy) -> None:
    assert store.decide("return_window", {**DELIVERED, "item.final_sale": True}).facts == {"item.final_sale"}


def test_a_missing_fact_is_said(store: Policy) -> None:
    reason = store.decide("restocking_fee", {"order.days_delivered": 20}).reason
    assert reason == "the restocking fee is not known without item.price"


def test_decisions_come_after_those_that_they_use(store: Policy) -> None:
    order = list(store.decisions)
    for name, decision in store.decisions.items():
        assert all(order.index(used) < order.index(name) for used in decision.uses)
    assert store.decisions["return_eligible"].uses == {"return_window"}
    assert "item.category" in store.decisions["return_eligible"].facts
    assert "item.category" not in store.decisions["return_eligible"].direct_facts


def test_there_is_no_decision_of_another_name(store: Policy) -> None:
    with pytest.raises(UsageError, match="did you mean `return_window`"):
        store.decide("return_windows", {})


def test_assumptions_hold_or_not_or_are_open(store: Policy) -> None:
    (assumption,) = store.assumptions
    assert assumption.holds({"order.status": "shipped", "order.days_delivered": 3}) is False
    assert assumption.holds({"order.status": "shipped"}) is True
    assert assumption.holds({"order.days_delivered": 3}) is None


def test_conduct_rules_bind_calls_by_their_conditions(store: Policy) -> None:
    require, forbid = store.conduct
    assert (require.tool, require.steps, forbid.tool, forbid.steps) == ("cart.add", ("confirmation",), "cart.add", ())
    assert require.applies({"order.total": 50_001}) and not require.applies({"order.total": 50_000})
    assert not require.applies({})
    assert forbid.applies({"order.total": 100_001, "customer.tier": "basic"})
    assert forbid.applies({"order.total": 100_001})
    assert not forbid.applies({"order.total": 100_001, "customer.tier": "premium"})
