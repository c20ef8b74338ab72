"""Worlds: drawn from their address alone, so that levels and seeds can be compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.compiler import draw_world
from rlve_dsl.episode import Scenario

Bend = Callable[..., Scenario]


def names(scenario: Scenario, level: int, seed: int) -> dict[str, Any]:
    (environment,) = scenario.compiled.environments.values()
    return draw_world(environment, scenario.compiled.catalog, level, seed).parts[0].names


def ids(products: Iterable[Mapping[str, Any]]) -> list[str]:
    """The products, told by their ids: each scenario may have a catalog of its own."""
    return [product["id"] for product in products]


@pytest.mark.parametrize("scenario", ["first_steps", "general_cart"])
def test_the_items_of_a_level_are_a_prefix_of_those_of_the_next(scenario: str, request: pytest.FixtureRequest) -> None:
    played: Scenario = request.getfixturevalue(scenario)
    low, high = played.levels
    grew = 0
    for seed in range(25):
        drawn = [names(played, level, seed) for level in range(low, high + 1)]
        for fewer, more in pairwise(drawn):
            count = len(fewer["targets"])
            assert more["targets"][:count] == fewer["targets"]
            assert [w["fallback"] for w in more["wanted"][:count]] == [w["fallback"] for w in fewer["wanted"]]
            grew += len(more["targets"]) > count
    assert grew >= 25


def test_levels_share_their_draws_so_that_a_curve_only_moves_a_threshold(bend: Bend) -> None:
    scenario = bend({"cart.items": "2", "cart.variant_rate": "d / 12", "cart.quantity_rate": "d / 12"})
    for seed in range(25):
        rising = [names(scenario, level, seed)["wanted"] for level in range(13)]
        for item in range(2):
            variants = [wanted[item]["variant"] for wanted in rising]
            known = [v for v in variants if v is not None]
            assert variants == [None] * (13 - len(known)) + known and len({v["variant_id"] for v in known}) == 1
            amounts = [wanted[item]["qty"] for wanted in rising]
            assert sorted({q for q in amounts if q > 1}) == sorted({amounts[12]}) and amounts == sorted(amounts)


def test_wishes_of_a_level_are_a_prefix_of_those_of_the_next(c1: Scenario) -> None:
    compared = 0
    for seed in range(40):
        drawn = [names(c1, level, seed) for level in (0, 2, 4, 6)]
        for fewer, more in pairwise(drawn):
            if fewer["target"] == more["target"]:  # a higher level may not take the same one
                compared += 1
                told = [(w["field"], w["op"]) for w in more["wishes"]]
                assert [(w["field"], w["op"]) for w in fewer["wishes"]] == told[: len(fewer["wishes"])]
    assert compared > 20


@pytest.mark.parametrize(
    "edit",
    [
        ("  - let: visits\n", "  - let: coin\n    sample_bool: {probability: 50%}\n  - let: visits\n"),
        ("world:\n", "world:\n  - let: coin\n    sample_bool: {probability: 50%}\n"),
        ("      product: t\n", "      coin: {sample_bool: {probability: 50%}}\n      product: t\n"),
    ],
    ids=["a step between", "a step before", "a field before"],
)
def test_adding_a_draw_moves_no_other(bend: Bend, edit: tuple[str, str]) -> None:
    plain, longer = bend(), bend({}, edit)
    for seed in range(10):
        before, after = names(plain, 9, seed), names(longer, 9, seed)
        assert ids(after["targets"]) == ids(before["targets"]) and after["goal"] == before["goal"]
        assert ids(after["visits"]) == ids(before["visits"]) and after["persona"] == before["persona"]


def test_a_world_is_that_of_its_seed_and_environment(first_steps: Scenario, bend: Bend) -> None:
    assert names(first_steps, 6, 1)["goal"] == names(first_steps, 6, 1)["goal"]
    renamed = bend({}, ("name: cart\n", "name: basket\n"))
    assert any(names(bend(), 6, seed)["targets"] != names(renamed, 6, seed)["targets"] for seed in range(5))


def test_nothing_that_is_drawn_breaks_its_promise(general_cart: Scenario) -> None:
    for seed in range(30):
        drawn = names(general_cart, 12, seed)
        targets = drawn["targets"]
        assert len(targets) == 5 == len({t["short_name"] for t in targets})
        assert all(t["in_stock"] and not t["restricted"] for t in targets)
        for wanted in drawn["wanted"]:
            assert wanted["fallback"] != wanted["product"] and wanted["fallback"]["kind"] == wanted["product"]["kind"]
            assert 1 <= wanted["qty"] <= 4
        visited = {p["id"] for p in drawn["visits"]}
        assert {line["product_id"] for line in drawn["goal"]["cart"]} <= visited
        assert set(drawn["gone"]) <= set(targets)


def test_a_persona_weighs_on_a_grid(c1: Scenario) -> None:
    for seed in range(30):
        weights = names(c1, 3, seed)["persona"]["weights"]
        assert sum(weights.values()) == pytest.approx(1)
        assert all(w == pytest.approx(round(w / 0.05) * 0.05, abs=1e-9) and w >= 0 for w in weights.values())


def test_the_meaning_of_a_step_does_not_grow_with_the_steps_that_it_reads(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    shutil.copytree(Path(__file__).parents[2] / "scenarios", folder)
    status = folder / "environments" / "status.yaml"
    steps = "  - let: a0\n    value: 1\n  - let: a1\n    value: 1\n" + "".join(
        f"  - let: a{n}\n    value: clip(a{n - 1} + a{n - 2}, 0, 9)\n" for n in range(2, 20)
    )
    status.write_text(status.read_text().replace("world:\n", f"world:\n{steps}", 1))
    bindings = rlve_dsl.load(folder / "c8.yaml").compiled.environments["status"].parts["status"].world
    assert max(len(repr(binding.meaning)) for binding in bindings) < 500
