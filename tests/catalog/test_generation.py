"""Generation: the same products everywhere, kinds that can be ranked whole, at any size."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rlve_dsl.catalog import KIND_LIMIT, PRODUCT, Catalog, generate
from rlve_dsl.files import kinds

PRINT = """
import hashlib, sys
from rlve_dsl.catalog import generate
from rlve_dsl.files import load
catalog = generate(load(sys.argv[1]).spec, 300)
rows = [[p[f] for f in sys.argv[2:]] for p in catalog.products]
more = [[catalog.variants(r), catalog.wishes(r)] for r in range(catalog.size)]
hits = catalog.search("something warm for the garden", None, 25)
text = repr([catalog.digest, rows, more, hits.rows.tolist(), hits.match.tolist()])
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_same_products_in_every_process() -> None:
    root = Path(__file__).parents[2]
    path = str(root / "scenarios" / "catalogs" / "general.yaml")
    printed = [
        subprocess.run(
            [sys.executable, "-c", PRINT, path, *PRODUCT.names],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"))
    ]
    assert printed[0] == printed[1]


def test_the_digest_says_whether_products_are_the_same(made: Callable[..., Catalog]) -> None:
    assert made().digest == made("\nname: mugs", "   # a comment\nname:   mugs").digest
    assert made().digest != made(size=41).digest
    assert made().digest != made("[red, blue, green]", "[blue, red, green]").digest


def test_words_for_an_attribute_are_known_of_each_product_and_change_none(made: Callable[..., Catalog]) -> None:
    says = 'says: "in {value}"'
    told = made(says, says + ", about: [shade, how bright it is]")
    assert told.digest == made().digest
    assert told.words_for(0, "color") == ("shade", "how bright it is") and made().words_for(0, "color") == ()
    assert told.words_for(0, "no_such_field") == () and "how many stars" in told.words_for(0, "rating")


@pytest.mark.parametrize(("size", "types"), [(1_000, 20), (3_000, 150), (20_000, 150), (100_000, 150)])
def test_enough_kinds_are_small_enough_to_rank(general_spec: kinds.Catalog, size: int, types: int) -> None:
    catalog = generate(general_spec, size)
    kind, peers = catalog.column("kind"), catalog.column("peers")
    sizes = Counter(kind.tolist())
    assert max(sizes.values()) <= KIND_LIMIT
    good = {t for t, p in zip(catalog.column("type").tolist(), peers.tolist(), strict=True) if 9 <= p <= 40}
    assert len(good) >= types
    if size >= 4_000:
        assert peers.min() >= 9
    assert abs(catalog.column("in_stock").mean() - 0.93) < 0.03


def test_every_kind_of_the_general_catalog_is_small_enough_to_rank(general: Catalog) -> None:
    assert general.column("peers").min() >= 9


def test_a_big_type_becomes_lines_of_equal_size(made: Callable[..., Catalog]) -> None:
    sizes = Counter(made(size=100).column("kind").tolist())
    assert sorted(sizes.values()) == [33, 33, 34]
    assert all(kind.startswith("mug of the ") for kind in sizes)
    assert all(f", {kind.split()[-2]} " in p["title"] for p in made(size=70).products for kind in [p["kind"]])
    assert set(made(size=36).column("kind")) == {"mug"}


@pytest.mark.parametrize("size", [1, 2, 7, 73, 5_000])
def test_any_size_can_be_made(made: Callable[..., Catalog], size: int) -> None:
    catalog = made(size=size)
    assert catalog.size == len(catalog.products) == size
    kinds_ = catalog.column("kind").tolist()
    assert max(Counter(kinds_).values()) <= KIND_LIMIT
    assert all(catalog.row_of(p["id"]) == p.row for p in catalog.products[:50])


def test_values_are_dealt_evenly_within_a_kind(general: Catalog) -> None:
    apart = []
    for row in range(0, general.size, 97):
        alike = general.alike(row)
        for name in general.product(row)["attributes"]:
            counts = Counter(p["attributes"][name] for p in alike)
            apart.append(max(counts.values()) - min(counts.values()))
    # a few are less even, so that all short names of a type can differ
    assert max(apart) <= 3 and sum(difference > 1 for difference in apart) < 0.02 * len(apart)


def test_stock_and_service_come_from_the_id_alone(general_spec: kinds.Catalog) -> None:
    small, large = generate(general_spec, 500), generate(general_spec, 2_000)
    for name in ("in_stock", "ships_in", "rating", "reviews"):
        assert np.array_equal(small.column(name), large.column(name)[:500])


def test_numbers_are_those_of_a_shop(general: Catalog) -> None:
    rating, price = general.column("rating"), general.column("price")
    assert 2.5 <= rating.min() and rating.max() <= 5.0 and 3.8 < rating.mean() < 4.4
    assert set((price % 100).tolist()) <= {49, 99} and price.min() >= 49
    assert 1 <= general.column("ships_in").min() and general.column("ships_in").max() <= 10
    assert 0.66 < general.column("has_variants").mean() < 0.74


def test_ids_are_found_again_and_others_are_not(pocket: Catalog, general: Catalog) -> None:
    for catalog in (pocket, general):
        ids = catalog.column("id").tolist()
        assert len(set(ids)) == catalog.size and sorted(ids) == ids or catalog is pocket
        assert [catalog.row_of(i) for i in ids] == list(range(catalog.size))
    for other in (
        "",
        "P",
        "P0",
        "P00000",
        "P04001",
        "P99999",
        "p00001",
        "P0000１",
        "P-0001",
        "P+0001",
        "P 0001",
        "robin-1",
    ):
        assert general.row_of(other) is None and pocket.row_of(other) is None


def test_the_products_are_those_of_earlier_versions(general: Catalog) -> None:
    """Everything but prices, which depend on the machine's own exponential function. Change it together with `_REVISION`."""
    digest = hashlib.sha256()
    for name in ("type_code", "kind_code", "brand_code", "rating_tenths", "reviews", "ships_in", "in_stock", "slots"):
        digest.update(np.ascontiguousarray(getattr(general.table.columns, name)).tobytes())
    assert digest.hexdigest() == "3455340c4a067ff2b475b166eaa775f9f463229315c0eabc39091d70fc7f0e6c"
    assert general.product(0)["title"] == "Woodnote music stand, beech, up to 170 cm, 1.9 kg, foldable, silver"


def test_a_digest_is_a_sha256(general: Catalog) -> None:
    assert len(general.digest) == len(hashlib.sha256().hexdigest())
