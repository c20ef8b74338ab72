"""How a tool is declared, what it may see, and how it says no."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.catalog import Catalog, Product
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.rng import Stream
from rlve_dsl.world.effects import Effect, Journal
from rlve_dsl.world.governance import Governance, Verdict
from rlve_dsl.world.orders import Order, OrderLine
from rlve_dsl.world.state import State
from rlve_dsl.world.wire import argument_decoder, encoder


class Refusal(RlveError):
    """The store says no to a legal call; the message is the reason that the agent reads."""


@dataclass(slots=True)
class Shop:
    """What a tool may see of an episode, and `record`, by which alone it changes anything.

    `provided` is what samplers prepared for tools, by slot; `axes` the axes' values at the episode's level; `stream`
    this call's own; `governance` is how a store policy rules, when there is one.
    """

    state: State
    journal: Journal
    provided: Mapping[str, Any]
    axes: Mapping[str, Any]
    stream: Stream
    governance: Governance | None = None

    @property
    def catalog(self) -> Catalog:
        """The catalog of the episode."""
        return self.state.catalog

    def record(self, effect: Effect) -> None:
        """The effect has happened and is in the journal."""
        self.state.apply(effect)
        self.journal.append(effect)

    def verdict(self, tool: str, about: Mapping[str, Any]) -> Verdict:
        """What the store policy says of a call of this tool about these things; without a policy, everything is allowed
        and free."""
        return Verdict() if self.governance is None else self.governance.verdict(tool, about)

    def ruled(self, order: Order | None = None, line: OrderLine | None = None) -> dict[str, Any]:
        """The names of RULED for a call about this order and line."""
        return {"line": line, "order": order, "shopper": self.provided.get("shopper"), "cart": self.state.cart}

    def product(self, product_id: str) -> Product:
        """The product with this id; a Refusal when there is none."""
        row = self.catalog.row_of(product_id)
        if row is None:
            raise Refusal(f"unknown product id `{product_id}`")
        return self.catalog.product(row)


About = Callable[[Shop, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the agent can call.

    `call(shop, **arguments)` gives a result of type `signature.result` or raises Refusal. `writes` names the part of the
    state it changes, `needs` the slots that the world must provide, `axes` the axes it reads. `reveals_ids` is False for a tool
    whose results only echo ids that the agent gave it, which proves nothing about where they came from.
    `about(shop, arguments)` gives the names of RULED for a call before it is made; what it names and does not exist is
    unknown. None where a call is about nothing in particular.
    `doc` and `describes` (a line an argument) go into the agent's prompt.
    `arguments` turns JSON arguments into keyword arguments for `call`, raising WireError for one that is unknown, missing
    or ill-typed; `encode` turns a result into JSON-ready values.
    """

    name: str
    call: Callable[..., Any]
    signature: Signature
    writes: str | None
    needs: tuple[str, ...]
    axes: tuple[str, ...]
    reveals_ids: bool
    about: About | None
    doc: str
    describes: Mapping[str, str]
    arguments: Callable[[Any], dict[str, Any]] = field(repr=False, compare=False)
    encode: Callable[[Any], Any] = field(repr=False, compare=False)


_ARGUMENT = re.compile(r"(\w+): (.+)")


def tool(
    name: str,
    *,
    writes: str | None = None,
    needs: tuple[str, ...] = (),
    axes: tuple[str, ...] = (),
    reveals_ids: bool = True,
    about: About | None = None,
) -> Callable[[Callable[..., Any]], Tool]:
    """Declare a tool; its first parameter is the Shop.

    Its docstring is what the agent reads: what it does, a blank line, then one line `argument: what it is` each.

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
        signature = signature_of(python, skip=1)
        doc, _, arguments = (inspect.getdoc(python) or "").partition("\n\n")
        described = {
            m[1].rstrip("_"): m[2] for line in arguments.splitlines() if (m := _ARGUMENT.fullmatch(line.strip()))
        }
        if described.keys() != {p.name for p in signature.parameters}:
            raise TypeError(f"the docstring of tool `{name}` does not describe each argument on a line of its own")
        return Tool(
            name, python, signature, writes, needs, axes, reveals_ids, about, " ".join(doc.split()), described,
            argument_decoder(signature), encoder(signature.result),
        )  # fmt: skip

    return declare
