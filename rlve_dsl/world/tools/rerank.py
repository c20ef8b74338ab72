"""Ordering products by what a shopper said: wishes, and how much price, rating, shipping, brand and likeness count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from rlve_dsl.catalog import NO_PRICE, Filter, Product, Weights
from rlve_dsl.expressions.types import Cents, ProductId
from rlve_dsl.world.tool import Refusal, Shop, check_query, tool
from rlve_dsl.world.tools.search import MOST_FILTERS, read_filter

SLOWEST = 14  # days; what ships in so many scores 0
_DIGITS = 3


class Ranked(TypedDict):
    """A product with what its place follows from.

    `match` is how well it fits the query, 0 to 100; `met` is how many of the wishes it meets; `parts` is how well it does, 0 to
    1, in each thing that counts, and `score` is their weighted mean.
    """

    product_id: ProductId
    in_stock: bool
    match: int
    met: int | None
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
    """Order products for a shopper, best first: by how many wishes they meet, then by score, then by match. If wishes have a
    weight, they are part of the score instead. Sold-out products come last. A score adds up weight times part, with weights
    divided by their sum. Parts: price 1 - price / (2 * expected_price), at least 0; rating / 5; ships_in 1 - days / 14; brand
    1 for the favourite; match / 100; wishes the share that is met.

    query: what to match, in words
    product_ids: the products to order
    wishes: the shopper's wishes, written like the filters of a search; a product need not meet them all
    weights: how much each thing counts for the shopper, such as {"price": 0.4, "rating": 0.6}
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
    rows = sorted({shop.product(product_id).row for product_id in product_ids})
    if not rows:
        return []
    ranked = _ranked(shop, query, rows, given)
    order = sorted(range(len(rows)), key=lambda place: (*_key(ranked[place], given), rows[place]))
    return [ranked[place] for place in order[:top_k]]


@dataclass(frozen=True, slots=True)
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


def _ranked(shop: Shop, query: str, rows: list[int], given: _Given) -> list[Ranked]:
    catalog, gone = shop.catalog, shop.state.gone
    array = np.array(rows, dtype=np.int64)
    products = [catalog.product(row) for row in rows]
    stocked = [product["in_stock"] and product["id"] not in gone for product in products]
    matches = catalog.match(query, array).tolist()
    met = np.zeros(len(rows), dtype=np.int64)
    for wish in given.wishes:
        held = [s == wish["value"] for s in stocked] if wish["field"] == "in_stock" else catalog.meeting(array, wish)
        met += np.asarray(held, dtype=bool)
    out: list[Ranked] = []
    for product, in_stock, match, wishes in zip(products, stocked, matches, met.tolist(), strict=True):
        parts = {name: _PARTS[name](product, match, wishes, given) for name in given.shares}
        score = sum(share * parts[name] for name, share in given.shares.items())
        out.append(
            {
                "product_id": product["id"],
                "in_stock": in_stock,
                "match": match,
                "met": wishes if given.wishes else None,
                "score": round(score, _DIGITS + 2) if parts else None,
                "parts": Weights(**{name: round(parts[name], _DIGITS) if name in parts else None for name in _PARTS})  # type: ignore[typeddict-item]
                if parts
                else None,
            }
        )
    return out


def _key(ranked: Ranked, given: _Given) -> tuple[float, ...]:
    """What products are ordered by, lowest first."""
    met = 0 if "wishes" in given.shares else ranked["met"] or 0
    return (not ranked["in_stock"], -met, -(ranked["score"] or 0.0), -ranked["match"])


def _thrift(product: Product, match: int, met: int, given: _Given) -> float:
    price = product["price"]
    return 0.0 if price == NO_PRICE or not given.expected else max(0.0, 1 - price / (2 * given.expected))


_PARTS: Mapping[str, Callable[[Product, int, int, _Given], float]] = {
    "price": _thrift,
    "rating": lambda product, match, met, given: product["rating"] / 5,
    "ships_in": lambda product, match, met, given: 1 - product["ships_in"] / SLOWEST,
    "brand": lambda product, match, met, given: float(product["brand"] == given.favourite),
    "match": lambda product, match, met, given: match / 100,
    "wishes": lambda product, match, met, given: met / max(1, len(given.wishes)),
}
"""How well a product does in each thing that can count, from 0 to 1."""
