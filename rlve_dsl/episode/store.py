"""The store's half of an episode: it runs calls, watches the rules of conduct, and knows which ids it has shown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler import TRIED, Drawn
from rlve_dsl.episode.actions import Call, wire_name
from rlve_dsl.episode.conduct import Monitor
from rlve_dsl.episode.disturbances import NOT_MADE, Disturbed, Disturber
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import ForbiddenCall, IllegalCall
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.shown_rows import ShownRows
from rlve_dsl.episode.things import names_of, names_said, things_in, things_of_call
from rlve_dsl.episode.turn import Result
from rlve_dsl.expressions import one_budget
from rlve_dsl.expressions.types import Type
from rlve_dsl.readings import name_of
from rlve_dsl.user import Proposal, Thing, Utterance
from rlve_dsl.values import Names, Value
from rlve_dsl.world import (
    LIMITS,
    OF_CATALOG,
    TABLES,
    VARIANT,
    Effect,
    Governance,
    Journal,
    Kind,
    Refusal,
    Shop,
    State,
    Tables,
    Tool,
    WireError,
)

T = TypeVar("T")
_NO_IDS = frozenset[str]()


class Store:
    """The store of one episode, with everything that changes in it.

    Attributes:
        tools: The tools of all parts, by name.
        shop: What tools see.
        calls: How many calls have been made: those that failed for the moment, or asked for the rest of a result, do not count.
        shown: The ids of products, variants and entities of a domain that tools have shown, by sort and in order. An id that a
            tool only repeats after the agent does not count: it may be guessed.
    """

    __slots__ = (
        "_allowed",
        "_disturber",
        "_due",
        "_monitor",
        "_rows",
        "_stream",
        "_tried",
        "_uncounted",
        "calls",
        "shop",
        "shown",
        "tools",
    )

    def __init__(
        self, catalog: Catalog, drawn: Drawn, governance: Governance | None, disturber: Disturber | None = None
    ) -> None:
        self.tools: Mapping[str, Tool] = _merged([part.environment.tools for part in drawn.parts])
        # tools read the axes, and never the world or the goal
        axes = _merged([part.axes for part in drawn.parts])
        state = State(catalog, drawn.provided)
        self.shop = Shop(state, Journal(), drawn.provided, axes, drawn.stream, governance)
        self.calls = 0
        kinds = state.tables.kinds
        own = (name for name, kind in kinds.items() if kind.has_own_ids)
        self.shown: dict[str, dict[str, None]] = {sort: {} for sort in (*OF_CATALOG, *own)}
        self._note_start()
        self._due: dict[int, list[int]] = {}  # of each part, after how many turns its events happen; forks share it
        self._allowed = _NO_IDS  # ids that `off_limits` has looked up
        self._rows: dict[str, ShownRows] = {}  # by tool
        self._stream = drawn.stream
        self._monitor = Monitor(governance)
        self._disturber = disturber
        self._uncounted: tuple[int, ...] = ()  # the turns that a disturbance added
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

    def begin_turn(self) -> None:
        """The calls of another turn begin."""
        if self._disturber is not None:
            self._disturber.begin_turn()

    def call(self, call: Call, *, in_vain: bool = False) -> Result:
        """What a call returns.

        Args:
            call: The call.
            in_vain: Whether a call before it in the turn failed for the moment: it is not made then.

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
        if in_vain:
            return Result(tool, None, NOT_MADE, failed=True)
        if self._disturber is None:
            return self._run(tool, arguments)
        disturbed = self._disturber.before(tool, arguments, self.calls + 1)
        if disturbed.failure is not None:
            return Result(tool, None, disturbed.failure, failed=True, seconds=disturbed.seconds)
        if (rest := self._disturber.take_rest(tool, arguments)) is not None:
            return self._shown(tool, rest, seconds=disturbed.seconds)
        return self._run(tool, arguments, disturbed)

    def _run(self, tool: Tool, arguments: Names, disturbed: Disturbed | None = None) -> Result:
        """Make a call that comes through."""
        seconds, left = disturbed.seconds if disturbed is not None else 0, 0
        self.calls += 1
        self.shop.stream = self._stream.child("call", self.calls)
        if forbidden := self._monitor.before(tool, self.shop, arguments):
            raise ForbiddenCall(forbidden)
        about = things_of_call(tool, self.shop, arguments) if self._tried is not None else []
        tables, length = self.shop.state.tables, len(self.shop.journal)
        self.shop.caller = tool
        try:
            with one_budget():
                value = tool.call(self.shop, **arguments)
        except Refusal as refusal:
            self.shop.undo(tables, length)
            self._note(tool, about, str(refusal))
            return Result(tool, None, str(refusal), seconds=seconds)
        finally:
            self.shop.caller = None
        self._note(tool, about, None)
        self._monitor.called(tool, arguments)
        if self._disturber is not None and disturbed is not None and disturbed.rows is not None:
            value, left = self._disturber.cut(tool, arguments, value, disturbed.rows)
        return self._shown(tool, value, left, seconds)

    def _shown(self, tool: Tool, value: Value, left: int = 0, seconds: int = 0) -> Result:
        """The result that shows this value."""
        if tool.reveals_ids:
            for sort, known in self.shown.items():
                known |= dict.fromkeys(ids_in(value, tool.signature.result, sort))
        if tool.rows is None:
            return Result(tool, value, left=left, seconds=seconds)
        before = self._rows.get(tool.name)
        self._rows[tool.name] = ShownRows(before, tool, value)
        return Result(tool, value, None, before, left=left, seconds=seconds)

    def _note(self, tool: Tool, about: Sequence[Thing], refusal: str | None) -> None:
        """Keep a call for the expressions that read `tried`."""
        if self._tried is None:
            return
        things = [names_of(thing) for thing in about]
        made: Names = {"tool": tool.name, "refused": refusal is not None, "reason": refusal, "about": things}
        self._tried = (*self._tried, made)

    def owed(self, call: Call) -> tuple[str, ...]:
        """What the rules want before this call and has not been done: names of tools, or `confirmation`."""
        tool, arguments = self.read(call)
        if tool is None or arguments is None or not self._monitor.rules(tool):
            return ()
        return self._monitor.owed(tool, self.shop, arguments)

    def read(self, call: Call) -> tuple[Tool | None, Names | None]:
        """The tool and the arguments of a call, the same however it is written; None where there is none, or it does not take them."""
        tool = self.tool(call.name)
        with suppress(WireError):
            return tool, None if tool is None else tool.arguments(call.args)
        return tool, None

    def things(self, said: Iterable[Value] = ()) -> list[Thing]:
        """The things that the user and the agent may name; those whose ids the user has said are among them."""
        tables, known = self.shop.state.tables, self.shown
        for id_ in said if tables.kinds else ():
            for sort in tables.kinds if isinstance(id_, str) else ():
                if tables.of(sort).at(id_) is not None and id_ not in known[sort]:
                    known = {**known, sort: {**known[sort], id_: None}}
        return things_in(self.shop, known)

    def named_in(self, call: Call) -> tuple[str, ...]:
        """The names of the things that a call is about, as far as they exist, as the agent says them to the user."""
        tool, arguments = self.read(call)
        about = [] if tool is None or arguments is None else things_of_call(tool, self.shop, arguments)
        return names_said(about, self.shop.state.tables.kinds.values())

    def decided(self, reply: Utterance, proposal: Callable[[], Proposal]) -> None:
        """The user has replied to what the agent proposed."""
        if reply.confirms:
            self._monitor.confirmed(proposal())
        elif reply.refuses:
            self._monitor.refused(proposal())

    @one_budget()
    def let_events_happen(self, parts: Iterable[Part], turns: int, *, counts: bool = True) -> None:
        """What happens by itself after this many turns; each part counts from when it was raised.

        Nothing happens after a turn that does not count, because of a disturbance.
        """
        if not counts:
            self._uncounted += (turns,)
            return
        for part in parts:
            if not part.environment.events:
                continue
            due = self._due.get(part.number)
            if due is None:
                names = part.names
                due = self._due[part.number] = [plan.after_turn(names) for plan in part.environment.events]
            raised = part.raised_after or 0
            passed = turns - raised - sum(raised < turn < turns for turn in self._uncounted)
            for plan, turn in zip(part.environment.events, due, strict=True):
                if turn == passed:
                    plan.event.call(self.shop, **plan.arguments.values(part.names))

    def effects_since(self, length: int) -> tuple[Effect, ...]:
        """What has changed since the journal was this long."""
        return self.shop.journal.since(length)

    def changed_since(self, length: int) -> bool:
        """Whether something that a shopper would see has changed since the journal was this long."""
        kinds = self.shop.state.tables.kinds
        return any(not kinds[effect.entity].hidden for effect in self.shop.journal.since(length))

    @property
    def state_names(self) -> Names:
        """The store's state, and the calls so far, by the names that reactions read."""
        state = self.shop.state.names
        return state if self._tried is None else {**state, TRIED: list(self._tried)}

    @property
    def conduct_names(self) -> Names:
        """How the rules of conduct were kept, by the names that grades and rewards read."""
        return self._monitor.names

    def _chosen(self) -> Iterator[tuple[Kind, str, Type, str]]:
        """The fields with ids that an agent chooses, each with the sorts of these."""
        for kind in self.shop.state.tables.kinds.values():
            for field, type_, sorts in kind.chosen_ids:
                yield from ((kind, field, type_, sort) for sort in self.shown if sort in sorts)

    def _note_start(self) -> None:
        """What the agent could choose, and is there from the start, counts as shown."""
        for kind, field, type_, sort in self._chosen():
            for row in self.shop.table(kind.name):
                self.shown[sort] |= dict.fromkeys(ids_in(row[field], type_, sort))

    def _chosen_now(self) -> Iterator[tuple[str, str]]:
        """The sort and the id of what the agent has chosen in entities that are there now."""
        before: Tables | None = self.shop.provided.get(TABLES)
        for kind, field, type_, sort in self._chosen():
            start = before.of(kind.name) if before is not None else None
            for row in self.shop.table(kind.name):
                if start is None or start.at(row[kind.key]) is None:
                    yield from ((sort, id_) for id_ in ids_in(row[field], type_, sort))

    @property
    def seconds(self) -> int:
        """How much simulated time has passed."""
        return self._disturber.seconds if self._disturber is not None else 0

    def put_out(self, answers: Iterable[Sequence[str]]) -> list[str]:
        """The ids that the agent has chosen in its calls and in these answers, each once; not those of variants."""
        found = dict.fromkeys(id_ for sort, id_ in self._chosen_now() if sort != VARIANT)
        for ids in answers:
            found |= dict.fromkeys(ids)
        return list(found)

    def unshown(self, answer: Iterable[tuple[str, str]]) -> list[str]:
        """The ids of the catalog that the agent has chosen in its calls and in an answer, and that no tool has shown.

        Args:
            answer: The ids in the answer, each with its sort.
        """
        chosen = dict.fromkeys([*self._chosen_now(), *answer])
        return [id_ for sort, id_ in chosen if sort in OF_CATALOG and id_ not in self.shown[sort]]

    @property
    def ids_shown(self) -> list[str]:
        """The ids of products and of entities that tools have shown."""
        return [id_ for sort, known in self.shown.items() if sort != VARIANT for id_ in known]

    @property
    def variants(self) -> Mapping[str, list[str]]:
        """The ids of variants that the agent has chosen, and of those that tools have shown."""
        return {
            "variants": [*dict.fromkeys(id_ for sort, id_ in self._chosen_now() if sort == VARIANT)],
            "shown_variants": [*self.shown[VARIANT]],
        }

    def off_limits(self, ids: Iterable[str]) -> str | None:
        """Why the first of these ids that the agent must not give is one; None when there is none."""
        for id_ in ids:
            if id_ in self._allowed:
                continue
            for limit in LIMITS:
                if (reason := limit(self.shop.state, id_)) is not None:
                    return reason
            self._allowed |= {id_}
        return None

    def fork(self) -> Store:
        """An independent store in the same state. The catalog is shared, and tables are never changed in place."""
        shop = self.shop
        other = copy.copy(self)
        other.shop = replace(
            shop, state=copy.copy(shop.state), journal=Journal(shop.journal), stream=copy.copy(shop.stream)
        )
        other.shown = {sort: dict(known) for sort, known in self.shown.items()}
        other._rows = dict(self._rows)
        other._monitor = self._monitor.fork()
        other._disturber = self._disturber.fork() if self._disturber is not None else None
        return other


def _merged(mappings: Sequence[Mapping[str, T]]) -> Mapping[str, T]:
    """What all of these hold: of one part, what all episodes share."""
    return (
        mappings[0] if len(mappings) == 1 else {name: value for mapping in mappings for name, value in mapping.items()}
    )
