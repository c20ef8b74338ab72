"""The store's half of an episode: it runs calls, watches the rules of conduct, and knows which ids it has shown."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler import Drawn
from rlve_dsl.episode.actions import Call, wire_name
from rlve_dsl.episode.conduct import Monitor
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import ForbiddenCall, IllegalCall
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.turn import Result
from rlve_dsl.values import Names
from rlve_dsl.world import STATE, Effect, Governance, Journal, Refusal, Shop, State, Tool, WireError, replay

T = TypeVar("T")


class Store:
    """The store of one episode, with everything that changes in it.

    Attributes:
        tools: The tools of all parts, by name.
        shop: What tools see.
        calls: How many calls have been made.
        shown: The product ids that tools have shown, in order.
    """

    def __init__(self, catalog: Catalog, drawn: Drawn, governance: Governance | None) -> None:
        self.tools: Mapping[str, Tool] = _merged([part.environment.tools for part in drawn.parts])
        # tools read the axes, and never the world or the goal
        axes = _merged([part.axes for part in drawn.parts])
        state = State(catalog, drawn.provided)
        self.shop = Shop(state, Journal(), drawn.provided, axes, drawn.stream, governance)
        self.calls = 0
        self.shown: dict[str, None] = {}
        self._stream = drawn.stream
        self._monitor = Monitor(governance)

    def tool(self, name: str) -> Tool | None:
        """The tool of this name, or of this name with `_` for `.`, if the episode has it."""
        return self.tools.get(name) or next((t for n, t in self.tools.items() if wire_name(n) == name), None)

    def call(self, call: Call) -> Result:
        """What a call returns.

        Raises:
            IllegalCall: When there is no such tool, or its arguments are wrong.
            ForbiddenCall: When a rule of the store forbids it.
        """
        tool = self.tool(call.name)
        if tool is None:
            raise IllegalCall(f"there is no tool `{call.name}`")
        try:
            arguments = tool.arguments(call.args)
        except WireError as problem:
            raise IllegalCall(f"`{call.name}`: {problem}") from None
        self.calls += 1
        self.shop.stream = self._stream.child("call", self.calls)
        if forbidden := self._monitor.before(tool, self.shop, arguments):
            raise ForbiddenCall(forbidden)
        try:
            value = tool.call(self.shop, **arguments)
        except Refusal as refusal:
            return Result(tool, None, str(refusal))
        self._monitor.called(tool, arguments)
        if tool.reveals_ids:
            self.shown |= dict.fromkeys(ids_in(value, tool.signature.result))
        return Result(tool, value)

    def owed(self, call: Call) -> tuple[str, ...]:
        """What the rules want before this call and has not been done: names of tools, or `confirmation`."""
        tool = self.tool(call.name)
        return () if tool is None else self._monitor.owed(tool, self.shop, tool.arguments(call.args))

    def confirmed(self) -> None:
        """The user has told the agent to go ahead."""
        self._monitor.confirmed()

    def let_events_happen(self, parts: Iterable[Part], turns: int) -> None:
        """What happens by itself after this many turns; each part counts from when it was raised."""
        for part in parts:
            if not part.environment.events:
                continue
            names = part.names
            for plan in part.environment.events:
                if plan.after_turn(names) == turns - (part.raised_after or 0):
                    plan.event.call(self.shop, **plan.arguments.values(names))

    def effects_since(self, length: int) -> tuple[Effect, ...]:
        """What has changed since the journal was this long."""
        return self.shop.journal.since(length)

    def changed_since(self, length: int) -> bool:
        """Whether something that a shopper would see has changed since the journal was this long."""
        return any(effect.tangible for effect in self.shop.journal.since(length))

    @property
    def state_names(self) -> Names:
        """The store's state by the names that reactions read."""
        return {name: getattr(self.shop.state, name) for name in STATE}

    @property
    def conduct_names(self) -> Names:
        """How the rules of conduct were kept, by the names that grades and rewards read."""
        return self._monitor.names

    def put_out(self, answers: Iterable[Sequence[str]]) -> list[str]:
        """The product ids in the cart and in these answers, each once."""
        found = dict.fromkeys(line["product_id"] for line in self.shop.state.cart)
        for ids in answers:
            found |= dict.fromkeys(ids)
        return list(found)

    def restricted(self, ids: Iterable[str]) -> str | None:
        """The first of these products that the store may not sell to everyone."""
        catalog = self.shop.catalog
        for id_ in ids:
            row = catalog.row_of(id_)
            if row is not None and catalog.product(row)["restricted"]:
                return id_
        return None

    def fork(self) -> Store:
        """An independent store in the same state, which the journal leads to; the catalog is shared."""
        shop, journal = self.shop, Journal()
        for effect in shop.journal:
            journal.append(effect)
        state = replay(journal, shop.catalog, shop.provided)
        other = copy.copy(self)
        stream = copy.copy(shop.stream)
        other.shop = Shop(state, journal, shop.provided, shop.axes, stream, shop.governance)
        other.shown = dict(self.shown)
        other._monitor = self._monitor.fork()
        return other


def _merged(mappings: Sequence[Mapping[str, T]]) -> Mapping[str, T]:
    """What all of these hold: of one part, what all episodes share."""
    return (
        mappings[0] if len(mappings) == 1 else {name: value for mapping in mappings for name, value in mapping.items()}
    )
