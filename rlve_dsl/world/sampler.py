"""How a sampler is declared, and what it draws from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.catalog import Catalog
from rlve_dsl.errors import RlveError, Unsatisfiable
from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.expressions.types import Type
from rlve_dsl.rng import Stream
from rlve_dsl.world.governance import Governance


@dataclass(frozen=True, slots=True)
class Draws:
    """What the samplers of one episode share: the root of their streams, the catalog, what they prepared for tools, and
    how the store is governed."""

    stream: Stream
    catalog: Catalog
    provided: dict[str, Any] = field(default_factory=dict)
    governance: Governance | None = None

    def at(self, path: tuple[object, ...]) -> Draw:
        """What a sampler used at this path draws from; no other path's draws move it."""
        return Draw(self.stream.child(*path), self.catalog, self.provided, self.governance)


@dataclass(frozen=True, slots=True)
class Draw:
    """One use of a sampler: its own stream, the catalog, what earlier samplers prepared, and how the store is governed."""

    stream: Stream
    catalog: Catalog
    provided: dict[str, Any] = field(default_factory=dict)
    governance: Governance | None = None

    def provide(self, slot: str, value: Any) -> None:
        """Tools find `value` under `slot`. Mappings merge, and are Unsatisfiable where they disagree; anything else is set
        once, or it is an RlveError."""
        if isinstance(value, dict):
            merged = self.provided.setdefault(slot, {})
            if any(merged.get(key, entry) != entry for key, entry in value.items()):
                raise Unsatisfiable(f"`{slot}` was drawn twice, and differently, for the same thing")
            merged.update(value)
        elif slot in self.provided:
            raise RlveError(f"`{slot}` is provided twice in one world")
        else:
            self.provided[slot] = value


@dataclass(frozen=True, slots=True)
class Sampler:
    """A way to draw a value of the world or of a persona.

    `call(draw, **arguments)` draws and raises Unsatisfiable when nothing fits. `provides` are the slots it fills for
    tools, `needs` those that must be there (`policy`: the collection has a policy). `reuses` says that it gives what an
    earlier part of the conversation has put into its slots, where there is such a part. `result`, when there is one, tells the
    type from the arguments' texts in place of the signature.
    """

    name: str
    call: Callable[..., Any]
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
    """Declare a sampler; its first parameter is the Draw, its docstring its page in the docs.

    >>> @sampler()
    ... def heads(draw: Draw, probability: float = 0.5) -> bool:
    ...     "True with this probability."
    ...     return draw.stream.chance(probability)
    >>> heads.name, [p.name for p in heads.signature.parameters]
    ('heads', ['probability'])
    """

    def declare(python: Callable[..., Any]) -> Sampler:
        doc = inspect.getdoc(python) or ""
        return Sampler(
            name or python.__name__, python, signature_of(python, skip=1), provides, needs, reuses, doc, result
        )

    return declare
