"""The journal of a world: its effects in order, from which the state follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rlve_dsl.catalog import Catalog
from rlve_dsl.values import JsonObject
from rlve_dsl.world.effects import Effect
from rlve_dsl.world.state import Slots, State


class Journal:
    """All effects of a world, in order. A call that is refused leaves none in it."""

    __slots__ = ("_effects",)

    def __init__(self, effects: Iterable[Effect] = ()) -> None:
        self._effects = list(effects)

    def append(self, effect: Effect) -> None:
        """Add an effect at the end."""
        self._effects.append(effect)

    def shorten(self, length: int) -> None:
        """Forget the effects that were recorded after the journal had this length."""
        del self._effects[length:]

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
