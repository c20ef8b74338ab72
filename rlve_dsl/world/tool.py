"""How a tool is declared, what it may see, and how it refuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rlve_dsl.catalog import Catalog, Product
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import Signature, check_names, signature_of
from rlve_dsl.expressions.types import NOTHING, ListOf, Optional, Record, Type, required
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json, JsonObject, Names, Value
from rlve_dsl.world.arguments import argument_decoder, argument_encoder, argument_schema
from rlve_dsl.world.effects import Effect
from rlve_dsl.world.governance import Governance, Verdict
from rlve_dsl.world.journal import Journal
from rlve_dsl.world.orders import Order, OrderLine
from rlve_dsl.world.saying import said_as
from rlve_dsl.world.state import Slots, State
from rlve_dsl.world.wire import Copy, Encode, copier, encoder


class Refusal(RlveError):
    """The store refuses a well-formed call; the message is the reason that the agent reads."""


LONGEST_QUERY = 10_000
"""Characters of a query in words."""


def check_query(query: str) -> None:
    """Raises Refusal when a query in words is too long to search for."""
    if len(query) > LONGEST_QUERY:
        raise Refusal(f"a query has at most {LONGEST_QUERY:,} characters")


@dataclass(slots=True)
class Shop:
    """What a tool or an event may see of an episode. It changes the episode only by `record`.

    Attributes:
        state: What is true now.
        journal: The effects so far.
        provided: What samplers prepared for tools, by slot.
        axes: The values of the axes at the episode's level.
        stream: The random stream of this call alone.
        governance: The store policy, if there is one.
    """

    state: State
    journal: Journal
    provided: Slots
    axes: Mapping[str, Value]
    stream: Stream
    governance: Governance | None = None

    @property
    def catalog(self) -> Catalog:
        """The catalog of the episode."""
        return self.state.catalog

    def record(self, effect: Effect) -> None:
        """Apply an effect to the state and add it to the journal."""
        effect.apply(self.state)
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
        return {"line": line, "order": order, "shopper": self.provided.get("shopper"), "cart": self.state.cart}

    def product(self, product_id: str) -> Product:
        """The product with this id; a Refusal when there is none."""
        row = self.catalog.row_of(product_id)
        if row is None:
            raise Refusal(f"unknown product id `{product_id}`")
        return self.catalog.product(row)


About: TypeAlias = Callable[[Shop, Mapping[str, Value]], Names]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that the agent can call.

    Attributes:
        name: A domain and a verb, such as `cart.add`.
        call: `call(shop, **arguments)` gives a result of the type `signature.result`, or raises Refusal.
        signature: The types of its arguments and of its result.
        writes: The part of the state that it changes, if any.
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
        arguments: Decodes JSON arguments to the keyword arguments of `call`; raises WireError.
        encode_arguments: Encodes keyword arguments of `call` as JSON arguments.
        encode: Encodes a result as JSON data.
        copy: Copies a result, so that whoever changes the copy changes neither the world nor the catalog.
    """

    name: str
    call: Callable[..., Value]
    signature: Signature
    writes: str | None
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
    writes: str | None = None,
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
        TypeError: When the docstring does not describe every argument.

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
            copier(signature.result),
        )  # fmt: skip

    return declare


def tool_schema(declared: Tool, name: str) -> JsonObject:
    """The tool as an OpenAI function definition, under a name without dots (native calls allow none)."""
    parameters = argument_schema(declared.signature, declared.describes)
    function: JsonObject = {"name": name, "description": declared.doc, "parameters": parameters}
    return {"type": "function", "function": function}
