"""Short names: those of one catalog differ where they can, and every product knows how many others have its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import SOURCES, Catalog, build, generate, open_catalog
from rlve_dsl.catalog.declarations.name_parts import combinations, name_parts, sizes_of
from rlve_dsl.files import kinds, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
GENERATED = SOURCES["generated"]


def sharing(catalog: Catalog) -> int:
    """How many products have a short name that another one has."""
    counts = Counter(product["short_name"] for product in catalog.products)
    return sum(count for count in counts.values() if count > 1)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 200))
def test_parts_of_names_repeat_only_when_all_combinations_are_used(sizes: list[int], first: int) -> None:
    count = int(combinations(np.array([sizes]))[0])
    codes = name_parts(np.arange(first, first + count), np.tile(sizes, (count, 1)))
    assert len({tuple(row) for row in codes.tolist()}) == count
    assert (codes >= 0).all() and (codes < np.array(sizes)).all()


def test_types_with_fewer_parts_have_parts_of_one_value() -> None:
    assert sizes_of([[8, 5], [4], []]).tolist() == [[8, 5], [4, 1], [1, 1]]


@pytest.mark.parametrize("size", [500, 1_000, 4_000])
def test_no_two_products_of_the_general_store_share_a_short_name(general_spec: kinds.Catalog, size: int) -> None:
    assert sharing(generate(general_spec, size)) == 0


def test_no_two_products_of_the_pocket_store_share_a_short_name(pocket: Catalog) -> None:
    assert sharing(pocket) == 0


def test_a_type_with_more_products_than_names_names_the_line(general_spec: kinds.Catalog) -> None:
    large = generate(general_spec, 20_000)
    assert sharing(large) < 0.04 * large.size
    named = [product for product in large.products if product["short_name"].endswith(" line")]
    assert 0.4 * large.size < len(named) < large.size
    assert all(product["kind"].endswith(product["short_name"].rpartition(" of the ")[2]) for product in named)


def test_every_product_knows_its_namesakes(general_spec: kinds.Catalog, tmp_path: Path) -> None:
    large = generate(general_spec, 12_000)
    counts = Counter(product["short_name"] for product in large.products)
    wanted = [counts[product["short_name"]] - 1 for product in large.products]
    assert large.column("namesakes").tolist() == wanted and max(wanted) > 0
    assert [large.product(row)["namesakes"] for row in range(50)] == wanted[:50]
    build(general_spec, GENERATED, tmp_path / "built", lambda *_: None, size=12_000)
    opened = open_catalog(tmp_path / "built")
    assert opened.column("namesakes").tolist() == wanted
    assert [p["short_name"] for p in opened.products[:300]] == [p["short_name"] for p in large.products[:300]]


IMPORT = """
kind: Catalog
name: things
source: rows
rows:
  from: things.csv
  columns: {id: sku, title: name, type: shelf}
"""


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Catalog]:
    """`imported(titles)`: a catalog of mugs with these titles."""

    def made(*titles: str) -> Catalog:
        rows = "".join(f"M{number},{title},mug\n" for number, title in enumerate(titles))
        (tmp_path / "things.csv").write_text("sku,name,shelf\n" + rows, encoding="utf-8")
        (tmp_path / "things.yaml").write_text(IMPORT, encoding="utf-8")
        spec = load(str(tmp_path / "things.yaml")).spec
        assert isinstance(spec, kinds.Catalog)
        source = SOURCES["rows"]
        build(spec, source, tmp_path / "out", lambda *_: None)
        return open_catalog(tmp_path / "out")

    return made


def test_imported_products_are_called_by_as_much_of_their_titles_as_tells_them_apart(
    imported: Callable[..., Catalog],
) -> None:
    long = "Large Hand Made Mug for Tea and Coffee"
    catalog = imported(f"{long} in red", f"{long} in blue", "Plain mug", "Small mug", "Small mug")
    assert [product["short_name"] for product in catalog.products] == [
        f"{long} in red",
        f"{long} in blue",
        "Plain mug",
        "Small mug",
        "Small mug",
    ]
    assert catalog.column("namesakes").tolist() == [0, 0, 0, 1, 1]
