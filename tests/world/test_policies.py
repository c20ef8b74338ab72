"""Searching the store's policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.catalog import Catalog
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.files import load
from rlve_dsl.plugins import registry
from rlve_dsl.policy import Policy, compile_policy, passages
from rlve_dsl.rng import Stream
from rlve_dsl.world import SAMPLERS, Draw, Governance, Refusal, Shop
from tests.world.test_tools import call

STANDARD = Path(__file__).parents[2] / "scenarios" / "policies" / "standard.yaml"
SAMPLER = {sampler.name: sampler for sampler in SAMPLERS}
Open = Callable[..., Shop]


@pytest.fixture(scope="session")
def standard() -> Policy:
    policy = compile_policy(load(str(STANDARD), registry().vocabulary()).spec, Diagnostics())  # type: ignore[arg-type]
    assert policy is not None
    return policy


@pytest.fixture
def shop(pocket: Catalog, open_shop: Open, standard: Policy) -> Shop:
    return replace(open_shop(pocket), governance=Governance(standard, {}))


def search(shop: Shop, query: str, top_k: int = 10) -> list[dict[str, Any]]:
    return call(shop, "policy.search", query=query, top_k=top_k)["passages"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("query", "passage"),
    [
        ("How long do I have to return a book?", "return_window.3"),
        ("premium membership restocking fee", "restocking_fee.2"),
        ("is shipping free?", "shipping_fee.4"),
        ("minimum age for spirits", "minimum_age.4"),
        ("gift cards that are promotional", "gift_card_expiry.1"),
    ],
)
def test_a_search_finds_the_rule(shop: Shop, query: str, passage: str) -> None:
    assert passage in [row["passage_id"] for row in search(shop, query)]


def test_the_name_of_a_decision_finds_all_its_rules(shop: Shop, standard: Policy) -> None:
    for decision in standard.decisions.values():
        found = {row["passage_id"] for row in search(shop, decision.noun, 20)}
        assert {clause.id for clause in decision.clauses} <= found, decision.name


def test_several_topics_are_looked_for_at_once(shop: Shop) -> None:
    rows = search(shop, "the return window, the restocking fee and the warranty length", 31)
    assert {row["about"] for row in rows} >= {"the return window", "the restocking fee", "the warranty length"}
    matches = [row["match"] for row in rows]
    assert matches == sorted(matches, reverse=True) and all(0 <= match <= 100 for match in matches)


def test_rows_name_what_else_they_depend_on(shop: Shop) -> None:
    row = next(r for r in search(shop, "the refund") if r["passage_id"] == "refund_amount.0")
    assert row["refers"] == ["the restocking fee", "the return shipping cost"] and row["about"] == "the refund"


def test_a_page_has_an_end(shop: Shop, standard: Policy) -> None:
    page = call(shop, "policy.search", query="returns", top_k=10_000)
    assert len(page["passages"]) == 40 and page["total"] == len(passages(standard))
    assert call(shop, "policy.search", query="", top_k=3)["passages"]
    with pytest.raises(Refusal, match="top_k must be at least 1"):
        call(shop, "policy.search", query="returns", top_k=0)


def test_a_question_needs_a_policy(pocket: Catalog, standard: Policy) -> None:
    question = SAMPLER["sample_question"]
    with pytest.raises(Unsatisfiable):
        question.call(Draw(Stream(1), pocket), depth=1)
    governed = Draw(Stream(1), pocket, governance=Governance(standard, {}))
    assert question.call(governed, depth=3)["depth"] == 3
    assert question.call(governed, depth=1, decisions=["age_check"])["topic"]["decision"] == "age_check"
