"""How a sampler is declared, and what it draws from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from rlve_dsl.catalog import Catalog, Products
from rlve_dsl.errors import RlveError, Unsatisfiable
from rlve_dsl.expressions import EvaluationError, Signature, check_names, signature_of
from rlve_dsl.expressions.types import Type
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value
from rlve_dsl.world.governance import Governance

MOST_DRAWN = 1000
"""Things that one use of a sampler may draw."""

MOST_IN_WORLD = 20_000
"""Items that the loops and samplers of one world may make, all together."""


def check_count(sampler: str, count: int) -> None:
    """Raises Unsatisfiable when a sampler is to draw fewer things than none, or more than `MOST_DRAWN`."""
    if count < 0:
        raise Unsatisfiable(f"{sampler} wanted {count}, and a count is at least 0", of_arguments=True)
    if count > MOST_DRAWN:
        raise Unsatisfiable(f"{sampler} wanted {count}, and draws at most {MOST_DRAWN:,}", of_arguments=True)


@frozen
class Draw:
    """What a sampler draws from.

    Attributes:
        stream: A random stream of its own.
        catalog: The products that the episode may be about: those of its part of the catalog that a short name tells from
            all others. What else is for sale is in `everything`.
        provided: What earlier samplers prepared for tools, by slot.
        governance: The store policy, if there is one.
    """

    stream: Stream
    catalog: Catalog
    provided: dict[str, Any] = field(default_factory=dict)
    governance: Governance | None = None

    @property
    def is_held_out(self) -> bool:
        """Whether the episode is held out, so that nothing is trained on it."""
        return self.catalog.is_held_out

    @property
    def everything(self) -> Products:
        """All products that are for sale, of both parts of the catalog, for what only stands beside what matters."""
        return self.catalog.whole.products

    def provide(self, slot: str, value: object) -> None:
        """Prepare a value for tools, under a slot. Mappings of one slot are merged.

        Raises:
            Unsatisfiable: When two mappings disagree.
            RlveError: When the slot has a value already.
        """
        if isinstance(value, dict):
            merged = self.provided.setdefault(slot, {})
            if any(merged.get(key, entry) != entry for key, entry in value.items()):
                raise Unsatisfiable(f"`{slot}` was drawn twice, and differently, for the same thing")
            merged.update(value)
        elif slot in self.provided:
            raise RlveError(f"`{slot}` is provided twice in one world")
        else:
            self.provided[slot] = value


@frozen
class Draws(Draw):
    """What all samplers of an episode draw from; `stream` is the root of their streams.

    Attributes:
        left: How many more items the loops and samplers of this world may make.
    """

    left: list[int] = field(default_factory=lambda: [MOST_IN_WORLD])

    def count(self, items: int) -> None:
        """Count items that a loop or a sampler makes.

        Raises:
            EvaluationError: When a world would have too many.
        """
        self.left[0] -= items
        if self.left[0] < 0:
            raise EvaluationError(f"the loops and samplers of the world make more than {MOST_IN_WORLD:,} items")

    def at(self, path: tuple[object, ...]) -> Draw:
        """What the sampler at this path draws from. Draws at other paths do not change its stream."""
        return Draw(self.stream.child(*path), self.catalog, self.provided, self.governance)


@frozen
class Sampler:
    """A way to draw a value of a world or of a persona.

    Attributes:
        name: What files call it.
        call: `call(draw, **arguments)` draws a value, or raises Unsatisfiable when none fits.
        signature: The types of its arguments and of its result.
        provides: The slots that it fills for tools.
        needs: The slots that must be there (`policy`: the collection has a policy).
        reuses: Whether it gives again what an earlier part of the conversation put into its slots.
        doc: Its documentation.
        result: Where it is given, the type of the result from the texts of the arguments, in place of the signature's.
    """

    name: str
    call: Callable[..., Value]
    signature: Signature
    provides: tuple[str, ...]
    needs: tuple[str, ...]
    reuses: bool
    doc: str
    result: Callable[[Mapping[str, str]], Type] | None


def sampler(
    name: str = "",
    *,
    provides: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    reuses: bool = False,
    result: Callable[[Mapping[str, str]], Type] | None = None,
) -> Callable[[Callable[..., Any]], Sampler]:
    """Declare a sampler; its first parameter is the Draw, its docstring is its documentation.

    The arguments are the attributes of `Sampler`.

    >>> @sampler()
    ... def heads(draw: Draw, probability: float = 0.5) -> bool:
    ...     "True with this probability."
    ...     return draw.stream.chance(probability)
    >>> heads.name, [p.name for p in heads.signature.parameters]
    ('heads', ['probability'])
    """

    def declare(python: Callable[..., Any]) -> Sampler:
        doc, named = inspect.getdoc(python) or "", name or python.__name__
        check_names(f"sampler `{named}`", provides=provides, needs=needs)
        signature = signature_of(python, skip=1, what=f"sampler `{named}`", first="Draw", variadic=False)
        return Sampler(named, python, signature, provides, needs, reuses, doc, result)

    return declare
