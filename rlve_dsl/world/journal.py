"""The journal of a world: its effects in order, from which the state follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rlve_dsl.catalog import Catalog
from rlve_dsl.values import Json, JsonObject
from rlve_dsl.world import effects
from rlve_dsl.world.effects import Effect
from rlve_dsl.world.state import Slots, State

EFFECTS: Mapping[str, type[Effect]] = {
    kind.name: kind
    for kind in vars(effects).values()
    if isinstance(kind, type) and issubclass(kind, Effect) and kind.name
}
"""The effects by name."""


def effect_from_json(data: Mapping[str, Json]) -> Effect:
    """The effect that `as_json` wrote.

    >>> effect_from_json(effects.QuantitySet("L1", 3).as_json())
    QuantitySet(line_id='L1', qty=3)
    """
    return EFFECTS[str(data["effect"])].from_values({name: v for name, v in data.items() if name != "effect"})


class Journal:
    """All effects of a world, in order. It only grows."""

    __slots__ = ("_effects",)

    def __init__(self) -> None:
        self._effects: list[Effect] = []

    def append(self, effect: Effect) -> None:
        """Add an effect at the end."""
        self._effects.append(effect)

    def since(self, length: int) -> tuple[Effect, ...]:
        """The effects that were recorded after the journal had this length."""
        return tuple(self._effects[length:])

    def as_json(self) -> list[JsonObject]:
        """All effects as JSON data."""
        return [effect.as_json() for effect in self._effects]

    def __len__(self) -> int:
        return len(self._effects)

    def __iter__(self) -> Iterator[Effect]:
        return iter(self._effects)


def replay(journal: Iterable[Effect], catalog: Catalog, provided: Slots) -> State:
    """The state that a journal leads to."""
    state = State(catalog, provided)
    for effect in journal:
        effect.apply(state)
    return state
