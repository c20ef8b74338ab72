"""Known items: a product of the catalog, and what someone who knows it would type. Made from the catalog, the same every time.

Two ways to know a product: by brand and model (brand, short name, product line), and by words of its description (what it is
and some of its attributes, in any order, without the brand). Words are added until at most `TWINS` products of its kind
hold them all: a query that fits more products than a page shows would ask for luck.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rlve_dsl.catalog import Catalog
from rlve_dsl.rng import Stream

TWINS = 3


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A query and the row of the product it means."""

    query: str
    row: int


def words_of(text: str) -> list[str]:
    """The different words and numbers of a text, in order."""
    return list(dict.fromkeys(re.findall(r"\w+(?:[-.]\w+)*", text.lower())))


def by_brand_and_model(catalog: Catalog, count: int, seed: str) -> Iterator[KnownItem]:
    """Queries of brand, then model."""
    yield from _known(catalog, Stream("known item", "brand and model", seed), count, _model)


def by_description(catalog: Catalog, count: int, seed: str) -> Iterator[KnownItem]:
    """Queries of description words, in no order."""
    yield from _known(catalog, Stream("known item", "description", seed), count, _description)


def _model(catalog: Catalog, row: int, stream: Stream) -> tuple[list[str], list[str]]:
    product = catalog.product(row)
    given = list(dict.fromkeys(words_of(product["brand"]) + words_of(product["short_name"]) + _line(product["kind"])))
    return given, [w for w in words_of(product["title"]) if w not in given]


def _description(catalog: Catalog, row: int, stream: Stream) -> tuple[list[str], list[str]]:
    product = catalog.product(row)
    brand = words_of(product["brand"])
    given = [w for w in words_of(product["type"].replace("_", " ")) if w in words_of(product["title"])]
    given += [w for w in _line(product["kind"]) if w not in given]
    rest = [w for w in words_of(product["title"]) if w not in given and w not in brand]
    return given, stream.shuffled(rest)


def _line(kind: str) -> list[str]:
    """The words of a product line, which a kind of a large catalog names."""
    found = re.search(r" of the (.+) line$", kind)
    return words_of(found[1]) if found else []


def _known(
    catalog: Catalog,
    stream: Stream,
    count: int,
    known: Callable[[Catalog, int, Stream], tuple[list[str], list[str]]],
) -> Iterator[KnownItem]:
    made = 0
    while made < count:
        row = stream.integer(0, catalog.size - 1)
        query, more = known(catalog, row, stream)
        others = [set(words_of(p["title"])) for p in catalog.alike(row) if p.row != row]
        while more and sum(set(query) <= other for other in others) >= TWINS:
            query.append(more.pop(0))
        if sum(set(query) <= other for other in others) < TWINS:
            made += 1
            yield KnownItem(" ".join(stream.shuffled(query) if known is _description else query), row)
