"""Facts as a person writes them: what is said is read again, and nonsense is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.errors import UsageError
from rlve_dsl.policy import Policy, amount, example, read_facts


@given(
    total=st.integers(0, 500_000),
    days=st.integers(0, 365),
    gift=st.booleans(),
    tier=st.sampled_from(["none", "premium"]),
)
def test_what_is_said_is_read_again(store: Policy, total: int, days: int, gift: bool, tier: str) -> None:
    facts = {"order.total": total, "order.days_delivered": days, "order.is_gift": gift, "customer.tier": tier}
    words = [f"{name}={amount(store.facts[name].type, value)}" for name, value in facts.items()]
    assert read_facts(store, words) == facts
    assert read_facts(store, " ".join(words).split(" ")) == facts


@settings(deadline=None)
@given(
    st.lists(st.text() | st.sampled_from(["order.total=", "order.total=9e9", "customer.tier=unknown", "item.price=$5"]))
)
def test_nonsense_is_told(store: Policy, words: list[str]) -> None:
    try:
        facts = read_facts(store, words)
    except UsageError as problem:
        assert str(problem)
    else:
        assert facts.keys() <= store.facts.keys()


@pytest.mark.parametrize(
    ("written", "value"), [("20", 2000), ("$20.5", 2050), ("$ 20", 2000), ("unknown", None), (" $0 ", 0)]
)
def test_money_may_be_written_carelessly(store: Policy, written: str, value: int | None) -> None:
    assert read_facts(store, [f"order.total={written}"]) == {"order.total": value}


def test_the_example_of_a_fact_can_be_read(store: Policy) -> None:
    for name in store.facts:
        facts = read_facts(store, [example(store, name).replace('"', "")])
        assert list(facts) == [name] and facts[name] is not None


@pytest.mark.parametrize("before", [[], ["order.total=$20"]])
def test_a_fact_without_a_value_is_told_with_an_example(store: Policy, before: list[str]) -> None:
    with pytest.raises(
        UsageError, match=r'`order.days_delivered` has no value here: write `order.days_delivered="12 days"`'
    ):
        read_facts(store, [*before, "order.days_delivered"])
