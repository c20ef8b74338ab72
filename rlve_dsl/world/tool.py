"""How a tool is declared, what it may see, and how it refuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from rlve_dsl.catalog import Catalog, Product
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import NoSuchEntity, PluginError, Refusal
from rlve_dsl.expressions import Signature, check_names, signature_of
from rlve_dsl.expressions.types import NOTHING, ListOf, Optional, Record, Type, required
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json, JsonObject, Names, Value
from rlve_dsl.world.arguments import argument_decoder, argument_encoder, argument_schema
from rlve_dsl.world.effects import Effect, created
from rlve_dsl.world.governance import Governance, Verdict, ruled
from rlve_dsl.world.journal import Journal
from rlve_dsl.world.kind import Kind
from rlve_dsl.world.orders import Order, OrderLine
from rlve_dsl.world.saying import said_as
from rlve_dsl.world.state import Slots, State
from rlve_dsl.world.tables import How, Row, Table, Tables
from rlve_dsl.world.wire import Copy, Encode, copier, encoder

Writes: TypeAlias = Mapping[str, tuple[str, ...]]
"""What a tool changes: for each kind of entity `create`, `remove`, and the names of the fields that it sets, adds to or
appends to."""

WRITES_NOTHING: Writes = MappingProxyType({})


@dataclass(slots=True)
class Shop:
    """What a tool or an event may see of an episode. It changes the episode only by effects on entities: `create`, `set`,
    `add`, `append` and `remove`.

    Attributes:
        state: What is true now.
        journal: The effects so far.
        provided: What samplers prepared for tools, by slot.
        axes: The values of the axes at the episode's level.
        stream: The random stream of this call alone.
        governance: The store policy, if there is one.
        caller: The tool whose call it is; None while no tool is called, such as during an event.
    """

    state: State
    journal: Journal
    provided: Slots
    axes: Mapping[str, Value]
    stream: Stream
    governance: Governance | None = None
    caller: Tool | None = None

    @property
    def catalog(self) -> Catalog:
        """The catalog of the episode."""
        return self.state.catalog

    def table(self, entity: str) -> Table:
        """The table of a kind of entity: a sequence of its rows, with `at(key)` for one of them.

        Raises:
            NoSuchEntity: There is no such entity.
        """
        try:
            return self.state.tables.of(entity)
        except KeyError:
            near = did_you_mean(entity, self.state.tables.kinds)
            raise NoSuchEntity(f"there is no entity `{entity}`{f': {near}' if near else ''}") from None

    def create(self, entity: str, row: Mapping[str, Value]) -> Row:
        """Make an entity with this row, and give the row. Fields that may be unknown can be left out; so can the id, where the
        entity declares how its ids look.

        Raises:
            PluginError: A field is missing, unknown or of another type than the entity declares, or the id is taken.
        """
        table, kind = self.table(entity), self.state.tables.kinds[entity]
        given = dict(row)
        if kind.ids and given.get(kind.key) is None:
            given[kind.key] = self.state.tables.new_id(entity)
        if not kind.needed <= given.keys():
            missing = next(name for name in kind.record.names if name in kind.needed and name not in given)
            raise PluginError(f"a new entity `{entity}` needs `{missing}`")
        full: Row = {name: given.pop(name, None) for name, _ in kind.record.fields}
        if given:
            raise PluginError(f"the entity `{entity}` has no field `{next(iter(given))}`")
        key = full[kind.key]
        if not table.is_free(key):
            raise PluginError(f"there is already an entity `{entity}` with the id `{key}`")
        for name, value in full.items():
            if fault := kind.fault_of(name, value):
                raise PluginError(f"it creates an entity `{entity}` with the `{name}` {fault}")
        self.record(created(kind, key, full))
        made = self.table(entity).at(key)
        assert made is not None
        return made

    def set(self, entity: str, key: str, field: str, value: Value) -> None:
        """Give a field of an entity another value."""
        self._change("set", entity, key, field, value)

    def add(self, entity: str, key: str, field: str, by: Value) -> None:
        """Add to a number."""
        self._change("add", entity, key, field, by)

    def append(self, entity: str, key: str, field: str, item: Value) -> None:
        """Put an item at the end of a list."""
        self._change("append", entity, key, field, item)

    def remove(self, entity: str, key: str) -> None:
        """Take an entity away. Its id is never used again."""
        self._change("remove", entity, key, "", None)

    def _change(self, how: How, entity: str, key: str, field: str, value: Value) -> None:
        row = self.table(entity).at(key)
        if row is None:
            raise PluginError(f"there is no entity `{entity}` with the id `{key}`")
        if field and field not in row:
            raise PluginError(f"the entity `{entity}` has no field `{field}`")
        if fault := self.state.tables.kinds[entity].fault_of_change(how, field, value):
            raise PluginError(fault)
        self.record(Effect(how, entity, key, field, value))

    def record(self, effect: Effect) -> None:
        """Apply an effect to the state and add it to the journal.

        Raises:
            PluginError: The tool that is called does not declare that it changes this.
        """
        if self.caller is not None:
            _check_declared(self.caller, effect, self.state.tables)
        effect.apply(self.state)
        self.journal.append(effect)

    def undo(self, tables: Tables, length: int) -> None:
        """Go back to these tables, and to the journal when it had this length: a call that is refused changes nothing."""
        self.state.tables = tables
        self.journal.shorten(length)

    def carry_out(self, effects: Iterable[Effect], outcome: Tables) -> None:
        """Take over effects, which a declared tool has made, and the tables that they lead to."""
        self.state.tables = outcome
        for effect in effects:
            self.journal.append(effect)

    def verdict(self, tool: str, about: Mapping[str, Value]) -> Verdict:
        """How the store policy rules on a call of this tool; without a policy, every call is allowed and free.

        Args:
            tool: The tool's name.
            about: The things that the call is about, by the names of RULED (see `ruled`).
        """
        return Verdict() if self.governance is None else self.governance.verdict(tool, about)

    def ruled(self, order: Order | None = None, line: OrderLine | None = None) -> Names:
        """The names of RULED for a call about this order and line."""
        return ruled(self.state, order, line)

    def product(self, product_id: str) -> Product:
        """The product with this id; a Refusal when there is none."""
        row = self.catalog.row_of(product_id)
        if row is None:
            raise Refusal(f"unknown product id `{product_id}`")
        return self.catalog.product(row)


def wrong_writes(tool: Tool, kinds: Mapping[str, Kind]) -> tuple[str, str] | None:
    """An entity that a tool declares to change, and what of it, where there is no such field or entity. The field is empty for an
    unknown entity."""
    for entity, what in tool.writes.items():
        if entity not in kinds:
            return entity, ""
        fields = (name for name in what if name not in ("create", "remove"))
        if unknown := [name for name in fields if kinds[entity].record.field(name) is None]:
            return entity, unknown[0]
    return None


def _check_declared(tool: Tool, effect: Effect, tables: Tables) -> None:
    what = effect.field or effect.how
    kind = tables.kinds[effect.entity]
    if not kind.hidden and what not in tool.writes.get(effect.entity, ()):
        does = f"it changes `{what}` of" if effect.field else f"it {what}s"
        whole = {**tool.writes, effect.entity: (*tool.writes.get(effect.entity, ()), what)}
        raise PluginError(f"{does} an entity `{effect.entity}`, which its `writes` does not name: writes={whole!r}")


About: TypeAlias = Callable[[Shop, Mapping[str, Value]], Names]


@frozen
class Tool:
    """Something that the agent can call.

    Attributes:
        name: A domain and a verb, such as `cart.add`.
        call: `call(shop, **arguments)` gives a result of the type `signature.result`, or raises Refusal.
        signature: The types of its arguments and of its result.
        writes: What it changes; nothing for a tool that only reads. What tools keep in hidden entities does not count.
        needs: The slots that the world must provide.
        axes: The axes that it reads.
        reveals_ids: False when its results only repeat ids that the agent sent: they prove nothing about their source.
        about: `about(shop, arguments)` gives the names of RULED for a call before it is made, so that a store policy can
            rule on it. A thing that does not exist is unknown. None for a tool that no policy can govern.
        doc: What it does, for the agent's prompt.
        describes: What each argument is, for the agent's prompt.
        rows: Where its result has a list of rows, and the field by which a row is known: `("products", "product_id")`; an
            empty name for a result that is the list itself. A row that an earlier result has shown is told by what changed.
        shows: The argument that names more fields for the rows to show, if there is one: those that may be unknown.
        says: What a person calls it: `("start the return for {}", "send back")`. A shopper knows by these words which call an
            agent is about to make; `{}` in the first ones stands for what it is about.
        facts: `facts(shop, arguments)` gives the facts of the store policy that a call supplies, for a tool that does so itself;
            None for one whose facts follow from `about`.
        may_be_refused: Whether the policy may refuse a right call, so that what a solution gets from it may be unknown.
        asks_of: The tool that it asks the store policy about, by what the policy's `governs` calls it: itself, or the one whose
            calls it tells about; empty for a tool that does not ask. None for a Python tool: its function may ask.
        arguments: Decodes JSON arguments to the keyword arguments of `call`; raises WireError.
        encode_arguments: Encodes keyword arguments of `call` as JSON arguments.
        encode: Encodes a result as JSON data.
        copy: Copies a result, so that whoever changes the copy changes neither the world nor the catalog.
    """

    name: str
    call: Callable[..., Value]
    signature: Signature
    writes: Writes
    needs: tuple[str, ...]
    axes: tuple[str, ...]
    reveals_ids: bool
    about: About | None
    rows: tuple[str, str] | None
    shows: str
    doc: str
    describes: Mapping[str, str]
    says: tuple[str, ...]
    arguments: Callable[[Mapping[str, Json]], Names] = field(repr=False, compare=False)
    encode_arguments: Callable[[Names], JsonObject] = field(repr=False, compare=False)
    encode: Encode = field(repr=False, compare=False)
    copy: Copy = field(repr=False, compare=False)
    facts: About | None = field(default=None, repr=False, compare=False)
    may_be_refused: bool = False
    asks_of: str | None = None

    def result_of(self, asked: Sequence[str]) -> Type:
        """The type of a result whose rows were asked for these fields: they are known in it, and it has no other of `shows`."""
        return _showing(self.signature.result, self.shown_on_request, asked)

    @property
    def shown_on_request(self) -> tuple[str, ...]:
        """The fields that rows show only if the argument `shows` asks for them."""
        result, key = required(self.signature.result), self.rows[0] if self.rows else ""
        listed = required(result.field(key) or NOTHING) if isinstance(result, Record) else result
        row = required(listed.item) if isinstance(listed, ListOf) else NOTHING
        if not self.shows or not isinstance(row, Record):
            return ()
        return tuple(name for name, of in row.fields if isinstance(of, Optional))


def _showing(type_: Type, on_request: Sequence[str], asked: Sequence[str]) -> Type:
    match type_:
        case ListOf(item=Record(name=name, fields=fields)):
            kept = tuple(
                (f, required(of) if f in on_request else of) for f, of in fields if f in asked or f not in on_request
            )
            return ListOf(Record(name, kept))
        case Record(name=name, fields=fields):
            return Record(name, tuple((f, _showing(of, on_request, asked)) for f, of in fields))
    return type_


_ARGUMENT = re.compile(r"(\w+): (.+)")


def tool(
    name: str,
    *,
    writes: Writes = WRITES_NOTHING,
    needs: tuple[str, ...] = (),
    axes: tuple[str, ...] = (),
    reveals_ids: bool = True,
    about: About | None = None,
    rows: tuple[str, str] | None = None,
    shows: str = "",
    says: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Tool]:
    """Declare a tool; its first parameter is the Shop. The arguments are the attributes of `Tool`.

    Its docstring is what the agent reads: what it does, a blank line, then a line `argument: what it is` for each. Without
    `says`, the words of its name and of its docstring are what a person calls it.

    Raises:
        TypeError: When the docstring does not describe every argument, or `writes` has another form.

    >>> @tool("shelf.count")
    ... def count(shop: Shop, kind: str) -> int:
    ...     '''Count the products of a kind.
    ...
    ...     kind: what a shopper would call it
    ...     '''
    ...     return 0
    >>> count.doc, dict(count.describes)
    ('Count the products of a kind.', {'kind': 'what a shopper would call it'})
    """

    if not isinstance(writes, Mapping) or not all(isinstance(what, tuple) for what in writes.values()):
        example = '{"cart_line": ("create", "qty")}'
        raise TypeError(f"`writes` of the tool `{name}` says for each entity what may change: {example}")

    def declare(python: Callable[..., Any]) -> Tool:
        check_names(f"tool `{name}`", needs=needs, axes=axes, says=says)
        signature = signature_of(python, skip=1, what=f"tool `{name}`", first="Shop", variadic=False)
        doc, _, arguments = (inspect.getdoc(python) or "").partition("\n\n")
        matches = [m for line in arguments.splitlines() if (m := _ARGUMENT.fullmatch(line.strip()))]
        described = {m[1].rstrip("_"): m[2] for m in matches}
        if not doc:
            raise TypeError(f"tool `{name}` has no docstring, and that is what the agent reads")
        if wrong := [p.name for p in signature.parameters if p.name not in described]:
            raise TypeError(
                f"the docstring of tool `{name}` does not describe `{wrong[0]}`: write a line `{wrong[0]}: what it is` after an "
                "empty line"
            )
        if more := [argument for argument in described if signature.parameter(argument) is None]:
            raise TypeError(f"the docstring of tool `{name}` describes `{more[0]}`, and it has no such argument")
        return Tool(
            name, python, signature, writes, needs, axes, reveals_ids, about, rows, shows, " ".join(doc.split()), described,
            says or said_as(name, doc), argument_decoder(signature), argument_encoder(signature), encoder(signature.result),
            copier(signature.result)
        )  # fmt: skip

    return declare


def tool_schema(declared: Tool, name: str) -> JsonObject:
    """The tool as an OpenAI function definition, under a name without dots (native calls allow none)."""
    parameters = argument_schema(declared.signature, declared.describes)
    function: JsonObject = {"name": name, "description": declared.doc, "parameters": parameters}
    return {"type": "function", "function": function}
