"""Effects: what can happen to a world, each a fact in the past tense, and the journal that keeps them in order.

An effect is one class: its fields are what a trajectory records, `apply` is what it does to a state. Tools and events
record effects (`Shop.record`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

from rlve_dsl.catalog import Catalog
from rlve_dsl.values import Json, JsonObject
from rlve_dsl.world.orders import Method, Reason, Shipping
from rlve_dsl.world.state import CartLine, Slots, State


@dataclass(frozen=True, slots=True)
class Effect(ABC):
    """The root of all effects.

    Attributes:
        name: What trajectories call it.
        tangible: Whether a shopper would see progress in it.
    """

    name: ClassVar[str] = ""
    tangible: ClassVar[bool] = True

    @abstractmethod
    def apply(self, state: State) -> None:
        """Change a state as the effect does."""

    def as_json(self) -> JsonObject:
        """The effect as JSON data: its name under `effect`, then its fields."""
        out: JsonObject = {"effect": self.name}
        for field in fields(self):
            value = getattr(self, field.name)
            out[field.name] = list(value) if isinstance(value, tuple) else value
        return out


@dataclass(frozen=True, slots=True)
class LineAdded(Effect):
    """A line was added to the cart. `label` is the variant's."""

    name: ClassVar[str] = "line_added"
    line_id: str
    product_id: str
    variant_id: str | None
    label: str | None
    qty: int

    def apply(self, state: State) -> None:
        product = state.product(self.product_id)
        line: CartLine = {
            "line_id": self.line_id,
            "product_id": self.product_id,
            "variant_id": self.variant_id,
            "label": self.label,
            "short_name": product["short_name"],
            "qty": self.qty,
            "price": product["price"],
            "in_stock": state.in_stock(product),
        }
        state.cart = [*state.cart, line]
        state.lines_added += 1


@dataclass(frozen=True, slots=True)
class LineRemoved(Effect):
    """A line was removed from the cart. Its id is never used again."""

    name: ClassVar[str] = "line_removed"
    line_id: str

    def apply(self, state: State) -> None:
        state.cart = [line for line in state.cart if line["line_id"] != self.line_id]


@dataclass(frozen=True, slots=True)
class QuantitySet(Effect):
    """The quantity of a cart line was set."""

    name: ClassVar[str] = "quantity_set"
    line_id: str
    qty: int

    def apply(self, state: State) -> None:
        state.cart = [{**line, "qty": self.qty} if line["line_id"] == self.line_id else line for line in state.cart]


@dataclass(frozen=True, slots=True)
class WentOutOfStock(Effect):
    """A product can no longer be bought. Cart lines that hold it stay and show it."""

    name: ClassVar[str] = "went_out_of_stock"
    tangible: ClassVar[bool] = False
    product_id: str

    def apply(self, state: State) -> None:
        state.gone |= {self.product_id}
        state.cart = [
            {**line, "in_stock": False} if line["product_id"] == self.product_id else line for line in state.cart
        ]


@dataclass(frozen=True, slots=True)
class RowsDisplaced(Effect):
    """A search of `query` (its canonical text) left these products out. The next search of it must show them."""

    name: ClassVar[str] = "rows_displaced"
    tangible: ClassVar[bool] = False
    query: str
    product_ids: tuple[str, ...]

    def apply(self, state: State) -> None:
        state.left_out = {**state.left_out, self.query: frozenset(self.product_ids)}


@dataclass(frozen=True, slots=True)
class OrderPlaced(Effect):
    """The cart was ordered and is empty now. `fee` is what shipping costs, in cents."""

    name: ClassVar[str] = "order_placed"
    order_id: str
    shipping: Shipping
    is_gift: bool
    fee: int

    def apply(self, state: State) -> None:
        order = state.prospective(self.order_id, self.is_gift)
        state.placed = [*state.placed, {**order, "shipping": self.shipping, "fee": self.fee}]
        state.cart = []


@dataclass(frozen=True, slots=True)
class ReturnStarted(Effect):
    """The return of an order line was started under the case number `case`. `fee` and `refund` are in cents."""

    name: ClassVar[str] = "return_started"
    order_id: str
    line_id: str
    case: str
    reason: Reason
    method: Method
    fee: int
    refund: int

    def apply(self, state: State) -> None:
        state.returns = [
            *state.returns,
            {
                "order_id": self.order_id,
                "line_id": self.line_id,
                "case": self.case,
                "reason": self.reason,
                "method": self.method,
                "fee": self.fee,
                "refund": self.refund,
            },
        ]


@dataclass(frozen=True, slots=True)
class ExchangeStarted(Effect):
    """A product was sent in place of a returned line. `label` is the variant's."""

    name: ClassVar[str] = "exchange_started"
    order_id: str
    line_id: str
    product_id: str
    variant_id: str | None
    label: str | None

    def apply(self, state: State) -> None:
        state.exchanges = [
            *state.exchanges,
            {
                "order_id": self.order_id,
                "line_id": self.line_id,
                "product_id": self.product_id,
                "variant_id": self.variant_id,
                "label": self.label,
            },
        ]


EFFECTS: Mapping[str, type[Effect]] = {
    kind.name: kind
    for kind in list(vars().values())
    if isinstance(kind, type) and issubclass(kind, Effect) and kind.name
}
"""The effects of this module by name."""


def effect_from_json(data: Mapping[str, Json]) -> Effect:
    """The effect that `as_json` wrote.

    >>> effect_from_json(QuantitySet("L1", 3).as_json())
    QuantitySet(line_id='L1', qty=3)
    """
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items() if name != "effect"}
    return EFFECTS[str(data["effect"])](**given)


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

    def __getitem__(self, index: int) -> Effect:
        return self._effects[index]


def replay(journal: Iterable[Effect], catalog: Catalog, provided: Slots) -> State:
    """The state that a journal leads to."""
    state = State(catalog, provided)
    for effect in journal:
        effect.apply(state)
    return state
