"""The store's half of an episode: it runs calls, watches the rules of conduct, and knows which ids it has shown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler import TRIED, Drawn
from rlve_dsl.episode.actions import Call, wire_name
from rlve_dsl.episode.conduct import Monitor
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import ForbiddenCall, IllegalCall
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.shown_rows import ShownRows
from rlve_dsl.episode.things import names_of, things_in, things_of_call
from rlve_dsl.episode.turn import Result
from rlve_dsl.readings import name_of
from rlve_dsl.user import Proposal, Thing, Utterance
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Effect, Governance, Journal, Refusal, Shop, State, Tool, WireError, replay

T = TypeVar("T")


class Store:
    """The store of one episode, with everything that changes in it.

    Attributes:
        tools: The tools of all parts, by name.
        shop: What tools see.
        calls: How many calls have been made.
        shown: The ids of products, variants and entities of a domain that tools have shown, by sort and in order. An id that a
            tool only repeats after the agent does not count: it may be guessed.
    """

    __slots__ = ("_allowed", "_due", "_monitor", "_rows", "_stream", "_tried", "calls", "shop", "shown", "tools")

    def __init__(self, catalog: Catalog, drawn: Drawn, governance: Governance | None) -> None:
        self.tools: Mapping[str, Tool] = _merged([part.environment.tools for part in drawn.parts])
        # tools read the axes, and never the world or the goal
        axes = _merged([part.axes for part in drawn.parts])
        state = State(catalog, drawn.provided)
        self.shop = Shop(state, Journal(), drawn.provided, axes, drawn.stream, governance)
        self.calls = 0
        self.shown: dict[str, dict[str, None]] = {sort: {} for sort in ("product", "variant", *state.tables.kinds)}
        self._due: dict[int, list[int]] = {}  # of each part, after how many turns its events happen; forks share it
        self._allowed: frozenset[str] = frozenset()  # ids that `restricted` has looked up
        self._rows: dict[str, ShownRows] = {}  # by tool
        self._stream = drawn.stream
        self._monitor = Monitor(governance)
        # nobody pays for what no expression reads
        self._tried: tuple[Names, ...] | None = (
            () if any(TRIED in part.environment.reads for part in drawn.parts) else None
        )

    def tool(self, name: str) -> Tool | None:
        """The tool of this name, written in its own way (`cart.add`, `cart_add`, `Cart-Add`), if the episode has it."""
        if name not in self.tools:
            by_wire = {wire_name(known): known for known in self.tools}
            name = by_wire.get(name) or by_wire.get(name_of(wire_name(name), by_wire) or "") or name
        return self.tools.get(name)

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
        about = things_of_call(tool, self.shop, arguments) if self._tried is not None else []
        try:
            value = tool.call(self.shop, **arguments)
        except Refusal as refusal:
            self._note(tool, about, str(refusal))
            return Result(tool, None, str(refusal))
        self._note(tool, about, None)
        self._monitor.called(tool, arguments)
        if tool.reveals_ids:
            for sort, known in self.shown.items():
                known |= dict.fromkeys(ids_in(value, tool.signature.result, sort))
        if tool.rows is None:
            return Result(tool, value)
        before = self._rows.get(tool.name)
        self._rows[tool.name] = ShownRows(before, tool, value)
        return Result(tool, value, None, before)

    def _note(self, tool: Tool, about: Sequence[Thing], refusal: str | None) -> None:
        """Keep a call for the expressions that read `tried`."""
        if self._tried is None:
            return
        things = [names_of(thing) for thing in about]
        made: Names = {"tool": tool.name, "refused": refusal is not None, "reason": refusal, "about": things}
        self._tried = (*self._tried, made)

    def owed(self, call: Call) -> tuple[str, ...]:
        """What the rules want before this call and has not been done: names of tools, or `confirmation`."""
        tool = self.tool(call.name)
        if tool is None or not self._monitor.rules(tool):
            return ()
        return self._monitor.owed(tool, self.shop, tool.arguments(call.args))

    def things(self, said: Iterable[Value] = ()) -> list[Thing]:
        """The things that the user and the agent may name; those whose ids the user has said are among them."""
        tables, known = self.shop.state.tables, self.shown
        for id_ in said if tables.kinds else ():
            for sort in tables.kinds if isinstance(id_, str) else ():
                if tables.of(sort).at(id_) is not None and id_ not in known[sort]:
                    known = {**known, sort: {**known[sort], id_: None}}
        return things_in(self.shop, known)

    def named_in(self, call: Call) -> tuple[str, ...]:
        """The names of the things that a call is about, as far as they exist."""
        tool = self.tool(call.name)
        about = [] if tool is None else things_of_call(tool, self.shop, tool.arguments(call.args))
        return tuple(dict.fromkeys(thing.name for thing in about if thing.name is not None))

    def decided(self, reply: Utterance, proposal: Callable[[], Proposal]) -> None:
        """The user has replied to what the agent proposed."""
        if reply.confirms:
            self._monitor.confirmed(proposal())
        elif reply.refuses:
            self._monitor.refused(proposal())

    def let_events_happen(self, parts: Iterable[Part], turns: int) -> None:
        """What happens by itself after this many turns; each part counts from when it was raised."""
        for part in parts:
            if not part.environment.events:
                continue
            due = self._due.get(part.number)
            if due is None:
                names = part.names
                due = self._due[part.number] = [plan.after_turn(names) for plan in part.environment.events]
            for plan, turn in zip(part.environment.events, due, strict=True):
                if turn == turns - (part.raised_after or 0):
                    plan.event.call(self.shop, **plan.arguments.values(part.names))

    def effects_since(self, length: int) -> tuple[Effect, ...]:
        """What has changed since the journal was this long."""
        return self.shop.journal.since(length)

    def changed_since(self, length: int) -> bool:
        """Whether something that a shopper would see has changed since the journal was this long."""
        return any(effect.tangible for effect in self.shop.journal.since(length))

    @property
    def state_names(self) -> Names:
        """The store's state, and the calls so far, by the names that reactions read."""
        state = self.shop.state.names
        return state if self._tried is None else {**state, TRIED: list(self._tried)}

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

    @property
    def ids_shown(self) -> list[str]:
        """The ids of products and of entities of a domain that tools have shown."""
        return [id_ for sort, known in self.shown.items() if sort != "variant" for id_ in known]

    @property
    def variants_put_out(self) -> list[str]:
        """The variant ids in the cart and the exchanges, each once."""
        placed = [*self.shop.state.cart, *self.shop.state.exchanges]
        return [*dict.fromkeys(id_ for line in placed if (id_ := line["variant_id"]) is not None)]

    def restricted(self, ids: Iterable[str]) -> str | None:
        """The first of these products that the store may not sell to everyone."""
        catalog = self.shop.catalog
        for id_ in ids:
            if id_ in self._allowed:
                continue
            row = catalog.row_of(id_)
            if row is not None and catalog.product(row)["restricted"]:
                return id_
            self._allowed |= {id_}
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
        other.shown = {sort: dict(known) for sort, known in self.shown.items()}
        other._rows = dict(self._rows)
        other._monitor = self._monitor.fork()
        return other


def _merged(mappings: Sequence[Mapping[str, T]]) -> Mapping[str, T]:
    """What all of these hold: of one part, what all episodes share."""
    return (
        mappings[0] if len(mappings) == 1 else {name: value for mapping in mappings for name, value in mapping.items()}
    )
