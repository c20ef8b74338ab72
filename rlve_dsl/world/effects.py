"""Effects: what can happen to a world, each a fact in the past tense.

An effect is one class: its fields are what a trajectory records, `apply` is what it does to a state. Tools and events
record effects (`Shop.record`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import ClassVar, cast

from rlve_dsl.expressions.types import ANY
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject
from rlve_dsl.world.orders import Exchange, Method, Reason, Return, Shipping
from rlve_dsl.world.records import pick
from rlve_dsl.world.state import CartLine, State
from rlve_dsl.world.tables import How
from rlve_dsl.world.wire import copier


@frozen
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
        return {"effect": self.name} | {k: list(v) if isinstance(v, tuple) else v for k, v in self.values().items()}

    @classmethod
    def from_values(cls, values: Mapping[str, Json]) -> Effect:
        """The effect whose fields were written as these values."""
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})

    def values(self) -> JsonObject:
        """The fields by name. They hold plain data."""
        return {name: getattr(self, name) for name in _field_names(type(self))}


@cache
def _field_names(effect: type[Effect]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(effect))


@frozen
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
        line = pick(CartLine, product, **self.values(), in_stock=state.in_stock(product))
        state.cart = [*state.cart, line]
        state.lines_added += 1


@frozen
class LineRemoved(Effect):
    """A line was removed from the cart. Its id is never used again."""

    name: ClassVar[str] = "line_removed"
    line_id: str

    def apply(self, state: State) -> None:
        state.cart = [line for line in state.cart if line["line_id"] != self.line_id]


@frozen
class QuantitySet(Effect):
    """The quantity of a cart line was set."""

    name: ClassVar[str] = "quantity_set"
    line_id: str
    qty: int

    def apply(self, state: State) -> None:
        state.cart = [{**line, "qty": self.qty} if line["line_id"] == self.line_id else line for line in state.cart]


@frozen
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


@frozen
class RowsDisplaced(Effect):
    """A search of `query` (its canonical text) left these products out. The next search of it must show them."""

    name: ClassVar[str] = "rows_displaced"
    tangible: ClassVar[bool] = False
    query: str
    product_ids: tuple[str, ...]

    def apply(self, state: State) -> None:
        state.left_out = {**state.left_out, self.query: frozenset(self.product_ids)}


@frozen
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


@frozen
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
        state.returns = [*state.returns, cast(Return, self.values())]


@frozen
class ExchangeStarted(Effect):
    """A product was sent in place of a returned line. `label` is the variant's."""

    name: ClassVar[str] = "exchange_started"
    order_id: str
    line_id: str
    product_id: str
    variant_id: str | None
    label: str | None

    def apply(self, state: State) -> None:
        state.exchanges = [*state.exchanges, cast(Exchange, self.values())]


_copied = copier(ANY)


@frozen
class EntityChanged(Effect):
    """An entity of a declared domain changed.

    Attributes:
        how: `set` gives a field another value, `add` adds to it, `append` puts an item at the end of its list; `create` makes an
            entity with the row `value`, and `remove` takes one away.
        entity: The kind of entity.
        key: Its id.
        field: The field; empty for `create` and `remove`.
        value: The value, in the form of the language: money in cents.
    """

    name: ClassVar[str] = "entity_changed"
    how: How
    entity: str
    key: str
    field: str
    value: Json

    def apply(self, state: State) -> None:
        state.tables = state.tables.changed(self.how, self.entity, self.key, self.field, self.value)

    def as_json(self) -> JsonObject:
        return {"effect": self.name} | self.values() | {"value": _copied(self.value)}

    @classmethod
    def from_values(cls, values: Mapping[str, Json]) -> Effect:
        return cls(**{**values, "value": _copied(values["value"])})
