"""What an episode is about comes from its part of the catalog: even seeds train, odd seeds are held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import pytest

from rlve_dsl.catalog import Part, Product, part_of
from rlve_dsl.compiler import draw_world
from rlve_dsl.episode import Scenario, load
from rlve_dsl.errors import ScenarioError
from rlve_dsl.values import Value
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BESIDE = {"visits", "catalog"}
"""Names of worlds that also hold products that the episode is not about."""


def rows_in(value: Value) -> Iterator[int]:
    """The rows of the products in a value, at any depth."""
    if isinstance(value, Product):
        yield value.row
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(rows_in, value.values()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from chain.from_iterable(map(rows_in, value))


def parts_of(scenario: Scenario) -> tuple[Part, Part]:
    catalog, share = scenario.compiled.catalog, scenario.compiled.spec.held_out
    assert share
    return part_of(catalog, share, False), part_of(catalog, share, True)


@pytest.mark.parametrize("path", ["c8", "examples/gifts", "examples/reorders", "examples/send-backs"])
def test_even_and_odd_seeds_are_about_different_kinds(path: str) -> None:
    scenario = shipped(f"{path}.yaml")
    parts = parts_of(scenario)
    for name, task in scenario.compiled.environments.items():
        if name == "journey":
            continue
        for level in (0, 6, 12):
            for seed in range(12):
                (part,) = draw_world(task, scenario.compiled.catalog, level, seed).parts
                about = set(rows_in([value for key, value in part.own.items() if key not in BESIDE]))
                assert about <= set(parts[seed % 2].products.rows.tolist()), (name, level, seed)


def test_every_part_of_a_chain_is_about_its_part_of_the_catalog() -> None:
    scenario = shipped("c8.yaml")
    parts = parts_of(scenario)
    for seed in range(12):
        drawn = draw_world(scenario.compiled.environments["journey"], scenario.compiled.catalog, 12, seed)
        for part in drawn.parts:
            about = set(rows_in([value for key, value in part.own.items() if key not in BESIDE]))
            assert about <= set(parts[seed % 2].products.rows.tolist()), (part.environment.name, seed)


def test_what_stands_beside_comes_from_both_parts() -> None:
    scenario = shipped("c8.yaml")
    training, held_out = (set(part.products.rows.tolist()) for part in parts_of(scenario))
    for parity in (0, 1):
        worlds = [
            draw_world(scenario.compiled.environments["cart"], scenario.compiled.catalog, 6, 2 * seed + parity)
            for seed in range(20)
        ]
        visited = set(rows_in([world.parts[0].own["visits"] for world in worlds]))
        assert visited & training and visited & held_out


def test_what_is_graded_may_be_any_product() -> None:
    scenario = shipped("c8.yaml")
    for seed in (0, 1):
        drawn = draw_world(scenario.compiled.environments["discovery"], scenario.compiled.catalog, 0, seed)
        assert len(drawn.parts[0].own["catalog"]["products"]) == scenario.compiled.catalog.size


def test_shoppers_name_one_product() -> None:
    """When short names were not unique, 22 of 182 products that were wanted in exchange shared theirs."""
    scenario = shipped("c8.yaml")
    wanted = 0
    for seed in range(150):
        (part,) = draw_world(scenario.compiled.environments["returns"], scenario.compiled.catalog, 9, seed).parts
        if part.own["swap"]:
            wanted += 1
            assert part.own["replacement"]["namesakes"] == part.own["fallback"]["namesakes"] == 0
    assert wanted > 60


def collection(tmp_path: Path, held_out: str, catalog: str = "pocket") -> Path:
    path = tmp_path / "small.yaml"
    shared = {"axes": "axes/standard", "reward": "rewards/composite", "user": "users/plain-spoken"}
    lines = [f"{key}: {SCENARIOS / value}.yaml" for key, value in shared.items()]
    lines += [f"environments: [{SCENARIOS}/environments/cart.yaml]", f"catalog: {SCENARIOS}/catalogs/{catalog}.yaml"]
    path.write_text("\n".join(["kind: Collection", "name: small", *lines, held_out, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize("catalog", ["pocket", "../../benchmarks/defects/catalogs/crowded"])
def test_whatever_the_catalog_samplers_draw_what_its_name_tells(tmp_path: Path, catalog: str) -> None:
    scenario = load(collection(tmp_path, "held_out: 0%", catalog))
    for seed in range(60):
        for level in (0, 12):
            (part,) = draw_world(scenario.compiled.environments["cart"], scenario.compiled.catalog, level, seed).parts
            wanted = [item[key] for item in part.own["wanted"] for key in ("product", "fallback")]
            assert wanted and all(product["namesakes"] == 0 for product in wanted)
            names = [product["short_name"] for product in part.own["visits"]]
            assert len(names) == len(set(names))


def test_a_part_that_is_too_small_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as raised:
        load(collection(tmp_path, "held_out: 20%"))
    (problem,) = [one for one in raised.value.diagnostics if one.code == "R214"]
    assert problem.span is not None and problem.span.file.endswith("cart.yaml")
    assert "held-out episodes about 4 others" in problem.help and "write `held_out: 0%`" in problem.help


@pytest.mark.parametrize(
    ("held_out", "says"),
    [
        ("held_out: 95%", "at most 90%"),
        ("held_out: 0.2", "written like `20%`"),
        ("held_out: some", "written like `20%`"),
    ],
)
def test_a_share_is_a_percentage(tmp_path: Path, held_out: str, says: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        load(collection(tmp_path, held_out))
    (problem,) = [one for one in raised.value.diagnostics if one.code == "S106"]
    assert says in f"{problem.message} {problem.label}"


def test_the_share_is_part_of_the_digest_and_zero_is_none(tmp_path: Path) -> None:
    digests = [
        load(collection(tmp_path, held_out, "general")).compiled.digest
        for held_out in ("", "held_out: 0%", "held_out: 20%", "held_out: 30%")
    ]
    assert digests[0] == digests[1] and len(set(digests)) == 3
