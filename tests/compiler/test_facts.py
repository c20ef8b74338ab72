"""Facts of an environment as the slots of an episode: the words for what they are about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError
from rlve_dsl.user import Slot
from tests.conftest import shipped

Bend = Callable[..., Scenario]


def facts(scenario: Scenario, environment: str, level: int, seed: int) -> list[Slot]:
    """The slots of an episode, those that do not hold after the others."""
    part = scenario.reset(environment, level=level, seed=seed).parts[0]
    return [*part.drawn.slots, *part.absent]


def test_words_for_what_a_fact_is_about_are_texts_templates_and_lists(bend: Bend) -> None:
    scenario = bend(
        {},
        (
            "[shopping list, which items]",
            '[list, "a {w.product.noun} of yours", "{[w.product.brand, w.product.kind]}"]',
        ),
    )
    episode = scenario.reset(scenario.environments[0], level=3, seed=1)
    wanted = episode.parts[0].drawn.names["wanted"]
    items = [slot for slot in episode.parts[0].drawn.slots if slot.fact == "item"]
    assert len(items) == len(wanted) > 1
    for slot, product in zip(items, (w["product"] for w in wanted), strict=True):
        assert slot.about == ("list", f"a {product['noun']} of yours", product["brand"], product["kind"])


@pytest.mark.parametrize("seed", range(4))
def test_a_wish_brings_the_words_that_the_catalog_has_for_its_attribute(seed: int) -> None:
    gifts = shipped("examples/gifts.yaml")
    tastes = [slot for slot in facts(gifts, "gift-finder", 6, seed) if slot.fact == "taste" and slot.value is not None]
    usual = ("taste", "what the recipient likes", "what they like best", "feature, features", "style", "preferences")
    assert tastes and all(slot.about[: len(usual)] == usual for slot in tastes)
    assert all(len(slot.about) > len(usual) for slot in tastes if slot.value["field"] != "color")


def test_of_a_fact_that_does_not_hold_words_that_need_what_is_not_there_are_left_out() -> None:
    c8 = shipped("c8.yaml")
    slots = [slot for seed in range(12) for slot in facts(c8, "cart", 6, seed) if slot.fact == "variant"]
    absent, held = ([slot for slot in slots if (slot.value is None) is absent] for absent in (True, False))
    usual = absent[0].about
    assert usual and all(slot.about == usual for slot in absent)
    assert any(len(slot.about) > len(usual) and slot.about[: len(usual)] == usual for slot in held)


def test_a_user_knows_no_more_than_can_be_compared_with_a_message(bend: Bend) -> None:
    more = "    - fact: more\n      for_each: n in range(300)\n      value: n\n      says: I know {value}.\n      ask: Do you know {n}?\n"
    with pytest.raises(ScenarioError, match="more than 200 things"):
        bend({}, ("  facts:\n", f"  facts:\n{more}"))
