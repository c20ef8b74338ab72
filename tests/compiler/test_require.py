"""What `require` asks for holds in every world: one in which it does not is drawn again, in the same way each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.compiler import draw_world
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError
from tests.compiler.test_worlds import ids
from tests.conftest import shipped

Bend = Callable[..., Scenario]
SCENARIOS = Path(__file__).parents[2] / "scenarios"
REQUIRE = 'instead: "all(not (w.fallback.id in [t.id for t in targets]) for w in wanted)"'


def names(scenario: Scenario, level: int, seed: int, environment: str = "cart") -> dict[str, Any]:
    task = scenario.compiled.environments[environment]
    return draw_world(task, scenario.compiled.catalog, level, seed).parts[0].names


def test_a_world_that_lacks_what_is_required_is_drawn_again(bend: Bend) -> None:
    free, bound = bend(), bend({}, (REQUIRE, "cheap: surely(first(targets)).price < $20"))
    again = 0
    for seed in range(20):
        before, after = names(free, 0, seed), names(bound, 0, seed)
        assert after["targets"][0]["price"] < 2000
        if before["targets"][0]["price"] < 2000:
            assert ids(after["targets"]) == ids(before["targets"]) and after["goal"] == before["goal"]
        else:
            again += 1
        assert names(bound, 0, seed)["goal"] == after["goal"]
    assert 3 <= again <= 17


def test_a_requirement_may_read_who_the_user_is(bend: Bend) -> None:
    scenario = bend({}, (REQUIRE, 'thrifty: "persona.weights.price >= 0.2"'))
    assert all(names(scenario, 0, seed)["persona"]["weights"]["price"] >= 0.2 for seed in range(20))


def test_a_requirement_that_never_holds_is_an_error_with_its_name(bend: Bend) -> None:
    with pytest.raises(ScenarioError, match="`never`, which `require` asks for, does not hold"):
        bend({}, (REQUIRE, 'never: "count(targets) == 0"'))


@pytest.mark.parametrize("level", [0, 6, 12])
def test_no_shopper_contradicts_themselves(c8: Scenario, level: int) -> None:
    gifts = shipped("examples/gifts.yaml")
    reorders = shipped("examples/reorders.yaml")
    for seed in range(25):
        drawn = names(c8, level, seed, "discovery")
        about = {wish["field"]: wish["value"] for wish in drawn["wishes"]}
        assert about.get("brand", drawn["favourite"]) == drawn["favourite"]
        assert about.get("price", drawn["expected"]) >= drawn["expected"]
        assert abs(drawn["expected"] - drawn["idea"]["price"]) <= 50, "they expect what their example costs"
        drawn = names(c8, level, seed, "substitution")
        about = {wish["field"]: wish["value"] for wish in drawn["wishes"]}
        assert about.get("brand", drawn["original"]["brand"]) == drawn["original"]["brand"]
        drawn = names(c8, level, seed, "cart")
        listed = {product["id"] for product in drawn["targets"]}
        assert len(listed) == len(drawn["targets"])
        assert not listed & {w["fallback"]["id"] for w in drawn["wanted"]}
        drawn = names(c8, level, seed, "returns")
        three = {drawn["target"]["product_id"], drawn["replacement"]["id"], drawn["fallback"]["id"]}
        assert len(three) == 3
        drawn = names(gifts, level, seed, "gift-finder")
        assert drawn["target"]["price"] <= drawn["budget"] and drawn["target"]["brand"] not in drawn["owned"]
        drawn = names(reorders, level, seed, "reorder")
        assert drawn["line"]["product_id"] not in {product["id"] for product in drawn["extra"]}
