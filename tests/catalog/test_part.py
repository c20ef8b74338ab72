"""Parts of a catalog: training and held-out episodes are about different products, and all products are for sale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rlve_dsl.catalog import SOURCES, Catalog, build, generate, open_catalog, part_of
from rlve_dsl.expressions import Lambda
from rlve_dsl.files import kinds

IN_STOCK = Lambda(lambda p: p["in_stock"], lambda t: t.column("in_stock"), "in stock")


def rows(catalog: Catalog, held_out: float, is_held_out: bool) -> set[int]:
    return set(part_of(catalog, held_out, is_held_out).products.rows.tolist())


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("size", [1_000, 4_000, 20_000])
def test_each_kind_is_in_one_part_and_the_share_is_held_out(
    general_spec: kinds.Catalog, size: int, share: float
) -> None:
    catalog = generate(general_spec, size)
    training, held_out = rows(catalog, share, False), rows(catalog, share, True)
    unique = np.flatnonzero(catalog.column("namesakes") == 0)
    assert not training & held_out and training | held_out == set(unique.tolist())
    assert abs(len(held_out) / len(unique) - share) < 0.03
    kind = catalog.table.columns.kind_code
    assert not set(kind[sorted(training)].tolist()) & set(kind[sorted(held_out)].tolist())


@pytest.mark.parametrize("size", [0, 1, 5, 40])
def test_a_small_catalog_has_parts_too(general_spec: kinds.Catalog, size: int) -> None:
    catalog = generate(general_spec, size)
    training, held_out = rows(catalog, 0.2, False), rows(catalog, 0.2, True)
    assert not training & held_out and len(training | held_out) == size


def test_with_nothing_held_out_both_parts_are_everything(pocket: Catalog) -> None:
    assert rows(pocket, 0.0, False) == rows(pocket, 0.0, True) == set(range(pocket.size))


def test_products_that_share_a_name_are_in_no_part(general_spec: kinds.Catalog) -> None:
    catalog = generate(general_spec, 20_000)
    for is_held_out in (False, True):
        assert not part_of(catalog, 0.2, is_held_out).products.column("namesakes").any()


@pytest.mark.parametrize("size", [1_000, 4_000, 20_000, 60_000])
def test_both_parts_have_projects_whose_needs_they_sell(general_spec: kinds.Catalog, size: int) -> None:
    catalog = generate(general_spec, size)
    for is_held_out in (False, True):
        part = part_of(catalog, 0.2, is_held_out)
        sold = set(part.products.column("type").tolist())
        assert all(set(project["needs"]) <= sold for project in part.projects)
        assert sum(len(project["needs"]) >= 9 for project in part.projects) >= 2


def test_a_part_lists_selects_and_finds_its_own_products(general: Catalog) -> None:
    for is_held_out in (False, True):
        part = part_of(general, 0.2, is_held_out)
        mine = rows(general, 0.2, is_held_out)
        assert set(part.select(IN_STOCK).rows.tolist()) == {r for r in mine if general.product(r)["in_stock"]}
        assert part.rows_where(IN_STOCK) is part.rows_where(IN_STOCK)  # the second one is kept
        for name in ("mug", "laptop", "rug"):
            of_type = {row for row in mine if general.product(row)["type"] == name}
            assert set(part.of_type(name, None).rows.tolist()) == of_type
        assert set(part.search("a mug for tea", None, 30).rows.tolist()) <= mine
        cheap = {"field": "price", "op": "at_most", "value": 3_000}
        assert set(part.filter([cheap]).tolist()) == set(general.filter([cheap]).tolist()) & mine  # type: ignore[list-item]
        assert set(part.find("mug", [cheap], 30).hits.rows.tolist()) <= mine  # type: ignore[list-item]
        for row in sorted(mine)[::200]:
            assert part.alike(row) == general.alike(row)
            assert part.product(row).catalog is general and part.whole is general
        other = min(set(range(general.size)) - mine)
        assert len(part.alike(other)) == 0 and len(general.alike(other)) > 1


def test_a_built_catalog_has_the_same_parts(general_spec: kinds.Catalog, tmp_path: Path) -> None:
    source = SOURCES["generated"]
    build(general_spec, source, tmp_path / "built", lambda *_: None, size=1_000)
    opened, made = open_catalog(tmp_path / "built"), generate(general_spec, 1_000)
    assert rows(opened, 0.2, True) == rows(made, 0.2, True)
    assert part_of(opened, 0.2, True).projects == part_of(made, 0.2, True).projects


def test_the_parts_are_those_of_earlier_versions(general: Catalog) -> None:
    part = part_of(general, 0.2, True)
    assert len(part.products) == 802
    assert [p["name"] for p in part.projects if len(p["needs"]) > 9] == ["baby_nursery", "home_gym", "bike_commute"]
