"""What a shopper wants: the variant of a product, wishes, and the weights of what matters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from rlve_dsl.catalog import Constraint, Product, Variant
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Share
from rlve_dsl.expressions.types import ANY, REAL, Record, Type
from rlve_dsl.values import Value
from rlve_dsl.world.sampler import Draw, check_count, sampler

_WORD = re.compile(r"\w+")


@sampler(provides=("offers",))
def sample_variant(draw: Draw, of: Product, probability: Share, options: int = 3) -> Variant | None:
    """With this probability, the variant of a product that the shopper wants; otherwise unknown.

    It also decides which variants the product has in this episode: at most `options`, or none when no variant is wanted.
    """
    variants = draw.catalog.variants(of.row) if draw.stream.chance(probability) else ()
    if not variants:
        draw.provide("offers", {of["id"]: ()})
        return None
    offered = draw.stream.shuffled(range(len(variants)))[: max(1, options)]
    draw.provide("offers", {of["id"]: tuple(variants[index] for index in sorted(offered))})
    return variants[offered[0]]


@sampler(provides=("wishes",))
def sample_constraints(
    draw: Draw, of: Product, count: int, slack: float = 0.0, except_: Sequence[str] = ()
) -> list[Constraint]:
    """`count` wishes that the product meets, about different fields. No wish is about a field in `except`.

    A wish for a number is a limit; `slack` makes it easier to meet, by up to this share of its value. With a smaller count,
    the wishes are the first ones of those of a larger count.
    """
    check_count("sample_constraints", count)
    wishes = [wish for wish in draw.catalog.wishes(of.row) if wish["field"] not in except_]
    if len(wishes) < count:
        raise Unsatisfiable(
            f"sample_constraints wanted {count} wishes for `{of['kind']}`, of which there are {len(wishes)}"
        )
    chosen = draw.stream.shuffled(wishes)[:count]
    if slack > 0:
        chosen = [
            wish
            if wish["op"] == "is"
            else draw.catalog.loosened(of.row, wish, slack * draw.stream.child(wish["field"]).uniform())
            for wish in chosen
        ]
    draw.provide("wishes", {(of["id"], wish["field"]): wish for wish in chosen})
    return chosen


def _weights(texts: Mapping[str, str]) -> Type:
    return Record("Weights", tuple((name, REAL) for name in _WORD.findall(texts.get("over", ""))))


@sampler(result=_weights)
def sample_weights(
    draw: Draw,
    over: Sequence[str],
    alpha: Sequence[float],
    step: float = 0.05,
    boost: float = 1.0,
    boosted: Sequence[str] | None = None,
) -> Annotated[Value, ANY]:
    """How much each of the dimensions in `over` counts: weights that sum to 1, each a multiple of `step`.

    They are drawn from a Dirichlet distribution. `alpha` has its parameters, one for each dimension and at least 1. `boost`
    multiplies the parameters of the dimensions in `boosted` (by default, of those that the episode's wishes are about).
    """
    if len(alpha) != len(over) or not over or min(alpha) * min(boost, 1.0) < 1:
        raise Unsatisfiable(
            f"sample_weights takes one alpha of at least 1 for each of its {len(over)} dimensions", of_arguments=True
        )
    if len(set(over)) < len(over):
        raise Unsatisfiable("sample_weights has a dimension twice in `over`", of_arguments=True)
    units = round(1 / step) if step > 1e-9 else 0
    check_count("sample_weights", units)
    if units < 1 or abs(units * step - 1) > 1e-9:
        raise Unsatisfiable(f"sample_weights needs a step that divides 1, not {step}", of_arguments=True)
    raised = {field for _, field in draw.provided.get("wishes", ())} if boosted is None else set(boosted)
    shares = [
        draw.stream.child(name).gamma(a * boost if name in raised else a) for name, a in zip(over, alpha, strict=True)
    ]
    return {name: part / units for name, part in zip(over, apportioned(shares, units), strict=True)}


def apportioned(shares: Sequence[float], units: int) -> list[int]:
    """Divide whole units in proportion to positive shares, by the largest remainder; of equal remainders the first wins.

    >>> apportioned([1.0, 1.0, 1.0], 20)
    [7, 7, 6]
    """
    total = sum(shares)
    exact = [share / total * units for share in shares]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[: units - sum(parts)]:
        parts[index] += 1
    return parts
