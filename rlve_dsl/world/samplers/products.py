"""Products: those that an episode is about, distractors, and those that will sell out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from rlve_dsl.catalog import Product, Products, holding
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Each, Lambda, Share
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value
from rlve_dsl.world.sampler import Draw, check_count, sampler

Key = TypeVar("Key", bound=Hashable)

_TRIES = 32  # draws before all candidates are examined; one or two are nearly always enough


@sampler()
def sample_products(
    draw: Draw, count: int, where: Each[Product, bool] | None = None, distinct: Each[Product, Value] | None = None
) -> Sequence[Product]:
    """`count` different products for which `where` is true. No two of them have the same value of `distinct`.

    With a smaller count, they are the first ones of those of a larger count.
    """
    check_count("sample_products", count)
    candidates = all_where(draw, where)
    key = _row if distinct is None else distinct.one
    chosen: list[Product] = []
    seen: set[Hashable] = set()
    for index in range(count):
        product = draw_new(draw.stream.child(index), candidates, key, seen)
        if product is None:
            apart = " with different values of `distinct`" if distinct else ""
            raise Unsatisfiable(
                f"sample_products wanted {count} products{apart} and found {index} among {len(candidates)} candidates",
                of_products=True,
            )
        chosen.append(product)
    return chosen


@sampler()
def sample_product(
    draw: Draw, where: Each[Product, bool] | None = None, alike: Product | None = None, type: str | None = None
) -> Product:
    """A product for which `where` is true. With `type`, it has this product type. With `alike`, it is another product of the
    same kind as this one."""
    if alike is not None:
        kind = draw.catalog.alike(alike.row)
        candidates = others = kind.only(kind.rows != alike.row)
        if type is not None:
            candidates = others.only(others.column("type") == type)
    elif type is not None:
        candidates = draw.catalog.of_type(type, where)
    else:
        candidates = all_where(draw, where)
    if where is not None and alike is not None:
        candidates = candidates.only(holding(where, candidates))
    if not len(candidates):
        if alike is None and type is not None:
            lacking = f"no `{type}` that fits"
        elif alike is None:
            lacking = f"none that fits among {len(draw.catalog.products)} products"
        else:
            lacking = f"no other `{alike['kind']}` that fits among {len(others)}"
        raise Unsatisfiable(f"sample_product found {lacking}", of_products=True)
    return draw.stream.choice(candidates)


@sampler(provides=("visits",))
def visit_history(draw: Draw, include: Sequence[Product], distractors: int) -> Sequence[Product]:
    """The products that the shopper visited, in random order: those in `include`, and as many others as `distractors` says.

    All short names are different. The others are of any part of the catalog. The tool `user.visit_history` shows these products.
    """
    check_count("visit_history", distractors)
    visited = list(dict.fromkeys(include))
    everything = draw.everything
    names = {name_of(product) for product in visited}
    if len(names) < len(visited):
        raise Unsatisfiable("two of the products that visit_history was to include have the same short name")
    for index in range(distractors):
        product = draw_new(draw.stream.child(index), everything, name_of, names)
        if product is None:
            raise Unsatisfiable(
                f"visit_history wanted {distractors} distractors with other names and found {index} "
                f"among {len(everything)} products",
                of_products=True,
            )
        visited.append(product)
    visits = draw.stream.child("order").shuffled(visited)
    draw.provide("visits", visits)
    return visits


@sampler()
def stock_outs(draw: Draw, among: Sequence[Product], probability: Share, keep: int = 0) -> Sequence[Product]:
    """The products that will sell out. Each one does with this probability, but at least `keep` stay in stock.

    With a lower probability, they are some of those of a higher probability. The event `stock_out` makes them sell out.
    """
    lots = [(draw.stream.uniform(), product) for product in among]
    stocked = [(lot, product) for lot, product in lots if product["in_stock"]]
    most = max(0, len(stocked) - keep)
    threshold = sorted(lot for lot, _ in stocked)[most] if most < len(stocked) else 1.0
    return [product for lot, product in stocked if lot < min(probability, threshold)]


def all_where(draw: Draw, where: Lambda | None) -> Products:
    """The catalog's products that satisfy `where`."""
    return draw.catalog.products if where is None else draw.catalog.select(where)


def _row(product: Product) -> int:
    return product.row


def name_of(product: Product) -> str:
    """The name that a shopper uses for it."""
    return str(product["short_name"])


def draw_new(stream: Stream, candidates: Products, key: Callable[[Product], Key], seen: set[Key]) -> Product | None:
    """A candidate whose key is not in `seen`, all equally likely, or None. Its key is added to `seen`."""
    if not len(candidates):
        return None
    for _ in range(_TRIES):
        product = stream.choice(candidates)
        if (found := key(product)) not in seen:
            seen.add(found)
            return product
    left = [(product, found) for product in candidates if (found := key(product)) not in seen]
    if not left:
        return None
    product, found = stream.choice(left)
    seen.add(found)
    return product
