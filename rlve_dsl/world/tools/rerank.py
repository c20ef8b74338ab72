"""Ordering products by what a shopper said: wishes, and how much price, rating, shipping, brand and likeness count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog import NO_PRICE, Catalog, Filter, Rows, Weights
from rlve_dsl.errors import Refusal
from rlve_dsl.expressions.types import Cents, ProductId
from rlve_dsl.frozen import frozen
from rlve_dsl.world.queries import check_query
from rlve_dsl.world.tool import Shop, tool
from rlve_dsl.world.tools.search import MOST_FILTERS, read_filter

Column: TypeAlias = NDArray[Any]

SLOWEST = 14  # days; what ships in so many scores 0
_DIGITS = 3


class Ranked(TypedDict):
    """A product with what its place follows from.

    `match` is how well it fits the query, 0 to 100; `wishes_met` is how many of the wishes it meets; `parts` is how well it does, 0 to
    1, in each thing that counts, and `score` is their weighted mean.
    """

    product_id: ProductId
    in_stock: bool
    match: int
    wishes_met: int | None
    score: float | None
    parts: Weights | None


@tool("catalog.rerank", reveals_ids=False)
def rerank(
    shop: Shop,
    query: str,
    product_ids: Sequence[ProductId],
    wishes: Sequence[Filter] = (),
    weights: Weights | None = None,
    expected_price: Cents | None = None,
    favourite_brand: str | None = None,
    top_k: int = 10,
) -> list[Ranked]:
    """Order products for a shopper, best first: by how many wishes they meet, then by score, then by match. Sold-out ones come last.

    query: what to match, in words
    product_ids: the products to order
    wishes: the shopper's wishes, written like the filters of a search; a product need not meet them all
    weights: how much each thing counts for the shopper, such as {"price": 0.4, "rating": 0.6}; the score is the weighted mean of price: 1 - price / (2 * expected_price), at least 0; rating / 5; ships_in: 1 - days / 14; brand: 1 for the favourite; match / 100; wishes: the share that is met (then the number that is met counts in the score only)
    expected_price: what the shopper expects to pay; needed if price counts
    favourite_brand: the brand that the shopper likes best; needed if brand counts
    top_k: the most products to show
    """
    if top_k < 1:
        raise Refusal("top_k must be at least 1")
    check_query(query)
    if len(wishes) > MOST_FILTERS:
        raise Refusal(f"at most {MOST_FILTERS} wishes")
    given = _Given(
        [read_filter(shop.catalog, wish) for wish in wishes],
        _shares(weights),
        expected_price,
        favourite_brand
        and read_filter(shop.catalog, {"field": "brand", "op": "is", "value": favourite_brand})["value"],
    )
    given.check()
    rows = np.array(sorted({shop.product(product_id).row for product_id in product_ids}), dtype=np.int64)
    return _ranked(shop, query, rows, given, top_k) if len(rows) else []


@frozen
class _Given:
    """What the agent said about the shopper, as the store reads it; `shares` sum to 1, or are empty."""

    wishes: Sequence[Filter]
    shares: Mapping[str, float]
    expected: int | None
    favourite: str | None

    def check(self) -> None:
        """Raises Refusal when something counts that cannot be judged."""
        for name, known, wanted in (
            ("price", self.expected, "expected_price"),
            ("brand", self.favourite, "favourite_brand"),
            ("wishes", self.wishes or None, "wishes"),
        ):
            if self.shares.get(name) and known is None:
                raise Refusal(f"{name} counts, so `{wanted}` must be given")
        if self.expected is not None and self.expected <= 0:
            raise Refusal("expected_price must be more than 0")


def _shares(weights: Weights | None) -> Mapping[str, float]:
    """The weights divided by their sum: 40 and 60 mean the same as 0.4 and 0.6."""
    named = {name: float(weight) for name, weight in (weights or {}).items() if weight is not None}  # type: ignore[arg-type]
    if any(weight < 0 for weight in named.values()):
        raise Refusal("a weight is at least 0")
    total = sum(named.values())
    if named and total <= 0:
        raise Refusal("at least one weight must be more than 0")
    return {name: weight / total for name, weight in named.items()}


def _ranked(shop: Shop, query: str, rows: Rows, given: _Given, top_k: int) -> list[Ranked]:
    """The best of these rows, which are in order: products that are equally good stay in that order."""
    catalog, gone = shop.catalog, shop.state.gone
    ids = catalog.values("id", rows).tolist()
    stocked = np.asarray(catalog.values("in_stock", rows), dtype=bool)
    if gone:
        stocked = stocked & np.array([id_ not in gone for id_ in ids])
    matches = np.asarray(catalog.match(query, rows), dtype=np.int64)
    held = np.zeros(len(rows), dtype=np.int64)
    for wish in given.wishes:
        held += stocked == wish["value"] if wish["field"] == "in_stock" else catalog.meeting(rows, wish)
    parts = {name: _part(catalog, name, rows, matches, held, given) for name in given.shares}
    score = np.zeros(len(rows))
    for name, share in given.shares.items():
        score += share * parts[name]
    score = score.round(_DIGITS + 2)
    first = np.zeros(len(rows)) if "wishes" in given.shares else held
    order = np.lexsort((-matches, -score, -first, ~stocked))[:top_k]  # the last key counts most
    return [
        {
            "product_id": ids[place],
            "in_stock": bool(stocked[place]),
            "match": int(matches[place]),
            "wishes_met": int(held[place]) if given.wishes else None,
            "score": float(score[place]) if parts else None,
            "parts": _shown({name: float(part[place]) for name, part in parts.items()}) if parts else None,
        }
        for place in order.tolist()
    ]


def _part(catalog: Catalog, name: str, rows: Rows, matches: Column, held: Column, given: _Given) -> Column:
    """How well each product does in a thing that counts, from 0 to 1."""
    match name:
        case "price":
            prices = catalog.values("price", rows)
            thrift = np.maximum(0.0, 1 - prices / (2 * (given.expected or 1)))
            return np.where((prices == NO_PRICE) | (given.expected is None), 0.0, thrift)
        case "rating":
            return np.asarray(catalog.values("rating", rows) / 5)
        case "ships_in":
            return np.asarray(1 - catalog.values("ships_in", rows) / SLOWEST)
        case "brand":
            return np.array([brand == given.favourite for brand in catalog.values("brand", rows).tolist()], dtype=float)
        case "match":
            return np.asarray(matches / 100)
    return np.asarray(held / max(1, len(given.wishes)))


def _shown(parts: Mapping[str, float]) -> Weights:
    def part(name: str) -> float | None:
        return round(parts[name], _DIGITS) if name in parts else None

    return {
        "price": part("price"),
        "rating": part("rating"),
        "ships_in": part("ships_in"),
        "brand": part("brand"),
        "match": part("match"),
        "wishes": part("wishes"),
    }
